"""What stands around the roofs: its shade in the assessment, and what is said where it is odd."""

from __future__ import annotations

from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from rasterio.transform import Affine, from_origin
from roofmaker import placed
from streetmaker import (
    EAST,
    GRID,
    LAT,
    LON,
    ROOFS,
    TOWER,
    assessed,
    bright_years,
    elevation,
    horizon,
    listed,
    middle,
    row,
    surface,
    towers,
    write_raster,
)

from roofpv.errors import InvalidConfig, InvalidRaster, InvalidResult
from roofpv.report import explain, explain_text
from roofpv.surroundings import Surroundings, read_surroundings
from roofpv.weather import bundled_weather

REASON = "shading_loss_fraction"


@cache
def in_open():
    return assessed()


@cache
def by_towers():
    return assessed(around=towers())


def ac(result, name="low"):
    return row(result, name)["ac_kwh"]


def loss(result, name="low"):
    return row(result, name)["shading_loss_fraction"]


def with_list_row():
    """The street and a building that is known by its floors alone."""
    bare = gpd.GeoDataFrame(
        {"building_id": ["list"], "floor_area_m2": [1500.0], "floors": [3.0]},
        geometry=[None], crs=4326,
    )  # fmt: skip
    return pd.concat([listed(), bare], ignore_index=True)


def test_a_tower_in_the_south_takes_what_the_open_roof_has_more():
    found = by_towers()
    for name in ROOFS:
        assert 0.05 < loss(found, name) < 0.3
        expected = 1.0 - ac(found, name) / ac(in_open(), name)
        assert loss(found, name) == pytest.approx(expected, abs=1e-12)
    assert loss(found) > loss(found, "beside")
    plane = found.planes.set_index("plane_id").loc["low/1"]
    assert plane["neighbours_loss_fraction"] == plane["shading_loss_fraction"]
    assert plane["shading_loss_fraction"] == pytest.approx(loss(found), abs=1e-12)
    assert 0.7 < plane["solar_access"] < 1.0
    assert plane["shading_not_known"] == ""
    shading = found.run["shading"]
    assert shading["sources"] == ["neighbours", "own"]
    assert (shading["planes_known"], shading["planes_not_known"]) == (4, 0)
    assert shading["planes_not_known_by"] == {"neighbours": 0, "own": 0}
    assert shading["counts"]["neighbours"]["context_rows"] == 1
    assert "carry no modules" in found.run["not_assessed"][REASON]
    north = found.planes.set_index("plane_id").loc["gable/2"]
    assert north["kwp"] == 0.0
    assert np.isnan(north["shading_loss_fraction"])


@pytest.mark.parametrize("name", ROOFS)
def test_pvlib_tells_the_shaded_year_of_the_kernel(name):
    told = explain(by_towers(), name)
    for plane in told["planes"]:
        assert plane["pvlib_ac_kwh"] == pytest.approx(plane["kernel_ac_kwh"], rel=1e-9, abs=1e-9)
    total = sum(plane["kernel_ac_kwh"] for plane in told["planes"])
    assert total == pytest.approx(ac(by_towers(), name), rel=1e-12)
    lines = "\n".join(explain_text(told))
    share = by_towers().planes.set_index("plane_id").loc[f"{name}/1", "neighbours_loss_fraction"]
    assert f"shade: neighbours {share:.2%}" in lines


def test_nothing_around_is_no_loss_of_0():
    found = in_open()
    assert found.buildings["shading_loss_fraction"].isna().all()
    assert found.planes["shading_loss_fraction"].isna().all()
    assert "no surroundings are given" in found.run["not_assessed"][REASON]
    assert "shading" not in found.run
    assert "surroundings are not known" in "\n".join(explain_text(explain(found, "low")))
    nothing = assessed(around=Surroundings())
    assert nothing.buildings.equals(found.buildings)
    assert nothing.skylines == {}


