"""A building list as the options of a command describe it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from roofpv.cli import options

if TYPE_CHECKING:
    import geopandas as gpd


_CONTEXT = f"{__name__}.context"


def load_context() -> gpd.GeoDataFrame | None:
    """Read the layer of all buildings that the user gave, once."""
    import click  # noqa: PLC0415

    path, known = options.inventory_said().context, click.get_current_context().meta
    if path is None:
        return None
    if _CONTEXT not in known:
        known[_CONTEXT] = _read_layer(path)
    return known[_CONTEXT]


def _read_layer(path: Path) -> gpd.GeoDataFrame:
    """Layer of all buildings, whose faults are told as its own."""
    import roofpv  # noqa: PLC0415
    from roofpv.errors import InvalidInventory  # noqa: PLC0415

    try:
        return roofpv.read_inventory(path)
    except InvalidInventory as fault:
        mend = fault.mend
        if "--" in mend or "[columns]" in mend:
            # What says how the list is to be read is not said of the layer.
            mend = (
                "Save the footprints with their heights as one GeoPackage in EPSG:4326: options "
                "and [columns] tell how the list is read, not this layer"
            )
        raise InvalidInventory(f"--context {fault.where}", fault.problem, mend) from fault


def load_inventory(path: Path, columns: Mapping[str, str]) -> gpd.GeoDataFrame:
    """Read the list; join the footprints and apply the use classes that the user gave."""
    import roofpv  # noqa: PLC0415
    from roofpv.inventory import against_context, with_footprints, with_uses  # noqa: PLC0415

    said = options.inventory_said()
    frame = roofpv.read_inventory(
        path, columns=columns, crs=said.crs, layer=said.layer, datum=said.datum,
        swap_axes=said.swap_axes,
    )  # fmt: skip
    if said.footprints is not None:
        frame = with_footprints(frame, roofpv.read_inventory(said.footprints), said.join_by)
    around = load_context()
    if around is not None:
        frame = against_context(frame, around)
    if said.uses is not None:
        frame = with_uses(frame, said.uses)
    return frame
