"""Write the bundled synthetic city: public buildings of Shizuishan and their neighbours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from institutions import STOREY_M, Compound, Part, town_compounds, village_compounds
from shapely import Polygon
from shapely.affinity import translate
from shapes import FORMS, Frame, mirrored, settle, to_lonlat
from survey import COLUMNS, Plan, survey
from town import (
    Mass,
    Neighbour,
    Plot,
    Spacing,
    Town,
    block_plot,
    halves,
    joined,
    neighbours,
    pack,
)

SEED = 20220916
NOTE = (
    "SYNTHETIC: every building, institution, footprint and number here was drawn at random "
    "by generate.py; none describes a real building. See SOURCES.md."
)
INVENTORY_FILE = "shizuishan.geojson"
CONTEXT_FILE = "shizuishan_context.parquet"

CAMPUS_SPACING = Spacing(9.0, 0.9, 9.0, 24.0)
FRONT_M = 9.0


@dataclass(frozen=True)
class District:
    """A district: where it is, its towns, its institutions, what is surveyed."""

    code: str
    name: str
    plan: Plan
    town: Town
    townships: dict[str, tuple[float, float]]
    mix: dict[str, int]


@dataclass(frozen=True)
class Ground:
    """What stands in a district: public buildings as rows, neighbours as outlines [m]."""

    rows: list[dict[str, Any]]
    around: list[Neighbour]


DISTRICTS = (
    District(
        "DWK",
        "大武口区",
        Plan(Frame(106.376, 39.013), new=19, pv_share=0.16),
        Town((0.0, 0.0), 8.0, 17, 15, (172.0, 142.0), 24.0),
        {"清泉镇": (5200.0, -2600.0), "柳湾镇": (3900.0, 4300.0)},
        {
            "middle_school": 8,
            "college": 2,
            "sports_centre": 1,
            "city_office": 4,
            "primary_school": 12,
            "general_hospital": 5,
            "bureau": 23,
            "old_office": 4,
            "street_office": 9,
            "kindergarten": 14,
            "clinic": 9,
            "library": 3,
            "culture": 4,
            "care_home": 2,
            "storehouse": 3,
        },
    ),
    District(
        "HNG",
        "惠农区",
        Plan(Frame(106.770, 39.240), new=14, pv_share=0.09),
        Town((0.0, 0.0), 21.0, 14, 13, (166.0, 138.0), 22.0),
        {
            "红柳镇": (-4600.0, -3100.0),
            "长堤乡": (-5600.0, 2300.0),
            "沙枣镇": (2900.0, -5200.0),
            "燕窝乡": (-1200.0, -6100.0),
        },
        {
            "middle_school": 4,
            "college": 1,
            "sports_centre": 1,
            "city_office": 2,
            "primary_school": 9,
            "general_hospital": 3,
            "bureau": 18,
            "old_office": 3,
            "street_office": 6,
            "kindergarten": 10,
            "clinic": 5,
            "library": 2,
            "culture": 3,
            "care_home": 2,
            "storehouse": 2,
        },
    ),
    District(
        "PLO",
        "平罗县",
        Plan(Frame(106.540, 38.900), new=17, pv_share=0.06),
        Town((0.0, 0.0), -5.0, 14, 14, (168.0, 140.0), 22.0),
        {
            "金穗镇": (5200.0, 2100.0),
            "渠口镇": (-4400.0, -3600.0),
            "黄渠乡": (3400.0, -5100.0),
            "月牙镇": (-5600.0, 1900.0),
            "高台乡": (1500.0, 5600.0),
            "芦花镇": (6900.0, -2200.0),
            "头渠乡": (-1600.0, -6300.0),
        },
        {
            "middle_school": 4,
            "college": 1,
            "sports_centre": 1,
            "city_office": 2,
            "primary_school": 10,
            "general_hospital": 3,
            "bureau": 18,
            "old_office": 3,
            "street_office": 5,
            "kindergarten": 10,
            "clinic": 7,
            "library": 2,
            "culture": 3,
            "care_home": 1,
            "storehouse": 2,
        },
    ),
)


# ---- the ground: who stands where ----------------------------------------------------------


def parts_of(compound: Compound, rng: np.random.Generator) -> list[Part]:
    """Buildings of a compound, each kind as often as drawn."""
    chosen: list[Part] = []
    for part in compound.programme.parts:
        low, high = part.count
        chosen += [part] * int(rng.integers(low, high + 1))
    return chosen


def storeys_and_mass(part: Part, use: str, rng: np.random.Generator) -> tuple[int, Mass]:
    """Floors and outline with height [m] of one building of a kind."""
    width, depth = rng.uniform(*part.width), rng.uniform(*part.depth)
    floors = int(rng.integers(part.floors[0], part.floors[1] + 1))
    wing = float(np.clip(0.36 * min(width, depth), 10.0, 18.0))
    large = part.roof == "steel"
    storey = 9.5 if large else STOREY_M.get(use, 3.5)
    height = floors * storey * rng.uniform(0.96, 1.04) + rng.uniform(0.3, 1.2)
    return floors, Mass(mirrored(FORMS[part.form](width, depth, wing), rng), float(height))


def campus_land(plot: Plot, compound: Compound) -> Plot:
    """The part of a plot that carries buildings: no gate strip, no sports field."""
    field = 0.3 if compound.programme.land == "double" else 0.0
    return Plot(plot.x, plot.y + FRONT_M, plot.width * (1.0 - field), plot.depth - FRONT_M)


def labels(parts: list[Part]) -> list[str]:
    """Names of buildings, numbered where a compound has several of a kind."""
    kinds = [part.label for part in parts]
    seen: dict[str, int] = {}
    named = []
    for kind in kinds:
        seen[kind] = seen.get(kind, 0) + 1
        named.append(f"{seen[kind]}号{kind}" if kinds.count(kind) > 1 else kind)
    return named


def campus(
    plot: Plot, compound: Compound, town: Town, rng: np.random.Generator
) -> Iterator[dict[str, Any]]:
    """Rows of one compound's buildings, outlines in the district's frame [m]."""
    use = compound.programme.use
    parts = parts_of(compound, rng)
    drawn = [storeys_and_mass(part, use, rng) for part in parts]
    guards = [i for i, part in enumerate(parts) if part.label == "门卫室"]
    others = [i for i in range(len(parts)) if i not in guards]
    masses = [drawn[i][1] for i in others]
    placed = pack(campus_land(plot, compound), masses, CAMPUS_SPACING, rng)
    outlines = {others[i]: outline for i, outline in placed.items()}
    gate = plot.x + plot.width * rng.uniform(0.3, 0.6)
    outlines |= {i: translate(drawn[i][1].outline, gate, plot.y) for i in guards}
    for i, label in enumerate(labels(parts)):
        if i in outlines:
            yield {
                "name": compound.name + label,
                "institution": compound.name,
                "use": use,
                "ownership": compound.ownership,
                "floors": drawn[i][0],
                "height_m": round(drawn[i][1].height, 1),
                "roof_type": parts[i].roof,
                "south_azimuth": round((180.0 - town.rotation_deg) % 360.0, 1),
                "outline": settle(outlines[i], town.rotation_deg, town.centre),
            }


def settled(neighbour: Neighbour, town: Town) -> Neighbour:
    """A neighbour moved from the town's axes to the district's frame [m]."""
    outline = settle(neighbour.outline, town.rotation_deg, town.centre)
    return Neighbour(neighbour.use, neighbour.floors, neighbour.height, outline)


def cells_by_closeness(town: Town, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Cells of a town, those near the centre mostly first."""
    cells = [(i, j) for i in range(town.columns) for j in range(town.rows)]
    middle = np.array([town.columns - 1, town.rows - 1]) / 2
    distance = np.abs((np.array(cells) - middle) / np.array([town.columns, town.rows])).max(axis=1)
    order = np.argsort(distance + rng.uniform(0.0, 0.7, len(cells)), kind="stable")
    return [cells[k] for k in order]


