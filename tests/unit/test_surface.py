"""Skylines from surface models: closed forms, laws, planes and their pixels, trees."""

from __future__ import annotations

import geopandas as gpd
import numba
import numpy as np
import pytest
import shapely
from raycast import cast, twin

from roofpv.assumptions import Shading
from roofpv.errors import InvalidRaster
from roofpv.shading.rasters import Raster, array_raster
from roofpv.shading.surface import (
    Trees,
    canopy_transmissivity,
    plane_pixels,
    surface_skylines,
    sweep_kernels,
)

NEAR = sweep_kernels.NEAR
AZIMUTH = np.arange(72) * 5.0


def shading(reach=100.0, **more):
    return Shading(surface_reach_m=reach, surface_eye_m=0.0, surface_pixels=10**5, **more)


def boxes(*bounds, crs=None):
    ids = [f"p{i}" for i in range(len(bounds))]
    return gpd.GeoDataFrame({"plane_id": ids}, geometry=[shapely.box(*b) for b in bounds], crs=crs)


def pixel_box(z, row, column, pixel=1.0):
    y = (z.shape[0] - row) * pixel
    return (column * pixel, y - pixel, (column + 1) * pixel, y)


def skyline(z, *places, reach=100.0, pixel=1.0, **more):
    planes = boxes(*(pixel_box(z, *place, pixel) for place in places))
    seen = surface_skylines(array_raster(z, pixel), planes, shading(reach), **more)
    return seen["horizon_elevation"].to_numpy().astype(float)


