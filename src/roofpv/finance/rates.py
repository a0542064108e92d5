"""Internal rate of return of many cash flows at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# Bounds of ln(1 + rate), and how large its product with the years may become.
_WIDEST, _OVERFLOW = 11.0, 650.0
_MOST_STEPS = 200
# Above the noise of a step, which would not settle below it.
_STANDS_STILL = 1e-15


def irr(flows: Floats) -> Floats:
    """
    Rate at which the present value of each flow is nothing, above -100 %.

    Newton's steps in ln(1 + rate), halved intervals where they leave the bracket or slow down.

    Parameters
    ----------
    flows : ndarray (year, roof)
        From year 0 on, any currency.

    Returns
    -------
    ndarray (roof,)
        NaN where there is no such rate, where it is not certain to be the only one (Descartes' and
        Budan's rules leave room for another), or where the flow has a gap. [1/a]

    References
    ----------
    .. [1] Pratt and Hammond, "Evaluating and comparing projects: simple detection of false
       alarms", Journal of Finance 34 (5), 1979, :doi:`10.2307/2327247`
    """
    out = np.full(flows.shape[1], np.nan)
    rows = np.flatnonzero(np.isfinite(flows).all(axis=0))
    scaled = _scaled(flows[:, rows])
    certain = _one_rate(scaled)
    out[rows[certain]] = np.expm1(_solved(scaled[:, certain]))
    return out


def _scaled(flows: Floats) -> Floats:
    """Flows by a power of two, so that their greatest is about 1; no bit is lost."""
    _, power = np.frexp(np.abs(flows).max(axis=0, initial=0.0))
    return np.asarray(np.ldexp(flows, -power))


def _one_rate(flows: Floats) -> npt.NDArray[np.bool_]:
    """Whether a flow is certain to have exactly one rate."""
    changes = _sign_changes(flows)
    single = changes == 1
    several = np.flatnonzero(changes > 1)
    if several.size:
        single[several] = _roots_at_most(flows[:, several]) == 1
    return single


def _roots_at_most(flows: Floats) -> npt.NDArray[np.int64]:
    """
    Bound on the rates by Budan's rule, those below 0, at 0 and above 0 apart.

    It differs from their number by an even one.
    """
    above, below = _shifted(flows[::-1]), _shifted(flows)
    # One sum for both, for they must agree on its sign.
    above[0] = below[0]
    return _sign_changes(above) + _sign_changes(below) + (below[0] == 0.0)


def _shifted(flows: Floats) -> Floats:
    """Coefficients (rising powers) of the polynomial in its variable less one."""
    out = flows.copy()
    for start in range(len(out) - 1):
        for power in range(len(out) - 2, start - 1, -1):
            out[power] += out[power + 1]
    return out


def _sign_changes(flows: Floats) -> npt.NDArray[np.int64]:
    changes = np.zeros(flows.shape[1], dtype=np.int64)
    last = np.zeros(flows.shape[1])
    for flow in flows:
        sign = np.sign(flow)
        changes += sign * last < 0.0
        last = np.where(sign == 0.0, last, sign)
    return changes


def _solved(flows: Floats) -> Floats:
    """The only root of each flow, as ln(1 + rate); NaN at the ends of what is looked at."""
    widest = min(_WIDEST, _OVERFLOW / max(len(flows) - 1, 1))
    out = np.full(flows.shape[1], np.nan)
    rows = np.arange(flows.shape[1])
    first = _first_sign(flows)
    at = np.full(rows.size, 0.1)
    low, high = np.full(rows.size, -widest), np.full(rows.size, widest)
    before = high - low
    for _ in range(_MOST_STEPS):
        value, slope = _value_and_slope(flows, at)
        # Where the rate is too high, the first flow outweighs what comes later.
        too_high = np.sign(value) == first
        high, low = np.where(too_high, at, high), np.where(too_high, low, at)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = -value / slope
        newton = at + step
        # Unless it at least halves what the last but one step did.
        good = (newton > low) & (newton < high) & (2.0 * np.abs(step) <= before)
        following = np.where(good, newton, low + (high - low) / 2.0)
        following = np.where(value == 0.0, at, following)
        moved = np.abs(following - at)
        done = moved <= _STANDS_STILL * np.maximum(np.abs(at), 1.0)
        out[rows[done]] = np.where(np.abs(following) < widest - 1e-6, following, np.nan)[done]
        rest = ~done
        if not rest.any():
            break
        rows, flows, first = rows[rest], flows[:, rest], first[rest]
        at, low, high, before = following[rest], low[rest], high[rest], moved[rest]
    return out


def _first_sign(flows: Floats) -> Floats:
    first = np.zeros(flows.shape[1])
    for flow in flows:
        first = np.where(first == 0.0, np.sign(flow), first)
    return first


def _value_and_slope(flows: Floats, at: Floats) -> tuple[Floats, Floats]:
    """Present value at ln(1 + rate), and its derivative by that; Horner's scheme."""
    factor = np.exp(-at)
    value, slope = np.zeros_like(at), np.zeros_like(at)
    for flow in flows[::-1]:
        slope = slope * factor + value
        value = value * factor + flow
    return value, -slope * factor
