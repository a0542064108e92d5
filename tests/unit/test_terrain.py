"""Far horizons: a round Earth, elevation models in degrees and metres, PVGIS files."""

from __future__ import annotations

import json

import numba
import numpy as np
import pandas as pd
import pyproj
import pytest

from roofpv.assumptions import Shading
from roofpv.errors import InvalidRaster
from roofpv.shaderecord import source_warnings
from roofpv.shading import terrain
from roofpv.shading.rasters import Raster, array_raster
from roofpv.shading.terrain import (
    read_pvgis_horizon,
    site_grid,
    terrain_horizons,
    terrain_kernels,
)

AZIMUTH = np.arange(72) * 5.0
EFFECTIVE_M = terrain_kernels.EARTH_M / (1.0 - 0.13)


def site(lon, lat, **more):
    return pd.DataFrame({"lon": [lon], "lat": [lat]} | {k: [v] for k, v in more.items()})


def of_degrees(z, west=106.0, north=39.0, step=0.001):
    return Raster("dem", z.shape, west, north, step, step, crs=pyproj.CRS("EPSG:4326"), heights=z)


def elevation(seen, row=0):
    return seen["horizon_elevation"].to_numpy()[row]


@pytest.mark.parametrize("distance", [5, 20, 45])
def test_a_ridge_sinks_behind_the_curve_of_the_earth(distance):
    z = np.zeros((600, 400), np.float32)
    row = 550 - distance * 10
    z[row] = 1500.0
    dem = array_raster(z, 100.0, top=60000.0)
    seen = terrain_horizons(dem, site(20050.0, 60000.0 - 55050.0), Shading())
    arc = distance * 1000.0 / EFFECTIVE_M
    rise = (EFFECTIVE_M + 1500.0) * np.cos(arc) - EFFECTIVE_M
    true = np.degrees(np.arctan2(rise, (EFFECTIVE_M + 1500.0) * np.sin(arc)))
    assert elevation(seen)[0] == pytest.approx(true, abs=1e-9)
    level = terrain_horizons(dem, site(20050.0, 4950.0), Shading(refraction=0.0))
    assert elevation(level)[0] < elevation(seen)[0]
    assert elevation(seen)[36] == 0.0


def test_what_is_below_the_curve_is_not_seen():
    z = np.zeros((600, 10), np.float32)
    z[50] = 100.0  # 50 km away, where the Earth has sunk by 171 m
    seen = terrain_horizons(array_raster(z, 100.0), site(505.0, 4950.0), Shading())
    assert elevation(seen)[0] == 0.0


def test_an_observer_higher_up_sees_a_lower_horizon():
    z = np.zeros((200, 200), np.float32)
    z[90] = 30.0
    dem = array_raster(z, 30.0)
    low, high = (
        elevation(terrain_horizons(dem, site(3015.0, 2985.0, height_m=h), Shading()))[0]
        for h in (None, 20.0)
    )
    assert low == pytest.approx(np.degrees(np.arctan(30.0 / 300.0)), abs=0.01)
    assert high == pytest.approx(np.degrees(np.arctan(10.0 / 300.0)), abs=0.01)


def test_a_peak_stands_where_the_great_circle_leads():
    z = np.zeros((1000, 1400), np.float32)
    peaks = {}
    geod = pyproj.Geod(a=terrain_kernels.EARTH_M, b=terrain_kernels.EARTH_M)
    for azimuth in (40.0, 95.0, 220.0):
        lon, lat, _ = geod.fwd(106.7, 38.5, azimuth, 30000.0)
        row, column = round((39.0 - lat) / 0.001 - 0.5), round((lon - 106.0) / 0.001 - 0.5)
        z[row - 3 : row + 4, column - 3 : column + 4] = 2000.0
        peaks[azimuth] = np.degrees(np.arctan(2000.0 / 30000.0))
    seen = terrain_horizons(of_degrees(z), site(106.7, 38.5), Shading(), directions=360)
    for azimuth, angle in peaks.items():
        around = elevation(seen)[int(azimuth) - 3 : int(azimuth) + 4]
        assert around.argmax() in (2, 3, 4)
        assert around.max() == pytest.approx(angle, abs=0.15)


