"""The first roofs of the ranked list."""

from __future__ import annotations

from roofpv.report.city.content import City
from roofpv.report.city.ranking import ranked
from roofpv.report.city.telling import Teller
from roofpv.report.document import Block, Lines, Section

MOST = 30
_COLUMNS = (
    "rank", "building_id", "name", "district", "use", "kwp", "installed_kwp",
    "specific_yield_kwh_per_kwp", "capex_cny", "npv_cny", "payback_years", "evidence_grade",
)  # fmt: skip


def roofs(city: City, language: str) -> Section:
    """
    The roofs with the shortest payback, by a measure that is stated.

    Parameters
    ----------
    city : City
    language : str
    """
    tell = Teller(language)
    order = ranked(city.roofs)
    known = int(order["payback_years"].notna().sum())
    words = {
        "n": tell.count(min(MOST, len(order))),
        "all": tell.count(len(order)),
        "without": tell.count(len(order) - known),
    }
    blocks: list[Block] = [Lines((tell.say("roofs.lead", words),))]
    if len(order):
        blocks.append(tell.grid("ranked", _COLUMNS, order.head(MOST).to_dict("records")))
    return Section(tell.say("section.roofs"), tuple(blocks), "roofs")
