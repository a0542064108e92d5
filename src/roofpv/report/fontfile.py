"""Which characters a font file has, read from its table of characters (OpenType, ``cmap``)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

_COLLECTION = b"ttcf"
_GROUP, _SEGMENTS = 12, 4


def characters(data: bytes, face: int = 0) -> frozenset[int]:
    """
    Code points that a face has glyphs for.

    Parameters
    ----------
    data : bytes
        A font, or a collection of fonts.
    face : int
        Which one of a collection.

    Returns
    -------
    frozenset of int
        Empty where the file is no font, or is a broken one.

    References
    ----------
    .. [1] OpenType 1.9, "cmap: character to glyph index mapping table", formats 4 and 12
    """
    try:
        return frozenset(_characters(data, face))
    except (struct.error, IndexError):
        return frozenset()


def _characters(data: bytes, face: int) -> Iterator[int]:
    start = struct.unpack_from(">I", data, 12 + 4 * face)[0] if data[:4] == _COLLECTION else 0
    (count,) = struct.unpack_from(">H", data, start + 4)
    for place in range(start + 12, start + 12 + 16 * count, 16):
        name, _, table, _ = struct.unpack_from(">4sIII", data, place)
        if name == b"cmap":
            yield from _of_table(data, table)


def _of_table(data: bytes, table: int) -> Iterator[int]:
    """Of the fullest part for Unicode: platform 0, or 3 with encoding 1 or 10."""
    found = {}
    (count,) = struct.unpack_from(">H", data, table + 2)
    for place in range(table + 4, table + 4 + 8 * count, 8):
        platform, encoding, offset = struct.unpack_from(">HHI", data, place)
        if platform == 0 or (platform == 3 and encoding in {1, 10}):
            found[struct.unpack_from(">H", data, table + offset)[0]] = table + offset
    if _GROUP in found:
        yield from _groups(data, found[_GROUP])
    elif _SEGMENTS in found:
        yield from _segments(data, found[_SEGMENTS])


def _groups(data: bytes, part: int) -> Iterator[int]:
    (count,) = struct.unpack_from(">I", data, part + 12)
    for place in range(part + 16, part + 16 + 12 * min(count, 0x10FFFF), 12):
        first, last, glyph = struct.unpack_from(">III", data, place)
        yield from range(first + (glyph == 0), min(last, 0x10FFFF) + 1)


def _segments(data: bytes, part: int) -> Iterator[int]:
    (twice,) = struct.unpack_from(">H", data, part + 6)
    ends, starts = part + 14, part + 16 + twice
    for place in range(0, twice, 2):
        (last,) = struct.unpack_from(">H", data, ends + place)
        (first,) = struct.unpack_from(">H", data, starts + place)
        (delta,) = struct.unpack_from(">H", data, starts + twice + place)
        where = starts + 2 * twice + place
        (offset,) = struct.unpack_from(">H", data, where)
        for code in range(first, min(last, 0xFFFE) + 1):
            glyph = code
            if offset:
                (glyph,) = struct.unpack_from(">H", data, where + offset + 2 * (code - first))
            if glyph and (glyph + delta) % 0x10000:
                yield code
