"""The main job; `main` is the page where one reads the whole way, top to bottom."""

from roofpv.assessment.gather import Ending, Part, Told, gather, put_together
from roofpv.assessment.main import (
    DEFAULT_RULES,
    Sited,
    assess,
    assess_part,
    assess_sited,
    once,
    site_rows,
    sited_planes,
    sites_in_use,
    with_heights,
)
from roofpv.assessment.steps import STEPS, Found, Given, Once, whole_of

__all__ = [
    "DEFAULT_RULES",
    "STEPS",
    "Ending",
    "Found",
    "Given",
    "Once",
    "Part",
    "Sited",
    "Told",
    "assess",
    "assess_part",
    "assess_sited",
    "gather",
    "once",
    "put_together",
    "site_rows",
    "sited_planes",
    "sites_in_use",
    "whole_of",
    "with_heights",
]
