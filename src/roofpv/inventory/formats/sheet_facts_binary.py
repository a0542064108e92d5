"""Facts of sheets in .xls and .xlsb files, from their records."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator

import numpy as np

from roofpv.inventory.formats.sheet_facts import ERRORS, Protected, SheetFacts
from roofpv.inventory.formats.sheet_facts_xml import open_part, relations

OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END = 0xFFFFFFFA  # sector numbers from here on are marks
_EOF, _FILEPASS, _BOUNDSHEET, _DIMENSIONS, _BOF = 0x0A, 0x2F, 0x85, 0x200, 0x809
_FORMULAS, _BOOLERR, _MULTIPLE = {0x06, 0x206, 0x406}, 0x205, {0xBD, 0xBE}
_CELLS = _FORMULAS | _MULTIPLE | {_BOOLERR, 0x7E, 0xD6, 0xFD, 0x201, 0x203, 0x204, 0x27E}
# Records of .xlsb [MS-XLSB 2.3.1].
_ROW, _CELL_ERROR, _FORMULA_ERROR, _BUNDLE, _MERGE = 0, 3, 11, 156, 176
_LAST_CELL = 11


def xls_facts(data: bytes) -> list[SheetFacts]:
    """
    Facts of every sheet, in their order.

    Raises
    ------
    Protected
        The workbook is encrypted.
    ValueError, struct.error, IndexError
        A broken workbook.
    """
    streams = _Streams(data)
    if streams.has("EncryptedPackage"):
        raise Protected
    book = streams.read("Workbook" if streams.has("Workbook") else "Book")
    starts = []
    for kind, record in _records(book, 0):
        if kind == _FILEPASS:
            raise Protected
        if kind == _BOUNDSHEET:
            starts.append(struct.unpack_from("<I", record)[0])
    return [_xls_sheet(book, start) for start in starts]


def _records(book: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Records of one stream within the workbook, without the streams inside of it."""
    depth = 0
    while at + 4 <= len(book):
        kind, size = struct.unpack_from("<HH", book, at)
        if kind == _BOF:
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                return
        elif depth == 1:
            yield kind, book[at + 4 : at + 4 + size]
        at += 4 + size


def _xls_sheet(book: bytes, start: int) -> SheetFacts:
    facts = SheetFacts()
    for kind, record in _records(book, start):
        if kind == _DIMENSIONS:
            facts.reach(*_last_cell(record))
        if kind not in _CELLS:
            continue
        row, column = struct.unpack_from("<HH", record)
        facts.reach(row, column)
        if kind in _MULTIPLE:
            facts.reach(row, struct.unpack_from("<H", record, len(record) - 2)[0])
        elif kind == _BOOLERR and record[7]:
            facts.errors[row, column] = ERRORS.get(record[6], "#N/A")
        elif kind in _FORMULAS and record[6] == 2 and record[12:14] == b"\xff\xff":
            facts.errors[row, column] = ERRORS.get(record[8], "#N/A")
    return facts


def _last_cell(dimensions: bytes) -> tuple[int, int]:
    """Where the cells end by what the sheet states; the reader takes memory for so many."""
    form = "<IIHH" if len(dimensions) >= 14 else "<HHHH"
    top, height, left, width = struct.unpack_from(form, dimensions)
    if height and width and (top >= height or left >= width):
        raise ValueError("a sheet that ends before it begins")
    return height - 1, width - 1


