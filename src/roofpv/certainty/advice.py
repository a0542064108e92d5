"""What to look at to be surer of a verdict: buildings, whole columns of the list, surveys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from roofpv.certainty import visits
from roofpv.certainty.amounts import Amounts
from roofpv.certainty.draws import Drawn, Shared
from roofpv.targets.measure import Flags, Floats

VISITS = 10
# What of the list answers each doubt, in what each building has of its own and in what all share.
_SHARED_OF = {
    "use_class": "use_class",
    "existing_pv": "unrecorded_pv",
    "feasibility": "infeasible",
    "roof_area": "roof",
    "installable_share": "installable",
    "floor_area": "floor_area",
    "load": "load",
    "energy": "energy",
}
_ABOUT = {
    "name": "name",
    "district": "district",
    "use": "use",
    "use_confidence": "use_confidence",
    "grade": "evidence_grade",
    "existing_pv": "existing_pv",
}
# Parts of the spread below this are no reason to look.
_LEAST = 1e-3

Entry = dict[str, Any]


@dataclass(frozen=True)
class Margin:
    """
    By how much a verdict is reached or missed: numerator less threshold times denominator.

    ``values`` (draw,); ``counted`` (building,): who is summed; ``potential``: with all that fits;
    ``wrong``: chance that the likelier verdict is wrong.
    """

    threshold: float
    potential: bool
    values: Floats
    counted: Flags
    wrong: float

    @property
    def mean(self) -> float:
        """Mean over the draws."""
        return float(self.values.mean())

    @property
    def sd(self) -> float:
        """Standard deviation over the draws."""
        return float(self.values.std())

    def worth(self, variances: Floats) -> list[Entry]:
        """Part of the variance that goes, and by how much a wrong verdict gets rarer."""
        shares = np.minimum(variances / self.sd**2, 1.0)
        falls = self.wrong * visits.gains(variances, self.mean, self.sd)
        return [
            {"variance_share": float(share), "gain": float(gain)}
            for share, gain in zip(shares, falls, strict=True)
        ]


def advice_on(
    of: Drawn, parts: Amounts, margin: Margin, shared: Shared, survey: int
) -> dict[str, Any]:
    """
    What to look at first to be surer of one verdict.

    ``variance_share`` is the part of the variance of the margin that would be gone, ``gain`` by
    how much the chance of a wrong verdict is expected to fall (`visits.gains`): it is nothing
    where nothing that may be found can turn the verdict. Where each building is judged by itself
    the margin is a number of buildings, and the gain a rough one.

    Parameters
    ----------
    of : Drawn
    parts : Amounts
    margin : Margin
    shared : Shared
    survey : int
        Buildings of one survey.

    Returns
    -------
    dict
        ``margin_sd``; ``visits``, the buildings whose doubts weigh most, each with its main
        ``doubt``; ``together``, all of them; ``corrections``, one ``doubt`` resolved for all the
        ``buildings`` that have it; ``surveys``, of what buildings have in common (``error``).
    """
    worth = visits.worth_of_visits(of, parts, margin.threshold, margin.potential)
    counted = margin.counted
    own = np.where(counted, worth.variance, 0.0)
    by_cause = np.where(counted[:, None], worth.by_cause, 0.0)
    common = visits.shared_variances(of, parts, shared, margin.values)
    first = _first(of, own, by_cause, margin)
    total = np.array([first["variance"].sum()])
    return {
        "margin_sd": margin.sd,
        "visits": _visits(first, margin),
        "together": {"buildings": len(first)} | margin.worth(total)[0],
        "corrections": _corrections(of, by_cause, common, margin),
        "surveys": _surveys(of, shared, common, margin, survey),
    }


def named(found: Sequence[Entry], buildings: pd.DataFrame) -> None:
    """Add to each visit what is known of its building."""
    wanted = {one["building_id"] for one in found}
    ids = buildings["building_id"].astype(str)
    rows = buildings.assign(building_id=ids)[ids.isin(wanted)].drop_duplicates("building_id")
    known = rows.set_index("building_id")
    for one in found:
        row = known.loc[one["building_id"]]
        for name, column in _ABOUT.items():
            one[name] = _plain_value(row[column]) if column in known else None


def _plain_value(value: Any) -> Any:
    if value is None or pd.isna(value):
        return None
    return float(value) if isinstance(value, float | np.floating) else str(value)


def _first(of: Drawn, own: Floats, by_cause: Floats, margin: Margin) -> pd.DataFrame:
    """The buildings whose doubts weigh most, by id where they weigh the same."""
    # To nine places: equal doubts must not be told apart by the last bit.
    rank = np.round(own / margin.sd**2, 9)
    least = np.sort(rank)[-VISITS:][0] if len(rank) else 0.0
    at = np.flatnonzero((rank >= least) & (rank > 0.0))
    frame = pd.DataFrame(
        {
            "building_id": of.rows.frame["building_id"].iloc[at].astype(str),
            "rank": -rank[at],
            "variance": own[at],
            "doubt": [visits.CAUSES[place] for place in np.argmax(by_cause[at], axis=1)],
        }
    )
    return frame.sort_values(["rank", "building_id"]).head(VISITS)


def _visits(first: pd.DataFrame, margin: Margin) -> list[Entry]:
    worth = margin.worth(first["variance"].to_numpy(dtype=np.float64))
    return [
        {"building_id": name, "doubt": doubt} | told
        for name, doubt, told in zip(first["building_id"], first["doubt"], worth, strict=True)
    ]


def _corrections(
    of: Drawn, by_cause: Floats, common: dict[str, float], margin: Margin
) -> list[Entry]:
    """One doubt resolved wherever it is, the one that tells most first."""
    found = []
    for place, cause in enumerate(visits.CAUSES):
        kind = _SHARED_OF.get(cause)
        shared = sum(variance for name, variance in common.items() if name.split("/")[0] == kind)
        variance = float(by_cause[:, place].sum()) + shared
        if variance > _LEAST * margin.sd**2:
            # Of those taken as outside the subject only the use is to be looked up.
            looked = of.inside if cause != "use_class" else np.ones_like(of.inside)
            doubted = int(np.count_nonzero(looked & (by_cause[:, place] > 0.0)))
            if doubted:
                found.append((variance, {"doubt": cause, "buildings": doubted}))
    found.sort(key=lambda one: (-one[0], one[1]["doubt"]))
    worth = margin.worth(np.array([variance for variance, _ in found]))
    return [about | told for (_, about), told in zip(found, worth, strict=True)]


def _surveys(
    of: Drawn, shared: Shared, common: dict[str, float], margin: Margin, survey: int
) -> list[Entry]:
    seen = {
        name: variance * visits.seen_by_survey(of, shared, name, survey)
        for name, variance in common.items()
    }
    names = sorted(seen, key=lambda name: (-seen[name], name))
    worth = margin.worth(np.array([seen[name] for name in names]))
    return [
        {"error": name, "buildings": survey} | told for name, told in zip(names, worth, strict=True)
    ]
