"""A piece that ends its workers: smaller slices, then the row that does it set aside."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import pairwise
from typing import Protocol

from roofpv.batch.crew import Lost
from roofpv.batch.stop import Stop
from roofpv.batch.work import Answer, Assess, Task, Trial
from roofpv.errors import WorkerLost

# Each costs the start of a process; where more die, it is the machine and not the rows.
MOST_DEATHS = 100
Slices = tuple[tuple[int, int], ...]


class Doing(Protocol):
    """What does tasks: processes of this machine, or those of a cluster."""

    def do(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Answer | Lost] | None]:
        """Do tasks in any order."""


def rescue(crew: Doing, task: Assess, stop: Stop) -> Assess:
    """
    Find slices of a piece that can be computed, and the rows that no process survives.

    Parameters
    ----------
    crew : Doing
    task : Assess
        That has ended its workers.
    stop : Stop

    Returns
    -------
    Assess
        The same in slices, with the rows that are lost.

    Raises
    ------
    WorkerLost
        More slices end their workers than rows can be the reason.
    Stopped
    """

    def survives(first: int, end: int) -> bool:
        slices = dataclasses.replace(task, slices=((first, end),))
        return _survives(crew, Trial(slices), stop)

    kept, lost = divided(task, survives)
    every = {**dict.fromkeys(lost, ""), **task.lost}
    return dataclasses.replace(task, slices=sliced(kept, every), lost=every)


def sliced(slices: Iterable[tuple[int, int]], lost: Collection[int]) -> Slices:
    """
    Slices that follow each other, cut so that each row that is lost is one of its own.

    Parameters
    ----------
    slices : iterable of (int, int)
    lost : collection of int
    """
    ends = {end for one in slices for end in one}
    return tuple(pairwise(sorted(ends.union(lost, (at + 1 for at in lost)))))


def divided(
    task: Task, survives: Callable[[int, int], bool], most: int | None = None
) -> tuple[list[tuple[int, int]], list[int]]:
    """
    Divide the rows of a piece until a process survives each slice, or it is one row.

    Parameters
    ----------
    task : Task
        Of the piece.
    survives : callable
        Whether one does, by the first row of a slice and its end.
    most : int, optional
        Slices that may end their workers; 100 if not given.

    Returns
    -------
    (list of (int, int), list of int)
        Slices in order, and rows that none survives, which are slices too.

    Raises
    ------
    WorkerLost
        More slices end their workers than rows can be the reason.
    """
    half = task.piece.rows // 2
    waiting = [(half, task.piece.rows), (0, half)] if half else [(0, task.piece.rows)]
    kept: list[tuple[int, int]] = []
    lost: list[int] = []
    deaths = 0
    while waiting:
        first, end = waiting.pop()
        if survives(first, end):
            kept.append((first, end))
            continue
        deaths += 1
        if deaths > (MOST_DEATHS if most is None else most):
            raise lost_at(task)
        if end - first == 1:
            kept.append((first, end))
            lost.append(first)
        else:
            middle = (first + end) // 2
            waiting += [(middle, end), (first, middle)]
    return kept, lost


def lost_at(task: Task) -> WorkerLost:
    """What is said of a task that ends its workers."""
    return WorkerLost(
        f"part {task.piece.number}", "the processes that worked at it were ended (out of memory?)",
        "Free memory or give fewer --jobs, then the same command: what is done is kept",
    )  # fmt: skip


def _survives(crew: Doing, trial: Trial, stop: Stop) -> bool:
    survived = False
    for answer in crew.do([trial]):
        stop.check()
        survived = survived or (answer is not None and not isinstance(answer[1], Lost))
    return survived
