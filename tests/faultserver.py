"""A weather service on loopback that answers well, or plays a fault, and counts its requests."""

from __future__ import annotations

import functools
import json
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd
import pvlib

PAGE = b"<!DOCTYPE html><html><head><title>Down for maintenance</title></head><body/></html>"


@dataclass(frozen=True)
class Fault:
    """An answer that is no weather; ``cut`` bytes are promised and not sent."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "application/json"
    cut: int = 0


@dataclass(frozen=True)
class Slow:
    """Silence, then an end."""

    seconds: float


@dataclass(frozen=True)
class Drip:
    """A body that comes byte by byte."""

    count: int
    seconds: float


@dataclass(frozen=True)
class Truncated:
    """The right answer, its second half not sent although its length was promised."""


@dataclass(frozen=True)
class HungUp:
    """The connection is closed without a word."""


TOO_MANY = Fault(429, b'{"message": "Too many requests", "status": 429}')
BROKEN = Fault(500, b'{"message": "Internal error"}')


@dataclass
class Served:
    """What came, and what is to be answered: the ``script`` first, then good weather."""

    url: str = ""
    script: list[object] = field(default_factory=list)
    for_ever: object | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)
    minute: int | None = None
    change: object | None = None
    errors: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.asked)


@contextmanager
def serving() -> Iterator[Served]:
    served = Served()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            address = urlsplit(self.path)
            query = {k: v[0] for k, v in parse_qs(address.query, keep_blank_values=True).items()}
            served.asked.append(query)
            served.paths.append(address.path)
            served.agents.append(self.headers["User-Agent"])
            turn = served.for_ever
            if turn is None and served.script:
                turn = served.script.pop(0)
            _play(self, turn, served, address.path, query)

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_):
            """A client that does not wait for the end is part of the play, nothing else is."""
            if not isinstance(sys.exception(), OSError):
                served.errors.append(traceback.format_exc())

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        served.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()
            assert not served.errors, served.errors[0]


def _play(handler, turn, served, path, query):
    if turn is None:
        _send(handler, Fault(body=good(path, query, served)))
    elif isinstance(turn, Truncated):
        body = good(path, query, served)
        half = len(body) // 2
        _send(handler, Fault(body=body[:half], cut=len(body) - half))
    elif isinstance(turn, Fault):
        _send(handler, turn)
    elif isinstance(turn, Slow):
        time.sleep(turn.seconds)
    elif isinstance(turn, Drip):
        handler.send_response(200)
        handler.end_headers()
        for _ in range(turn.count):
            handler.wfile.write(b" " * 70_000)
            time.sleep(turn.seconds)
    handler.close_connection = True


def _send(handler, fault):
    handler.send_response(fault.status)
    handler.send_header("Content-Type", fault.kind)
    handler.send_header("Content-Length", str(len(fault.body) + fault.cut))
    for name, value in fault.headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(fault.body)


def good(path, query, served=None):
    """The answer of a service that is well."""
    served = served or Served()
    maker = {"seriescalc": pvgis_hourly, "tmy": pvgis_tmy, "point": power}.get(
        path.rsplit("/", 1)[-1], nsrdb
    )
    answer = maker(query, served)
    if served.change is not None:
        answer = served.change(answer)
    return answer if isinstance(answer, bytes) else json.dumps(answer).encode()


@functools.lru_cache(maxsize=64)
def weather(lat, lon, first, last, minute, mean=False):
    """Plausible hours at some minutes past each; ``mean`` is of hours that begin there."""
    hours = pd.date_range(f"{first}-01-01", f"{last}-12-31 23:00", freq="h")
    times = (hours + pd.Timedelta(minutes=30 if mean else minute)).tz_localize("UTC")
    sun = pvlib.solarposition.get_solarposition(times, lat, lon, method="nrel_numpy")
    day = (times + pd.Timedelta(hours=lon / 15.0)).day_of_year.to_numpy()
    rng = np.random.default_rng(7)
    cloud = rng.uniform(0.35, 0.95, 400)[day] * rng.uniform(0.95, 1.0, times.size)
    ghi = pvlib.clearsky.haurwitz(sun["apparent_zenith"])["ghi"].to_numpy() * cloud
    split = pvlib.irradiance.erbs(ghi, sun["zenith"].to_numpy(), day)
    solar_hour = (times.hour + minute / 60.0 + lon / 15.0).to_numpy()
    temp = 10.0 - 15.0 * np.cos(day / 365.0 * 2 * np.pi) - 6.0 * np.cos(solar_hour / 12.0 * np.pi)
    return pd.DataFrame(
        {
            "ghi": ghi.round(2),
            "dni": np.nan_to_num(split["dni"]).round(2),
            "dhi": np.nan_to_num(split["dhi"]).round(2),
            "temp_air": (temp + rng.normal(0.0, 0.5, times.size)).round(2),
            "wind_speed": rng.uniform(0.3, 8.0, times.size).round(2),
        },
        index=times.tz_localize(None),
    )


def _where(query):
    return float(query["lat"]), float(query["lon"])


def minute_of(lat, served):
    """Minute of the satellite's pass, which moves with the latitude."""
    return served.minute if served.minute is not None else 10 + int(lat > 39.2)


