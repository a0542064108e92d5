from __future__ import annotations

import base64
import datetime
import gzip
import struct
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import openpyxl
import pytest

from roofpv.catalogue import texts
from roofpv.errors import InvalidInventory
from roofpv.inventory.formats import workbook
from roofpv.inventory.formats.sheet_facts_binary import xls_facts
from roofpv.inventory.formats.workbook import read_grids, read_workbook
from roofpv.inventory.source import Source

HEADERS = ["编号", "单位名称", "建筑面积", "层数"]
ROW = ["a", "第一中学", 5000, 5]


def _known(header: str) -> bool:
    return header in {*HEADERS, "竣工年份"}


def _save(file: Path) -> Path:
    book = openpyxl.Workbook()
    for row in (HEADERS, ROW):
        book.active.append(row)
    book.save(file)
    return file


def _read(file: Path, sheet: str | None = None) -> Source:
    return read_workbook(file, sheet, _known)


def _refused(call: Callable[[], object], *said: str) -> None:
    with pytest.raises(InvalidInventory) as caught:
        call()
    text = str(caught.value)
    assert len(text.splitlines()) == 1
    for part in said:
        assert part in text


def _notes(source: Source) -> dict[str, dict[str, str]]:
    assert all(key in texts() for key, _ in source.notes)
    return {key.removeprefix("notes."): dict(words) for key, words in source.notes}


def _rows(source: Source) -> list[list[object]]:
    return source.table.to_numpy(dtype=object).tolist()


# A workbook of two sheets: a title, merged cells, an error and a formula that ended in one.
XLS = gzip.decompress(base64.b64decode(
    "H4sIAAAAAAACA+1YTUhUURT+7n1vfhR/RlNBo8mErEzBKCgKnRLKRTg5mRVplpMjhv+DECqkaS6DICiKNoItgrDa9E"
    "MRtWsRGLUIgsAfXLWoqChEnc497z1zzMABE4x3Hve883PPufe8c+7PzOuRlNHB+1ljWADF0DAbiYNznkxQi7MYD0gf"
    "iSjSerupRWxYVRDnpkQ6HXiS+MqlcqjyPQaJe/oLwsA4tWq0wd/aEspeQSjhOdQKNYcioVPtSdykloRMnlcq4zOM1z"
    "C+y32fMt7LkkuMi6jvqDiBEZ8/b5dZx8dlDuuSCAs8ZJv3LNmGdLxUddxzWRh9HdgXPlvbtMoUXj0BQ6CUloZaQmHF"
    "J+MW4oFOgoLm5oK6ulGkUbqH8D2SDXyz1vXzbFu+snIBkv+Mlrv+IndTEhfKr0gd6EXktFDFPIAE1OpKI0V91YYGxU"
    "85VWVIsacieHUaDSQxNvJ4iK/ndhxtr5Y1TYH2wFRNoNvRUllBbjJ6flTQoqusKDuUeORzJ5FKGbz2qZOUJdVtIZJM"
    "dE2e7KiZ8WtAYeFOEuR3w1/gr6/SIGSNGitejcMbjCdqg0nkZZdAuA7JTKfw4vNQfNO3v7wpC5b7TrGklw8V4+jZqO"
    "JEBBeUBRknsYZDpaoH8thiK+M+9rqW6SzGadSH3rnl6SZxoJ/7XGRtLo2zneGtb9M8ejPRAx8Dj7wDE74tRA+XjnWl"
    "Db/zDSKHvmAd2aunH/kiX9y4ruCxz3oLc5P6wDjzjw3LLT3m3CPm+ZqMGbVECVIYP0MSx55iPjrbiEVsBNsobHDWFz"
    "U4SZw2x2nsyeJ04hzmbOQiniV7dpr9jVypRJ6XilOeDw544ZBuopXnPGFodIp+/I5kv9oCv6qHxn5zOEo3cYLn78Q6"
    "oiXP3sXXCcPIBa+AV51UUnXWuLPhRgWwez0wyZ9bsithLg4dxTIVD1QMdCb8hpUoTB6Uw1ythaktWphWkSGqyDBXZF"
    "aJagsSbpRoblSJus1CMkq0j/YlzhcWy5cNNthggw022LBcIMybimZepR3mTchl/q8zQ23W/pvkv4XDaKWng35S7kcL"
    "vcPojKl+MuAQli+xRBvr/0IFx2j0MBoR5Hk0xly/dJMV8+NZsqFn+ZZQrOPPxjLPfzz+LxWIeNkAFgAA"
))  # fmt: skip


