"""Words that headers of building lists are made of: what each of our columns is called."""

from __future__ import annotations

from collections.abc import Mapping

from roofpv import schema

# Our column -> what others call it, the surest first: where a file has several, the first one that
# it has is taken. Sources, beside the usual Chinese registers: Overture, OpenStreetMap, EUBUCCO,
# Google and Microsoft footprints, CityJSON and CityGML, 3DBAG, 3dfier; and the names that a
# shapefile cuts to ten characters.
HEADERS: Mapping[str, str] = {
    "building_id": "建筑编号 建筑物编号 建筑编码 建筑物编码 建筑代码 建筑id 楼栋编号 楼栋编码 "
    "楼宇编号 房屋编号 房屋编码 房屋代码 房屋id 图斑编号 图斑号 唯一标识 唯一标识码 building_i "
    "bldg_id buildingid gml_id gmlid identificatie lokaalid localid osm_id osm_way_id @id "
    "full_plus_code globalid uuid 编号 编码 id uid 楼栋号 幢号 栋号 楼号 fid gid objectid ogc_fid "
    "序号 顺序号",
    "name": "建筑名称 建筑物名称 楼宇名称 楼栋名称 房屋名称 大楼名称 楼名 楼栋名 幢名 栋名 "
    "建筑楼名 单体名称 单体建筑名称 项目名称 工程名称 building_name bldg_name names.primary "
    "name:zh 名称 楼栋",
    "institution": "单位名称 公共机构名称 机构名称 使用单位名称 使用单位 单位全称 机构全称 "
    "学校名称 "
    "医院名称 用能单位名称 用能单位 所属单位 institutio institution_name operator 单位 机构 "
    "产权单位名称 产权单位",
    "institution_id": "统一社会信用代码 统一社会信 社会信用代码 统一信用代码 信用代码 "
    "组织机构代码 单位代码 机构代码 uscc",
    "district": "区县 县区 所属区县 所属县区 所在区县 所在县区 区县名称 县区名称 县市区 市县区 "
    "县市 行政区 所属行政区 行政区划 行政区域 行政区名称 所属区域 辖区 所属辖区 所在地区 "
    "district_name county addr:district addr:county 区 县",
    "use": "建筑用途 建筑类型 建筑类别 建筑功能 建筑使用功能 建筑类型用途 建筑用途类型 建筑物用途 "
    "建筑物类型 建筑物类别 用途类别 用途类型 使用功能 使用用途 主要用途 主要功能 现状用途 "
    "房屋用途 房屋类型 "
    "房屋类别 实际用途 使用性质 建筑性质 公共机构类型 公共机构类别 机构类型 机构类别 单位类型 "
    "单位类别 building_use building:use building_type class subtype amenity building function "
    "usage fclass type 用途 类型 类别 功能 规划用途 设计用途 单位性质",
    "ownership": "产权 产权性质 产权归属 产权类型 产权类别 产权情况 权属 权属性质 权属情况 所有权 "
    "所有权性质 所有制 所有制形式 ownership_type",
    "completed": "竣工年份 竣工日期 竣工时间 竣工年月 竣工年度 竣工年代 竣工年 竣工验收日期 "
    "竣工验收时间 建成年份 建成日期 建成时间 建成年代 建成年月 建成年度 建成年 建造年份 建造年代 "
    "建造时间 建筑年份 建筑年代 建筑年 建设年份 建设年代 修建年份 修建年代 修建时间 落成年份 "
    "落成时间 投用时间 投用年份 投入使用时间 投入使用年份 投入使用日期 启用时间 建设时间 "
    "completion_year completion_date year_built built_year construction_year yearofconstruction "
    "year_of_construction year_of_completion oorspronkelijkbouwjaar bouwjaar start_date age",
    "floors": "地上层数 地上楼层数 地上楼层 地面以上层数 层数地上 楼层数地上 层数 建筑层数 楼层数 "
    "房屋层数 建筑物层数 层数地上地下 楼层数地上地下 建筑层数地上地下 building:levels num_floors "
    "number_of_floors no_of_floors number_of_storeys no_of_storeys storeysaboveground "
    "numberofstoreys b3_bouwlagen levels storeys stories floor 楼层 总层数 建筑总层数 总楼层",
    "height_m": "model_height_m "
    "建筑高度 建筑物高度 建筑总高度 建筑总高 房屋高度 楼高 building:height "
    "building_height bldg_height measuredheight height 高度 总高度 檐口高度 檐高",
    "floor_area_m2": "建筑面积 总建筑面积 建筑总面积 房屋建筑面积 建筑物面积 建筑面积合计 "
    "建筑面积总计 建筑总建筑面积 gross_floor_area floor_area grossfloorarea gfa 地上建筑面积 "
    "房屋面积 总面积",
    "roof_area_m2": "屋顶面积 屋面面积 屋顶总面积 屋面总面积 楼顶面积 楼面屋顶面积 天面面积 "
    "屋顶面积实测 实测屋顶面积 roof_area roof_area_",
    "roof_type": "屋面形式 屋顶形式 屋面类型 屋顶类型 屋顶形状 屋面形状 屋面结构形式 屋顶结构形式 "
    "屋面结构 屋顶结构 屋面类别 roof:shape roof_shape rooftype b3_dak_type dak_type",
    "surface_tilt": "倾角 屋面倾角 屋顶倾角 屋面坡度 屋顶坡度 倾斜角 倾斜角度 倾斜度 坡度 坡角 "
    "surface_ti roof:angle roof_angle roof_pitch tilt slope",
    "surface_azimuth": "方位角 屋面方位角 屋顶方位角 屋面朝向 屋顶朝向 surface_az roof:direction "
    "roof_direction roof_azimuth azimuth",
    "roof_height_m": "roof:height roof_height roof_heigh",
    "existing_pv_kwp": "已装光伏容量 已装光伏容 已安装光伏容量 已建光伏容量 已有光伏容量 "
    "现有光伏容量 光伏装机容量 已装光伏装机容量 已安装光伏装机容量 已建光伏装机容量 "
    "现有光伏装机容量 光伏装机规模 光伏装机 光伏容量 已装容量 并网容量 已并网容量 已并网光伏容量 "
    "屋顶光伏容量 屋顶光伏装机容量 光伏系统装机容量 太阳能光伏装机容量 太阳能光电系统装机容量 "
    "pv_kwp installed_kwp 装机容量",
    "existing_pv_area_m2": "已装光伏面积 已装光伏面 已安装光伏面积 已建光伏面积 已有光伏面积 "
    "现有光伏面积 光伏面积 光伏组件面积 光伏板面积 光伏铺设面积 光伏覆盖面积 光伏安装面积 "
    "屋顶光伏面积 已装光伏组件面积 pv_area_m2 pv_area",
    "existing_pv_date": "光伏并网日期 光伏并网时间 光伏并网年份 并网日期 并网时间 并网年份 "
    "光伏投运日期 光伏投运时间 光伏安装日期 光伏安装时间 光伏安装年份 光伏建成时间 光伏建成日期 "
    "光伏建成年份 光伏投产日期 光伏投产时间 已装光伏日期 光伏日期",
    "existing_pv_kwh": "光伏年发电量 光伏发电量 年光伏发电量 已装光伏年发电量 已装光伏发电量 "
    "太阳能光电系统发电量 太阳能光电系统年发电量 太阳能光伏发电量",
    "annual_load_kwh": "年用电量 年度用电量 全年用电量 年总用电量 年用电总量 年用电 年耗电量 "
    "年度耗电量 全年耗电量 年电耗 年电力消费量 年电消费量 电消费量 电力消费量 电力消耗量 电消耗量 "
    "用电量 总用电量 用电总量 耗电量 电耗 annual_loa annual_electricity annual_electricity_kwh "
    "annual_consumption_kwh",
    "exemption": "豁免原因 豁免理由 豁免情况 豁免说明 豁免 免除原因 免除理由 不适用原因 "
    "不适用理由 不宜安装原因 不适宜安装原因 不宜安装光伏原因 不适宜安装光伏原因 不能安装原因 "
    "不能安装光伏原因 无法安装原因 无法安装光伏原因 不具备安装条件原因 exemption_reason 豁免类别 "
    "豁免类型 豁免情形 豁免种类",
    "exemption_document": "豁免依据文件 豁免文件 豁免依据 豁免批文 豁免文号 豁免证明 豁免证明文件 "
    "依据文件 证明文件 批准文号 认定文件 鉴定文件 鉴定报告 鉴定报告编号 文号",
    "lon": "经度 经度坐标 东经 中心经度 x经度 经度x wgs84经度 longitude long lng longitude_wgs84 "
    "x坐标经度",
    "lat": "纬度 纬度坐标 北纬 中心纬度 y纬度 纬度y wgs84纬度 latitude latitude_wgs84 y坐标纬度",
    "altitude_m": "海拔 海拔高度 地面高程 地面海拔 地面标高 高程 altitude elevation ele "
    "b3_h_maaiveld h_maaiveld",
    "geometry": "建筑轮廓 轮廓 建筑边界 wkt the_geom geom wkt_geom geom_wkt shape_wkt",
    "footprint_area_m2": "基底面积 建筑基底面积 建筑物基底面积 基底占地面积 建筑占地面积 "
    "建筑物占地面积 "
    "建筑投影面积 area_in_meters b3_opp_grond",
    "usable_area_m2": "可安装光伏屋顶面积 可安装光伏屋面面积 可安装光伏的屋顶面积 可安装屋顶面积 "
    "可安装屋面面积 可安装光伏面积 屋顶可安装面积 屋面可安装面积 屋顶可安装光伏面积 "
    "屋面可安装光伏面积 屋顶面积可安装光伏 屋面面积可安装光伏 可安装面积 可利用屋顶面积 "
    "可利用屋面面积 屋顶可利用面积 屋面可利用面积 屋顶面积可利用 可用屋顶面积 可用屋面面积 "
    "屋顶可用面积 屋面可用面积 屋顶可使用面积 屋面可使用面积 可使用屋顶面积 可铺设面积 "
    "可铺设光伏面积 屋顶可铺设面积 有效屋顶面积 屋顶有效面积 有效屋面面积 屋面有效面积 "
    "usable_are usable_area usable_roof_area available_roof_area installable_area "
    "installable_roof_area",
    "other_use_area_m2": "屋顶绿化或其他占用面积 屋顶绿化面积 屋面绿化面积 绿化屋顶面积 "
    "绿化屋面面积 "
    "种植屋面面积 种植屋顶面积 屋顶花园面积 其他占用面积 其它占用面积 屋顶占用面积 屋面占用面积 "
    "屋顶其他占用面积 屋面其他占用面积 屋顶其他用途面积 屋面其他用途面积 屋顶已占用面积 "
    "屋面已占用面积 屋顶已利用面积 屋面已利用面积 屋顶设备占用面积 屋面设备占用面积 "
    "other_use_area",
    "stated_kwp": "拟装光伏容量 拟装容量 拟装光伏装机容量 拟装装机容量 拟装机容量 拟安装容量 "
    "拟安装光伏容量 拟建容量 拟建光伏容量 拟建装机容量 拟建光伏装机容量 设计容量 设计装机容量 "
    "设计光伏容量 设计光伏装机容量 光伏设计容量 光伏设计装机容量 规划容量 规划装机容量 "
    "规划光伏容量 "
    "规划光伏装机容量 光伏规划容量 光伏规划装机容量 计划装机容量 计划容量 计划光伏容量 "
    "计划安装容量 可装容量 可装光伏容量 可装机容量 可安装容量 可安装光伏容量 可安装装机容量 "
    "装机容量设计 装机容量规划 装机容量拟装 装机容量拟建 光伏装机容量设计 光伏装机容量规划 "
    "光伏装机容量拟装 光伏装机容量拟建 光伏容量拟装 planned_kwp planned_capacity design_kwp "
    "design_capacity",
    "roof_live_load_kn_per_m2": "屋面活荷载 屋面活荷载标准值 屋顶活荷载 屋顶活荷载标准值 活荷载 "
    "活荷载标准值 屋面均布活荷载 屋面均布活荷载标准值 屋面设计活荷载 屋顶设计活荷载 屋面活载 "
    "屋顶活载 roof_live_ roof_live_load live_load roofliveload",
    "useful_floor_area_m2": "使用面积 有效使用面积 可用建筑面积 建筑使用面积 房屋使用面积 "
    "总使用面积 使用面积合计 净使用面积 useful_floor_area usable_floor_area net_floor_area",
    "conditioned_floor_area_m2": "供暖空调面积 采暖空调面积 空调采暖面积 空调供暖面积 "
    "conditioned_floor_area conditioned_area",
    "dwelling_units": "住宅套数 总户数 住宅户数 居民户数 dwellings number_of_dwellings "
    "num_dwellings housing_units",
    "climate_zone": "气候区 气候分区 气候区划 建筑气候区 建筑气候分区 climatezone cec_climate_zone",
    "rural_home": "农村住宅 农房 是否农房 rural_house",
    "plot_roof_area_m2": "地块屋顶总面积 地块屋顶面积 plot_roof_area",
    "suitable_roof_area_m2": "适宜光伏屋顶面积 适宜屋顶面积 适宜安装光伏屋顶面积 "
    "suitable_roof_area",
    "net_roof_area_m2": "屋顶净面积 屋面净面积 net_roof_area",
    "solar_access_roof_m2": "solar_access_roof_area",
    "green_roof_area_m2": "green_roof_area",
    "solar_thermal_area_m2": "太阳能集热器面积 集热器面积 太阳能集热面积 光热面积 太阳能光热面积 "
    "太阳能热水集热面积 solar_thermal_area collector_area",
    "facade_pv_area_m2": "立面光伏面积 光伏幕墙面积 幕墙光伏面积 外墙光伏面积 墙面光伏面积 "
    "facade_pv_area",
    "carport_pv_area_m2": "车棚光伏面积 光伏车棚面积 停车棚光伏面积 carport_pv_area",
    "shaded_roof_area_m2": "屋顶遮挡面积 屋面遮挡面积 屋顶阴影面积 shaded_roof_area",
    "roof_plant_area_m2": "roof_plant_area",
    "renovation_year": "重大改造年份 大修年份 重大改造时间 大修时间 year_renovated "
    "renovated_year year_of_renovation",
    "reroofing_year": "屋面翻新年份 屋顶翻新年份 屋面翻修年份 屋顶翻修年份 屋面更新年份 "
    "roof_renewal_year year_reroofed",
    "tariff": "电价类型 电价分类 电价种类 电价性质 执行电价类别 执行电价类型 执行电价 用电类别 "
    "用电类型 用电分类 用电性质 用电电价类别 tariff_id tariff_class tariff_category tariff_type "
    "electricity_tariff",
    "plane_id": "屋面编号 屋顶编号 坡面编号 rooftopid roof_id segment_id",
}  # fmt: skip

