"""What a run would find around its roofs, told before anything is computed."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
import xarray as xr

from roofpv import shading, targets
from roofpv.assessment import DEFAULT_RULES, sited_planes, with_heights
from roofpv.assumptions import Assumptions
from roofpv.catalogue import say
from roofpv.contexts import obstacles_of
from roofpv.inventory import check_inventory, check_zones
from roofpv.report.city import turned
from roofpv.report.shown import listed
from roofpv.shaderecord import count_warnings, left_out_reasons
from roofpv.siting import assign_sites
from roofpv.surroundings import Surroundings, kept_that_fit
from roofpv.text import plain
from roofpv.weather import bundled_weather


def look_around(
    buildings: pd.DataFrame,
    weather: xr.Dataset | None,
    surroundings: Surroundings,
    assumed: Assumptions,
    *,
    rules: Sequence[str] = DEFAULT_RULES,
    zones: gpd.GeoDataFrame | None = None,
) -> dict[str, Any]:
    """
    What the surroundings hold of the roofs of a list.

    Parameters
    ----------
    buildings, weather, surroundings, assumed, rules, zones
        As ``assess`` takes them.

    Returns
    -------
    dict
        Of what is given: ``context`` (counts as in ``run.json``); ``dsm`` and ``terrain``
        (``name``, and how many ``buildings`` of those with a place, for the surface model of those
        with an outline, its extent has ``covered``); ``trees`` (``name``); ``skylines`` (by
        source, whether those of the earlier run are used again); and ``warnings``.

    Raises
    ------
    InvalidResult
        Skylines of an earlier run that were made for other roofs, and nothing to make them anew.
    InvalidRaster
        A surface model or a canopy that is none.
    """
    loaded = [targets.load_rule(rule) for rule in rules]
    as_of = None if assumed.targets.as_of is None else date.fromisoformat(assumed.targets.as_of)
    checked = check_inventory(buildings, as_of or targets.last_deadline(loaded))
    used = bundled_weather() if weather is None else weather
    sited, _ = assign_sites(checked, used, bundled=weather is None, site=assumed.site)
    active = with_heights(sited, assumed)
    told: dict[str, Any] = {}
    obstacles = obstacles_of(active, surroundings.context, assumed)
    if obstacles is not None:
        told["context"] = dict(obstacles.left_out)
    if surroundings.surface is not None:
        drawn = shapely.centroid(active.geometry.to_numpy())
        places = shapely.get_x(drawn), shapely.get_y(drawn)
        told["dsm"] = _coverage(surroundings.surface, *places)
    if surroundings.trees is not None:
        told["trees"] = {"name": surroundings.trees.canopy.name}
    if surroundings.terrain is not None:
        lon, lat = (active[name].to_numpy(dtype=float) for name in ("lon", "lat"))
        told["terrain"] = _coverage(surroundings.terrain, lon, lat)
    if surroundings.skylines:
        planes, _ = sited_planes(sited, used, assumed)
        mapped = None if zones is None else check_zones(zones, checked.buildings).zones
        around = dataclasses.replace(surroundings, zones=mapped)
        told["skylines"] = kept_that_fit(planes, active, around, assumed)
    told["warnings"] = [
        *count_warnings(told.get("context", {})),
        *_uncovered(told),
        *_doubts(surroundings, active, assumed),
    ]
    return told


def look_around_text(told: Mapping[str, Any], language: str = "en") -> list[str]:
    """Lines for a terminal of what ``look_around`` tells, in ``en`` or ``zh``."""
    lines = []
    if "context" in told:
        lines.append(_context_line(told["context"], language))
    if "dsm" in told:
        lines.append(_covered_line("dsm", told["dsm"], language))
    if "trees" in told:
        lines.append(_say("trees", language, {"name": plain(told["trees"]["name"])}))
    if "terrain" in told:
        lines.append(_covered_line("terrain", told["terrain"], language))
    if "skylines" in told:
        for key, fits in (("used_again", True), ("made_anew", False)):
            names = [name for name, fit in told["skylines"].items() if fit == fits]
            lines += [_say(key, language, {"names": listed(names, language)})] * bool(names)
    noted = (plain(turned(text, language), 200) for text in told["warnings"])
    return [*lines, *(say("screen.note", language, {"text": text}) for text in noted)]


def _say(key: str, language: str, words: Mapping[str, object]) -> str:
    return say(f"screen.around.{key}", language, words)


def _context_line(counts: Mapping[str, int], language: str) -> str:
    rows, lost = counts["context_rows"], counts["context_rows_left_out"]
    why = {"why": turned(left_out_reasons(counts), language)}
    held, near = (
        counts["roofs"] - counts[f"roofs_{name}"] for name in ("not_in_context", "without_context")
    )
    words = {
        "rows": f"{rows:,}",
        "used": f"{rows - lost:,}",
        "lost": f"{lost:,}",
        "why": _say("why", language, why) if lost else "",
        "held": f"{held:,}",
        "near": f"{near:,}",
        "roofs": f"{counts['roofs']:,}",
    }
    return _say("context", language, words)


def _covered_line(key: str, told: Mapping[str, Any], language: str) -> str:
    """How many buildings a raster covers; a horizon file is that of all of them."""
    buildings = {"buildings": f"{told['buildings']:,}"}
    if "covered" not in told:
        return _say(f"{key}_for_all", language, buildings)
    words = {"name": plain(told["name"]), "covered": f"{told['covered']:,}"}
    return _say(key, language, buildings | words)


def _coverage(
    given: shading.Raster | xr.Dataset, lon: np.ndarray, lat: np.ndarray
) -> dict[str, Any]:
    """Places within the extent of a raster."""
    known = np.isfinite(lon) & np.isfinite(lat)
    if isinstance(given, xr.Dataset):
        return {"name": "one horizon", "buildings": len(lon)}
    x, y = lon[known], lat[known]
    if given.crs is not None:
        to_grid = pyproj.Transformer.from_crs(4326, given.crs.to_2d(), always_xy=True)
        x, y = to_grid.transform(x, y)
    rows, columns = given.shape
    right, bottom = given.left + columns * given.step_x, given.top - rows * given.step_y
    inside = (x >= given.left) & (x < right) & (y > bottom) & (y <= given.top)
    return {"name": given.name, "buildings": int(known.sum()), "covered": int(inside.sum())}


def _doubts(
    surroundings: Surroundings, buildings: gpd.GeoDataFrame, assumed: Assumptions
) -> list[str]:
    """What is doubtful in the surface model and the canopy."""
    if surroundings.surface is None:
        return []
    doubts = shading.judge_surface(surroundings.surface, buildings, assumed.shading).doubts
    if surroundings.trees is not None:
        canopy = surroundings.trees.canopy
        doubts = doubts + shading.judge_canopy(canopy, buildings, assumed.shading)
    return doubts


def _uncovered(told: Mapping[str, Any]) -> list[str]:
    """Rasters that cover no building at all."""
    return [
        f"{one['name']} covers none of the buildings: is it of the same place?"
        for one in (told.get("dsm", {}), told.get("terrain", {}))
        if one.get("covered") == 0 and one["buildings"]
    ]
