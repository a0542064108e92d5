"""How much of its sun a plane gets under its skyline."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from roofpv.assumptions import Assumptions
from roofpv.energy.alike import lone_arrays
from roofpv.energy.simulate import simulate
from roofpv.energy.skylines import Skylines, skylines_of


def solar_access(
    planes: pd.DataFrame, sky: xr.Dataset, assumptions: Assumptions, skylines: Skylines
) -> np.ndarray:
    """
    Irradiation of a year on every bare plane, over that in the open.

    Parameters
    ----------
    planes : DataFrame (plane,)
        ``plane_id roof_tilt roof_azimuth`` [deg], ``weather_site``.
    sky : Dataset (site, time)
    assumptions : Assumptions
    skylines : Skylines

    Returns
    -------
    ndarray (plane,)
        [1]; NaN where there is no skyline, or no complete month of weather.
    """
    bare = planes.assign(
        surface_tilt=planes["roof_tilt"],
        surface_azimuth=planes["roof_azimuth"],
        kwp=1.0,
        row_kind="none",
    )
    first, kind = lone_arrays(bare)
    # Flat roofs are all alike there.
    open_sky = _light(simulate(bare.iloc[first], sky, assumptions))[kind]
    seen = _light(simulate(bare, sky, assumptions, skylines))
    known = skylines_of(skylines, planes["plane_id"].to_numpy(dtype=object)).known
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(known, seen / open_sky, np.nan))


def _light(by_plane: xr.Dataset) -> np.ndarray:
    """Irradiation of each plane in the months that are known. [kWh/m2]."""
    spans = [name for name in by_plane["poa_kwh_per_m2"].dims if name != "plane_id"]
    return by_plane["poa_kwh_per_m2"].sum(spans, skipna=True).to_numpy()
