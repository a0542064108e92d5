"""Which coordinate system holds for which rows, and what is said where none does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyproj

from roofpv.errors import InvalidInventory
from roofpv.inventory.findings import QUARANTINED, Finding
from roofpv.inventory.places import zones
from roofpv.inventory.places.crs import (
    Way,
    horizontal,
    is_stated,
    is_web_mercator,
    name_of,
    parse_crs,
    way_to_wgs84,
)
from roofpv.inventory.places.zones import ZonePrefix

Numbers = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Points = tuple[Numbers, Numbers]
Note = tuple[str, Mapping[str, str]]
System: TypeAlias = "pyproj.CRS | ZonePrefix"

# A way that is less exact than this is said; CGCS2000 and ETRS89 state 1 m.
_EXACT_M = 1.0


@dataclass(frozen=True)
class Plan:
    """Which rows go which way, which go none, and what is to be said of it."""

    parts: tuple[tuple[Mask, Way], ...]
    findings: tuple[Finding, ...]
    notes: tuple[Note, ...]


def parse_system(text: str) -> System:
    """
    Coordinate system that a text means, zones told by the eastings included.

    Parameters
    ----------
    text : str
        ``EPSG:4545``, WKT or a PROJ string; or ``cgcs2000-3``, ``cgcs2000-6``, ``zone-prefix``:
        Gauss-Kruger in CGCS2000, the zone taken from the first two digits of each easting.

    Raises
    ------
    InvalidInventory
        No coordinate system of places on the ground.
    """
    return zones.zone_word(text) or parse_crs(text)


def first_that_fits(
    own: pyproj.CRS | None,
    stated: System | None,
    points: Points,
    where: str,
    datum: str,
) -> Plan:
    """
    Plan by the file's own system; by the stated one where there is none or it cannot be right.

    Parameters
    ----------
    own : CRS or None
        What the file states.
    stated : System or None
        What the user states.
    points : tuple of arrays (row,)
        Easting and northing, or longitude and latitude, of each row.
    where : str
        File and column, for the error.
    datum : str
        ``wgs84``, ``cgcs2000``, ``gcj02`` or ``bd09``.

    Raises
    ------
    InvalidInventory
        No system, one that does not fit the coordinates, one without a known way to WGS84, or a
        datum of web maps with coordinates in metres.
    """
    notes: tuple[Note, ...] = ()
    if own is not None and is_stated(own):
        own = horizontal(own)
        try:
            plan = _plan(own, points, where)
        except InvalidInventory:
            if stated is None:
                raise
            notes = (("notes.crs_replaced", {"own": name_of(own)}),)
        else:
            _check_datum(own, datum)
            if stated is None or stated == own:
                return plan
            kept = ("notes.crs_kept", {"own": name_of(own)})
            return Plan(plan.parts, plan.findings, (*plan.notes, kept))
    if stated is None:
        seen = zones.look(*points)
        raise InvalidInventory(
            where,
            f"the file does not state its coordinate system; its coordinates {_first(*points)} "
            f"{seen.seems}",
            seen.mend,
        )
    plan = _plan(stated, points, where)
    _check_datum(stated, datum)
    return Plan(plan.parts, plan.findings, (*plan.notes, *notes))


def _check_datum(system: System, datum: str) -> None:
    if datum not in {"gcj02", "bd09"} or _may_be_of_web_map(system, datum):
        return
    named = "zones of CGCS2000" if isinstance(system, ZonePrefix) else name_of(system)
    raise InvalidInventory(
        f"--datum {datum}",
        f"the coordinates are in {named}, and web maps give theirs in degrees",
        "Leave --datum away, or give longitude and latitude as the map service had them",
    )


def _may_be_of_web_map(system: System, datum: str) -> bool:
    """Degrees, or the tiles of Amap; Baidu's tiles have a projection of their own."""
    if isinstance(system, ZonePrefix):
        return False
    if datum == "gcj02" and is_web_mercator(system):
        return True
    return bool(system.is_geographic and not system.is_bound)


