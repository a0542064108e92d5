"""Where the elements of a small XML part stand in its bytes, and changes to those bytes alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from roofpv.text import seen

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
# A start or empty tag: an attribute's value may hold ">".
TAG = re.compile(rb"""<[^<>"']*(?:"[^"]*"[^<>"']*|'[^']*'[^<>"']*)*>""")
_ENCODINGS = {None, "utf-8", "utf8", "us-ascii", "ascii"}
# Of the control characters XML takes only the end of a line.
_UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# Excel reads _x0041_ in a text as the letter A.
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_IN_QUOTES = str.maketrans({'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})

Edit = tuple[int, int, bytes]


@dataclass(slots=True)
class Element:
    """
    An element and its place: ``start`` of its tag, ``inside`` its content, ``end`` behind it.

    ``prefix`` is what stands before the local ``name`` (``x:`` or nothing); attributes keep their
    prefix. ``text`` is what stands directly in it.
    """

    name: str
    prefix: str
    attributes: Mapping[str, str]
    start: int
    inside: int
    closing: int = 0
    end: int = 0
    children: list[Element] = field(default_factory=list)
    text: str = ""

    @property
    def empty(self) -> bool:
        """Whether it is written as one tag."""
        return self.inside == self.end

    def first(self, name: str) -> Element | None:
        """First child of a name."""
        return next((child for child in self.children if child.name == name), None)

    def all(self, name: str) -> list[Element]:
        """Every child of a name."""
        return [child for child in self.children if child.name == name]

    def walk(self) -> Iterator[Element]:
        """Itself and everything below, in the order of the file."""
        yield self
        for child in self.children:
            yield from child.walk()


def outline(data: bytes) -> Element:
    """
    Every element of a part with its place.

    Parameters
    ----------
    data : bytes
        A part of a workbook: utf-8, without document type (so without entities of its own).

    Returns
    -------
    Element
        The root.

    Raises
    ------
    ValueError
        Not well-formed, another encoding, or a document type.
    """
    try:
        return _Outline(data).root()
    except expat.ExpatError as error:
        raise ValueError(f"damaged XML ({error})") from error


class _Outline:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._open: list[Element] = []
        self._root = Element("", "", {}, 0, 0)
        self._parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.XmlDeclHandler = _check_encoding
        parser.StartDoctypeDeclHandler = _no_doctype

    def root(self) -> Element:
        if self._data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
            raise ValueError("XML in UTF-16")
        self._parser.Parse(self._data, True)
        return self._root

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        start = self._parser.CurrentByteIndex
        match = TAG.match(self._data, start)
        inside = match.end() if match else start
        prefix, name = tag[: tag.find(":") + 1], tag[tag.find(":") + 1 :]
        element = Element(name, prefix, attributes, start, inside)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self._root = element
        self._open.append(element)

    def _end(self, _: str) -> None:
        element = self._open.pop()
        if self._data[element.inside - 2 : element.inside] == b"/>":
            element.closing = element.end = element.inside
        else:
            element.closing = self._parser.CurrentByteIndex
            element.end = self._data.index(b">", element.closing) + 1

    def _text(self, text: str) -> None:
        self._open[-1].text += text


def _check_encoding(_: str, encoding: str | None, __: int) -> None:
    if (encoding.lower() if encoding else None) not in _ENCODINGS:
        raise ValueError(f"XML in {encoding}")


def _no_doctype(_: str, __: str | None, ___: str | None, ____: bool) -> None:
    raise ValueError("XML with a document type")


def splice(data: bytes, edits: Iterable[Edit]) -> bytes:
    """Bytes with pieces of them replaced; those at one place in the order given."""
    parts, at = [], 0
    for start, end, piece in sorted(edits, key=lambda edit: edit[:2]):
        parts += [data[at:start], piece]
        at = end
    return b"".join([*parts, data[at:]])


def append(data: bytes, element: Element, children: bytes) -> Edit:
    """Put children at the end of an element, which may be written as one tag."""
    if not element.empty:
        return element.closing, element.closing, children
    tag = data[element.start : element.end]
    opened = tag[: tag.rindex(b"/")].rstrip() + b">"
    closing = f"</{element.prefix}{element.name}>".encode()
    return element.start, element.end, opened + children + closing


def with_attribute(tag: bytes, name: str, value: str | None) -> bytes:
    """
    Tag with an attribute set, or taken away where the value is None.

    Parameters
    ----------
    tag : bytes
        A start or an empty tag.
    name : str
    value : str or None
    """
    pattern = rb"\s" + re.escape(name.encode()) + rb"""\s*=\s*(?:"[^"]*"|'[^']*')"""
    bare = re.sub(pattern, b"", tag, count=1)
    if value is None:
        return bare
    match = re.match(rb"<[^\s/>]+", bare)
    at = match.end() if match else 1
    return bare[:at] + f' {name}="{quoted(value)}"'.encode() + bare[at:]


def clean(value: object, longest: int) -> str:
    """Text that a cell may hold: lines stay lines, control and hidden characters become ``?``."""
    text = "" if value is None else str(value)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    kept = _UNSAFE.sub("?", seen(text))
    return kept if len(kept) <= longest else kept[: longest - 1] + "…"


def escaped(text: str) -> str:
    """Text as the content of an element."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def quoted(text: str) -> str:
    """Text as the value of an attribute in double quotes."""
    return escaped(text).translate(_IN_QUOTES)


def spelled(text: str) -> str:
    """Text as a string of a cell, where Excel would else read ``_x0041_`` as a letter."""
    return escaped(_ESCAPE.sub("_x005F_", text))
