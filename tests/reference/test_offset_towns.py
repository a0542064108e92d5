"""Real footprints, carried to Shizuishan and shifted there as web maps shift them."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from roofpv.inventory.outlines.metres import metres_per_degree
from roofpv.inventory.places.datum import from_wgs84
from roofpv.inventory.places.offset import find_offset, note_of

BUILDINGS = Path(__file__).parents[3] / "shared" / "data" / "buildings"
FILES = {
    "vichy": "eubucco/v0_1-FRA_1_2_3_11_1-Vichy.gpkg.zip",
    "tokyo": "pybdshadow_tokyo/bd_demo.json",
    "bubenec": "bubenec/bubenec.gpkg",
}
DAWUKOU = np.array([[106.376, 39.013]])


@pytest.fixture(scope="module", params=FILES)
def town(request: pytest.FixtureRequest) -> np.ndarray:
    """Centroids (building, 2) in degrees, their distances in metres as they are."""
    file = BUILDINGS / FILES[request.param]
    if not file.is_file():
        pytest.skip("reference data not found at ../shared/data")
    layer = {"layer": "buildings"} if request.param == "bubenec" else {}
    read = gpd.read_file(f"zip://{file}" if file.suffix == ".zip" else file, **layer)
    shapes = read.to_crs(4326).geometry.to_numpy()
    places = shapely.get_coordinates(shapely.centroid(shapes[~shapely.is_missing(shapes)]))
    metres = (places - places.mean(axis=0)) * _metres(places)
    return DAWUKOU + metres / _metres(DAWUKOU)


def _metres(places: np.ndarray) -> np.ndarray:
    return np.column_stack(metres_per_degree(places[:, 1]))


def _told(layer: np.ndarray, context: np.ndarray) -> str | None:
    note = note_of(find_offset(*layer.T, *context.T), *layer.T)
    return None if note is None else note[0].removeprefix("notes.")


def _in(datum: str, places: np.ndarray) -> np.ndarray:
    return np.column_stack(from_wgs84(*places.T, datum))


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
@pytest.mark.parametrize("count", [100, 1000, None])
def test_a_shifted_layer_is_called_out(town: np.ndarray, datum: str, count: int | None) -> None:
    layer = _in(datum, np.random.default_rng(1).permutation(town)[:count])
    assert _told(layer, town) == f"looks_like_{datum}"


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_addresses_near_the_buildings_are_enough(town: np.ndarray, datum: str) -> None:
    rng = np.random.default_rng(2)
    places = rng.permutation(town)[:300]
    away, turn = rng.uniform(10.0, 30.0, len(places)), rng.uniform(0.0, 2 * np.pi, len(places))
    near = places + (away * np.array([np.cos(turn), np.sin(turn)])).T / _metres(places)
    assert _told(_in(datum, near), town) == f"looks_like_{datum}"
    assert _told(near, town) is None


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("count", [30, 300])
def test_layers_that_agree_or_have_nothing_in_common_raise_no_alarm(
    town: np.ndarray, seed: int, count: int
) -> None:
    mixed = np.random.default_rng(seed).permutation(town)
    assert _told(mixed[:count], town) is None
    if len(town) > 2 * count:
        assert _told(mixed[:count], mixed[count:]) is None
