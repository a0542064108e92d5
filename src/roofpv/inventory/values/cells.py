"""Raw cells of one column -> numbers, dates or yes and no, and what was found in them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, time

import numpy as np
import pandas as pd

from roofpv import schema
from roofpv.inventory.findings import DOUBTFUL, EMPTIED, QUARANTINED, REPAIRED, Finding, found
from roofpv.inventory.folding import plain_text
from roofpv.inventory.values.dating import BAD as BAD_DATES
from roofpv.inventory.values.dating import read_day
from roofpv.inventory.values.numerals import BAD as BAD_NUMBERS
from roofpv.inventory.values.numerals import EMPTY_WORDS, Reading, read_number
from roofpv.inventory.values.units import after_number, factor, with_unit

# A cell that only refines the result may be emptied and the row used without it; a cell that
# decides the result (areas, the roof's plane) sets its row aside. A roof whose PV is not known is
# still a roof.
EMPTIED_WHEN_BAD = frozenset(
    {"height_m", "floors", "roof_height_m", "altitude_m", "annual_load_kwh", "lon", "lat",
     "completed", "existing_pv_date", "existing_pv_kwp", "existing_pv_area_m2",
     "existing_pv_kwh", "usable_area_m2", "other_use_area_m2", "stated_kwp",
     "roof_live_load_kn_per_m2", *schema.names(schema.ASKED)}
)  # fmt: skip
# An area that is said to be about so much is no survey of the roof.
ROOF_AREA_APPROXIMATE = "ROOF_AREA_APPROXIMATE"
_LONGEST_TEXT = 200
# Footprints with heights from imagery write -1 where there is none.
_NONE_IS_MINUS_ONE = frozenset({"height_m", "floors"})
_TRUE = frozenset(
    {"是", "有", "对", "已", "√", "✓", "✔", "☑", "y", "yes", "true", "t", "1", "1.0", "已装",
     "已安装", "属于"}
)  # fmt: skip
_FALSE = frozenset(
    {"否", "无", "没有", "不是", "未", "非", "x", "✗", "✘", "☒", "n", "no", "false", "f", "0",
     "0.0", "未装", "未安装", "不属于", "不"}
)  # fmt: skip


def numbers(
    values: pd.Series, column: schema.Column, unit: str = ""
) -> tuple[np.ndarray, list[Finding]]:
    """
    Read a column of numbers.

    Parameters
    ----------
    values : Series (row,)
        Cells as they were found.
    column : Column
        What they are; its unit is that of the result, its bounds are what is believed.
    unit : str
        Unit in which the file states the column, where it is another one.

    Returns
    -------
    (ndarray (row,), list of Finding)
        float64 in the column's unit, NaN where nothing is known; and each cell that was repaired,
        emptied or cannot be used (``EMPTIED_WHEN_BAD``). An empty cell is no finding.
    """
    scale = factor(unit, column.unit) if unit else 1.0
    if scale is None:
        given = values.notna().to_numpy(dtype=bool)
        return np.full(len(values), np.nan), _bad("OTHER_UNIT", column, given, values)
    plain, odd = _plain_numbers(values)
    out = plain * scale
    findings: list[Finding] = []
    if odd.any():
        at = np.flatnonzero(odd)
        out[at], findings = _odd_numbers(values.iloc[at], at, column, scale)
    findings += _without_height(plain, out, column, values)
    outside = (out < column.low) | (out > column.high)
    unit_shown = after_number(column.unit)
    words = {
        "low": with_unit(column.low, ""), "high": with_unit(column.high, ""), "unit": unit_shown,
    }  # fmt: skip
    findings += _bad("OUT_OF_RANGE", column, outside, values, words)
    out[outside] = np.nan
    return out, findings


def approximate_roofs(findings: Iterable[Finding], count: int) -> np.ndarray:
    """Mask of the rows whose roof area is said to be about so much; it is no survey."""
    about = np.zeros(count, dtype=bool)
    for finding in findings:
        if finding.code == ROOF_AREA_APPROXIMATE:
            about[finding.at] = True
    return about


def _plain_numbers(values: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Cells that are plain numbers, and which others are filled."""
    given = values.notna().to_numpy(dtype=bool)
    if pd.api.types.is_bool_dtype(values.dtype):
        return np.full(len(values), np.nan), given
    if pd.api.types.is_numeric_dtype(values.dtype):
        out = values.to_numpy(dtype=float, na_value=np.nan).copy()
    elif pd.api.types.infer_dtype(values, skipna=True) in _ALIKE:
        out = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float, na_value=np.nan).copy()
    else:
        cells = [None if isinstance(v, _NO_NUMBERS) else v for v in values]
        coerced = pd.to_numeric(pd.Series(cells, dtype=object), errors="coerce")
        out = coerced.to_numpy(dtype=float, na_value=np.nan).copy()
    odd = given & ~np.isfinite(out)
    out[odd] = np.nan
    return out, odd


