"""Shading: what hides the sun and the sky from a roof."""

from roofpv.shading.neighbours import DIRECTIONS, lit_fraction, neighbour_skylines, sky_view
from roofpv.shading.obstacles import Obstacles, find_obstacles
from roofpv.shading.own import Structures, own_skylines
from roofpv.shading.rasters import Raster, array_raster, open_canopy, open_elevation, open_surface
from roofpv.shading.surface import Trees, canopy_transmissivity, surface_skylines
from roofpv.shading.surfacecheck import judge_canopy, judge_surface, planes_much_unknown
from roofpv.shading.terrain import read_pvgis_horizon, site_grid, terrain_horizons

__all__ = [
    "DIRECTIONS",
    "Obstacles",
    "Raster",
    "Structures",
    "Trees",
    "array_raster",
    "canopy_transmissivity",
    "find_obstacles",
    "judge_canopy",
    "judge_surface",
    "lit_fraction",
    "neighbour_skylines",
    "open_canopy",
    "open_elevation",
    "open_surface",
    "own_skylines",
    "planes_much_unknown",
    "read_pvgis_horizon",
    "site_grid",
    "sky_view",
    "surface_skylines",
    "terrain_horizons",
]
