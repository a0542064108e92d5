"""
A province in parts: time, memory, kills, a cluster, poison and changes, each against its bar.

``python benchmarks/scale.py --json FILE`` measures every row, ``scale.py kills dask`` some of them;
``--size 20000`` is a trial. The province is made here, seeded. ``--table FILE`` prints the lines
of an earlier JSON as a table in Markdown.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import math
import os
import random
import shutil
import signal
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import changes
import numpy as np
import poison
import province
import psutil
import record
from record import Row
from watched import Watched, busiest, watch

from roofpv.batch.cut import LONG_ROWS
from roofpv.batch.manifest import read_manifest
from roofpv.cli.assess import command as assess_command

WEATHER = Path(__file__).resolve().parent.parent / "data" / "weather" / "dawukou.csv"
MILLION, LIST = 1_000_000, 101_000
GROWTH = (0.01, 0.03, 0.1, 0.3, 1.0)
BUDGET_GIB, JOBS, POISONS = 2.0, 2, 40
# The command with lists of other lengths in parts, and other parts, than a user has.
_CUT = """
import sys
from roofpv.batch import cut
cut.LONG_ROWS, cut.PART_ROWS = int(sys.argv.pop(1)), int(sys.argv.pop(1))
from roofpv.cli import main
main()
"""


class Skipped(Exception):
    """A row that cannot be measured, and why."""


@dataclass
class Bench:
    """
    Where and how rows are measured.

    ``work`` folder of lists and results, ``size`` rows of the largest list (None: those of the
    issue), ``part_rows`` of a part (None: those that a user has), ``seed`` of everything random.
    """

    work: Path
    size: int | None = None
    part_rows: int | None = None
    kills: int = 30
    repeats: int = 3
    seed: int = 7
    weather: Path = WEATHER
    details: dict[str, Any] = field(default_factory=dict)

    def rows(self, wanted: int) -> int:
        """So many rows, or those of a trial."""
        return wanted if self.size is None else self.size

    def province(self, count: int) -> Path:
        """A list of so many buildings."""
        path = self.work / f"province-{count}.parquet"
        if not path.exists():
            tell(f"making {count:,} buildings")
            new = path.with_suffix(".new")
            province.write(count, new, self.seed)
            new.replace(path)
        return path

    def command(self, file: Path, out: Path, *options: str, parts: bool = False) -> list[str]:
        """The command of a user; ``parts`` also of a list that is short."""
        start = ["-m", "roofpv.cli"]
        if parts or self.part_rows is not None:
            start = ["-c", _CUT, "0", str(self.part_rows or 20_000)]
        asked = ["assess", str(file), "--weather", str(self.weather), "-o", str(out)]
        return [sys.executable, *start, *asked, "--jobs", str(JOBS), *options]

    def assess(self, file: Path, out: Path, *options: str, parts: bool = False) -> Watched:
        """Assess a list into a folder that is empty before."""
        shutil.rmtree(out, ignore_errors=True)
        found = watch(self.command(file, out, *options, parts=parts)).checked()
        shown = " ".join(options).replace(str(self.work), ".")
        tell(f"{file.stem} {shown}: {found.seconds:.1f} s, {found.cpu_s:.1f} s of CPU, "
             f"{found.peak_gib:.2f} GiB")  # fmt: skip
        return found


def tell(text: str) -> None:
    """Say how far it is."""
    print(text, file=sys.stderr, flush=True)


def shaded(bench: Bench) -> list[Row]:
    """Among neighbours, nine points of shade a roof."""
    file = bench.province(bench.rows(MILLION))
    found = bench.assess(file, bench.work / "shaded", "--context", str(file))
    return _time_and_memory(bench, "shaded", found, "<= 150")


def unshaded(bench: Bench) -> list[Row]:
    """Under an open sky."""
    found = bench.assess(bench.province(bench.rows(MILLION)), bench.work / "open")
    return _time_and_memory(bench, "open", found, "<= 45")


def _time_and_memory(bench: Bench, name: str, found: Watched, bar: str) -> list[Row]:
    bench.details[name] = {"rows": bench.rows(MILLION), "cpu_s": round(found.cpu_s, 1)}
    return [
        Row("time", round(found.seconds, 1), "s", bar, f"{found.cpu_s:.0f} s of CPU"),
        Row("memory of all processes, peak", round(found.peak_gib, 2), "GiB", "<= 4"),
    ]


def growth(bench: Bench) -> list[Row]:
    """Lists of 1, 3, 10, 30 and 100 %: how time and memory grow."""
    most = bench.rows(MILLION)
    found, as_is = {}, {}
    for share in GROWTH:
        count = max(2, round(share * most))
        file, out = bench.province(count), bench.work / "growth"
        found[count] = bench.assess(file, out, parts=True)
        if count <= LONG_ROWS and bench.part_rows is None:
            as_is[count] = bench.assess(file, out)
        shutil.rmtree(out)
    bench.details["growth"] = {
        name: {str(n): {"s": round(one.seconds, 2), "cpu_s": round(one.cpu_s, 2),
                        "gib": round(one.peak_gib, 3)} for n, one in runs.items()}
        for name, runs in (("in_parts", found), ("as_a_user_has_it", found | as_is))
    }  # fmt: skip
    rows = []
    for how, runs in (("all in parts", found), ("short lists in one piece", found | as_is)):
        peaks = [runs[count].peak_gib for count in sorted(runs)]
        each = ", ".join(f"{peak:.2f}" for peak in peaks)
        rows += [
            Row(f"exponent of time, {how}", exponent(runs), "", "<= 1.05"),
            Row(f"peak memory, longest to shortest, {how}", round(peaks[-1] / peaks[0], 3), "x",
                "<= 1.1", f"{each} GiB"),
        ]  # fmt: skip
    return rows


def exponent(found: dict[int, Watched]) -> float:
    """Slope of time over rows, both in logarithms, by least squares."""
    rows = np.log([float(n) for n in found])
    return round(float(np.polyfit(rows, np.log([one.seconds for one in found.values()]), 1)[0]), 3)


def budget(bench: Bench) -> list[Row]:
    """Three million buildings within 2 GiB."""
    _needs("--memory")
    file = bench.province(bench.rows(3 * MILLION))
    found = bench.assess(file, bench.work / "budget", "--memory", f"{BUDGET_GIB:g}GiB")
    bench.details["budget"] = {"rows": bench.rows(3 * MILLION), "s": round(found.seconds, 1)}
    peak = round(found.peak_gib, 2)
    return [Row("memory of all processes, peak", peak, "GiB", f"<= {BUDGET_GIB:g}",
                f"finished in {found.seconds:.0f} s")]  # fmt: skip


_WHOLE = "holds this result already, and it is whole"


def kills(bench: Bench) -> list[Row]:
    """SIGKILL to the whole process group at random times, then the same command again."""
    file, folder = bench.province(bench.rows(LIST)), bench.work / "kills"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "temporary").mkdir(parents=True)
    uncut = bench.assess(file, folder / "uncut")
    known = digests(folder / "uncut")
    draw = random.Random(bench.seed)
    out, told = folder / "out", {"kills": 0, "finished": 0, "parts_when_killed": []}
    command = bench.command(file, out)
    differ: list[str] = []
    left = 0
    while True:
        more = told["kills"] < bench.kills
        after = draw.uniform(0.1, 1.1 * uncut.seconds) if more else None
        found = watch(
            command, kill_after_s=after, environment={"TMPDIR": str(folder / "temporary")}
        )
        if found.code == -9:
            told["kills"] += 1
            told["parts_when_killed"].append(_parts_done(out))
            tell(f"kill {told['kills']}: {told['parts_when_killed'][-1]} parts are done")
            continue
        # Killed when all was done, a run says so when it is given again.
        if _WHOLE not in found.said:
            found.checked()
        told["finished"] += 1
        now = digests(out)
        differ += differing(known, now)
        left += len(now.keys() - known.keys()) + sum(1 for _ in (folder / "temporary").iterdir())
        tell(f"{told['kills']} kills, {told['finished']} runs finished, {len(differ)} files differ")
        shutil.rmtree(out)
        if not more:
            break
    left += sum(1 for one in folder.iterdir() if one.name not in ("uncut", "temporary"))
    bench.details["kills"] = told | {"rows": bench.rows(LIST), "differ": differ[:20]}
    return [
        Row("kills", told["kills"], "", f">= {bench.kills}",
            f"in {told['finished']} runs that were each gone on with to the end"),
        Row("files that differ from the uncut run", len(differ), "", "<= 0"),
        Row("temporary files left", left, "", "<= 0"),
    ]  # fmt: skip


def _parts_done(out: Path) -> int:
    return len(read_manifest(out).parts) if out.is_dir() else 0


def dask(bench: Bench) -> list[Row]:
    """A cluster of two processes on this machine against two processes of ours."""
    file = bench.province(bench.rows(LIST))
    ours, theirs = bench.work / "jobs", bench.work / "dask"
    spent: dict[str, list[float]] = {"jobs": [], "dask": []}
    for _ in range(bench.repeats):
        spent["jobs"].append(bench.assess(file, ours).seconds)
        spent["dask"].append(bench.assess(file, theirs, "--scheduler", "local").seconds)
    known = digests(ours)
    differ = differing(known, digests(theirs))
    killed: list[int] = []

    def kill_one(process: psutil.Process) -> None:
        if not killed and _parts_done(theirs):
            worker = busiest(process)
            if worker is not None:
                killed.append(_parts_done(theirs))
                with contextlib.suppress(psutil.Error):
                    worker.kill()

    shutil.rmtree(theirs)
    watch(bench.command(file, theirs, "--scheduler", "local"), each=kill_one).checked()
    if not killed:
        raise RuntimeError("it ended before a worker could be killed: take more rows")
    after = differing(known, digests(theirs))
    middle = {name: statistics.median(walls) for name, walls in spent.items()}
    bench.details["dask"] = {
        "rows": bench.rows(LIST), "s": spent, "killed_after_parts": killed[0],
        "differ": [*differ, *after][:20],
    }  # fmt: skip
    return [
        Row("time to that of --jobs 2", round(middle["dask"] / middle["jobs"], 3), "x", "<= 1.2",
            f"medians of {bench.repeats}, {middle['dask']:.1f} s and {middle['jobs']:.1f} s"),
        Row("files that differ from --jobs 2", len(differ), "", "<= 0"),
        Row("files that differ, a worker killed", len(after), "",
            "<= 0"),
    ]  # fmt: skip


def poisoned(bench: Bench, assess: Callable[[Path, Path], Any] | None = None) -> list[Row]:
    """Rows of forty kinds of poison, and of others that are kept with a finding, in the list."""
    count = bench.rows(MILLION)
    each = poison.EACH if count >= 20_000 else 1
    paths = {name: bench.work / f"{name}.parquet" for name in ("poisoned", "clean")}
    found = poison.write(count, paths["poisoned"], each=each, seed=bench.seed)
    poison.write(count, paths["clean"], each=each, clean=True, seed=bench.seed)
    for name, path in paths.items():
        (assess or bench.assess)(path, bench.work / f"{name}-out")
    outs = bench.work / "poisoned-out", bench.work / "clean-out"
    outcomes = poison.outcomes(found, outs[0])
    differ = poison.others_that_differ(found, *outs)
    for line in poison.tells(outcomes):
        tell(line)
    bench.details["poison"] = {"rows": count, "kinds": outcomes, "others_that_differ": differ}
    lost, kept = (
        [one for one in outcomes.values() if one["lost"] is lost] for lost in (True, False)
    )
    return [
        Row("rows set aside for the right reason", _sum(lost, "right"), "",
            f">= {POISONS * each}", f"{len(lost)} kinds"),
        Row("rows that are kept, with the right finding", _sum(kept, "right"), "",
            f">= {_sum(kept, 'rows')}", f"{len(kept)} kinds that are repaired or told"),
        Row("cells of other rows that differ from the list without them", sum(differ.values()), "",
            "<= 0"),
    ]  # fmt: skip


def _sum(kinds: Sequence[dict[str, Any]], name: str) -> int:
    return sum(one[name] for one in kinds)


def changed(bench: Bench) -> list[Row]:
    """A hundred buildings changed, then the list assessed again in the same folder; twice."""
    _needs("--update")
    file, new = bench.province(bench.rows(MILLION)), bench.work / "changed.parquet"
    wanted = max(1, min(100, bench.rows(MILLION) // 100))
    count = changes.write(file, new, wanted, bench.seed)
    out, anew = bench.work / "changed", bench.work / "anew"
    bench.assess(file, out, "--context", str(file))
    tell(f"{count} of the buildings change")
    again = _updated(bench, new, out)
    full = bench.assess(new, anew, "--context", str(new))
    differ = differing(digests(anew), digests(out))
    newer = bench.work / "newer.parquet"
    changes.write(new, newer, wanted, bench.seed, together=True)
    tell("as many change in one place")
    together = _updated(bench, newer, out)
    seconds = [round(one.seconds, 1) for one in (again, together, full)]
    bench.details["changed"] = {
        "rows": bench.rows(MILLION), "changed": count, "differ": differ[:20], "s": seconds,
    }  # fmt: skip
    return [
        Row("time to that of the whole", round(again.seconds / full.seconds, 3), "x", "<= 0.1",
            f"{seconds[0]} s and {seconds[2]} s, among neighbours, half of them one by one"),
        Row("the same, all in one place", round(together.seconds / full.seconds, 3), "x", "<= 0.1",
            f"{seconds[1]} s"),
        Row("files that differ from the whole", len(differ), "", "<= 0"),
    ]  # fmt: skip


def _updated(bench: Bench, file: Path, out: Path) -> Watched:
    found = watch(bench.command(file, out, "--context", str(file), "--update")).checked()
    tell(f"again: {found.seconds:.1f} s, {found.cpu_s:.1f} s of CPU, {found.peak_gib:.2f} GiB")
    return found


def _needs(option: str) -> None:
    if not any(option in one.opts for one in assess_command.params):
        raise Skipped(f"roofpv assess has no {option}")


def digests(out: Path) -> dict[str, str]:
    """Digest of every file in a folder."""
    return {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file()
    }


def differing(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """Files that are in one only, or not the same in both."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


