"""Classes of a column with their colours and names, the same on paper and on the page."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from roofpv import schema
from roofpv.catalogue import LANGUAGES, has_text, say
from roofpv.report import colours
from roofpv.report.city import figure_of

# What a map may be coloured by; ``pv_state`` is no column of a result: see ``values_of``.
COLUMNS = (
    "pv_state", "poa_kwh_per_m2", "shading_loss_fraction", "payback_years", "evidence_grade",
    "specific_yield_kwh_per_kwp", "lcoe_cny_per_kwh", "self_use_fraction", "kwp",
)  # fmt: skip
STATES = ("has_pv", "fits", "none_fits", "excluded")
# Told apart by lightness alone, and so in grey print and by the colour-blind.
STATE_COLOURS = (colours.BLUE, colours.ORANGE, "#5c2a4d", "#ffffff")
# Parts of a whole, such as districts: neighbours differ in lightness.
PARTS = (colours.BLUE, colours.ORANGE, "#5c2a4d", colours.SKY, "#009e73")
REST = colours.MISSING

_FIXED = {
    "shading_loss_fraction": (0.02, 0.05, 0.1, 0.2, 0.4),
    "payback_years": (5.0, 7.0, 10.0, 15.0, 20.0),
    "self_use_fraction": (0.2, 0.4, 0.6, 0.8),
    "kwp": (10.0, 30.0, 100.0, 300.0, 1000.0),
}
# More of these is worse: the more, the darker. Of all others the more, the brighter.
_WORSE = frozenset(
    {"shading_loss_fraction", "payback_years", "lcoe_cny_per_kwh", "carbon_payback_years"}
)
_DARKEST, _BRIGHTEST = 0.14, 0.94
_MOST = 6
_STEPS = (1.0, 2.0, 2.5, 5.0)
_ALL = {one.name: one for one in (*schema.INVENTORY, *schema.CHECKED, *schema.RESULT)}


@dataclass(frozen=True)
class Class:
    """One class: its key in the data, its colour as ``#rrggbb``, its name by language."""

    key: str
    colour: str
    labels: Mapping[str, str]


@dataclass(frozen=True)
class Scale:
    """
    How a column is coloured.

    ``bounds`` stand between neighbouring ``classes`` of a number, each the least value of the class
    above it; a column of words has none, and its classes are found by their keys. ``missing`` is
    for what is not known; it is hatched on paper.
    """

    column: str
    titles: Mapping[str, str]
    unit: str
    bounds: tuple[float, ...]
    classes: tuple[Class, ...]
    missing: Class

    def places(self, values: pd.Series) -> npt.NDArray[np.int64]:
        """Place in ``classes`` of each value, in their order; -1 for what is not known."""
        if self._of_words():
            keys = pd.Index([one.key for one in self.classes])
            return np.asarray(keys.get_indexer(pd.Index(values.astype(object))), dtype=np.int64)
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
        found = np.searchsorted(np.asarray(self.bounds), numbers, side="right")
        return np.where(np.isfinite(numbers), found, -1).astype(np.int64)

    def colours(self, values: pd.Series) -> list[str]:
        """Colour of each value."""
        known = [*(one.colour for one in self.classes), self.missing.colour]
        return [known[place] for place in self.places(values)]

    def told(self, language: str) -> dict[str, Any]:
        """The scale in one language as plain data, for a page."""
        return {
            "column": self.column,
            "title": self.titles[language],
            "unit": self.unit,
            "words": self._of_words(),
            "bounds": list(self.bounds),
            "classes": [_told(one, language) for one in self.classes],
            "missing": _told(self.missing, language),
        }

    def _of_words(self) -> bool:
        return self.column == "pv_state" or _ALL[self.column].kind == "choice"


def _told(one: Class, language: str) -> dict[str, str]:
    return {"key": one.key, "colour": one.colour, "label": one.labels[language]}


def values_of(buildings: pd.DataFrame, column: str) -> pd.Series:
    """
    Values that a scale is asked with.

    Parameters
    ----------
    buildings : DataFrame (building,)
        Of a result.
    column : str
        One of ``COLUMNS``, or another number of the data dictionary; ``pv_state`` is one of
        ``STATES``: PV now, PV that fits, none that fits, excluded; None where that is not known.

    Returns
    -------
    Series (building,)
        NaN or None throughout where the result does not have the column.
    """
    if column == "pv_state":
        return _pv_state(buildings)
    if column in buildings:
        return buildings[column]
    return pd.Series(np.nan, index=buildings.index, name=column)


