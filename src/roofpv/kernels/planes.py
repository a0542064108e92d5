"""Irradiance, cell temperature, DC and AC of many planes, hour by hour, summed by month."""

from __future__ import annotations

import math

import numpy as np
from numba import literally, njit, prange

# Without nnan and ninf: a missing hour must stay missing. Division by the numpy error model, since
# the check for a zero divisor keeps LLVM from vectorising (3.5 x slower).
_FLAGS = {"fastmath": {"reassoc", "contract", "arcp", "nsz"}, "error_model": "numpy", "cache": True}
_INLINE = {"inline": "always", **_FLAGS}

# Rows of the ``hours`` array.
SUN_EAST, SUN_NORTH, SUN_UP, DNI, GHI, ISOTROPIC, CIRCUMSOLAR, HORIZON = range(8)
TEMP_AIR, HEATING, SPECTRUM, GROUND_DIFFUSE, GROUND_BEAM = range(8, 13)
# Columns of the ``planes`` array.
TILT, AZIMUTH, ALBEDO, GAMMA_PDC, DC_FACTOR, DC_AC_RATIO, INVERTER_EFFICIENCY = range(7)
IAM_SKY, IAM_GROUND, TEMP_OFFSET, ROWS = range(7, 11)
# Factors of the rows of an array, as ``kernels/rows.py`` fills them.
ROOF_EAST, ROOF_NORTH, ROOF_UP, SKY_SHARE, GROUND_SHARE, GROUND_SKY = range(11, 17)
ROW_COVER, OPPOSITE, GAP = range(17, 20)
LIT, THROUGH = 13, 14  # under a skyline: what is lit, and what comes through trees
# Columns of the ``seen`` array: shares of the even sky and of the horizon band seen over trees, and
# seen over what stands but not over trees; blocks of cells (0: the loss is that of the light);
# whether the ground before the array is the roof, under the same skyline.
SKY_OVER_TREES, SKY_IN_TREES, BAND_OVER_TREES, BAND_IN_TREES, BLOCKS, ROOF = range(6)
# Entries of the ``chain`` array: whether the light behind the glass heats the cell (else that on
# it), Marion's low-light factor, and the inverter's curve over the DC load in shares of its rating.
HEATED_BEHIND_GLASS, LOW_LIGHT, AC_CONSTANT, AC_LINEAR, AC_SQUARE = range(5)
IAM_NONE, IAM_PHYSICAL, IAM_MARTIN_RUIZ, IAM_COATED = 0, 1, 2, 3  # reflection models
FACING, DOME, PASSED = 0, 1, 2  # rows of what ``face`` fills
LONE, SHADED = 0, 1  # whether an array has rows that shade each other

_BLOCK = 256  # arrays that one thread takes in turn
_REFRACTION, _GLAZING = 1.526, 4.0 * 0.002
_TAU_NORMAL = 4.0 * _REFRACTION / (1.0 + _REFRACTION) ** 2
_COATING, _COATING_DEPTH = 1.3, 4.0 * 0.00002
_MARTIN_RUIZ_A, _COS_89 = 0.16, math.cos(math.radians(89.0))
# Normal incidence of the same cover; the glass lies under air there, not under its coating.
_COATED_NORMAL = (
    (1.0 - ((_COATING - 1.0) / (_COATING + 1.0)) ** 2) * math.exp(-_COATING_DEPTH)
    * (1.0 - ((_REFRACTION - 1.0) / (_REFRACTION + 1.0)) ** 2) * math.exp(-_GLAZING)
)  # fmt: skip


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

    Algebraically pvlib's ``physical``; the exponential is a series, for its argument stays below
    0.003, and the two reflectances share one division: divisions bound the loop.

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


