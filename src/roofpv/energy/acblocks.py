"""Hours of AC handed on while energies are summed, so that nobody has to simulate them again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numba
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Arrays x hours a block: 36 MB. Below it threads wait for each other (256 arrays: 3 x on two cores
# that others use too), above it the hours leave the cache. One thread waits for nobody, and what is
# freed of 9 MB is taken again without being cleared: 3 % of a part under skylines.
_MOST_CELLS, _MOST_ALONE = 1024 * 4400, 256 * 4400


@dataclass(frozen=True, eq=False)
class AcBlock:
    """
    Hours of some arrays.

    ``rows`` (hour,) are those of the weather that have any light, by month counted through the
    years, with ``bounds`` (span + 1,) between the months; ``arrays`` (array,) places among the
    arrays of all planes; ``ac`` (array, hour) [kW per kWp].
    """

    rows: Ints
    bounds: Ints
    arrays: Ints
    ac: Floats


@dataclass(frozen=True, eq=False)
class Listener:
    """
    Who is given hours.

    ``group`` (plane,) tells the planes that are given together, in their order, -1 those that are
    not asked for; ``take`` gets them block by block, every group in one. A group whose planes are
    not all under one sky (weather sites differ or are blended) is not given.
    """

    group: Ints
    take: Callable[[AcBlock], None]

    def of(self, owner: Ints) -> Listener:
        """The same of arrays, by the plane of each."""
        return replace(self, group=self.group[owner])


def block_size(hours: int) -> int:
    """Arrays whose hours are at hand at a time, one or more."""
    most = _MOST_ALONE if numba.get_num_threads() == 1 else _MOST_CELLS
    return max(1, most // max(1, hours))


def parts_of(
    listener: Listener | None, members: Ints, weights: Floats, hours: int
) -> Iterator[tuple[Ints, bool]]:
    """
    Arrays under one sky in parts of whole groups.

    Parameters
    ----------
    listener : Listener, optional
        Of the arrays.
    members : ndarray (array,)
        Arrays under the sky.
    weights : ndarray (array,)
        Share of the sky in each.
    hours : int
        Of the sky.

    Yields
    ------
    (ndarray, bool)
        Places among ``members``, and whether their hours are to be given.
    """
    everyone = np.arange(members.size)
    if listener is None:
        yield everyone, False
        return
    group = _whole(listener.group, members, weights)
    silent = everyone[group < 0]
    if silent.size:
        yield silent, False
    heard = everyone[group >= 0]
    heard = heard[np.argsort(group[heard], kind="stable")]
    size = block_size(hours)
    starts = np.flatnonzero(np.diff(group[heard], prepend=-1))
    # The first group that begins in each stretch of that many arrays begins a part.
    _, first = np.unique(starts // size, return_index=True)
    for part in np.split(heard, starts[first][1:]):
        if part.size:
            yield part, True


def _whole(group: Ints, members: Ints, weights: Floats) -> Ints:
    """Group of each member, -1 where not all of the group is here with its full weight."""
    mine = group[members]
    count = int(group.max(initial=-1)) + 1
    everywhere = np.bincount(group[group >= 0], minlength=count)
    here = np.bincount(mine[(mine >= 0) & (weights == 1.0)], minlength=count)
    whole = np.append(everywhere == here, False)
    return np.where(whole[mine], mine, -1)
