"""One integer program through HiGHS; as a module it reads it from stdin and answers on stdout."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import zipfile
from collections.abc import Iterator, Mapping

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

DONE, STOPPED, IMPOSSIBLE = 0, 1, 2


def run(model: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """
    Solve a model of ``exact``.

    Parameters
    ----------
    model : mapping of ndarray
        ``cost`` (option,); ``row column amount`` (entry,) of the conditions, ``low high``
        (condition,); ``group`` (option,), ``exactly`` (group,); ``gap`` relative; ``seconds``.

    Returns
    -------
    dict of ndarray
        ``status`` as in scipy, ``x`` (option,) or empty, ``bound``.
    """
    cost = model["cost"]
    count, groups = len(cost), len(model["exactly"])
    if not count:
        return _of_nothing(model)
    limits = [
        LinearConstraint(
            sparse.csr_array((np.ones(count), (model["group"], np.arange(count))), (groups, count)),
            model["exactly"].astype(np.float64),
            np.ones(groups),
        )
    ]
    if len(model["low"]):
        entries = (model["amount"], (model["row"], model["column"]))
        use = sparse.csr_array(entries, (len(model["low"]), count))
        limits.append(LinearConstraint(use, model["low"], model["high"]))
    options = {"time_limit": float(model["seconds"]), "mip_rel_gap": float(model["gap"])}
    with _quiet():
        done = milp(
            cost,
            integrality=np.ones(count),
            bounds=Bounds(0.0, 1.0),
            constraints=limits,
            options=options,
        )
    bound = done.mip_dual_bound if done.mip_dual_bound is not None else -np.inf
    return {
        "status": np.array(done.status),
        "x": np.zeros(0) if done.x is None else np.asarray(done.x),
        "bound": np.array(bound),
    }


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """HiGHS writes some lines to file 1 whatever its options say; our stdout is for data."""
    try:
        kept = os.dup(1)
    except OSError:
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        sys.stdout.flush()
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def _of_nothing(model: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """No option: possible if nothing is asked for."""
    asked = bool((model["low"] > 1e-5).any() or (model["high"] < -1e-5).any())
    return {
        "status": np.array(IMPOSSIBLE if asked else DONE),
        "x": np.zeros(0),
        "bound": np.array(0.0),
    }


def save(file: io.BytesIO, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays by name, as ``load`` reads them."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w") as entry:
                np.lib.format.write_array(entry, np.asanyarray(array), allow_pickle=False)


def load(content: bytes) -> dict[str, np.ndarray]:
    """Arrays by name."""
    with np.load(io.BytesIO(content), allow_pickle=False) as found:
        return dict(found)


def main() -> None:
    """Answer on stdout what stdin asks."""
    told = run(load(sys.stdin.buffer.read()))
    answer = io.BytesIO()
    save(answer, told)
    sys.stdout.buffer.write(answer.getvalue())


if __name__ == "__main__":
    main()
