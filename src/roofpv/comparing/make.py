"""Two results compared, from their rows to what is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from roofpv.comparing.causes import Causes, find_causes
from roofpv.comparing.pairing import Paired, pair
from roofpv.comparing.runs import RunChanges, run_changes
from roofpv.comparing.totals import totals
from roofpv.comparing.verdicts import building_changes, judged, target_changes
from roofpv.results import Result

_SIDES = ("installable_area_m2", "installed_kwp", "kwp", "ac_kwh")
_ABOUT = ("name", "district", "use")


@dataclass(frozen=True, eq=False)
class Comparison:
    """
    What changed from one result to another.

    ``told`` is for JSON: ``counts``, ``runs``, ``causes``, ``totals``, ``targets``, ``compliance``;
    ``buildings`` (building,) lists those that are new, gone or changed: ``building_id name
    district use change causes given figures newly_compliant lost``, and figures ``_a`` and ``_b``.
    """

    told: dict[str, Any]
    buildings: pd.DataFrame


def compare(before: Result, after: Result) -> Comparison:
    """
    What changed from one result to another, and why.

    Parameters
    ----------
    before, after : Result
        Of ``read_results`` or ``assess``.

    Returns
    -------
    Comparison

    Raises
    ------
    InvalidResult
        Results of another version, a building twice, or not one building in both.
    InvalidRules
        A rule in ``run.json`` that this version cannot read.
    """
    changes = run_changes(before, after)
    paired = pair(before, after)
    causes = find_causes(before, after, paired, changes)
    case = judged(before, after)
    complying = building_changes(case, paired, causes)
    labels = causes.of([*causes.data, *paired.figures])
    told = {
        "counts": _counts(paired),
        "runs": changes.told,
        "causes": _causes(causes, labels, changes),
        "totals": totals(paired, causes),
        "targets": target_changes(case, paired, causes),
        "compliance": _compliance(complying),
    }
    return Comparison(told, _table((before, after), paired, causes, labels, complying))


def _counts(paired: Paired) -> dict[str, int]:
    kept, changed = len(paired.before), int(paired.changed.sum())
    return {
        "a": kept + len(paired.gone),
        "b": kept + len(paired.new),
        "gone": len(paired.gone),
        "new": len(paired.new),
        "kept": kept,
        "changed": changed,
        "figures_changed": int(paired.moved.sum()),
        "unchanged": kept - changed,
    }


def _causes(causes: Causes, labels: np.ndarray, changes: RunChanges) -> dict[str, Any]:
    """How many buildings changed by which causes, and whether the version can be one of them."""
    names, counts = np.unique(labels[labels != ""].astype(str), return_counts=True)
    same, moved = causes.controls
    return {
        "buildings": dict(zip(names.tolist(), counts.tolist(), strict=True)),
        "columns": {name: int(flags.sum()) for name, flags in causes.data.items()},
        "version_differs": changes.versions,
        "without_cause": same,
        "without_cause_and_changed": moved,
    }


def _compliance(complying: pd.DataFrame) -> list[dict[str, Any]]:
    """Buildings newly compliant and lost, by question and cause."""
    keys = ["rule", "target", "reading", "numerator_variant", "state"]
    found = []
    for key, group in complying.groupby(keys, sort=False):
        entry: dict[str, Any] = dict(zip(keys, key, strict=True))
        for change in ("newly", "lost"):
            why = group.loc[group["change"] == change, "causes"].value_counts().sort_index()
            entry[change] = int(why.sum())
            entry[f"{change}_by"] = {str(name): int(count) for name, count in why.items()}
        found.append(entry)
    return found


def _table(
    results: tuple[Result, Result],
    paired: Paired,
    causes: Causes,
    labels: np.ndarray,
    complying: pd.DataFrame,
) -> pd.DataFrame:
    """Buildings that are gone, new or changed, in the order of their ids."""
    turned = paired.before["building_id"].isin(complying["building_id"]).to_numpy()
    rows = np.flatnonzero((labels != "") | turned)
    old, new = paired.before.iloc[rows], paired.after.iloc[rows]
    kept = new[["building_id", *_ABOUT]].assign(
        change="changed",
        causes=labels[rows],
        given=_given(causes, rows),
        figures=_names(paired.figures, rows),
    )
    kept = kept.assign(**_sided(old, "a"), **_sided(new, "b"))
    # What is in one list alone may stand in the other's quarantine.
    gone = _alone(paired.gone, "gone", results[1]).assign(**_sided(paired.gone, "a"))
    come = _alone(paired.new, "new", results[0]).assign(**_sided(paired.new, "b"))
    parts = [table for table in (kept, gone, come) if len(table)] or [kept]
    table = pd.concat(parts).sort_values("building_id", ignore_index=True)
    for name, change in (("newly_compliant", "newly"), ("lost", "lost")):
        mine = complying[complying["change"] == change]
        said = _questions(mine)
        table[name] = [said.get(one, "") for one in table["building_id"]]
    by_rule = complying[complying["causes"].str.endswith("rule")]["building_id"]
    ruled = table["building_id"].isin(by_rule) & (table["change"] == "changed")
    table["causes"] = table["causes"].where(~ruled, (table["causes"] + "+rule").str.lstrip("+"))
    sided = [f"{name}_{side}" for name in _SIDES for side in ("a", "b")]
    return table.reindex(
        columns=[
            "building_id", *_ABOUT, "change", "causes", "given", "figures", "newly_compliant",
            "lost", *sided,
        ]
    )  # fmt: skip


def _sided(table: pd.DataFrame, side: str) -> dict[str, np.ndarray]:
    return {f"{name}_{side}": table[name].to_numpy(dtype=float) for name in _SIDES}


def _alone(table: pd.DataFrame, change: str, other: Result) -> pd.DataFrame:
    """Buildings of one result alone, and why the other has them not, where it says so."""
    lost = other.quarantine.drop_duplicates("building_id")
    reasons = dict(zip(lost["building_id"], lost["column"] + ": " + lost["reason"], strict=True))
    word = "quarantined in b: " if change == "gone" else "quarantined in a: "
    said = [word + reasons[name] if name in reasons else "" for name in table["building_id"]]
    return table[["building_id", *_ABOUT]].assign(
        change=change, causes="data", given=said, figures=""
    )


def _questions(complying: pd.DataFrame) -> dict[str, str]:
    """Questions of each building in one text."""
    names = complying["rule"] + "/" + complying["target"] + "/" + complying["reading"]
    variant = complying["numerator_variant"]
    names = names + ("/" + variant).where(variant != "", "") + ":" + complying["state"]
    return dict(names.groupby(complying["building_id"]).agg(" ".join).items())


def _names(flags: dict[str, np.ndarray], rows: np.ndarray) -> list[str]:
    """Names of the columns that differ, by building; each pattern is put together once."""
    if not flags or not rows.size:
        return [""] * rows.size
    table = np.stack([one[rows] for one in flags.values()], axis=1)
    patterns, place = np.unique(table, axis=0, return_inverse=True)
    names = np.array(list(flags), dtype=object)
    said = [" ".join(names[pattern]) for pattern in patterns]
    return [said[one] for one in place.ravel()]


def _given(causes: Causes, rows: np.ndarray) -> list[str]:
    """What the list says now and said before, column by column."""
    place = np.full(len(causes.paired.before), -1)
    place[rows] = np.arange(rows.size)
    said: list[list[str]] = [[] for _ in rows]
    for name, flags in causes.data.items():
        mine = np.flatnonzero(flags & (place >= 0))
        if name not in causes.paired.before or name == "geometry":
            for at in place[mine]:
                said[at].append(name)
            continue
        old, new = (t[name].iloc[mine] for t in (causes.paired.before, causes.paired.after))
        for at, one, other in zip(place[mine], old, new, strict=True):
            said[at].append(f"{name}: {_shown(one)} -> {_shown(other)}")
    return ["; ".join(one) for one in said]


def _shown(value: Any) -> str:
    if value is None or value is pd.NaT or value != value:  # noqa: PLR0124
        return "-"
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return f"{value:.10g}" if isinstance(value, float) else str(value)
