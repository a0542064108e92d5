"""Picture of what hides the sky from a roof plane, over the paths of the sun."""

from __future__ import annotations

import math

import numpy as np

from roofpv.catalogue import has_text, say
from roofpv.report import colours, roof_key, skyline_marks, skyline_sun, svg
from roofpv.report.skyline_sheet import SOURCES, Profile, SkylineDrawing, SkySheet, sky_sheet
from roofpv.text import plain

__all__ = ["SkylineDrawing", "skyline_svg"]

WIDTH, HEIGHT = 1188.0, 840.0
_EDGE = 28.0
_SKY = svg.Box(_EDGE + 42, 140.0, 764.0, 606.0)
_KEY = svg.Box(872.0, 112.0, WIDTH - 872.0 - _EDGE, HEIGHT - 112.0 - _EDGE)
_TITLE, _ABOVE = svg.Font(21, bold=True), svg.Font(13, fill=colours.FAINT)
_NONE = svg.Font(13, bold=True)
_LEAST_SHARE = 0.0005


def skyline_svg(drawing: SkylineDrawing) -> str:
    """
    Draw the skyline of a roof plane as one SVG file that needs no other.

    The middle is the equator's side of the sky, south of the equator north. The sun's paths are of
    the days around the 21st of each month, by true solar time.

    Parameters
    ----------
    drawing : SkylineDrawing

    Returns
    -------
    str
        1188 by 840 px, the shape of A4 on its side; the same drawing gives the same text.

    Raises
    ------
    InvalidResult
        A latitude or a tilt that is none, a source of no known name or twice, a skyline that is no
        table of points and sectors.
    """
    sheet = sky_sheet(drawing, _SKY)
    key = roof_key.Key(
        _legend(drawing, sheet),
        _figures(drawing),
        tuple(_notes(drawing, sheet)),
        drawing.lang,
        _swatch,
    )
    above = _above(drawing)
    seen = [
        *skyline_marks.skylines(sheet),
        *skyline_marks.behind(sheet),
        *skyline_sun.sun(sheet, drawing.latitude),
    ]
    drawn = [
        skyline_marks.definitions(sheet.axes),
        *_heading(drawing, above),
        *skyline_marks.axes(sheet.axes, drawing.lang),
        svg.element("g", {"clip-path": f"url(#{skyline_marks.CLIP})"}, "\n", svg.stack(seen)),
        svg.rect(_SKY, "none", svg.Stroke(colours.FAINT)),
        *skyline_sun.names(sheet, drawing.latitude, drawing.lang),
        *_nothing(drawing, sheet),
        *roof_key.draw(key, _KEY),
    ]
    told = " ".join([*_sentences(drawing, sheet, above), *roof_key.told(key)])
    return svg.page(svg.Page(WIDTH, HEIGHT, _named(drawing), told, drawing.lang), drawn)


def _named(drawing: SkylineDrawing) -> str:
    return plain(drawing.title, 1000).strip() or say("roof_picture.unnamed", drawing.lang)


def _heading(drawing: SkylineDrawing, above: str) -> list[str]:
    room = WIDTH - 2 * _EDGE
    return [
        svg.text(_EDGE, 46, svg.fit(_named(drawing), _TITLE, room), _TITLE),
        svg.text(_EDGE, 70, svg.fit(above, _ABOVE, room), _ABOVE),
    ]


def _above(drawing: SkylineDrawing) -> str:
    """Line under the title: what is seen, where, from which plane."""
    lang, tilt, azimuth = drawing.lang, drawing.plane_tilt, drawing.plane_azimuth
    side = "north" if drawing.latitude >= 0 else "south"
    latitude = {"latitude": f"{abs(drawing.latitude):.1f}"}
    said = [say("skyline_picture.above", lang), say(f"skyline_picture.{side}", lang, latitude)]
    if math.isfinite(tilt):
        said.append(say("skyline_picture.tilt", lang, {"tilt": f"{tilt:.0f}"}))
        if tilt > 0 and math.isfinite(azimuth):
            way = {"azimuth": f"{azimuth % 360:.0f}"}
            said.append(say("skyline_picture.faces", lang, way))
    return " · ".join(said)


