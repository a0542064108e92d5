from __future__ import annotations

import numpy as np
import pytest

from roofpv.inventory.outlines.metres import metres_per_degree
from roofpv.inventory.places.datum import from_wgs84
from roofpv.inventory.places.offset import Offset, find_offset, looks_like, note_of

DAWUKOU, HUINONG, PINGLUO = (106.376, 39.013), (106.780, 39.240), (106.545, 38.906)
SIZES = [30, 200, 5000]


def _town(seed: int, count: int, centre: tuple[float, float] = DAWUKOU) -> np.ndarray:
    """Places (building, 2) in clusters of some forty, 900 to the square kilometre."""
    rng = np.random.default_rng(seed)
    side = 1000.0 * np.sqrt(count / 900.0)
    quarters = rng.uniform(-side / 2, side / 2, (max(3, count // 40), 2))
    metres = quarters[rng.integers(0, len(quarters), count)] + rng.normal(0.0, 120.0, (count, 2))
    return np.array(centre) + metres / _metres(np.array([centre]))


def _metres(places: np.ndarray) -> np.ndarray:
    return np.column_stack(metres_per_degree(places[:, 1]))


def _some(seed: int, places: np.ndarray, count: int) -> np.ndarray:
    return places[np.random.default_rng(seed).permutation(len(places))[:count]]


def _scattered(seed: int, places: np.ndarray) -> np.ndarray:
    """As an address service gives them, 10 to 30 m from the middle of the building."""
    rng = np.random.default_rng(seed)
    away, turn = rng.uniform(10.0, 30.0, len(places)), rng.uniform(0.0, 2 * np.pi, len(places))
    return places + (away * np.array([np.cos(turn), np.sin(turn)])).T / _metres(places)


def _in(datum: str, places: np.ndarray) -> np.ndarray:
    return np.column_stack(from_wgs84(*places.T, datum))


def _told(layer: np.ndarray, context: np.ndarray) -> str | None:
    note = note_of(find_offset(*layer.T, *context.T), *layer.T)
    return None if note is None else note[0].removeprefix("notes.")


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
@pytest.mark.parametrize("count", SIZES)
def test_a_shifted_town_is_called_out(datum: str, count: int) -> None:
    town = _town(1, count)
    layer = _in(datum, _some(2, town, min(count, 400)))
    offset = find_offset(*layer.T, *town.T)
    assert offset is not None
    east, north = ((layer - np.column_stack(_back(layer, datum))) * _metres(layer)).mean(axis=0)
    assert (offset.east_m, offset.north_m) == pytest.approx((east, north), abs=5.0)
    assert offset.share > 0.8
    assert looks_like(offset, *layer.T) == datum


def _back(layer: np.ndarray, datum: str) -> tuple[np.ndarray, np.ndarray]:
    lon, lat = layer.T
    for _ in range(3):
        there = from_wgs84(lon, lat, datum)
        lon, lat = lon + layer[:, 0] - there[0], lat + layer[:, 1] - there[1]
    return lon, lat


def test_the_note_says_how_far_and_where() -> None:
    town = _town(1, 200)
    layer = _in("gcj02", town)
    key, words = note_of(find_offset(*layer.T, *town.T), *layer.T) or ("", {})
    assert key == "notes.looks_like_gcj02"
    assert 410 <= int(words["metres"]) <= 425
    assert 75 <= int(words["bearing"]) <= 79


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
@pytest.mark.parametrize(("count", "taken"), [(30, 30), (200, 200), (5000, 200), (5000, 5000)])
def test_addresses_near_the_buildings_are_enough(datum: str, count: int, taken: int) -> None:
    town = _town(3, count)
    layer = _in(datum, _scattered(4, _some(5, town, taken)))
    assert _told(layer, town) == f"looks_like_{datum}"


@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize("scatter", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_layers_that_agree_raise_no_alarm(count: int, scatter: bool, seed: int) -> None:
    town = _town(seed, count)
    layer = _some(seed, town, min(count, 200))
    layer = _scattered(seed, layer) if scatter else layer
    assert _told(layer, town) is None
    if not scatter:
        offset = find_offset(*layer.T, *town.T)
        assert offset is not None
        assert offset.metres < 3.0


@pytest.mark.parametrize("count", [200, 5000])
@pytest.mark.parametrize("seed", range(4))
def test_a_context_without_the_buildings_raises_no_alarm(count: int, seed: int) -> None:
    town = _town(seed, count)
    layer, others = town[: count // 3], town[count // 3 :]
    assert _told(layer, others) is None
    assert _told(layer[:30], others) is None
    assert _told(layer, _town(seed + 50, count)) is None


@pytest.mark.parametrize("step", [25.0, 40.0])
def test_rows_of_equal_houses_raise_no_alarm(step: float) -> None:
    rows = np.stack(np.meshgrid(np.arange(30), np.arange(30)), axis=-1).reshape(-1, 2) * step
    town = np.array(DAWUKOU) + rows / _metres(np.array([DAWUKOU]))
    assert _told(town, town) is None
    assert _told(town[::2], town[1::2]) is None
    assert _told(_in("gcj02", town), town) in {None, "looks_like_gcj02"}


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_the_whole_city_is_called_out_though_its_districts_are_shifted_differently(
    datum: str,
) -> None:
    towns = [_town(i, 700, centre) for i, centre in enumerate((DAWUKOU, HUINONG, PINGLUO))]
    layer = _in(datum, np.vstack([_some(9, town, 12) for town in towns]))
    assert _told(layer, np.vstack(towns)) == f"looks_like_{datum}"


def test_another_shift_is_told_without_a_datum() -> None:
    town = _town(6, 200)
    layer = town + np.array([-200.0, 150.0]) / _metres(town)
    note = note_of(find_offset(*layer.T, *town.T), *layer.T)
    assert note == ("notes.layer_shifted", {"metres": "250", "bearing": "307"})


def test_the_order_of_the_rows_changes_nothing() -> None:
    town = _town(7, 300)
    layer = _in("gcj02", town)
    turned = np.random.default_rng(0).permutation(300)
    assert find_offset(*layer.T, *town.T) == find_offset(*layer[turned].T, *town[turned].T)


def test_many_rows_at_one_address_make_no_peak() -> None:
    town = _town(8, 400)
    layer = np.repeat(_town(99, 9), 40, axis=0)
    assert _told(layer, town) is None


def test_missing_and_impossible_places_are_passed_over() -> None:
    town = _town(1, 200)
    bad = np.array(
        [[np.nan, 39.0], [106.0, np.inf], [39.013, 106.376], [35_619_178.5, 4_320_848.1]]
    )
    layer = np.vstack([bad, _in("gcj02", town)])
    assert _told(layer, np.vstack([town, bad])) == "looks_like_gcj02"


@pytest.mark.parametrize(("few", "many"), [(0, 200), (7, 200), (200, 0), (200, 7), (0, 0)])
def test_too_few_buildings_tell_nothing(few: int, many: int) -> None:
    layer, context = _in("gcj02", _town(1, 200))[:few], _town(1, 200)[:many]
    assert find_offset(*layer.T, *context.T) is None


def test_layers_far_from_each_other_tell_nothing() -> None:
    here, there = _town(1, 100, DAWUKOU), _town(1, 100, HUINONG)
    assert find_offset(*here.T, *there.T) is None


def test_outside_china_there_is_no_such_datum() -> None:
    town = _town(1, 200, (3.42, 46.13))
    assert _told(town, town) is None
    layer = town + np.array([407.0, 95.0]) / _metres(town)
    assert _told(layer, town) == "layer_shifted"
    assert looks_like(Offset(407.0, 95.0, 1.0, 9.0, 200), *layer.T) is None


def test_an_offset_is_of_a_datum_within_40_m_only() -> None:
    layer = _in("gcj02", _town(1, 200))
    east, north = 407.5, 95.0
    assert looks_like(Offset(east + 25.0, north - 25.0, 1.0, 9.0, 200), *layer.T) == "gcj02"
    assert looks_like(Offset(east + 45.0, north, 1.0, 9.0, 200), *layer.T) is None
    assert looks_like(Offset(0.0, 0.0, 1.0, 9.0, 200), *layer.T) is None
    assert looks_like(Offset(east, north, 1.0, 9.0, 200), [], []) is None


def test_no_offset_is_no_note() -> None:
    assert note_of(None, [106.0], [39.0]) is None
    assert note_of(Offset(30.0, 30.0, 1.0, 9.0, 200), [106.0], [39.0]) is None
