from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from roofpv.errors import InvalidConfig
from roofpv.sky import sun_and_sky, sun_times
from roofpv.weather import Convention, WeatherSite, combine_sites, weather_dataset

MODELS = ["erbs", "erbs_driesse", "disc", "dirint"]
START = "2018-12-31T16:00"  # midnight of the new year at UTC+8


def _weather(
    label: str = "start", *, start: str = START, rows: int = 8760, step: str = "h",
    offset: float = 8.0, typical: bool = False, place: WeatherSite | None = None, **columns: object
) -> xr.Dataset:  # fmt: skip
    index = pd.date_range(start, periods=rows, freq=step)
    frame = pd.DataFrame({"temp_air": 10.0, "wind_speed": 2.0, **columns}, index=index)
    site = place or WeatherSite("town", 39.0, 106.35, 1100.0)
    return weather_dataset(frame, site, Convention(label, offset, typical), {"source": "w.csv"})


def _cos(sky: xr.Dataset) -> np.ndarray:
    return np.cos(np.radians(sky["apparent_zenith"].to_numpy()[0]))


def _of(sky: xr.Dataset, name: str) -> np.ndarray:
    return sky[name].to_numpy()[0]


def _clear(rows: int = 8760) -> np.ndarray:
    """A plain bright day after another by the local clock. [W/m2]."""
    hour = (np.arange(rows) % 24) + 0.5
    return np.clip(900.0 * np.cos((hour - 12.9) / 12.0 * np.pi), 0.0, None)


@pytest.mark.parametrize(
    ("label", "step", "minutes"), [("start", "h", 30), ("start", "30min", 15), ("instant", "h", 0)]
)
def test_the_sun_is_taken_at_mid_interval_or_at_the_instant(
    label: str, step: str, minutes: int
) -> None:
    rows = 8760 if step == "h" else 17520
    times = sun_times(_weather(label, step=step, rows=rows, ghi=0.0))
    assert times[0] == pd.Timestamp(START, tz="UTC") + pd.Timedelta(minutes=minutes)
    assert str(times.tz) == "UTC"


@pytest.fixture(scope="module")
def fine() -> xr.Dataset:
    return sun_and_sky(_weather("instant", step="10min", rows=52560, start="2019-01-01", ghi=0.0))


# Obliquity 23.44 at the solstices; seven hours after the equinox the sun has climbed 0.12 degrees.
@pytest.mark.parametrize(
    ("day", "declination"), [("2019-06-21", 23.44), ("2019-12-22", -23.44), ("2019-03-21", 0.12)]
)
def test_noon_zenith_is_latitude_less_declination(
    fine: xr.Dataset, day: str, declination: float
) -> None:
    sky = fine
    of_day = sky["apparent_zenith"].isel(site=0).sel(time=day)
    assert float(of_day.min()) == pytest.approx(39.0 - declination, abs=0.04)
    noon = sky["solar_azimuth"].isel(site=0).sel(time=of_day.idxmin())
    assert float(noon) == pytest.approx(180.0, abs=6.0)


def test_the_sun_is_in_the_east_before_noon_and_high_sun_is_north_in_the_south() -> None:
    sky = sun_and_sky(_weather(ghi=0.0))
    assert 60 < float(sky["solar_azimuth"].isel(site=0, time=24 * 171 + 8)) < 120
    south = sun_and_sky(_weather(ghi=0.0, place=WeatherSite("s", -35.0, 120.0, 0.0)))
    lowest = int(np.argmin(_of(south, "apparent_zenith")))
    azimuth = float(south["solar_azimuth"].isel(site=0, time=lowest))
    assert min(azimuth, 360.0 - azimuth) < 30.0


def test_extraterrestrial_light_is_most_in_january() -> None:
    extra = _of(sun_and_sky(_weather(ghi=0.0)), "dni_extra")
    assert extra[24 * 3] == pytest.approx(1413.9, abs=1.0)
    assert extra[24 * 184] == pytest.approx(1321.5, abs=1.5)


