"""Files written whole or not at all, and beside one that is open elsewhere or read-only."""

from __future__ import annotations

import os
import re
import shutil
import stat
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from roofpv.errors import InvalidResult
from roofpv.text import plain

MOST_BESIDE = 9
# Files of a page in parts.
BEGINS = b"roofpv.arrived("
_OURS = re.compile(r"(part|find)-[0-9]{3,}\.js")


def put(path: Path, write: Callable[[Path], None]) -> Path:
    """
    Write a file whole or not at all; where it is open elsewhere or read-only, beside it.

    Parameters
    ----------
    path : Path
        Its folder exists.
    write : function of a Path
        Writes the content to a new file of the same ending.

    Returns
    -------
    Path
        Where it was written: ``report.xlsx``, else ``report-2.xlsx`` and so on.

    Raises
    ------
    InvalidResult
        The folder cannot be written, or every such name is kept.
    """
    part = path.with_name(f".{path.stem}.{uuid.uuid4().hex[:8]}{path.suffix}")
    try:
        write(part)
        for place in range(1, MOST_BESIDE + 1):
            beside = path if place == 1 else path.with_name(f"{path.stem}-{place}{path.suffix}")
            if not _is_kept(beside) and _moved(part, beside):
                return beside
    except OSError as error:
        raise InvalidResult(
            str(path), f"cannot be written ({error.strerror or error})", "Choose another folder"
        ) from error
    finally:
        part.unlink(missing_ok=True)
    raise InvalidResult(str(path), "is open in another program or read-only", "Close it there")


def put_bytes(path: Path, content: bytes) -> Path:
    """
    Write bytes as ``put`` does.

    Raises
    ------
    InvalidResult
        As ``put``.
    """
    return put(path, lambda part: _write_bytes(part, content))


def replace_folder(folder: Path, files: Iterable[tuple[str, str]]) -> None:
    """
    Write a folder of texts whole, in the place of an earlier one, or not at all.

    Parameters
    ----------
    folder : Path
        That in which it lies exists.
    files : iterable of (str, str)
        Name and text of each.

    Raises
    ------
    InvalidResult
        It cannot be written, or the earlier one holds what is not ours.
    """
    strange = [one.name for one in folder.glob("*") if not _OURS.fullmatch(one.name)]
    if strange or (folder.exists() and not folder.is_dir()):
        raise InvalidResult(
            str(folder),
            f"holds {plain(strange[0])}, which is not ours" if strange else "is no folder",
            "Move it elsewhere, or choose another folder with -o",
        )
    fresh, old = (folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}") for _ in range(2))
    try:
        fresh.mkdir()
        for name, text in files:
            (fresh / name).write_text(text, encoding="utf-8", newline="\n")
        if folder.exists():
            folder.rename(old)
        fresh.rename(folder)
    except OSError as error:
        if old.exists():
            old.rename(folder)
        raise InvalidResult(
            str(folder), f"cannot be written ({error.strerror or error})", "Choose another folder"
        ) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def remove_folder(folder: Path) -> bool:
    """
    Remove a folder of ``replace_folder``; one that holds anything else is left as it is.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    bool
        Whether it is gone; False also where the system does not let it go.
    """
    if folder.is_symlink() or not folder.is_dir():
        return False
    files = list(folder.iterdir())
    if not files or not all(map(_is_ours, files)):
        return False
    gone = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}")
    try:
        folder.rename(gone)
    except OSError:
        return False
    for one in files:
        (gone / one.name).unlink(missing_ok=True)
    with suppress(OSError):
        gone.rmdir()
    return True


def _is_ours(path: Path) -> bool:
    """Whether a file is one of a page in parts, by its name and by how it begins."""
    if path.is_symlink() or not path.is_file() or not _OURS.fullmatch(path.name):
        return False
    try:
        with path.open("rb") as opened:
            return opened.read(len(BEGINS)) == BEGINS
    except OSError:
        return False


def _write_bytes(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _is_kept(path: Path) -> bool:
    """Whether it is kept: marked by an office program, which need not lock it, or read-only."""
    marks = (f"~${path.name}", f".~lock.{path.name}#")
    kept = path.exists() and not path.stat().st_mode & stat.S_IWUSR
    return kept or any(path.with_name(mark).exists() for mark in marks)


def _moved(part: Path, path: Path) -> bool:
    """Whether the file now stands under its name; Windows refuses where it is open."""
    try:
        os.replace(part, path)  # noqa: PTH105  (its one word that a test can stand in for)
    except PermissionError:
        return False
    return True
