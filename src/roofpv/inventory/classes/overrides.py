"""A file of use classes that somebody has looked up: it comes before all that was read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from roofpv import schema
from roofpv.delimited import read_delimited
from roofpv.errors import InvalidInventory
from roofpv.inventory.classes.use_words import OVERRIDDEN, Sense
from roofpv.inventory.classes.uses import use_of
from roofpv.inventory.classes.wording import plain

__all__ = ["apply_overrides", "read_overrides"]
_HEADERS = {
    "building_id": ("building_id", "建筑编号", "编号"),
    "use": ("use", "建筑用途", "用途"),
}
_NAMED = 5


def read_overrides(file: Path) -> dict[str, str]:
    """
    Use classes by building.

    Parameters
    ----------
    file : Path
        CSV (utf-8 or gb18030) with ``building_id`` and ``use``, or 建筑编号 and 建筑用途; other
        columns are left alone.

    Returns
    -------
    dict
        ``building_id`` -> one of ``schema.USES``.

    Raises
    ------
    InvalidInventory
        A file that is absent or no such table, a use that is not understood, a building without
        id or with two uses.
    """
    table, rows = _table(file)
    ids, uses = (_column(table, name, file.name) for name in ("building_id", "use"))
    overrides: dict[str, str] = {}
    for row, identity, text in zip(rows.tolist(), ids, uses, strict=True):
        if not identity:
            raise InvalidInventory(
                f"{file.name}, row {row}", "no building_id", "Name the building, or delete the row"
            )
        use = _use(text, f"{file.name}, row {row}")
        if overrides.setdefault(identity, use) != use:
            raise InvalidInventory(
                f"{file.name}, row {row}",
                f"building {identity!r} is {use} here and {overrides[identity]} above",
                "Leave one of the two rows",
            )
    return overrides


def apply_overrides(
    frame: pd.DataFrame, overrides: Mapping[str, str]
) -> tuple[pd.DataFrame, list[tuple[str, dict[str, str]]]]:
    """
    Put the stated use classes in the place of those that were read.

    Parameters
    ----------
    frame : DataFrame (building,)
        ``building_id``, ``use``, ``use_confidence``, ``use_basis``, ``use_alternative``.
    overrides : mapping
        ``building_id`` -> use class.

    Returns
    -------
    (DataFrame (building,), list of note)
        The frame with these columns changed; as notes (key of the catalogue, words) the buildings
        that the inventory does not have.
    """
    stated = frame["building_id"].map(overrides)
    changed = stated.notna()
    taken = frame.assign(
        use=stated.where(changed, frame["use"]).astype(object),
        use_confidence=frame["use_confidence"].mask(changed, OVERRIDDEN),
        use_basis=frame["use_basis"].mask(changed, "override"),
        use_alternative=frame["use_alternative"].astype(object).where(~changed, None),
    )
    absent = sorted(set(overrides) - set(frame["building_id"]))
    if not absent:
        return taken, []
    named = ", ".join(absent[:_NAMED]) + (" ..." if len(absent) > _NAMED else "")
    words = {"count": str(len(absent)), "ids": named}
    return taken, [("notes.override_not_in_inventory", words)]


def _table(file: Path) -> tuple[pd.DataFrame, pd.Index]:
    if not file.is_file():
        raise InvalidInventory(str(file), "no such file", "Give the path of a CSV with use classes")
    text = _text(file)
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    try:
        table, rows = read_delimited(text, delimiter)
    except ValueError as fault:
        raise InvalidInventory(
            file.name, f"cannot be read as CSV ({fault})", "Save it as CSV UTF-8"
        ) from fault
    return table, pd.Index(rows)


def _text(file: Path) -> str:
    data = file.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as error:
            position = error.start
    raise InvalidInventory(
        f"{file.name}, byte {position}", "neither utf-8 nor gb18030", "Save it as CSV UTF-8"
    )


def _column(table: pd.DataFrame, name: str, source: str) -> list[str]:
    headers = {plain(str(header)): header for header in table.columns}
    header = next((headers[word] for word in _HEADERS[name] if word in headers), None)
    if header is None:
        raise InvalidInventory(
            source,
            f"no column {name}; found {', '.join(map(str, table.columns))}",
            "Write the headers building_id,use or 建筑编号,建筑用途",
        )
    return [str(cell).strip() for cell in table[header].fillna("")]


def _use(text: str, where: str) -> str:
    sense: Sense | None = use_of(plain(text))
    if sense is None or (sense.use == "unknown" and plain(text) != "unknown"):
        raise InvalidInventory(
            f"{where}, use = {text[:40]}", "not a use class", f"Write {', '.join(schema.USES)}"
        )
    return sense.use
