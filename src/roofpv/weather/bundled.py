"""The typical years that come with roofpv: synthetic, one for each district of Shizuishan."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from roofpv.errors import InvalidWeather
from roofpv.weather.read import read_weather
from roofpv.weather.sites import combine_sites

SITES = ("dawukou", "huinong", "pingluo")


def bundled_folder(kind: str) -> Path:
    """Folder of the bundled data: inside the installed package, or at the top of a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "data" / kind
    return installed if installed.is_dir() else package.parents[1] / "data" / kind


def bundled_files(site: str = "shizuishan") -> list[Path]:
    """
    Files of the bundled typical years.

    Raises
    ------
    InvalidWeather
        An unknown site.
    """
    if site != "shizuishan" and site not in SITES:
        raise InvalidWeather(
            site,
            "neither a file nor a bundled site",
            f"Choose one of {', '.join(SITES)}, or shizuishan for all",
        )
    chosen = SITES if site == "shizuishan" else (site,)
    return [bundled_folder("weather") / f"{name}.csv" for name in chosen]


def bundled_weather(site: str = "shizuishan") -> xr.Dataset:
    """
    Read a bundled typical year.

    Parameters
    ----------
    site : str
        "dawukou", "huinong", "pingluo", or "shizuishan" for all three.

    Returns
    -------
    Dataset (site, time)

    Raises
    ------
    InvalidWeather
        An unknown site.
    """
    return combine_sites([read_weather(file) for file in bundled_files(site)])
