"""The encoding of a shapefile's table: stated, or told by its bytes."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

# Language drivers of dBASE that name one encoding; 0x00 and 0x57 (the machine's own) name none.
_DRIVERS = {0x4D: "gbk", 0x4E: "cp949", 0x4F: "big5", 0x13: "cp932", 0x7A: "gbk", 0x7B: "cp932"}
_MOST_RECORDS = 5000


def encoding_of(path: str) -> str | None:
    """
    Encoding of the .dbf beside a .shp, where nothing in the files states it.

    Chinese exports leave the .cpg out, and GDAL then reads GBK as Latin-1 without a word. Without a
    statement the bytes decide: valid utf-8; else pairs that are all of GB 2312 (an accented Latin
    letter stands before a plain one, which makes no such pair); else Latin-1.

    Parameters
    ----------
    path : str
        Of the .shp, as GDAL reads it: a file, or ``/vsizip/{archive}/member``.

    Returns
    -------
    str or None
        None where the files state it themselves, or all is ASCII.
    """
    stem = path[: -len(".shp")]
    if any(_bytes(stem + ending) for ending in (".cpg", ".CPG", ".Cpg")):
        return None
    data = _bytes(stem + ".dbf") or _bytes(stem + ".DBF")
    if len(data) < 32:
        return None
    cells = [cell for cell in _cells(data) if not cell.isascii()]
    if data[29] in _DRIVERS or not cells:
        return _DRIVERS.get(data[29])
    if all(_is_utf8(cell) for cell in cells):
        return "utf-8"
    return "gb18030" if _are_gb2312(cells) else "ISO-8859-1"


def has_table(path: str) -> bool:
    """Whether a .dbf stands beside a .shp (a path as for ``encoding_of``)."""
    stem = path[: -len(".shp")]
    return bool(_bytes(stem + ".dbf") or _bytes(stem + ".DBF"))


def _cells(data: bytes) -> list[bytes]:
    """Names of the fields, and the text of the first records."""
    count, start, length = struct.unpack("<IHH", data[4:12])
    fields = [data[at : at + 32] for at in range(32, start - 31, 32) if data[at] != 0x0D]
    cells = [field[:11].split(b"\0")[0] for field in fields]
    widths = [field[16] for field in fields]
    for number in range(min(count, _MOST_RECORDS)):
        at = start + number * length + 1
        for field, width in zip(fields, widths, strict=True):
            if field[11:12] == b"C":
                cells.append(data[at : at + width].rstrip(b" \0"))
            at += width
    return cells


def _is_utf8(cell: bytes) -> bool:
    """Whether it is utf-8; a field of fixed width may cut its last character."""
    try:
        cell.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data" and error.start > 0
    return True


def _are_gb2312(cells: list[bytes]) -> bool:
    """Whether the bytes above ASCII stand in pairs, nearly all of them of GB 2312."""
    pairs = strange = 0
    for cell in cells:
        at = 0
        while at < len(cell) - 1:
            if cell[at] < 0x80:
                at += 1
                continue
            pairs += 1
            strange += cell[at] < 0xA1 or cell[at + 1] < 0xA1
            at += 2
    return pairs > 0 and strange <= pairs // 50


def _bytes(path: str) -> bytes:
    """Content of a file that GDAL would find, in an archive too; nothing where there is none."""
    if path.startswith("/vsizip/"):
        archive, _, name = path.removeprefix("/vsizip/{").partition("}/")
        with zipfile.ZipFile(archive) as opened:
            return opened.read(name) if name in opened.namelist() else b""
    file = Path(path)
    return file.read_bytes() if file.is_file() else b""
