"""What stands around the roofs: read, turned into skylines by source, kept and used again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr

from roofpv import roofs, shading
from roofpv.assumptions import Assumptions
from roofpv.contexts import (
    check_context,
    context_key,
    digest_of_context,
    digest_of_roofs,
    obstacles_of,
    sum_of_digests,
)
from roofpv.errors import InvalidConfig, InvalidResult
from roofpv.skylinefile import FILE, SOURCES, read_skylines

# To be raised whenever the same surroundings give other skylines.
SKYLINES_VERSION = 3
_BETWEEN = ";"
_HORIZON_ENDINGS = {".csv", ".json", ".txt"}


@dataclass(frozen=True, eq=False)
class Near:
    """
    Of the surroundings of a whole list what some of its rows may see.

    ``obstacles`` among which are all within reach; ``beside`` (building,) rows of the list that
    may be the same as one of them, and not assessed here; ``context`` sum of the digests of the
    whole context.
    """

    obstacles: shading.Obstacles
    beside: gpd.GeoDataFrame
    context: int


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
    inputs, kept : tuple of dict
        Names and sha256 of the files of rasters and horizons, and of the skylines.
    near : Near, optional
        Instead of a context, where the roofs are some rows of a list.
    """

    context: gpd.GeoDataFrame | None = None
    surface: shading.Raster | None = None
    trees: shading.Trees | None = None
    terrain: shading.Raster | xr.Dataset | None = None
    zones: gpd.GeoDataFrame | None = None
    skylines: Mapping[str, xr.Dataset] = field(default_factory=dict)
    inputs: tuple[dict[str, str], ...] = ()
    kept: tuple[dict[str, str], ...] = ()
    near: Near | None = None

    @property
    def all_inputs(self) -> list[dict[str, str]]:
        """Names and sha256 of the files, the context's too."""
        context = [] if self.context is None else self.context.attrs.get("inputs", [])
        return [*context, *self.inputs, *self.kept]

    def files(self, *roles: str) -> tuple[str, ...]:
        """Hashes of the files of these roles."""
        return tuple(one["sha256"] for one in self.inputs if one.get("role") in roles)

    @property
    def standing(self) -> gpd.GeoDataFrame | None:
        """Zones with a height."""
        if self.zones is None or "height_m" not in self.zones:
            return None
        tall = self.zones[self.zones["height_m"].notna()]
        return None if tall.empty else tall

    def given(self, assumed: Assumptions) -> dict[str, bool]:
        """Whether there is anything to make each of ``SOURCES`` of."""
        among_others = self.context is not None or self.near is not None
        on_roofs = self.standing is not None or assumed.roofs.parapet_height_m is not None
        return {
            "terrain": self.terrain is not None,
            "neighbours": among_others,
            "own": among_others or on_roofs,
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
    InvalidInventory
        A context without any outline.
    """
    check_context(context)
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
        land = (
            shading.read_pvgis_horizon(terrain, directions=shading.DIRECTIONS)
            if is_horizon(terrain)
            else shading.open_elevation(terrain)
        )
    kept = {} if skylines is None else read_skylines(skylines)
    again = [] if skylines is None else [skylines / FILE if skylines.is_dir() else skylines]
    return Surroundings(
        context,
        opened,
        trees,
        land,
        skylines=kept,
        inputs=tuple(
            {"name": path.name, "sha256": _sha256(path), "role": role}
            for role, path in (("dsm", surface), ("canopy", canopy), ("terrain", terrain))
            if path is not None
        ),
        kept=tuple(
            {"name": path.name, "sha256": _sha256(path), "role": "skylines"} for path in again
        ),
    )


def is_horizon(terrain: Path) -> bool:
    """Whether a file holds the horizon of the place, not elevations, by its name."""
    return terrain.suffix.lower() in _HORIZON_ENDINGS


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
        In the order of ``SOURCES``, each as ``energy.skylines_of`` takes it, with ``made_for``
        and the names of the files as attributes.

    Raises
    ------
    InvalidResult
        Skylines of an earlier run that were made for other roofs, and nothing to make them anew.
    """
    found: dict[str, xr.Dataset] = {}
    near, listed = around.near, buildings
    obstacles = cache(lambda: obstacles_of(buildings, around.context, assumed))
    if near is not None:
        listed = gpd.GeoDataFrame(pd.concat([buildings, near.beside], ignore_index=True))
        obstacles = cache(lambda: near.obstacles)
    make = {
        "terrain": lambda: _of_terrain(planes, around, assumed),
        "neighbours": lambda: _of_neighbours(planes, listed, obstacles(), assumed),
        "own": lambda: _of_own(planes, listed, (obstacles(), found), around, assumed),
        "surface": lambda: _of_surface(planes, buildings, around, assumed),
    }
    key = made_for(planes, buildings, around, assumed)
    given = around.given(assumed)
    for name in around.sources(assumed):
        kept = around.skylines.get(name)
        if kept is not None and _fits(kept, name, key[name], given[name]):
            found[name] = kept
            continue
        made = make[name]()
        if made is not None:
            found[name] = made.assign_attrs(
                remarks=json.dumps(list(made.attrs.get("remarks", [])), ensure_ascii=False),
                inputs=json.dumps(around.all_inputs, ensure_ascii=False),
                **key[name].attributes(),
            )
    return found


def kept_that_fit(
    planes: pd.DataFrame,
    buildings: gpd.GeoDataFrame,
    around: Surroundings,
    assumed: Assumptions,
) -> dict[str, bool]:
    """
    Which skylines of an earlier run would be used again; the others would be made anew.

    Parameters
    ----------
    planes, buildings, around, assumed
        As ``skylines_by_source`` takes them.

    Returns
    -------
    dict of str to bool
        By source.

    Raises
    ------
    InvalidResult
        As ``skylines_by_source``.
    """
    key, given = made_for(planes, buildings, around, assumed), around.given(assumed)
    return {
        name: _fits(kept, name, key[name], given[name]) for name, kept in around.skylines.items()
    }


def made_for(
    planes: pd.DataFrame,
    buildings: gpd.GeoDataFrame,
    around: Surroundings,
    assumed: Assumptions,
) -> dict[str, Key]:
    """
    What the skylines of each source rest on.

    Parameters
    ----------
    planes, buildings, around, assumed
        As ``skylines_by_source`` takes them.

    Returns
    -------
    dict of str to Key
        By source; planes and buildings may stand in any order.
    """
    on = sum_of_digests([digest_of_roofs(planes, buildings)])
    context = _context_hash(around, assumed)
    on_roofs = repr((assumed.roofs.parapet_height_m, assumed.roofs.module_clearance_m))
    land = around.terrain.to_dict() if isinstance(around.terrain, xr.Dataset) else around.terrain
    made_from = {
        "terrain": _hash_of(around.files("terrain"), land),
        "neighbours": context,
        "own": _BETWEEN.join((context, _zones_hash(around.standing), on_roofs)),
        "surface": _hash_of(around.files("dsm", "canopy"), around.surface, around.trees),
    }
    return {name: Key(on, repr(_settings(name, assumed)), made_from[name]) for name in made_from}


class Key(NamedTuple):
    """Hash of the roofs, settings, and hash of the surroundings that skylines were made for."""

    roofs: str
    settings: str
    surroundings: str

    def attributes(self) -> dict[str, str]:
        """As attributes of a Dataset."""
        return {f"made_{name}": value for name, value in self._asdict().items()}


def _kept_key(kept: xr.Dataset) -> Key:
    return Key(*(str(kept.attrs.get(f"made_{name}", "")) for name in Key._fields))


def _settings(source: str, assumed: Assumptions) -> dict[str, object]:
    """Assumptions that the skylines of a source rest on, and the version of their making."""
    said = {
        "terrain": ("reach_m", "terrain_reach_km", "refraction"),
        "neighbours": ("reach_m",),
        "own": ("reach_m",),
        "surface": (
            "surface_reach_m", "surface_pixels", "surface_eye_m", "canopy_leaf_on",
            "canopy_leaf_off", "leaf_on_from", "leaf_on_to",
        ),
    }  # fmt: skip
    values = {name: getattr(assumed.shading, name) for name in said[source]}
    return {"version": SKYLINES_VERSION, **values}


def _fits(kept: xr.Dataset, name: str, key: Key, given: bool) -> bool:
    """Whether skylines of an earlier run are those that would be made now."""
    old = _kept_key(kept)
    same = (old.roofs, old.settings) == (key.roofs, key.settings)
    before, now = (one.surroundings.split(_BETWEEN) for one in (old, key))
    if same and (before == now or not given):
        return True
    if name == "own":
        # What is not given again is taken to be as it was.
        pairs = list(zip(before, now, strict=False))
        if same and all(new in ("", old_one) for old_one, new in pairs):
            return True
        given = given and not any(old_one and not new for old_one, new in pairs)
    if not given:
        other = "roofs or heights" if old.roofs != key.roofs else "settings of shading"
        raise InvalidResult(
            f"--skylines, {name}",
            f"was made for other {other}",
            "Give the surroundings again, so that it can be made anew",
        )
    return False


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
    judged = shading.judge_surface(around.surface, buildings, assumed.shading)
    doubts = judged.doubts
    if around.trees is not None:
        doubts = doubts + shading.judge_canopy(around.trees.canopy, buildings, assumed.shading)
    found = shading.surface_skylines(judged.surface, placed, assumed.shading, trees=around.trees)
    found = found.assign_attrs(
        judged.counts,
        planes_much_unknown=shading.planes_much_unknown(found),
        warnings=json.dumps(doubts, ensure_ascii=False),
    )
    if np.isfinite(judged.ground_m):
        found.attrs["ground_m"] = round(judged.ground_m)
    if around.trees is not None:
        latitude = np.nanmedian(planes["lat"].to_numpy(dtype=float))
        through = shading.canopy_transmissivity(
            np.arange(1, 13), np.full(12, latitude), assumed.shading
        )
        found["canopy_transmissivity"] = ("month", through)
    return found


def _hash_of(inputs: tuple[str, ...], *given: object) -> str:
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


def _context_hash(around: Surroundings, assumed: Assumptions) -> str:
    if around.near is not None:
        return context_key(around.near.context, assumed)
    if around.context is None:
        return ""
    return context_key(digest_of_context(around.context), assumed)


def _zones_hash(zones: gpd.GeoDataFrame | None) -> str:
    """Of zones in any order."""
    if zones is None:
        return ""
    owners, heights = zones["building_id"], zones["height_m"]
    told = zip(owners, heights, shapely.to_wkb(zones.geometry, hex=True), strict=True)
    return hashlib.sha256(repr(sorted(map(repr, told))).encode()).hexdigest()


def _sha256(path: Path) -> str:
    """Of a file, or of all files of a folder."""
    if path.is_dir():
        parts = "".join(f"{one.name} {_sha256(one)}\n" for one in sorted(path.iterdir()))
        return hashlib.sha256(parts.encode()).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
