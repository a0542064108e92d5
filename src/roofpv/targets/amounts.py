"""The parts of a rule file that count: gates, capacities asked for, what eases a target."""

from __future__ import annotations

from typing import Any

from roofpv import schema, tomltable
from roofpv.targets.needs import NEEDS, TEXTS
from roofpv.targets.rules import (
    METRICS,
    ROUND_WAYS,
    UNITS,
    UNSTATED,
    Counted,
    Gate,
    Part,
    Rounding,
    Step,
    Term,
)
from roofpv.tomltable import Table

_KNOWN = (*schema.INVENTORY, *schema.RESULT)
NUMBERS = (
    *(column.name for column in _KNOWN if column.kind == "number"),
    *(name for name in NEEDS if name not in TEXTS),
)
CLASSES = ("use", "ownership", "district", "roof_type", *TEXTS)
_BOUNDS = ("above", "at_least", "below", "at_most")
_COUNT = "building_id"


def gates(table: Table, key: str) -> tuple[Gate, ...]:
    """The gates of a list of tables."""
    return tuple(_gate(inner) for inner in tomltable.each(table, key))


def steps(table: Table) -> tuple[Step, ...]:
    """The schedule of a target: days in their order, each once."""
    found: list[Step] = []
    for inner in tomltable.each(table, "schedule"):
        tomltable.only_keys(inner, Step.__dataclass_fields__)
        day = tomltable.day(inner, "date")
        if day is None:
            inner.refuse("date", "missing", "Write the day from which the value holds")
        if found and day == found[-1].date:
            inner.refuse("date", f"two values from {day} on: the steps overlap", "Keep one of them")
        if found and day < found[-1].date:
            before = found[-1].date
            inner.refuse("date", f"{day} stands after {before}", "Write the earliest step first")
        found.append(Step(day, tomltable.share(inner, "value")))
    return tuple(found)


def counted(table: Table, key: str) -> tuple[Counted, ...]:
    """Columns that ease a target, each with its factor."""
    found = tuple(_counted(inner) for inner in tomltable.each(table, key))
    tomltable.all_different(table, key, [one.column for one in found])
    return found


def parts(table: Table, metric: str) -> tuple[Part, ...]:
    """The capacities that are asked for."""
    found = tuple(_part(inner) for inner in tomltable.each(table, "parts"))
    needed = METRICS[metric].parts
    if len(found) < needed:
        mend = "Add a capacity under [[targets.readings.parts]]"
        table.refuse("parts", f"{metric} needs {needed} at least, found {len(found)}", mend)
    return found


def rounding(table: Table) -> Rounding | None:
    """How the share, or each capacity, is rounded; None where it is not."""
    if "rounding" not in table.values:
        return None
    inner = tomltable.inner(table, "rounding")
    tomltable.only_keys(inner, Rounding.__dataclass_fields__)
    step = tomltable.number(inner, "step")
    if not step > 0.0:
        inner.refuse("step", f"step {step:g} is not above 0", "Write such as 0.01")
    way = tomltable.choice(inner, "way", ROUND_WAYS) if "way" in inner.values else "nearest"
    return Rounding(step, way)


def _gate(table: Table) -> Gate:
    tomltable.only_keys(table, Gate.__dataclass_fields__)
    column = tomltable.choice(table, "column", NUMBERS)
    bounds = {key: tomltable.number(table, key) for key in _BOUNDS if key in table.values}
    if not bounds:
        table.refuse("column", "a gate without bound", f"Add one of {', '.join(_BOUNDS)}")
    low = max((bounds[key] for key in ("above", "at_least") if key in bounds), default=None)
    high = min((bounds[key] for key in ("below", "at_most") if key in bounds), default=None)
    if low is not None and high is not None and low >= high:
        table.refuse("column", f"no value lies between {low:g} and {high:g}", "Exchange the bounds")
    return Gate(column, **bounds)


def _counted(table: Table) -> Counted:
    tomltable.only_keys(table, Counted.__dataclass_fields__)
    column = tomltable.choice(table, "column", NUMBERS)
    if column == "other_use_area_m2":
        problem = "a roof taken by another use need be no green roof"
        table.refuse("column", problem, "Take green_roof_area_m2")
    factor = tomltable.number(table, "factor") if "factor" in table.values else 1.0
    if not factor > 0.0:
        table.refuse("factor", f"factor {factor:g} is not above 0", "Write such as 0.5")
    return Counted(column, factor)


def _part(table: Table) -> Part:
    tomltable.only_keys(table, ("terms",))
    found = tuple(_term(inner) for inner in tomltable.each(table, "terms"))
    if not found:
        table.refuse("terms", "a capacity without terms", "Add one under [[...parts.terms]]")
    return Part(found)


def _term(table: Table) -> Term:
    tomltable.only_keys(table, Term.__dataclass_fields__)
    by = tomltable.choice(table, "by", CLASSES) if "by" in table.values else None
    if (by is None) == ("factor" not in table.values):
        problem = "a factor or a column to choose it by, and not both"
        table.refuse("factor", problem, "Give 'factor', or 'by' with 'factors'")
    column = None
    if "column" in table.values:
        column = tomltable.choice(table, "column", (_COUNT, *NUMBERS))
    return Term(
        factor=tomltable.number(table, "factor") if by is None else None,
        column=column,
        unit=_unit(table, column),
        by=by,
        factors=_factors(table, by),
        times=tomltable.choice(table, "times", NUMBERS) if "times" in table.values else None,
        unstated=_one_of(table, "unstated", UNSTATED),
    )


def _factors(table: Table, by: str | None) -> tuple[tuple[str, float], ...]:
    if by is None:
        if "factors" in table.values:
            table.refuse("factors", "no column to choose them by", "Add 'by'")
        return ()
    inner = tomltable.inner(table, "factors")
    known = {"use": schema.USES, "ownership": schema.OWNERSHIPS, "roof_type": schema.ROOF_TYPES}
    if by in known:
        tomltable.only_keys(inner, known[by])
    return tuple((name, tomltable.number(inner, name)) for name in inner.values)


def _unit(table: Table, column: str | None) -> str:
    unit = _one_of(table, "unit", tuple(UNITS))
    if unit != "m2" and not (column or "").endswith("_m2"):
        table.refuse("unit", f"{column or 'a constant'} is no area", "Remove the unit")
    return unit


def _one_of(table: Table, key: str, known: tuple[str, ...]) -> Any:
    return tomltable.choice(table, key, known) if key in table.values else known[0]
