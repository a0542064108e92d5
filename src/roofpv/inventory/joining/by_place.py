"""Which footprint is which row's, by where it is: in the outline, or near it and no other."""

from __future__ import annotations

import numpy as np
import shapely

from roofpv.inventory.joining.matching import NO_KEY, Book
from roofpv.inventory.outlines.metres import metres_per_degree

TAKEN, FAR = "FOOTPRINT_TAKEN", "NO_FOOTPRINT_NEAR"
_CHUNK = 20_000  # places asked for at once
_CLEARLY = 2.0  # the next footprint must be this many times as far


def match_places(places: np.ndarray, shapes: np.ndarray, reach_m: float, book: Book) -> None:
    """
    Match each place with the outline that it lies in, or the only one near it.

    A place near an outline that another place lies in, or is nearer to, stays without. Places at
    the same spot share.

    Parameters
    ----------
    places : ndarray (row, 2)
        Longitude and latitude, WGS84, NaN where there is none. [deg]
    shapes : ndarray of polygons (footprint,)
        WGS84. [deg]
    reach_m : float
        Outlines farther away are not looked at. [m]
    book : Book
        Where the matches are noted.
    """
    stated = np.isfinite(places).all(axis=1)
    book.explain(~stated, NO_KEY)
    tree = shapely.STRtree(shapes)
    at = np.flatnonzero(stated)
    row, footprint = tree.query(shapely.points(places[at]), predicate="intersects")
    row = at[row]
    inside = np.bincount(row, minlength=len(places))
    single = inside[row] == 1
    book.give(row[single], footprint[single], "place")
    book.doubt(row[~single], footprint[~single])
    around = np.flatnonzero(stated & (inside == 0))
    nearest = nearest_outlines(places, around, shapes, reach_m, tree)
    _match_nearest(places, nearest, book)
    book.explain(book.open, FAR)


def nearest_outlines(
    places: np.ndarray,
    rows: np.ndarray,
    shapes: np.ndarray,
    reach_m: float,
    tree: shapely.STRtree,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """
    Outlines within reach of places, the nearest of each place first.

    Parameters
    ----------
    places : ndarray (row, 2)
        Longitude and latitude. [deg]
    rows : ndarray
        Which places to ask for.
    shapes : ndarray of polygons (footprint,)
    reach_m : float
        [m]
    tree : STRtree
        Of the shapes.

    Returns
    -------
    (ndarray, ndarray, ndarray) (pair,)
        Row, footprint, distance [m]; in the order of the rows.
    """
    none = np.zeros(0, dtype=int), np.zeros(0, dtype=int), np.zeros(0)
    parts = [none]
    for start in range(0, len(rows), _CHUNK):
        part = rows[start : start + _CHUNK]
        lon, lat = places[part].T
        east, north = (reach_m / metres for metres in metres_per_degree(lat))
        boxes = shapely.box(lon - east, lat - north, lon + east, lat + north)
        index, footprint = tree.query(boxes)
        distance = _distances_m(places[part[index]], shapes, footprint)
        within = distance <= reach_m
        parts.append((part[index[within]], footprint[within], distance[within]))
    row, footprint, distance = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((footprint, distance, row))
    return row[order], footprint[order], distance[order]


def _distances_m(places: np.ndarray, shapes: np.ndarray, footprint: np.ndarray) -> np.ndarray:
    """How far each place is from its outline, on the plane around the outline."""
    which, index = np.unique(footprint, return_inverse=True)
    bounds = shapely.bounds(shapes[which])
    middle = np.column_stack([bounds[:, [0, 2]].mean(axis=1), bounds[:, [1, 3]].mean(axis=1)])
    scale = np.column_stack(metres_per_degree(middle[:, 1]))
    corners, owner = shapely.get_coordinates(shapes[which], return_index=True)
    local = shapely.set_coordinates(shapes[which], (corners - middle[owner]) * scale[owner])
    points = shapely.points((places - middle[index]) * scale[index])
    return shapely.distance(local[index], points)


def clearly_nearest(row: np.ndarray, distance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """
    Which pairs are the nearest of their row, and of those which leave no doubt.

    Parameters
    ----------
    row, distance : ndarray (pair,)
        Rows together, the nearest first.

    Returns
    -------
    (ndarray of bool (pair,), ndarray of bool (pair,))
    """
    first = np.append(True, row[1:] != row[:-1])[: len(row)]
    following = np.append(distance[1:], np.inf)[: len(row)]
    following[np.append(first[1:], True)[: len(row)]] = np.inf
    return first, first & (following >= _CLEARLY * distance) & (following > 0)


def _match_nearest(
    places: np.ndarray, nearest: tuple[np.ndarray, np.ndarray, np.ndarray], book: Book
) -> None:
    row, footprint, distance = nearest
    first, sure = clearly_nearest(row, distance)
    unsure = np.isin(row, row[first & ~sure])
    book.doubt(row[unsure], footprint[unsure])
    row, footprint, distance = row[sure], footprint[sure], distance[sure]
    free = ~book.taken[footprint]
    order = np.lexsort((book.rank[row], distance, footprint))
    best = order[np.append(True, np.diff(footprint[order]) != 0)[: len(order)]]
    winner = np.full(len(book.taken), -1)
    winner[footprint[best]] = row[best]
    spot = (places[row] == places[winner[footprint]]).all(axis=1)
    won = free & spot
    texts = np.array([f"{metres:.0f} m" for metres in distance[won]], dtype=object)
    book.give(row[won], footprint[won], "nearest", texts)
    late = np.zeros(len(book.rank), dtype=bool)
    late[row[~won]] = True
    book.explain(late & book.open, TAKEN)
