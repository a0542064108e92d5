"""Zip files (and the office files that are zip files) before anything reads them: bombs, paths."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from pathlib import Path

from roofpv.errors import InvalidInventory

# A province of footprints is some GB; XML of a full sheet shrinks to a fiftieth at most.
MOST_BYTES = 8 * 2**30
MOST_SHRUNK = 300
UNSUSPECTED_BYTES = 64 * 2**20
_BLOCK = 2**20
MOST_MEMBERS = 100_000


def is_zip(file: Path) -> bool:
    """Whether the file begins as a zip file does."""
    with file.open("rb") as opened:
        return opened.read(4) in {b"PK\x03\x04", b"PK\x05\x06"}


def members(file: Path) -> list[str]:
    """
    Names of the files in an archive that is safe to read.

    Raises
    ------
    InvalidInventory
        No readable archive; a member that would land outside of it, is encrypted, or grows beyond
        what a table of buildings can be.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            inside = archive.infolist()
            _check_sizes(file, inside)
            for member in inside:
                _check_member(file, member)
                _check_true_size(file, member)
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, struct.error) as error:
        reason = " ".join(str(error).split())[:120]
        raise InvalidInventory(
            file.name, f"no readable zip file ({reason})", "Check that the file is whole"
        ) from error
    return [member.filename for member in inside if not member.is_dir()]


def head_of(path: str, count: int) -> bytes:
    """First bytes of a file, or of ``/vsizip/{archive}/member``."""
    if not path.startswith("/vsizip/"):
        with Path(path).open("rb") as opened:
            return opened.read(count)
    name, _, member = path.removeprefix("/vsizip/{").partition("}/")
    with zipfile.ZipFile(name) as archive, archive.open(member) as inside:
        return inside.read(count)


def _check_sizes(file: Path, inside: list[zipfile.ZipInfo]) -> None:
    total = sum(member.file_size for member in inside)
    packed = file.stat().st_size
    if total > MOST_BYTES or (total > UNSUSPECTED_BYTES and total > MOST_SHRUNK * packed):
        raise InvalidInventory(
            file.name,
            f"{packed:,} bytes that unpack to {total:,}: more than a table of buildings can be",
            "If the file is what it should be, unpack it yourself and give what is in it",
        )
    if len(inside) > MOST_MEMBERS:
        raise InvalidInventory(
            file.name, f"{len(inside):,} files in one archive", "Give the one with the buildings"
        )


def _check_member(file: Path, member: zipfile.ZipInfo) -> None:
    name = member.orig_filename.replace("\\", "/")
    if name.startswith("/") or re.match(r"^[A-Za-z]:", name) or ".." in name.split("/"):
        raise InvalidInventory(
            file.name,
            f"the archive holds a path that leads outside of it ({name[:60]!r})",
            "Do not trust this file; ask for a new one",
        )
    if member.flag_bits & 0x1:
        raise InvalidInventory(
            file.name, "the archive is protected by a password", "Unpack it and give what is in it"
        )


def _check_true_size(file: Path, member: zipfile.ZipInfo) -> None:
    """A directory may lie about sizes, and not every reader stops where it says."""
    if member.compress_type != zipfile.ZIP_DEFLATED:
        return
    stream, unpacked, left = zlib.decompressobj(-zlib.MAX_WBITS), 0, member.compress_size
    checksum = 0
    with file.open("rb") as opened:
        opened.seek(member.header_offset)
        header = opened.read(30)
        opened.seek(sum(struct.unpack("<HH", header[26:30])), 1)
        while left > 0 and not stream.eof and unpacked <= member.file_size:
            packed = opened.read(min(_BLOCK, left))
            left = left - len(packed) if packed else 0
            while packed and not stream.eof and unpacked <= member.file_size:
                block = stream.decompress(packed, _BLOCK)
                unpacked, checksum = unpacked + len(block), zlib.crc32(block, checksum)
                packed = stream.unconsumed_tail
    if unpacked > member.file_size:
        raise InvalidInventory(
            f"{file.name}, {member.filename[:60]}",
            f"it unpacks to more than the {member.file_size:,} bytes that it states",
            "Do not trust this file; ask for a new one",
        )
    if checksum != member.CRC:
        raise zipfile.BadZipFile(f"{member.filename[:60]} is damaged")
