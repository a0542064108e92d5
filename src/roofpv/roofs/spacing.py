"""Row spacing: no row of racks shades the next from 09:00 to 15:00 true solar time, mid-winter."""

from __future__ import annotations

import numpy as np

from roofpv.assumptions import Layout

# tan 23.45 (declination) and cos 45 degrees (hour angle), as GB 50797-2012 prints them.
_TAN_DECLINATION, _COS_HOUR = 0.4338, 0.707

Amount = float | np.ndarray


def shadow_ratio(latitude: np.ndarray, off_equator_deg: Amount = 0.0) -> np.ndarray:
    """
    Length of a shadow per height, 09:00 or 15:00 true solar time at winter solstice.

    Parameters
    ----------
    latitude : ndarray
        [deg]; south counts as north.
    off_equator_deg : float or ndarray
        The length is taken away from this azimuth, 0 being that of the equator, by the longer of
        the two shadows; within 90 degrees of it. [deg]

    Returns
    -------
    ndarray
        Infinite where the sun is not up by then (beyond about 58 degrees).

    References
    ----------
    .. [1] GB 50797-2012, "Code for design of photovoltaic power station".
    """
    angle = np.radians(np.abs(latitude))
    slope, aside = np.tan(angle), np.radians(off_equator_deg)
    height = _COS_HOUR - _TAN_DECLINATION * slope
    poleward = _COS_HOUR * slope + _TAN_DECLINATION
    sideward = _COS_HOUR / np.cos(angle)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (poleward * np.cos(aside) + sideward * np.abs(np.sin(aside))) / height
    return np.where(height > 0, ratio, np.where(np.isnan(slope + aside), np.nan, np.inf))


def ground_cover_ratio(
    tilt: np.ndarray,
    latitude: np.ndarray,
    layout: Layout,
    *,
    off_equator_deg: Amount = 0.0,
    rise: Amount = 0.0,
) -> np.ndarray:
    """
    Sloped length over pitch of racks, never below ``layout.min_gcr``; ``layout.gcr`` if stated.

    Parameters
    ----------
    tilt : ndarray
        Of the racks from horizontal. [deg]
    latitude : ndarray
        [deg]
    layout : Layout
    off_equator_deg : float or ndarray
        How far from the equator's azimuth the racks face. [deg]
    rise : float or ndarray
        How much the roof rises from a row to the one behind it, per length. [1]

    Returns
    -------
    ndarray
        [1]
    """
    if layout.gcr is not None:
        return np.full(len(latitude), layout.gcr)
    beta = np.radians(tilt)
    ratio = shadow_ratio(latitude, off_equator_deg)
    with np.errstate(divide="ignore", invalid="ignore"):
        shade = np.where(beta > 0, np.sin(beta) * ratio, 0.0)
        # Seen from the row behind, a shadow on rising ground ends sooner.
        rising = np.where((beta > 0) & np.isfinite(ratio), 1.0 + ratio * rise, 1.0)
        cover = np.where(rising > 0.0, rising / (np.cos(beta) + shade), 0.0)
    # Rows may touch, not overlap.
    closest = 1.0 / np.cos(beta)
    return np.clip(cover, layout.min_gcr, closest)
