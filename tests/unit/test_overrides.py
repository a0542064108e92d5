"""What the list states of a roof: capacities kept, absurd ones refused, survey areas, zones."""

from __future__ import annotations

import importlib
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from roofmaker import placed, rectangle

from roofpv.assumptions import from_values
from roofpv.inventory import check_inventory
from roofpv.overrides import refused_statements
from roofpv.roofs import DEDUCTIONS
from roofpv.weather import bundled_weather

assess = importlib.import_module("roofpv.assessment").assess
NAN = float("nan")
EACH_M2 = 2.278 * 1.134
DENSITY = 0.58 / EACH_M2
# Building, roof, stated capacity.
ROOFS = [
    ("free", "flat", NAN), ("little", "flat", 5.3), ("none", "flat", 0.0), ("more", "flat", 85.0),
    ("absurd", "flat", 5000.0), ("slopes", "hipped", 20.0), ("slopes free", "hipped", NAN),
    ("slopes more", "hipped", 60.0),
]  # fmt: skip


def town(*rows, **columns):
    """Slabs of 40 m x 15 m, each a street further on."""
    names, forms, stated = zip(*rows, strict=True)
    shapes = [placed(rectangle(40, 15), 39.0, 106.37 + 0.01 * i) for i in range(len(rows))]
    table = pd.DataFrame({"building_id": names, "roof_type": forms, "stated_kwp": stated})
    return gpd.GeoDataFrame(table.assign(**columns), geometry=shapes, crs="EPSG:4326")


def run(buildings, zones=None, **values):
    settings = from_values({key.replace("__", "."): one for key, one in values.items()}, "test")
    weather = bundled_weather("dawukou")
    return assess(buildings, weather, rules=[], assumptions=settings, zones=zones)


@cache
def result():
    return run(town(*ROOFS))


def building(name, found=None):
    return (found or result()).buildings.set_index("building_id").loc[name]


def planes(name, found=None):
    found = found or result()
    table = found.planes[found.planes["building_id"] == name]
    ac = found.energy["ac_kwh"].sum("month").to_series().reindex(table["plane_id"])
    return table.assign(ac=ac.to_numpy()).reset_index(drop=True)


@pytest.mark.parametrize("name", [row[0] for row in ROOFS if row[2] < 1000.0])
def test_what_is_stated_is_kept_and_lies_within_the_roof(name):
    stated = {row[0]: row[2] for row in ROOFS}[name]
    row, table = building(name), planes(name)
    assert row["kwp"] == pytest.approx(stated, rel=1e-12)
    assert table["kwp"].sum() == pytest.approx(stated, rel=1e-12)
    assert row["module_area_m2"] == pytest.approx(stated / DENSITY, rel=1e-9)
    assert (table["module_count"] == np.ceil(table["kwp"] / 0.58 - 1e-6)).all()
    hair = 1.0 + 1e-9
    assert (table["projected_module_area_m2"] <= table["array_field_area_m2"] * hair).all()
    assert (table["array_field_area_m2"] <= table["installable_area_m2"] * hair).all()


def test_the_same_roofs_without_a_stated_capacity_are_not_touched():
    alone = run(town(ROOFS[0], ROOFS[6]))
    for name in ("free", "slopes free"):
        one, other = building(name), building(name, alone)
        for column in ("kwp", "module_count", "ac_kwh", "array_field_area_m2"):
            assert one[column] == other[column]


def test_a_smaller_array_makes_as_much_per_capacity():
    little, free = building("little"), building("free")
    assert little["kwp"] < free["kwp"]
    same = free["specific_yield_kwh_per_kwp"]
    assert little["specific_yield_kwh_per_kwp"] == pytest.approx(same, rel=1e-3)
    assert little["module_count"] == 10.0
    assert little["capex_cny"] == pytest.approx(5.3 * 3000.0)


def test_nothing_stated_is_nothing_built():
    row = building("none")
    assert (
        row[["kwp", "module_count", "ac_kwh", "module_area_m2", "array_field_area_m2"]].tolist()
        == [0.0] * 5
    )
    assert np.isnan(row["specific_yield_kwh_per_kwp"])
    assert row["installable_area_m2"] == pytest.approx(building("free")["installable_area_m2"])


