"""Amounts of a register row: as numbers, shared out among footprints, or summed over rows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from roofpv import schema
from roofpv.inventory.values.numerals import read_number
from roofpv.inventory.values.units import factor

# What n buildings have together; all else is said of each.
EXTENSIVE = (
    "floor_area_m2", "roof_area_m2", "annual_load_kwh", "existing_pv_kwp", "existing_pv_area_m2",
    "usable_area_m2", "other_use_area_m2", "stated_kwp",
    "useful_floor_area_m2", "conditioned_floor_area_m2", "dwelling_units", "solar_access_roof_m2",
    "net_roof_area_m2", "suitable_roof_area_m2", "green_roof_area_m2", "solar_thermal_area_m2",
    "facade_pv_area_m2", "converted_facade_pv_area_m2", "shaded_roof_area_m2",
    "roof_plant_area_m2",
)  # fmt: skip
_COLUMNS = {column.name: column for column in (*schema.INVENTORY, *schema.ASKED)}


def numbers_of(cells: pd.Series, name: str, unit: str = "") -> np.ndarray:
    """
    Cells as numbers, in the unit that the column is written in.

    Parameters
    ----------
    cells : Series (row,)
        As they stand.
    name : str
        Which of our columns it is.
    unit : str
        What the column is written in, empty for ours.

    Returns
    -------
    ndarray (row,)
        NaN where there is no number.
    """
    numbers = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=float, na_value=np.nan).copy()
    odd = cells.notna().to_numpy() & ~np.isfinite(numbers)
    if odd.any():
        scale = scale_of(name, unit)
        texts = cells[odd].map(str)
        read = {t: read_number(t, _COLUMNS[name], scale).value / scale for t in texts.unique()}
        numbers[odd] = texts.map(read).to_numpy(dtype=float)
    return numbers


def scale_of(name: str, unit: str) -> float:
    """How many of our unit one of the column's is."""
    return factor(unit, _COLUMNS[name].unit) or 1.0 if unit else 1.0


def is_blank(cells: pd.Series) -> np.ndarray:
    """Which cells say nothing."""
    blank = cells.isna().to_numpy()
    if cells.dtype == object or pd.api.types.is_string_dtype(cells.dtype):
        blank = blank | (cells.astype(str).str.strip() == "").to_numpy()
    return blank
