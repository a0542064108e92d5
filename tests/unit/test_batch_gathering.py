from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from roofpv.batch.columns import Parted, trim
from roofpv.batch.gathering import Gathering, Whole, answers
from roofpv.batch.merging import Heard
from roofpv.certainty.draws import ranks_of
from roofpv.exactly import exact_sum, exact_terms
from roofpv.finance import supply_curve
from roofpv.report.city.totals import Sums, totals
from roofpv.targets.measure import says_something


@pytest.fixture
def parts(tmp_path):
    frames = [
        {
            "building_id": ["a", "b"],
            "kwp": [1.0, None],
            "district": ["东", None],
            "flag": [True] * 2,
        },
        {"building_id": ["c"], "kwp": [3.0], "district": ["西"]},
    ]
    schema = pa.schema(
        [("building_id", pa.string()), ("kwp", pa.float64()), ("district", pa.string()),
         ("flag", pa.bool_()), ("irr", pa.float64()), ("exemption", pa.string()),
         ("completed", pa.timestamp("ms"))]
    )  # fmt: skip
    paths = []
    for number, columns in enumerate(frames):
        columns["flag"] = [number == 0] * len(columns["kwp"])
        empty = dict.fromkeys(("irr", "exemption", "completed"), [None] * len(columns["flag"]))
        paths.append(tmp_path / f"part-{number:05d}.parquet")
        pq.write_table(pa.table(columns | empty, schema=schema), paths[-1])
    return tuple(paths)


@pytest.mark.parametrize("coded", [False, True])
def test_columns_of_parts_stand_one_after_the_other(parts, coded):
    table = Parted(parts, coded)(["kwp", "district", "building_id", "flag", "no such"])
    assert list(table) == ["building_id", "kwp", "district", "flag"]
    assert table["building_id"].tolist() == ["a", "b", "c"]
    np.testing.assert_array_equal(table["kwp"], [1.0, np.nan, 3.0])
    assert table["district"].astype(object).where(table["district"].notna(), None).tolist() == [
        "东", None, "西",
    ]  # fmt: skip
    assert isinstance(table["district"].dtype, pd.CategoricalDtype) == coded
    assert table["flag"].tolist() == [True, True, False]


def test_a_column_without_values_takes_no_room(parts):
    table = Parted(parts)(["irr", "exemption", "completed"])
    assert table.isna().all(axis=None)
    assert table["completed"].dtype.kind == "M"
    assert all(table[name].to_numpy().strides == (0,) for name in ("irr", "exemption"))
    trim()


def test_steps_of_a_long_list_come_one_at_a_time(tmp_path):
    heard = [Heard(rows, rows, (), (0, 0.0), {}, (), ()) for rows in (1000, 3_000_000)]
    few, many = (Gathering(tmp_path, [], None, Whole({}), [], one).turns(2) for one in heard)
    assert len(few) == 1
    assert many[0][0].name == few[0][0].name
    assert {len(turn) for turn in many} == {1}


def test_a_step_of_a_longer_list_is_parted_among_processes(tmp_path):
    heard = Heard(200_000, 200_000, (), (0, 0.0), {}, (), ())
    run = Gathering(tmp_path, [], None, Whole({}), [], heard)
    for jobs, parts in ((1, 1), (2, 2), (64, 4)):
        (steps,) = run.turns(jobs)
        mine = [one.share for one in steps if one.name == "chances"]
        assert mine == [(number, parts) for number in range(parts)]
        assert [one.share for one in steps[parts:]] == [(0, 1)] * (len(steps) - parts)
    (steps,) = run.turns(2)
    told = [{"shares": []} if one.name == "chances" else {"of": one.name} for one in steps]
    found = answers(steps, told)
    assert found["chances"] == {"chances": []}
    assert found["money"] == {"of": "money"}


@pytest.mark.parametrize("turned", [False, True])
def test_numbers_in_a_file_stand_in_the_order_of_the_list(parts, tmp_path, turned):
    stands = tuple(tmp_path / f"{number}.npy" for number in range(2)) if turned else ()
    for path, rows in zip(stands, ([4, 2], [3]), strict=False):
        np.save(path, rows)
    table = Parted(parts, stands=stands)
    found = table.in_file(["kwp", "irr", "district", "no such"], tmp_path / "numbers")
    assert found.names == ("kwp",)
    at = np.array([2, 0])
    np.testing.assert_array_equal(found(at)["kwp"], table(["kwp"])["kwp"].to_numpy()[at])
    assert found(at[:0]).shape == (0, 1)
    assert table.in_file(["irr"], tmp_path / "none")(at).shape == (2, 0)
    left = Parted(parts, left=frozenset(["kwp"]))(["kwp", "building_id"])
    assert left["kwp"].isna().all()
    assert left["building_id"].notna().all()


def test_exact_terms_of_parts_add_up_to_the_whole():
    rng = np.random.default_rng(1)
    values = rng.normal(size=5000) * 10.0 ** rng.integers(-20, 20, 5000)
    parts = [term for part in np.split(values, [10, 700, 3000]) for term in exact_terms(part)]
    assert math.fsum(parts) == exact_sum(values) == math.fsum(values)
    assert len(parts) < 100


def test_totals_of_parts_are_those_of_the_whole():
    rng = np.random.default_rng(2)
    rows = 900
    table = pd.DataFrame(
        {
            "status": rng.choice(["assessed", "excluded"], rows),
            "district": rng.choice(["B", "A", None], rows),
            "kwp": rng.uniform(0.0, 9.0, rows),
            "ac_kwh": np.where(rng.random(rows) < 0.1, np.nan, rng.uniform(0.0, 9e3, rows)),
        }
    )
    sums = Sums()
    for part in (table[:7], table[7:600], table[600:]):
        mine = Sums()
        mine.add(part)
        sums.merge(mine)
    pd.testing.assert_frame_equal(sums.table(), totals(table), check_exact=True)


@pytest.mark.parametrize("kind", ["object", "str"])
def test_names_are_ranked_as_python_orders_them(kind):
    names = ["b", "楼", "a", "B", "b", "", "é", "😀", "\ufffd"]
    found = ranks_of(pd.Series(names, dtype=kind))
    places = {name: place for place, name in enumerate(sorted(set(names)))}
    assert found.tolist() == [places[name] for name in names]
    assert ranks_of(pd.Series(sorted(names), dtype=kind)).tolist() == sorted(found)


def test_half_of_a_pair_is_ranked_too():
    assert ranks_of(pd.Series(["b", "\ud800", "a"], dtype=object)).tolist() == [1, 2, 0]


@pytest.mark.parametrize("kind", ["object", "str"])
def test_what_is_blank_says_nothing(kind):
    cells = ["x", "", " ", None, "\u3000", " y", "楼", "\x7f", "\x1f"]
    expected = [True, False, False, False, False, True, True, True, False]
    assert says_something(pd.Series(cells, dtype=kind)).tolist() == expected
    assert says_something(pd.Series([1.0, np.nan])).tolist() == [True, False]


def test_roofs_of_one_cost_stand_by_their_id():
    cost = [2.0, 1.0, 2.0, np.nan, 1.0, 0.5]
    table = pd.DataFrame(
        {"building_id": list("ebdacf"), "lcoe_cny_per_kwh": cost, "ac_kwh": 1.0, "kwp": 1.0}
    )
    curve = supply_curve(table)
    assert "".join(curve["building_id"]) == "fbcde"
    assert curve["cumulative_kwh"].tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]
