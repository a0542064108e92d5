"""Which footprint is which row's, by name: near its place, or the only one in its district."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from roofpv.inventory.classes.wording import plain
from roofpv.inventory.joining.by_place import clearly_nearest, nearest_outlines
from roofpv.inventory.joining.likeness import (
    Names,
    alike,
    district_of,
    is_generic,
    names_of,
    nearly_equal,
)
from roofpv.inventory.joining.matching import NO_KEY, Book

NO_NAME = "NO_FOOTPRINT_NAMED"
_APART = "\x1f"  # in no name: they are letters and digits only


@dataclass(frozen=True, eq=False)
class _Labels:
    """
    What a table calls its rows.

    ``full`` is the building's name with its institution's, ``name`` its own (not a generic one),
    ``whole`` the institution of a row that is no one building of it, ``office`` the institution of
    a row with a generic name.
    """

    full: Names
    name: Names
    institution: Names
    whole: Names
    office: Names
    district: np.ndarray

    @property
    def stated(self) -> np.ndarray:
        """Rows that are called anything."""
        return self.full.stated | self.institution.stated


# Which labels of the register and of the footprints are compared; the first two name a building,
# the others an institution, and by some of these one row may have several footprints: a campus.
_BUILDING = (("full", "full"), ("name", "name"))
_CAMPUS = (("whole", "institution"), ("whole", "name"), ("name", "institution"))
_OFFICE = (("office", "institution"), ("office", "name"))


def match_names(
    tables: tuple[pd.DataFrame, pd.DataFrame],
    places: np.ndarray,
    shapes: np.ndarray,
    limits: tuple[float, float],
    book: Book,
) -> None:
    """
    Match rows and footprints of one name.

    A row with a place finds its footprint within reach; one without, where the name is the only
    one of its kind in the district, on both sides.

    Parameters
    ----------
    tables : (DataFrame (row,), DataFrame (footprint,))
        ``name``, ``institution`` and ``district`` of the register and of the footprints.
    places : ndarray (row, 2)
        Longitude and latitude, NaN where there is none. [deg]
    shapes : ndarray of polygons (footprint,)
        WGS84. [deg]
    limits : (float, float)
        Reach [m], and how alike two names must be.
    book : Book
        Where the matches are noted.
    """
    reach_m, least = limits
    starts = {word for table in tables for word in _district_words(table)}
    own, theirs = (_labels(table, starts) for table in tables)
    book.explain(~own.stated, NO_KEY)
    placed = np.isfinite(places).all(axis=1)
    named = np.flatnonzero(theirs.stated)
    rows = np.flatnonzero(placed & own.stated)
    tree = shapely.STRtree(shapes[named])
    row, near, distance = nearest_outlines(places, rows, shapes[named], reach_m, tree)
    _match_near((own, theirs), (row, named[near], distance), least, book)
    book.explain(placed, NO_NAME)
    for labels in (*_BUILDING, *_CAMPUS, *_OFFICE):
        _match_equal((own, theirs), labels, ~placed, book)
    for labels in _similar_labels(own, theirs):
        _match_similar((own, theirs), labels, least, book)
    book.explain(book.open, NO_NAME)


def _similar_labels(own: _Labels, theirs: _Labels) -> Iterator[tuple[str, str]]:
    """Labels worth comparing character by character: of a million names the work of seconds."""
    yield "full", "full"
    if (own.full.core != own.name.core).any() or (theirs.full.core != theirs.name.core).any():
        yield "name", "name"
    yield from _CAMPUS[:2]


def _district_words(table: pd.DataFrame) -> set[str]:
    """Names of the districts of a table, which names of buildings may begin with."""
    if "district" not in table:
        return set()
    words = {plain(str(text)) for text in table["district"].dropna().unique()}
    return {word for word in words if len(word) > 2 and word[-1] in "区县市旗"}


def _labels(table: pd.DataFrame, starts: set[str]) -> _Labels:
    columns = (table.get(name) for name in ("name", "institution"))
    name, institution = (names_of(column, len(table), starts) for column in columns)
    generic = np.array([bool(core) and is_generic(core) for core in name.core], dtype=bool)
    whole = ~name.stated | (name.core == institution.core)
    full = [_full(*cores) for cores in zip(name.core, institution.core, generic, strict=True)]
    begins = np.where(institution.stated & name.stated, institution.place, name.place)
    districts = table.get("district", pd.Series("", index=table.index))
    known = {text: district_of(text) for text in districts.dropna().unique()}
    return _Labels(
        full=Names(np.array(full, dtype=object), begins),
        name=name.where(~generic),
        institution=institution,
        whole=institution.where(whole),
        office=institution.where(generic),
        district=districts.map(known).fillna("").to_numpy(dtype=object),
    )


def _full(name: str, institution: str, generic: bool) -> str:
    """Name of a building with that of its institution; empty where it names no one building."""
    if not name or (generic and not institution):
        return ""
    return name if name.startswith(institution) else institution + name


def _match_equal(
    tables: tuple[_Labels, _Labels], labels: tuple[str, str], may: np.ndarray, book: Book
) -> None:
    """Names that are equal, and the only ones: with district and beginning, then without."""
    own, theirs = getattr(tables[0], labels[0]), getattr(tables[1], labels[1])
    wanted = pd.Index(pd.unique(own.core[own.stated & may & book.open]))
    footprints = np.flatnonzero(wanted.get_indexer(theirs.core) >= 0)
    common = pd.Index(pd.unique(theirs.core[footprints]))
    rows = np.flatnonzero(common.get_indexer(own.core) >= 0)
    # A campus is written now with, now without the place that its name begins with.
    for parts in (2, 3, 1) if labels in _CAMPUS else (3, 2, 1):
        keys = _keys(tables[0], own, rows, parts)
        their_keys = _keys(tables[1], theirs, footprints, parts)
        row_of = keys[~keys.index.duplicated(keep=False)]
        at = row_of.index.get_indexer(their_keys.index)
        several = their_keys.index.duplicated(keep=False) & (labels not in _CAMPUS)
        hit = (at >= 0) & ~several
        row, footprint = row_of.to_numpy()[at[hit]], their_keys.to_numpy()[hit]
        wanted = may[row] & book.open[row] & ~book.taken[footprint]
        wanted &= _fitting(tables, labels, row, footprint)
        book.give(row[wanted], footprint[wanted], "name")
    rows, free = rows[(may & book.open)[rows]], footprints[~book.taken[footprints]]
    districts = (tables[0].district, tables[1].district)
    book.doubt(
        _meets((own, theirs), districts, rows, free),
        _meets((theirs, own), districts[::-1], free, rows),
    )


def _keys(table: _Labels, names: Names, rows: np.ndarray, parts: int) -> pd.Series:
    """Rows by name, by name and district, or by these and what the name begins with."""
    columns = (names.core[rows], table.district[rows], names.place[rows])[:parts]
    keys = [_APART.join(key) for key in zip(*columns, strict=True)]
    return pd.Series(rows, index=pd.Index(keys, dtype=object))


def _fitting(
    tables: tuple[_Labels, _Labels], labels: tuple[str, str], row: np.ndarray, footprint: np.ndarray
) -> np.ndarray:
    """Pairs whose districts, beginnings and, for a building's own name, institutions may be one."""
    own, theirs = tables
    columns = [(own.district, theirs.district)]
    columns.append((getattr(own, labels[0]).place, getattr(theirs, labels[1]).place))
    if labels == ("name", "name"):
        columns.append((own.institution.core, theirs.institution.core))
    fits = np.ones(len(row), dtype=bool)
    for mine, other in columns:
        one, another = mine[row], other[footprint]
        fits &= (one == "") | (another == "") | (one == another)
    return fits


