// Outlines, tiles and places of buildings as typed arrays in metres about the middle of the map.
(() => {
  const A_TILE = 1500;

  // Rings of every outline, by the building: [ring, its holes ...].
  const outlinesOf = (columns) => {
    const { ring_owner: owner, ring_hole: hole, ring_corners: corners } = columns;
    const starts = new Uint32Array(owner.length + 1);
    for (let ring = 0; ring < owner.length; ring += 1) starts[ring + 1] = starts[ring] + corners[ring];
    const first = [];
    for (let ring = 0; ring < owner.length; ring += 1) if (!hole[ring]) first.push(ring);
    const isPierced = (at) => (at + 1 < first.length ? first[at + 1] : owner.length) > first[at] + 1;
    const pierced = [];
    const plain = [];
    first.forEach((ring, at) => {
      if (!isPierced(at)) { plain.push(ring); return; }
      const end = at + 1 < first.length ? first[at + 1] : owner.length;
      pierced.push({ rings: Array.from({ length: end - ring }, (_, n) => ring + n), owner: owner[ring] });
    });
    return { starts, plain: Uint32Array.from(plain), pierced };
  };

  // Outlines of some rings as a layer of the library takes them.
  const flatOf = (rings, starts, columns, step) => {
    let total = 0;
    for (const ring of rings) total += starts[ring + 1] - starts[ring] + 1;
    const positions = new Float32Array(total * 2);
    const startIndices = new Uint32Array(rings.length + 1);
    const owners = new Uint32Array(rings.length);
    let next = 0;
    rings.forEach((ring, place) => {
      startIndices[place] = next;
      owners[place] = columns.ring_owner[ring];
      for (let at = starts[ring]; at <= starts[ring + 1]; at += 1) {
        const corner = at === starts[ring + 1] ? starts[ring] : at;
        positions[next * 2] = columns.x[corner] * step;
        positions[next * 2 + 1] = columns.y[corner] * step;
        next += 1;
      }
    });
    startIndices[rings.length] = next;
    return { length: rings.length, startIndices, positions, owners };
  };

  // Squares of ground with the outlines in them, so that only those in sight are drawn.
  const tilesOf = (rings, places, columns) => {
    const extent = extentOf(places, Array.from(rings, (ring) => columns.ring_owner[ring]));
    if (!extent) return [];
    const [west, south, east, north] = extent;
    const across = rings.length > A_TILE ? Math.min(12, Math.ceil(Math.sqrt(rings.length / A_TILE))) : 1;
    const wide = (east - west) / across || 1;
    const tall = (north - south) / across || 1;
    const found = Array.from({ length: across * across }, () => []);
    rings.forEach((ring) => {
      const row = columns.ring_owner[ring];
      const i = Math.min(across - 1, Math.floor((places[row * 2] - west) / wide));
      const j = Math.min(across - 1, Math.floor((places[row * 2 + 1] - south) / tall));
      found[j * across + i].push(ring);
    });
    return found.flatMap((some, at) => {
      if (!some.length) return [];
      const left = west + (at % across) * wide;
      const low = south + Math.floor(at / across) * tall;
      return [{ id: at, rings: some, box: [left, low, left + wide, low + tall], flat: null }];
    });
  };

  // Diamonds of so many metres around places: drawn in one go, where a software renderer takes
  // 20 microseconds for each instance of a circle.
  const diamondsOf = (rows, places, radius) => {
    const positions = new Float32Array(rows.length * 8);
    const indices = new Uint32Array(rows.length * 6);
    const startIndices = new Uint32Array(rows.length + 1);
    const shape = [0, radius, radius, 0, 0, -radius, -radius, 0];
    const corners = [0, 1, 2, 0, 2, 3];
    for (let at = 0; at < rows.length; at += 1) {
      const row = rows[at];
      for (let n = 0; n < 8; n += 1) positions[at * 8 + n] = places[row * 2 + (n % 2)] + shape[n];
      for (let n = 0; n < 6; n += 1) indices[at * 6 + n] = at * 4 + corners[n];
      startIndices[at + 1] = (at + 1) * 4;
    }
    return {
      length: rows.length, startIndices,
      attributes: { getPolygon: { value: positions, size: 2 }, indices: { value: indices, size: 1 } },
    };
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

  Object.assign(window.roofpv, { outlinesOf, flatOf, tilesOf, diamondsOf, placesOf, extentOf });
})();
