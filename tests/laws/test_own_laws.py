"""What must hold of structures on a building itself."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely
from skylinemaker import city, flat_planes, on_earth, seen

from roofpv.assessment import assess
from roofpv.assumptions import Assumptions, from_values
from roofpv.energy import shaded_energy, shading_losses
from roofpv.energy.skylines import running_skylines
from roofpv.shading import Structures, lit_fraction, neighbour_skylines, own_skylines, sky_view
from roofpv.sky import sun_and_sky
from roofpv.surroundings import Surroundings
from roofpv.weather import bundled_weather

ROOF = shapely.box(-20, -10, 20, 10)
PODIUM, TOWER = shapely.box(-40, -40, 40, 40), shapely.box(0, -40, 40, -10)
SPLIT = ["terrain_loss_fraction", "neighbours_loss_fraction", "own_loss_fraction"]


@pytest.fixture(scope="module")
def weather():
    return bundled_weather("dawukou")


@pytest.fixture(scope="module")
def sky(weather):
    return sun_and_sky(weather)


def zones(*given, building_id="n0"):
    shapes, heights = zip(*given, strict=True)
    table = {
        "zone_id": [f"z{i}" for i in range(len(shapes))], "building_id": building_id,
        "kind": "stair_head", "height_m": heights, "clear_m": 0.0,
        "source_row": np.arange(len(shapes)) + 2, "source_sheet": "",
    }  # fmt: skip
    return gpd.GeoDataFrame(table, geometry=on_earth(shapes), crs=4326)


def roofs(buildings):
    return flat_planes(buildings).assign(roof_form="flat")


def arrays(buildings):
    return roofs(buildings).assign(
        roof_form="flat", weather_site="dawukou", kwp=10.0, surface_tilt=20.0,
        surface_azimuth=180.0, lat=39.0, lon=106.37, altitude_m=np.nan,
    )  # fmt: skip


def town(seed=5, count=12):
    """A podium with its tower in the south-east and houses around, apart from the tower."""
    rng = np.random.default_rng(seed)
    shapes, heights = [PODIUM, TOWER], [12.0, 45.0]
    for azimuth in rng.uniform(190.0, 430.0, count):
        x, y = (110.0 * f(np.radians(azimuth)) for f in (np.sin, np.cos))
        shapes.append(shapely.box(x - 12, y - 12, x + 12, y + 12))
        heights.append(rng.uniform(10.0, 60.0))
    return city(shapes, heights, use="school")


def test_a_stair_head_in_the_north_takes_sky_and_one_in_the_south_beam(sky):
    house = city([shapely.box(-1.5, -15, 1.5, 15)], [15.0])
    sun = (90.0 - sky["apparent_zenith"].to_numpy()[0], sky["solar_azimuth"].to_numpy()[0])
    up = sun[0] > 0.0
    lit, view = {}, {}
    for place, spot in (("north", (-0.2, 14.6, 0.2, 15)), ("south", (-0.2, -15, 0.2, -14.6))):
        found = own_skylines(
            roofs(house), house, Structures(zones=zones((shapely.box(*spot), 3.0)))
        )
        assert (found["horizon_elevation"].max("azimuth") > 0.0).all()
        lit[place] = lit_fraction(found, *sun).to_numpy()[0][up]
        view[place] = sky_view(found, np.zeros(1), np.zeros(1)).item()
    assert (lit["north"] == 1.0).all()
    assert lit["south"].min() < 0.9
    assert view["north"] < 1.0 - 1e-4
    assert view["south"] == pytest.approx(view["north"], abs=1e-6)


def test_raising_it_never_adds_energy(sky):
    house = city([ROOF], [15.0])
    shapes = [shapely.box(-3, -9, 3, -6), shapely.box(8, 2, 12, 6), shapely.box(-19, 0, -15, 9)]
    planes, losses = arrays(house), []
    for more in (-3.0, 0.0, 0.3, 0.5, 1.0, 4.0, 30.0):
        mapped = zones(*((shape, max(2.0 + more, 0.0)) for shape in shapes))
        for parapet in (None, 0.4, 1.1):
            known = Structures(zones=mapped, parapet_height_m=parapet, clearance_m=0.4)
            found = own_skylines(roofs(house), house, known)
            losses.append(shading_losses(planes, sky, Assumptions(), {"own": found})["own_loss"][0])
    for column in np.array(losses).reshape(-1, 3).T:
        assert all(less <= more + 1e-15 for less, more in pairwise(column))
    for row in np.array(losses).reshape(-1, 3):
        assert all(less <= more + 1e-15 for less, more in pairwise(row))
    assert losses[0] == 0.0 < losses[-1]


def own_among(buildings, context, mapped=None):
    others = neighbour_skylines(roofs(buildings), buildings, context)
    parapet = None if mapped is None else 1.2
    known = Structures(context, others, mapped, parapet, 0.4)
    return own_skylines(roofs(buildings), buildings, known)


def test_order_and_chunks_change_no_bit():
    rng = np.random.default_rng(8)
    places = [(60.0 * (i % 5), 60.0 * (i // 5)) for i in range(20)]
    buildings = city(
        [shapely.affinity.translate(ROOF, *at) for at in places], rng.uniform(5, 40, 20)
    )
    shapes = [
        shapely.affinity.translate(shapely.box(-2, -2, 2, 2), x + dx, y + dy)
        for x, y in places
        for dx, dy in rng.uniform(-9, 9, (4, 2))
    ]
    mapped = zones(
        *((shape, height) for shape, height in zip(shapes, rng.uniform(0, 5, 80), strict=True)),
        building_id=[f"n{i // 4}" for i in range(80)],
    )
    whole = own_among(buildings, buildings, mapped)
    order = rng.permutation(20)
    mixed = buildings.iloc[order].reset_index(drop=True)
    found = own_among(mixed, mixed, mapped.sample(frac=1.0, random_state=3))
    assert found.sel(plane_id=whole["plane_id"].to_numpy()).identical(whole)
    for start in range(0, 20, 7):
        chunk = buildings.iloc[start : start + 7].reset_index(drop=True)
        part = own_among(chunk, buildings, mapped)
        names = part["plane_id"].to_numpy()
        assert part["horizon_elevation"].identical(whole["horizon_elevation"].sel(plane_id=names))


def test_the_split_of_a_town_adds_up_to_what_it_was_together(sky):
    buildings = town()
    planes = arrays(buildings)
    others = neighbour_skylines(roofs(buildings), buildings, buildings)
    own = own_skylines(roofs(buildings), buildings, Structures(buildings))
    both = np.maximum(others["horizon_elevation"], own["horizon_elevation"])
    together = others.assign(horizon_elevation=both)
    joint = running_skylines([others, own], planes["plane_id"])[-1]
    np.testing.assert_array_equal(joint.elevation, both.to_numpy().reshape(-1, 72))
    split = shaded_energy(planes, sky, Assumptions(), {"neighbours": others, "own": own})
    whole = shading_losses(planes, sky, Assumptions(), {"neighbours": together})
    total = split.losses["shading_loss_fraction"]
    np.testing.assert_allclose(total, whole["shading_loss_fraction"], rtol=0.0, atol=1e-12)
    assert split.losses["own_loss"][0] > 0.01
    assert (split.losses["own_loss"][1:] == 0.0).all()
    assert split.losses["neighbours_loss"][0] > 0.01


def test_both_skylines_together_are_that_of_one_city():
    """A part stated as a building beside the roof hides what it hides as its own part."""
    rng = np.random.default_rng(4)
    around = [
        shapely.affinity.translate(shapely.box(-8, -8, 8, 8), 45.0 * x, 45.0 * y)
        for x in range(-2, 3)
        for y in range(-2, 3)
        if (x, y) != (0, 0)
    ]
    heights = rng.uniform(20.0, 60.0, len(around))
    tower, hall = shapely.box(-14, -9, -11, -3), shapely.box(-15, -10, 15, 10)
    buildings = city([hall, *around, tower], [15.0, *heights, 40.0])
    own = buildings[:1]
    alone = neighbour_skylines(roofs(own), own, buildings)
    found = own_skylines(roofs(own), own, Structures(buildings, alone))
    joint = np.maximum(alone["horizon_elevation"], found["horizon_elevation"]).to_numpy()[0]
    by_itself = own_skylines(roofs(own), own, Structures(buildings))
    assert found["alone_elevation"].equals(by_itself["horizon_elevation"])
    assert (found["horizon_elevation"] >= found["alone_elevation"]).all()
    for number, (x, y) in enumerate(alone[["x_m", "y_m"]].to_array().to_numpy()[:, 0].T):
        moved = [shapely.affinity.translate(shape, -x, -y) for shape in (*around, tower)]
        expected = seen(moved, np.append(heights, 40.0), z=15.0, reach_m=200.0)
        np.testing.assert_allclose(joint[number], expected, atol=1e-3)


def test_same_points_stay_the_same_after_a_horizon(sky):
    buildings = town()
    planes = arrays(buildings)
    others = neighbour_skylines(roofs(buildings), buildings, buildings)
    own = own_skylines(roofs(buildings), buildings, Structures(buildings))
    hills = others.isel(point=0, drop=True)[["horizon_elevation"]] * 0.0 + 2.0
    joint = running_skylines([hills, others, own], planes["plane_id"])[-1]
    expected = np.maximum(others["horizon_elevation"], own["horizon_elevation"]).to_numpy()
    np.testing.assert_array_equal(joint.elevation, np.maximum(expected, 2.0).reshape(-1, 72))
    # Other points are joined by rank, as ever.
    moved = own.assign(x_m=own["x_m"] + 0.1)
    ranked = running_skylines([others, moved], planes["plane_id"])[-1]
    first = ranked.elevation[ranked.members[: ranked.starts[1]]]
    assert (np.diff(first, axis=0) >= 0.0).all()


def test_losses_of_an_assessment_add_up(weather):
    buildings = town()
    mapped = zones((shapely.box(-30, -30, -20, -20), 4.0), (shapely.box(-30, 20, -20, 30), 4.0))
    assumed = from_values({"roofs.parapet_height_m": 0.9}, "test")
    run = {
        name: assess(buildings, weather, rules=[], surroundings=around, **options)
        for name, around, options in (
            ("open", None, {}),
            ("around", Surroundings(buildings), {}),
            ("zones", None, {"zones": mapped}),
            ("all", Surroundings(buildings), {"zones": mapped, "assumptions": assumed}),
        )
    }
    assert not run["open"].skylines
    assert list(run["zones"].skylines) == ["own"]
    assert run["around"].run["shading"]["sources"] == ["neighbours", "own"]
    for name in ("around", "zones", "all"):
        planes = run[name].planes
        parts = planes[[column for column in SPLIT if column in planes]].sum(axis=1)
        np.testing.assert_allclose(parts, planes["shading_loss_fraction"], rtol=0.0, atol=1e-12)
        assert (planes["own_loss_fraction"] >= 0.0).all()
    losses = {name: one.planes["own_loss_fraction"].to_numpy() for name, one in run.items()
              if name != "open"}  # fmt: skip
    assert losses["zones"][0] > 0.0
    assert (losses["zones"][1:] == 0.0).all()
    assert (losses["all"] > 0.0).all()
    assert losses["around"][0] > 0.0


def test_zones_that_are_used_again_are_not_cast_again(weather):
    mapped = zones((shapely.box(-30, -30, -20, -20), 4.0))
    first = assess(town(), weather, rules=[], zones=mapped)
    kept = Surroundings(skylines=first.skylines)
    again = assess(town(), weather, rules=[], zones=mapped, surroundings=kept)
    assert again.skylines["own"] is first.skylines["own"]
    assert again.buildings.equals(first.buildings)
    higher = assess(
        town(), weather, rules=[], zones=mapped.assign(height_m=9.0),
        surroundings=kept,
    )  # fmt: skip
    assert higher.planes["own_loss_fraction"][0] > first.planes["own_loss_fraction"][0]
