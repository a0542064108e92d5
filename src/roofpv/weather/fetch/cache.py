"""Answers kept in a folder, each with a record of where it is from; an entry is whole or absent."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import platformdirs
import xarray as xr

from roofpv import __version__
from roofpv.weather.fetch.answers import Unit
from roofpv.weather.write import write_text, write_weather

ENVIRONMENT = "ROOFPV_CACHE"
# What a process that was killed left behind: no file is written for as long as that.
_STALE_SECONDS = 3600.0


def cache_folder() -> Path:
    """Folder of the answers: ``ROOFPV_CACHE``, or the user's own for caches."""
    stated = os.environ.get(ENVIRONMENT)
    if stated:
        return Path(stated)
    return Path(platformdirs.user_cache_dir("roofpv", appauthor=False)) / "weather"


@dataclass(frozen=True, eq=False)
class Entry:
    """Weather of one question, and the record that stands beside it."""

    data: xr.Dataset
    record: dict[str, Any]


@dataclass(frozen=True)
class Cache:
    """
    A folder with one NetCDF a question and a record of the same name in JSON.

    The name is made of the source, the place, the years, and a digest of everything that was asked
    but the secrets. ``now`` is the clock of the records.
    """

    folder: Path
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def file(self, unit: Unit) -> Path:
        """Where the weather of a question is kept."""
        asked = json.dumps(_asked(unit), sort_keys=True)
        digest = hashlib.sha256(asked.encode()).hexdigest()[:12]
        years = "" if unit.years is None else f"_{unit.years[0]}-{unit.years[1]}"
        return self.folder / f"{unit.request.where}{years}_{digest}.nc"

    def holds(self, unit: Unit) -> bool:
        """Whether there seems to be an entry for a question."""
        file = self.file(unit)
        return file.is_file() and _record_file(file).is_file()

    def read(self, unit: Unit, tell: Callable[[str], None]) -> Entry | None:
        """Entry of a question; None if there is none or a damaged one, of which it tells."""
        file = self.file(unit)
        if not self.holds(unit):
            return None
        try:
            record = json.loads(_record_file(file).read_text(encoding="utf-8"))
            whole = record["sha256"] == _digest(file) and _asked(unit).items() <= record.items()
            if whole:
                with xr.open_dataset(file, engine="h5netcdf") as opened:
                    return Entry(opened.load(), record)
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            pass
        tell(f"{unit.request.where}: damaged in the cache, fetched again")
        return None

    def write(self, unit: Unit, data: xr.Dataset) -> Entry:
        """
        Keep the weather of a question; the record comes last and makes the entry count.

        Raises
        ------
        InvalidWeather
            The folder cannot be written.
        """
        file = self.file(unit)
        write_weather(data, file)
        record = {
            **_asked(unit),
            "service": data.attrs["stated_source"],
            "fetched": self.now().astimezone(UTC).isoformat(timespec="seconds"),
            "sha256": _digest(file),
            "rows": data.sizes["time"],
            "roofpv": __version__,
            "pvlib": importlib.metadata.version("pvlib"),
        }
        text = json.dumps(record, ensure_ascii=False, indent=1) + "\n"
        write_text(_record_file(file), text, "Choose another --cache")
        return Entry(data, record)

    def sweep(self) -> None:
        """Remove what killed processes left half-written."""
        for part in self.folder.glob(".*.part*"):
            try:
                if time.time() - part.stat().st_mtime > _STALE_SECONDS:
                    part.unlink()
            except OSError:
                continue


def _asked(unit: Unit) -> dict[str, Any]:
    """Everything that makes the answer what it is."""
    return {
        "source": unit.service.name,
        "url": unit.request.public_url,
        "parameters": unit.request.public_params,
    }


def _record_file(file: Path) -> Path:
    return file.with_suffix(".json")


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
