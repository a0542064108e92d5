from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from roofpv.catalogue import LANGUAGES, say
from roofpv.errors import InvalidInventory
from roofpv.inventory.formats import citymodel
from roofpv.inventory.formats.cityjson import read_cityjson
from roofpv.inventory.source import Source

# A house 10 m by 8 m from (100, 200): eaves 3 m, ridge along x 5 m above the ground at 50 m.
CORNERS = [
    [0, 0, 0], [10, 0, 0], [10, 8, 0], [0, 8, 0],
    [0, 0, 3], [10, 0, 3], [10, 8, 3], [0, 8, 3], [0, 4, 5], [10, 4, 5],
]  # fmt: skip
GROUND, SOUTH, NORTH = [0, 3, 2, 1], [4, 5, 9, 8], [6, 7, 8, 9]
WALLS = [[0, 1, 5, 4], [2, 3, 7, 6], [1, 2, 6, 9, 5], [3, 0, 4, 8, 7]]
FACES = [GROUND, *WALLS, SOUTH, NORTH]
LABELS = {
    "surfaces": [{"type": "GroundSurface"}, {"type": "WallSurface"}, {"type": "RoofSurface"}],
    "values": [[0, 1, 1, 1, 1, 2, 2]],
}
SOLID: dict[str, Any] = {
    "type": "Solid", "lod": "2", "boundaries": [[[face] for face in FACES]], "semantics": LABELS,
}  # fmt: skip
BLOCK_FACES = [[0, 3, 2, 1], [4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]]
BLOCK: dict[str, Any] = {"type": "Solid", "lod": "1", "boundaries": [[[f] for f in BLOCK_FACES]]}
MILLIMETRES = {"scale": [0.001, 0.001, 0.001], "translate": [100.0, 200.0, 50.0]}


def _building(*geometries: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"type": "Building", "geometry": list(geometries), **members}


def _model(objects: dict[str, Any], **members: Any) -> dict[str, Any]:
    return copy.deepcopy(
        {
            "type": "CityJSON",
            "version": "2.0",
            "transform": MILLIMETRES,
            "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/7415"},
            "CityObjects": objects,
            "vertices": (np.array(CORNERS) * 1000).tolist(),
            **members,
        }
    )


def _feature(objects: dict[str, Any], **members: Any) -> str:
    model = _model(objects)
    kept = {"type": "CityJSONFeature", "CityObjects": objects, "vertices": model["vertices"]}
    return json.dumps({**kept, **members})


HEAD = json.dumps(_model({}, vertices=[]))


def _read(folder: Path, content: object, name: str = "town.city.json") -> Source:
    file = folder / name
    if isinstance(content, bytes):
        file.write_bytes(content)
    else:
        text = content if isinstance(content, str) else json.dumps(content)
        file.write_text(text, encoding="utf-8")
    return read_cityjson(file)


def _one(folder: Path, objects: dict[str, Any], **members: Any) -> dict[str, Any]:
    source = _read(folder, _model(objects, **members))
    assert len(source.table) == 1
    return source.table.iloc[0].to_dict()


