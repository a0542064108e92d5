"""One plane, hour by hour, through pvlib alone: the oracle that the kernels are held against."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pvlib
import xarray as xr

from roofpv.assumptions import Assumptions
from roofpv.energy.behindrows import Rows, behind_rows
from roofpv.energy.covers import coated_beam, coated_diffuse, desoto_spectrum, inverter_curve
from roofpv.energy.shadedhours import Around, under_skyline
from roofpv.energy.simulate import constant_losses
from roofpv.energy.veil import by_tilt, light_factor

SAPM = pvlib.temperature.TEMPERATURE_MODEL_PARAMETERS["sapm"]
PVSYST = pvlib.temperature.TEMPERATURE_MODEL_PARAMETERS["pvsyst"]


@dataclass(frozen=True)
class Plane:
    """
    An array: tilt and azimuth in degrees (clockwise from north), capacity in kWp, ground in metres.

    ``altitude_m`` is NaN where it is not known; then the air is that of the weather site. ``rows``
    are those that shade each other, if it has any; of domes it is one side. ``dc_ac_ratio`` is NaN
    where it is that of the assumptions.
    """

    surface_tilt: float
    surface_azimuth: float
    kwp: float = 1.0
    altitude_m: float = float("nan")
    rows: Rows | None = None
    dc_ac_ratio: float = float("nan")


def sides_of(plane: Plane) -> tuple[Plane, ...]:
    """Both sides of domes stated by the first, each with half of the capacity; else the array."""
    if plane.rows is None or plane.rows.kind != "domes":
        return (plane,)
    first = replace(plane, kwp=plane.kwp / 2.0)
    return first, replace(first, surface_azimuth=(plane.surface_azimuth + 180.0) % 360.0)


def simulate_hours(
    plane: Plane, sky: xr.Dataset, assumptions: Assumptions, around: Around | None = None
) -> pd.DataFrame:
    """
    Every hour of one array.

    Parameters
    ----------
    plane : Plane
    sky : Dataset (time,)
        One site of what ``roofpv.sky.sun_and_sky`` returns.
    assumptions : Assumptions
    around : Around, optional
        Skylines of the points of the plane.

    Returns
    -------
    DataFrame (time,)
        ``aoi`` [deg], ``poa_direct poa_sky_diffuse poa_ground_diffuse poa_global
        effective_irradiance`` [W/m2], ``iam``, ``temp_cell`` [degC], ``dc_kw``, ``ac_kw`` [kW].

    References
    ----------
    .. [1] Anderson et al., "pvlib python: 2023 project update", JOSS 8(92), 2023,
       :doi:`10.21105/joss.05994`
    """
    sky, _ = next(by_tilt(sky, np.array([plane.surface_tilt])))
    frame = _irradiance(plane, sky, assumptions, around)
    frame["iam"] = _iam(frame["aoi"], assumptions.models.iam)
    frame["effective_irradiance"] = _effective(plane, frame, sky, assumptions)
    sky = sky.assign(temp_air=sky["temp_air"] + _warmer(plane, sky, assumptions))
    frame["temp_cell"] = _temp_cell(frame, sky, assumptions)
    if around is not None:
        used = {"poa_direct": frame["direct_used"], "poa_sky_diffuse": frame["sky_diffuse_used"]}
        light = _effective(plane, frame.assign(**used), sky, assumptions)
        frame["effective_irradiance"] = light
    frame["dc_kw"] = _dc(frame, assumptions) * plane.kwp
    frame["ac_kw"] = _ac(frame["dc_kw"], plane, assumptions)
    return frame


def _warmer(plane: Plane, sky: xr.Dataset, assumptions: Assumptions) -> float:
    """Air at the plane over air at the weather site, by the lapse rate. [K]."""
    above = plane.altitude_m - float(sky["temp_air_altitude"])
    return 0.0 if np.isnan(above) else assumptions.site.lapse_rate * above / 1000.0


def _irradiance(
    plane: Plane, sky: xr.Dataset, assumptions: Assumptions, around: Around | None
) -> pd.DataFrame:
    series = {str(name): pd.Series(sky[name].to_numpy()) for name in (*sky.data_vars, "month")}
    tilt, azimuth = plane.surface_tilt, plane.surface_azimuth
    sun = series["apparent_zenith"], series["solar_azimuth"]
    frame = pvlib.irradiance.get_total_irradiance(
        tilt, azimuth, *sun, series["dni"], series["ghi"], series["dhi"],
        dni_extra=series["dni_extra"],
        airmass=series["airmass_relative"],
        albedo=assumptions.site.albedo,
        model=assumptions.models.transposition,
    )  # fmt: skip
    # pvlib's Perez divides 0 by 0 where there is no diffuse light at all.
    dark = (series["dhi"] == 0) & frame["poa_sky_diffuse"].isna() & series["dni"].notna()
    frame.loc[dark, "poa_sky_diffuse"] = 0.0
    if plane.rows is not None and assumptions.shading.rows != "none":
        frame = frame.assign(**behind_rows((tilt, azimuth), plane.rows, series, assumptions))
    if around is not None:
        frame = frame.assign(
            **under_skyline((tilt, azimuth), plane.rows, around, series, assumptions)
        )
    parts = frame[["poa_direct", "poa_sky_diffuse", "poa_ground_diffuse"]]
    frame["poa_global"] = parts.sum(axis=1, skipna=False)
    frame["poa_diffuse"] = parts.iloc[:, 1:].sum(axis=1, skipna=False)
    frame["aoi"] = pvlib.irradiance.aoi(tilt, azimuth, *sun)
    return frame


def _iam(aoi: pd.Series, model: str) -> pd.Series:
    if model == "physical":
        return pvlib.iam.physical(aoi)
    if model == "martin_ruiz":
        return pvlib.iam.martin_ruiz(aoi)
    if model == "coated":
        return pd.Series(coated_beam(np.cos(np.radians(aoi.to_numpy()))))
    return pd.Series(np.ones(len(aoi)))


def _effective(
    plane: Plane, frame: pd.DataFrame, sky: xr.Dataset, assumptions: Assumptions
) -> pd.Series:
    """Light that reaches the cells. [W/m2]."""
    # The modifier has no meaning behind the plane, where the beam is 0.
    beam = (frame["poa_direct"] * frame["iam"]).where(frame["poa_direct"] != 0.0, 0.0)
    from_sky, from_ground = frame["poa_sky_diffuse"], frame["poa_ground_diffuse"]
    if assumptions.models.iam_diffuse == "coated":
        modifiers = coated_diffuse(np.asarray(plane.surface_tilt))
        from_sky, from_ground = from_sky * modifiers[0], from_ground * modifiers[1]
    light = beam + (from_sky + from_ground)
    if assumptions.models.spectrum == "desoto":
        zenith, altitude = sky["apparent_zenith"].to_numpy(), float(sky["altitude"])
        light = light * desoto_spectrum(zenith, altitude)
    veil = light_factor(sky, assumptions)
    return light if veil is None else light * veil


def _noct(light: pd.Series, sky: xr.Dataset, mount: str, assumptions: Assumptions) -> pd.Series:
    """Cell temperature of pvlib's noct_sam with all the light passed; the wind never quite 0."""
    module = assumptions.module
    return pvlib.temperature.noct_sam(
        light,
        sky["temp_air"].to_numpy(),
        np.maximum(sky["wind_speed"].to_numpy(), 0.001 / 0.51),
        {"roof_mount": 49.0, "open_rack": 45.0}[mount],
        module.power_w / 1000.0 / (module.length_m * module.width_m),
    )


