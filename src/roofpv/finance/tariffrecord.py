"""The tariffs of an assessment for its record: what they are, and which buildings pay by them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from itertools import islice
from typing import Any

import pandas as pd

from roofpv.finance.metering import CivilHours
from roofpv.finance.paying import Assignment, Paying, Tariffs
from roofpv.finance.tariff import Tariff, describe_hours

_SUMS = ("own_use_kwh", "export_kwh", "saved_cny", "sold_cny")
_FEW, _LONGEST = 5, 60


def tariff_record(
    paid: Paying, tariffs: Tariffs, hours: CivilHours, table: pd.DataFrame
) -> dict[str, Any]:
    """
    Tariffs and who pays by them, for run.json.

    Parameters
    ----------
    paid : Paying
    tariffs : Tariffs
        Of the settings.
    hours : CivilHours
        With the prices of the tariffs of ``paid``.
    table : DataFrame (building,)
        The result.

    Returns
    -------
    dict
        ``tariff``, the default; ``tariffs``, those that buildings to be assessed pay by, each with
        the numbers of ``buildings`` (all, by ``uses``, and ``buildings_by_list``), of
        ``roofs_with_own_use`` and what those use, export, save and earn (None where there are
        none); ``tariff_assignment`` where the settings name one; ``tariffs_not_taken``, of how many
        ``buildings`` the list states what is not to be had, with ``examples``.
    """
    told = [_told(one, prices) for one, prices in zip(paid.tariffs, hours.sell, strict=True)]
    active = (table["status"] == "assessed").to_numpy()
    table = pd.DataFrame(table)[["use", "kwp", *_SUMS]]
    used = []
    for number, one in enumerate(told):
        mine = active & (paid.place == number)
        if mine.any():
            used.append(one | _payers(table[mine], int((mine & paid.by_list).sum())))
    return {
        "tariff": told[0],
        "tariffs": used,
        "tariff_assignment": _assignment(tariffs.assigned),
        "tariffs_not_taken": {
            "buildings": sum(paid.not_taken.values()),
            "examples": examples(paid.not_taken),
        },
    }


def examples(words: Iterable[str]) -> list[str]:
    """A few words of a list, shortened."""
    return [word[:_LONGEST] for word in islice(words, _FEW)]


def _told(tariff: Tariff, sell: Any) -> dict[str, Any]:
    return {
        "id": tariff.id,
        "title": dict(tariff.title),
        "zone": tariff.zone,
        "category": tariff.category,
        "hours": describe_hours(tariff).to_dict("records"),
        "export": dataclasses.asdict(tariff.export),
        "mean_export_cny_per_kwh": math.fsum(sell.tolist()) / sell.size,
        "sources": list(tariff.sources),
        "assumptions": list(tariff.assumptions),
    }


def _payers(mine: pd.DataFrame, by_list: int) -> dict[str, Any]:
    uses = mine["use"].value_counts().sort_index()
    known = mine[(mine["kwp"] > 0.0) & mine["own_use_kwh"].notna()]
    return {
        "uses": {str(use): int(count) for use, count in uses.items()},
        "buildings": len(mine),
        "buildings_by_list": by_list,
        "roofs_with_own_use": len(known),
        **{name: math.fsum(known[name].tolist()) if len(known) else None for name in _SUMS},
    }


def _assignment(assigned: Assignment | None) -> dict[str, Any] | None:
    if assigned is None:
        return None
    return dataclasses.asdict(assigned) | {
        "sources": list(assigned.sources), "assumptions": list(assigned.assumptions),
    }  # fmt: skip
