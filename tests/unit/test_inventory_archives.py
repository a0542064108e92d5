from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest

from roofpv.errors import InvalidInventory
from roofpv.inventory.formats import archives


def _zip(folder: Path, *members: tuple[str, bytes]) -> Path:
    file = folder / "list.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file


def test_members_of_a_sound_archive_are_named_and_folders_are_not(tmp_path: Path) -> None:
    file = _zip(tmp_path, ("a/b.shp", b"x" * 5000), ("a/", b""), ("统计表.dbf", b"y"))
    assert archives.members(file) == ["a/b.shp", "统计表.dbf"]
    assert archives.is_zip(file)


@pytest.mark.parametrize(
    "name", ["../evil.shp", "a/../../evil.shp", "/etc/passwd", "C:/evil.shp", "..\\evil.shp"]
)
def test_a_path_out_of_the_archive_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInventory, match="leads outside of it"):
        archives.members(_zip(tmp_path, (name, b"x")))


def test_a_bomb_is_refused_by_what_it_states(tmp_path: Path) -> None:
    file = tmp_path / "bomb.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.shp", b"\0" * (archives.UNSUSPECTED_BYTES + 1))
    with pytest.raises(InvalidInventory, match=r"unpack to 67,108,865: more than"):
        archives.members(file)


def test_many_zeros_of_a_modest_size_are_no_bomb(tmp_path: Path) -> None:
    assert archives.members(_zip(tmp_path, ("a.shp", b"\0" * 10_000_000))) == ["a.shp"]


def test_a_member_larger_than_it_states_is_refused(tmp_path: Path) -> None:
    file = _zip(tmp_path, ("a.shp", b"\0" * 100_000))
    data = bytearray(file.read_bytes())
    directory = data.index(b"PK\x01\x02")
    data[directory + 24 : directory + 28] = struct.pack("<I", 10)
    file.write_bytes(bytes(data))
    with pytest.raises(InvalidInventory, match="more than the 10 bytes that it states"):
        archives.members(file)


def test_a_protected_archive_is_refused(tmp_path: Path) -> None:
    file = _zip(tmp_path, ("a.shp", b"x"))
    data = bytearray(file.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + at] |= 1
    file.write_bytes(bytes(data))
    with pytest.raises(InvalidInventory, match="protected by a password"):
        archives.members(file)


def test_too_many_members_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_MEMBERS", 2)
    file = _zip(tmp_path, ("a", b""), ("b", b""), ("c", b""))
    with pytest.raises(InvalidInventory, match="3 files in one archive"):
        archives.members(file)


@pytest.mark.parametrize("content", [b"PK\x03\x04 and no more", b"text", b""])
def test_what_is_no_archive_is_one_line(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "list.zip"
    file.write_bytes(content)
    with pytest.raises(InvalidInventory, match="no readable zip file") as told:
        archives.members(file)
    assert "\n" not in str(told.value)


def test_a_cut_archive_is_one_line(tmp_path: Path) -> None:
    whole = io.BytesIO(_zip(tmp_path, ("a.shp", bytes(range(256)) * 100)).read_bytes()).getvalue()
    file = tmp_path / "cut.zip"
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InvalidInventory, match="no readable zip file"):
        archives.members(file)
