"""The time-stamp doctor: what the labels of a weather series really mean, told from the sun."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from roofpv.errors import InvalidWeather
from roofpv.weather.clockjumps import Jump, clock_jumps
from roofpv.weather.closure import closure_minutes
from roofpv.weather.solarclock import (
    WEAKEST_RHYTHM,
    ClockFit,
    is_light,
    measure_clock,
)

Finding = Literal[
    "as_claimed", "label", "utc_offset", "daylight_saving", "solar_time", "clock", "uneven",
    "undecided",
]  # fmt: skip

REFUSED_BEYOND_MINUTES = 30.0
LABELS = ("start", "end", "middle", "instant")

_LARGEST_EQUATION_OF_TIME = 16.4
# A series this uncertain cannot tell one hour from the next.
_TOO_UNCERTAIN = 30.0
_FEWEST_DAYS = 2
# A ghi with fewer of its rows than this part of what its parts know is not judged by itself.
_KNOWS_MORE = 0.9
_HALF_HOUR_ZONES = (-9.5, -3.5, -2.5, 3.5, 4.5, 5.5, 5.75, 6.5, 8.75, 9.5, 10.5, 12.75)
# Civil clocks stray from the sun by up to three hours (western China, western Spain in summer).
_CLOCK_FROM_SUN_HOURS = 3.5
# Where several explanations fit, the one with the fewest and commonest mistakes is named: points
# for each mistake, and one point for each five minutes left unexplained.
_POINTS_LABEL, _POINTS_COMMON_ZONE, _POINTS_ZONE = 1.0, 1.0, 2.0
_POINTS_NO_ZONE, _POINTS_HALF_HOUR_ZONE, _POINTS_CLOCK = 3.2, 2.6, 3.5
# A second change; a label that the format fixes, so that its clock is doubted first.
_POINTS_SECOND, _POINTS_FIXED_LABEL = 1.0, 2.1
_MINUTES_PER_POINT = 5.0
# Less than this is not called a fault.
_UNHEEDED = 10.0
_LARGEST_DOUBT = 20.0
_SPLIT_APART_MINUTES = 15.0
_LARGEST_LEEWAY = 5.0
_JUMPS_NAMED = 3


@dataclass(frozen=True)
class Claim:
    """
    What a reader holds the labels to be.

    ``label`` is "start", "end" or "middle" of an interval, or "instant"; ``utc_offset_hours`` is
    the clock of the file, already taken off the labels; ``stated_minutes`` is what the file itself
    asks to add to its labels (PVGIS: the irradiance time offset). ``label_fixed`` is whether its
    format leaves no choice of the label.
    """

    label: str
    interval_minutes: float
    utc_offset_hours: float = 0.0
    stated_minutes: float = 0.0
    label_fixed: bool = False

    @property
    def minutes(self) -> float:
        """Minutes to add to a label to be in the middle of its irradiance."""
        return _middle(self.label, self.interval_minutes) + self.stated_minutes


@dataclass(frozen=True)
class Diagnosis:
    """
    What the sun says of a series' time labels.

    ``measured_minutes`` must be added to the labels for their irradiance to be centred on the sun
    (outside daylight saving, and averaged over the year for a sundial's clock), give or take
    ``uncertainty_minutes`` (two standard errors); ``claimed_minutes`` is what the claim adds.
    ``mend`` and, where another explanation is as good, ``alternative`` are command-line options.
    ``clock_changes`` are the days on which daylight saving begins or ends. ``split_minutes`` is
    where the sun stood for whoever split the file's dni from its dhi, if that can be told.
    """

    finding: Finding
    measured_minutes: float
    uncertainty_minutes: float
    claimed_minutes: float
    sentence: str
    mend: str = ""
    alternative: str = ""
    refused: bool = False
    reason: str = ""
    clock_changes: tuple[date, ...] = ()
    split_minutes: float | None = None
    days: int = 0

    @property
    def error_minutes(self) -> float:
        """Minutes that the claim falls short of the sun; positive if the data look early."""
        return _wrapped(self.measured_minutes - self.claimed_minutes)


class _Explanation(NamedTuple):
    """
    One way in which a claim may be wrong.

    ``moved_minutes`` is how far it moves the labels in all, ``shift_minutes`` the part of it that
    neither label nor clock explains by a name of its own.
    """

    points: float
    label: str
    utc_offset_hours: float
    shift_minutes: float
    moved_minutes: float
    named: bool = True
    solar: bool = False


def diagnose(weather: pd.DataFrame, latitude: float, longitude: float, claim: Claim) -> Diagnosis:
    """
    Tell from the sun what the time labels of a series mean; nothing is repaired.

    A cloudless sky is fitted to each day with its clock free; clear days decide. The minutes found
    are then explained by the fewest mistakes that leave no more than their uncertainty. Half an
    interval more or less cannot be told where it is shorter than that uncertainty, an instant
    not from the middle of an interval, and one hour early with labels at the end not from labels at
    the start: such a twin is the ``alternative``.

    Parameters
    ----------
    weather : DataFrame (time,)
        Index: labels in UTC as claimed, before half an interval is added; any order, with gaps.
        Columns ``ghi``, or ``dni`` and ``dhi``; with all three the file's own closure is looked
        at as well. Irradiance on a plane that faces due south or north can stand in for ``ghi``.
        [W/m2]
    latitude, longitude : float
        Place. [deg]
    claim : Claim
        What the reader holds the labels to be.

    Returns
    -------
    Diagnosis
        ``finding`` "undecided" with its ``reason`` where the data cannot tell.

    Raises
    ------
    InvalidWeather
        A label or a place that does not exist, an interval that is none, or no irradiance.
    """
    _check(weather, latitude, longitude, claim)
    times = _utc(weather)
    ghi = _light(weather)
    fit = measure_clock(times, ghi, latitude, longitude, claim.interval_minutes)
    place = (latitude, longitude)
    jumps = clock_jumps(times, ghi, place, claim.interval_minutes, fit, claim.minutes)
    if jumps:
        return Diagnosis(
            "uneven", fit.minutes, fit.uncertainty, claim.minutes, _jumps_sentence(jumps),
            refused=True, days=fit.days,
        )  # fmt: skip
    reason = _why_undecided(fit)
    if reason:
        return Diagnosis(
            "undecided", fit.minutes, fit.uncertainty, claim.minutes,
            f"the time stamps cannot be judged by the sun: {reason}", reason=reason, days=fit.days,
        )  # fmt: skip
    split = None
    if {"ghi", "dni", "dhi"} <= set(weather) and not fit.solar and not fit.season:
        parts = weather[["ghi", "dni", "dhi"]].to_numpy(dtype=float)
        split = closure_minutes(times, parts, latitude, longitude, fit.minutes)
    return _named(fit, claim, longitude, split)


def _check(weather: pd.DataFrame, latitude: float, longitude: float, claim: Claim) -> None:
    if claim.label not in LABELS:
        raise InvalidWeather(
            "--label", f"{claim.label!r} is none of {', '.join(LABELS)}", "Give one of them"
        )
    if not 0.0 < claim.interval_minutes <= 180.0:
        raise InvalidWeather(
            "interval", f"{claim.interval_minutes:g} minutes, expected 1 to 180",
            "Give hourly or finer data",
        )  # fmt: skip
    if not (abs(latitude) <= 90.0 and abs(longitude) <= 180.0):
        raise InvalidWeather(
            "site", f"latitude {latitude:g}, longitude {longitude:g} is no place on Earth",
            "Give --lat and --lon in degrees",
        )  # fmt: skip
    if "ghi" not in weather and not {"dni", "dhi"} <= set(weather):
        raise InvalidWeather(
            "column ghi", f"missing; found {', '.join(map(str, weather.columns)) or 'no columns'}",
            "The time stamps are checked with ghi, or with dni and dhi",
        )  # fmt: skip


def _light(weather: pd.DataFrame) -> npt.NDArray[np.float64]:
    """The column ghi; the sum of its parts, as symmetric about noon, where that knows more rows."""
    parts = {"dni", "dhi"} <= set(weather)
    ghi = (
        weather["ghi"].to_numpy(dtype=float) if "ghi" in weather else np.full(len(weather), np.nan)
    )
    if not parts or is_light(ghi).sum() > _KNOWS_MORE * len(weather):
        return ghi
    dni, dhi = (weather[name].to_numpy(dtype=float) for name in ("dni", "dhi"))
    both = np.where(is_light(dni) & is_light(dhi), dni + dhi, np.nan)
    return both if is_light(ghi).sum() < _KNOWS_MORE * is_light(both).sum() else ghi


def _utc(weather: pd.DataFrame) -> pd.DatetimeIndex:
    times = pd.DatetimeIndex(weather.index)
    return times if times.tz is None else times.tz_convert("UTC").tz_localize(None)


def _why_undecided(fit: ClockFit) -> str:
    if fit.rhythm == 0.0:
        return "no row has light"
    if fit.rhythm < WEAKEST_RHYTHM:
        return "the irradiance does not follow day and night"
    if fit.days < _FEWEST_DAYS:
        return f"{fit.days} days with light from morning to evening, {_FEWEST_DAYS} are needed"
    if fit.uncertainty > _TOO_UNCERTAIN:
        open_by = f"± {fit.uncertainty:.0f} min" if fit.uncertainty < 720.0 else "any hour"
        return f"clouds leave {open_by} after {fit.days} days"
    return ""


def _named(fit: ClockFit, claim: Claim, longitude: float, split: float | None) -> Diagnosis:
    best, *others = sorted(_explanations(fit, claim, longitude))
    finding = _finding(best, fit, claim)
    mend = " ".join(filter(None, [_options(best, claim), _season_option(fit)]))
    twins = (_options(other, claim) for other in others if _is_twin(other, best))
    alternative = next(twins, "") if finding in {"label", "utc_offset"} else ""
    # A half hour of its name may measure a little more, a clock beyond its uncertainty may not.
    beyond = abs(_wrapped(fit.minutes - claim.minutes)) - min(fit.uncertainty, _LARGEST_LEEWAY)
    moved = max(abs(best.moved_minutes), beyond)
    moved += 60.0 if fit.season else _LARGEST_EQUATION_OF_TIME if fit.solar else 0.0
    diagnosis = Diagnosis(
        finding, fit.minutes, fit.uncertainty, claim.minutes, "", mend, alternative,
        refused=finding != "as_claimed" and moved > REFUSED_BEYOND_MINUTES,
        clock_changes=fit.changes, split_minutes=split, days=fit.days,
    )  # fmt: skip
    said = _sentence(diagnosis, best, fit, claim, longitude)
    return replace(diagnosis, sentence=said + _remarks(diagnosis, claim, longitude))


def _is_twin(other: _Explanation, best: _Explanation) -> bool:
    """Whether two explanations move the labels alike and are about as common."""
    apart = abs(_wrapped(other.moved_minutes - best.moved_minutes))
    return other.named and apart < 1.0 and other.points - best.points <= _POINTS_LABEL


def _explanations(fit: ClockFit, claim: Claim, longitude: float) -> Iterator[_Explanation]:
    """Everything that explains the minutes found, and a clock that is simply wrong."""
    half = claim.interval_minutes / 2.0
    usual = min(_UNHEEDED, half / 2.0) if half > _UNHEEDED else _UNHEEDED
    scale = max(_MINUTES_PER_POINT, min(fit.uncertainty, 2.0 * _MINUTES_PER_POINT))
    error = _wrapped(fit.minutes - claim.minutes)
    for label, label_points in _labels(claim, fit.uncertainty):
        centre = claim.minutes if label == claim.label else _middle(label, claim.interval_minutes)
        for zone, zone_points in _clocks(fit, claim, longitude):
            by_clock = 60.0 * (claim.utc_offset_hours - zone)
            moved = _wrapped(centre - claim.minutes + by_clock)
            left = abs(_wrapped(error - moved))
            # The claim has the benefit of the doubt; another name must fit better than that.
            doubt = fit.uncertainty if moved == 0.0 else min(fit.uncertainty, _LARGEST_DOUBT)
            if left <= max(usual, doubt):
                # Whole hours that no time zone of the place explains are mended as minutes.
                shift = _wrapped(by_clock) if zone_points == _POINTS_NO_ZONE else 0.0
                second = _POINTS_SECOND if label != claim.label and by_clock else 0.0
                points = label_points + zone_points + second + left / scale
                yield _Explanation(points, label, zone, shift, moved, solar=fit.solar)
    zone = longitude / 15.0 if fit.solar else claim.utc_offset_hours
    rest = float(round(_wrapped(error - 60.0 * (claim.utc_offset_hours - zone))))
    points = _POINTS_CLOCK + (_POINTS_FIXED_LABEL - _POINTS_LABEL) * claim.label_fixed
    yield _Explanation(
        points, claim.label, zone, rest, float(round(error)), named=False, solar=fit.solar
    )


def _labels(claim: Claim, uncertainty: float) -> list[tuple[str, float]]:
    if claim.interval_minutes / 2.0 <= max(uncertainty, _UNHEEDED):
        return [(claim.label, 0.0)]
    others = [label for label in ("start", "instant", "end") if label != claim.label]
    if claim.label == "middle":
        others.remove("instant")
    points = _POINTS_FIXED_LABEL if claim.label_fixed else _POINTS_LABEL
    return [(claim.label, 0.0), *((label, points) for label in others)]


def _clocks(fit: ClockFit, claim: Claim, longitude: float) -> Iterator[tuple[float, float]]:
    """Offsets from UTC that the labels may have, and their points."""
    natural = longitude / 15.0
    if fit.solar:
        yield natural, 0.0
        return
    own = claim.utc_offset_hours
    # UTC keeps no daylight saving: labels that do were never in UTC.
    yield own, _POINTS_COMMON_ZONE if fit.season and own == 0.0 else 0.0
    for zone in (*map(float, range(-12, 15)), *_HALF_HOUR_ZONES):
        if abs(zone - own) >= 0.5:
            points = _zone_points(zone, abs(_wrapped(60.0 * (zone - natural))) / 60.0, own)
            if points is not None:
                yield zone, points


def _zone_points(zone: float, from_sun_hours: float, own: float) -> float | None:
    local_read_as_utc = own == 0.0 and from_sun_hours <= 1.0
    if zone % 1.0:
        if from_sun_hours > 1.0:
            return None
        return _POINTS_HALF_HOUR_ZONE - (_POINTS_COMMON_ZONE if local_read_as_utc else 0.0)
    if zone == 0.0 or local_read_as_utc:
        return _POINTS_COMMON_ZONE
    return _POINTS_ZONE if from_sun_hours <= _CLOCK_FROM_SUN_HOURS else _POINTS_NO_ZONE


def _finding(best: _Explanation, fit: ClockFit, claim: Claim) -> Finding:
    if fit.season:
        return "daylight_saving"
    if fit.solar:
        return "solar_time"
    if not best.named:
        return "clock"
    if best.shift_minutes or best.utc_offset_hours != claim.utc_offset_hours:
        return "utc_offset"
    return "as_claimed" if best.label == claim.label else "label"


def _options(best: _Explanation, claim: Claim) -> str:
    parts = []
    if best.solar:
        parts.append("--clock solar")
    elif best.utc_offset_hours != claim.utc_offset_hours and not best.shift_minutes:
        parts.append(f"--utc-offset {best.utc_offset_hours:g}")
    if best.shift_minutes:
        parts.append(f"--shift-minutes {best.shift_minutes:.0f}")
    if best.label != claim.label:
        parts.append(f"--label {best.label}")
    return " ".join(parts)


def _season_option(fit: ClockFit) -> str:
    return f"--daylight-saving {fit.season[0]}/{fit.season[1]}" if fit.season else ""


def _sentence(
    diagnosis: Diagnosis, best: _Explanation, fit: ClockFit, claim: Claim, longitude: float
) -> str:
    if diagnosis.finding == "as_claimed":
        return (
            f"the time stamps agree with the sun: {round(diagnosis.error_minutes):+d} min, "
            f"give or take {diagnosis.uncertainty_minutes:.0f}"
        )
    questions = [_clock_question(best, claim), _label_question(best, claim)]
    if fit.season:
        questions.append(
            f"do the labels follow daylight saving time from {' to '.join(fit.season)}"
        )
    asked = " and ".join(filter(None, questions))
    noon = 720.0 + 60.0 * claim.utc_offset_hours - 4.0 * longitude
    whole = best.utc_offset_hours != claim.utc_offset_hours and not best.solar
    amount = best.moved_minutes if whole else diagnosis.error_minutes
    found = f"solar noon at {_clock(noon - amount)}, not {_clock(noon)}"
    looks = f"the data look {_amount(amount)} ({found})"
    if abs(best.moved_minutes) < 1.0:
        looks = "the clock of the data changes over the year"
    other = f" (or {diagnosis.alternative})" if diagnosis.alternative else ""
    return f"{looks}: {asked}? {diagnosis.mend}{other}"


def _jumps_sentence(jumps: tuple[Jump, ...]) -> str:
    named = [
        f"from {jump.first} to {jump.last} it is {_amount(jump.minutes)} against the rest"
        for jump in jumps[:_JUMPS_NAMED]
    ]
    more = len(jumps) - len(named)
    said = ", ".join(named) + (f", and {more} more" if more else "")
    return f"the clock changes within the file: {said} (to within half a month)"


def _clock_question(best: _Explanation, claim: Claim) -> str:
    if best.solar:
        return "do the labels follow the sundial"
    if best.shift_minutes:
        return "was the clock wrong"
    if best.utc_offset_hours == claim.utc_offset_hours:
        return ""
    zone = best.utc_offset_hours
    return "is the file in UTC" if zone == 0.0 else f"is its clock UTC{_signed_hours(zone)}"


def _label_question(best: _Explanation, claim: Claim) -> str:
    if best.label == claim.label:
        return ""
    if best.label == "instant":
        return "does a row stand for the moment of its label"
    return f"are the rows labelled by the {best.label} of their interval"


def _remarks(diagnosis: Diagnosis, claim: Claim, longitude: float) -> str:
    remarks = ""
    apart = abs(claim.utc_offset_hours - longitude / 15.0)
    wrong_side = min(apart, 24.0 - apart) > _CLOCK_FROM_SUN_HOURS and claim.utc_offset_hours != 0
    if diagnosis.finding != "as_claimed" and wrong_side:
        zone = _signed_hours(claim.utc_offset_hours)
        remarks += f"; longitude {longitude:g} and UTC{zone} do not belong together"
    split = diagnosis.split_minutes
    if split is not None and abs(split - diagnosis.measured_minutes) > _SPLIT_APART_MINUTES:
        late = split - diagnosis.measured_minutes
        remarks += f"; its dni and dhi were split with the sun {late:+.0f} min off its ghi"
    return remarks


def _middle(label: str, interval_minutes: float) -> float:
    return {"start": 0.5, "end": -0.5}.get(label, 0.0) * interval_minutes


def _wrapped(minutes: float) -> float:
    """Minutes within half a day to either side."""
    return float(720.0 - np.mod(720.0 - minutes, 1440.0))


def _amount(minutes: float) -> str:
    hours, rest = divmod(round(abs(minutes)), 60)
    size = " ".join(filter(None, [f"{hours} h" if hours else "", f"{rest} min" if rest else ""]))
    return f"{size} {'early' if minutes > 0 else 'late'}"


def _clock(minutes: float) -> str:
    hour, minute = divmod(round(minutes) % 1440, 60)
    return f"{hour:02d}:{minute:02d}"


def _signed_hours(hours: float) -> str:
    whole, minutes = divmod(round(abs(hours) * 60), 60)
    return f"{'-' if hours < 0 else '+'}{whole}" + (f":{minutes:02d}" if minutes else "")
