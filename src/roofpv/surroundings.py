"""What stands around the roofs: read, turned into skylines by source, kept and used again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr

from roofpv import roofs, shading
from roofpv.assumptions import Assumptions
from roofpv.errors import InvalidConfig, InvalidResult
from roofpv.inventory import check_inventory
from roofpv.inventory.findings import EMPTIED
from roofpv.skylinefile import FILE, SOURCES, read_skylines

_HORIZON_ENDINGS = {".csv", ".json", ".txt"}


@dataclass(frozen=True, eq=False)
class Surroundings:
    """
    What may hide sun and sky; all of it may be missing.

    Parameters
    ----------
    context : GeoDataFrame (building,), optional
        All buildings around, from ``read_inventory``.
    surface : Raster, optional
        Surface model of ground and buildings.
    trees : Trees, optional
        On the grid of the surface model.
    terrain : Raster or Dataset (azimuth,), optional
        Elevation model of the land around, or the horizon of the place.
    skylines : mapping of str to Dataset, optional
        Of an earlier run, by source; used where they were made for the same roofs.
    inputs, kept : tuple of dict
        Names and sha256 of the files of rasters and horizons, and of the skylines.
    """

    context: gpd.GeoDataFrame | None = None
    surface: shading.Raster | None = None
    trees: shading.Trees | None = None
    terrain: shading.Raster | xr.Dataset | None = None
    skylines: Mapping[str, xr.Dataset] = field(default_factory=dict)
    inputs: tuple[dict[str, str], ...] = ()
    kept: tuple[dict[str, str], ...] = ()

    @property
    def all_inputs(self) -> list[dict[str, str]]:
        """Names and sha256 of the files, the context's too."""
        context = [] if self.context is None else self.context.attrs.get("inputs", [])
        return [*context, *self.inputs, *self.kept]

    @property
    def sources(self) -> tuple[str, ...]:
        """Sources that there are, in the order of ``SOURCES``."""
        given = {
            "terrain": self.terrain, "neighbours": self.context, "surface": self.surface,
        }  # fmt: skip
        return tuple(name for name in SOURCES if given[name] is not None or name in self.skylines)


def read_surroundings(
    context: gpd.GeoDataFrame | None = None,
    surface: Path | None = None,
    canopy: Path | None = None,
    terrain: Path | None = None,
    skylines: Path | None = None,
) -> Surroundings:
    """
    Open what the user gives of the surroundings.

    Parameters
    ----------
    context : GeoDataFrame (building,), optional
        From ``read_inventory``.
    surface, canopy : Path, optional
        Rasters of heights: of the surface; of trees above the ground on the same grid.
    terrain : Path, optional
        Raster of elevations, or a horizon file of PVGIS (.csv, .json, .txt).
    skylines : Path, optional
        Result folder of an earlier run, or its ``skylines.nc``.

    Returns
    -------
    Surroundings

    Raises
    ------
    InvalidRaster, InvalidResult
        A file that cannot be used.
    InvalidConfig
        Trees without a surface.
    """
    if canopy is not None and surface is None:
        raise InvalidConfig(
            "--canopy",
            "heights of trees need the surface model that they stand on",
            "Give it with --dsm too",
        )
    opened = None if surface is None else shading.open_surface(surface)
    trees = None
    if canopy is not None and opened is not None:
        trees = shading.Trees(shading.open_canopy(canopy, opened))
    land: shading.Raster | xr.Dataset | None = None
    if terrain is not None:
        horizon = terrain.suffix.lower() in _HORIZON_ENDINGS
        land = (
            shading.read_pvgis_horizon(terrain, directions=shading.DIRECTIONS)
            if horizon
            else shading.open_elevation(terrain)
        )
    kept = {} if skylines is None else read_skylines(skylines)
    files = [path for path in (surface, canopy, terrain) if path is not None]
    again = [] if skylines is None else [skylines / FILE if skylines.is_dir() else skylines]
    inputs, of_skylines = (
        tuple({"name": path.name, "sha256": _sha256(path)} for path in paths)
        for paths in (files, again)
    )
    return Surroundings(context, opened, trees, land, kept, inputs, of_skylines)


