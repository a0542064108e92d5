"""
How near roofpv comes to PVWatts v8, and its kernels to pvlib: ``python benchmarks/accuracy.py``.

Without options: annual AC of PySAM PVWatts v8 against every combination of roofpv's models on the
bundled weather and, where it is found, the reference weather; then what each of v8's own models is
worth. ``--full``: every plane x every combination x every file of the kernels against pvlib alone.
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import oracle
import pandas as pd
import xarray as xr

from roofpv import energy
from roofpv.assumptions import IAMS, TEMPERATURES, TRANSPOSITIONS
from roofpv.sky import sun_and_sky

BAR_PERCENT = 0.5
_ROUNDED = "{:+.3f}".format
_FLAT = [(0.0, 180.0)]
TILTED = list(itertools.product((10.0, 20.0, 35.0, 60.0), (90.0, 180.0, 270.0)))
_MOUNTS = {1: "roof mount", 0: "open rack"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[1])
    parser.add_argument("--full", action="store_true", help="the kernels against pvlib, everything")
    parser.add_argument("--planes", type=int, default=200, help="planes of --full")
    parser.add_argument(
        "--only", default="", metavar="TEXT", help="files of --full whose name has it"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON")
    options = parser.parse_args()
    document = _full(options.planes, options.only) if options.full else _against_pvwatts()
    if options.json:
        options.json.write_text(json.dumps(document, indent=1), encoding="utf-8")


def _against_pvwatts() -> dict[str, object]:
    combinations, steps, preset = [], [], []
    for name, weather in oracle.weather_files():
        reference = _references(weather)
        combinations += [{"file": name, **row} for row in _own_models(weather, reference)]
        preset += [{"file": name, **row} for row in _preset(weather, reference)]
        steps += [{"file": name, **row} for row in _v8_models(weather, reference)]
    own, chain = pd.DataFrame(combinations), pd.DataFrame(steps)
    files = own["file"].unique()
    print(f"Annual AC against PVWatts v8, percent; {len(files)} weather files: {', '.join(files)}")
    print(f"Planes: tilts 0 10 20 35 60, azimuths 90 180 270. Bar: {BAR_PERCENT} % in the worst.\n")
    by_preset = _spread(pd.DataFrame(preset), ["mount", "models"])
    print("roofpv with the models of v8 (assumptions.PVWATTS_V8)\n")
    print(by_preset.to_string(index=False, float_format=_ROUNDED), end="\n\n")
    by_models = _spread(own, ["mount", "transposition", "iam", "temperature"])
    by_steps = _spread(chain, ["mount", "models"])
    _print_best(by_models)
    print("v8's models in roofpv's chain, all of them or all but one\n")
    print(by_steps.to_string(index=False, float_format=_ROUNDED))
    return {
        "bar_percent": BAR_PERCENT,
        "preset": by_preset.to_dict("records"),
        "roofpv_models": by_models.to_dict("records"),
        "v8_models": by_steps.to_dict("records"),
    }


def _references(weather: xr.Dataset) -> dict[tuple[int, float, float], float]:
    """Annual AC of v8 by mount, tilt and azimuth. [kWh/kWp]."""
    import pvwatts_v8  # noqa: PLC0415

    simulate = pvwatts_v8.prepare(pvwatts_v8.resource(weather))
    return {
        (mount, tilt, azimuth): pvwatts_v8.annual_ac_kwh(
            simulate, pvwatts_v8.Array(tilt, azimuth, mount)
        )
        / 4.0
        for mount in _MOUNTS
        for tilt, azimuth in _FLAT + TILTED
    }


def _own_models(
    weather: xr.Dataset, reference: dict[tuple[int, float, float], float]
) -> Iterator[dict[str, object]]:
    """Difference of every combination of roofpv's models on every plane."""
    import pvwatts_v8  # noqa: PLC0415

    sky = sun_and_sky(weather)
    planes = oracle.plane_table(_FLAT + TILTED, str(sky["site"].item()))
    for models in itertools.product(TEMPERATURES, TRANSPOSITIONS, IAMS):
        assumptions = pvwatts_v8.nearest_assumptions(*models)
        yields = energy.simulate(planes, sky, assumptions)["ac_kwh"].sum("month").to_numpy()
        for (mount, tilt, azimuth), expected in reference.items():
            got = yields[(_FLAT + TILTED).index((tilt, azimuth))]
            yield {
                "mount": _MOUNTS[mount],
                **dict(zip(("temperature", "transposition", "iam"), models, strict=True)),
                "percent": 100.0 * (got / expected - 1.0),
            }


