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
from roofpv.certainty.advice import Margin, advice_on, named
from roofpv.certainty.amounts import amounts_of, how_of, is_drawn, varied
from roofpv.certainty.doubts import DOUBTED, Doubting, Integers
from roofpv.certainty.draws import (
    Drawn,
    Later,
    Shared,
    drawn,
    place_sums,
    ranks_of,
    shared_errors,
    sums_of,
    with_city,
)
from roofpv.targets import measure, sums
from roofpv.targets.evaluate import STATES, questions
from roofpv.targets.measure import Flags, Floats, Rows
from roofpv.targets.rules import Rule, Target
from roofpv.targets.sums import Question, Yardstick

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
_OF_ALL = ("existing_pv_kwp", "existing_pv_area_m2", "use_confidence")
_QUANTILES = {"value_q10": 0.1, "value_q50": 0.5, "value_q90": 0.9}

Entry = dict[str, Any]


@dataclass(frozen=True)
class _Named:
    """A target of a rule on a day; ``places`` the city, then its groups, by district or not."""

    rule: Rule
    target: Target
    as_of: date
    places: tuple[str | None, ...]
    by_district: bool


@dataclass(frozen=True)
class _Case(_Named):
    """A target of a rule with its buildings drawn."""

    stock: Rows
    of: Drawn
    shared: Shared
    said: Certainty


