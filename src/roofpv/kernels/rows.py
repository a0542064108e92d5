"""
Rows of modules before and behind each other: what they hide of the sun, the sky and the ground.

Rows are taken as infinitely long, as in pvlib's infinite sheds. Angles are in degrees, ``gcr`` is
the sloped length of one row over the distance from row to row along the roof.
"""

from __future__ import annotations

import math

from numba import njit

_FLAGS = {"cache": True, "error_model": "numpy"}

# Kinds of rows: all facing one way, or in pairs back to back under one ridge.
RACKS, DOMES = 1, 2
# Columns of the ``arrays`` array.
TILT, AZIMUTH, ROOF_TILT, ROOF_AZIMUTH, COVER, KIND = range(6)
# Columns of what ``row_factors`` fills.
ROOF_EAST, ROOF_NORTH, ROOF_UP, SKY_SHARE, GROUND_SHARE, GROUND_SKY = range(6)
ROW_COVER, OPPOSITE, GAP = range(6, 9)


@njit(**_FLAGS)
def projected_solar_zenith_angle(solar_zenith, solar_azimuth, axis_tilt, axis_azimuth):
    """
    Zenith angle of the sun seen along the axis of a row, right-handed about it. [deg].

    References
    ----------
    .. [1] Anderson and Mikofski, NREL/TP-5K00-76626, 2020, :doi:`10.2172/1660126`
    """
    zenith, tilt = math.radians(solar_zenith), math.radians(axis_tilt)
    turn = math.radians(solar_azimuth - axis_azimuth)
    across = math.sin(zenith) * math.sin(turn)
    along = math.sin(zenith) * math.cos(turn)
    return math.degrees(
        math.atan2(across, along * math.sin(tilt) + math.cos(zenith) * math.cos(tilt))
    )


@njit(**_FLAGS)
def shaded_fraction1d(
    solar_zenith,
    solar_azimuth,
    axis_azimuth,
    shaded_row_rotation,
    collector_width,
    pitch,
    axis_tilt,
    surface_to_axis_offset,
    cross_axis_slope,
    shading_row_rotation,
):
    """
    Share of a row's sloped length in the shade of the next row toward the sun.

    References
    ----------
    .. [1] Anderson and Jensen, J. Renewable Sustainable Energy 16 (2), 023504, 2024, eq. (12),
       :doi:`10.1063/5.0202220`
    """
    sun = projected_solar_zenith_angle(solar_zenith, solar_azimuth, axis_tilt, axis_azimuth)
    shading = math.radians(shading_row_rotation - sun)
    shaded = math.radians(shaded_row_rotation - sun)
    slope = math.radians(cross_axis_slope)
    seen = abs(math.cos(shaded))
    spacing = pitch / collector_width * math.cos(math.radians(sun) - slope) / math.cos(slope)
    side = 1.0 if sun > 0.0 else -1.0 if sun < 0.0 else 0.0
    raised = side * surface_to_axis_offset / collector_width
    raised *= math.sin(shaded) - math.sin(shading)
    share = 0.5 + (0.5 * abs(math.cos(shading)) + raised - spacing) / seen
    return min(max(share, 0.0), 1.0)


@njit(**_FLAGS)
def masking_angle(surface_tilt, gcr, slant_height):
    """
    Elevation below which the row in front hides the sky, at a share of the slope's height. [deg].

    References
    ----------
    .. [1] Passias and Kallback, Solar Cells 11, 1984, :doi:`10.1016/0379-6787(84)90017-6`
    """
    beta, below = math.radians(surface_tilt), gcr * (1.0 - slant_height)
    return math.degrees(math.atan(below * math.sin(beta) / (1.0 - below * math.cos(beta))))


