"""One building of a result again: its modules one by one, its layouts side by side, its drawing."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr

from roofpv import energy, finance, roofs
from roofpv.assumptions import Assumptions, from_values
from roofpv.designing import COMPARED, Reckoning, compare_layouts
from roofpv.dirt import site_sky
from roofpv.errors import InvalidResult
from roofpv.judging import verdicts_of
from roofpv.report import find_building
from roofpv.report.certificate import CertificateCase, certificate
from roofpv.report.document_file import check_document, write_document
from roofpv.report.raster import check_drawing, draw
from roofpv.report.roof_drawing import RoofShapes, building_title, roof_drawing
from roofpv.report.roof_picture import roof_svg
from roofpv.report.skyline_picture import SkylineDrawing, skyline_svg
from roofpv.results import Result
from roofpv.shares import shares_of
from roofpv.skylinefile import skylines_with

_PREPARED = (
    "plane_id", "building_id", "roof_form", "roof_tilt", "roof_azimuth", "area_m2", "plan_area_m2",
    "perimeter_m", "evidence_grade", "geometry", "weather_site", "weather_weights", "altitude_m",
    "lon", "lat", "solar_access", "dc_ac_ratio",
)  # fmt: skip
# What tells how they were laid out, and is found out anew.
_LAID = ("layout", "kwp")


@dataclass(frozen=True)
class Reopened:
    """
    Planes of one building, or of some, as they were before modules were set on them.

    Parameters
    ----------
    planes : DataFrame (plane,)
        With ``installable`` polygons.
    owners : DataFrame (plane,)
        The building of each plane.
    zones : GeoDataFrame (zone,) or None
    laid : DataFrame (plane,)
        The same planes in the result.
    assumed : Assumptions
    around : mapping of str to Dataset
        Skylines of the result by source, none where its surroundings are not given.
    """

    planes: pd.DataFrame
    owners: pd.DataFrame
    zones: gpd.GeoDataFrame | None
    laid: pd.DataFrame
    assumed: Assumptions
    around: Mapping[str, xr.Dataset] = field(default_factory=dict)

    @functools.cached_property
    def skylines(self) -> energy.Skylines | None:
        """What hides the sun from the planes; None in the open."""
        if not self.around or self.laid.empty:
            return None
        names = self.laid["plane_id"].to_numpy(dtype=object)
        return energy.combined_skyline(list(skylines_with(self.around, names).values()), names)

    @property
    def latitude(self) -> np.ndarray:
        """Of each plane. [deg]."""
        return np.asarray(self.planes["lat"].to_numpy(dtype=float))

    @property
    def option(self) -> roofs.LayoutOption:
        """Layout of the flat planes in the result."""
        flat = self.laid[(self.laid["roof_form"] == "flat") & (self.laid["layout"] != "stated")]
        if flat.empty:
            return roofs.stated_option(self.assumed.layout)
        return roofs.option_named(str(flat["layout"].iloc[0]))


def reopen(result: Result, building_id: str) -> Reopened:
    """
    Prepare the planes of one building again.

    Parameters
    ----------
    result : Result
    building_id : str

    Returns
    -------
    Reopened

    Raises
    ------
    InvalidResult
        No such building, or a result of other code, whose areas are not found again.
    """
    find_building(result, building_id)
    return reopen_many(result, [building_id])


def reopen_many(result: Result, building_ids: Sequence[str]) -> Reopened:
    """
    Prepare the planes of some buildings again, in the order of the result.

    Parameters
    ----------
    result : Result
    building_ids : sequence of str
        Of buildings that the result has.

    Returns
    -------
    Reopened

    Raises
    ------
    InvalidResult
        A result of other code, whose areas are not found again.
    """
    wanted = list(building_ids)
    buildings = result.buildings[result.buildings["building_id"].isin(wanted)]
    buildings = buildings.reset_index(drop=True)
    assumed = from_values({a["key"]: a["value"] for a in result.run["assumptions"]}, "run.json")
    laid = result.planes[result.planes["building_id"].isin(wanted)].reset_index(drop=True)
    zones = None
    if result.zones is not None:
        zones = result.zones[result.zones["building_id"].isin(wanted)].reset_index(drop=True)
    kept = [name for name in (*_PREPARED, *_LAID, "installable_area_m2") if name in laid]
    again = roofs.planes_again(laid[kept], buildings, zones, assumed)
    _check_areas(again, laid)
    ready = again.ready.drop(columns=list(_LAID))
    ready = ready.assign(roof_live_load_kn_per_m2=laid["live_load_kn_per_m2"])
    return Reopened(ready, again.owners, zones, laid, assumed, result.skylines)


def _check_areas(found: roofs.PlanesAgain, laid: pd.DataFrame) -> None:
    """Refuse a result whose areas are not found again."""
    if found.other.any():
        building_id = laid["building_id"].iloc[int(np.argmax(found.other))]
        mine = (laid["building_id"] == building_id).to_numpy()
        again, before = (
            one["installable_area_m2"].to_numpy(dtype=float) for one in (found.ready, laid)
        )
        raise InvalidResult(
            f"building {building_id}",
            f"its installable area is {before[mine].sum():,.1f} m2 in the result and "
            f"{again[mine].sum():,.1f} m2 now: the result is of another version",
            "Assess the inventory again",
        )


def layouts(result: Result, building_id: str) -> pd.DataFrame:
    """
    Layouts of one building side by side.

    Parameters
    ----------
    result : Result
    building_id : str

    Returns
    -------
    DataFrame (layout,)
        As ``compare_layouts``, and ``chosen``; of all of the roof, also where the list states a
        capacity. None where nothing is laid out.
    """
    again = reopen(result, building_id)
    if (again.laid["layout"] == "stated").all():
        return pd.DataFrame(columns=[*COMPARED, "chosen"])
    sky = _sky(result, again)
    mine = result.buildings[result.buildings["building_id"] == building_id]
    by = Reckoning(earn=finance.earning_again(mine, sky, again.assumed))
    table = compare_layouts(again.planes, again.latitude, sky, again.assumed, again.skylines, by=by)
    return table.assign(chosen=table["layout"] == find_building(result, building_id)["layout"])


def module_groups(result: Result, building_id: str) -> pd.DataFrame:
    """
    Rows of modules of one building, those of the highest yield first.

    Parameters
    ----------
    result : Result
    building_id : str

    Returns
    -------
    DataFrame (group,)
        As ``energy.module_groups``; a plane on which more is stated than was laid out is one group.
    """
    again = reopen(result, building_id)
    found = places(again)
    # Where the list states more than was laid out, no rows are known of the rest.
    count = found.groupby("plane")["row"].transform("size").to_numpy()
    found = found[count == again.laid["module_count"].to_numpy()[found["plane"].to_numpy()]]
    rows = found.groupby(["plane", "side", "row"], as_index=False).size()
    rows = rows.rename(columns={"size": "module_count"})
    rows["plane_id"] = again.laid["plane_id"].to_numpy(dtype=object)[rows["plane"]]
    ids = again.laid["plane_id"].to_numpy(dtype=object)
    by_plane = result.energy.sel(plane_id=ids)
    sides = energy.side_energy(
        again.laid, _sky(result, again), again.assumed, by_plane, again.skylines
    )
    return energy.module_groups(sides, rows.drop(columns="plane"))


def places(again: Reopened) -> pd.DataFrame:
    """
    Modules of a building in the order of their planes and rows, as many as the result has.

    Parameters
    ----------
    again : Reopened

    Returns
    -------
    DataFrame (module,)
        As ``roofs.module_places``.
    """
    layout, module = again.assumed.layout, again.assumed.module
    flat = roofs.pack_flat(again.planes, again.latitude, layout, module, [again.option])
    found = roofs.module_places([*roofs.pack_flush(again.planes, layout, module), *flat])
    count = again.laid["module_count"].to_numpy(dtype=float)[found["plane"].to_numpy()]
    return found[found.groupby("plane").cumcount().to_numpy() < count].reset_index(drop=True)


def draw_roof(result: Result, building_id: str, path: Path, lang: str) -> None:
    """
    Draw the roof of one building: its outline, what is deducted and why, and its modules.

    Parameters
    ----------
    result : Result
    building_id : str
    path : Path
        Ends in .svg or .png.
    lang : str
        "en" or "zh".

    Raises
    ------
    InvalidConfig
        Another ending.
    InvalidResult
        As ``reopen``.
    """
    check_drawing(path)
    draw(path, roof_picture(result, building_id, lang))


def roof_picture(result: Result, building_id: str, lang: str) -> str:
    """
    Drawing of the roof of one building as SVG.

    Parameters
    ----------
    result : Result
    building_id : str
    lang : str
        "en" or "zh".

    Raises
    ------
    InvalidResult
        As ``reopen``.
    """
    again = reopen(result, building_id)
    frames, outlines = roofs.framed_planes(
        again.planes, again.latitude, again.assumed.roofs.stand_in_aspect
    )
    modules = places(again)
    plane = modules["plane"].to_numpy()
    taken = roofs.deduction_shapes(again.planes, again.owners, again.zones, again.assumed)
    shapes = RoofShapes(
        frames.back(outlines),
        taken.reset_index(),
        frames.at(plane).back(modules["outline"].to_numpy(dtype=object)),
        plane,
        frames.drawn,
    )
    building = find_building(result, building_id)
    return roof_svg(roof_drawing(building, again.laid, shapes, lang))


def certify(result: Result, building_id: str, path: Path, lang: str) -> None:
    """
    Write the calculation report on the PV coverage of one building.

    Parameters
    ----------
    result : Result
    building_id : str
    path : Path
        Ends in .html or .pdf.
    lang : str
        "en" or "zh".

    Raises
    ------
    InvalidConfig
        Another ending; no such folder.
    InvalidResult
        As ``reopen``.
    """
    check_document(path)
    building = find_building(result, building_id)
    mine = result.planes["building_id"] == building_id
    planes = result.planes[mine].reset_index(drop=True)
    drawn = len(planes) > 0 and bool(planes["area_m2"].notna().all())
    weather = {name.strip() for name in str(result.weather.attrs.get("source", "")).split(";")}
    names = [one["name"] for one in result.run["inputs"]]
    lines = result.findings
    if "building_id" in lines:
        lines = lines[lines["building_id"] == building_id]
    case = CertificateCase(
        building, planes, lines, result.run, verdicts_of(result, building_id),
        roof_picture(result, building_id, lang) if drawn else None,
        # The files of the list come first, those of the weather and what stands around after them.
        list(takewhile(lambda name: name not in weather, names)), lang,
    )  # fmt: skip
    write_document(certificate(case), path)


def draw_skyline(result: Result, building_id: str, path: Path, lang: str) -> None:
    """
    Draw what stands around the largest array of a building over the paths of the sun.

    Parameters
    ----------
    result : Result
        With skylines.
    building_id : str
    path : Path
        Ends in .svg or .png.
    lang : str
        "en" or "zh".

    Raises
    ------
    InvalidConfig
        Another ending.
    InvalidResult
        No such building, no planes, or a result without skylines, or that kept none.
    """
    check_drawing(path)
    building = find_building(result, building_id)
    mine = result.planes[result.planes["building_id"] == building_id]
    if not result.skylines or mine.empty:
        raise InvalidResult(
            f"building {building_id}",
            "its surroundings are not known",
            "Assess it with --context, --dsm or --terrain",
        )
    plane = mine.loc[mine["kwp"].idxmax()]
    names = np.array([plane["plane_id"]], dtype=object)
    layers = []
    around = skylines_with(result.skylines, names)
    for source, data in around.items():
        own = "alone_elevation" in data
        shown = data.assign(horizon_elevation=data["alone_elevation"]) if own else data
        found = energy.skylines_of(shown, names)
        layers.append((source, found.elevation[found.members]))
        if found.has_trees:
            layers.append(("trees", found.canopy[found.members]))
    named = energy.losses_of(around)
    drawing = SkylineDrawing(
        title=building_title(building),
        latitude=float(plane["lat"]),
        skylines=layers,
        losses=[(name, float(plane.get(f"{name}_loss_fraction", np.nan))) for name in named],
        plane_tilt=float(plane["surface_tilt"]),
        plane_azimuth=float(plane["surface_azimuth"]),
        facts=_shade_facts(plane, layers),
        lang=lang,
    )
    draw(path, skyline_svg(drawing))


def _shade_facts(
    plane: pd.Series, layers: Sequence[tuple[str, np.ndarray]]
) -> list[tuple[str, str]]:
    points = max((len(elevation) for _, elevation in layers), default=0)
    loss = plane["shading_loss_fraction"]
    told = "–" if np.isnan(loss) else f"{loss:.2%}"
    return [("shading_loss", told), ("points", f"{points}")]


def _sky(result: Result, again: Reopened) -> xr.Dataset:
    sites = sorted(set(shares_of(again.laid).site))
    weather = result.weather.sel(site=sites) if sites else result.weather
    return site_sky(weather, again.assumed)
