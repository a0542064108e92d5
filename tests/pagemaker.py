"""A street to report on: outlines of every kind, and names that a page must show as text."""

from __future__ import annotations

import importlib
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from roofmaker import L_SHAPE, placed, rectangle

from roofpv.assumptions import from_values
from roofpv.report.city import City
from roofpv.report.document import Document, Facts, Grid, Heading, Lines, Picture, Section
from roofpv.report.svg import Box, Page, page, rect
from roofpv.results import Result
from roofpv.weather import bundled_weather

assess = importlib.import_module("roofpv.assessment").assess

HOSTILE = (
    "<script>alert(1)</script>", "</script><script>alert(2)</script>", "<!--<script>", "-->",
    "<img src=x onerror=alert(3)>", "<svg/onload=alert(4)>", "\"><b onmouseover='alert(5)'>",
    "' onfocus=alert(6) autofocus='", "javascript:alert(7)", "&lt;b&gt;", "&#x3c;i&#x3e;", "]]>",
    "{{ 7*7 }}", "{% raw %}", "${alert(8)}", "$n of $all", "=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)",
    "-2+3", "\u202egnp.exe", "\u200fabc\u200e", "a\u2028b\u2029c", "tab\tand\nline", "\x00\x07bell",
    "😀🏫👨‍👩‍👧", "x" * 500, "长" * 500, "龘𠮷㐀𬺓", "\ue000\ue008private", "  spaces  ", "\\u003c",
)  # fmt: skip
PLAIN = ("第1小学2号楼", "第1小学10号楼", "Courtyard", "Two parts", "Without outline", "Nowhere",
         "Exempt hall", "007 hall")  # fmt: skip
NAMES = (*PLAIN, *HOSTILE)


def _shapes() -> list[object]:
    yard = rectangle(60, 40).difference(rectangle(30, 16))
    parts = shapely.union_all([rectangle(12, 20), shapely.transform(rectangle(9, 20), _east)])
    first = [
        rectangle(50, 16),
        L_SHAPE,
        yard,
        parts,
        None,
        None,
        rectangle(40, 20),
        rectangle(30, 15),
    ]
    every = [*first, *[rectangle(24, 14)] * len(HOSTILE)]
    return [
        None if one is None else placed(one, 39.0 + 0.001 * (n // 6), 106.36 + 0.0012 * (n % 6))
        for n, one in enumerate(every)
    ]


def _east(corners: np.ndarray) -> np.ndarray:
    return corners + np.array([30.0, 0.0])


@cache
def result() -> Result:
    count = len(NAMES)
    place = [np.nan if name == "Nowhere" else 1.0 for name in NAMES]
    table = pd.DataFrame(
        {
            "building_id": [f"P-{n:03d}" for n in range(count)], "name": NAMES,
            "district": [("大武口区", "惠农区", "<b>区</b>")[n % 3] for n in range(count)],
            "use": ["school", "hospital"] * (count // 2) + ["school"] * (count % 2),
            "ownership": "public",
            "completed": ["2024-05-31", "1999-01-01"] * (count // 2) + [None] * (count % 2),
            "roof_type": "flat",
            "existing_pv_kwp": [11.3] + [np.nan] * (count - 1),
            "exemption": ["文物保护" if name == "Exempt hall" else None for name in NAMES],
            "floor_area_m2": 1500.0, "floors": 3.0, "height_m": 10.0,
            "lon": 106.365 * np.array(place), "lat": 39.004 * np.array(place),
        }
    )  # fmt: skip
    buildings = gpd.GeoDataFrame(table, geometry=_shapes(), crs="EPSG:4326")
    buildings.attrs["inputs"] = [{"name": "list.xlsx", "sha256": "ab" * 32}]
    return assess(
        buildings, bundled_weather("dawukou"), rules=["shizuishan-2025"],
        assumptions=from_values({}, "test"),
    )  # fmt: skip


@cache
def city() -> City:
    return City(result(), pd.DataFrame())


@cache
def story() -> dict[str, Document]:
    return {language: _told(language) for language in ("en", "zh")}


def _told(language: str) -> Document:
    title = {"en": "Roofs of the street", "zh": "街区屋顶"}[language]
    svg = page(
        Page(200, 80, "chart", "a blue bar", language), [rect(Box(10, 10, 90, 50), "#0072b2")]
    )
    table = Grid("numbers", ("name", "kWh"), (("<b>one</b>", "1,234"), ("all", "1,234")),
                 frozenset({1}), total=True)  # fmt: skip
    sections = (
        Section("Answer <first>", (Lines(("<i>Both</i> targets",)), table), "answer"),
        Section(
            "Places",
            (Heading("Map"), Picture(svg, "map", "A map."), Picture(svg, "bars")),
            "places",
        ),
        Section("Assumptions", (Facts("facts", (("albedo", "0.2"), ("<x>", "</script>"))),)),
    )
    return Document(language, title, ("Synthetic <data>",), sections)
