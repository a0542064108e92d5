"""Weather from a service on loopback: cells, questions, faults, the cache, and what comes out."""

from __future__ import annotations

import email.utils
import gzip
import json
import os
import re
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pvlib
import pytest
import xarray as xr

from roofpv.errors import InvalidConfig, InvalidWeather
from roofpv.weather import read_weather
from roofpv.weather.fetch import (
    SERVICES,
    Cache,
    Cell,
    Options,
    Patience,
    Plan,
    cache_folder,
    cells_of,
    exact_cells,
    fetch_weather,
    snapped_cells,
)
from roofpv.weather.fetch.transport import Request
from roofpv.weather.write import write_weather

sys.path.append(str(Path(__file__).parents[1]))
from faultserver import (
    BROKEN,
    PAGE,
    TOO_MANY,
    Drip,
    Fault,
    HungUp,
    Slow,
    Truncated,
    good,
    serving,
    weather,
)

NEAR, FAR = Cell(39.125, 106.375), Cell(39.375, 106.625)
YEARS = (2019, 2019)
KEY, MAIL = "k3y+secret/=", "someone@example.org"
SAMPLES = Path(__file__).parents[3] / "shared" / "data" / "weather"
PATHS = {"pvgis": "/v5_3/", "pvgis-tmy": "/v5_3/", "nasa-power": "/point", "nsrdb": "/nsrdb"}


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")


@pytest.fixture
def served():
    with serving() as server:
        yield server


class Told(list):
    """Lines told and pauses taken."""

    def __init__(self):
        super().__init__()
        self.pauses = []

    def patience(self, **changes):
        given = {"sleep": self.pauses.append, "tell": self.append, **changes}
        return Patience(**given)


@pytest.fixture
def told():
    return Told()


def plan_for(served, source="pvgis", cells=(NEAR,), years=YEARS):
    who = {"api_key": KEY, "email": MAIL} if source == "nsrdb" else {}
    span = None if source == "pvgis-tmy" else years
    return Plan(SERVICES[source], cells, span, Options(url=served.url + PATHS[source], **who))


def fetch(served, folder, told, source="pvgis", cells=(NEAR,), years=YEARS, **changes):
    plan = plan_for(served, source, cells, years)
    return fetch_weather(plan, Cache(folder), told.patience(**changes), told.append)


# Cells


def test_buildings_fall_into_the_cells_whose_centre_is_asked():
    cells, placed = cells_of([106.26, 106.49, 106.51, np.nan], [39.01, 39.24, 39.01, 39.0], 0.25)
    assert cells == [Cell(39.125, 106.375, 2), Cell(39.125, 106.625, 1)]
    assert placed.tolist() == [True, True, True, False]
    assert [cell.label for cell in cells] == ["39.125N_106.375E", "39.125N_106.625E"]


@pytest.mark.parametrize(
    ("lat", "lon", "degrees", "label"),
    [
        (-33.9, -70.6, 0.25, "33.875S_70.625W"),
        (90.0, 180.0, 0.25, "89.875N_179.875W"),
        (-90.0, -180.0, 0.5, "89.750S_179.750W"),
        (39.25, 106.25, 0.05, "39.275N_106.275E"),
        (0.0, 0.0, 1.0, "0.500N_0.500E"),
    ],
)
def test_cells_at_edges_poles_and_the_date_line(lat, lon, degrees, label):
    assert [cell.label for cell in cells_of([lon], [lat], degrees)[0]] == [label]


def test_points_are_taken_as_they_are_unless_a_grid_is_asked_for():
    points = [(39.0333, 106.3701), (39.0333, 106.3699), (-0.0, 0.0)]
    assert exact_cells(points) == [Cell(39.033, 106.37), Cell(0.0, 0.0)]
    assert snapped_cells(points[:2], 0.25) == [NEAR]


@pytest.mark.parametrize("degrees", [0.0, -1.0, 0.009, 5.1, float("nan")])
def test_a_cell_that_is_too_small_or_too_large_is_refused(degrees):
    with pytest.raises(InvalidConfig, match="--cell-degrees"):
        cells_of([106.0], [39.0], degrees)


@pytest.mark.parametrize("point", [(91.0, 0.0), (0.0, 181.0), (float("nan"), 0.0)])
def test_a_point_that_is_no_place_is_refused(point):
    with pytest.raises(InvalidConfig, match="no place on Earth"):
        exact_cells([point])


# Good answers