def _house(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    solid = copy.deepcopy(SOLID)
    change(solid)
    return {"h": _building(solid)}


def _words(source: Source) -> dict[str, str]:
    """Notes in English by key, after checking that each can be said in every language."""
    assert all(say(key, language, words) for key, words in source.notes for language in LANGUAGES)
    return {key: say(key, "en", words) for key, words in source.notes}


def _normal(polygon: shapely.Polygon) -> np.ndarray:
    corners = shapely.get_coordinates(polygon.exterior, include_z=True)[:-1]
    local = corners - corners[0]
    vector = np.cross(local, np.roll(local, -1, axis=0)).sum(axis=0)
    return vector / np.linalg.norm(vector)


def _refused(folder: Path, content: object, *said: str, name: str = "town.city.json") -> None:
    with pytest.raises(InvalidInventory) as caught:
        _read(folder, content, name)
    text = str(caught.value)
    assert len(text.splitlines()) == 1
    assert text.startswith(name)
    for part in said:
        assert part in text


def test_a_house_has_its_footprint_its_roof_and_its_height(tmp_path: Path) -> None:
    source = _read(tmp_path, _model({"h": _building(SOLID, attributes={"measuredHeight": 5.1})}))
    table = source.table
    row = table.iloc[0]
    assert (row["building_id"], row["lod"], row["measuredHeight"]) == ("h", "2", 5.1)
    assert row["geometry"].equals(shapely.box(100, 200, 110, 208))
    assert row["model_height_m"] == pytest.approx(4.0)
    assert row["surface_ids"] == ["h/5", "h/6"]
    assert row["unread_geometry"] is None
    south, north = row["roof_surfaces"].geoms
    assert _normal(south) == pytest.approx([0, -2 / 20**0.5, 4 / 20**0.5])
    assert _normal(north) == pytest.approx([0, 2 / 20**0.5, 4 / 20**0.5])
    assert shapely.get_coordinates(south, include_z=True)[0].tolist() == [100, 200, 53]
    assert table.crs.to_epsg() == 28992
    assert source.rows.tolist() == [1]
    assert source.sheets.tolist() == [""]
    assert source.notes == ()


def test_whole_solids_and_surfaces_of_every_kind_give_the_same_house(tmp_path: Path) -> None:
    shell, values = SOLID["boundaries"][0], LABELS["values"][0]
    shapes = {
        "MultiSurface": (shell, values),
        "CompositeSurface": (shell, values),
        "MultiSolid": ([[shell]], [[values]]),
        "CompositeSolid": ([[shell]], [[values]]),
    }
    for kind, (boundaries, values_of_kind) in shapes.items():
        labels = {**LABELS, "values": values_of_kind}
        geometry = {"type": kind, "lod": "2", "boundaries": boundaries, "semantics": labels}
        row = _one(tmp_path, {"h": _building(geometry)})
        assert row["geometry"].area == pytest.approx(80.0)
        assert row["surface_ids"] == ["h/5", "h/6"]


def test_the_inside_of_a_hollow_solid_is_not_read(tmp_path: Path) -> None:
    hollow = copy.deepcopy(BLOCK)
    hollow["boundaries"].append([[face[::-1]] for face in BLOCK_FACES])
    row = _one(tmp_path, {"h": _building(hollow)})
    assert shapely.get_num_geometries(row["roof_surfaces"]) == 1


def test_a_roof_drawn_upside_down_is_turned_up_and_keeps_its_hole(tmp_path: Path) -> None:
    vertices = [[0, 0, 9], [0, 9, 9], [9, 9, 9], [9, 0, 9], [3, 3, 9], [3, 6, 9], [6, 6, 9]]
    labels = {"surfaces": [{"type": "RoofSurface"}], "values": [0]}
    ring, hole = [0, 1, 2, 3], [4, 5, 6]
    geometry = {
        "type": "MultiSurface", "lod": 2, "boundaries": [[ring, hole]], "semantics": labels,
    }  # fmt: skip
    row = _one(tmp_path, {"h": _building(geometry)}, vertices=vertices)
    roof = row["roof_surfaces"].geoms[0]
    assert _normal(roof)[2] == 1.0
    assert _normal(shapely.Polygon(roof.interiors[0]))[2] == -1.0
    assert roof.area == pytest.approx((81 - 4.5) * 1e-6)
    assert row["geometry"].area == pytest.approx((81 - 4.5) * 1e-6)
    assert np.isnan(row["model_height_m"])  # no ground, no wall: a height above what?


def test_a_block_without_labels_has_its_top_as_roof(tmp_path: Path) -> None:
    row = _one(tmp_path, {"h": _building(BLOCK)})
    assert row["geometry"].equals(shapely.box(100, 200, 110, 208))
    assert row["roof_surfaces"].geoms[0].area == pytest.approx(80.0)
    assert row["surface_ids"] == ["h/1"]
    assert row["model_height_m"] == pytest.approx(3.0)
    assert row["lod"] == "1"


def test_a_block_turned_inside_out_is_read_alike(tmp_path: Path) -> None:
    turned = {**BLOCK, "boundaries": [[[face[::-1]] for face in BLOCK_FACES]]}
    row = _one(tmp_path, {"h": _building(turned)})
    assert row["surface_ids"] == ["h/1"]
    assert _normal(row["roof_surfaces"].geoms[0])[2] == 1.0
    assert row["model_height_m"] == pytest.approx(3.0)


def test_a_block_without_bottom_stands_on_the_foot_of_its_walls(tmp_path: Path) -> None:
    row = _one(
        tmp_path, {"h": _building({**BLOCK, "boundaries": [[[f] for f in BLOCK_FACES[1:]]]})}
    )
    assert row["geometry"].area == pytest.approx(80.0)
    assert row["model_height_m"] == pytest.approx(3.0)


def test_a_bottom_that_faces_up_is_no_roof(tmp_path: Path) -> None:
    faces = [BLOCK_FACES[0][::-1], *BLOCK_FACES[1:]]
    geometry = {"type": "MultiSurface", "lod": "1", "boundaries": [[face] for face in faces]}
    row = _one(tmp_path, {"h": _building(geometry)})
    assert row["surface_ids"] == ["h/1"]
    assert row["model_height_m"] == pytest.approx(3.0)


def test_triangles_at_one_height_are_one_roof(tmp_path: Path) -> None:
    faces = [[0, 3, 2], [0, 2, 1], *BLOCK_FACES[2:], [4, 5, 6], [4, 6, 7]]
    row = _one(tmp_path, {"h": _building({**BLOCK, "boundaries": [[[f] for f in faces]]})})
    assert row["surface_ids"] == ["h/6"]
    roof = row["roof_surfaces"].geoms[0]
    assert roof.area == pytest.approx(80.0)
    assert shapely.get_coordinates(roof, include_z=True)[:, 2].tolist() == [53.0] * 5
    assert _normal(roof)[2] == 1.0


def test_two_tops_at_one_height_stay_two_surfaces_with_two_ids(tmp_path: Path) -> None:
    vertices = [[x + dx, y, z] for dx in (0, 20_000) for x, y, z in (np.array(CORNERS) * 1000)]
    second = [[corner + 10 for corner in face] for face in BLOCK_FACES]
    both = {**BLOCK, "boundaries": [[[face] for face in BLOCK_FACES + second]]}
    row = _one(tmp_path, {"h": _building(both)}, vertices=np.array(vertices).tolist())
    assert row["surface_ids"] == ["h/1", "h/1#2"]
    assert [roof.area for roof in row["roof_surfaces"].geoms] == pytest.approx([80.0, 80.0])
    assert row["geometry"].geom_type == "MultiPolygon"


@pytest.mark.parametrize("values", [None, [None], [[None] * 7]])
def test_semantics_of_nothing_are_no_semantics(tmp_path: Path, values: Any) -> None:
    labels = {"surfaces": LABELS["surfaces"], "values": values}
    row = _one(tmp_path, _house(lambda solid: solid.update(semantics=labels)))
    assert row["surface_ids"] == ["h/5", "h/6"]
    assert row["model_height_m"] == pytest.approx(4.0)


def test_null_stands_for_a_whole_solid_of_several(tmp_path: Path) -> None:
    shell = SOLID["boundaries"][0]
    labels = {**LABELS, "values": [None, LABELS["values"]]}
    geometry = {
        "type": "MultiSolid", "lod": "2", "boundaries": [[shell], [shell]], "semantics": labels,
    }  # fmt: skip
    assert _one(tmp_path, {"h": _building(geometry)})["surface_ids"] == ["h/12", "h/13"]


def test_the_highest_level_with_a_roof_is_taken_once(tmp_path: Path) -> None:
    finer = {**SOLID, "lod": "2.2"}
    twice = {**SOLID, "lod": "2.2", "type": "MultiSurface", "boundaries": SOLID["boundaries"][0]}
    del twice["semantics"]
    plan = {"type": "MultiSurface", "lod": 0, "boundaries": [[GROUND]]}
    row = _one(tmp_path, {"h": _building(plan, BLOCK, SOLID, twice, finer)})
    assert row["lod"] == "2.2"
    assert row["surface_ids"] == ["h/5", "h/6"]


def test_a_footprint_alone_gives_no_roof(tmp_path: Path) -> None:
    plan = {"type": "MultiSurface", "lod": "0", "boundaries": [[GROUND]]}
    row = _one(tmp_path, {"h": _building(plan)})
    assert row["geometry"].area == pytest.approx(80.0)
    assert row["roof_surfaces"] is None
    assert row["surface_ids"] is None
    assert np.isnan(row["model_height_m"])
    assert row["lod"] == "0"


def test_parts_are_merged_into_their_building(tmp_path: Path) -> None:
    east = (np.array(CORNERS) * 1000 + [10_000, 0, 0]).tolist()
    vertices = (np.array(CORNERS) * 1000).tolist() + east
    shifted = copy.deepcopy(SOLID)
    shifted["boundaries"] = [[[[corner + 10 for corner in face]] for face in FACES]]
    objects = {
        "p2": {
            "type": "BuildingPart", "parents": ["h"], "geometry": [shifted],
            "attributes": {"roofType": "1000", "height": 4, "only": "here"},
        },
        "h": {
            "type": "Building", "children": ["p1", "p2"],
            "attributes": {"roofType": "3100", "storeys": 2},
        },
        "p1": {
            "type": "BuildingPart", "parents": ["h"], "geometry": [SOLID],
            "attributes": {"roofType": "2100", "height": 5},
        },
    }  # fmt: skip
    source = _read(tmp_path, _model(objects, vertices=vertices))
    row = source.table.iloc[0]
    assert len(source.table) == 1
    assert row["geometry"].equals(shapely.box(100, 200, 120, 208))
    assert sorted(row["surface_ids"]) == ["p1/5", "p1/6", "p2/5", "p2/6"]
    assert row["roofType"] == "3100"
    assert row["only"] == "here"
    assert "height" not in source.table
    assert "height 1" in _words(source)["notes.model_torn"]


@pytest.mark.parametrize(
    ("own", "part", "expected"),
    [
        ([SOLID], [SOLID], ["h/5", "h/6", "p/5", "p/6"]),
        ([BLOCK], [SOLID], ["p/5", "p/6"]),
        ([SOLID], [BLOCK], ["h/5", "h/6"]),
        ([], [BLOCK], ["p/1"]),
    ],
)
def test_no_piece_of_a_building_is_counted_twice(
    tmp_path: Path, own: list[Any], part: list[Any], expected: list[str]
) -> None:
    objects = {
        "h": _building(*own, children=["p"]),
        "p": {"type": "BuildingPart", "parents": ["h"], "geometry": part},
    }
    assert _one(tmp_path, objects)["surface_ids"] == expected


def test_a_part_of_a_part_counts_and_a_circle_of_parts_ends(tmp_path: Path) -> None:
    objects = {
        "h": {"type": "Building", "children": ["p"]},
        "p": {"type": "BuildingPart", "parents": ["h", "q"], "children": ["q"]},
        "q": {"type": "BuildingPart", "parents": ["p"], "children": ["p"], "geometry": [SOLID]},
    }
    assert _one(tmp_path, objects)["surface_ids"] == ["q/5", "q/6"]


def test_a_part_without_a_building_is_a_row_of_its_own(tmp_path: Path) -> None:
    objects = {
        "h": _building(SOLID),
        "inner": {"type": "BuildingPart", "parents": ["outer"], "geometry": [SOLID]},
        "outer": {"type": "BuildingPart", "parents": ["gone"], "geometry": [BLOCK]},
    }
    source = _read(tmp_path, _model(objects))
    assert source.table["building_id"].tolist() == ["h", "outer"]
    assert "1 building parts" in _words(source)["notes.model_orphans"]


def test_what_is_no_building_is_counted(tmp_path: Path) -> None:
    objects = {"h": _building(SOLID), "r": {"type": "Road"}, "s": {"type": "Road"}}
    source = _read(tmp_path, _model(objects))
    assert len(source.table) == 1
    assert "2 objects" in _words(source)["notes.model_others"]
    assert "Road 2" in _words(source)["notes.model_others"]


def test_a_template_is_left_and_told(tmp_path: Path) -> None:
    source = _read(tmp_path, _model({"h": _building({"type": "GeometryInstance"})}))
    assert source.table["geometry"].tolist() == [None]
    assert source.table["unread_geometry"].tolist() == [None]
    assert "1 geometries" in _words(source)["notes.model_templates"]


def test_faces_and_holes_without_area_are_left_out_and_counted(tmp_path: Path) -> None:
    def spoil(solid: dict[str, Any]) -> None:
        solid["boundaries"][0][5].append([4, 5])  # a hole of two corners
        solid["boundaries"][0] += [[[4, 5, 4, 5]], [[4, 4, 5]], []]
        solid["semantics"] = {**LABELS, "values": [[0, 1, 1, 1, 1, 2, 2, 2, 2, 2]]}

    source = _read(tmp_path, _model(_house(spoil)))
    row = source.table.iloc[0]
    assert row["surface_ids"] == ["h/5", "h/6"]
    assert row["roof_surfaces"].geoms[0].interiors[:] == []
    assert _words(source)["notes.model_left_out"].startswith("4 ")


def test_a_model_of_nothing_but_lines_is_told(tmp_path: Path) -> None:
    geometry = {"type": "MultiSurface", "lod": "2", "boundaries": [[[0, 1]], [[0, 1, 0]]]}
    row = _one(tmp_path, {"h": _building(geometry)})
    assert row["geometry"] is None
    assert row["unread_geometry"] == "none of its surfaces has an area"


def test_a_bow_tie_on_the_ground_does_not_stop_the_rest(tmp_path: Path) -> None:
    solid = copy.deepcopy(SOLID)
    solid["boundaries"][0][0] = [[0, 2, 3, 1, 1]]
    solid["boundaries"][0].append([GROUND])
    solid["semantics"]["values"][0].append(0)
    row = _one(tmp_path, {"h": _building(solid)})
    assert row["geometry"].is_valid
    assert row["geometry"].area == pytest.approx(80.0)


def test_attributes_keep_their_names_and_types(tmp_path: Path) -> None:
    large = 2**60 + 1
    cells = {
        "name": "一号楼", "lod": 7, "lod_attribute": "x", "listed": [1, 2], "table": {"a": 1},
        "empty": None, "flag": True, "floors": 3, "id": large,
    }  # fmt: skip
    objects = {"h": _building(SOLID, attributes=cells), "g": _building(SOLID)}
    source = _read(tmp_path, _model(objects))
    table = source.table
    assert table["name"].tolist() == ["一号楼", None]
    assert table["lod"].tolist() == ["2", "2"]
    assert table["lod_attribute_attribute"].iloc[0] == 7
    assert table["lod_attribute"].tolist() == ["x", None]
    assert table["flag"].tolist() == [True, None]
    assert table["floors"].dtype == "float64"
    assert table["id"].tolist() == [large, None]
    assert not {"listed", "table", "empty"} & {*table}
    assert table.columns.is_unique
    assert "listed 1, table 1" in _words(source)["notes.model_nested"]


def test_a_flood_of_attributes_is_refused(tmp_path: Path) -> None:
    cells = {f"a{number}": 1 for number in range(1001)}
    _refused(tmp_path, _model({"h": _building(SOLID, attributes=cells)}), "1000 different")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda s: s["boundaries"][0][1][0].append(10), "vertex 10 of 10"),
        (lambda s: s["boundaries"][0][1][0].append(-1), "vertex -1 of 10"),
        (lambda s: s["boundaries"][0][5][0].append(1.5), "a corner '1.5'"),
        (lambda s: s["boundaries"][0][5][0].append("1"), "a corner '1'"),
        (lambda s: s["boundaries"][0][5][0].append(True), "a corner 'True'"),
        (lambda s: s["boundaries"][0][5][0].append(10**30), "of 10"),
        (lambda s: s.update(boundaries=[[0, 1, 2]]), "not nested as those of a Solid"),
        (lambda s: s.update(boundaries=[]), "not nested"),
        (lambda s: s.update(boundaries=7), "not nested"),
        (lambda s: s.pop("boundaries"), "not nested"),
        (lambda s: s.update(boundaries=[[]]), "no surfaces"),
        (lambda s: s.update(type="Sphere"), "unknown type 'Sphere'"),
        (lambda s: s.update(type=["Solid"]), "unknown type"),
        (lambda s: s.update(lod="high"), "level of detail 'high'"),
        (lambda s: s.update(lod=None), "level of detail"),
        (lambda s: s.update(semantics=3), "semantics name no surfaces"),
        (lambda s: s.update(semantics={**LABELS, "values": 4}), "semantics that are not nested"),
        (lambda s: s.update(semantics={**LABELS, "values": [[0]]}), "semantics of 1 surfaces"),
        (lambda s: s.update(semantics={**LABELS, "values": [["0"] * 7]}), "no whole numbers"),
        (lambda s: s.update(semantics={**LABELS, "values": [[3] * 7]}), "beyond its 3"),
        (lambda s: s.update(semantics={**LABELS, "values": [[-1] * 7]}), "beyond its 3"),
    ],
)
def test_one_bad_geometry_costs_one_row_and_says_why(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], reason: str
) -> None:
    objects = {**_house(change), "g": _building(SOLID, attributes={"name": "whole"})}
    table = _read(tmp_path, _model(objects)).table
    assert table["building_id"].tolist() == ["h", "g"]
    assert reason in table["unread_geometry"].iloc[0]
    assert table["geometry"].iloc[0] is None
    assert table["unread_geometry"].iloc[1] is None
    assert table["geometry"].iloc[1].area == pytest.approx(80.0)


