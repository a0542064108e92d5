"""What can have changed each building: its data, the weather, assumptions, surroundings, code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from roofpv import energy
from roofpv.comparing import runs, touches
from roofpv.comparing.pairing import Flags, Paired
from roofpv.comparing.runs import RunChanges
from roofpv.results import Result
from roofpv.shares import shares_of
from roofpv.skylinefile import NotKept

CAUSES = ("data", "weather", "assumption", "surroundings", "version", "unknown")
PLANES, ZONES = "planes", "zones"
_PLACE = ("lon", "lat", "geometry", "district")
_AREAS = ("gross_roof_area_m2", "installable_area_m2", "status")
_PLANE = ("roof_tilt", "roof_azimuth", "area_m2")
_OF_PLANES = ("roofs.pitched_tilt", "roofs.steel_tilt", "roofs.storey_height_m")
_SITES = ("site.weather_reach_km", "site.weather_sites", "site.blend_sites", "site.blend_power",
          "site.blend_reach_km")  # fmt: skip
Codes = npt.NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class Causes:
    """
    Causes of the kept buildings.

    ``present`` tells by cause in which buildings it is there; ``data`` the columns of the list
    that differ, planes and zones among them; ``assumptions`` by key where it applies; ``controls``
    counts the buildings without any cause and those of them that changed all the same.
    """

    paired: Paired
    present: Mapping[str, Flags]
    data: Mapping[str, Flags]
    assumptions: Mapping[str, Flags]
    by_light: bool
    controls: tuple[int, int] = (0, 0)
    _known: dict[str, Flags] = field(default_factory=dict, repr=False)

    def of(self, columns: Iterable[str]) -> npt.NDArray[np.object_]:
        """
        Causes that can have changed some results of each building, as "data+weather".

        Parameters
        ----------
        columns : iterable of str
            Results, or columns of the list themselves.

        Returns
        -------
        ndarray of str (building,)
            Empty where none of the columns differs; "unknown" where one does and nothing that went
            in does.
        """
        count = len(self.paired.before)
        codes = np.zeros(count, dtype=np.int64)
        changed = np.zeros(count, dtype=np.bool_)
        for column in columns:
            if column in self.data:
                codes |= self.data[column].astype(np.int64)
                changed |= self.data[column]
            flags = self.paired.figures.get(column)
            if flags is not None:
                changed |= flags
                for bit, cause in enumerate(CAUSES[:-1]):
                    codes |= (self._able(cause, column) & flags).astype(np.int64) << bit
        codes[changed & (codes == 0)] = 1 << (len(CAUSES) - 1)
        return _labels()[codes]

    def _able(self, cause: str, column: str) -> Flags:
        """Buildings in which a cause is there that can change a result."""
        key = f"{cause} {column}"
        if key not in self._known:
            self._known[key] = self._work_out(cause, column)
        return self._known[key]

    def _work_out(self, cause: str, column: str) -> Flags:
        none = np.zeros(len(self.paired.before), dtype=np.bool_)
        if cause == "data":
            names = touches.touching(self.data, column)
            able = (self._listed(name, column) for name in names)
        elif cause == "assumption":
            able = (
                flags
                for key, flags in self.assumptions.items()
                if column in touches.of_assumption(key, self.by_light)
            )
        elif cause in {"weather", "surroundings"}:
            able = (self.present[cause] for _ in "1" if column in touches.of_light(self.by_light))
        else:
            able = (self.present[cause] for _ in "1")
        for flags in able:
            none = none | flags
        if cause == "weather" and column in touches.of_light(by_light=True):
            # Rows stand by the latitude of its weather where a roof has no place of its own.
            none = none | (self.present[cause] & self._without_place())
        return none

    def _without_place(self) -> Flags:
        tables = (self.paired.before, self.paired.after)
        return np.logical_or.reduce([one["lon"].isna().to_numpy() for one in tables])

    def _listed(self, name: str, column: str) -> Flags:
        """Buildings in which a column of the list can have changed a result."""
        flags = self.data[name]
        if self.by_light or name not in touches.BY_AREA or column not in touches.LAID:
            return flags
        areas = (self.paired.figures.get(area) for area in _AREAS)
        return flags & np.logical_or.reduce(
            [np.zeros(len(flags), dtype=np.bool_), *(one for one in areas if one is not None)]
        )


def find_causes(before: Result, after: Result, paired: Paired, changes: RunChanges) -> Causes:
    """
    Find what can have changed each building in both results.

    Another version is a cause where buildings of which nothing else differs changed all the same,
    or where there are none that could tell.

    Parameters
    ----------
    before, after : Result
    paired : Paired
    changes : RunChanges

    Returns
    -------
    Causes
    """
    by_light = any(
        bool(one.skylines) or runs.assumption(one, "layout.design") not in (None, "stated")
        for one in (before, after)
    )
    ids = pd.Index(paired.before["building_id"])
    data = dict(paired.given)
    _add(data, ZONES, _differ(*(_zone_marks(one, ids) for one in (before, after))))
    if not set(changes.assumptions) & set(_OF_PLANES):
        # Planes that a file gives, not those that follow from another outline or area.
        follow = [paired.given[name] for name in touches.touching(paired.given, _AREAS[0])]
        others = np.logical_or.reduce([np.zeros(len(ids), dtype=np.bool_), *follow])
        marks = (_plane_marks(one, ids) for one in (before, after))
        _add(data, PLANES, _differ(*marks) & ~others)
    assumed = {key: _where_assumed(key, paired) for key in changes.assumptions}
    none = np.zeros(len(ids), dtype=np.bool_)
    present = {
        "data": np.logical_or.reduce([none, *data.values()]),
        "weather": _weather(before, after, paired, changes),
        "assumption": np.logical_or.reduce([none, *assumed.values()]),
        "surroundings": _surroundings(before, after, ids, changes),
    }
    other = np.logical_or.reduce(list(present.values()))
    controls = int((~other).sum()), int((~other & paired.moved).sum())
    suspect = changes.versions and (controls[0] == 0 or controls[1] > 0)
    present["version"] = np.full(len(ids), suspect, dtype=np.bool_)
    return Causes(paired, present, data, assumed, by_light, controls)


def _labels() -> npt.NDArray[np.object_]:
    """Causes in words, by code."""
    return np.array(
        [
            "+".join(name for bit, name in enumerate(CAUSES) if code >> bit & 1)
            for code in range(1 << len(CAUSES))
        ],
        dtype=object,
    )


def _add(data: dict[str, Flags], name: str, flags: Flags) -> None:
    if flags.any():
        data[name] = flags


def _differ(old: Codes, new: Codes) -> Flags:
    return np.asarray(old != new)


def _where_assumed(key: str, paired: Paired) -> Flags:
    """Buildings that an assumption concerns: those of its use, or all."""
    room, _, name = key.partition(".")
    if room not in touches.BY_USE:
        return np.ones(len(paired.before), dtype=np.bool_)
    use = name.rpartition("_")[0]
    uses = (table["use"].to_numpy(dtype=object) for table in (paired.before, paired.after))
    return np.asarray(np.logical_or.reduce([one == use for one in uses]), dtype=np.bool_)


def _weather(before: Result, after: Result, paired: Paired, changes: RunChanges) -> Flags:
    """Buildings whose weather differs: its hours, or the sites that a roof at its place takes."""
    ids = pd.Index(paired.before["building_id"])
    tables = [one.planes for one in (before, after)]
    marks = [_summed(table, _site_codes(table), ids) for table in tables]
    moved = np.logical_or.reduce(
        [
            np.zeros(len(ids), dtype=np.bool_),
            *(paired.given[n] for n in _PLACE if n in paired.given),
        ]
    )
    # What is excluded has no planes, but the site of its place all the same.
    sites = paired.figures.get("weather_site", np.zeros_like(moved))
    others = (_differ(*marks) | sites) & ~moved
    if set(changes.assumptions) & set(_SITES):
        others[:] = False
    for table in tables if changes.weather else ():
        shares = shares_of(table)
        rows = shares.row[np.isin(shares.site.astype(str), sorted(changes.weather))]
        others |= np.asarray(ids.isin(table["building_id"].iloc[rows]))
    return others


def _surroundings(before: Result, after: Result, ids: pd.Index, changes: RunChanges) -> Flags:
    """Buildings that see another skyline, where files that can tell it differ."""
    sources = [set(one.skylines) for one in (before, after)]
    if sources[0] == sources[1] and not changes.inputs:
        return np.zeros(len(ids), dtype=np.bool_)
    kept = not any(isinstance(one.skylines, NotKept) for one in (before, after))
    marks = _skyline_marks if kept else _light_marks
    return _differ(*(marks(one, ids) for one in (before, after)))


def _skyline_marks(result: Result, ids: pd.Index) -> Codes:
    planes = result.planes
    names = planes["plane_id"].to_numpy(dtype=object)
    marks = np.zeros(len(planes), dtype=np.uint64)
    for number, source in enumerate(sorted(result.skylines), 1):
        seen = energy.skylines_of(result.skylines[source], names)
        rows = _row_codes(seen.elevation, number) + _row_codes(seen.canopy, number + 10)
        owner = np.repeat(np.arange(len(names)), np.diff(seen.starts))
        np.add.at(marks, owner, rows[seen.members])
    return _summed(planes, marks, ids)


def _light_marks(result: Result, ids: pd.Index) -> Codes:
    """What is left of skylines that were not kept: the share of its light that a plane gets."""
    if not result.skylines:
        return np.zeros(len(ids), dtype=np.uint64)
    access = result.planes[["solar_access"]].to_numpy(dtype=float)
    return _summed(result.planes, _row_codes(np.round(access, 9), 1), ids)


def _plane_marks(result: Result, ids: pd.Index) -> Codes:
    values = result.planes[list(_PLANE)].to_numpy(dtype=float)
    return _summed(result.planes, _row_codes(np.round(values, 6), 1), ids)


def _zone_marks(result: Result, ids: pd.Index) -> Codes:
    if result.zones is None:
        return np.zeros(len(ids), dtype=np.uint64)
    zones = result.zones
    shapes = zones.geometry.to_wkb().astype(object)
    kinds = zones["kind"].astype(str)
    said = kinds + shapes.map(bytes.hex)
    return _summed(zones, pd.util.hash_array(said.to_numpy(dtype=object)), ids)


def _site_codes(planes: pd.DataFrame) -> Codes:
    said = planes["weather_site"].astype(object).astype(str)
    if "weather_weights" in planes:
        said = said + planes["weather_weights"].astype(object).astype(str)
    return pd.util.hash_array(said.to_numpy(dtype=object))


def _row_codes(values: npt.NDArray, salt: int) -> Codes:
    """One number for all the bits of each row."""
    bits = np.ascontiguousarray(values, dtype=np.float64).view(np.uint64)
    random = np.random.default_rng(salt)
    odd = random.integers(0, 2**63, bits.shape[1], dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    mixed = (bits ^ (bits >> np.uint64(31))) * odd
    return np.asarray((mixed ^ (mixed >> np.uint64(29))).sum(axis=1, dtype=np.uint64))


def _summed(rows: pd.DataFrame, codes: Codes, ids: pd.Index) -> Codes:
    """Codes of the rows of each building, added: their order does not count."""
    place = ids.get_indexer(rows["building_id"].to_numpy(dtype=object))
    found = np.zeros(len(ids), dtype=np.uint64)
    kept = place >= 0
    np.add.at(found, place[kept], codes[kept])
    return found
