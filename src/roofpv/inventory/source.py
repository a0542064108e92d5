"""What a reader hands on: a table as it stands in the file, and where each cell of it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd


@dataclass(frozen=True, eq=False)
class Source:
    """
    A table of a file, nothing judged yet.

    ``table`` has the file's own headers (text, each once) over cells as they were found: a
    GeoDataFrame where the file has geometry (with its own CRS, or None if it states none), else a
    DataFrame. ``rows`` are the numbers that people see: the row of the sheet or the line of the
    text file, or the feature counted from 1. ``sheets`` names the sheet of each row ("" where a
    file has none). ``units`` holds the unit row under the headers: header -> unit as written.
    ``places`` tells the column of the sheet, from 1, by header. ``notes`` are findings about the
    file as a whole, as (key of the catalogue, words). ``unread`` are headers whose cells were not
    read, since nothing asks for them.
    """

    table: pd.DataFrame
    rows: np.ndarray
    sheets: np.ndarray
    units: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[tuple[str, Mapping[str, str]], ...] = ()
    unread: tuple[str, ...] = ()
