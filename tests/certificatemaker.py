"""A result to certify, and the tables of a certificate read back."""

from __future__ import annotations

import importlib
from functools import cache
from html.parser import HTMLParser

import geopandas as gpd
import pandas as pd
from roofmaker import L_SHAPE, placed, rectangle

from roofpv import targets
from roofpv.assumptions import from_values
from roofpv.results import Result
from roofpv.weather import bundled_weather

assess = importlib.import_module("roofpv.assessment").assess
NAMES = ["slab", "wings", "gable", "hip", "stated", "list", "old", "exempt", "undated", "tiny"]


@cache
def result() -> Result:
    shapes = [
        placed(rectangle(50, 16)), placed(L_SHAPE, 39.0, 106.38),
        placed(rectangle(30, 12, 20.0), 39.0, 106.39),
        placed(rectangle(30, 14, 70.0), 39.0, 106.40),
        placed(rectangle(40, 15, 10.0), 39.0, 106.41), None,
        placed(rectangle(41, 17, 10.0), 39.0, 106.42), placed(rectangle(30, 15), 39.0, 106.43),
        placed(rectangle(33, 19), 39.0, 106.44), placed(rectangle(3, 2), 39.0, 106.45),
    ]  # fmt: skip
    count = len(NAMES)
    dates = ["2024-05-31"] * 6 + ["1999-01-01", "2024-01-01", None, "2023-01-01"]
    table = pd.DataFrame(
        {
            "building_id": NAMES, "name": ["<script>alert(1)</script>", *NAMES[1:]],
            "district": "大武口区", "use": "school", "ownership": "public", "completed": dates,
            "roof_type": ["flat", "flat", "gabled", "hipped", "flat", None, *["flat"] * 4],
            "stated_kwp": [float("nan")] * 4 + [20.7] + [float("nan")] * 5,
            "existing_pv_kwp": [float("nan"), 11.3, *[float("nan")] * 4, 30.0, *[float("nan")] * 3],
            "existing_pv_area_m2": [float("nan")] * 2 + [40.37] + [float("nan")] * 7,
            "exemption": [None] * 7 + ["文物保护", None, None],
            "exemption_document": [None] * 7 + ["石政发〔2020〕1号", None, None],
            "floor_area_m2": [1500.0] * count, "floors": [3.0] * count, "lon": 106.37, "lat": 39.0,
        }
    )  # fmt: skip
    buildings = gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:4326")
    buildings.attrs["inputs"] = [{"name": "list.xlsx", "sha256": "ab" * 32}]
    return assess(
        buildings, bundled_weather("dawukou"), rules=["shizuishan-2025"],
        assumptions=from_values({}, "test"),
    )  # fmt: skip


@cache
def all_rules() -> dict[str, str]:
    return {name: targets.load_rule(name).toml for name in targets.library_ids()}


class _Tables(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tables: list[tuple[str, list[list[str]]]] = []
        self.text: list[str] = []
        self.cell = self.line = False

    def handle_starttag(self, tag, attrs):
        if tag == "table":
            self.tables.append((dict(attrs).get("data-name", ""), []))
        elif tag == "tr":
            self.tables[-1][1].append([])
        elif tag in {"td", "th"}:
            self.cell = True
            self.tables[-1][1][-1].append("")
        elif tag == "p":
            self.line = True
            self.text.append("")

    def handle_endtag(self, tag):
        if tag in {"td", "th"}:
            self.cell = False
        elif tag == "p":
            self.line = False

    def handle_data(self, data):
        if self.cell:
            self.tables[-1][1][-1][-1] += data
        elif self.line:
            self.text[-1] += data


def read_back(page):
    """Tables by name, and the paragraphs, of a certificate."""
    found = _Tables()
    found.feed(page)
    tables: dict[str, list[list[list[str]]]] = {}
    for name, rows in found.tables:
        tables.setdefault(name, []).append(rows)
    return tables, [line.strip() for line in found.text]
