"""What each building adds to the sums of a reading, taken apart by what may change it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from roofpv.targets import measure, sums
from roofpv.targets.measure import VARIANT_COLUMNS, Flags, Floats, Rows
from roofpv.targets.rules import Gate, Reading
from roofpv.targets.sums import Question

# Factors of the kernel, by their number there.
NONE, ROOF, INSTALLABLE, FLOOR, LOAD, EXISTING, EXISTING_ENERGY, FITS_ENERGY, FITS = range(9)
_COLUMNS = {
    ROOF: ("gross_roof_area_m2", "roof_area_m2", "footprint_area_m2"),
    INSTALLABLE: ("installable_area_m2", "usable_area_m2"),
    FLOOR: ("floor_area_m2", "useful_floor_area_m2", "conditioned_floor_area_m2"),
    LOAD: ("load_kwh",),
}
_FACTOR_OF = {column: factor for factor, names in _COLUMNS.items() for column in names}
# Step of the difference that tells how a denominator follows an area: exact where it is linear.
_STEP = 2.0**-4


@dataclass(frozen=True)
class Amounts:
    """
    Parts of one reading as the kernel takes them.

    ``parts`` (building, 8): recorded PV, what fits, what is added to both; the denominator, and how
    it follows the roof, the installable roof, the floor area and the load. ``kinds``: factors of
    recorded PV and of what fits. ``limits`` (building,): own thresholds, where each is judged.
    """

    parts: Floats
    kinds: tuple[int, int]
    how: tuple[int, int, int]
    limits: Floats


def is_drawn(question: Question) -> bool:
    """Whether the draws follow the reading: not a rounded share of each, nor two ways to comply."""
    reading = question.reading
    rounded = reading.rounding is not None and not reading.asks_capacity
    return not (question.of_each and (reading.combine == "or" or rounded))


def amounts_of(
    rows: Rows, question: Question, fill: float, equipped: Rows | None = None
) -> Amounts:
    """
    Take a reading apart.

    Parameters
    ----------
    rows : Rows
        Buildings that may be of the subject.
    question : Question
        Of either state: both are told.
    fill : float
        Size of PV that no record tells of, of what fits.
    equipped : Rows, optional
        The same buildings, as `all_equipped` gives them.
    """
    now, then = (replace(question, state=state) for state in ("now", "potential"))
    nobody = replace(rows, installed=np.zeros(len(rows.frame), dtype=np.bool_))
    top, bottom = sums.measured(rows, now)
    more = sums.measured(nobody, now)[0]
    all_of = all_equipped(rows, fill) if equipped is None else equipped
    recorded = sums.measured(all_of, now)[0] - more
    fits = sums.measured(nobody, then)[0] - more
    known = np.isfinite(top) & np.isfinite(bottom)
    both = known & np.isfinite(sums.measured(rows, then)[0])
    parts = np.zeros((len(top), 8))
    parts[:, 0] = np.where(np.isfinite(recorded), recorded, 0.0)
    parts[:, 1] = np.where(both, fits, np.nan)
    parts[:, 2], parts[:, 3] = more, bottom
    for factor in _followed(question):
        scaled = sums.measured(_scaled(rows, factor), now)[1]
        parts[:, 3 + factor] = (scaled - bottom) / _STEP
    parts[~known] = 0.0
    parts[~known, 1] = np.nan
    return Amounts(parts, _kinds(question.reading), how_of(question), _limits(rows, now, known))


def amounts_together(
    rows: Rows, questions: Sequence[Question], fill: float
) -> tuple[list[Amounts], Floats]:
    """
    Take several readings apart, as `amounts_of` does.

    Returns
    -------
    list of Amounts
        Of each reading; their parts are views of the array.
    ndarray (building, reading, 8)
        As the kernel reads it.
    """
    whole = np.empty((len(rows.frame), len(questions), 8))
    found, equipped = [], all_equipped(rows, fill)
    for place, one in enumerate(questions):
        mine = amounts_of(rows, one, fill, equipped)
        whole[:, place] = mine.parts
        found.append(replace(mine, parts=whole[:, place]))
    return found, whole


def all_equipped(rows: Rows, fill: float) -> Rows:
    """The same buildings, all with PV: recorded, or a share (``fill``) of what fits."""
    changes = {}
    for name in (*VARIANT_COLUMNS.values(), "ac_kwh", "kwp"):
        existing = "installed_kwp" if name == "kwp" else f"existing_{name}"
        if existing in rows.frame and name in rows.frame:
            changes[existing] = np.where(
                rows.installed, rows.number(existing), fill * rows.number(name)
            )
    everybody = np.ones(len(rows.frame), dtype=np.bool_)
    return replace(rows, frame=rows.frame.assign(**changes), installed=everybody)


def how_of(question: Question) -> tuple[int, int, int]:
    """``Amounts.how`` of a reading."""
    counted = 2 if question.reading.metric == "institution_ratio" else 0
    return (
        1 if question.of_each else counted,
        int(question.target.strict),
        int(question.reading.asks_capacity),
    )


def gates_of(rows: Rows, gates: tuple[Gate, ...]) -> tuple[list[int], Floats]:
    """
    Between which factors each building passes the gates on columns that have an error.

    Returns
    -------
    list of int
        Factor of each gate.
    ndarray (building, 2, gate)
        Lowest and highest factor that passes; NaN where the column is not known.
    """
    kinds = [_FACTOR_OF[gate.column] for gate in gates]
    bounds = np.empty((len(rows.frame), 2, len(gates)))
    for place, gate in enumerate(gates):
        bounds[:, 0, place], bounds[:, 1, place] = _bounds(rows.stated(gate.column), gate)
    return kinds, bounds


def varied(gates: tuple[Gate, ...]) -> tuple[Gate, ...]:
    """Those gates that look at a column with an error."""
    return tuple(gate for gate in gates if gate.column in _FACTOR_OF)


def _bounds(value: Floats, gate: Gate) -> tuple[Floats, Floats]:
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.full(len(value), -np.inf)
        high = np.full(len(value), np.inf)
        if gate.at_least is not None:
            low = gate.at_least / value
        if gate.above is not None:
            low = np.fmax(low, np.nextafter(gate.above / value, np.inf))
        if gate.at_most is not None:
            high = gate.at_most / value
        if gate.below is not None:
            high = np.fmin(high, np.nextafter(gate.below / value, -np.inf))
    # A quotient rounds: at factor 1 a building passes as it does without any error.
    passes = _passes(value, gate)
    low, high = np.where(passes, np.fmin(low, 1.0), low), np.where(passes, np.fmax(high, 1.0), high)
    low = np.where(~passes & (low <= 1.0) & (high >= 1.0), np.nextafter(1.0, np.inf), low)
    unknown = np.isnan(value)
    return np.where(unknown, np.nan, low), np.where(unknown, np.nan, high)


def _passes(value: Floats, gate: Gate) -> Flags:
    inside = ~np.isnan(value)
    inside &= True if gate.above is None else value > gate.above
    inside &= True if gate.at_least is None else value >= gate.at_least
    inside &= True if gate.below is None else value < gate.below
    inside &= True if gate.at_most is None else value <= gate.at_most
    return inside


def _followed(question: Question) -> list[int]:
    """Factors that the denominator follows."""
    asked = measure.needed(question.target, question.reading)
    below = (*asked, question.reading.denominator)
    return sorted({_FACTOR_OF[column] for column in below if column in _FACTOR_OF})


def _scaled(rows: Rows, factor: int) -> Rows:
    frame: pd.DataFrame = rows.frame
    changes = {
        name: measure.numbers(frame[name]) * (1.0 + _STEP)
        for name in _COLUMNS[factor]
        if name in frame
    }
    return replace(rows, frame=frame.assign(**changes))


def _kinds(reading: Reading) -> tuple[int, int]:
    if reading.metric == "energy_share":
        return EXISTING_ENERGY, FITS_ENERGY
    if reading.metric == "floor_area_ratio":
        return FLOOR, FLOOR
    if reading.asks_capacity or reading.variants:
        return EXISTING, FITS
    return NONE, NONE


def _limits(rows: Rows, question: Question, known: Flags) -> Floats:
    limits = sums.thresholds(rows, question.target, question.as_of)
    return np.where(known, limits, np.nan)