def skylines_by_source(
    planes: pd.DataFrame,
    buildings: gpd.GeoDataFrame,
    around: Surroundings,
    assumed: Assumptions,
) -> dict[str, xr.Dataset]:
    """
    Skylines of every plane, by what makes them.

    Parameters
    ----------
    planes : DataFrame (plane,)
        From ``roof_planes``, in the local metres of their footprints, with ``lon lat``. [deg]
    buildings : GeoDataFrame (building,)
        Those of the planes, with ``height_m`` or ``estimated_height_m``.
    around : Surroundings
    assumed : Assumptions

    Returns
    -------
    dict of str to Dataset
        In the order of ``SOURCES``, each as ``energy.skylines_of`` takes it, with the hashes of
        ``made_for`` as attributes ``made_for_roofs`` and ``made_from``.

    Raises
    ------
    InvalidResult
        Skylines of an earlier run that were made for other roofs, and nothing to make them anew.
    """
    make = {
        "terrain": lambda: _of_terrain(planes, around, assumed),
        "neighbours": lambda: _of_neighbours(planes, buildings, around, assumed),
        "surface": lambda: _of_surface(planes, buildings, around, assumed),
    }
    key = made_for(planes, buildings, around, assumed)
    found = {}
    for name in around.sources:
        kept = around.skylines.get(name)
        if kept is not None and _fits(kept, name, key, around):
            found[name] = kept
            continue
        made = make[name]()
        if made is not None:
            found[name] = made.assign_attrs(
                remarks=json.dumps(list(made.attrs.get("remarks", [])), ensure_ascii=False),
                made_for_roofs=key["roofs"],
                made_from=key[name],
            )
    return found


def made_for(
    planes: pd.DataFrame,
    buildings: gpd.GeoDataFrame,
    around: Surroundings,
    assumed: Assumptions,
) -> dict[str, str]:
    """
    Hashes of what skylines rest on.

    Parameters
    ----------
    planes, buildings, around, assumed
        As ``skylines_by_source`` takes them.

    Returns
    -------
    dict of str to str
        ``roofs`` (planes and heights in any order, settings of shading), and the surroundings of
        each source.
    """
    digest = hashlib.sha256(repr(assumed.shading).encode())
    planes = planes.sort_values("plane_id", kind="stable")
    buildings = buildings.sort_values("building_id", kind="stable")
    names = ["plane_id", "roof_tilt", "roof_azimuth"]
    digest.update(planes[names].to_csv(index=False).encode())
    for shapes in (planes["geometry"].to_numpy(dtype=object), buildings.geometry.to_numpy()):
        digest.update(b"".join(one or b"-" for one in shapely.to_wkb(shapes)))
    heights = [name for name in ("height_m", "estimated_height_m") if name in buildings]
    digest.update(buildings[heights].to_csv(index=False).encode())
    land = around.terrain.to_dict() if isinstance(around.terrain, xr.Dataset) else around.terrain
    return {
        "roofs": digest.hexdigest(),
        "terrain": _hash_of(around.inputs, land),
        "neighbours": _context_hash(around.context, assumed),
        "surface": _hash_of(around.inputs, around.surface, around.trees),
    }


def _fits(kept: xr.Dataset, name: str, key: Mapping[str, str], around: Surroundings) -> bool:
    """Whether skylines of an earlier run are those that would be made now."""
    same = kept.attrs.get("made_for_roofs") == key["roofs"]
    given = {
        "terrain": around.terrain, "neighbours": around.context, "surface": around.surface,
    }  # fmt: skip
    if given[name] is not None:
        return same and kept.attrs.get("made_from") == key[name]
    if not same:
        raise InvalidResult(
            f"--skylines, {name}",
            "was made for other roofs, heights or settings of shading",
            "Give the surroundings again, so that it can be made anew",
        )
    return True


