"""The one table of comparisons: every kernel and its twin in pvlib, or a closed form or law."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pvlib
import xarray as xr

from roofpv.assumptions import (
    IAMS,
    PVWATTS_V8,
    TEMPERATURES,
    TRANSPOSITIONS,
    Assumptions,
    Layout,
    from_values,
)
from roofpv.energy import simulate, simulate_hourly
from roofpv.energy.covers import coated_beam, inverter_curve
from roofpv.energy.hourly import Plane, simulate_hours
from roofpv.energy.simulate import (
    FAIMAN,
    PVSYST_ABSORPTION,
    PVSYST_MOUNTS,
    SAPM_MOUNTS,
    heating_kernels,
    plane_kernels,
    sky_kernels,
)
from roofpv.finance import money, terms_of
from roofpv.roofs import ground_cover_ratio, shadow_ratio
from roofpv.sky import sun_and_sky
from roofpv.verify import rows, shade
from roofpv.verify.distance import relative
from roofpv.weather import bundled_weather

EXACT = 1e-12
CHAIN = 1e-9
# Against pvlib's own rows.
ROWS = 1e-6


@dataclass(frozen=True)
class Comparison:
    """Something computed here, what it is held against, and how far apart they may be."""

    name: str
    against: str
    bar: float
    unit: str
    measure: Callable[[], float]


@dataclass(frozen=True)
class Outcome:
    """A comparison carried out."""

    name: str
    against: str
    figure: float
    bar: float
    unit: str

    @property
    def passed(self) -> bool:
        """Whether the figure is within the bar; NaN is not."""
        return bool(self.figure <= self.bar)


def carry_out(comparisons: tuple[Comparison, ...]) -> Iterator[Outcome]:
    """Measure one comparison after the other."""
    for one in comparisons:
        yield Outcome(one.name, one.against, one.measure(), one.bar, one.unit)


def _each(function: Callable[..., Any], *columns: np.ndarray) -> np.ndarray:
    return np.array([function(*row) for row in zip(*columns, strict=True)])


# Incidence angles with both ends, grazing ones and the back of the plane.
_AOI = np.concatenate([np.linspace(0.0, 89.9, 300), [89.99, 90.0]])
_WIND = np.linspace(0.0, 20.0, 41)


def _physical() -> float:
    cosine = np.maximum(np.cos(np.radians(_AOI)), 0.0)
    return relative(_each(plane_kernels.physical, cosine), pvlib.iam.physical(_AOI))


def _martin_ruiz() -> float:
    inside = _AOI[_AOI < 90.0]
    got = _each(plane_kernels.martin_ruiz, np.cos(np.radians(inside)))
    return relative(got, pvlib.iam.martin_ruiz(inside))


def _sapm() -> float:
    pairs = (
        (SAPM_MOUNTS[k], pvlib.temperature.TEMPERATURE_MODEL_PARAMETERS["sapm"][k])
        for k in SAPM_MOUNTS
    )
    return max(
        relative(
            25.0 + 800.0 * heating_kernels.sapm_cell(_WIND, *ours),
            pvlib.temperature.sapm_cell(800.0, 25.0, _WIND, **twin),
        )
        for ours, twin in pairs
    )  # fmt: skip


def _coated() -> float:
    cosine = np.maximum(np.cos(np.radians(_AOI)), 0.0)
    return relative(_each(plane_kernels.coated, cosine), coated_beam(cosine))


def _noct() -> float:
    got = 25.0 + 800.0 * heating_kernels.noct_sam(_WIND[1:], 49.0, 0.2)
    return relative(got, pvlib.temperature.noct_sam(800.0, 25.0, _WIND[1:], 49.0, 0.2))


def _faiman() -> float:
    got = 25.0 + 800.0 * heating_kernels.faiman(_WIND, *FAIMAN)
    return relative(got, pvlib.temperature.faiman(800.0, 25.0, _WIND))


def _pvsyst() -> float:
    twins = pvlib.temperature.TEMPERATURE_MODEL_PARAMETERS["pvsyst"]
    return max(
        relative(
            25.0 + 800.0 * heating_kernels.pvsyst_cell(_WIND, *ours, 0.1, PVSYST_ABSORPTION),
            pvlib.temperature.pvsyst_cell(800.0, 25.0, _WIND, **twins[mount]),
        )
        for mount, ours in PVSYST_MOUNTS.items()
    )


def _dc() -> float:
    irradiance = np.linspace(0.0, 1300.0, 27)
    worst = 0.0
    for low_light in (0.0, 0.004, -0.004):
        got = [plane_kernels.pvwatts_dc(x, x / 20, -0.0035, low_light) for x in irradiance]
        twin = pvlib.pvsystem.pvwatts_dc(irradiance, irradiance / 20, 1.0, -0.0035, k=low_light)
        worst = max(worst, relative(got, twin))
    return worst


def _ac() -> float:
    dc = np.concatenate([[0.0, 1e-6, 0.004, 0.005], np.linspace(0.01, 1.3, 60)])
    pac0 = 1.0 / 1.2
    chain = np.array([0.0, 0.0, *inverter_curve("pvwatts", 0.96)])
    got = [plane_kernels.inverter_ac(x, pac0, pac0 / 0.96, chain) for x in dc]
    return relative(got, pvlib.inverter.pvwatts(dc, pac0 / 0.96))


def _sky_grid() -> tuple[np.ndarray, ...]:
    """Clear, overcast and dark skies with the sun high, at 85 to 95 degrees, and dhi = 0."""
    zenith = [0.0, 30.0, 60.0, 80.0, 84.9, 85.1, 87.0, 89.0, 89.9, 90.5, 93.0, 95.0]
    grid = itertools.product(zenith, [0.0, 20.0, 400.0, 950.0], [0.0, 1.0, 80.0, 400.0])
    columns = np.array(list(grid)).T
    return columns[0], columns[1], columns[2]


def _sky(model: str, number: int) -> float:
    zenith, dni, dhi = _sky_grid()
    extra, airmass = np.full(zenith.size, 1380.0), pvlib.atmosphere.get_relative_airmass(zenith)
    parts = np.empty((3, zenith.size))
    sky_kernels.sky_components(number, np.stack([dni, dhi, extra]), zenith, airmass, parts)
    worst = 0.0
    for tilt, azimuth in itertools.product((0.0, 1.0, 35.0, 90.0), (0.0, 100.0, 180.0)):
        twin = pvlib.irradiance.get_sky_diffuse(
            tilt, azimuth, zenith, 190.0, dni, dni * 0, dhi, dni_extra=extra, airmass=airmass,
            model=model,
        )  # fmt: skip
        twin = np.where((dhi == 0) & np.isnan(twin), 0.0, twin)  # pvlib's Perez: 0 / 0
        facing = pvlib.irradiance.aoi_projection(tilt, azimuth, zenith, 190.0)
        beta = np.radians(tilt)
        got = parts[0] * (1 + np.cos(beta)) / 2 + parts[1] * np.maximum(facing, 0)
        got = np.maximum(got + parts[2] * np.sin(beta), 0.0)
        worst = max(worst, relative(got, twin))
    return worst


def _year() -> xr.Dataset:
    return sun_and_sky(bundled_weather("dawukou"))


def _some_planes() -> pd.DataFrame:
    tilt = np.array([0.0, 5.0, 15.0, 35.0, 60.0, 90.0, 25.0, 90.0])
    azimuth = np.array([180.0, 0.0, 180.0, 200.0, 90.0, 180.0, 270.0, 0.0])
    names = [f"p{i}" for i in range(tilt.size)]
    return pd.DataFrame(
        {
            "plane_id": names,
            "surface_tilt": tilt,
            "surface_azimuth": azimuth,
            "kwp": np.linspace(1.0, 50.0, tilt.size),
            "weather_site": "dawukou",
            "altitude_m": [np.nan, 1119.0, 1500.0, 0.0, 3000.0, 1000.0, -100.0, 2000.0],
            "dc_ac_ratio": [np.nan, 2.0, 0.8, np.nan, 1.5, 3.0, 1.0, 2.5],
        }
    )


def _array(row: pd.Series) -> Plane:
    facing, ratio = (row["surface_tilt"], row["surface_azimuth"]), float(row["dc_ac_ratio"])
    return Plane(*facing, row["kwp"], row["altitude_m"], dc_ac_ratio=ratio)


def _chosen_models() -> Iterator[Assumptions]:
    for transposition, iam, temperature in itertools.product(TRANSPOSITIONS, IAMS, TEMPERATURES):
        keys = ("models.transposition", "models.iam", "models.temperature")
        yield from_values(dict(zip(keys, (transposition, iam, temperature), strict=True)), "verify")
    yield from_values(PVWATTS_V8, "verify")


def _monthly_chain() -> float:
    """Monthly energy of the kernels against the hours of pvlib, every combination of models."""
    sky, planes = _year(), _some_planes()
    months = sky["month"].to_numpy()
    worst = 0.0
    for number, assumed in enumerate(_chosen_models()):
        got = simulate(planes, sky, assumed)
        row = planes.iloc[number % len(planes)]
        hours = simulate_hours(_array(row), sky.isel(site=0), assumed)
        by_month = hours.groupby(months)[["poa_global", "dc_kw", "ac_kw"]].sum()
        mine = got.sel(plane_id=row["plane_id"])
        for name, twin, scale in (
            ("poa_kwh_per_m2", "poa_global", 1e-3),
            ("dc_kwh", "dc_kw", 1.0),
            ("ac_kwh", "ac_kw", 1.0),
        ):
            worst = max(worst, relative(mine[name].to_numpy(), by_month[twin] * scale))
    return worst


def _hourly_chain() -> float:
    """Hourly plane irradiance of the kernels against pvlib. [W/m2]."""
    sky, planes, assumed = _year(), _some_planes(), Assumptions()
    _, hours = next(simulate_hourly(planes, sky, assumed))
    worst = 0.0
    for number, row in planes.iterrows():
        twin = simulate_hours(_array(row), sky.isel(site=0), assumed)["poa_global"].to_numpy()
        mine = hours["poa_global"].to_numpy()[int(number)]
        worst = max(worst, float(np.max(np.abs(mine - twin))))
    return worst


def _flat_plane() -> float:
    """A horizontal plane under an isotropic sky gets the horizontal irradiation."""
    sky = _year()
    assumed = from_values({"models.transposition": "isotropic"}, "verify")
    got = simulate(_some_planes().head(1), sky, assumed)["poa_kwh_per_m2"].to_numpy().sum()
    up = np.maximum(np.cos(np.radians(sky["apparent_zenith"].to_numpy())), 0.0)
    beam = sky["dni"].to_numpy() * up
    return relative(got, (beam + sky["dhi"].to_numpy()).sum() / 1000.0)


def _solstice() -> float:
    """GB 50797's shadow ratio against the sun at 45 degrees hour angle, -23.45 declination."""
    latitude = np.array([0.0, 20.0, 38.9, 39.0, 39.24, 46.0])
    phi, delta, hour = np.radians(latitude), np.radians(-23.45), np.radians(-45.0)
    up = np.sin(phi) * np.sin(delta) + np.cos(phi) * np.cos(delta) * np.cos(hour)
    north = np.cos(phi) * np.sin(delta) - np.sin(phi) * np.cos(delta) * np.cos(hour)
    # The standard prints three digits; toward 58 degrees the rounding weighs more and more.
    return float(np.max(np.abs(shadow_ratio(latitude) / (-north / up) - 1.0)))


