from __future__ import annotations

import pytest

from roofpv.report.document import Grid
from roofpv.report.tracks import ACROSS, UPRIGHT, breakable, tracks, turned


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


def test_a_few_long_cells_do_not_widen_a_column_of_words():
    rows = [("0.05", "words " * 40)] * 30
    plain = tracks(grid(("value", "source"), *rows))
    found = tracks(grid(("value", "source"), *rows, ("0.01 0.02 " * 9, "words " * 40)))
    assert found.widths[0] == pytest.approx(plain.widths[0])


def test_short_columns_have_their_best_before_long_ones_share():
    found = tracks(grid(("id", "a", "b"), ("SZS-DWK-0001 x y z", "word " * 90, "word " * 40)))
    assert found.widths[0] > 9 * found.size
    assert found.widths[1] == pytest.approx(found.widths[2], rel=0.3)


def test_type_becomes_smaller_to_spare_a_second_line():
    name = "石嘴山市大武口区第一中学实验楼东"
    found = tracks(grid(["名称"] * 4, [name] * 4))
    assert found.size == 7.0
    assert found.widths[0] > len(name) * found.size


def test_chinese_and_latin_letters_stand_apart():
    one, other = (tracks(grid(("名",), (name,))).widths[0] for name in ("区区区10", "区1区0区"))
    assert other > one


def test_chinese_words_of_a_single_cell_do_not_stand_letter_by_letter():
    rows = [("–", "words " * 40)] * 40
    found = tracks(grid(("B4", "source"), *rows, ("不适用：没有计入的对象", "–")))
    assert found.widths[0] >= 5.0 * found.size


def test_columns_become_rows():
    found = turned(grid(("reading", "city", "a"), ("A1", "1", "2"), ("A2", "3", "4")))
    assert found.header == ("reading", "A1", "A2")
    assert found.rows == (("city", "1", "3"), ("a", "2", "4"))
    assert found.numbers == {1, 2}
