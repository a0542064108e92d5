"""Several weather sites in one Dataset."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import xarray as xr

from roofpv.errors import InvalidWeather
from roofpv.weather.dataset import EXTRAS, UNITS
from roofpv.weather.times import Rows, minutes_of_year

_SHARED = ("time_label", "interval_minutes", "utc_offset_hours", "typical_year")
# A year without 29 February, and one with it, that stand for typical years of mixed origin.
_NOMINAL, _NOMINAL_LEAP = "2001-01-01", "2000-01-01"
_ORDINARY_MINUTES = 365 * 24 * 60


def combine_sites(datasets: list[xr.Dataset]) -> xr.Dataset:
    """
    Several sites in one Dataset; typical years made of different years share a nominal calendar.

    Parameters
    ----------
    datasets : list of Dataset (site, time)
        From ``read_weather``. Each site keeps its own ``sun_time``.

    Raises
    ------
    InvalidWeather
        Sites whose rows do not stand for the same times, or two sites of one name.
    """
    first = datasets[0]
    calendar = all(_same_times(other, first) for other in datasets[1:])
    if not calendar and all(one.attrs["typical_year"] for one in datasets):
        datasets = [_nominal(one) for one in datasets]
    for other in datasets[1:]:
        if not _same_times(other, datasets[0]):
            why = _difference(other, first)
            raise InvalidWeather(
                str(other.attrs["source"]),
                f"its times differ from those of {first.attrs['source']}{why}",
                "Give sites with the same hours, or assess them one by one",
            )
    columns = set.union(*(set(map(str, one.data_vars)) for one in datasets))
    joined = xr.concat(
        [_with_columns(one, columns) for one in datasets], "site", combine_attrs="override",
        join="exact", data_vars="minimal", coords="minimal", compat="equals",
    )  # fmt: skip
    _check_names(joined)
    joined.attrs = _joined_attrs(datasets)
    for key in ("inputs", "warnings"):
        joined.attrs[key] = _joined_lists([str(one.attrs.get(key, "[]")) for one in datasets])
    joined.attrs["synthetic"] = max(int(one.attrs["synthetic"]) for one in datasets)
    return joined


def _joined_attrs(datasets: list[xr.Dataset]) -> dict[str, object]:
    """What all sites say alike; where they differ, words side by side and figures left out."""
    joined: dict[str, object] = {}
    for key in dict.fromkeys(str(key) for one in datasets for key in one.attrs):
        values = list(dict.fromkeys(one.attrs[key] for one in datasets if key in one.attrs))
        if len(values) == 1 and all(key in one.attrs for one in datasets):
            joined[key] = values[0]
        elif all(isinstance(value, str) for value in values):
            joined[key] = "; ".join(values)
    counts = [json.loads(str(one.attrs.get("filled_rows", "{}"))) for one in datasets]
    names = sorted({name for count in counts for name in count})
    joined["filled_rows"] = json.dumps({n: sum(count.get(n, 0) for count in counts) for n in names})
    return joined


def _difference(other: xr.Dataset, first: xr.Dataset) -> str:
    unlike = [key for key in _SHARED if other.attrs[key] != first.attrs[key]]
    said = [f"{key} {other.attrs[key]} and {first.attrs[key]}" for key in unlike]
    return f" ({', '.join(said)})" if said else ""


def _same_times(other: xr.Dataset, first: xr.Dataset) -> bool:
    alike = all(other.attrs[key] == first.attrs[key] for key in _SHARED)
    return alike and other.indexes["time"].equals(first.indexes["time"])


def _nominal(data: xr.Dataset) -> xr.Dataset:
    """A typical year with the days of a nominal year as its times; its ``sun_time`` stays."""
    times, offset = data.indexes["time"], float(data.attrs["utc_offset_hours"])
    rows = Rows(pd.DatetimeIndex(times), np.arange(times.size), "", offset, typical_year=True)
    minutes = minutes_of_year(rows)
    order = np.argsort(minutes, kind="stable")
    start = _NOMINAL if minutes[order[-1]] < _ORDINARY_MINUTES else _NOMINAL_LEAP
    nominal = pd.Timestamp(start) + pd.to_timedelta(minutes[order] - 60.0 * offset, unit="min")
    return data.isel(time=order).assign_coords(time=pd.DatetimeIndex(nominal).as_unit("ns"))


def _with_columns(data: xr.Dataset, columns: set[str]) -> xr.Dataset:
    """Columns that other sites have and this one has not, as missing."""
    nothing = np.full((data.sizes["site"], data.sizes["time"]), np.nan)
    units = UNITS | EXTRAS
    absent = sorted(columns - set(map(str, data.data_vars)))
    return data.assign({n: (("site", "time"), nothing, {"units": units[n]}) for n in absent})


def _check_names(joined: xr.Dataset) -> None:
    names = joined["site"].to_series()
    twice = names[names.duplicated()]
    if len(twice):
        raise InvalidWeather(
            str(joined.attrs["source"]),
            f"two sites are called {twice.iloc[0]!r}",
            "Give each site a name of its own",
        )


def _joined_lists(lists: list[str]) -> str:
    entries = {json.dumps(entry): entry for text in lists for entry in json.loads(text)}
    return json.dumps(list(entries.values()), ensure_ascii=False)
