"""How long it takes to read and check a million footprints, and an officer's workbook."""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from roofpv.inventory import check_inventory, read_inventory

FOOTPRINTS, FOOTPRINT_SECONDS, FOOTPRINT_GIB = 1_000_000, 20.0, 3.0
SHEET_ROWS, SHEET_SECONDS = 50_000, 15.0
_USES = ("学校", "医院", "党政机关", "住宅", "工业", "商业", "其他公共", None)


def footprints(count: int) -> gpd.GeoDataFrame:
    """A province of drawn outlines of 4 to 10 corners with what a register says of them."""
    rng = np.random.default_rng(20260)
    columns = int(np.ceil(np.sqrt(count)))
    place = np.arange(count)
    east = 105.5 + (place % columns) * 3.2e-4
    north = 38.2 + (place // columns) * 2.6e-4
    corners = rng.integers(4, 11, count)
    owner = np.repeat(place, corners)
    turn = np.concatenate([np.arange(n) / n for n in corners]) * 2.0 * np.pi
    reach = rng.uniform(0.6e-4, 1.1e-4, count)[owner]
    x, y = east[owner] + reach * np.cos(turn), north[owner] + reach * np.sin(turn)
    ring = shapely.linearrings(np.column_stack([x, y]), indices=owner)
    return gpd.GeoDataFrame(
        {
            "id": [f"NX{i:07d}" for i in place],
            "name": [f"第{i}号楼" for i in place],
            "use": rng.choice(np.array(_USES, dtype=object), count),
            "district": rng.choice(np.array(["大武口区", "惠农区", "平罗县"], dtype=object), count),
            "completed": rng.integers(1980, 2026, count).astype(str),
            "num_floors": rng.integers(1, 12, count).astype(float),
            "height": np.where(rng.random(count) < 0.3, np.nan, rng.uniform(3, 40, count)),
        },
        geometry=shapely.polygons(ring), crs="EPSG:4326",
    )  # fmt: skip


def workbook(file: Path, rows: int) -> None:
    """A list as officers keep it: a title, units below the headers, numbers with their units."""
    import openpyxl  # noqa: PLC0415

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("建筑清单")
    sheet.append(["石嘴山市公共建筑清单"])
    sheet.append(
        ["序号", "单位名称", "建筑名称", "区县", "建筑类型", "产权", "竣工年份", "层数", "建筑高度",
         "建筑面积", "屋面形式", "年用电量", "已装光伏容量", "是否文保", "经度", "纬度"]
    )  # fmt: skip
    sheet.append(["", "", "", "", "", "", "年", "层", "m", "m²", "", "万kWh", "kW", "", "", ""])
    rng = np.random.default_rng(1)
    for i in range(rows):
        area = float(rng.integers(300, 9000))
        sheet.append(
            [i + 1, f"第{i // 4}单位", f"{i % 9}号教学楼", "平罗县", "学校", "公有",
             f"{1980 + i % 45}年",
             i % 6 + 1, None if i % 3 else "约12", area if i % 50 else f"{area:g} m²", "平屋面",
             round(area * 0.004, 2), None, "否", 106.3 + i * 1e-6, 38.9]
        )  # fmt: skip
    book.save(file)


def measured(file: Path) -> dict[str, float]:
    """Seconds and memory of one reading and checking in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--one", str(file)], capture_output=True, text=True, check=True
    )
    told: dict[str, float] = json.loads(done.stdout)
    return told


def one(file: Path) -> dict[str, float]:
    """Read and check a file here."""
    start = time.perf_counter()
    checked = check_inventory(read_inventory(file))
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    lost = len(checked.quarantine)
    if checked.count_in != len(checked.buildings) + lost:
        raise SystemExit("counts do not close")
    return {"seconds": seconds, "gib": peak, "in": checked.count_in, "quarantined": lost}


def command_seconds(file: Path, folder: Path) -> float:
    """Seconds of the whole `roofpv check`, marked workbook and all."""
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "roofpv.cli", "check", str(file)],
        capture_output=True, cwd=folder, check=False,
    )  # fmt: skip
    return time.perf_counter() - start


def run(runs: int) -> dict[str, object]:
    """Medians of several runs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        footprints(FOOTPRINTS).to_parquet(folder / "province.parquet")
        workbook(folder / "list.xlsx", SHEET_ROWS)
        parquet = [measured(folder / "province.parquet") for _ in range(runs)]
        sheet = [measured(folder / "list.xlsx") for _ in range(runs)]
        whole = [command_seconds(folder / "list.xlsx", folder) for _ in range(runs)]
    return {
        "footprints": FOOTPRINTS,
        "footprints_seconds": round(statistics.median(p["seconds"] for p in parquet), 2),
        "footprints_gib": round(max(p["gib"] for p in parquet), 2),
        "footprints_bars": [FOOTPRINT_SECONDS, FOOTPRINT_GIB],
        "sheet_rows": SHEET_ROWS,
        "sheet_seconds": round(statistics.median(s["seconds"] for s in sheet), 2),
        "check_command_seconds": round(statistics.median(whole), 2),
        "sheet_bar": SHEET_SECONDS,
        "quarantined": [parquet[0]["quarantined"], sheet[0]["quarantined"]],
    }


def main() -> None:
    """Print the figures as JSON; exit with 1 if one is beyond its bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--one", type=Path)
    asked = parser.parse_args()
    if asked.one is not None:
        print(json.dumps(one(asked.one)))
        return
    told = run(asked.runs)
    print(json.dumps(told, indent=2))
    late = told["footprints_seconds"] > FOOTPRINT_SECONDS or told["sheet_seconds"] > SHEET_SECONDS
    sys.exit(int(late or told["footprints_gib"] > FOOTPRINT_GIB))


if __name__ == "__main__":
    main()
