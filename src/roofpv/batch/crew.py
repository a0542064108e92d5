"""Processes that do tasks; one that dies is replaced, and its task is given once more."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
import warnings
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Any

import numba

from roofpv.batch.durable import FULL, is_full
from roofpv.batch.faults import reason_of
from roofpv.batch.stop import Stopped
from roofpv.batch.work import Answer, Looking, Orders, Task, Trial
from roofpv.energy import set_threads
from roofpv.errors import RoofpvError

# A task whose worker died twice would take every other one with it; a trial asks just that.
_MOST_DEATHS = 2
_PULSE_S, _ORPHAN_S = 0.5, 1.0
# The first one, and that of the lock of the folder.
_OUR_THREADS = 2


@dataclass(eq=False)
class _Worker:
    process: BaseProcess
    line: Connection
    task: Task | None = None


@dataclass(frozen=True)
class Failed:
    """A task that raised an error; the text of one of ours, or of a fault."""

    error: Exception
    ours: bool


@dataclass(frozen=True)
class Lost:
    """
    A task that has ended its worker each time that it was given, or a look that cannot be done.

    ``why`` the error of the look; nothing is known of a worker that has ended.
    """

    why: str = ""


class Crew:
    """
    Worker processes, as a context.

    Parameters
    ----------
    orders : Orders
        What each is told at its start.
    jobs : int
        How many, at most.
    threads : int
        Threads that each may use.
    """

    def __init__(self, orders: Orders, jobs: int, threads: int) -> None:
        self._orders, self._jobs, self._threads = orders, jobs, threads
        self._workers: list[_Worker] = []

    def __enter__(self) -> Crew:
        """Nobody is started before there is a task."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Send all home; what they are at is dropped."""
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.join()
            worker.line.close()
        self._workers.clear()

    def do(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Answer | Lost] | None]:
        """
        Do tasks in any order.

        Parameters
        ----------
        tasks : iterable of Task
            Taken as they come: the first are at work while the last are made.

        Yields
        ------
        (Task, answer)
            As they are done, or `Lost`; None now and then while nothing is.

        Raises
        ------
        RoofpvError
            As a task raised it.
        Stopped
            The disk is full.
        """
        while _can_fork() and len(self._workers) < self._jobs:
            # Before the tasks are made, whose memory they would count as theirs.
            self._hire()
        coming, more = iter(tasks), True
        waiting: deque[Task] = deque()
        deaths: dict[int, int] = {}
        while more or waiting or any(worker.task is not None for worker in self._workers):
            task = next(coming, None) if more else None
            more = task is not None
            waiting.extend([] if task is None else [task])
            self._hand_out(waiting)
            busy = {worker.line: worker for worker in self._workers if worker.task is not None}
            ready = wait(list(busy), timeout=0.0 if more else _PULSE_S)
            for line in ready:
                worker = busy[line]  # type: ignore[index]
                task = worker.task
                assert task is not None
                try:
                    answer = worker.line.recv()
                except (EOFError, OSError):
                    self._replace(worker)
                    deaths[id(task)] = deaths.get(id(task), 0) + 1
                    if deaths[id(task)] >= (1 if isinstance(task, Trial) else _MOST_DEATHS):
                        yield task, Lost()
                    else:
                        waiting.appendleft(task)
                    continue
                worker.task = None
                if isinstance(answer, Failed):
                    raise answer.error
                self._hand_out(waiting)
                yield task, answer
            if not ready:
                yield None

    def fewer(self, jobs: int) -> None:
        """
        Send all but some home, when nobody is at work: from now on no more are needed.

        Parameters
        ----------
        jobs : int
        """
        self._jobs = min(self._jobs, jobs)
        for worker in self._workers[self._jobs :]:
            self._replace(worker)

    def pids(self) -> list[int]:
        """Of the workers."""
        return [worker.process.pid for worker in self._workers if worker.process.pid is not None]

    def _hand_out(self, waiting: deque[Task]) -> None:
        while waiting:
            idle = next((one for one in self._workers if one.task is None), None)
            if idle is None:
                if len(self._workers) >= self._jobs:
                    return
                idle = self._hire()
            task = waiting.popleft()
            try:
                idle.line.send(task)
            except OSError:
                self._replace(idle)
                waiting.appendleft(task)
                continue
            idle.task = task

    def _hire(self) -> _Worker:
        forks = _can_fork()
        context: Any = multiprocessing.get_context("fork" if forks else "spawn")
        ours, theirs = context.Pipe()
        told = self._orders if forks else self._written_orders()
        process = context.Process(
            target=_work, args=(theirs, told, self._threads, os.getpid()), daemon=True
        )
        with warnings.catch_warnings():
            # Of threads beside this one, which do not matter: see `_can_fork`.
            warnings.simplefilter("ignore", DeprecationWarning)
            process.start()
        theirs.close()
        worker = _Worker(process, ours)
        self._workers.append(worker)
        return worker

    def _written_orders(self) -> Path:
        # By a file: handed over, they would keep this process until the worker has loaded all of
        # its packages, one worker after the other.
        path = self._orders.work / "orders"
        if not path.exists():
            path.write_bytes(pickle.dumps(self._orders))
        return path

    def _replace(self, worker: _Worker) -> None:
        worker.process.kill()
        worker.process.join()
        worker.line.close()
        self._workers.remove(worker)


def _can_fork() -> bool:
    """
    Whether a worker may begin as a copy of this process, which spares it two seconds of imports.

    Not where others than the system's own are at work: threads of Numba end a copy, and a thread of
    Python may hold a lock that is never given back there. Ours of the `Lock` holds none.
    """
    if not sys.platform.startswith("linux") or threading.active_count() > _OUR_THREADS:
        return False
    try:
        numba.threading_layer()
    except ValueError:
        return True
    return False


def _work(line: Connection, told: Orders | Path, threads: int, parent: int) -> None:
    """A worker's life."""
    # Ctrl-C reaches the whole group: the parent sees to it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    set_threads(threads)
    orders: Orders = pickle.loads(told.read_bytes()) if isinstance(told, Path) else told
    gc.freeze()
    while True:
        try:
            task = line.recv()
        except (EOFError, OSError):
            return
        with contextlib.suppress(BrokenPipeError):
            line.send(answer_to(task, orders))
        del task
        gc.collect()
        # What has outlived a task is kept: to look through it after each took 30 ms.
        gc.freeze()


def answer_to(task: Task, orders: Orders) -> Answer | Failed | Lost:
    """
    Do a task; an error is an answer too.

    A process without memory for it counts as one that has ended, a full disk as a signal to stop.
    A look at rows that fails is lost too: there may be some of them without which it does not.

    Parameters
    ----------
    task : Task
    orders : Orders
    """
    # Looking for cycles again and again while a part makes its shapes took a sixth of its time.
    gc.disable()
    try:
        return task.do(orders)
    except RoofpvError as error:
        return Failed(error, ours=True)
    except MemoryError:
        return Lost()
    except Exception as error:
        if is_full(error):
            return Failed(Stopped(FULL), ours=True)
        look = task.of if isinstance(task, Trial) else task
        if isinstance(look, Looking) and not isinstance(error, OSError):
            return Lost(reason_of(error))
        said = RuntimeError(f"part {task.piece.number}: {type(error).__name__}: {error}")
        return Failed(said, ours=False)
    finally:
        gc.enable()


def _end_with(parent: int) -> None:
    """End with the process that has started this one: a killed run leaves nobody behind."""
    while os.getppid() == parent:
        time.sleep(_ORPHAN_S)
    os._exit(1)
