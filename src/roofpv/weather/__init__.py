"""Weather: file, service or published climate -> Dataset(site, time), checked."""

from __future__ import annotations

import importlib
from typing import Any

from roofpv.weather.dataset import Convention, WeatherSite, weather_dataset
from roofpv.weather.series import Clock, Columns, Place, Problem
from roofpv.weather.sites import combine_sites

_HOME = {"bundled_folder": "bundled", "bundled_weather": "bundled", "read_weather": "read"}

__all__ = [
    "Clock",
    "Columns",
    "Convention",
    "Place",
    "Problem",
    "WeatherSite",
    "bundled_folder",
    "bundled_weather",
    "combine_sites",
    "read_weather",
    "weather_dataset",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'roofpv.weather' has no attribute {name!r}")
    return getattr(importlib.import_module(f"roofpv.weather.{_HOME[name]}"), name)
