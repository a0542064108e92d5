"""
Roofpv's chain against PVWatts: an hourly file of PVWatts (version 5 models), and PySAM's version 8.

Two tolerances. *exact*: the same formula on the same numbers, so only the file's rounding is left.
*physical*: two models of the same thing, so the width is what the models are known to differ by;
each states why.

Version 8 is not made of roofpv's models: its reflection covers sky and ground light, its cell
temperature is the NOCT model, its DC a single diode with an air-mass modifier, its inverter a
straight line. What each is worth: ``python benchmarks/accuracy.py``.
"""

import importlib
import itertools

import numpy as np
import oracle
import pandas as pd
import pvlib
import pytest

from roofpv import energy
from roofpv.assumptions import from_values
from roofpv.energy.covers import inverter_curve
from roofpv.energy.hourly import Plane, simulate_hours
from roofpv.energy.simulate import plane_kernels
from roofpv.sky import sun_and_sky
from roofpv.weather import Convention, WeatherSite, bundled_weather, weather_dataset

EXACT_W = 0.002
ANNUAL = 0.005
KWP, LOSS = 4.0, 0.1408
# Version 5's standard module; the open rack is the nearest of roofpv's to Fuentes' roof mount.
VERSION_5 = {
    "models.transposition": "perez",
    "models.iam": "physical",
    "models.temperature": "sapm/open_rack_glass_glass",
    "module.gamma_pdc": -0.0047,
    "inverter.efficiency": 0.96,
    "inverter.dc_ac_ratio": 1.2,
    "losses.system": LOSS,
    "losses.soiling": 0.0,
    "losses.snow": 0.0,
    "losses.availability": 0.0,
    "losses.first_year": 0.0,
}
COLUMNS = ["month", "day", "hour", "dni", "dhi", "temp_air", "wind_speed"]
COLUMNS += ["poa", "temp_cell", "dc_w", "ac_w"]
DIRECTIONS = [(0.0, 180.0), *itertools.product((10.0, 20.0, 35.0, 60.0), (90.0, 180.0, 270.0))]
MOUNTS = {"roof mount": 1, "open rack": 0}


@pytest.fixture(scope="module")
def table():
    path = oracle.REFERENCE / "reference" / "pvwatts_8760_roofmount.csv"
    if not path.exists():
        pytest.skip("reference data not found at ../shared/data")
    return pd.read_csv(path, skiprows=18, names=COLUMNS, nrows=8760).astype(float)


@pytest.fixture(scope="module")
def sky(table):
    stated = table[["month", "day", "hour"]].assign(year=2001)
    local = pd.DatetimeIndex(pd.to_datetime(stated))
    frame = table[["dni", "dhi", "temp_air", "wind_speed"]].set_axis(local + pd.Timedelta(hours=7))
    site = WeatherSite("Denver", 39.73, -105.18, 1819.6)
    convention = Convention("start", -7.0, typical_year=True)
    return sun_and_sky(weather_dataset(frame, site, convention, {"source": "PVWatts"}))


@pytest.fixture(scope="module")
def hours(sky):
    assumptions = from_values(VERSION_5, "test")
    return simulate_hours(Plane(20.0, 180.0, KWP), sky.isel(site=0), assumptions)


@pytest.fixture(scope="module")
def high_sun(sky):
    """
    Sun more than 3 degrees up.

    Below, PVWatts takes the sun at the middle of the sunlit part of the hour, roofpv at the middle
    of the hour: up to 15 W/m2 apart in some 70 hours, 0.02 % of the year.
    """
    return sky["apparent_zenith"].isel(site=0).to_numpy() < 87.0


def test_the_inverter_is_exact(table):
    pac0 = 1.0 / 1.2
    chain = np.array([0.0, 0.0, *inverter_curve("pvwatts", 0.96)])
    dc = table["dc_w"].to_numpy() / 1000.0 / KWP
    ac = [plane_kernels.inverter_ac(x, pac0, pac0 / 0.96, chain) * 1000.0 * KWP for x in dc]
    assert np.abs(ac - table["ac_w"]).max() <= EXACT_W
    assert sum(ac) == pytest.approx(table["ac_w"].sum(), rel=1e-8)


def test_the_file_is_read_whole(table, sky):
    assert table["poa"].sum() == pytest.approx(1930893.574, abs=0.01)
    assert sky["ghi"].sum().item() / 1000.0 == pytest.approx(1664.3, abs=0.1)


def test_hourly_irradiance_is_physical(table, hours, high_sun):
    # The same sky model with rounded coefficients, another air mass and solar constant, and inputs
    # in whole W/m2.
    error = (hours["poa_global"] - table["poa"]).to_numpy()[high_sun]
    assert np.abs(error).max() <= 15.0
    assert np.quantile(np.abs(error), 0.99) <= 3.5
    assert np.sqrt(np.mean(error**2)) <= 1.1


def test_annual_irradiance_is_physical(table, hours):
    assert hours["poa_global"].sum() == pytest.approx(table["poa"].sum(), rel=0.0005)


def test_transmitted_light_is_physical(table, hours):
    # Told from the file's DC by its linear module model: both count the reflection of the beam and
    # none of the sky's light.
    cell = 1.0 - 0.0047 * (table["temp_cell"] - 25.0)
    light = table["dc_w"] / (KWP * (1.0 - LOSS) * cell)
    assert hours["effective_irradiance"].sum() == pytest.approx(light.sum(), rel=0.0005)


