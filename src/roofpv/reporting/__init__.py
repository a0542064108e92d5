"""Reports of a result folder: read, planned, told, and written in the formats asked for."""

from roofpv.reporting.ask import FORMATS, ReportAsk
from roofpv.reporting.gather import gather
from roofpv.reporting.make import make_report

__all__ = ["FORMATS", "ReportAsk", "gather", "make_report"]
