"""The list of sheets of a workbook, and a sheet of ours at its end."""

from __future__ import annotations

from dataclasses import dataclass

from roofpv.report.ooxml.package import Package
from roofpv.report.ooxml.styles import EMPTY as NO_STYLES
from roofpv.report.ooxml.styles import Styles
from roofpv.report.ooxml.xml import (
    Edit,
    Element,
    append,
    escaped,
    outline,
    quoted,
    splice,
    with_attribute,
)

_SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml."
# What stands behind the defined names, by the schema of the workbook.
_BEHIND_NAMES = (
    "calcPr", "oleSize", "customWorkbookViews", "pivotCaches", "smartTagPr", "smartTagTypes",
    "webPublishing", "fileRecoveryPr", "webPublishObjects", "extLst",
)  # fmt: skip


@dataclass(frozen=True)
class Listed:
    """A sheet as the workbook lists it, and its part."""

    name: str
    part: str
    kind: str


class Book:
    """
    Workbook of a package.

    Parameters
    ----------
    package : Package

    Raises
    ------
    ValueError
        No workbook, or one in the strict form, which has other names for everything.
    """

    def __init__(self, package: Package) -> None:
        self.package = package
        parts = [r.target for r in package.relations("") if r.kind == "officeDocument"]
        if not parts:
            raise ValueError("no workbook in it")
        self.part = parts[0]
        root = outline(package.read(self.part))
        if "purl.oclc.org" in " ".join(root.attributes.values()):
            raise ValueError("saved as Strict Open XML")
        targets = {r.key: r for r in package.relations(self.part)}
        self.sheets = [
            Listed(sheet.attributes["name"], targets[key].target, targets[key].kind)
            for sheet in _sheets(root)
            if (key := sheet.attributes[_key_name(sheet)]) in targets
        ]

    def styles_part(self) -> str:
        """Name of the part with the styles, which is made where there is none."""
        found = [r.target for r in self.package.relations(self.part) if r.kind == "styles"]
        if found and self.package.has(found[0]):
            return found[0]
        # Some readers look for it under this name alone.
        part = "xl/styles.xml"
        self.package.write(part, NO_STYLES)
        self.package.declare(part, _SHEETS + "styles+xml")
        self.package.relate(self.part, "styles", part)
        return part

    def styles(self) -> Styles:
        """Return the styles, those of earlier marks taken off."""
        # LibreOffice puts a colour of its own there. While parts bear the names that they get here,
        # no program has saved the workbook since.
        forget = b"LibreOffice" in self._application() and not self.package.has_named("_roofpv")
        return Styles(self.package.read(self.styles_part()), forget)

    def _application(self) -> bytes:
        """What says which program saved the workbook last."""
        parts = [r.target for r in self.package.relations("") if r.kind == "extended-properties"]
        return self.package.read(parts[0]) if parts and self.package.has(parts[0]) else b""

    def free_name(self, name: str) -> str:
        """Name for a new sheet that no other has; Excel does not tell capitals."""
        taken = {sheet.name.lower() for sheet in self.sheets}
        tries = [name, *(f"{name} {number}" for number in range(2, len(taken) + 3))]
        return next(one for one in tries if one.lower() not in taken)

    def put(self, name: str, data: bytes, filtered: str, instead: Listed | None) -> None:
        """
        Add a sheet at the end, or in place of an earlier one.

        Parameters
        ----------
        name : str
        data : bytes
            Its XML.
        filtered : str
            Range that its filter covers, with ``$``; empty for none.
        instead : Listed or None
            The sheet to be replaced, which keeps its place.
        """
        if instead is not None:
            # The list of formulas in their order must not name cells that have none any more.
            if b"<f" in self.package.read(instead.part):
                self._drop_calculation_order()
            self.package.write(instead.part, data)
            self.package.forget_relations(instead.part)
            number = self.sheets.index(instead)
            listing = _renamed(self.package.read(self.part), instead.name, name)
        else:
            part = self.package.free("xl/worksheets/sheet_roofpv{}.xml")
            self.package.write(part, data)
            self.package.declare(part, _SHEETS + "worksheet+xml")
            key = self.package.relate(self.part, "worksheet", part)
            listing = _with_sheet(self.package.read(self.part), name, key)
            number = len(_sheets(outline(listing))) - 1
        self.package.write(self.part, _with_filter(listing, number, name, filtered))

    def _drop_calculation_order(self) -> None:
        for relation in self.package.relations(self.part):
            if relation.kind == "calcChain":
                self.package.drop(relation.target, self.part)


def _sheets(root: Element) -> list[Element]:
    return [sheet for group in root.all("sheets") for sheet in group.all("sheet")]


def _key_name(sheet: Element) -> str:
    """Name of the attribute with the key of the relation: ``r:id``, or with another prefix."""
    return next((name for name in sheet.attributes if name.endswith(":id")), "r:id")


def _with_sheet(data: bytes, name: str, key: str) -> bytes:
    root = outline(data)
    listed = root.first("sheets")
    sheets = _sheets(root)
    if listed is None or not sheets:
        raise ValueError("a workbook without sheets")
    number = max(int(sheet.attributes.get("sheetId", 0)) for sheet in sheets) + 1
    told = f'name="{quoted(name)}" sheetId="{number}" {_key_name(sheets[0])}="{quoted(key)}"'
    child = f"<{root.prefix}sheet {told}/>".encode()
    return splice(data, [append(data, listed, child)])


def _renamed(data: bytes, name: str, new: str) -> bytes:
    sheet = next(s for s in _sheets(outline(data)) if s.attributes["name"] == name)
    tag = with_attribute(data[sheet.start : sheet.inside], "name", new)
    return splice(data, [(sheet.start, sheet.inside, tag)])


def _with_filter(data: bytes, number: int, name: str, filtered: str) -> bytes:
    """Names that belong to a sheet replaced by the one of its filter, which Excel asks for."""
    root = outline(data)
    listed = root.first("definedNames")
    old = listed.all("definedName") if listed else []
    edits: list[Edit] = [
        (n.start, n.end, b"") for n in old if n.attributes.get("localSheetId") == str(number)
    ]
    data = splice(data, edits)
    if not filtered:
        return data
    root = outline(data)
    quoted_name = name.replace("'", "''")
    told = f'name="_xlnm._FilterDatabase" localSheetId="{number}" hidden="1"'
    tag = f"{root.prefix}definedName"
    covered = escaped(f"'{quoted_name}'!{filtered}")
    child = f"<{tag} {told}>{covered}</{tag}>".encode()
    listed = root.first("definedNames")
    if listed is not None:
        return splice(data, [append(data, listed, child)])
    group = f"{root.prefix}definedNames"
    made = f"<{group}>".encode() + child + f"</{group}>".encode()
    after = next((e for e in root.children if e.name in _BEHIND_NAMES), None)
    edit = (after.start, after.start, made) if after else append(data, root, made)
    return splice(data, [edit])
