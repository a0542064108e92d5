"""Surface models that are none: flat, mirrored, in feet, with heights that stand for none."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from roofpv.assumptions import Shading
from roofpv.errors import InvalidRaster
from roofpv.shaderecord import source_warnings
from roofpv.shading import (
    array_raster,
    judge_canopy,
    judge_surface,
    open_surface,
    planes_much_unknown,
    surface_skylines,
)
from roofpv.shading.spikes import count_steps, find_spikes, spike_height_m

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "dsm" / "goteborg"
SIDE, REACH = 400, Shading(surface_reach_m=50.0)


def town(count=30, seed=0, ground=1100.0):
    """Buildings strewn over a square without touching, and the surface they stand in."""
    rng = np.random.default_rng(seed)
    cells = rng.permutation(64)[:count]
    x, y = (
        cells % 8 * 50.0 + rng.uniform(2, 20, count),
        cells // 8 * 50.0 + rng.uniform(2, 20, count),
    )
    east, north = x + rng.uniform(12, 24, count), y + rng.uniform(12, 24, count)
    height = np.round(rng.uniform(4.0, 40.0, count), 1)
    row, column = np.mgrid[:SIDE, :SIDE]
    z = ground + 0.02 * column + rng.normal(0.0, 0.05, (SIDE, SIDE))
    for west, south, right, top, high in zip(x, y, east, north, height, strict=True):
        inside = (column + 0.5 > west) & (column + 0.5 < right)
        inside &= (SIDE - row - 0.5 > south) & (SIDE - row - 0.5 < top)
        z[inside] += high
    shapes = shapely.box(x, y, east, north)
    return gpd.GeoDataFrame({"height_m": height}, geometry=shapes), z


def judged(z, buildings):
    return judge_surface(array_raster(np.asarray(z, dtype=np.float32), 1.0), buildings, REACH)


def refused(z, buildings, *words):
    with pytest.raises(InvalidRaster) as fault:
        judged(z, buildings)
    said = str(fault.value)
    assert "\n" not in said
    assert [word for word in words if word not in said] == []


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("count", [1, 6, 30, 60])
def test_a_sound_surface_is_taken_without_a_word(seed, count):
    buildings, z = town(count, seed)
    found = judged(z, buildings)
    assert found.doubts == []
    assert found.counts == {"pixels_no_height": 0, "pixels_spikes": 0}
    assert found.surface.fill is None
    assert 1100.0 <= found.ground_m <= 1108.0
    assert judged(z, buildings.drop(columns="height_m")).doubts == []
    eaves = buildings.assign(height_m=buildings["height_m"] * 0.7)
    assert judged(z, eaves).doubts == []


def test_buildings_outside_or_without_outline_say_nothing():
    buildings, z = town(30)
    away = buildings.set_geometry(buildings.translate(10_000.0))
    assert judged(z * 0.0, away)[1:3] == ({}, [])
    bare = buildings.set_geometry([None] * 30)
    assert judged(z, bare).counts == {}
    points = buildings.set_geometry(buildings.centroid)
    assert judged(z, points).doubts == []


def test_heights_in_feet_are_refused_and_of_a_few_buildings_doubted():
    buildings, z = town(30)
    refused(
        z / 0.3048,
        buildings,
        " times as high as listed",
        "30 buildings",
        "look like feet",
        "0.3048",
    )
    few = buildings.iloc[:7]
    (said,) = judged(z / 0.3048, few).doubts
    assert "look like feet" in said
    assert judged(z / 0.3048, buildings.iloc[:4]).doubts == []
    assert judged(z / 0.3048, buildings.drop(columns="height_m")).doubts == []
    estimated = buildings.rename(columns={"height_m": "estimated_height_m"})
    assert judged(z / 0.3048, estimated).doubts == []


@pytest.mark.parametrize(("factor", "unit"), [(10.0, "decimetres"), (100.0, "centimetres")])
def test_heights_in_tenths_and_hundredths_are_refused(factor, unit):
    buildings, z = town(30, ground=50.0)
    refused(z * factor, buildings, "times as high as listed", unit, f"by {1 / factor:g} ")
    assert any(unit in said for said in judged(z * factor, buildings.iloc[:7]).doubts)


def test_storeys_stand_for_heights_that_are_not_listed():
    buildings, z = town(30)
    floors = np.maximum(np.round(buildings["height_m"] / 3.3), 1.0)
    counted = buildings.assign(height_m=np.nan, floors=floors, estimated_height_m=3.3 * floors)
    assert judged(z, counted).doubts == []
    (said,) = judged(z / 0.3048, counted).doubts
    assert "times as high as their storeys say, at " in said
    assert "are its heights in feet?" in said
    (said,) = judged(1100.0 + 0.3 * (z - 1100.0), counted).doubts
    assert "is it of this place, in metres?" in said
    # Storeys that are usual for a use tell nothing.
    assert judged(z / 0.3048, counted.assign(floors=np.nan)).doubts == []


def test_what_is_higher_than_any_building_is_told():
    buildings, z = town(30)
    z[100:120, 150:170] = 2300.0
    (said,) = judged(z, buildings).doubts
    assert "pixels within reach stand over 1,000 m above those beside them" in said
    assert int(said.split()[1]) == 4 * 2 * 20 - 4 * 4
    # A mountain is no step.
    row = np.mgrid[:SIDE, :SIDE][0]
    assert judged(z * 0.0 + 4.0 * row + town(30)[1], buildings.iloc[:4]).doubts == []
    assert count_steps(np.full((9, 9), np.nan), 1.0) == 0


def canopy_judged(z, buildings):
    return judge_canopy(array_raster(np.asarray(z, dtype=np.float32), 1.0), buildings, REACH)


def test_a_canopy_holds_heights_above_the_ground():
    buildings, z = town(12)
    crowns = np.zeros(z.shape)
    crowns[::9, ::7] = 12.0
    assert canopy_judged(crowns, buildings) == []
    assert canopy_judged(np.where(crowns > 0.0, crowns, np.nan), buildings) == []
    assert canopy_judged(crowns * 0.0, buildings) == []
    assert canopy_judged(crowns, buildings.iloc[:0]) == []
    with pytest.raises(InvalidRaster, match=r"its heights within reach go up to 1,1.*0 to 130 m"):
        canopy_judged(z + crowns, buildings)
    (said,) = canopy_judged(crowns + 20.0, buildings)
    assert "no pixel within reach is below 20 m" in said
    assert "subtract the heights of the ground" in said
    crowns[200, 200] = 400.0
    (said,) = canopy_judged(crowns, buildings)
    assert "1 pixels within reach are higher than any tree: not used" in said


def test_a_list_in_feet_or_other_units_is_doubted():
    buildings, z = town(30)
    (said,) = judged(z, buildings.assign(height_m=buildings["height_m"] / 0.3048)).doubts
    assert "0.31 times as high as listed" in said
    assert "height_m of the list looks like feet" in said
    (said,) = judged(z, buildings.assign(height_m=buildings["height_m"] / 5.0)).doubts
    assert "one of the two has other units" in said


def test_heights_of_the_list_that_are_all_alike_or_at_random_accuse_nobody():
    buildings, z = town(40)
    assert judged(z, buildings.assign(height_m=3.0)).doubts == []
    rng = np.random.default_rng(5)
    mixed = buildings.assign(height_m=rng.permutation(buildings["height_m"]) / 3.28)
    assert judged(z, mixed).doubts == []


@pytest.mark.parametrize("bare", ["plane", "zero", "terrain"])
def test_a_model_without_roofs_is_refused(bare):
    buildings, z = town(30)
    column = np.mgrid[:SIDE, :SIDE][1]
    z = {"plane": z * 0.0 + 1100.0, "zero": z * 0.0, "terrain": 1100.0 + 0.02 * column}[bare]
    refused(z, buildings, "30 of 30 buildings", "no higher than the ground", "--terrain")
    nameless = buildings.drop(columns="height_m")
    refused(z, nameless, "no higher than the ground")
    said = " ".join(judged(z, buildings.iloc[:8]).doubts)
    assert "at 8 of 8 buildings" in said
    assert ("one height" in said) == (bare != "terrain")


@pytest.mark.parametrize(
    ("turned", "told"),
    [
        (np.s_[::-1, :], "rows run from south to north"),
        (np.s_[:, ::-1], "columns run from east to west"),
        (np.s_[::-1, ::-1], "rows and columns run backward"),
    ],
)
def test_a_mirrored_raster_is_refused(turned, told):
    buildings, z = town(30)
    refused(z[turned], buildings, told, "as it seems", "numpy.", "as it is")
    (said,) = judged(z[turned], buildings.iloc[:8]).doubts
    assert told in said
    assert "numpy." in said
    assert judged(z[turned], buildings.iloc[:4]).doubts == []


def test_a_raster_of_another_place_is_doubted():
    _, z = town(30, seed=7)
    buildings, _ = town(30, seed=1)
    (said,) = judged(z, buildings.drop(columns="height_m")).doubts
    assert "may be shifted, turned, of another place or time" in said
    few = " ".join(judged(z, buildings.iloc[:10].drop(columns="height_m")).doubts)
    assert "of 10 buildings" in few


@pytest.mark.parametrize("value", [-9999.0, -32767.0, 3.4028235e38, 1e30, np.inf])
def test_values_that_are_no_heights_are_told(value):
    buildings, z = town(30)
    z[:20, :30] = value
    found = judged(z, buildings)
    assert found.counts["pixels_no_height"] == 600
    assert "600 pixels within reach are no heights" in found.doubts[0]
    assert "-a_nodata" in found.doubts[0]
    assert np.isnan(found.surface.window((0, 20), (0, 30))).all()


@pytest.mark.parametrize("value", [0.0, -99.0, -327.68])
def test_a_value_that_could_be_a_height_stands_for_none_where_the_ground_is_far_above(value):
    buildings, z = town(30)
    z[:20, :30] = value
    found = judged(z, buildings)
    assert found.surface.fill == np.float32(value)
    assert found.counts == {"pixels_no_height": 600, "pixels_spikes": 0}
    assert len(found.doubts) == 1
    assert np.isnan(found.surface.window((0, 20), (0, 30))).all()
    # By the sea, or with land in between, it is a height.
    for ground, between in ((20.0, None), (1100.0, 30.0 + value)):
        buildings, z = town(30, ground=ground + min(value, 0.0))
        z[:20, :30] = value
        if between is not None:
            z[20:40, :30] = between
        assert judged(z, buildings).surface.fill is None
    towers, z = town(1, ground=0.0)
    assert judged(np.where(z > 3.0, 120.0, 0.0), towers).surface.fill is None


def test_a_raster_without_any_height_is_refused():
    buildings, z = town(3)
    refused(z * 100.0, buildings, "no pixel within reach", "and the like", "metres")


def test_pixels_that_stand_alone_are_without_data_and_told():
    buildings, z = town(30)
    clean = judged(z, buildings)
    z[10, 10], z[30:32, 50:52], z[200, 0], z[300, 300] = 1900.0, 1500.0, 1700.0, 300.0
    found = judged(z, buildings)
    # Four of a square, three alone.
    assert found.counts == {"pixels_no_height": 0, "pixels_spikes": 7}
    assert "7 pixels within reach stand alone, over 200 m" in found.doubts[0]
    heights = found.surface.window((0, SIDE), (0, SIDE))
    assert np.isnan(heights).sum() == 7
    same = ~np.isnan(heights)
    assert (heights[same] == clean.surface.window((0, SIDE), (0, SIDE))[same]).all()
    for window in (((5, 11), (5, 11)), ((31, 32), (51, 52)), ((10, 400), (0, 11))):
        part = found.surface.window(*window)
        assert np.array_equal(part, heights[slice(*window[0]), slice(*window[1])], equal_nan=True)


def test_towers_walls_and_corners_are_no_spikes():
    z = np.zeros((40, 40), dtype=np.float32)
    z[10:14, 10:14] = 250.0
    z[20, :], z[30:, 30:] = 300.0, 400.0
    assert find_spikes(z, 200.0)[0].size == 0
    z[5, 30] = 201.0
    z[4, 31:33] = np.nan
    assert [one.tolist() for one in find_spikes(z, 200.0)] == [[5], [30]]
    assert find_spikes(z, 250.0)[0].size == 0
    assert find_spikes(z[:4], 200.0)[0].size == 0
    z[3:8, 28:33] = np.nan
    z[5, 30] = 201.0
    assert find_spikes(z, 200.0)[0].size == 0
    assert (spike_height_m(0.5), spike_height_m(30.0)) == (200.0, 2250.0)


def test_a_spike_hides_nothing():
    buildings, z = town(12)
    planes = buildings.assign(plane_id=[f"p{i}" for i in range(12)])
    assumed = Shading(surface_reach_m=300.0)
    spiked = z.copy()
    spiked[37, 199] = 2000.0
    seen = [surface_skylines(array_raster(one, 1.0), planes, assumed) for one in (z, spiked)]
    more = seen[1]["horizon_elevation"] - seen[0]["horizon_elevation"]
    assert float(abs(more).max()) < 1.0


def test_pixels_that_are_wider_than_roofs_are_told():
    buildings, z = town(30)
    for side, said in ((5, 0), (10, 1), (25, 1)):
        coarse = np.asarray(z[side // 2 :: side, side // 2 :: side], dtype=np.float32)
        doubts = judge_surface(array_raster(coarse, float(side)), buildings, REACH).doubts
        assert sum(f"four of its pixels of {side} m" in text for text in doubts) == said
        assert len(doubts) == said


def test_the_order_of_the_buildings_changes_nothing():
    buildings, z = town(30)
    z, said = z / 0.3048, set()
    for order in (np.arange(30), np.arange(30)[::-1], np.random.default_rng(0).permutation(30)):
        with pytest.raises(InvalidRaster) as fault:
            judged(z, buildings.iloc[order])
        said.add(str(fault.value))
    assert len(said) == 1


def test_planes_among_much_unknown_land_are_counted_and_told():
    buildings, z = town(30)
    z[:, :200] = np.nan
    planes = buildings.assign(plane_id=[f"p{i}" for i in range(30)])
    seen = surface_skylines(array_raster(z, 1.0), planes, REACH)
    by_plane = seen["unknown_share"].groupby("plane").mean()
    count = planes_much_unknown(seen)
    assert count == int((by_plane > 0.2).sum()) > 0
    said = source_warnings({"surface": seen.assign_attrs(planes_much_unknown=count, remarks="[]")})
    assert any(f"around {count:,} planes, over 20 % of the land" in text for text in said)


def test_the_model_of_gothenburg_is_sound_and_its_terrain_is_no_surface():
    archive = FOLDER / "Goteborg_SWEREF99_1200.zip"
    if not archive.is_file():
        pytest.skip("reference data not found at ../shared/data")
    inside = f"zip://{archive}!/Goteborg_SWEREF99_1200"
    buildings = gpd.read_file(f"{inside}/buildings.shp")
    buildings = buildings.set_geometry(buildings.make_valid())
    found = judge_surface(open_surface(f"{inside}/DSM_KRbig.tif"), buildings, Shading())
    assert found.doubts == []
    with pytest.raises(InvalidRaster, match="33 of 35 buildings"):
        judge_surface(open_surface(f"{inside}/DEM_KRbig.tif"), buildings, Shading())
