"""How the roofs of a map are coloured: classes and even steps, told apart by all."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roofpv.report.page.columns import Column

# Okabe and Ito, "Color Universal Design"; the last stands back.
_CLASSES = {
    "has_pv": "#0072b2", "fits": "#e69f00", "no_room": "#8a8f94", "excluded": "#cfd3d6",
    "A": "#08306b", "B": "#2b7bba", "C": "#73b3d8", "D": "#c9b35c",
}  # fmt: skip
# Six even steps of "viridis", van der Walt and Smith, matplotlib, CC0, without its palest end.
_STEPS = ("#440154", "#414487", "#2a788e", "#22a884", "#7ad151", "#e3d318")
_COLOURED = ("poa_kwh_per_m2", "specific_yield_kwh_per_kwp", "shading_loss_fraction", "kwp",
             "payback_years")  # fmt: skip
_LESS_IS_BETTER = frozenset({"shading_loss_fraction", "payback_years"})
_NICE = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Scale:
    """
    How a column is coloured.

    ``bounds`` are the lower ends of all steps but the first, in units of the last printed digit;
    none for classes. ``colours`` go with the steps or the classes.
    """

    column: str
    colours: tuple[str, ...]
    bounds: tuple[int, ...] = ()


def scales_of(columns: Sequence[Column]) -> list[Scale]:
    """
    The choices of colour of a map.

    Parameters
    ----------
    columns : sequence of Column
    """
    by_name: Mapping[str, Column] = {column.name: column for column in columns}
    classes = [by_name[name] for name in ("standing", "evidence_grade")]
    coloured = [_of_classes(column) for column in classes if column.choices]
    numbers = [by_name[name] for name in _COLOURED if name in by_name]
    return [*coloured[:1], *(_of_numbers(column) for column in numbers), *coloured[1:]]


def _of_classes(column: Column) -> Scale:
    return Scale(column.name, tuple(_CLASSES[choice] for choice in column.choices))


def _of_numbers(column: Column) -> Scale:
    counts = np.empty(0) if column.counts is None else column.counts
    bounds = even_bounds(counts[np.isfinite(counts)], len(_STEPS))
    places = np.linspace(0, len(_STEPS) - 1, len(bounds) + 1)
    colours = [_STEPS[round(place)] for place in places]
    if column.name in _LESS_IS_BETTER:
        colours.reverse()
    return Scale(column.name, tuple(colours), tuple(bounds))


def even_bounds(counts: npt.NDArray[np.float64], most: int) -> list[int]:
    """
    Bounds of at most ``most`` even steps that people can read, over the middle 90 % of numbers.

    Parameters
    ----------
    counts : array (row,)
        Whole numbers, all known.
    most : int
        Steps, the open ones at both ends included.
    """
    if not counts.size:
        return []
    low, high = (float(end) for end in np.quantile(counts, [0.05, 0.95]))
    step = max(1.0, _nice((high - low) / (most - 1)))
    first = math.floor(low / step + 1.0)
    bounds = [round(step * (first + place)) for place in range(most - 1)]
    return [bound for bound in bounds if bound <= max(high, bounds[0])]


def _nice(step: float) -> float:
    if step <= 1.0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(step))
    return power * next(one for one in _NICE if power * one >= step * (1.0 - 1e-9))
