"""The main job; `main` is the page where one reads the whole way, top to bottom."""

from roofpv.assessment.gather import Once, Part, Told, gather
from roofpv.assessment.main import (
    DEFAULT_RULES,
    Sited,
    assess,
    assess_part,
    assess_sited,
    once,
    site_rows,
    sited_planes,
    with_heights,
)

__all__ = [
    "DEFAULT_RULES",
    "Once",
    "Part",
    "Sited",
    "Told",
    "assess",
    "assess_part",
    "assess_sited",
    "gather",
    "once",
    "site_rows",
    "sited_planes",
    "with_heights",
]
