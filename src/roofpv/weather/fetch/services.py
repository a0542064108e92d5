"""The services that weather is fetched from: what each is asked, and how its answer is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import pandas as pd
from pvlib.iotools import nasa_power as power_api
from pvlib.iotools import psm4
from pvlib.iotools import pvgis as pvgis_api

from roofpv.errors import InvalidConfig
from roofpv.weather.dataset import UNITS
from roofpv.weather.fetch.cells import Cell
from roofpv.weather.fetch.transport import Request
from roofpv.weather.formats.common import Content
from roofpv.weather.formats.nsrdb import read_nsrdb
from roofpv.weather.formats.power import read_power_json
from roofpv.weather.formats.pvgis import read_pvgis_json
from roofpv.weather.series import Place, Series

Years = tuple[int, int]

# Named with its version: without one the service changes under the same address.
PVGIS_URL = pvgis_api.URL + "v5_3/"
_PVGIS_VERSION = re.compile(r"/v(\d+)_(\d+)/")
_NSRDB_URLS = {
    "aggregated": psm4.PSM4_AGG_URL,
    "conus": psm4.PSM4_CON_URL,
    "full-disc": psm4.PSM4_FUL_URL,
    "polar": psm4.PSM4_POLAR_URL,
}
_FIRST_YEAR, _LAST_YEAR = 1940, 2100
# PVGIS makes a typical year from ten years or more.
_FEWEST_TYPICAL_YEARS = 10


@dataclass(frozen=True)
class Options:
    """
    What the user says of a service: another address, a database of it, and who asks.

    ``api_key`` and ``email`` go to the service and nowhere else.
    """

    url: str = ""
    database: str = ""
    api_key: str = ""
    email: str = ""


@dataclass(frozen=True)
class Service:
    """
    A service: the cells that it is asked by, its question and its answer.

    ``cell_degrees`` is the default width of a cell, ``cell_reason`` why. ``typical`` is whether it
    gives one typical year, ``year_by_year`` whether each year is a question of its own.
    ``question`` raises ``InvalidConfig`` without the years that it needs.
    """

    name: str
    title: str
    cell_degrees: float
    cell_reason: str
    question: Callable[[Cell, Years | None, Options], Request]
    read: Callable[[Content, Place], list[Series]]
    typical: bool = False
    year_by_year: bool = False

    def where(self, cell: Cell) -> str:
        """Name of a cell, which is that of its weather site."""
        return f"{self.name}_{cell.label}"

    def check(self, years: Years | None, options: Options) -> None:
        """
        Make sure that the service can be asked so.

        Raises
        ------
        InvalidConfig
            No years or impossible ones, an address that is none, a database that it does not have,
            no key.
        """
        _check_years(self, years)
        _check_options(self, options)


def _check_years(service: Service, years: Years | None) -> None:
    if years is None and service.typical:
        return
    first, last = _stated(years)
    said = f"{first}-{last}"
    if not _FIRST_YEAR <= first <= last <= _LAST_YEAR:
        raise InvalidConfig("--years", f"{said} are no years", "Give them as 2005-2023")
    if service.typical and last - first + 1 < _FEWEST_TYPICAL_YEARS:
        raise InvalidConfig(
            "--years",
            f"{said} are too few: {service.title} makes a typical year from ten years or more",
            "Give more years, or leave them out",
        )


def _stated(years: Years | None) -> Years:
    if years is None:
        raise InvalidConfig("--years", "missing", "Give them as 2005-2023")
    return years


def _check_options(service: Service, options: Options) -> None:
    if options.url and not _is_address(options.url):
        raise InvalidConfig("--url", "no address of a server", "Write it as https://host/path/")
    nsrdb = service.name == "nsrdb"
    if options.database and service.name not in {"pvgis", "nsrdb"}:
        raise InvalidConfig(
            "--database", f"{service.title} has no choice of databases", "Leave it out"
        )
    if nsrdb and options.database not in {"", *_NSRDB_URLS}:
        raise InvalidConfig(
            "--database",
            f"{options.database!r} is none of the NSRDB",
            f"Choose {', '.join(_NSRDB_URLS)}",
        )
    if nsrdb and not (options.api_key and options.email):
        raise InvalidConfig(
            "NSRDB_API_KEY, NSRDB_EMAIL",
            "the NSRDB answers only those who have a key",
            "Get one at developer.nlr.gov and set both in the environment",
        )


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _pvgis_url(options: Options, tool: str) -> str:
    base = options.url or PVGIS_URL
    return base.rstrip("/") + "/" + tool


def _pvgis_years(years: Years | None) -> dict[str, str]:
    return {} if years is None else {"startyear": str(years[0]), "endyear": str(years[1])}


def _ask_pvgis_hourly(cell: Cell, years: Years | None, options: Options) -> Request:
    """Horizontal plane with its components; the hills around are left to the shading of roofs."""
    params = {
        "lat": str(cell.latitude), "lon": str(cell.longitude), "outputformat": "json",
        "angle": "0", "aspect": "0", "components": "1", "usehorizon": "0", "pvcalculation": "0",
        "trackingtype": "0",
    }  # fmt: skip
    database = {"raddatabase": options.database} if options.database else {}
    params = {**params, **database, **_pvgis_years(years)}
    return Request(f"pvgis_{cell.label}", _pvgis_url(options, "seriescalc"), params)


def _ask_pvgis_tmy(cell: Cell, years: Years | None, options: Options) -> Request:
    params = {
        "lat": str(cell.latitude), "lon": str(cell.longitude), "outputformat": "json",
        "usehorizon": "0",
    }  # fmt: skip
    params = {**params, **_pvgis_years(years)}
    return Request(f"pvgis-tmy_{cell.label}", _pvgis_url(options, "tmy"), params)


def _ask_power(cell: Cell, years: Years | None, options: Options) -> Request:
    first, last = _stated(years)
    names = {ours: theirs for theirs, ours in power_api.VARIABLE_MAP.items()}
    params = {
        "latitude": str(cell.latitude), "longitude": str(cell.longitude),
        "start": f"{first}0101", "end": f"{last}1231", "community": "re",
        "parameters": ",".join(names[name] for name in UNITS), "format": "json",
        "header": "true", "time-standard": "utc",
    }  # fmt: skip
    return Request(f"nasa-power_{cell.label}", options.url or power_api.URL, params)


def _ask_nsrdb(cell: Cell, years: Years | None, options: Options) -> Request:
    year, _ = _stated(years)
    params = {
        "api_key": options.api_key, "email": options.email, "full_name": "roofpv",
        "affiliation": "roofpv", "reason": "roofpv", "mailing_list": "false",
        "wkt": f"POINT({cell.longitude:.4f} {cell.latitude:.4f})", "names": str(year),
        "attributes": ",".join(psm4.REQUEST_VARIABLE_MAP[name] for name in UNITS),
        "leap_day": "true", "utc": "true", "interval": "60",
    }  # fmt: skip
    url = options.url or _NSRDB_URLS[options.database or "aggregated"]
    return Request(f"nsrdb_{cell.label}", url, params, secrets=("api_key", "email"))


def stated_source(service: Service, request: Request, series: Series) -> str:
    """Service, version and database in words, as far as address and answer state them."""
    stated = str(series.attrs.get("stated_source", "")) or service.title
    found = _PVGIS_VERSION.search(request.url)
    return f"PVGIS {found[1]}.{found[2]}: {stated}" if found else stated


def hours_of(years: Years) -> pd.DatetimeIndex:
    """Every hour of whole years, UTC."""
    return pd.date_range(f"{years[0]}-01-01", f"{years[1]}-12-31 23:00", freq="h", unit="ns")


SERVICES = {
    service.name: service
    for service in (
        Service(
            "pvgis", "PVGIS", 0.25,
            "the grid of its ERA5 data; its satellite grids are 0.05, which would be 25 times the "
            "requests",
            _ask_pvgis_hourly, read_pvgis_json,
        ),
        Service(
            "pvgis-tmy", "PVGIS", 0.25,
            "the grid of its ERA5 data; its satellite grids are 0.05, which would be 25 times the "
            "requests",
            _ask_pvgis_tmy, read_pvgis_json, typical=True,
        ),
        Service(
            "nasa-power", "NASA POWER", 0.5,
            "its weather has a grid of 0.5 x 0.625, its radiation of 1.0",
            _ask_power, read_power_json,
        ),
        Service(
            "nsrdb", "NSRDB", 0.25,
            "a choice to spare the service; its grid is 0.04",
            _ask_nsrdb, read_nsrdb, year_by_year=True,
        ),
    )
}  # fmt: skip
