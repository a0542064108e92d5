from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import Polygon, box

from roofpv.catalogue import say
from roofpv.errors import InvalidConfig, InvalidInventory
from roofpv.inventory.findings import DOUBTFUL, EMPTIED, QUARANTINED
from roofpv.inventory.joining.join import Join, Joined, join_footprints
from roofpv.inventory.joining.likeness import alike, district_of, is_generic, names_of, nearly_equal

EAST, NORTH = 1 / 86_600.0, 1 / 111_015.0  # degrees in a metre at 39 N
LON, LAT = 106.37, 39.01


def _house(east: float, north: float = 0.0, wide: float = 20.0, deep: float = 10.0) -> Polygon:
    west, south = LON + east * EAST, LAT + north * NORTH
    return box(west, south, west + wide * EAST, south + deep * NORTH)


def _place(east: float, north: float = 5.0) -> tuple[float, float]:
    return LON + east * EAST, LAT + north * NORTH


def _layer(shapes: list[object], **cells: list[object]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(pd.DataFrame(cells, dtype=object), geometry=shapes, crs="EPSG:4326")


def _register(**cells: list[object]) -> pd.DataFrame:
    rows = len(next(iter(cells.values())))
    return pd.DataFrame(
        {**cells, "source_row": np.arange(2, rows + 2), "source_sheet": ""}
    ).astype(dict.fromkeys(cells, object))  # fmt: skip


def _at(register: pd.DataFrame, *places: tuple[float, float] | None) -> pd.DataFrame:
    lon, lat = zip(*(place or (None, None) for place in places), strict=True)
    return register.assign(lon=list(lon), lat=list(lat))


def _pairs(joined: Joined) -> list[tuple[Any, Any]]:
    """Row of the file and footprint, for every row of the result."""
    frame = joined.frame
    ids = frame["footprint_id"].where(frame["footprint_id"].notna(), None)
    return list(zip(frame["source_row"].tolist(), ids.tolist(), strict=True))


def _reasons(joined: Joined) -> list[tuple[int, str]]:
    left = joined.unmatched_register
    return list(zip(left["source_row"].tolist(), left["reason"].tolist(), strict=True))


def _codes(joined: Joined) -> dict[str, list[int]]:
    return {finding.code: finding.at.tolist() for finding in joined.findings}


def _notes(joined: Joined) -> list[str]:
    return [say(key, "en", words) for key, words in joined.notes]


# By id


def test_a_row_takes_the_footprint_of_its_id() -> None:
    layer = _layer([_house(0), _house(50)], building_id=["a", "b"], height_m=[9.0, 12.0])
    joined = join_footprints(_register(building_id=["b", "x"], floors=[3, 4]), layer, Join("id"))
    assert joined.frame["building_id"].tolist() == ["b", "x"]
    assert joined.frame["floors"].tolist() == [3, 4]
    assert joined.frame["height_m"].tolist()[0] == 12.0
    assert joined.frame["height_m"].isna().tolist() == [False, True]
    assert joined.frame.geometry.iloc[0].equals(_house(50))
    assert joined.frame.geometry.isna().tolist() == [False, True]
    assert joined.frame["joined_by"].tolist() == ["id", None]
    assert joined.frame.crs.to_epsg() == 4326
    assert _reasons(joined) == [(3, "NO_FOOTPRINT_ID")]
    left = joined.unmatched_footprints
    assert left[["building_id", "position", "reason"]].to_numpy().tolist() == [
        ["a", 0, "NO_REGISTER_ROW"]
    ]
    assert _codes(joined) == {"NO_FOOTPRINT_ID": [1]}
    assert _notes(joined) == [
        "joined by number: 1 of 2 rows of the register have a footprint",
        "1 rows of the register belong to no footprint",
        "1 footprints belong to no row of the register and were left out",
    ]


@pytest.mark.parametrize(
    ("own", "theirs"), [("a", " a "), ("Ａ１", "A1"), (12.0, "12"), (12, 12.0), ("一\u3000", "一")]
)
def test_ids_are_one_in_any_width_and_with_blanks(own: object, theirs: object) -> None:
    joined = join_footprints(
        _register(building_id=[own]), _layer([_house(0)], building_id=[theirs]), Join("id")
    )
    assert joined.frame.geometry.notna().all()


@pytest.mark.parametrize(
    ("own", "theirs", "found"),
    [
        (["7"], ["007"], [True]),
        (["007"], ["7"], [True]),
        (["7", "007"], ["07"], [False, False]),
        (["7"], ["07", "007"], [False]),
        (["7", "007"], ["007"], [False, True]),
        (["a7"], ["a007"], [False]),
        (["0"], ["00"], [True]),
    ],
)
def test_leading_zeros_are_left_out_where_nothing_else_could_be_meant(
    own: list[object], theirs: list[object], found: list[bool]
) -> None:
    layer = _layer([_house(50.0 * i) for i in range(len(theirs))], building_id=theirs)
    joined = join_footprints(_register(building_id=own), layer, Join("id"))
    assert joined.frame.geometry.notna().tolist() == found
    said = [key for key, _ in joined.notes if key == "notes.joined_zeros"]
    assert len(said) == (own != ["7", "007"] and sum(found))


def test_what_the_register_states_comes_first_and_gaps_are_filled() -> None:
    layer = _layer(
        [_house(0), _house(50)], building_id=["a", "b"], name=["one", "two"], floors=[5, 6]
    )
    register = _register(building_id=["a", "b"], name=["  ", "zwei"], floors=["", "3层"])
    joined = join_footprints(register, layer)
    assert joined.frame["name"].tolist() == ["one", "zwei"]
    assert joined.frame["floors"].tolist() == [5, "3层"]


def test_units_of_the_footprints_become_those_of_the_register() -> None:
    layer = _layer([_house(0)], building_id=["a"], height_m=["30"], floor_area_m2=[5000])
    layer.attrs["units"] = {"height_m": "ft", "floor_area_m2": "m2"}
    register = _register(building_id=["a"], floor_area_m2=[None])
    register.attrs["units"] = {"floor_area_m2": "万m²"}
    joined = join_footprints(register, layer)
    assert joined.frame["floor_area_m2"].tolist() == [0.5]
    assert joined.frame["height_m"].tolist() == ["30"]
    assert joined.frame.attrs["units"] == {"floor_area_m2": "万m²", "height_m": "ft"}


def test_both_files_are_named_as_inputs() -> None:
    layer, register = _layer([_house(0)], building_id=["a"]), _register(building_id=["a"])
    layer.attrs = {"inputs": [{"name": "f"}], "synthetic": True, "columns": 1}
    register.attrs = {"inputs": [{"name": "r"}], "synthetic": False, "columns": 2}
    attrs = join_footprints(register, layer).frame.attrs
    assert attrs == {"inputs": [{"name": "r"}, {"name": "f"}], "synthetic": True, "columns": 2}


# Several footprints, several rows


def _campus() -> tuple[pd.DataFrame, gpd.GeoDataFrame]:
    layer = _layer(
        [_house(50, wide=40), _house(0), _house(200)], building_id=["c2", "c1", "z"],
        institution_id=["X9", "X9", None], name=[None, "教学楼", "z"], floors=[None, 2, 1],
    )  # fmt: skip
    register = _register(
        building_id=["77", "z"], institution_id=["x9".upper(), None], institution=["职校", "局"],
        name=["全校", "z"], use=["学校", "政府"], floors=[6, 1], floor_area_m2=["6,000 m2", 5],
        annual_load_kwh=[900.0, 1.0], roof_area_m2=["不详", 7], existing_pv_kwp=[30, None],
    )  # fmt: skip
    return register, layer


def test_a_campus_becomes_its_buildings_and_its_amounts_are_split_by_area() -> None:
    register, layer = _campus()
    joined = join_footprints(register, layer, Join("id"))
    frame = joined.frame
    assert frame["building_id"].tolist() == ["c1", "c2", "z"]
    assert frame["split_from"].tolist() == ["77", "77", None]
    assert frame["name"].tolist() == ["教学楼", "全校", "z"]
    assert frame["institution"].tolist() == ["职校", "职校", "局"]
    assert frame["use"].tolist() == ["学校", "学校", "政府"]
    assert frame["floors"].tolist() == [2, 6, 1]
    assert frame["source_row"].tolist() == [2, 2, 3]
    assert frame["floor_area_m2"].tolist() == pytest.approx([2000, 4000, 5], rel=1e-6)
    assert frame["annual_load_kwh"].tolist() == pytest.approx([300, 600, 1], rel=1e-6)
    assert frame["existing_pv_kwp"].tolist()[:2] == pytest.approx([10, 20], rel=1e-6)
    assert frame["floor_area_m2"].iloc[:2].sum() == pytest.approx(6000, rel=1e-12)
    assert frame["roof_area_m2"].isna().tolist() == [True, True, False]
    found = {(f.kind, f.code, f.column): f for f in joined.findings}
    assert list(found) == [
        (DOUBTFUL, "SPLIT_BY_AREA", "floor_area_m2"), (EMPTIED, "NOT_SPLIT", "roof_area_m2"),
        (DOUBTFUL, "SPLIT_BY_AREA", "annual_load_kwh"),
        (DOUBTFUL, "SPLIT_BY_AREA", "existing_pv_kwp"),
    ]  # fmt: skip
    assert found[DOUBTFUL, "SPLIT_BY_AREA", "floor_area_m2"].values == ["6,000 m2", "6,000 m2"]
    assert found[EMPTIED, "NOT_SPLIT", "roof_area_m2"].values == ["不详", "不详"]
    assert found[EMPTIED, "NOT_SPLIT", "roof_area_m2"].at.tolist() == [0, 1]
    assert "1 rows have several footprints" in " ".join(_notes(joined))


def test_buildings_of_a_campus_are_not_where_its_gate_is() -> None:
    register, layer = _campus()
    register = _at(register, (106.0, 39.0), (106.1, 39.1))
    frame = join_footprints(register, layer, Join("id")).frame
    assert frame["lon"].isna().tolist() == [True, True, False]
    assert frame["lat"].tolist()[2] == 39.1


def test_footprints_of_one_id_are_numbered() -> None:
    layer = _layer([_house(50), _house(0)], building_id=["a", "a"])
    frame = join_footprints(_register(building_id=["a"], floor_area_m2=[100.0]), layer).frame
    assert frame["building_id"].tolist() == ["a-1", "a-2"]
    assert frame.geometry.iloc[0].equals(_house(0)), "from west to east"
    assert frame["floor_area_m2"].tolist() == pytest.approx([50, 50])


def test_a_campus_without_any_id_is_numbered_by_its_row() -> None:
    layer = _layer([_house(0), _house(50)], institution_id=["X", "X"])
    frame = join_footprints(_register(institution_id=["X"]), layer).frame
    assert frame["building_id"].tolist() == ["row-2-1", "row-2-2"]
    assert frame["split_from"].tolist() == ["row-2", "row-2"]


def test_an_institution_with_two_rows_has_no_campus() -> None:
    layer = _layer([_house(0), _house(50)], building_id=["c1", "c2"], institution_id=["X", "X"])
    register = _register(building_id=["1", "2"], institution_id=["X", "X"])
    joined = join_footprints(register, layer, Join("id"))
    assert joined.frame.geometry.isna().all()
    assert _reasons(joined) == [(2, "AMBIGUOUS_FOOTPRINT"), (3, "AMBIGUOUS_FOOTPRINT")]
    assert joined.unmatched_footprints["reason"].tolist() == ["CONTESTED_FOOTPRINT"] * 2


def test_a_footprint_of_its_own_is_not_given_to_the_campus() -> None:
    layer = _layer([_house(0), _house(50)], building_id=["c1", "c2"], institution_id=["X", "X"])
    register = _register(building_id=["c1", "9"], institution_id=[None, "X"])
    assert _pairs(join_footprints(register, layer, Join("id"))) == [(2, "c1"), (3, "c2")]


def test_a_roof_that_several_use_counts_once() -> None:
    layer = _layer([_house(0)], building_id=["a"])
    register = _register(
        building_id=["a", "a", "a"], institution=["税务局", "财政局", "林业局"],
        floor_area_m2=["300", "2,000", None], annual_load_kwh=["1,000", 50, "200 kWh"],
    )  # fmt: skip
    joined = join_footprints(register, layer)
    frame = joined.frame
    assert frame.geometry.notna().tolist() == [False, True, False]
    assert frame["building_id"].tolist() == ["a#2", "a", "a#3"]
    assert frame["institution"].tolist() == ["税务局", "财政局", "林业局"]
    assert frame["annual_load_kwh"].tolist() == ["1,000", 1250.0, "200 kWh"]
    assert frame["floor_area_m2"].tolist()[:2] == ["300", "2,000"]
    shared, summed = joined.findings
    assert (shared.kind, shared.code) == (QUARANTINED, "SHARED_FOOTPRINT")
    assert (shared.at.tolist(), list(shared.values)) == ([0, 2], ["a", "a"])
    assert (summed.code, summed.at.tolist()) == ("LOAD_SUMMED", [1])
    assert (list(summed.values), list(summed.became)) == (["50"], ["1250"])
    assert _reasons(joined) == []
    assert "2 rows stand in the building of another row" in " ".join(_notes(joined))


def test_a_sum_of_some_loads_says_so() -> None:
    layer = _layer([_house(0)], building_id=["a"])
    register = _register(building_id=["a", "a"], annual_load_kwh=[None, 50.0])
    joined = join_footprints(register, layer)
    assert _codes(joined) == {"SHARED_FOOTPRINT": [1], "LOAD_PART_STATED": [0]}
    assert joined.frame["annual_load_kwh"].tolist()[0] == 50.0


def test_no_load_stays_no_load() -> None:
    layer = _layer([_house(0)], building_id=["a"])
    joined = join_footprints(_register(building_id=["a", "a"], annual_load_kwh=[None, ""]), layer)
    assert _codes(joined) == {"SHARED_FOOTPRINT": [1]}
    assert joined.frame["annual_load_kwh"].isna().tolist()[0]


def test_a_shared_campus_has_the_loads_of_all() -> None:
    layer = _layer([_house(0), _house(50)], building_id=["a", "a"])
    register = _register(building_id=["a", "a"], annual_load_kwh=[100.0, 60.0])
    frame = join_footprints(register, layer).frame
    assert frame["annual_load_kwh"].tolist() == pytest.approx([80, 80, 60])
    assert frame["building_id"].tolist() == ["a-1", "a-2", "a"]


# By place


PLACES = [_house(0), _house(100), _house(200)]


@pytest.mark.parametrize(
    ("place", "found"),
    [
        (_place(10), "f0"),
        (_place(25), "f0"),  # 5 m beside it
        (_place(160), "f2"),  # 40 m from both f1 and f2
        (_place(152), None),
        (_place(130), "f1"),  # 10 and 70 m
        (_place(400), None),
        (None, None),
    ],
)
def test_a_place_finds_the_outline_that_it_lies_in_or_near(
    place: tuple[float, float] | None, found: str | None
) -> None:
    layer = _layer([*PLACES, None], building_id=["f0", "f1", "f2", "none"])
    if found == "f2":
        layer = layer.iloc[[0, 2, 3]]
    register = _at(_register(name=["x", "other"]), place, _place(110, 500))
    joined = join_footprints(register, layer, Join("place"))
    assert _pairs(joined)[0] == (2, found)


def test_why_a_place_has_no_outline_is_told() -> None:
    layer = _layer([*PLACES, _house(0)], building_id=["f0", "f1", "f2", "f9"])
    register = _at(
        _register(name=list("abcdef")), _place(10), _place(25), _place(160), _place(400), None,
        _place(130),
    )  # fmt: skip
    joined = join_footprints(register, layer, Join("place"))
    assert _pairs(joined) == [(2, "f0"), (3, None), (4, None), (5, None), (6, None), (7, "f1")]
    assert _reasons(joined) == [
        (3, "FOOTPRINT_TAKEN"), (4, "AMBIGUOUS_FOOTPRINT"), (5, "NO_FOOTPRINT_NEAR"),
        (6, "NO_JOIN_KEY"),
    ]  # fmt: skip
    assert joined.unmatched_footprints[["building_id", "reason"]].to_numpy().tolist() == [
        ["f2", "CONTESTED_FOOTPRINT"], ["f9", "DUPLICATE_FOOTPRINT"],
    ]  # fmt: skip
    near = next(f for f in joined.findings if f.code == "JOINED_TO_NEAREST")
    assert (near.kind, near.at.tolist(), list(near.became)) == (DOUBTFUL, [5], ["10 m"])
    far = next(f for f in joined.findings if f.code == "NO_FOOTPRINT_NEAR")
    assert far.reason("en") == "no footprint within 50 m of the place"


def test_the_reach_is_the_user_s() -> None:
    layer, register = _layer(PLACES), _at(_register(name=["a"]), _place(300))
    assert join_footprints(register, layer, Join("place", 50.0)).frame.geometry.isna().all()
    assert join_footprints(register, layer, Join("place", 90.0)).frame.geometry.notna().all()


def test_a_place_in_two_outlines_is_ambiguous() -> None:
    layer = _layer([_house(0), _house(10)], building_id=["a", "b"])
    joined = join_footprints(_at(_register(name=["x"]), _place(15)), layer, Join("place"))
    assert _reasons(joined) == [(2, "AMBIGUOUS_FOOTPRINT")]


def test_places_in_one_outline_share_it() -> None:
    register = _at(_register(building_id=["2", "1"]), _place(5), _place(15))
    joined = join_footprints(register, _layer([_house(0)]), Join("place"))
    assert joined.frame.geometry.notna().tolist() == [False, True]
    assert _codes(joined) == {"SHARED_FOOTPRINT": [0]}
    assert joined.findings[0].values == ["1"]


def test_of_places_beside_an_outline_the_nearest_has_it_and_its_equals_share() -> None:
    register = _at(_register(building_id=["a", "b", "c"]), _place(30), _place(24), _place(24))
    joined = join_footprints(register, _layer([_house(0)]), Join("place"))
    assert joined.frame.geometry.notna().tolist() == [False, True, False]
    assert _reasons(joined) == [(2, "FOOTPRINT_TAKEN")]
    assert _codes(joined)["SHARED_FOOTPRINT"] == [2]


@pytest.mark.parametrize(
    ("lon", "lat"),
    [("106.3701", " 39.01005 "), ("１０６.3701", "39.01005"), ("106.3701°", "39.01005N")],
)
def test_places_are_read_as_they_are_written(lon: str, lat: str) -> None:
    register = _register(name=["x"], lon=[lon], lat=[lat])
    joined = join_footprints(register, _layer([_house(0)]), Join("place"))
    assert joined.frame.geometry.notna().all()
    assert joined.frame["lon"].tolist() == [lon]


def test_points_of_the_register_are_places() -> None:
    points = gpd.GeoDataFrame(
        _register(name=["x", "y"]), geometry=[shapely.Point(_place(10)), None], crs="EPSG:4326"
    )
    joined = join_footprints(points, _layer([_house(0)]))
    assert joined.frame.geometry.iloc[0].equals(_house(0))
    assert joined.frame.geometry.isna().tolist() == [False, True]


def test_an_outline_of_its_own_is_kept() -> None:
    own = gpd.GeoDataFrame(
        _register(building_id=["a", "b"]), geometry=[_house(500), None], crs="EPSG:4326"
    )
    layer = _layer([_house(0), _house(50)], building_id=["a", "b"])
    joined = join_footprints(own, layer, Join("id"))
    assert joined.frame.geometry.iloc[0].equals(_house(500))
    assert joined.frame.geometry.iloc[1].equals(_house(50))
    assert joined.unmatched_footprints["building_id"].tolist() == ["a"]
    assert "1 rows have an outline of their own and kept it" in _notes(joined)


def test_a_register_of_outlines_needs_no_footprints() -> None:
    own = gpd.GeoDataFrame(_register(name=["a"]), geometry=[_house(500)], crs="EPSG:4326")
    joined = join_footprints(own, _layer([_house(0)], building_id=["a"]))
    assert joined.frame.geometry.iloc[0].equals(_house(500))
    assert joined.unmatched_footprints["reason"].tolist() == ["NO_REGISTER_ROW"]


# By name


def _named(names: list[object], others: list[object], **more: Any) -> Joined:
    layer = _layer(
        [_house(100.0 * i) for i in range(len(others))], name=others,
        building_id=[f"f{i}" for i in range(len(others))], **more.get("theirs", {}),
    )  # fmt: skip
    return join_footprints(_register(name=names, **more.get("own", {})), layer, Join("name"))


@pytest.mark.parametrize(
    ("own", "theirs", "found"),
    [
        ("市民中心", "市民中心", True),
        ("市 民·中心", "市民中心", True),
        ("石嘴山市第一中学", "第1中学", True),
        ("石嘴山市第一中學（北校區）", "第一中学(北校区)", True),
        ("3#宿舍 甲", "３号宿舍甲", True),
        ("石嘴山市大武口区星海小学", "大武口区星海小学", True),
        ("石嘴山市人民医院", "大武口区人民医院", False),
        ("第一小学", "第二小学", False),
        ("大武口区星海镇第三中心小学", "大武口区星海镇第二中心小学", False),
        ("石嘴山市工人文化宫演出活动中心", "石嘴山市工入文化宫演出活动中心", True),
        ("石嘴山市工人文化宫演出活动中心", "石嘴山市工人文化宫演出活动中心楼", True),
        ("石嘴山市工人文化宫东演出活动中心", "石嘴山市工人文化宫西演出活动中心", False),
        ("办公楼", "办公楼", False),
        ("3号楼", "3号楼", False),
        ("", "市民中心", False),
    ],
)
def test_names_are_one_or_not(own: str, theirs: str, found: bool) -> None:
    joined = _named([own, "另一处"], [theirs, "别处"])
    assert joined.frame.geometry.notna().tolist() == [found, False]


def test_a_similar_name_is_doubtful_and_shown() -> None:
    joined = _named(["石嘴山市工人文化宫演出活动中心"], ["石嘴山市工入文化宫演出活动中心", "别处"])
    assert joined.frame["joined_by"].tolist() == ["similar"]
    finding = joined.findings[0]
    assert (finding.kind, finding.code) == (DOUBTFUL, "JOINED_BY_SIMILAR_NAME")
    assert finding.values == ["石嘴山市工人文化宫演出活动中心"]
    assert finding.became == ["工入文化宫演出活动中心"]


def test_two_similar_names_are_ambiguous() -> None:
    joined = _named(
        ["石嘴山市工人文化宫演出活动中心"],
        ["石嘴山市工入文化宫演出活动中心", "石嘴山市工人文化官演出活动中心"],
    )
    assert _reasons(joined) == [(2, "AMBIGUOUS_FOOTPRINT")]


def test_a_name_counts_within_its_district() -> None:
    joined = _named(
        ["中心小学"] * 3, ["中心小学"] * 4,
        own={"district": ["大武口区", "惠农", "石嘴山市平罗县"]},
        theirs={"district": ["惠农区", "大武口", "平罗县", "平罗县"]},
    )  # fmt: skip
    assert _pairs(joined) == [(2, "f1"), (3, "f0"), (4, None)]
    assert _reasons(joined) == [(4, "AMBIGUOUS_FOOTPRINT")]
    assert joined.unmatched_footprints["reason"].tolist() == ["CONTESTED_FOOTPRINT"] * 2


def test_a_name_that_two_rows_have_is_nobody_s() -> None:
    joined = _named(["市民中心", "市民中心"], ["市民中心"])
    assert _reasons(joined) == [(2, "AMBIGUOUS_FOOTPRINT"), (3, "AMBIGUOUS_FOOTPRINT")]


def test_a_name_in_another_district_is_another() -> None:
    joined = _named(
        ["星海小学"], ["星海小学"], own={"district": ["惠农区"]}, theirs={"district": ["平罗县"]}
    )
    assert _reasons(joined) == [(2, "NO_FOOTPRINT_NAMED")]


def test_a_district_that_is_not_stated_is_any() -> None:
    joined = _named(["星海小学"], ["星海小学"], own={"district": ["惠农区"]})
    assert joined.frame.geometry.notna().all()


def test_a_building_is_named_with_its_institution() -> None:
    joined = _named(
        ["教学楼", "教学楼", "体育馆"], ["第一中学教学楼", "教学楼", "第二中学"],
        own={"institution": ["第一中学", "第二中学", "第三中学"]},
        theirs={"institution": [None, "第二中学", "第二中学"]},
    )  # fmt: skip
    assert _pairs(joined) == [(2, "f0"), (3, "f1"), (4, None)]


def test_a_name_of_two_institutions_is_two_names() -> None:
    joined = _named(
        ["综合服务大厅"], ["综合服务大厅"],
        own={"institution": ["税务局"]}, theirs={"institution": ["公安局"]},
    )  # fmt: skip
    assert joined.frame.geometry.isna().all()


def test_an_institution_without_a_building_has_all_its_footprints() -> None:
    joined = _named(
        [None, "市民中心"], ["教学楼", "宿舍楼", "市民中心", "食堂"],
        own={"institution": ["石嘴山市第一中学", None], "floor_area_m2": [900, 5]},
        theirs={"institution": ["第一中学", "石嘴山市第一中学", None, "第二中学"]},
    )  # fmt: skip
    assert _pairs(joined) == [(2, "f0"), (2, "f1"), (3, "f2")]
    assert joined.frame["floor_area_m2"].tolist() == pytest.approx([450, 450, 5])
    assert joined.frame["name"].tolist() == ["教学楼", "宿舍楼", "市民中心"]


def test_an_office_is_the_one_footprint_of_its_institution() -> None:
    own = {"institution": ["财政局", "税务局"]}
    joined = _named(["办公楼", "办公楼"], ["财政局", "税务局", "税务局"], own=own)
    assert _pairs(joined) == [(2, "f0"), (3, None)]
    assert _reasons(joined) == [(3, "AMBIGUOUS_FOOTPRINT")]


def _near(
    own: dict[str, list[object]], places: list[Any], theirs: dict[str, list[object]]
) -> Joined:
    houses = [_house(30.0 * i) for i in range(4)] + [_house(5000)]
    count = len(next(iter(theirs.values())))
    layer = _layer(houses[:count], building_id=[f"f{i}" for i in range(count)], **theirs)
    return join_footprints(_at(_register(**own), *places), layer, Join("name"))


def test_a_name_is_looked_for_near_its_place() -> None:
    theirs = {"name": ["市场", "第一中学", None, "第一中学", "第一中学"]}
    joined = _near(
        {"name": ["第一中学", "第一中学", "邮局"]}, [_place(10), _place(5010), _place(5)], theirs
    )
    assert _pairs(joined) == [(2, "f1"), (3, "f4"), (4, None)]
    assert _reasons(joined) == [(4, "NO_FOOTPRINT_NAMED")]


def test_two_near_of_one_name_are_ambiguous_unless_one_is_clearly_nearer() -> None:
    theirs = {"name": ["第一中学", "第一中学"]}
    assert _pairs(_near({"name": ["第一中学"]}, [_place(23)], theirs)) == [(2, "f0")]
    joined = _near({"name": ["第一中学"]}, [_place(25)], theirs)
    assert _reasons(joined) == [(2, "AMBIGUOUS_FOOTPRINT")]


def test_near_a_place_the_most_alike_name_counts() -> None:
    exact, alike_name = "石嘴山市工人文化宫演出活动中心", "石嘴山市工入文化宫演出活动中心"
    theirs = {"name": [alike_name, exact]}
    assert _pairs(_near({"name": [exact]}, [_place(10)], theirs)) == [(2, "f1")]
    only = {"name": [alike_name, "别处"]}
    assert _pairs(_near({"name": [exact]}, [_place(10)], only)) == [(2, "f0")]


def test_an_institution_near_its_place_has_its_footprints() -> None:
    theirs = {"name": ["教学楼", "食堂", "邮局"], "institution": ["第一中学", "第一中学", None]}
    joined = _near({"institution": ["第一中学"]}, [_place(10)], theirs)
    assert _pairs(joined) == [(2, "f0"), (2, "f1")]


def test_two_rows_of_an_institution_near_one_footprint_are_ambiguous() -> None:
    own = {"name": ["办公楼", "食堂"], "institution": ["第一中学", "第一中学"]}
    joined = _near(own, [_place(10), _place(12)], {"name": ["第一中学"]})
    assert _reasons(joined) == [(2, "AMBIGUOUS_FOOTPRINT"), (3, "AMBIGUOUS_FOOTPRINT")]


def test_rows_of_one_name_at_one_place_share() -> None:
    own = {"name": ["市民中心", "市民中心"], "institution": ["甲局", None]}
    joined = _near(own, [_place(10), _place(12)], {"name": ["市民中心"]})
    assert joined.frame.geometry.notna().tolist() == [False, True]
    assert _codes(joined)["SHARED_FOOTPRINT"] == [0]


# Which way, and what is refused


def test_the_way_suits_the_tables() -> None:
    layer = _layer([_house(0), _house(100)], building_id=["a", "b"], name=["第一中学", "第二中学"])
    ids = _register(building_id=["b", "zz"], name=["第一中学", "x"])
    assert join_footprints(ids, layer).notes[0][0] == "notes.joined_by_id"
    few = _register(building_id=["b", "y", "z"], name=["第一中学", "x", "y"])
    assert join_footprints(few, layer).notes[0][0] == "notes.joined_by_name"
    placed = _at(few, _place(10), None, None)
    assert join_footprints(placed, layer).notes[0][0] == "notes.joined_by_place"


@pytest.mark.parametrize(
    ("how", "part"),
    [
        (Join("address"), "'address'"),  # type: ignore[arg-type]
        (Join(reach_m=0.0), "reach_m = 0.0"),
        (Join(reach_m=float("nan")), "reach_m = nan"),
        (Join(reach_m=1e6), "at most 5000 m"),
        (Join(similarity=0.3), "similarity = 0.3"),
        (Join(similarity=1.1), "0.5 to 1"),
    ],
)
def test_limits_that_make_no_sense_are_refused(how: Join, part: str) -> None:
    with pytest.raises(InvalidConfig) as caught:
        join_footprints(_register(building_id=["a"]), _layer([_house(0)], building_id=["a"]), how)
    assert part in str(caught.value)


@pytest.mark.parametrize(
    ("by", "columns"),
    [
        ("id", "building_id or institution_id of both tables"),
        ("place", "lon and lat of the register"),
        ("name", "name or institution of both tables"),
        ("auto", "name or institution of both tables"),
    ],
)
def test_tables_with_nothing_in_common_are_refused(by: Any, columns: str) -> None:
    with pytest.raises(InvalidInventory) as caught:
        join_footprints(_register(floors=[3]), _layer([_house(0)], height_m=[9]), Join(by))
    assert f"join by {'name' if by == 'auto' else by}, {columns}" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_footprints_without_outlines_are_refused() -> None:
    layer = _layer([shapely.Point(106, 39), None], building_id=["a", "b"])
    with pytest.raises(InvalidInventory, match="no row has an outline"):
        join_footprints(_register(building_id=["a"]), layer)


def test_footprints_without_an_outline_are_listed() -> None:
    layer = _layer([_house(0), None], building_id=["a", "b"])
    joined = join_footprints(_register(building_id=["a", "b"]), layer)
    assert joined.unmatched_footprints[["building_id", "reason"]].to_numpy().tolist() == [
        ["b", "NO_OUTLINE"]
    ]
    assert _reasons(joined) == [(3, "NO_FOOTPRINT_ID")]


# Laws


def _town(seed: int) -> tuple[pd.DataFrame, gpd.GeoDataFrame]:
    random = np.random.default_rng(seed)
    count = 60
    shapes = [_house(*random.uniform(0, 900, 2)) for _ in range(count)]
    names = [f"{'甲乙丙丁'[i % 4]}{'某处' * (i % 3)}学校{i % 20}" for i in range(count)]
    ids = [f"{i % 50:03d}" for i in range(count)]
    district = [["惠农区", "平罗县", None][i % 3] for i in range(count)]
    layer = _layer(
        shapes, building_id=ids, name=names, district=district,
        institution_id=[f"N{i % 25}" for i in range(count)], height_m=list(range(count)),
    )  # fmt: skip
    pick = random.integers(0, count, 40)
    centres = shapely.get_coordinates(shapely.centroid(np.array(shapes)[pick]))
    spots = centres + random.normal(0, 15, (40, 2)) * (EAST, NORTH)
    register = _register(
        building_id=[ids[i].lstrip("0") if i % 3 else f"q{i}" for i in pick],
        institution_id=[f"N{i % 25}" if i % 2 else None for i in pick],
        name=[names[i] for i in pick], district=[district[i] for i in pick],
        floor_area_m2=[float(i % 7) or None for i in pick], annual_load_kwh=[10.0] * 40,
    )  # fmt: skip
    return _at(register, *[tuple(spot) for spot in spots]), layer


def _summary(joined: Joined) -> tuple[list[Any], ...]:
    frame = joined.frame.sort_values(["source_row", "building_id"])
    shapes = [None if g is None else g.wkt for g in frame.geometry]
    columns = ["source_row", "building_id", "footprint_id", "height_m", "floor_area_m2"]
    cells = frame[[*columns, "annual_load_kwh", "split_from"]].astype(str).to_numpy().tolist()
    left = joined.unmatched_register[["source_row", "reason"]].to_numpy().tolist()
    others = joined.unmatched_footprints[["building_id", "name", "reason"]].astype(str)
    told = [
        (f.code, f.column, row, value)
        for f in joined.findings
        for row, value in zip(joined.frame["source_row"].iloc[f.at], f.values, strict=True)
    ]
    return shapes, cells, sorted(left), sorted(others.to_numpy().tolist()), sorted(told)


@pytest.mark.parametrize("by", ["auto", "id", "place", "name"])
@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_neither_table_changes_anything(by: Any, seed: int) -> None:
    register, layer = _town(seed)
    for table in (register, register.drop(columns=["lon", "lat"])):
        if by == "place" and "lon" not in table:
            continue
        told = _summary(join_footprints(table, layer, Join(by)))
        random = np.random.default_rng(seed)
        for _ in range(3):
            rows, shapes = random.permutation(len(table)), random.permutation(len(layer))
            again = join_footprints(table.iloc[rows], layer.iloc[shapes], Join(by))
            assert _summary(again) == told


@pytest.mark.parametrize("by", ["id", "place", "name"])
def test_every_row_and_every_footprint_is_accounted_for(by: Any) -> None:
    register, layer = _town(9)
    joined = join_footprints(register, layer, Join(by))
    frame = joined.frame
    assert set(frame["source_row"]) == set(register["source_row"])
    assert frame["source_row"].is_monotonic_increasing
    outlines = [g.wkb for g in frame.geometry if g is not None]
    assert len(outlines) == len(set(outlines)), "a roof counts once"
    assert len(outlines) + len(joined.unmatched_footprints) == len(layer)
    shared = sum(len(f.at) for f in joined.findings if f.code == "SHARED_FOOTPRINT")
    rows = frame.loc[frame.geometry.notna(), "source_row"].nunique()
    assert rows + shared + len(joined.unmatched_register) == len(register)
    assert rows > 5


def test_nothing_given_is_changed() -> None:
    register, layer = _town(1)
    before = register.copy(deep=True), layer.copy(deep=True)
    join_footprints(register, layer, Join("id"))
    pd.testing.assert_frame_equal(register, before[0])
    pd.testing.assert_frame_equal(pd.DataFrame(layer), pd.DataFrame(before[1]))


def test_a_register_of_ten_thousand_rows_is_joined_in_no_time() -> None:
    count = 40_000
    i, j = np.arange(count) % 200, np.arange(count) // 200
    west, south = LON + i * 5e-4, LAT + j * 5e-4
    shapes = shapely.box(west, south, west + 2e-4, south + 2e-4)
    ids = np.arange(count).astype(str).astype(object)
    layer = gpd.GeoDataFrame({"building_id": ids}, geometry=shapes, crs="EPSG:4326")
    pick = np.random.default_rng(1).permutation(count)[:10_000]
    register = pd.DataFrame(
        {"building_id": ids[pick], "lon": west[pick] + 2.2e-4, "lat": south[pick] + 1e-4,
         "source_row": np.arange(10_000), "source_sheet": ""}
    )  # fmt: skip
    for by in ("id", "place"):
        joined = join_footprints(register, layer, Join(by))  # type: ignore[arg-type]
        assert joined.frame["footprint_id"].tolist() == ids[pick].tolist()


# Names


def test_names_lose_the_place_that_they_begin_with() -> None:
    column = pd.Series(
        ["石嘴山市第一中學", "宁夏大学", "红果子区 人民法院", "平罗县", None, "3#楼"]
    )
    names = names_of(column, 6, ["红果子区"])
    assert names.core.tolist() == ["第1中学", "宁夏大学", "人民法院", "平罗县", "", "3号楼"]
    assert names.place.tolist() == ["石嘴山市", "", "红果子区", "", "", ""]
    assert names_of(None, 2, []).core.tolist() == ["", ""]


@pytest.mark.parametrize("name", ["办公楼", "3号楼", "教学楼2", "a座", "综合办公楼", "12"])
def test_a_generic_name_names_no_building(name: str) -> None:
    assert is_generic(name)


@pytest.mark.parametrize(
    "name", ["第1中学", "市民中心", "财政局办公楼", "工人文化宫演出活动中心东区"]
)
def test_a_proper_name_names_one(name: str) -> None:
    assert not is_generic(name)


@pytest.mark.parametrize("text", ["石嘴山市大武口区", "大武口", "大武口区", "大武口區"])
def test_a_district_has_one_name(text: str) -> None:
    assert district_of(text) == "大武口"


def test_names_are_alike_by_their_share_of_characters() -> None:
    assert alike("abcd", "abcd", 0.9) == 1.0
    assert alike("工人文化宫演出中心楼", "工入文化宫演出中心楼", 0.9) == 0.9
    assert alike("工人文化宫演出中心楼", "工入文化宫演出中心楼", 0.91) == 0.0
    assert alike("工人文化宫演出中心", "", 0.9) == 0.0


def test_nearly_equal_names_are_found_without_comparing_all() -> None:
    ones, others = ["文化宫", "图书馆", "邮局"], ["文化官", "图书馆", "图书楼馆", "邮政局大楼"]
    assert list(nearly_equal(ones, others)) == [("文化宫", "文化官"), ("图书馆", "图书楼馆")]


@pytest.mark.parametrize("placed", [True, False])
def test_names_of_a_whole_page_fit_none(placed: bool) -> None:
    pages = ["".join(chr(0x4E00 + (i * j) % 997) for j in range(20_000)) for i in range(1, 6)]
    register = _register(name=[*pages])
    if placed:
        register = _at(register, *[_place(100.0 * i) for i in range(5)])
    layer = _layer([_house(100.0 * i) for i in range(5)], name=[page + "x" for page in pages])
    assert join_footprints(register, layer, Join("name")).frame.geometry.isna().all()


CODES = (
    "NO_JOIN_KEY", "NO_FOOTPRINT_ID", "NO_FOOTPRINT_NEAR", "NO_FOOTPRINT_NAMED",
    "AMBIGUOUS_FOOTPRINT", "FOOTPRINT_TAKEN", "SHARED_FOOTPRINT", "JOINED_TO_NEAREST",
    "JOINED_BY_SIMILAR_NAME", "SPLIT_BY_AREA", "NOT_SPLIT", "LOAD_SUMMED", "LOAD_PART_STATED",
    "NO_REGISTER_ROW", "CONTESTED_FOOTPRINT", "NO_OUTLINE",
)  # fmt: skip


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_code_has_its_words(code: str, language: str) -> None:
    for key in (f"findings.{code.lower()}", f"findings.{code.lower()}.mend"):
        text = say(key, language, {"reach": "50"})
        assert text
        assert text[-1] not in ".。"


@pytest.mark.parametrize("by", ["id", "place", "name"])
def test_every_note_has_its_words(by: Any) -> None:
    register, layer = _town(2)
    for key, words in join_footprints(register, layer, Join(by)).notes:
        assert say(key, "zh", words) != say(key, "en", words)
