"""Row by row: what can be used, what cannot, and why; in = kept + quarantined."""

from __future__ import annotations

from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from roofpv import schema
from roofpv.errors import InvalidInventory
from roofpv.inventory.columns import OWNERSHIP_WORDS, ROOF_WORDS, USE_WORDS

QUARANTINE_COLUMNS = ("row", "building_id", "column", "value", "code", "reason", "what_to_do")
_WORDS = {"use": USE_WORDS, "ownership": OWNERSHIP_WORDS, "roof_type": ROOF_WORDS}
_NO_EXEMPTION = {"", "无", "無", "否", "no", "none", "-", "/"}
_FIRST_YEAR, _LAST_YEAR = 1000, 2100


@dataclass(frozen=True)
class Checked:
    """
    A checked inventory.

    ``buildings`` holds the usable rows with our columns and types, ``planes`` those of a plane
    table (None otherwise), ``quarantine`` one line a row that cannot be used, ``count_in`` the
    number of buildings (and ``planes_in`` of planes) that were given, ``warnings`` what was
    repaired or looks odd.
    """

    buildings: gpd.GeoDataFrame
    planes: pd.DataFrame | None
    quarantine: pd.DataFrame
    count_in: int
    planes_in: int = 0
    warnings: list[str] = field(default_factory=list)


class Problems:
    """What is wrong with which rows; the first problem of a row names it, others are added."""

    def __init__(self, table: pd.DataFrame, key: str) -> None:
        self.rows = table["source_row"].to_numpy()
        self.keys = table[key].to_numpy(dtype=object)
        self.bad = np.zeros(len(table), dtype=bool)
        self.found: dict[int, list[str]] = {}
        self.warnings: list[str] = []

    def add(
        self, where: np.ndarray, column: str, values: pd.Series | None, code: str, said: str
    ) -> None:
        """Mark rows; ``said`` is the reason, a vertical bar, and what to do."""
        reason, _, mend = said.partition("|")
        for i in np.flatnonzero(where).tolist():
            value = "" if values is None else str(values.iloc[i])[:200]
            if i in self.found:
                self.found[i][5] += f"; also {column} = {value}: {reason}"
            else:
                key = str(self.keys[i])
                line = [str(self.rows[i]), key, column, value, code, reason, mend]
                self.found[i] = line
        self.bad |= where

    def table(self) -> pd.DataFrame:
        """Return the quarantine, one line a row of the file, in its order."""
        lines = [self.found[i] for i in sorted(self.found)]
        frame = pd.DataFrame(lines, columns=list(QUARANTINE_COLUMNS), dtype=object)
        frame["row"] = frame["row"].astype("int64")
        return frame


def is_plane_table(table: pd.DataFrame) -> bool:
    """Whether each row is a plane (stated tilt and area or capacity), not a building."""
    return {"plane_id", "surface_tilt"} <= set(table) and bool({"area_m2", "kwp"} & set(table))


def check_inventory(table: pd.DataFrame) -> Checked:
    """
    Give every row its types, and set aside those that cannot be used.

    Parameters
    ----------
    table : GeoDataFrame or DataFrame (row,)
        As ``read_inventory`` returns it, or made by the user with our column names.

    Returns
    -------
    Checked
    """
    table = table.reset_index(drop=True)
    if "source_row" not in table:
        table = table.assign(source_row=np.arange(1, len(table) + 1))
    return _check_planes(table) if is_plane_table(table) else _check_buildings(table)


def _check_buildings(table: pd.DataFrame) -> Checked:
    warnings: list[str] = []
    frame = pd.DataFrame({"source_row": table["source_row"]})
    frame["building_id"], repeated = _ids(table, "building_id", "row")
    if repeated:
        warnings.append(
            f"{repeated} rows repeat a building_id; they are kept apart and marked with #2, #3 ..."
        )
    problems = Problems(frame, "building_id")
    for column in schema.INVENTORY:
        if column.name not in {"building_id", "geometry"}:
            frame[column.name] = _typed(table, column, problems)
    geometry = _geometry(table, problems, warnings)
    centre = shapely.centroid(geometry)
    frame["lon"] = frame["lon"].fillna(pd.Series(shapely.get_x(centre)))
    frame["lat"] = frame["lat"].fillna(pd.Series(shapely.get_y(centre)))
    _check_has_roof(frame, geometry, problems)
    frame = frame[["source_row", *schema.names(schema.INVENTORY)[:-1]]]
    buildings = gpd.GeoDataFrame(frame, geometry=_polygons_only(geometry), crs="EPSG:4326")
    kept = buildings[~problems.bad].reset_index(drop=True)
    said = [*warnings, *problems.warnings]
    return Checked(kept, None, problems.table(), len(table), warnings=said)


