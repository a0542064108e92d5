"""
The tasks of a run on a Dask cluster, whose workers see the same folders.

Dask is asked for no more than to have tasks done somewhere: parts, manifest and files are those of
one machine, so that a run stopped here goes on there.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import multiprocessing
import os
import pickle
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from roofpv import __version__
from roofpv.batch.crew import Failed, Lost, answer_to
from roofpv.batch.durable import put, sha256_of
from roofpv.batch.stop import Stopped
from roofpv.batch.work import Answer, Orders, Task
from roofpv.energy import set_threads
from roofpv.errors import InvalidConfig

LOCAL = "local"
_PULSE_S, _BREATH_S, _REACH_S, _LEAVE_S = 0.5, 0.01, 10.0, 2.0
_AHEAD = 2
# Workers may be on their way, or come back; longer nobody comes.
_ALONE_S = 120.0
# Else a local cluster gives a worker up that takes more than 15 s to come back, and is without any.
_LOCAL_SETTINGS = {
    "distributed.deploy.lost-worker-timeout": "1 day",
    "distributed.worker.profile.enabled": False,
}
# Its workers begin as copies of a process that has loaded their packages once, where a system can.
_COPIES = "forkserver"
_LOADED = ["distributed", "roofpv.batch.again"]
# Kernels of one process share their threads.
_ONE_AT_A_TIME = threading.Lock()


class Cluster:
    """
    Workers of a Dask scheduler, as a context.

    Parameters
    ----------
    orders : Orders
        What each is told.
    scheduler : str
        Address of a scheduler, or ``LOCAL`` for one of this machine.
    jobs : int
        Workers of a local one.

    Raises
    ------
    InvalidConfig
        On entry: Dask is not installed, or the scheduler cannot be reached.
    """

    def __init__(self, orders: Orders, scheduler: str, jobs: int) -> None:
        self._orders, self._scheduler, self._jobs = orders, scheduler, jobs
        self._client: Any = None
        self._local: Any = None
        self._settings = contextlib.ExitStack()

    def __enter__(self) -> Cluster:
        """Reach the scheduler, and put the orders where its workers find them."""
        settings = _local_settings() if self._scheduler == LOCAL else {}
        distributed = _dask()
        try:
            if self._scheduler == LOCAL:
                self._settings.enter_context(_dask_settings(settings))
                self._local = distributed.LocalCluster(
                    n_workers=self._jobs, threads_per_worker=1, dashboard_address=":0",
                    silence_logs=logging.CRITICAL,
                )  # fmt: skip
            address = self._scheduler if self._local is None else self._local.scheduler_address
            self._client = distributed.Client(address, timeout=_REACH_S, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            self._leave()
            raise InvalidConfig(
                "--scheduler",
                f"{self._scheduler} cannot be reached ({_told(error)})",
                "Start it with `dask scheduler`, and give its address, such as tcp://host:8786",
            ) from None
        put(self._orders.work / "orders", sealed(self._orders))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave; what is being done is dropped."""
        self._leave()

    def do(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Answer | Lost] | None]:
        """
        Do tasks in any order.

        Parameters
        ----------
        tasks : iterable of Task

        Yields
        ------
        (Task, answer)
            As they are done, or `Lost`; None now and then while nothing is.

        Raises
        ------
        RoofpvError
            As a task raised it.
        Stopped
            The scheduler is lost, or for two minutes has had no worker.
        """
        path = (self._orders.work / "orders").resolve()
        work = functools.partial(_work, path, sha256_of(path), __version__)
        coming, more = iter(tasks), True
        waiting: deque[Task] = deque()
        asked: dict[Any, Task] = {}
        seen = time.monotonic()
        while more or waiting or asked:
            workers = self._workers()
            seen = time.monotonic() if workers else seen
            if time.monotonic() - seen > _ALONE_S:
                raise Stopped(f"the scheduler {self._scheduler} has no workers")
            while (more or waiting) and len(asked) < _AHEAD * max(1, workers):
                task = waiting.popleft() if waiting else next(coming, None)
                if task is None:
                    more = False
                    break
                asked[self._client.submit(work, task, pure=False, retries=0)] = task
            done = self._done(list(asked))
            self._check()
            for future in done:
                yield asked.pop(future), self._answer(future)
            if not done:
                yield None

    def fewer(self, jobs: int) -> None:
        """Workers of a cluster stay."""

    def pids(self) -> list[int]:
        """Of the workers of this machine."""
        if self._local is None:
            return []
        found = [worker.pid for worker in self._local.workers.values()]
        return [pid for pid in found if pid is not None]

    def _done(self, futures: list[Any]) -> list[Any]:
        """Those that are done, as soon as one is; none if that takes long."""
        # Waiting as Dask does would set its scheduler for all that this process does.
        end = time.monotonic() + _PULSE_S
        while True:
            done = [one for one in futures if one.done()]
            if done or time.monotonic() > end:
                return done
            time.sleep(_BREATH_S)

    def _workers(self) -> int:
        return len(self._client.scheduler_info(n_workers=-1)["workers"])

    def _check(self) -> None:
        if self._client.status != "running":
            raise Stopped(f"the scheduler {self._scheduler} is lost")

    def _answer(self, future: Any) -> Answer | Lost:
        distributed = _dask()
        if future.status in ("cancelled", "lost"):
            raise Stopped(f"the scheduler {self._scheduler} is lost")
        error = future.exception()
        if error is None:
            answer: Answer | Failed = future.result()
            if isinstance(answer, Failed):
                raise answer.error
            return answer
        if isinstance(error, distributed.KilledWorker):
            return Lost()
        raise InvalidConfig(
            "--scheduler", f"a worker cannot do its part ({_told(error)})",
            f"Install roofpv {__version__} on every worker, as on this machine",
        ) from None  # fmt: skip

    def _leave(self) -> None:
        # Whoever does not answer in time is left to itself: workers of this machine end with it.
        with contextlib.suppress(TimeoutError):
            if self._client is not None:
                self._client.close(timeout=_LEAVE_S)
        with contextlib.suppress(TimeoutError):
            if self._local is not None:
                self._local.close(timeout=_LEAVE_S)
        self._settings.close()


