from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import MultiPolygon, Point, Polygon, box

from roofpv.inventory.findings import DOUBTFUL, QUARANTINED, Finding
from roofpv.inventory.outlines.duplicates import equal_outlines, find_duplicates

EAST, NORTH = 1 / 86_600.0, 1 / 111_000.0  # degrees in a metre, near enough


def _house(east: float, north: float, wide: float = 20.0, deep: float = 10.0) -> Polygon:
    return _at(box(0, 0, wide, deep), east, north)


def _at(shape: shapely.Geometry, east: float = 0.0, north: float = 0.0) -> shapely.Geometry:
    """A shape drawn in metres, put into Shizuishan."""
    return shapely.transform(
        shape, lambda xy: (xy + np.array([east, north])) * (EAST, NORTH) + (106.37, 39.01)
    )


def _find(houses: dict[str, object]) -> list[Finding]:
    shapes = np.empty(len(houses), dtype=object)
    shapes[:] = list(houses.values())
    return find_duplicates(shapes, pd.Series(list(houses)))


def _told(houses: dict[str, object]) -> dict[str, list[tuple[str, str]]]:
    """Code -> (key of the row, key of the other)."""
    keys = list(houses)
    return {
        f.code: [(keys[i], other) for i, other in zip(f.at, f.values, strict=True)]
        for f in _find(houses)
    }


L_SHAPE = Polygon([(0, 0), (20, 0), (20, 10), (10, 10), (10, 20), (0, 20)])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (_house(0, 0), _house(0, 0)),
        (_house(0, 0), Polygon(shapely.get_coordinates(_house(0, 0))[[2, 3, 0, 1]])),
        (_house(0, 0), shapely.reverse(_house(0, 0))),
        (_house(0, 0), MultiPolygon([_house(0, 0)])),
        (_house(0, 0), _house(0.2, 0.1)),
        (_house(0, 0), _house(0, 0, 20.4, 10.2)),
        (_at(L_SHAPE), _at(L_SHAPE, 0.1, 0.1)),
        (_house(0, 0, 2, 2), _house(0, 0, 2, 2.02)),
    ],
)
def test_the_same_outline_twice_counts_once(one: Polygon, other: Polygon) -> None:
    assert _told({"a": one, "b": other}) == {"DUPLICATE_FOOTPRINT": [("b", "a")]}
    assert _told({"b": one, "a": other}) == {"DUPLICATE_FOOTPRINT": [("b", "a")]}
    finding = _find({"a": one, "b": other})[0]
    assert (finding.kind, finding.column) == (QUARANTINED, "geometry")


@pytest.mark.parametrize(
    ("one", "other", "much"),
    [
        (_house(0, 0), _house(10, 0), True),  # half of each
        (_house(0, 0), _house(1.5, 0), True),  # 86 % of both together
        (_house(0, 0), _house(17, 0), True),  # 30 of 200 m2
        (_house(0, 0), _house(18.5, 0), False),  # 15 of 200 m2
        (_house(0, 0), _house(5, 2, 4, 4), True),  # a small one inside
        (_house(0, 0), _house(5, 2, 2, 2), False),  # 4 m2 inside
        (_house(0, 0), _house(20, 0), False),  # wall to wall
        (_house(0, 0), _house(20, 10), False),  # corner to corner
        (_at(L_SHAPE), _house(10, 10, 10, 10), False),  # in the corner of an L
        (_house(0, 0), _house(500, 0), False),
    ],
)
def test_a_partial_overlap_is_told_and_kept(one: Polygon, other: Polygon, much: bool) -> None:
    told = {"OVERLAPPING_FOOTPRINTS": [("b", "a")]} if much else {}
    assert _told({"a": one, "b": other}) == told
    assert all(f.kind == DOUBTFUL for f in _find({"a": one, "b": other}))


def test_of_three_one_stays_and_is_named() -> None:
    house = _house(0, 0)
    assert _told({"c": house, "a": house, "b": house}) == {
        "DUPLICATE_FOOTPRINT": [("c", "a"), ("b", "a")]
    }


def test_what_equals_a_duplicate_goes_with_it() -> None:
    near, far = _house(0.2, 0), _house(0, 0)
    told = _told({"b": near, "c": near, "a": far})
    assert told == {"DUPLICATE_FOOTPRINT": [("b", "a"), ("c", "a")]}


def test_a_chain_of_likenesses_does_not_set_aside_a_different_outline() -> None:
    # a and b, b and c are the same within 5 %; a and c are not.
    told = _told({"a": _house(0, 0), "b": _house(0.4, 0), "c": _house(0.8, 0)})
    assert told == {
        "DUPLICATE_FOOTPRINT": [("b", "a")],
        "OVERLAPPING_FOOTPRINTS": [("c", "a")],
    }


def test_points_and_nothing_are_passed_over() -> None:
    point = Point(106.37, 39.01)
    assert _find({"a": point, "b": point, "c": None, "d": None}) == []
    assert _find({}) == []


def test_equal_keys_keep_the_first_row() -> None:
    shapes = np.array([_house(0, 0), _house(0, 0)], dtype=object)
    finding = find_duplicates(shapes, np.array(["x", "x"], dtype=object))[0]
    assert (finding.at.tolist(), list(finding.values)) == ([1], ["x"])


