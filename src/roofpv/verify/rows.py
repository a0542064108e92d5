"""Rows that shade each other, against pvlib.shading, its infinite sheds, and pvlib by the hour."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pvlib
import xarray as xr
from pvlib.bifacial import infinite_sheds, utils

from roofpv.assumptions import TRANSPOSITIONS, Assumptions, from_values
from roofpv.energy import simulate
from roofpv.energy.behindrows import Rows
from roofpv.energy.hourly import Plane, sides_of, simulate_hours
from roofpv.energy.rows import row_kernels, row_parameters
from roofpv.energy.simulate import plane_kernels, sky_kernels
from roofpv.verify.distance import relative

_TILTS = (0.0, 1.0, 10.0, 15.0, 35.0, 60.0, 90.0)
_GCRS = (0.05, 0.3, 0.589, 0.8, 0.95)
# High and low suns, before and behind the rows.
_ZENITHS = (0.0, 20.0, 50.0, 75.0, 85.0, 87.0, 89.0, 89.9)
_AZIMUTHS = (0.0, 60.0, 90.5, 130.0, 180.0, 240.0, 300.0)
_SET = (90.5, 93.0, 95.0)
_DIRECT, _SKY, _GROUND = range(3)


def _suns(zeniths: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    grid = np.array(list(itertools.product(zeniths, _AZIMUTHS)))
    return grid[:, 0], grid[:, 1]


def shaded_share() -> float:
    """Level, sloped and leaning axes, rows that differ, an axis before the surface, low suns."""
    worst = 0.0
    zenith, azimuth = _suns(_ZENITHS + _SET)
    rows = itertools.product((0.0, 10.0), (0.0, 0.05), (-6.0, 0.0, 7.0), (30.0, 50.0))
    for tilt, offset, slope, other in rows:
        for axis, rotation, pitch in ((90.0, 30.0, 3.0), (180.0, -20.0, 2.2), (17.0, 64.0, 2.5)):
            twin = pvlib.shading.shaded_fraction1d(
                zenith, azimuth, axis, rotation, collector_width=2.0, pitch=pitch, axis_tilt=tilt,
                surface_to_axis_offset=offset, cross_axis_slope=slope, shading_row_rotation=other,
            )  # fmt: skip
            got = [
                row_kernels.shaded_fraction1d(
                    z, a, axis, rotation, 2.0, pitch, tilt, offset, slope, other
                )
                for z, a in zip(zenith, azimuth, strict=True)
            ]
            worst = max(worst, relative(got, twin))
    return worst


def projected_angle() -> float:
    """Zenith angle along the axis; 180 and -180 are one."""
    zenith, azimuth = _suns(_ZENITHS + _SET)
    worst = 0.0
    for tilt, axis in itertools.product((0.0, 10.0, -5.0), (0.0, 90.0, 213.0)):
        twin = pvlib.shading.projected_solar_zenith_angle(zenith, azimuth, tilt, axis)
        got = [
            row_kernels.projected_solar_zenith_angle(z, a, tilt, axis)
            for z, a in zip(zenith, azimuth, strict=True)
        ]
        turn = np.radians(np.asarray(got) - twin)
        worst = max(
            worst, float(np.max(np.abs(np.sin(turn)))), relative(np.cos(turn), 1.0 + 0 * turn)
        )
    return worst


def masking() -> float:
    """Masking angles at three heights, their mean, and the sky that they hide."""
    k, worst = row_kernels, 0.0
    for tilt, gcr in itertools.product(_TILTS, _GCRS):
        heights = (0.0, 0.5, 1.0)
        got = [k.masking_angle(tilt, gcr, height) for height in heights]
        worst = max(worst, relative(got, pvlib.shading.masking_angle(tilt, gcr, np.array(heights))))
        mean = float(pvlib.shading.masking_angle_passias(tilt, gcr))
        worst = max(worst, relative(k.masking_angle_passias(tilt, gcr), mean))
        hidden = pvlib.shading.sky_diffuse_passias(mean)
        worst = max(worst, relative(k.sky_diffuse_passias(mean), hidden))
    return worst


def view_factors() -> float:
    """Row to sky, whole and in parts, and ground to sky with a thousand rows either side."""
    k, worst = row_kernels, 0.0
    for tilt, gcr in itertools.product(_TILTS, _GCRS):
        for part in ((0.0, 1.0), (0.0, 0.4), (0.3, 0.9)):
            twin = utils.vf_row_sky_2d_integ(tilt, gcr, *part)
            worst = max(worst, relative(k.vf_row_sky_2d_integ(tilt, gcr, *part), twin))
        if np.tan(np.radians(tilt)) * gcr > 0.005:  # else it takes still more rows
            twin = utils.vf_ground_sky_2d_integ(tilt, gcr, 2.0, 1.0, max_rows=1000)
            worst = max(worst, relative(k.vf_ground_sky_2d_integ(tilt, gcr), twin))
    return worst


def ground_view() -> float:
    """Row to ground against the mean of pvlib's factors of its points."""
    nodes, weights = np.polynomial.legendre.leggauss(60)
    worst = 0.0
    for tilt, gcr in itertools.product(_TILTS, _GCRS):
        twin = np.sum(utils.vf_row_ground_2d(tilt, gcr, (nodes + 1.0) / 2.0) * weights) / 2.0
        worst = max(worst, relative(row_kernels.vf_row_ground_2d_integ(tilt, gcr), twin))
    return worst