@pytest.mark.parametrize(
    ("source", "label", "minutes"),
    [
        ("pvgis", "instant", (10.0, 11.0)),
        ("nasa-power", "start", (30.0, 30.0)),
        ("nsrdb", "instant", (30.0, 30.0)),
    ],
)
def test_every_service_gives_the_hours_that_were_asked_for(
    served, tmp_path, told, source, label, minutes
):
    done = fetch(served, tmp_path / "cache", told, source, (NEAR, FAR))
    data = done.data
    assert (done.total, done.asked, done.kept, served.count) == (2, 2, 2, 2)
    assert list(data["site"].to_numpy()) == [f"{source}_{cell.label}" for cell in (NEAR, FAR)]
    assert data.attrs["time_label"] == label
    hours = pd.date_range("2019-01-01", "2019-12-31 23:00", freq="h")
    assert data.indexes["time"].equals(hours)
    for number, (cell, after) in enumerate(zip((NEAR, FAR), minutes, strict=True)):
        site = data.isel(site=number)
        moved = (site["sun_time"] - site["time"]).to_numpy() / np.timedelta64(1, "m")
        assert np.ptp(moved) == 0
        assert moved[0] == after
        mean = source == "nasa-power"
        true = weather(cell.latitude, cell.longitude, 2019, 2019, 0 if mean else int(after), mean)
        known = site["ghi"].notnull().to_numpy()
        assert known.sum() == 8760 - (source == "nasa-power")
        np.testing.assert_allclose(site["ghi"].to_numpy()[known], true["ghi"][known], atol=0.011)
        np.testing.assert_allclose(site["dhi"], true["dhi"], atol=1e-9)
        np.testing.assert_allclose(site["temp_air"], true["temp_air"], atol=1e-9)
        np.testing.assert_allclose(site["wind_speed"], true["wind_speed"], atol=1e-9)
    assert ("dni" in data) == (source != "pvgis")


@pytest.mark.parametrize("source", list(SERVICES))
def test_what_was_fetched_is_read_back_and_agrees_with_the_sun(served, tmp_path, told, source):
    done = fetch(served, tmp_path / "cache", told, source)
    write_weather(done.data, tmp_path / "weather.nc")
    again = read_weather(tmp_path / "weather.nc")
    assert again.attrs["clock_finding"] == "as_claimed"
    assert again.attrs["stated_source"] == done.data.attrs["stated_source"]
    xr.testing.assert_allclose(
        again["sun_time"].astype("int64"), done.data["sun_time"].astype("int64"), atol=1e9
    )
    np.testing.assert_array_equal(again["temp_air"], done.data["temp_air"])
    (origin,) = json.loads(again.attrs["fetched"])
    assert origin["site"] == f"{source}_{NEAR.label}"
    assert re.fullmatch(r"[0-9a-f]{64}", origin["sha256"])


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("pvgis", "PVGIS 5.3: PVGIS hourly, PVGIS-SARAH3, ERA5, 2019-2019"),
        ("pvgis-tmy", "PVGIS 5.3: PVGIS TMY, PVGIS-SARAH3, ERA5, 2005-2023"),
        ("nasa-power", "NASA POWER v2.5.7"),
        ("nsrdb", "NSRDB 4.0.1"),
    ],
)
def test_source_version_date_and_digest_are_recorded(served, tmp_path, told, source, said):
    def clock():
        return datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    plan = plan_for(served, source)
    done = fetch_weather(plan, Cache(tmp_path, clock), told.patience())
    (record_file,) = tmp_path.glob("*.json")
    record = json.loads(record_file.read_text("utf-8"))
    assert done.data.attrs["stated_source"] == record["service"] == said
    assert record["source"] == source
    assert record["url"].startswith(served.url)
    assert record["fetched"] == "2026-01-02T03:04:05+00:00"
    assert record["rows"] == 8760
    assert record["pvlib"] == pvlib.__version__
    assert [one["sha256"] for one in json.loads(done.data.attrs["inputs"])] == [record["sha256"]]


def test_a_typical_year_keeps_the_minutes_of_each_satellite_pass(served, tmp_path, told):
    data = fetch(served, tmp_path, told, "pvgis-tmy", (NEAR, FAR)).data
    assert data.attrs["typical_year"] == 1
    assert data.sizes == {"site": 2, "time": 8760}
    minute = pd.DatetimeIndex(data["sun_time"].isel(time=0).to_numpy()).minute
    assert minute.tolist() == [10, 11]


def test_years_that_are_asked_one_by_one_stand_in_a_row(served, tmp_path, told):
    done = fetch(served, tmp_path, told, "nsrdb", (NEAR,), (2019, 2020))
    assert [one["names"] for one in served.asked] == ["2019", "2020"]
    assert done.data.sizes["time"] == 8760 + 8784
    assert np.isfinite(done.data["latitude"]).all()
    assert told.pauses == [1.0]


@pytest.mark.parametrize("source", ["pvgis", "nasa-power"])
def test_many_years_are_one_request(served, tmp_path, told, source):
    done = fetch(served, tmp_path, told, source, (NEAR,), (2018, 2020))
    assert served.count == 1
    assert done.data.sizes["time"] == 8760 + 8760 + 8784