# Kinds of columns in which every cell is text or a number, and none is yes, no or a date.
_ALIKE = frozenset({"string", "integer", "floating", "mixed-integer-float", "decimal", "empty"})
_NO_NUMBERS = (bool, np.bool_, complex, bytes, date, time, np.datetime64, pd.Timedelta, list, dict)


def _odd_numbers(
    values: pd.Series, at: np.ndarray, column: schema.Column, scale: float
) -> tuple[np.ndarray, list[Finding]]:
    """Numbers of the cells at ``at``, each distinct text read once."""

    def read(cell: object) -> Reading:
        if isinstance(cell, date | np.datetime64):
            return Reading(math.nan, "DATE_IN_CELL")
        if isinstance(cell, bool | np.bool_) and column.name.startswith("existing_pv_"):
            return read_number("有" if cell else "无", column, scale)
        if isinstance(cell, _NO_NUMBERS):
            return Reading(math.nan, "NOT_A_NUMBER")
        return read_number(str(cell), column, scale)

    which, cells = _distinct(values)
    readings = [read(cell) for cell in cells]
    numbers = np.array([reading.value for reading in readings], dtype=float)
    codes = [reading.code for reading in readings]
    became = ["" if math.isnan(n) else _shown(n, column.unit) for n in numbers.tolist()]
    # A number out of range is told by its range alone.
    beyond = (numbers < column.low) | (numbers > column.high)
    codes = ["" if far else code for code, far in zip(codes, beyond.tolist(), strict=True)]
    if column.name == "roof_area_m2":
        codes = [ROOF_AREA_APPROXIMATE if code == "APPROXIMATE" else code for code in codes]
    bad = EMPTIED if column.name in EMPTIED_WHEN_BAD else QUARANTINED
    kinds = {code: bad if code in BAD_NUMBERS else REPAIRED for code in codes}
    kinds[ROOF_AREA_APPROXIMATE] = DOUBTFUL
    told = _Told(which, at, _texts(cells), became)
    return numbers[which], told.findings(column.name, codes, kinds)


def _shown(number: float, unit: str) -> str:
    return f"{number:.10g}{after_number(unit)}"


def _texts(cells: Sequence[object]) -> list[str]:
    """Text of cells of which none is missing."""
    return [str(cell)[:_LONGEST_TEXT] for cell in cells]


class _Told:
    """Cells by their distinct text: which text each has, where it stands, what it became."""

    def __init__(
        self, which: np.ndarray, at: np.ndarray, texts: Sequence[str], became: Sequence[str]
    ) -> None:
        self.which = which
        self.at = at
        self.texts = np.array(texts, dtype=object)
        self.became = np.array(became, dtype=object)

    def findings(
        self, column: str, codes: Sequence[str], kinds: Mapping[str, str]
    ) -> list[Finding]:
        """One finding for each code; ``codes`` has one for each distinct text, "" for none."""
        names, index = np.unique(np.array(codes, dtype=str), return_inverse=True)
        listed = []
        for i, code in enumerate(names.tolist()):
            if not code:
                continue
            here = np.flatnonzero(index[self.which] == i)
            texts = self.which[here]
            listed.append(
                Finding(
                    kinds[code], code, column, self.at[here],
                    self.texts[texts].tolist(), self.became[texts].tolist(),
                )
            )  # fmt: skip
        return listed


def _distinct(values: pd.Series) -> tuple[np.ndarray, Sequence[object]]:
    """For each row the place of its cell among the distinct ones, and these."""
    cells = values.to_numpy(dtype=object)
    try:
        which, distinct = pd.factorize(cells)
    except TypeError:
        which, distinct = pd.factorize(_objects([str(cell) for cell in cells]))
    return which, list(distinct)


def _objects(items: Sequence[object]) -> np.ndarray:
    out = np.empty(len(items), dtype=object)
    out[:] = items
    return out


def _without_height(
    plain: np.ndarray, out: np.ndarray, column: schema.Column, values: pd.Series
) -> list[Finding]:
    """Empty the cells that say by -1 that there is no value."""
    if column.name not in _NONE_IS_MINUS_ONE:
        return []
    none = plain == -1.0
    out[none] = np.nan
    return found(REPAIRED, "SENTINEL", column.name, none, values)


def _bad(
    code: str,
    column: schema.Column,
    where: np.ndarray,
    values: pd.Series,
    words: Mapping[str, str] | None = None,
) -> list[Finding]:
    kind = EMPTIED if column.name in EMPTIED_WHEN_BAD else QUARANTINED
    bad = found(kind, code, column.name, where, values)
    return [replace(finding, words=words or {}) for finding in bad]


