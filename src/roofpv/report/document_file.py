"""A document written to a file: HTML always, PDF through typst where a font has its letters."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from roofpv.errors import InvalidConfig
from roofpv.report.document import Block, Document, Picture, html_of

# In the order in which they are taken; any of them has simplified Chinese.
_CHINESE_FONTS = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Source Han Sans CN", "Microsoft YaHei",
    "PingFang SC", "Noto Serif CJK SC", "Source Han Serif SC", "SimSun", "SimHei", "Songti SC",
    "Heiti SC", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Droid Sans Fallback",
)  # fmt: skip
_LATIN = "Libertinus Serif"
_CHINESE = range(0x2E80, 0xFFF0)
_PAGE = """
#let doc = json(bytes(sys.inputs.document))
#set document(title: doc.title, date: none)
#set page(paper: "a4", margin: (x: 15mm, y: 16mm), numbering: "1 / 1")
#set text(font: doc.fonts, size: 9.5pt, lang: doc.lang)
#set par(leading: 0.55em)
#set table(stroke: 0.4pt + rgb("#999999"), inset: 3pt)
#let head(cell) = table.cell(fill: rgb("#eef2f4"), cell)
#align(center, text(size: 16pt, weight: "bold", doc.title))
#for line in doc.head { align(center, line) }
#for (number, section) in doc.sections.enumerate(start: 1) {
  heading(level: 1, text(size: 12pt, str(number) + " " + section.title))
  for block in section.blocks {
    if block.kind == "Lines" { for line in block.texts { par(line) } }
    if block.kind == "Heading" { heading(level: 2, text(size: 10pt, block.text)) }
    if block.kind == "Picture" {
      image(bytes(block.svg), format: "svg", width: 100%)
      block.caption
    }
    if block.kind == "Facts" {
      table(columns: (34%, 1fr), ..block.rows.flatten().map(cell => [#cell]))
    }
    if block.kind == "Grid" {
      set text(size: 8pt)
      table(
        columns: block.header.len(),
        align: (x, y) => if block.numbers.contains(x) { right } else { left },
        table.header(..block.header.map(head)),
        ..block.rows.flatten().map(cell => [#cell]),
      )
    }
    if block.kind == "Signatures" {
      table(
        columns: (1fr,) * block.names.len(), rows: (auto, 16mm, auto),
        ..block.names.map(head), ..block.names.map(name => []),
        ..block.names.map(name => [#block.date]),
      )
    }
  }
}
"""


def check_document(path: Path) -> None:
    """
    Make sure that a document can be written to a file.

    Raises
    ------
    InvalidConfig
        Another ending than .html or .pdf; no such folder.
    """
    if path.suffix.lower() not in {".html", ".pdf"}:
        raise InvalidConfig(
            str(path), "a document is written as .html or .pdf", "Choose a name that ends in one"
        )
    if not path.parent.is_dir():
        raise InvalidConfig(
            str(path), f"there is no folder {path.parent}", "Make the folder, or choose another"
        )


def write_document(document: Document, path: Path) -> None:
    """
    Write a document, as HTML or PDF by the ending of its name.

    Parameters
    ----------
    document : Document
    path : Path

    Raises
    ------
    InvalidConfig
        As ``check_document``; for PDF, Chinese letters and no font on this computer that has them.
    """
    check_document(path)
    if path.suffix.lower() == ".html":
        path.write_text(html_of(document), encoding="utf-8", newline="\n")
    else:
        path.write_bytes(pdf_of(document))


def pdf_of(document: Document) -> bytes:
    """
    The document as PDF: the same bytes for the same document on a computer with the same fonts.

    Parameters
    ----------
    document : Document

    Raises
    ------
    InvalidConfig
        It has Chinese letters and this computer has no font for them.
    """
    import typst  # noqa: PLC0415  (tens of MB that only a PDF needs)

    told = _plain(document)
    text = json.dumps(told, ensure_ascii=False)
    fonts = _fonts(set(typst.Fonts().families()), any(ord(letter) in _CHINESE for letter in text))
    inputs = {"document": json.dumps(told | {"fonts": fonts}, ensure_ascii=False)}
    made: bytes = typst.compile(_PAGE.encode(), format="pdf", sys_inputs=inputs, timestamp=0)
    return made


def _fonts(families: set[str], chinese: bool) -> list[str]:
    """Fonts to take: a Latin one, then a Chinese one where it is needed."""
    if not chinese:
        return [_LATIN]
    found = [name for name in _CHINESE_FONTS if name in families]
    if not found:
        raise InvalidConfig(
            "PDF",
            "the report has Chinese letters and no font on this computer has them",
            f"Install one such as {_CHINESE_FONTS[0]}, or write it as .html",
        )
    return [_LATIN, found[0]]


def _plain(document: Document) -> dict[str, Any]:
    """The document as JSON has it; each block says its kind."""
    return {
        "lang": document.lang,
        "title": document.title,
        "head": list(document.head),
        "sections": [
            {"title": one.title, "blocks": [_block(block) for block in one.blocks]}
            for one in document.sections
        ],
    }


def _block(block: Block) -> dict[str, Any]:
    if isinstance(block, Picture):
        return {"kind": "Picture", "svg": block.svg, "caption": block.caption}
    told = {"kind": type(block).__name__} | dataclasses.asdict(block)
    return {name: sorted(v) if isinstance(v, frozenset) else v for name, v in told.items()}
