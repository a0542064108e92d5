"""The interactive report: a map of the roofs, a table and the chapters in one HTML file."""

from roofpv.report.page.bundle import NoMapLibrary
from roofpv.report.page.make import html_page, packed_panel

__all__ = ["NoMapLibrary", "html_page", "packed_panel"]
