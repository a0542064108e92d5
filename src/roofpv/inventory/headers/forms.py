"""A header taken apart: its word, its unit, what stands around it; and words with damage."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from roofpv.inventory.folding import plain_text
from roofpv.inventory.headers.words import (
    GENERAL_HEADINGS,
    LIMITS,
    LOOKALIKES,
    NO_LIMITS,
    TELLING_CHARACTERS,
)
from roofpv.inventory.values.units import factor, is_unit

# A letter that no header has stands for characters that were lost or could not be shown.
_LOST = "ʘ"
_LOSSES = re.compile(r"[?\ufffd□]|;l")
_MARKS = re.compile(r"^[*※★☆#●■◆·•\s]+|[*※★☆\s]+$")
_NUMBERING = re.compile(
    r"^(?:\(\d{1,3}\)[.、\s:]*|\d{1,3}[.、):\s]\s*|[一二三四五六七八九十]{1,3}[、.]\s*"
    r"|\d{1,2}(?=[\u4e00-\u9fff])(?![年月层个米]))(?=.)"
)
_YEAR = re.compile(r"^(?:19|20)\d{2}\s*(?:年度?)?\s*(?=\D)")
_BRACKET = re.compile(r"[(\[{【〔《<]([^()\[\]{}【】〔〕《》<>]*)[)\]}】〕》>]")
_UNIT_WORD = re.compile(r"^(?:计量)?单位\s*:?\s*|^in\s+|^unit\s*:?\s*")
_PART_OF_YEAR = re.compile(r"\d{1,2}月份?|.?[一二三四1-4]季度")
_NO_LETTER = re.compile(r"[\W_]+")
_SEPARATORS = " /,;:_-|·([{【"
_LONGEST = 60
_LOOKALIKE = str.maketrans("0158i|", "olsbll")


@dataclass(frozen=True)
class Form:
    """
    One way to read a header.

    ``word`` holds its letters and digits only, ``unit`` the unit that stands with it, ``dropped``
    the headings above and the remarks in brackets that were left aside; ``general`` is whether the
    headings say nothing special, so that a short word below them may be trusted.
    """

    word: str
    unit: str
    dropped: tuple[str, ...] = ()
    general: bool = True

    @property
    def limited(self) -> bool:
        """Whether what was left aside makes another thing of the word."""
        return any(_limits(text) for text in self.dropped)


def letters(text: str) -> str:
    """Letters and digits of a text in its plain form."""
    return _NO_LETTER.sub("", plain_text(text))


def forms(header: str, *, damaged: bool = False) -> list[Form]:
    """
    Ways to read a header, the most literal first.

    Parameters
    ----------
    header : str
        ``heading/word`` where a table has headings above its headers.
    damaged : bool
        Whether question marks and boxes stand for lost characters; else they are punctuation.
    """
    text = plain_text(header[:_LONGEST])
    if damaged:
        text = _LOSSES.sub(_LOST, text)
    text = _NUMBERING.sub("", _MARKS.sub("", text), count=1)
    parts = [part for part in map(str.strip, _split(text)) if part]
    if not parts:
        return []
    parts, unit = _unit_after_slash(parts)
    starts = [0, *range(len(parts) - 1, 0, -1)]
    found = [form for start in starts for form in _readings(parts[start:], parts[:start], unit)]
    return list(dict.fromkeys(found))


def _unit_after_slash(parts: list[str]) -> tuple[list[str], str]:
    """Parts without the unit that ends them: of 高度/m, and of 活荷载 kN/m2 with its own slash."""
    if len(parts) < 2:
        return parts, ""
    bare, unit = _without_unit("/".join(parts[-2:]))
    if bare and "/" in unit:
        return [*parts[:-2], bare], unit
    return (parts[:-1], parts[-1]) if is_unit(parts[-1]) else (parts, "")


def _split(text: str) -> list[str]:
    """Parts between slashes that stand outside brackets."""
    held = _BRACKET.sub(lambda match: match[0].replace("/", "\0"), text)
    return [part.replace("\0", "/") for part in held.split("/")]


def _readings(parts: list[str], above: list[str], unit: str) -> Iterator[Form]:
    text = _YEAR.sub("", "/".join(parts), count=1)
    headings = tuple(above)
    general = not above or any(word in text for word in GENERAL_HEADINGS for text in above)
    remarks = [remark.strip() for remark in _BRACKET.findall(text) if remark.strip()]
    stated = [_UNIT_WORD.sub("", remark) for remark in remarks]
    units = [remark for remark in stated if is_unit(remark)]
    others = [r for r, s in zip(remarks, stated, strict=True) if not is_unit(s)]
    whole, sign = _without_sign(_BRACKET.sub(" ", text).strip())
    unit = unit or next(iter(units), sign)
    bodies = [(whole, unit)]
    bare, beside = _without_unit(whole)
    if beside:
        bodies.append((bare, unit or beside))
    for body, its_unit in bodies:
        for word, dropped in ((body + "".join(others), ()), (body, tuple(others))):
            if kept := _NO_LETTER.sub("", word):
                yield Form(kept, its_unit, (*headings, *dropped), general)


def _without_sign(body: str) -> tuple[str, str]:
    """Header without the % or ° that ends it, which is no letter of any word."""
    return (body[:-1].rstrip(_SEPARATORS), body[-1]) if body[-1:] in ("%", "°") else (body, "")


def _without_unit(body: str) -> tuple[str, str]:
    """Header without the unit that ends it, after a separator or a Chinese character."""
    for i in range(1, len(body)):
        before, rest = body[i - 1], _UNIT_WORD.sub("", body[i:].strip(_SEPARATORS))
        ends = (before in _SEPARATORS or _is_chinese(before)) and is_unit(rest)
        # A storey is no unit here: "building floor" is not a building.
        if ends and factor(rest, "") is None:
            return body[:i].rstrip(_SEPARATORS), rest
    return body, ""


def _is_chinese(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"


def _limits(text: str) -> bool:
    for harmless in NO_LIMITS:
        text = text.replace(harmless, "")
    return any(word in text for word in LIMITS) or _PART_OF_YEAR.fullmatch(text) is not None


def likeness(damaged: str, word: str, telling: frozenset[str]) -> int:
    """
    How well a damaged word may have been this one: 2 well, 1 perhaps, 0 not.

    Well: lost characters (as ``forms`` marks them), one Chinese character that looks like the right
    one, digits that look like letters. Perhaps: one other wrong character in four or more, unless
    it means something in such headers. One Latin letter is never forgiven: weight is not height.

    Parameters
    ----------
    damaged, word : str
    telling : frozenset of str
        Characters that are no damage, since they mean something of their own.
    """
    if _LOST in damaged:
        return 2 * _fits_around(damaged, word)
    if damaged.isascii() and word.isascii():
        alike = damaged.translate(_LOOKALIKE) == word.translate(_LOOKALIKE)
        return 2 * (alike and len(word) >= 4 and damaged != word)
    if len(word) != len(damaged):
        return 0
    wrong = [(d, w) for d, w in zip(damaged, word, strict=True) if d != w]
    if len(wrong) != 1:
        return 0
    odd, right = wrong[0]
    if odd in LOOKALIKES.get(right, ""):
        return 2
    told = odd in telling or odd in TELLING_CHARACTERS
    return int(len(word) >= 4 and _is_chinese(odd) and _is_chinese(right) and not told)


def _fits_around(damaged: str, word: str) -> bool:
    left = len(damaged.replace(_LOST, ""))
    if left < 2 or 2 * left < len(word):
        return False
    # One lost character leaves one to three marks, by the encoding.
    pattern = "".join(
        f".{{{-(-len(run) // 3)},{len(run)}}}" if run[0] == _LOST else re.escape(run)
        for run in re.findall(rf"{_LOST}+|[^{_LOST}]+", damaged)
    )
    return re.fullmatch(pattern, word) is not None
