"""One building of a result as the drawing of its roof: shapes, legend and figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from roofpv.catalogue import say
from roofpv.report.roof_picture import DrawnPlane, RoofDrawing
from roofpv.roofs import DEDUCTIONS

# Between planes whose place is not known, side by side. [m]
_APART_M = 3.0


@dataclass(frozen=True, eq=False)
class RoofShapes:
    """
    Shapes of one roof as seen from above, east and north. [m].

    ``outlines`` of the planes, ``deductions`` (``plane``, ``reason``, ``geometry``), ``modules``
    and the plane of each, ``drawn`` whether the outline of a plane is known.
    """

    outlines: np.ndarray
    deductions: pd.DataFrame
    modules: np.ndarray
    module_plane: np.ndarray
    drawn: np.ndarray


def roof_drawing(
    building: pd.Series, planes: pd.DataFrame, shapes: RoofShapes, lang: str
) -> RoofDrawing:
    """
    Drawing of a roof with its figures.

    Parameters
    ----------
    building : Series
        Its row in the result.
    planes : DataFrame (plane,)
        Its planes in the result.
    shapes : RoofShapes
    lang : str
        "en" or "zh".

    Returns
    -------
    RoofDrawing
    """
    apart = _apart(shapes)
    taken = shapes.deductions
    moved = _moved(taken["geometry"].to_numpy(), taken["plane"].to_numpy(), apart)
    free = (taken["reason"] == "installable").to_numpy()
    number = np.arange(len(planes))
    outlines = _moved(shapes.outlines, number, apart)
    form = planes["roof_form"].to_numpy()
    tilt = np.where(form == "flat", 0.0, planes["roof_tilt"].to_numpy())
    rows = zip(planes["plane_id"], outlines, tilt, planes["roof_azimuth"], form, strict=True)
    drawn = [DrawnPlane(*row) for row in rows]
    return RoofDrawing(
        title=building_title(building),
        planes=drawn,
        deductions=list(zip(taken["reason"].to_numpy()[~free], moved[~free], strict=True)),
        installable=list(moved[free]),
        modules=_moved(shapes.modules, shapes.module_plane, apart),
        facts=_facts(building, planes, len(shapes.modules), lang),
        stand_in=not shapes.drawn.all(),
        lang=lang,
    )


def building_title(building: pd.Series) -> str:
    """Key and name of a building, for the head of a drawing."""
    name = building["name"]
    known = [str(one) for one in (building["building_id"], name) if isinstance(one, str) and one]
    return " · ".join(dict.fromkeys(known))


def _apart(shapes: RoofShapes) -> np.ndarray:
    """Shift of each plane to the east: planes without a place stand side by side. [m]."""
    bounds = shapely.bounds(shapes.outlines)
    width = np.nan_to_num(bounds[:, 2] - bounds[:, 0])
    if shapes.drawn.all() or len(width) < 2:
        return np.zeros(len(width))
    right = np.cumsum(width + _APART_M)
    left = np.nan_to_num(bounds[:, 0])
    return np.asarray(right - width - left)


def _moved(shapes: np.ndarray, plane: np.ndarray, apart: np.ndarray) -> np.ndarray:
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    points[:, 0] += apart[plane[owner]]
    moved: np.ndarray = shapely.set_coordinates(np.asarray(shapes, dtype=object).copy(), points)
    return moved


def _layout_words(name: object, lang: str) -> str:
    """Name of a layout in words, such as racks toward the equator, 15 degrees."""
    if not isinstance(name, str):
        return "–"
    if name in {"flat", "flush", "stated"}:
        return say(f"roof_picture.layout.{name}", lang)
    kind, _, tilt = name.rpartition("_")
    return say(f"roof_picture.layout.{kind}", lang, {"tilt": tilt})


def _facts(
    building: pd.Series, planes: pd.DataFrame, drawn: int, lang: str
) -> list[tuple[str, str]]:
    """Figures as texts: areas of the legend, then those below it."""
    facts = [
        (name.removeprefix("deducted_").removesuffix("_m2"), _m2(planes[name].sum()))
        for name in DEDUCTIONS
        if planes[name].sum() > 0.0
    ]
    area, kwp = building["installable_area_m2"], building["kwp"]
    facts += [
        ("installable", _m2(area)),
        ("modules", _modules(building["module_count"], drawn, lang)),
        ("gross", _m2(building["gross_roof_area_m2"])),
        ("kwp", _text(kwp, ",.1f", " kWp")),
    ]
    if area > 0.0:
        shares = {
            "N1": building["module_area_m2"],
            "N2": building["projected_module_area_m2"],
            "N3": building["array_field_area_m2"],
        }
        said = " / ".join(_text(100.0 * value / area, ".1f") for value in shares.values())
        facts.append(("coverage", f"{said} % ({' / '.join(shares)})"))
    load = _text(building["array_load_kn_per_m2"], ".2f", " kN/m²")
    if isinstance(building["load_check"], str):
        load += say(f"roof_picture.load.{building['load_check']}", lang)
    facts += [
        ("energy", _text(building["ac_kwh"], ",.0f", " kWh")),
        ("yield", _text(building["specific_yield_kwh_per_kwp"], ",.0f", " kWh/kWp")),
        ("layout", _layout_words(building["layout"], lang)),
        ("load", load),
    ]
    return facts


def _modules(count: float, drawn: int, lang: str) -> str:
    """Number of modules, and how many of them have a place, where not all have."""
    said = _text(count, ",.0f")
    if np.isnan(count) or count <= drawn:
        return said
    return say("roof_picture.drawn", lang, {"all": said, "drawn": f"{drawn:,}"})


def _m2(value: float) -> str:
    return _text(value, ",.1f", " m²")


def _text(value: Any, how: str, unit: str = "") -> str:
    return "–" if pd.isna(value) else f"{value:{how}}{unit}"
