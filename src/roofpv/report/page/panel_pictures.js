// Parts of the panel for one building: elements, numbers, and its pictures.
(function () {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";
  const INK = "#222222", FAINT = "#555555", GRID = "#dddddd", PAPER = "#ffffff";
  const BLUE = "#0072b2", MODULE = "#1f4e79", FREE = "#dcebf7";
  const SUN = "#8a3b00", SOLID = "#79a6cc", SOLID_LINE = "#123c5e";
  const TREES = "#86c2a5", TREES_LINE = "#0c4f35";
  const RISING = "M-2 2l4-4M-2 10l12-12M6 10l4-4";
  const FALLING = "M-2 6l4 4M-2-2l12 12M6-2l4 4";
  // Ground, lines, their width and colour; as roof_marks.py draws them.
  const HATCHES = {
    unsuitable: ["#d9d9d9", RISING + FALLING, 0.9, INK],
    shaded: ["#c4c9d4", "M0 4h8", 2.4, "#39414f"],
    zones: ["#f8d9c6", RISING, 2.4, "#a83c00"],
    edges: ["#ffffff", FALLING, 0.9, "#00568a"],
    plant: ["#f6d58a", "M2 4h4", 4, "#4a3500"],
    other_use: ["#cdeadf", "M1 2h2M5 6h2", 2, "#00664b"],
    narrow: ["#f0dbe7", "M0 2h8M0 6h8", 1, "#7a2a57"],
    stated: ["#fbf7c8", "M2 0v8M6 0v8", 1, "#5f5600"],
  };
  const OBLIQUITY_DEG = 23.4393;

  function html(tag, attributes, ...children) {
    return filled(document.createElement(tag), attributes, children);
  }

  function svg(tag, attributes, ...children) {
    return filled(document.createElementNS(SVG, tag), attributes, children);
  }

  function filled(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
      node.setAttribute(name, typeof value === "number" ? short(value) : value);
    }
    for (const child of children) {
      if (child !== null && child !== undefined) node.append(child);
    }
    return node;
  }

  function short(value) {
    return String(Math.round(value * 100) / 100);
  }

  // A number of whole units of its last digit, with thousands apart.
  function number(count, digits) {
    const all = String(Math.abs(count)).padStart(digits + 1, "0");
    const whole = all.slice(0, all.length - digits).replace(/\B(?=(\d{3})+$)/g, ",");
    return (count < 0 ? "-" : "") + whole + (digits ? "." + all.slice(-digits) : "");
  }

  function withUnit(said, unit) {
    return unit ? said + (unit === "%" || unit === "°" ? "" : " ") + unit : said;
  }

  function picture(width, height, label, told, ...children) {
    return svg("svg", {
      viewBox: `0 0 ${short(width)} ${short(height)}`, width, height, role: "img",
      "aria-label": told ? `${label} ${told}` : label,
    }, ...children);
  }

  function words(x, y, said, attributes) {
    return svg("text", { x, y, fill: INK, "font-size": 12, ...attributes }, said);
  }

  // Corners of a ring: east, north [cm].
  function corners(ring) {
    const found = [];
    for (let i = 0, x = 0, y = 0; i < ring.length; i += 2) {
      found.push([x += ring[i], y += ring[i + 1]]);
    }
    return found;
  }

  function ringsPath(rings, place) {
    return rings.map((ring) => "M" + corners(ring).map(([x, y]) =>
      `${short(place.x(x))} ${short(place.y(y))}`).join("L") + "z").join("");
  }

  // Where a roof stands on paper.
  function placeOf(drawing, width) {
    const all = drawing.planes.flatMap((plane) => plane.outline.flatMap(corners));
    const [xs, ys] = [all.map((one) => one[0]), all.map((one) => one[1])];
    const [west, east] = [least(xs), -least(xs.map((x) => -x))];
    const [south, north] = [least(ys), -least(ys.map((y) => -y))];
    const [wide, high] = [Math.max(east - west, 1), Math.max(north - south, 1)];
    const edge = 10, foot = 34, side = 30;
    const scale = Math.min((width - 2 * edge - side) / wide, Math.min(width, 420) / high);
    const left = edge + (width - 2 * edge - side - wide * scale) / 2;
    return {
      scale, height: high * scale + edge + foot,
      x: (x) => left + (x - west) * scale, y: (y) => edge + (north - y) * scale,
    };
  }

  function least(values) {
    return values.reduce((a, b) => Math.min(a, b), Infinity);
  }

  function roof(one) {
    if (!one.data.drawings) return [];
    const drawing = one.of(one.data.drawings);
    if (!drawing) {
      return one.word("status") === "assessed"
        ? [html("p", {}, one.say("panel.roof.none"))] : [];
    }
    const place = placeOf(drawing, one.width);
    const used = new Set(drawing.planes.flatMap((plane) => (plane.taken || []).map((t) => t[0])));
    const reasons = one.data.reasons.filter((_, n) => used.has(n));
    const patterns = svg("defs", {}, ...reasons.map((reason) => pattern(one, reason)));
    const planes = drawing.planes.map((plane) => ground(one, plane, place));
    const modules = drawing.planes.flatMap((plane) => (plane.modules || []).map((runs) =>
      moduleRuns(runs, place)));
    const slopes = drawing.planes.flatMap((plane) => slope(plane, place));
    const count = one.figure("module_count") || "0";
    const label = one.say("panel.roof.described", { name: one.name(), n: count });
    const drawn = picture(one.width, place.height, label, told(one, reasons), patterns,
      ...planes, ...modules, ...slopes, ...north(one), ...scaleBar(one, place));
    return [
      drawn, legend(one, reasons, drawing),
      drawing.stand_in ? html("p", { class: "roofpv-note" }, one.say("panel.roof.stand_in")) : null,
    ];
  }

  function told(one, reasons) {
    return reasons.map((reason) => one.say("roof_picture.reason." + reason))
      .join(one.say("panel.list"));
  }

  function pattern(one, reason, suffix) {
    const [under, lines, width, colour] = HATCHES[reason];
    return svg("pattern", {
      id: `${one.id}-${reason}${suffix || ""}`, width: 8, height: 8, patternUnits: "userSpaceOnUse",
    }, svg("rect", { width: 8, height: 8, fill: under }),
    svg("path", { d: lines, fill: "none", stroke: colour, "stroke-width": width }));
  }

  function ground(one, plane, place) {
    const taken = (plane.taken || []).map(([reason, ...rings]) => svg("path", {
      d: ringsPath(rings, place), fill: `url(#${one.id}-${one.data.reasons[reason]})`,
      "fill-rule": "evenodd", stroke: FAINT, "stroke-width": 0.6,
    }));
    const outline = ringsPath(plane.outline, place);
    return svg("g", {},
      svg("path", { d: outline, fill: FREE, "fill-rule": "evenodd" }), ...taken,
      svg("path", { d: outline, fill: "none", stroke: INK, "stroke-width": 1.6 }));
  }

  function moduleRuns(runs, place) {
    const [azimuth, wide, deep, step] = runs;
    const turn = azimuth / 100 * Math.PI / 180;
    const [sine, cosine] = [Math.sin(turn) * place.scale / 10, Math.cos(turn) * place.scale / 10];
    // The frame of the rows in millimetres: along them, and to their left.
    const matrix = [sine, -cosine, -cosine, -sine].map((value) => value.toFixed(7));
    let d = "", across = 0, along = 0;
    for (let i = 4; i < runs.length; i += 3) {
      across += runs[i];
      along += runs[i + 1];
      for (let n = 0; n < runs[i + 2]; n += 1) {
        d += `M${10 * along + n * step} ${10 * across}h${wide}v${deep}h${-wide}z`;
      }
    }
    const seam = Math.min(wide, deep) * place.scale / 10 > 3 ? 0.7 : 0;
    return svg("path", {
      d, fill: MODULE, stroke: PAPER, "stroke-width": seam, "vector-effect": "non-scaling-stroke",
      transform: `translate(${place.x(0).toFixed(3)} ${place.y(0).toFixed(3)}) ` +
        `matrix(${matrix.join(" ")} 0 0)`,
    });
  }

  function slope(plane, place) {
    if (!plane.slope) return [];
    const all = corners(plane.outline[0]);
    const x = place.x(all.reduce((sum, one) => sum + one[0], 0) / all.length);
    const y = place.y(all.reduce((sum, one) => sum + one[1], 0) / all.length);
    const turn = plane.slope[1] * Math.PI / 180;
    const [dx, dy] = [Math.sin(turn), -Math.cos(turn)];
    const tip = [x + 12 * dx, y + 12 * dy];
    const [left, right] = [1, -1].map((side) =>
      `${short(tip[0] - 6 * dx - 4 * side * dy)} ${short(tip[1] - 6 * dy + 4 * side * dx)}`);
    const d = `M${short(x - 12 * dx)} ${short(y - 12 * dy)}L${short(tip[0])} ${short(tip[1])}` +
      `M${left}L${short(tip[0])} ${short(tip[1])}L${right}`;
    const said = `${plane.slope[0]}°`;
    return [
      svg("path", { d, fill: "none", stroke: PAPER, "stroke-width": 5 }),
      svg("path", { d, fill: "none", stroke: INK, "stroke-width": 1.8 }),
      words(x + 9 * Math.abs(dy) + 9, y + 4, said, {
        "font-weight": "bold", stroke: PAPER, "stroke-width": 3, "paint-order": "stroke",
      }),
    ];
  }

  function north(one) {
    const x = one.width - 16;
    return [
      words(x, 16, one.say("panel.north"), { "text-anchor": "middle", "font-weight": "bold" }),
      svg("path", { d: `M${x} 20l-7 26l7-6z`, fill: INK, stroke: INK }),
      svg("path", { d: `M${x} 20l7 26l-7-6z`, fill: PAPER, stroke: INK }),
    ];
  }

  function scaleBar(one, place) {
    const longest = one.width / 3 / place.scale / 100;
    const power = 10 ** Math.floor(Math.log10(longest));
    const metres = [5, 2, 1].map((step) => step * power).find((length) => length <= longest);
    const half = metres * 100 * place.scale / 2, y = place.height - 8;
    return [
      svg("rect", { x: 10, y: y - 6, width: half, height: 6, fill: INK, stroke: INK }),
      svg("rect", { x: 10 + half, y: y - 6, width: half, height: 6, fill: PAPER, stroke: INK }),
      words(16 + 2 * half, y, `${short(metres)} m`, { "font-size": 11, fill: FAINT }),
    ];
  }

  function taken(one, reason) {
    const told = (one.data.deducted || {})[reason];
    return told ? " " + withUnit(number(told.values[one.index], told.digits), told.unit) : "";
  }

  function legend(one, reasons, drawing) {
    const has = drawing.planes.some((plane) => plane.modules);
    const items = [
      has ? [MODULE, one.say("panel.roof.modules")] : null,
      one.count("installable_area_m2") === 0 ? null : [FREE, one.say("panel.roof.free")],
      ...reasons.map((reason) => [reason, one.say("roof_picture.reason." + reason) +
        taken(one, reason)]),
    ].filter((item) => item !== null);
    return html("ul", { class: "roofpv-legend" }, ...items.map(([fill, said]) => {
      const hatch = HATCHES[fill] ? pattern(one, fill, "-key") : null;
      const paint = hatch ? `url(#${one.id}-${fill}-key)` : fill;
      return html("li", {},
        svg("svg", { width: 18, height: 12, "aria-hidden": "true" },
          hatch ? svg("defs", {}, hatch) : null,
          svg("rect", { x: 0.5, y: 0.5, width: 17, height: 11, fill: paint, stroke: FAINT })),
        " " + said);
    }));
  }

  function months(one) {
    const values = one.of(one.data.months);
    if (!values) return [];
    const names = one.say("panel.months.names").split(" ");
    const most = Math.max(...values), fewest = Math.min(...values);
    const large = most >= 10000;
    const unit = large ? "MWh" : "kWh";
    const shownAs = (v) => (large ? number(Math.floor(v / 100 + 0.5), 1) : number(v, 0));
    const height = 170, top = 20, foot = height - 20, step = one.width / values.length;
    const bars = values.flatMap((value, i) => {
      const high = most > 0 ? (foot - top) * value / most : 0;
      const middle = (i + 0.5) * step;
      const small = { "text-anchor": "middle", "font-size": step < 34 ? 8.5 : 11 };
      return [
        svg("rect", { x: middle - step * 0.36, y: foot - high, width: step * 0.72, height: high,
          fill: BLUE }),
        words(middle, foot - high - 4, shownAs(value), small),
        words(middle, foot + 14, names[i], small),
      ];
    });
    const label = one.say("panel.months.described", {
      most: names[values.indexOf(most)], high: number(most, 0),
      least: names[values.indexOf(fewest)], low: number(fewest, 0),
    });
    const each = values.map((value, i) => `${names[i]} ${number(value, 0)}`)
      .join(one.say("panel.list"));
    return [
      html("p", { class: "roofpv-unit" }, unit),
      picture(one.width, height, label, each, ...bars,
        svg("line", { x1: 0, x2: one.width, y1: foot, y2: foot, stroke: FAINT })),
    ];
  }

  // Where the sun stands through a day by true solar time: azimuth, elevation [deg].
  function sunPath(latitude, declination) {
    const lat = latitude * Math.PI / 180, sun = declination * Math.PI / 180, path = [];
    for (let hour = -180; hour <= 180; hour += 1) {
      const turn = hour * Math.PI / 180;
      const up = Math.sin(lat) * Math.sin(sun) + Math.cos(lat) * Math.cos(sun) * Math.cos(turn);
      const east = -Math.cos(sun) * Math.sin(turn);
      const pole = Math.cos(lat) * Math.sin(sun) - Math.sin(lat) * Math.cos(sun) * Math.cos(turn);
      const azimuth = (Math.atan2(east, pole) * 180 / Math.PI + 360) % 360;
      path.push([azimuth, Math.asin(Math.max(-1, Math.min(1, up))) * 180 / Math.PI]);
    }
    return path;
  }

  function sky(one) {
    const told = one.data.sky;
    if (!told || one.word("status") !== "assessed") return [];
    const solid = one.of(told.solid), trees = one.of(told.trees), latitude = one.of(told.lat);
    if (!solid || latitude === null) {
      return told.lat && one.of(told.lat) !== null
        ? [html("p", {}, one.say("panel.sky.unknown"))] : [];
    }
    const centre = latitude >= 0 ? 180 : 0, degrees = told.step_deg;
    const left = 28, right = 6, height = 210, top = 14, foot = height - 24;
    const paths = [["jun", OBLIQUITY_DEG], ["equinox", 0], ["dec", -OBLIQUITY_DEG]]
      .map(([name, declination]) => [name, sunPath(latitude, declination)]);
    const highest = Math.max(...paths.flatMap(([, path]) => path.map((p) => p[1])),
      ...(trees || solid).map((value) => value * degrees));
    const ceiling = Math.min(90, Math.ceil((highest + 4) / 10) * 10);
    // Clockwise from the direction behind, so that the equator's side is in the middle.
    const x = (azimuth) => left + ((azimuth - centre + 540) % 360) / 360 * (one.width - left - right);
    const y = (elevation) => foot - elevation / ceiling * (foot - top);
    const axes = skyAxes(one, { x, y, ceiling, left, right, foot, centre, top });
    const areas = [[trees, TREES, TREES_LINE], [solid, SOLID, SOLID_LINE]]
      .filter(([profile]) => profile).map(([profile, fill, edge]) =>
        skyline(profile.map((value) => value * degrees), { x, y, foot, centre, one, right, left },
          fill, edge));
    const points = one.say("panel.sky.points").split(" ");
    const high = Math.max(...solid);
    const toward = points[Math.round(solid.indexOf(high) * 360 / solid.length / 45) % 8];
    const label = one.say("panel.sky.described", { high: short(high * degrees), toward });
    return [
      picture(one.width, height, label, "", ...axes.grid, ...areas,
        ...paths.flatMap((path) => sunLine(one, path, x, y)), ...axes.words),
      trees ? legendOf(one) : null,
    ];
  }

  function skyAxes(one, at) {
    const grid = [], said = [];
    for (let elevation = 0; elevation <= at.ceiling; elevation += at.ceiling > 40 ? 20 : 10) {
      grid.push(svg("line", { x1: at.left, x2: one.width - at.right, y1: at.y(elevation),
        y2: at.y(elevation), stroke: GRID }));
      said.push(words(at.left - 4, at.y(elevation) + 4, `${elevation}°`,
        { "text-anchor": "end", "font-size": 10, fill: FAINT }));
    }
    one.say("panel.sky.points").split(" ").forEach((point, n) => {
      const x = at.x(n * 45);
      grid.push(svg("line", { x1: x, x2: x, y1: at.top, y2: at.foot, stroke: GRID }));
      if (x > at.left + 1) {
        said.push(words(x, at.foot + 16, point, { "text-anchor": "middle", "font-size": 11 }));
      }
    });
    return { grid, words: said };
  }

  function skyline(values, at, fill, edge) {
    const count = values.length, half = count / 2;
    const first = Math.round(at.centre / 360 * count) + half;
    const steps = Array.from({ length: count + 1 }, (_, n) => n);
    const wide = (at.one.width - at.left - at.right) / count;
    const line = steps.map((n) =>
      `${short(at.left + n * wide)} ${short(at.y(values[(first + n) % count]))}`).join("L");
    return svg("g", {},
      svg("path", { d: `M${line}V${short(at.foot)}H${short(at.left)}z`, fill }),
      svg("path", { d: `M${line}`, fill: "none", stroke: edge, "stroke-width": 1.2 }));
  }

  function sunLine(one, [name, path], x, y) {
    let d = "", before = null, best = null;
    for (const [azimuth, elevation] of path) {
      const place = elevation > 0 ? x(azimuth) : null;
      if (place !== null) {
        const joined = before !== null && Math.abs(place - before) < one.width / 2;
        d += `${joined ? "L" : "M"}${short(place)} ${short(y(elevation))}`;
        if (best === null || elevation > best[1]) best = [place, elevation];
      }
      before = place;
    }
    if (!best) return [];
    return [
      svg("path", { d, fill: "none", stroke: PAPER, "stroke-width": 3.4 }),
      svg("path", { d, fill: "none", stroke: SUN, "stroke-width": 1.6,
        ...(name === "equinox" ? { "stroke-dasharray": "6 3" } : {}) }),
      words(best[0], y(best[1]) - 4, one.say("panel.sky." + name), {
        "text-anchor": "middle", "font-size": 10.5, fill: SUN, stroke: PAPER, "stroke-width": 3,
        "paint-order": "stroke",
      }),
    ];
  }

  function legendOf(one) {
    const items = [[SOLID, "panel.sky.solid"], [TREES, "panel.sky.trees"]];
    return html("ul", { class: "roofpv-legend" }, ...items.map(([fill, key]) => html("li", {},
      svg("svg", { width: 18, height: 12, "aria-hidden": "true" },
        svg("rect", { x: 0.5, y: 0.5, width: 17, height: 11, fill, stroke: FAINT })),
      " " + one.say(key))));
  }

  window.roofpv = window.roofpv || {};
  window.roofpv.panelParts = { html, number, withUnit, roof, months, sky };
})();
