"""Zones on roofs that carry no PV: read from a file, and matched with the buildings they lie on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from roofpv.catalogue import say
from roofpv.errors import InvalidInventory
from roofpv.inventory import keys
from roofpv.inventory.findings import EMPTIED, QUARANTINED, Finding, lost_rows, warnings_of
from roofpv.inventory.headers.zone_words import (
    COLUMNS,
    FORBIDDEN,
    OTHER_USE,
    kind_of,
    our_name,
    understand_zones,
)
from roofpv.inventory.outlines.metres import areas_m2
from roofpv.inventory.outlines.repair import outlines_only, repair_outlines
from roofpv.inventory.places.coordinates import to_degrees
from roofpv.inventory.places.locate import Place, locate
from roofpv.inventory.read import input_of, local_file, read_file
from roofpv.inventory.source import Source
from roofpv.inventory.values import cells
from roofpv.schema import Column
from roofpv.text import plain

__all__ = ["UNUSED_COLUMNS", "CheckedZones", "check_zones", "read_zones"]

UNUSED_COLUMNS = ("zone_id", "building_id", "row", "code", "reason")
_NUMBERS = (
    Column("height_m", "number", "m", "height above the roof", "高出屋面高度", 0.0, 100.0),
    Column("clear_m", "number", "m", "clear strip around it", "净距", 0.0, 50.0),
)
_ORDER = (*COLUMNS[:-1], "source_row", "source_sheet", "geometry")
# An outline that a zone only touches, as by the line of a shared wall, is not that of its roof.
_LEAST_OVERLAP_M2 = 0.01
# Repairs that somebody should hear of; the others leave the area as it is.
_TOLD = frozenset(
    {"MIXED_GEOMETRY", "HOLE_OUTSIDE", "SELF_CROSSING", "SLIVER_PARTS", "NESTED_PARTS",
     "REPAIR_CHANGED_AREA"}
)  # fmt: skip
_MOST_NAMED = 5


@dataclass(frozen=True)
class CheckedZones:
    """
    Zones matched with buildings.

    ``zones`` has a row for each zone and building that it lies on: ``zone_id building_id kind
    height_m clear_m source_row source_sheet``, the whole zone as geometry (WGS84); a height or a
    clear strip that is not stated is NaN [m]. ``unused`` are the zones of no building
    (``UNUSED_COLUMNS``), each with its reason. ``warnings`` are in English.
    """

    zones: gpd.GeoDataFrame
    unused: pd.DataFrame
    warnings: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """Zones: ``in`` = ``used`` + ``unused``."""
        used, unused = int(self.zones["zone_id"].nunique()), len(self.unused)
        return {"in": used + unused, "used": used, "unused": unused}


def read_zones(
    path: str | Path, crs: str | None = None, layer: str | None = None, datum: str = "wgs84"
) -> gpd.GeoDataFrame:
    """
    Read zones on roofs that can carry no PV: forbidden ones, plant, stair heads, skylights ...

    Parameters
    ----------
    path : path
        Any vector file that ``read_inventory`` takes, or a table with polygons as WKT. Columns by
        their usual English or Chinese names: ``zone_id``, ``building_id``, ``kind``, ``height_m``,
        ``clear_m``; none is needed.
    crs : str, optional
        Coordinate reference system, for a file that does not state its own.
    layer : str, optional
        Which sheet, layer or member of a file that has several.
    datum : str
        What its degrees refer to: ``wgs84``, ``cgcs2000``, ``gcj02``, ``bd09``.

    Returns
    -------
    GeoDataFrame (zone,)
        Valid polygons in WGS84 with ``zone_id``, ``building_id`` (None where not stated), ``kind``
        (``forbidden plant stair_head skylight green_roof other_use``), ``height_m`` and ``clear_m``
        [m], ``source_row``, ``source_sheet``. ``attrs``: ``inputs``, ``warnings``, and the rows
        that are no polygon in ``refused``.

    Raises
    ------
    InvalidInventory
        A file that cannot be read, or has no geometry or no polygon.
    """
    file = local_file(path, "a file of zones on roofs")
    source = read_file(file, layer, lambda header: our_name(header) is not None)
    told = understand_zones([str(name) for name in source.table.columns], source.units)
    named = _with_our_names(source, told, file.name)
    located = locate(named, Place(crs, datum), file.name)
    frame = located.frame.assign(source_row=source.rows, source_sheet=source.sheets)
    units = {name: unit for name, (_, unit) in told.items()}
    zones = _typed(frame, units, located.findings, file.name)
    notes = [say(key, "en", words) for key, words in (*source.notes, *located.notes)]
    zones.attrs["warnings"] = [f"{file.name}: {note}" for note in notes] + zones.attrs["warnings"]
    zones.attrs["inputs"] = [input_of(file)]
    return zones


def check_zones(zones: gpd.GeoDataFrame, buildings: pd.DataFrame) -> CheckedZones:
    """
    Match zones with the buildings that they lie on.

    A zone belongs to the building that it states, else to every building whose outline it overlaps.

    Parameters
    ----------
    zones : GeoDataFrame (zone,)
        Of ``read_zones``, or made by the user with its column names.
    buildings : GeoDataFrame (row,)
        Checked: ``building_id``, each once, and the outline in WGS84, None where there is none.

    Returns
    -------
    CheckedZones

    Raises
    ------
    InvalidInventory
        Zones without geometry, without a coordinate system, or of which none is a polygon.
    """
    checked = _as_read(zones)
    ids = buildings["building_id"].to_numpy(dtype=object)
    outlines = _outlines(buildings)
    zone, building = _overlaps(checked.geometry.to_numpy(), outlines)
    stated = checked["building_id"].to_numpy(dtype=object)
    free = np.array([one is None for one in stated], dtype=bool)
    own = free[zone] | (stated[zone] == ids[building])
    zone, building = zone[own], building[own]
    used = checked.iloc[zone].reset_index(drop=True).assign(building_id=_texts(ids[building]))
    used.attrs = {}
    left = np.setdiff1d(np.arange(len(checked)), zone)
    unused = _unused(checked, left, _why_not(stated[left], ids, outlines))
    warnings = [*checked.attrs["warnings"], *_of_unused(unused)]
    return CheckedZones(used, unused, tuple(warnings))


def _with_our_names(source: Source, told: Mapping[str, tuple[str, str]], name: str) -> pd.DataFrame:
    """Columns that are understood, under our names, and the geometry."""
    table = source.table.set_axis([str(column) for column in source.table.columns], axis=1)
    own = getattr(table, "active_geometry_name", None)
    if own is None and "geometry" not in told:
        raise InvalidInventory(
            f"{name}, geometry",
            f"the file has none; found {', '.join(table.columns[:8]) or 'no columns'}",
            "Give zones as polygons in a vector file, or as WKT in a column geometry",
        )
    named = {ours: table[header] for ours, (header, _) in told.items() if header != own}
    if "unread_geometry" in table:
        named["unread_geometry"] = table["unread_geometry"]
    plain_table = pd.DataFrame(named, index=table.index)
    if own is None:
        return plain_table
    plain_table = plain_table.drop(columns="geometry", errors="ignore")
    return gpd.GeoDataFrame(plain_table, geometry=table[own].to_numpy(), crs=table.crs)


def _as_read(zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Zones as ``read_zones`` gives them, also those that a user has made."""
    drawn = isinstance(zones, gpd.GeoDataFrame) and zones.active_geometry_name is not None
    if not drawn or zones.crs is None:
        raise InvalidInventory(
            "zones, geometry",
            "the frame does not state its coordinate system" if drawn else "the frame has none",
            "Set it, for example zones.set_crs('EPSG:4326')" if drawn else "Give a GeoDataFrame",
        )
    table = zones.reset_index(drop=True)
    table = table.assign(
        source_row=table.get("source_row", pd.Series(np.arange(1, len(table) + 1))),
        source_sheet=table.get("source_sheet", ""),
    )
    placed = to_degrees(table, None, "zones", "wgs84", False)
    typed = _typed(placed.frame, {}, placed.findings, "zones")
    typed.attrs["warnings"] = [*zones.attrs.get("warnings", []), *typed.attrs["warnings"]]
    typed.attrs["refused"] = [*zones.attrs.get("refused", []), *typed.attrs["refused"]]
    return typed


