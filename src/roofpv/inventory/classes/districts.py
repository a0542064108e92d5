"""Districts: one spelling for each, so that no verdict is split between two."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from roofpv.inventory.classes.wording import simple_characters
from roofpv.inventory.findings import DOUBTFUL, REPAIRED, Finding, texts_of

# Codes of GB/T 2260 and the names of the districts of Shizuishan; elsewhere only the names of one
# file are held against each other.
_CODES = {"640202": "大武口区", "640205": "惠农区", "640221": "平罗县"}
_BARE = {name[:-1]: name for name in _CODES.values()}
_CODE = re.compile(r"(\d{6})(?:0{3}|0{6})?(?:\.0)?", re.ASCII)
_ABOVE = re.compile(r"^(?:宁夏(?:回族)?(?:自治区)?)?(?:石嘴山市?)?(?=.)")
_APART = re.compile(r"[\s/\\,，、·.。\-—_>]+")
_ENDINGS = ("区", "县", "市", "旗")
_ENDINGS_ABOVE = ("省", "自治区", "市", "州", "盟", "地区")
# One such character for another makes a name of its own: 河东区, 河西区.
_NAMING = frozenset("东西南北中上下前后左右内外新老大小一二三四五六七八九十")
_FEW, _TIMES_AS_MANY, _LONG_ENOUGH = 2, 5, 4


class Spelling(NamedTuple):
    """``stood`` in a cell, the ``name`` it is taken as, a ``common`` one that may be meant."""

    stood: str
    name: str
    common: str | None


def districts(
    column: pd.Series, among: Mapping[object, Spelling] | None = None
) -> tuple[pd.Series, list[Finding]]:
    """
    Names of districts, those that are one district in one spelling.

    Parameters
    ----------
    column : Series (row,)
        Texts, or codes of GB/T 2260, as the file has them.
    among : mapping, optional
        From `spellings` of the list that these rows are of.

    Returns
    -------
    (Series (row,), list of Finding)
        Names; None where nothing is known. What was spelled in another way is repaired
        (``DISTRICT_SPELLING``); a rare name that is a common one but for a character is doubtful
        (``DISTRICT_ODD``) and stays.
    """
    known = spellings(count_cells(column)) if among is None else among
    codes = pd.Index(list(known), dtype=object).get_indexer(pd.Index(column, dtype=object))
    codes[column.isna().to_numpy()] = -1
    stood, names = ([getattr(one, part) for one in known.values()] for part in ("stood", "name"))
    taken = np.array([*(name or None for name in names), None], dtype=object)
    out = pd.Series(taken[codes], index=column.index, name=column.name, dtype=object)
    changed = np.array([a != b for a, b in zip(stood, names, strict=True)] + [False])
    at = np.flatnonzero(changed[codes])
    findings = []
    if at.size:
        became = taken[codes[at]].tolist()
        values = texts_of(column.iloc[at])
        findings.append(Finding(REPAIRED, "DISTRICT_SPELLING", "district", at, values, became))
    return out, [*findings, *_odd(column, codes, [*known.values()])]


def spellings(counted: Mapping[object, int]) -> dict[object, Spelling]:
    """
    What each cell of a list is taken as.

    Parameters
    ----------
    counted : mapping
        How often each of them is there, in the order of the first.
    """
    stood = [_text(cell) for cell in counted]
    counts = [*counted.values()]
    names = _one_spelling(stood, counts)
    totals: dict[str, int] = {}
    for name, count in zip(names, counts, strict=True):
        totals[name] = totals.get(name, 0) + count
    odd = _odd_names(totals)
    return {
        cell: Spelling(text, name, odd.get(name))
        for cell, text, name in zip(counted, stood, names, strict=True)
    }


def count_cells(column: pd.Series) -> dict[object, int]:
    """How often each cell that is filled is there, in the order of the first."""
    codes, cells = pd.factorize(column.astype(object))
    counts = np.bincount(codes[codes >= 0], minlength=len(cells))
    return dict(zip(cells.tolist(), counts.tolist(), strict=True))


def _text(cell: object) -> str:
    whole = isinstance(cell, float) and cell.is_integer()
    return str(int(cell)) if whole else str(cell).strip()  # type: ignore[call-overload]


def _one_spelling(stood: Sequence[str], counts: Sequence[int]) -> list[str]:
    """The name that each distinct text is taken as."""
    plain = [_plain(text) for text in stood]
    known = {p for p in plain if p.endswith(_ENDINGS)}
    keys = [_whole_name(p, known) for p in plain]
    best: dict[str, tuple[tuple[bool, bool, int, bool], str]] = {}
    for text, p, key, count in zip(stood, plain, keys, counts, strict=True):
        # A spelling of the whole name without blanks, of these the commonest.
        rank = (p == key, not _APART.search(text), count, text == key)
        if key not in best or rank > best[key][0]:
            best[key] = (rank, text)
    ours = {*_CODES.values()}
    return [key if key in ours else best[key][1] for key in keys]


def _plain(text: str) -> str:
    """Chinese names in simplified characters without blanks; others as they stand."""
    if code := _CODE.fullmatch(text):
        return _CODES.get(code[1], text)
    if not any("\u4e00" <= c <= "\u9fff" for c in text):
        return text
    folded = simple_characters(unicodedata.normalize("NFKC", text))
    folded = _APART.sub("", "".join(c for c in folded if c.isprintable()))
    bare = _ABOVE.sub("", folded, count=1)
    bare = _BARE.get(bare, bare)
    return bare if bare in _CODES.values() else folded


def _whole_name(name: str, known: set[str]) -> str:
    """The name with its ending and without the city before it, where the file has that too."""
    if not name.endswith(_ENDINGS):
        whole = [name + ending for ending in _ENDINGS if name + ending in known]
        return whole[0] if len(whole) == 1 else name
    below = [
        short
        for short in known
        if name != short
        and len(short) > 1
        and name.endswith(short)
        and name.removesuffix(short).endswith(_ENDINGS_ABOVE)
    ]
    return below[0] if len(below) == 1 and _alone(below[0], known) else name


def _alone(short: str, known: set[str]) -> bool:
    """Whether only one city of the file has a district of this name."""
    return sum(name != short and name.endswith(short) for name in known) == 1


def _odd(column: pd.Series, codes: np.ndarray, known: Sequence[Spelling]) -> Iterator[Finding]:
    for name, common in {one.name: one.common for one in known if one.common}.items():
        own = np.array([one.name == name for one in known] + [False])
        at = np.flatnonzero(own[codes])
        words = {"common": str(common)}
        yield Finding(
            DOUBTFUL, "DISTRICT_ODD", "district", at, texts_of(column.iloc[at]), words=words
        )


def _odd_names(totals: Mapping[str, int]) -> dict[str, str]:
    """Rare names and the common one that each is but for one character."""
    common = [n for n, c in totals.items() if c > _FEW and len(n) > 1]
    ours = [n for n in _CODES.values() if any(one in totals for one in _CODES.values())]
    found = {}
    for name, count in totals.items():
        if count > _FEW or name in ours or not name:
            continue
        often = [n for n in common if totals[n] >= _TIMES_AS_MANY * count]
        near = dict.fromkeys(n for n in (*ours, *often) if n != name and _near(name, n))
        if len(near) == 1:
            found[name] = next(iter(near))
    return found


def _near(odd: str, name: str) -> bool:
    if not any("\u4e00" <= c <= "\u9fff" for c in odd):
        return False
    if len(odd) == len(name) - 1 and len(odd) > 2:
        return any(name[:i] + name[i + 1 :] == odd for i in range(len(name)))
    if len(odd) != len(name):
        return False
    wrong = [pair for pair in zip(odd, name, strict=True) if pair[0] != pair[1]]
    if len(wrong) != 1:
        return False
    lost = wrong[0][0] in "?□\ufffd"
    return lost or (len(name) >= _LONG_ENOUGH and not _NAMING & {*wrong[0]})
