"""Rows at which a computation fails: found, and left out of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import geopandas as gpd
import numpy as np

from roofpv.batch.stop import Stopped
from roofpv.errors import RoofpvError

# Where more fail, it is not the rows.
MOST_FAILING = 100
_LONGEST = 160
_Found = TypeVar("_Found")


def reason_of(error: BaseException) -> str:
    """What is said of a row at which this was raised, in one line."""
    return " ".join(f"{type(error).__name__} {error}".split())[:_LONGEST]


def without_failing(
    rows: gpd.GeoDataFrame, do: Callable[[gpd.GeoDataFrame], _Found]
) -> tuple[_Found, dict[int, str]]:
    """
    Find something in some rows together, without those at which that fails.

    Parameters
    ----------
    rows : GeoDataFrame (row,)
        At ``source_at`` of their file.
    do : callable
        What is done with the rows that are left.

    Returns
    -------
    (found, dict)
        What it gives, and why it failed, by the place of the row.

    Raises
    ------
    Exception
        As it was raised, if too many rows fail, or it is no fault of ours.
    Stopped
    """
    left = rows
    failed: dict[int, str] = {}
    while True:
        try:
            return do(left), failed
        except (RoofpvError, OSError, MemoryError, Stopped):
            raise
        except Exception as error:
            if not len(left) or len(failed) == MOST_FAILING:
                raise
            at, last = _first_failing(left, do, error)
            failed[int(left["source_at"].iloc[at])] = reason_of(last)
            left = _some(left, np.delete(np.arange(len(left)), at))


def _first_failing(
    rows: gpd.GeoDataFrame, do: Callable[[gpd.GeoDataFrame], object], error: Exception
) -> tuple[int, Exception]:
    """The last of the fewest first rows that fail together, and how they do."""
    good, bad = 0, len(rows)
    while bad - good > 1:
        middle = (good + bad) // 2
        try:
            do(_some(rows, np.arange(middle)))
            good = middle
        except Stopped:
            raise
        except Exception as one:
            bad, error = middle, one
    return bad - 1, error


def _some(rows: gpd.GeoDataFrame, at: np.ndarray) -> gpd.GeoDataFrame:
    some = rows.iloc[at].reset_index(drop=True)
    some.attrs = dict(rows.attrs)
    return some
