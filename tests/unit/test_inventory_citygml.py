from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely

from roofpv.catalogue import LANGUAGES, say
from roofpv.errors import InvalidInventory
from roofpv.inventory.formats.citygml import read_citygml
from roofpv.inventory.source import Source

# A house 10 m by 8 m from (280100, 5657200): eaves 3 m, ridge 5 m above the ground at 50 m.
GROUND = "0 0 50 0 8 50 10 8 50 10 0 50 0 0 50"
SOUTH = "0 0 53 10 0 53 10 4 55 0 4 55 0 0 53"
NORTH = "10 8 53 0 8 53 0 4 55 10 4 55 10 8 53"
WALL = "0 0 50 10 0 50 10 0 53 0 0 53 0 0 50"
TOP = "0 0 53 10 0 53 10 8 53 0 8 53 0 0 53"
UTM = "urn:adv:crs:ETRS89_UTM32*DE_DHHN2016_NH*GCG2016"


def _moved(corners: str) -> str:
    numbers = np.array(corners.split(), dtype=float).reshape(-1, 3)
    return " ".join(map(str, np.add(numbers, [280_100, 5_657_200, 0]).ravel().tolist()))


def _ring(corners: str, side: str = "exterior") -> str:
    ring = f"<gml:LinearRing><gml:posList>{corners}</gml:posList></gml:LinearRing>"
    return f"<gml:{side}>{ring}</gml:{side}>"


def _polygon(corners: str, key: str = "", holes: str = "") -> str:
    named = f' gml:id="{key}"' if key else ""
    return (
        f"<gml:surfaceMember><gml:Polygon{named}>{_ring(_moved(corners))}{holes}</gml:Polygon>"
        "</gml:surfaceMember>"
    )


def _bounded(kind: str, polygons: str, lod: int = 2) -> str:
    surface = f"<gml:MultiSurface>{polygons}</gml:MultiSurface>"
    return (
        f"<bldg:boundedBy><bldg:{kind}Surface><bldg:lod{lod}MultiSurface>{surface}"
        f"</bldg:lod{lod}MultiSurface></bldg:{kind}Surface></bldg:boundedBy>"
    )


def _solid(members: str, lod: int) -> str:
    shell = f"<gml:CompositeSurface>{members}</gml:CompositeSurface>"
    return (
        f"<bldg:lod{lod}Solid><gml:Solid><gml:exterior>{shell}</gml:exterior></gml:Solid>"
        f"</bldg:lod{lod}Solid>"
    )


def _references(*keys: str) -> str:
    return "".join(f'<gml:surfaceMember xlink:href="#{key}"/>' for key in keys)


ROOFS = _bounded("Roof", _polygon(SOUTH, "s")) + _bounded("Roof", _polygon(NORTH, "n"))
HOUSE = ROOFS + _bounded("Ground", _polygon(GROUND, "g")) + _bounded("Wall", _polygon(WALL, "w"))
BLOCK = _solid(_polygon(GROUND) + _polygon(TOP, "t") + _polygon(WALL), 1)


def _city(members: str, version: str = "2.0", srs: str = UTM) -> str:
    spaces = (
        f'xmlns:core="http://www.opengis.net/citygml/{version}" '
        f'xmlns:bldg="http://www.opengis.net/citygml/building/{version}" '
        f'xmlns:gen="http://www.opengis.net/citygml/generics/{version}" '
        'xmlns:gml="http://www.opengis.net/gml" xmlns:xlink="http://www.w3.org/1999/xlink"'
    )
    envelope = f'<gml:boundedBy><gml:Envelope srsName="{srs}"/></gml:boundedBy>' if srs else ""
    return f"<core:CityModel {spaces}>{envelope}{members}</core:CityModel>"


def _building(content: str, key: str = "h") -> str:
    return (
        f'<core:cityObjectMember><bldg:Building gml:id="{key}">{content}</bldg:Building>'
        "</core:cityObjectMember>"
    )


def _part(content: str, key: str) -> str:
    return (
        f'<bldg:consistsOfBuildingPart><bldg:BuildingPart gml:id="{key}">{content}'
        "</bldg:BuildingPart></bldg:consistsOfBuildingPart>"
    )


