"""What must hold of packed modules whatever the roof."""

from __future__ import annotations

import numba
import numpy as np
import pytest
import shapely

from roofpv.roofs.designs import Design
from roofpv.roofs.packing import Variant, module_positions, pack_modules, pack_variants

SOUTH = Design("south", 2.278, 1.134, tilt_deg=15.0, pitch_m=3.87)
FLUSH = Design("flush", 2.278, 1.134)
DOME = Design("east_west", 2.278, 1.134, tilt_deg=10.0, ridge_gap_m=0.1, pitch_m=5.0)
DESIGNS = (SOUTH, FLUSH, DOME)
K_39N = 2.829


@pytest.fixture(autouse=True)
def all_threads():
    yield
    numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)


@pytest.fixture(scope="module")
def roofs():
    """Stars of 3 to 14 corners, some with a hole, 20 to 4000 m2."""
    rng = np.random.default_rng(13)
    made = []
    for i in range(60):
        angle = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 15)))
        reach = rng.uniform(0.4, 1.0, len(angle)) * rng.uniform(4.0, 50.0)
        star = shapely.Polygon(np.column_stack([reach * np.cos(angle), reach * np.sin(angle)]))
        star = shapely.convex_hull(star) if i % 3 == 0 else shapely.buffer(star, 0)
        made.append(star.difference(shapely.box(-1, -2, 2, 1)) if i % 2 else star)
    return np.array(made, dtype=object)


def counts(packed):
    return packed.roofs["module_count"].to_numpy()


@pytest.mark.parametrize("design", DESIGNS)
def test_turning_roof_and_rows_together_changes_nothing(roofs, design):
    still = pack_modules(roofs, 70.0, design)
    for turn in (11.3, 90.0, 180.0, 245.0):
        turned = [shapely.affinity.rotate(roof, -turn, origin=(3, 4)) for roof in roofs]
        packed = pack_modules(np.array(turned, dtype=object), 70.0 + turn, design)
        assert np.array_equal(counts(packed), counts(still))
        field = packed.roofs["array_field_area_m2"]
        np.testing.assert_allclose(field, still.roofs["array_field_area_m2"], atol=1e-4)


@pytest.mark.parametrize("design", DESIGNS)
def test_moving_a_roof_moves_its_modules(roofs, design):
    here = pack_modules(roofs, 20.0, design)
    moved = [shapely.affinity.translate(roof, 1234.5, -987.6) for roof in roofs]
    there = pack_modules(np.array(moved, dtype=object), 20.0, design)
    assert np.array_equal(counts(here), counts(there))
    one, two = module_positions(here), module_positions(there)
    np.testing.assert_allclose(two["x_m"] - one["x_m"], 1234.5, atol=1e-5)
    np.testing.assert_allclose(two["y_m"] - one["y_m"], -987.6, atol=1e-5)


@pytest.mark.parametrize("design", DESIGNS)
def test_roof_and_module_scaled_together_hold_as_many(design):
    hall = shapely.box(0, 0, 43.21, 17.9).difference(shapely.box(10, 4, 15, 9))
    twice = Design(
        design.kind,
        2 * design.module_length_m,
        2 * design.module_width_m,
        tilt_deg=design.tilt_deg,
        pitch_m=design.pitch_m and 2 * design.pitch_m,
        gap_m=2 * design.gap_m,
        ridge_gap_m=2 * design.ridge_gap_m,
    )
    large = shapely.affinity.scale(hall, 2, 2)
    small_count, large_count = (
        counts(pack_modules(np.array([roof], dtype=object), 90.0, made))[0]
        for roof, made in ((hall, design), (large, twice))
    )
    assert small_count == large_count > 0


@pytest.mark.parametrize("design", DESIGNS)
def test_a_hall_twice_as_long_holds_at_least_twice_as_many(design):
    halls = np.array([shapely.box(0, 0, w, 18.3) for w in (21.7, 43.4, 86.8)], dtype=object)
    one, two, four = counts(pack_modules(halls, 90.0, design))
    assert 2 * one <= two
    assert 2 * two <= four


@pytest.mark.parametrize("design", DESIGNS)
def test_order_company_and_threads_change_no_bit(roofs, design):
    azimuth = np.linspace(0.0, 350.0, len(roofs))
    packed = pack_modules(roofs, azimuth, design).roofs
    order = np.random.default_rng(1).permutation(len(roofs))
    numba.set_num_threads(1)
    shuffled = pack_modules(roofs[order], azimuth[order], design).roofs
    assert shuffled.equals(packed.iloc[order].reset_index(drop=True))
    for i in (0, 17, 41):
        alone = pack_modules(roofs[i : i + 1], azimuth[i : i + 1], design).roofs
        assert alone.equals(packed.iloc[i : i + 1].reset_index(drop=True))


def test_a_wider_pitch_or_gap_or_module_never_holds_more():
    halls = np.array(
        [shapely.box(0, 0, 30, depth) for depth in np.arange(5, 40, 0.7)], dtype=object
    )
    steps = (
        [Variant(SOUTH, 90.0, pitch) for pitch in (2.3, 2.8, 3.5, 4.4, 6.0)],
        [Variant(Design("flush", 2.278, 1.134, gap_m=gap), 90.0) for gap in (0, 0.02, 0.1, 0.5)],
        [Variant(Design("flush", 2.0 * s, 1.0 * s), 90.0) for s in (0.7, 0.9, 1.0, 1.2)],
        [Variant(FLUSH, 90.0, pitch) for pitch in (2.3, 2.31)],
        [
            Variant(Design("flush", 2.278, 1.134, aisle_every_rows=rows), 90.0)
            for rows in (0, 8, 4, 2, 1)
        ],
    )
    for variants in steps:
        held = np.array([counts(packed) for packed in pack_variants(halls, variants)])
        assert (np.diff(held, axis=0) <= 0).all()


@pytest.mark.parametrize("tilt", [0.0, 5, 10, 15, 20, 30, 35])
def test_cover_of_a_large_field_tends_to_the_printed_table(tilt):
    """N1 and N2 of the field of FACTS, and how fast a finite roof comes near them."""
    beta = np.radians(tilt)
    pitch = 2.278 * (np.cos(beta) + np.sin(beta) * K_39N)
    design = Design("south", 2.278, 1.134, tilt_deg=tilt, pitch_m=pitch, gap_m=0.0)
    gcr = 2.278 / pitch
    excess = []
    for rows in (1, 10, 100, 1000):
        side = (rows - 1) * pitch + 2.278 * np.cos(beta)
        roof = np.array([shapely.box(0, 0, 10 * 1.134, side)], dtype=object)
        first = pack_modules(roof, 90.0, design).roofs.iloc[0]
        assert first["module_count"] == 10 * rows
        cover = first["module_area_m2"] / first["array_field_area_m2"]
        assert first["projected_module_area_m2"] == pytest.approx(
            first["module_area_m2"] * np.cos(beta)
        )
        assert cover == pytest.approx(rows * 2.278 / side, rel=1e-6)
        excess.append(cover / gcr - 1.0)
    assert (np.array(excess) >= -1e-9).all()
    assert excess[-1] <= 1e-3
    assert (np.diff(excess) <= 1e-9).all()
