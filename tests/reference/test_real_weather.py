"""
The kernels against pvlib alone (``energy/hourly.py``) on real weather.

Covered, on each of five sites (Amsterdam, Greensboro, a PVGIS typical year, Shanghai, and
Greensboro mirrored to the south and moved by half a year):

- every combination of 3 transpositions, 3 reflections and all temperature models, each on 3 planes;
  over the 72 combinations these are all of 200 planes, and again the first 16;
- the default combination, and Perez with Martin-Ruiz and Faiman, on every fifth of the 200 planes.

The 200 planes begin with tilt 0 and 90 towards eight directions; the others are drawn. Every plane
with every combination is ``python benchmarks/accuracy.py --full``.
"""

import itertools

import numpy as np
import oracle
import pytest

from roofpv import energy
from roofpv.assumptions import IAMS, TEMPERATURES, TRANSPOSITIONS, Assumptions
from roofpv.sky import sun_and_sky
from roofpv.weather import read_weather

PLANES, PER_COMBINATION = 200, 3
AMSTERDAM, GREENSBORO = "NLD_Amsterdam062400_IWEC.epw", "723170TYA.CSV"
PVGIS, SHANGHAI = "tmy_45.000_8.000_2005_2023.csv", "CHN_Shanghai-Hongqiao_TMYx.epw"
SOUTH = "Greensboro in the south"
SITES = (AMSTERDAM, GREENSBORO, PVGIS, SHANGHAI, SOUTH)
COMBINATIONS = list(itertools.product(TRANSPOSITIONS, IAMS, TEMPERATURES))


def real_weather(name):
    path = oracle.REFERENCE / "weather" / name
    if not path.exists():
        pytest.skip("reference data not found at ../shared/data")
    return read_weather(path)


@pytest.fixture(scope="module", params=SITES)
def sky(request):
    if request.param == SOUTH:
        return sun_and_sky(oracle.southern_twin(real_weather(GREENSBORO)))
    return sun_and_sky(real_weather(request.param))


def check(planes, sky, assumptions):
    worst = oracle.worst_differences(planes, sky, assumptions)
    assert {key: worst[key] for key in worst if worst[key] > oracle.BARS[key]} == {}


@pytest.mark.parametrize("transposition", TRANSPOSITIONS)
def test_every_combination_of_models(sky, transposition):
    planes = oracle.random_planes(PLANES, str(sky["site"].item()))
    for number, models in enumerate(COMBINATIONS):
        if models[0] == transposition:
            chosen = (np.arange(PER_COMBINATION) + number * PER_COMBINATION) % PLANES
            check(planes.iloc[chosen], sky, oracle.assumptions_of(*models))


@pytest.mark.parametrize(
    "assumptions",
    [Assumptions(), oracle.assumptions_of("perez", "martin_ruiz", "faiman")],
    ids=["default", "perez martin_ruiz faiman"],
)
def test_many_planes(sky, assumptions):
    check(oracle.random_planes(PLANES, str(sky["site"].item())).iloc[::5], sky, assumptions)


def test_the_planes_are_what_they_are_said_to_be():
    planes = oracle.random_planes(PLANES, "site")
    assert len(planes) == PLANES
    assert (planes["surface_tilt"] == 0.0).sum() == 8
    assert (planes["surface_tilt"] == 90.0).sum() == 8
    quarters = planes["surface_azimuth"] // 90.0
    assert quarters.value_counts().min() > 30
    used = {i % PLANES for i in range(len(COMBINATIONS) * PER_COMBINATION)}
    assert used == set(range(PLANES))


def test_the_southern_twin_has_its_summer_in_january():
    south = sun_and_sky(oracle.southern_twin(real_weather(GREENSBORO)))
    one = south.isel(site=0)
    assert float(one["latitude"]) < 0
    month, elevation = one["month"].to_numpy(), 90.0 - one["apparent_zenith"].to_numpy()
    assert elevation[month == 1].max() > elevation[month == 7].max() + 30.0
    light = one["ghi"].to_numpy()
    assert light[month == 1].sum() > 1.5 * light[month == 7].sum()
    facing = oracle.plane_table([(35.0, 0.0), (35.0, 180.0)], str(one["site"].item()))
    north, back = energy.simulate(facing, south, Assumptions())["ac_kwh"].sum("month").to_numpy()
    assert north > 1.2 * back


def test_missing_hours_leave_the_same_months_empty_as_in_pvlib():
    sky = sun_and_sky(real_weather(oracle.WITH_GAPS))
    planes = oracle.random_planes(PLANES, str(sky["site"].item())).iloc[:32]
    for models in COMBINATIONS[::7]:
        assumptions = oracle.assumptions_of(*models)
        months = energy.simulate(planes, sky, assumptions)
        for number in (0, 9, 20, 31):
            hours = oracle.oracle_hours(planes.iloc[number], sky, assumptions)
            for name, sums in oracle.monthly_sums(hours, sky).items():
                got = months[name].isel(plane_id=number).to_numpy()
                assert np.flatnonzero(np.isnan(sums)).tolist() == [9]
                assert oracle.relative(got, sums) <= oracle.BARS["monthly_ac"]


def test_missing_hours_of_daylight_are_empty_hours():
    sky = sun_and_sky(real_weather(oracle.WITH_GAPS))
    planes = oracle.random_planes(16, str(sky["site"].item()))
    up = sky["apparent_zenith"].isel(site=0).to_numpy() < 90.0
    missing = np.isnan(sky["ghi"].isel(site=0).to_numpy())
    # Four days and a dusk; the dusk, an hour between light and night, may have been filled.
    assert (missing & up)[7200:].sum() == 49
    assert (missing & up).sum() <= 50
    for members, hours in energy.simulate_hourly(planes, sky, Assumptions()):
        poa = hours["poa_global"].to_numpy()
        for number in range(members.start, members.stop):
            expected = oracle.oracle_hours(planes.iloc[number], sky, Assumptions())
            row = poa[number - members.start]
            limit = oracle.BARS["hourly_poa_wm2"]
            assert oracle.difference(row[up], expected["poa_global"].to_numpy()[up]) <= limit
            assert np.isnan(row[missing & up]).all()
