from __future__ import annotations

import io
import os

import pytest

from roofpv.batch.progress import Progress, line, memory_of


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.mark.parametrize(
    ("counts", "seconds", "memory", "said"),
    [
        ((0, 0, 1000), 5.0, None, "assessed: 0 of 1,000 rows"),
        (
            (40_000, 0, 100_000), 20.0, 512 * 1024.0**2,
            "assessed: 40,000 of 100,000 rows, 2,000 rows/s, 30 s to go, 512 MiB",
        ),
        (
            (1000, 500_000, 1_000_000), 1.0, None,
            "assessed: 501,000 of 1,000,000 rows, 1,000 rows/s, 8 min 19 s to go",
        ),
        (
            (10, 0, 100_000), 1.0, None,
            "assessed: 10 of 100,000 rows, 10 rows/s, 2 h 46 min to go",
        ),
        ((10, 0, 10), 0.0, None, "assessed: 10 of 10 rows"),
    ],
    ids=["start", "memory", "resumed", "hours", "no time"],
)  # fmt: skip
def test_a_line(counts, seconds, memory, said):
    assert line("assessed", counts, seconds, memory) == said


def test_elsewhere_than_on_a_terminal_a_line_every_ten_seconds():
    stream, clock = io.StringIO(), Clock()
    progress = Progress(stream, 100, clock)
    for _ in range(25):
        clock.now += 1.0
        progress.add(1)
        progress.tell("assessed")
    progress.end("all of it")
    lines = stream.getvalue().splitlines()
    assert [one.partition(", 1 rows/s")[0] for one in lines] == [
        "assessed: 10 of 100 rows", "assessed: 20 of 100 rows", "all of it (25 s)",
    ]  # fmt: skip


def test_on_a_terminal_one_line_is_drawn_again():
    stream, clock = Terminal(), Clock()
    progress = Progress(stream, 100, clock)
    progress.skip(50)
    for _ in range(3):
        clock.now += 0.5
        progress.tell("assessed")
    progress.end("all of it")
    assert stream.getvalue().count("\r\x1b[Kassessed: 50 of 100 rows") == 3
    assert stream.getvalue().endswith("\r\x1b[Kall of it (2 s)\n")
    assert stream.getvalue().count("\n") == 1


def test_memory_of_processes():
    own = memory_of([os.getpid()])
    assert own is None or own > 1e6
    assert memory_of([2**22 + 1]) is None
