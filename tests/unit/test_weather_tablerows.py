"""Rows of a weather table: their words, their days and months, and unbroken runs of them."""

import numpy as np
import pandas as pd

from roofpv.weather.tablerows import (
    TableRows,
    constant_runs,
    names_of_months,
    rows_of_runs,
    runs,
)


def test_days_and_months_go_by_the_files_clock():
    table = TableRows("a", np.arange(3), 60, 5.5)
    times = pd.DatetimeIndex(["2019-12-31 18:29", "2019-12-31 18:30", "2020-02-29 12:00"])
    assert table.months(times).tolist() == [599, 600, 601]
    assert np.diff(table.days(times)).tolist() == [1, 59]
    assert names_of_months([599, 601]) == "2019-12, 2020-02"
    assert names_of_months(range(600, 620)).endswith("2020-06 and 14 more")


def test_runs():
    mask = np.array([1, 1, 0, 0, 1, 0, 1], dtype=bool)
    first, last = runs(mask)
    assert (first.tolist(), last.tolist()) == ([0, 4, 6], [1, 4, 6])
    assert rows_of_runs(first, last, 7).tolist() == mask.tolist()
    table = TableRows("a", np.arange(8), 60)
    values = np.array([1.0, 5.0, 5.0, 5.0, np.nan, np.nan, 2.0, 2.0])
    first, last = constant_runs(values, 120.0, table)
    assert (first.tolist(), last.tolist()) == ([1], [3])
