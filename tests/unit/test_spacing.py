"""Row spacing of GB 50797 against the sun, on roofs that rise and racks that face aside."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from roofmaker import flat_planes

from roofpv.assumptions import Layout, Module
from roofpv.roofs import LayoutOption, ground_cover_ratio, lay_modules, shadow_ratio

PINGLUO, MIDDLE, DAWUKOU, HUINONG, HELSINKI = 38.90, 39.0, 39.013, 39.24, 60.2
NAN = float("nan")
# Tilt, pitch, covers by module area and by projection, W per m2 of field: FACTS, section (c).
PRINTED = [
    (0, 2.28, 1.000, 1.000, 224),
    (5, 2.83, 0.805, 0.802, 180),
    (10, 3.36, 0.677, 0.667, 152),
    (15, 3.87, 0.589, 0.569, 132),
    (20, 4.34, 0.524, 0.493, 117),
    (30, 5.20, 0.438, 0.380, 98),
    (35, 5.56, 0.410, 0.335, 92),
]


@pytest.mark.parametrize(
    ("latitude", "printed"), [(PINGLUO, 2.813), (MIDDLE, 2.829), (DAWUKOU, 2.831), (HUINONG, 2.867)]
)
def test_shadow_ratio_to_the_printed_digit(latitude, printed):
    assert round(float(shadow_ratio(np.array([latitude]))[0]), 3) == printed


@pytest.mark.parametrize(("tilt", "pitch", "n1", "n2", "watts"), PRINTED)
def test_cover_to_the_printed_digit(tilt, pitch, n1, n2, watts):
    gcr = float(ground_cover_ratio(np.array([float(tilt)]), np.array([MIDDLE]), Layout())[0])
    assert round(gcr, 3) == n1
    assert round(gcr * np.cos(np.radians(tilt)), 3) == n2
    assert round(2.278 / gcr, 2) == pitch
    assert round(gcr * 224.0) == watts


def filled(tilt, projected, share=1.0, latitude=DAWUKOU):
    """Covered over gross area of a filled field on that share of the roof."""
    gcr = float(ground_cover_ratio(np.array([tilt]), np.array([latitude]), Layout())[0])
    return share * gcr * (np.cos(np.radians(tilt)) if projected else 1.0)


@pytest.mark.parametrize(
    ("share", "projected", "limit"),
    [
        (1.0, True, 19.47),
        (1.0, False, 22.33),
        (0.6, True, 4.04),
        (0.7, True, 8.05),
        (0.8, True, 11.97),
        (0.6, False, 4.11),
        (0.7, False, 8.35),
        (0.8, False, 12.76),
    ],
)
def test_half_is_covered_up_to_the_printed_tilt(share, projected, limit):
    below, above = limit - 0.005, limit + 0.005
    found = filled(below, projected, share) >= 0.5 > filled(above, projected, share)
    assert found or round(filled(limit, projected, share), 3) == 0.5


def test_no_row_shades_the_next_at_nine_on_the_shortest_day():
    """The pitch keeps the tip of a row's shadow short of the next row."""
    phi, delta, hour = np.radians([DAWUKOU, -23.45, -45.0])
    up = np.sin(phi) * np.sin(delta) + np.cos(phi) * np.cos(delta) * np.cos(hour)
    south = np.sin(phi) * np.cos(delta) * np.cos(hour) - np.cos(phi) * np.sin(delta)
    assert np.degrees(np.arcsin(up)) == pytest.approx(14.70, abs=0.02)
    for tilt in (5.0, 15.0, 35.0):
        gcr = float(ground_cover_ratio(np.array([tilt]), np.array([DAWUKOU]), Layout())[0])
        gap = 1.0 / gcr - np.cos(np.radians(tilt))
        assert gap >= np.sin(np.radians(tilt)) * south / up * 0.9999


def test_no_finite_pitch_in_helsinki():
    assert shadow_ratio(np.array([HELSINKI, -HELSINKI])).tolist() == [np.inf, np.inf]
    for tilt, expected in ((0.0, 1.0), (15.0, 0.2), (60.0, 0.2)):
        assert ground_cover_ratio(np.array([tilt]), np.array([HELSINKI]), Layout()) == expected
    wide = Layout(min_gcr=0.35)
    assert ground_cover_ratio(np.array([15.0]), np.array([HELSINKI]), wide) == 0.35


