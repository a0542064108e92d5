"""Rows of a table that are no buildings: blank ones, totals, remarks, headers repeated."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

# Totals and remarks begin at the left.
_SEARCHED_COLUMNS = 8
_FEWEST_COLUMNS = 4
_S = "[\\s\u3000\u00a0]*"
# A first look that a whole column can afford: without \s it runs in Arrow, ten times faster.
_MAYBE = re.compile(
    "^[ \t\r\n\u3000\u00a0]*(?:[合总小累共本全分附注备填制审说编单统部负联数]"
    "|[tT][oO]|[sS][uU]|[gG][rR]|[nN][oO]|[rR][eE]|[sS][oO]|[pP][rR]|[cC][oOhH])"
)
_CHINESE_TOTAL = re.compile(
    f"{_S}(?:本页|本表|全市|全区|全县|分区)?[合总小累共]{_S}计{_S}[:：]?{_S}"
)
_TOTAL = re.compile(
    f"{_CHINESE_TOTAL.pattern}|{_S}(?:grand[ -]?|sub[ -]?)?(?:total|sum)s?{_S}[:：]?{_S}", re.I
)
_REMARK = re.compile(
    f"{_S}(?:附?注{_S}\\d*{_S}[:：.、]|备{_S}注{_S}[:：]|(?:填[表报写]|编制?)?说明{_S}[:：]"
    "|(?:填[表报制]|制[表单]|审[核批查])[^:：,，。]{0,8}[:：]"
    "|(?:单位|统计|部门)?负责人[^:：,，。]{0,6}[:：]|联系(?:人|电话)[:：]|数据来源[:：]"
    f"|notes?{_S}\\d*[:.]|remarks?:|sources?:|prepared by|compiled by|checked by)",
    re.I,
)
# Alone in its row, and without a colon.
_LONE_REMARK = re.compile(f"{_S}(?:附?注\\d|备注|填表|填报说明|制表|审核|说明)")
# 一、大武口区: what stands before the name of a group of rows.
_ORDINAL = re.compile(
    f"{_S}(?:[（(]{_S}(?:[一二三四五六七八九十]+|\\d+){_S}[)）]|[一二三四五六七八九十]+{_S}[、.．,，]?"
    f"|\\d+{_S}[、.．]|[IVX]+{_S}[、.．]){_S}"
)
# With plain digits it may be a remark of several.
_SECTION = re.compile(
    f"{_S}(?:[（(]{_S}[一二三四五六七八九十]+{_S}[)）]|[一二三四五六七八九十]+{_S}[、.．,，]){_S}[^\\d]+"
)
_DISTRICT = re.compile(
    f"{_S}[\u4e00-\u9fff]{{1,6}}(?:(?<![小社校园厂院景营库])区|[县市旗镇乡]){_S}[:：]?{_S}"
)
_NUMBER = re.compile(f"{_S}[+-]?\\d[\\d.,\\s]*%?{_S}")


@dataclass(frozen=True, eq=False)
class LeftOut:
    """Which rows are kept (mask), and where the others are by reason; blank ones are not told."""

    keep: np.ndarray
    reasons: Mapping[str, np.ndarray]


def left_out(body: pd.DataFrame, headers: Sequence[Sequence[object]]) -> LeftOut:
    """
    Tell rows of a table from what else stands among them.

    A total is a row whose first text says so (合计, 总计, 小计, total, sum), or the second in
    Chinese, where the first names what is summed. A remark is a row without numbers that begins
    with 注：, 填表人： and the like, or a single text that follows one at the end of the table. A
    section is a row with nothing but an ordinal (一, （一）, 1.) and a name, or a district alone.

    Parameters
    ----------
    body : DataFrame (row, column)
        Cells below the headers, columns by their number.
    headers : sequence of rows
        The rows of the headers as they stand.

    Returns
    -------
    LeftOut
        Reasons are ``total_rows``, ``remark_rows``, ``headers_again`` and ``section_rows``.
    """
    counts = np.zeros(len(body), dtype=np.int32)
    for name in body:
        counts += body[name].notna().to_numpy()
    total, remark = _said(body, counts)
    again = _headers_again(body, headers)
    remark = _with_tail(body, counts, remark & ~total)
    section = _sections(body, counts) & ~total & ~remark & ~again
    keep = (counts > 0) & ~total & ~remark & ~again & ~section
    reasons = {
        "total_rows": total,
        "remark_rows": remark & ~total,
        "headers_again": again,
        "section_rows": section,
    }
    return LeftOut(keep, {reason: np.flatnonzero(rows) for reason, rows in reasons.items()})


def _said(body: pd.DataFrame, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Masks of the rows that call themselves a total, and of those that are a remark."""
    total, remark = np.zeros(len(body), dtype=bool), np.zeros(len(body), dtype=bool)
    maybe = np.zeros(len(body), dtype=bool)
    for name in body.columns[:_SEARCHED_COLUMNS]:
        maybe |= _maybe(body[name])
    at = np.flatnonzero(maybe)
    rows = body.iloc[at].to_numpy(dtype=object)
    for row, cells, count in zip(at.tolist(), rows.tolist(), counts[at].tolist(), strict=True):
        texts = [c for c in cells if isinstance(c, str) and not _NUMBER.fullmatch(c)]
        total[row] = _is_total(texts[:2])
        remark[row] = not any(map(_is_number, cells)) and _is_remark(texts[0], count)
    return total, remark


