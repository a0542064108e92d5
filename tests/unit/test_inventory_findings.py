from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from roofpv.catalogue import LANGUAGES, has_text, say, texts
from roofpv.inventory.findings import (
    COLUMNS,
    DOUBTFUL,
    EMPTIED,
    QUARANTINE_COLUMNS,
    QUARANTINED,
    REPAIRED,
    Finding,
    counted,
    findings_table,
    found,
    lost_rows,
    quarantine_table,
    texts_of,
    warnings_of,
)

KEYS = pd.DataFrame(
    {"source_row": [4, 5, 9], "source_sheet": ["学校", "学校", ""], "building_id": ["a", "b", "c"]}
)


def _one(kind: str, code: str, *at: int, column: str = "geometry") -> Finding:
    return Finding(kind, code, column, np.array(at), [f"v{i}" for i in at])


def test_every_place_is_a_line_in_the_order_of_the_file() -> None:
    findings = [_one(QUARANTINED, "NO_ROOF", 2, 0), _one(DOUBTFUL, "DUPLICATE_ID", 1)]
    table = findings_table(findings, KEYS)
    assert list(table) == list(COLUMNS)
    assert table[["row", "sheet", "building_id", "value"]].to_numpy().tolist() == [
        [4, "学校", "a", "v0"], [5, "学校", "b", "v1"], [9, "", "c", "v2"],
    ]  # fmt: skip
    assert table["reason"].str.startswith("no footprint").tolist() == [True, False, True]
    assert findings_table(findings, KEYS, "zh")["reason"][0].startswith("既无建筑轮廓")


def test_nothing_found_is_an_empty_table() -> None:
    assert findings_table([], KEYS).empty
    assert list(quarantine_table([], KEYS)) == list(QUARANTINE_COLUMNS)
    assert not lost_rows([], 3).any()


def test_a_lost_row_is_one_line_with_all_its_problems() -> None:
    findings = [
        _one(QUARANTINED, "NO_ROOF", 1),
        _one(QUARANTINED, "NOT_WKT", 0, 1),
        _one(DOUBTFUL, "DUPLICATE_ID", 2),
    ]
    lost = quarantine_table(findings, KEYS)
    assert lost["row"].tolist() == [4, 5]
    assert lost["code"].tolist() == ["NOT_WKT", "NO_ROOF"]
    assert lost["reason"][1].endswith("; also geometry = v1: not a WKT outline")
    assert lost_rows(findings, 3).tolist() == [True, True, False]


def test_findings_are_counted_by_what_they_are() -> None:
    findings = [
        _one(REPAIRED, "NOT_WKT", 0),
        _one(EMPTIED, "NOT_WKT", 1),
        _one(REPAIRED, "NOT_WKT", 2),
    ]
    assert counted(findings) == [
        {"kind": EMPTIED, "column": "geometry", "code": "NOT_WKT", "count": 1},
        {"kind": REPAIRED, "column": "geometry", "code": "NOT_WKT", "count": 2},
    ]


def test_warnings_speak_of_rows_that_are_used() -> None:
    findings = [
        _one(QUARANTINED, "NO_ROOF", 0),
        _one(EMPTIED, "NOT_WKT", *range(3)),
        _one(EMPTIED, "NOT_WKT", 1),
    ]
    assert warnings_of(findings) == [
        "4 rows, geometry: not a WKT outline (v0, v1, v2): taken as not known"
    ]
    bare = Finding(REPAIRED, "NOT_WKT", "geometry", np.array([1]))
    assert warnings_of([bare], "zh") == ["1 行，geometry：不是 WKT 轮廓：已修正"]


def test_a_mask_makes_one_finding_or_none() -> None:
    values = pd.Series(["x", None, "y" * 500], index=[7, 8, 9])
    assert found(DOUBTFUL, "NOT_WKT", "geometry", np.zeros(3, dtype=bool), values) == []
    one = found(DOUBTFUL, "NOT_WKT", "geometry", np.array([False, True, True]), values)[0]
    assert one.at.tolist() == [1, 2]
    assert one.values == ["", "y" * 200]
    assert texts_of([np.nan, pd.NaT, 1.5, [1]]) == ["", "", "1.5", "[1]"]


def test_every_text_is_there_in_both_languages() -> None:
    for key, spoken in texts().items():
        assert set(spoken) == set(LANGUAGES), key
        assert all(text.strip() for text in spoken.values()), key


def test_every_finding_says_what_to_do() -> None:
    plain = {"findings.also", "findings.warning", "findings.warning_bare"}
    reasons = [
        key for key in texts()
        if key.startswith("findings.") and key.count(".") == 1 and key not in plain
    ]  # fmt: skip
    assert reasons
    assert [key for key in reasons if not has_text(f"{key}.mend")] == []


def test_words_are_filled_in_as_they_are() -> None:
    assert say("findings.missing", "en", {"name": "$x {y}"}) == "$x {y} is empty"
    with pytest.raises(KeyError):
        say("findings.missing", "en")
    with pytest.raises(KeyError):
        say("no.such.key", "en")
