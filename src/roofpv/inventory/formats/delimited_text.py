"""Delimited text (.csv, .tsv, .txt) of unknown encoding and delimiter -> its table."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from roofpv.errors import InvalidInventory
from roofpv.inventory.formats.header import HEAD_ROWS, Header, find_header, header_text
from roofpv.inventory.formats.left_out import left_out
from roofpv.inventory.formats.sheet import Notes, header_notes, left_out_notes, named_table
from roofpv.inventory.source import Source

UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

# A full-width comma is one in headers only: in cells it is punctuation.
_DELIMITERS = (",", ";", "\t", "|", "，")
_SPARE_DELIMITERS = (0x1F, 0x1E, 0x1D, 0x1C, 0x07, 0x06, 0x05)
_STATED_DELIMITER = re.compile(r"\s*\"?sep=(.)\"?\r?\n?\Z", re.IGNORECASE)
_HEAD_CHARACTERS = 1 << 18
_AT_ROW = re.compile(r"(?:in line|starting at row) (\d+)")
_BINARY_MARKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"SQLite format 3", b"PAR1")


@dataclass(frozen=True, eq=False)
class _Text:
    """A text file: its bytes in utf-8, its first characters, and the encoding that it had."""

    name: str
    data: bytes
    head: str
    encoding: str


@dataclass(frozen=True, eq=False)
class _Layout:
    """
    How the text is a table: its first records, its delimiter and its headers.

    ``ends`` are the characters that each record ends at, ``skipped`` records stand before the
    first of ``records``.
    """

    delimiter: str
    records: Sequence[Sequence[str]]
    ends: Sequence[int]
    skipped: int
    header: Header


def read_text(file: Path, known: Callable[[str], bool]) -> Source:
    """
    Read a table of delimited text.

    Parameters
    ----------
    file : Path
        Encoded as its byte order mark says (utf-8, utf-16), else in utf-8, else in gb18030, each
        strictly. Its delimiter is a comma (full-width too), semicolon, tab or bar, and told by
        which of them makes headers that are understood; ``sep=`` in the first line states it.
    known : callable
        Whether a header is understood.

    Returns
    -------
    Source
        Cells are text (007 stays 007), NaN where empty. ``rows`` as a spreadsheet numbers them:
        a cell with a line break in quotes is one row, a blank line is one too.

    Raises
    ------
    InvalidInventory
        Bytes of no such encoding, no text at all, no header, a quote that is never closed, or a
        row that has more cells than the header.
    """
    text = _decoded(file)
    layout = _layout(text, known)
    columns = _columns(text, layout)
    out = left_out(columns, _header_cells(layout))
    first = layout.skipped + layout.header.data + 1
    notes: Notes = (
        ("notes.encoding", {"encoding": text.encoding}),
        *_delimiter_note(layout.delimiter),
        *header_notes(layout.header, layout.skipped + 1, ""),
        *left_out_notes(out.reasons, first, ""),
    )
    kept = columns[out.keep].reset_index(drop=True)
    rows = first + np.flatnonzero(out.keep)
    table = named_table(kept, rows, layout.header, 1, notes)
    sheets = np.full(len(rows), "", dtype=object)
    return Source(table.frame, rows, sheets, table.units, table.places, table.notes)


def _decoded(file: Path) -> _Text:
    data = file.read_bytes()
    if data.startswith(_BINARY_MARKS):
        raise InvalidInventory(
            file.name, f"no text, whatever its name {file.suffix} says", "Name it as what it is"
        )
    text, encoding = _decode(file.name, data)
    text = text.removeprefix("\ufeff")
    if "\0" in text:
        row = text[: text.index("\0")].count("\n") + 1
        raise InvalidInventory(
            f"{file.name}, row {row}", "a NUL byte: no text", "Save the file as CSV UTF-8"
        )
    plain = data if encoding == "utf-8" and not data.startswith(codecs.BOM_UTF8) else text.encode()
    return _Text(file.name, plain, text[:_HEAD_CHARACTERS], encoding)


def _decode(name: str, data: bytes) -> tuple[str, str]:
    if data.startswith(UTF16_MARKS):
        tried = ["utf-16"]
    elif data.startswith(codecs.BOM_UTF8):
        tried = ["utf-8"]
    else:
        tried = ["utf-8", "gb18030"]
    for encoding in tried:
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError as error:
            position = error.start
    line = data[:position].decode(encoding, "ignore").count("\n") + 1
    said = (
        "neither utf-8 nor gb18030" if len(tried) > 1 else f"not the {tried[0]} that it begins as"
    )
    raise InvalidInventory(
        f"{name}, row {line}, byte {position}", said, "Save the file as CSV UTF-8"
    )


def _layout(text: _Text, known: Callable[[str], bool]) -> _Layout:
    first = io.StringIO(text.head, newline="").readline()
    stated = _STATED_DELIMITER.match(first)
    start = len(first) if stated else 0
    tried = [stated[1]] if stated else _DELIMITERS
    read = {delimiter: _records(text.head, delimiter, start) for delimiter in tried}
    delimiter = max(read, key=lambda d: _score(read[d][0], known))
    records, ends = read[delimiter]
    width = max(map(len, records), default=0)
    head = [[header_text(cell) for cell in [*r, *[""] * (width - len(r))]] for r in records]
    header = find_header(head, known)
    if header is None:
        raise InvalidInventory(text.name, "the file has no header", "Give a file with buildings")
    return _Layout(delimiter, records, ends, 1 if stated else 0, header)


def _records(head: str, delimiter: str, start: int) -> tuple[list[list[str]], list[int]]:
    """First records of a text, and where each ends."""
    lines = io.StringIO(head, newline="")
    lines.seek(start)
    records, ends = [], []
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    try:
        for record in reader:
            records.append(record)
            ends.append(lines.tell())
            if len(records) == HEAD_ROWS:
                return records, ends
    except csv.Error:  # a cell longer than the module takes, which pandas reads
        return records, ends
    if len(head) == _HEAD_CHARACTERS:
        return records[:-1], ends[:-1]  # the last one is cut
    return records, ends


def _score(
    records: Sequence[Sequence[str]], known: Callable[[str], bool]
) -> tuple[int, float, int]:
    """How much of a table the records are: headers understood, rows of one width, and the width."""
    texts = [{header_text(cell) for cell in record} for record in records]
    understood = max((sum(map(known, found - {""})) for found in texts), default=0)
    widths = Counter(len(record) for record in records if any(record))
    if not widths:
        return 0, 0.0, 1
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
    return understood, count / widths.total() if width > 1 else 0.0, width


def _columns(text: _Text, layout: _Layout) -> pd.DataFrame:
    """Cells below the header as text, columns by number."""
    header, delimiter = layout.header, layout.delimiter
    wide = max(len(record) for record in layout.records[header.top : header.bottom + 1])
    width = max(map(len, layout.records))
    at = len(text.head[: layout.ends[header.data - 1]].encode())
    data, separator = _one_byte(text, delimiter)
    body = io.BytesIO(data)
    body.seek(at - text.data[:at].count(delimiter.encode()) * (len(delimiter.encode()) - 1))
    above = layout.skipped + header.data
    try:
        # One column more than there are: pandas would shift the columns of rows that end in one.
        table = pd.read_csv(
            body, sep=separator, names=range(width + 1), header=None, index_col=False, dtype=str,
            keep_default_na=False, na_values=[""], skip_blank_lines=False, skipinitialspace=True,
            encoding="utf-8",
        )  # fmt: skip
    except pd.errors.EmptyDataError:
        return pd.DataFrame({c: pd.Series(dtype=str) for c in range(wide)})
    except pd.errors.ParserError as error:
        raise _unreadable(text.name, str(error), above) from error
    beyond = table[[*range(wide, width + 1)]].notna().any(axis=1).to_numpy()
    if beyond.any():
        raise _too_wide(text.name, above + int(beyond.argmax()) + 1)
    return _restored(table[[*range(wide)]], separator, delimiter)


def _one_byte(text: _Text, delimiter: str) -> tuple[bytes, str]:
    """The text with a delimiter that pandas' fast parser takes."""
    if len(delimiter.encode()) == 1:
        return text.data, delimiter
    for spare in map(chr, _SPARE_DELIMITERS):
        if spare.encode() not in text.data:
            return text.data.replace(delimiter.encode(), spare.encode()), spare
    raise InvalidInventory(
        text.name, "control characters between its letters: no text", "Save the file as CSV UTF-8"
    )


