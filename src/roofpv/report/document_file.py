"""A document written to a file: HTML or, through typst, PDF."""

from __future__ import annotations

from pathlib import Path

from roofpv.errors import InvalidConfig
from roofpv.report.document import Document, html_of
from roofpv.report.paper import pdf_of


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
        As ``check_document``.
    """
    check_document(path)
    if path.suffix.lower() == ".html":
        path.write_text(html_of(document), encoding="utf-8", newline="\n")
    else:
        path.write_bytes(pdf_of(document))
