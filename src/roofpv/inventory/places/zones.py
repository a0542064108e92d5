"""Gauss-Kruger zones of China: prefixes of eastings, and what bare coordinates look like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyproj

Numbers = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

# Width of the zone in degrees -> first and last prefix, and the EPSG code of the first in CGCS2000.
# The prefixes of 3-degree and of 6-degree zones have no number in common.
_PREFIXED = {3: (25, 45, 4513), 6: (13, 23, 4491)}
_WORDS = {"cgcs2000-3": (3,), "cgcs2000-6": (6,), "zone-prefix": (3, 6)}
# The easting of a central meridian is 500 km; a zone with its overlap stays within 400 km of it.
_MIDDLE, _REACH, _MILLION = 500_000.0, 400_000.0, 1e6
_NORTHINGS = (300_000.0, 6_300_000.0)
_LON, _LAT = (72.0, 138.0), (0.8, 56.0)
_MERCATOR_X, _MERCATOR_Y = (8.0e6, 15.4e6), (9.0e4, 7.6e6)
# Some countries use one transverse Mercator for all of their width.
_FAR = 1e6
_MOST_NAMED = 4
_IF_CGCS = "if they are in CGCS2000 (Beijing 1954 and Xian 1980 look the same)"


@dataclass(frozen=True)
class ZonePrefix:
    """A stated system that each easting completes by its first two digits: zones of CGCS2000."""

    widths: tuple[int, ...]


@dataclass(frozen=True)
class Look:
    """What coordinates look like, and which ``--crs`` would fit them."""

    seems: str
    mend: str


_DEGREES = Look("look like degrees", "Give it: --crs EPSG:4490 (CGCS2000) or EPSG:4326 (WGS84)")


def zone_word(text: str) -> ZonePrefix | None:
    """
    What ``cgcs2000-3``, ``cgcs2000-6`` and ``zone-prefix`` (either) mean as ``--crs``.

    Returns
    -------
    ZonePrefix or None
        None for any other text.
    """
    widths = _WORDS.get(text.strip().lower())
    return None if widths is None else ZonePrefix(widths)


def prefixes(easting: Numbers, widths: Sequence[int] = (3, 6)) -> npt.NDArray[np.int64]:
    """
    Zone that the first two digits of 8-digit eastings tell.

    Parameters
    ----------
    easting : array (point,)
        [m]
    widths : sequence of int
        Of the zones that may be meant: 3, 6 or both. [°]

    Returns
    -------
    array (point,)
        0 where there is no such zone.
    """
    whole = np.where(np.abs(easting) < 1e9, easting, 0.0)
    zone = np.floor(whole / _MILLION).astype(np.int64)
    fits = np.abs(whole - zone * _MILLION - _MIDDLE) <= _REACH
    known = np.zeros(zone.shape, dtype=bool)
    for width in widths:
        first, last, _ = _PREFIXED[width]
        known |= (zone >= first) & (zone <= last)
    return np.where(fits & known, zone, 0)


def zone_epsg(zone: int) -> int:
    """EPSG code of a zone of CGCS2000 with prefix: 3 degrees wide (25 to 45) or 6 (13 to 23)."""
    first, code = next((f, c) for f, last, c in _PREFIXED.values() if f <= zone <= last)
    return code + zone - first


def outside(crs: pyproj.CRS, x: Numbers, y: Numbers) -> Mask:
    """
    Points that cannot be in a system: metres in degrees, degrees or another zone in metres.

    Parameters
    ----------
    crs : CRS
    x, y : array (point,)
        Easting and northing, or longitude and latitude, in the units of the system.

    Returns
    -------
    mask (point,)
        False for NaN.
    """
    if crs.is_geographic:
        return (np.abs(x) > 1000.0) | (np.abs(y) > 1000.0)
    middle = _false_easting(crs)
    if middle is None:
        return np.zeros(x.shape, dtype=bool)
    far = np.abs(x * _metres(crs) - middle) > (_MIDDLE if prefixes(np.array([middle]))[0] else _FAR)
    tiny = _degrees_like(x, y) & (abs(middle) >= _REACH)
    return np.asarray(far | tiny)


def looks_like_degrees(x: Numbers, y: Numbers) -> bool:
    """Whether every point could be longitude and latitude, in either order."""
    there = np.isfinite(x) & np.isfinite(y)
    x, y = x[there], y[there]
    return bool(x.size) and bool((_degrees_like(x, y) | _degrees_like(y, x)).all())


def look(x: Numbers, y: Numbers) -> Look:
    """
    What coordinates without a system look like; most of them decide.

    Parameters
    ----------
    x, y : array (point,)
        First and second coordinate as they stand.
    """
    there = np.isfinite(x) & np.isfinite(y)
    x, y = x[there], y[there]
    straight, turned = _look(x, y), _look(y, x)
    if straight is not None:
        return straight
    if turned is not None:
        return Look(f"{turned.seems}, with the axes swapped", f"{turned.mend}, and add --swap-axes")
    if _most(_degrees_like(x, y)):
        return _DEGREES
    return Look("are of no kind that is known here", "Give it, for example as --crs EPSG:4545")


def _look(x: Numbers, y: Numbers) -> Look | None:
    if _most(_in(x, _LON) & _in(y, _LAT)):
        return _DEGREES
    northing = _in(y, _NORTHINGS)
    zone = prefixes(x)
    mercator = _in(x, _MERCATOR_X) & _in(y, _MERCATOR_Y)
    if _most((zone > 0) & northing):
        return _prefixed(np.unique(zone[(zone > 0) & northing]), bool(_most(mercator)))
    if _most((np.abs(x - _MIDDLE) <= _REACH) & northing & (y > _MILLION)):
        return _bare()
    if _most(mercator):
        return Look("look like Web Mercator", "Give it: --crs EPSG:3857")
    return None


def _prefixed(zones: Numbers, also_mercator: bool) -> Look:
    numbers = [int(zone) for zone in zones]
    named = ", ".join(map(str, numbers[:_MOST_NAMED]))
    other = "; or EPSG:3857 if it is Web Mercator" if also_mercator else ""
    width = 3 if numbers[0] >= _PREFIXED[3][0] else 6
    kind = f"look like Gauss-Kruger with the zone before the easting ({named})"
    if len(numbers) == 1:
        code = f"EPSG:{zone_epsg(numbers[0])}"
        where = f"{width}-degree zone {named}"
        return Look(kind, f"Give it: --crs {code} ({where}), {_IF_CGCS}{other}")
    one = all((number >= _PREFIXED[3][0]) == (width == 3) for number in numbers)
    word = f"cgcs2000-{width}" if one else "zone-prefix"
    return Look(kind, f"Give it: --crs {word}, the zone of each easting, {_IF_CGCS}{other}")


def _bare() -> Look:
    return Look(
        "look like Gauss-Kruger or UTM without the zone before the easting",
        "Give it by the central meridian: --crs EPSG:4544 (105 E: Dawukou), EPSG:4545 (108 E: "
        f"Huinong, Pingluo), EPSG:4534 to 4554 (75 E to 135 E), {_IF_CGCS}",
    )


def _degrees_like(x: Numbers, y: Numbers) -> Mask:
    return (np.abs(x) <= 180.0) & (np.abs(y) <= 90.0)


def _in(values: Numbers, bounds: tuple[float, float]) -> Mask:
    return (values >= bounds[0]) & (values <= bounds[1])


def _most(mask: Mask) -> bool:
    return bool(mask.size) and bool(mask.mean() > 0.5)


def _metres(crs: pyproj.CRS) -> float:
    return float(crs.axis_info[0].unit_conversion_factor) if crs.axis_info else 1.0


def _false_easting(crs: pyproj.CRS) -> float | None:
    """Of a transverse Mercator system [m]; other projections have no narrow zones."""
    own = crs.source_crs if crs.is_bound and crs.source_crs is not None else crs
    operation = own.coordinate_operation
    names = {"Transverse Mercator", "Gauss Kruger", "Gauss_Kruger"}
    if operation is None or operation.method_name not in names:
        return None
    eastings = [p for p in operation.params if p.name.replace("_", " ").lower() == "false easting"]
    if not eastings:
        return None
    return float(eastings[0].value) * float(eastings[0].unit_conversion_factor)