def test_a_roof_without_outline_keeps_its_open_energy_and_is_counted():
    found, bare = assessed(with_list_row(), towers()), assessed(with_list_row())
    assert np.isnan(loss(found, "list"))
    assert ac(found, "list") == ac(bare, "list")
    assert loss(found) == loss(by_towers())
    assert found.run["shading"]["planes_not_known"] == 1
    assert found.run["shading"]["planes_not_known_by"] == {"neighbours": 1, "own": 1}
    assert "not assessed on 1 planes: none of neighbours, own" in found.run["not_assessed"][REASON]
    assert any("1 buildings have no outline" in text for text in found.run["warnings"])
    assert "surroundings are not known" in "\n".join(explain_text(explain(found, "list")))


def test_the_three_sources_add_up(tmp_path):
    dsm, dem = surface(tmp_path / "dsm.tif", [(TOWER, 40.0)]), elevation(tmp_path / "dem.tif")
    found = assessed(around=read_surroundings(towers(), dsm, terrain=dem))
    laid = found.planes[found.planes["kwp"] > 0.0]
    sources = ["terrain", "neighbours", "own", "surface"]
    names = [f"{source}_loss_fraction" for source in sources]
    assert found.run["shading"]["sources"] == ["terrain", "neighbours", "own", "surface"]
    assert (laid[names] >= -1e-12).all(axis=None)
    np.testing.assert_allclose(laid[names].sum(axis=1), laid["shading_loss_fraction"], atol=1e-12)
    alone = [
        assessed(around=Surroundings(towers())),
        assessed(around=read_surroundings(surface=dsm)),
        assessed(around=read_surroundings(terrain=dem)),
    ]
    for one in alone:
        assert loss(one) <= loss(found)
    # Of a tower in the list and in the surface model, the second takes little more.
    assert laid["surface_loss_fraction"].max() < 0.02
    assert loss(alone[0]) == pytest.approx(loss(alone[1]), abs=0.02)
    first = alone[2].planes.set_index("plane_id")["terrain_loss_fraction"]
    assert laid.set_index("plane_id")["terrain_loss_fraction"].equals(first[laid["plane_id"]])
    for name in ROOFS:
        for plane in explain(found, name)["planes"]:
            assert plane["pvlib_ac_kwh"] == pytest.approx(
                plane["kernel_ac_kwh"], rel=1e-9, abs=1e-9
            )
    files = [one["name"] for one in found.run["inputs"]]
    assert {"dsm.tif", "dem.tif"} <= set(files)
    assert sum("vertical datum" in text for text in found.run["shading"]["remarks"]) == 2


def test_terrain_as_a_raster_and_as_a_horizon_file(tmp_path):
    for path in (elevation(tmp_path / "dem.tif"), horizon(tmp_path / "horizon.csv")):
        found = assessed(with_list_row().assign(lon=LON, lat=LAT), read_surroundings(terrain=path))
        assert (found.buildings["shading_loss_fraction"] > 0.005).all()
        assert loss(found) == pytest.approx(1.0 - ac(found) / ac(in_open()), abs=1e-12)
        assert found.run["shading"]["planes_not_known"] == 0
        plane = found.planes.iloc[0]
        assert plane["terrain_loss_fraction"] == plane["shading_loss_fraction"]


def test_a_horizon_of_the_place_is_that_of_every_roof_and_an_elevation_model_that_of_its_own(
    tmp_path,
):
    nowhere = with_list_row().assign(lon=np.nan, lat=np.nan)
    found = assessed(nowhere, read_surroundings(terrain=elevation(tmp_path / "dem.tif")))
    assert np.isnan(loss(found, "list"))
    assert found.run["shading"]["planes_not_known_by"] == {"terrain": 1}
    found = assessed(nowhere, read_surroundings(terrain=horizon(tmp_path / "h.txt")))
    assert loss(found, "list") > 0.0


