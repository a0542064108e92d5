"""The examined sites of a weather file that a command was given."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from roofpv.cli import options

if TYPE_CHECKING:
    from roofpv.weather.examine import Examined


def examined(weather: str) -> list[Examined]:
    """Sites of a file, or of the bundled weather by its name."""
    from roofpv.weather.bundled import bundled_files  # noqa: PLC0415
    from roofpv.weather.read import examine_weather  # noqa: PLC0415

    said = options.reading()
    if not Path(weather).exists() and Path(weather).suffix == "":
        files = bundled_files(weather)
    else:
        files = [Path(weather)]
    return [
        one for file in files for one in examine_weather(file, said.place, said.clock, said.columns)
    ]