def _read(folder: Path, content: str | bytes) -> Source:
    file = folder / "town.gml"
    file.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return read_citygml(file)


def _one(folder: Path, content: str) -> dict[str, object]:
    source = _read(folder, _city(_building(content)))
    assert len(source.table) == 1
    return source.table.iloc[0].to_dict()


def _words(source: Source) -> dict[str, str]:
    """Notes in English by key, after checking that each can be said in every language."""
    assert all(say(key, language, words) for key, words in source.notes for language in LANGUAGES)
    return {key: say(key, "en", words) for key, words in source.notes}


def _refused(folder: Path, content: str | bytes, *said: str) -> None:
    with pytest.raises(InvalidInventory) as caught:
        _read(folder, content)
    text = str(caught.value)
    assert len(text.splitlines()) == 1
    assert text.startswith("town.gml")
    for part in said:
        assert part in text


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_a_house_has_its_footprint_its_roof_and_its_height(tmp_path: Path, version: str) -> None:
    source = _read(tmp_path, _city(_building(HOUSE), version))
    row = source.table.iloc[0]
    assert (row["building_id"], row["lod"]) == ("h", "2")
    assert row["geometry"].equals(shapely.box(280_100, 5_657_200, 280_110, 5_657_208))
    assert row["surface_ids"] == ["s", "n"]
    assert [roof.area for roof in row["roof_surfaces"].geoms] == pytest.approx([40.0, 40.0])
    assert shapely.get_coordinates(row["roof_surfaces"], include_z=True)[:, 2].max() == 55
    assert row["model_height_m"] == pytest.approx(4.0)
    assert source.table.crs.to_epsg() == 25832
    assert source.rows.tolist() == [1]
    assert source.notes == ()


def test_a_solid_that_refers_to_the_surfaces_counts_nothing_twice(tmp_path: Path) -> None:
    solid = _solid(_references("s", "n", "g", "w"), 2)
    assert _one(tmp_path, solid + HOUSE)["surface_ids"] == ["s", "n"]


def test_surfaces_that_refer_to_the_solid_are_found(tmp_path: Path) -> None:
    solid = _solid(_polygon(SOUTH, "s") + _polygon(NORTH, "n") + _polygon(GROUND, "g"), 2)
    bounds = _bounded("Roof", _references("s", "n", "s")) + _bounded("Ground", _references("g"))
    row = _one(tmp_path, bounds + solid)
    assert row["surface_ids"] == ["s", "n"]
    assert row["model_height_m"] == pytest.approx(4.0)


def test_a_block_has_its_top_as_roof(tmp_path: Path) -> None:
    row = _one(tmp_path, BLOCK)
    assert row["surface_ids"] == ["t"]
    assert row["lod"] == "1"
    assert row["model_height_m"] == pytest.approx(3.0)


def test_the_finer_level_is_taken_and_the_cavity_left(tmp_path: Path) -> None:
    cavity = f"<gml:interior>{_polygon(TOP, 'inner')}</gml:interior></gml:Solid>"
    assert _one(tmp_path, BLOCK + HOUSE)["surface_ids"] == ["s", "n"]
    assert _one(tmp_path, BLOCK.replace("</gml:Solid>", cavity))["surface_ids"] == ["t"]


def test_a_footprint_without_heights_gives_no_roof(tmp_path: Path) -> None:
    ring = '<gml:posList srsDimension="2">0 0 10 0 10 8 0 8 0 0</gml:posList>'
    polygon = (
        f"<gml:Polygon><gml:exterior><gml:LinearRing>{ring}</gml:LinearRing></gml:exterior>"
        "</gml:Polygon>"
    )
    for place in ("FootPrint", "RoofEdge"):
        row = _one(tmp_path, f"<bldg:lod0{place}>{polygon}</bldg:lod0{place}>")
        assert row["geometry"].area == pytest.approx(80.0)
        assert row["roof_surfaces"] is None
        assert row["lod"] == "0"


