"""The main job; `main` is the page where one reads the whole way, top to bottom."""

from roofpv.assessment.gather import Once, Part, Told, gather
from roofpv.assessment.main import (
    DEFAULT_RULES,
    assess,
    assess_part,
    once,
    sited_planes,
    with_heights,
)

__all__ = [
    "DEFAULT_RULES",
    "Once",
    "Part",
    "Told",
    "assess",
    "assess_part",
    "gather",
    "once",
    "sited_planes",
    "with_heights",
]
