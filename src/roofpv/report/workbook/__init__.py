"""report.xlsx: the city's report as a workbook, a sheet a subject."""

from roofpv.report.workbook.write import write_workbook

__all__ = ["write_workbook"]
