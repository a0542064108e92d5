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
from roofpv.report.shown import count_of, listed, named, shown, shown_unit
from roofpv.roofs import estimated_heights, evidence_grades
from roofpv.text import plain, table

_LINES = 10
# Columns that are none of ours but are read: what stands in ``attrs["columns"]`` of them.
_BESIDE = ("place", "flags", "beside")
_CHINESE = range(0x4E00, 0xA000)
Lines = list[str]


def language_of(frame: pd.DataFrame) -> str:
    """Language of a file: Chinese where one of its headers or sheets is."""
    columns = frame.attrs.get("columns", {})
    words = [*columns.get("understood", {}).values(), *columns.get("not_used", ())]
    words += [header for part in _BESIDE for header in columns.get(part, {}).values()]
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
        [
            *_unit_lines(checked, language),
            *_evidence_lines(checked, language),
            *_count_lines(checked, language),
        ],
    ]
    return [line for section in sections if section for line in (*section, "")][:-1]


def _file_lines(frame: pd.DataFrame, language: str) -> Lines:
    names = ", ".join(plain(one["name"], 200) for one in frame.attrs.get("inputs", []))
    first = say(
        "check.read", language, {"file": names, "rows": count_of(len(frame), "rows", language)}
    )
    return [first, *(f"  {line}" for line in note_lines(frame, language))]


def note_lines(frame: pd.DataFrame, language: str) -> Lines:
    """What the reader has to say of the file as a whole."""
    notes = frame.attrs.get("notes", [])
    return [plain(say(key, language, words), 400) for key, words in notes]


def _column_lines(columns: Mapping[str, Any], units: Mapping[str, str], language: str) -> Lines:
    if not columns:
        return []
    read = dict(columns["all"])
    for part in _BESIDE:
        read |= columns.get(part, {})
    rows = [
        [named(name, language), header, shown_unit(units.get(name, "")), _how(name, columns)]
        for name, header in read.items()
    ]
    rows = [[*row[:3], say(f"check.how.{row[3]}", language)] for row in rows]
    lines = [say("check.columns", language)]
    lines += _table("check.columns_header", rows, language)
    if columns["not_used"]:
        unused = listed([plain(name) for name in columns["not_used"]], language)
        lines.append(say("check.not_used", language, {"names": unused}))
    return lines


def _how(name: str, columns: Mapping[str, Any]) -> str:
    how = str(columns["how"].get(name, "own" if name in columns["all"] else "alias"))
    return "file" if (name, how) == ("geometry", "own") else how


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
            named(column, language),
            reason,
            _example(same, language),
        ]
        for (_, column, reason), same in sorted(grouped.items(), key=lambda item: item[0])
    ]
    return lines + _table("check.findings_header", rows, language)


def _example(same: Sequence[Finding], language: str) -> str:
    for one in same:
        for value, became in zip(one.values, one.became or [""] * len(one.values), strict=True):
            if value:
                taken = shown(one.column, became, language)
                return plain(f"{value} → {taken}" if became else value, 40)
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
        words = {
            "place": place,
            "column": named(str(row.column), language),
            "value": f" = {row.value}" if row.value else "",
            "reason": row.reason,
            "mend": row.what_to_do,
        }
        lines.append("  " + plain(say("check.lost_row", language, words), 400))
    if len(lost) > _LINES:
        lines.append("  " + say("check.more", language, {"count": f"{len(lost) - _LINES:,}"}))
    return lines


def _use_lines(buildings: pd.DataFrame, doubt: Mapping[str, Any], language: str) -> Lines:
    if buildings.empty:
        return []
    unsure = _unsure(buildings)
    counts = buildings["use"].value_counts()
    rows = [
        [
            shown("use", use, language),
            f"{counts[use]:,}",
            f"{int(unsure[buildings['use'] == use].sum()):,}",
        ]
        for use in schema.USES
        if use in counts
    ]
    lines = [say("check.uses", language), *_table("check.uses_header", rows, language)]
    if not unsure.any():
        return lines
    lines += ["", say("check.doubtful", language)]
    some = buildings[unsure].head(_LINES)
    named = [
        [
            row.building_id,
            row.name_ or row.institution_ or "",
            shown("use", row.use_, language),
            shown("use", row.use_alternative_ or "", language),
            "" if pd.isna(row.use_confidence_) else f"{row.use_confidence_:.0%}",
        ]
        for row in _plain_names(some)
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
            "count": count_of(checked.planes_in, "planes", language),
            "usable": f"{len(checked.planes):,}",
            "quarantined": f"{lost:,}",
            "buildings": count_of(len(checked.buildings), "buildings", language),
        }
        lines = _exempt_lines(checked.buildings, language)
        return [*lines, say("check.counts_planes", language, words)]
    exempt = int(checked.buildings["exemption"].notna().sum())
    words = {
        "count": f"{checked.count_in:,}",
        "usable": f"{len(checked.buildings) - exempt:,}",
        "excluded": f"{exempt:,}",
        "quarantined": f"{lost:,}",
    }
    lines = [*_institutions(checked, language), *_exempt_lines(checked.buildings, language)]
    return [*lines, say("check.counts", language, words)]


def _exempt_lines(buildings: pd.DataFrame, language: str) -> Lines:
    """How many buildings are exempt, by the kind of the reason."""
    kinds = buildings["exemption_kind"].where(buildings["exemption"].notna()).value_counts()
    if kinds.empty:
        return []
    parts = [f"{say(f'exemptions.{kind}', language)} {count:,}" for kind, count in kinds.items()]
    count = count_of(int(kinds.sum()), "buildings", language)
    return [say("check.exempt", language, {"count": count, "kinds": listed(parts, language)})]


def _institutions(checked: Checked, language: str) -> Lines:
    buildings = checked.buildings
    keys = buildings["institution_key"].nunique()
    if not keys:
        return []
    if buildings["name"].isna().all() and keys == len(buildings) and _drawn(buildings) == 0:
        return [say("check.institutions_only", language)]
    words = {
        "institutions": count_of(keys, "institutions", language),
        "buildings": count_of(len(buildings), "buildings", language),
    }
    return [say("check.institutions", language, words)]


def _drawn(buildings: pd.DataFrame) -> int:
    return int(buildings.geometry.notna().sum())


def _unit_lines(checked: Checked, language: str) -> Lines:
    return [plain(say(key, language, words), 400) for key, words in checked.unit_notes]


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
    separator = "；" if language == "zh" else "; "
    basis = estimated_heights(checked.buildings, assumed.roofs, assumed.heights)["height_basis"]
    counts = {name: f"{int((basis == name).sum()):,}" for name in ("stated", "storeys", "use")}
    return [
        say("check.evidence", language, {"grades": separator.join(parts)}),
        say("check.heights", language, counts),
    ]


def _table(key: str, rows: Sequence[Sequence[object]], language: str) -> Lines:
    header = say(key, language).split("|")
    return ["  " + line for line in table(header, rows)]
