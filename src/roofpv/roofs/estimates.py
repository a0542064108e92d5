"""What stands in for what a building list does not say, and how sure it is."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from roofpv.assumptions import Areas, Heights, Roofs


def estimated_heights(buildings: pd.DataFrame, roofs: Roofs, heights: Heights) -> pd.DataFrame:
    """
    Height of the buildings that state none: storeys by the height of one, else usual storeys.

    Parameters
    ----------
    buildings : DataFrame (building,)
        Checked: ``height_m`` [m], ``floors``, ``use``.
    roofs : Roofs
    heights : Heights

    Returns
    -------
    DataFrame (building,)
        ``estimated_height_m`` (NaN where ``height_m`` is stated) [m] and ``height_basis``: stated,
        storeys or use.
    """
    stated = buildings["height_m"].notna().to_numpy()
    floors = buildings["floors"].to_numpy(dtype=float)
    counted = ~np.isnan(floors)
    codes, uses = pd.factorize(buildings["use"])
    of_use = [getattr(heights, f"{use}_floors") for use in uses]
    usual = np.array(of_use, dtype=float)[codes]
    estimate = np.where(counted, floors, usual) * roofs.storey_height_m
    basis = np.select([stated, counted], ["stated", "storeys"], "use").astype(object)
    return pd.DataFrame(
        {"estimated_height_m": np.where(stated, np.nan, estimate), "height_basis": basis},
        index=buildings.index,
    )


def evidence_grades(buildings: gpd.GeoDataFrame) -> np.ndarray:
    """
    What the roof area of every building rests on: A survey, B footprint and height, C, D.

    Parameters
    ----------
    buildings : GeoDataFrame (building,)
        Checked: ``geometry`` or none, ``roof_area_m2``, ``footprint_area_m2``, ``height_m``.
    """
    outline = buildings.geometry.notna() | buildings["footprint_area_m2"].notna()
    drawn = np.where(buildings["height_m"].notna(), "B", "C")
    grade = np.where(outline, drawn, "D")
    survey = buildings["roof_area_m2"].notna()
    if "roof_area_approximate" in buildings:
        rough = survey & buildings["roof_area_approximate"].astype(bool)
        grade = np.where(rough, "C", grade)
        survey &= ~rough
    return np.where(survey, "A", grade).astype(object)


def roof_area_sd(grade: np.ndarray, areas: Areas) -> np.ndarray:
    """
    Relative standard deviation of the gross roof area, by its evidence grade.

    Parameters
    ----------
    grade : ndarray of str (building,)
        A, B, C or D; None where there is no roof.
    areas : Areas

    Returns
    -------
    ndarray (building,)
        [1]; NaN without a grade.
    """
    by_grade = {"A": areas.sd_a, "B": areas.sd_b, "C": areas.sd_c, "D": areas.sd_d}
    found = np.full(len(grade), np.nan)
    for name, spread in by_grade.items():
        found[grade == name] = spread
    return found
