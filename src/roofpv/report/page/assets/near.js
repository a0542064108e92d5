// Roofs of the parts in sight of an overview: loaded when near enough, few kept, drawn by class.
(() => {
  const page = window.roofpv;
  const { about } = page;
  // From so many metres a pixel on, outlines are drawn.
  const NEAR = 4;
  const MOST_AT_ONCE = 4;
  const MOST_KEPT = 6;
  const RADIUS = 6378137;
  const radians = Math.PI / 180;
  const mercator = (lat) => Math.asinh(Math.tan(lat * radians));

  // From steps of the grid of a part to metres of the overview: [scale, east, north].
  const placed = ({ lon, lat, step_m: step }) => {
    const home = about.ground;
    const across = RADIUS * Math.cos(home.lat * radians);
    const scale = Math.cos(home.lat * radians) / Math.cos(lat * radians);
    const turn = ((lon - home.lon + 540) % 360) - 180;
    return [scale * step, across * turn * radians, across * (mercator(lat) - mercator(home.lat))];
  };

  // Outlines of a part in metres of the overview, with what a click and a colour need.
  const roofsOf = (columns, told) => {
    const [scale, east, north] = placed(told.about.ground);
    const { ring_owner: owners, ring_corners: corners } = columns;
    const starts = new Uint32Array(owners.length + 1);
    for (let ring = 0; ring < owners.length; ring += 1) starts[ring + 1] = starts[ring] + corners[ring];
    const x = Float32Array.from(columns.x, (one) => one * scale + east);
    const y = Float32Array.from(columns.y, (one) => one * scale + north);
    const boxes = new Float32Array(owners.length * 4);
    for (let ring = 0; ring < owners.length; ring += 1) {
      let west = Infinity; let right = -Infinity; let south = Infinity; let top = -Infinity;
      for (let at = starts[ring]; at < starts[ring + 1]; at += 1) {
        west = Math.min(west, x[at]); right = Math.max(right, x[at]);
        south = Math.min(south, y[at]); top = Math.max(top, y[at]);
      }
      boxes.set([west, south, right, top], ring * 4);
    }
    return {
      owners: Uint32Array.from(owners), starts, x, y, boxes, columns: told.about.columns,
      spots: Uint32Array.from(columns.spot_owner),
      spotX: Float32Array.from(columns.spot_x, (one) => one * scale + east),
      spotY: Float32Array.from(columns.spot_y, (one) => one * scale + north),
      ids: page.wordsOf(columns, "building_id").texts, names: page.wordsOf(columns, "name").texts,
      values: Object.fromEntries(about.scales.map(({ column }) => [column, columns[column]])),
    };
  };

  const createNear = (load, changed, failed) => {
    // Parts by their number, that which was asked for last at the end.
    const kept = new Map();
    const asked = new Set();
    const want = async (at) => {
      asked.add(at);
      try {
        const told = await load(about.parts[at].name);
        kept.set(at, roofsOf(await page.unpackGiven(told.text), told));
        while (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value);
        changed();
      // A part that cannot be loaded stays asked for: it would fail again at every move.
      } catch (error) { failed(error); return; }
      asked.delete(at);
    };
    // Parts in sight, those nearest to the middle first; what is not here yet is asked for.
    const inSight = ({ x, y, metres, wide, high }) => {
      if (metres > NEAR) return [];
      const [right, up] = [wide * metres * 0.5, high * metres * 0.5];
      const far = (at) => {
        const [west, south, east, north] = about.parts[at].box;
        return Math.hypot(Math.max(west - x, 0, x - east), Math.max(south - y, 0, y - north));
      };
      const seen = about.parts.flatMap(({ box }, at) => (
        box && box[0] < x + right && box[2] > x - right && box[1] < y + up && box[3] > y - up ? [at] : []));
      seen.sort((a, b) => far(a) - far(b) || a - b);
      return seen.slice(0, MOST_AT_ONCE).flatMap((at) => {
        const roofs = kept.get(at);
        if (roofs) { kept.delete(at); kept.set(at, roofs); return [{ at, roofs }]; }
        if (!asked.has(at)) want(at);
        return [];
      });
    };
    return { inSight, kept: () => kept.size };
  };

  const classOf = (roofs, scale, row) => {
    const values = roofs.values[scale.column];
    const missing = scale.classes.length - 1;
    if (!values || Number.isNaN(values[row])) return missing;
    const { choices } = roofs.columns.find((one) => one.name === scale.column);
    if (choices) return scale.classes.findIndex((one) => one.key === choices[values[row]]);
    let place = 0;
    while (place < scale.bounds.length && values[row] >= scale.bounds[place]) place += 1;
    return place;
  };

  // Every class is one path, so that it is filled at once; holes are left open by even and odd.
  const drawRoofs = (pen, roofs, scale, view) => {
    const { x: midX, y: midY, metres, wide, high } = view;
    const [right, up] = [wide * metres * 0.5, high * metres * 0.5];
    const paths = scale.classes.map(() => new Path2D());
    const px = (x) => (x - midX) / metres + wide / 2;
    const py = (y) => (midY - y) / metres + high / 2;
    const { owners, starts, boxes } = roofs;
    for (let ring = 0; ring < owners.length; ring += 1) {
      const b = ring * 4;
      if (boxes[b] > midX + right || boxes[b + 2] < midX - right) continue;
      if (boxes[b + 1] > midY + up || boxes[b + 3] < midY - up) continue;
      const path = paths[classOf(roofs, scale, owners[ring])];
      for (let at = starts[ring]; at < starts[ring + 1]; at += 1) {
        if (at === starts[ring]) path.moveTo(px(roofs.x[at]), py(roofs.y[at]));
        else path.lineTo(px(roofs.x[at]), py(roofs.y[at]));
      }
      path.closePath();
    }
    roofs.spots.forEach((row, at) => {
      const [left, top] = [px(roofs.spotX[at]), py(roofs.spotY[at])];
      if (left > -3 && left < wide + 3 && top > -3 && top < high + 3) paths[classOf(roofs, scale, row)].rect(left - 3, top - 3, 6, 6);
    });
    pen.lineWidth = 0.7;
    pen.strokeStyle = "#3c464e";
    paths.forEach((path, place) => {
      pen.fillStyle = scale.classes[place].colour;
      pen.fill(path, "evenodd");
      if (metres < 2) pen.stroke(path);
    });
  };

  // Row of the roof at a place; the smallest box round it, of those that overlap there.
  const rowAt = (roofs, x, y, reach) => {
    let best = -1; let least = Infinity;
    for (let ring = 0; ring < roofs.owners.length; ring += 1) {
      const b = ring * 4;
      const { boxes } = roofs;
      if (x < boxes[b] || x > boxes[b + 2] || y < boxes[b + 1] || y > boxes[b + 3]) continue;
      const area = (boxes[b + 2] - boxes[b]) * (boxes[b + 3] - boxes[b + 1]);
      if (area < least) { least = area; best = roofs.owners[ring]; }
    }
    if (best >= 0) return best;
    const spot = roofs.spots.findIndex((_, at) => Math.hypot(roofs.spotX[at] - x, roofs.spotY[at] - y) < reach);
    return spot < 0 ? -1 : roofs.spots[spot];
  };
  Object.assign(page, { createNear, drawRoofs, rowAt });
})();
