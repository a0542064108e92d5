"""Laws of shade through the whole assessment: order, company, height, sources."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from roofmaker import placed
from streetmaker import LAT, LON, TOWER, assessed, elevation, row, surface

from roofpv.energy import set_threads
from roofpv.surroundings import Surroundings, read_surroundings

FORMS = ("flat", "gabled", "hipped")


def block(seed=5, count=7):
    """Roofs of all forms, some metres to a street apart."""
    rng = np.random.default_rng(seed)
    shapes, table = [], []
    for i in range(count):
        x, y = 40.0 * (i % 3) + rng.uniform(-4, 4), 38.0 * (i // 3) + rng.uniform(-4, 4)
        corner = shapely.box(x, y, x + rng.uniform(14, 26), y + rng.uniform(10, 18))
        shapes.append(placed(shapely.affinity.rotate(corner, rng.uniform(0, 90)), LAT, LON))
        table.append({"building_id": f"r{i}", "roof_type": FORMS[i % 3], "lon": LON, "lat": LAT,
                      "height_m": float(rng.uniform(6, 30))})  # fmt: skip
    return gpd.GeoDataFrame(pd.DataFrame(table), geometry=shapes, crs=4326)


def blocks(seed=8, count=12):
    """A context about the roofs, with storeys or heights."""
    rng = np.random.default_rng(seed)
    shapes, table = [], []
    for i in range(count):
        x, y = 45.0 * (i % 4) - 50.0, 50.0 * (i // 4) - 45.0
        shapes.append(placed(shapely.box(x, y, x + 9, y + rng.uniform(8, 20)), LAT, LON))
        height = float(rng.uniform(8, 60))
        table.append({"building_id": f"c{i}", "height_m": height if i % 3 else np.nan,
                      "floors": float(i + 2)})  # fmt: skip
    return gpd.GeoDataFrame(pd.DataFrame(table), geometry=shapes, crs=4326)


def table(result):
    """All numbers of the buildings, by building."""
    frame = pd.DataFrame(result.buildings.drop(columns=["geometry", "source_row"]))
    return frame.set_index("building_id").sort_index()


def planes(result):
    frame = pd.DataFrame(result.planes.drop(columns="geometry"))
    return frame.set_index("plane_id").sort_index()


@pytest.fixture(scope="module")
def whole():
    return assessed(block(), blocks())


def test_the_order_of_the_roofs_changes_no_bit(whole):
    for order in (np.arange(7)[::-1], np.random.default_rng(1).permutation(7)):
        found = assessed(block().iloc[order].reset_index(drop=True), blocks())
        pd.testing.assert_frame_equal(table(found), table(whole), check_exact=True)
        pd.testing.assert_frame_equal(planes(found), planes(whole), check_exact=True)
        assert found.run["shading"] == whole.run["shading"]


def test_the_order_of_the_context_changes_no_bit(whole):
    for order in (np.arange(12)[::-1], np.random.default_rng(2).permutation(12)):
        found = assessed(block(), blocks().iloc[order].reset_index(drop=True))
        pd.testing.assert_frame_equal(table(found), table(whole), check_exact=True)
        pd.testing.assert_frame_equal(planes(found), planes(whole), check_exact=True)


def test_a_roof_alone_in_the_same_surroundings_is_the_same_to_the_bit(whole):
    roofs = block()
    around = pd.concat([roofs, blocks()], ignore_index=True)
    everybody = assessed(roofs, around)
    pd.testing.assert_frame_equal(
        table(everybody)[["ac_kwh", "kwp", "shading_loss_fraction"]],
        table(whole)[["ac_kwh", "kwp", "shading_loss_fraction"]],
        check_exact=True,
    )
    for i in range(len(roofs)):
        alone = assessed(roofs.iloc[[i]].reset_index(drop=True), around)
        name = roofs["building_id"].iloc[i]
        pd.testing.assert_frame_equal(table(alone), table(everybody).loc[[name]], check_exact=True)


def test_threads_change_no_bit(whole):
    for threads in (1, 2):
        set_threads(threads)
        found = assessed(block(), blocks())
        pd.testing.assert_frame_equal(table(found), table(whole), check_exact=True)
    set_threads(None)


def test_rasters_too_give_a_roof_alone_its_bits(tmp_path):
    roofs = block()
    dsm, dem = surface(tmp_path / "dsm.tif", [(TOWER, 50.0)]), elevation(tmp_path / "dem.tif")
    around = read_surroundings(pd.concat([roofs, blocks()]), dsm, terrain=dem)
    everybody = assessed(roofs, around)
    order = [4, 2, 6, 0, 1, 5, 3]
    turned = assessed(roofs.iloc[order].reset_index(drop=True), around)
    pd.testing.assert_frame_equal(table(turned), table(everybody), check_exact=True)
    for i in (0, 4):
        alone = assessed(roofs.iloc[[i]].reset_index(drop=True), around)
        name = roofs["building_id"].iloc[i]
        pd.testing.assert_frame_equal(table(alone), table(everybody).loc[[name]], check_exact=True)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_raising_a_neighbour_never_adds_energy(whole, seed):
    rng = np.random.default_rng(seed)
    context = blocks()
    context["height_m"] = context["height_m"].fillna(context["floors"] * 3.0)
    before = table(whole)["ac_kwh"]
    for step in rng.uniform(0.5, 40.0, 3):
        context.loc[rng.integers(len(context)), "height_m"] += step
        after = table(assessed(block(), context))["ac_kwh"]
        assert (after <= before).all()
        before = after
    assert (before < table(whole)["ac_kwh"]).any()


def test_raising_a_roof_never_takes_its_own_energy_and_never_adds_to_others():
    roofs = block()
    before = table(assessed(roofs, blocks()))["ac_kwh"]
    roofs.loc[roofs["building_id"] == "r4", "height_m"] += 15.0
    after = table(assessed(roofs, blocks()))["ac_kwh"]
    others = after.index != "r4"
    assert (after[others] <= before[others]).all()
    assert after["r4"] >= before["r4"]


def test_raising_a_tower_in_a_raster_or_a_ridge_never_adds_energy(tmp_path):
    roofs = block()
    before = None
    for height in (10.0, 30.0, 60.0):
        dsm = surface(tmp_path / "dsm.tif", [(TOWER, height)])
        after = table(assessed(roofs, read_surroundings(surface=dsm)))["ac_kwh"]
        assert before is None or (after <= before).all()
        assert before is None or (after < before).any()
        before = after
    before = None
    for ridge in (1300.0, 1800.0, 2500.0):
        around = read_surroundings(terrain=elevation(tmp_path / "dem.tif", ridge))
        after = table(assessed(roofs, around))["ac_kwh"]
        assert before is None or (after <= before).all()
        before = after
    assert (after < table(assessed(roofs))["ac_kwh"]).all()


def test_another_source_never_adds_energy_and_losses_add_up(tmp_path):
    roofs = block()
    dsm, dem = surface(tmp_path / "dsm.tif", [(TOWER, 50.0)]), elevation(tmp_path / "dem.tif")
    growing = [
        Surroundings(),
        read_surroundings(terrain=dem),
        read_surroundings(blocks(), terrain=dem),
        read_surroundings(blocks(), dsm, terrain=dem),
    ]
    found = [assessed(roofs, around) for around in growing]
    energies = [table(one)["ac_kwh"] for one in found]
    for less, more in zip(energies[1:], energies, strict=False):
        assert (less <= more * (1.0 + 1e-12)).all()
    last = found[-1].planes
    steps = [("terrain",), ("neighbours", "own"), ("surface",)]
    names = [f"{name}_loss_fraction" for step in steps for name in step]
    known = last["kwp"] > 0.0
    np.testing.assert_allclose(
        last.loc[known, names].sum(axis=1), last.loc[known, "shading_loss_fraction"], atol=1e-12
    )
    for number, step in enumerate(steps):
        taken = last[[f"{name}_loss_fraction" for name in step]].sum(axis=1)
        lost = (energies[number] - energies[number + 1]) / energies[0]
        for building in roofs["building_id"]:
            mine = taken[(last["building_id"] == building) & known]
            if len(mine) == 1:
                assert mine.iloc[0] == pytest.approx(lost[building], abs=1e-9)


def test_an_open_assessment_is_that_of_a_context_out_of_reach():
    roofs = block().iloc[[0]].reset_index(drop=True)
    roofs["roof_type"] = "flat"
    far = blocks().iloc[:3].copy()
    far = far.set_geometry(far.translate(0.01))
    found, bare = assessed(roofs, far), assessed(roofs)
    assert row(found, "r0")["ac_kwh"] == row(bare, "r0")["ac_kwh"]
    assert row(found, "r0")["shading_loss_fraction"] == 0.0
    assert np.isnan(row(bare, "r0")["shading_loss_fraction"])
