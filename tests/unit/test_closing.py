"""Printed numbers: sums that close, shares of what is printed, digits that a verdict needs."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from roofpv.report.closing import Printed, added, closed, percent_text, printed, share_of


def case(top, bottom, met, threshold=0.5):
    return {
        "numerator": top, "denominator": bottom, "state": "now", "threshold": threshold, "met": met,
        "numerator_terms": [{"column": "a", "factor": 1.0, "value": top}],
        "denominator_terms": [{"column": "b", "factor": 1.0, "value": bottom, "how": "base"}],
    }  # fmt: skip


def nothing(_term, _value):
    return None


def test_a_number_is_printed_with_its_digits():
    assert [str(printed(v)) for v in (0.0, 1234.5, -0.004, 0.125)] == [
        "0.00", "1,234.50", "0.00", "0.13",
    ]  # fmt: skip
    assert str(printed(-1234.567)) == "-1,234.57"
    assert str(printed(17.0, 0)) == "17"
    assert percent_text(0.15) == "15"
    assert percent_text(0.125) == "12.5"


def test_parts_add_up_to_the_printed_total():
    random = np.random.default_rng(3)
    for _ in range(300):
        parts = (random.random(random.integers(1, 9)) * 10.0 ** random.integers(0, 5)).tolist()
        total = printed(sum(parts))
        found = closed(parts, total)
        assert added(found) == total
        assert all(abs(float(one.exact) - p) < 0.0101 for one, p in zip(found, parts, strict=True))
    assert closed([], printed(0.0)) == []
    assert added([]) == Printed(0, 2)


def test_a_share_is_that_of_the_printed_numbers():
    share = share_of(case(2.0, 3.0, True), False, nothing)
    assert (share.top, share.bottom, str(share.percent), share.sign) == (
        "2.00", "3.00", "66.67", "≥",
    )  # fmt: skip
    share = share_of(case(1.004, 3.0, False), False, nothing)
    assert str(share.percent) == "33.33"


@pytest.mark.parametrize(
    ("top", "met", "digits"),
    [(50.0, True, 2), (49.99, False, 2), (49.9996, False, 4), (49.999_999_8, False, 7)],
)
def test_digits_go_on_until_the_verdict_shows(top, met, digits):
    share = share_of(case(top, 100.0, met), False, nothing)
    assert share.agrees
    assert share.percent.digits == digits
    assert (share.percent.exact >= 50) is met


def test_a_strict_rule_at_its_threshold():
    share = share_of(case(50.0, 100.0, False), True, nothing)
    assert (share.sign, share.agrees) == ("≤", True)
    assert share_of(case(51.0, 100.0, True), True, nothing).sign == ">"


def test_what_is_within_rounding_of_the_threshold_is_printed_as_far_as_it_goes():
    share = share_of(case(50.0, 100.0, False), False, nothing)
    assert (share.agrees, share.percent.digits) == (False, 9)


def test_terms_are_written_out():
    one = case(60.0, 90.0, True)
    one["numerator_terms"].append({"column": "c", "factor": 0.5, "value": 20.0, "stated": True})
    one["denominator_terms"] += [
        {"column": "d", "factor": 1.0, "value": 10.0, "how": "less"},
        {"column": "e", "factor": 0.5, "value": 1.0, "how": "times"},
    ]
    share = share_of(one, False, nothing)
    assert share.top == "(60.00 + 0.5 × 20.00)"
    assert share.bottom == "(90.00 − 10.00 × 0.5)"


def test_what_is_not_known_has_no_share():
    one = case(None, 10.0, None)
    share = share_of(one, False, nothing)
    assert (share.top, share.percent, share.sign) == ("–", None, "")
    share = share_of(case(1.0, 0.0, None), False, nothing)
    assert share.percent is None
    share = share_of(case(1.0, 2.0, None, threshold=None), False, nothing)
    assert (str(share.percent), share.threshold, share.sign) == ("50.00", None, "")
    asked = case(5.0, 4.0, True)
    asked["denominator_terms"][0] |= {"column": "required_kw", "value": None}
    assert share_of(asked, False, nothing).bottom == "4.00"


def test_a_number_that_is_printed_elsewhere_is_taken():
    def known(term, value):
        return Printed(201, 2) if term == "now:a" and value == 2.0 else None

    share = share_of(case(2.0, 3.0, True), False, known)
    assert share.top == "2.01"
    assert share.numerator == Fraction(201, 100)


@pytest.mark.parametrize(
    ("way", "met", "shown"), [("nearest", True, "50"), ("down", False, "49"), ("up", True, "50")]
)
def test_a_share_is_rounded_as_the_rule_says(way, met, shown):
    one = case(49.6, 100.0, met) | {"rounding": {"step": 0.01, "way": way}}
    share = share_of(one, False, nothing)
    assert (share.rounded, share.agrees, share.percent.digits) == (shown, True, 2)
    assert share.result == f" = 49.60 % → {shown} % {'≥' if met else '<'} 50 %"


def test_a_capacity_instead_of_the_share():
    share = share_of(case(10.0, 100.0, True) | {"or_capacity": True}, False, nothing)
    assert (share.agrees, share.result) == (True, " = 10.00 % < 50 %")
    assert share_of(case(1.0, 0.0, None), False, nothing).result == ""