def _typed(
    frame: gpd.GeoDataFrame, units: Mapping[str, str], findings: Sequence[Finding], source: str
) -> gpd.GeoDataFrame:
    """Keys, kinds and numbers of zones, polygons only; the other rows are refused."""
    given = frame.geometry.to_numpy().astype(object)
    shapes, repairs = repair_outlines(given)
    polygons = outlines_only(shapes)
    lost = shapely.is_missing(polygons)
    lost |= lost_rows(findings, len(frame))
    if lost.all():
        raise InvalidInventory(
            f"{source}, geometry",
            f"no polygon among {len(frame):,} rows" + _types(given),
            "Draw each zone as a polygon",
        )
    ids, warnings = _ids(frame)
    kinds, told = _kinds(frame)
    typed = {"zone_id": ids, "building_id": _texts(_stated(frame)), "kind": _texts(kinds)}
    found = [f for f in repairs if f.code in _TOLD]
    for column in _NUMBERS:
        values = frame.get(column.name, pd.Series(np.nan, frame.index))
        typed[column.name], bad = cells.numbers(values, column, units.get(column.name, ""))
        found += [replace(f, kind=EMPTIED if f.kind == QUARANTINED else f.kind) for f in bad]
    kept = [f.picked(~lost[f.at]) for f in found]
    typed |= {name: frame[name] for name in ("source_row", "source_sheet")}
    zones = gpd.GeoDataFrame(typed, geometry=polygons, crs="EPSG:4326", index=frame.index)
    refused = zones[lost]
    reasons = _why_refused(frame, given, [*findings, *repairs])[lost]
    zones = zones[~lost].reset_index(drop=True)[list(_ORDER)]
    cells_told = warnings_of([f for f in kept if f.at.size])
    zones.attrs["warnings"] = [f"zones: {text}" for text in (*warnings, *told, *cells_told)]
    zones.attrs["refused"] = _lines(refused, reasons)
    return zones


