"""What surroundings take of one plane, in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from roofpv import schema
from roofpv.assumptions import Roofs

_LOSS = "_loss_fraction"
_LOSSES = tuple(
    name.removesuffix(_LOSS)
    for name in schema.names(schema.SHADE)
    if name.endswith(_LOSS) and name != f"shading{_LOSS}"
)
_SHADED_BY = {"own": "own structures"}
_BASES = {
    "stated": "as the list states it",
    "context": "lent by the context, the list states none",
    "storeys": "estimated from the storeys of the list",
    "use": "estimated from storeys usual for the use",
}


def shade_facts(plane: pd.Series, limit: Roofs) -> dict[str, Any]:
    """
    Columns on shade that the plane has, and the limit.

    Parameters
    ----------
    plane : Series
        Row of ``planes.parquet``.
    limit : Roofs
    """
    known = {name: plane[name] for name in schema.names(schema.SHADE) if name in plane}
    return known | {"min_solar_access": limit.min_solar_access}


def access_steps(plane: pd.Series, limit: Roofs) -> list[str]:
    """
    Light on the bare plane beside the limit of shade; nothing where it is not known.

    Parameters
    ----------
    plane : Series
    limit : Roofs
    """
    access = plane.get("solar_access", np.nan)
    if np.isnan(access):
        return []
    verdict = "enough" if access >= limit.min_solar_access else "too little, no modules"
    basis = _BASES.get(str(plane.get("shade_height_basis")), "")
    return [
        f"light: {access:.1%} of that in the open reaches the bare plane, at least "
        f"{limit.min_solar_access:.1%} are asked for (roofs.min_solar_access): {verdict}"
        + (f"; the height of the building is {basis}" if basis else "")
    ]


def shade_steps(plane: pd.Series) -> list[str]:
    """
    What the surroundings take of the energy, source by source.

    Parameters
    ----------
    plane : Series
    """
    sources = [name for name in _LOSSES if not np.isnan(plane.get(f"{name}{_LOSS}", np.nan))]
    if not sources:
        return ["shade: surroundings are not known, the sun is that of a roof in the open"]
    parts = " + ".join(
        f"{_SHADED_BY.get(name, name)} {plane[f'{name}{_LOSS}']:.2%}" for name in sources
    )
    return [f"shade: {parts} = {plane['shading_loss_fraction']:.2%} of a year's AC energy"]
