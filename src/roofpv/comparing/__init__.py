"""Two results -> what changed between them, and why."""

from roofpv.comparing.make import Comparison, compare
from roofpv.comparing.tell import comparison_text

__all__ = ["Comparison", "compare", "comparison_text"]
