from __future__ import annotations

import numba
import numpy as np
import pandas as pd
import pytest

from roofpv.finance.civil import civil_axis, load_calendar
from roofpv.finance.loadshape import hourly_load, load_shapes
from roofpv.finance.ownuse import Hours, Meters, kernels, own_use, own_use_table
from roofpv.finance.tariff import buy_prices, load_tariff, sell_prices

NAN = float("nan")
ZONE = "Asia/Shanghai"
ROOFS = 100
COLUMNS = [
    "own_use_kwh", "export_kwh", "saved_cny", "sold_cny", "self_use_fraction",
    "self_supply_fraction",
]  # fmt: skip


def small(ac, annual, buy=(0.5, 0.5), sell=(0.2, 0.2), shares=(0.5, 0.5)):
    """One plane a roof, two hours, one span."""
    count = len(annual)
    meters = Meters(
        np.arange(count + 1), np.array(annual, float), np.zeros(count, int), np.zeros(count, int)
    )
    hours = Hours(np.array([0, 2]), np.array([shares]), np.array([buy]), np.array([sell]))
    return own_use_table(own_use(np.array(ac, float), meters, hours), meters.annual_kwh)


def test_own_use_by_hand():
    got = small([[3.0, 1.0], [0.0, 0.0]], [4.0, 4.0])
    assert list(got) == COLUMNS
    assert got.iloc[0].tolist() == [3.0, 1.0, 1.5, 0.2, 0.75, 0.75]
    assert got.iloc[1, :4].tolist() == [0.0, 0.0, 0.0, 0.0]
    assert np.isnan(got["self_use_fraction"][1])
    assert got["self_supply_fraction"][1] == 0.0


def test_negative_prices_cost_and_nothing_is_held_back():
    got = small([[3.0, 1.0]], [4.0], buy=(-0.1, 0.5), sell=(-0.3, 0.2)).iloc[0]
    assert got["saved_cny"] == pytest.approx(-0.2 + 0.5)
    assert got["sold_cny"] == pytest.approx(-0.3)
    assert got["export_kwh"] == 1.0


def test_without_consumption_all_is_exported():
    got = small([[3.0, 1.0]], [0.0]).iloc[0]
    assert got[["own_use_kwh", "export_kwh", "self_use_fraction"]].tolist() == [0.0, 4.0, 0.0]
    assert np.isnan(got["self_supply_fraction"])


def test_what_is_not_known_stays_unknown():
    got = small([[3.0, 1.0], [3.0, NAN], [3.0, 1.0]], [NAN, 4.0, 4.0])
    assert got.isna().all(axis=1).tolist() == [True, True, False]


@pytest.fixture(scope="module")
def town():
    """A hundred roofs of one to four planes, each with its own load, shape and tariff."""
    rng = np.random.default_rng(8)
    times = pd.date_range("2025-01-01", periods=8760, freq="h", tz=ZONE).tz_convert("UTC")
    axis, calendar = civil_axis(times, 60.0, ZONE), load_calendar("china")
    names = ["flat", "ningxia-general", "ningxia-general-2024"]
    tariffs = [load_tariff(name) for name in names]
    shapes = [hourly_load(shape, axis, calendar) for shape in load_shapes().values()]
    first = np.concatenate(([0], np.cumsum(rng.integers(1, 5, ROOFS))))
    sun = np.clip(np.sin((np.arange(8760) % 24 - 6.0) / 12.0 * np.pi), 0.0, None)
    kwp = rng.uniform(2.0, 120.0, first[-1])
    ac = kwp[:, None] * sun * rng.uniform(0.1, 1.0, (first[-1], 8760))
    annual = rng.uniform(1e3, 8e5, ROOFS)
    annual[7] = 0.0
    meters = Meters(
        first, annual, rng.integers(0, len(shapes), ROOFS), rng.integers(0, len(names), ROOFS)
    )
    market = 0.2 - 0.3 * sun
    months = pd.date_range("2025-01-01", periods=8760, freq="h").month.to_numpy()
    hours = Hours(
        np.concatenate(([0], np.flatnonzero(np.diff(months)) + 1, [8760])),
        np.array(shapes),
        np.array([buy_prices(tariff, axis, calendar) for tariff in tariffs]),
        np.array([*(sell_prices(tariff, axis) for tariff in tariffs[:2]), market]),
    )
    return ac, meters, hours, months


