"""Cover, spectrum and inverter, as far as they depend on time, tilt or settings only."""

from __future__ import annotations

import numpy as np

GLASS, COATING = (1.526, 4.0 * 0.002), (1.3, 4.0 * 0.00002)  # index; extinction times depth
# De Soto et al. 2006, doi:10.1016/j.solener.2005.06.010, monocrystalline silicon
_SPECTRUM = (-0.000126, 0.002816, -0.024459, 0.086257, 0.918093)
_LEAST_LOAD, _ETA_REFERENCE = 0.004931, 0.9637


def through(cos_out: np.ndarray, before: float, cover: tuple[float, float]) -> np.ndarray:
    """Share of unpolarised light that passes the surface and the depth of one layer."""
    after, depth = cover
    cos_in = np.sqrt(1.0 - (before / after) ** 2 * (1.0 - cos_out**2))
    across = (before * cos_out - after * cos_in) / (before * cos_out + after * cos_in)
    along = (after * cos_out - before * cos_in) / (after * cos_out + before * cos_in)
    return (1.0 - 0.5 * (across**2 + along**2)) * np.exp(-depth / cos_in)


def coated_beam(cos_aoi: np.ndarray) -> np.ndarray:
    """
    Incidence modifier of coated glass for the beam, as in PVWatts v8.

    References
    ----------
    .. [1] SAM Simulation Core, lib_pv_incidence_modifier.
    """
    cosine = np.clip(cos_aoi, np.cos(np.radians(89.0)), 1.0)
    inside = np.sqrt(1.0 - (1.0 - cosine**2) / COATING[0] ** 2)
    passed = through(cosine, 1.0, COATING) * through(inside, COATING[0], GLASS)
    return np.minimum(passed / _normal(), 1.0)


def coated_diffuse(surface_tilt: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """
    Modifiers of the same cover for sky and ground light, through glass at two effective angles.

    References
    ----------
    .. [1] Brandemuehl and Beckman, Solar Energy 24 (5), 1980,
       :doi:`10.1016/0038-092X(80)90320-5`
    """
    tilt = np.asarray(surface_tilt, dtype=float)
    sky = 59.7 - 0.1388 * tilt + 0.001497 * tilt**2
    ground = np.minimum(90.0 - 0.5788 * tilt + 0.002693 * tilt**2, 89.999)
    passed = (through(np.cos(np.radians(angle)), 1.0, GLASS) / _normal() for angle in (sky, ground))
    sky_modifier, ground_modifier = (np.minimum(share, 1.0) for share in passed)
    return sky_modifier, ground_modifier


def desoto_spectrum(apparent_zenith: np.ndarray, altitude: float) -> np.ndarray:
    """Spectral modifier by air mass of a crystalline module; the zenith held at 86 degrees."""
    zenith = np.clip(apparent_zenith, 0.0, 86.0)
    airmass = 1.0 / (np.cos(np.radians(zenith)) + 0.5057 * (96.08 - zenith) ** -1.634)
    pressed = airmass * np.exp(-0.0001184 * altitude)
    return np.maximum(np.polyval(_SPECTRUM, pressed), 0.0)


def inverter_curve(model: str, efficiency: float) -> tuple[float, float, float]:
    """Constant, linear and square term of AC over its rating, by the DC load over its rating."""
    if model == "ideal":
        return 0.0, 1.0, 0.0
    if model == "linear":
        slope = 1.0 / efficiency
        return -_LEAST_LOAD / (slope - _LEAST_LOAD), slope / (slope - _LEAST_LOAD), 0.0
    return -0.0059 / _ETA_REFERENCE, 0.9858 / _ETA_REFERENCE, -0.0162 / _ETA_REFERENCE


def _normal() -> float:
    one = np.asarray(1.0)
    return float(through(one, 1.0, COATING) * through(one, 1.0, GLASS))
