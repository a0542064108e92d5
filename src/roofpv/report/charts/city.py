"""All charts of a city, by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from roofpv.report.charts.districts import carbon_svg, districts_svg
from roofpv.report.charts.frame import with_ids
from roofpv.report.charts.map import map_svg
from roofpv.report.charts.monthly import monthly_svg
from roofpv.report.charts.plan import plan_svg
from roofpv.report.charts.scales import values_of
from roofpv.report.charts.supply import prices_of, supply_svg
from roofpv.report.charts.uncertainty import uncertainty_svg
from roofpv.report.charts.verdicts import verdicts_svg
from roofpv.report.city import City
from roofpv.report.waterfall import waterfall_svg

# Columns of the maps; the first is the map called "map".
MAPS = ("pv_state", "poa_kwh_per_m2", "shading_loss_fraction", "payback_years", "evidence_grade")


def charts(city: City, language: str, maps: Sequence[str] = MAPS) -> dict[str, str]:
    """
    Every chart of a city that there is something to draw for.

    Parameters
    ----------
    city : City
    language : str
        ``en`` or ``zh``.
    maps : sequence of str
        Columns of which a map is drawn, some of ``MAPS``.

    Returns
    -------
    dict
        SVG by name: ``verdicts``, ``districts``, ``monthly``, ``supply``, ``plan`` (the second is
        ``plan-2`` and so on; none of a single year), ``waterfall``, ``uncertainty``, ``carbon``,
        ``map`` and ``map-`` with each other column of ``MAPS`` of which any value is known. Their
        ids differ, so that one page may hold them all.
    """
    drawn = [*_of_energy(city, language), *_of_money(city, language), *_maps(city, language, maps)]
    return {name: picture for name, picture in drawn if picture is not None}


Named = Iterator[tuple[str, str | None]]


def _of_energy(city: City, language: str) -> Named:
    places = city.totals
    yield "verdicts", verdicts_svg(city.result.targets, language)
    yield "districts", districts_svg(city.result.targets, places, language)
    table, left_out = city.monthly
    yield "monthly", monthly_svg(table, language, left_out)
    yield "waterfall", city_waterfall_svg(city, language)
    yield "uncertainty", uncertainty_svg(city.result.run.get("uncertainty", {}), language)
    yield "carbon", carbon_svg(places, language)


def _of_money(city: City, language: str) -> Named:
    yield "supply", supply_svg(city.supply, language, prices_of(city.result))
    for number, told in enumerate(city.plans, 1):
        name = "plan" if number == 1 else f"plan-{number}"
        if len({told["start"], told["by"], *(one["year"] for one in told["by_year"])}) > 1:
            yield name, plan_svg(told, language, name)


def city_waterfall_svg(city: City, language: str) -> str | None:
    """The waterfall of all roofs as SVG; None where there is none, or no sun in it."""
    if city.waterfall is None:
        return None
    steps = city.waterfall[city.waterfall["level"] == "city"]
    if steps.empty or not steps["kwh"].iloc[0] > 0.0:
        return None
    return with_ids(waterfall_svg(steps, language), "waterfall")


def _maps(city: City, language: str, maps: Sequence[str]) -> Named:
    buildings = city.result.buildings
    for column in maps:
        if values_of(buildings, column).notna().any():
            name = "map" if column == MAPS[0] else f"map-{column}"
            yield name, map_svg(buildings, column, language)
