"""Picture of a weather file: its verdict, its months, its hours under the sun."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from roofpv.errors import InvalidWeather
from roofpv.report import colours, svg, weather_bars, weather_carpet
from roofpv.report.weather_rows import by_middle, cells, first_whole_year, has_day_bars, sums, years
from roofpv.text import plain

WIDTH = 1100.0
_EDGE, _LEFT, _PLOT, _LEGEND = 24.0, 70.0, 868.0, 962.0
_BARS, _CARPET = 190.0, 292.0
_MOST_LINES, _LINES_EACH = 12, 3
_TITLE, _SUBTITLE = svg.Font(20, bold=True), svg.Font(13, fill=colours.FAINT)
_VERDICT, _HEADING = svg.Font(13), svg.Font(14, bold=True)
_ASIDE, _KEY = svg.Font(12, "end", colours.FAINT), svg.Font(12)


@dataclass(frozen=True, eq=False)
class WeatherPicture:
    """
    What the picture of a weather file shows.

    ``ghi dhi clear_ghi`` [W/m2] are indexed by the labels in the file's own clock (naive), NaN
    where missing; ``label_minutes`` leads from a label to the middle of its irradiance. ``sun`` has
    a row for each date of the file's clock: ``sunrise_minutes noon_minutes sunset_minutes`` after
    its midnight, NaN where the sun does not rise or set.
    """

    title: str
    subtitle: str
    verdict: tuple[str, ...]
    ghi: pd.Series
    dhi: pd.Series | None
    clear_ghi: pd.Series | None
    interval_minutes: int
    label_minutes: float
    sun: pd.DataFrame


def weather_svg(picture: WeatherPicture, year: int | None = None) -> str:
    """
    Draw a weather file as one SVG file that needs no other.

    Parameters
    ----------
    picture : WeatherPicture
    year : int, optional
        The one whose hours are shown, of a file of several; the first whole one by default. The
        months show the mean of all years, and their range.

    Returns
    -------
    str
        1100 px wide; the same input gives the same text.

    Raises
    ------
    InvalidWeather
        No rows, or none of that year.
    """
    rows = _rows(picture)
    several = years(rows)
    shown = _shown_year(picture, rows, several, year)
    by_day = has_day_bars(pd.DatetimeIndex(rows.index))
    bars = weather_bars.bars(sums(rows, picture.interval_minutes), by_day)
    heading, top = _heading(picture)
    months = svg.Box(_LEFT, top + 32, _PLOT, _BARS)
    carpet = svg.Box(_LEFT, months.bottom + 88, _PLOT, _CARPET)
    drawn = [
        *heading,
        *_months(bars, months, len(several), by_day),
        *_carpet(picture, rows, shown, carpet),
    ]
    return _document(picture, bars, drawn, carpet.bottom + 62)


def _rows(picture: WeatherPicture) -> pd.DataFrame:
    if picture.ghi.empty:
        raise InvalidWeather(
            plain(picture.title), "there is no row to draw", "Give a file with at least one day"
        )
    nothing = np.full(len(picture.ghi), np.nan)
    given = {"ghi": picture.ghi, "dhi": picture.dhi, "clear": picture.clear_ghi}
    columns = {k: nothing if v is None else v.to_numpy() for k, v in given.items()}
    return by_middle(pd.DataFrame(columns, index=picture.ghi.index), picture.label_minutes)


def _shown_year(
    picture: WeatherPicture, rows: pd.DataFrame, several: list[int], year: int | None
) -> int | None:
    """Year of the carpet; None where the file has but one."""
    held = several or sorted(set(pd.DatetimeIndex(picture.ghi.index).year))
    if year is not None and year not in held:
        raise InvalidWeather(
            plain(picture.title),
            f"the file has no year {year}",
            f"Choose one from {held[0]} to {held[-1]}",
        )
    if not several:
        return None
    return first_whole_year(rows, picture.interval_minutes) if year is None else year


def _heading(picture: WeatherPicture) -> tuple[list[str], float]:
    """Title, subtitle and verdict, and where they end."""
    room = WIDTH - 2 * _EDGE
    drawn, y = [svg.text(_EDGE, 38, svg.fit(picture.title, _TITLE, room), _TITLE)], 44.0
    for words in svg.wrap(picture.subtitle, _SUBTITLE, room, 2):
        y += 18
        drawn.append(svg.text(_EDGE, y, words, _SUBTITLE))
    start = y + 10
    y = start
    for words in _verdict(picture.verdict, room - 16):
        y += 18
        drawn.append(svg.text(_EDGE + 14, y, words, _VERDICT))
    if y > start:
        bar = svg.Box(_EDGE, start + 3, 4, y - start + 2)
        drawn.append(svg.rect(bar, colours.INK))
    return drawn, y + 10


def _verdict(verdict: tuple[str, ...], room: float) -> list[str]:
    """Lines of the verdict; those too many are counted, not dropped in silence."""
    lines: list[str] = []
    for place, said in enumerate(verdict):
        wrapped = svg.wrap(said, _VERDICT, room, _LINES_EACH)
        left = len(verdict) - place
        if len(lines) + len(wrapped) > _MOST_LINES - (left > 1):
            return [*lines, f"… and {left} more, which the text of the check tells"]
        lines += wrapped
    return lines


def _months(bars: list[weather_bars.Bar], box: svg.Box, several: int, by_day: bool) -> list[str]:
    unit = "Daily" if by_day else "Monthly"
    over = f", mean of {several} years" if several > 1 else ""
    head = [svg.text(_EDGE, box.top - 14, f"{unit} sums in kWh/m²{over}", _HEADING)]
    if not by_day:
        head.append(svg.text(box.right, box.top - 14, _total(bars), _ASIDE))
    return [*head, *weather_bars.draw(bars, box, several or 1), *_bar_keys(bars, box)]


def _total(bars: list[weather_bars.Bar]) -> str:
    """Sums of the year, if every month has one."""
    if len(bars) < 12 or not all(bar.complete for bar in bars):
        return "no sum of the year: not every month is complete"
    ghi, dhi, clear = (sum(getattr(bar, name) for bar in bars) for name in ("ghi", "dhi", "clear"))
    said = [f"year: GHI {ghi:,.0f}"]
    said += [] if math.isnan(dhi) or ghi <= 0 else [f"DHI {dhi:,.0f} ({dhi / ghi:.0%})"]
    said += [] if math.isnan(clear) else [f"clear sky {clear:,.0f}"]
    return ", ".join(said) + " kWh/m²"


_Key = tuple[str, str, svg.Stroke | None]


def _bar_keys(bars: list[weather_bars.Bar], box: svg.Box) -> list[str]:
    """What the fills of the bars mean, beside them."""
    keys, drawn = _fills(bars), []
    for place, (fill, words, stroke) in enumerate(keys):
        y = box.top + 12 + place * 20
        drawn.append(svg.rect(svg.Box(_LEGEND, y - 10, 14, 12), fill, stroke))
        drawn.append(svg.text(_LEGEND + 20, y, words, _KEY))
    if any(bar.years > 1 for bar in bars):
        y = box.top + 12 + len(keys) * 20
        drawn.append(weather_bars.whisker((_LEGEND + 7, y - 10), y + 2, 4))
        drawn.append(svg.text(_LEGEND + 20, y, "range of years", _KEY))
    return drawn


def _fills(bars: list[weather_bars.Bar]) -> list[_Key]:
    split = any(not math.isnan(bar.dhi) for bar in bars)
    keys: list[_Key] = [(colours.ORANGE, "GHI, beam part" if split else "GHI", None)]
    if split:
        keys.append((colours.BLUE, "GHI, diffuse (DHI)", None))
    if any(not math.isnan(bar.clear) for bar in bars):
        keys.append((colours.PAPER, "clear sky", weather_bars.CEILING))
    if any(not bar.complete for bar in bars):
        hatch = f"url(#{weather_bars.HATCH})"
        keys.append((hatch, "incomplete", svg.Stroke(colours.FAINT)))
    return keys


def _carpet(
    picture: WeatherPicture, rows: pd.DataFrame, year: int | None, box: svg.Box
) -> list[str]:
    ghi = rows["ghi"] if year is None else rows.loc[rows.index.year == year, "ghi"]
    laid, top = cells(ghi, picture.interval_minutes), weather_carpet.ceiling(rows["ghi"])
    several = len(years(rows))
    of = f" (one of {several} years)" if several > 1 else ""
    head = "GHI by day and hour" if year is None else f"GHI by day and hour, {year}{of}"
    hint = "hours of the file's own clock; light belongs between the lines of sunrise and sunset"
    missing = int(ghi.isna().sum())
    below = (box.left + box.width / 2, box.bottom + 46)
    return [
        svg.text(_EDGE, box.top - 14, head, _HEADING),
        svg.text(box.right, box.top - 14, hint, _ASIDE),
        *weather_carpet.draw(laid, picture.sun, box, top),
        svg.text(*below, "day of the year", svg.Font(11, "middle", colours.FAINT)),
        *_scale(box, top),
        *_carpet_keys(box, missing),
    ]


def _scale(box: svg.Box, top: float) -> list[str]:
    """Colours of the carpet with their irradiance."""
    bar = svg.Box(_LEGEND, box.top + 4, 14, 160)
    shades = np.linspace(top, weather_carpet.DARK, 160)[:, None]
    drawn = [svg.image(bar, weather_carpet.paint(shades, top))]
    step = 200.0 if top > 700 else 100.0
    for value in np.arange(step, top + 1, step):
        y = bar.bottom - value / top * bar.height
        drawn.append(svg.line((bar.right, y), (bar.right + 4, y), svg.Stroke(colours.FAINT)))
        drawn.append(svg.text(bar.right + 8, y + 4, f"{value:.0f} W/m²", _KEY))
    night = svg.Box(_LEGEND, bar.bottom + 6, 14, 12)
    drawn.append(svg.rect(night, _hex(weather_carpet.paint([0.0], top)[0])))
    words = f"under {weather_carpet.DARK:.0f} (night)"
    return [*drawn, svg.text(_LEGEND + 20, night.bottom - 2, words, _KEY)]


def _hex(colour: np.ndarray) -> str:
    return "#" + "".join(f"{int(channel):02x}" for channel in colour)


def _carpet_keys(box: svg.Box, missing: int) -> list[str]:
    y = box.top + 204
    gap = svg.rect(svg.Box(_LEGEND, y - 10, 14, 12), f"url(#{weather_carpet.GAPS})")
    told = f"missing ({missing:,})" if missing else "missing (none)"
    drawn = [gap, svg.text(_LEGEND + 20, y, told, _KEY)]
    for place, (stroke, words) in enumerate(weather_carpet.KEYS):
        y = box.top + 228 + place * 20
        ends = ((_LEGEND - 2, y - 4), (_LEGEND + 16, y - 4))
        drawn.append(svg.rect(svg.Box(_LEGEND - 2, y - 9, 18, 10), weather_carpet.NIGHT))
        drawn += [svg.line(*ends, stroke), svg.text(_LEGEND + 22, y, words, _KEY)]
    return drawn


def _document(
    picture: WeatherPicture, bars: list[weather_bars.Bar], drawn: list[str], height: float
) -> str:
    size: dict[str, str | float] = {"width": WIDTH, "height": height}
    size["viewBox"] = f"0 0 {svg.number(WIDTH)} {svg.number(height)}"
    # A browser prints the width of the sheet, not the width of the picture.
    size["style"] = "max-width:100%"
    named = {"role": "img", "aria-labelledby": "roofpv-title roofpv-desc"}
    root = {"xmlns": "http://www.w3.org/2000/svg", **size, **named, "font-family": svg.FONTS}
    pieces = [
        svg.element("title", {"id": "roofpv-title"}, svg.escape(plain(picture.title, 300))),
        svg.element("desc", {"id": "roofpv-desc"}, svg.escape(_described(picture, bars))),
        _patterns(),
        svg.rect(svg.Box(0, 0, WIDTH, height), colours.PAPER),
        *drawn,
    ]
    return svg.element("svg", root, "\n", svg.stack(pieces), "\n") + "\n"


def _described(picture: WeatherPicture, bars: list[weather_bars.Bar]) -> str:
    """The picture in words, for those who cannot see it."""
    sums = [f"{b.name} {b.ghi:.1f}" if b.complete else f"{b.name} incomplete" for b in bars]
    verdict = " ".join(plain(line, 500) for line in picture.verdict)
    return (
        f"{plain(picture.subtitle, 500)}. {verdict} GHI in kWh/m²: {', '.join(sums)}. Below, GHI "
        "by day and hour with the computed sunrise, solar noon and sunset."
    )


def _patterns() -> str:
    hatch = svg.line((0, 0), (0, 6), svg.Stroke(colours.FAINT, 2))
    gaps = svg.line((0, 0), (0, 6), svg.Stroke(colours.MISSING_MARK, 2))
    return svg.element(
        "defs",
        {},
        _pattern(weather_bars.HATCH, colours.PAPER, hatch),
        _pattern(weather_carpet.GAPS, colours.MISSING, gaps),
    )


def _pattern(name: str, ground: str, mark: str) -> str:
    tile: dict[str, str | float] = {"id": name, "width": 6, "height": 6}
    tile |= {"patternUnits": "userSpaceOnUse", "patternTransform": "rotate(45)"}
    return svg.element("pattern", tile, svg.rect(svg.Box(0, 0, 6, 6), ground), mark)