# In a table of roof planes these mean the plane, not the building.
PLANE_HEADERS: Mapping[str, str] = {
    "area_m2": "屋面面积 屋顶面积 坡面面积 面积 area",
    "kwp": "装机容量 容量 可装容量 capacity",
    "dc_ac_ratio": "容配比 直流交流比 逆变器容配比 dcacratio ilr",
}

# Not columns of ours, but places in metres or in one cell. In Chinese surveying the X axis points
# north, so X坐标 and 纵坐标 are northings.
EASTING, NORTHING, LONLAT, LATLON = "easting_m", "northing_m", "lonlat", "latlon"
PLACE_COLUMNS = (EASTING, NORTHING, LONLAT, LATLON)
PLACE_HEADERS: Mapping[str, str] = {
    EASTING: "y坐标 横坐标 横坐标y 东坐标 东向坐标 坐标y 东坐标y easting point_x coord_x x_coord "
    "xcoord utm_e",
    NORTHING: "x坐标 纵坐标 纵坐标x 北坐标 北向坐标 坐标x 北坐标x northing point_y coord_y "
    "y_coord ycoord utm_n",
    LONLAT: "经纬度 经纬度坐标 坐标 地理坐标 位置坐标 中心坐标 中心点坐标 经度纬度 lonlat lnglat "
    "lon_lat coordinates",
    LATLON: "纬经度 纬度经度 latlon lat_lon latlng",
}

