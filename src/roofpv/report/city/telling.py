"""Words, numbers and tables of a report in one language."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from roofpv import schema
from roofpv.catalogue import LANGUAGES, has_text, say, texts
from roofpv.inventory.classes.shown import shown
from roofpv.report.city.content import City
from roofpv.report.city.figures import (
    DASH,
    figure_in,
    figure_of,
    large_figure,
    shown_figure,
    unit_of,
    with_unit,
)
from roofpv.report.document import Facts, Grid
from roofpv.text import plain

_LONG = 120
_TOPIC = "story"
_RECORDS = (f"{_TOPIC}.record.", "source.", "findings.", "notes.", "yieldgate.", "zones.")
# Words of a sentence that are sentences themselves.
_SPOKEN = frozenset({"reason", "kind", "cause", "keys"})
# Words of a sentence that are lists.
_LISTED = frozenset({"examples", "names", "years"})
# Words of which a sentence may begin that stands behind another's colon.
_BOUND = {"count": r"[\d,]+", "raster": "[^:]+"}
_SENTENCE = 800
_FEWEST_LETTERS = 4
_SCHEMA = {c.name: c for c in (*schema.INVENTORY, *schema.CHECKED, *schema.RESULT, *schema.ASKED)}
# Columns whose values have words in a language.
_CLASSED = frozenset({"use", "ownership", "roof_type", "existing_pv"})
# Numbers without thousands apart.
_YEARS = frozenset({"year"})


@dataclass(frozen=True)
class Teller:
    """Tells texts of the catalogue and numbers in ``language``, "en" or "zh"."""

    language: str

    def say(self, key: str, words: Mapping[str, object] | None = None) -> str:
        """Text of the story."""
        return say(f"{_TOPIC}.{key}", self.language, words)

    def count(self, number: int) -> str:
        """How many, with thousands apart."""
        return f"{number:,}"

    def figure(self, column: str, value: float | None) -> str:
        """A number of a column with its unit."""
        return shown_figure(value, figure_of(column), language=self.language)

    def large(self, column: str, value: float | None) -> str:
        """A number of a column with its unit, a large one also in millions."""
        return large_figure(value, figure_of(column), self.language)

    def cell(self, column: str, value: Any) -> str:
        """A cell of a table: a number without its unit, a class in its words, a name as text."""
        if isinstance(value, str):
            return self.name(self.kind(column, value) if column in _CLASSED else value)
        if column in _YEARS:
            return DASH if value is None else f"{value:.0f}"
        return shown_figure(_number(value), figure_of(column), unit=False)

    def kind(self, column: str, value: str) -> str:
        """A class of a column in words."""
        said = shown(column, value, self.language)
        return said.replace("_", " ") if said == value else said

    def amount(self, value: float | None, unit: str, *, named: bool = True) -> str:
        """A numerator or denominator of a target; ``named``: with the word for its unit."""
        key = f"targets.unit.{unit}"
        if not has_text(key):
            return shown_figure(value, figure_in(unit), language=self.language)
        if not named:
            return shown_figure(value, figure_in(unit), unit=False)
        return f"{shown_figure(value, figure_in(unit), unit=False)} {say(key, self.language)}"

    def name(self, value: object, longest: int = _LONG) -> str:
        """A text from the data, harmless and not too long; a dash for none."""
        return plain(value, longest) or DASH

    def listed(self, items: Iterable[str]) -> str:
        """Items in one line."""
        return ("、" if self.language == "zh" else ", ").join(items)

    def column(self, column: str) -> str:
        """A column as people call it, without its unit."""
        key = f"heading.{column}"
        if has_text(key):
            return say(key, self.language)
        return _named(column, self.language) if column in _SCHEMA else self.name(column)

    def header(self, column: str) -> str:
        """A column as a table's header has it, with its unit."""
        unit = unit_of(figure_of(column), self.language)
        return with_unit(self.column(column), unit, self.language)

    def grid(self, name: str, columns: Sequence[str], rows: Iterable[Mapping[Any, Any]]) -> Grid:
        """A table of columns of ours; words stand to the left, numbers to the right."""
        words = {c for c in columns if (k := _SCHEMA.get(c)) and k.kind in {"text", "choice"}}
        cells = tuple(tuple(self.cell(c, row.get(c)) for c in columns) for row in rows)
        right = frozenset(i for i, c in enumerate(columns) if c not in words)
        return Grid(name, tuple(self.header(c) for c in columns), cells, right)

    def table(
        self, name: str, heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: int = 0
    ) -> Grid:
        """
        A table of cells that are told already.

        Parameters
        ----------
        name : str
        heads : sequence of str
            Keys below ``story.heads``.
        rows : iterable of sequence of str
        numbers : int
            The last so many columns stand to the right.
        """
        right = frozenset(range(len(heads) - numbers, len(heads)))
        header = tuple(self.say(f"heads.{key}") for key in heads)
        return Grid(name, header, tuple(tuple(row) for row in rows), right)

    def facts(self, name: str, rows: Iterable[tuple[str, str]]) -> Facts:
        """Pairs of a key below ``story.fact`` and what it is."""
        return Facts(name, tuple((self.say(f"fact.{key}"), said) for key, said in rows))

    def told(self, text: str) -> str:
        """A sentence of the record in the language, where the catalogue knows its English."""
        return recorded(text, self.language)


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def recorded(text: str, language: str) -> str:
    """
    A sentence of the run record in a language; as it stands where the catalogue has no pattern.

    Parameters
    ----------
    text : str
        English, as ``warnings``, ``not_assessed`` and the reasons of rows have it.
    language : str
    """
    return plain(turned(text, language), _SENTENCE)


