"""What the picture of a skyline shows, and the same checked and reduced to lines to draw."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from roofpv.errors import InvalidResult
from roofpv.report import svg
from roofpv.report.sun_paths import SunPath, centre, sun_paths
from roofpv.text import plain

SOURCES = ("terrain", "neighbours", "own", "surface", "trees")
# More places than these would be finer than the paper.
_MOST_PLACES = 360
_LEAST_TOP_DEG, _TICK_DEG, _HEADROOM_DEG = 40.0, 10.0, 6.0
_UPRIGHT_DEG, _LEAST_TILT_DEG = 90.0, 0.5
_Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SkylineDrawing:
    """
    What the picture of a skyline shows.

    ``latitude`` in degrees, south negative. ``skylines`` are tuples of a source (``SOURCES``) and
    an array (point, azimuth) of elevations in even sectors clockwise, the first centred on north
    [deg]; a point that is not finite in every sector is left out. ``losses`` are tuples of a source
    and the share of a year's AC energy that it takes, NaN where it is not known. ``plane_tilt`` and
    ``plane_azimuth`` (clockwise from north) [deg] tell which part of the sky is behind the plane;
    NaN: none is marked. ``facts`` are tuples of a label, one of the catalogue's
    ``skyline_picture.fact`` or free words, and a value with its unit. ``lang`` is "en" or "zh".
    """

    title: str
    latitude: float
    skylines: Sequence[tuple[str, npt.NDArray[np.floating]]] = ()
    losses: Sequence[tuple[str, float]] = ()
    plane_tilt: float = math.nan
    plane_azimuth: float = math.nan
    facts: Sequence[tuple[str, str]] = ()
    lang: str = "en"


@dataclass(frozen=True, eq=False)
class Profile:
    """
    Skyline of one source over all points.

    ``azimuth`` (place,) from the middle of the picture, -180 to 180, rising; ``lowest mean
    highest`` (place,) elevations, 0 to 90. [deg]
    """

    source: str
    azimuth: _Array
    lowest: _Array
    mean: _Array
    highest: _Array

    @property
    def has_range(self) -> bool:
        """Whether the points see different skylines."""
        return bool((self.highest - self.lowest).max() > 0.05)


@dataclass(frozen=True)
class Axes:
    """Paper of the sky: its box, the azimuth of its middle, the elevation of its upper edge."""

    box: svg.Box
    centre_deg: float
    top_deg: float

    def pixels(self, azimuth: npt.ArrayLike, elevation: npt.ArrayLike) -> _Array:
        """Pixels (point, 2) of azimuths from the middle and elevations in degrees."""
        x = self.box.left + (np.asarray(azimuth) + 180.0) * (self.box.width / 360.0)
        y = self.box.bottom - np.asarray(elevation) * (self.box.height / self.top_deg)
        return np.stack(np.broadcast_arrays(x, y), axis=-1)


@dataclass(frozen=True, eq=False)
class SkySheet:
    """
    The lines of a picture and their paper.

    ``behind`` is the elevation (place,) up to which the sky is behind the plane, at each degree
    from the left edge to the right [deg]; empty where none is. ``left_out`` counts points.
    """

    axes: Axes
    profiles: list[Profile]
    paths: list[SunPath]
    behind: _Array = field(default_factory=lambda: np.zeros(0))
    left_out: int = 0


def sky_sheet(drawing: SkylineDrawing, box: svg.Box) -> SkySheet:
    """
    Check what a picture shows, and bring it onto the paper.

    Raises
    ------
    InvalidResult
        A latitude or a tilt that is none, a source of no known name or twice, a skyline that is no
        table of points and sectors.
    """
    _check(drawing)
    middle = centre(drawing.latitude)
    given = dict(drawing.skylines)
    profiles, left_out = [], 0
    for source in SOURCES:
        if source in given:
            points = np.asarray(given[source], dtype=np.float64)
            known = np.isfinite(points).all(axis=1)
            left_out += int((~known).sum())
            if known.any():
                profiles.append(_profile(source, points[known], middle))
    paths = sun_paths(drawing.latitude)
    highest = [float(path.elevation.max()) for path in paths]
    highest += [float(profile.highest.max()) for profile in profiles]
    axes = Axes(box, middle, _top(max(highest, default=0.0)))
    return SkySheet(axes, profiles, paths, _behind(drawing, middle), left_out)


def _check(drawing: SkylineDrawing) -> None:
    title = plain(drawing.title)
    if not abs(drawing.latitude) <= _UPRIGHT_DEG:
        raise InvalidResult(
            f"{title}, latitude {drawing.latitude}",
            "a latitude is between -90 and 90 degrees",
            "Give that of the roof",
        )
    if not (math.isnan(drawing.plane_tilt) or 0 <= drawing.plane_tilt <= _UPRIGHT_DEG):
        raise InvalidResult(
            f"{title}, plane_tilt {drawing.plane_tilt}",
            "a tilt is between 0 and 90 degrees",
            "Give that of the plane, or NaN where it is not known",
        )
    for named in (drawing.skylines, drawing.losses):
        _check_sources(title, [source for source, _ in named])
    for source, points in drawing.skylines:
        if np.ndim(points) != 2 or np.shape(points)[1] < 1:
            raise InvalidResult(
                f"{title}, skyline of {source}",
                f"expected elevations by point and sector, found the shape {np.shape(points)}",
                "Give a row for each point, with an elevation for each sector from north",
            )


def _check_sources(title: str, sources: list[str]) -> None:
    for place, source in enumerate(sources):
        if source not in SOURCES or source in sources[:place]:
            raise InvalidResult(
                f"{title}, skyline of {plain(source)!r}",
                "given twice" if source in SOURCES else "no known source of a skyline",
                f"Give each of {', '.join(SOURCES)} at most once",
            )


def _profile(source: str, points: _Array, middle: float) -> Profile:
    sectors = np.arange(points.shape[1]) * (360.0 / points.shape[1])
    if len(sectors) <= _MOST_PLACES:
        inner = (sectors - middle + 180.0) % 360.0 - 180.0
        azimuth = np.unique(np.concatenate([[-180.0], inner, [180.0]]))
    else:
        azimuth = np.linspace(-180.0, 180.0, _MOST_PLACES + 1)
    points = np.clip(points, 0.0, 90.0)
    lines = (points.min(axis=0), points.mean(axis=0), points.max(axis=0))
    # Between the middles of sectors in proportion, as the energy takes it.
    low, mean, high = (np.interp(azimuth + middle, sectors, one, period=360.0) for one in lines)
    return Profile(source, azimuth, low, mean, high)


def _top(highest: float) -> float:
    """Upper edge: a round elevation with room above what is highest. [deg]."""
    wanted = math.ceil((highest + _HEADROOM_DEG) / _TICK_DEG) * _TICK_DEG
    return min(max(wanted, _LEAST_TOP_DEG), 90.0)


def _behind(drawing: SkylineDrawing, middle: float) -> _Array:
    """Elevation up to which the sky is behind the plane: a right angle to its normal at least."""
    tilt, azimuth = drawing.plane_tilt, drawing.plane_azimuth
    if not (math.isfinite(tilt) and math.isfinite(azimuth)) or tilt < _LEAST_TILT_DEG:
        return np.zeros(0)
    ahead = np.cos(np.radians(np.arange(-180.0, 181.0) + middle - azimuth))
    steep, level = math.sin(math.radians(tilt)), math.cos(math.radians(tilt))
    return np.asarray(np.degrees(np.arctan2(np.maximum(-steep * ahead, 0.0), level)))