# Columns that are read beside ours: whether there is PV, in words or by the tag of an open data
# set, and remarks, in which a reason to exempt may hide.
HAS_PV, PV_TAG, REMARKS = "has_pv", "pv_tag", "remarks"
BESIDE_COLUMNS = (HAS_PV, PV_TAG, REMARKS)
BESIDE_HEADERS: Mapping[str, str] = {
    HAS_PV: "光伏安装情况 光伏建设情况 光伏情况 屋顶光伏情况 屋顶光伏安装情况 屋顶光伏建设情况 "
    "光伏现状 现有光伏 已安装光伏 已装光伏 已有光伏 已建光伏 已安装屋顶光伏 已建屋顶光伏 安装光伏 "
    "existing_pv pv_installed solar_installed",
    PV_TAG: "generator:source roof:material roof_material roof_mater",
    REMARKS: "备注 备注说明 说明 其他说明 其它说明 情况说明 附注 备注信息 remark notes note "
    "comment comments",
}
# A question whether there is PV: 是否已安装屋顶光伏发电系统; not whether there could be.
ASKS_PV = (
    "(?:屋[顶面])?(?:是否|有无|有没有)(?:已经?)?"
    "(?:有|装有|安装有?|装|建有|建设|建成|建|设有|配有)?了?(?:屋[顶面]|分布式|太阳能)*"
    "光[伏电](?:发电)?(?:系统|设施|设备|项目|电站|组件|板|装置)?"
    "|(?:屋[顶面])?光伏(?:发电)?(?:系统|设施|设备|项目|组件)?"
    "是否(?:已经?)?(?:安装|建设|建成|并网)"
)