def test_degrees_and_metres_tell_the_same_horizon():
    into = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:32648", always_xy=True)
    y, x = np.mgrid[:700, :900]
    lon, lat = 106.0 + (x + 0.5) * 0.001, 39.0 - (y + 0.5) * 0.001

    def hills(lon, lat):
        return 1100.0 + 400.0 * np.sin(lon * 60.0) * np.cos(lat * 75.0) + 900.0 * (lon < 106.1)

    dem = of_degrees(hills(lon, lat).astype(np.float32))
    left, top = 590000.0, 4310000.0
    y, x = np.mgrid[:750, :900]
    east, north = left + (x + 0.5) * 90.0, top - (y + 0.5) * 90.0
    lon, lat = into.transform(east, north, direction="INVERSE")
    flat = Raster(
        "dem", (750, 900), left, top, 90.0, 90.0, crs=pyproj.CRS("EPSG:32648"),
        heights=hills(lon, lat).astype(np.float32),
    )  # fmt: skip
    assumed = Shading(terrain_reach_km=20.0)
    places = pd.DataFrame({"lon": [106.4, 106.25], "lat": [38.65, 38.7]})
    a, b = (terrain_horizons(one, places, assumed) for one in (dem, flat))
    miss = np.abs(a["horizon_elevation"] - b["horizon_elevation"])
    assert float(miss.mean()) < 0.05
    assert float(miss.max()) < 0.6


def test_sites_do_not_know_of_each_other():
    z = np.random.default_rng(0).uniform(1000, 2000, (700, 1500)).astype(np.float32)
    dem = of_degrees(z)
    places = pd.DataFrame({"lon": [106.1, 106.9, 107.3, 106.3], "lat": [38.7, 38.45, 38.6, 38.9]})
    assumed = Shading(terrain_reach_km=15.0)
    together = terrain_horizons(dem, places, assumed)
    for i in range(4):
        alone = terrain_horizons(dem, places.iloc[[i]], assumed)
        assert elevation(alone).tobytes() == elevation(together, i).tobytes()
        assert alone["unknown_share"].item() == together["unknown_share"].to_numpy()[i]


def test_order_and_threads_change_no_digit():
    z = np.random.default_rng(3).uniform(1000, 2000, (300, 300)).astype(np.float32)
    dem, assumed = of_degrees(z), Shading(terrain_reach_km=8.0)
    rng = np.random.default_rng(4)
    places = pd.DataFrame({"lon": rng.uniform(106.1, 106.2, 9), "lat": rng.uniform(38.8, 38.9, 9)})
    whole = terrain_horizons(dem, places, assumed)
    order = rng.permutation(9)
    mixed = terrain_horizons(dem, places.iloc[order].reset_index(drop=True), assumed)
    threads = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        single = terrain_horizons(dem, places, assumed)
    finally:
        numba.set_num_threads(threads)
    assert single.identical(whole)
    for i, j in enumerate(order):
        assert elevation(mixed, i).tobytes() == elevation(whole, j).tobytes()


def test_raising_land_never_lowers_the_horizon():
    rng = np.random.default_rng(5)
    z = rng.uniform(1000.0, 1010.0, (120, 120)).astype(np.float32)
    place, assumed = site(6020.0, 6020.0), Shading(terrain_reach_km=6.0)
    before = elevation(terrain_horizons(array_raster(z, 100.0), place, assumed))
    first = before
    for row, column in rng.integers(0, 120, (60, 2)):
        if max(abs(row - 59), abs(column - 59)) > 2:  # where the eye stands
            z[row, column] += rng.uniform(0.001, 400.0)
        after = elevation(terrain_horizons(array_raster(z, 100.0), place, assumed))
        assert (after >= before).all()
        before = after
    assert (before > first).sum() > 10


def test_turning_the_land_turns_the_horizon():
    z = np.random.default_rng(6).uniform(0.0, 400.0, (101, 101)).astype(np.float32)
    place, assumed = site(5050.0, 5050.0), Shading(terrain_reach_km=4.0)
    before = elevation(terrain_horizons(array_raster(z, 100.0), place, assumed))
    assert before.max() > 10.0
    for quarter in (1, 2, 3):
        turned = np.ascontiguousarray(np.rot90(z, quarter))
        after = elevation(terrain_horizons(array_raster(turned, 100.0), place, assumed))
        np.testing.assert_allclose(after, np.roll(before, -18 * quarter), rtol=0, atol=1e-9)


