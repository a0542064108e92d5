"""The folder of a run in parts: whose it is, made ready or refused, and what parts put into it."""

from __future__ import annotations

import dataclasses
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import numpy as np
import pandas as pd

from roofpv.assessment import Once
from roofpv.batch import manifest
from roofpv.batch.cut import PART_ROWS, Reading, rows_of
from roofpv.batch.durable import move_all
from roofpv.batch.gathering import PARTED
from roofpv.batch.lock import FILE as LOCK
from roofpv.batch.work import Assess, Orders, Written
from roofpv.errors import InvalidResult
from roofpv.finance import terms_of
from roofpv.inventory.read import input_of
from roofpv.record import run_record
from roofpv.surroundings import Surroundings

WORK = ".work"


@dataclass(frozen=True, eq=False)
class Run:
    """
    What a run in parts is given.

    ``inventory`` a GeoParquet file, read as ``reading`` says; ``shared`` weather, rules and
    assumptions; ``out`` the folder; ``jobs`` processes; ``overwrite`` whether another run's folder
    may be emptied; ``part_rows`` rows of a part: other parts are other files; ``stream`` where
    progress is told; ``scheduler`` of a Dask cluster that does the parts instead of processes of
    this machine, by its address, or ``local``; ``hours`` and ``keep_skylines`` as of `Orders`;
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
    keep_skylines: bool = False

    @property
    def inputs(self) -> list[dict[str, str]]:
        """Names and digests of the files of what is around."""
        context = [] if self.context is None else [input_of(self.context)]
        return [*context, *self.around.all_inputs]

    @property
    def shaded(self) -> bool:
        """Whether there is anything around the roofs, or on them, that hides the sun."""
        return self.context is not None or bool(self.around.sources(self.shared.assumed))


def begun_rows(run: Run) -> int | None:
    """Rows of the parts in which the folder of a run was begun, None where it has to begin."""
    found = manifest.read_manifest(run.out).run
    if found is None or run.overwrite:
        return None
    begun = dataclasses.replace(run, part_rows=int(found["part_rows"]))
    head = head_of(begun, rows_of(run.inventory))
    # An older list too: what holds of it stands in its parts.
    same = head["run"] == found["run"] or head["settings"] == found.get("settings")
    return begun.part_rows if same else None


def head_of(run: Run, rows: int) -> manifest.Body:
    """
    First line of the manifest: who has the same goes on in the same folder.

    Parameters
    ----------
    run : Run
    rows : int
        Of the list.
    """
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
    if run.shaded and not run.keep_skylines:
        known["without"] = ["skylines"]
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


@dataclass(frozen=True)
class Begin:
    """What a run does to its folder once its list is understood: ``older`` lines are left in it."""

    anew: bool
    older: tuple[manifest.Body, ...] = ()


def prepare(run: Run, head: manifest.Body) -> Begin:
    """
    Make room for the work; of what the folder holds nothing is touched.

    Parameters
    ----------
    run : Run
    head : dict
        From `head_of`.

    Raises
    ------
    InvalidResult
        It holds something else, or this result and all of it.
    """
    for left in run.out.glob(".*.new"):
        left.unlink()
    found = manifest.read_manifest(run.out)
    same = found.run is not None and found.run["run"] == head["run"]
    if same and found.done is not None:
        lines = [*found.parts.values(), found.done]
        if all(manifest.is_whole(run.out, one) for one in lines) and not run.overwrite:
            raise InvalidResult(
                str(run.out), "holds this result already, and it is whole",
                "Add --overwrite to make it anew, or choose another folder with -o",
            )  # fmt: skip
    older: list[manifest.Body] = []
    held = {**found.older, **found.parts}
    if not same and found.run is not None and held and not run.overwrite:
        _check_update(run, found.run, head)
        older = list(held.values())
    if found.run is None and _others(run.out):
        _check_ours(run)
    _remove(run.out / WORK)
    (run.out / WORK).mkdir()
    return Begin(not same or (run.overwrite and found.done is not None), (*older,))


def begin(run: Run, head: manifest.Body, how: Begin) -> manifest.Manifest:
    """
    Begin a run in its folder, or go on; what stands there.

    Parameters
    ----------
    run : Run
    head : dict
        From `head_of`.
    how : Begin
        From `prepare`.
    """
    if how.anew:
        kept = PARTED if how.older else ()
        for path in _others(run.out):
            if path.name not in kept:
                _remove(path)
        manifest.begin(run.out, head, how.older)
    return manifest.read_manifest(run.out)


def leave(out: Path, *, made: bool) -> None:
    """
    Take the work of a run that is refused out of its folder, and an empty folder that it made.

    Parameters
    ----------
    out : Path
    made : bool
        Whether it made it.
    """
    shutil.rmtree(out / WORK, ignore_errors=True)
    if made and not any(path.name != LOCK for path in out.iterdir()):
        (out / LOCK).unlink(missing_ok=True)
        out.rmdir()


def _others(out: Path) -> list[Path]:
    return [path for path in out.iterdir() if path.name not in (manifest.FILE, WORK, LOCK)]


def _check_update(run: Run, found: manifest.Body, head: manifest.Body) -> None:
    """The folder of another run: only what was made in the same way may be taken over."""
    alike = found.get("settings") == head["settings"]
    if run.update and alike:
        return
    if alike:
        raise InvalidResult(
            str(run.out), f"holds another run, of another {found['inventory']} or context",
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
    if not any((run.out / name).is_file() for name in ("run.json", manifest.FILE)):
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


def keep(out: Path, task: Assess, written: Written) -> manifest.Body:
    """
    Put the files of a piece into the result, then say so in the manifest.

    Parameters
    ----------
    out : Path
    task : Assess
        Of the piece, as it was given.
    written : Written

    Returns
    -------
    dict
        The line of the manifest.
    """
    places = {written.folder / name: out / final for name, final in written.files.items()}
    for path in places.values():
        path.parent.mkdir(exist_ok=True)
    move_all(places)
    written.folder.rmdir()
    line = {
        "kind": "part",
        **_given(task),
        "counts": written.counts,
        "of": written.of,
        "files": {final: written.digests[name] for name, final in written.files.items()}
        | dict(written.rest),
    }
    manifest.append(out, line)
    return line


def is_of(line: manifest.Body, task: Assess, orders: Orders) -> bool:
    """
    Whether a part was written by a task like this one: of the same rows among the same others.

    Parameters
    ----------
    line : dict
        Of the part in the manifest.
    task : Assess
    orders : Orders
    """
    names = ("part", "rows", "context", "lost")
    given = {name: line[name] for name in names if name in line}
    return given == _given(task) and line["of"] == task.identity(orders)


def _given(task: Assess) -> manifest.Body:
    """What a task is given beside what the list says, as far as there is any."""
    given: manifest.Body = {"part": task.piece.number, "rows": task.piece.sha256}
    if task.context is not None:
        given["context"] = task.context
    if task.lost:
        given["lost"] = sorted(task.lost)
    return given
