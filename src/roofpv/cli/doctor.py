"""``roofpv doctor``: what this installation stands on."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from roofpv.cli import options

_PACKAGES = ("pvlib", "numpy", "pandas", "numba", "xarray", "geopandas", "pyogrio", "shapely",
             "pyproj", "pyarrow", "h5netcdf", "click")  # fmt: skip


@click.command(short_help="Versions, threads, cache, fonts, free memory and disk.")
@options.json_option
def command(as_json: bool) -> None:
    """Tell what this installation stands on."""
    import psutil  # noqa: PLC0415

    from roofpv import __version__  # noqa: PLC0415
    from roofpv.compiled import cache_folder  # noqa: PLC0415
    from roofpv.energy.simulate import set_threads  # noqa: PLC0415
    from roofpv.weather import bundled_folder  # noqa: PLC0415

    folder = cache_folder()
    facts: dict[str, Any] = {
        "roofpv": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "threads": set_threads(None),
        "cache": str(folder),
        "cache_writable": os.access(_first_existing(folder), os.W_OK),
        "bundled_data": (bundled_folder("weather") / "dawukou.csv").is_file(),
        "encoding": sys.stdout.encoding,
        "chinese_font": _chinese_font(),
        "free_memory_gib": round(psutil.virtual_memory().available / 2**30, 1),
        "free_disk_gib": round(shutil.disk_usage(Path.cwd()).free / 2**30, 1),
        "packages": {name: version(name) for name in _PACKAGES},
    }
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False))
        return
    packages = facts.pop("packages")
    for name, value in facts.items():
        click.echo(f"{name:<16} {'none found' if value is None else value}")
    click.echo("packages         " + ", ".join(f"{n} {v}" for n, v in packages.items()))


def _first_existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())


def _chinese_font() -> str | None:
    """The font that roofpv brings for paper and pictures."""
    from roofpv.report.lettering import font_file  # noqa: PLC0415

    file = font_file()
    return file.name if file.is_file() else None
