"""Planes as the arrays mounted on them: domes have two sides, anything else is one array."""

from __future__ import annotations

import numpy as np
import pandas as pd

from roofpv.energy.rows import row_kernels, row_kinds


def has_domes(planes: pd.DataFrame) -> np.ndarray:
    """Which planes carry east-west domes, by ``row_kind``."""
    return row_kinds(planes) == row_kernels.DOMES


def arrays_of(planes: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """
    Arrays of each plane: both sides of its domes, or the plane as it is.

    Parameters
    ----------
    planes : DataFrame (plane,)
        ``surface_azimuth`` of the array (of domes: of the first side) [deg], ``kwp`` of all of it
        [kWp], ``row_kind`` where there are rows.

    Returns
    -------
    (DataFrame (array,), ndarray (array,))
        The same columns, the second side of a dome right after the first: it faces the other way,
        and each has half of the capacity; and the number of the plane of each array. Without domes
        the table itself.
    """
    domes = has_domes(planes)
    if not domes.any():
        return planes, np.arange(len(planes))
    owner = np.repeat(np.arange(len(planes)), 1 + domes)
    second = side_of(owner) == 1
    azimuth = planes["surface_azimuth"].to_numpy(dtype=float)[owner]
    kwp = planes["kwp"].to_numpy(dtype=float)[owner]
    arrays = planes.iloc[owner].assign(
        surface_azimuth=np.where(second, (azimuth + 180.0) % 360.0, azimuth),
        kwp=np.where(domes[owner], kwp / 2.0, kwp),
    )
    return arrays.reset_index(drop=True), owner


def side_of(owner: np.ndarray) -> np.ndarray:
    """Side of each array, 0 or 1, by the planes that ``arrays_of`` gives."""
    side = np.zeros(owner.size, dtype=np.int64)
    side[1:] = owner[1:] == owner[:-1]
    return side


def per_plane(values: np.ndarray, owner: np.ndarray, axis: int = 0) -> np.ndarray:
    """
    Mean over the arrays of each plane: what both sides of a dome have per area or per kWp.

    Parameters
    ----------
    values : ndarray
        Of each array along ``axis``; what is missing of one side is missing of the plane.
    owner : ndarray (array,)
        From ``arrays_of``.
    axis : int

    Returns
    -------
    ndarray
        Of each plane along ``axis``; ``values`` themselves where every plane is one array.
    """
    starts = np.flatnonzero(side_of(owner) == 0)
    if starts.size == owner.size:
        return values
    count = np.diff(starts, append=owner.size)
    shape = np.ones(values.ndim, dtype=int)
    shape[axis] = starts.size
    return np.asarray(np.add.reduceat(values, starts, axis=axis) / count.reshape(shape))
