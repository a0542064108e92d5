"""How much of its sun a plane gets under its skyline."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from roofpv.assumptions import Assumptions
from roofpv.compiled import load_kernels
from roofpv.energy.alike import lone_arrays
from roofpv.energy.shade import Shade, shade_of, sun_times
from roofpv.energy.simulate import by_sky, is_lit, kernel_hours, simulate, spans_of
from roofpv.energy.skylines import Skylines, skylines_of
from roofpv.shares import shares_of

plane_kernels = load_kernels("planes")
hidden_kernels = load_kernels("hidden")


def solar_access(
    planes: pd.DataFrame, sky: xr.Dataset, assumptions: Assumptions, skylines: Skylines
) -> np.ndarray:
    """
    Irradiation of a year on every bare plane, over that in the open.

    Parameters
    ----------
    planes : DataFrame (plane,)
        ``plane_id roof_tilt roof_azimuth`` [deg], ``weather_site``.
    sky : Dataset (site, time)
    assumptions : Assumptions
    skylines : Skylines

    Returns
    -------
    ndarray (plane,)
        [1]; NaN where there is no skyline, or no complete month of weather.
    """
    bare = planes.assign(
        surface_tilt=planes["roof_tilt"],
        surface_azimuth=planes["roof_azimuth"],
        kwp=1.0,
        row_kind="none",
    )
    first, kind = lone_arrays(bare)
    # Flat roofs are all alike there.
    open_sky = _light(simulate(bare.iloc[first], sky, assumptions))[kind]
    if skylines.has_trees or assumptions.models.transposition == "perez":
        # What is hidden of a sky with a dark horizon is no sum of its parts.
        seen = _light(simulate(bare, sky, assumptions, skylines))
    else:
        # The same to the last digits but one or two; an eighth of the time.
        seen = np.maximum(open_sky - _hidden(bare, sky, assumptions, skylines), 0.0)
    known = skylines_of(skylines, planes["plane_id"].to_numpy(dtype=object)).known
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(known, seen / open_sky, np.nan))


def _light(by_plane: xr.Dataset) -> np.ndarray:
    """Irradiation of each plane in the months that are known. [kWh/m2]."""
    spans = [name for name in by_plane["poa_kwh_per_m2"].dims if name != "plane_id"]
    return by_plane["poa_kwh_per_m2"].sum(spans, skipna=True).to_numpy()


def _hidden(
    bare: pd.DataFrame, sky: xr.Dataset, assumptions: Assumptions, skylines: Skylines
) -> np.ndarray:
    """Irradiation that skylines take of each plane in the months that are known. [kWh/m2]."""
    shade = shade_of(bare, skylines, assumptions.shading)
    assert shade is not None
    tilt = np.radians(bare["surface_tilt"].to_numpy(dtype=float))
    sums = np.zeros(len(bare))
    for site, members, weights in by_sky(shares_of(bare), bare, sky):
        hides = shade.hides[members]
        mine = members[hides]
        if mine.size:
            direct, dome = _of_site(site, assumptions, (shade.of(mine), bare.iloc[mine]))
            dark = 1.0 - shade.seen[mine, plane_kernels.SKY_OVER_TREES]
            lost = direct + dome * dark * (0.5 * (1.0 + np.cos(tilt[mine])))
            np.add.at(sums, mine, weights[hides] * lost)
    return sums * (float(sky.attrs["interval_minutes"]) / 60.0 / 1000.0)


def _of_site(
    site: xr.Dataset, assumptions: Assumptions, planes: tuple[Shade, pd.DataFrame]
) -> tuple[np.ndarray, float]:
    """Sums of direct light that is hidden from each plane, and of an even sky. [W/m2]."""
    k, (shade, bare) = plane_kernels, planes
    rows = np.flatnonzero(is_lit(site))
    hours = kernel_hours(site, rows, assumptions)
    light = hours[[k.DNI, k.GHI, k.ISOTROPIC, k.CIRCUMSOLAR]]
    _, spans = spans_of(site)
    missing = np.unique(spans[rows][~np.isfinite(light).all(axis=0)])
    light[:, np.isin(spans[rows], missing)] = 0.0
    times, found = sun_times(site, rows, shade), shade.skylines
    direct = np.stack([*hours[[k.SUN_EAST, k.SUN_NORTH, k.SUN_UP]], light[0] + light[3]])
    by_gap = np.empty_like(direct)
    by_gap[:, times.place] = direct
    facing = np.column_stack([bare["surface_tilt"], bare["surface_azimuth"]]).astype(float)
    out = np.empty(len(bare))
    hidden_kernels.hidden_light(
        found.elevation, found.weight, found.members, found.starts, shade.owner,
        times.sun, times.gaps, by_gap, facing, out,
    )  # fmt: skip
    return out, float(light[2].sum())
