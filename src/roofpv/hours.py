"""Hours of a result that its tables do not hold: of every plane, of every district."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
import xarray as xr

from roofpv import energy
from roofpv.assumptions import Assumptions
from roofpv.dirt import site_sky
from roofpv.energy import DistrictHours, Skylines
from roofpv.results import Result


@dataclasses.dataclass(frozen=True, eq=False)
class Hours:
    """
    What the hours of planes are made from, whenever somebody asks for them.

    ``planes`` as in a result, ``district`` (plane,) of each, ``sky`` (site, time), ``seen`` their
    skylines, if there are any.
    """

    planes: pd.DataFrame
    district: np.ndarray
    sky: xr.Dataset
    seen: Skylines | None
    assumed: Assumptions

    def of_planes(self) -> Iterator[tuple[slice, xr.Dataset]]:
        """As ``energy.simulate_hourly``: some planes at a time."""
        return energy.simulate_hourly(self.planes, self.sky, self.assumed, skylines=self.seen)

    def of_districts(self) -> DistrictHours:
        """Sums of districts."""
        return energy.district_hours(self.planes, self.district, self.sky, self.assumed, self.seen)


def hours_under(
    tables: tuple[pd.DataFrame, pd.DataFrame],
    sky: xr.Dataset,
    sources: Mapping[str, xr.Dataset],
    assumed: Assumptions,
) -> Hours:
    """
    Hours of planes under their skylines.

    Parameters
    ----------
    tables : (DataFrame (building,), DataFrame (plane,))
        Of a result.
    sky : Dataset (site, time)
    sources : mapping of str to Dataset
        Skylines by source, none where the surroundings are not known.
    assumed : Assumptions
    """
    buildings, planes = tables
    names = planes["plane_id"].to_numpy(dtype=object)
    seen = energy.combined_skyline(list(sources.values()), names) if sources else None
    own = buildings.set_index("building_id")["district"]
    district = own.reindex(planes["building_id"]).to_numpy(dtype=object)
    return Hours(pd.DataFrame(planes), district, sky, seen, assumed)


def hours_of(result: Result, assumed: Assumptions) -> Hours:
    """
    Hours of the planes of a result.

    Parameters
    ----------
    result : Result
    assumed : Assumptions
        Those that it was made with.
    """
    sky = site_sky(result.weather, assumed)
    return hours_under((result.buildings, result.planes), sky, result.skylines, assumed)


def with_district_hours(result: Result, hours: Hours) -> Result:
    """
    Put the sums of the districts into a result, so that ``write_results`` keeps them.

    Parameters
    ----------
    result : Result
    hours : Hours
    """
    return dataclasses.replace(result, district_hours=hours.of_districts().labelled(hours.sky))
