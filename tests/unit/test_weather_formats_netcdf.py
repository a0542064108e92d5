"""The reader of our own NetCDF."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from pvlib.solarposition import equation_of_time_spencer71

from roofpv.errors import InvalidWeather
from roofpv.weather.doctor import Claim
from roofpv.weather.formats import read_series
from roofpv.weather.series import Columns, Place, Series


def refused(call: Callable[[], object], *said: str) -> None:
    with pytest.raises(InvalidWeather) as caught:
        call()
    text = str(caught.value)
    assert len(text.splitlines()) == 1
    for part in said:
        assert part in text


def dataset(sites: int = 2, label: str = "start", sun_minutes: float = 30.0) -> xr.Dataset:
    times = pd.date_range("2019-01-01", periods=48, freq="h")
    values = np.arange(sites * 48.0).reshape(sites, 48)
    sun = np.stack([(times + pd.Timedelta(minutes=sun_minutes)).to_numpy()] * sites)
    names = [f"site {i}" for i in range(sites)]
    return xr.Dataset(
        {name: (("site", "time"), values + i) for i, name in enumerate(("ghi", "temp_air"))},
        {
            "site": names, "time": times, "sun_time": (("site", "time"), sun),
            "latitude": ("site", [39.0] * sites), "longitude": ("site", [106.0] * sites),
            "altitude": ("site", [1100.0] * sites), "district": ("site", ["大武口区"] * sites),
            "ghi_uncertainty_fraction": ("site", np.linspace(0.05, 0.1, sites)),
        },
        {
            "time_label": label, "interval_minutes": 60, "utc_offset_hours": 8.0, "typical_year": 0,
            "synthetic": 1, "source": "a.csv", "stated_source": "x", "inputs": "[]",
            "warnings": '["w"]', "kind": "EPW",
        },
    )  # fmt: skip


def written(folder: Path, data: xr.Dataset, place: Place | None = None) -> list[Series]:
    data.to_netcdf(folder / "w.nc", engine="h5netcdf")
    return read_series(folder / "w.nc", place or Place(), Columns())


def test_every_site_of_a_netcdf_is_a_series(tmp_path: Path) -> None:
    first, second = written(tmp_path, dataset())
    assert first.claim == second.claim == Claim("start", 60, 8.0)
    assert second.site.name == "site 1"
    assert (second.site.district, second.site.altitude) == ("大武口区", 1100.0)
    assert second.frame.iloc[0].to_dict() == {"ghi": 48.0, "temp_air": 49.0}
    assert second.frame.index[0] == pd.Timestamp("2019-01-01")
    assert second.attrs == {
        "synthetic": 1, "stated_source": "x", "warnings": '["w"]', "ghi_uncertainty_fraction": 0.1,
    }  # fmt: skip
    assert (second.kind, second.source, second.rows[0]) == ("NetCDF", "w.nc, site site 1", 1)


@pytest.mark.parametrize(
    ("label", "sun_minutes", "stated"),
    [("start", 30.0, 0.0), ("start", 34.0, 4.0), ("instant", 10.5, 10.5), ("instant", 0.0, 0.0)],
)
def test_the_sun_of_a_netcdf_is_its_claim(
    tmp_path: Path, label: str, sun_minutes: float, stated: float
) -> None:
    (series,) = written(tmp_path, dataset(1, label, sun_minutes))
    assert series.claim == Claim(label, 60, 8.0, stated)
    assert series.frame.index[0] == pd.Timestamp("2019-01-01")


def test_an_older_netcdf_without_sun_time_is_read(tmp_path: Path) -> None:
    (series,) = written(tmp_path, dataset(1, "instant").drop_vars(["sun_time", "district"]))
    assert series.claim == Claim("instant", 60, 8.0)
    assert series.site.district == ""


def test_days_of_a_site_s_own_years_come_back(tmp_path: Path) -> None:
    data = dataset(1, "instant", 10.0)
    data["sun_time"] = data["sun_time"] - pd.Timedelta(days=3650)
    (series,) = written(tmp_path, data)
    assert series.claim.stated_minutes == 10.0
    assert series.frame.index[0] == pd.Timestamp("2019-01-01") - pd.Timedelta(days=3650)


def test_a_sundial_s_netcdf_stays_on_its_sundial(tmp_path: Path) -> None:
    data = dataset(1)
    times = pd.date_range("2019-01-01", periods=8760, freq="h")
    middle = times + pd.Timedelta(minutes=30)
    equation = equation_of_time_spencer71(middle.day_of_year.to_numpy().astype(float))
    sun = middle - pd.to_timedelta(equation, unit="min")
    data = xr.Dataset(
        {name: (("site", "time"), np.ones((1, 8760))) for name in ("ghi", "temp_air")},
        {**{n: data[n] for n in ("site", "latitude", "longitude", "altitude")},
         "time": times, "sun_time": (("site", "time"), sun.to_numpy()[None])}, data.attrs,
    )  # fmt: skip
    (series,) = written(tmp_path, data)
    assert series.attrs["clock"] == "solar"
    assert series.frame.index.equals(pd.DatetimeIndex(times, name="time"))
    assert series.claim.stated_minutes == pytest.approx(0.0, abs=0.02)


def test_a_sun_that_follows_nothing_is_refused(tmp_path: Path) -> None:
    data = dataset(1)
    data["sun_time"] = data["sun_time"] + np.arange(48) * np.timedelta64(1, "m")
    refused(lambda: written(tmp_path, data), "w.nc, sun_time", "sundial")


def test_a_place_is_for_one_site(tmp_path: Path) -> None:
    place = Place(altitude=5.0)
    refused(lambda: written(tmp_path, dataset(), place), "w.nc: it has 2 sites", "Leave --lat")
    (series,) = written(tmp_path, dataset(1), place)
    assert (series.site.altitude, series.site.latitude) == (5.0, 39.0)


@pytest.mark.parametrize(
    "absent",
    ["latitude", "altitude", "time_label", "interval_minutes", "utc_offset_hours", "typical_year"],
)
def test_a_netcdf_that_lacks_something_is_refused(tmp_path: Path, absent: str) -> None:
    data = dataset()
    if absent in data.variables:
        data = data.drop_vars(absent)
    else:
        del data.attrs[absent]
    refused(lambda: written(tmp_path, data), f"w.nc: it has no {absent}")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [("interval_minutes", 30, "rows are 60 minutes apart"), ("time_label", "noon", "'noon'")],
)
def test_a_netcdf_that_says_something_odd_is_refused(
    tmp_path: Path, key: str, value: object, said: str
) -> None:
    data = dataset().assign_attrs({key: value})
    refused(lambda: written(tmp_path, data), f"w.nc, {key}", said)


def test_netcdf_of_the_classic_kind_is_named(tmp_path: Path) -> None:
    (tmp_path / "w.nc").write_bytes(b"CDF\x01 and so on")
    refused(lambda: read_series(tmp_path / "w.nc", Place(), Columns()), "classic", "NetCDF 4")