def take_double(free: list[tuple[int, int]]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Take the first free cell whose eastern neighbour is free, and that neighbour."""
    west = next(cell for cell in free if (cell[0] + 1, cell[1]) in free)
    east = (west[0] + 1, west[1])
    free.remove(west)
    free.remove(east)
    return west, east


def build_town(town: Town, compounds: list[Compound], rng: np.random.Generator) -> Ground:
    """Give every compound land, largest first, and fill what is left with neighbours."""
    free = cells_by_closeness(town, rng)
    rows: list[dict[str, Any]] = []
    around: list[Neighbour] = []
    for compound in compounds:
        land = compound.programme.land
        if land == "double":
            west, east = take_double(free)
            plot = joined(block_plot(town, *west), block_plot(town, *east))
        else:
            cell = free.pop(0)
            plot = block_plot(town, *cell)
        if land == "half":
            sides = halves(plot)
            own = int(rng.integers(2))
            plot = sides[own]
            around += neighbours(town, cell, sides[1 - own], rng)
        rows += campus(plot, compound, town, rng)
    for cell in free:
        around += neighbours(town, cell, block_plot(town, *cell), rng)
    return Ground(rows, [settled(neighbour, town) for neighbour in around])


def build_district(district: District, rng: np.random.Generator) -> Ground:
    """The town and the townships of a district."""
    prefix = "石嘴山市" if district.code == "DWK" else district.name
    compounds = list(town_compounds(district.mix, prefix, rng))
    grounds = [build_town(district.town, compounds, rng)]
    for township, centre in district.townships.items():
        turn = float(rng.uniform(-14.0, 14.0))
        village = Town(centre, turn, 4, 3, (104.0, 92.0), 9.0, rural=True)
        local = list(village_compounds(district.name, township))
        grounds.append(build_town(village, local, rng))
    rows = [row for ground in grounds for row in ground.rows]
    named = [
        {"building_id": f"SZS-{district.code}-{number:04d}", "district": district.name, **row}
        for number, row in enumerate(rows, start=1)
    ]
    return Ground(named, [neighbour for ground in grounds for neighbour in ground.around])


# ---- the two files -------------------------------------------------------------------------


def context_of(district: District, around: list[Neighbour]) -> pd.DataFrame:
    """The neighbours of a district as rows."""
    return pd.DataFrame(
        {
            "building_id": [f"CTX-{district.code}-{i:05d}" for i in range(1, len(around) + 1)],
            "use": [neighbour.use for neighbour in around],
            "floors": np.array([neighbour.floors for neighbour in around], dtype="int16"),
            "height_m": [neighbour.height for neighbour in around],
            "synthetic": True,
            "geometry": [to_lonlat(neighbour.outline, district.plan.frame) for neighbour in around],
        }
    )


def build() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """The public buildings and their neighbours, WGS84."""
    lists, contexts = [], []
    for index, district in enumerate(DISTRICTS):
        rng = np.random.default_rng([SEED, index])
        ground = build_district(district, rng)
        lists.append(survey(ground.rows, district.plan, rng))
        contexts.append(context_of(district, ground.around))
    both = (pd.concat(frames, ignore_index=True) for frames in (lists, contexts))
    inventory, context = (gpd.GeoDataFrame(frame, crs="OGC:CRS84") for frame in both)
    return inventory, context


def json_value(value: Any) -> Any:
    """A cell as JSON holds it: null for missing, whole numbers without a point."""
    if value is None or value != value:  # noqa: PLR0124  (NaN alone differs from itself)
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() else float(value)
    return value


def feature(row: dict[str, Any]) -> str:
    """One GeoJSON feature on one line."""
    outline: Polygon | None = row["geometry"]
    shape = None if outline is None else shapely.geometry.mapping(outline)
    properties = {name: json_value(row[name]) for name in COLUMNS if name != "geometry"}
    body = {"type": "Feature", "properties": properties, "geometry": shape}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def write_inventory(inventory: gpd.GeoDataFrame, path: Path) -> None:
    """Write GeoJSON, one feature a line, labelled synthetic at the top."""
    label = json.dumps({"synthetic": True, "note": NOTE}, ensure_ascii=False)
    head = f'{{\n"type": "FeatureCollection",\n"name": "shizuishan",\n"roofpv": {label},\n'
    lines = ",\n".join(feature(row) for row in inventory.to_dict("records"))
    path.write_text(f'{head}"features": [\n{lines}\n]\n}}\n', encoding="utf-8", newline="\n")


def write_context(context: gpd.GeoDataFrame, path: Path) -> None:
    """Write GeoParquet, compressed with zstd."""
    context.to_parquet(path, compression="zstd", compression_level=15, index=False)


def main(directory: Path = Path(__file__).parent) -> None:
    """Write both files into a directory."""
    inventory, context = build()
    write_inventory(inventory, directory / INVENTORY_FILE)
    write_context(context, directory / CONTEXT_FILE)
    print(f"{len(inventory)} public buildings, {len(context)} neighbours -> {directory}")


if __name__ == "__main__":
    main()
