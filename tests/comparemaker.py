"""Small results to compare, assessed once."""

from __future__ import annotations

import dataclasses
import importlib
import tempfile
from functools import cache
from pathlib import Path

import roofpv
from roofpv.assumptions import from_values
from roofpv.results import Result
from roofpv.weather import bundled_weather

HEAD = (
    "building_id,name,district,use,ownership,completed,floors,floor_area_m2,lon,lat,existing_pv_kwp"
)
LIST = f"""{HEAD}
A,school,大武口区,school,public,1998,3,3000,106.37,39.01,
B,clinic,平罗县,hospital,public,1999,5,5000,106.55,38.90,
C,bureau,惠农区,government,public,2005,2,1200,106.77,39.22,120
D,new school,大武口区,school,public,2024,4,6000,106.38,39.02,
E,new clinic,平罗县,hospital,public,2023,2,3000,106.55,38.91,90
"""
OTHER = (
    LIST.replace("A,school,大武口区,school,public,1998,3,3000,106.37,39.01,\n", "")
    .replace("2005,2,1200", "2005,2,2400")
    .replace("E,new clinic,平罗县,hospital,public,2023,2,3000,106.55,38.91,90",
             "E,new clinic,平罗县,hospital,public,2023,2,3000,106.55,38.91,160")
    + "F,new bureau,惠农区,government,public,2025,2,1400,106.77,39.23,\n"
)  # fmt: skip
assess = importlib.import_module("roofpv.assessment").assess


@cache
def result(text: str = LIST, site: str | None = None) -> Result:
    return made(text, site)


def made(text=LIST, site=None, rules=("shizuishan-2025",), values=None) -> Result:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "list.csv"
        file.write_text(text, encoding="utf-8")
        buildings = roofpv.read_inventory(file)
    return assess(
        buildings, None if site is None else bundled_weather(site), rules=list(rules),
        assumptions=from_values(values or {}, "test"),
    )  # fmt: skip


def with_run(found: Result, **parts: object) -> Result:
    return dataclasses.replace(found, run=found.run | parts)


def with_columns(found: Result, **columns: object) -> Result:
    return dataclasses.replace(found, buildings=found.buildings.assign(**columns))


def with_version(found: Result, number: str) -> Result:
    return with_run(found, versions=found.run["versions"] | {"roofpv": number})
