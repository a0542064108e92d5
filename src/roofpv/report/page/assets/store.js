// The rows: what they hold, which are shown, in which order, and which one is chosen.
(() => {
  const { about, tell, wordsOf } = window.roofpv;
  const WORDS = ["building_id", "name"];

  const collator = new Intl.Collator("zh-CN", { numeric: true });

  // Place of every row when sorted by a text: by its pattern first, then by the number in it.
  const ranks = ({ which, patterns, lasts }) => {
    const order = patterns.map((_, place) => place);
    order.sort((a, b) => collator.compare(patterns[a], patterns[b]) || a - b);
    const place = new Float64Array(patterns.length);
    order.forEach((pattern, at) => { place[pattern] = at; });
    const found = new Float64Array(which.length);
    for (let row = 0; row < found.length; row += 1) {
      found[row] = place[which[row]] * 1e8 + Math.min(lasts[row], 1e8 - 1);
    }
    return denseRanks(found);
  };

  // Place of every number among those that occur; what is not known stays so.
  const denseRanks = (values) => {
    const known = Float64Array.from(new Set(values.filter((value) => !Number.isNaN(value)))).sort();
    const place = new Map();
    known.forEach((value, at) => place.set(value, at));
    return values.map((value) => (Number.isNaN(value) ? NaN : place.get(value)));
  };

  const createStore = (columns) => {
    const words = Object.fromEntries(WORDS.map((name) => [name, wordsOf(columns, name)]));
    const count = words.building_id.texts.length;
    const keys = {};
    const byName = Object.fromEntries(about.columns.map((one) => [one.name, one]));
    const state = { filters: {}, text: "", sort: null, chosen: -1 };
    const store = {
      count, columns, byName, state,
      shown: new Uint8Array(count).fill(1),
      order: Uint32Array.from({ length: count }, (_, row) => row),
    };
    let haystack = null;

    store.text = (name, row) => words[name].texts[row];
    store.value = (name, row) => columns[name][row];
    store.isWords = (name) => WORDS.includes(name);

    // A key and its row must fit the 53 bits of a number together.
    const places = 2 ** Math.ceil(Math.log2(count + 1));
    const sortable = (values) => {
      const most = 2 ** 52 / places;
      return values.some((value) => Math.abs(value) > most) ? denseRanks(values) : values;
    };
    const sortKeys = (name) => {
      if (!keys[name]) keys[name] = store.isWords(name) ? ranks(words[name]) : sortable(columns[name]);
      return keys[name];
    };

    const matches = () => {
      const { filters, text } = state;
      const shown = store.shown.fill(1);
      for (const [name, wanted] of Object.entries(filters)) {
        const values = columns[name];
        for (let row = 0; row < count; row += 1) {
          const value = values[row];
          if (wanted === -1 ? !Number.isNaN(value) : value !== wanted) shown[row] = 0;
        }
      }
      if (!text) return;
      if (!haystack) {
        const ids = words.building_id.texts;
        const names = words.name.texts;
        haystack = ids.map((id, row) => `${id}\n${names[row]}`.toLowerCase());
      }
      for (let row = 0; row < count; row += 1) {
        if (shown[row] && !haystack[row].includes(text)) shown[row] = 0;
      }
    };

    // A number and its row in one number, so that the engine's own sort of numbers does the work;
    // rows without a value come last either way.
    const arrange = () => {
      const rows = [];
      const { sort } = state;
      const values = sort && sortKeys(sort.name);
      const unknown = [];
      for (let row = 0; row < count; row += 1) {
        if (!store.shown[row]) continue;
        if (!sort) rows.push(row);
        else if (Number.isNaN(values[row])) unknown.push(row);
        else rows.push((sort.down ? -values[row] : values[row]) * places + row);
      }
      const found = Float64Array.from(rows);
      if (sort) {
        found.sort();
        for (let at = 0; at < found.length; at += 1) {
          found[at] -= Math.floor(found[at] / places) * places;
        }
      }
      store.order = new Uint32Array(found.length + unknown.length);
      store.order.set(found);
      store.order.set(unknown, found.length);
    };

    store.setFilter = (name, wanted) => {
      if (wanted === null) delete state.filters[name];
      else state.filters[name] = wanted;
      store.renew();
    };
    store.setText = (text) => {
      state.text = text.trim().toLowerCase();
      store.renew();
    };
    store.reset = () => {
      state.filters = {};
      state.text = "";
      store.renew();
    };
    store.sortBy = (name) => {
      const same = state.sort && state.sort.name === name;
      const down = same ? !state.sort.down : !store.isWords(name) && !byName[name].choices;
      state.sort = { name, down };
      arrange();
      tell("order");
    };
    store.renew = () => {
      matches();
      arrange();
      tell("shown");
      tell("order");
    };
    store.choose = (row, from) => {
      state.chosen = row;
      tell("chosen", { row, from });
    };
    return store;
  };

  window.roofpv.createStore = createStore;
})();
