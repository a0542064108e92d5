"""Every reading of each target as two bars, held against what is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from roofpv.catalogue import has_text, say
from roofpv.report import colours, svg
from roofpv.report.charts import frame
from roofpv.report.charts.frame import words
from roofpv.report.city import shown_share, shown_threshold
from roofpv.report.closing import percent_text
from roofpv.text import plain

Entry = Mapping[str, Any]

STATES = ("now", "potential")
COLOURS = {"now": colours.BLUE, "potential": colours.ORANGE}
_NAMES, _VALUES = 112.0, 148.0
_ROW, _BAR, _GAP, _HEAD = 28.0, 11.0, 2.0, 44.0
_LEFT, _RIGHT = frame.EDGE + _NAMES, frame.WIDE - frame.EDGE - _VALUES


def verdicts_svg(entries: Sequence[Entry], language: str) -> str | None:
    """
    Share of the city by every reading, now and if every roof were equipped.

    Parameters
    ----------
    entries : sequence of mapping
        Content of ``targets.json``; those of districts are not drawn.
    language : str
        ``en`` or ``zh``.

    Returns
    -------
    str or None
        SVG: a bar is as long as its share; the whisker is what 8 of 10 draws lie in, where it is
        known. None where nothing was judged.
    """
    city = [one for one in entries if _is_city(one)]
    if all(one["value"] is None for one in city):
        return None
    drawn_too = any(one.get("value_q10") is not None for one in city)
    notes = ["note", "draws"] if drawn_too else ["note"]
    said = tuple(words(f"verdicts.{name}", language) for name in notes)
    about = frame.About("verdicts", words("verdicts.title", language), language, said)
    drawn, y = frame.legend(list(_marks(drawn_too, language)), frame.EDGE, about.top, frame.ROOM)
    scale = frame.ticks(max(_ends(city), default=1.0))
    told: list[str] = []
    for target in dict.fromkeys((one["rule"], one["target"]) for one in city):
        mine = [one for one in city if (one["rule"], one["target"]) == target]
        drawn += _target(mine, scale, y, language)
        told += _told(mine, language)
        y += _HEAD + _ROW * len(_keys(mine)) + 30.0
    return frame.drawing(about, y, drawn, " ".join(told))


def reading_name(entry: Entry) -> str:
    """Reading and variant of the numerator, such as "A1/N2"."""
    variant = entry["numerator_variant"]
    return plain(entry["reading"]) + (f"/{plain(variant)}" if variant else "")


def target_title(entry: Entry, language: str) -> str:
    """Rule, target, what is asked for and how strictly, in a line."""
    threshold = say("targets.no_threshold", language)
    if entry["threshold"] is not None:
        key = f"targets.whom.{entry.get('level', '')}"
        asked = {"share": shown_threshold(entry["threshold"])}
        threshold = say(key if has_text(key) else "targets.whom.city", language, asked)
    said = {
        "rule": plain(entry["rule"]),
        "target": plain(entry["target"]),
        "threshold": threshold,
        "strength": say(f"targets.strength.{entry['strength']}", language),
        "as_of": entry["as_of"],
    }
    return say("targets.head", language, said)


def _is_city(entry: Entry) -> bool:
    return entry.get("group", entry["district"]) is None


def _keys(entries: Sequence[Entry]) -> list[tuple[str, str | None]]:
    return list(dict.fromkeys((one["reading"], one["numerator_variant"]) for one in entries))


def _ends(entries: Sequence[Entry]) -> Iterator[float]:
    for one in entries:
        for name in ("value", "threshold", "value_q90"):
            if one.get(name) is not None:
                yield float(one[name])


def _marks(draws: bool, language: str) -> Iterator[frame.Mark]:
    for state in STATES:
        yield frame.Mark(words(f"state.{state}", language), COLOURS[state])
    yield frame.Mark(words("verdicts.asked", language), stroke=frame.ASKED)
    if draws:
        range_line = svg.Stroke(colours.INK, 1.5)
        yield frame.Mark(words("verdicts.range", language), stroke=range_line)


def _target(entries: Sequence[Entry], scale: list[float], top: float, language: str) -> list[str]:
    """Name of the target, its scale, and its readings one under the other."""
    first, keys = entries[0], _keys(entries)
    title = svg.fit(target_title(first, language), frame.HEAD, frame.ROOM)
    y, bottom = top + _HEAD, top + _HEAD + _ROW * len(keys)
    px = (_RIGHT - _LEFT) / scale[-1]
    drawn = [svg.text(frame.EDGE, top + 18.0, title, frame.HEAD)]
    for tick in scale:
        x = _LEFT + tick * px
        drawn.append(svg.line((x, y), (x, bottom), frame.RULE))
        drawn.append(svg.text(x, bottom + 14.0, f"{percent_text(tick)}%", frame.TICK))
    for place, key in enumerate(keys):
        rows = {
            one["state"]: one
            for one in entries
            if (one["reading"], one["numerator_variant"]) == key
        }
        drawn.append(svg.element("g", {}, *_reading(rows, y + place * _ROW, px, language)))
    if first["threshold"] is not None:
        x = _LEFT + first["threshold"] * px
        drawn.append(svg.line((x, y - 4.0), (x, bottom), frame.ASKED))
        asked = svg.Font(11, "middle", colours.INK)
        drawn.append(svg.text(x, y - 8.0, shown_threshold(first["threshold"]), asked))
    return drawn


def _reading(rows: Mapping[str, Entry], y: float, px: float, language: str) -> list[str]:
    usual = next(iter(rows.values()))
    font = svg.Font(12, bold=bool(usual["default"]))
    name = svg.fit(reading_name(usual) + (" *" if usual["default"] else ""), font, _NAMES - 8.0)
    drawn = [svg.text(frame.EDGE, y + 18.0, name, font)]
    for place, state in enumerate(STATES):
        if state not in rows:
            continue
        entry, top = rows[state], y + 2.0 + place * (_BAR + _GAP)
        if entry["value"] is None:
            said = words("not_applicable", language)
            drawn.append(svg.text(_LEFT + 4.0, top + 10.0, said, frame.NOTE))
            continue
        bar = svg.Box(_LEFT, top, entry["value"] * px, _BAR)
        drawn.append(svg.rect(bar, COLOURS[state], svg.Stroke(colours.INK, 0.4)))
        drawn += _range(entry, top + _BAR / 2, px)
        drawn += _value(entry, top + 10.0, language)
    return drawn


def _value(entry: Entry, y: float, language: str) -> list[str]:
    right = frame.WIDE - frame.EDGE
    font = svg.Font(11, "end", colours.INK, bold=bool(entry["default"]))
    drawn = [svg.text(right - 88.0, y, shown_share(entry["value"], entry["threshold"]), font)]
    if entry["met"] is not None:
        met = words("met.yes" if entry["met"] else "met.no", language)
        drawn.append(svg.text(right - 80.0, y, svg.fit(met, frame.NOTE, 80.0), frame.NOTE))
    return drawn


def _range(entry: Entry, y: float, px: float) -> list[str]:
    """What 8 of 10 draws lie in, as a line with ends, bright beside them to stand out on a bar."""
    low, high = entry.get("value_q10"), entry.get("value_q90")
    if low is None or high is None:
        return []
    left, right = _LEFT + low * px, _LEFT + high * px
    ends = [(left, y - 3.5), (left, y + 3.5), (left, y), (right, y), (right, y - 3.5)]
    ends.append((right, y + 3.5))
    strokes = (svg.Stroke(colours.PAPER, 3.2), svg.Stroke(colours.INK, 1.5))
    return [svg.polyline(ends, stroke) for stroke in strokes]


def _told(entries: Sequence[Entry], language: str) -> Iterator[str]:
    yield target_title(entries[0], language) + ":"
    for key in _keys(entries):
        rows = [one for one in entries if (one["reading"], one["numerator_variant"]) == key]
        said = ", ".join(
            f"{words('state.' + one['state'], language)} "
            f"{shown_share(one['value'], one['threshold'])}" for one in rows
        )  # fmt: skip
        yield f"{reading_name(rows[0])} {said};"
