"""The data of the panel: figures as printed, modules where they lie, causes that close."""

from __future__ import annotations

import dataclasses
import importlib
import json
import re
import string
from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from roofmaker import L_SHAPE, placed, rectangle

from roofpv import reopening
from roofpv.assumptions import from_values
from roofpv.judging import verdicts_of
from roofpv.report import colours, roof_marks, skyline_marks
from roofpv.report.city import City, Figure, figure_of, shown_figure
from roofpv.report.page.panel import panel_data, panel_script, panel_style, panel_texts
from roofpv.report.page.panel_figures import classes, counted
from roofpv.weather import bundled_weather

assess = importlib.import_module("roofpv.assessment").assess
DESIGNS = {
    "stated": {},
    "coverage": {"layout.design": "coverage-then-energy", "layout.coverage_target": 0.7},
    "domes": {"layout.flat_layout": "east_west", "layout.rows_per_table": 2},
    "aligned": {"layout.flat_layout": "aligned_racks", "roofs.parapet_height_m": 1.2},
}
NAMES = ["slab", "wings", "gable", "hip", "stated", "list", "hut", "exempt"]
ZONE = "<b>tank</b> $kind"


@cache
def result(name="stated"):
    shapes = [
        placed(rectangle(50, 16)),
        placed(L_SHAPE, 39.0, 106.38),
        placed(rectangle(30, 12, 20.0), 39.0, 106.39),
        placed(rectangle(30, 14, 70.0), 39.0, 106.40),
        placed(rectangle(40, 15, 10.0), 39.0, 106.41),
        None,
        placed(rectangle(5, 5), 39.0, 106.42),
        placed(rectangle(20, 15), 39.0, 106.43),
    ]
    table = pd.DataFrame(
        {
            "building_id": NAMES,
            "name": [f"<i>{name}</i>" for name in NAMES],
            "use": "government", "ownership": "public",
            "completed": pd.to_datetime(["2025-03-01"] * 5 + ["2001-01-01"] * 2 + ["2025-03-01"]),
            "roof_type": ["flat", "flat", "gabled", "hipped", "flat", None, "flat", "flat"],
            "stated_kwp": [np.nan] * 4 + [20.0] + [np.nan] * 3,
            "existing_pv_kwp": [np.nan, 12.0] + [np.nan] * 6,
            "exemption": [None] * 7 + ["old roof"],
            "floor_area_m2": 1500.0, "floors": 3.0, "lon": 106.37, "lat": 39.0,
        }
    )  # fmt: skip
    zone = placed(shapely.affinity.translate(rectangle(4, 3), -12.0, 2.0), 39.0, 106.37)
    return assess(
        gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:4326"),
        bundled_weather("dawukou"), rules=["shizuishan-2025"],
        assumptions=from_values(DESIGNS[name], "test"),
        zones=gpd.GeoDataFrame(
            {"zone_id": [ZONE], "kind": ["plant"]}, geometry=[zone], crs="EPSG:4326"
        ),
    )  # fmt: skip


@cache
def told(name="stated"):
    return panel_data(City(result(name), pd.DataFrame()))


def spoken(phrase, lang="en"):
    """A phrase as the script says it."""
    texts = panel_texts()
    if isinstance(phrase, str):
        return phrase
    if isinstance(phrase[0], str) and phrase[0] in texts:
        words = {k: spoken(v, lang) for k, v in (phrase[1] if len(phrase) > 1 else {}).items()}
        return string.Template(texts[phrase[0]][lang]).substitute(words)
    assert all(not isinstance(one, str) or "." not in one for one in phrase), phrase
    return texts["panel.list"][lang].join(spoken(one, lang) for one in phrase)


