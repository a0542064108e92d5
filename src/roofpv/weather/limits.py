"""Limits of irradiance and the agreement of its parts, as the radiation network BSRN tests them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from roofpv.weather.clearsky import Sun
from roofpv.weather.series import Problem
from roofpv.weather.tablerows import Array, Bools, TableRows, Values, count_rows


class _Limit(NamedTuple):
    """Upper limit: ``factor`` x extraterrestrial x cos(zenith) ** ``power`` + ``more``. [W/m2]."""

    factor: float
    power: float
    more: float

    def of(self, sun: Sun) -> Array:
        up = np.maximum(sun.cos_zenith, 0.0)
        return self.factor * sun.extra * up**self.power + self.more


# [1]_, the limits of what is physically possible and of what is extremely rare.
POSSIBLE = {
    "ghi": _Limit(1.5, 1.2, 100.0),
    "dni": _Limit(1.0, 0.0, 0.0),
    "dhi": _Limit(0.95, 1.2, 50.0),
}
RARE = {
    "ghi": _Limit(1.2, 1.2, 50.0),
    "dni": _Limit(0.95, 0.2, 10.0),
    "dhi": _Limit(0.75, 1.2, 30.0),
}
# Brighter minutes were never measured under any cloud's edge, and no Dataset holds them.
CEILING = {"ghi": 1800.0, "dni": 1400.0, "dhi": 1400.0}
# [1]_, the comparisons: tested above 50 W/m2, to 75 degrees and on to 93.
_ENOUGH_LIGHT, _LOW_SUN, LAST_LIGHT = 50.0, 75.0, 93.0
_RATIO, _RATIO_LOW_SUN = 0.08, 0.15
_DIFFUSE, _DIFFUSE_LOW_SUN = 1.05, 1.10
# None of 100,000 rows of the real files is brighter than is possible, and outliers are rare: more
# than this share of the rows with light, and the column, its unit or its clock is another.
_WRONG_SHARE, _DARKNESS = 0.05, 1.0
# Of a whole series: good stations keep within 2 or 3 %, and single rows fail everywhere.
_FAILING_SHARE, _MEDIAN_OFF, _FEW_ROWS = 0.10, 0.03, 20
_EXCHANGED = 0.5


def remove_impossible(values: Values, sun: Sun, table: TableRows) -> tuple[Values, list[Problem]]:
    """
    Make irradiance NaN where it is above what is physically possible.

    References
    ----------
    .. [1] Long and Dutton, "BSRN Global Network recommended QC tests, V2.0", 2002
    .. [2] Long and Shi, "An automated quality assessment and control algorithm for surface
       radiation measurements", The Open Atmospheric Science Journal 2, 2008,
       :doi:`10.2174/1874282300802010023`
    """
    clean, problems = dict(values), []
    for name, limit in POSSIBLE.items():
        most = np.minimum(limit.of(sun), CEILING[name])
        bad = values[name] > most if name in values else np.zeros(0, dtype=bool)
        if bad.any():
            clean[name] = np.where(bad, np.nan, values[name])
            problems.append(_too_bright(name, values[name], bad, table))
    return clean, problems


def _too_bright(name: str, values: Array, bad: Bools, table: TableRows) -> Problem:
    """Single rows are outliers, made empty; of a column with many of them nothing is trusted."""
    row, count = int(np.argmax(bad)), int(bad.sum())
    share = count / float(np.sum(values > _DARKNESS))
    many = share > _WRONG_SHARE and count >= _FEW_ROWS
    said = (
        f"{values[row]:.0f} W/m2 is more than the sun can give there; {count_rows(count)} of that "
        f"kind{f' ({share:.0%} of those with light)' if many else ''} made empty"
    )
    mend = "Check the sensor, the unit and the clock"
    where = table.cell(name, row)
    if many:
        return Problem("refused", "too_bright", where, said, mend, count)
    return Problem("warning", "impossible", where, said, mend, count)


def note_rare(values: Values, sun: Sun, table: TableRows) -> list[Problem]:
    """Count irradiance above what is extremely rare."""
    problems = []
    for name, limit in RARE.items():
        bad = values[name] > limit.of(sun) if name in values else np.zeros(0, dtype=bool)
        if bad.any():
            said = f"{count_rows(int(bad.sum()))} above what is extremely rare, kept"
            where = table.cell(name, int(np.argmax(bad)))
            problems.append(Problem("note", "rare", where, said, count=int(bad.sum())))
    return problems


def find_exchanged(values: Values, sun: Sun, table: TableRows) -> list[Problem]:
    """Look whether the parts add up to ghi only when dni and dhi change places."""
    if not {"ghi", "dni", "dhi"} <= set(values):
        return []
    up = np.maximum(sun.cos_zenith, 0.0)
    stated = values["dni"] * up + values["dhi"]
    changed = values["dhi"] * up + values["dni"]
    tested = (values["ghi"] > _ENOUGH_LIGHT) & _is_high(sun) & (stated > 0.0) & (changed > 0.0)
    if tested.sum() < _FEW_ROWS:
        return []
    off, off_changed = (
        np.abs(values["ghi"][tested] / total[tested] - 1.0) for total in (stated, changed)
    )
    if np.mean(off > _RATIO) < _EXCHANGED or np.mean(off_changed > _RATIO) > _FAILING_SHARE:
        return []
    said = (
        f"dni and dhi look exchanged: ghi is dhi cos(zenith) + dni, and {np.mean(off > _RATIO):.0%}"
        " of the rows do not close as they are named"
    )
    where = f"{table.source}, columns dni and dhi"
    mend = "Name them the other way round (--column dni=... --column dhi=...)"
    return [Problem("refused", "exchanged", where, said, mend, int(np.sum(off > _RATIO)))]


def compare_parts(values: Values, sun: Sun, table: TableRows) -> list[Problem]:
    """Look whether ghi is dni cos(zenith) + dhi, and dhi not above ghi; nothing is removed."""
    if not {"ghi", "dhi"} <= set(values):
        return []
    problems = _diffuse_ratio(values, sun, table)
    if "dni" in values:
        problems += _closure(values, sun, table)
    return problems


def _closure(values: Values, sun: Sun, table: TableRows) -> list[Problem]:
    total = values["dni"] * np.maximum(sun.cos_zenith, 0.0) + values["dhi"]
    tested = (total > _ENOUGH_LIGHT) & ~np.isnan(values["ghi"]) & (sun.zenith < LAST_LIGHT)
    ratio = values["ghi"][tested] / total[tested]
    if ratio.size < _FEW_ROWS:
        return []
    failing = np.abs(ratio - 1.0) > _by_height(sun, _RATIO, _RATIO_LOW_SUN)[tested]
    median, share = float(np.median(ratio)), float(failing.mean())
    if share <= _FAILING_SHARE and abs(median - 1.0) <= _MEDIAN_OFF:
        return []
    whole = float(values["ghi"][tested].sum() / total[tested].sum())
    said = (
        f"ghi is {_away(median)} dni cos(zenith) + dhi at the median row and {_away(whole)} it in "
        f"sum; {100.0 * share:.0f} % of {count_rows(ratio.size)} fail the test of BSRN, all kept"
    )
    where = f"{table.source}, columns ghi, dni and dhi"
    mend = "Check the sensors, and the clock by which dni and dhi were split"
    return [Problem("warning", "closure", where, said, mend, int(failing.sum()))]


def _away(ratio: float) -> str:
    return f"{100.0 * abs(ratio - 1.0):.1f} % {'below' if ratio < 1.0 else 'above'}"


def _diffuse_ratio(values: Values, sun: Sun, table: TableRows) -> list[Problem]:
    ghi, dhi = values["ghi"], values["dhi"]
    tested = (ghi > _ENOUGH_LIGHT) & ~np.isnan(dhi) & (sun.zenith < LAST_LIGHT)
    if tested.sum() < _FEW_ROWS:
        return []
    ratio = dhi[tested] / ghi[tested]
    if np.all(np.abs(ratio - 1.0) < 1e-3):
        said = "dhi is ghi in every row: the sun never shines"
        mend = "Leave the column out if it was not measured"
        where = table.column("dhi")
        return [Problem("warning", "no_beam", where, said, mend, ratio.size)]
    failing = ratio > _by_height(sun, _DIFFUSE, _DIFFUSE_LOW_SUN)[tested]
    if failing.mean() <= _FAILING_SHARE:
        return []
    said = f"dhi is above ghi in {100.0 * failing.mean():.0f} % of {count_rows(ratio.size)}; kept"
    mend = "Check whether the two columns are exchanged"
    where = table.column("dhi")
    return [Problem("warning", "diffuse_ratio", where, said, mend, int(failing.sum()))]


def _by_height(sun: Sun, high: float, low: float) -> Array:
    return np.where(_is_high(sun), high, low)


def _is_high(sun: Sun) -> Bools:
    return sun.zenith < _LOW_SUN
