"""
Own use and tariff hour by hour: time of an energy run with them beside one without, by turns.

Roofs of one to four planes, in the open, in rows and under skylines; every load and a tariff by the
hour.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import record
import xarray as xr
from shaded import SITE, city, roofs

from roofpv.assumptions import Assumptions, from_values
from roofpv.energy import set_threads, simulate
from roofpv.finance import Metering, civil_hours, consumption, terms_of
from roofpv.sky import sun_and_sky
from roofpv.weather import bundled_weather

TARIFF = "ningxia-general"


def houses(count: int) -> pd.DataFrame:
    """Planes with the building of each."""
    rng = np.random.default_rng(3)
    sizes = rng.integers(1, 5, count)
    owner = np.repeat(np.arange(count), sizes)[:count]
    return roofs(count).assign(
        building_id=[f"b{i}" for i in owner], kwp=rng.uniform(5.0, 100.0, count)
    )


def in_rows(planes: pd.DataFrame) -> pd.DataFrame:
    """The same arrays as racks."""
    return planes.assign(row_kind="racks", gcr=0.5, roof_tilt=0.0, roof_azimuth=180.0)


def pair(
    planes: pd.DataFrame, sky: xr.Dataset, skylines: xr.Dataset | None = None
) -> tuple[Callable[[], object], Callable[[], object]]:
    """Energy without own use, and with it."""
    rng = np.random.default_rng(4)
    ids = pd.Series(pd.unique(planes["building_id"]))
    uses = rng.choice(["school", "government", "hospital"], len(ids))
    load = rng.uniform(1e4, 5e5, len(ids))
    terms = terms_of(from_values({"finance.tariff": TARIFF}, "benchmark"))

    def metered() -> object:
        hours = civil_hours(sky, terms)
        used = consumption(pd.DataFrame({"use": uses}), load, hours)
        metering = Metering(ids, used, hours)
        simulate(planes, sky, Assumptions(), skylines, metering.listener(planes))
        return metering.typical_year()

    return lambda: simulate(planes, sky, Assumptions(), skylines), metered


def seconds(calls: tuple[Callable[[], object], ...], repeats: int) -> list[list[float]]:
    """Processor seconds of each call by turns, compiled before."""
    spent: list[list[float]] = [[] for _ in calls]
    for turn in range(repeats + 1):
        for mine, call in zip(spent, calls, strict=True):
            start = time.process_time()
            call()
            if turn:
                mine.append(time.process_time() - start)
    return spent


def main(arguments: list[str] | None = None) -> int:
    """Print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--planes", type=int, default=20000)
    parser.add_argument("--repeats", type=int, default=5)
    # Threads that wait for each other spend processor time too.
    parser.add_argument("--jobs", type=int, default=1)
    asked = parser.parse_args(arguments)
    threads = set_threads(asked.jobs)
    sky = sun_and_sky(bundled_weather(SITE))
    planes = houses(asked.planes)
    cases = {
        "open": pair(planes, sky),
        "rows": pair(in_rows(planes), sky),
        "skylines": pair(planes, sky, city(planes, 4)),
    }
    told = {}
    for name, calls in cases.items():
        without, with_it = (min(spent) for spent in seconds(calls, asked.repeats))
        told[name] = {
            "us_per_plane_year": round(1e6 * without / asked.planes, 1),
            "with_own_use": round(1e6 * with_it / asked.planes, 1),
            "ratio": round(with_it / without, 2),
        }
    document = {
        "planes": asked.planes,
        "threads": threads,
        "cases": told,
        "bar_ratio": 1.4,
        "disturbed": record.busy(),
    }
    print(json.dumps(document, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
