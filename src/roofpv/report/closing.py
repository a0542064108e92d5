"""Numbers printed so that whoever computes with them finds the printed result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Any

# A verdict that hangs on more digits than these is one of equality.
FEWEST, MOST = 2, 9
# Floats below are at most a hundred-thousandth from the number they stand for.
_EXACT_TO, _NEAR_HALF = 1e10, 1e-5
_SIGNS = {True: "≥", False: "<"}
_STRICT = {True: ">", False: "≤"}


@dataclass(frozen=True)
class Printed:
    """A number as it is printed: ``count`` units of 10^-``digits``."""

    count: int
    digits: int

    @property
    def exact(self) -> Fraction:
        """The printed number itself."""
        return Fraction(self.count, 10**self.digits)

    def __str__(self) -> str:
        """With thousands apart, such as 1,234.50."""
        sign = "-" if self.count < 0 else ""
        whole, rest = divmod(abs(self.count), 10**self.digits)
        return f"{sign}{whole:,}" + (f".{rest:0{self.digits}d}" if self.digits else "")


def printed(value: float | Fraction, digits: int = FEWEST, scale: int = 1) -> Printed:
    """A number, times ``scale``, to so many digits; a half goes up."""
    unit = scale * 10**digits
    if isinstance(value, float):
        # Fractions cost ten times as much, and are needed only where a half may decide.
        raised = value * unit + 0.5
        if abs(raised) < _EXACT_TO and abs(raised - round(raised)) > _NEAR_HALF:
            return Printed(floor(raised), digits)
    return Printed(floor(Fraction(value) * unit + Fraction(1, 2)), digits)


def added(numbers: Sequence[Printed]) -> Printed:
    """Sum of printed numbers of the same digits."""
    return Printed(sum(one.count for one in numbers), numbers[0].digits if numbers else FEWEST)


def closed(parts: Sequence[float], total: Printed) -> list[Printed]:
    """
    Parts rounded so that they add up to a printed total, by largest remainder.

    Parameters
    ----------
    parts : sequence of float
        Their sum is what was printed as ``total``, but for rounding.
    total : Printed

    Returns
    -------
    list of Printed
        Each less than one unit from its value where the parts add up to the total.
    """
    exact = [Fraction(part) * 10**total.digits for part in parts]
    counts = [floor(one) for one in exact]
    order = sorted(range(len(parts)), key=lambda i: (counts[i] - exact[i], i))
    for i in order[: max(0, total.count - sum(counts))]:
        counts[i] += 1
    if counts:
        counts[order[0]] += total.count - sum(counts)
    return [Printed(count, total.digits) for count in counts]


# What is printed elsewhere for a term ("now:COLUMN") of that value; None where nothing is.
Known = Callable[[str, float], Printed | None]


@dataclass(frozen=True)
class Share:
    """
    One verdict as it is printed.

    ``top`` and ``bottom`` are formulas or numbers, ``numerator`` and ``denominator`` what they come
    to, ``percent`` the share, ``sign`` how it stands to ``threshold``, both in percent; None where
    there is nothing to print. ``rounded`` is the share in percent as the rule rounds it. ``agrees``
    says that the printed numbers give the verdict.
    """

    top: str
    bottom: str
    numerator: Fraction | None
    denominator: Fraction | None
    percent: Printed | None
    threshold: str | None
    sign: str
    agrees: bool
    rounded: str | None = None

    @property
    def result(self) -> str:
        """What follows the two numbers: the share, and how it stands to the threshold."""
        if self.percent is None:
            return ""
        said = f" = {self.percent} %"
        said += "" if self.rounded is None else f" → {self.rounded} %"
        return said + (f" {self.sign} {self.threshold} %" if self.sign else "")


def share_of(case: Mapping[str, Any], strict: bool, known: Known) -> Share:
    """
    One case of ``verdicts_of``, printed with as few digits as its verdict needs.

    Parameters
    ----------
    case : mapping
    strict : bool
        Whether more than the threshold is asked for.
    known : function of a term and its value
        As ``Known``: the term ``now:COLUMN``, ``potential:COLUMN`` or, below the line, ``:COLUMN``.
    """
    share = _share(case, strict, known, FEWEST)
    digits = FEWEST
    while not share.agrees and digits < MOST:
        digits += 1
        share = _share(case, strict, known, digits)
    return share


def percent_text(value: float) -> str:
    """A threshold as it is written: 50, 12.5."""
    return f"{100.0 * value:.10g}"


def _share(case: Mapping[str, Any], strict: bool, known: Known, digits: int) -> Share:
    top, numerator = _formula(case["numerator_terms"], case["state"], known, digits)
    bottom, denominator = _formula(case["denominator_terms"], "", known, digits)
    if denominator is None and case["denominator"] is not None:
        asked = printed(case["denominator"], digits)
        bottom, denominator = str(asked), asked.exact
    if case["numerator"] is None:
        numerator, top = None, "–"
    threshold = case["threshold"]
    said = None if threshold is None else percent_text(threshold)
    if numerator is None or not denominator:
        return Share(top, bottom, numerator, denominator, None, said, "", True)
    percent = printed(100 * numerator / denominator, digits)
    if threshold is None or said is None:
        return Share(top, bottom, numerator, denominator, percent, None, "", True)
    wanted, rounded = Fraction(said), _rounded(percent.exact, case.get("rounding"))
    compared = percent.exact if rounded is None else rounded
    reached = compared > wanted if strict else compared >= wanted
    sign = (_STRICT if strict else _SIGNS)[reached]
    # A building that is short of the share may have the capacity that is asked for instead.
    instead = bool(case.get("or_capacity")) and case["met"] is True and not reached
    agrees = case["met"] is None or reached == case["met"] or instead
    shown = None if rounded is None else f"{float(rounded):.10g}"
    return Share(top, bottom, numerator, denominator, percent, said, sign, agrees, shown)


def _rounded(percent: Fraction, rounding: Mapping[str, Any] | None) -> Fraction | None:
    """A share in percent in whole steps of the rule; a half goes up."""
    if rounding is None:
        return None
    step = 100 * Fraction(str(rounding["step"]))
    steps = percent / step
    up = {"nearest": floor(steps + Fraction(1, 2)), "up": ceil(steps), "down": floor(steps)}
    return up[rounding["way"]] * step


def _formula(
    terms: Sequence[Mapping[str, Any]],
    state: str,
    known: Known,
    digits: int,
) -> tuple[str, Fraction | None]:
    """Terms written out, and what they come to as they are printed."""
    base, *others = terms
    if base["value"] is None:
        return "–", None
    key = f"{state}:{base['column']}"
    first = known(key, base["value"]) if digits == FEWEST else None
    number = first or printed(base["value"], digits)
    total, said = number.exact, str(number)
    for one in others:
        if one.get("how") == "times":
            total *= Fraction(str(one["factor"]))
            said = f"{said} × {one['factor']:.10g}"
            continue
        value = printed(one["value"], digits)
        less = one.get("how") == "less"
        term = Fraction(str(one["factor"])) * value.exact
        total = max(total - term, Fraction(0)) if less else total + term
        factor = "" if one["factor"] == 1.0 else f"{one['factor']:.10g} × "
        said = f"{said} {'−' if less else '+'} {factor}{value}"
    return (f"({said})" if others else said), total
