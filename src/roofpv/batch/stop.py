"""Signals: the first asks a run to stop, which it does before its next step; the second ends it."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType, TracebackType
from typing import Any

INTERRUPTED = 130


class Stopped(Exception):
    """A run was asked to stop; what it has done is kept."""


class Stop:
    """Listen to SIGINT and SIGTERM, as a context; elsewhere than in the main thread to nothing."""

    def __init__(self) -> None:
        self._asked = self._at_once = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Stop:
        """Take the signals over."""
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._hear)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give them back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def check(self) -> None:
        """
        Stop here, if a signal asked for it.

        Raises
        ------
        Stopped
        """
        if self._asked:
            raise Stopped

    def at_once(self) -> None:
        """From here on stop wherever the work is: nothing more is kept piece by piece."""
        # In this order, or a signal between the two would be heard by neither.
        self._at_once = True
        self.check()

    def over(self) -> None:
        """From here on it is too late to stop."""
        self._at_once = False

    @contextlib.contextmanager
    def anywhere(self) -> Iterator[None]:
        """
        Stop wherever the work is as long as this lasts, and no longer.

        Raises
        ------
        Stopped
            Here, if a signal asked for it already.
        """
        try:
            self.at_once()
            yield
        finally:
            self.over()

    def _hear(self, number: int, _: FrameType | None) -> None:
        if self._asked and number == signal.SIGINT:
            os._exit(INTERRUPTED)
        self._asked = True
        if self._at_once:
            raise Stopped
