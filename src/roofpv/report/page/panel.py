"""
The panel for one building: its data for all buildings, its texts, script and style.

The script is classic, without imports: ``roofpv.panel.show(root, index, data, texts,
lang)``: ``data`` is what ``panel_data`` gives, ``texts`` what ``panel_texts`` gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

from roofpv import schema
from roofpv.catalogue import texts
from roofpv.report.city import City, figure_of
from roofpv.report.page.panel_figures import classes, counted, figures, words
from roofpv.report.page.panel_planes import prepared_planes
from roofpv.report.page.panel_roofs import roof_drawings
from roofpv.report.page.panel_sky import main_planes, skylines
from roofpv.report.page.panel_targets import NUMERATORS, share_basis, verdicts
from roofpv.report.page.panel_why import layout_words, reasons
from roofpv.results import Result
from roofpv.roofs.deductions import REASONS

LIMIT = 2_000
_NUMBERS = (
    "gross_roof_area_m2", "installable_area_m2", "module_count", "kwp", "installed_kwp", "ac_kwh",
    "ac_kwh_p90", "specific_yield_kwh_per_kwp", "poa_kwh_per_m2", "shading_loss_fraction",
    "array_load_kn_per_m2", "height_m", "estimated_height_m", "floors", "floor_area_m2",
    "load_kwh", "avoided_kgco2", "capex_cny", "lcoe_cny_per_kwh", "npv_cny", "irr",
    "payback_years", "own_use_kwh", "self_use_fraction", "self_supply_fraction", "export_kwh",
    "saved_cny", "sold_cny", "gross_roof_area_sd_fraction",
)  # fmt: skip
_CLASSES = (
    "district", "use", "ownership", "roof_type", "status", "evidence_grade", "load_check",
)  # fmt: skip
_TOPICS = (
    "panel.", "page.unit.", "roof_picture.reason.", "uses.", "ownerships.",
    "roof_types.", "certificate.evidence.", "certificate.building.",
)  # fmt: skip
# How ``siting`` begins the reason of a building that is exempt.
_EXEMPT = "exempt: "
_STATES = {"now": "existing_", "potential": ""}


def panel_data(city: City, limit: int = LIMIT) -> dict[str, Any]:
    """
    All that panels tell, of all buildings, by columns.

    Parameters
    ----------
    city : City
    limit : int
        With more buildings only facts and verdicts are told: no drawing, skyline, months and why.

    Returns
    -------
    dict
        Fit for JSON, every list of values in the order of ``city.result.buildings``; None is what
        is not known.

        ``count``; ``full`` (whether no more than the limit); ``note`` (phrase of why drawings are
        left out, or None); ``names`` (``building_id name institution``); ``completed``;
        ``classes`` and ``figures`` by column, as ``panel_figures`` has them; ``reason`` (phrase of
        the status or None); ``layout`` (number in ``layouts``, phrases); ``targets`` as
        ``panel_targets.verdicts``; ``basis`` (numerator and denominator of the coverage).
        Where ``full`` also ``months`` (12 whole kWh), ``reasons`` (of deductions, by number),
        ``deducted`` (areas by reason, as figures), ``sky`` as ``panel_sky.skylines`` with ``lat
        tilt azimuth`` of the largest array, ``drawings`` as ``panel_roofs.roof_drawings``, ``why``
        as ``panel_why.reasons``.
    """
    result = city.result
    table = pd.DataFrame(result.buildings)
    told = _facts(result, table)
    told |= {"full": len(table) <= limit, "note": None}
    if not told["full"]:
        return told | {"note": ["panel.limited", {"limit": f"{limit:,}"}]}
    building = pd.Index(table["building_id"]).get_indexer(result.planes["building_id"])
    told |= {"months": _months(result, building), "reasons": list(REASONS)}
    told["deducted"] = _deducted(result, building)
    told["sky"] = _sky(result, building)
    ready = prepared_planes(result)
    if ready is None:
        return told | {"note": ["panel.other_version"]}
    wanted = [one["threshold"] for one in told["targets"] if one["metric"] == "area_ratio"]
    threshold = wanted[0] / 10_000 if wanted and wanted[0] is not None else None
    told["drawings"] = roof_drawings(ready, len(table))
    told["why"] = reasons(result, ready, threshold)
    return told


def panel_texts() -> dict[str, Mapping[str, str]]:
    """Texts of the panel by key, in every language; names of columns as ``column.NAME``."""
    found = {key: text for key, text in texts().items() if key.startswith(_TOPICS)}
    columns = (*schema.INVENTORY, *schema.CHECKED, *schema.RESULT)
    wanted = {*_NUMBERS, *_CLASSES, "completed", "institution", "layout"}
    named = {f"column.{c.name}": {"en": c.en, "zh": c.zh} for c in columns if c.name in wanted}
    return dict(sorted((found | named).items()))


def panel_script() -> str:
    """Text of the script, its parts one after the other."""
    return _asset("panel_pictures.js") + _asset("panel.js")


def panel_style() -> str:
    """Text of panel.css."""
    return _asset("panel.css")


def _asset(name: str) -> str:
    return files("roofpv.report.page").joinpath(name).read_text(encoding="utf-8")


def _facts(result: Result, table: pd.DataFrame) -> dict[str, Any]:
    basis = share_basis(result)
    numbers = {name: table[name] for name in _NUMBERS if name in table}
    layouts = classes(table["layout"])
    completed = table["completed"].dt.strftime("%Y-%m-%d")
    return {
        "count": len(table),
        "names": {n: words(table[n]) for n in ("building_id", "name", "institution") if n in table},
        "completed": words(completed),
        "classes": {name: classes(table[name]) for name in _CLASSES if name in table},
        "figures": figures(numbers | _coverages(table, basis[1])),
        "reason": [_reason(one) for one in table["status_reason"]],
        "layouts": [layout_words(one) for one in layouts["words"]],
        "layout": layouts["values"],
        "targets": verdicts(result),
        "basis": list(basis),
    }


def _coverages(table: pd.DataFrame, denominator: str) -> dict[str, np.ndarray]:
    """Shares ``coverage_n1_now_fraction`` to ``coverage_n3_potential_fraction``. [1]."""
    below = table[denominator].to_numpy(dtype=float)
    found = {}
    for state, prefix in _STATES.items():
        for name, column in NUMERATORS.items():
            above = table[f"{prefix}{column}"].to_numpy(dtype=float)
            with np.errstate(divide="ignore", invalid="ignore"):
                share = np.where(below > 0.0, above / below, np.nan)
            found[f"coverage_{name.lower()}_{state}_fraction"] = share
    return found


def _reason(said: object) -> Any:
    """Why a building is excluded, as a phrase; None where it is not."""
    if not isinstance(said, str) or not said:
        return None
    if said.startswith(_EXEMPT):
        return ["panel.exempt", {"reason": said.removeprefix(_EXEMPT)}]
    return said


def _months(result: Result, building: np.ndarray) -> list[list[int] | None]:
    """AC energy of each month, the mean of the years; None without modules. [kWh]."""
    energy = result.energy["ac_kwh"]
    others = [name for name in energy.dims if name not in ("plane_id", "month")]
    by_month = energy.mean(others) if others else energy
    ids = result.planes["plane_id"].to_numpy(dtype=object)
    values = by_month.sel(plane_id=ids).transpose("plane_id", "month").to_numpy()
    sums = np.zeros((len(result.buildings), values.shape[1]))
    np.add.at(sums, building, np.nan_to_num(values))
    has = result.buildings["kwp"].to_numpy(dtype=float) > 0.0
    whole = np.rint(sums).astype(np.int64).tolist()
    return [row if known else None for row, known in zip(whole, has, strict=True)]


def _deducted(result: Result, building: np.ndarray) -> dict[str, Any]:
    """What each reason takes of the roof of each building, where it takes any. [m2]."""
    figure, count, found = figure_of("gross_roof_area_m2"), len(result.buildings), {}
    for reason in REASONS:
        taken = np.nan_to_num(result.planes[f"deducted_{reason}_m2"].to_numpy(dtype=float))
        if taken.any():
            values = counted(np.bincount(building, taken, count), figure)
            found[reason] = {"digits": figure.digits, "unit": figure.unit, "values": values}
    return found


def _sky(result: Result, building: np.ndarray) -> dict[str, Any]:
    """Skylines, and where the largest array of each building looks; without: where it looks."""
    main = main_planes(result.planes, building, len(result.buildings))
    told: dict[str, Any] = skylines(result, building) or {"step_deg": None}
    for name, column in (("lat", "lat"), ("tilt", "surface_tilt"), ("azimuth", "surface_azimuth")):
        values = np.append(result.planes[column].to_numpy(dtype=float), np.nan)[main]
        told[name] = [round(float(one), 1) if np.isfinite(one) else None for one in values]
    return told
