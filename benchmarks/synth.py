"""
How well synthetic weather keeps its climate: ``python benchmarks/synth.py``.

The bundled sites with seeds 1 to 20 and as 20 years, then climates from monthly means alone: the
reference weather, where it is found, and its mirror images on the other hemisphere. ``--short``:
seeds 1 to 3, and 3 years from the means.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from roofpv.weather import bundled_folder
from roofpv.weather.climate import SiteClimate, read_climate
from roofpv.weather.means import MonthlyMeans, climate_from_means
from roofpv.weather.synth import synthesize, synthesize_years
from roofpv.weather.synthstats import annual_ghi, published_and_generated

BARS = {"ghi_percent": 0.5, "dhi_percent": 0.5, "kt_quantiles": 0.03, "kt_lag1": 0.1}
_TESTS = Path(__file__).resolve().parents[1] / "tests" / "unit"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[1])
    parser.add_argument("--short", action="store_true", help="seeds 1 to 3, and 3 years")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON")
    options = parser.parse_args()
    table = pd.DataFrame(_rows(3 if options.short else 20))
    for name, bar in BARS.items():
        table[f"{name}_met"] = table[name] <= bar
    marks = [name for name in table if str(name).endswith("_met")]
    met = bool(table[marks].all(axis=None))
    print("Worst month of each climate against what it was drawn from\n")
    print(table.drop(columns=marks).to_string(index=False, float_format="{:.4f}".format))
    print(f"\nbars {BARS}: {'all met' if met else 'NOT MET'}")
    if options.json:
        known = table.astype(object).where(table.notna(), None)  # JSON has no NaN
        document = {"bars": BARS, "met": met, "rows": known.to_dict("records")}
        options.json.write_text(json.dumps(document, indent=1), encoding="utf-8")
    return 0 if met else 1


def _rows(count: int) -> Iterator[dict[str, object]]:
    years = range(2001, 2001 + count)
    for name, climate in read_climate(bundled_folder("weather") / "shizuishan.toml").items():
        drawn = [_worst(climate, synthesize(climate, seed=seed)) for seed in range(1, count + 1)]
        yield {"climate": name, "drawn": f"seeds 1-{count}", **pd.DataFrame(drawn).max().to_dict()}
        yield _of_years(name, climate, years)
    for name, means in _places():
        climate = climate_from_means(means)
        yield {"climate": name, "drawn": "seed 1", **_worst(climate, synthesize(climate, seed=1))}
        yield _of_years(name, climate, years)


def _of_years(name: str, climate: SiteClimate, years: range) -> dict[str, object]:
    start = time.perf_counter()
    weather = synthesize_years(climate, years=years, seed=1)
    seconds = time.perf_counter() - start
    totals = annual_ghi(weather)
    spread = totals.std() / totals.mean() / climate.ghi_interannual_sd_fraction - 1.0
    return {
        "climate": name,
        "drawn": f"{len(years)} years",
        **_worst(climate, weather),
        "annual_sd_percent": 100.0 * abs(spread),
        "seconds": seconds,
    }


def _worst(climate: SiteClimate, weather: xr.Dataset) -> dict[str, float]:
    """Largest distance of any month from the published figure."""
    table = published_and_generated(climate, weather)
    said, drawn = (table.xs(which, axis=1, level=1) for which in ("published", "generated"))
    astray = (drawn - said).abs().max()
    ratio = 100.0 * (drawn / said - 1.0).abs().max()
    return {
        "ghi_percent": float(ratio["ghi_kwh_per_m2"]),
        "dhi_percent": float(ratio["dhi_kwh_per_m2"]),
        "kt_quantiles": float(astray[["kt_p10", "kt_p50", "kt_p90"]].max()),
        "kt_lag1": float(astray["kt_lag1"]),
        "temp_degc": float(astray[["temp_air", "temp_air_min"]].max()),
    }


def _places() -> Iterator[tuple[str, MonthlyMeans]]:
    sys.path.append(str(_TESTS))
    import test_weather_means as places  # noqa: PLC0415

    if places.REAL.is_dir():
        for name in places.FILES:
            for south in (False, True):
                known = places.twin(name, south)
                means = MonthlyMeans(*known["place"], tuple(known["ghi"]), tuple(known["temp_air"]))
                yield f"{name}{', mirrored' * south}", means
    for name, (place, ghi, temp_air) in places.ATLAS.items():
        yield name, MonthlyMeans(*place, tuple(ghi), tuple(np.array(temp_air, dtype=float)))


if __name__ == "__main__":
    sys.exit(main())
