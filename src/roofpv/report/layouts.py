"""Layouts of one roof side by side, and its rows of modules from the best on, as lines."""

from __future__ import annotations

import numpy as np
import pandas as pd

from roofpv.text import plain, table

_HEADER = (
    "layout", "modules", "kWp", "kWh/a", "kWh/kWp", "kWh less", "N1/inst.", "N2/inst.", "N3/inst.",
    "kN/m2", "live load", "NPV CNY",
)  # fmt: skip


def layouts_text(
    layouts: pd.DataFrame, target: float, stated_kwp: float | None = None
) -> list[str]:
    """
    Lines of a table of layouts: what each holds, makes and covers, and what it makes less.

    Parameters
    ----------
    layouts : DataFrame (layout,)
        From ``compare_layouts``, with ``chosen``.
    target : float
        Coverage asked for. [1]
    stated_kwp : float, optional
        Capacity that the list states for the building. [kWp]
    """
    if layouts.empty:
        return ["No layouts to compare: no modules are laid out on this building"]
    rows = [
        [
            f"{one.layout}{' <' if one.chosen else ''}",
            _number(one.module_count),
            _number(one.kwp, 1),
            _number(one.ac_kwh),
            _number(one.specific_yield_kwh_per_kwp),
            _number(one.layout_lost_kwh),
            *(_share(value, target) for value in (one.coverage_n1, one.coverage_n2)),
            _share(one.coverage_n3, target),
            _number(one.array_load_kn_per_m2, 2),
            one.load_check if isinstance(one.load_check, str) else "",
            _number(one.npv_cny),
        ]
        for one in layouts.itertuples()
    ]
    area = layouts["installable_area_m2"].iloc[0]
    return [
        f"Layouts side by side, on {area:,.1f} m2 that can carry modules (< chosen; "
        f"+ reaches {target:.0%}; kWh less than the same capacity would make in the most "
        "productive of them; sloping planes are flush in all)",
        *([] if stated_kwp is None else [_stated(stated_kwp)]),
        *table(_HEADER, rows),
    ]


def groups_text(groups: pd.DataFrame) -> list[str]:
    """
    Lines of a table of module rows, the best first, with what they make together.

    Parameters
    ----------
    groups : DataFrame (group,)
        From ``module_groups``.
    """
    header = ["rank", "plane", "side", "row", "modules", "kWp", "kWh/kWp", "sum kWp", "sum kWh/a"]
    rows = [
        [
            one.rank,
            plain(one.plane_id),
            one.side,
            _number(one.row),
            _number(one.module_count),
            _number(one.kwp, 2),
            _number(one.specific_yield_kwh_per_kwp),
            _number(one.cumulative_kwp, 1),
            _number(one.cumulative_ac_kwh),
        ]
        for one in groups.itertuples()
    ]
    return ["Rows of modules, the most productive first", *table(header, rows)]


def _stated(kwp: float) -> str:
    return f"The list states {kwp:,.1f} kWp; the layouts are those of the whole roof"


def _number(value: float, digits: int = 0) -> str:
    return "–" if np.isnan(value) else f"{value:,.{digits}f}"


def _share(value: float, target: float) -> str:
    if np.isnan(value):
        return "–"
    return f"{value:.1%}{' +' if value >= target * (1.0 - 1e-9) else ''}"
