"""Irradiance, cell temperature, DC and AC of many planes, hour by hour, summed by month."""

from __future__ import annotations

import math

import numpy as np
from numba import literally, njit, prange

# Without nnan and ninf: a missing hour must stay missing. Division by the numpy error model, since
# the check for a zero divisor keeps LLVM from vectorising (3.5 x slower).
_FLAGS = {
    "fastmath": {"reassoc", "contract", "arcp", "nsz"},
    "error_model": "numpy",
    "cache": True,
}
_INLINE = {"inline": "always", **_FLAGS}

# Rows of the ``hours`` array.
SUN_EAST, SUN_NORTH, SUN_UP, DNI, GHI, ISOTROPIC, CIRCUMSOLAR, HORIZON, TEMP_AIR, HEATING = range(
    10
)
# Columns of the ``planes`` array.
TILT, AZIMUTH, ALBEDO, GAMMA_PDC, DC_FACTOR, DC_AC_RATIO, INVERTER_EFFICIENCY = range(7)
# Reflection models.
IAM_NONE, IAM_PHYSICAL, IAM_MARTIN_RUIZ = 0, 1, 2

_REFRACTION, _GLAZING = 1.526, 4.0 * 0.002
_TAU_NORMAL = 4.0 * _REFRACTION / (1.0 + _REFRACTION) ** 2
_MARTIN_RUIZ_A = 0.16
_ETA_REFERENCE = 0.9637


@njit(**_INLINE)
def at_least(value, bound):
    """The larger of both; NaN stays NaN, which Python's max does not promise."""
    return bound if value < bound else value


@njit(**_INLINE)
def at_most(value, bound):
    """The smaller of both; NaN stays NaN."""
    return bound if value > bound else value


@njit(**_INLINE)
def physical(cos_aoi):
    """
    Fresnel and absorption in 2 mm of glass, relative to normal incidence.

    Algebraically pvlib's ``physical``; the exponential is a series since its argument stays below
    0.003, and the two reflectances share one division (the loop is bound by divisions).

    References
    ----------
    .. [1] De Soto et al., Solar Energy 80 (1), 2006, :doi:`10.1016/j.solener.2005.06.010`
    """
    n = _REFRACTION
    cos_in = math.sqrt(1.0 - (1.0 - cos_aoi * cos_aoi) / (n * n))
    s = cos_aoi + n * cos_in
    p = cos_in + n * cos_aoi
    product = s * p
    tau = 2.0 * n * cos_aoi * cos_in * (s * s + p * p) / (product * product)
    x = _GLAZING * (1.0 / cos_in - 1.0)
    absorbed = 1.0 - x * (1.0 - x / 2.0 * (1.0 - x / 3.0 * (1.0 - x / 4.0)))
    return tau * absorbed / _TAU_NORMAL


@njit(**_INLINE)
def martin_ruiz(cos_aoi):
    """
    Martin and Ruiz's reflection loss with a_r = 0.16.

    References
    ----------
    .. [1] Martin and Ruiz, Solar Energy Materials and Solar Cells 70 (1), 2001,
       :doi:`10.1016/S0927-0248(00)00408-6`
    """
    return (1.0 - math.exp(-cos_aoi / _MARTIN_RUIZ_A)) / (1.0 - math.exp(-1.0 / _MARTIN_RUIZ_A))


@njit(**_FLAGS)
def sapm_cell(wind_speed, a, b, delta_t):
    """Cell heating per irradiance by King's model: T = temp_air + poa * this. [K m2/W]."""
    return np.exp(a + b * wind_speed) + delta_t / 1000.0


@njit(**_FLAGS)
def faiman(wind_speed, u0, u1):
    """Cell heating per irradiance by Faiman's model. [K m2/W]."""
    return 1.0 / (u0 + u1 * wind_speed)


@njit(**_FLAGS)
def pvsyst_cell(wind_speed, u_c, u_v, module_efficiency, alpha_absorption):
    """Cell heating per irradiance by PVsyst's model. [K m2/W]."""
    return alpha_absorption * (1.0 - module_efficiency) / (u_c + u_v * wind_speed)


@njit(**_INLINE)
def pvwatts_dc(effective_irradiance, temp_cell, gamma_pdc, factor):
    """DC power per kWp; ``factor`` holds the losses and 1/1000 m2/W."""
    return effective_irradiance * factor * (1.0 + gamma_pdc * (temp_cell - 25.0))


@njit(**_INLINE)
def pvwatts_ac(pdc, pac0, pdc0, slope):
    """AC power of the PVWatts inverter; ``slope`` is its nominal over its reference efficiency."""
    load = pdc / pdc0
    pac = slope * pdc0 * (load * (0.9858 - 0.0162 * load) - 0.0059)
    return at_least(at_most(pac, pac0), 0.0)


@njit(**_INLINE)
def normal_vector(plane):
    """Unit normal of a plane, east, north, up."""
    tilt, azimuth = math.radians(plane[TILT]), math.radians(plane[AZIMUTH])
    return math.sin(tilt) * math.sin(azimuth), math.sin(tilt) * math.cos(azimuth), math.cos(tilt)


