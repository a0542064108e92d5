"""Planes of real buildings: measured ones against another tool, and areas that are conserved."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from roofpv.assumptions import Roofs, from_values
from roofpv.inventory import check_inventory, read_inventory
from roofpv.inventory.formats.citygml import read_citygml
from roofpv.roofs import (
    DEDUCTIONS,
    LayoutOption,
    installable_area,
    lay_options,
    module_places,
    pack_flat,
    pack_flush,
    roof_planes,
    stated_planes,
    to_local_metres,
)
from roofpv.roofs.surfaces import facets

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "buildings"
NRW = ("citygml_nrw/LoD2_32_280_5657_1_NW.gml", "citygml_nrw/LoD2_32_280_5659_1_NW.gml")
ASSUMED = from_values({"layout.setback_m": 0.5}, "test")
OPTIONS = [
    LayoutOption("south_racks", 15.0),
    LayoutOption("aligned_racks", 35.0),
    LayoutOption("east_west", 10.0),
    LayoutOption("flat", 0.0),
]
# It states 90 degrees less the tilt and the opposite azimuth.
FAULTS = {
    "GUID_1543405942858_82262259_2_13",
    "GUID_1543405942858_82262242_2_17",
    "GUID_1543405942858_82262256_2_8",
}
# File, what has to be said of it, and whether its planes are measured.
SETS: list[tuple[str, dict[str, str], bool]] = [
    ("eubucco/v0_1-FRA_1_2_3_11_1-Vichy.gpkg.zip", {}, False),
    ("cityjson/vienna.jsonl", {"crs": "EPSG:31256"}, True),
    ("cityjson/zurich_subset_lod2.json", {}, True),
    ("cityjson/delft.json", {}, False),
    ("cityjson/tile_901_trimmed.jsonl", {}, True),
    (NRW[0], {}, True),
    (NRW[1], {}, True),
    ("osm_pbf/Helsinki.osm.pbf", {}, False),
    ("pybdshadow_tokyo/bd_demo.json", {}, False),
    ("bubenec/bubenec.gpkg", {"layer": "buildings"}, False),
    ("../dsm/delft_ahn3/testarea.json", {}, False),
    ("../dsm/delft_ahn3/bgt_pand.sqlite", {}, False),
    ("../dsm/goteborg/Goteborg_SWEREF99_1200.zip", {"layer": "buildings"}, False),
]


def _file(name: str) -> Path:
    file = FOLDER / name
    if not file.is_file():
        pytest.skip("reference data not found at ../shared/data")
    return file


@cache
def _buildings(name: str, said: tuple[tuple[str, str], ...] = ()) -> gpd.GeoDataFrame:
    return check_inventory(read_inventory(_file(name), **dict(said))).buildings


# Buildings of a set, taken evenly, so that all sets together take seconds.
MOST = 500


def _some(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    step = -(-len(buildings) // MOST)
    return buildings.iloc[::step].reset_index(drop=True)


def _prepared(buildings: gpd.GeoDataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    planes = roof_planes(buildings, ASSUMED.roofs)
    owners = buildings.set_index("building_id").reindex(planes["building_id"]).reset_index()
    return installable_area(planes, owners, None, ASSUMED), owners["lat"].to_numpy()


@pytest.mark.parametrize(("name", "said", "measured"), SETS, ids=[one[0] for one in SETS])
@pytest.mark.parametrize("form", [None, "gabled", "hipped", "pyramidal", "shed"])
def test_planes_are_conserved(
    name: str, said: dict[str, str], measured: bool, form: str | None
) -> None:
    buildings = _buildings(name, tuple(said.items()))
    if form is not None:
        buildings = _some(buildings)
        buildings = buildings.drop(columns="roof_surfaces", errors="ignore").assign(roof_type=form)
    planes, latitude = _prepared(buildings)
    (laid,) = lay_options(planes, latitude, ASSUMED.layout, ASSUMED.module, OPTIONS[:1])
    _assert_equipped(laid)
    assert set(planes["building_id"]) == set(buildings["building_id"])
    drawn = planes["geometry"].notna().to_numpy()
    slope = np.cos(np.radians(planes["roof_tilt"]))
    assert planes["plan_area_m2"].to_numpy() == pytest.approx(planes["area_m2"] * slope, rel=1e-12)
    seen = shapely.area(planes["geometry"].to_numpy())[drawn]
    assert seen == pytest.approx(planes["plan_area_m2"].to_numpy()[drawn], rel=1e-9)
    if measured and form is None:
        assert planes["evidence_grade"].eq("A").all()
        return
    footprint = shapely.area(to_local_metres(buildings.geometry.to_numpy().astype(object)))
    plan = planes.groupby("building_id")["plan_area_m2"].sum()[buildings["building_id"]]
    known = footprint > 0.0
    assert plan.to_numpy()[known] == pytest.approx(footprint[known], rel=1e-9)


def _assert_equipped(planes: pd.DataFrame) -> None:
    """Modules seen from above within their field, within what is installable, within the roof."""
    hair = 1.0 + 1e-9
    field, installable = planes["array_field_area_m2"], planes["installable_area_m2"]
    assert (planes["projected_module_area_m2"] <= field * hair).all()
    assert (field <= installable * hair).all()
    assert (installable <= planes["area_m2"] * hair).all()
    assert shapely.area(planes["installable"].to_numpy()) == pytest.approx(
        installable.to_numpy(), rel=1e-9, abs=1e-9
    )
    taken = planes[list(DEDUCTIONS)].sum(axis=1) + installable
    assert taken.to_numpy() == pytest.approx(planes["area_m2"].to_numpy(), rel=1e-9)


def test_a_real_plane_table_is_conserved() -> None:
    """Rectangles in place of planes that are not drawn."""
    checked = check_inventory(read_inventory(_file("citygml_nrw/Test_Run.geojson")))
    assert checked.planes is not None
    planes = stated_planes(checked.planes)
    owners = pd.DataFrame({"lat": checked.planes["lat"].fillna(50.9).to_numpy()})
    ready = installable_area(planes, owners, None, ASSUMED)
    latitude = owners["lat"].to_numpy()
    for table in lay_options(ready, latitude, ASSUMED.layout, ASSUMED.module, OPTIONS):
        _assert_equipped(table)
        assert table["module_count"].sum() > 300.0


@pytest.mark.parametrize(("name", "said", "measured"), SETS, ids=[one[0] for one in SETS])
def test_equipped_within_installable_within_gross_in_every_layout(
    name: str, said: dict[str, str], measured: bool
) -> None:
    """Every module, drawn, lies on its plane and on no other one."""
    del measured
    buildings = _some(_buildings(name, tuple(said.items())))
    planes, latitude = _prepared(buildings)
    module, layout = ASSUMED.module, ASSUMED.layout
    for table in lay_options(planes, latitude, layout, module, OPTIONS):
        _assert_equipped(table)
    packings = [
        *pack_flush(planes, layout, module),
        *pack_flat(planes, latitude, layout, module, OPTIONS[:1]),
    ]
    places = module_places(packings)
    outlines = places["outline"].to_numpy(dtype=object)
    plane = places["plane"].to_numpy()
    assert np.bincount(plane, minlength=len(planes)).tolist() == (
        lay_options(planes, latitude, layout, module, OPTIONS[:1])[0]["module_count"].tolist()
    )
    room = shapely.buffer(planes["installable"].to_numpy(), 1e-5)
    shapely.prepare(room)
    assert shapely.covers(room[plane], outlines).all()
    whole = np.bincount(plane, shapely.area(outlines), len(planes))
    rows, group = np.unique(plane, return_inverse=True)
    together = shapely.union_all(
        shapely.geometrycollections(outlines, indices=group)[:, None], axis=1
    )
    assert shapely.area(together) == pytest.approx(whole[rows], rel=1e-9)


# Planes and surfaces left out, and the planes seen from above over the footprints: the eaves of
# Zürich overhang its walls, and some of its roofs lie under others.
@pytest.mark.parametrize(
    ("name", "said", "planes", "left_out", "plan"),
    [
        ("cityjson/vienna.jsonl", {"crs": "EPSG:31256"}, 1792, 44, 0.9998),
        ("cityjson/zurich_subset_lod2.json", {}, 641, 1, 1.1729),
        ("cityjson/tile_901_trimmed.jsonl", {}, 119, 0, 1.0),
        (NRW[0], {}, 166, 0, 1.0),
        (NRW[1], {}, 203, 0, 1.0007),
    ],
)
def test_the_planes_of_a_model_add_up_to_its_footprints(
    name: str, said: dict[str, str], planes: int, left_out: int, plan: float
) -> None:
    buildings = _buildings(name, tuple(said.items()))
    found = roof_planes(buildings, Roofs())
    assert len(found) == planes
    assert sum(found.attrs["left_out"].values()) == left_out
    footprint = shapely.area(to_local_metres(buildings.geometry.to_numpy().astype(object))).sum()
    assert found["plan_area_m2"].sum() / footprint == pytest.approx(plan, abs=2e-4)
    assert shapely.is_valid(found["geometry"].to_numpy()).all()


@cache
def _nrw() -> pd.DataFrame:
    """Tilt, azimuth and area of every surface, by the id that the other tool uses too."""
    tables = []
    for tile in NRW:
        frame = read_inventory(_file(tile))
        local = to_local_metres(frame["roof_surfaces"].to_numpy(dtype=object))
        ids = [name for row in read_citygml(_file(tile)).table["surface_ids"] for name in row]
        tables.append(facets(local).assign(id=ids))
    return pd.concat(tables).set_index("id")


def _other() -> gpd.GeoDataFrame:
    other = gpd.read_file(_file("citygml_nrw/Test_Run.geojson")).set_index("RoofTopID")
    return other.astype({"Area": float, "Tilt": float, "Azimuth": float})


def _turn(ours: pd.DataFrame, other: gpd.GeoDataFrame) -> pd.Series:
    """Azimuths beside each other: the other tool's are from grid north, 2.4 degrees off."""
    middle = shapely.centroid(other.geometry.to_numpy())
    factors = pyproj.Proj("EPSG:25832").get_factors(shapely.get_x(middle), shapely.get_y(middle))
    off: pd.Series = ours["roof_azimuth"] - other["Azimuth"] - factors.meridian_convergence
    return (off + 180.0) % 360.0 - 180.0


