"""Drawing of one roof from above: outline, slopes, what is deducted, modules, and the figures."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from roofpv.catalogue import has_text, say
from roofpv.report import colours, roof_key, roof_marks, svg
from roofpv.report.roof_shapes import (
    DrawnPlane,
    Place,
    module_shapes,
    path,
    polygons,
    side_m,
    slopes,
)
from roofpv.report.roof_sheet import RoofDrawing, Sheet, sheet_of
from roofpv.text import plain

__all__ = ["DrawnPlane", "RoofDrawing", "roof_svg"]

WIDTH, HEIGHT = 1188.0, 840.0
_EDGE = 28.0
_FRAME = svg.Box(_EDGE, 112.0, 796.0, 636.0)
_INSIDE = svg.Box(_FRAME.left + 20, _FRAME.top + 20, _FRAME.width - 40, _FRAME.height - 40)
_KEY = svg.Box(852.0, 112.0, WIDTH - 852.0 - _EDGE, HEIGHT - 112.0 - _EDGE)
_FOOT, _LONGEST_BAR_PX = HEIGHT - _EDGE, 220.0
_TITLE, _ABOVE = svg.Font(21, bold=True), svg.Font(13, fill=colours.FAINT)
_NOTICE = svg.Font(13, bold=True)
_SEAM_FROM_PX = 3.0


def roof_svg(drawing: RoofDrawing) -> str:
    """
    Draw a roof as one SVG file that needs no other.

    Parameters
    ----------
    drawing : RoofDrawing

    Returns
    -------
    str
        1188 by 840 px, the shape of A4 on its side; the same drawing gives the same text.

    Raises
    ------
    InvalidResult
        A deduction for a reason that is none of ``roof_marks.REASONS``.
    """
    sheet = sheet_of(drawing, _INSIDE)
    notes: list[str] = []
    roof = _roof(sheet, notes, drawing.lang)
    key = roof_key.Key(
        roof_key.legend(drawing, sheet), roof_key.figures(drawing), tuple(notes), drawing.lang
    )
    above = _above(sheet, drawing.lang)
    drawn = [
        *_heading(drawing, above),
        svg.rect(_FRAME, colours.PAPER, svg.Stroke(colours.GRID)),
        *roof,
        *_foot(sheet, drawing.lang),
        *roof_key.draw(key, _KEY),
    ]
    told = " ".join([*_sentences(drawing, above), *roof_key.told(key)])
    about = svg.Page(WIDTH, HEIGHT, _named(drawing), told, drawing.lang)
    return svg.page(about, [roof_marks.patterns(), *drawn])


def _roof(sheet: Sheet, notes: list[str], lang: str) -> list[str]:
    """Layers of the roof from the ground up; what they leave out is added to the notes."""
    place = sheet.place
    if place is None:
        middle = (_FRAME.left + _FRAME.width / 2, _FRAME.top + _FRAME.height / 2)
        words = say("roof_picture.no_outline", lang)
        return [svg.text(*middle, words, svg.Font(15, "middle", colours.FAINT))]
    drawn = [roof_marks.area(path(sheet.outline, place), roof_marks.ROOF)]
    if len(sheet.installable):
        free = path(sheet.installable, place)
        drawn.append(roof_marks.area(free, roof_marks.INSTALLABLE, roof_marks.FREE))
    for reason, found in sheet.deducted.items():
        area = roof_marks.area(path(found, place), roof_marks.hatch(reason), roof_marks.HATCHED)
        drawn.append(svg.element("g", {"class": reason}, area))
    drawn += _modules(sheet.modules, place, notes, lang)
    drawn += [_plane(plane, place, lang) for plane in sheet.planes]
    drawn.append(roof_marks.area(path(sheet.outline, place), "none", roof_marks.OUTLINE))
    return [*drawn, *_arrows(sheet.planes, place, notes, lang)]


def _modules(
    modules: npt.NDArray[np.object_], place: Place, notes: list[str], lang: str
) -> list[str]:
    if not len(modules):
        notes.append(say("roof_picture.note.no_modules", lang))
        return []
    shapes, blocks = module_shapes(modules, place)
    if blocks:
        notes.append(say("roof_picture.note.blocks", lang))
    side = float(np.median(side_m(shapes))) * place.scale
    # A line between modules of few pixels would leave nothing of them.
    seam = (
        svg.Stroke(roof_marks.MODULE_SEAM, min(side / 12, 0.9)) if side >= _SEAM_FROM_PX else None
    )
    area = roof_marks.area(path(shapes, place), roof_marks.MODULE, seam)
    return [svg.element("g", {"class": "modules"}, area)]


def _plane(plane: DrawnPlane, place: Place, lang: str) -> str:
    """Border of a plane, which tells its name, form and slope to a pointer that rests on it."""
    said = [plain(plane.plane_id), _form(plane.roof_form, lang)]
    if math.isfinite(plane.tilt_deg):
        said.append(f"{plane.tilt_deg:.0f}°")
    data = {"d": path(polygons([plane.polygon]), place), "fill": "none", "pointer-events": "all"}
    title = svg.element("title", {}, svg.escape(", ".join(said)))
    return svg.element("path", {**data, **roof_marks.EDGE.attributes()}, title)


def _arrows(planes: list[DrawnPlane], place: Place, notes: list[str], lang: str) -> list[str]:
    arrows = slopes(planes, place)
    hidden = sum(arrow is None or not arrow.is_told for arrow in arrows)
    if hidden:
        notes.append(_counted("roof_picture.note.small_planes", hidden, lang))
    return [mark for arrow in arrows if arrow for mark in roof_marks.slope(arrow)]


def _counted(key: str, count: int, lang: str) -> str:
    one = f"{key}.one"
    return say(one if count == 1 and has_text(one) else key, lang, {"n": f"{count:,}"})


def _form(form: str, lang: str) -> str:
    key = f"roof_picture.form.{form}"
    return say(key, lang) if has_text(key) else plain(form)


def _above(sheet: Sheet, lang: str) -> str:
    """Line under the title: what is seen, how many planes of which form."""
    said = [say("roof_picture.above", lang)]
    if sheet.planes:
        forms = dict.fromkeys(_form(plane.roof_form, lang) for plane in sheet.planes)
        said.append(", ".join(forms))
        said.append(_counted("roof_picture.planes", len(sheet.planes), lang))
    return " · ".join(said)


def _heading(drawing: RoofDrawing, above: str) -> list[str]:
    room = WIDTH - 2 * _EDGE
    title = svg.fit(_named(drawing), _TITLE, room)
    drawn = [
        svg.text(_EDGE, 46, title, _TITLE),
        svg.text(_EDGE, 70, svg.fit(above, _ABOVE, room), _ABOVE),
    ]
    if drawing.stand_in:
        words = svg.fit(say("roof_picture.stand_in", drawing.lang), _NOTICE, room - 24)
        wide = svg.text_width(words, _NOTICE) + 20
        band = svg.Box(_EDGE, 80, wide, 24)
        drawn.append(svg.rect(band, colours.ORANGE))
        drawn.append(svg.text(_EDGE + 10, 97, words, _NOTICE))
    return drawn


def _named(drawing: RoofDrawing) -> str:
    words = plain(drawing.title, 1000).strip()
    return words or say("roof_picture.unnamed", drawing.lang)


def _foot(sheet: Sheet, lang: str) -> list[str]:
    """Scale and north under the frame."""
    if sheet.place is None:
        return []
    bar = roof_marks.scale_bar(_FRAME.left + 6, _FOOT - 4, sheet.place.scale, _LONGEST_BAR_PX)
    return [*bar, *roof_marks.north(_FRAME.right - 14, _FOOT, say("roof_picture.north", lang))]


def _sentences(drawing: RoofDrawing, above: str) -> list[str]:
    """What the picture is, in words, for those who cannot see it."""
    stop = "。" if drawing.lang == "zh" else "."
    notice = [say("roof_picture.stand_in", drawing.lang)] if drawing.stand_in else []
    return [above + stop, *notice]
