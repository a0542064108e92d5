"""What the skylines of planes take of their energy, source by source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from roofpv.assumptions import Assumptions
from roofpv.energy.simulate import simulate
from roofpv.energy.skylines import Skylines, running_skylines, skylines_of


class Shaded(NamedTuple):
    """Energy by plane in the open and under all skylines, and the ``losses`` between them."""

    unshaded: xr.Dataset
    shaded: xr.Dataset
    losses: pd.DataFrame


def shaded_energy(
    planes: pd.DataFrame,
    sky: xr.Dataset,
    assumptions: Assumptions,
    sources: Mapping[str, xr.Dataset | Skylines],
    unshaded: xr.Dataset | None = None,
) -> Shaded:
    """
    Energy under skylines, and what each source of them takes.

    The sources come on top of each other in their order (the terrain, then the neighbours too, then
    own structures and the surface model too), each with one simulation of all planes.

    Parameters
    ----------
    planes, sky, assumptions
        As in ``simulate``.
    sources : mapping of str to Dataset or Skylines
        As ``combined_skyline`` takes them, by name: ``terrain``, ``neighbours``, ``own``.
    unshaded : Dataset, optional
        What ``simulate`` made of the planes in the open, where that is at hand.

    Returns
    -------
    Shaded
        ``losses`` is the table of ``shading_losses``.
    """
    steps = [simulate(planes, sky, assumptions) if unshaded is None else unshaded]
    names = planes["plane_id"].to_numpy(dtype=object)
    joint = running_skylines(list(sources.values()), names)
    steps += [simulate(planes, sky, assumptions, skylines) for skylines in joint]
    known = [skylines_of(source, names).known for source in sources.values()]
    losses = _losses(steps, dict(zip(sources, known, strict=True)))
    return Shaded(steps[0], steps[-1], losses.set_index(planes.index))


def shading_losses(
    planes: pd.DataFrame,
    sky: xr.Dataset,
    assumptions: Assumptions,
    sources: Mapping[str, xr.Dataset | Skylines],
) -> pd.DataFrame:
    """
    Shares of a year's AC energy in the open that skylines take.

    Parameters
    ----------
    planes, sky, assumptions, sources
        As in ``shaded_energy``.

    Returns
    -------
    DataFrame (plane,)
        ``<source>_loss`` of each source, beyond those before it, and ``shading_loss_fraction``,
        their sum [1]; ``shading_not_known``, the sources that do not know the plane. NaN of such a
        source, and of the sum where no source knows the plane or it has no energy in the open; of
        the complete years where there are several.
    """
    return shaded_energy(planes, sky, assumptions, sources).losses


def _losses(steps: list[xr.Dataset], known: Mapping[str, np.ndarray]) -> pd.DataFrame:
    yearly = [_yearly(step) for step in steps]
    complete = ~np.isnan(yearly[0])
    sums = [np.where(complete, values, 0.0).sum(axis=1) for values in yearly]
    whole = np.where(sums[0] > 0.0, sums[0], np.nan)
    table, total, any_known = {}, np.zeros(whole.size), np.zeros(whole.size, dtype=bool)
    for number, (name, mine) in enumerate(known.items()):
        loss = (sums[number] - sums[number + 1]) / whole
        table[f"{name}_loss"] = np.where(mine, loss, np.nan)
        total = total + np.where(mine, loss, 0.0)
        any_known |= mine
    table["shading_loss_fraction"] = np.where(any_known, total, np.nan)
    table["shading_not_known"] = _named(known)
    return pd.DataFrame(table)


def _named(known: Mapping[str, np.ndarray]) -> np.ndarray:
    """Names of the sources that do not know a plane."""
    missing = [np.where(mine, "", f"{name} ") for name, mine in known.items()]
    return np.array(
        [" ".join("".join(row).split()) for row in zip(*missing, strict=True)], dtype=object
    )


def _yearly(by_plane: xr.Dataset) -> np.ndarray:
    """AC energy by plane and year; NaN where a month is missing. [kWh]."""
    sums = by_plane["ac_kwh"].sum("month", skipna=False).to_numpy()
    return sums[:, None] if sums.ndim == 1 else sums
