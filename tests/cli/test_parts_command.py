"""``roofpv assess`` of a long list, and ``roofpv status``."""

from __future__ import annotations

import json
import os
import re
import signal

import pytest
import shapely
from partsmaker import PART, ROWS, Alone, files_in, messy_list, write_list

from roofpv.batch.lock import Lock
from roofpv.batch.rehearse import rehearsal_lines

PARTS = -(-ROWS // PART)


class Stopping(Alone):
    """A crew during whose second task a signal comes."""

    def do(self, tasks):
        for turn, answer in enumerate(super().do(tasks)):
            if turn == 1 and type(answer[0]).__name__ == "Assess":
                os.kill(os.getpid(), signal.SIGINT)
            yield answer


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch):
    monkeypatch.setattr("roofpv.batch.run.Crew", Alone)
    monkeypatch.setattr("roofpv.batch.cut.PART_ROWS", PART)
    monkeypatch.setattr("roofpv.batch.cut.LONG_ROWS", PART)


@pytest.fixture
def inventory(tmp_path):
    return write_list(tmp_path / "list.parquet")


def test_a_long_list_stopped_and_gone_on(run, inventory, tmp_path, monkeypatch):
    out = tmp_path / "out 1"
    monkeypatch.setattr("roofpv.batch.run.Crew", Stopping)
    done = run("assess", inventory, "--district-hours", "-o", out)
    assert (done.code, done.out) == (4, "")
    assert done.err.splitlines()[-1] == (
        "stopped; what is done is kept. To go on: "
        f"roofpv assess {inventory} --district-hours -o '{out}'"
    )
    told = json.loads(run("status", out, "--json").out)
    assert told == {
        "state": "stopped", "inventory": "list.parquet", "rows": ROWS, "rows_done": PART,
        "parts": PARTS, "parts_done": 1, "parts_damaged": [], "parts_older": 0, "held_by": None,
    }  # fmt: skip
    monkeypatch.setattr("roofpv.batch.run.Crew", Alone)
    done = run("assess", inventory, "-o", out)
    assert done.code == 2
    assert "holds another run" in done.err
    with monkeypatch.context() as other:
        # A folder keeps its parts.
        other.setattr("roofpv.batch.cut.PART_ROWS", ROWS)
        done = run("assess", inventory, "--district-hours", "-o", out, "--memory", "0.1GiB")
        assert "Allow more, or begin anew in smaller parts: --overwrite" in done.err
        done = run("assess", inventory, "--district-hours", "-o", out)
    assert done.code == 0
    assert (out / "district_hours.nc").is_file()
    assert f"{ROWS} buildings in = " in done.out
    assert "assessed 61 rows in 4 parts" in done.err
    assert run("status", out).out == "done: 61 of 61 rows of list.parquet in 4 of 4 parts\n"
    other = run("assess", inventory, "--district-hours", "-o", tmp_path / "other", "--json")
    assert json.loads(other.out)["counts"]["in"] == ROWS
    assert files_in(out) == files_in(tmp_path / "other")


def test_status_of_a_run_that_works_and_of_damage(run, inventory, tmp_path, monkeypatch):
    out = tmp_path / "out"
    monkeypatch.setattr("roofpv.batch.run.Crew", Stopping)
    assert run("assess", inventory, "-o", out).code == 4
    (out / "planes.parquet" / "part-00000.parquet").write_bytes(b"")
    with Lock(out):
        lines = run("status", out).out.splitlines()
        done = run("assess", inventory, "-o", out)
    assert lines == [
        "running: 0 of 61 rows of list.parquet in 0 of 4 parts",
        f"process {os.getpid()} works on it",
        "1 parts are damaged and done again: 0",
    ]
    assert done.code == 2
    assert "another run works in this folder" in done.err
    assert "give the same roofpv assess command" in run("status", out).out


def test_status_of_no_run(run, tmp_path):
    done = run("status", tmp_path)
    assert done.code == 2
    assert "no run in parts" in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("option", ["--waterfall"])
def test_what_needs_the_whole_list_is_done_in_one_piece(run, option, inventory, tmp_path):
    done = run("assess", inventory, "-o", tmp_path / "out", option, "--district-hours")
    assert done.code == 0
    assert done.err.startswith(f"in one piece, in memory, for {option}\n")
    assert (tmp_path / "out" / "buildings.parquet").is_file()
    assert (tmp_path / "out" / "district_hours.nc").is_file()


def test_a_short_list_is_done_in_one_piece(run, tmp_path, monkeypatch):
    monkeypatch.setattr("roofpv.batch.cut.PART_ROWS", ROWS)
    monkeypatch.setattr("roofpv.batch.cut.LONG_ROWS", ROWS)
    done = run("assess", write_list(tmp_path / "list.parquet"), "-o", tmp_path / "out")
    assert done.code == 0
    assert (tmp_path / "out" / "buildings.parquet").is_file()


