"""A budget of memory: how many rows a part has, and how many processes work at once."""

from __future__ import annotations

import dataclasses
import functools
import re

from roofpv.batch.cut import PART_ROWS, rows_of
from roofpv.batch.folder import Run, begun_rows
from roofpv.batch.gathering import at_once
from roofpv.errors import InvalidConfig

# Rows of a part that a budget may choose instead of more. Below, what a part takes whatever its
# rows is more than a second process saves: 40,000 buildings with shade took 23, 26, 32 and 49 s of
# CPU in parts of 10,000, 5,000, 2,500 and 1,250.
SIZES = (PART_ROWS, 10_000, 5_000, 2_500)
_MIB, _GIB = 1024.0**2, 1024.0**3
_SIZE = re.compile(r"\s*([0-9]+(?:\.[0-9]*)?)\s*([kmgt])(i?b|)\s*", re.IGNORECASE)
# Peaks of resident memory of processes that assessed 40,000 buildings of `benchmarks/province.py`,
# weather of one site, CPython 3.11 on Linux, in parts of 2,500, 5,000, 10,000 and 20,000 rows: 451,
# 479, 510 and 785 MiB without and 519, 560, 681 and 1,291 MiB with shade; these are not exceeded.
_WORKER, _WORKER_ROW = 430 * _MIB, 18_700.0
_SHADED, _SHADED_ROW = 470 * _MIB, 43_500.0
# More in each of them where hours are kept, whatever the rows: 170 MiB, in parts of 2,500 rows.
_HOURS = 200 * _MIB
# Of the process that leads them: 559 MiB with a list of 1,000,000, 809 MiB with one of 3,000,000.
_LEADER, _LEADER_ROW, _LEADER_LAST_ROW = 430 * _MIB, 135.0, 40.0
# Of one that adds up, by rows of the list: the years of the energy took 662 and 1,256 MiB with
# 1,000,000 and 3,000,000, chances 619 and 821, all else less.
_END, _END_ROW = 340 * _MIB, 348.0


def size_of(text: str) -> float:
    """
    A size as people write it.

    Parameters
    ----------
    text : str
        ``2GiB`` (of 1024 cubed), ``1500MB`` or ``2G`` (of 1000 cubed).

    Returns
    -------
    float
        [bytes]

    Raises
    ------
    InvalidConfig
        No size, or none of any memory.
    """
    found = _SIZE.fullmatch(text)
    size = 0.0
    if found is not None:
        number, prefix, unit = found.groups()
        base = 1024.0 if unit.lower() == "ib" else 1000.0
        size = float(number) * base ** ("kmgt".index(prefix.lower()) + 1)
    if not size:
        raise InvalidConfig("--memory", f"{text!r} is no size of a memory", "Write 2GiB or 1500MB")
    return size


def needed(
    rows: int, part_rows: int, jobs: int, *, shaded: bool = False, hours: bool = False
) -> float:
    """
    Memory of all processes while they look over a list, assess its parts, and add up.

    Parameters
    ----------
    rows : int
        Of the list.
    part_rows : int
        Of a part.
    jobs : int
        Processes at once.
    shaded : bool
        Whether buildings around are looked at.
    hours : bool
        Whether hours are kept.

    Returns
    -------
    float
        [bytes]
    """
    base, by_row = (_SHADED, _SHADED_ROW) if shaded else (_WORKER, _WORKER_ROW)
    worker = base + by_row * min(rows, part_rows) + _HOURS * hours
    parts = _LEADER + _LEADER_ROW * rows + jobs * worker
    # Who has nothing to add up has gone.
    end = _LEADER + _LEADER_LAST_ROW * rows + at_once(rows, jobs) * (_END + _END_ROW * rows)
    return max(parts, end)


def fitted(run: Run, budget: float) -> Run:
    """
    The same run with the largest parts and the most processes that a budget allows.

    Parameters
    ----------
    run : Run
        Parts are no larger and processes no more than it says; a folder that is begun keeps its
        parts.
    budget : float
        [bytes]

    Raises
    ------
    InvalidConfig
        It allows none.
    """
    rows, hours = rows_of(run.inventory), bool(run.hours)
    need = functools.partial(needed, rows, shaded=run.context is not None, hours=hours)
    begun = begun_rows(run)
    smaller = [size for size in SIZES if size < run.part_rows]
    sizes = [run.part_rows, *smaller] if begun is None else [begun]
    for jobs in range(run.jobs, 0, -1):
        for size in sizes:
            if need(size, jobs) <= budget:
                return dataclasses.replace(run, part_rows=size, jobs=jobs)
    least = need(sizes[-1], 1)
    raise InvalidConfig(
        "--memory",
        f"{rows:,} buildings in parts of {sizes[-1]:,} take about {least / _GIB:.1f} GiB, "
        f"allowed are {budget / _GIB:.1f} GiB",
        "Allow more" + ("" if begun is None else ", or begin anew in smaller parts: --overwrite"),
    )
