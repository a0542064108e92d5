"""Comments of a sheet: ours of an earlier check taken off, those of the check put on."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from roofpv.catalogue import LANGUAGES, say
from roofpv.inventory.findings import KINDS
from roofpv.report.ooxml.cells import Cell, address, cell_of
from roofpv.report.ooxml.xml import MAIN, Edit, Element, append, outline, spelled, splice

AUTHOR = "roofpv"
# Stands below our words in a comment, and above them too where somebody's own words come first.
# What somebody writes under it is theirs, and stays.
FENCE = "—— roofpv ——"
EMPTY = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    f'<comments xmlns="{MAIN}"><authors></authors><commentList></commentList></comments>'
).encode()
# Excel keeps a thread of replies elsewhere, and makes the comment anew from it.
_THREAD = "tc="
_MOST_AUTHORS = 100_000


def kind_word(kind: str, language: str) -> str:
    """Word for a kind of mark, so that it needs no colour."""
    word = say(f"findings.kinds.{kind}", language)
    return word[:1].upper() + word[1:]


def mark_text(kind: str, text: str, language: str) -> str:
    """What a comment says of one mark."""
    words = {"kind": kind_word(kind, language), "text": text}
    return say("workbooks.check.comment", language, words)


@dataclass(frozen=True)
class _Comment:
    element: Element
    author: str
    text: str

    def runs(self) -> list[Element]:
        return [run for text in self.element.all("text") for run in text.all("r")]


def without_ours(data: bytes) -> tuple[bytes, frozenset[Cell]]:
    """
    Comments as they were before an earlier check.

    Parameters
    ----------
    data : bytes
        The comments part of a sheet.

    Returns
    -------
    (bytes, frozenset of (row, column))
        The part, and the cells that have no comment any more.
    """
    root = outline(data)
    edits: list[Edit] = []
    gone = set()
    for cell, old in _comments(root).items():
        theirs = _theirs(old)
        if theirs == old.text and old.author != AUTHOR:
            continue
        if theirs:
            edits += _only_theirs(old, theirs)
        else:
            edits.append((old.element.start, old.element.end, b""))
            gone.add(cell)
    # What is left under our name was written by somebody else.
    edits += [(a.inside, a.closing, b"") for a in _authors(root) if a.text == AUTHOR]
    return splice(data, edits), frozenset(gone)


def with_ours(data: bytes, texts: Mapping[Cell, str]) -> tuple[bytes, frozenset[Cell]]:
    """
    Comments with ours added, below those that are there.

    Parameters
    ----------
    data : bytes
        The comments part of a sheet, without ours.
    texts : mapping
        Cell -> text.

    Returns
    -------
    (bytes, frozenset of (row, column))
        The part, and the cells that have a comment now and had none.
    """
    root = outline(data)
    old = _comments(root)
    authors, listed = root.first("authors"), root.first("commentList")
    if authors is None or listed is None:
        raise ValueError("comments without a list")
    p, number = root.prefix, max(_author_numbers(root), default=-1) + 1
    if number > _MOST_AUTHORS:
        raise ValueError("comments of an author who is not listed")
    # A comment may name an author that is not listed.
    unlisted = f"<{p}author></{p}author>" * (number - len(_authors(root)))
    new = [cell for cell in texts if cell not in old]
    words = {cell: _run(texts[cell] + "\n" + FENCE, p) for cell in new}
    made = [
        f'<{p}comment ref="{address(cell)}" authorId="{number}">'
        f"<{p}text>{words[cell]}</{p}text></{p}comment>"
        for cell in new
    ]
    edits = [
        append(data, authors, f"{unlisted}<{p}author>{AUTHOR}</{p}author>".encode()),
        append(data, listed, "".join(made).encode()),
    ]
    for cell in old.keys() & texts.keys():
        edits += _extended(data, old[cell], f"\n{FENCE}\n{texts[cell]}\n{FENCE}")
    return splice(data, edits), frozenset(new)


def threads(data: bytes) -> frozenset[Cell]:
    """Cells whose comment is a thread of replies, to which nothing can be added."""
    found = _comments(outline(data))
    return frozenset(cell for cell, old in found.items() if old.author.startswith(_THREAD))


def _authors(root: Element) -> list[Element]:
    return [author for group in root.all("authors") for author in group.all("author")]


def _author_numbers(root: Element) -> set[int]:
    """Numbers of the authors that are listed, or named by a comment."""
    named = (c for group in root.all("commentList") for c in group.all("comment"))
    stated = {int(comment.attributes.get("authorId", 0)) for comment in named}
    return stated | {*range(len(_authors(root)))}


def _comments(root: Element) -> dict[Cell, _Comment]:
    names = [author.text for author in _authors(root)]
    found = {}
    for element in (c for group in root.all("commentList") for c in group.all("comment")):
        number = int(element.attributes.get("authorId", 0))
        author = names[number] if number < len(names) else ""
        text = "".join(_text(part) for part in element.all("text"))
        found[cell_of(element.attributes["ref"])] = _Comment(element, author, text)
    return found


def _text(element: Element) -> str:
    """Text of an element; how to pronounce a word is no part of it."""
    if element.name == "t":
        return element.text
    return "".join(_text(child) for child in element.children if child.name != "rPh")


def _theirs(old: _Comment) -> str:
    """What others wrote into a comment."""
    lines = old.text.replace("\r\n", "\n").split("\n")
    fences = [number for number, line in enumerate(lines) if line.strip() == FENCE]
    if not fences:
        return "" if old.author == AUTHOR else old.text
    # LibreOffice forgets who wrote a comment.
    first = old.author == AUTHOR or old.text.startswith(_starts())
    edges = [*([-1] if first else []), *fences, len(lines)]
    kept = lines[: max(edges[0], 0)]
    for start, end in zip(edges[1::2], edges[2::2], strict=False):
        kept += lines[start + 1 : end]
    return "\n".join(kept).strip()


@functools.cache
def _starts() -> tuple[str, ...]:
    """How a comment of ours begins."""
    return tuple(mark_text(kind, "", language) for language in LANGUAGES for kind in KINDS)


def _only_theirs(old: _Comment, theirs: str) -> list[Edit]:
    runs = {id(run): _text(run).strip() for run in old.runs()}
    ours = [run for run in old.runs() if _is_ours(runs[id(run)])]
    if len(ours) == 1 and old.text.count(FENCE) == 2:
        return [(ours[0].start, ours[0].end, b"")]
    prefix = old.element.prefix
    words = f"<{prefix}text>{_run(theirs, prefix)}</{prefix}text>".encode()
    first, *others = old.element.all("text")
    return [(first.start, first.end, words), *((o.start, o.end, b"") for o in others)]


def _is_ours(text: str) -> bool:
    return text.startswith(FENCE) and text.endswith(FENCE) and len(text) > len(FENCE)


def _extended(data: bytes, old: _Comment, text: str) -> list[Edit]:
    prefix = old.element.prefix
    run = _run(text, prefix).encode()
    holder = old.element.first("text")
    if holder is None:
        words = f"<{prefix}text>".encode() + run + f"</{prefix}text>".encode()
        return [append(data, old.element, words)]
    plain = holder.first("t")
    if plain is not None:
        # A text is either plain or made of runs.
        opened, closed = f"<{prefix}r>".encode(), f"</{prefix}r>".encode()
        own = opened + data[plain.start : plain.end] + closed
        return [(plain.start, plain.end, own + run)]
    if not holder.all("r"):
        return [append(data, holder, run)]
    at = holder.all("r")[-1].end
    return [(at, at, run)]


def _run(text: str, prefix: str) -> str:
    return f'<{prefix}r><{prefix}t xml:space="preserve">{spelled(text)}</{prefix}t></{prefix}r>'