def _restored(table: pd.DataFrame, separator: str, delimiter: str) -> pd.DataFrame:
    if separator == delimiter:
        return table
    return table.apply(lambda column: column.str.replace(separator, delimiter, regex=False))


def _unreadable(name: str, said: str, above: int) -> InvalidInventory:
    place = _AT_ROW.search(said)
    if "Expected" in said and place:
        return _too_wide(name, above + int(place[1]))
    if "EOF inside string" in said and place:
        row = above + int(place[1]) + 1
        return InvalidInventory(
            f"{name}, row {row}", "a quote is opened and never closed", "Close or delete the quote"
        )
    reason = " ".join(said.split())[:120]
    return InvalidInventory(name, f"cannot be read as a table ({reason})", "Check the file")


def _too_wide(name: str, row: int) -> InvalidInventory:
    return InvalidInventory(
        f"{name}, row {row}",
        "it has more cells than the header",
        "Put quotes around cells that hold the delimiter, or give the header a name for each cell",
    )


def _header_cells(layout: _Layout) -> list[list[str | None]]:
    width = max(map(len, layout.records))
    rows = layout.records[layout.header.top : layout.header.bottom + 1]
    return [[cell or None for cell in row] + [None] * (width - len(row)) for row in rows]


def _delimiter_note(delimiter: str) -> tuple[tuple[str, Mapping[str, str]], ...]:
    names = {";": ";", "\t": "Tab", "|": "|", "，": "，"}
    if delimiter == ",":
        return ()
    return (("notes.delimiter", {"delimiter": names.get(delimiter, delimiter)}),)
