"""What was found in a weather file: lines for a terminal, and the picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from roofpv.report.weather_picture import WeatherPicture, weather_svg
from roofpv.text import plain, table
from roofpv.weather.digest import digest, local_labels, sun_lines, verdict
from roofpv.weather.examine import Examined, Grid
from roofpv.weather.series import SEVERITIES

_LONGEST = 400
_MONTH_COLUMNS = ("ghi", "clear_sky_ghi", "dni", "dhi", "temp_air", "wind_speed")
_HEADERS = {
    "ghi": "GHI",
    "clear_sky_ghi": "clear sky",
    "dni": "DNI",
    "dhi": "DHI",
    "temp_air": "mean degC",
    "wind_speed": "wind m/s",
}


def info_text(told: Mapping[str, Any]) -> list[str]:
    """Lines of what a weather file holds: site, period, resolution, sums, source."""
    place = f"{told['latitude']:.4f} N, {told['longitude']:.4f} E, {told['altitude']:.0f} m"
    lines = [
        f"{plain(told['file'])}: {told['kind']}",
        f"  site        {plain(told['site'])}, {place}",
        f"  period      {_period(told)}",
        f"  rows        {told['rows']:,} of {told['interval_minutes']:g} min, {_label(told)}, "
        f"clock UTC{told['utc_offset_hours']:+g}",
    ]
    if told["source"]:
        lines.append(f"  source      {plain(told['source'], 200)}")
    if told["synthetic"]:
        lines.append("  SYNTHETIC: drawn from statistics, no measurement")
    year = told.get("year", {})
    if year:
        lines.append(f"  a year      {_sums(year)}")
        lines.append(f"  air         {_air(year)}")
    for word in ("missing", "filled"):
        counts = {name: count for name, count in told.get(word, {}).items() if count}
        if counts:
            said = ", ".join(f"{name} {count:,}" for name, count in counts.items())
            lines.append(f"  {word:<11} {said} rows")
    return lines


def months_text(told: Mapping[str, Any]) -> list[str]:
    """Table of the months; an empty cell is a month with missing hours."""
    months = told.get("months", [])
    present = [name for name in _MONTH_COLUMNS if months and name in months[0]]
    rows = [[month["month"], *(_cell(month[name]) for name in present)] for month in months]
    header = ["month", *(_HEADERS[name] for name in present)]
    return table(header, rows) if rows else []


def check_text(told: Mapping[str, Any]) -> list[str]:
    """Lines of the verdict on a weather file, gravest first."""
    lines = [f"Verdict: {told['verdict']}"]
    for severity in SEVERITIES:
        for problem in told["problems"]:
            if problem["severity"] == severity:
                lines.append(f"  {severity}: {plain(_sentence(problem), _LONGEST)}")
    return lines


def weather_picture(found: Examined, told: Mapping[str, Any] | None = None) -> str | None:
    """
    Draw the months of a series, and its hours by day with sunrise and sunset over them.

    Returns
    -------
    str or None
        An SVG document; None where the series could not be put on a grid of time.
    """
    if found.grid is None:
        return None
    figures = digest(found) if told is None else told
    grid = found.grid
    local = local_labels(found, grid)
    ghi = _light(grid, local)
    dhi = pd.Series(grid.frame["dhi"].to_numpy(), local) if "dhi" in grid.frame else None
    claim, site = found.series.claim, found.series.site
    days = pd.DatetimeIndex(local.normalize().unique())
    said = [_sentence(p) for p in figures["problems"] if p["severity"] != "note"]
    said += [_sentence(p) for p in figures["problems"] if p["code"] == "clock" and not said]
    place = f"{site.latitude:.3f} N, {site.longitude:.3f} E, {site.altitude:.0f} m"
    picture = WeatherPicture(
        title=f"{found.series.source}: {verdict(found)}",
        subtitle=f"{found.series.kind}, {site.name}, {place}; {_period(figures)}; "
        f"{grid.table.interval_minutes} min, {_label(figures)}, clock "
        f"UTC{claim.utc_offset_hours:+g}",
        verdict=tuple(said),
        ghi=ghi,
        dhi=dhi,
        clear_ghi=pd.Series(grid.sun.clear_ghi, local),
        interval_minutes=int(grid.table.interval_minutes),
        label_minutes=float((grid.sun_times[0] - grid.frame.index[0]) / pd.Timedelta(minutes=1)),
        sun=sun_lines(days, site, claim.utc_offset_hours),
    )
    return weather_svg(picture)


def _light(grid: Grid, local: pd.DatetimeIndex) -> pd.Series:
    """GHI, or what its parts add up to."""
    frame = grid.frame
    if "ghi" in frame:
        return pd.Series(frame["ghi"].to_numpy(), local)
    closed = frame["dni"] * np.maximum(grid.sun.cos_zenith, 0.0) + frame["dhi"]
    return pd.Series(closed.to_numpy(), local)


def _sentence(problem: Mapping[str, Any]) -> str:
    said = f"{problem['where']}: {problem['what']}"
    return f"{said}. {problem['mend']}." if problem["mend"] else said


def _period(told: Mapping[str, Any]) -> str:
    if "first" not in told:
        return "not known"
    span = f"{told['first']} to {told['last']}"
    return f"a typical year ({span})" if told["typical_year"] else span


def _label(told: Mapping[str, Any]) -> str:
    label = told["label"]
    return "instants" if label == "instant" else f"labelled by the {label} of the interval"


def _sums(year: Mapping[str, Any]) -> str:
    parts = [
        f"{_HEADERS[name]} {year[name]:,.1f}"
        for name in ("ghi", "dni", "dhi", "clear_sky_ghi")
        if year.get(name) is not None
    ]
    return ", ".join(parts) + " kWh/m2" if parts else "incomplete: months have missing hours"


def _air(year: Mapping[str, Any]) -> str:
    parts = []
    for name, unit in (("temp_air", "degC"), ("wind_speed", "m/s")):
        if year.get(f"{name}_mean") is not None:
            mean, low, high = (year[f"{name}_{end}"] for end in ("mean", "min", "max"))
            parts.append(f"{name} {mean:.1f} {unit} ({low:.1f} to {high:.1f})")
    return ", ".join(parts) or "not stated"


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"
