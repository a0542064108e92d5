"""The buildings of two results side by side, and which of their columns differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from roofpv import schema
from roofpv.errors import InvalidResult
from roofpv.results import Result

Flags = npt.NDArray[np.bool_]

# How the list was read is no news of a building.
_QUIET = {"use_confidence", "use_basis", "use_alternative", "source_sheet"}
GIVEN = tuple(
    column for column in (*schema.INVENTORY[1:], *schema.CHECKED) if column.name not in _QUIET
)
FIGURES = schema.RESULT
# Results of two machines differ in the last bits. [1]
SAME = 1e-9


@dataclass(frozen=True, eq=False)
class Paired:
    """
    Buildings of two results.

    ``before`` and ``after`` (building,) are those in both, row by row the same one, in the order
    of their ids; ``gone`` and ``new`` those of one alone. ``given`` and ``figures`` tell by
    column in which of the kept buildings it differs.
    """

    before: pd.DataFrame
    after: pd.DataFrame
    gone: pd.DataFrame
    new: pd.DataFrame
    given: dict[str, Flags]
    figures: dict[str, Flags]

    @property
    def changed(self) -> Flags:
        """Kept buildings of which anything differs."""
        found = np.zeros(len(self.before), dtype=np.bool_)
        for flags in (*self.given.values(), *self.figures.values()):
            found |= flags
        return found

    @property
    def moved(self) -> Flags:
        """Kept buildings of which a result differs."""
        found = np.zeros(len(self.before), dtype=np.bool_)
        for flags in self.figures.values():
            found |= flags
        return found


def pair(before: Result, after: Result) -> Paired:
    """
    Put the buildings of two results side by side.

    Parameters
    ----------
    before, after : Result

    Returns
    -------
    Paired

    Raises
    ------
    InvalidResult
        A result of another version, whose columns are others; a building twice; not one building
        in both.
    """
    first, second = (_typed(one) for one in (before, after))
    place = pd.Index(second["building_id"]).get_indexer(first["building_id"])
    kept = place >= 0
    if len(first) and len(second) and not kept.any():
        raise InvalidResult(
            "building_id",
            f"none of {len(first):,} ids is among the {len(second):,} of the other result",
            "Ids differ: are these the same list? Give both the same column of ids",
        )
    old = first[kept].reset_index(drop=True)
    new = second.iloc[place[kept]].reset_index(drop=True)
    alone = np.ones(len(second), dtype=np.bool_)
    alone[place[kept]] = False
    given = {column.name: _differs(old, new, column, 0.0) for column in GIVEN}
    figures = {column.name: _differs(old, new, column, SAME) for column in FIGURES}
    return Paired(
        old, new, first[~kept].reset_index(drop=True), second[alone].reset_index(drop=True),
        {name: flags for name, flags in given.items() if flags.any()},
        {name: flags for name, flags in figures.items() if flags.any()},
    )  # fmt: skip


def _typed(result: Result) -> pd.DataFrame:
    """Buildings in the order of their ids, each column of the type that its kind asks for."""
    table = pd.DataFrame(result.buildings)
    wanted = [schema.INVENTORY[0], *GIVEN, *FIGURES]
    absent = [column.name for column in wanted if column.name not in table]
    if absent:
        raise InvalidResult(
            "buildings",
            f"columns absent: {', '.join(absent[:5])}: a result of roofpv "
            f"{result.run.get('versions', {}).get('roofpv', 'of another version')}",
            "Assess the inventory again with this version",
        )
    columns = {column.name: _as_kind(table[column.name], column.kind) for column in wanted}
    typed = pd.DataFrame(columns).sort_values("building_id", kind="stable", ignore_index=True)
    twice = typed["building_id"][typed["building_id"].duplicated()]
    if len(twice):
        raise InvalidResult(
            f"building {twice.iloc[0]}", "stands in the result twice", "Assess the inventory again"
        )
    return typed


def _as_kind(column: pd.Series, kind: str) -> pd.Series:
    if kind == "date":
        return pd.to_datetime(column).astype("datetime64[s]")
    if kind == "number":
        return pd.to_numeric(column).astype("float64")
    if kind == "geometry":
        return pd.Series(shapely.to_wkb(column.to_numpy(dtype=object)), dtype=object)
    values = column.astype(object)
    return values.where(values.notna(), None)


def _differs(
    before: pd.DataFrame, after: pd.DataFrame, column: schema.Column, tolerance: float
) -> Flags:
    old, new = before[column.name].to_numpy(), after[column.name].to_numpy()
    if column.kind == "number":
        with np.errstate(invalid="ignore"):
            near = np.abs(new - old) <= tolerance * np.maximum(np.abs(old), np.abs(new))
        return np.asarray(~(near | (np.isnan(old) & np.isnan(new))))
    if column.kind == "date":
        return np.asarray((old != new) & ~(np.isnat(old) & np.isnat(new)))
    # Missing is None by now, which equals itself.
    return np.asarray(old != new, dtype=np.bool_)
