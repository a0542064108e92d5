"""Narrow tables of a report side by side, so that no half page stays white."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from roofpv.report.tracks import UPRIGHT

Told = dict[str, Any]  # a block as JSON has it

_GAP = 16.0  # between two tables [pt]
_SMALLEST = 7.0  # type of tables that are set side by side [pt]
_STEP = 0.5  # from one size of type to the next [pt]
_NARROW = 0.6  # of the width: a wider table has the page for itself
_MOST = 16  # rows of a table that stands beside another
_LONG = 10  # rows of a narrow table that is set in two halves


def side_by_side(blocks: Sequence[Told]) -> list[Told]:
    """
    Blocks with two narrow tables that follow each other, each under a heading, as one block, and
    a long narrow table as two halves; in smaller type where they need it.

    Parameters
    ----------
    blocks : sequence of dict
        Of one chapter, as ``paper.typ`` reads them.
    """
    made: list[Told] = []
    at = 0
    while at < len(blocks):
        left, right = blocks[at : at + 2], blocks[at + 2 : at + 4]
        if _headed(left) and _headed(right) and (pair := _pair(left[1], right[1])):
            made.append(_block([left[0], pair[0]], [right[0], pair[1]]))
            at += 4
        else:
            made.append(_halved(blocks[at]))
            at += 1
    return made


def _block(left: list[Told], right: list[Told]) -> Told:
    widths: list[float] = [sum(side[-1]["widths"]) for side in (left, right)]
    if max(widths) <= (UPRIGHT - _GAP) / 2.0:
        widths = [(UPRIGHT - _GAP) / 2.0] * 2
    return {"kind": "Beside", "sides": [left, right], "widths": widths, "gap": _GAP}


def _headed(blocks: Sequence[Told]) -> bool:
    return [one["kind"] for one in blocks] == ["Heading", "Grid"] and _small(blocks[1], _MOST)


def _small(grid: Mapping[str, Any], most: int) -> bool:
    narrow = sum(grid["widths"]) < _NARROW * UPRIGHT
    return narrow and grid["whole"] and len(grid["rows"]) <= most


def _pair(left: Told, right: Told) -> tuple[Told, Told] | None:
    """Two tables in the largest type in which they fit beside each other."""
    size = min(left["size"], right["size"])
    while size >= _SMALLEST:
        pair = _scaled(left, size), _scaled(right, size)
        if sum(sum(one["widths"]) for one in pair) + _GAP <= UPRIGHT:
            return pair
        size -= _STEP
    return None


def _scaled(grid: Told, size: float) -> Told:
    less = size / grid["size"]
    widths = [wide * less for wide in grid["widths"]]
    return grid | {"size": size, "inset": grid["inset"] * less, "widths": widths}


def _halved(block: Told) -> Told:
    """A long narrow table as two halves; any other block as it is."""
    if block["kind"] != "Grid" or block["total"] or not _small(block, 2 * _MOST):
        return block
    count = len(block["rows"])
    pair = _pair(block, block) if count >= _LONG else None
    if pair is None:
        return block
    half = (count + 1) // 2
    first, last = (one | {"rows": rows} for one, rows in zip(
        pair, (block["rows"][:half], block["rows"][half:]), strict=True))  # fmt: skip
    return _block([first], [last])
