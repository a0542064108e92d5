"""A piece whose look ends its workers: once more alone, then without the rows that do it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from roofpv.batch.around import KeepAround, LookAround, Site, folder_of
from roofpv.batch.crew import Lost
from roofpv.batch.cut import Piece, blank, places_in, slice_of
from roofpv.batch.rescue import Doing, Slices, divided, lost_at, sliced
from roofpv.batch.stop import Stop
from roofpv.batch.work import Answer, Look, Task, Trial
from roofpv.errors import WorkerLost

# Why each of some rows is left out, by its place; nothing where it has ended its process.
_Whys = dict[int, str]


@dataclass(frozen=True)
class Spared:
    """
    Rows that no process survives, or at which a look fails: why, by their ``places`` in the list.

    Pieces of the same number may hold other rows once the list is sorted.
    """

    places: _Whys = dataclasses.field(default_factory=dict)

    def look_again(self, crew: Doing, task: Task, work: Path, stop: Stop) -> Answer:
        """
        Do a task that has ended its workers or cannot be done, without the rows that do so.

        Parameters
        ----------
        crew : Doing
        task : Task
        work : Path
            Folder of the pieces.
        stop : Stop

        Returns
        -------
        Answer
            As the task gives it where these rows have no outline, or else no cell.

        Raises
        ------
        WorkerLost
            It is not the rows.
        RuntimeError
            Nor are they the reason of a fault.
        Stopped
        """
        told = _alone(crew, task, stop)
        folder = _folder(task, work)
        if isinstance(told, Lost) and folder is not None:
            lost = _deadly(crew, task, folder, stop, told)
            for cells in (False, True) if lost else ():
                if isinstance(told, Lost):
                    # A row of a context that keeps an area counts as one that is used.
                    every = folder != work or (cells and bool(told.why))
                    blank(task.piece, folder, lost, cells=every)
                    told = _alone(crew, task, stop)
            if folder == work:
                places = task.piece.places(work)
                self.places.update({int(places[row]): why for row, why in lost.items()})
        if isinstance(told, Lost):
            raise _fault(task, told)
        return told

    def slices(self, piece: Piece, work: Path) -> tuple[Slices, _Whys]:
        """Slices of a piece whose assessment sets these rows aside, and why, by row."""
        places = np.array(sorted(self.places), dtype=np.int64)
        stand = piece.places(work)
        rows = places_in(places, piece, work).tolist()
        lost = {row: self.places[int(stand[row])] for row in rows}
        return sliced([(0, piece.rows)], lost) if lost else (), lost


def _folder(task: Task, work: Path) -> Path | None:
    """Where the rows are that a task looks at, if it looks at rows."""
    if isinstance(task, LookAround | KeepAround):
        return folder_of(work)
    return work if isinstance(task, Look | Site) else None


def _deadly(crew: Doing, task: Task, folder: Path, stop: Stop, told: Lost) -> _Whys:
    """Rows of a piece each of which ends a worker by itself, or at which the task fails."""
    whys: _Whys = {}

    def survives(first: int, end: int) -> bool:
        some = slice_of(task.piece, folder, first, end)
        trial = Trial(dataclasses.replace(task, piece=some))  # type: ignore[type-var]
        answer = _alone(crew, trial, stop)
        if isinstance(answer, Lost):
            whys[first] = answer.why
        return not isinstance(answer, Lost)

    # A fault costs no process.
    most = task.piece.rows if told.why else None
    try:
        return {row: whys[row] for row in divided(task, survives, most)[1]}
    except WorkerLost:
        raise _fault(task, told) from None


def _fault(task: Task, told: Lost) -> Exception:
    """What is said of a task that cannot be done, whatever its rows."""
    return RuntimeError(f"part {task.piece.number}: {told.why}") if told.why else lost_at(task)


def _alone(crew: Doing, task: Task, stop: Stop) -> Answer | Lost:
    """A task while nothing else is done."""
    told: Answer | Lost = Lost()
    for answer in crew.do([task]):
        stop.check()
        told = told if answer is None else answer[1]
    return told
