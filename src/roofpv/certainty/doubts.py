"""What may be wrong with each building, and how far: spreads and chances."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from roofpv import schema
from roofpv.assumptions import Assumptions, Certainty
from roofpv.inventory.classes.use_words import DISAGREED
from roofpv.targets.measure import Flags, Floats, dates, numbers
from roofpv.targets.subjects import is_among

Integers = npt.NDArray[np.int64]

# Columns of the kernel's table of spreads, in its order.
SPREADS = (
    "roof_shared", "roof_own", "installable_shared", "installable_own", "installable_on_roof",
    "floor_shared", "floor_own", "load_shared", "load_own", "energy_shared", "energy_own",
    "existing_own", "class_wrong", "infeasible", "record_wrong", "record_wrong_shared",
    "fits_fixed",
)  # fmt: skip
# First rows of the kernel's table of shared numbers; those of roofs and loads come after.
NOTHING, INSTALLABLE, FLOOR, ENERGY = "", "installable", "floor_area", "energy"
FIRST = (NOTHING, INSTALLABLE, FLOOR, ENERGY)
RATES = ("use_class", "infeasible", "unrecorded_pv")
# Columns that spreads and chances look at, beside those that the rules ask for.
DOUBTED = (
    "gross_roof_area_sd_fraction", "evidence_grade", "use", "use_confidence", "use_alternative",
    "usable_area_m2", "stated_kwp", "load_is_estimate", "yield_shared_sd_fraction", "roof_type",
    "completed", "existing_pv", "existing_pv_kwp", "existing_pv_area_m2",
)  # fmt: skip
_GRADES = tuple(schema.EVIDENCE_GRADES)
_UNKNOWN = len(schema.USES) - 1
_KNOWN_USES = schema.USES[:_UNKNOWN]
# Shared errors by their place.
NAMES = (
    *FIRST,
    *(f"roof/{name}" for name in _GRADES[:-1]),
    *(f"roof/D/{name}" for name in schema.USES),
    *(f"load/{name}" for name in schema.USES),
)
# Buildings that are looked at together where it takes memory.
_TOGETHER = 1 << 18
_OLD, _RECENT = np.datetime64("1990-01-01"), np.datetime64("2015-01-01")


@dataclass(frozen=True)
class Doubts:
    """
    What may be wrong with some buildings.

    ``spread`` (building, ``SPREADS``): relative standard deviations and chances; ``class_wrong``
    is that of any other class here. ``roof``, ``load`` (building,): place in ``NAMES`` of the
    error that it shares with others.
    """

    spread: Floats
    roof: Integers
    load: Integers

    def of(self, name: str) -> Floats:
        """One column of the spreads."""
        return self.spread[:, SPREADS.index(name)]


@dataclass(frozen=True, eq=False)
class Doubting:
    """
    What may be wrong with the buildings of a list, told of some of them at a time.

    ``buildings`` the columns of ``DOUBTED`` that there are, ``installed`` who is taken to have PV.
    """

    buildings: pd.DataFrame
    installed: Flags
    assumed: Assumptions

    def of(self, at: Integers, later: pd.DataFrame | None = None) -> Doubts:
        """Doubts of the buildings at some places, with what is read ``later`` of them."""
        some = filled_in(self.buildings.iloc[at], later)
        return doubts_of(some, self.installed[at], self.assumed)

    def chance_outside(self, uses: tuple[str, ...], inside: Flags) -> Floats:
        """Chance that each building is on the other side of a subject's uses than taken."""
        chances = self._in_subject(uses, _codes(self.buildings, "use", schema.USES))
        found = np.empty(len(inside))
        for first in range(0, len(inside), _TOGETHER):
            rows = slice(first, first + _TOGETHER)
            some = self.buildings.iloc[rows]
            use = _codes(some, "use", schema.USES)
            in_subject = chances[use, _codes(some, "use_alternative", schema.USES)]
            outside = np.where(inside[rows], 1.0 - in_subject, in_subject)
            found[rows] = np.clip(_class_wrong(some, use) * outside, 0.0, 1.0)
        return found

    def _in_subject(self, uses: tuple[str, ...], use: Integers) -> Floats:
        """Chance of being of some uses if one's own is wrong, by that and by the alternative."""
        among = np.array([name in uses for name in _KNOWN_USES], dtype=np.float64)
        own, other = np.divmod(np.arange(len(schema.USES) * (_UNKNOWN + 2)), _UNKNOWN + 2)
        # The last is that without any alternative, which -1 finds.
        other = np.where(other > _UNKNOWN, -1, other)
        chances = _classes(own, other, np.bincount(use, minlength=len(schema.USES))[:_UNKNOWN])
        return np.asarray((chances @ among).reshape(len(schema.USES), _UNKNOWN + 2))


