"""The buildings of a 3D city model, gathered one by one, as the table of an inventory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd

from roofpv.errors import InvalidInventory
from roofpv.inventory.formats import solids, srsname
from roofpv.inventory.formats.solids import Shell
from roofpv.inventory.source import Source

# Columns that a reader writes itself; an attribute of that name gets another.
OWN = (
    "building_id", "geometry", "lod", "model_height_m", "roof_surfaces", "surface_ids",
    "unread_geometry",
)  # fmt: skip
# Beyond this a coordinate is no place on Earth, and its squares would not be exact.
FARTHEST = 1e9
_BATCH, _BATCH_POINTS = 4096, 300_000
_MOST_COLUMNS = 1000
_EXACT = 2**53


Content = TypeVar("Content")


class Candidate(NamedTuple, Generic[Content]):
    """
    One geometry of a building or part.

    ``roofs`` says whether roof surfaces can be had from it, ``labelled`` whether it names them.
    ``content`` is whatever the reader makes the shell of.
    """

    roofs: bool
    lod: float
    labelled: bool
    solid: bool
    content: Content


class Model(NamedTuple):
    """
    One building as a reader found it.

    ``row`` is the number that people see, ``unread`` why its geometry cannot be used.
    """

    building_id: str | None
    row: int
    attributes: Mapping[str, object]
    shells: Sequence[Shell] = ()
    lod: str | None = None
    unread: str | None = None


def choose(
    own: Sequence[Candidate[Content]], parts: Sequence[Sequence[Candidate[Content]]]
) -> list[Candidate[Content]]:
    """
    Geometries that make up a building, each piece once.

    The highest level of detail that gives roof surfaces is taken. A building that has that level
    itself is joined by the parts that have it too; else it is made of its parts, each at the best
    level it has.

    Parameters
    ----------
    own : sequence of Candidate
        Of the building itself.
    parts : sequence of sequences of Candidate
        Of each of its parts.
    """
    best = [max(each, key=_rank) for each in (own, *parts) if each]
    if not best:
        return []
    level = max(_rank(candidate) for candidate in best)[:2]
    if own and _rank(best[0])[:2] == level:
        return [candidate for candidate in best if _rank(candidate)[:2] == level]
    return best[1:] if own else best


def _rank(candidate: Candidate[Content]) -> tuple[bool, float, bool, bool]:
    return candidate[:4]


def merged(
    own: Mapping[str, object], parts: Sequence[Mapping[str, object]]
) -> tuple[dict[str, object], set[str]]:
    """
    Attributes of a building, from its parts where it has none itself and they agree; and the names
    of those on which they do not.

    Parameters
    ----------
    own : mapping
    parts : sequence of mappings
    """
    together, torn = dict(own), set[str]()
    for name in {name: None for part in parts for name in part if name not in own}:
        stated = [part[name] for part in parts if name in part]
        if any(value != stated[0] for value in stated):
            torn.add(name)
        else:
            together[name] = stated[0]
    return together, torn


class CityModel:
    """
    Collects buildings and computes their shapes batch by batch, so that of a file read in a stream
    only the result stays in memory.

    ``srs`` is the name of the coordinate system, to be set before the first building is added.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.srs: str | None = None
        self.others: Counter[str] = Counter()
        self.torn: Counter[str] = Counter()
        self.nested: Counter[str] = Counter()
        self.templates = 0
        self.orphans = 0
        self.units: dict[str, str] = {}
        self._cells: dict[str, list[object]] = {}
        self._fixed: dict[str, list[object]] = {name: [] for name in OWN}
        self._rows: list[int] = []
        self._waiting: list[tuple[int, Shell]] = []
        self._points = 0
        self._done = 0
        self._left_out = 0
        self._reference: srsname.Reference | None = None
        self._swapped = False

    def add(self, model: Model) -> None:
        """
        Take one more building.

        Parameters
        ----------
        model : Model

        Raises
        ------
        InvalidInventory
            More different attributes than a table can hold.
        """
        row = len(self._rows)
        self._rows.append(model.row)
        self._fixed["building_id"].append(model.building_id)
        self._fixed["lod"].append(model.lod)
        self._fixed["unread_geometry"].append(model.unread)
        for name, value in model.attributes.items():
            cells = self._cells.setdefault(name, [])
            cells.extend([None] * (row - len(cells)))
            cells.append(value)
        if len(self._cells) > _MOST_COLUMNS:
            raise InvalidInventory(
                self.file,
                f"its buildings have more than {_MOST_COLUMNS} different attributes",
                "Export it with the attributes that are needed",
            )
        self._waiting += [(row, shell) for shell in model.shells]
        self._points += sum(len(shell.points) for shell in model.shells)
        if row + 1 - self._done >= _BATCH or self._points >= _BATCH_POINTS:
            self._compute()

    def _compute(self) -> None:
        """Shapes of the buildings that wait for them."""
        count = len(self._rows) - self._done
        shells, scale = self._placed([shell for _, shell in self._waiting])
        owners = [row - self._done for row, _ in self._waiting]
        shapes = solids.shapes_of(shells, owners, count, scale)
        self._fixed["geometry"] += [*shapes.footprints]
        self._fixed["roof_surfaces"] += [*shapes.roofs]
        self._fixed["surface_ids"] += [*shapes.ids]
        self._fixed["model_height_m"] += [*shapes.heights]
        self._left_out += shapes.left_out
        for row in {row for row, _ in self._waiting}:
            if shapes.footprints[row - self._done] is None:
                self._fixed["unread_geometry"][row] = "none of its surfaces has an area"
        self._done, self._points, self._waiting = len(self._rows), 0, []

    def _placed(self, shells: list[Shell]) -> tuple[list[Shell], np.ndarray]:
        """Shells with easting first and heights in metres, and the metres in their units."""
        if not shells:
            return shells, np.ones(3)
        if self._reference is None:
            self._reference = srsname.reference_of(self.srs)
            self._swapped = srsname.is_swapped(self._reference, shells[0].points)
        unit = self._reference.height_unit
        if self._swapped:
            shells = [shell._replace(points=shell.points[:, [1, 0, 2]]) for shell in shells]
        if unit != 1.0:
            shells = [shell._replace(points=shell.points * [1.0, 1.0, unit]) for shell in shells]
        return shells, srsname.metres_per_unit(self._reference.crs, shells[0].points)

    def source(self) -> Source:
        """
        Table of all buildings.

        Raises
        ------
        InvalidInventory
            There is none.
        """
        if not self._rows:
            kinds = ", ".join(
                f"{count:,} {kind[:40]}" for kind, count in self.others.most_common(5)
            )
            raise InvalidInventory(
                self.file,
                f"the city model has no building ({kinds or 'it is empty'})",
                "Give the file that has the buildings",
            )
        self._compute()
        count = len(self._rows)
        names = _free_names(self._cells)
        columns = {
            names[name]: _cells(cells + [None] * (count - len(cells)))
            for name, cells in self._cells.items()
        }
        fixed = {name: pd.Series(cells, dtype=object) for name, cells in self._fixed.items()}
        fixed["model_height_m"] = fixed["model_height_m"].astype(float)
        shapes = fixed.pop("geometry")
        index = pd.RangeIndex(count)
        table = pd.DataFrame({**fixed, **columns}, index=index)
        crs = (self._reference or srsname.reference_of(self.srs)).crs
        return Source(
            gpd.GeoDataFrame(table, geometry=shapes, crs=crs),
            np.array(self._rows),
            np.full(count, "", dtype=object),
            units={names[name]: unit for name, unit in self.units.items() if name in names},
            notes=self._notes(crs is not None),
        )

    def _notes(self, placed: bool) -> tuple[tuple[str, Mapping[str, str]], ...]:
        said = {
            "model_others": (self.others, _counted(self.others)),
            "model_torn": (self.torn, _counted(self.torn)),
            "model_nested": (self.nested, _counted(self.nested)),
            "model_templates": (self.templates, {"count": f"{self.templates:,}"}),
            "model_orphans": (self.orphans, {"count": f"{self.orphans:,}"}),
            "model_left_out": (self._left_out, {"count": f"{self._left_out:,}"}),
            "model_swapped": (self._swapped, {"srs": str(self.srs)[:80]}),
            "model_srs": (self.srs and not placed, {"srs": str(self.srs)[:80]}),
        }
        return tuple((f"notes.{key}", words) for key, (applies, words) in said.items() if applies)


def _counted(counts: Counter[str]) -> dict[str, str]:
    names = [f"{name[:40]} {count:,}" for name, count in counts.most_common(5)]
    return {"names": ", ".join(names + ["..."] * (len(counts) > 5)), "count": f"{counts.total():,}"}


def _free_names(attributes: Iterable[str]) -> dict[str, str]:
    """Column of each attribute: its own name, unless that is one of ours."""
    taken = {*OWN, *attributes}
    names = {}
    for name in attributes:
        free = name
        while name in OWN and free in taken:
            free += "_attribute"
        taken.add(free)
        names[name] = free
    return names


def _cells(values: list[object]) -> pd.Series:
    """Cells as they are; numbers as numbers where nothing is lost by it."""
    kinds = {*map(type, values)}
    missing = type(None) in kinds
    if kinds <= {int, float, type(None)} and kinds != {type(None)}:
        large = any(isinstance(value, int) and abs(value) > _EXACT for value in values)
        if not large:
            return pd.Series(values, dtype="float64" if missing or float in kinds else "int64")
    return pd.Series(values, dtype=object if kinds != {bool} else "bool")
