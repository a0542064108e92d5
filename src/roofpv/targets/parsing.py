"""The strict way from the text of a rule file to a ``Rule``."""

from __future__ import annotations

import tomllib
from dataclasses import replace

from roofpv import schema, tomltable
from roofpv.errors import InvalidRules
from roofpv.targets import amounts
from roofpv.targets.needs import NEEDS
from roofpv.targets.rules import (
    COMBINE,
    LEVELS,
    METRICS,
    SCHEDULED_BY,
    STATUSES,
    STRENGTHS,
    UNKNOWN_COMPLETED,
    VARIANTS,
    Exemption,
    Reading,
    Rule,
    Source,
    Subject,
    Target,
    Undefined,
    Words,
)
from roofpv.tomltable import Table


def parse_rule(text: str, where: str) -> Rule:
    """
    Check the text of a rule file and make a rule of it.

    Parameters
    ----------
    text : str
        TOML.
    where : str
        Name of the file, for the errors.

    Raises
    ------
    InvalidRules
        Not TOML, or a key or value that means nothing.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise InvalidRules(where, f"not TOML: {fault}", "Correct the line") from fault
    return replace(_rule(Table(where, "", values, InvalidRules)), toml=text)


def _rule(table: Table) -> Rule:
    tomltable.only_keys(table, [key for key in Rule.__dataclass_fields__ if key != "toml"])
    targets = tuple(_target(inner) for inner in tomltable.each(table, "targets"))
    if not targets:
        table.refuse("targets", "a rule without target", "Add one under [[targets]]")
    tomltable.all_different(table, "targets", [target.id for target in targets])
    if not table.values.get("sources"):
        table.refuse("sources", "a rule without source", "Say where it was seen under [[sources]]")
    return Rule(
        id=tomltable.text(table, "id"),
        status=tomltable.choice(table, "status", STATUSES),
        text=tomltable.text(table, "text"),
        targets=targets,
        title=_words(table, "title"),
        note=_words(table, "note"),
        sources=tuple(_source(inner) for inner in tomltable.each(table, "sources")),
        undefined=tuple(_undefined(inner) for inner in tomltable.each(table, "undefined")),
        assumptions=tuple(_said(inner) for inner in tomltable.each(table, "assumptions")),
    )


def _target(table: Table) -> Target:
    tomltable.only_keys(table, Target.__dataclass_fields__)
    deadline = tomltable.day(table, "deadline")
    if deadline is None:
        table.refuse("deadline", "missing", "Write the day by which the share is due")
    readings = tuple(_reading(inner) for inner in tomltable.each(table, "readings"))
    _one_default(table, readings)
    level = tomltable.choice(table, "level", LEVELS) if "level" in table.values else "city"
    _fits_level(table, readings, level)
    return Target(
        id=tomltable.text(table, "id"),
        threshold=_threshold(table),
        strength=tomltable.choice(table, "strength", STRENGTHS),
        deadline=deadline,
        subject=_subject(tomltable.inner(table, "subject")),
        readings=readings,
        title=_words(table, "title"),
        note=_words(table, "note"),
        level=level,
        schedule=amounts.steps(table),
        scheduled_by=_scheduled_by(table, level),
        strict=tomltable.flag(table, "strict"),
        exemptions=tuple(_exemption(inner) for inner in tomltable.each(table, "exemptions")),
    )


def _threshold(table: Table) -> float | None:
    """The threshold; None where a schedule stands in its place."""
    if not table.values.get("schedule"):
        return tomltable.share(table, "threshold")
    if "threshold" in table.values:
        table.refuse("threshold", "given beside a schedule", "Remove one of the two")
    return None


def _scheduled_by(table: Table, level: str) -> str:
    if "scheduled_by" not in table.values:
        return "as_of"
    by = tomltable.choice(table, "scheduled_by", SCHEDULED_BY)
    if not table.values.get("schedule"):
        table.refuse("scheduled_by", "there is no schedule", "Add [[targets.schedule]]")
    if by == "completed" and level != "building":
        problem = "each building has its own threshold, which has no sum"
        table.refuse("scheduled_by", problem, 'Write level = "building"')
    return by


def _fits_level(table: Table, readings: tuple[Reading, ...], level: str) -> None:
    for reading in readings:
        if level == "building" and not METRICS[reading.metric].alone:
            problem = f"{reading.id} is a {reading.metric}, which one building has not"
            table.refuse("level", problem, "Take level city, or another metric")
        if level != "building" and reading.combine == "or":
            problem = f"{reading.id} combines by 'or', which is judged building by building"
            table.refuse("level", problem, 'Write level = "building"')


def _exemption(table: Table) -> Exemption:
    tomltable.only_keys(table, ("gates", "en", "zh"))
    gates = amounts.gates(table, "gates")
    if not gates:
        table.refuse("gates", "an exemption without gate", "Say who is exempt under gates")
    return Exemption(gates, Words(tomltable.text(table, "en"), tomltable.text(table, "zh")))


def _one_default(table: Table, readings: tuple[Reading, ...]) -> None:
    tomltable.all_different(table, "readings", [reading.id for reading in readings])
    defaults = [reading.id for reading in readings if reading.default]
    if not defaults:
        table.refuse("readings", "no default reading", "Write default = true in one of them")
    if len(defaults) > 1:
        found = " and ".join(defaults)
        table.refuse("readings", f"{found} are all the default", "Leave default = true in one")


def _subject(table: Table) -> Subject:
    tomltable.only_keys(table, Subject.__dataclass_fields__)
    uses = tomltable.choices(table, "uses", schema.USES)
    if not uses:
        table.refuse("uses", "missing", "List the use classes that the target is about")
    if "unknown" in uses:
        table.refuse("uses", "a building of unknown use is never counted", "Remove 'unknown'")
    start, end = tomltable.day(table, "completed_from"), tomltable.day(table, "completed_to")
    if start and end and start > end:
        table.refuse("completed_to", f"{end} is before {start}", "Exchange the two dates")
    return Subject(
        uses=uses,
        ownerships=tomltable.choices(table, "ownerships", schema.OWNERSHIPS),
        completed_from=start,
        completed_to=end,
        unknown_completed=_unknown_completed(table, windowed=bool(start or end)),
        gates=amounts.gates(table, "gates"),
    )


def _unknown_completed(table: Table, *, windowed: bool) -> str:
    if windowed or "unknown_completed" in table.values:
        return tomltable.choice(table, "unknown_completed", UNKNOWN_COMPLETED)
    return "counted"


def _reading(table: Table) -> Reading:
    tomltable.only_keys(table, Reading.__dataclass_fields__)
    metric = tomltable.choice(table, "metric", tuple(METRICS))
    variants = tomltable.choices(table, "variants", VARIANTS)
    parts = amounts.parts(table, metric)
    _eases(table, metric)
    return Reading(
        id=tomltable.text(table, "id"),
        metric=metric,
        denominator=_denominator(table, metric),
        variants=variants,
        default_variant=_default_variant(table, metric, variants),
        default=tomltable.flag(table, "default"),
        title=_words(table, "title"),
        note=_words(table, "note"),
        substitutes=amounts.counted(table, "substitutes"),
        deductions=amounts.counted(table, "deductions"),
        reductions=amounts.counted(table, "reductions"),
        parts=parts,
        combine=_combine(table, metric, len(parts)),
        rounding=amounts.rounding(table),
    )


def _eases(table: Table, metric: str) -> None:
    """Refuse areas beside a metric that counts no area."""
    areas = ("area_ratio",)
    for key, fitting in (("substitutes", (*areas, "has_pv_flag")), ("deductions", areas)):
        if key in table.values and metric not in fitting:
            mend = f"Remove the key, or take {' or '.join(fitting)}"
            table.refuse(key, f"{metric} counts no area that could be added or taken off", mend)


def _combine(table: Table, metric: str, parts: int) -> str | None:
    capacity = METRICS[metric].parts > 0
    if parts == 0 or (capacity and parts == 1):
        if "combine" in table.values:
            table.refuse("combine", "there is nothing to combine", "Add [[targets.readings.parts]]")
        return None
    way = tomltable.choice(table, "combine", COMBINE)
    if capacity == (way == "or"):
        right = "min or max" if capacity else "or"
        table.refuse("combine", f"{metric} is not combined by {way!r}", f"Write {right}")
    return way


def _denominator(table: Table, metric: str) -> str:
    allowed = METRICS[metric].denominators
    if len(allowed) == 1 and "denominator" not in table.values:
        return allowed[0]
    column = tomltable.required(table, "denominator")
    known = [*schema.names(schema.INVENTORY), *schema.names(schema.RESULT), *NEEDS]
    if column not in known:
        table.refuse(
            "denominator", f"unknown column {column!r}", tomltable.hint(str(column), allowed)
        )
    if column not in allowed:
        mend = f"Take one of {', '.join(allowed)}"
        table.refuse("denominator", f"{metric} is not taken over {column!r}", mend)
    return str(column)


def _default_variant(table: Table, metric: str, variants: tuple[str, ...]) -> str | None:
    if not METRICS[metric].has_variants:
        for key in ("variants", "default_variant"):
            if key in table.values:
                table.refuse(key, f"{metric} has no numerator variants", "Remove the key")
        return None
    if not variants:
        table.refuse("variants", "missing", f"List some of {', '.join(VARIANTS)}")
    return tomltable.choice(table, "default_variant", variants)


def _words(table: Table, key: str) -> Words:
    return _said(tomltable.inner(table, key)) if key in table.values else Words()


def _said(table: Table) -> Words:
    tomltable.only_keys(table, Words.__dataclass_fields__)
    return Words(
        tomltable.text(table, "en"),
        tomltable.text(table, "zh"),
        tomltable.text(table, "original", default=""),
    )


def _source(table: Table) -> Source:
    tomltable.only_keys(table, ("title", "url"))
    return Source(tomltable.text(table, "title"), tomltable.text(table, "url", default=""))


def _undefined(table: Table) -> Undefined:
    tomltable.only_keys(table, ("term", "en", "zh"))
    words = Words(tomltable.text(table, "en"), tomltable.text(table, "zh"))
    return Undefined(tomltable.text(table, "term"), words)
