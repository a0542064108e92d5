"""Snow by the month after Townsend, against pvlib's function on sums made by pandas."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pvlib
import pytest
import xarray as xr

import roofpv
from roofpv.assumptions import Assumptions, from_values
from roofpv.dirt import TILTS, dirt_notes, with_dirt
from roofpv.errors import InvalidConfig, InvalidWeather
from roofpv.report import explain
from roofpv.sky import sun_and_sky
from roofpv.waterfalls import building_waterfall
from roofpv.weather import bundled_weather

HOURS = 8760
TOWNSEND = {"losses.snow_model": "townsend"}
STATED = {
    "losses.snow_monthly_cm": "12 6 1 0 0 0 0 0 0 0 2 9",
    "losses.snow_days": "3 2 0 0 0 0 0 0 0 0 1 2",
    "losses.humidity_monthly": "55 50 45 40 40 45 55 60 60 55 55 55",
}


def assumed(**values: object) -> Assumptions:
    return from_values(TOWNSEND | {k.replace("__", "."): v for k, v in values.items()}, "test")


@pytest.fixture(scope="module")
def weather() -> xr.Dataset:
    """The bundled year with snow in winter and damp air."""
    fallen = np.zeros(HOURS)
    # Days of 5, 2 and 2.54 cm, and one whose snow falls before and after midnight.
    fallen[[200, 201, 705, 1100, 8400, 8401]] = [3.0, 2.0, 2.0, 2.54, 4.0, 4.0]
    humid = 40.0 + 20.0 * np.sin(np.arange(HOURS) / 50.0)
    columns = {"snowfall_cm": fallen, "relative_humidity": humid}
    data = bundled_weather("dawukou")
    return data.assign({n: (("site", "time"), v[None, :]) for n, v in columns.items()})


@pytest.fixture(scope="module")
def sky(weather: xr.Dataset) -> xr.Dataset:
    return sun_and_sky(weather)


def light(sky: xr.Dataset, tilt: float) -> np.ndarray:
    one = sky.isel(site=0)
    return pvlib.irradiance.get_total_irradiance(
        tilt, 180.0, one["apparent_zenith"], one["solar_azimuth"], one["dni"], one["ghi"],
        one["dhi"], dni_extra=one["dni_extra"], albedo=0.2, model="haydavies",
    )["poa_global"].to_numpy()  # fmt: skip


def by_pandas(weather: xr.Dataset, sky: xr.Dataset) -> pd.DataFrame:
    """Snow, days of it, damp and warmth of each month of the clock of the place."""
    one, site = weather.isel(site=0), sky.isel(site=0)
    local = one.indexes["time"] + pd.Timedelta(hours=8)
    frame = pd.DataFrame(
        {
            "snow": one["snowfall_cm"].to_numpy(), "damp": one["relative_humidity"].to_numpy(),
            "warm": site["temp_air"].to_numpy(),
        },
        index=local,
    )  # fmt: skip
    daily = frame["snow"].resample("D").sum()
    events = (daily > 2.54).groupby(daily.index.month).sum()
    months = frame.groupby(frame.index.month)
    means = months[["damp", "warm"]].mean()
    return means.assign(snow=months["snow"].sum(), events=events.astype(float))


@pytest.mark.parametrize(("strings", "share"), [(1, 1.0), (3, 0.75)])
def test_hours_become_the_months_of_pvlibs_function(
    weather: xr.Dataset, sky: xr.Dataset, strings: int, share: float
) -> None:
    settings = assumed(losses__snow_strings=strings)
    got = with_dirt(sky, weather, settings)["snow_loss"]
    assert got.dims == ("site", "time", "tilt")
    table, month = by_pandas(weather, sky), sky["month"].to_numpy()
    assert table["events"].tolist() == [1.0, *[0.0] * 10, 1.0]
    for number, tilt in enumerate(TILTS):
        sums = np.bincount(month - 1, light(sky, tilt), 12)
        theirs = pvlib.snow.loss_townsend(
            *(table[name].to_numpy() for name in ("snow", "events")), tilt,
            *(table[name].to_numpy() for name in ("damp", "warm")), sums,
            settings.module.length_m, settings.roofs.module_clearance_m, string_factor=share,
        )  # fmt: skip
        mine = got.to_numpy()[0, :, number]
        np.testing.assert_allclose(mine, theirs[month - 1], rtol=1e-9)
    # Snow of December lies on in January; none falls in summer.
    assert (got.to_numpy()[0, month == 7] == 0.0).all()
    assert (got.to_numpy()[0, month == 1] > 0.0).all()


def test_what_is_stated_counts_instead(weather: xr.Dataset, sky: xr.Dataset) -> None:
    plain = bundled_weather("dawukou")
    settings = from_values(TOWNSEND | STATED, "test")
    got = with_dirt(sky, plain, settings)["snow_loss"].to_numpy()[0]
    snow, events, damp = (np.array(list(map(float, one.split()))) for one in STATED.values())
    month, site = sky["month"].to_numpy(), sky.isel(site=0)
    warm = pd.Series(site["temp_air"].to_numpy()).groupby(month).mean().to_numpy()
    theirs = pvlib.snow.loss_townsend(
        snow, events, 30.0, damp, warm, np.bincount(month - 1, light(sky, 30.0), 12),
        settings.module.length_m, settings.roofs.module_clearance_m,
    )  # fmt: skip
    np.testing.assert_allclose(got[:, TILTS.index(30.0)], theirs[month - 1], rtol=1e-9)
    # The weather's own damp is taken before that which is stated.
    own = with_dirt(sky, weather, settings)["snow_loss"].to_numpy()[0]
    assert not np.allclose(own, got)
    assert "losses.snow_monthly_cm" in dirt_notes(weather, settings)[0]
    assert "hours" in dirt_notes(weather, assumed())[0]


def test_every_year_has_its_own_snow(weather: xr.Dataset) -> None:
    """Two years, the second without snow: its January still has the December before."""
    one = weather.isel(site=[0])
    second = one.assign(snowfall_cm=one["snowfall_cm"] * 0.0)
    second = second.assign_coords(time=one["time"] + np.timedelta64(365, "D"))
    both = xr.concat(
        [one, second], "time", data_vars="minimal", coords="minimal", compat="override",
        join="outer",
    ).assign_attrs(one.attrs, typical_year=0)  # fmt: skip
    sky = sun_and_sky(both)
    got = with_dirt(sky, both, assumed())["snow_loss"].to_numpy()[0, :, 5]
    year, month = sky["year"].to_numpy(), sky["month"].to_numpy()
    later = year == year.max()
    assert (got[later & (month == 1)] > 0.0).all()
    assert (got[later & (month > 1)] == 0.0).all()
    alone = with_dirt(sun_and_sky(one), one, assumed())["snow_loss"].to_numpy()[0, :, 5]
    np.testing.assert_allclose(got[~later], alone, rtol=1e-12)


@pytest.mark.parametrize("name", ["losses.snow_monthly_cm", "losses.snow_days"])
def test_one_of_both_alone_is_refused(weather: xr.Dataset, sky: xr.Dataset, name: str) -> None:
    half = from_values(TOWNSEND | {name: STATED[name]}, "test")
    with pytest.raises(InvalidConfig, match="it is empty") as caught:
        with_dirt(sky, weather, half)
    assert "\n" not in str(caught.value)


def test_weather_without_damp_or_snow_is_refused(weather: xr.Dataset, sky: xr.Dataset) -> None:
    with pytest.raises(InvalidWeather, match=r"set losses\.humidity_monthly"):
        with_dirt(sky, weather.drop_vars("relative_humidity"), assumed())
    with pytest.raises(InvalidWeather, match=r"losses\.snow_model = townsend needs snowfall_cm"):
        with_dirt(sky, weather.drop_vars("snowfall_cm"), assumed())


def test_a_result_and_its_oracle_agree(weather: xr.Dataset, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("building_id,use,roof_area_m2,lon,lat\nA,school,900,106.37,39.01\n", "utf-8")
    made = roofpv.assess(
        roofpv.read_inventory(file), weather, rules=[], assumptions=assumed()
    )  # fmt: skip
    plane = explain(made, "A")["planes"][0]
    assert plane["pvlib_ac_kwh"] == pytest.approx(plane["kernel_ac_kwh"], rel=1e-9)
    assert any("snow (townsend)" in step for step in plane["steps"])
    assert building_waterfall(made, "A").set_index("step").loc["snow", "factor"] < 1.0
    assert any("snow (townsend)" in one for one in made.run["warnings"])
