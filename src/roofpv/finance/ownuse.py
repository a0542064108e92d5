"""Own use of roofs from hourly output, load and prices: the labelled side of its kernel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from roofpv.compiled import load_kernels, run_kernel

kernels = load_kernels("ownuse")

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Meters:
    """
    What stands behind each meter (roof,): a roof is all planes of one building.

    ``first_plane`` (roof + 1,) with the end; ``annual_kwh`` consumption of the year, NaN where it
    is not known [kWh]; ``shape`` and ``tariff`` places in those of ``Hours``.
    """

    first_plane: Ints
    annual_kwh: Floats
    shape: Ints
    tariff: Ints


@dataclass(frozen=True, eq=False)
class Hours:
    """
    What all roofs share by hour.

    ``bounds`` (span + 1,) where each span begins, with the end; ``shapes`` (shape, hour) shares of
    the year's consumption [1]; ``buy`` and ``sell`` (tariff, hour) prices [CNY/kWh]. Hours without
    sun may be left out: nothing is used or exported in them.
    """

    bounds: Ints
    shapes: Floats
    buy: Floats
    sell: Floats

    @cached_property
    def prices(self) -> Floats:
        """Both prices as the kernel takes them, by (tariff, 2, hour); stacked once. [CNY/kWh]."""
        return np.ascontiguousarray(np.stack([self.buy, self.sell], axis=1), dtype=np.float64)


def kernels_ahead() -> list[tuple[Any, str]]:
    """The kernel of own use, as ``compile_ahead`` takes it."""
    return [(kernels.sum_own_use_roofs, "f2 f1 i1 i2 f1 f2 f3 f3")]


def own_use(ac: Floats, meters: Meters, hours: Hours, scale: Floats | None = None) -> Floats:
    """
    Own use, export and their worth, by roof and span.

    Parameters
    ----------
    ac : ndarray (plane, hour)
        Planes of one roof side by side. [kWh]
    meters : Meters
    hours : Hours
    scale : ndarray (plane,), optional
        What makes kWh of ``ac``, where it is in another unit.

    Returns
    -------
    ndarray (roof, span, 4)
        Own use, export [kWh], what own use saves and what export earns [CNY]; NaN where the
        consumption is not known or an hour of the output is missing.
    """
    count = meters.annual_kwh.size
    roofs = np.zeros((3, count + 1), dtype=np.int64)
    roofs[0], roofs[1, :count], roofs[2, :count] = meters.first_plane, meters.shape, meters.tariff
    out = np.empty((count, hours.bounds.size - 1, 4))
    run_kernel(
        kernels.sum_own_use_roofs,
        np.ascontiguousarray(ac, dtype=np.float64),
        np.ones(len(ac)) if scale is None else np.ascontiguousarray(scale, dtype=np.float64),
        np.ascontiguousarray(hours.bounds, dtype=np.int64),
        roofs,
        np.ascontiguousarray(meters.annual_kwh, dtype=np.float64),
        np.ascontiguousarray(hours.shapes, dtype=np.float64),
        hours.prices,
        out,
    )
    return out


def own_use_table(sums: Floats, annual_kwh: Floats) -> pd.DataFrame:
    """
    Own use of the year, from the sums by span.

    Parameters
    ----------
    sums : ndarray (roof, span, 4)
        From ``own_use``, the spans of one year.
    annual_kwh : ndarray (roof,)
        Consumption. [kWh]

    Returns
    -------
    DataFrame (roof,)
        ``own_use_kwh export_kwh saved_cny sold_cny``; ``self_use_fraction``, own use by output (NaN
        without any output), and ``self_supply_fraction``, own use by consumption (NaN without any).
    """
    names = ("own_use_kwh", "export_kwh", "saved_cny", "sold_cny")
    year = np.zeros((len(sums), 4))
    for span in range(sums.shape[1]):
        year += sums[:, span]
    table = pd.DataFrame(dict(zip(names, year.T, strict=True)))
    own, output = year[:, 0], year[:, 0] + year[:, 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        table["self_use_fraction"] = np.where(output > 0.0, own / output, np.nan)
        table["self_supply_fraction"] = np.where(annual_kwh > 0.0, own / annual_kwh, np.nan)
    return table
