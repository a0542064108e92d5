"""
Simulate the same planes on the same weather with one peer, and time it.

Run as a process of its own, so that its peak memory is its own: ``python peers.py NAME WEATHER``
prints one JSON document.
"""

from __future__ import annotations

import argparse
import importlib
import json
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pvlib
import xarray as xr

from roofpv.assumptions import Assumptions, from_values
from roofpv.energy.simulate import dc_factor, simulate
from roofpv.sky import sun_and_sky, sun_times
from roofpv.weather import read_weather

SHOWN = ((0.0, 180.0), (15.0, 180.0), (35.0, 90.0), (60.0, 225.0))
MODELS = {
    "models.transposition": "haydavies",
    "models.iam": "physical",
    "models.temperature": "sapm/close_mount_glass_glass",
}
_SAPM = pvlib.temperature.TEMPERATURE_MODEL_PARAMETERS["sapm"]["close_mount_glass_glass"]
_KIB = 1 if sys.platform == "darwin" else 1024


class Case:
    """What every peer is given: weather, its sun and sky, and the same assumptions."""

    def __init__(self, path: Path, quick: bool) -> None:
        self.weather: xr.Dataset = read_weather(path)
        self.sky: xr.Dataset = sun_and_sky(self.weather)
        self.assumptions: Assumptions = from_values(MODELS, "benchmark")
        self.quick = quick

    def frame(self) -> pd.DataFrame:
        """Complete weather at the moments of the sun."""
        names = ("ghi", "dni", "dhi", "temp_air", "wind_speed")
        columns = {name: self.sky[name].isel(site=0).to_numpy() for name in names}
        return pd.DataFrame(columns, index=sun_times(self.weather))

    @property
    def years(self) -> float:
        """Length of the weather in years of 8760 hours."""
        hours = self.sky.sizes["time"] * float(self.sky.attrs["interval_minutes"]) / 60.0
        return hours / 8760.0

    @property
    def step_hours(self) -> float:
        """Length of a row."""
        return float(self.sky.attrs["interval_minutes"]) / 60.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=sorted(PEERS))
    parser.add_argument("weather", type=Path)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    case = Case(options.weather, options.quick)
    found = PEERS[options.name](case)
    found["peak_rss_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIB / 2**20
    print(json.dumps(found))


def _timed(run: Callable[[float, float], float], case: Case) -> dict[str, object]:
    """
    Median seconds a plane-year of a function from tilt and azimuth to annual AC, and its AC.

    One run goes before the clock starts.
    """
    yields = [run(tilt, azimuth) / case.years for tilt, azimuth in SHOWN]
    seconds = []
    for number in range(4 if case.quick else 24):
        tilt, azimuth = SHOWN[number % len(SHOWN)]
        start = time.perf_counter()
        run(tilt, azimuth)
        seconds.append(time.perf_counter() - start)
    return {
        "seconds_per_plane_year": statistics.median(seconds) / case.years,
        "runs": len(seconds),
        "ac_kwh_per_kwp": yields,
    }


def modelchain(case: Case) -> dict[str, object]:
    """pvlib's ModelChain, a new one for every plane, as its users write it."""
    site = case.weather.isel(site=0)
    place = pvlib.location.Location(
        float(site["latitude"]), float(site["longitude"]), altitude=float(site["altitude"])
    )
    frame = case.frame()

    def run(tilt: float, azimuth: float) -> float:
        chain = pvlib.modelchain.ModelChain(
            _system(tilt, azimuth, case.assumptions),
            place,
            transposition_model="haydavies",
            aoi_model="physical",
            spectral_model="no_loss",
            temperature_model="sapm",
            dc_model="pvwatts",
            ac_model="pvwatts",
            losses_model="pvwatts",
        )
        chain.run_model(frame)
        return float(chain.results.ac.sum()) * case.step_hours

    return _timed(run, case)


def _system(tilt: float, azimuth: float, assumptions: Assumptions) -> pvlib.pvsystem.PVSystem:
    array = pvlib.pvsystem.Array(
        pvlib.pvsystem.FixedMount(tilt, azimuth),
        albedo=assumptions.site.albedo,
        module_parameters={"pdc0": 1.0, "gamma_pdc": assumptions.module.gamma_pdc},
        temperature_model_parameters=_SAPM,
    )
    return pvlib.pvsystem.PVSystem(
        [array],
        inverter_parameters={
            "pdc0": _inverter_dc(assumptions),
            "eta_inv_nom": assumptions.inverter.efficiency,
        },
        losses_parameters=_pvwatts_losses(assumptions),
    )


def _inverter_dc(assumptions: Assumptions) -> float:
    inverter = assumptions.inverter
    return 1.0 / inverter.dc_ac_ratio / inverter.efficiency


def _pvwatts_losses(assumptions: Assumptions) -> dict[str, float]:
    """Roofpv's losses under ModelChain's names, in percent; what it adds itself at 0."""
    losses = assumptions.losses
    unused = ("shading", "mismatch", "wiring", "connections", "age")
    return {
        "soiling": 100.0 * losses.soiling,
        "snow": 100.0 * losses.snow,
        "lid": 100.0 * losses.first_year,
        "nameplate_rating": 100.0 * losses.system,
        "availability": 100.0 * losses.availability,
        **dict.fromkeys(unused, 0.0),
    }


def functions_on_series(case: Case) -> dict[str, object]:
    """pvlib's functions on pandas Series, as its documentation has them."""
    times = sun_times(case.weather)
    one = case.sky.isel(site=0)
    return _functions(
        case, {str(name): pd.Series(one[name].to_numpy(), times) for name in one.data_vars}
    )


def functions_on_arrays(case: Case) -> dict[str, object]:
    """pvlib's functions on bare numpy arrays, without pandas' cost."""
    one = case.sky.isel(site=0)
    return _functions(case, {str(name): one[name].to_numpy() for name in one.data_vars})


def _functions(case: Case, sky: dict) -> dict[str, object]:
    """Sun position, extraterrestrial light and air mass computed once, the rest per plane."""
    sun = sky["apparent_zenith"], sky["solar_azimuth"]
    assumptions = case.assumptions
    left, inverter_dc = dc_factor(assumptions.losses), _inverter_dc(assumptions)

    def run(tilt: float, azimuth: float) -> float:
        plane = pvlib.irradiance.get_total_irradiance(
            tilt, azimuth, *sun, sky["dni"], sky["ghi"], sky["dhi"],
            dni_extra=sky["dni_extra"],
            airmass=sky["airmass_relative"],
            albedo=assumptions.site.albedo,
            model="haydavies",
        )  # fmt: skip
        aoi = pvlib.irradiance.aoi(tilt, azimuth, *sun)
        light = plane["poa_direct"] * pvlib.iam.physical(aoi) + plane["poa_diffuse"]
        cell = pvlib.temperature.sapm_cell(
            plane["poa_global"], sky["temp_air"], sky["wind_speed"], **_SAPM
        )
        dc = left * pvlib.pvsystem.pvwatts_dc(light, cell, 1.0, assumptions.module.gamma_pdc)
        ac = pvlib.inverter.pvwatts(dc, inverter_dc, assumptions.inverter.efficiency)
        return float(np.nansum(ac)) * case.step_hours

    return _timed(run, case)


def pysam(case: Case) -> dict[str, object]:
    """PySAM's PVWatts v8: its own models, roofpv's losses, roof mount."""
    import pvwatts_v8  # noqa: PLC0415

    model = pvwatts_v8.prepare(pvwatts_v8.resource(case.weather))
    left = dc_factor(case.assumptions.losses)

    def run(tilt: float, azimuth: float) -> float:
        array = pvwatts_v8.Array(tilt, azimuth, kwp=1.0, loss=1.0 - left)
        return pvwatts_v8.annual_ac_kwh(model, array) * case.step_hours

    return _timed(run, case)


def gsee(case: Case) -> dict[str, object]:
    """gsee's PV model: its own models, roofpv's losses."""
    module = importlib.import_module("gsee.pv")
    weather = case.frame()
    fraction = (weather["dhi"] / weather["ghi"]).where(weather["ghi"] > 0, 0.0).clip(0.0, 1.0)
    data = pd.DataFrame(
        {
            "global_horizontal": weather["ghi"],
            "diffuse_fraction": fraction,
            "temperature": weather["temp_air"],
        }
    ).set_axis(weather.index.tz_localize(None))
    site = case.weather.isel(site=0)
    coords = float(site["latitude"]), float(site["longitude"])
    loss = 1.0 - dc_factor(case.assumptions.losses)

    def run(tilt: float, azimuth: float) -> float:
        power = module.run_model(
            data, coords=coords, tilt=tilt, azim=azimuth, tracking=0, capacity=1000.0,
            system_loss=loss,
        )  # fmt: skip
        return float(np.nansum(np.asarray(power))) / 1000.0 * case.step_hours

    return _timed(run, case)


def kernel(case: Case) -> dict[str, object]:
    """roofpv's compiled loop alone, and the whole of ``energy.simulate``."""
    room = importlib.import_module("roofpv.energy.simulate")
    count = 2_000 if case.quick else 20_000
    planes = _planes(count, str(case.sky["site"].item()))
    arguments = []
    compiled = room.plane_kernels.simulate_sums

    def recorded(*given: object) -> None:
        arguments.append(given)
        compiled(*given)

    room.plane_kernels.simulate_sums = recorded
    whole = simulate(planes, case.sky, case.assumptions)
    room.plane_kernels.simulate_sums = compiled
    repeats = 5 if case.quick else 15
    alone, all_of_it = _medians(
        repeats,
        lambda: compiled(*arguments[0]),
        lambda: simulate(planes, case.sky, case.assumptions),
    )
    years = count * case.years
    ac = whole["ac_kwh"].isel(plane_id=slice(0, len(SHOWN))).sum("month")
    return {
        "seconds_per_plane_year": alone / years,
        "whole_seconds_per_plane_year": all_of_it / years,
        "threads": importlib.import_module("numba").get_num_threads(),
        "planes": count,
        "runs": repeats,
        "sunlit_rows": int(arguments[0][0].shape[1]),
        "ac_kwh_per_kwp": (ac / case.years).to_numpy().tolist(),
    }


def _planes(count: int, site: str) -> pd.DataFrame:
    """The planes that are shown, then any others."""
    rng = np.random.default_rng(20)
    shown = np.array(SHOWN).T
    tilts, azimuths = rng.uniform(0.0, 60.0, count), rng.uniform(0.0, 360.0, count)
    tilts[: len(SHOWN)], azimuths[: len(SHOWN)] = shown
    return pd.DataFrame(
        {
            "plane_id": [f"p{i}" for i in range(count)],
            "surface_tilt": tilts,
            "surface_azimuth": azimuths,
            "kwp": 1.0,
            "weather_site": site,
        }
    )


def _medians(repeats: int, *runs: Callable[[], object]) -> list[float]:
    """Median seconds of each, in turns, so that a busy moment of the machine meets them alike."""
    seconds: list[list[float]] = [[] for _ in runs]
    for _ in range(repeats):
        for run, measured in zip(runs, seconds, strict=True):
            start = time.perf_counter()
            run()
            measured.append(time.perf_counter() - start)
    return [statistics.median(measured) for measured in seconds]


PEERS = {
    "roofpv": kernel,
    "modelchain": modelchain,
    "functions": functions_on_series,
    "arrays": functions_on_arrays,
    "pysam": pysam,
    "gsee": gsee,
}


if __name__ == "__main__":
    main()
