// A large city as squares on a plain canvas, near enough as roofs, and its parts as a table.
(() => {
  const page = window.roofpv;
  const { about, make, say, titled, printed, on } = page;
  const HIGHEST = 560;
  const LEAST_HIGH = 320;
  const NEAREST = 0.05;
  // Beyond so much of the whole no part is loaded: whoever only looks loads nothing.
  const ZOOMED = 0.75;
  // A click that moves farther, in pixels, is a drag.
  const A_DRAG = 4;

  const showOverview = (columns, { nameOf, go, load }) => {
    const root = document.getElementById("overview");
    const { across, down, side_m: side, west, north } = about.cells;
    const canvas = make("canvas", { role: "img" });
    const hover = make("div", { class: "hover", hidden: "" });
    const select = make("select", { id: "overview-shade" });
    const label = make("label", { for: "overview-shade" });
    const legend = make("div", { class: "legend" });
    const list = make("div", { class: "wide", role: "group", tabindex: "0" });
    const note = make("p", { class: "note" });
    const zoom = ["nearer", "farther", "whole"].map((name) => (
      make("button", { type: "button", id: `cells-${name}` }, { nearer: "+", farther: "\u2212" }[name] || "")));
    const ruler = make("div", { class: "ruler", "aria-hidden": "true" }, make("span"));
    const mark = document.querySelector("#map .north").cloneNode(true);
    const frame = make("div", { class: "squares", role: "group", tabindex: "0" },
      canvas, mark, make("div", { class: "zoom" }, ...zoom), ruler, hover);
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
    // The middle of the canvas in metres, how many of them a pixel is, and its sides in pixels.
    const whole = { x: west + (across * side) / 2, y: north - (down * side) / 2 };
    let view = { ...whole, metres: NaN, wide: 0, high: 0 };
    let fit = NaN;
    // Parts whose roofs stand in the place of their squares.
    let drawn = new Set();
    const near = page.createNear(load, () => ask(), (error) => page.trouble(error.message));
    const isZoomed = () => view.metres < fit * ZOOMED;
    const layout = () => {
      const room = root.clientWidth || 800;
      const size = Math.max(2, Math.min(room / across, HIGHEST / down));
      const isWhole = !(view.metres < fit);
      fit = side / size;
      view = { ...view, wide: room, high: Math.max(down * size, LEAST_HIGH) };
      if (isWhole) Object.assign(view, whole, { metres: fit });
      draw();
    };
    const draw = () => {
      const { x, y, metres, wide, high } = view;
      const dense = window.devicePixelRatio || 1;
      canvas.width = Math.ceil(wide * dense);
      canvas.height = Math.ceil(high * dense);
      canvas.style.width = `${wide}px`;
      canvas.style.height = `${high}px`;
      canvas.style.touchAction = isZoomed() ? "none" : "auto";
      const pen = canvas.getContext("2d");
      pen.scale(dense, dense);
      const seen = isZoomed() ? near.inSight(view) : [];
      drawn = new Set(seen.map((one) => one.at));
      const size = side / metres;
      columns.cell.forEach((cell, place) => {
        if (drawn.has(columns.part[place])) return;
        // The area of a square stands for how many roofs are in it.
        const edge = Math.max(2, size * Math.sqrt(columns.count[place] / most) * 0.96);
        const left = (west + (cell % across) * side - x) / metres + wide / 2 + (size - edge) / 2;
        const top = (y - north + Math.floor(cell / across) * side) / metres + high / 2 + (size - edge) / 2;
        if (left > wide || top > high || left + edge < 0 || top + edge < 0) return;
        pen.fillStyle = classAt(place).colour;
        pen.fillRect(left, top, edge, edge);
      });
      for (const { roofs } of seen) page.drawRoofs(pen, roofs, scale, view);
      root.dataset.near = String(seen.length);
      root.dataset.kept = String(near.kept());
      const power = 10 ** Math.floor(Math.log10(metres * 120));
      const long = power * ([5, 2, 1].find((one) => one * power <= metres * 120) || 1);
      ruler.firstElementChild.textContent = long >= 1000 ? `${long / 1000} km` : `${long} m`;
      ruler.style.width = `${long / metres}px`;
      writeNote();
    };
    let waiting = false;
    const ask = () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; draw(); });
    };
    // Nearer or farther, what is at a place of the canvas staying there.
    const zoomBy = (factor, left = view.wide / 2, top = view.high / 2) => {
      const metres = Math.max(NEAREST, Math.min(fit, view.metres * factor));
      const [east, south] = [left - view.wide / 2, top - view.high / 2];
      view = { ...view, metres, x: view.x + east * (view.metres - metres), y: view.y - south * (view.metres - metres) };
      ask();
    };
    const shift = (east, south) => {
      view = { ...view, x: view.x + east * view.metres, y: view.y - south * view.metres };
      ask();
    };
    const toWhole = () => { view = { ...view, ...whole, metres: fit }; ask(); };
    [() => zoomBy(0.5), () => zoomBy(2), toWhole].forEach((act, at) => zoom[at].addEventListener("click", act));
    frame.addEventListener("keydown", (event) => {
      const acts = {
        "+": () => zoomBy(0.5), "=": () => zoomBy(0.5), "-": () => zoomBy(2), Home: toWhole,
        ArrowLeft: () => shift(-60, 0), ArrowRight: () => shift(60, 0),
        ArrowUp: () => shift(0, -60), ArrowDown: () => shift(0, 60),
      };
      if (event.target !== frame || !(event.key in acts)) return;
      acts[event.key]();
      event.preventDefault();
    });
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      const box = canvas.getBoundingClientRect();
      zoomBy(event.deltaY < 0 ? 0.8 : 1.25, event.clientX - box.left, event.clientY - box.top);
    }, { passive: false });
    let pressed = null;
    let dragged = false;
    canvas.addEventListener("pointerdown", (event) => {
      pressed = { x: event.clientX, y: event.clientY };
      dragged = false;
    });
    window.addEventListener("pointerup", () => { pressed = null; });
    window.addEventListener("pointermove", (event) => {
      if (!pressed || !isZoomed()) return;
      const [east, south] = [pressed.x - event.clientX, pressed.y - event.clientY];
      if (!dragged && Math.hypot(east, south) < A_DRAG) return;
      dragged = true;
      pressed = { x: event.clientX, y: event.clientY };
      shift(east, south);
    });
    const groundOf = (event) => {
      const box = canvas.getBoundingClientRect();
      return [
        view.x + (event.clientX - box.left - view.wide / 2) * view.metres,
        view.y - (event.clientY - box.top - view.high / 2) * view.metres,
      ];
    };
    const placeOf = (event) => {
      const [x, y] = groundOf(event);
      const [column, row] = [Math.floor((x - west) / side), Math.floor((north - y) / side)];
      const place = column < 0 || column >= across ? undefined : at.get(row * across + column);
      return place === undefined || drawn.has(columns.part[place]) ? undefined : place;
    };
    // The roof at a place, where roofs are drawn.
    const roofOf = (event) => {
      if (!isZoomed()) return null;
      const [x, y] = groundOf(event);
      for (const { at: part, roofs } of near.inSight(view)) {
        const row = page.rowAt(roofs, x, y, 4 * view.metres);
        if (row >= 0) return { part, id: roofs.ids[row], name: roofs.names[row] };
      }
      return null;
    };
    const valueAt = (place) => {
      const means = columns[`${scale.column}.mean`];
      if (!means || Number.isNaN(means[place])) return classAt(place)[page.language];
      return say("page.part_mean", { value: printed(means[place], byName[scale.column], true) });
    };
    canvas.addEventListener("click", (event) => {
      if (dragged) return;
      const roof = roofOf(event);
      if (roof) { go(roof.part, roof.id); return; }
      const place = placeOf(event);
      if (place !== undefined) go(columns.part[place]);
    });
    canvas.addEventListener("mousemove", (event) => {
      const place = placeOf(event);
      const roof = roofOf(event);
      hover.hidden = place === undefined && !roof;
      canvas.style.cursor = hover.hidden ? "default" : "pointer";
      if (hover.hidden) return;
      const words = roof ? [roof.name || roof.id, roof.id] : [nameOf(about.parts[columns.part[place]]),
        say("page.part_roofs", { n: columns.count[place].toLocaleString("en") }),
        `${say(`page.column.${scale.column}`)}: ${valueAt(place)}`];
      hover.replaceChildren(...words.map((text) => make("div", {}, text)));
      const box = frame.getBoundingClientRect();
      const left = event.clientX - box.left > box.width / 2;
      hover.style.transform = `translate(${event.clientX - box.left + (left ? -12 : 12)}px, ${event.clientY - box.top + 12}px) translateX(${left ? "-100%" : "0"})`;
    });
    canvas.addEventListener("mouseleave", () => { hover.hidden = true; });

    const writeNote = () => {
      const told = side >= 1000 ? `${side / 1000} km` : `${side} m`;
      const said = root.dataset.near > 0 ? say("page.part_roof") : `${say("page.part_squares", { side: told })} ${say("page.part_zoom")}`;
      if (note.textContent !== said) note.textContent = said;
    };
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
      ["nearer", "farther"].forEach((name, place) => zoom[place].setAttribute("aria-label", say(`page.${name}`)));
      zoom[2].textContent = say("page.whole");
      writeNote();
      for (const one of [canvas, frame]) one.setAttribute("aria-label", say("page.map"));
      writeLegend();
      writeList();
    };
    select.addEventListener("change", () => {
      scale = about.scales.find((one) => one.column === select.value);
      draw();
      writeLegend();
    });
    on("language", write);
    new ResizeObserver(layout).observe(root);
    layout();
    write();
  };
  page.showOverview = showOverview;
})();
