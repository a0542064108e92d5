"""Assumptions on how far what a verdict rests on may be wrong."""

from __future__ import annotations

from dataclasses import dataclass

from roofpv.assumptions.fields import UNKNOWN, count, number

_SURVEY = (
    "153 of 218 surveyed institutions of the Beijing sub-centre were feasible (solar news of "
    "2024-08-05)"
)
_SHARED = "relative standard deviation of the rate, common to all buildings"


@dataclass(frozen=True)
class Certainty:
    """
    Spreads of what the probability of a verdict is drawn from.

    Standard deviations are relative. The roof area has its own by evidence grade (``areas``), the
    energy what ``yield_shared_sd_fraction`` tells, the use class its ``use_confidence``.
    """

    draws: int = count(1000, 10, 100_000, "1,000 draws tell a probability to 1.6 % at worst")
    seed: int = count(1, 0, 2**31 - 1, "any number; the same one gives the same draws")
    roof_correlation: float = number(
        0.25,
        "1",
        0,
        1,
        "share of the variance of the roof area that roofs of one evidence grade (D: and use) have "
        f"in common; {UNKNOWN}",
    )
    installable_shared: float = number(
        0.10,
        "1",
        0,
        1,
        "installable share of all roofs: vendors' guidance 0.70, calculators 0.8 (0.7-0.9), "
        f"sd taken as half of that range over 0.8; {UNKNOWN}",
    )
    installable_own: float = number(
        0.15, "1", 0, 1, f"installable share of one roof against that of all; {UNKNOWN}"
    )
    floor_area_shared: float = number(
        0.02, "1", 0, 1, f"basements and balconies counted or not; {UNKNOWN}"
    )
    floor_area_own: float = number(0.05, "1", 0, 1, f"floor area of one building; {UNKNOWN}")
    load_shared: float = number(
        0.15, "1", 0, 2, f"estimated electricity per floor area of one use; {UNKNOWN}"
    )
    load_own: float = number(
        0.30,
        "1",
        0,
        2,
        "estimated electricity of one building: published ranges are about half of the middle to "
        f"either side (office 70-150 around 115 kWh/m2); {UNKNOWN}",
    )
    energy_own: float = number(
        0.05, "1", 0, 1, f"yield of one roof against that of all: shade, layout; {UNKNOWN}"
    )
    existing_own: float = number(
        0.10, "1", 0, 1, f"size of PV that is recorded, area and capacity from one; {UNKNOWN}"
    )
    recorded_wrong: float = number(
        0.02, "1", 0, 1, f"PV is recorded and not there, or planned only; {UNKNOWN}"
    )
    stated_none_wrong: float = number(
        0.01, "1", 0, 1, f"no PV is stated and some is there; {UNKNOWN}"
    )
    unrecorded: float = number(
        0.02, "1", 0, 1, f"PV is not stated and some is there; the number built is {UNKNOWN}"
    )
    unrecorded_shared: float = number(0.7, "1", 0, 2, f"{_SHARED}; {UNKNOWN}")
    unrecorded_fill: float = number(
        0.5, "1", 0, 1, f"size of PV that no record tells of, of what fits; {UNKNOWN}"
    )
    infeasible: float = number(
        0.30, "1", 0, 1, f"a roof without PV that cannot carry it in the end; {_SURVEY}"
    )
    infeasible_old: float = number(
        0.40, "1", 0, 1, f"the same, completed before 1990; around {_SURVEY}; {UNKNOWN}"
    )
    infeasible_recent: float = number(
        0.10, "1", 0, 1, f"the same, completed from 2015 on; below {_SURVEY}; {UNKNOWN}"
    )
    infeasible_steel: float = number(
        0.40, "1", 0, 1, f"the same, on steel sheet; around {_SURVEY}; {UNKNOWN}"
    )
    infeasible_shared: float = number(
        0.30, "1", 0, 2, f"{_SHARED}: another city than the one surveyed; {UNKNOWN}"
    )
    class_shared: float = number(0.50, "1", 0, 2, f"{_SHARED}: wrong use classes; {UNKNOWN}")
    survey_roofs: int = count(20, 1, 10_000, "buildings of one survey whose worth is told")