@pytest.mark.parametrize("name", ["t.xls", "t.xlsx", "t.et"])
def test_an_old_workbook_is_read_by_its_content(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(XLS)
    source = _read(tmp_path / name)
    day = datetime.date(2020, 1, 2)
    assert _rows(source) == [
        ["007", "第一中学", 5000.5, "#N/A", day],
        [8, "第一中学", "#DIV/0!", True, 1998],
        [9, "市医院", 800, None, None],
    ]
    assert source.rows.tolist() == [3, 4, 2]
    assert source.sheets.tolist() == ["学校", "学校", "医院"]
    assert _notes(source)["sheets_hidden"] == {"sheets": "医院"}
    assert _notes(source)["error_cells"] == {"count": "2"}


def test_a_new_workbook_with_an_old_name_is_read(tmp_path: Path) -> None:
    file = _save(tmp_path / "t.xlsx").rename(tmp_path / "t.xls")
    assert _rows(_read(file)) == [ROW]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Workbook".encode("utf-16-le").ljust(64, b"\0"),
         "EncryptedPackage".encode("utf-16-le").ljust(64, b"\0")),
        (b"\x42\x00\x02\x00\xb0\x04", b"\x2f\x00\x02\x00\xb0\x04"),
    ],
)  # fmt: skip
def test_a_workbook_with_a_password_is_refused(tmp_path: Path, old: bytes, new: bytes) -> None:
    assert XLS.count(old) == 1
    (tmp_path / "t.xlsx").write_bytes(XLS.replace(old, new))
    _refused(lambda: _read(tmp_path / "t.xlsx"), "t.xlsx: the workbook is protected by a password")


DIMENSIONS = b"\x00\x02\x0e\x00"


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        (struct.pack("<IIHH", 0, 2**32 - 1, 0, 256), "row 4,294,967,295 and column 256"),
        (struct.pack("<IIHH", 9, 4, 0, 5), "ends before it begins"),
    ],
)
def test_an_old_workbook_that_claims_a_sheet_without_end_is_refused(
    tmp_path: Path, stated: bytes, said: str
) -> None:
    at = XLS.index(DIMENSIONS) + 4
    (tmp_path / "t.xls").write_bytes(XLS[:at] + stated + XLS[at + 12 :])
    _refused(lambda: _read(tmp_path / "t.xls"), "t.xls", said)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (44, "more sectors than it has bytes for"),
        (64, "more sectors than it has bytes for"),
        (76, "ends too early"),
    ],
)
def test_an_old_workbook_with_a_broken_frame_is_refused(tmp_path: Path, at: int, said: str) -> None:
    broken = XLS[:at] + b"\xf0\xff\xff\x7f" + XLS[at + 4 :]
    (tmp_path / "t.xls").write_bytes(broken)
    _refused(lambda: _read(tmp_path / "t.xls"), "t.xls: cannot be read as a workbook", said)


def test_bytes_that_only_begin_as_a_workbook_are_none(tmp_path: Path) -> None:
    (tmp_path / "t.xls").write_bytes(XLS[:30] + b"\xf0\xff\xff\x7f" + XLS[34:])
    _refused(lambda: _read(tmp_path / "t.xls"), "t.xls: no workbook, or a damaged one")


def test_the_cells_of_every_sheet_are_given_as_they_stand(tmp_path: Path) -> None:
    (tmp_path / "t.xls").write_bytes(XLS)
    school, hospital = read_grids(tmp_path / "t.xls")
    assert (school.sheet, hospital.sheet) == ("学校", "医院")
    assert (school.row, school.column) == (1, 1)
    assert school.cells[2, :2].tolist() == ["007", "第一中学"]
    assert school.cells[3, 1] is None
    assert (2, 1, 3, 1) in school.merged


def _entry(name: str) -> int:
    return XLS.index(name.encode("utf-16-le").ljust(64, b"\0"))


def test_a_stream_longer_than_the_file_or_without_end_is_refused(tmp_path: Path) -> None:
    at = _entry("Workbook") + 120
    (tmp_path / "t.xls").write_bytes(XLS[:at] + b"\xff\xff\xff\x7f" + XLS[at + 4 :])
    _refused(lambda: _read(tmp_path / "t.xls"), "a stream longer than the file")
    first = struct.unpack_from("<I", XLS, at - 4)[0]
    table = 512 * (1 + struct.unpack_from("<I", XLS, 76)[0])
    loop = table + 4 * first
    (tmp_path / "t.xls").write_bytes(XLS[:loop] + struct.pack("<I", first) + XLS[loop + 4 :])
    _refused(lambda: _read(tmp_path / "t.xls"), "a chain of sectors that leads nowhere")


