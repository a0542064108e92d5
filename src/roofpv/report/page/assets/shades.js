// Which colour a building has, and the legend that says so.
(() => {
  const { about, make, say, titled, on, tell } = window.roofpv;

  const rgb = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));

  const createShades = (store, select, legend) => {
    let scale = about.scales[0];

    // Place of every building among the classes of the scale; the last is for what is not known.
    const placesOf = () => {
      const { bounds, classes } = scale;
      const missing = classes.length - 1;
      const values = store.columns[scale.column];
      const { choices } = store.byName[scale.column];
      const byChoice = choices && choices.map((key) => classes.findIndex((one) => one.key === key));
      const places = new Uint8Array(store.count);
      for (let row = 0; row < store.count; row += 1) {
        const value = values[row];
        let place = 0;
        if (Number.isNaN(value)) place = missing;
        else if (byChoice) place = byChoice[value];
        else while (place < bounds.length && value >= bounds[place]) place += 1;
        places[row] = place;
      }
      return places;
    };
    let places = placesOf();

    // Red, green and blue of every building, one after the other.
    const colours = () => {
      const palette = scale.classes.map((one) => rgb(one.colour));
      const found = new Uint8Array(store.count * 3);
      for (let row = 0; row < store.count; row += 1) found.set(palette[places[row]], row * 3);
      return found;
    };

    const title = (name) => titled(store.byName[name]);

    const writeLegend = () => {
      const counts = new Uint32Array(scale.classes.length);
      for (let row = 0; row < store.count; row += 1) counts[places[row]] += store.shown[row];
      const lines = scale.classes.flatMap((one, at) => {
        if (!counts[at] && at === scale.classes.length - 1) return [];
        const patch = make("span", { class: "patch", "aria-hidden": "true" });
        patch.style.background = one.colour;
        const label = make("span", {}, one[window.roofpv.language]);
        const number = make("span", { class: "n" }, counts[at].toLocaleString("en"));
        return [make("li", {}, patch, label, number)];
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
      places = placesOf();
      writeLegend();
      tell("shade");
    });
    on("language", write);
    on("shown", writeLegend);
    write();
    return { colours, column: () => scale.column };
  };

  window.roofpv.createShades = createShades;
})();
