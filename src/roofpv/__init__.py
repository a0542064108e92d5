"""roofpv: from a list of buildings to rooftop PV and a verdict on a city's PV targets."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from roofpv.assessment import assess
    from roofpv.assumptions import Assumptions
    from roofpv.config import read_config
    from roofpv.inventory import check_inventory, read_inventory, read_zones
    from roofpv.results import Result, read_results, write_results
    from roofpv.surroundings import Surroundings, read_surroundings
    from roofpv.weather import bundled_weather, read_weather

__version__ = "0.1.0"

_HOME = {
    "Assumptions": "roofpv.assumptions",
    "Result": "roofpv.results",
    "Surroundings": "roofpv.surroundings",
    "assess": "roofpv.assessment",
    "bundled_weather": "roofpv.weather",
    "check_inventory": "roofpv.inventory",
    "read_config": "roofpv.config",
    "read_inventory": "roofpv.inventory",
    "read_results": "roofpv.results",
    "read_surroundings": "roofpv.surroundings",
    "read_weather": "roofpv.weather",
    "read_zones": "roofpv.inventory",
    "write_results": "roofpv.results",
}

__all__ = [
    "Assumptions",
    "Result",
    "Surroundings",
    "__version__",
    "assess",
    "bundled_weather",
    "check_inventory",
    "read_config",
    "read_inventory",
    "read_results",
    "read_surroundings",
    "read_weather",
    "read_zones",
    "write_results",
]


def __getattr__(name: str) -> Any:
    # Loaded on first use, so that `roofpv --help` imports no pandas, numba, pvlib or xarray.
    if name not in _HOME:
        raise AttributeError(f"module 'roofpv' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)