def _temp_cell(frame: pd.DataFrame, sky: xr.Dataset, assumptions: Assumptions) -> pd.Series:
    model, _, mount = assumptions.models.temperature.partition("/")
    if model == "noct":
        return _noct(frame["effective_irradiance"], sky, mount, assumptions)
    weather = frame["poa_global"], sky["temp_air"].to_numpy(), sky["wind_speed"].to_numpy()
    if model == "sapm":
        return pvlib.temperature.sapm_cell(*weather, **SAPM[mount])
    if model == "faiman":
        return pvlib.temperature.faiman(*weather)
    efficiency = assumptions.module.efficiency
    return pvlib.temperature.pvsyst_cell(*weather, **PVSYST[mount], module_efficiency=efficiency)


def _dc(frame: pd.DataFrame, assumptions: Assumptions) -> pd.Series:
    stated = constant_losses(assumptions.losses)
    dc = pvlib.pvsystem.pvwatts_dc(
        frame["effective_irradiance"],
        frame["temp_cell"],
        1.0,
        assumptions.module.gamma_pdc,
        k=assumptions.module.low_light_k or None,
    )
    # Without light there is no energy, whatever the temperature, were it even missing.
    dark = frame["poa_global"] == 0.0
    return (dc * np.prod([1.0 - loss for loss in stated])).where(~dark, 0.0)


def _ac(dc_kw: pd.Series, plane: Plane, assumptions: Assumptions) -> pd.Series:
    inverter = assumptions.inverter
    ratio = inverter.dc_ac_ratio if np.isnan(plane.dc_ac_ratio) else plane.dc_ac_ratio
    pac0 = plane.kwp / ratio
    pdc0 = pac0 / inverter.efficiency
    if pdc0 == 0:
        return dc_kw * 0.0
    if assumptions.models.inverter == "pvwatts":
        return pvlib.inverter.pvwatts(dc_kw, pdc0, eta_inv_nom=inverter.efficiency)
    start, slope, _ = inverter_curve(assumptions.models.inverter, inverter.efficiency)
    return (pac0 * (start + slope * dc_kw / pdc0)).clip(0.0, pac0)
