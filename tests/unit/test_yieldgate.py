from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from roofpv.assumptions import Gate
from roofpv.yieldgate import FACTORS, gate_warnings, yield_gate

SKY = xr.Dataset(
    {"ghi": (("site", "time"), [[1600.0 / 8.766] * 4, [1000.0 / 8.766] * 4])},
    coords={"site": ["here", "there"], "time": np.arange(4)},
)


def roofs(*yields: float, **columns: object) -> pd.DataFrame:
    count = len(yields)
    table = pd.DataFrame(
        {
            "building_id": [f"b{i}" for i in range(count)],
            "status": "assessed",
            "weather_site": "here",
            "specific_yield_kwh_per_kwp": yields,
            "poa_kwh_per_m2": np.array(yields) / 0.8,
            "shading_loss_fraction": np.nan,
            "layout": "flush",
            "stated_kwp": np.nan,
        }
    )
    return table.assign(**columns)


def planes(table: pd.DataFrame, **columns: object) -> pd.DataFrame:
    made = pd.DataFrame(
        {
            "plane_id": table["building_id"] + "/1",
            "building_id": table["building_id"],
            "weather_site": table["weather_site"],
            "kwp": 10.0,
            "surface_tilt": 15.0,
            "surface_azimuth": 180.0,
            "row_shading_loss_fraction": 0.0,
        }
    )
    return made.assign(**columns)


def told(table: pd.DataFrame, gate: Gate | None = None, **columns: object) -> dict:
    return yield_gate(table, planes(table, **columns), SKY, gate or Gate())


def test_a_yield_inside_is_silent_and_the_bounds_belong_to_it() -> None:
    found = told(roofs(1250.0, 1400.0, 1650.0))
    assert (found["roofs"], found["judged"], found["outside"], found["listed"]) == (3, 3, 0, [])
    assert gate_warnings(found) == []


def test_factors_multiply_to_the_yield_and_the_largest_comes_first() -> None:
    table = roofs(1400.0, 1000.0, shading_loss_fraction=[0.0, 0.25])
    table.loc[1, "poa_kwh_per_m2"] = 1000.0 / 0.75
    found = told(table, row_shading_loss_fraction=[0.01, 0.06])
    assert np.prod(list(found["middle"].values())) == pytest.approx((1250.0 * 1650.0) ** 0.5)
    (one,) = found["listed"]
    assert np.prod([one["factors"][name] for name in FACTORS]) == pytest.approx(1000.0)
    assert (one["building_id"], one["bounds"]) == ("b1", ["yield_low"])
    assert [reason["cause"] for reason in one["reasons"]] == [
        "shade", "rows", "conversion", "facing", "light",
    ]  # fmt: skip
    # 1000 / 0.75 over 1600 x 0.94 x 0.75, against 1436.14 over 1560 x 0.79.
    assert one["factors"]["facing"] == pytest.approx(1.1820331, abs=1e-6)
    assert one["against_middle"]["facing"] == pytest.approx(1.1820331 / 1.1653223 - 1.0, abs=1e-5)
    assert "surroundings take 25.0%, -25.0%" in one["reasons"][0]["text"]
    assert "rows take 6.0%, -6.0%" in one["reasons"][1]["text"]
    assert "1 of them by their surroundings" in gate_warnings(found)[0]


def test_of_a_yield_above_the_gate_the_gains_come_first() -> None:
    (one,) = told(roofs(1800.0))["listed"]
    assert one["bounds"] == ["yield_high"]
    assert [reason["cause"] for reason in one["reasons"]] == ["facing", "light", "conversion"]


def test_tilt_and_azimuth_are_named() -> None:
    table = roofs(1400.0, 1400.0, 1000.0)
    two = planes(table, surface_tilt=[15.0, 15.0, 40.0], surface_azimuth=[180.0, 180.0, 0.0])
    small = two.iloc[[2]].assign(plane_id="b2/2", kwp=1.0, surface_azimuth=90.0)
    found = yield_gate(table, pd.concat([two, small]), SKY, Gate())
    text = found["listed"][0]["reasons"][0]["text"]
    assert text.startswith("tilt / azimuth 40.0° / 0°, 40.0° / 90°: ")


def test_more_than_four_arrays_are_not_all_named() -> None:
    table = roofs(1400.0, 1400.0, 1000.0)
    many = planes(table.iloc[[2] * 6]).assign(
        plane_id=[f"p{i}" for i in range(6)], surface_azimuth=[10.0 * i for i in range(6)]
    )
    found = yield_gate(table, pd.concat([planes(table.iloc[:2]), many]), SKY, Gate())
    assert "15.0° / 30°, ...:" in found["listed"][0]["reasons"][0]["text"]


def test_what_the_modules_make_of_the_light_is_held_anywhere() -> None:
    table = roofs(700.0, 800.0, 800.0, weather_site="there")
    table["poa_kwh_per_m2"] = [700.0 / 0.69, 1000.0, 800.0 / 0.89]
    found = told(table)
    assert (found["judged"], found["outside"]) == (0, 2)
    assert [one["bounds"] for one in found["listed"]] == [["ratio_low"], ["ratio_high"]]
    assert found["listed"][0]["reasons"][0]["cause"] == "conversion"


def test_a_dark_site_is_a_reason() -> None:
    table = roofs(1400.0, 1400.0, 900.0, weather_site=["here", "here", "there"])
    found = told(table, Gate(ghi_low=990.0))
    assert found["listed"][0]["reasons"][0]["cause"] == "light"
    assert "weather site there: 1,000 kWh/m2" in found["listed"][0]["reasons"][0]["text"]


def test_a_stated_capacity_is_told() -> None:
    found = told(roofs(1400.0, 1000.0, 1000.0, layout=["flush", "flush", "stated"]))
    last = [one["reasons"][-1]["cause"] == "stated" for one in found["listed"]]
    assert last == [False, True]
    stated = told(roofs(1400.0, 1000.0, stated_kwp=[np.nan, 10.0]))
    assert stated["listed"][0]["reasons"][-1]["cause"] == "stated"


def test_a_whole_city_outside_has_its_reasons_too() -> None:
    found = told(roofs(1000.0, 1000.0))
    assert [one["reasons"][0]["cause"] for one in found["listed"]] == ["facing", "facing"]
    said = "2 roofs make less or more than is usual (1,250 to 1,650 kWh/kWp, 0.7 to 0.88 of the"
    assert gate_warnings(found)[0].startswith(said)


def test_those_left_out_of_the_list_are_counted_and_order_changes_nothing() -> None:
    table = roofs(*np.linspace(900.0, 1200.0, 20), 1400.0, 1400.0)
    found = told(table, Gate(most_listed=3))
    assert (found["outside"], len(found["listed"]), found["left_out"]) == (20, 3, 17)
    assert told(table.iloc[::-1].reset_index(drop=True), Gate(most_listed=3)) == found


def test_excluded_and_empty_roofs_are_not_judged() -> None:
    table = roofs(1000.0, 0.0, np.nan, status=["excluded", "assessed", "assessed"])
    assert told(table)["roofs"] == 0
