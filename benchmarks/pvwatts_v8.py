"""PySAM's PVWatts v8 on a roofpv weather Dataset, and the assumptions that come nearest to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import PySAM.Pvwattsv8 as Pvwatts
import xarray as xr

from roofpv.assumptions import PVWATTS_V8, Assumptions, Site, from_values
from roofpv.sky import sun_times

Simulate = Callable[..., dict[str, np.ndarray]]

ROOF_MOUNT, OPEN_RACK = 1, 0
SYSTEM_LOSS = 0.1408
# An open rack is a field of rows; at the smallest ratio v8 takes, the rows do not shade each other.
_NO_SELF_SHADING = 0.01


@dataclass(frozen=True)
class Array:
    """Tilt and azimuth in degrees, ROOF_MOUNT or OPEN_RACK, capacity in kWp, loss as a fraction."""

    tilt: float
    azimuth: float
    mount: int = ROOF_MOUNT
    kwp: float = 4.0
    loss: float = SYSTEM_LOSS


def losses_only(system: float) -> dict[str, float]:
    """Settings with one system loss and every other loss at 0."""
    others = ("soiling", "snow", "availability", "first_year")
    return {"losses.system": system} | {f"losses.{name}": 0.0 for name in others}


def nearest_assumptions(
    temperature: str, transposition: str = "perez", iam: str = "physical"
) -> Assumptions:
    """Roofpv's assumptions with v8's standard module, losses and inverter rating."""
    models = {"transposition": transposition, "iam": iam, "temperature": temperature}
    values = losses_only(SYSTEM_LOSS) | {f"models.{key}": name for key, name in models.items()}
    numbers = {
        "module.gamma_pdc": -0.0037,
        "inverter.efficiency": 0.96,
        "inverter.dc_ac_ratio": 1.2,
    }
    return from_values(values | numbers, "benchmark")


def own_assumptions(mount: int) -> Assumptions:
    """Roofpv's assumptions with v8's own models, module, losses and inverter rating."""
    temperature = "noct/roof_mount" if mount == ROOF_MOUNT else "noct/open_rack"
    values = {**PVWATTS_V8, **losses_only(SYSTEM_LOSS), "models.temperature": temperature}
    return from_values(values, "benchmark")


def resource(weather: xr.Dataset) -> dict[str, object]:
    """
    Weather as PySAM takes it: local standard time, the sun at each row's own moment.

    Rows come in order of month, day and hour; a leap day is left out, for v8 takes 8760 rows.
    """
    offset = float(weather.attrs["utc_offset_hours"])
    local = sun_times(weather).tz_localize(None) + pd.Timedelta(hours=offset)
    order = calendar_order(weather)
    times = local[order]
    columns = {"gh": "ghi", "dn": "dni", "df": "dhi", "tdry": "temp_air", "wspd": "wind_speed"}
    place = {"lat": "latitude", "lon": "longitude", "elev": "altitude"}
    return {
        **{short: float(weather[name].isel(site=0)) for short, name in place.items()},
        "tz": offset,
        **{part: getattr(times, part).tolist() for part in ("year", "month", "day", "hour")},
        "minute": (times.minute + times.second / 60.0).tolist(),
        **{short: _column(weather, name)[order].tolist() for short, name in columns.items()},
    }


def _column(weather: xr.Dataset, name: str) -> np.ndarray:
    """A column of the first site; the wind that roofpv assumes where the weather has none."""
    if name == "wind_speed":
        wind = weather.get(name, xr.full_like(weather["temp_air"], np.nan))
        return wind.isel(site=0).fillna(Site.wind_speed).to_numpy()
    return weather[name].isel(site=0).to_numpy()


def calendar_order(weather: xr.Dataset) -> np.ndarray:
    """Rows from 1 January to 31 December by the file's clock, without 29 February."""
    offset = float(weather.attrs["utc_offset_hours"])
    local = sun_times(weather).tz_localize(None) + pd.Timedelta(hours=offset)
    order = np.lexsort((local.minute, local.hour, local.day, local.month))
    leap_day = (local.month == 2) & (local.day == 29)
    return order[~leap_day[order]]


def prepare(weather_resource: dict[str, object]) -> Simulate:
    """
    Load the weather into one v8 model.

    Returns
    -------
    callable
        From an Array to v8's hourly outputs of the names asked for: ``poa`` [W/m2], ``tcell``
        [degC], ``dc``, ``ac`` [W].
    """
    model = Pvwatts.new()
    model.SolarResource.assign(
        {"solar_resource_data": weather_resource, "albedo": [0.2], "use_wf_albedo": 0}
    )

    def simulate(array: Array, names: Sequence[str] = ("ac",)) -> dict[str, np.ndarray]:
        model.SystemDesign.assign(_design(array))
        model.execute(0)
        return {name: np.asarray(getattr(model.Outputs, name)) for name in names}

    return simulate


def annual_ac_kwh(simulate: Simulate, array: Array) -> float:
    """Annual AC energy of one array. [kWh]."""
    return float(simulate(array)["ac"].sum()) / 1000.0


def _design(array: Array) -> dict[str, float]:
    return {
        "system_capacity": array.kwp,
        "module_type": 0,
        "dc_ac_ratio": 1.2,
        "inv_eff": 96.0,
        "losses": 100.0 * array.loss,
        "array_type": array.mount,
        "tilt": array.tilt,
        "azimuth": array.azimuth,
        "gcr": _NO_SELF_SHADING if array.mount == OPEN_RACK else 0.4,
        "bifaciality": 0.0,
    }
