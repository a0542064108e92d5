"""Planes of the buildings of a result as they were before modules were set on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from roofpv import roofs
from roofpv.assumptions import Assumptions, from_values
from roofpv.results import Result
from roofpv.roofs.inplane import PlaneFrames


@dataclass(frozen=True, eq=False)
class PreparedPlanes:
    """
    Planes of a result again, with what carries no modules.

    Parameters
    ----------
    planes : DataFrame (plane,)
        With ``installable`` polygons.
    laid : DataFrame (plane,)
        The same planes in the result.
    building : ndarray of int (plane,)
        Row of the building of each plane.
    taken : DataFrame (shape,)
        Of ``roofs.deduction_shapes``.
    frames : PlaneFrames (plane,)
    outlines : ndarray of polygons (plane,)
        In the frames. [m]
    assumed : Assumptions
    """

    planes: pd.DataFrame
    laid: pd.DataFrame
    building: np.ndarray
    taken: pd.DataFrame
    frames: PlaneFrames
    outlines: np.ndarray
    assumed: Assumptions

    @property
    def latitude(self) -> np.ndarray:
        """Of each plane. [deg]."""
        return np.asarray(self.planes["lat"].to_numpy(dtype=float))


def prepared_planes(result: Result) -> PreparedPlanes | None:
    """
    Prepare the planes of a result again; None where the areas of the result are not found again.

    Parameters
    ----------
    result : Result
    """
    assumed = from_values({a["key"]: a["value"] for a in result.run["assumptions"]}, "run.json")
    buildings, laid = result.buildings, result.planes.reset_index(drop=True)
    again = roofs.planes_again(laid, buildings, result.zones, assumed)
    if again.other.any():
        return None
    planes, owners = again.planes, again.owners
    taken = roofs.deduction_shapes(planes, owners, result.zones, assumed).reset_index()
    latitude = owners["lat"].to_numpy(dtype=float)
    frames, outlines = roofs.framed_planes(planes, latitude, assumed.roofs.stand_in_aspect)
    return PreparedPlanes(again.ready, laid, again.owner, taken, frames, outlines, assumed)
