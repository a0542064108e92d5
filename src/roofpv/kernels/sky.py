"""
Sky diffuse irradiance split into what a plane sees by its view, by the sun's angle, by its slope.

Each transposition model is a rule that depends on time only. A plane of tilt b whose normal makes
the angle aoi with the sun then receives

``isotropic * (1 + cos b) / 2 + circumsolar * max(cos aoi, 0) + horizon * sin b``.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

_FLAGS = {"cache": True, "error_model": "numpy"}

# Perez 1990, all sites composite: one row a clearness bin; f11 f12 f13 f21 f22 f23.
# R. Perez et al., Solar Energy 44 (5), 271-289, 1990, doi:10.1016/0038-092X(90)90055-H
_PEREZ_1990 = np.array(
    [
        [-0.008, 0.588, -0.062, -0.060, 0.072, -0.022],
        [0.130, 0.683, -0.151, -0.019, 0.066, -0.029],
        [0.330, 0.487, -0.221, 0.055, -0.064, -0.026],
        [0.568, 0.187, -0.295, 0.109, -0.152, -0.014],
        [0.873, -0.392, -0.362, 0.226, -0.462, 0.001],
        [1.132, -1.237, -0.412, 0.288, -0.823, 0.056],
        [1.060, -1.600, -0.359, 0.264, -1.127, 0.131],
        [0.678, -0.327, -0.250, 0.156, -1.377, 0.251],
    ]
)
_PEREZ_BINS = np.array([1.065, 1.23, 1.5, 1.95, 2.8, 4.5, 6.2])
_COS_85 = math.cos(math.radians(85.0))

ISOTROPIC, HAYDAVIES, PEREZ = 0, 1, 2


@njit(**_FLAGS)
def isotropic(dhi):
    """Liu-Jordan sky: all diffuse light comes evenly from the dome. [W/m2]."""
    return dhi, 0.0, 0.0


@njit(**_FLAGS)
def haydavies(dni, dhi, dni_extra, cos_zenith):
    """Hay-Davies sky, the anisotropy index sends its share of dhi with the beam. [W/m2]."""
    index = dni / dni_extra
    return (
        max(dhi * (1.0 - index), 0.0),
        max(dhi * index, 0.0) / max(cos_zenith, 0.01745),
        0.0,
    )


@njit(**_FLAGS)
def perez(dni, dhi, dni_extra, zenith, airmass):
    """Perez 1990 sky with circumsolar disc and horizon band; ``zenith`` in radians. [W/m2]."""
    if dhi == 0.0 or math.isnan(airmass):
        return 0.0, 0.0, 0.0
    cube = 1.041 * zenith**3
    clearness = ((dhi + dni) / dhi + cube) / (1.0 + cube)
    row = 0
    while row < _PEREZ_BINS.size and clearness >= _PEREZ_BINS[row]:
        row += 1
    brightness = dhi * airmass / dni_extra
    f = _PEREZ_1990[row]
    f1 = max(f[0] + f[1] * brightness + f[2] * zenith, 0.0)
    f2 = f[3] + f[4] * brightness + f[5] * zenith
    return dhi * (1.0 - f1), dhi * f1 / max(math.cos(zenith), _COS_85), dhi * f2


@njit(parallel=True, **_FLAGS)
def sky_components(model, irradiance, apparent_zenith, airmass, out):
    """
    Split the sky diffuse irradiance of every hour, by the model of the given number.

    Parameters
    ----------
    model : int
        ISOTROPIC, HAYDAVIES or PEREZ.
    irradiance : ndarray (3, hour)
        dni, dhi and extraterrestrial dni_extra. [W/m2]
    apparent_zenith : ndarray (hour,)
        [deg]
    airmass : ndarray (hour,)
        Relative, not pressure corrected.
    out : ndarray (3, hour)
        Filled with isotropic, circumsolar (per cosine of the incidence angle) and horizon. [W/m2]
    """
    for t in prange(apparent_zenith.size):
        dni, dhi, extra = irradiance[0, t], irradiance[1, t], irradiance[2, t]
        zenith = math.radians(apparent_zenith[t])
        if math.isnan(dni) or math.isnan(dhi):
            parts = (math.nan, math.nan, math.nan)
        elif model == HAYDAVIES:
            parts = haydavies(dni, dhi, extra, math.cos(zenith))
        elif model == PEREZ:
            parts = perez(dni, dhi, extra, zenith, airmass[t])
        else:
            parts = isotropic(dhi)
        out[0, t], out[1, t], out[2, t] = parts