@dataclass(frozen=True)
class Share:
    """
    What a share of the places has drawn of a target.

    ``sums`` from `place_sums`; ``mine`` are the places of them that are not all zeros. ``asked``
    each reading in each state with what it is held against; ``followed`` those that are drawn.
    """

    about: _Named
    asked: tuple[tuple[Question, Yardstick], ...]
    followed: tuple[Question, ...]
    mine: Integers
    sums: tuple[Floats, Floats]


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
        for each target and state in its default reading, ``wrong``, the chance that the likelier
        verdict is wrong, and what `advice_on` tells, in the city or, where every district must
        reach the target, in the one that is least sure; ``not_varied``; ``assumptions``.

    Raises
    ------
    InvalidResult
        A column is absent, or does not hold what it should.
    """
    assumed = assumed or Assumptions()
    said = assumed.certainty
    entries: list[Entry] = []
    advice: list[Entry] = []
    for case in _cases(buildings, rules, assumed, as_of, by):
        for found, told in _of_target(case, by):
            entries += found
            advice += told()
    named([visit for one in advice for visit in one["visits"]], buildings)
    return {
        "draws": said.draws,
        "seed": said.seed,
        "entries": entries,
        "advice": advice,
        "not_varied": _not_varied(buildings, rules),
        "assumptions": [a for a in describe(assumed) if a["key"].startswith("certainty.")],
    }


def chances(
    buildings: pd.DataFrame,
    rules: Sequence[Rule],
    assumed: Assumptions | None = None,
    *,
    as_of: date | None = None,
    later: Later | None = None,
) -> list[Entry]:
    """
    The ``entries`` of `certainty` alone, by district: what every assessment tells.

    A target of which no building is taken to be has none: nothing of it is to be judged.

    Parameters
    ----------
    buildings, rules, assumed, as_of
        As for `certainty`.
    later : function of ndarray of int, optional
        Gives columns of the buildings at some places; ``buildings`` has none of their values, and
        they are none of `of_all`.

    Raises
    ------
    InvalidResult
        As `certainty` does.
    """
    cases = _cases(buildings, rules, assumed or Assumptions(), as_of, None, later)
    asked = (case for case in cases if case.of.inside.any())
    return [one for case in asked for found, _ in _of_target(case, None) for one in found]


def shares(
    buildings: pd.DataFrame,
    rules: Sequence[Rule],
    assumed: Assumptions,
    as_of: date | None,
    later: Later | None,
    share: tuple[int, int],
) -> list[Share]:
    """
    What one of several processes draws for `chances`, some of the places.

    Parameters
    ----------
    buildings, rules, assumed, as_of, later
        As for `chances`.
    share : (int, int)
        Which one, and of how many; all of them are given to `chances_of`.
    """
    found = []
    for case in _cases(buildings, rules, assumed, as_of, None, later):
        if not case.of.inside.any():
            continue
        asked = [one for one in questions(case.target, case.as_of) if one.state == STATES[0]]
        followed = tuple(one for one in asked if is_drawn(one))
        both = [dataclasses.replace(one, state=state) for one in asked for state in STATES]
        out, whole = place_sums(case.of, followed, case.shared, case.said, share)
        mine = np.flatnonzero(out.any(axis=(1, 2, 3)))
        about = _Named(case.rule, case.target, case.as_of, case.places, case.by_district)
        held = tuple((one, sums.yardstick(case.stock, one)) for one in both)
        found.append(Share(about, held, followed, mine, (out[mine], whole)))
    return found


def chances_of(told: Sequence[Sequence[Share]]) -> list[Entry]:
    """
    Entries as of `chances` from those of all `shares`.

    Parameters
    ----------
    told : sequence of sequences of Share
        Of each process.
    """
    return [entry for mine in zip(*told, strict=True) for entry in _of_shares(mine)]


def _of_shares(mine: Sequence[Share]) -> Iterator[Entry]:
    about, followed = mine[0].about, mine[0].followed
    whole = np.sum([one.sums[1] for one in mine], axis=0)
    out = np.zeros((len(about.places), *whole.shape))
    for one in mine:
        out[one.mine] += one.sums[0]
    drawn_sums = dict(zip(followed, with_city(out, whole, followed), strict=True))
    for place, (question, limit) in enumerate(mine[0].asked):
        now = dataclasses.replace(question, state=STATES[0])
        both = _of_state(drawn_sums.get(now), place % len(STATES))
        yield from _entries(about, question, limit, both, None)


def of_all(rules: Sequence[Rule]) -> set[str]:
    """Columns of numbers that are looked at in all buildings at once, to find who is drawn."""
    targets = [target for rule in rules for target in rule.targets]
    gates = [gate for target in targets for gate in target.subject.gates]
    gates += [gate for target in targets for one in target.exemptions for gate in one.gates]
    eases = [name for target in targets for reading in target.readings for name in reading.eases]
    return {*(gate.column for gate in gates), *eases, *_OF_ALL}


def with_chances(entries: Sequence[Entry], told: Sequence[Entry]) -> list[Entry]:
    """
    Add ``probability`` and the quantiles of the share to the entries of ``targets.json``.

    Parameters
    ----------
    entries : sequence of dict
        From `targets.evaluate`; one that was not drawn gets None.
    told : sequence of dict
        From `chances`, or the ``entries`` of `certainty`, of the same buildings, rules, day and
        groups. Where the chance is at least that, ``probability_at_least`` says so.
    """
    known = {_which(one): one for one in told}
    nothing = _nothing("not_drawn")
    return [entry | _told_of(known.get(_which(entry), nothing)) for entry in entries]


def _told_of(drawn_entry: Entry) -> Entry:
    found = {name: drawn_entry[name] for name in ("probability", *_QUANTILES)}
    return found | ({"probability_at_least": True} if drawn_entry.get("at_least") else {})


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


def _cases(
    buildings: pd.DataFrame,
    rules: Sequence[Rule],
    assumed: Assumptions,
    as_of: date | None,
    by: str | None,
    later: Later | None = None,
) -> Iterator[_Case]:
    """Every target of every rule, one after the other, with its buildings drawn."""
    day = as_of.date() if isinstance(as_of, datetime) else as_of
    stock = measure.rows_of(buildings, rules, by or "district")
    said = assumed.certainty
    shared, ranks = shared_errors(said), ranks_of(stock.frame["building_id"])
    known = buildings[[name for name in DOUBTED if name in buildings]]
    for rule in rules:
        for target in rule.targets:
            on = day or target.deadline
            there = stock.on(on)
            doubts = Doubting(known, there.installed, assumed)
            of = dataclasses.replace(drawn(there, doubts, ranks, (target, on)), later=later)
            names, by_district = (None, *there.places.names), there.districts is there.places
            yield _Case(rule, target, on, names, by_district, there, of, shared, said)


def _of_target(
    case: _Case, by: str | None
) -> Iterator[tuple[list[Entry], Callable[[], list[Entry]]]]:
    """Entries of each reading and state, and how to work out the advice on it."""
    asked = [one for one in questions(case.target, case.as_of) if one.state == STATES[0]]
    followed = [one for one in asked if is_drawn(one)]
    drawn_sums: dict[Question, Floats] = {}
    if followed:
        found = sums_of(case.of, followed, case.shared, case.said)
        drawn_sums = dict(zip(followed, found, strict=True))
    for one in asked:
        for place, state in enumerate(STATES):
            question = dataclasses.replace(one, state=state)
            limit = sums.yardstick(case.stock, question)
            both = _of_state(drawn_sums.get(one), place)
            usual = one.reading.default and one.variant == one.reading.default_variant
            told: Callable[[], list[Entry]] = list
            if usual and both is not None:
                told = functools.partial(_advice, case, question, limit, both)
            yield list(_entries(case, question, limit, both, by)), told


def _of_state(found: Floats | None, state: int) -> Floats | None:
    return None if found is None else found[:, :, 2 * state : 2 * state + 2]


def _entries(
    case: _Named, question: Question, limit: Yardstick, both: Floats | None, by: str | None
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


def _chance(case: _Named, limit: Yardstick, both: Floats, place: int) -> Entry:
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
    if not len(values):
        return found | dict.fromkeys(_QUANTILES)
    levels = np.quantile(values, list(_QUANTILES.values()))
    return found | dict(zip(_QUANTILES, levels.tolist(), strict=True))


def _in_every_district(case: _Named, limit: Yardstick, both: Floats) -> tuple[Flags, Flags]:
    """Whether a draw has a district to judge, and whether all that can be judged are there."""
    # By another group than the district the districts are not told apart.
    tops, bottoms = both[1:-1, :, 0], both[1:-1, :, 1]
    if not case.by_district or not len(tops):
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


def _advice(case: _Case, question: Question, limit: Yardstick, both: Floats) -> list[Entry]:
    """What to look at first, for the verdict of the city, or of the district that is least sure."""
    if limit.threshold is None or limit.open or how_of(question)[0] == 2:
        return []
    chances = [_chance(case, limit, both, place)["probability"] for place in range(len(both) - 1)]
    place = 0
    if case.target.level == "district" and case.by_district:
        wrong = [0.0 if one is None else min(one, 1.0 - one) for one in chances[1:]]
        place = 1 + int(np.argmax(wrong)) if wrong else 0
    chance = chances[place]
    if chance is None:
        return []
    top, bottom = both[place, :, 0], both[place, :, 1]
    margin = Margin(
        threshold=limit.threshold,
        potential=question.state != STATES[0],
        values=top - limit.threshold * bottom,
        counted=(case.of.rows.places.codes == place - 1) | (place == 0),
        wrong=min(chance, 1.0 - chance),
    )
    if not margin.sd > 0.0:
        return []
    about = {
        "rule": case.rule.id,
        "target": case.target.id,
        "reading": question.reading.id,
        "numerator_variant": question.variant,
        "district": case.places[place],
        "state": question.state,
        "probability": chance,
        "wrong": margin.wrong,
        "unit": question.unit,
    }
    now = dataclasses.replace(question, state=STATES[0])
    parts = amounts_of(case.of.rows, now, case.said.unrecorded_fill)
    return [about | advice_on(case.of, parts, margin, case.shared, case.said.survey_roofs)]
