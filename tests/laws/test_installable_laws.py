"""Laws of the installable area, on planes of every make."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from roofmaker import varied

from roofpv.assumptions import Assumptions, from_values
from roofpv.roofs.installable import DEDUCTIONS, deduction_shapes, installable_area
from roofpv.roofs.metric import local_frames, to_degrees

FORMS = ("flat", "flat", "gabled", "hipped", "shed", "steel", "pitched")
KINDS = ("forbidden", "plant", "stair_head", "skylight", "green_roof", "other_use")
SEEDS = range(4)
NAN = float("nan")
BOW = shapely.Polygon([(0, 0), (12, 12), (12, 0), (0, 12)])
RAISED = {
    "roofs.edge_equator_m": 5.0, "roofs.edge_side_m": 2.7, "roofs.edge_pole_m": 0.9,
    "roofs.ridge_m": 1.6, "roofs.eaves_m": 0.8, "roofs.verge_m": 1.0, "roofs.steel_edge_m": 1.2,
    "layout.setback_m": 1.1, "roofs.plant_clear_m": 3.0, "roofs.stair_head_clear_m": 5.0,
    "roofs.min_part_m2": 40.0, "plant.unknown_fraction": 0.2, "plant.school_fraction": 0.2,
    "roofs.pitched_obstacle_fraction": 0.2, "roofs.steel_skylight_fraction": 0.3,
}  # fmt: skip
MODES = (
    {}, {"roofs.parapet_height_m": 1.5}, {"roofs.flat_installable_fraction": 0.7},
    {"roofs.min_width_m": 0.0, "layout.setback_m": 2.0},
    {"roofs.pitched_installable_fraction": 0.5, "roofs.steel_installable_fraction": 1.0},
)  # fmt: skip


@cache
def drawn(seed):
    """Planes of three to a building, their owners and zones; some not drawn, some broken."""
    rng = np.random.default_rng(seed)
    shapes = np.array([*varied(seed), BOW, shapely.Polygon(), None], dtype=object)
    shapes[rng.random(len(shapes)) < 0.1] = None
    count = len(shapes)
    building = np.arange(count) // 3
    area = np.where(shapely.is_missing(shapes), 0.0, shapely.area(shapes))
    area = np.where(area > 0.0, area * rng.uniform(1.0, 1.5, count), rng.uniform(3.0, 900.0, count))
    area[rng.random(count) < 0.05] = NAN
    planes = pd.DataFrame(
        {
            "plane_id": np.arange(count), "building_id": building, "area_m2": area,
            "roof_form": rng.choice(FORMS, count), "roof_tilt": rng.uniform(0.0, 70.0, count),
            "roof_azimuth": rng.uniform(0.0, 360.0, count), "geometry": shapes,
        }
    )  # fmt: skip
    lat = rng.uniform(-57.0, 57.0, building[-1] + 1)
    around = np.array([shapely.box(-50, -50, 50, 50)] * len(lat), dtype=object)
    frames = local_frames(np.array([shapely.Point(100, y).buffer(1e-6) for y in lat]))
    use = rng.choice(["school", "hospital", "residential", None], len(lat))
    owners = pd.DataFrame({"lat": lat, "use": use, "geometry": to_degrees(around, frames)})
    total = np.bincount(building, np.nan_to_num(area))
    other = np.where(rng.random(len(lat)) < 0.3, rng.uniform(0.0, 0.5, len(lat)) * total, NAN)
    usable = np.where(rng.random(len(lat)) < 0.3, rng.uniform(0.0, 1.0, len(lat)) * total, NAN)
    owners = owners.assign(other_use_area_m2=other, usable_area_m2=usable)
    return planes, owners.iloc[building].reset_index(drop=True), mapped(rng, frames, len(lat))


def mapped(rng, frames, count):
    """Two zones on about half of the buildings."""
    building = rng.choice(count, count, replace=True)
    middle = rng.uniform(-15.0, 15.0, (count, 2))
    size = rng.uniform(0.5, 6.0, (count, 2))
    boxes = shapely.box(*(middle - size).T, *(middle + size).T)
    table = {
        "building_id": building, "kind": rng.choice(KINDS, count),
        "height_m": np.where(rng.random(count) < 0.5, rng.uniform(0.0, 4.0, count), NAN),
        "clear_m": np.where(rng.random(count) < 0.5, rng.uniform(0.0, 2.0, count), NAN),
    }  # fmt: skip
    return gpd.GeoDataFrame(table, geometry=to_degrees(boxes, frames.at(building)), crs=4326)


def left(planes, owners, zones=None, values=None):
    return installable_area(planes, owners, zones, from_values(values or {}, "law"))


def unsurveyed(owners):
    return owners.drop(columns=["usable_area_m2", "other_use_area_m2"])


@pytest.mark.parametrize("values", MODES)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_plane_is_what_is_left_and_what_was_taken(seed, values):
    planes, owners, zones = drawn(seed)
    found = left(planes, owners, zones, values)
    area = planes["area_m2"].to_numpy()
    taken = found[list(DEDUCTIONS)].to_numpy()
    known = ~np.isnan(area)
    total = found["installable_area_m2"].to_numpy() + taken.sum(axis=1)
    assert total[known] == pytest.approx(area[known], rel=1e-12)
    assert (taken[known] >= 0.0).all()
    assert (found["installable_area_m2"][known] >= 0.0).all()
    assert np.isnan(taken[~known]).all()
    shapes = found["installable"].to_numpy()
    assert shapely.is_valid(shapes).all()
    assert np.isin(shapely.get_type_id(shapes), (3, 6)).all()
    assert shapely.area(shapes[known]) == pytest.approx(
        found["installable_area_m2"].to_numpy()[known], rel=1e-9, abs=1e-9
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_a_survey_and_other_uses_are_kept_by_building(seed):
    planes, owners, zones = drawn(seed)
    found = left(planes, owners, zones)
    whole = planes["area_m2"] - found["deducted_unsuitable_m2"]
    by_building = pd.DataFrame(
        {
            "left": found["installable_area_m2"],
            "whole": whole,
            "usable": owners["usable_area_m2"],
        }
    ).groupby(planes["building_id"])
    sums = by_building[["left", "whole"]].sum()
    usable = by_building["usable"].first()
    stated = usable.notna()
    wanted = np.minimum(usable, sums["whole"])[stated]
    assert sums["left"][stated].to_numpy() == pytest.approx(wanted.to_numpy(), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("key", RAISED)
def test_raising_what_is_taken_never_adds_area(key):
    for seed in range(8):
        planes, owners, zones = drawn(seed)
        before = left(planes, unsurveyed(owners), zones)["installable_area_m2"]
        after = left(planes, unsurveyed(owners), zones, {key: RAISED[key]})["installable_area_m2"]
        gain = ((after - before) / planes["area_m2"]).fillna(0.0).to_numpy()
        # Where a mitre at a needle's tip reaches its limit, it may lose the tip.
        assert (gain > 1e-9).sum() <= 1
        assert gain.max() < 5e-3


@pytest.mark.parametrize("seed", SEEDS)
def test_a_higher_parapet_never_adds_area(seed):
    planes, owners, zones = drawn(seed)
    heights = (0.2, 0.5, 1.0, 2.0, 5.0)
    areas = [
        left(planes, unsurveyed(owners), zones, {"roofs.parapet_height_m": high})
        for high in heights
    ]
    whole = planes["area_m2"].fillna(1.0)
    for lower, higher in pairwise(area["deducted_edges_m2"].fillna(0.0) for area in areas):
        assert (higher >= lower - 1e-9 * whole).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_zone_never_adds_area(seed):
    planes, owners, zones = drawn(seed)
    # The share for plant goes where plant is mapped; without it only zones are left.
    bare = {key: 0.0 for key in RAISED if "fraction" in key} | {"plant.hospital_fraction": 0.0}
    bare |= {"plant.residential_fraction": 0.0}
    areas = [
        left(planes, unsurveyed(owners), some, bare)["installable_area_m2"]
        for some in (None, zones[:10], zones)
    ]
    for more, less in pairwise(areas):
        assert ((less - more).fillna(0.0) <= 1e-9 * planes["area_m2"].fillna(1.0)).all()


@pytest.mark.parametrize("values", MODES)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_flat_roof_and_its_mirror_image_carry_the_same(seed, values):
    shapes = np.array([shape for shape in varied(seed) if shape.area > 5.0], dtype=object)
    planes = pd.DataFrame(
        {
            "plane_id": np.arange(len(shapes)), "building_id": np.arange(len(shapes)),
            "roof_form": "flat", "roof_tilt": 0.0, "roof_azimuth": 180.0,
            "area_m2": shapely.area(shapes), "geometry": shapes,
        }
    )  # fmt: skip
    owners = pd.DataFrame({"lat": np.full(len(shapes), 39.0)})
    # The share for plant is an end slice, and opening may then find another end.
    no_slice = values | {"plant.unknown_fraction": 0.0}
    here = left(planes, owners, None, no_slice)["installable_area_m2"].to_numpy()
    for turn, lat in (((-1, 1), 39.0), ((1, -1), -39.0), ((-1, -1), -39.0)):
        mirrored = shapely.transform(shapes, lambda points, turn=turn: points * turn)
        there = left(planes.assign(geometry=mirrored), owners.assign(lat=lat), None, no_slice)[
            "installable_area_m2"
        ].to_numpy()
        assert there == pytest.approx(here, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_other_rows_and_their_order_change_no_bit(seed):
    planes, owners, zones = drawn(seed)
    together = left(planes, owners, zones)
    order = np.argsort(np.random.default_rng(seed).permutation(planes["building_id"].max() + 1)[
        planes["building_id"]
    ], kind="stable")  # fmt: skip
    moved = left(
        planes.iloc[order].reset_index(drop=True), owners.iloc[order].reset_index(drop=True), zones
    )
    again = moved.iloc[np.argsort(order)].reset_index(drop=True)
    columns = ["installable_area_m2", *DEDUCTIONS]
    assert again[columns].equals(together[columns])
    wkb = [shapely.to_wkb(one["installable"].to_numpy()).tolist() for one in (again, together)]
    assert wkb[0] == wkb[1]


@pytest.mark.parametrize("seed", SEEDS)
def test_drawn_deductions_are_as_large_as_the_areas_say(seed):
    planes, owners, zones = drawn(seed)
    found = left(planes, owners, zones)
    shapes = deduction_shapes(planes, owners, zones, Assumptions())
    assert shapes.index.is_monotonic_increasing
    with np.errstate(invalid="ignore"):
        drawn_area = shapely.area(planes["geometry"].to_numpy())
    plain = (
        (planes["roof_form"] == "flat")
        & (drawn_area > 0.0)
        & shapely.is_valid(planes["geometry"].to_numpy())
    )
    scale = planes["area_m2"].to_numpy() / np.where(plain, drawn_area, 1.0)
    for plane in np.flatnonzero(plain & planes["area_m2"].notna()):
        rows = shapes.loc[[plane]]
        for reason, shape in zip(rows["reason"], rows["geometry"], strict=True):
            name = "installable_area_m2" if reason == "installable" else f"deducted_{reason}_m2"
            wanted = found[name][plane] / scale[plane]
            assert shape.area == pytest.approx(wanted, rel=1e-6, abs=1e-6 * drawn_area[plane])
