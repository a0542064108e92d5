from __future__ import annotations

import pytest

from roofpv.catalogue import LANGUAGES, texts
from roofpv.errors import InvalidConfig
from roofpv.inventory.folding import plain_text, simplified
from roofpv.inventory.headers.columns import (
    EASTING,
    LATLON,
    LONLAT,
    NORTHING,
    PLACE_COLUMNS,
    Meaning,
    familiar,
    known,
    understand,
)
from roofpv.inventory.headers.forms import forms, letters, likeness
from roofpv.inventory.headers.words import (
    BESIDE_HEADERS,
    FLAG_HEADERS,
    HEADERS,
    OTHER_HEADERS,
    PLACE_HEADERS,
    UNIT_NEEDED,
)
from roofpv.schema import INVENTORY, PLANE_INVENTORY, Column, names

OURS = {*names(INVENTORY), *names(PLANE_INVENTORY)}


def _read(*headers: str, **stated: str) -> dict[str, str]:
    return {name: m.source for name, m in understand(headers, stated).meanings.items()}


def _one(header: str) -> tuple[str, str, str] | None:
    """Our name, how it was understood, and the unit of the only header of a file."""
    meanings = understand([header], {}).meanings
    assert len(meanings) <= 1
    return next(((name, m.how, m.unit) for name, m in meanings.items()), None)


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_own_name_is_ours_in_any_case(name: str) -> None:
    assert _one(name) == (name, "own", "")
    assert _one(f" {name.upper()} ") == (name, "own", "")


@pytest.mark.parametrize("column", [c for c in INVENTORY if c.kind != "geometry"])
def test_every_chinese_name_of_the_dictionary_is_understood(column: Column) -> None:
    assert _read(column.zh) == {column.name: column.zh}


def test_a_stated_header_comes_before_our_own_name_and_the_rest_is_told() -> None:
    told = understand(["height_m", "高度", "建筑高度", "H"], {"height_m": "H"})
    assert told.meanings == {
        "height_m": Meaning("H", "stated", "", ("height_m", "建筑高度", "高度"))
    }
    assert told.unused == ("height_m", "高度", "建筑高度")


def test_a_stated_header_brings_its_unit() -> None:
    meaning = understand(["檐高（ft）"], {"height_m": "檐高（ft）"}).meanings["height_m"]
    assert (meaning.how, meaning.unit) == ("stated", "ft")


def test_a_stated_header_may_differ_in_width_and_blanks() -> None:
    assert _read("  Ｈöhe", height_m="höhe") == {"height_m": "  Ｈöhe"}


def test_a_place_may_be_stated() -> None:
    told = understand(["Rechtswert", "Hochwert"], {EASTING: "Rechtswert", NORTHING: "Hochwert"})
    assert told.place == {EASTING: "Rechtswert", NORTHING: "Hochwert"}
    assert told.unused == ()


@pytest.mark.parametrize(
    ("stated", "where", "said"),
    [
        ({"hight": "a"}, "[columns] hight", "Did you mean height_m"),
        ({"zzz": "a"}, "[columns] zzz", "roofpv template"),
        ({"height_m": "Höhe"}, "[columns] height_m", "'Höhe'"),
    ],
)
def test_a_stated_name_or_header_that_is_not_there_is_refused(
    stated: dict[str, str], where: str, said: str
) -> None:
    with pytest.raises(InvalidConfig) as caught:
        understand(["a"], stated)
    assert where in str(caught.value)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("name", "word"),
    [
        (name, word)
        for name, text in HEADERS.items()
        if name in OURS
        for word in text.split()
        if word not in UNIT_NEEDED
    ],
)
def test_every_word_of_the_vocabulary_is_understood(name: str, word: str) -> None:
    found = _one(word)
    assert found is not None
    assert found[0] == name
    assert found[1] in {"own", "alias"}
    assert known(word)


