"""Every command: exit codes, one line for a fault of the user, and what goes to which stream."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr

import roofpv
from roofpv import cli
from roofpv.results import DISTRICT_HOURS_FILE, FILES, SUPPLY_FILE, WATERFALL_FILE

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
LIBRARY = ROOT / "src" / "roofpv" / "targets" / "library" / "shizuishan-2025.toml"
BUILDINGS = """building_id,district,use,ownership,completed,floors,floor_area_m2,lon,lat
A,大武口区,school,public,1998,3,3000,106.37,39.01
B,平罗县,hospital,public,2024-06-30,5,5000,106.55,38.90
C,惠农区,government,public,2005,2,1200,106.77,39.22
"""
PLANES = """plane_id,building_id,surface_tilt,surface_azimuth,area_m2,kwp
p1,A,30,180,100,
p2,A,30,0,100,
p3,B,10,90,,5
"""
SQUARE = shapely.box(106.37, 39.01, 106.3705, 39.0104)


def shell(*arguments, **environment):
    """The command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "roofpv.cli", *map(str, arguments)],
        capture_output=True,
        env=os.environ | environment,
        timeout=60,
        check=False,
    )


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "buildings.csv").write_text(BUILDINGS, encoding="utf-8")
    (tmp_path / "planes.csv").write_text(PLANES, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """A result of the three buildings, hours included, written by a process of its own."""
    place = tmp_path_factory.mktemp("result")
    (place / "buildings.csv").write_text(BUILDINGS, encoding="utf-8")
    done = shell("assess", place / "buildings.csv", "-o", place / "out", "--hourly")
    assert done.returncode == 0, done.stderr.decode()
    assert not done.stderr
    return place / "out"


def contents(out):
    return {path.name: path.read_bytes() for path in sorted(out.iterdir())}


def assert_one_line(outcome, *words, code=2):
    assert outcome.code == code, outcome
    assert outcome.out == ""
    assert outcome.err.startswith("roofpv: ")
    assert outcome.err.count("\n") == 1, outcome.err
    assert outcome.err.endswith(".\n")
    assert "Traceback" not in outcome.err
    assert [word for word in words if word not in outcome.err] == []


# What is refused, in one line


def write_inputs(folder):
    """Every input that cannot be used."""
    (folder / "empty.csv").write_bytes(b"")
    (folder / "header.csv").write_text("building_id,floors\n", encoding="utf-8")
    (folder / "wrong.csv").write_text("foo,bar\n1,2\n", encoding="utf-8")
    (folder / "bytes.csv").write_bytes(b"building_id,\xff\xff\n\x00\n")
    (folder / "cut.geojson").write_text('{"type": "FeatureColl', encoding="utf-8")
    (folder / "cut.gpkg").write_bytes(b"SQLite format 3")
    (folder / "cut.parquet").write_bytes(b"PAR1")
    (folder / "list.xlsx").write_bytes(b"PK")
    far = BUILDINGS.replace("106.", "2.").replace(",39.", ",48.").replace(",38.", ",48.")
    (folder / "far.csv").write_text(far, encoding="utf-8")
    nowhere = gpd.GeoDataFrame({"building_id": ["a"]}, geometry=[SQUARE])
    nowhere.to_parquet(folder / "nowhere.parquet")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing.csv", ["no such file"]),
        ("", ["no such file"]),
        ("empty.csv", ["empty.csv", "the file is empty"]),
        ("header.csv", ["header.csv", "no rows"]),
        ("wrong.csv", ["wrong.csv", "found foo, bar", "roof_area_m2"]),
        ("bytes.csv", ["bytes.csv", "row 1", "neither utf-8 nor gb18030"]),
        ("cut.geojson", ["cut.geojson", "cannot be read"]),
        ("cut.gpkg", ["cut.gpkg", "cannot be read"]),
        ("cut.parquet", ["cut.parquet", "cannot be read"]),
        ("list.xlsx", ["list.xlsx", "no rows"]),
        ("nowhere.parquet", ["nowhere.parquet", "coordinate system", "--crs"]),
        ("far.csv", ["--weather", "km from the bundled weather"]),
    ],
)
def test_an_unusable_inventory_is_one_line(run, folder, name, words):
    write_inputs(folder)
    assert_one_line(run("assess", folder / name, "-o", folder / "out"), *words)
    assert not (folder / "out").exists()
    assert not list(folder.glob(".*"))


