"""Finance: capacity and energy -> money and carbon."""

from roofpv.finance.cost import avoided_carbon, money
from roofpv.finance.load import annual_load

__all__ = ["annual_load", "avoided_carbon", "money"]
