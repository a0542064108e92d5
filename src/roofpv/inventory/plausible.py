"""Values of one building held against each other, and columns that look like another unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from roofpv import schema
from roofpv.inventory.findings import DOUBTFUL, QUARANTINED, Finding
from roofpv.inventory.values.cells import suspicious_unit
from roofpv.inventory.values.units import after_number

__all__ = ["OF_UNITS", "beyond_roof", "consistency", "unit_notes"]

# Judgements, wide enough that eaves, steps in the plan, halls and podiums pass.
_ROOF_PER_STOREY, _ROOF_PER_FOOTPRINT = 2.0, 1.3
_LEAST_FLOOR_PER_FOOTPRINT, _LEAST_STOREY_M2 = 0.3, 10.0
# A quarter of a kW on a square metre is more than any module gives.
_MOST_KWP_PER_M2 = 0.25
_STOREY_M, _MOST_HALL_M = (1.8, 8.0), 40.0
_MOST_TILT = 80.0
# Eaves, pitched roofs and rough outlines: a roof is no larger than this times its plan.
_MOST_ROOF_PER_PLAN = 1.5
_BY_UNIT = ("floor_area_m2", "roof_area_m2", "footprint_area_m2", "annual_load_kwh",
            "usable_area_m2", "existing_pv_kwp", "stated_kwp", "height_m")  # fmt: skip
# Columns that ``unit_notes`` asks for.
OF_UNITS = (*_BY_UNIT, "floors")


def consistency(frame: pd.DataFrame, footprint_m2: np.ndarray) -> list[Finding]:
    """
    Values that cannot well stand together in one building.

    Parameters
    ----------
    frame : DataFrame (row,)
        Typed columns of the inventory, NaN where not known.
    footprint_m2 : ndarray (row,)
        Area of the outline; NaN where there is none, and the stated area counts. [m2].

    Returns
    -------
    list of Finding
        Doubtful ones; nothing is changed.
    """
    column = {name: frame[name].to_numpy(dtype=float) for name in _USED}
    drawn = np.where(np.isnan(footprint_m2), column["footprint_area_m2"], footprint_m2)
    with np.errstate(invalid="ignore", divide="ignore"):
        storey = column["floor_area_m2"] / np.maximum(column["floors"], 1.0)
        tilt = np.minimum(np.nan_to_num(column["surface_tilt"]), _MOST_TILT)
        over_plan = _ROOF_PER_FOOTPRINT / np.cos(np.radians(tilt))
        wrong = dict(_wrong(column, drawn, storey, over_plan))
    told = (_told(code, name, where, frame) for (code, name), where in wrong.items())
    return [finding for finding in told if finding.at.size]


_USED = ("floor_area_m2", "floors", "height_m", "footprint_area_m2", "roof_area_m2",
         "surface_tilt", "existing_pv_kwp", "existing_pv_area_m2")  # fmt: skip


def _wrong(
    column: Mapping[str, np.ndarray], drawn: np.ndarray, storey: np.ndarray, over_plan: np.ndarray
) -> Iterator[tuple[tuple[str, str], np.ndarray]]:
    """Code and column of each thing that may be wrong, and where it is; a NaN is never wrong."""
    roof, floors = column["roof_area_m2"], column["floors"]
    yield ("ROOF_ABOVE_STOREY", "roof_area_m2"), roof > _ROOF_PER_STOREY * storey
    yield ("ROOF_ABOVE_FOOTPRINT", "roof_area_m2"), roof > over_plan * drawn
    least = _LEAST_FLOOR_PER_FOOTPRINT * drawn
    yield ("FLOOR_AREA_BELOW_FOOTPRINT", "floor_area_m2"), column["floor_area_m2"] < least
    yield ("STOREY_TOO_SMALL", "floor_area_m2"), storey < _LEAST_STOREY_M2
    by_storey = np.where(np.isnan(drawn), _ROOF_PER_STOREY * storey, over_plan * drawn)
    largest = np.where(np.isnan(roof), by_storey, roof)
    area, kwp = column["existing_pv_area_m2"], column["existing_pv_kwp"]
    yield ("PV_ABOVE_ROOF", "existing_pv_area_m2"), area > largest
    yield ("PV_ABOVE_ROOF", "existing_pv_kwp"), kwp > _MOST_KWP_PER_M2 * largest
    each = column["height_m"] / np.maximum(floors, 1.0)
    low, high = _STOREY_M
    most = np.where(floors > 1.0, high, _MOST_HALL_M)
    known = ~np.isnan(floors)
    yield ("HEIGHT_AND_FLOORS", "height_m"), known & ((each < low) | (each > most))


def _told(code: str, name: str, where: np.ndarray, frame: pd.DataFrame) -> Finding:
    at = np.flatnonzero(where)
    after = after_number(next(c.unit for c in schema.INVENTORY if c.name == name))
    values = [f"{value:.10g}{after}" for value in frame[name].to_numpy(dtype=float)[at].tolist()]
    return Finding(DOUBTFUL, code, name, at, values)


def beyond_roof(frame: pd.DataFrame, footprint_m2: np.ndarray) -> list[Finding]:
    """
    Usable areas that are larger than the roof can be; such a row contradicts itself.

    The roof is the stated one, else 1.5 times the outline, the stated footprint, or floor area over
    storeys, the first that is known.

    Parameters
    ----------
    frame : DataFrame (row,)
        Typed columns of the inventory, NaN where not known.
    footprint_m2 : ndarray (row,)
        Area of the outline, NaN where there is none. [m2]

    Returns
    -------
    list of Finding
        ``USABLE_ABOVE_ROOF``: both areas stand in its values.
    """
    names = ("roof_area_m2", "footprint_area_m2", "floor_area_m2", "floors", "usable_area_m2")
    roof, footprint, floor, floors, usable = (frame[n].to_numpy(dtype=float) for n in names)
    plan = np.where(np.isnan(footprint), floor / np.maximum(floors, 1.0), footprint)
    plan = np.where(np.isnan(footprint_m2), plan, footprint_m2)
    most = np.where(np.isnan(roof), _MOST_ROOF_PER_PLAN * plan, roof)
    at = np.flatnonzero(usable > most)
    if not at.size:
        return []
    pairs = zip(usable[at].tolist(), most[at].tolist(), strict=True)
    values = [f"{usable:.10g} m² > {most:.10g} m²" for usable, most in pairs]
    return [Finding(QUARANTINED, "USABLE_ABOVE_ROOF", "usable_area_m2", at, values)]


def unit_notes(
    frame: pd.DataFrame, units: Mapping[str, str], headers: Mapping[str, str]
) -> list[tuple[str, Mapping[str, str]]]:
    """
    Columns whose values look as if they were in another unit; nothing is changed.

    Parameters
    ----------
    frame : DataFrame (row,)
        Typed columns of the inventory.
    units : mapping
        Our column -> the unit that the file states; such a column is believed.
    headers : mapping
        Our column -> the file's.

    Returns
    -------
    list of (str, mapping)
        ``columns.suspicious_unit`` and its words.
    """
    columns = {column.name: column for column in schema.INVENTORY}
    floors = frame["floors"].to_numpy(dtype=float)
    notes: list[tuple[str, Mapping[str, str]]] = []
    for name in _BY_UNIT:
        values = frame[name].to_numpy(dtype=float)
        unit = None if units.get(name) else suspicious_unit(values, columns[name], floors)
        if unit is not None:
            words = {
                "source": headers.get(name, name)[:60],
                "unit": unit.replace("m2", "m²"),
                "ours": after_number(columns[name].unit).strip(),
            }
            notes.append(("columns.suspicious_unit", words))
    return notes
