"""Which lists are assessed in parts, and what asks for the whole list at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from roofpv.assessment import Once
from roofpv.batch import cut
from roofpv.batch.memory import needed
from roofpv.uncertainty import LEAST_YEARS

_SUFFIXES = frozenset((".parquet", ".geoparquet", ".parq", ".pq"))
_PLANE = frozenset(("plane_id",))


def is_long(file: Path, budget: float | None = None, *, shaded: bool = False) -> bool:
    """
    Whether a list is a Parquet file of buildings of more rows than one piece has.

    Parameters
    ----------
    file : Path
    budget : float, optional
        Of memory, which a piece is to keep to. [bytes]
    shaded : bool
        Whether buildings around are looked at.
    """
    if not is_parquet(file) or is_damaged(file):
        return False
    opened = pq.ParquetFile(file)
    buildings = not _PLANE & set(opened.schema_arrow.names)
    rows = int(opened.metadata.num_rows)
    within = budget is None or needed(rows, rows, 1, shaded=shaded) <= budget
    return buildings and (rows > cut.LONG_ROWS or not within)


def is_damaged(file: Path) -> bool:
    """Whether there is no such file, or a Parquet file that cannot be opened."""
    if not is_parquet(file):
        return not file.exists()
    try:
        pq.ParquetFile(file)
    except (OSError, pa.ArrowException):
        return True
    return False


def is_parquet(file: Path) -> bool:
    """Whether there is a Parquet file, by its name."""
    return file.suffix.lower() in _SUFFIXES and file.is_file()


def asks_for_all(shared: Once, options: Mapping[str, bool]) -> list[str]:
    """
    What of a run needs the whole list at once.

    Parameters
    ----------
    shared : Once
    options : mapping of str to bool
        Options of the command that do, and whether they are given.

    Returns
    -------
    list of str
        In words; none if the list can be assessed in parts.
    """
    said = [name for name, given in options.items() if given]
    weather = shared.weather
    years = 1 if weather.attrs.get("typical_year") else len(set(weather["time.year"].values))
    if weather.sizes["site"] > 1 and years >= LEAST_YEARS:
        # What the sites have in common is taken from the years of all roofs.
        said.append("many years of weather at several sites")
    if shared.assumed.load.file is not None:
        said.append("load.file")
    return said
