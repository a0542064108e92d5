"""The supply curve: how much energy the roofs give, from the cheapest on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from roofpv.report import colours, svg
from roofpv.report.charts import frame
from roofpv.report.charts.frame import words
from roofpv.report.city import Figure, export_price, figure_of, shown_figure
from roofpv.report.city.totals import exact_sum
from roofpv.results import Result

Floats = npt.NDArray[np.float64]

MOST = 1000
_BOX = svg.Box(74.0, 0.0, frame.WIDE - 74.0 - frame.EDGE, 300.0)
_CURVE = svg.Stroke(colours.BLUE, 2.0)
_LINES = {
    "export": svg.Stroke(colours.INK, 1.6, "7 3"),
    "own_use": svg.Stroke("#a8321c", 1.6, "2 3"),
}
_COST = figure_of("lcoe_cny_per_kwh")
# A price farther than this from the curve, in heights of the curve, is told and not drawn.
_FAR = 1.5


def prices_of(result: Result) -> dict[str, float]:
    """
    What a kWh is worth by the result: ``export`` sold, ``own_use`` saved; only those known.

    Parameters
    ----------
    result : Result
        Both are those of all roofs together, hour by hour and each by its own tariff; where
        nothing is exported the export price is the mean of the default tariff's. [CNY/kWh]
    """
    table = result.buildings
    export = export_price(table, result.run.get("money", {}))
    prices = {} if export is None else {"export": export}
    if {"saved_cny", "own_use_kwh"} <= set(table):
        both = table[["saved_cny", "own_use_kwh"]].dropna()
        saved, used = (exact_sum(both[name].to_numpy(dtype=float)) for name in both)
        if used > 0.0:
            prices["own_use"] = saved / used
    return prices


def thinned(supply: pd.DataFrame, most: int = MOST) -> pd.DataFrame:
    """
    At most so many roofs of a curve that keep its shape; the first and the last are kept.

    Parameters
    ----------
    supply : DataFrame (roof,)
        From ``finance.supply.supply_curve``.
    most : int
        At least 2.

    Returns
    -------
    DataFrame (roof,)
        Rows of ``supply``. A roof left out lies at most 2 / (most - 1) before the next one kept,
        along a curve of which both sides are 1.
    """
    if len(supply) <= most:
        return supply
    along = _share(supply["cumulative_kwh"]) + _share(supply["lcoe_cny_per_kwh"])
    # Each bin of the way along the curve keeps its last roof, and so none is left without one.
    bins = np.minimum((along / along[-1] * (most - 1)).astype(np.int64), most - 2)
    last = np.append(bins[1:] != bins[:-1], True)
    last[0] = True
    return supply[last]


def _share(values: pd.Series) -> Floats:
    numbers = values.to_numpy(dtype=np.float64)
    span = numbers[-1] - numbers[0]
    return (numbers - numbers[0]) / span if span > 0.0 else np.zeros(len(numbers))


def supply_table(supply: pd.DataFrame, count: int = 8) -> pd.DataFrame:
    """
    The curve at a few round costs.

    Parameters
    ----------
    supply : DataFrame (roof,)
        From ``finance.supply.supply_curve``.
    count : int
        About so many.

    Returns
    -------
    DataFrame (cost,)
        ``lcoe_cny_per_kwh``, and of all roofs that cost no more: ``roofs``, ``cumulative_kwh``,
        ``cumulative_kwp``, ``mean_lcoe_cny_per_kwh`` (NaN where there is none). The last has all.
    """
    cost = supply["lcoe_cny_per_kwh"].to_numpy(dtype=np.float64)
    scale = _scale(float(cost[0]), float(cost[-1]), count) if len(cost) else []
    roofs = np.searchsorted(cost, np.asarray(scale, dtype=np.float64), side="right")
    columns: dict[str, object] = {"lcoe_cny_per_kwh": scale, "roofs": roofs}
    for name, none in (("cumulative_kwh", 0.0), ("cumulative_kwp", 0.0)):
        columns[name] = np.append(none, supply[name].to_numpy(dtype=np.float64))[roofs]
    mean = np.append(np.nan, supply["mean_lcoe_cny_per_kwh"].to_numpy(dtype=np.float64))
    columns["mean_lcoe_cny_per_kwh"] = mean[roofs]
    return pd.DataFrame(columns)


def supply_svg(
    supply: pd.DataFrame, language: str, prices: Mapping[str, float] | None = None
) -> str | None:
    """
    Picture of a supply curve.

    Parameters
    ----------
    supply : DataFrame (roof,)
        From ``finance.supply.supply_curve``: ``lcoe_cny_per_kwh cumulative_kwh``, in its order.
    language : str
        ``en`` or ``zh``.
    prices : mapping, optional
        Of ``export`` and ``own_use``, from ``prices_of``: lines across, told instead of drawn where
        they are far from the curve. [CNY/kWh]

    Returns
    -------
    str or None
        SVG of at most 1000 steps; None without a roof.
    """
    if supply.empty:
        return None
    kept = thinned(supply)
    total = float(supply["cumulative_kwh"].iloc[-1])
    size, unit = frame.of_size(total, frame.ENERGY)
    energy = f"{shown_figure(total / size, Figure(1))} {unit}"
    said = {"count": f"{len(supply):,}", "energy": energy}
    known = {name: price for name, price in (prices or {}).items() if math.isfinite(price)}
    cost = supply["lcoe_cny_per_kwh"].to_numpy(dtype=np.float64)
    scale = _scale(*_range(cost, known))
    of_zero = "note" if scale[0] <= 0.0 else "note_cut"
    notes = (words(f"supply.{of_zero}", language), words("supply.roofs", language, said))
    about = frame.About("supply", words("supply.title", language), language, notes)
    told = _told(supply, known, (size, unit), (scale, language))
    marks = [frame.Mark(words("supply.curve", language), stroke=_CURVE)]
    marks += [frame.Mark(told[name], stroke=_LINES[name]) for name in known]
    drawn, y = frame.legend(marks, frame.EDGE, about.top, frame.ROOM)
    box = svg.Box(_BOX.left, y + 24.0, _BOX.width, _BOX.height)
    drawn += frame.upright_axis(box, scale, words("supply.up", language))
    drawn += _along(box, total / size, words("supply.along", language, {"unit": unit}))
    drawn += [
        svg.line(*_across(box, scale, value), _LINES[name])
        for name, value in known.items()
        if not _where(value, scale)
    ]
    drawn.append(svg.polyline(_steps(kept, box, scale), _CURVE))
    return frame.drawing(about, box.bottom + 52.0, drawn, "; ".join(told.values()) + ".")


def _range(cost: Floats, prices: Mapping[str, float]) -> tuple[float, float]:
    low, high = float(cost[0]), float(cost[-1])
    # A city of one cost has a curve without height.
    span = max(high - low, 0.05 * abs(high), 1e-6)
    near = [p for p in prices.values() if low - _FAR * span <= p <= high + _FAR * span]
    # A line on the very edge of a picture is taken for its frame.
    room = 0.05 * span
    return min([low, *(p - room for p in near)]), max([high, *(p + room for p in near)])


def _scale(low: float, high: float, count: int = 6) -> list[float]:
    """Round costs from at most the lowest to at least the highest."""
    step = frame.ticks(max(high - low, 0.05 * abs(high), 1e-6), count)[1]
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(place * step, 12) for place in range(first, max(last, first + 1) + 1)]


def _where(price: float, scale: list[float]) -> str:
    """Whether a price lies "above" or "below" the picture; empty where it is in it."""
    rounding = 1e-9 * (scale[-1] - scale[0])
    if price > scale[-1] + rounding:
        return "above"
    return "below" if price < scale[0] - rounding else ""


def _across(
    box: svg.Box, scale: list[float], cost: float
) -> tuple[tuple[float, float], tuple[float, float]]:
    y = box.bottom - (cost - scale[0]) / (scale[-1] - scale[0]) * box.height
    return (box.left, y), (box.right, y)


def _steps(kept: pd.DataFrame, box: svg.Box, scale: list[float]) -> Iterator[tuple[float, float]]:
    energy = kept["cumulative_kwh"].to_numpy(dtype=np.float64)
    x = box.left
    for ends, cost in zip((energy / energy[-1]).tolist(), kept["lcoe_cny_per_kwh"], strict=True):
        (_, y), _ = _across(box, scale, cost)
        yield x, y
        x = box.left + ends * box.width
        yield x, y


def _along(box: svg.Box, total: float, title: str) -> list[str]:
    drawn = []
    scale = frame.ticks(total, 6)
    for tick, name in zip(scale, frame.tick_names(scale), strict=True):
        if tick <= total * (1.0 + 1e-9):
            x = box.left + tick / total * box.width
            drawn.append(svg.line((x, box.bottom), (x, box.bottom + 5.0), frame.GROUND))
            drawn.append(svg.text(x, box.bottom + 19.0, name, frame.TICK))
    drawn.append(svg.text(box.right, box.bottom + 38.0, title, svg.Font(11, "end", colours.FAINT)))
    return drawn


def _told(
    supply: pd.DataFrame,
    prices: Mapping[str, float],
    size: tuple[float, str],
    shown: tuple[list[float], str],
) -> dict[str, str]:
    """What each price is, and how much energy costs no more."""
    scale, language = shown
    cost = supply["lcoe_cny_per_kwh"].to_numpy(dtype=np.float64)
    energy = np.append(0.0, supply["cumulative_kwh"].to_numpy(dtype=np.float64))
    told = {}
    for name, price in prices.items():
        below = float(energy[np.searchsorted(cost, price, side="right")])
        said = {
            "price": f"{shown_figure(price, _COST, unit=False)} {words('supply.up', language)}",
            "energy": f"{shown_figure(below / size[0], Figure(1))} {size[1]}",
        }
        where = _where(price, scale)
        told[name] = words(f"supply.{name}", language, said)
        told[name] += " " + words(f"supply.{where}", language) if where else ""
    return told
