"""A command with all that it starts: its time, and the memory of all of it together."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import psutil

_EVERY_S = 0.1


@dataclass(frozen=True)
class Watched:
    """
    One command that has ended.

    ``cpu_s`` of the processes that ended by themselves; ``peak_gib`` the largest sum of resident
    memory of the command and all below it (pages that they share count once for each); ``code`` is
    negative where a signal ended it.
    """

    code: int
    seconds: float
    cpu_s: float
    peak_gib: float
    said: str

    def checked(self) -> Watched:
        """The same, or an error with what it said."""
        if self.code:
            raise RuntimeError(f"exit code {self.code}: {self.said[-400:]}")
        return self


def watch(
    command: Sequence[str],
    *,
    kill_after_s: float | None = None,
    each: Callable[[psutil.Process], None] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Watched:
    """
    Run a command in a process group of its own.

    Parameters
    ----------
    command : sequence of str
    kill_after_s : float, optional
        SIGKILL to the whole group after so long, if it still runs. [s]
    each : callable, optional
        Called with its process about every tenth of a second.
    environment : mapping, optional
        Variables beside ours.
    """
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        child = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=said, start_new_session=True,
            env=os.environ | dict(environment or {}),
        )  # fmt: skip
        ended, peak, status, usage = 0, 0, 0, None
        try:
            process = psutil.Process(child.pid)
            while not ended:
                peak = max(peak, memory_of(process))
                if each is not None:
                    each(process)
                spent = time.perf_counter() - start
                if kill_after_s is not None and spent >= kill_after_s:
                    os.killpg(child.pid, signal.SIGKILL)
                    kill_after_s = None
                time.sleep(_EVERY_S if kill_after_s is None else min(_EVERY_S, kill_after_s / 20))
                ended, status, usage = os.wait4(child.pid, os.WNOHANG)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - start
        said.seek(0)
        text = said.read().decode(errors="replace").strip()
    cpu = usage.ru_utime + usage.ru_stime
    return Watched(child.returncode, seconds, cpu, peak / 2**30, text)


def memory_of(process: psutil.Process) -> int:
    """Resident memory of a process and all below it. [B]."""
    total = 0
    for one in family(process):
        with contextlib.suppress(psutil.Error):
            total += one.memory_info().rss
    return total


def family(process: psutil.Process) -> list[psutil.Process]:
    """A process and all below it, as far as they still run."""
    try:
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def busiest(process: psutil.Process) -> psutil.Process | None:
    """Of those below a process the one that has worked most."""
    spent = {}
    for one in family(process)[1:]:
        with contextlib.suppress(psutil.Error):
            spent[one] = sum(one.cpu_times()[:2])
    return max(spent, key=lambda one: spent[one], default=None)
