// The map of roofs, drawn by deck.gl from typed arrays; no ground but the buildings themselves.
(() => {
  const { about, make, say, printed, on, classText, DASH } = window.roofpv;
  const { outlinesOf, flatOf, tilesOf, diamondsOf, placesOf, extentOf } = window.roofpv;
  const DIM = 38;
  const CHOSEN = [200, 0, 90, 255];
  const EDGE = [60, 70, 78, 255];
  const RIM = [60, 70, 78, 110];
  // Metres a pixel (as a power of 2, downwards) from which on outlines say more than dots.
  const NEAR = -2.2;
  const MOST_EDGES = 4000;
  const DOT_PIXELS = 2.6;
  // Dots of more buildings have no dark rim: they would be all rim.
  const MOST_RIMMED = 20000;

  const createMap = (store, shades, deckLibrary) => {
    const { Deck, OrthographicView, SolidPolygonLayer, ScatterplotLayer, PathLayer } = deckLibrary;
    const root = document.getElementById("map");
    const hover = document.getElementById("hover");
    const step = about.ground.step_m;
    const outlines = outlinesOf(store.columns);
    const places = placesOf(store, step);
    const pathOf = (ring) => {
      const path = [];
      for (let at = outlines.starts[ring]; at <= outlines.starts[ring + 1]; at += 1) {
        const corner = at === outlines.starts[ring + 1] ? outlines.starts[ring] : at;
        path.push([store.columns.x[corner] * step, store.columns.y[corner] * step]);
      }
      return path;
    };
    const tiles = tilesOf(outlines.plain, places, store.columns);
    const pierced = outlines.pierced.map(({ rings, owner }) => ({ owner, polygon: rings.map(pathOf) }));
    const placed = [];
    for (let row = 0; row < store.count; row += 1) {
      if (!Number.isNaN(places[row * 2])) placed.push(row);
    }
    const spots = store.columns.spot_owner;
    const isSpot = new Uint8Array(store.count);
    spots.forEach((row) => { isSpot[row] = 1; });
    const far = Uint32Array.from(placed);
    const stated = Uint32Array.from(spots);
    let dots = { zoom: NaN, data: null };
    let colours = shades.colours();
    let version = 0;

    const fill = (row, target) => {
      target[0] = colours[row * 3];
      target[1] = colours[row * 3 + 1];
      target[2] = colours[row * 3 + 2];
      target[3] = store.shown[row] ? 255 : DIM;
      return target;
    };
    const pathsOfChosen = () => {
      const paths = [];
      store.columns.ring_owner.forEach((owner, ring) => {
        if (owner === store.state.chosen) paths.push(pathOf(ring));
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

    // Far away every building is a dot of one size on the screen, made anew at each half step.
    const farDots = () => {
      const zoom = Math.round(view.zoom * 2) / 2;
      if (zoom !== dots.zoom) {
        const wide = (pixels) => diamondsOf(far, places, pixels * 2 ** -zoom);
        dots = { zoom, data: wide(DOT_PIXELS), rims: far.length > MOST_RIMMED ? null : wide(DOT_PIXELS + 1) };
      }
      return dots;
    };
    const shaded = (owners) => ({
      getFillColor: (_, { index, target }) => fill(owners[index], target),
      updateTriggers: { getFillColor: version },
    });
    const inSight = () => {
      const [width, height] = size().map((pixels) => pixels * 2 ** -view.zoom * 0.5);
      const [x, y] = view.target;
      return tiles.filter(({ box: [west, south, east, north] }) => (
        x - width < east + 100 && x + width > west - 100 && y - height < north + 100 && y + height > south - 100));
    };
    const roofLayers = () => {
      const seen = inSight();
      let edges = 0;
      for (const tile of seen) {
        if (!tile.flat) tile.flat = flatOf(tile.rings, outlines.starts, store.columns, step);
        edges += tile.rings.length;
      }
      const outlined = edges <= MOST_EDGES;
      return seen.flatMap(({ id, flat }) => {
        const { length, startIndices, positions, owners } = flat;
        const value = { value: positions, size: 2 };
        const roofs = new SolidPolygonLayer({
          id: `roofs-${id}`, data: keptData(flat, "getPolygon", value, length, startIndices),
          _normalize: false, pickable: true, extruded: false, ...shaded(owners),
        });
        return outlined ? [roofs, new PathLayer({
          id: `edges-${id}`, data: keptData(flat, "getPath", value, length, startIndices),
          _pathType: "open", widthUnits: "pixels", getWidth: 0.7, getColor: EDGE,
        })] : [roofs];
      });
    };
    // The same object every time: a new one would be taken for new data.
    const keptData = (flat, name, value, length, startIndices) => {
      if (!flat[name]) flat[name] = { length, startIndices, attributes: { [name]: value } };
      return flat[name];
    };

    const nearLayers = () => [
      ...roofLayers(),
      new SolidPolygonLayer({
        id: "pierced", data: pierced, pickable: true, extruded: false,
        getPolygon: (one) => one.polygon,
        getFillColor: (one, { target }) => fill(one.owner, target),
        updateTriggers: { getFillColor: version },
      }),
      new ScatterplotLayer({
        id: "stated", data: stated, pickable: true, radiusUnits: "meters",
        getPosition: (row) => [places[row * 2], places[row * 2 + 1]],
        getRadius: 5, radiusMinPixels: 2.2, radiusMaxPixels: 8, stroked: true,
        lineWidthUnits: "pixels", getLineWidth: 0.7, getLineColor: EDGE, ...shaded(stated),
      }),
    ];
    const farLayers = () => {
      const { data, rims } = farDots();
      const flat = { _normalize: false, extruded: false };
      const dotLayer = new SolidPolygonLayer({ id: "far", data, pickable: true, ...flat, ...shaded(far) });
      return rims ? [new SolidPolygonLayer({ id: "rims", data: rims, getFillColor: RIM, ...flat }), dotLayer] : [dotLayer];
    };

    const layers = () => [
      ...(isNear() ? nearLayers() : farLayers()),
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
      const { id } = info.layer;
      if (id === "far") return far[info.index];
      if (id === "stated") return stated[info.index];
      if (id === "pierced") return pierced[info.index].owner;
      const tile = tiles.find((one) => id === `roofs-${one.id}`);
      return tile ? tile.flat.owners[info.index] : -1;
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

    // Which layers there are, as one word: it changes when others come into sight.
    const scene = () => (isNear()
      ? `${view.zoom < 0} ${inSight().map(({ id }) => id)}`
      : `far ${Math.round(view.zoom * 2)}`);
    let lastScene = scene();
    const move = (wanted) => {
      view = { ...view, ...wanted };
      view.zoom = Math.max(view.minZoom, Math.min(view.maxZoom, view.zoom));
      const changed = scene() !== lastScene;
      lastScene = scene();
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
      chosenPaths = pathsOfChosen();
      draw();
      if (row >= 0 && from !== "map" && !Number.isNaN(places[row * 2])) {
        const zoom = Math.max(view.zoom, isSpot[row] ? 0 : 1);
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
