"""Verdicts from the columns that rules ask for alone, texts as categories: the same to the bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from roofpv import schema, targets
from roofpv.targets.needs import NEEDS
from roofpv.targets.needs import TEXTS as NEEDED_TEXTS

TEXTS = ("use", "ownership", "district", "exemption", "status", "institution", "institution_key",
         "existing_pv", "climate_zone", "roof_type")  # fmt: skip
NUMBERS = (
    *(one.name for one in (*schema.INVENTORY, *schema.RESULT) if one.kind == "number"),
    *(name for name in NEEDS if name not in NEEDED_TEXTS),
)


def _city(count: int = 400) -> pd.DataFrame:
    """Buildings with every column that a rule may ask for, each with holes."""
    chance = np.random.default_rng(7)

    def drawn(*words: object) -> np.ndarray:
        return chance.choice(np.array([*words, None], dtype=object), count)

    names = [f"Office {place}" for place in range(count // 3)]
    table = pd.DataFrame(
        {
            "building_id": [f"b{place:04d}" for place in chance.permutation(count)],
            "use": drawn(*schema.USES),
            "ownership": drawn(*schema.OWNERSHIPS),
            "district": drawn("Pingluo", "Dawukou", " ", "Huinong"),
            "exemption": np.where(chance.random(count) < 0.9, None, drawn("heritage", " ")),
            "status": np.where(chance.random(count) < 0.1, "excluded", "assessed"),
            "completed": pd.to_datetime(chance.integers(0, 25_000, count), unit="D"),
            "institution": drawn(*names),
            "institution_key": drawn(*names, ""),
            "existing_pv": drawn("yes", "no", "unknown"),
            "existing_pv_date": pd.to_datetime(chance.integers(18_000, 22_000, count), unit="D"),
            "climate_zone": drawn("12", "3", "7"),
            "roof_type": drawn(*schema.ROOF_TYPES),
            "load_is_estimate": chance.random(count) < 0.5,
        }
    )
    for name in NUMBERS:
        table[name] = np.where(chance.random(count) < 0.1, np.nan, chance.uniform(0, 3e3, count))
    return table


def _as_read(table: pd.DataFrame, rule: targets.Rule, by: str | None) -> pd.DataFrame:
    """Only what is asked for; texts as categories in no order, one of them of no row."""
    part = table[[name for name in targets.columns_asked([rule], by) if name in table]].copy()
    for name in part.columns.intersection(TEXTS):
        words = [*part[name].dropna().unique()[::-1], "of no row"]
        part[name] = pd.Categorical(part[name], categories=words)
    return part


@pytest.mark.parametrize("by", [None, "use", "ownership"])
@pytest.mark.parametrize("name", targets.library_ids())
def test_what_is_asked_for_is_enough_and_categories_change_nothing(
    name: str, by: str | None
) -> None:
    whole, rule = _city(), targets.load_rule(name)
    part = _as_read(whole, rule, by)
    given: dict[str, Any] = {"by": by}
    assert targets.evaluate(part, [rule], **given) == targets.evaluate(whole, [rule], **given)
    each = [targets.building_verdicts(table, rule) for table in (part, whole)]
    pd.testing.assert_frame_equal(*each)


def test_what_no_rule_asks_for_is_not_read() -> None:
    asked = targets.columns_asked([targets.load_rule("cn-shanghai-2023")])
    assert {"building_id", "district", "use"} <= set(asked)
    assert not {"geometry", "name", "institution_key", "npv_cny"} & set(asked)
    assert len(set(asked)) == len(asked)
    named = targets.columns_asked([targets.load_rule("shizuishan-2025")])
    assert "institution_key" in named
    assert "institution" not in named, "the key stands for it"
