// The way of the page: data, table, then the map.
(async () => {
  const page = window.roofpv;
  const { say, on } = page;
  const map = document.getElementById("map");
  const still = document.getElementById("still");
  const panel = document.getElementById("panel");

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
  page.createTable(store, document.getElementById("table"));
  const shades = page.createShades(store, document.getElementById("shade"), document.getElementById("legend"));
  let told = null;
  const showPanel = async () => {
    const { chosen } = store.state;
    if (chosen < 0) return;
    const name = store.text("name", chosen) || store.text("building_id", chosen);
    document.getElementById("choice").textContent = say("page.chosen", { name });
    if (!page.panel) { page.facts.show(panel, chosen, store); return; }
    if (!told) told = page.unpackText("panel-data").then(JSON.parse);
    const { data, texts } = await told;
    if (chosen === store.state.chosen) page.panel.show(panel, chosen, data, texts, page.language);
  };
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
