"""Roof, modules, capacity and energy of the city and of its districts."""

from __future__ import annotations

from roofpv.report.city.content import City
from roofpv.report.city.telling import Teller
from roofpv.report.document import Grid, Heading, Lines, Section

_ROOF = ("district", "buildings", "roofs", "gross_roof_area_m2", "installable_area_m2",
         "installed_kwp")  # fmt: skip
_FIT = ("district", "module_count", "kwp", "ac_kwh", "specific_yield_kwh_per_kwp")
_COVER = ("district", "module_area_m2", "projected_module_area_m2", "array_field_area_m2")
_LARGE = ("gross_roof_area_m2", "installable_area_m2", "kwp", "ac_kwh", "installed_kwp")


def places(city: City, language: str) -> Section:
    """
    Totals of the city and of each district.

    Parameters
    ----------
    city : City
    language : str
    """
    tell = Teller(language)
    whole = city.totals.iloc[0]
    facts = [(name, tell.large(name, whole[name])) for name in _LARGE]
    known = {"n": tell.count(whole["known_ac_kwh"]), "all": tell.count(whole["roofs"])}
    blocks = (
        Lines((tell.say("places.lead", known),)),
        tell.facts("totals", facts),
        Heading(tell.say("places.roof")),
        by_place(city, "districts_roof", _ROOF, tell),
        Heading(tell.say("places.fit")),
        by_place(city, "districts_fit", _FIT, tell),
        Heading(tell.say("places.cover")),
        by_place(city, "districts_cover", _COVER, tell),
    )
    return Section(tell.say("section.places"), blocks, "places")


def by_place(city: City, name: str, columns: tuple[str, ...], tell: Teller) -> Grid:
    """
    Columns of the totals, a row a district and the city as the last.

    Parameters
    ----------
    city : City
    name : str
        Of the table.
    columns : tuple of str
        Of ``City.totals``; ``district`` first.
    tell : Teller
    """
    rows = city.totals.to_dict("records")
    told = [*rows[1:], rows[0] | {"district": tell.say("city")}]
    made = tell.grid(name, columns, told)
    return Grid(made.name, made.header, made.rows, made.numbers, total=True)
