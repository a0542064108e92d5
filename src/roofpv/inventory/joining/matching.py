"""Which footprint is which row's: the matches as they are made, and those by key."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import numpy as np
import pandas as pd

from roofpv.inventory.keys import key_text

# Why a row has no footprint, as the catalogue has it.
NO_KEY, NO_ID, AMBIGUOUS = "NO_JOIN_KEY", "NO_FOOTPRINT_ID", "AMBIGUOUS_FOOTPRINT"


@dataclass(frozen=True, eq=False)
class Matches:
    """
    What belongs together.

    ``register`` and ``footprint`` are positions, one pair each; no footprint stands in two pairs.
    ``how`` says by what (``id``, ``place``, ``nearest``, ``name``, ``similar``) and ``detail`` how
    near, or the name found. By register row: ``rank``, the order in which rows keep a footprint;
    ``reason``, the code why a row has no footprint, empty where it has; ``shared_with``, the row
    that keeps the footprint of this one, else -1. By footprint: ``contested`` marks those that
    several could have.
    """

    register: np.ndarray
    footprint: np.ndarray
    how: np.ndarray
    detail: np.ndarray
    rank: np.ndarray
    reason: np.ndarray
    shared_with: np.ndarray
    contested: np.ndarray


class Book:
    """The matches as they are made; each footprint is given once."""

    def __init__(self, rank: np.ndarray, footprints: int) -> None:
        rows = len(rank)
        self.rank = rank
        self.matched = np.zeros(rows, dtype=bool)
        self.reason = np.full(rows, "", dtype=object)
        self.shared_with = np.full(rows, -1)
        self.taken = np.zeros(footprints, dtype=bool)
        self.contested = np.zeros(footprints, dtype=bool)
        self._pairs: list[tuple[np.ndarray, ...]] = []

    @property
    def open(self) -> np.ndarray:
        """Rows that have no footprint and share none."""
        return ~self.matched & (self.shared_with < 0)

    def give(
        self, rows: np.ndarray, footprints: np.ndarray, how: str, detail: np.ndarray | None = None
    ) -> None:
        """Note pairs; of rows that want one footprint the first by rank keeps it."""
        said = np.full(len(rows), "", dtype=object) if detail is None else detail
        order = np.lexsort((self.rank[rows], footprints))
        rows, footprints, said = rows[order], footprints[order], said[order]
        first = np.append(True, footprints[1:] != footprints[:-1])[: len(rows)]
        keepers = rows[first]
        self.matched[keepers] = True
        self.taken[footprints] = True
        ways = np.full(len(keepers), how, dtype=object)
        self._pairs.append((keepers, footprints[first], ways, said[first]))
        self.share(rows[~first], keepers[np.cumsum(first) - 1][~first])

    def share(self, rows: np.ndarray, keepers: np.ndarray) -> None:
        """Note rows whose footprint another row keeps."""
        late = ~self.matched[rows]
        self.shared_with[rows[late]] = keepers[late]

    def explain(self, rows: np.ndarray, code: str) -> None:
        """Say why rows have no footprint, where nothing was said before."""
        self.reason[rows & (self.reason == "")] = code

    def doubt(self, rows: np.ndarray, footprints: np.ndarray) -> None:
        """Say of rows and footprints that several would do."""
        doubtful = np.zeros(len(self.rank), dtype=bool)
        doubtful[rows] = True
        self.explain(doubtful & self.open, AMBIGUOUS)
        self.contested[footprints] = True

    def matches(self) -> Matches:
        """All that was noted, in the order of the register."""
        none = (np.zeros(0, dtype=int), np.zeros(0, dtype=int), *np.zeros((2, 0), dtype=object))
        pairs = zip(none, *self._pairs, strict=True)
        row, footprint, how, detail = (np.concatenate(column) for column in pairs)
        order = np.lexsort((footprint, row))
        self.reason[~self.open] = ""
        return Matches(
            row[order], footprint[order], how[order], detail[order], self.rank,
            self.reason, self.shared_with, self.contested,
        )  # fmt: skip


def keys_of(table: pd.DataFrame, column: str) -> np.ndarray:
    """
    Keys of a column in compatibility form (NFKC), without blanks around them.

    Parameters
    ----------
    table : DataFrame (row,)
    column : str

    Returns
    -------
    ndarray of str (row,)
        Empty where there is none.
    """
    if column not in table:
        return np.full(len(table), "", dtype=object)
    cells = table[column].tolist()
    texts = [cell.strip() if type(cell) is str else _key(cell) for cell in cells]
    plain = [t if t.isascii() else unicodedata.normalize("NFKC", t).strip() for t in texts]
    return np.array(plain, dtype=object)


def _key(cell: object) -> str:
    return (
        "" if cell is None or (pd.api.types.is_scalar(cell) and pd.isna(cell)) else key_text(cell)
    )


def match_ids(register: pd.DataFrame, footprints: pd.DataFrame, book: Book) -> int:
    """
    Match rows and footprints of one ``building_id``, then of one ``institution_id``.

    Parameters
    ----------
    register, footprints : DataFrame (row,)
    book : Book
        Where the matches are noted.

    Returns
    -------
    int
        How many rows found theirs only without leading zeros.
    """
    own, theirs = keys_of(register, "building_id"), keys_of(footprints, "building_id")
    zeros = _without_zeros(own, theirs)
    keys = own.copy()
    keys[[*zeros]] = [*zeros.values()]
    _match_keys(keys, theirs, book)
    number, their_number = (keys_of(t, "institution_id") for t in (register, footprints))
    _match_institutions(number, their_number, book)
    book.explain((own == "") & (number == ""), NO_KEY)
    book.explain(np.ones(len(own), dtype=bool), NO_ID)
    return sum(bool(book.matched[row] or book.shared_with[row] >= 0) for row in zeros)


def _without_zeros(own: np.ndarray, theirs: np.ndarray) -> dict[int, str]:
    """Rows whose key differs from one footprint key, and that from no other, by its zeros only."""
    bare, their_bare = _bare_keys(own), _bare_keys(theirs)
    known = set(theirs)
    return {
        row: their_bare[key.lstrip("0")]
        for row, key in enumerate(own.tolist())
        if key not in known and bare.get(key.lstrip("0")) == key and key.lstrip("0") in their_bare
    }


def _bare_keys(keys: np.ndarray) -> dict[str, str]:
    """Key by its digits without leading zeros, where only one key has these."""
    digits = [key for key in pd.unique(keys) if key.isascii() and key.isdigit()]
    bare = pd.Series(digits, index=[key.lstrip("0") for key in digits], dtype=object)
    return dict(bare[~bare.index.duplicated(keep=False)])


def _match_keys(own: np.ndarray, theirs: np.ndarray, book: Book) -> None:
    by_rank = np.argsort(book.rank)
    by_rank = by_rank[own[by_rank] != ""]
    keepers = pd.Series(by_rank, index=own[by_rank])
    keepers = keepers[~keepers.index.duplicated()]
    at = keepers.index.get_indexer(theirs)
    hit = np.flatnonzero(at >= 0)
    book.give(keepers.to_numpy()[at[hit]], hit, "id")
    keeper = keepers.reindex(own).fillna(-1).to_numpy(dtype=int)
    others = np.flatnonzero((keeper >= 0) & (keeper != np.arange(len(own))))
    others = others[book.matched[keeper[others]]]
    book.share(others, keeper[others])


def _match_institutions(own: np.ndarray, theirs: np.ndarray, book: Book) -> None:
    """Footprints of an institution go to its row, if it has only one: a campus."""
    stated = np.flatnonzero(own != "")
    rows = pd.Series(stated, index=own[stated])
    several = rows.index.duplicated(keep=False)
    once = rows[~several]
    at = once.index.get_indexer(theirs)
    free = np.flatnonzero((at >= 0) & ~book.taken)
    row = once.to_numpy()[at[free]]
    wanted = book.open[row]
    book.give(row[wanted], free[wanted], "id")
    left = np.flatnonzero(~book.taken & np.isin(theirs, [*set(rows.index[several])]))
    several_rows = np.flatnonzero(book.open & np.isin(own, [*set(theirs[left])]))
    book.doubt(several_rows, left[np.isin(theirs[left], [*set(own[several_rows])])])
