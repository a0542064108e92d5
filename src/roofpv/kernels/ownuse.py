"""Own use and export of roofs, hour by hour, and what they are worth."""

from __future__ import annotations

import numpy as np
from numba import njit, prange

# As in the plane kernels, whose hour loop the functions of one hour are to be called in: without
# nnan, for a missing hour must stay missing.
_FLAGS = {
    "fastmath": {"reassoc", "contract", "arcp", "nsz"},
    "error_model": "numpy",
    "cache": True,
}
_INLINE = {"inline": "always", **_FLAGS}

# Rows of the ``hours`` array of a tariff, and entries of the sums.
BUY, SELL = 0, 1
OWN, EXPORT, SAVED, SOLD = range(4)


@njit(**_INLINE)
def own_use(ac, load):
    """Own use of one hour: the output up to the load; NaN where the output is missing. [kWh]."""
    return load if load < ac else ac


@njit(**_INLINE)
def own_use_hour(ac, load, buy, sell):
    """
    Own use and export of one hour, and what they save and earn. [kWh, kWh, CNY, CNY].

    Export is never held back, whatever its price.
    """
    own = own_use(ac, load)
    export = ac - own
    return own, export, own * buy, export * sell


@njit(**_FLAGS)
def sum_own_use(before, line, scale, share, annual, buy, sell):
    """
    Sums over a span of hours. [kWh, kWh, CNY, CNY].

    Parameters
    ----------
    before : ndarray (hour,)
        Output of all arrays behind one meter but one. [kWh]
    line : ndarray (hour,)
        That of the last one.
    scale : float
        What makes kWh of ``line``.
    share : ndarray (hour,)
        Share of the year's consumption in each hour. [1]
    annual : float
        Consumption of the year. [kWh]
    buy, sell : ndarray (hour,)
        [CNY/kWh]
    """
    own_sum, export_sum, saved_sum, sold_sum = 0.0, 0.0, 0.0, 0.0
    for t in range(before.size):
        ac = before[t] + scale * line[t]
        own, export, saved, sold = own_use_hour(ac, share[t] * annual, buy[t], sell[t])
        own_sum += own
        export_sum += export
        saved_sum += saved
        sold_sum += sold
    return own_sum, export_sum, saved_sum, sold_sum


@njit(**_FLAGS)
def add_up(ac, scale, planes, span, out):
    """Fill ``out`` with the output of the planes from one on to another, by hour. [kWh]."""
    start, stop = span
    for t in range(stop - start):
        out[t] = 0.0
    for p in range(planes[0], planes[1]):
        line, factor = ac[p, start:stop], scale[p]
        for t in range(line.size):
            out[t] += factor * line[t]


@njit(parallel=True, **_FLAGS)
def sum_own_use_roofs(ac, scale, bounds, roofs, annual, shapes, tariffs, out):
    """
    Sums by span (a month) of every roof.

    Parameters
    ----------
    ac : ndarray (plane, hour), C order
        Output of every plane, the planes of a roof side by side.
    scale : ndarray (plane,)
        What makes kWh of it.
    bounds : ndarray of int64 (span + 1,)
        Where each span of hours begins, and the end.
    roofs : ndarray of int64 (3, roof + 1)
        First plane of each roof and the end; the roof's place in ``shapes``; that in ``tariffs``.
        The last entries of the two places count for nothing.
    annual : ndarray (roof,)
        Consumption of the year; NaN leaves all four sums missing. [kWh]
    shapes : ndarray (shape, hour)
        Shares of the year's consumption. [1]
    tariffs : ndarray (tariff, 2, hour)
        Rows BUY and SELL. [CNY/kWh]
    out : ndarray (roof, span, 4)
        Filled with OWN, EXPORT [kWh], SAVED and SOLD [CNY].
    """
    widest = 0
    for m in range(bounds.size - 1):
        widest = max(widest, bounds[m + 1] - bounds[m])
    for r in prange(annual.size):
        behind_meter = np.empty(widest)
        for m in range(bounds.size - 1):
            start, stop = bounds[m], bounds[m + 1]
            # The last plane is added where its hours are used: one pass less, 10 % of the kernel.
            last = roofs[0, r + 1] - 1
            before = behind_meter[: stop - start]
            add_up(ac, scale, (roofs[0, r], last), (start, stop), before)
            prices = tariffs[roofs[2, r]]
            sums = sum_own_use(
                before,
                ac[last, start:stop],
                scale[last],
                shapes[roofs[1, r], start:stop],
                annual[r],
                prices[BUY, start:stop],
                prices[SELL, start:stop],
            )
            for k in range(4):
                out[r, m, k] = np.nan if np.isnan(annual[r]) else sums[k]
