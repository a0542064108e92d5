"""The rules of the library against the worked examples that were published with them."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from roofpv import targets

NAN = float("nan")
FT2 = 0.3048**2
_PLAIN: dict[str, Any] = {
    "use": "residential", "ownership": "private", "district": "D", "exemption": None,
    "status": "assessed", "completed": pd.Timestamp("2025-06-30"),
    "existing_pv_kwp": 0.0, "existing_pv_area_m2": NAN, "installed_kwp": NAN, "kwp": 0.0,
    "existing_module_area_m2": NAN, "existing_projected_module_area_m2": NAN,
    "existing_array_field_area_m2": NAN, "module_area_m2": 0.0, "projected_module_area_m2": 0.0,
    "array_field_area_m2": 0.0, "gross_roof_area_m2": NAN, "installable_area_m2": NAN,
    "footprint_area_m2": NAN, "floor_area_m2": NAN, "floors": 2.0, "other_use_area_m2": NAN,
}  # fmt: skip


def city(count: int = 1, **said: Any) -> pd.DataFrame:
    """Alike buildings, but for what is said."""
    table = pd.DataFrame({**_PLAIN, **said}, index=range(count))
    table.insert(0, "building_id", [f"b{place:03d}" for place in range(count)])
    return table


def one(
    table: pd.DataFrame, rule: str, target: str, reading: str = "R1", as_of: str | None = None,
    **wanted: Any,
) -> dict[str, Any]:  # fmt: skip
    day = None if as_of is None else datetime.date.fromisoformat(as_of)
    asked = {"state": "now", "district": None, "numerator_variant": None} | wanted
    found = [
        entry
        for entry in targets.evaluate(table, [targets.load_rule(rule)], as_of=day)
        if entry["target"] == target and entry["reading"] == reading
        and all(entry[key] == value for key, value in asked.items())
    ]  # fmt: skip
    (entry,) = found
    return entry


def with_kwp(kwp: Any) -> dict[str, Any]:
    return {"existing_pv_kwp": kwp, "installed_kwp": kwp}


def with_pv(area: Any) -> dict[str, Any]:
    return {
        **with_kwp(1.0), "existing_module_area_m2": area,
        "existing_projected_module_area_m2": area, "existing_array_field_area_m2": area,
    }  # fmt: skip


_TOKYO: dict[str, Any] = {
    "floor_area_m2": 120.0, "builder_floor_area_m2": 60_000.0,
    "best_south_plane_m2": 30.0, "second_south_plane_m2": 5.0,
}  # fmt: skip


@pytest.mark.parametrize(("each", "met"), [(1.7, True), (1.69, False)])
def test_tokyo_500_houses_need_850_kw_together(each: float, met: bool) -> None:
    # 500 x 0.85 x 2 kW = 850 kW. One house may have all of it.
    entry = one(city(500, **_TOKYO, **with_kwp(each)), "jp-tokyo-small-2025", "portfolio")
    assert entry["denominator"] == pytest.approx(850.0, rel=1e-12)
    assert (entry["unit"], entry["met"], entry["level"]) == ("kW", met, "portfolio")
    assert "lacking" not in entry
    single = _TOKYO | with_kwp([850.0, *[0.0] * 499])
    assert one(city(500, **single), "jp-tokyo-small-2025", "portfolio")["met"] is True


def test_tokyo_leaves_out_houses_with_small_roofs_and_builders_of_few() -> None:
    said = _TOKYO | {
        "best_south_plane_m2": [30.0, 19.0, 19.0, 20.0],
        "second_south_plane_m2": [5.0, 9.0, 10.0, 9.0],
        "builder_floor_area_m2": 20_000.0,
    }
    entry = one(city(4, **said), "jp-tokyo-small-2025", "portfolio")
    assert (entry["counts"]["subject"], entry["counts"]["exempt"]) == (3, 1)
    assert entry["denominator"] == pytest.approx(5.1)
    few = city(4, **(said | {"builder_floor_area_m2": 19_999.0}))
    entry = one(few, "jp-tokyo-small-2025", "portfolio")
    assert (entry["met"], entry["value"], entry["counts"]["subject"]) == (None, None, 0)
    assert entry["note"] == "no building of the list is of this target's subject"


@pytest.mark.parametrize(("area", "met"), [(50.0, True), (49.9, False)])
def test_tokyo_ten_thousand_m2_in_ten_storeys_need_50_m2(area: float, met: bool) -> None:
    # Footprint 10,000 m2 / 10 = 1,000 m2; 5 % of it is 50 m2.
    large = {
        "use": "commercial", "floor_area_m2": 10_000.0, "floors": 10.0,
        "footprint_area_m2": 1_000.0, "green_roof_area_m2": 0.0, "shaded_roof_area_m2": 0.0,
        "roof_plant_area_m2": 0.0,
    }  # fmt: skip
    table = city(**large, **with_pv(area))
    entry = one(table, "jp-tokyo-large-2025", "new", numerator_variant="N1")
    sums = entry["of_sums"]
    assert sums["threshold"] * sums["denominator"] == pytest.approx(50.0)
    assert (entry["met"], entry["numerator"], entry["denominator"]) == (met, int(met), 1)
    less = city(**(large | {"green_roof_area_m2": 200.0}), **with_pv(40.0))
    assert one(less, "jp-tokyo-large-2025", "new", numerator_variant="N1")["met"] is True


@pytest.mark.parametrize(
    ("zone", "feet", "wanted"), [("12", 2400.0, "2.87"), (12.0, 2000.0, "2.6"), (13, 2000.0, "3.3")]
)
def test_california_2019_homes(zone: Any, feet: float, wanted: str) -> None:
    # 2400 x 0.613 / 1000 + 1.40 = 2.8712; 2000: 1.226 + 1.40 = 2.626; 13: 1.788 + 1.51 = 3.298.
    home = {
        "completed": pd.Timestamp("2021-06-30"), "conditioned_floor_area_m2": feet * FT2,
        "dwelling_units": 1.0, "climate_zone": zone,
    }  # fmt: skip
    entry = one(city(**home), "us-ca-2019-homes", "homes")
    kw = entry["of_sums"]["denominator"]
    assert round(kw, len(wanted.partition(".")[2])) == float(wanted)
    assert (entry["of_sums"]["unit"], entry["met"]) == ("kW", False)
    assert one(city(**home, **with_kwp(kw)), "us-ca-2019-homes", "homes")["met"] is True


def test_california_leaves_out_a_zone_whose_factors_are_not_known() -> None:
    home = {
        "completed": pd.Timestamp("2021-06-30"), "conditioned_floor_area_m2": 200.0,
        "dwelling_units": 1.0, "climate_zone": "1",
    }  # fmt: skip
    entry = one(city(**home), "us-ca-2019-homes", "homes")
    assert (entry["value"], entry["met"], entry["counts"]["missing"]) == (None, None, 1)


def test_california_names_what_the_inventory_lacks() -> None:
    table = city(completed=pd.Timestamp("2021-06-30"))
    entry = one(table, "us-ca-2019-homes", "homes")
    assert entry["lacking"] == ["conditioned_floor_area_m2", "climate_zone", "dwelling_units"]
    assert (entry["met"], entry["counts"]["missing"]) == (None, 1)


@pytest.mark.parametrize(("roof_feet", "wanted"), [(4000.0, 50.0), (1000.0, 14.0)])
def test_california_2022_takes_the_smaller_of_two(roof_feet: float, wanted: float) -> None:
    # 20,000 ft2 x 2.5 W/ft2 = 50 kW; 4,000 ft2 x 14 W/ft2 = 56 kW; 1,000 ft2 x 14 = 14 kW.
    shop = {
        "use": "commercial", "conditioned_floor_area_m2": 20_000.0 * FT2,
        "pv_factor_w_per_ft2": 2.5, "solar_access_roof_m2": roof_feet * FT2,
    }  # fmt: skip
    entry = one(city(**shop, **with_kwp(wanted)), "us-ca-2022-nonresidential", "new")
    assert entry["of_sums"]["denominator"] == pytest.approx(wanted)
    assert entry["met"] is True


@pytest.mark.parametrize(
    ("roof", "taken", "wanted"),
    [
        (200.0, NAN, 10.0),  # P1 0.005 x 4000 = 20; P2 0.1 x (0.5 x 200) = 10
        (200.0, 40.0, 6.0),  # P2 0.1 x (100 - 40)
        (200.0, 300.0, 0.0),  # P2 below 0: nothing is asked for
        (800.0, NAN, 20.0),  # P2 40
    ],
)
def test_spain_takes_the_smaller_of_two(roof: float, taken: float, wanted: float) -> None:
    block = {"floor_area_m2": 4000.0, "gross_roof_area_m2": roof, "other_use_area_m2": taken}
    table = city(**block, **with_kwp(wanted))
    entry = one(table, "es-he5", "new")
    assert entry["of_sums"]["denominator"] == pytest.approx(wanted)
    assert entry["met"] is True
    assert one(table, "es-he5", "new", "P1")["of_sums"]["denominator"] == pytest.approx(20.0)


@pytest.mark.parametrize(("floor", "counted"), [(1000.0, 0), (1000.1, 1), (NAN, 0)])
def test_a_gate_above_leaves_the_bound_outside(floor: float, counted: int) -> None:
    entry = one(city(floor_area_m2=floor, gross_roof_area_m2=100.0), "es-he5", "new")
    assert entry["counts"]["subject"] == counted
    assert entry["counts"]["unknown_gate"] == int(np.isnan(floor))


_EU = {
    "use": "school", "ownership": "public", "completed": pd.Timestamp("2000-12-31"),
    "useful_floor_area_m2": [2001.0, 2000.0, 751.0, 750.0, 251.0, 250.0],
    "solar_thermal_area_m2": 0.0,
}  # fmt: skip


def test_eu_public_buildings_above_a_size_must_all_have_it() -> None:
    table = city(6, **_EU, existing_pv_kwp=[5.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    found = {
        name: one(table, "eu-epbd-2024-art10", name)
        for name in ("public-2000", "public-750", "public-250")
    }
    sums = {name: (e["numerator"], e["denominator"], e["met"]) for name, e in found.items()}
    assert sums == {
        "public-2000": (1, 1, True), "public-750": (1, 3, False), "public-250": (1, 5, False)
    }  # fmt: skip
    assert [found[name]["as_of"][:4] for name in sums] == ["2027", "2028", "2030"]
    assert found["public-750"]["complying_ids"] == ["b000"]
    assert found["public-750"]["failing_ids"] == ["b001", "b002"]


def test_eu_counts_solar_thermal_and_gives_no_verdict_where_nobody_states_it() -> None:
    thermal = _EU | {"solar_thermal_area_m2": 3.0}
    assert one(city(6, **thermal), "eu-epbd-2024-art10", "public-750")["met"] is True
    table = city(6, **_EU).drop(columns="solar_thermal_area_m2")
    entry = one(table, "eu-epbd-2024-art10", "public-750")
    assert (entry["met"], entry["lacking"]) == (None, ["solar_thermal_area_m2"])


def test_eu_takes_no_gross_floor_area_for_the_useful_one() -> None:
    table = city(2, use="school", ownership="public", floor_area_m2=9000.0)
    entry = one(table, "eu-epbd-2024-art10", "public-2000")
    assert (entry["met"], entry["counts"]["subject"]) == (None, 0)
    assert "useful_floor_area_m2" in entry["lacking"]


@pytest.mark.parametrize(
    ("completed", "share", "met"),
    [
        ("2024-06-30", 0.30, True),
        ("2024-06-30", 0.29, False),
        ("2026-06-30", 0.39, True),
        ("2026-07-01", 0.39, False),
        ("2026-07-01", 0.40, True),
        ("2027-07-01", 0.49, False),
        ("2027-07-01", 0.50, True),
    ],
)
def test_france_asks_more_of_later_buildings(completed: str, share: float, met: bool) -> None:
    hall = {
        "use": "commercial", "completed": pd.Timestamp(completed), "footprint_area_m2": 500.0,
        "gross_roof_area_m2": 600.0, "green_roof_area_m2": 60.0,
    }  # fmt: skip
    table = city(**hall, **with_pv(share * 600.0 - 60.0))
    assert one(table, "fr-solar-roofs", "new", numerator_variant="N1")["met"] is met


def test_france_counts_green_roof_and_takes_no_other_use_for_it() -> None:
    hall = {
        "use": "commercial", "footprint_area_m2": 600.0, "gross_roof_area_m2": 600.0,
        "other_use_area_m2": 600.0,
    }  # fmt: skip
    entry = one(city(**hall), "fr-solar-roofs", "new", numerator_variant="N1")
    assert (entry["met"], entry["lacking"]) == (None, ["green_roof_area_m2"])
    entry = one(city(**hall, **with_pv(180.0)), "fr-solar-roofs", "new", numerator_variant="N1")
    assert (entry["met"], entry["numerator"]) == (True, 1)


@pytest.mark.parametrize(
    ("day", "threshold", "met"),
    [("2024-01-01", None, None), ("2025-12-31", 0.5, True), ("2030-12-30", 0.5, True),
     ("2030-12-31", 1.0, False), (None, 1.0, False)],
)  # fmt: skip
def test_guangdong_asks_for_half_and_then_for_all(
    day: str | None, threshold: float | None, met: bool | None
) -> None:
    plant = {"use": "industrial", "completed": pd.Timestamp("2000-12-31")}
    table = city(gross_roof_area_m2=1000.0, installable_area_m2=700.0, **plant, **with_pv(500.0))
    entry = one(table, "cn-guangdong-2024", "factories", as_of=day, numerator_variant="N1")
    assert (entry["threshold"], entry["met"], entry["value"]) == (threshold, met, 0.5)


@pytest.mark.parametrize(
    ("target", "use", "share"),
    [("government", "government", 0.5), ("public", "school", 0.4), ("public", "hospital", 0.4),
     ("business", "commercial", 0.3), ("rural", "residential", 0.2)],
)  # fmt: skip
def test_the_whole_county_shares_hold_in_every_district(
    target: str, use: str, share: float
) -> None:
    said = {"use": use, "rural_home": 1.0, "gross_roof_area_m2": 1000.0, "completed": pd.NaT}
    said["district"] = ["A", "B"]
    rule = "cn-whole-county-2021"
    enough = city(2, **said, **with_pv(1000.0 * share))
    assert one(enough, rule, target, numerator_variant="N1")["met"] is True
    # The county A has twice what it needs and B nearly: together they would pass.
    uneven = city(2, **said, **with_pv([2000.0 * share, 1000.0 * share - 1.0]))
    entry = one(uneven, rule, target, numerator_variant="N1")
    assert (entry["met"], entry["level"], entry["value"] > share) == (False, "district", True)
    found = targets.evaluate(uneven, [targets.load_rule(rule)], by="use")
    asked = {"target": target, "state": "now", "numerator_variant": "N1", "group": None}
    (group,) = [e for e in found if all(e[key] == value for key, value in asked.items())]
    assert group["met"] is False


def test_berlin_takes_three_kilowatts_for_a_third_of_the_roof() -> None:
    house = {
        "completed": pd.Timestamp("2024-06-30"), "useful_floor_area_m2": [51.0, 51.0, 51.0, 50.0],
        "gross_roof_area_m2": 100.0, "net_roof_area_m2": 50.0, "installable_area_m2": 60.0,
    }  # fmt: skip
    pv = with_pv([30.0, 29.0, 29.0, 0.0]) | with_kwp([2.9, 2.9, 3.0, 0.0])
    entry = one(city(4, **house, **pv), "de-berlin-solar", "new", numerator_variant="N1")
    assert (entry["numerator"], entry["denominator"], entry["met"]) == (2, 3, False)
    assert (entry["complying_ids"], entry["failing_ids"]) == (["b000", "b002"], ["b001"])
    old = house | {"completed": pd.Timestamp("1990-12-31"), "reroofing_year": 2024.0}
    old |= {"useful_floor_area_m2": 80.0}
    pv = with_pv([15.0, 14.0, 0.0, 0.0]) | with_kwp([2.0, 2.0, 3.0, 1.0])
    entry = one(city(4, **old, **pv), "de-berlin-solar", "reroofed", numerator_variant="N1")
    assert entry["complying_ids"] == ["b000", "b002"]


def test_berlin_public_buildings_use_all_of_the_usable_roof() -> None:
    hall = {
        "use": "school", "ownership": "public", "completed": pd.Timestamp("1990-12-31"),
        "useful_floor_area_m2": 900.0, "installable_area_m2": 400.0, "gross_roof_area_m2": 900.0,
        "net_roof_area_m2": 500.0,
    }  # fmt: skip
    pv = with_pv([400.0, 399.0])
    entry = one(city(2, **hall, **pv), "de-berlin-solar", "public", numerator_variant="N1")
    assert (entry["numerator"], entry["denominator"]) == (1, 2)


@pytest.mark.parametrize(
    ("area", "thermal", "green", "met"),
    [(60.0, 0.0, 0, True), (59.0, 0.0, 0, False), (50.0, 10.0, 0, True), (30.0, 0.0, 1, True),
     (29.0, 0.0, 1, False)],
)  # fmt: skip
def test_baden_wuerttemberg(area: float, thermal: float, green: int, met: bool) -> None:
    # 60 % of 100 m2 is 60 m2; solar thermal counts; under a green roof half of it, 30 m2.
    table = city(
        installable_area_m2=100.0, suitable_roof_area_m2=100.0, solar_thermal_area_m2=thermal,
        green_roof_duty=green, **with_pv(area),
    )  # fmt: skip
    for reading in ("R1", "R2"):
        assert one(table, "de-bw-solar", "new", reading, numerator_variant="N1")["met"] is met


@pytest.mark.parametrize(
    ("target", "use", "area", "met"),
    [
        ("public-and-factories", "school", 40.0, True),
        ("public-and-factories", "school", 39.0, False),
        ("other-public", "hospital", 20.0, True),
        ("other-public", "hospital", 19.0, False),
    ],
)
def test_shanghai_counts_converted_facades(target: str, use: str, area: float, met: bool) -> None:
    table = city(
        use=use, ownership="public", gross_roof_area_m2=100.0, plot_roof_area_m2=100.0,
        converted_facade_pv_area_m2=10.0, **with_pv(area),
    )  # fmt: skip
    for reading in ("R1", "R2"):
        entry = one(table, "cn-shanghai-2023", target, reading, numerator_variant="N1")
        assert entry["met"] is met


@pytest.mark.parametrize(
    ("rule", "target", "column", "year"),
    [("cn-public-institutions-2021", "A", "installable_area_m2", "2023"),
     ("cn-public-institutions-2024", "institutions", "gross_roof_area_m2", "2025"),
     ("cn-suzhou-2022", "new", "installable_area_m2", "2023"),
     ("cn-suzhou-2022", "existing", "installable_area_m2", "2001"),
     ("cn-guangdong-2024", "public", "gross_roof_area_m2", "2025")],
)  # fmt: skip
def test_half_of_the_roof_is_reached_at_exactly_half(
    rule: str, target: str, column: str, year: str
) -> None:
    said = {"use": "school", "ownership": "public", "completed": pd.Timestamp(f"{year}-06-30")}
    said |= {"gross_roof_area_m2": 5000.0, "installable_area_m2": 4000.0, column: 1000.0}
    for area, met in ((500.0, True), (499.9, False)):
        table = city(**said, **with_pv(area))
        first = targets.load_rule(rule).targets
        reading = next(t for t in first if t.id == target).readings[0].id
        assert one(table, rule, target, reading, numerator_variant="N1")["met"] is met


def test_changzhou_counts_new_buildings() -> None:
    said = {"use": "school", "ownership": "public", "completed": pd.Timestamp("2023-06-30")}
    entry = one(city(4, **said, existing_pv_kwp=[1.0, 1.0, 0.0, 0.0]), "cn-changzhou", "new")
    assert (entry["numerator"], entry["denominator"], entry["met"]) == (2, 4, True)


@pytest.mark.parametrize("name", targets.library_ids())
def test_every_rule_says_where_it_is_from_and_judges_an_empty_list(name: str) -> None:
    rule = targets.load_rule(name)
    assert all(source.title for source in rule.sources)
    assert rule.note.en
    assert rule.note.zh
    table = city(
        installable_area_m2=1.0, institution="I", load_kwh=1.0, load_is_estimate=False,
        existing_ac_kwh=0.0, ac_kwh=0.0,
    ).iloc[:0]  # fmt: skip
    found = targets.evaluate(table, [rule])
    assert {entry["met"] for entry in found} == {None}
    assert all("note" in entry and "lacking" not in entry for entry in found)