def test_no_word_has_two_meanings() -> None:
    tables = (HEADERS, PLACE_HEADERS, FLAG_HEADERS, BESIDE_HEADERS, {"other": OTHER_HEADERS})
    meant: dict[str, set[str]] = {}
    for table in tables:
        for name, text in table.items():
            for word in text.split():
                meant.setdefault(letters(word), set()).add(name)
    assert {word: found for word, found in meant.items() if len(found) > 1} == {}


@pytest.mark.parametrize("word", OTHER_HEADERS.split())
def test_what_means_something_else_is_not_taken(word: str) -> None:
    told = understand([word], {})
    assert told.meanings == {}
    assert told.unused == (word,)
    assert familiar(word)


@pytest.mark.parametrize(
    ("header", "name", "unit"),
    [
        ("建筑面积（万m²）", "floor_area_m2", "万m2"),
        ("建筑面积(㎡)", "floor_area_m2", "m2"),
        ("建筑面积\n（单位：平方米）", "floor_area_m2", "平方米"),
        ("建筑面积万平方米", "floor_area_m2", "万平方米"),
        ("建筑面积m2", "floor_area_m2", "m2"),
        ("建筑面积(m2", "floor_area_m2", "m2"),
        ("屋顶面积【亩】", "roof_area_m2", "亩"),
        ("高度/m", "height_m", "m"),
        ("建筑高度，米", "height_m", "米"),
        ("Height [ft]", "height_m", "ft"),
        ("height_m (ft)", "height_m", "ft"),
        ("Gross Floor Area (sq ft)", "floor_area_m2", "sq ft"),
        ("floor area sqm", "floor_area_m2", "sqm"),
        ("年用电量（万kWh）", "annual_load_kwh", "万kwh"),
        ("2023年用电量（万千瓦时）", "annual_load_kwh", "万千瓦时"),
        ("已装光伏容量kW", "existing_pv_kwp", "kw"),
        ("倾角（度）", "surface_tilt", "度"),
        ("层数（层）", "floors", "层"),
        ("竣工时间（年）", "completed", ""),
        ("经度(°)", "lon", "°"),
    ],
)
def test_the_unit_of_a_header_is_taken_off_and_told(header: str, name: str, unit: str) -> None:
    assert _one(header) == (name, "variant", unit)


@pytest.mark.parametrize(
    "header",
    ["用电量（万元）", "屋顶面积（kWp）", "高度（层）", "建筑面积（人）", "坡度%", "电耗（tce）"],
)
def test_a_header_in_a_unit_of_something_else_is_not_the_column(header: str) -> None:
    assert _one(header) is None


def test_a_row_of_units_below_the_headers_counts() -> None:
    below = {"屋顶面积": "万平方米", "高度": "（ft）", "层数": "必填", "年用电量": "元"}
    meanings = understand([*below], {}, below).meanings
    assert {name: m.unit for name, m in meanings.items()} == {
        "roof_area_m2": "万平方米", "height_m": "ft", "floors": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("建築面積", "floor_area_m2"), ("建築層數", "floors"), ("屋頂面積", "roof_area_m2"),
        ("產權", "ownership"), ("縣區", "district"), ("年用電量", "annual_load_kwh"),
        ("經度", "lon"), ("緯度", "lat"), ("統一社會信用代碼", "institution_id"),
        ("層 數", "floors"), ("建筑\n面积", "floor_area_m2"), ("建筑面积*", "floor_area_m2"),
        ("*建筑名称", "name"), ("1、单位名称", "institution"), ("（3）建筑面积", "floor_area_m2"),
        ("①建筑面积", "floor_area_m2"), ("一、区县", "district"), ("县（市、区）", "district"),
        ("建筑面积（必填）", "floor_area_m2"), ("建筑面积（不含地下）", "floor_area_m2"),
        ("建筑类型/用途", "use"), ("屋面形式(平/坡/彩钢)", "roof_type"),
        ("层数(地上/地下)", "floors"), ("层数（地上）", "floors"), ("No. of floors", "floors"),
        ("\u202e建筑高度\u200b", "height_m"), ("Building Height", "height_m"),
        ("names_primary", "name"), ("Roof area", "roof_area_m2"),
    ],
)  # fmt: skip
def test_another_writing_of_a_known_header_is_understood(header: str, name: str) -> None:
    assert _one(header) == (name, "variant", "")


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("基本信息/建筑面积", "floor_area_m2"), ("层数/地上", "floors"),
        ("能源消费/电消费量", "annual_load_kwh"), ("电/消费量", "annual_load_kwh"),
        ("建筑面积/建筑面积", "floor_area_m2"), ("基本信息/名称", "name"),
        ("公共机构/名称", "institution"), ("光伏/容量", "existing_pv_kwp"),
        ("石嘴山市/基本情况/竣工年份", "completed"), ("attributes/height", "height_m"),
        ("建筑面积/㎡", "floor_area_m2"),
    ],
)  # fmt: skip
def test_a_header_below_a_heading_is_understood(header: str, name: str) -> None:
    found = _one(header)
    assert found is not None
    assert found[0] == name


