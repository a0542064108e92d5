"""What the check of an inventory says, for a terminal, in English or Chinese."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from roofpv import schema
from roofpv.assumptions import Assumptions
from roofpv.catalogue import say
from roofpv.inventory import Checked
from roofpv.inventory.classes.uses import DOUBTFUL_BELOW
from roofpv.inventory.findings import KINDS, QUARANTINED, Finding
from roofpv.roofs import estimated_heights, evidence_grades
from roofpv.text import plain, table

_CHINESE_NAMES = {c.name: c.zh for c in (*schema.PLANE_INVENTORY, *schema.INVENTORY)}
_LINES = 10
_CHINESE = range(0x4E00, 0xA000)
Lines = list[str]


def language_of(frame: pd.DataFrame) -> str:
    """Language of a file: Chinese where one of its headers or sheets is."""
    columns = frame.attrs.get("columns", {})
    words = [*columns.get("understood", {}).values(), *columns.get("not_used", ())]
    sheets = frame["source_sheet"].unique() if "source_sheet" in frame else ()
    text = "".join(map(str, (*words, *sheets)))
    return "zh" if any(ord(character) in _CHINESE for character in text) else "en"


def check_lines(
    frame: pd.DataFrame, checked: Checked, doubt: Mapping[str, Any], language: str
) -> Lines:
    """
    Lines of the check: columns, findings, lost rows, use classes, what the roofs rest on, counts.

    Parameters
    ----------
    frame : DataFrame (row,)
        Of ``read_inventory``, with its ``attrs``.
    checked : Checked
    doubt : mapping
        Of ``targets.doubtful_uses``.
    language : str
        ``en`` or ``zh``.
    """
    sections = [
        _file_lines(frame, language),
        _column_lines(frame.attrs.get("columns", {}), frame.attrs.get("units", {}), language),
        _finding_lines(checked.findings, language),
        _lost_lines(checked, language),
        _use_lines(checked.buildings, doubt, language),
        [*_evidence_lines(checked, language), *_count_lines(checked, language)],
    ]
    return [line for section in sections if section for line in (*section, "")][:-1]


def _file_lines(frame: pd.DataFrame, language: str) -> Lines:
    names = ", ".join(plain(one["name"], 200) for one in frame.attrs.get("inputs", []))
    first = say("check.read", language, {"file": names, "rows": f"{len(frame):,}"})
    return [first, *(f"  {line}" for line in note_lines(frame, language))]


def note_lines(frame: pd.DataFrame, language: str) -> Lines:
    """What the reader has to say of the file as a whole."""
    notes = frame.attrs.get("notes", [])
    return [plain(say(key, language, words), 400) for key, words in notes]


def _column_lines(columns: Mapping[str, Any], units: Mapping[str, str], language: str) -> Lines:
    if not columns:
        return []
    rows = [
        [
            _named(name, language),
            header,
            units.get(name, ""),
            say(f"check.how.{columns['how'].get(name, 'own')}", language),
        ]
        for name, header in columns["all"].items()
    ]
    lines = [say("check.columns", language)]
    lines += _table("check.columns_header", rows, language)
    if columns["not_used"]:
        unused = ", ".join(plain(name) for name in columns["not_used"])
        lines.append(say("check.not_used", language, {"names": unused}))
    return lines


def _finding_lines(findings: Sequence[Finding], language: str) -> Lines:
    lines = [say("check.findings", language)]
    grouped: dict[tuple[int, str, str], list[Finding]] = {}
    for one in findings:
        key = (KINDS.index(one.kind), one.column, one.reason(language))
        grouped.setdefault(key, []).append(one)
    if not grouped:
        return [*lines, "  " + say("check.nothing", language)]
    rows = [
        [
            f"{sum(len(one.at) for one in same):,}",
            say(f"findings.kinds.{same[0].kind}", language),
            _named(column, language),
            reason,
            _example(same),
        ]
        for (_, column, reason), same in sorted(grouped.items(), key=lambda item: item[0])
    ]
    return lines + _table("check.findings_header", rows, language)


def _named(column: str, language: str) -> str:
    """Our column as people of that language call it."""
    return _CHINESE_NAMES.get(column, column) if language == "zh" else column


def _example(same: Sequence[Finding]) -> str:
    for one in same:
        for value, became in zip(one.values, one.became or [""] * len(one.values), strict=True):
            if value:
                return plain(f"{value} → {became}" if became else value, 40)
    return ""


def _lost_lines(checked: Checked, language: str) -> Lines:
    lost = checked.table(language)
    lost = lost[lost["kind"] == QUARANTINED]
    if lost.empty:
        return []
    lines = [say("check.lost", language)]
    for row in lost.head(_LINES).itertuples():
        where = "check.row_of_sheet" if row.sheet else "check.row"
        place = say(where, language, {"row": str(row.row), "sheet": plain(row.sheet)})
        value = f" = {row.value}" if row.value else ""
        where = _named(row.column, language)
        said = f"{place}, {where}{value}: {row.reason}. {row.what_to_do}"
        lines.append("  " + plain(said, 400))
    if len(lost) > _LINES:
        lines.append("  " + say("check.more", language, {"count": f"{len(lost) - _LINES:,}"}))
    return lines


def _use_lines(buildings: pd.DataFrame, doubt: Mapping[str, Any], language: str) -> Lines:
    if buildings.empty:
        return []
    unsure = _unsure(buildings)
    counts = buildings["use"].value_counts()
    rows = [
        [use, f"{counts[use]:,}", f"{int(unsure[buildings['use'] == use].sum()):,}"]
        for use in schema.USES
        if use in counts
    ]
    lines = [say("check.uses", language), *_table("check.uses_header", rows, language)]
    if not unsure.any():
        return lines
    lines += ["", say("check.doubtful", language)]
    shown = buildings[unsure].head(_LINES)
    named = [
        [
            row.building_id,
            row.name_ or row.institution_ or "",
            row.use_,
            row.use_alternative_ or "",
            "" if pd.isna(row.use_confidence_) else f"{row.use_confidence_:.0%}",
        ]
        for row in _plain_names(shown)
    ]
    lines += _table("check.doubtful_header", named, language)
    if int(unsure.sum()) > _LINES:
        count = f"{int(unsure.sum()) - _LINES:,}"
        lines.append("  " + say("check.more", language, {"count": count}))
    return lines + [_decides(one, language) for one in doubt.get("targets", [])]


def _plain_names(shown: pd.DataFrame) -> Iterable[Any]:
    """Rows as tuples; pandas renames a column called name or index."""
    columns = ["name", "institution", "use", "use_alternative", "use_confidence"]
    renamed = shown[["building_id", *columns]].rename(columns={c: f"{c}_" for c in columns})
    return renamed.itertuples(index=False)


def _decides(one: Mapping[str, Any], language: str) -> str:
    words = {
        "rule": str(one["rule"]),
        "target": str(one["target"]),
        "matter": f"{one['matter']:,}",
        "flip": f"{one['flip_alone']:,}",
    }
    return "  " + say("check.decides", language, words)


def _unsure(buildings: pd.DataFrame) -> pd.Series:
    return ~(buildings["use_confidence"] >= DOUBTFUL_BELOW)


def _count_lines(checked: Checked, language: str) -> Lines:
    lost = len(checked.quarantine)
    if checked.planes is not None:
        words = {
            "count": f"{checked.planes_in:,}",
            "usable": f"{len(checked.planes):,}",
            "quarantined": f"{lost:,}",
            "buildings": f"{len(checked.buildings):,}",
        }
        return [say("check.counts_planes", language, words)]
    exempt = int(checked.buildings["exemption"].notna().sum())
    words = {
        "count": f"{checked.count_in:,}",
        "usable": f"{len(checked.buildings) - exempt:,}",
        "excluded": f"{exempt:,}",
        "quarantined": f"{lost:,}",
    }
    return [*_institutions(checked, language), say("check.counts", language, words)]


def _institutions(checked: Checked, language: str) -> Lines:
    buildings = checked.buildings
    keys = buildings["institution_key"].nunique()
    if not keys:
        return []
    if buildings["name"].isna().all() and keys == len(buildings) and _drawn(buildings) == 0:
        return [say("check.institutions_only", language)]
    words = {"institutions": f"{keys:,}", "buildings": f"{len(buildings):,}"}
    return [say("check.institutions", language, words)]


def _drawn(buildings: pd.DataFrame) -> int:
    return int(buildings.geometry.notna().sum())


def _evidence_lines(checked: Checked, language: str) -> Lines:
    """What the roof areas and heights rest on, counted."""
    if checked.planes is not None or checked.buildings.empty:
        return []
    assumed = Assumptions()
    grades = list(evidence_grades(checked.buildings))
    words = {"sd": f"{assumed.areas.sd_d:.0%}"}
    parts = [
        say(f"check.grade.{grade}", language, words | {"count": f"{grades.count(grade):,}"})
        for grade in schema.EVIDENCE_GRADES
        if grade in grades
    ]
    basis = estimated_heights(checked.buildings, assumed.roofs, assumed.heights)["height_basis"]
    counts = {name: f"{int((basis == name).sum()):,}" for name in ("stated", "storeys", "use")}
    return [
        say("check.evidence", language, {"grades": "; ".join(parts)}),
        say("check.heights", language, counts),
    ]


def _table(key: str, rows: Sequence[Sequence[object]], language: str) -> Lines:
    header = say(key, language).split("|")
    return ["  " + line for line in table(header, rows)]
