"""How long it takes to read and check 20 years of hourly weather of one site."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from roofpv.weather import bundled_weather, read_weather
from roofpv.weather.write import write_weather

BAR_SECONDS = 3.0
RUNS = 5


def twenty_years() -> xr.Dataset:
    """The bundled year of Dawukou again and again, by the calendar of 2001 to 2020."""
    year = bundled_weather("dawukou")
    offset = pd.Timedelta(hours=8)
    local = pd.date_range("2001-01-01", "2020-12-31 23:00", freq="h", unit="ns")
    day = local.day_of_year.to_numpy() - 1
    after_leap_day = local.is_leap_year & (day > 58)
    hour = np.minimum(day - after_leap_day, 364) * 24 + local.hour.to_numpy()
    times = local - offset
    columns = {
        str(name): (("site", "time"), year[name].to_numpy()[:, hour]) for name in year.data_vars
    }
    places = {
        name: year[name] for name in ("site", "latitude", "longitude", "altitude", "district")
    }
    sun = (times + pd.Timedelta(minutes=30)).to_numpy()[None, :]
    coords = {**places, "time": times, "sun_time": (("site", "time"), sun)}
    return xr.Dataset(columns, coords, year.attrs | {"typical_year": 0})


def measure() -> dict[str, float]:
    """Median seconds by format."""
    data = twenty_years()
    seconds = {}
    with tempfile.TemporaryDirectory() as folder:
        for suffix in ("csv", "nc"):
            file = Path(folder) / f"years.{suffix}"
            write_weather(data, file)
            read_weather(file)
            taken = []
            for _ in range(RUNS):
                start = time.perf_counter()
                read = read_weather(file)
                taken.append(time.perf_counter() - start)
            if read.sizes["time"] != data.sizes["time"]:
                raise SystemExit(f"{suffix}: {read.sizes['time']} rows came back")
            seconds[suffix] = round(statistics.median(taken), 2)
    return seconds


def main(arguments: list[str] | None = None) -> int:
    """Print the seconds, or one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    seconds = measure()
    if asked.json:
        print(json.dumps({"seconds": seconds, "bar": BAR_SECONDS, "runs": RUNS}))
    else:
        for suffix, value in seconds.items():
            print(f"20 years, 1 site, hourly, .{suffix}: {value:.2f} s (bar {BAR_SECONDS:g} s)")
    return int(max(seconds.values()) > BAR_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
