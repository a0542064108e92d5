"""What a plan is asked for, checked as far as it can be without the buildings."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from roofpv.errors import InvalidConfig

MOST_YEARS = 30


@dataclass(frozen=True)
class Ask:
    """
    A target and the conditions under which it is to be reached.

    Parameters
    ----------
    target : str
        ``RULE/TARGET``, ``RULE/TARGET/READING`` or ``RULE/TARGET/READING/VARIANT``; the default
        reading and variant where they are not named. RULE is an id or the path of a rule file.
    by : int
        Last year in which a roof is equipped; the target is judged at its end.
    start : int, optional
        First year; ``by`` if not given.
    budget_cny, budget_cny_per_year : float, optional
        Investment, not discounted. [CNY]
    must, never : tuple of str
        Ids of buildings that are equipped in any case, or in none.
    minimum : mapping
        District or use class -> share of it to reach, by the same reading.
    kwp_per_year : float, optional
        What the installers can build. [kWp/a]
    max_kwp : mapping
        Name of a district, ``COLUMN:VALUE``, or ``COLUMN`` for each of its values -> capacity
        that the grid there takes, what is installed included. [kWp]
    time_limit_s : float
        The plan found by then is given, with its gap. [s]
    gap : float
        Relative gap at which the search ends. [1]
    district : str, optional
        The target is to be reached there, by its buildings alone.
    rules : tuple of str
        Rule files, or ids of the library, that come before those of the assessment.

    Raises
    ------
    InvalidConfig
        A value that means nothing, or a building that must and must not be equipped.
    """

    target: str
    by: int
    start: int | None = None
    budget_cny: float | None = None
    budget_cny_per_year: float | None = None
    must: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    minimum: Mapping[str, float] = field(default_factory=dict)
    kwp_per_year: float | None = None
    max_kwp: Mapping[str, float] = field(default_factory=dict)
    time_limit_s: float = 30.0
    district: str | None = None
    rules: tuple[str, ...] = ()
    gap: float = 0.0

    def __post_init__(self) -> None:
        self._check_years()
        for name in ("budget_cny", "budget_cny_per_year", "kwp_per_year"):
            value = getattr(self, name)
            if value is not None:
                _not_negative(name, value)
        for name, value in self.max_kwp.items():
            _not_negative(f"max_kwp {name}", value)
        for name, value in self.minimum.items():
            if not 0.0 <= value <= 1.0:
                raise InvalidConfig(
                    f"minimum {name}", f"{value:g} is no share from 0 to 1", "Write 0.15 for 15 %"
                )
        if not (self.time_limit_s > 0.0 and math.isfinite(self.time_limit_s)):
            raise InvalidConfig(
                "time_limit_s", f"{self.time_limit_s:g} is not above 0", "Give it in seconds"
            )
        both = sorted(set(self.must) & set(self.never))
        if both:
            raise InvalidConfig(
                f"must and never {both[0]}", "the building stands in both", "Take it out of one"
            )

    @property
    def years(self) -> range:
        """Years in which roofs may be equipped."""
        return range(self.by if self.start is None else self.start, self.by + 1)

    def _check_years(self) -> None:
        if not 1900 <= self.by <= 2200:
            raise InvalidConfig("by", f"{self.by} is no year", "Write it as 2027")
        if not self.years:
            raise InvalidConfig(
                "from", f"{self.start} is after {self.by}", "Exchange the two years"
            )
        if len(self.years) > MOST_YEARS:
            raise InvalidConfig(
                "from", f"{len(self.years)} years, {MOST_YEARS} at most", "Start later"
            )


def _not_negative(name: str, value: float) -> None:
    if not (value >= 0.0 and math.isfinite(value)):
        raise InvalidConfig(name, f"{value:g} is not 0 or more", "Correct the number")
