"""What parts say beside their tables, added up as if the list had been in one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from roofpv.assessment import Part
from roofpv.contexts import added_up, sum_of_digests
from roofpv.inventory.findings import Finding

# A warning shows five values and tells whether there are more.
_SHOWN = 6
# Digest of the roofs that skylines were made for.
_ROOFS = "made_roofs"


@dataclass(frozen=True)
class Tally:
    """
    One kind of finding: how often, where first in the list, the first values that stood.

    ``at`` are the places of these in the list, where parts do not follow each other in it.
    """

    kind: str
    code: str
    column: str
    words: Mapping[str, str]
    count: int
    first: int
    values: tuple[str, ...]
    at: tuple[int, ...] = ()

    @property
    def key(self) -> tuple[Any, ...]:
        """What two of them have in common that are one."""
        return _key(self.kind, self.code, self.column, self.words)

    def finding(self) -> Finding:
        """As the check tells it, but for the places."""
        nowhere = np.broadcast_to(np.int64(0), (self.count,))
        return Finding(self.kind, self.code, self.column, nowhere, self.values, words=self.words)


@dataclass(frozen=True)
class Shade:
    """
    What is said of the surroundings of some rows.

    ``attrs`` of the skylines by source, but for ``counts`` of the neighbours and the digest of the
    ``roofs`` (hexadecimal), which add up; ``within`` points of planes that outlines of others
    contain, and such planes.
    """

    attrs: Mapping[str, Mapping[str, Any]]
    counts: Mapping[str, int]
    roofs: str
    within: tuple[int, int]


@dataclass(frozen=True)
class Heard:
    """
    What is said of some rows beside their tables.

    ``rows`` of the list, ``tallies`` of what was found, ``far`` how many rows lie far from their
    weather and how far the farthest [km], ``left_out`` surfaces of 3D models that are no planes,
    ``sites`` of the weather in use, ``months_empty`` by month (of all years in turn), whether a
    plane has no energy, ``shade`` where anything around is known.
    """

    rows: int
    count_in: int
    tallies: tuple[Tally, ...]
    far: tuple[int, float]
    left_out: Mapping[str, int]
    sites: tuple[str, ...]
    months_empty: tuple[bool, ...]
    shade: Shade | None = None

    def as_json(self) -> dict[str, Any]:
        """Values that JSON knows."""
        tallies = [vars(one) | {"words": dict(one.words)} for one in self.tallies]
        for one in tallies:
            if not one["at"]:
                del one["at"]
        shade = None if self.shade is None else vars(self.shade)
        return vars(self) | {
            "tallies": tallies, "left_out": dict(self.left_out), "shade": shade,
        }  # fmt: skip


def heard_from(told: Mapping[str, Any]) -> Heard:
    """Read back what `Heard.as_json` gave."""
    listed = ("values", "at")
    tallies = tuple(
        Tally(**one | {name: tuple(one.get(name, ())) for name in listed})
        for one in told["tallies"]
    )
    count, most = told["far"]
    shade = told["shade"]
    if shade is not None:
        points, planes = shade["within"]
        shade = Shade(shade["attrs"], shade["counts"], shade["roofs"], (points, planes))
    return Heard(
        told["rows"], told["count_in"], tallies, (count, most), told["left_out"],
        tuple(told["sites"]), tuple(told["months_empty"]), shade,
    )  # fmt: skip


def heard_of(
    part: Part,
    places: npt.NDArray[np.int64],
    counts: Mapping[str, int] | None = None,
    *,
    picked: bool = False,
) -> Heard:
    """
    What a part says beside its tables.

    Parameters
    ----------
    part : Part
    places : ndarray (row,)
        Of its rows in the list.
    counts : mapping, optional
        Of its neighbours, where these are those of some rows of a list.
    picked : bool
        Whether its rows stand among those of other parts.
    """
    empty = part.by_plane["ac_kwh"].isnull().any("plane_id").to_numpy().ravel()
    sites: list[object] = part.weather["site"].to_numpy().tolist() if len(part.buildings) else []
    told = part.told
    return Heard(
        told.rows, told.count_in,
        _tallies([[_tally(one, places, picked=picked) for one in told.findings]]),
        told.far, told.left_out, tuple(map(str, sites)), tuple(map(bool, empty)),
        _shade(part.sources, counts or {}),
    )  # fmt: skip


def joined(parts: Sequence[Heard]) -> Heard:
    """
    What several parts say together.

    Parameters
    ----------
    parts : sequence of Heard
        In the order of the list.
    """
    names = dict.fromkeys(name for one in parts for name in one.left_out)
    by_part = np.array([one.months_empty for one in parts], dtype=bool)
    empty: list[bool] = np.any(by_part, axis=0).tolist()
    return Heard(
        rows=sum(one.rows for one in parts),
        count_in=sum(one.count_in for one in parts),
        tallies=_tallies([one.tallies for one in parts]),
        far=(sum(one.far[0] for one in parts), max(one.far[1] for one in parts)),
        left_out={name: sum(one.left_out.get(name, 0) for one in parts) for name in names},
        sites=tuple(sorted({site for one in parts for site in one.sites})),
        months_empty=tuple(empty),
        shade=_shades([one.shade for one in parts if one.shade is not None]),
    )


def _shade(sources: Mapping[str, xr.Dataset], counts: Mapping[str, int]) -> Shade | None:
    if not sources:
        return None
    added = {*counts, _ROOFS}
    attrs = {
        name: {str(key): _plain(value) for key, value in data.attrs.items() if key not in added}
        for name, data in sources.items()
    }
    points = np.zeros(0, dtype=np.int64)
    if "neighbours" in sources:
        points = sources["neighbours"]["points_within_others"].to_numpy()
    roofs = next(str(data.attrs[_ROOFS]) for data in sources.values())
    return Shade(attrs, dict(counts), roofs, (int(points.sum()), int((points > 0).sum())))


def _plain(value: Any) -> Any:
    """Attribute as JSON knows it."""
    return value.item() if isinstance(value, np.generic) else value


def _shades(shades: Sequence[Shade]) -> Shade | None:
    if not shades:
        return None
    points, planes = (sum(column) for column in zip(*(one.within for one in shades), strict=True))
    return Shade(
        shades[0].attrs,
        added_up(one.counts for one in shades),
        sum_of_digests(int(one.roofs, 16) for one in shades),
        (points, planes),
    )


def in_order(tallies: Sequence[Tally], findings: Sequence[Finding]) -> tuple[Tally, ...]:
    """
    Tallies in the order in which a check finds them, which no part need show.

    Parameters
    ----------
    tallies : sequence of Tally
    findings : sequence of Finding
        Of a check of the first row of each of them.
    """
    turns: dict[tuple[Any, ...], int] = {}
    for turn, one in enumerate(findings):
        turns.setdefault(_key(one.kind, one.code, one.column, one.words), turn)
    return tuple(sorted(tallies, key=lambda one: (turns.get(one.key, -1), one.first)))


def _tally(one: Finding, places: npt.NDArray[np.int64], *, picked: bool) -> Tally:
    at = places[one.at]
    shown = list(dict.fromkeys(value for value in one.values if value))[:_SHOWN]
    stood = [int(at[one.values.index(value)]) for value in shown] if picked else []
    first = int(at.min())
    return Tally(
        one.kind, one.code, one.column, dict(one.words), len(at), first, (*shown,), (*stood,)
    )


def _key(kind: str, code: str, column: str, words: Mapping[str, str]) -> tuple[Any, ...]:
    return kind, code, column, tuple(sorted(words.items()))


def _tallies(parts: Sequence[Sequence[Tally]]) -> tuple[Tally, ...]:
    """Those of one key added up; by their first row, `in_order` knows better."""
    sums: dict[tuple[Any, ...], Tally] = {}
    for one in (one for tallies in parts for one in tallies):
        known = sums.get(one.key, replace(one, count=0))
        values, at = _first_shown(known, one)
        count, first = known.count + one.count, min(known.first, one.first)
        sums[one.key] = replace(known, count=count, first=first, values=values, at=at)
    return tuple(sorted(sums.values(), key=lambda one: (one.first, one.key)))


def _first_shown(known: Tally, one: Tally) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Values of both that stand first in the list, and where if that is known."""
    values = [*known.values, *one.values]
    at = [*known.at, *one.at]
    if at:
        turns = sorted(range(len(values)), key=at.__getitem__)
        at = [at[turn] for turn in turns]
        values = [values[turn] for turn in turns]
    shown = list(dict.fromkeys(values))[:_SHOWN]
    return tuple(shown), tuple(at[values.index(value)] for value in shown) if at else ()
