"""Roofs: buildings -> planes -> installable area -> modules."""

from roofpv.roofs.again import PlanesAgain, planes_again
from roofpv.roofs.estimates import estimated_heights, evidence_grades, roof_area_sd
from roofpv.roofs.inplane import framed_planes
from roofpv.roofs.installable import DEDUCTIONS, deduction_shapes, installable_area
from roofpv.roofs.installed import installed_pv
from roofpv.roofs.layout import (
    lay_modules,
    lay_options,
    module_places,
    pack_flat,
    pack_flush,
)
from roofpv.roofs.loads import array_loads, building_loads
from roofpv.roofs.metric import to_local_metres
from roofpv.roofs.options import LayoutOption, layout_options, option_named, stated_option
from roofpv.roofs.planes import planes_in_metres, planes_on_map, roof_planes, stated_planes
from roofpv.roofs.spacing import ground_cover_ratio, shadow_ratio
from roofpv.roofs.summary import SUMMED, sum_by_building

__all__ = [
    "DEDUCTIONS",
    "SUMMED",
    "LayoutOption",
    "PlanesAgain",
    "array_loads",
    "building_loads",
    "deduction_shapes",
    "estimated_heights",
    "evidence_grades",
    "framed_planes",
    "ground_cover_ratio",
    "installable_area",
    "installed_pv",
    "lay_modules",
    "lay_options",
    "layout_options",
    "module_places",
    "option_named",
    "pack_flat",
    "pack_flush",
    "planes_again",
    "planes_in_metres",
    "planes_on_map",
    "roof_area_sd",
    "roof_planes",
    "shadow_ratio",
    "stated_option",
    "stated_planes",
    "sum_by_building",
    "to_local_metres",
]
