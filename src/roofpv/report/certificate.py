"""The calculation report on the PV coverage of one building, as design review asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from roofpv import schema
from roofpv.catalogue import has_text, say
from roofpv.report.certificate_areas import area_sections, areas_of
from roofpv.report.certificate_verdicts import ease_section, verdict_section
from roofpv.report.city import recorded
from roofpv.report.document import (
    Block,
    Document,
    Facts,
    Grid,
    Heading,
    Lines,
    Picture,
    Section,
    Signatures,
)
from roofpv.report.shown import listed, named, shown, unit_named
from roofpv.text import plain

# From that day GB 55015-2021 asks for solar energy systems on new buildings.
NEW_FROM = "2022-04-01"
_LONG = 400
_EXEMPT = "exempt: "  # how ``siting`` begins the reason of a building that is exempt
_REASONS = ("why.surroundings", "why.load", "why.layout")
_PROJECT = ("building_id", "name", "institution", "district", "use", "ownership", "completed")
_ENERGY = ("ac_kwh", "ac_kwh_p90", "specific_yield_kwh_per_kwp")


@dataclass(frozen=True, eq=False)
class CertificateCase:
    """
    What a certificate is made of.

    ``building`` is its row in the result, ``planes`` its planes, ``findings`` what was said of its
    row, ``run`` the record of the run, ``verdicts`` those of ``judging.verdicts_of``, ``drawing``
    its roof as SVG, or None where there is none to draw; ``list_files`` names the files of the
    list; ``lang`` is "en" or "zh".
    """

    building: pd.Series
    planes: pd.DataFrame
    findings: pd.DataFrame
    run: Mapping[str, Any]
    verdicts: Sequence[Mapping[str, Any]]
    drawing: str | None
    list_files: Sequence[str]
    lang: str

    def say(self, key: str, words: Mapping[str, object] | None = None) -> str:
        """Text of the certificate."""
        return say(f"certificate.{key}", self.lang, words)


def certificate(case: CertificateCase) -> Document:
    """
    The calculation report of one building.

    Parameters
    ----------
    case : CertificateCase

    Returns
    -------
    Document
        Every printed sum closes, and every printed share is that of the printed numbers.
    """
    areas = areas_of(case.planes, case.building, case.run, case.lang)
    sections = [
        _project(case),
        _inputs(case),
        *area_sections(areas),
        verdict_section(case.verdicts, areas, case.lang),
        ease_section(case.building, case.verdicts, case.lang),
        _energy(case),
        _drawing(case),
        _basis(case),
        _signatures(case),
    ]
    return Document(case.lang, case.say(f"title.{_age(case)}"), tuple(_head(case)), tuple(sections))


def _age(case: CertificateCase) -> str:
    """Whether the building is a new one, by the rules that were judged, else by GB 55015."""
    completed = case.building["completed"]
    if pd.isna(completed):
        return "unknown"
    starts = [one["new_from"] for one in case.verdicts if one["new_from"]]
    return "new" if f"{completed:%Y-%m-%d}" >= min(starts, default=NEW_FROM) else "existing"


def _head(case: CertificateCase) -> Iterator[str]:
    name = case.building["name"]
    known = [one for one in (name, case.building["building_id"]) if isinstance(one, str) and one]
    yield " · ".join(plain(one, _LONG) for one in dict.fromkeys(known))
    if case.run["synthetic"]:
        yield case.say(
            "synthetic",
            {"what": listed([_made_up(one, case) for one in case.run["synthetic"]], case.lang)},
        )


def _project(case: CertificateCase) -> Section:
    rows = [
        (case.say(f"fact.{name}"), _shown(name, case.building[name], case)) for name in _PROJECT
    ]
    grade = case.building["evidence_grade"]
    known = isinstance(grade, str) and has_text(f"certificate.evidence.{grade}")
    said = case.say(f"evidence.{grade}") if known else case.say("unknown")
    rows.append((case.say("fact.evidence"), said))
    blocks: list[Block] = [Facts("project", tuple(rows))]
    if case.building["status"] == "excluded":
        blocks.append(Lines((case.say("excluded", {"reason": _excluded(case)}),)))
    blocks.append(Lines((case.say("rounding"),)))
    return Section(case.say("section.project"), tuple(blocks))


def _excluded(case: CertificateCase) -> str:
    reason = case.building["status_reason"]
    said = str(reason).removeprefix(_EXEMPT)
    if isinstance(reason, str) and said != reason:
        return case.say("exempt", {"reason": plain(said, _LONG)})
    return _shown("status_reason", reason, case)


def _shown(column: str, value: Any, case: CertificateCase) -> str:
    if value is None or value is pd.NaT or pd.isna(value):
        return case.say("unknown")
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if isinstance(value, float):
        return f"{value:,.10g}"
    said = str(value)
    return plain(shown(column, said, case.lang) if column in {"use", "ownership", "roof_type"}
                 else said, _LONG)  # fmt: skip


def _inputs(case: CertificateCase) -> Section:
    row = case.building
    sheet = row.get("source_sheet")
    words = {
        "file": ", ".join(plain(name) for name in case.list_files) or case.say("unknown"),
        "row": f"{int(row['source_row'])}",
        "sheet": plain(sheet),
    }
    kind = "sheet" if isinstance(sheet, str) and sheet else "row"
    source = case.say(f"input.{kind}", words)
    rows = []
    for column in schema.INVENTORY:
        value = row[column.name]
        if column.kind == "geometry":
            if value is not None and not value.is_empty:
                corners = {"n": f"{_corners(value):,}"}
                rows.append((_named(column, case), case.say("input.outline", corners), source))
        elif not (value is None or pd.isna(value)):
            unit = f" {unit_named(column.unit, case.lang)}".rstrip()
            shown_ = _shown(column.name, value, case) + unit
            rows.append((_named(column, case), shown_, source))
    header = tuple(case.say(f"input.{name}") for name in ("item", "value", "source"))
    blocks: list[Block] = [Grid("inputs", header, tuple(rows))]
    said = [
        case.say(
            "finding",
            {"column": named(str(one["column"]), case.lang), "reason": plain(one["reason"], _LONG)},
        )
        for _, one in case.findings.iterrows()
    ]
    return Section(case.say("section.inputs"), (*blocks, Lines(tuple(said))))


def _named(column: schema.Column, case: CertificateCase) -> str:
    return column.zh if case.lang == "zh" else f"{column.en} ({column.name})"


def _corners(shape: Any) -> int:
    """Corners of an outline, without the point that closes each ring."""
    parts = getattr(shape, "geoms", [shape])
    rings = [ring for part in parts for ring in (part.exterior, *part.interiors)]
    return sum(len(ring.coords) - 1 for ring in rings)


def _energy(case: CertificateCase) -> Section:
    units = {column.name: column.unit for column in schema.RESULT}
    rows = [
        (case.say(f"energy.{name}"), f"{case.building[name]:,.0f} {units[name]}")
        for name in _ENERGY
        if pd.notna(case.building[name])
    ]
    loss = case.building["shading_loss_fraction"]
    if pd.notna(loss):
        rows.append((case.say("energy.shading_loss_fraction"), f"{loss:.2%}"))
    lines = [case.say("energy.limits")]
    lines += _limits(case)
    if not case.planes.empty and case.planes["array_load_kn_per_m2"].notna().any():
        heaviest = case.planes.loc[case.planes["array_load_kn_per_m2"].idxmax()]
        words = {
            "load": f"{heaviest['array_load_kn_per_m2']:.2f}",
            "live": f"{heaviest['live_load_kn_per_m2']:.2f}",
        }
        lines.append(case.say("energy.load", words))
    blocks: list[Block] = [Facts("energy", tuple(rows))] if rows else []
    return Section(case.say("section.energy"), (*blocks, Lines(tuple(lines))))


def _limits(case: CertificateCase) -> Iterator[str]:
    """Each reason once, with the numbers that this building lacks by it."""
    grouped: dict[str, list[str]] = {}
    for name, reason in case.run["not_assessed"].items():
        # The record speaks of all buildings: what this one has is no limit of it.
        if name in case.building and pd.notna(case.building[name]):
            continue
        title = next((c.zh for c in schema.RESULT if c.name == name), name)
        grouped.setdefault(reason, []).append(title if case.lang == "zh" else name)
    for reason, names in grouped.items():
        joined = ("、" if case.lang == "zh" else ", ").join(names)
        yield case.say("energy.not_assessed", {"name": joined, "reason": _why(reason, case)})


def _why(reason: str, case: CertificateCase) -> str:
    """The reason in the language of the report, where it is one that every run may give."""
    known = [key for key in _REASONS if say(f"certificate.{key}", "en") == reason]
    return case.say(known[0]) if known else plain(reason, _LONG)


def _drawing(case: CertificateCase) -> Section:
    block = Lines((case.say("drawing.none"),)) if case.drawing is None else Picture(case.drawing)
    return Section(case.say("section.drawing"), (block,))


def _basis(case: CertificateCase) -> Section:
    blocks: list[Block] = [Lines((case.say("basis.gb55015"), case.say("basis.gb50797")))]
    told = {one["rule"]: one for one in case.verdicts}
    for rule, one in told.items():
        words = {"rule": plain(rule), "title": plain(one["rule_title"][case.lang], _LONG)}
        blocks.append(Heading(case.say("basis.rule", words)))
        lines = [case.say("basis.text", {"text": plain(one["text"], 2000)})]
        lines += [
            case.say("basis.source", {"source": recorded(s, case.lang)}) for s in one["sources"]
        ]
        if one["undefined"]:
            terms = listed([plain(term) for term in one["undefined"]], case.lang)
            lines.append(case.say("basis.undefined", {"terms": terms}))
        blocks.append(Lines(tuple(lines)))
    files = [
        (plain(one["name"], _LONG), str(one["sha256"]))
        for one in (*case.run["inputs"], *case.run.get("zones_inputs", []))
    ]
    files += [
        (case.say("basis.rule_file", {"rule": plain(rule)}), one["sha256"])
        for rule, one in told.items()
    ]
    blocks.append(Grid("sha256", (case.say("basis.file"), "SHA-256"), tuple(files)))
    versions = tuple((name, str(number)) for name, number in case.run["versions"].items())
    blocks.append(Facts("versions", versions))
    changed = [f"{a['key']} = {a['value']}" for a in case.run["assumptions"] if not a["default"]]
    words = {"changed": "; ".join(plain(one, _LONG) for one in changed) or case.say("basis.none")}
    blocks.append(Lines((case.say("basis.assumptions", words),)))
    return Section(case.say("section.basis"), tuple(blocks))


def _signatures(case: CertificateCase) -> Section:
    names = tuple(case.say(f"sign.{name}") for name in ("prepared", "checked", "approved"))
    return Section(case.say("section.signatures"), (Signatures(names, case.say("sign.date")),))


def _made_up(name: str, case: CertificateCase) -> str:
    key = f"story.synthetic.{name}"
    return say(key, case.lang) if has_text(key) else plain(name)
