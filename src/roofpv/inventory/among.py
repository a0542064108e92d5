"""What a check must know of the whole list where it sees only some rows of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from roofpv.inventory.classes.districts import Spelling
from roofpv.inventory.findings import Finding


@dataclass(frozen=True, eq=False)
class Among:
    """
    The list that some rows are of, as far as other rows of it matter to them.

    ``repeated`` are keys taken instead of those that stand twice, by the place of the row in the
    list (``source_at``, from 0); ``districts`` what each cell of that column is taken as, in the
    order of the first; ``given`` the columns that are not empty; ``institutions`` numbers by the
    plain name that stands beside one number only; ``middle`` latitude and longitude of the middle
    of the list, None of a short one [deg]; ``twice`` outlines that stand twice, at places in the
    list.
    """

    repeated: Mapping[int, str] = field(default_factory=dict)
    districts: Mapping[object, Spelling] = field(default_factory=dict)
    given: frozenset[str] = frozenset()
    institutions: Mapping[str, str] = field(default_factory=dict)
    middle: tuple[float, float] | None = None
    twice: tuple[Finding, ...] = ()

    def keys_of(self, places: np.ndarray) -> dict[int, str]:
        """Keys taken instead, by the row among those at ``places``."""
        if not self.repeated:
            return {}
        named = ((row, self.repeated.get(at)) for row, at in enumerate(places.tolist()))
        return {row: key for row, key in named if key is not None}

    def doubles(self, places: np.ndarray) -> list[Finding]:
        """``twice`` at the rows that stand at ``places``."""
        rows = pd.Series(np.arange(len(places)), index=places)
        found = []
        for one in self.twice:
            mine = np.isin(one.at, places)
            if mine.any():
                picked = one.picked(mine)
                found.append(replace(picked, at=rows.loc[picked.at].to_numpy()))
        return found
