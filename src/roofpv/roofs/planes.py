"""Buildings -> roof planes: one a flat piece of roof, with its true area, tilt and azimuth."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from roofpv.assumptions import Roofs
from roofpv.roofs.estimates import evidence_grades
from roofpv.roofs.metric import Frames, local_frames, sloped_length, to_degrees, to_local_metres
from roofpv.roofs.shapes import FLAT_BELOW_DEG, PITCHED, RIDGED, Forms, shape_planes
from roofpv.roofs.surfaces import surface_planes

# One square metre in place of an outline: twice as long as wide, east-west, where there is a ridge
# that ends in gables or hips.
_LONG = shapely.box(-np.sqrt(0.5), -np.sqrt(0.125), np.sqrt(0.5), np.sqrt(0.125))
_SQUARE = shapely.box(-0.5, -0.5, 0.5, 0.5)
_COLUMNS = (
    "plane_id", "building_id", "roof_form", "roof_tilt", "roof_azimuth", "area_m2", "plan_area_m2",
    "perimeter_m", "evidence_grade", "geometry",
)  # fmt: skip


def roof_planes(buildings: gpd.GeoDataFrame, roofs: Roofs) -> pd.DataFrame:
    """
    Planes of every roof, and what they rest on.

    The surfaces of a 3D model are its planes. Otherwise the form of the roof tells them on the
    footprint, its ridge along the long side or across a stated azimuth; a stated tilt of a roof
    of no form makes one plane where its azimuth is stated too, two where it is not; all else is
    one flat plane.

    Parameters
    ----------
    buildings : GeoDataFrame (building,)
        Checked: ``geometry`` in WGS84 or none, ``roof_area_m2``, ``footprint_area_m2``,
        ``floor_area_m2``, ``floors``, ``roof_type``, ``surface_tilt``, ``surface_azimuth``,
        ``roof_height_m``, ``height_m``, ``lat``; ``roof_surfaces`` and ``lod`` of a 3D model.
    roofs : Roofs

    Returns
    -------
    DataFrame (plane,)
        ``plane_id building_id roof_form roof_tilt roof_azimuth`` [deg], ``area_m2`` (true),
        ``plan_area_m2`` (seen from above) [m2], ``perimeter_m`` (true) [m], ``evidence_grade``,
        ``geometry`` (seen from above, in the local metres of the footprint; None where there is no
        footprint) [m]; in the order of the buildings. ``attrs["left_out"]`` counts the surfaces of
        3D models that are no planes. Areas are those of a survey where there is one.
    """
    footprints = buildings.geometry.to_numpy().astype(object)
    frames = local_frames(footprints)
    local = to_local_metres(footprints, frames)
    outline = np.where(shapely.is_missing(local), 0.0, shapely.area(local))
    toward = np.where(buildings["lat"].to_numpy() < 0, 0.0, 180.0)
    measured = surface_planes(_surfaces(buildings, outline > 0.0, frames), toward)
    from_model = np.isin(np.arange(len(buildings)), measured.planes["row"])
    forms = _forms(buildings, outline > 0.0, toward, roofs)
    rest = np.flatnonzero(~from_model)
    drawn = shape_planes(_outlines(local, outline > 0.0, forms.kind)[rest], forms.at(rest))
    drawn["row"] = rest[drawn["row"]]
    parts = pd.concat([measured.planes, drawn], ignore_index=True)
    parts = parts.sort_values(["row", "part"], kind="stable", ignore_index=True)
    planes = _finished(parts, buildings, from_model, outline)
    planes.attrs["left_out"] = measured.left_out
    return planes


def stated_planes(planes: pd.DataFrame) -> pd.DataFrame:
    """
    Planes of a plane table in the form that ``roof_planes`` gives them; measured, grade A.

    Parameters
    ----------
    planes : DataFrame (plane,)
        Checked: ``plane_id building_id surface_tilt surface_azimuth area_m2 kwp``, and
        ``dc_ac_ratio`` where any is stated.
    """
    tilt = planes["surface_tilt"].to_numpy()
    area = planes["area_m2"].to_numpy()
    own = planes.get("dc_ac_ratio", pd.Series(dtype=float))
    ratio = {"dc_ac_ratio": own.to_numpy(dtype=float)} if own.notna().any() else {}
    return pd.DataFrame(
        {
            "plane_id": planes["plane_id"].to_numpy(dtype=object),
            "building_id": planes["building_id"].to_numpy(dtype=object),
            "roof_form": np.where(tilt < FLAT_BELOW_DEG, "flat", "pitched").astype(object),
            "roof_tilt": tilt,
            "roof_azimuth": planes["surface_azimuth"].to_numpy() % 360.0,
            "area_m2": area,
            "plan_area_m2": area * np.cos(np.radians(tilt)),
            "perimeter_m": 4.0 * np.sqrt(area),
            "evidence_grade": np.full(len(planes), "A", dtype=object),
            "geometry": np.full(len(planes), None, dtype=object),
            "stated_kwp": planes["kwp"].to_numpy(),
            **ratio,
        }
    )


def planes_on_map(planes: pd.DataFrame, buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Planes with their geometry in longitude and latitude.

    Parameters
    ----------
    planes : DataFrame (plane,)
        ``building_id``, ``geometry`` in local metres. [m]
    buildings : GeoDataFrame (building,)
        ``building_id`` and the footprints that the local metres are of.

    Returns
    -------
    GeoDataFrame (plane,)
    """
    frames = _frames_of(planes, buildings)
    placed = to_degrees(planes["geometry"].to_numpy(dtype=object), frames)
    return gpd.GeoDataFrame(planes.drop(columns="geometry"), geometry=placed, crs="EPSG:4326")