def _local_settings() -> dict[str, Any]:
    """Settings of a local cluster; a process loads what its workers need while this one goes on."""
    if _COPIES not in multiprocessing.get_all_start_methods():
        return _LOCAL_SETTINGS
    # Not there on every system.
    from multiprocessing import forkserver  # noqa: PLC0415

    multiprocessing.set_forkserver_preload(_LOADED)
    forkserver.ensure_running()
    return _LOCAL_SETTINGS | {"distributed.worker.multiprocessing-method": _COPIES}


def _dask() -> Any:
    try:
        import distributed  # noqa: PLC0415
    except ImportError:
        raise InvalidConfig(
            "--scheduler", "Dask is not installed", 'Install it with: pip install "roofpv[cluster]"'
        ) from None
    return distributed


def _dask_settings(settings: dict[str, Any]) -> Any:
    """Settings of Dask, as a context."""
    import dask  # noqa: PLC0415

    return dask.config.set(settings)


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:200]


def _work(path: Path, digest: str, version: str, task: Task) -> Answer | Failed:
    """On a worker: one task."""
    with _ONE_AT_A_TIME:
        if version != __version__:
            told = f"a worker has roofpv {__version__}, this machine {version}"
            mend = "Install the same version on every worker"
            return Failed(InvalidConfig("--scheduler", told, mend), ours=True)
        try:
            orders = _orders(path, digest)
        except OSError:
            told = f"a worker does not see {path.parent}"
            mend = "Give files and result folder in a place that all workers share"
            return Failed(InvalidConfig("--scheduler", told, mend), ours=True)
        # Nobody else writes these files: xarray would ask the scheduler for locks.
        with _dask_settings({"scheduler": "synchronous"}):
            return answer_to(task, orders)


def sealed(orders: Orders) -> bytes:
    """Orders as they are sent: no two runs send the same, of whose lists a worker keeps some."""
    return pickle.dumps((os.urandom(16), orders))


@functools.lru_cache(maxsize=1)
def _orders(path: Path, digest: str) -> Orders:
    """The orders of a run; those of another run, or not yet seen here, have another digest."""
    if sha256_of(path) != digest:
        raise FileNotFoundError(path)
    worker = _dask().get_worker()
    set_threads(worker.state.nthreads)
    _stop_profile(worker)
    orders: Orders
    _, orders = pickle.loads(path.read_bytes())
    return orders


def _stop_profile(worker: Any) -> None:
    """
    Stop a worker's profile, on which the bytes of files would hang.

    It looks at the frames of all threads every 10 ms, and keeps them for as long as it looks: what
    they have opened of an HDF5 file is closed later than the next is made, and lies elsewhere.
    """
    profile = worker.periodic_callbacks.get("profile")
    if profile is None:
        return
    stopped = threading.Event()

    def stop() -> None:
        profile.stop()
        stopped.set()

    worker.loop.add_callback(stop)
    stopped.wait(_LEAVE_S)
