"""
A list too long for one piece: cut, looked over, assessed in parts, gathered; resumed when stopped.

Of all that an assessment does, these steps look at more than one row. They are answered by a first
look over all parts (`survey`), of which each part is told what matters to it (`Among`):

===========================  ======================================================
ids that stand twice         all ids
spellings of a district      cells of the column with their counts
institutions                 pairs of name and number
columns that are empty       which of four texts stand anywhere
far from the others          the median of all places
outlines that stand twice    boxes of all outlines, then the outlines that may
bundled weather out of reach places, before anything is computed
===========================  ======================================================

And these are done at the end (`gathering`), on columns of all parts, each a task of its own with
the few columns that it needs: targets and doubtful uses, their chances, the uncertainty of sums,
roofs outside the yield gate, the supply curve, units that look wrong, totals. What is left is of
each row alone, and done part by part.
"""

from __future__ import annotations

import dataclasses
import functools
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from roofpv.assessment import Found
from roofpv.batch import manifest
from roofpv.batch.again import Renew
from roofpv.batch.around import (
    PLAIN,
    Surrounded,
    check_one_way,
    is_scattered,
    keep_context,
)
from roofpv.batch.cluster import Cluster
from roofpv.batch.columns import trim
from roofpv.batch.crew import Crew, Lost
from roofpv.batch.cut import Piece, blank_at, cut, keys_at, named, rows_at, rows_of
from roofpv.batch.durable import FULL, is_full
from roofpv.batch.faults import without_failing
from roofpv.batch.folder import (
    WORK,
    Run,
    begin,
    begun_rows,
    head_of,
    is_of,
    keep,
    leave,
    prepare,
)
from roofpv.batch.gathering import (
    Gathering,
    Whole,
    answers,
    at_once,
    gathered,
    heard_of_parts,
    write_gathered,
)
from roofpv.batch.lock import Lock
from roofpv.batch.merging import Heard, in_order
from roofpv.batch.progress import Progress
from roofpv.batch.putback import note_stands
from roofpv.batch.rescue import lost_at, rescue
from roofpv.batch.sorting import order_by_place, sort_pieces
from roofpv.batch.sparing import Spared
from roofpv.batch.stop import Stop, Stopped
from roofpv.batch.work import Assess, Look, Looked, Orders, Task, Written, share
from roofpv.csvfiles import read_lines
from roofpv.errors import InvalidResult, RoofpvError
from roofpv.inventory.among import Among
from roofpv.inventory.check import check_inventory, outlines_twice
from roofpv.inventory.read import input_of
from roofpv.inventory.survey import Survey, again, among_of, like_others
from roofpv.results import Result
from roofpv.siting import check_reach
from roofpv.targets import last_deadline


def run_in_parts(run: Run) -> Result:
    """
    Assess a list part by part into a folder, or go on where an earlier run was stopped.

    Returns
    -------
    Result
        Of the buildings and planes the columns that sums are made of; without energy by plane.

    Raises
    ------
    Stopped
        A signal, or a full disk; the same call goes on.
    InvalidInventory
        Pieces of the list that can only be understood together.
    InvalidResult
        The folder holds something else, or another run works in it, or it cannot be written.
    """
    made = not run.out.exists()
    try:
        run.out.mkdir(parents=True, exist_ok=True)
        with Lock(run.out), Stop() as stop:
            with stop.anywhere():
                part_rows = begun_rows(run) or run.part_rows
            try:
                return _run(dataclasses.replace(run, part_rows=part_rows), stop)
            except RoofpvError as fault:
                leave(run.out, made=made)
                raise named(fault, run.inventory, run.context) from fault
    except OSError as error:
        if is_full(error):
            raise Stopped(FULL) from error
        raise InvalidResult(
            str(run.out), f"cannot be written ({error.strerror or error})", "Choose another folder"
        ) from error


