"""Why a rule does not apply to a building: from a text, or from columns that say yes or no."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from roofpv.catalogue import say
from roofpv.inventory.classes.wording import distinct_texts
from roofpv.inventory.findings import DOUBTFUL, Finding, texts_of

__all__ = ["EXEMPTION_KINDS", "exemptions", "reason_in"]

# Kinds and the words of a text that tell them; the first that fits. Demolition counts within
# three years, as the calls for rooftop schemes put it.
_KEYWORDS = {
    "heritage": "文保|文物|历史建筑|历史保护|保护建筑|古建筑|heritage|listed|monument",
    "unsafe_structure": "危房|危楼|危险房|[cd]级|[cd]su|鉴定|结构安全|结构不安全|安全隐患|承载力"
    "|荷载|承重|unsafe",
    "disrepair": "失修|漏水|渗漏|渗水|破损|老化|disrepair|leak",
    "demolition_within_3_years": "拆迁|拆除|待拆|拟拆|搬迁|棚改|棚户区改造|征收|征迁|demoli",
    "illegal": "违建|违章|违法建|违规建|illegal",
    "leased_roof": "出租|租赁|租用|已租|leased|rented",
    "abandoned_homestead": "宅基地|空心房|abandoned",
    "rural_shed": "棚舍|圈舍|羊圈|牛棚|猪圈|鸡舍|大棚|简易棚|rural shed",
    "other_use": "他用|已用于|种植|绿化|停机坪|热水|集热|屋顶花园|球场|占用|helipad|green roof",
}
EXEMPTION_KINDS = (*_KEYWORDS, "other")
_ANY = re.compile("|".join(_KEYWORDS.values()))
_DENIED = re.compile(
    f"^x$|^(?:非|不属于?|不是|无|没有|不存在|未列入|未纳入)(?:任何|是|为)?(?:{_ANY.pattern})"
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NONE = _words(
    "无 否 no none n false 0 - -- / n/a na nan null 没有 暂无 不豁免 无豁免 未豁免 不适用 不涉及"
)
_YES = _words("是 有 √ ✓ ✔ ☑ ■ 1 true t y yes 对 属于 属 列入 已列入")
_NO = _NONE | _words(
    "f x □ 不是 不属于 不属 非 未 未列入 无计划 暂无计划 完好 基本完好 良好 较好 好 正常 一般 合格 "
    "安全 a b a级 b级 asu bsu"
)
# What a cell of one kind of column says beside yes and no.
_ANSWER = re.compile(r"^(是|有|属于|√|yes|y|否|无|没有|不是|不属于|no|n)\s*[(\[,;:、。]+(.*)$")
_YES_OF = {
    "heritage": "[国省市县区家]级|全国重点",
    "unsafe_structure": "^[cd]$|不合格|不安全|^危",
    "disrepair": "^较?差$|严重|损坏",
    "demolition_within_3_years": "20[0-9]{2}",
    "leased_roof": "^已出?租",
}
_YEAR = re.compile(r"(?<![0-9])20[0-9]{2}(?![0-9])")
_YEARS_AHEAD = 3
_LONGEST_HEADER = 60
_DEMOLITION = "demolition_within_3_years"


@dataclass(frozen=True)
class _Reason:
    """What a cell says: an exemption of a kind or none, and what is doubtful about it."""

    kind: str | None
    doubt: str | None = None
    year: int | None = None


_NO_REASON = _Reason(None)


@dataclass(frozen=True)
class _Called:
    """A column by our name and by that of the file."""

    name: str
    header: str


def exemptions(
    text: pd.Series | None,
    flags: Mapping[str, pd.Series],
    *,
    headers: Mapping[str, str] | None = None,
    as_of: date | None = None,
) -> tuple[pd.DataFrame, list[Finding]]:
    """
    Which buildings are exempt, and why.

    Parameters
    ----------
    text : Series (row,), optional
        Reasons as the file words them; any text exempts, but for words that mean no (无, 否, -).
    flags : mapping
        Kind of exemption -> Series (row,) of cells that say yes or no, or how bad it is.
    headers : mapping, optional
        Kind (``exemption`` for the reasons) -> header of its column, to be named in the reason and
        in what is found; else the name of the Series.
    as_of : date, optional
        Day from which the three years to a demolition count.

    Returns
    -------
    (DataFrame (row,), list of Finding)
        ``exemption``, the reason or None; ``exemption_kind``, one of ``EXEMPTION_KINDS`` or None.
        Findings about a flag name the column ``exempt_`` and its kind. Without any column there
        are no rows.
    """
    index = next((s.index for s in (text, *flags.values()) if s is not None), pd.RangeIndex(0))
    reason = np.full(len(index), None, dtype=object)
    kind = np.full(len(index), None, dtype=object)
    findings: list[Finding] = []
    if text is not None:
        read, codes = _read(text, "", as_of)
        called = _Called("exemption", (headers or {}).get("exemption", "exemption"))
        findings += _doubts(text, called, read, codes, as_of)
        kind = _kinds(read)[codes]
        stated = kind != None  # noqa: E711
        reason[stated] = [str(cell).strip() for cell in text[stated]]
    for name in [known for known in EXEMPTION_KINDS if known in flags]:
        read, codes = _read(flags[name], name, as_of)
        header = (headers or {}).get(name) or str(flags[name].name or f"exempt_{name}")
        called = _Called(f"exempt_{name}", header)
        findings += _doubts(flags[name], called, read, codes, as_of)
        raised = (_kinds(read)[codes] != None).nonzero()[0]  # noqa: E711
        made = _labels(flags[name].iloc[raised], name, (headers or {}).get(name))
        reason[raised] = [
            f"{old}；{new}" if old else new for old, new in zip(reason[raised], made, strict=True)
        ]
        weak = np.isin(kind[raised].astype(str), ("None", "other"))
        kind[raised[weak]] = name
    columns = {"exemption": reason, "exemption_kind": kind}
    return pd.DataFrame(columns, index=index, dtype=object), findings


def _read(column: pd.Series, name: str, as_of: date | None) -> tuple[list[_Reason], np.ndarray]:
    """What each distinct cell says, an empty one last; and the number of each row's."""
    codes, texts = distinct_texts(column)
    read = [_flag(cell, name) if name else _text(cell) for cell in texts]
    return [*(_in_time(reason, as_of) for reason in read), _NO_REASON], codes


