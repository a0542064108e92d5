"""The surroundings of a list in parts: its context cut, looked over and kept for all parts."""

from __future__ import annotations

import contextlib
import dataclasses
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from roofpv.assessment import Once, Sited, site_rows, with_heights
from roofpv.assumptions import Assumptions
from roofpv.batch.cut import Piece, Reading, blank_at, cut, read_piece, rows_at
from roofpv.batch.faults import without_failing
from roofpv.batch.halo import (
    CONTEXT,
    FOLDER,
    LIST,
    Shelf,
    counts_alone,
    keep,
    keep_boxes,
    rows_about,
)
from roofpv.batch.merging import Heard
from roofpv.batch.work import Look, Looked, Looking, Orders, Task, share, sited_path
from roofpv.contexts import (
    Around,
    added_up,
    around_of,
    around_piece,
    check_drawn,
    digest_of_context,
    drawn_twice,
)
from roofpv.errors import InvalidInventory, RoofpvError
from roofpv.inventory.among import Among
from roofpv.inventory.read import input_of
from roofpv.inventory.survey import among_of, like_others
from roofpv.shading.obstacles import Listed, listed_of
from roofpv.shading.relations import apart_m

Boxes = npt.NDArray[np.float64]
# As `read_inventory` reads a layer of which nothing is said.
PLAIN = Reading()
# Rows within reach of a part, and how many times its own: more is no part of a city, but all of it.
MOST_ABOUT, MOST_TIMES = 100_000, 4