@pytest.mark.parametrize("seed", range(5))
def test_row_order_changes_nothing(seed: int) -> None:
    random = np.random.default_rng(seed)
    houses: dict[str, object] = {}
    for i in range(60):
        east, north = random.uniform(0, 120, 2)
        houses[f"h{i:02d}"] = _house(east, north, *random.uniform(3, 25, 2))
        if i % 4 == 0:
            houses[f"g{i:02d}"] = _house(east + 0.05, north, 20.0, 10.0)
            houses[f"k{i:02d}"] = houses[f"h{i:02d}"]
    told = {code: sorted(pairs) for code, pairs in _told(houses).items()}
    assert {code: len(pairs) > 10 for code, pairs in told.items()} == {
        "DUPLICATE_FOOTPRINT": True, "OVERLAPPING_FOOTPRINTS": True,
    }  # fmt: skip
    keys = list(houses)
    for _ in range(3):
        random.shuffle(keys)
        again = _told({key: houses[key] for key in keys})
        assert {code: sorted(pairs) for code, pairs in again.items()} == told


def test_every_pair_is_found_as_one_by_one() -> None:
    random = np.random.default_rng(7)
    shapes = np.array(
        [_at(shapely.affinity.rotate(box(0, 0, *random.uniform(2, 20, 2)), random.uniform(0, 90)),
             *random.uniform(0, 100, 2)) for _ in range(150)],
        dtype=object,
    )  # fmt: skip
    keys = np.array([f"{i:03d}" for i in range(150)], dtype=object)
    told = {f.code: f for f in find_duplicates(shapes, keys)}
    found = told["OVERLAPPING_FOOTPRINTS"]
    square = 1 / EAST / NORTH
    expected = set()
    for i in range(150):
        for j in range(i):
            shared = shapely.intersection(shapes[i], shapes[j]).area * square
            smaller = min(shapes[i].area, shapes[j].area) * square
            if shared > max(0.1 * smaller, 5.0):
                expected.add((keys[i], keys[j]))
    assert {(keys[i], v) for i, v in zip(found.at, found.values, strict=True)} == expected


def test_a_district_among_its_buildings_overlaps_each() -> None:
    district = _at(shapely.buffer(Point(0, 0), 300.0, quad_segs=100))
    houses = {f"h{i}": _house(30.0 * i, 0) for i in range(-3, 4)}
    cut = {"z": _house(280, 20), "zz": _house(299, 0, 20, 3)}
    told = _told({"district": district, **houses, **cut})
    assert [pair[0] for pair in told["OVERLAPPING_FOOTPRINTS"]] == [*houses, "z"]


def test_outlines_that_cross_themselves_stop_nothing() -> None:
    comb = _at(Polygon([(0, 0), (20, 0), (5, 20), (5, -5), (15, -5), (15, 20), (0, 10)]))
    told = _told({"a": _house(0, 0), "b": comb, "c": _house(500, 0)})
    assert told == {"OVERLAPPING_FOOTPRINTS": [("b", "a")]}


def test_equal_outlines_point_to_the_first() -> None:
    one, other = _house(0, 0), _house(50, 0)
    turned = Polygon(shapely.get_coordinates(one)[[1, 2, 3, 0]])
    assert equal_outlines(np.array([one, other, turned, one], dtype=object)).tolist() == [
        0,
        1,
        0,
        0,
    ]


def _grid(count: int) -> np.ndarray:
    side = int(count**0.5)
    i, j = np.arange(count) % side, np.arange(count) // side
    step = 1.2e-4
    return shapely.box(106 + i * step, 38.5 + j * step, 106 + (i + 1) * step, 38.5 + (j + 1) * step)


def test_houses_wall_to_wall_are_no_overlap() -> None:
    shapes = _grid(200_000)
    begin = time.process_time()
    assert find_duplicates(shapes, np.arange(len(shapes)).astype(str)) == []
    assert time.process_time() - begin < 6.0  # 0.4 s


def test_turned_rows_of_houses_are_no_overlap() -> None:
    rows = np.arange(20_000) // 10
    angle = np.random.default_rng(2).uniform(0, np.pi, 2000)[rows]
    along = 8.0 * (np.arange(20_000) % 10)[:, None] + np.array([0.0, 8.0, 8.0, 0.0])
    deep = np.array([0.0, 0.0, 12.0, 12.0])
    cosine, sine = np.cos(angle)[:, None], np.sin(angle)[:, None]
    x = 106 + (rows % 100)[:, None] * 2e-3 + (along * cosine - deep * sine) * EAST
    y = 38.5 + (rows // 100)[:, None] * 2e-3 + (along * sine + deep * cosine) * NORTH
    shapes = shapely.polygons(shapely.linearrings(np.stack([x, y], axis=2)))
    assert find_duplicates(shapes, np.arange(len(shapes)).astype(str)) == []


def test_one_outline_for_all_rows_is_found_at_once() -> None:
    shapes = np.repeat(np.array([_house(0, 0)], dtype=object), 50_000)
    begin = time.process_time()
    found = find_duplicates(shapes, np.arange(50_000).astype(str))
    assert time.process_time() - begin < 5.0  # 0.1 s
    assert [(f.code, len(f.at)) for f in found] == [("DUPLICATE_FOOTPRINT", 49_999)]
