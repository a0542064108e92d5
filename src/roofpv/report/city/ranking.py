"""Roofs in the order in which to look at them: the soonest money back, then the highest yield."""

from __future__ import annotations

import pandas as pd

MEASURE = ("payback_years", "specific_yield_kwh_per_kwp")


def ranked(roofs: pd.DataFrame) -> pd.DataFrame:
    """
    Roofs by payback, the shortest first, and of equal or unknown payback by yield.

    Parameters
    ----------
    roofs : DataFrame (building,)
        ``payback_years``, ``specific_yield_kwh_per_kwp`` and ``building_id``.

    Returns
    -------
    DataFrame (building,)
        The same with ``rank`` from 1, those whose payback is not known last; then by id.
    """
    order = roofs.sort_values(
        [*MEASURE, "building_id"], ascending=[True, False, True], kind="stable", na_position="last"
    )
    return order.assign(rank=range(1, len(order) + 1)).reset_index(drop=True)