# Name, what the README calls it, and how it is measured.
ROWS: dict[str, tuple[str, Callable[[Bench], list[Row]]]] = {
    "shaded": ("1,000,000 buildings among themselves, 9 points of shade", shaded),
    "open": ("1,000,000 buildings, no shade", unshaded),
    "growth": ("10,000 to 1,000,000 buildings", growth),
    "budget": ("3,000,000 buildings, `--memory 2GiB`", budget),
    "kills": ("SIGKILL at random times, then finished", kills),
    "dask": ("Dask cluster of 2 processes against `--jobs 2`", dask),
    "poison": ("rows of 40 kinds of poison in 1,000,000", poisoned),
    "changed": ("again after 100 of 1,000,000 buildings changed", changed),
}


def measure(bench: Bench, names: Sequence[str]) -> dict[str, Any]:
    """Measure some rows; the document that holds them."""
    found = []
    tell("compiling")
    file = bench.province(min(500, bench.rows(MILLION)))
    bench.assess(file, bench.work / "compiled", "--context", str(file), parts=True)
    for name in names:
        title, row = ROWS[name]
        one: dict[str, Any] = {"row": name, "what": title, "how": row.__doc__}
        one["disturbed"] = record.busy()
        tell(f"-- {name}: {title}")
        figures: list[Row] = []
        try:
            figures = row(bench)
        except Skipped as why:
            one["skipped"] = str(why)
            tell(f"skipped: {why}")
        except Exception as error:  # a row that fails leaves the others
            one["error"] = f"{type(error).__name__}: {error}".replace(str(bench.work), ".")[:600]
            tell(f"FAILED: {one['error']}")
        else:
            tell(record.table(figures))
        one["figures"] = [figure.document() for figure in figures]
        one["met"] = None if "skipped" in one else bool(figures) and all(
            figure.met is not False for figure in figures)  # fmt: skip
        found.append(one | {"details": bench.details.get(name, {})})
    return {
        "benchmark": "scale",
        "trial": bench.size is not None,
        "machine": record.machine(),
        "versions": record.versions(),
        "seed": bench.seed,
        "rows": found,
    }


