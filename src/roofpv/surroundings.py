"""What stands around the roofs: read, turned into skylines by source, kept and used again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
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
from roofpv.skylinefile import SOURCES, read_skylines

_BETWEEN = ";"
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
    zones : GeoDataFrame (zone,), optional
        Checked; those with a height stand on the roofs. ``assess`` sets its own.
    skylines : mapping of str to Dataset, optional
        Of an earlier run, by source; used where they were made for the same roofs.
    inputs : tuple of dict
        Names and sha256 of the files.
    """

    context: gpd.GeoDataFrame | None = None
    surface: shading.Raster | None = None
    trees: shading.Trees | None = None
    terrain: shading.Raster | xr.Dataset | None = None
    zones: gpd.GeoDataFrame | None = None
    skylines: Mapping[str, xr.Dataset] = field(default_factory=dict)
    inputs: tuple[dict[str, str], ...] = ()

    @property
    def all_inputs(self) -> list[dict[str, str]]:
        """Names and sha256 of the files, the context's too."""
        context = [] if self.context is None else self.context.attrs.get("inputs", [])
        return [*context, *self.inputs]

    @property
    def standing(self) -> gpd.GeoDataFrame | None:
        """Zones with a height."""
        if self.zones is None or "height_m" not in self.zones:
            return None
        tall = self.zones[self.zones["height_m"].notna()]
        return None if tall.empty else tall

    def given(self, assumed: Assumptions) -> dict[str, bool]:
        """Whether there is anything to make each of ``SOURCES`` of."""
        on_roofs = self.standing is not None or assumed.roofs.parapet_height_m is not None
        return {
            "terrain": self.terrain is not None,
            "neighbours": self.context is not None,
            "own": self.context is not None or on_roofs,
            "surface": self.surface is not None,
        }

    def sources(self, assumed: Assumptions) -> tuple[str, ...]:
        """Sources that there are, in the order of ``SOURCES``."""
        given = self.given(assumed)
        return tuple(name for name in SOURCES if given[name] or name in self.skylines)


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
    files = [path for path in (surface, canopy, terrain) if path is not None]
    return Surroundings(
        context,
        opened,
        trees,
        land,
        skylines={} if skylines is None else read_skylines(skylines),
        inputs=tuple({"name": path.name, "sha256": _sha256(path)} for path in files),
    )


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
    found: dict[str, xr.Dataset] = {}
    obstacles = cache(lambda: _obstacles(buildings, around.context, assumed))
    make = {
        "terrain": lambda: _of_terrain(planes, around, assumed),
        "neighbours": lambda: _of_neighbours(planes, buildings, obstacles(), assumed),
        "own": lambda: _of_own(planes, buildings, (obstacles(), found), around, assumed),
        "surface": lambda: _of_surface(planes, buildings, around, assumed),
    }
    key = made_for(planes, buildings, around, assumed)
    given = around.given(assumed)
    for name in around.sources(assumed):
        kept = around.skylines.get(name)
        if kept is not None and _fits(kept, name, key, given[name]):
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
    context = _context_hash(around.context, assumed)
    on_roofs = repr((assumed.roofs.parapet_height_m, assumed.roofs.module_clearance_m))
    land = around.terrain.to_dict() if isinstance(around.terrain, xr.Dataset) else around.terrain
    return {
        "roofs": digest.hexdigest(),
        "terrain": _hash_of(around.inputs, land),
        "neighbours": context,
        "own": _BETWEEN.join((context, _zones_hash(around.standing), on_roofs)),
        "surface": _hash_of(around.inputs, around.surface, around.trees),
    }


