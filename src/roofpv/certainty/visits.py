"""Which building, looked at, and which survey would make a verdict surer, and by how much."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, owens_t

from roofpv.certainty.amounts import (
    EXISTING,
    EXISTING_ENERGY,
    FITS,
    FITS_ENERGY,
    FLOOR,
    INSTALLABLE,
    LOAD,
    ROOF,
    Amounts,
)
from roofpv.certainty.doubts import RATES
from roofpv.certainty.draws import Drawn, Shared
from roofpv.targets.measure import Flags, Floats

EVENTS = ("use_class", "roof_area", "existing_pv", "feasibility")
SIZES = ("roof_area", "installable_share", "floor_area", "load", "energy", "existing_pv_size")
CAUSES = tuple(dict.fromkeys((*EVENTS, *SIZES)))
_NO_CHANCE = 1e-6


@dataclass(frozen=True)
class Worth:
    """
    How much of the spread of a margin each building's own doubts make.

    ``variance`` (building,): of what it adds to the margin, all shared errors at their middle;
    ``by_cause`` (building, ``CAUSES``): the part that goes if one doubt alone is resolved.
    """

    variance: Floats
    by_cause: Floats


@dataclass(frozen=True)
class _Case:
    """One combination of events: its chance, what it adds to the margin, and the spread of that."""

    chance: Floats
    happens: tuple[bool, ...]
    mean: Floats
    variances: Floats


def worth_of_visits(of: Drawn, parts: Amounts, threshold: float, potential: bool) -> Worth:
    """
    Variance of what each building adds to the margin, by what is doubtful of it.

    The margin is the numerator less the threshold times the denominator: its sign is the verdict.
    A building's own doubts are independent of all others, so that a visit that resolves them takes
    just this variance off that of the margin: the expected reduction of a preposterior analysis
    [1]_. The events (class, gates, record, feasibility) are taken exactly, the sizes to first
    order.

    Parameters
    ----------
    of : Drawn
    parts : Amounts
    threshold : float
        Of the margin.
    potential : bool
        With all that fits, instead of now.

    References
    ----------
    .. [1] Raiffa and Schlaifer, "Applied Statistical Decision Theory", Harvard, 1961, chapter 5
    """
    cases = list(_cases(of, parts, threshold, potential=potential))
    mean = sum_of([one.chance * one.mean for one in cases])
    within = sum_of([one.chance[:, None] * one.variances for one in cases])
    between = sum_of([one.chance * np.square(one.mean - mean) for one in cases])
    by_cause = np.zeros((len(mean), len(CAUSES)))
    for place, name in enumerate(SIZES):
        by_cause[:, CAUSES.index(name)] += within[:, place]
    for place, name in enumerate(EVENTS):
        by_cause[:, CAUSES.index(name)] += _main_effect(cases, place, mean)
    return Worth(between + within.sum(axis=1), by_cause)


def sum_of(terms: list[Floats]) -> Floats:
    """Sum in the order given."""
    total = np.zeros_like(terms[0])
    for term in terms:
        total = total + term
    return total


def gains(variances: Floats, mean: float, sd: float) -> Floats:
    """
    Part of the chance of a wrong verdict that goes if some variance of the margin were gone.

    With a normal margin of mean m and deviation s a verdict by the mean is wrong with the chance
    of the other sign. A visit moves the mean by a normal number of the variance that it takes,
    the part r of all: the moved mean and the margin have the correlation sqrt(r), and opposite
    signs with the chance 2 T(m / s, sqrt((1 - r) / r)), T being Owen's function [1]_.

    Parameters
    ----------
    variances : ndarray (visit,)
        What each takes off the variance of the margin.
    mean, sd : float
        Of the margin.

    References
    ----------
    .. [1] Owen, "Tables for computing bivariate normal probabilities", Annals of Mathematical
       Statistics, 1956, :doi:`10.1214/aoms/1177728074`
    """
    before = float(ndtr(-abs(mean / sd)))
    if before < _NO_CHANCE:
        return np.zeros(len(variances))
    taken = np.clip(variances / sd**2, 0.0, 1.0)
    with np.errstate(divide="ignore"):
        after = 2.0 * owens_t(abs(mean / sd), np.sqrt((1.0 - taken) / taken))
    # What is left of rounding is no gain.
    return np.clip(np.round(1.0 - after / before, 9), 0.0, 1.0)


def shared_variances(of: Drawn, parts: Amounts, shared: Shared, margin: Floats) -> dict[str, float]:
    """
    Variance of the margin that each shared error makes: a least squares fit over the draws.

    Parameters
    ----------
    of : Drawn
    parts : Amounts
        Of the reading: an error that does not touch it has no part in it.
    shared : Shared
    margin : ndarray (draw,)

    Returns
    -------
    dict
        Name of the error -> variance, of those that are more than chance.
    """
    names = (*shared.names, *RATES)
    # The first has no error: it is there for buildings that share none.
    touched = _touched(of, parts)
    active = [
        at
        for at in range(1, len(names))
        if names[at].split("/")[0] in touched and _matters(of, shared, at)
    ]
    if not active:
        return {}
    errors = shared.normal[active] - shared.normal[active].mean(axis=1, keepdims=True)
    slopes = np.linalg.lstsq(errors @ errors.T, errors @ margin, rcond=None)[0]
    # A slope of nothing but chance is about sd / sqrt(draws): thrice that is needed to count.
    least = 9.0 * float(np.var(margin)) / len(margin)
    found = {names[at]: float(slope**2) for at, slope in zip(active, slopes, strict=True)}
    return {name: variance for name, variance in found.items() if variance > least}


def seen_by_survey(of: Drawn, shared: Shared, name: str, buildings: int) -> float:
    """
    Part of the variance of a shared error that goes with a survey of some buildings.

    They show it through what is each one's own: of its variance V the part V / (V + own / n) goes,
    the normal case of a preposterior analysis.
    """
    own, common = _own_and_shared(of, shared, (*shared.names, *RATES).index(name))
    own, common = own[common > 0.0], common[common > 0.0]
    variance = float(np.mean(common**2))
    return variance / (variance + float(np.mean(own**2)) / min(buildings, len(common)))


def _touched(of: Drawn, parts: Amounts) -> set[str]:
    """Kinds of shared errors that a reading may follow."""
    kinds = {*parts.kinds, *of.gate_kinds}
    follows = (np.nan_to_num(parts.parts[:, 4:8]) != 0.0).any(axis=0)
    kinds |= {kind for kind, is_followed in zip(_FOLLOWS, follows, strict=True) if is_followed}
    found = set(RATES)
    if kinds & {ROOF, INSTALLABLE, FITS, FITS_ENERGY}:
        found.add("roof")
    if kinds & {INSTALLABLE, FITS, FITS_ENERGY}:
        found.add("installable")
    if kinds & {EXISTING_ENERGY, FITS_ENERGY}:
        found.add("energy")
    if FLOOR in kinds:
        found.add("floor_area")
    if LOAD in kinds:
        found.add("load")
    return found


def _matters(of: Drawn, shared: Shared, at: int) -> bool:
    return bool((_own_and_shared(of, shared, at)[1] > 0.0).any())


def _own_and_shared(of: Drawn, shared: Shared, at: int) -> tuple[Floats, Floats]:
    """Own and shared spread of the buildings that have a shared error; empty where none has."""
    name = (*shared.names, *RATES)[at]
    if name in RATES:
        chance = of.of(("class_wrong", "infeasible", "record_wrong_shared")[RATES.index(name)])
        rate = shared.rates[RATES.index(name)]
        chance = chance[(chance > 0.0) & (chance < 1.0)]
        spread = float(rate.std()) if np.ptp(rate) > 0.0 else 0.0
        return np.sqrt(chance * (1.0 - chance)), chance * spread
    kinds = {"installable": "installable", "floor_area": "floor", "energy": "energy"}
    if name in kinds:
        having = np.ones(len(of.inside), dtype=np.bool_)
    else:
        having = (of.roof == at) if name.startswith("roof/") else (of.load == at)
    kind = kinds.get(name, name.split("/")[0])
    return of.of(f"{kind}_own")[having], of.of(f"{kind}_shared")[having]


def _cases(of: Drawn, parts: Amounts, threshold: float, *, potential: bool) -> Iterator[_Case]:
    passes = _gate_chances(of)
    other = np.clip(of.of("class_wrong"), 0.0, 1.0)
    wrong = np.clip(of.of("record_wrong") + of.of("record_wrong_shared"), 0.0, 1.0)
    unfit = of.of("infeasible")
    for happens in itertools.product((False, True), repeat=len(EVENTS)):
        is_other, is_out, is_wrong, is_unfit = happens
        chance = _either(other, is_other) * _either(1.0 - passes, is_out)
        chance = chance * _either(wrong, is_wrong) * _either(unfit, is_unfit)
        if not (chance > 0.0).any():
            continue
        member = (of.inside != is_other) & (not is_out)
        installed = of.rows.installed != is_wrong
        mean, variances = _margin(of, parts, threshold, installed, (is_unfit, potential))
        yield _Case(
            chance, happens, np.where(member, mean, 0.0), np.where(member[:, None], variances, 0.0)
        )


def _either(chance: Floats, happens: bool) -> Floats:
    return chance if happens else 1.0 - chance


def _margin(
    of: Drawn, parts: Amounts, threshold: float, installed: Flags, case: tuple[bool, bool]
) -> tuple[Floats, Floats]:
    """What a building adds to the margin, and the variance of that by size."""
    is_unfit, potential = case
    unfit = is_unfit & ~installed
    now = np.where(installed, parts.parts[:, 0], 0.0)
    fits = np.where(potential & ~unfit, np.nan_to_num(parts.parts[:, 1]), 0.0)
    follows = np.where(unfit[:, None] & (np.arange(4) == 1), 0.0, parts.parts[:, 4:8])
    bottom = parts.parts[:, 3] - np.where(unfit, parts.parts[:, 5], 0.0)
    known = np.isfinite(parts.parts[:, 1]) if potential else np.ones(len(now), dtype=np.bool_)
    each = parts.how[0] == 1
    limit = parts.limits if each else np.full(len(now), threshold)
    own = np.maximum(now, fits) + parts.parts[:, 2] - limit * bottom
    slopes = _slopes(of, parts.kinds, now * (now >= fits), fits * (now < fits))
    slopes = slopes - limit[:, None] * _by_size(of, follows)
    variances = np.square(slopes * _own_sd(of))
    if each:
        own, variances = _complying(own, variances, threshold)
    counts = known & np.isfinite(own)
    return np.where(counts, own, 0.0), np.where(counts[:, None], variances, 0.0)


def _complying(own: Floats, variances: Floats, threshold: float) -> tuple[Floats, Floats]:
    """Of buildings that are judged each: the chance to comply, and its variance by size."""
    total = variances.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        chance = np.where(total > 0.0, ndtr(own / np.sqrt(total)), (own >= 0.0) * 1.0)
        share = np.where(total[:, None] > 0.0, variances / total[:, None], 0.0)
    chance = np.where(np.isfinite(own), chance, np.nan)
    return chance - threshold, share * (chance * (1.0 - chance))[:, None]


def _slopes(of: Drawn, kinds: tuple[int, int], now: Floats, fits: Floats) -> Floats:
    """How the numerator follows each size."""
    slopes = np.zeros((len(now), len(SIZES)))
    loose = 1.0 - of.of("fits_fixed")
    moved = {"roof_area": loose * of.of("installable_on_roof"), "installable_share": loose}
    for kind, amount in zip(kinds, (now, fits), strict=True):
        for size in _SIZES_OF.get(kind, ()):
            slopes[:, SIZES.index(size)] += amount * moved.get(size, 1.0)
    return slopes


_SIZES_OF = {
    FLOOR: ("floor_area",),
    EXISTING: ("existing_pv_size",),
    EXISTING_ENERGY: ("existing_pv_size", "energy"),
    FITS: ("roof_area", "installable_share"),
    FITS_ENERGY: ("roof_area", "installable_share", "energy"),
}
_FOLLOWS = {
    ROOF: ("roof_area",),
    INSTALLABLE: ("roof_area", "installable_share"),
    FLOOR: ("floor_area",),
    LOAD: ("load",),
}


def _by_size(of: Drawn, follows: Floats) -> Floats:
    slopes = np.zeros((len(follows), len(SIZES)))
    for place, kind in enumerate((ROOF, INSTALLABLE, FLOOR, LOAD)):
        for size in _FOLLOWS[kind]:
            on_roof = of.of("installable_on_roof") if (kind, size) == _ON_ROOF else 1.0
            slopes[:, SIZES.index(size)] += follows[:, place] * on_roof
    return slopes


_ON_ROOF = (INSTALLABLE, "roof_area")


def _own_sd(of: Drawn) -> Floats:
    names = ("roof", "installable", "floor", "load", "energy", "existing")
    return np.column_stack([of.of(f"{name}_own") for name in names])


def _gate_chances(of: Drawn) -> Floats:
    """Chance that each building passes the gates on sizes, for all that is its own doubt."""
    chance = np.ones(len(of.inside))
    own = {ROOF: "roof_own", INSTALLABLE: "installable_own", FLOOR: "floor_own", LOAD: "load_own"}
    for place, kind in enumerate(of.gate_kinds):
        low, high = of.gates[:, 0, place] - 1.0, of.gates[:, 1, place] - 1.0
        sd = of.of(own[kind])
        with np.errstate(divide="ignore", invalid="ignore"):
            through = ndtr(high / sd) - ndtr(low / sd)
        surely = ((low <= 0.0) & (high >= 0.0)) * 1.0
        chance = chance * np.nan_to_num(np.where(sd > 0.0, through, surely))
    return chance


def _main_effect(cases: list[_Case], event: int, mean: Floats) -> Floats:
    """Variance of the mean, given whether an event happens."""
    total = np.zeros_like(mean)
    for happens in (False, True):
        mine = [one for one in cases if one.happens[event] == happens]
        if not mine:
            continue
        chance = sum_of([one.chance for one in mine])
        part = sum_of([one.chance * one.mean for one in mine])
        with np.errstate(divide="ignore", invalid="ignore"):
            given = np.where(chance > 0.0, part / chance, mean)
        total = total + chance * np.square(given - mean)
    return total
