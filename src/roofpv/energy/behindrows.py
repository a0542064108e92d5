"""Light on an array behind another row, through pvlib: the oracle of the kernels' rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pvlib
from pvlib.bifacial import utils

from roofpv.assumptions import Assumptions

Sky = Mapping[str, pd.Series]
_LEAST_ANGLE = 1e-6
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)


@dataclass(frozen=True)
class Rows:
    """
    Rows that an array stands in.

    ``gcr`` is the sloped module length over the pitch along the roof (both sides of a dome
    together), ``kind`` "racks" or "domes"; tilt and azimuth of the roof in degrees.
    """

    gcr: float
    roof_tilt: float = 0.0
    roof_azimuth: float = 180.0
    kind: str = "racks"

    @property
    def cover(self) -> float:
        """Sloped length of one row over the pitch."""
        return self.gcr / 2.0 if self.kind == "domes" else self.gcr


@dataclass(frozen=True)
class _Axis:
    """Direction of the rows, and how array and roof turn about it, right-handed. [deg]."""

    azimuth: float
    tilt: float
    rotation: float
    slope: float

    @property
    def angle(self) -> float:
        """Tilt of the array against the roof."""
        return abs(self.rotation - self.slope)


def behind_rows(
    facing: tuple[float, float], rows: Rows, sky: Sky, assumptions: Assumptions
) -> dict[str, pd.Series]:
    """
    Beam, sky and ground light on an array in rows.

    Parameters
    ----------
    facing : (float, float)
        Tilt and azimuth of the array. [deg]
    rows : Rows
    sky : mapping of str to Series
        ``dni ghi dhi dni_extra`` [W/m2], ``apparent_zenith solar_azimuth`` [deg],
        ``airmass_relative``.
    assumptions : Assumptions

    Returns
    -------
    dict
        ``poa_direct poa_sky_diffuse poa_ground_diffuse``. [W/m2]

    References
    ----------
    .. [1] Mikofski et al., 46th IEEE PVSC, 2019, :doi:`10.1109/PVSC40753.2019.8980572`
    .. [2] Anderson and Jensen, J. Renewable Sustainable Energy 16 (2), 023504, 2024,
       :doi:`10.1063/5.0202220`
    """
    axis = row_axis(facing, rows)
    model = assumptions.models.transposition
    lit = 1.0 - shaded_fraction(facing, rows, axis, sky)
    sun = sky["apparent_zenith"], sky["solar_azimuth"]
    even, disc, band = sky_parts(facing, sky, model)
    dome, ground = even + band, sky["ghi"] * (1.0 - pvlib.tools.cosd(facing[0])) / 2.0
    if assumptions.shading.rows == "beam_diffuse":
        free = (1.0 + pvlib.tools.cosd(facing[0])) / 2.0
        dome = np.minimum(dome, dome * (sky_view(facing[0], axis.angle, rows.cover) / free))
        ground = ground_light(facing, rows, sky, model)
    return {
        "poa_direct": pvlib.irradiance.beam_component(*facing, *sun, sky["dni"]) * lit,
        "poa_sky_diffuse": np.maximum(dome + disc * lit, 0.0),
        "poa_ground_diffuse": ground * assumptions.site.albedo,
    }


def row_axis(facing: tuple[float, float], rows: Rows) -> _Axis:
    """Line in which array and roof meet; any line on the roof where they are parallel."""
    normal, roof = _normal(*facing), _normal(rows.roof_tilt, rows.roof_azimuth)
    along = np.cross(roof, normal)
    length = float(np.linalg.norm(along))
    if length < np.radians(_LEAST_ANGLE):
        turn = np.radians(facing[1] - 90.0)
        along, length = np.array([np.sin(turn), np.cos(turn), 0.0]), 1.0
    east, north, up = along / length
    azimuth = float(np.degrees(np.arctan2(east, north)))
    tilt = float(np.degrees(-np.arcsin(up)))
    project = pvlib.shading.projected_solar_zenith_angle
    rotation = float(project(*facing, tilt, azimuth))
    slope = float(project(rows.roof_tilt, rows.roof_azimuth, tilt, azimuth))
    return _Axis(azimuth, tilt, rotation, slope)


def shaded_fraction(facing: tuple[float, float], rows: Rows, axis: _Axis, sky: Sky) -> pd.Series:
    """Share of a row in the shade of the next; 0 where the sun is behind it."""
    sun = sky["apparent_zenith"], sky["solar_azimuth"]
    before = pvlib.irradiance.aoi_projection(*facing, *sun) > 0.0
    if axis.angle < _LEAST_ANGLE:
        return pd.Series(0.0, before.index).where(before | ~before)
    domes = rows.kind == "domes"
    apart = 1.0 - rows.cover * pvlib.tools.cosd(axis.angle) if domes else 1.0
    share = pvlib.shading.shaded_fraction1d(
        sun[0].where(before, 0.0),
        sun[1],
        axis.azimuth,
        axis.rotation,
        collector_width=rows.cover,
        pitch=apart * pvlib.tools.cosd(axis.slope),
        axis_tilt=axis.tilt,
        cross_axis_slope=axis.slope,
        shading_row_rotation=2.0 * axis.slope - axis.rotation if domes else axis.rotation,
    )
    return share.where(before, 0.0)


def sky_view(tilt: float, on_roof: float, gcr: float) -> float:
    """View factor of a row to the sky, over the next row or, where that lies lower, the horizon."""
    free = float(1.0 + pvlib.tools.cosd(tilt)) / 2.0
    sight = 0.0
    if on_roof < tilt:
        sight = float(pvlib.tools.sind(tilt - on_roof) / pvlib.tools.sind(tilt)) / gcr
    if sight >= 1.0:
        return free
    low = _row_sky(on_roof, gcr, 1.0 - sight)
    return min(free, sight * free + (1.0 - sight) * low)


def _row_sky(on_roof: float, gcr: float, upto: float = 1.0) -> float:
    """View factor by pvlib from the lower edge on; flat modules, edge to edge, are 0 / 0 to it."""
    if on_roof < _LEAST_ANGLE:
        return 1.0
    return float(utils.vf_row_sky_2d_integ(on_roof, gcr, 0.0, upto))


def ground_light(
    facing: tuple[float, float],
    rows: Rows,
    sky: Sky,
    model: str,
    left: tuple[pd.Series | float, pd.Series | float] = (1.0, 1.0),
) -> pd.Series:
    """
    Light from the ground on a row per albedo: what falls between the rows, and its view.

    ``left`` are the shares of the even sky and of the beam that a skyline leaves to the roof.
    """
    axis = row_axis(facing, rows)
    even = sky_parts((0.0, 180.0), sky, model)[0]
    sun = sky["apparent_zenith"], sky["solar_azimuth"]
    up = pvlib.tools.cosd(sun[0])
    day = up > 0.0
    even = np.minimum(even, sky["ghi"]).where(day, sky["ghi"])
    here = pvlib.irradiance.aoi_projection(*facing, *sun)
    gap = 1.0 / rows.cover
    view, taken, open_share = 1.0, here.abs(), 1.0
    front = _row_sky(axis.angle, rows.cover)
    if rows.kind == "domes":
        both = 2.0 * float(pvlib.tools.cosd(axis.angle))
        gap = max(gap - both, 0.0)
        taken = np.maximum(here, both * up - here)
        open_share = gap * rows.cover
        view = (1.0 / rows.cover - 2.0 * front) / gap if gap > 0.0 else 0.0
    else:
        view = 1.0 - rows.cover * (front + _row_sky(180.0 - axis.angle, rows.cover))
    if gap <= 0.0:
        return 0.0 * even
    lit = (1.0 - rows.cover * taken / up.where(day, 1.0)) / open_share
    light = even * min(max(view, 0.0), 1.0) * left[0]
    light += (sky["ghi"] - even) * lit.clip(0.0, 1.0) * left[1]
    return light * _ground_view(facing[0], axis.angle, 1.0 / gap)


def _ground_view(tilt: float, on_roof: float, gcr: float) -> float:
    """
    View factor of a row to the ground before it, in the ratio of the roof's to level ground.

    pvlib's ``vf_row_ground_2d`` is integrated here: its ``vf_row_ground_2d_integ`` sets the lower
    edge of a row off by 1e-4 of its length, which moves the factor by up to 6e-4.
    """
    free = float(1.0 - pvlib.tools.cosd(tilt)) / 2.0
    on_roof = max(on_roof, 0.01)  # the ratio below has a limit at 0, and no value
    points = utils.vf_row_ground_2d(on_roof, gcr, (_NODES + 1.0) / 2.0)
    seen = float(np.sum(points * _WEIGHTS)) / 2.0
    return free * seen / (float(1.0 - pvlib.tools.cosd(on_roof)) / 2.0)


def sky_parts(
    facing: tuple[float, float], sky: Sky, model: str
) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Even sky, disc round the sun and horizon band on a lone plane, by pvlib. [W/m2]."""
    if model == "isotropic":
        even = pvlib.irradiance.isotropic(facing[0], sky["dhi"])
        return even, 0.0 * even, 0.0 * even
    sun = sky["apparent_zenith"], sky["solar_azimuth"]
    light = sky["dhi"], sky["dni"], sky["dni_extra"]
    if model == "haydavies":
        parts = pvlib.irradiance.haydavies(*facing, *light, *sun, return_components=True)
        return parts["poa_isotropic"], parts["poa_circumsolar"], 0.0 * parts["poa_isotropic"]
    parts = pvlib.irradiance.perez(
        *facing, *light, *sun, sky["airmass_relative"], return_components=True
    )
    # 0 / 0 where there is no diffuse light at all.
    dark = (sky["dhi"] == 0) & sky["dni"].notna()
    names = ("poa_isotropic", "poa_circumsolar", "poa_horizon")
    even, disc, band = (parts[name].where(~dark, 0.0) for name in names)
    return even, disc, band


def _normal(tilt: float, azimuth: float) -> np.ndarray:
    """Unit normal of a plane, east, north, up."""
    level = float(pvlib.tools.sind(tilt))
    return np.array(
        [
            level * float(pvlib.tools.sind(azimuth)),
            level * float(pvlib.tools.cosd(azimuth)),
            float(pvlib.tools.cosd(tilt)),
        ]
    )
