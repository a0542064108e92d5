"""A list in no spatial order: its pieces, what they write put back, and keys that stand twice."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely
from partsmaker import ROWS, messy_list, write_list

from roofpv.batch import Run, memory
from roofpv.batch.cut import Reading, cut, read_piece, rows_at
from roofpv.batch.putback import sort_lines
from roofpv.batch.sorting import hilbert, order_by_place, sort_pieces
from roofpv.errors import InvalidConfig
from roofpv.inventory.keys import digests_of, keys_instead, repeated_keys
from roofpv.inventory.outlines.duplicates import may_be_twice
from roofpv.inventory.survey import survey


def test_a_curve_goes_to_a_neighbour_each_time():
    x, y = (one.ravel() for one in np.meshgrid(np.arange(32), np.arange(32)))
    along = hilbert(x, y, 5)
    order = np.argsort(along)
    assert sorted(along.tolist()) == list(range(1024))
    assert (np.abs(np.diff(x[order])) + np.abs(np.diff(y[order])) == 1).all()


def test_pieces_of_neighbours_hold_every_row_once(tmp_path, monkeypatch):
    monkeypatch.setattr("roofpv.batch.sorting._BUCKETS", 3)
    frame = messy_list().sample(frac=1.0, random_state=2)
    pieces = list(cut(write_list(tmp_path / "list.parquet", frame), tmp_path, Reading(), 17))
    surveys = [survey(read_piece(piece, tmp_path, Reading())) for piece in pieces]
    found = sort_pieces(tmp_path, pieces, order_by_place(surveys), 7)
    places = [piece.places(tmp_path) for piece in found]
    assert [piece.rows for piece in found] == [7] * 8 + [5]
    assert all((np.diff(one) > 0).all() for one in places)
    assert sorted(np.concatenate(places).tolist()) == list(range(ROWS))
    some = np.array([3, 20, 40, 60])
    rows = rows_at(some, found, (tmp_path, Reading()), {})
    assert rows["source_row"].tolist() == [4, 21, 41, 61]
    assert rows["building_id"].tolist() == frame["building_id"].iloc[some].tolist()
    # No outline and no place: behind all others.
    nowhere = np.flatnonzero(frame.geometry.isna().to_numpy())
    assert set(nowhere) <= set(places[-1])
    assert pq.read_schema(found[0].path(tmp_path)).metadata.keys() == {b"geo"}
    assert len({piece.sha256 for piece in found}) == len(found)


def test_lines_are_put_into_the_order_of_the_list(tmp_path):
    path = tmp_path / "findings.csv"
    head = '\ufeff"kind","sheet","row","value"\n'
    lines = [
        '"a","",12,"x, ""y""\nz"\n',
        '"b","",3,"one"\n',
        '"a","",12,"second"\n',
        '"c","",1,""\n',
    ]
    path.write_text(head + "".join(lines), encoding="utf-8", newline="")
    sort_lines(path)
    wanted = head + "".join(lines[turn] for turn in (3, 1, 0, 2))
    assert path.read_bytes().decode() == wanted
    path.write_text(head, encoding="utf-8", newline="")
    sort_lines(path)
    assert path.read_bytes().decode() == head


@pytest.mark.parametrize(
    "keys",
    [["a", "b", "c"], ["a", "b", "a", "a#2", "b", "a", "x"], ["a", "a", "a#2", "a#2", "a#3", "x"]],
)
def test_keys_that_stand_twice_are_told_by_few_of_them(keys):
    text = pd.Series(keys, dtype=object)
    read = set()

    def texts_at(places):
        read.update(places.tolist())
        return text.iloc[places]

    assert repeated_keys(digests_of(text), texts_at) == keys_instead(text)
    assert len(read) < len(keys)


def test_boxes_that_touch_are_found_along_strips(monkeypatch):
    rng = np.random.default_rng(4)
    low = np.column_stack([rng.uniform(106.0, 106.01, 300), rng.uniform(39.0, 39.01, 300)])
    size = rng.choice([1e-4, 2e-3, 0.0], (300, 2), p=[0.9, 0.05, 0.05])
    bounds = np.column_stack([low, low + size])
    bounds[7], bounds[8] = np.nan, bounds[9]
    area = np.where(np.isnan(bounds[:, 0]), np.nan, size.prod(axis=1) * 9.6e9 * 0.6)
    drawn = np.flatnonzero(~np.isnan(bounds[:, 0]))
    first, second = shapely.STRtree(shapely.box(*bounds[drawn].T)).query(
        shapely.box(*bounds[drawn].T)
    )
    touching = np.unique(drawn[first[first != second]])
    monkeypatch.setattr("roofpv.inventory.outlines.duplicates._BOXES", 40)
    some = may_be_twice(bounds, area)
    monkeypatch.setattr("roofpv.inventory.outlines.duplicates._may_share", lambda box, *_: box >= 0)
    every = may_be_twice(bounds, area)
    assert every.tolist() == touching.tolist()
    assert {8, 9} <= set(some) < set(every)


@pytest.mark.parametrize(
    ("said", "size"),
    [("2GiB", 2 * 1024**3), ("1500MB", 1.5e9), (" 1.5 g ", 1.5e9), ("800mib", 800 * 1024**2)],
)
def test_sizes_as_people_write_them(said, size):
    assert memory.size_of(said) == size


@pytest.mark.parametrize("said", ["", "GiB", "2", "2 parsecs", "-1GB", "0GB", "1e3MB"])
def test_no_sizes(said):
    with pytest.raises(InvalidConfig, match="is no size of a memory"):
        memory.size_of(said)


def test_a_budget_takes_smaller_parts_before_fewer_processes(tmp_path, monkeypatch):
    rows = 400_000
    monkeypatch.setattr("roofpv.batch.memory.rows_of", lambda _: rows)
    run = Run(tmp_path / "list.parquet", Reading(), None, tmp_path / "out", 2)
    for size, jobs in ((20_000, 2), (5_000, 2), (2_500, 2), (10_000, 1), (2_500, 1)):
        budget = memory.needed(rows, size, jobs, shaded=False)
        fit = memory.fitted(run, budget)
        assert memory.needed(rows, fit.part_rows, fit.jobs, shaded=False) <= budget
        assert fit.jobs == jobs
        assert fit.part_rows == size
    with pytest.raises(InvalidConfig, match=r"in parts of 2,500 take about .* Allow more"):
        memory.fitted(run, budget * 0.99)
    assert memory.needed(rows, 5_000, 2, shaded=True) > memory.needed(rows, 5_000, 2, shaded=False)
    budget = memory.needed(rows, 20_000, 2)
    hourly = dataclasses.replace(run, hours="planes")
    assert memory.fitted(run, budget).part_rows > memory.fitted(hourly, budget).part_rows


def test_adding_up_a_long_list_takes_more_than_small_parts():
    some, other = (memory.needed(3_000_000, size, 1, shaded=False) for size in (2_500, 5_000))
    assert some == other > memory.needed(400_000, 5_000, 1, shaded=False)
    # One process adds up at a time, and the others are sent home.
    assert memory.needed(3_000_000, 2_500, 2, shaded=False) == some
