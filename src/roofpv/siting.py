"""Which weather site each roof takes, and which roofs have none."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr

from roofpv.assumptions import Site
from roofpv.errors import InvalidInventory
from roofpv.inventory import Checked
from roofpv.inventory.check import QUARANTINE_COLUMNS
from roofpv.shares import COLUMN, inverse_distance, weights_text

_EARTH_RADIUS_KM = 6371.0
# Distances held at a time: 8 MB.
_BLOCK = 1_000_000


def assign_sites(
    checked: Checked, weather: xr.Dataset, *, bundled: bool, site: Site
) -> tuple[Checked, pd.DataFrame]:
    """
    Give every building (or plane of a plane table) its weather site and its status.

    The nearest site is taken, or with ``site.weather_sites = "blend"`` the nearest few, weighted by
    their distance; where the place is not known, the site of the same district, or the only site
    there is. Ties go by the name of the site.

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
        With ``weather_site`` (for a blend ``weather_weights`` too: JSON of site -> share),
        ``status`` and ``status_reason``; and the rows that have no site, in the columns of the
        quarantine.

    Raises
    ------
    InvalidInventory
        The default weather is too far from every building.

    References
    ----------
    .. [1] Shepard, "A two-dimensional interpolation function for irregularly-spaced data", ACM '68,
       1968, :doi:`10.1145/800186.810616`
    """
    rows = checked.buildings if checked.planes is None else checked.planes
    neighbours = _neighbours(rows, weather, site)
    name = _names(rows, neighbours, weather)
    distance = neighbours.distance_km[:, 0]
    _check_reach(distance, bundled, site)
    far = np.nan_to_num(distance) > site.weather_reach_km
    count, most = int(far.sum()), float(np.nanmax(distance)) if far.any() else 0.0
    checked = dataclasses.replace(
        checked, notes=(*checked.notes, *far_notes(count, most, site)), far=(count, most)
    )
    placed = np.array([n is not None for n in name], dtype=bool)
    rows = rows.assign(weather_site=name)
    if site.weather_sites == "blend":
        rows[COLUMN] = _weights(name, neighbours, site)
    kept = rows[placed].reset_index(drop=True)
    unplaced = _unplaced(rows[~placed])
    if checked.planes is None:
        buildings = _with_status(kept)
        return dataclasses.replace(checked, buildings=buildings), unplaced
    owners = _owners(checked.buildings, kept)
    active = set(owners.loc[owners["status"] == "assessed", "building_id"])
    kept = kept[kept["building_id"].isin(active)].reset_index(drop=True)
    return dataclasses.replace(checked, buildings=owners, planes=kept), unplaced


def far_notes(count: int, most_km: float, site: Site) -> list[str]:
    """Say how many roofs lie far from their weather, if any."""
    if not count:
        return []
    return [
        f"{count} roofs lie more than {site.weather_reach_km:g} km from their weather "
        f"site (up to {most_km:.0f} km): their energy is that of another climate"
    ]


def _owners(buildings: gpd.GeoDataFrame, planes: pd.DataFrame) -> gpd.GeoDataFrame:
    """Buildings of the planes that have a site, with that of their first plane."""
    first = planes.drop_duplicates("building_id").set_index("building_id")
    columns = [name for name in ("weather_site", COLUMN) if name in first]
    owners = buildings.assign(**{n: buildings["building_id"].map(first[n]) for n in columns})
    return _with_status(owners[owners["weather_site"].notna()].reset_index(drop=True))


@dataclass(frozen=True, eq=False)
class _Neighbours:
    """
    Nearest sites of every row, the nearest first; ties by name.

    ``sites`` in the order of their names, ``index`` into it and ``distance_km``, both (row,
    neighbour); the distance is NaN where the row or every site has no place, infinite where there
    is no such neighbour.
    """

    sites: np.ndarray
    index: np.ndarray
    distance_km: np.ndarray


def _neighbours(rows: pd.DataFrame, weather: xr.Dataset, site: Site) -> _Neighbours:
    sites = weather["site"].to_numpy().astype(object)
    order = np.argsort(sites.astype(str), kind="stable")
    lat0 = weather["latitude"].to_numpy().astype(float)[order]
    lon0 = weather["longitude"].to_numpy().astype(float)[order]
    lat, lon = rows["lat"].to_numpy(float), rows["lon"].to_numpy(float)
    wanted = site.blend_sites if site.weather_sites == "blend" else 1
    count = min(wanted, sites.size)
    index = np.zeros((len(rows), count), dtype=np.int64)
    distance = np.full((len(rows), count), np.nan)
    block = max(1, _BLOCK // max(1, sites.size))
    for start in range(0, len(rows), block):
        part = slice(start, start + block)
        all_of_them = _great_circle_km(lat[part, None], lon[part, None], lat0, lon0)
        index[part], distance[part] = _smallest(all_of_them, count)
    return _Neighbours(sites[order], index, distance)


def _smallest(distance: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Column and value of the smallest of each row, in order; a site without place is no site."""
    unplaced = np.isnan(distance).all(axis=1)
    known = np.where(np.isnan(distance), np.inf, distance)
    if count == 1:
        index = np.argmin(known, axis=1)[:, None]
    else:
        index = np.argsort(known, axis=1, kind="stable")[:, :count]
    found = np.take_along_axis(known, index, axis=1)
    found[unplaced] = np.nan
    return index, found