def _is_number(cell: object) -> bool:
    if isinstance(cell, str):
        return _NUMBER.fullmatch(cell) is not None
    return isinstance(cell, (int, float)) and cell == cell  # noqa: PLR0124  not NaN


def _maybe(column: pd.Series) -> np.ndarray:
    if column.dtype != object:
        return column.str.contains(_MAYBE.pattern, na=False).to_numpy(dtype=bool)
    distinct = [v for v in pd.unique(column) if isinstance(v, str) and _MAYBE.match(v)]
    return column.isin(distinct).to_numpy() if distinct else np.zeros(len(column), dtype=bool)


def _is_total(texts: Sequence[str]) -> bool:
    if _TOTAL.fullmatch(texts[0]):
        return True
    return any(_CHINESE_TOTAL.fullmatch(text) for text in texts[1:])


def _is_remark(text: str, count: int) -> bool:
    return bool(_REMARK.match(text) or (count == 1 and _LONE_REMARK.match(text)))


def _with_tail(body: pd.DataFrame, counts: np.ndarray, remark: np.ndarray) -> np.ndarray:
    """Remarks with the single texts that follow them, where no row of the table comes after."""
    if not remark.any() or body.shape[1] < 2:
        return remark
    last = np.flatnonzero((counts > 1) & ~remark)
    first = max(int(remark.argmax()), int(last[-1]) if last.size else 0)
    if not remark[first:].any():
        return remark
    out = remark.copy()
    start = first + int(remark[first:].argmax())
    single = np.flatnonzero(counts[start:] == 1) + start
    cells = body.iloc[single].to_numpy(dtype=object)
    texts = [any(isinstance(cell, str) for cell in row) for row in cells.tolist()]
    out[single[np.array(texts, dtype=bool)]] = True
    return out


def _sections(body: pd.DataFrame, counts: np.ndarray) -> np.ndarray:
    """Rows that name the group of those below them, in a table of more columns than they fill."""
    out = np.zeros(len(body), dtype=bool)
    if body.shape[1] < _FEWEST_COLUMNS:
        return out
    at = np.flatnonzero((counts == 1) | (counts == 2))
    rows = body.iloc[at].to_numpy(dtype=object).tolist()
    found = [_is_section([c for c in row if isinstance(c, str)], row[0]) for row in rows]
    out[at[np.array(found, dtype=bool)]] = True
    out &= counts > 0
    # A list that numbers its buildings so, and says nothing else of them, is no row of headings.
    return out if 2 * out.sum() < np.count_nonzero(counts) else np.zeros(len(body), dtype=bool)


def _is_section(texts: Sequence[str], first: object) -> bool:
    if not texts or texts[0] is not first:
        return False
    if len(texts) == 2:
        return bool(_ORDINAL.fullmatch(texts[0])) and not _NUMBER.fullmatch(texts[1])
    return bool(_SECTION.fullmatch(texts[0]) or _DISTRICT.fullmatch(texts[0]))


def _headers_again(body: pd.DataFrame, headers: Sequence[Sequence[object]]) -> np.ndarray:
    """Rows that repeat a row of the headers, as on every page of a printed list."""
    found = np.zeros(len(body), dtype=bool)
    for header in headers:
        texts = {c: header[c] for c in body if isinstance(header[c], str)}
        if len(texts) < 2:
            continue
        name = next(iter(texts))
        at = np.flatnonzero((body[name] == texts[name]).to_numpy(dtype=bool))
        for c in body if at.size else ():
            cells = body[c].iloc[at]
            same = cells == texts[c] if c in texts else cells.isna()
            at = at[same.to_numpy(dtype=bool)]
        found[at] = True
    return found
