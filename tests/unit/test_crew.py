"""What a worker does with a task, in this process."""

from __future__ import annotations

import errno
import gc
import multiprocessing
import pickle
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from roofpv.batch.cluster import sealed
from roofpv.batch.crew import Crew, Failed, Lost, _can_fork, answer_to
from roofpv.batch.lock import Lock
from roofpv.batch.stop import Stopped
from roofpv.errors import InvalidConfig, InvalidResult


class _Task:
    piece = SimpleNamespace(number=7)

    def __init__(self, error: Exception | None) -> None:
        self.error, self.collected = error, True

    def do(self, orders: object) -> object:
        self.collected = gc.isenabled()
        if self.error is not None:
            raise self.error
        return orders


def _answer(task: _Task) -> Any:
    return answer_to(cast(Any, task), cast(Any, "orders"))


@pytest.mark.parametrize(
    ("error", "ours"),
    [(None, None), (InvalidConfig("a", "b", "c"), True), (ValueError("odd"), False)],
)
def test_cycles_are_looked_for_after_a_task_and_not_in_it(
    error: Exception | None, ours: bool | None
) -> None:
    task = _Task(error)
    answer = _answer(task)
    assert not task.collected
    assert gc.isenabled()
    if error is None:
        assert answer == "orders"
    else:
        assert isinstance(answer, Failed)
        assert answer.ours is ours


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (OSError("unable to write (error message = 'No space left on device')"), True),
        (OSError(errno.EACCES, "Permission denied"), False),
    ],
)
def test_a_full_disk_stops_the_run(error: OSError, full: bool) -> None:
    answer = _answer(_Task(error))
    assert isinstance(answer, Failed)
    assert isinstance(answer.error, Stopped) == full


def test_a_task_without_memory_has_ended_its_worker() -> None:
    assert isinstance(_answer(_Task(MemoryError())), Lost)


def test_a_fault_names_its_part() -> None:
    assert str(_answer(_Task(ValueError("odd"))).error) == "part 7: ValueError: odd"


class _Worker:
    def __init__(self) -> None:
        self.process = self.line = self
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return lambda: self.calls.append(name)


def test_workers_that_are_not_needed_any_more_are_sent_home() -> None:
    crew = Crew(cast(Any, None), 3, 1)
    workers = [_Worker() for _ in range(3)]
    crew._workers = cast(Any, list(workers))
    crew.fewer(1)
    assert crew._workers == workers[:1]
    assert [one.calls for one in workers] == [[], *[["kill", "join", "close"]] * 2]
    crew.fewer(2)
    assert crew._jobs == 1


def test_orders_of_two_runs_are_never_the_same_file() -> None:
    some, other = (sealed(cast(Any, "orders")) for _ in range(2))
    assert some != other
    assert pickle.loads(some)[1] == pickle.loads(other)[1] == "orders"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only there workers are copies")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_copy_of_a_process_does_not_hold_its_lock(tmp_path: Path) -> None:
    with Lock(tmp_path):
        copy = multiprocessing.get_context("fork").Process(target=time.sleep, args=(600,))
        copy.start()
    try:
        # It takes a moment to let go.
        for _ in range(1000):
            try:
                with Lock(tmp_path):
                    break
            except InvalidResult:
                time.sleep(0.01)
        else:
            pytest.fail("it holds the lock")
        assert copy.is_alive()
    finally:
        copy.kill()
        copy.join()


def test_beside_threads_of_others_no_worker_is_a_copy() -> None:
    over = threading.Event()
    others = [threading.Thread(target=over.wait) for _ in range(2)]
    for one in others:
        one.start()
    try:
        assert not _can_fork()
    finally:
        over.set()
        for one in others:
            one.join()
