from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from roofpv.catalogue import texts
from roofpv.errors import InvalidInventory
from roofpv.inventory.formats.delimited_text import read_text
from roofpv.inventory.source import Source

KNOWN = {
    "编号", "单位名称", "建筑面积", "层数", "层数/地上", "building_id", "name", "floors",
    "roof_area_m2", "geometry",
}  # fmt: skip
CHINESE = "编号,单位名称,建筑面积\n007,第一中学,5000\n"


def _write(folder: Path, content: str | bytes, name: str = "t.csv") -> Path:
    file = folder / name
    file.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return file


def _read(folder: Path, content: str | bytes, name: str = "t.csv") -> Source:
    return read_text(_write(folder, content, name), KNOWN.__contains__)


def _rows(source: Source) -> list[list[object]]:
    table = source.table.astype(object)
    return table.where(table.notna(), None).to_numpy().tolist()


def _notes(source: Source) -> dict[str, dict[str, str]]:
    assert all(key in texts() for key, _ in source.notes)
    return {key.removeprefix("notes."): dict(words) for key, words in source.notes}


def _refused(call: Callable[[], object], *said: str) -> None:
    with pytest.raises(InvalidInventory) as caught:
        call()
    text = str(caught.value)
    assert len(text.splitlines()) == 1
    for part in said:
        assert part in text


@pytest.mark.parametrize(
    ("mark", "encoding", "said"),
    [
        (b"", "utf-8", "utf-8"),
        (b"\xef\xbb\xbf", "utf-8", "utf-8"),
        (b"", "gb18030", "gb18030"),
        (b"\x84\x31\x95\x33", "gb18030", "gb18030"),
        (b"\xff\xfe", "utf-16-le", "utf-16"),
        (b"\xfe\xff", "utf-16-be", "utf-16"),
    ],
)
def test_the_encoding_is_found_and_told(
    tmp_path: Path, mark: bytes, encoding: str, said: str
) -> None:
    source = _read(tmp_path, mark + CHINESE.encode(encoding))
    assert [*source.table.columns] == ["编号", "单位名称", "建筑面积"]
    assert _rows(source) == [["007", "第一中学", "5000"]]
    assert _notes(source) == {"encoding": {"encoding": said}}
    assert source.rows.tolist() == [2]
    assert source.sheets.tolist() == [""]
    assert source.places == {"编号": 1, "单位名称": 2, "建筑面积": 3}


def test_bytes_of_no_encoding_name_their_row_and_byte(tmp_path: Path) -> None:
    file = _write(tmp_path, b"name,roof_area_m2\na,5\n\xff\xff,6\n")
    _refused(
        lambda: read_text(file, KNOWN.__contains__), "t.csv, row 3, byte 22", "gb18030", "UTF-8"
    )


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xef\xbb\xbf" + CHINESE.encode().replace("学".encode(), b"\xe5\xad,"), "not the utf-8"),
        (b"\xff\xfe" + "上上,a\n上".encode("utf-16-le") + b"\x00", "not the utf-16"),
    ],
)
def test_a_broken_file_with_its_mark_is_not_read_as_another_encoding(
    tmp_path: Path, data: bytes, said: str
) -> None:
    file = _write(tmp_path, data)
    _refused(lambda: read_text(file, KNOWN.__contains__), "t.csv, row 2", said, "CSV UTF-8")


@pytest.mark.parametrize(
    "data", [b"name,floors\na\0,5\n", CHINESE.encode("utf-16-le"), b"name,floors\na," + b"\0" * 99]
)
def test_bytes_of_nothing_are_no_text(tmp_path: Path, data: bytes) -> None:
    file = _write(tmp_path, data)
    _refused(lambda: read_text(file, KNOWN.__contains__), "t.csv, row ", "CSV UTF-8")


