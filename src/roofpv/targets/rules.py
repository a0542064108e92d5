"""Rules as data: what a rule file may say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

STATUSES = ("draft", "in force")
STRENGTHS = ("shall", "reach", "strive", "encourage")
VARIANTS = ("N1", "N2", "N3")
UNKNOWN_COMPLETED = ("counted", "left out")
LEVELS = ("building", "portfolio", "district", "city")
SCHEDULED_BY = ("as_of", "completed")
COMBINE = ("min", "max", "or")
ROUND_WAYS = ("nearest", "up", "down")
UNSTATED = ("left out", "none")
# Exact, by the international definition of the foot.
UNITS = {"m2": 1.0, "ft2": 0.3048**-2}


@dataclass(frozen=True)
class Metric:
    """
    A kind of share: its unit and the columns that may stand below the line.

    A metric of ``parts`` asks for a capacity: its denominator is the capacity that the parts
    come to, and that many parts it must have at least. ``alone`` says whether it can be judged
    of one building.
    """

    unit: str
    denominators: tuple[str, ...]
    has_variants: bool = False
    parts: int = 0
    alone: bool = False


_AREAS = (
    "installable_area_m2",
    "gross_roof_area_m2",
    "roof_area_m2",
    "usable_area_m2",
    "footprint_area_m2",
    "floor_area_m2",
    "suitable_roof_area_m2",
    "net_roof_area_m2",
    "plot_roof_area_m2",
)
REQUIRED = "required_kw"
METRICS = {
    "area_ratio": Metric("m2", _AREAS, has_variants=True, alone=True),
    "count_ratio": Metric("buildings", ("building_id",)),
    "floor_area_ratio": Metric("m2", ("floor_area_m2",)),
    "institution_ratio": Metric("institutions", ("institution",)),
    "energy_share": Metric("kWh", ("load_kwh",), alone=True),
    "has_pv_flag": Metric("buildings", ("building_id",), alone=True),
    "capacity_per_floor_area": Metric("kW", (REQUIRED,), parts=1, alone=True),
    "capacity_per_eligible_building": Metric("kW", (REQUIRED,), parts=1, alone=True),
    "capacity_min_of": Metric("kW", (REQUIRED,), parts=2, alone=True),
}


@dataclass(frozen=True)
class Words:
    """The same said in English and in Chinese, and in the rule's own language."""

    en: str = ""
    zh: str = ""
    original: str = ""


@dataclass(frozen=True)
class Source:
    """Where a statement was seen."""

    title: str
    url: str = ""


@dataclass(frozen=True)
class Undefined:
    """A word that the source text uses and does not define."""

    term: str
    words: Words


@dataclass(frozen=True)
class Gate:
    """
    Bounds of one column; a building without the value is not let through.

    ``above`` and ``below`` are left outside, ``at_least`` and ``at_most`` are let in.
    """

    column: str
    above: float | None = None
    at_least: float | None = None
    below: float | None = None
    at_most: float | None = None


@dataclass(frozen=True)
class Exemption:
    """Buildings that meet every one of the gates are exempt."""

    gates: tuple[Gate, ...]
    title: Words = Words()


@dataclass(frozen=True)
class Step:
    """From that day on, the threshold is ``value``."""

    date: date
    value: float


@dataclass(frozen=True)
class Subject:
    """
    The buildings that a target is about.

    An empty ``ownerships`` asks for no owner. The dates are inclusive; ``unknown_completed``
    says whether a building without completion date is counted or left out. Every gate must be
    passed.
    """

    uses: tuple[str, ...]
    ownerships: tuple[str, ...] = ()
    completed_from: date | None = None
    completed_to: date | None = None
    unknown_completed: str = "left out"
    gates: tuple[Gate, ...] = ()


