"""Files that are there whole or not at all, whatever happens while they are written."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

FULL = "no space is left on the disk"


def is_full(error: BaseException) -> bool:
    """Whether an error says that a disk is full, or a share of it that one may fill."""
    full = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
    known = getattr(error, "errno", None) in full
    # HDF5 tells it in words.
    return isinstance(error, OSError) and (known or os.strerror(errno.ENOSPC) in str(error))


def sha256_of(path: Path) -> str:
    """Digest of a file."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def put(path: Path, content: bytes) -> None:
    """
    Write a file so that no crash leaves a part of it under its name.

    Parameters
    ----------
    path : Path
        Its folder is there.
    content : bytes
    """
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with new.open("wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
    sync_folder(path.parent)


def move_all(files: Mapping[Path, Path]) -> None:
    """
    Move files that are written and synced to their places, and make sure that they stay there.

    Parameters
    ----------
    files : mapping of Path to Path
        From where to where; on one file system.
    """
    for new, path in files.items():
        new.replace(path)
    for folder in dict.fromkeys(path.parent for path in files.values()):
        sync_folder(folder)


def sync(path: Path) -> None:
    """Have what was written to a file reach the disk."""
    with path.open("rb+") as opened:
        os.fsync(opened.fileno())


def sync_folder(folder: Path) -> None:
    """Have the names in a folder reach the disk, where the system can do that."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
