// A large city as squares on a plain canvas, and its parts as a table.
(() => {
  const page = window.roofpv;
  const { about, make, say, titled, printed, on } = page;
  const HIGHEST = 560;

  const showOverview = (columns, { nameOf, go }) => {
    const root = document.getElementById("overview");
    const { across, down, side_m: side } = about.cells;
    const canvas = make("canvas", { role: "img" });
    const hover = make("div", { class: "hover", hidden: "" });
    const select = make("select", { id: "overview-shade" });
    const label = make("label", { for: "overview-shade" });
    const legend = make("div", { class: "legend" });
    const list = make("div", { class: "wide", role: "group", tabindex: "0" });
    const note = make("p", { class: "note" });
    const frame = make("div", { class: "squares" }, canvas, hover);
    root.append(make("div", { class: "shades" }, label, select), frame, note, legend, list);
    root.hidden = false;
    const byName = Object.fromEntries(about.columns.map((one) => [one.name, one]));
    let scale = about.scales[0];
    const at = new Map();
    columns.cell.forEach((cell, place) => at.set(cell, place));
    const most = columns.count.reduce((a, b) => Math.max(a, b), 1);

    const title = (name) => titled(byName[name]);
    const classAt = (place) => {
      const found = columns[`${scale.column}.class`][place];
      return scale.classes[Number.isNaN(found) ? scale.classes.length - 1 : found];
    };
    let size = 4;
    const draw = () => {
      const wide = root.clientWidth || 800;
      size = Math.max(2, Math.min(wide / across, HIGHEST / down));
      const dense = window.devicePixelRatio || 1;
      canvas.width = Math.ceil(across * size * dense);
      canvas.height = Math.ceil(down * size * dense);
      canvas.style.width = `${across * size}px`;
      canvas.style.height = `${down * size}px`;
      const pen = canvas.getContext("2d");
      pen.scale(dense, dense);
      columns.cell.forEach((cell, place) => {
        // The area of a square stands for how many roofs are in it.
        const edge = Math.max(2, size * Math.sqrt(columns.count[place] / most) * 0.96);
        const gap = (size - edge) / 2;
        pen.fillStyle = classAt(place).colour;
        pen.fillRect((cell % across) * size + gap, Math.floor(cell / across) * size + gap, edge, edge);
      });
    };
    const placeOf = (event) => {
      const box = canvas.getBoundingClientRect();
      const column = Math.floor((event.clientX - box.left) / size);
      const row = Math.floor((event.clientY - box.top) / size);
      return column < 0 || column >= across ? undefined : at.get(row * across + column);
    };
    const valueAt = (place) => {
      const means = columns[`${scale.column}.mean`];
      if (!means || Number.isNaN(means[place])) return classAt(place)[page.language];
      return say("page.part_mean", { value: printed(means[place], byName[scale.column], true) });
    };
    canvas.addEventListener("click", (event) => {
      const place = placeOf(event);
      if (place !== undefined) go(columns.part[place]);
    });
    canvas.addEventListener("mousemove", (event) => {
      const place = placeOf(event);
      hover.hidden = place === undefined;
      canvas.style.cursor = hover.hidden ? "default" : "pointer";
      if (hover.hidden) return;
      const words = [nameOf(about.parts[columns.part[place]]),
        say("page.part_roofs", { n: columns.count[place].toLocaleString("en") }),
        `${say(`page.column.${scale.column}`)}: ${valueAt(place)}`];
      hover.replaceChildren(...words.map((text) => make("div", {}, text)));
      const box = frame.getBoundingClientRect();
      const left = event.clientX - box.left > box.width / 2;
      hover.style.transform = `translate(${event.clientX - box.left + (left ? -12 : 12)}px, ${event.clientY - box.top + 12}px) translateX(${left ? "-100%" : "0"})`;
    });
    canvas.addEventListener("mouseleave", () => { hover.hidden = true; });

    const writeLegend = () => {
      const counts = about.cells.counts[scale.column];
      const lines = scale.classes.flatMap((one, place) => {
        if (!counts[place] && place === scale.classes.length - 1) return [];
        const patch = make("span", { class: "patch", "aria-hidden": "true" });
        patch.style.background = one.colour;
        const number = make("span", { class: "n" }, counts[place].toLocaleString("en"));
        return [make("li", {}, patch, make("span", {}, one[page.language]), number)];
      });
      legend.replaceChildren(make("p", {}, title(scale.column)), make("ul", {}, ...lines));
    };
    const writeList = () => {
      const head = ["page.part_choose", "page.part_count", "page.column.kwp"].map((key, place) => (
        make("th", place ? { scope: "col", class: "n" } : { scope: "col" }, say(key))));
      const rows = about.parts.map((one) => {
        const link = make("a", { href: `#part=${one.name}` }, nameOf(one));
        return make("tr", {}, make("th", { scope: "row" }, link),
          make("td", { class: "n" }, one.count.toLocaleString("en")),
          make("td", { class: "n" }, printed(one.kwp, { digits: 1, unit: "kWp" })));
      });
      list.setAttribute("aria-label", say("page.part_choose"));
      list.replaceChildren(make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows)));
    };
    const write = () => {
      label.textContent = say("page.shade");
      select.replaceChildren(...about.scales.map((one) => make("option", { value: one.column }, title(one.column))));
      select.value = scale.column;
      note.textContent = say("page.part_squares", { side: side >= 1000 ? `${side / 1000} km` : `${side} m` });
      canvas.setAttribute("aria-label", say("page.map"));
      writeLegend();
      writeList();
    };
    select.addEventListener("change", () => {
      scale = about.scales.find((one) => one.column === select.value);
      draw();
      writeLegend();
    });
    on("language", write);
    new ResizeObserver(draw).observe(root);
    write();
    draw();
  };
  page.showOverview = showOverview;
})();