def test_air_mass_is_one_overhead_and_missing_at_night() -> None:
    sky = sun_and_sky(_weather(ghi=0.0, place=WeatherSite("e", 0.0, 106.0, 0.0)))
    zenith, mass = _of(sky, "apparent_zenith"), _of(sky, "airmass_relative")
    assert mass[np.argmin(zenith)] == pytest.approx(1.0, abs=0.01)
    assert np.isnan(mass[zenith > 90]).all()
    at60 = np.argmin(np.abs(zenith - 60))
    assert mass[at60] == pytest.approx(1 / np.cos(np.radians(zenith[at60])), rel=0.01)


@pytest.mark.parametrize("model", MODELS)
def test_what_is_split_closes(model: str) -> None:
    sky = sun_and_sky(_weather(ghi=_clear()), model)
    ghi, dni, dhi = (_of(sky, name) for name in ("ghi", "dni", "dhi"))
    np.testing.assert_array_equal(ghi, _clear())
    up = np.maximum(_cos(sky), 0.0)
    beam_above_global = dni * up > ghi
    rest = ~beam_above_global
    np.testing.assert_allclose((dni * up + dhi)[rest], ghi[rest], atol=1e-9)
    assert (dni >= 0).all()
    assert (dhi >= 0).all()
    assert (dhi <= ghi).all()
    assert (dni[_cos(sky) < 0] == 0).all()


@pytest.mark.parametrize("model", MODELS)
def test_split_hours_with_light_are_counted(model: str) -> None:
    sky = sun_and_sky(_weather(ghi=_clear()), model)
    assert sky.attrs["decomposed_hours"] == int((_clear() > 0).sum())


def test_the_models_of_the_split_differ() -> None:
    sums = {float(sun_and_sky(_weather(ghi=_clear()), m)["dni"].sum()) for m in MODELS}
    assert len(sums) == len(MODELS)


def test_an_unknown_model_is_not_taken_for_another() -> None:
    with pytest.raises(InvalidConfig, match=r"models.decomposition: .erb. is no model"):
        sun_and_sky(_weather(ghi=_clear()), "erb")


def test_what_is_given_is_left_as_it_is() -> None:
    given = {"ghi": _clear(), "dni": 123.0, "dhi": 45.0}
    sky = sun_and_sky(_weather(**given))
    assert sky.attrs["decomposed_hours"] == 0
    for name, value in given.items():
        np.testing.assert_array_equal(_of(sky, name), np.broadcast_to(value, 8760))


def test_global_light_is_beam_and_diffuse_together() -> None:
    sky = sun_and_sky(_weather(dni=500.0, dhi=100.0))
    up = np.maximum(_cos(sky), 0.0)
    np.testing.assert_allclose(_of(sky, "ghi"), 500.0 * up + 100.0, rtol=1e-12)
    assert sky.attrs["decomposed_hours"] == 0


def test_diffuse_light_is_what_the_beam_leaves() -> None:
    sky = sun_and_sky(_weather(ghi=600.0, dni=500.0))
    up = np.maximum(_cos(sky), 0.0)
    np.testing.assert_allclose(_of(sky, "dhi"), 600.0 - 500.0 * up, rtol=1e-12)


def test_beam_is_what_diffuse_leaves_while_the_sun_is_up() -> None:
    sky = sun_and_sky(_weather(ghi=_clear(), dhi=_clear() / 4))
    cos = _cos(sky)
    high = cos > 0.5
    np.testing.assert_allclose(_of(sky, "dni")[high], 0.75 * _clear()[high] / cos[high])
    assert (_of(sky, "dni")[cos <= 0] == 0).all()


def test_no_beam_is_stronger_than_outside_the_air() -> None:
    sky = sun_and_sky(_weather(ghi=400.0, dhi=50.0))
    assert (_of(sky, "dni") <= _of(sky, "dni_extra")).all()