def _printed_cover() -> float:
    """Ground cover by tilt at 39.0 N as printed for this spacing, to its third decimal."""
    tilt = np.array([0.0, 5, 10, 15, 20, 30, 35])
    printed = np.array([1.000, 0.805, 0.677, 0.589, 0.524, 0.438, 0.410])
    got = ground_cover_ratio(tilt, np.full(tilt.size, 39.0), Layout())
    return float(np.max(np.abs(got - printed)))


def _lcoe() -> float:
    """Levelised cost with nothing but a discount rate: the annuity's closed form."""
    rate, life = 0.06, 25
    settings = {"om_fraction": 0.0, "discount_rate": rate, "life_years": life}
    values = {f"finance.{name}": value for name, value in settings.items()}
    terms = terms_of(from_values(values | {"losses.degradation_per_year": 0.0}, "verify"))
    got = money(np.array([1.0]), np.array([1450.0]), [None], np.array([0.0]), terms)
    annuity = (1.0 - (1.0 + rate) ** -life) / rate
    return relative(got["lcoe_cny_per_kwh"], [3000.0 / 1450.0 / annuity])


COMPARISONS: tuple[Comparison, ...] = (
    Comparison("iam physical", "pvlib.iam.physical", EXACT, "1", _physical),
    Comparison("iam martin_ruiz", "pvlib.iam.martin_ruiz", EXACT, "1", _martin_ruiz),
    Comparison("iam coated", "SAM's layers in numpy", EXACT, "1", _coated),
    Comparison("sapm_cell, 4 mounts", "pvlib.temperature.sapm_cell", EXACT, "rel", _sapm),
    Comparison("faiman", "pvlib.temperature.faiman", EXACT, "rel", _faiman),
    Comparison("pvsyst_cell, 3 mounts", "pvlib.temperature.pvsyst_cell", EXACT, "rel", _pvsyst),
    Comparison("noct_sam", "pvlib.temperature.noct_sam", EXACT, "rel", _noct),
    Comparison("pvwatts_dc", "pvlib.pvsystem.pvwatts_dc", EXACT, "rel", _dc),
    Comparison("inverter_ac pvwatts", "pvlib.inverter.pvwatts", EXACT, "rel", _ac),
    *(
        Comparison(
            f"sky {model}",
            f"pvlib.irradiance.{model}",
            EXACT,
            "rel",
            lambda model=model, number=number: _sky(model, number),  # type: ignore[misc]
        )
        for model, number in (
            ("isotropic", sky_kernels.ISOTROPIC),
            ("haydavies", sky_kernels.HAYDAVIES),
            ("perez", sky_kernels.PEREZ),
        )
    ),
    Comparison(
        "monthly POA, DC, AC", "pvlib hour by hour, 121 chains", CHAIN, "rel", _monthly_chain
    ),
    Comparison("hourly POA", "pvlib hour by hour", 1e-6, "W/m2", _hourly_chain),
    Comparison("rows: shaded_fraction1d", "pvlib.shading", ROWS, "1", rows.shaded_share),
    Comparison(
        "rows: projected_solar_zenith_angle", "pvlib.shading", ROWS, "1", rows.projected_angle
    ),
    Comparison("rows: masking_angle, passias", "pvlib.shading", ROWS, "rel", rows.masking),
    Comparison("rows: views of the sky", "pvlib.bifacial.utils", ROWS, "1", rows.view_factors),
    Comparison("rows: view of the ground", "pvlib.bifacial.utils", ROWS, "1", rows.ground_view),
    *(
        Comparison(
            f"rows: {what}, {model}",
            "pvlib infinite_sheds, front",
            ROWS,
            "rel",
            lambda model=model, part=part: rows.sheds(model, part),  # type: ignore[misc]
        )
        for model in ("isotropic", "haydavies")
        for part, what in enumerate(("beam", "sky", "ground"))
    ),
    Comparison(
        "rows: monthly POA, DC, AC",
        "pvlib hour by hour, 12 planes, 9 chains",
        CHAIN,
        "rel",
        lambda: rows.monthly_rows(_year()),
    ),
    Comparison(
        "skylines: monthly POA, DC, AC, martinez",
        "pvlib hour by hour, 12 planes, 2 chains",
        CHAIN,
        "rel",
        lambda: shade.monthly_skylines(_year()),
    ),
    Comparison("horizontal plane", "dni cos z + dhi", EXACT, "rel", _flat_plane),
    Comparison("solstice shadow", "sun geometry", 1e-3, "rel", _solstice),
    Comparison("cover by tilt", "GB 50797 at 39.0 N, printed", 5e-4, "1", _printed_cover),
    Comparison("levelised cost", "annuity closed form", EXACT, "rel", _lcoe),
)