@pytest.mark.parametrize(
    "corners",
    [
        "<gml:pos>0 0 53</gml:pos><gml:pos>10 0 53</gml:pos><gml:pos>10 8 53</gml:pos>"
        "<gml:pos>0 0 53</gml:pos>",
        '<gml:coordinates>0,0,53 10,0,53 10,8,53 0,0,53</gml:coordinates>',
        '<gml:posList srsDimension="3">0 0 53 10 0 53 10 8 53 0 0 53</gml:posList>',
        '<gml:pointProperty><gml:Point><gml:pos>0 0 53</gml:pos></gml:Point></gml:pointProperty>'
        "<gml:pos>10 0 53</gml:pos><gml:pos>10 8 53</gml:pos>",
    ],
)  # fmt: skip
@pytest.mark.parametrize("face", ["Polygon", "PolygonPatch", "Triangle", "Rectangle"])
def test_corners_are_read_in_every_way_of_writing(tmp_path: Path, corners: str, face: str) -> None:
    ring = f"<gml:exterior><gml:LinearRing>{corners}</gml:LinearRing></gml:exterior>"
    row = _one(tmp_path, _bounded("Roof", f"<gml:{face}>{ring}</gml:{face}>"))
    assert row["roof_surfaces"].area == pytest.approx(40.0)  # type: ignore[attr-defined]
    assert row["surface_ids"] == ["h/0/0"]


def test_holes_are_kept(tmp_path: Path) -> None:
    hole = _ring(_moved("2 2 53 2 6 53 8 6 53 8 2 53 2 2 53"), "interior")
    row = _one(tmp_path, _bounded("Roof", _polygon(TOP, "t", hole)))
    assert row["roof_surfaces"].area == pytest.approx(56.0)  # type: ignore[attr-defined]


def test_openings_and_installations_are_no_roof(tmp_path: Path) -> None:
    window = (
        "<bldg:opening><bldg:Window><bldg:lod3MultiSurface><gml:MultiSurface>"
        f"{_polygon(TOP, 'window')}</gml:MultiSurface></bldg:lod3MultiSurface></bldg:Window>"
        "</bldg:opening></bldg:RoofSurface>"
    )
    dormer = (
        "<bldg:outerBuildingInstallation><bldg:BuildingInstallation>"
        f"{ROOFS}</bldg:BuildingInstallation></bldg:outerBuildingInstallation>"
    )
    content = HOUSE.replace("</bldg:RoofSurface>", window, 1) + dormer
    assert _one(tmp_path, content)["surface_ids"] == ["s", "n"]


def test_parts_are_merged_into_their_building(tmp_path: Path) -> None:
    first = f"<bldg:roofType>1000</bldg:roofType><bldg:function>9</bldg:function>{BLOCK}"
    second = f"<bldg:roofType>2100</bldg:roofType><bldg:function>9</bldg:function>{HOUSE}"
    nested = _part(first + _part(second, "p2"), "p1")
    source = _read(tmp_path, _city(_building(nested)))
    row = source.table.iloc[0]
    assert len(source.table) == 1
    highest = [shapely.get_coordinates(roof, include_z=True)[:, 2].max() for roof in
               row["roof_surfaces"].geoms]  # fmt: skip
    assert dict(zip(row["surface_ids"], highest, strict=True)) == {"t": 53, "s": 55, "n": 55}
    assert row["function"] == "9"
    assert "roofType" not in source.table
    assert "roofType 1" in _words(source)["notes.model_torn"]


def test_attributes_are_text_under_their_own_names(tmp_path: Path) -> None:
    content = (
        '<gml:name>一号楼</gml:name><bldg:function>31001</bldg:function>'
        '<bldg:function>31002</bldg:function><bldg:measuredHeight uom="urn:adv:uom:m">9.1'
        '</bldg:measuredHeight><bldg:storeysAboveGround> 3 </bldg:storeysAboveGround>'
        '<bldg:roofType/><gen:stringAttribute name="Gemeinde"><gen:value>05370024</gen:value>'
        '</gen:stringAttribute><gen:genericAttributeSet name="set"><gen:intAttribute name="n">'
        "<gen:value>4</gen:value></gen:intAttribute></gen:genericAttributeSet>"
        "<bldg:address><core:Address><core:x>y</core:x></core:Address></bldg:address>"
    )  # fmt: skip
    feet = '<bldg:measuredHeight uom="urn:ogc:def:uom:EPSG::9002">30</bldg:measuredHeight>'
    source = _read(tmp_path, _city(_building(content + HOUSE) + _building(feet + HOUSE, "i")))
    row = source.table.iloc[0]
    assert row["name"] == "一号楼"
    assert row["function"] == "31001; 31002"
    assert row["storeysAboveGround"] == "3"
    assert (row["Gemeinde"], row["n"]) == ("05370024", "4")
    assert source.table["measuredHeight"].tolist() == ["9.1", "30 ft"]
    assert source.units == {"measuredHeight": "m"}
    assert not {"roofType", "address", "x"} & {*source.table}