@dataclass(frozen=True, eq=False)
class SizeDoubts:
    """
    Relative standard deviations of what the installable area rests on, each (building,).

    ``on_roof``: the installable area is a share of the roof, and goes with its error; ``roof``:
    place of the error of the roof area that it shares with others, 0 for none.
    """

    roof_shared: Floats
    roof_own: Floats
    installable_shared: Floats
    installable_own: Floats
    on_roof: Flags
    roof: Integers


def filled_in(some: pd.DataFrame, later: pd.DataFrame | None) -> pd.DataFrame:
    """Rows with the values of those of their columns that are read later than the others."""
    if later is None:
        return some
    return some.assign(**{n: later[n].to_numpy() for n in later if n in some})


def doubts_of(buildings: pd.DataFrame, installed: Flags, assumed: Assumptions) -> Doubts:
    """
    Spreads and chances of every building; a column that is absent gives none.

    Parameters
    ----------
    buildings : DataFrame (building,)
        What ``targets.evaluate`` asks for, with ``gross_roof_area_sd_fraction`` and
        ``evidence_grade``, ``use_confidence`` and ``use_alternative``, ``existing_pv``,
        ``usable_area_m2``, ``stated_kwp``, ``load_is_estimate``,
        ``yield_shared_sd_fraction``, ``roof_type``, as an assessment has them.
    installed : ndarray of bool (building,)
        Who is taken to have PV.
    assumed : Assumptions
    """
    said, rows = assumed.certainty, len(buildings)
    use = _codes(buildings, "use", schema.USES)
    size = size_doubts(buildings, assumed)
    surveyed = ~np.isnan(_numbers(buildings, "usable_area_m2"))
    stated = ~np.isnan(_numbers(buildings, "stated_kwp"))
    loose = _flags(buildings, "load_is_estimate")
    wrong, wrong_shared = _record_wrong(buildings, installed, said)
    columns: dict[str, npt.ArrayLike] = {
        "roof_shared": size.roof_shared,
        "roof_own": size.roof_own,
        "installable_shared": size.installable_shared,
        "installable_own": size.installable_own,
        "installable_on_roof": ~surveyed,
        "floor_shared": said.floor_area_shared,
        "floor_own": said.floor_area_own,
        "load_shared": np.where(loose, said.load_shared, 0.0),
        "load_own": np.where(loose, said.load_own, 0.0),
        "energy_shared": _energy_sd(buildings, assumed),
        "energy_own": said.energy_own,
        "existing_own": said.existing_own,
        "class_wrong": _class_wrong(buildings, use),
        "infeasible": np.where(surveyed | stated, 0.0, _infeasible(buildings, said)),
        "record_wrong": wrong,
        "record_wrong_shared": wrong_shared,
        "fits_fixed": stated,
    }
    spread = np.empty((rows, len(SPREADS)))
    for place, name in enumerate(SPREADS):
        spread[:, place] = columns[name]
    load = _groups(use, _codes(buildings, "evidence_grade", _GRADES))[1]
    return Doubts(spread, size.roof, load)


def size_doubts(buildings: pd.DataFrame, assumed: Assumptions) -> SizeDoubts:
    """
    Spreads of the roof area and of its installable share; a column that is absent gives none.

    Parameters
    ----------
    buildings : DataFrame (building,)
        ``gross_roof_area_sd_fraction``, ``evidence_grade``, ``use``, ``usable_area_m2``.
    assumed : Assumptions
    """
    said = assumed.certainty
    roof_sd = np.nan_to_num(_numbers(buildings, "gross_roof_area_sd_fraction"))
    surveyed = ~np.isnan(_numbers(buildings, "usable_area_m2"))
    use = _codes(buildings, "use", schema.USES)
    return SizeDoubts(
        roof_shared=roof_sd * said.roof_correlation**0.5,
        roof_own=roof_sd * (1.0 - said.roof_correlation) ** 0.5,
        installable_shared=np.where(surveyed, 0.0, said.installable_shared),
        installable_own=np.where(surveyed, assumed.areas.sd_a, said.installable_own),
        on_roof=~surveyed,
        roof=_groups(use, _codes(buildings, "evidence_grade", _GRADES))[0],
    )


def _groups(use: Integers, grade: Integers) -> tuple[Integers, Integers]:
    """Which of the shared errors the roof and the load of each building have."""
    by_use = len(FIRST) + len(_GRADES) - 1 + use
    roof = np.where(grade < 0, 0, len(FIRST) + grade)
    roof = np.where(grade == len(_GRADES) - 1, by_use, roof)
    return roof, by_use + len(schema.USES)