@pytest.mark.parametrize(
    "header",
    [
        "层数/地下", "层数（地下）", "建筑面积/地下", "建筑面积（地下）", "规划情况/建筑面积",
        "已装光伏容量（规划）", "1月/用电量", "用电量（一季度）", "联系人/名称", "能耗/类型",
        "建筑面积/其中：地下", "基底/屋顶面积", "屋顶面积（新增）", "building floor",
    ],
)  # fmt: skip
def test_a_heading_or_remark_that_makes_another_thing_of_it_is_heeded(header: str) -> None:
    assert _one(header) is None


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("建筑面?", "floor_area_m2"), ("建巩面积", "floor_area_m2"), ("竣工年分", "completed"),
        ("屋頂面枳", "roof_area_m2"), ("屋项面积", "roof_area_m2"), ("峻工年份", "completed"),
        ("建筑\ufffd\ufffd积", "floor_area_m2"), ("建□高度(m)", "height_m"),
        ("年用申量", "annual_load_kwh"), ("径度", "lon"), ("f1oors", "floors"),
        ("统一社会信用代玛", "institution_id"), ("建筑面;l", "floor_area_m2"),
    ],
)  # fmt: skip
def test_damage_is_guessed_and_told(header: str, name: str) -> None:
    found = _one(header)
    assert found is not None
    assert found[:2] == (name, "guess")
    assert not known(header)


@pytest.mark.parametrize(
    "header",
    [
        "年用水量", "年用气量", "年用纸量", "建筑宽度", "建筑长度", "建筑体积", "建筑层高",
        "开工日期", "建设面积", "建造面积", "墙面面积", "单位地址", "单位简称",
        "产权面积", "用地性质", "年发电量", "月耗电量", "屋顶荷载", "小区名称", "建筑红线",
        "光伏电价", "光伏电量", "权属证号", "weight", "min_height", "flood", "depth", "room_area",
        "年用?量", "??面积", "?度", "层?", "?", "????",
    ],
)  # fmt: skip
def test_a_header_that_may_mean_something_else_is_no_damage(header: str) -> None:
    assert _one(header) is None


def test_a_guess_never_takes_the_place_of_a_known_header() -> None:
    told = understand(["建巩面积", "总建筑面积"], {})
    assert told.meanings == {"floor_area_m2": Meaning("总建筑面积", "alias")}
    assert told.unused == ("建巩面积",)


