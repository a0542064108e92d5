"""A sheet of any size: its rows found, some of its cells marked, all else of its XML left alone."""

from __future__ import annotations

import mmap
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO

import numpy as np

from roofpv.report.ooxml.cells import (
    Cell,
    Styling,
    anchor,
    corners_of,
    first_filled,
    merged_in,
    restyled,
)
from roofpv.report.ooxml.xml import TAG, Edit, outline, quoted

# Elements that come behind the reference to the comments, by the schema of the sheet.
_BEHIND = (
    "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems",
    "tableParts", "extLst",
)  # fmt: skip
_TOKEN = re.compile(
    rb"<!--|<!\[CDATA\[|<!|</?(?:[\w.-]+:)?sheetData(?=[\s/>])|<(?:[\w.-]+:)?row(?=[\s/>])"
)
_STEPPED_OVER = {b"<!--": b"-->", b"<![CDATA[": b"]]>"}
_TOLD = re.compile(rb"""\s(r|ht)\s*=\s*["']([^"']*)["']""")
_BLOCK = 1 << 20
_WIDTH, _HEIGHT = 8.43, 15.0
_TRUE = {"1", "true"}


class Sheet:
    """
    XML of a sheet on disk, its rows found; close it when the change of it is written.

    Parameters
    ----------
    source : file
        The part, read to its end.

    Raises
    ------
    ValueError
        Damaged XML.
    """

    def __init__(self, source: IO[bytes]) -> None:
        self._edits: list[Edit] = []
        self._file = tempfile.TemporaryFile()  # noqa: SIM115
        try:
            while block := source.read(_BLOCK):
                self._file.write(block)
            self._file.flush()
            self._data = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
            self._find_rows()
            self._find_frame()
        except BaseException:
            self._file.close()
            raise

    def close(self) -> None:
        """Give the disk back."""
        self._data.close()
        self._file.close()

    @property
    def size(self) -> int:
        """Bytes, about, of the part as it will be."""
        return len(self._data) + sum(len(piece) for _, _, piece in self._edits)

    def write(self, out: IO[bytes]) -> None:
        """Write the part with its changes."""
        at = 0
        for start, end, piece in sorted(self._edits, key=lambda edit: edit[:2]):
            for block in range(at, start, _BLOCK):
                out.write(self._data[block : min(block + _BLOCK, start)])
            out.write(piece)
            at = end
        for block in range(at, len(self._data), _BLOCK):
            out.write(self._data[block : block + _BLOCK])

    def _find_rows(self) -> None:
        numbers: list[int] = []
        starts: list[int] = []
        self._heights: dict[int, float] = {}
        opened = closed = b""
        for start, tag in self._tags():
            if b"sheetData" in tag[:200].split(None, 1)[0]:
                if tag.startswith(b"</"):
                    closed, self._rows_end, self._behind = tag, start, start + len(tag)
                else:
                    opened, self._opened = tag, (start, start + len(tag))
                    self._rows_end = self._behind = start + len(tag)
                if closed or tag.endswith(b"/>"):
                    break
                continue
            told = dict(_TOLD.findall(tag))
            numbers.append(int(told[b"r"]) if b"r" in told else (numbers or [0])[-1] + 1)
            starts.append(start)
            if b"ht" in told:
                self._heights[numbers[-1]] = float(told[b"ht"])
        if not opened:
            raise ValueError("a sheet without cells")
        self._open_tag = opened
        self._numbers, self._starts = np.array(numbers, np.int64), [*starts, self._rows_end]
        if (np.diff(self._numbers) <= 0).any():
            raise ValueError("rows out of order")

    def _tags(self) -> Iterator[tuple[int, bytes]]:
        """Tags of rows and of what holds them, and where each begins."""
        data, at = self._data, 0
        while match := _TOKEN.search(data, at):
            if match[0].startswith(b"<!"):
                ending = _STEPPED_OVER.get(match[0])
                at = data.find(ending, match.end()) if ending else -1
                if at < 0:
                    raise ValueError("XML with a document type or an open comment")
                continue
            tag = TAG.match(data, match.start())
            if tag is None:
                raise ValueError("a tag that does not end")
            at = tag.end()
            yield tag.start(), tag[0]

    def _find_frame(self) -> None:
        """The XML around the rows, as if there were none."""
        start = self._opened[0]
        bare = self._open_tag.removesuffix(b"/>").removesuffix(b">") + b"/>"
        self._root = outline(self._data[:start] + bare + self._data[self._behind :])
        self._shift = self._behind - start - len(bare)
        groups = self._root.all("mergeCells")
        merges = [merge for group in groups for merge in group.all("mergeCell")]
        self._merges = [corners_of(merge.attributes["ref"]) for merge in merges]
        columns = [column for group in self._root.all("cols") for column in group.all("col")]
        self._columns = [
            (int(column.attributes["min"]), int(column.attributes["max"]), column.attributes)
            for column in columns
        ]

    def drawing(self) -> str | None:
        """Key of the relation to the drawing of the comments, if there is one."""
        found = self._root.first("legacyDrawing")
        told = found.attributes.items() if found else ()
        return next((value for name, value in told if name.endswith(":id")), None)

    def add_drawing(self, key: str, namespace: str) -> None:
        """Refer to the drawing of the comments."""
        after = next((child for child in self._root.children if child.name in _BEHIND), None)
        at = (after.start if after else self._root.closing) + self._shift
        told = f'xmlns:r="{namespace}" r:id="{quoted(key)}"'
        self._edits.append((at, at, f"<{self._root.prefix}legacyDrawing {told}/>".encode()))

    def width(self, column: int) -> int:
        """Pixels of a column's width."""
        told = self._column(column)
        stated = told.get("width") or self._format("defaultColWidth", _WIDTH)
        return 0 if told.get("hidden") in _TRUE else int(float(stated) * 7 + 5)

    def height(self, row: int) -> int:
        """Pixels of a row's height."""
        points = self._heights.get(row) or float(self._format("defaultRowHeight", _HEIGHT))
        return max(1, round(points / 0.75))

    def _format(self, name: str, otherwise: float) -> str:
        found = self._root.first("sheetFormatPr")
        return (found.attributes.get(name) if found else None) or str(otherwise)

    def _column(self, column: int) -> Mapping[str, str]:
        return next((told for low, high, told in self._columns if low <= column <= high), {})

    def places(self, wanted: Iterable[Cell]) -> list[Cell]:
        """
        Cells that can be marked.

        Parameters
        ----------
        wanted : iterable of (row, column)
            Column 0 is the row as a whole: its first cell that is not empty.

        Returns
        -------
        list of (row, column)
            One each; of merged cells the first.
        """
        cells = list(wanted)
        whole = {
            row: self._first_filled(row) for row in {row for row, column in cells if not column}
        }
        merged = merged_in(sorted({row for row, _ in cells}), self._merges)
        return [anchor((row, column or whole[row]), merged.get(row, ())) for row, column in cells]

    def _first_filled(self, number: int) -> int:
        at = self._position(number)
        return 1 if at is None else first_filled(self._row(at))

    def _position(self, number: int) -> int | None:
        at = int(np.searchsorted(self._numbers, number))
        there = at < len(self._numbers) and self._numbers[at] == number
        return at if there else None

    def _row(self, at: int) -> bytes:
        return self._data[self._starts[at] : self._starts[at + 1]]

    def restyle(self, kinds: Mapping[Cell, str], style: Callable[[int, str], int]) -> None:
        """
        Give cells another style, those that are not there too.

        Parameters
        ----------
        kinds : mapping
            Cell -> kind.
        style : callable
            Style of a cell as it is, and kind -> the style to be.
        """
        rows: dict[int, dict[int, str]] = {}
        for (row, column), kind in kinds.items():
            rows.setdefault(row, {})[column] = kind
        styling = Styling(rows, style, lambda column: int(self._column(column).get("style") or 0))
        new: list[tuple[int, bytes]] = []
        grown = False
        for number in sorted(rows):
            at = self._position(number)
            if at is None:
                empty = f'<{self._root.prefix}row r="{number}"/>'.encode()
                new.append((number, restyled(empty, number, styling)[0]))
                continue
            changed, added = restyled(self._row(at), number, styling)
            self._edits.append((self._starts[at], self._starts[at + 1], changed))
            grown |= added
        self._add_rows(new)
        self._forget_extent(grown or bool(new))

    def _add_rows(self, new: list[tuple[int, bytes]]) -> None:
        start, end = self._opened
        if self._open_tag.endswith(b"/>") and new:
            rows = b"".join(row for _, row in new)
            name = f"{self._root.prefix}sheetData"
            self._edits.append((start, end, f"<{name}>".encode() + rows + f"</{name}>".encode()))
            return
        for number, row in new:
            at = self._starts[int(np.searchsorted(self._numbers, number))]
            self._edits.append((at, at, row))

    def _forget_extent(self, grown: bool) -> None:
        """The stated extent of the sheet is a hint that would be wrong where cells were added."""
        extent = self._root.first("dimension")
        if grown and extent and extent.start < self._opened[0]:
            self._edits.append((extent.start, extent.end, b""))