@njit(**_INLINE)
def layer(cos_out, before, after, depth):
    """Light through a layer, its cosine inside; reflectances go by ``before``, as in PVWatts."""
    cos_in = math.sqrt(1.0 - (before / after) ** 2 * (1.0 - cos_out * cos_out))
    s = (before * cos_out - after * cos_in) / (before * cos_out + after * cos_in)
    p = (after * cos_out - before * cos_in) / (after * cos_out + before * cos_in)
    return (1.0 - 0.5 * (s * s + p * p)) * math.exp(-depth / cos_in), cos_in


@njit(**_INLINE)
def coated(cos_aoi):
    """
    Coated glass as in PVWatts v8, relative to its normal incidence and never above 1.

    References
    ----------
    .. [1] SAM Simulation Core, lib_pv_incidence_modifier.
    """
    cos_out = at_least(cos_aoi, _COS_89)
    surface, cos_in = layer(cos_out, 1.0, _COATING, _COATING_DEPTH)
    glass, _ = layer(cos_in, _COATING, _REFRACTION, _GLAZING)
    return at_most(surface * glass / _COATED_NORMAL, 1.0)


@njit(**_INLINE)
def reflected(cos_aoi, iam):
    """Share of the beam that passes the cover, by the model. [1]."""
    if iam == IAM_PHYSICAL:
        return physical(cos_aoi)
    if iam == IAM_MARTIN_RUIZ:
        return martin_ruiz(cos_aoi)
    if iam == IAM_COATED:
        return coated(cos_aoi)
    return 1.0


@njit(**_INLINE)
def pvwatts_dc(effective_irradiance, temp_cell, gamma_pdc, low_light):
    """DC power per kWp, with Marion's correction by the factor ``low_light``. [kW]."""
    dark = 1.0 - effective_irradiance * 0.005
    dark *= dark
    below = 1.0 - dark * dark
    above = 1.25 - effective_irradiance * 0.00125
    error = low_light * (below if effective_irradiance <= 200.0 else above)
    pdc = effective_irradiance * 1e-3 * (1.0 + gamma_pdc * (temp_cell - 25.0))
    return at_least(pdc - error, 0.0)


@njit(**_INLINE)
def inverter_ac(pdc, pac0, pdc0, chain):
    """AC power by the inverter's curve over its load, between nothing and its rating. [kW]."""
    load = pdc / pdc0
    curve = chain[AC_CONSTANT] + load * (chain[AC_LINEAR] + load * chain[AC_SQUARE])
    return at_least(at_most(pac0 * curve, pac0), 0.0)


@njit(**_INLINE)
def normal_vector(plane):
    """Unit normal of a plane, east, north, up."""
    tilt, azimuth = math.radians(plane[TILT]), math.radians(plane[AZIMUTH])
    return math.sin(tilt) * math.sin(azimuth), math.sin(tilt) * math.cos(azimuth), math.cos(tilt)


@njit(**_INLINE)
def irradiate(hours, normal, albedo, t):
    """Cosine of incidence, and beam, sky and ground light on a plane in one hour. [1, W/m2]."""
    east, north, up = normal
    cos_aoi = east * hours[SUN_EAST][t] + north * hours[SUN_NORTH][t] + up * hours[SUN_UP][t]
    cos_aoi = at_least(at_most(cos_aoi, 1.0), 0.0)
    sky = hours[ISOTROPIC][t] * (0.5 * (1.0 + up)) + hours[CIRCUMSOLAR][t] * cos_aoi
    sky += hours[HORIZON][t] * math.sqrt(at_least(1.0 - up * up, 0.0))
    ground = hours[GHI][t] * (albedo * 0.5 * (1.0 - up))
    return cos_aoi, hours[DNI][t] * cos_aoi, at_least(sky, 0.0), ground


