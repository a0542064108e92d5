"""A list in parts among the buildings around it: the same as in one piece, whatever the parts."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from partsmaker import Alone, files_in, run_of, write_list
from partstreet import context_of, street
from streetmaker import horizon

from roofpv import assess, read_inventory, read_results, write_results
from roofpv.assumptions import from_values
from roofpv.batch import run_in_parts
from roofpv.batch.cut import Reading
from roofpv.batch.run import _is_list
from roofpv.batch.work import Assess
from roofpv.errors import InvalidResult
from roofpv.hours import hours_of
from roofpv.reopening import draw_roof, draw_skyline, reopen_many
from roofpv.report import explain
from roofpv.report.page import panel_sky
from roofpv.surroundings import read_surroundings
from roofpv.waterfalls import building_waterfall
from roofpv.weather import bundled_weather

PARTS = (7, 17, 61)


SETTINGS = {"roofs.parapet_height_m": 0.9}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder, frame = tmp_path_factory.mktemp("street"), street()
    return {
        "list": write_list(folder / "list.parquet", frame),
        "other": write_list(folder / "context.parquet", context_of(frame), 13),
        "far": write_list(folder / "far.parquet", context_of(frame).iloc[-3:-2], 13),
        "horizon": horizon(folder / "horizon.csv"),
    }


class Slicing(Alone):
    """A crew whose parts are done in two slices each."""

    def do(self, tasks):
        for task in tasks:
            rows = task.piece.rows
            halves = (0, rows // 2), (rows // 2, rows)
            parted = isinstance(task, Assess)
            given = dataclasses.replace(task, slices=halves) if parted else task
            yield task, given.do(self.orders)


def in_parts(files, context, out, part_rows, *, keep=True, crew=Alone):
    run = run_of(files["list"], out, part_rows)
    terrain = files["horizon"] if context == "other" else None
    settings = SETTINGS if context == "other" else {}
    shared = dataclasses.replace(run.shared, assumed=from_values(settings, "test"))
    run = dataclasses.replace(
        run, shared=shared, context=files[context], around=read_surroundings(terrain=terrain),
        keep_skylines=keep,
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("roofpv.batch.run.Crew", crew)
        run_in_parts(run)
    return out


@pytest.mark.parametrize("context", ["list", "other"])
def test_slices_of_a_part_come_to_the_bytes_of_one_go(context, files, tmp_path):
    whole = in_parts(files, context, tmp_path / "whole", 31)
    slices = in_parts(files, context, tmp_path / "slices", 31, crew=Slicing)
    assert files_in(whole) == files_in(slices)


@pytest.fixture(scope="module", params=["list", "other", "far"])
def whole(request, files, tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "out"
    other = request.param == "other"
    around = read_surroundings(
        read_inventory(files[request.param]), terrain=files["horizon"] if other else None
    )
    found = assess(
        read_inventory(files["list"]), bundled_weather(), surroundings=around,
        assumptions=from_values(SETTINGS if other else {}, "test"),
    )  # fmt: skip
    write_results(found, out)
    return request.param, out


def same(one, other):
    for name in ("quarantine.csv", "findings.csv", "supply.csv", "targets.json", "weather.nc"):
        assert (one / name).read_bytes() == (other / name).read_bytes()
    mine, theirs = (json.loads((out / "run.json").read_text("utf-8")) for out in (one, other))
    assert mine == theirs
    mine, theirs = read_results(one), read_results(other)
    for table in ("buildings", "planes"):
        a, b = getattr(mine, table), getattr(theirs, table)
        pd.testing.assert_frame_equal(
            a.drop(columns="geometry"), b.drop(columns="geometry"), check_dtype=False,
            check_exact=True,
        )  # fmt: skip
        assert a.geometry.to_wkb().equals(b.geometry.to_wkb())
    assert mine.energy.identical(theirs.energy)
    assert list(mine.skylines) == list(theirs.skylines)
    for name, data in mine.skylines.items():
        xr.testing.assert_identical(data, theirs.skylines[name])


@pytest.mark.parametrize("part_rows", PARTS)
def test_parts_are_as_one_piece(whole, files, tmp_path, part_rows):
    context, out = whole
    same(out, in_parts(files, context, tmp_path / "out", part_rows))


def test_what_the_street_is_meant_to_hold(whole):
    context, out = whole
    counts = read_results(out).run["shading"]["counts"]["neighbours"]
    assert counts["context_rows"] > 0
    if context == "far":
        assert counts["context_away_m"] > 1000
        return
    names = ["in_both_lists", "roofs", "context_rows_left_out", "context_overlapping"]
    if context == "other":
        names += ["context_blocks", "roofs_in_blocks", "roofs_not_in_context",
                  "implausible_height", "context_without_stated_height"]  # fmt: skip
    assert [name for name in names if not counts[name]] == []


def test_a_list_that_is_its_own_context_is_looked_over_once(files, tmp_path, monkeypatch):
    copy = tmp_path / "copy.parquet"
    copy.write_bytes(files["list"].read_bytes())
    looked = in_parts(files | {"copy": copy}, "copy", tmp_path / "once", 17)
    run = run_of(files["list"], tmp_path / "out", 17)
    assert _is_list(run, copy)
    assert not _is_list(dataclasses.replace(run, reading=Reading(crs="EPSG:4326")), copy)
    assert not _is_list(run, files["other"])
    monkeypatch.setattr("roofpv.batch.run._is_list", lambda *_: False)
    again = in_parts(files | {"copy": copy}, "copy", tmp_path / "again", 17)
    assert files_in(looked) == files_in(again)


def test_skylines_of_parts_are_kept_where_they_are_asked_for(files, tmp_path):
    kept = in_parts(files, "list", tmp_path / "kept", 31)
    bare = in_parts(files, "list", tmp_path / "bare", 31, keep=False)
    mine, theirs = files_in(kept), files_in(bare)
    assert [name for name in mine if name not in theirs] == [
        f"skylines.nc/part-{number:05d}.nc" for number in range(2)
    ]  # fmt: skip
    told = [f"kept/part-{number:05d}.skylines.parquet" for number in range(2)]
    assert [name for name in theirs if name not in mine] == told
    both = mine.keys() & theirs.keys()
    assert [name for name in both if theirs[name] != mine[name]] == ["manifest.jsonl"]
    found = read_results(bare)
    assert list(found.skylines) == ["neighbours", "own"]
    assert "own" in found.skylines
    ids = found.planes["building_id"].iloc[:1].tolist()
    for ask in (
        lambda: found.skylines["own"],
        lambda: explain(found, ids[0]),
        lambda: draw_skyline(found, ids[0], tmp_path / "skyline.svg", "en"),
        lambda: reopen_many(found, ids).skylines,
        lambda: building_waterfall(found, ids[0]),
        lambda: hours_of(found, from_values({}, "test")),
        lambda: read_surroundings(skylines=bare),
    ):
        with pytest.raises(InvalidResult, match=r"skylines .* were not kept\. .*--keep-skylines"):
            ask()
    draw_roof(found, ids[0], tmp_path / "roof.svg", "en")
    told, drawn = (panel_sky.skylines(one, np.zeros(len(one.planes), dtype=int))
                   for one in (found, read_results(kept)))  # fmt: skip
    assert told is None
    assert drawn is not None
    with pytest.raises(InvalidResult, match="holds another run"):
        in_parts(files, "list", bare, 31)


def test_a_list_in_no_order_is_sorted_for_its_parts(tmp_path, monkeypatch):
    monkeypatch.setattr("roofpv.batch.around.MOST_ABOUT", 10)
    monkeypatch.setattr("roofpv.batch.around.MOST_TIMES", 2)
    frame = street().sample(frac=1.0, random_state=1)
    paths = {"list": write_list(tmp_path / "list.parquet", frame)}
    out = in_parts(paths, "list", tmp_path / "parts", PARTS[0])
    around = read_surroundings(read_inventory(paths["list"]))
    found = assess(read_inventory(paths["list"]), bundled_weather(), surroundings=around)
    write_results(found, tmp_path / "whole")
    for name in ("quarantine.csv", "findings.csv", "supply.csv", "targets.json", "weather.nc"):
        assert (out / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    mine, theirs = (json.loads((one / "run.json").read_text("utf-8"))
                    for one in (out, tmp_path / "whole"))  # fmt: skip
    assert mine == theirs
    mine, theirs = read_results(out), read_results(tmp_path / "whole")
    stood = mine.buildings["source_row"].to_numpy()
    assert (np.diff(stood) < 0).any()
    for table, key in (("buildings", "building_id"), ("planes", "plane_id")):
        a, b = (getattr(one, table).set_index(key) for one in (mine, theirs))
        pd.testing.assert_frame_equal(
            a.drop(columns="geometry").loc[b.index], b.drop(columns="geometry"),
            check_dtype=False, check_exact=True,
        )  # fmt: skip
    by_plane = {"energy": (mine.energy, theirs.energy)}
    by_plane |= {name: (mine.skylines[name], data) for name, data in theirs.skylines.items()}
    for one, other in by_plane.values():
        xr.testing.assert_identical(one.sel(plane_id=other["plane_id"]), other)
