"""Roofs: buildings -> planes -> installable area -> modules."""

from roofpv.roofs.estimates import estimated_heights, evidence_grades, roof_area_sd
from roofpv.roofs.installed import installed_pv
from roofpv.roofs.layout import ground_cover_ratio, installable_area, lay_modules, shadow_ratio
from roofpv.roofs.metric import to_local_metres
from roofpv.roofs.planes import planes_in_metres, planes_on_map, roof_planes, stated_planes
from roofpv.roofs.summary import SUMMED, sum_by_building

__all__ = [
    "SUMMED",
    "estimated_heights",
    "evidence_grades",
    "ground_cover_ratio",
    "installable_area",
    "installed_pv",
    "lay_modules",
    "planes_in_metres",
    "planes_on_map",
    "roof_area_sd",
    "roof_planes",
    "shadow_ratio",
    "stated_planes",
    "sum_by_building",
    "to_local_metres",
]
