"""How long it takes to judge a million buildings, in memory and by the command."""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from roofpv import results, schema, targets

BUILDINGS, SECONDS = 1_000_000, 5.0
RULES = ("shizuishan-2025", "cn-shanghai-2023", "cn-whole-county-2021", "es-he5")
_NUMBERS = (
    "floor_area_m2", "footprint_area_m2", "gross_roof_area_m2", "installable_area_m2", "load_kwh",
    "existing_module_area_m2", "existing_projected_module_area_m2",
    "existing_array_field_area_m2", "existing_ac_kwh", "installed_kwp", "kwp", "module_area_m2",
    "projected_module_area_m2", "array_field_area_m2", "ac_kwh", "other_use_area_m2",
)  # fmt: skip


def buildings(count: int) -> pd.DataFrame:
    """A province of invented buildings, with all that the rules ask for."""
    rng = np.random.default_rng(20260)

    def drawn(words: tuple[str, ...]) -> np.ndarray:
        return rng.choice(np.array(words, dtype=object), count)

    table = pd.DataFrame(
        {
            "building_id": [f"NX{place:07d}" for place in range(count)],
            "use": drawn(schema.USES),
            "ownership": drawn(schema.OWNERSHIPS),
            "district": drawn(("大武口区", "惠农区", "平罗县")),
            "exemption": np.where(rng.random(count) < 0.02, "heritage", None),
            "status": "assessed",
            "completed": pd.to_datetime(rng.integers(0, 20_000, count), unit="D"),
            "institution": [f"第{place}单位" for place in rng.integers(0, count // 3 + 1, count)],
            "existing_pv_kwp": np.where(rng.random(count) < 0.15, 20.0, 0.0),
            "existing_pv_area_m2": np.nan,
            "load_is_estimate": rng.random(count) < 0.5,
        }
    )
    for name in _NUMBERS:
        table[name] = rng.uniform(10.0, 3000.0, count)
    return table


def seconds(table: pd.DataFrame, rule: str, by: str | None, runs: int) -> float:
    """Median time of one evaluation."""
    loaded = [targets.load_rule(rule)]
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        targets.evaluate(table, loaded, by=by)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def result_folder(table: pd.DataFrame, folder: Path) -> None:
    """A result of these buildings with their outlines; the files that nobody reads are empty."""
    keyed = table.assign(institution_key=table["institution"], existing_pv="unknown")
    place = np.arange(len(table))
    west, south = 106.0 + place % 1000 * 1e-3, 38.0 + place // 1000 * 1e-3
    outlines = shapely.box(west, south, west + 3e-4, south + 2e-4)
    drawn = gpd.GeoDataFrame(keyed, geometry=outlines, crs="EPSG:4326")
    for name in results.FILES:
        (folder / name).write_bytes(b"")
    drawn.to_parquet(folder / "buildings.parquet", compression="zstd", index=False)
    texts = {f"{RULES[0]}.toml": targets.load_rule(RULES[0]).toml}
    told = {"rule_texts": texts, "assumptions": [{"key": "targets.as_of", "value": None}]}
    (folder / "run.json").write_text(json.dumps(told), encoding="utf-8")
    (folder / "targets.json").write_text("[]", encoding="utf-8")


def command_seconds(folder: Path, more: tuple[str, ...], runs: int) -> float:
    """Median wall time of ``roofpv targets`` in a process of its own, reading included."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        command = [sys.executable, "-m", "roofpv.cli", "targets", str(folder), *more]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def commands(table: pd.DataFrame, runs: int) -> dict[str, float]:
    """The command that judges anew, by day and by rule, and the one that prints only."""
    asked = (("--as-of", "2025-12-31"), ("--rules", RULES[0]), ("--by", "use"), ())
    with tempfile.TemporaryDirectory() as folder:
        result_folder(table, Path(folder))
        return {
            " ".join(("roofpv targets OUT", *more)): command_seconds(Path(folder), more, runs)
            for more in asked
        }


def main() -> int:
    """Print and optionally write the figures; 1 if the bar is missed."""
    said = argparse.ArgumentParser(description=__doc__)
    said.add_argument("--json", type=Path)
    said.add_argument("--count", type=int, default=BUILDINGS)
    said.add_argument("--runs", type=int, default=3)
    options = said.parse_args()
    table = buildings(options.count)
    figures = {
        f"{rule} by {by or 'district'}": seconds(table, rule, by, options.runs)
        for rule in RULES
        for by in (None, *(("use",) if rule == RULES[0] else ()))
    } | commands(table, options.runs)
    result = {"buildings": options.count, "seconds": figures, "bar": SECONDS}
    if options.json:
        options.json.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    print(json.dumps(result, indent=2, ensure_ascii=False))
    return int(max(figures.values()) > SECONDS)


if __name__ == "__main__":
    sys.exit(main())
