"""Datums of Chinese web maps: GCJ-02 (Amap, Tencent) and BD-09 (Baidu) to WGS84 and back."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import shapely

from roofpv.errors import InvalidInventory

Degrees = npt.NDArray[np.float64]
_Shift = Callable[[Degrees, Degrees], tuple[Degrees, Degrees]]

# CGCS2000 differs from WGS84 by less than a metre, which no roof shows; it is taken as the same.
DATUMS = ("wgs84", "cgcs2000", "gcj02", "bd09")
# The box in which the published transformation acts: longitude from, to, latitude from, to. It is
# larger than China and is tested on the coordinates that are given, whichever way they go.
BOX = (72.004, 137.8347, 0.8293, 55.8271)
# Krasovsky's ellipsoid, as GCJ-02 uses it: semi-major axis in m, first eccentricity squared.
_AXIS, _E2 = 6_378_245.0, 0.00669342162296594323
_BD_LON, _BD_LAT, _BD_RADIUS, _BD_ANGLE, _BD_WAVE = 0.0065, 0.006, 2e-5, 3e-6, np.pi * 3000 / 180
# A step of the iteration leaves less than 1/40 of the error: below 1e-6 m after one of 1e-5 m.
_STEPS, _ENOUGH = 12, 1e-10
# Arrays of a chunk stay in the processor's cache: 1,000,000 points take half the time.
_CHUNK = 1 << 14


def to_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike, datum: str) -> tuple[Degrees, Degrees]:
    """
    Longitude and latitude of a datum as those of WGS84.

    Parameters
    ----------
    lon, lat : array-like (point,)
        [°] NaN stays NaN.
    datum : str
        ``wgs84``, ``cgcs2000``, ``gcj02`` or ``bd09``.

    Returns
    -------
    lon, lat : array (point,)
        [°] The published transformation inverted to better than 1e-5 m. Outside ``BOX`` nothing is
        shifted, so that within a kilometre of its edge the way there and back does not close.

    Raises
    ------
    InvalidInventory
        A datum of another name.

    References
    ----------
    .. [1] "Restrictions on geographic data in China", Wikipedia (GCJ-02, BD-09), with the constants
       as in github.com/googollee/eviltransform and github.com/wandergis/coordtransform.
    .. [2] P. Cheng et al., "Parameters of the CGCS 2000 ellipsoid and comparisons with GRS 80 and
       WGS 84", Acta Geodaetica et Cartographica Sinica 38(3), 2009.
    """
    return _moved(lon, lat, {"gcj02": _from_gcj, "bd09": _from_bd}.get(_known(datum)))


def from_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike, datum: str) -> tuple[Degrees, Degrees]:
    """
    Longitude and latitude of WGS84 as those of a datum; the other way of ``to_wgs84``.

    Parameters
    ----------
    lon, lat : array-like (point,)
        [°] NaN stays NaN.
    datum : str
        ``wgs84``, ``cgcs2000``, ``gcj02`` or ``bd09``.

    Returns
    -------
    lon, lat : array (point,)
        [°]

    Raises
    ------
    InvalidInventory
        A datum of another name.
    """
    return _moved(lon, lat, {"gcj02": _to_gcj, "bd09": _to_bd}.get(_known(datum)))


def geometries_to_wgs84(shapes: npt.NDArray[np.object_], datum: str) -> npt.NDArray[np.object_]:
    """
    Geometries in longitude and latitude of a datum as those of WGS84; heights stay.

    Parameters
    ----------
    shapes : array of geometries (row,)
        None stays None.
    datum : str
        ``wgs84``, ``cgcs2000``, ``gcj02`` or ``bd09``.

    Raises
    ------
    InvalidInventory
        A datum of another name.
    """
    if _known(datum) in {"wgs84", "cgcs2000"}:
        return shapes
    return moved_shapes(shapes, lambda x, y: to_wgs84(x, y, datum))


def moved_shapes(shapes: npt.NDArray[np.object_], move: _Shift) -> npt.NDArray[np.object_]:
    """Geometries whose first two coordinates went through ``move``; a third stays as it is."""
    out = np.array(shapes, dtype=object)
    solid = shapely.has_z(out)
    if not solid.any():
        return _moved_alike(out, move, depth=False)
    out[solid] = _moved_alike(out[solid], move, depth=True)
    out[~solid] = _moved_alike(out[~solid], move, depth=False)
    return out


def _moved_alike(
    shapes: npt.NDArray[np.object_], move: _Shift, *, depth: bool
) -> npt.NDArray[np.object_]:
    points = shapely.get_coordinates(shapes, include_z=depth)
    moved = move(points[:, 0].copy(), points[:, 1].copy())
    points[:, 0], points[:, 1] = moved
    return shapely.set_coordinates(shapes, points)


def _known(datum: str) -> str:
    if datum not in DATUMS:
        raise InvalidInventory(
            f"--datum {' '.join(datum.split())[:40]}",
            f"no known datum; known are {', '.join(DATUMS)}",
            "Write gcj02 for coordinates of Amap or Tencent, bd09 for those of Baidu",
        )
    return datum


def _moved(lon: npt.ArrayLike, lat: npt.ArrayLike, shift: _Shift | None) -> tuple[Degrees, Degrees]:
    """Points in the box through ``shift``, chunk by chunk; all others as they are."""
    east, north = np.broadcast_arrays(np.asarray(lon, float), np.asarray(lat, float))
    out_lon, out_lat = east.flatten(), north.flatten()
    if shift is not None:
        west, far, south, top = BOX
        within = (out_lon >= west) & (out_lon <= far) & (out_lat >= south) & (out_lat <= top)
        at = np.flatnonzero(within)
        for start in range(0, at.size, _CHUNK):
            part = at[start : start + _CHUNK]
            out_lon[part], out_lat[part] = shift(out_lon[part], out_lat[part])
    return out_lon.reshape(east.shape), out_lat.reshape(east.shape)


def _to_gcj(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    x, y = lon - 105.0, lat - 35.0
    ripple, waves_east = _waves(x, 150.0, 300.0)
    _, waves_north = _waves(y, 160.0, 320.0)
    bend, root = 0.1 * x * y, 0.1 * np.sqrt(np.abs(x))
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + bend + root + ripple + waves_east
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + bend + 2.0 * root + ripple + waves_north
    angle = np.radians(lat)
    cosine = np.cos(angle)
    squeeze = 1.0 - _E2 * (1.0 - cosine * cosine)
    normal = np.radians(_AXIS / np.sqrt(squeeze))
    return lon + east / (normal * cosine), lat + north * squeeze / (normal * (1.0 - _E2))


def _waves(along: Degrees, short: float, long: float) -> tuple[Degrees, Degrees]:
    """
    Waves of 1/3 and 1 degree, and those of 2, 6, 24 and 60 degrees.

    Sines of multiples of an angle from those of the angle: 3 calls for 6 waves, 0.7 of the time.
    """
    turn = along * (np.pi / 12.0)
    sine, cosine = np.sin(turn), np.cos(turn)
    waves = short * sine + long * np.sin(along * (np.pi / 30.0))
    sine, cosine = _doubled(*_doubled(sine, cosine))
    waves += 40.0 * sine
    sine, cosine = (3.0 - 4.0 * sine * sine) * sine, (4.0 * cosine * cosine - 3.0) * cosine
    waves += 20.0 * sine
    sine = 2.0 * sine * cosine
    ripple = sine + (3.0 - 4.0 * sine * sine) * sine
    return ripple * (40.0 / 3.0), waves * (2.0 / 3.0)


def _doubled(sine: Degrees, cosine: Degrees) -> tuple[Degrees, Degrees]:
    return 2.0 * sine * cosine, 1.0 - 2.0 * sine * sine


def _gcj_to_bd(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    radius = np.hypot(lon, lat)
    longer = 1.0 + _BD_RADIUS * np.sin(_BD_WAVE * lat) / radius
    turn = _BD_ANGLE * np.cos(_BD_WAVE * lon)
    # The angle is below 3e-6: its sine and cosine by their first terms are right to the last bit.
    shrunk = 1.0 - 0.5 * turn * turn
    east, north = lon * shrunk - lat * turn, lat * shrunk + lon * turn
    return east * longer + _BD_LON, north * longer + _BD_LAT


def _to_bd(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    return _gcj_to_bd(*_to_gcj(lon, lat))


def _from_gcj(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    return _inverted(_to_gcj, lon, lat)


def _from_bd(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    return _from_gcj(*_inverted(_gcj_to_bd, lon, lat))


def _inverted(shift: _Shift, lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """Where ``shift`` leads to the given points: a shift that varies slowly, taken off again."""
    x, y = lon, lat
    for _ in range(_STEPS):
        there_x, there_y = shift(x, y)
        step_x, step_y = lon - there_x, lat - there_y
        x, y = x + step_x, y + step_y
        if max(np.abs(step_x).max(), np.abs(step_y).max()) < _ENOUGH:
            break
    return x, y