@njit(**_INLINE)
def irradiate(hours, normal, albedo, t):
    """Cosine of the incidence angle, beam and diffuse on a plane in one hour. [1, W/m2, W/m2]."""
    east, north, up = normal
    cos_aoi = east * hours[SUN_EAST][t] + north * hours[SUN_NORTH][t] + up * hours[SUN_UP][t]
    cos_aoi = at_least(at_most(cos_aoi, 1.0), 0.0)
    sky = (
        hours[ISOTROPIC][t] * (0.5 * (1.0 + up))
        + hours[CIRCUMSOLAR][t] * cos_aoi
        + hours[HORIZON][t] * math.sqrt(at_least(1.0 - up * up, 0.0))
    )
    ground = hours[GHI][t] * (albedo * 0.5 * (1.0 - up))
    return cos_aoi, hours[DNI][t] * cos_aoi, at_least(sky, 0.0) + ground


@njit(**_INLINE)
def one_hour(hours, normal, plane, iam, t):
    """Plane irradiance, and DC and AC power per kWp, of one hour. [W/m2, kW, kW]."""
    cos_aoi, beam, diffuse = irradiate(hours, normal, plane[ALBEDO], t)
    poa = beam + diffuse
    if iam == IAM_PHYSICAL:
        beam *= physical(cos_aoi)
    elif iam == IAM_MARTIN_RUIZ:
        beam *= martin_ruiz(cos_aoi)
    efficiency = plane[INVERTER_EFFICIENCY]
    pac0 = 1.0 / plane[DC_AC_RATIO]
    temp_cell = hours[TEMP_AIR][t] + poa * hours[HEATING][t]
    dc = pvwatts_dc(beam + diffuse, temp_cell, plane[GAMMA_PDC], plane[DC_FACTOR] * 1e-3)
    ac = pvwatts_ac(dc, pac0, pac0 / efficiency, efficiency / _ETA_REFERENCE)
    return poa, dc, ac


@njit(**_INLINE)
def between(hours, start, stop):
    """Rows of a span of hours, each contiguous, so that the loop over them is vectorised."""
    return (
        hours[0, start:stop],
        hours[1, start:stop],
        hours[2, start:stop],
        hours[3, start:stop],
        hours[4, start:stop],
        hours[5, start:stop],
        hours[6, start:stop],
        hours[7, start:stop],
        hours[8, start:stop],
        hours[9, start:stop],
    )


@njit(**_FLAGS)
def sum_hours(hours, normal, plane, iam):
    """Sums of plane irradiance, DC and AC over a span of hours. [Wh/m2, kWh/kWp, kWh/kWp]."""
    literally(iam)  # one machine code a model: a branch in the loop costs its vectorising, 4 x
    poa_sum, dc_sum, ac_sum = 0.0, 0.0, 0.0
    for t in range(hours[0].size):
        poa, dc, ac = one_hour(hours, normal, plane, iam, t)
        poa_sum += poa
        dc_sum += dc
        ac_sum += ac
    return poa_sum, dc_sum, ac_sum


@njit(parallel=True, **_FLAGS)
def simulate_sums(hours, bounds, planes, iam, out):
    """
    Sums by span (a month of a year) of every plane.

    Parameters
    ----------
    hours : ndarray (10, hour), C order
        Sunlit hours in order of time; rows SUN_EAST ... HEATING.
    bounds : ndarray of int64 (span + 1,)
        Where each span begins, and the end.
    planes : ndarray (plane, 7), C order
        Columns TILT ... INVERTER_EFFICIENCY.
    iam : int
        IAM_NONE, IAM_PHYSICAL or IAM_MARTIN_RUIZ.
    out : ndarray (3, plane, span)
        Filled with sums of plane irradiance [W/m2], DC and AC [kW per kWp].
    """
    for p in prange(planes.shape[0]):
        plane = planes[p]
        normal = normal_vector(plane)
        for m in range(bounds.size - 1):
            span = between(hours, bounds[m], bounds[m + 1])
            if iam == IAM_PHYSICAL:
                sums = sum_hours(span, normal, plane, IAM_PHYSICAL)
            elif iam == IAM_MARTIN_RUIZ:
                sums = sum_hours(span, normal, plane, IAM_MARTIN_RUIZ)
            else:
                sums = sum_hours(span, normal, plane, IAM_NONE)
            out[0, p, m], out[1, p, m], out[2, p, m] = sums


@njit(parallel=True, **_FLAGS)
def simulate_hours(hours, planes, iam, out):
    """
    Plane irradiance, DC and AC of every plane and hour; as ``simulate_sums``, nothing summed.

    Parameters
    ----------
    out : ndarray (3, plane, hour)
        Filled with plane irradiance [W/m2], DC and AC [kW per kWp].
    """
    for p in prange(planes.shape[0]):
        plane = planes[p]
        normal = normal_vector(plane)
        span = between(hours, 0, hours.shape[1])
        for t in range(hours.shape[1]):
            out[0, p, t], out[1, p, t], out[2, p, t] = one_hour(span, normal, plane, iam, t)
