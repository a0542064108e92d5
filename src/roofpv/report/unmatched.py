"""What a join left over on either side, for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from roofpv.catalogue import say
from roofpv.text import plain

_LINES = 10


def unmatched_lines(left: Mapping[str, Sequence[Mapping[str, Any]]], language: str) -> list[str]:
    """
    Rows of the register and footprints that belong to nothing, with the reason.

    Parameters
    ----------
    left : mapping
        ``register`` and ``footprints``: lists of rows with their keys and ``reason``.
    language : str
        ``en`` or ``zh``.
    """
    if not any(left.values()):
        return []
    counts = {side: f"{len(rows):,}" for side, rows in left.items()}
    lines = [say("check.unmatched", language, counts)]
    for rows in left.values():
        lines += [f"  {_line(row, language)}" for row in rows[:_LINES]]
        if len(rows) > _LINES:
            lines.append("  " + say("check.more", language, {"count": f"{len(rows) - _LINES:,}"}))
    return lines


def _line(row: Mapping[str, Any], language: str) -> str:
    keys = [str(row[key]) for key in _KEYS if isinstance(row.get(key), str) and row[key]]
    reason = say(f"findings.{str(row['reason']).lower()}", language, _Words(row))
    return plain(" ".join(keys) + ": " + reason, 200)


_KEYS = ("building_id", "name", "institution")


class _Words(dict[str, object]):
    """Words of a reason; what a text asks for and the row does not have is left open."""

    def __missing__(self, key: str) -> str:
        return "…"
