"""Kernels against their twins, and what no twin can tell: NaN, threads, order, chunks."""

from __future__ import annotations

import math

import numba
import numpy as np
import pandas as pd
import pytest

from roofpv.energy.covers import inverter_curve
from roofpv.energy.rows import row_parameters
from roofpv.energy.simulate import heating_kernels
from roofpv.energy.simulate import plane_kernels as k
from roofpv.energy.simulate import sky_kernels as s
from roofpv.verify import COMPARISONS, Comparison, carry_out, relative

SPANS, HOURS = 3, 40
IAMS = (k.IAM_NONE, k.IAM_PHYSICAL, k.IAM_MARTIN_RUIZ, k.IAM_COATED)
LIGHT = range(11)
ROW_FACTORS = range(k.ROOF_EAST, k.GAP + 1)
CHAIN = np.array([0.0, 0.0, *inverter_curve("pvwatts", 0.96)])
SHADED_ONLY = (k.GROUND_DIFFUSE, k.GROUND_BEAM)
HEAT_ONLY = (k.TEMP_AIR, k.HEATING, k.SPECTRUM)
ROW_TWINS = (
    "shaded_fraction1d projected_solar_zenith_angle masking_angle passias sky ground beam haydavies"
)
TWINS = "physical martin_ruiz sapm_cell faiman pvsyst_cell pvwatts_dc inverter_ac isotropic"


@pytest.fixture(autouse=True)
def all_threads():
    yield
    numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)


@pytest.fixture
def hours():
    """Sunlit hours of three spans, some of them grazing, overcast or without any light."""
    rng = np.random.default_rng(7)
    count = SPANS * HOURS
    zenith, azimuth = np.radians(rng.uniform(5, 91, count)), np.radians(rng.uniform(60, 300, count))
    table = np.empty((13, count))
    table[k.SUN_EAST] = np.sin(zenith) * np.sin(azimuth)
    table[k.SUN_NORTH] = np.sin(zenith) * np.cos(azimuth)
    table[k.SUN_UP] = np.cos(zenith)
    table[k.DNI] = rng.uniform(0, 900, count)
    table[k.GHI] = rng.uniform(0, 1000, count)
    table[k.ISOTROPIC] = rng.uniform(0, 300, count)
    table[k.CIRCUMSOLAR] = rng.uniform(0, 200, count)
    table[k.HORIZON] = rng.uniform(-20, 40, count)
    table[k.TEMP_AIR] = rng.uniform(-25, 40, count)
    table[k.HEATING] = rng.uniform(0.01, 0.05, count)
    table[k.SPECTRUM] = rng.uniform(0.95, 1.02, count)
    table[k.GROUND_DIFFUSE] = rng.uniform(0, 300, count)
    table[k.GROUND_BEAM] = rng.uniform(0, 900, count)
    table[k.DNI : k.HORIZON + 1, ::9] = 0.0
    table[k.GROUND_DIFFUSE :, ::9] = 0.0
    return table


@pytest.fixture
def bounds():
    return np.arange(0, SPANS * HOURS + 1, HOURS, dtype=np.int64)


@pytest.fixture
def planes():
    rng = np.random.default_rng(11)
    table = np.zeros((23, 20))
    table[:, k.TILT] = np.concatenate([[0.0, 90.0, 15.0], rng.uniform(0, 90, 20)])
    table[:, k.AZIMUTH] = rng.uniform(0, 360, 23)
    table[:, k.ALBEDO] = 0.2
    table[:, k.GAMMA_PDC] = -0.0035
    table[:, k.DC_FACTOR] = 0.86
    table[:, k.DC_AC_RATIO] = 1.2
    table[:, k.INVERTER_EFFICIENCY] = 0.96
    table[:, k.IAM_SKY], table[:, k.IAM_GROUND] = 0.97, 0.9
    table[:, k.TEMP_OFFSET] = rng.uniform(-20, 20, 23)
    return table