def test_what_is_no_building_is_counted(tmp_path: Path) -> None:
    other = "<core:cityObjectMember><core:Road/></core:cityObjectMember>"
    source = _read(tmp_path, _city(other + _building(HOUSE) + other))
    assert len(source.table) == 1
    assert "Road 2" in _words(source)["notes.model_others"]


@pytest.mark.parametrize(
    ("srs", "epsg"),
    [
        ("urn:adv:crs:ETRS89_UTM33*DE_DHHN92_NH", 25833),
        ("urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::5783", 25832),
        ("urn:ogc:def:crs,crs:EPSG:6.12:31467,crs:EPSG:6.12:5783", 31467),
        ("EPSG:25832", 25832),
        ("http://www.opengis.net/gml/srs/epsg.xml#25832", 25832),
        ("https://www.opengis.net/def/crs/EPSG/0/7415", 28992),
        ("EPSG:99999", None),
        ("EPSG:4978", None),
        ("EPSG:5783", None),
        ("urn:x:town", None),
        ("", None),
    ],
)
def test_coordinate_systems_are_known_by_their_many_names(
    tmp_path: Path, srs: str, epsg: int | None
) -> None:
    source = _read(tmp_path, _city(_building(HOUSE), srs=srs))
    crs = source.table.crs
    assert (crs and crs.to_epsg()) == epsg
    assert ("notes.model_srs" in _words(source)) == bool(srs and epsg is None)


def _square(first: float, second: float, side: float) -> str:
    steps = ((0, 0), (side, 0), (side, side), (0, side), (0, 0))
    return " ".join(f"{first + a!r} {second + b!r} 5" for a, b in steps)


@pytest.mark.parametrize(
    ("srs", "first", "second", "swapped"),
    [
        ("urn:ogc:def:crs:EPSG::4326", 39.01, 106.37, True),
        ("urn:ogc:def:crs:EPSG::4326", 106.37, 39.01, False),
        ("urn:ogc:def:crs:EPSG::4326", 39.01, 46.37, True),
        ("EPSG:4326", 46.37, 39.01, False),
        ("EPSG:4326", 39.01, 106.37, True),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", 46.37, 39.01, False),
        ("urn:ogc:def:crs:EPSG::4545", 4_321_202.0, 359_340.0, True),
        ("urn:ogc:def:crs:EPSG::4545", 359_340.0, 4_321_202.0, False),
        ("EPSG:4524", 36_359_340.0, 4_321_202.0, False),
    ],
)
def test_the_order_of_the_coordinates_is_found(
    tmp_path: Path, srs: str, first: float, second: float, swapped: bool
) -> None:
    corners = _square(first, second, 1e-4 if first < 360 else 10.0)
    polygon = f"<gml:Polygon>{_ring(corners)}</gml:Polygon>"
    source = _read(tmp_path, _city(_building(_bounded("Roof", polygon)), srs=srs))
    expected = (second, first) if swapped else (first, second)
    assert source.table["geometry"].iloc[0].bounds[:2] == pytest.approx(expected)
    assert ("notes.model_swapped" in _words(source)) is swapped


def test_the_coordinate_system_may_stand_at_the_geometry(tmp_path: Path) -> None:
    content = HOUSE.replace("<gml:MultiSurface>", '<gml:MultiSurface srsName="EPSG:25832">')
    assert _read(tmp_path, _city(_building(content), srs="")).table.crs.to_epsg() == 25832
    assert _read(tmp_path, _city(_building(content), srs="urn:x")).table.crs.to_epsg() == 25832


