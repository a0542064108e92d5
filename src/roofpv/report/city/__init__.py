"""What a report of a city says: its numbers and words, the same in every format."""

from roofpv.report.city.content import City
from roofpv.report.city.figures import (
    DASH,
    Figure,
    figure_in,
    figure_of,
    large_figure,
    shown_figure,
    shown_share,
    shown_threshold,
    unit_of,
    with_unit,
)
from roofpv.report.city.months import MONTHS, monthly_table
from roofpv.report.city.prices import earned_by, export_price, tariffs_in
from roofpv.report.city.rules import bar_named
from roofpv.report.city.story import CHARTS, story
from roofpv.report.city.telling import Teller, recorded, turned
from roofpv.report.city.totals import ADDED, MEANS, totals

__all__ = [
    "ADDED",
    "CHARTS",
    "DASH",
    "MEANS",
    "MONTHS",
    "City",
    "Figure",
    "Teller",
    "bar_named",
    "earned_by",
    "export_price",
    "figure_in",
    "figure_of",
    "large_figure",
    "monthly_table",
    "recorded",
    "shown_figure",
    "shown_share",
    "shown_threshold",
    "story",
    "tariffs_in",
    "totals",
    "turned",
    "unit_of",
    "with_unit",
]
