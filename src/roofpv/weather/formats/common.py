"""What the readers of all formats share: text, cells with their place in the file, the site."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from roofpv.errors import InvalidWeather
from roofpv.text import plain
from roofpv.weather.dataset import MISSING_ABOVE, MISSING_BELOW, WeatherSite
from roofpv.weather.series import Place
from roofpv.weather.times import Rows, interval_minutes

Numbers = npt.NDArray[np.float64]
RowNumbers = npt.NDArray[np.int64]

_START_BYTES = 4096
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_PARSED_LINE = re.compile(r"in line (\d+), saw")
_YEAR_DAYS = 366
# Months of a typical year come from years that lie apart; a true year has no such step in it.
_APART_DAYS = 180


@dataclass(frozen=True, eq=False)
class Content:
    """A weather file and what is in it, read once and when it is asked for."""

    file: Path

    @property
    def name(self) -> str:
        """Name of the file without its folder."""
        return self.file.name

    @cached_property
    def start(self) -> bytes:
        """The first bytes."""
        with self.file.open("rb") as opened:
            return opened.read(_START_BYTES)

    @cached_property
    def head(self) -> str:
        """The first lines, whatever encoding they are in."""
        code = "utf-16" if self.start.startswith(_UTF16) else "utf-8-sig"
        return plain_lines(self.start.decode(code, errors="replace")).lstrip()

    @cached_property
    def data(self) -> bytes:
        """All bytes."""
        return self.file.read_bytes()

    @cached_property
    def text(self) -> str:
        """Text with plain line ends; known formats are ASCII but for names: any bytes will do."""
        try:
            text = unmarked(self.data)
        except UnicodeDecodeError:
            text = self.data.decode("latin-1")
        return plain_lines(text)

    @cached_property
    def json(self) -> Any:
        """What a JSON file holds."""
        return json.loads(self.text)


def unmarked(data: bytes) -> str:
    """
    Text in the encoding that its byte order mark names, else in utf-8.

    Raises
    ------
    UnicodeDecodeError
        It is in another.
    """
    return data.decode("utf-16" if data.startswith(_UTF16) else "utf-8-sig")


def plain_lines(text: str) -> str:
    """Text whose lines end as they do in Unix."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


@dataclass(frozen=True, eq=False)
class Cells:
    """
    Cells of a table: its header, the columns by their place in it, the rows' numbers in the file.

    A column is of numbers where all its cells are.
    """

    header: Sequence[str]
    table: pd.DataFrame
    rows: RowNumbers
    source: str

    def named(self, names: Mapping[str, str]) -> dict[str, pd.Series]:
        """Columns that the table has, by our names; ``names`` maps these to those of the header."""
        header = list(self.header)
        return {ours: self.table[header.index(own)] for ours, own in names.items() if own in header}


def read_cells(
    content: Content, body: str, first: int, separator: str = ",", text: Sequence[int] = ()
) -> Cells:
    """
    Read delimited text whose first line is its header.

    Blank lines are left out but keep their number; a delimiter at the end of a line shifts nothing.

    Parameters
    ----------
    content : Content
        File that it comes from.
    body : str
    first : int
        Number of the header in the file.
    separator : str
    text : sequence of int
        Columns that stay text.

    Raises
    ------
    InvalidWeather
        A row with more cells than the header.
    """
    header = header_of(body, separator)
    # One column more than the header has, for delimiters at the end of lines.
    try:
        table = pd.read_csv(
            io.StringIO(body), sep=separator, names=range(len(header) + 1), header=None,
            skiprows=1, index_col=False, dtype=dict.fromkeys(text, str), skip_blank_lines=False,
            skipinitialspace=True, low_memory=False,
        )  # fmt: skip
    except pd.errors.ParserError as error:
        line = _PARSED_LINE.search(str(error))
        if line is None:
            raise
        raise _too_long(content, first - 1 + int(line[1]), len(header)) from error
    beyond = table[len(header)].notna().to_numpy()
    if beyond.any():
        raise _too_long(content, first + 1 + int(beyond.argmax()), len(header))
    filled = np.flatnonzero(table.notna().any(axis=1).to_numpy())
    if filled.size < len(table):
        table = table.iloc[filled].reset_index(drop=True)
    return Cells(header, table, filled + first + 1, content.name)


def _too_long(content: Content, row: int, count: int) -> InvalidWeather:
    return InvalidWeather(
        f"{content.name}, row {row}",
        f"it has more cells than the header, which has {count}",
        "Correct the row",
    )


def header_of(body: str, separator: str = ",") -> list[str]:
    """Names in the first line of delimited text."""
    line = body.partition("\n")[0]
    return [name.strip() for name in next(csv.reader([line], delimiter=separator), [])]


def numbers(columns: Mapping[str, pd.Series], rows: RowNumbers, source: str) -> pd.DataFrame:
    """
    Columns as numbers, NaN where cells are empty.

    Raises
    ------
    InvalidWeather
        A cell that is no number, named by its row and column.
    """
    return pd.DataFrame({ours: _number(columns[ours], ours, rows, source) for ours in columns})