def test_the_surer_word_is_taken_wherever_it_stands() -> None:
    found = understand(["序号", "id", "建筑编号", "名称", "產權單位", "单位", "单位名称"], {})
    assert found.meanings["building_id"] == Meaning("建筑编号", "alias", "", ("id", "序号"))
    assert found.meanings["name"].source == "名称"
    assert found.meanings["institution"].source == "单位名称"
    assert found.meanings["institution"].others == ("单位", "產權單位")
    assert _read("总层数", "地上层数")["floors"] == "地上层数"
    assert _read("序号")["building_id"] == "序号"


def test_the_order_of_the_columns_decides_nothing_else() -> None:
    headers = ["序号", "名称", "建筑名称", "层数", "地上层数", "建筑面积", "用途", "类型", "x", "y"]
    assert _read(*headers) == _read(*headers[::-1])


def test_the_register_of_a_city_is_understood() -> None:
    headers = [
        "序号", "单位名称", "建筑名称", "地址", "建筑用途", "建筑面积", "基底面积", "屋顶面积",
        "地上层数", "地下层数", "竣工年份", "结构形式", "屋面形式", "产权单位", "经纬度",
        "用电户号", "年用电量", "是否文保", "是否危房", "占地面积",
    ]  # fmt: skip
    told = understand(headers, {})
    assert {name: m.source for name, m in told.meanings.items()} == {
        "building_id": "序号", "institution": "单位名称", "name": "建筑名称", "use": "建筑用途",
        "floor_area_m2": "建筑面积", "roof_area_m2": "屋顶面积", "floors": "地上层数",
        "completed": "竣工年份", "roof_type": "屋面形式", "annual_load_kwh": "年用电量",
        "footprint_area_m2": "基底面积",
    }  # fmt: skip
    assert told.place == {LONLAT: "经纬度"}
    assert told.exemption_flags == {"是否文保": "heritage", "是否危房": "unsafe_structure"}
    assert told.unused == ("地址", "地下层数", "结构形式", "产权单位", "用电户号", "占地面积")


@pytest.mark.parametrize(
    ("headers", "meanings"),
    [
        (
            ["id", "subtype", "class", "height", "num_floors", "min_height", "roof_shape",
             "roof_direction", "roof_orientation", "roof_height", "names.primary", "has_parts"],
            {"building_id": "id", "use": "class", "height_m": "height", "floors": "num_floors",
             "roof_type": "roof_shape", "surface_azimuth": "roof_direction",
             "roof_height_m": "roof_height", "name": "names.primary"},
        ),
        (
            ["osm_id", "name", "amenity", "building", "building:levels", "height", "min_height",
             "roof:shape", "roof:angle", "roof:direction", "roof:levels", "start_date", "type"],
            {"building_id": "osm_id", "name": "name", "use": "amenity", "height_m": "height",
             "floors": "building:levels", "roof_type": "roof:shape", "surface_tilt": "roof:angle",
             "surface_azimuth": "roof:direction", "completed": "start_date"},
        ),
        (
            ["id", "height", "age", "type", "id_source", "type_source"],
            {"building_id": "id", "height_m": "height", "completed": "age", "use": "type"},
        ),
        (
            ["latitude", "longitude", "area_in_meters", "confidence", "geometry",
             "full_plus_code"],
            {"building_id": "full_plus_code", "lat": "latitude", "lon": "longitude",
             "geometry": "geometry", "footprint_area_m2": "area_in_meters"},
        ),
        (
            ["identificatie", "oorspronkelijkbouwjaar", "b3_dak_type", "b3_h_maaiveld",
             "b3_h_dak_max", "b3_bouwlagen"],
            {"building_id": "identificatie", "completed": "oorspronkelijkbouwjaar",
             "roof_type": "b3_dak_type", "altitude_m": "b3_h_maaiveld",
             "floors": "b3_bouwlagen"},
        ),
        (
            ["gml_id", "measuredHeight", "roofType", "function", "yearOfConstruction",
             "storeysAboveGround", "storeysBelowGround"],
            {"building_id": "gml_id", "height_m": "measuredHeight", "roof_type": "roofType",
             "use": "function", "completed": "yearOfConstruction",
             "floors": "storeysAboveGround"},
        ),
        (
            ["名称", "统一社会信用代码", "类型", "建筑面积", "用能人数", "电消费量", "水消费量",
             "太阳能光电系统发电量"],
            {"name": "名称", "institution_id": "统一社会信用代码", "use": "类型",
             "floor_area_m2": "建筑面积", "annual_load_kwh": "电消费量"},
        ),
    ],
    ids=["overture", "osm", "eubucco", "google", "3dbag", "citygml", "energy-statistics"],
)  # fmt: skip
def test_the_names_of_open_sets_are_understood(
    headers: list[str], meanings: dict[str, str]
) -> None:
    assert _read(*headers) == meanings