def test_trees_take_more_than_the_surface_and_less_than_a_wall(tmp_path):
    dsm = surface(tmp_path / "dsm.tif")
    east, north = middle()
    z = np.zeros((400, 400), dtype=np.float32)
    z[215:222, 150:250] = 15.0
    canopy = write_raster(tmp_path / "trees.tif", z, from_origin(east - 200, north + 200, 1, 1))
    wall = surface(tmp_path / "wall.tif", [(shapely.box(-50, -22, 50, -15), 15.0)])
    bare, trees, walled = (
        assessed(around=read_surroundings(surface=one, canopy=grown))
        for one, grown in ((dsm, None), (dsm, canopy), (wall, None))
    )
    assert loss(bare) < loss(trees) < loss(walled)
    assert trees.skylines["surface"]["canopy_transmissivity"].shape == (12,)
    # The trees are a loss of their own, beyond what the surface takes without them.
    assert trees.run["shading"]["losses"] == ["surface", "trees"]
    laid, alone = (one.planes[one.planes["kwp"] > 0.0] for one in (trees, bare))
    assert laid["surface_loss_fraction"].equals(alone["surface_loss_fraction"])
    assert (laid["trees_loss_fraction"] > 0.01).all()
    total = laid["surface_loss_fraction"] + laid["trees_loss_fraction"]
    assert total.equals(laid["shading_loss_fraction"])
    assert "trees_loss_fraction" not in bare.planes
    lines = "\n".join(explain_text(explain(trees, "low")))
    share = trees.planes.set_index("plane_id").loc["low/1", "trees_loss_fraction"]
    assert f" + trees {share:.2%} = " in lines
    for name in ROOFS:
        for plane in explain(trees, name)["planes"]:
            assert plane["pvlib_ac_kwh"] == pytest.approx(
                plane["kernel_ac_kwh"], rel=1e-9, abs=1e-9
            )


def test_roofs_outside_the_raster_are_empty_with_their_reason(tmp_path):
    dsm = surface(tmp_path / "dsm.tif", [(TOWER, 40.0)])
    far = listed("low").assign(building_id="far", lon=LON + 0.1)
    far = far.set_geometry(far.translate(0.1))
    both = assessed(pd.concat([listed(), far], ignore_index=True), read_surroundings(surface=dsm))
    assert np.isnan(loss(both, "far"))
    assert loss(both) > 0.0
    assert both.run["shading"]["planes_not_known"] == 1
    assert "outside the rasters" in both.run["not_assessed"][REASON]
    assert any("1 planes lie outside the surface" in text for text in both.run["warnings"])
    alone = assessed(far, read_surroundings(surface=dsm))
    assert np.isnan(loss(alone, "far"))
    assert ac(alone, "far") == ac(both, "far") == ac(assessed(far), "far")
    assert alone.run["shading"]["planes_known"] == 0
    mixed = assessed(far, read_surroundings(towers(), surface=dsm))
    assert loss(mixed, "far") == 0.0
    assert mixed.run["shading"]["planes_not_known_by"] == {"neighbours": 0, "own": 0, "surface": 1}
    assert mixed.planes["shading_not_known"].tolist() == ["surface"]


def test_plane_tables_know_the_terrain_alone(tmp_path):
    planes = pd.DataFrame(
        {"plane_id": ["p1", "p2"], "building_id": "a", "surface_tilt": 15.0,
         "surface_azimuth": [180.0, 90.0], "area_m2": 100.0, "lon": LON, "lat": LAT},
    )  # fmt: skip
    dem, dsm = elevation(tmp_path / "dem.tif"), surface(tmp_path / "dsm.tif")
    found = assessed(planes, read_surroundings(towers(), dsm, terrain=dem))
    assert loss(found, "a") > 0.0
    assert found.run["shading"]["planes_not_known_by"] == {
        "terrain": 0, "neighbours": 2, "own": 2, "surface": 2,
    }  # fmt: skip
    found = assessed(planes, read_surroundings(towers(), dsm))
    assert np.isnan(loss(found, "a"))
    assert ac(found, "a") == ac(assessed(planes), "a")


def test_no_roof_at_all():
    for buildings in (listed().iloc[:0], listed().assign(exemption="historic")):
        found = assessed(buildings, towers())
        assert found.planes.empty
        assert found.buildings["shading_loss_fraction"].isna().all()