def test_pvgis_is_asked_for_a_free_horizontal_plane(served, tmp_path, told):
    fetch(served, tmp_path, told)
    assert served.paths == ["/v5_3/seriescalc"]
    assert served.asked[0].items() >= {"usehorizon": "0", "angle": "0", "components": "1"}.items()
    assert served.agents[0].startswith("roofpv/")


# What pvlib's own getters ask, and make of the answer, is the oracle.


def pvlib_of(served, source):
    lat, lon = NEAR.latitude, NEAR.longitude
    if source == "pvgis":
        return pvlib.iotools.get_pvgis_hourly(
            lat, lon, start=2019, end=2019, usehorizon=False, url=served.url + "/v5_3/"
        )[0].assign(
            ghi=lambda d: d["poa_direct"] + d["poa_sky_diffuse"] + d["poa_ground_diffuse"],
            dhi=lambda d: d["poa_sky_diffuse"],
        )
    if source == "pvgis-tmy":
        return pvlib.iotools.get_pvgis_tmy(
            lat, lon, usehorizon=False, url=served.url + "/v5_3/", coerce_year=None
        )[0]
    if source == "nasa-power":
        return pvlib.iotools.get_nasa_power(
            lat, lon, "2019-01-01", "2019-12-31", url=served.url + "/point",
            parameters=["ghi", "dni", "dhi", "temp_air", "wind_speed"],
        )[0]  # fmt: skip
    return pvlib.iotools.get_nsrdb_psm4_aggregated(
        lat, lon, KEY, MAIL, 2019, utc=True, leap_day=True, url=served.url + "/nsrdb",
        parameters=["ghi", "dni", "dhi", "temp_air", "wind_speed"],
    )[0]  # fmt: skip


@pytest.mark.parametrize("source", list(SERVICES))
def test_question_and_answer_are_those_of_pvlib(served, tmp_path, told, source):
    theirs = pvlib_of(served, source)
    ours = fetch(served, tmp_path, told, source).data.isel(site=0)
    assert served.paths[0] == served.paths[1]
    asked, wanted = served.asked[1], served.asked[0]
    own = {"full_name", "affiliation", "reason", "header"}
    assert {k: v for k, v in asked.items() if k not in own}.items() <= wanted.items()
    assert asked.get("header", "true") == wanted.get("header", "True").lower()
    for name in ours.data_vars:
        np.testing.assert_allclose(ours[name], theirs[name], atol=1e-9)
    hours = pd.DatetimeIndex(theirs.index).tz_convert("UTC").tz_localize(None).floor("h")
    assert ours.indexes["time"].equals(hours.rename("time").as_unit("ns"))


def test_a_real_answer_of_pvgis_is_taken(served, tmp_path, told):
    sample = SAMPLES / "tmy_45.000_8.000_2005_2023.json"
    if not sample.is_file():
        pytest.skip("reference data not found at ../shared/data")
    served.script.append(Fault(body=sample.read_bytes()))
    data = fetch(served, tmp_path, told, "pvgis-tmy", (Cell(45.0, 8.0),)).data
    assert float(data["ghi"].sum()) / 1000 == pytest.approx(1435.9, abs=0.1)
    after = (data["sun_time"] - data["time"]).to_numpy() / np.timedelta64(1, "s")
    assert np.all(after == round(0.1761 * 3600))


# Faults: what is asked, how long is waited, what is left behind, what is said


