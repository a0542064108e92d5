"""Which column of a file is which of ours, how sure that is, and in what unit it is written."""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from roofpv import schema
from roofpv.errors import InvalidConfig
from roofpv.inventory.folding import plain_text
from roofpv.inventory.headers.forms import Form, forms, letters, likeness
from roofpv.inventory.headers.words import (
    ALIASES,
    ASKS_PV,
    BESIDE_COLUMNS,
    BESIDE_HEADERS,
    EASTING,
    FLAG_HEADERS,
    HAS_PV,
    HEADERS,
    LATLON,
    LONLAT,
    NORTHING,
    OTHER_HEADERS,
    PLACE_COLUMNS,
    PLACE_HEADERS,
    PLANE_HEADERS,
    SHORT_WORDS,
    UNIT_NEEDED,
)
from roofpv.inventory.values.units import factor, is_unit

__all__ = [
    "ALIASES", "BESIDE_COLUMNS", "EASTING", "LATLON", "LONLAT", "NORTHING", "PLACE_COLUMNS",
    "Meaning", "Understanding", "familiar", "known", "understand",
]  # fmt: skip

How = Literal["own", "stated", "alias", "variant", "guess"]
_SURENESS: tuple[How, ...] = ("stated", "own", "alias", "variant", "guess")
_PV_QUESTION = re.compile(ASKS_PV)
_COLUMNS = {
    column.name: column for column in (*schema.PLANE_INVENTORY, *schema.INVENTORY, *schema.ASKED)
}
_ASKING = (
    "是否属于", "是否列入", "是否纳入", "是否存在", "是否已", "是否有", "是否为", "是否", "有无",
    "是不是",
)  # fmt: skip


@dataclass(frozen=True)
class Meaning:
    """
    The column of a file that one of ours is read from.

    ``source`` is its header, ``how`` what it rests on: our own name, stated by the user, a known
    word as it stands (alias) or in another writing (variant), or a guess at a damaged word.
    ``unit`` is the unit in the header or below it, empty where none is given. ``others`` are
    headers that would have fitted too and are not used, the best first.
    """

    source: str
    how: How
    unit: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Understanding:
    """
    What the columns of a file mean.

    ``meanings`` by our names; ``place`` one of ``PLACE_COLUMNS`` -> header; ``exemption_flags``
    header -> kind of exemption; ``unused`` the headers that are none of these; ``beside`` one of
    ``BESIDE_COLUMNS`` -> header.
    """

    meanings: Mapping[str, Meaning]
    place: Mapping[str, str] = field(default_factory=dict)
    exemption_flags: Mapping[str, str] = field(default_factory=dict)
    unused: tuple[str, ...] = ()
    beside: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Match:
    """A header read as one of our names: how sure (place in ``_SURENESS``), by which word."""

    name: str
    header: str
    sureness: int = 0
    rank: int = 0
    unit: str = ""

    @property
    def order(self) -> tuple[int, int, int]:
        """What is taken first; an alias and another writing of one are as good as each other."""
        return min(self.sureness, 2) if self.sureness < 4 else 4, self.rank, self.sureness


def understand(
    found: Sequence[str], stated: Mapping[str, str], units: Mapping[str, str] | None = None
) -> Understanding:
    """
    Tell what the columns of a file mean.

    Parameters
    ----------
    found : sequence of str
        Headers of the file; ``heading/header`` where headings stand above.
    stated : mapping
        Our name -> the file's, from ``[columns]`` of the configuration; it comes before all else.
    units : mapping, optional
        Header -> unit that stands in a row of its own below it.

    Raises
    ------
    InvalidConfig
        A stated column that the file does not have, or a name that is not ours.
    """
    told = _stated(found, stated)
    free = [header for header in found if header not in told.values()]
    planes = _are_planes(free, told)
    below = units or {}
    sure = [m for header in free if (m := _sure(header, planes, below))]
    settled = {m.name for m in sure} | {*told}
    read = {m.header for m in sure}
    unread = [h for h in free if h not in read and not _is_told(h)]
    guesses = [m for h in unread if (m := _guess(h, below)) and m.name not in settled]
    chosen = {name: [_as_stated(name, header, below)] for name, header in told.items()}
    for match in sorted([*sure, *guesses], key=lambda match: match.order):
        chosen.setdefault(match.name, []).append(match)
    meanings = {name: _meaning(chosen[name]) for name in _COLUMNS if name in chosen}
    place = {name: chosen[name][0].header for name in PLACE_COLUMNS if name in chosen}
    place |= _plain_axes([h for h in free if h not in read], place, found)
    flags = {h: kind for h in unread if h not in place.values() and (kind := _flag(h))}
    beside = {name: chosen[name][0].header for name in BESIDE_COLUMNS if name in chosen}
    used = {m.source for m in meanings.values()} | {*place.values(), *flags, *beside.values()}
    unused = tuple(h for h in found if h not in used)
    return Understanding(meanings, place, flags, unused, beside)


