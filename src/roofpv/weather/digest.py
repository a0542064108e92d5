"""What a weather file holds, in figures: period, sums, months, what is missing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pvlib

from roofpv.weather.dataset import IRRADIANCES, UNITS, WeatherSite
from roofpv.weather.doctor import Diagnosis
from roofpv.weather.examine import Examined, Grid
from roofpv.weather.times import years_and_months

_SUNRISE_DEGREES = -0.833  # refraction and half the disc of the sun
_VERDICTS = ("refused", "usable, with warnings", "usable")


def verdict(found: Examined) -> str:
    """Whether a series can be used, in words."""
    return _VERDICTS[0 if found.refusals else 1 if found.warnings else 2]


def digest(found: Examined) -> dict[str, Any]:
    """
    Figures of an examined series.

    Parameters
    ----------
    found : Examined

    Returns
    -------
    dict
        ``site`` ... ``source``, the period by the file's own clock, ``year`` and ``months`` with
        irradiation [kWh/m2] (None where an hour is missing), temperature and wind, ``missing`` and
        ``filled`` rows by column, ``clock``, ``verdict`` and ``problems``.
    """
    series, site = found.series, found.series.site
    told: dict[str, Any] = {
        "file": series.source,
        "kind": series.kind,
        "source": series.attrs.get("stated_source"),
        "synthetic": bool(series.attrs.get("synthetic", 0)),
        "site": site.name,
        "latitude": site.latitude,
        "longitude": site.longitude,
        "altitude": site.altitude,
        "label": series.claim.label,
        "interval_minutes": series.claim.interval_minutes,
        "utc_offset_hours": series.claim.utc_offset_hours,
        "typical_year": series.typical_year,
        "rows": len(series.frame),
        "verdict": verdict(found),
        "clock": _clock(found.diagnosis),
        "problems": [_problem_entry(problem) for problem in found.problems],
    }
    return told if found.grid is None else told | _figures(found, found.grid)


def local_labels(found: Examined, grid: Grid) -> pd.DatetimeIndex:
    """Labels of the rows by the file's own clock."""
    offset = pd.to_timedelta(found.series.claim.utc_offset_hours, unit="h")
    return pd.DatetimeIndex(grid.frame.index) + offset


def sun_lines(dates: pd.DatetimeIndex, site: WeatherSite, utc_offset_hours: float) -> pd.DataFrame:
    """
    Sunrise, solar noon and sunset of days.

    Parameters
    ----------
    dates : DatetimeIndex (day,)
        Days of the clock.
    site : WeatherSite
    utc_offset_hours : float
        The clock. [h]

    Returns
    -------
    DataFrame (day,)
        ``sunrise_minutes noon_minutes sunset_minutes`` after midnight of the clock, NaN where the
        sun stays up or down. Good to about 2 minutes.

    References
    ----------
    .. [1] Spencer, "Fourier series representation of the position of the sun", Search 2 (5), 1971
    """
    day = dates.day_of_year.to_numpy().astype(float)
    equation = pvlib.solarposition.equation_of_time_spencer71(day)
    declination = pvlib.solarposition.declination_spencer71(day)
    phi = np.radians(site.latitude)
    cosine = np.sin(np.radians(_SUNRISE_DEGREES)) - np.sin(phi) * np.sin(declination)
    with np.errstate(invalid="ignore", divide="ignore"):
        half = 4.0 * np.degrees(np.arccos(cosine / (np.cos(phi) * np.cos(declination))))
    noon = 720.0 + 60.0 * utc_offset_hours - 4.0 * site.longitude - equation
    columns = {"sunrise_minutes": noon - half, "noon_minutes": noon, "sunset_minutes": noon + half}
    return pd.DataFrame(columns, index=dates)


def _problem_entry(problem: Any) -> dict[str, Any]:
    names = ("severity", "code", "where", "what", "mend", "count")
    return {name: getattr(problem, name) for name in names}


def _clock(diagnosis: Diagnosis | None) -> dict[str, Any] | None:
    if diagnosis is None:
        return None
    known = diagnosis.finding != "undecided"
    return {
        "finding": diagnosis.finding,
        "error_minutes": round(diagnosis.error_minutes, 1) if known else None,
        "uncertainty_minutes": round(diagnosis.uncertainty_minutes, 1) if known else None,
        "mend": diagnosis.mend,
        "alternative": diagnosis.alternative,
        "refused": diagnosis.refused,
        "sentence": diagnosis.sentence,
    }


def _figures(found: Examined, grid: Grid) -> dict[str, Any]:
    local, frame = local_labels(found, grid), grid.frame
    typical = found.series.typical_year
    years = sorted(set(local.year.tolist()))
    months = _months(grid, local, typical)
    return {
        "first": f"{local[0]:%Y-%m-%d %H:%M}",
        "last": f"{local[-1]:%Y-%m-%d %H:%M}",
        "years": [] if typical else years,
        "missing": {str(name): int(frame[name].isna().sum()) for name in frame},
        "filled": {name: count for name, count in grid.filled.items() if count},
        "year": _year(grid, months),
        "months": months,
    }


def _energies(grid: Grid) -> pd.DataFrame:
    """Irradiation of each row, and what a clear sky would give. [kWh/m2]."""
    names = [name for name in IRRADIANCES if name in grid.frame]
    energy = grid.frame[names].copy()
    energy["clear_sky_ghi"] = grid.sun.clear_ghi
    return energy * (grid.table.interval_minutes / 60.0 / 1000.0)


def _months(grid: Grid, local: pd.DatetimeIndex, typical: bool) -> list[dict[str, Any]]:
    """Mean of each month over the years that have it whole."""
    keys = list(years_and_months(local, typical=typical))
    energy = _energies(grid)
    groups = energy.groupby(keys)
    sums = groups.sum().where(energy.notna().groupby(keys).all())
    sums.index.names = ["year", "month"]
    if not typical:
        days = pd.Series(local.days_in_month, energy.index).groupby(keys).min().to_numpy()
        sums = sums[groups.size().to_numpy() >= days * 1440 // grid.table.interval_minutes]
    by_month = sums.groupby("month").mean()
    others = [name for name in ("temp_air", "wind_speed") if name in grid.frame]
    means = grid.frame[others].groupby(local.month).mean()
    return [
        {"month": int(month)}
        | {str(name): _number(by_month.loc[month, name]) for name in by_month}
        | {name: _number(means.loc[month, name]) for name in others}
        for month in by_month.index
    ]


def _year(grid: Grid, months: list[dict[str, Any]]) -> dict[str, Any]:
    """Irradiation of a year (None where a month is missing), and the ends of the other columns."""
    sums: dict[str, Any] = {}
    for name in (*IRRADIANCES, "clear_sky_ghi"):
        values = [month[name] for month in months if month.get(name) is not None]
        if name in grid.frame or name == "clear_sky_ghi":
            sums[name] = _number(sum(values)) if len(values) == 12 else None
    for name in UNITS:
        if name in grid.frame and name not in IRRADIANCES:
            column = grid.frame[name]
            sums[f"{name}_mean"] = _number(column.mean())
            sums[f"{name}_min"], sums[f"{name}_max"] = _number(column.min()), _number(column.max())
    return sums


def _number(value: Any) -> float | None:
    return round(float(value), 3) if np.isfinite(value) else None
