// The way of the page: data, table, then the map.
(async () => {
  const page = window.roofpv;
  const { say, on, make } = page;
  const map = document.getElementById("map");
  const still = document.getElementById("still");
  const panel = document.getElementById("panel");
  const building = document.getElementById("building");
  const choice = document.getElementById("choice");

  const trouble = (key) => {
    const place = document.getElementById("trouble");
    place.dataset.say = key;
    place.textContent = say(key);
    place.hidden = false;
  };
  const withoutMap = (key) => {
    trouble(key);
    map.hidden = true;
    document.querySelector(".shades").hidden = true;
    document.getElementById("legend").hidden = true;
    still.classList.add("seen");
    document.documentElement.dataset.map = "still";
  };

  for (const button of document.querySelectorAll("[data-language]")) {
    button.addEventListener("click", () => page.setLanguage(button.dataset.language));
  }
  document.getElementById("print").addEventListener("click", () => window.print());

  if (!window.DecompressionStream) {
    withoutMap("page.too_old");
    return;
  }
  const columns = page.about.parts ? await page.choosePart() : await page.unpack("data");
  if (!columns) return;
  // Unpacked beside the table's work.
  const libraryText = page.unpackText("library");
  const store = page.createStore(columns);
  page.store = store;
  page.createFilters(store, document.getElementById("filters"), document.getElementById("count"));
  const table = page.createTable(store, document.getElementById("table"));
  const shades = page.createShades(store, document.getElementById("shade"), document.getElementById("legend"));
  let told = null;
  const showPanel = async () => {
    const { chosen } = store.state;
    panel.classList.toggle("chosen", chosen >= 0);
    document.getElementById("close").hidden = chosen < 0;
    if (chosen < 0) {
      choice.replaceChildren();
      building.replaceChildren(make("p", { "data-say": "page.choose" }, say("page.choose")));
      return;
    }
    const name = store.text("name", chosen) || store.text("building_id", chosen);
    const link = make("a", { href: "#panel" }, say("page.to_panel"));
    link.addEventListener("click", (event) => { event.preventDefault(); read(); });
    choice.replaceChildren(make("span", {}, say("page.chosen", { name })), " ", link);
    if (!page.panel) { page.facts.show(building, chosen, store); return; }
    if (!told) told = page.unpackText("panel-data").then(JSON.parse);
    const { data, texts } = await told;
    if (chosen === store.state.chosen) page.panel.show(building, chosen, data, texts, page.language);
  };
  // To the panel and back to the row of its building, with the keys or the mouse.
  const read = () => {
    panel.focus({ preventScroll: true });
    panel.scrollTop = 0;
    panel.scrollIntoView({ block: "nearest" });
  };
  const close = () => {
    const { chosen } = store.state;
    if (chosen < 0) return;
    store.choose(-1, "panel");
    table.focusOn(chosen);
  };
  document.getElementById("close").addEventListener("click", close);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.target.closest("input, select")) close();
  });
  on("read", read);
  on("chosen", showPanel);
  on("language", showPanel);
  if (page.about.parts) page.chooseAsked(store);
  document.documentElement.dataset.table = "ready";

  const canDraw = () => {
    try { return Boolean(document.createElement("canvas").getContext("webgl2")); } catch { return false; }
  };
  if (!canDraw()) {
    withoutMap("page.no_webgl");
    return;
  }
  // The library is let run by its hash, so it must be set as text of a script.
  const library = document.createElement("script");
  library.textContent = await libraryText;
  document.head.append(library);
  try {
    page.map = page.createMap(store, shades, window.deck);
  } catch (error) {
    withoutMap("page.no_webgl");
    throw error;
  }
  const tellUnplaced = () => {
    const n = page.map.unplaced;
    document.getElementById("unplaced").textContent = n ? say("page.unplaced", { n: n.toLocaleString("en") }) : "";
  };
  on("language", tellUnplaced);
  tellUnplaced();
  document.documentElement.dataset.map = "ready";
})();
