// Search, filters, and the line that says how many buildings are shown.
(() => {
  const { make, say, hasText, on } = window.roofpv;
  const FILTERED = ["district", "use", "pv_state", "evidence_grade"];

  // A class as people read it; a district is its own name.
  const classText = (name, choice) => {
    const key = name === "use" ? `uses.${choice}` : `charts.${name}.${choice}`;
    return hasText(key) ? say(key).replace(/_/g, " ") : choice;
  };

  const createFilters = (store, form, count) => {
    const search = make("input", { type: "search", id: "search", autocomplete: "off" });
    const reset = make("button", { type: "button" });
    const selects = [];

    const fill = ({ select, label, name }) => {
      const kept = select.value;
      label.textContent = say(`page.column.${name}`);
      const options = [["", say("page.all")]];
      store.byName[name].choices.forEach((choice, code) => {
        options.push([String(code), classText(name, choice)]);
      });
      if (store.columns[name].some(Number.isNaN)) options.push(["-1", say("page.not_known")]);
      select.replaceChildren(...options.map(([value, text]) => make("option", { value }, text)));
      select.value = kept;
    };

    const searchLabel = make("label", { for: "search" });
    form.append(make("div", { class: "field wide" }, searchLabel, search));
    for (const name of FILTERED) {
      if (!store.byName[name].choices) continue;
      const select = make("select", { id: `filter-${name}` });
      const label = make("label", { for: `filter-${name}` });
      select.addEventListener("change", () => {
        store.setFilter(name, select.value === "" ? null : Number(select.value));
      });
      form.append(make("div", { class: "field" }, label, select));
      selects.push({ select, label, name });
    }
    form.append(reset);

    let waiting = 0;
    search.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => store.setText(search.value), 120);
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      store.setText(search.value);
    });
    reset.addEventListener("click", () => {
      search.value = "";
      for (const one of selects) one.select.value = "";
      store.reset();
    });

    const tellCount = () => {
      const all = store.count.toLocaleString("en");
      count.textContent = say("page.count", { n: store.order.length.toLocaleString("en"), all });
    };
    const words = () => {
      searchLabel.textContent = say("page.search");
      reset.textContent = say("page.reset");
      selects.forEach(fill);
      tellCount();
    };
    words();
    on("language", words);
    on("shown", tellCount);
  };

  Object.assign(window.roofpv, { createFilters, classText });
})();
