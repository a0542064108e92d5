"""Draws of the two sums of a target, each building with errors of its own and shared ones."""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

_FLAGS = {"error_model": "numpy", "cache": True}

# Draws that one thread carries through all buildings at a time: their sums stay in the cache.
# 128 takes 20 % less time than 64.
BLOCK = 128
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


@njit(**_FLAGS)
def _fill(key, first, count, inside, installed, spread, groups, shared, rates, normal, drawn):
    """
    Draw one building some times.

    Fills ``drawn`` (12, draw): factors 0 to 8, all 1 without any spread (0 none, 1 roof, 2
    installable roof, 3 floor area, 4 load, 5 recorded PV, 6 its energy, 7 energy of what fits, 8
    what fits; 0 where there is none of it), 9 whether there is PV, 10 whether it is of the
    subject, 11 whether the roof can carry PV. Tells how often it is of the subject.
    """
    members = 0
    for at in range(count):
        draw = first + at
        bits = mixed(key + np.uint64(2 * draw + 2) * _STEP)
        other = (bits & _LOW16) * _TO_SHARE < spread[12] * rates[0, draw]
        drawn[10, at] = 0.0
        if other == inside:
            continue
        members += 1
        drawn[10, at] = 1.0
        wrong = spread[14] + spread[15] * rates[2, draw]
        has = installed != (((bits >> _S32) & _LOW16) * _TO_SHARE < wrong)
        unfit = ((bits >> _S16) & _LOW16) * _TO_SHARE < spread[13] * rates[1, draw]
        made = spread[9] * shared[3, draw] + spread[10] * normal[(bits >> _S48) & _LOW12]
        bits = mixed(key + np.uint64(2 * draw + 1) * _STEP)
        roof = spread[0] * shared[groups[0], draw] + spread[1] * normal[bits & _LOW12]
        part = spread[2] * shared[1, draw] + spread[3] * normal[(bits >> _S12) & _LOW12]
        floor = spread[5] * shared[2, draw] + spread[6] * normal[(bits >> _S24) & _LOW12]
        load = spread[7] * shared[groups[1], draw] + spread[8] * normal[(bits >> _S36) & _LOW12]
        size = spread[11] * normal[(bits >> _S48) & _LOW12]
        whole = max(1.0 + roof, 0.0)
        usable = max(1.0 + part, 0.0) * (whole if spread[4] > 0.0 else 1.0)
        energy = max(1.0 + made, 0.0)
        recorded = max(1.0 + size, 0.0) if has else 0.0
        feasible = has or not unfit
        fits = (1.0 if spread[16] > 0.0 else usable) if feasible else 0.0
        drawn[1, at] = whole
        drawn[2, at] = usable if feasible else 0.0
        drawn[3, at] = max(1.0 + floor, 0.0)
        drawn[4, at] = max(1.0 + load, 0.0)
        drawn[5, at] = recorded
        drawn[6, at] = recorded * energy
        drawn[7, at] = fits * energy
        drawn[8, at] = fits
        drawn[9, at] = 1.0 if has else 0.0
        drawn[11, at] = 1.0 if feasible else 0.0
    return members


@njit(**_FLAGS)
def _shut(gate_kinds, low, high, drawn, count):
    """Take out of the subject what passes not every gate with the sizes of a draw."""
    for gate in range(len(gate_kinds)):
        for at in range(count):
            if not low[gate] <= drawn[gate_kinds[gate], at] <= high[gate]:
                drawn[10, at] = 0.0


@njit(**_FLAGS)
def _sums(amount, kinds, drawn, sums, count):
    """Fill ``sums`` (3, draw): numerator now and with all that fits, and denominator."""
    recorded, fits, more, below = amount[0], amount[1], amount[2], amount[3]
    roof, usable, floor, load = amount[4], amount[5], amount[6], amount[7]
    # Counted is by what there is: a factor 0 (none) or 3 (floor area) does not tell of PV.
    has = drawn[9] if kinds[0] in (0, 3) else drawn[0]
    can = drawn[11] if kinds[1] in (0, 3) else drawn[0]
    now_factor, fits_factor = drawn[kinds[0]], drawn[kinds[1]]
    tops, larger, bottoms = sums[0], sums[1], sums[2]
    for at in range(count):
        now = recorded * now_factor[at] * has[at]
        then = fits * fits_factor[at] * can[at]
        tops[at] = now + more
        larger[at] = (now if now > then else then) + more
    for at in range(count):
        bottoms[at] = below
    for place, slope in enumerate((roof, usable, floor, load)):
        if slope != 0.0:
            factor = drawn[1 + place]
            for at in range(count):
                bottoms[at] += slope * (factor[at] - 1.0)
    for at in range(count):
        bottoms[at] = bottoms[at] if bottoms[at] > 0.0 else 0.0


