"""Heating of cells by the light on them, by the wind, of four models."""

from __future__ import annotations

import numpy as np
from numba import njit

# As in ``planes.py``: a missing wind must stay missing.
_FLAGS = {"fastmath": {"reassoc", "contract", "arcp", "nsz"}, "error_model": "numpy", "cache": True}


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


@njit(**_FLAGS)
def noct_sam(wind_speed, noct, module_efficiency):
    """Cell heating per irradiance by the NOCT model of a low array. [K m2/W]."""
    cooling = 9.5 / (5.7 + 3.8 * np.maximum(0.51 * wind_speed, 0.001))
    return (noct - 20.0) / 800.0 * (1.0 - module_efficiency / 0.9) * cooling
