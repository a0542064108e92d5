"""Energy: planes and sky -> labelled energy by month or hour."""

from roofpv.energy.simulate import dc_factor, set_threads, simulate, simulate_hourly

__all__ = ["dc_factor", "set_threads", "simulate", "simulate_hourly"]
