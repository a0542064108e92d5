"""Rules as TOML data, and the verdicts on them."""

from roofpv.targets.doubt import doubtful_uses
from roofpv.targets.evaluate import STATES, evaluate
from roofpv.targets.rules import (
    Reading,
    Rule,
    Subject,
    Target,
    last_deadline,
    library_ids,
    load_rule,
    parse_rule,
)
from roofpv.targets.table import verdict_table

__all__ = [
    "STATES",
    "Reading",
    "Rule",
    "Subject",
    "Target",
    "doubtful_uses",
    "evaluate",
    "last_deadline",
    "library_ids",
    "load_rule",
    "parse_rule",
    "verdict_table",
]
