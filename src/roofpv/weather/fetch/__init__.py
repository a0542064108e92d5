"""Weather from a service, one request per weather cell; the only room that uses a network."""

from __future__ import annotations

from roofpv.weather.fetch.answers import Unit
from roofpv.weather.fetch.cache import Cache, cache_folder
from roofpv.weather.fetch.cells import Cell, cells_of, exact_cells, snapped_cells
from roofpv.weather.fetch.download import Fetched, Plan, Tell, fetch_weather
from roofpv.weather.fetch.services import SERVICES, Options, Service
from roofpv.weather.fetch.transport import Patience

__all__ = [
    "SERVICES",
    "Cache",
    "Cell",
    "Fetched",
    "Options",
    "Patience",
    "Plan",
    "Service",
    "Tell",
    "Unit",
    "cache_folder",
    "cells_of",
    "exact_cells",
    "fetch_weather",
    "snapped_cells",
]
