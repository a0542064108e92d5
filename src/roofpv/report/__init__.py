"""Report: a result -> words and tables."""

from roofpv.report.explain import explain, explain_text, find_building
from roofpv.report.layouts import groups_text, layouts_text
from roofpv.report.summary import summary
from roofpv.report.verdicts import targets_text

__all__ = [
    "explain",
    "explain_text",
    "find_building",
    "groups_text",
    "layouts_text",
    "summary",
    "targets_text",
]
