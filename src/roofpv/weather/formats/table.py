"""Any table of weather: a csv of ours, or one whose columns, units and times are told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from roofpv.errors import InvalidWeather
from roofpv.weather.dataset import SPREADS, UNITS
from roofpv.weather.doctor import LABELS, Claim
from roofpv.weather.formats.common import (
    Cells,
    Content,
    header_of,
    numbers,
    on_labels,
    plain_lines,
    read_cells,
    site_of,
    step_minutes,
    unmarked,
)
from roofpv.weather.formats.extras import extras_of
from roofpv.weather.formats.headers import Chosen, choose, is_umep
from roofpv.weather.formats.stamps import read_stamps
from roofpv.weather.formats.units import scale
from roofpv.weather.series import Columns, Place, Series

KIND = "table"
# Numbers that header lines may state, with their bounds.
_HEADER_NUMBERS = {
    "latitude": (-90.0, 90.0),
    "longitude": (-180.0, 180.0),
    "altitude": (-500.0, 9000.0),
    "utc_offset_hours": (-14.0, 14.0),
    "interval_minutes": (1.0, 1440.0),
    **dict.fromkeys(SPREADS, (0.0, 1.0)),
}
_HEADER_WORDS = {
    "time_label": LABELS,
    "clock": ("civil", "solar"),
    "typical_year": ("0", "1", "false", "true"),
    "synthetic": ("0", "1", "false", "true"),
}
_YES = {"1", "true"}
_SEPARATORS = ("\t", ";", ",")
_FEWEST_COLUMNS = 3
# Written for a missing value, in whatever unit: no weather has them in any.
_MISSING = (-999.0, -999.9, -9999.0, -99999.0, 9999.0, 99999.0, 999999.0)


def read_table(content: Content, place: Place, columns: Columns) -> list[Series]:
    """
    Read a table of weather.

    Header lines ``# key: value`` may state its place, clock, label and source. Labels are starts of
    intervals unless it says otherwise (ends in the text of UMEP [1]_); a table that states no clock
    is read as if in UTC, and ``attrs["clock_unstated"]`` says so.

    Raises
    ------
    InvalidWeather
        A header line, header, unit, time or cell that cannot be understood, or no place.

    References
    ----------
    .. [1] SUEWS manual, "Meteorological input file": timestamps are those of the end of the period
    """
    stated, body, first = _split_header(_strict_text(content))
    said = _header_numbers(stated, content.name)
    _check_words(stated, content.name)
    head = body.partition("\n")[0]
    separator = max(_SEPARATORS, key=head.count)
    if separator not in head and len(head.split()) >= _FEWEST_COLUMNS:
        body, separator = _by_tabs(body), "\t"
    header = header_of(body, separator)
    chosen = choose(header, columns, content.name)
    usual = "end" if is_umep(header) else "start"
    text = [chosen[name].place for name in ("time", "date") if name in chosen]
    cells = read_cells(content, body, first, separator, text)
    stamps = read_stamps(cells, chosen, columns.time_format)
    clock = said.get("utc_offset_hours", stamps.offset_hours)
    # Times with a zone of their own are moved by it, whatever clock the header names.
    own = (stamps.offset_hours if stamps.zoned else clock) or 0.0
    interval = _interval(said, stamps.times, cells)
    site = site_of(
        content, place, (said.get("latitude"), said.get("longitude"), said.get("altitude"))
    )
    series = Series(
        on_labels(_values(cells, chosen, interval), stamps.times, own),
        replace(
            site, name=stated.get("site", site.name), district=stated.get("district", "")
        ),
        Claim(stated.get("time_label", usual), interval, clock or 0.0), KIND, content.name,
        cells.rows, stated.get("typical_year") in _YES,
        _attrs(stated, said) | ({} if clock is not None else {"clock_unstated": 1}),
    )  # fmt: skip
    return [series]


def _strict_text(content: Content) -> str:
    """Text in utf-8 or gb18030, which are told apart by trying; nothing is replaced."""
    try:
        text = unmarked(content.data)
    except UnicodeDecodeError as first:
        try:
            text = content.data.decode("gb18030")
        except UnicodeDecodeError:
            raise InvalidWeather(
                content.name,
                f"byte {first.start} is neither utf-8 nor gb18030",
                "Save the file as utf-8",
            ) from first
    return plain_lines(text)


def _by_tabs(body: str) -> str:
    """Lines whose cells stand apart by white space, with one tab between them instead."""
    return "\n".join("\t".join(line.split()) for line in body.split("\n"))


def _split_header(text: str) -> tuple[dict[str, str], str, int]:
    """Header lines, what follows them, and the number of its first line."""
    stated: dict[str, str] = {}
    lines = text.split("\n")
    first = 0
    while first < len(lines) and (lines[first].startswith("#") or not lines[first].strip()):
        key, _, value = lines[first].lstrip("#").partition(":")
        stated[key.strip().lower()] = value.strip()
        first += 1
    return stated, "\n".join(lines[first:]), first + 1


def _header_numbers(stated: Mapping[str, str], source: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for key, (low, high) in _HEADER_NUMBERS.items():
        if key not in stated:
            continue
        try:
            found[key] = float(stated[key])
        except ValueError:
            found[key] = float("nan")
        if not low <= found[key] <= high:
            raise InvalidWeather(
                f"{source}, header line {key}",
                f"{stated[key]!r} is no number from {low:g} to {high:g}",
                "Correct the line, or leave it out",
            )
    return found


def _check_words(stated: Mapping[str, str], source: str) -> None:
    for key, words in _HEADER_WORDS.items():
        if stated.get(key, words[0]) not in words:
            raise InvalidWeather(
                f"{source}, {key}", f"{stated[key]!r}", f"Write {' or '.join(words)}"
            )


def _interval(said: Mapping[str, float], times: pd.DatetimeIndex, cells: Cells) -> int:
    found = step_minutes(times, cells.rows, cells.source)
    if said.get("interval_minutes", found) != found:
        raise InvalidWeather(
            f"{cells.source}, header line interval_minutes",
            f"{said['interval_minutes']:g}, but rows are {found} minutes apart",
            "Correct the line, or leave it out",
        )
    return found


def _values(cells: Cells, chosen: Mapping[str, Chosen], interval: int) -> pd.DataFrame:
    columns = {name: cells.table[chosen[name].place] for name in UNITS if name in chosen}
    values = numbers(columns, cells.rows, cells.source)
    values = values.mask(values.isin(_MISSING))
    for name, column in chosen.items():
        if name in UNITS:
            where = f"{cells.source}, column {column.header}"
            factor, summand = scale(name, column.unit, interval, where)
            if (factor, summand) != (1.0, 0.0):
                values[name] = values[name] * factor + summand
    for name, place in extras_of(cells.header).items():
        column = pd.to_numeric(cells.table[place], errors="coerce")
        values[name] = column.to_numpy(dtype=float)
    return values


def _attrs(stated: Mapping[str, str], said: Mapping[str, float]) -> dict[str, object]:
    attrs: dict[str, object] = {key: said[key] for key in SPREADS if key in said}
    if "synthetic" in stated:
        attrs["synthetic"] = int(stated["synthetic"] in _YES)
    if stated.get("clock") == "solar":
        attrs["clock"] = "solar"
    if _is_list(stated.get("warnings", "")):
        attrs["warnings"] = stated["warnings"]
    return attrs | {f"stated_{key}": stated[key] for key in ("source", "note") if key in stated}


def _is_list(text: str) -> bool:
    """Whether a header line is a list in JSON, as files of ours have their warnings."""
    try:
        return isinstance(json.loads(text), list)
    except ValueError:
        return False