def markdown(document: dict[str, Any]) -> str:
    """The README's table."""
    lines = ["| figure, two cores | bar | measured |", "|---|--:|--:|"]
    for row in document["rows"]:
        why = row.get("skipped") or row.get("error")
        if why:
            lines.append(f"| {row['what']} | | not measured: {why} |")
        for one in row["figures"]:
            unit = f" {one['unit']}" if one["unit"] else ""
            bar = _shown(float((one["bar"] or "<= nan").split()[1]))
            mark = "" if one["met"] is not False else " (not reached)"
            figure = f"{_shown(one['figure'])}{unit}{mark}"
            lines.append(f"| {row['what']}: {one['what']} | {bar}{unit} | {figure} |")
    machine = document["machine"]
    lines.append(
        f"\n{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']:g} GiB, "
        f"Python {document['versions']['python']}"
    )
    return "\n".join(lines)


def _shown(value: float | None) -> str:
    if value is None or math.isnan(value):
        return "-"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:g}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for, and write it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"{', '.join(ROWS)} [all]")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--table", type=Path, metavar="FILE", help="print an earlier JSON")
    parser.add_argument("--size", type=int, help="rows of the longest list, for a trial")
    parser.add_argument("--part-rows", type=int, help="rows of a part, for a trial")
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--work", type=Path, help="folder that is kept [a temporary one]")
    asked = parser.parse_args(arguments)
    if asked.table:
        print(markdown(json.loads(asked.table.read_text(encoding="utf-8"))))
        return 0
    unknown = [name for name in asked.rows if name not in ROWS]
    if unknown:
        parser.error(f"no such row: {unknown[0]}; there are {', '.join(ROWS)}")
    # What it has started must not outlive it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with contextlib.ExitStack() as stack:
        work = asked.work or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        work.mkdir(parents=True, exist_ok=True)
        os.environ.setdefault("PYTHONPATH", str(Path(__file__).resolve().parents[1] / "src"))
        bench = Bench(
            work.resolve(), asked.size, asked.part_rows, asked.kills, asked.repeats, asked.seed
        )
        document = measure(bench, asked.rows or list(ROWS))
    text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    if asked.json:
        asked.json.write_text(text, encoding="utf-8")
    else:
        print(text, end="")
    return 0 if all(row["met"] is not False for row in document["rows"]) else 1


if __name__ == "__main__":
    sys.exit(main())
