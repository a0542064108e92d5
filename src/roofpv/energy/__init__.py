"""Energy: planes and sky -> labelled energy by month or hour."""

from roofpv.energy.rowloss import row_losses
from roofpv.energy.simulate import dc_factor, set_threads, simulate, simulate_hourly
from roofpv.energy.yearly import Yearly, by_year

__all__ = [
    "Yearly",
    "by_year",
    "dc_factor",
    "row_losses",
    "set_threads",
    "simulate",
    "simulate_hourly",
]
