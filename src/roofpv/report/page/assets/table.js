// The table: only the rows in sight exist, whatever their number.
(() => {
  const { about, make, say, titled, printed, on, tell, classText, DASH } = window.roofpv;
  const ROW = 34;
  const AHEAD = 8;
  const A_SIDESTEP = 120;
  // Browsers cut an element that is taller than some millions of pixels.
  const TALLEST = 8e6;

  const createTable = (store, root) => {
    const shownColumns = about.columns;
    const grid = make("div", { role: "grid", tabindex: "-1", "data-say-label": "page.table" });
    const head = make("div", { role: "row", class: "head", "aria-rowindex": "1" });
    const headGroup = make("div", { role: "rowgroup", class: "headgroup" }, head);
    const body = make("div", { role: "rowgroup", class: "body" });
    const scroller = grid;
    grid.append(headGroup, body);
    root.append(grid);
    grid.setAttribute("aria-label", say("page.table"));
    grid.setAttribute("aria-colcount", String(shownColumns.length));
    const isNumber = (column) => column.digits !== undefined;
    let active = 0;
    let activeHead = 0;
    const pool = new Map();

    const wide = { building_id: "142px", name: "240px", pv_state: "132px", evidence_grade: "84px" };
    const template = shownColumns.map((one) => wide[one.name] || (isNumber(one) ? "108px" : "100px")).join(" ");
    grid.style.setProperty("--columns", template);

    const writeHead = () => {
      head.replaceChildren(...shownColumns.map((one, at) => {
        const button = make("button", { type: "button", tabindex: at === activeHead ? "0" : "-1" }, titled(one));
        button.addEventListener("click", () => store.sortBy(one.name));
        const cell = make("div", {
          role: "columnheader", "aria-colindex": String(at + 1), "aria-sort": "none",
          class: isNumber(one) ? "cell n" : "cell",
        }, button);
        cell.dataset.name = one.name;
        return cell;
      }));
      markSort();
    };
    const markSort = () => {
      const { sort } = store.state;
      for (const cell of head.children) {
        const mine = sort && sort.name === cell.dataset.name;
        const way = sort && sort.down ? "descending" : "ascending";
        cell.setAttribute("aria-sort", mine ? way : "none");
      }
    };

    const cellText = (one, row) => {
      if (store.isWords(one.name)) return store.text(one.name, row) || DASH;
      const value = store.value(one.name, row);
      if (Number.isNaN(value)) return DASH;
      if (!one.choices) return printed(value, one);
      return one.name === "evidence_grade" ? one.choices[value] : classText(one.name, one.choices[value]);
    };

    const height = () => Math.min(store.order.length * ROW, TALLEST);
    const perPixel = () => {
      const room = Math.max(1, height() - inSight() * ROW);
      return Math.max(0, store.order.length - inSight()) / room;
    };
    const inSight = () => Math.max(1, Math.floor((scroller.clientHeight - headGroup.offsetHeight) / ROW));
    const isScaled = () => store.order.length * ROW > TALLEST;
    const firstInSight = () => (isScaled()
      ? Math.floor(scroller.scrollTop * perPixel())
      : Math.floor(scroller.scrollTop / ROW));

    const writeRow = (line, at) => {
      const row = store.order[at];
      line.dataset.at = at;
      line.dataset.row = row;
      line.setAttribute("aria-rowindex", String(at + 2));
      line.setAttribute("aria-selected", String(row === store.state.chosen));
      line.tabIndex = at === active ? 0 : -1;
      shownColumns.forEach((one, place) => {
        const text = cellText(one, row);
        const cell = line.children[place];
        if (cell.textContent !== text) cell.textContent = text;
        if (one.name === "name" || one.name === "pv_state") cell.title = text;
      });
    };
    const newRow = () => {
      const cells = shownColumns.map((one, place) => make("div", {
        role: "gridcell", "aria-colindex": String(place + 1),
        class: isNumber(one) ? "cell n" : "cell",
      }));
      return make("div", { role: "row", class: "line", "aria-selected": "false" }, ...cells);
    };

    const draw = () => {
      const first = firstInSight();
      const from = Math.max(0, first - AHEAD);
      const to = Math.min(store.order.length, first + inSight() + AHEAD + 1);
      for (const [at, line] of pool) {
        if (at < from || at >= to) { line.remove(); pool.delete(at); }
      }
      const shift = isScaled() ? scroller.scrollTop - first * ROW : 0;
      for (let at = from; at < to; at += 1) {
        let line = pool.get(at);
        if (!line) {
          line = newRow();
          pool.set(at, line);
          writeRow(line, at);
          const next = pool.get(at + 1);
          if (next) body.insertBefore(line, next);
          else body.append(line);
        }
        line.style.transform = `translateY(${at * ROW + shift}px)`;
      }
    };
    const redraw = () => {
      grid.setAttribute("aria-rowcount", String(store.order.length + 1));
      body.style.height = `${height()}px`;
      for (const line of pool.values()) line.remove();
      pool.clear();
      active = Math.min(active, Math.max(0, store.order.length - 1));
      draw();
    };

    const reveal = (at) => {
      const first = firstInSight();
      if (at >= first && at < first + inSight() - 1) return;
      const top = Math.max(0, at - (at < first ? 0 : inSight() - 2));
      scroller.scrollTop = isScaled() ? top / perPixel() : top * ROW;
      draw();
    };
    const goTo = (at) => {
      const target = Math.max(0, Math.min(store.order.length - 1, at));
      const last = pool.get(active);
      if (last) last.tabIndex = -1;
      active = target;
      reveal(target);
      const line = pool.get(target);
      if (!line) return;
      line.tabIndex = 0;
      line.focus({ preventScroll: true });
    };

    const goToHead = (at) => {
      activeHead = Math.max(0, Math.min(shownColumns.length - 1, at));
      const buttons = head.querySelectorAll("button");
      buttons.forEach((one, place) => { one.tabIndex = place === activeHead ? 0 : -1; });
      buttons[activeHead].focus();
    };
    head.addEventListener("keydown", (event) => {
      const moves = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity };
      if (event.key in moves) goToHead(activeHead + moves[event.key]);
      else if (event.key === "ArrowDown") goTo(active);
      else return;
      event.preventDefault();
    });
    head.addEventListener("focusin", (event) => {
      activeHead = Array.from(head.children).indexOf(event.target.closest(".cell"));
    });

    body.addEventListener("keydown", (event) => {
      const moves = {
        ArrowDown: 1, ArrowUp: -1, PageDown: inSight() - 1, PageUp: 1 - inSight(),
        Home: -Infinity, End: Infinity,
      };
      const line = event.target.closest(".line");
      if (!line) return;
      const sideways = { ArrowRight: A_SIDESTEP, ArrowLeft: -A_SIDESTEP };
      const at = Number(line.dataset.at);
      if (event.key === "ArrowUp" && at === 0) goToHead(activeHead);
      else if (event.key in moves) goTo(at + moves[event.key]);
      else if (event.key in sideways) scroller.scrollLeft += sideways[event.key];
      else if (event.key === "Enter") { choose(line); tell("read"); }
      else if (event.key === " ") choose(line);
      else return;
      event.preventDefault();
    });
    const choose = (line) => {
      active = Number(line.dataset.at);
      store.choose(Number(line.dataset.row), "table");
    };
    body.addEventListener("click", (event) => {
      const line = event.target.closest(".line");
      if (line) choose(line);
    });

    const markChosen = ({ row, from }) => {
      if (from !== "table") {
        const at = store.order.indexOf(row);
        if (at >= 0) { active = at; reveal(at); }
      }
      for (const line of pool.values()) {
        line.setAttribute("aria-selected", String(Number(line.dataset.row) === row));
        line.tabIndex = Number(line.dataset.at) === active ? 0 : -1;
      }
    };

    let asked = false;
    scroller.addEventListener("scroll", () => {
      if (asked) return;
      asked = true;
      requestAnimationFrame(() => { asked = false; draw(); });
    }, { passive: true });
    new ResizeObserver(draw).observe(scroller);
    on("order", () => { scroller.scrollTop = 0; active = 0; markSort(); redraw(); });
    on("chosen", markChosen);
    on("language", () => { writeHead(); redraw(); });
    writeHead();
    redraw();
    // Back to a row, where it is shown, else to the one that the keys are on.
    const focusOn = (row) => {
      const at = store.order.indexOf(row);
      goTo(at < 0 ? active : at);
    };
    return { focusOn };
  };

  window.roofpv.createTable = createTable;
})();