def planes_in_metres(planes: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> pd.DataFrame:
    """
    Planes with their geometry in the local metres of their footprints.

    Parameters
    ----------
    planes : GeoDataFrame (plane,)
        As ``planes_on_map`` gives them.
    buildings : GeoDataFrame (building,)
        ``building_id`` and footprints.

    Returns
    -------
    DataFrame (plane,)
    """
    local = to_local_metres(
        planes.geometry.to_numpy().astype(object), _frames_of(planes, buildings)
    )
    return pd.DataFrame(planes.drop(columns="geometry")).assign(geometry=local)


def _frames_of(planes: pd.DataFrame, buildings: gpd.GeoDataFrame) -> Frames:
    frames = local_frames(buildings.geometry.to_numpy().astype(object))
    return frames.at(pd.Index(buildings["building_id"]).get_indexer(planes["building_id"]))


def _surfaces(buildings: gpd.GeoDataFrame, placed: np.ndarray, frames: Frames) -> np.ndarray:
    """Roof surfaces in local metres; none of a block model, whose tops are no measured roofs."""
    surfaces = np.full(len(buildings), None, dtype=object)
    if "roof_surfaces" not in buildings:
        return surfaces
    given = buildings["roof_surfaces"].to_numpy(dtype=object)
    usable = placed & ~shapely.is_missing(given)
    if "lod" in buildings:
        usable &= ~buildings["lod"].astype(str).str.startswith(("0", "1")).to_numpy(dtype=bool)
    surfaces[usable] = given[usable]
    return to_local_metres(surfaces, frames)


def _forms(
    buildings: gpd.GeoDataFrame, placed: np.ndarray, toward: np.ndarray, roofs: Roofs
) -> Forms:
    """Form by the roof type; where it tells of no slope and the stated tilt does, by the tilt."""
    stated = buildings["roof_type"].to_numpy(dtype=object)
    tilt = buildings["surface_tilt"].to_numpy(dtype=float)
    azimuth = buildings["surface_azimuth"].to_numpy(dtype=float)
    kind = np.where(np.isin(stated, PITCHED), stated, "flat").astype(object)
    sloping = (kind == "flat") & (tilt >= FLAT_BELOW_DEG)
    kind[sloping] = np.where(np.isnan(azimuth), "gabled", "shed")[sloping]
    kind[tilt < FLAT_BELOW_DEG] = "flat"
    # A square has no long side that a shed could fall across.
    azimuth = np.where(~placed & (kind == "shed") & np.isnan(azimuth), toward, azimuth)
    height = buildings["roof_height_m"].to_numpy(dtype=float)
    return Forms(
        kind,
        azimuth % 360.0,
        tilt,
        np.where(placed, height, np.nan),
        toward,
        np.where(kind == "steel", roofs.steel_tilt, roofs.pitched_tilt),
    )


def _outlines(local: np.ndarray, placed: np.ndarray, kind: np.ndarray) -> np.ndarray:
    """Footprints, and a square metre in place of each that is not drawn."""
    outlines = local.copy()
    long = np.isin(kind, RIDGED) & (kind != "pyramidal")
    outlines[~placed & long], outlines[~placed & ~long] = _LONG, _SQUARE
    return outlines


def _finished(
    parts: pd.DataFrame, buildings: gpd.GeoDataFrame, from_model: np.ndarray, outline: np.ndarray
) -> pd.DataFrame:
    """Planes with their areas, edges, grades and keys."""
    row = parts["row"].to_numpy()
    shapes = parts["geometry"].to_numpy(dtype=object)
    tilt, azimuth = parts["roof_tilt"].to_numpy(), parts["roof_azimuth"].to_numpy()
    slope = np.cos(np.radians(tilt))
    area = parts["plan_m2"].to_numpy() / slope
    area = area * _scale(buildings, row, area, outline)
    edges = sloped_length(shapes, tilt, azimuth)
    drawn = outline[row] > 0.0
    by_area = np.sqrt(area * slope / parts["plan_m2"].to_numpy())
    owner = buildings["building_id"].to_numpy(dtype=object)[row]
    grade = np.where(from_model, "A", evidence_grades(buildings)).astype(object)
    number = (parts.groupby("row").cumcount() + 1).astype(str).to_numpy(dtype=object)
    form = parts["roof_form"].to_numpy(dtype=object)
    steel = (buildings["roof_type"].to_numpy(dtype=object)[row] == "steel") & from_model[row]
    done = {
        "plane_id": owner + "/" + number,
        "building_id": owner,
        "roof_form": np.where(steel, "steel", form).astype(object),
        "roof_tilt": tilt,
        "roof_azimuth": azimuth,
        "area_m2": area,
        "plan_area_m2": area * slope,
        "perimeter_m": np.where(drawn, edges, edges * by_area),
        "evidence_grade": grade[row],
        "geometry": np.where(drawn, shapes, None),
    }
    return pd.DataFrame(done)[list(_COLUMNS)]


def _scale(
    buildings: gpd.GeoDataFrame, row: np.ndarray, area: np.ndarray, outline: np.ndarray
) -> np.ndarray:
    """Of each plane, by which its drawn area becomes that of the survey or of the building. [1]."""
    surveyed = buildings["roof_area_m2"].to_numpy(dtype=float)
    whole = np.bincount(row, weights=area, minlength=len(buildings))
    storey = (buildings["floor_area_m2"] / buildings["floors"].clip(lower=1.0)).to_numpy()
    stated = buildings["footprint_area_m2"].to_numpy(dtype=float)
    plan = np.where(stated > 0.0, stated, storey)
    scale = np.where(outline > 0.0, 1.0, plan)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(np.isnan(surveyed), scale, surveyed / whole)
    return scale[row]
