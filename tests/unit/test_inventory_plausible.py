from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from roofpv.catalogue import say
from roofpv.inventory.check import check_inventory
from roofpv.inventory.findings import DOUBTFUL, QUARANTINED
from roofpv.inventory.plausible import beyond_roof, consistency, unit_notes

NAN = float("nan")
COLUMNS = ("floor_area_m2", "floors", "height_m", "footprint_area_m2", "roof_area_m2",
           "surface_tilt", "existing_pv_kwp", "existing_pv_area_m2", "annual_load_kwh",
           "usable_area_m2", "stated_kwp")  # fmt: skip


def _frame(rows: list[dict[str, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=float)


def _found(drawn: float = NAN, **stated: float) -> list[tuple[str, str]]:
    frame = _frame([{}, stated])
    findings = consistency(frame, np.array([NAN, drawn]))
    assert {f.kind for f in findings} <= {DOUBTFUL}
    assert all(f.at.tolist() == [1] for f in findings)
    return [(f.code, f.column) for f in findings]


@pytest.mark.parametrize(
    "stated",
    [
        {}, {"floor_area_m2": 4000, "floors": 4, "roof_area_m2": 1900},
        {"footprint_area_m2": 1000, "roof_area_m2": 1290},
        {"footprint_area_m2": 1000, "roof_area_m2": 1800, "surface_tilt": 45},
        {"footprint_area_m2": 1000, "floor_area_m2": 320, "floors": 1},
        {"roof_area_m2": 1000, "existing_pv_kwp": 249, "existing_pv_area_m2": 1000},
        {"floor_area_m2": 2000, "floors": 4, "existing_pv_kwp": 240},
        {"height_m": 18, "floors": 6}, {"height_m": 30, "floors": 1},
        {"height_m": 15.9, "floors": 2}, {"height_m": 500}, {"floors": 3},
        {"floor_area_m2": 41, "floors": 4}, {"existing_pv_kwp": 1e6},
        {"footprint_area_m2": 100, "roof_area_m2": 100, "surface_tilt": 90},
    ],
)  # fmt: skip
def test_what_may_well_be_is_no_finding(stated: dict[str, float]) -> None:
    assert _found(**stated) == []


@pytest.mark.parametrize(
    ("stated", "told"),
    [
        ({"floor_area_m2": 4000, "floors": 4, "roof_area_m2": 2100},
         [("ROOF_ABOVE_STOREY", "roof_area_m2")]),
        ({"footprint_area_m2": 1000, "roof_area_m2": 1310},
         [("ROOF_ABOVE_FOOTPRINT", "roof_area_m2")]),
        ({"drawn": 1000, "footprint_area_m2": 2000, "roof_area_m2": 1310},
         [("ROOF_ABOVE_FOOTPRINT", "roof_area_m2")]),
        ({"drawn": 1000, "floor_area_m2": 290},
         [("FLOOR_AREA_BELOW_FOOTPRINT", "floor_area_m2")]),
        ({"floor_area_m2": 0.5, "floors": 4}, [("STOREY_TOO_SMALL", "floor_area_m2")]),
        ({"roof_area_m2": 1000, "existing_pv_area_m2": 1001},
         [("PV_ABOVE_ROOF", "existing_pv_area_m2")]),
        ({"roof_area_m2": 1000, "existing_pv_kwp": 251}, [("PV_ABOVE_ROOF", "existing_pv_kwp")]),
        ({"drawn": 1000, "existing_pv_kwp": 326}, [("PV_ABOVE_ROOF", "existing_pv_kwp")]),
        ({"floor_area_m2": 4000, "floors": 4, "existing_pv_kwp": 501},
         [("PV_ABOVE_ROOF", "existing_pv_kwp")]),
        ({"height_m": 10, "floors": 6}, [("HEIGHT_AND_FLOORS", "height_m")]),
        ({"height_m": 17, "floors": 2}, [("HEIGHT_AND_FLOORS", "height_m")]),
        ({"height_m": 41, "floors": 1}, [("HEIGHT_AND_FLOORS", "height_m")]),
    ],
)  # fmt: skip
def test_what_cannot_well_be_is_doubtful(
    stated: dict[str, float], told: list[tuple[str, str]]
) -> None:
    assert _found(**stated) == told


def test_a_finding_shows_the_value_and_is_told_in_both_languages() -> None:
    frame = _frame([{"roof_area_m2": 5000, "footprint_area_m2": 500, "existing_pv_kwp": 2000}])
    findings = consistency(frame, np.array([NAN]))
    assert [list(f.values) for f in findings] == [["5000 m²"], ["2000 kW"]]
    codes = ("roof_above_storey", "roof_above_footprint", "floor_area_below_footprint",
             "storey_too_small", "pv_above_roof", "height_and_floors",
             "duplicate_plane_id")  # fmt: skip
    for code in codes:
        for language in ("en", "zh"):
            assert say(f"findings.{code}", language)
            assert say(f"findings.{code}.mend", language)


@pytest.mark.parametrize(
    ("drawn", "stated", "most"),
    [
        (NAN, {"roof_area_m2": 1000, "footprint_area_m2": 2000}, 1000),
        (400, {"footprint_area_m2": 2000}, 600),
        (NAN, {"footprint_area_m2": 400, "floor_area_m2": 9000, "floors": 3}, 600),
        (NAN, {"floor_area_m2": 1200, "floors": 3}, 600),
        (NAN, {"floor_area_m2": 400, "floors": 0.5}, 600),
    ],
)
def test_a_usable_area_above_the_roof_is_set_aside_with_both_numbers(
    drawn: float, stated: dict[str, float], most: float
) -> None:
    rows = [{**stated, "usable_area_m2": most}, {**stated, "usable_area_m2": most + 0.5}]
    (finding,) = beyond_roof(_frame(rows), np.array([drawn, drawn]))
    assert (finding.kind, finding.code) == (QUARANTINED, "USABLE_ABOVE_ROOF")
    assert (finding.column, finding.at.tolist()) == ("usable_area_m2", [1])
    assert list(finding.values) == [f"{most + 0.5:g} m² > {most:g} m²"]
    assert all(finding.reason(language) and finding.mend(language) for language in ("en", "zh"))


def test_a_usable_area_without_a_known_roof_or_of_0_stands() -> None:
    rows = [{"usable_area_m2": 500}, {"usable_area_m2": 0, "roof_area_m2": 10}, {}]
    assert beyond_roof(_frame(rows), np.full(3, NAN)) == []


def test_the_check_sets_the_row_aside_and_keeps_a_stated_0() -> None:
    table = pd.DataFrame(
        {"roof_area_m2": [1000, 1000], "usable_area_m2": [0, 1500], "stated_kwp": [0, 20]}
    )
    checked = check_inventory(table)
    assert checked.buildings[["usable_area_m2", "stated_kwp"]].to_numpy().tolist() == [[0, 0]]
    (line,) = checked.quarantine.to_dict("records")
    assert (line["code"], line["value"]) == ("USABLE_ABOVE_ROOF", "1500 m² > 1000 m²")


def test_a_table_without_rows_has_nothing_wrong() -> None:
    frame = _frame([])
    assert consistency(frame, np.empty(0)) == []
    assert unit_notes(frame, {}, {}) == []


def test_schools_of_half_a_square_metre_are_in_another_unit() -> None:
    frame = _frame([{"floor_area_m2": a, "floors": 4} for a in np.linspace(0.35, 1.95, 60)])
    ((key, words),) = unit_notes(frame, {}, {"floor_area_m2": "建筑面积"})
    assert words == {"source": "建筑面积", "unit": "万m²", "ours": "m²"}
    assert say(key, "zh", words) == (
        "“建筑面积”的数值像是以 万m² 为单位，现按 m² 采用；"
        "如属实，请在表头注明单位，例如“建筑面积（万m²）”"
    )
    assert "建筑面积 (万m²)" in say(key, "en", words)


def test_a_stated_unit_is_believed_and_usual_values_are_no_note() -> None:
    odd = _frame([{"floor_area_m2": 0.5, "floors": 4}])
    assert unit_notes(odd, {"floor_area_m2": "m2"}, {}) == []
    usual = _frame([{"floor_area_m2": 5000, "floors": 4, "height_m": 14, "roof_area_m2": 1200}])
    assert unit_notes(usual, {}, {}) == []


def test_heights_in_feet_are_seen_by_the_storeys() -> None:
    frame = _frame([{"height_m": 40, "floors": 4}] * 3)
    ((_, words),) = unit_notes(frame, {}, {})
    assert (words["source"], words["unit"], words["ours"]) == ("height_m", "ft", "m")
