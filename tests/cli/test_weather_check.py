"""``roofpv weather check`` and ``info``: verdict, picture, exit codes."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest

from roofpv import cli
from roofpv.weather import bundled_folder, combine_sites, read_weather
from roofpv.weather.write import write_weather

TOWN = bundled_folder("weather") / "dawukou.csv"


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """The command line in this process, in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["roofpv", "weather", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return end.value.code, *capsys.readouterr()

    return call


@pytest.fixture
def in_utc(tmp_path):
    """A file in UTC whose stamps say UTC+8."""
    lines = TOWN.read_text("utf-8").splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("time,"))
    times = pd.date_range("2000-12-31T16:00", periods=8760, freq="h")
    stamps = times.strftime("%Y-%m-%dT%H:%M+08:00")
    rows = [
        ",".join([t, *r.split(",")[1:]]) for t, r in zip(stamps, lines[first + 1 :], strict=True)
    ]
    head = [line for line in lines[: first + 1] if not line.startswith("# typical_year")]
    file = tmp_path / "utc.csv"
    file.write_text("\n".join([*head, *rows]) + "\n", encoding="utf-8")
    return file


def test_a_sound_file_is_usable_and_drawn(run, tmp_path):
    code, out, err = run("check", TOWN)
    assert code == 0
    assert "Verdict: usable" in out
    assert "agree with the sun" in out
    assert err == ""
    picture = tmp_path / "dawukou-check.svg"
    assert ElementTree.parse(picture).getroot().tag.endswith("svg")
    assert f"Picture: {picture.name}" in out


def test_the_table_of_months_adds_up_to_the_year(run):
    code, out, _ = run("check", TOWN, "--json", "--no-picture")
    assert code == 0
    (site,) = json.loads(out)["sites"]
    for name in ("ghi", "dni", "dhi"):
        assert sum(month[name] for month in site["months"]) == pytest.approx(
            site["year"][name], abs=0.05
        )
    assert site["year"]["ghi"] == pytest.approx(1615.0, rel=0.005)
    assert site["year"]["ghi"] < site["year"]["clear_sky_ghi"]


def test_a_wrong_clock_fails_the_check_with_its_mend(run, in_utc, tmp_path):
    code, out, _ = run("check", in_utc)
    assert code == 1
    assert "Verdict: refused" in out
    assert "--utc-offset 0" in out
    assert (tmp_path / "utc-check.svg").is_file()
    assert run("check", in_utc, "--utc-offset", "0", "--no-picture")[0] == 0
    code, out, _ = run("check", in_utc, "--trust-clock", "--no-picture")
    assert code == 0
    assert "usable, with warnings" in out


def test_the_picture_goes_where_it_is_told(run, tmp_path):
    code, _, _ = run("check", "huinong", "-o", tmp_path / "here.svg")
    assert code == 0
    assert (tmp_path / "here.svg").stat().st_size > 10_000
    (tmp_path / "file").write_text("", encoding="utf-8")
    code, _, err = run("check", "huinong", "-o", tmp_path / "file" / "here.svg")
    assert code == 2
    assert "cannot be written" in err
    assert len(err.splitlines()) == 1


def test_a_picture_replaces_only_what_it_may(run, tmp_path):
    mine = tmp_path / "mine.txt"
    mine.write_text("mine", encoding="utf-8")
    code, out, err = run("check", "huinong", "-o", mine)
    assert (code, out) == (2, "")
    assert "exists already" in err
    assert "--overwrite" in err
    assert mine.read_text("utf-8") == "mine"
    assert run("check", "huinong", "-o", mine, "--no-picture")[0] == 0
    assert run("check", "huinong", "-o", mine, "--overwrite")[0] == 0
    assert ElementTree.parse(mine).getroot().tag.endswith("svg")


def test_the_picture_of_an_earlier_check_is_replaced(run, tmp_path):
    earlier = tmp_path / "huinong-check.svg"
    earlier.write_text("old", encoding="utf-8")
    assert run("check", "huinong")[0] == 0
    assert ElementTree.parse(earlier).getroot().tag.endswith("svg")
    assert list(tmp_path.iterdir()) == [earlier]


