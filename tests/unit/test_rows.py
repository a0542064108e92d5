"""Rows that shade each other: layout, factors, losses, and what explain says of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from roofpv import report
from roofpv.assessment import assess
from roofpv.assumptions import Assumptions, from_values
from roofpv.energy import row_losses, rowloss, simulate
from roofpv.energy.behindrows import Rows, row_axis
from roofpv.energy.hourly import Plane, simulate_hours
from roofpv.energy.rows import row_kernels as k
from roofpv.energy.rows import row_parameters
from roofpv.errors import InvalidConfig
from roofpv.sky import sun_and_sky
from roofpv.verify.rows import some_rows
from roofpv.weather import bundled_weather

ROOFS = pd.DataFrame(
    {"roof_type": ["flat", "gabled"], "roof_area_m2": [900.0, 900.0], "building_id": ["a", "b"]}
)


@pytest.fixture(scope="module")
def weather():
    return bundled_weather("dawukou")


@pytest.fixture(scope="module")
def sky(weather):
    return sun_and_sky(weather)


@pytest.fixture(scope="module")
def result(weather):
    return assess(ROOFS, weather, rules=[])


def factors(kind="racks", **changed):
    row = {
        "surface_tilt": 15.0, "surface_azimuth": 180.0, "gcr": 0.5, "roof_tilt": 0.0,
        "roof_azimuth": 180.0, "row_kind": kind,
    } | changed  # fmt: skip
    return row_parameters(pd.DataFrame([row]), "beam_diffuse")[0, 1:]


def test_racks_have_rows_and_flush_modules_none(result):
    planes = result.planes.set_index("plane_id")
    assert planes["row_kind"].to_dict() == {"a/1": "racks", "b/1": "none", "b/2": "none"}
    loss = planes["row_shading_loss_fraction"]
    assert 0.006 < loss["a/1"] < 0.009
    assert loss[["b/1", "b/2"]].tolist() == [0.0, 0.0]
    assert result.buildings["shading_loss_fraction"].isna().all()


def test_a_stated_capacity_has_no_rows(weather):
    table = pd.DataFrame({"plane_id": ["p"], "surface_tilt": [0.0], "kwp": [5.0]})
    planes = assess(table, weather, rules=[]).planes
    assert planes["row_kind"].tolist() == ["none"]
    assert planes["row_shading_loss_fraction"].tolist() == [0.0]


def test_the_loss_is_what_the_energy_lacks(result, weather):
    lone = assess(
        ROOFS, weather, rules=[], assumptions=from_values({"shading.rows": "none"}, "test")
    )
    assert lone.planes["row_shading_loss_fraction"].tolist() == [0.0, 0.0, 0.0]
    ac = [one.energy["ac_kwh"].sum("month").to_numpy() for one in (result, lone)]
    got = result.planes["row_shading_loss_fraction"].to_numpy()
    assert ac[0] == pytest.approx((1.0 - got) * ac[1], rel=1e-13)


def test_beam_alone_loses_less(result, weather):
    beam = from_values({"shading.rows": "beam"}, "test")
    loss = assess(ROOFS, weather, rules=[], assumptions=beam).planes["row_shading_loss_fraction"]
    assert 0.0 < loss[0] < 0.3 * result.planes["row_shading_loss_fraction"][0]


def test_an_unknown_way_of_shading_is_refused():
    with pytest.raises(InvalidConfig, match="none of beam_diffuse, beam, none"):
        from_values({"shading.rows": "all"}, "test")


def test_losses_of_several_years_are_those_of_the_complete_ones(sky):
    planes = some_rows().head(2)
    both = sky.assign_coords(year=("time", np.where(np.arange(sky.sizes["time"]) < 4000, 1, 2)))
    energy = simulate(planes, both, Assumptions())
    assert np.isnan(row_losses(planes, both, Assumptions(), energy)).all()
    year = simulate(planes, sky, Assumptions())
    known = row_losses(planes, sky, Assumptions(), year)
    holed = year.expand_dims(year=[1, 2]).transpose("plane_id", "year", "month").copy(deep=True)
    holed["ac_kwh"][:, 1, 3] = np.nan
    double = sky.assign_coords(year=("time", np.full(sky.sizes["time"], 1)))
    assert row_losses(planes, double, Assumptions(), holed.sel(year=[1])) == pytest.approx(known)


def test_many_planes_of_one_array_share_one_simulation(sky, monkeypatch):
    planes = pd.concat([some_rows().head(2)] * 50, ignore_index=True)
    planes["plane_id"] = [str(i) for i in range(100)]
    planes["altitude_m"] = np.nan
    seen = []

    def counted(part, *more):
        seen.append(len(part))
        return simulate(part, *more)

    energy = simulate(planes, sky, Assumptions())
    monkeypatch.setattr(rowloss, "simulate", counted)
    loss = row_losses(planes, sky, Assumptions(), energy)
    assert seen == [2]
    assert loss[:2].tolist() == loss[98:].tolist()


def test_no_capacity_no_loss_to_speak_of(sky):
    planes = some_rows().head(1).assign(kwp=0.0)
    energy = simulate(planes, sky, Assumptions())
    assert np.isnan(row_losses(planes, sky, Assumptions(), energy)).all()


def test_a_missing_cover_is_a_missing_energy(sky):
    planes = some_rows().head(2)
    planes.loc[1, "gcr"] = np.nan
    energy = simulate(planes, sky, Assumptions())["ac_kwh"].sum("month", skipna=False)
    assert np.isnan(energy.to_numpy()).tolist() == [False, True]


@pytest.mark.parametrize("tilt", [1.0, 15.0, 60.0])
def test_on_a_level_roof_the_horizon_is_never_nearer_than_the_next_row(tilt):
    free = (1.0 + np.cos(np.radians(tilt))) / 2.0
    view = k.vf_row_sky_2d_integ(tilt, 0.5, 0.0, 1.0)
    assert factors(surface_tilt=tilt)[k.SKY_SHARE] == pytest.approx(view / free, rel=1e-14)


def test_a_roof_falling_to_the_next_row_shows_more_sky_than_one_rising_to_it():
    down, level, up = (
        factors(surface_tilt=25.0, roof_tilt=tilt, roof_azimuth=azimuth)[k.SKY_SHARE]
        for tilt, azimuth in ((12.0, 180.0), (0.0, 180.0), (12.0, 0.0))
    )
    assert up < level < down <= 1.0
    steep = factors(surface_tilt=25.0, roof_tilt=24.0, gcr=0.9)
    assert steep[k.SKY_SHARE] == 1.0


@pytest.mark.parametrize(("roof", "azimuth"), [(12.0, 180.0), (8.0, 0.0), (18.0, 180.0)])
def test_sky_view_on_a_slope_is_the_mean_over_its_points(roof, azimuth):
    tilt, gcr = 25.0, 0.7
    on_roof = tilt - roof if azimuth == 180.0 else tilt + roof
    below = (np.arange(20000) + 0.5) / 20000
    a, angle = 1.0 / gcr, np.radians(on_roof)
    top = (a * np.cos(angle) - below) / np.hypot(a * np.cos(angle) - below, a * np.sin(angle))
    seen = np.minimum((1.0 + top) / 2.0, (1.0 + np.cos(np.radians(tilt))) / 2.0)
    assert k.sky_view(tilt, on_roof, gcr) == pytest.approx(seen.mean(), abs=1e-8)


def test_angles_between_planes_keep_their_digits():
    assert k.angle_between(20.0, 230.0, 20.0, 230.0) == 0.0
    assert k.angle_between(15.0, 180.0, 0.0, 77.0) == pytest.approx(15.0, rel=1e-15)
    assert k.angle_between(1e-5, 180.0, 0.0, 0.0) == pytest.approx(1e-5, rel=1e-12)
    assert k.angle_between(10.0, 90.0, 10.0, 270.0) == pytest.approx(20.0, rel=1e-14)


def test_domes_that_touch_have_no_ground():
    got = factors("domes", surface_tilt=0.0, gcr=1.0)
    assert got[[k.GROUND_SKY, k.GAP, k.GROUND_SHARE]].tolist() == [0.0, 0.0, 0.0]
    assert np.isfinite(got).all()


def test_a_flat_row_lies_in_no_axis():
    axis = row_axis((20.0, 230.0), Rows(0.5, 20.0, 230.0))
    assert axis.angle == pytest.approx(0.0, abs=1e-9)


def test_explain_tells_the_rows_and_reckons_with_them(result):
    told = report.explain(result, "a")
    (plane,) = told["planes"]
    assert plane["array"]["row_kind"] == "racks"
    assert plane["pvlib_ac_kwh"] == pytest.approx(plane["kernel_ac_kwh"], rel=1e-9)
    (step,) = (one for one in plane["steps"] if one.startswith("rows: "))
    assert step.startswith("rows: racks that hide sun, sky and ground from each other: 0.7")
    assert not any("rows: " in step for step in report.explain(result, "b")["planes"][0]["steps"])


@pytest.mark.parametrize(("way", "words"), [("beam", "hide sun from"), ("none", "not counted")])
def test_explain_tells_how_rows_were_counted(weather, way, words):
    assumed = from_values({"shading.rows": way}, "test")
    (plane,) = report.explain(assess(ROOFS, weather, rules=[], assumptions=assumed), "a")["planes"]
    assert plane["pvlib_ac_kwh"] == pytest.approx(plane["kernel_ac_kwh"], rel=1e-9)
    assert any(words in step for step in plane["steps"])


def test_a_lone_plane_is_the_same_to_pvlib_with_and_without_the_setting(sky):
    lone, hours = Plane(15.0, 180.0), []
    for way in ("none", "beam_diffuse"):
        assumed = from_values({"shading.rows": way}, "test")
        hours.append(simulate_hours(lone, sky.isel(site=0), assumed)["ac_kw"].to_numpy())
    assert hours[0].tobytes() == hours[1].tobytes()
