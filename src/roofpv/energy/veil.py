"""How much of the light on an array reaches its cells past dust, snow and the air's colour."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import xarray as xr

from roofpv.assumptions import Assumptions
from roofpv.errors import InvalidWeather

_FACTORS = ("spectral_factor", "soiling_loss", "snow_loss")


def by_tilt(site: xr.Dataset, surface_tilt: np.ndarray) -> Iterator[tuple[xr.Dataset, np.ndarray]]:
    """
    Skies of one site for the arrays that lie nearest to each tilt of it.

    Parameters
    ----------
    site : Dataset (time,)
        From ``roofpv.dirt.site_sky``.
    surface_tilt : ndarray (array,)
        [deg]

    Yields
    ------
    (Dataset (time,), ndarray)
        A sky without tilts, and the numbers of its arrays; the site and all of them where nothing
        in it goes by tilt.
    """
    if not any("tilt" in site[name].dims for name in _FACTORS if name in site):
        yield site, np.arange(surface_tilt.size)
        return
    apart = np.abs(np.nan_to_num(surface_tilt)[:, None] - site["tilt"].to_numpy())
    nearest = apart.argmin(axis=1)
    for number in np.unique(nearest):
        yield site.isel(tilt=number), np.flatnonzero(nearest == number)


def light_factor(site: xr.Dataset, assumptions: Assumptions) -> np.ndarray | None:
    """
    Share of the light that reaches the cells in each row, by the models that go hour by hour.

    Parameters
    ----------
    site : Dataset (time,)
        Of ``by_tilt``.
    assumptions : Assumptions

    Returns
    -------
    ndarray (time,) or None
        None where all of it is constant. [1]

    Raises
    ------
    InvalidWeather
        The sky was made without a model that is chosen.
    """
    chosen = {
        "spectral_factor": assumptions.models.spectrum in {"first_solar", "caballero"},
        "soiling_loss": assumptions.losses.soiling_model != "constant",
        "snow_loss": assumptions.losses.snow_model != "constant",
    }
    factor = None
    for name in _FACTORS:
        if not chosen[name]:
            continue
        if name not in site:
            raise InvalidWeather(
                f"sky, {name}", "missing, and its model is chosen", "Make it by roofpv.dirt"
            )
        values = site[name].to_numpy()
        share = values if name == "spectral_factor" else 1.0 - values
        factor = share if factor is None else factor * share
    return factor
