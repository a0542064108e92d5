"""Module presets: classes of modules on the market, none of one maker."""

from __future__ import annotations

from collections.abc import Mapping

# Sizes are those of wafers and cell counts that many makers share; power, weight and coefficient
# are round values of the class in 2025. Not known for the place: editable assumptions.
MODULES: Mapping[str, Mapping[str, float]] = {
    "mono-580": {
        "power_w": 580.0,
        "length_m": 2.278,
        "width_m": 1.134,
        "weight_kg": 28.0,
        "gamma_pdc": -0.0035,
    },
    "glass-620": {
        "power_w": 620.0,
        "length_m": 2.382,
        "width_m": 1.134,
        "weight_kg": 33.0,
        "gamma_pdc": -0.0029,
    },
    "small-430": {
        "power_w": 430.0,
        "length_m": 1.722,
        "width_m": 1.134,
        "weight_kg": 21.0,
        "gamma_pdc": -0.0030,
    },
    "thin-film-470": {
        "power_w": 470.0,
        "length_m": 2.009,
        "width_m": 1.232,
        "weight_kg": 35.0,
        "gamma_pdc": -0.0032,
    },
}
