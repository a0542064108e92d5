"""What a report of a city says: its numbers and words, the same in every format."""

from roofpv.report.city.content import City
from roofpv.report.city.figures import DASH, Figure, figure_of, shown_figure
from roofpv.report.city.totals import ADDED, MEANS, totals

__all__ = ["ADDED", "DASH", "MEANS", "City", "Figure", "figure_of", "shown_figure", "totals"]