def test_a_picture_that_fails_half_way_leaves_the_old_one(run, tmp_path, monkeypatch):
    earlier = tmp_path / "huinong-check.svg"
    earlier.write_text("old", encoding="utf-8")

    def full(self, text, **_):
        with self.open("w", encoding="utf-8") as opened:
            opened.write(text[:100])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    code, _, err = run("check", "huinong")
    assert code == 2
    assert "cannot be written (No space left on device). Give another place with -o" in err
    assert earlier.read_text("utf-8") == "old"
    assert list(tmp_path.iterdir()) == [earlier]


def test_names_of_many_sites_are_harmless_on_a_terminal(run, tmp_path):
    names = ["a", "b", "c", "d", "e", "evil\x1b[2J\nVerdict: usable"]
    town = read_weather(TOWN)
    file = tmp_path / "many.nc"
    write_weather(combine_sites([town.assign_coords(site=[name]) for name in names]), file)
    code, out, _ = run("check", file, "--no-picture")
    assert code == 0
    assert "\x1b" not in out
    assert out.splitlines()[-1].startswith("evil?[2J?Verdict: usable: usable")


def test_all_bundled_sites_at_once(run):
    code, out, _ = run("check", "shizuishan", "--no-picture", "--json")
    assert code == 0
    assert [site["site"] for site in json.loads(out)["sites"]] == ["dawukou", "huinong", "pingluo"]


def test_info_says_site_period_resolution_sums_and_source(run):
    code, out, _ = run("info", "pingluo")
    assert code == 0
    for part in ("38.8830 N, 106.5500 E, 1099 m", "8,760 of 60 min", "UTC+8", "GHI 1,68",
                 "SYNTHETIC", "station 53611", "typical year"):  # fmt: skip
        assert part in out


@pytest.mark.parametrize("command", ["check", "info"])
@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("none.epw", None, "no such file"),
        ("empty.csv", "", "empty"),
        ("page.json", "<!DOCTYPE html><html><body>busy</body></html>", "web page"),
        ("odd.xyz", "1 2 3\n", "odd.xyz"),
    ],
)
def test_a_file_that_is_no_weather_is_one_line_and_exit_2(
    run, tmp_path, command, name, content, said
):
    file = tmp_path / name
    if content is not None:
        file.write_text(content, encoding="utf-8")
    code, out, err = run(command, file)
    assert code == 2
    assert out == ""
    assert len(err.splitlines()) == 1
    assert said in err


@pytest.mark.parametrize(
    ("option", "value"),
    [("--column", "ghi"), ("--unit", "=K"), ("--utc-offset", "20"), ("--daylight-saving", "x")],
)
def test_options_that_cannot_be_are_refused(run, option, value):
    code, out, err = run("check", TOWN, option, value, "--no-picture")
    assert code == 2
    assert option in out + err


def test_names_from_a_file_are_harmless_on_a_terminal(run, tmp_path):
    text = TOWN.read_text("utf-8").replace("# site: dawukou", "# site: \x1b[2J<script>")
    file = tmp_path / "evil.csv"
    file.write_text(text, encoding="utf-8")
    _, out, _ = run("check", file)
    assert "\x1b" not in out
    drawn = Path("evil-check.svg").read_text("utf-8")
    assert "<script>" not in drawn
    assert "\x1b" not in drawn


ROOFS = """building_id,use,ownership,floors,floor_area_m2,lon,lat
A,school,public,3,3000,106.37,39.01
"""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--lat", "39"], "not given, but how to read it is"),
        (["--weather", "dawukou", "--utc-offset", "0"], "need no word"),
        (["--weather", TOWN, "--weather", TOWN.with_name("huinong.csv"), "--lat", "39"],
         "one place for 2 weather files"),
    ],
)  # fmt: skip
def test_a_word_on_reading_that_fits_no_file_is_refused(
    monkeypatch, capsys, tmp_path, options, said
):
    (tmp_path / "roofs.csv").write_text(ROOFS, encoding="utf-8")
    words = ["assess", tmp_path / "roofs.csv", "-o", tmp_path / "out", *options]
    monkeypatch.setattr(sys, "argv", ["roofpv", *map(str, words)])
    with pytest.raises(SystemExit) as end:
        cli.main()
    err = capsys.readouterr().err
    assert end.value.code == 2
    assert said in err
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "out").exists()
