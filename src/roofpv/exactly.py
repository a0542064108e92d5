"""Sums that no order of their terms changes: the exact sum, rounded once."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

_FEW = 256
# Beyond these a step of the splitting could overflow, or fall below the smallest number.
_HIGHEST, _LOWEST = 1000, -900


def exact_sum(values: npt.NDArray[np.float64]) -> float:
    """
    The sum that ``math.fsum`` gives, of a long array in a fifth of its time.

    Each step takes off the leading bits of all terms, so few that they add up without rounding
    [1]_; what the steps add up to is rounded once.

    Parameters
    ----------
    values : ndarray (term,)

    References
    ----------
    .. [1] Rump, Ogita and Oishi, "Accurate floating-point summation part I: faithful rounding",
       SIAM Journal on Scientific Computing, 2008, :doi:`10.1137/050645671`
    """
    return math.fsum(exact_terms(values))


def exact_terms(values: npt.NDArray[np.float64]) -> list[float]:
    """
    A few numbers of the same sum, exactly, so that sums of parts add up to the sum of all.

    Parameters
    ----------
    values : ndarray (term,)
    """
    if values.size < _FEW:
        return list(values.tolist())
    bits, rest = int(values.size).bit_length(), values
    sums: list[float] = []
    while True:
        top = max(float(rest.max()), -float(rest.min()))
        if top == 0.0:
            return sums
        if not math.isfinite(top):
            return list(values.tolist())
        highest = math.frexp(top)[1] + bits
        if not _LOWEST < highest < _HIGHEST:
            return list(values.tolist())
        unit = math.ldexp(1.0, highest)
        leading = (rest + unit) - unit
        sums.append(float(leading.sum()))
        rest = rest - leading