def cores() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _run(run: Run, stop: Stop) -> Result:
    with stop.anywhere():
        rows = rows_of(run.inventory)
        head = head_of(run, rows)
        how = prepare(run, head)
    # Workers elsewhere stand in other folders.
    run = dataclasses.replace(run, out=run.out.resolve())
    progress = Progress(run.stream, rows)
    orders = _orders(run, run.out / WORK)
    with _crew(run, orders) as crew:
        spared = Spared()
        look = functools.partial(_look, (crew, orders.work, spared), progress, stop)
        pieces: list[Piece] = []
        looked = look(_looks(run, pieces), "looking over the list")
        # Nothing but the folder of the work is written meanwhile.
        with stop.anywhere():
            listed = among, attrs = understood(run, looked, pieces, orders, spared)
            context = None
            if run.context is not None:
                progress.tell("sorting the list")
                context, pieces = _surrounded(run, looked, listed, pieces, (look, spared))
            del looked
            digest = None if context is None else context.digest
            every = [
                Assess(
                    piece,
                    share(among, piece, orders.work),
                    attrs,
                    *spared.slices(piece, orders.work),
                    digest,
                )
                for piece in pieces
            ]
        begun = begin(run, head, how)
        with stop.anywhere():
            known = _known(run.out, begun.parts, every, orders)
            left = [one for one in every if one.piece.number not in known]
            tasks = [_task(one, run.out, begun.older) for one in left]
            del every, left
        progress.skip(sum(piece.rows for piece in pieces if piece.number in known))
        anew = _assess(run.out, (crew, progress, stop), tasks, known)
        lines = [known[piece.number] for piece in pieces]
        with stop.anywhere():
            heard = _found_in_order(heard_of_parts(run.out, lines), among, pieces, orders, attrs)
            if context is not None:
                heard = context.counted(orders.work, heard)
            picked = any(piece.picked for piece in pieces)
            ends = Whole(attrs, run.inputs, picked, rows)
            gathering = Gathering(run.out, run.shared.rules, run.shared.as_of, ends, lines, heard)
            if picked:
                note_stands(run.out, [line["part"] for line in lines])
        found = _added_up(gathering, crew, run.jobs, look)
    stop.at_once()
    result = gathered(gathering, found, orders)
    files = write_gathered(result, run.out, len(pieces), picked=picked)
    stop.over()
    lost = read_lines(run.out / "quarantine.csv")
    result = dataclasses.replace(result, quarantine=lost, skylines={})
    shutil.rmtree(orders.work)
    manifest.finish(run.out, [head, *lines, {"kind": "done", "files": files}])
    told_anew = f", {anew:,} of them anew" if begun.older else ""
    progress.end(f"assessed {rows:,} rows in {len(pieces):,} parts{told_anew}")
    return result


def _orders(run: Run, work: Path) -> Orders:
    shared = run.shared
    day = shared.as_of or last_deadline(shared.rules)
    around = dataclasses.replace(run.around, inputs=tuple(run.inputs))
    return Orders(
        run.reading, shared.assumed, day, shared.weather, shared.bundled, work, around, run.hours,
        run.keep_skylines,
    )  # fmt: skip


def _surrounded(
    run: Run,
    looked: Sequence[Looked],
    listed: tuple[Among, dict[str, Any]],
    pieces: list[Piece],
    doing: tuple[Callable[..., list[Any]], Spared],
) -> tuple[Surrounded, list[Piece]]:
    """The context kept for all parts, and the pieces of the list in an order that suits it."""
    look, spared = doing
    assert run.context is not None
    pieces = _near_each_other(run, pieces, looked)
    known = looked if _is_list(run, run.context) else []
    place = run.out / WORK, run.part_rows
    context = keep_context(run.context, place, listed, pieces, look, known)
    spared.places.update(context.whole.failed if known else {})
    return context, pieces


def _near_each_other(run: Run, pieces: list[Piece], looked: Sequence[Looked]) -> list[Piece]:
    """Pieces of neighbours: those of the list, or where it is in no spatial order others."""
    surveys = [one.survey for one in looked]
    if not is_scattered([one.bounds for one in surveys], run.shared.assumed.shading.reach_m):
        return pieces
    return sort_pieces(run.out / WORK, pieces, order_by_place(surveys), run.part_rows)


def _assess(
    out: Path,
    doing: tuple[Crew | Cluster, Progress, Stop],
    tasks: Sequence[Assess | Renew],
    known: dict[int, manifest.Body],
) -> int:
    """Do parts, whose lines are put among those that are known; how many rows were computed."""
    # Of what the look has told: 100 MB of a million rows.
    trim()
    anew = 0
    for task, written in _assessed(doing[0], tasks, doing[1], doing[2]):
        assert isinstance(task, Assess | Renew)
        known[task.piece.number] = keep(out, task if isinstance(task, Assess) else task.of, written)
        doing[1].add(task.piece.rows)
        anew += task.piece.rows if written.anew is None else written.anew
    return anew


def _added_up(
    gathering: Gathering, crew: Crew | Cluster, jobs: int, look: Callable[..., list[Any]]
) -> dict[str, Found]:
    """What the steps of the end have found, done by as many processes as there is room for."""
    rows = gathering.heard.rows
    if at_once(rows, jobs) < jobs:
        crew.fewer(at_once(rows, jobs))
    trim()
    found: dict[str, Found] = {}
    for steps in gathering.turns(jobs):
        found |= answers(steps, look(steps, "adding up"))
    return found


def _known(
    out: Path, parts: Mapping[int, manifest.Body], tasks: Sequence[Assess], orders: Orders
) -> dict[int, manifest.Body]:
    """Lines of parts that stand in the folder as these tasks would write them."""
    found = {}
    for task in tasks:
        line = parts.get(task.piece.number)
        # Rows that end their processes in one run but not in the other change what parts hold.
        if line is not None and is_of(line, task, orders) and manifest.is_whole(out, line):
            found[task.piece.number] = line
    return found