def town(size=120, seed=3):
    rng = np.random.default_rng(seed)
    z = rng.normal(0.0, 0.1, (size, size))
    for _ in range(size * size // 600):
        row, column = rng.integers(0, size - 15, 2)
        z[row : row + rng.integers(4, 15), column : column + rng.integers(4, 15)] += rng.uniform(
            3, 30
        )
    return z + np.linspace(0, 6, size)


def everywhere(z, reach, **more):
    planes = boxes((0, 0, z.shape[1], z.shape[0]))
    seen = surface_skylines(array_raster(z, 1.0), planes, shading(reach), **more)
    return seen["horizon_elevation"].to_numpy().reshape(*z.shape, -1)


# A ray meets the rows (or columns) of a grid in steps that lead it on by no more than one pixel in
# any direction: it first meets an edge up to one pixel behind it. Beyond the nearest steps, what
# two lines a pixel apart see is averaged, which shows an edge as if up to 1/8 pixel nearer, and the
# less so the farther it is. This is the cell term.
@pytest.mark.parametrize("distance", [3, 10, 16, 17, 30, 60])
@pytest.mark.parametrize("pixel", [0.5, 1.0, 2.0])
def test_an_endless_wall(distance, pixel):
    height, row = 12.0, 450
    z = np.zeros((460, 901))
    z[: row - distance] = height
    got = skyline(z, (row, 450), pixel=pixel, reach=400.0 * pixel)[0]
    cosine = np.cos(np.radians(AZIMUTH))
    for azimuth, c, angle in zip(AZIMUTH, cosine, got, strict=True):
        if c < np.cos(np.radians(80.5)):
            assert angle == 0.0 or c > 0.0
            continue
        edge = distance + 1
        low, high = np.degrees(np.arctan(height * c / pixel / np.array([edge + 1.0, edge - 0.125])))
        assert low - 0.1 < angle < high + 0.1, azimuth


def test_a_symmetric_canyon_and_its_sky_view():
    z = np.zeros((61, 1201))
    z[:20], z[41:] = 15.0, 15.0
    got = skyline(z, (30, 600), reach=580.0)[0]
    sine = np.abs(np.cos(np.radians(AZIMUTH)))
    low, high = np.degrees(np.arctan(15.0 * sine / np.array([[12.0], [11.0]])))
    along = sine > 0.03
    assert (got[along] > low[along] - 0.1).all()
    assert (got[along] < high[along] + 0.1).all()
    assert got[~along] == pytest.approx(0.0, abs=1e-6)
    view = np.mean(np.cos(np.radians(got)) ** 2)
    between = [np.mean(np.cos(np.radians(edge)) ** 2) for edge in (high, low)]
    assert between[0] - 0.005 < view < between[1] + 0.005


def test_a_square_pit_is_seen_exactly_along_the_axes_and_diagonals():
    z = np.full((101, 101), 8.0)
    z[30:71, 30:71] = 0.0
    got = skyline(z, (50, 50))[0]
    most = np.maximum(np.abs(np.sin(np.radians(AZIMUTH))), np.abs(np.cos(np.radians(AZIMUTH))))
    assert got == pytest.approx(np.degrees(np.arctan(8.0 * most / 21.0)), abs=1e-4)


def bounds(azimuth, t, rise, across, steepest):
    """
    Least and most that a smooth surface may show at an azimuth, with the cell term. [deg].

    ``rise`` above the eye [m] and ``across``, slope along x and along y, at distances ``t`` [pixel]
    on the true ray. Two lines a pixel apart, ``share`` and ``1 - share`` beside the ray, stand for
    it from step NEAR + 1 on; on a surface that bends down they are at most as high as its tangent
    plane. The pixels between which a sample lies are sqrt(run^2 / 4 + 1 / 2) away in the mean
    square, half a step along and half a pixel across, the lines and their samples alike.
    """
    s, c = np.abs([np.sin(np.radians(azimuth)), np.cos(np.radians(azimuth))])
    run = 1.0 / max(s, c)
    beside = across[0 if c >= s else 1]
    share = np.linspace(0.0, 1.0, 21)[:, None]
    far = t >= (NEAR + 1) * run
    lines = [((rise + beside * off) / t)[:, far].max(axis=1) for off in (-share, 1.0 - share)]
    most = ((1.0 - share[:, 0]) * lines[0] + share[:, 0] * lines[1]).max()
    loss = steepest * np.sqrt(run**2 / 4.0 + 0.5)
    least = ((rise - loss) / (t + run / 2.0)).max()
    slopes = np.maximum([least, max(most, (rise / t).max())], 0.0)
    return np.degrees(np.arctan(slopes))


@pytest.mark.parametrize("place", [(150, 150), (260, 150), (205, 205)])
def test_a_cone(place):
    y, x = np.mgrid[:301, :301]
    z = np.maximum(0.0, 40.0 * (1.0 - np.hypot(y - 100.3, x - 150.2) / 60.0))
    got = skyline(z, place, reach=250.0)[0]
    t = np.linspace(1.0, 250.0, 50000)
    wide = []
    for azimuth, angle in zip(AZIMUTH, got, strict=True):
        turn = np.radians(azimuth)
        dy, dx = place[0] - t * np.cos(turn) - 100.3, place[1] + t * np.sin(turn) - 150.2
        r = np.hypot(dy, dx)
        rise = np.maximum(0.0, 40.0 * (1.0 - r / 60.0)) - z[place]
        across = np.where(r < 60.0, -40.0 / 60.0 / r, 0.0) * np.array([dx, dy])
        low, high = bounds(azimuth, t, rise, across, 40.0 / 60.0)
        wide.append(high - low)
        assert low - 0.1 <= angle <= high + 0.1, azimuth
    assert np.median(wide) < 0.5


def test_a_tilted_plane_hides_what_lies_behind_its_own_slope():
    y, x = np.mgrid[:101, :101]
    z = (0.4 * x - 0.2 * y) * 1.0
    got = skyline(z, (50, 50), reach=40.0)[0]
    t = np.linspace(1.0, 40.0, 400)
    for azimuth, angle in zip(AZIMUTH, got, strict=True):
        slope = 0.4 * np.sin(np.radians(azimuth)) + 0.2 * np.cos(np.radians(azimuth))
        across = np.array([np.full(t.size, 0.4), np.full(t.size, -0.2)])
        _, high = bounds(azimuth, t, slope * t, across, 0.4)
        # Between pixels a plane is met exactly.
        low = np.degrees(np.arctan(max(slope, 0.0)))
        assert low - 0.1 <= angle <= high + 0.1, azimuth


def test_the_blocks_passed_over_hold_nothing_steeper():
    z = np.round(town(), 3)
    places = [(60, 60), (10, 100), (119, 0), (75, 33), (0, 5), (90, 119)]
    for reach in (5.0, 40.0, 300.0):
        got = skyline(z, *places, reach=reach)
        want = [[twin(z, *place, a, reach, NEAR) for a in AZIMUTH] for place in places]
        assert got == pytest.approx(np.array(want), abs=0.01)


def test_it_agrees_with_a_ray_cast_through_the_bilinear_surface():
    z = town(200, 8)
    rng = np.random.default_rng(1)
    places = [tuple(p) for p in rng.integers(0, 200, (40, 2))]
    got = skyline(z, *places, reach=150.0)
    want = np.array([[cast(z, *place, a, 150.0) for a in AZIMUTH] for place in places])
    miss = np.abs(got - want)
    assert miss.mean() < 0.6
    assert np.quantile(miss, 0.5) < 0.15
    assert abs((got - want).mean()) < 0.5


def test_raising_a_pixel_lowers_no_other_skyline():
    z = town(90, 5)
    before = everywhere(z, 60.0)
    rng = np.random.default_rng(2)
    for row, column in rng.integers(0, 90, (12, 2)):
        higher = z.copy()
        higher[row, column] += rng.uniform(0.001, 20.0)
        after = everywhere(higher, 60.0)
        after[row, column] = before[row, column]
        assert (after >= before).all()
        assert (after > before).any() or higher[row, column] < z.max()


def test_turning_the_raster_turns_the_skyline_to_the_last_bit():
    z = town(90)[:, :70]
    before = everywhere(z, 50.0)
    for quarter in (1, 2, 3):
        after = everywhere(np.rot90(z, quarter), 50.0)
        assert (
            np.roll(np.rot90(before, quarter), -18 * quarter, axis=2).tobytes() == after.tobytes()
        )


def test_what_stands_beyond_the_reach_does_not_count():
    z = np.zeros((201, 201))
    z[:50] = 40.0
    assert skyline(z, (150, 100), reach=100.9)[0].max() == 0.0
    assert skyline(z, (150, 100), reach=101.0)[0, 0] == pytest.approx(
        np.degrees(np.arctan(40.0 / 101.0))
    )
    wide = np.pad(town(90), 50, constant_values=np.nan)
    noise = np.where(np.isnan(wide), 50.0, wide)
    inner = (slice(95, 100), slice(95, 100))
    assert everywhere(wide, 40.0)[inner].tobytes() == everywhere(noise, 40.0)[inner].tobytes()


@pytest.mark.parametrize("reach", [7.0, 33.0, 500.0])
def test_tiles_threads_and_the_other_planes_change_no_digit(reach):
    z = town()
    z[40:44, 30:60] = np.nan
    surface = array_raster(z, 1.0)
    planes = boxes((3, 5, 40, 20), (50, 50, 119, 70), (60, 60, 61, 90), (70.2, 80.2, 70.3, 80.3))
    whole = surface_skylines(surface, planes, shading(reach))
    for tile in (50,) if reach > 100.0 else (13, 50):
        assert surface_skylines(surface, planes, shading(reach), tile=tile).identical(whole)
    threads = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        assert surface_skylines(surface, planes, shading(reach)).identical(whole)
    finally:
        numba.set_num_threads(threads)
    alone = surface_skylines(surface, planes.iloc[[2]].reset_index(drop=True), shading(reach))
    part = whole["horizon_elevation"][whole["plane"].to_numpy() == 2]
    assert alone["horizon_elevation"].to_numpy().tobytes() == part.to_numpy().tobytes()


def test_directions_need_not_divide_the_quarters():
    z = np.round(town(), 3)
    got = skyline(z, (60, 60), directions=7)[0]
    want = [twin(z, 60, 60, i * 360.0 / 7, 100.0, NEAR) for i in range(7)]
    assert got == pytest.approx(want, abs=0.01)


def test_pixels_without_data_hide_nothing_and_are_counted():
    z = np.zeros((41, 41))
    z[10] = np.nan
    z[20, 25] = np.nan
    seen = surface_skylines(
        array_raster(z, 1.0),
        boxes(pixel_box(z, 20, 20), pixel_box(z, 20, 25)),
        shading(15.0),
    )
    assert seen["horizon_elevation"][0].max() == 0.0
    assert np.isnan(seen["horizon_elevation"][1]).all()
    assert seen.attrs["pixels_without_data"] == 1
    assert seen["unknown_share"].to_numpy()[0] == pytest.approx(32.0 / 31**2)
    edge = surface_skylines(array_raster(z, 1.0), boxes(pixel_box(z, 40, 0)), shading(15.0))
    assert edge["unknown_share"].item() == pytest.approx(1.0 - 16**2 / 31**2)


def test_a_bad_height_is_no_data():
    z = np.zeros((41, 41))
    z[5], z[35] = -9999.0, 1e30
    assert skyline(z, (20, 20))[0].max() == 0.0


def test_modules_stand_above_the_noise_of_the_surface():
    z = np.random.default_rng(0).normal(0.0, 0.02, (61, 61))
    planes = boxes(pixel_box(z, 30, 30))
    seen = surface_skylines(array_raster(z, 1.0), planes, Shading(surface_reach_m=30.0))
    assert seen["horizon_elevation"].max() == 0.0
    assert skyline(z, (30, 30))[0].max() > 1.0


def test_pixels_of_planes():
    surface = array_raster(np.zeros((50, 50)), 2.0)
    planes = boxes((10, 10, 20, 16), (31.2, 31.2, 31.4, 31.4), (500, 500, 510, 510), (-9, 0, 3, 4))
    planes.loc[4] = ["none", None]
    got = plane_pixels(surface, planes, 100)
    assert got["plane"].value_counts().to_dict() == {0: 15, 1: 1, 3: 2}
    first = got[got["plane"] == 0]
    assert sorted(set(first["row"])) == [42, 43, 44]
    assert sorted(set(first["column"])) == [5, 6, 7, 8, 9]
    assert got.loc[got["plane"] == 1, ["row", "column"]].to_numpy().tolist() == [[34, 15]]
    seen = surface_skylines(surface, planes, shading(20.0))
    assert (seen.attrs["planes"], seen.attrs["planes_outside"]) == (5, 2)
    assert seen["x"].to_numpy()[0] == 11.0
    assert seen["y"].to_numpy()[0] == 15.0
    assert seen["plane_id"].to_numpy()[-1] == "p3"


def test_a_large_plane_is_thinned_evenly():
    surface = array_raster(np.zeros((200, 200)), 1.0)
    planes = boxes((0, 0, 200, 128), (0, 130, 4, 134), (-20, -20, -0.5, -0.5))
    got = plane_pixels(surface, planes, 64)
    assert got["plane"].value_counts().to_dict() == {0: 64, 1: 16}
    large = got[got["plane"] == 0]
    assert large["held"].unique().tolist() == [200 * 128]
    cells = np.histogram2d(large["row"], large["column"], bins=4, range=[[72, 200], [0, 200]])[0]
    assert (cells.min(), cells.max()) == (2, 6)
    seen = surface_skylines(surface, planes, Shading(surface_reach_m=5.0))
    assert seen.attrs["planes_thinned"] == 1
    nothing = surface_skylines(surface, planes.iloc[[2]], Shading(surface_reach_m=5.0))
    assert nothing.sizes == {"pixel": 0, "azimuth": 72}


def test_planes_in_another_crs_are_brought_to_that_of_the_surface():
    surface = Raster(
        "s", (50, 50), 500000.0, 4000100.0, 2.0, 2.0, crs=_utm(), heights=np.zeros((50, 50))
    )
    here = boxes((500010, 4000010, 500020, 4000016), crs="EPSG:32648")
    there = here.to_crs("EPSG:4326")
    assert plane_pixels(surface, there, 99).equals(plane_pixels(surface, here, 99))
    with pytest.raises(InvalidRaster, match="has no CRS, but the planes have"):
        plane_pixels(array_raster(np.zeros((5, 5)), 1.0), there, 99)


def _utm():
    return gpd.GeoSeries(crs="EPSG:32648").crs


def test_azimuths_count_from_true_north():
    z = np.zeros((201, 201))
    z[60, 100] = 30.0  # on the grid, straight north of the middle
    planes = boxes((100, 100, 101, 101))
    # 2.9 degrees east of the central meridian, the grid's north lies 1.8 degrees east of true.
    easting, northing = 757000.0, 4300000.0
    surface = Raster("s", z.shape, easting, northing, 1.0, 1.0, crs=_utm(), heights=z)
    moved = planes.set_geometry(planes.translate(easting, northing - 201.0)).set_crs("EPSG:32648")
    seen = surface_skylines(surface, moved, shading(100.0), directions=720)
    peak = float(seen["azimuth"][int(seen["horizon_elevation"].to_numpy()[0].argmax())])
    assert peak == pytest.approx(1.86, abs=0.5)


def test_trees_are_kept_apart():
    z, canopy = np.zeros((81, 81)), np.zeros((81, 81))
    z[20] = 5.0
    canopy[30, 38:43], canopy[20, 40], canopy[50] = 10.0, np.nan, 900.0
    surface = array_raster(z, 1.0)
    place = boxes(pixel_box(z, 40, 40))
    trees = Trees(array_raster(canopy, 1.0))
    seen = surface_skylines(surface, place, shading(), trees=trees)
    north = {name: float(seen[name][0, 0]) for name in ("horizon_elevation", "canopy_elevation")}
    assert north["horizon_elevation"] == pytest.approx(np.degrees(np.arctan(5 / 20)))
    assert north["canopy_elevation"] == pytest.approx(45.0)
    assert (seen["canopy_elevation"] >= seen["horizon_elevation"]).all()
    assert seen["canopy_elevation"][0, 36] == 0.0
    lower = Trees(trees.canopy, array_raster(np.full(z.shape, -2.0), 1.0))
    on_ground = surface_skylines(surface, place, shading(), trees=lower)
    assert float(on_ground["canopy_elevation"][0, 0]) == pytest.approx(np.degrees(np.arctan(0.8)))
    bare = surface_skylines(surface, place, shading())
    assert bare["horizon_elevation"].identical(seen["horizon_elevation"])


def test_crowns_let_more_sun_through_out_of_leaf():
    month = np.arange(1, 13)
    north = canopy_transmissivity(month, np.array(38.0), Shading())
    assert north.tolist() == [0.46] * 3 + [0.03] * 7 + [0.46] * 2
    south = canopy_transmissivity(month, np.array(-38.0), Shading())
    assert south.tolist() == np.roll(north, 6).tolist()
    turned = canopy_transmissivity(month, np.array(38.0), Shading(leaf_on_from=10, leaf_on_to=4))
    assert turned.tolist() == [0.03] * 4 + [0.46] * 5 + [0.03] * 3
    assert np.isnan(canopy_transmissivity(month, np.array(np.nan), Shading())).all()


def test_the_angle_of_a_rise_is_that_of_the_library_and_never_falls():
    rises = np.sort(
        np.concatenate(
            [
                np.linspace(0.0, 3.0, 20001),
                np.geomspace(1e-6, 1e6, 2001),
                1.0 + np.arange(-500, 500) * 1e-9,
            ]
        )
    )
    got = np.array([sweep_kernels.elevation(rise) for rise in rises])
    assert np.abs(got - np.degrees(np.arctan(rises))).max() < 2e-6
    assert (np.diff(got) >= 0.0).all()
    assert got[0] == 0.0
