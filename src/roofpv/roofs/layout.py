"""Modules on the installable area of every plane: whole ones, packed row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from roofpv.assumptions import Layout, Module
from roofpv.roofs.designs import ORIENTATIONS, Design, pitch_of_gcr
from roofpv.roofs.inplane import framed_planes
from roofpv.roofs.metric import long_axis
from roofpv.roofs.options import LayoutOption, stated_option
from roofpv.roofs.packing import Packed, Variant, module_outlines, module_positions, pack_variants
from roofpv.roofs.spacing import ground_cover_ratio

_DESIGN_KINDS = {
    "south_racks": "south", "aligned_racks": "aligned", "flat": "aligned", "east_west": "east_west",
}  # fmt: skip
COVERED = ("module_area_m2", "projected_module_area_m2", "array_field_area_m2")
_NUMBERS = ("surface_tilt", "surface_azimuth", "gcr", "pitch_m", "module_count", "kwp", *COVERED)
# Of the rectangle in place of an outline that is not drawn; only its direction is asked for.
_LONGER_ALONG_X = 2.0
_TEXTS = ("layout", "orientation", "row_kind")


@dataclass(frozen=True)
class Packing:
    """
    Modules of some planes, packed in one way.

    Parameters
    ----------
    rows : ndarray of int
        Places of the planes in their table.
    packed : Packed
        Their installable areas, in their frames.
    chosen : ndarray of bool
        Whether this way is taken; another may hold more.
    columns : mapping of str to ndarray
        What ``lay_modules`` says of them.
    """

    rows: np.ndarray
    packed: Packed
    chosen: np.ndarray
    columns: Mapping[str, np.ndarray]


def lay_modules(
    planes: pd.DataFrame,
    latitude: np.ndarray,
    layout: Layout,
    module: Module,
    option: LayoutOption | None = None,
) -> pd.DataFrame:
    """
    Set whole modules on the installable area.

    Parameters
    ----------
    planes : DataFrame (plane,)
        From ``installable_area``; a plane with ``stated_kwp`` keeps that capacity as it is.
    latitude : ndarray (plane,)
        [deg]
    layout : Layout
    module : Module
    option : LayoutOption, optional
        For flat planes; none: as ``layout`` states. Sloping planes carry flush modules.

    Returns
    -------
    DataFrame (plane,)
        With ``layout`` (name of the option, "flush", or "stated" where the capacity is),
        ``orientation`` of the modules, ``surface_tilt surface_azimuth`` of the array (of a dome its
        eastern side) [deg], ``gcr``, ``pitch_m`` [m], ``row_kind`` ("racks" of rows that shade each
        other, "domes" of two sides, or "none"), ``module_count``, ``kwp``, and the three covered
        areas ``module_area_m2`` (sloped), ``projected_module_area_m2``, ``array_field_area_m2``
        (with row gaps) [m2].
    """
    return lay_options(planes, latitude, layout, module, [option or stated_option(layout)])[0]


def lay_options(
    planes: pd.DataFrame,
    latitude: np.ndarray,
    layout: Layout,
    module: Module,
    options: Sequence[LayoutOption],
) -> list[pd.DataFrame]:
    """
    Set modules in several ways; as ``lay_modules``, one table for each option.

    Parameters
    ----------
    planes, latitude, layout, module
        As in ``lay_modules``.
    options : sequence of LayoutOption

    Returns
    -------
    list of DataFrame (plane,)
    """
    flush = pack_flush(planes, layout, module)
    racks = pack_flat(planes, latitude, layout, module, options)
    return [_laid(planes, [*flush, one]) for one in racks]


def pack_flush(planes: pd.DataFrame, layout: Layout, module: Module) -> list[Packing]:
    """
    Pack sloping planes with flush modules, portrait and landscape; the one with more is chosen.

    Parameters
    ----------
    planes, layout, module
        As in ``lay_modules``.

    Returns
    -------
    list of Packing
    """
    rows = np.flatnonzero(_unstated(planes) & (planes["roof_form"] != "flat").to_numpy())
    some = planes.iloc[rows]
    tilt, azimuth = some["roof_tilt"].to_numpy(), some["roof_azimuth"].to_numpy()
    designs = [
        Design("flush", module.length_m, module.width_m, way, gap_m=layout.gap_m)
        for way in ORIENTATIONS
    ]
    both = pack_variants(
        some["installable"].to_numpy(dtype=object),
        [Variant(design, 90.0, tilt_deg=tilt) for design in designs],
    )
    first, second = (one.roofs["module_count"].to_numpy() for one in both)
    turned = second > first
    array = _Array(tilt, azimuth, np.ones(rows.size), "flush", "none")
    return [
        Packing(rows, one, chosen, _columns(one, array, module))
        for one, chosen in zip(both, (~turned, turned), strict=True)
    ]


def pack_flat(
    planes: pd.DataFrame,
    latitude: np.ndarray,
    layout: Layout,
    module: Module,
    options: Sequence[LayoutOption],
) -> list[Packing]:
    """
    Pack flat planes in several ways.

    Parameters
    ----------
    planes, latitude, layout, module
        As in ``lay_modules``.
    options : sequence of LayoutOption

    Returns
    -------
    list of Packing
        One for each option.
    """
    rows = np.flatnonzero(_unstated(planes) & (planes["roof_form"] == "flat").to_numpy())
    some, lat = planes.iloc[rows], latitude[rows]
    axis, facing = _sides(some, lat, [option.kind for option in options])
    variants, arrays = [], []
    for option in options:
        row = _row_azimuth(option, axis, facing)
        azimuth = (row + 90.0 + facing - 180.0) % 360.0
        design = _design(option, layout, module)
        off = np.where(np.isnan(lat), np.nan, row - 90.0)
        rise = np.tan(np.radians(some["roof_tilt"].to_numpy())) * np.cos(
            np.radians(some["roof_azimuth"].to_numpy() - azimuth)
        )
        pitch, gcr = _spacing(option, design, layout, (lat, off, rise))
        variants.append(Variant(design, row, pitch_m=pitch))
        kind = {"east_west": "domes", "flat": "none"}.get(option.kind, "racks")
        if option.tilt_deg == 0.0:
            kind = "none"
        tilt = np.full(rows.size, option.tilt_deg)
        arrays.append(_Array(tilt, azimuth, gcr, option.name, kind))
    packed = pack_variants(some["installable"].to_numpy(dtype=object), variants)
    everywhere = np.ones(rows.size, dtype=bool)
    return [
        Packing(rows, one, everywhere, _columns(one, array, module))
        for one, array in zip(packed, arrays, strict=True)
    ]


def module_places(packings: Sequence[Packing]) -> pd.DataFrame:
    """
    Where every module lies.

    Parameters
    ----------
    packings : sequence of Packing

    Returns
    -------
    DataFrame (module,)
        ``plane`` (its place in the table), ``row`` from the lowest or the one nearest the equator,
        ``side`` of its dome (0 east, 1 west; 0 without), ``outline`` in the frame of the plane,
        seen from above it [m].
    """
    found = []
    for one in packings:
        modules = module_positions(one.packed)
        modules = modules[one.chosen[modules["roof"].to_numpy()]]
        outline = module_outlines(one.packed, modules)
        roof = modules["roof"].to_numpy()
        along = one.packed.row_azimuth_deg[roof]
        away = (modules["surface_azimuth"].to_numpy() - along) % 360.0
        found.append(
            pd.DataFrame(
                {
                    "plane": one.rows[roof],
                    "row": modules["row"].to_numpy(),
                    "side": (away > 180.0).astype(int),
                    "outline": outline.astype(object),
                }
            )
        )
    return pd.concat(found, ignore_index=True).sort_values(
        ["plane", "row", "side"], kind="stable", ignore_index=True
    )


@dataclass(frozen=True)
class _Array:
    """Orientation, spacing and name of the arrays of some planes."""

    tilt: np.ndarray
    azimuth: np.ndarray
    gcr: np.ndarray
    name: str
    row_kind: str


def _sides(
    planes: pd.DataFrame, latitude: np.ndarray, kinds: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Long side of each plane in its frame, where a layout needs it, and the frame's south."""
    if set(kinds) <= {"south_racks"}:
        return np.full(len(planes), 90.0), np.where(latitude < 0.0, 0.0, 180.0)
    frames, outlines = framed_planes(planes, latitude, _LONGER_ALONG_X)
    return long_axis(outlines), frames.facing