def test_a_file_that_is_no_parquet(run, tmp_path):
    (tmp_path / "list.parquet").write_text("no")
    done = run("assess", tmp_path / "list.parquet", "-o", tmp_path / "out")
    assert done.code == 2
    assert "cannot be read as .parquet" in done.err


@pytest.mark.parametrize("long", [True, False])
def test_a_list_that_needs_no_cluster(long, run, inventory, tmp_path, monkeypatch):
    monkeypatch.setattr("roofpv.batch.cut.LONG_ROWS", PART if long else ROWS)
    extra = ["--waterfall"] if long else []
    done = run("assess", inventory, "-o", tmp_path / "out", "--scheduler", "local", *extra)
    assert done.code == 2
    assert "--scheduler: the list is" in done.err
    assert not (tmp_path / "out").exists()


def test_a_newer_list_into_the_folder_of_an_older_one(run, inventory, tmp_path, monkeypatch):
    out, frame = tmp_path / "out", messy_list()
    assert run("assess", inventory, "-o", out).code == 0
    frame.loc[3, "floors"] = 9.0
    newer = write_list(tmp_path / "newer.parquet", frame)
    done = run("assess", newer, "-o", out)
    assert done.code == 2
    assert "of another list.parquet or context. Add --update" in done.err
    assert "takes away" in run("assess", newer, "-o", out, "--update", "--overwrite").err
    done = run("assess", newer, "-o", out, "--update")
    assert done.code == 0
    assert re.search(r"assessed 61 rows in 4 parts, \d+ of them anew", done.err)
    monkeypatch.setattr("roofpv.batch.cut.LONG_ROWS", ROWS)
    assert "--update: the list is not" in run("assess", newer, "-o", out, "--update").err


def test_a_list_that_is_torn_is_told_as_such(run, inventory, tmp_path):
    out, torn = tmp_path / "out", tmp_path / "torn.parquet"
    assert run("assess", inventory, "-o", out).code == 0
    before = files_in(out)
    torn.write_bytes(inventory.read_bytes()[:-100])
    for given in (("--update",), ("--memory", "2GiB"), ()):
        done = run("assess", torn, "-o", out, *given)
        assert done.code == 2
        assert done.err.startswith("roofpv: torn.parquet: cannot be read as .parquet")
    assert files_in(out) == before


def test_a_long_list_among_its_own_buildings(run, inventory, tmp_path, monkeypatch):
    out = tmp_path / "out"
    monkeypatch.setattr("roofpv.batch.run.Crew", Stopping)
    given = ("assess", inventory, "--context", inventory, "--keep-skylines")
    assert run(*given, "-o", out).code == 4
    assert json.loads(run("status", out, "--json").out)["parts_done"] == 1
    monkeypatch.setattr("roofpv.batch.run.Crew", Alone)
    assert run(*given, "-o", out).code == 0
    assert sorted(path.name for path in (out / "skylines.nc").iterdir()) == [
        *(f"part-{number:05d}.nc" for number in range(PARTS)), "whole.json",
    ]  # fmt: skip
    assert run(*given, "-o", tmp_path / "other").code == 0
    assert files_in(out) == files_in(tmp_path / "other")
    assert run("explain", out, "B001", "--json").code == 0
    copy = write_list(tmp_path / "c.parquet")
    done = run("assess", inventory, "-o", out, "--context", copy, "--keep-skylines")
    assert done.code == 2
    assert "holds this result already" in done.err


def test_a_context_of_points_is_refused(run, inventory, tmp_path):
    points = messy_list().iloc[:20]
    points = points.set_geometry(shapely.centroid(points.geometry.to_numpy()), crs=4326)
    context = write_list(tmp_path / "points.parquet", points)
    done = run("assess", inventory, "-o", tmp_path / "out", "--context", context)
    assert done.code == 2
    assert "none of its 20 rows has an outline (found points or lines)" in done.err


def test_a_context_that_is_no_parquet_is_read_in_one_piece(run, inventory, tmp_path):
    messy_list().to_file(tmp_path / "context.gpkg")
    done = run("assess", inventory, "-o", tmp_path / "out", "--context", tmp_path / "context.gpkg")
    assert done.code == 0
    assert done.err.startswith("in one piece, in memory, for --context\n")


