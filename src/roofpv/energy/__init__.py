"""Energy: planes and sky -> labelled energy by month or hour."""

from roofpv.energy.acblocks import AcBlock, Listener
from roofpv.energy.access import solar_access
from roofpv.energy.arrays import arrays_of, per_plane
from roofpv.energy.districthours import DistrictHours, added_hours, district_hours
from roofpv.energy.groups import best_groups, groups_left, module_groups, side_energy
from roofpv.energy.rowloss import row_losses
from roofpv.energy.shadelosses import (
    TREES,
    Shaded,
    losses_of,
    shaded_energy,
    shading_losses,
    without_rounding,
)
from roofpv.energy.simulate import (
    dc_factor,
    kernels_ahead,
    set_threads,
    simulate,
    simulate_arrays,
    simulate_hourly,
)
from roofpv.energy.skylines import (
    Skylines,
    combined_skyline,
    running_skylines,
    site_skylines,
    skylines_of,
)
from roofpv.energy.waterfall import Case, system_factors, waterfall, waterfall_hours
from roofpv.energy.yearly import Yearly, by_year, mean_of_years

__all__ = [
    "TREES",
    "AcBlock",
    "Case",
    "DistrictHours",
    "Listener",
    "Shaded",
    "Skylines",
    "Yearly",
    "added_hours",
    "arrays_of",
    "best_groups",
    "by_year",
    "combined_skyline",
    "dc_factor",
    "district_hours",
    "groups_left",
    "kernels_ahead",
    "losses_of",
    "mean_of_years",
    "module_groups",
    "per_plane",
    "row_losses",
    "running_skylines",
    "set_threads",
    "shaded_energy",
    "shading_losses",
    "side_energy",
    "simulate",
    "simulate_arrays",
    "simulate_hourly",
    "site_skylines",
    "skylines_of",
    "solar_access",
    "system_factors",
    "waterfall",
    "waterfall_hours",
    "without_rounding",
]
