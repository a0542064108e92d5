"""Whether there is PV on a building: by a column of yes and no, by a tag, or by its size."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from roofpv.inventory.classes.wording import distinct_texts
from roofpv.inventory.findings import DOUBTFUL, EMPTIED, REPAIRED, Finding, found

__all__ = ["existing_pv", "has_pv"]

_YES, _NO, _UNKNOWN = "yes", "no", "unknown"
_EMPTY = frozenset(
    {"不详", "不明", "不清楚", "未知", "未填", "未填写", "待定", "待查", "待核实", "暂缺", "/", "-",
     "--", "?", "n/a", "na", "nan", "null", "unknown"}
)  # fmt: skip
_NOT = re.compile(
    r"^(?:否|无|没有?|未|不|非|暂无|暂未|尚未|拟|计划|规划|准备|待|x$|✗$|✘$|☒$|□$|n$|no$|none$|"
    r"false$|f$|0(?:\.0)?$)"
)
_IS = re.compile(
    r"^(?:是|有|对|已|现有|部分|√|✓|✔|☑|■|y$|yes$|true$|t$|1(?:\.0)?$|solar)|"
    r"^(?:安装|装有|建成|并网|建有)"
)
_DIGIT = re.compile(r"[0-9]")
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(?:kw|kwp|mw|千瓦|兆瓦|m2|平方米|平米|块)?", re.ASCII)
_TAGS = re.compile(r"(?:^|[;|,\s])(?:solar|solar_panels?|photovoltaic|pv)(?:$|[;|,\s])")
_SIZES = ("existing_pv_kwp", "existing_pv_area_m2")


def has_pv(
    column: pd.Series | None, tag: pd.Series | None = None
) -> tuple[np.ndarray, list[Finding]]:
    """
    Whether there is PV, as the file words it.

    Parameters
    ----------
    column : Series (row,), optional
        Cells that say yes or no: 是, 否, 已安装, 未装, 有, 无; planned PV is none yet.
    tag : Series (row,), optional
        ``generator:source`` of OpenStreetMap, or the roof material of OpenStreetMap or Overture;
        solar says yes, all else nothing.

    Returns
    -------
    (ndarray of object (row,), list of Finding)
        True, False, or None where nothing is known. A cell that is neither is emptied
        (``NOT_A_FLAG``); a size in it says yes (``PV_SIZE_IN_FLAG``).
    """
    given = [series for series in (column, tag) if series is not None]
    said = np.full(len(given[0]) if given else 0, None, dtype=object)
    findings: list[Finding] = []
    if column is not None:
        codes, texts = distinct_texts(column)
        said = _of_rows([_said(text) for text in texts], codes)
        sizes = _of_rows([_tells_size(text) for text in texts], codes)
        strange = _of_rows([_said(t) is None and t not in _EMPTY for t in texts], codes)
        findings += found(REPAIRED, "PV_SIZE_IN_FLAG", "has_pv", sizes == True, column)  # noqa: E712
        findings += found(EMPTIED, "NOT_A_FLAG", "has_pv", strange == True, column)  # noqa: E712
    if tag is not None:
        codes, texts = distinct_texts(tag)
        solar = _of_rows([bool(_TAGS.search(text)) for text in texts], codes)
        said[(solar == True) & (said == None)] = True  # noqa: E711, E712
    return said, findings


def _of_rows(of_texts: Sequence[bool | None], codes: np.ndarray) -> np.ndarray:
    return np.array([*of_texts, None], dtype=object)[codes]


def _said(text: str) -> bool | None:
    if text in _EMPTY:
        return None
    if size := _SIZE.fullmatch(text):
        return float(size[1]) > 0
    if _NOT.search(text):
        return False
    return True if _IS.search(text) else None


def _tells_size(text: str) -> bool:
    sized = _DIGIT.search(text) is not None and text not in ("1", "1.0")
    return sized and _said(text) is True


def existing_pv(
    frame: pd.DataFrame, table: pd.DataFrame, findings: Iterable[Finding]
) -> tuple[pd.Series, list[Finding]]:
    """
    Whether there is PV on each building, by all that is known.

    Parameters
    ----------
    frame : DataFrame (row,)
        Typed: ``existing_pv_kwp`` and ``existing_pv_area_m2``, NaN where not known.
    table : DataFrame (row,)
        The same rows as the file has them; ``has_pv`` (or ``existing_pv``) and ``pv_tag`` are read
        where they are there.
    findings : iterable of Finding
        Of the cells of ``frame``: PV without its size is PV.

    Returns
    -------
    (Series (row,), list of Finding)
        ``yes``, ``no`` or ``unknown``. A size comes before the word; where they contradict each
        other it is doubtful (``PV_CONTRADICTED``).
    """
    column = next((table[name] for name in ("has_pv", "existing_pv") if name in table), None)
    said, told = has_pv(column, table.get("pv_tag"))
    said = said if said.size else np.full(len(frame), None, dtype=object)
    sizes = frame[list(_SIZES)].to_numpy(dtype=float)
    there = (sizes > 0).any(axis=1)
    none = (sizes == 0).any(axis=1) & ~there
    unsized = np.zeros(len(frame), dtype=bool)
    for finding in findings:
        if finding.code == "PV_WITHOUT_SIZE":
            unsized[finding.at] = True
    yes = there | unsized | ((said == True) & ~none)  # noqa: E712
    no = ~yes & (none | (said == False))  # noqa: E712
    answer = np.where(yes, _YES, np.where(no, _NO, _UNKNOWN)).astype(object)
    against = ((said == False) & there) | ((said == True) & none)  # noqa: E712
    if column is not None:
        told += found(DOUBTFUL, "PV_CONTRADICTED", "has_pv", against, column)
    return pd.Series(answer, index=frame.index, name="existing_pv", dtype=object), told