def test_places_without_heights():
    z = np.zeros((100, 100), np.float32)
    z[:, 50:] = np.nan
    dem = of_degrees(z)
    places = pd.DataFrame({"lon": [106.025, 106.075, 120.0, np.nan], "lat": [38.95] * 3 + [39.0]})
    seen = terrain_horizons(dem, places, Shading(terrain_reach_km=2.0))
    assert np.isnan(elevation(seen, 1)).all()
    assert np.isnan(seen["unknown_share"].to_numpy()).tolist() == [False, True, True, True]
    assert seen["unknown_share"].to_numpy()[0] == pytest.approx(0.0, abs=0.1)
    assert seen.attrs["sites_without_height"] == 3
    nowhere = terrain_horizons(dem, places.iloc[[3]], Shading())
    assert np.isnan(nowhere["horizon_elevation"]).all()


def test_a_grid_of_sites_is_fixed_to_the_raster():
    dem = array_raster(np.zeros((40, 40), np.float32), 50.0)
    x = np.array([101.0, 149.0, 151.0, np.nan, 130.0])
    y = np.array([101.0, 149.0, 101.0, 100.0, 1001.0])
    sites, of_place = site_grid(dem, x, y)
    assert of_place.tolist() == [0, 0, 1, -1, 2]
    assert sites["lon"].tolist() == [125.0, 175.0, 125.0]
    assert sites["lat"].tolist() == [125.0, 125.0, 1025.0]
    one, _ = site_grid(dem, x[2:3], y[2:3])
    assert one.iloc[0].tolist() == sites.iloc[1].tolist()
    nowhere, of_place = site_grid(dem, x[3:4], y[3:4])
    assert (len(nowhere), of_place.tolist()) == (0, [-1])


@pytest.mark.parametrize(
    ("pixel", "side"), [(1.0, 30.0), (12.5, 37.5), (30.0, 30.0), (90.0, 90.0), (250.0, 250.0 / 3)]
)
def test_cells_have_about_the_pixels_of_the_raster(pixel, side):
    dem = array_raster(np.zeros((200, 200), np.float32), pixel)
    along = np.linspace(60.0 * pixel, 140.0 * pixel, 4001)
    sites, _ = site_grid(dem, along, np.full(4001, 100.2 * pixel))
    np.testing.assert_allclose(np.diff(sites["lon"]), side)
    wide = of_degrees(np.zeros((100, 100), np.float32), north=60.0, step=1.0 / 3600.0)
    lon = 106.01 + np.linspace(0.0, 0.005, 2001)
    sites, _ = site_grid(wide, lon, np.full(2001, 59.99))
    np.testing.assert_allclose(np.diff(sites["lon"]), 2.0 / 3600.0)


def test_cells_of_a_raster_in_metres_are_told_in_degrees():
    into = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:32648", always_xy=True)
    dem = Raster(
        "dem", (100, 100), 600000.0, 4300000.0, 30.0, 30.0, crs=pyproj.CRS("EPSG:32648"),
        heights=np.zeros((100, 100), np.float32),
    )  # fmt: skip
    lon, lat = into.transform([601501.0, 601529.0], [4298501.0, 4298529.0], direction="INVERSE")
    sites, of_place = site_grid(dem, np.append(lon, -75.0), np.append(lat, 38.0))
    assert of_place.tolist() == [1, 1, 0]
    assert into.transform(*sites.iloc[1]) == pytest.approx((601515.0, 4298515.0), abs=1e-3)
    seen = terrain_horizons(dem, sites, Shading(terrain_reach_km=1.0))
    assert seen.attrs["sites_without_height"] == 1