def test_cell_temperature_is_physical(table, hours, high_sun):
    # PVWatts' Fuentes model keeps the module's warmth from hour to hour, roofpv's models do not.
    error = (hours["temp_cell"] - table["temp_cell"]).to_numpy()[high_sun]
    assert abs(error.mean()) <= 0.5
    assert np.sqrt(np.mean(error**2)) <= 3.0
    assert np.abs(error).max() <= 12.0


@pytest.mark.parametrize(("ours", "theirs"), [("dc_kw", "dc_w"), ("ac_kw", "ac_w")])
def test_hourly_power_is_physical(table, hours, high_sun, ours, theirs):
    # What is left of the cell temperature: 12 K at 0.47 % per K.
    error = (hours[ours] * 1000.0 - table[theirs]).to_numpy()[high_sun] / (1000.0 * KWP)
    assert np.abs(error).max() <= 0.06
    assert np.sqrt(np.mean(error**2)) <= 0.01


@pytest.mark.parametrize(("ours", "theirs"), [("dc_kw", "dc_w"), ("ac_kw", "ac_w")])
def test_annual_energy_is_physical(table, hours, ours, theirs):
    assert hours[ours].sum() * 1000.0 == pytest.approx(table[theirs].sum(), rel=ANNUAL)


def test_the_kernel_gives_the_same_year(table, sky):
    planes = oracle.plane_table([(20.0, 180.0)], "Denver", KWP)
    months = energy.simulate(planes, sky, from_values(VERSION_5, "test"))
    assert months["ac_kwh"].sum().item() == pytest.approx(table["ac_w"].sum() / 1000.0, rel=ANNUAL)
    poa = months["poa_kwh_per_m2"].isel(plane_id=0).to_numpy()
    month = table.groupby("month")["poa"].sum().to_numpy() / 1000.0
    assert poa == pytest.approx(month, rel=0.003)


@pytest.fixture(scope="module")
def version_8():
    pytest.importorskip("PySAM.Pvwattsv8", reason="PySAM is not installed")
    return importlib.import_module("pvwatts_v8")


@pytest.fixture(scope="module", params=["dawukou", "huinong", "pingluo"])
def bundled(request, version_8):
    """Weather, and a function from an array to version 8's hours."""
    weather = bundled_weather(request.param)
    return weather, version_8.prepare(version_8.resource(weather))


def test_version_8_irradiance(bundled, version_8):
    # Both Perez, at the same sun: the rounding of the coefficients, the air mass and the constant.
    weather, simulate = bundled
    sky = sun_and_sky(weather)
    planes = oracle.plane_table(DIRECTIONS, str(sky["site"].item()))
    assumptions = version_8.nearest_assumptions("faiman")
    got = energy.simulate(planes, sky, assumptions)["poa_kwh_per_m2"].sum("month").to_numpy()
    arrays = [version_8.Array(*direction) for direction in DIRECTIONS]
    expected = [simulate(array, ["poa"])["poa"].sum() / 1000.0 for array in arrays]
    assert got == pytest.approx(expected, rel=0.0005)


@pytest.mark.parametrize("mount", MOUNTS)
def test_version_8_with_its_own_models_on_our_sky(bundled, version_8, mount):
    # Sun, sky and transposition are roofpv's; what follows them is version 8's, rebuilt in pvlib.
    v8_chain = importlib.import_module("v8_chain")
    weather, simulate = bundled
    sky = sun_and_sky(weather).isel(site=0)
    for tilt, azimuth in DIRECTIONS[::2]:
        array = version_8.Array(tilt, azimuth, MOUNTS[mount])
        got = v8_chain.hours(array, sky, v8_chain.Steps(), "faiman")["ac_kw"].sum()
        expected = version_8.annual_ac_kwh(simulate, array) / array.kwp
        assert got == pytest.approx(expected, rel=ANNUAL)


def worst_of(bundled, version_8, mount, assumptions):
    weather, simulate = bundled
    sky = sun_and_sky(weather)
    planes = oracle.plane_table(DIRECTIONS, str(sky["site"].item()))
    got = energy.simulate(planes, sky, assumptions)["ac_kwh"].sum("month").to_numpy()
    arrays = [version_8.Array(*direction, MOUNTS[mount], 1.0) for direction in DIRECTIONS]
    expected = np.array([version_8.annual_ac_kwh(simulate, array) for array in arrays])
    return np.abs(got / expected - 1.0).max()


@pytest.mark.parametrize("mount", MOUNTS)
def test_version_8_with_other_models_is_another_chain(bundled, version_8, mount):
    # Perez, physical reflection of the beam, SAPM open rack, linear DC, PVWatts inverter.
    assumptions = version_8.nearest_assumptions("sapm/open_rack_glass_glass")
    assert worst_of(bundled, version_8, mount, assumptions) <= 0.012


@pytest.mark.parametrize("mount", MOUNTS)
def test_version_8_with_its_own_models_within_half_a_percent(bundled, version_8, mount):
    assumptions = version_8.own_assumptions(MOUNTS[mount])
    assert worst_of(bundled, version_8, mount, assumptions) <= ANNUAL


def test_the_sun_of_version_8_is_ours(bundled, version_8):
    # Incidence angles of a tilted plane, a check of time zone, label and azimuth in one.
    weather, simulate = bundled
    found = simulate(version_8.Array(35.0, 135.0), ["aoi"])
    sky = sun_and_sky(weather).isel(site=0)
    angle = pvlib.irradiance.aoi(
        35.0, 135.0, sky["apparent_zenith"].to_numpy(), sky["solar_azimuth"].to_numpy()
    )
    # Below, refraction by another pressure: 0.06 degrees at 10 degrees up, 0.5 on the horizon.
    high = sky["apparent_zenith"].to_numpy() < 75.0
    assert np.abs(angle - found["aoi"])[high].max() <= 0.03