@pytest.mark.parametrize("found", [5, None, [], {"attributes": {}}, {"type": 3}, {"type": []}])
def test_an_object_that_is_none_keeps_a_row(tmp_path: Path, found: object) -> None:
    table = _read(tmp_path, _model({"h": _building(SOLID), "odd": found})).table
    assert table["building_id"].tolist() == ["h", "odd"]
    assert "no CityJSON object" in table["unread_geometry"].iloc[1]


def test_a_geometry_that_is_no_list_is_told(tmp_path: Path) -> None:
    for odd in (5, [5], {"type": "Solid"}):
        row = _one(tmp_path, {"h": {"type": "Building", "geometry": odd}})
        assert row["unread_geometry"] == "its geometry is no list of geometries"


def test_a_coordinate_that_is_no_number_spoils_the_buildings_that_use_it(tmp_path: Path) -> None:
    for odd in (float("nan"), float("inf"), 1e300, 2**63):
        vertices = [[odd, 0, 0], *(np.array(CORNERS[1:]) * 1000).tolist()]
        row = _one(tmp_path, {"h": _building(SOLID)}, vertices=vertices)
        assert row["unread_geometry"] == "coordinates that are no place"


def test_an_id_that_stands_twice_is_two_rows(tmp_path: Path) -> None:
    text = json.dumps(_model({"h": _building(SOLID), "g": _building(BLOCK)}))
    table = _read(tmp_path, text.replace('"g":', '"h":')).table
    assert table["building_id"].tolist() == ["h", "h"]
    assert table["lod"].tolist() == ["2", "1"]


