"""Draws of the two sums of a target, each building with errors of its own and shared ones."""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

_FLAGS = {"error_model": "numpy", "cache": True}

# Draws that one thread carries through all buildings at a time: their sums stay in the cache.
BLOCK = 25
_LEVELS = 4096
_LOW12 = np.uint64(0xFFF)
_LOW16 = np.uint64(0xFFFF)
_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)
_S12, _S16, _S24, _S27, _S30, _S31, _S32, _S36, _S48 = (
    np.uint64(bits) for bits in (12, 16, 24, 27, 30, 31, 32, 36, 48)
)
_TO_SHARE = 2.0**-16


@njit(inline="always", **_FLAGS)
def mixed(state):
    """
    Scrambled bits of a counter: the output function of SplitMix64.

    References
    ----------
    .. [1] Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014,
       :doi:`10.1145/2660193.2660195`
    """
    state = (state ^ (state >> _S30)) * _MIX1
    state = (state ^ (state >> _S27)) * _MIX2
    return state ^ (state >> _S31)


@njit(inline="always", **_FLAGS)
def _at_least(top, bottom, threshold, strict, equal):
    """Whether a share is reached, equality included unless strict."""
    wanted = threshold * bottom
    near = abs(top - wanted) <= equal * max(abs(top), abs(wanted))
    return (top > wanted and not near) if strict else (top >= wanted or near)


@njit(inline="always", **_FLAGS)
def _factors(key, draw, spread, groups, shared, normal, factor):
    """
    Fill the factors of one building in one draw, all 1 without any spread.

    ``factor``: 0 none, 1 roof, 2 installable roof, 3 floor area, 4 load, 5 recorded PV, 6 its
    energy, 7 energy of what fits, 8 what fits.
    """
    bits = mixed(key + np.uint64(2 * draw + 1) * _STEP)
    roof = spread[0] * shared[groups[0], draw] + spread[1] * normal[bits & _LOW12]
    part = spread[2] * shared[1, draw] + spread[3] * normal[(bits >> _S12) & _LOW12]
    floor = spread[5] * shared[2, draw] + spread[6] * normal[(bits >> _S24) & _LOW12]
    load = spread[7] * shared[groups[1], draw] + spread[8] * normal[(bits >> _S36) & _LOW12]
    size = spread[11] * normal[(bits >> _S48) & _LOW12]
    bits = mixed(key + np.uint64(2 * draw + 2) * _STEP)
    made = spread[9] * shared[3, draw] + spread[10] * normal[(bits >> _S48) & _LOW12]
    factor[1] = max(1.0 + roof, 0.0)
    factor[2] = max(1.0 + part, 0.0) * (factor[1] if spread[4] > 0.0 else 1.0)
    factor[3] = max(1.0 + floor, 0.0)
    factor[4] = max(1.0 + load, 0.0)
    factor[5] = max(1.0 + size, 0.0)
    energy = max(1.0 + made, 0.0)
    factor[6] = factor[5] * energy
    factor[8] = 1.0 if spread[16] > 0.0 else factor[2]
    factor[7] = factor[8] * energy
    return bits


@njit(inline="always", **_FLAGS)
def _through(factor, kinds, low, high):
    """Whether a building passes every gate with the sizes of this draw."""
    for gate in range(len(kinds)):
        value = factor[kinds[gate]]
        if not low[gate] <= value <= high[gate]:
            return False
    return True


@njit(inline="always", **_FLAGS)
def _sums(amount, kinds, factor, installed, feasible):
    """Numerator now and with all that fits, and denominator, of one reading."""
    bottom = (
        amount[3]
        + amount[4] * (factor[1] - 1.0)
        + amount[5] * (factor[2] - 1.0)
        + amount[6] * (factor[3] - 1.0)
        + amount[7] * (factor[4] - 1.0)
    )
    now = amount[0] * factor[kinds[0]] if installed else 0.0
    fits = amount[1] * factor[kinds[1]] if feasible else 0.0
    return now + amount[2], max(now, fits) + amount[2], max(bottom, 0.0)