@pytest.mark.parametrize(
    "column", ["ac_kwh", "shading_loss_fraction", "lcoe_cny_per_kwh", "height_m", "floors"]
)
def test_numbers_are_counted_as_they_are_printed(column):
    figure = figure_of(column)
    step = 1.0 / (figure.scale * 10**figure.digits)
    values = np.concatenate([
        np.random.default_rng(3).normal(0.0, 1e4 * step, 500),
        (np.arange(-20, 20) + 0.5) * step, np.nextafter((np.arange(20) + 0.5) * step, 0.0),
        [0.0, -0.0, 1e12],
    ])  # fmt: skip
    for value, count in zip(values, counted(values, figure), strict=True):
        said = f"{count / 10**figure.digits:,.{figure.digits}f}"
        if "." in said or abs(count) < 10**15:
            assert said == shown_figure(value, figure, unit=False)
    assert counted([np.nan, np.inf], Figure()) == [None, None]


def test_classes_have_their_words_once_and_none_for_nothing():
    found = classes(pd.Series(["b", None, "a", "b"], dtype=object))
    assert found == {"words": ["a", "b"], "values": [1, None, 0, 1]}


@pytest.mark.parametrize("design", DESIGNS)
def test_the_data_is_json_in_the_order_of_the_buildings(design):
    data = told(design)
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    again = panel_data(City(result(design), pd.DataFrame()))
    assert json.dumps(again) == json.dumps(data)
    assert data["names"]["building_id"] == NAMES
    assert data["full"]
    assert data["note"] is None
    for name in ("drawings", "why", "months", "layout", "reason", "completed"):
        assert len(data[name]) == data["count"] == len(NAMES)
    columns = [*data["figures"].values(), *data["classes"].values()]
    assert {len(one["values"]) for one in columns} == {len(NAMES)}


def rectangles(runs):
    """Modules of an array as polygons, east and north [m]."""
    azimuth, wide, deep, step, *rest = runs
    turn = np.radians(azimuth / 100.0)
    across = along = 0
    found = []
    for rise, way, count in np.reshape(rest, (-1, 3)):
        across, along = across + rise, along + way
        for n in range(count):
            left, low = along / 100.0 + n * step / 1000.0, across / 100.0
            u = left + np.array([0.0, wide, wide, 0.0]) / 1000.0
            v = low + np.array([0.0, 0.0, deep, deep]) / 1000.0
            x, y = u * np.sin(turn) - v * np.cos(turn), u * np.cos(turn) + v * np.sin(turn)
            found.append(shapely.Polygon(np.column_stack([x, y])))
    return found


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("name", ["slab", "wings", "gable", "hip"])
def test_modules_lie_where_explain_draws_them(design, name):
    again = reopening.reopen(result(design), name)
    places = reopening.places(again)
    frames, _ = reopening.roofs.framed_planes(again.planes, again.latitude, 3.0)
    plane = places["plane"].to_numpy()
    wanted = frames.at(plane).back(places["outline"].to_numpy(dtype=object))
    drawing = told(design)["drawings"][NAMES.index(name)]
    drawn = [
        one
        for each in drawing["planes"]
        for runs in each.get("modules", [])
        for one in rectangles(runs)
    ]
    assert len(drawn) == len(wanted) > 0
    near = shapely.STRtree(drawn).nearest(shapely.centroid(wanted))
    assert len(set(near.tolist())) == len(wanted)
    assert shapely.hausdorff_distance(wanted, np.array(drawn)[near]).max() < 0.02


def test_outlines_and_what_is_taken_have_their_areas():
    data = told()
    laid = result().planes
    slab = data["drawings"][0]["planes"][0]
    mine = laid[laid["building_id"] == "slab"].iloc[0]
    assert area(slab["outline"]) == pytest.approx(mine["area_m2"], rel=2e-3)
    for reason, *rings in slab["taken"]:
        column = f"deducted_{data['reasons'][reason]}_m2"
        assert area(rings) == pytest.approx(mine[column], rel=0.02)
        told_area = data["deducted"][data["reasons"][reason]]
        assert told_area["values"][0] == round(mine[column])
        assert told_area["unit"] == "m²"
    hip = data["drawings"][NAMES.index("hip")]["planes"]
    assert len(hip) == 4
    assert {plane["slope"][1] for plane in hip} == {70, 160, 250, 340}
    assert data["drawings"][NAMES.index("list")]["stand_in"]
    assert "stand_in" not in data["drawings"][0]
    assert data["drawings"][NAMES.index("exempt")] is None