def _plan(system: System, points: Points, where: str) -> Plan:
    if isinstance(system, ZonePrefix):
        return _plan_of_zones(system, points, where)
    x, y = points
    there = np.isfinite(x) & np.isfinite(y)
    wrong = zones.outside(system, x, y) & there
    degrees = system.is_projected and zones.looks_like_degrees(x, y)
    if there.any() and (degrees or wrong[there].mean() > 0.5):
        raise _does_not_fit(system, points, where)
    _check_one_zone(system, x, wrong, where)
    swapped = swapped_axes(x, y) & bool(system.is_geographic)
    good = there & ~wrong & ~swapped
    way = way_to_wgs84(system, where, x[good], y[good])
    findings = [
        *lost("OFF_SYSTEM", wrong, points, "geometry", {"system": name_of(system)}),
        *lost("SWAPPED_AXES", swapped, points, "geometry"),
    ]
    rows = ~(wrong | swapped)
    return Plan(((rows, way),), tuple(findings), _notes_of(system, way))


def _plan_of_zones(system: ZonePrefix, points: Points, where: str) -> Plan:
    x, y = points
    zone = zones.prefixes(x, system.widths)
    if not (zone > 0).any():
        seen = zones.look(x, y)
        raise InvalidInventory(
            where,
            f"no easting begins with a zone of CGCS2000; the coordinates {_first(x, y)} "
            f"{seen.seems}",
            seen.mend,
        )
    none = (zone == 0) & np.isfinite(x) & np.isfinite(y)
    parts = []
    for number in np.unique(zone[zone > 0]):
        way = way_to_wgs84(pyproj.CRS.from_epsg(zones.zone_epsg(int(number))), where)
        parts.append((zone == number, way))
    return Plan(tuple(parts), tuple(lost("NO_ZONE", none, points, "geometry")), ())


def _does_not_fit(system: pyproj.CRS, points: Points, where: str) -> InvalidInventory:
    seen = zones.look(*points)
    return InvalidInventory(
        where,
        f"the coordinate system is said to be {name_of(system)}, and the coordinates "
        f"{_first(*points)} {seen.seems}",
        seen.mend,
    )


def _check_one_zone(system: pyproj.CRS, x: Numbers, wrong: Mask, where: str) -> None:
    """Refuse a file that states one zone and has rows of another."""
    others, own = (np.unique(zones.prefixes(x[rows])) for rows in (wrong, ~wrong))
    others, own = others[others > 0], own[own > 0]
    if not (others.size and own.size):
        return
    word = "cgcs2000-3" if min(others.min(), own.min()) >= 25 else "zone-prefix"
    raise InvalidInventory(
        where,
        f"the coordinate system is said to be {name_of(system)}, and {int(wrong.sum())} of "
        f"{int(np.isfinite(x).sum())} eastings begin with zone {', '.join(map(str, others[:4]))}",
        f"Give --crs {word}, which takes the zone from each easting, if the survey is in CGCS2000",
    )


def _notes_of(system: pyproj.CRS, way: Way) -> tuple[Note, ...]:
    words = {"system": name_of(system)}
    if way.assumed:
        return (("notes.datum_assumed", words),)
    if np.isnan(way.accuracy_m):
        return (("notes.crs_parameters", words),)
    if way.accuracy_m > _EXACT_M:
        return (("notes.crs_accuracy", words | {"metres": f"{way.accuracy_m:g}"}),)
    return ()


def _first(x: Numbers, y: Numbers) -> str:
    at = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    return _pair(x[at[0]], y[at[0]]) if at.size else ""


def _pair(x: float, y: float) -> str:
    return f"{x:.9g} {y:.9g}"


def swapped_axes(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Mask:
    """
    Rows whose longitude and latitude stand in each other's place: no latitude is above 90.

    Parameters
    ----------
    lon, lat : array-like (row,)
        [°]

    Returns
    -------
    mask (row,)
        False for NaN.
    """
    east, north = np.abs(np.asarray(lon, dtype=float)), np.abs(np.asarray(lat, dtype=float))
    return np.asarray((north > 90.0) & (north <= 180.0) & (east <= 90.0))


def lost(
    code: str, where: Mask, points: Points, column: str, words: Mapping[str, str] | None = None
) -> list[Finding]:
    """Rows that cannot be used for their coordinates: one finding, or none."""
    at = np.flatnonzero(where)
    if not at.size:
        return []
    values = [_pair(points[0][i], points[1][i]) for i in at]
    return [Finding(QUARANTINED, code, column, at, values, words=words or {})]