# Words that are ours only where a unit says so.
UNIT_NEEDED = frozenset({"装机容量"})

# Kinds of exemption -> what a column is called that says yes or no, or how bad it is.
FLAG_HEADERS: Mapping[str, str] = {
    "heritage": "文保 文保单位 文保建筑 文物 文物建筑 文物保护 文物保护单位 历史建筑 历史保护建筑 "
    "保护建筑 文物保护建筑 文保等级 文保级别 文物保护级别 文物保护等级 heritage is_heritage "
    "listed is_listed monument",
    "unsafe_structure": "危房 危险房屋 危房等级 危房鉴定等级 危险等级 房屋安全等级 "
    "房屋安全鉴定等级 安全鉴定等级 鉴定等级 结构安全 结构安全隐患 安全隐患 unsafe is_unsafe "
    "unsafe_structure",
    "disrepair": "屋面状况 屋顶状况 屋面现状 屋顶现状 屋面完好 屋面破损 屋顶破损 屋面漏水 "
    "屋顶漏水 年久失修 失修 房屋完好程度 房屋状况 disrepair",
    "demolition_within_3_years": "拆迁 拟拆迁 待拆迁 拆迁计划 拆迁范围 拆除 拟拆除 待拆除 "
    "拆除计划 计划拆除 拆除时间 拆除年份 拟拆除时间 拟拆除年份 计划拆除时间 计划拆除年份 "
    "三年内拆除 3年内拆除 三年内拆迁 3年内拆迁 近三年拆除 征收 征收范围 "
    "拆迁征收 demolition",
    "illegal": "违建 违章 违章建筑 违法建筑 违法建设 违规建筑 illegal is_illegal",
    "leased_roof": "租赁 出租 屋顶租赁 屋面租赁 屋顶出租 屋面出租 屋顶已出租 屋面已出租 租用 "
    "leased leased_roof roof_leased",
    "other_use": "屋面其他用途 屋顶其他用途 屋面用途 屋顶用途 屋面占用 屋顶占用 屋面使用 屋顶使用 "
    "屋面他用 屋顶他用 屋面已利用 屋顶已利用 屋面用作他用 屋顶用作他用 屋面已用作他用 "
    "屋顶已用作他用 屋面已作他用 屋顶已作他用 other_use roof_use",
}

