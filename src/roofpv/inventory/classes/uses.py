"""Use classes: by column, code or keywords in the name, each with how far it is believed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from roofpv import schema
from roofpv.inventory.classes.name_words import KEYWORDS, keyword_pattern, keywords_in, sense_of
from roofpv.inventory.classes.use_words import (
    AGREED,
    CODES,
    COLUMN_WORDS,
    CONTAINED,
    DISAGREED,
    DOUBTFUL_BELOW,
    EXACT,
    NOWHERE,
    Sense,
    alkis,
)
from roofpv.inventory.classes.wording import distinct_texts
from roofpv.inventory.findings import DOUBTFUL, Finding, found

__all__ = ["DOUBTFUL_BELOW", "USE_COLUMNS", "classify_uses", "use_of"]
USE_COLUMNS = ("use", "use_confidence", "use_basis", "use_alternative")
_SEVERAL = re.compile(r"[、，,;；/／|+＋&和与及]")
# The Chinese words of the column, to be found in longer cells; a single character is too little.
_INSIDE = re.compile(
    "|".join(sorted((w for w in COLUMN_WORDS if len(w) > 1 and not w.isascii()), key=len)[::-1])
)
_OWN = {use: Sense(use, EXACT if use != "unknown" else NOWHERE) for use in schema.USES}


@dataclass(frozen=True)
class _Outcome:
    """What a row is taken as; ``by`` is the column that its doubt is about."""

    sense: Sense
    basis: str
    by: str = "use"
    not_understood: bool = False


@dataclass(frozen=True)
class _Cell:
    """What a cell of the use column says: a sense and whether by a word or a code."""

    sense: Sense | None
    basis: str


_NOTHING = Sense("unknown", NOWHERE)
_NO_CELL = _Cell(_NOTHING, "none")
_LOST = _Cell(None, "none")


def classify_uses(
    column: pd.Series | None, name: pd.Series | None, institution: pd.Series | None
) -> tuple[pd.DataFrame, list[Finding]]:
    """
    Class of use of every building.

    The column decides; where it says nothing, or may mean two classes, the names do. A column
    that a name contradicts keeps its word, little believed.

    Parameters
    ----------
    column : Series (row,), optional
        Use as the file words it: our words, Chinese or English ones, or a class or code of OSM,
        Overture, EUBUCCO, GB 50137-2011 or the German cadastre.
    name, institution : Series (row,), optional
        Names of the building and of who uses it.

    Returns
    -------
    (DataFrame (row,), list of Finding)
        ``use``; ``use_confidence`` from 0 to 1, NaN where the use is unknown; ``use_basis``, one
        of column, code, name, institution, column+name, none; ``use_alternative``, the class that
        it may be instead, or None. Without any column there are no rows.
    """
    given = [series for series in (column, name, institution) if series is not None]
    index = given[0].index if given else pd.RangeIndex(0)
    cells, said = _cells(column, len(index))
    named, words = _keywords(name, len(index))
    owned, owners = _keywords(institution, len(index))
    heads = [sense_of(row)[0] for row in owners]
    table, which = _distinct_rows(cells, named, owned)
    outcomes = [_weigh(said[c], words[n], heads[o]) for c, n, o in table]
    frame = _frame(outcomes, which, index)
    columns = {"use": column, "name": name, "institution": institution}
    return frame, _findings(outcomes, which, columns)


def use_of(text: str) -> Sense | None:
    """What a plain text of a use column says as a whole, not by a part of it."""
    cell = _whole(text)
    return None if cell is None else cell.sense


def _cells(column: pd.Series | None, count: int) -> tuple[np.ndarray, list[_Cell]]:
    if column is None:
        return np.zeros(count, dtype=np.int64), [_NO_CELL]
    codes, texts = distinct_texts(column)
    numbers = {_NO_CELL: 0}
    of_text = [numbers.setdefault(_read_cell(text), len(numbers)) for text in texts]
    return np.array([*of_text, 0], dtype=np.int64)[codes], list(numbers)


def _keywords(names: pd.Series | None, count: int) -> tuple[np.ndarray, list[tuple[str, ...]]]:
    if names is None or not names.notna().any():
        return np.zeros(count, dtype=np.int64), [()]
    codes, texts = distinct_texts(names)
    rows, words = keywords_in([*texts, ""])
    return rows[codes], words


def _distinct_rows(*codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct rows of some columns of numbers, and for each row which of them it is."""
    key = np.zeros(len(codes[0]), dtype=np.int64)
    sizes = [int(column.max(initial=0)) + 1 for column in codes]
    for column, size in zip(codes, sizes, strict=True):
        key = key * size + column
    distinct, which = np.unique(key, return_inverse=True)
    return np.stack(np.unravel_index(distinct, sizes), axis=1), which


def _read_cell(text: str) -> _Cell:
    """What a cell says: as a whole, by its parts, or by what it contains."""
    return _whole(text) or _several(text) or _contained(text) or _LOST


def _whole(text: str) -> _Cell | None:
    sense = _OWN.get(text) or COLUMN_WORDS.get(text)
    if sense is not None:
        return _Cell(sense, "column")
    code = CODES.get(text.replace(" ", "_")) or alkis(text)
    return None if code is None else _Cell(code, "code")


