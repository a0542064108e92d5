"""A small list with all that rows of one list may have to do with each other, and one process."""

from __future__ import annotations

import functools
import io
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from roofpv.assessment import once
from roofpv.batch import Run
from roofpv.batch.cut import Reading
from roofpv.weather import bundled_weather

ROWS, PART = 61, 17
USES = ("government", "school", "hospital", "residential", "commercial", "", "什么")
DISTRICTS = ("大武口区", "大武口", "640202", "平罗县", "平罗 县", "惠农区", "惠衣区")


def messy_list() -> gpd.GeoDataFrame:
    """Buildings near Shizuishan, some of them twice, wrong or far away."""
    rng, rows = np.random.default_rng(3), ROWS
    number = np.arange(rows)
    east, north = 106.37 + (number % 8) * 1e-3, 39.01 + (number // 8) * 1e-3
    half = rng.uniform(8.0, 25.0, rows) / 1e5
    shapes = shapely.box(east - half, north - half, east + half, north + half)
    frame = gpd.GeoDataFrame(
        {
            "building_id": [f"B{i % 50:03d}" for i in number],
            "name": [f"{i} 学校" if i % 5 == 0 else None for i in number],
            "institution": [f"单位 {i % 7}" if i % 3 == 0 else None for i in number],
            "institution_id": [f"64020{i % 7}" if i % 9 == 0 else None for i in number],
            "district": [DISTRICTS[i % len(DISTRICTS)] for i in number],
            "use": [USES[i % len(USES)] for i in number],
            "completed": [str(1990 + i % 30) for i in number],
            "floors": np.where(number % 11 == 0, np.nan, 1.0 + number % 6),
            "height_m": np.where(number % 4 == 0, np.nan, 3.3 * (1.0 + number % 6)),
            "floor_area_m2": 400.0 + 90.0 * number,
            "stated_kwp": np.where(number == 20, 9e4, np.where(number == 30, 5.0, np.nan)),
            "tariff": [{7: "ningxia-general", 19: "no such"}.get(i) for i in number],
            "exemption": [("historic" if i == 12 else None) for i in number],
        },
        geometry=shapes,
        crs=4326,
    )
    again, over, twisted, far, none = 40, 44, 25, 33, 55
    frame.loc[again, "geometry"] = frame.geometry[3]
    frame.loc[over, "geometry"] = shapely.affinity.translate(frame.geometry[5], xoff=half[5])
    x, y = east[twisted], north[twisted]
    bow = [(x, y), (x + 2e-4, y + 2e-4), (x + 2e-4, y), (x, y + 2e-4)]
    frame.loc[twisted, "geometry"] = shapely.Polygon(bow)
    frame.loc[far, "geometry"] = shapely.box(100.0, 30.0, 100.0002, 30.0002)
    frame.loc[none, "geometry"] = None
    frame.loc[none, "floor_area_m2"] = np.nan
    return frame


def write_list(path: Path, frame: gpd.GeoDataFrame | None = None, group: int = 23) -> Path:
    """Write it as GeoParquet in row groups that are no parts."""
    (messy_list() if frame is None else frame).to_parquet(path, row_group_size=group)
    return path


@functools.cache
def weather_once():
    """The bundled weather, which takes a quarter of a run of few rows to read."""
    return bundled_weather()


def run_of(inventory: Path, out: Path, part_rows: int = PART, *, overwrite: bool = False) -> Run:
    """Run in parts under the bundled weather."""
    shared = once(weather_once())
    return Run(inventory, Reading(), shared, out, 1, overwrite, part_rows, io.StringIO())


class Alone:
    """The crew in this process: what it does is the same, and nobody has to be started."""

    def __init__(self, orders, *_):
        self.orders = orders

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def pids(self):
        return []

    def do(self, tasks):
        for task in tasks:
            yield task, task.do(self.orders)


def files_in(out: Path) -> dict[str, bytes]:
    """All files of a folder by their name."""
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file()
    }