def test_tilt_and_azimuth_of_nrw_agree_with_another_tool() -> None:
    """Where it gives an area; an azimuth means something on a slope, and its own is the grid's."""
    other = _other()
    ours = _nrw().loc[other.index]
    known = (other["Area"] > 0.0).to_numpy()
    tilt = np.abs(ours["roof_tilt"] - other["Tilt"]).to_numpy()
    turn = np.abs(_turn(ours, other)).to_numpy()
    sloping = known & (ours["roof_tilt"] > 5.0).to_numpy()
    assert (known.sum(), sloping.sum()) == (293, 136)
    assert np.median(tilt[known]) <= 0.5
    assert (tilt[known] <= 3.0).mean() >= 0.95
    assert np.median(turn[sloping]) <= 0.5
    assert (turn[sloping] <= 3.0).mean() >= 0.95
    assert ours["area_m2"][known].to_numpy() == pytest.approx(other["Area"][known], rel=2e-3)


def test_the_faults_of_the_other_tool_are_the_three_that_are_known() -> None:
    other = _other()
    ours = _nrw().loc[other.index]
    off = np.abs(ours["roof_tilt"] - other["Tilt"])
    assert set(other.index[(off > 3.0) & (other["Area"] > 0.0)]) == FAULTS
    for name in FAULTS:
        assert ours["roof_tilt"][name] + other["Tilt"][name] == pytest.approx(90.0, abs=0.1)
        assert abs(_turn(ours, other)[name]) == pytest.approx(180.0, abs=0.1)
