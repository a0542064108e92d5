"""What a report is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from roofpv.catalogue import LANGUAGES
from roofpv.errors import InvalidConfig
from roofpv.tomltable import hint

FORMATS = ("html", "xlsx", "pdf")
MAP_PARTS = ("auto", "one", "parts")


@dataclass(frozen=True)
class ReportAsk:
    """
    How a report is to be written.

    Parameters
    ----------
    language : str
        ``en`` or ``zh``.
    formats : tuple of str
        Some of ``FORMATS``, each once; none where only pictures are wanted.
    where : Path, optional
        Folder of the files; the result folder if not given.
    plans : tuple of Path
        What ``roofpv plan -o`` wrote as JSON; without any, a plan is made for each target that is
        missed.
    pictures : Path, optional
        Folder of every chart as SVG and PNG.
    map_parts : str
        ``one``: the page is one file; ``parts``: it has squares, and the roofs in a folder beside
        it; ``auto``: in parts above 200,000 buildings.

    Raises
    ------
    InvalidConfig
        Another language, format or way of the map.
    """

    language: str = "en"
    formats: tuple[str, ...] = ("html",)
    where: Path | None = None
    plans: tuple[Path, ...] = ()
    pictures: Path | None = None
    map_parts: str = "auto"

    def __post_init__(self) -> None:
        if self.language not in LANGUAGES:
            raise InvalidConfig("--lang", f"{self.language!r} is no language of ours", "en or zh")
        for name in self.formats:
            if name not in FORMATS:
                raise InvalidConfig("--format", f"unknown format {name!r}", hint(name, FORMATS))
        if self.map_parts not in MAP_PARTS:
            raise InvalidConfig(
                "--map-parts", f"unknown way {self.map_parts!r}", hint(self.map_parts, MAP_PARTS)
            )


def formats_of(text: str) -> tuple[str, ...]:
    """
    Formats of a text such as "html,xlsx", each once, in its order.

    Raises
    ------
    InvalidConfig
        None is named.
    """
    names = tuple(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip()))
    if not names:
        raise InvalidConfig("--format", "no format is named", f"Write {','.join(FORMATS)}")
    return names
