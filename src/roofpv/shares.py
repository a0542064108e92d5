"""Which weather sites give the energy of a roof, and the share of each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

# Column of a table whose roofs blend several sites: JSON of site -> share, the nearest first.
COLUMN = "weather_weights"


@dataclass(frozen=True, eq=False)
class Shares:
    """Shares of weather sites in the rows of a table: each entry a row, a site and its weight."""

    row: npt.NDArray[np.int64]
    site: npt.NDArray[np.object_]
    weight: npt.NDArray[np.float64]

    @property
    def blended(self) -> bool:
        """Whether any row takes more than one site."""
        return bool((self.weight != 1.0).any())

    def by_site(self) -> Iterator[tuple[str, npt.NDArray[np.int64], npt.NDArray[np.float64]]]:
        """Name, rows and weights of each site, in the order of the names."""
        codes, names = pd.factorize(self.site, sort=True)
        for code, name in enumerate(names):
            mine = np.flatnonzero(codes == code)
            yield str(name), self.row[mine], self.weight[mine]

    def mean(self, by_site: pd.Series, rows: int) -> npt.NDArray[np.float64]:
        """Weighted mean of a value that each site has, by row; NaN where a site has none."""
        values = by_site.reindex(self.site).to_numpy(dtype=float)
        sums = np.bincount(self.row, self.weight * values, rows)
        return np.where(np.bincount(self.row, minlength=rows) > 0, sums, np.nan)


def shares_of(table: pd.DataFrame) -> Shares:
    """
    Shares as a table of roofs states them.

    Parameters
    ----------
    table : DataFrame (row,)
        ``weather_site`` (all of it, where nothing else is said), and ``weather_weights`` for
        blends.
    """
    nearest = table["weather_site"].to_numpy(dtype=object)
    if COLUMN not in table:
        row = np.flatnonzero(pd.notna(nearest))
        return Shares(row, nearest[row], np.ones(row.size))
    texts = table[COLUMN].to_numpy(dtype=object)
    entries = [
        (row, site, weight)
        for row, (text, name) in enumerate(zip(texts, nearest, strict=True))
        for site, weight in _read(text, name).items()
    ]
    rows, sites, weights = zip(*entries, strict=True) if entries else ((), (), ())
    return Shares(
        np.array(rows, dtype=np.int64),
        np.array(sites, dtype=object),
        np.array(weights, dtype=np.float64),
    )


def weights_text(sites: Sequence[str], weights: Sequence[float]) -> str:
    """JSON of the shares of one row; a site that adds nothing is left out."""
    pairs = zip(sites, weights, strict=True)
    return json.dumps({s: float(w) for s, w in pairs if w > 0}, ensure_ascii=False)


def inverse_distance(distance_km: npt.NDArray[np.float64], power: float) -> npt.NDArray[np.float64]:
    """
    Weights of the neighbours of each row, by distance to the given power.

    Parameters
    ----------
    distance_km : ndarray (row, neighbour)
        Ascending along a row; infinite for a neighbour that does not count. [km]
    power : float

    Returns
    -------
    ndarray (row, neighbour)
        Sums to 1 in every row; a neighbour at no distance has it all.

    References
    ----------
    .. [1] Shepard, "A two-dimensional interpolation function for irregularly-spaced data", ACM '68,
       1968, :doi:`10.1145/800186.810616`
    """
    nearest = distance_km[:, :1]
    here = nearest == 0.0
    ratio = np.where(here, 1.0, nearest) / np.where(distance_km == 0.0, 1.0, distance_km)
    first = np.arange(distance_km.shape[1]) == 0
    weights = np.where(here, np.broadcast_to(first, distance_km.shape), ratio**power)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _read(text: object, nearest: object) -> dict[str, float]:
    if isinstance(text, str):
        return {str(site): float(weight) for site, weight in json.loads(text).items()}
    return {} if pd.isna(nearest) else {str(nearest): 1.0}