def _legend(drawing: SkylineDrawing, sheet: SkySheet) -> tuple[roof_key.Row, ...]:
    """Sources with a skyline or a loss, and the other marks."""
    lang, losses = drawing.lang, dict(drawing.losses)
    marks = {profile.source: skyline_marks.sample(profile) for profile in sheet.profiles}
    rows = []
    for source in SOURCES:
        words = say(f"skyline_picture.source.{source}", lang)
        loss = _loss(losses[source], lang) if source in losses else ""
        if source in marks:
            rows.append(roof_key.Row(marks[source], words, loss))
        elif source in losses:
            words = say("skyline_picture.no_skyline", lang, {"what": words})
            rows.append(roof_key.Row("", words, loss))
    for mark in ("sun", "hour", *["behind"] * bool(len(sheet.behind))):
        rows.append(roof_key.Row(mark, say(f"skyline_picture.{mark}", lang), ""))
    return tuple(rows)


def _swatch(mark: str, box: svg.Box) -> list[str]:
    if mark in skyline_sun.MARKS:
        return skyline_sun.swatch(mark, box)
    return skyline_marks.swatch(mark, box)


def _loss(share: float, lang: str) -> str:
    if not math.isfinite(share):
        return say("skyline_picture.loss.unknown", lang)
    if 0 < share < _LEAST_SHARE:
        return say("skyline_picture.loss", lang, {"share": "< 0.1%"})
    return say("skyline_picture.loss", lang, {"share": f"{max(share, 0.0):.1%}"})


def _figures(drawing: SkylineDrawing) -> tuple[roof_key.Row, ...]:
    rows = []
    for label, value in drawing.facts:
        key = f"skyline_picture.fact.{label}"
        words = say(key, drawing.lang) if has_text(key) else plain(label, 200)
        rows.append(roof_key.Row("", words, plain(value, 200)))
    return tuple(rows)


def _notes(drawing: SkylineDrawing, sheet: SkySheet) -> list[str]:
    notes = []
    if any(profile.has_range for profile in sheet.profiles):
        notes.append(say("skyline_picture.note.tones", drawing.lang))
    if drawing.losses:
        notes.append(say("skyline_picture.note.loss", drawing.lang))
    if sheet.left_out:
        key = "skyline_picture.note.left_out"
        key = f"{key}.one" if sheet.left_out == 1 else key
        notes.append(say(key, drawing.lang, {"n": f"{sheet.left_out:,}"}))
    return notes


def _nothing(drawing: SkylineDrawing, sheet: SkySheet) -> list[str]:
    """Words under the heading where there is no skyline."""
    if sheet.profiles:
        return []
    words = say("skyline_picture.nothing", drawing.lang)
    band = svg.Box(_EDGE, 80, svg.text_width(words, _NONE) + 20, 24)
    return [svg.rect(band, colours.ORANGE), svg.text(_EDGE + 10, 97, words, _NONE)]


def _sentences(drawing: SkylineDrawing, sheet: SkySheet, above: str) -> list[str]:
    """What the picture is, in words, for those who cannot see it."""
    stop = "。" if drawing.lang == "zh" else "."
    if not sheet.profiles:
        return [above + stop, say("skyline_picture.nothing", drawing.lang) + stop]
    peaks = [_peak(profile, sheet.axes.centre_deg, drawing.lang) for profile in sheet.profiles]
    return [above + stop, *(peak + stop for peak in peaks)]


def _peak(profile: Profile, middle: float, lang: str) -> str:
    """Where the mean skyline of a source is highest."""
    place = int(np.argmax(profile.mean))
    words = {"what": say(f"skyline_picture.source.{profile.source}", lang)}
    words |= {"elevation": f"{profile.mean[place]:.0f}"}
    words |= {"azimuth": f"{round(profile.azimuth[place] + middle) % 360}"}
    return say("skyline_picture.peak", lang, words)
