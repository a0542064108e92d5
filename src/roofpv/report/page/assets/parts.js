// Files beside the page: parts of a large city, and where an id is to be found.
(() => {
  const page = window.roofpv;
  const { about, make, say, on } = page;
  if (!about.parts) return;
  const arrivals = new Map();

  // What a file beside the page says; another report's is not taken.
  page.arrived = (told) => {
    const waiting = arrivals.get(told.name);
    arrivals.delete(told.name);
    if (!waiting) return;
    if (told.stamp === about.stamp) waiting.done(told);
    else waiting.failed(new Error("page.part_other"));
  };
  const load = (name) => new Promise((done, failed) => {
    arrivals.set(name, { done, failed });
    const script = document.createElement("script");
    script.nonce = about.stamp;
    script.src = `${about.folder}/${name}.js`;
    script.onerror = () => failed(new Error("page.part_missing"));
    script.onload = () => { script.remove(); if (arrivals.has(name)) failed(new Error("page.part_missing")); };
    document.head.append(script);
  });

  const asked = new URLSearchParams(window.location.hash.slice(1));
  const partAt = about.parts.findIndex((one) => one.name === asked.get("part"));
  // Another part is another opening of the page, so that nothing of the one before stays.
  let leaving = false;
  const leave = () => {
    if (!leaving) window.location.reload();
    leaving = true;
  };
  const go = (at, id) => {
    const words = new URLSearchParams(at < 0 ? {} : { part: about.parts[at].name });
    if (id) words.set("id", id);
    window.location.hash = at < 0 ? "roofs" : words.toString();
    leave();
  };
  window.addEventListener("hashchange", () => {
    const wanted = new URLSearchParams(window.location.hash.slice(1)).get("part");
    if (wanted && wanted !== asked.get("part")) leave();
  });

  const nameOf = (part) => {
    const district = part.district || say("page.not_known");
    return part.of > 1 ? say("page.part_square", { district, n: part.number, of: part.of }) : district;
  };
  const many = (n) => n.toLocaleString("en");

  // CRC-32, as zlib has it.
  const checksum = (text) => {
    let sum = 0xffffffff;
    for (const byte of new TextEncoder().encode(text)) {
      sum ^= byte;
      for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
    }
    return (sum ^ 0xffffffff) >>> 0;
  };
  const find = async (id) => {
    const number = String(checksum(id) % about.finders).padStart(3, "0");
    const told = await load(`find-${number}`);
    const owners = new Map(Object.entries(JSON.parse(await page.readGiven(told.text))));
    return owners.has(id) ? owners.get(id) : -1;
  };

  const bar = () => {
    const note = make("p", { class: "count", id: "part-note" });
    const select = make("select", { id: "part" });
    const label = make("label", { for: "part" });
    const wanted = make("input", { type: "search", id: "find", autocomplete: "off" });
    const findLabel = make("label", { for: "find" });
    const button = make("button", { type: "submit" });
    const answer = make("p", { role: "status", class: "note", id: "found" });
    const form = make("form", { class: "filters" },
      make("div", { class: "field wide" }, label, select),
      make("div", { class: "field wide" }, findLabel, wanted), button);
    const root = document.getElementById("parts");
    root.append(note, form, answer);
    select.addEventListener("change", () => go(select.selectedIndex - 1));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const id = wanted.value.trim();
      if (!id) return;
      try {
        const at = await find(id);
        if (at < 0) answer.textContent = say("page.part_no_id", { id });
        else go(at, id);
      } catch (error) { answer.textContent = say(error.message); }
    });
    const write = () => {
      const all = many(about.count);
      note.textContent = partAt < 0
        ? say("page.part_cells", { all })
        : say("page.part_shown", { part: nameOf(about.parts[partAt]), n: many(about.parts[partAt].count), all });
      label.textContent = say("page.part_choose");
      findLabel.textContent = say("page.part_find");
      button.textContent = say("page.part_go");
      form.setAttribute("aria-label", say("page.part_choose"));
      const names = [say("page.part_whole"), ...about.parts.map((one) => `${nameOf(one)} (${many(one.count)})`)];
      select.replaceChildren(...names.map((name) => make("option", {}, name)));
      select.selectedIndex = partAt + 1;
    };
    write();
    on("language", write);
  };

  const trouble = (key) => {
    const place = document.getElementById("trouble");
    place.dataset.say = key;
    place.textContent = say(key);
    place.hidden = false;
  };

  // Columns of the part that is asked for; without one the overview is shown, and there are none.
  const choosePart = async () => {
    bar();
    if (partAt >= 0) {
      try {
        const told = await load(about.parts[partAt].name);
        const known = new Set(told.about.columns.map((one) => one.name));
        about.scales = about.scales.filter((one) => known.has(one.column));
        Object.assign(about, told.about);
        return page.unpackGiven(told.text);
      } catch (error) { trouble(error.message); }
    }
    document.documentElement.dataset.parts = "overview";
    page.showOverview(await page.unpack("data"), { nameOf, go, load });
    document.documentElement.dataset.overview = "ready";
    return null;
  };
  const chooseAsked = (store) => {
    const id = asked.get("id");
    if (!id) return;
    // After the map has heard of it too.
    setTimeout(() => {
      for (let row = 0; row < store.count; row += 1) {
        if (store.text("building_id", row) === id) { store.choose(row, "find"); return; }
      }
    });
  };
  Object.assign(page, { choosePart, chooseAsked, trouble });
})();