def test_a_list_of_sectors_without_end_is_refused() -> None:
    changed = bytearray(XLS)
    changed[68:72] = struct.pack("<I", 1)
    changed[512 * 3 - 4 : 512 * 3] = struct.pack("<I", 1)
    with pytest.raises(ValueError, match="a list of sectors without end"):
        xls_facts(bytes(changed))


def _compound(stream: bytes) -> bytes:
    """A compound file with one small stream, in the sectors of its root."""
    end, free = 0xFFFFFFFE, 0xFFFFFFFF
    count = -(-len(stream) // 64)
    head = XLS[:40] + struct.pack("<8I", 0, 1, 1, 0, 4096, 2, 1, end) + struct.pack("<I", 0)
    head += struct.pack("<109I", 0, *[free] * 108)
    sectors = -(-len(stream) // 512)
    table = [0xFFFFFFFD, end, end, *range(4, 3 + sectors), end]
    small = [*range(1, count), end]
    folder = b""
    for name, start, size in (("Root Entry", 3, count * 64), ("Workbook", 0, len(stream))):
        entry = name.encode("utf-16-le").ljust(64, b"\0") + bytes(52)
        folder += entry + struct.pack("<III", start, size, 0)
    listed = [struct.pack(f"<{len(t)}I", *t).ljust(512, b"\xff") for t in (table, small)]
    return (
        head + listed[0] + folder.ljust(512, b"\0") + listed[1] + stream.ljust(sectors * 512, b"\0")
    )


def _biff(kind: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def test_facts_of_a_small_workbook_are_found_in_small_sectors() -> None:
    start = _biff(0x809, bytes(16))
    place = len(start + _biff(0x85, bytes(8)) + _biff(0x0A))
    book = start + _biff(0x85, struct.pack("<II", place, 0)) + _biff(0x0A)
    cells = _biff(0x200, struct.pack("<HHHHH", 0, 2, 0, 3, 0))
    cells += _biff(0x205, struct.pack("<HHHBB", 1, 1, 0, 0x17, 1))
    cells += _biff(0x205, struct.pack("<HHHBB", 1, 2, 0, 1, 0))
    cells += start + _biff(0x205, struct.pack("<HHHBB", 9, 9, 0, 0x17, 1)) + _biff(0x0A)
    cells += _biff(0xBD, struct.pack("<HH", 4, 0) + bytes(12) + struct.pack("<H", 6))
    facts = xls_facts(_compound(book + start + cells + _biff(0x0A)))
    assert [(f.height, f.width, f.errors) for f in facts] == [(5, 7, {(1, 1): "#REF!"})]


def test_a_compound_file_of_something_else_is_refused(tmp_path: Path) -> None:
    at = _entry("Workbook")
    word = "WordDocument".encode("utf-16-le").ljust(64, b"\0")
    (tmp_path / "t.xls").write_bytes(XLS[:at] + word + XLS[at + 64 :])
    _refused(lambda: _read(tmp_path / "t.xls"), "t.xls", "no workbook in it")


@pytest.mark.parametrize(
    ("name", "seen"), [("PanicException", InvalidInventory), ("KeyboardInterrupt", BaseException)]
)
def test_a_panic_of_the_reader_is_one_line_and_an_interrupt_goes_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, seen: type[BaseException]
) -> None:
    class Reader:
        @staticmethod
        def from_filelike(_: object) -> None:
            raise type(name, (BaseException,), {})("index out of range")

    monkeypatch.setattr(workbook, "CalamineWorkbook", Reader)
    (tmp_path / "t.xls").write_bytes(XLS)
    with pytest.raises(seen, match="index out of range") as caught:
        _read(tmp_path / "t.xls")
    assert isinstance(caught.value, InvalidInventory) == (name == "PanicException")


@pytest.mark.parametrize("share", [0.001, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_a_cut_workbook_is_one_line(tmp_path: Path, kind: str, share: float) -> None:
    whole = {
        "xlsx": lambda: _save(tmp_path / "w.xlsx").read_bytes(),
        "xls": lambda: XLS,
        "ods": lambda: _ods(tmp_path / "w.ods", ODS_ROWS).read_bytes(),
    }[kind]()
    file = tmp_path / f"cut.{kind}"
    file.write_bytes(whole[: max(9, int(len(whole) * share))])
    _refused(lambda: _read(file), f"cut.{kind}", "whole")


@pytest.mark.parametrize(
    "content",
    [
        b"<html><body><table><tr><td>a</td></tr></table></body></html>",
        b"\xef\xbb\xbf\r\n<!DOCTYPE html><html></html>",
        b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related",
        "\ufeff<table><tr></tr></table>".encode("utf-16-le"),
    ],
)
def test_a_web_page_that_is_called_a_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t.xls").write_bytes(content)
    _refused(lambda: _read(tmp_path / "t.xls"), "t.xls: a web page or XML", "save it as .xlsx")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_text_that_is_called_a_workbook_is_read_as_text(tmp_path: Path, encoding: str) -> None:
    text = "编号\t单位名称\t建筑面积\r\n007\t第一中学\t5000\r\n"
    (tmp_path / "t.xls").write_bytes(text.encode(encoding))
    source = _read(tmp_path / "t.xls")
    assert _rows(source) == [["007", "第一中学", "5000"]]
    assert _notes(source)["text_not_workbook"] == {"suffix": ".xls"}
    assert _notes(source)["encoding"] == {"encoding": encoding}


@pytest.mark.parametrize("content", [b"\x09\x08\x08\x00\x00\x05", b"\0\1\2\3"])
def test_bytes_of_no_kind_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t.xls").write_bytes(content)
    _refused(lambda: _read(tmp_path / "t.xls"), "t.xls: no workbook", "save it as .xlsx")


def test_an_archive_of_something_else_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    _refused(lambda: _read(tmp_path / "t.xlsx"), "t.xlsx: cannot be read as a workbook", "whole")
    with zipfile.ZipFile(tmp_path / "u.xlsx", "w") as archive:
        archive.writestr("_rels/.rels", "<Relationships/>")
    _refused(lambda: _read(tmp_path / "u.xlsx"), "no workbook in it")


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def _relations(*targets: tuple[str, str, str]) -> str:
    links = "".join(
        f'<Relationship Id="{key}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for key, kind, target in targets
    )
    return f'<Relationships xmlns="{PACKAGE}">{links}</Relationships>'


def _package(file: Path, parts: Mapping[str, str | bytes]) -> Path:
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/x"/></Types>'
    )
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in ({"[Content_Types].xml": types} | dict(parts)).items():
            archive.writestr(name, content)
    return file


def _xlsx(file: Path, rows: str, **more: str) -> Path:
    book = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="a&amp;b" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    parts = {
        "_rels/.rels": _relations(("rId1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": book,
        "xl/_rels/workbook.xml.rels": _relations(("rId1", "worksheet", "worksheets/s.xml")),
        "xl/worksheets/s.xml": sheet,
    }
    return _package(file, parts | more)


def _cells(texts: Sequence[str]) -> str:
    return "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in texts)


def test_cells_that_do_not_say_where_they_are_are_counted(tmp_path: Path) -> None:
    rows = (
        f'<row>{_cells(HEADERS)}</row><row/><row><c><v>7</v></c><c t="e"><f>1</f><v>#REF!</v></c>'
    )
    rows += '<c/><c><v>5</v></c></row><row r="9"><c t="e"/><c r="D9" t=\'e\'><v>#NUM!</v></c></row>'
    source = _read(_xlsx(tmp_path / "t.xlsx", rows))
    assert _rows(source) == [[7, "#REF!", None, 5], ["#N/A", None, None, "#NUM!"]]
    assert source.rows.tolist() == [3, 9]
    assert source.sheets.tolist() == ["a&b", "a&b"]


def test_a_large_workbook_is_read_in_seconds(tmp_path: Path) -> None:
    count = 50_000
    text = "".join(f'<c r="{c}1" t="inlineStr"><is><t>{h}</t></is></c>' for c, h in
                   zip("ABCD", HEADERS, strict=True))  # fmt: skip
    rows = "".join(
        f'<row r="{n}"><c r="A{n}"><v>{n}</v></c><c r="B{n}" t="inlineStr"><is><t>第{n}中学</t>'
        f'</is></c><c r="C{n}"><v>{n * 1.25}</v></c><c r="D{n}"><v>5</v></c></row>'
        for n in range(2, count + 2)
    )
    file = _xlsx(tmp_path / "t.xlsx", f'<row r="1">{text}</row>{rows}')
    start = time.process_time()
    source = _read(file)
    assert time.process_time() - start < 6
    assert source.table.shape == (count, 4)
    assert _rows(source)[-1] == [50_001, "第50001中学", 62_501.25, 5]


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="9"><c r="XFD1048576"><v>2</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c><c r="B4000000000"><v>2</v></c></row>',
        '<x:row r="1"><x:c t="n" r="A1"/><x:c r = "zzz99999999"><x:v>2</x:v></x:c></x:row>',
        "<row>" + "<c><v>1</v></c>" * 1000 + "</row>" + "<row/>" * 100_000 + "<row><c/></row>",
    ],
)  # fmt: skip
def test_two_cells_far_apart_do_not_end_the_process(tmp_path: Path, rows: str) -> None:
    file = _xlsx(tmp_path / "t.xlsx", rows)
    assert file.stat().st_size < 10_000
    _refused(
        lambda: _read(file), "t.xlsx, sheet a&b: its cells reach to row", "save the sheet as CSV"
    )


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("xl/workbook.xml", '<!DOCTYPE a [<!ENTITY b "c">]><workbook>&b;</workbook>'),
        ("xl/workbook.xml", "<workbook><sheets>"),
        ("xl/_rels/workbook.xml.rels", _relations(("rId1", "worksheet", "worksheets/none.xml"))),
        ("xl/_rels/workbook.xml.rels", "<Relationships/>"),
    ],
)
def test_a_workbook_whose_parts_do_not_fit_is_refused(
    tmp_path: Path, part: str, content: str
) -> None:
    file = _xlsx(tmp_path / "t.xlsx", "<row/>", **{part: content})
    _refused(lambda: _read(file), "t.xlsx: ", "workbook")


def test_formulas_without_value_are_found_and_empty_results_are_none(tmp_path: Path) -> None:
    cells = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>编号</t></is></c>'
        '<c r="B1" t="inlineStr"><is><t>建筑面积</t></is></c></row>'
        '<row r="2"><c r="A2" s="1"><f>1+1</f></c><c r="B2"><f>1+1</f><v>2</v></c></row>'
        '<row r="3"><c r="A3" t="str"><f>""</f><v></v></c><c r="B3"><f t="shared" si="0"/><v/></c>'
        "</row><row><c><v>1</v></c><c><f>2</f><v></v></c></row>"
    )
    found = _notes(_read(_xlsx(tmp_path / "t.xlsx", cells)))["formulas_without_value"]
    assert found["count"] == "3"
    assert found["cells"].endswith("!?")
    assert "!A2, " in found["cells"]
    assert "!B3, " in found["cells"]


