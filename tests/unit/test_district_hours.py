"""Hours at scale: of planes in parts, of districts always; sums that no cut changes."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from partsmaker import Alone, messy_list, run_of, write_list

import roofpv
from roofpv.assumptions import from_values
from roofpv.batch import run_in_parts, work
from roofpv.energy import added_hours, district_hours, simulate_hourly
from roofpv.energy.districthours import UNIT_KWH
from roofpv.hours import hours_of, with_district_hours
from roofpv.sky import sun_and_sky
from roofpv.weather import bundled_weather

SOME, PART = 6, 4
NOTHING = slice(2, 3)


@pytest.fixture(scope="module")
def inventory(tmp_path_factory):
    """Of the second part of two rows nothing is left."""
    rows = messy_list().iloc[:SOME].copy()
    rows.loc[NOTHING, "geometry"] = None
    rows.loc[NOTHING, "floor_area_m2"] = np.nan
    return write_list(tmp_path_factory.mktemp("list") / "list.parquet", rows)


@pytest.fixture(scope="module")
def whole(inventory, tmp_path_factory):
    """The list in one piece."""
    out = tmp_path_factory.mktemp("whole") / "out"
    result = roofpv.assess(roofpv.read_inventory(inventory), bundled_weather())
    hours = hours_of(result, from_values({}, "test"))
    result = with_district_hours(result, hours)
    return result, roofpv.write_results(result, out, hours=hours.of_planes())


def in_parts(inventory, out, part_rows, patch):
    patch.setattr("roofpv.batch.run.Crew", Alone)
    run_in_parts(dataclasses.replace(run_of(inventory, out, part_rows), hours="planes"))
    return out


@pytest.fixture(scope="module")
def parted(inventory, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        return in_parts(inventory, tmp_path_factory.mktemp("parts") / "out", PART, patch)


@pytest.fixture(scope="module")
def in_pieces(inventory, tmp_path_factory):
    """In smaller parts, none of which fits into the memory."""
    real = work.assess_part

    def assess(frame, *given, **named):
        if len(frame) > 1:
            raise MemoryError
        return real(frame, *given, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(work, "assess_part", assess)
        return in_parts(inventory, tmp_path_factory.mktemp("pieces") / "out", 2, patch)


def opened(out):
    paths = sorted((out / "energy.nc").iterdir())
    return xr.open_mfdataset(paths, engine="h5netcdf", combine="nested", concat_dim="plane_id")


@pytest.mark.parametrize("parts", ["parted", "in_pieces"])
def test_hours_of_planes_in_parts_are_those_of_one_piece(parts, whole, request):
    out = request.getfixturevalue(parts)
    with xr.open_dataset(whole[1] / "energy.nc") as one, opened(out) as many:
        assert many["ac_kw"].chunks is not None
        assert set(many.variables) == set(one.variables)
        for name in one.variables:
            np.testing.assert_array_equal(many[name].to_numpy(), one[name].to_numpy(), name)
        assert many["time"].attrs == one["time"].attrs
    assert len(list((out / "energy.nc").iterdir())) == len(list((out / "buildings.csv").iterdir()))


def test_sums_of_districts_are_the_same_bytes_whatever_the_parts(whole, parted, in_pieces):
    known = (whole[1] / "district_hours.nc").read_bytes()
    assert (parted / "district_hours.nc").read_bytes() == known
    assert (in_pieces / "district_hours.nc").read_bytes() == known


def test_sums_of_districts_add_up_to_the_year(whole):
    result, out = whole
    year = result.buildings.groupby("district")["ac_kwh"].sum()
    with xr.open_dataset(out / "district_hours.nc") as hours:
        assert hours["time"].size == 8760
        assert hours.attrs["time_label"] == result.weather.attrs["time_label"]
        found = hours["ac_kwh"].sum("time").to_series()
        assert hours["planes"].sum() == len(result.planes)
    pd.testing.assert_series_equal(found, year, rtol=1e-10, check_names=False)


@pytest.fixture(scope="module")
def sky():
    return sun_and_sky(bundled_weather())


def some_planes(count=6):
    sites = [str(one) for one in bundled_weather()["site"].to_numpy()]
    return pd.DataFrame(
        {
            "plane_id": [f"p{i}" for i in range(count)],
            "surface_tilt": 5.0 * np.arange(count),
            "surface_azimuth": 60.0 * np.arange(count),
            "kwp": 10.0 + np.arange(count),
            "weather_site": [sites[i % 2] for i in range(count)],
        }
    )


def test_blends_and_what_is_not_known(sky):
    planes = some_planes()
    one, other = planes["weather_site"][:2]
    alone = [f'{{"{site}": 1.0}}' for site in planes["weather_site"]]
    planes["weather_weights"] = [f'{{"{one}": 0.25, "{other}": 0.75}}', *alone[1:]]
    planes.loc[4, "kwp"] = np.nan
    district = np.array(["b", "a", None, "a", "a", "b"], dtype=object)
    assumed = from_values({}, "test")
    sums = district_hours(planes, district, sky, assumed)
    assert sums.names == ("", "a", "b")
    assert sums.planes.tolist() == [1, 3, 2]
    assert sums.left_out.tolist() == [0, 1, 0]
    ((_, hours),) = simulate_hourly(planes, sky, assumed)
    ac = np.nan_to_num(hours["ac_kw"].to_numpy())
    for i, mine in enumerate(([2], [1, 3], [0, 5])):
        np.testing.assert_allclose(sums.units[i] * UNIT_KWH, ac[mine].sum(0), atol=1e-6)
    halves = [
        district_hours(planes.iloc[rows].reset_index(drop=True), district[rows], sky, assumed)
        for rows in (slice(0, 2), slice(2, 6))
    ]
    added = added_hours(halves)
    assert added.names == sums.names
    for name in ("units", "missing", "planes", "left_out"):
        np.testing.assert_array_equal(getattr(added, name), getattr(sums, name))


def test_an_hour_of_missing_weather_is_not_known(sky):
    noon = 12 + 24 * 180
    lacking = sky.assign(temp_air=sky["temp_air"].where(np.arange(sky.sizes["time"]) != noon))
    district = np.array(["a"] * 6, dtype=object)
    hours = district_hours(some_planes(), district, lacking, from_values({}, "test"))
    kwh = hours.labelled(lacking)["ac_kwh"].to_numpy()
    assert np.flatnonzero(np.isnan(kwh[0])).tolist() == [noon]
