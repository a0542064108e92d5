"""Every number that is not in the user's data: frozen, with its unit, bounds and source."""

from roofpv.assumptions.certainty import Certainty
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
from roofpv.assumptions.gate import Gate
from roofpv.assumptions.modules import MODULES
from roofpv.assumptions.money import Carbon, Finance, Load, Targets
from roofpv.assumptions.roofs import (
    DESIGNS,
    FLAT_LAYOUTS,
    Areas,
    Heights,
    Layout,
    Plant,
    Roofs,
    Structure,
)
from roofpv.assumptions.values import PVWATTS_V8, Assumptions, describe, from_values, nearest

__all__ = [
    "DECOMPOSITIONS",
    "DESIGNS",
    "FLAT_LAYOUTS",
    "IAMS",
    "MODULES",
    "PVWATTS_V8",
    "TEMPERATURES",
    "TRANSPOSITIONS",
    "Areas",
    "Assumptions",
    "Carbon",
    "Certainty",
    "Finance",
    "Gate",
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
    "Structure",
    "Targets",
    "Uncertainty",
    "describe",
    "from_values",
    "nearest",
]
