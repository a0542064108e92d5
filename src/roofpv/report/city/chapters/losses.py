"""From the sun to the meter, step by step."""

from __future__ import annotations

from roofpv.catalogue import has_text, say
from roofpv.report.city.content import City
from roofpv.report.city.figures import Figure, shown_figure
from roofpv.report.city.telling import Teller
from roofpv.report.document import Block, Lines, Section

_CHANGE = Figure(2, "%", 100)
# Nearer to 1 than this a step did nothing but round.
_ROUNDING = 1e-12


def losses(city: City, language: str) -> Section:
    """
    What each step takes of the energy of all roofs.

    Parameters
    ----------
    city : City
    language : str
    """
    tell = Teller(language)
    steps = city.waterfall
    mine = None if steps is None else steps[steps["level"] == "city"]
    if mine is None or mine.empty:
        key = "losses.absent" if steps is None else "losses.nothing"
        blocks: tuple[Block, ...] = (Lines((tell.say(key),)),)
        return Section(tell.say("section.losses"), blocks, "losses")
    rows = []
    for place, row in enumerate(mine.to_dict("records")):
        if place and abs(row["factor"] - 1.0) <= _ROUNDING:
            continue
        change = "" if not place else shown_figure(row["factor"] - 1.0, _CHANGE)
        rows.append((_step(row["step"], tell), change, tell.figure("ac_kwh", row["kwh"])))
    first, last = float(mine["kwh"].iloc[0]), float(mine["kwh"].iloc[-1])
    share = shown_figure(last / first if first > 0.0 else None, _CHANGE)
    rows.append((say("waterfall.meter", language), share, tell.figure("ac_kwh", last)))
    grid = tell.table("losses", ("step", "change", "left"), rows, numbers=2)
    return Section(tell.say("section.losses"), (Lines((tell.say("losses.lead"),)), grid), "losses")


def _step(name: str, tell: Teller) -> str:
    key = f"waterfall.step.{name}"
    return say(key, tell.language) if has_text(key) else tell.name(name)
