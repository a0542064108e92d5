"""
The report's page of a large city in a browser: ``python benchmarks/report.py RESULT``.

RESULT is the folder of an assessment, such as that of ``roofpv demo``: its buildings are drawn
again, with other names, numbers and outlines, until there are as many as asked for (``--roofs``);
without it, the city is as it is. The verdicts are those of the city as it is. ``build_s`` is
all of ``roofpv report``, from the folder to the files; on a machine that others use too,
``build_cpu_s`` tells more. Times in the browser are medians of ``--repeats`` openings in a headless
Chromium under software rendering.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from chromium import SOFTWARE, started
from playwright.sync_api import Browser

from roofpv.finance import supply_curve
from roofpv.report.page.parted import FOLDER
from roofpv.results import Result, read_buildings, read_results, read_waterfall, write_results

_SEED = 20_250
# Whole file in bytes, then seconds.
BARS = {"bundled": {"gzip_mb": 3.0, "map_ready_s": 2.0},
        "100000": {"file_mb": 6.0, "map_ready_s": 4.0, "filter_s": 0.2, "sort_s": 0.2,
                   "search_s": 0.2, "scroll_s": 0.2},
        "1000000": {"build_s": 60.0, "memory_gib": 4.0, "overview_s": 5.0,
                    "map_ready_s": 5.0}}  # fmt: skip
_WATCH = """
window.marks = {};
const seen = (name) => { if (!(name in window.marks)) window.marks[name] = performance.now(); };
new MutationObserver(() => {
  const root = document.documentElement;
  if (root && root.dataset.table) seen("table");
  if (root && root.dataset.overview) seen("overview");
  const map = document.getElementById("map");
  if (map && map.dataset.state === "ready") seen("map");
}).observe(document, { subtree: true, attributes: true, childList: true });
"""
# Until the frame after the next one is painted.
_TIMED = """async (act) => {
  const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const start = performance.now();
  (new Function(act))();
  await painted();
  return (performance.now() - start) / 1000;
}"""
_ACTS = {
    "filter_s": "roofpv.store.setFilter('use', 1)",
    "unfilter_s": "roofpv.store.reset()",
    "sort_s": "roofpv.store.sortBy('ac_kwh')",
    "sort_name_s": "roofpv.store.sortBy('name')",
    "search_s": "roofpv.store.setText('7号')",
    "scroll_s": "document.querySelector('[role=grid]').scrollTop = 700000",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[1])
    parser.add_argument("result", type=Path, help="folder of an assessment")
    parser.add_argument("--roofs", type=int, help="as many buildings as this")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = options.result
        if options.roofs:
            whole = replace(read_results(result), waterfall=read_waterfall(result))
            result = write_results(larger(whole, options.roofs), f"{folder}/result")
        figures = measured(result, Path(folder) / "report", options.repeats)
    bars = BARS.get(str(options.roofs or "bundled"), {})
    missed = {name: bar for name, bar in bars.items() if figures[name] > bar}
    document = {**figures, "bars": bars, "met": not missed}
    print(json.dumps(document, indent=1))
    if options.json:
        options.json.write_text(json.dumps(document, indent=1), encoding="utf-8")
    return 1 if missed else 0


def measured(result: Path, folder: Path, repeats: int) -> dict[str, float]:
    """Seconds and memory of ``roofpv report``, sizes in MB, and seconds in the browser."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    words = ["-m", "roofpv.cli", "report", str(result), "--lang", "zh", "-o", str(folder)]
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)
    build, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = sum(getattr(after, one) - getattr(before, one) for one in ("ru_utime", "ru_stime"))
    path = folder / "report.html"
    content, parted = path.read_bytes(), (folder / FOLDER).exists()
    with started(SOFTWARE) as browser:
        opened = [_opened(browser, path, parted=parted) for _ in range(repeats)]
    medians = {name: statistics.median(one[name] for one in opened) for name in opened[0]}
    return {
        "roofs": len(read_buildings(result, ["building_id"])),
        "build_s": round(build, 2),
        "build_cpu_s": round(cpu, 2),
        "memory_gib": round(after.ru_maxrss / 2**20, 2),
        "beside_mb": round(sum(one.stat().st_size for one in folder.glob("*/*")) / 1e6, 1),
        "file_mb": round(len(content) / 1e6, 3),
        "gzip_mb": round(len(gzip.compress(content)) / 1e6, 3),
        **{name: round(value, 3) for name, value in medians.items()},
    }


def _opened(browser: Browser, path: Path, *, parted: bool) -> dict[str, float]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.add_init_script(_WATCH)
    page.goto(path.as_uri())
    overview = {}
    if parted:
        page.wait_for_selector("html[data-overview=ready]", timeout=120_000)
        overview = {"overview_s": page.evaluate("window.marks.overview") / 1000}
        page.close()
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.add_init_script(_WATCH)
        page.goto(f"{path.as_uri()}#part=part-001")
    page.wait_for_selector("#map[data-state=ready]", timeout=120_000)
    marks: dict[str, float] = page.evaluate("window.marks")
    page.wait_for_timeout(500)
    # Without the policy of the page, which lets no text run; the map stays as it is.
    times = {name: page.evaluate(_TIMED.replace("(new Function(act))()", act), None)
             for name, act in _ACTS.items()}  # fmt: skip
    page.close()
    return {
        **overview,
        "table_s": marks["table"] / 1000,
        "map_ready_s": marks["map"] / 1000,
        **times,
    }


