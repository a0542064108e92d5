"""A list of all buildings around the roofs: checked, with heights, and what is odd in it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from roofpv import roofs, shading
from roofpv.assumptions import Assumptions
from roofpv.errors import InvalidInventory
from roofpv.inventory import Checked, check_inventory
from roofpv.inventory.among import Among
from roofpv.inventory.check import outlines_twice
from roofpv.inventory.findings import DOUBTFUL, EMPTIED, Finding
from roofpv.shading.obstacles import Listed, listed_of, obstacles_among
from roofpv.shading.points import whole_polygons
from roofpv.shading.relations import LIKE, SAME, same_buildings
from roofpv.text import plain

# Of counts of rows that are left out; their codes follow.
LEFT_OUT = "context_left_out_"
# Digests have 128 bits, from two of 64 by keys of 16 letters.
_DIGESTS, _KEYS = 1 << 128, ("roofs and around", "around and roofs")
_BETWEEN = b"\0"
# What heights of the context that are not stated are estimated from.
_ESTIMATED_BY = ("height_m", "floors", "use")


class Around(NamedTuple):
    """
    Rows of a context that are used, and how many are not.

    ``listed`` outlines and heights; ``counts`` of all rows, which add up over parts of a context.
    """

    listed: Listed
    counts: dict[str, int]


def check_context(context: gpd.GeoDataFrame | None) -> None:
    """
    Make sure that there is an outline in a context of any rows.

    Raises
    ------
    InvalidInventory
        There is none: a register, or places.
    """
    if context is None or not len(context):
        return
    names = [str(one["name"]) for one in context.attrs.get("inputs", [])]
    check_drawn(names, len(context), drawn_in(context))


def drawn_in(context: gpd.GeoDataFrame) -> tuple[bool, bool]:
    """Whether there is an outline among some rows, and whether there is any geometry."""
    dimensions = shapely.get_dimensions(context.geometry.to_numpy())
    return bool((dimensions == 2).any()), bool((dimensions >= 0).any())


def check_drawn(names: Sequence[str], rows: int, drawn: tuple[bool, bool]) -> None:
    """
    Make sure that something of a context can hide the sun.

    Parameters
    ----------
    names : sequence of str
        Of its files.
    rows : int
    drawn : (bool, bool)
        From ``drawn_in``.

    Raises
    ------
    InvalidInventory
        There is no outline.
    """
    outlines, anything = drawn
    if outlines or not rows:
        return
    found = "points or lines" if anything else "no geometry"
    raise InvalidInventory(
        " ".join(["--context", *map(plain, names)]),
        f"none of its {rows:,} rows has an outline (found {found}), and nothing else can "
        "hide the sun",
        "Give the layer of all footprints (polygons), with heights or storeys",
    )


def obstacles_of(
    buildings: gpd.GeoDataFrame, context: gpd.GeoDataFrame | None, assumed: Assumptions
) -> shading.Obstacles | None:
    """
    Buildings around, with estimates of heights that are not stated.

    Parameters
    ----------
    buildings : GeoDataFrame (building,)
        Those of the roofs, with ``height_m`` or ``estimated_height_m``. [m]
    context : GeoDataFrame (building,), optional
        From ``read_inventory``.
    assumed : Assumptions

    Returns
    -------
    Obstacles or None
        Counts in ``left_out`` besides those of ``find_obstacles``: ``context_rows``, those of them
        that are left out, in all and by the code of their reason; ``context_without_stated_height``
        (a height that cannot be is counted in ``implausible_height`` alone); and
        ``context_overlapping``, outlines that share more than half with another of about their
        size.
    """
    if context is None:
        return None
    checked = check_inventory(_tallest_first(context))
    around = around_of(checked, len(context), assumed)
    found = obstacles_among(
        listed_of(buildings, "buildings"), around.listed, assumed.shading.reach_m
    )
    return found._replace(
        left_out=added_up([found.left_out, around.counts])
        | {"context_overlapping": _overlapping(checked)}
    )


def around_of(checked: Checked, rows: int, assumed: Assumptions) -> Around:
    """
    Outlines and heights of a context that was checked.

    Parameters
    ----------
    checked : Checked
    rows : int
        That were given.
    assumed : Assumptions
    """
    kept = checked.buildings
    heights = roofs.estimated_heights(kept, assumed.roofs, assumed.heights)
    kept = kept.assign(estimated_height_m=heights["estimated_height_m"])
    odd = kept["building_id"].isin(_ids(checked, EMPTIED, "height_m"))
    codes = checked.quarantine["code"].value_counts()
    counts = {
        "implausible_height": int(odd.sum()),
        "context_rows": rows,
        "context_rows_left_out": rows - len(kept),
        "context_without_stated_height": int((kept["height_m"].isna() & ~odd).sum()),
        **{f"{LEFT_OUT}{code}": int(count) for code, count in codes.items()},
    }
    return Around(listed_of(kept, "context"), counts)


def added_up(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """
    Counts of parts in one, codes of rows that are left out in the order of their names.

    Parameters
    ----------
    counts : iterable of mapping
    """
    sums: dict[str, int] = {}
    for one in counts:
        for name, count in one.items():
            sums[name] = sums.get(name, 0) + count
    codes = sorted(name for name in sums if name.startswith(LEFT_OUT))
    return {n: c for n, c in sums.items() if n not in codes} | {name: sums[name] for name in codes}


def around_piece(context: gpd.GeoDataFrame, among: Among, assumed: Assumptions) -> Around:
    """
    Some rows of a context, judged as in the whole of it.

    Parameters
    ----------
    context : GeoDataFrame (row,)
        From ``read_inventory``, at ``source_at``.
    among : Among
        All of the context; ``twice`` from ``drawn_twice``.
    assumed : Assumptions
    """
    named = context.assign(building_id=[f"{at:012d}" for at in context["source_at"]])
    return around_of(check_inventory(named, None, among), len(context), assumed)


def drawn_twice(alike: gpd.GeoDataFrame, among: Among) -> tuple[tuple[Finding, ...], int]:
    """
    Outlines of a context that stand twice, and how many share more than half with another.

    Parameters
    ----------
    alike : GeoDataFrame (row,)
        All rows of the context that have an outline like that of another, with ``source_at``.
    among : Among
        All of the context; ``twice`` is not asked for.

    Returns
    -------
    (tuple of Finding, int)
        At places in the context; ``context_overlapping``.
    """
    ranked = _tallest_first(alike)
    twice = outlines_twice(ranked, None, among)
    return twice, _overlapping(check_inventory(ranked, None, replace(among, twice=twice)))


def digest_of_rows(columns: Sequence[pd.Series], *shapes: np.ndarray) -> int:
    """
    Sum of the digests of rows: the same in any order, and added up from parts.

    Parameters
    ----------
    columns : sequence of Series (row,)
        Numbers or texts; a whole number is the same with and without ``.0``.
    shapes : ndarray of geometries (row,)
    """
    cells = [_cells(one) for one in columns]
    drawn = [[wkb or b"-" for wkb in shapely.to_wkb(one, output_dimension=3)] for one in shapes]
    told = [_BETWEEN.join(row) for row in zip(*cells, *drawn, strict=True)]
    rows = np.empty(len(told), dtype=object)
    rows[:] = told
    # A row at a time by another digest takes ten times as long.
    low, high = (_sum(pd.util.hash_array(rows, hash_key=key, categorize=False)) for key in _KEYS)
    return (low + (high << 64)) % _DIGESTS


def sum_of_digests(digests: Iterable[int]) -> str:
    """Digest of all rows from those of its parts, as text."""
    return f"{sum(digests) % _DIGESTS:032x}"


def _sum(values: np.ndarray) -> int:
    """Of whole numbers of 64 bits, to the last of them."""
    return (int((values >> 32).sum()) << 32) + int((values & 0xFFFFFFFF).sum())


def digest_of_context(context: gpd.GeoDataFrame) -> int:
    """Sum of the digests of the rows of a context, by all that their shade rests on."""
    columns = [context[name] for name in _ESTIMATED_BY if name in context]
    return digest_of_rows(columns, context.geometry.to_numpy())


def context_key(digest: int, assumed: Assumptions) -> str:
    """
    What skylines among the buildings of a context rest on.

    Parameters
    ----------
    digest : int
        Of its rows.
    assumed : Assumptions
        By which the heights that are not stated are estimated.
    """
    settings = repr((assumed.roofs.storey_height_m, assumed.heights))
    return hashlib.sha256(f"{sum_of_digests([digest])} {settings}".encode()).hexdigest()


def digest_of_roofs(planes: pd.DataFrame, buildings: gpd.GeoDataFrame) -> int:
    """Sum of the digests of places, slopes, outlines, heights and the surfaces of 3D models."""
    # A roof without a place has the latitude of its weather, which is none of its own.
    if "lon" in planes and "lat" in planes:
        planes = planes.assign(lat=planes["lat"].where(planes["lon"].notna()))
    total = 0
    for table, names, shapes in (
        (planes, ("plane_id", "roof_tilt", "roof_azimuth", "lon", "lat"), ("geometry",)),
        (buildings, ("height_m", "estimated_height_m", "lod"), ("geometry", "roof_surfaces")),
    ):
        drawn = [table[name].to_numpy(dtype=object) for name in shapes if name in table]
        total += digest_of_rows([table[name] for name in names if name in table], *drawn)
    return total


def _cells(column: pd.Series) -> list[bytes]:
    """Cells as bytes: numbers of eight, texts of theirs, what is empty as no number."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        return _numbers(column.to_numpy(dtype=float, na_value=np.nan))
    given = column.astype(object).tolist()
    return [one.encode() if type(one) is str else _cell(one) for one in given]