def dates(values: pd.Series, column: str = "completed") -> tuple[np.ndarray, list[Finding]]:
    """
    Read a column of years, months or days.

    A year stands for its last day and a month for its own: completed by the end of it.

    Parameters
    ----------
    values : Series (row,)
    column : str
        Our name, for the findings.

    Returns
    -------
    (ndarray (row,), list of Finding)
        datetime64[s], NaT where nothing is known. A cell that is no date is emptied.
    """
    out = np.full(len(values), np.datetime64("NaT", "s"), dtype="datetime64[s]")
    at = np.flatnonzero(values.notna().to_numpy(dtype=bool))
    if not at.size:
        return out, []
    which, cells = _distinct(_as_days(values.iloc[at]))
    days, codes = zip(*(_day(cell) for cell in cells), strict=True)
    stamps = np.array(days, dtype="datetime64[D]").astype("datetime64[s]")
    out[at] = stamps[which]
    became = ["" if day is None else day.isoformat() for day in days]
    kinds = {code: EMPTIED if code in BAD_DATES else REPAIRED for code in codes}
    return out, _Told(which, at, _texts(cells), became).findings(column, codes, kinds)


def years(values: pd.Series, column: str) -> tuple[np.ndarray, list[Finding]]:
    """
    Read a column of years; of a date its year counts.

    Parameters
    ----------
    values : Series (row,)
    column : str
        Our name, for the findings.

    Returns
    -------
    (ndarray (row,), list of Finding)
        NaN where nothing is known. A cell that is no date is emptied.
    """
    days, findings = dates(values, column)
    year = days.astype("datetime64[Y]").astype(np.int64) + 1970.0
    return np.where(np.isnat(days), np.nan, year), findings


def _as_days(values: pd.Series) -> pd.Series:
    """Days of timestamps in the time zone that they are written in."""
    if not pd.api.types.is_datetime64_any_dtype(values.dtype):
        return values
    return values.dt.date.astype(object)


def _day(cell: object) -> tuple[date | None, str]:
    if isinstance(cell, bool | np.bool_ | time):
        return None, "NOT_A_DATE"
    return read_day(str(cell))


def flags(values: pd.Series, column: str = "") -> tuple[np.ndarray, list[Finding]]:
    """
    Read a column of yes and no: 是, 否, √, ×, Y, N, 1, 0 and the like.

    Parameters
    ----------
    values : Series (row,)
    column : str
        Its name, for the findings.

    Returns
    -------
    (ndarray (row,), list of Finding)
        True, False, or None where nothing is known. A cell that is neither is emptied.
    """
    out = np.full(len(values), None, dtype=object)
    at = np.flatnonzero(values.notna().to_numpy(dtype=bool))
    if not at.size:
        return out, []
    which, cells = _distinct(values.iloc[at])
    words = [plain_text(str(cell)).strip("。.()") for cell in cells]
    said = [True if w in _TRUE else False if w in _FALSE else None for w in words]
    out[at] = _objects(said)[which]
    strange = [s is None and w not in EMPTY_WORDS for s, w in zip(said, words, strict=True)]
    codes = ["NOT_A_FLAG" if odd else "" for odd in strange]
    told = _Told(which, at, _texts(cells), [""] * len(words))
    return out, told.findings(column, codes, {"NOT_A_FLAG": EMPTIED})


# A column whose typical value is below this is probably stated in the larger unit; the medians of
# public buildings are 50 to 1000 times higher.
_TOO_SMALL = {
    "floor_area_m2": (20.0, "万m2"),
    "roof_area_m2": (5.0, "万m2"),
    "footprint_area_m2": (5.0, "万m2"),
    "usable_area_m2": (5.0, "万m2"),
    "annual_load_kwh": (50.0, "万kWh"),
}
_TOO_LARGE = {"existing_pv_kwp": (5e4, "W"), "stated_kwp": (5e4, "W")}
# Metres from floor to floor, at most and at least, beyond which a height is in another unit.
_STOREY_M = {"ft": (8.0, 20.0), "cm": (200.0, 1000.0)}


def suspicious_unit(
    values: np.ndarray, column: schema.Column, floors: np.ndarray | None = None
) -> str | None:
    """
    Unit in which a column seems to be stated, where its values cannot well be in ours.

    Parameters
    ----------
    values : ndarray (row,)
        Numbers in the column's unit, as read without a stated one.
    column : Column
    floors : ndarray (row,), optional
        Storeys of the same rows, against which heights are held.

    Returns
    -------
    str or None
        For a warning only: no value is changed by it.
    """
    known = values[np.isfinite(values) & (values > 0)]
    if not known.size:
        return None
    middle = float(np.median(known))
    if column.name in _TOO_SMALL and middle < _TOO_SMALL[column.name][0]:
        return _TOO_SMALL[column.name][1]
    if column.name in _TOO_LARGE and middle > _TOO_LARGE[column.name][0]:
        return _TOO_LARGE[column.name][1]
    if column.name == "height_m" and floors is not None:
        storeys = np.isfinite(values) & (floors >= 1)
        each = float(np.median(values[storeys] / floors[storeys])) if storeys.any() else math.nan
        return next((unit for unit, (low, high) in _STOREY_M.items() if low < each < high), None)
    return None