def _check_planes(table: pd.DataFrame) -> Checked:
    warnings: list[str] = []
    frame = pd.DataFrame({"source_row": table["source_row"]})
    frame["plane_id"], repeated = _ids(table, "plane_id", "plane")
    if repeated:
        warnings.append(f"{repeated} rows repeat a plane_id; they are kept apart (#2, #3 ...)")
    owner = table["building_id"] if "building_id" in table else frame["plane_id"]
    frame["building_id"] = owner.where(owner.notna(), frame["plane_id"]).map(_key_text)
    problems = Problems(frame, "building_id")
    own = {"plane_id", "building_id", "geometry"}
    for column in (*schema.PLANE_INVENTORY, *schema.INVENTORY):
        if column.name not in own and column.name not in frame:
            frame[column.name] = _typed(table, column, problems)
    _need(frame, "surface_tilt", problems)
    flat = frame["surface_tilt"] == 0
    frame["surface_azimuth"] = frame["surface_azimuth"].mask(
        flat & frame["surface_azimuth"].isna(), 180.0
    )
    _need(frame, "surface_azimuth", problems)
    empty = (frame["area_m2"].isna() & frame["kwp"].isna()).to_numpy()
    problems.add(
        empty, "area_m2", None, "NO_AREA", "neither area_m2 nor kwp|Give the plane's area or kWp"
    )
    kept = frame[~problems.bad].reset_index(drop=True)
    planes = kept[["source_row", "district", *schema.names(schema.PLANE_INVENTORY)]]
    count = frame["building_id"].nunique()
    said = [*warnings, *problems.warnings]
    return Checked(_owners(kept), planes, problems.table(), count, len(table), said)


def _owners(kept: pd.DataFrame) -> gpd.GeoDataFrame:
    """One building for each building_id that has a usable plane; what its first plane says."""
    first = kept.drop_duplicates("building_id").reset_index(drop=True)
    owners = first[["source_row", *schema.names(schema.INVENTORY)[:-1]]].copy()
    # Tilt and azimuth are the planes', not the building's.
    owners[["surface_tilt", "surface_azimuth"]] = np.nan
    nowhere = shapely.from_wkt([None] * len(owners))
    return gpd.GeoDataFrame(owners, geometry=nowhere, crs="EPSG:4326")


def _need(frame: pd.DataFrame, name: str, problems: Problems) -> None:
    missing = frame[name].isna().to_numpy() & ~problems.bad
    problems.add(missing, name, None, "MISSING", f"{name} is empty|Give it in degrees")


def _key_text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _ids(table: pd.DataFrame, column: str, prefix: str) -> tuple[pd.Series, int]:
    """Keys as text, made from the row where there is none; a repeated one gets #2, #3 ..."""
    made = (prefix + "-" + table["source_row"].astype(str)).astype(object)
    if column not in table:
        return made, 0
    keys = table[column].map(_key_text).where(table[column].notna(), "").astype(object)
    keys = keys.where(keys != "", made)
    repeated = keys.duplicated()
    taken = set(keys)
    renamed = [_free_key(key, taken) for key in keys[repeated]]
    keys[repeated] = np.array(renamed, dtype=object)
    return keys, len(renamed)


def _free_key(key: str, taken: set[str]) -> str:
    turn = 2
    while f"{key}#{turn}" in taken:
        turn += 1
    taken.add(f"{key}#{turn}")
    return f"{key}#{turn}"


def _typed(table: pd.DataFrame, column: schema.Column, problems: Problems) -> pd.Series:
    if column.name not in table:
        kind = {"number": "float64", "date": "datetime64[s]"}.get(column.kind)
        empty: pd.Series = pd.Series(index=table.index, dtype=kind or object)
        return empty.fillna("unknown") if column.kind == "choice" else empty
    values = table[column.name]
    if column.kind == "number":
        return _numbers(values, column, problems)
    if column.kind == "date":
        return _dates(values, problems)
    if column.kind == "choice":
        return _choices(values, column, problems)
    text = values.astype(object).where(values.notna(), None)
    empty = _NO_EXEMPTION if column.name == "exemption" else {""}
    cells = [None if value is None else str(value).strip() for value in text]
    return pd.Series(
        [None if cell is None or cell.lower() in empty else cell for cell in cells],
        index=values.index,
        dtype=object,
    )


def _numbers(values: pd.Series, column: schema.Column, problems: Problems) -> pd.Series:
    numbers = pd.to_numeric(values, errors="coerce").astype(float)
    text = values.astype(str).str.strip()
    wrong = (numbers.isna() & values.notna() & (text != "") | np.isinf(numbers)).to_numpy()
    problems.add(
        wrong, column.name, values, "NOT_A_NUMBER",
        "not a number|Write a plain number, or leave the cell empty",
    )  # fmt: skip
    outside = ((numbers < column.low) | (numbers > column.high)).to_numpy() & ~wrong
    unit = f" {column.unit}" if column.unit else ""
    problems.add(
        outside, column.name, values, "OUT_OF_RANGE",
        f"outside {column.low:g} to {column.high:g}{unit}"
        "|Correct the cell, or leave it empty if the value is not known",
    )  # fmt: skip
    return numbers


