"""East-west domes as one row a plane: their arrays, and what explain says of them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from roofpv import report
from roofpv.assessment import assess
from roofpv.assumptions import from_values
from roofpv.energy import arrays_of, per_plane, simulate
from roofpv.energy.arrays import has_domes, side_of
from roofpv.energy.behindrows import Rows
from roofpv.energy.hourly import Plane, sides_of
from roofpv.sky import sun_and_sky
from roofpv.weather import bundled_weather


def table(kinds=("racks", "domes", "none", "domes")):
    return pd.DataFrame(
        {
            "plane_id": [f"p{i}" for i in range(len(kinds))],
            "surface_azimuth": np.array([180.0, 90.0, 200.0, 200.0])[: len(kinds)],
            "kwp": np.array([1.0, 2.0, 3.0, 5.0])[: len(kinds)],
            "row_kind": kinds,
        },
        index=range(7, 7 + len(kinds)),
    )


def test_both_sides_stand_one_after_the_other():
    planes = table()
    before = planes.copy()
    arrays, owner = arrays_of(planes)
    assert owner.tolist() == [0, 1, 1, 2, 3, 3]
    assert arrays["plane_id"].tolist() == ["p0", "p1", "p1", "p2", "p3", "p3"]
    assert arrays["surface_azimuth"].tolist() == [180.0, 90.0, 270.0, 200.0, 200.0, 20.0]
    assert arrays["kwp"].tolist() == [1.0, 1.0, 1.0, 3.0, 2.5, 2.5]
    assert side_of(owner).tolist() == [0, 0, 1, 0, 0, 1]
    assert has_domes(planes).tolist() == [False, True, False, True]
    pd.testing.assert_frame_equal(planes, before)


@pytest.mark.parametrize(
    "planes", [table(("racks", "none")), table().drop(columns="row_kind"), table().head(0)]
)
def test_without_domes_the_table_itself_is_given(planes):
    arrays, owner = arrays_of(planes)
    assert arrays is planes
    assert owner.tolist() == list(range(len(planes)))
    values = np.arange(2.0 * len(planes)).reshape(2, len(planes))
    assert per_plane(values, owner, axis=1) is values


def test_a_plane_has_the_mean_of_its_arrays():
    values = np.array([[1.0, 2.0, 6.0, -0.0, np.nan, 8.0], [7.0, 0.1, 0.1, 4.0, 1.0, 1.0]])
    owner = np.array([0, 1, 1, 2, 3, 3])
    got = per_plane(values, owner, axis=1)
    assert got.tolist()[1] == [7.0, 0.1, 4.0, 1.0]
    assert got[0, :3].tobytes() == np.array([1.0, 4.0, -0.0]).tobytes()
    assert np.isnan(got[0, 3])
    assert np.array_equal(per_plane(values.T, owner), got.T, equal_nan=True)


def test_a_missing_azimuth_stays_missing():
    planes = table().assign(surface_azimuth=np.nan)
    assert arrays_of(planes)[0]["surface_azimuth"].isna().all()


def test_sides_for_pvlib():
    domes = Plane(10.0, 270.0, 8.0, rows=Rows(0.9, kind="domes"))
    east, west = sides_of(domes)
    assert (east.surface_azimuth, east.kwp) == (270.0, 4.0)
    assert (west.surface_azimuth, west.kwp, west.rows) == (90.0, 4.0, domes.rows)
    for lone in (Plane(10.0, 90.0), Plane(10.0, 90.0, rows=Rows(0.5))):
        assert sides_of(lone) == (lone,)


@pytest.fixture(scope="module")
def weather():
    return bundled_weather("dawukou")


@pytest.fixture(scope="module", params=["beam_diffuse", "none"])
def told(weather, request):
    """A level roof of the usual racks, its plane and energy made those of domes."""
    roofs = pd.DataFrame({"roof_type": ["flat"], "roof_area_m2": [900.0], "building_id": ["a"]})
    assumed = from_values({"shading.rows": request.param}, "test")
    result = assess(roofs, weather, rules=[], assumptions=assumed)
    planes = result.planes.assign(
        row_kind="domes", surface_tilt=12.0, surface_azimuth=100.0, gcr=0.95
    )
    energy = simulate(planes, sun_and_sky(weather), assumed)
    changed = dataclasses.replace(result, planes=planes, energy=energy)
    (plane,) = report.explain(changed, "a")["planes"]
    return plane, planes.iloc[0], energy


def test_explain_reckons_with_both_sides(told):
    plane, _, energy = told
    assert plane["array"]["row_kind"] == "domes"
    assert plane["pvlib_ac_kwh"] == pytest.approx(plane["kernel_ac_kwh"], rel=1e-9)
    poa = float(energy["poa_kwh_per_m2"].sum())
    assert any(f"= {poa:,.1f} kWh/m2 a year" in step for step in plane["steps"])


def test_explain_says_that_there_are_two_sides(told):
    plane, row, _ = told
    (step,) = (one for one in plane["steps"] if one.startswith("sides: "))
    each = row["kwp"] / 2.0
    assert f"two, toward azimuth 100.0 and 280.0 deg, {each:,.2f} kWp each" in step