def test_a_near_ridge_is_as_high_for_every_roof_as_it_stands():
    z = np.zeros((400, 400), np.float32)
    z[100] = 400.0
    dem = array_raster(z, 30.0)
    y = 12000.0 - 3015.0 - 1500.0 + np.linspace(-600.0, 600.0, 81)
    sites, of_place = site_grid(dem, np.full(81, 6010.0), y)
    seen = terrain_horizons(dem, sites, Shading())["horizon_elevation"].to_numpy()[of_place, 0]
    by_hand = np.degrees(np.arctan(400.0 / (12000.0 - 3015.0 - y)))
    # A cell and a step to the next sample of the ray: 30 m of 900 to 2,100.
    np.testing.assert_allclose(seen, by_hand, atol=0.45)


def test_a_roof_beside_the_crest_of_a_ridge_looks_from_its_own_height():
    row, column = np.mgrid[:300, :300]
    z = (2000.0 - 0.6 * 90.0 * np.abs(row - column) / np.sqrt(2.0)).astype(np.float32)
    dem = array_raster(z, 90.0)
    # Beside the crest by up to 63 m, in cells of 90 m whose middles lie on it.
    off = np.linspace(-44.0, 44.0, 23)
    x, y = 150.5 * 90.0 + off, 27000.0 - 150.5 * 90.0 + off
    sites, of_place = site_grid(dem, x, y)
    assert len(sites) == 20
    seen = terrain_horizons(dem, sites, Shading())["horizon_elevation"].to_numpy()[of_place]
    own = terrain_horizons(dem, pd.DataFrame({"lon": x, "lat": y}), Shading())
    # An eye 2 m too low, 270 m from the first sample, on a ray that is 3 m aside.
    np.testing.assert_allclose(seen, own["horizon_elevation"], atol=0.9)
    one, _ = site_grid(dem, x[5:6], y[5:6])
    assert one.iloc[0].tolist() == sites.iloc[of_place[5]].tolist()
    level, _ = site_grid(array_raster(z * 0.0, 90.0), x, y)
    assert len(level) == 1


def test_a_height_that_stands_for_none_is_no_pit():
    z = np.full((200, 200), 1100.0, np.float32)
    z[:100, 90:120] = 0.0
    places = pd.DataFrame({"lon": [3000.0, 2950.0], "lat": [2000.0, 4000.0]})
    assumed = Shading(terrain_reach_km=2.0)
    seen = terrain_horizons(array_raster(z, 30.0), places, assumed)
    assert elevation(seen).max() == 0.0
    assert np.isnan(elevation(seen, 1)).all()
    said = source_warnings({"terrain": seen.assign_attrs(remarks="[]")})
    assert any("array: pixels of 0 m are taken as without data, all else" in text for text in said)
    assert any("1 places of roofs lie outside" in text for text in said)
    # A shore has heights in between, an island more sea than land.
    z[:100, 120] = 20.0
    shore = terrain_horizons(array_raster(z, 30.0), places, assumed)
    assert elevation(shore, 1).max() > 40.0
    assert shore.attrs["warnings"] == "[]"
    z[:100], z[100:] = 0.0, 1100.0
    z[100:120] = 0.0
    sea = terrain_horizons(array_raster(z, 30.0), places, assumed)
    assert np.isfinite(elevation(sea, 1)).all()


def test_a_roof_beside_a_cell_without_height_is_its_own_site():
    z = np.zeros((100, 100), np.float32)
    z[:, 48:] = np.nan
    dem = array_raster(z, 10.0)
    # Heights are known up to 475 m; the cell from 450 to 480 m has one, that beyond has none.
    x, y = np.array([452.0, 479.0, 481.0, 2000.0]), np.full(4, 505.0)
    sites, of_place = site_grid(dem, x, y)
    assert sites["lon"].to_numpy()[of_place].tolist() == [465.0, 465.0, 481.0, 2000.0]
    seen = terrain_horizons(dem, sites, Shading(terrain_reach_km=1.0))
    unknown = np.isnan(seen["unknown_share"].to_numpy())[of_place]
    assert unknown.tolist() == [False, False, True, True]
    assert seen.attrs["sites_without_height"] == 2
    z[:, 46:] = np.nan  # Known up to 455 m: the middle has no height, one of the roofs has.
    sites, of_place = site_grid(dem, x, y)
    assert sites["lon"].to_numpy()[of_place].tolist() == x.tolist()
    seen = terrain_horizons(dem, sites, Shading(terrain_reach_km=1.0))
    assert np.isnan(elevation(seen, of_place[1])).all()
    assert not np.isnan(elevation(seen, of_place[0])).any()