def _texts(cells: np.ndarray) -> pd.Series:
    """Texts and None as they are, whatever pandas takes texts for."""
    return pd.Series(cells, dtype=object)


def _types(shapes: np.ndarray) -> str:
    """What stands there instead."""
    kinds = sorted({str(shape.geom_type) for shape in shapes if shape is not None})
    return f"; found {', '.join(kinds)}" if kinds else ""


def _ids(frame: pd.DataFrame) -> tuple[pd.Series, list[str]]:
    ids, repeated = keys.ids(frame, "zone_id", "zone")
    count = sum(len(finding.at) for finding in repeated)
    return ids, [say("zones.repeated", "en", {"count": f"{count:,}"})] if count else []


def _stated(frame: pd.DataFrame) -> np.ndarray:
    """Building that each zone names, None where it names none."""
    out = np.full(len(frame), None, dtype=object)
    if "building_id" in frame:
        given = np.flatnonzero(frame["building_id"].notna().to_numpy())
        texts = [keys.key_text(cell) for cell in frame["building_id"].iloc[given]]
        out[given] = np.array([text or None for text in texts], dtype=object)
    return out


def _kinds(frame: pd.DataFrame) -> tuple[np.ndarray, list[str]]:
    out = np.full(len(frame), FORBIDDEN, dtype=object)
    if "kind" not in frame:
        return out, [say("zones.no_kind", "en")]
    texts = frame["kind"].astype(object).where(frame["kind"].notna(), "").astype(str).str.strip()
    told = {text: kind_of(text) for text in texts.unique() if text}
    filled = (texts != "").to_numpy()
    out[filled] = [told[text] or OTHER_USE for text in texts[filled]]
    warnings = []
    if not filled.all():
        count = f"{int((~filled).sum()):,}"
        warnings.append(say("zones.empty_kind", "en", {"count": count}))
    strange = [text for text, kind in told.items() if kind is None]
    if strange:
        count = f"{int(texts.isin(strange).sum()):,}"
        words = {"count": count, "words": _named(strange)}
        warnings.append(say("zones.unknown_kind", "en", words))
    return out, warnings


