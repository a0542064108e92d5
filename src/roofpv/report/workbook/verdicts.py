"""Verdicts as rows: of the default readings for the summary, of every reading for their sheet."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache
from typing import Any

from roofpv.catalogue import has_text, say
from roofpv.inventory.classes.shown import shown
from roofpv.report.city import Teller, figure_of, shown_share, shown_threshold
from roofpv.report.city.chapters.answer import told_chance
from roofpv.report.closing import printed
from roofpv.report.workbook.book import Book
from roofpv.report.workbook.cells import Cell, Column, Kind, Shown
from roofpv.report.workbook.columns import signs_of
from roofpv.report.workbook.listing import held, write_list
from roofpv.report.workbook.page import Row

Entry = Mapping[str, Any]
SHARE = figure_of("value").number_format
_MOST_DIGITS = 9
_AMOUNT = "#,##0"
_COUNTS = (
    "subject", "with_pv", "exempt", "unknown_use", "unknown_ownership", "unknown_completed",
    "unknown_gate", "missing", "estimated", "existing_pv_not_stated",
)  # fmt: skip
_SHARES = ("value", "threshold", "probability", "value_q10", "value_q50", "value_q90")
_COLUMNS: tuple[tuple[str, Kind], ...] = (
    ("area", "text"), ("target", "text"), ("reading", "text"), ("default", "text"),
    ("state", "text"), ("value", "number"), ("threshold", "number"), ("met", "text"),
    ("flips", "text"), ("probability", "number"), ("value_q10", "number"),
    ("value_q50", "number"), ("value_q90", "number"), ("numerator", "number"),
    ("denominator", "number"), ("unit", "text"), ("strength", "text"), ("as_of", "text"),
    ("reading_title", "long"), ("variant", "long"), ("target_title", "long"), ("rule", "text"),
)  # fmt: skip


def defaults(book: Book) -> Iterator[tuple[Entry, Entry | None]]:
    """The verdict of each target's default reading on the city, now and potential."""
    found: dict[tuple[str, str], dict[str, Entry]] = {}
    for one in book.city.result.targets:
        if one["default"] and group_of(one) is None:
            found.setdefault((one["rule"], one["target"]), {})[one["state"]] = one
    for states in found.values():
        if "now" in states:
            yield states["now"], states.get("potential")


def answer_columns(book: Book) -> tuple[Column, ...]:
    """Columns of the default readings; the first names a bar of the chart."""
    kinds: tuple[tuple[str, Kind], ...] = (
        ("bar", "text"), ("value", "number"), ("threshold", "number"), ("met", "text"),
        ("probability", "number"), ("numerator", "number"),
        ("denominator", "number"), ("unit", "text"), ("reading_title", "long"),
    )  # fmt: skip
    return tuple(_column(book, name, kind) for name, kind in kinds)


def answer_rows(book: Book) -> Iterator[Row]:
    """Rows of ``answer_columns``: each target now and potential."""
    for pair in defaults(book):
        for entry in filter(None, pair):
            cells = _cells(book, entry)
            yield [cells[column.key] for column in answer_columns(book)]


def answer_line(book: Book, now: Entry, potential: Entry | None) -> str:
    """The answer on one target in words."""
    words = {
        "target": target_name(book, now),
        "title": title_of(book, now, "target"),
        "reading": reading_name(now),
        "strength": say(f"plan.strength.{now['strength']}", book.language),
        "threshold": book.say("no_threshold")
        if now["threshold"] is None
        else shown_threshold(now["threshold"]),
        "now": _outcome(book, now),
        "potential": book.say("none") if potential is None else _outcome(book, potential),
    }
    return book.say("answer.line", words) + _level(book, now)


def write_verdicts(book: Book, name: str) -> None:
    """Every entry of ``targets.json``: city and districts, all readings, now and potential."""
    entries = book.city.result.targets
    counts = [one for one in _COUNTS if any(one in entry["counts"] for entry in entries)]
    columns = [_column(book, one, kind) for one, kind in _COLUMNS]
    columns += [_column(book, one, "number") for one in counts]
    columns.append(_column(book, "note", "long"))
    rows = [_cells(book, entry) for entry in entries]
    cells = [[row.get(column.key) for row in rows] for column in columns]
    write_list(book, name, columns, held(cells), lead=5)


def group_of(entry: Entry) -> str | None:
    """District, or whatever else was asked for; None for the city."""
    found = entry.get("group", entry["district"])
    return None if found is None else str(found)


def reading_name(entry: Entry) -> str:
    """Id of a reading with its numerator, such as A1/N1."""
    variant = entry["numerator_variant"]
    return str(entry["reading"]) + (f"/{variant}" if variant else "")


def target_name(book: Book, entry: Entry) -> str:
    """Id of a target, with its rule where there are several."""
    rules = {one["rule"] for one in book.city.result.targets}
    return book.text(entry["target"] if len(rules) < 2 else f"{entry['rule']}/{entry['target']}")


