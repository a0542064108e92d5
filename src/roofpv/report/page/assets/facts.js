// What one building is, in a list: for cities so large that the full panel is left out.
(() => {
  const { about, make, say, printed, classText, DASH } = window.roofpv;

  const show = (root, row, store) => {
    const facts = about.columns.filter((one) => one.name !== "name").map((one) => {
      let text;
      if (store.isWords(one.name)) text = store.text(one.name, row);
      else {
        const value = store.value(one.name, row);
        if (Number.isNaN(value)) text = DASH;
        else text = one.choices ? classText(one.name, one.choices[value]) : printed(value, one, true);
      }
      return make("tr", {}, make("th", { scope: "row" }, say(`page.column.${one.name}`)), make("td", {}, text));
    });
    const id = store.text("building_id", row);
    root.replaceChildren(
      make("h3", {}, store.text("name", row) || store.text("building_id", row)),
      make("table", { class: "facts" }, make("tbody", {}, ...facts)),
      make("p", { class: "note" }, say("page.facts_only", { most: about.most.toLocaleString("en"), id })),
    );
  };

  window.roofpv.facts = { show };
})();
