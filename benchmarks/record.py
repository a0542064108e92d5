"""What a run was made on, its rows as a table, and two runs side by side."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = ("roofpv", "pvlib", "NREL-PySAM", "gsee", "numba", "numpy", "pandas", "xarray")
# Share of the cores that other work may take before a run is called disturbed.
_IDLE = 0.4
_ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Row:
    """One figure, and the bar it must reach (">= 5000" or "<= 0.2") where there is one."""

    what: str
    figure: float | None
    unit: str
    bar: str | None = None
    note: str | None = None
    error: str | None = None

    @property
    def met(self) -> bool | None:
        """Whether the bar is reached; None without a bar, False without a figure."""
        if self.bar is None:
            return None
        if self.figure is None or self.error:
            return False
        sign, bound = self.bar.split()
        return self.figure >= float(bound) if sign == ">=" else self.figure <= float(bound)

    def document(self) -> dict[str, object]:
        """As it stands in the JSON."""
        return asdict(self) | {"met": self.met}


def machine() -> dict[str, object]:
    """Processor, cores, memory and system, nothing that names the machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory, 1),
        "system": f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}",
        "architecture": platform.machine(),
    }


def busy() -> str | None:
    """A word of caution where other work takes the processor while the clock runs."""
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    if load <= _IDLE * cores:
        return None
    return f"load {load:.1f} on {cores} cores before the first clock: times are too long"


def versions() -> dict[str, str | None]:
    """Versions of Python and of whatever takes part; None for what is not installed."""
    return {"python": platform.python_version()} | {name: _version(name) for name in _PACKAGES}


def revision() -> dict[str, object]:
    """Commit of the checkout, and whether it had been changed since."""
    commit = _git("rev-parse", "HEAD")
    changes = _git("status", "--porcelain")
    return {"sha": commit or None, "dirty": bool(changes) if changes is not None else None}


def table(rows: Iterable[Row]) -> str:
    """The rows in columns."""
    head = ("what", "figure", "unit", "bar", "met")
    body = [(row.what, _figure(row.figure), row.unit, row.bar or "", _met(row)) for row in rows]
    notes = [f"  {row.what}: {row.error or row.note}" for row in rows if row.error or row.note]
    return "\n".join([_columns([head, *body]), *([""] if notes else []), *notes])


def compared(new: Sequence[Row], old: Sequence[dict]) -> str:
    """Old and new figure of every row, and new over old."""
    before = {row["what"]: row["figure"] for row in old}
    now = {row.what: row.figure for row in new}
    head = ("what", "old", "new", "new / old")
    names = [*now, *(name for name in before if name not in now)]
    body = [
        (name, _figure(before.get(name)), _figure(now.get(name)), _ratio(now, before, name))
        for name in names
    ]
    return _columns([head, *body])


def _ratio(now: dict, before: dict, name: str) -> str:
    new, old = now.get(name), before.get(name)
    return f"{new / old:.3f}" if new is not None and old else ""


def _columns(lines: Sequence[Sequence[str]]) -> str:
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}" if abs(value) < 1e4 else f"{value:,.0f}"


def _met(row: Row) -> str:
    if row.error:
        return "FAILED"
    return {None: "", True: "yes", False: "NO"}[row.met]


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or sys.platform


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=_ROOT, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
