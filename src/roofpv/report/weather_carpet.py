"""Carpet of irradiance by day and hour, with the sun's rise, noon and set drawn over it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from roofpv.report import colours, svg
from roofpv.report.weather_rows import MONTHS, Cells, day_name

GAPS, FRAME = "roofpv-missing", "roofpv-carpet"
_DAY_MINUTES = 1440
# Below this, what a pyranometer shows may be its zero offset at night (ISO 9060:2018).
DARK = 5.0
# Where light begins on the scale, so that dawn stands out from night.
_DAWN = 0.14
_RISE = svg.Stroke(colours.SKY, 1.6)
_NOON = svg.Stroke(colours.SKY, 1.2, "5 4")
# Dark edges, for the lines to show over bright cells too.
_CASING = {"sunrise": svg.Stroke("#10202c", 3.2), "noon": svg.Stroke("#10202c", 1.8)}
_CASING["sunset"] = _CASING["sunrise"]
_SMALL, _DAY = svg.Font(11, "middle", colours.FAINT), svg.Font(11, fill=colours.FAINT)
KEYS = ((_RISE, "sunrise, sunset"), (_NOON, "solar noon"))
NIGHT = "#1b0c41"
# A line that moves further than this from one day to the next has passed midnight.
_JUMP = 720.0
_LEAST_MONTH, _LEAST_DAY, _FEW_DAYS = 30.0, 52.0, 45


def ceiling(ghi: pd.Series) -> float:
    """Top of the colour scale: the highest irradiance in round hundreds, 500-1400. [W/m2]"""
    highest = ghi.max()
    rounded = 0.0 if np.isnan(highest) else float(np.ceil(highest / 100.0)) * 100.0
    return min(max(rounded, 500.0), 1400.0)


def paint(values: npt.ArrayLike, top: float) -> npt.NDArray[np.uint8]:
    """Colours (…, 3) of irradiance [W/m2]: night black, then from dusk to ``top``."""
    light = np.nan_to_num(np.asarray(values, dtype=np.float64))
    place = _DAWN + (1.0 - _DAWN) * light / top
    return colours.inferno(np.where(light < DARK, 0.0, place))


def pixels(cells: Cells, top: float) -> npt.NDArray[np.uint8]:
    """
    Picture of cells, midnight at the bottom.

    Returns
    -------
    array (row, column, 4)
        A missing cell is clear, for the pattern beneath to show; what the file does not reach is
        white.
    """
    colour = paint(cells.values, top)
    colour[~cells.inside] = 255
    opacity = np.where(cells.missing, 0, 255).astype(np.uint8)
    return np.dstack([colour, opacity])[::-1]


def draw(cells: Cells, sun: pd.DataFrame, box: svg.Box, top: float) -> list[str]:
    """Carpet, sun lines and axes within a box that leaves room to the left and below."""
    rows = cells.values.shape[0] * cells.interval_minutes
    height = rows / _DAY_MINUTES * box.height
    bottom = box.bottom - cells.first_minute / _DAY_MINUTES * box.height
    whole = svg.Box(box.left, bottom - height, box.width, height)
    lines = [piece for line in _sun_lines(cells.days, sun, box) for piece in line]
    inner = [
        svg.rect(box, f"url(#{GAPS})"),
        svg.image(whole, pixels(cells, top)),
        *lines,
    ]
    return [
        svg.element("clipPath", {"id": FRAME}, svg.rect(box, colours.PAPER)),
        svg.element("g", {"clip-path": f"url(#{FRAME})"}, svg.stack(inner)),
        svg.rect(box, "none", svg.Stroke(colours.FAINT)),
        *_hours(box),
        *_days(cells.days, box),
    ]


def sun_of(days: pd.DatetimeIndex, sun: pd.DataFrame) -> pd.DataFrame:
    """Rise, noon and set of days: those of the date, else those of the same day of another year."""
    dates = pd.DatetimeIndex(sun.index).normalize()
    if days.isin(dates).all():
        return sun.set_axis(dates, axis=0).reindex(days)
    other = sun.set_axis(dates.month * 100 + dates.day, axis=0)
    other = other[~other.index.duplicated()]
    return other.reindex(days.month * 100 + days.day)


def _sun_lines(days: pd.DatetimeIndex, sun: pd.DataFrame, box: svg.Box) -> Iterator[list[str]]:
    known = sun_of(days, sun)
    for name, stroke in (("noon", _NOON), ("sunrise", _RISE), ("sunset", _RISE)):
        minutes = known[f"{name}_minutes"].to_numpy(dtype=np.float64)
        for points in _pieces(minutes % _DAY_MINUTES, box):
            drawn = svg.polyline(points, stroke)
            yield [svg.polyline(points, _CASING[name]), svg.element("g", {"class": name}, drawn)]


def _pieces(minutes: npt.NDArray[np.float64], box: svg.Box) -> Iterator[list[tuple[float, float]]]:
    """Unbroken parts of a line through the middles of the days."""
    wide = box.width / len(minutes)
    known = np.flatnonzero(~np.isnan(minutes))
    far = np.abs(np.diff(minutes[known])) > _JUMP
    for part in np.split(known, np.flatnonzero((np.diff(known) > 1) | far) + 1):
        if not len(part):
            continue
        y = box.bottom - minutes[part] / _DAY_MINUTES * box.height
        x = box.left + (part + 0.5) * wide
        ends = (box.left + part[0] * wide, box.left + (part[-1] + 1) * wide)
        yield list(zip([ends[0], *x, ends[1]], [y[0], *y, y[-1]], strict=True))


def _hours(box: svg.Box) -> list[str]:
    label = svg.Font(11, "end", colours.FAINT)
    drawn = []
    for hour in range(0, 25, 3):
        y = box.bottom - hour / 24 * box.height
        drawn.append(svg.line((box.left - 4, y), (box.left, y), svg.Stroke(colours.FAINT)))
        drawn.append(svg.text(box.left - 7, y + 4, f"{hour:02d}:00", label))
    return drawn


def _days(days: pd.DatetimeIndex, box: svg.Box) -> list[str]:
    """Months of a long file, days of a short one; the number of the day of the year below."""
    if len(days) < _FEW_DAYS:
        return _short(days, box)
    drawn, wide = [], box.width / len(days)
    starts = np.flatnonzero(np.asarray(days.day == 1) | (np.arange(len(days)) == 0))
    for start, end in zip(starts, [*starts[1:], len(days)], strict=True):
        left, right = box.left + start * wide, box.left + end * wide
        drawn.append(_mark(left, box.bottom))
        if right - left >= _LEAST_MONTH:
            name, day = MONTHS[days[start].month - 1], str(days[start].day_of_year)
            drawn.append(svg.text((left + right) / 2, box.bottom + 15, name, _SMALL))
            drawn.append(svg.text(left + 3, box.bottom + 29, day, _DAY))
    return drawn


def _short(days: pd.DatetimeIndex, box: svg.Box) -> list[str]:
    wide = box.width / len(days)
    every = int(np.ceil(_LEAST_DAY / wide))
    drawn = []
    for place in range(0, len(days), every):
        x, day = box.left + (place + 0.5) * wide, days[place]
        drawn.append(_mark(box.left + place * wide, box.bottom))
        drawn.append(svg.text(x, box.bottom + 15, day_name(day), _SMALL))
        drawn.append(svg.text(x, box.bottom + 29, str(day.day_of_year), _SMALL))
    return drawn


def _mark(x: float, y: float) -> str:
    return svg.line((x, y), (x, y + 5), svg.Stroke(colours.FAINT))
