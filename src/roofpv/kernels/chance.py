"""Draws of the two sums of a target, each building with errors of its own and shared ones."""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

_FLAGS = {"error_model": "numpy", "cache": True}

_LOW12 = np.uint64(0xFFF)
_LOW16 = np.uint64(0xFFFF)
_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)
_S0, _S12, _S16, _S24, _S27, _S30, _S31, _S32, _S36, _S48 = (
    np.uint64(bits) for bits in (0, 12, 16, 24, 27, 30, 31, 32, 36, 48)
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
def _members(key, first, inside, wrong, rate, bits, drawn):
    """
    Fill ``bits`` of the events of some draws, and row 10 of ``drawn``: whether of the subject.

    Tells how often it is.
    """
    members = 0
    for at in range(len(rate)):
        bits[at] = mixed(key + np.uint64(2 * (first + at) + 2) * _STEP)
    for at in range(len(rate)):
        member = ((bits[at] & _LOW16) * _TO_SHARE < wrong * rate[at]) != inside
        members += 1 if member else 0
        drawn[10, at] = 1.0 if member else 0.0
    return members


@njit(**_FLAGS)
def _together(count, places, bits, drawn):
    """Move the draws in which it is of the subject to the front; ``places`` has which they are."""
    found = 0
    for at in range(count):
        if drawn[10, at] > 0.0:
            places[found] = at
            bits[found] = bits[at]
            found += 1
    drawn[10, :found] = 1.0


@njit(**_FLAGS)
def _of_places(values, places, dense, into):
    """Those of the values that stand at the places, all of them where it is dense."""
    if dense:
        return values
    for at in range(len(into)):
        into[at] = values[places[at]]
    return into


@njit(**_FLAGS)
def _sizes(common_sd, common, own_sd, normal, bits, shift, out):
    """Fill factors of a size: 1 with a shared and an own error, none below 0."""
    for at in range(len(out)):
        error = common_sd * common[at] + own_sd * normal[(bits[at] >> shift) & _LOW12]
        out[at] = max(1.0 + error, 0.0)


@njit(**_FLAGS)
def _events(installed, spread, lost, unsaid, bits, drawn):
    """Fill rows 9 and 11 of ``drawn``: whether there is PV, and whether the roof can carry it."""
    for at in range(len(bits)):
        wrong = spread[14] + spread[15] * unsaid[at]
        has = installed != (((bits[at] >> _S32) & _LOW16) * _TO_SHARE < wrong)
        unfit = ((bits[at] >> _S16) & _LOW16) * _TO_SHARE < spread[13] * lost[at]
        drawn[9, at] = 1.0 if has else 0.0
        drawn[11, at] = 1.0 if has or not unfit else 0.0


@njit(**_FLAGS)
def _next(key, first, places, bits):
    """Fill ``bits`` of the sizes of a building."""
    for at in range(len(places)):
        bits[at] = mixed(key + np.uint64(2 * (first + places[at]) + 1) * _STEP)


@njit(**_FLAGS)
def _fits(on_roof, fixed, energy, drawn):
    """Fill rows 2, 7 and 8 of ``drawn``; its row 2 has the installable share, row 1 the roof."""
    whole, usable, made, fits, feasible = drawn[1], drawn[2], drawn[7], drawn[8], drawn[11]
    for at in range(len(energy)):
        part = usable[at] * (whole[at] if on_roof else 1.0)
        usable[at] = part if feasible[at] > 0.0 else 0.0
        fits[at] = (1.0 if fixed else part) if feasible[at] > 0.0 else 0.0
        made[at] = fits[at] * energy[at]


@njit(**_FLAGS)
def _recorded(size, normal, bits, energy, drawn):
    """Fill rows 5 and 6 of ``drawn``."""
    recorded, theirs, has = drawn[5], drawn[6], drawn[9]
    for at in range(len(energy)):
        error = size * normal[(bits[at] >> _S48) & _LOW12]
        recorded[at] = max(1.0 + error, 0.0) if has[at] > 0.0 else 0.0
        theirs[at] = recorded[at] * energy[at]


@njit(**_FLAGS)
def _fill(
    key, draws, installed, spread, groups, shared, rates, normal, asked, drawn, bits, places, dense,
    spare,
):  # fmt: skip
    """
    Draw one building in some draws; ``bits`` are those of its events there.

    Fills ``drawn`` (12, draw): factors 0 to 8, all 1 without any spread (0 none, 1 roof, 2
    installable roof, 3 floor area, 4 load, 5 recorded PV, 6 its energy, 7 energy of what fits, 8
    what fits; 0 where there is none of it), 9 whether there is PV, 11 whether the roof can carry
    PV; of the factors only those that are ``asked`` for.
    """
    count = len(places)
    first, last = draws
    into, other, energy = spare[0, :count], spare[1, :count], spare[2, :count]
    lost = _of_places(rates[1, first:last], places, dense, into)
    unsaid = _of_places(rates[2, first:last], places, dense, other)
    _events(installed, spread, lost, unsaid, bits, drawn)
    if asked[6] or asked[7]:
        common = _of_places(shared[3, first:last], places, dense, into)
        _sizes(spread[9], common, spread[10], normal, bits, _S48, energy)
    _next(key, first, places, bits)
    if asked[1] or asked[8]:
        common = _of_places(shared[groups[0], first:last], places, dense, into)
        _sizes(spread[0], common, spread[1], normal, bits, _S0, drawn[1, :count])
    if asked[8]:
        common = _of_places(shared[1, first:last], places, dense, into)
        _sizes(spread[2], common, spread[3], normal, bits, _S12, drawn[2, :count])
        _fits(spread[4] > 0.0, spread[16] > 0.0, energy, drawn)
    if asked[3]:
        common = _of_places(shared[2, first:last], places, dense, into)
        _sizes(spread[5], common, spread[6], normal, bits, _S24, drawn[3, :count])
    if asked[4]:
        common = _of_places(shared[groups[1], first:last], places, dense, into)
        _sizes(spread[7], common, spread[8], normal, bits, _S36, drawn[4, :count])
    if asked[5]:
        _recorded(spread[11], normal, bits, energy, drawn)


@njit(**_FLAGS)
def _factors_asked(kinds, gate_kinds, amounts):
    """Which factors any reading or gate looks at, and those that they come with."""
    asked = np.zeros(9, dtype=np.bool_)
    for q in range(len(kinds)):
        asked[kinds[q, 0]] = True
        asked[kinds[q, 1]] = True
    for gate in gate_kinds:
        asked[gate] = True
    for row in range(len(amounts)):
        for q in range(len(kinds)):
            for place in range(4):
                if amounts[row, q, 4 + place] != 0.0:
                    asked[1 + place] = True
    asked[8] = asked[8] or asked[2] or asked[7]
    asked[5] = asked[5] or asked[6]
    return asked


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
def _add(sums, member, known, out, first, last, places, dense):
    """Add a building to the sums of a reading."""
    # Slices: an index that is a sum is tested for being negative, and the loop stays scalar.
    _weighted(sums[0], member, out[0, first:last], places, dense)
    _weighted(sums[2], member, out[1, first:last], places, dense)
    if known:
        _weighted(sums[1], member, out[2, first:last], places, dense)
        _weighted(sums[2], member, out[3, first:last], places, dense)


@njit(**_FLAGS)
def _weighted(values, weights, out, places, dense):
    if dense:
        for at in range(len(places)):
            out[at] += values[at] * weights[at]
    else:
        for at in range(len(places)):
            out[places[at]] += values[at] * weights[at]


@njit(**_FLAGS)
def _add_some(amount, kinds, drawn, known, out, first, last, places):
    """Do the same as `_sums` and `_add` in one go: of few draws it takes two thirds of the time."""
    recorded, fits, more, below = amount[0], amount[1], amount[2], amount[3]
    roof, usable, floor, load = amount[4], amount[5], amount[6], amount[7]
    has = drawn[9] if kinds[0] in (0, 3) else drawn[0]
    can = drawn[11] if kinds[1] in (0, 3) else drawn[0]
    now_factor, fits_factor = drawn[kinds[0]], drawn[kinds[1]]
    member, roofs, usables, floors, loads = drawn[10], drawn[1], drawn[2], drawn[3], drawn[4]
    tops, bottoms = out[0, first:last], out[1, first:last]
    larger, others = out[2, first:last], out[3, first:last]
    for at in range(len(places)):
        draw, weight = places[at], member[at]
        now = recorded * now_factor[at] * has[at]
        bottom = below
        if roof != 0.0:
            bottom += roof * (roofs[at] - 1.0)
        if usable != 0.0:
            bottom += usable * (usables[at] - 1.0)
        if floor != 0.0:
            bottom += floor * (floors[at] - 1.0)
        if load != 0.0:
            bottom += load * (loads[at] - 1.0)
        bottom = (bottom if bottom > 0.0 else 0.0) * weight
        tops[draw] += (now + more) * weight
        bottoms[draw] += bottom
        if known:
            then = fits * fits_factor[at] * can[at]
            larger[draw] += ((now if now > then else then) + more) * weight
            others[draw] += bottom


@njit(**_FLAGS)
def _add_each(sums, member, known, how, limit, equal, out, first, places):
    """Add a building to those that comply, and to all."""
    if math.isnan(limit):
        return
    strict, always = how[1] > 0, how[2] > 0
    for at in range(len(places)):
        if member[at] > 0.0 and (sums[2, at] > 0.0 or always):
            draw = first + places[at]
            out[1, draw] += 1.0
            if _at_least(sums[0, at], sums[2, at], limit, strict, equal):
                out[0, draw] += 1.0
            if known:
                out[3, draw] += 1.0
                if _at_least(sums[1, at], sums[2, at], limit, strict, equal):
                    out[2, draw] += 1.0


@njit(**_FLAGS)
def _mark(sums, member, known, marks, places):
    """Mark an institution by what one of its buildings has."""
    for at in range(len(places)):
        if member[at] > 0.0 and sums[2, at] > 0.0:
            mark = (1 if sums[0, at] > 0.0 else 0) | 2
            if known:
                mark |= (4 if sums[1, at] > 0.0 else 0) | 8
            marks[places[at]] |= mark


@njit(**_FLAGS)
def _add_all(
    amounts, kinds, how, limits, equal, drawn, sums, out, marks, draws, places, dense
):  # fmt: skip
    """Add a building to all readings of its place."""
    first, last = draws
    for q in range(len(kinds)):
        known = not math.isnan(amounts[q, 1])
        if how[q, 0] == 0 and not dense:
            _add_some(amounts[q], kinds[q], drawn, known, out[q], first, last, places)
            continue
        _sums(amounts[q], kinds[q], drawn, sums, len(places))
        if how[q, 0] == 0:
            _add(sums, drawn[10], known, out[q], first, last, places, dense)
        elif how[q, 0] == 1:
            _add_each(sums, drawn[10], known, how[q], limits[q], equal, out[q], first, places)
        else:
            _mark(sums, drawn[10], known, marks[q], places)


@njit(parallel=True, **_FLAGS)
def draw_sums(
    keys, groups, inside, installed, spread, gate_kinds, gates, amounts, kinds, how, limits,
    equal, shared, rates, normal, size, out, out_whole,
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
    size : int
        Draws that one thread carries through all buildings at a time.
    out : ndarray (place, reading, 4, draw)
        Filled: numerator and denominator now, and with all that fits.
    out_whole : ndarray (reading, 4, draw)
        Filled where institutions are counted: those of all places, each once.
    """
    draws, readings = out.shape[3], len(kinds)
    blocks = (draws + size - 1) // size
    asked = _factors_asked(kinds, gate_kinds, amounts)
    for block in prange(blocks):
        first = block * size
        last = min(first + size, draws)
        drawn, sums, spare = np.ones((12, size)), np.zeros((3, size)), np.zeros((3, size))
        here = np.zeros((readings, size), dtype=np.uint8)
        whole = np.zeros((readings, size), dtype=np.uint8)
        bits, every = np.zeros(size, dtype=np.uint64), np.arange(size)
        some = np.zeros(size, dtype=np.int64)
        for row in range(len(keys)):
            members, count = 0, last - first
            if inside[row] or spread[row, 12] > 0.0:
                members = _members(
                    keys[row], first, inside[row], spread[row, 12], rates[0, first:last], bits,
                    drawn,
                )  # fmt: skip
            place, institution = groups[row, 2], groups[row, 3]
            if members > 0:
                # Of most buildings only few draws are of the subject, or nearly all.
                dense = 2 * members > count
                if not dense:
                    _together(count, some, bits, drawn)
                    count = members
                places = every[:count] if dense else some[:count]
                _fill(
                    keys[row], (first, last), installed[row], spread[row], groups[row], shared,
                    rates, normal, asked, drawn, bits[:count], places, dense, spare,
                )  # fmt: skip
                _shut(gate_kinds, gates[row, 0], gates[row, 1], drawn, count)
                _add_all(
                    amounts[row], kinds, how, limits[row], equal, drawn, sums, out[place], here,
                    (first, last), places, dense,
                )  # fmt: skip
            ends = row + 1 == len(keys) or groups[row + 1, 3] != institution
            if ends or groups[row + 1, 2] != place:
                _count(here, whole, how, out[place], first, last - first)
            if ends:
                _count(whole, here, how, out_whole, first, last - first)
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
