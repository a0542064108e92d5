"""Sentences of the record and of findings, in the language of the workbook where it is known."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping
from functools import cache

from roofpv.catalogue import has_text, say, texts
from roofpv.report.city import turned

_NOT = "not assessed: "
_Match = Callable[[str], Mapping[str, str] | None]


def recorded(text: str, language: str) -> str:
    """A sentence of ``run.json``, which is English, in a language if the catalogue has it."""
    if language == "en" or not text.startswith(_NOT):
        return turned(text, language)
    reason = turned(text.removeprefix(_NOT), language)
    return say("workbook_report.not_assessed", language, {"reason": reason})


def reason_text(reason: str, language: str) -> str:
    """Why a column is not assessed, without saying again that it is not."""
    return turned(reason.removeprefix(_NOT), language)


def finding_text(code: str, text: str, language: str, *, mend: bool = False) -> str:
    """What a finding says, or what to do about it, in a language; its file has one alone."""
    key = f"findings.{code.lower()}{'.mend' if mend else ''}"
    if language == "en" or not has_text(key):
        return text
    words = _match(key)(text)
    return text if words is None else say(key, language, words)


@cache
def _match(key: str) -> _Match:
    """The words of an English text of the catalogue, from a text that was made of it."""
    known: set[str] = set()
    parts, end = [], 0
    english = texts()[key]["en"]
    for found in string.Template.pattern.finditer(english):
        name = found["named"] or found["braced"]
        parts.append(re.escape(english[end : found.start()]))
        parts.append(f"(?P={name})" if name in known else f"(?P<{name}>.*?)")
        known.add(name)
        end = found.end()
    pattern = re.compile("".join([*parts, re.escape(english[end:])]), re.DOTALL)

    def words(text: str) -> Mapping[str, str] | None:
        match = pattern.fullmatch(text)
        return None if match is None else match.groupdict()

    return words
