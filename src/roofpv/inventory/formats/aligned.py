"""Sheets that call one column differently -> one header for it, each cell in a known unit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from roofpv import schema
from roofpv.inventory.folding import plain_text
from roofpv.inventory.formats.sheet import Notes, Table, listed
from roofpv.inventory.headers.columns import Meaning, understand
from roofpv.inventory.values.numerals import BAD, read_number
from roofpv.inventory.values.units import factor

_COLUMNS = {column.name: column for column in (*schema.PLANE_INVENTORY, *schema.INVENTORY)}
# Storeys have no unit but themselves; degrees of a place are read in their own way.
_WITHOUT_UNITS = frozenset({"lon", "lat", "floors"})

# By sheet, by our name: the header there and its unit.
_Read = Mapping[str, Mapping[str, Meaning]]


@dataclass(frozen=True, eq=False)
class Aligned:
    """
    Tables of sheets in which a header that is understood means one thing.

    ``headers`` by our name, ``units`` what a row of units says by header, ``moved`` the headers
    that made way because they mean something else on another sheet.
    """

    tables: Mapping[str, Table]
    headers: Mapping[str, str]
    units: Mapping[str, str]
    moved: Sequence[str]
    notes: Notes


def aligned(tables: Mapping[str, Table], stated: Mapping[str, str]) -> Aligned:
    """
    Give each of our columns the same header and unit on every sheet.

    Every sheet is understood by itself. Of its headers for one of our columns the best becomes that
    of all, and cells of a sheet with another unit get theirs behind them ("0.8 亩").

    Parameters
    ----------
    tables : mapping
        One table at least, by the name of its sheet.
    stated : mapping
        Our name -> the file's header, where the user says so.
    """
    read = {sheet: _meanings(table, stated) for sheet, table in tables.items()}
    common = _common(read, tables)
    headers = {name: read[sheet][name].source for name, sheet in common.items()}
    units: dict[str, str] = {}
    for name, header in headers.items():
        units[header] = tables[common[name]].units.get(header, "")
    out: dict[str, Table] = {}
    moved: list[str] = []
    for sheet, table in tables.items():
        new = {m.source: headers[name] for name, m in read[sheet].items() if name in headers}
        away = _made_way(sheet, table, new, {*headers.values()})
        moved += away.values()
        out[sheet] = _renamed(table, new | away)
        for header, unit in out[sheet].units.items():
            units.setdefault(header, unit)
    said = []
    for name, sheet, (first, other) in _unit_differences(read, common):
        said.append(f"{headers[name]}: {first} ({common[name]}), {other} ({sheet})")
        out[sheet] = _with_unit(out[sheet], headers[name], _COLUMNS[name], other)
    notes = [*_matched(read, headers)]
    if said:
        notes.append(("notes.units_differ", {"columns": listed(said)}))
    used = {header: unit for header, unit in units.items() if unit}
    return Aligned(out, headers, used, moved, tuple(notes))


def _meanings(table: Table, stated: Mapping[str, str]) -> dict[str, Meaning]:
    """What one sheet has for each of our columns and places."""
    found = [*table.frame.columns]
    here = {}
    for name, source in stated.items():
        alike = [h for h in found if plain_text(h) == plain_text(source)]
        if source in found or len(alike) == 1:
            here[name] = source if source in found else alike[0]
    understood = understand(found, here, table.units)
    places = {name: Meaning(header, "alias") for name, header in understood.place.items()}
    return {**understood.meanings, **places}


def _common(read: _Read, tables: Mapping[str, Table]) -> dict[str, str]:
    """Sheet whose header is that of all, by our name; each header stands for one name only."""
    chosen: dict[str, str] = {}
    taken: set[str] = set()
    for name in dict.fromkeys(name for meanings in read.values() for name in meanings):
        first: dict[str, str] = {}
        for sheet, meanings in read.items():
            if name in meanings and meanings[name].source not in taken:
                first.setdefault(meanings[name].source, sheet)
        if not first:
            continue
        best = _best(name, [read[sheet][name] for sheet in first.values()], first, tables)
        chosen[name] = first[best]
        taken.add(best)
    return chosen


def _best(
    name: str,
    candidates: Sequence[Meaning],
    sheets: Mapping[str, str],
    tables: Mapping[str, Table],
) -> str:
    """The header that is taken where all stand side by side, as they will."""
    told = [m.source for m in candidates if m.how == "stated"]
    if told or len(candidates) == 1:
        return [*told, candidates[0].source][0]
    units = {header: tables[sheet].units.get(header, "") for header, sheet in sheets.items()}
    together = understand([*sheets], {}, units).meanings
    return together[name].source if name in together else candidates[0].source


def _made_way(sheet: str, table: Table, new: Mapping[str, str], wanted: set[str]) -> dict[str, str]:
    """New headers for columns whose own belongs to another column elsewhere."""
    taken = wanted | {*table.frame.columns}
    away = {}
    for header in table.frame.columns:
        if header in wanted and header not in new:
            away[header] = f"{header} ({sheet})"
            while away[header] in taken:
                away[header] += "*"
            taken.add(away[header])
    return away


def _renamed(table: Table, new: Mapping[str, str]) -> Table:
    return replace(
        table,
        frame=table.frame.set_axis([new.get(h, h) for h in table.frame.columns], axis=1),
        units={new.get(header, header): unit for header, unit in table.units.items()},
        places={new.get(header, header): place for header, place in table.places.items()},
    )


def _matched(read: _Read, headers: Mapping[str, str]) -> Iterator[tuple[str, Mapping[str, str]]]:
    said = [
        f"{headers[name]} = {meaning.source} ({sheet})"
        for sheet, meanings in read.items()
        for name, meaning in meanings.items()
        if name in headers and meaning.source != headers[name]
    ]
    if said:
        yield "notes.headers_matched", {"columns": listed(said)}


def _unit_differences(
    read: _Read, common: Mapping[str, str]
) -> Iterator[tuple[str, str, tuple[str, str]]]:
    """Our name, a sheet, and the unit of all with that of the sheet, where these are two."""
    for name, reference in common.items():
        column = _COLUMNS.get(name)
        if column is None or column.kind != "number" or name in _WITHOUT_UNITS or not column.unit:
            continue
        first = read[reference][name].unit or column.unit
        for sheet, meanings in read.items():
            unit = meanings[name].unit or column.unit if name in meanings else first
            if factor(unit, column.unit) != factor(first, column.unit):
                yield name, sheet, (first, unit)


def _with_unit(table: Table, header: str, column: schema.Column, unit: str) -> Table:
    """The cells of a column with their unit behind them, where they have none of their own."""
    tell = _teller(column, unit)
    cells = table.frame[header]
    told = {cell: tell(cell) for cell in cells.tolist() if isinstance(cell, (int, float, str))}
    new = [told[cell] if isinstance(cell, (int, float, str)) else cell for cell in cells.tolist()]
    frame = table.frame.copy()
    frame[header] = pd.Series(new, index=frame.index, dtype=object)
    return replace(table, frame=frame)


def _teller(column: schema.Column, unit: str) -> Callable[[object], object]:
    scale = factor(unit, column.unit) or 1.0

    def tell(cell: object) -> object:
        if isinstance(cell, bool) or cell != cell:  # noqa: PLR0124  NaN
            return cell
        once, twice = (read_number(str(cell), column, s) for s in (scale, 2 * scale))
        if not once.code and once.value != once.value:
            return cell
        if once.code in BAD or once.value == twice.value:
            return cell  # no number, or one with a unit of its own
        text = f"{str(cell).strip()} {unit}"
        if read_number(text, column).value == once.value:
            return text
        about = "约" if once.code == "APPROXIMATE" else ""
        return f"{about}{once.value / scale:.12g} {unit}"

    return tell