def area(rings):
    """Of rings, holes taken off. [m2]."""
    parts = [np.cumsum(np.reshape(ring, (-1, 2)), axis=0) / 100.0 for ring in rings]
    shapes = [shapely.Polygon(part) for part in parts]
    return float(shapely.area(shapely.union_all(shapes[:1])) - shapely.area(shapes[1:]).sum())


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("design", DESIGNS)
def test_every_sentence_can_be_said(design, lang):
    data = told(design)
    why = [said for one in data["why"] for said in one]
    for said in (*why, *data["layouts"], *filter(None, data["reason"])):
        text = spoken(said, lang)
        assert text
        assert "panel." not in text
        assert "nan" not in text


def test_causes_add_up_to_the_whole():
    head = spoken(told()["why"][0][0])
    shares = [float(one) for one in re.findall(r"([\d.]+)%", head)]
    row = result().buildings.iloc[0]
    assert shares[0] == pytest.approx(100.0 * row["module_area_m2"] / row["installable_area_m2"],
                                      abs=0.06)  # fmt: skip
    assert sum(shares[:3]) == pytest.approx(100.0, abs=0.16)
    assert "(N1) because of" in head
    roof = spoken(told()["why"][0][1])
    assert sum(float(one) for one in re.findall(r"([\d.]+)%", roof)) == pytest.approx(
        100.0, abs=0.3
    )


def test_the_largest_cause_comes_first_and_zones_have_their_names():
    said = spoken(told()["why"][0][1])
    shares = [float(one) for one in re.findall(r"([\d.]+)%", said)][1:]
    assert shares == sorted(shares, reverse=True)
    assert f"mapped zones (plant {ZONE})" in said
    assert "3 m behind the south parapet" in said
    assert "winter shadow of the parapet of 1.2 m" in spoken(told("aligned")["why"][0][1])


def test_what_another_layout_gives_is_what_it_gives():
    said = spoken(told()["why"][0][0])
    found = re.findall(r"(modules laid flat|\d+° [a-z -]+?) would give ([\d.]+)%", said)
    assert found
    table = reopening.layouts(result(), "slab").set_index("layout")
    flat = shown_figure(table.loc["flat", "coverage_n1"], Figure(1, "", 100))
    assert ("modules laid flat", flat) in found
    assert "would give" not in " ".join(spoken(one) for one in told()["why"][2])


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("stated", "because of the capacity that the list states (20.0 kWp)."),
        ("hut", "No modules"),
        ("gable", "Layout: modules flush on the slope."),
    ],
)
def test_roofs_without_a_choice_say_so(name, wanted):
    assert wanted in " ".join(spoken(one) for one in told()["why"][NAMES.index(name)])


def test_an_exempt_building_tells_why_and_nothing_else():
    data, place = told(), NAMES.index("exempt")
    assert data["why"][place] == []
    assert spoken(data["reason"][place]) == "exempt: old roof"
    assert spoken(data["reason"][place], "zh") == "豁免（old roof）"
    assert data["months"][place] is None
    assert data["targets"][0]["asked"][place] == "exempt"


def test_months_add_up_to_the_year():
    data, buildings = told(), result().buildings
    for months, ac in zip(data["months"], buildings["ac_kwh"], strict=True):
        if months is not None:
            assert len(months) == 12
            assert sum(months) == pytest.approx(ac, abs=6.0)