def reason_in(cell: str) -> str | None:
    """Kind of exemption that a plain text speaks of and does not deny."""
    if not _ANY.search(cell) or _DENIED.search(cell):
        return None
    return _text(cell).kind


def _text(cell: str) -> _Reason:
    if cell in _NONE:
        return _NO_REASON
    kind = "other"
    if _ANY.search(cell):
        kind = next(k for k, words in _KEYWORDS.items() if re.search(words, cell))
    doubt = "EXEMPTION_DENIED" if _DENIED.search(cell) else None
    return _Reason(kind, doubt, _year(cell) if kind == _DEMOLITION else None)


def _flag(cell: str, kind: str) -> _Reason:
    """A cell of a column about one kind of exemption."""
    telling = "|".join(filter(None, (_KEYWORDS.get(kind), _YES_OF.get(kind))))
    if answer := _ANSWER.match(cell):
        return _answered(answer[1], answer[2], kind, telling)
    if cell in _NO or _DENIED.search(cell):
        return _NO_REASON
    if cell in _YES or (telling and re.search(telling, cell)):
        return _Reason(kind, None, _year(cell) if kind == _DEMOLITION else None)
    return _Reason(None, "EXEMPTION_NOT_UNDERSTOOD")


def _answered(answer: str, beside: str, kind: str, telling: str) -> _Reason:
    """A yes or no with words beside it: 是（租给某公司）; a no that they contradict is neither."""
    if answer in _YES:
        return _Reason(kind, None, _year(beside) if kind == _DEMOLITION else None)
    contradicted = telling and re.search(telling, beside) and not _DENIED.search(beside)
    return _Reason(None, "EXEMPTION_NOT_UNDERSTOOD") if contradicted else _NO_REASON


def _year(cell: str) -> int | None:
    """The last year that is named."""
    return max(map(int, _YEAR.findall(cell)), default=None)


def _in_time(reason: _Reason, as_of: date | None) -> _Reason:
    """A demolition by a year, held against the day of the question."""
    if reason.year is None:
        return reason
    if as_of is None:
        return _Reason(reason.kind, "DEMOLITION_UNCHECKED", reason.year)
    if reason.year > as_of.year + _YEARS_AHEAD:
        return _Reason(None, "DEMOLITION_TOO_LATE", reason.year)
    if reason.year < as_of.year:
        return _Reason(reason.kind, "DEMOLITION_OVERDUE", reason.year)
    return reason


def _kinds(read: list[_Reason]) -> np.ndarray:
    return np.array([reason.kind for reason in read], dtype=object)


def _labels(cells: pd.Series, kind: str, header: str | None) -> Iterator[str]:
    """The kind in Chinese, the header that it stands under, and the cell if it says more."""
    label = say(f"exemptions.{kind}", "zh")
    title = header or ("" if str(cells.name).startswith("exempt_") else str(cells.name or ""))
    for cell in texts_of(cells):
        more = cell.strip().removesuffix(".0")
        more = "" if more.lower() in _YES else more
        inside = "：".join(filter(None, (title, more)))
        yield f"{label}（{inside}）" if inside else label


def _doubts(
    column: pd.Series, called: _Called, read: list[_Reason], codes: np.ndarray, as_of: date | None
) -> Iterator[Finding]:
    """One finding for each kind of doubt, and for each year of a demolition."""
    kinds = dict.fromkeys((r.doubt, r.year) for r in read if r.doubt)
    for doubt, year in kinds:
        of = np.array([(r.doubt, r.year) == (doubt, year) for r in read])
        at = np.flatnonzero(of[codes])
        if not at.size:
            continue
        words = {"header": called.header[:_LONGEST_HEADER]}
        words |= {} if year is None else {"year": str(year), "as_of": str(as_of or "")}
        values = texts_of(column.iloc[at])
        yield Finding(DOUBTFUL, str(doubt), called.name, at, values, words=words)
