"""Energy of districts hour by hour, from hours that nobody keeps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from roofpv.assumptions import Assumptions
from roofpv.compiled import load_kernels, run_kernel
from roofpv.energy.acblocks import AcBlock, Listener
from roofpv.energy.arrays import arrays_of
from roofpv.energy.simulate import simulate, simulate_hourly
from roofpv.energy.skylines import Skylines

district_kernels = load_kernels("districts")

Ints = npt.NDArray[np.int64]

# Hours of arrays are rounded to these and then add up exactly; 500 billion kWh an hour fit.
UNIT_KWH = 2.0**-24


@dataclass(frozen=True, eq=False)
class DistrictHours:
    """
    Sums of districts in whole units, so that sums of parts are those of the whole to the bit.

    ``names`` in order, "" where the district is not known; ``units`` (district, time) of
    ``UNIT_KWH``; ``missing`` (district, time) arrays whose hour is not known; ``planes``
    (district,), and of these ``left_out``, whose capacity is not known.
    """

    names: tuple[str, ...]
    units: Ints
    missing: Ints
    planes: Ints
    left_out: Ints

    def labelled(self, sky: xr.Dataset) -> xr.Dataset:
        """
        The sums as they are written.

        Parameters
        ----------
        sky : Dataset (site, time)

        Returns
        -------
        Dataset (district, time)
            ``ac_kwh`` in each row of the weather [kWh], NaN where that of any plane is not known;
            ``planes`` and ``planes_left_out`` by district.
        """
        kwh = np.where(self.missing > 0, np.nan, self.units * UNIT_KWH)
        data = xr.Dataset(
            {
                "ac_kwh": (("district", "time"), kwh, {"units": "kWh"}),
                "planes": (("district",), self.planes),
                "planes_left_out": (("district",), self.left_out),
            },
            {"district": np.array(self.names, dtype=object), "time": sky.indexes["time"]},
            {"time_label": str(sky.attrs["time_label"])},
        )
        data["time"].encoding |= {"units": "seconds since 1970-01-01", "dtype": "int64"}
        return data


def district_hours(
    planes: pd.DataFrame,
    district: npt.NDArray[np.object_],
    sky: xr.Dataset,
    assumptions: Assumptions,
    skylines: Skylines | None = None,
) -> DistrictHours:
    """
    Energy of each district in each row of the weather.

    Parameters
    ----------
    planes, sky, assumptions, skylines
        As in ``simulate``.
    district : ndarray (plane,)
        None where it is not known.

    Returns
    -------
    DistrictHours
        Of the districts that have any plane.
    """
    place, names = pd.factorize(np.where(pd.isna(district), "", district), sort=True)
    arrays, owner = arrays_of(planes)
    kwp = arrays["kwp"].to_numpy(dtype=float)
    known = ~np.isnan(planes["kwp"].to_numpy(dtype=float))
    per_kw = float(sky.attrs["interval_minutes"]) / 60.0 / UNIT_KWH
    units = np.zeros((len(names), sky.sizes["time"]), dtype=np.int64)
    missing, given = np.zeros_like(units), np.zeros(len(planes), dtype=bool)

    def take(block: AcBlock) -> None:
        mine = owner[block.arrays]
        given[mine] = True
        _add(block.ac, kwp[block.arrays] * per_kw, place[mine], block.rows, (units, missing))

    listener = Listener(np.where(known, np.arange(len(planes)), -1), take)
    simulate(planes, sky, assumptions, skylines, listener)
    # Planes of several skies are given to no listener.
    rest = np.flatnonzero(known & ~given)
    rows = np.arange(sky.sizes["time"])
    some = planes.iloc[rest].reset_index(drop=True)
    for chunk, hours in simulate_hourly(some, sky, assumptions, skylines=skylines):
        ac = hours["ac_kw"].to_numpy()
        _add(ac, np.full(len(ac), per_kw), place[rest[chunk]], rows, (units, missing))
    count = np.bincount(place, minlength=len(names))
    return DistrictHours(
        tuple(names.tolist()), units, missing, count,
        count - np.bincount(place[known], minlength=len(names)),
    )  # fmt: skip


def added_hours(parts: Iterable[DistrictHours]) -> DistrictHours:
    """
    Sums of the parts of a list, one after the other.

    Parameters
    ----------
    parts : iterable of DistrictHours
        Under the same weather; at least one.
    """
    sums: dict[str, list[Ints]] = {}
    width = 0
    for part in parts:
        width = part.units.shape[1]
        for i, name in enumerate(part.names):
            mine = [
                part.units[i],
                part.missing[i],
                part.planes[i : i + 1],
                part.left_out[i : i + 1],
            ]
            sums[name] = (
                [a + b for a, b in zip(sums[name], mine, strict=True)] if name in sums else mine
            )
    names = tuple(sorted(sums))
    shapes = ((0, width), (0, width), (0,), (0,))
    columns = [
        np.stack([sums[name][k] for name in names]) if names else np.zeros(shape, dtype=np.int64)
        for k, shape in enumerate(shapes)
    ]
    return DistrictHours(names, columns[0], columns[1], columns[2].ravel(), columns[3].ravel())


def _add(
    ac: npt.NDArray[np.float64],
    scale: npt.NDArray[np.float64],
    place: Ints,
    rows: Ints,
    sums: tuple[Ints, Ints],
) -> None:
    run_kernel(district_kernels.add_hours, np.ascontiguousarray(ac), scale, place, rows, *sums)