@dataclass(frozen=True)
class Term:
    """
    Capacity that is asked for: a factor, times a column where there is one. [kW]

    A column in m2 is first taken in ``unit``, ``building_id`` counts 1 a building. With ``by``
    the factor is the one of ``factors`` that stands beside the value of that column, and ``times``
    is a column that it is multiplied by. ``unstated`` says whether a building without the column
    is left out or has none of it.
    """

    factor: float | None = None
    column: str | None = None
    unit: str = "m2"
    by: str | None = None
    factors: tuple[tuple[str, float], ...] = ()
    times: str | None = None
    unstated: str = "left out"


@dataclass(frozen=True)
class Part:
    """Terms that add up to a capacity, never below 0. [kW]"""

    terms: tuple[Term, ...]


@dataclass(frozen=True)
class Counted:
    """A column that is taken with a factor."""

    column: str
    factor: float = 1.0


@dataclass(frozen=True)
class Rounding:
    """Rounding to whole steps, of the share, or of each capacity that is asked for."""

    step: float
    way: str = "nearest"


@dataclass(frozen=True)
class Reading:
    """
    One way to understand a target: what is divided by what.

    ``substitutes`` are added to the numerator, ``deductions`` are taken off the denominator, and
    ``reductions`` multiply it where their column is above 0. ``parts`` are the capacities that
    are asked for, and ``combine`` which of several counts; with ``or`` a building that has that
    capacity complies too.
    """

    id: str
    metric: str
    denominator: str
    variants: tuple[str, ...] = ()
    default_variant: str | None = None
    default: bool = False
    title: Words = Words()
    note: Words = Words()
    substitutes: tuple[Counted, ...] = ()
    deductions: tuple[Counted, ...] = ()
    reductions: tuple[Counted, ...] = ()
    parts: tuple[Part, ...] = ()
    combine: str | None = None
    rounding: Rounding | None = None

    @property
    def unit(self) -> str:
        """Unit of numerator and denominator."""
        return METRICS[self.metric].unit

    @property
    def asks_capacity(self) -> bool:
        """Whether what is divided by is a capacity that the rule asks for."""
        return METRICS[self.metric].parts > 0

    @property
    def eases(self) -> tuple[str, ...]:
        """Columns that can only make the target easier to meet."""
        counted = (*self.substitutes, *self.deductions, *self.reductions)
        return tuple(dict.fromkeys(one.column for one in counted))


@dataclass(frozen=True)
class Target:
    """
    A share to reach by a date, with every reading of it; exactly one is the default.

    A ``schedule`` replaces the threshold: its step is chosen by the day of the verdict, or of
    each building by its own completion (``scheduled_by``). ``level`` says who must reach it: every
    building, all of them together as a portfolio, every district, or the city. ``strict`` asks for
    more than the threshold.
    """

    id: str
    threshold: float | None
    strength: str
    deadline: date
    subject: Subject
    readings: tuple[Reading, ...]
    title: Words = Words()
    note: Words = Words()
    level: str = "city"
    schedule: tuple[Step, ...] = ()
    scheduled_by: str = "as_of"
    strict: bool = False
    exemptions: tuple[Exemption, ...] = ()

    def threshold_on(self, day: date) -> float | None:
        """The threshold of a day; None before the schedule begins."""
        if not self.schedule:
            return self.threshold
        begun = [step.value for step in self.schedule if step.date <= day]
        return begun[-1] if begun else None


@dataclass(frozen=True)
class Rule:
    """A published text with its targets, what it leaves undefined and what is assumed instead."""

    id: str
    status: str
    text: str
    targets: tuple[Target, ...]
    title: Words = Words()
    note: Words = Words()
    sources: tuple[Source, ...] = ()
    undefined: tuple[Undefined, ...] = ()
    assumptions: tuple[Words, ...] = ()
    toml: str = ""


def last_deadline(rules: Sequence[Rule]) -> date | None:
    """The latest deadline of the targets of some rules; None without any."""
    return max((target.deadline for rule in rules for target in rule.targets), default=None)