def test_buildings_far_away_are_no_fault_with_weather_of_their_own(run, folder):
    write_inputs(folder)
    done = run("assess", folder / "far.csv", "-o", folder / "out", "--weather", "dawukou")
    assert done.code == 0
    assert "km from their weather site" in done.out


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (["--set", "losses.sytem=0.1"], ["losses.sytem", "losses.system"]),
        (["--set", "loses.system=0.1"], ["loses.system", "losses.system"]),
        (["--set", "losses.system=abc"], ["losses.system", "'abc' is no number"]),
        (["--set", "losses.system=2"], ["losses.system", "outside 0 to 0.9"]),
        (["--set", "losses.system=nan"], ["losses.system", "outside"]),
        (["--set", "losses.system"], ["KEY=VALUE"]),
        (["--set", "models.iam=ashrae"], ["models.iam", "physical, martin_ruiz, none"]),
        (["--set", "targets.as_of=2025-02-30"], ["targets.as_of", "no date"]),
        (["--config", "no.toml"], ["no.toml", "cannot be read"]),
        (["--rules", "shizuishan"], ["shizuishan", "shizuishan-2025"]),
        (["--rules", "no-such-rule.toml"], ["no-such-rule.toml", "cannot be read"]),
        (["--weather", "no-such.epw"], ["no-such.epw", "no such file"]),
        (["--weather", "yinchuan"], ["yinchuan", "dawukou, huinong, pingluo"]),
        (["--crs", "EPSG:999999"], ["EPSG:999999", "no known coordinate system"]),
    ],
)
def test_an_impossible_option_is_one_line(run, folder, option, words):
    done = run("assess", folder / "buildings.csv", "-o", folder / "out", *option)
    assert_one_line(done, *words)
    assert not (folder / "out").exists()


@pytest.mark.parametrize("crs", ["EPSG:999999", "nonsense"])
def test_an_unknown_crs_of_footprints_is_one_line(run, folder, crs):
    write_inputs(folder)
    (folder / "wkt.csv").write_text(f'building_id,geometry\na,"{SQUARE.wkt}"\n', encoding="utf-8")
    for name in ("wkt.csv", "nowhere.parquet"):
        done = run("assess", folder / name, "-o", folder / "out", "--crs", crs)
        assert_one_line(done, crs, "no known coordinate system")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[losses\n", ["bad.toml", "TOML"]),
        ("[lossess]\nsystem = 0.1\n", ["bad.toml", "losses.system"]),
        ("[losses]\nsystem = 'abc'\n", ["bad.toml", "losses.system", "no number"]),
        ("losses = 3\n", ["bad.toml", "losses"]),
        ("[columns]\nheight_m = 'Höhe'\n", ["height_m", "Höhe"]),
        ("[columns]\nheigth = 'floors'\n", ["heigth", "height_m"]),
        ("columns = 3\n", ["bad.toml", "columns"]),
    ],
)
def test_a_bad_configuration_is_one_line(run, folder, text, words):
    (folder / "bad.toml").write_text(text, encoding="utf-8")
    done = run(
        "assess", folder / "buildings.csv", "-o", folder / "out", "--config", folder / "bad.toml"
    )
    assert_one_line(done, *words)


HOURS = "time,ghi,dni,dhi,temp_air,wind_speed\n"
PLACE = "# latitude: 39\n# longitude: 106\n"
LATER = "2020-01-01T01:00Z,1,1,1,1,1\n"
SHORT = "time,ghi\n2020-01-01T00:00Z,1\n2020-01-01T01:00Z,1\n"


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("w.csv", HOURS + "2020-01-01,3,1,1,1,1\n", ["w.csv", "row 2", "column time"]),
        (
            "w.csv",
            PLACE + HOURS + "2020-01-01T00:00Z,x,1,1,1,1\n" + LATER,
            ["w.csv", "row 4", "column ghi"],
        ),
        ("w.csv", SHORT, ["w.csv", "--lat"]),
        ("w.csv", PLACE + SHORT, ["w.csv", "column temp_air"]),
        ("w.csv", "ghi\n1\n", ["w.csv", "column time"]),
        ("w.csv", "", ["w.csv", "empty"]),
        ("w.csv", "\n\n", ["w.csv", "empty"]),
        ("w.epw", "LOCATION,here\n", ["w.epw", "cannot be read"]),
        ("w.json", "{}", ["w.json", "no known kind"]),
        ("w.nc", "hello", ["w.nc", "cannot be read"]),
        ("w.xlsx", "hello", ["w.xlsx", "unknown kind"]),
    ],
)
def test_bad_weather_is_one_line(run, folder, name, text, words):
    (folder / name).write_text(text, encoding="utf-8")
    done = run("assess", folder / "buildings.csv", "-o", folder / "out", "--weather", folder / name)
    assert_one_line(done, *words)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data.drop_vars("temp_air"), ["temp_air"]),
        (lambda data: data.drop_vars("latitude"), ["latitude"]),
        (lambda data: data.isel(time=slice(0, 100)), ["year"]),
        (lambda data: data.assign(ghi=data["ghi"] * 3.6), ["ghi", "kJ/m2"]),
        (lambda data: data.assign_attrs(utc_offset_hours="often"), ["often"]),
    ],
    ids=["column", "place", "short", "unit", "offset"],
)
def test_bad_weather_of_our_own_format_is_one_line(run, folder, change, words):
    change(roofpv.bundled_weather("dawukou")).to_netcdf(folder / "w.nc", engine="h5netcdf")
    done = run(
        "assess", folder / "buildings.csv", "-o", folder / "out", "--weather", folder / "w.nc"
    )
    assert_one_line(done, "w.nc", *words)


