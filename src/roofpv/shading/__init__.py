"""Shading: what hides the sun and the sky from a roof."""

from roofpv.shading.neighbours import lit_fraction, neighbour_skylines, sky_view
from roofpv.shading.obstacles import Obstacles, find_obstacles

__all__ = ["Obstacles", "find_obstacles", "lit_fraction", "neighbour_skylines", "sky_view"]
