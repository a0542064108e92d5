"""A long list tried by its first rows: what the whole would take, with nothing left behind."""

from __future__ import annotations

import dataclasses
import tempfile
import time
from pathlib import Path
from typing import Any

import shapely

from roofpv.batch.around import PLAIN, Site, as_context, folder_of, is_scattered
from roofpv.batch.cut import Piece, columns_of, cut, named, rows_of
from roofpv.batch.folder import Run
from roofpv.batch.halo import CONTEXT, LIST, keep_boxes
from roofpv.batch.memory import needed
from roofpv.batch.run import understood
from roofpv.batch.sparing import Spared
from roofpv.batch.work import Assess, Look, Orders, Written, share
from roofpv.catalogue import say
from roofpv.contexts import check_drawn, drawn_in
from roofpv.errors import RoofpvError
from roofpv.inventory.among import Among
from roofpv.targets import last_deadline

TRIED, _FEW = 2_000, 20
# Measured of a million roofs among each other. [bytes a roof]
SKYLINES_BYTES = 1_800
# What the end of a run takes, measured of a million. [s of CPU a row]
END_S = 2e-5


def rehearse(run: Run) -> dict[str, Any]:
    """
    Assess the first rows of a list somewhere else, and tell what the whole would take.

    Parameters
    ----------
    run : Run
        Its folder is not looked at.

    Returns
    -------
    dict
        ``rows``, their ``cells``, ``parts``, ``rows_tried`` and ``usable_tried``, and by them
        ``seconds`` for all processes together [s] and ``disk_bytes`` of the parts; with a context
        those of the first rows among each other. ``memory_bytes`` of all processes; ``sorted``,
        whether the list is sorted for its parts; ``skylines_bytes`` (what they would take; 0
        without a context) and ``skylines_kept``; ``update``, whether less is to be computed.

    Raises
    ------
    InvalidInventory, InvalidWeather
        As the run would.
    """
    try:
        return _rehearsed(run)
    except RoofpvError as fault:
        raise named(fault, run.inventory, run.context) from fault


def _rehearsed(run: Run) -> dict[str, Any]:
    rows = rows_of(run.inventory)
    shared = run.shared
    if run.context is not None:
        _check_context(run.context)
    with tempfile.TemporaryDirectory(prefix="roofpv-") as folder:
        work = Path(folder)
        day = shared.as_of or last_deadline(shared.rules)
        orders = Orders(
            run.reading, shared.assumed, day, shared.weather, shared.bundled, work, run.around,
            run.hours,
        )  # fmt: skip
        # The first time warms up, the second tells what a part takes whatever its rows.
        took = []
        for most in (_FEW, _FEW, TRIED):
            start = time.process_time()
            piece = next(cut(run.inventory, work, run.reading, most))
            looked = Look(piece).do(orders)
            among, attrs = understood(run, [looked], [piece], orders, Spared())
            written = _tried(piece, (among, attrs), orders, shaded=run.context is not None)
            took.append(time.process_time() - start)
        scattered = run.context is not None and _is_scattered(run, work)
        disk = sum((written.folder / name).stat().st_size for name in written.files)
    scale, parts = rows / max(1, piece.rows), -(-rows // run.part_rows)
    usable = piece.rows - written.counts["quarantined"]
    by_rows = max(0.0, took[-1] - took[1]) * scale
    return {
        "rows": rows,
        "cells": rows * len(columns_of(run.inventory, run.reading)),
        "parts": parts,
        "rows_tried": piece.rows,
        "usable_tried": usable,
        "seconds": (took[1] * parts + by_rows + END_S * rows) / run.jobs,
        "disk_bytes": disk * scale,
        "memory_bytes": needed(
            rows, run.part_rows, run.jobs, shaded=run.context is not None, hours=bool(run.hours)
        ),
        "sorted": scattered,
        "skylines_bytes": usable * scale * SKYLINES_BYTES * (run.context is not None),
        "skylines_kept": run.keep_skylines,
        "update": run.update,
    }


def _tried(
    piece: Piece, told: tuple[Among, dict[str, Any]], orders: Orders, *, shaded: bool
) -> Written:
    """The files of a piece, whose buildings stand among each other where there is a context."""
    among, attrs = share(told[0], piece, orders.work), told[1]
    if not shaded:
        return Assess(piece, among, attrs).do(orders)
    boxes, kept = Site(piece, among, attrs, among).do(orders)
    assert kept is not None
    keep_boxes(orders.work, LIST, [boxes])
    keep_boxes(orders.work, CONTEXT, [kept[0]])
    # The shelves of a trial before it are others.
    anew = dataclasses.replace(orders, _shelves=[])
    return Assess(piece, among, attrs, context=kept[1].digest).do(anew)


def _check_context(file: Path) -> None:
    """Make sure that there are outlines in a context."""
    rows, drawn = 0, [(False, False)]
    with as_context(), tempfile.TemporaryDirectory(prefix="roofpv-") as folder:
        work = Path(folder)
        for piece in cut(file, folder_of(work), PLAIN):
            frame = PLAIN.read(piece.path(folder_of(work)))
            rows, drawn = rows + len(frame), [*drawn, drawn_in(frame)]
            piece.path(folder_of(work)).unlink()
    outlines, any_at_all = (any(column) for column in zip(*drawn, strict=True))
    check_drawn([file.name], rows, (outlines, any_at_all))


def _is_scattered(run: Run, work: Path) -> bool:
    """Whether neighbours stand far from each other in the list, by its outlines as they stand."""
    boxes = []
    for piece in cut(run.inventory, work, run.reading, run.part_rows, outlines_only=True):
        frame = dataclasses.replace(run.reading, columns=()).read(piece.path(work))
        boxes.append(shapely.bounds(frame.geometry.to_numpy().astype(object)))
        piece.path(work).unlink()
    return is_scattered(boxes, run.shared.assumed.shading.reach_m)


def rehearsal_lines(told: dict[str, Any], language: str = "en", *, shaded: bool) -> list[str]:
    """
    The same for people.

    Parameters
    ----------
    told : dict
        From `rehearse`.
    language : str
        ``en`` or ``zh``.
    shaded : bool
        Whether the run has a context.
    """
    minutes = told["seconds"] / 60.0
    span = f"{minutes:,.0f} min" if minutes >= 2.0 else f"{told['seconds']:,.0f} s"
    words = {
        "rows": f"{told['rows']:,}",
        "cells": f"{told['cells']:,}",
        "parts": f"{told['parts']:,}",
        "tried": f"{told['rows_tried']:,}",
        "usable": f"{told['usable_tried']:,}",
        "span": span,
        "disk": f"{told['disk_bytes'] / 1e6:,.0f}",
        "sky": f"{told['skylines_bytes'] / 1e6:,.0f}",
        "memory": f"{told['memory_bytes'] / 1024.0**3:.1f}",
    }
    keys = ["parts", "usable_of", "by", "memory"]
    if told["skylines_bytes"]:
        keys.append("skylines" if told["skylines_kept"] else "no_skylines")
    keys += ["shade"] * shaded + ["update"] * told["update"] + ["sorted"] * told["sorted"]
    return [say(f"screen.trial.{key}", language, words) for key in keys]
