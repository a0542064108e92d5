"""What holds for rows that shade each other, and rays traced through them one by one."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from roofpv.assumptions import TRANSPOSITIONS, from_values
from roofpv.energy import simulate, simulate_hourly
from roofpv.energy.rows import row_kernels, row_parameters
from roofpv.energy.simulate import plane_kernels as k
from roofpv.sky import sun_and_sky
from roofpv.verify.rows import row_light, some_rows
from roofpv.weather import bundled_weather

GCRS = (1.0, 0.95, 0.8, 0.6, 0.4, 0.2, 0.1, 0.05)
ENERGIES = ["poa_kwh_per_m2", "dc_kwh", "ac_kwh"]
COLUMNS = ["row_kind", "gcr", "roof_tilt", "roof_azimuth"]


@pytest.fixture(scope="module")
def sky():
    return sun_and_sky(bundled_weather("dawukou"))


def months(planes, sky, shading="beam_diffuse", model="haydavies"):
    assumed = from_values({"shading.rows": shading, "models.transposition": model}, "test")
    energy = simulate(planes, sky, assumed)
    return np.stack([energy[name].to_numpy() for name in ENERGIES])


@pytest.mark.parametrize("model", TRANSPOSITIONS)
def test_rows_not_counted_are_no_rows_to_the_last_bit(sky, model):
    planes = some_rows()
    lone = months(planes.drop(columns=COLUMNS), sky, model=model)
    one_side = (planes["row_kind"] != "domes").to_numpy()
    counted = months(planes, sky, "none", model)[:, one_side]
    assert counted.tobytes() == lone[:, one_side].tobytes()
    flush = planes.assign(row_kind="none")
    assert months(flush, sky, "beam_diffuse", model).tobytes() == lone.tobytes()


def test_planes_without_rows_do_not_see_those_that_have_them(sky):
    planes = some_rows()
    mixed = months(planes, sky)
    lone = (planes["row_kind"] == "none").to_numpy()
    assert mixed[:, lone].tobytes() == months(planes[lone], sky).tobytes()
    assert mixed[:, ~lone].tobytes() == months(planes[~lone], sky).tobytes()


@pytest.mark.parametrize("model", TRANSPOSITIONS)
@pytest.mark.parametrize("shading", ["beam", "beam_diffuse"])
def test_no_hour_gains_by_rows(sky, model, shading):
    planes = some_rows()
    light = []
    for way in (shading, "none"):
        assumed = from_values({"shading.rows": way, "models.transposition": model}, "test")
        _, hours = next(simulate_hourly(planes, sky, assumed))
        light.append(hours[["poa_global", "ac_kw"]].to_array().to_numpy())
    assert (light[0] <= light[1] + 1e-9).all()
    assert (light[0].sum(axis=2) < light[1].sum(axis=2))[:, :2].all()


@pytest.mark.parametrize("shading", ["beam", "beam_diffuse"])
@pytest.mark.parametrize("model", TRANSPOSITIONS)
def test_a_larger_pitch_never_loses_more(sky, model, shading):
    steps = [months(_spaced(gcr), sky, shading, model) for gcr in GCRS]
    for near, far in pairwise(steps):
        assert (near <= far * (1.0 + 1e-13)).all()


def _spaced(gcr):
    return some_rows().assign(gcr=gcr)


@pytest.mark.parametrize("model", TRANSPOSITIONS)
def test_rows_far_apart_are_alone(sky, model):
    far = months(_spaced(1e-9), sky, "beam_diffuse", model)
    lone = months(some_rows(), sky, "none", model)
    level = (some_rows()["roof_tilt"] == 0.0).to_numpy()
    assert far[:, level] == pytest.approx(lone[:, level], rel=1e-7)
    # On a slope the roof itself still hides a sun that stands below it.
    assert (far[:, ~level] <= lone[:, ~level] * (1.0 + 1e-7)).all()


def test_beam_only_leaves_sky_and_ground(sky):
    cloudy = sky.assign(dni=0.0 * sky["dni"], ghi=sky["dhi"])
    planes, even = some_rows(), "isotropic"
    beam, none = (months(planes, cloudy, way, even) for way in ("beam", "none"))
    assert beam == pytest.approx(none, rel=1e-12)
    assert (months(planes, cloudy, "beam_diffuse", even)[0, :2] < none[0, :2]).all()


def test_hours_of_rows_add_up_to_their_months(sky):
    planes, month = some_rows(), sky["month"].to_numpy()
    _, hours = next(simulate_hourly(planes, sky, from_values({}, "test")))
    values = hours["ac_kw"].to_numpy()
    sums = np.stack([values[:, month == m].sum(axis=1) for m in range(1, 13)], axis=1)
    assert sums == pytest.approx(months(planes, sky)[2], rel=1e-11)


def test_turning_roof_rows_and_sky_together_changes_nothing(sky):
    planes, angle = some_rows(), 33.0
    turned = planes.assign(
        surface_azimuth=planes["surface_azimuth"] + angle,
        roof_azimuth=planes["roof_azimuth"] + angle,
    )
    moved = sky.assign(solar_azimuth=(sky["solar_azimuth"] + angle) % 360.0)
    assert months(turned, moved) == pytest.approx(months(planes, sky), rel=1e-10)


def test_racks_at_the_no_shadow_pitch_lose_no_beam_at_the_hours_of_the_rule():
    tilt, latitude = 15.0, 39.0
    beta, slope = np.radians(tilt), np.tan(np.radians(latitude))
    ratio = (0.707 * slope + 0.4338) / (0.707 - 0.4338 * slope)
    gcr = 1.0 / (np.cos(beta) + np.sin(beta) * ratio)
    # 45 degrees of hour angle at winter solstice, and half an hour before it.
    for hour, shaded in ((45.0, False), (52.5, True)):
        share = row_kernels.shaded_fraction1d(
            *_sun(latitude, -23.45, hour), 90.0, tilt, gcr, 1.0, 0.0, 0.0, 0.0, tilt
        )
        assert (share > 1e-3) == shaded


def _sun(latitude, declination, hour):
    phi, delta, turn = np.radians([latitude, declination, hour])
    up = np.sin(phi) * np.sin(delta) + np.cos(phi) * np.cos(delta) * np.cos(turn)
    north = np.cos(phi) * np.sin(delta) - np.sin(phi) * np.cos(delta) * np.cos(turn)
    west = np.cos(delta) * np.sin(turn)
    return float(np.degrees(np.arccos(up))), float(np.degrees(np.arctan2(-west, north)) % 360.0)


def profile(kind, tilt, cover, roof):
    """Segments (x0, z0, x1, z1) of 81 rows, the first at 0, and their roof; x toward the south."""
    beta, sigma = np.radians(tilt), np.radians(roof)
    length = cover / 2.0 if kind == "domes" else cover
    dx, dz = length * np.cos(beta), length * np.sin(beta)
    along = np.array([np.cos(sigma), -np.sin(sigma)])
    segments = []
    for n in (0, *range(-40, 0), *range(1, 41)):
        foot_x, foot_z = n * along
        top = foot_x - dx, foot_z + dz
        segments.append((foot_x, foot_z, *top))
        if kind == "domes":
            segments.append((*top, foot_x - 2.0 * dx, foot_z))
    start, end = -50.0 * along, 50.0 * along
    segments.append((start[0], start[1] - 1e-9, end[0], end[1] - 1e-9))
    return np.array(segments), (dx, dz)


def traced(kind, tilt, cover, roof, sun):
    """Share of the row at 0 that sees a sun of that elevation in the plane across the rows."""
    segments, (dx, dz) = profile(kind, tilt, cover, roof)
    others = segments[1:]
    share = (np.arange(2000) + 0.5) / 2000
    x, z = -dx * share[:, None], dz * share[:, None]
    ux, uz = np.cos(np.radians(sun)), np.sin(np.radians(sun))
    x0, z0, x1, z1 = others.T
    ex, ez = x1 - x0, z1 - z0
    with np.errstate(divide="ignore", invalid="ignore"):
        cross = ux * ez - uz * ex
        ahead = ((x0 - x) * ez - (z0 - z) * ex) / cross
        on = ((x0 - x) * uz - (z0 - z) * ux) / cross
    hit = (ahead > 1e-9) & (on > 1e-9) & (on < 1.0 - 1e-9)
    return float((~hit.any(axis=1)).mean())


CASES = [
    ("racks", 15.0, 0.6, 0.0), ("racks", 35.0, 0.8, 0.0), ("racks", 90.0, 0.5, 0.0),
    ("racks", 30.0, 0.7, 10.0), ("racks", 25.0, 0.5, -8.0), ("domes", 10.0, 0.95, 0.0),
    ("domes", 30.0, 1.1, 0.0), ("domes", 30.0, 0.4, 0.0),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "tilt", "cover", "roof"), CASES)
@pytest.mark.parametrize("sun", [1.0, 4.0, 9.0, 14.0, 25.0, 50.0, 89.0, 120.0, 140.0])
def test_rays_traced_through_rows_agree(kind, tilt, cover, roof, sun):
    # Toward the south, the roof falling that way; a sun beyond 90 degrees stands in the north.
    row = {
        "surface_tilt": tilt, "surface_azimuth": 180.0, "gcr": cover, "row_kind": kind,
        "roof_tilt": abs(roof), "roof_azimuth": 180.0 if roof >= 0 else 0.0,
    }  # fmt: skip
    plane = np.zeros(20)
    plane[[k.TILT, k.AZIMUTH]] = tilt, 180.0
    plane[k.ROWS :] = row_parameters(pd.DataFrame([row]), "beam_diffuse")[0]
    hours = np.zeros((13, 1))
    hours[k.SUN_NORTH], hours[k.SUN_UP] = -np.cos(np.radians(sun)), np.sin(np.radians(sun))
    hours[k.DNI] = 1000.0
    cos_aoi, beam, _, _ = row_light(hours, plane)[:, 0]
    if cos_aoi <= 0.0:
        assert beam == 0.0
        return
    lit = beam / 1000.0 / cos_aoi
    assert lit == pytest.approx(traced(kind, tilt, cover, roof, sun), abs=1e-3)


@pytest.mark.parametrize("sun", [2.0, 6.0, 9.0, 20.0, 60.0])
@pytest.mark.parametrize(("tilt", "cover"), [(10.0, 0.95), (30.0, 1.1), (20.0, 0.5)])
def test_either_side_of_a_dome_is_a_row_before_one_that_leans_the_other_way(tilt, cover, sun):
    length = cover / 2.0
    apart = 1.0 - length * np.cos(np.radians(tilt))
    share = row_kernels.shaded_fraction1d(
        90.0 - sun, 90.0, 0.0, tilt, length, apart, 0.0, 0.0, 0.0, -tilt
    )
    facing = np.sin(np.radians(sun + tilt))
    assert 1.0 - share == pytest.approx(min(1.0, np.sin(np.radians(sun)) / (length * facing)))


@pytest.mark.parametrize("kind", ["racks", "domes"])
@pytest.mark.parametrize("sun", [3.0, 12.0, 40.0, 90.0])
def test_the_beam_over_a_pitch_falls_on_the_row_or_on_the_ground(kind, sun):
    """Nothing is lost or won between the sky and what lies under it."""
    tilt, cover = 20.0, 0.9
    row = {
        "surface_tilt": tilt, "surface_azimuth": 180.0, "gcr": cover, "row_kind": kind,
        "roof_tilt": 0.0, "roof_azimuth": 180.0,
    }  # fmt: skip
    plane = np.zeros(20)
    plane[[k.TILT, k.AZIMUTH, k.ALBEDO]] = tilt, 180.0, 1.0
    plane[k.ROWS :] = row_parameters(pd.DataFrame([row]), "beam_diffuse")[0]
    up = np.sin(np.radians(sun))
    hours = np.zeros((13, 1))
    hours[k.SUN_NORTH], hours[k.SUN_UP] = -np.cos(np.radians(sun)), up
    hours[k.DNI], hours[k.GROUND_BEAM] = 1.0, 1.0
    normal = k.normal_vector(plane)
    _, beam, _, ground = row_light(hours, plane)[:, 0]
    view = 0.5 * (1.0 - normal[2]) * plane[k.GROUND_SHARE]
    far = np.maximum(np.sin(np.radians(sun - tilt)), 0.0) if kind == "domes" else 0.0
    length = plane[k.ROW_COVER]
    open_share = 1.0 / plane[k.GAP]
    caught = length * (beam + far) + ground / view * open_share
    assert caught == pytest.approx(up, rel=1e-12)
