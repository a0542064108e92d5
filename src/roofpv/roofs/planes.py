"""Buildings -> roof planes: one a flat piece of roof, with its true area, tilt and azimuth."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from roofpv.assumptions import Roofs
from roofpv.roofs.estimates import evidence_grades
from roofpv.roofs.metric import long_axis, to_local_metres

FLAT_BELOW_DEG = 5.0
_PITCHED = ("gabled", "hipped", "shed", "steel")


def roof_planes(buildings: gpd.GeoDataFrame, roofs: Roofs) -> pd.DataFrame:
    """
    Planes of every roof, and what they rest on.

    A stated tilt makes one plane; gabled, hipped and steel roofs have their ridge along the long
    side of the footprint (east-west where there is none); all else is one flat plane.

    Parameters
    ----------
    buildings : GeoDataFrame (building,)
        Checked: ``geometry`` in WGS84 or none, ``roof_area_m2``, ``footprint_area_m2``,
        ``floor_area_m2``, ``floors``, ``roof_type``, ``surface_tilt``,
        ``surface_azimuth``, ``height_m``, ``lat``.
    roofs : Roofs

    Returns
    -------
    DataFrame (plane,)
        ``plane_id building_id roof_form roof_tilt roof_azimuth`` [deg], ``area_m2`` (true) [m2],
        ``perimeter_m`` [m], ``evidence_grade``; in the order of the buildings.
    """
    local = to_local_metres(buildings.geometry.to_numpy().astype(object))
    plan = _plan_area(buildings, local)
    base = pd.DataFrame(
        {
            "building_id": buildings["building_id"].to_numpy(dtype=object),
            "roof_form": _forms(buildings),
            "plan_m2": plan,
            "perimeter_m": _perimeter(local, plan),
            "roof_tilt": _tilts(buildings, roofs),
            "evidence_grade": evidence_grades(buildings),
        }
    )
    parts = pd.concat(_split(base, buildings, local), ignore_index=True)
    parts = parts.sort_values(["order", "part"], kind="stable", ignore_index=True)
    surveyed = buildings["roof_area_m2"].notna().to_numpy()[parts["order"]]
    slope = np.where(surveyed, 1.0, np.cos(np.radians(parts["roof_tilt"])))
    parts["area_m2"] = parts["plan_m2"] * parts["share"] / slope
    parts["perimeter_m"] = _plane_perimeter(parts)
    parts["plane_id"] = parts["building_id"] + "/" + (parts["part"] + 1).astype(str)
    columns = "plane_id building_id roof_form roof_tilt roof_azimuth area_m2 perimeter_m"
    return parts[[*columns.split(), "evidence_grade"]]


def stated_planes(planes: pd.DataFrame) -> pd.DataFrame:
    """
    Planes of a plane table in the form that ``roof_planes`` gives them; measured, grade A.

    Parameters
    ----------
    planes : DataFrame (plane,)
        Checked: ``plane_id building_id surface_tilt surface_azimuth area_m2 kwp``.
    """
    tilt = planes["surface_tilt"].to_numpy()
    area = planes["area_m2"].to_numpy()
    return pd.DataFrame(
        {
            "plane_id": planes["plane_id"].to_numpy(dtype=object),
            "building_id": planes["building_id"].to_numpy(dtype=object),
            "roof_form": np.where(tilt < FLAT_BELOW_DEG, "flat", "pitched").astype(object),
            "roof_tilt": tilt,
            "roof_azimuth": planes["surface_azimuth"].to_numpy() % 360.0,
            "area_m2": area,
            "perimeter_m": 4.0 * np.sqrt(area),
            "evidence_grade": np.full(len(planes), "A", dtype=object),
            "stated_kwp": planes["kwp"].to_numpy(),
        }
    )


def _plan_area(buildings: gpd.GeoDataFrame, local: np.ndarray) -> np.ndarray:
    """Area seen from above: survey before footprint before floor area over storeys. [m2]."""
    stated = buildings["footprint_area_m2"].to_numpy()
    outline = np.where(shapely.is_missing(local), np.nan, shapely.area(local))
    footprint = np.where(outline > 0, outline, stated)
    storey = (buildings["floor_area_m2"] / buildings["floors"].clip(lower=1.0)).to_numpy()
    surveyed = buildings["roof_area_m2"].to_numpy()
    area = np.where(footprint > 0, footprint, storey)
    return np.where(np.isnan(surveyed), area, surveyed)


def _perimeter(local: np.ndarray, plan: np.ndarray) -> np.ndarray:
    drawn = ~shapely.is_missing(local)
    return np.where(drawn, shapely.length(local), 4.0 * np.sqrt(plan))


def _forms(buildings: gpd.GeoDataFrame) -> np.ndarray:
    """Form of the roof; a stated tilt decides before the roof type."""
    kind = buildings["roof_type"].to_numpy(dtype=object)
    tilt = buildings["surface_tilt"].to_numpy()
    form = np.where(np.isin(kind, _PITCHED), kind, "flat")
    oriented = buildings["surface_azimuth"].notna().to_numpy() & (tilt >= FLAT_BELOW_DEG)
    form = np.where(oriented, "shed", form)
    form = np.where((tilt >= FLAT_BELOW_DEG) & (form == "flat"), "gabled", form)
    return np.where(tilt < FLAT_BELOW_DEG, "flat", form).astype(object)


def _tilts(buildings: gpd.GeoDataFrame, roofs: Roofs) -> np.ndarray:
    form = _forms(buildings)
    assumed = np.select(
        [form == "flat", form == "steel"], [0.0, roofs.steel_tilt], roofs.pitched_tilt
    )
    stated = buildings["surface_tilt"].to_numpy()
    return np.where(np.isnan(stated) | (form == "flat"), assumed, stated)


def _split(
    base: pd.DataFrame, buildings: gpd.GeoDataFrame, local: np.ndarray
) -> list[pd.DataFrame]:
    """One row a plane: ``part``, ``share`` of the plan area and ``roof_azimuth`` added."""
    form = base["roof_form"].to_numpy()
    toward_equator = np.where(buildings["lat"].to_numpy() < 0, 0.0, 180.0)
    stated = buildings["surface_azimuth"].to_numpy() % 360.0
    base = base.assign(order=np.arange(len(base)))
    one = np.isin(form, ("flat", "shed"))
    azimuth = np.where(np.isnan(stated), toward_equator, stated)
    flat = base.assign(ratio=1.0)
    parts = [flat[one].assign(part=0, share=1.0, roof_azimuth=azimuth[one])]
    ridged = ~one
    outlines = local.copy()
    outlines[one] = None
    axis, ratio = long_axis(outlines)
    base = base.assign(ratio=ratio)
    ends = np.where(form == "hipped", ratio / 4.0, 0.0)
    for part, (turn, share) in enumerate(
        ((90.0, 0.5 - ends), (270.0, 0.5 - ends), (0.0, ends), (180.0, ends))
    ):
        chosen = ridged & (share > 0)
        facing = (axis + turn) % 360.0
        parts.append(
            base[chosen].assign(part=part, share=share[chosen], roof_azimuth=facing[chosen])
        )
    return parts


def _plane_perimeter(parts: pd.DataFrame) -> np.ndarray:
    """Edge of each plane: the roof's outline, or what a ridge makes of its rectangle. [m]."""
    slope = np.radians(parts["roof_tilt"].to_numpy())
    length = np.sqrt(parts["plan_m2"].to_numpy() / parts["ratio"].to_numpy())
    half = length * parts["ratio"].to_numpy() / 2.0
    hip = half * np.sqrt(2.0 + np.tan(slope) ** 2)
    end = parts["part"].to_numpy() >= 2
    hipped = np.where(end, 2.0 * half, 2.0 * (length - half)) + 2.0 * hip
    gabled = 2.0 * length + 2.0 * half / np.cos(slope)
    form = parts["roof_form"].to_numpy()
    return np.select(
        [np.isin(form, ("flat", "shed")), form == "hipped"],
        [parts["perimeter_m"].to_numpy(), hipped],
        gabled,
    )