@njit(**_FLAGS)
def masking_angle_passias(surface_tilt, gcr):
    """
    Mean of ``masking_angle`` over the sloped length of a row. [deg].

    References
    ----------
    .. [1] Passias and Kallback, Solar Cells 11, 1984, :doi:`10.1016/0379-6787(84)90017-6`; the
       integral as pvlib solves it.
    """
    beta, x = math.radians(surface_tilt), 1.0 / gcr
    s, c = math.sin(beta), math.cos(beta)
    if s == 0.0:
        return 0.0
    mean = x * s * (math.log(x) - 0.5 * math.log(abs(2.0 * x * c - (x * x + 1.0))))
    mean += (x * c - 1.0) * (math.atan((x * c - 1.0) / (x * s)) - math.atan(c / s))
    return math.degrees(mean)


@njit(**_FLAGS)
def sky_diffuse_passias(masking_angle):
    """
    Share of an even sky hidden below a masking angle.

    References
    ----------
    .. [1] Passias and Kallback, Solar Cells 11, 1984, :doi:`10.1016/0379-6787(84)90017-6`
    """
    return 1.0 - math.cos(math.radians(masking_angle / 2.0)) ** 2


@njit(**_FLAGS)
def vf_row_sky_2d_integ(surface_tilt, gcr, x0, x1):
    """
    Mean view factor to the sky over a row from ``x0`` to ``x1`` of its slope (0 the lower edge).

    Crossed strings, the difference of the two roots written as a quotient: it would cancel where
    rows stand far apart.

    References
    ----------
    .. [1] Anderson, Jensen and Hansen, IEEE J. Photovoltaics, 2026,
       :doi:`10.1109/JPHOTOV.2026.3677506`
    """
    a, c = 1.0 / gcr, math.cos(math.radians(surface_tilt))
    below, above = 1.0 - x0, 1.0 - x1
    far = math.sqrt(a * a - 2.0 * a * c * below + below * below)
    near = math.sqrt(a * a - 2.0 * a * c * above + above * above)
    if far + near == 0.0:
        return 0.5
    return 0.5 * (1.0 + (2.0 * a * c - below - above) / (near + far))


@njit(**_FLAGS)
def vf_row_ground_2d_integ(surface_tilt, gcr):
    """
    Mean view factor from a row to the ground before it, as far as the foot of the next row.

    The integral of pvlib's ``vf_row_ground_2d`` over the row, in a form that does not cancel.

    References
    ----------
    .. [1] Anderson, Jensen and Hansen, IEEE J. Photovoltaics, 2026,
       :doi:`10.1109/JPHOTOV.2026.3677506`
    """
    a, c = 1.0 / gcr, math.cos(math.radians(surface_tilt))
    return a * (1.0 - c) / (math.sqrt(a * a + 2.0 * a * c + 1.0) + a + 1.0)


@njit(**_FLAGS)
def vf_ground_sky_2d_integ(surface_tilt, gcr):
    """
    Mean view factor to the sky of the ground under and between rows, however high they stand.

    What the sky over one row sends down and neither side of the row receives, the ground does.

    References
    ----------
    .. [1] Anderson, Jensen and Hansen, IEEE J. Photovoltaics, 2026,
       :doi:`10.1109/JPHOTOV.2026.3677506`
    """
    a, c = 1.0 / gcr, math.cos(math.radians(surface_tilt))
    across = math.sqrt(a * a - 2.0 * a * c + 1.0) + math.sqrt(a * a + 2.0 * a * c + 1.0)
    return (0.5 * across - 1.0) / a


@njit(**_FLAGS)
def angle_between(tilt, azimuth, other_tilt, other_azimuth):
    """Angle between two planes, exact down to 0. [deg]."""
    a, b = math.radians(tilt), math.radians(other_tilt)
    turn = math.radians(azimuth - other_azimuth)
    # Of the haversine: the arc cosine loses half of the digits near 0.
    half = math.sin((a - b) / 2.0) ** 2 + math.sin(a) * math.sin(b) * math.sin(turn / 2.0) ** 2
    return 2.0 * math.degrees(math.asin(min(math.sqrt(half), 1.0)))


