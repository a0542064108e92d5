"""Real footprints from the reference data, in metres about their own middle."""

from __future__ import annotations

import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from roofpv.roofs.metric import long_axis, to_local_metres

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "buildings"
LEAST_M2, MOST_M2 = 60.0, 5000.0
# File, layer and how many of the 300 footprints come from it.
SOURCES = (
    ("eubucco/v0_1-FRA_1_2_3_11_1-Vichy.gpkg.zip", None, 150),
    ("pybdshadow_tokyo/bd_demo.json", None, 60),
    ("citygml_nrw/Test_Run.geojson", None, 30),
    ("osm_pbf/Helsinki.osm.pbf", "multipolygons", 60),
)


def footprints(count: int, seed: int, folder: Path = DATA) -> np.ndarray:
    """
    A sample of real footprints of 60 to 5000 m2, every other one with one or two holes cut in.

    Drawn with equal chances from the logarithm of the area, so that large roofs are not rare.
    """
    rng = np.random.default_rng(seed)
    total = sum(share for _, _, share in SOURCES)
    drawn = [
        _drawn(_read(folder / file, layer), -(-count * share // total), rng)
        for file, layer, share in SOURCES
    ]
    outlines = np.concatenate(drawn)[:count]
    for i in range(0, len(outlines), 2):
        outlines[i] = with_holes(outlines[i], 1 + i // 2 % 2, rng)
    return outlines


def _read(path: Path, layer: str | None) -> np.ndarray:
    with warnings.catch_warnings():
        # The extract cuts some rings; they are not taken.
        warnings.simplefilter("ignore", RuntimeWarning)
        table = gpd.read_file(path, layer=layer, on_invalid="ignore")
    if "building" in table:
        table = table[table["building"].notna()]
    outlines = table.to_crs(4326).geometry.to_numpy().astype(object)
    local = to_local_metres(shapely.force_2d(outlines))
    area = shapely.area(local)
    return local[shapely.is_valid(local) & (area >= LEAST_M2) & (area <= MOST_M2)]


def _drawn(outlines: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Members nearest to areas drawn evenly on a logarithmic scale, none of them twice."""
    left = outlines[np.argsort(shapely.area(outlines), kind="stable")]
    chosen = []
    for area in np.exp(rng.uniform(np.log(LEAST_M2), np.log(MOST_M2), count)):
        at = min(int(np.searchsorted(shapely.area(left), area)), len(left) - 1)
        chosen.append(left[at])
        left = np.delete(left, at)
    return np.array(chosen, dtype=object)


def with_holes(outline: shapely.Geometry, count: int, rng: np.random.Generator) -> shapely.Geometry:
    """An outline less rectangles (stair heads, plant) of 2 to 6 m, where one of 50 tries fits."""
    angle = float(np.radians(90.0 - long_axis(np.array([outline], dtype=object))[0]))
    x_min, y_min, x_max, y_max = shapely.bounds(outline)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    for _ in range(count):
        middles = rng.uniform((x_min, y_min), (x_max, y_max), (50, 2))
        corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * rng.uniform(1.0, 3.0, 2)
        holes = shapely.polygons(corners @ turn + middles[:, None])
        inside = np.flatnonzero(shapely.contains_properly(outline, holes))
        if len(inside):
            outline = shapely.difference(outline, holes[inside[0]])
    return outline


def made(count: int, area_m2: float, seed: int) -> np.ndarray:
    """Outlines of 4 to 12 corners at right angles (rectangle, L, U, T, cross), turned anyhow."""
    rng = np.random.default_rng(seed)
    outlines = []
    for _ in range(count):
        width = rng.uniform(0.5, 2.0)
        outline = shapely.box(-width / 2, -1 / width / 2, width / 2, 1 / width / 2)
        corners = shapely.get_coordinates(outline)[:4]
        for corner in corners[: rng.integers(0, 5)]:
            outline = outline.difference(_notch(corner, width, rng))
        turned = shapely.affinity.rotate(outline, rng.uniform(0.0, 180.0), origin=(0, 0))
        scale = float(np.sqrt(area_m2 / shapely.area(turned)))
        outlines.append(shapely.affinity.scale(turned, scale, scale, origin=(0, 0)))
    return np.array(outlines, dtype=object)


def _notch(corner: np.ndarray, width: float, rng: np.random.Generator) -> shapely.Geometry:
    half = rng.uniform(0.15, 0.4, 2) * np.array([width, 1.0 / width])
    return shapely.box(*(corner - half), *(corner + half))
