"""Row by row: what can be used, what cannot, and why; in = kept + quarantined."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from roofpv import schema
from roofpv.catalogue import say
from roofpv.errors import InvalidInventory
from roofpv.inventory import keys
from roofpv.inventory.among import Among
from roofpv.inventory.classes.classify import classify
from roofpv.inventory.classes.districts import districts
from roofpv.inventory.classes.existing_pv import existing_pv
from roofpv.inventory.classes.tariffs import tariffs
from roofpv.inventory.findings import (
    DOUBTFUL,
    QUARANTINE_COLUMNS,
    QUARANTINED,
    Finding,
    findings_table,
    found,
    lost_rows,
    quarantine_table,
    warnings_of,
)
from roofpv.inventory.outlines.duplicates import find_duplicates
from roofpv.inventory.outlines.metres import areas_m2
from roofpv.inventory.outlines.repair import outlines_only, repair_outlines
from roofpv.inventory.places.coordinates import to_degrees
from roofpv.inventory.plausible import beyond_roof, consistency, unit_notes
from roofpv.inventory.values import cells

__all__ = ["QUARANTINE_COLUMNS", "Checked", "check_inventory", "is_plane_table"]
# What databases and spreadsheets write for nothing.
_NOTHING = {"", "NULL", "null", "NaN", "nan", "NA", "N/A", "#N/A", "None", "<NA>"}
# The largest roofs there are cover 1 km2; lists are of a city or a province.
MOST_ROOF_M2, _FAR_KM, _FEW, _KM_PER_DEGREE = 5e6, 300.0, 5, 111.2
_INPUT = schema.names(schema.INVENTORY)[:-1]
COLUMNS = ("source_row", *_INPUT, *schema.names(schema.CHECKED))


@dataclass(frozen=True)
class Checked:
    """
    A checked inventory.

    ``buildings`` holds the usable rows with our columns and types (``roof_surfaces`` and
    ``lod`` too, where a 3D model gives them), ``planes`` those of a plane table (None otherwise),
    ``count_in`` the number of buildings (and ``planes_in`` of planes) that were given,
    ``findings`` what was repaired, is doubtful or cannot be used, and ``keys`` the rows that it is
    said of, ``far`` how many rows lie far from their weather and how far the farthest [km].
    """

    buildings: gpd.GeoDataFrame
    planes: pd.DataFrame | None
    count_in: int
    keys: pd.DataFrame
    planes_in: int = 0
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    unit_notes: tuple[tuple[str, Mapping[str, str]], ...] = ()
    far: tuple[int, float] = (0, 0.0)

    @property
    def quarantine(self) -> pd.DataFrame:
        """One line a row that cannot be used, in English."""
        return quarantine_table(self.findings, self.keys)

    @property
    def warnings(self) -> list[str]:
        """What was repaired or looks odd in rows that are used, in English."""
        units = [say(key, "en", words) for key, words in self.unit_notes]
        return [*units, *warnings_of(self.findings), *self.notes]

    def table(self, language: str = "en") -> pd.DataFrame:
        """Every finding, a line each."""
        return findings_table(self.findings, self.keys, language)


def is_plane_table(table: pd.DataFrame) -> bool:
    """Whether each row is a plane (stated tilt and area or capacity), not a building."""
    return {"plane_id", "surface_tilt"} <= set(table) and bool({"area_m2", "kwp"} & set(table))


@dataclass(frozen=True)
class _Said:
    """What is known of a table besides its cells."""

    units: Mapping[str, str]
    headers: Mapping[str, str]
    earlier: tuple[Finding, ...]
    as_of: date | None
    among: Among | None = None


def check_inventory(
    table: pd.DataFrame, as_of: date | None = None, among: Among | None = None
) -> Checked:
    """
    Give every row its types, and set aside those that cannot be used.

    Parameters
    ----------
    table : GeoDataFrame or DataFrame (row,)
        As ``read_inventory`` returns it, or made by the user with our column names.
    as_of : date, optional
        Day from which the three years count within which a building is to be demolished.
    among : Among, optional
        The list that these rows are of, at ``source_at``; each is judged as it is in the whole.

    Returns
    -------
    Checked

    Raises
    ------
    InvalidInventory
        Outlines without a coordinate system.
    """
    columns = table.attrs.get("columns", {})
    headers = {**columns.get("all", {}), **columns.get("flags", {})}
    said = _Said(table.attrs.get("units", {}), headers, _earlier(table), as_of, among)
    table = table.reset_index(drop=True)
    # They are copied at each step.
    table.attrs = {}
    table = table.assign(
        source_row=table.get("source_row", pd.Series(np.arange(1, len(table) + 1))),
        source_sheet=table.get("source_sheet", ""),
    )
    return _check_planes(table, said) if is_plane_table(table) else _check_buildings(table, said)


def _earlier(table: pd.DataFrame) -> tuple[Finding, ...]:
    """What was found on the way here, at the rows that are still there, wherever they stand now."""
    findings = table.attrs.get("findings", ())
    if not findings or "source_at" not in table:
        return ()
    stands = table["source_at"].to_numpy(dtype=np.int64)
    last = max(int(finding.at.max(initial=0)) for finding in findings)
    now = np.full(max(last, int(stands.max(initial=0))) + 1, -1)
    now[stands] = np.arange(len(table))
    moved = (finding.moved(now) for finding in findings)
    return tuple(finding for finding in moved if finding.at.size)


def _check_buildings(table: pd.DataFrame, said: _Said) -> Checked:
    frame, polygons, findings = _by_row(table, said)
    if said.among is None:
        usable = polygons.copy()
        usable[lost_rows(findings, len(frame))] = None
        findings += find_duplicates(usable, frame["building_id"])
    else:
        findings += said.among.doubles(table["source_at"].to_numpy())
    buildings = gpd.GeoDataFrame(
        frame[[*COLUMNS, *asked_of(frame)]], geometry=polygons, crs="EPSG:4326"
    )
    for name in ("roof_surfaces", "lod"):
        if "roof_surfaces" in table and name in table:
            buildings[name] = table[name].to_numpy()
    lost = lost_rows(findings, len(frame))
    return Checked(
        buildings[~lost].reset_index(drop=True),
        None,
        len(table),
        frame[["source_row", "source_sheet", "building_id"]],
        findings=tuple(findings),
        unit_notes=tuple(unit_notes(frame, said.units, said.headers)),
    )


def outlines_twice(table: pd.DataFrame, as_of: date | None, among: Among) -> tuple[Finding, ...]:
    """
    Outlines that would be counted twice, of rows of a list that may be such.

    Parameters
    ----------
    table : DataFrame (row,)
        All rows of the list that have an outline like that of another, with ``source_at``.
    as_of, among
        As for `check_inventory`; ``among.twice`` is not asked for.

    Returns
    -------
    tuple of Finding
        At places in the list.
    """
    columns = table.attrs.get("columns", {})
    headers = {**columns.get("all", {}), **columns.get("flags", {})}
    said = _Said(table.attrs.get("units", {}), headers, _earlier(table), as_of, among)
    frame, polygons, findings = _by_row(table.reset_index(drop=True), said)
    usable = polygons.copy()
    usable[lost_rows(findings, len(frame))] = None
    at = table["source_at"].to_numpy()
    found = find_duplicates(usable, frame["building_id"])
    return tuple(dataclasses.replace(one, at=at[one.at]) for one in found)


def _by_row(table: pd.DataFrame, said: _Said) -> tuple[pd.DataFrame, np.ndarray, list[Finding]]:
    """Typed columns, outlines and findings, all but outlines that stand twice."""
    # Keys are read as such.
    columns = [one for one in (*schema.INVENTORY, *schema.ASKED) if one.name != "building_id"]
    frame, found_in_cells = typed_columns(table, columns, said.units)
    frame = _with_green_roofs(frame)
    frame["building_id"], repeated = keys.ids(table, "building_id", "row", said.among)
    among = None if said.among is None else said.among.districts
    frame["district"], found_in_districts = districts(frame["district"], among)
    frame["existing_pv"], found_of_pv = existing_pv(frame, table, found_in_cells)
    found_in_cells += [*found_in_districts, *found_of_pv]
    frame, found_in_classes = classify(frame, table, said.headers, said.as_of, said.among)
    geometry, found_in_shapes = outlines_in_degrees(table)
    centre = shapely.centroid(geometry)
    frame["lon"] = frame["lon"].fillna(pd.Series(shapely.get_x(centre)))
    frame["lat"] = frame["lat"].fillna(pd.Series(shapely.get_y(centre)))
    polygons = outlines_only(geometry)
    findings = [*said.earlier, *repeated, *found_in_cells, *found_in_classes, *found_in_shapes]
    outline_m2 = np.where(shapely.is_missing(polygons), np.nan, areas_m2(polygons))
    findings += [*_beyond_any_roof(outline_m2), *_far_from_others(frame, said.among)]
    findings += [*consistency(frame, outline_m2), *beyond_roof(frame, outline_m2)]
    frame["roof_area_approximate"] = cells.approximate_roofs(findings, len(frame))
    findings += _without_roof(frame, polygons, lost_rows(findings, len(frame)))
    return frame, polygons, findings


def _check_planes(table: pd.DataFrame, said: _Said) -> Checked:
    every = (*schema.PLANE_INVENTORY, *schema.INVENTORY, *schema.ASKED)
    columns = {column.name: column for column in every}
    frame, findings = typed_columns(table, tuple(columns.values()), said.units)
    frame["plane_id"], repeated = keys.ids(table, "plane_id", "plane")
    owner = table["building_id"] if "building_id" in table else frame["plane_id"]
    frame["building_id"] = owner.where(owner.notna(), frame["plane_id"]).map(keys.key_text)
    findings = [*said.earlier, *repeated, *findings]
    frame["district"], spelt = districts(frame["district"])
    frame["existing_pv"], of_pv = existing_pv(frame, table, findings)
    findings += [*spelt, *of_pv]
    frame["roof_area_approximate"] = False
    frame, more = classify(frame, table, said.headers, said.as_of)
    flat = frame["surface_tilt"] == 0
    azimuth = frame["surface_azimuth"]
    frame["surface_azimuth"] = azimuth.mask(flat & azimuth.isna(), 180.0)
    findings += more
    for name in ("surface_tilt", "surface_azimuth"):
        findings += _missing(frame, name, lost_rows(findings, len(frame)))
    empty = (frame["area_m2"].isna() & frame["kwp"].isna()).to_numpy()
    findings += _lost("NO_AREA", "area_m2", empty)
    kept = frame[~lost_rows(findings, len(frame))].reset_index(drop=True)
    return Checked(
        _owners(kept),
        kept[["source_row", "district", *schema.names(schema.PLANE_INVENTORY)]],
        frame["building_id"].nunique(),
        frame[["source_row", "source_sheet", "building_id"]],
        planes_in=len(table),
        findings=tuple(findings),
    )


def _owners(kept: pd.DataFrame) -> gpd.GeoDataFrame:
    """One building for each building_id that has a usable plane; what its first plane says."""
    names = [*COLUMNS, *asked_of(kept)]
    owners = kept.drop_duplicates("building_id").reset_index(drop=True)[names].copy()
    # Tilt and azimuth are the planes', not the building's.
    owners[["surface_tilt", "surface_azimuth"]] = np.nan
    nowhere = shapely.from_wkt([None] * len(owners))
    return gpd.GeoDataFrame(owners, geometry=nowhere, crs="EPSG:4326")


def typed_columns(
    table: pd.DataFrame, columns: Sequence[schema.Column], units: Mapping[str, str]
) -> tuple[pd.DataFrame, list[Finding]]:
    """
    Numbers, dates and texts of a table with their types; classes as they stand.

    Parameters
    ----------
    table : DataFrame (row,)
        With ``source_row`` and ``source_sheet``.
    columns : sequence of Column
        Those wanted; one that is absent is empty.
    units : mapping
        Our column -> the unit that the file states.
    """
    frame = pd.DataFrame({"source_row": table["source_row"], "source_sheet": table["source_sheet"]})
    findings: list[Finding] = []
    for column in columns:
        absent = column.name not in table
        if column.kind == "geometry" or (absent and column in schema.ASKED):
            continue
        if absent:
            frame[column.name] = _empty(column, table.index)
            continue
        values = table[column.name]
        if column.kind == "number":
            typed, problems = cells.numbers(values, column, units.get(column.name, ""))
        elif column.kind == "date":
            typed, problems = cells.dates(values, column.name)
        elif column.kind == "year":
            typed, problems = cells.years(values, column.name)
        elif column.kind == "flag":
            said, problems = cells.flags(values, column.name)
            typed = np.array([np.nan if one is None else float(one) for one in said])
        elif column in schema.ASKED:
            typed, problems = _text(values.map(keys.key_text, na_action="ignore")), []
        else:
            typed, problems = _text(values), []
        if column.name == "tariff":
            typed, problems = tariffs(pd.Series(typed))
        frame[column.name] = typed
        findings += problems
    return frame, findings


def asked_of(table: pd.DataFrame) -> list[str]:
    """Columns of ``schema.ASKED`` that a table has, in their order there."""
    return [name for name in schema.names(schema.ASKED) if name in table]


def _with_green_roofs(frame: pd.DataFrame) -> pd.DataFrame:
    """A green roof takes roof from the modules where the list states no other use."""
    if "green_roof_area_m2" not in frame:
        return frame
    other = frame["other_use_area_m2"].fillna(frame["green_roof_area_m2"])
    return frame.assign(other_use_area_m2=other)


def _empty(column: schema.Column, index: pd.Index) -> pd.Series:
    kind = {"number": "float64", "date": "datetime64[s]"}.get(column.kind, "object")
    return pd.Series(np.nan if kind == "float64" else None, index=index, dtype=kind)


def _text(values: pd.Series) -> pd.Series:
    present = values.notna().to_numpy()
    cells = values.astype(object).to_numpy()[present]
    out = np.full(len(values), None, dtype=object)
    if pd.api.types.infer_dtype(cells) == "string":
        # Most texts stand in many rows.
        codes, words = pd.factorize(cells)
        out[present] = np.array([*_words(words), None], dtype=object)[codes]
    else:
        out[present] = _words(cells)
    return pd.Series(out, index=values.index, dtype=object)


def _words(cells: Iterable[object]) -> list[str | None]:
    text = (str(cell).strip() for cell in cells)
    return [None if one in _NOTHING else one for one in text]


def outlines_in_degrees(table: pd.DataFrame) -> tuple[np.ndarray, list[Finding]]:
    """Outlines in longitude and latitude, repaired; points stay, they tell the place."""
    if not isinstance(table, gpd.GeoDataFrame) or table.active_geometry_name is None:
        return np.full(len(table), None, dtype=object), []
    if table.crs is None and table.geometry.notna().any():
        raise InvalidInventory(
            "buildings, geometry",
            "the frame does not state its coordinate system",
            "Set it, for example buildings.set_crs('EPSG:4326')",
        )
    placed = to_degrees(table, None, "buildings", "wgs84", False)
    repaired, findings = repair_outlines(placed.frame.geometry.to_numpy().astype(object))
    findings = [*placed.findings, *findings]
    if "unread_geometry" in table:
        unread = table["unread_geometry"]
        packed = "NOT_WKB" if (unread == "broken WKB").any() else "NOT_WKT"
        code = "BROKEN_MODEL" if "lod" in table else packed
        findings += found(QUARANTINED, code, "geometry", unread.notna().to_numpy(), unread)
    return repaired, findings


def _beyond_any_roof(outline_m2: np.ndarray) -> list[Finding]:
    """Outlines larger than a roof can be: a district, a province."""
    return _lost("NOT_A_ROOF", "geometry", outline_m2 > MOST_ROOF_M2)


def middle_of(place: np.ndarray) -> tuple[float, float] | None:
    """
    Middle of a list, None of one with few places.

    Parameters
    ----------
    place : ndarray (row, 2)
        Latitude and longitude, NaN where not known. [deg]
    """
    known = np.isfinite(place).all(axis=1)
    if known.sum() < _FEW:
        return None
    # To a kilometre: a few rows more leave it where it is.
    lat, lon = np.round(np.median(place[known], axis=0), 2)
    return float(lat), float(lon)


def _far_from_others(frame: pd.DataFrame, among: Among | None) -> list[Finding]:
    """Places far from most of the list: wrong digits, a wrong zone, 0 for not known."""
    place = frame[["lat", "lon"]].to_numpy(dtype=float)
    known = np.isfinite(place).all(axis=1)
    middle = middle_of(place) if among is None else among.middle
    if middle is None:
        return []
    lat, lon = middle
    north = (place[:, 0] - lat) * _KM_PER_DEGREE
    east = (place[:, 1] - lon) * _KM_PER_DEGREE * np.cos(np.radians(lat))
    far = np.flatnonzero(known & (np.hypot(north, east) > _FAR_KM))
    told = [f"{x:.5f}, {y:.5f}" for y, x in place[far]]
    words = {"km": f"{_FAR_KM:g}"}
    return [Finding(DOUBTFUL, "FAR_FROM_OTHERS", "lon", far, told, words=words)] if far.size else []


def _without_roof(frame: pd.DataFrame, polygons: np.ndarray, lost: np.ndarray) -> list[Finding]:
    floors = (frame["floor_area_m2"].notna() & frame["floors"].notna()).to_numpy()
    stated = frame[["roof_area_m2", "footprint_area_m2"]].notna().any(axis=1).to_numpy()
    nothing = shapely.is_missing(polygons) & ~floors & ~stated
    return _lost("NO_ROOF", "geometry", nothing & ~lost)


def _missing(frame: pd.DataFrame, name: str, lost: np.ndarray) -> list[Finding]:
    problems = _lost("MISSING", name, frame[name].isna().to_numpy() & ~lost)
    return [dataclasses.replace(problem, words={"name": name}) for problem in problems]


def _lost(code: str, column: str, where: np.ndarray) -> list[Finding]:
    at = np.flatnonzero(where)
    return [Finding(QUARANTINED, code, column, at)] if at.size else []
