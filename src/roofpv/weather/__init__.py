"""Weather: file or published climate -> Dataset(site, time), checked."""

from roofpv.weather.bundled import bundled_folder, bundled_weather
from roofpv.weather.dataset import Convention, WeatherSite, combine_sites, weather_dataset
from roofpv.weather.read import read_weather
from roofpv.weather.table import Place

__all__ = [
    "Convention",
    "Place",
    "WeatherSite",
    "bundled_folder",
    "bundled_weather",
    "combine_sites",
    "read_weather",
    "weather_dataset",
]