def pvgis_hourly(query, served):
    lat, lon = _where(query)
    first, last = int(query["startyear"]), int(query["endyear"])
    frame = weather(lat, lon, first, last, minute_of(lat, served))
    beam = (frame["ghi"] - frame["dhi"]).clip(lower=0.0).round(2)
    columns = (frame.index.strftime("%Y%m%d:%H%M"), beam, frame["dhi"], frame["temp_air"])
    rows = zip(*columns, frame["wind_speed"], strict=True)
    names = ("time", "Gb(i)", "Gd(i)", "T2m", "WS10m")
    still = {"Gr(i)": 0.0, "H_sun": 0.0, "Int": 0.0}
    angle = {"value": int(query["angle"]), "optimal": False}
    return {
        "inputs": {
            "location": {"latitude": lat, "longitude": lon, "elevation": 1100.0},
            "meteo_data": {
                "radiation_db": query.get("raddatabase", "PVGIS-SARAH3"), "meteo_db": "ERA5",
                "year_min": first, "year_max": last, "use_horizon": query["usehorizon"] == "1",
                "horizon_db": None,
            },
            "mounting_system": {
                "fixed": {"slope": angle, "azimuth": {"value": 0, "optimal": False},
                          "type": "free-standing"}
            },
            "pv_module": {"technology": None, "peak_power": None, "system_loss": None},
        },
        "outputs": {"hourly": [dict(zip(names, row, strict=True)) | still for row in rows]},
        "meta": {"inputs": {}, "outputs": {}},
    }  # fmt: skip


def pvgis_tmy(query, served):
    lat, lon = _where(query)
    years = [2005 + (7 * month) % 12 for month in range(12)]
    minute = minute_of(lat, served)
    rows = []
    for month, year in enumerate(years, 1):
        frame = weather(lat, lon, year, year, minute)
        keep = (frame.index.month == month) & ~((frame.index.month == 2) & (frame.index.day == 29))
        part = frame[keep]
        hours = part.index.floor("h").strftime("%Y%m%d:%H%M")
        columns = (hours, *(part[name] for name in ("temp_air", "ghi", "dni", "dhi", "wind_speed")))
        names = ("time(UTC)", "T2m", "G(h)", "Gb(n)", "Gd(h)", "WS10m")
        still = {"RH": 50.0, "IR(h)": 280.0, "WD10m": 180.0, "SP": 89000.0}
        rows += [dict(zip(names, row, strict=True)) | still for row in zip(*columns, strict=True)]
    return {
        "inputs": {
            "location": {
                "latitude": lat, "longitude": lon, "elevation": 1100.0,
                "irradiance_time_offset": minute / 60.0,
            },
            "meteo_data": {
                "radiation_db": "PVGIS-SARAH3", "meteo_db": "ERA5", "year_min": 2005,
                "year_max": 2023, "use_horizon": False, "horizon_db": None,
            },
        },
        "outputs": {
            "months_selected": [{"month": m, "year": y} for m, y in enumerate(years, 1)],
            "tmy_hourly": rows,
        },
        "meta": {"inputs": {}, "outputs": {}},
    }  # fmt: skip


def power(query, served):
    del served
    lat, lon = float(query["latitude"]), float(query["longitude"])
    frame = weather(lat, lon, int(query["start"][:4]), int(query["end"][:4]), 0, mean=True)
    frame.index = frame.index.floor("h")
    stamps = frame.index.strftime("%Y%m%d%H")
    own = {
        "ALLSKY_SFC_SW_DWN": ("ghi", "Wh/m^2"), "ALLSKY_SFC_SW_DNI": ("dni", "Wh/m^2"),
        "ALLSKY_SFC_SW_DIFF": ("dhi", "Wh/m^2"), "T2M": ("temp_air", "C"),
        "WS10M": ("wind_speed", "m/s"),
    }  # fmt: skip
    wanted = query["parameters"].split(",")
    values = {name: dict(zip(stamps, frame[own[name][0]].tolist(), strict=True)) for name in wanted}
    values[wanted[0]][stamps[100]] = -999.0
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [lon, lat, 1150.5]},
        "properties": {"parameter": values},
        "header": {
            "title": "NASA/POWER Source Native Resolution Hourly Data",
            "api": {"version": "v2.5.7", "name": "POWER Hourly API"},
            "sources": ["SYN1DEG", "MERRA2"], "fill_value": -999.0,
            "time_standard": query["time-standard"].upper(), "start": query["start"],
            "end": query["end"],
        },
        "messages": [],
        "parameters": {name: {"units": own[name][1], "longname": name} for name in wanted},
        "times": {"data": 0.1, "process": 0.1},
    }  # fmt: skip


def nsrdb(query, served):
    del served
    lon, lat = map(float, query["wkt"].removeprefix("POINT(").removesuffix(")").split())
    year = int(query["names"])
    frame = weather(lat, lon, year, year, 30)
    head = {
        "Source": "NSRDB", "Location ID": "1", "City": "-", "State": "-", "Country": "-",
        "Latitude": lat, "Longitude": lon, "Time Zone": 0, "Elevation": 1600,
        "Local Time Zone": -7, "DHI Units": "w/m2", "DNI Units": "w/m2", "GHI Units": "w/m2",
        "Temperature Units": "c", "Wind Speed Units": "m/s", "Version": "4.0.1",
    }  # fmt: skip
    lines = [",".join(head), ",".join(map(str, head.values()))]
    lines.append("Year,Month,Day,Hour,Minute,Temperature,DHI,DNI,GHI,Wind Speed")
    columns = [frame[n] for n in ("temp_air", "dhi", "dni", "ghi", "wind_speed")]
    rows = zip(frame.index, *columns, strict=True)
    lines += [
        f"{t.year},{t.month},{t.day},{t.hour},{t.minute}," + ",".join(map(str, values))
        for t, *values in rows
    ]
    return ("\n".join(lines) + "\n").encode()
