"""A grid of cells -> a table: headers found, merged cells filled, totals and remarks left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from roofpv import schema
from roofpv.inventory.formats.header import HEAD_ROWS, Header, Merge, find_header, header_text
from roofpv.inventory.formats.left_out import left_out
from roofpv.inventory.headers.columns import understand

Notes = tuple[tuple[str, Mapping[str, str]], ...]

_LISTED = 12
_NOT_SHARED = frozenset(
    {"building_id"}
    | {
        column.name
        for column in (*schema.INVENTORY, *schema.PLANE_INVENTORY)
        if column.unit in {"m2", "kWh", "kWp"}
    }
)
_LONGEST_WORD = 60


@dataclass(frozen=True, eq=False)
class Grid:
    """
    The cells of one sheet.

    ``cells`` (row, column) are what was found, None where empty; ``row`` and ``column`` are the
    numbers (from 1) that its first cell has in the sheet; ``merged`` ranges count within the grid.
    """

    cells: np.ndarray
    sheet: str = ""
    row: int = 1
    column: int = 1
    merged: Sequence[Merge] = ()


@dataclass(frozen=True, eq=False)
class Table:
    """
    The table of one sheet.

    ``frame`` has the headers of the sheet, each once, over its cells; ``rows`` are the numbers
    that the sheet gives the rows, ``places`` those of the columns by header, ``units`` what a row
    of units says by header, ``understood`` how many headers are known, and ``notes`` what there is
    to tell, as ``Source`` takes them.
    """

    frame: pd.DataFrame
    rows: np.ndarray
    units: Mapping[str, str]
    places: Mapping[str, int]
    understood: int
    notes: Notes = field(default=())


def grid_to_table(grid: Grid, known: Callable[[str], bool]) -> Table | None:
    """
    Find the table in a sheet.

    Title rows, blank rows, rows of units and of totals, repeated headers and remarks are no rows
    of the table; what is left out below the headers is told in the notes. A value in cells that
    are merged over several rows stands in each of them, but a key and an amount (area, energy,
    capacity), which belong to all of them together, in the first only; nothing else is filled.

    Parameters
    ----------
    grid : Grid
    known : callable
        Whether a header is understood.

    Returns
    -------
    Table or None
        None in an empty sheet.
    """
    head = [[header_text(cell) for cell in row] for row in grid.cells[:HEAD_ROWS]]
    header = find_header(head, known, grid.merged)
    if header is None:
        return None
    body = grid.cells[header.data :]
    used = [c for c in range(body.shape[1]) if c in header.own or _any(body[:, c])]
    columns = {c: body[:, c].copy() for c in used}
    raw = pd.DataFrame({c: pd.Series(column, dtype=object) for c, column in columns.items()})
    out = left_out(raw, grid.cells[header.top : header.bottom + 1].tolist())
    whole = _not_shared(header, used)
    filled = _fill_down(columns, grid.merged, (header.data, out.keep), whole)
    frame = pd.DataFrame(
        {c: pd.Series(column[out.keep], dtype=object) for c, column in columns.items()}
    )
    first = grid.row + header.data
    rows = first + np.flatnonzero(out.keep)
    notes = [
        *header_notes(header, grid.row, grid.sheet),
        *left_out_notes(out.reasons, first, grid.sheet),
        *_fill_notes(filled, header, first, grid.sheet),
    ]
    return named_table(frame, rows, header, grid.column, notes)


def named_table(
    frame: pd.DataFrame,
    rows: np.ndarray,
    header: Header,
    first_column: int,
    notes: Iterable[tuple[str, Mapping[str, str]]],
) -> Table:
    """
    Give columns that are numbered as in the header their names, each once.

    A column without name is called by its number, and left out if it is empty.
    """
    names: dict[int, str] = {}
    taken: set[str] = set()
    unnamed = []
    for c in frame.columns:
        if not header.names[c] or c not in header.own:
            if not bool(frame[c].notna().any()):
                continue
            if not header.names[c]:
                unnamed.append(f"column {first_column + c}")
        name = header.names[c] or f"column {first_column + c}"
        names[c] = _free(name, taken)
        taken.add(names[c])
    kept = frame[[*names]].set_axis([*names.values()], axis=1)
    if unnamed:
        notes = [*notes, ("notes.unnamed_columns", {"columns": listed(unnamed)})]
    return Table(
        kept,
        rows,
        {names[c]: unit for c, unit in header.units.items() if c in names},
        {name: first_column + c for c, name in names.items()},
        header.understood,
        tuple(notes),
    )


def _free(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    turn = 2
    while f"{name} ({turn})" in taken:
        turn += 1
    return f"{name} ({turn})"


def _any(column: np.ndarray) -> bool:
    return bool(pd.notna(column).any())


def _not_shared(header: Header, used: Iterable[int]) -> set[int]:
    """Columns whose numbers cannot be those of several rows at once: amounts, and keys."""
    units = {header.names[c]: unit for c, unit in header.units.items()}
    names = dict.fromkeys(header.names[c] for c in used if header.names[c])
    meanings = understand([*names], {}, units).meanings
    wanted = {
        source
        for name, meaning in meanings.items()
        if name in _NOT_SHARED
        for source in (meaning.source, *meaning.others)
    }
    return {c for c in used if header.names[c] in wanted}


def _fill_down(
    columns: Mapping[int, np.ndarray],
    merged: Sequence[Merge],
    body: tuple[int, np.ndarray],
    whole: set[int],
) -> dict[int, list[tuple[int, int, bool]]]:
    """Fill cells that are merged over several rows; by column: first and last row, if filled."""
    start, keep = body
    filled: dict[int, list[tuple[int, int, bool]]] = {}
    if sum(bottom - top for top, _, bottom, _ in merged) > (start + len(keep)) * len(columns):
        return filled  # they overlap, which no sheet can do
    for top, left, bottom, _ in merged:
        first, last = top - start, min(bottom - start, len(keep) - 1)
        if left not in columns or first < 0 or last <= first:
            continue
        value = columns[left][first]
        if value is None:
            continue
        is_shared = left not in whole or not _holds_digits(value)
        if is_shared:
            columns[left][first : last + 1] = value
        if keep[first : last + 1].sum() > 1:
            filled.setdefault(left, []).append((first, last, is_shared))
    return filled


def _holds_digits(value: object) -> bool:
    if isinstance(value, str):
        return any(map(str.isdigit, value))
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _fill_notes(
    filled: Mapping[int, list[tuple[int, int, bool]]], header: Header, first: int, sheet: str
) -> list[tuple[str, Mapping[str, str]]]:
    notes: list[tuple[str, Mapping[str, str]]] = []
    for key, wanted in (("notes.merged_texts", True), ("notes.merged_numbers", False)):
        said = []
        for c, ranges in filled.items():
            rows = [f"{first + a}–{first + b}" for a, b, is_shared in ranges if is_shared == wanted]
            if rows:
                said.append(f"{header.names[c] or c + 1} {listed(rows)}")
        if said:
            notes.append((key, {"rows": _of_sheet("; ".join(said), sheet)}))
    return notes


def header_notes(header: Header, first_row: int, sheet: str) -> Notes:
    """What to tell about the headers: where they stand, and what stands around them."""
    top, bottom = first_row + header.top, first_row + header.bottom
    said: list[tuple[str, Mapping[str, str]]] = []
    if (top, bottom) != (1, 1):
        rows = f"{top}–{bottom}" if bottom > top else str(top)
        said.append(("notes.header_row", {"rows": _of_sheet(rows, sheet)}))
    if header.units:
        words = [f"{header.names[c]} {unit}" for c, unit in sorted(header.units.items())]
        said.append(("notes.unit_row", {"units": _of_sheet(listed(words), sheet)}))
    if header.unit_above:
        said.append(("notes.unit_above", {"text": _of_sheet(short(header.unit_above), sheet)}))
    return tuple(said)


def left_out_notes(reasons: Mapping[str, np.ndarray], first_row: int, sheet: str) -> Notes:
    """Which rows below the headers are no rows of the table."""
    return tuple(
        (f"notes.{reason}", {"rows": _of_sheet(listed(map(str, at + first_row)), sheet)})
        for reason, at in reasons.items()
        if at.size
    )


def listed(words: Iterable[str]) -> str:
    """Words, comma-separated, with the count where they are too many to be all shown."""
    found = [*words]
    shown = ", ".join(map(short, found[:_LISTED]))
    return shown if len(found) <= _LISTED else f"{shown} ... ({len(found):,})"


def short(text: str) -> str:
    """Text of a file as one short line."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_WORD else f"{line[: _LONGEST_WORD - 3]}..."


def _of_sheet(text: str, sheet: str) -> str:
    return f"{short(sheet)}: {text}" if sheet else text


def joined_notes(notes: Iterable[tuple[str, Mapping[str, str]]]) -> Notes:
    """One note a kind: what several sheets have to tell, one after the other."""
    together: dict[str, dict[str, str]] = {}
    for key, words in notes:
        held = together.setdefault(key, {})
        for word, text in words.items():
            held[word] = f"{held[word]}; {text}" if word in held else text
    return tuple(together.items())
