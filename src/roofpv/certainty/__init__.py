"""How sure the verdicts are, given the errors of what they rest on, and what would tell more."""

from roofpv.certainty.doubts import DOUBTED
from roofpv.certainty.draws import kernels_ahead
from roofpv.certainty.judging import certainty, chances, chances_of, of_all, shares, with_chances
from roofpv.certainty.telling import certainty_text

__all__ = [
    "DOUBTED",
    "certainty",
    "certainty_text",
    "chances",
    "chances_of",
    "kernels_ahead",
    "of_all",
    "shares",
    "with_chances",
]