def test_more_than_was_laid_out_is_scaled_up():
    more, free = building("more"), building("free")
    assert free["kwp"] < more["kwp"] < free["installable_area_m2"] * DENSITY
    assert more["ac_kwh"] == pytest.approx(85.0 * free["specific_yield_kwh_per_kwp"], rel=2e-3)
    assert more["module_area_m2"] <= more["installable_area_m2"]


def test_the_best_planes_are_filled_first():
    """Four planes; that toward the equator makes most."""
    free, some = planes("slopes free"), planes("slopes")
    yields = (free["ac"] / free["kwp"]).fillna(0.0)
    left = 20.0
    for i in np.argsort(-yields.to_numpy(), kind="stable"):
        wanted = min(free["kwp"][i], left)
        # The last module begun is whole, and all of them together are cut to what is stated.
        assert some["kwp"][i] == pytest.approx(wanted, abs=0.58)
        left -= wanted
    assert left == 0.0
    assert (
        building("slopes")["specific_yield_kwh_per_kwp"]
        > (building("slopes free")["specific_yield_kwh_per_kwp"])
    )


def test_planes_that_carry_none_stay_empty():
    for name in ("slopes", "slopes more"):
        table = planes(name)
        empty = table["installable_area_m2"] == 0.0
        assert empty.any()
        assert (table.loc[empty, ["kwp", "module_count", "ac"]] == 0.0).all(axis=None)
    table = planes("slopes more")
    assert (table["module_area_m2"] <= table["installable_area_m2"] * (1 + 1e-9)).all()


def test_more_than_the_area_holds_is_refused_with_both_numbers():
    found = result()
    assert "absurd" not in set(found.buildings["building_id"])
    assert "absurd" not in set(found.planes["building_id"])
    assert found.energy.sizes["plane_id"] == len(found.planes)
    (line,) = found.quarantine.to_dict("records")
    assert (line["building_id"], line["column"], line["code"]) == (
        "absurd", "stated_kwp", "CAPACITY_ABOVE_AREA",
    )  # fmt: skip
    area = building("free")["installable_area_m2"]
    assert line["value"] == "5000"
    assert line["reason"] == (
        f"5,000.0 kWp are stated, and {area:,.1f} m2 that can carry modules hold "
        f"{area * DENSITY:,.1f} kWp at most"
    )
    assert "usable_area_m2" in line["what_to_do"]
    counts = found.run["counts"]
    assert [counts[k] for k in ("in", "assessed", "excluded", "quarantined")] == [8, 7, 0, 1]


def test_a_capacity_rounded_up_is_taken():
    most = building("free")["installable_area_m2"] * DENSITY
    found = run(town(("up", "flat", most * 1.004), ("over", "flat", most * 1.006)))
    assert found.buildings["building_id"].tolist() == ["up"]
    assert building("up", found)["kwp"] == pytest.approx(most * 1.004)
    assert building("up", found)["module_area_m2"] <= building("up", found)["installable_area_m2"]
    assert found.quarantine["building_id"].tolist() == ["over"]


def test_where_nothing_can_be_set_nothing_can_be_stated():
    checked = check_inventory(town(("a", "flat", 0.0), ("b", "flat", 0.001), ("c", "flat", NAN)))
    empty = pd.DataFrame({"building_id": list("abc"), "area_m2": 9.0, "installable_area_m2": 0.0})
    got = refused_statements(checked.buildings, empty, from_values({}, "test").module)
    assert got["building_id"].tolist() == ["b"]
    assert "hold 0.0 kWp at most" in got["reason"].item()
    unknown = empty.assign(installable_area_m2=NAN)
    assert refused_statements(checked.buildings, unknown, from_values({}, "test").module).empty