PASSING = {
    "too many": (TOO_MANY, "HTTP 429 Too Many Requests: Too many requests", 2.0),
    "told to wait": (
        Fault(429, b"slow down", {"Retry-After": "7"}, "text/plain"),
        "HTTP 429 Too Many Requests: slow down", 7.0,
    ),
    "told not to wait": (Fault(429, b"", {"Retry-After": "0"}), "HTTP 429 Too Many Requests", 1.0),
    "odd wait": (Fault(429, b"", {"Retry-After": "soon"}), "HTTP 429 Too Many Requests", 2.0),
    "broken": (BROKEN, "HTTP 500 Internal Server Error: Internal error", 2.0),
    "page": (Fault(200, PAGE, kind="text/html"), "a web page in place of data (Down for", 2.0),
    "page 503": (
        Fault(503, PAGE, kind="text/html"), "HTTP 503 Service Unavailable: Down for maint", 2.0,
    ),
    "overloaded": (Fault(529, b"{}"), "HTTP 529", 2.0),
    "truncated": (Truncated(), "an answer that is cut off", 2.0),
    "empty": (Fault(), "an empty answer", 2.0),
    "hung up": (HungUp(), "hung up without an answer", 2.0),
    "not json": (Fault(body=b'{"inputs": {"loc'), "a damaged answer (JSONDecodeError", 2.0),
    "no keys": (Fault(body=b"{}"), "a damaged answer (KeyError: 'inputs')", 2.0),
    "a list": (Fault(body=b"[1, 2]"), "a damaged answer (TypeError", 2.0),
    "not gzip": (
        Fault(body=b"plain", headers={"Content-Encoding": "gzip"}),
        "an answer that is cut off or damaged", 2.0,
    ),
    "a complaint": (
        Fault(body=b'{"message": "come back later"}'), "a damaged answer (come back later)", 2.0,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", list(PASSING))
def test_a_fault_that_passes_is_told_and_asked_again(served, tmp_path, told, name):
    fault, said, wait = PASSING[name]
    served.script += [fault]
    done = fetch(served, tmp_path, told)
    assert done.data is not None
    assert served.count == 2
    assert told.pauses == [wait]
    assert told[0].startswith(f"pvgis_{NEAR.label}: ")
    assert said in told[0]
    assert told[0].endswith(f"; try 2 of 5 in {wait:g} s")
    assert sorted(file.suffix for file in tmp_path.iterdir()) == [".json", ".nc"]


@pytest.mark.parametrize("name", list(PASSING))
def test_a_fault_that_stays_stops_the_run_and_leaves_no_trace(served, tmp_path, told, name):
    fault, said, wait = PASSING[name]
    served.for_ever = fault
    done = fetch(served, tmp_path, told, cells=(NEAR, FAR))
    assert done.data is None
    assert (done.asked, done.kept, served.count) == (1, 0, 5)
    own = {7.0, 1.0} & {wait}
    assert told.pauses == ([wait] * 4 if own else [2.0, 4.0, 8.0, 16.0])
    text = str(done.stopped)
    assert "\n" not in text
    assert f"pvgis_{NEAR.label}: " in text
    assert said.split(" (")[0] in text
    assert "(5 tries)" in text
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("source", ["nasa-power", "nsrdb", "pvgis-tmy"])
@pytest.mark.parametrize("name", ["too many", "broken", "page", "truncated", "no keys"])
def test_every_service_is_treated_alike(served, tmp_path, told, source, name):
    served.script += [PASSING[name][0]] * 3
    done = fetch(served, tmp_path, told, source)
    assert served.count == 4
    assert told.pauses == [2.0, 4.0, 8.0]
    assert done.data is not None


def test_silence_is_not_waited_out(served, tmp_path, told):
    served.script += [Slow(1.0)]
    done = fetch(served, tmp_path, told, timeout=0.3)
    assert done.data is not None
    assert "no answer within 0.3 s; try 2 of 5" in told[0]


def test_silence_in_the_middle_of_an_answer_is_not_waited_out(served, tmp_path, told):
    served.script += [Drip(3, 1.0)]
    assert fetch(served, tmp_path, told, timeout=0.3).data is not None
    assert "no answer within 0.3 s; try 2 of 5" in told[0]


def test_an_answer_that_does_not_end_is_given_up(served, tmp_path, told):
    served.script += [Drip(20, 0.1)]
    assert fetch(served, tmp_path, told, longest_answer=0.25).data is not None
    assert "an answer that does not end; try 2 of 5" in told[0]


def test_an_answer_that_is_too_large_is_refused_at_once(served, tmp_path, told):
    served.for_ever = Drip(20, 0.01)
    done = fetch(served, tmp_path, told, most_bytes=100_000)
    assert (done.data, served.count) == (None, 1)
    (error,) = done.refused
    assert "an answer of more than 100,000 bytes, which no weather has" in str(error)


def test_an_answer_is_measured_unpacked(served, tmp_path, told):
    packed = gzip.compress(b" " * 1_000_000)
    served.for_ever = Fault(200, packed, {"Content-Encoding": "gzip"})
    (error,) = fetch(served, tmp_path, told, most_bytes=100_000).refused
    assert "more than 100,000 bytes" in str(error)


def test_a_long_wait_that_a_service_asks_for_ends_the_run(served, tmp_path, told):
    served.for_ever = Fault(429, b"", {"Retry-After": "3600"})
    done = fetch(served, tmp_path, told)
    assert served.count == 1
    assert told.pauses == []
    assert "the service asks to wait 60 minutes" in str(done.stopped)


def test_a_wait_may_be_stated_as_a_date(served, tmp_path, told):
    moment = email.utils.formatdate(time.time() + 90.0, usegmt=True)
    served.script += [Fault(503, b"", {"Retry-After": moment})]
    assert fetch(served, tmp_path, told).data is not None
    assert 80.0 < told.pauses[0] <= 90.0


def test_no_network_at_all(tmp_path, told):
    with serving() as gone:
        pass
    done = fetch(gone, tmp_path, told, cells=(NEAR, FAR))
    assert (done.data, done.asked, done.kept) == (None, 1, 0)
    host = gone.url.removeprefix("http://")
    assert f"{host} cannot be reached (5 tries)" in str(done.stopped)
    assert list(tmp_path.iterdir()) == []


def test_a_proxy_that_does_not_answer_is_named(served, tmp_path, told, monkeypatch):
    with serving() as gone:
        pass
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("http_proxy", gone.url)
    done = fetch(served, tmp_path, told)
    assert "the proxy on the way to 127.0.0.1:" in str(done.stopped)
    assert served.count == 0


def test_a_connection_that_is_not_safe_is_told(served, tmp_path, told):
    options = Options(url=served.url.replace("http:", "https:"))
    plan = Plan(SERVICES["pvgis"], (NEAR,), YEARS, options)
    done = fetch_weather(plan, Cache(tmp_path), told.patience())
    assert "no safe connection to 127.0.0.1:" in str(done.stopped)


SEA = Fault(400, b'{"message": "Location over the sea. Please, select another location"}')


def test_a_refused_cell_is_named_once_and_the_others_are_fetched(served, tmp_path, told):
    served.script += [SEA]
    done = fetch(served, tmp_path, told, cells=(NEAR, FAR))
    assert served.count == 2
    assert done.data is None
    assert (done.kept, done.stopped) == (1, None)
    (error,) = done.refused
    assert error.status == 400
    assert str(error) == (
        f"pvgis_{NEAR.label}: the service refuses: Location over the sea. Please, select another "
        "location (HTTP 400). Change what is asked."
    )
    assert len(list(tmp_path.iterdir())) == 2


def test_a_service_that_refuses_everything_alike_is_not_asked_for_every_cell(
    served, tmp_path, told
):
    served.for_ever = Fault(400, b'{"message": "startyear: Incorrect value"}')
    cells = [Cell(39.125, 100.0 + i) for i in range(9)]
    done = fetch(served, tmp_path, told, cells=cells)
    assert served.count == len(done.refused) == 2


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_wrong_key_or_address_ends_the_run(served, tmp_path, told, status):
    served.for_ever = Fault(status, PAGE, kind="text/html")
    done = fetch(served, tmp_path, told, cells=(NEAR, FAR))
    assert served.count == 1
    assert f"(HTTP {status}" in str(done.refused[0])


@pytest.mark.parametrize(
    ("source", "body", "said"),
    [
        ("nasa-power", {"header": "failed", "messages": ["Bad dates", "Bad"]}, "Bad dates; Bad"),
        ("nasa-power", {"detail": [{"msg": "field required"}]}, "field required"),
        ("nsrdb", {"errors": ["No data available at the provided location"]}, "No data available"),
        ("nsrdb", {"error": {"code": "API_KEY_INVALID", "message": "invalid key"}}, "invalid key"),
    ],
)  # fmt: skip
def test_the_words_of_each_service_are_shown(served, tmp_path, told, source, body, said):
    served.for_ever = Fault(422, json.dumps(body).encode())
    done = fetch(served, tmp_path, told, source)
    assert f"the service refuses: {said}" in str(done.refused[0])


def test_an_address_that_cannot_be_used_is_refused_without_its_password(tmp_path, told):
    options = Options(url="http://me:pass@*.example/api/")
    done = fetch_weather(Plan(SERVICES["pvgis"], (NEAR,), YEARS, options), Cache(tmp_path))
    (error,) = done.refused
    assert "the address http://*.example/api/seriescalc cannot be used" in str(error)
    assert "pass" not in str(error)


def test_a_redirection_without_end_is_refused(served, tmp_path, told):
    served.for_ever = Fault(302, b"", {"Location": "/again"})
    done = fetch(served, tmp_path, told)
    assert "TooManyRedirects" in str(done.refused[0])


# Answers that are whole and yet not what was asked for


def without_hours(answer):
    del answer["outputs"]["hourly"][100:103]
    return answer


def test_missing_hours_are_refused_and_not_kept(served, tmp_path, told):
    served.change = without_hours
    (error,) = fetch(served, tmp_path, told).refused
    assert "3 of 8760 hours are missing, the first 2019-01-05 04:00 UTC" in str(error)
    assert "Ask for years that the service has" in str(error)
    assert served.count == 1
    assert list(tmp_path.iterdir()) == []


def test_a_year_that_the_service_does_not_have_is_refused(served, tmp_path, told):
    def shorter(answer):
        rows = answer["outputs"]["hourly"]
        answer["outputs"]["hourly"] = [one for one in rows if one["time"] < "2020"]
        return answer

    served.change = shorter
    (error,) = fetch(served, tmp_path, told, years=(2019, 2020)).refused
    assert "8784 of 17544 hours are missing, the first 2020-01-01 00:00 UTC" in str(error)


def test_a_year_of_missing_values_is_refused(served, tmp_path, told):
    def blank(answer):
        series = answer["properties"]["parameter"]["ALLSKY_SFC_SW_DWN"]
        series.update((hour, -999.0) for hour in series if hour >= "2020")
        return answer

    served.change = blank
    (error,) = fetch(served, tmp_path, told, "nasa-power", years=(2019, 2020)).refused
    assert "it has no value of ghi in 2020" in str(error)


def test_an_answer_without_temperature_is_refused(served, tmp_path, told):
    def cold(answer):
        del answer["properties"]["parameter"]["T2M"]
        return answer

    served.change = cold
    (error,) = fetch(served, tmp_path, told, "nasa-power").refused
    assert "it has no value of temp_air" in str(error)


def test_a_repeated_hour_is_refused(served, tmp_path, told):
    def twice(answer):
        answer["outputs"]["hourly"].insert(50, answer["outputs"]["hourly"][50])
        return answer

    served.change = twice
    (error,) = fetch(served, tmp_path, told).refused
    assert "2019-01-03 02:00:00 UTC stands twice" in str(error)


def test_a_value_that_no_weather_has_is_refused(served, tmp_path, told):
    def hot(answer):
        answer["outputs"]["hourly"][500]["T2m"] = 140.0
        return answer

    served.change = hot
    (error,) = fetch(served, tmp_path, told).refused
    assert "140 degC is outside -90 to 65" in str(error)


def test_an_answer_for_another_place_is_refused(served, tmp_path, told):
    def elsewhere(answer):
        answer["inputs"]["location"]["longitude"] = -106.375
        return answer

    served.change = elsewhere
    (error,) = fetch(served, tmp_path, told).refused
    assert "for another place (39.125, -106.375)" in str(error)


def test_half_hours_are_refused(served, tmp_path, told):
    def denser(answer):
        for number, row in enumerate(answer["outputs"]["hourly"]):
            stamp = pd.Timestamp("2019-01-01") + pd.Timedelta(minutes=30 * number)
            row["time"] = f"{stamp:%Y%m%d:%H%M}"
        return answer

    served.change = denser
    (error,) = fetch(served, tmp_path, told).refused
    assert "its rows are 30 minutes apart" in str(error)


def test_hours_of_another_clock_are_refused(served, tmp_path, told):
    def solar(answer):
        answer["header"]["time_standard"] = "LST"
        return answer

    served.change = solar
    (error,) = fetch(served, tmp_path, told, "nasa-power").refused
    assert "7 of 8760 hours are missing, the first 2019-12-31 17:00 UTC" in str(error)


def test_a_typical_year_in_place_of_true_ones_is_refused(served, tmp_path, told):
    place = {"lat": str(NEAR.latitude), "lon": str(NEAR.longitude)}
    served.script.append(Fault(body=good("/v5_3/tmy", place)))
    (error,) = fetch(served, tmp_path, told).refused
    assert "a typical year and true years are mixed up" in str(error)


def test_minutes_that_move_are_told(served, tmp_path, told):
    def moving(answer):
        for row in answer["outputs"]["hourly"][:1000]:
            row["time"] = row["time"][:-2] + "25"
        return answer

    served.change = moving
    data = fetch(served, tmp_path, told).data
    assert json.loads(data.attrs["warnings"]) == [
        f"pvgis_{NEAR.label}: its rows are taken between 10 and 25 minutes past the hour; the sun "
        "is taken at 10"
    ]


def test_remarks_on_every_year_are_kept(served, tmp_path, told):
    def moving(answer):
        lines = answer.decode().splitlines()
        year, minute = lines[3].split(",")[0], {"2019": 40, "2020": 50}
        rows = [line.split(",") for line in lines[3:]]
        for row in rows[:1000]:
            row[4] = str(minute[year])
        return "\n".join([*lines[:3], *map(",".join, rows)]).encode()

    served.change = moving
    data = fetch(served, tmp_path, told, "nsrdb", (NEAR,), (2019, 2020)).data
    assert json.loads(data.attrs["warnings"]) == [
        f"nsrdb_{NEAR.label}: its rows are taken between 30 and {minute} minutes past the hour; "
        "the sun is taken at 30"
        for minute in (40, 50)
    ]


# The cache


def test_what_is_in_the_cache_is_not_asked_for(served, tmp_path, told):
    first = fetch(served, tmp_path, told, cells=(NEAR, FAR))
    again = fetch(served, tmp_path, told, cells=(FAR, NEAR))
    assert served.count == 2
    assert (again.asked, again.kept) == (0, 2)
    xr.testing.assert_identical(
        again.data.isel(site=[1, 0]), first.data.assign_attrs(again.data.attrs)
    )
    assert told[-1] == f"2/2 pvgis_{NEAR.label}: from the cache"


def test_a_file_made_from_the_cache_has_the_same_bytes(served, tmp_path, told):
    for name in ("a.nc", "b.nc"):
        write_weather(fetch(served, tmp_path / "cache", told).data, tmp_path / name)
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()


@pytest.mark.parametrize(
    "change", [{"years": (2020, 2020)}, {"cells": (FAR,)}, {"source": "nsrdb"}]
)
def test_another_question_is_another_entry(served, tmp_path, told, change):
    fetch(served, tmp_path, told)
    assert fetch(served, tmp_path, told, **change).asked == 1
    assert len(list(tmp_path.iterdir())) == 4


def test_another_database_or_server_is_another_entry(served, tmp_path, told):
    fetch(served, tmp_path, told)
    url = served.url + PATHS["pvgis"]
    for options in (Options(url, "PVGIS-ERA5"), Options(served.url + "/v5_2/")):
        plan = Plan(SERVICES["pvgis"], (NEAR,), YEARS, options)
        assert fetch_weather(plan, Cache(tmp_path), told.patience()).asked == 1
    assert served.asked[1]["raddatabase"] == "PVGIS-ERA5"


def _flip(file):
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


DAMAGES = {
    "a changed byte": lambda data, _: _flip(data),
    "cut off": lambda data, _: data.write_bytes(data.read_bytes()[:-9]),
    "no json": lambda _, record: record.write_text("{"),
    "no digest": lambda _, record: record.write_text("{}"),
    "a list": lambda _, record: record.write_text("[]"),
    "not text": lambda _, record: record.write_bytes(b"\xff\xfe\xff"),
    "no netcdf": lambda data, record: (
        data.write_bytes(b"nothing"),
        record.write_text(
            json.dumps(
                json.loads(record.read_text())
                | {"sha256": "1785cfc3bc6ac7738e8b38cdccd1af12563c2b9070e07af336a1bf8c0f772b6a"}
            )
        ),
    ),
}


@pytest.mark.parametrize("name", list(DAMAGES))
def test_a_damaged_entry_is_told_and_fetched_again(served, tmp_path, told, name):
    first = fetch(served, tmp_path, told).data
    (data,), (record,) = tmp_path.glob("*.nc"), tmp_path.glob("*.json")
    DAMAGES[name](data, record)
    told.clear()
    again = fetch(served, tmp_path, told)
    assert told[0] == f"pvgis_{NEAR.label}: damaged in the cache, fetched again"
    assert (again.asked, served.count) == (1, 2)
    xr.testing.assert_identical(again.data.drop_attrs(), first.drop_attrs())
    assert fetch(served, tmp_path, told).asked == 0


@pytest.mark.parametrize("suffix", [".nc", ".json"])
def test_half_an_entry_does_not_count(served, tmp_path, told, suffix):
    fetch(served, tmp_path, told)
    next(tmp_path.glob(f"*{suffix}")).unlink()
    assert fetch(served, tmp_path, told).asked == 1


def test_a_run_that_was_cut_asks_only_for_what_is_missing(served, tmp_path, told):
    cells = (NEAR, FAR, Cell(39.625, 106.625))
    served.script += [None, BROKEN, BROKEN, BROKEN, BROKEN, BROKEN]
    cut = fetch(served, tmp_path, told, cells=cells)
    assert (cut.data, cut.asked, cut.kept) == (None, 2, 1)
    before = served.count
    done = fetch(served, tmp_path, told, cells=cells)
    assert served.count - before == 2
    assert [float(one["lat"]) for one in served.asked[before:]] == [39.375, 39.625]
    assert done.data.sizes["site"] == 3


def test_what_a_killed_process_left_is_swept_away_in_time(served, tmp_path, told):
    old, new = tmp_path / ".x.12345678.part.nc", tmp_path / ".y.12345678.part.json"
    old.write_bytes(b"half")
    new.write_bytes(b"half")
    os.utime(old, (time.time() - 7200,) * 2)
    fetch(served, tmp_path, told)
    assert not old.exists()
    assert new.exists()


def test_a_cache_that_cannot_be_written_is_told(served, tmp_path, told):
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidWeather, match="cannot be written"):
        fetch(served, tmp_path / "file" / "cache", told)


def test_a_record_that_cannot_be_written_leaves_no_entry(served, tmp_path, told, monkeypatch):
    replace = Path.replace

    def full(self, target):
        if str(target).endswith(".json"):
            raise OSError(28, "No space left on device")
        return replace(self, target)

    with monkeypatch.context() as broken:
        broken.setattr(Path, "replace", full)
        with pytest.raises(InvalidWeather, match="No space left on device"):
            fetch(served, tmp_path, told)
    assert [file.suffix for file in tmp_path.iterdir()] == [".nc"]
    assert fetch(served, tmp_path, told).asked == 1


def test_the_folder_of_the_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("ROOFPV_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("ROOFPV_CACHE")
    assert cache_folder().parts[-2:] == ("roofpv", "weather")


# Secrets


def test_a_key_is_sent_and_nowhere_written_or_told(served, tmp_path, told):
    served.script += [
        Fault(500, f"trouble with {KEY}".encode(), kind="text/plain"),
        Fault(429, json.dumps({"message": f"{MAIL} asks too often"}).encode()),
        Fault(body=f'{{"errors": "key {KEY}"}}'.encode()),
    ]
    done = fetch(served, tmp_path / "cache", told, "nsrdb")
    assert served.asked[0]["api_key"] == KEY
    assert served.asked[0]["email"] == MAIL
    write_weather(done.data, tmp_path / "weather.nc")
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert len(files) == 3
    written = b"".join(file.read_bytes() for file in files) + "\n".join(told).encode()
    said = written + str(done.data.attrs).encode() + " ".join(map(str, files)).encode()
    assert [secret for secret in (KEY, MAIL, "k3y") if secret.encode() in said] == []
    assert "HTTP 500 Internal Server Error: trouble with ***" in told[0]
    assert "*** asks too often" in told[1]
    assert "key ***" in told[2]


@pytest.mark.parametrize("status", [403, 500])
def test_a_key_that_a_service_repeats_is_hidden(served, tmp_path, told, status):
    served.for_ever = Fault(
        status, f"bad key k3y%2Bsecret%2F%3D of {KEY}".encode(), kind="text/plain"
    )
    done = fetch(served, tmp_path, told, "nsrdb")
    said = str(done.stopped or done.refused[0])
    assert "bad key *** of ***" in said


def test_the_password_and_query_of_an_address_are_not_recorded():
    request = Request("here", "https://me:pass@host:81/api?key=1", {"a": "1", "b": "2"}, ("b",))
    assert request.public_url == "https://host:81/api"
    assert request.public_params == {"a": "1"}


# Plans that cannot be


@pytest.mark.parametrize(
    ("source", "years", "options", "said"),
    [
        ("pvgis", None, Options(), "--years: missing"),
        ("pvgis", (2020, 2019), Options(), "2020-2019 are no years"),
        ("nasa-power", (1492, 1492), Options(), "1492-1492 are no years"),
        ("pvgis-tmy", (2015, 2020), Options(), "ten years or more"),
        ("pvgis", YEARS, Options(url="re.jrc.ec.europa.eu"), "--url: no address"),
        ("pvgis", YEARS, Options(url="ftp://host/"), "--url: no address"),
        ("pvgis", YEARS, Options(url="http://[bad/"), "--url: no address"),
        ("pvgis", YEARS, Options(url="http://host:99999/"), "--url: no address"),
        ("nasa-power", YEARS, Options(database="x"), "NASA POWER has no choice of databases"),
        ("nsrdb", YEARS, Options(database="x", api_key="k", email="m"), "'x' is none of the NSRDB"),
        ("nsrdb", YEARS, Options(api_key="k"), "only those who have a key"),
    ],
)
def test_a_plan_that_cannot_be_asked_is_refused(source, years, options, said):
    with pytest.raises(InvalidConfig, match=re.escape(said)):
        Plan(SERVICES[source], (NEAR,), years, options)


@pytest.mark.parametrize("source", ["nasa-power", "nsrdb"])
def test_a_question_without_the_years_it_needs_is_refused(source):
    with pytest.raises(InvalidConfig, match="--years: missing"):
        SERVICES[source].question(NEAR, None, Options())


def test_a_plan_without_places_is_refused():
    with pytest.raises(InvalidConfig, match="no place to fetch"):
        Plan(SERVICES["pvgis"], (), YEARS)


def test_addresses_are_those_of_the_services():
    asked = {
        source: Plan(SERVICES[source], (NEAR,), (2010, 2020), Options(api_key="k", email="m"))
        .units()[0]
        .request.url
        for source in SERVICES
        if source not in {"nsrdb"}
    }
    assert asked == {
        "pvgis": "https://re.jrc.ec.europa.eu/api/v5_3/seriescalc",
        "pvgis-tmy": "https://re.jrc.ec.europa.eu/api/v5_3/tmy",
        "nasa-power": "https://power.larc.nasa.gov/api/temporal/hourly/point",
    }
    conus = Options(database="conus", api_key="k", email="m")
    (unit,) = Plan(SERVICES["nsrdb"], (NEAR,), YEARS, conus).units()
    assert "conus" in unit.request.url


def test_a_typical_year_of_chosen_years_is_asked_for():
    (unit,) = Plan(SERVICES["pvgis-tmy"], (NEAR,), (2010, 2020)).units()
    assert unit.request.params["startyear"] == "2010"
    assert unit.request.params["endyear"] == "2020"
