from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from roofpv.energy import Yearly, by_year
from roofpv.energy.yearly import mean_of_years, spread_of_years
from roofpv.uncertainty import LEAST_YEARS, spreads

PLANES = pd.DataFrame({"building_id": ["b", "a", "b"], "kwp": [1.0, 2.0, 3.0]})
IDS = pd.Series(["a", "b", "none"])


def _energy(years: int = 3) -> xr.Dataset:
    ac = np.arange(3 * years * 12.0).reshape(3, years, 12)
    dims = ("plane_id", "year", "month")
    coords = {"plane_id": ["p0", "p1", "p2"], "year": 2001 + np.arange(years)}
    data = xr.Dataset(
        {"ac_kwh": (dims, ac), "poa_kwh_per_m2": (dims, 10.0 + 0.0 * ac)},
        {**coords, "month": np.arange(1, 13)},
    )
    return data if years > 1 else data.isel(year=0, drop=True)


def _years(*rows: list[float]) -> Yearly:
    ac = np.array(rows)
    return Yearly(2001 + np.arange(ac.shape[1]), ac, 2.0 * ac)


def test_the_years_of_a_building_are_the_sums_of_its_planes() -> None:
    energy = _energy()
    got = by_year(energy, PLANES, IDS)
    plane = energy["ac_kwh"].sum("month").to_numpy()
    assert got.years.tolist() == [2001, 2002, 2003]
    assert got.ac_kwh[0].tolist() == plane[1].tolist()
    assert got.ac_kwh[1].tolist() == (plane[0] + plane[2]).tolist()
    assert np.isnan(got.ac_kwh[2]).all()
    assert got.poa_kwp[:2].tolist() == [[240.0] * 3, [480.0] * 3]


def test_a_typical_year_is_its_own_mean() -> None:
    got = by_year(_energy(1), PLANES, IDS)
    assert got.ac_kwh.shape == (3, 1)
    assert got.ac_mean()[:2].tolist() == got.ac_kwh[:2, 0].tolist()
    assert np.isnan(got.ac_spread()).all()


# 36 + ... + 47, and 144 more in each year that follows.
def test_the_order_of_the_dimensions_does_not_matter() -> None:
    energy = _energy().transpose("month", "year", "plane_id")
    assert by_year(energy, PLANES, IDS).ac_kwh[0].tolist() == [498.0, 642.0, 786.0]


def test_a_year_that_misses_a_month_is_left_out() -> None:
    energy = _energy()
    energy["ac_kwh"][0, 1, 5] = np.nan
    got = by_year(energy, PLANES, IDS)
    assert got.complete.tolist() == [[True] * 3, [True, False, True], [False] * 3]
    assert got.ac_mean()[1] == got.ac_kwh[1, [0, 2]].mean()


def test_light_is_the_mean_of_the_same_years_as_energy() -> None:
    years = Yearly(
        np.array([1, 2]), np.array([[5.0, np.nan], [np.nan] * 2]), np.array([[1.0, 3.0]] * 2)
    )
    assert years.poa_mean().tolist() == [1.0, 2.0]


def test_no_complete_year_is_no_energy() -> None:
    assert np.isnan(_years([np.nan, np.nan]).ac_mean()[0])


# Sample standard deviation of 90, 100, 110 is 10.
def test_the_spread_is_that_of_a_sample() -> None:
    assert spread_of_years(np.array([[90.0, 100.0, 110.0, np.nan]])) == pytest.approx([0.1])


def test_equal_years_have_no_spread_and_their_own_mean() -> None:
    years = _years([1234.5, 1234.5], [0.0, 0.0])
    assert years.ac_mean().tolist() == [1234.5, 0.0]
    assert years.ac_spread().tolist() == [0.0, 0.0]


def test_one_year_has_no_spread() -> None:
    assert np.isnan(_years([7.0], [0.0]).ac_spread()).all()


def test_the_order_of_the_years_changes_no_bit() -> None:
    rng = np.random.default_rng(4)
    values = rng.uniform(1e3, 1e7, (40, 19))
    values[rng.uniform(size=values.shape) < 0.1] = np.nan
    other = values[:, rng.permutation(19)]
    assert mean_of_years(values).tobytes() == mean_of_years(other).tobytes()
    assert spread_of_years(values).tobytes() == spread_of_years(other).tobytes()


def test_groups_add_up_and_leave_out_what_has_no_year() -> None:
    years = _years([1.0, 2.0], [np.nan, np.nan], [5.0, np.nan], [10.0, 20.0])
    names, sums = years.by_group(np.array(["s", "s", "s", "r"], dtype=object))
    assert names == ["r", "s"]
    assert sums.ac_kwh[0].tolist() == [10.0, 20.0]
    assert sums.ac_kwh[1, 0] == 6.0
    assert np.isnan(sums.ac_kwh[1, 1])
    assert sums.poa_kwp[0].tolist() == [20.0, 40.0]


def _weather(error: float = 0.05, interannual: float = 0.03) -> xr.Dataset:
    coords = {
        "site": ["a", "b"],
        "ghi_uncertainty_fraction": ("site", [error, 0.1]),
        "ghi_interannual_sd_fraction": ("site", [interannual, 0.05]),
    }
    return xr.Dataset(coords=coords)


AT_A = pd.DataFrame({"weather_site": ["a"]})
ENOUGH = [98.0, 102.0] * 3


def test_few_years_rest_on_what_the_weather_states() -> None:
    got = spreads(AT_A, _weather(), _years([90.0] * (LEAST_YEARS - 1)), 0.07)
    assert (got.interannual.tolist(), got.irradiation.tolist()) == ([0.03], [0.05])
    assert not got.from_years.any()
    assert not got.assumed.any()


def test_enough_years_speak_for_themselves() -> None:
    got = spreads(AT_A, _weather(), _years(ENOUGH), 0.07)
    # Six times 2 from the mean of 100: sqrt(24 / 5) over 100.
    assert got.interannual == pytest.approx([0.0219089], abs=1e-7)
    assert got.irradiation.tolist() == [0.05]
    assert got.from_years.all()


def test_years_that_are_incomplete_do_not_count() -> None:
    years = _years([*ENOUGH[: LEAST_YEARS - 1], np.nan, np.nan])
    assert not spreads(AT_A, _weather(), years, 0.07).from_years.any()


def test_the_long_term_error_is_assumed_for_many_years_that_state_none() -> None:
    silent = _weather(error=np.nan)
    got = spreads(AT_A, silent, _years(ENOUGH), 0.07)
    assert (got.irradiation.tolist(), got.assumed.tolist()) == ([0.07], [True])
    few = spreads(AT_A, silent, _years([90.0, 91.0]), 0.07)
    assert np.isnan(few.irradiation).all()


def test_weather_that_knows_no_spread_at_all_is_no_fault() -> None:
    bare = xr.Dataset(coords={"site": ["a"]})
    assert np.isnan(spreads(AT_A, bare, _years([1.0]), 0.07).interannual).all()


def test_a_blend_has_the_weighted_mean_of_what_its_sites_state() -> None:
    both = AT_A.assign(weather_weights=['{"a": 0.75, "b": 0.25}'])
    got = spreads(both, _weather(), _years([1.0]), 0.07)
    assert got.interannual == pytest.approx([0.035])
    assert got.irradiation == pytest.approx([0.0625])
