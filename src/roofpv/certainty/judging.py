"""How sure the verdicts are: the chance that each target is met, and what would tell more."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from roofpv.assumptions import Assumptions, Certainty, describe
from roofpv.certainty import visits
from roofpv.certainty.amounts import Amounts, amounts_of, is_drawn, varied
from roofpv.certainty.doubts import Doubts, doubts_of
from roofpv.certainty.draws import Drawn, Shared, drawn, shared_errors, sums_of
from roofpv.targets import measure, sums
from roofpv.targets.evaluate import STATES, questions
from roofpv.targets.measure import Flags, Floats, Rows
from roofpv.targets.rules import Rule, Target
from roofpv.targets.sums import Question, Yardstick

VISITS = 10
# What no draw varies, whatever the rule; each has its words in the catalogue.
NOT_VARIED = (
    "ownership",
    "completed",
    "exemption",
    "institution",
    "district",
    "shade",
    "small_roofs",
)
_QUANTILES = {"value_q10": 0.1, "value_q50": 0.5, "value_q90": 0.9}

Entry = dict[str, Any]


@dataclass(frozen=True)
class _Case:
    """A target of a rule with its buildings drawn."""

    rule: Rule
    target: Target
    as_of: date
    stock: Rows
    of: Drawn
    shared: Shared
    said: Certainty

    @property
    def places(self) -> tuple[str | None, ...]:
        """The city, then its groups."""
        return (None, *self.stock.places.names)


def certainty(
    buildings: pd.DataFrame,
    rules: Sequence[Rule],
    assumed: Assumptions | None = None,
    *,
    as_of: date | None = None,
    by: str | None = None,
) -> dict[str, Any]:
    """
    Chance that each target is met under each reading, and what would make it surer.

    Each draw takes one value of every error: of roof and floor areas, of the share of a roof that
    can be used, of loads, of energy (weather, models and losses), of use classes, of records of
    PV, and of whether a roof can carry PV at all. What buildings have in common (`Shared`) is
    drawn once for all of them, the rest once for each. The reading is then judged with the same
    sums as `targets.evaluate` does it. The order of rows, the number of threads and of other
    buildings change no error of a building.

    Parameters
    ----------
    buildings : DataFrame (building,)
        As for `targets.evaluate`, with the columns that `doubts_of` names.
    rules : sequence of Rule
    assumed : Assumptions, optional
        ``certainty`` has the spreads, the number of draws and the seed.
    as_of, by
        As for `targets.evaluate`.

    Returns
    -------
    dict
        ``draws``, ``seed``; ``entries``, in the order of `targets.evaluate`: ``rule target reading
        numerator_variant default district state as_of``, ``probability`` that it is met (None
        where nothing is to be judged), its standard error ``probability_se``, ``judged``, the
        share of draws with something to judge, ``value_q10 value_q50 value_q90`` (a tenth, a half
        and nine tenths of the draws lie below), and ``why_none`` where there is none; ``advice``,
        for each target and state in its default reading, in the city: ``wrong`` (chance that the
        likelier verdict is wrong), ``visits`` (``building_id name district doubt grade use
        variance_share gain``, the most valuable first) and ``surveys`` (``error buildings
        variance_share gain``); ``not_varied``; ``assumptions``.

    Raises
    ------
    InvalidResult
        A column is absent, or does not hold what it should.
    """
    assumed = assumed or Assumptions()
    day = as_of.date() if isinstance(as_of, datetime) else as_of
    stock = measure.rows_of(buildings, rules, by or "district")
    said, doubts = assumed.certainty, functools.cache(_doubts(stock, buildings, assumed))
    entries: list[Entry] = []
    advice: list[Entry] = []
    for rule in rules:
        for target in rule.targets:
            on = day or target.deadline
            mine = doubts(on)
            shared = shared_errors(mine.names, said)
            of = drawn(stock.on(on), mine, target, on)
            case = _Case(rule, target, on, stock.on(on), of, shared, said)
            found, told = _of_target(case, by)
            entries += found
            advice += told
    first = [visit for one in advice for visit in one["visits"]]
    _name(first, buildings)
    return {
        "draws": said.draws,
        "seed": said.seed,
        "entries": entries,
        "advice": advice,
        "not_varied": _not_varied(buildings, rules),
        "assumptions": [a for a in describe(assumed) if a["key"].startswith("certainty.")],
    }


def with_chances(entries: Sequence[Entry], told: dict[str, Any]) -> list[Entry]:
    """
    Add ``probability`` and the quantiles of the share to the entries of ``targets.json``.

    Parameters
    ----------
    entries : sequence of dict
        From `targets.evaluate`; one that was not drawn gets None.
    told : dict
        From `certainty`, of the same buildings, rules, day and groups.
    """
    known = {_which(one): one for one in told["entries"]}
    nothing = _nothing("not_drawn")
    names = ("probability", *_QUANTILES)
    return [
        entry | {name: known.get(_which(entry), nothing)[name] for name in names}
        for entry in entries
    ]


def _which(entry: Entry) -> tuple[Any, ...]:
    names = ("rule", "target", "reading", "numerator_variant", "district", "state", "as_of")
    return (*(entry[name] for name in names), entry.get("group"))


def _not_varied(buildings: pd.DataFrame, rules: Sequence[Rule]) -> list[str]:
    """What is taken as it is; gates with the columns that they look at."""
    found = [cause for cause, column in _ASKED.items() if column not in buildings]
    targets = [target for rule in rules for target in rule.targets]
    gates = [gate for target in targets for gate in target.subject.gates]
    gates += [gate for target in targets for one in target.exemptions for gate in one.gates]
    columns = sorted(
        {gate.column for gate in gates} - {gate.column for gate in varied(tuple(gates))}
    )
    found += [*NOT_VARIED, *([f"gates:{', '.join(columns)}"] if columns else [])]
    asks = any(reading.asks_capacity for target in targets for reading in target.readings)
    return found + (["capacity"] if asks else [])


_ASKED = {"use_class": "use_confidence", "roof_area": "gross_roof_area_sd_fraction"}


def _doubts(stock: Rows, buildings: pd.DataFrame, assumed: Assumptions) -> Callable[[date], Doubts]:
    return lambda day: doubts_of(buildings, stock.on(day).installed, assumed)


def _of_target(case: _Case, by: str | None) -> tuple[list[Entry], list[Entry]]:
    asked = [one for one in questions(case.target, case.as_of) if one.state == STATES[0]]
    followed = [one for one in asked if is_drawn(one)]
    parts = [amounts_of(case.of.rows, one, case.said.unrecorded_fill) for one in followed]
    drawn_sums: dict[Question, tuple[Amounts, Floats]] = {}
    if followed:
        found = sums_of(case.of, followed, parts, case.shared, case.said.seed)
        drawn_sums = dict(zip(followed, zip(parts, found, strict=True), strict=True))
    entries: list[Entry] = []
    advice: list[Entry] = []
    for one in asked:
        for place, state in enumerate(STATES):
            question = dataclasses.replace(one, state=state)
            limit = sums.yardstick(case.stock, question)
            mine = drawn_sums.get(one)
            both = None if mine is None else mine[1][:, :, 2 * place : 2 * place + 2]
            entries += _entries(case, question, limit, both, by)
            usual = one.reading.default and one.variant == one.reading.default_variant
            if usual and mine is not None and both is not None:
                advice += _advice(case, question, limit, mine[0], both[0])
    return entries, advice


def _entries(
    case: _Case, question: Question, limit: Yardstick, both: Floats | None, by: str | None
) -> Iterator[Entry]:
    reading = question.reading
    for place, group in enumerate(case.places):
        about = {
            "rule": case.rule.id,
            "target": case.target.id,
            "reading": reading.id,
            "numerator_variant": question.variant,
            "default": reading.default and question.variant == reading.default_variant,
            "district": group if by in (None, "district") else None,
            **({} if by is None else {"group": group, "group_kind": by}),
            "state": question.state,
            "as_of": case.as_of.isoformat(),
        }
        if both is None:
            yield about | _nothing("reading_not_drawn")
        elif limit.threshold is None or limit.open:
            yield about | _nothing("no_verdict")
        else:
            yield about | _chance(case, limit, both, place)


def _chance(case: _Case, limit: Yardstick, both: Floats, place: int) -> Entry:
    top, bottom = both[place, :, 0], both[place, :, 1]
    judged, there = bottom > 0.0, limit.reached(top, bottom)
    if case.target.level == "district" and place == 0:
        judged, there = _in_every_district(case, limit, both)
    count = int(judged.sum())
    if count == 0:
        return _nothing("nothing_to_judge")
    chance = float(np.count_nonzero(there & judged)) / count
    counted = bottom > 0.0
    values = np.sort(top[counted] / bottom[counted])
    found: Entry = {
        "probability": chance,
        "probability_se": (chance * (1.0 - chance) / count) ** 0.5,
        "judged": count / len(judged),
    }
    if limit.eased:
        # Something that may ease the target is not known: the verdict may be better.
        found["at_least"] = True
    return found | {
        name: float(np.quantile(values, share)) if len(values) else None
        for name, share in _QUANTILES.items()
    }


def _in_every_district(case: _Case, limit: Yardstick, both: Floats) -> tuple[Flags, Flags]:
    """Whether a draw has a district to judge, and whether all that can be judged are there."""
    # By another group than the district the districts are not told apart.
    tops, bottoms = both[1:-1, :, 0], both[1:-1, :, 1]
    if case.stock.districts is not case.stock.places or not len(tops):
        return np.zeros(both.shape[1], dtype=np.bool_), np.zeros(both.shape[1], dtype=np.bool_)
    counted = bottoms > 0.0
    there = limit.reached(tops, bottoms)
    return np.asarray(counted.any(axis=0)), np.asarray((there | ~counted).all(axis=0))


def _nothing(why: str) -> Entry:
    return {
        "probability": None,
        "probability_se": None,
        "judged": 0.0,
        **dict.fromkeys(_QUANTILES),
        "why_none": why,
    }


def _advice(
    case: _Case, question: Question, limit: Yardstick, parts: Amounts, both: Floats
) -> Iterator[Entry]:
    """What to look at first, for one verdict of the city."""
    if limit.threshold is None or limit.open or parts.how[0] == 2:
        return
    margin = both[:, 0] - limit.threshold * both[:, 1]
    mean, sd = float(margin.mean()), float(margin.std())
    judged = both[:, 1] > 0.0
    if not judged.any() or not sd > 0.0:
        return
    chance = float(np.mean(limit.reached(both[judged, 0], both[judged, 1])))
    worth = visits.worth_of_visits(case.of, parts, limit.threshold, question.state != STATES[0])
    surveys = visits.worth_of_surveys(case.of, case.shared, margin, case.said)
    first = _visits(case, worth, sd)
    yield {
        "rule": case.rule.id,
        "target": case.target.id,
        "reading": question.reading.id,
        "numerator_variant": question.variant,
        "state": question.state,
        "probability": chance,
        "wrong": min(chance, 1.0 - chance),
        "margin_sd": sd,
        "unit": question.unit,
        "visits": _told(first, mean, sd),
        "together": _together(first, mean, sd),
        "surveys": _surveys(case, surveys, mean, sd),
    }


def _visits(case: _Case, worth: visits.Worth, sd: float) -> pd.DataFrame:
    """The buildings whose doubts weigh most, by id where they weigh the same."""
    # To nine places: equal doubts must not be told apart by the last bit.
    rank = np.round(worth.variance / sd**2, 9)
    least = np.sort(rank)[-VISITS:][0] if len(rank) else 0.0
    at = np.flatnonzero((rank >= least) & (rank > 0.0))
    frame = pd.DataFrame(
        {
            "building_id": case.of.rows.frame["building_id"].iloc[at].astype(str),
            "rank": -rank[at],
            "variance": worth.variance[at],
            "doubt": [visits.CAUSES[place] for place in np.argmax(worth.by_cause[at], axis=1)],
        }
    )
    return frame.sort_values(["rank", "building_id"]).head(VISITS)


def _told(found: pd.DataFrame, mean: float, sd: float) -> list[Entry]:
    variances = found["variance"].to_numpy()
    worth = visits.gains(variances, mean, sd)
    rows = zip(found["building_id"], found["doubt"], variances / sd**2, worth, strict=True)
    return [
        {"building_id": name, "doubt": doubt, "variance_share": float(share), "gain": float(gain)}
        for name, doubt, share, gain in rows
    ]


def _together(found: pd.DataFrame, mean: float, sd: float) -> Entry:
    """All of the visits: their doubts are independent, their variances add up."""
    variance = float(found["variance"].sum())
    return {
        "buildings": len(found),
        "variance_share": variance / sd**2,
        "gain": float(visits.gains(np.array([variance]), mean, sd)[0]),
    }


def _name(found: list[Entry], buildings: pd.DataFrame) -> None:
    """Add what is known of each building."""
    wanted = {one["building_id"] for one in found}
    ids = buildings["building_id"].astype(str)
    named = buildings.assign(building_id=ids)[ids.isin(wanted)].drop_duplicates("building_id")
    known = named.set_index("building_id")
    for one in found:
        row = known.loc[one["building_id"]]
        for name, column in _ABOUT.items():
            one[name] = _plain_value(row[column]) if column in known else None


_ABOUT = {
    "name": "name",
    "district": "district",
    "use": "use",
    "use_confidence": "use_confidence",
    "grade": "evidence_grade",
    "existing_pv": "existing_pv",
}


def _plain_value(value: Any) -> Any:
    if value is None or pd.isna(value):
        return None
    return float(value) if isinstance(value, float | np.floating) else str(value)


def _surveys(case: _Case, found: list[tuple[str, float]], mean: float, sd: float) -> list[Entry]:
    worth = visits.gains(np.array([one for _, one in found]), mean, sd)
    return [
        {
            "error": name,
            "buildings": case.said.survey_roofs,
            "variance_share": min(variance / sd**2, 1.0),
            "gain": float(gain),
        }
        for (name, variance), gain in zip(found, worth, strict=True)
    ]
