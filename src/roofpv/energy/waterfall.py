"""What becomes of the sun's energy on the way to the meter, step by step."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from roofpv.assumptions import Assumptions, Losses
from roofpv.energy.shadelosses import skyline_steps
from roofpv.energy.simulate import simulate, simulate_hourly
from roofpv.energy.skylines import Skylines
from roofpv.shares import shares_of

SUN, METER = "sun", "inverter"
_SYSTEM = ("nameplate", "mismatch", "wiring", "connections")
_QUANTITIES = ("poa", "dc", "ac")

Sums = dict[str, np.ndarray]
Run = Callable[[Assumptions, Skylines | None], Sums]
Steps = Iterator[tuple[str, np.ndarray]]


@dataclass(frozen=True, eq=False)
class Case:
    """Planes and sky as ``simulate`` takes them, and their skylines by source."""

    planes: pd.DataFrame
    sky: xr.Dataset
    assumptions: Assumptions
    sources: Mapping[str, xr.Dataset | Skylines] = dataclasses.field(default_factory=dict)


def waterfall(case: Case, by_plane: xr.Dataset | None = None) -> pd.DataFrame:
    """
    Energy of a year that is left of every plane's sun after each step.

    The steps follow each other as the energy is reckoned: each is the simulation with one more
    model, or a loss that every hour has alike. What is left after a step, over what was left after
    the one before, is its factor; the factors multiply to AC energy over that of the sun.

    Parameters
    ----------
    case : Case
    by_plane : Dataset, optional
        What ``simulate`` made of it, where that is at hand.

    Returns
    -------
    DataFrame (plane,)
        A column a step, what is left after it [kWh]: ``sun`` is horizontal irradiation times
        capacity, at 1 kW/m2 a kWp; ``plane`` that on the lone array in the open; the sources of
        skylines, ``rows``, ``reflection``, ``electrical`` (shade on strings), ``spectrum``,
        ``soiling``, ``snow``, ``low_light``, ``temperature``, the parts of the system,
        ``first_year``, ``availability``, ``clipping`` (above the inverter's rating), ``inverter``.
        The mean of the complete years where there are several; NaN where there is none.
    """
    kwp = case.planes["kwp"].to_numpy(dtype=float)[:, None]

    def run(assumptions: Assumptions, skylines: Skylines | None) -> Sums:
        return _sums(simulate(case.planes, case.sky, assumptions, skylines), kwp)

    last = None if by_plane is None else _sums(by_plane, kwp)
    left = dict(_steps(case, run, _sun_by_year(case), last))
    complete = ~np.isnan(left[METER])
    count = np.where(complete.any(axis=1), complete.sum(axis=1), np.nan)
    means = {name: np.where(complete, v, 0.0).sum(axis=1) / count for name, v in left.items()}
    return pd.DataFrame(means, index=case.planes.index)


def waterfall_hours(case: Case) -> xr.Dataset:
    """
    As ``waterfall``, of every row of the weather; for some planes.

    Parameters
    ----------
    case : Case

    Returns
    -------
    Dataset (plane_id, time)
        A variable a step. [kWh]
    """
    step = float(case.sky.attrs["interval_minutes"]) / 60.0
    kwp = case.planes["kwp"].to_numpy(dtype=float)[:, None]

    def run(assumptions: Assumptions, skylines: Skylines | None) -> Sums:
        parts = simulate_hourly(case.planes, case.sky, assumptions, skylines=skylines)
        whole = xr.concat([part for _, part in parts], "plane_id")
        return {
            "poa": whole["poa_global"].to_numpy() / 1000.0 * kwp * step,
            "dc": whole["dc_kw"].to_numpy() * step,
            "ac": whole["ac_kw"].to_numpy() * step,
        }

    sun = _by_plane(case, case.sky["ghi"].transpose("site", "time").to_numpy() * step)
    left = dict(_steps(case, run, sun, None))
    coords = {"plane_id": case.planes["plane_id"].to_numpy(dtype=object), "time": case.sky["time"]}
    data = {name: (("plane_id", "time"), values) for name, values in left.items()}
    return xr.Dataset(data, coords)


def system_factors(losses: Losses) -> dict[str, float]:
    """
    Shares that the parts of the system leave.

    Where the lump counts, each part has as much of it as its own loss has of all four, by
    logarithms, so that they multiply to it.
    """
    left = {name: 1.0 - float(getattr(losses, name)) for name in _SYSTEM}
    if losses.system_by == "parts":
        return left
    logs = {name: -np.log(share) for name, share in left.items()}
    whole = sum(logs.values())
    # With no parts to go by, all of it is told as the nameplate's.
    part = {
        name: log / whole if whole > 0.0 else float(name == _SYSTEM[0])
        for name, log in logs.items()
    }
    return {name: float((1.0 - losses.system) ** share) for name, share in part.items()}


def _steps(case: Case, run: Run, sun: np.ndarray, last: Sums | None) -> Steps:
    """What is left after each step."""
    full = case.assumptions
    bare = _bare(full)
    names = case.planes["plane_id"].to_numpy(dtype=object)
    yield SUN, sun
    lone = dataclasses.replace(bare, shading=dataclasses.replace(bare.shading, rows="none"))
    now = run(lone, None)
    yield "plane", now["poa"]
    seen, told = None, set()
    for one in skyline_steps(case.sources, names):
        seen = one.joint
        now = run(lone, seen)
        # Trees of a second source are its own.
        yield f"{one.source}_{one.name}" if one.name in told else one.name, now["poa"]
        told.add(one.name)
    if full.shading.rows != "none":
        now = run(bare, seen)
    yield "rows", now["poa"]
    yield "reflection", now["dc"]
    yield from _light(full, bare, now, lambda chosen: run(chosen, seen))
    yield from _power(full, lambda chosen: run(chosen, seen), last)


def _light(
    full: Assumptions, bare: Assumptions, now: Sums, run: Callable[[Assumptions], Sums]
) -> Steps:
    """Light that the strings use, model after model; those that are constant take their share."""
    losses, constant = full.losses, 1.0
    changes: list[tuple[str, dict[str, dict[str, object]], float, bool]] = [
        ("electrical", {"shading": {"electrical": full.shading.electrical}}, 0.0, False),
        ("spectrum", {"models": {"spectrum": full.models.spectrum}}, 0.0, False),
        (
            "soiling", {"losses": {"soiling_model": losses.soiling_model}}, losses.soiling,
            losses.soiling_model == "constant",
        ),
        (
            "snow", {"losses": {"snow_model": losses.snow_model}}, losses.snow,
            losses.snow_model == "constant",
        ),
        ("low_light", {"module": {"low_light_k": full.module.low_light_k}}, 0.0, False),
    ]  # fmt: skip
    for name, change, loss, is_constant in changes:
        if is_constant:
            constant *= 1.0 - loss
        else:
            chosen = _changed(bare, change)
            if chosen != bare:
                bare, now = chosen, run(chosen)
        yield name, now["dc"] * constant


def _power(full: Assumptions, run: Callable[[Assumptions], Sums], last: Sums | None) -> Steps:
    """DC energy of cells as warm as they are, after each part of the system; AC energy."""
    losses = full.losses
    # An inverter that loses nothing but what is above its rating.
    ideal = run(_changed(full, {"models": {"inverter": "ideal"}}))
    rest = {
        **system_factors(losses),
        "first_year": 1.0 - losses.first_year,
        "availability": 1.0 - losses.availability,
    }
    left = ideal["dc"] / float(np.prod(list(rest.values())))
    yield "temperature", left
    for name, share in rest.items():
        left = left * share
        yield name, left
    yield "clipping", ideal["ac"] / full.inverter.efficiency
    yield METER, (run(full) if last is None else last)["ac"]


def _bare(full: Assumptions) -> Assumptions:
    """Transposition, shade and reflection alone."""
    return _changed(
        full,
        {
            "models": {"spectrum": "none"},
            "losses": {
                "system": 0.0, "system_by": "lump", "soiling": 0.0, "snow": 0.0,
                "availability": 0.0, "first_year": 0.0, "soiling_model": "constant",
                "snow_model": "constant",
            },
            "module": {"gamma_pdc": 0.0, "low_light_k": 0.0},
            "shading": {"electrical": "linear"},
        },
    )  # fmt: skip


def _changed(base: Assumptions, change: Mapping[str, Mapping[str, object]]) -> Assumptions:
    for room, values in change.items():
        changed = dataclasses.replace(getattr(base, room), **values)
        base = dataclasses.replace(base, **{room: changed})
    return base


def _sums(by_plane: xr.Dataset, kwp: np.ndarray) -> Sums:
    """Sums by plane and year; NaN where a month is missing. [kWh]."""
    found = {}
    for name, column in zip(_QUANTITIES, ("poa_kwh_per_m2", "dc_kwh", "ac_kwh"), strict=True):
        sums = by_plane[column].sum("month", skipna=False).to_numpy()
        found[name] = sums[:, None] if sums.ndim == 1 else sums
    found["poa"] = found["poa"] * kwp
    return found


def _sun_by_year(case: Case) -> np.ndarray:
    """Horizontal irradiation times capacity, by plane and year. [kWh]."""
    step = float(case.sky.attrs["interval_minutes"]) / 60.0
    year = case.sky["year"].to_numpy()
    ghi = np.nan_to_num(case.sky["ghi"].transpose("site", "time").to_numpy()) * step
    sums = [ghi[:, year == one].sum(axis=1) for one in np.unique(year)]
    return _by_plane(case, np.stack(sums, axis=1))


def _by_plane(case: Case, by_site: np.ndarray) -> np.ndarray:
    """Values of the sites (site, k) at each plane, times its capacity. [kWh]."""
    shares = shares_of(case.planes)
    place = pd.Index(case.sky["site"].to_numpy()).get_indexer(shares.site)
    sums = np.zeros((len(case.planes), by_site.shape[1]))
    np.add.at(sums, shares.row, by_site[place] * shares.weight[:, None])
    return sums * case.planes["kwp"].to_numpy(dtype=float)[:, None] / 1000.0
