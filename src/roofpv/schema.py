"""The data dictionary: every public column's name, unit, type, range and meaning (en, zh)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "number", "date", "year", "choice", "flag", "geometry"]

USES = (
    "government",
    "school",
    "hospital",
    "other_public",
    "residential",
    "industrial",
    "commercial",
    "unknown",
)
OWNERSHIPS = ("public", "private", "unknown")
ROOF_TYPES = ("flat", "gabled", "shed", "hipped", "pyramidal", "steel", "unknown")
EVIDENCE_GRADES = {
    "A": "measured planes or a roof survey",
    "B": "footprint and height",
    "C": "footprint only",
    "D": "floor area and storeys only",
}
STATUSES = ("assessed", "excluded")
# Tariffs that come with roofpv, and the classes of sales prices that lists name.
TARIFFS = ("flat", "ningxia-general", "ningxia-general-2024", "ningxia-residential")
TARIFF_CATEGORIES = ("residential", "general", "large_industrial")


@dataclass(frozen=True)
class Column:
    """One column: ``low`` and ``high`` are the inclusive bounds of a believable value."""

    name: str
    kind: Kind
    unit: str
    en: str
    zh: str
    low: float = float("-inf")
    high: float = float("inf")
    choices: tuple[str, ...] = ()


_LOCATION = (
    Column("lon", "number", "deg", "longitude, WGS84", "经度", -180.0, 180.0),
    Column("lat", "number", "deg", "latitude, WGS84", "纬度", -90.0, 90.0),
)

_ALTITUDE = Column(
    "altitude_m", "number", "m", "ground level above the sea", "海拔", -500.0, 9000.0
)

_ORIENTATION = (
    Column("surface_tilt", "number", "deg", "tilt from horizontal", "倾角", 0.0, 90.0),
    Column(
        "surface_azimuth", "number", "deg", "azimuth clockwise from north", "方位角", 0.0, 360.0
    ),
)

# What a survey or a design says of the roof; it comes before what is worked out here.
_STATED_OF_ROOF = (
    Column(
        "usable_area_m2",
        "number",
        "m2",
        "roof that can carry PV, by survey",
        "可安装光伏屋顶面积",
        0.0,
        5e6,
    ),
    Column(
        "other_use_area_m2",
        "number",
        "m2",
        "roof taken by a green roof or another use",
        "屋顶绿化或其他占用面积",
        0.0,
        5e6,
    ),
    Column("stated_kwp", "number", "kWp", "PV capacity to be set on it", "拟装光伏容量", 0.0, 1e6),
    Column(
        "roof_live_load_kn_per_m2",
        "number",
        "kN/m2",
        "live load of the roof",
        "屋面活荷载",
        0.0,
        50.0,
    ),
)

INVENTORY = (
    Column("building_id", "text", "", "key of the building", "建筑编号"),
    Column("name", "text", "", "name of the building", "建筑名称"),
    Column("institution", "text", "", "institution that uses it", "单位名称"),
    Column(
        "institution_id", "text", "", "registration number of the institution", "统一社会信用代码"
    ),
    Column("district", "text", "", "district", "区县"),
    Column("use", "choice", "", "use class", "建筑用途", choices=USES),
    Column("ownership", "choice", "", "who owns it", "产权", choices=OWNERSHIPS),
    Column("completed", "date", "", "date or year of completion", "竣工年份"),
    Column("floors", "number", "", "storeys above ground", "层数", 0.5, 200.0),
    Column("height_m", "number", "m", "height above ground", "建筑高度", 0.1, 1000.0),
    Column("floor_area_m2", "number", "m2", "gross floor area", "建筑面积", 0.1, 5e6),
    Column("footprint_area_m2", "number", "m2", "area of the footprint", "基底面积", 0.1, 5e6),
    Column("roof_area_m2", "number", "m2", "roof area by survey", "屋顶面积", 0.1, 5e6),
    Column("roof_type", "choice", "", "form of the roof", "屋面形式", choices=ROOF_TYPES),
    *_ORIENTATION,
    Column(
        "roof_height_m", "number", "m", "roof from eaves to ridge", "檐口至屋脊高差", 0.0, 100.0
    ),
    Column("existing_pv_kwp", "number", "kWp", "PV capacity installed now", "已装光伏容量", 0, 1e6),
    Column(
        "existing_pv_area_m2",
        "number",
        "m2",
        "PV module area installed now",
        "已装光伏面积",
        0,
        5e6,
    ),
    Column("existing_pv_date", "date", "", "date of the PV installed now", "光伏并网日期"),
    Column("annual_load_kwh", "number", "kWh", "electricity used in a year", "年用电量", 0.0, 1e10),
    Column("exemption", "text", "", "reason why the rule does not apply", "豁免原因"),
    Column("exemption_document", "text", "", "document that exempts it", "豁免依据文件"),
    *_STATED_OF_ROOF,
    *_LOCATION,
    _ALTITUDE,
    Column("geometry", "geometry", "", "footprint", "建筑轮廓"),
)


def _area(name: str, en: str, zh: str) -> Column:
    return Column(name, "number", "m2", en, zh, 0.0, 5e6)


# What rules and bills ask of a building beyond the inventory's own columns: a list may have them, a
# result has those that the list has. Flags are 1 and 0 here, years are numbers.
ASKED = (
    _area("useful_floor_area_m2", "useful floor area", "使用面积"),
    _area("conditioned_floor_area_m2", "floor area that is heated or cooled", "供暖空调面积"),
    Column("dwelling_units", "number", "dwellings", "number of dwellings", "住宅套数", 0.0, 1e5),
    Column("climate_zone", "text", "", "climate zone of the rule's own map", "气候区"),
    Column(
        "pv_factor_w_per_ft2",
        "number",
        "W/ft2",
        "PV asked for by the table of the rule, for its use and zone",
        "规则表列光伏指标",
        0.0,
        1e3,
    ),
    Column(
        "rural_home", "flag", "", "1 where it is a home in a village, 0 where not", "是否农村住宅"
    ),
    _area(
        "solar_access_roof_m2",
        "roof with the solar access that the rule asks for",
        "满足日照要求的屋顶面积",
    ),
    _area(
        "net_roof_area_m2",
        "roof less shade, structures, skylights, other use and north sides",
        "屋顶净面积",
    ),
    _area("plot_roof_area_m2", "all roof on the plot", "地块屋顶总面积"),
    _area(
        "suitable_roof_area_m2", "roof suitable for PV, as the rule defines it", "适宜光伏屋顶面积"
    ),
    _area("green_roof_area_m2", "green roof", "规则所指绿化屋顶面积"),
    Column(
        "green_roof_duty",
        "flag",
        "",
        "1 where a green roof is prescribed, 0 where not",
        "是否要求屋顶绿化",
    ),
    _area("solar_thermal_area_m2", "solar thermal collectors", "太阳能集热器面积"),
    _area("facade_pv_area_m2", "PV on the facade", "立面光伏面积"),
    _area(
        "converted_facade_pv_area_m2",
        "PV on the facade, converted to roof as the rule says",
        "立面光伏折算面积",
    ),
    _area("carport_pv_area_m2", "PV on carports of the plot", "车棚光伏面积"),
    _area("shaded_roof_area_m2", "roof in shade, as the rule defines it", "屋顶遮挡面积"),
    _area("roof_plant_area_m2", "roof taken by plant", "规则所指屋顶设备面积"),
    _area("best_south_plane_m2", "largest roof plane that faces about south", "最大南向屋面面积"),
    _area(
        "second_south_plane_m2",
        "second largest roof plane that faces about south",
        "第二大南向屋面面积",
    ),
    Column("renovation_year", "year", "", "year of the major renovation", "重大改造年份"),
    Column("reroofing_year", "year", "", "year in which the roof was renewed", "屋面翻新年份"),
    _area(
        "builder_floor_area_m2",
        "floor area that its builder completes in a year",
        "建设单位年竣工面积",
    ),
    Column("tariff", "text", "", "tariff that it pays by: an id, or a class of prices", "电价类别"),
)

# What the check of an inventory adds to it.
CHECKED = (
    Column("source_sheet", "text", "", "sheet of the row in the file", "来源工作表"),
    Column("use_confidence", "number", "1", "how sure the use class is", "用途可信度", 0.0, 1.0),
    Column("use_basis", "text", "", "what the use class rests on", "用途判定依据"),
    Column("use_alternative", "text", "", "use class that it may be instead", "可能的其他用途"),
    Column("exemption_kind", "text", "", "kind of the exemption", "豁免类别"),
    Column("institution_key", "text", "", "institution, by its number or name", "单位标识"),
    Column(
        "existing_pv",
        "choice",
        "",
        "whether there is PV now",
        "是否已装光伏",
        choices=("yes", "no", "unknown"),
    ),
    Column("roof_area_approximate", "flag", "", "roof_area_m2 is no survey", "屋顶面积为约数"),
)

PLANE_INVENTORY = (
    Column("plane_id", "text", "", "key of the plane", "屋面编号"),
    Column("building_id", "text", "", "key of its building", "建筑编号"),
    *_ORIENTATION,
    Column("area_m2", "number", "m2", "true area of the plane", "屋面面积", 0.1, 5e6),
    Column("kwp", "number", "kWp", "capacity to simulate, no layout made", "装机容量", 0.0, 1e6),
    Column(
        "dc_ac_ratio",
        "number",
        "1",
        "over its inverter's; else inverter.dc_ac_ratio",
        "容配比",
        0.5,
        3.0,
    ),
    *_LOCATION,
    _ALTITUDE,
)

RESULT = (
    Column("status", "choice", "", "assessed or excluded", "状态", choices=STATUSES),
    Column("status_reason", "text", "", "why it was excluded", "状态原因"),
    Column("weather_site", "text", "", "weather site used", "气象站点"),
    Column("gross_roof_area_m2", "number", "m2", "whole roof, true area", "屋顶总面积"),
    Column("installable_area_m2", "number", "m2", "roof that can carry PV", "可安装光伏屋顶面积"),
    Column("module_area_m2", "number", "m2", "sloped module area (N1)", "组件面积"),
    Column(
        "projected_module_area_m2",
        "number",
        "m2",
        "modules seen from above (N2)",
        "组件水平投影面积",
    ),
    Column(
        "array_field_area_m2", "number", "m2", "array field with row gaps (N3)", "光伏方阵占地面积"
    ),
    Column("module_count", "number", "", "whole modules", "组件数量"),
    Column("kwp", "number", "kWp", "DC capacity that fits", "可装容量"),
    Column("layout", "text", "", "layout of the flat roof, or flush", "布置方式"),
    Column(
        "layout_lost_kwh",
        "number",
        "kWh",
        "energy a year below the most productive layout, same capacity",
        "布置方式少发电量",
    ),
    Column(
        "array_load_kn_per_m2", "number", "kN/m2", "weight of the array on its field", "光伏荷载"
    ),
    Column(
        "load_check",
        "choice",
        "",
        "weight against the live load; no structural check",
        "荷载初判",
        choices=("within", "above"),
    ),
    Column(
        "poa_kwh_per_m2", "number", "kWh/m2", "irradiation on the array, a year", "阵列面辐照量"
    ),
    Column("shading_loss_fraction", "number", "1", "energy lost to shade", "遮挡损失率"),
    Column("ac_kwh", "number", "kWh", "AC energy of the first year", "首年发电量"),
    Column("ac_kwh_p50", "number", "kWh", "AC energy exceeded in half the cases", "首年发电量P50"),
    Column("ac_kwh_p75", "number", "kWh", "AC energy exceeded in 3 of 4 cases", "首年发电量P75"),
    Column("ac_kwh_p90", "number", "kWh", "AC energy exceeded in 9 of 10 cases", "首年发电量P90"),
    Column("lifetime_kwh_p50", "number", "kWh", "the same of the whole life", "寿命期发电量P50"),
    Column("lifetime_kwh_p75", "number", "kWh", "the same of the whole life", "寿命期发电量P75"),
    Column("lifetime_kwh_p90", "number", "kWh", "the same of the whole life", "寿命期发电量P90"),
    Column(
        "yield_shared_sd_fraction",
        "number",
        "1",
        "one standard deviation of the yield, by errors that roofs share",
        "等效利用小时数共同误差（相对标准差）",
    ),
    Column(
        "specific_yield_kwh_per_kwp", "number", "kWh/kWp", "yield per capacity", "等效利用小时数"
    ),
    Column("capex_cny", "number", "CNY", "investment", "投资"),
    Column("lcoe_cny_per_kwh", "number", "CNY/kWh", "levelised cost of energy", "平准化度电成本"),
    Column("npv_cny", "number", "CNY", "net present value", "净现值"),
    Column("irr", "number", "1/a", "internal rate of return", "内部收益率"),
    Column("payback_years", "number", "a", "time until the money is back", "投资回收期"),
    Column(
        "discounted_payback_years", "number", "a", "the same of discounted money", "动态投资回收期"
    ),
    Column("lifetime_kwh", "number", "kWh", "AC energy of the whole life", "全寿命发电量"),
    Column("own_use_kwh", "number", "kWh", "AC energy used on site, hour by hour", "自用电量"),
    Column("export_kwh", "number", "kWh", "AC energy fed into the grid", "上网电量"),
    Column("saved_cny", "number", "CNY", "bill saved in the first year by own use", "首年节省电费"),
    Column("sold_cny", "number", "CNY", "earned in the first year by export", "首年上网收入"),
    Column("self_use_fraction", "number", "1", "share of the energy used on site", "自用比例"),
    Column("self_supply_fraction", "number", "1", "share of the load met by own use", "自给比例"),
    Column("avoided_kgco2", "number", "kg", "carbon avoided in the first year", "首年减排量"),
    Column("embodied_kgco2", "number", "kg", "carbon of making and mounting", "隐含碳排放"),
    Column("carbon_payback_years", "number", "a", "time until that carbon is avoided", "碳回收期"),
    Column(
        "evidence_grade",
        "choice",
        "",
        "what the roof rests on",
        "证据等级",
        choices=tuple(EVIDENCE_GRADES),
    ),
    Column(
        "gross_roof_area_sd_fraction",
        "number",
        "1",
        "one standard deviation of the roof area",
        "屋顶面积相对标准差",
    ),
    Column("estimated_height_m", "number", "m", "height, where none is stated", "估算建筑高度"),
    Column(
        "height_basis",
        "choice",
        "",
        "what the height rests on",
        "建筑高度依据",
        choices=("stated", "storeys", "use"),
    ),
    Column("installed_kwp", "number", "kWp", "installed now, stated or by area", "现有容量"),
    Column("existing_module_area_m2", "number", "m2", "installed now (N1)", "现有组件面积"),
    Column(
        "existing_projected_module_area_m2", "number", "m2", "installed now (N2)", "现有投影面积"
    ),
    Column("existing_array_field_area_m2", "number", "m2", "installed now (N3)", "现有方阵面积"),
    Column("existing_ac_kwh", "number", "kWh", "AC energy of what is installed", "现有发电量"),
    Column("load_kwh", "number", "kWh", "electricity used, stated or estimated", "用电量"),
    Column("load_is_estimate", "flag", "", "load from floor area and use", "用电量为估算"),
    Column("tariff_id", "text", "", "tariff by which its energy is valued", "执行电价"),
)

# Of planes.parquet, where the surroundings are given; losses are shares of the AC energy in the
# open.
SHADE = (
    Column(
        "solar_access",
        "number",
        "1",
        "light on the bare plane, of that in the open",
        "光照可达率",
        0.0,
        1.0,
    ),
    Column(
        "terrain_loss_fraction", "number", "1", "energy lost to the far horizon", "地形遮挡损失率"
    ),
    Column(
        "neighbours_loss_fraction",
        "number",
        "1",
        "energy lost to buildings around, beyond that",
        "周边建筑遮挡损失率",
    ),
    Column(
        "own_loss_fraction",
        "number",
        "1",
        "energy lost to parts of the building itself, beyond these",
        "本建筑遮挡损失率",
    ),
    Column(
        "surface_loss_fraction",
        "number",
        "1",
        "energy lost to what is solid in the surface model, beyond these",
        "地表模型遮挡损失率",
    ),
    Column(
        "trees_loss_fraction", "number", "1", "energy lost to trees, beyond these", "树木遮挡损失率"
    ),
    Column(
        "shading_loss_fraction",
        "number",
        "1",
        "energy lost to shade, the sum of these",
        "遮挡损失率",
    ),
    Column(
        "shading_not_known", "text", "", "sources that do not know the plane", "无遮挡数据的来源"
    ),
    Column(
        "shade_height_basis",
        "choice",
        "",
        "what the height rests on from which it looks at its neighbours",
        "遮挡计算所用高度的依据",
        choices=("stated", "context", "storeys", "use"),
    ),
)

# Of buildings and planes, where the assessment keeps the waterfall.
WATERFALL = (
    Column(
        "clipping_loss_fraction",
        "number",
        "1",
        "energy lost above the rating of the inverter",
        "逆变器限功率损失率",
        0.0,
        1.0,
    ),
)


def names(columns: tuple[Column, ...]) -> list[str]:
    """Names of columns, in their order."""
    return [column.name for column in columns]
