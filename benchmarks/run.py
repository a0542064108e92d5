"""
Speed and memory of roofpv beside its peers, in one run: ``python benchmarks/run.py``.

The same planes on the same weather through pvlib's ModelChain, pvlib's functions, PySAM's PVWatts
v8, gsee where it is installed, and roofpv; then roofpv's commands as a user starts them. Every part
is a process of its own. A part that fails is a row with its error.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import endtoend
import record
from record import Row

HERE = Path(__file__).resolve().parent
WEATHER = HERE.parent / "data" / "weather" / "dawukou.csv"
# Peer -> how it is called in the tables, and how many times faster the kernel must be.
PEERS = {
    "modelchain": ("pvlib ModelChain", ">= 5000"),
    "functions": ("pvlib functions, shared sky", ">= 500"),
    "arrays": ("pvlib functions, shared sky, bare arrays", None),
    "pysam": ("PySAM PVWatts v8", None),
    "gsee": ("gsee", None),
}
KERNEL = "roofpv kernel"
_PER_YEAR, _MIB = "s per plane-year", "MiB"


def main() -> None:
    options = _options()
    caution = record.busy()
    if caution:
        print(caution, end="\n\n")
    rows, yields = _peer_rows(options.weather.resolve(), options.quick)
    print(record.table(rows), end="\n\n")
    print(_yields_table(yields), end="\n\n")
    commands = list(_command_rows(options.weather.resolve(), options.quick))
    print(record.table(commands))
    rows += commands
    if options.compare:
        old = json.loads(options.compare.read_text(encoding="utf-8"))
        print(f"\nAgainst {options.compare.name}\n\n{record.compared(rows, old['rows'])}")
    if options.json:
        document = _document(rows, yields, options) | {"disturbed": caution}
        options.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[1])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write one JSON document")
    parser.add_argument("--compare", type=Path, metavar="OLD.json", help="an earlier document")
    parser.add_argument("--quick", action="store_true", help="fewer planes and repeats")
    parser.add_argument("--weather", type=Path, default=WEATHER, metavar="FILE")
    return parser.parse_args()


def _peer_rows(weather: Path, quick: bool) -> tuple[list[Row], dict[str, list[float]]]:
    """Time, ratio and memory of every peer, and their annual AC. [kWh/kWp]."""
    ours = _peer("roofpv", weather, quick)
    rows = list(_own_rows(ours))
    yields = {KERNEL: ours.get("ac_kwh_per_kwp", [])}
    for name, (label, bar) in PEERS.items():
        found = _peer(name, weather, quick)
        rows += _rows_of(label, bar, found, ours.get("seconds_per_plane_year"))
        yields[label] = found.get("ac_kwh_per_kwp", [])
    return rows, yields


def _peer(name: str, weather: Path, quick: bool) -> dict:
    """Run one peer as a process; its figures, or ``error``."""
    command = [sys.executable, str(HERE / "peers.py"), name, str(weather)]
    done = subprocess.run(
        command + ["--quick"] * quick, capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        return {"error": last[0][:300]}
    return json.loads(done.stdout.splitlines()[-1])


def _own_rows(found: dict) -> Iterator[Row]:
    error = found.get("error")
    note = error or (
        f"{found['planes']} planes, {found['threads']} threads, {found['sunlit_rows']} sunlit "
        f"rows, median of {found['runs']}"
    )
    kernel, whole = (found.get(f"{key}seconds_per_plane_year") for key in ("", "whole_"))
    yield Row(KERNEL, kernel, _PER_YEAR, note=note, error=error)
    yield Row("roofpv energy.simulate", whole, _PER_YEAR, error=error)
    if kernel and whole:
        yield Row("energy.simulate / kernel", whole / kernel, "x")
    yield Row("roofpv, peak memory", found.get("peak_rss_mib"), _MIB, error=error)


def _rows_of(label: str, bar: str | None, found: dict, kernel: float | None) -> list[Row]:
    error = found.get("error")
    if error:
        failed = [Row(label, None, _PER_YEAR, error=error)]
        return failed + [Row(f"{label} / {KERNEL}", None, "x", bar, error=error)] * bool(bar)
    seconds = found["seconds_per_plane_year"]
    ratio = seconds / kernel if kernel else None
    runs = f"median of {found['runs']} runs, warm, one process"
    return [
        Row(label, seconds, _PER_YEAR, note=runs),
        Row(f"{label} / {KERNEL}", ratio, "x", bar),
        Row(f"{label}, peak memory", found["peak_rss_mib"], _MIB),
    ]


def _yields_table(yields: dict[str, list[float]]) -> str:
    """Annual AC of each peer and its difference from roofpv."""
    lines = [
        "Annual AC, kWh/kWp, and difference from roofpv (tilt/azimuth 0/180 15/180 35/90 60/225)"
    ]
    ours = yields[KERNEL]
    for label, values in yields.items():
        pairs = zip(values, ours, strict=False)
        shown = [f"{value:8.1f} {100.0 * (value / own - 1.0):+7.3f} %" for value, own in pairs]
        lines.append(f"{label:42s}" + ("  ".join(shown) or "-"))
    return "\n".join(lines)


def _command_rows(weather: Path, quick: bool) -> Iterator[Row]:
    repeats = 1 if quick else 3
    planes = 5_000 if quick else endtoend.PLANES
    assess = f"roofpv assess, {planes:,} planes, warm"
    yield from _command_row("roofpv --help", "<= 0.2", lambda: endtoend.help_text(3))
    bars = (None, None) if quick else ("<= 10", "<= 1536")
    yield from _command_row(
        assess, bars[0], lambda: endtoend.plane_table(weather, repeats, planes), bars[1]
    )
    yield from _command_row("roofpv demo, warm", "<= 6", lambda: endtoend.demo_warm(repeats))
    yield from _command_row(
        "roofpv demo, first run ever", "<= 40", lambda: endtoend.demo_first(repeats)
    )


def _command_row(
    what: str, bar: str | None, measure: Callable[[], endtoend.Run], memory_bar: str | None = None
) -> Iterator[Row]:
    found = measure()
    yield Row(what, found.seconds, "s", bar, error=found.error)
    yield Row(f"{what}, peak memory", found.peak_rss_mib, _MIB, memory_bar, error=found.error)


def _document(
    rows: list[Row], yields: dict[str, list[float]], options: argparse.Namespace
) -> dict[str, object]:
    return {
        "benchmark": "roofpv",
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "quick": options.quick,
        "weather": options.weather.name,
        "git": record.revision(),
        "machine": record.machine(),
        "versions": record.versions(),
        "rows": [row.document() for row in rows],
        "annual_ac_kwh_per_kwp": yields,
    }


if __name__ == "__main__":
    main()
