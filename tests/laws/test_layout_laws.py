"""Laws of modules on roofs: equipped within installable within gross, whatever is drawn."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from roofmaker import bare, checked, equipped, flat_planes, placed, prepared, rectangle, varied

from roofpv.assumptions import Assumptions, Layout, Module, from_values
from roofpv.inventory import check_inventory, read_inventory
from roofpv.roofs import LayoutOption, lay_modules, lay_options, layout_options
from roofpv.weather import bundled_folder

FORMS = ("flat", "gabled", "hipped", "shed", "steel", "pyramidal", "unknown")
SEEDS = range(4)
NAN = float("nan")
HAIR = 1.0 + 1e-9


def assert_conserved(planes):
    """Seen from above, modules lie in their field, and the field in the installable area."""
    field, installable = planes["array_field_area_m2"], planes["installable_area_m2"]
    assert (planes["projected_module_area_m2"] <= planes["module_area_m2"] * HAIR).all()
    assert (planes["projected_module_area_m2"] <= field * HAIR).all()
    flush = planes["layout"] == "flush"
    assert (planes["module_area_m2"] <= field * HAIR)[flush].all()
    assert (field <= installable * HAIR).all()
    assert (installable <= planes["area_m2"] * HAIR).all()
    assert (planes["module_count"] % 1 == 0).all()
    assert planes["kwp"].to_numpy() == pytest.approx(planes["module_count"].to_numpy() * 0.58)
    assert planes["surface_azimuth"].between(0, 360, inclusive="left").all()
    each = planes["module_area_m2"] - planes["module_count"] * 2.278 * 1.134
    assert each.abs().max() < 1e-6


@cache
def random_buildings(seed):
    rng = np.random.default_rng(seed)
    count = 40
    sizes = rng.uniform(3, 80, (count, 2))
    turns = rng.uniform(0, 180, count)
    places = rng.uniform([-65, -170], [65, 170], (count, 2))
    odd = varied(seed, count)
    shapes = [
        placed(rectangle(max(size), min(size), turn) if i % 2 else odd[i], lat, lon)
        for i, (size, turn, (lat, lon)) in enumerate(zip(sizes, turns, places, strict=True))
    ]
    drawn = rng.random(count) < 0.7
    return checked(
        [shape if there else None for shape, there in zip(shapes, drawn, strict=True)],
        building_id=[f"b{i}" for i in range(count)],
        roof_type=rng.choice(FORMS, count).tolist(),
        floor_area_m2=rng.uniform(50, 9000, count).tolist(),
        floors=rng.integers(1, 20, count).tolist(),
        surface_tilt=np.where(rng.random(count) < 0.3, rng.uniform(0, 90, count), NAN).tolist(),
        surface_azimuth=np.where(rng.random(count) < 0.3, rng.uniform(0, 360, count), NAN).tolist(),
        lat=places[:, 0].tolist(),
        lon=places[:, 1].tolist(),
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_every_layout_lies_within_installable_within_gross_anywhere(seed):
    planes, latitude = prepared(random_buildings(seed))
    assert planes["plane_id"].is_unique
    options = [*layout_options(Layout()), LayoutOption("south_racks", 0.0)]
    for table in lay_options(planes, latitude, Layout(), Module(), options):
        assert_conserved(table)
        assert (table["module_count"] > 0.0).any()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "values",
    [
        {"layout.flat_tilt": 60.0, "layout.gcr": 1.0},
        {"layout.rows_per_table": 3, "layout.modules_per_table": 4, "layout.flat_tilt": 40.0},
        {"layout.orientation": "landscape", "layout.setback_m": 1.5, "layout.gap_m": 0.0},
        {"layout.aisle_every_m": 5.0, "layout.flat_layout": "east_west", "layout.dome_gap_m": 0.0},
        {"roofs.flat_installable_fraction": 1.0, "layout.flat_layout": "flat"},
    ],
)
def test_whatever_is_assumed(seed, values):
    assert_conserved(equipped(random_buildings(seed), from_values(values, "test")))


@pytest.mark.parametrize("setback", [0.0, 1.5])
def test_equipped_within_installable_within_gross_in_the_bundled_city(setback):
    city = check_inventory(read_inventory(bundled_folder("buildings") / "shizuishan.geojson"))
    planes = equipped(city.buildings, from_values({"layout.setback_m": setback}, "test"))
    assert_conserved(planes)


def test_a_wider_setback_never_holds_more():
    buildings = random_buildings(0)
    areas, counts = [], []
    for setback in (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 20.0):
        planes = equipped(buildings, bare(layout__setback_m=setback))
        areas.append(planes["installable_area_m2"].to_numpy())
        counts.append(planes["module_count"].to_numpy())
    for wide, wider in pairwise(areas):
        assert (wider <= wide * HAIR + 1e-9).all()
    for many, fewer in pairwise(counts):
        assert (fewer <= many).all()


def test_wider_rows_never_hold_more():
    planes, latitude = prepared(random_buildings(1))
    counts = [
        lay_modules(planes, latitude, Layout(gcr=gcr, aisle_m=0.0), Module())["module_count"]
        for gcr in (1.0, 0.8, 0.6, 0.4, 0.2)
    ]
    for closer, wider in pairwise(counts):
        assert (wider <= closer).all()


@pytest.mark.parametrize("option", layout_options(Layout()), ids=lambda one: one.name)
def test_other_planes_and_their_order_change_no_bit(option):
    planes, latitude = prepared(random_buildings(2))
    whole = lay_modules(planes, latitude, Layout(), Module(), option)
    order = np.random.default_rng(7).permutation(len(planes))[:25]
    some = lay_modules(
        planes.iloc[order].reset_index(drop=True), latitude[order], Layout(), Module(), option
    )
    columns = [name for name in whole if name not in {"geometry", "installable"}]
    mine = whole.iloc[order].reset_index(drop=True)[columns]
    pd.testing.assert_frame_equal(some[columns], mine, check_exact=True)


@pytest.mark.parametrize("kind", ["aligned_racks", "east_west"])
def test_a_turned_roof_holds_as_many_along_its_own_sides(kind):
    """Domes and flat modules have no favoured direction; aligned racks have their own pitch."""
    layout = Layout() if kind == "east_west" else Layout(gcr=0.5)
    turns = np.arange(0.0, 180.0, 15.0)
    planes = flat_planes(*[rectangle(41, 17, turn) for turn in turns])
    found = lay_modules(
        planes, np.full(turns.size, 39.0), layout, Module(), LayoutOption(kind, 10.0)
    )
    along = found["surface_azimuth"] % 180.0
    lengthwise = np.abs((along - turns + 90.0) % 180.0 - 90.0) < 1.0
    for same in (lengthwise, ~lengthwise):
        assert found.loc[same, "module_count"].nunique() == 1
    assert lengthwise.any()
    assert (~lengthwise).any()


def test_nothing_given_is_changed():
    planes, latitude = prepared(random_buildings(3))
    before, settings = planes.copy(deep=True), Assumptions()
    lay_modules(planes, latitude, settings.layout, settings.module)
    pd.testing.assert_frame_equal(planes, before)