@njit(**_FLAGS)
def _add(sums, member, known, out, first, count):
    """Add a building to the sums of a reading."""
    # Slices: an index that is a sum is tested for being negative, and the loop stays scalar.
    last = first + count
    _weighted(sums[0], member, out[0, first:last])
    _weighted(sums[2], member, out[1, first:last])
    if known:
        _weighted(sums[1], member, out[2, first:last])
        _weighted(sums[2], member, out[3, first:last])


@njit(**_FLAGS)
def _weighted(values, weights, out):
    for at in range(len(out)):
        out[at] += values[at] * weights[at]


@njit(**_FLAGS)
def _add_each(sums, member, known, how, limit, equal, out, first, count):
    """Add a building to those that comply, and to all."""
    if math.isnan(limit):
        return
    strict, always = how[1] > 0, how[2] > 0
    for at in range(count):
        if member[at] > 0.0 and (sums[2, at] > 0.0 or always):
            draw = first + at
            out[1, draw] += 1.0
            if _at_least(sums[0, at], sums[2, at], limit, strict, equal):
                out[0, draw] += 1.0
            if known:
                out[3, draw] += 1.0
                if _at_least(sums[1, at], sums[2, at], limit, strict, equal):
                    out[2, draw] += 1.0


@njit(**_FLAGS)
def _mark(sums, member, known, marks, count):
    """Mark an institution by what one of its buildings has."""
    for at in range(count):
        if member[at] > 0.0 and sums[2, at] > 0.0:
            mark = (1 if sums[0, at] > 0.0 else 0) | 2
            if known:
                mark |= (4 if sums[1, at] > 0.0 else 0) | 8
            marks[at] |= mark


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
    out : ndarray (place, reading, 4, draw)
        Filled: numerator and denominator now, and with all that fits.
    out_whole : ndarray (reading, 4, draw)
        Filled where institutions are counted: those of all places, each once.
    """
    draws, readings = out.shape[3], len(kinds)
    blocks = (draws + BLOCK - 1) // BLOCK
    for block in prange(blocks):
        first = block * BLOCK
        count = min(BLOCK, draws - first)
        drawn, sums = np.ones((12, BLOCK)), np.zeros((3, BLOCK))
        here = np.zeros((readings, BLOCK), dtype=np.uint8)
        whole = np.zeros((readings, BLOCK), dtype=np.uint8)
        for row in range(len(keys)):
            members = 0
            if inside[row] or spread[row, 12] > 0.0:
                members = _fill(
                    keys[row], first, count, inside[row], installed[row], spread[row],
                    groups[row], shared, rates, normal, drawn,
                )  # fmt: skip
            place, institution = groups[row, 2], groups[row, 3]
            if members > 0:
                _shut(gate_kinds, gates[row, 0], gates[row, 1], drawn, count)
                for q in range(readings):
                    known = not math.isnan(amounts[row, q, 1])
                    _sums(amounts[row, q], kinds[q], drawn, sums, count)
                    if how[q, 0] == 0:
                        _add(sums, drawn[10], known, out[place, q], first, count)
                    elif how[q, 0] == 1:
                        limit = limits[row, q]
                        _add_each(
                            sums, drawn[10], known, how[q], limit, equal, out[place, q], first,
                            count,
                        )  # fmt: skip
                    else:
                        _mark(sums, drawn[10], known, here[q], count)
            ends = row + 1 == len(keys) or groups[row + 1, 3] != institution
            if ends or groups[row + 1, 2] != place:
                _count(here, whole, how, out[place], first, count)
            if ends:
                _count(whole, here, how, out_whole, first, count)
                here[:] = 0


@njit(**_FLAGS)
def _count(marks, into, how, out, first, count):
    """Add the marks of an institution to the counts, hand them on, and clear them."""
    for q in range(len(how)):
        if how[q, 0] != 2:
            continue
        for at in range(count):
            mark = marks[q, at]
            if mark:
                for place in range(4):
                    out[q, place, first + at] += (mark >> place) & 1
                into[q, at] |= mark
                marks[q, at] = 0