@pytest.mark.parametrize("mark", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1", b"%PDF-1.7", b"PAR1"])
def test_a_file_of_another_kind_is_no_text(tmp_path: Path, mark: bytes) -> None:
    file = _write(tmp_path, mark + CHINESE.encode())
    _refused(lambda: read_text(file, KNOWN.__contains__), "t.csv: no text", "Name it as what it is")


@pytest.mark.parametrize(
    ("delimiter", "told"),
    [(",", None), (";", ";"), ("\t", "Tab"), ("|", "|"), ("，", "，")],
)
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_the_delimiter_is_found_and_told(
    tmp_path: Path, delimiter: str, told: str | None, ending: str
) -> None:
    rows = [["编号", "单位名称", "建筑面积"], ["1", '"甲, 乙; 丙"', "5"], ["2", "丁", "6.5"]]
    source = _read(tmp_path, ending.join(delimiter.join(row) for row in rows) + ending)
    assert _rows(source) == [["1", "甲, 乙; 丙", "5"], ["2", "丁", "6.5"]]
    assert _notes(source).get("delimiter", {}).get("delimiter") == told


def test_full_width_commas_in_cells_are_no_delimiter(tmp_path: Path) -> None:
    text = "编号,单位名称,建筑面积\n1,甲，乙，丙，丁，戊,5\n2,甲，乙，丙，丁，戊,5\n"
    assert _rows(_read(tmp_path, text))[0] == ["1", "甲，乙，丙，丁，戊", "5"]


def test_a_quoted_full_width_comma_is_kept_where_it_is_the_delimiter(tmp_path: Path) -> None:
    text = '编号，单位名称，建筑面积\n1，"甲，乙\x1f"，5\n'
    assert _rows(_read(tmp_path, text)) == [["1", "甲，乙\x1f", "5"]]


def test_a_text_of_all_control_characters_is_none(tmp_path: Path) -> None:
    odd = "".join(map(chr, range(1, 32))).replace("\n", "").replace("\r", "")
    file = _write(tmp_path, f"编号，单位名称\n1，{odd}\n")
    _refused(lambda: read_text(file, KNOWN.__contains__), "t.csv: control characters")


def test_decimal_commas_are_no_delimiter(tmp_path: Path) -> None:
    source = _read(tmp_path, "name;roof_area_m2\na;5,5\nb;6,5\n")
    assert _rows(source) == [["a", "5,5"], ["b", "6,5"]]


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;"])
def test_the_delimiter_that_a_first_line_states_is_taken(tmp_path: Path, first: str) -> None:
    source = _read(tmp_path, f"{first}\r\nname;roof_area_m2,x\r\na;5\r\n")
    assert [*source.table.columns] == ["name", "roof_area_m2,x"]
    assert source.rows.tolist() == [3]
    assert _notes(source)["header_row"] == {"rows": "2"}


def test_quoted_cells_hold_delimiters_quotes_and_line_breaks(tmp_path: Path) -> None:
    text = 'name,floors,geometry\n"a, ""b""\nc",5,"POLYGON ((1 2, 3 4))"\nd,6,\n'
    source = _read(tmp_path, text)
    assert _rows(source) == [['a, "b"\nc', "5", "POLYGON ((1 2, 3 4))"], ["d", "6", None]]
    assert source.rows.tolist() == [2, 3]


def test_cells_stay_text_and_only_nothing_is_empty(tmp_path: Path) -> None:
    text = "name,floors,x,y\n007,1e3,#N/A,NULL\n NA,-0,, \n,,,\nTRUE,1.0,2020-01-02,nan\n"
    source = _read(tmp_path, text)
    assert _rows(source) == [
        ["007", "1e3", "#N/A", "NULL"],
        ["NA", "-0", None, None],
        ["TRUE", "1.0", "2020-01-02", "nan"],
    ]
    assert source.rows.tolist() == [2, 3, 5]


def test_blank_lines_keep_their_numbers(tmp_path: Path) -> None:
    source = _read(tmp_path, "\n\nname,floors\na,1\n\n,\nb,2\n\n\n")
    assert source.rows.tolist() == [4, 7]
    assert _notes(source)["header_row"] == {"rows": "3"}


def test_delimiters_at_the_end_of_lines_shift_nothing(tmp_path: Path) -> None:
    assert _rows(_read(tmp_path, "name,floors\na,1,\nb,2,,,\n")) == [["a", "1"], ["b", "2"]]
    assert _rows(_read(tmp_path, "name,floors,\na,1,\nb,2\n")) == [["a", "1"], ["b", "2"]]


def test_a_column_without_header_within_it_is_called_by_its_number(tmp_path: Path) -> None:
    source = _read(tmp_path, "name,,floors\na,x,1\n")
    assert [*source.table.columns] == ["name", "column 2", "floors"]
    assert _notes(source)["unnamed_columns"] == {"columns": "column 2"}


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("name,floors\na,1\nb,2,3\n", 3),
        ("name,floors\n\na,1\nb,2,3,4,5\n", 4),
        ("list\n\nname,floors\na,1,2\n", 4),
        ("sep=,\nname,floors\na,1,2\n", 3),
        ("name,floors\n" + "a,1\n" * 100 + "b,2,3\n", 102),
        ("name,floors\n" + "a,1\n" * 100 + "b,2,3,4,5\n", 102),
        ("name,floors\n" + '"a\nb",1\n' * 100 + "b,2,3,4,5\n", 102),
    ],
)
def test_a_row_with_more_cells_than_the_header_is_refused(
    tmp_path: Path, text: str, row: int
) -> None:
    file = _write(tmp_path, text)
    _refused(
        lambda: read_text(file, KNOWN.__contains__),
        f"t.csv, row {row}: it has more cells than the header", "quotes",
    )  # fmt: skip


@pytest.mark.parametrize("before", [1, 100])
def test_a_quote_that_is_never_closed_is_refused(tmp_path: Path, before: int) -> None:
    file = _write(tmp_path, "name,floors\n" + "a,1\n" * before + 'b,"2\nc,3\n')
    _refused(
        lambda: read_text(file, KNOWN.__contains__), f"row {before + 2}: a quote", "never closed"
    )