def _codes(buildings: pd.DataFrame, name: str, words: tuple[str, ...]) -> Integers:
    """Place of each cell among the words; of a use, any other is unknown, else -1."""
    if name not in buildings:
        return np.full(len(buildings), -1, dtype=np.int64)
    column = buildings[name]
    if isinstance(column.dtype, pd.CategoricalDtype):
        kinds = pd.Index(words).get_indexer(pd.Index(column.cat.categories.astype(object)))
        found = np.append(kinds, -1)[column.cat.codes.to_numpy()]
    else:
        found = pd.Index(words).get_indexer(pd.Index(column.astype(object)))
    if words is schema.USES and name == "use":
        found = np.where(found < 0, _UNKNOWN, found)
    return found.astype(np.int64)


def _class_wrong(buildings: pd.DataFrame, use: Integers) -> Floats:
    """A known class without confidence is right; of an unknown one nothing is believed."""
    confidence = _numbers(buildings, "use_confidence")
    wrong = np.where(np.isnan(confidence), 0.0, 1.0 - confidence)
    return np.where(use == _UNKNOWN, 1.0, np.clip(wrong, 0.0, 1.0))


def _classes(use: Integers, other: Integers, counts: Integers) -> Floats:
    """
    Chance of each known use where the one taken is wrong.

    It is the alternative (``other``, -1 for none), where there is one; else the more often a class
    stands in the list (``counts``), the likelier it is, so that about as many buildings are lost to
    a class as are gained from it. Of unknown use with an alternative, that one as far as a
    contradicted class is believed.
    """
    # One more each: in a short list no class is impossible.
    chances = np.tile(counts + 1.0, (len(use), 1))
    known = np.flatnonzero(use != _UNKNOWN)
    chances[known, use[known]] = 0.0
    chances /= chances.sum(axis=1, keepdims=True)
    said = np.flatnonzero((other >= 0) & (other != _UNKNOWN))
    sure = np.where(use[said] != _UNKNOWN, 1.0, DISAGREED)
    chances[said] *= 1.0 - sure[:, None]
    chances[said, other[said]] += sure
    return chances


def _infeasible(buildings: pd.DataFrame, said: Certainty) -> Floats:
    completed = dates(buildings["completed"])
    chance = np.full(len(buildings), said.infeasible)
    chance[completed < _OLD] = said.infeasible_old
    chance[completed >= _RECENT] = said.infeasible_recent
    steel = _codes(buildings, "roof_type", ("steel",)) == 0
    return np.where(steel, np.maximum(chance, said.infeasible_steel), chance)


def _record_wrong(
    buildings: pd.DataFrame, installed: Flags, said: Certainty
) -> tuple[Floats, Floats]:
    """Chance that the record of PV is wrong by itself, and with a rate that all share."""
    sizes = [_numbers(buildings, name) for name in ("existing_pv_kwp", "existing_pv_area_m2")]
    stated = ~np.isnan(sizes[0]) | ~np.isnan(sizes[1])
    if "existing_pv" in buildings:
        stated |= is_among(buildings["existing_pv"], ("yes", "no"))
    later = stated & ~installed & _any_pv(buildings, sizes)
    alone = np.where(installed, said.recorded_wrong, said.stated_none_wrong)
    alone = np.where(stated & ~later, alone, 0.0)
    return alone, np.where(stated | installed, 0.0, said.unrecorded)


def _any_pv(buildings: pd.DataFrame, sizes: list[Floats]) -> Flags:
    """PV that is recorded, of whatever date."""
    found = (sizes[0] > 0.0) | (sizes[1] > 0.0)
    if "existing_pv" in buildings:
        found |= is_among(buildings["existing_pv"], ("yes",))
    return found


def _energy_sd(buildings: pd.DataFrame, assumed: Assumptions) -> Floats:
    """Spread of the yield that roofs share, as its budget tells it; without one, as assumed."""
    told = _numbers(buildings, "yield_shared_sd_fraction")
    of = assumed.uncertainty
    parts = (of.irradiation, of.transposition, of.model, of.module, of.soiling, of.losses)
    silent = math.hypot(*parts)
    return np.where(np.isnan(told), silent, told)


def _numbers(buildings: pd.DataFrame, name: str) -> Floats:
    return numbers(buildings[name]) if name in buildings else np.full(len(buildings), np.nan)


def _flags(buildings: pd.DataFrame, name: str) -> Flags:
    if name not in buildings:
        return np.zeros(len(buildings), dtype=np.bool_)
    return buildings[name].to_numpy(dtype=np.bool_, na_value=False)
