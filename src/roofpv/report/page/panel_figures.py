"""Columns of numbers and words of all buildings, as short as JSON can say them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from roofpv.report.city import Figure, figure_of
from roofpv.report.closing import printed
from roofpv.text import seen

# So close to a half in the last digit, the number itself is asked which way it goes.
_NEAR_HALF = 1e-6


def counted(values: npt.ArrayLike, figure: Figure) -> list[int | None]:
    """
    Numbers in units of their last printed digit, rounded as ``shown_figure`` rounds them.

    Parameters
    ----------
    values : array_like
    figure : Figure

    Returns
    -------
    list of int or None
        None for what is not known or without end.
    """
    given = np.asarray(values, dtype=float)
    known = np.isfinite(given)
    scaled = np.where(known, given, 0.0) * (float(figure.scale) * 10.0**figure.digits) + 0.5
    whole = np.floor(scaled)
    found: list[int | None] = whole.astype(np.int64).tolist()
    part = scaled - whole
    near = _NEAR_HALF * np.maximum(np.abs(scaled), 1.0)
    for i in np.flatnonzero(known & ((part < near) | (part > 1.0 - near))):
        found[i] = _exact(float(given[i]), figure)
    for i in np.flatnonzero(~known):
        found[i] = None
    return found


def _exact(value: float, figure: Figure) -> int:
    return printed(value, figure.digits, figure.scale).count


def figures(table: Mapping[str, npt.ArrayLike]) -> dict[str, dict[str, Any]]:
    """
    Columns of numbers: ``digits unit values``, the values as ``counted``.

    A column of which nothing is known is left out.

    Parameters
    ----------
    table : mapping of str to array_like
        By column; printed as ``figure_of`` says.
    """
    found = {}
    for name, values in table.items():
        figure = figure_of(name)
        said = counted(values, figure)
        if any(one is not None for one in said):
            found[name] = {"digits": figure.digits, "unit": figure.unit, "values": said}
    return found


def classes(column: pd.Series) -> dict[str, list[Any]]:
    """``words`` of a column in their order, and the place of each value in them, or None."""
    code, words = pd.factorize(column.astype(object), sort=True)
    return {
        "words": [seen(str(word)) for word in words],
        "values": [None if one < 0 else int(one) for one in code],
    }


def words(column: pd.Series) -> list[str]:
    """Texts of a column, "" where there is none."""
    return [seen(one) if isinstance(one, str) else "" for one in column]