def test_floats_without_transform_are_metres(tmp_path: Path) -> None:
    vertices = np.add(CORNERS, [0.5, 0, 0]).tolist()
    for version, urn in (("1.0", "urn:ogc:def:crs:EPSG::7415"), ("1.1", "EPSG:7415")):
        model = _model({"h": _building(SOLID)}, vertices=vertices, version=version)
        del model["transform"]
        model["metadata"]["referenceSystem"] = urn
        table = _read(tmp_path, model).table
        assert table["geometry"].iloc[0].bounds == (0.5, 0, 10.5, 8)
        assert table.crs.to_epsg() == 28992


def test_whole_numbers_without_transform_are_metres_in_1_0_only(tmp_path: Path) -> None:
    model = _model({"h": _building(SOLID)}, vertices=CORNERS, version="1.0")
    del model["transform"]
    assert _read(tmp_path, model).table["geometry"].iloc[0].area == pytest.approx(80.0)
    model["version"] = "1.1"
    _refused(tmp_path, model, "transform", "whole numbers")


@pytest.mark.parametrize("members", [{"metadata": {}}, {"metadata": 3}])
def test_no_coordinate_system_is_none(tmp_path: Path, members: dict[str, Any]) -> None:
    source = _read(tmp_path, _model({"h": _building(SOLID)}, **members))
    assert source.table.crs is None
    assert source.notes == ()


