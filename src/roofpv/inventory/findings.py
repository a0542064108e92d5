"""What was found in an inventory: which cells were repaired, emptied or cannot be used, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from roofpv.catalogue import say

# The row cannot be used; the cell counts as not known and the row is used; the value is certain and
# was taken in its plain form; the row is used as it stands, but somebody should look.
QUARANTINED, EMPTIED, REPAIRED, DOUBTFUL = "quarantined", "emptied", "repaired", "doubtful"
KINDS = (QUARANTINED, EMPTIED, REPAIRED, DOUBTFUL)
COLUMNS = (
    "kind", "sheet", "row", "building_id", "column", "value", "became", "code", "reason",
    "what_to_do",
)  # fmt: skip
_LONGEST_VALUE = 200


@dataclass(frozen=True, eq=False)
class Finding:
    """
    One kind of thing found in one column, at all the places where it was found.

    ``at`` are positions in the table (from 0), ``values`` what stood there and ``became`` what it
    was taken as (text, one each; empty where there is nothing to show). ``code`` names the text of
    the catalogue, ``findings.CODE`` in small letters; ``words`` fill its braces.
    """

    kind: str
    code: str
    column: str
    at: np.ndarray
    values: Sequence[str] = ()
    became: Sequence[str] = ()
    words: Mapping[str, str] = field(default_factory=dict)

    def picked(self, places: np.ndarray) -> Finding:
        """The same at some of its places (a mask over ``at``)."""
        stood = self.values or [""] * len(self.at)
        values = [value for value, kept in zip(stood, places, strict=True) if kept]
        shown = self.became or [""] * len(self.at)
        became = [value for value, kept in zip(shown, places, strict=True) if kept]
        return replace(self, at=self.at[places], values=values, became=became)

    def moved(self, to: np.ndarray) -> Finding:
        """The same for a table in other order: ``to`` is the new position of each row, or -1."""
        new = to[self.at]
        return replace(self.picked(new >= 0), at=new[new >= 0])

    def reason(self, language: str) -> str:
        """What is the matter."""
        return say(f"findings.{self.code.lower()}", language, self.words)

    def mend(self, language: str) -> str:
        """What to do about it."""
        return say(f"findings.{self.code.lower()}.mend", language, self.words)


def found(kind: str, code: str, column: str, where: np.ndarray, values: pd.Series) -> list[Finding]:
    """One finding where ``where`` (a mask over the rows) is true anywhere, else none."""
    at = np.flatnonzero(where)
    if not at.size:
        return []
    return [Finding(kind, code, column, at, texts_of(values.iloc[at]))]


def texts_of(values: Iterable[object]) -> list[str]:
    """Cells as short text, empty where missing."""
    return ["" if _missing(value) else str(value)[:_LONGEST_VALUE] for value in values]


def _missing(value: object) -> bool:
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def findings_table(
    findings: Iterable[Finding], keys: pd.DataFrame, language: str = "en"
) -> pd.DataFrame:
    """
    Every place of every finding, a line each, in the order of the file.

    Parameters
    ----------
    findings : iterable of Finding
    keys : DataFrame (row,)
        ``source_row``, ``source_sheet`` and ``building_id`` of every row of the table.
    language : str
        ``en`` or ``zh``.

    Returns
    -------
    DataFrame (place,)
        ``COLUMNS``.
    """
    parts = [_lines(finding, keys, language) for finding in findings]
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype=_dtype(name)) for name in COLUMNS})
    table = pd.concat(parts, ignore_index=True)
    table = table.sort_values("at", kind="stable", ignore_index=True)
    return table[list(COLUMNS)]


def _dtype(name: str) -> str:
    return "int64" if name == "row" else "object"


def _lines(finding: Finding, keys: pd.DataFrame, language: str) -> pd.DataFrame:
    own = keys.iloc[finding.at]
    blank = [""] * len(finding.at)
    lines = pd.DataFrame(
        {
            "at": finding.at,
            "kind": finding.kind,
            "sheet": own["source_sheet"].to_numpy(dtype=object),
            "row": own["source_row"].to_numpy(dtype="int64"),
            "building_id": own["building_id"].to_numpy(dtype=object),
            "column": finding.column,
            "value": list(finding.values) or blank,
            "became": list(finding.became) or blank,
            "code": finding.code,
            "reason": finding.reason(language),
            "what_to_do": finding.mend(language),
        }
    )
    return lines.astype({name: object for name in COLUMNS if name != "row"})


QUARANTINE_COLUMNS = (
    "row", "building_id", "column", "value", "code", "reason", "what_to_do", "sheet",
)  # fmt: skip


def quarantine_table(
    findings: Iterable[Finding], keys: pd.DataFrame, language: str = "en"
) -> pd.DataFrame:
    """
    One line a row that cannot be used: its first problem; the others, and cells that count as not
    known, added to the reason.

    Parameters
    ----------
    findings : iterable of Finding
    keys : DataFrame (row,)
        ``source_row``, ``source_sheet`` and ``building_id`` of every row of the table.
    language : str

    Returns
    -------
    DataFrame (row,)
        ``QUARANTINE_COLUMNS``, in the order of the file.
    """
    findings = list(findings)
    lost = lost_rows(findings, len(keys))
    beside = [f.picked(lost[f.at]) for f in findings if f.kind == EMPTIED]
    told = [f for f in findings if f.kind == QUARANTINED] + [f for f in beside if f.at.size]
    at = np.concatenate([f.at for f in told]) if told else np.empty(0, dtype=int)
    lines = pd.concat([_lines(f, keys, language) for f in told]) if told else _no_lines()
    lines = lines.iloc[np.argsort(at, kind="stable")]
    again = lines["at"].duplicated().to_numpy()
    first = lines[~again].reset_index(drop=True)
    others = lines[again]
    also = "; " + say("findings.also", language) + " "
    more = others["column"] + " = " + others["value"] + ": " + others["reason"]
    joined = more.groupby(others["at"]).agg(also.join)
    extra = first["at"].map(joined)
    first["reason"] = first["reason"].where(extra.isna(), first["reason"] + also + extra)
    return first[list(QUARANTINE_COLUMNS)]


def _no_lines() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=_dtype(name)) for name in (*COLUMNS, "at")})


def lost_rows(findings: Iterable[Finding], count: int) -> np.ndarray:
    """Mask of the rows that cannot be used."""
    lost = np.zeros(count, dtype=bool)
    for finding in findings:
        if finding.kind == QUARANTINED:
            lost[finding.at] = True
    return lost


def counted(findings: Iterable[Finding]) -> list[dict[str, str | int]]:
    """How often each thing was found: ``kind column code count``, the most serious kind first."""
    totals: dict[tuple[str, str, str], int] = {}
    for finding in findings:
        key = (finding.kind, finding.column, finding.code)
        totals[key] = totals.get(key, 0) + len(finding.at)
    ordered = sorted(totals.items(), key=lambda item: (KINDS.index(item[0][0]), -item[1], item[0]))
    return [{"kind": k, "column": c, "code": o, "count": n} for (k, c, o), n in ordered]


def warnings_of(findings: Sequence[Finding], language: str = "en") -> list[str]:
    """One sentence for each thing found in rows that are used, with its count and an example."""
    grouped: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        if finding.kind != QUARANTINED:
            grouped.setdefault((finding.kind, finding.column, finding.code), []).append(finding)
    return [_warning(same, language) for same in grouped.values()]


def _warning(same: Sequence[Finding], language: str) -> str:
    shown = list(dict.fromkeys(value for finding in same for value in finding.values if value))
    words = {
        "count": f"{sum(len(finding.at) for finding in same):,}",
        "column": same[0].column,
        "reason": same[0].reason(language),
        "kind": say(f"findings.kinds.{same[0].kind}", language),
        "examples": ", ".join(shown[:5]) + (" ..." if len(shown) > 5 else ""),
    }
    return say("findings.warning" if shown else "findings.warning_bare", language, words)