@njit(parallel=True, **_FLAGS)
def draw_sums(
    keys, groups, inside, installed, spread, gate_kinds, gates, amounts, kinds, how, limits,
    equal, shared, rates, normal, out, out_whole,
):  # fmt: skip
    """
    Numerators and denominators of every reading in every draw.

    The sums of a draw run over the buildings in their order, and a draw is of one thread, so that
    no number of threads changes a bit.

    Parameters
    ----------
    keys : ndarray of uint64 (building,)
        Seeds of the buildings' own errors.
    groups : ndarray of int64 (building, 4)
        Row of ``shared`` of the roof error, of the load error; place; institution, sorted, those
        of one institution and place together.
    inside, installed : ndarray of bool (building,)
        Whether it is taken as of the subject, and to have PV.
    spread : ndarray (building, 17)
        One relative standard deviation of each error, shared before own: roof, installable share
        (then whether that follows the roof), floor area, load, energy, recorded PV; chances that
        the class, the roof, the record are other than taken, and the last one's part that
        goes with a shared rate; whether what fits is fixed.
    gate_kinds : ndarray of int64 (gate,)
        Factor that each gate looks at.
    gates : ndarray (building, 2, gate)
        Lowest and highest factor that passes.
    amounts : ndarray (building, reading, 8)
        Recorded PV, what fits (NaN where not known), what is added to both; denominator, and how
        it changes with the factors 1 to 4.
    kinds : ndarray of int64 (reading, 2)
        Factor of recorded PV and of what fits.
    how : ndarray of int64 (reading, 3)
        0 sums, 1 buildings that comply, 2 institutions; whether it must be exceeded; whether a
        denominator of 0 is one.
    limits : ndarray (building, reading)
        Threshold of each building, where buildings are counted; NaN for one that is not.
    equal : float
        Relative difference that is none.
    shared : ndarray (factor, draw)
        Standard normal numbers; rows 1 to 3 are the installable share, floor area and energy.
    rates : ndarray (3, draw)
        Factor on the chances of class, roof and record.
    normal : ndarray (4096,)
        Standard normal numbers, each as likely.
    out : ndarray (place, draw, reading, 4)
        Filled: numerator and denominator now, and with all that fits.
    out_whole : ndarray (draw, reading, 4)
        Filled where institutions are counted: those of all places, each once.
    """
    draws, readings = out.shape[1], len(kinds)
    blocks = (draws + BLOCK - 1) // BLOCK
    for block in prange(blocks):
        first = block * BLOCK
        last = min(first + BLOCK, draws)
        factor = np.ones(9)
        here = np.zeros((BLOCK, readings), dtype=np.uint8)
        whole = np.zeros((BLOCK, readings), dtype=np.uint8)
        for row in range(len(keys)):
            place, institution = groups[row, 2], groups[row, 3]
            doubt = spread[row]
            for draw in range(first, last):
                if not inside[row] and doubt[12] == 0.0:
                    break
                bits = _factors(keys[row], draw, doubt, groups[row], shared, normal, factor)
                other = (bits & _LOW16) * _TO_SHARE < doubt[12] * rates[0, draw]
                if other == inside[row]:
                    continue
                if not _through(factor, gate_kinds, gates[row, 0], gates[row, 1]):
                    continue
                wrong = doubt[14] + doubt[15] * rates[2, draw]
                has = installed[row] != (((bits >> _S32) & _LOW16) * _TO_SHARE < wrong)
                unfit = ((bits >> _S16) & _LOW16) * _TO_SHARE < doubt[13] * rates[1, draw]
                feasible = has or not unfit
                if not feasible:
                    factor[2] = 0.0
                for q in range(readings):
                    amount = amounts[row, q]
                    now, fits, bottom = _sums(amount, kinds[q], factor, has, feasible)
                    known = not math.isnan(amount[1])
                    if how[q, 0] == 0:
                        out[place, draw, q, 0] += now
                        out[place, draw, q, 1] += bottom
                        if known:
                            out[place, draw, q, 2] += fits
                            out[place, draw, q, 3] += bottom
                    elif how[q, 0] == 1:
                        limit = limits[row, q]
                        if not math.isnan(limit) and (bottom > 0.0 or how[q, 2] > 0):
                            strict = how[q, 1] > 0
                            out[place, draw, q, 1] += 1.0
                            if _at_least(now, bottom, limit, strict, equal):
                                out[place, draw, q, 0] += 1.0
                            if known:
                                out[place, draw, q, 3] += 1.0
                                if _at_least(fits, bottom, limit, strict, equal):
                                    out[place, draw, q, 2] += 1.0
                    elif bottom > 0.0:
                        mark = (1 if now > 0.0 else 0) | 2
                        if known:
                            mark |= (4 if fits > 0.0 else 0) | 8
                        here[draw - first, q] |= mark
            ends = row + 1 == len(keys) or groups[row + 1, 3] != institution
            if ends or groups[row + 1, 2] != place:
                _count(here, whole, how, out[place], first, last)
            if ends:
                _count(whole, here, how, out_whole, first, last)
                whole[:] = 0
                here[:] = 0


@njit(**_FLAGS)
def _count(marks, into, how, out, first, last):
    """Add the marks of an institution to the counts, hand them on, and clear them."""
    for q in range(len(how)):
        if how[q, 0] != 2:
            continue
        for at in range(last - first):
            mark = marks[at, q]
            if mark:
                for place in range(4):
                    out[first + at, q, place] += (mark >> place) & 1
                into[at, q] |= mark
                marks[at, q] = 0
