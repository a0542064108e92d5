"""Rules as data: what a rule file may say, and the strict way from the file to a ``Rule``."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from roofpv import schema
from roofpv.errors import InvalidRules
from roofpv.targets import checks
from roofpv.targets.checks import Table

STATUSES = ("draft", "in force")
STRENGTHS = ("shall", "reach", "strive", "encourage")
VARIANTS = ("N1", "N2", "N3")
UNKNOWN_COMPLETED = ("counted", "left out")


@dataclass(frozen=True)
class Metric:
    """A kind of share: its unit and the columns that may stand below the line."""

    unit: str
    denominators: tuple[str, ...]
    has_variants: bool = False


_AREAS = ("installable_area_m2", "gross_roof_area_m2", "roof_area_m2", "floor_area_m2")
METRICS = {
    "area_ratio": Metric("m2", _AREAS, has_variants=True),
    "count_ratio": Metric("buildings", ("building_id",)),
    "floor_area_ratio": Metric("m2", ("floor_area_m2",)),
    "institution_ratio": Metric("institutions", ("institution",)),
    "energy_share": Metric("kWh", ("load_kwh",)),
}


@dataclass(frozen=True)
class Words:
    """The same said in English and in Chinese."""

    en: str = ""
    zh: str = ""


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
class Subject:
    """
    The buildings that a target is about.

    An empty ``ownerships`` asks for no owner. The dates are inclusive; ``unknown_completed``
    says whether a building without completion date is counted or left out.
    """

    uses: tuple[str, ...]
    ownerships: tuple[str, ...] = ()
    completed_from: date | None = None
    completed_to: date | None = None
    unknown_completed: str = "left out"


@dataclass(frozen=True)
class Reading:
    """One way to understand a target: what is divided by what."""

    id: str
    metric: str
    denominator: str
    variants: tuple[str, ...] = ()
    default_variant: str | None = None
    default: bool = False
    title: Words = Words()
    note: Words = Words()

    @property
    def unit(self) -> str:
        """Unit of numerator and denominator."""
        return METRICS[self.metric].unit


@dataclass(frozen=True)
class Target:
    """A share to reach by a date, with every reading of it; exactly one is the default."""

    id: str
    threshold: float
    strength: str
    deadline: date
    subject: Subject
    readings: tuple[Reading, ...]
    title: Words = Words()
    note: Words = Words()


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


def library_ids() -> tuple[str, ...]:
    """Ids of the rules that come with roofpv."""
    files = (file.name for file in _library().iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml")))


def load_rule(id_or_path: str | Path) -> Rule:
    """
    Read one rule and check every key of it.

    Parameters
    ----------
    id_or_path : str or Path
        Id of a rule of the library, or the path of a TOML file. A text is a path
        if it ends in ``.toml`` or contains a path separator.

    Returns
    -------
    Rule
        The rule, with all its targets and readings.

    Raises
    ------
    InvalidRules
        No such rule or file, not TOML, or a key or value that means nothing.
    """
    name = str(id_or_path)
    is_path = isinstance(id_or_path, Path) or name.endswith(".toml") or "/" in name or "\\" in name
    file = Path(id_or_path) if is_path else _library_file(name)
    return parse_rule(_text(file), file.name)


def last_deadline(rules: Sequence[Rule]) -> date | None:
    """The latest deadline of the targets of some rules; None without any."""
    return max((target.deadline for rule in rules for target in rule.targets), default=None)


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
    return replace(_rule(Table(where, "", values)), toml=text)


def _library() -> Traversable:
    return resources.files("roofpv.targets") / "library"


def _library_file(name: str) -> Traversable:
    known = library_ids()
    if name not in known:
        raise InvalidRules(
            name,
            "no rule of the library has this id",
            checks.hint(name, known) + "; or give a file",
        )
    return _library() / f"{name}.toml"


def _text(file: Path | Traversable) -> str:
    # Editors on Windows put a byte order mark before the first key.
    try:
        return file.read_bytes().decode("utf-8-sig")
    except OSError as fault:
        raise InvalidRules(
            str(file), f"cannot be read ({fault.strerror})", "Give the path of a TOML file"
        ) from fault
    except UnicodeDecodeError as fault:
        raise InvalidRules(file.name, "not UTF-8", "Save the file as UTF-8") from fault


def _rule(table: Table) -> Rule:
    checks.only_keys(table, [key for key in Rule.__dataclass_fields__ if key != "toml"])
    targets = tuple(_target(inner) for inner in checks.each(table, "targets"))
    if not targets:
        table.refuse("targets", "a rule without target", "Add one under [[targets]]")
    checks.all_different(table, "targets", [target.id for target in targets])
    return Rule(
        id=checks.text(table, "id"),
        status=checks.choice(table, "status", STATUSES),
        text=checks.text(table, "text"),
        targets=targets,
        title=_words(table, "title"),
        note=_words(table, "note"),
        sources=tuple(_source(inner) for inner in checks.each(table, "sources")),
        undefined=tuple(_undefined(inner) for inner in checks.each(table, "undefined")),
        assumptions=tuple(_said(inner) for inner in checks.each(table, "assumptions")),
    )


def _target(table: Table) -> Target:
    checks.only_keys(table, Target.__dataclass_fields__)
    deadline = checks.day(table, "deadline")
    if deadline is None:
        table.refuse("deadline", "missing", "Write the day by which the share is due")
    readings = tuple(_reading(inner) for inner in checks.each(table, "readings"))
    _one_default(table, readings)
    return Target(
        id=checks.text(table, "id"),
        threshold=checks.share(table, "threshold"),
        strength=checks.choice(table, "strength", STRENGTHS),
        deadline=deadline,
        subject=_subject(checks.inner(table, "subject")),
        readings=readings,
        title=_words(table, "title"),
        note=_words(table, "note"),
    )


def _one_default(table: Table, readings: tuple[Reading, ...]) -> None:
    checks.all_different(table, "readings", [reading.id for reading in readings])
    defaults = [reading.id for reading in readings if reading.default]
    if not defaults:
        table.refuse("readings", "no default reading", "Write default = true in one of them")
    if len(defaults) > 1:
        found = " and ".join(defaults)
        table.refuse("readings", f"{found} are all the default", "Leave default = true in one")


def _subject(table: Table) -> Subject:
    checks.only_keys(table, Subject.__dataclass_fields__)
    uses = checks.choices(table, "uses", schema.USES)
    if not uses:
        table.refuse("uses", "missing", "List the use classes that the target is about")
    if "unknown" in uses:
        table.refuse("uses", "a building of unknown use is never counted", "Remove 'unknown'")
    start, end = checks.day(table, "completed_from"), checks.day(table, "completed_to")
    if start and end and start > end:
        table.refuse("completed_to", f"{end} is before {start}", "Exchange the two dates")
    return Subject(
        uses=uses,
        ownerships=checks.choices(table, "ownerships", schema.OWNERSHIPS),
        completed_from=start,
        completed_to=end,
        unknown_completed=_unknown_completed(table, windowed=bool(start or end)),
    )


def _unknown_completed(table: Table, *, windowed: bool) -> str:
    if windowed or "unknown_completed" in table.values:
        return checks.choice(table, "unknown_completed", UNKNOWN_COMPLETED)
    return "counted"


def _reading(table: Table) -> Reading:
    checks.only_keys(table, Reading.__dataclass_fields__)
    metric = checks.choice(table, "metric", tuple(METRICS))
    variants = checks.choices(table, "variants", VARIANTS)
    return Reading(
        id=checks.text(table, "id"),
        metric=metric,
        denominator=_denominator(table, metric),
        variants=variants,
        default_variant=_default_variant(table, metric, variants),
        default=checks.flag(table, "default"),
        title=_words(table, "title"),
        note=_words(table, "note"),
    )


def _denominator(table: Table, metric: str) -> str:
    allowed = METRICS[metric].denominators
    if len(allowed) == 1 and "denominator" not in table.values:
        return allowed[0]
    column = checks.required(table, "denominator")
    known = schema.names(schema.INVENTORY) + schema.names(schema.RESULT)
    if column not in known:
        table.refuse("denominator", f"unknown column {column!r}", checks.hint(str(column), allowed))
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
    return checks.choice(table, "default_variant", variants)


def _words(table: Table, key: str) -> Words:
    return _said(checks.inner(table, key)) if key in table.values else Words()


def _said(table: Table) -> Words:
    checks.only_keys(table, ("en", "zh"))
    return Words(checks.text(table, "en"), checks.text(table, "zh"))


def _source(table: Table) -> Source:
    checks.only_keys(table, ("title", "url"))
    return Source(checks.text(table, "title"), checks.text(table, "url", default=""))


def _undefined(table: Table) -> Undefined:
    checks.only_keys(table, ("term", "en", "zh"))
    words = Words(checks.text(table, "en"), checks.text(table, "zh"))
    return Undefined(checks.text(table, "term"), words)