def test_other_headers_for_the_same_stand_in_the_order_of_trust() -> None:
    told = understand(["building", "type", "amenity"], {})
    assert told.meanings["use"] == Meaning("amenity", "alias", "", ("building", "type"))


def test_in_a_table_of_planes_areas_are_those_of_the_planes() -> None:
    planes = ["屋面编号", "建筑编号", "屋面面积", "倾角", "方位角", "装机容量(kW)"]
    assert _read(*planes) == {
        "plane_id": "屋面编号", "building_id": "建筑编号", "area_m2": "屋面面积",
        "surface_tilt": "倾角", "surface_azimuth": "方位角", "kwp": "装机容量(kW)",
    }  # fmt: skip
    assert _read("RoofTopID", "Area", "Tilt")["area_m2"] == "Area"
    assert _read("屋面面积", "装机容量") == {"roof_area_m2": "屋面面积"}
    assert _read("Area") == {}


@pytest.mark.parametrize(
    ("headers", "place"),
    [
        (["X坐标(m)", "Y坐标(m)"], {NORTHING: "X坐标(m)", EASTING: "Y坐标(m)"}),
        (["横坐标", "纵坐标"], {EASTING: "横坐标", NORTHING: "纵坐标"}),
        (["东坐标", "北坐标"], {EASTING: "东坐标", NORTHING: "北坐标"}),
        (["easting", "northing"], {EASTING: "easting", NORTHING: "northing"}),
        (["POINT_X", "POINT_Y"], {EASTING: "POINT_X", NORTHING: "POINT_Y"}),
        (["id", "x", "y"], {EASTING: "x", NORTHING: "y"}),
        (["名称", "X", "Y"], {NORTHING: "X", EASTING: "Y"}),
        (["经纬度"], {LONLAT: "经纬度"}), (["经度/纬度"], {LONLAT: "经度/纬度"}),
        (["lat, lon"], {LATLON: "lat, lon"}), (["x"], {}), (["y", "Y"], {}),
    ],
)  # fmt: skip
def test_places_in_metres_or_in_one_cell_are_told(
    headers: list[str], place: dict[str, str]
) -> None:
    told = understand(headers, {})
    assert dict(told.place) == place
    assert {*told.place} <= {*PLACE_COLUMNS}
    assert not {*told.unused} & {*place.values()}


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("是否文保单位", "heritage"), ("是否为历史建筑", "heritage"), ("文物保护级别", "heritage"),
        ("是否危房", "unsafe_structure"), ("危房等级", "unsafe_structure"),
        ("屋面状况", "disrepair"), ("屋面是否破损", "disrepair"), ("是否年久失修", "disrepair"),
        ("是否列入拆迁", "demolition_within_3_years"), ("拆迁情况", "demolition_within_3_years"),
        ("3年内拆除", "demolition_within_3_years"), ("是否违建", "illegal"),
        ("屋顶是否已出租", "leased_roof"), ("屋顶其他用途", "other_use"),
        ("豁免/是否文保（是/否）", "heritage"), ("屋頂狀況", "disrepair"), ("heritage", "heritage"),
    ],
)  # fmt: skip
def test_columns_that_tell_of_an_exemption_are_known(header: str, kind: str) -> None:
    told = understand([header], {})
    assert told.exemption_flags == {header: kind}
    assert told.meanings == {}
    assert known(header)


