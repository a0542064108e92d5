"""What holds for east-west domes, one plane of two sides."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from roofpv.assumptions import from_values
from roofpv.energy import row_losses, simulate, simulate_arrays, simulate_hourly
from roofpv.energy.behindrows import Rows
from roofpv.energy.hourly import Plane, simulate_hours
from roofpv.sky import sun_and_sky
from roofpv.verify.rows import some_rows
from roofpv.weather import bundled_weather

NAMES = ["poa_kwh_per_m2", "dc_kwh", "ac_kwh"]
WAYS = ["none", "beam", "beam_diffuse"]


@pytest.fixture(scope="module")
def sky():
    return sun_and_sky(bundled_weather("dawukou"))


def assumed(rows="beam_diffuse"):
    return from_values({"shading.rows": rows}, "test")


def domes(azimuths=(90.0, 60.0), **columns):
    """Domes with the names, tilts and capacities of their number."""
    count = len(azimuths)
    table = {
        "plane_id": [f"d{i}" for i in range(count)],
        "surface_tilt": np.linspace(10.0, 25.0, count),
        "surface_azimuth": azimuths,
        "kwp": np.linspace(8.0, 30.0, count),
        "gcr": 0.9,
        "row_kind": "domes",
        "roof_tilt": 0.0,
        "roof_azimuth": 180.0,
        "weather_site": "dawukou",
    }
    return pd.DataFrame(table | columns)


def sides(planes):
    """Both sides of each plane, all the first ones first, written out by hand."""
    half = planes["kwp"] / 2.0
    turned = (planes["surface_azimuth"] + 180.0) % 360.0
    return planes.assign(kwp=half), planes.assign(kwp=half, surface_azimuth=turned)


def months(energy):
    return np.stack([energy[name].to_numpy() for name in NAMES])


@pytest.mark.parametrize("way", WAYS)
def test_a_dome_is_its_two_sides(sky, way):
    planes = domes()
    whole = months(simulate(planes, sky, assumed(way)))
    first, second = (months(simulate_arrays(side, sky, assumed(way))) for side in sides(planes))
    assert whole[0] == pytest.approx((first[0] + second[0]) / 2.0, rel=1e-14)
    assert whole[1:] == pytest.approx((first + second)[1:], rel=1e-14)


def test_without_shade_the_sides_are_lone_arrays(sky):
    planes = domes()
    whole = months(simulate(planes, sky, assumed("none")))
    flush = [side.assign(row_kind="none") for side in sides(planes)]
    first, second = (months(simulate(side, sky, assumed())) for side in flush)
    assert whole[2] == pytest.approx(first[2] + second[2], rel=1e-14)


@pytest.mark.parametrize("way", WAYS)
def test_which_side_is_stated_is_all_one(sky, way):
    planes = domes()
    other = sides(planes)[1].assign(kwp=planes["kwp"])
    whole, turned = (simulate(one, sky, assumed(way)) for one in (planes, other))
    assert months(turned) == pytest.approx(months(whole), rel=1e-14)


def test_level_domes_of_no_shade_are_one_level_array(sky):
    planes = domes(surface_tilt=0.0)
    level = simulate(planes.assign(row_kind="none"), sky, assumed())
    assert months(simulate(planes, sky, assumed("none"))) == pytest.approx(months(level), rel=1e-13)


def test_other_planes_keep_every_bit_beside_domes(sky):
    some = some_rows()
    lone = (some["row_kind"] != "domes").to_numpy()
    mixed, alone = (months(simulate(one, sky, assumed())) for one in (some, some[lone]))
    assert mixed[:, lone].tobytes() == alone.tobytes()
    _, hours = next(simulate_hourly(some, sky, assumed()))
    _, few = next(simulate_hourly(some[lone], sky, assumed()))
    for name in few:
        assert hours[name].to_numpy()[lone].tobytes() == few[name].to_numpy().tobytes()


def test_order_and_chunks_change_no_bit_of_domes(sky):
    planes = some_rows()
    whole, order = months(simulate(planes, sky, assumed())), np.arange(len(planes))[::-1]
    turned = months(simulate(planes.iloc[order], sky, assumed()))
    assert np.array_equal(turned, whole[:, order])
    parts = [months(simulate(planes.iloc[i : i + 5], sky, assumed())) for i in (0, 5, 10)]
    assert np.array_equal(np.concatenate(parts, axis=1), whole)
    _, hours = next(simulate_hourly(planes, sky, assumed()))
    for members, part in simulate_hourly(planes, sky, assumed(), chunk=5):
        assert np.array_equal(part["ac_kw"].to_numpy(), hours["ac_kw"].to_numpy()[members])


@pytest.mark.parametrize("way", WAYS)
def test_hours_of_domes_are_those_of_pvlib(sky, way):
    planes = domes()
    _, hours = next(simulate_hourly(planes, sky, assumed(way)))
    for number, plane in planes.iterrows():
        rows = Rows(plane["gcr"], plane["roof_tilt"], plane["roof_azimuth"], "domes")
        east, west = (
            simulate_hours(
                Plane(plane["surface_tilt"], azimuth, plane["kwp"] / 2.0, rows=rows),
                sky.isel(site=0),
                assumed(way),
            )
            for azimuth in (plane["surface_azimuth"], plane["surface_azimuth"] + 180.0)
        )
        mine = hours.isel(plane_id=number)
        poa = (east["poa_global"] + west["poa_global"]).to_numpy() / 2.0
        assert mine["poa_global"].to_numpy() == pytest.approx(poa, abs=1e-6)
        for name in ("dc_kw", "ac_kw"):
            both = (east[name] + west[name]).to_numpy()
            assert mine[name].to_numpy() == pytest.approx(both, abs=1e-8)


def test_hours_add_up_to_months(sky):
    month = sky["month"].to_numpy()
    _, hours = next(simulate_hourly(domes(), sky, assumed()))
    power = hours["ac_kw"].to_numpy()
    sums = np.stack([power[:, month == m].sum(axis=1) for m in range(1, 13)], axis=1)
    assert sums == pytest.approx(months(simulate(domes(), sky, assumed()))[2], rel=1e-11)


def test_domes_halve_a_chunk_of_hours(sky):
    many = pd.concat([domes()] * 10, ignore_index=True)
    long = sky.isel(time=np.tile(np.arange(sky.sizes["time"]), 30))
    part, _ = next(simulate_hourly(many, long, assumed()))
    assert part == slice(0, 4)


def test_the_loss_is_against_both_sides_alone(sky):
    # A rack toward the first side of a dome is another array.
    racks = domes().assign(row_kind="racks", plane_id=["r0", "r1"])
    planes = pd.concat([domes(), racks], ignore_index=True)
    energy = simulate(planes, sky, assumed())
    without = simulate(planes, sky, assumed("none"))["ac_kwh"].sum("month").to_numpy()
    loss = row_losses(planes, sky, assumed(), energy)
    assert energy["ac_kwh"].sum("month").to_numpy() == pytest.approx(
        (1.0 - loss) * without, rel=1e-13
    )
    assert (loss > 0.0).all()


@pytest.mark.parametrize("name", ["surface_azimuth", "surface_tilt", "kwp", "gcr"])
def test_what_is_missing_of_domes_is_missing_of_no_other(sky, name):
    planes = pd.concat([domes(), domes(plane_id=["e0", "e1"])], ignore_index=True)
    holed = planes.copy()
    holed.loc[1, name] = np.nan
    whole, lost = (months(simulate(one, sky, assumed()))[2] for one in (planes, holed))
    assert np.isnan(lost[1]).all()
    assert np.array_equal(np.delete(lost, 1, axis=0), np.delete(whole, 1, axis=0))


def test_a_missing_hour_of_light_empties_its_month_of_domes(sky):
    holed = sky.copy(deep=True)
    noon = int(np.flatnonzero((sky["month"] == 6) & (sky["ghi"].isel(site=0) > 700.0))[0])
    holed["dni"][dict.fromkeys(["site"], 0) | {"time": noon}] = np.nan
    got = months(simulate(domes(), holed, assumed()))
    assert np.isnan(got[:, :, 5]).all()
    assert np.isfinite(np.delete(got, 5, axis=2)).all()


def test_domes_of_no_weather_site_stay_missing(sky):
    planes = domes(weather_site=[None, "dawukou"])
    got = months(simulate(planes, sky, assumed()))
    assert np.isnan(got[:, 0]).all()
    assert np.isfinite(got[:, 1]).all()


def test_domes_blend_sites_as_their_sides_do():
    both = sun_and_sky(bundled_weather())
    names = both["site"].to_numpy()[:2]
    mixed = simulate(
        domes(weather_weights=f'{{"{names[0]}": 0.25, "{names[1]}": 0.75}}'), both, assumed()
    )
    each = [months(simulate(domes(weather_site=name), both, assumed())) for name in names]
    assert months(mixed) == pytest.approx(0.25 * each[0] + 0.75 * each[1], rel=1e-13)


def test_several_years_of_domes(sky):
    year = np.where(np.arange(sky.sizes["time"]) < 4000, 2001, 2002)
    double = sky.assign_coords(year=("time", year))
    energy = simulate(domes(), double, assumed())
    assert energy["ac_kwh"].dims == ("plane_id", "year", "month")
    once = months(simulate(domes(), sky, assumed()))
    assert energy["ac_kwh"].to_numpy()[:, 0, 0] == pytest.approx(once[2, :, 0], rel=1e-14)