def test_a_surface_model_in_another_system_of_coordinates(tmp_path):
    ours, theirs = (
        assessed(
            around=read_surroundings(
                surface=surface(tmp_path / f"{crs[5:]}.tif", [(TOWER, 40.0)], crs=crs)
            )
        )
        for crs in (GRID, "EPSG:4544")
    )
    for name in ROOFS:
        assert loss(theirs, name) == pytest.approx(loss(ours, name), abs=0.01)


def test_rows_from_south_to_north_change_nothing(tmp_path):
    path = surface(tmp_path / "dsm.tif", [(TOWER, 40.0)])
    east, north = middle()
    z = read_surroundings(surface=path).surface.window((0, 400), (0, 400))
    grid = Affine(1.0, 0.0, east - 200, 0.0, 1.0, north - 200)
    turned = write_raster(tmp_path / "up.tif", z[::-1], grid)
    one, other = (assessed(around=read_surroundings(surface=at)) for at in (path, turned))
    assert one.buildings["ac_kwh"].equals(other.buildings["ac_kwh"])
    assert any("south to north" in text for text in other.run["shading"]["remarks"])


def test_below_sea_level_is_as_above(tmp_path):
    above = surface(tmp_path / "a.tif", [(TOWER, 40.0)], ground=100.0)
    below = surface(tmp_path / "b.tif", [(TOWER, 40.0)], ground=-100.0)
    one, other = (assessed(around=read_surroundings(surface=at)) for at in (above, below))
    for name in ROOFS:
        assert loss(one, name) == pytest.approx(loss(other, name), abs=1e-6)


def test_holes_hide_nothing_and_are_counted(tmp_path):
    path = surface(tmp_path / "dsm.tif", [(TOWER, 40.0)])
    east, north = middle()
    z = read_surroundings(surface=path).surface.window((0, 400), (0, 400))
    z[220:260, 180:220] = -9999.0
    grid = from_origin(east - 200, north + 200, 1, 1)
    holed = write_raster(tmp_path / "holes.tif", z, grid, nodata=-9999.0)
    assert loss(assessed(around=read_surroundings(surface=holed))) < 0.01
    z[180:260, 180:220] = -9999.0
    gone = write_raster(tmp_path / "gone.tif", z, grid, nodata=-9999.0)
    found = assessed(around=read_surroundings(surface=gone))
    assert np.isnan(loss(found))
    assert loss(found, "gable") >= 0.0
    assert ac(found) == ac(in_open())
    assert any("pixels of roofs have no data" in text for text in found.run["warnings"])


def refused(tmp_path, crs, **more):
    z = np.full((50, 50), 1100.0, dtype=np.float32)
    grid = more.pop("grid", from_origin(*middle(), 1.0, 1.0))
    return write_raster(tmp_path / "dsm.tif", z, grid, crs, **more)


@pytest.mark.parametrize(
    ("crs", "grid", "words"),
    [
        ("EPSG:4326", from_origin(LON, LAT, 1e-5, 1e-5), "degrees"),
        ("EPSG:2263", from_origin(980000.0, 200000.0, 3.0, 3.0), "foot"),
        (GRID, Affine(0.9, 0.1, 445000.0, 0.1, -0.9, 4317000.0), "turned"),
    ],
)
def test_surface_models_that_are_refused(tmp_path, crs, grid, words):
    with pytest.raises(InvalidRaster, match=words):
        read_surroundings(surface=refused(tmp_path, crs, grid=grid))


def test_trees_need_a_surface(tmp_path):
    with pytest.raises(InvalidConfig, match=r"--canopy.*surface model"):
        read_surroundings(canopy=refused(tmp_path, GRID))


def test_files_that_are_not_there(tmp_path):
    gone = tmp_path / "gone.tif"
    for said in ({"surface": gone}, {"terrain": gone}, {"terrain": tmp_path / "gone.csv"}):
        with pytest.raises(InvalidRaster):
            read_surroundings(**said)
    with pytest.raises(InvalidResult, match="no skylines can be read"):
        read_surroundings(skylines=tmp_path)