def test_the_usable_area_of_a_survey_is_the_installable_one():
    rows = [("less", "flat", NAN), ("more", "flat", NAN), ("slopes", "hipped", NAN)]
    found = run(town(*rows, usable_area_m2=[200.0, 550.0, 150.0]))
    areas = found.buildings["installable_area_m2"].tolist()
    assert areas == pytest.approx([200.0, 550.0, 150.0])
    for name in ("less", "more", "slopes"):
        table = planes(name, found)
        taken = table[list(DEDUCTIONS)].sum(axis=1) + table["installable_area_m2"]
        assert taken.to_numpy() == pytest.approx(table["area_m2"].to_numpy())
    # A survey that allows more is also room for more capacity.
    roomy = run(town(("a", "flat", 110.0), usable_area_m2=[550.0]))
    assert building("a", roomy)["kwp"] == pytest.approx(110.0)
    assert run(town(("a", "flat", 110.0))).quarantine["code"].tolist() == ["CAPACITY_ABOVE_AREA"]


def test_zones_take_the_room_of_what_is_stated():
    """A hall of plant over half of the roof: less fits, and less may be stated."""
    roofs = town(("a", "flat", 50.0), ("b", "flat", 50.0), ("c", "flat", NAN))
    half = shapely.affinity.translate(rectangle(20, 15), -10.0, 0.0)
    zones = gpd.GeoDataFrame(
        {"kind": ["forbidden"]}, geometry=[placed(half, 39.0, 106.37)], crs="EPSG:4326"
    )
    found = run(roofs, zones)
    assert found.quarantine["building_id"].tolist() == ["a"]
    assert building("b", found)["kwp"] == pytest.approx(50.0)
    small = run(roofs.assign(stated_kwp=[20.0, NAN, NAN]), zones)
    assert building("a", small)["kwp"] == pytest.approx(20.0)
    assert building("a", small)["installable_area_m2"] < (
        0.55 * building("c", small)["installable_area_m2"]
    )


def test_domes_keep_their_stated_capacity_on_both_sides():
    found = run(town(("a", "flat", 30.0), ("b", "flat", NAN)), layout__flat_layout="east_west")
    one, free = building("a", found), building("b", found)
    assert one["kwp"] == pytest.approx(30.0)
    assert planes("a", found)["row_kind"].tolist() == ["domes"]
    same = free["specific_yield_kwh_per_kwp"]
    assert one["specific_yield_kwh_per_kwp"] == pytest.approx(same, rel=1e-3)


def test_what_the_layout_loses_goes_with_what_is_stated():
    """The price of a layout is that of the capacity on the roof."""
    found = run(town(("a", "flat", 20.0), ("b", "flat", NAN)), layout__design="coverage")
    one, free = building("a", found), building("b", found)
    assert free["layout_lost_kwh"] > 0.0
    per_kwp = free["layout_lost_kwh"] / free["kwp"]
    assert one["layout_lost_kwh"] == pytest.approx(20.0 * per_kwp, rel=1e-3)


def test_order_changes_no_bit():
    rows = [row for row in ROOFS if row[0] in {"little", "slopes", "slopes more", "more"}]
    turned = run(town(*ROOFS).iloc[::-1])
    for name, *_ in rows:
        one, other = building(name), building(name, turned)
        for column in ("kwp", "ac_kwh", "array_field_area_m2", "module_count"):
            assert one[column] == other[column]


def test_areas_above_the_roof_are_refused_with_both_numbers():
    table = pd.DataFrame(
        {
            "building_id": ["usable", "used", "fine"],
            "roof_area_m2": [1000.0] * 3,
            "roof_type": ["flat", "flat", "flat"],
            "usable_area_m2": [NAN, NAN, 1000.0],
            "other_use_area_m2": [NAN, 1200.0, NAN],
            "lat": [39.0] * 3, "lon": [106.4] * 3,
        }
    )  # fmt: skip
    checked = check_inventory(table)
    planes = pd.DataFrame(
        {"building_id": ["usable", "used", "fine"], "area_m2": 1000.0, "installable_area_m2": 500.0}
    )
    buildings = checked.buildings.assign(usable_area_m2=[1100.0, NAN, 1000.0])
    got = refused_statements(buildings, planes, from_values({}, "test").module)
    assert got["building_id"].tolist() == ["usable", "used"]
    assert got["code"].tolist() == ["USABLE_ABOVE_ROOF", "OTHER_USE_ABOVE_ROOF"]
    assert "1,100.0 m2 are stated, and the roof has 1,000.0 m2" in got["reason"].iloc[0]
    assert "1,200.0 m2 are stated, and the roof has 1,000.0 m2" in got["reason"].iloc[1]
