"""Refusals, and ends of long lists, that ordinary weather seldom reaches."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import requests

import roofpv.weather
from roofpv import cli
from roofpv.errors import InvalidWeather
from roofpv.weather import (
    Convention,
    WeatherSite,
    bundled_folder,
    bundled_weather,
    combine_sites,
    weather_dataset,
)
from roofpv.weather.fetch import Patience
from roofpv.weather.fetch.transport import Refused, Request, Stopped, ask
from roofpv.weather.read import examine_weather
from roofpv.weather.times import Rows, regular
from roofpv.weather.write import write_weather

sys.path.append(str(Path(__file__).parents[1]))
from faultserver import Fault, serving

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
        return end.value.code, capsys.readouterr().out

    return call


def holed(folder, rows):
    """The bundled year without some of its rows, counted from its first; and their file's rows."""
    lines = TOWN.read_text("utf-8").splitlines()
    head = next(i for i, line in enumerate(lines) if line.startswith("time,")) + 1
    kept = [line for i, line in enumerate(lines) if i - head not in set(rows)]
    file = folder / "holed.csv"
    file.write_text("\n".join(kept) + "\n", encoding="utf-8")
    # The row after a hole, as it stands in the file that lacks all rows before it.
    return file, [head + row + 1 - i for i, row in enumerate(sorted(rows))]


# weather.dataset, weather.times


@pytest.mark.parametrize("label", ["end", "middle", "", "Start"])
def test_a_dataset_has_starts_or_instants(label):
    times = pd.date_range("2019-01-01", periods=8760, freq="h")
    frame = pd.DataFrame({"ghi": 0.0, "temp_air": 5.0}, index=times)
    site = WeatherSite("town", 39.0, 106.4, 1100.0)
    with pytest.raises(InvalidWeather) as caught:
        weather_dataset(frame, site, Convention(label), {"source": "w.csv"})
    assert caught.value.where == "w.csv, time_label"
    assert caught.value.problem == repr(label)
    assert caught.value.mend == "Write start or instant"


@pytest.mark.parametrize("row", [0, 3, 9])
def test_a_row_without_time_is_named(row):
    times = pd.date_range("2019-01-01", periods=10, freq="h").to_series().reset_index(drop=True)
    times.iloc[[row, 9]] = pd.NaT
    with pytest.raises(InvalidWeather) as caught:
        regular(Rows(pd.DatetimeIndex(times), np.arange(10) + 5, "w.csv"))
    assert caught.value.where == f"w.csv, row {row + 5}, column time"
    assert caught.value.problem == "no time can be read there"


# weather/__init__.py


def test_an_unknown_name_of_the_package_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"'roofpv\.weather' has no attribute 'forecast'"):
        _ = roofpv.weather.forecast
    with pytest.raises(ImportError, match="forecast"):
        from roofpv.weather import forecast  # noqa: F401, PLC0415
    assert not hasattr(roofpv.weather, "_bundled_weather")


# weather.fetch.transport


@pytest.fixture
def unchecked(monkeypatch):
    """Answers as those versions of urllib3 give them that do not count the bytes."""
    get = requests.get

    def lenient(*given, **known):
        answer = get(*given, **known)
        answer.raw.enforce_content_length = False
        return answer

    monkeypatch.setattr(requests, "get", lenient)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")


def asked(script):
    """What a reader gets of such answers, the pauses taken and the lines told."""
    pauses, lines = [], []
    with serving() as served:
        served.script += script
        request = Request("cell", served.url + "/point", {})
        patience = Patience(tries=len(script), sleep=pauses.append, tell=lines.append)
        try:
            return ask(request, patience, bytes), pauses, lines
        except (Refused, Stopped) as error:
            return error, pauses, lines


@pytest.mark.usefixtures("unchecked")
def test_an_answer_shorter_than_stated_is_asked_again():
    got, pauses, lines = asked([Fault(body=b"sunshine", cut=4), Fault(body=b"sunshine, all")])
    assert got == b"sunshine, all"
    assert pauses == [2.0]
    assert lines == ["cell: an answer that is cut off (8 of 12 bytes); try 2 of 2 in 2 s"]


@pytest.mark.usefixtures("unchecked")
def test_an_answer_that_stays_shorter_than_stated_is_no_answer():
    got, _, lines = asked([Fault(body=b"sun", cut=1)] * 3)
    assert isinstance(got, Stopped)
    assert got.problem == "an answer that is cut off (3 of 4 bytes) (3 tries)"
    assert len(lines) == 2


# weather.examine


SIX = [100, 1000, 2000, 3001, 4000, 5000]


@pytest.mark.parametrize("count", [5, 6])
def test_of_more_than_five_holes_the_first_are_named_and_all_are_counted(tmp_path, count):
    file, rows = holed(tmp_path, SIX[:count])
    (found,) = examine_weather(file)
    told = [problem for problem in found.problems if problem.code == "missing_rows"]
    assert [problem.where for problem in told[:5]] == [
        f"holed.csv, row {row}, column time" for row in rows[:5]
    ]
    assert all(problem.count == 1 for problem in told[:5])
    assert all(problem.severity == "warning" for problem in told)
    rest = [(problem.where, problem.what) for problem in told[5:]]
    said = "6 rows are missing in 6 places; the first are named"
    assert rest == ([] if count == 5 else [("holed.csv, column time", said)])


def test_the_sum_of_the_holes_counts_rows_not_places(tmp_path):
    file, _ = holed(tmp_path, [*SIX, 5001, 5002])
    (found,) = examine_weather(file)
    assert any(
        problem.what.startswith("8 rows are missing in 6 places") for problem in found.problems
    )


# roofpv weather check, info


@pytest.mark.parametrize("count", [5, 6, 7])
def test_five_sites_are_shown_and_of_the_others_the_verdict(run, tmp_path, count):
    town = bundled_weather("dawukou")
    names = [f"site-{i}" for i in range(count)]
    write_weather(
        combine_sites([town.assign_coords(site=[name]) for name in names]), tmp_path / "n.nc"
    )
    code, out = run("check", "n.nc", "--no-picture")
    assert code == 0
    assert out.count("Verdict: usable") == 5
    ends = out.splitlines()[len(out.splitlines()) - (count - 5) :]
    assert ends == [f"{name}: usable" for name in names[5:]]
    for name in names:
        assert name in out


def test_info_of_a_file_with_warnings_points_to_the_check(run, tmp_path):
    file, _ = holed(tmp_path, SIX)
    code, out = run("info", file)
    assert code == 0
    assert out.splitlines()[-1] == "  verdict     usable, with warnings; see roofpv weather check"
    code, out = run("info", TOWN)
    assert code == 0
    assert "verdict" not in out
