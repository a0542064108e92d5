"""Classes of a building: use, ownership, roof type, exemption; each with what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd

from roofpv.inventory.among import Among
from roofpv.inventory.classes.choices import ownerships, roof_types
from roofpv.inventory.classes.exemptions import exemptions
from roofpv.inventory.classes.overrides import apply_overrides
from roofpv.inventory.classes.remarks import remarks
from roofpv.inventory.classes.uses import classify_uses
from roofpv.inventory.findings import Finding
from roofpv.inventory.keys import institution_keys

_FLAG = "exempt_"
OVERRIDE = "use_override"


def classify(
    frame: pd.DataFrame,
    table: pd.DataFrame,
    headers: Mapping[str, str] | None = None,
    as_of: date | None = None,
    among: Among | None = None,
) -> tuple[pd.DataFrame, list[Finding]]:
    """
    Classes and institution of every row.

    Parameters
    ----------
    frame : DataFrame (row,)
        Texts as they were read: ``building_id name institution institution_id use ownership
        roof_type exemption``.
    table : DataFrame (row,)
        The same rows as the file has them, with its columns about exemptions (``exempt_KIND``), its
        ``remarks`` and the uses that somebody looked up (``use_override``).
    headers : mapping, optional
        ``exempt_KIND`` and ``exemption`` -> what the file calls that column.
    as_of : date, optional
        Day from which the three years to a demolition count.
    among : Among, optional
        The list that these rows are of.

    Returns
    -------
    (DataFrame (row,), list of Finding)
        The frame with these columns as classes, and ``use_confidence use_basis use_alternative
        exemption_kind institution_key``.
    """
    use, owner, *names = (
        frame[name] if is_given(frame[name], among) else None
        for name in ("use", "ownership", "name", "institution")
    )
    uses, of_uses = classify_uses(use, *names)
    owners, of_owners = ownerships(owner, *names)
    roofs, of_roofs = roof_types(frame["roof_type"])
    exempt, of_exempt = _exempt(frame["exemption"], table, headers or {}, as_of)
    if "remarks" in table:
        of_exempt = [*of_exempt, *remarks(table["remarks"], exempt["exemption"].notna().to_numpy())]
    classed = frame.assign(
        **{str(name): uses[name] for name in uses} if len(uses) else _NO_USE,
        ownership=owners if len(owners) else "unknown",
        roof_type=roofs,
        exemption=exempt["exemption"],
        exemption_kind=exempt["exemption_kind"],
        institution_key=institution_keys(frame["institution_id"], frame["institution"], among),
    )
    if OVERRIDE in table and table[OVERRIDE].notna().any():
        stated = dict(zip(classed["building_id"], table[OVERRIDE], strict=True))
        looked_up = {key: use for key, use in stated.items() if isinstance(use, str)}
        classed, _ = apply_overrides(classed, looked_up)
        of_uses = _without(of_uses, table[OVERRIDE].notna().to_numpy())
    return classed, [*of_uses, *of_owners, *of_roofs, *of_exempt]


_NO_USE = {
    "use": "unknown", "use_confidence": float("nan"), "use_basis": "none", "use_alternative": None,
}  # fmt: skip


def _exempt(
    text: pd.Series, table: pd.DataFrame, headers: Mapping[str, str], as_of: date | None
) -> tuple[pd.DataFrame, list[Finding]]:
    """Exemptions by the reason that is written, then by each column that asks for one."""
    columns = [str(name) for name in table if str(name).startswith(_FLAG)]
    first = {c.removeprefix(_FLAG): table[c] for c in columns if "#" not in c}
    called = {kind: headers[_FLAG + kind] for kind in first if _FLAG + kind in headers}
    called |= {name: headers[name] for name in ("exemption",) if name in headers}
    exempt, findings = exemptions(text, first, headers=called, as_of=as_of)
    for column in (c for c in columns if "#" in c):
        kind = column.removeprefix(_FLAG).partition("#")[0]
        called = {kind: headers[column]} if column in headers else {}
        again, more = exemptions(None, {kind: table[column]}, headers=called, as_of=as_of)
        exempt = exempt.where(exempt["exemption"].notna(), again)
        findings = [*findings, *more]
    return exempt, findings


def is_given(column: pd.Series, among: Among | None) -> bool:
    """Whether anything stands in a column, in these rows or in the list that they are of."""
    return bool(column.notna().any()) or (among is not None and column.name in among.given)


def _without(findings: list[Finding], settled: pd.Series) -> list[Finding]:
    """Findings but those at rows that somebody has settled."""
    kept = ((finding, ~settled[finding.at]) for finding in findings)
    return [finding.picked(rows) for finding, rows in kept if rows.any()]
