"""A plane table states the inverter of each plane."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import roofpv
from roofpv import energy
from roofpv.assumptions import Assumptions
from roofpv.dirt import site_sky
from roofpv.energy.behindrows import Rows
from roofpv.energy.hourly import Plane, sides_of, simulate_hours
from roofpv.energy.shadedhours import Around
from roofpv.layouts import _simulate_in_steps
from roofpv.report import explain
from roofpv.waterfalls import building_waterfall, with_waterfall
from roofpv.weather import bundled_weather

TABLE = """plane_id,building_id,surface_tilt,surface_azimuth,kwp,area_m2,容配比
a,A,30,180,10,,2
b,B,30,180,10,,
c,C,30,180,,100,2
d,D,30,180,10,,9
"""


def test_the_ratio_goes_from_the_list_to_the_energy(tmp_path: Path) -> None:
    file = tmp_path / "planes.csv"
    file.write_text(TABLE, encoding="utf-8")
    result = roofpv.assess(roofpv.read_inventory(file), bundled_weather("dawukou"), rules=[])
    planes = result.planes.set_index("plane_id")
    assert planes["dc_ac_ratio"].fillna(0.0).to_dict() == {"a": 2.0, "b": 0.0, "c": 2.0}
    assert result.quarantine["column"].tolist() == ["dc_ac_ratio"]
    yields = result.buildings.set_index("building_id")["specific_yield_kwh_per_kwp"]
    assert yields["A"] == pytest.approx(yields["C"], rel=1e-12)
    assert yields["A"] < 0.98 * yields["B"]
    steps = building_waterfall(result, "A").set_index("step")["factor"]
    assert steps["clipping"] < 0.98
    told = explain(result, "A")["planes"][0]
    assert told["pvlib_ac_kwh"] == pytest.approx(10.0 * yields["A"], rel=1e-9)
    assert any("DC/AC 2:" in step for step in told["steps"])


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> roofpv.Result:
    """Planes whose inverters take all, a part, and none; a building of two of them."""
    file = tmp_path_factory.mktemp("ratios") / "planes.csv"
    head, *rows = TABLE.replace(",9\n", ",0.5\n").splitlines()
    file.write_text("\n".join([head, *rows, "e,A,10,90,20,,1.5", "f,F,30,180,0,,2"]), "utf-8")
    return with_waterfall(
        roofpv.assess(roofpv.read_inventory(file), bundled_weather("dawukou"), rules=[])
    )


def test_what_is_clipped_is_what_pvlib_leaves_over_the_rating(kept: roofpv.Result) -> None:
    assumed, sky = Assumptions(), site_sky(bundled_weather("dawukou"), Assumptions()).isel(site=0)
    lost = kept.planes.set_index("plane_id")["clipping_loss_fraction"]
    over = {"A": [0.0, 0.0]}
    for plane in kept.planes[kept.planes["kwp"] > 0.0].itertuples():
        ratio = 1.2 if np.isnan(plane.dc_ac_ratio) else plane.dc_ac_ratio
        twin = Plane(plane.surface_tilt, plane.surface_azimuth, plane.kwp, plane.altitude_m)
        hours = simulate_hours(twin, sky, assumed)["dc_kw"]
        taken = hours.clip(upper=plane.kwp / ratio / assumed.inverter.efficiency)
        assert lost[plane.plane_id] == pytest.approx(1 - taken.sum() / hours.sum(), abs=1e-9)
        if plane.building_id == "A":
            over["A"][0] += hours.sum()
            over["A"][1] += taken.sum()
    assert lost["d"] == 0.0
    assert lost["a"] > lost["e"] > 0.0
    of_roof = kept.buildings.set_index("building_id")["clipping_loss_fraction"]
    assert of_roof["A"] == pytest.approx(1 - over["A"][1] / over["A"][0], abs=1e-9)
    assert of_roof["C"] == pytest.approx(lost["c"])


def test_without_modules_nothing_is_clipped_and_nothing_is_known(kept: roofpv.Result) -> None:
    assert np.isnan(kept.planes.set_index("plane_id").loc["f", "clipping_loss_fraction"])
    assert np.isnan(kept.buildings.set_index("building_id").loc["F", "clipping_loss_fraction"])
    bare = dataclasses.replace(kept, planes=kept.planes.assign(kwp=0.0))
    assert with_waterfall(bare).buildings["clipping_loss_fraction"].isna().all()
    assert with_waterfall(bare).waterfall.empty


def test_the_column_is_there_where_the_waterfall_is(tmp_path: Path, kept: roofpv.Result) -> None:
    again = roofpv.read_results(roofpv.write_results(kept, tmp_path / "out"))
    for name in ("buildings", "planes"):
        known = getattr(kept, name)["clipping_loss_fraction"].to_numpy()
        read = getattr(again, name)["clipping_loss_fraction"].to_numpy()
        np.testing.assert_array_equal(read, known)


ROWS = pd.DataFrame(
    {
        "plane_id": ["racks", "domes", "sloped"], "surface_tilt": [30.0, 10.0, 35.0],
        "surface_azimuth": [180.0, 90.0, 170.0], "kwp": [10.0, 20.0, 5.0],
        "dc_ac_ratio": [2.0, 1.6, 2.5], "weather_site": "dawukou",
        "row_kind": ["racks", "domes", "racks"], "gcr": [0.6, 0.95, 0.5],
        "roof_tilt": [0.0, 0.0, 8.0], "roof_azimuth": [180.0, 180.0, 170.0],
    }
)  # fmt: skip


@pytest.mark.parametrize("wall", [0.0, 30.0], ids=["open", "wall"])
def test_arrays_in_rows_and_in_the_shade_have_their_own_inverter(wall: float) -> None:
    assumed, sky = Assumptions(), site_sky(bundled_weather("dawukou"), Assumptions())
    names = ROWS["plane_id"].to_numpy(dtype=object)
    elevation = np.zeros((3, 1, 72))
    elevation[:, :, 30:44] = wall
    dims = ("plane_id", "point", "azimuth")
    coords = {"plane_id": names, "azimuth": np.arange(72) * 5.0}
    walls = xr.Dataset({"horizon_elevation": (dims, elevation)}, coords) if wall else None
    got = energy.simulate(ROWS, sky, assumed, walls)
    for (_, row), name in zip(ROWS.iterrows(), names, strict=True):
        rows = Rows(row["gcr"], row["roof_tilt"], row["roof_azimuth"], row["row_kind"])
        facing = row["surface_tilt"], row["surface_azimuth"], row["kwp"]
        plane = Plane(*facing, rows=rows, dc_ac_ratio=row["dc_ac_ratio"])
        around = Around(elevation[0]) if wall else None
        ac = sum(
            simulate_hours(side, sky.isel(site=0), assumed, around)["ac_kw"].sum()
            for side in sides_of(plane)
        )
        mine = float(got["ac_kwh"].sel(plane_id=name).sum())
        assert mine == pytest.approx(ac, rel=1e-9)


def test_a_plan_sees_the_inverter_of_each_roof() -> None:
    sky = site_sky(bundled_weather("dawukou"), Assumptions())
    two = ROWS.iloc[[0, 0]].assign(plane_id=["a", "b"], dc_ac_ratio=[0.8, 2.5])
    exact, steps = (way(two, sky, Assumptions()) for way in (energy.simulate, _simulate_in_steps))
    np.testing.assert_allclose(steps["ac_kwh"], exact["ac_kwh"], rtol=1e-12)


def test_without_any_ratio_there_is_no_column(tmp_path: Path) -> None:
    file = tmp_path / "planes.csv"
    file.write_text(TABLE.replace(",2\n", ",\n").replace(",9\n", ",\n"), encoding="utf-8")
    result = roofpv.assess(roofpv.read_inventory(file), bundled_weather("dawukou"), rules=[])
    assert "dc_ac_ratio" not in result.planes
