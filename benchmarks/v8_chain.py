"""
PVWatts v8's models one by one, on roofpv's sun and sky, to see what each of them is worth.

Read from the published source of the SSC library (cmod_pvwattsv8, lib_cec6par,
lib_pv_incidence_modifier, lib_pvinv): Perez 1990 sky; reflection of coated glass for the beam and
of plain glass at two effective angles for sky and ground light; an air-mass modifier; the NOCT cell
temperature of the transmitted light; a six-parameter single diode; a straight inverter line.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pvlib
import pvwatts_v8
import xarray as xr

from roofpv.energy.hourly import Plane, simulate_hours

# The single diode of v8's standard module (Canadian Solar CS1H-320MS), per module.
_DIODE = {
    "alpha_sc": 0.004755,
    "a_ref": 1.65916,
    "I_L_ref": 9.51393,
    "I_o_ref": 4.37813e-11,
    "R_sh_ref": 654.059,
    "R_s": 0.269953,
    "Adjust": 5.79586,
}
_RATED_W, _MODULE_M2, _GAMMA = 35.8 * 9.01, 1.6864, -0.0037
# De Soto et al. 2006, doi:10.1016/j.solener.2005.06.010
_AIRMASS_MODIFIER = (-0.000126, 0.002816, -0.024459, 0.086257, 0.918093)
_GLASS, _COATING = (1.526, 0.002), (1.3, 0.00002)
_EXTINCTION = 4.0
_NOCT = {pvwatts_v8.ROOF_MOUNT: 49.0, pvwatts_v8.OPEN_RACK: 45.0}
_LEAST_LOAD = 0.004931
# What that diode lacks at 200 W/m2 and 25 degC against a fifth of its rating.
_LOW_LIGHT = 0.00395


@dataclass(frozen=True)
class Steps:
    """
    Which models are v8's; ``own`` (or False) leaves roofpv's.

    ``temperature``: "noct", "noct of plane light" (v8 takes the light that passed the glass) or
    "own". ``dc``: "diode", "low light" (the linear model with Marion's correction) or "linear".
    """

    reflection: bool = True
    airmass: bool = True
    temperature: str = "noct"
    dc: str = "diode"
    inverter: bool = True


LADDER = {
    "all of v8": Steps(),
    "all but reflection": Steps(reflection=False),
    "all but air mass": Steps(airmass=False),
    "all but temperature": Steps(temperature="own"),
    "all but DC (linear)": Steps(dc="linear"),
    "all but inverter": Steps(inverter=False),
    "DC linear, low-light correction": Steps(dc="low light"),
    "the same, NOCT of plane light": Steps(dc="low light", temperature="noct of plane light"),
    "the same, and PVWatts inverter": Steps(True, True, "noct of plane light", "low light", False),
    "reflection and temperature only": Steps(True, False, "noct of plane light", "linear", False),
    "temperature only": Steps(False, False, "noct of plane light", "linear", False),
    "none": Steps(False, False, "own", "linear", False),
}


def hours(array: pvwatts_v8.Array, sky: xr.Dataset, steps: Steps, temperature: str) -> pd.DataFrame:
    """
    Every hour of one array per kWp, roofpv's steps where ``steps`` does not ask for v8's.

    Returns
    -------
    DataFrame (time,)
        ``poa_global`` [W/m2], ``temp_cell`` [degC], ``dc_kw``, ``ac_kw`` [kW per kWp].
    """
    assumptions = pvwatts_v8.nearest_assumptions(temperature)
    frame = simulate_hours(Plane(array.tilt, array.azimuth), sky, assumptions)
    light = _transmitted(frame, array.tilt) if steps.reflection else frame["effective_irradiance"]
    light = light.to_numpy()
    if steps.airmass:
        light = light * airmass_modifier(sky["apparent_zenith"].to_numpy(), float(sky["altitude"]))
    cell = frame["temp_cell"].to_numpy()
    if steps.temperature != "own":
        heating = light if steps.temperature == "noct" else frame["poa_global"].to_numpy()
        cell = _noct_cell(heating, sky, _NOCT[array.mount])
    dc = _dc(light, cell, steps.dc)
    dc = dc * (1.0 - pvwatts_v8.SYSTEM_LOSS)
    ac = _sandia(dc) if steps.inverter else pvlib.inverter.pvwatts(dc, 1.0 / 1.2 / 0.96)
    values = {"poa_global": frame["poa_global"], "temp_cell": cell, "dc_kw": dc, "ac_kw": ac}
    return pd.DataFrame(values)


def airmass_modifier(zenith: np.ndarray, altitude: float) -> np.ndarray:
    """De Soto's spectral modifier of a crystalline module; the zenith held at 86 degrees."""
    z = np.clip(zenith, 0.0, 86.0)
    airmass = 1.0 / (np.cos(np.radians(z)) + 0.5057 * (96.08 - z) ** -1.634)
    airmass = airmass * np.exp(-0.0001184 * altitude)
    return np.maximum(np.polyval(_AIRMASS_MODIFIER, airmass), 0.0)


def _through(
    angle: np.ndarray, cover: tuple[float, float], index_before: float
) -> tuple[np.ndarray, np.ndarray]:
    """Transmittance of one layer and the angle inside it. [1, deg]."""
    index, thickness = cover
    outside = np.radians(angle)
    inside = np.arcsin(index_before / index * np.sin(outside))
    less, more = inside - outside, inside + outside
    across, along = np.sin(less) / np.sin(more), np.tan(less) / np.tan(more)
    absorbed = np.exp(-_EXTINCTION * thickness / np.cos(inside))
    return (1.0 - 0.5 * (across**2 + along**2)) * absorbed, np.degrees(inside)


def _transmitted(frame: pd.DataFrame, tilt: float) -> pd.Series:
    coated, inside = _through(np.asarray(1.0), _COATING, 1.0)
    normal = coated * _through(inside, _GLASS, 1.0)[0]
    coated, inside = _through(frame["aoi"].clip(1.0, 89.0).to_numpy(), _COATING, 1.0)
    beam = coated * _through(inside, _GLASS, _COATING[0])[0]
    sky = _through(np.asarray(59.7 - 0.1388 * tilt + 0.001497 * tilt**2), _GLASS, 1.0)[0]
    ground_angle = min(90.0 - 0.5788 * tilt + 0.002693 * tilt**2, 89.999)
    ground = _through(np.asarray(ground_angle), _GLASS, 1.0)[0]
    parts = ("poa_direct", beam), ("poa_sky_diffuse", sky), ("poa_ground_diffuse", ground)
    return sum(frame[name] * np.minimum(value / normal, 1.0) for name, value in parts)


def _noct_cell(light: np.ndarray, sky: xr.Dataset, noct: float) -> np.ndarray:
    efficiency = _RATED_W / 1000.0 / _MODULE_M2
    wind = np.maximum(0.51 * sky["wind_speed"].to_numpy(), 0.001)
    loss = (1.0 - efficiency / 0.9) * 9.5 / (5.7 + 3.8 * wind)
    return sky["temp_air"].to_numpy() + light / 800.0 * (noct - 20.0) * loss


def _dc(light: np.ndarray, cell: np.ndarray, model: str) -> np.ndarray:
    if model == "diode":
        return _diode_dc(light, cell)
    k = _LOW_LIGHT if model == "low light" else None
    return np.asarray(pvlib.pvsystem.pvwatts_dc(light, cell, 1.0, _GAMMA, k=k))


def _diode_dc(light: np.ndarray, cell: np.ndarray) -> np.ndarray:
    lit = light >= 1.0
    photo, dark, series, shunt, ideality = pvlib.pvsystem.calcparams_cec(
        light[lit], cell[lit], **_DIODE
    )
    power = np.zeros(light.size)
    top = pvlib.pvsystem.max_power_point(photo, dark, series, shunt, ideality, method="newton")
    power[lit] = top["p_mp"]
    return power / _RATED_W


def _sandia(dc: np.ndarray) -> np.ndarray:
    ac_rating = 1.0 / 1.2
    least, rating = _LEAST_LOAD * ac_rating, ac_rating / 0.96
    return np.clip(ac_rating * (dc - least) / (rating - least), 0.0, ac_rating)
