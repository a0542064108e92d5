"""A workbook as a package of parts: what relates to what, and the same with some parts changed."""

from __future__ import annotations

import posixpath
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from roofpv.report.ooxml.xml import append, outline, quoted, splice

_RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_DECLARATION = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_CONTENT_TYPES = "[Content_Types].xml"
# The same change of the same workbook gives the same bytes.
_NO_TIME = (1980, 1, 1, 0, 0, 0)
_BLOCK = 1 << 20

Writer = Callable[[IO[bytes]], None]


@dataclass(frozen=True)
class Relation:
    """From a part to another; ``kind`` is the last word of its type, ``target`` a name in it."""

    key: str
    kind: str
    target: str


class Package:
    """
    Parts of a workbook, and what is to stand in place of some.

    Parameters
    ----------
    archive : ZipFile
        Open for reading until the package is saved.
    """

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = {_key(name): name for name in archive.NameToInfo}
        self._changed: dict[str, bytes] = {}
        self._streams: dict[str, tuple[int, Writer]] = {}
        self._dropped: set[str] = set()

    def has(self, part: str) -> bool:
        """Whether there is such a part; names do not tell capitals."""
        return _key(part) in self._names

    def has_named(self, piece: str) -> bool:
        """Whether a part's name holds a piece."""
        return any(piece in name for name in self._names)

    def read(self, part: str) -> bytes:
        """Bytes of a part as they are to be."""
        name = self._name(part)
        return self._changed[name] if name in self._changed else self._archive.read(name)

    def stream(self, part: str) -> IO[bytes]:
        """Bytes of a part as they were, to be read piece by piece."""
        return self._archive.open(self._name(part))

    def size(self, part: str) -> int:
        """Bytes of a part as it was."""
        return self._archive.getinfo(self._name(part)).file_size

    def write(self, part: str, content: bytes) -> None:
        """Put bytes in place of a part, or add it."""
        name = self._names.setdefault(_key(part), part)
        self._changed[name] = content
        self._dropped.discard(name)

    def write_later(self, part: str, size: int, writer: Writer) -> None:
        """Let a part be written when the package is saved; its size in bytes is about ``size``."""
        self._streams[self._name(part)] = size, writer

    def drop(self, part: str, owner: str) -> None:
        """Leave out a part and what its owner says of it."""
        relations = _relations_part(owner)
        for listing, attribute in ((relations, "Target"), (_CONTENT_TYPES, "PartName")):
            data = self.read(listing)
            base = "" if listing == _CONTENT_TYPES else posixpath.dirname(owner)
            gone = [
                (element.start, element.end, b"")
                for element in outline(data).children
                if attribute in element.attributes
                and _key(_resolve(base, element.attributes[attribute])) == _key(part)
            ]
            self.write(listing, splice(data, gone))
        self._forget(part)

    def forget_relations(self, part: str) -> None:
        """Leave out what a part relates to; the other parts stay, unrelated."""
        self._forget(_relations_part(part))

    def _forget(self, part: str) -> None:
        name = self._names.pop(_key(part), part)
        self._changed.pop(name, None)
        self._dropped.add(name)

    def relations(self, part: str) -> list[Relation]:
        """What a part relates to in the package."""
        listing = _relations_part(part)
        if not self.has(listing):
            return []
        return [
            Relation(
                element.attributes["Id"],
                element.attributes["Type"].rsplit("/", maxsplit=1)[-1],
                _resolve(posixpath.dirname(part), element.attributes["Target"]),
            )
            for element in outline(self.read(listing)).children
            if element.attributes.get("TargetMode") != "External"
        ]

    def relate(self, part: str, kind: str, target: str) -> str:
        """Key of a new relation from a part to another."""
        listing = _relations_part(part)
        if not self.has(listing):
            empty = f'<Relationships xmlns="{_RELATIONSHIPS}"></Relationships>'
            self.write(listing, _DECLARATION + empty.encode())
        data = self.read(listing)
        root = outline(data)
        taken = {element.attributes.get("Id") for element in root.children}
        key = next(k for k in (f"roofpv{n}" for n in range(1, len(taken) + 2)) if k not in taken)
        told = f'Id="{key}" Type="{OFFICE}/{kind}" Target="/{quoted(target)}"'
        child = f"<{root.prefix}Relationship {told}/>"
        self.write(listing, splice(data, [append(data, root, child.encode())]))
        return key

    def declare(self, part: str, content_type: str) -> None:
        """State what a new part is."""
        self._declare("Override", "PartName", f"/{part}", content_type)

    def declare_ending(self, ending: str, content_type: str) -> None:
        """State what parts of an ending are, unless it is stated."""
        self._declare("Default", "Extension", ending, content_type)

    def _declare(self, tag: str, attribute: str, name: str, content_type: str) -> None:
        data = self.read(_CONTENT_TYPES)
        root = outline(data)
        if any(e.attributes.get(attribute, "").lower() == name.lower() for e in root.children):
            return
        child = f'<{root.prefix}{tag} {attribute}="{quoted(name)}" ContentType="{content_type}"/>'
        # The schema of the listing lets defaults and overrides stand in any order.
        self.write(_CONTENT_TYPES, splice(data, [append(data, root, child.encode())]))

    def free(self, pattern: str) -> str:
        """Name of a part that is not there yet: the pattern with a number."""
        number = 1
        while self.has(pattern.format(number)):
            number += 1
        return pattern.format(number)

    def save(self, out: IO[bytes]) -> None:
        """Write all parts, in their order, the new ones behind."""
        with zipfile.ZipFile(out, "w") as target:
            kept = [name for name in self._archive.NameToInfo if name not in self._dropped]
            new = [name for name in self._changed if name not in self._archive.NameToInfo]
            for name in (*kept, *new):
                self._put(target, name)

    def _put(self, target: zipfile.ZipFile, name: str) -> None:
        known = self._archive.NameToInfo.get(name)
        told = zipfile.ZipInfo(name, known.date_time if known else _NO_TIME)
        told.compress_type = zipfile.ZIP_DEFLATED
        if known and known.compress_type == zipfile.ZIP_STORED:
            told.compress_type = zipfile.ZIP_STORED
        if name in self._streams:
            # The size decides whether the part needs the form of zip for more than 2 GB, which
            # not every reader of workbooks knows.
            told.file_size, write = self._streams[name]
            with target.open(told, "w") as opened:
                write(opened)
        elif name in self._changed:
            target.writestr(told, self._changed[name])
        else:
            told.file_size = self.size(name)
            with self._archive.open(name) as source, target.open(told, "w") as opened:
                shutil.copyfileobj(source, opened, _BLOCK)

    def _name(self, part: str) -> str:
        return self._names.get(_key(part), part)


def _relations_part(owner: str) -> str:
    return posixpath.join(posixpath.dirname(owner), "_rels", posixpath.basename(owner) + ".rels")


def _resolve(folder: str, target: str) -> str:
    joined = target if target.startswith("/") else posixpath.join("/", folder, target)
    return posixpath.normpath(joined).lstrip("/")


def _key(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()
