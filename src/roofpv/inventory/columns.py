"""How a file's own column names and words become ours."""

from __future__ import annotations

from collections.abc import Mapping

from roofpv import schema
from roofpv.errors import InvalidConfig

# Headers that officers use, and the names of the open footprint sets.
ALIASES: Mapping[str, str] = {
    "建筑编号": "building_id",
    "建筑名称": "name",
    "单位名称": "institution",
    "区县": "district",
    "县区": "district",
    "所属区县": "district",
    "建筑用途": "use",
    "建筑类型": "use",
    "用途": "use",
    "产权": "ownership",
    "产权性质": "ownership",
    "竣工年份": "completed",
    "建成年份": "completed",
    "竣工日期": "completed",
    "层数": "floors",
    "地上层数": "floors",
    "建筑高度": "height_m",
    "高度": "height_m",
    "建筑面积": "floor_area_m2",
    "屋顶面积": "roof_area_m2",
    "屋面面积": "roof_area_m2",
    "屋面形式": "roof_type",
    "屋顶形式": "roof_type",
    "倾角": "surface_tilt",
    "方位角": "surface_azimuth",
    "已装光伏容量": "existing_pv_kwp",
    "已装光伏面积": "existing_pv_area_m2",
    "年用电量": "annual_load_kwh",
    "豁免原因": "exemption",
    "经度": "lon",
    "纬度": "lat",
    "海拔": "altitude_m",
    "海拔高度": "altitude_m",
    "地面高程": "altitude_m",
    "longitude": "lon",
    "latitude": "lat",
    "height": "height_m",
    "levels": "floors",
    "building:levels": "floors",
    "num_floors": "floors",
    "wkt": "geometry",
    # Words that may mean less than their column: only where nothing better is there.
    "名称": "name",
    "单位": "institution",
    "编号": "building_id",
    "id": "building_id",
    "序号": "building_id",
}

USE_WORDS: Mapping[str, str] = {
    "政府": "government",
    "党政机关": "government",
    "机关": "government",
    "办公": "government",
    "学校": "school",
    "教育": "school",
    "education": "school",
    "医院": "hospital",
    "医疗": "hospital",
    "卫生": "hospital",
    "medical": "hospital",
    "其他公共": "other_public",
    "公共": "other_public",
    "文化": "other_public",
    "体育": "other_public",
    "civic": "other_public",
    "住宅": "residential",
    "居住": "residential",
    "工业": "industrial",
    "厂房": "industrial",
    "商业": "commercial",
}

OWNERSHIP_WORDS: Mapping[str, str] = {
    "公有": "public",
    "国有": "public",
    "公共机构": "public",
    "私有": "private",
    "民办": "private",
    "民营": "private",
}

ROOF_WORDS: Mapping[str, str] = {
    "平": "flat",
    "平屋面": "flat",
    "平屋顶": "flat",
    "坡": "gabled",
    "坡屋面": "gabled",
    "坡屋顶": "gabled",
    "pitched": "gabled",
    "彩钢": "steel",
    "彩钢瓦": "steel",
    "skillion": "shed",
}


def name_columns(found: list[str], stated: Mapping[str, str]) -> dict[str, str]:
    """
    Which of the file's columns holds which of ours, where the names differ.

    Parameters
    ----------
    found : list of str
        Column names of the file.
    stated : mapping
        Our name -> the file's, from ``[columns]`` of the configuration; it comes before any guess.

    Returns
    -------
    dict
        Our name -> the file's.

    Raises
    ------
    InvalidConfig
        A stated column that the file does not have, or a name that is not ours.
    """
    ours = {*schema.names(schema.INVENTORY), *schema.names(schema.PLANE_INVENTORY)}
    for name, source in stated.items():
        if name not in ours:
            raise InvalidConfig(
                f"[columns] {name}", "not one of roofpv's columns", f"Use one of {sorted(ours)}"
            )
        if source not in found:
            raise InvalidConfig(
                f"[columns] {name}", f"the file has no column {source!r}", f"It has {found}"
            )
    names = dict(stated)
    used = {*stated.values()}
    # Our own name first, in any case; then the aliases in the order of the table above.
    wanted = {**{name.lower(): name for name in ours}, **ALIASES}
    for alias, name in wanted.items():
        match = [c for c in found if c.strip().lower() == alias and c not in used]
        if match and name not in names:
            names[name] = match[0]
            used.add(match[0])
    return {name: source for name, source in names.items() if name != source}
