from __future__ import annotations

import itertools
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest

from roofpv import schema
from roofpv.catalogue import LANGUAGES
from roofpv.report.charts.scales import COLUMNS, PARTS, STATES, scale_of, values_of

# Viénot, Brettel and Mollon 1999: linear sRGB as two kinds of dichromats see it.
DICHROMATS = {
    "protan": [[0.11238, 0.88762, 0.0], [0.11238, 0.88762, 0.0], [0.00401, -0.00401, 1.0]],
    "deutan": [[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]],
}


def linear(colour: str) -> np.ndarray:
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lightness(colour: str, seen: str = "") -> float:
    """CIE L* of a colour, 0-100."""
    rgb = linear(colour)
    if seen:
        rgb = np.clip(np.array(DICHROMATS[seen]) @ rgb, 0.0, 1.0)
    y = float(rgb @ [0.2126, 0.7152, 0.0722])
    return 116.0 * y ** (1 / 3) - 16.0 if y > 0.008856 else 903.3 * y


def buildings() -> pd.DataFrame:
    draw = np.random.default_rng(2)
    return pd.DataFrame(
        {
            "status": ["assessed"] * 199 + ["excluded"],
            "kwp": draw.gamma(1.0, 60.0, 200),
            "poa_kwh_per_m2": draw.normal(1800.0, 60.0, 200),
            "lcoe_cny_per_kwh": draw.normal(0.2, 0.01, 200),
            "specific_yield_kwh_per_kwp": draw.normal(1400.0, 50.0, 200),
        }
    )


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("seen", ["", "protan", "deutan"])
def test_neighbouring_classes_differ_in_lightness_for_all_eyes_and_in_grey(column, seen):
    scale = scale_of(column, values_of(buildings(), column))
    found = [lightness(one.colour, seen) for one in scale.classes]
    steps = np.diff(found)
    if column == "pv_state":
        pairs = itertools.combinations(found, 2)
        assert min(abs(a - b) for a, b in pairs) >= 9.0
        return
    assert (steps > 8.0).all() or (steps < -8.0).all()


@pytest.mark.parametrize("seen", ["", "protan", "deutan"])
def test_exempt_roofs_are_lighter_than_the_ground_of_the_map(seen):
    style = files("roofpv.report.page").joinpath("assets", "page.css").read_text(encoding="utf-8")
    land = style.partition("--land: ")[2][:7]
    exempt = next(one for one in scale_of("pv_state").classes if one.key == "excluded")
    assert lightness(exempt.colour, seen) - lightness(land, seen) >= 15.0


@pytest.mark.parametrize("seen", ["", "protan", "deutan"])
def test_parts_that_touch_differ_in_lightness(seen):
    found = [lightness(one, seen) for one in PARTS]
    assert np.abs(np.diff(found)).min() >= 20.0


@pytest.mark.parametrize("column", COLUMNS)
def test_a_scale_is_the_same_in_any_order_and_told_in_both_languages(column):
    values = values_of(buildings(), column)
    scale = scale_of(column, values)
    assert scale_of(column, values.sample(frac=1.0, random_state=1)) == scale
    for language in LANGUAGES:
        told = scale.told(language)
        assert told["title"]
        assert len({one["label"] for one in told["classes"]}) == len(told["classes"]) > 1
        assert len({one["colour"] for one in told["classes"]}) == len(told["classes"])
        assert len(told["bounds"]) == (0 if told["words"] else len(told["classes"]) - 1)


def test_a_bound_belongs_to_the_class_above_and_nan_to_none():
    scale = scale_of("payback_years")
    values = pd.Series([0.0, 4.999, 5.0, 19.9, 20.0, 1e9, np.nan, np.inf])
    assert scale.places(values).tolist() == [0, 0, 1, 4, 5, 5, -1, -1]
    assert scale.colours(values)[-1] == scale.missing.colour
    assert [one.labels["en"] for one in scale.classes][:2] == ["< 5", "5–7"]


@pytest.mark.parametrize("span", [(1.0, 2.0), (0.187, 0.235), (-5.0, 5.0), (0.0, 1e9), (7.0, 7.01)])
def test_round_bounds_lie_within_the_values_and_are_few(span):
    values = pd.Series(np.linspace(*span, 500))
    bounds = scale_of("lcoe_cny_per_kwh", values).bounds
    assert 2 <= len(bounds) <= 5
    assert span[0] < bounds[0]
    assert bounds[-1] < span[1]
    assert np.allclose(np.diff(bounds), np.diff(bounds)[0], rtol=1e-9)


@pytest.mark.parametrize("values", [[], [np.nan], [3.0], [3.0, 3.0, np.nan]])
def test_values_that_do_not_differ_are_one_class(values):
    series = pd.Series(values, dtype=float)
    scale = scale_of("lcoe_cny_per_kwh", series)
    assert scale.bounds == ()
    assert len(scale.classes) == 1
    assert scale.places(series).tolist() == [-1 if np.isnan(one) else 0 for one in values]


def test_labels_of_one_scale_have_the_same_digits():
    scale = scale_of("lcoe_cny_per_kwh", pd.Series(np.linspace(0.187, 0.235, 99)))
    assert [one.labels["en"] for one in scale.classes] == [
        "< 0.19", "0.19–0.20", "0.20–0.21", "0.21–0.22", "0.22–0.23", "≥ 0.23",
    ]  # fmt: skip
    shares = scale_of("shading_loss_fraction")
    assert [one.labels["zh"] for one in shares.classes][:2] == ["< 2%", "2–5%"]


def test_the_state_of_the_pv_of_a_building():
    table = pd.DataFrame(
        {
            "status": ["assessed", "assessed", "assessed", "assessed", "excluded", "assessed"],
            "existing_pv": ["yes", "unknown", "no", "no", "yes", None],
            "installed_kwp": [np.nan, 3.0, np.nan, 0.0, 4.0, np.nan],
            "kwp": [0.0, 9.0, 9.0, 0.0, np.nan, np.nan],
        }
    )
    states = values_of(table, "pv_state")
    assert states.tolist() == ["has_pv", "has_pv", "fits", "none_fits", "excluded", None]
    assert scale_of("pv_state").places(states).tolist() == [0, 0, 1, 2, 3, -1]
    assert values_of(table[["kwp"]], "pv_state").tolist()[2:4] == ["fits", "none_fits"]
    assert tuple(one.key for one in scale_of("pv_state").classes) == STATES


def test_evidence_has_every_grade_and_a_column_that_is_not_there_is_not_known():
    scale = scale_of("evidence_grade")
    assert [one.key for one in scale.classes] == list(schema.EVIDENCE_GRADES)
    values = values_of(pd.DataFrame({"kwp": [1.0, 2.0]}), "evidence_grade")
    assert scale.places(values).tolist() == [-1, -1]


def test_another_number_of_the_dictionary_has_a_scale_too():
    scale = scale_of("height_m", pd.Series(np.linspace(3.0, 60.0, 50)))
    assert scale.titles == {"en": "height above ground", "zh": "建筑高度"}
    assert scale.unit == "m"
    with pytest.raises(KeyError):
        scale_of("no_such_column")
