"""Every number that is not in the user's data: frozen, with its unit, bounds and source."""

from roofpv.assumptions.energy import (
    DECOMPOSITIONS,
    IAMS,
    TEMPERATURES,
    TRANSPOSITIONS,
    Inverter,
    Losses,
    Models,
    Module,
    Shading,
    Site,
    Uncertainty,
)
from roofpv.assumptions.money import Carbon, Finance, Load, Targets
from roofpv.assumptions.roofs import Areas, Heights, Layout, Plant, Roofs
from roofpv.assumptions.values import PVWATTS_V8, Assumptions, describe, from_values, nearest

__all__ = [
    "DECOMPOSITIONS",
    "IAMS",
    "PVWATTS_V8",
    "TEMPERATURES",
    "TRANSPOSITIONS",
    "Areas",
    "Assumptions",
    "Carbon",
    "Finance",
    "Heights",
    "Inverter",
    "Layout",
    "Load",
    "Losses",
    "Models",
    "Module",
    "Plant",
    "Roofs",
    "Shading",
    "Site",
    "Targets",
    "Uncertainty",
    "describe",
    "from_values",
    "nearest",
]