def _pv_state(buildings: pd.DataFrame) -> pd.Series:
    installed, fits = values_of(buildings, "installed_kwp"), values_of(buildings, "kwp")
    has = ((values_of(buildings, "existing_pv") == "yes") | (installed > 0.0)).to_numpy(dtype=bool)
    out = (values_of(buildings, "status") == "excluded").to_numpy(dtype=bool)
    cases = [out, has, (fits > 0.0).to_numpy(dtype=bool), (fits == 0.0).to_numpy(dtype=bool)]
    named = np.array(["excluded", "has_pv", "fits", "none_fits", None], dtype=object)
    return pd.Series(
        named[np.select(cases, range(4), 4)], index=buildings.index, name="pv_state", dtype=object
    )


def scale_of(column: str, values: pd.Series | None = None) -> Scale:
    """
    Classes of a column, their colours and their names.

    Parameters
    ----------
    column : str
        As ``values_of`` takes it.
    values : Series (building,), optional
        Those that are drawn, in any order: where no fixed classes are known the classes have round
        bounds between the second and the second-last per cent of them.

    Returns
    -------
    Scale
    """
    missing = Class("", colours.MISSING, _say("charts.scale.missing"))
    if column == "pv_state":
        named = zip(STATES, STATE_COLOURS, strict=True)
        classes = tuple(Class(key, hue, _say(f"charts.pv_state.{key}")) for key, hue in named)
        return Scale(column, _say("charts.column.pv_state"), "", (), classes, missing)
    known = _ALL[column]
    titles = {"en": known.en, "zh": known.zh}
    if has_text(f"charts.column.{column}"):
        titles = _say(f"charts.column.{column}")
    if known.kind == "choice":
        return Scale(column, titles, "", (), _of_choices(column, known.choices), missing)
    bounds = _FIXED.get(column) or _round_bounds(values)
    hues = _shades(len(bounds) + 1, worse=column in _WORSE)
    labels = _labels(column, bounds)
    classes = tuple(
        Class(str(place), hue, label)
        for place, (hue, label) in enumerate(zip(hues, labels, strict=True))
    )
    return Scale(column, titles, _unit(column), bounds, classes, missing)


def _say(key: str, words: Mapping[str, object] | None = None) -> dict[str, str]:
    return {language: say(key, language, words) for language in LANGUAGES}


def _of_choices(column: str, choices: Sequence[str]) -> tuple[Class, ...]:
    """Classes of words that have an order: the first is the darkest."""
    hues = _shades(len(choices), worse=False)
    named = (f"charts.{column}.{key}" for key in choices)
    return tuple(
        Class(key, hue, _say(name)) for key, hue, name in zip(choices, hues, named, strict=True)
    )


def _shades(count: int, *, worse: bool) -> list[str]:
    """Even steps of lightness, from dark to bright, or the other way where more is worse."""
    steps = np.linspace(_DARKEST, _BRIGHTEST, count) if count > 1 else np.array([0.6])
    rgb = colours.inferno(steps[::-1] if worse else steps)
    return ["#" + "".join(f"{channel:02x}" for channel in one) for one in rgb.tolist()]


def _round_bounds(values: pd.Series | None) -> tuple[float, ...]:
    known = np.empty(0) if values is None else values.to_numpy(dtype=np.float64, na_value=np.nan)
    known = known[np.isfinite(known)]
    if not known.size:
        return ()
    low, high = (float(one) for one in np.quantile(known, [0.02, 0.98]))
    if high <= low:
        return ()
    for step in _steps(high - low):
        first, last = math.floor(low / step) + 1, math.ceil(high / step) - 1
        if last - first < _MOST - 1:
            break
    # A multiple of a decimal step, and not of its binary neighbour.
    return tuple(round(place * step, 12) for place in range(first, last + 1))


def _steps(span: float) -> Iterator[float]:
    """Round steps from a tenth of a span up to the whole of it."""
    power = 10.0 ** math.floor(math.log10(span / 10.0))
    yield from (one * power * ten for ten in (1.0, 10.0, 100.0) for one in _STEPS)


def _unit(column: str) -> str:
    return figure_of(column).unit


def _labels(column: str, bounds: Sequence[float]) -> list[dict[str, str]]:
    if not bounds:
        return [_say("charts.scale.any")]
    scale, unit = figure_of(column).scale, _unit(column)
    shown = [round(one * scale, 9) for one in bounds]
    digits = next((n for n in range(9) if all(round(one, n) == one for one in shown)), 9)
    said = [f"{one:,.{digits}f}" for one in shown]
    mark = unit if unit == "%" else ""
    inner = [f"{low}–{high}{mark}" for low, high in itertools.pairwise(said)]
    words = [f"< {said[0]}{mark}", *inner, f"≥ {said[-1]}{mark}"]
    return [dict.fromkeys(LANGUAGES, one) for one in words]
