"""Buildings in metres about a point, set on the Earth, and what they hide by brute force."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from roofpv.roofs.metric import local_frames, to_degrees, to_local_metres
from roofpv.shading import neighbour_skylines

LON, LAT = 106.37, 39.0


def on_earth(shapes, lon=LON, lat=LAT):
    """Shapes in metres about a place -> longitude and latitude."""
    shapes = np.array(list(shapes), dtype=object)
    frame = local_frames(np.array([shapely.Point(lon, lat)], dtype=object))
    return to_degrees(shapes, frame.at(np.zeros(len(shapes), dtype=int)))


def city(shapes, heights, lon=LON, lat=LAT, **columns):
    """A list of buildings: shapes in metres, heights to the top."""
    table = {"height_m": np.array(heights, dtype=float), **columns}
    names = [f"n{i}" for i in range(len(shapes))]
    return gpd.GeoDataFrame(
        {"building_id": names, **table}, geometry=on_earth(shapes, lon, lat), crs=4326
    )


def flat_planes(buildings):
    """One level plane on every building."""
    return pd.DataFrame(
        {
            "plane_id": buildings["building_id"] + "/1",
            "building_id": buildings["building_id"],
            "roof_tilt": 0.0,
            "roof_azimuth": 180.0,
            "geometry": to_local_metres(buildings.geometry.to_numpy().astype(object)),
        }
    )


def seen(shapes, heights, z=0.0, reach_m=5000.0, directions=72, at=(0.0, 0.0)):
    """Skyline of one point among prisms. [deg]."""
    spot = shapely.box(at[0] - 0.01, at[1] - 0.01, at[0] + 0.01, at[1] + 0.01)
    target = city([spot], [max(z, 0.1)])
    target["building_id"] = "here"
    found = neighbour_skylines(
        flat_planes(target),
        target,
        city(shapes, np.asarray(heights, dtype=float) + max(z, 0.1) - z),
        reach_m,
        directions,
        1,
    )
    return found["horizon_elevation"].to_numpy()[0, 0].astype(float)


def tangents(azimuth, shapes, heights, reach=np.inf):
    """Highest tangent of elevation of prisms seen from the origin, by every wall on its own."""
    rays = np.stack([np.sin(np.radians(azimuth)), np.cos(np.radians(azimuth))])
    highest = np.zeros(len(azimuth))
    for shape, height in zip(shapes, heights, strict=True):
        if shape.covers(shapely.Point(0, 0)):
            continue
        for ring in shapely.get_rings(shapely.get_parts(shape)):
            corners = shapely.get_coordinates(ring)
            for a, b in pairwise(corners):
                e = b - a
                with np.errstate(divide="ignore", invalid="ignore"):
                    bottom = rays[0] * e[1] - rays[1] * e[0]
                    distance = (a[0] * e[1] - a[1] * e[0]) / bottom
                    share = (a[0] * rays[1] - a[1] * rays[0]) / bottom
                hit = (distance > 1e-9) & (distance <= reach) & (share >= 0) & (share <= 1)
                highest[hit] = np.maximum(highest[hit], height / distance[hit])
    return highest


def by_rays(shapes, heights, directions=72, rays=5, reach=np.inf):
    """What the kernel must find, by the same rays."""
    azimuth = 360.0 * np.arange(directions * rays) / (directions * rays)
    elevation = np.degrees(np.arctan(tangents(azimuth, shapes, heights, reach)))
    return np.roll(elevation, rays // 2).reshape(directions, rays).mean(axis=1)


def true_view(shapes, heights, tilt=0.0, azimuth=180.0, steps=7200):
    """View factor to the sky by 7200 azimuths and 400 elevations."""
    around = 360.0 * (np.arange(steps) + 0.5) / steps
    horizon = np.degrees(np.arctan(tangents(around, shapes, heights)))
    up = (np.arange(400) + 0.5) * 90.0 / 400
    e = np.radians(up)[:, None]
    toward = np.cos(np.radians(around - azimuth))[None, :]
    cosine = np.sin(e) * np.cos(np.radians(tilt)) + np.cos(e) * np.sin(np.radians(tilt)) * toward
    open_sky = np.clip((up[:, None] - horizon[None, :]) * 400 / 90.0 + 0.5, 0.0, 1.0)
    weight = np.cos(e) * np.radians(90.0 / 400) * 2.0 * np.pi / steps
    return float((np.maximum(cosine, 0.0) * open_sky * weight).sum() / np.pi)