def test_spacing_grows_with_latitude_and_tilt_and_stays_within_bounds():
    latitude = np.linspace(0.0, 90.0, 181)
    cover = ground_cover_ratio(np.full(181, 15.0), latitude, Layout())
    assert (np.diff(cover) <= 0.0).all()
    assert (cover >= 0.2).all()
    steeper = ground_cover_ratio(np.linspace(0.0, 60.0, 61), np.full(61, MIDDLE), Layout())
    assert (np.diff(steeper) < 0.0).all()


def test_the_equator_has_the_shadow_of_the_declination():
    assert shadow_ratio(np.array([0.0]))[0] == pytest.approx(0.4338 / 0.707)


def test_south_counts_as_north_and_missing_stays_missing():
    latitude = np.array([10.0, DAWUKOU, 55.0])
    assert np.array_equal(shadow_ratio(-latitude), shadow_ratio(latitude))
    assert np.isnan(shadow_ratio(np.array([NAN]))).all()
    assert np.isnan(ground_cover_ratio(np.array([15.0]), np.array([NAN]), Layout())).all()


def test_a_stated_cover_comes_before_the_rule():
    got = ground_cover_ratio(np.array([0.0, 30.0]), np.array([MIDDLE, HELSINKI]), Layout(gcr=0.4))
    assert got.tolist() == [0.4, 0.4]


def sun(latitude, hours):
    """Toward the sun at winter solstice: up, to the equator, to the west. [1]."""
    phi, delta, hour = np.radians(latitude), np.radians(-23.45), np.radians(15.0 * hours)
    up = np.sin(phi) * np.sin(delta) + np.cos(phi) * np.cos(delta) * np.cos(hour)
    south = np.sin(phi) * np.cos(delta) * np.cos(hour) - np.cos(phi) * np.sin(delta)
    return up, south, np.cos(delta) * np.sin(hour)


def farthest(latitude, off):
    """Longest shadow away from a direction, sampled from 9:00 to 15:00."""
    up, south, west = sun(latitude, np.linspace(-3.0, 3.0, 2001))
    aside = np.radians(off)
    return float(((south * np.cos(aside) + west * np.sin(aside)) / up).max())


@pytest.mark.parametrize("latitude", [0.0, 10.0, 25.0, DAWUKOU, 50.0])
@pytest.mark.parametrize("off", [-90.0, -45.0, -20.0, 0.0, 1.0, 33.0, 60.0, 90.0])
def test_no_shadow_of_the_window_is_longer_on_either_side(latitude, off):
    """0.707 and 0.4338 are 1e-4 off; near the horizon that grows to a percent."""
    rule = float(shadow_ratio(np.array([latitude]), off)[0])
    longest = max(farthest(latitude, off), farthest(latitude, -off))
    assert rule == pytest.approx(longest, rel=5e-3)
    assert shadow_ratio(np.array([latitude]), -off)[0] == rule
    assert shadow_ratio(np.array([-latitude]), off)[0] == rule


def test_off_the_equator_is_as_long_as_the_shadow_at_nine_at_most():
    off = np.linspace(-90.0, 90.0, 361)
    ratio = shadow_ratio(np.full(361, DAWUKOU), off)
    up, south, west = sun(DAWUKOU, -3.0)
    assert ratio.max() == pytest.approx(np.hypot(south, west) / up, rel=2e-3)
    assert abs(off[np.argmax(ratio)]) == pytest.approx(42.1, abs=0.5)
    assert np.isnan(shadow_ratio(np.array([DAWUKOU]), NAN)).all()


@pytest.mark.parametrize("tilt", [5.0, 15.0, 35.0])
@pytest.mark.parametrize("rise", [-0.05, -0.02, 0.0, 0.03, 0.08])
@pytest.mark.parametrize("off", [0.0, 30.0])
def test_the_shadow_just_reaches_the_foot_of_the_next_row(tilt, rise, off):
    """On a roof that rises, the foot of the row behind lies higher."""
    beta, length = np.radians(tilt), 2.278
    cover = ground_cover_ratio(
        np.array([tilt]), np.array([MIDDLE]), Layout(min_gcr=0.05), off_equator_deg=off, rise=rise
    )
    pitch = length / float(cover[0])
    ratio = float(shadow_ratio(np.array([MIDDLE]), off)[0])
    top_x, top_z = length * np.cos(beta), length * np.sin(beta)
    behind = (pitch - top_x) / ratio
    assert top_z - behind == pytest.approx(pitch * rise, abs=1e-9)


