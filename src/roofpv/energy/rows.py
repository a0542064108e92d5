"""Rows of an array in the form that the kernels take."""

from __future__ import annotations

import numpy as np
import pandas as pd

from roofpv.compiled import load_kernels

row_kernels = load_kernels("rows")

_KINDS = {"racks": row_kernels.RACKS, "domes": row_kernels.DOMES}


def row_parameters(planes: pd.DataFrame, shading: str) -> np.ndarray:
    """
    Columns ROWS ... GAP of the kernels' ``planes`` array.

    Parameters
    ----------
    planes : DataFrame (array,)
        ``surface_tilt surface_azimuth`` [deg]; where there are rows, ``row_kind`` ("racks" all
        facing one way, "domes" of two sides under one ridge, of which an array here is one,
        anything else has none), ``gcr`` (sloped module length over pitch, both sides of a dome
        together), ``roof_tilt roof_azimuth`` of the roof that they stand on [deg].
    shading : str
        "none", "beam" or "beam_diffuse".

    Returns
    -------
    ndarray (array, 10)
    """
    k = row_kernels
    parameters = np.zeros((len(planes), 10))
    kind = row_kinds(planes)
    if shading == "none" or not kind.any():
        return parameters
    chosen = np.flatnonzero(kind)
    factors = np.empty((chosen.size, 9))
    k.row_factors(_arrays(planes.iloc[chosen], kind[chosen]), factors)
    if shading == "beam":
        factors[:, [k.SKY_SHARE, k.GROUND_SHARE, k.GROUND_SKY, k.GAP]] = 1.0
        factors[:, [k.ROW_COVER, k.OPPOSITE]] = 0.0
    parameters[chosen, 0] = 1.0
    parameters[chosen, 1:] = factors
    return parameters


def row_kinds(planes: pd.DataFrame) -> np.ndarray:
    """Number of the kind of rows of each plane; 0 where there are none."""
    if "row_kind" not in planes:
        return np.zeros(len(planes), dtype=int)
    told = planes["row_kind"].to_numpy(dtype=object)
    kinds = np.zeros(len(planes), dtype=int)
    for name, kind in _KINDS.items():
        kinds[told == name] = kind
    return kinds


def _arrays(planes: pd.DataFrame, kind: np.ndarray) -> np.ndarray:
    names = ["surface_tilt", "surface_azimuth", "roof_tilt", "roof_azimuth", "gcr"]
    return np.column_stack([planes[names].to_numpy(dtype=float), kind.astype(float)])
