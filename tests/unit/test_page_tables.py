"""How tables of chapters are shown: what may wrap, what scrolls, what is not printed."""

from __future__ import annotations

from importlib.resources import files

import pytest

from roofpv.catalogue import say
from roofpv.report.document import Grid
from roofpv.report.page.tables import LONG, ON_PAPER, table_block

NAME = "石嘴山市育新幼儿园活动楼"


def table(rows, cell="x"):
    header = ("number", "district", "name", "kWp")
    return Grid("a", header, (("SZS-1", "大武口区", cell, "1.0"),) * rows, frozenset({3}))


def test_numbers_codes_and_names_are_told_apart():
    assert table_block(table(2, NAME), "zh")["classes"] == ["c", "c", "t", "n"]
    assert table_block(table(0), "zh")["classes"] == ["c", "c", "c", "n"]


def test_a_table_with_sentences_is_read_row_by_row():
    assert not table_block(table(2, "x" * 60), "en")["worded"]
    assert table_block(table(2, "x " * 31), "en")["worded"]


def test_a_table_of_many_rows_scrolls():
    assert [table_block(table(n), "en")["long"] for n in (LONG, LONG + 1)] == [False, True]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_not_printed_is_said(language):
    assert table_block(table(ON_PAPER), language)["on_paper"] == ""
    words = {"n": str(ON_PAPER), "all": str(ON_PAPER + 1)}
    said = table_block(table(ON_PAPER + 1), language)["on_paper"]
    assert said == say("page.on_paper", language, words)


def test_the_style_prints_as_many_rows_as_are_said():
    style = files("roofpv.report.page").joinpath("assets", "page.css").read_text(encoding="utf-8")
    assert f"tr:nth-child(n + {ON_PAPER + 1}):not(.total)" in style