# What stands beside our columns in such files and means something else. It is here so that no
# guess takes it for damage of a word of ours: 年用水量 is not 年用电量 with one wrong character.
# 占地面积 alone is as often the land of an institution as the footprint of its building.
OTHER_HEADERS = (
    "地址 详细地址 建筑地址 单位地址 地点 位置 联系人 联系电话 联系方式 电话 填报人 "
    "填报单位 填报日期 审核人 面积 套内面积 占地面积 用地面积 土地面积 宗地面积 "
    "绿化面积 供暖面积 采暖面积 空调面积 地下面积 地下建筑面积 办公面积 室外面积 停车面积 "
    "建筑长度 建筑宽度 建筑层高 层高 屋面高度 屋顶高度 屋顶长度 屋顶宽度 建筑结构 结构形式 "
    "结构类型 建筑结构形式 房屋结构 抗震等级 地下层数 地下楼层数 层数地下 楼层数地下 建筑层数地下 "
    "地下 建筑外形 建筑风格 建筑密度 容积率 开工年份 开工日期 开工时间 动工时间 动工日期 施工时间 "
    "改造年份 改造时间 节能改造时间 房龄 楼龄 使用年限 设计年限 产权年限 房产证号 不动产权证号 "
    "产权证号 产权人 户主 主管单位 管理单位 管理部门 施工单位 设计单位 建设单位 年用水量 "
    "用水量 年用气量 用气量 年用热量 年用油量 年用煤量 年用能量 年用电费 电费 月用电量 日用电量 "
    "单位面积电耗 人均用电量 峰值负荷 用电负荷 变压器容量 用能人数 用电户号 户号 表号 年发电量 "
    "发电量 基底屋顶面积 屋面材料 屋顶材料 屋面材质 屋顶材质 屋面荷载 屋顶荷载 "
    "是否可安装光伏 是否适宜安装光伏 是否适合安装光伏 是否具备安装条件 是否拟安装光伏 拟安装光伏 "
    "朝向 建筑朝向 百度经度 百度纬度 高德经度 高德纬度 腾讯经度 腾讯纬度 min_height min_level "
    "building:min_level roof:levels roof_levels roof:orientation "
    "roof_orientation roof_color facade_color facade_material "
    "has_parts is_underground level sources version theme bbox confidence storeysbelowground "
    "storeyheightsaboveground id_source type_source address shape_area shape_leng shape_length "
    "b3_h_dak_max b3_h_dak_min b3_h_dak_50p b3_h_dak_70p b3_opp_dak_plat b3_opp_dak_schuin weight "
    "width length depth"
)

