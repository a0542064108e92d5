"""Bars of GHI by month beside the clear-sky ceiling."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from roofpv.report import colours, svg
from roofpv.report.weather_rows import MONTHS, day_name

HATCH = "roofpv-incomplete"
CEILING = svg.Stroke(colours.FAINT, 1, "3 2")
_WIDEST = 60.0
_SMALL = svg.Font(11, "middle", colours.FAINT)
_TICKS = (1.0, 2.0, 2.5, 5.0, 10.0)
# Room above the highest bar for its number.
_HEADROOM = 18.0


@dataclass(frozen=True)
class Bar:
    """
    One month (or day) of irradiance sums, NaN where unknown. [kWh/m2]

    ``ghi dhi clear`` are means over the ``years`` that have every row, ``low`` and ``high`` the
    range of ``ghi``. Where no year has them all, ``part`` is what the fullest one adds up to and
    ``days`` says how much of it that is.
    """

    name: str
    ghi: float
    dhi: float
    clear: float
    low: float
    high: float
    years: int
    part: float
    days: str

    @property
    def complete(self) -> bool:
        """Whether at least one year has every row."""
        return self.years > 0

    @property
    def top(self) -> float:
        """Highest thing drawn."""
        return float(np.nanmax([0.0, self.clear, self.high, self.part]))


def bars(table: pd.DataFrame, by_day: bool) -> list[Bar]:
    """Bars of the sums of ``weather_rows.sums``, in the order of the calendar."""
    return [_bar(slot, group, by_day) for slot, group in table.groupby("slot", sort=True)]


def _bar(slot: pd.Timestamp, group: pd.DataFrame, by_day: bool) -> Bar:
    whole = group[group["known_ghi"] >= group["rows"]]
    split = whole[whole["known_dhi"] >= whole["rows"]]
    lit = group[group["known_clear"] >= group["rows"]]
    same = lit[lit["year"].isin(whole["year"])] if len(whole) else lit
    fullest = group.loc[group["known_ghi"].idxmax()]
    return Bar(
        name=day_name(slot) if by_day else MONTHS[slot.month - 1],
        ghi=whole["ghi"].mean(),
        # The share belongs to the same years as the bar, or it is not told.
        dhi=split["dhi"].mean() if len(split) == len(whole) else math.nan,
        clear=same["clear"].mean(),
        low=whole["ghi"].min(),
        high=whole["ghi"].max(),
        years=len(whole),
        part=math.nan if len(whole) else float(fullest["ghi"]),
        days=_present(fullest, by_day),
    )


def _present(group: pd.Series, by_day: bool) -> str:
    share = group["known_ghi"] / group["rows"]
    if by_day:
        return f"{_floor(24 * share)} of 24 h"
    return f"{_floor(group['days'] * share)} of {group['days']:.0f} d"


def _floor(value: float) -> str:
    """Tenths, rounded down, so that what is incomplete never reads as whole."""
    return f"{math.floor(value * 10 + 1e-9) / 10:g}"


def draw(bars: list[Bar], box: svg.Box, years: int) -> list[str]:
    """Axis, bars, their numbers and their names within a box that leaves 48 px below for names."""
    highest = max((bar.top for bar in bars), default=0.0) or 1.0
    step = _tick(highest)
    top = math.ceil(highest / step - 1e-9) * step
    scale = (box.height - _HEADROOM) / top
    drawn = _axis(box, step, top, scale)
    width = box.width / len(bars)
    for place, bar in enumerate(bars):
        slot = svg.Box(box.left + place * width, box.top, width, box.height)
        pieces = (*_one(bar, slot, scale), *_names(bar, slot, years))
        drawn.append(svg.element("g", {"class": "bar"}, *pieces))
    ground = ((box.left, box.bottom), (box.right, box.bottom))
    return [*drawn, svg.line(*ground, svg.Stroke(colours.INK))]


def _tick(highest: float) -> float:
    """Round step that divides a scale into four to eight."""
    rough = highest / 6.0
    power = 10.0 ** math.floor(math.log10(rough))
    return power * next(step for step in _TICKS if step * power >= rough - 1e-12)


def _axis(box: svg.Box, step: float, top: float, scale: float) -> list[str]:
    drawn = []
    for tick in range(round(top / step) + 1):
        y = box.bottom - tick * step * scale
        drawn.append(svg.line((box.left, y), (box.right, y), svg.Stroke(colours.GRID)))
        label = svg.Font(11, "end", colours.FAINT)
        drawn.append(svg.text(box.left - 6, y + 4, _tick_name(tick * step), label))
    return drawn


def _one(bar: Bar, slot: svg.Box, scale: float) -> list[str]:
    """GHI to the left, its ceiling to the right."""
    wide = min(slot.width * 0.42, _WIDEST)
    left, right = slot.left + slot.width / 2 - wide - 1, slot.left + slot.width / 2 + 1
    ceiling = _upright(right, wide, slot.bottom, bar.clear * scale)
    drawn = []
    if not math.isnan(bar.clear):
        drawn.append(svg.rect(ceiling, colours.PAPER, CEILING))
        drawn += _figure(ceiling, bar.clear, colours.FAINT)
    if bar.complete:
        return drawn + _ghi(bar, svg.Box(left, slot.top, wide, slot.height), scale)
    part = _upright(left, wide, slot.bottom, bar.part * scale)
    return [*drawn, svg.rect(part, f"url(#{HATCH})", svg.Stroke(colours.FAINT))]


def _ghi(bar: Bar, side: svg.Box, scale: float) -> list[str]:
    whole = _upright(side.left, side.width, side.bottom, bar.ghi * scale)
    drawn = [svg.element("g", {"class": "ghi"}, svg.rect(whole, colours.ORANGE))]
    if not math.isnan(bar.dhi):
        part = _upright(side.left, side.width, side.bottom, min(bar.dhi, bar.ghi) * scale)
        drawn.append(svg.rect(part, colours.BLUE))
    highest = whole
    if bar.years > 1:
        highest = _upright(side.left, side.width, side.bottom, bar.high * scale)
        top = (side.left + side.width / 2, highest.top)
        ends = whisker(top, side.bottom - bar.low * scale, min(5.0, side.width / 4))
        drawn.append(svg.element("g", {"class": "range"}, ends))
    return [*drawn, *_figure(highest, bar.ghi, colours.INK)]


def whisker(top: tuple[float, float], bottom: float, half: float) -> str:
    """Range from a top (x, y) down to a bottom, with ends of twice ``half``."""
    x, high = top
    ends = [(x - half, high), (x + half, high), (x, high)]
    ends += [(x, bottom), (x - half, bottom), (x + half, bottom)]
    return svg.polyline(ends, svg.Stroke(colours.INK, 1.5))


def _upright(left: float, wide: float, bottom: float, height: float) -> svg.Box:
    height = max(height, 0.0)
    return svg.Box(left, bottom - height, wide, height)


def _figure(box: svg.Box, value: float, fill: str) -> list[str]:
    """Number above a box, on a ground of its own where a line of the scale would cross it."""
    font, said = svg.Font(11, "middle", fill), compact(value)
    wide, middle = svg.text_width(said, font), box.left + box.width / 2
    ground = svg.Box(middle - wide / 2, box.top - 14, wide, 11)
    return [svg.rect(ground, colours.PAPER), svg.text(middle, box.top - 4, said, font)]


def _names(bar: Bar, slot: svg.Box, years: int) -> list[str]:
    middle = slot.left + slot.width / 2
    name = svg.Font(12, "middle", colours.INK, bold=True)
    drawn = [svg.text(middle, slot.bottom + 16, bar.name, name)]
    if not bar.complete:
        said = ["incomplete", bar.days]
    else:
        share = bar.dhi / bar.ghi if bar.ghi > 0 else math.nan
        said = [] if math.isnan(share) else [f"DHI {share:.0%}"]
        said += [f"{bar.years} of {years} y"] if bar.years < years else []
    for row, words in enumerate(said):
        drawn.append(svg.text(middle, slot.bottom + 31 + 14 * row, words, _SMALL))
    return drawn


def _tick_name(value: float) -> str:
    return f"{value:g}" if value < 1e4 else compact(value)


def compact(value: float) -> str:
    """Number in at most four signs, whatever its size."""
    for unit, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= 10 * unit:
            return f"{value / unit:.0f}{name}"
    return f"{value:.0f}" if abs(value) >= 9.95 else f"{value:.1f}".removesuffix(".0")
