// The panel for one building: roofpv.panel.show(root, index, data, texts, lang).
// Data is only ever set as text; nothing of it becomes markup. Comes after panel_pictures.js.
(function () {
  "use strict";

  const { html, number, withUnit, roof, months, sky } = window.roofpv.panelParts;
  const WIDEST = 640, NARROWEST = 280;
  // A number with at most one word behind it stays on one line.
  const NUMBER = /^-?[\d,.]+(%|\u00b0| \S{1,8})?$/;
  let shown = 0;

  // What one building is told of, in one language.
  class Case {
    constructor(index, data, texts, lang, width) {
      Object.assign(this, { index, data, texts, lang, width });
      this.id = "roofpv-panel-" + (shown += 1);
    }

    say(key, words) {
      const text = (this.texts[key] || {})[this.lang];
      if (text === undefined) return key;
      return text.replace(/\$(\w+)/g, (whole, name) =>
        words && Object.hasOwn(words, name) ? words[name] : whole);
    }

    // A text; [key, words]; or a list of phrases.
    phrase(said) {
      if (!Array.isArray(said)) return String(said);
      if (typeof said[0] === "string" && Object.hasOwn(this.texts, said[0])) {
        const words = {};
        for (const [name, one] of Object.entries(said[1] || {})) words[name] = this.phrase(one);
        return this.say(said[0], words);
      }
      return said.map((one) => this.phrase(one)).join(this.say("panel.list"));
    }

    // Units of the last digit, or null.
    count(column) {
      const told = this.data.figures[column];
      const count = told ? told.values[this.index] : null;
      return count === undefined ? null : count;
    }

    figure(column) {
      const count = this.count(column);
      if (count === null) return null;
      const { digits, unit } = this.data.figures[column];
      const said = number(count, digits);
      return column.endsWith("_years")
        ? this.say("panel.years", { n: said }) : withUnit(said, this.unit(unit));
    }

    unit(name) {
      const key = `page.unit.${name}`;
      return Object.hasOwn(this.texts, key) ? this.say(key) : name;
    }

    word(column) {
      const told = this.data.classes[column];
      const place = told ? told.values[this.index] : null;
      return place === null || place === undefined ? null : told.words[place];
    }

    name() {
      return this.data.names.name[this.index] || this.data.names.building_id[this.index];
    }

    of(list) {
      return list ? list[this.index] : null;
    }
  }

  function show(root, index, data, texts, lang) {
    const tongue = lang === "zh" ? "zh" : "en";
    root.textContent = "";
    const panel = html("div", { class: "roofpv-panel", lang: tongue === "zh" ? "zh-CN" : "en" });
    root.append(panel);
    const width = Math.max(NARROWEST, Math.min(WIDEST, panel.clientWidth || WIDEST));
    const one = new Case(index, data, texts, tongue, width);
    if (index === null || index === undefined || !(index >= 0 && index < data.count)) {
      panel.append(html("p", {}, one.say("panel.none")));
      return panel;
    }
    panel.append(...heading(one));
    for (const [key, make] of SECTIONS) {
      const made = make(one).filter((node) => node !== null);
      if (made.length) {
        const title = html("h3", { id: one.id + "-" + key }, one.say("panel.head." + key));
        panel.append(html("section", { "aria-labelledby": one.id + "-" + key }, title, ...made));
      }
    }
    return panel;
  }

  function heading(one) {
    const { names } = one.data;
    const id = names.building_id[one.index], name = names.name[one.index];
    const place = one.word("district");
    const below = [id, place].filter((word) => word && word !== name);
    return [
      html("h2", {}, html("bdi", {}, name || id || one.say("panel.unnamed"))),
      below.length ? html("p", { class: "roofpv-below" }, ...apart(below)) : null,
      one.data.note ? html("p", { class: "roofpv-note" }, one.phrase(one.data.note)) : null,
    ].filter((node) => node !== null);
  }

  // Each by itself, so that no letters of one turn the order of another.
  function apart(words) {
    return words.flatMap((word, i) => [i ? " · " : "", html("bdi", {}, word)]);
  }

  // Rows of [name, value]; those without a value are left out.
  function table(one, title, rows) {
    const known = rows.filter(([, value]) => value !== null && value !== undefined);
    if (!known.length) return null;
    const body = known.map(([name, value]) => html("tr", {},
      html("th", { scope: "row" }, name),
      html("td", NUMBER.test(value) ? { class: "roofpv-number" } : {},
        value instanceof Node ? value : html("bdi", {}, value))));
    return html("table", { "aria-label": one.say(title) }, html("tbody", {}, ...body));
  }

  function numbers(one, columns) {
    return columns.map((column) => [one.say("column." + column), one.figure(column)]);
  }

  function facts(one) {
    const layout = one.of(one.data.layout);
    const words = layout === null || layout === undefined || one.count("module_count") === 0
      ? null : one.phrase(one.data.layouts[layout]);
    return [table(one, "panel.head.facts", [
      ...status(one),
      ...numbers(one, ["gross_roof_area_m2", "installable_area_m2", "module_count", "kwp"]),
      [one.say("column.layout"), words],
      ...numbers(one, ["installed_kwp", "ac_kwh", "ac_kwh_p90", "specific_yield_kwh_per_kwp",
        "poa_kwh_per_m2", "shading_loss_fraction", "array_load_kn_per_m2", "avoided_kgco2"]),
      ...coverage(one),
    ])];
  }

  function status(one) {
    const said = one.word("status");
    const reason = one.of(one.data.reason);
    if (said === null || (said === "assessed" && reason === null)) return [];
    const words = one.say("certificate.building." + said);
    return [[one.say("panel.row.status"), reason === null ? words : one.phrase(reason)]];
  }

  function coverage(one) {
    const of = one.say("panel.of." + one.data.basis[1]);
    return ["now", "potential"].map((state) => {
      const shares = ["n1", "n2", "n3"].map((n) => one.figure(`coverage_${n}_${state}_fraction`));
      const name = one.say("panel.row.coverage_in", { of, state: one.say("panel.row." + state) });
      const said = shares.map((share, n) => `N${n + 1} ${share === null ? "–" : share}`);
      return [name, shares.every((share) => share === null) ? null : said.join(" / ")];
    });
  }

  function why(one) {
    const told = one.of(one.data.why) || [];
    if (!told.length) return [];
    return [html("ul", { class: "roofpv-why" },
      ...told.map((said) => html("li", {}, one.phrase(said))))];
  }

  function targets(one) {
    if (!one.data.targets.length) return [];
    const head = ["target", "asked", "now", "potential"].map((name) =>
      html("th", { scope: "col" }, one.say("panel.row." + name)));
    const rows = one.data.targets.map((target) => html("tr", {},
      html("th", { scope: "row" }, titleOf(one, target)),
      html("td", {}, one.say("panel.asked." + target.asked[one.index])),
      html("td", {}, verdict(one, target, target.now)),
      html("td", {}, verdict(one, target, target.potential))));
    return [html("table", { class: "roofpv-targets", "aria-label": one.say("panel.head.targets") },
      html("thead", {}, html("tr", {}, ...head)), html("tbody", {}, ...rows))];
  }

  function titleOf(one, target) {
    const title = target.title[one.lang] || target.target;
    if (target.threshold === null) return title;
    const key = target.strict ? "panel.target.more" : "panel.target.share";
    return one.say(key, { title, threshold: threshold(target) });
  }

  function threshold(target) {
    const said = number(target.threshold, target.digits);
    return (target.digits ? said.replace(/\.?0+$/, "") : said) + "%";
  }

  function verdict(one, target, state) {
    const share = state.share[one.index], met = state.met[one.index];
    if (target.asked[one.index] !== "yes" || share === null) return "–";
    if (!target.alone) return one.say("panel.pv." + (share > 0 ? "yes" : "no"));
    const said = met === null ? "open" : met ? "yes" : "no";
    // Short of the threshold by less than is printed.
    const below = met === false && !target.strict && target.threshold !== null &&
      share >= target.threshold;
    const printed = below ? `< ${threshold(target)}` : `${number(share, target.digits)}%`;
    return one.say("panel.verdict", { value: printed, met: one.say("panel.met." + said) });
  }

  function money(one) {
    return [table(one, "panel.head.money", numbers(one, ["capex_cny", "lcoe_cny_per_kwh",
      "npv_cny", "irr", "payback_years", "own_use_kwh", "self_use_fraction",
      "self_supply_fraction", "export_kwh", "saved_cny", "sold_cny", "load_kwh"]))];
  }

  function evidence(one) {
    const grade = one.word("evidence_grade"), id = one.data.names.building_id[one.index];
    return [table(one, "panel.head.evidence", [
      [one.say("panel.row.grade"), grade && one.say("certificate.evidence." + grade)],
      ...numbers(one, ["gross_roof_area_sd_fraction"]),
      [one.say("panel.row.command"), html("code", {}, "roofpv explain OUT ", html("bdi", {}, id))],
    ])];
  }

  function building(one) {
    const { names, completed } = one.data;
    const worded = [["use", "uses."], ["ownership", "ownerships."], ["roof_type", "roof_types."]]
      .map(([column, topic]) => [one.say("column." + column), known(one, topic, one.word(column))]);
    const stated = names.institution ? names.institution[one.index] : "";
    return [table(one, "panel.head.building", [
      [one.say("column.institution"), stated || null],
      ...worded,
      [one.say("column.completed"), completed[one.index] || null],
      ...numbers(one, ["floors", "height_m", "estimated_height_m", "floor_area_m2"]),
    ])];
  }

  function known(one, topic, word) {
    return word !== null && one.texts[topic + word] ? one.say(topic + word) : word;
  }

  const SECTIONS = [
    ["why", why], ["targets", targets], ["roof", roof], ["facts", facts], ["months", months],
    ["sky", sky], ["money", money], ["evidence", evidence], ["building", building],
  ];

  window.roofpv.panel = { show };
})();
