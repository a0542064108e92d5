"""A large city cut into parts: districts, and squares of a district that has too many roofs."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from roofpv.report.page.packing import squeezed
from roofpv.text import plain

MOST_IN_PART = 40_000
# Ids of so many roofs, about, stand in one file to be found in.
_IDS_IN_FILE = 20_000
_WIDEST = 200

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Part:
    """
    Some roofs of one district.

    ``name`` is that of its file; it is square ``number`` of ``of`` of its district.
    """

    name: str
    district: str
    number: int
    of: int
    rows: Rows


def parts_of(buildings: gpd.GeoDataFrame, most: int) -> list[Part]:
    """
    Parts of no more than so many roofs; a district that has more is halved along its longer side.

    Parameters
    ----------
    buildings : GeoDataFrame (building,)
        ``district``, ``lon`` and ``lat``. [deg]
    most : int

    Returns
    -------
    list of Part
        Each building is in one, in the order of the districts' names.
    """
    found: list[Part] = []
    which, found_names = pd.factorize(buildings["district"], use_na_sentinel=False)
    names = np.array([plain(one, _WIDEST) for one in found_names], dtype=object)
    code, districts = pd.factorize(names[which], sort=True)
    places = buildings[["lon", "lat"]].to_numpy(dtype=np.float64)
    for number, district in enumerate(districts.tolist()):
        squares = list(_halved(np.flatnonzero(code == number), places, most))
        for place, rows in enumerate(squares, 1):
            name = f"part-{len(found) + 1:03d}"
            found.append(Part(name, district, place, len(squares), np.sort(rows)))
    return found


def _halved(rows: Rows, places: npt.NDArray[np.float64], most: int) -> Iterator[Rows]:
    """Rows by place; those without one come last."""
    if len(rows) <= most:
        yield rows
        return
    known = places[rows][np.isfinite(places[rows]).all(axis=1)]
    longer = 0
    if len(known):
        wide, tall = np.ptp(known, axis=0)
        longer = int(tall > wide * np.cos(np.radians(known[:, 1].mean())))
    order = rows[np.argsort(places[rows, longer], kind="stable")]
    middle = len(order) // 2
    yield from _halved(order[:middle], places, most)
    yield from _halved(order[middle:], places, most)


def finders(ids: Sequence[str], parts: Sequence[Part]) -> Iterator[str]:
    """
    Which part each id is in: packed JSON of id to number of part, by the checksum of the id.

    Parameters
    ----------
    ids : sequence of str
        Of all buildings.
    parts : sequence of Part

    Returns
    -------
    iterator of str
        As many texts as ``finder_count`` says; an id is in that of its CRC-32, modulo their number.
    """
    count = finder_count(len(ids))
    owner = np.zeros(len(ids), dtype=np.int64)
    for number, part in enumerate(parts):
        owner[part.rows] = number
    found: list[dict[str, int]] = [{} for _ in range(count)]
    for one, number in zip(ids, owner.tolist(), strict=True):
        found[zlib.crc32(one.encode("utf-8", "replace")) % count][one] = number
    for some in found:
        yield squeezed(json.dumps(some, ensure_ascii=False, separators=(",", ":")).encode())


def finder_count(count: int) -> int:
    """Files that the ids of so many buildings are told in."""
    return max(1, -(-count // _IDS_IN_FILE))
