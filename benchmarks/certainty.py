"""How long 1,000 draws of 100,000 buildings take, all readings, and whether order matters."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from targets import buildings as invented

from roofpv import targets
from roofpv.assumptions import from_values
from roofpv.certainty import certainty

BUILDINGS, DRAWS, SECONDS = 100_000, 1_000, 10.0
RULE = "shizuishan-2025"


def buildings(count: int) -> pd.DataFrame:
    """The city of the other benchmark, with all that may be doubtful of a building."""
    rng = np.random.default_rng(20261)
    table = invented(count)
    table["ac_kwh_p90"] = table["ac_kwh"] * 0.9
    table["evidence_grade"] = rng.choice(np.array(list("ABCD"), dtype=object), count)
    sd = {"A": 0.02, "B": 0.05, "C": 0.08, "D": 0.30}
    table["gross_roof_area_sd_fraction"] = table["evidence_grade"].map(sd)
    table["use_confidence"] = rng.choice(np.array([0.5, 0.6, 0.85, 0.9, 0.98, 0.99]), count)
    table["use_alternative"] = np.where(rng.random(count) < 0.1, "commercial", None)
    table["existing_pv"] = np.where(table["existing_pv_kwp"] > 0.0, "yes", "unknown")
    table.loc[table["existing_pv"] == "unknown", "existing_pv_kwp"] = np.nan
    return table


def main() -> int:
    """Print and optionally write the figures; 1 if the bar is missed or the order matters."""
    said = argparse.ArgumentParser(description=__doc__)
    said.add_argument("--json", type=Path)
    said.add_argument("--count", type=int, default=BUILDINGS)
    said.add_argument("--draws", type=int, default=DRAWS)
    said.add_argument("--runs", type=int, default=3)
    options = said.parse_args()
    table = buildings(options.count)
    rules = [targets.load_rule(RULE)]
    assumed = from_values({"certainty.draws": options.draws}, "benchmark")
    certainty(table.head(100), rules, assumed)  # compiled here, or read from the cache
    wall, used = [], []
    for _ in range(options.runs):
        start, ran = time.perf_counter(), time.process_time()
        found = certainty(table, rules, assumed)
        wall.append(time.perf_counter() - start)
        used.append(time.process_time() - ran)
    shuffled = table.sample(frac=1.0, random_state=7)
    same = certainty(shuffled, rules, assumed) == found
    result = {
        "buildings": options.count,
        "draws": options.draws,
        "verdicts": len(found["entries"]),
        "seconds": wall,
        "median_seconds": statistics.median(wall),
        "least_seconds": min(wall),
        "least_cpu_seconds": min(used),
        "any_order_the_same": same,
        "bar": SECONDS,
    }
    text = json.dumps(result, indent=2, ensure_ascii=False)
    if options.json:
        options.json.write_text(text + "\n")
    print(text)
    return int(result["least_seconds"] > SECONDS or not same)


if __name__ == "__main__":
    sys.exit(main())
