"""A target drawn: its buildings in a fixed order, their errors, and the sums of every draw."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy.special import ndtri

from roofpv.assumptions import Certainty
from roofpv.certainty import amounts
from roofpv.certainty.amounts import amounts_together, how_of
from roofpv.certainty.doubts import NAMES, RATES, SPREADS, Doubting, Doubts, Integers, filled_in
from roofpv.compiled import load_kernels, run_kernel
from roofpv.targets.measure import Flags, Floats, Rows
from roofpv.targets.rules import Target
from roofpv.targets.subjects import is_among, subject_masks
from roofpv.targets.sums import EQUAL, Question

_LEVELS = 4096
# Buildings whose amounts stand in memory together: those of a million take 450 MB.
_TOGETHER = 1 << 15
_TAKES = "u1 i2 b1 b1 f2 i1 f3 f3 i2 i2 f2 f0 f2 f2 f1 i0 f4 f3"
# Draws that a thread carries through all buildings at a time: 128 take 60 % more time than 512, and
# these 20 % more than 1024, which leave a second thread nothing to do.
_BLOCK, _BLOCK_ALONE = 512, 1024


# Columns of the buildings at some places, read when they are asked for.
Later = Callable[[Integers], pd.DataFrame]


@dataclass(frozen=True)
class Drawn:
    """
    The buildings that may be of a target's subject, by institution, place and id.

    ``stock``, ``doubts``: all buildings; ``at``: those of them; ``inside``: those taken as of it;
    ``wrong``: chance of being on the other side; ``gate_kinds``, ``gates``: as in `gates_of`;
    ``later``: columns of some buildings that are not in memory.
    """

    stock: Rows
    doubts: Doubting
    at: Integers
    inside: Flags
    wrong: Floats
    gate_kinds: tuple[int, ...]
    gates: Floats
    institution: Integers
    later: Later | None = None

    # Made where they are asked for: of a long list only some rows at a time are.
    @functools.cached_property
    def rows(self) -> Rows:
        """The buildings."""
        places = replace(self.stock.places, codes=self.stock.places.codes[self.at])
        districts = replace(self.stock.districts, codes=self.stock.districts.codes[self.at])
        frame = filled_in(self.stock.frame.iloc[self.at], self._later)
        installed = self.stock.installed[self.at]
        return Rows(frame, places, districts, installed)

    @functools.cached_property
    def _doubts(self) -> Doubts:
        return self.doubts.of(self.at, self._later)

    @functools.cached_property
    def _later(self) -> pd.DataFrame | None:
        return None if self.later is None else self.later(self.at)

    @functools.cached_property
    def spread(self) -> Floats:
        """Spreads as in `Doubts`; ``class_wrong`` is of being on the other side."""
        spread = self._doubts.spread
        spread[:, SPREADS.index("class_wrong")] = self.wrong
        return spread

    @property
    def roof(self) -> Integers:
        """As in `Doubts`."""
        return self._doubts.roof

    @property
    def load(self) -> Integers:
        """As in `Doubts`."""
        return self._doubts.load

    def of(self, name: str) -> Floats:
        """One column of the spreads."""
        return self.spread[:, SPREADS.index(name)]

    def pieces(self) -> Iterator[Drawn]:
        """Some of the buildings after the other, those of an institution together."""
        apart = np.diff(self.institution, append=-1) != 0
        ends = np.flatnonzero(apart | (self.institution < 0)) + 1
        last, count = 0, len(self.inside)
        while last < count:
            first = last
            last = int(ends[np.searchsorted(ends, min(first + _TOGETHER, count))])
            yield self.part(slice(first, last))

    def part(self, at: slice | Flags) -> Drawn:
        """Some of the buildings, in the same order."""
        return replace(
            self,
            at=self.at[at],
            inside=self.inside[at],
            wrong=self.wrong[at],
            gates=self.gates[at],
            institution=self.institution[at],
        )


@dataclass(frozen=True)
class Shared:
    """
    Errors that many buildings have in common, draw by draw.

    ``normal`` (name, draw): standard normal numbers of the first ``len(names)`` names, then those
    of the rates; ``rates`` (rate, draw): factors on the chances, 1 on average.
    """

    names: tuple[str, ...]
    normal: Floats
    rates: Floats


def kernels_ahead() -> list[tuple[Any, str]]:
    """The kernel of the draws, as ``compile_ahead`` takes it."""
    return [(load_kernels("chance").draw_sums, _TAKES)]


def drawn(stock: Rows, doubts: Doubting, ranks: Integers, of: tuple[Target, date]) -> Drawn:
    """
    Who may be of a target's subject, in the order in which they are summed.

    The use and the gates on sizes that have an error are left open; all else is taken as it is.

    Parameters
    ----------
    stock : Rows
        All buildings on the day.
    doubts : Doubting
        Of the same.
    ranks : ndarray of int (building,)
        From `ranks_of` their ids.
    of : (Target, date)
        The target and the day.
    """
    target, as_of = of
    subject = target.subject
    moving = amounts.varied(subject.gates)
    fixed = tuple(gate for gate in subject.gates if gate not in moving)
    open_use = replace(stock, frame=stock.frame.assign(use=subject.uses[0]))
    without = replace(target, subject=replace(subject, gates=fixed))
    eligible = subject_masks(open_use, without, as_of)["subject"]
    inside = is_among(stock.frame["use"], subject.uses)
    wrong = doubts.chance_outside(subject.uses, inside)
    at = np.flatnonzero(eligible & (inside | (wrong > 0.0)))
    codes = _institutions(stock)
    # Of 32 bits: none is more than the list has rows.
    order = np.lexsort([one[at].astype(np.int32) for one in (ranks, stock.places.codes, codes)])
    at = at[order]
    kinds, gates = amounts.gates_of(stock, moving)
    codes = codes[at]
    return Drawn(stock, doubts, at, inside[at], wrong[at], tuple(kinds), gates[at], codes)


def shared_errors(said: Certainty) -> Shared:
    """Draw the shared errors, each by its own name: another list of names changes none."""
    normal = np.stack([_normal(name, said) for name in (*NAMES, *RATES)])
    normal[0] = 0.0
    spreads = (said.class_shared, said.infeasible_shared, said.unrecorded_shared)
    # Of a lognormal with mean 1.
    sd = np.sqrt(np.log1p(np.square(spreads)))[:, None]
    return Shared(NAMES, normal, np.exp(sd * normal[len(NAMES) :] - sd**2 / 2.0))


def sums_of(of: Drawn, asked: Sequence[Question], shared: Shared, said: Certainty) -> Floats:
    """
    Numerator and denominator of some readings in every draw.

    Returns
    -------
    ndarray (question, place, draw, 4)
        The city first, then its places, then what has none; numerator and denominator now, and
        with all that fits.
    """
    return with_city(*place_sums(of, asked, shared, said), asked)


def place_sums(
    of: Drawn,
    asked: Sequence[Question],
    shared: Shared,
    said: Certainty,
    share: tuple[int, int] = (0, 1),
) -> tuple[Floats, Floats]:
    """
    Sums of some readings by place; those of all shares, added, are the same to the last bit.

    A share has the sums of its own places, and the first one all institutions of the city.

    Parameters
    ----------
    of, asked, shared, said
        As for `sums_of`.
    share : (int, int)
        Which one, and of how many.

    Returns
    -------
    ndarray (place, question, 4, draw)
        Zeros of a place of another share.
    ndarray (question, 4, draw)
        Institutions of the city, where they are counted.
    """
    draws, places = shared.normal.shape[1], len(of.stock.places.names) + 1
    out = np.zeros((places, len(asked), 4, draws))
    whole = np.zeros((len(asked), 4, draws))
    number, count = share
    # The sums of a draw run on from piece to piece: no size of a piece changes a bit.
    for piece in (of if count == 1 else of.part(_mine(of, share))).pieces():
        _add_piece(piece, asked, shared, said, (out, whole))
    if count > 1:
        # An institution may have buildings in places of several shares.
        whole[:] = 0.0
        counted = [at for at, one in enumerate(asked) if how_of(one)[0] == 2 and number == 0]
        theirs = np.zeros((len(counted), 4, draws))
        for piece in of.part(of.institution >= 0).pieces() if counted else ():
            spare = np.zeros((places, *theirs.shape))
            _add_piece(piece, [asked[at] for at in counted], shared, said, (spare, theirs))
        whole[counted] = theirs
    return out, whole


def _mine(of: Drawn, share: tuple[int, int]) -> Flags:
    """Buildings of the places of a share: the place with most work goes to who has least."""
    number, count = share
    codes = of.stock.places.codes[of.at]
    # A building takes time by itself, and more of it in each draw in which it is of the subject.
    work = np.bincount(codes, 0.2 + np.where(of.inside, 1.0 - of.wrong, of.wrong))
    given, taken = np.zeros(len(work), dtype=np.int64), np.zeros(count)
    for place in np.argsort(-work, kind="stable"):
        given[place] = np.argmin(taken)
        taken[given[place]] += work[place]
    return np.asarray(given[codes] == number)


def with_city(out: Floats, whole: Floats, asked: Sequence[Question]) -> Floats:
    """Sums as of `sums_of` from those of `place_sums`."""
    city = out.sum(axis=0)
    for place, one in enumerate(asked):
        if how_of(one)[0] == 2:
            city[place] = whole[place]
    return np.ascontiguousarray(np.concatenate([city[None], out]).transpose(1, 0, 3, 2))


def _add_piece(
    of: Drawn,
    asked: Sequence[Question],
    shared: Shared,
    said: Certainty,
    into: tuple[Floats, Floats],
) -> None:
    """Add the draws of some buildings to the sums."""
    parts, together = amounts_together(of.rows, asked, said.unrecorded_fill)
    groups = np.stack([of.roof, of.load, of.rows.places.codes, of.institution], axis=1)
    run_kernel(
        load_kernels("chance").draw_sums,
        keys(of.rows.frame["building_id"], said.seed),
        groups,
        of.inside,
        of.rows.installed,
        of.spread,
        np.array(of.gate_kinds, dtype=np.int64),
        of.gates,
        together,
        np.array([one.kinds for one in parts], dtype=np.int64),
        np.array([one.how for one in parts], dtype=np.int64),
        np.ascontiguousarray(np.stack([one.limits for one in parts], axis=1)),
        EQUAL,
        shared.normal,
        shared.rates,
        normal_levels(),
        _BLOCK_ALONE if numba.get_num_threads() == 1 else _BLOCK,
        *into,
    )


def keys(names: pd.Series, seed: int) -> npt.NDArray[np.uint64]:
    """A number of 64 bits of each name: its draws are the same wherever it stands."""
    salt = seed.to_bytes(8, "little")
    # A copy of a digest that has the key already takes two thirds of the time of a new one.
    begun = hashlib.blake2b(digest_size=8, key=salt)
    digests = []
    for text in names.astype(str).to_numpy(dtype=object):
        one = begun.copy()
        one.update(text.encode(errors="surrogatepass"))
        digests.append(one.digest())
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)


def normal_levels() -> Floats:
    """Standard normal numbers at as many levels as the kernel knows, each as likely."""
    levels = ndtri((np.arange(_LEVELS) + 0.5) / _LEVELS)
    return np.asarray(levels / levels.std())


def _normal(name: str, said: Certainty) -> Floats:
    digest = hashlib.blake2b(
        f"shared/{name}".encode(), digest_size=8, key=said.seed.to_bytes(8, "little")
    ).digest()
    # Philox is counter-based: draw n is the same however many are drawn.
    bits = np.random.Philox(key=int.from_bytes(digest, "little")).random_raw(said.draws)
    return np.asarray(ndtri(((bits >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53))


def ranks_of(names: pd.Series) -> Integers:
    """Place of each name in the order of all, the same for the same name."""
    try:
        texts = pa.array(names.astype(str), pa.large_string())
    except UnicodeError:
        # Half of a pair that stands alone, which Arrow does not take.
        return np.asarray(pd.factorize(names.astype(object), sort=True)[0], dtype=np.int64)
    texts = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    if len(texts) < 2:
        return np.zeros(len(texts), dtype=np.int64)
    order = np.arange(len(texts))
    if not pc.all(pc.less_equal(texts[:-1], texts[1:])).as_py():
        places = pc.sort_indices(texts)
        order, texts = places.to_numpy().astype(np.int64), texts.take(places)
    ranks = np.zeros(len(texts), dtype=np.int64)
    ranks[order[1:]] = np.cumsum(pc.not_equal(texts[1:], texts[:-1]).to_numpy(False))
    del texts
    # Else Arrow keeps what it has made here: 150 MB of 3,000,000 names.
    pa.default_memory_pool().release_unused()
    return ranks


def _institutions(rows: Rows) -> Integers:
    nobody = np.broadcast_to(np.int64(-1), len(rows.frame))
    if "institution" not in rows.frame:
        return nobody
    named = rows.frame["institution"]
    if not named.notna().any():
        return nobody
    named = named.astype(object)
    return np.asarray(pd.factorize(named, sort=True)[0], dtype=np.int64)
