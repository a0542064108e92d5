"""How far the energy of roofs and of their sum may be off, by cause: the budget and its levels."""

from roofpv.uncertainty.budget import Budget, Term, budget, shared_yield_sd
from roofpv.uncertainty.levels import LEVELS, level_columns, levels, relative_variances
from roofpv.uncertainty.spreads import LEAST_YEARS, Spreads, site_correlation, spreads
from roofpv.uncertainty.telling import budget_of, uncertainty_record

__all__ = [
    "LEAST_YEARS",
    "LEVELS",
    "Budget",
    "Spreads",
    "Term",
    "budget",
    "budget_of",
    "level_columns",
    "levels",
    "relative_variances",
    "shared_yield_sd",
    "site_correlation",
    "spreads",
    "uncertainty_record",
]