def test_neighbours_without_height_have_that_of_their_storeys():
    stated, storeys, none = (
        assessed(around=towers(**more))
        for more in (
            {"height_m": [30.0]},
            {"height_m": [np.nan], "floors": [10]},
            {"height_m": [np.nan]},
        )
    )
    assert ac(stated) == ac(storeys) < ac(none) < ac(in_open())
    for found in (storeys, none):
        assert found.run["shading"]["counts"]["neighbours"]["context_without_stated_height"] == 1
        assert any("none of the 1 buildings of the context" in t for t in found.run["warnings"])
    assert not any("state no height" in text for text in stated.run["warnings"])
    outlines = gpd.GeoDataFrame(geometry=[placed(TOWER, LAT, LON)], crs=4326)
    assert ac(assessed(around=outlines)) == ac(none)


@pytest.mark.parametrize("height", [1500.0, -40.0, 0.0])
def test_heights_that_cannot_be_are_not_used_and_counted(height):
    found = assessed(around=towers((TOWER, height)))
    usual = assessed(around=towers((TOWER, np.nan)))
    assert ac(found) == ac(usual)
    assert found.run["shading"]["counts"]["neighbours"]["implausible_height"] == 1
    assert any(
        "1 heights are not between 0.1 and 1,000 m" in text for text in found.run["warnings"]
    )
    # Once is enough.
    assert found.run["shading"]["counts"]["neighbours"]["context_without_stated_height"] == 0
    assert not any("state no height" in text for text in found.run["warnings"])
    assert 0.2 < loss(assessed(around=towers((TOWER, 1000.0)))) < 0.5


def test_rows_of_the_context_that_cannot_be_used_are_told():
    found = assessed(around=towers((TOWER, 40.0), (EAST, 30.0), (EAST, 30.0)))
    assert found.run["shading"]["counts"]["neighbours"]["context_rows_left_out"] == 1
    assert any(
        "1 rows of the context are left out: 1 DUPLICATE_FOOTPRINT" in text
        for text in found.run["warnings"]
    )
    again = assessed(around=towers((TOWER, 40.0), (EAST, 30.0), building_id=["a", "a"]))
    assert ac(again) == ac(found)


@pytest.mark.parametrize("ids", [["a", "b"], ["b", "a"]])
@pytest.mark.parametrize("lower", [10.0, np.nan, 1500.0])
def test_of_an_outline_drawn_twice_the_higher_stays(ids, lower):
    found = assessed(around=towers((TOWER, lower), (TOWER, 40.0), building_id=ids))
    assert ac(found) == ac(by_towers())
    assert found.run["shading"]["counts"]["neighbours"]["context_rows_left_out"] == 1
    text = (
        towers((TOWER, 12.0), (TOWER, 40.0))
        .assign(height_m=["12", "40"])
        .drop(columns="building_id")
    )
    assert ac(assessed(around=text)) == ac(by_towers())


def test_outlines_that_are_or_hold_or_overlap_the_roof():
    alone = assessed(around=towers().iloc[:0])
    # The context has the roof too: it is one building, with the height of the list.
    same = assessed(around=towers((ROOFS["low"], 40.0)))
    assert same.buildings["ac_kwh"].equals(alone.buildings["ac_kwh"])
    assert same.run["shading"]["counts"]["neighbours"]["in_both_lists"] == 1
    # A block that holds the roof does not hide it.
    block = assessed(around=towers((shapely.box(-20, -20, 20, 20), 40.0)))
    assert ac(block) == ac(alone)
    # Half of the roof is under a taller part: the other half sees it.
    part = assessed(around=towers((shapely.box(0, -8, 12, 8), 20.0)))
    assert 0.0 < loss(part) < 0.5


def test_names_of_the_data_are_shown_plain():
    evil = listed("low").assign(building_id="<b>\x1b[31m")
    told = explain_text(explain(assessed(evil, towers()), evil["building_id"].iloc[0]))
    assert "\x1b" not in "".join(told)


