"""
What a workbook holds that its reader does not show: cells with errors, and how far the cells reach.

The reader (calamine) gives an error cell as an empty one, or in .ods as 0, and takes memory for
every cell up to the last, so that two cells far apart end the process. Both are looked up first.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from roofpv.inventory.formats.header import Merge

# No sheet has more rows and columns; a full one of 38 columns takes the reader some 2 GB.
_MOST_ROWS, _MOST_COLUMNS, _MOST_CELLS = 2**20, 2**14, 40_000_000
ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!",
    0x2A: "#N/A", 0x2B: "#GETTING_DATA",
}  # fmt: skip


class Protected(ValueError):
    """A workbook that opens with a password only."""


@dataclass
class SheetFacts:
    """
    Of one sheet: rows and columns up to the last cell, errors by row and column (from 0).

    ``uncalculated`` are formulas that no program has given a value yet, as C2 (.xlsx only).
    ``merged`` ranges are None where the reader itself gives them.
    """

    height: int = 0
    width: int = 0
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    merged: list[Merge] | None = None
    uncalculated: list[str] = field(default_factory=list)

    @property
    def is_too_large(self) -> bool:
        """Whether the cells reach farther than can be read."""
        too_far = self.height > _MOST_ROWS or self.width > _MOST_COLUMNS
        return too_far or self.height * self.width > _MOST_CELLS

    def reach(self, row: int, column: int) -> None:
        """Note a cell."""
        self.height = max(self.height, row + 1)
        self.width = max(self.width, column + 1)
