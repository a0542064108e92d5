"""Labelled energy of many planes: what the kernels do, with names, units and missing values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numba
import numpy as np
import pandas as pd
import xarray as xr

from roofpv.assumptions import Assumptions, Inverter, Losses
from roofpv.compiled import load_kernels, run_kernel
from roofpv.energy.acblocks import AcBlock, Listener, parts_of
from roofpv.energy.arrays import arrays_of, has_domes, per_plane
from roofpv.energy.covers import coated_diffuse, desoto_spectrum, inverter_curve
from roofpv.energy.rows import row_parameters
from roofpv.energy.shade import Shade, SunTimes, fill_shaded, kept_room, shade_of, sun_times
from roofpv.energy.skylines import Skylines, skylines_of
from roofpv.energy.veil import by_tilt, light_factor
from roofpv.shares import Shares, shares_of

sky_kernels = load_kernels("sky")
plane_kernels = load_kernels("planes")
heating_kernels = load_kernels("heating")

_TRANSPOSITION = {
    "isotropic": sky_kernels.ISOTROPIC,
    "haydavies": sky_kernels.HAYDAVIES,
    "perez": sky_kernels.PEREZ,
}
_IAM = {
    "none": plane_kernels.IAM_NONE,
    "physical": plane_kernels.IAM_PHYSICAL,
    "martin_ruiz": plane_kernels.IAM_MARTIN_RUIZ,
    "coated": plane_kernels.IAM_COATED,
}
# a, b, deltaT: King et al., SAND2004-3535
SAPM_MOUNTS = {
    "close_mount_glass_glass": (-2.98, -0.0471, 1.0),
    "open_rack_glass_glass": (-3.47, -0.0594, 3.0),
    "open_rack_glass_polymer": (-3.56, -0.0750, 3.0),
    "insulated_back_glass_polymer": (-2.81, -0.0455, 0.0),
}
# u_c, u_v: PVsyst help, "Array thermal losses"
PVSYST_MOUNTS = {
    "freestanding": (29.0, 0.0),
    "semi_integrated": (20.0, 0.0),
    "insulated": (15.0, 0.0),
}
# u0, u1: Faiman, Progress in Photovoltaics 16, 2008, doi:10.1002/pip.813
FAIMAN = (25.0, 6.84)
PVSYST_ABSORPTION = 0.9
# degC; SAM Simulation Core, PVWatts v8
NOCT_MOUNTS = {"roof_mount": 49.0, "open_rack": 45.0}

ENERGY_UNITS = {"poa_kwh_per_m2": "kWh/m2", "dc_kwh": "kWh", "ac_kwh": "kWh"}
# Arrays x rows a chunk: 256 arrays of a year of hours, 54 MB for each block of three quantities.
_MOST_CELLS = 256 * 8760
_HOURLY_UNITS = {"poa_global": "W/m2", "dc_kw": "kW", "ac_kw": "kW"}


def simulate(
    planes: pd.DataFrame,
    sky: xr.Dataset,
    assumptions: Assumptions,
    skylines: xr.Dataset | Skylines | None = None,
    listener: Listener | None = None,
) -> xr.Dataset:
    """
    Monthly irradiation and energy of every plane.

    A plane that blends several weather sites gets the weighted mean of its energy at each. Domes
    are one plane of two arrays: the second side faces the other way, each side has half of the
    capacity and its own inverter.

    Parameters
    ----------
    planes : DataFrame (plane,)
        ``plane_id``, ``surface_tilt`` and ``surface_azimuth`` of the array (of domes: of the first
        side) [deg], ``kwp`` [kWp], ``weather_site``; ``weather_weights`` of a blend; ``altitude_m``
        of the ground [m], where known, by which the air temperature of the site is corrected;
        ``dc_ac_ratio`` where it is not that of ``inverter.dc_ac_ratio``; where
        rows shade each other, ``row_kind`` ("racks" or "domes"), ``gcr`` (of domes: of both sides)
        and ``roof_tilt``, ``roof_azimuth`` [deg].
    sky : Dataset (site, time)
        From ``roofpv.sky.sun_and_sky``.
    assumptions : Assumptions
    skylines : Dataset or Skylines, optional
        What hides sun and sky from each plane, as ``skylines_of`` takes it; by ``plane_id``. The
        beam and the disc round the sun arrive at the share of the points from which the sun stands
        over the skyline; the even sky and the horizon band as far as they are seen before the
        plane; what stands there is dark. A plane without a skyline is as in the open.
    listener : Listener, optional
        Given the hours of AC as they come by, where all planes of a group are under one sky.

    Returns
    -------
    Dataset (plane_id, month) or (plane_id, year, month)
        ``poa_kwh_per_m2`` (of domes: the mean of both sides) [kWh/m2], ``dc_kwh``, ``ac_kwh``
        [kWh]; NaN where an hour was missing.
    """
    arrays, owner = arrays_of(planes)
    shade = shade_of(arrays, skylines, assumptions.shading)
    heard = None if listener is None else listener.of(owner)
    sums = _monthly_sums(arrays, sky, assumptions, shade, heard)
    return _labelled(per_plane(sums, owner, axis=1), planes, sky)


def simulate_arrays(
    arrays: pd.DataFrame,
    sky: xr.Dataset,
    assumptions: Assumptions,
    skylines: xr.Dataset | Skylines | None = None,
) -> xr.Dataset:
    """
    Monthly irradiation and energy of every array, each side of a dome apart.

    Parameters
    ----------
    arrays : DataFrame (array,)
        From ``arrays_of``.
    sky, assumptions, skylines
        As in ``simulate``.

    Returns
    -------
    Dataset
        As ``simulate`` returns for planes; a dome has its ``plane_id`` twice.
    """
    shade = shade_of(arrays, skylines, assumptions.shading)
    return _labelled(_monthly_sums(arrays, sky, assumptions, shade), arrays, sky)


def _monthly_sums(
    arrays: pd.DataFrame,
    sky: xr.Dataset,
    assumptions: Assumptions,
    shade: Shade | None,
    listener: Listener | None = None,
) -> np.ndarray:
    """Sums of POA, and of DC and AC per kWp, by array and month counted through the years."""
    years, spans = spans_of(sky)
    shares = shares_of(arrays)
    sums = _nothing_yet(shares, len(arrays), years.size * 12)
    chosen = _IAM[assumptions.models.iam], _chain(assumptions)
    for one, members, weights in by_sky(shares, arrays, sky):
        lit = np.flatnonzero(is_lit(one))
        rows = lit[np.argsort(spans[lit], kind="stable")]
        hours = kernel_hours(one, rows, assumptions)
        bounds = np.searchsorted(spans[rows], np.arange(years.size * 12 + 1))
        out = np.empty((3, members.size, years.size * 12))
        parameters = _plane_parameters(
            arrays.iloc[members], float(one["temp_air_altitude"]), assumptions
        )
        around = _around(shade, members, one, rows)
        space = np.empty((0, rows.size))
        for part, heard in parts_of(listener, members, weights, rows.size):
            if heard and len(space) < part.size:
                space = np.empty((part.size, rows.size))
            room = space[: part.size if heard else 0]
            found = np.empty((3, part.size, years.size * 12))
            mine = None if around is None else (around[0].of(part), around[1])
            _fill_sums((hours, bounds), parameters[part], chosen, mine, found, room)
            out[:, part] = found
            if listener is not None and heard:
                listener.take(AcBlock(rows, bounds, members[part], room))
        _add(sums, members, weights if shares.blended else None, out)
    sums[:, :, ~np.isin(np.arange(years.size * 12), spans)] = np.nan
    return sums


def simulate_hourly(
    planes: pd.DataFrame,
    sky: xr.Dataset,
    assumptions: Assumptions,
    chunk: int = 256,
    skylines: xr.Dataset | Skylines | None = None,
) -> Iterator[tuple[slice, xr.Dataset]]:
    """
    Hours of every plane, a chunk of planes at a time.

    Parameters
    ----------
    planes, sky, assumptions, skylines
        As in ``simulate``.
    chunk : int
        Most planes a chunk; fewer where the sky has more rows than a year of hours, or where any
        carry domes.

    Yields
    ------
    (slice, Dataset (plane_id, time))
        Which planes, and their ``poa_global`` (of domes: the mean of both sides) [W/m2], ``dc_kw``
        and ``ac_kw`` [kW].
    """
    chosen = _IAM[assumptions.models.iam], _chain(assumptions)
    found = None if skylines is None else skylines_of(skylines, pd.unique(planes["plane_id"]))
    cells = max(1, sky.sizes["time"]) * (1 + int(has_domes(planes).any()))
    size = max(1, min(chunk, _MOST_CELLS // cells))
    for start in range(0, len(planes), size):
        part = planes.iloc[start : start + size]
        arrays, owner = arrays_of(part)
        shade, shares = shade_of(arrays, found, assumptions.shading), shares_of(arrays)
        values = _nothing_yet(shares, len(arrays), sky.sizes["time"])
        for one, members, weights in by_sky(shares, arrays, sky):
            lit = np.flatnonzero(is_lit(one))
            hours = kernel_hours(one, lit, assumptions)
            out = np.empty((3, members.size, hours.shape[1]))
            parameters = _plane_parameters(
                arrays.iloc[members], float(one["temp_air_altitude"]), assumptions
            )
            around = _around(shade, members, one, lit)
            _fill_hours(hours, parameters, chosen, around, out)
            full = np.zeros((3, members.size, sky.sizes["time"]))
            full[:, :, lit] = out
            _add(values, members, weights if shares.blended else None, full)
        values = per_plane(values, owner, axis=1)
        values[1:] *= part["kwp"].to_numpy(dtype=float)[:, None]
        yield slice(start, start + len(part)), _labelled_hours(values, part, sky)


def dc_factor(losses: Losses) -> float:
    """Share of the DC energy left in the first year after every loss that is constant."""
    left = 1.0
    for loss in constant_losses(losses):
        left *= 1.0 - loss
    return left


def constant_losses(losses: Losses) -> tuple[float, ...]:
    """Losses that every hour has alike; they multiply. [1]."""
    system: tuple[float, ...] = (losses.system,)
    if losses.system_by == "parts":
        system = losses.mismatch, losses.wiring, losses.connections, losses.nameplate
    soiling = losses.soiling if losses.soiling_model == "constant" else 0.0
    snow = losses.snow if losses.snow_model == "constant" else 0.0
    return (*system, soiling, snow, losses.availability, losses.first_year)


def kernels_ahead() -> list[tuple[Any, str]]:
    """Kernels of arrays under an open sky, as ``compile_ahead`` takes them."""
    takes = "f2 i1 f2 i0 f1 f2 f3"
    return [(plane_kernels.simulate_sums, takes), (plane_kernels.simulate_sums_rows, takes)]


def set_threads(jobs: int | None) -> int:
    """Use that many threads at most, all of them if None; returns the number in use."""
    most = int(numba.config.NUMBA_NUM_THREADS)
    numba.set_num_threads(most if jobs is None else max(1, min(jobs, most)))
    return int(numba.get_num_threads())


def by_sky(
    shares: Shares, arrays: pd.DataFrame, sky: xr.Dataset
) -> Iterator[tuple[xr.Dataset, np.ndarray, np.ndarray]]:
    """Skies, the arrays under each, and the share that it has in them."""
    tilt = arrays["surface_tilt"].to_numpy(dtype=float)
    for site, members, weights in shares.by_site():
        for one, mine in by_tilt(sky.sel(site=site), tilt[members]):
            yield one, members[mine], weights[mine]


def _around(
    shade: Shade | None, members: np.ndarray, site: xr.Dataset, rows: np.ndarray
) -> tuple[Shade, SunTimes] | None:
    """Shade of the arrays of a site, and its sun; None where nothing hides anything."""
    if shade is None or not shade.hides[members].any():
        return None
    return shade.of(members), sun_times(site, rows, shade)


def _fill_sums(
    hours: tuple[np.ndarray, np.ndarray],
    parameters: np.ndarray,
    chosen: tuple[int, np.ndarray],
    around: tuple[Shade, SunTimes] | None,
    out: np.ndarray,
    ac_hours: np.ndarray,
) -> None:
    """Sums of lone arrays, of those in rows and of those in the shade, each by its kernel."""
    k = plane_kernels
    shaded = np.zeros(len(parameters), dtype=bool)
    if around is not None:
        shaded = around[0].hides
        _fill_shaded(hours, parameters, chosen, around, out, ac_hours)
    rows = parameters[:, k.ROWS] == k.SHADED
    for kernel, mine in (
        (k.simulate_sums, ~rows & ~shaded), (k.simulate_sums_rows, rows & ~shaded)
    ):  # fmt: skip
        if mine.all():
            run_kernel(kernel, *hours, parameters, *chosen, ac_hours, out)
        elif mine.any():
            part = np.empty((3, int(mine.sum()), out.shape[2]))
            kept = kept_room(ac_hours, int(mine.sum()))
            run_kernel(kernel, *hours, parameters[mine], *chosen, kept, part)
            out[:, mine] = part
            _put(ac_hours, mine, kept)


def _fill_hours(
    hours: np.ndarray,
    parameters: np.ndarray,
    chosen: tuple[int, np.ndarray],
    around: tuple[Shade, SunTimes] | None,
    out: np.ndarray,
) -> None:
    """Hours of arrays in the open, and of those in the shade as spans of one hour."""
    run_kernel(plane_kernels.simulate_hours, hours, parameters, *chosen, out)
    if around is not None:
        each = np.arange(hours.shape[1] + 1, dtype=np.int64)
        _fill_shaded((hours, each), parameters, chosen, around, out, np.empty((0, hours.shape[1])))


def _fill_shaded(
    hours: tuple[np.ndarray, np.ndarray],
    parameters: np.ndarray,
    chosen: tuple[int, np.ndarray],
    around: tuple[Shade, SunTimes],
    out: np.ndarray,
    ac_hours: np.ndarray,
) -> None:
    """Sums of the arrays in the shade, in place."""
    shade, times = around
    mine = np.flatnonzero(shade.hides)
    part = np.empty((3, mine.size, out.shape[2]))
    # Whole blocks go without a copy.
    kept = ac_hours if mine.size == len(parameters) else kept_room(ac_hours, mine.size)
    fill_shaded(hours, parameters[mine], chosen, (shade.of(mine), times), part, kept)
    out[:, mine] = part
    if kept is not ac_hours:
        _put(ac_hours, mine, kept)


def _put(ac_hours: np.ndarray, mine: np.ndarray, kept: np.ndarray) -> None:
    """Hours of some of the arrays to their places."""
    if len(ac_hours):
        ac_hours[mine] = kept


def _nothing_yet(shares: Shares, planes: int, width: int) -> np.ndarray:
    """Sums to add each site's share to; a plane of no site stays missing."""
    sums = np.zeros((3, planes, width))
    sums[:, np.bincount(shares.row, minlength=planes) == 0] = np.nan
    return sums


