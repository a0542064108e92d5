"""Two results compared: who changed, by which cause, and what is refused."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr
from comparemaker import OTHER, made, result, with_columns, with_run, with_version

from roofpv import targets
from roofpv.comparing import compare, comparison_text
from roofpv.comparing.touches import of_assumption, of_given
from roofpv.errors import InvalidResult, InvalidRules
from roofpv.skylinefile import NotKept


def causes_of(made_):
    return made_.buildings.set_index("building_id")["causes"].to_dict()


def entry(made_, target, reading, state="now", variant=None):
    (one,) = [
        e for e in made_.told["targets"]
        if (e["target"], e["reading"], e["state"], e["numerator_variant"], e["district"])
        == (target, reading, state, variant, None)
    ]  # fmt: skip
    return one


def test_nothing_changed_in_the_same_result():
    same = compare(result(), result())
    assert same.buildings.empty
    assert same.told["compliance"] == []
    counts = same.told["counts"]
    assert (counts["new"], counts["gone"], counts["changed"], counts["unchanged"]) == (0, 0, 0, 5)
    assert all(one["parts"] == {} for one in same.told["totals"].values())
    assert not any(one["flips"] for one in same.told["targets"])
    assert comparison_text(same.told, "en")[-1] == "nothing changed"
    assert comparison_text(same.told, "zh")[-1] == "没有变化"


def test_each_change_of_the_list_is_seen():
    found = compare(result(), result(OTHER))
    table = found.buildings.set_index("building_id")
    assert table["change"].to_dict() == {
        "A": "gone", "C": "changed", "E": "changed", "F": "new",
    }  # fmt: skip
    assert set(table["causes"]) == {"data"}
    assert table.loc["C", "given"] == "floor_area_m2: 1200 -> 2400"
    assert table.loc["E", "given"] == "existing_pv_kwp: 90 -> 160"
    assert "installed_kwp" in table.loc["E", "figures"].split()
    assert "kwp" not in table.loc["E", "figures"].split()
    assert np.isnan(table.loc["A", "kwp_b"])
    assert table.loc["F", "kwp_b"] > 0.0


def test_who_complies_now_and_why():
    found = compare(result(), result(OTHER))
    assert "shizuishan-2025/A/A1/N1:now" in (
        found.buildings.set_index("building_id").loc["E", "newly_compliant"].split()
    )
    lost = [one for one in found.told["compliance"] if one["lost"]]
    by = {why for one in lost for why in one["lost_by"]}
    assert by <= {"data", "gone"}
    assert any("data" in one["newly_by"] for one in found.told["compliance"])


def test_the_way_of_a_target_ends_at_its_verdicts():
    before, after = result(), result(OTHER)
    found = compare(before, after)
    for side, one in (("a", before), ("b", after)):
        for wanted in one.targets:
            got = [
                e[side] for e in found.told["targets"]
                if all(e[k] == wanted[k] for k in (
                    "rule", "target", "reading", "numerator_variant", "state", "district"))
            ]  # fmt: skip
            assert got[0]["numerator"] == wanted["numerator"]
            assert got[0]["met"] == wanted["met"]
            assert got[0]["value"] == wanted["value"]


def test_a_count_is_split_by_hand():
    one = entry(compare(result(), result(OTHER)), "B", "B1")
    # A, B and C are existing, C has PV: 1 of 3; without A 1 of 2.
    assert one["a"]["value"] == pytest.approx(1 / 3)
    assert one["b"]["value"] == pytest.approx(1 / 2)
    assert one["parts"]["denominator"] == {"gone": -1.0}
    assert one["parts"]["numerator"] == {}
    assert one["parts"]["value"]["gone"] == pytest.approx(1 / 2 - 1 / 3)


def test_an_assumption_is_a_cause_of_what_it_can_change():
    found = compare(result(), made(values={"losses.soiling": 0.2}))
    assert set(causes_of(found).values()) == {"assumption"}
    parts = found.told["totals"]["ac_kwh"]["parts"]
    assert set(parts) == {"assumption"}
    assert found.told["totals"]["kwp"]["parts"] == {}
    assert [one["name"] for one in found.told["runs"]["assumptions"]] == ["losses.soiling"]


def test_an_assumption_of_one_use_concerns_that_use():
    found = compare(result(), made(values={"plant.hospital_fraction": 0.3}))
    assert causes_of(found) == {"B": "assumption", "E": "assumption"}


def test_list_and_assumption_are_told_apart():
    found = compare(result(), made(OTHER, values={"losses.soiling": 0.2}))
    causes = causes_of(found)
    assert causes["D"] == "assumption"
    assert causes["C"] == "data+assumption"
    parts = found.told["totals"]["ac_kwh"]["parts"]
    # The capacity that the list added at the old yield, then all of the yield by the assumption.
    assert parts["data"] > 0.0 > parts["assumption"]
    assert found.told["totals"]["installed_kwp"]["parts"] == {"data": pytest.approx(70.0)}


def test_weather_is_a_cause():
    found = compare(result(site="dawukou"), result(site="huinong"))
    assert set(causes_of(found).values()) == {"weather"}
    # An exempt building has no planes, and a roof without a place the latitude of its weather.
    places = result(site="dawukou"), result(site="huinong")
    bare = [dataclasses.replace(one, planes=one.planes.iloc[:0]) for one in places]
    assert set(causes_of(compare(*bare)).values()) == {"weather"}
    unplaced = [
        with_columns(one, lon=np.nan, kwp=kwp) for one, kwp in zip(places, (9.0, 10.0), strict=True)
    ]
    parts = compare(*unplaced).told["totals"]["kwp"]["parts"]
    assert set(parts) == {"weather"}
    hotter = result(site="dawukou")
    weather = hotter.weather.assign(temp_air=hotter.weather["temp_air"] + 1.0)
    after = with_columns(hotter, ac_kwh=hotter.buildings["ac_kwh"] * 0.99)
    after = dataclasses.replace(after, weather=weather)
    found = compare(hotter, after)
    assert set(causes_of(found).values()) == {"weather"}
    assert found.told["runs"]["weather_sites"] == ["dawukou"]
    hotter.weather.attrs["time_label"], kept = "end", hotter.weather.attrs["time_label"]
    relabelled = dataclasses.replace(hotter, weather=hotter.weather.copy())
    hotter.weather.attrs["time_label"] = kept
    assert compare(relabelled, hotter).told["runs"]["weather_sites"] == ["dawukou"]


def test_a_version_is_a_cause_where_buildings_show_it():
    before = result()
    later = with_version(before, "9.0")
    found = compare(before, later)
    assert found.buildings.empty
    assert found.told["causes"]["without_cause"] == 5
    moved = with_columns(later, ac_kwh=before.buildings["ac_kwh"] * 1.001)
    found = compare(before, moved)
    assert set(causes_of(found).values()) == {"version"}
    assert "5 of which" not in " ".join(comparison_text(found.told, "en"))
    assert "of 5 buildings of which nothing else differs, 5 changed" in " ".join(
        comparison_text(found.told, "en")
    )


def test_a_version_that_changes_nothing_is_no_cause():
    found = compare(result(), with_version(result(OTHER), "9.0"))
    assert set(causes_of(found).values()) == {"data"}


def test_a_version_that_cannot_be_told_apart_is_named_beside():
    found = compare(result(), with_version(made(values={"losses.soiling": 0.2}), "9.0"))
    assert set(causes_of(found).values()) == {"assumption+version"}
    assert any("no building is without another cause" in line
               for line in comparison_text(found.told, "en"))  # fmt: skip


def test_a_change_that_nothing_explains_is_called_unknown():
    found = compare(result(), with_columns(result(), kwp=result().buildings["kwp"] + 1.0))
    assert set(causes_of(found).values()) == {"unknown"}
    assert found.told["totals"]["kwp"]["parts"] == {"unknown": pytest.approx(5.0)}


def test_a_difference_in_the_last_bits_is_none():
    near = with_columns(result(), ac_kwh=result().buildings["ac_kwh"] * (1 + 1e-12))
    assert compare(result(), near).buildings.empty


def other_rule(text):
    found = result()
    return with_run(found, rule_texts={"shizuishan-2025": text})


def test_a_rule_is_a_cause():
    text = result().run["rule_texts"]["shizuishan-2025"]
    assert text.count("threshold = 0.15") == 1
    found = compare(result(), other_rule(text.replace("threshold = 0.15", "threshold = 0.95")))
    one = entry(found, "B", "B1", "potential")
    assert (one["a"]["met"], one["b"]["met"]) == (True, True)
    one = entry(found, "B", "B1")
    assert (one["flips"], one["flipped_by"]) == (True, "rule")
    assert one["parts"]["value"] == {}
    assert {why for e in found.told["compliance"] for why in e["lost_by"]} == {"rule"}
    assert set(causes_of(found).values()) == {"rule"}
    assert found.told["runs"]["rules"] == [{"name": "shizuishan-2025", "change": "changed"}]
    lines = comparison_text(found.told, "en")
    assert any("by rule" in line for line in lines)


def test_the_day_is_a_cause():
    later = made(values={"targets.as_of": "2023-06-30"})
    found = compare(result(), later)
    one = entry(found, "A", "A3")
    assert set(one["parts"]["denominator"]) == {"as_of"}
    assert found.buildings.empty or set(causes_of(found).values()) <= {"rule"}


def test_rules_of_one_side_are_named():
    bare = made(rules=())
    found = compare(result(), bare)
    assert found.told["targets"] == []
    assert found.told["runs"]["rules"] == [{"name": "shizuishan-2025", "change": "gone"}]
    assert "no rule was judged in both" in comparison_text(found.told, "en")
    back = compare(bare, result())
    assert back.told["runs"]["rules"] == [{"name": "shizuishan-2025", "change": "new"}]


def test_quarantine_of_the_other_run_is_told():
    before = result()
    kept = before.buildings[before.buildings["building_id"] != "C"].reset_index(drop=True)
    line = pd.DataFrame(
        [dict.fromkeys(before.quarantine, "") | {"building_id": "C", "column": "floors",
          "reason": "not a number"}]
    )  # fmt: skip
    after = dataclasses.replace(before, buildings=kept, quarantine=line)
    table = compare(before, after).buildings.set_index("building_id")
    assert table.loc["C", "given"] == "quarantined in b: floors: not a number"
    table = compare(after, before).buildings.set_index("building_id")
    assert table.loc["C", "given"] == "quarantined in a: floors: not a number"


def test_no_common_id_is_refused():
    renamed = with_columns(result(), building_id=[f"x{i}" for i in range(5)])
    with pytest.raises(InvalidResult, match="are these the same list"):
        compare(result(), renamed)


def test_a_building_twice_is_refused():
    with pytest.raises(InvalidResult, match="stands in the result twice"):
        compare(result(), with_columns(result(), building_id=["A", "A", "C", "D", "E"]))


def test_another_version_is_refused():
    old = dataclasses.replace(
        result(), buildings=result().buildings.drop(columns=["layout", "height_basis"])
    )
    with pytest.raises(InvalidResult, match="layout, height_basis: a result of roofpv"):
        compare(old, result())
    bare = {k: v for k, v in result().run.items() if k != "rule_texts"}
    with pytest.raises(InvalidResult, match="has no rule_texts"):
        compare(result(), dataclasses.replace(result(), run=bare))


def test_a_rule_that_cannot_be_read_is_refused():
    with pytest.raises(InvalidRules):
        compare(result(), other_rule("id = 'x'"))


def test_what_goes_in_touches_what_it_can():
    assert "kwp" not in of_assumption("losses.soiling", False)
    assert "kwp" in of_assumption("losses.soiling", True)
    assert "npv_cny" in of_assumption("losses.degradation_per_year", False)
    assert "kwp" in of_assumption("something.new", False)
    assert of_given("name") == frozenset()
    assert "load_kwh" in of_given("annual_load_kwh")


def test_one_building_gets_the_verdict_of_the_library():
    table = targets.building_verdicts(result(OTHER).buildings, targets.load_rule("shizuishan-2025"))
    met = table[table["met"].fillna(False).astype(bool)]
    found = compare(result(), result(OTHER)).buildings
    newly = {
        (row["building_id"], name)
        for _, row in found.iterrows() for name in row["newly_compliant"].split()
    }  # fmt: skip
    named = {
        (row["building_id"], "/".join(filter(None, [row["rule"], row["target"], row["reading"],
         row["numerator_variant"]])) + f":{row['state']}")
        for _, row in met.iterrows()
    }  # fmt: skip
    assert newly <= named
    assert newly


def test_planes_zones_and_skylines_of_their_own_are_causes(tmp_path):
    before = result()
    planes = before.planes.assign(roof_tilt=before.planes["roof_tilt"] + 3.0)
    moved = with_columns(before, ac_kwh=before.buildings["ac_kwh"] * 1.01)
    found = compare(before, dataclasses.replace(moved, planes=planes))
    assert set(found.buildings["given"]) == {"planes"}
    assert set(causes_of(found).values()) == {"data"}

    zones = gpd.GeoDataFrame(
        {"building_id": ["A"], "kind": ["plant"]}, geometry=[shapely.box(0, 0, 1, 1)]
    )
    found = compare(before, dataclasses.replace(moved, zones=zones))
    assert causes_of(found) == {"A": "data"} | dict.fromkeys("BCDE", "unknown")

    names = before.planes["plane_id"].to_numpy(dtype=object)
    elevation = np.zeros((len(names), 72), dtype="float32")
    azimuth = np.arange(72) * 5.0

    def seen(values):
        data = xr.Dataset(
            {"horizon_elevation": (("plane_id", "azimuth"), values)},
            {"plane_id": names, "azimuth": azimuth},
        )
        return {"neighbours": data}

    shaded = elevation.copy()
    shaded[2, 36] = 20.0
    old = dataclasses.replace(before, skylines=seen(elevation))
    old = with_run(old, inputs=[{"name": "context.gpkg", "sha256": "1"}])
    new = dataclasses.replace(moved, skylines=seen(shaded))
    new = with_run(new, inputs=[{"name": "context.gpkg", "sha256": "2"}])
    found = compare(old, new)
    assert causes_of(found) == {"C": "surroundings"} | dict.fromkeys("ABDE", "unknown")
    same = with_run(new, inputs=old.run["inputs"])
    assert set(causes_of(compare(old, same)).values()) == {"unknown"}
    (tmp_path / "whole.json").write_text('{"neighbours": {}}', encoding="utf-8")
    light = np.where(np.arange(len(names)) == 3, 0.9, 1.0)
    kept_none = [
        dataclasses.replace(
            one, skylines=NotKept(tmp_path), planes=one.planes.assign(solar_access=access)
        )
        for one, access in ((old, 1.0), (new, light))
    ]
    assert causes_of(compare(*kept_none)) == {"D": "surroundings"} | dict.fromkeys(
        "ABCE", "unknown"
    )
    assert set(causes_of(compare(before, kept_none[1])).values()) == {"surroundings"}
    bare = compare(before, new)
    assert bare.told["runs"]["surroundings"] == [[], ["neighbours"]]
    assert any(line.startswith("surroundings: ") for line in comparison_text(bare.told, "en"))
