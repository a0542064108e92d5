"""Why a roof is covered as far as it is: causes in order of size, and what another layout gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from roofpv import roofs, schema
from roofpv.report.city import Figure, figure_of, shown_figure
from roofpv.report.page.panel_planes import PreparedPlanes
from roofpv.report.page.panel_targets import NUMERATORS, share_basis
from roofpv.results import Result
from roofpv.roofs.deductions import REASONS

# A text, or the key of one with the phrases that stand in it, or a list of phrases.
Phrase = Any

_SHARE, _PITCH = Figure(1, "%", 100), Figure(2, "m")
# What is less is no cause. [1]
_LEAST = 0.0005
_LEAST_OF_HEAD, _MOST_OF_HEAD = 0.01, 2
_MOST_NAMES = 3
_LOSS = "_loss_fraction"
_COLUMNS = {
    "building_id", "status", "gross_roof_area_m2", "installable_area_m2", "kwp", "stated_kwp",
    "layout", "shading_loss_fraction", *NUMERATORS.values(),
}  # fmt: skip
_SOURCES = tuple(
    name.removesuffix(_LOSS)
    for name in schema.names(schema.SHADE)
    if name.endswith(_LOSS) and name != f"shading{_LOSS}"
)


def phrase(key: str, said: Mapping[str, Phrase] | None = None) -> Phrase:
    """Key of a text and what stands in it."""
    return [key, dict(said)] if said else [key]


@dataclass(frozen=True, eq=False)
class _Case:
    """Areas of all buildings, by building, and what is told of all of them."""

    result: Result
    ready: PreparedPlanes
    numerator: str
    denominator: str
    threshold: float | None
    sums: list[dict[str, float]]
    zones: dict[str, Phrase]
    others: list[list[tuple[str, float]]]


def reasons(result: Result, ready: PreparedPlanes, threshold: float | None) -> list[list[Phrase]]:
    """
    Sentences of every building.

    Parameters
    ----------
    result : Result
    ready : PreparedPlanes
        Its planes.
    threshold : float or None
        Coverage that is asked for. [1]

    Returns
    -------
    list of list of phrase
        By building. A phrase is a text, or a list: of a key of the catalogue and, if its text has
        words, these by name; or of phrases that stand beside each other.
    """
    numerator, denominator = share_basis(result)
    case = _Case(
        result, ready, numerator, denominator, threshold, _sums(result, ready),
        _zone_names(result.zones), _other_layouts(result, ready, (numerator, denominator)),
    )  # fmt: skip
    rows = pd.DataFrame(result.buildings[list(_COLUMNS & set(result.buildings))]).to_dict("records")
    return [list(_of_building(case, i, row)) for i, row in enumerate(rows)]


def _sums(result: Result, ready: PreparedPlanes) -> list[dict[str, float]]:
    """Deductions, and what of the energy in the open is lost, by building."""
    laid, count = ready.laid, len(result.buildings)
    table: dict[str, np.ndarray] = {
        reason: np.bincount(
            ready.building, np.nan_to_num(laid[f"deducted_{reason}_m2"].to_numpy(dtype=float)),
            count,
        )
        for reason in REASONS
    }  # fmt: skip
    by_plane = result.energy["ac_kwh"].sel(plane_id=laid["plane_id"].to_numpy(dtype=object))
    others = [name for name in by_plane.dims if name != "plane_id"]
    made = np.nan_to_num(by_plane.sum(others).to_numpy())
    lost = np.nan_to_num(laid["shading_loss_fraction"].to_numpy(dtype=float))
    in_the_open = made / np.maximum(1.0 - lost, 1e-9)
    whole = np.bincount(ready.building, in_the_open, count)
    for source in (*_SOURCES, "row_shading"):
        share = laid.get(f"{source}{_LOSS}", pd.Series(np.zeros(len(laid))))
        taken = in_the_open * np.nan_to_num(share.to_numpy(dtype=float))
        part = np.bincount(ready.building, taken, count)
        table[source] = np.divide(part, whole, out=np.zeros(count), where=whole > 0.0)
    main = np.full(count, -1)
    flat = np.flatnonzero((laid["roof_form"] == "flat").to_numpy())
    order = flat[np.argsort(laid["area_m2"].to_numpy()[flat], kind="stable")]
    main[ready.building[order]] = order
    pitch = np.append(laid["pitch_m"].to_numpy(dtype=float), np.nan)
    latitude = np.append(laid["lat"].to_numpy(dtype=float), np.nan)
    table |= {"pitch_m": pitch[main], "lat": latitude[main], "flat": main >= 0}
    columns = [values.tolist() for values in table.values()]
    return [dict(zip(table, row, strict=True)) for row in zip(*columns, strict=True)]


def _zone_names(zones: gpd.GeoDataFrame | None) -> dict[str, Phrase]:
    """Kinds and names of the zones of each building."""
    if zones is None or not len(zones):
        return {}
    return {str(building): list(_named(part)) for building, part in zones.groupby("building_id")}


def _named(zones: pd.DataFrame) -> Iterator[Phrase]:
    for place, (kind, name) in enumerate(zip(zones["kind"], zones["zone_id"], strict=True)):
        if place == _MOST_NAMES:
            yield phrase("panel.why.more", {"n": f"{len(zones) - place:,}"})
            return
        yield phrase("panel.why.zone", {"kind": phrase(f"panel.zone.{kind}"), "name": str(name)})


def _other_layouts(
    result: Result, ready: PreparedPlanes, basis: tuple[str, str]
) -> list[list[tuple[str, float]]]:
    """By building: coverage of every layout but its own, where it has flat planes to choose for."""
    count = len(result.buildings)
    found: list[list[tuple[str, float]]] = [[] for _ in range(count)]
    laid, layout = ready.laid, ready.assumed.layout
    free = ((laid["roof_form"] == "flat") & (laid["layout"] != "stated")).to_numpy()
    stated = (laid["layout"] == "stated").to_numpy()
    able = np.bincount(ready.building, free, count) > 0
    able &= np.bincount(ready.building, stated, count) == 0
    own = result.buildings["layout"].to_numpy(dtype=object)
    options = roofs.layout_options(layout)
    tables = roofs.lay_options(ready.planes, ready.latitude, layout, ready.assumed.module, options)
    below = result.buildings[basis[1]].to_numpy(dtype=float)
    for option, table in zip(options, tables, strict=True):
        area = np.nan_to_num(table[NUMERATORS[basis[0]]].to_numpy(dtype=float))
        above = np.bincount(ready.building, area, count)
        for i in np.flatnonzero(able & (below > 0.0) & (own != option.name)).tolist():
            found[i].append((option.name, float(above[i] / below[i])))
    return found


def _of_building(case: _Case, i: int, row: dict[Any, Any]) -> Iterator[Phrase]:
    if row["status"] != "assessed":
        return
    gross, area = float(row["gross_roof_area_m2"]), float(row["installable_area_m2"])
    if not gross > 0.0:
        yield phrase("panel.why.no_area")
        return
    taken = _taken(case, i, row, gross)
    if not float(row["kwp"]) > 0.0:
        yield phrase("panel.why.none" if area > 0.0 else "panel.why.nothing_left")
        if taken:
            yield phrase("panel.why.taken", {"list": [said for said, _ in taken]})
        return
    if row["layout"] != "stated":
        yield from _coverage(case, i, row, taken)
    if taken:
        yield phrase(
            "panel.why.roof", {"share": _percent(area / gross), "list": [said for said, _ in taken]}
        )
    yield from _layout(case, i, row)
    yield from _shade(case, i, row)


def _taken(case: _Case, i: int, row: dict[Any, Any], gross: float) -> list[tuple[Phrase, float]]:
    """Deductions of a building, the largest first, as shares of its roof."""
    shares = [(reason, case.sums[i][reason] / gross) for reason in REASONS]
    shares.sort(key=lambda one: -one[1])
    return [
        (_part(_reason(case, i, reason, row), share), share)
        for reason, share in shares
        if share >= _LEAST
    ]


def _part(what: Phrase, share: float) -> Phrase:
    return phrase("panel.why.part", {"what": what, "share": _percent(share)})


def _reason(case: _Case, i: int, reason: str, row: dict[Any, Any]) -> Phrase:
    names = case.zones.get(str(row["building_id"]))
    if reason == "zones" and names:
        return phrase("panel.why.zones", {"list": names})
    if reason == "edges" and case.sums[i]["flat"]:
        return _edges(case, case.sums[i]["lat"])
    return phrase(f"roof_picture.reason.{reason}")


def _edges(case: _Case, latitude: float) -> Phrase:
    """Strips along the edges, and what makes them so wide on flat roofs."""
    settings = case.ready.assumed.roofs
    if settings.parapet_height_m is not None:
        return phrase("panel.why.parapet", {"height": f"{settings.parapet_height_m:g} m"})
    if settings.edge_equator_m > settings.edge_pole_m:
        side = "north" if latitude < 0.0 else "south"
        return phrase(f"panel.why.edges_{side}", {"wide": f"{settings.edge_equator_m:g} m"})
    return phrase("roof_picture.reason.edges")


def _coverage(
    case: _Case, i: int, row: dict[Any, Any], taken: Sequence[tuple[Phrase, float]]
) -> Iterator[Phrase]:
    below = float(row[case.denominator])
    share = float(row[NUMERATORS[case.numerator]]) / below if below > 0.0 else float("nan")
    if not share > 0.0:
        return
    told, other = _why(case, i, row, taken)
    both = phrase("panel.why.both", {"first": told[0], "second": told[1]}) if told[1:] else None
    yield phrase(
        "panel.why.head" if told else "panel.why.head_alone",
        {
            "share": _percent(share),
            "of": phrase(f"panel.of.{case.denominator}"),
            "numerator": case.numerator,
            "causes": both or (told or [""])[0],
            "other": other,
        },
    )


def _why(
    case: _Case, i: int, row: dict[Any, Any], taken: Sequence[tuple[Phrase, float]]
) -> tuple[list[Phrase], Phrase]:
    """Largest causes of the coverage, and what other layouts would give."""
    stated = float(row.get("stated_kwp", np.nan))
    if np.isfinite(stated):
        said = shown_figure(stated, figure_of("stated_kwp"))
        return [phrase("panel.why.capacity", {"kwp": said})], ""
    below = float(row[case.denominator])
    causes = _causes(row, case.numerator, below)
    if case.denominator == "gross_roof_area_m2":
        causes = sorted([*causes, *taken], key=lambda one: -one[1])
    told = [said for said, size in causes if size >= _LEAST_OF_HEAD][:_MOST_OF_HEAD]
    better = _better(case, i, float(row[NUMERATORS[case.numerator]]) / below)
    gives = [
        phrase("panel.why.gives", {"layout": layout_words(name), "share": _percent(value)})
        for name, value in better
    ]
    return told, phrase("panel.why.other", {"list": gives}) if gives else ""


def _causes(row: dict[Any, Any], numerator: str, below: float) -> list[tuple[Phrase, float]]:
    """What of the installable area lies between modules, and what holds none, the larger first."""
    area, field, covered = (
        float(row[name])
        for name in ("installable_area_m2", NUMERATORS["N3"], NUMERATORS[numerator])
    )
    gaps, rest = (field - covered) / below, (area - field) / below
    racks = str(row["layout"]).rpartition("_")[2].isdigit()
    between = "panel.why.gaps" if racks else "panel.why.gaps_modules"
    causes = [
        (phrase(between, {"share": _percent(gaps)}), gaps),
        (phrase("panel.why.rest", {"share": _percent(rest)}), rest),
    ]
    return sorted(causes, key=lambda one: -one[1])


def _better(case: _Case, i: int, share: float) -> list[tuple[str, float]]:
    """
    Layouts that cover more: of those that reach the threshold the steepest, and the one with most.

    Where the threshold is reached already, only the one with most.
    """
    more = [one for one in case.others[i] if one[1] >= share + _LEAST_OF_HEAD]
    if not more:
        return []
    most = max(more, key=lambda one: one[1])
    wanted = case.threshold
    if wanted is None or share >= wanted:
        return [most]
    reach = [one for one in more if one[1] >= wanted]
    if not reach:
        return [most]
    first = max(reach, key=lambda one: roofs.option_named(one[0]).tilt_deg)
    return list(dict.fromkeys([first, most]))


def layout_words(name: object) -> Phrase:
    """Name of a layout as a phrase."""
    if not isinstance(name, str):
        return "–"
    if name in {"flat", "flush", "stated"}:
        return phrase(f"panel.layout.{name}")
    kind, _, tilt = name.rpartition("_")
    return phrase(f"panel.layout.{kind}", {"tilt": tilt})


def _layout(case: _Case, i: int, row: dict[Any, Any]) -> Iterator[Phrase]:
    pitch = case.sums[i]["pitch_m"]
    loss = case.sums[i]["row_shading"]
    racks = isinstance(row["layout"], str) and row["layout"].startswith(("south", "aligned"))
    if racks and np.isfinite(pitch):
        yield phrase(
            "panel.why.racks",
            {
                "layout": layout_words(row["layout"]),
                "pitch": shown_figure(pitch, _PITCH),
                "share": _percent(loss),
            },
        )
    else:
        yield phrase("panel.why.layout", {"layout": layout_words(row["layout"])})


def _shade(case: _Case, i: int, row: dict[Any, Any]) -> Iterator[Phrase]:
    total = float(row["shading_loss_fraction"])
    if not total >= _LEAST:
        return
    shares = [(name, case.sums[i][name]) for name in _SOURCES]
    shares.sort(key=lambda one: -one[1])
    parts = [
        _part(phrase(f"panel.shade.{name}"), share) for name, share in shares if share >= _LEAST
    ]
    yield phrase("panel.why.shade", {"share": _percent(total), "list": parts})


def _percent(share: float) -> str:
    return shown_figure(share, _SHARE)
