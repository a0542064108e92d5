"""A first look over a list in parts: what each row must know of the others, and no more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from roofpv import schema
from roofpv.inventory.among import Among
from roofpv.inventory.check import MOST_ROOF_M2, middle_of, outlines_in_degrees, typed_columns
from roofpv.inventory.classes.classify import is_given
from roofpv.inventory.classes.districts import count_cells, spellings
from roofpv.inventory.keys import (
    digests_of,
    named_numbers,
    names_of_one_number,
    repeated_keys,
    stated_keys,
)
from roofpv.inventory.outlines.duplicates import may_be_twice
from roofpv.inventory.outlines.metres import areas_m2
from roofpv.inventory.outlines.repair import outlines_only

Floats = npt.NDArray[np.float64]

_GIVEN = ("use", "ownership", "name", "institution")
_ASKED = (*_GIVEN, "institution_id", "district", "lon", "lat")
_COLUMNS = tuple(column for column in schema.INVENTORY if column.name in _ASKED)


@dataclass(frozen=True, eq=False)
class Survey:
    """
    What other rows may want to know of some rows.

    ``keys`` digests of those that are stated (None where there is no such column), ``districts``
    cells with their counts, ``given`` columns that are not empty, ``pairs`` of number and name of
    an institution, ``place`` latitude and longitude (row, 2) [deg], ``bounds`` of the outlines
    (row, 4) [deg] and their ``area_m2`` (row,).
    """

    keys: npt.NDArray[np.uint64] | None
    districts: dict[object, int]
    given: frozenset[str]
    pairs: pd.DataFrame
    place: Floats
    bounds: Floats
    area_m2: Floats


def survey(table: pd.DataFrame) -> Survey:
    """
    Look over some rows of a list.

    Parameters
    ----------
    table : GeoDataFrame (row,)
        From ``read_inventory``.
    """
    units = table.attrs.get("units", {})
    table = table.reset_index(drop=True)
    # They are copied at each step.
    table.attrs = {}
    frame, _ = typed_columns(table, _COLUMNS, units)
    geometry, _ = outlines_in_degrees(table)
    centre = shapely.centroid(geometry)
    polygons = outlines_only(geometry)
    area_m2 = np.where(shapely.is_missing(polygons), np.nan, areas_m2(polygons))
    # Set aside whatever they lie on, and all of the list may lie on them.
    polygons[area_m2 > MOST_ROOF_M2] = None
    lat = frame["lat"].fillna(pd.Series(shapely.get_y(centre))).to_numpy(dtype=float)
    lon = frame["lon"].fillna(pd.Series(shapely.get_x(centre))).to_numpy(dtype=float)
    keys = stated_keys(table, "building_id", "row") if "building_id" in table else None
    return Survey(
        None if keys is None else digests_of(keys),
        count_cells(frame["district"]),
        frozenset(name for name in _GIVEN if is_given(frame[name], None)),
        named_numbers(frame["institution_id"], frame["institution"]),
        np.column_stack([lat, lon]),
        shapely.bounds(polygons),
        np.where(shapely.is_missing(polygons), np.nan, area_m2),
    )


def among_of(surveys: Sequence[Survey]) -> Among:
    """
    What each row must know of a list, but for keys and outlines that stand twice.

    Parameters
    ----------
    surveys : sequence of Survey
        Of the parts of the list, in its order.
    """
    districts: dict[object, int] = {}
    for one in surveys:
        for cell, count in one.districts.items():
            districts[cell] = districts.get(cell, 0) + count
    pairs = pd.concat([one.pairs for one in surveys], ignore_index=True).drop_duplicates()
    return Among(
        districts=spellings(districts),
        given=frozenset().union(*(one.given for one in surveys)),
        institutions=names_of_one_number(pairs),
        middle=middle_of(np.concatenate([one.place for one in surveys])),
    )


def keys_of(table: pd.DataFrame) -> pd.Series:
    """
    Keys of buildings as a survey takes them, by the place of the row in the list.

    Parameters
    ----------
    table : DataFrame (row,)
        From ``read_inventory``.
    """
    return stated_keys(table, "building_id", "row").set_axis(table["source_at"])


def again(
    surveys: Sequence[Survey], texts_at: Callable[[npt.NDArray[np.int64]], pd.Series]
) -> dict[int, str]:
    """
    Keys taken instead of those that stand twice, by the place of the row.

    Parameters
    ----------
    surveys : sequence of Survey
        Of the parts of the list, in its order.
    texts_at : callable
        Keys at some places of the list, from `keys_of`, in order.
    """
    stated = [one.keys for one in surveys if one.keys is not None]
    return repeated_keys(np.concatenate(stated), texts_at) if stated else {}


def like_others(surveys: Sequence[Survey]) -> npt.NDArray[np.int64]:
    """Places in the list of the outlines that may stand twice or lie on others."""
    bounds = np.concatenate([one.bounds for one in surveys])
    return may_be_twice(bounds, np.concatenate([one.area_m2 for one in surveys]))
