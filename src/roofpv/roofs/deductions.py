"""The steps from the whole of roof planes to what is installable, each taking from what is left."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
import shapely

from roofpv.assumptions import Assumptions, Roofs
from roofpv.roofs.inplane import PlaneFrames
from roofpv.roofs.overlays import within, without
from roofpv.roofs.shadows import shadow_fans
from roofpv.roofs.slices import NOTHING, slice_off
from roofpv.roofs.strips import swept, without_narrow, without_small, without_strips
from roofpv.roofs.zones import ZonesOnPlanes
from roofpv.schema import USES

# In the order of the steps. Areas whose place is not known come last, or a wider strip could leave
# more: they would be taken from parts that are too narrow anyway.
REASONS = ("unsuitable", "shaded", "zones", "edges", "narrow", "plant", "other_use", "stated")

# Of an area; a smaller difference is rounding.
_ROUNDING = 1e-12
# The first step, which no survey gives back.
_SUITABLE = 2


@dataclass(frozen=True, eq=False)
class Case:
    """
    What the steps know of every plane.

    ``planes`` and ``owners`` as ``installable_area`` takes them, ``frames`` of the planes and the
    ``zones`` on them (all (plane,)).
    """

    planes: pd.DataFrame
    owners: pd.DataFrame
    frames: PlaneFrames
    zones: ZonesOnPlanes
    _by_form: dict[str, np.ndarray] = field(default_factory=dict)

    def form(self, name: str) -> np.ndarray:
        """Which planes have this form."""
        if name not in self._by_form:
            told = self.planes["roof_form"].to_numpy(dtype=object)
            self._by_form[name] = np.asarray(told == name)
        return self._by_form[name]

    def latitude(self) -> np.ndarray:
        """Of the buildings. [deg]."""
        return self.owners["lat"].to_numpy(dtype=float)

    def stated(self, name: str) -> np.ndarray:
        """A number of the building of each plane; missing where there is no such column."""
        if name not in self.owners:
            return np.full(len(self.owners), np.nan)
        return self.owners[name].to_numpy(dtype=float)

    def of_building(self, values: np.ndarray) -> np.ndarray:
        """Sum over all planes of the building of each plane; missing values count as 0."""
        code, count = self._buildings
        return np.bincount(code, np.nan_to_num(values), count)[code]

    @cached_property
    def _buildings(self) -> tuple[np.ndarray, int]:
        """Number of the building of each plane, and how many there are."""
        code, keys = pd.factorize(self.planes["building_id"])
        return code, len(keys)

    def fraction(self, roofs: Roofs) -> np.ndarray:
        """Stated share of the area of each plane that is installable, or missing. [1]."""
        by_form = (
            roofs.flat_installable_fraction,
            roofs.steel_installable_fraction,
            roofs.pitched_installable_fraction,
        )
        flat, steel, other = (np.nan if one is None else one for one in by_form)
        return np.select([self.form("flat"), self.form("steel")], [flat, steel], other)


class Left:
    """What is left of every plane, polygons and their area, after each step."""

    def __init__(self, outlines: np.ndarray, area_m2: np.ndarray) -> None:
        self.shapes, self.areas = [outlines], [area_m2]

    @property
    def shape(self) -> np.ndarray:
        """Polygons after the last step (plane,). [m]."""
        return self.shapes[-1]

    @property
    def area(self) -> np.ndarray:
        """Area after the last step (plane,). [m2]."""
        return self.areas[-1]

    def rows(self, wanted: np.ndarray) -> np.ndarray:
        """Those of the wanted planes of which something is left."""
        return np.flatnonzero(wanted & (self.area > 0.0))

    def step(self, rows: np.ndarray, shapes: np.ndarray) -> None:
        """End a step: these polygons are left of these planes, and of the others what was."""
        shape, area = self.shape.copy(), self.area.copy()
        found, before = shapely.area(shapes), area[rows]
        shape[rows] = shapes
        area[rows] = np.where(found > before * (1.0 - _ROUNDING), before, found)
        self.shapes.append(shape)
        self.areas.append(area)

    def give_back(self, rows: np.ndarray, after: int) -> None:
        """Undo for these planes what came after a step."""
        for shape, area in zip(self.shapes[after + 1 :], self.areas[after + 1 :], strict=True):
            shape[rows], area[rows] = self.shapes[after][rows], self.areas[after][rows]


def take_unsuitable(left: Left, case: Case, roofs: Roofs) -> None:
    """Take planes that are too steep, and those that slope toward the pole."""
    tilt = case.planes["roof_tilt"].to_numpy(dtype=float)
    pole = np.where(case.latitude() < 0.0, 180.0, 0.0)
    azimuth = case.planes["roof_azimuth"].to_numpy(dtype=float)
    away = np.abs((azimuth - pole + 180.0) % 360.0 - 180.0)
    north = (away < 60.0) & (tilt > roofs.pole_facing_tilt)
    rows = left.rows(north | (tilt > roofs.steepest_deg))
    left.step(rows, np.full(len(rows), NOTHING, dtype=object))


def take_shaded(left: Left, case: Case, roofs: Roofs) -> None:
    """Take planes that get less of their sun than the limit, where it is known."""
    if "solar_access" not in case.planes:
        left.step(left.rows(np.zeros(len(left.area), dtype=bool)), np.zeros(0, dtype=object))
        return
    access = case.planes["solar_access"].to_numpy(dtype=float)
    rows = left.rows(access < roofs.min_solar_access)
    left.step(rows, np.full(len(rows), NOTHING, dtype=object))


def take_zones(left: Left, case: Case) -> np.ndarray:
    """Take the mapped zones; what those of other uses take of each plane [m2]."""
    zones = case.zones
    none_of_both = shapely.is_empty(zones.other_use) & shapely.is_empty(zones.rest)
    rows = left.rows(~none_of_both | (zones.other_use_m2 > 0.0) | (zones.rest_m2 > 0.0))
    shapes, by_other_use = left.shape[rows], np.zeros(len(left.area))
    before = shapely.area(shapes)
    shapes = without(shapes, zones.other_use[rows])
    shapes = slice_off(shapes, zones.other_use_m2[rows])
    by_other_use[rows] = np.maximum(before - shapely.area(shapes), 0.0)
    shapes = without(shapes, zones.rest[rows])
    left.step(rows, slice_off(shapes, zones.rest_m2[rows]))
    return by_other_use


def take_edges(left: Left, case: Case, assumed: Assumptions) -> None:
    """Take strips along the edges of the planes, on flat ones by a stated parapet its shadow."""
    roofs, flat, steel = assumed.roofs, case.form("flat"), case.form("steel")
    on_flat = (roofs.edge_equator_m, roofs.edge_side_m, roofs.edge_pole_m)
    if roofs.parapet_height_m is not None:
        on_flat = (0.0, 0.0, 0.0)
    on_steel = (roofs.steel_edge_m,) * 3
    on_others = (roofs.eaves_m, roofs.verge_m, roofs.ridge_m)
    rows = left.rows(np.isnan(case.fraction(roofs)))
    widths = [
        np.maximum(np.select([flat, steel], [*sides[:2]], sides[2]), assumed.layout.setback_m)[rows]
        for sides in zip(on_flat, on_steel, on_others, strict=True)
    ]
    outlines = left.shapes[0][rows]
    inner = without_strips(outlines, *widths)
    high = (roofs.parapet_height_m or 0.0) - roofs.module_clearance_m
    walled = np.flatnonzero(flat[rows] & (high > 0.0))
    if len(walled):
        fans = shadow_fans(case.latitude()[rows[walled]], case.frames.at(rows[walled]))
        dark = swept(outlines[walled], fans * high)
        inner[walled] = without(inner[walled], dark)
    cut = np.flatnonzero(left.areas[1][rows] > left.area[rows])
    inner[cut] = _also_cut(inner[cut], left, case.zones, rows[cut])
    left.step(rows, inner)


def _also_cut(inner: np.ndarray, left: Left, zones: ZonesOnPlanes, rows: np.ndarray) -> np.ndarray:
    """What strips leave of whole planes, less the zones: no strip runs about what was cut out."""
    both = without(without(inner, zones.other_use[rows]), zones.rest[rows])
    by_area = (zones.other_use_m2[rows] > 0.0) | (zones.rest_m2[rows] > 0.0)
    both[by_area] = within(inner[by_area], left.shape[rows[by_area]])
    untouched = shapely.area(inner) >= left.areas[0][rows] * (1.0 - _ROUNDING)
    both[untouched] = left.shape[rows[untouched]]
    return both


def take_narrow(left: Left, case: Case, roofs: Roofs) -> None:
    """Take parts that are too narrow, then those that are too small."""
    rows = left.rows(np.isnan(case.fraction(roofs)))
    # Small parts first as well: they need no opening, the dearest of all steps.
    large = without_small(left.shape[rows], roofs.min_part_m2)
    wide = without_narrow(large, roofs.min_width_m)
    left.step(rows, without_small(wide, roofs.min_part_m2))


def take_plant(left: Left, case: Case, assumed: Assumptions) -> None:
    """Take a share of each plane on which no plant is mapped, or all beyond a stated share."""
    area, roofs = left.areas[0], assumed.roofs
    uses = case.owners["use"].to_numpy(dtype=object) if "use" in case.owners else None
    by_use = np.full(len(area), assumed.plant.unknown_fraction)
    for use in USES if uses is not None else ():
        by_use[uses == use] = getattr(assumed.plant, f"{use}_fraction")
    flat, steel = case.form("flat"), case.form("steel")
    share = np.select(
        [flat, steel], [by_use, roofs.steel_skylight_fraction], roofs.pitched_obstacle_fraction
    )
    mapped = np.where(flat, case.zones.plant, case.zones.obstacles)
    amount = np.where(mapped, 0.0, share * area)
    fraction = case.fraction(roofs)
    amount = np.where(np.isnan(fraction), amount, left.area - fraction * area)
    rows = left.rows(amount > 0.0)
    left.step(rows, slice_off(left.shape[rows], amount[rows]))


def take_other_use(left: Left, case: Case, taken_by_zones: np.ndarray) -> None:
    """Take what other uses of a building's roof need beside their mapped zones."""
    stated = np.nan_to_num(case.stated("other_use_area_m2"))
    amount = np.maximum(stated - case.of_building(taken_by_zones), 0.0)
    rows = left.rows(amount > 0.0)
    share = np.minimum(amount[rows] / case.of_building(left.area)[rows], 1.0)
    left.step(rows, slice_off(left.shape[rows], share * left.area[rows]))


def take_stated(left: Left, case: Case) -> None:
    """Keep the usable area of a survey: take what is more, or give back what is less."""
    usable = np.maximum(case.stated("usable_area_m2"), 0.0)
    whole, now = left.areas[_SUITABLE], left.area
    of_all = case.of_building(now)
    more = usable > of_all * (1.0 + _ROUNDING)
    room = whole - now
    with np.errstate(divide="ignore", invalid="ignore"):
        kept = np.where(more, 1.0, np.minimum(usable / of_all, 1.0)) * now
        growth = np.minimum((usable - of_all) / case.of_building(room), 1.0)
        kept = np.where(more, now + np.nan_to_num(growth) * room, kept)
    left.give_back(np.flatnonzero(more), _SUITABLE)
    rows = left.rows(kept < left.area)
    left.step(rows, slice_off(left.shape[rows], left.area[rows] - kept[rows]))
