"""Cells of one column -> numbers, dates, flags, with what was found."""
