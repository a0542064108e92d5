"""All that a report of a city may tell, as it was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from roofpv.results import Result


@dataclass(frozen=True)
class City:
    """
    A result and what stands beside it, without a language.

    ``result``: of ``read_results``; ``supply`` (roof,): of ``supply.csv``; ``waterfall`` (step,):
    of ``waterfall.csv``, None where the assessment did not write it; ``plans``: what
    ``roofpv plan --json`` tells, one for each target that is to be reached; ``notes``: what is to
    be told of the report itself, such as a chapter that cannot be written, in both languages.
    """

    result: Result
    supply: pd.DataFrame
    waterfall: pd.DataFrame | None = None
    plans: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[Mapping[str, str], ...] = field(default=())
