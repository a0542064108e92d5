"""Numbers and texts of a table as one compact piece of text, for a script to unpack."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

# Runs of more digits stay words: they would not fit the integers of a script.
_DIGITS = re.compile(r"(?<![0-9])([0-9]{1,8})(?![0-9])")
_PLAIN_RUN = 1
# A script holds whole numbers of up to 53 bits.
_MOST_BYTES = 6


@dataclass(frozen=True)
class Packed:
    """Bytes of one column and what a script needs to unpack them."""

    about: Mapping[str, Any]
    body: bytes


def packed_text(columns: Mapping[str, Packed]) -> str:
    """
    Columns as one text: base64 of gzip of a head (JSON) and the bodies behind it.

    Parameters
    ----------
    columns : mapping of Packed
        By name.
    """
    head: dict[str, Any] = {}
    start = 0
    for name, column in columns.items():
        head[name] = {**column.about, "at": start, "size": len(column.body)}
        start += len(column.body)
    said = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()
    bodies = b"".join(column.body for column in columns.values())
    return squeezed(len(said).to_bytes(4, "little") + said + bodies)


def squeezed(raw: bytes) -> str:
    """Bytes as base64 of gzip, without the time of day."""
    return base64.b64encode(gzip.compress(raw, compresslevel=6, mtime=0)).decode("ascii")


def whole_numbers(values: npt.NDArray[np.int64], known: npt.NDArray[np.bool_]) -> Packed:
    """
    Whole numbers, some of them not known.

    Each is told as its distance from the least, one more, in as few bytes as the greatest needs; 0
    is one that is not known. All first bytes come first, then all second bytes: what is alike
    stands together.

    Parameters
    ----------
    values, known : array (row,)
    """
    least = int(values[known].min()) if known.any() else 0
    return _planes(np.where(known, values - least + 1, 0), {"kind": "numbers", "least": least})


def steps(values: npt.NDArray[np.int64]) -> Packed:
    """
    Whole numbers that lie near the one before, such as corners along a wall.

    Parameters
    ----------
    values : array (row,)
    """
    step = np.diff(values, prepend=0)
    return _planes(np.where(step < 0, -2 * step - 1, 2 * step), {"kind": "steps"})


def _planes(values: npt.NDArray[np.int64], about: Mapping[str, Any]) -> Packed:
    most = int(values.max(initial=0))
    width = max(1, (most.bit_length() + 7) // 8)
    if width > _MOST_BYTES:
        raise OverflowError(f"{most}: does not fit {_MOST_BYTES} bytes")
    split = values.astype("<u8").view(np.uint8).reshape(-1, 8)[:, :width]
    body = np.ascontiguousarray(split.T).tobytes()
    return Packed({**about, "width": width, "rows": len(values)}, body)


def words(texts: Sequence[str]) -> dict[str, Packed]:
    """
    Texts as patterns and the numbers in them: "Block {0} of Mill Lane" and 12.

    Parameters
    ----------
    texts : sequence of str
        Without control characters and line ends.

    Returns
    -------
    dict of Packed
        ``pattern`` (which of ``patterns`` a row has), ``patterns`` (a line each; the character
        U+0001 stands for a number, U+0001 + n for one padded to n digits), ``numbers`` (of all
        rows, one after the other).
    """
    codes: dict[str, int] = {}
    places: list[int] = []
    found: list[int] = []
    plain = chr(_PLAIN_RUN)
    for text in texts:
        pieces = _DIGITS.split(text) if text else [""]
        if len(pieces) > 1:
            runs = pieces[1::2]
            found += map(int, runs)
            pieces[1::2] = [_mark(run) if run[0] == "0" else plain for run in runs]
        places.append(codes.setdefault("".join(pieces), len(codes)))
    lines = "\n".join(codes).encode()
    which, every = (np.array(one, dtype=np.int64) for one in (places, found))
    return {
        "pattern": whole_numbers(which, np.ones(len(which), dtype=bool)),
        "patterns": Packed({"kind": "lines", "rows": len(codes)}, lines),
        "numbers": steps(every),
    }


def _mark(run: str) -> str:
    return chr(_PLAIN_RUN + (len(run) if run[0] == "0" and len(run) > 1 else 0))