def test_whatever_else_the_parser_says_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise pd.errors.ParserError("Buffer\noverflow")

    monkeypatch.setattr(pd, "read_csv", fail)
    file = _write(tmp_path, "name,floors\na,1\n")
    _refused(
        lambda: read_text(file, KNOWN.__contains__), "t.csv: cannot be read as a table (Buffer"
    )


@pytest.mark.parametrize("text", ["\n\n", " \n,,\n", "\ufeff"])
def test_a_file_of_blank_lines_has_no_header(tmp_path: Path, text: str) -> None:
    file = _write(tmp_path, text)
    _refused(lambda: read_text(file, KNOWN.__contains__), "t.csv: the file has no header")


@pytest.mark.parametrize("text", ["name,floors", "name,floors\n", "name,floors\n\n,\n"])
def test_a_header_alone_is_a_table_without_rows(tmp_path: Path, text: str) -> None:
    source = _read(tmp_path, text)
    assert [*source.table.columns] == ["name", "floors"]
    assert source.table.empty
    assert source.rows.tolist() == []


def test_a_single_column_is_a_table(tmp_path: Path) -> None:
    source = _read(tmp_path, "roof_area_m2\n5\n6\n")
    assert _rows(source) == [["5"], ["6"]]


def test_a_text_of_few_columns_is_no_list_of_remarks(tmp_path: Path) -> None:
    source = _read(tmp_path, "name\n注：旧\n礼堂\n")
    assert _rows(source) == [["礼堂"]]
    assert _notes(source)["remark_rows"] == {"rows": "2"}


def test_titles_units_totals_and_remarks_are_told_as_in_a_workbook(tmp_path: Path) -> None:
    lines = [
        "石嘴山市公共建筑清单,,,,",
        "填报单位：教育局,,,,",
        "编号,单位名称,建筑面积,层数,",
        ",,,地上,地下",
        ",,(万m2),,",
        "007,第一中学,0.5,5,1",
        "编号,单位名称,建筑面积,层数,",
        "008,第二中学,0.25,3,",
        "合计,,0.75,8,1",
        "注：面积以产权证为准,,,,",
        "2. 层数含地下,,,,",
    ]
    source = _read(tmp_path, "\n".join(lines).encode("gb18030"))
    assert [*source.table.columns] == ["编号", "单位名称", "建筑面积", "层数/地上", "层数/地下"]
    assert source.table["编号"].tolist() == ["007", "008"]
    assert source.rows.tolist() == [6, 8]
    assert source.units == {"建筑面积": "(万m2)"}
    assert _notes(source) == {
        "encoding": {"encoding": "gb18030"},
        "header_row": {"rows": "3–4"},
        "unit_row": {"units": "建筑面积 (万m2)"},
        "total_rows": {"rows": "9"},
        "remark_rows": {"rows": "10, 11"},
        "headers_again": {"rows": "7"},
    }


def test_names_that_stand_twice_are_numbered(tmp_path: Path) -> None:
    source = _read(tmp_path, "name,floors,name\na,1,b\n")
    assert [*source.table.columns] == ["name", "floors", "name (2)"]


def test_a_cell_longer_than_any_limit_is_read(tmp_path: Path) -> None:
    long = "POLYGON ((" + "106.376 39.013, " * 30_000 + "))"
    for before in (0, 1, 60):
        source = _read(tmp_path, "name,geometry\n" + "a,\n" * before + f'b,"{long}"\nc,\n')
        assert source.table["geometry"].tolist()[before] == long
        assert len(source.table) == before + 2


def test_a_header_without_end_is_refused(tmp_path: Path) -> None:
    file = _write(tmp_path, "name," * 100_000 + "\na,1\n")
    _refused(lambda: read_text(file, KNOWN.__contains__), "t.csv: the file has no header")


def test_a_row_without_end_below_the_header_is_none_of_it(tmp_path: Path) -> None:
    wide = ",".join(f"x{i}" for i in range(300))
    source = _read(tmp_path, f"name,{wide}\na," + "1" * 300_000 + "\nb,2\n")
    assert source.table["name"].tolist() == ["a", "b"]
    assert len(source.table.columns) == 301


def test_a_file_without_end_of_line_is_read_whole(tmp_path: Path) -> None:
    assert _rows(_read(tmp_path, "name,floors\na,1\nb,2")) == [["a", "1"], ["b", "2"]]


@pytest.mark.parametrize("name", ["t.tsv", "t.txt", "t.csv"])
def test_the_name_of_the_file_decides_nothing(tmp_path: Path, name: str) -> None:
    assert _rows(_read(tmp_path, "name|floors\na|1\n", name)) == [["a", "1"]]


def test_a_long_table_is_read_whole(tmp_path: Path) -> None:
    count = 200_000
    rows = "".join(f"{n:07d},石嘴山市第{n}中学,{n * 1.5},3,,无,2020-01-01\n" for n in range(count))
    file = _write(tmp_path, f"编号,单位名称,建筑面积,层数,a,b,c\n{rows}".encode("gb18030"))
    source = read_text(file, KNOWN.__contains__)
    assert len(source.table) == count
    assert source.table["编号"].tolist()[-1] == "0199999"
    assert source.rows.tolist()[-1] == count + 1