def test_two_parts_of_one_name_are_refused(tmp_path: Path) -> None:
    file = _xlsx(tmp_path / "t.xlsx", "<row/>", **{"xl/worksheets/S.xml": "<worksheet/>"})
    _refused(lambda: _read(file), "t.xlsx", "2 parts are called")


def _record(kind: int, content: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, length = len(content), b""
    while size > 127:
        length, size = length + bytes([size & 0x7F | 0x80]), size >> 7
    return head + length + bytes([size]) + content


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _xlsb(file: Path, rows: Sequence[Sequence[object]]) -> Path:
    sheet = _record(129) + _record(148, bytes(16)) + _record(145)
    for row, cells in enumerate(rows):
        sheet += _record(0, struct.pack("<I", row) + bytes(13))
        for column, cell in enumerate(cells):
            place = struct.pack("<II", column, 0)
            if isinstance(cell, bytes):
                sheet += _record(3, place + cell)
            elif isinstance(cell, str):
                sheet += _record(6, place + _wide(cell))
            elif cell is not None:
                sheet += _record(5, place + struct.pack("<d", cell))
    sheet += _record(146) + _record(176, struct.pack("<IIII", 1, 2, 1, 1)) + _record(130)
    bundle = _record(156, struct.pack("<II", 0, 1) + _wide("rId1") + _wide("甲"))
    parts: dict[str, str | bytes] = {
        "_rels/.rels": _relations(("rId1", "officeDocument", "xl/workbook.bin")),
        "xl/workbook.bin": _record(131) + _record(143) + bundle + _record(144) + _record(132),
        "xl/_rels/workbook.bin.rels": _relations(("rId1", "worksheet", "worksheets/s.bin")),
        "xl/worksheets/s.bin": sheet,
    }
    return _package(file, parts)


def test_a_binary_workbook_is_read_with_its_errors_and_merged_cells(tmp_path: Path) -> None:
    rows = [HEADERS, ["a" * 200, "第一中学", 5000, 5], [8, None, b"\x17", 2.5]]
    source = _read(_xlsb(tmp_path / "t.xlsb", rows))
    assert _rows(source) == [["a" * 200, "第一中学", 5000, 5], [8, "第一中学", "#REF!", 2.5]]
    assert source.sheets.tolist() == ["甲", "甲"]
    assert [*_notes(source)] == ["error_cells", "merged_texts"]


def test_a_binary_workbook_with_cells_far_apart_is_refused(tmp_path: Path) -> None:
    file = _xlsb(tmp_path / "t.xlsb", [HEADERS, ROW])
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    far = _record(0, struct.pack("<I", 1_048_575) + bytes(13))
    far += _record(5, struct.pack("<IId", 16_383, 0, 1.0))
    parts["xl/worksheets/s.bin"] = parts["xl/worksheets/s.bin"].replace(_record(146), far)
    _refused(lambda: _read(_package(file, parts)), "t.xlsb, sheet 甲", "column 16,384")


ODS_NAMES = (
    "".join(
        f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
        for short, long in {"office": "office", "table": "table", "text": "text"}.items()
    )
    + ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
)


def _ods_cell(cell: object, more: str = "") -> str:
    if cell is None:
        return f"<table:table-cell {more}/>"
    kind = "float" if isinstance(cell, (int, float)) else "string"
    value = f'office:value="{cell}"' if kind == "float" else ""
    said = f'office:value-type="{kind}" {value} {more}'
    return f"<table:table-cell {said}><text:p>{cell}</text:p></table:table-cell>"


def _ods_row(cells: Sequence[object], more: str = "") -> str:
    inside = "".join(c if isinstance(c, str) and c[:1] == "<" else _ods_cell(c) for c in cells)
    return f"<table:table-row {more}>{inside}</table:table-row>"


def _ods(file: Path, rows: str, manifest: str = "<m/>") -> Path:
    content = (
        f"<office:document-content{ODS_NAMES}><office:body><office:spreadsheet>"
        f'<table:table table:name="甲">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", content)
    return file


ERROR = _ods_cell(0, 'calcext:value-type="error"').replace("<text:p>0<", "<text:p>#DIV/0!<")
ODS_ROWS = (
    _ods_row(HEADERS)
    + _ods_row([None], 'table:number-rows-repeated="2"')
    + _ods_row(["007", _ods_cell("第一中学", 'table:number-rows-spanned="2"'), 5000, 5])
    + _ods_row([8, "<table:covered-table-cell/>", ERROR, 2.5])
    + _ods_row([_ods_cell(None, 'table:number-columns-repeated="1024"')],
               'table:number-rows-repeated="1048570"')
)  # fmt: skip


def test_an_open_document_is_read_with_its_errors_and_merged_cells(tmp_path: Path) -> None:
    source = _read(_ods(tmp_path / "t.ods", ODS_ROWS))
    assert _rows(source) == [["007", "第一中学", 5000, 5], [8, "第一中学", "#DIV/0!", 2.5]]
    assert source.rows.tolist() == [4, 5]
    assert source.sheets.tolist() == ["甲", "甲"]
    assert [*_notes(source)] == ["error_cells", "merged_texts"]


def test_an_open_document_with_a_password_is_refused(tmp_path: Path) -> None:
    file = _ods(tmp_path / "t.ods", ODS_ROWS, "<m:encryption-data/>")
    _refused(lambda: _read(file), "t.ods: the workbook is protected by a password")


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (_ods_cell(7, 'table:number-columns-repeated="16384"'), "its cells reach to row 1,000,000"),
        (ERROR.replace("table-cell ", 'table-cell table:number-columns-repeated="10001" ', 1),
         "10,001,000,000 cells"),
    ],
)  # fmt: skip
def test_an_open_document_of_repeated_cells_is_refused(
    tmp_path: Path, cell: str, said: str
) -> None:
    rows = _ods_row([cell], 'table:number-rows-repeated="1000000"')
    _refused(lambda: _read(_ods(tmp_path / "t.ods", rows)), "t.ods", said)


def test_entities_of_an_open_document_are_not_followed(tmp_path: Path) -> None:
    file = _ods(tmp_path / "t.ods", ODS_ROWS)
    with zipfile.ZipFile(file) as archive:
        content = archive.read("content.xml").decode()
    bomb = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("META-INF/manifest.xml", "")
        archive.writestr("content.xml", f"{bomb}]>{content.replace('007', '&i;')}")
    _refused(lambda: _read(file), "t.ods: cannot be read as a workbook")