def test_a_header_that_is_no_number_is_one_line(run, folder):
    text = "\n".join(bundled_lines()).replace("fraction: 0.05", "fraction: nan")
    (folder / "w.csv").write_text(text, encoding="utf-8")
    done = run(
        "assess", folder / "buildings.csv", "-o", folder / "out", "--weather", folder / "w.csv"
    )
    assert_one_line(done, "w.csv", "ghi_uncertainty_fraction")


def bundled_lines():
    return (ROOT / "data" / "weather" / "dawukou.csv").read_text(encoding="utf-8").splitlines()


def test_a_weather_year_with_three_hours_missing_is_filled_and_told(run, folder):
    lines = bundled_lines()
    first = next(i for i, line in enumerate(lines) if line.startswith("time,"))
    gap = [*lines[: first + 101], *lines[first + 104 :]]
    (folder / "gap.csv").write_text("\n".join(gap), encoding="utf-8")
    done = run(
        "assess", folder / "buildings.csv", "-o", folder / "out", "--weather", folder / "gap.csv"
    )
    assert done.code == 0
    warnings = json.loads((folder / "out" / "run.json").read_text("utf-8"))["warnings"]
    assert any(f"row {first + 102}" in said and "3 rows are missing" in said for said in warnings)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id = [\n", ["rule.toml", "TOML"]),
        ("id = 'mine'\n", ["rule.toml", "target"]),
        (LIBRARY.read_text(encoding="utf-8").replace("threshold = 0.15", "threshold = 15"),
         ["rule.toml", "threshold", "0.15"]),
        (LIBRARY.read_text(encoding="utf-8").replace("strength =", "strenght =", 1),
         ["rule.toml", "strenght", "strength"]),
    ],
)  # fmt: skip
def test_a_bad_rule_is_one_line(run, folder, result, text, words):
    rule = folder / "rule.toml"
    rule.write_text(text, encoding="utf-8")
    assert_one_line(
        run("assess", folder / "buildings.csv", "-o", folder / "out", "--rules", rule), *words
    )
    assert_one_line(run("targets", result, "--rules", rule), *words)