def _why_refused(frame: pd.DataFrame, given: np.ndarray, findings: Iterable[Finding]) -> np.ndarray:
    """Code and reason of each row, for those that are refused."""
    told = {code: _told(code) for code in ("NO_GEOMETRY", "NOT_A_POLYGON", "NO_AREA", "UNREAD")}
    out = np.full(len(frame), None, dtype=object)
    out[:] = [told["NO_AREA"]] * len(out)
    for finding in findings:
        if finding.kind == QUARANTINED and finding.code != "NOT_A_FOOTPRINT":
            for at in finding.at:
                out[at] = (finding.code, finding.reason("en"))
    flat = shapely.get_dimensions(given)
    _put(out, (flat >= 0) & (flat < 2), told["NOT_A_POLYGON"])
    _put(out, shapely.is_missing(given) | shapely.is_empty(given), told["NO_GEOMETRY"])
    if "unread_geometry" in frame:
        _put(out, frame["unread_geometry"].notna().to_numpy(), told["UNREAD"])
    return out


def _put(out: np.ndarray, where: np.ndarray, told: tuple[str, str]) -> None:
    for at in np.flatnonzero(where):
        out[at] = told


def _told(code: str) -> tuple[str, str]:
    return code, say(f"zones.why.{code.lower()}", "en")


def _lines(zones: pd.DataFrame, why: Iterable[tuple[str, str]]) -> list[dict[str, object]]:
    """Zones that are not used, as ``UNUSED_COLUMNS``."""
    columns = (zones[name].tolist() for name in ("zone_id", "building_id", "source_row"))
    rows = zip(*columns, why, strict=True)
    return [
        dict(zip(UNUSED_COLUMNS, (zone, building, int(row), *told), strict=True))
        for zone, building, row, told in rows
    ]


def _outlines(buildings: pd.DataFrame) -> np.ndarray:
    drawn = isinstance(buildings, gpd.GeoDataFrame) and buildings.active_geometry_name is not None
    shapes = buildings.geometry.to_numpy() if drawn else np.full(len(buildings), None, dtype=object)
    return outlines_only(shapes)


def _overlaps(zones: np.ndarray, outlines: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of a zone and a building that have an area in common, in the order of both."""
    zone, building = shapely.STRtree(outlines).query(zones, predicate="intersects")
    own = areas_m2(zones)[zone]
    common = own.copy()
    # Most zones lie within one roof: 8.5 s for 100,000 of them became 6.4.
    over = ~shapely.covers(outlines[building], zones[zone])
    common[over] = areas_m2(shapely.intersection(zones[zone[over]], outlines[building[over]]))
    real = common > np.minimum(_LEAST_OVERLAP_M2, own / 2.0)
    order = np.lexsort((building[real], zone[real]))
    return zone[real][order], building[real][order]


def _why_not(stated: np.ndarray, ids: np.ndarray, outlines: np.ndarray) -> list[tuple[str, str]]:
    """Code and reason for each zone that lies on no building."""
    drawn = dict(zip(ids, ~shapely.is_missing(outlines), strict=True))
    nowhere = "NO_BUILDING" if any(drawn.values()) else "NO_OUTLINES"

    def code_of(building: object) -> str:
        if building is None:
            return nowhere
        if building not in drawn:
            return "NOT_IN_LIST"
        return "BESIDE_ITS_BUILDING" if drawn[building] else "NO_OUTLINE"

    return [_told(code_of(building)) for building in stated]


def _unused(
    checked: gpd.GeoDataFrame,
    left: np.ndarray,
    why: Sequence[tuple[str, str]],
) -> pd.DataFrame:
    """Every zone that is not used, in the order of the file."""
    lines = [*checked.attrs["refused"], *_lines(checked.iloc[left], why)]
    columns = {name: [line[name] for line in lines] for name in UNUSED_COLUMNS}
    table = pd.DataFrame({name: pd.Series(told, dtype=object) for name, told in columns.items()})
    table = table.astype({"row": "int64"})
    return table.sort_values("row", kind="stable", ignore_index=True)


def _of_unused(unused: pd.DataFrame) -> list[str]:
    """One sentence for each reason, with the zones."""
    sentences = []
    for reason, rows in unused.groupby("reason", sort=False):
        words = {"count": f"{len(rows):,}", "reason": reason, "ids": _named(rows["zone_id"])}
        sentences.append(say("zones.unused", "en", words))
    return sentences


def _named(texts: Iterable[str]) -> str:
    shown = [plain(text) for text in texts]
    return ", ".join(shown[:_MOST_NAMED]) + (" ..." if len(shown) > _MOST_NAMED else "")
