"""What rules ask of a building beyond the inventory's own columns; who has it may add it."""

from __future__ import annotations

from roofpv import schema

# A table given to `evaluate` may have these columns. Where it has not, or all are empty, the
# verdict names them under ``lacking``; nothing stands in for them.
NEEDS = {column.name: column.en for column in schema.ASKED}
TEXTS = tuple(column.name for column in schema.ASKED if column.kind == "text")