def _fits(kept: xr.Dataset, name: str, key: Mapping[str, str], given: bool) -> bool:
    """Whether skylines of an earlier run are those that would be made now."""
    same = kept.attrs.get("made_for_roofs") == key["roofs"]
    before, now = (
        str(text).split(_BETWEEN) for text in (kept.attrs.get("made_from", ""), key[name])
    )
    if same and (before == now or not given):
        return True
    if name == "own":
        # What is not given again is taken to be as it was.
        pairs = list(zip(before, now, strict=False))
        if same and all(new in ("", old) for old, new in pairs):
            return True
        given = given and not any(old and not new for old, new in pairs)
    if not given:
        raise InvalidResult(
            f"--skylines, {name}",
            "was made for other roofs, heights or settings of shading",
            "Give the surroundings again, so that it can be made anew",
        )
    return False


def _of_terrain(
    planes: pd.DataFrame, around: Surroundings, assumed: Assumptions
) -> xr.Dataset | None:
    """One horizon for all, or that of the square kilometre about each plane."""
    if around.terrain is None or isinstance(around.terrain, xr.Dataset):
        return around.terrain
    lon, lat = (planes[name].to_numpy(dtype=float) for name in ("lon", "lat"))
    sites, site = shading.site_grid(lon, lat)
    horizons = shading.terrain_horizons(around.terrain, sites, assumed.shading)
    elevation = horizons["horizon_elevation"].to_numpy()
    mine = np.append(elevation, np.full((1, elevation.shape[1]), np.nan), axis=0)[site]
    return xr.Dataset(
        {"horizon_elevation": (("plane_id", "azimuth"), mine.astype(np.float32))},
        {"plane_id": planes["plane_id"].to_numpy(dtype=object), "azimuth": horizons["azimuth"]},
        horizons.attrs,
    )


def _obstacles(
    buildings: gpd.GeoDataFrame, context: gpd.GeoDataFrame | None, assumed: Assumptions
) -> shading.Obstacles | None:
    """Buildings around, with estimates of heights that are not stated, and what is left out."""
    if context is None:
        return None
    checked = check_inventory(context)
    kept = checked.buildings
    heights = roofs.estimated_heights(kept, assumed.roofs, assumed.heights)
    kept = kept.assign(estimated_height_m=heights["estimated_height_m"])
    found = shading.find_obstacles(buildings, kept)
    emptied = [one for one in checked.findings if (one.kind, one.column) == (EMPTIED, "height_m")]
    counts = {
        "implausible_height": found.left_out["implausible_height"]
        + sum(len(one.at) for one in emptied),
        "context_rows": len(context),
        "context_rows_left_out": len(context) - len(kept),
        "context_without_stated_height": int(kept["height_m"].isna().sum()),
    }
    return found._replace(left_out=found.left_out | counts)


def _of_neighbours(
    planes: pd.DataFrame,
    buildings: gpd.GeoDataFrame,
    obstacles: shading.Obstacles | None,
    assumed: Assumptions,
) -> xr.Dataset | None:
    if obstacles is None:
        return None
    return shading.neighbour_skylines(planes, buildings, obstacles, assumed.shading.reach_m)


def _of_own(
    planes: pd.DataFrame,
    buildings: gpd.GeoDataFrame,
    others: tuple[shading.Obstacles | None, Mapping[str, xr.Dataset]],
    around: Surroundings,
    assumed: Assumptions,
) -> xr.Dataset:
    """Beside the obstacles and what is found of them."""
    obstacles, found = others
    structures = shading.Structures(
        obstacles,
        None if obstacles is None else found.get("neighbours"),
        around.standing,
        assumed.roofs.parapet_height_m,
        assumed.roofs.module_clearance_m,
    )
    return shading.own_skylines(planes, buildings, structures, assumed.shading.reach_m)


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


def _zones_hash(zones: gpd.GeoDataFrame | None) -> str:
    """Of zones in any order."""
    if zones is None:
        return ""
    owners, heights = zones["building_id"], zones["height_m"]
    told = zip(owners, heights, shapely.to_wkb(zones.geometry, hex=True), strict=True)
    return hashlib.sha256(repr(sorted(map(repr, told))).encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