@pytest.fixture
def shaded(planes):
    """The same planes in rows, racks and domes by turns."""
    rows = pd.DataFrame(
        {
            "surface_tilt": planes[:, k.TILT],
            "surface_azimuth": planes[:, k.AZIMUTH],
            "gcr": np.linspace(0.05, 0.95, len(planes)),
            "roof_tilt": np.linspace(0.0, 20.0, len(planes)),
            "roof_azimuth": 150.0,
            "row_kind": np.resize(["racks", "domes"], len(planes)),
        }
    )
    table = planes.copy()
    table[:, k.ROWS :] = row_parameters(rows, "beam_diffuse")
    return table


def sums(hours, bounds, planes, iam=k.IAM_PHYSICAL):
    out = np.full((3, len(planes), len(bounds) - 1), -1.0)
    kernel = k.simulate_sums_rows if (planes[:, k.ROWS] == k.SHADED).any() else k.simulate_sums
    kernel(hours, bounds, planes, iam, CHAIN, np.empty((0, hours.shape[1])), out)
    return out


def by_hour(hours, planes, iam=k.IAM_PHYSICAL):
    out = np.full((3, len(planes), hours.shape[1]), -1.0)
    k.simulate_hours(hours, planes, iam, CHAIN, out)
    return out


@pytest.mark.parametrize("comparison", COMPARISONS, ids=lambda one: one.name)
def test_twin_agrees(comparison):
    assert comparison.measure() <= comparison.bar


def test_every_published_model_has_a_twin_in_the_table():
    told = " ".join(one.name for one in COMPARISONS)
    assert [name for name in (*TWINS.split(), "haydavies", "perez") if name not in told] == []
    rows = " ".join(one.name for one in COMPARISONS if one.name.startswith("rows: "))
    assert [name for name in ROW_TWINS.split() if name not in rows] == []


@pytest.mark.parametrize(("figure", "passed"), [(0.5, True), (1.0, True), (1.1, False)])
def test_an_outcome_is_judged_by_its_bar(figure, passed):
    (outcome,) = carry_out((Comparison("a", "b", 1.0, "1", lambda: figure),))
    assert outcome.passed is passed


def test_nan_never_passes():
    (outcome,) = carry_out((Comparison("a", "b", 1.0, "1", lambda: math.nan),))
    assert not outcome.passed
    assert relative([math.nan], [1.0]) == math.inf
    assert relative([1.0], [math.nan]) == math.inf
    assert relative([math.nan, 2.0], [math.nan, 1.0]) == 1.0


@pytest.mark.parametrize("iam", IAMS)
@pytest.mark.parametrize("row", LIGHT)
def test_a_missing_hour_empties_its_span_and_no_other(hours, bounds, planes, row, iam):
    whole = sums(hours, bounds, planes, iam)
    hours[row, HOURS + 5] = np.nan
    holed = sums(hours, bounds, planes, iam)
    first = 1 if row in HEAT_ONLY else 0
    assert np.isnan(holed[first:, :, 1]).all()
    assert np.array_equal(holed[:first, :, 1], whole[:first, :, 1])
    assert np.array_equal(holed[:, :, [0, 2]], whole[:, :, [0, 2]])


@pytest.mark.parametrize("iam", IAMS)
@pytest.mark.parametrize("row", LIGHT)
def test_a_missing_hour_is_missing_by_the_hour(hours, planes, row, iam):
    whole = by_hour(hours, planes, iam)
    hours[row, 5] = np.nan
    holed = by_hour(hours, planes, iam)
    first = 1 if row in HEAT_ONLY else 0
    assert np.isnan(holed[first:, :, 5]).all()
    rest = np.arange(hours.shape[1]) != 5
    assert np.array_equal(holed[:, :, rest], whole[:, :, rest])