def extra_numbers(cells: pd.Series) -> Numbers:
    """A column that only some models need: NaN where a cell is no number, which refuses no file."""
    return np.asarray(pd.to_numeric(cells, errors="coerce").to_numpy(dtype=float))


def _number(cells: pd.Series, name: str, rows: RowNumbers, source: str) -> Numbers:
    values: Numbers = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=float)
    wrong = (np.isnan(values) & cells.notna().to_numpy()) | np.isinf(values)
    if wrong.any():
        raise wrong_cell(source, int(rows[wrong.argmax()]), name, cells.iloc[wrong.argmax()])
    return values


def wrong_cell(source: str, row: int, column: str, cell: object) -> InvalidWeather:
    """Error for a cell that should be a number."""
    shown = repr(plain(cell, 40)) if isinstance(cell, str) else plain(cell, 40)
    mend = "Correct the cell (decimals with a point), or leave it empty if the value is missing"
    return InvalidWeather(
        f"{source}, row {row}, column {column}",
        f"{shown} is no number",
        mend if str(cell).strip() else "Check that the file is whole",
    )


def check_lines(content: Content, head: int, cells: Mapping[str, int]) -> None:
    """
    Look through the lines of a file that its reader refused for the first cell that is no number.

    Raises
    ------
    InvalidWeather
        It was found; returns silently if not.
    """
    for number, line in enumerate(content.text.split("\n")[head:], head + 1):
        values = line.split(",") if line.strip() else []
        for name, place in cells.items() if values else ():
            text = values[place].strip() if place < len(values) else ""
            if not _is_number(text):
                raise wrong_cell(content.name, number, name, text)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def filled_lines(text: str, head: int) -> tuple[list[str], RowNumbers]:
    """Lines of a text that are not blank, and the numbers of those after its header."""
    lines = text.split("\n")
    rows = [i for i, line in enumerate(lines[head:], head + 1) if line.strip()]
    return lines[:head] + [lines[row - 1] for row in rows], np.array(rows, dtype=np.int64)


def without_codes(frame: pd.DataFrame) -> pd.DataFrame:
    """Numbers with NaN for the codes of missing values that all fixed formats use (-999, 9999)."""
    return frame.mask((frame <= MISSING_BELOW) | (frame >= MISSING_ABOVE))


def check_times(
    times: pd.DatetimeIndex, cells: pd.Series, rows: RowNumbers, source: str,
    mend: str = "Check that the file is whole",
) -> None:  # fmt: skip
    """
    Make sure that every time could be read.

    Raises
    ------
    InvalidWeather
        One could not, named by its row.
    """
    unread = times.isna()
    if unread.any():
        first = int(np.argmax(unread))
        cell = cells.iloc[first]
        shown = repr(plain(cell, 40)) if isinstance(cell, str) else "an empty cell"
        raise InvalidWeather(
            f"{source}, row {rows[first]}, column time", f"{shown} is no time", mend
        )


def on_labels(frame: pd.DataFrame, times: pd.DatetimeIndex, offset_hours: float) -> pd.DataFrame:
    """Values with their labels in UTC as the index; ``times`` are those of the file's clock."""
    utc = times - pd.to_timedelta(offset_hours, unit="h").round("s")
    return frame.set_axis(pd.DatetimeIndex(utc, name="time").as_unit("ns"), axis=0)


def step_minutes(times: pd.DatetimeIndex, rows: RowNumbers, source: str) -> int:
    """
    Minutes from row to row, in the median.

    Raises
    ------
    InvalidWeather
        Fewer than two rows, or an odd interval.
    """
    return interval_minutes(Rows(times, rows, source))


def from_several_years(times: pd.DatetimeIndex, interval: int) -> bool:
    """Whether the months of a single year of rows come from different years."""
    if times.year.nunique() < 2 or len(times) * interval > _YEAR_DAYS * 24 * 60:
        return False
    steps = np.abs(np.diff(times.to_numpy())) / np.timedelta64(1, "D")
    return bool((steps > _APART_DAYS).any())


def site_of(content: Content, place: Place, stated: tuple[Any, Any, Any]) -> WeatherSite:
    """
    Site named after the file; the user's word on its place comes before the file's.

    Parameters
    ----------
    content : Content
    place : Place
        The user's word.
    stated : (latitude, longitude, altitude)
        The file's, None where it does not say. [deg, deg, m]

    Raises
    ------
    InvalidWeather
        Neither says where it is.
    """
    said = (place.latitude, place.longitude, place.altitude)
    lat, lon, alt = (
        mine if mine is not None else own for mine, own in zip(said, stated, strict=True)
    )
    if lat is None or lon is None:
        raise InvalidWeather(
            content.name,
            "the file does not say where it was taken",
            "Give --lat, --lon and --altitude, or header lines such as # latitude: 39.03",
        )
    stated_alt = alt is not None and not np.isnan(float(alt))
    altitude = float(alt) if stated_alt else 0.0
    return WeatherSite(
        content.file.stem, float(lat), float(lon), altitude, altitude_stated=stated_alt
    )