@pytest.mark.parametrize("around", [True, False])
def test_a_long_list_rehearsed(around, run, inventory, tmp_path, monkeypatch):
    monkeypatch.setattr("roofpv.batch.rehearse.TRIED", 40)
    shade = ["--context", inventory] if around else []
    done = run("assess", inventory, "-o", tmp_path / "out", "--dry-run", "--jobs", "1", *shade)
    lines = done.out.splitlines()
    assert re.fullmatch(r"61 rows \(\d{3,4} cells\) in 4 parts", lines[0].replace(",", ""))
    assert lines[1].startswith("usable of the first 40 rows: 3")
    assert re.fullmatch(r"by the first 40 rows about \d+ (s|min), and \d+ MB of disk", lines[2])
    assert re.fullmatch(r"about \d\.\d GiB of memory", lines[3])
    assert (len(lines) == 6) == around
    if around:
        assert re.fullmatch(
            r"skylines are not kept; --keep-skylines keeps them, about \d+ MB more", lines[4]
        )
    assert not (tmp_path / "out").exists()
    told = json.loads(run("assess", inventory, "-o", tmp_path / "out", "--dry-run", "--json").out)
    assert told["rows"] == ROWS
    assert told["rows_tried"] == 40
    assert told["seconds"] > 0.0
    assert told["disk_bytes"] > 1e4


def test_a_rehearsal_with_a_context_that_cannot_be_used(run, inventory, tmp_path):
    frame = messy_list()
    frame["geometry"] = None
    context = write_list(tmp_path / "none.parquet", frame)
    done = run("assess", inventory, "-o", tmp_path / "out", "--dry-run", "--context", context)
    assert done.code == 2
    assert done.err.startswith("roofpv: --context none.parquet: none of its 61 rows has an outline")
    out = run("assess", inventory, "-o", tmp_path / "out", "--context", context)
    assert (out.code, out.err.splitlines()[-1:]) == (2, done.err.splitlines())
    assert not (tmp_path / "out").exists()


def test_minutes_of_a_rehearsal():
    told = {
        "rows": 10**6, "cells": 10**7, "parts": 50, "rows_tried": 2000, "usable_tried": 1999,
        "seconds": 600.0, "disk_bytes": 2e9, "memory_bytes": 2e9, "sorted": False,
        "skylines_bytes": 1.8e9, "skylines_kept": True, "update": True,
    }  # fmt: skip
    assert rehearsal_lines(told, shaded=True)[-3] == "with skylines of about 1,800 MB more"
    assert rehearsal_lines(told, shaded=True)[-1].startswith("this is for the whole list: --update")
    said = rehearsal_lines(told | {"skylines_bytes": 0.0, "update": False}, shaded=False)
    assert said[-1] == "about 1.9 GiB of memory"
    assert said[-2] == "by the first 2,000 rows about 10 min, and 2,000 MB of disk"


def test_a_list_in_no_order_is_sorted(run, tmp_path, monkeypatch):
    monkeypatch.setattr("roofpv.batch.around.MOST_ABOUT", 10)
    monkeypatch.setattr("roofpv.batch.around.MOST_TIMES", 2)
    monkeypatch.setattr("roofpv.batch.rehearse.TRIED", 20)
    inventory = write_list(tmp_path / "list.parquet", messy_list().sample(frac=1.0, random_state=1))
    done = run("assess", inventory, "-o", tmp_path / "out", "--dry-run", "--context", inventory)
    assert done.out.splitlines()[-1].startswith("the list is in no spatial order: it is sorted")


def test_memory_that_is_no_size(run, inventory, tmp_path):
    for said in ("much", "2", "0GiB", "-1G"):
        done = run("assess", inventory, "-o", tmp_path / "out", "--memory", said)
        assert done.code == 2
        assert f"--memory: '{said}' is no size of a memory. Write 2GiB or 1500MB." in done.err


def test_memory_that_is_too_little_or_not_kept(run, inventory, tmp_path):
    given = ("assess", inventory, "-o", tmp_path / "out", "--memory", "500MB")
    done = run(*given)
    assert done.code == 2
    assert "--memory: 61 buildings in parts of 17 take about 0.8 GiB, allowed are 0.5" in done.err
    done = run(*given, "--waterfall")
    assert done.code == 2
    assert "--memory: the list is assessed in one piece, for --waterfall" in done.err
    messy_list().to_file(tmp_path / "list.gpkg")
    done = run("assess", tmp_path / "list.gpkg", *given[2:])
    assert done.code == 2
    assert "--memory: the list is no GeoParquet file" in done.err


def test_fewer_processes_for_little_memory(run, inventory, tmp_path):
    given = ("assess", inventory, "-o", tmp_path / "out", "--dry-run", "--json")
    done = run(*given, "--jobs", "3", "--memory", "1.2GiB")
    assert done.err == "of 3 processes 1 at once, to keep to --memory\n"
    told = json.loads(done.out)
    assert told["parts"] == PARTS
    assert told["memory_bytes"] < 1.2 * 1024**3
