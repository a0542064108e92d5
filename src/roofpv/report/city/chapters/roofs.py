"""The first roofs of the ranked list: those to equip next."""

from __future__ import annotations

from collections.abc import Iterator

from roofpv.report.city.content import City
from roofpv.report.city.ranking import FREE, FULL, PART, room_of, standing
from roofpv.report.city.telling import Teller
from roofpv.report.city.totals import exact_sum
from roofpv.report.document import Block, Lines, Section

_COLUMNS = (
    "rank", "building_id", "name", "district", "use", "kwp", "installed_kwp", "room_kwp",
    "specific_yield_kwh_per_kwp", "capex_cny", "npv_cny", "payback_years", "evidence_grade",
)  # fmt: skip


def roofs(city: City, language: str) -> Section:
    """
    The roofs to equip next, by a measure that is stated; those that have PV come after.

    Parameters
    ----------
    city : City
    language : str
    """
    tell = Teller(language)
    first = city.next_roofs
    blocks: list[Block] = [Lines(tuple(_lead(city, len(first), tell)))]
    if len(first):
        blocks.append(tell.grid("ranked", _COLUMNS, first.to_dict("records")))
    return Section(tell.say("section.roofs"), tuple(blocks), "roofs")


def _lead(city: City, shown: int, tell: Teller) -> Iterator[str]:
    """What is listed, in which order, and what has become of the roofs that have PV."""
    kinds, room = standing(city.roofs), room_of(city.roofs)
    free, part, full = (int((kinds == one).sum()) for one in (FREE, PART, FULL))
    without = int((city.roofs["payback_years"].isna().to_numpy() & (kinds < FULL)).sum())
    words = {
        "n": tell.count(shown),
        "all": tell.count(free + part),
        "free": tell.count(free),
        "part": tell.count(part),
        "full": tell.count(full),
        "with": tell.count(part + full),
        "without": tell.count(without),
        "room": tell.large("kwp", exact_sum(room[kinds == PART]) if part else 0.0),
    }
    if not free + part:
        yield tell.say("roofs.none", words)
        return
    yield tell.say("roofs.next", words)
    if part or full:
        yield tell.say("roofs.equipped", words)
        yield tell.say("roofs.whole")
    if without:
        yield tell.say("roofs.without", words)
