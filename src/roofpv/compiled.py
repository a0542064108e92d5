"""The compiled kernels, their machine code kept in a per-user folder named after the version."""

from __future__ import annotations

import importlib
import os
import tempfile
from pathlib import Path
from types import ModuleType

import numba
import platformdirs

from roofpv import __version__


def cache_folder() -> Path:
    """Folder of the compiled code; a temporary one where the user's is not writable."""
    stated = os.environ.get("NUMBA_CACHE_DIR")
    if stated:
        return Path(stated)
    folder = Path(platformdirs.user_cache_dir("roofpv", appauthor=False)) / f"numba-{__version__}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return Path(tempfile.gettempdir()) / f"roofpv-numba-{__version__}"


def load_kernels(name: str) -> ModuleType:
    """
    Import a kernel file with Numba's cache pointed at ``cache_folder``.

    Numba reads the setting when a function is decorated, so it is set for the import alone and the
    user's other Numba code is left as it was.
    """
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(cache_folder())
    try:
        return importlib.import_module(f"roofpv.kernels.{name}")
    finally:
        numba.config.CACHE_DIR = before