def test_where_the_roof_falls_faster_than_the_shadow_the_widest_pitch_is_taken():
    falling = -1.01 / float(shadow_ratio(np.array([MIDDLE]))[0])
    cover = ground_cover_ratio(np.array([15.0]), np.array([MIDDLE]), Layout(), rise=falling)
    assert cover.tolist() == [0.2]


def test_rows_never_overlap_however_the_roof_rises():
    tilt = np.repeat(np.linspace(0.0, 60.0, 25), 41)
    rise = np.tile(np.linspace(-1.0, 1.0, 41), 25)
    for latitude in (0.0, MIDDLE, HELSINKI, 90.0):
        cover = ground_cover_ratio(tilt, np.full(tilt.size, latitude), Layout(), rise=rise)
        assert (cover * np.cos(np.radians(tilt)) <= 1.0 + 1e-12).all()
        assert (cover >= 0.2).all()


# Roofs of growing size


def filled_roof(tilt, rows, tables):
    """A roof that whole rows of whole modules fill, nothing behind the last one, and its cover."""
    module, layout = Module(), Layout(gap_m=0.0, aisle_m=0.0)
    latitude = np.array([MIDDLE])
    pitch = module.length_m / float(ground_cover_ratio(np.array([tilt]), latitude, layout)[0])
    depth = module.length_m * np.cos(np.radians(tilt))
    roof = shapely.box(0.0, 0.0, tables * module.width_m, (rows - 1) * pitch + depth)
    laid = lay_modules(
        flat_planes(roof), latitude, layout, module, LayoutOption("south_racks", tilt)
    ).iloc[0]
    return laid, (pitch - depth) / roof.bounds[3]


@pytest.mark.parametrize(("tilt", "pitch", "n1", "n2", "watts"), PRINTED)
def test_growing_roofs_approach_the_printed_cover_from_above(tilt, pitch, n1, n2, watts):
    """
    The last row needs no space behind it, which is one gap more than the share of the table.

    So the cover is above it by gap over depth of the roof: halved where the size is doubled.
    """
    module = Module()
    limit = float(ground_cover_ratio(np.array([float(tilt)]), np.array([MIDDLE]), Layout())[0])
    above = []
    for rows in (3, 6, 12, 24, 1500):
        laid, gap = filled_roof(float(tilt), rows, rows * 3)
        assert laid["module_count"] == rows * rows * 3
        cover = laid["module_area_m2"] / laid["installable_area_m2"]
        assert cover / limit - 1.0 == pytest.approx(gap, abs=1e-9)
        above.append((cover / limit - 1.0) * rows)
    assert laid["pitch_m"] == pytest.approx(pitch, abs=5e-3)
    assert cover == pytest.approx(n1, abs=1e-3)
    projected = laid["projected_module_area_m2"] / laid["installable_area_m2"]
    assert projected == pytest.approx(n2, abs=1e-3)
    density = 224.0 / 1000.0 * module.length_m * module.width_m * laid["module_count"]
    assert density * 1000.0 / laid["installable_area_m2"] == pytest.approx(watts, abs=0.6)
    if tilt > 0:
        assert (np.diff(above) < 0.0).sum() in {0, len(above) - 1}
        assert max(above) < 2.0 * min(above)


@pytest.mark.parametrize("tilt", [0.0, 10.0, 15.0, 35.0])
def test_squares_of_any_size_are_within_one_row_and_one_module_of_the_printed_cover(tilt):
    """What is cut off at the edges, and what the last row saves, goes with 1 / size."""
    module, layout, latitude = Module(), Layout(gap_m=0.0, aisle_m=0.0), np.full(60, MIDDLE)
    sides = np.geomspace(5.0, 3000.0, 60)
    option = LayoutOption("south_racks", tilt)
    planes = flat_planes(*[shapely.box(0, 0, side, side) for side in sides])
    laid = lay_modules(planes, latitude, layout, module, option)
    limit = float(ground_cover_ratio(np.array([tilt]), np.array([MIDDLE]), layout)[0])
    off = (laid["module_area_m2"] / laid["installable_area_m2"] / limit - 1.0) * sides
    pitch = laid["pitch_m"].iloc[0]
    assert (off <= pitch - module.length_m * np.cos(np.radians(tilt)) + 1e-6).all()
    assert (off >= -(pitch + module.width_m)).all()
