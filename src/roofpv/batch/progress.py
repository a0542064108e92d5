"""How far a run is: rate, time to go and memory, on a terminal or line by line."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TextIO

_LINE_EVERY_S, _DRAW_EVERY_S = 10.0, 0.5
_MIB = 1024.0**2


class Progress:
    """
    Tell on a stream how far a run is.

    On a terminal one line is drawn again and again; elsewhere a line is written every 10 s.

    Parameters
    ----------
    stream : file
    rows : int
        Of the list.
    clock : callable
        Seconds that never go back.
    """

    def __init__(
        self, stream: TextIO, rows: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream, self._rows, self._clock = stream, rows, clock
        self._start = self._told = clock()
        self._done = self._skipped = 0
        self._drawn = stream.isatty()

    def skip(self, rows: int) -> None:
        """Count rows that an earlier run has done."""
        self._skipped += rows

    def add(self, rows: int) -> None:
        """Count rows that are done."""
        self._done += rows

    def tell(self, what: str, pids: Iterable[int] = ()) -> None:
        """Say how far it is, if it is time to."""
        now = self._clock()
        if now - self._told < (_DRAW_EVERY_S if self._drawn else _LINE_EVERY_S):
            return
        self._told = now
        self._write(line(what, self._counts(), now - self._start, memory_of([os.getpid(), *pids])))

    def end(self, what: str) -> None:
        """Say how it went, and leave the line."""
        self._write(f"{what} ({_span(self._clock() - self._start)})")
        if self._drawn:
            self._stream.write("\n")
        self._stream.flush()

    def _counts(self) -> tuple[int, int, int]:
        return self._done, self._skipped, self._rows

    def _write(self, text: str) -> None:
        self._stream.write(f"\r\x1b[K{text}" if self._drawn else f"{text}\n")
        self._stream.flush()


def line(what: str, counts: tuple[int, int, int], seconds: float, memory: float | None) -> str:
    """
    One line of progress.

    Parameters
    ----------
    what : str
        What is being done.
    counts : (int, int, int)
        Rows done now, done by an earlier run, and of the list.
    seconds : float
        Since the start. [s]
    memory : float or None
        Of all processes. [bytes]
    """
    done, skipped, rows = counts
    said = [f"{what}: {done + skipped:,} of {rows:,} rows"]
    if done and seconds > 0.0:
        rate = done / seconds
        said += [f"{rate:,.0f} rows/s", f"{_span((rows - done - skipped) / rate)} to go"]
    if memory is not None:
        said.append(f"{memory / _MIB:,.0f} MiB")
    return ", ".join(said)


def memory_of(pids: Iterable[int]) -> float | None:
    """Memory that some processes hold, where the system tells it. [bytes]."""
    try:
        return float(sum(_resident(pid) for pid in pids))
    except (OSError, ValueError, IndexError):
        return None


def _resident(pid: int) -> int:
    pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _span(seconds: float) -> str:
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    if hours:
        return f"{hours} h {rest // 60} min"
    return f"{rest // 60} min {rest % 60} s" if rest >= 60 else f"{rest} s"
