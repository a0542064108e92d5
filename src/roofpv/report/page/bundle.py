"""The map library of the page: deck.gl as pydeck's wheel carries it."""

from __future__ import annotations

import base64
import functools
import hashlib
import importlib.util
from pathlib import Path

from roofpv.errors import RoofpvError
from roofpv.report.page.packing import squeezed

_FILE = ("nbextension", "static", "index.js")
_MAP_OF_SOURCES = "\n//# sourceMappingURL="


class NoMapLibrary(RoofpvError):
    """The map library is not installed."""


@functools.cache
def map_library() -> tuple[str, str]:
    """
    The library packed, and the hash by which a page lets it run.

    Raises
    ------
    NoMapLibrary
        pydeck is not installed, or carries it in another place.
    """
    source = _source()
    return squeezed(source.encode()), script_hash(source)


def script_hash(source: str) -> str:
    """What a content security policy says of one script."""
    digest = hashlib.sha256(source.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _source() -> str:
    found = importlib.util.find_spec("pydeck")
    folders = list(found.submodule_search_locations or ()) if found else []
    path = Path(folders[0], *_FILE) if folders else None
    if path is None or not path.is_file():
        raise NoMapLibrary(
            "report.html", "the map library of pydeck is not found", "pip install pydeck"
        )
    text = path.read_text(encoding="utf-8").replace("\r\n", "\n")
    return text.partition(_MAP_OF_SOURCES)[0] + "\n"
