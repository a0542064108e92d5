from __future__ import annotations

import pytest

from roofpv.report.document import Grid
from roofpv.report.tracks import ACROSS, UPRIGHT, breakable, tracks


def grid(header, *rows, numbers=()):
    return Grid("g", tuple(header), tuple(map(tuple, rows)), frozenset(numbers))


def test_a_small_table_is_no_wider_than_it_needs():
    found = tracks(grid(("a", "b"), ("1", "2"), numbers=(0, 1)))
    assert sum(found.widths) < UPRIGHT / 4
    assert not found.wide


@pytest.mark.parametrize("count", [4, 9, 14, 30])
def test_widths_fill_the_page_and_no_more(count):
    words = "words that go on and on " * 4
    found = tracks(grid(["a head of words"] * count, [words] * count))
    assert sum(found.widths) == pytest.approx(ACROSS if found.wide else UPRIGHT)
    assert min(found.widths) > 0


def test_a_number_keeps_its_line_beside_long_words():
    found = tracks(grid(("n", "words"), ("123,456,789.00 kWh", "word " * 80), numbers=(0,)))
    assert found.widths[0] > 18 * 0.5 * found.size
    assert not found.wide


def test_type_becomes_smaller_before_the_page_is_turned():
    def numbers(count):
        return tracks(grid(["n"] * count, ["1,234,567"] * count, numbers=range(count)))

    sizes = [numbers(count).size for count in (4, 10, 11)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > sizes[-1]
    assert not numbers(10).wide
    assert numbers(16).wide
    assert sum(numbers(60).widths) == pytest.approx(ACROSS)


def test_an_appendix_begins_small():
    table = grid(("a", "b"), ("1", "2"))
    assert tracks(table, small=True).size < tracks(table).size


def test_a_chinese_column_may_be_narrow():
    found = tracks(grid(["名称"] * 5, ["石嘴山市大武口区第一中学实验楼"] * 5))
    assert not found.wide


@pytest.mark.parametrize(
    ("words", "pieces"),
    [
        ("short_id", ["short_id"]),
        ("finance.inverter_life", ["finance.", "inverter_", "life"]),
        ("0123456789abcdef0123456789abcdef", ["0123456789abcdef"] * 2),
        ("two plain words only", ["two plain words only"]),
        ("", [""]),
    ],
)
def test_long_pieces_of_words_may_be_broken(words, pieces):
    assert breakable(words).split("\u200b") == pieces