def _meets(
    names: tuple[Names, Names], districts: tuple[np.ndarray, np.ndarray], at: np.ndarray,
    others: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Which rows have a name that one of the others has, where the districts may be one."""
    mine, theirs = names
    district, their_district = districts
    known = set(zip(theirs.core[others], their_district[others], strict=True))
    every, anywhere = {core for core, _ in known}, {core for core, d in known if not d}
    pairs = zip(mine.core[at], district[at], strict=True)
    meets = [(c, d) in known or c in anywhere or (not d and c in every) for c, d in pairs]
    return at[np.array(meets, dtype=bool)]


def _match_similar(
    tables: tuple[_Labels, _Labels], labels: tuple[str, str], least: float, book: Book
) -> None:
    """Names that nearly are one, where nothing else nearly is."""
    own, theirs = getattr(tables[0], labels[0]), getattr(tables[1], labels[1])
    rows = np.flatnonzero(own.stated & book.open & (book.reason == ""))
    if not rows.size:
        return
    free = np.flatnonzero(theirs.stated & ~book.taken)
    by_core = _by_core(own.core, tables[0].district, rows)
    by_their_core = _by_core(theirs.core, tables[1].district, free)
    pairs = [
        (row, footprint)
        for one, other in nearly_equal(by_core, by_their_core)
        if alike(one, other, least)
        for row in by_core[one]
        for footprint in by_their_core[other]
    ]
    row, footprint = np.array(pairs, dtype=int).reshape(-1, 2).T
    fits = _fitting(tables, labels, row, footprint)
    row, footprint = row[fits], footprint[fits]
    once = ~pd.Series(row).duplicated(keep=False) & ~pd.Series(footprint).duplicated(keep=False)
    book.give(row[once], footprint[once], "similar", theirs.core[footprint[once]])
    book.doubt(row[~once], footprint[~once])


def _by_core(core: np.ndarray, district: np.ndarray, rows: np.ndarray) -> dict[str, list[int]]:
    """Rows that have their name alone in their district, by name."""
    keys = pd.DataFrame({"core": core[rows], "district": district[rows]})
    alone = rows[~keys.duplicated(keep=False).to_numpy()]
    found: dict[str, list[int]] = {}
    for name, row in zip(core[alone], alone.tolist(), strict=True):
        found.setdefault(name, []).append(row)
    return found


def _match_near(
    tables: tuple[_Labels, _Labels],
    near: tuple[np.ndarray, np.ndarray, np.ndarray],
    least: float,
    book: Book,
) -> None:
    """Of the footprints near a place those of the row's name; a building's before a campus's."""
    row, footprint, distance = near
    building = _scores(tables, _BUILDING, (row, footprint), least)
    wanted = _best(row, building)
    first, sure = _within(wanted, row, distance)
    book.give(row[sure], footprint[sure], "name")
    unsure = wanted & np.isin(row, row[first & ~sure])
    book.doubt(row[unsure], footprint[unsure])
    left = np.flatnonzero((book.open & (book.reason == ""))[row] & ~book.taken[footprint])
    row, footprint, distance = row[left], footprint[left], distance[left]
    for labels, many in ((_CAMPUS, True), (_OFFICE, False)):
        wanted = _best(row, _scores(tables, labels, (row, footprint), least))
        wanted &= (book.open & (book.reason == ""))[row] & ~book.taken[footprint]
        first, sure = _within(wanted, row, distance)
        given = wanted if many else sure
        # An institution near which two of its rows stand has two buildings there, not one.
        rows_of = pd.DataFrame({"f": footprint[given], "r": row[given]}).groupby("f")["r"]
        crowd = np.zeros(len(row), dtype=bool)
        crowd[given] = rows_of.transform("nunique").to_numpy() > 1
        doubtful = wanted & (np.isin(row, row[crowd]) | (~given & np.isin(row, row[first & ~sure])))
        given &= ~doubtful
        book.give(row[given], footprint[given], "name")
        book.doubt(row[doubtful], footprint[doubtful])


def _scores(
    tables: tuple[_Labels, _Labels],
    labels: tuple[tuple[str, str], ...],
    pairs: tuple[np.ndarray, np.ndarray],
    least: float,
) -> np.ndarray:
    """How alike the names of each pair are, by whichever labels they are most."""
    best = np.zeros(len(pairs[0]))
    for mine, other in labels:
        fits = _fitting(tables, (mine, other), *pairs)
        one = getattr(tables[0], mine).core[pairs[0]]
        another = getattr(tables[1], other).core[pairs[1]]
        for i in np.flatnonzero(fits & (one != "") & (another != "")):
            best[i] = max(best[i], alike(one[i], another[i], least))
    return best


def _best(row: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Pairs whose names are the most alike of their row, and alike at all."""
    most = pd.Series(score).groupby(row).transform("max").to_numpy()
    return (score > 0) & (score == most)


def _within(
    wanted: np.ndarray, row: np.ndarray, distance: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Nearest of the wanted pairs of each row, and of those which leave no doubt."""
    first, sure = np.zeros((2, len(row)), dtype=bool)
    first[wanted], sure[wanted] = clearly_nearest(row[wanted], distance[wanted])
    return first, sure