class _Streams:
    """Streams of a compound file [MS-CFB], each a chain of sectors."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        shift, small_shift = struct.unpack_from("<HH", data, 30)
        if shift not in {9, 12} or small_shift != 6:
            raise ValueError("sectors of an unknown size")
        self._size, self._small = 1 << shift, 1 << small_shift
        folders, used, start = struct.unpack_from("<III", data, 40)
        self._least, small_table, small, more, far = struct.unpack_from("<IIIII", data, 56)
        if max(folders, used, small, far) * self._size > len(data):
            raise ValueError("more sectors than it has bytes for")
        self._next = np.frombuffer(b"".join(map(self._sector, self._tables(more))), dtype="<u4")
        self._small_next = np.frombuffer(self._chain(small_table), dtype="<u4")
        self._entries = self._directory(self._chain(start))
        self._small_data = self._chain(self._entries.get("Root Entry", (_END, 0))[0])

    def _tables(self, more: int) -> list[int]:
        """Sectors that hold the table of sectors."""
        tables = [*struct.unpack_from("<109I", self._data, 76)]
        while more < _END:
            listed = struct.unpack_from(f"<{self._size // 4}I", self._sector(more))
            tables, more = [*tables, *listed[:-1]], listed[-1]
            if len(tables) * self._size > 2 * len(self._data) + 200 * self._size:
                raise ValueError("a list of sectors without end")
        return [table for table in tables if table < _END]

    def _sector(self, number: int) -> bytes:
        sector = self._data[(number + 1) * self._size : (number + 2) * self._size]
        if not sector:
            raise ValueError("it ends too early")
        return sector.ljust(self._size, b"\0")

    def _chain(self, start: int) -> bytes:
        return b"".join(map(self._sector, _walk(self._next, start)))

    def _directory(self, listing: bytes) -> dict[str, tuple[int, int]]:
        entries: dict[str, tuple[int, int]] = {}
        for at in range(0, len(listing) - 127, 128):
            name = listing[at : at + 64].decode("utf-16-le", "replace").partition("\0")[0]
            start, size, high = struct.unpack_from("<III", listing, at + 116)
            if size > len(self._data) or (high and self._size > 512):
                raise ValueError("a stream longer than the file")
            entries.setdefault(name, (start, size))
        return entries

    def has(self, name: str) -> bool:
        return name in self._entries

    def read(self, name: str) -> bytes:
        if name not in self._entries:
            raise ValueError("no workbook in it")
        start, size = self._entries[name]
        if size >= self._least:
            return self._chain(start)[:size]
        sectors = [
            self._small_data[n * self._small : (n + 1) * self._small]
            for n in _walk(self._small_next, start)
        ]
        return b"".join(sectors)[:size]


def _walk(following: np.ndarray, start: int) -> Iterator[int]:
    number, steps = start, 0
    while number < _END:
        if number >= len(following) or steps > len(following):
            raise ValueError("a chain of sectors that leads nowhere")
        yield number
        number, steps = int(following[number]), steps + 1


def xlsb_facts(archive: zipfile.ZipFile, workbook: str) -> dict[str, SheetFacts]:
    """
    Facts of every worksheet by its name, the merged ranges among them.

    Raises
    ------
    ValueError, KeyError, struct.error, IndexError
        A broken workbook.
    """
    targets = relations(archive, workbook)
    facts = {}
    with open_part(archive, workbook) as stream:
        book = stream.read()
    for kind, record in _long_records(book):
        if kind == _BUNDLE:
            key, at = _wide_text(record, 8)
            kind_of, target = targets.get(key, ("", ""))
            if kind_of == "worksheet":
                with open_part(archive, target) as stream:
                    facts[_wide_text(record, at)[0]] = _xlsb_sheet(stream.read())
    return facts


def _wide_text(record: bytes, at: int) -> tuple[str, int]:
    count = struct.unpack_from("<I", record, at)[0]
    end = at + 4 + 2 * (0 if count == 0xFFFFFFFF else count)
    return record[at + 4 : end].decode("utf-16-le", "replace"), end


def _long_records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Records whose kind and size are written seven bits a byte."""
    at = 0
    while at < len(data):
        kind = data[at] & 0x7F
        if data[at] & 0x80:
            at += 1
            kind |= (data[at] & 0x7F) << 7
        at += 1
        size = shift = 0
        while shift < 28:
            byte = data[at]
            size |= (byte & 0x7F) << shift
            at, shift = at + 1, shift + 7
            if not byte & 0x80:
                break
        yield kind, data[at : at + size]
        at += size


def _xlsb_sheet(data: bytes) -> SheetFacts:
    facts, row = SheetFacts(merged=[]), 0
    for kind, record in _long_records(data):
        if kind == _ROW:
            row = struct.unpack_from("<I", record)[0]
        elif kind <= _LAST_CELL:
            column = struct.unpack_from("<I", record)[0]
            facts.reach(row, column)
            if kind in {_CELL_ERROR, _FORMULA_ERROR}:
                facts.errors[row, column] = ERRORS.get(record[8], "#N/A")
        elif kind == _MERGE and facts.merged is not None:
            top, bottom, left, right = struct.unpack_from("<IIII", record)
            facts.merged.append((top, left, bottom, right))
    return facts