def sheds(model: str, part: int) -> float:
    """
    One part of the light on the front of a row against infinite sheds.

    The ground is compared where both do the same: where the rows hide from it all the sky below 5
    degrees and shadows reach no farther than 10 rows (pvlib counts no more of them), while the sun
    projected on the rows is above 5 degrees (below, pvlib leaves the ground dark), and with pvlib's
    view factor to the ground integrated point by point (its integral sets the edge of a row off by
    1e-4 of the length).
    """
    worst = 0.0
    # pvlib takes the disc of a sun below 1 degree for an even sky.
    zeniths = tuple(z for z in _ZENITHS if model == "isotropic" or z <= 89.0)
    sky = _sheds_sky(*_suns(zeniths))
    for tilt, gcr in itertools.product(_TILTS, _GCRS):
        height = 50.0
        twin = infinite_sheds.get_irradiance_poa(
            tilt, 170.0, sky["zenith"], sky["azimuth"], gcr, height, 1.0, sky["ghi"], sky["dhi"],
            sky["dni"], 0.2, model=model, dni_extra=sky["extra"],
        )  # fmt: skip
        got = _front((tilt, 170.0), gcr, sky, model)
        name = ("poa_direct", "poa_sky_diffuse", "poa_ground_diffuse")[part]
        expected, compared = np.broadcast_to(twin[name], sky["ghi"].shape), np.full(len(sky), True)
        if part == _GROUND:
            if pvlib.shading.ground_angle(tilt, gcr, 1.0) < 5.0:
                continue
            side = utils._solar_projection_tangent(sky["zenith"], sky["azimuth"], 170.0)
            far = np.abs(side).to_numpy()
            compared = (far < np.tan(np.radians(85.0))) & (far * gcr < 10.0)
            exact = row_kernels.vf_row_ground_2d_integ(tilt, gcr)
            expected = expected / utils.vf_row_ground_2d_integ(tilt, gcr) * exact
        worst = max(worst, relative(got[part][compared], np.asarray(expected)[compared]))
    return worst


def _sheds_sky(zenith: np.ndarray, azimuth: np.ndarray) -> pd.DataFrame:
    """Beam and diffuse, none of either, and ghi by closure."""
    light = np.array(list(itertools.product((0.0, 300.0, 900.0), (0.0, 80.0, 300.0))))
    row, kind = (part.ravel() for part in np.indices((zenith.size, len(light))))
    dni, dhi = light[kind].T
    up = np.cos(np.radians(zenith[row]))
    return pd.DataFrame(
        {"zenith": zenith[row], "azimuth": azimuth[row], "dni": dni, "dhi": dhi,
         "ghi": dni * up + dhi, "extra": 1380.0}
    )  # fmt: skip


def _front(facing: tuple[float, float], gcr: float, sky: pd.DataFrame, model: str) -> np.ndarray:
    """Beam with the disc round the sun, even sky, and ground of the kernel, as pvlib parts them."""
    k = plane_kernels
    zenith, azimuth = np.radians(sky["zenith"].to_numpy()), np.radians(sky["azimuth"].to_numpy())
    hours = np.zeros((13, len(sky)))
    hours[k.SUN_EAST] = np.sin(zenith) * np.sin(azimuth)
    hours[k.SUN_NORTH] = np.sin(zenith) * np.cos(azimuth)
    hours[k.SUN_UP] = np.cos(zenith)
    number = {"isotropic": sky_kernels.ISOTROPIC, "haydavies": sky_kernels.HAYDAVIES}[model]
    parts = np.empty((3, len(sky)))
    light = sky[["dni", "dhi", "extra"]].to_numpy().T.copy()
    sky_kernels.sky_components(number, light, sky["zenith"].to_numpy(), 0.0 * zenith, parts)
    hours[k.ISOTROPIC], hours[k.DNI] = parts[0], sky["dni"].to_numpy() + parts[1]
    hours[k.GROUND_DIFFUSE] = parts[0]
    hours[k.GROUND_BEAM] = (sky["ghi"].to_numpy() - parts[0]) / hours[k.SUN_UP]
    rows = pd.DataFrame(
        {"surface_tilt": [facing[0]], "surface_azimuth": facing[1], "roof_tilt": 0.0,
         "roof_azimuth": 180.0, "gcr": gcr, "row_kind": "racks"}
    )  # fmt: skip
    plane = np.zeros(20)
    plane[[k.TILT, k.AZIMUTH, k.ALBEDO]] = *facing, 0.2
    plane[k.ROWS :] = row_parameters(rows, "beam_diffuse")[0]
    return row_light(hours, plane)[1:]