def check_reach(place: np.ndarray, weather: xr.Dataset, *, bundled: bool, site: Site) -> None:
    """
    Make sure that the weather is of the place, before anything is computed.

    Parameters
    ----------
    place : ndarray (row, 2)
        Latitude and longitude, NaN where not known. [deg]
    weather, bundled, site
        As for `assign_sites`.

    Raises
    ------
    InvalidInventory
        The default weather is too far from every building.
    """
    if not bundled:
        return
    rows = pd.DataFrame({"lat": place[:, 0], "lon": place[:, 1]})
    _check_reach(_neighbours(rows, weather, site).distance_km[:, 0], bundled, site)


def _names(rows: pd.DataFrame, neighbours: _Neighbours, weather: xr.Dataset) -> np.ndarray:
    """Name of the site of every row; None if there is none."""
    known = ~np.isnan(neighbours.distance_km[:, 0])
    name = np.full(len(rows), None, dtype=object)
    name[known] = neighbours.sites[neighbours.index[known, 0]]
    if neighbours.sites.size == 1:
        name[~known] = neighbours.sites[0]
    elif "district" in rows:
        name[~known] = _by_district(rows["district"].to_numpy(dtype=object)[~known], weather)
    return name


def _weights(name: np.ndarray, neighbours: _Neighbours, site: Site) -> np.ndarray:
    """
    Shares of the nearest sites in the energy of every row, as text.

    The energies are blended, not the irradiances: hours of different clouds averaged would be a
    sky that no place has, too even, with less beam, and too little clipped by the inverter.
    """
    distance = neighbours.distance_km.copy()
    others = distance[:, 1:]
    others[others > site.blend_reach_km] = np.inf
    placed = ~np.isnan(distance[:, 0])
    weights = np.zeros(distance.shape)
    weights[placed] = inverse_distance(distance[placed], site.blend_power)
    texts = np.full(len(name), None, dtype=object)
    for i in np.flatnonzero([n is not None for n in name]):
        texts[i] = (
            weights_text(neighbours.sites[neighbours.index[i]], weights[i])
            if placed[i]
            else weights_text([name[i]], [1.0])
        )
    return texts


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


def _great_circle_km(
    lat: np.ndarray, lon: np.ndarray, lat0: np.ndarray, lon0: np.ndarray
) -> np.ndarray:
    a, b = np.radians(lat), np.radians(lat0)
    half = np.sin((a - b) / 2) ** 2
    half = half + np.cos(a) * np.cos(b) * np.sin(np.radians(lon - lon0) / 2) ** 2
    # Rounding must not lift the far side of the Earth above 1.
    return 2.0 * _EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(half, 1.0)))


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
            "what_to_do": "Give lon and lat, or the district, or a single --weather",
            "sheet": rows["source_sheet"].to_numpy() if "source_sheet" in rows else "",
        },
    )
    return lines[list(QUARANTINE_COLUMNS)].astype({"value": object, "sheet": object})
