"""How well each model splits ghi: its plane irradiation against that of the file's own split."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from roofpv.assumptions import DECOMPOSITIONS, Assumptions
from roofpv.energy import simulate
from roofpv.sky import sun_and_sky
from roofpv.weather import Clock, read_weather

DATA = Path(__file__).parents[2] / "shared" / "data" / "weather"
FILES = {
    "tmy_45.000_8.000_2005_2023.csv": Clock(),
    "NLD_Amsterdam062400_IWEC.epw": Clock(),
    # Its header says starts of hours, the sun says instants.
    "Zuerich-SMA_2016.epw": Clock(label="instant"),
    "703165TY.csv": Clock(),
    "723170TYA.CSV": Clock(),
    "12839.tm2": Clock(),
    "test_read_psm4.csv": Clock(),
}
PLANES = ((0.0, 180.0), (15.0, 180.0), (35.0, 180.0), (15.0, 90.0), (15.0, 270.0), (90.0, 180.0))


def planes(site: str) -> pd.DataFrame:
    """Planes of one kWp that stand for the layouts of roofs."""
    return pd.DataFrame(
        {
            "plane_id": [f"{tilt:g}/{azimuth:g}" for tilt, azimuth in PLANES],
            "surface_tilt": [tilt for tilt, _ in PLANES],
            "surface_azimuth": [azimuth for _, azimuth in PLANES],
            "kwp": 1.0,
            "weather_site": site,
        }
    )


def months_of(weather: xr.Dataset, model: str) -> np.ndarray:
    """Plane irradiation (plane, month); NaN where the file has holes. [kWh/m2]."""
    sky = sun_and_sky(weather, model)
    energy = simulate(planes(str(weather["site"].item())), sky, Assumptions())
    return energy["poa_kwh_per_m2"].to_numpy()


def compare(file: Path, clock: Clock) -> dict[str, Any]:
    """Relative error of each model, by plane, over the months that the file has whole."""
    weather = read_weather(file, clock=clock)
    own = months_of(weather, "erbs")
    whole = np.isfinite(own).all(axis=0)
    alone = weather.drop_vars(["dni", "dhi"])
    errors = {}
    for model in DECOMPOSITIONS:
        split = months_of(alone, model)
        year = split[:, whole].sum(axis=1) / own[:, whole].sum(axis=1) - 1.0
        errors[model] = dict(
            zip(planes("")["plane_id"], (100.0 * year).round(2).tolist(), strict=True)
        )
    return {"file": file.name, "percent": errors}


def main(arguments: list[str] | None = None) -> int:
    """Print a table, or one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    if not DATA.is_dir():
        print("reference data not found at ../shared/data", file=sys.stderr)
        return 1
    rows = [compare(DATA / name, clock) for name, clock in FILES.items()]
    if asked.json:
        print(json.dumps(rows))
        return 0
    names = list(planes("")["plane_id"])
    print(f"{'file':<34}{'model':<14}" + "".join(f"{name:>9}" for name in names))
    for row in rows:
        for model, errors in row["percent"].items():
            cells = "".join(f"{errors[name]:>9.2f}" for name in names)
            print(f"{row['file']:<34}{model:<14}{cells}")
    for model in DECOMPOSITIONS:
        values = np.array([[row["percent"][model][name] for name in names] for row in rows])
        rms, mean = np.sqrt(np.mean(values[:, 1:] ** 2)), values[:, 1:].mean()
        print(f"{'all tilted planes':<34}{model:<14} rms {rms:.2f} %, mean {mean:+.2f} %")
    return 0


if __name__ == "__main__":
    sys.exit(main())
