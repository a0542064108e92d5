from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from roofpv.text import plain, seen, table, width

BIDI = [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C]
CONTROLS = [*range(0x20), 0x7F, *range(0x80, 0xA0)]


@pytest.mark.parametrize("code", CONTROLS)
def test_a_control_character_is_made_visible(code: int) -> None:
    assert plain(f"a{chr(code)}b") == "a?b"


@pytest.mark.parametrize("code", BIDI)
def test_a_character_that_turns_the_line_is_made_visible(code: int) -> None:
    assert plain(f"a{chr(code)}b") == "a?b"


@pytest.mark.parametrize(
    "code",
    [0xFEFF, 0x200B, 0x200C, 0x200D, 0x2060, 0x2064, 0x00AD, 0x034F, 0x3164, 0xFFF9, 0xE0041],
)
def test_a_character_that_nobody_sees_is_made_visible(code: int) -> None:
    assert plain(f"a{chr(code)}b") == seen(f"a{chr(code)}b") == "a?b"
    assert seen(f"学{chr(code)}校") == "学?校"
    assert seen(chr(code)) == "?"


@pytest.mark.parametrize("name", ["👨\u200d👩\u200d👧", "می\u200cخواهم", "क्\u200dष", "a\tb\nc"])
def test_what_a_script_joins_its_letters_by_stays(name: str) -> None:
    assert seen(name) == name


@pytest.mark.parametrize("code", [0x0B, 0x0C, 0x1C, 0x1D, 0x1E, 0x85, 0x2028, 0x2029])
def test_a_name_stays_one_line(code: int) -> None:
    assert len(plain(f"a{chr(code)}b").splitlines()) == 1


def test_half_of_a_surrogate_pair_is_made_visible() -> None:
    assert plain("a\ud800b") == "a?b"
    plain("a\ud800b").encode("utf-8")


@pytest.mark.parametrize("value", [None, float("nan"), np.float64("nan"), pd.NA, pd.NaT])
def test_a_missing_value_is_empty(value: object) -> None:
    assert plain(value) == ""


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (0.5, "0.5"), (False, "False"), ("", "")])
def test_a_value_that_is_not_missing_is_shown(value: object, text: str) -> None:
    assert plain(value) == text


@pytest.mark.parametrize("name", ["第一中学", "Höhe", "naïve", "école", "한국어", "👍"])
def test_an_honest_name_is_left_as_it_is(name: str) -> None:
    assert plain(name) == name


def test_a_long_name_is_cut_and_says_so() -> None:
    assert plain("x" * 500) == "x" * 59 + "…"
    assert plain("x" * 60) == "x" * 60
    assert len(plain("\x1b" * 500, 200)) == 200


@pytest.mark.parametrize(
    ("text", "columns"),
    [("", 0), ("abc", 3), ("学校", 4), ("A学", 3), ("\uff081\uff09", 5), ("e\u0301", 1), ("–", 1)],
)
def test_width_counts_columns_not_characters(text: str, columns: int) -> None:
    assert width(text) == columns


def test_every_line_of_a_table_has_the_same_width() -> None:
    lines = table(["name", "kWp"], [["第一中学", "1,234"], ["town hall", "5"]])
    assert lines == [
        "name         kWp",
        "---------  -----",
        "第一中学   1,234",
        "town hall      5",
    ]
    assert {width(line) for line in lines} == {16}


def test_shares_and_missing_numbers_stand_to_the_right_and_words_to_the_left() -> None:
    lines = table(["a", "share"], [["x", "5.0%"], ["longer", "–"], ["y", "-3"], ["z", ""]])
    assert lines[2:] == ["x        5.0%", "longer      –", "y          -3", "z"]


def test_a_table_without_rows_is_its_header() -> None:
    assert table(["a", "bc"], []) == ["a  bc", "-  --"]


def test_a_hostile_cell_cannot_break_the_table() -> None:
    lines = table(["name"], [["a\nb\x1b[31m\u202e"], ["y" * 500]])
    assert lines[2] == "a?b?[31m?"
    assert len(lines) == 4
    assert all(width(line) <= 60 for line in lines)


def test_a_row_of_another_length_is_an_error() -> None:
    with pytest.raises(ValueError, match="zip"):
        table(["a", "b"], [["1", "2"], ["1"]])
