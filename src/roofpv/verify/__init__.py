"""Verify: this installation held against pvlib, closed forms and laws."""

from roofpv.verify.comparisons import COMPARISONS, Comparison, Outcome, carry_out
from roofpv.verify.distance import relative

__all__ = ["COMPARISONS", "Comparison", "Outcome", "carry_out", "relative"]