def test_verdicts_are_those_of_explain():
    data = told()
    for i, name in enumerate(NAMES):
        for mine, theirs in zip(data["targets"], verdicts_of(result(), name), strict=True):
            assert (mine["rule"], mine["target"]) == (theirs["rule"], theirs["target"])
            assert (mine["asked"][i] == "yes") == (theirs["asked"] is True)
            if theirs["asked"] is not True:
                continue
            reading = next(one for one in theirs["readings"] if one["default"])
            for case in reading["cases"]:
                if case["default"] or not mine["variant"]:
                    state = mine[case["state"]]
                    assert state["met"][i] == case["met"]
                    share = case["value"]
                    assert state["share"][i] == (
                        None if share is None else counted([share], Figure(2, "%", 100))[0]
                    )
    assert {"yes", "no", "exempt"} <= {one for t in data["targets"] for one in t["asked"]}
    assert True in data["targets"][0]["potential"]["met"]


def test_above_the_limit_only_facts_are_told():
    data = panel_data(City(result(), pd.DataFrame()), limit=len(NAMES) - 1)
    assert not data["full"]
    assert "roofpv explain OUT ID --drawing" in spoken(data["note"])
    assert "roofpv explain OUT ID --drawing" in spoken(data["note"], "zh")
    assert not {"drawings", "why", "months", "sky"} & set(data)
    assert data["figures"] == told()["figures"]
    assert panel_data(City(result(), pd.DataFrame()), limit=len(NAMES))["full"]


def test_a_result_of_other_areas_has_no_drawings():
    planes = result().planes.copy()
    planes["installable_area_m2"] *= 1.01
    data = panel_data(City(dataclasses.replace(result(), planes=planes), pd.DataFrame()))
    assert "another version" in spoken(data["note"])
    assert "drawings" not in data
    assert data["months"] == told()["months"]


def test_planes_without_outlines_and_rules_are_told_too():
    whole = result()
    planes = pd.DataFrame(whole.planes.drop(columns="geometry"))
    run = whole.run | {"rule_texts": {}}
    some = dataclasses.replace(whole, planes=planes, run=run)
    data = panel_data(City(some, pd.DataFrame()))
    assert data["targets"] == []
    assert data["basis"] == ["N1", "installable_area_m2"]


def test_texts_are_there_in_every_language():
    texts = panel_texts()
    assert {frozenset(one) for one in texts.values()} == {frozenset({"en", "zh"})}
    asked = set(re.findall(r'"((?:panel|column)\.[a-z_.0-9]+[a-z])"', panel_script()))
    assert asked <= set(texts)
    for one in texts.values():
        words = [set(re.findall(r"\$(\w+)", one[lang], re.ASCII)) for lang in ("en", "zh")]
        assert words[0] == words[1]


def test_the_script_makes_no_markup_of_data_and_keeps_to_the_colours():
    script = panel_script()
    for risky in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "fetch("):
        assert risky not in script
    known = " ".join(
        Path(module.__file__).read_text(encoding="utf-8")
        for module in (colours, roof_marks, skyline_marks)
    ) + " #8a3b00"  # the sun in skyline_sun.py  # fmt: skip
    for colour in re.findall(r"#[0-9a-f]{6}", script + panel_style()):
        assert colour in known


@pytest.mark.parametrize("kept", [["exempt"], []])
def test_results_without_roofs_are_told(kept):
    whole = result()
    buildings = whole.buildings[whole.buildings["building_id"].isin(kept)].reset_index(drop=True)
    none = whole.energy.isel(plane_id=slice(0, 0))
    some = dataclasses.replace(
        whole, buildings=buildings, planes=whole.planes.iloc[:0], energy=none, zones=None
    )
    data = panel_data(City(some, pd.DataFrame()))
    assert data["count"] == len(kept)
    assert data["drawings"] == data["months"] == [None] * len(kept)
    assert data["why"] == [[]] * len(kept)
    assert json.loads(json.dumps(data, allow_nan=False)) == data