def _preset(
    weather: xr.Dataset, reference: dict[tuple[int, float, float], float]
) -> Iterator[dict[str, object]]:
    """Difference of roofpv with the models of v8 on every plane."""
    import pvwatts_v8  # noqa: PLC0415

    sky = sun_and_sky(weather)
    planes = oracle.plane_table(_FLAT + TILTED, str(sky["site"].item()))
    for mount, name in _MOUNTS.items():
        found = energy.simulate(planes, sky, pvwatts_v8.own_assumptions(mount))["ac_kwh"]
        for (tilt, azimuth), got in zip(_FLAT + TILTED, found.sum("month").to_numpy(), strict=True):
            percent = 100.0 * (got / reference[mount, tilt, azimuth] - 1.0)
            yield {"mount": name, "models": "preset PVWATTS_V8", "percent": percent}


def _v8_models(
    weather: xr.Dataset, reference: dict[tuple[int, float, float], float]
) -> Iterator[dict[str, object]]:
    """Difference of v8's models one by one, on roofpv's sun and sky."""
    import pvwatts_v8  # noqa: PLC0415
    import v8_chain  # noqa: PLC0415

    sky = sun_and_sky(weather).isel(site=0)
    temperature = "sapm/open_rack_glass_glass"
    for (mount, tilt, azimuth), expected in reference.items():
        array = pvwatts_v8.Array(tilt, azimuth, mount)
        for label, steps in v8_chain.LADDER.items():
            got = v8_chain.hours(array, sky, steps, temperature)["ac_kw"].sum()
            percent = 100.0 * (got / expected - 1.0)
            yield {"mount": _MOUNTS[mount], "models": label, "percent": percent}


def _spread(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Distribution of the differences by configuration, the narrowest first. [percent]."""
    groups = rows.groupby(by, sort=False)["percent"]
    table = groups.agg(mean="mean", sd="std", low="min", high="max").reset_index()
    table["worst"] = groups.agg(lambda part: part.abs().max()).to_numpy()
    table["share_within_bar"] = groups.agg(
        lambda part: (part.abs() <= BAR_PERCENT).mean()
    ).to_numpy()
    table["met"] = table["worst"] <= BAR_PERCENT
    return table.sort_values(["mount", "worst"], ascending=[False, True], ignore_index=True)


def _print_best(table: pd.DataFrame, count: int = 8) -> None:
    for mount in _MOUNTS.values():
        print(f"{mount}: the nearest {count} of roofpv's {len(table) // 2} combinations\n")
        near = table[table["mount"] == mount].head(count).drop(columns="mount")
        print(near.to_string(index=False, float_format=_ROUNDED), end="\n\n")


def _full(count: int, only: str) -> dict[str, object]:
    rows = []
    for name, weather in oracle.oracle_files():
        if only not in name:
            continue
        sky = sun_and_sky(weather)
        planes = oracle.random_planes(count, str(sky["site"].item()))
        for models in itertools.product(TRANSPOSITIONS, IAMS, TEMPERATURES):
            worst = oracle.worst_differences(planes, sky, oracle.assumptions_of(*models))
            rows.append({"file": name, "models": " ".join(models), **worst})
            print(name, *models, *(f"{key} {value:.2e}" for key, value in worst.items()))
    worst_of = {key: max(row[key] for row in rows) for key in oracle.BARS}
    for key, bar in oracle.BARS.items():
        print(f"worst {key}: {worst_of[key]:.3e}, bar {bar:g}, met {worst_of[key] <= bar}")
    return {"bars": oracle.BARS, "worst": worst_of, "rows": rows}


if __name__ == "__main__":
    main()