def test_two_coordinate_systems_are_refused(tmp_path: Path) -> None:
    content = HOUSE.replace("<gml:MultiSurface>", '<gml:MultiSurface srsName="EPSG:25833">')
    _refused(tmp_path, _city(_building(content)), "two coordinate systems", "EPSG:25833")


@pytest.mark.parametrize(
    ("corners", "reason"),
    [
        ("0 0 x", "expected numbers"),
        ("1_0 0 0 1 0 0 1 1 0", "expected numbers"),
        ("0 0 0 1", "4 coordinates in a ring"),
        ("nan 0 0 1 0 0 1 1 0", "no place"),
        ("1e400 0 0 1 0 0 1 1 0", "no place"),
        ("", "no surfaces"),
        ("0 0 0 1 0 0 2 0 0", "none of its surfaces has an area"),
    ],
)
def test_one_bad_geometry_costs_one_row_and_says_why(
    tmp_path: Path, corners: str, reason: str
) -> None:
    bad = _bounded("Roof", f"<gml:Polygon>{_ring(corners)}</gml:Polygon>")
    table = _read(tmp_path, _city(_building(bad) + _building(HOUSE, "i"))).table
    assert table["building_id"].tolist() == ["h", "i"]
    assert reason in table["unread_geometry"].iloc[0]
    assert table["geometry"].iloc[0] is None
    assert table["unread_geometry"].iloc[1] is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (_solid(_references("elsewhere"), 1), "'#elsewhere', which is not in the building"),
        ('<bldg:lod1Solid xlink:href="http://x.org/y#s"/>', "which is not in the building"),
        (
            '<bldg:lod1Solid gml:id="a"><gml:Solid xlink:href="#b"/></bldg:lod1Solid>'
            '<bldg:x><bldg:y gml:id="b" xlink:href="#a"/></bldg:x>',
            "no surfaces",
        ),
        (
            "<bldg:lod1Solid><gml:Polygon><gml:exterior><gml:Ring/></gml:exterior></gml:Polygon>"
            "</bldg:lod1Solid>",
            "no LinearRing",
        ),
        (f"<bldg:lod1Solid>{'<gml:a>' * 50_000}{'</gml:a>' * 50_000}</bldg:lod1Solid>", "no surf"),
    ],
)
def test_a_geometry_that_leads_nowhere_is_told(tmp_path: Path, content: str, reason: str) -> None:
    row = _one(tmp_path, content)
    assert reason in str(row["unread_geometry"])
    assert row["geometry"] is None


def test_a_building_without_geometry_or_id_keeps_its_row(tmp_path: Path) -> None:
    table = _read(tmp_path, _city(_building("").replace(' gml:id="h"', ""))).table
    assert table["building_id"].tolist() == [None]
    assert table["unread_geometry"].tolist() == [None]
    assert table["geometry"].tolist() == [None]


BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;">]>'
EXTERNAL = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize("prolog", [BOMB, EXTERNAL, '<!DOCTYPE x SYSTEM "http://x.org/y.dtd">'])
def test_a_doctype_is_refused(tmp_path: Path, prolog: str) -> None:
    _refused(tmp_path, prolog + _city(_building("<gml:name>&a;</gml:name>")), "DOCTYPE")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (_city(_building(HOUSE))[:-30], "broken XML"),
        ("", "broken XML"),
        (b"\x00\x01\x02", "broken XML"),
        (_city(_building("&unknown;")), "broken XML"),
        ('<?xml version="1.0" encoding="GBK"?>' + _city(_building(HOUSE)), "UTF-8"),
        ('<?xml version="1.0" encoding="no-such"?>' + _city(_building(HOUSE)), "UTF-8"),
        ("<a/>", "begins with a of no namespace"),
        (_city(_building(HOUSE), "3.0"), "citygml/3.0, expected CityModel"),
        (_city(""), "no building"),
        (_city("<core:cityObjectMember><core:Road/></core:cityObjectMember>"), "1 Road"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_one_line(
    tmp_path: Path, content: str | bytes, said: str
) -> None:
    _refused(tmp_path, content, said)