@pytest.mark.parametrize("header", ["学校", "是", "2023", "第一中学", "=cmd|'/c calc'!A0", "", "/"])
def test_what_is_no_header_is_not_known(header: str) -> None:
    assert not known(header)
    assert not familiar(header)
    assert understand([header], {}).unused == (header,)


@pytest.mark.parametrize(
    "header", ["?" * 500, "建" * 500, "(" * 500, "/" * 500, "\x00\ud800", "建筑面积" * 100]
)
def test_hostile_headers_are_left_aside(header: str) -> None:
    told = understand([header], {})
    assert told.meanings == {}
    assert told.unused == (header,)


def test_every_header_is_used_or_told_as_unused() -> None:
    headers = ["建筑面积", "总建筑面积", "colour", "X坐标", "Y坐标", "是否危房", "竣工年分", "备注"]
    told = understand(headers, {})
    used = {m.source for m in told.meanings.values()} | {*told.place.values()}
    used |= {*told.exemption_flags} | {*told.beside.values()}
    assert used | {*told.unused} == {*headers}
    assert not used & {*told.unused}


@pytest.mark.parametrize(
    ("name", "word"),
    [(name, word) for name, text in BESIDE_HEADERS.items() for word in text.split()],
)
def test_every_word_for_what_is_read_beside_is_understood(name: str, word: str) -> None:
    told = understand([word], {})
    assert (told.meanings, told.beside, told.unused) == ({}, {name: word}, ())
    assert known(word)


@pytest.mark.parametrize(
    ("header", "name", "unit"),
    [
        ("已安装光伏(kW)", "existing_pv_kwp", "kw"), ("已装光伏(kWp)", "existing_pv_kwp", "kwp"),
        ("已装光伏（㎡）", "existing_pv_area_m2", "m2"), ("光伏装机容量", "existing_pv_kwp", ""),
        ("装机容量(kW)", "existing_pv_kwp", "kw"), ("装机容量（MW）", "existing_pv_kwp", "mw"),
        ("用途類別", "use", ""), ("用途类别", "use", ""), ("单位性质", "use", ""),
        ("机构全称", "institution", ""), ("单体名称", "name", ""), ("用逮", "use", ""),
        ("总面积(㎡)", "floor_area_m2", "m2"), ("檐高", "height_m", ""), ("层敉", "floors", ""),
        ("建筑物基底面积", "footprint_area_m2", ""), ("不宜安装原因", "exemption", ""),
        ("文号", "exemption_document", ""),
    ],
)  # fmt: skip
def test_the_headers_of_officers_are_understood(header: str, name: str, unit: str) -> None:
    told = understand([header], {})
    assert {n: (m.source, m.unit) for n, m in told.meanings.items()} == {name: (header, unit)}
    assert told.beside == {}


@pytest.mark.parametrize(
    "header",
    ["是否安装光伏", "是否已安装光伏", "是否(已)安装光伏", "是否（已）装光伏", "有无光伏",
     "有无屋顶光伏", "是否已安装屋顶分布式光伏", "是否安装太阳能光伏发电系统", "是否安裝光伏",
     "屋顶是否已安装光伏", "是否安装了光伏", "光伏是否已安装", "是否有光伏设施",
     "*是否安装光伏（是/否）"],
)  # fmt: skip
def test_a_question_whether_there_is_pv_is_understood(header: str) -> None:
    told = understand([header], {})
    assert (told.meanings, told.exemption_flags, told.beside) == ({}, {}, {"has_pv": header})
    assert known(header)


