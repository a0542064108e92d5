"""
Installable area and modules of every plane, before the modules are packed one by one.

Flat planes carry racks toward the equator, spaced so that no row shades the next between 09:00 and
15:00 true solar time at winter solstice; pitched planes carry flush modules.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from roofpv.assumptions import Layout, Module, Roofs

# tan 23.45 (declination) and cos 45 degrees (hour angle), as GB 50797-2012 prints them.
_TAN_DECLINATION, _COS_HOUR = 0.4338, 0.707


def shadow_ratio(latitude: np.ndarray) -> np.ndarray:
    """
    Length toward the pole of a shadow per height, 09:00 true solar time at winter solstice.

    Parameters
    ----------
    latitude : ndarray
        [deg]; south counts as north.

    Returns
    -------
    ndarray
        Infinite where the sun is not up by then (beyond about 58 degrees).

    References
    ----------
    .. [1] GB 50797-2012, "Code for design of photovoltaic power station".
    """
    slope = np.tan(np.radians(np.abs(latitude)))
    height = _COS_HOUR - _TAN_DECLINATION * slope
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (_COS_HOUR * slope + _TAN_DECLINATION) / height
    return np.where(height > 0, ratio, np.where(np.isnan(slope), np.nan, np.inf))


def ground_cover_ratio(tilt: np.ndarray, latitude: np.ndarray, layout: Layout) -> np.ndarray:
    """Sloped length over pitch of racks on a flat roof, never below ``layout.min_gcr``."""
    if layout.gcr is not None:
        return np.full(len(latitude), layout.gcr)
    beta = np.radians(tilt)
    with np.errstate(invalid="ignore"):
        gap = np.where(beta > 0, np.sin(beta) * shadow_ratio(latitude), 0.0)
    return np.maximum(1.0 / (np.cos(beta) + gap), layout.min_gcr)


def installable_area(planes: pd.DataFrame, latitude: np.ndarray, roofs: Roofs) -> pd.DataFrame:
    """
    Add what part of each plane can carry PV (可安装光伏屋顶面积), and why no more.

    Parameters
    ----------
    planes : DataFrame (plane,)
        From ``roof_planes`` or ``stated_planes``.
    latitude : ndarray (plane,)
        [deg]
    roofs : Roofs

    Returns
    -------
    DataFrame (plane,)
        With ``installable_fraction`` and ``deduction`` (the reason).
    """
    form = planes["roof_form"].to_numpy()
    fraction = np.select(
        [form == "flat", form == "steel"],
        [roofs.flat_installable_fraction, roofs.steel_installable_fraction],
        roofs.pitched_installable_fraction,
    )
    reason = np.select(
        [form == "flat", form == "steel"],
        ["edge strips, plant, stair heads and aisles", "edges, skylights and walkways"],
        "edges, ridges, chimneys and windows",
    ).astype(object)
    pole = _faces_pole(planes, latitude, roofs)
    return planes.assign(
        installable_fraction=np.where(pole, 0.0, fraction),
        deduction=np.where(pole, "faces the pole", reason).astype(object),
    )


def lay_modules(
    planes: pd.DataFrame, latitude: np.ndarray, layout: Layout, module: Module
) -> pd.DataFrame:
    """
    Set whole modules on the installable area.

    Parameters
    ----------
    planes : DataFrame (plane,)
        With ``installable_fraction``; a plane with ``stated_kwp`` keeps that capacity as it is.
    latitude : ndarray (plane,)
        [deg]
    layout : Layout
    module : Module

    Returns
    -------
    DataFrame (plane,)
        With ``surface_tilt surface_azimuth`` of the array [deg], ``gcr``, ``row_kind`` ("racks" of
        rows that shade each other, or "none"), ``installable_area_m2``,
        ``module_count``, ``kwp``, and the three covered areas ``module_area_m2`` (sloped),
        ``projected_module_area_m2``, ``array_field_area_m2`` (with row gaps) [m2].
    """
    flat = (planes["roof_form"] == "flat").to_numpy()
    stated = _stated_kwp(planes)
    racks = flat & np.isnan(stated)
    tilt = np.where(racks, layout.flat_tilt, planes["roof_tilt"].to_numpy())
    toward_equator = np.where(latitude < 0, 0.0, 180.0)
    azimuth = np.where(racks, toward_equator, planes["roof_azimuth"].to_numpy())
    gcr = np.where(racks, ground_cover_ratio(tilt, latitude, layout), 1.0)
    installable = _installable(planes, layout)
    each = module.length_m * module.width_m
    # A hair above the quotient, or an area made of exactly n modules would hold n - 1.
    count = np.floor(installable * gcr / each * (1.0 + 1e-12))
    count = np.where(np.isnan(stated), count, np.nan)
    covered = count * each
    return planes.drop(columns="stated_kwp", errors="ignore").assign(
        surface_tilt=tilt,
        surface_azimuth=azimuth,
        gcr=gcr,
        row_kind=np.where(racks, "racks", "none").astype(object),
        installable_area_m2=installable,
        module_count=count,
        kwp=np.where(np.isnan(stated), count * module.power_w / 1000.0, stated),
        module_area_m2=covered,
        projected_module_area_m2=covered * np.cos(np.radians(tilt)),
        array_field_area_m2=np.minimum(covered / gcr, installable),
    )


def _stated_kwp(planes: pd.DataFrame) -> np.ndarray:
    if "stated_kwp" in planes:
        return planes["stated_kwp"].to_numpy(dtype=float)
    return np.full(len(planes), np.nan)


def _installable(planes: pd.DataFrame, layout: Layout) -> np.ndarray:
    """Area by the named fraction, and never more than what the setback leaves of the plane."""
    area = planes["area_m2"].to_numpy()
    by_fraction = area * planes["installable_fraction"].to_numpy()
    # Exact for a rectangle; nothing is left once the strip is an eighth of the edge wide.
    edge = planes["perimeter_m"].to_numpy()
    setback = np.minimum(layout.setback_m, edge / 8.0)
    inner = np.maximum(area - setback * edge + 4.0 * setback**2, 0.0)
    inner = np.where(layout.setback_m >= edge / 8.0, 0.0, inner)
    return np.minimum(by_fraction, np.where(layout.setback_m > 0, inner, area))


def _faces_pole(planes: pd.DataFrame, latitude: np.ndarray, roofs: Roofs) -> np.ndarray:
    pole = np.where(latitude < 0, 180.0, 0.0)
    away = np.abs((planes["roof_azimuth"].to_numpy() - pole + 180.0) % 360.0 - 180.0)
    steep = planes["roof_tilt"].to_numpy() > roofs.pole_facing_tilt
    return np.asarray((away < 60.0) & steep)