@pytest.mark.parametrize("iam", IAMS)
@pytest.mark.parametrize("row", [row for row in range(13) if row != k.GHI])
def test_a_missing_hour_empties_its_span_of_rows_too(hours, bounds, shaded, row, iam):
    whole = sums(hours, bounds, shaded, iam), by_hour(hours, shaded, iam)
    hours[row, HOURS + 5] = np.nan
    holed = sums(hours, bounds, shaded, iam), by_hour(hours, shaded, iam)
    # Neither a level array nor one in domes that touch sees any ground.
    sees = shaded[:, k.TILT] > 0.0 if row in SHADED_ONLY else np.full(len(shaded), True)
    first = 1 if row in HEAT_ONLY else 0
    assert np.isnan(holed[0][first:, sees, 1]).all()
    assert np.isnan(holed[1][first:, sees, HOURS + 5]).all()
    assert np.array_equal(holed[0][:, :, [0, 2]], whole[0][:, :, [0, 2]])


@pytest.mark.parametrize("column", ROW_FACTORS)
def test_a_missing_row_factor_empties_its_plane_and_no_other(hours, bounds, shaded, column):
    whole = sums(hours, bounds, shaded)
    shaded[4, column] = np.nan
    holed = sums(hours, bounds, shaded)
    assert np.isnan(holed[2, 4]).all()
    others = np.arange(len(shaded)) != 4
    assert np.array_equal(holed[:, others], whole[:, others])


@pytest.mark.parametrize("iam", IAMS)
def test_rows_depend_on_no_threads_order_or_hours(hours, bounds, shaded, iam):
    whole, order = sums(hours, bounds, shaded, iam), np.arange(len(shaded))[::-1]
    numba.set_num_threads(1)
    assert sums(hours, bounds, shaded, iam).tobytes() == whole.tobytes()
    assert np.array_equal(sums(hours, bounds, shaded[order].copy(), iam), whole[:, order])
    added = np.add.reduceat(by_hour(hours, shaded, iam), bounds[:-1], axis=2)
    assert relative(added, whole) < 1e-13


@pytest.mark.parametrize("column", [*range(7), k.TEMP_OFFSET])
def test_a_missing_parameter_empties_its_plane_and_no_other(hours, bounds, planes, column):
    whole = sums(hours, bounds, planes)
    planes[4, column] = np.nan
    holed = sums(hours, bounds, planes)
    assert np.isnan(holed[2, 4]).all()
    others = np.arange(len(planes)) != 4
    assert np.array_equal(holed[:, others], whole[:, others])


@pytest.mark.parametrize(
    "value",
    [
        lambda: k.at_least(math.nan, 0.0),
        lambda: k.at_most(math.nan, 0.0),
        lambda: k.physical(math.nan),
        lambda: k.martin_ruiz(math.nan),
        lambda: heating_kernels.sapm_cell(math.nan, -2.98, -0.0471, 1.0),
        lambda: heating_kernels.faiman(math.nan, 25.0, 6.84),
        lambda: heating_kernels.pvsyst_cell(math.nan, 29.0, 1.0, 0.1, 0.9),
        lambda: k.pvwatts_dc(math.nan, 25.0, -0.0035, 0.004),
        lambda: k.pvwatts_dc(800.0, math.nan, -0.0035, 0.004),
        lambda: k.inverter_ac(math.nan, 0.8, 0.83, CHAIN),
        lambda: s.isotropic(math.nan)[0],
    ],
)
def test_nan_in_nan_out_of_scalar_kernels(value):
    assert math.isnan(value())


@pytest.mark.parametrize("model", [s.ISOTROPIC, s.HAYDAVIES, s.PEREZ])
@pytest.mark.parametrize("missing", [0, 1])
def test_a_missing_beam_or_diffuse_hour_empties_the_sky(model, missing):
    irradiance = np.array([[500.0, 600.0], [100.0, 90.0], [1380.0, 1380.0]])
    irradiance[missing, 0] = np.nan
    out = np.zeros((3, 2))
    s.sky_components(model, irradiance, np.array([40.0, 50.0]), np.array([1.3, 1.5]), out)
    assert np.isnan(out[:, 0]).all()
    assert not np.isnan(out[:, 1]).any()