def row_light(hours: np.ndarray, plane: np.ndarray) -> np.ndarray:
    """
    Light on an array in rows, by the functions of the kernel.

    Parameters
    ----------
    hours : ndarray (13, hour)
    plane : ndarray (20,)
        As ``simulate_sums_rows`` takes them.

    Returns
    -------
    ndarray (4, hour)
        Cosine of incidence [1], beam, sky and ground light [W/m2].
    """
    k = plane_kernels
    normal, faced = k.normal_vector(plane), np.empty((3, hours.shape[1]))
    k.face(hours, normal, plane, k.IAM_NONE, plane, faced)
    each = [k.irradiate_rows(hours, faced, normal[2], plane, t) for t in range(hours.shape[1])]
    return np.array(each).T


def some_rows() -> pd.DataFrame:
    """Racks and domes on level and sloped roofs, along the slope, against it and across."""
    columns = ["surface_tilt", "surface_azimuth", "gcr", "roof_tilt", "roof_azimuth", "row_kind"]
    table = [
        (15.0, 180.0, 0.589, 0.0, 180.0, "racks"),
        (35.0, 200.0, 0.41, 0.0, 180.0, "racks"),
        (0.0, 180.0, 1.0, 0.0, 180.0, "racks"),
        (90.0, 135.0, 0.3, 0.0, 0.0, "racks"),
        (10.0, 90.0, 0.9, 0.0, 180.0, "domes"),
        (20.0, 225.0, 1.0, 0.0, 180.0, "domes"),
        (30.0, 80.0, 1.1, 0.0, 180.0, "domes"),
        (30.0, 180.0, 0.7, 12.0, 180.0, "racks"),
        (25.0, 180.0, 0.4, 8.0, 0.0, "racks"),
        (25.0, 180.0, 0.6, 10.0, 90.0, "racks"),
        (20.0, 230.0, 0.5, 20.0, 230.0, "racks"),
        (15.0, 180.0, 1.0, 0.0, 180.0, "none"),
    ]
    planes = pd.DataFrame(table, columns=columns)
    return planes.assign(
        plane_id=[f"r{i}" for i in range(len(planes))],
        kwp=np.linspace(1.0, 50.0, len(planes)),
        weather_site="dawukou",
    )


def as_array(row: pd.Series) -> Plane:
    """The same plane for pvlib; of domes the first side, with the capacity of both."""
    rows = Rows(row["gcr"], row["roof_tilt"], row["roof_azimuth"], row["row_kind"])
    return Plane(
        row["surface_tilt"],
        row["surface_azimuth"],
        row["kwp"],
        rows=None if row["row_kind"] == "none" else rows,
    )


def _chains() -> Iterator[Assumptions]:
    for shading, model in itertools.product(("beam_diffuse", "beam", "none"), TRANSPOSITIONS):
        yield from_values({"shading.rows": shading, "models.transposition": model}, "verify")


def _pvlib_months(plane: Plane, sky: xr.Dataset, assumed: Assumptions) -> pd.DataFrame:
    """Months of one plane: the light of its sides on average, their energy together."""
    names, sides = ["poa_global", "dc_kw", "ac_kw"], sides_of(plane)
    hours = np.sum(
        [simulate_hours(side, sky.isel(site=0), assumed)[names].to_numpy() for side in sides],
        axis=0,
    )
    frame = pd.DataFrame(hours / [len(sides), 1, 1], columns=names)
    return frame.groupby(sky["month"].to_numpy()).sum()


def monthly_rows(sky: xr.Dataset) -> float:
    """Monthly energy of the kernels against the hours of pvlib, every plane in rows."""
    planes, worst = some_rows(), 0.0
    for assumed in _chains():
        got = simulate(planes, sky, assumed)
        for number, row in planes.iterrows():
            sums = _pvlib_months(as_array(row), sky, assumed)
            mine = got.isel(plane_id=int(number))
            for name, twin, scale in (
                ("poa_kwh_per_m2", "poa_global", 1e-3),
                ("dc_kwh", "dc_kw", 1.0),
                ("ac_kwh", "ac_kw", 1.0),
            ):
                worst = max(worst, relative(mine[name].to_numpy(), sums[twin] * scale))
    return worst
