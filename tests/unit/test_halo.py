"""What the roofs of a part may see: kept, gathered by place, and judged as in the whole."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from roofpv.batch.halo import (
    CONTEXT,
    LIST,
    Cells,
    Shelf,
    counts_alone,
    find_near,
    grown,
    keep,
    keep_boxes,
)
from roofpv.contexts import added_up
from roofpv.roofs.metric import to_local_metres
from roofpv.shading import find_obstacles, neighbour_skylines, own_skylines
from roofpv.shading.obstacles import Listed, listed_of
from roofpv.shading.own import Structures

REACH = 60.0
LON, LAT = 106.37, 39.0


def city(count, seed, lon=LON):
    """Buildings of a few blocks, some over others, some without height or outline."""
    rng = np.random.default_rng(seed)
    east, north = rng.uniform(0.0, 3e-3, (2, count))
    half = rng.uniform(3e-5, 1.6e-4, (2, count))
    x, y = lon + np.round(east, 4), LAT + np.round(north, 4)
    shapes = shapely.box(x - half[0], y - half[1], x + half[0], y + half[1])
    again = rng.integers(0, count, count // 5)
    shapes[: again.size] = shapes[again]
    shapes[rng.random(count) < 0.05] = None
    height = rng.uniform(3.0, 60.0, count)
    stated = np.where(rng.random(count) < 0.3, np.nan, np.where(height > 52.0, 5e3, height))
    estimated = np.where(np.isnan(stated) & (rng.random(count) < 0.7), height / 2.0, np.nan)
    table = {"building_id": [f"{seed}-{i}" for i in range(count)], "height_m": stated,
             "estimated_height_m": estimated, "roof_type": "flat"}  # fmt: skip
    return gpd.GeoDataFrame(pd.DataFrame(table), geometry=shapes, crs=4326)


def pieces_of(frame, size):
    return [frame.iloc[i : i + size].reset_index(drop=True) for i in range(0, len(frame), size)]


def shelves(work, own, around, size):
    """Both lists in pieces."""
    for kind, frame in ((LIST, own), (CONTEXT, around)):
        lists = [listed_of(piece, kind) for piece in pieces_of(frame, size)]
        keep_boxes(work, kind, [keep(work, kind, i, one) for i, one in enumerate(lists)])
    return Shelf(work, LIST), Shelf(work, CONTEXT)


def planes_of(buildings):
    listed = buildings.assign(
        roof_tilt=np.nan, roof_azimuth=np.nan, lon=LON, lat=LAT, floors=np.nan, use="office",
        roof_area_m2=np.nan, footprint_area_m2=np.nan, floor_area_m2=np.nan,
    )  # fmt: skip
    drawn = listed[listed.geometry.notna()].reset_index(drop=True)
    frame = pd.DataFrame(
        {"plane_id": drawn["building_id"] + "/1", "building_id": drawn["building_id"],
         "roof_tilt": 0.0, "roof_azimuth": 180.0, "roof_form": "flat"}
    )  # fmt: skip

    frame["geometry"] = to_local_metres(drawn.geometry.to_numpy())
    return frame


@pytest.mark.parametrize(("seed", "size"), [(1, 9), (2, 31), (3, 200)])
def test_parts_see_what_the_whole_sees(tmp_path, seed, size):
    own, around = city(60, seed), city(90, seed + 100)
    around.loc[:29, "geometry"] = own.geometry[:30].to_numpy()
    whole = find_obstacles(own, around, REACH)
    planes = planes_of(own)
    seen = neighbour_skylines(planes, own, whole, REACH)
    alone = own_skylines(planes, own, Structures(whole, seen), REACH)
    both = shelves(tmp_path, own, around, size)
    lists = [counts_alone(listed_of(piece, "context")) for piece in pieces_of(around, size)]
    for number, piece in enumerate(pieces_of(own, size)):
        found = find_near(both, both[0].rows(number), REACH)
        lists.append(found.counts)
        listed = gpd.GeoDataFrame(pd.concat([piece, found.beside], ignore_index=True))
        mine = planes[planes["building_id"].isin(piece["building_id"])].reset_index(drop=True)
        names = mine["plane_id"].to_numpy(dtype=object)
        near = neighbour_skylines(mine, listed, found.obstacles, REACH)
        beside = own_skylines(mine, listed, Structures(found.obstacles, near), REACH)
        for one, other in ((seen, near), (alone, beside)):
            assert one.sel(plane_id=names).drop_attrs().identical(other.drop_attrs())
    assert added_up(lists) == whole.left_out
    assert whole.left_out["in_both_lists"] > 0
    assert whole.left_out["implausible_height"] > 0


def test_a_tower_beyond_the_seam_is_seen(tmp_path):
    own = city(2, 5)
    own["geometry"] = [
        shapely.box(LON, LAT, LON + 1e-4, LAT + 1e-4),
        shapely.box(LON, LAT - 2e-4, LON + 1e-4, LAT - 1.2e-4),
    ]
    own["height_m"] = [6.0, 60.0]
    both = shelves(tmp_path, own, own, 1)
    found = find_near(both, both[0].rows(0), REACH)
    assert sorted(found.obstacles.top_m) == [6.0, 60.0]
    planes = planes_of(own.iloc[:1])
    seen = neighbour_skylines(planes, own.iloc[:1], found.obstacles, REACH)
    assert seen["horizon_elevation"].sel(azimuth=180.0).min() > 45.0


def test_a_part_without_roofs_sees_nothing(tmp_path):
    own = city(4, 7)
    both = shelves(tmp_path, own, own, 2)
    found = find_near(both, np.zeros(0, dtype=np.int64), REACH)
    assert len(found.obstacles.top_m) == 0
    assert not any(found.counts.values())


def test_buildings_are_kept_to_the_digit(tmp_path):
    own = city(20, 11)
    both = shelves(tmp_path, own, own, 7)
    listed = listed_of(own, "buildings")
    rows = np.array([3, 6, 7, 19])
    found = both[0].listed(rows)
    assert shapely.equals_identical(found.outlines, listed.outlines[rows])[
        ~shapely.is_missing(found.outlines)
    ].all()
    for name in Listed._fields[1:]:
        np.testing.assert_array_equal(getattr(found, name), getattr(listed, name)[rows])


@pytest.mark.parametrize("lon", [LON, 179.9955, -179.9995])
def test_cells_hold_all_within_reach(lon):
    own, around = (listed_of(city(200, seed, lon), "buildings") for seed in (1, 2))
    boxes, others = (shapely.bounds(one.outlines) for one in (own, around))
    wide = grown(boxes[:10], REACH)
    near = Cells.of(wide).touch(others)
    shapes = shapely.box(*wide[~np.isnan(wide[:, 0])].T)
    within = shapely.intersects(
        shapely.union_all(shapes), shapely.box(*np.nan_to_num(others, nan=50.0).T)
    )
    assert near[within].all()
    assert not near[np.isnan(others[:, 0])].any()


def test_cells_go_round_the_earth_and_are_not_too_many():
    east, west = (
        np.array([[179.9999, 0.0, 180.0001, 1e-4]]),
        np.array([[-180.0, 0.0, -179.9, 1e-4]]),
    )
    assert Cells.of(east).touch(west).all()
    country = np.array([[80.0, 20.0, 120.0, 50.0]])
    cells = Cells.of(country)
    assert cells.keys.size <= 4_000_000
    assert cells.touch(np.array([[100.0, 30.0, 100.001, 30.001]])).all()
    assert not cells.touch(np.array([[-50.0, 30.0, -49.9, 30.1]])).any()
    small = Cells.of(np.array([[100.0, 30.0, 100.001, 30.001]]))
    assert small.touch(country).all()
