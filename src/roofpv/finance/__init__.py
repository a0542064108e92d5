"""Finance: capacity and energy -> money and carbon."""

from roofpv.finance.cost import carbon, investment, money, stated_use
from roofpv.finance.earning import (
    Earning,
    earning,
    earning_again,
    earning_not_assessed,
    earning_record,
    earning_told,
    earning_warnings,
)
from roofpv.finance.load import annual_load
from roofpv.finance.metering import Metering, civil_hours, consumption
from roofpv.finance.ownuse import kernels_ahead
from roofpv.finance.supply import supply_curve
from roofpv.finance.terms import Terms, settings_in_use, settled, terms_of

__all__ = [
    "Earning",
    "Metering",
    "Terms",
    "annual_load",
    "carbon",
    "civil_hours",
    "consumption",
    "earning",
    "earning_again",
    "earning_not_assessed",
    "earning_record",
    "earning_told",
    "earning_warnings",
    "investment",
    "kernels_ahead",
    "money",
    "settings_in_use",
    "settled",
    "stated_use",
    "supply_curve",
    "terms_of",
]
