"""Areas of a certificate: planes, modules and coverage, printed so that the sums close."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from roofpv.catalogue import has_text, say
from roofpv.report.closing import FEWEST, Printed, added, closed, printed
from roofpv.report.document import Block, Grid, Lines, Section
from roofpv.report.explain_rules import installed_steps
from roofpv.report.shown import listed
from roofpv.roofs import DEDUCTIONS
from roofpv.text import plain

NUMERATORS = {
    "N1": "module_area_m2",
    "N2": "projected_module_area_m2",
    "N3": "array_field_area_m2",
}
_INSTALLED = {name: f"existing_{column}" for name, column in NUMERATORS.items()}
_REASON = {name: name.removeprefix("deducted_").removesuffix("_m2") for name in DEDUCTIONS}
# Settings that a deduction rests on where nothing is mapped or stated.
_BEHIND = {
    "unsuitable": ("roofs.steepest_deg", "roofs.pole_facing_tilt"),
    "shaded": ("roofs.min_solar_access",),
    "zones": ("roofs.plant_clear_m", "roofs.stair_head_clear_m"),
    "edges": (
        "layout.setback_m", "roofs.edge_equator_m", "roofs.edge_side_m", "roofs.edge_pole_m",
        "roofs.parapet_height_m", "roofs.ridge_m", "roofs.eaves_m", "roofs.verge_m",
        "roofs.steel_edge_m",
    ),
    "narrow": ("roofs.min_width_m", "roofs.min_part_m2"),
    "plant": (
        "plant.{use}_fraction", "roofs.pitched_obstacle_fraction", "roofs.steel_skylight_fraction",
    ),
}  # fmt: skip
# What rounding plane by plane can move a total, per plane. [m2]
_PER_PLANE = 0.011


@dataclass(frozen=True, eq=False)
class Areas:
    """
    Printed areas of one building.

    ``gross`` and ``installable`` are totals, None where they are not known; ``designed`` and
    ``installed`` have N1, N2 and N3; ``roof``, ``modules`` and ``formulas`` are ready to print.
    """

    lang: str
    gross: Printed | None
    installable: Printed | None
    designed: Mapping[str, Printed]
    installed: Mapping[str, Printed]
    roof: Grid | None
    modules: Grid | None
    formulas: Sequence[str]
    module: str
    steps: Sequence[tuple[str, str]]
    basis: Sequence[str] = ()
    planes: int = 1

    def known(self, term: str, value: float) -> Printed | None:
        """The printed number of a term of a verdict, where it is the same but for rounding."""
        state, _, column = term.partition(":")
        found = self._number(state, column)
        if found is None or abs(float(found.exact) - value) > _PER_PLANE * max(self.planes, 1):
            return None
        return found

    def _number(self, state: str, column: str) -> Printed | None:
        if column in {"installable_area_m2", "gross_roof_area_m2"}:
            return self.installable if column == "installable_area_m2" else self.gross
        name = next((n for n, known in NUMERATORS.items() if known == column), None)
        if name is None:
            return None
        installed, designed = self.installed.get(name), self.designed.get(name)
        if state == "now":
            return installed
        both = [one for one in (installed, designed) if one is not None]
        return max(both, key=lambda one: one.exact, default=None)


def areas_of(planes: pd.DataFrame, building: pd.Series, run: Mapping[str, Any], lang: str) -> Areas:
    """
    Round the areas of a building so that they close.

    Parameters
    ----------
    planes : DataFrame (plane,)
        Its planes in the result.
    building : Series
        Its row in the result.
    run : mapping
        ``run.json``.
    lang : str
        "en" or "zh".

    Returns
    -------
    Areas
    """
    module = {one["key"]: one["value"] for one in run["assumptions"]}
    words = {
        "preset": module["module.preset"],
        "power": f"{module['module.power_w']:g}",
        "length": f"{module['module.length_m']:g}",
        "width": f"{module['module.width_m']:g}",
    }
    main = None if planes.empty else planes.loc[planes["area_m2"].fillna(0.0).idxmax()]
    installed = {
        name: printed(float(building[column]))
        for name, column in _INSTALLED.items()
        if pd.notna(building[column])
    }
    known = not planes.empty and bool(planes[["area_m2", *DEDUCTIONS]].notna().all(axis=None))
    roof, gross, installable = _roof(planes, lang) if known else (None, None, None)
    laid = not planes.empty and bool(planes[list(NUMERATORS.values())].notna().all(axis=None))
    modules, designed, formulas = _modules(planes, module, lang) if laid else (None, {}, ())
    return Areas(
        lang, gross, installable, designed, installed, roof, modules, formulas,
        say("certificate.module.preset", lang, words), installed_steps(building, main, run),
        _basis(planes, building, run, lang) if known else (), len(planes),
    )  # fmt: skip


def _roof(planes: pd.DataFrame, lang: str) -> tuple[Grid, Printed, Printed]:
    """Table of gross area, deductions and installable area; each row and column closes."""
    used = [name for name in DEDUCTIONS if planes[name].gt(0.0).any()]
    rows, sums = [], []
    for _, plane in planes.iterrows():
        gross = printed(float(plane["area_m2"]))
        parts = [float(plane[name]) for name in (*used, "installable_area_m2")]
        numbers = [gross, *closed(parts, gross)]
        sums.append(numbers)
        rows.append((plain(plane["plane_id"]), *map(str, numbers)))
    totals = [added(column) for column in zip(*sums, strict=True)]
    rows.append((_say("area.total", lang), *map(str, totals)))
    reasons = [say(f"roof_picture.reason.{_REASON[name]}", lang) for name in used]
    header = (
        _say("area.plane", lang), _say("area.gross", lang), *(f"− {one}" for one in reasons),
        _say("area.installable", lang),
    )  # fmt: skip
    grid = Grid("areas", header, tuple(rows), frozenset(range(1, len(header))), total=True)
    return grid, totals[0], totals[-1]


def _basis(
    planes: pd.DataFrame, building: pd.Series, run: Mapping[str, Any], lang: str
) -> list[str]:
    """What the gross area follows from, and the assumptions behind each deduction."""
    gross = planes["area_m2"].sum()
    plan = (planes["area_m2"] * np.cos(np.radians(planes["roof_tilt"]))).sum()
    storeys = building["floor_area_m2"] / building["floors"]
    stated = (building["roof_area_m2"], building["footprint_area_m2"], storeys)
    words = {
        "floor_area": f"{building['floor_area_m2']:,.10g}",
        "floors": f"{building['floors']:.10g}",
        "gross": f"{gross:,.2f}",
        "plan": f"{plan:,.2f}",
    }
    ways = zip(("survey", "footprint", "storeys"), stated, strict=True)
    like = [
        (name, kind)
        for name, area in ways
        for kind, own in (("", gross), ("_plan", plan))
        if pd.notna(area) and math.isclose(area, own, rel_tol=1e-6)
    ]
    name, kind = like[0] if like and str(planes["evidence_grade"].iloc[0]) != "B" else ("", "")
    lines = [_say(f"area.from.{name or 'outline'}{kind}", lang, words)]
    used = [name for name in DEDUCTIONS if planes[name].gt(0.0).any()]
    known = {one["key"]: one for one in run["assumptions"]}
    forms = set(planes["roof_form"])
    for deduction in used:
        keys = (key.format(use=building["use"]) for key in _BEHIND.get(_REASON[deduction], ()))
        said = [
            f"{key} = {known[key]['value']:g} {known[key]['unit']}".removesuffix(" 1")
            for key in keys
            if key in known and known[key]["value"] is not None and _concerns(key, forms)
        ]
        if said:
            reason = say(f"roof_picture.reason.{_REASON[deduction]}", lang)
            words = {"reason": reason, "assumptions": listed(said, lang)}
            lines.append(_say("area.behind", lang, words))
    return lines


def _concerns(key: str, forms: set[str]) -> bool:
    """Whether a setting is of one of these forms of roof."""
    by_form = {
        "flat": ("roofs.edge_", "roofs.parapet_", "plant."),
        "pitched": ("roofs.ridge_", "roofs.eaves_", "roofs.verge_", "roofs.pitched_"),
        "steel": ("roofs.steel_",),
    }
    of_form = {form for form, starts in by_form.items() if key.startswith(starts)}
    return not of_form or bool(of_form & forms)


def _modules(
    planes: pd.DataFrame, module: Mapping[str, Any], lang: str
) -> tuple[Grid, dict[str, Printed], list[str]]:
    """Table of modules by plane, the sums of N1, N2 and N3, and how N1 and N2 follow."""
    rows, sums, formulas = [], [], []
    for _, plane in planes.iterrows():
        numbers, said = _covered(plane, module)
        sums.append([printed(float(plane["kwp"])), *numbers])
        name = plain(plane["plane_id"])
        formulas += [
            _say("module.of_plane", lang, {"plane": name, "name": n, "formula": f}) for n, f in said
        ]
        rows.append(
            (name, _layout(plane["layout"], lang), f"{plane['module_count']:,.0f}",
             f"{plane['surface_tilt']:.9g}", f"{plane['surface_azimuth']:.9g}",
             *map(str, sums[-1]))
        )  # fmt: skip
    totals = [added(column) for column in zip(*sums, strict=True)]
    count = f"{planes['module_count'].sum():,.0f}"
    rows.append((_say("area.total", lang), "", count, "", "", *map(str, totals)))
    names = ("layout", "count", "tilt", "azimuth", "kwp", "n1", "n2", "n3")
    header = (_say("area.plane", lang), *(_say(f"module.{name}", lang) for name in names))
    grid = Grid("modules", header, tuple(rows), frozenset(range(2, len(header))), total=True)
    return grid, dict(zip(NUMERATORS, totals[1:], strict=True)), formulas


def _covered(
    plane: pd.Series, module: Mapping[str, Any]
) -> tuple[list[Printed], list[tuple[str, str]]]:
    """N1, N2 and N3 of a plane; where whole modules or the capacity give them, how."""
    exact = [float(plane[column]) for column in NUMERATORS.values()]
    length, width = module["module.length_m"], module["module.width_m"]
    ways = (
        (plane["module_count"] * length * width, f"{plane['module_count']:.9g} × {length:g} × "
         f"{width:g}"),
        (plane["kwp"] * 1000.0 / module["module.power_w"] * length * width,
         f"{plane['kwp']:.9g} × 1000 / {module['module.power_w']:g} × {length:g} × {width:g}"),
    )  # fmt: skip
    numbers = [printed(value) for value in exact]
    for area, said in ways:
        if exact[0] > 0.0 and math.isclose(area, exact[0], rel_tol=1e-9):
            tilt = f"{plane['surface_tilt']:.9g}"
            return numbers, [
                ("N1", f"{said} = {numbers[0]}"),
                ("N2", f"{said} × cos {tilt}° = {numbers[1]}"),
            ]
    return numbers, []


def _layout(name: object, lang: str) -> str:
    if not isinstance(name, str):
        return "–"
    kind, _, tilt = name.rpartition("_")
    key = f"roof_picture.layout.{kind}"
    if kind and has_text(key):
        return say(key, lang, {"tilt": tilt})
    key = f"roof_picture.layout.{name}"
    return say(key, lang, {"tilt": ""}) if has_text(key) else plain(name)


def area_sections(areas: Areas) -> list[Section]:
    """
    Sections on the roof, the modules, what is installed, and the coverage.

    Parameters
    ----------
    areas : Areas
    """
    lang = areas.lang
    return [
        Section(_say("section.areas", lang), _roof_blocks(areas)),
        Section(_say("section.modules", lang), _module_blocks(areas)),
        Section(_say("section.installed", lang), _installed_blocks(areas)),
        Section(_say("section.coverage", lang), _coverage_blocks(areas)),
    ]


def _roof_blocks(areas: Areas) -> tuple[Block, ...]:
    lang = areas.lang
    if areas.roof is None:
        return (Lines((_say("area.none", lang),)),)
    *_, total = areas.roof.rows
    formula = " − ".join(total[1:-1]) + f" = {total[-1]}"
    said = _say("area.formula", lang, {"formula": formula})
    return areas.roof, Lines((said, *areas.basis))


def _module_blocks(areas: Areas) -> tuple[Block, ...]:
    lines = Lines((areas.module,))
    if areas.modules is None:
        return (lines,)
    more = Lines((_say("module.formulas", areas.lang), *areas.formulas))
    return lines, areas.modules, more


def _installed_blocks(areas: Areas) -> tuple[Block, ...]:
    if not areas.steps:
        return (Lines((_say("installed.none", areas.lang),)),)
    stated = _say("installed.as_stated", areas.lang)
    lines = [f"{n}: {s.replace('as stated', stated)}" for n, s in areas.steps]
    if areas.lang == "zh":
        lines = [
            one.replace(": ", "：", 1).replace(", ", "，").replace(" m2", " m²") for one in lines
        ]
    return (Lines(tuple(lines)),)


def _coverage_blocks(areas: Areas) -> tuple[Block, ...]:
    lang = areas.lang
    rows = []
    for kind, numbers in (("designed", areas.designed), ("now", areas.installed)):
        for name, number in numbers.items():
            title = _say(f"numerator.{name}", lang)
            shares = (_share(number, bottom) for bottom in (areas.installable, areas.gross))
            rows.append((_say(f"coverage.{kind}", lang, {"name": title}), *shares))
    header = tuple(
        _say(f"coverage.{name}", lang) for name in ("numerator", "of_installable", "of_gross")
    )
    grid = Grid("coverage", header, tuple(rows), frozenset({1, 2}))
    said = Lines((_say("coverage.formula", lang), _say("coverage.undefined", lang)))
    return (said, grid) if rows else (said,)


def _share(top: Printed, bottom: Printed | None) -> str:
    if bottom is None or not bottom.count:
        return "–"
    return f"{top} / {bottom} = {printed(100 * top.exact / bottom.exact, FEWEST)} %"


def _say(key: str, lang: str, words: Mapping[str, object] | None = None) -> str:
    return say(f"certificate.{key}", lang, words)