@pytest.mark.parametrize("command", [["targets"], ["explain"]])
@pytest.mark.parametrize("place", ["missing", "empty", "file", "damaged"])
def test_a_folder_that_is_no_result_is_one_line(run, tmp_path, result, command, place):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("here", encoding="utf-8")
    (tmp_path / "damaged").mkdir()
    for name, data in contents(result).items():
        (tmp_path / "damaged" / name).write_bytes(data[: len(data) // 2])
    more = ["A"] if command == ["explain"] else []
    words = ["damaged", "again"] if place == "damaged" else ["no complete result", "again"]
    assert_one_line(run(*command, tmp_path / place, *more), *words)


def test_an_unknown_building_is_one_line(run, result):
    assert_one_line(run("explain", result, "Z"), "building Z", "buildings.csv")


def test_a_folder_of_something_else_is_never_replaced(run, folder):
    for more in ([], ["--overwrite"]):
        done = run("assess", folder / "buildings.csv", "-o", folder, *more)
        assert_one_line(done, "is no result of roofpv")
    assert_one_line(run("demo", folder), "is no result of roofpv")
    assert (folder / "buildings.csv").read_text(encoding="utf-8") == BUILDINGS


def test_a_file_in_the_place_of_the_folder_is_one_line(run, folder):
    done = run("assess", folder / "buildings.csv", "-o", folder / "planes.csv")
    assert_one_line(done, "is no result of roofpv")
    done = run("assess", folder / "buildings.csv", "-o", folder / "planes.csv" / "out")
    assert_one_line(done, "cannot be written")


def test_an_earlier_result_is_kept_without_overwrite_and_replaced_with_it(run, folder):
    job = ["assess", folder / "buildings.csv", "-o", folder / "out", "--weather", "dawukou"]
    assert run(*job).code == 0
    before = contents(folder / "out")
    assert_one_line(run(*job, "--set", "layout.flat_tilt=0"), "--overwrite")
    assert contents(folder / "out") == before
    assert run(*job, "--set", "layout.flat_tilt=0", "--overwrite").code == 0
    assert contents(folder / "out") != before
    assert sorted(path.name for path in folder.iterdir()) == ["buildings.csv", "out", "planes.csv"]


@pytest.mark.parametrize(
    "arguments",
    [[], ["nothing"], ["assess"], ["assess", "a.csv"],
     ["assess", "a.csv", "-o", "b", "--jobs", "0"],
     ["assess", "a.csv", "-o", "b", "--max-bad-share", "2"], ["targets", "out", "--as-of", "2025"],
     ["verify", "--no-such"]],
)  # fmt: skip
def test_wrong_usage_is_2_and_no_traceback(run, arguments):
    done = run(*arguments)
    assert done.code == 2
    assert done.out == ""
    assert "Usage: " in done.err
    assert "Traceback" not in done.err


# Faults of ours, and Ctrl-C


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (ZeroDivisionError("a\nb"), 70, "a fault of ours (ZeroDivisionError: a b)"),
        (AssertionError(), 70, "a fault of ours (AssertionError"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_a_fault_of_ours_is_70_and_an_interrupt_130(run, folder, monkeypatch, error, code, said):
    def fail(*_):
        raise error

    monkeypatch.delenv("ROOFPV_DEBUG", raising=False)
    monkeypatch.setattr(cli.options, "load_config", fail)
    done = run("assess", folder / "buildings.csv", "-o", folder / "out")
    assert done.code == code
    assert done.out == ""
    assert said in done.err
    assert done.err.count("\n") <= 1
    assert "Traceback" not in done.err


def test_debug_shows_where(folder, monkeypatch):
    def fail(*_):
        raise ZeroDivisionError

    monkeypatch.setenv("ROOFPV_DEBUG", "1")
    monkeypatch.setattr(cli.options, "load_config", fail)
    monkeypatch.setattr(sys, "argv", ["roofpv", "assess", "x", "-o", str(folder / "out")])
    with pytest.raises(ZeroDivisionError):
        cli.main()


def test_an_interrupt_leaves_nothing_behind(run, folder, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("roofpv.results.write_netcdf", stop)
    assert run("assess", folder / "buildings.csv", "-o", folder / "out").code == 130
    assert sorted(path.name for path in folder.iterdir()) == ["buildings.csv", "planes.csv"]


# What the commands do


def test_assess_writes_every_file_of_the_contract(result):
    assert sorted(contents(result)) == sorted([*FILES, SUPPLY_FILE, DISTRICT_HOURS_FILE])
    record = json.loads((result / "run.json").read_text(encoding="utf-8"))
    counts = record["counts"]
    assert counts["in"] == counts["assessed"] + counts["excluded"] + counts["quarantined"] == 3
    assert record["synthetic"] == ["weather"]
    assert all(set(one) >= {"key", "value", "source"} for one in record["assumptions"])
    assert [len(one["sha256"]) for one in record["inputs"]] == [64] * 4
    table = pd.read_csv(result / "buildings.csv", encoding="utf-8-sig")
    assert table["building_id"].tolist() == ["A", "B", "C"]
    assert table["weather_site"].tolist() == ["dawukou", "pingluo", "huinong"]


def test_hours_of_every_plane_add_up_to_its_months(result):
    with (
        xr.open_dataset(result / "energy.nc", engine="h5netcdf") as energy,
        xr.open_dataset(result / "weather.nc", engine="h5netcdf") as weather,
    ):
        assert energy.sizes == {"plane_id": 3, "month": 12, "time": 8760}
        assert energy.indexes["time"].equals(weather.indexes["time"])
        offset = pd.Timedelta(hours=float(weather.attrs["utc_offset_hours"]))
        month = (energy.indexes["time"] + offset).month
        for hourly, monthly, unit in (
            ("poa_global", "poa_kwh_per_m2", 1e-3),
            ("dc_kw", "dc_kwh", 1.0),
            ("ac_kw", "ac_kwh", 1.0),
        ):
            values = energy[hourly].to_numpy().astype(float) * unit
            added = np.stack([values[:, month == m].sum(axis=1) for m in range(1, 13)], axis=1)
            assert added == pytest.approx(energy[monthly].to_numpy(), rel=1e-6)
            assert energy[hourly].attrs["units"] in {"W/m2", "kW"}


def test_hours_of_no_planes_are_no_fault(run, folder):
    (folder / "gone.csv").write_text("plane_id,surface_tilt,kwp\np,99,5\n", encoding="utf-8")
    job = ["assess", folder / "gone.csv", "-o", folder / "out", "--weather", "dawukou"]
    assert run(*job, "--hourly").code == 3


def test_a_plane_table_is_assessed(run, folder):
    job = ["assess", folder / "planes.csv", "-o", folder / "out", "--weather", "dawukou"]
    done = run(*job, "--json")
    assert done.code == 0
    counts = json.loads(done.out)["counts"]
    assert (counts["in"], counts["assessed"]) == (2, 2)
    assert counts["planes"] == {"in": 3, "assessed": 3, "excluded": 0, "quarantined": 0}
    planes = pd.read_parquet(folder / "out" / "planes.parquet").set_index("plane_id")
    assert planes.loc["p3", "kwp"] == 5.0
    assert planes.loc["p2", "kwp"] == 0.0
    # 17.32 m x 5.77 m less its strips and 6 m2 of obstacles, 15.4 m x 4.56 m: 6 x 3 lying modules.
    assert planes.loc["p1", "module_count"] == 18


def test_columns_of_a_plane_table_that_no_building_has_are_not_taken_in_silence(run, folder):
    table = (
        "plane_id,surface_tilt,surface_azimuth,area_m2,existing_pv_kwp,floors\np,30,180,90,-5,x\n"
    )
    (folder / "odd.csv").write_text(table, encoding="utf-8")
    done = run("assess", folder / "odd.csv", "-o", folder / "out", "--weather", "dawukou")
    assert done.code in {0, 3}
    rows = pd.read_csv(folder / "out" / "buildings.csv", encoding="utf-8-sig")
    assert not (rows["existing_pv_kwp"] < 0).any()
    assert "existing_pv_kwp" in done.out + done.err


@pytest.mark.parametrize(
    "rows",
    [
        ["A,3,300", "A,3,300", "A#2,3,300"],
        ["A#2,3,300", "A,3,300", "A,3,300"],
        ["A,3,300", "A,3,300", "A,3,300"],
        [",3,300", "row-2,3,300"],
    ],
)
def test_repeated_ids_are_kept_apart(run, folder, rows):
    text = "\n".join(["building_id,floors,floor_area_m2", *rows])
    (folder / "ids.csv").write_text(text + "\n", encoding="utf-8")
    done = run("assess", folder / "ids.csv", "-o", folder / "out", "--weather", "dawukou")
    assert done.code == 0
    table = gpd.read_parquet(folder / "out" / "buildings.parquet")
    assert len(table) == len(rows)
    assert table["building_id"].is_unique


def test_rows_that_cannot_be_used_are_named_and_kept_aside(run, folder):
    more = "D,大武口区,school,public,2000,x,3000,106.37,39.01\nE,,school,public,2000,3,900,,\n"
    (folder / "mixed.csv").write_text(BUILDINGS + more, encoding="utf-8")
    job = ["assess", folder / "mixed.csv", "-o", folder / "out", "--overwrite"]
    done = run(*job)
    assert done.code == 0
    assert "row 5, geometry: no footprint" in done.err
    assert "also floors = x: not a number" in done.err
    assert "row 6, district: neither a place nor a district" in done.err
    lost = pd.read_csv(folder / "out" / "quarantine.csv", encoding="utf-8-sig")
    assert lost["row"].tolist() == [5, 6]
    assert lost[["column", "code", "reason", "what_to_do"]].notna().all(axis=None)
    assert run(*job, "--max-bad-share", "0.4").code == 0
    assert run(*job, "--max-bad-share", "0.39").code == 3
    assert run(*job, "--max-bad-share", "0").code == 3


def test_the_bad_share_of_a_plane_table_is_that_of_its_planes(run, folder):
    rows = [f"a{i},A,30,180,100" for i in range(9)] + ["b0,B,99,180,100"]
    text = "\n".join(["plane_id,building_id,surface_tilt,surface_azimuth,area_m2", *rows])
    (folder / "ten.csv").write_text(text + "\n", encoding="utf-8")
    job = [
        "assess",
        folder / "ten.csv",
        "-o",
        folder / "out",
        "--weather",
        "dawukou",
        "--overwrite",
    ]
    assert run(*job, "--max-bad-share", "0.2").code == 0
    assert run(*job, "--max-bad-share", "0.05").code == 3


ODD = ["POLYGON EMPTY", "GEOMETRYCOLLECTION EMPTY", "POINT EMPTY", "POLYGON ((oops",
       "LINESTRING (0 0, 1 1)"]  # fmt: skip


@pytest.mark.parametrize("wkt", ODD)
def test_an_odd_geometry_is_never_a_fault_of_ours_and_never_dropped_in_silence(run, folder, wkt):
    text = f'building_id,geometry,roof_area_m2\na,"{SQUARE.wkt}",\nb,"{wkt}",\n'
    (folder / "odd.csv").write_text(text, encoding="utf-8")
    done = run("assess", folder / "odd.csv", "-o", folder / "out", "--weather", "dawukou")
    assert done.code == 0, done.err
    assert "Warning" not in done.err
    assert "row 3, geometry" in done.err


def test_a_footprint_that_cannot_be_read_is_told_even_where_an_area_is_stated(run, folder):
    text = f'building_id,geometry,roof_area_m2\na,"{SQUARE.wkt}",\nb,"POLYGON ((oops",90\n'
    (folder / "odd.csv").write_text(text, encoding="utf-8")
    done = run("assess", folder / "odd.csv", "-o", folder / "out", "--weather", "dawukou")
    assert done.code == 0
    assert "geometry" in done.err or "WKT" in done.out


@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_a_dry_run_writes_nothing(run, folder, as_json):
    before = sorted(folder.iterdir())
    done = run("assess", folder / "buildings.csv", "-o", folder / "out", "--dry-run", *as_json)
    assert done.code == 0
    assert sorted(folder.iterdir()) == before
    if as_json:
        assert json.loads(done.out) == {"rows": 3, "usable": 3, "quarantined": 0}
    else:
        assert done.out == "3 rows, 3 usable, 0 quarantined\n"


def test_a_dry_run_leaves_an_earlier_result(run, folder):
    job = ["assess", folder / "buildings.csv", "-o", folder / "out", "--weather", "dawukou"]
    assert run(*job).code == 0
    before = contents(folder / "out")
    assert run(*job, "--dry-run").code == 0
    assert contents(folder / "out") == before


def test_without_rules_there_are_no_verdicts(run, folder):
    job = ["assess", folder / "buildings.csv", "-o", folder / "out", "--rules", "none"]
    done = run(*job, "--json")
    assert json.loads(done.out)["targets"] == []
    assert json.loads((folder / "out" / "targets.json").read_text(encoding="utf-8")) == []
    later = run("targets", folder / "out", "--rules", "shizuishan-2025", "--json")
    assert {entry["rule"] for entry in json.loads(later.out)} == {"shizuishan-2025"}
    assert run("targets", folder / "out", "--strict").code == 0


def test_settings_and_columns_come_from_a_file_and_set_wins(run, folder):
    text = "[losses]\nsystem = 0.2\nsnow = 0.0\n[columns]\nheight_m = 'Höhe'\n"
    (folder / "roofpv.toml").write_text(text, encoding="utf-8")
    table = BUILDINGS.replace("lon,lat", "lon,lat,Höhe").replace("\nB", ",9.5\nB")
    (folder / "high.csv").write_text(table, encoding="gb18030")
    done = run(
        "assess", folder / "high.csv", "-o", folder / "out", "--config", folder / "roofpv.toml",
        "--set", "losses.system=0.1", "--weather", "dawukou",
    )  # fmt: skip
    assert done.code == 0
    record = json.loads((folder / "out" / "run.json").read_text(encoding="utf-8"))
    values = {one["key"]: one["value"] for one in record["assumptions"]}
    assert (values["losses.system"], values["losses.snow"]) == (0.1, 0.0)
    rows = pd.read_csv(folder / "out" / "buildings.csv", encoding="utf-8-sig")
    assert rows["height_m"][0] == 9.5


def test_the_number_of_jobs_changes_no_byte_of_the_demo(run, tmp_path):
    for jobs in ("1", "2"):
        done = run("demo", tmp_path / jobs, "--jobs", jobs, "--json")
        assert done.code == 0
        assert json.loads(done.out)["counts"]["in"] > 800
    one, two = contents(tmp_path / "1"), contents(tmp_path / "2")
    assert {SUPPLY_FILE, WATERFALL_FILE} < set(one)
    assert [name for name in one if one[name] != two.get(name)] == []
    again = run("demo", tmp_path / "1")
    assert again.code == 0
    assert again.out.startswith("SYNTHETIC")
    assert contents(tmp_path / "1") == one


def test_targets_shows_what_assess_found(run, result):
    entries = json.loads(run("targets", result, "--json").out)
    assert entries == json.loads((result / "targets.json").read_text(encoding="utf-8"))
    text = run("targets", result)
    assert text.code == 0
    assert "target A" in text.out
    assert "target B" in text.out


def test_targets_as_of_another_day_are_judged_anew_and_not_written(run, result):
    before = contents(result)
    done = run("targets", result, "--as-of", "2023-12-31", "--json")
    assert done.code == 0
    entries = json.loads(done.out)
    assert {entry["as_of"] for entry in entries} == {"2023-12-31"}
    new = [e for e in entries if e["target"] == "A" and e["district"] is None and e["default"]]
    assert all(entry["counts"]["subject"] == 0 and entry["value"] is None for entry in new)
    assert contents(result) == before


@pytest.mark.parametrize("by", ["use", "ownership", "district"])
def test_targets_by_another_group_are_judged_anew(run, result, by):
    before = contents(result)
    done = run("targets", result, "--by", by, "--json")
    assert done.code == 0, done.err
    entries = json.loads(done.out)
    assert {entry["group_kind"] for entry in entries} == {by}
    told = json.loads((result / "targets.json").read_text(encoding="utf-8"))
    city = [{k: v for k, v in e.items() if "group" not in k} for e in entries if not e["group"]]
    # What is judged anew is drawn only where --certainty asks for it.
    drawn = ("probability", "value_q10", "value_q50", "value_q90")
    assert city == [
        {name: value for name, value in entry.items() if name not in drawn}
        for entry in told
        if entry["district"] is None
    ]
    groups = {entry["group"] for entry in entries} - {None}
    text = run("targets", result, "--by", by).out
    assert all(group in text for group in groups)
    assert contents(result) == before


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("eu-epbd-2024-art10", ["of the buildings must comply", "useful_floor_area_m2",
                                "no building of the list is of this target's subject"]),
        ("cn-whole-county-2021", ["50% in every district (reach)", "rural_home"]),
        ("cn-guangdong-2024", ["nothing asked for yet"]),
    ],
)  # fmt: skip
def test_targets_of_other_rules_say_what_is_lacking(run, result, rule, words):
    done = run("targets", result, "--rules", rule, "--as-of", "2024-12-31")
    assert done.code == 0, done.err
    assert all(word in done.out for word in words)


def test_targets_of_every_rule_of_the_library_can_be_judged(run, result):
    names = [file.stem for file in LIBRARY.parent.glob("*.toml")]
    rules = [part for name in names for part in ("--rules", name)]
    done = run("targets", result, *rules, "--json")
    assert done.code == 0, done.err
    assert {entry["rule"] for entry in json.loads(done.out)} == set(names)


def test_targets_writes_every_building_by_itself(run, result, folder):
    file = folder / "each.csv"
    done = run("targets", result, "--rules", "es-he5", "--rules", "de-bw-solar",
               "--as-of", "2030-12-31", "--buildings", file)  # fmt: skip
    assert done.code == 0, done.err
    assert file.read_bytes().startswith(b"\xef\xbb\xbfrule,target,reading,")
    assert run("targets", result, "--buildings", file).code == 0
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    assert {line.split(",")[0] for line in lines[1:]} == {"shizuishan-2025"}
    assert_one_line(run("targets", result, "--buildings", folder / "no" / "e.csv"), "cannot be")


def test_targets_of_no_rule_are_of_no_building(run, folder):
    job = ["assess", folder / "buildings.csv", "-o", folder / "out", "--weather", "dawukou"]
    assert run(*job, "--rules", "none").code == 0
    done = run("targets", folder / "out", "--buildings", folder / "each.csv")
    assert_one_line(done, "--buildings", "Name one with --rules")


def test_targets_strict_fails_where_the_city_misses_one(run, result):
    assert run("targets", result).code == 0
    assert run("targets", result, "--strict").code == 1
    assert run("targets", result, "--strict", "--as-of", "1990-01-01").code == 0


def test_targets_of_a_rule_file_can_be_judged_as_of_another_day(run, folder):
    rule = folder / "mine.toml"
    text = LIBRARY.read_text(encoding="utf-8").replace('"shizuishan-2025"', '"mine"')
    rule.write_text(text, encoding="utf-8")
    job = ["assess", folder / "buildings.csv", "-o", folder / "out", "--weather", "dawukou"]
    assert run(*job, "--rules", rule).code == 0
    done = run("targets", folder / "out", "--as-of", "2030-12-31", "--json")
    assert done.code == 0, done.err
    assert {entry["rule"] for entry in json.loads(done.out)} == {"mine"}


@pytest.mark.parametrize("building", ["A", "B", "C"])
def test_explain_tells_a_building(run, result, building):
    text = run("explain", result, building)
    assert text.code == 0
    assert text.out.startswith(f"Building {building}\n")
    told = json.loads(run("explain", result, building, "--json").out)
    for plane in told["planes"]:
        assert plane["pvlib_ac_kwh"] == pytest.approx(plane["kernel_ac_kwh"], rel=1e-9)


def test_verify_is_within_every_bar(run, monkeypatch):
    some = cli_comparisons()[:9]
    monkeypatch.setattr("roofpv.verify.COMPARISONS", some)
    text, document = run("verify"), run("verify", "--json")
    assert (text.code, document.code) == (0, 0)
    assert text.out.splitlines()[-1] == "9 of 9 within their bar"
    assert all(entry["passed"] for entry in json.loads(document.out))


def test_verify_fails_with_1(run, monkeypatch):
    from roofpv.verify import Comparison  # noqa: PLC0415

    off = (Comparison("pi", "3.14", 1e-9, "1", lambda: 1.6e-3),)
    monkeypatch.setattr("roofpv.verify.COMPARISONS", off)
    done = run("verify")
    assert done.code == 1
    assert "0 of 1" in done.out
    assert run("verify", "--json").code == 1


def cli_comparisons():
    from roofpv.verify import COMPARISONS  # noqa: PLC0415

    return COMPARISONS


def test_doctor_tells_what_it_stands_on(run):
    text, facts = run("doctor"), json.loads(run("doctor", "--json").out)
    assert text.code == 0
    assert facts["roofpv"] == roofpv.__version__
    assert facts["threads"] >= 1
    assert facts["bundled_data"] is True
    assert {"pvlib", "numba", "pandas"} <= set(facts["packages"])
    assert all(name in text.out for name in facts)


def test_version_and_help(run):
    assert run("--version").out == f"roofpv, version {roofpv.__version__}\n"
    of_weather = cli.cli.get_command(None, "weather").list_commands(None)
    nested = (["weather", name, "--help"] for name in of_weather)
    for arguments in (["-h"], ["--help"], *([n, "--help"] for n in cli.COMMANDS), *nested):
        done = run(*arguments)
        assert done.code == 0
        assert done.out.startswith("Usage: ")
        assert done.err == ""


# Streams


@pytest.mark.parametrize(
    "command",
    [
        ["targets", "{out}"],
        ["explain", "{out}", "A"],
        ["doctor"],
        ["assess", "{csv}", "-o", "{new}"],
        ["assess", "{csv}", "-o", "{new}", "--dry-run"],
        ["assess", "{bad}", "-o", "{new}"],
    ],
    ids=["targets", "explain", "doctor", "assess", "dry-run", "quarantine"],
)
def test_json_is_exactly_one_document(run, folder, result, command):
    (folder / "bad.csv").write_text(BUILDINGS + "D,,school,public,x,,,,\n", encoding="utf-8")
    places = {
        "out": result,
        "csv": folder / "buildings.csv",
        "bad": folder / "bad.csv",
        "new": folder / "new",
    }
    done = run(*(word.format(**places) for word in command), "--json")
    assert done.code == 0

    def refuse(name):
        raise AssertionError(name)

    json.loads(done.out, parse_constant=refuse)
    assert done.out.count("\n") == 1


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_without_chinese_is_no_fault(result, encoding):
    plain = {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": encoding}
    done = shell("targets", result, **plain, NO_COLOR="1")
    assert done.returncode == 0, done.stderr
    assert done.stderr == b""
    assert b"\x1b" not in done.stdout
    assert encoding == "ascii" or "  ???  " in done.stdout.decode(encoding)


def test_output_has_no_colour_off_a_terminal(run, result):
    assert "\x1b" not in run("targets", result).out


def test_a_reader_that_went_away_is_no_fault(result):
    read, write = os.pipe()
    os.close(read)
    job = [sys.executable, "-m", "roofpv.cli", "explain", str(result), "A"]
    done = subprocess.run(job, stdout=write, stderr=subprocess.PIPE, timeout=60, check=False)
    os.close(write)
    assert done.returncode in {0, 141}
    assert done.stderr == b""


# The README


def readme_commands():
    fenced = re.findall(r"```\w*\n(.*?)```", README, flags=re.DOTALL)
    lines = [line.partition("#")[0].strip() for block in fenced for line in block.splitlines()]
    found = [re.sub(r"^\S*(python3?|bin/python) -m roofpv\.cli ", "roofpv ", one) for one in lines]
    return sorted({one for one in found if one.startswith("roofpv ")})


def test_the_readme_names_the_main_commands():
    named = {line.split()[1] for line in readme_commands()}
    assert named >= set(cli.COMMANDS)


@pytest.mark.parametrize("line", readme_commands())
def test_a_command_of_the_readme_parses(line):
    _, name, *arguments = shlex.split(line)
    command = cli.cli.get_command(None, name)
    if isinstance(command, click.Group):
        name, *arguments = arguments
        command = command.get_command(None, name)
    assert command is not None, name
    command.make_context(name, arguments)


def every_command(group=cli.cli):
    for name in group.list_commands(None):
        command = group.get_command(None, name)
        yield from every_command(command) if isinstance(command, click.Group) else [command]


def test_an_option_of_the_readme_exists():
    params = [each for command in every_command() for each in command.params]
    words = {option for each in params for option in (*each.opts, *each.secondary_opts)}
    code = " ".join(re.findall(r"`(--[^`]+)`", README))
    options = set(re.findall(r"(?<!\S)--[a-z][a-z-]*", code))
    assert options >= {"--hourly", "--set", "--lat"}
    assert sorted(options - words) == []


def test_a_setting_of_the_readme_exists():
    from roofpv.assumptions import Assumptions, describe  # noqa: PLC0415

    known = {entry["key"] for entry in describe(Assumptions())}
    settings = re.findall(r"--set ([a-z_]+\.[a-z_]+)=", README)
    assert settings
    assert [key for key in settings if key not in known] == []


def test_the_demo_replaces_no_result_of_yours(run, folder):
    run("assess", folder / "buildings.csv", "-o", folder / "out", "--weather", "dawukou")
    before = (folder / "out" / "run.json").read_bytes()
    done = run("demo", folder / "out")
    assert_one_line(done, "out", "holds a result already")
    assert (folder / "out" / "run.json").read_bytes() == before


def test_zones_go_from_the_option_to_the_result(run, tmp_path):
    buildings = gpd.GeoDataFrame(
        {"building_id": ["A"], "district": ["大武口区"]}, geometry=[SQUARE], crs="EPSG:4326"
    )
    buildings.to_file(tmp_path / "list.gpkg")
    zones = gpd.GeoDataFrame(
        {"zone_id": ["on", "off"], "kind": ["水箱", "天窗"]},
        geometry=[
            shapely.box(106.3701, 39.0101, 106.3702, 39.0102), shapely.box(106.4, 39, 106.401, 39.1)
        ],
        crs="EPSG:4326",
    )  # fmt: skip
    zones.to_file(tmp_path / "zones.geojson")
    told = run(
        "assess", tmp_path / "list.gpkg", "--zones", tmp_path / "zones.geojson",
        "-o", tmp_path / "out", "--rules", "none",
    )  # fmt: skip
    assert told.code == 0
    result = roofpv.read_results(tmp_path / "out")
    assert result.run["zones"] == {"in": 2, "used": 1, "unused": 1}
    assert result.zones["zone_id"].tolist() == ["on"]
    assert result.zones["kind"].tolist() == ["plant"]
    assert "zones.parquet" in told.out


def test_zones_that_cannot_be_read_are_one_line(run, tmp_path):
    (tmp_path / "list.csv").write_text(BUILDINGS, encoding="utf-8")
    told = run(
        "assess", tmp_path / "list.csv", "--zones", tmp_path / "no.gpkg", "-o", tmp_path / "out"
    )
    assert told.code == 2
    assert "no.gpkg: no such file" in told.err
    assert not (tmp_path / "out").exists()