def known(header: str) -> bool:
    """Whether a header is understood without a guess, be it as a column of ours or beside them."""
    if header.strip().lower() in {"x", "y"}:
        return True
    return any(_match(header, planes) for planes in (False, True)) or _flag(header) is not None


def familiar(header: str) -> bool:
    """Whether a header is a usual one of building lists, be it that nothing here asks for it."""
    return known(header) or _is_other(header)


def _meaning(matches: list[_Match]) -> Meaning:
    first, *others = matches
    return Meaning(
        first.header, _SURENESS[first.sureness], first.unit, tuple(m.header for m in others)
    )


def _stated(found: Sequence[str], stated: Mapping[str, str]) -> dict[str, str]:
    """Headers that the user names, as they stand in the file."""
    told = {}
    for name, source in stated.items():
        ours = {*_COLUMNS, *PLACE_COLUMNS, *BESIDE_COLUMNS}
        if name not in ours:
            raise InvalidConfig(f"[columns] {name}", "not one of roofpv's columns", _nearest(name))
        alike = [h for h in found if plain_text(h) == plain_text(source)]
        if source not in found and len(alike) != 1:
            raise InvalidConfig(
                f"[columns] {name}", f"the file has no column {source!r}", f"It has {[*found]}"
            )
        told[name] = source if source in found else alike[0]
    return told


def _nearest(name: str) -> str:
    ours = sorted({*_COLUMNS, *PLACE_COLUMNS, *BESIDE_COLUMNS})
    near = difflib.get_close_matches(name, ours, n=3, cutoff=0.5)
    every = "roofpv template -o list.xlsx tells them all"
    return f"Did you mean {' or '.join(near)}? {every}" if near else f"Use one of ours: {every}"


def _as_stated(name: str, header: str, below: Mapping[str, str]) -> _Match:
    own = [form.unit for form in forms(header) if form.unit]
    unit = next((u for u in (*own, below.get(header, "")) if _measures(u, name)), "")
    return _Match(name, header, unit=unit)


def _are_planes(headers: Sequence[str], told: Mapping[str, str]) -> bool:
    named = {m[0] for h in headers if (m := _match(h, False))}
    return "plane_id" in named or "plane_id" in told


def _sure(header: str, planes: bool, below: Mapping[str, str]) -> _Match | None:
    match = _match(header, planes)
    if match is None:
        return None
    name, sureness, rank, unit = match
    unit = unit or _unit_below(header, below)
    if name == HAS_PV and unit:
        name, rank = _pv_in(unit), _vocabulary(planes)["光伏容量"][1]
    unclear = name in _COLUMNS and not unit and not planes and letters(header) in UNIT_NEEDED
    if unclear or not _measures(unit, name):
        return None
    return _Match(name, header, sureness, rank, unit if _is_number(name) else "")


def _pv_in(unit: str) -> str:
    """What a column about PV that is there tells in this unit: 已安装光伏(kW) is a capacity."""
    sizes = ("existing_pv_kwp", "existing_pv_area_m2")
    return next((name for name in sizes if _measures(unit, name)), HAS_PV)


def _unit_below(header: str, below: Mapping[str, str]) -> str:
    unit = below.get(header, "").strip("()（） ")
    return plain_text(unit) if is_unit(unit) else ""


def _measures(unit: str, name: str) -> bool:
    """Whether a column can be in a unit; what is no number has none."""
    if not unit or not _is_number(name):
        return True
    return factor(unit, _COLUMNS[name].unit if name in _COLUMNS else "m") is not None


def _is_number(name: str) -> bool:
    return name in (EASTING, NORTHING) or (name in _COLUMNS and _COLUMNS[name].kind == "number")


