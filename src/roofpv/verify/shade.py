"""Energy under skylines against pvlib, hour by hour."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import xarray as xr

from roofpv.assumptions import Assumptions, from_values
from roofpv.energy import simulate
from roofpv.energy.hourly import sides_of, simulate_hours
from roofpv.energy.shadedhours import Around
from roofpv.verify.distance import relative
from roofpv.verify.rows import as_array, some_rows

_POINTS, _SECTORS = 5, 72
_NAMES = {
    "poa_kwh_per_m2": ("poa_global", 1e-3),
    "dc_kwh": ("dc_kw", 1.0),
    "ac_kwh": ("ac_kw", 1.0),
}


def some_skylines(planes: pd.DataFrame) -> xr.Dataset:
    """Towers, gaps and crowns of trees around each plane, other ones for each."""
    rng = np.random.default_rng(3)
    shape = (len(planes), _POINTS, _SECTORS)
    tower = rng.uniform(0.0, 1.0, shape) < 0.3
    solid = np.where(tower, rng.uniform(10.0, 85.0, shape), rng.uniform(0.0, 9.0, shape))
    trees = np.maximum(solid, rng.uniform(0.0, 40.0, shape))
    dims = ("plane_id", "point", "azimuth")
    return xr.Dataset(
        {
            "horizon_elevation": (dims, solid.astype(np.float32)),
            "canopy_elevation": (dims, trees.astype(np.float32)),
            "canopy_transmissivity": ("month", np.linspace(0.5, 0.05, 12)),
        },
        {
            "plane_id": planes["plane_id"].to_numpy(dtype=object),
            "azimuth": 360.0 * np.arange(_SECTORS) / _SECTORS,
        },
    )


def monthly_skylines(sky: xr.Dataset) -> float:
    """Monthly energy of the kernels against the hours of pvlib, every plane under a skyline."""
    planes, worst = some_rows(), 0.0
    skylines = some_skylines(planes)
    for assumed in _chains():
        got = simulate(planes, sky, assumed, skylines)
        for number, row in planes.iterrows():
            one = skylines.isel(plane_id=int(number))
            around = Around(
                one["horizon_elevation"].to_numpy(),
                one["canopy_elevation"].to_numpy(),
                one["canopy_transmissivity"].to_numpy(),
            )
            sums = _pvlib_months(row, sky, assumed, around)
            for name, (twin, scale) in _NAMES.items():
                mine = got[name].isel(plane_id=int(number)).to_numpy()
                worst = max(worst, relative(mine, sums[twin] * scale))
    return worst


def _chains() -> Iterator[Assumptions]:
    for values in (
        {},
        {"models.transposition": "perez", "shading.electrical": "martinez"},
    ):
        yield from_values(values, "verify")


def _pvlib_months(
    row: pd.Series, sky: xr.Dataset, assumed: Assumptions, around: Around
) -> pd.DataFrame:
    """Months of one plane: the light of its sides on average, their energy together."""
    names, one = ["poa_global", "dc_kw", "ac_kw"], sky.isel(site=0)
    sides = sides_of(as_array(row))
    hours = np.sum(
        [simulate_hours(side, one, assumed, around)[names].to_numpy() for side in sides], axis=0
    )
    frame = pd.DataFrame(hours / [len(sides), 1, 1], columns=names)
    return frame.groupby(sky["month"].to_numpy()).sum()