def test_against_plain_pandas(town):
    ac, meters, hours, months = town
    got = own_use(ac, meters, hours)
    assert got.shape == (ROOFS, 12, 4)
    for roof in range(ROOFS):
        frame = pd.DataFrame(
            {
                "month": months,
                "ac": pd.DataFrame(
                    ac[meters.first_plane[roof] : meters.first_plane[roof + 1]]
                ).sum(),
                "load": meters.annual_kwh[roof] * hours.shapes[meters.shape[roof]],
                "buy": hours.buy[meters.tariff[roof]],
                "sell": hours.sell[meters.tariff[roof]],
            }
        )
        frame["own"] = frame[["ac", "load"]].min(axis=1)
        frame["export"] = frame["ac"] - frame["own"]
        frame["saved"] = frame["own"] * frame["buy"]
        frame["sold"] = frame["export"] * frame["sell"]
        plain = frame.groupby("month")[["own", "export", "saved", "sold"]].sum().to_numpy()
        assert got[roof] == pytest.approx(plain, rel=1e-9, abs=1e-9)


def test_own_use_and_export_are_the_output(town):
    ac, meters, hours, _ = town
    table = own_use_table(own_use(ac, meters, hours), meters.annual_kwh)
    output = np.add.reduceat(ac.sum(axis=1), meters.first_plane[:-1])
    assert (table["own_use_kwh"] + table["export_kwh"]).tolist() == pytest.approx(output.tolist())
    assert table["self_use_fraction"].between(0.0, 1.0).all()
    assert (table["own_use_kwh"] <= meters.annual_kwh * (1.0 + 1e-12)).all()


def test_more_consumption_never_lessens_own_use(town):
    ac, meters, hours, _ = town
    more = Meters(meters.first_plane, meters.annual_kwh * 1.5, meters.shape, meters.tariff)
    before, after = own_use(ac, meters, hours), own_use(ac, more, hours)
    assert (after[..., kernels.OWN] >= before[..., kernels.OWN]).all()


def test_planes_of_one_meter_are_one_roof(town):
    """What each plane by itself would use falls together in the same hours."""
    ac, meters, hours, _ = town
    planes = np.diff(meters.first_plane)
    apart = Meters(
        np.arange(len(ac) + 1),
        *(np.repeat(values, planes) for values in (meters.annual_kwh, meters.shape, meters.tariff)),
    )
    together = own_use(ac, meters, hours)[..., kernels.OWN].sum(axis=1)
    alone = own_use(ac, apart, hours)[..., kernels.OWN].sum(axis=1)
    summed = np.add.reduceat(alone, meters.first_plane[:-1])
    assert (together <= summed * (1.0 + 1e-12)).all()
    assert (together[planes > 1] < summed[planes > 1] - 1.0).any()


def test_order_and_threads_change_no_bit(town):
    ac, meters, hours, _ = town
    got = own_use(ac, meters, hours)
    order = np.random.default_rng(2).permutation(ROOFS)
    rows = [np.arange(meters.first_plane[r], meters.first_plane[r + 1]) for r in order]
    moved = Meters(
        np.concatenate(([0], np.cumsum([len(r) for r in rows]))),
        *(values[order] for values in (meters.annual_kwh, meters.shape, meters.tariff)),
    )
    assert (own_use(ac[np.concatenate(rows)], moved, hours) == got[order]).all()
    threads = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        assert (own_use(ac, meters, hours) == got).all()
    finally:
        numba.set_num_threads(threads)


def test_hours_without_sun_may_be_left_out(town):
    ac, meters, hours, months = town
    lit = np.flatnonzero(ac.max(axis=0) > 0.0)
    bounds = np.searchsorted(months[lit], np.arange(1, 14))
    less = Hours(bounds, hours.shapes[:, lit], hours.buy[:, lit], hours.sell[:, lit])
    got = own_use(np.ascontiguousarray(ac[:, lit]), meters, less)
    assert got == pytest.approx(own_use(ac, meters, hours), rel=1e-12, abs=1e-9)


def test_one_hour():
    for function in (kernels.own_use, kernels.own_use.py_func):
        assert function(3.0, 2.0) == 2.0
        assert function(2.0, 3.0) == 2.0
        assert np.isnan(function(NAN, 2.0))
    assert kernels.own_use_hour(3.0, 2.0, 0.5, 0.1) == (2.0, 1.0, 1.0, 0.1)