@njit(**_FLAGS)
def sky_view(tilt, on_roof, gcr):
    """
    View factor to the sky of a row on a roof of any slope.

    Where the roof falls toward the next row, the upper part of a row sees over it to the horizon.

    Parameters
    ----------
    tilt : float
        Of the row against the horizontal. [deg]
    on_roof : float
        Of the row against the roof. [deg]
    gcr : float
    """
    free = 0.5 * (1.0 + math.cos(math.radians(tilt)))
    if on_roof >= tilt:
        return min(vf_row_sky_2d_integ(on_roof, gcr, 0.0, 1.0), free)
    sight = math.sin(math.radians(tilt - on_roof)) / (gcr * math.sin(math.radians(tilt)))
    if sight >= 1.0:
        return free
    return sight * free + (1.0 - sight) * vf_row_sky_2d_integ(on_roof, gcr, 0.0, 1.0 - sight)


@njit(**_FLAGS)
def one_array(array, out):
    """Fill the factors of one array; see ``row_factors``."""
    roof_tilt, roof_azimuth = math.radians(array[ROOF_TILT]), math.radians(array[ROOF_AZIMUTH])
    on_roof = angle_between(array[TILT], array[AZIMUTH], array[ROOF_TILT], array[ROOF_AZIMUTH])
    domes = array[KIND] == DOMES
    gcr = 0.5 * array[COVER] if domes else array[COVER]
    view = sky_view(array[TILT], on_roof, gcr)
    out[ROOF_EAST] = math.sin(roof_tilt) * math.sin(roof_azimuth) / gcr
    out[ROOF_NORTH] = math.sin(roof_tilt) * math.cos(roof_azimuth) / gcr
    out[ROOF_UP] = math.cos(roof_tilt) / gcr
    out[SKY_SHARE] = 2.0 * view / (1.0 + math.cos(math.radians(array[TILT])))
    out[ROW_COVER] = gcr
    shown, gap = 1.0 / gcr, 1.0 / gcr
    out[GROUND_SKY] = vf_ground_sky_2d_integ(on_roof, gcr)
    out[OPPOSITE] = 0.0
    out[GAP] = 1.0
    if domes:
        gap = max(shown - 2.0 * math.cos(math.radians(on_roof)), 0.0)
        within = vf_row_sky_2d_integ(on_roof, gcr, 0.0, 1.0)
        # Domes that touch leave no ground; what it would receive is never seen.
        seen = (shown - 2.0 * within) / gap if gap > 0.0 else 0.0
        out[GROUND_SKY] = min(max(seen, 0.0), 1.0)
        out[OPPOSITE] = 2.0 * math.cos(math.radians(on_roof))
        out[GAP] = shown / gap if gap > 0.0 else 0.0
    # Of ``vf_row_ground_2d_integ`` over (1 - cos) / 2, which is 0 / 0 for modules flat on the roof.
    across = math.sqrt(gap * gap + 2.0 * gap * math.cos(math.radians(on_roof)) + 1.0)
    out[GROUND_SHARE] = 2.0 * gap / (across + gap + 1.0)


@njit(**_FLAGS)
def row_factors(arrays, out):
    """
    What depends on the rows of an array only, for the loop over the hours.

    Parameters
    ----------
    arrays : ndarray (array, 6)
        Columns TILT and AZIMUTH of the modules, ROOF_TILT, ROOF_AZIMUTH [deg], COVER (sloped
        module length over pitch, both sides of a dome together) and KIND.
    out : ndarray (array, 9)
        Filled with ROOF_EAST ROOF_NORTH ROOF_UP (normal of the roof over the cover of a row),
        SKY_SHARE and GROUND_SHARE (of the even sky and of the ground, over that of a lone array),
        GROUND_SKY (view factor of the ground to the sky), ROW_COVER (of one row), OPPOSITE (cosine
        of incidence on the other side of a dome: this times the sun's height, less that on ours),
        GAP (pitch over the open ground; 1 for racks, whose ground goes on below them).
    """
    for i in range(arrays.shape[0]):
        one_array(arrays[i], out[i])
