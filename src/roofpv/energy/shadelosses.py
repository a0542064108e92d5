"""What the skylines of planes take of their energy, source by source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from roofpv.assumptions import Assumptions
from roofpv.energy.alike import same_skylines
from roofpv.energy.simulate import simulate
from roofpv.energy.skylines import Skylines, combined_skyline, running_skylines, skylines_of

TREES = "trees"
# Of sums of some thousand hours.
_ROUNDING = 1e-12


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
    shaded: xr.Dataset | None = None,
) -> Shaded:
    """
    Energy under skylines, and what each source of them takes.

    The sources come on top of each other in their order (the terrain, then the neighbours too, then
    own structures and the surface model too); of a source that tells trees apart what is solid, and
    then the trees. Each step is one simulation of the planes whose skyline it changes.

    Parameters
    ----------
    planes, sky, assumptions
        As in ``simulate``.
    sources : mapping of str to Dataset or Skylines
        As ``combined_skyline`` takes them, by name: ``terrain``, ``neighbours``, ``own``.
    unshaded, shaded : Dataset, optional
        What ``simulate`` made of the planes in the open, and under ``combined_skyline`` of all
        sources, where that is at hand.

    Returns
    -------
    Shaded
        ``losses`` is the table of ``shading_losses``.
    """
    energies = [simulate(planes, sky, assumptions) if unshaded is None else unshaded]
    steps = list(skyline_steps(sources, planes["plane_id"].to_numpy(dtype=object)))
    before: Skylines | None = None
    for number, step in enumerate(steps, 1):
        if number == len(steps) and shaded is not None:
            energies.append(shaded)
            break
        changed = ~same_skylines(before, step.joint)
        at_hand = energies[-1]
        if shaded is not None:
            # Where no later source hides more: without own structures that is most of a city.
            final = changed & same_skylines(step.joint, steps[-1].joint)
            at_hand, changed = _with_rows(at_hand, shaded, final), changed & ~final
        rows = np.flatnonzero(changed)
        energies.append(_changed(at_hand, planes, rows, (sky, assumptions, step.joint)))
        before = step.joint
    losses = _losses(energies, steps)
    return Shaded(energies[0], energies[-1], losses.set_index(planes.index))


def losses_of(sources: Mapping[str, xr.Dataset | Skylines]) -> list[str]:
    """
    Names of the losses of sources: their own, and ``TREES`` after one that tells trees apart.

    Parameters
    ----------
    sources : mapping of str to Dataset or Skylines
    """
    names = []
    for name, source in sources.items():
        trees = source.has_trees if isinstance(source, Skylines) else "canopy_elevation" in source
        names += [name, TREES] if trees else [name]
    return list(dict.fromkeys(names))


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
        ``<name>_loss`` of each of ``losses_of``, beyond those before it, and
        ``shading_loss_fraction``, their sum [1]; ``shading_not_known``, the sources that do not
        know the plane. NaN of such a source, and of the sum where no source knows the plane or it
        has no energy in the open; of the complete years where there are several.
    """
    return shaded_energy(planes, sky, assumptions, sources).losses


class Step(NamedTuple):
    """One more loss: its name, the source, the planes that it knows, and all skylines up to it."""

    name: str
    source: str
    known: np.ndarray
    joint: Skylines


def skyline_steps(
    sources: Mapping[str, xr.Dataset | Skylines], names: np.ndarray
) -> Iterator[Step]:
    """Losses by skylines in their order, each with all of those up to it."""
    if not sources:
        return
    joint = running_skylines(list(sources.values()), names)
    for number, (name, source) in enumerate(sources.items()):
        mine = skylines_of(source, names)
        if mine.has_trees:
            solid = replace(mine, canopy=mine.elevation)
            parts = [*joint[max(number - 1, 0) : number], solid]
            yield Step(name, name, mine.known, combined_skyline(parts, names))
        yield Step(TREES if mine.has_trees else name, name, mine.known, joint[number])


def _with_rows(before: xr.Dataset, after: xr.Dataset, rows: np.ndarray) -> xr.Dataset:
    """Energy of all planes, of some of them another."""
    if not rows.any():
        return before
    found = before.copy(deep=True)
    for name in found.data_vars:
        found[name].to_numpy()[rows] = after[name].to_numpy()[rows]
    return found


def _changed(
    before: xr.Dataset,
    planes: pd.DataFrame,
    rows: np.ndarray,
    under: tuple[xr.Dataset, Assumptions, Skylines],
) -> xr.Dataset:
    """Energy of all planes, of which some have another skyline than before."""
    if not rows.size:
        return before
    sky, assumptions, skylines = under
    if rows.size == len(planes):
        return simulate(planes, sky, assumptions, skylines)
    again = simulate(planes.iloc[rows].reset_index(drop=True), sky, assumptions, skylines)
    found = before.copy(deep=True)
    for name in found.data_vars:
        found[name].to_numpy()[rows] = again[name].to_numpy()
    return found


def _losses(energies: list[xr.Dataset], steps: list[Step]) -> pd.DataFrame:
    yearly = [_yearly(one) for one in energies]
    complete = ~np.isnan(yearly[0])
    sums = [np.where(complete, values, 0.0).sum(axis=1) for values in yearly]
    whole = np.where(sums[0] > 0.0, sums[0], np.nan)
    table: dict[str, np.ndarray] = {}
    total, any_known = np.zeros(whole.size), np.zeros(whole.size, dtype=bool)
    for number, step in enumerate(steps):
        loss = without_rounding((sums[number] - sums[number + 1]) / whole)
        name = f"{step.name}_loss"
        taken = np.where(step.known, loss, np.nan)
        table[name] = taken + table[name] if name in table else taken
        total = total + np.where(step.known, loss, 0.0)
        any_known |= step.known
    table["shading_loss_fraction"] = np.where(any_known, total, np.nan)
    table["shading_not_known"] = _named({step.source: step.known for step in steps})
    return pd.DataFrame(table)


def without_rounding(loss: np.ndarray) -> np.ndarray:
    """
    Losses with exactly 0 where only the digits of the sums differ.

    A loss below 0 by more than that stays: points of different places (nine of a plane, the pixels
    of another source) are joined by rank sector by sector, by which the sun between two sectors may
    reach a little more of them than before.

    Parameters
    ----------
    loss : ndarray
        [1]
    """
    return np.where(np.abs(loss) < _ROUNDING, 0.0, loss)


def _named(known: Mapping[str, np.ndarray]) -> np.ndarray:
    """Names of the sources that do not know a plane."""
    lacking = ~np.array(list(known.values()), dtype=bool).T
    # A few kinds of planes, not a text for each: a hundredth of the time.
    code = lacking @ (1 << np.arange(len(known)))
    _, first, kind = np.unique(code, return_index=True, return_inverse=True)
    sources = list(known)
    texts = [" ".join(sources[i] for i in np.flatnonzero(lacking[row])) for row in first]
    return np.array(texts, dtype=object)[kind]


def _yearly(by_plane: xr.Dataset) -> np.ndarray:
    """AC energy by plane and year; NaN where a month is missing. [kWh]."""
    sums = by_plane["ac_kwh"].sum("month", skipna=False).to_numpy()
    return sums[:, None] if sums.ndim == 1 else sums