@pytest.mark.parametrize("model", [s.HAYDAVIES, s.PEREZ])
@pytest.mark.parametrize("missing", ["dni_extra", "zenith"])
def test_a_missing_sun_empties_the_sky(model, missing):
    extra = math.nan if missing == "dni_extra" else 1380.0
    zenith = np.array([math.nan if missing == "zenith" else 40.0])
    out = np.zeros((3, 1))
    s.sky_components(model, np.array([[500.0], [100.0], [extra]]), zenith, np.array([1.3]), out)
    assert np.isnan(out.sum())


@pytest.mark.parametrize("iam", IAMS)
def test_thread_count_changes_no_bit(hours, bounds, planes, iam):
    numba.set_num_threads(1)
    alone = sums(hours, bounds, planes, iam), by_hour(hours, planes, iam)
    numba.set_num_threads(min(2, numba.config.NUMBA_NUM_THREADS))
    together = sums(hours, bounds, planes, iam), by_hour(hours, planes, iam)
    assert [one.tobytes() for one in alone] == [one.tobytes() for one in together]


def test_thread_count_changes_no_bit_of_the_sky():
    rng = np.random.default_rng(3)
    sky = rng.uniform([[0.0], [0.0], [1320.0]], [[900.0], [300.0], [1410.0]], (3, 500))
    zenith, outs = rng.uniform(0, 95, 500), []
    for threads in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
        numba.set_num_threads(threads)
        out = np.empty((3, 500))
        s.sky_components(s.PEREZ, sky, zenith, 1.0 + zenith / 40.0, out)
        outs.append(out.tobytes())
    assert outs[0] == outs[1]


def test_order_of_planes_changes_no_bit(hours, bounds, planes):
    order = np.random.default_rng(5).permutation(len(planes))
    whole, mixed = sums(hours, bounds, planes), sums(hours, bounds, planes[order])
    assert mixed.tobytes() == np.ascontiguousarray(whole[:, order]).tobytes()


@pytest.mark.parametrize("chunk", [1, 4, 22])
def test_chunks_of_planes_change_no_bit(hours, bounds, planes, chunk):
    whole, starts = sums(hours, bounds, planes), range(0, len(planes), chunk)
    parts = [sums(hours, bounds, planes[start : start + chunk]) for start in starts]
    assert np.concatenate(parts, axis=1).tobytes() == whole.tobytes()


@pytest.mark.parametrize("iam", IAMS)
def test_hours_add_up_to_the_sums(hours, bounds, planes, iam):
    added = np.add.reduceat(by_hour(hours, planes, iam), bounds[:-1], axis=2)
    assert relative(added, sums(hours, bounds, planes, iam)) < 1e-13


@pytest.mark.parametrize("iam", IAMS)
@pytest.mark.parametrize("offset", [-12.5, 0.0, 3.25])
def test_an_offset_is_that_much_warmer_air(hours, bounds, planes, iam, offset):
    planes[:, k.TEMP_OFFSET] = offset
    moved = sums(hours, bounds, planes, iam)
    planes[:, k.TEMP_OFFSET] = 0.0
    hours[k.TEMP_AIR] += offset
    assert relative(moved, sums(hours, bounds, planes, iam)) < 1e-13


def test_an_empty_span_is_zero(hours, planes):
    out = sums(hours, np.array([0, 0, HOURS, HOURS], dtype=np.int64), planes)
    assert (out[:, :, [0, 2]] == 0.0).all()
    assert (out[0, :, 1] > 0.0).all()


def test_no_planes_and_no_hours_are_no_fault(hours, bounds, planes):
    assert sums(hours, bounds, planes[:0]).shape == (3, 0, SPANS)
    assert by_hour(hours[:, :0].copy(), planes).shape == (3, len(planes), 0)


def test_arrays_that_face_alike_get_what_each_gets_alone(hours, bounds, shaded):
    many = np.ascontiguousarray(shaded[np.resize(np.arange(len(shaded)), 300)])
    many[:270, [k.TILT, k.AZIMUTH]] = many[0, [k.TILT, k.AZIMUTH]]
    together = sums(hours, bounds, many)
    for p in (0, 1, 22, 255, 256, 269, 270, 299):
        assert sums(hours, bounds, many[p : p + 1]).tobytes() == together[:, [p]].tobytes()
