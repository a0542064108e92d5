"""BSRN's comparisons of the parts of light: their bounds, held from both sides."""

from __future__ import annotations

import numpy as np
import pytest

from roofpv.weather.clearsky import Sun
from roofpv.weather.limits import compare_parts
from roofpv.weather.tablerows import TableRows

ROWS, ODD = 100, 20


def sun_of(zenith):
    """A sun that stands still in every row."""
    zenith = np.broadcast_to(np.asarray(zenith, dtype=float), (ROWS,))
    clear = np.full(ROWS, 500.0)
    up = np.cos(np.radians(zenith))
    return Sun(zenith, up, np.full(ROWS, 1361.0), clear, clear, clear)


def compared(values, zenith, rows=ROWS):
    """What is said of the first rows; {code: count}."""
    sun = sun_of(zenith)
    sun = Sun(*(getattr(sun, name)[:rows] for name in Sun.__dataclass_fields__))
    given = {name: column[:rows] for name, column in values.items()}
    problems = compare_parts(given, sun, TableRows("a.csv", np.arange(rows) + 2, 60))
    return {problem.code: problem.count for problem in problems}


def closing(ratio, zenith, odd=ODD, total=400.0):
    """Rows whose parts close, but for some where ghi is so many times their sum."""
    up = max(np.cos(np.radians(zenith)), 0.0)
    dhi = np.full(ROWS, 0.3 * total if up > 0 else total)
    dni = np.full(ROWS, 0.7 * total / up if up > 0 else 0.0)
    ghi = np.full(ROWS, total)
    ghi[:odd] = ratio * total
    return {"ghi": ghi, "dni": dni, "dhi": dhi}


def diffuse(ratio, odd=ODD, ghi=400.0):
    """Rows of a dull sky, but for some where dhi is so many times ghi."""
    dhi = np.full(ROWS, 0.5 * ghi)
    dhi[:odd] = ratio * ghi
    return {"ghi": np.full(ROWS, ghi), "dhi": dhi}


CLOSURE = [
    (60.0, 1.079, 1.081),
    (60.0, 0.921, 0.919),
    (74.9, 1.079, 1.081),
    (75.1, 1.149, 1.151),
    (80.0, 1.149, 1.151),
    (80.0, 0.851, 0.849),
]


@pytest.mark.parametrize(("zenith", "inside", "outside"), CLOSURE)
def test_ghi_may_be_so_far_from_the_sum_of_its_parts(zenith, inside, outside):
    assert compared(closing(inside, zenith), zenith) == {}
    assert compared(closing(outside, zenith), zenith) == {"closure": ODD}


DIFFUSE = [
    (60.0, 1.049, 1.051),
    (74.9, 1.049, 1.051),
    (75.1, 1.099, 1.101),
    (80.0, 1.099, 1.101),
]


@pytest.mark.parametrize(("zenith", "inside", "outside"), DIFFUSE)
def test_dhi_may_be_so_far_above_ghi(zenith, inside, outside):
    assert compared(diffuse(inside), zenith) == {}
    assert compared(diffuse(outside), zenith) == {"diffuse_ratio": ODD}


def test_each_row_is_held_against_the_bound_of_its_own_sun():
    zenith = np.where(np.arange(ROWS) % 2, 80.0, 60.0)
    values = diffuse(1.07, odd=40)
    assert compared(values, zenith) == {"diffuse_ratio": 20}
    up = np.cos(np.radians(zenith))
    parts = {"dni": 280.0 / up, "dhi": np.full(ROWS, 120.0)}
    ghi = np.where(np.arange(ROWS) < 40, 1.12 * 400.0, 400.0)
    assert compared({"ghi": ghi, **parts}, zenith) == {"closure": 20}


@pytest.mark.parametrize("make", [closing, diffuse])
def test_a_tenth_of_the_rows_may_fail(make):
    more = (80.0,) if make is closing else ()
    assert compared(make(1.3, *more, odd=10), 80.0) == {}
    assert list(compared(make(1.3, *more, odd=11), 80.0).values()) == [11]


@pytest.mark.parametrize(
    ("ratio", "said"), [(1.029, []), (1.031, ["closure"]), (0.969, ["closure"])]
)
def test_the_median_row_closes_within_three_percent(ratio, said):
    found = compared(closing(ratio, 60.0, odd=ROWS), 60.0)
    assert list(found) == said
    assert sum(found.values()) == 0


@pytest.mark.parametrize(("rows", "said"), [(19, 0), (20, 1)])
def test_fewer_than_twenty_rows_prove_nothing(rows, said):
    assert len(compared(closing(1.3, 80.0), 80.0, rows)) == said
    assert len(compared(diffuse(1.3), 80.0, rows)) == said


@pytest.mark.parametrize(("light", "said"), [(49.9, 0), (50.1, 1)])
def test_little_light_proves_nothing(light, said):
    assert len(compared(closing(1.3, 80.0, total=light), 80.0)) == said
    assert len(compared(diffuse(1.3, ghi=light), 80.0)) == said


@pytest.mark.parametrize(("zenith", "said"), [(92.9, 1), (93.1, 0)])
def test_twilight_is_compared_to_93_degrees(zenith, said):
    assert len(compared(closing(1.3, zenith), zenith)) == said
    assert len(compared(diffuse(1.3), zenith)) == said