def title_of(book: Book, entry: Entry, what: str) -> str:
    """Title of the ``target`` or ``reading`` of an entry, as its rule has it."""
    text = book.city.result.run.get("rule_texts", {}).get(entry["rule"], "")
    targets = _rule(text).get("targets", [])
    found: Mapping[str, Any] = next((o for o in targets if o.get("id") == entry["target"]), {})
    if what == "reading":
        readings = found.get("readings", [])
        found = next((one for one in readings if one.get("id") == entry["reading"]), {})
    title = found.get("title", {})
    return str(title.get(book.language) or title.get("en") or title.get("zh") or "")


@cache
def _rule(text: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}


def share_form(value: float | None, threshold: float | None) -> str:
    """Format of a share with as many digits as its side of the threshold needs."""
    digits = figure_of("value").digits
    if value is None or threshold is None:
        return SHARE
    wanted = Fraction(str(threshold)) * 100
    while digits < _MOST_DIGITS:
        if (printed(Fraction(value) * 100, digits).exact >= wanted) == (value >= threshold):
            break
        digits += 1
    return f"0.{'0' * digits}%"


def _outcome(book: Book, entry: Entry) -> str:
    if entry["value"] is None:
        return say("targets.not_applicable", book.language)
    words = {
        "share": shown_share(entry["value"], entry["threshold"]),
        "met": book.say({True: "answer.met", False: "answer.not_met", None: "answer.open"}[
            entry["met"]
        ]),
    }  # fmt: skip
    chance = entry.get("probability")
    if chance is None:
        return book.say("answer.outcome", words)
    key = "answer.outcome_least" if entry.get("probability_at_least") else "answer.outcome_chance"
    draws = book.city.assumed("certainty.draws")
    return book.say(key, words | {"chance": told_chance(chance, draws, Teller(book.language))})


def _column(book: Book, name: str, kind: Kind) -> Column:
    form = SHARE if name in _SHARES else _AMOUNT
    note = f"verdict_note.{name}"
    known = book.say(note) if has_text(f"workbook_report.{note}") else ""
    return Column(name, book.say(f"verdict.{name}"), kind, form, known)


def _cells(book: Book, entry: Entry) -> dict[str, Cell | Shown]:
    """Cells of an entry by the key of their column."""
    language = book.language
    unit = f"targets.unit.{entry['unit']}"
    threshold = entry["threshold"]
    target, state = target_name(book, entry), book.say(f"state.{entry['state']}")
    said: dict[str, Cell | Shown] = {
        "area": _area(book, entry),
        "target": target,
        "reading": reading_name(entry),
        "default": book.word(bool(entry["default"])),
        "state": state,
        "bar": book.say("bar", {"target": target, "state": state}),
        "value": Shown(entry["value"], share_form(entry["value"], threshold)),
        "threshold": threshold,
        "met": book.word(entry["met"]),
        "flips": book.word(bool(entry["flips"])),
        "numerator": entry["numerator"],
        "denominator": entry["denominator"],
        "unit": say(unit, language) if has_text(unit) else signs_of(entry["unit"]),
        "strength": say(f"plan.strength.{entry['strength']}", language),
        "as_of": entry["as_of"],
        "reading_title": book.text(title_of(book, entry, "reading")),
        "variant": _variant(book, entry),
        "target_title": book.text(title_of(book, entry, "target")),
        "rule": book.text(entry["rule"]),
        "note": _note(book, entry),
    }
    said |= {name: entry.get(name) for name in _SHARES if name not in said}
    return said | {name: entry["counts"].get(name) for name in _COUNTS}


def _area(book: Book, entry: Entry) -> str:
    group = group_of(entry)
    if group is None:
        return say("targets.city", book.language)
    return book.text(shown(entry.get("group_kind", "district"), group, book.language))


def _variant(book: Book, entry: Entry) -> str:
    variant = entry["numerator_variant"]
    key = f"variant.{variant}"
    if variant is None:
        return ""
    return book.say(key) if has_text(f"workbook_report.{key}") else str(variant)


def _level(book: Book, entry: Entry) -> str:
    """Who must reach a target, where it is not the city as a whole: the share alone misleads."""
    key = f"story.answer.level.{entry.get('level')}"
    return say(key, book.language) if has_text(key) else ""


def _note(book: Book, entry: Entry) -> str:
    """What else is to be known of a verdict."""
    level = _level(book, entry).strip()
    lines = [level] if level and group_of(entry) is None else []
    if entry.get("probability_at_least"):
        lines.append(book.say("verdict_at_least"))
    note = entry.get("note")
    if note:
        usual = note == say("targets.nobody", "en")
        lines.append(say("targets.nobody", book.language) if usual else book.text(note))
    if entry.get("lacking"):
        words = {"reading": reading_name(entry), "columns": ", ".join(entry["lacking"])}
        lines.append(say("targets.lacking", book.language, words))
    return "\n".join(lines)