def test_hours_that_lack_the_split_are_split_and_no_others() -> None:
    ghi = _clear()
    dni, dhi = np.full(8760, 200.0), np.full(8760, 80.0)
    hours = np.array([12, 36, 60])
    dni[hours] = dhi[hours] = -9999.0
    sky = sun_and_sky(_weather(ghi=ghi, dni=dni, dhi=dhi))
    whole = sun_and_sky(_weather(ghi=ghi))
    assert sky.attrs["decomposed_hours"] == 3
    for name, given in (("dni", dni), ("dhi", dhi)):
        np.testing.assert_array_equal(_of(sky, name)[hours], _of(whole, name)[hours])
        others = np.delete(np.arange(8760), hours)
        np.testing.assert_array_equal(_of(sky, name)[others], given[others])


def test_an_hour_without_light_data_stays_missing() -> None:
    ghi = _clear()
    ghi[[12, 13]] = -9999.0
    sky = sun_and_sky(_weather(ghi=ghi))
    for name in ("ghi", "dni", "dhi"):
        assert np.flatnonzero(np.isnan(_of(sky, name))).tolist() == [12, 13]


def test_an_hour_with_beam_alone_stays_missing() -> None:
    ghi, dhi = _clear(), np.full(8760, 50.0)
    ghi[12] = dhi[12] = -9999.0
    sky = sun_and_sky(_weather(ghi=ghi, dni=300.0, dhi=dhi))
    assert np.isnan(_of(sky, "ghi")[12])
    assert np.isnan(_of(sky, "dhi")[12])
    assert _of(sky, "dni")[12] == 300.0


@pytest.mark.parametrize(("offset", "months"), [(8.0, [1, 12]), (0.0, [12, 12]), (16.0, [1, 1])])
def test_months_go_by_the_clock_of_the_file(offset: float, months: list[int]) -> None:
    sky = sun_and_sky(_weather(offset=offset, ghi=0.0))
    assert sky["month"].to_numpy()[[0, -1]].tolist() == months


def test_months_of_a_year_have_their_hours() -> None:
    sky = sun_and_sky(_weather(ghi=0.0))
    assert np.bincount(sky["month"].to_numpy())[1:].tolist() == [
        744, 672, 744, 720, 744, 720, 744, 744, 720, 744, 720, 744,
    ]  # fmt: skip
    assert set(sky["year"].to_numpy().tolist()) == {2019}


# Most of a year decides its name: one that begins by the clock of another place is still 2019.
@pytest.mark.parametrize(
    ("start", "offset", "name"),
    [("2019-01-01", -8.0, 2019), ("2019-01-01", 8.0, 2019), ("2018-07-01", 0.0, 2018),
     ("2018-07-08", 0.0, 2019)],
)  # fmt: skip
def test_a_year_is_named_after_the_calendar_year_that_holds_most(
    start: str, offset: float, name: int
) -> None:
    sky = sun_and_sky(_weather(start=start, offset=offset, ghi=0.0))
    assert set(sky["year"].to_numpy().tolist()) == {name}


def test_wind_is_assumed_where_there_is_none_and_counted() -> None:
    wind = np.full(8760, 3.0)
    wind[[5, 100]] = np.nan
    sky = sun_and_sky(_weather(ghi=0.0, wind_speed=wind), wind_speed=1.5)
    assert sky.attrs["assumed_wind_rows"] == 2
    assert _of(sky, "wind_speed")[[4, 5, 100]].tolist() == [3.0, 1.5, 1.5]
    without = _weather(ghi=0.0).drop_vars("wind_speed")
    sky = sun_and_sky(without)
    assert sky.attrs["assumed_wind_rows"] == 8760
    assert set(_of(sky, "wind_speed")) == {2.0}


def test_a_missing_temperature_is_not_assumed() -> None:
    warm = np.full(8760, 10.0)
    warm[7] = np.nan
    assert np.flatnonzero(np.isnan(_of(sun_and_sky(_weather(ghi=0.0, temp_air=warm)), "temp_air")))


