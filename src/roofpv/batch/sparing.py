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

_Rows = frozenset[int]


@dataclass(frozen=True)
class Spared:
    """
    Rows that no process survives, by their ``places`` in the list.

    Pieces of the same number may hold other rows once the list is sorted.
    """

    places: set[int] = dataclasses.field(default_factory=set)

    def look_again(self, crew: Doing, task: Task, work: Path, stop: Stop) -> Answer:
        """
        Do a task that has ended its workers, without the rows that do so.

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
            As the task gives it where these rows have no outline.

        Raises
        ------
        WorkerLost
            It is not the rows.
        Stopped
        """
        told = _alone(crew, task, stop)
        folder = _folder(task, work)
        if isinstance(told, Lost) and folder is not None:
            lost = _deadly(crew, task, folder, stop)
            if lost:
                blank(task.piece, folder, lost)
                told = _alone(crew, task, stop)
            if folder == work:
                self.places.update(task.piece.places(work)[sorted(lost)].tolist())
        if isinstance(told, Lost):
            raise lost_at(task)
        return told

    def slices(self, piece: Piece, work: Path) -> tuple[Slices, _Rows]:
        """Slices of a piece whose assessment sets these rows aside, and the rows."""
        places = np.array(sorted(self.places), dtype=np.int64)
        lost = _Rows(places_in(places, piece, work).tolist())
        return sliced([(0, piece.rows)], lost) if lost else (), lost


def _folder(task: Task, work: Path) -> Path | None:
    """Where the rows are that a task looks at, if it looks at rows."""
    if isinstance(task, LookAround | KeepAround):
        return folder_of(work)
    return work if isinstance(task, Look | Site) else None


def _deadly(crew: Doing, task: Task, folder: Path, stop: Stop) -> _Rows:
    """Rows of a piece each of which ends a worker by itself."""

    def survives(first: int, end: int) -> bool:
        some = slice_of(task.piece, folder, first, end)
        trial = Trial(dataclasses.replace(task, piece=some))  # type: ignore[type-var]
        return not isinstance(_alone(crew, trial, stop), Lost)

    return frozenset(divided(task, survives)[1])


def _alone(crew: Doing, task: Task, stop: Stop) -> Answer | Lost:
    """A task while nothing else is done."""
    told: Answer | Lost = Lost()
    for answer in crew.do([task]):
        stop.check()
        told = told if answer is None else answer[1]
    return told