@njit(**_FLAGS)
def face(hours, normal, _plane, iam, _chain, faced):
    """Fill what all that faces alike has by hour: sun, sky and band before it, reflection."""
    literally(iam)
    east, north, up = normal
    for t in range(hours[0].size):
        facing = east * hours[SUN_EAST][t] + north * hours[SUN_NORTH][t] + up * hours[SUN_UP][t]
        dome = hours[ISOTROPIC][t] * (0.5 * (1.0 + up))
        faced[FACING, t] = facing
        faced[DOME, t] = dome + hours[HORIZON][t] * math.sqrt(at_least(1.0 - up * up, 0.0))
        faced[PASSED, t] = reflected(at_least(at_most(facing, 1.0), 0.0), iam)


@njit(**_INLINE)
def irradiate_rows(hours, faced, up, plane, t):
    """
    As ``irradiate``, on rows that hide sun, sky and ground from each other. [W/m2].

    The beam is at most that on the roof from row to row: the shaded share of ``shaded_fraction1d``
    without its division, for racks and either side of a dome. The disc round the sun goes with the
    beam; even sky and horizon band with the row's view of the sky. The ground gets the beam that
    the rows leave and the sky between them; on a sloped roof its shadow is that of level ground.

    References
    ----------
    .. [1] Mikofski et al., 46th IEEE PVSC, 2019, :doi:`10.1109/PVSC40753.2019.8980572`
    .. [2] Anderson and Jensen, J. Renewable Sustainable Energy 16 (2), 023504, 2024,
       :doi:`10.1063/5.0202220`
    """
    sun_east, sun_north, sun_up = hours[SUN_EAST][t], hours[SUN_NORTH][t], hours[SUN_UP][t]
    facing, dome = faced[FACING][t], faced[DOME][t]
    most = plane[ROOF_EAST] * sun_east + plane[ROOF_NORTH] * sun_north + plane[ROOF_UP] * sun_up
    cos_aoi = at_least(at_most(facing, 1.0), 0.0)
    lit = at_most(at_least(most, 0.0), cos_aoi)
    # A dark horizon (Perez) outweighs an even sky at times; hiding it must not add light.
    sky = at_most(dome * plane[SKY_SHARE], dome) + hours[CIRCUMSOLAR][t] * lit
    taken = plane[ROW_COVER] * at_least(plane[OPPOSITE] * sun_up - facing, facing)
    lit_ground = at_most(at_least((sun_up - taken) * plane[GAP], 0.0), at_least(sun_up, 0.0))
    light = hours[GROUND_DIFFUSE][t] * plane[GROUND_SKY] + hours[GROUND_BEAM][t] * lit_ground
    ground = light * (plane[ALBEDO] * 0.5 * (1.0 - up) * plane[GROUND_SHARE])
    return cos_aoi, hours[DNI][t] * lit, at_least(sky, 0.0), ground


@njit(**_INLINE)
def convert(hours, received, passed, plane, chain, t):
    """Plane irradiance, and DC and AC power per kWp, of the light in one hour. [W/m2, kW, kW]."""
    _, beam, sky, ground = received
    poa = beam + (sky + ground)
    beam *= passed
    light = (beam + (sky * plane[IAM_SKY] + ground * plane[IAM_GROUND])) * hours[SPECTRUM][t]
    warm = poa + chain[HEATED_BEHIND_GLASS] * (light - poa)
    temp_cell = (hours[TEMP_AIR][t] + plane[TEMP_OFFSET]) + warm * hours[HEATING][t]
    dc = pvwatts_dc(light, temp_cell, plane[GAMMA_PDC], chain[LOW_LIGHT]) * plane[DC_FACTOR]
    pac0 = 1.0 / plane[DC_AC_RATIO]
    ac = inverter_ac(dc, pac0, pac0 / plane[INVERTER_EFFICIENCY], chain)
    return poa, dc, ac


@njit(**_INLINE)
def between(hours, start, stop):
    """Rows of a span of hours, each contiguous, so that the loop over them is vectorised."""
    return (
        hours[0, start:stop], hours[1, start:stop], hours[2, start:stop], hours[3, start:stop],
        hours[4, start:stop], hours[5, start:stop], hours[6, start:stop], hours[7, start:stop],
        hours[8, start:stop], hours[9, start:stop], hours[10, start:stop], hours[11, start:stop],
        hours[12, start:stop],
    )  # fmt: skip


