"""roofpv's commands from the outside: seconds and peak memory of the process a user starts."""

from __future__ import annotations

import csv
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_KIB = 1 if sys.platform == "darwin" else 1024
PLANES = 100_000


@dataclass(frozen=True)
class Run:
    """One finished command: seconds, peak memory in MiB, and what it said if it failed."""

    seconds: float
    peak_rss_mib: float
    error: str | None = None


def run(arguments: Sequence[str], environment: dict[str, str] | None = None) -> Run:
    """
    Time one command of roofpv.

    Linux counts the peak of the process that starts it as the child's own, so whoever calls this
    must be small itself: nothing here imports more than the standard library.
    """
    command = [sys.executable, "-m", "roofpv.cli", *arguments]
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        child = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=said, env=os.environ | (environment or {})
        )
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read().decode(errors="replace").strip()
    error = f"exit code {child.returncode}: {text[-300:]}" if child.returncode else None
    return Run(seconds, usage.ru_maxrss * _KIB / 2**20, error)


def median(runs: Sequence[Run]) -> Run:
    """Median time and largest memory of several runs; the first error if there was one."""
    error = next((one.error for one in runs if one.error), None)
    seconds = statistics.median(one.seconds for one in runs)
    return Run(seconds, max(one.peak_rss_mib for one in runs), error)


def help_text(repeats: int) -> Run:
    """``roofpv --help``, after one that warms the disk's cache."""
    run(["--help"])
    return median([run(["--help"]) for _ in range(repeats)])


def plane_table(weather: Path, repeats: int, planes: int = PLANES) -> Run:
    """``roofpv assess`` of a table of planes at one site, after one run that compiles."""
    with tempfile.TemporaryDirectory() as folder:
        table, out = Path(folder) / "planes.csv", Path(folder) / "out"
        write_planes(table, planes)
        arguments = ["assess", str(table), "--weather", str(weather), "-o", str(out), "--overwrite"]
        run(arguments)
        return median([run(arguments) for _ in range(repeats)])


def demo_warm(repeats: int) -> Run:
    """``roofpv demo`` with the compiled code in place."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["demo", str(Path(folder) / "out")]
        run(arguments)
        return median([run(arguments) for _ in range(repeats)])


def demo_first(repeats: int) -> Run:
    """``roofpv demo`` with nothing compiled yet."""
    return median([_demo_uncompiled() for _ in range(repeats)])


def _demo_uncompiled() -> Run:
    with tempfile.TemporaryDirectory() as folder:
        cache = {"NUMBA_CACHE_DIR": str(Path(folder) / "cache")}
        return run(["demo", str(Path(folder) / "out")], cache)


def write_planes(path: Path, count: int, seed: int = 20) -> None:
    """A plane table of ``count`` rows, four planes a building, always the same."""
    draw = random.Random(seed)
    with path.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened)
        writer.writerow(["plane_id", "building_id", "surface_tilt", "surface_azimuth", "kwp"])
        for number in range(count):
            tilt, azimuth = draw.uniform(0.0, 60.0), draw.uniform(0.0, 360.0)
            kwp = draw.uniform(1.0, 200.0)
            building = f"b{number // 4:06d}"
            row = [f"p{number:06d}", building, f"{tilt:.2f}", f"{azimuth:.2f}", f"{kwp:.3f}"]
            writer.writerow(row)
