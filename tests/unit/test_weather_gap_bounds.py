"""Neighbours brighter than any sky do not make the rows of a gap brighter than the bounds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from roofpv.weather.clearsky import Sun
from roofpv.weather.gaps import fill_gaps
from roofpv.weather.tablerows import TableRows

ROWS, GAP = 9, [4, 5]
EXTRA = 1361.0


def sun_of(up, clear_ghi, clear_dni):
    """A sun that stands still: its height's cosine, and a cloudless sky's ghi and dni."""
    full = {name: np.full(ROWS, value) for name, value in (("ghi", clear_ghi), ("dni", clear_dni))}
    zenith = np.full(ROWS, np.degrees(np.arccos(up)))
    diffuse = full["ghi"] - full["dni"] * up
    extra = np.full(ROWS, EXTRA)
    return Sun(zenith, np.full(ROWS, up), extra, full["ghi"], full["dni"], diffuse)


def filled(sun, ghi, dni=None):
    """The rows of a gap between neighbours of such light."""
    up = sun.cos_zenith[0]
    light = {"ghi": ghi} if dni is None else {"ghi": ghi, "dni": dni, "dhi": ghi - dni * up}
    times = pd.date_range("2019-06-01T02:00", periods=ROWS, freq="h")
    frame = pd.DataFrame(light, index=times, dtype=float).assign(temp_air=10.0)
    frame.iloc[GAP, : len(light)] = np.nan
    done = fill_gaps(frame, sun, TableRows("a.csv", np.arange(ROWS) + 1, 60.0, 8.0))
    assert done.filled == dict.fromkeys(light, len(GAP))
    return done.frame.iloc[GAP]


@pytest.mark.parametrize(("index", "taken"), [(1.24, 1.24), (1.26, 1.25), (2.0, 1.25)])
def test_light_is_taken_up_to_five_quarters_of_a_clear_sky(index, taken):
    sun = sun_of(0.8, 800.0, 800.0)
    np.testing.assert_allclose(filled(sun, index * 800.0)["ghi"], taken * 800.0, rtol=1e-12)


def test_each_neighbour_is_bounded_for_itself():
    sun = sun_of(0.8, 800.0, 800.0)
    ghi = np.full(ROWS, 0.5 * 800.0)
    ghi[:4] = 3.0 * 800.0
    got = filled(sun, ghi)["ghi"] / 800.0
    np.testing.assert_allclose(got, [1.0, 0.75], rtol=1e-12)


@pytest.mark.parametrize(("index", "taken"), [(1.49, 1.49), (1.51, 1.5), (1.8, 1.5)])
def test_beam_is_taken_up_to_three_halves_of_a_clear_sky(index, taken):
    sun = sun_of(0.5, 600.0, 400.0)
    got = filled(sun, 700.0, index * 400.0)
    np.testing.assert_allclose(got["dni"], taken * 400.0, rtol=1e-12)
    np.testing.assert_allclose(got["ghi"], 700.0, rtol=1e-12)
    np.testing.assert_allclose(got["dhi"], 700.0 - 0.5 * taken * 400.0, rtol=1e-12)


@pytest.mark.parametrize(("dni", "taken"), [(1350.0, 1350.0), (1372.0, EXTRA), (1450.0, EXTRA)])
def test_beam_is_never_more_than_outside_the_air(dni, taken):
    sun = sun_of(0.9, 1200.0, 1000.0)
    got = filled(sun, 1450.0, dni)
    np.testing.assert_allclose(got["dni"], taken, rtol=1e-12)
    np.testing.assert_allclose(got["dhi"], 1450.0 - 0.9 * taken, rtol=1e-12)


def test_beam_is_never_more_than_the_light_that_was_filled():
    sun = sun_of(0.5, 600.0, 800.0)
    ghi = np.full(ROWS, 500.0)
    got = filled(sun, ghi, 1100.0)
    np.testing.assert_allclose(got["dni"], 500.0 / 0.5, rtol=1e-12)
    np.testing.assert_allclose(got["dhi"], 0.0, atol=1e-9)


@pytest.mark.parametrize(("clear", "taken"), [(19.9, None), (20.1, 0.5)])
def test_a_neighbour_in_nearly_no_light_is_not_trusted(clear, taken):
    sun = sun_of(0.05, clear, 50.0)
    light = pd.Series(0.5 * clear, index=pd.date_range("2019-06-01", periods=ROWS, freq="h"))
    light.iloc[GAP] = np.nan
    frame = light.to_frame("ghi").assign(temp_air=10.0)
    got = fill_gaps(frame, sun, TableRows("a.csv", np.arange(ROWS) + 1, 60.0)).frame["ghi"]
    want = np.nan if taken is None else taken * clear
    np.testing.assert_allclose(got.iloc[GAP], want, rtol=1e-12)
