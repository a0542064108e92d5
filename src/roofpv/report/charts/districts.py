"""The districts side by side: their targets, what fits on their roofs, its carbon."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from roofpv.report import colours
from roofpv.report.charts import frame
from roofpv.report.charts.columns import SIDE_BY_SIDE, Bar, Column, columns
from roofpv.report.charts.frame import words
from roofpv.report.charts.verdicts import COLOURS, STATES, reading_name
from roofpv.report.city import DASH, Figure, shown_figure, shown_share, shown_threshold
from roofpv.text import plain

Entry = Mapping[str, Any]

# Of one line of columns; a higher picture would be too small to read on paper.
MOST = 30
_POTENTIAL, _NOW = COLOURS["potential"], COLOURS["now"]
_MASS = ((1.0, "kg CO₂"), (1e3, "t CO₂"), (1e6, "kt CO₂"))


def districts_svg(entries: Sequence[Entry], places: pd.DataFrame, language: str) -> str | None:
    """
    Default readings of each district against what is asked for, and its capacity and energy.

    Parameters
    ----------
    entries : sequence of mapping
        Content of ``targets.json``.
    places : DataFrame (place,)
        From ``city.totals``, of which ``district kwp installed_kwp ac_kwh`` are used.
    language : str
        ``en`` or ``zh``.

    Returns
    -------
    str or None
        SVG, districts by name; of more than 30 those with the most energy, of fewer where their
        columns have not the room side by side. None without districts.
    """
    rows, left_out = _rows(places, len(_usual_targets(entries)) + 2)
    if rows.empty:
        return None
    names = [str(name) for name in rows["district"]]
    shown = [
        *_targets(entries, names, language),
        _quantity(rows, {"installed_kwp": _NOW, "kwp": _POTENTIAL}, frame.POWER, language),
        _quantity(rows, {"ac_kwh": _POTENTIAL}, frame.ENERGY, language),
    ]
    marks = [frame.Mark(words(f"state.{one}", language), COLOURS[one]) for one in STATES]
    marks.append(frame.Mark(words("verdicts.asked", language), stroke=frame.ASKED))
    return _drawn("districts", (names, shown, marks, left_out), language)


def carbon_svg(places: pd.DataFrame, language: str) -> str | None:
    """
    Carbon of each district: avoided in a year, embodied, and the years until they are even.

    Parameters
    ----------
    places : DataFrame (place,)
        From ``city.totals``, of which ``district ac_kwh avoided_kgco2 embodied_kgco2`` are used.
    language : str
        ``en`` or ``zh``.

    Returns
    -------
    str or None
        SVG as ``districts_svg``; None without districts or without a grid factor.
    """
    rows, left_out = _rows(places, SIDE_BY_SIDE)
    if rows.empty or not rows["avoided_kgco2"].notna().any():
        return None
    even = rows["embodied_kgco2"] / rows["avoided_kgco2"].where(rows["avoided_kgco2"] > 0.0)
    years = [(Bar(y, colours.SKY, shown_figure(y, Figure(1))),) for y in even.tolist()]
    shown = [
        _quantity(rows, {"avoided_kgco2": _NOW}, _MASS, language),
        _quantity(rows, {"embodied_kgco2": _POTENTIAL}, _MASS, language),
        Column(words("carbon.payback", language), tuple(years)),
    ]
    names = [str(name) for name in rows["district"]]
    return _drawn("carbon", (names, shown, [], left_out), language)


def _drawn(
    name: str,
    what: tuple[list[str], list[Column], list[frame.Mark], int],
    language: str,
) -> str:
    names, shown, marks, left_out = what
    notes = [words(f"{name}.note", language)]
    if left_out:
        notes.append(words("districts.more", language, {"count": left_out}))
    about = frame.About(name, words(f"{name}.title", language), language, tuple(notes))
    drawn, y = frame.legend(marks, frame.EDGE, about.top, frame.ROOM) if marks else ([], about.top)
    bars, y = columns([plain(one) for one in names], shown, y)
    return frame.drawing(about, y, [*drawn, *bars], " ".join(_told(names, shown)))


def _rows(places: pd.DataFrame, shown: int) -> tuple[pd.DataFrame, int]:
    """Districts by name, at most so many beside these columns, and how many are left out."""
    room = MOST // math.ceil(shown / SIDE_BY_SIDE)
    rows = places[places["district"] != ""]
    most = rows.sort_values(["ac_kwh", "district"], ascending=[False, True], kind="stable")
    return most.head(room).sort_values("district", ignore_index=True), max(0, len(rows) - room)


def _usual_targets(entries: Sequence[Entry]) -> dict[tuple[str, str], None]:
    return dict.fromkeys((one["rule"], one["target"]) for one in entries if one["default"])


def _targets(entries: Sequence[Entry], names: list[str], language: str) -> Iterator[Column]:
    usual = [one for one in entries if one["default"]]
    several = len({one["rule"] for one in usual}) > 1
    for rule, target in _usual_targets(entries):
        mine = [one for one in usual if (one["rule"], one["target"]) == (rule, target)]
        found = {(one["district"], one["state"]): one["value"] for one in mine}
        asked = mine[0]["threshold"]
        rows = tuple(
            tuple(_share(found.get((name, state)), asked, COLOURS[state]) for state in STATES)
            for name in names
        )
        named = f"{plain(rule)}/{plain(target)}" if several else plain(target)
        said = {"target": named, "reading": reading_name(mine[0])}
        line = "" if asked is None else shown_threshold(asked)
        yield Column(words("districts.target", language, said), rows, asked, line)


def _share(value: float | None, asked: float | None, fill: str) -> Bar:
    return Bar(math.nan if value is None else value, fill, shown_share(value, asked))


def _quantity(
    rows: pd.DataFrame,
    fills: Mapping[str, str],
    units: Sequence[tuple[float, str]],
    language: str,
) -> Column:
    """Bars of one or two columns of sums, in a unit of which the largest has some tens."""
    most = max((rows[name].max() for name in fills if rows[name].notna().any()), default=math.nan)
    size, unit = frame.of_size(most, units)
    bars = tuple(
        tuple(_sum(rows[name].iloc[place], size, fill) for name, fill in fills.items())
        for place in range(len(rows))
    )
    key = _TITLES[list(fills)[-1]]
    return Column(words(key, language, {"unit": unit}), bars)


_TITLES = {
    "kwp": "districts.kwp",
    "ac_kwh": "districts.ac_kwh",
    "avoided_kgco2": "carbon.avoided",
    "embodied_kgco2": "carbon.embodied",
}


def _sum(value: float, size: float, fill: str) -> Bar:
    digits = 0 if size == 1.0 else 1
    number = DASH if math.isnan(value) else shown_figure(value / size, Figure(digits))
    return Bar(value / size, fill, number)


def _told(names: list[str], shown: Sequence[Column]) -> Iterator[str]:
    for place, name in enumerate(names):
        said = "; ".join(
            f"{one.title} {', '.join(bar.number for bar in one.rows[place])}" for one in shown
        )
        yield f"{plain(name)}: {said}."
