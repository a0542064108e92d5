"""Frames of roof planes, true size: x along the contour, y up the slope or toward the pole."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely

from roofpv.roofs.convex import are_valid
from roofpv.roofs.shapes import polygons_only
from roofpv.roofs.slices import NOTHING

# Nothing is set on planes that are steeper; the cosine of 90 degrees has no inverse.
_STEEPEST_DEG = 89.0


class PlaneFrames(NamedTuple):
    """
    Frame of each plane, about the origin of the local metres of its footprint.

    ``facing`` azimuth down the slope, on flat planes that of the equator [deg], ``tilt`` by which
    plan is foreshortened, 0 on flat planes [deg], ``scale`` from drawn to stated lengths [1],
    ``drawn`` whether the plane has a geometry (all (plane,)). Where it has none, its rectangle
    stands about the origin of the frame.
    """

    facing: np.ndarray
    tilt: np.ndarray
    scale: np.ndarray
    drawn: np.ndarray

    def at(self, rows: np.ndarray) -> PlaneFrames:
        """Frames of these rows, in this order."""
        return PlaneFrames(*(values[rows] for values in self))

    def into(self, local: np.ndarray) -> np.ndarray:
        """
        Move shapes from plan into the planes.

        Parameters
        ----------
        local : ndarray of geometries (plane,)
            East and north, in the local metres of the footprint. [m]

        Returns
        -------
        ndarray of geometries (plane,)
            Along x and y of the plane [m]; missing stays missing.
        """
        points, owner = shapely.get_coordinates(local, return_index=True)
        sine, cosine = self._directions(owner)
        scale, rise = self.scale[owner], self._foreshortening(owner)
        x = (points[:, 1] * sine - points[:, 0] * cosine) * scale
        y = -(points[:, 0] * sine + points[:, 1] * cosine) * scale / rise
        return _moved(local, x, y)

    def back(self, placed: np.ndarray) -> np.ndarray:
        """
        Move shapes from the planes back into plan.

        Parameters
        ----------
        placed : ndarray of geometries (plane,)
            In the frames of the planes. [m]

        Returns
        -------
        ndarray of geometries (plane,)
            East and north, in the local metres of the footprint [m]; missing stays missing.
        """
        points, owner = shapely.get_coordinates(placed, return_index=True)
        sine, cosine = self._directions(owner)
        scale, rise = self.scale[owner], self._foreshortening(owner)
        x, y = points[:, 0] / scale, points[:, 1] * rise / scale
        return _moved(placed, -x * cosine - y * sine, x * sine - y * cosine)

    def _directions(self, owner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        facing = np.radians(self.facing)
        return np.sin(facing)[owner], np.cos(facing)[owner]

    def _foreshortening(self, owner: np.ndarray) -> np.ndarray:
        return np.cos(np.radians(self.tilt))[owner]


def _moved(shapes: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    moved: np.ndarray = shapely.set_coordinates(shapely.force_2d(shapes), np.column_stack([x, y]))
    return moved


def framed_planes(
    planes: pd.DataFrame, latitude: np.ndarray, stand_in_aspect: float
) -> tuple[PlaneFrames, np.ndarray]:
    """
    Frames of planes, and their outlines in them.

    Parameters
    ----------
    planes : DataFrame (plane,)
        ``roof_form roof_tilt roof_azimuth`` [deg], ``area_m2`` [m2], ``geometry`` in the local
        metres of the footprint or none [m].
    latitude : ndarray (plane,)
        Flat planes have y toward the pole; where it is missing, to the north. [deg]
    stand_in_aspect : float
        Length along x over length up y of the rectangle in place of a missing geometry. [1]

    Returns
    -------
    frames : PlaneFrames (plane,)
    outlines : ndarray of polygons (plane,)
        Valid, each of exactly its ``area_m2``; empty where there is no area. [m]
    """
    flat = (planes["roof_form"] == "flat").to_numpy(dtype=bool)
    equator = np.where(latitude < 0.0, 0.0, 180.0)
    azimuth = planes["roof_azimuth"].to_numpy(dtype=float)
    facing = np.where(flat | np.isnan(azimuth), equator, azimuth)
    tilt = np.where(flat, 0.0, np.nan_to_num(planes["roof_tilt"].to_numpy(dtype=float)))
    area = planes["area_m2"].to_numpy(dtype=float)
    unscaled = PlaneFrames(
        facing,
        np.minimum(tilt, _STEEPEST_DEG),
        np.ones(len(planes)),
        np.zeros(len(planes), dtype=bool),
    )
    given = planes["geometry"].to_numpy(dtype=object).copy()
    given[shapely.is_missing(given)] = NOTHING
    outlines = _mended(unscaled.into(given))
    seen = shapely.area(outlines)
    drawn, real = (seen > 0.0) & np.isfinite(seen), area > 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(drawn & real, np.sqrt(area / seen), 1.0)
    frames = unscaled._replace(scale=scale, drawn=drawn)
    points, owner = shapely.get_coordinates(outlines, return_index=True)
    outlines = shapely.set_coordinates(outlines, points * scale[owner, None])
    missing = real & ~drawn
    outlines[missing] = _rectangles(area[missing], stand_in_aspect)
    outlines[~real] = NOTHING
    return frames, outlines


def _mended(outlines: np.ndarray) -> np.ndarray:
    """Polygons in place of outlines that cross themselves."""
    crossed = ~are_valid(outlines)
    outlines[crossed] = shapely.make_valid(outlines[crossed])
    return polygons_only(outlines)


def _rectangles(area: np.ndarray, aspect: float) -> np.ndarray:
    x, y = np.sqrt(area * aspect) / 2.0, np.sqrt(area / aspect) / 2.0
    boxes: np.ndarray = shapely.box(-x, -y, x, y)
    return boxes