@njit(**_INLINE)
def numbers_of(p, c):
    """A plane and the chain as numbers, which nothing that the loop writes could change."""
    return (
        p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9], p[10], p[11], p[12], p[13],
        p[14], p[15], p[16], p[17], p[18], p[19], c[0], c[1], c[2], c[3], c[4],
    )  # fmt: skip


@njit(**_INLINE)
def by_model(sums, span, normal, plane, iam, ac_line):
    """Sums of a span, with one machine code for each reflection model."""
    chain = plane[20:25]
    if iam == IAM_PHYSICAL:
        return sums(span, normal, plane, IAM_PHYSICAL, chain, ac_line)
    if iam == IAM_MARTIN_RUIZ:
        return sums(span, normal, plane, IAM_MARTIN_RUIZ, chain, ac_line)
    if iam == IAM_COATED:
        return sums(span, normal, plane, IAM_COATED, chain, ac_line)
    return sums(span, normal, plane, IAM_NONE, chain, ac_line)


@njit(**_FLAGS)
def sum_hours(hours, normal, plane, iam, chain, ac_line):
    """Sums of plane irradiance, DC and AC over a span of hours. [Wh/m2, kWh/kWp, kWh/kWp]."""
    literally(iam)  # one machine code a model: a branch in the loop costs its vectorising, 4 x
    poa_sum, dc_sum, ac_sum = 0.0, 0.0, 0.0
    for t in range(hours[0].size):
        received = irradiate(hours, normal, plane[ALBEDO], t)
        poa, dc, ac = convert(hours, received, reflected(received[0], iam), plane, chain, t)
        poa_sum += poa
        dc_sum += dc
        ac_sum += ac
        ac_line[t] = ac
    return poa_sum, dc_sum, ac_sum


@njit(**_FLAGS)
def sum_hours_rows(hours, faced, up, plane, chain, ac_line):
    """As ``sum_hours``, of an array in rows."""
    poa_sum, dc_sum, ac_sum = 0.0, 0.0, 0.0
    for t in range(hours[0].size):
        received = irradiate_rows(hours, faced, up, plane, t)
        poa, dc, ac = convert(hours, received, faced[PASSED][t], plane, chain, t)
        poa_sum += poa
        dc_sum += dc
        ac_sum += ac
        ac_line[t] = ac
    return poa_sum, dc_sum, ac_sum


@njit(parallel=True, **_FLAGS)
def simulate_sums(hours, bounds, planes, iam, chain, ac_hours, out):
    """
    Sums by span (a month of a year) of every plane.

    Parameters
    ----------
    hours : ndarray (13, hour), C order
        Sunlit hours in order; rows SUN_EAST ... GROUND_BEAM, the last per height of the sun.
    bounds : ndarray of int64 (span + 1,)
        Where each span begins, and the end.
    planes : ndarray (plane, 20), C order
        Columns TILT ... GAP; TEMP_OFFSET adds to the air temperature [K], rows do nothing here.
    iam : int
        IAM_NONE, IAM_PHYSICAL, IAM_MARTIN_RUIZ or IAM_COATED.
    chain : ndarray (5,)
        Entries HEATED_BEHIND_GLASS ... AC_SQUARE.
    ac_hours : ndarray (plane, hour), or of no plane
        Filled with AC, where it has planes. [kW per kWp]
    out : ndarray (3, plane, span)
        Filled with sums of plane irradiance [W/m2], DC and AC [kW per kWp].
    """
    for p in prange(planes.shape[0]):
        plane = numbers_of(planes[p], chain)
        normal = normal_vector(plane)
        ac = ac_hours[p] if ac_hours.shape[0] else np.empty(hours.shape[1])
        for m in range(bounds.size - 1):
            a, b = bounds[m], bounds[m + 1]
            sums = by_model(sum_hours, between(hours, a, b), normal, plane, iam, ac[a:b])
            out[0, p, m], out[1, p, m], out[2, p, m] = sums