@dataclass(frozen=True)
class Whole:
    """
    What is said of a whole context.

    ``among`` its rows stand, ``attrs`` of all of them, ``overlapping`` outlines, and why outlines
    that may stand twice could not be compared (``failed``), by the place of the row.
    """

    among: Among
    attrs: Mapping[Any, Any]
    overlapping: int
    failed: Mapping[int, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class Kept:
    """``counts`` of a context or of a piece of it as if it was alone, and its ``digest``."""

    counts: dict[str, int]
    digest: int


@dataclass(frozen=True, eq=False)
class LookAround(Looking):
    """Look over a piece of the context."""

    piece: Piece

    def do(self, orders: Orders) -> Looked:
        """Read and survey it."""
        there = dataclasses.replace(orders, work=folder_of(orders.work), reading=PLAIN)
        return Look(self.piece).do(there)


@dataclass(frozen=True, eq=False)
class KeepAround(Looking):
    """Check a piece of the context and keep its buildings."""

    piece: Piece
    among: Among
    attrs: Mapping[Any, Any]

    def do(self, orders: Orders) -> tuple[Boxes, Kept]:
        """Boxes of those that are used, and what is said of the others."""
        frame = read_piece(self.piece, folder_of(orders.work), PLAIN, dict(self.attrs))
        around = around_piece(frame, self.among, orders.assumed)
        return _kept(self.piece.number, frame, around, orders)


def _kept(
    number: int, frame: gpd.GeoDataFrame, around: Around, orders: Orders
) -> tuple[Boxes, Kept]:
    boxes = keep(orders.work, CONTEXT, number, around.listed)
    counts = added_up([counts_alone(around.listed), around.counts])
    return boxes, Kept(counts, digest_of_context(frame))


@dataclass(frozen=True, eq=False)
class Site(Looking):
    """
    Check a piece of the list, and keep its roofs and what the assessment goes on from.

    ``context`` stands its rows among, where the list is its own context: they are kept as that too.
    """

    piece: Piece
    among: Among
    attrs: dict[str, Any]
    context: Among | None = None

    def do(self, orders: Orders) -> tuple[Boxes, tuple[Boxes, Kept] | None]:
        """Boxes of its roofs, and as of `KeepAround` where the list is its own context."""
        frame = read_piece(self.piece, orders.work, orders.reading, self.attrs)
        found = list(_sited(frame, self.among, orders.once()))
        (orders.work / FOLDER).mkdir(exist_ok=True)
        whole = found[0] if len(found) == 1 and len(found[0].read) == len(frame) else None
        if whole is not None:
            path = sited_path(orders.work, self.piece.number)
            path.write_bytes(pickle.dumps(whole, protocol=pickle.HIGHEST_PROTOCOL))
        roofs = [with_heights(one.sited, orders.assumed) for one in found]
        lists = [listed_of(one, "buildings") for one in roofs]
        listed = Listed(*(np.concatenate(column) for column in zip(*lists, strict=True)))
        rows = np.concatenate([one["source_row"].to_numpy() for one in roofs])
        boxes = keep(orders.work, LIST, self.piece.number, listed, rows)
        if self.context is None:
            return boxes, None
        around = self._around(frame, whole, self.context, orders.assumed)
        return boxes, _kept(self.piece.number, frame, around, orders)

    def _around(
        self, frame: gpd.GeoDataFrame, sited: Sited | None, context: Among, assumed: Assumptions
    ) -> Around:
        """Its rows as buildings around: of the same check, where no outline stands twice."""
        twice = any(one.at.size for one in (*self.among.twice, *context.twice))
        if sited is None or twice:
            return around_piece(frame, context, assumed)
        # Ids and the day of the list move no row, height or outline.
        return around_of(sited.checked, len(frame), assumed)


def _sited(frame: gpd.GeoDataFrame, among: Among, once: Once) -> Iterator[Sited]:
    """Rows in one go; where that fails, in halves, without those that fail alone."""
    try:
        yield site_rows(frame, once, among)
    except RoofpvError:
        raise
    except Exception:
        half = len(frame) // 2
        for rows in (slice(0, half), slice(half, None)) if half else ():
            some = frame.iloc[rows].reset_index(drop=True)
            some.attrs = dict(frame.attrs)
            yield from _sited(some, among, once)


def folder_of(work: Path) -> Path:
    """Where the pieces of the context are."""
    return work / CONTEXT


def cut_context(file: Path, work: Path, part_rows: int) -> list[Piece]:
    """
    Cut the file of a context into pieces.

    Parameters
    ----------
    file : Path
    work : Path
    part_rows : int
    """
    return list(cut(file, folder_of(work), PLAIN, part_rows))


@contextlib.contextmanager
def as_context() -> Iterator[None]:
    """What cannot be read is said of the context."""
    try:
        yield
    except InvalidInventory as fault:
        raise InvalidInventory(f"--context {fault.where}", fault.problem, fault.mend) from fault


def understood(file: Path, looked: Sequence[Looked], kept: tuple[Path, Sequence[Piece]]) -> Whole:
    """
    What the look tells of a whole context.

    Parameters
    ----------
    file : Path
    looked : sequence of Looked
        By piece.
    kept : (Path, sequence of Piece)
        Folder of its pieces, and these.

    Raises
    ------
    InvalidInventory
        Nothing in it has an outline, or its rows can only be read together.
    """
    check_one_way(f"--context {file.name}", looked)
    surveys = [one.survey for one in looked]
    rows = sum(len(one.bounds) for one in surveys)
    drawn = any(one.drawn[0] for one in looked), any(one.drawn[1] for one in looked)
    check_drawn([file.name], rows, drawn)
    # Each row has a key of its own: none stands twice.
    among = among_of(surveys)
    first = next((one for one in looked if one.read is not None), looked[0])
    attrs = {**first.attrs, "inputs": [input_of(file)]}
    places = like_others(surveys)
    if not places.size:
        return Whole(among, attrs, 0)
    work, pieces = kept
    alike = rows_at(places, pieces, (work, PLAIN), attrs)
    (twice, overlapping), failed = without_failing(alike, lambda rows: drawn_twice(rows, among))
    # Nothing of them is left, or they would count as rows that are used.
    blank_at(failed, pieces, work, cells=work.name == CONTEXT)
    return Whole(dataclasses.replace(among, twice=twice), attrs, overlapping, failed)


def is_scattered(boxes: Sequence[Boxes], reach_m: float) -> bool:
    """
    Whether neighbours stand far from each other in a list: its parts would all have to see all.

    Parameters
    ----------
    boxes : sequence of ndarray (row, 4)
        By piece. [deg]
    reach_m : float
        [m]
    """
    return any(
        rows_about(boxes, number, reach_m) > max(MOST_ABOUT, MOST_TIMES * len(boxes[number]))
        for number in sorted({0, len(boxes) // 2, len(boxes) - 1})
    )


def check_one_way(name: str, looked: Sequence[Looked]) -> None:
    """
    Make sure that pieces of a file can be read apart.

    Raises
    ------
    InvalidInventory
        They are understood in several ways.
    """
    if len({one.read for one in looked} - {None}) > 1:
        raise InvalidInventory(
            name,
            "some rows are written in another way than others, and can only be read with them",
            "Write each column in one form (numbers as numbers) and one coordinate system",
        )


@dataclass(frozen=True)
class Surrounded:
    """A context that is kept for all parts: the whole of it, and what is said of it alone."""

    whole: Whole
    kept: Kept

    @property
    def digest(self) -> int:
        """Sum of the digests of its rows."""
        return self.kept.digest

    def counted(self, work: Path, heard: Heard) -> Heard:
        """What all parts say, with the counts of the whole context."""
        if heard.shade is None:
            return heard
        counts = counts_of(work, heard.shade.counts, self.kept, self.whole.overlapping)
        return dataclasses.replace(heard, shade=dataclasses.replace(heard.shade, counts=counts))


def keep_context(
    file: Path,
    place: tuple[Path, int],
    listed: tuple[Among, dict[str, Any]],
    pieces: Sequence[Piece],
    look: Callable[[Sequence[Task], str], list[Any]],
    looked: Sequence[Looked] = (),
) -> Surrounded:
    """
    Check a list and its context, and keep of both what roofs may see.

    Parameters
    ----------
    file : Path
        Of the context.
    place : (Path, int)
        Folder of the work, and rows of a piece.
    listed : (Among, dict)
        The list, and what is said of all of it.
    pieces : sequence of Piece
        Of the list.
    look : callable
        Does tasks, and gives the answers in their order.
    looked : sequence of Looked, optional
        What was found in the list, by piece, where the context is the same file.

    Raises
    ------
    InvalidInventory
        A context that cannot be used.
    """
    work, part_rows = place
    around, folder, listed_too = list(pieces), work, bool(looked)
    if not looked:
        folder = folder_of(work)
        with as_context():
            around = cut_context(file, work, part_rows)
            looked = look([LookAround(piece) for piece in around], "looking over the context")
    whole = understood(file, looked, (folder, around))
    kept = []
    if not listed_too:
        tasks = [
            KeepAround(piece, share(whole.among, piece, folder), whole.attrs) for piece in around
        ]
        kept = look(tasks, "checking the context")
    among, attrs = listed
    found = look(
        [
            Site(
                piece, share(among, piece, work), attrs,
                share(whole.among, piece, work) if listed_too else None,
            )
            for piece in pieces
        ],
        "checking the list",
    )  # fmt: skip
    kept = [one for _, one in found] if listed_too else kept
    keep_boxes(work, LIST, [boxes for boxes, _ in found])
    keep_boxes(work, CONTEXT, [one for one, _ in kept])
    said = [one for _, one in kept]
    return Surrounded(
        whole, Kept(added_up(one.counts for one in said), sum(one.digest for one in said))
    )


def counts_of(work: Path, parts: Mapping[str, int], kept: Kept, overlapping: int) -> dict[str, int]:
    """
    Counts of a context as `obstacles_of` gives them.

    Parameters
    ----------
    work : Path
    parts : mapping
        Added up over the parts of the list.
    kept : Kept
    overlapping : int
    """
    listed, context = Shelf(work, LIST), Shelf(work, CONTEXT)
    near = dict(parts)
    drawn = ~np.isnan(context.boxes[:, 0])
    if not drawn.any():
        near["roofs_without_context"] = 0
    elif 0 < near["roofs_without_context"] == near["roofs"]:
        near["context_away_m"] = _away(listed, context)
    return added_up([near, kept.counts]) | {"context_overlapping": overlapping}


def _away(listed: Shelf, context: Shelf) -> int:
    """From the first roof of the list to the nearest outline of the context. [m]."""
    stand = np.concatenate([listed.source_rows(number) for number in range(listed.pieces)])
    drawn = np.flatnonzero(~np.isnan(listed.boxes[:, 0]))
    first = int(drawn[np.argmin(stand[drawn])])
    roof = listed.listed(np.array([first])).outlines[0]
    nearest, least = None, np.inf
    for number in range(context.pieces):
        outlines = context.listed(context.rows(number)).outlines
        outlines = outlines[~shapely.is_missing(outlines)]
        away = shapely.distance(roof, outlines)
        if away.size and away.min() < least:
            nearest, least = outlines[np.argmin(away)], away.min()
    return apart_m(roof, nearest)