def test_an_unknown_coordinate_system_is_told(tmp_path: Path) -> None:
    members = {"metadata": {"referenceSystem": "urn:x:my-town"}}
    source = _read(tmp_path, _model({"h": _building(SOLID)}, **members))
    assert source.table.crs is None
    assert "urn:x:my-town" in _words(source)["notes.model_srs"]


def test_latitude_first_is_turned_and_told(tmp_path: Path) -> None:
    degrees = (np.array(CORNERS) * [1 / 86_512, 1 / 111_320, 1] + [106.37, 39.01, 1100])[
        :, [1, 0, 2]
    ]
    metadata = {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/4979"}
    objects = {"h": _building({**SOLID, "semantics": None})}
    model = _model(objects, vertices=degrees.tolist(), metadata=metadata)
    del model["transform"]
    source = _read(tmp_path, model)
    row = source.table.iloc[0]
    assert row["geometry"].bounds[:2] == pytest.approx((106.37, 39.01))
    assert row["surface_ids"] == ["h/5", "h/6"]
    assert row["model_height_m"] == pytest.approx(4.0)
    assert "latitude" in _words(source)["notes.model_swapped"]


def test_heights_in_feet_become_metres(tmp_path: Path) -> None:
    metadata = {"referenceSystem": "urn:ogc:def:crs:EPSG::2263"}
    transform = {"scale": [0.001] * 3, "translate": [980_000, 200_000, 0]}
    objects = {"h": _building(BLOCK)}
    row = _one(tmp_path, objects, metadata=metadata, transform=transform)
    assert row["model_height_m"] == pytest.approx(3 * 0.3048, rel=1e-4)
    assert row["geometry"].area == pytest.approx(80.0)


@pytest.mark.parametrize(
    "transform",
    [5, {}, {"scale": [1, 1], "translate": [0, 0, 0]}, {"scale": [0, 1, 1], "translate": [0] * 3},
     {"scale": ["1", 1, 1], "translate": [0] * 3}, {"scale": [10**400] * 3, "translate": [0] * 3},
     {"scale": [float("nan")] * 3, "translate": [0] * 3}],
)  # fmt: skip
def test_a_broken_transform_is_refused(tmp_path: Path, transform: object) -> None:
    content = _model({"h": _building(SOLID)}, transform=transform)
    _refused(tmp_path, content, "town.city.json, transform", "three numbers")


@pytest.mark.parametrize("vertices", [5, "abc", [[1, 2]], [["1", 2, 3]], [[None, 1, 2]], {"a": 1}])
def test_vertices_that_are_none_are_refused(tmp_path: Path, vertices: object) -> None:
    content = _model({"h": _building(SOLID)}, vertices=vertices)
    _refused(tmp_path, content, "town.city.json, vertices", "three numbers each")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (json.dumps(_model({"h": _building(SOLID)}))[:-20], "broken JSON"),
        ("{", "broken JSON"),
        ("[" * 200_000, "nested too deeply"),
        ("[1]", "not CityJSON"),
        ('{"type": "FeatureCollection"}', "'FeatureCollection', expected 'CityJSON'"),
        (_feature({"h": _building(SOLID)}), "needs its header line"),
        (_model({}, version="0.9"), "version '0.9'"),
        (_model({}, version="3.0"), "version '3.0'"),
        (_model({}, version=[1]), "version '[1]'"),
        (_model({}), "no building (it is empty)"),
        (_model({"r": {"type": "Road"}}), "no building (1 Road)"),
        ({**_model({}), "CityObjects": 4}, "expected an object of objects"),
        (json.dumps(_model({"h": _building(SOLID)})).replace("10000", "1" * 5000), "thousands of"),
        (json.dumps(_model({"é": _building()}), ensure_ascii=False).encode("latin-1"), "UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_one_line(
    tmp_path: Path, content: object, said: str
) -> None:
    _refused(tmp_path, content, said)


def test_a_file_written_over_many_lines_or_with_a_mark_is_read(tmp_path: Path) -> None:
    model = _model({"h": _building(SOLID)})
    for text in (json.dumps(model, indent=1), json.dumps(model)):
        for mark in ("", "\ufeff"):
            assert len(_read(tmp_path, mark + text).table) == 1


def test_a_sequence_is_read_line_by_line(tmp_path: Path) -> None:
    lines = [HEAD, _feature({"a": _building(SOLID)}), "", _feature({"b": _building(BLOCK)})]
    source = _read(tmp_path, "\n".join(lines) + "\n", "town.city.jsonl")
    assert source.table["building_id"].tolist() == ["a", "b"]
    assert source.table["lod"].tolist() == ["2", "1"]
    assert source.rows.tolist() == [2, 4]
    assert source.table.crs.to_epsg() == 28992


def test_a_bad_feature_costs_one_row_of_a_sequence(tmp_path: Path) -> None:
    bad = _feature({"a": _building(SOLID)}, vertices=[["x", 0, 0]])
    table = _read(tmp_path, f"{HEAD}\n{bad}\n{_feature({'b': _building(SOLID)})}").table
    assert table["unread_geometry"].tolist() == ["its vertices are not three numbers each", None]


def test_a_feature_may_bring_its_own_transform(tmp_path: Path) -> None:
    own = _feature({"a": _building(SOLID)}, transform={"scale": [0.01] * 3, "translate": [0] * 3})
    table = _read(tmp_path, f"{HEAD}\n{own}").table
    assert table["geometry"].iloc[0].area == pytest.approx(8000.0)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (_feature({"a": _building(SOLID)})[:-5], "broken JSON"),
        ("[]", "no CityJSONFeature"),
        (HEAD, "no CityJSONFeature"),
        ('{"type": "CityJSONFeature"}', "expected an object of objects"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_broken_line_of_a_sequence_is_named(tmp_path: Path, line: str, said: str) -> None:
    content = f"{HEAD}\n{_feature({'a': _building(SOLID)})}\n{line}\n"
    _refused(tmp_path, content, "town.city.jsonl, line 3", said, name="town.city.jsonl")


def test_batches_do_not_change_the_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [_feature({f"b{n}": _building(BLOCK if n % 3 else SOLID)}) for n in range(7)]
    text = "\n".join([HEAD, *lines])
    whole = _read(tmp_path, text).table
    monkeypatch.setattr(citymodel, "_BATCH", 2)
    parts = _read(tmp_path, text).table
    assert whole.drop(columns=["geometry", "roof_surfaces"]).equals(
        parts.drop(columns=["geometry", "roof_surfaces"])
    )
    for name in ("geometry", "roof_surfaces"):
        assert shapely.equals_exact(whole[name].to_numpy(), parts[name].to_numpy()).all()
