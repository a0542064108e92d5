"""A file that appears under its name when it is complete, or not at all."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

from roofpv.errors import InvalidInventory

# The same workbook has the same bytes whenever it is written.
CREATED = dt.datetime(2000, 1, 1)


@contextlib.contextmanager
def whole_file(out: Path) -> Iterator[Path]:
    """
    Path beside ``out`` to write to, which becomes ``out`` at the end.

    Parameters
    ----------
    out : Path

    Raises
    ------
    InvalidInventory
        It cannot be written there.
    """
    part = out.with_name(f".{out.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        yield part
        os.replace(part, out)  # noqa: PTH105
    except OSError as error:
        raise InvalidInventory(
            str(out),
            f"cannot be written ({error.strerror or error})",
            "Close it where it is open, or choose another name with -o",
        ) from error
    finally:
        part.unlink(missing_ok=True)
