"""A plane table states the inverter of each plane."""

from __future__ import annotations

from pathlib import Path

import pytest

import roofpv
from roofpv.report import explain
from roofpv.waterfalls import building_waterfall
from roofpv.weather import bundled_weather

TABLE = """plane_id,building_id,surface_tilt,surface_azimuth,kwp,area_m2,容配比
a,A,30,180,10,,2
b,B,30,180,10,,
c,C,30,180,,100,2
d,D,30,180,10,,9
"""


def test_the_ratio_goes_from_the_list_to_the_energy(tmp_path: Path) -> None:
    file = tmp_path / "planes.csv"
    file.write_text(TABLE, encoding="utf-8")
    result = roofpv.assess(roofpv.read_inventory(file), bundled_weather("dawukou"), rules=[])
    planes = result.planes.set_index("plane_id")
    assert planes["dc_ac_ratio"].fillna(0.0).to_dict() == {"a": 2.0, "b": 0.0, "c": 2.0}
    assert result.quarantine["column"].tolist() == ["dc_ac_ratio"]
    yields = result.buildings.set_index("building_id")["specific_yield_kwh_per_kwp"]
    assert yields["A"] == pytest.approx(yields["C"], rel=1e-12)
    assert yields["A"] < 0.98 * yields["B"]
    steps = building_waterfall(result, "A").set_index("step")["factor"]
    assert steps["clipping"] < 0.98
    told = explain(result, "A")["planes"][0]
    assert told["pvlib_ac_kwh"] == pytest.approx(10.0 * yields["A"], rel=1e-9)
    assert any("DC/AC 2:" in step for step in told["steps"])


def test_without_any_ratio_there_is_no_column(tmp_path: Path) -> None:
    file = tmp_path / "planes.csv"
    file.write_text(TABLE.replace(",2\n", ",\n").replace(",9\n", ",\n"), encoding="utf-8")
    result = roofpv.assess(roofpv.read_inventory(file), bundled_weather("dawukou"), rules=[])
    assert "dc_ac_ratio" not in result.planes
