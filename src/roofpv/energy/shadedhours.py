"""Light on an array under a skyline, through pvlib: the oracle of the kernels' skylines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pvlib

from roofpv.assumptions import Assumptions
from roofpv.energy.behindrows import (
    Rows,
    Sky,
    ground_light,
    row_axis,
    shaded_fraction,
    sky_parts,
    sky_view,
)

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)
_BAND_DEG = 6.5


@dataclass(frozen=True, eq=False)
class Around:
    """
    Skylines of the points of a plane.

    ``elevation`` (point, sector), the first sector centred on north, and ``canopy`` with the trees
    [deg]; ``transmissivity`` of the trees by month; ``weight`` (point,), all alike if None.
    """

    elevation: np.ndarray
    canopy: np.ndarray | None = None
    transmissivity: np.ndarray = field(default_factory=lambda: np.ones(12))
    weight: np.ndarray | None = None

    def mean(self, values: np.ndarray) -> np.ndarray:
        """Mean over the points, the first axis."""
        return np.asarray(np.average(values, axis=0, weights=self.weight))


def under_skyline(
    facing: tuple[float, float],
    rows: Rows | None,
    around: Around,
    sky: Sky,
    assumptions: Assumptions,
) -> dict[str, pd.Series]:
    """
    Beam, sky and ground light on an array under a skyline.

    Parameters
    ----------
    facing : (float, float)
        Tilt and azimuth of the array. [deg]
    rows : Rows, optional
        That it stands in.
    around : Around
    sky : mapping of str to Series
        As ``behind_rows`` takes it, with ``month``.
    assumptions : Assumptions

    Returns
    -------
    dict
        ``poa_direct poa_sky_diffuse poa_ground_diffuse``, and ``direct_used sky_diffuse_used``, of
        which the strings make power. [W/m2]

    References
    ----------
    .. [1] Martinez-Moreno, Munoz and Lorenzo, Solar Energy Materials and Solar Cells 94 (12),
       2010, :doi:`10.1016/j.solmat.2010.07.029`
    """
    model, way = assumptions.models.transposition, assumptions.shading.rows
    through = pd.Series(around.transmissivity[sky["month"].to_numpy() - 1])
    lit = _blend(around, through, lambda elevation: _lit(around, elevation, sky))
    seen = _blend(around, through, lambda elevation: _sky_share(around, elevation, facing))
    low = _blend(around, through, lambda elevation: _band_share(around, elevation, facing))
    sun = sky["apparent_zenith"], sky["solar_azimuth"]
    even, disc, band = sky_parts(facing, sky, model)
    direct = pvlib.irradiance.beam_component(*facing, *sun, sky["dni"])
    row_share, ground = 1.0, sky["ghi"] * (1.0 - pvlib.tools.cosd(facing[0])) / 2.0
    if rows is not None and way != "none":
        axis = row_axis(facing, rows)
        before = 1.0 - shaded_fraction(facing, rows, axis, sky)
        direct, disc = direct * before, disc * before
        if way == "beam_diffuse":
            free = (1.0 + pvlib.tools.cosd(facing[0])) / 2.0
            row_share = sky_view(facing[0], axis.angle, rows.cover) / free
            ground = ground_light(facing, rows, sky, model, (seen, lit))
    dome = even + np.minimum(band, 0.0)
    dome = np.minimum(dome * (seen * row_share), dome) + np.maximum(band, 0.0) * (low * row_share)
    used = lit * _electrical(lit, assumptions)
    return {
        "poa_direct": direct * lit,
        "poa_sky_diffuse": np.maximum(dome + disc * lit, 0.0),
        "poa_ground_diffuse": ground * assumptions.site.albedo,
        "direct_used": direct * used,
        "sky_diffuse_used": np.maximum(dome + disc * used, 0.0),
    }


def _electrical(lit: pd.Series, assumptions: Assumptions) -> pd.Series:
    """Share of the beam that arrives of which the strings make power."""
    if assumptions.shading.electrical == "linear":
        return lit * 0.0 + 1.0
    blocks = assumptions.shading.blocks
    loss = pvlib.shading.direct_martinez(
        1.0, 1.0, 1.0 - lit, np.maximum(blocks * (1.0 - lit) - 1e-9, 0.0), blocks
    )
    return (1.0 - loss) / lit.where(lit > 0.0, 1.0)


def _blend(
    around: Around,
    through: pd.Series,
    share: Callable[[np.ndarray], pd.Series | float],
) -> pd.Series:
    """Share over the trees, and of the rest what comes through them."""
    solid = share(around.elevation)
    if around.canopy is None:
        return solid + 0.0 * through
    over = share(np.maximum(around.canopy, around.elevation))
    return over + through * (solid - over)


def _lit(around: Around, elevation: np.ndarray, sky: Sky) -> pd.Series:
    """Share of the points whose skyline is below the sun, by proportion between two sectors."""
    sectors = elevation.shape[1]
    place = sky["solar_azimuth"].to_numpy() % 360.0 * sectors / 360.0
    before = np.floor(place).astype(int) % sectors
    after = place - np.floor(place)
    points = np.asarray(elevation, dtype=float)
    skyline = points[:, before] * (1.0 - after) + points[:, (before + 1) % sectors] * after
    sun = np.maximum(90.0 - sky["apparent_zenith"].to_numpy(), 0.0)
    return pd.Series(around.mean(sun >= skyline))


def _sky_share(around: Around, elevation: np.ndarray, facing: tuple[float, float]) -> float:
    """Share of an even sky before the plane that is over the skylines, by quadrature."""
    tilt, azimuth = np.radians(facing)
    sectors = elevation.shape[1]
    width = 2.0 * np.pi / sectors
    ahead = np.cos(np.arange(sectors) * width - azimuth)
    own = np.clip(np.arctan2(-np.sin(tilt) * ahead, np.cos(tilt)), 0.0, np.pi / 2.0)
    toward = (np.sin(tilt) * ahead * np.sin(width / 2.0) / (width / 2.0))[:, None]

    def light(top: np.ndarray) -> np.ndarray:
        half = (np.maximum(top, own) - own)[..., None] / 2.0
        angle = own[:, None] + half * (1.0 + _NODES)
        from_there = (np.cos(tilt) * np.sin(angle) + toward * np.cos(angle)) * np.cos(angle)
        return np.asarray((from_there * half * _WEIGHTS).sum(axis=-1))

    hidden = around.mean(light(np.radians(np.asarray(elevation, dtype=float))).sum(axis=1))
    return float(1.0 - hidden / light(np.full(sectors, np.pi / 2.0)).sum())


def _band_share(around: Around, elevation: np.ndarray, facing: tuple[float, float]) -> float:
    """Share of a horizon band of 6.5 degrees before the plane that is over the skylines."""
    sectors = elevation.shape[1]
    ahead = np.maximum(np.cos(np.radians(np.arange(sectors) * 360.0 / sectors - facing[1])), 0.0)
    hidden = around.mean(np.minimum(np.asarray(elevation, dtype=float) / _BAND_DEG, 1.0))
    return float(1.0 - (hidden * ahead).sum() / ahead.sum())
