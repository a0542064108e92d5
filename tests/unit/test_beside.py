from __future__ import annotations

import pytest

from roofpv.report.beside import side_by_side
from roofpv.report.tracks import UPRIGHT


def heading(text="h"):
    return {"kind": "Heading", "text": text}


def grid(width, rows=4, size=8.0, *, total=False, whole=True):
    return {
        "kind": "Grid", "widths": [width / 2, width / 2], "inset": 3.6, "size": size,
        "rows": [[f"r{n}", "1"] for n in range(rows)], "total": total, "whole": whole,
    }  # fmt: skip


def test_two_narrow_tables_under_headings_become_one_block():
    (made,) = side_by_side([heading("a"), grid(200.0), heading("b"), grid(150.0)])
    assert made["kind"] == "Beside"
    assert [side[0]["text"] for side in made["sides"]] == ["a", "b"]
    assert made["widths"][0] == made["widths"][1]
    assert sum(made["widths"]) + made["gap"] == pytest.approx(UPRIGHT)
    assert made["sides"][0][1]["size"] == 8.0


def test_type_becomes_smaller_for_both_where_they_need_it():
    (made,) = side_by_side([heading(), grid(280.0), heading(), grid(220.0)])
    left, right = (side[1] for side in made["sides"])
    assert left["size"] == right["size"] == 7.5
    assert sum(left["widths"]) == pytest.approx(280.0 * 7.5 / 8.0)
    assert sum(made["widths"]) + made["gap"] <= UPRIGHT


@pytest.mark.parametrize(
    "blocks",
    [
        [heading(), grid(290.0), heading(), grid(290.0)],
        [heading(), grid(200.0), heading(), grid(490.0)],
        [heading(), grid(200.0), grid(200.0)],
        [heading(), grid(200.0, rows=17, total=True), heading(), grid(200.0)],
        [heading(), grid(200.0, whole=False), heading(), grid(200.0)],
        [heading(), {"kind": "Lines"}, heading(), grid(200.0)],
        [heading(), grid(200.0), heading()],
        [],
    ],
)
def test_others_stay_as_they_are(blocks):
    assert side_by_side(blocks) == blocks


def test_a_long_narrow_table_is_set_in_two_halves():
    (made,) = side_by_side([grid(200.0, rows=15)])
    first, last = (side[0]["rows"] for side in made["sides"])
    assert [row[0] for row in (*first, *last)] == [f"r{n}" for n in range(15)]
    assert len(first) == 8


@pytest.mark.parametrize(
    "block", [grid(200.0, rows=15, total=True), grid(200.0, rows=40), grid(290.0, rows=15)]
)
def test_sums_very_long_and_wide_tables_are_not_halved(block):
    assert side_by_side([block]) == [block]
