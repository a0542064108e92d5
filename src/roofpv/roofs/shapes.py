"""
Planes on a footprint by the form of the roof; seen from above they add up to the footprint.

Ridges are level and eaves too, all planes of a hipped roof have one slope, and all those of a
pyramidal roof meet in one point. Each plane is a cell of a partition of the whole neighbourhood cut
with the footprint, so that nothing is lost or counted twice, whatever the footprint.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely

from roofpv.roofs.metric import long_axis

FLAT_BELOW_DEG = 5.0
STEEPEST_DEG = 80.0
RIDGED = ("gabled", "hipped", "pyramidal", "steel")
PITCHED = (*RIDGED, "shed")

# Pieces this small beside their footprint are rounding along an edge of it. [1]
_NO_SHARE = 1e-10
_SAME_POINT_M = 1e-9


class Forms(NamedTuple):
    """
    What is known of the form of each roof.

    ``kind`` (flat or one of ``PITCHED``), ``azimuth`` stated [deg], ``tilt`` stated [deg],
    ``height`` from eaves to ridge [m] (all NaN where not known), ``toward`` (azimuth of the
    equator) [deg] and ``assumed`` tilt [deg].
    """

    kind: np.ndarray
    azimuth: np.ndarray
    tilt: np.ndarray
    height: np.ndarray
    toward: np.ndarray
    assumed: np.ndarray

    def at(self, rows: np.ndarray) -> Forms:
        """Those of these rows, in this order."""
        return Forms(*(values[rows] for values in self))


class _Rectangles(NamedTuple):
    """
    Rectangle about each footprint, along its ridge.

    ``axis`` azimuth of the ridge, 0 to 180 [deg], ``length`` along it and ``width`` across it [m],
    ``centre`` (row, 2) [m].
    """

    axis: np.ndarray
    length: np.ndarray
    width: np.ndarray
    centre: np.ndarray


def shape_planes(outlines: np.ndarray, forms: Forms) -> pd.DataFrame:
    """
    Planes of roofs by their form.

    Parameters
    ----------
    outlines : ndarray of polygons (building,)
        In local metres, none missing. [m]
    forms : Forms (building,)

    Returns
    -------
    DataFrame (plane,)
        ``row`` of the building, ``part``, ``roof_form``, ``roof_tilt roof_azimuth`` [deg],
        ``plan_m2`` (area seen from above) [m2], ``geometry`` [m]; by building, then part.
    """
    pitched = np.flatnonzero(forms.kind != "flat")
    boxes = _rectangles(outlines[pitched], forms.at(pitched))
    form, tilt = forms.kind.copy(), np.zeros(len(outlines))
    tilt[pitched], level = _tilts(forms.at(pitched), boxes)
    form[pitched[level]] = "flat"
    azimuth = np.where(np.isnan(forms.azimuth), forms.toward, forms.azimuth) % 360.0
    shed = (form[pitched] == "shed") & np.isnan(forms.azimuth[pitched])
    azimuth[pitched[shed]] = _downhill(boxes.axis[shed], forms.toward[pitched[shed]])
    whole = np.flatnonzero(np.isin(form, ("flat", "shed")))
    parts = [_pieces(whole, 0, outlines[whole], azimuth[whole], tilt[whole])]
    for kind in RIDGED:
        chosen = form[pitched] == kind
        rows = pitched[chosen]
        box = _Rectangles(*(values[chosen] for values in boxes))
        parts += _cut(rows, outlines[rows], _cells(kind, box, tilt[rows]))
    planes = pd.concat(parts, ignore_index=True)
    planes = planes[planes["plan_m2"] > _NO_SHARE * shapely.area(outlines)[planes["row"]]]
    planes = planes.assign(roof_form=form[planes["row"]])
    return planes.sort_values(["row", "part"], kind="stable", ignore_index=True)


def _downhill(axis: np.ndarray, toward: np.ndarray) -> np.ndarray:
    """Of the two directions across an axis, that toward the equator. [deg]."""
    across = axis + 90.0
    return np.where(np.cos(np.radians(across - toward)) < 0.0, across + 180.0, across) % 360.0


def _rectangles(outlines: np.ndarray, forms: Forms) -> _Rectangles:
    """About the footprint along its long side, or along the ridge that a stated facing tells."""
    axis = long_axis(outlines)
    stated = ~np.isnan(forms.azimuth)
    axis[stated] = (forms.azimuth[stated] - 90.0) % 180.0
    points, owner = shapely.get_coordinates(outlines, return_index=True)
    along = _turned(points, axis[owner])
    low, high = np.full((len(axis), 2), np.inf), np.full((len(axis), 2), -np.inf)
    np.minimum.at(low, owner, along)
    np.maximum.at(high, owner, along)
    centre = _turned((low + high) / 2.0, axis)
    length, width = (high - low).T
    # Hips meet on the longer middle line, whichever side the stated azimuth is of.
    across = np.isin(forms.kind, ("hipped", "pyramidal")) & (length < width)
    return _Rectangles(
        np.where(across, axis + 90.0, axis) % 180.0,
        np.where(across, width, length),
        np.where(across, length, width),
        centre,
    )


def _turned(points: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """East and north -> along the axis and to the right of it; its own inverse. [m]."""
    sine, cosine = np.sin(np.radians(axis)), np.cos(np.radians(axis))
    east, north = points[..., 0], points[..., 1]
    return np.stack([east * sine + north * cosine, east * cosine - north * sine], axis=-1)


def _tilts(forms: Forms, boxes: _Rectangles) -> tuple[np.ndarray, np.ndarray]:
    """Tilt along the ridge: stated, by height over run, or assumed [deg]; and where it is flat."""
    run = np.where(forms.kind == "shed", boxes.width, boxes.width / 2.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        rising = np.degrees(np.arctan(forms.height / run))
    # A height that makes walls of the planes, or none at all, is not that of the roof.
    told = (rising <= STEEPEST_DEG) & (forms.height > 0.0) & np.isnan(forms.tilt)
    known = np.where(told, rising, forms.tilt)
    level = known < FLAT_BELOW_DEG
    return np.where(level, 0.0, np.where(np.isnan(known), forms.assumed, known)), level


class _Cell(NamedTuple):
    """One part of every roof: corners (row, corner, 2) [m], azimuth and tilt (row,) [deg]."""

    corners: np.ndarray
    azimuth: np.ndarray
    tilt: np.ndarray


def _cells(kind: str, boxes: _Rectangles, tilt: np.ndarray) -> list[_Cell]:
    """Parts of the plane about each rectangle: right and left of the ridge, then its two ends."""
    # A needle keeps some width, or its cells would have no inside.
    length, width = boxes.length, np.maximum(boxes.width, 1e-6 * boxes.length)
    if kind in {"gabled", "steel"}:
        far = length + width
        half, reach, rise, ends = far, 0.0 * far, far, False
    elif kind == "hipped":
        half, reach, rise, ends = (length - width) / 2.0, width, width, True
    else:
        half, reach, rise, ends = np.zeros(len(length)), length, width, True
    flatter = tilt
    if kind == "pyramidal":
        flatter = np.degrees(np.arctan(np.tan(np.radians(tilt)) * width / length))
    nothing = np.zeros(len(half))
    out = half + reach
    quarters = [
        (90.0, tilt, [(-half, nothing), (half, nothing), (out, rise), (-out, rise)]),
        (270.0, tilt, [(-half, nothing), (half, nothing), (out, -rise), (-out, -rise)]),
        (0.0, flatter, [(half, nothing), (out, rise), (out, -rise)]),
        (180.0, flatter, [(-half, nothing), (-out, rise), (-out, -rise)]),
    ]
    return [
        _Cell(_placed(corners, boxes), (boxes.axis + turn) % 360.0, slope)
        for turn, slope, corners in quarters[: 4 if ends else 2]
    ]


def _placed(corners: list[tuple[np.ndarray, np.ndarray]], boxes: _Rectangles) -> np.ndarray:
    """Corners along and across the ridge -> east and north. [m]."""
    along = np.stack([np.stack(corner, axis=-1) for corner in corners], axis=1)
    return _turned(along, boxes.axis[:, None]) + boxes.centre[:, None, :]


def _cut(rows: np.ndarray, outlines: np.ndarray, cells: list[_Cell]) -> list[pd.DataFrame]:
    """Every cell within its footprint."""
    whole, broken = outlines.copy(), ~shapely.is_valid(outlines)
    whole[broken] = polygons_only(shapely.make_valid(outlines[broken]))
    return [
        _pieces(rows, part, _common(whole, cell), cell.azimuth, cell.tilt)
        for part, cell in enumerate(cells)
    ]


def _common(outlines: np.ndarray, cell: _Cell) -> np.ndarray:
    common = polygons_only(shapely.intersection(outlines, shapely.polygons(cell.corners)))
    # A hip that ends at a corner of the footprint meets it but for rounding.
    points, owner = shapely.get_coordinates(common, return_index=True)
    steps = np.abs(np.diff(points, axis=0)).max(axis=1, initial=0.0)
    twice = np.unique(owner[1:][(steps < _SAME_POINT_M) & (owner[1:] == owner[:-1])])
    common[twice] = shapely.simplify(common[twice], _SAME_POINT_M)
    return common


def polygons_only(shapes: np.ndarray) -> np.ndarray:
    """
    Shapes without the points and lines that are among their polygons.

    Parameters
    ----------
    shapes : ndarray of geometries (row,)

    Returns
    -------
    ndarray of polygons (row,)
        Empty ones where there is no polygon.
    """
    kept = shapes.copy()
    types = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
    for i in np.flatnonzero(~np.isin(shapely.get_type_id(shapes), types)):
        parts = shapely.get_parts(shapely.get_parts(shapes[i]))
        polygons = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
        kept[i] = shapely.multipolygons(polygons)
    return kept


def _pieces(
    rows: np.ndarray, part: int, shapes: np.ndarray, azimuth: np.ndarray, tilt: np.ndarray
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "row": rows,
            "part": np.full(len(rows), part),
            "roof_tilt": tilt,
            "roof_azimuth": azimuth,
            "plan_m2": shapely.area(shapes),
            "geometry": shapes.astype(object),
        }
    )
