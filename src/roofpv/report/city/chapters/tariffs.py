"""The tariffs of a result: who pays by which, and their prices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from roofpv.catalogue import has_text
from roofpv.report.city.figures import Figure, figure_in, shown_figure
from roofpv.report.city.prices import earned_by, tariffs_in
from roofpv.report.city.telling import Teller
from roofpv.report.document import Block, Grid, Heading, Lines

_MOST_TARIFFS = 8
_MOST_HOURS = 40
_MOST = 12
_LONG = 400
_PRICE = figure_in("CNY/kWh")
_FIXED = ("fixed", "mechanism", "market")
_HEADS = ("tariff", "uses", "buildings", "by_list", "roofs", "saved", "sold", "earned")

Told = Mapping[str, Any]


def tariffs(money: Told, tell: Teller) -> Iterator[Block]:
    """
    Who pays by which tariff, where there are several, and the prices of each.

    Parameters
    ----------
    money : mapping
        ``run["money"]``.
    tell : Teller
    """
    used = tariffs_in(money)
    lines = list(_about(money, used, tell))
    if lines:
        yield Lines(tuple(lines))
    if len(used) > 1:
        yield tell.table("tariffs", _HEADS, [_payers(one, tell) for one in used], numbers=6)
    for number, one in enumerate(used[:_MOST_TARIFFS], 1):
        title = tell.name(_title(one, tell), _LONG)
        if len(used) > 1:
            yield Heading(tell.say("money.tariff_of", {"title": title}))
        yield from _tariff(one, "tariff" if number == 1 else f"tariff_{number}", tell)
    assigned = money.get("tariff_assignment")
    if assigned:
        yield from rests(assigned, tell, "money.assigned_rests")


def word_of(kind: str, name: str, tell: Teller) -> str:
    """A word of the story's money, such as a season; the name itself where it has none."""
    key = f"money.{kind}.{name}"
    return tell.say(key) if has_text(f"story.{key}") else tell.name(name)


def rests(told: Told, tell: Teller, lead: str = "money.rests") -> Iterator[Block]:
    """Sources and assumptions of a part of the record, after a text of the story."""
    lines = [tell.told(text) for text in texts_of(told)]
    if lines:
        yield Lines((tell.say(lead), *lines[:_MOST]))


def texts_of(told: Told) -> Iterable[str]:
    """Sources and assumptions of a part of the record."""
    return (str(text) for key in ("sources", "assumptions") for text in told.get(key, []))


def _about(money: Told, used: Sequence[Told], tell: Teller) -> Iterator[str]:
    """That there are several, who set them, and what the list states and is not to be had."""
    assigned = money.get("tariff_assignment")
    if assigned:
        words = {"title": tell.name(_title(assigned, tell), _LONG), "id": tell.name(assigned["id"])}
        yield tell.say("money.assigned", words)
    if len(used) > 1:
        yield tell.say("money.tariffs", {"n": tell.count(len(used))})
    lost = money.get("tariffs_not_taken") or {}
    if lost.get("buildings"):
        names = tell.listed(tell.name(one) for one in lost["examples"])
        yield tell.say(
            "money.tariffs_not_taken", {"n": tell.count(lost["buildings"]), "names": names}
        )


def _payers(one: Told, tell: Teller) -> tuple[str, ...]:
    uses = (
        f"{tell.cell('use', use)} {tell.count(count)}" for use, count in one.get("uses", {}).items()
    )
    counts = ("buildings", "buildings_by_list", "roofs_with_own_use")
    return (
        tell.name(one["id"]),
        tell.listed(uses),
        *(tell.count(one.get(name, 0)) for name in counts),
        *(tell.figure(name, one.get(name)) for name in ("saved_cny", "sold_cny")),
        shown_figure(earned_by(one), _PRICE, language=tell.language),
    )


def _title(told: Told, tell: Teller) -> str:
    return told["title"].get(tell.language) or told["title"].get("en") or told["id"]


def _tariff(told: Told, name: str, tell: Teller) -> Iterator[Block]:
    words = {
        "title": tell.name(_title(told, tell), _LONG),
        "id": tell.name(told["id"]),
        "zone": word_of("zone", str(told["zone"]), tell),
    }
    yield Lines((tell.say("money.tariff_is", words), *_export(told, tell)))
    yield _hours(told["hours"], name, tell)
    yield from rests(told, tell)


def _hours(hours: Sequence[Told], name: str, tell: Teller) -> Grid:
    """Prices by season and hours; days with the same ones share a line."""
    days: dict[tuple[Any, ...], list[str]] = {}
    for one in hours:
        key = tuple(one[k] for k in ("season", "from", "to", "period", "price_cny_per_kwh"))
        days.setdefault(key, []).append(word_of("day", one["day"], tell))
    rows = [
        (
            word_of("season", season, tell),
            tell.listed(dict.fromkeys(which)),
            f"{start}–{end}",
            word_of("period", period, tell),
            shown_figure(price, _PRICE, language=tell.language),
        )
        for (season, start, end, period, price), which in days.items()
    ]
    return tell.table(
        name, ("season", "days", "hours", "period", "price"), rows[:_MOST_HOURS], numbers=1
    )


def _export(told: Told, tell: Teller) -> Iterator[str]:
    export = told["export"]
    rule = export["rule"] if export["rule"] in _FIXED else "other"
    mean = earned_by(told)
    words = {
        "price": shown_figure(export["price"], _PRICE, language=tell.language),
        "share": shown_figure(export["share"], Figure(1, "%", 100)),
        "mean": shown_figure(mean, _PRICE, language=tell.language),
    }
    yield tell.say(f"money.export.{rule}", words)
    if mean is not None and rule != "fixed":
        yield tell.say("money.mean_export", words)
