"""
The sun's paths over a year by true solar time, from spherical geometry alone.

No refraction, no size of the sun's disc, and a declination that stays the same all day: what a
picture can show.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_Array = npt.NDArray[np.float64]

# Mean obliquity of the ecliptic at J2000, IAU 2006.
OBLIQUITY_DEG = 23.4393
# Ecliptic longitudes of every twelfth of a year from December to June, by the months around whose
# 21st day the sun is there, once on its way north and once on its way south.
LONGITUDES_DEG = {
    "dec": -90.0,
    "jan_nov": -60.0,
    "feb_oct": -30.0,
    "mar_sep": 0.0,
    "apr_aug": 30.0,
    "may_jul": 60.0,
    "jun": 90.0,
}
_STEPS = 1440
_ZENITH = 1e-9


def declination(longitude_deg: npt.ArrayLike) -> _Array:
    """
    Declination of the sun at an ecliptic longitude (0 at the March equinox). [deg].

    References
    ----------
    .. [1] Meeus, "Astronomical Algorithms", 2nd edition, 1998, chapter 25.
    """
    longitude = np.radians(np.asarray(longitude_deg, dtype=np.float64))
    sine = math.sin(math.radians(OBLIQUITY_DEG)) * np.sin(longitude)
    return np.asarray(np.degrees(np.arcsin(sine)))


def centre(latitude_deg: float) -> float:
    """Azimuth of the equator's side: 180, south of the equator 0. [deg]."""
    return 180.0 if latitude_deg >= 0 else 0.0


def morning(
    latitude_deg: float, declination_deg: npt.ArrayLike, hour_angle_deg: npt.ArrayLike
) -> tuple[_Array, _Array]:
    """
    Elevation of the sun and its azimuth from the equator's side, clockwise, before noon.

    The afternoon is its mirror image: the azimuth with the other sign.

    Parameters
    ----------
    latitude_deg : float
    declination_deg, hour_angle_deg : array_like
        Hour angles from -180 (midnight) to 0 (noon), 15 an hour. [deg]

    Returns
    -------
    tuple of ndarray
        Elevation; azimuth, -180 to 0, south of the equator 0 to 180; in the zenith that of east.
        [deg]

    References
    ----------
    .. [1] Iqbal, "An Introduction to Solar Radiation", 1983, chapter 1.
    """
    latitude = math.radians(latitude_deg)
    sun, turn = np.radians(np.broadcast_arrays(declination_deg, hour_angle_deg)).astype(np.float64)
    up = math.sin(latitude) * np.sin(sun) + math.cos(latitude) * np.cos(sun) * np.cos(turn)
    north = math.cos(latitude) * np.sin(sun) - math.sin(latitude) * np.cos(sun) * np.cos(turn)
    east = np.abs(np.cos(sun) * np.sin(turn))
    level = np.hypot(north, east)
    azimuth = np.where(level < _ZENITH, 90.0, np.degrees(np.arctan2(east, north)))
    return np.degrees(np.arctan2(up, level)), azimuth - centre(latitude_deg)


@dataclass(frozen=True, eq=False)
class SunPath:
    """
    One day of the sun above the horizon.

    ``elevation azimuth`` (step,) are of the morning, from sunrise or midnight to noon, the azimuth
    from the equator's side clockwise [deg]; the afternoon mirrors them.
    """

    months: str
    declination_deg: float
    elevation: _Array
    azimuth: _Array

    @property
    def passes_middle(self) -> bool:
        """Whether both halves meet on the side of the equator or in the zenith."""
        return bool(abs(self.azimuth[-1]) < 90.0 + _ZENITH)


def sun_paths(latitude_deg: float) -> list[SunPath]:
    """Days of a year from December to June; without those on which the sun does not rise."""
    found = []
    for months, longitude in LONGITUDES_DEG.items():
        sun = float(declination(longitude))
        rise = _sunrise(latitude_deg, sun)
        if rise < 0:
            elevation, azimuth = morning(latitude_deg, sun, np.linspace(rise, 0.0, _STEPS + 1))
            found.append(SunPath(months, sun, np.maximum(elevation, 0.0), azimuth))
    return found


def _sunrise(latitude_deg: float, declination_deg: float) -> float:
    """Hour angle of sunrise, -180 on a day without night, 0 on one without sun. [deg]."""
    latitude, sun = math.radians(latitude_deg), math.radians(declination_deg)
    cosine = -math.sin(latitude) * math.sin(sun)
    scale = math.cos(latitude) * math.cos(sun)
    if abs(cosine) >= scale:
        return -180.0 if cosine < 0 else 0.0
    return -math.degrees(math.acos(cosine / scale))


def hour_line(latitude_deg: float, hour: int) -> list[tuple[_Array, _Array]]:
    """
    Where the sun stands at a whole hour of true solar time through half a year.

    Parameters
    ----------
    latitude_deg : float
    hour : int
        0 to 12; that of the afternoon is the mirror image.

    Returns
    -------
    list of (elevation, azimuth)
        Pieces above the horizon, as ``morning`` has them; noon is broken where it passes the
        zenith. [deg]
    """
    sun = np.linspace(-OBLIQUITY_DEG, OBLIQUITY_DEG, 141)
    elevation, azimuth = morning(latitude_deg, sun, 15.0 * (hour - 12))
    rows = np.flatnonzero(elevation > 0)
    if not len(rows):
        return []
    breaks = np.flatnonzero((np.diff(rows) > 1) | (np.abs(np.diff(azimuth[rows])) > 85.0)) + 1
    return [(elevation[part], azimuth[part]) for part in np.split(rows, breaks)]
