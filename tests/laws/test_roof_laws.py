"""Laws of roof planes, on footprints of every make."""

from __future__ import annotations

from functools import cache
from itertools import combinations

import numpy as np
import pytest
import shapely
from roofmaker import apart, checked, placed, rectangle, varied

from roofpv.assumptions import Roofs
from roofpv.roofs import roof_planes, to_local_metres
from roofpv.roofs.shapes import PITCHED, Forms, shape_planes
from roofpv.roofs.surfaces import surface_planes

FORMS = ("flat", *PITCHED)
SEEDS = range(4)


def forms_of(kinds, azimuth=None, tilt=None, height=None):
    count = len(kinds)
    nothing = np.full(count, np.nan)
    stated = [nothing if one is None else np.asarray(one, float) for one in (azimuth, tilt, height)]
    kind = np.array(kinds, dtype=object)
    return Forms(kind, *stated, np.full(count, 180.0), np.full(count, 25.0))


@cache
def drawn(seed):
    """Shapes in metres, and what is stated of some of their roofs."""
    shapes = np.array(varied(seed), dtype=object)
    rng = np.random.default_rng(1000 + seed)
    count = len(shapes)
    azimuth = np.where(rng.random(count) < 0.4, rng.uniform(0, 360, count), np.nan)
    tilt = np.where(rng.random(count) < 0.4, rng.uniform(5, 80, count), np.nan)
    height = np.where(rng.random(count) < 0.4, rng.uniform(0, 12, count), np.nan)
    return shapes, azimuth, tilt, height


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("form", FORMS)
def test_planes_add_up_to_the_footprint_and_never_overlap(seed, form):
    shapes, *stated = drawn(seed)
    planes = shape_planes(shapes, forms_of([form] * len(shapes), *stated))
    plan = np.bincount(planes["row"], planes["plan_m2"], len(shapes))
    assert plan == pytest.approx(shapely.area(shapes), rel=1e-9)
    for _, roof in planes.groupby("row")["geometry"]:
        for one, other in combinations(roof, 2):
            assert one.intersection(other).area <= 1e-9 * one.area
    assert shapely.is_valid(planes["geometry"].to_numpy()).all()
    assert planes["roof_azimuth"].between(0.0, 360.0, inclusive="left").all()


@pytest.mark.parametrize("seed", SEEDS)
def test_planes_of_checked_buildings_add_up_to_their_footprints(seed):
    shapes = varied(seed)
    rng = np.random.default_rng(seed)
    lat = rng.uniform(-60.0, 60.0, len(shapes))
    outlines = [
        placed(shape, y, 0.01 * i) for i, (shape, y) in enumerate(zip(shapes, lat, strict=True))
    ]
    kinds = rng.choice(FORMS, len(shapes)).tolist()
    buildings = checked(outlines, roof_type=kinds)
    planes = roof_planes(buildings, Roofs())
    footprint = shapely.area(to_local_metres(buildings.geometry.to_numpy().astype(object)))
    plan = planes.groupby("building_id")["plan_area_m2"].sum()[buildings["building_id"]]
    assert plan.to_numpy() == pytest.approx(footprint, rel=1e-9)
    slope = np.cos(np.radians(planes["roof_tilt"]))
    assert planes["area_m2"].to_numpy() == pytest.approx(planes["plan_area_m2"] / slope, rel=1e-12)
    seen = shapely.area(planes["geometry"].to_numpy())
    assert seen == pytest.approx(planes["plan_area_m2"].to_numpy(), rel=1e-9)
    assert (planes["perimeter_m"] >= shapely.length(planes["geometry"].to_numpy()) * 0.999999).all()


@pytest.mark.parametrize("turn", [1.0, 37.0, 90.0, 200.0])
@pytest.mark.parametrize("form", ["gabled", "hipped", "pyramidal", "shed", "steel"])
def test_a_turned_building_has_its_planes_turned(form, turn):
    """Clockwise, as azimuths run; without a stated azimuth a shed keeps toward the equator."""
    shape = rectangle(30, 14, 20.0).union(shapely.box(-2, -2, 3, 12))
    azimuth = 110.0 if form == "shed" else np.nan
    shapes = np.array([shape, shapely.affinity.rotate(shape, -turn, origin=(0, 0))], dtype=object)
    planes = shape_planes(shapes, forms_of([form] * 2, [azimuth, azimuth + turn]))
    before, after = (planes[planes["row"] == row] for row in (0, 1))
    assert len(before) == len(after)
    for _, plane in before.iterrows():
        off = apart(after["roof_azimuth"].to_numpy(), plane["roof_azimuth"] + turn)
        same = after.iloc[int(np.argmin(off))]
        assert off.min() < 1e-6
        assert same["plan_m2"] == pytest.approx(plane["plan_m2"], rel=1e-6)
        assert same["roof_tilt"] == pytest.approx(plane["roof_tilt"])
        there = shapely.affinity.rotate(plane["geometry"], -turn, origin=(0, 0))
        assert there.symmetric_difference(same["geometry"]).area < 1e-6 * plane["plan_m2"]


