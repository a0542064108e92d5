"""Groups of modules by yield: order, whole modules, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from roofpv.energy import best_groups, groups_left, module_groups
from roofpv.energy.groups import GROUP_COLUMNS
from roofpv.errors import InvalidConfig, InvalidInventory


def sides(*rows):
    columns = ["building_id", "plane_id", "side", "module_count", "kwp", "ac_kwh"]
    return pd.DataFrame(list(rows), columns=columns)


def rows(*given):
    return pd.DataFrame(list(given), columns=["plane_id", "side", "row", "module_count"])


@pytest.fixture
def roof():
    """A dome of two unequal sides and a better rack, 0.5 kWp a module."""
    return module_groups(
        sides(
            ("a", "a/1", 0, 10.0, 5.0, 5500.0),
            ("a", "a/1", 1, 10.0, 5.0, 6000.0),
            ("a", "a/2", 0, 4.0, 2.0, 2800.0),
        ),
        rows(
            ("a/1", 0, 1, 4), ("a/1", 0, 0, 6), ("a/1", 1, 0, 6), ("a/1", 1, 1, 4),
            ("a/2", 0, 0, 4), ("b/9", 0, 0, 7),
        ),
    )  # fmt: skip


def test_groups_stand_by_yield_then_side_then_row(roof):
    assert tuple(roof.columns) == GROUP_COLUMNS
    key = roof[["plane_id", "side", "row"]].itertuples(index=False, name=None)
    assert list(key) == [
        ("a/2", 0, 0), ("a/1", 1, 0), ("a/1", 1, 1), ("a/1", 0, 0), ("a/1", 0, 1),
    ]  # fmt: skip
    assert roof["rank"].tolist() == [1, 2, 3, 4, 5]
    assert roof["module_count"].tolist() == [4.0, 6.0, 4.0, 6.0, 4.0]
    assert roof["kwp"].tolist() == pytest.approx([2.0, 3.0, 2.0, 3.0, 2.0])
    assert roof["specific_yield_kwh_per_kwp"].tolist() == [1400.0, 1200.0, 1200.0, 1100.0, 1100.0]
    assert roof["cumulative_kwp"].tolist() == pytest.approx([2.0, 5.0, 7.0, 10.0, 12.0])
    assert roof["cumulative_ac_kwh"].iloc[-1] == pytest.approx(14300.0, rel=1e-14)


def test_yields_equal_but_for_rounding_stand_by_plane():
    third = 1.0 / 3.0
    groups = module_groups(
        sides(
            ("a", "a/2", 0, 3.0, 3.0, 3.0 * 1234.5),
            ("a", "a/1", 0, 1.0, third, 1234.5 * third * (1.0 - 3e-16)),
        )
    )
    assert groups["plane_id"].tolist() == ["a/1", "a/2"]


def test_an_array_without_rows_is_one_group():
    groups = module_groups(
        sides(("a", "a/1", 0, np.nan, 5.0, 6000.0), ("a", "a/2", 0, 8.0, 4.0, 4400.0)),
        rows(("a/1", 0, 0, 0)),
    )
    assert groups["row"].tolist() == [0, 0]
    assert np.isnan(groups["module_count"][0])
    assert groups["module_count"][1] == 8.0


def test_no_capacity_is_no_group_and_no_energy_is_last():
    groups = module_groups(
        sides(
            ("a", "a/1", 0, 2.0, 1.0, np.nan),
            ("a", "a/2", 0, 0.0, 0.0, 0.0),
            ("a", "a/3", 0, 2.0, 1.0, 900.0),
        )
    )
    assert groups["plane_id"].tolist() == ["a/3", "a/1"]
    assert groups["cumulative_kwp"].tolist() == [1.0, 2.0]
    assert groups["cumulative_ac_kwh"][0] == 900.0
    assert np.isnan(groups["cumulative_ac_kwh"][1])


def test_no_planes_no_groups():
    none = sides(("a", "a/1", 0, 0.0, 0.0, 0.0))
    for groups in (module_groups(none), module_groups(none.head(0), rows())):
        assert len(groups) == 0
        assert len(best_groups(groups, 0.5)) == 0
        assert len(groups_left(groups, groups)) == 0


def test_rows_on_a_side_that_is_not_there_are_refused():
    with pytest.raises(InvalidInventory, match=r"plane a/1: has no side 1, where 3 modules"):
        module_groups(sides(("a", "a/1", 0, 3.0, 1.5, 1800.0)), rows(("a/1", 1, 0, 3)))


@pytest.mark.parametrize(
    ("share", "modules"),
    [
        (0.0, []), (1e-6, [1.0]), (4 / 24, [4.0]), (0.5, [4.0, 6.0, 2.0]),
        (12.1 / 24, [4.0, 6.0, 3.0]), (1.0, [4.0, 6.0, 4.0, 6.0, 4.0]),
    ],
)  # fmt: skip
def test_a_share_is_of_whole_modules_upward(roof, share, modules):
    best = best_groups(roof, share)
    assert best["module_count"].tolist() == modules
    assert best["kwp"].tolist() == pytest.approx([0.5 * count for count in modules])
    assert best["rank"].tolist() == list(range(1, len(modules) + 1))
    assert tuple(best.columns) == GROUP_COLUMNS


@pytest.mark.parametrize(
    ("kwp", "modules"),
    [(0.0, []), (2.0, [4.0]), (2.01, [4.0, 1.0]), (2.5, [4.0, 1.0]), (12.0, [4.0, 6, 4, 6, 4])],
)
def test_a_capacity_is_reached_by_whole_modules(roof, kwp, modules):
    best = best_groups(roof, pd.Series({"a": kwp}))
    assert best["module_count"].tolist() == modules
    assert best["kwp"].sum() >= kwp - 1e-9
    assert best["ac_kwh"].tolist() == pytest.approx(
        (best["kwp"] * best["specific_yield_kwh_per_kwp"]).tolist()
    )


def test_a_stated_capacity_is_cut_where_asked():
    groups = module_groups(
        sides(("a", "a/1", 0, np.nan, 5.0, 6000.0), ("a", "a/2", 0, 8.0, 4.0, 4400.0))
    )
    for wanted in (0.3, pd.Series({"a": 2.7})):
        best = best_groups(groups, wanted)
        assert best["kwp"].tolist() == pytest.approx([2.7], rel=1e-14)
        assert best["ac_kwh"].tolist() == pytest.approx([3240.0], rel=1e-14)
        assert best["module_count"].isna().all()
    assert best_groups(groups, 6.0 / 9.0)["module_count"].tolist()[1:] == [2.0]


def test_a_building_not_named_or_not_stated_is_left_out():
    groups = module_groups(
        sides(*((name, f"{name}/1", 0, 2.0, 1.0, 900.0) for name in ("a", "b", "c")))
    )
    best = best_groups(groups, pd.Series({"c": 0.5, "b": np.nan}))
    assert best[["building_id", "module_count"]].to_numpy().tolist() == [["c", 1.0]]
    assert len(best_groups(groups, pd.Series(dtype=float))) == 0


def test_an_unknown_capacity_stays_unknown():
    groups = module_groups(
        sides(
            ("a", "a/1", 0, np.nan, np.nan, np.nan), ("a", "a/2", 0, np.nan, 4.0, 4400.0),
            ("b", "b/1", 0, 4.0, 2.0, 2000.0),
        )
    )  # fmt: skip
    for wanted in (0.5, pd.Series({"a": 2.0, "b": 1.0})):
        best = best_groups(groups, wanted)
        assert best.loc[best["building_id"] == "a", "kwp"].isna().all()
        assert best.loc[best["building_id"] == "b", "module_count"].tolist() == [2.0]
        left = groups_left(groups, best)
        assert left.loc[left["building_id"] == "a", "kwp"].isna().all()


def test_energy_that_is_missing_does_not_hide_the_modules():
    groups = module_groups(sides(("a", "a/1", 0, 4.0, 2.0, np.nan)))
    best = best_groups(groups, 0.5)
    assert best["module_count"].tolist() == [2.0]
    assert best["ac_kwh"].isna().all()


@pytest.mark.parametrize("share", [-0.01, 1.01, np.nan])
def test_a_share_out_of_range_is_refused(roof, share):
    with pytest.raises(InvalidConfig, match=rf"share of modules = {share:g}: must be from 0 to 1"):
        best_groups(roof, share)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"a": 12.5}, r"building a, 12\.5 kWp: must be from 0 to the 12 kWp"),
        ({"a": -1.0}, r"building a, -1 kWp: must be from 0 to the 12 kWp"),
        ({"a": 1.0, "z\x1b": 3.0}, r"building z.*, 3 kWp: must be from 0 to the 0 kWp"),
    ],
)
def test_a_capacity_that_is_not_there_is_refused_with_both_numbers(roof, wanted, words):
    with pytest.raises(InvalidInventory, match=words) as told:
        best_groups(roof, pd.Series(wanted))
    assert "\x1b" not in str(told.value)


def test_what_is_left_keeps_its_rank(roof):
    left = groups_left(roof, best_groups(roof, 0.5))
    assert left["rank"].tolist() == [3, 4, 5]
    assert left["module_count"].tolist() == [2.0, 6.0, 4.0]
    assert left["cumulative_kwp"].tolist() == pytest.approx([1.0, 4.0, 6.0])
    pd.testing.assert_frame_equal(groups_left(roof, best_groups(roof, 0.0)), roof)
    assert len(groups_left(roof, roof)) == 0
