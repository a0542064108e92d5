"""A document for paper: sections of facts, tables, lines and pictures, as one HTML file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from roofpv.report.svg import FONTS, escape

_STYLE = f"""
@page {{ size: A4; margin: 16mm 15mm; }}
body {{ font-family: {FONTS}; font-size: 10.5pt; line-height: 1.45; color: #111;
  max-width: 180mm; margin: 8mm auto; padding: 0 4mm; }}
h1 {{ font-size: 17pt; text-align: center; margin: 0 0 2mm; }}
h2 {{ font-size: 12pt; margin: 6mm 0 2mm; border-bottom: 0.3mm solid #888; break-after: avoid; }}
h3 {{ font-size: 10.5pt; margin: 4mm 0 1mm; break-after: avoid; }}
p {{ margin: 1mm 0; overflow-wrap: anywhere; }}
p.head {{ text-align: center; }}
table {{ border-collapse: collapse; width: 100%; margin: 1.5mm 0; font-size: 9pt; }}
th, td {{ border: 0.2mm solid #999; padding: 0.7mm 1.5mm; text-align: left; vertical-align: top;
  overflow-wrap: anywhere; }}
th {{ background: #eef2f4; }}
td.n, th.n {{ text-align: right; overflow-wrap: normal; }}
tr {{ break-inside: avoid; }}
tr.total td {{ font-weight: bold; }}
table.facts th {{ width: 34%; font-weight: normal; }}
figure {{ margin: 2mm 0; break-inside: avoid; }}
figure svg {{ width: 100%; height: auto; }}
table.sign td {{ height: 16mm; }}
@media print {{ body {{ margin: 0; padding: 0; max-width: none; }} }}
"""
_RIGHT = ' class="n"'
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


@dataclass(frozen=True)
class Lines:
    """Paragraphs."""

    texts: tuple[str, ...]


@dataclass(frozen=True)
class Heading:
    """A heading inside a section."""

    text: str


@dataclass(frozen=True)
class Facts:
    """Pairs of a name and what it is; ``name`` tells the table to a reader of the file."""

    name: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Grid:
    """
    A table: ``name`` tells it to a reader of the file, ``numbers`` are the columns to the right,
    and with ``total`` the last row is a sum.
    """

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int] = frozenset()
    total: bool = False


@dataclass(frozen=True)
class Picture:
    """A picture as SVG; ``name`` tells it to a reader of the file, ``caption`` stands under it."""

    svg: str
    name: str = ""
    caption: str = ""


@dataclass(frozen=True)
class Signatures:
    """Places to sign, and the word for the date."""

    names: tuple[str, ...]
    date: str


Block = Lines | Heading | Facts | Grid | Picture | Signatures


@dataclass(frozen=True)
class Section:
    """A numbered section; ``key`` tells it to a reader of the file, in any language."""

    title: str
    blocks: tuple[Block, ...]
    key: str = ""


@dataclass(frozen=True)
class Document:
    """A document; ``lang`` is "en" or "zh", ``head`` stands under the title."""

    lang: str
    title: str
    head: tuple[str, ...]
    sections: tuple[Section, ...]


def html_of(document: Document) -> str:
    """
    The document as one HTML file that loads nothing and runs nothing, and prints on A4.

    Parameters
    ----------
    document : Document
    """
    return "\n".join(_page(document)) + "\n"


def _page(document: Document) -> Iterator[str]:
    language = "zh-CN" if document.lang == "zh" else "en"
    yield "<!DOCTYPE html>"
    yield f'<html lang="{language}"><head><meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{escape(document.title)}</title><style>{_STYLE}</style></head><body>"
    yield f"<h1>{escape(document.title)}</h1>"
    yield from (f'<p class="head">{escape(line)}</p>' for line in document.head)
    for number, section in enumerate(document.sections, 1):
        yield f"<section><h2>{number} {escape(section.title)}</h2>"
        for block in section.blocks:
            yield from _block(block)
        yield "</section>"
    yield "</body></html>"


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Lines):
        yield from (f"<p>{escape(text)}</p>" for text in block.texts)
    elif isinstance(block, Heading):
        yield f"<h3>{escape(block.text)}</h3>"
    elif isinstance(block, Picture):
        told = f"<figcaption>{escape(block.caption)}</figcaption>" if block.caption else ""
        yield f"<figure>{block.svg}{told}</figure>"
    elif isinstance(block, Facts):
        rows = (f"<tr><th>{escape(n)}</th><td>{escape(v)}</td></tr>" for n, v in block.rows)
        yield f'<table class="facts" data-name="{escape(block.name)}">{"".join(rows)}</table>'
    elif isinstance(block, Grid):
        yield from _grid(block)
    else:
        head = "".join(f"<th>{escape(name)}</th>" for name in block.names)
        date = "".join(f"<td>{escape(block.date)}</td>" for _ in block.names)
        empty = "<td></td>" * len(block.names)
        yield f'<table class="sign"><tr>{head}</tr><tr>{empty}</tr><tr>{date}</tr></table>'


def _grid(block: Grid) -> Iterator[str]:
    yield f'<table data-name="{escape(block.name)}"><thead>'
    yield _row(block.header, "th", block.numbers) + "</thead><tbody>"
    for place, row in enumerate(block.rows, 1):
        last = block.total and place == len(block.rows)
        yield _row(row, "td", block.numbers, ' class="total"' if last else "")
    yield "</tbody></table>"


def _row(cells: Sequence[str], tag: str, numbers: frozenset[int], kind: str = "") -> str:
    said = "".join(
        f"<{tag}{_RIGHT if place in numbers else ''}>{escape(cell)}</{tag}>"
        for place, cell in enumerate(cells)
    )
    return f"<tr{kind}>{said}</tr>"