@pytest.mark.parametrize(
    "header",
    ["是否可安装光伏", "是否适宜安装光伏", "是否拟安装光伏", "是否计划安装光伏", "是否具备安装条件",
     "规划/是否安装光伏", "是否同意安装光伏"],
)  # fmt: skip
def test_a_question_whether_there_could_be_pv_is_another(header: str) -> None:
    told = understand([header], {})
    assert (told.meanings, told.exemption_flags, told.beside) == ({}, {}, {})


def test_a_unit_below_the_header_makes_a_capacity_of_it_too() -> None:
    told = understand(["已装光伏"], {}, {"已装光伏": "(kW)"})
    assert told.meanings["existing_pv_kwp"].unit == "kw"
    assert understand(["装机容量"], {}, {"装机容量": "kW"}).meanings["existing_pv_kwp"].unit == "kw"


def test_what_is_the_surer_word_comes_first() -> None:
    assert _read("总面积", "建筑面积")["floor_area_m2"] == "建筑面积"
    assert _read("单位性质", "用途")["use"] == "用途"
    assert _read("檐高", "高度")["height_m"] == "高度"
    told = understand(["装机容量(kW)", "已装光伏(kW)"], {})
    assert told.meanings["existing_pv_kwp"].source == "已装光伏(kW)"
    told = understand(["已装光伏(kW)", "光伏装机容量", "是否安装光伏"], {})
    assert told.meanings["existing_pv_kwp"].source == "光伏装机容量"
    assert told.beside == {"has_pv": "是否安装光伏"}


@pytest.mark.parametrize(
    "header",
    ["装机容量", "装机容量（kVA）", "是否可安装光伏", "拟安装光伏（kW）"],
)  # fmt: skip
def test_what_could_be_installed_is_not_what_is(header: str) -> None:
    told = understand([header], {})
    assert (told.meanings, told.beside, told.unused) == ({}, {}, (header,))


@pytest.mark.parametrize(
    ("header", "name", "unit"),
    [
        ("可安装光伏屋顶面积", "usable_area_m2", ""),
        ("屋顶可安装光伏面积（㎡）", "usable_area_m2", "m2"),
        ("可利用屋顶面积（万m²）", "usable_area_m2", "万m2"),
        ("可利用屋頂面積（畝）", "usable_area_m2", "亩"),
        ("可安裝光伏屋頂面積", "usable_area_m2", ""),
        ("屋顶面积（可安装光伏）", "usable_area_m2", ""),
        ("屋顶面积（可利用）", "usable_area_m2", ""),
        ("Usable area (m2)", "usable_area_m2", "m2"),
        ("屋顶绿化面积㎡", "other_use_area_m2", "m2"),
        ("屋頂綠化面積", "other_use_area_m2", ""), ("屋頂佔用面積", "other_use_area_m2", ""),
        ("设计装机容量（MW）", "stated_kwp", "mw"), ("設計裝機容量", "stated_kwp", ""),
        ("可装容量(kWp)", "stated_kwp", "kwp"), ("规划/装机容量（kW）", "stated_kwp", "kw"),
        ("装机容量（拟装）kW", "stated_kwp", "kw"), ("擬裝光伏容量", "stated_kwp", ""),
        ("屋面活荷载（kN/m²）", "roof_live_load_kn_per_m2", "kn/m2"),
        ("屋面活荷载标准值 kN/m2", "roof_live_load_kn_per_m2", "kn/m2"),
        ("屋面活荷载kN/㎡", "roof_live_load_kn_per_m2", "kn/m2"),
        ("屋面活荷載(kPa)", "roof_live_load_kn_per_m2", "kpa"),
        ("roof live load [kPa]", "roof_live_load_kn_per_m2", "kpa"),
        # Words of the neighbours stay theirs.
        ("屋顶面积", "roof_area_m2", ""), ("屋顶总面积（㎡）", "roof_area_m2", "m2"),
        ("已装光伏面积", "existing_pv_area_m2", ""), ("光伏安装面积", "existing_pv_area_m2", ""),
        ("已安装光伏容量", "existing_pv_kwp", ""),
        ("现有光伏装机容量(kW)", "existing_pv_kwp", "kw"),
        ("装机容量（kW）", "existing_pv_kwp", "kw"),
    ],
)  # fmt: skip
def test_what_is_stated_of_the_roof_goes_to_its_own_column(
    header: str, name: str, unit: str
) -> None:
    told = understand([header], {}).meanings
    assert {ours: (m.source, m.unit) for ours, m in told.items()} == {name: (header, unit)}