# A bracket or a heading above that says one of these makes another thing of the word beside it.
LIMITS = (
    "地下", "其中", "规划", "拟建", "计划", "预计", "拟装", "可安装", "可利用", "新增", "上年",
    "去年", "同期", "增减", "单位面积", "人均", "平均", "underground", "basement", "planned",
)  # fmt: skip
NO_LIMITS = ("不含地下", "含地下", "不包括地下", "包括地下")
# Headings above a column under which a word as short as 名称 or 类型 means the building's.
GENERAL_HEADINGS = (
    "信息", "情况", "基本", "概况", "建筑", "房屋", "楼", "机构", "单位", "属性", "指标", "info",
    "basic", "general", "building", "attribut", "tags", "propert",
)  # fmt: skip
# Words that say little: alone they are taken, below a heading only where it is a general one.
SHORT_WORDS = (
    "名称", "单位", "机构", "编号", "编码", "序号", "类型", "类别", "用途", "功能", "区", "县",
    "楼栋", "高度", "坐标", "id", "name", "type", "class",
)  # fmt: skip
# What a reading machine or a hurried hand makes of a character: the right one, then the wrong ones.
LOOKALIKES: Mapping[str, str] = {
    "顶": "项顷预", "屋": "层", "层": "屋尽", "竣": "峻俊骏浚", "筑": "巩笂", "积": "枳织识职",
    "份": "分芬", "面": "而百靣", "高": "髙亮", "数": "教敷敉", "编": "偏遍", "纬": "伟讳",
    "经": "径轻", "权": "极杈仅", "容": "客溶", "电": "申", "用": "甩甪", "县": "具", "因": "困囚",
    "名": "各", "形": "刑彤", "型": "刑", "装": "袋", "途": "徐余逮", "度": "渡席", "类": "娄粪",
    "称": "秭", "量": "童里",
}  # fmt: skip
# Another wrong character is damage only if it means nothing of its own in such headers.
TELLING_CHARACTERS = (
    "水气热油煤冷汽风火土木金石灰砖瓦钢长宽厚深高低轻重大小多少新旧原老好坏前后左右上下内外东西"
    "南北中最均总净毛占开施动改拆修迁租借买卖售购供产销节损设造议容费额价款税奖年月日季周时人户"
    "口男女师生医护病床班级科室部委局厅处所院校企事业军警民商农林牧渔工矿交通邮文体卫墙立侧梁柱"
    "板基井管线网路桥站台库房棚厕客餐阳平坡圆方角点段条块片书简社村镇街门窗材料图照色量质性能力"
    "率比差值号码类型等"
)

ALIASES: Mapping[str, str] = {
    word: name
    for name, words in HEADERS.items()
    for word in words.split()
    if name in schema.names((*schema.INVENTORY, *schema.PLANE_INVENTORY, *schema.ASKED))
}