def larger(old: Result, count: int) -> Result:
    """The city with so many buildings, none the same as another, and the planes of each."""
    rng = np.random.default_rng(_SEED)
    rows = np.concatenate(
        [np.arange(len(old.buildings)), rng.integers(0, len(old.buildings), count)]
    )
    rows = np.sort(rows[:count], kind="stable")
    frame = gpd.GeoDataFrame(old.buildings.iloc[rows].reset_index(drop=True))
    factor = rng.lognormal(0.0, 0.25, count)
    for name in frame.columns[frame.dtypes == np.float64]:
        if name not in {"lon", "lat"} and not name.endswith("_fraction"):
            scaled = frame[name] * factor * rng.uniform(0.97, 1.03, count)
            frame[name] = scaled if frame[name].abs().max() > 30.0 else frame[name]
    frame["specific_yield_kwh_per_kwp"] = frame["ac_kwh"] / frame["kwp"]
    frame["name"] = _names(frame["name"], rng)
    frame["building_id"] = [f"{one[:7]}-{n:06d}" for n, one in enumerate(frame["building_id"])]
    planes, plane = _planes(old, rows, frame["building_id"].to_numpy(dtype=object))
    energy = old.energy.isel(plane_id=plane).assign_coords(plane_id=planes["plane_id"].tolist())
    buildings = _moved(frame, rng)
    return replace(
        old,
        buildings=buildings,
        planes=planes,
        energy=energy,
        supply=supply_curve(buildings),
        run=old.run | {"counts": _counts(buildings, len(planes))},
        zones=None,
        skylines={},
    )


def _counts(buildings: pd.DataFrame, planes: int) -> dict[str, Any]:
    """As the record has them."""
    counts = {name: int((buildings["status"] == name).sum()) for name in ("assessed", "excluded")}
    none = {"excluded": 0, "quarantined": 0}
    told = {"in": planes, "assessed": planes, **none}
    return {"in": len(buildings), **counts, "quarantined": 0, "planes": told}


def _planes(old: Result, rows: Any, ids: Any) -> tuple[pd.DataFrame, Any]:
    """Planes of the buildings that were drawn, under their ids, and which each was."""
    owner = pd.Index(old.buildings["building_id"]).get_indexer(old.planes["building_id"])
    order = np.argsort(owner, kind="stable")
    first = np.searchsorted(owner[order], rows)
    size = np.searchsorted(owner[order], rows, side="right") - first
    start = np.repeat(first - np.concatenate([[0], np.cumsum(size)[:-1]]), size)
    plane = order[start + np.arange(size.sum())]
    planes = old.planes.iloc[plane].reset_index(drop=True)
    planes["building_id"] = np.repeat(ids, size)
    planes["plane_id"] = [f"{one}-{n}" for n, one in enumerate(planes["building_id"])]
    return planes, plane


def _names(names: Any, rng: np.random.Generator) -> list[str]:
    numbers, blocks = rng.integers(1, 400, len(names)), rng.integers(1, 30, len(names))
    parts = zip(names, numbers, blocks, strict=True)
    return [f"{name[:7]}第{number}小区{block}号楼" for name, number, block in parts]


def _moved(frame: gpd.GeoDataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Outlines turned and stretched, on streets 60 m apart that follow one another."""
    count = len(frame)
    side = int(np.ceil(np.sqrt(count)))
    place = np.arange(count)
    east = (place % side) * 0.0007 + rng.uniform(-1e-4, 1e-4, count)
    north = (place // side) * 0.0006 + rng.uniform(-1e-4, 1e-4, count)
    shapes = frame.geometry.to_numpy()
    centres = shapely.get_coordinates(shapely.centroid(shapes[~shapely.is_missing(shapes)]))
    corners, owner = shapely.get_coordinates(shapes, return_index=True)
    middle = np.full((count, 2), np.nan)
    middle[~shapely.is_missing(shapes)] = centres
    turn, stretch = rng.uniform(0.0, np.pi, count)[owner], rng.uniform(0.7, 1.3, count)[owner]
    x, y = (corners - middle[owner]).T * np.array([[0.78], [1.0]])
    turned = np.stack([np.cos(turn) * x - np.sin(turn) * y, np.sin(turn) * x + np.cos(turn) * y], 1)
    turned *= stretch[:, None] * np.array([1 / 0.78, 1.0])
    home = np.stack([106.2 + east, 38.8 + north], axis=1)
    frame["geometry"] = shapely.set_coordinates(shapes.copy(), turned + home[owner])
    known = frame["lon"].notna()
    frame["lon"], frame["lat"] = (
        np.where(known, home[:, 0], np.nan),
        np.where(known, home[:, 1], np.nan),
    )
    return frame


if __name__ == "__main__":
    sys.exit(main())
