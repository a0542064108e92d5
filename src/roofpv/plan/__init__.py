"""Plan: a target and its conditions -> the roofs to equip, by year, with a proven gap."""

from roofpv.plan.alternatives import layout_question
from roofpv.plan.ask import Ask
from roofpv.plan.tell import Plan, plan, plan_text

__all__ = ["Ask", "Plan", "layout_question", "plan", "plan_text"]
