"""One run at a time in a folder: a lock with process, host and time, which expires."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from roofpv.errors import InvalidResult

_flock: Callable[[IO[str]], None] | None
try:
    import fcntl
except ImportError:
    _flock = None
else:

    def _flock(opened: IO[str]) -> None:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)


FILE = ".lock"
# Files of the locks that this process holds.
_HELD: set[int] = set()
# A holder on another host tells every few seconds that it lives.
_TOLD_EVERY_S, _EXPIRES_S = 10.0, 120.0


class Lock:
    """
    Hold a folder, as a context.

    On one host the system holds the lock and drops it with the process, so that neither a kill nor
    a process of the same number can leave it behind. A holder on another host, where that may not
    reach, counts as alive for two minutes after it last told so; by a clock that has jumped either
    way, it does not.

    Parameters
    ----------
    out : Path
        A folder that is there.

    Raises
    ------
    InvalidResult
        On entry, if another run holds the folder.
    """

    def __init__(self, out: Path) -> None:
        self._path = out / FILE
        self._file: IO[str] | None = None
        self._over = threading.Event()

    def __enter__(self) -> Lock:
        """Take the lock."""
        while True:
            opened = self._path.open("a+", encoding="utf-8")
            if not _held(opened):
                holder = _read(opened)
                opened.close()
                raise _in_use(self._path.parent, holder)
            try:
                same = os.fstat(opened.fileno()).st_ino == self._path.stat().st_ino
            except FileNotFoundError:
                same = False
            if same:
                break
            # The last holder has just taken its file away.
            opened.close()
        holder = _read(opened)
        if holder and holder.get("host") != socket.gethostname() and _is_fresh(holder):
            opened.close()
            raise _in_use(self._path.parent, holder)
        self._file = opened
        _HELD.add(opened.fileno())
        self._tell()
        threading.Thread(target=self._keep_telling, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the lock back, and take its file away."""
        self._over.set()
        self._path.unlink(missing_ok=True)
        if self._file is not None:
            _HELD.discard(self._file.fileno())
            self._file.close()

    def _keep_telling(self) -> None:
        while not self._over.wait(_TOLD_EVERY_S):
            self._tell()

    def _tell(self) -> None:
        if self._file is None or self._file.closed:
            return
        told = {"pid": os.getpid(), "host": socket.gethostname(), "time": int(time.time())}
        self._file.seek(0)
        self._file.truncate()
        self._file.write(json.dumps(told))
        self._file.flush()


def _let_go() -> None:
    """A copy of this process holds nothing: it may live a moment longer than this one."""
    for number in _HELD:
        os.close(number)
    _HELD.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)


def holder_of(out: Path) -> dict[str, Any] | None:
    """Who holds a folder: ``pid host time``; None where nobody does."""
    path = out / FILE
    if not path.is_file():
        return None
    with path.open("r+", encoding="utf-8") as opened:
        free, holder = _held(opened), _read(opened)
    if not free:
        return holder or {}
    elsewhere = holder.get("host") != socket.gethostname()
    return holder if holder and elsewhere and _is_fresh(holder) else None


def _held(opened: IO[str]) -> bool:
    if _flock is None:
        return True
    try:
        _flock(opened)
    except OSError:
        return False
    return True


def _read(opened: IO[str]) -> dict[str, Any]:
    opened.seek(0)
    try:
        told = json.loads(opened.read() or "{}")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _is_fresh(holder: dict[str, Any]) -> bool:
    told = holder.get("time")
    return isinstance(told, int | float) and abs(time.time() - told) < _EXPIRES_S


def _in_use(out: Path, holder: dict[str, Any]) -> InvalidResult:
    who = f"process {holder.get('pid', '?')} on {holder.get('host', '?')}"
    return InvalidResult(
        str(out), f"another run works in this folder ({who})",
        "Wait for it (roofpv status tells how far it is), or choose another folder with -o",
    )  # fmt: skip
