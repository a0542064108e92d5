"""Ways to set modules on a roof: racks toward one side, east-west domes, or flush on the plane."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from roofpv.errors import InvalidConfig

KINDS = ("south", "aligned", "east_west", "flush")
ORIENTATIONS = ("portrait", "landscape")
_LEAST_M = 0.01


@dataclass(frozen=True)
class Design:
    """
    One way to set modules; a *table* is what is mounted as one piece.

    Parameters
    ----------
    kind : str
        ``south`` and ``aligned``: racks that face to the right of the row direction; they differ
        only in the direction that the caller gives. ``east_west``: domes of two rows back to back.
        ``flush``: in the plane of the roof.
    module_length_m, module_width_m : float
        Long and short side. [m]
    orientation : str
        ``portrait``: the long side up the slope; ``landscape``: along the row.
    tilt_deg : float
        Of the modules from horizontal; for ``flush`` that of the roof plane. [deg]
    rows_per_table, modules_per_table : int
        Modules up the slope (on each side of a dome) and along the row.
    pitch_m : float, optional
        Row to row, in plan (``flush``: in the plane); none: the depth of a table and a gap. [m]
    gap_m : float
        Between modules, in a table and between tables. [m]
    ridge_gap_m : float
        In plan, between the two sides of a dome. [m]
    aisle_every_rows : int
        Rows of tables between two aisles along the rows; 0: no aisle for that reason.
    aisle_every_m : float, optional
        Farthest from one aisle to the next, the rows between them included; rows that are an aisle
        apart need no other. [m]
    aisle_m : float
        What an aisle adds to the pitch. [m]
    """

    kind: str
    module_length_m: float
    module_width_m: float
    orientation: str = "portrait"
    tilt_deg: float = 0.0
    rows_per_table: int = 1
    modules_per_table: int = 1
    pitch_m: float | None = None
    gap_m: float = 0.02
    ridge_gap_m: float = 0.0
    aisle_every_rows: int = 0
    aisle_every_m: float | None = None
    aisle_m: float = 1.2

    def __post_init__(self) -> None:
        """Refuse what cannot be built."""
        _one_of("kind", self.kind, KINDS)
        _one_of("orientation", self.orientation, ORIENTATIONS)
        _within("module_length_m", self.module_length_m, _LEAST_M, 100.0)
        _within("module_width_m", self.module_width_m, _LEAST_M, 100.0)
        _within("tilt_deg", self.tilt_deg, 0.0, 89.0)
        _within("gap_m", self.gap_m, 0.0, 100.0)
        _within("ridge_gap_m", self.ridge_gap_m, 0.0, 100.0)
        _within("aisle_m", self.aisle_m, 0.0, 100.0)
        _whole("rows_per_table", self.rows_per_table, 1)
        _whole("modules_per_table", self.modules_per_table, 1)
        _whole("aisle_every_rows", self.aisle_every_rows, 0)
        if self.aisle_every_m is not None:
            _within("aisle_every_m", self.aisle_every_m, _LEAST_M, math.inf)

    @property
    def sides(self) -> int:
        """Slopes of a table: 2 for a dome."""
        return 2 if self.kind == "east_west" else 1

    @property
    def modules_in_table(self) -> int:
        """Modules of one table."""
        return self.sides * self.rows_per_table * self.modules_per_table

    @property
    def module_area_m2(self) -> float:
        """Area of one module. [m2]."""
        return self.module_length_m * self.module_width_m

    @property
    def along_m(self) -> float:
        """Side of a module along the row. [m]."""
        return self.module_width_m if self.orientation == "portrait" else self.module_length_m

    @property
    def up_m(self) -> float:
        """Side of a module up the slope. [m]."""
        return self.module_length_m if self.orientation == "portrait" else self.module_width_m

    @property
    def table_width_m(self) -> float:
        """Table along the row. [m]."""
        return self.modules_per_table * (self.along_m + self.gap_m) - self.gap_m

    @property
    def slope_length_m(self) -> float:
        """Table up its slope (one side of a dome). [m]."""
        return self.rows_per_table * (self.up_m + self.gap_m) - self.gap_m

    def foreshortening(self, tilt_deg: np.ndarray) -> np.ndarray:
        """Length across the rows per length up the slope: 1 where the roof is seen in its plane."""
        flush = self.kind == "flush"
        return np.ones(len(tilt_deg)) if flush else np.cos(np.radians(tilt_deg))

    def depth(self, tilt_deg: np.ndarray) -> np.ndarray:
        """Table across the row. [m]."""
        one = self.slope_length_m * self.foreshortening(tilt_deg)
        return one if self.sides == 1 else 2.0 * one + self.ridge_gap_m


def pitch_of_gcr(design: Design, gcr: np.ndarray) -> np.ndarray:
    """
    Row to row of tables with a ground cover ratio, as ``ground_cover_ratio`` gives it for racks.

    Parameters
    ----------
    design : Design
    gcr : ndarray
        Sloped length (of both sides of a dome) over pitch.

    Returns
    -------
    ndarray
        [m]
    """
    return np.asarray(design.sides * design.slope_length_m / gcr)


def rows_between_aisles(design: Design, pitch_m: np.ndarray, depth_m: np.ndarray) -> np.ndarray:
    """
    Rows of tables from one aisle to the next, at least 1; 0 where there is no aisle.

    ``aisle_every_m`` asks for none where the rows themselves are an aisle apart.
    """
    rows = np.full(len(pitch_m), design.aisle_every_rows, dtype=float)
    if design.aisle_every_m is None:
        return rows
    by_length = np.maximum(np.floor((design.aisle_every_m - design.aisle_m) / pitch_m), 1.0)
    by_length = np.where(rows > 0, np.minimum(rows, by_length), by_length)
    return np.where(pitch_m - depth_m >= design.aisle_m, rows, by_length)


def _one_of(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise InvalidConfig(
            f"design.{name} = {value}", "no such choice", f"Choose one of {', '.join(choices)}"
        )


def _within(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise InvalidConfig(
            f"design.{name} = {value:g}",
            f"must be from {low:g} to {high:g}",
            "Correct the number",
        )


def _whole(name: str, value: int, low: int) -> None:
    if value != int(value) or value < low:
        raise InvalidConfig(
            f"design.{name} = {value}", f"must be a whole number from {low}", "Correct the number"
        )
