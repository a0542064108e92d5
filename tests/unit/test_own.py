"""Skylines by what stands on the building itself."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from skylinemaker import city, flat_planes, on_earth

from roofpv.assumptions import Assumptions, from_values
from roofpv.errors import InvalidConfig, InvalidResult
from roofpv.shading import Structures, neighbour_skylines, own_skylines
from roofpv.surroundings import Surroundings, skylines_by_source

HALL = shapely.box(-30, -20, 30, 20)
TOWER = shapely.box(10, -20, 30, 0)


def zones(*given, building_id="n0"):
    shapes, heights = zip(*given, strict=True)
    table = {"building_id": building_id, "kind": "stair_head", "height_m": heights}
    return gpd.GeoDataFrame(table, geometry=on_earth(shapes), crs=4326)


def roofs(buildings):
    return flat_planes(buildings).assign(roof_form="flat")


def own(buildings, **known):
    return own_skylines(roofs(buildings), buildings, Structures(**known))


def elevations(found, plane=0):
    return found["horizon_elevation"].to_numpy()[plane].astype(float)


@pytest.fixture
def hall():
    return city([HALL], [20.0])


def test_a_stair_head_stands_on_the_roof(hall):
    found = own(hall, zones=zones((shapely.box(-5, 18, 5, 20), 3.0)), clearance_m=0.4)
    y = found["y_m"].to_numpy()[0]
    middle = np.abs(found["x_m"].to_numpy()[0]) < 1.0
    north = elevations(found)[:, 0]
    expected = np.degrees(np.arctan(2.6 / (18.0 - y)))
    np.testing.assert_allclose(north[middle], expected[middle], rtol=0.01)
    assert (elevations(found)[:, 27:46] == 0.0).all()
    assert (found["height_m"] == 20.0).all()
    assert found["own_structures"].item() == 1


def test_it_needs_no_height_of_the_building(hall):
    unknown = hall.assign(height_m=np.nan)
    zone = zones((shapely.box(-5, 10, 5, 15), 3.0))
    both = own(hall, zones=zone), own(unknown, zones=zone)
    np.testing.assert_allclose(elevations(both[0]), elevations(both[1]), atol=1e-5)
    assert both[1]["height_m"].isnull().all()
    assert both[1]["height_basis"].item() == "none"
    assert np.isnan(elevations(own(unknown))).all()
    assert (elevations(own(hall)) == 0.0).all()
    # Of others nothing is known by it.
    two = city([HALL, shapely.box(50, 0, 60, 10)], [np.nan, np.nan])
    found = own(two, zones=zone)
    assert not np.isnan(elevations(found)).any()
    assert np.isnan(elevations(found, 1)).all()


def test_zones_without_height_or_below_the_modules_hide_nothing(hall):
    low = zones((shapely.box(-5, 10, 5, 15), 0.3), (shapely.box(-5, -15, 5, -10), np.nan))
    found = own(hall, zones=low, clearance_m=0.4)
    assert (elevations(found) == 0.0).all()
    assert (elevations(own(hall, zones=low.drop(columns="height_m"))) == 0.0).all()
    beside = zones((shapely.box(40, 0, 50, 10), 9.0), building_id="n0")
    assert (elevations(own(hall, zones=beside)) == 0.0).all()
    assert (elevations(own(hall, zones=beside.assign(building_id="z"))) == 0.0).all()


def test_a_zone_on_a_slope_rises_from_its_middle():
    house = city([shapely.box(-10, -6, 10, 6)], [12.0])
    planes = pd.concat([roofs(house)] * 2, ignore_index=True).assign(
        plane_id=["n0/1", "n0/2"], roof_tilt=30.0, roof_azimuth=[180.0, 0.0], roof_form="gabled",
        geometry=[shapely.box(-10, -6, 10, 0), shapely.box(-10, 0, 10, 6)],
    )  # fmt: skip
    chimney = zones((shapely.box(-1, -4, 1, -2), 4.0))
    found = own_skylines(planes, house, Structures(zones=chimney))
    x, y, z = (found[f"{name}"].to_numpy()[0] for name in ("x_m", "y_m", "height_m"))
    # Its top is 4 m above the slope 3 m from the ridge.
    top = 12.0 - 3.0 * np.tan(np.radians(30.0)) + 4.0
    beside = (np.abs(y + 3.0) < 0.9) & (x > 1.0)
    expected = np.degrees(np.arctan((top - z) / (x - 1.0)))
    assert beside.any()
    np.testing.assert_allclose(elevations(found)[beside, 54], expected[beside], rtol=0.05)
    assert elevations(found, 1).max() > 5.0


def test_a_parapet_is_a_wall_at_the_outline(hall):
    found = own(hall, parapet_height_m=1.5, clearance_m=0.4)
    x, y = (found[name].to_numpy()[0] for name in ("x_m", "y_m"))
    for sector, away in ((0, 20.0 - y), (18, 30.0 - x), (36, 20.0 + y), (54, 30.0 + x)):
        expected = np.degrees(np.arctan(1.1 / away))
        np.testing.assert_allclose(elevations(found)[:, sector], expected, rtol=0.01)
    assert (elevations(own(hall, parapet_height_m=0.4, clearance_m=0.4)) == 0.0).all()
    sloping = roofs(hall).assign(roof_form="steel")
    assert (own_skylines(sloping, hall, Structures(parapet_height_m=1.5)).max() == 0.0)[
        "horizon_elevation"
    ]


def test_a_courtyard_has_its_parapet_and_planes_side_by_side_have_none():
    ring = HALL.difference(shapely.box(-10, -8, 10, 8))
    found = own(city([ring], [20.0]), parapet_height_m=1.0)
    x, y = (found[name].to_numpy()[0] for name in ("x_m", "y_m"))
    east = (x > 10.0) & (np.abs(y) < 7.0)
    expected = np.degrees(np.arctan(1.0 / (x - 10.0)))
    assert east.any()
    np.testing.assert_allclose(elevations(found)[east, 54], expected[east], rtol=0.01)
    hall = city([HALL], [20.0])
    halves = [shapely.box(-30, -20, 0.02, 20), shapely.box(0.05, -20, 30, 20)]
    planes = pd.concat([roofs(hall)] * 2, ignore_index=True).assign(
        plane_id=["n0/1", "n0/2"], geometry=halves
    )
    both = own_skylines(planes, hall, Structures(parapet_height_m=1.0))
    west = both["x_m"].to_numpy()[0]
    expected = np.degrees(np.arctan(1.0 / (30.0 - west)))
    np.testing.assert_allclose(elevations(both)[:, 18], expected, rtol=0.02)


def test_taller_parts_are_own_and_no_neighbours(hall):
    context = city([HALL, TOWER, shapely.box(-30, 40, 30, 60)], [20.0, 50.0, 30.0])
    mine = own(hall, context=context)
    others = neighbour_skylines(roofs(hall), hall, context)
    outside = ~((mine["x_m"] > 10.0) & (mine["y_m"] < 0.0)).to_numpy()[0]
    assert (elevations(mine)[:, 0][outside & (mine["x_m"].to_numpy()[0] < 9.0)] == 0.0).all()
    assert elevations(mine)[outside].max() > 50.0
    assert elevations(others)[:, 20:50].max() == 0.0
    assert elevations(others)[:, 0].min() > 5.0
    # The tower sees neither its podium nor itself.
    tower = city([TOWER], [50.0])
    assert (elevations(own(tower, context=context)) == 0.0).all()
    # How high a part is above a roof of unknown height is not known.
    unknown = context.assign(height_m=[np.nan, 50.0, 30.0])
    assert np.isnan(elevations(own(hall.assign(height_m=np.nan), context=unknown))).all()


def test_planes_without_outline_or_building(hall):
    planes = pd.concat([roofs(hall)] * 3, ignore_index=True).assign(
        plane_id=["a", "b", "c"], building_id=["n0", "n0", "z"]
    )
    planes.loc[1, "geometry"] = None
    known = Structures(zones=zones((TOWER, 3.0)), parapet_height_m=1.0)
    found = own_skylines(planes, hall, known)
    assert np.isnan(found["horizon_elevation"]).all(("point", "azimuth")).to_numpy().tolist() == [
        False, True, True,
    ]  # fmt: skip
    assert own_skylines(planes[:0], hall[:0], known).sizes["plane_id"] == 0


def test_a_reach_that_cannot_be(hall):
    with pytest.raises(InvalidConfig, match="reach_m"):
        own_skylines(roofs(hall), hall, Structures(), reach_m=0.0)


def given(context=None, zone=None, kept=None, **roof):
    assumed = from_values({f"roofs.{name}": value for name, value in roof.items()}, "test")
    return Surroundings(context=context, zones=zone, skylines=kept or {}), assumed


def made(buildings, *known):
    planes = roofs(buildings).assign(lon=106.37, lat=39.0)
    return skylines_by_source(planes, buildings, *known)


def test_own_is_a_source_where_there_is_anything_of_it(hall):
    context = city([HALL, TOWER], [20.0, 50.0])
    zone = zones((TOWER, 3.0))
    assert Surroundings().sources(Assumptions()) == ()
    assert Surroundings(zones=zone.assign(height_m=np.nan)).sources(Assumptions()) == ()
    assert list(made(hall, *given(zone=zone))) == ["own"]
    assert list(made(hall, *given(parapet_height_m=1.0))) == ["own"]
    both = made(hall, *given(context))
    assert list(both) == ["neighbours", "own"]
    assert elevations(both["neighbours"]).max() == 0.0 < elevations(both["own"]).max()


def test_own_is_used_again_where_it_rests_on_the_same(hall):
    context, zone = city([HALL, TOWER], [20.0, 50.0]), zones((shapely.box(-9, 9, 9, 19), 3.0))
    kept = made(hall, *given(context, zone))
    for again in (given(kept=kept), given(context, zone, kept), given(None, zone, kept)):
        assert made(hall, *again)["own"] is kept["own"]
    other = zone.assign(height_m=5.0)
    anew = made(hall, *given(context, other, kept))
    assert anew["neighbours"] is kept["neighbours"]
    assert elevations(anew["own"]).sum() > elevations(kept["own"]).sum()
    with pytest.raises(InvalidResult, match="--skylines, own"):
        made(hall, *given(None, other, kept))
    with pytest.raises(InvalidResult, match="--skylines, own"):
        made(hall, *given(context, None, kept, parapet_height_m=1.0))
