"""What the drawing of a roof shows, and the same checked, sorted and placed on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from roofpv.errors import InvalidResult
from roofpv.report import roof_marks, svg
from roofpv.report.roof_shapes import DrawnPlane, Place, merged, placed, polygons
from roofpv.text import plain


@dataclass(frozen=True, eq=False)
class RoofDrawing:
    """
    What the drawing of a roof shows.

    All shapes are shapely polygons as seen from above, in metres east and north of any point; what
    is empty or has no finite place is not drawn. ``planes`` are tuples of id, polygon, tilt [deg],
    azimuth down the slope [deg, clockwise from north] and form. ``deductions`` are tuples of a
    reason (``roof_marks.REASONS``) and a polygon. ``facts`` are tuples of a label and a value with
    its unit: a label that is a reason, "installable" or "modules" goes to the legend, other labels
    of the catalogue's ``roof_picture.fact`` and free texts below it; a reason with a value and no
    polygon is shown as one without a known place, so leave out a deduction of nothing. ``stand_in``
    says that the outline is not known and a rectangle stands in for it; ``lang`` is "en" or "zh".
    """

    title: str
    planes: Sequence[DrawnPlane] = ()
    deductions: Sequence[tuple[str, Any]] = ()
    installable: Sequence[Any] = ()
    modules: npt.NDArray[np.object_] | Sequence[Any] = ()
    facts: Sequence[tuple[str, str]] = ()
    stand_in: bool = False
    lang: str = "en"


@dataclass(frozen=True, eq=False)
class Sheet:
    """Polygons of a drawing, checked and sorted, and where they stand; ``place`` None: nowhere."""

    planes: list[DrawnPlane]
    outline: npt.NDArray[np.object_]
    deducted: dict[str, npt.NDArray[np.object_]]
    installable: npt.NDArray[np.object_]
    modules: npt.NDArray[np.object_]
    place: Place | None


def sheet_of(drawing: RoofDrawing, box: svg.Box) -> Sheet:
    """
    Sort what a drawing shows, and place it in a box of the paper.

    Raises
    ------
    InvalidResult
        A deduction for a reason that is none of ``roof_marks.REASONS``.
    """
    _check_reasons(drawing)
    planes = [DrawnPlane(*plane) for plane in drawing.planes]
    parts = polygons(plane.polygon for plane in planes)
    deducted = {
        reason: merged(polygons(shape for named, shape in drawing.deductions if named == reason))
        for reason in roof_marks.REASONS
    }
    deducted = {reason: found for reason, found in deducted.items() if len(found)}
    installable, modules = polygons(drawing.installable), polygons(drawing.modules)
    everything = np.concatenate([parts, *deducted.values(), installable, modules])
    place = placed(everything, box)
    if place is None:
        return Sheet([], parts[:0], {}, parts[:0], parts[:0], None)
    return Sheet(
        planes=[plane for plane in planes if len(polygons([plane.polygon]))],
        outline=merged(parts),
        deducted=deducted,
        installable=installable,
        modules=modules,
        place=place,
    )


def _check_reasons(drawing: RoofDrawing) -> None:
    for reason, _ in drawing.deductions:
        if reason not in roof_marks.REASONS:
            raise InvalidResult(
                f"{plain(drawing.title)}, deduction {plain(reason)!r}",
                "no known reason of a deduction",
                f"Give one of {', '.join(roof_marks.REASONS)}",
            )
