"""Modules of all roofs as runs of equal rectangles, in centimetres and millimetres."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from roofpv import roofs
from roofpv.report.page.panel_planes import PreparedPlanes
from roofpv.roofs.layout import Packing
from roofpv.roofs.packing import module_positions

# Modules of one row lie on one line but for rounding. [m]
_ONE_LINE_M = 5e-4
# A step along the row that differs by more begins another run. [m]
_ONE_STEP_M = 2e-3


def module_runs(ready: PreparedPlanes, shift: np.ndarray) -> dict[int, list[list[int]]]:
    """
    Modules of every plane that has any.

    Parameters
    ----------
    ready : PreparedPlanes
    shift : ndarray (plane,)
        By which each plane is drawn farther to the east. [m]

    Returns
    -------
    dict of int to list of list of int
        By plane, for each way in which it is packed: the azimuth along the rows (hundredths of a
        degree, clockwise from north), sides of a module along and across them seen from above and
        the step along them (mm), and then three numbers for each run of modules: across, along (cm,
        of the corner nearest to the plane's origin, each counted from that of the run before) and
        how many. Across is to the left of the rows.
    """
    found: dict[int, list[list[int]]] = {}
    for packing, planes in _packings(ready):
        for plane, runs in _of_packing(ready, packing, planes, shift):
            found.setdefault(plane, []).append(runs)
    return found


def _packings(ready: PreparedPlanes) -> Iterator[tuple[Packing, np.ndarray]]:
    """Every way in which planes are packed, and which planes its rows are."""
    layout, module = ready.assumed.layout, ready.assumed.module
    everyone = np.arange(len(ready.planes))
    for packing in roofs.pack_flush(ready.planes, layout, module):
        yield packing, everyone
    name = ready.laid["layout"].to_numpy(dtype=object)
    flat = (ready.laid["roof_form"] == "flat").to_numpy() & (name != "stated")
    for option in sorted({str(one) for one in name[flat]}):
        rows = np.flatnonzero(flat & (name == option))
        chosen = [roofs.option_named(option)]
        some = ready.planes.iloc[rows]
        for packing in roofs.pack_flat(some, ready.latitude[rows], layout, module, chosen):
            yield packing, rows


def _of_packing(
    ready: PreparedPlanes, packing: Packing, planes: np.ndarray, shift: np.ndarray
) -> Iterator[tuple[int, list[int]]]:
    modules = _kept(ready, packing, planes)
    if modules.empty:
        return
    design, packed = packing.packed.design, packing.packed
    roof = modules["roof"].to_numpy()
    plane = planes[packing.rows[roof]]
    frame = ready.frames.at(plane)
    turn = np.radians(packed.row_azimuth_deg[roof])
    x, y = modules["x_m"].to_numpy(), modules["y_m"].to_numpy()
    rise = np.cos(np.radians(frame.tilt))
    along = (x * np.sin(turn) + y * np.cos(turn)) / frame.scale
    across = (y * np.sin(turn) - x * np.cos(turn)) * rise / frame.scale
    azimuth = (packed.row_azimuth_deg[roof] + frame.facing + 180.0) % 360.0
    east = shift[plane]
    along = along + east * np.sin(np.radians(azimuth))
    across = across - east * np.cos(np.radians(azimuth))
    wide = design.along_m / frame.scale
    up = design.up_m * design.foreshortening(packed.tilt_deg)[roof] * rise / frame.scale
    step = (design.along_m + design.gap_m) / frame.scale
    order = np.lexsort((along, np.rint(across / _ONE_LINE_M), plane))
    plane, along, across = plane[order], along[order], across[order]
    new = np.ones(len(plane), dtype=bool)
    new[1:] = (
        (plane[1:] != plane[:-1])
        | (np.abs(np.diff(across)) > _ONE_LINE_M)
        | (np.abs(np.diff(along) - step[order][1:]) > _ONE_STEP_M)
    )
    first = np.flatnonzero(new)
    count = np.diff(np.append(first, len(plane)))
    left, low = along[first] - wide[order][first] / 2.0, across[first] - up[order][first] / 2.0
    heads = np.column_stack([100.0 * azimuth, 1000.0 * wide, 1000.0 * up, 1000.0 * step])
    heads = np.rint(heads[order][first]).astype(np.int64)
    owner = plane[first]
    cuts = np.flatnonzero(np.diff(owner)) + 1
    for part in np.split(np.arange(len(first)), cuts):
        places = np.rint(100.0 * np.column_stack([low[part], left[part]])).astype(np.int64)
        steps = np.diff(places, axis=0, prepend=0)
        runs = np.column_stack([steps, count[part]])
        yield int(owner[part[0]]), [*heads[part[0]].tolist(), *runs.ravel().tolist()]


def _kept(ready: PreparedPlanes, packing: Packing, planes: np.ndarray) -> pd.DataFrame:
    """Modules of the planes for which this way is chosen, as many as the result has."""
    modules = module_positions(packing.packed)
    modules = modules[packing.chosen[modules["roof"].to_numpy()]].reset_index(drop=True)
    plane = planes[packing.rows[modules["roof"].to_numpy()]]
    along = packing.packed.row_azimuth_deg[modules["roof"].to_numpy()]
    side = ((modules["surface_azimuth"].to_numpy() - along) % 360.0) > 180.0
    order = np.lexsort((np.arange(len(modules)), side, modules["row"].to_numpy(), plane))
    modules, plane = modules.iloc[order].reset_index(drop=True), plane[order]
    most = ready.laid["module_count"].to_numpy(dtype=float)[plane]
    place = modules.groupby("roof", sort=False).cumcount().to_numpy()
    return modules[place < most].reset_index(drop=True)