@pytest.mark.parametrize("seed", SEEDS)
def test_all_planes_of_a_roof_rise_from_its_eaves_to_one_height(seed):
    rng = np.random.default_rng(seed)
    sides = np.sort(rng.uniform(5, 40, (20, 2)))[:, ::-1]
    boxes = [
        rectangle(*side, turn) for side, turn in zip(sides, rng.uniform(0, 180, 20), strict=True)
    ]
    for form in ("gabled", "hipped", "pyramidal"):
        planes = shape_planes(np.array(boxes, dtype=object), forms_of([form] * len(boxes)))
        rises = np.array([_rise(plane) for _, plane in planes.iterrows()])
        highest = planes.assign(rise=rises).groupby("row")["rise"].transform("max")
        assert rises == pytest.approx(highest.to_numpy(), rel=1e-6)


def _rise(plane):
    """From the eaves of a plane to its highest point. [m]."""
    facing = np.radians(plane["roof_azimuth"])
    down = shapely.get_coordinates(plane["geometry"]) @ [np.sin(facing), np.cos(facing)]
    return float(np.ptp(down) * np.tan(np.radians(plane["roof_tilt"])))


@pytest.mark.parametrize("form", FORMS)
def test_other_buildings_and_their_order_change_no_bit(form):
    shapes, *stated = drawn(0)
    together = shape_planes(shapes, forms_of([form] * len(shapes), *stated))
    order = np.random.default_rng(3).permutation(len(shapes))
    moved = shape_planes(
        shapes[order], forms_of([form] * len(shapes), *(values[order] for values in stated))
    )
    moved["row"] = order[moved["row"]]
    moved = moved.sort_values(["row", "part"], kind="stable", ignore_index=True)
    assert moved.drop(columns="geometry").equals(together.drop(columns="geometry"))
    assert (
        shapely.to_wkb(moved["geometry"]).tolist() == shapely.to_wkb(together["geometry"]).tolist()
    )


def draped(shape, tilt, azimuth, base=20.0):
    """Triangles of a shape on a plane, the corners in no order."""
    facing = np.radians(azimuth)
    lifted = []
    for part in shapely.get_parts(shapely.constrained_delaunay_triangles(shape)):
        points = shapely.get_coordinates(shapely.polygons(shapely.get_exterior_ring(part)))
        area = np.cross(np.append(points[1] - points[0], 0), np.append(points[2] - points[0], 0))[2]
        points = points if area > 0 else points[::-1]
        fall = points @ [np.sin(facing), np.cos(facing)] * np.tan(np.radians(tilt))
        lifted.append(shapely.Polygon(np.column_stack([points, base - fall])))
    return shapely.MultiPolygon(lifted)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_triangulated_plane_is_one_plane_again(seed):
    rng = np.random.default_rng(seed)
    shapes = [shape for shape in varied(seed) if shape.area > 20.0 and shape.geom_type == "Polygon"]
    cores = shapely.buffer(shapes, -0.5)
    whole = (shapely.get_type_id(cores) == 3) & ~shapely.is_empty(cores)
    shapes = [shape for shape, in_one in zip(shapes, whole, strict=True) if in_one]
    tilts, turns = rng.uniform(1, 60, len(shapes)), rng.uniform(0, 360, len(shapes))
    models = [draped(*one) for one in zip(shapes, tilts, turns, strict=True)]
    found = surface_planes(np.array(models, dtype=object), np.full(len(models), 180.0)).planes
    largest = found.sort_values("plan_m2").drop_duplicates("row", keep="last").sort_values("row")
    assert len(largest) == len(shapes) > 5
    assert largest["plan_m2"].to_numpy() == pytest.approx(shapely.area(shapes), rel=1e-3)
    assert largest["roof_tilt"].to_numpy() == pytest.approx(tilts, abs=1e-3)
    assert apart(largest["roof_azimuth"].to_numpy(), turns).max() < 1e-2
    plan = np.bincount(found["row"], found["plan_m2"])
    assert plan == pytest.approx(shapely.area(shapes), rel=1e-3)
