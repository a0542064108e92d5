"""Pictures of a report where the page has room: a little smaller, or after the next table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Told = dict[str, Any]  # a document or block as JSON has it
Spots = Sequence[Mapping[str, Any]]  # where pictures stand, as the paper tells it

_FOOT = 841.9 - 45.35  # where the text of a page ends: A4 less its lower margin [pt]
_ABOVE = 13.0  # white above a picture, with a little to spare [pt]
_LEAST = 0.7  # of its height, which a picture keeps, or more for its letters
_WHITE = 60.0  # white at the foot of a page that is left as it is [pt]
_STEPS = 24  # most often that the pages are asked
_FARTHEST = 4  # tables and pictures that one picture lets pass
_CLOSING = frozenset({"Beside", "Grid", "Facts", "Moved", "Picture", "Signatures"})


@dataclass
class _Figure:
    """A picture on its way to its place; ``home``: the order of its chapter before it moved."""

    block: Told
    section: Told
    full: tuple[float, float]
    settled: bool = False
    passed: int = 0
    home: list[Told] = field(default_factory=list)
    white: float = 0.0


def placed(document: Told, ask: Callable[[Told], Spots]) -> None:
    """
    Make every picture fit the page that its words are on, where it can.

    A picture that would leave white at the foot of a page becomes smaller, to 0.7 of its height or
    to what its letters need, ``least`` of it;
    where that is not enough, the tables after it in its chapter pass it, as far as the white
    shrinks.

    Parameters
    ----------
    document : dict
        As ``paper.typ`` reads it; the pictures have a number and a width and height in points.
        Widths, heights and the order of blocks are changed in it.
    ask : callable
        Where the pictures of a document stand: number, what ("before", "start", "end"), page and
        y in points from its top.
    """
    figures = _figures(document)
    for _ in range(_STEPS):
        if all(one.settled for one in figures):
            return
        told = {(one["number"], one["what"]): one for one in ask(document)}
        starts = [told[one.block["number"], "start"] for one in figures]
        order = sorted(range(len(figures)), key=lambda at: (starts[at]["page"], starts[at]["y"]))
        for figure in (figures[at] for at in order):
            if not figure.settled and _changed(figure, told):
                break


def _figures(document: Told) -> list[_Figure]:
    """Pictures that follow other blocks; a mark is set before each."""
    figures = []
    for section in document["sections"]:
        blocks: list[Told] = []
        for block in section["blocks"]:
            if block["kind"] == "Picture" and blocks and blocks[-1]["kind"] != "Heading":
                blocks.append({"kind": "Before", "number": block["number"]})
                figures.append(_Figure(block, section, (block["width"], block["height"])))
            blocks.append(block)
        section["blocks"] = blocks
    return figures


def _changed(figure: _Figure, told: Mapping[tuple[int, str], Mapping[str, Any]]) -> bool:
    """Whether the picture became another or moved, so that the pages are to be asked again."""
    block = figure.block
    before, start, end = (told[block["number"], what] for what in ("before", "start", "end"))
    white = _FOOT - before["y"]
    if start["page"] == before["page"]:
        figure.settled = True
        return False
    # The caption, and the white above and below.
    beside = end["y"] - start["y"] - block["height"] + _ABOVE
    room = white - beside
    wide, high = figure.full
    if room >= _least(block) * high:
        figure.settled = True
        block.update(width=round(wide * room / high, 2), height=round(room, 2))
        return True
    figure.white = figure.white or white
    if white > _WHITE and figure.passed < _FARTHEST and _let_pass(figure, white - beside):
        return True
    figure.settled = True
    if figure.home and white > _LEAST * figure.white:
        figure.section["blocks"] = figure.home
        return True
    return False


def _least(picture: Told) -> float:
    """Of its height, what a picture keeps."""
    return max(_LEAST, float(picture.get("least", 0.0)))


def _let_pass(figure: _Figure, room: float) -> bool:
    """Move what comes later in the chapter to before the picture: one table and its words."""
    blocks: list[Told] = figure.section["blocks"]
    mark = next(at for at, one in enumerate(blocks) if one is figure.block) - 1
    under = any(one["kind"] == "Heading" for one in blocks[:mark])
    first = mark + 2
    for unit in _units(blocks[first:]):
        if under and unit[0]["kind"] == "Heading":
            return False
        if unit[-1]["kind"] != "Picture" or _least(unit[-1]) * unit[-1]["height"] <= room:
            figure.home = figure.home or blocks
            later = first + len(unit)
            figure.section["blocks"] = [
                *blocks[:mark], *unit, *blocks[mark:first], *blocks[later:]
            ]  # fmt: skip
            figure.passed += 1
            return True
        first += len(unit)
    return False


def _units(blocks: Sequence[Told]) -> list[list[Told]]:
    """Blocks that stay together: each table or picture with the words that lead to it."""
    units: list[list[Told]] = [[]]
    for block in blocks:
        units[-1].append(block)
        if block["kind"] in _CLOSING:
            units.append([])
    return units if units[-1] else units[:-1]
