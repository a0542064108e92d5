"""Write the bundled typical weather years beside this file, always the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from roofpv.weather.climate import read_climate
from roofpv.weather.synth import synthesize

SEED = 753000
HERE = Path(__file__).resolve().parent
NOTE = (
    "SYNTHETIC hours drawn from published monthly statistics, no measurement; how and how far to"
    " trust them: SOURCES.md"
)


def weather_csv(weather: xr.Dataset) -> str:
    """
    One site's weather as text: header lines, then one row an hour.

    Parameters
    ----------
    weather : Dataset (site, time)
        One site, as ``synthesize`` returns it. [W/m2, °C, m/s]

    Returns
    -------
    str
        Times in local standard time with their offset, values to one decimal.
    """
    site = weather.isel(site=0)
    names = ("ghi", "dni", "dhi", "temp_air", "wind_speed")
    # The sum with zero turns -0.0 into 0.0.
    values = np.round(np.column_stack([site[name].to_numpy() for name in names]), 1) + 0.0
    hours = float(weather.attrs["utc_offset_hours"])
    local = pd.DatetimeIndex(site["time"].to_numpy()) + pd.Timedelta(hours=hours)
    zone = f"{'-' if hours < 0 else '+'}{int(abs(hours)):02d}:{round(abs(hours) % 1 * 60):02d}"
    lines = [f"# {key}: {value}" for key, value in _header(site).items()]
    lines.append(",".join(("time", *names)))
    for time, row in zip(local.strftime("%Y-%m-%dT%H:%M"), values, strict=True):
        lines.append(f"{time}{zone}," + ",".join(f"{value:.1f}" for value in row))
    return "\n".join(lines) + "\n"


def _header(site: xr.Dataset) -> dict[str, object]:
    coordinates = ("site", "district", "latitude", "longitude", "altitude")
    stated = (
        "utc_offset_hours",
        "time_label",
        "interval_minutes",
        "typical_year",
        "synthetic",
        "source",
        "ghi_uncertainty_fraction",
    )
    interannual = float(site.attrs["ghi_interannual_sd_fraction"])
    return {
        **{key: site[key].item() for key in coordinates},
        **{key: site.attrs[key] for key in stated},
        "ghi_interannual_sd_fraction": f"{interannual:.4f}",
        "note": NOTE,
    }


def main() -> None:
    """Write one file for each site of the climate."""
    for name, climate in read_climate(HERE / "shizuishan.toml").items():
        text = weather_csv(synthesize(climate, seed=SEED))
        (HERE / f"{name}.csv").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
