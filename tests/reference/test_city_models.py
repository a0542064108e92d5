"""3D city models of six cities, against their own counts and another tool's tilts and azimuths."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from roofpv.inventory.formats.citygml import read_citygml
from roofpv.inventory.formats.cityjson import read_cityjson
from roofpv.inventory.source import Source

DATA = Path(__file__).parents[3] / "shared" / "data"
NRW = "buildings/citygml_nrw"
TILES = ("LoD2_32_280_5657_1_NW.gml", "LoD2_32_280_5659_1_NW.gml")


def _file(name: str) -> Path:
    file = DATA / name
    if not file.is_file():
        pytest.skip("reference data not found at ../shared/data")
    return file


def _read(name: str) -> Source:
    file = _file(name)
    return read_citygml(file) if file.suffix == ".gml" else read_cityjson(file)


# Buildings, roof surfaces, EPSG code, level of detail, plan of the roofs over the footprints (the
# eaves of Zürich overhang its ground).
@pytest.mark.parametrize(
    ("name", "buildings", "surfaces", "epsg", "lod", "plan"),
    [
        ("buildings/cityjson/vienna.jsonl", 149, 1930, None, "2", 1.0),
        ("buildings/cityjson/zurich_subset_lod2.json", 49, 644, 2056, "2", 1.173),
        ("buildings/cityjson/delft.json", 160, 160, 28992, "1", 1.0),
        ("buildings/cityjson/tile_901_trimmed.jsonl", 52, 119, 28992, "2.2", 1.0),
        ("dsm/delft_ahn3/testarea.json", 160, 160, 28992, "1", 1.0),
        (f"{NRW}/{TILES[0]}", 83, 181, 25832, "2", 1.0),
        (f"{NRW}/{TILES[1]}", 109, 217, 25832, "2", 1.0014),
    ],
)
def test_every_building_of_a_real_model_is_understood(
    name: str, buildings: int, surfaces: int, epsg: int | None, lod: str, plan: float
) -> None:
    table = _read(name).table
    roofs = table["roof_surfaces"].to_numpy()
    assert len(table) == buildings
    assert table["building_id"].is_unique
    assert (table.crs and table.crs.to_epsg()) == epsg
    assert table["unread_geometry"].isna().all()
    assert table["lod"].eq(lod).all()
    assert shapely.get_num_geometries(roofs).sum() == surfaces
    assert [len(ids) for ids in table["surface_ids"]] == [*shapely.get_num_geometries(roofs)]
    assert table.geometry.is_valid.all()
    assert shapely.area(roofs).sum() / table.geometry.area.sum() == pytest.approx(plan, abs=1e-3)
    assert table["model_height_m"].between(0.5, 60).all()


def test_other_objects_are_counted_and_parts_that_disagree_are_told() -> None:
    (delft,) = _read("buildings/cityjson/delft.json").notes
    assert delft[0] == "notes.model_others"
    assert delft[1]["count"] == "410"
    (vienna,) = _read("buildings/cityjson/vienna.jsonl").notes
    assert vienna[0] == "notes.model_torn"


def test_flat_roofs_of_vienna_are_as_high_as_the_city_says_and_pitched_ones_lower() -> None:
    """The city measures to the ridge, ``model_height_m`` is the mean over the plan."""
    table = _read("buildings/cityjson/vienna.jsonl").table
    off = table["model_height_m"] - table["measuredHeight"]
    flat = table["roofType"].eq("FLACHDACH") & off.notna()
    gabled = table["roofType"].eq("SATTELDACH") & off.notna()
    assert (flat.sum(), gabled.sum()) == (10, 28)
    assert np.median(np.abs(off[flat])) < 0.005
    assert off[gabled].between(-3.1, -1.2).all()


def test_the_prisms_of_delft_are_as_high_as_their_maker_says() -> None:
    """They stand on level 0, as does the ``measuredHeight`` of 3dfier."""
    table = _read("dsm/delft_ahn3/testarea.json").table
    assert np.abs(table["model_height_m"] - table["measuredHeight"]).max() < 0.001


def test_the_roofs_of_3dbag_are_as_high_as_its_laser_points() -> None:
    table = _read("buildings/cityjson/tile_901_trimmed.jsonl").table
    off = table["model_height_m"] - (table["h_dak_50p"] - table["h_maaiveld"])
    assert np.abs(off).median() < 0.05
    assert np.abs(off).quantile(0.9) < 1.0


def _planes(table: gpd.GeoDataFrame) -> dict[str, tuple[float, float, float]]:
    """Tilt and azimuth of the best plane and the true area, by surface id."""
    found = {}
    for ids, roof in zip(table["surface_ids"], table["roof_surfaces"], strict=True):
        for name, polygon in zip(ids, roof.geoms, strict=True):
            corners = shapely.get_coordinates(polygon.exterior, include_z=True)[:-1]
            local = corners - corners.mean(axis=0)
            normal = np.linalg.svd(local)[2][2]
            normal = normal if normal[2] >= 0 else -normal
            vector = np.cross(local, np.roll(local, -1, axis=0)).sum(axis=0) / 2
            assert vector[2] > 0, name
            found[name] = (
                float(np.degrees(np.arccos(normal[2]))),
                float(np.degrees(np.arctan2(normal[0], normal[1])) % 360),
                float(np.linalg.norm(vector)),
            )
    return found


def test_roofs_of_nrw_agree_with_another_tool() -> None:
    planes: dict[str, tuple[float, float, float]] = {}
    for tile in TILES:
        planes |= _planes(_read(f"{NRW}/{tile}").table)
    other = gpd.read_file(_file(f"{NRW}/Test_Run.geojson"))
    assert len(other) == 398
    assert {*other["RoofTopID"]} == {*planes}
    tilt, azimuth, area = np.array([planes[name] for name in other["RoofTopID"]]).T
    stated = other["Area"].astype(float).to_numpy()
    known = stated > 0  # it gives an area of 0 to 105 roofs
    assert known.sum() == 293
    off = np.abs(tilt - other["Tilt"].astype(float).to_numpy())[known]
    assert np.median(off) <= 0.5
    assert (off <= 3).mean() >= 0.95
    turn = np.abs((azimuth - other["Azimuth"].astype(float) + 180) % 360 - 180)
    pitched = known & (tilt > 5)
    assert np.median(turn[pitched]) <= 0.5
    assert (turn[pitched] <= 3).mean() >= 0.95
    assert area[known] == pytest.approx(stated[known], rel=2e-3)


def test_the_three_roofs_that_the_other_tool_has_wrong_are_its_own_fault() -> None:
    """It states 90° less the tilt and the opposite azimuth; the corners say otherwise."""
    planes = _planes(_read(f"{NRW}/{TILES[1]}").table)
    other = gpd.read_file(_file(f"{NRW}/Test_Run.geojson")).set_index("RoofTopID")
    wrong = [
        "GUID_1543405942858_82262259_2_13",
        "GUID_1543405942858_82262242_2_17",
        "GUID_1543405942858_82262256_2_8",
    ]
    for name in wrong:
        tilt, azimuth, _ = planes[name]
        assert tilt + float(other["Tilt"][name]) == pytest.approx(90.0, abs=0.1)
        turn = (azimuth - float(other["Azimuth"][name])) % 360
        assert turn == pytest.approx(180.0, abs=0.1)