def test_what_is_nearer_than_the_reach_of_the_neighbours_hides_nothing():
    z = np.random.default_rng(0).uniform(0.0, 2.0, (200, 200)).astype(np.float32)
    z[83, 95:106] = 40.0  # 170 m north
    eye = float(z[100, 100])
    place, assumed = site(1005.0, 995.0), Shading(terrain_reach_km=1.0)
    far = elevation(terrain_horizons(array_raster(z, 10.0), place, assumed))
    assert far.max() <= np.degrees(np.arctan((2.0 - eye) / 200.0))
    z[70] = 35.0
    far = elevation(terrain_horizons(array_raster(z, 10.0), place, assumed))
    assert far[0] == pytest.approx(np.degrees(np.arctan((35.0 - eye) / 300.0)), abs=0.01)
    dem = array_raster(z, 10.0)
    near = elevation(terrain_horizons(dem, place, Shading(reach_m=50.0)))
    assert near[0] == pytest.approx(np.degrees(np.arctan((40.0 - eye) / 170.0)), abs=0.01)
    none = terrain_horizons(dem, place, Shading(reach_m=5000.0, terrain_reach_km=1.0))
    assert (elevation(none).max(), none["unknown_share"].item()) == (0.0, 0.0)


def test_fine_pixels_and_much_unknown_land_are_told():
    z = np.zeros((1000, 1000), np.float32)
    fine = terrain_horizons(array_raster(z, 1.0), site(500.0, 500.0), Shading(terrain_reach_km=2.0))
    assert "pixels of 1 m look like those of a surface model" in fine.attrs["remarks"][-1]
    said = "\n".join(source_warnings({"terrain": fine.assign_attrs(remarks="[]")}))
    assert "give it with --dsm" in said
    assert "from 1 places of roofs, over 20 % of the land" in said
    whole = terrain_horizons(
        array_raster(z, 5.0), site(2500.0, 2500.0), Shading(terrain_reach_km=2)
    )
    assert whole.attrs["remarks"] == []
    assert source_warnings({"terrain": whole}) == []
    off = terrain_horizons(array_raster(z, 5.0), site(9000.0, 0.0), Shading())
    assert source_warnings({"terrain": off}) == [
        "shade, terrain: 1 places of roofs lie outside the elevation model or where it has no "
        "data: their terrain is not known",
        "shade, terrain: no roof lies in the elevation model: is it of the same place, in the "
        "coordinate system that it states?",
    ]


