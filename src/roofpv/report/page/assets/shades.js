// Which colour a building has, and the legend that says so.
(() => {
  const { about, make, say, printed, on, tell, classText } = window.roofpv;
  const UNKNOWN = "#b9bec2";

  const rgb = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));

  const createShades = (store, select, legend) => {
    let scale = about.scales[0];
    const unknown = rgb(UNKNOWN);

    const stepOf = (value) => {
      if (!scale.bounds.length) return value;
      let step = 0;
      while (step < scale.bounds.length && value >= scale.bounds[step]) step += 1;
      return step;
    };
    const isNumber = () => store.byName[scale.column].digits !== undefined;

    // Red, green and blue of every building, one after the other.
    const colours = () => {
      const values = store.columns[scale.column];
      const palette = scale.colours.map(rgb);
      const found = new Uint8Array(store.count * 3);
      for (let row = 0; row < store.count; row += 1) {
        const value = values[row];
        const colour = Number.isNaN(value) ? unknown : palette[isNumber() ? stepOf(value) : value];
        found.set(colour, row * 3);
      }
      return found;
    };

    const labels = () => {
      const column = store.byName[scale.column];
      if (!isNumber()) return column.choices.map((choice) => classText(scale.column, choice));
      const { bounds } = scale;
      const shown = bounds.map((bound) => printed(bound, column));
      if (!bounds.length) return [say("page.all")];
      return scale.colours.map((_, step) => {
        if (step === 0) return `< ${shown[0]}`;
        if (step === bounds.length) return `\u2265 ${shown[step - 1]}`;
        return `${shown[step - 1]} \u2013 ${shown[step]}`;
      });
    };
    const title = (name) => {
      const { unit } = store.byName[name];
      const text = say(`page.column.${name}`);
      return unit && unit !== "%" ? `${text} (${unit})` : text;
    };

    const writeLegend = () => {
      const counts = new Uint32Array(scale.colours.length + 1);
      const values = store.columns[scale.column];
      for (let row = 0; row < store.count; row += 1) {
        if (!store.shown[row]) continue;
        const value = values[row];
        const place = isNumber() ? stepOf(value) : value;
        counts[Number.isNaN(value) ? scale.colours.length : place] += 1;
      }
      const items = labels().map((label, at) => [label, scale.colours[at], counts[at]]);
      const none = counts[scale.colours.length];
      if (none) items.push([say("page.not_known"), UNKNOWN, none]);
      const lines = items.map(([label, colour, n]) => {
        const patch = make("span", { class: "patch", "aria-hidden": "true" });
        patch.style.background = colour;
        const number = make("span", { class: "n" }, n.toLocaleString("en"));
        return make("li", {}, patch, label, number);
      });
      legend.replaceChildren(make("p", {}, title(scale.column)), make("ul", {}, ...lines));
    };
    const write = () => {
      select.replaceChildren(...about.scales.map((one) => (
        make("option", { value: one.column }, title(one.column)))));
      select.value = scale.column;
      writeLegend();
    };

    select.addEventListener("change", () => {
      scale = about.scales.find((one) => one.column === select.value);
      writeLegend();
      tell("shade");
    });
    on("language", write);
    on("shown", writeLegend);
    write();
    return { colours, title, column: () => scale.column };
  };

  window.roofpv.createShades = createShades;
})();