def _row_azimuth(option: LayoutOption, axis: np.ndarray, facing: np.ndarray) -> np.ndarray:
    """Direction along the rows in the frame, the modules facing to its right. [deg]."""
    if option.kind == "south_racks":
        return np.full(len(axis), 90.0)
    # The first side of a dome is its eastern one; y of the frame is toward the pole.
    eastern = np.where(facing == 0.0, 180.0, 0.0)
    wanted = eastern if option.kind == "east_west" else np.full(len(axis), 90.0)
    # Of the two sides of the roof, that which is nearest to the wanted direction.
    return np.asarray(wanted + (axis - wanted + 45.0) % 90.0 - 45.0)


def _design(option: LayoutOption, layout: Layout, module: Module) -> Design:
    return Design(
        _DESIGN_KINDS[option.kind],
        module.length_m,
        module.width_m,
        layout.orientation,
        tilt_deg=option.tilt_deg,
        rows_per_table=layout.rows_per_table,
        modules_per_table=layout.modules_per_table,
        gap_m=layout.gap_m,
        aisle_every_m=layout.aisle_every_m if layout.aisle_m > 0.0 else None,
        aisle_m=layout.aisle_m,
    )


def _spacing(
    option: LayoutOption,
    design: Design,
    layout: Layout,
    place: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Pitch [m] and ground cover ratio, by latitude, turn off the equator and rise of the roof."""
    latitude, off, rise = place
    tilt = np.full(latitude.size, option.tilt_deg)
    depth = design.depth(tilt)
    if option.kind == "east_west":
        pitch = depth + layout.dome_gap_m
    elif option.tilt_deg == 0.0:
        pitch = depth + layout.gap_m
    else:
        cover = ground_cover_ratio(tilt, latitude, layout, off_equator_deg=off, rise=rise)
        pitch = np.maximum(pitch_of_gcr(design, cover), depth)
    pitch = np.where(np.isnan(latitude), np.nan, pitch)
    return pitch, design.sides * design.slope_length_m / pitch


def _columns(packed: Packed, array: _Array, module: Module) -> Mapping[str, np.ndarray]:
    roofs = packed.roofs
    count = roofs["module_count"].to_numpy()
    return {
        "layout": np.full(len(count), array.name, dtype=object),
        "orientation": np.full(len(count), packed.design.orientation, dtype=object),
        "row_kind": np.full(len(count), array.row_kind, dtype=object),
        "surface_tilt": array.tilt,
        "surface_azimuth": array.azimuth,
        "gcr": array.gcr,
        "pitch_m": packed.pitch_m,
        "module_count": count,
        "kwp": count * module.power_w / 1000.0,
        **{name: roofs[name].to_numpy() for name in COVERED},
    }


def _laid(planes: pd.DataFrame, packings: Sequence[Packing]) -> pd.DataFrame:
    """Planes with the columns of the ways that are chosen; as stated where the capacity is."""
    values: dict[str, np.ndarray] = {name: np.full(len(planes), np.nan) for name in _NUMBERS}
    values |= {name: np.full(len(planes), None, dtype=object) for name in _TEXTS}
    stated = ~_unstated(planes)
    values["layout"][stated], values["row_kind"][:] = "stated", "none"
    values["surface_tilt"][stated] = planes["roof_tilt"].to_numpy()[stated]
    values["surface_azimuth"][stated] = planes["roof_azimuth"].to_numpy()[stated]
    values["gcr"][stated] = 1.0
    if stated.any():
        values["kwp"][stated] = planes["stated_kwp"].to_numpy(dtype=float)[stated]
    for one in packings:
        rows = one.rows[one.chosen]
        for name in values:
            values[name][rows] = one.columns[name][one.chosen]
    return planes.drop(columns="stated_kwp", errors="ignore").assign(**values)


def _unstated(planes: pd.DataFrame) -> np.ndarray:
    if "stated_kwp" not in planes:
        return np.ones(len(planes), dtype=bool)
    return np.isnan(planes["stated_kwp"].to_numpy(dtype=float))
