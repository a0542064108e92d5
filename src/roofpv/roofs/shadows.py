"""Shadows on roof planes from 09:00 to 15:00 true solar time at winter solstice."""

from __future__ import annotations

import numpy as np

from roofpv.roofs.inplane import PlaneFrames

# tan 23.45 (declination) and sine and cosine of 45 degrees (hour angle), as GB 50797-2012 prints
# them.
_TAN_DECLINATION, _AT_NINE = 0.4338, 0.707
# Per height; that of a sun 5.7 degrees above the roof.
LONGEST_SHADOW = 10.0


def shadow_fans(latitude: np.ndarray, frames: PlaneFrames) -> np.ndarray:
    """
    Corners of the hull of all shadows of a point above a plane, per metre of its height.

    The shadows of the window lie in the triangle of the point and its shadows at 09:00 and 15:00:
    seen from the point, the tip moves along a line that is bent inward. The shadow at noon is a
    corner too for where these two are cut short: no shadow is longer than ``LONGEST_SHADOW``, which
    is also taken where the sun is not up or behind the plane (beyond about 58 degrees of latitude
    at 09:00 on a flat roof), and where the latitude is missing.

    Parameters
    ----------
    latitude : ndarray (plane,)
        [deg]
    frames : PlaneFrames (plane,)

    Returns
    -------
    ndarray (plane, 4, 2)
        From the point: itself, 09:00, noon, 15:00, along x and y of the plane. [m/m]

    References
    ----------
    .. [1] GB 50797-2012, "Code for design of photovoltaic power station".
    """
    unknown = np.isnan(latitude)
    angle = np.radians(np.where(unknown, 90.0, np.abs(latitude)))[:, None]
    pole = np.where(latitude < 0.0, -1.0, 1.0)[:, None]
    sine, cosine = np.sin(angle), np.cos(angle)
    hour_sine = np.array([-_AT_NINE, 0.0, _AT_NINE])
    hour_cosine = np.array([_AT_NINE, 1.0, _AT_NINE])
    # Components of the sun over the cosine of its declination.
    up = hour_cosine * cosine - _TAN_DECLINATION * sine
    east = np.broadcast_to(hour_sine, up.shape)
    poleward = hour_cosine * sine + _TAN_DECLINATION * cosine
    # Away from the sun; in the morning it stands in the east.
    north = poleward * pole
    facing, tilt = np.radians(frames.facing)[:, None], np.radians(frames.tilt)[:, None]
    down = east * np.sin(facing) + north * np.cos(facing)
    along = north * np.sin(facing) - east * np.cos(facing)
    # Onto the plane: a shadow that falls down the slope is the longer.
    facing_sun = up - np.tan(tilt) * down
    x, y = along, -down / np.cos(tilt)
    length = np.hypot(x, y)
    with np.errstate(divide="ignore", invalid="ignore"):
        per_height = np.where(facing_sun > 0.0, 1.0 / facing_sun, np.inf)
        factor = np.minimum(per_height, LONGEST_SHADOW / length)
    fans = np.zeros((len(latitude), 4, 2))
    fans[:, 1:, 0], fans[:, 1:, 1] = x * factor, y * factor
    return fans
