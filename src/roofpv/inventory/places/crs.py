"""Coordinate systems: which one a text means, and the way from it to WGS84, never a silent none."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyproj
from pyproj.aoi import AreaOfUse
from pyproj.transformer import TransformerGroup

from roofpv.errors import InvalidInventory

Numbers = npt.NDArray[np.float64]

WGS84 = pyproj.CRS.from_epsg(4326)
_KINDS = {"Vertical CRS", "Geocentric CRS", "Engineering CRS"}
# GRS80, WGS84 and CGCS2000 are one ellipsoid within 0.1 mm: semi-major axis in m, inverse
# flattening. Datums on it are geocentric and agree within about 2 m (the worst, of the plates that
# have drifted farthest); local datums of the old surveys have other ellipsoids.
_GEOCENTRIC, _AXIS_WITHIN, _FLATTENING_WITHIN = (6_378_137.0, 298.25722), 0.01, 1e-4
_GEOCENTRIC_WITHIN_M = 2.0
_SAME_AS_WGS84 = ("China 2000", "China_2000", "D_China_2000")
# An operation has to cover nearly all places; a few may be typing errors far away. One that is
# less exact than this is none.
_COVERED, _MOST_TRIED, _WORST_M = 0.9, 5000, 25.0
_LONGEST = 60


@dataclass(frozen=True, eq=False)
class Way:
    """
    How coordinates of a system become longitude and latitude in WGS84.

    ``accuracy_m`` is what the operation states of itself, NaN where it says nothing (a
    transformation that the user gave). ``assumed`` tells that the datum has no listed operation
    and was taken as WGS84 for its ellipsoid. ``transformer`` is None where nothing is to be done.
    """

    transformer: pyproj.Transformer | None
    name: str
    accuracy_m: float
    assumed: bool = False

    def move(self, x: Numbers, y: Numbers) -> tuple[Numbers, Numbers]:
        """Longitude and latitude [°]; NaN stays NaN, what lies outside the system gives inf."""
        if self.transformer is None:
            return x, y
        lon, lat = self.transformer.transform(x, y)
        absent = np.isnan(x) | np.isnan(y)
        if absent.any():
            lon[absent] = lat[absent] = np.nan
        return lon, lat


def parse_crs(text: str) -> pyproj.CRS:
    """
    Horizontal part of the coordinate system that a text means.

    Parameters
    ----------
    text : str
        ``EPSG:4545``, WKT, a PROJ string, or whatever else PROJ reads.

    Raises
    ------
    InvalidInventory
        No coordinate system, or one without places on the ground (heights only, geocentric, a
        drawing's own axes).
    """
    said = "".join(c if c.isprintable() else " " for c in " ".join(text.split()))[:_LONGEST]
    try:
        crs = pyproj.CRS.from_user_input(text)
    except (pyproj.exceptions.CRSError, ValueError) as error:
        raise InvalidInventory(
            f"--crs {said}", "no known coordinate system", "Write it as EPSG:4326"
        ) from error
    if crs.type_name in _KINDS:
        raise InvalidInventory(
            f"--crs {said}",
            f"this system ({crs.type_name}) tells no place on a map",
            "Give the one of the plan coordinates, for example EPSG:4545",
        )
    return horizontal(crs)


def horizontal(crs: pyproj.CRS) -> pyproj.CRS:
    """The system without its heights."""
    return crs.to_2d() if crs.is_compound or len(crs.axis_info) > 2 else crs


def is_stated(crs: pyproj.CRS | None) -> bool:
    """Whether a file says where on the earth its coordinates are; a drawing's own axes do not."""
    return crs is not None and crs.type_name != "Engineering CRS"


def is_web_mercator(crs: pyproj.CRS) -> bool:
    """Whether it is the projection of web maps."""
    operation = crs.coordinate_operation
    names = ("Popular Visualisation Pseudo Mercator", "Mercator (Auxiliary Sphere)")
    return operation is not None and operation.method_name.replace("_", " ") in names


def name_of(crs: pyproj.CRS) -> str:
    """Its code and name, short."""
    authority = crs.to_authority(min_confidence=100)
    code = ":".join(authority) if authority else ""
    return " ".join(f"{code} {crs.name}".split())[:_LONGEST]


def way_to_wgs84(
    crs: pyproj.CRS, source: str, x: Numbers | None = None, y: Numbers | None = None
) -> Way:
    """
    The way from a system to WGS84 that PROJ puts first of those that cover the places.

    Passed over are operations that need a grid which is not installed, that state an accuracy
    worse than 25 m, and those for the sea only (their areas are boxes that reach far inland).

    Parameters
    ----------
    crs : CRS
    source : str
        File and column, for the error.
    x, y : array (point,), optional
        Places in the system; without them the operation has to cover the whole system.

    Raises
    ------
    InvalidInventory
        PROJ knows no operation there and would leave the coordinates as they are, though the
        datum is a local one: Beijing 1954, Xian 1980 and the like.
    """
    crs = horizontal(crs)
    if crs.type_name in _KINDS:
        raise InvalidInventory(
            source,
            f"the coordinate system is a {crs.type_name} ({name_of(crs)}), which tells no place",
            "Give the data in longitude and latitude",
        )
    if crs.equals(WGS84, ignore_axis_order=True):
        return Way(None, "", 0.0)
    best = next((t for t in _operations(crs) if _covers(t, crs, x, y)), None)
    if best is not None:
        return Way(best, best.description, best.accuracy if best.accuracy >= 0 else np.nan)
    if not _is_geocentric(crs):
        raise InvalidInventory(
            source,
            f"no way from {name_of(crs)} to WGS84 is known, and taking one for the other is wrong "
            "by tens of metres or more",
            "Ask for the data in CGCS2000 or WGS84, or give the seven parameters of the survey "
            f'office: --crs "{_with_parameters(crs)}"',
        )
    same = crs.datum is not None and crs.datum.name in _SAME_AS_WGS84
    plain = pyproj.Transformer.from_crs(crs, WGS84, always_xy=True)
    return Way(plain, plain.description, 1.0 if same else _GEOCENTRIC_WITHIN_M, assumed=not same)


def check_datum_shift(
    crs: pyproj.CRS, source: str, x: Numbers | None = None, y: Numbers | None = None
) -> None:
    """
    Refuse a system from which PROJ knows no way to WGS84 and would silently apply none.

    Parameters
    ----------
    crs : CRS
    source : str
        File and column, for the error.
    x, y : array (point,), optional
        Places in the system.

    Raises
    ------
    InvalidInventory
        As ``way_to_wgs84``.
    """
    way_to_wgs84(crs, source, x, y)


def _operations(crs: pyproj.CRS) -> list[pyproj.Transformer]:
    """What PROJ can do here and now, its "ballpark" identities left out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where a better one needs a grid
        group = TransformerGroup(crs, WGS84, always_xy=True, allow_ballpark=False)
    return [t for t in group.transformers if t.accuracy <= _WORST_M and not _is_ballpark(t)]


def _is_ballpark(operation: pyproj.Transformer) -> bool:
    return "ballpark" in operation.description.lower()


def _covers(
    operation: pyproj.Transformer, crs: pyproj.CRS, x: Numbers | None, y: Numbers | None
) -> bool:
    area = operation.area_of_use
    if area is None:
        return True
    if "offshore" in area.name and "onshore" not in area.name:
        return False
    if x is None or y is None:
        return crs.area_of_use is None or _share(area, crs.area_of_use) >= _COVERED
    lon, lat = _roughly(crs, x, y)
    if not lon.size:
        return True
    across = area.west > area.east  # it holds the 180th meridian
    west, east = lon >= area.west, lon <= area.east
    along = (west | east) if across else (west & east)
    within = along & (lat >= area.south) & (lat <= area.north)
    return bool(within.mean() >= _COVERED)


def _share(area: AreaOfUse, whole: AreaOfUse) -> float:
    """How much of a box another covers."""
    width = (whole.east - whole.west) % 360.0 or 360.0
    span = (area.east - area.west) % 360.0 or 360.0
    start = (area.west - whole.west) % 360.0
    along = sum(max(min(s + span, width) - max(s, 0.0), 0.0) for s in (start, start - 360.0))
    up = min(area.north, whole.north) - max(area.south, whole.south)
    return float(along * max(up, 0.0) / (width * (whole.north - whole.south)))


def _roughly(crs: pyproj.CRS, x: Numbers, y: Numbers) -> tuple[Numbers, Numbers]:
    """Some of the places in degrees, whatever the datum."""
    there = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    there = there[:: max(1, there.size // _MOST_TRIED)]
    rough = pyproj.Transformer.from_crs(crs, WGS84, always_xy=True)
    lon, lat = rough.transform(x[there], y[there])
    on_earth = np.isfinite(lon) & np.isfinite(lat)
    return lon[on_earth], lat[on_earth]


def _is_geocentric(crs: pyproj.CRS) -> bool:
    ellipsoid = crs.ellipsoid
    if ellipsoid is None or crs.is_bound:
        return False
    axis = abs(ellipsoid.semi_major_metre - _GEOCENTRIC[0])
    flattening = abs(ellipsoid.inverse_flattening - _GEOCENTRIC[1])
    return axis < _AXIS_WITHIN and flattening < _FLATTENING_WITHIN


def _with_parameters(crs: pyproj.CRS) -> str:
    """The PROJ string of a system, with room for its datum's parameters."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns that WKT says more
        said = crs.to_proj4().replace(" +type=crs", "").replace(" +no_defs", "")
    kept = [part for part in said.split() if not part.startswith(("+nadgrids", "+datum"))]
    return " ".join([*kept, "+towgs84=dx,dy,dz,rx,ry,rz,ppm"])