@functools.lru_cache(maxsize=100_000)
def _match(header: str, planes: bool) -> tuple[str, int, int, str] | None:
    """Our name, how sure (index), the rank of the word among those for it, and the unit."""
    as_it_stands = header.strip().lower()
    words = _vocabulary(planes)
    if as_it_stands in (*_COLUMNS, *PLACE_COLUMNS, *BESIDE_COLUMNS):
        return as_it_stands, 1, 0, ""
    for form in forms(header):
        if form.word in _others() and form.word not in words:
            return None
        if _PV_QUESTION.fullmatch(form.word) and not form.limited:
            return HAS_PV, 2, len(words), form.unit
        if form.word not in words or not _trusted(form):
            continue
        name, rank = words[form.word]
        literal = as_it_stands in (form.word, *ALIASES)
        return name, 2 if literal else 3, rank, form.unit
    return None


def _trusted(form: Form) -> bool:
    return not form.limited and (form.general or form.word not in SHORT_WORDS)


@functools.cache
def _vocabulary(planes: bool) -> Mapping[str, tuple[str, int]]:
    """Word -> our name and its rank: our own names, then the aliases in their order."""
    words: dict[str, tuple[str, int]] = {}
    named: list[tuple[str, str]] = []
    if planes:
        named += [(word, name) for name, text in PLANE_HEADERS.items() for word in text.split()]
        named += [(column.zh, column.name) for column in schema.PLANE_INVENTORY]
    named += [(name, name) for name in (*_COLUMNS, *PLACE_COLUMNS, *BESIDE_COLUMNS)]
    named += [*ALIASES.items()]
    named += [(column.zh, column.name) for column in (*schema.INVENTORY, *schema.ASKED)]
    named += [(word, name) for name, text in PLACE_HEADERS.items() for word in text.split()]
    named += [(word, name) for name, text in BESIDE_HEADERS.items() for word in text.split()]
    for rank, (word, name) in enumerate(named):
        words.setdefault(letters(word), (name, rank))
    return words


@functools.cache
def _others() -> frozenset[str]:
    """Words for what is no column of ours."""
    beside = [words for name, words in HEADERS.items() if name not in _COLUMNS]
    return frozenset(letters(word) for words in (OTHER_HEADERS, *beside) for word in words.split())


@functools.cache
def _flags() -> Mapping[str, str]:
    return {letters(w): kind for kind, text in FLAG_HEADERS.items() for w in text.split()}


def _is_other(header: str) -> bool:
    return any(form.word in _others() for form in forms(header))


def _is_told(header: str) -> bool:
    """Whether a header is taken at its word as none of ours."""
    return _is_other(header) or _match(header, False) is not None


def _flag(header: str) -> str | None:
    """Kind of exemption that a column tells of."""
    for form in forms(header):
        for word in _flag_words(form.word):
            if word in _flags():
                return _flags()[word]
    return None


def _flag_words(word: str) -> Iterator[str]:
    yield word
    bare = next((word.removeprefix(a) for a in _ASKING if word.startswith(a)), word)
    for end in ("", "是否", "情况", "单位情况"):
        yield bare.removesuffix(end)
    # "屋面是否破损": the question may stand in the middle.
    for asking in ("是否已", "是否有", "是否"):
        yield bare.replace(asking, "", 1)


def _plain_axes(
    headers: Sequence[str], place: Mapping[str, str], found: Sequence[str]
) -> dict[str, str]:
    """Columns called x and y; in a file with Chinese headers x points north, as in surveying."""
    axes = {word: h for h in headers if (word := h.strip().lower()) in {"x", "y"}}
    if len(axes) != 2 or EASTING in place or NORTHING in place:
        return {}
    chinese = any("\u4e00" <= c <= "\u9fff" for header in found for c in header)
    first, second = (NORTHING, EASTING) if chinese else (EASTING, NORTHING)
    return {first: axes["x"], second: axes["y"]}


def _guess(header: str, below: Mapping[str, str]) -> _Match | None:
    """Our name whose word a damaged header may have been, where only one name fits."""
    words = _vocabulary(False)
    for form in forms(header, damaged=True):
        if form.limited or len(form.word) < 2:
            continue
        like = {word: likeness(form.word, word, _telling()) for word in (*words, *_others())}
        best = max(like.values())
        fits = [word for word, well in like.items() if well == best > 0]
        names = {words[word][0] if word in words else "" for word in fits}
        unit = form.unit or _unit_below(header, below)
        if len(names) == 1 and (name := names.pop()) in _COLUMNS and _measures(unit, name):
            rank = min(words[word][1] for word in fits)
            return _Match(name, header, 4, rank, unit if _is_number(name) else "")
    return None


@functools.cache
def _telling() -> frozenset[str]:
    """Characters of every known word: one in the place of another is no damage."""
    return frozenset("".join((*_vocabulary(False), *_vocabulary(True), *_others(), *_flags())))
