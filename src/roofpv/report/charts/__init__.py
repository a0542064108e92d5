"""The charts of a city's report as SVG, and the colours that they share with its page."""

from roofpv.report.charts.city import MAPS, charts, city_waterfall_svg
from roofpv.report.charts.districts import carbon_svg, districts_svg
from roofpv.report.charts.map import map_svg
from roofpv.report.charts.monthly import monthly_svg
from roofpv.report.charts.plan import plan_svg
from roofpv.report.charts.scales import COLUMNS, Class, Scale, scale_of, values_of
from roofpv.report.charts.supply import prices_of, supply_svg, supply_table, thinned
from roofpv.report.charts.uncertainty import terms_of, uncertainty_svg
from roofpv.report.charts.verdicts import verdicts_svg

__all__ = [
    "COLUMNS",
    "MAPS",
    "Class",
    "Scale",
    "carbon_svg",
    "charts",
    "city_waterfall_svg",
    "districts_svg",
    "map_svg",
    "monthly_svg",
    "plan_svg",
    "prices_of",
    "scale_of",
    "supply_svg",
    "supply_table",
    "terms_of",
    "thinned",
    "uncertainty_svg",
    "values_of",
    "verdicts_svg",
]
