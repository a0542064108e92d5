"""NetCDF of ours: many sites and years."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from pvlib.solarposition import equation_of_time_spencer71

from roofpv.errors import InvalidWeather
from roofpv.text import plain
from roofpv.weather.dataset import EXTRAS, SPREADS, UNITS
from roofpv.weather.doctor import LABELS, Claim
from roofpv.weather.formats.common import Content, on_labels, site_of, step_minutes
from roofpv.weather.series import Place, Series

KIND = "NetCDF"
_NEEDED = (
    "site", "time", "latitude", "longitude", "altitude", "time_label", "interval_minutes",
    "utc_offset_hours", "typical_year",
)  # fmt: skip
# Said by the claim, or found anew.
_RECOMPUTED = {
    "time_label", "interval_minutes", "utc_offset_hours", "typical_year", "inputs", "source",
    "kind", "clock_finding", "clock_error_minutes", "clock_uncertainty_minutes",
}  # fmt: skip
_DAY_MINUTES = 1440.0


def read_netcdf(content: Content, place: Place) -> list[Series]:
    """
    Read a NetCDF of ours, one series a site.

    Raises
    ------
    InvalidWeather
        Something that our files have is missing, or its interval is not that of its rows.
    """
    if content.start.startswith(b"CDF"):
        raise InvalidWeather(content.name, "NetCDF of the classic kind", "Save it as NetCDF 4")
    with xr.open_dataset(content.file, engine="h5netcdf") as opened:
        data = opened.load()
    stated = {*map(str, data.dims), *map(str, data.variables), *map(str, data.attrs)}
    missing = [name for name in _NEEDED if name not in stated]
    if missing:
        raise InvalidWeather(
            content.name,
            f"it has no {missing[0]}; expected dimensions site and time, and {', '.join(_NEEDED)}",
            "Write it with the Dataset that roofpv.read_weather returns",
        )
    for key, kind in (("warnings", list), ("filled_rows", dict)):
        _check_json(data, key, kind, content)
    count = data.sizes["site"]
    if place != Place() and count != 1:
        raise InvalidWeather(
            content.name,
            f"it has {count} sites, and one place is given",
            "Leave --lat and --lon out",
        )
    sites = [_site(data.isel(site=number), content, place) for number in range(count)]
    if count == 1:
        return sites
    # Rows are those of a site: a problem must say of which. What was filled is counted once.
    once = {"filled_rows"}
    sites[1:] = [
        replace(one, attrs={key: one.attrs[key] for key in one.attrs if key not in once})
        for one in sites[1:]
    ]
    return [replace(one, source=f"{one.source}, site {plain(one.site.name)}") for one in sites]


def _site(data: xr.Dataset, content: Content, place: Place) -> Series:
    attrs = data.attrs
    times = pd.DatetimeIndex(data["time"].to_numpy()).as_unit("ns")
    rows = np.arange(1, times.size + 1, dtype=np.int64)
    interval = _interval(data, times, rows, content)
    label = str(attrs["time_label"])
    if label not in LABELS:
        raise InvalidWeather(
            f"{content.name}, time_label", f"{label!r}", f"Write {' or '.join(LABELS)}"
        )
    claim = Claim(label, interval, float(attrs["utc_offset_hours"]))
    times, claim, clock = _by_sun(data, times, claim, content)
    columns = {
        name: data[name].to_numpy().astype(float) for name in (*UNITS, *EXTRAS) if name in data
    }
    kept = {key: value for key, value in attrs.items() if key not in _RECOMPUTED}
    spreads = {key: float(data[key].item()) for key in SPREADS if key in data.variables}
    height = "temp_air_altitude" if "temp_air_altitude" in data.variables else "altitude"
    own = [data[name].item() for name in ("latitude", "longitude", height)]
    site = replace(
        site_of(content, place, (own[0], own[1], own[2])),
        name=str(data["site"].item()),
        district=str(data["district"].item()) if "district" in data.variables else "",
    )
    return Series(
        on_labels(pd.DataFrame(columns, index=times), times, 0.0),
        site, claim, KIND, content.name, rows, bool(int(attrs["typical_year"])),
        kept | spreads | clock,
    )  # fmt: skip


def _check_json(data: xr.Dataset, key: str, kind: type, content: Content) -> None:
    try:
        sound = isinstance(json.loads(str(data.attrs.get(key, json.dumps(kind())))), kind)
    except ValueError:
        sound = False
    if not sound:
        raise InvalidWeather(
            f"{content.name}, {key}", f"no JSON {kind.__name__}", "Leave the attribute out"
        )


def _interval(
    data: xr.Dataset, times: pd.DatetimeIndex, rows: npt.NDArray[np.int64], content: Content
) -> int:
    found = step_minutes(times, rows, content.name)
    stated = data.attrs["interval_minutes"]
    if float(stated) != found:
        raise InvalidWeather(
            f"{content.name}, interval_minutes",
            f"{stated!r}, but rows are {found} minutes apart",
            "Correct the attribute",
        )
    return found


def _by_sun(
    data: xr.Dataset, times: pd.DatetimeIndex, claim: Claim, content: Content
) -> tuple[pd.DatetimeIndex, Claim, dict[str, object]]:
    """
    Labels, claim and clock of a site whose sun stands elsewhere than the plain rule has it.

    Sites of typical years share nominal times; the days of a site's own are in its ``sun_time``.
    """
    if "sun_time" not in data.variables:
        return times, claim, {}
    sun = pd.DatetimeIndex(data["sun_time"].to_numpy()).as_unit("ns")
    apart = (sun - times).to_numpy() / np.timedelta64(1, "m")
    minutes = (apart + _DAY_MINUTES / 2.0) % _DAY_MINUTES - _DAY_MINUTES / 2.0
    clock: dict[str, object] = {}
    if np.ptp(minutes) > 1.0:
        days = (times + pd.to_timedelta(claim.minutes, unit="min")).day_of_year
        minutes = minutes + equation_of_time_spencer71(days.to_numpy().astype(float))
        clock = {"clock": "solar"}
    if not np.ptp(minutes) <= 1.0:
        raise InvalidWeather(
            f"{content.name}, sun_time",
            "it follows neither time nor the sundial",
            "Leave it out, or write it as roofpv does",
        )
    after = float(np.median(minutes))
    labels = times if clock else sun - pd.to_timedelta(after, unit="min").round("s")
    return labels, replace(claim, stated_minutes=after - claim.minutes), clock
