"""``roofpv weather fetch``: requests counted, exit codes, the one line that the user sees."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import roofpv
from roofpv import cli
from roofpv.weather import read_weather

sys.path.append(str(Path(__file__).parents[1]))
from faultserver import BROKEN, PAGE, TOO_MANY, Fault, Slow, serving

HEAD = "building_id,use,floors,floor_area_m2,lon,lat\n"
TOWN = """A,school,3,3000,106.37,39.01
B,hospital,5,5000,106.55,38.90
C,government,2,1200,106.77,39.22
"""
KEY, MAIL = "s3cretkey", "someone@example.org"


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    """No proxy, no waiting, and a cache and a folder of its own."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1,localhost")
    monkeypatch.setenv("ROOFPV_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("roofpv.cli.weather.fetch._sleep", lambda _: None)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(monkeypatch, capsys):
    def call(*arguments):
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["roofpv", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return end.value.code, *capsys.readouterr()

    return call


@pytest.fixture
def served():
    with serving() as server:
        yield server


@pytest.fixture
def town(tmp_path):
    file = tmp_path / "town.csv"
    file.write_text(HEAD + TOWN, encoding="utf-8")
    return file


def fetch(served, *more, source="pvgis"):
    years = () if source == "pvgis-tmy" else ("--years", "2019")
    url = {"pvgis": "/v5_3", "pvgis-tmy": "/v5_3", "nasa-power": "/point", "nsrdb": "/nsrdb"}
    address = ("--url", served.url + url[source])
    return ("weather", "fetch", "--source", source, *years, *address, *more)


def files(folder="cache"):
    return sorted(path.suffix for path in Path(folder).iterdir()) if Path(folder).exists() else []


def test_ten_thousand_buildings_of_a_city_are_a_handful_of_requests(run, served, tmp_path):
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(106.3, 106.6, 10_000), rng.uniform(38.9, 39.2, 10_000)
    rows = (
        f"b{i},school,3,3000,{x:.5f},{y:.5f}" for i, (x, y) in enumerate(zip(lon, lat, strict=True))
    )
    inventory = tmp_path / "city.csv"
    inventory.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    code, out, err = run(*fetch(served, "--inventory", inventory, "-o", "city.nc"))
    assert (code, served.count) == (0, 4)
    assert out == (
        "city.nc: 4 weather sites, 8,760 hours, PVGIS 5.3: PVGIS hourly, PVGIS-SARAH3, ERA5, "
        "2019-2019; 4 requests, 0 answers from the cache\n"
    )
    assert [line.partition(" ")[0] for line in err.splitlines()] == ["1/4", "2/4", "3/4", "4/4"]
    assert files() == [".json"] * 4 + [".nc"] * 4


@pytest.mark.parametrize("source", ["pvgis", "pvgis-tmy", "nasa-power", "nsrdb"])
def test_what_was_fetched_serves_an_assessment_offline(run, town, monkeypatch, source):
    monkeypatch.setenv("NSRDB_API_KEY", KEY)
    monkeypatch.setenv("NSRDB_EMAIL", MAIL)
    with serving() as served:
        code, *_ = run(*fetch(served, "--inventory", town, "-o", "w.nc", source=source))
        assert code == 0
    assert served.count == 3
    code, _, err = run("assess", town, "-o", "out", "--weather", "w.nc", "--rules", "none")
    assert (code, err) == (0, "")
    result = roofpv.read_results("out")
    assert set(result.buildings["weather_site"]) <= set(read_weather("w.nc")["site"].to_numpy())
    assert result.buildings["specific_yield_kwh_per_kwp"].between(600, 2000).all()


def test_a_second_run_needs_no_network(run, town):
    with serving() as served:
        assert run(*fetch(served, "--inventory", town, "-o", "a.nc"))[0] == 0
    code, out, _ = run(*fetch(served, "--inventory", town, "-o", "b.nc"))
    assert code == 0
    assert "0 requests, 3 answers from the cache" in out
    assert Path("a.nc").read_bytes() == Path("b.nc").read_bytes()


def test_a_cache_may_be_named(run, served):
    assert run(*fetch(served, "--lat", 39, "--lon", 106, "-o", "a.nc", "--cache", "mine"))[0] == 0
    assert files("mine") == [".json", ".nc"]
    assert files() == []


def test_no_network_is_one_line_and_can_be_resumed(run, town):
    with serving() as served:
        run(*fetch(served, "--lat", 38.875, "--lon", 106.625, "-o", "one.nc"))
    code, out, err = run(*fetch(served, "--inventory", town, "-o", "w.nc"))
    assert (code, out) == (4, "")
    last = err.splitlines()[-1]
    assert last == (
        f"roofpv: pvgis_39.125N_106.375E: {served.url.removeprefix('http://')} cannot be reached "
        "(5 tries). Check the network, or try later. Nothing is lost: 1 of 3 answers are in the "
        f"cache {Path('cache').absolute()}; run the same command again to go on"
    )
    assert files() == [".json", ".nc"]
    assert not Path("w.nc").exists()


FAULTS = {
    "429": (TOO_MANY, "HTTP 429 Too Many Requests: Too many requests (5 tries)"),
    "429, wait": (
        Fault(429, b"", {"Retry-After": "86400"}),
        "HTTP 429 Too Many Requests, and the service asks to wait 1440 minutes. Wait that long",
    ),
    "500": (BROKEN, "HTTP 500 Internal Server Error: Internal error (5 tries)"),
    "page": (Fault(200, PAGE), "a web page in place of data (Down for maintenance) (5 tries)"),
    "503": (Fault(503, PAGE), "HTTP 503 Service Unavailable: Down for maintenance (5 tries)"),
    "cut": (Fault(body=b"{", cut=99), "an answer that is cut off or damaged (5 tries)"),
    "slow": (Slow(0.6), "no answer within 0.2 s (5 tries)"),
}


@pytest.mark.parametrize("name", list(FAULTS))
def test_a_service_that_fails_is_told_in_one_line(run, served, town, name):
    fault, said = FAULTS[name]
    served.for_ever = fault
    code, out, err = run(*fetch(served, "--inventory", town, "-o", "w.nc", "--timeout", "0.2"))
    assert (code, out) == (4, "")
    lines = err.splitlines()
    assert sum(line.startswith("roofpv: ") for line in lines) == 1
    assert lines[-1].startswith(f"roofpv: pvgis_38.875N_106.625E: {said}")
    assert lines[-1].endswith("run the same command again to go on")
    assert "0 of 3 answers are in the cache" in lines[-1]
    assert len(lines) == served.count == (1 if name == "429, wait" else 5)
    assert files() == []
    assert not Path("w.nc").exists()


def test_a_fault_that_passes_is_only_progress(run, served, town):
    served.script += [TOO_MANY, BROKEN, BROKEN, BROKEN]
    code, _, err = run(*fetch(served, "--inventory", town, "-o", "w.nc"))
    assert (code, served.count) == (0, 7)
    assert err.splitlines()[0].endswith("Too many requests; try 2 of 5 in 2 s")
    assert not [line for line in err.splitlines() if line.startswith("roofpv")]


def test_a_cell_over_the_sea_is_named_and_exits_2(run, served, town):
    served.script += [None, Fault(400, b'{"message": "Location over the sea."}')]
    code, out, err = run(*fetch(served, "--inventory", town, "-o", "w.nc"))
    assert (code, out, served.count) == (2, "", 3)
    assert err.splitlines()[-1].startswith(
        "roofpv: pvgis_39.125N_106.375E: the service refuses: Location over the sea. (HTTP 400)"
    )
    assert "No file was written; 2 of 3 answers are in the cache" in err.splitlines()[-1]
    assert not Path("w.nc").exists()


def test_several_refusals_are_counted(run, served, town):
    served.for_ever = Fault(400, b'{"message": "no"}')
    code, _, err = run(*fetch(served, "--inventory", town, "-o", "w.nc"))
    assert (code, served.count) == (2, 2)
    assert "(1 more are refused, see above)" in err.splitlines()[-1]


def test_killed_in_the_middle_only_the_rest_is_asked_for(run, served, town, tmp_path):
    served.script += [None, None, Slow(30)]
    command = fetch(served, "--inventory", town, "-o", "w.nc")
    process = subprocess.Popen(
        [sys.executable, "-m", "roofpv.cli", *map(str, command)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    with process:
        for _ in range(600):
            if served.count == 3:
                break
            time.sleep(0.1)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert served.count == 3
    assert files() == [".json", ".json", ".nc", ".nc"]
    assert not Path("w.nc").exists()
    code, out, _ = run(*command)
    assert (code, served.count) == (0, 4)
    assert "1 requests, 2 answers from the cache" in out
    assert served.asked[3] == served.asked[2]
    assert read_weather("w.nc").sizes["site"] == 3


def test_an_interrupt_leaves_a_sound_cache(run, served, town, monkeypatch):
    def interrupted(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr("roofpv.cli.weather.fetch._sleep", interrupted)
    code, *_ = run(*fetch(served, "--inventory", town, "-o", "w.nc"))
    assert code == 130
    assert files() == [".json", ".nc"]


def test_one_json_document(run, served, town):
    code, out, _ = run(*fetch(served, "--inventory", town, "-o", "w.nc", "--json"))
    document = json.loads(out)
    assert code == 0
    assert (document["cells"], document["requests"], document["in_cache"]) == (3, 3, 3)
    assert document["stopped"] is None
    assert document["refused"] == []
    assert [one["rows"] for one in document["sites"]] == [8760] * 3


def test_one_json_document_of_a_failure(run, served, town):
    served.script += [None, *[BROKEN] * 5]
    code, out, _ = run(*fetch(served, "--inventory", town, "-o", "w.nc", "--json"))
    document = json.loads(out)
    assert code == 4
    assert document["out"] is None
    assert (document["requests"], document["in_cache"], document["sites"]) == (2, 1, [])
    assert "HTTP 500" in document["stopped"]


def test_a_dry_run_shows_the_requests_and_makes_none(run, served, town, monkeypatch):
    monkeypatch.setenv("NSRDB_API_KEY", KEY)
    monkeypatch.setenv("NSRDB_EMAIL", MAIL)
    arguments = fetch(served, "--inventory", town, "--dry-run", source="nsrdb")
    code, out, err = run(*arguments)
    assert (code, served.count, files()) == (0, 0, [])
    lines = out.splitlines()
    assert lines[0].startswith(f"nsrdb_38.875N_106.625E, 1 building: GET {served.url}/nsrdb?")
    assert lines[-1].startswith("3 cells, 3 requests; cache ")
    assert "cells of NSRDB are 0.25 degrees" in err
    assert "nothing was asked or written" in err
    assert KEY not in out + err
    assert MAIL not in out + err


def test_a_dry_run_knows_what_is_in_the_cache(run, served, town):
    run(*fetch(served, "--lat", 39.125, "--lon", 106.375, "-o", "one.nc"))
    code, out, _ = run(*fetch(served, "--inventory", town, "--dry-run", "--json"))
    document = json.loads(out)
    assert (code, document["requests"]) == (0, 2)
    assert [one["in_cache"] for one in document["questions"]] == [False, True, False]


def test_keys_are_in_no_file_and_no_message(run, served, town, monkeypatch):
    monkeypatch.setenv("NSRDB_API_KEY", KEY)
    monkeypatch.setenv("NSRDB_EMAIL", MAIL)
    served.script += [Fault(500, f"trouble with {KEY}".encode())]
    arguments = fetch(served, "--inventory", town, "-o", "w.nc", "--json", source="nsrdb")
    code, out, err = run(*arguments)
    assert code == 0
    assert served.asked[0]["api_key"] == KEY
    written = b"".join(path.read_bytes() for path in Path().rglob("*") if path.is_file())
    assert "***" in err
    for secret in (KEY, MAIL):
        assert secret not in out + err
        assert secret.encode() not in written


def test_buildings_without_a_place_are_counted_and_named(run, served, tmp_path):
    bare = "".join(f"X{i},school,3,3000,,\n" for i in range(7))
    inventory = tmp_path / "town.csv"
    inventory.write_text(HEAD + TOWN + bare + "Y,school,3,-3000,106.4,39\n", encoding="utf-8")
    code, _, err = run(*fetch(served, "--inventory", inventory, "-o", "w.nc"))
    assert (code, served.count) == (0, 3)
    assert (
        "warning: 7 buildings have no place and no cell of weather: X0, X1, X2, X3, X4 and 2 m"
        in err
    )
    assert "warning: 1 rows cannot be used and get no weather" in err


def test_one_building_without_a_place(run, served, tmp_path):
    inventory = tmp_path / "town.csv"
    inventory.write_text(HEAD + TOWN + "X,school,3,3000,,\n", encoding="utf-8")
    _, _, err = run(*fetch(served, "--inventory", inventory, "--dry-run"))
    assert "warning: 1 building has no place and no cell of weather: X\n" in err


def test_a_plane_table_is_an_inventory(run, served, tmp_path):
    inventory = tmp_path / "planes.csv"
    inventory.write_text(
        "plane_id,building_id,surface_tilt,surface_azimuth,area_m2,lon,lat\n"
        "p1,A,30,180,100,106.37,39.01\np2,A,30,0,100,106.37,39.01\n",
        encoding="utf-8",
    )
    assert run(*fetch(served, "--inventory", inventory, "-o", "w.nc"))[0] == 0
    assert served.count == 1


def test_places_are_asked_for_as_they_are_or_by_cells(run, served):
    places = ("--lat", 39.033, "--lon", 106.35, "--lat", 38.883, "--lon", 106.55)
    assert run(*fetch(served, *places, "-o", "a.nc"))[0] == 0
    assert [(one["lat"], one["lon"]) for one in served.asked] == [
        ("39.033", "106.35"),
        ("38.883", "106.55"),
    ]
    assert run(*fetch(served, *places, "--cell-degrees", 2, "-o", "b.nc"))[0] == 0
    assert [(one["lat"], one["lon"]) for one in served.asked[2:]] == [
        ("39.0", "107.0"),
    ]


def test_a_file_is_not_replaced_unless_asked_to(run, served):
    Path("w.nc").write_text("mine")
    arguments = fetch(served, "--lat", 39, "--lon", 106, "-o", "w.nc")
    code, _, err = run(*arguments)
    assert (code, served.count) == (2, 0)
    assert "w.nc: exists already. Add --overwrite" in err
    assert run(*arguments, "--overwrite")[0] == 0
    assert read_weather("w.nc").sizes["time"] == 8760


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("-o", "w.nc"), "no place to fetch weather for"),
        (("--lat", 39, "--lon", 106), "-o: missing"),
        (("--lat", 39, "--lon", 106, "-o", "w.csv"), "Give a name that ends in .nc"),
        (("--lat", 39, "-o", "w.nc"), "1 latitudes and 0 longitudes"),
        (("--lat", 99, "--lon", 1, "-o", "w.nc"), "no place on Earth"),
        (("--inventory", "town.csv", "--lat", 1, "--lon", 1, "-o", "w.nc"), "Give one of them"),
        (("--inventory", "town.csv", "-o", "w.nc", "--cell-degrees", 0), "--cell-degrees"),
        (("--inventory", "none.csv", "-o", "w.nc"), "no such file"),
        (("--inventory", "bare.csv", "-o", "w.nc"), "none of its 1 usable rows has a place"),
        (("--lat", 39, "--lon", 106, "-o", "w.nc", "--years", "last"), "'last' are no years"),
        (("--inventory", "town.csv", "-o", "w.nc", "--max-requests", 2), "3 cells are 3 requests"),
    ],
)
def test_wrong_input_is_one_line_and_no_request(run, served, town, more, said):
    Path("bare.csv").write_text(HEAD + "A,school,3,3000,,\n", encoding="utf-8")
    code, out, err = run(*fetch(served, *more))
    assert (code, out, served.count, files()) == (2, "", 0, [])
    (line,) = err.splitlines()
    assert line.startswith("roofpv: ")
    assert said in line


def test_a_key_is_asked_for_before_the_network_is(run, served, monkeypatch):
    monkeypatch.delenv("NSRDB_API_KEY", raising=False)
    arguments = fetch(served, "--lat", 39, "--lon", 106, "-o", "w.nc", source="nsrdb")
    code, _, err = run(*arguments)
    assert (code, served.count) == (2, 0)
    assert "NSRDB_API_KEY, NSRDB_EMAIL: the NSRDB answers only those who have a key" in err