@pytest.mark.parametrize(
    "header", ["绿化面积", "屋面荷载", "可安装面积（kW）", "设计容量（m2）", "活荷载（元）"]
)
def test_what_only_looks_like_it_is_not_taken(header: str) -> None:
    assert understand([header], {}).meanings == {}


def test_one_list_with_all_of_them_loses_none() -> None:
    headers = {
        "roof_area_m2": "屋顶面积（㎡）", "existing_pv_area_m2": "已装光伏面积（㎡）",
        "existing_pv_kwp": "已装光伏容量（kW）", "usable_area_m2": "可用屋顶面积（㎡）",
        "other_use_area_m2": "其他占用面积（㎡）", "stated_kwp": "规划装机容量（kW）",
        "roof_live_load_kn_per_m2": "活荷载",
    }  # fmt: skip
    assert _read(*headers.values()) == headers
    # A planned capacity is none of the plane table's own.
    assert _read("屋面编号", "可装容量")["kwp"] == "可装容量"


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("文保级别", "heritage"), ("拟拆除时间", "demolition_within_3_years"),
        ("屋顶已用作他用", "other_use"), ("屋顶是否已用作他用", "other_use"),
    ],
)  # fmt: skip
def test_more_columns_that_ask_for_an_exemption(header: str, kind: str) -> None:
    assert understand([header], {}).exemption_flags == {header: kind}


def test_what_stands_beside_may_be_stated() -> None:
    told = understand(["PV?", "Bem."], {"has_pv": "PV?", "remarks": "Bem."})
    assert told.beside == {"has_pv": "PV?", "remarks": "Bem."}


def test_a_header_is_taken_apart() -> None:
    found = forms("规划/建筑面积（含地下）/万㎡")
    assert [(form.word, form.dropped) for form in found] == [
        ("规划建筑面积含地下", ()), ("规划建筑面积", ("含地下",)),
        ("建筑面积含地下", ("规划",)), ("建筑面积", ("规划", "含地下")),
    ]  # fmt: skip
    assert {form.unit for form in found} == {"万m2"}
    assert [form.limited for form in found] == [False, False, True, True]
    assert [form.general for form in found] == [True, True, False, False]


@pytest.mark.parametrize(
    ("damaged", "word", "well"),
    [
        ("建巩面积", "建筑面积", 2), ("建禾面积", "建筑面积", 1), ("建水面积", "建筑面积", 0),
        ("建筑面积", "建筑面积", 0), ("weight", "height", 0), ("he1ght", "height", 2),
        ("径度", "经度", 2), ("禾度", "经度", 0), ("禾禾面积", "建筑面积", 0),
    ],
)  # fmt: skip
def test_how_well_damage_fits_a_word(damaged: str, word: str, well: int) -> None:
    assert likeness(damaged, word, frozenset("度")) == well


def test_text_is_folded_to_its_plain_form() -> None:
    assert plain_text(" Ａｂ\u3000\n１２㎡\u200b—二〇") == "ab 12m2-二零"
    assert simplified("建築總層數") == "建筑总层数"
    assert plain_text("39º") == "39°"


@pytest.mark.parametrize("key", sorted(key for key in texts() if key.startswith("columns.")))
def test_what_is_said_of_columns_is_said_in_both_languages(key: str) -> None:
    assert {*texts()[key]} == {*LANGUAGES}