def test_every_site_has_the_sun_of_its_own_moments() -> None:
    place = WeatherSite("late", 39.0, 106.35, 1100.0)
    label = Convention("instant", 8.0, sun_minutes=25.0)
    frame = pd.DataFrame(
        {"temp_air": 10.0, "ghi": 0.0}, index=pd.date_range(START, periods=8760, freq="h")
    )
    late = weather_dataset(frame, place, label, {"source": "late.csv"})
    both = sun_and_sky(combine_sites([_weather("instant", ghi=0.0), late]))
    for site, alone in (("town", _weather("instant", ghi=0.0)), ("late", late)):
        expected = sun_and_sky(alone)["apparent_zenith"].to_numpy()[0]
        np.testing.assert_array_equal(both["apparent_zenith"].sel(site=site), expected)


def test_typical_years_of_other_years_share_a_calendar_and_keep_their_sun() -> None:
    one = _weather(start="2017-12-31T16:00", typical=True, ghi=_clear())
    place = WeatherSite("other", 39.0, 106.35, 1100.0)
    other = _weather(start="2010-12-31T16:00", typical=True, ghi=_clear(), place=place)
    sky = sun_and_sky(combine_sites([one, other]))
    assert np.bincount(sky["month"].to_numpy())[[1, 2, 12]].tolist() == [744, 672, 744]
    for site, alone in (("town", one), ("other", other)):
        expected = sun_and_sky(alone)["apparent_zenith"].to_numpy()[0]
        np.testing.assert_array_equal(sky["apparent_zenith"].sel(site=site), expected)


def test_a_typical_year_is_one_year() -> None:
    sky = sun_and_sky(_weather(start="2017-12-31T16:00", typical=True, ghi=0.0))
    assert np.unique(sky["year"].to_numpy()).size == 1


def test_two_years_are_two_years() -> None:
    sky = sun_and_sky(_weather(rows=8760 + 8784, ghi=0.0))
    year, hours = np.unique(sky["year"].to_numpy(), return_counts=True)
    assert (year.tolist(), hours.tolist()) == ([2019, 2020], [8760, 8784])


def test_many_sites_at_once_equal_each_alone_bit_for_bit() -> None:
    places = [
        WeatherSite("a", 39.0, 106.35, 1100.0, "A"), WeatherSite("b", -35.0, 20.0, 5.0, "B"),
        WeatherSite("c", 69.0, 18.0, 300.0, "C"),
    ]  # fmt: skip
    alone = [
        _weather(ghi=_clear() * k, place=p) for k, p in zip((1, 0.5, 0.2), places, strict=True)
    ]
    together = sun_and_sky(combine_sites(alone))
    for i, one in enumerate(alone):
        for name, values in sun_and_sky(one).items():
            found = together[name].to_numpy()
            np.testing.assert_array_equal(
                np.broadcast_to(found, (3, 8760))[i], values.to_numpy()[0]
            )
    assert together.attrs["decomposed_hours"] == 3 * int((_clear() > 0).sum())


def test_every_site_keeps_its_place() -> None:
    places = [WeatherSite("a", 39.0, 106.35, 1100.0, "A"), WeatherSite("b", 40.0, 107.0, 5.0, "B")]
    sky = sun_and_sky(combine_sites([_weather(ghi=0.0, place=p) for p in places]))
    for name, values in (
        ("latitude", [39.0, 40.0]), ("longitude", [106.35, 107.0]), ("altitude", [1100.0, 5.0]),
        ("district", ["A", "B"]),
    ):  # fmt: skip
        assert sky[name].to_numpy().tolist() == values


def test_weather_is_not_changed() -> None:
    weather = _weather(ghi=_clear(), dni=-9999.0, dhi=-9999.0)
    before = weather.copy(deep=True)
    sun_and_sky(weather)
    xr.testing.assert_identical(weather, before)