def test_years_of_weather_have_the_loss_of_their_mean():
    weather = bright_years(1.0, 0.7, 1.1)
    around = Surroundings(towers())
    shaded, bare = (assessed(around=one, weather=weather) for one in (around, None))
    for name in ROOFS:
        expected = 1.0 - ac(shaded, name) / ac(bare, name)
        assert loss(shaded, name) == pytest.approx(expected, abs=1e-12)
        for plane in explain(shaded, name)["planes"]:
            assert plane["pvlib_ac_kwh"] == pytest.approx(
                plane["kernel_ac_kwh"], rel=1e-9, abs=1e-9
            )
    by_plane = shaded.planes.set_index("plane_id")["shading_loss_fraction"]
    assert by_plane["low/1"] == pytest.approx(loss(shaded), abs=1e-9)
    # A year with a missing month is left out of both.
    holed = weather.copy(deep=True)
    for name in ("ghi", "dni", "dhi"):
        holed[name][:, 8760 + 4000] = np.nan
    found = assessed(around=around, weather=holed)
    bare = assessed(weather=holed)
    assert loss(found) == pytest.approx(1.0 - ac(found) / ac(bare), abs=1e-12)
    plane = found.planes.set_index("plane_id").loc["low/1"]
    assert plane["shading_loss_fraction"] == pytest.approx(loss(found), abs=1e-9)


def test_a_weather_without_a_whole_year_has_no_loss_of_the_year():
    holed = bright_years(1.0).copy(deep=True)
    for name in ("ghi", "dni", "dhi"):
        holed[name][:, 4000] = np.nan
    found = assessed(around=towers(), weather=holed)
    assert found.buildings["ac_kwh"].isna().all()
    assert found.buildings["shading_loss_fraction"].isna().all()
    assert found.run["shading"]["planes_not_known"] == 0
    assert found.run["not_assessed"][REASON] == (
        "not assessed on 3 planes: there is no complete year of weather"
    )


def test_weather_sites_blended_over_shaded_roofs():
    shaded, bare = (
        assessed(around=around, weather=bundled_weather(), site__weather_sites="blend")
        for around in (towers(), None)
    )
    assert "weather_weights" in shaded.planes
    for name in ROOFS:
        assert loss(shaded, name) == pytest.approx(
            1.0 - ac(shaded, name) / ac(bare, name), abs=1e-12
        )
        for plane in explain(shaded, name)["planes"]:
            assert plane["pvlib_ac_kwh"] == pytest.approx(
                plane["kernel_ac_kwh"], rel=1e-9, abs=1e-9
            )


@pytest.mark.parametrize(
    "settings",
    [
        {"shading__electrical": "martinez"},
        {"models__transposition": "perez"},
        {"layout__flat_layout": "east_west"},
        {"shading__rows": "none", "models__transposition": "isotropic"},
    ],
)
def test_other_models_agree_with_pvlib_too(settings):
    shaded, bare = (assessed(around=around, **settings) for around in (towers(), None))
    assert loss(shaded) == pytest.approx(1.0 - ac(shaded) / ac(bare), abs=1e-12)
    for plane in explain(shaded, "low")["planes"]:
        assert plane["pvlib_ac_kwh"] == pytest.approx(plane["kernel_ac_kwh"], rel=1e-9)
    if "shading__electrical" in settings:
        assert loss(shaded) > loss(by_towers())


def test_roofs_beside_an_elevation_model_are_told(tmp_path):
    far = with_list_row().assign(lon=LON + 3.0, lat=LAT)
    found = assessed(far, read_surroundings(terrain=elevation(tmp_path / "dem.tif")))
    assert found.run["shading"]["planes_not_known_by"]["terrain"] >= 1
    assert any("lie outside the elevation model" in text for text in found.run["warnings"])


def test_skylines_are_used_again_under_the_weather_of_another_place():
    # A roof without a place has the latitude of its weather: that is no other roof.
    first = assessed(with_list_row(), towers())
    again = assessed(
        with_list_row(), Surroundings(skylines=first.skylines), bundled_weather("huinong")
    )
    assert loss(again) > 0.05
    assert again.skylines["neighbours"].identical(first.skylines["neighbours"])
