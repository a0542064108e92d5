"""The kernels against pvlib alone: planes, weather, and the worst difference between the two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike

from roofpv import energy
from roofpv.assumptions import Assumptions, from_values
from roofpv.energy.hourly import Plane, simulate_hours
from roofpv.errors import RoofpvError
from roofpv.weather import read_weather

ROOT = Path(__file__).resolve().parents[1]
BUNDLED = [ROOT / "data" / "weather" / f"{site}.csv" for site in ("dawukou", "huinong", "pingluo")]
REFERENCE = ROOT.parent / "shared" / "data"
REAL_FILES = (
    "NLD_Amsterdam062400_IWEC.epw",
    "723170TYA.CSV",
    "703165TY.csv",
    "tmy_45.000_8.000_2005_2023.csv",
    "CHN_Shanghai-Hongqiao_TMYx.epw",
)
WITH_GAPS = "Zuerich-SMA_2016.epw"
BARS = {"monthly_poa": 1e-9, "monthly_ac": 1e-9, "hourly_poa_wm2": 1e-6}


def weather_files() -> Iterator[tuple[str, xr.Dataset]]:
    """Name and weather of the bundled files and of those real ones that are there."""
    yield from _readable([*BUNDLED, *(REFERENCE / "weather" / name for name in REAL_FILES)])


def oracle_files() -> Iterator[tuple[str, xr.Dataset]]:
    """Those, a site south of the equator, and a year with missing hours where it is there."""
    for name, weather in weather_files():
        yield name, weather
        if name in {"723170TYA.CSV", BUNDLED[0].name}:
            yield f"{name}, southern twin", southern_twin(weather)
    yield from _readable([REFERENCE / "weather" / WITH_GAPS])


def _readable(paths: Sequence[Path]) -> Iterator[tuple[str, xr.Dataset]]:
    for path in paths:
        if not path.exists():
            print(f"not found: {path.name}")
            continue
        try:
            yield path.name, read_weather(path)
        except RoofpvError as error:
            print(f"cannot be read: {error}")


def southern_twin(weather: xr.Dataset) -> xr.Dataset:
    """The same numbers at the mirrored latitude, half a year later. The hours of the day stay."""
    per_day = 24 * 60 // int(weather.attrs["interval_minutes"])
    moved = weather.roll(time=182 * per_day, roll_coords=False)
    return moved.assign_coords(latitude=-weather["latitude"])


def plane_table(
    directions: Sequence[tuple[float, float]], site: str, kwp: float = 1.0
) -> pd.DataFrame:
    """Planes of the given tilts and azimuths at one weather site."""
    tilts, azimuths = np.array(directions, dtype=float).T
    return pd.DataFrame(
        {
            "plane_id": [f"p{i}" for i in range(len(tilts))],
            "surface_tilt": tilts,
            "surface_azimuth": azimuths,
            "kwp": kwp,
            "weather_site": site,
        }
    )


def random_planes(count: int, site: str, seed: int = 20) -> pd.DataFrame:
    """Planes of every tilt and azimuth; the first sixteen are flat or upright, eight ways round."""
    rng = np.random.default_rng(seed)
    corners = [(tilt, azimuth) for tilt in (0.0, 90.0) for azimuth in np.arange(0.0, 360.0, 45.0)]
    drawn = zip(rng.uniform(0.0, 90.0, count), rng.uniform(0.0, 360.0, count), strict=True)
    planes = plane_table([*corners, *drawn][:count], site)
    planes = planes.assign(kwp=rng.uniform(0.1, 500.0, count))
    # Every third has no altitude: the air of the weather site.
    above = rng.uniform(-200.0, 3000.0, count)
    return planes.assign(altitude_m=np.where(np.arange(count) % 3 == 0, np.nan, above))


def assumptions_of(transposition: str, iam: str, temperature: str) -> Assumptions:
    """Default assumptions with other models."""
    models = {"transposition": transposition, "iam": iam, "temperature": temperature}
    return from_values({f"models.{key}": name for key, name in models.items()}, "benchmark")


def oracle_hours(plane: pd.Series, sky: xr.Dataset, assumptions: Assumptions) -> pd.DataFrame:
    """Hours of one row of a plane table, through pvlib alone."""
    altitude = float(plane.get("altitude_m", np.nan))
    shape = Plane(plane["surface_tilt"], plane["surface_azimuth"], plane["kwp"], altitude)
    return simulate_hours(shape, sky.sel(site=plane["weather_site"]), assumptions)


def monthly_sums(hours: pd.DataFrame, sky: xr.Dataset) -> dict[str, np.ndarray]:
    """Twelve sums of ``poa_kwh_per_m2`` and ``ac_kwh`` of one year; NaN where an hour is NaN."""
    step = float(sky.attrs["interval_minutes"]) / 60.0
    month = sky["month"].to_numpy() - 1
    sums = {"poa_kwh_per_m2": hours["poa_global"] / 1000.0, "ac_kwh": hours["ac_kw"]}
    return {name: np.bincount(month, values * step, 12) for name, values in sums.items()}


def worst_differences(
    planes: pd.DataFrame, sky: xr.Dataset, assumptions: Assumptions
) -> dict[str, float]:
    """
    Worst difference of the kernels from pvlib over the planes.

    Returns
    -------
    dict
        ``monthly_poa`` and ``monthly_ac`` relative to pvlib's month, ``hourly_poa_wm2`` [W/m2];
        infinite where the one misses a value that the other has.
    """
    months = energy.simulate(planes, sky, assumptions)
    poa, ac = months["poa_kwh_per_m2"].to_numpy(), months["ac_kwh"].to_numpy()
    worst = dict.fromkeys(BARS, 0.0)
    for members, hours in energy.simulate_hourly(planes, sky, assumptions):
        hourly = hours["poa_global"].to_numpy()
        for number in range(members.start, members.stop):
            expected = oracle_hours(planes.iloc[number], sky, assumptions)
            sums = monthly_sums(expected, sky)
            found = {
                "monthly_poa": relative(poa[number], sums["poa_kwh_per_m2"]),
                "monthly_ac": relative(ac[number], sums["ac_kwh"]),
                "hourly_poa_wm2": difference(
                    hourly[number - members.start], expected["poa_global"]
                ),
            }
            worst = {key: max(worst[key], value) for key, value in found.items()}
    return worst


def difference(got: ArrayLike, expected: ArrayLike) -> float:
    """Largest absolute difference; infinite unless both miss the same values."""
    got, expected = np.asarray(got, dtype=float), np.asarray(expected, dtype=float)
    if not np.array_equal(np.isnan(got), np.isnan(expected)):
        return float("inf")
    return float(np.nanmax(np.abs(got - expected), initial=0.0))


def relative(got: ArrayLike, expected: ArrayLike) -> float:
    """Largest difference relative to ``expected``; a zero must be met exactly."""
    got, expected = np.asarray(got, dtype=float), np.asarray(expected, dtype=float)
    scale = np.where(expected == 0.0, np.finfo(float).tiny, np.abs(expected))
    return difference(got / scale, expected / scale)