def _dates(values: pd.Series, problems: Problems) -> pd.Series:
    """Dates; a bare year stands for its last day: completed by the end of that year."""
    text = values.map(_key_text).where(values.notna(), "")
    year = pd.to_numeric(text.where(text.str.fullmatch(r"\d{4}")), errors="coerce")
    sensible = year.where(year.between(_FIRST_YEAR, _LAST_YEAR))
    ends = sensible.map(lambda y: f"{int(y):04d}-12-31", na_action="ignore")
    parts = text.str.extract(r"^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?$")
    full = parts[0] + "-" + parts[1].str.zfill(2) + "-" + parts[2].str.zfill(2)
    full = ends.where(sensible.notna(), full)
    days = full.astype(object).where(full.notna(), None).to_numpy(dtype=object)
    parsed = pd.Series(_parse_days(days), index=values.index)
    wrong = (parsed.isna() & (text != "")).to_numpy()
    problems.add(
        wrong, "completed", values, "NOT_A_DATE",
        "not a year or a date|Write 2024 or 2024-06-30, or leave the cell empty",
    )  # fmt: skip
    return parsed


def _parse_days(days: np.ndarray) -> np.ndarray:
    out = np.full(len(days), np.datetime64("NaT"), dtype="datetime64[s]")
    for i, day in enumerate(days):
        if isinstance(day, str):
            try:
                out[i] = np.datetime64(day, "s")
            except ValueError:
                continue
    return out


def _choices(values: pd.Series, column: schema.Column, problems: Problems) -> pd.Series:
    words = {**_WORDS.get(column.name, {}), **{choice: choice for choice in column.choices}}
    text = values.astype(object).where(values.notna(), "").astype(str).str.strip().str.lower()
    known = {word: words.get(word, "unknown") for word in text.unique()}
    strange = sorted(word for word in known if word and word not in words)
    if strange:
        count = int(text.isin(strange).sum())
        problems.warnings.append(
            f"{count} rows have a {column.name} that is not understood and count as unknown: "
            + ", ".join(strange[:5])
        )
    return text.map(known).astype(object)


def _geometry(table: pd.DataFrame, problems: Problems, warnings: list[str]) -> np.ndarray:
    if not isinstance(table, gpd.GeoDataFrame) or table.active_geometry_name is None:
        return np.full(len(table), None, dtype=object)
    if table.crs is None and not shapely.is_missing(table.geometry.to_numpy()).all():
        raise InvalidInventory(
            "buildings, geometry",
            "the frame does not state its coordinate system",
            "Set it, for example buildings.set_crs('EPSG:4326')",
        )
    frame = table if table.crs is None else table.to_crs("EPSG:4326")
    shapes = shapely.force_2d(frame.geometry.to_numpy().astype(object))
    shapes[shapely.is_empty(shapes)] = None
    stated = ~shapely.is_missing(shapes)
    inside = (np.abs(shapely.bounds(shapes)) <= (180.0, 90.0, 180.0, 90.0)).all(axis=1)
    off = stated & ~inside
    shapes[off] = None
    present = stated & inside
    invalid = present & ~shapely.is_valid(shapes)
    if invalid.any():
        shapes[invalid] = shapely.make_valid(shapes[invalid])
        warnings.append(f"{int(invalid.sum())} footprints crossed themselves and were repaired")
    problems.add(
        off, "geometry", None, "OFF_THE_MAP",
        "coordinates outside longitude and latitude|State the right coordinate system",
    )  # fmt: skip
    polygonal = np.isin(shapely.get_dimensions(shapes), (-1, 0, 2))
    flat = present & ((shapely.get_dimensions(shapes) == 2) & (shapely.area(shapes) <= 0))
    problems.add(
        (present & ~polygonal) | flat, "geometry", None, "NOT_A_FOOTPRINT",
        "the footprint encloses no area|Draw it as a closed outline",
    )  # fmt: skip
    if "unread_geometry" in table:
        unread = table["unread_geometry"]
        problems.add(
            unread.notna().to_numpy(), "geometry", unread, "NOT_WKT",
            "not a WKT outline|Write it as POLYGON ((106.37 39.01, ...)), or leave it empty",
        )  # fmt: skip
    return shapes


def _polygons_only(shapes: np.ndarray) -> np.ndarray:
    """Drop points (they give the place only) and the lines that a repair may leave."""
    kept = shapes.copy()
    kept[shapely.get_dimensions(shapes) < 2] = None
    for i in np.flatnonzero(shapely.get_type_id(kept) == shapely.GeometryType.GEOMETRYCOLLECTION):
        parts = shapely.get_parts(kept[i])
        kept[i] = shapely.union_all(parts[shapely.get_dimensions(parts) == 2])
    return kept


def _check_has_roof(frame: pd.DataFrame, geometry: np.ndarray, problems: Problems) -> None:
    footprint = (shapely.get_dimensions(geometry) == 2) & ~shapely.is_empty(geometry)
    floors = frame["floor_area_m2"].notna() & frame["floors"].notna()
    nothing = ~footprint & ~floors.to_numpy() & frame["roof_area_m2"].isna().to_numpy()
    problems.add(
        nothing & ~problems.bad, "geometry", None, "NO_ROOF",
        "no footprint, no roof_area_m2, and not both floor_area_m2 and floors"
        "|Add a footprint, or the roof's area, or floor area and storeys",
    )  # fmt: skip