@pytest.mark.parametrize(("north", "wide"), [(39.0, 1.0), (72.0, 1.5), (89.5, 1.0)])
def test_what_is_passed_over_changes_no_digit(monkeypatch, north, wide):
    rng = np.random.default_rng(1)
    y, x = np.mgrid[:400, :500]
    z = 300.0 * np.sin(y / 31.0) * np.cos(x / 23.0) + rng.uniform(0.0, 40.0, y.shape)
    z[200:290, 300:420] = np.nan
    z[rng.uniform(size=z.shape) < 1e-4] = np.nan
    dem = of_degrees(z.astype(np.float32), north=north)
    dem = Raster(**(vars(dem) | {"step_x": 0.001 * wide}))
    places = pd.DataFrame({"lon": 106.0 + wide * np.array([0.1, 0.25, 0.4])})
    places["lat"] = north - np.array([0.05, 0.2, 0.3])
    assumed = Shading(terrain_reach_km=30.0)
    fast = terrain_horizons(dem, places, assumed)
    monkeypatch.setattr(
        terrain,
        "_tops",
        lambda heights: np.full([size // 8 + 9 for size in heights.shape], np.inf),
    )
    slow = terrain_horizons(dem, places, assumed)
    assert np.isfinite(fast["horizon_elevation"]).any()
    assert fast["unknown_share"].max() > 0.2
    np.testing.assert_array_equal(fast["horizon_elevation"], slow["horizon_elevation"])
    np.testing.assert_allclose(fast["unknown_share"], slow["unknown_share"], rtol=0, atol=0)


def pvgis_csv(rows, legend="A: Azimuth (0 = S, 90 = W, -90 = E) (degree)"):
    lines = [f"{a}\t{h}\t-180.0\t-68.4\t-180.0\t-21.6" for a, h in rows]
    head = "Latitude (decimal degrees):\t45.000\r\nLongitude (decimal degrees):\t8.000\r\n\r\n"
    names = "A\tH_hor\tA_sun(w)\tH_sun(w)\tA_sun(s)\tH_sun(s)\r\n"
    return head + names + "\r\n".join(lines) + f"\r\n\r\n{legend}\r\nH_hor: Horizon height\r\n"


# Highest in the west (90 from the south), as PVGIS counts.
ROWS = [(a, 9.5 if a == 90.0 else abs(a) / 100.0) for a in np.arange(-180.0, 181.0, 7.5)]


def test_a_pvgis_table_counts_from_the_south(tmp_path):
    path = tmp_path / "horizon.csv"
    path.write_text(pvgis_csv(ROWS))
    seen = read_pvgis_horizon(path)["horizon_elevation"]
    assert seen.sizes == {"azimuth": 48}
    assert float(seen.sel(azimuth=270.0)) == 9.5
    assert float(seen.sel(azimuth=0.0)) == 1.8
    assert float(seen.sel(azimuth=180.0)) == 0.0
    assert (np.diff(seen["azimuth"]) > 0.0).all()


def test_json_and_table_are_one(tmp_path):
    table, document = tmp_path / "horizon.csv", tmp_path / "horizon.json"
    table.write_text(pvgis_csv(ROWS))
    profile = [{"A": a, "H_hor": h} for a, h in ROWS]
    document.write_text(json.dumps({"outputs": {"horizon_profile": profile}, "meta": {}}))
    assert read_pvgis_horizon(table).identical(read_pvgis_horizon(document))
    fine = read_pvgis_horizon(document, directions=72)["horizon_elevation"]
    assert fine["azimuth"].to_numpy().tolist() == AZIMUTH.tolist()
    assert float(fine.sel(azimuth=270.0)) == 9.5
    assert float(fine.sel(azimuth=265.0)) == pytest.approx(0.825 + (9.5 - 0.825) / 3.0)
    assert float(fine.sel(azimuth=355.0)) == pytest.approx(1.75)


def test_a_table_may_count_from_the_north(tmp_path):
    path = tmp_path / "horizon.csv"
    north = [(a, 5.0 if a == 90.0 else 1.0) for a in np.arange(0.0, 360.0, 10.0)]
    path.write_text(pvgis_csv(north, "A: Azimuth (0 = N, 90 = E)"))
    assert float(read_pvgis_horizon(path)["horizon_elevation"].sel(azimuth=90.0)) == 5.0
    path.write_text("horizon_azimuth,horizon_elevation\n" + "".join(f"{a},{h}\n" for a, h in north))
    assert float(read_pvgis_horizon(path)["horizon_elevation"].sel(azimuth=90.0)) == 5.0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nothing", "no line of names that begins with A and H_hor"),
        ("{}", "no outputs.horizon_profile with A and H_hor"),
        ("{", "no outputs.horizon_profile"),
        ("A,H_hor\n0,1\n90,1\n180,1\n270,1\n", "does not say whether azimuth 0 is south or north"),
        (pvgis_csv(ROWS[:3]), "has 3 directions, expected 4 or more"),
        (pvgis_csv([*ROWS, (0.0, 7.0)]), "has two heights for one direction"),
        (pvgis_csv([*ROWS[:-1], (180.0, 95.0)]), "no angle between -90 and 90"),
        (pvgis_csv([*ROWS[:-1], (180.0, "nan")]), "no angle between -90 and 90"),
    ],
)
def test_what_is_no_horizon_is_refused(tmp_path, text, told):
    path = tmp_path / "horizon.csv"
    path.write_text(text)
    with pytest.raises(InvalidRaster, match=told) as fault:
        read_pvgis_horizon(path)
    assert "\n" not in str(fault.value)


def test_a_horizon_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "horizon.csv"
    path.write_bytes(b"\xff\xfe\x00")
    for one in (path, tmp_path / "none.csv"):
        with pytest.raises(InvalidRaster, match="cannot be read as text"):
            read_pvgis_horizon(one)