def _several(text: str) -> _Cell | None:
    """A cell that lists several uses: one class if they are of one, else the first in doubt."""
    if not _SEVERAL.search(text):
        return None
    parts = [part.strip() for part in _SEVERAL.split(text) if part.strip()]
    read = [cell.sense for cell in (_whole(part) or _contained(part) for part in parts) if cell]
    known = [sense for sense in read if sense and sense.use != "unknown"]
    uses = list(dict.fromkeys(sense.use for sense in known))
    if not uses:
        return None
    if len(uses) == 1:
        return _Cell(max((_within(sense) for sense in known), key=_confidence), "column")
    return _Cell(Sense(uses[0], DISAGREED, uses[1]), "column")


def _contained(text: str) -> _Cell | None:
    """What the keywords in a cell say, else the longest use word in it."""
    words = keyword_pattern().findall(text)
    if any(KEYWORDS[word].role == "negation" for word in words if word in KEYWORDS):
        return _Cell(_NOTHING, "column")
    sense, _ = sense_of(words)
    if sense is None or not sense.confidence >= DOUBTFUL_BELOW:
        inside = _INSIDE.findall(text)
        longest = max(inside, key=lambda w: (COLUMN_WORDS[w] != _NOTHING, len(w)), default=None)
        sense = sense if longest is None else COLUMN_WORDS[longest]
    return None if sense is None else _Cell(_within(sense), "column")


def _within(sense: Sense) -> Sense:
    """A sense that only a part of the cell has."""
    sure = sense.confidence >= DOUBTFUL_BELOW
    return Sense(sense.use, CONTAINED, sense.alternative) if sure else sense


def _confidence(sense: Sense) -> float:
    return sense.confidence


def _weigh(cell: _Cell, words: Sequence[str], owner: Sense | None) -> _Outcome:
    """The class of a row: what its cell says against what its names say."""
    named, own = sense_of(words, owner)
    by = "name" if own else "institution"
    lost = cell.sense is None
    if cell.sense is None or cell.sense.use == "unknown":
        if named is not None and (named.use != "unknown" or cell.sense in (None, _NOTHING)):
            basis = by if named.use != "unknown" else "none"
            return _Outcome(named, basis, by, not_understood=lost)
        return _Outcome(cell.sense or _NOTHING, cell.basis, not_understood=lost)
    if named is None or named.use == "unknown":
        return _Outcome(cell.sense, cell.basis)
    return _both(cell, named, own)


def _both(cell: _Cell, named: Sense, own: bool) -> _Outcome:
    """Where both say something."""
    assert cell.sense is not None
    stated = cell.sense
    if named.use == stated.use:
        return _Outcome(Sense(stated.use, AGREED), "column+name")
    doubtful = stated.confidence < DOUBTFUL_BELOW
    if doubtful and named.confidence >= DOUBTFUL_BELOW:
        return _Outcome(named, "column+name")
    if stated.alternative == named.use:
        return _Outcome(Sense(named.use, named.confidence, stated.use), "column+name")
    if not own or named.alternative == stated.use:
        return _Outcome(stated, cell.basis)
    return _Outcome(Sense(stated.use, DISAGREED, named.use), "column+name")


def _frame(outcomes: list[_Outcome], which: np.ndarray, index: pd.Index) -> pd.DataFrame:
    def of_rows(of: Callable[[_Outcome], object], kind: type) -> pd.Series:
        values: np.ndarray = np.array([of(outcome) for outcome in outcomes], dtype=kind)
        return pd.Series(values[which], index=index, dtype=kind)

    columns = (
        of_rows(lambda o: o.sense.use, object),
        of_rows(lambda o: o.sense.confidence, float),
        of_rows(lambda o: o.basis, object),
        of_rows(lambda o: o.sense.alternative, object),
    )
    return pd.DataFrame(dict(zip(USE_COLUMNS, columns, strict=True)))


def _findings(
    outcomes: list[_Outcome], which: np.ndarray, columns: dict[str, pd.Series | None]
) -> list[Finding]:
    lost = np.array([o.not_understood for o in outcomes], dtype=bool)
    doubtful = ~lost & np.array([o.sense.confidence < DOUBTFUL_BELOW for o in outcomes], dtype=bool)
    findings = []
    for code, of_code in (("USE_NOT_UNDERSTOOD", lost), ("USE_DOUBTFUL", doubtful)):
        for column, series in columns.items():
            by = "use" if code == "USE_NOT_UNDERSTOOD" else None
            mine = np.array([(by or o.by) == column for o in outcomes], dtype=bool) & of_code
            if series is not None and mine.any():
                findings += _told(code, series.rename(column), mine[which], outcomes, which)
    return findings


def _told(
    code: str, series: pd.Series, where: np.ndarray, outcomes: list[_Outcome], which: np.ndarray
) -> list[Finding]:
    became = [outcomes[i].sense.use for i in which[where]]
    return [
        Finding(f.kind, f.code, f.column, f.at, f.values, became)
        for f in found(DOUBTFUL, code, str(series.name), where, series)
    ]