def _task(task: Assess, out: Path, older: Mapping[int, manifest.Body]) -> Assess | Renew:
    line = older.get(task.piece.number)
    return task if line is None or task.lost else Renew(task, out, line)


def _is_list(run: Run, context: Path) -> bool:
    """Whether the context is the list itself, read in the same way."""
    if run.reading != PLAIN:
        return False
    return bool(input_of(context)["sha256"] == input_of(run.inventory)["sha256"])


def _crew(run: Run, orders: Orders) -> Crew | Cluster:
    if run.scheduler is not None:
        return Cluster(orders, run.scheduler, run.jobs)
    return Crew(orders, run.jobs, max(1, cores() // run.jobs))


def _looks(run: Run, pieces: list[Piece]) -> Iterator[Look]:
    """Looks at the pieces while they are cut, which are noted."""
    for piece in cut(run.inventory, run.out / WORK, run.reading, run.part_rows):
        pieces.append(piece)
        yield Look(piece)
    # Else 90 MB stay with this process.
    pa.default_memory_pool().release_unused()


def _look(
    doing: tuple[Crew | Cluster, Path, Spared], progress: Progress, stop: Stop,
    tasks: Iterable[Task], what: str,
) -> list[Any]:  # fmt: skip
    """Answers of tasks that keep nothing in the result, in their order."""
    crew, work, spared = doing
    lost: list[Task] = []
    given: list[Task] = []
    found: dict[int, Any] = {}
    for answer in crew.do(_noted(tasks, given)):
        stop.check()
        if answer is not None:
            task, told = answer
            if isinstance(told, Lost):
                lost.append(task)
            found[id(task)] = told
        progress.tell(what, crew.pids())
    for task in lost:
        found[id(task)] = spared.look_again(crew, task, work, stop)
    return [found[id(task)] for task in given]


def _noted(tasks: Iterable[Task], given: list[Task]) -> Iterator[Task]:
    for task in tasks:
        given.append(task)
        yield task


def _assessed(
    crew: Crew | Cluster, tasks: Sequence[Assess | Renew], progress: Progress, stop: Stop
) -> Iterator[tuple[Task, Written]]:
    """Files of each piece as they are written; last those of pieces that end their workers."""
    lost: list[Assess] = []
    for answer in crew.do(tasks):
        stop.check()
        if answer is not None:
            task, written = answer
            assert isinstance(task, Assess | Renew)
            if isinstance(written, Lost):
                lost.append(task if isinstance(task, Assess) else task.of)
            else:
                assert isinstance(written, Written)
                yield task, written
        progress.tell("assessed", crew.pids())
    for task in lost:
        saved = rescue(crew, task, stop)
        for answer in crew.do([saved]):
            stop.check()
            if answer is not None:
                if not isinstance(answer[1], Written):
                    raise lost_at(task)
                yield task, answer[1]


def understood(
    run: Run, looked: Sequence[Looked], pieces: Sequence[Piece], orders: Orders, spared: Spared
) -> tuple[Among, dict[str, Any]]:
    """
    What the look tells each row of the others, and what is said of the whole list.

    Rows whose outlines cannot be compared with others are spared.
    """
    check_one_way(run.inventory.name, looked)
    surveys: list[Survey] = [one.survey for one in looked]
    place = np.concatenate([one.place for one in surveys])
    shared = run.shared
    check_reach(place, shared.weather, bundled=shared.bundled, site=shared.assumed.site)
    first = next((one for one in looked if one.read is not None), looked[0])
    attrs = dict(first.attrs) | {
        "inputs": [input_of(run.inventory)],
        "synthetic": any(one.attrs["synthetic"] for one in looked),
    }
    kept = orders.work, orders.reading
    twice = again(surveys, lambda places: keys_at(places, pieces, kept))
    among = dataclasses.replace(among_of(surveys), repeated=twice)
    places = like_others(surveys)
    if not places.size:
        return among, attrs
    alike = rows_at(places, pieces, kept, attrs)
    found, failed = without_failing(alike, lambda rows: outlines_twice(rows, orders.day, among))
    blank_at(failed, pieces, orders.work)
    spared.places.update(failed)
    return dataclasses.replace(among, twice=found), attrs


def _found_in_order(
    heard: Heard, among: Among, pieces: Sequence[Piece], orders: Orders, attrs: dict[str, Any]
) -> Heard:
    """What was found in the order of the check, which the first row of each kind tells."""
    places = np.unique([one.first for one in heard.tallies])
    if not places.size:
        return heard
    rows = rows_at(places, pieces, (orders.work, orders.reading), attrs)
    findings, _ = without_failing(
        rows, lambda some: check_inventory(some, orders.day, among).findings
    )
    return dataclasses.replace(heard, tallies=in_order(heard.tallies, findings))


__all__ = ["Run", "Stopped", "run_in_parts"]