def _of_terrain(
    planes: pd.DataFrame, around: Surroundings, assumed: Assumptions
) -> xr.Dataset | None:
    """One horizon for all, or that of the cell of the elevation model about each plane."""
    if around.terrain is None or isinstance(around.terrain, xr.Dataset):
        return around.terrain
    lon, lat = (planes[name].to_numpy(dtype=float) for name in ("lon", "lat"))
    sites, site = shading.site_grid(around.terrain, lon, lat)
    horizons = shading.terrain_horizons(around.terrain, sites, assumed.shading)
    elevation = horizons["horizon_elevation"].to_numpy()
    mine = np.append(elevation, np.full((1, elevation.shape[1]), np.nan), axis=0)[site]
    return xr.Dataset(
        {"horizon_elevation": (("plane_id", "azimuth"), mine.astype(np.float32))},
        {"plane_id": planes["plane_id"].to_numpy(dtype=object), "azimuth": horizons["azimuth"]},
        horizons.attrs,
    )


def _of_neighbours(
    planes: pd.DataFrame, buildings: gpd.GeoDataFrame, around: Surroundings, assumed: Assumptions
) -> xr.Dataset | None:
    if around.context is None:
        return None
    checked = check_inventory(_tallest_first(around.context))
    context = checked.buildings
    heights = roofs.estimated_heights(context, assumed.roofs, assumed.heights)
    context = context.assign(estimated_height_m=heights["estimated_height_m"])
    found = shading.neighbour_skylines(planes, buildings, context, assumed.shading.reach_m)
    emptied = [one for one in checked.findings if (one.kind, one.column) == (EMPTIED, "height_m")]
    found.attrs["implausible_height"] += sum(len(one.at) for one in emptied)
    return found.assign_attrs(
        context_rows=len(around.context),
        context_rows_left_out=len(around.context) - len(context),
        context_without_stated_height=int(context["height_m"].isna().sum()),
    )


def _tallest_first(context: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """With ids by height: of an outline that is drawn twice, the first id stays."""
    keys = [np.arange(len(context))]
    if "building_id" in context:
        keys = [pd.factorize(context["building_id"].astype(str), sort=True)[0]]
    for name in ("floors", "height_m"):
        if name in context:
            number = pd.to_numeric(context[name], errors="coerce").to_numpy(dtype=float)
            keys.append(-np.where((number > 0.0) & (number <= 1000.0), number, np.nan))
    rank = np.empty(len(context), dtype=int)
    rank[np.lexsort(keys)] = np.arange(len(context))
    return context.assign(building_id=[f"{number:09d}" for number in rank])


def _of_surface(
    planes: pd.DataFrame, buildings: gpd.GeoDataFrame, around: Surroundings, assumed: Assumptions
) -> xr.Dataset | None:
    if around.surface is None:
        return None
    placed = roofs.planes_on_map(planes, buildings)
    found = shading.surface_skylines(around.surface, placed, assumed.shading, trees=around.trees)
    if around.trees is not None:
        latitude = np.nanmedian(planes["lat"].to_numpy(dtype=float))
        through = shading.canopy_transmissivity(
            np.arange(1, 13), np.full(12, latitude), assumed.shading
        )
        found["canopy_transmissivity"] = ("month", through)
    return found


def _hash_of(inputs: tuple[dict[str, str], ...], *given: object) -> str:
    """Of the files; of what was given without a file, of its numbers."""
    digest = hashlib.sha256(repr(inputs).encode())
    if not inputs:
        for one in given:
            digest.update(_told(one))
    return digest.hexdigest()


def _told(given: object) -> bytes:
    """Raster, trees or horizon as bytes that differ where the heights do."""
    if isinstance(given, shading.Trees):
        return b"".join(map(_told, given))
    if not isinstance(given, shading.Raster):
        return repr(given).encode()
    place = (given.name, given.shape, given.left, given.top, given.step_x, given.step_y, given.path)
    heights = b"" if given.heights is None else np.ascontiguousarray(given.heights).tobytes()
    return repr(place).encode() + heights


def _context_hash(context: gpd.GeoDataFrame | None, assumed: Assumptions) -> str:
    if context is None:
        return ""
    digest = hashlib.sha256(b"".join(one or b"-" for one in shapely.to_wkb(context.geometry)))
    # By which the heights that are not stated are estimated.
    digest.update(repr((assumed.roofs.storey_height_m, assumed.heights)).encode())
    names = [name for name in ("height_m", "floors", "use") if name in context]
    digest.update(pd.DataFrame(context[names]).to_csv().encode())
    return digest.hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
