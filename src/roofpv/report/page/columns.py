"""The columns of a report's table and map: printed numbers, classes, names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pandas as pd

from roofpv import schema
from roofpv.report.charts import scales
from roofpv.report.city import Figure, figure_of
from roofpv.report.closing import printed
from roofpv.report.page.packing import Packed, whole_numbers, words
from roofpv.text import plain

LONGEST_NAME = 500
WORDS = ("building_id", "name")
CLASSES = ("district", "use", "pv_state", "evidence_grade")
NUMBERS = (
    "gross_roof_area_m2", "installable_area_m2", "kwp", "ac_kwh", "specific_yield_kwh_per_kwp",
    "poa_kwh_per_m2", "shading_loss_fraction", "payback_years", "lcoe_cny_per_kwh", "npv_cny",
    "self_use_fraction", "avoided_kgco2", "installed_kwp",
)  # fmt: skip
# How near to a half a float must be for its exact value to be asked.
_NEAR_HALF = 1e-6
# Printable ASCII, Chinese, and full-width signs.
_HARMLESS = re.compile("[ -~\u3001-\u303f\u3400-\u9fff\uff01-\uff9f]*")


@dataclass(frozen=True)
class Column:
    """
    A column as a script needs it: ``choices`` of a class, ``figure`` of a number.

    ``packed`` is by the name that the script finds it under.
    """

    name: str
    packed: dict[str, Packed]
    choices: tuple[str, ...] = ()
    figure: Figure | None = None


def columns_of(buildings: pd.DataFrame) -> list[Column]:
    """
    What the table and the map show of each building, in the order of the table.

    Parameters
    ----------
    buildings : DataFrame (building,)
        Of a result.
    """
    frame = buildings.assign(pv_state=scales.values_of(buildings, "pv_state"))
    return [
        *(_word_column(frame, name) for name in WORDS),
        *(_class_column(frame, name) for name in CLASSES),
        *(_number_column(frame, name) for name in _known_numbers(frame)),
    ]


def printed_counts(values: npt.NDArray[np.float64], figure: Figure) -> npt.NDArray[np.float64]:
    """
    Numbers in units of their last printed digit, rounded as they are printed: a half goes up.

    Parameters
    ----------
    values : array (row,)
    figure : Figure

    Returns
    -------
    array (row,)
        Whole numbers; NaN where it is not known.
    """
    scaled = np.where(np.isfinite(values), values, np.nan) * (figure.scale * 10.0**figure.digits)
    counts = np.floor(scaled + 0.5)
    from_whole = np.abs(scaled + 0.5 - np.rint(scaled + 0.5))
    for row in np.flatnonzero(from_whole <= _NEAR_HALF * (1.0 + np.abs(scaled) * 1e-9)):
        exact = Fraction(float(values[row])) * figure.scale
        counts[row] = printed(exact, figure.digits).count
    return counts


def _word_column(frame: pd.DataFrame, name: str) -> Column:
    empty = frame[name].isna().to_numpy()
    pairs = zip(frame[name].tolist(), empty.tolist(), strict=True)
    texts = ["" if none else _shown(value) for value, none in pairs]
    return Column(name, {f"{name}.{part}": packed for part, packed in words(texts).items()})


def _shown(value: object) -> str:
    """Text without what hides or reorders letters; most texts are seen to have none at once."""
    safe = isinstance(value, str) and len(value) <= LONGEST_NAME and _HARMLESS.fullmatch(value)
    return value if safe and isinstance(value, str) else plain(value, LONGEST_NAME)


def _class_column(frame: pd.DataFrame, name: str) -> Column:
    codes, found = pd.factorize(frame[name])
    texts = [_shown(value) for value in found]
    choices = _choices(name, texts)
    place = np.array([choices.index(text) for text in texts] or [0], dtype=np.int64)
    known = codes >= 0
    return Column(
        name, {name: whole_numbers(place[np.where(known, codes, 0)], known)}, tuple(choices)
    )


def _choices(name: str, texts: Sequence[str]) -> list[str]:
    """Classes that occur: in the order of the data dictionary, others by name."""
    order = {
        "use": schema.USES,
        "pv_state": scales.STATES,
        "evidence_grade": tuple(schema.EVIDENCE_GRADES),
    }.get(name, ())
    found = set(texts)
    return [one for one in order if one in found] + sorted(found - set(order))


def _known_numbers(frame: pd.DataFrame) -> Iterator[str]:
    yield from (name for name in NUMBERS if name in frame and frame[name].notna().any())


def _number_column(frame: pd.DataFrame, name: str) -> Column:
    figure = figure_of(name)
    counts = printed_counts(frame[name].to_numpy(dtype=np.float64), figure)
    known = np.isfinite(counts)
    whole = np.where(known, counts, 0.0).astype(np.int64)
    return Column(name, {name: whole_numbers(whole, known)}, (), figure)