@njit(parallel=True, **_FLAGS)
def simulate_sums_rows(hours, bounds, planes, iam, chain, ac_hours, out):
    """As ``simulate_sums``, in rows, in half the time where arrays face alike; compiled apart."""
    for block in prange((planes.shape[0] + _BLOCK - 1) // _BLOCK):
        first, last = block * _BLOCK, min(block * _BLOCK + _BLOCK, planes.shape[0])
        faced, line = np.empty((3, hours.shape[1])), np.empty(hours.shape[1])
        while first < last:
            end, tilt, azimuth = first + 1, planes[first, TILT], planes[first, AZIMUTH]
            while end < last and planes[end, TILT] == tilt and planes[end, AZIMUTH] == azimuth:
                end += 1
            whole, normal = between(hours, 0, hours.shape[1]), normal_vector(planes[first])
            by_model(face, whole, normal, numbers_of(planes[first], chain), iam, faced)
            for m in range(bounds.size - 1):  # its hours stay at hand for all: a tenth less time
                a, b = bounds[m], bounds[m + 1]
                span, mine = between(hours, a, b), (faced[0, a:b], faced[1, a:b], faced[2, a:b])
                for p in range(first, end):
                    plane, ac = numbers_of(planes[p], chain), ac_hours[p] if len(ac_hours) else line
                    sums = sum_hours_rows(span, mine, normal[2], plane, plane[20:25], ac[a:b])
                    out[0, p, m], out[1, p, m], out[2, p, m] = sums
            first = end


@njit(parallel=True, **_FLAGS)
def simulate_hours(hours, planes, iam, chain, out):
    """Fill ``out`` (3, plane, hour) with plane irradiance, DC and AC; nothing is summed."""
    for p in prange(planes.shape[0]):
        plane, normal, span = planes[p], normal_vector(planes[p]), between(hours, 0, hours.shape[1])
        if plane[ROWS] == SHADED:
            faced = np.empty((3, hours.shape[1]))
            by_model(face, span, normal, numbers_of(plane, chain), iam, faced)
            for t in range(hours.shape[1]):
                received = irradiate_rows(span, faced, normal[2], plane, t)
                poa, dc, ac = convert(span, received, faced[PASSED, t], plane, chain, t)
                out[0, p, t], out[1, p, t], out[2, p, t] = poa, dc, ac
        else:
            for t in range(hours.shape[1]):
                received = irradiate(span, normal, plane[ALBEDO], t)
                poa, dc, ac = convert(span, received, reflected(received[0], iam), plane, chain, t)
                out[0, p, t], out[1, p, t], out[2, p, t] = poa, dc, ac


@njit(**_INLINE)
def irradiate_shaded(hours, normal, plane, seen, t):
    """
    As ``irradiate_rows``, under a skyline; also beam and sky light as the strings use it.

    ``hours`` end in LIT, the share of the points that see the sun, and THROUGH, what trees let
    through. The disc round the sun goes with the beam; rows take their share of what is left. The
    ground between rows is under the same skyline, any other under none. Lone factors take nothing.

    References
    ----------
    .. [1] Martinez-Moreno, Munoz and Lorenzo, Solar Energy Materials and Solar Cells 94 (12),
       2010, eq. (6), :doi:`10.1016/j.solmat.2010.07.029`
    """
    east, north, up = normal
    sun_east, sun_north, sun_up = hours[SUN_EAST][t], hours[SUN_NORTH][t], hours[SUN_UP][t]
    facing = east * sun_east + north * sun_north + up * sun_up
    cos_aoi = at_least(at_most(facing, 1.0), 0.0)
    most = plane[ROOF_EAST] * sun_east + plane[ROOF_NORTH] * sun_north + plane[ROOF_UP] * sun_up
    before = at_most(at_least(most, 0.0), cos_aoi)
    lit, through = hours[LIT][t], hours[THROUGH][t]
    blocks = np.ceil(seen[BLOCKS] * (1.0 - lit) - 1e-9)
    used = lit * (1.0 - at_least(blocks, 0.0) / (seen[BLOCKS] + 1.0))
    sky_share = seen[SKY_OVER_TREES] + through * seen[SKY_IN_TREES]
    band_share = seen[BAND_OVER_TREES] + through * seen[BAND_IN_TREES]
    band = hours[HORIZON][t] * math.sqrt(at_least(1.0 - up * up, 0.0))
    # A dark horizon (Perez) goes with the even sky, and hiding both must not add light.
    dome = hours[ISOTROPIC][t] * (0.5 * (1.0 + up)) + at_most(band, 0.0)
    dome = at_most(dome * (sky_share * plane[SKY_SHARE]), dome)
    dome += at_least(band, 0.0) * (band_share * plane[SKY_SHARE])
    disc, beam = hours[CIRCUMSOLAR][t] * before, hours[DNI][t] * before
    taken = plane[ROW_COVER] * at_least(plane[OPPOSITE] * sun_up - facing, facing)
    lit_ground = at_most(at_least((sun_up - taken) * plane[GAP], 0.0), at_least(sun_up, 0.0))
    light = hours[GROUND_DIFFUSE][t] * plane[GROUND_SKY] * (1.0 - seen[ROOF] * (1.0 - sky_share))
    light += hours[GROUND_BEAM][t] * lit_ground * (1.0 - seen[ROOF] * (1.0 - lit))
    ground = light * (plane[ALBEDO] * 0.5 * (1.0 - up) * plane[GROUND_SHARE])
    received = cos_aoi, beam * lit, at_least(dome + disc * lit, 0.0), ground
    return received, (beam * used, at_least(dome + disc * used, 0.0))


@njit(**_INLINE)
def convert_shaded(hours, received, used, plane, iam, chain, t):
    """As ``convert``; all the light heats the cells, and the strings use what is ``used``."""
    cos_aoi, beam, sky, ground = received
    poa = beam + (sky + ground)
    modifier = reflected(cos_aoi, iam)
    ground *= plane[IAM_GROUND]
    passed = (beam * modifier + (sky * plane[IAM_SKY] + ground)) * hours[SPECTRUM][t]
    light = (used[0] * modifier + (used[1] * plane[IAM_SKY] + ground)) * hours[SPECTRUM][t]
    warm = poa + chain[HEATED_BEHIND_GLASS] * (passed - poa)
    temp_cell = (hours[TEMP_AIR][t] + plane[TEMP_OFFSET]) + warm * hours[HEATING][t]
    dc = pvwatts_dc(light, temp_cell, plane[GAMMA_PDC], chain[LOW_LIGHT]) * plane[DC_FACTOR]
    pac0 = 1.0 / plane[DC_AC_RATIO]
    return poa, dc, inverter_ac(dc, pac0, pac0 / plane[INVERTER_EFFICIENCY], chain)


@njit(**_FLAGS)
def sum_hours_shaded(hours, normal, plane, iam, chain, ac_line):
    """As ``sum_hours``, under a skyline."""
    literally(iam)
    seen = plane[25:]
    poa_sum, dc_sum, ac_sum = 0.0, 0.0, 0.0
    for t in range(hours[0].size):
        received, used = irradiate_shaded(hours, normal, plane, seen, t)
        poa, dc, ac = convert_shaded(hours, received, used, plane, iam, chain, t)
        poa_sum += poa
        dc_sum += dc
        ac_sum += ac
        ac_line[t] = ac
    return poa_sum, dc_sum, ac_sum


@njit(**_INLINE)
def irradiate_lit(hours, normal, plane, seen, t):
    """As ``irradiate_shaded``, of a lone array whose strings use all the light there is."""
    east, north, up = normal
    cos_aoi = east * hours[SUN_EAST][t] + north * hours[SUN_NORTH][t] + up * hours[SUN_UP][t]
    cos_aoi = at_least(at_most(cos_aoi, 1.0), 0.0)
    share = seen[SKY_OVER_TREES] + hours[THROUGH][t] * seen[SKY_IN_TREES]
    band = hours[HORIZON][t] * math.sqrt(at_least(1.0 - up * up, 0.0))
    dome = hours[ISOTROPIC][t] * (0.5 * (1.0 + up)) + at_most(band, 0.0)
    share_of_band = seen[BAND_OVER_TREES] + hours[THROUGH][t] * seen[BAND_IN_TREES]
    dome = at_most(dome * share, dome) + at_least(band, 0.0) * share_of_band
    before = cos_aoi * hours[LIT][t]
    sky = at_least(dome + hours[CIRCUMSOLAR][t] * before, 0.0)
    return cos_aoi, hours[DNI][t] * before, sky, hours[GHI][t] * (plane[ALBEDO] * 0.5 * (1.0 - up))


@njit(**_FLAGS)
def sum_hours_lit(hours, normal, plane, iam, chain, ac_line):
    """As ``sum_hours_shaded``, of what ``irradiate_lit`` is for."""
    literally(iam)
    poa_sum, dc_sum, ac_sum = 0.0, 0.0, 0.0
    for t in range(hours[0].size):
        received = irradiate_lit(hours, normal, plane, plane[25:], t)
        poa, dc, ac = convert(hours, received, reflected(received[0], iam), plane, chain, t)
        poa_sum += poa
        dc_sum += dc
        ac_sum += ac
        ac_line[t] = ac
    return poa_sum, dc_sum, ac_sum


@njit(parallel=True, **_FLAGS)
def simulate_sums_lit(hours, bounds, planes, seen, lit, through, iam, chain, ac_hours, out):
    """As ``simulate_sums_shaded``, of lone arrays with BLOCKS of 0; takes 25 % less."""
    for p in prange(planes.shape[0]):
        plane = numbers_of(planes[p], chain)
        normal = normal_vector(plane)
        ac = ac_hours[p] if ac_hours.shape[0] else np.empty(hours.shape[1])
        more = (seen[p, 0], seen[p, 1], seen[p, 2], seen[p, 3], seen[p, 4], seen[p, 5])
        for m in range(bounds.size - 1):
            a, b = bounds[m], bounds[m + 1]
            span = (*between(hours, a, b), lit[p, a:b], through[a:b])
            sums = by_model(sum_hours_lit, span, normal, plane + more, iam, ac[a:b])
            out[0, p, m], out[1, p, m], out[2, p, m] = sums


@njit(parallel=True, **_FLAGS)
def simulate_sums_shaded(hours, bounds, planes, seen, lit, through, iam, chain, ac_hours, out):
    """
    As ``simulate_sums``, of arrays under a skyline, with or without rows.

    ``seen`` (plane, 6) has the columns SKY_OVER_TREES ... ROOF, ``lit`` (plane, hour) the share of
    the points that see the sun, trees taken off, and ``through`` (hour,) that of the light that
    comes through trees. [1]
    """
    for p in prange(planes.shape[0]):
        plane = numbers_of(planes[p], chain)
        normal = normal_vector(plane)
        ac = ac_hours[p] if ac_hours.shape[0] else np.empty(hours.shape[1])
        more = (seen[p, 0], seen[p, 1], seen[p, 2], seen[p, 3], seen[p, 4], seen[p, 5])
        for m in range(bounds.size - 1):
            a, b = bounds[m], bounds[m + 1]
            span = (*between(hours, a, b), lit[p, a:b], through[a:b])
            sums = by_model(sum_hours_shaded, span, normal, plane + more, iam, ac[a:b])
            out[0, p, m], out[1, p, m], out[2, p, m] = sums
