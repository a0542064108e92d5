"""What a run says of shade: its part of run.json, warnings, and the heights it rests on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from roofpv.assumptions import Assumptions
from roofpv.contexts import LEFT_OUT
from roofpv.energy import losses_of

_BASES = {"stated": "stated", "lent": "context"}
_FROM_KM = 10_000
_WITHOUT_SOME = (
    "{:,} buildings of the context state no height: it is that of their storeys, or of storeys "
    "usual for their use"
)
_WITHOUT_ANY = (
    "none of the {:,} buildings of the context states a height; by storeys, or storeys usual for "
    "the use, their shade is a guess. Another column name? See roofpv check"
)
# Share of the roofs that a layer of all buildings may lack, new ones, before it is worth a word.
_FEW_MISSING = 0.1
# Of altitudes: below, a hill is as high; stations of weather lie about as high as the roofs.
_FOOT_M, _FEET_WITHIN, _LEAST_ALTITUDE_M = 0.3048, 0.12, 100.0


def with_height_basis(
    planes: pd.DataFrame, buildings: pd.DataFrame, sources: Mapping[str, xr.Dataset]
) -> pd.DataFrame:
    """
    Planes with what the height rests on from which each looks at its neighbours.

    Parameters
    ----------
    planes : DataFrame (plane,)
        ``plane_id building_id``, and ``shading_not_known`` where there are sources.
    buildings : DataFrame (building,)
        ``building_id height_basis`` of the list itself.
    sources : mapping of str to Dataset
        Skylines by source.

    Returns
    -------
    DataFrame (plane,)
        With sources ``shade_height_basis`` too: ``stated``, ``context`` (the list states none, but
        the context does), ``storeys`` or ``use``; None where no skyline rests on a height.
    """
    if not sources:
        return planes
    data = sources.get("neighbours")
    if data is None or "height_basis" not in data:
        return planes.assign(shade_height_basis=np.full(len(planes), None, dtype=object))
    names = planes["plane_id"].to_numpy(dtype=object)
    seen = data["height_basis"].to_series().reindex(names)
    listed = buildings.set_index("building_id")["height_basis"].reindex(planes["building_id"])
    told = seen.map(_BASES).to_numpy(dtype=object)
    basis = np.where(seen.to_numpy() == "estimated", listed.to_numpy(dtype=object), told)
    kind, missing = pd.factorize(planes["shading_not_known"])
    unknown = np.array(["neighbours" in one.split() for one in missing], dtype=bool)[kind]
    basis[unknown | pd.isna(basis)] = None
    return planes.assign(shade_height_basis=basis.astype(object))


def shading_record(
    run: dict[str, Any], planes: pd.DataFrame, sources: Mapping[str, xr.Dataset]
) -> dict[str, Any]:
    """
    What is known of the surroundings, and what of the run's record changes by it.

    Parameters
    ----------
    run : dict
        As ``run_record`` began it.
    planes : DataFrame (plane,)
        With ``shading_loss_fraction shading_not_known shade_height_basis deducted_shaded_m2 kwp``.
    sources : mapping of str to Dataset
        Skylines by source.

    Returns
    -------
    dict
        ``shading``: ``sources``, ``losses`` (of which ``planes`` has a column each),
        ``planes_known``, ``planes_not_known`` (by any source, and by each
        ``planes_not_known_by``), ``planes_by_height_basis``, ``points_within_others`` (sample
        points that outlines of other buildings contain, which hide nothing from them, and the
        planes that have any), ``planes_too_dark`` (by the limit of shade) with their area,
        ``counts`` and ``remarks`` of the sources; ``not_assessed`` without a reason that holds no
        more.
    """
    if not sources:
        return {}
    missing = planes["shading_not_known"].str.split()
    known = missing.str.len() < len(sources)
    empty = known & planes["shading_loss_fraction"].isna() & (planes["kwp"] > 0.0)
    reasons = dict(run["not_assessed"])
    reasons.pop("shading_loss_fraction")
    if not known.all():
        reasons["shading_loss_fraction"] = (
            f"not assessed on {int((~known).sum()):,} planes: none of {', '.join(sources)} knows "
            "them (no outline, no height, outside the rasters or where these have no data); their "
            "energy is that of a roof in the open"
        )
    elif empty.any():
        reasons["shading_loss_fraction"] = (
            f"not assessed on {int(empty.sum()):,} planes: there is no complete year of weather"
        )
    elif (planes["kwp"] == 0.0).any():
        reasons["shading_loss_fraction"] = (
            f"empty on {int((planes['kwp'] == 0.0).sum()):,} planes: they carry no modules, and "
            "there is no energy to lose"
        )
    told = {
        "sources": list(sources),
        "losses": losses_of(sources),
        "planes_known": int(known.sum()),
        "planes_not_known": int((~known).sum()),
        "planes_not_known_by": {
            name: int(sum(name in names for names in missing)) for name in sources
        },
        "planes_by_height_basis": _by_basis(planes),
        "points_within_others": _within_others(sources),
        "planes_too_dark": _too_dark(planes),
        "counts": {name: _counts_of(data) for name, data in sources.items()},
        "remarks": [text for data in sources.values() for text in _remarks_of(data)],
    }
    return {"shading": told, "not_assessed": reasons}


def _by_basis(planes: pd.DataFrame) -> dict[str, int]:
    """Planes by what the height rests on from which they look at their neighbours."""
    counts = planes["shade_height_basis"].value_counts()
    return {name: int(counts[name]) for name in sorted(counts.index)}


def _within_others(sources: Mapping[str, xr.Dataset]) -> dict[str, int]:
    """Sample points within the outlines of other buildings, and planes that have any."""
    data = sources.get("neighbours")
    if data is None or "points_within_others" not in data:
        return {"points": 0, "planes": 0}
    points = data["points_within_others"].to_numpy()
    return {"points": int(points.sum()), "planes": int((points > 0).sum())}


def _too_dark(planes: pd.DataFrame) -> dict[str, Any]:
    """Planes that the limit of shade leaves without modules, their roofs and area."""
    dark = planes[planes["deducted_shaded_m2"] > 0.0]
    return {
        "planes": len(dark),
        "buildings": int(dark["building_id"].nunique()),
        "area_m2": float(dark["deducted_shaded_m2"].sum()),
    }


def shading_warnings(
    planes: pd.DataFrame, sources: Mapping[str, xr.Dataset], assumed: Assumptions
) -> list[str]:
    """What the surroundings leave open: neighbours of no height, roofs outside a model, ..."""
    if not sources:
        return []
    return [
        *_dark_warnings(planes, assumed),
        *_height_warnings(planes),
        *source_warnings(sources),
    ]


def source_warnings(sources: Mapping[str, xr.Dataset]) -> list[str]:
    """
    What the sources of shade say of themselves.

    Parameters
    ----------
    sources : mapping of str to Dataset
        Skylines by source, with counts and warnings as attributes.
    """
    return [
        f"shade, {name}: {text}"
        for name, data in sources.items()
        for text in [*count_warnings(_counts_of(data)), *_remarks_of(data, "warnings")]
    ]


def feet_warnings(
    planes: pd.DataFrame, sources: Mapping[str, xr.Dataset], weather: xr.Dataset
) -> list[str]:
    """
    Rasters whose ground lies as many times as high above the sea as a metre has feet.

    Parameters
    ----------
    planes : DataFrame (plane,)
        ``altitude_m``, where known. [m]
    sources : mapping of str to Dataset
        Skylines by source, with ``ground_m`` where a raster tells it.
    weather : Dataset (site, time)
        ``temp_air_altitude`` stands in where no plane has an altitude. [m]
    """
    known = planes["altitude_m"].dropna().to_numpy(dtype=float)
    of = "the roofs" if known.size else "the weather"
    known = known if known.size else weather["temp_air_altitude"].to_numpy().astype(float).ravel()
    altitude = float(np.median(known[np.isfinite(known)])) if np.isfinite(known).any() else 0.0
    if altitude < _LEAST_ALTITUDE_M:
        return []
    return [
        f"shade, {name}: the ground lies at {ground:,}, the altitude of {of} is {altitude:,.0f} m: "
        "are its heights in feet? Expected metres"
        for name, ground in ((name, data.attrs.get("ground_m")) for name, data in sources.items())
        if ground is not None and abs(float(ground) * _FOOT_M / altitude - 1.0) <= _FEET_WITHIN
    ]


def _dark_warnings(planes: pd.DataFrame, assumed: Assumptions) -> list[str]:
    dark = _too_dark(planes)
    if not dark["planes"]:
        return []
    return [
        f"shade: {dark['planes']:,} planes of {dark['buildings']:,} roofs "
        f"({dark['area_m2']:,.0f} m2) get less than {assumed.roofs.min_solar_access:.0%} of their "
        "light in the open and carry no modules (roofs.min_solar_access)"
    ]


def _height_warnings(planes: pd.DataFrame) -> list[str]:
    counts = _by_basis(planes)
    words = {"storeys": "its storeys", "use": "storeys usual for its use"}
    said = [f"{counts[name]:,} by {text}" for name, text in words.items() if name in counts]
    if not said:
        return []
    total = sum(counts.get(name, 0) for name in words)
    return [
        f"shade, neighbours: {total:,} planes look at their neighbours from an estimated height of "
        f"the building: {', '.join(said)}"
    ]


def count_warnings(counts: Mapping[str, int]) -> list[str]:
    """
    What is said of the counts of a source of shade.

    Parameters
    ----------
    counts : mapping of str to int
        Of ``shading`` in ``run.json``.
    """
    words = {
        "context_rows_left_out": "{:,} rows of the context are left out: "
        + left_out_reasons(counts),
        "context_without_stated_height": _WITHOUT_ANY if _lacks_all(counts) else _WITHOUT_SOME,
        "implausible_height": "{:,} heights are not between 0.1 and 1,000 m, or no numbers (roofpv "
        "check of the file tells where): that of the storeys is taken, or of storeys usual for the "
        "use",
        "without_height": "{:,} buildings around have no height and hide nothing",
        "without_outline": "{:,} buildings have no outline: they hide nothing, and neighbours are "
        "not known to hide them",
        "context_overlapping": "{:,} outlines of the context lie over another of about their size "
        "by more than half: drawn twice? The higher hides",
        "context_blocks": "{:,} outlines of the context hold three or more roofs of the list each "
        "({roofs_in_blocks:,} in all): blocks, not buildings? They hide nothing from these",
        "planes_outside": "{:,} planes lie outside the surface model, or have no outline",
        "pixels_without_data": "{:,} pixels of roofs have no data in the surface model",
        "planes_much_unknown": "around {:,} planes, over 20 % of the land within reach is outside "
        "the surface model or without data: what stands there hides nothing",
        "sites_without_height": "{:,} places of roofs lie outside the elevation model or where it "
        "has no data: their terrain is not known",
        "sites_much_unknown": "from {:,} places of roofs, over 20 % of the land within reach is "
        "outside the elevation model or without data: what stands there hides nothing",
        "fine_terrain": "the pixels of the elevation model are below 5 m, like those of a surface "
        "model; if it holds buildings, give it with --dsm",
    }
    said = [text.format(counts[key], **counts) for key, text in words.items() if counts.get(key, 0)]
    return [*_place_warnings(counts), *said, *_elsewhere_warnings(counts)]


def _elsewhere_warnings(counts: Mapping[str, int]) -> list[str]:
    """A raster in which no roof lies."""
    pairs = {
        "surface model": ("planes", "planes_outside"),
        "elevation model": ("sites", "sites_without_height"),
    }
    return [
        f"no roof lies in the {name}: is it of the same place, in the coordinate system that it "
        "states?"
        for name, (all_of, outside) in pairs.items()
        if 0 < counts.get(all_of, 0) == counts.get(outside, 0)
    ]


def _place_warnings(counts: Mapping[str, int]) -> list[str]:
    """A context of another place, of a part of it, or of other buildings."""
    lonely, missing = (
        counts.get(name, 0) for name in ("roofs_without_context", "roofs_not_in_context")
    )
    away = counts.get("context_away_m")
    if away is not None:
        far = f"{away / 1000:,.0f} km" if away >= _FROM_KM else f"{away:,} m"
        return [
            f"the context hides nothing: its nearest building is {far} away from the roofs. Is it "
            "of the same place, in the coordinate system that it states?"
        ]
    said = []
    if lonely:
        said.append(
            f"{lonely:,} roofs have no building of the context within reach: does it end before "
            "them?"
        )
    missing -= lonely
    if missing > _FEW_MISSING * counts.get("roofs", 0):
        said.append(
            f"{missing:,} of {counts['roofs']:,} roofs are not in the context, which should hold "
            "all buildings: is it of another year, or shifted? (They count beside it.)"
        )
    return said


def _lacks_all(counts: Mapping[str, int]) -> bool:
    """Whether no building of a context states a height."""
    used = counts.get("context_rows", 0) - counts.get("context_rows_left_out", 0)
    return counts.get("context_without_stated_height", 0) == used


def left_out_reasons(counts: Mapping[str, int]) -> str:
    """Rows by the code of their reason."""
    codes = {name: count for name, count in counts.items() if name.startswith(LEFT_OUT)}
    return ", ".join(f"{count:,} {name.removeprefix(LEFT_OUT)}" for name, count in codes.items())


def _counts_of(data: xr.Dataset) -> dict[str, int]:
    """Attributes that count, as they are made or as they are read back."""
    return {
        str(name): int(value)
        for name, value in data.attrs.items()
        if isinstance(value, int | np.integer)
    }


def _remarks_of(data: xr.Dataset, kind: str = "remarks") -> list[str]:
    """Remarks or warnings of a source, a list in JSON."""
    return [str(text) for text in json.loads(str(data.attrs.get(kind, "[]")))]