def _numbers(values: np.ndarray) -> list[bytes]:
    known = np.where(np.isnan(values), np.nan, values + 0.0)
    return [bytes(one) for one in np.ascontiguousarray(known).view("V8").tolist()]


def _cell(cell: object) -> bytes:
    if isinstance(cell, int | float | np.number):
        return _numbers(np.array([float(cell)]))[0]
    return _numbers(np.array([np.nan]))[0] if pd.isna(cell) else str(cell).encode()


def _overlapping(checked: Checked) -> int:
    """Outlines that share more than half with another that is neither part of it nor a block."""
    told = _ids(checked, DOUBTFUL, "geometry", "OVERLAPPING_FOOTPRINTS")
    some = checked.buildings[checked.buildings["building_id"].isin(told)]
    outlines = whole_polygons(some.geometry.to_numpy().astype(object))
    one, other, relation = same_buildings(outlines, shapely.STRtree(outlines))
    twice = (one != other) & np.isin(relation, (SAME, LIKE))
    return len(np.unique(one[twice]))


def _ids(checked: Checked, kind: str, column: str, code: str | None = None) -> set[str]:
    """Buildings of which findings of a kind tell, and those that they name beside them."""
    names = checked.keys["building_id"].to_numpy(dtype=object)
    found: set[str] = set()
    for one in checked.findings:
        if (one.kind, one.column) == (kind, column) and code in (None, one.code):
            found |= set(names[one.at])
            found |= set(one.values) if code is not None else set()
    return found


def _tallest_first(context: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """With ids by height: of an outline that is drawn twice, the first id stays."""
    keys = [np.arange(len(context))]
    if "building_id" in context:
        keys = [pd.factorize(context["building_id"].astype(str), sort=True)[0]]
    for name in ("floors", "height_m"):
        if name in context:
            number = pd.to_numeric(context[name], errors="coerce").to_numpy(dtype=float)
            keys.append(-np.where((number > 0.0) & (number <= 1000.0), number, np.nan))
    rank = np.empty(len(context), dtype=int)
    rank[np.lexsort(keys)] = np.arange(len(context))
    return context.assign(building_id=[f"{number:09d}" for number in rank])
