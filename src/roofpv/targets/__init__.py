"""Rules as TOML data, and the verdicts on them."""

from roofpv.targets.doubt import doubtful_uses
from roofpv.targets.evaluate import GROUPS, STATES, evaluate
from roofpv.targets.loading import library_ids, load_rule
from roofpv.targets.measure import columns_asked
from roofpv.targets.parsing import parse_rule
from roofpv.targets.rules import Reading, Rule, Subject, Target, last_deadline
from roofpv.targets.singly import building_verdicts
from roofpv.targets.table import verdict_table

__all__ = [
    "GROUPS",
    "STATES",
    "Reading",
    "Rule",
    "Subject",
    "Target",
    "building_verdicts",
    "columns_asked",
    "doubtful_uses",
    "evaluate",
    "last_deadline",
    "library_ids",
    "load_rule",
    "parse_rule",
    "verdict_table",
]
