// The map of roofs, drawn by deck.gl from typed arrays; no ground but the buildings themselves.
(() => {
  const { about, make, say, printed, on, classText, DASH } = window.roofpv;
  const DIM = 38;
  const CHOSEN = [200, 0, 90, 255];
  const EDGE = [60, 70, 78, 255];
  // Metres a pixel (as a power of 2, downwards) from which on outlines say more than dots.
  const NEAR = -2.2;
  const MOST_EDGES = 20000;

  // Outlines as one list of corners in metres; a ring with holes is drawn from a list of its own.
  const outlinesOf = (columns, step) => {
    const { ring_owner: owner, ring_hole: hole, ring_corners: corners, x, y } = columns;
    const rings = owner.length;
    const starts = new Uint32Array(rings + 1);
    for (let ring = 0; ring < rings; ring += 1) starts[ring + 1] = starts[ring] + corners[ring];
    const ringPoints = (ring) => {
      const found = [];
      for (let at = starts[ring]; at < starts[ring + 1]; at += 1) found.push([x[at] * step, y[at] * step]);
      return found;
    };
    const plain = [];
    const pierced = [];
    for (let ring = 0; ring < rings; ring += 1) {
      let end = ring + 1;
      while (end < rings && hole[end]) end += 1;
      if (end === ring + 1) plain.push(ring);
      else {
        const polygon = [];
        for (let one = ring; one < end; one += 1) polygon.push(ringPoints(one));
        pierced.push({ polygon, owner: owner[ring] });
      }
      ring = end - 1;
    }
    let total = 0;
    for (const ring of plain) total += corners[ring] + 1;
    const positions = new Float32Array(total * 2);
    const startIndices = new Uint32Array(plain.length + 1);
    const owners = new Uint32Array(plain.length);
    let next = 0;
    plain.forEach((ring, place) => {
      startIndices[place] = next;
      owners[place] = owner[ring];
      for (let at = starts[ring]; at <= starts[ring + 1]; at += 1) {
        const corner = at === starts[ring + 1] ? starts[ring] : at;
        positions[next * 2] = x[corner] * step;
        positions[next * 2 + 1] = y[corner] * step;
        next += 1;
      }
    });
    startIndices[plain.length] = next;
    return { positions, startIndices, owners, pierced, length: plain.length };
  };

  // One place a building: the middle of its first outline, or the place that is stated.
  const placesOf = (store, step) => {
    const { columns } = store;
    const places = new Float32Array(store.count * 2).fill(NaN);
    let corner = 0;
    columns.ring_owner.forEach((row, ring) => {
      let west = Infinity; let east = -Infinity; let south = Infinity; let north = -Infinity;
      for (let end = corner + columns.ring_corners[ring]; corner < end; corner += 1) {
        west = Math.min(west, columns.x[corner]); east = Math.max(east, columns.x[corner]);
        south = Math.min(south, columns.y[corner]); north = Math.max(north, columns.y[corner]);
      }
      if (!Number.isNaN(places[row * 2])) return;
      places[row * 2] = ((west + east) / 2) * step;
      places[row * 2 + 1] = ((south + north) / 2) * step;
    });
    columns.spot_owner.forEach((row, at) => {
      places[row * 2] = columns.spot_x[at] * step;
      places[row * 2 + 1] = columns.spot_y[at] * step;
    });
    return places;
  };

  const extentOf = (places, rows) => {
    let west = Infinity; let east = -Infinity; let south = Infinity; let north = -Infinity;
    for (const row of rows) {
      const x = places[row * 2];
      const y = places[row * 2 + 1];
      if (Number.isNaN(x)) continue;
      west = Math.min(west, x); east = Math.max(east, x);
      south = Math.min(south, y); north = Math.max(north, y);
    }
    return west <= east ? [west, south, east, north] : null;
  };

  const createMap = (store, shades, deckLibrary) => {
    const { Deck, OrthographicView, SolidPolygonLayer, ScatterplotLayer, PathLayer } = deckLibrary;
    const root = document.getElementById("map");
    const hover = document.getElementById("hover");
    const step = about.ground.step_m;
    const outlines = outlinesOf(store.columns, step);
    const places = placesOf(store, step);
    const placed = [];
    for (let row = 0; row < store.count; row += 1) {
      if (!Number.isNaN(places[row * 2])) placed.push(row);
    }
    const spots = store.columns.spot_owner;
    const isSpot = new Uint8Array(store.count);
    spots.forEach((row) => { isSpot[row] = 1; });
    const dotsOf = (rows) => {
      const points = new Float32Array(rows.length * 2);
      rows.forEach((row, at) => points.set(places.subarray(row * 2, row * 2 + 2), at * 2));
      const attributes = { getPosition: { value: points, size: 2 } };
      return { rows, data: { length: rows.length, attributes } };
    };
    const far = dotsOf(Uint32Array.from(placed));
    const stated = dotsOf(Uint32Array.from(spots));
    let colours = shades.colours();
    let version = 0;

    const fill = (row, target) => {
      target[0] = colours[row * 3];
      target[1] = colours[row * 3 + 1];
      target[2] = colours[row * 3 + 2];
      target[3] = store.shown[row] ? 255 : DIM;
      return target;
    };
    const flat = {
      length: outlines.length, startIndices: outlines.startIndices,
      attributes: { getPolygon: { value: outlines.positions, size: 2 } },
    };
    const edges = {
      length: outlines.length, startIndices: outlines.startIndices,
      attributes: { getPath: { value: outlines.positions, size: 2 } },
    };

    const rowsOfChosen = () => {
      const row = store.state.chosen;
      if (row < 0) return [];
      const paths = [];
      let corner = 0;
      store.columns.ring_owner.forEach((owner, ring) => {
        const end = corner + store.columns.ring_corners[ring];
        if (owner === row) {
          const path = [];
          for (let at = corner; at < end; at += 1) {
            path.push([store.columns.x[at] * step, store.columns.y[at] * step]);
          }
          paths.push([...path, path[0]]);
        }
        corner = end;
      });
      return paths;
    };
    let chosenPaths = [];

    const isNear = () => view.zoom >= NEAR;
    // A ring marks what is chosen where its outline is too small to be seen, or not known.
    const ringed = () => {
      const row = store.state.chosen;
      if (row < 0 || Number.isNaN(places[row * 2])) return [];
      return isSpot[row] || view.zoom < 0 ? [row] : [];
    };

    const layers = () => [
      new ScatterplotLayer({
        id: "far", data: far.data, visible: !isNear(), pickable: true, radiusUnits: "pixels",
        getRadius: 2.2,
        getFillColor: (_, { index, target }) => fill(far.rows[index], target),
        updateTriggers: { getFillColor: version },
      }),
      new SolidPolygonLayer({
        id: "roofs", data: flat, _normalize: false, pickable: true, extruded: false,
        getFillColor: (_, { index, target }) => fill(outlines.owners[index], target),
        updateTriggers: { getFillColor: version },
      }),
      new SolidPolygonLayer({
        id: "pierced", data: outlines.pierced, pickable: true, extruded: false,
        getPolygon: (one) => one.polygon,
        getFillColor: (one, { target }) => fill(one.owner, target),
        updateTriggers: { getFillColor: version },
      }),
      new PathLayer({
        id: "edges", data: edges, _pathType: "open", visible: isNear() && outlines.length <= MOST_EDGES,
        widthUnits: "pixels", getWidth: 0.7, getColor: EDGE,
      }),
      new ScatterplotLayer({
        id: "stated", data: stated.data, visible: isNear(), pickable: true, radiusUnits: "meters",
        getRadius: 5, radiusMinPixels: 2.2, radiusMaxPixels: 8, stroked: true,
        lineWidthUnits: "pixels", getLineWidth: 0.7, getLineColor: EDGE,
        getFillColor: (_, { index, target }) => fill(stated.rows[index], target),
        updateTriggers: { getFillColor: version },
      }),
      new PathLayer({
        id: "chosen", data: chosenPaths, getPath: (path) => path, getColor: CHOSEN,
        widthUnits: "pixels", getWidth: 3, jointRounded: true,
      }),
      new ScatterplotLayer({
        id: "ring", data: ringed(), stroked: true, filled: false, radiusUnits: "pixels",
        getPosition: (row) => [places[row * 2], places[row * 2 + 1]], getRadius: 11,
        lineWidthUnits: "pixels", getLineWidth: 3, getLineColor: CHOSEN,
      }),
    ];

    const rowOf = (info) => {
      if (!info || info.index < 0 || !info.layer) return -1;
      if (info.layer.id === "far") return far.rows[info.index];
      if (info.layer.id === "stated") return stated.rows[info.index];
      if (info.layer.id === "roofs") return outlines.owners[info.index];
      if (info.layer.id === "pierced") return outlines.pierced[info.index].owner;
      return -1;
    };

    const size = () => [root.clientWidth || 800, root.clientHeight || 500];
    const viewOf = (extent, most = 3) => {
      const [width, height] = size();
      const [west, south, east, north] = extent;
      const wide = Math.max(east - west, 60) * 1.12;
      const tall = Math.max(north - south, 60) * 1.12;
      const zoom = Math.min(Math.log2(width / wide), Math.log2(height / tall), most);
      return { target: [(west + east) / 2, (south + north) / 2, 0], zoom };
    };
    const whole = extentOf(places, placed) || [-100, -100, 100, 100];
    let view = { ...viewOf(whole), minZoom: viewOf(whole).zoom - 1.5, maxZoom: 6 };

    const ruler = document.getElementById("ruler");
    const writeRuler = () => {
      const perPixel = 2 ** -view.zoom;
      const power = 10 ** Math.floor(Math.log10(perPixel * 120));
      const metres = power * ([5, 2, 1].find((one) => one * power <= perPixel * 120) || 1);
      ruler.firstElementChild.textContent = metres >= 1000 ? `${metres / 1000} km` : `${metres} m`;
      ruler.style.width = `${metres / perPixel}px`;
    };

    const describe = (row) => {
      const name = shades.column();
      const column = store.byName[name];
      const value = store.value(name, row);
      const shown = column.choices ? classText(name, column.choices[value]) : printed(value, column, true);
      const said = Number.isNaN(value) ? DASH : shown;
      return [store.text("name", row) || store.text("building_id", row), `${say(`page.column.${name}`)}: ${said}`];
    };

    const deck = new Deck({
      parent: document.getElementById("view"),
      views: new OrthographicView({ flipY: false, controller: { inertia: 200, dragRotate: false } }),
      viewState: view,
      layers: layers(),
      useDevicePixels: Math.min(window.devicePixelRatio || 1, 2),
      pickingRadius: 4,
      parameters: { depthCompare: "always" },
      getCursor: ({ isDragging, isHovering }) => {
        if (isDragging) return "grabbing";
        return isHovering ? "pointer" : "grab";
      },
      onViewStateChange: ({ viewState }) => move(viewState),
      onClick: (info) => { const row = rowOf(info); if (row >= 0) store.choose(row, "map"); },
      onHover: (info) => {
        const row = rowOf(info);
        hover.hidden = row < 0;
        if (row < 0) return;
        hover.replaceChildren(...describe(row).map((text) => make("div", {}, text)));
        const [width] = size();
        const left = info.x > width / 2;
        hover.style.transform = `translate(${info.x + (left ? -12 : 12)}px, ${info.y + 12}px) translateX(${left ? "-100%" : "0"})`;
      },
      onLoad: () => { root.dataset.state = "ready"; },
      onError: (error) => { root.dataset.state = "failed"; throw error; },
    });

    const move = (wanted) => {
      const before = [isNear(), view.zoom < 0];
      view = { ...view, ...wanted };
      view.zoom = Math.max(view.minZoom, Math.min(view.maxZoom, view.zoom));
      const after = [isNear(), view.zoom < 0];
      const changed = before.some((one, at) => one !== after[at]);
      deck.setProps(changed ? { viewState: view, layers: layers() } : { viewState: view });
      writeRuler();
    };
    const draw = () => deck.setProps({ layers: layers() });
    const recolour = () => { colours = shades.colours(); version += 1; draw(); };

    document.getElementById("nearer").addEventListener("click", () => move({ zoom: view.zoom + 1 }));
    document.getElementById("farther").addEventListener("click", () => move({ zoom: view.zoom - 1 }));
    document.getElementById("whole").addEventListener("click", () => move(viewOf(whole)));

    let lastDistrict;
    on("shade", recolour);
    on("shown", () => {
      version += 1;
      draw();
      const { district } = store.state.filters;
      if (district !== lastDistrict) {
        lastDistrict = district;
        const extent = district === undefined ? whole : extentOf(places, store.order);
        if (extent) move(viewOf(extent));
      }
    });
    on("chosen", ({ row, from }) => {
      chosenPaths = rowsOfChosen();
      draw();
      if (from !== "map" && !Number.isNaN(places[row * 2])) {
        const zoom = Math.max(view.zoom, isSpot[row] ? 0 : 1.6);
        move({ target: [places[row * 2], places[row * 2 + 1], 0], zoom });
      }
    });
    new ResizeObserver(writeRuler).observe(root);
    writeRuler();
    // Where a building stands on the screen, in pixels of the map.
    const screen = (row) => {
      const [viewport] = deck.getViewports();
      return viewport.project([places[row * 2], places[row * 2 + 1]]);
    };
    return { deck, screen, unplaced: store.count - placed.length };
  };

  window.roofpv.createMap = createMap;
})();
