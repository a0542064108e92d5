"""Where in a file of a known format the fault lies that its reader only stumbled over."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from roofpv.errors import InvalidWeather
from roofpv.weather.dataset import Convention, check_times

_EPW_HEAD, _TMY3_HEAD = 8, 2
_EPW_CELLS = {"temp_air": 6, "ghi": 13, "dni": 14, "dhi": 15, "wind_speed": 21}
_TMY3_NAMES = {
    "ghi": "GHI (W/m^2)",
    "dni": "DNI (W/m^2)",
    "dhi": "DHI (W/m^2)",
    "temp_air": "Dry-bulb (C)",
    "wind_speed": "Wspd (m/s)",
}


def locate_fault(file: Path, kind: str) -> None:
    """
    Look through a file that its reader refused, for the first cell that is no number or time.

    Raises
    ------
    InvalidWeather
        It was found; returns silently if not.
    """
    lines = file.read_bytes().decode("latin-1").splitlines()
    if kind == "EPW":
        _check_cells(file.name, lines, _EPW_HEAD, _EPW_CELLS)
    elif kind == "TMY3" and len(lines) > 1:
        names = [name.strip() for name in lines[1].split(",")]
        cells = {ours: names.index(own) for ours, own in _TMY3_NAMES.items() if own in names}
        _check_cells(file.name, lines, _TMY3_HEAD, cells)
    elif kind == "PVGIS TMY" and file.suffix.lower() != ".json":
        _check_pvgis_times(file.name, lines)


def _check_cells(source: str, lines: list[str], head: int, cells: dict[str, int]) -> None:
    for number, line in enumerate(lines[head:], head + 1):
        values = line.split(",")
        for name, place in cells.items():
            text = values[place].strip() if place < len(values) else ""
            if not _is_number(text):
                raise InvalidWeather(
                    f"{source}, row {number}, column {name}",
                    f"{text[:40]!r} is no number",
                    "Correct the cell, or check that the file is whole",
                )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _check_pvgis_times(source: str, lines: list[str]) -> None:
    head = next((i for i, line in enumerate(lines) if line.startswith("time(UTC)")), None)
    if head is None:
        return
    stamps = [line.split(",")[0] for line in lines[head + 1 :]]
    count = next((i for i, stamp in enumerate(stamps) if not stamp[:8].isdigit()), len(stamps))
    times = pd.to_datetime(stamps[:count], format="%Y%m%d:%H%M", errors="coerce")
    convention = Convention(typical_year=True, first_row=head + 2)
    if count > 1:
        check_times(pd.DatetimeIndex(times), convention, source)
