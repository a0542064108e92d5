from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from roofpv.shares import inverse_distance, shares_of, weights_text


def _blend() -> pd.DataFrame:
    texts = [weights_text(["b", "a"], [0.75, 0.25]), None, weights_text(["a", "c"], [1.0, 0.0])]
    return pd.DataFrame({"weather_site": ["b", "c", "a"], "weather_weights": texts})


def test_a_site_alone_has_it_all() -> None:
    shares = shares_of(pd.DataFrame({"weather_site": ["b", "a", None, "b"]}))
    got = [(site, rows.tolist(), weights.tolist()) for site, rows, weights in shares.by_site()]
    assert got == [("a", [1], [1.0]), ("b", [0, 3], [1.0, 1.0])]


def test_shares_come_back_from_their_text() -> None:
    got = [(s, r.tolist(), w.tolist()) for s, r, w in shares_of(_blend()).by_site()]
    assert got == [("a", [0, 2], [0.25, 1.0]), ("b", [0], [0.75]), ("c", [1], [1.0])]


def test_a_table_without_rows_has_no_shares() -> None:
    for table in (_blend().iloc[:0], _blend().iloc[:0][["weather_site"]]):
        assert list(shares_of(table).by_site()) == []


def test_the_mean_is_weighted_and_missing_where_a_site_has_none() -> None:
    values = pd.Series({"a": 8.0, "b": 4.0, "c": np.nan})
    got = shares_of(_blend()).mean(values, 4)
    assert got[[0, 2]].tolist() == [5.0, 8.0]
    assert np.isnan(got[[1, 3]]).all()


@pytest.mark.parametrize("name", ["a:b;c", 'say "x"', "大武口", "007"])
def test_any_name_of_a_site_survives_the_text(name: str) -> None:
    text = weights_text([name, "z"], [2 / 3, 1 / 3])
    assert json.loads(text) == {name: 2 / 3, "z": 1 / 3}
    table = pd.DataFrame({"weather_site": [name], "weather_weights": [text]})
    assert dict(zip(shares_of(table).site, shares_of(table).weight, strict=True))[name] == 2 / 3


# 1/1 : 1/4 : 1/16 of 21/16
def test_weights_go_by_the_inverse_square_of_the_distance() -> None:
    got = inverse_distance(np.array([[10.0, 20.0, 40.0]]), 2.0)[0]
    assert got == pytest.approx([16 / 21, 4 / 21, 1 / 21], rel=1e-14)


@pytest.mark.parametrize("power", [0.1, 1.0, 2.0, 20.0])
def test_weights_sum_to_one_and_fall_with_distance(power: float) -> None:
    distance = np.sort(np.random.default_rng(2).uniform(1e-9, 300.0, (200, 5)), axis=1)
    weights = inverse_distance(distance, power)
    assert weights.sum(axis=1) == pytest.approx(np.ones(200), rel=1e-14)
    assert (np.diff(weights, axis=1) <= 0.0).all()
    assert (weights >= 0.0).all()


def test_a_site_at_no_distance_has_it_all() -> None:
    got = inverse_distance(np.array([[0.0, 5.0, 9.0], [0.0, 0.0, 9.0]]), 2.0)
    assert got.tolist() == [[1.0, 0.0, 0.0]] * 2


def test_a_neighbour_that_does_not_count_has_nothing() -> None:
    got = inverse_distance(np.array([[5.0, np.inf], [5.0, 5.0]]), 2.0)
    assert got.tolist() == [[1.0, 0.0], [0.5, 0.5]]
