"""A list in parts among the buildings around it: the same as in one piece, whatever the parts."""

from __future__ import annotations

import dataclasses
import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr
from partsmaker import Alone, files_in, messy_list, run_of, write_list
from streetmaker import horizon

from roofpv import assess, read_inventory, read_results, write_results
from roofpv.assumptions import from_values
from roofpv.batch import run_in_parts
from roofpv.batch.cut import Reading
from roofpv.batch.run import _is_list
from roofpv.surroundings import read_surroundings
from roofpv.weather import bundled_weather

PARTS = (7, 17, 61)


def street() -> gpd.GeoDataFrame:
    """The messy list in a street: near each other, with towers, blocks and parts among them."""
    frame = messy_list()
    number = np.arange(len(frame))
    east, north = 106.37 + (number % 8) * 4e-4, 39.01 + (number // 8) * 3e-4
    usual = frame.geometry.notna() & (number != 33)
    middle = shapely.centroid(frame.geometry.to_numpy())
    moved = [
        shapely.affinity.translate(shape, x - spot.x, y - spot.y) if fine else shape
        for shape, fine, x, y, spot in zip(frame.geometry, usual, east, north, middle, strict=True)
    ]
    frame = frame.set_geometry(gpd.GeoSeries(moved, crs=4326))
    for one, other in ((40, 3), (44, 5), (60, 0), (59, 30)):
        half = 4e-5 if one == 44 else 0.0
        frame.loc[one, "geometry"] = shapely.affinity.translate(frame.geometry[other], half)
    frame.loc[[16, 17, 35], "height_m"] = [60.0, 45.0, 5000.0]
    return frame


def context_of(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Most of the street with other heights, and what is only there."""
    rows = [i for i in range(len(frame)) if i % 6 and i != 33 and frame.geometry[i] is not None]
    around = frame.iloc[rows][["building_id", "use", "floors", "height_m", "geometry"]].copy()
    shapes = around.geometry.to_numpy()
    around["height_m"] = np.where(np.arange(len(around)) % 3, around["height_m"] + 2.0, np.nan)
    moved = [
        shape if turn % 4 else shapely.affinity.translate(shape, 2e-5)
        for turn, shape in enumerate(shapes)
    ]
    around = around.set_geometry(moved, crs=4326)
    x, y = 106.37, 39.01
    more = [
        (shapely.box(x - 1e-4, y - 1e-4, x + 1.5e-3, y + 9e-4), 12.0),
        (shapely.box(x + 1e-3, y + 1e-3, x + 1.03e-3, y + 1.03e-3), 80.0),
        (shapely.box(x + 3.3e-3, y + 1e-3, x + 3.5e-3, y + 1.2e-3), 90.0),
        (shapely.box(x + 3.3e-3, y + 1e-3, x + 3.5e-3, y + 1.2e-3), 95.0),
        (shapely.box(x + 3.31e-3, y + 1e-3, x + 3.5e-3, y + 1.2e-3), np.nan),
        (shapely.box(x + 5e-2, y, x + 5.01e-2, y + 1e-4), 20.0),
        (shapely.box(x + 2e-3, y + 2.9e-3, x + 2.2e-3, y + 3e-3), 2000.0),
        (None, 10.0),
    ]  # fmt: skip
    rest = gpd.GeoDataFrame(
        {"building_id": [f"C{i}" for i in range(len(more))], "use": "office",
         "floors": 3.0, "height_m": [height for _, height in more]},
        geometry=[shape for shape, _ in more], crs=4326,
    )  # fmt: skip
    return gpd.GeoDataFrame(pd.concat([around, rest], ignore_index=True), crs=4326)


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


def in_parts(files, context, out, part_rows):
    run = run_of(files["list"], out, part_rows)
    terrain = files["horizon"] if context == "other" else None
    settings = SETTINGS if context == "other" else {}
    shared = dataclasses.replace(run.shared, assumed=from_values(settings, "test"))
    run = dataclasses.replace(
        run, shared=shared, context=files[context], around=read_surroundings(terrain=terrain)
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("roofpv.batch.run.Crew", Alone)
        run_in_parts(run)
    return out


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
