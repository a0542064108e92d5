"""Every building file of the reference data: it opens, is understood, and its counts close."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest

from roofpv.errors import InvalidInventory
from roofpv.inventory import check_inventory, read_inventory
from roofpv.inventory.findings import counted
from roofpv.roofs import to_local_metres

FOLDER = Path(__file__).parents[3] / "shared" / "data"

# File, what has to be said of it, rows, rows that cannot be used, and the columns understood.
FILES = [
    ("buildings/eubucco/v0_1-FRA_1_2_3_11_1-Vichy.gpkg.zip", {}, 11_141, 0,
     {"building_id": "id", "use": "type", "completed": "age", "height_m": "height"}),
    ("buildings/cityjson/vienna.jsonl", {"crs": "EPSG:31256"}, 149, 0,
     {"height_m": "model_height_m", "roof_type": "roofType"}),
    ("buildings/cityjson/zurich_subset_lod2.json", {}, 49, 0,
     {"use": "class", "height_m": "model_height_m"}),
    ("buildings/cityjson/delft.json", {}, 160, 0, {"height_m": "model_height_m"}),
    ("buildings/cityjson/tile_901_trimmed.jsonl", {}, 52, 0,
     {"altitude_m": "h_maaiveld", "completed": "oorspronkelijkbouwjaar",
      "height_m": "model_height_m", "roof_type": "dak_type"}),
    ("buildings/citygml_nrw/LoD2_32_280_5657_1_NW.gml", {}, 83, 0,
     {"use": "function", "floors": "storeysAboveGround", "height_m": "model_height_m",
      "roof_type": "roofType"}),
    ("buildings/citygml_nrw/LoD2_32_280_5659_1_NW.gml", {}, 109, 0,
     {"use": "function", "floors": "storeysAboveGround", "height_m": "model_height_m",
      "roof_type": "roofType"}),
    ("buildings/citygml_nrw/Test_Run.geojson", {}, 398, 105,
     {"plane_id": "RoofTopID", "building_id": "Building_ID", "surface_tilt": "Tilt",
      "surface_azimuth": "Azimuth", "area_m2": "Area"}),
    ("buildings/osm_pbf/Helsinki.osm.pbf", {}, 494, 12,
     {"building_id": "osm_id", "institution": "operator", "use": "amenity",
      "completed": "start_date", "floors": "building:levels", "height_m": "height",
      "roof_type": "roof:shape"}),
    ("buildings/pybdshadow_tokyo/bd_demo.json", {}, 1_374, 0,
     {"building_id": "id", "height_m": "height"}),
    ("buildings/bubenec/bubenec.gpkg", {"layer": "buildings"}, 144, 0, {"building_id": "uID"}),
    ("dsm/delft_ahn3/testarea.json", {}, 160, 0, {"height_m": "model_height_m"}),
    ("dsm/delft_ahn3/bgt_pand.sqlite", {}, 160, 0, {"building_id": "gml_id"}),
    ("dsm/goteborg/Goteborg_SWEREF99_1200.zip", {"layer": "buildings"}, 137, 0, {}),
]  # fmt: skip


def _file(name: str) -> Path:
    file = FOLDER / name
    if not file.is_file():
        pytest.skip(f"reference data not found at ../shared/data: {name}")
    return file


@pytest.mark.parametrize(
    ("name", "said", "rows", "lost", "columns"), FILES, ids=[f[0].split("/")[-1] for f in FILES]
)
def test_a_real_file_opens_is_understood_and_closes(
    name: str, said: dict[str, str], rows: int, lost: int, columns: dict[str, str]
) -> None:
    frame = read_inventory(_file(name), **said)
    understood = frame.attrs["columns"]["understood"]
    assert {ours: understood.get(ours) for ours in columns} == columns
    checked = check_inventory(frame)
    usable = checked.buildings if checked.planes is None else checked.planes
    count = checked.count_in if checked.planes is None else checked.planes_in
    assert (count, len(checked.quarantine)) == (rows, lost)
    assert count == len(usable) + len(checked.quarantine)
    assert checked.buildings["building_id"].is_unique


def test_a_model_without_coordinate_system_is_asked_for_it() -> None:
    with pytest.raises(InvalidInventory, match="does not state its coordinate system"):
        read_inventory(_file("buildings/cityjson/vienna.jsonl"))


def test_mercator_outlines_have_their_true_area() -> None:
    file = _file("buildings/bubenec/bubenec.gpkg")
    checked = check_inventory(read_inventory(file, layer="buildings"))
    area = gpd.GeoSeries(to_local_metres(checked.buildings.geometry.to_numpy())).area.sum()
    assert area == pytest.approx(43_176, rel=5e-4)


def test_what_is_missing_in_eubucco_stays_missing() -> None:
    name = "buildings/eubucco/v0_1-FRA_1_2_3_11_1-Vichy.gpkg.zip"
    checked = check_inventory(read_inventory(_file(name)))
    assert int(checked.buildings["height_m"].isna().sum()) == 1_623 + 5
    assert int(checked.buildings["completed"].isna().sum()) == 3_846
    emptied = {"kind": "emptied", "column": "height_m", "code": "OUT_OF_RANGE", "count": 5}
    assert emptied in counted(checked.findings)


def test_a_shapefile_that_states_no_encoding_is_read_by_its_bytes() -> None:
    file = _file("dsm/goteborg/Goteborg_SWEREF99_1200.zip")
    frame = read_inventory(file, layer="buildings")
    assert "OPERATÖR" in frame.attrs["columns"]["not_used"]


def test_roof_surfaces_of_a_model_come_along_in_degrees() -> None:
    name = "buildings/citygml_nrw/LoD2_32_280_5657_1_NW.gml"
    checked = check_inventory(read_inventory(_file(name)))
    surfaces = checked.buildings["roof_surfaces"]
    assert surfaces.notna().all()
    assert sum(len(shape.geoms) for shape in surfaces) == 181
    assert all(shape.has_z for shape in surfaces)
    west, south, east, north = surfaces.iloc[0].bounds
    assert 5.8 < west < east < 5.9
    assert 51.0 < south < north < 51.1
