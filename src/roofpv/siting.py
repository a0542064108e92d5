"""Which weather site each roof takes, and which roofs have none."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import xarray as xr

from roofpv.assumptions import Site
from roofpv.errors import InvalidInventory
from roofpv.inventory import Checked
from roofpv.inventory.check import QUARANTINE_COLUMNS

_EARTH_RADIUS_KM = 6371.0


def assign_sites(
    checked: Checked, weather: xr.Dataset, *, bundled: bool, site: Site
) -> tuple[Checked, pd.DataFrame]:
    """
    Give every building (or plane of a plane table) its weather site and its status.

    The nearest site is taken; where the place is not known, the site of the same district, or the
    only site there is.

    Parameters
    ----------
    checked : Checked
    weather : Dataset (site, time)
    bundled : bool
        Whether the weather was chosen by default; then it is refused beyond
        ``site.weather_reach_km``.
    site : Site

    Returns
    -------
    (Checked, DataFrame)
        With ``weather_site``, ``status`` and ``status_reason``; and the rows that have no site, in
        the columns of the quarantine.

    Raises
    ------
    InvalidInventory
        The default weather is too far from every building.
    """
    rows = checked.buildings if checked.planes is None else checked.planes
    name, distance = _nearest(rows, weather)
    _check_reach(distance, bundled, site)
    warnings = list(checked.warnings)
    far = np.nan_to_num(distance) > site.weather_reach_km
    if far.any():
        warnings.append(
            f"{int(far.sum())} roofs lie more than {site.weather_reach_km:g} km from their weather "
            f"site (up to {np.nanmax(distance):.0f} km): their energy is that of another climate"
        )
    placed = np.array([n is not None for n in name], dtype=bool)
    rows = rows.assign(weather_site=name)
    kept = rows[placed].reset_index(drop=True)
    unplaced = _unplaced(rows[~placed])
    if checked.planes is None:
        buildings = _with_status(kept)
        return dataclasses.replace(checked, buildings=buildings, warnings=warnings), unplaced
    first = kept.drop_duplicates("building_id").set_index("building_id")["weather_site"]
    owners = checked.buildings.assign(weather_site=checked.buildings["building_id"].map(first))
    owners = _with_status(owners[owners["weather_site"].notna()].reset_index(drop=True))
    active = set(owners.loc[owners["status"] == "assessed", "building_id"])
    kept = kept[kept["building_id"].isin(active)].reset_index(drop=True)
    changed = dataclasses.replace(checked, buildings=owners, planes=kept, warnings=warnings)
    return changed, unplaced


def _nearest(rows: pd.DataFrame, weather: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Name of the site (None if there is none) and distance. [km]."""
    sites = weather["site"].to_numpy().astype(object)
    lon, lat = rows["lon"].to_numpy(float), rows["lat"].to_numpy(float)
    distances = np.stack(
        [
            _great_circle_km(lat, lon, float(one["latitude"]), float(one["longitude"]))
            for one in (weather.isel(site=i) for i in range(sites.size))
        ]
    )
    known = ~np.isnan(distances[0])
    name = np.full(len(rows), None, dtype=object)
    name[known] = sites[np.argmin(distances[:, known], axis=0)]
    if sites.size == 1:
        name[~known] = sites[0]
    elif "district" in rows:
        name[~known] = _by_district(rows["district"].to_numpy(dtype=object)[~known], weather)
    return name, np.min(distances, axis=0)


def _by_district(district: np.ndarray, weather: xr.Dataset) -> np.ndarray:
    """Site whose district has that name, with or without its 区 or 县."""
    sites = [str(site) for site in weather["site"].to_numpy()]
    named = [_district_names(str(text)) for text in weather["district"].to_numpy()]
    found: dict[str, str | None] = {}
    for wanted in {str(d) for d in district if d}:
        mine = _district_names(wanted)
        match = [s for s, names in zip(sites, named, strict=True) if mine & names]
        found[wanted] = match[0] if len(match) == 1 else None
    return np.array([found.get(d) for d in district], dtype=object)


def _district_names(text: str) -> set[str]:
    return {name.lower().rstrip("区县區縣") for name in text.split()} - {""}


def _great_circle_km(lat: np.ndarray, lon: np.ndarray, lat0: float, lon0: float) -> np.ndarray:
    a, b = np.radians(lat), np.radians(lat0)
    half = np.sin((a - b) / 2) ** 2
    half = half + np.cos(a) * np.cos(b) * np.sin(np.radians(lon - lon0) / 2) ** 2
    return 2.0 * _EARTH_RADIUS_KM * np.arcsin(np.sqrt(half))


def _check_reach(distance: np.ndarray, bundled: bool, site: Site) -> None:
    known = distance[~np.isnan(distance)]
    if bundled and known.size and np.median(known) > site.weather_reach_km:
        raise InvalidInventory(
            "--weather",
            f"the buildings lie about {np.median(known):.0f} km from the bundled weather of "
            "Shizuishan",
            "Give a weather file of their place with --weather",
        )


def _with_status(buildings: pd.DataFrame) -> pd.DataFrame:
    exempt = buildings["exemption"].notna()
    reason = ("exempt: " + buildings["exemption"].astype(str)).where(exempt, None)
    status = np.where(exempt, "excluded", "assessed").astype(object)
    return buildings.assign(status=status, status_reason=reason.astype(object))


def _unplaced(rows: pd.DataFrame) -> pd.DataFrame:
    lines = pd.DataFrame(
        {
            "row": rows["source_row"].to_numpy(dtype="int64"),
            "building_id": rows["building_id"].to_numpy(dtype=object),
            "column": "district",
            "value": rows["district"].fillna("").to_numpy() if "district" in rows else "",
            "code": "NO_PLACE",
            "reason": "neither a place nor a district of one of the weather sites",
            "what_to_do": "Give lon and lat, or the district, or a single weather site",
        },
    )
    return lines[list(QUARANTINE_COLUMNS)].astype({"value": object})
