"""Weather cells: the places that a service is asked for, each standing for many buildings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roofpv.errors import InvalidConfig

Degrees = npt.NDArray[np.float64]

SMALLEST_DEGREES, LARGEST_DEGREES = 0.01, 5.0
# A hundred metres: finer than the finest cell, so that name and request say the same.
_DECIMALS = 3


@dataclass(frozen=True, order=True)
class Cell:
    """A place to ask for [deg], and how many buildings it stands for."""

    latitude: float
    longitude: float
    buildings: int = 0

    @property
    def label(self) -> str:
        """Its place as text, such as "39.125N_106.375E"."""
        north = "N" if self.latitude >= 0 else "S"
        east = "E" if self.longitude >= 0 else "W"
        return f"{abs(self.latitude):.3f}{north}_{abs(self.longitude):.3f}{east}"


def cells_of(
    longitude: npt.ArrayLike, latitude: npt.ArrayLike, degrees: float
) -> tuple[list[Cell], npt.NDArray[np.bool_]]:
    """
    Cells of a grid in which buildings lie.

    Parameters
    ----------
    longitude, latitude : array (building,)
        NaN where the place is not known. [deg]
    degrees : float
        Width of a cell; its edges are multiples of it. [deg]

    Returns
    -------
    (list of Cell, array of bool (building,))
        The cells from south to north and west to east, and which buildings have a place.

    Raises
    ------
    InvalidConfig
        A width outside 0.01 to 5 degrees.
    """
    lon, lat = np.asarray(longitude, dtype=float), np.asarray(latitude, dtype=float)
    placed: npt.NDArray[np.bool_] = np.isfinite(lon) & np.isfinite(lat)
    centres = np.column_stack(_centres(lat[placed], lon[placed], degrees))
    unique, counts = np.unique(centres, axis=0, return_counts=True)
    found = [
        Cell(float(row[0]), float(row[1]), int(count))
        for row, count in zip(unique, counts, strict=True)
    ]
    return found, placed


def exact_cells(points: Sequence[tuple[float, float]]) -> list[Cell]:
    """
    Points as they are, each once.

    Parameters
    ----------
    points : sequence of (latitude, longitude)
        [deg]

    Raises
    ------
    InvalidConfig
        A point that is no place on Earth.
    """
    for lat, lon in points:
        if not (abs(lat) <= 90 and abs(lon) <= 180):
            raise InvalidConfig(
                "--lat, --lon",
                f"latitude {lat:g}, longitude {lon:g} is no place on Earth",
                "Give them in degrees",
            )
    # The sum with zero turns -0.0 into 0.0.
    rounded = ((round(lat, _DECIMALS) + 0.0, round(lon, _DECIMALS) + 0.0) for lat, lon in points)
    return [Cell(lat, lon) for lat, lon in dict.fromkeys(rounded)]


def snapped_cells(points: Sequence[tuple[float, float]], degrees: float) -> list[Cell]:
    """
    Cells of a grid in which points (latitude, longitude) lie [deg].

    Raises
    ------
    InvalidConfig
        A point that is no place on Earth, or a width outside 0.01 to 5 degrees.
    """
    known = exact_cells(points)
    found, _ = cells_of([c.longitude for c in known], [c.latitude for c in known], degrees)
    return [Cell(cell.latitude, cell.longitude) for cell in found]


def _centres(lat: Degrees, lon: Degrees, degrees: float) -> tuple[Degrees, Degrees]:
    if not SMALLEST_DEGREES <= degrees <= LARGEST_DEGREES:
        raise InvalidConfig(
            "--cell-degrees",
            f"{degrees:g} is outside {SMALLEST_DEGREES:g} to {LARGEST_DEGREES:g}",
            "Give the width of a weather cell in degrees",
        )
    # 39.25 / 0.05 is 784.9999999999999, and must not fall into the cell below.
    index = [np.floor(np.round(axis / degrees, 6)) for axis in (lat, lon)]
    centre_lat, centre_lon = ((i + 0.5) * degrees for i in index)
    pole = 90.0 - degrees / 2.0
    inside = np.clip(centre_lat, -pole, pole)
    around = (centre_lon + 180.0) % 360.0 - 180.0
    return _rounded(inside), _rounded(around)


def _rounded(axis: npt.NDArray[np.floating]) -> Degrees:
    # The sum with zero turns -0.0 into 0.0.
    return np.asarray(np.round(axis, _DECIMALS) + 0.0, dtype=np.float64)