def _add(
    sums: np.ndarray, members: np.ndarray, weights: np.ndarray | None, part: np.ndarray
) -> None:
    """Add one site's share of its planes, in place; without weights it has them to itself."""
    if weights is None:
        sums[:, members] = part
    else:
        sums[:, members] += part * weights[:, None]


def spans_of(sky: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Years in order, and the number of the month, counted through the years, of each row."""
    years, year_of_row = np.unique(sky["year"].to_numpy(), return_inverse=True)
    return years, year_of_row * 12 + sky["month"].to_numpy() - 1


def is_lit(site: xr.Dataset) -> np.ndarray:
    """Rows in which any light can arrive; all others add exactly nothing."""
    light = sum((site[name].to_numpy() > 0).astype(int) for name in ("ghi", "dni", "dhi"))
    return (site["apparent_zenith"].to_numpy() < 90.0) | (light > 0)


def kernel_hours(site: xr.Dataset, rows: np.ndarray, assumptions: Assumptions) -> np.ndarray:
    """Fill the kernels' ``hours`` array from the chosen rows of one site."""
    k = plane_kernels
    data = {str(name): site[name].to_numpy()[rows] for name in site.data_vars}
    zenith, azimuth = np.radians(data["apparent_zenith"]), np.radians(data["solar_azimuth"])
    hours = np.empty((13, rows.size))
    hours[k.SUN_EAST] = np.sin(zenith) * np.sin(azimuth)
    hours[k.SUN_NORTH] = np.sin(zenith) * np.cos(azimuth)
    hours[k.SUN_UP] = np.cos(zenith)
    hours[k.DNI], hours[k.GHI] = data["dni"], data["ghi"]
    sky_kernels.sky_components(
        _TRANSPOSITION[assumptions.models.transposition],
        np.stack([data["dni"], data["dhi"], data["dni_extra"]]),
        data["apparent_zenith"],
        data["airmass_relative"],
        hours[k.ISOTROPIC : k.HORIZON + 1],
    )
    hours[k.TEMP_AIR] = data["temp_air"]
    hours[k.HEATING] = _heating(data["wind_speed"], assumptions)
    hours[k.SPECTRUM] = 1.0
    if assumptions.models.spectrum == "desoto":
        hours[k.SPECTRUM] = desoto_spectrum(data["apparent_zenith"], float(site["altitude"]))
    veil = light_factor(site, assumptions)
    if veil is not None:
        hours[k.SPECTRUM] *= veil[rows]
    _fill_ground(hours)
    return hours


def _fill_ground(hours: np.ndarray) -> None:
    """Light that falls on level ground between rows: from the even sky, and by the sun's side."""
    k = plane_kernels
    up = hours[k.SUN_UP]
    even = np.where(up > 0.0, np.minimum(hours[k.GHI], hours[k.ISOTROPIC]), hours[k.GHI])
    hours[k.GROUND_DIFFUSE] = even
    hours[k.GROUND_BEAM] = (hours[k.GHI] - even) / np.where(up > 0.0, up, 1.0)


def _heating(wind_speed: np.ndarray, assumptions: Assumptions) -> np.ndarray:
    """Cell heating per irradiance. [K m2/W]."""
    model, _, mount = assumptions.models.temperature.partition("/")
    if model == "sapm":
        a, b, delta = SAPM_MOUNTS[mount]
        return np.asarray(heating_kernels.sapm_cell(wind_speed, a, b, delta))
    if model == "faiman":
        return np.asarray(heating_kernels.faiman(wind_speed, *FAIMAN))
    if model == "noct":
        module = assumptions.module
        efficiency = module.power_w / 1000.0 / (module.length_m * module.width_m)
        return np.asarray(heating_kernels.noct_sam(wind_speed, NOCT_MOUNTS[mount], efficiency))
    u_c, u_v = PVSYST_MOUNTS[mount]
    efficiency = assumptions.module.efficiency
    return np.asarray(
        heating_kernels.pvsyst_cell(wind_speed, u_c, u_v, efficiency, PVSYST_ABSORPTION)
    )


def _chain(assumptions: Assumptions) -> np.ndarray:
    """Entries of the kernels' ``chain`` array."""
    k = plane_kernels
    chain = np.empty(5)
    # PVWatts v8 heats its NOCT cell by the light that has passed the glass.
    chain[k.HEATED_BEHIND_GLASS] = float(assumptions.models.temperature.startswith("noct/"))
    chain[k.LOW_LIGHT] = assumptions.module.low_light_k
    chain[k.AC_CONSTANT :] = inverter_curve(
        assumptions.models.inverter, assumptions.inverter.efficiency
    )
    return chain


def _plane_parameters(
    planes: pd.DataFrame, altitude: float, assumptions: Assumptions
) -> np.ndarray:
    k = plane_kernels
    parameters = np.empty((len(planes), 20))
    parameters[:, k.TILT] = planes["surface_tilt"]
    parameters[:, k.AZIMUTH] = planes["surface_azimuth"]
    parameters[:, k.ALBEDO] = assumptions.site.albedo
    parameters[:, k.GAMMA_PDC] = assumptions.module.gamma_pdc
    parameters[:, k.DC_FACTOR] = dc_factor(assumptions.losses)
    parameters[:, k.DC_AC_RATIO] = _dc_ac_ratio(planes, assumptions.inverter)
    parameters[:, k.INVERTER_EFFICIENCY] = assumptions.inverter.efficiency
    parameters[:, [k.IAM_SKY, k.IAM_GROUND]] = 1.0
    if assumptions.models.iam_diffuse == "coated":
        sky, ground = coated_diffuse(planes["surface_tilt"].to_numpy())
        parameters[:, k.IAM_SKY], parameters[:, k.IAM_GROUND] = sky, ground
    above = _above_site(planes, altitude)
    parameters[:, k.TEMP_OFFSET] = assumptions.site.lapse_rate / 1000.0 * above
    parameters[:, k.ROWS :] = row_parameters(planes, assumptions.shading.rows)
    return parameters


def _dc_ac_ratio(planes: pd.DataFrame, inverter: Inverter) -> np.ndarray:
    """Capacity of each array over its inverter's: its own, where it is stated. [1]."""
    own = planes.get("dc_ac_ratio", pd.Series(np.nan, planes.index)).to_numpy(dtype=float)
    return np.where(np.isnan(own), inverter.dc_ac_ratio, own)


def _above_site(planes: pd.DataFrame, altitude: float) -> np.ndarray:
    """Height of each plane over its weather site; 0 where it is not known. [m]."""
    if "altitude_m" not in planes:
        return np.zeros(len(planes))
    return np.nan_to_num(planes["altitude_m"].to_numpy(dtype=float) - altitude, nan=0.0)


def _labelled(sums: np.ndarray, planes: pd.DataFrame, sky: xr.Dataset) -> xr.Dataset:
    kwp, years = planes["kwp"].to_numpy(dtype=float)[:, None], np.unique(sky["year"].to_numpy())
    poa, dc, ac = sums * (float(sky.attrs["interval_minutes"]) / 60.0)
    values = {"poa_kwh_per_m2": poa / 1000.0, "dc_kwh": dc * kwp, "ac_kwh": ac * kwp}
    dims: tuple[str, ...] = ("plane_id", "month")
    shape: tuple[int, ...] = (len(planes), 12)
    coords = {"plane_id": planes["plane_id"].to_numpy(dtype=object), "month": np.arange(1, 13)}
    if years.size > 1:
        dims, shape = ("plane_id", "year", "month"), (len(planes), years.size, 12)
        coords["year"] = years
    data = {
        name: (dims, value.reshape(shape), {"units": ENERGY_UNITS[name]})
        for name, value in values.items()
    }
    return xr.Dataset(data, coords)


def _labelled_hours(values: np.ndarray, planes: pd.DataFrame, sky: xr.Dataset) -> xr.Dataset:
    data = {
        name: (("plane_id", "time"), value, {"units": unit})
        for (name, unit), value in zip(_HOURLY_UNITS.items(), values, strict=True)
    }
    coords = {"plane_id": planes["plane_id"].to_numpy(dtype=object), "time": sky.indexes["time"]}
    return xr.Dataset(data, coords, {"time_label": sky.attrs["time_label"]})
