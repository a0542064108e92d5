"""Verdicts of two results, what flips them, and buildings that comply now or no more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from roofpv import targets
from roofpv.comparing import exact, runs
from roofpv.comparing.causes import Causes
from roofpv.comparing.pairing import Flags, Paired
from roofpv.results import Result
from roofpv.targets import Rule

Entry = dict[str, Any]
_KEYS = ("rule", "target", "reading", "numerator_variant", "state")
_WHO = ("use", "ownership", "completed", "exemption", "existing_pv_date")
_AREAS = (
    "installable_area_m2", "gross_roof_area_m2", "module_area_m2", "projected_module_area_m2",
    "array_field_area_m2", "existing_module_area_m2", "existing_projected_module_area_m2",
    "existing_array_field_area_m2", "floor_area_m2", "roof_area_m2", "usable_area_m2",
    "footprint_area_m2",
)  # fmt: skip
_BY_ROOF = (*_WHO, *_AREAS, "status", "kwp", "installed_kwp", "existing_pv")
_BY_ENERGY = (*_BY_ROOF, "ac_kwh", "existing_ac_kwh", "load_kwh")
# Texts that no rule asks for; to move them takes a third of the time of a comparison.
_NOT_ASKED = {
    "geometry", "name", "institution_id", "exemption_document", "source_sheet", "use_basis",
    "use_alternative", "exemption_kind", "weather_site", "status_reason", "layout", "load_check",
    "evidence_grade", "height_basis",
}  # fmt: skip
# A way of more steps tells nothing: what is rare goes together.
_MOST_LABELS, _SEVERAL = 6, "several causes"


@dataclass(frozen=True, eq=False)
class Judged:
    """
    Two results and the rules that both were judged by.

    ``rules`` are pairs, before and after, by id; ``days`` those of the verdicts.
    """

    buildings: tuple[pd.DataFrame, pd.DataFrame]
    rules: dict[str, tuple[Rule, Rule]]
    days: tuple[date | None, date | None]


def judged(before: Result, after: Result) -> Judged:
    """
    Rules that two results have in common, read again.

    Raises
    ------
    InvalidRules
        A rule in ``run.json`` that this version cannot read.
    """
    texts = [one.run["rule_texts"] for one in (before, after)]
    common = [name for name in texts[0] if name in texts[1]]
    rules = {
        name: (targets.parse_rule(texts[0][name], name), targets.parse_rule(texts[1][name], name))
        for name in common
    }
    return Judged(
        (pd.DataFrame(before.buildings), pd.DataFrame(after.buildings)),
        rules,
        (runs.as_of(before), runs.as_of(after)),
    )


def target_changes(case: Judged, paired: Paired, causes: Causes) -> list[Entry]:
    """
    Every verdict before and after, and what each cause has of the difference.

    The way from one to the other is judged step by step: buildings that are gone leave, those that
    changed are exchanged cause by cause, new ones come, then the day and the rule change.

    Parameters
    ----------
    case : Judged
    paired : Paired
    causes : Causes

    Returns
    -------
    list of dict
        ``rule target reading numerator_variant default district state unit``, ``a`` and ``b``
        (``numerator denominator value threshold met``), ``flips``, ``flipped_by`` (the last step
        at which the verdict turned; None where it is the same), ``difference`` (of numerator,
        denominator and value) and ``parts`` (of each by step, adding up to it to the last bit).
    """
    labels = [causes.of(columns) for columns in (_BY_ROOF, _BY_ENERGY)]
    ways = [_judged_way(case, paired, labels[0])]
    same = bool((labels[0] == labels[1]).all())
    energetic = any(any(_by_energy(pair).values()) for pair in case.rules.values())
    ways.append(_judged_way(case, paired, labels[1]) if energetic and not same else ways[0])
    found: list[Entry] = []
    for name, pair in case.rules.items():
        by_energy = _by_energy(pair)
        for both in zip(*(_entries(*way[name]) for way in ways), strict=True):
            found.append(both[by_energy[both[0]["target"], both[0]["reading"]]])
    return found


def _by_energy(pair: tuple[Rule, Rule]) -> dict[tuple[str, str], bool]:
    """Whether the energy has a part in a reading, by target and reading."""
    return {
        (target.id, reading.id): reading.metric == "energy_share"
        for rule in pair
        for target in rule.targets
        for reading in target.readings
    }


def _judged_way(
    case: Judged, paired: Paired, labels: np.ndarray
) -> dict[str, tuple[list[str], list[dict[Any, Entry]]]]:
    """By rule the steps of the way and the verdicts before the first and after each."""
    found: dict[str, tuple[list[str], list[dict[Any, Entry]]]]
    found = {name: ([], []) for name in case.rules}
    table = None
    # One table at a time: those of a million buildings do not stand in memory together.
    for step, table in _way(case, paired, labels):
        for name, (old, _) in case.rules.items():
            found[name][0].append(step)
            found[name][1].append(_judge(table, old, case.days[0]))
    for name, (old, new) in case.rules.items():
        steps, judgements = found[name]
        if case.days[0] != case.days[1]:
            steps.append("as_of")
            judgements.append(_judge(table, old, case.days[1]))
        if old.toml != new.toml:
            steps.append("rule")
            judgements.append(_judge(table, new, case.days[1]))
        del steps[0]
    return found


def building_changes(case: Judged, paired: Paired, causes: Causes) -> pd.DataFrame:
    """
    Buildings that comply with a target now and did not, or did and do no more.

    Parameters
    ----------
    case : Judged
    paired : Paired
    causes : Causes

    Returns
    -------
    DataFrame (building and question,)
        ``rule target reading numerator_variant state building_id``, ``change`` ("newly" or "lost")
        and ``causes``.
    """
    by_roof, by_energy = (causes.of(columns) for columns in (_BY_ROOF, _BY_ENERGY))
    ids = pd.Index(paired.before["building_id"])
    alone = {"new": set(paired.new["building_id"]), "gone": set(paired.gone["building_id"])}
    found = []
    for old, new in case.rules.values():
        first = _complying(case.buildings[0], old, case.days[0])
        last = _complying(case.buildings[1], new, case.days[1])
        same = old.toml == new.toml and case.days[0] == case.days[1]
        middle = last if same else _complying(case.buildings[1], old, case.days[0])
        energetic = _by_energy((old, new))
        for key in dict.fromkeys((*first, *last)):
            labels = by_energy if energetic[key[1], key[2]] else by_roof
            a, b, m = (one.get(key, set()) for one in (first, last, middle))
            for change, changed in (("newly", b - a), ("lost", a - b)):
                for name in sorted(changed):
                    why = _why(name, (a, m, b), alone, (ids, labels))
                    found.append((*key, name, change, why))
    columns = [*_KEYS, "building_id", "change", "causes"]
    return pd.DataFrame(found, columns=columns)


def _why(
    name: str,
    complying: tuple[set[str], set[str], set[str]],
    alone: dict[str, set[str]],
    labels: tuple[pd.Index, np.ndarray],
) -> str:
    """New, gone, or the causes of what the verdict rests on, and the rule where it turned it."""
    before, between, after = complying
    for word, names in alone.items():
        if name in names:
            return word
    said = []
    if (name in before) != (name in between):
        said.append(str(labels[1][labels[0].get_loc(name)]) or "unknown")
    if (name in between) != (name in after):
        said.append("rule")
    return "+".join(said)


def _complying(buildings: pd.DataFrame, rule: Rule, day: date | None) -> dict[Any, set[str]]:
    """Ids of the buildings that comply, by question."""
    table = targets.building_verdicts(buildings, rule, as_of=day)
    met = table["met"].fillna(False).to_numpy(dtype=bool)
    ids = table["building_id"].to_numpy(dtype=object)
    # Of a million rows, five short columns are factorised in a tenth of the time of their tuples.
    coded = [pd.factorize(table[name]) for name in _KEYS]
    codes = np.zeros(len(table), dtype=np.int64)
    for one, names in coded:
        codes = codes * max(len(names), 1) + one
    found = {}
    for code in pd.unique(codes):
        mine = codes == code
        first = int(np.argmax(mine))
        key = tuple(str(names[one[first]]) for one, names in coded)
        found[key] = set(ids[mine & met])
    return found


def _way(case: Judged, paired: Paired, labels: np.ndarray) -> Iterator[tuple[str, pd.DataFrame]]:
    """Tables from the first list to the second, each named by what made it of the one before."""
    old, new = (_alike(case.buildings, side) for side in (0, 1))
    ids = paired.before["building_id"]
    place = [pd.Index(table["building_id"].astype(str)).get_indexer(ids) for table in (old, new)]
    before, after = (table.iloc[at] for table, at in zip((old, new), place, strict=True))
    yield "start", old
    if len(paired.gone):
        yield "gone", before
    taken = np.zeros(len(ids), dtype=np.bool_)
    for label, mine in _groups(labels):
        taken = taken | mine
        yield label, pd.concat([before[~taken], after[taken]])
    if len(paired.new):
        yield "new", new


def _groups(labels: np.ndarray) -> list[tuple[str, Flags]]:
    """Buildings by their causes, the rare ones together."""
    codes, names = pd.factorize(labels, sort=True)
    counts = np.bincount(codes, minlength=len(names))
    known = sorted((c for c, n in enumerate(names) if n), key=lambda c: (-counts[c], names[c]))
    found = [(str(names[c]), codes == c) for c in known[:_MOST_LABELS]]
    if len(known) > _MOST_LABELS:
        found.append((_SEVERAL, np.isin(codes, known[_MOST_LABELS:])))
    return found


def _alike(tables: Sequence[pd.DataFrame], side: int) -> pd.DataFrame:
    """One of two tables, the columns that rules ask for, of the type that both have in common."""
    columns = [name for name in tables[1] if name in tables[0] and name not in _NOT_ASKED]
    table = tables[side][columns]
    others = [name for name in columns if tables[0][name].dtype != tables[1][name].dtype]
    kinds = {}
    for name in others:
        pair = [one[name].dtype for one in tables]
        dated = any(pd.api.types.is_datetime64_any_dtype(kind) for kind in pair)
        kinds[name] = "datetime64[s]" if dated else object
    return table.astype(kinds)


def _judge(table: pd.DataFrame, rule: Rule, day: date | None) -> dict[Any, Entry]:
    entries = targets.evaluate(table, [rule], as_of=day)
    return {(*(one[key] for key in _KEYS), one["district"]): one for one in entries}


def _entries(names: Sequence[str], judgements: Sequence[dict[Any, Entry]]) -> Iterator[Entry]:
    for key in dict.fromkeys((*judgements[0], *judgements[-1])):
        path = [one.get(key) for one in judgements]
        first, last = path[0], path[-1]
        known = last or first
        assert known is not None
        met = [None if one is None else one["met"] for one in path]
        turns = [name for name, a, b in zip(names, met, met[1:], strict=False) if a != b]
        yield {
            **{name: known[name] for name in (*_KEYS, "default", "district", "unit", "strength")},
            "a": _side(first),
            "b": _side(last),
            "flips": met[0] != met[-1],
            "flipped_by": turns[-1] if met[0] != met[-1] else None,
            **_parts(names, path),
        }


def _side(entry: Entry | None) -> Entry:
    kept = ("numerator", "denominator", "value", "threshold", "met", "as_of")
    if entry is None:
        return dict.fromkeys(kept)
    return {name: entry[name] for name in kept}


def _parts(names: Sequence[str], path: Sequence[Entry | None]) -> Entry:
    """What each step has of numerator, denominator and value; of a value only where all are."""
    found: Entry = {"difference": {}, "parts": {}}
    for what in ("numerator", "denominator", "value"):
        states = [None if one is None else one[what] for one in path]
        if what != "value":
            states = [0.0 if one is None else one for one in states]
        known = [float(one) for one in states if one is not None]
        if len(known) == len(states):
            grid = exact.on_grid(known)
            found["difference"][what] = grid[-1] - grid[0]
            found["parts"][what] = exact.steps(names, grid)
    return found