def turned(text: str, language: str) -> str:
    """The same, whole, for where a text may hold anything."""
    if language == "en":
        return text
    if whole := _whole().get(text):
        return say(whole, language)
    for key, match in _patterns():
        found = match(text)
        if found is not None:
            words = {name: value or "" for name, value in found.groupdict().items()}
            for name in _SPOKEN & set(words):
                words[name] = turned(words[name], language)
            if words.get("column") in _SCHEMA:
                words["column"] = _named(words["column"], language)
            for name in _LISTED & set(words):
                words[name] = words[name].replace(", ", "、")
            return say(key, language, words)
    return _in_parts(text, language)


def _in_parts(text: str, language: str) -> str:
    """A text whose parts before and after a semicolon are known, the longest head first."""
    for found in reversed(list(re.finditer("; ", text))):
        if head := _whole().get(text[: found.start()]):
            return f"{say(head, language)}；{turned(text[found.end() :], language)}"
    return text


@cache
def _whole() -> Mapping[str, str]:
    """Keys of what the record may say without words to fill in, by the English."""
    found: dict[str, str] = {}
    for key in filter(_is_record, texts()):
        found.setdefault(texts()[key]["en"], key)
    return found


def _is_record(key: str) -> bool:
    return key.startswith(_RECORDS) and not key.endswith(".mend")


@cache
def _patterns() -> tuple[tuple[str, Callable[[str], re.Match[str] | None]], ...]:
    """Patterns of what the record may say, from English texts; those with most words first."""
    keys = [key for key in texts() if _is_record(key) and "$" in texts()[key]["en"]]
    keys.sort(key=lambda key: (-_literal(texts()[key]["en"]), key))
    return tuple(
        (key, re.compile(_pattern(texts()[key]["en"]), re.DOTALL).fullmatch)
        for key in keys
        if _literal(texts()[key]["en"]) >= _FEWEST_LETTERS
    )


def _named(column: str, language: str) -> str:
    """What the dictionary calls a column."""
    return _SCHEMA[column].zh if language == "zh" else _SCHEMA[column].en


def _literal(text: str) -> int:
    """Letters of a text that stand whatever its words are."""
    return sum(letter.isalpha() for letter in string.Template.pattern.sub("", text))


def _pattern(text: str) -> str:
    """The words of a text as named groups."""
    known: set[str] = set()
    parts, end = [], 0
    for found in string.Template.pattern.finditer(text):
        name = found["named"] or found["braced"]
        parts.append(re.escape(text[end : found.start()]))
        own = _BOUND.get(name, ".*?")
        parts.append(f"(?P={name})" if name in known else f"(?P<{name}>{own})")
        known.add(name)
        end = found.end()
    return "".join([*parts, re.escape(text[end:])])


def synthetic(city: City, tell: Teller) -> str:
    """What of a city is made up: its buildings, its weather; empty where nothing is."""
    known = (f"synthetic.{name}" for name in city.result.run["synthetic"])
    return tell.listed(tell.say(key) for key in known if has_text(f"{_TOPIC}.{key}"))


def both(key: str, words: Mapping[str, object] | None = None) -> dict[str, str]:
    """A text of the story in every language, as ``City.notes`` has it."""
    return {language: say(f"{_TOPIC}.{key}", language, words) for language in LANGUAGES}
