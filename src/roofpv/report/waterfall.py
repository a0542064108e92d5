"""From the sun to the meter in lines for a terminal and as a picture."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from roofpv.catalogue import has_text, say
from roofpv.report import colours, svg
from roofpv.text import plain

# Nearer to 1 than this a step did nothing but round.
_ROUNDING = 1e-12
_WIDE, _LINE, _HEAD, _FOOT = 760.0, 24.0, 64.0, 20.0
_NAMES, _NUMBERS = 200.0, 190.0
_BAR = 15.0


def waterfall_text(steps: pd.DataFrame, lang: str = "en") -> list[str]:
    """
    Lines of the steps of a building, of districts and of the city.

    Parameters
    ----------
    steps : DataFrame (step,)
        ``level name step kwh factor`` as ``roofpv.waterfalls`` gives them. [kWh, 1]
    lang : str
        "en" or "zh".
    """
    lines: list[str] = []
    for (level, name), part in steps.groupby(["level", "name"], sort=False):
        lines += ["", *_one_text(_title(str(level), str(name), lang), part, lang)]
    return lines[1:] if lines else [say("waterfall.nothing", lang)]


def waterfall_svg(steps: pd.DataFrame, lang: str = "en") -> str:
    """
    Picture of the steps of one building, district or city.

    Parameters
    ----------
    steps : DataFrame (step,)
        Of one name.
    lang : str
        "en" or "zh".

    Returns
    -------
    str
        A whole SVG; each bar goes from what was left to what is left.
    """
    first = steps.iloc[0]
    title = _title(str(first["level"]), str(first["name"]), lang)
    shown = list(_shown(steps, lang))
    high = _HEAD + _LINE * len(shown) + _FOOT
    most = max((max(before, after) for _, before, after, _ in shown), default=0.0) or 1.0
    scale = (_WIDE - _NAMES - _NUMBERS - 40.0) / most
    heading, small = svg.Font(16, bold=True), svg.Font(11, fill=colours.FAINT)
    drawn = [
        svg.text(20.0, 30.0, svg.fit(title, heading, _WIDE - 40.0), heading),
        svg.text(20.0, 50.0, say("waterfall.note", lang), small),
    ]
    for place, (label, before, after, number) in enumerate(shown):
        y = _HEAD + place * _LINE
        low, wide = min(before, after), abs(after - before)
        if place in {0, len(shown) - 1}:
            low, wide = 0.0, after
        colour = colours.BLUE if place in {0, len(shown) - 1} or after >= before else colours.ORANGE
        bar = svg.Box(_NAMES + low * scale, y + 3.0, max(wide * scale, 0.5), _BAR)
        drawn += [
            svg.text(_NAMES - 10.0, y + 15.0, label, svg.Font(12, "end")),
            svg.rect(bar, colour),
            svg.text(_WIDE - 20.0, y + 15.0, number, svg.Font(12, "end")),
        ]
    described = "; ".join(f"{label} {number}" for label, _, _, number in shown)
    return svg.page(svg.Page(_WIDE, high, title, described, lang), drawn)


def _title(level: str, name: str, lang: str) -> str:
    return say(f"waterfall.{level}", lang, {"name": plain(name)})


def _one_text(title: str, part: pd.DataFrame, lang: str) -> Iterator[str]:
    yield title
    shown = list(_shown(part, lang))
    for label, _, _, number in shown:
        # Chinese letters are two columns wide.
        room = 30 - sum(2 if ord(letter) > 0x2E7F else 1 for letter in label)
        yield f"  {label}{' ' * max(room, 1)}{number:>26}"


def _shown(part: pd.DataFrame, lang: str) -> Iterator[tuple[str, float, float, str]]:
    """Name, energy before and after, and numbers of each step that did something, and the end."""
    kwh, factors, steps = part["kwh"].tolist(), part["factor"].tolist(), part["step"].tolist()
    for place, (step, after, factor) in enumerate(zip(steps, kwh, factors, strict=True)):
        if place == 0:
            yield _name(step, lang), 0.0, after, f"{after:,.0f} kWh"
        elif not abs(factor - 1.0) <= _ROUNDING:
            yield _name(step, lang), kwh[place - 1], after, f"{factor - 1.0:+.2%}  {after:,.0f} kWh"
    yield say("waterfall.meter", lang), 0.0, kwh[-1], f"{kwh[-1] / kwh[0]:.2%}  {kwh[-1]:,.0f} kWh"


def _name(step: str, lang: str) -> str:
    key = f"waterfall.step.{step}"
    return say(key, lang) if has_text(key) else plain(step)
