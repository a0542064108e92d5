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
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import pandas as pd
import pyarrow as pa

from roofpv.assessment import Once
from roofpv.batch import manifest
from roofpv.batch.again import Renew
from roofpv.batch.around import PLAIN, check_one_way, is_scattered, keep_context
from roofpv.batch.cluster import Cluster
from roofpv.batch.crew import Crew, Lost
from roofpv.batch.cut import PART_ROWS, Piece, Reading, cut, keys_at, rows_at, rows_of
from roofpv.batch.durable import FULL, is_full, move_all
from roofpv.batch.gathering import (
    PARTED,
    Gathering,
    Whole,
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
from roofpv.errors import InvalidResult
from roofpv.finance import terms_of
from roofpv.inventory.among import Among
from roofpv.inventory.check import check_inventory, outlines_twice
from roofpv.inventory.read import input_of
from roofpv.inventory.survey import Survey, again, among_of, like_others
from roofpv.record import run_record
from roofpv.results import Result
from roofpv.siting import check_reach
from roofpv.surroundings import Surroundings
from roofpv.targets import last_deadline

WORK = ".work"


@dataclass(frozen=True, eq=False)
class Run:
    """
    What a run in parts is given.

    ``inventory`` a GeoParquet file, read as ``reading`` says; ``shared`` weather, rules and
    assumptions; ``out`` the folder; ``jobs`` processes; ``overwrite`` whether another run's folder
    may be emptied; ``part_rows`` rows of a part: other parts are other files; ``stream`` where
    progress is told; ``scheduler`` of a Dask cluster that does the parts instead of processes of
    this machine, by its address, or ``local``; ``hours`` what is kept of them, as of `Orders`;
    ``update`` whether the result of an older list in the folder is taken over as far as it holds.
    """

    inventory: Path
    reading: Reading
    shared: Once
    out: Path
    jobs: int = 1
    overwrite: bool = False
    part_rows: int = PART_ROWS
    stream: TextIO = field(default_factory=lambda: sys.stderr)
    scheduler: str | None = None
    context: Path | None = None
    around: Surroundings = field(default_factory=Surroundings)
    hours: str = ""
    update: bool = False

    @property
    def inputs(self) -> list[dict[str, str]]:
        """Names and digests of the files of what is around."""
        context = [] if self.context is None else [input_of(self.context)]
        return [*context, *self.around.all_inputs]


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
    try:
        run.out.mkdir(parents=True, exist_ok=True)
        with Lock(run.out), Stop() as stop:
            part_rows = begun_rows(run) or run.part_rows
            return _run(dataclasses.replace(run, part_rows=part_rows), stop)
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


def begun_rows(run: Run) -> int | None:
    """Rows of the parts in which the folder of a run was begun, None where it has to begin."""
    found = manifest.read_manifest(run.out).run
    if found is None or run.overwrite:
        return None
    begun = dataclasses.replace(run, part_rows=int(found["part_rows"]))
    head = _head(begun, rows_of(run.inventory))
    # An older list too: what holds of it stands in its parts.
    same = head["run"] == found["run"] or head["settings"] == found.get("settings")
    return begun.part_rows if same else None


def _run(run: Run, stop: Stop) -> Result:
    rows = rows_of(run.inventory)
    head = _head(run, rows)
    _prepare(run, head)
    begun = manifest.read_manifest(run.out)
    work = run.out / WORK
    progress = Progress(run.stream, rows)
    shared = run.shared
    orders = _orders(run, work)
    with _crew(run, orders) as crew:
        spared = Spared()
        look = functools.partial(_look, (crew, work, spared), progress, stop)
        pieces: list[Piece] = []
        looked = look(_looks(run, pieces), "looking over the list")
        among, attrs = understood(run, looked, pieces, orders)
        context = None
        if run.context is not None:
            progress.tell("sorting the list")
            pieces = _near_each_other(run, pieces, looked)
            place = work, run.part_rows
            known_already = looked if _is_list(run, run.context) else []
            context = keep_context(run.context, place, (among, attrs), pieces, look, known_already)
        del looked
        digest = None if context is None else context.digest
        known = {n: line for n, line in begun.parts.items() if manifest.is_whole(run.out, line)}
        tasks = [
            _task(Assess(piece, share(among, piece, work), attrs, *spared.slices(piece), digest),
                  run.out, begun.older)
            for piece in pieces
            if piece.number not in known
        ]  # fmt: skip
        progress.skip(sum(piece.rows for piece in pieces if piece.number in known))
        anew = _assess(run.out, (crew, progress, stop), tasks, known)
        lines = [known[piece.number] for piece in pieces]
        heard = _found_in_order(heard_of_parts(run.out, lines), among, pieces, orders, attrs)
        if context is not None:
            heard = context.counted(work, heard)
        picked = any(piece.picked for piece in pieces)
        ends = Whole(attrs, run.inputs, picked)
        gathering = Gathering(run.out, shared.rules, shared.as_of, ends, lines, heard)
        if picked:
            note_stands(run.out, [line["part"] for line in lines])
        found = {
            step.name: told
            for steps in gathering.turns()
            for step, told in zip(steps, look(steps, "adding up"), strict=True)
        }
    stop.at_once()
    result = gathered(gathering, found, orders)
    files = write_gathered(result, run.out, len(pieces), picked=picked)
    stop.over()
    lost = read_lines(run.out / "quarantine.csv")
    result = dataclasses.replace(result, quarantine=lost, skylines={})
    shutil.rmtree(work)
    manifest.finish(run.out, [head, *lines, {"kind": "done", "files": files}])
    told_anew = f", {anew:,} of them anew" if begun.older else ""
    progress.end(f"assessed {rows:,} rows in {len(pieces):,} parts{told_anew}")
    return result


def _orders(run: Run, work: Path) -> Orders:
    shared = run.shared
    day = shared.as_of or last_deadline(shared.rules)
    around = dataclasses.replace(run.around, inputs=tuple(run.inputs))
    return Orders(
        run.reading, shared.assumed, day, shared.weather, shared.bundled, work, around, run.hours
    )  # fmt: skip


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
    anew = 0
    for task, written in _assessed(doing[0], tasks, doing[1], doing[2]):
        known[task.piece.number] = _keep(out, task.piece, written)
        doing[1].add(task.piece.rows)
        anew += task.piece.rows if written.anew is None else written.anew
    return anew


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


def _head(run: Run, rows: int) -> manifest.Body:
    """First line of the manifest: who has the same goes on in the same folder."""
    shared = run.shared
    told = run_record(pd.DataFrame(), shared.weather, shared.assumed, shared.rules)
    known = {name: told[name] for name in ("versions", "rule_texts", "assumptions")}
    known |= {
        "inventory": input_of(run.inventory)["sha256"],
        "reading": str(run.reading),
        "weather": _weather_digest(shared),
        "part_rows": run.part_rows,
        "money": terms_of(shared.assumed).inputs,
        "around": [one["sha256"] for one in run.inputs],
    }
    if run.hours:
        known["hours"] = run.hours
    apart = {"inventory": "", "around": [one["sha256"] for one in run.around.all_inputs],
             "context": run.context is not None}  # fmt: skip
    return {
        "kind": "run",
        "run": manifest.digest(known),
        "settings": manifest.digest(known | apart),
        "inventory": run.inventory.name,
        "rows": rows,
        "part_rows": run.part_rows,
        "parts": -(-rows // run.part_rows),
    }


def _weather_digest(shared: Once) -> str:
    values = {str(n): str(pd.util.hash_array(np.ravel(v.to_numpy())).sum())
              for n, v in shared.weather.variables.items()}  # fmt: skip
    attrs = {str(key): str(value) for key, value in shared.weather.attrs.items()}
    return manifest.digest([values, attrs, shared.bundled])


def _prepare(run: Run, head: manifest.Body) -> None:
    """Make the folder ready, or refuse it."""
    for left in run.out.glob(".*.new"):
        left.unlink()
    found = manifest.read_manifest(run.out)
    ours = {manifest.FILE, WORK, ".lock"}
    same = found.run is not None and found.run["run"] == head["run"]
    if same and found.done is not None:
        lines = [*found.parts.values(), found.done]
        if all(manifest.is_whole(run.out, one) for one in lines) and not run.overwrite:
            raise InvalidResult(
                str(run.out), "holds this result already, and it is whole",
                "Add --overwrite to make it anew, or choose another folder with -o",
            )  # fmt: skip
    others = [path for path in run.out.iterdir() if path.name not in ours]
    older: list[manifest.Body] = []
    if not same and found.run is not None and not run.overwrite:
        _check_update(run, found.run, head)
        older = list({**found.older, **found.parts}.values())
    if found.run is None and others:
        _check_ours(run)
    if not same or (run.overwrite and found.done is not None):
        kept = PARTED if older else ()
        for path in others:
            if path.name not in kept:
                _remove(path)
        manifest.begin(run.out, head, older)
    _remove(run.out / WORK)
    (run.out / WORK).mkdir()


def _check_update(run: Run, found: manifest.Body, head: manifest.Body) -> None:
    """The folder of another run: only what was made in the same way may be taken over."""
    alike = found.get("settings") == head["settings"]
    if run.update and alike:
        return
    if alike:
        raise InvalidResult(
            str(run.out), f"holds another run, of an older {found['inventory']} or its context",
            "Add --update to compute again only what has changed, choose another folder with -o, "
            "or add --overwrite",
        )  # fmt: skip
    raise InvalidResult(
        str(run.out),
        f"holds another run (of {found['inventory']}, or with other settings or versions)",
        "Choose another folder with -o, or add --overwrite",
    )


def _check_ours(run: Run) -> None:
    """A folder without a manifest: only a result of roofpv may be replaced."""
    if not (run.out / "run.json").is_file():
        raise InvalidResult(
            str(run.out), "exists and is no result of roofpv", "Choose another folder with -o"
        )
    if not run.overwrite:
        raise InvalidResult(
            str(run.out), "holds a result already",
            "Add --overwrite, or choose another folder with -o",
        )  # fmt: skip


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


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
    run: Run, looked: Sequence[Looked], pieces: Sequence[Piece], orders: Orders
) -> tuple[Among, dict[str, Any]]:
    """What the look tells each row of the others, and what is said of the whole list."""
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
    return dataclasses.replace(among, twice=outlines_twice(alike, orders.day, among)), attrs


def _found_in_order(
    heard: Heard, among: Among, pieces: Sequence[Piece], orders: Orders, attrs: dict[str, Any]
) -> Heard:
    """What was found in the order of the check, which the first row of each kind tells."""
    places = np.unique([one.first for one in heard.tallies])
    if not places.size:
        return heard
    rows = rows_at(places, pieces, (orders.work, orders.reading), attrs)
    findings = check_inventory(rows, orders.day, among).findings
    return dataclasses.replace(heard, tallies=in_order(heard.tallies, findings))


def _keep(out: Path, piece: Piece, written: Written) -> manifest.Body:
    """Put the files of a piece into the result, then say so in the manifest."""
    places = {written.folder / name: out / final for name, final in written.files.items()}
    for path in places.values():
        path.parent.mkdir(exist_ok=True)
    move_all(places)
    written.folder.rmdir()
    line = {
        "kind": "part",
        "part": piece.number,
        "rows": piece.sha256,
        "counts": written.counts,
        "of": written.of,
        "files": {final: written.digests[name] for name, final in written.files.items()}
        | dict(written.rest),
    }
    manifest.append(out, line)
    return line


__all__ = ["Run", "Stopped", "run_in_parts"]
