"""A large city summed up in squares: how many roofs, and the class of most or of their mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from roofpv.report.charts import scales
from roofpv.report.city import figure_of
from roofpv.report.page.columns import NUMBERS, Column, printed_counts
from roofpv.report.page.outlines import Ground, on_grid
from roofpv.report.page.packing import Packed, whole_numbers
from roofpv.report.page.parts import Part

# Squares along the longer side of the city, at most.
_MOST_CELLS = 90
_LEAST_M = 50.0
Ints = npt.NDArray[np.int64]


def shaded_columns(buildings: gpd.GeoDataFrame) -> list[Column]:
    """Columns that the overview can be coloured by, without their values."""
    found = []
    for name in scales.COLUMNS:
        if not scales.values_of(buildings, name).notna().any():
            continue
        number = name in NUMBERS
        found.append(Column(name, {}, (), figure_of(name) if number else None))
    return found


def overview(
    buildings: gpd.GeoDataFrame, ground: Ground, parts: Sequence[Part]
) -> tuple[dict[str, Any], dict[str, Packed]]:
    """
    Squares of a city with buildings.

    Parameters
    ----------
    buildings : GeoDataFrame (building,)
        ``lon`` and ``lat`` [deg], and the columns of ``scales.COLUMNS`` that are known.
    ground : Ground
    parts : sequence of Part

    Returns
    -------
    dict, dict of Packed
        For a script: ``side_m`` of a square, ``across`` and ``down`` (squares), ``west`` and
        ``north`` (their corner, in metres about the middle of the ground), ``counts`` by
        column (buildings of each class, the last of what is not known). Packed by square:
        ``cell`` (from the north-west, row by row), ``count``, ``part`` (number of that with most of
        them), and by column ``NAME.class`` (the most frequent, of numbers that of the mean) and
        ``NAME.mean`` (in units of the last printed digit).
    """
    places = buildings[["lon", "lat"]].to_numpy(dtype=np.float64)
    known = np.flatnonzero(np.isfinite(places).all(axis=1))
    x, y = on_grid(places[known], Ground(ground.lon, ground.lat, 1.0))
    side = _side(max(int(np.ptp(x)), int(np.ptp(y))) if len(known) else 0)
    west, north = (int(x.min()), int(y.max())) if len(known) else (0, 0)
    column, row = (x - west) // int(side), (north - y) // int(side)
    across, down = (int(one.max(initial=0)) + 1 for one in (column, row))
    cells, cell = np.unique(row * across + column, return_inverse=True)
    owner = np.zeros(len(buildings), dtype=np.int64)
    for number, part in enumerate(parts):
        owner[part.rows] = number
    most_part = _most(owner[known], cell, len(cells), len(parts))
    packed = {
        "cell": _all_known(cells), "count": _all_known(np.bincount(cell, minlength=len(cells))),
        "part": _all_known(most_part),
    }  # fmt: skip
    counts: dict[str, list[int]] = {}
    for shaded in shaded_columns(buildings):
        scale = scales.scale_of(shaded.name, scales.values_of(buildings, shaded.name))
        classes = scale.places(scales.values_of(buildings, shaded.name))
        size = len(scale.classes)
        counts[shaded.name] = np.bincount(
            np.where(classes < 0, size, classes), minlength=size + 1
        ).tolist()
        packed |= _of_column(buildings.iloc[known], shaded, scale, (cell, len(cells)))
    told = {
        "side_m": int(side), "across": across, "down": down, "counts": counts,
        "west": west, "north": north,
    }  # fmt: skip
    return told, packed


def _of_column(
    buildings: gpd.GeoDataFrame, shaded: Column, scale: scales.Scale, cells: tuple[Ints, int]
) -> Mapping[str, Packed]:
    cell, count = cells
    values = scales.values_of(buildings, shaded.name)
    classes = scale.places(values)
    if shaded.figure is None:
        some = classes >= 0
        found = _most(classes[some], cell[some], count, len(scale.classes))
        has = np.bincount(cell[some], minlength=count) > 0
        return {f"{shaded.name}.class": whole_numbers(found, has)}
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    some = np.isfinite(numbers)
    sums = np.bincount(cell[some], numbers[some], minlength=count)
    counts = np.bincount(cell[some], minlength=count)
    has = counts > 0
    mean = np.divide(sums, counts, out=np.full(count, np.nan), where=has)
    found = np.searchsorted(np.asarray(scale.bounds), mean, side="right").astype(np.int64)
    printed = np.where(has, printed_counts(mean, shaded.figure), 0.0).astype(np.int64)
    return {
        f"{shaded.name}.class": whole_numbers(found, has),
        f"{shaded.name}.mean": whole_numbers(printed, has),
    }


def _most(classes: Ints, cell: Ints, count: int, size: int) -> Ints:
    """The most frequent class of each square; the first of equals."""
    table = np.bincount(cell * size + classes, minlength=count * size).reshape(count, size)
    return np.asarray(table.argmax(axis=1) if count else np.empty(0), dtype=np.int64)


def _side(extent_m: int) -> float:
    """A round side of a square, so that no more than ``_MOST_CELLS`` lie along the extent. [m]"""
    least = max(extent_m / _MOST_CELLS, _LEAST_M)
    power = 10.0 ** np.floor(np.log10(least))
    return float(next(step * power for step in (1.0, 2.0, 5.0, 10.0) if step * power >= least))


def _all_known(values: npt.NDArray[np.int64]) -> Packed:
    return whole_numbers(values.astype(np.int64), np.ones(len(values), dtype=bool))
