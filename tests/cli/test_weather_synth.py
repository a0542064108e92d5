"""``roofpv weather synth``: what it writes and shows, what it refuses in one line."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from roofpv import cli
from roofpv.weather import read_weather
from roofpv.weather.climate import read_climate
from roofpv.weather.synth import synthesize, synthesize_years

CLIMATE = Path(__file__).parents[2] / "data" / "weather" / "shizuishan.toml"
KNOWN = read_climate(CLIMATE)
GHI = "77.1,94.0,137.8,165.7,194.4,193.7,186.7,168.6,133.9,113.8,80.8,68.6"
TEMPERATURE = "-6.6,-1.9,5.2,12.4,17.5,22.1,24.2,22.4,17.2,10.3,0.9,-5.3"
PLACE = ("--lat", 39.0, "--lon", 106.4, "--altitude", 1100)
MEANS = (*PLACE, "--ghi", GHI, "--temp-air", TEMPERATURE)


@dataclass(frozen=True)
class Outcome:
    code: object
    out: str
    err: str


@pytest.fixture
def run(monkeypatch, capsys):
    """The command in this process."""

    def call(*arguments):
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["roofpv", "weather", "synth", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return Outcome(end.value.code, *capsys.readouterr())

    return call


def opened(path: Path) -> xr.Dataset:
    with xr.open_dataset(path, engine="h5netcdf") as file:
        return file.load()


def test_a_bundled_site_as_csv(run, tmp_path):
    file = tmp_path / "year.csv"
    done = run("-o", file, "--site", "dawukou")
    assert done.code == 0, done
    assert done.err == ""
    lines = done.out.splitlines()
    assert "SYNTHETIC" in lines[0]
    assert "one typical year, seed 753000" in lines[0]
    assert lines[2].startswith("dawukou: published > generated")
    assert lines[5].split()[:4] == ["1", "77.1", ">", "77.1"]
    assert lines[-1] == "1615 kWh/m2 a year"
    read = read_weather(file)
    drawn = synthesize(KNOWN["dawukou"], seed=753000)
    np.testing.assert_allclose(read["ghi"], drawn["ghi"], rtol=1e-14)
    assert read.attrs["synthetic"] == 1
    assert "SYNTHETIC" in read.attrs["stated_note"]


def test_all_bundled_sites_over_years_as_netcdf(run, tmp_path):
    file = tmp_path / "years.nc"
    done = run("-o", file, "--site", "shizuishan", "--years", "2007-2008", "--seed", 3)
    assert done.code == 0, done
    data = opened(file)
    assert data["site"].values.tolist() == list(KNOWN)
    assert data.sizes["time"] == 8760 + 8784
    drawn = synthesize_years(KNOWN["pingluo"], years=[2007, 2008], seed=3)
    np.testing.assert_array_equal(data["dni"][2], drawn["dni"][0])
    assert "2007 to 2008, seed 3" in done.out
    assert done.out.count("kWh/m2 a year, ") == 3


def test_one_site_of_a_climate_file_as_json(run, tmp_path):
    file = tmp_path / "years.nc"
    done = run(
        "-o", file, "--climate", CLIMATE, "--site", "huinong", "--years", 2, "--seed", 0, "--json"
    )
    assert done.code == 0, done
    told = json.loads(done.out)
    assert told["synthetic"] is True
    assert told["years"] == [2001, 2002]
    assert told["seed"] == 0
    [site] = told["sites"]
    assert site["site"] == "huinong"
    assert [month["month"] for month in site["months"]] == list(range(1, 13))
    assert site["months"][0]["ghi_kwh_per_m2"] == {"published": 81.0, "generated": 81.0}
    assert site["months"][4]["kt_p50"]["generated"] == pytest.approx(0.65, abs=0.03)
    totals = site["annual_ghi_kwh_per_m2"]
    assert list(totals) == ["2001", "2002"]
    assert np.mean(list(totals.values())) == pytest.approx(1669.6, abs=0.1)
    assert site["assumptions"] == []
    assert opened(file)["site"].item() == "huinong"


def test_every_site_of_a_climate_file(run, tmp_path):
    done = run("-o", tmp_path / "all.nc", "--climate", CLIMATE)
    assert done.code == 0, done
    assert opened(tmp_path / "all.nc").sizes["site"] == 3


def test_anywhere_from_two_rows_of_means(run, tmp_path):
    file = tmp_path / "here.nc"
    done = run("-o", file, *MEANS)
    assert done.code == 0, done
    assert "note: diffuse irradiation is assumed" in done.out
    data = opened(file)
    assert data["site"].item() == "site"
    assert data.attrs["utc_offset_hours"] == 7.0
    assert np.isnan(data["ghi_uncertainty_fraction"].item())
    assert data["ghi"].sum().item() / 1000 == pytest.approx(1615.1, abs=0.1)
    assert len(json.loads(data.attrs["warnings"])) == 5


def test_every_mean_can_be_given(run, tmp_path):
    file = tmp_path / "here.nc"
    done = run(
        "-o", file, *PLACE, "--per", "day", "--ghi", ",".join(["4.5"] * 12),
        "--dhi", ",".join(["1.9"] * 12), "--temp-air", ",".join(["15"] * 12),
        "--temp-air-min", ",".join(["9"] * 12), "--utc-offset", 8, "--wind-speed", 3.5,
        "--interannual-sd", 0.03, "--name", "here", "--json", "--years", "2010",
    )  # fmt: skip
    assert done.code == 2, done
    assert "month 1: 4.50 kWh/m2 a day, expected" in done.err
    sums = "2.5,3.4,4.4,5.5,6.3,6.5,6.0,5.4,4.5,3.7,2.7,2.2"
    done = run(
        "-o", file, *PLACE, "--per", "day", "--ghi", sums,
        "--dhi", "0.9,1.2,1.5,2,2.2,2.4,2.4,2.1,1.7,1.2,0.9,0.9", "--temp-air", TEMPERATURE,
        "--temp-air-min", ",".join(str(float(t) - 6) for t in TEMPERATURE.split(",")),
        "--utc-offset", 8, "--wind-speed", 3.5,
        "--interannual-sd", 0.03, "--name", "here", "--json", "--years", "2010",
    )  # fmt: skip
    assert done.code == 0, done
    [site] = json.loads(done.out)["sites"]
    assert site["months"][0]["ghi_kwh_per_m2"] == {"published": 77.5, "generated": 77.5}
    assert site["months"][1]["dhi_kwh_per_m2"] == {"published": 33.6, "generated": 33.6}
    assert site["months"][0]["temp_air_min"] == {"published": -12.6, "generated": -12.6}
    assert len(site["assumptions"]) == 1
    data = opened(file)
    assert data["site"].item() == "here"
    assert data.attrs["utc_offset_hours"] == 8.0
    assert np.all(data["wind_speed"] == 3.5)
    assert data["ghi_interannual_sd_fraction"].item() == 0.03
    assert data.indexes["time"][0].year == 2009  # 2010 begins at 16:00 UTC of the day before
    assert data.attrs["typical_year"] == 0


def test_a_name_is_harmless_on_a_terminal(run, tmp_path):
    done = run("-o", tmp_path / "year.csv", *MEANS, "--name", "evil\x1b[2J\nnote: measured")
    assert done.code == 0, done
    assert "\x1b" not in done.out
    assert "note: measured" not in done.out.splitlines()
    assert "evil?[2J?note: measured: published > generated" in done.out


def test_nothing_is_replaced_unless_told(run, tmp_path):
    file = tmp_path / "year.csv"
    file.write_text("mine", encoding="utf-8")
    done = run("-o", file, "--site", "dawukou")
    assert (done.code, done.out) == (2, "")
    assert "exists already" in done.err
    assert file.read_text(encoding="utf-8") == "mine"
    assert run("-o", file, "--site", "dawukou", "--overwrite").code == 0
    assert file.read_text(encoding="utf-8").startswith("# site: dawukou")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "--lat: missing"),
        (("--lat", 39, "--lon", 106), "--altitude: missing"),
        ((*PLACE, "--ghi", GHI), "--temp-air: missing"),
        ((*MEANS, "--site", "dawukou"), "--lat: stands beside --site"),
        (("--climate", CLIMATE, "--name", "here"), "--name: stands beside --site"),
        (("--site", "beijing"), "no site of shizuishan.toml. Choose one of dawukou"),
        (("--climate", CLIMATE, "--site", "shizuishan"), "no site of shizuishan.toml"),
        (("--climate", "absent.toml"), "expected a climate file in TOML"),
        ((*PLACE, "--ghi", "1,2,3", "--temp-air", TEMPERATURE), "--ghi: expected 12 numbers"),
        ((*PLACE, "--ghi", GHI, "--temp-air", "warm" + ",1" * 11), "--temp-air: expected 12"),
        ((*MEANS, "--per", "day"), "month 1: expected above 0 and below 12"),
        ((*MEANS, "--lat", 65), "-60 to 60, where every day has a sunrise"),
        (("--site", "dawukou", "--years", "2008-2005"), "--years 2008-2005: expected"),
        (("--site", "dawukou", "--years", "many"), "--years many: expected"),
        (("--site", "dawukou", "--years", "0"), "--years 0: expected"),
        (("--site", "dawukou", "--years", "500"), "--years 500: expected"),
        (("--site", "dawukou", "--years", "1900-2150"), "number of years up to 200"),
    ],
)
def test_wrong_input_is_one_line_and_no_file(run, tmp_path, arguments, said):
    done = run("-o", tmp_path / "year.nc", *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("roofpv: ")
    assert done.err.count("\n") == 1
    assert said in done.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "site", "said"),
    [
        ("year.xlsx", "dawukou", "ends in .csv"),
        ("year.csv", "shizuishan", "3 sites do not go into one CSV"),
    ],
)
def test_a_name_that_cannot_hold_it_is_refused(run, tmp_path, name, site, said):
    done = run("-o", tmp_path / name, "--site", site)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


@pytest.mark.parametrize("arguments", [["--seed", "-1"], ["--per", "week"]])
def test_wrong_options_are_usage(run, tmp_path, arguments):
    done = run("-o", tmp_path / "year.nc", "--site", "dawukou", *arguments)
    assert done.code == 2
    assert arguments[0] in done.err


def test_help_names_every_option(run):
    done = run("--help")
    assert done.code == 0
    for option in ("--site", "--climate", "--ghi", "--per", "--years", "--seed", "--overwrite"):
        assert option in done.out
    assert "SYNTHETIC" in done.out
