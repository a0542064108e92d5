"""The verdicts on one building in lines for a terminal, with the numbers that they follow from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from roofpv.report.closing import Printed, Share, percent_text, printed, share_of
from roofpv.text import plain

_VERDICTS = {True: "met", False: "not met", None: "no verdict"}
_STATED = "as stated"
_ASKED = {True: "yes", False: "no", None: "not known"}


def rules_text(verdicts: Sequence[Mapping[str, Any]]) -> list[str]:
    """
    Lines on every target: whether it asks the building, and each reading with its arithmetic.

    Parameters
    ----------
    verdicts : sequence of mapping
        Of ``judging.verdicts_of``.
    """
    if not verdicts:
        return ["Rules", "  no rule was judged; name one with roofpv assess --rules"]
    lines = ["Rules (* the default reading; numbers are rounded, and the shares are theirs)"]
    for one in verdicts:
        lines += _target(one)
    return lines


def installed_text(
    building: pd.Series, main: pd.Series | None, run: Mapping[str, Any]
) -> list[str]:
    """
    How the areas of what is installed now came about.

    Parameters
    ----------
    building : Series
        Its row in the result.
    main : Series or None
        Its largest plane; None where there is none.
    run : mapping
        ``run.json``.
    """
    steps = installed_steps(building, main, run)
    return ["Installed now", *(f"  {name}: {said}" for name, said in steps)] if steps else []


def installed_steps(
    building: pd.Series, main: pd.Series | None, run: Mapping[str, Any]
) -> list[tuple[str, str]]:
    """The same as pairs of a name (kWp, N1, N2, N3) and its arithmetic."""
    kwp, area = (float(building[f"existing_pv_{name}"]) for name in ("kwp", "area_m2"))
    if math.isnan(kwp) and math.isnan(area):
        return []
    module = {one["key"]: one["value"] for one in run["assumptions"]}
    size = f"{module['module.length_m']:g} m × {module['module.width_m']:g} m"
    power = f"{module['module.power_w']:g} W"
    n1 = printed(float(building["existing_module_area_m2"]))
    if math.isnan(area):
        base = f"{kwp:.9g} kWp × 1000 / {power} × {size}"
        steps = [("kWp", f"{kwp:.9g} kWp, {_STATED}"), ("N1", f"{base} = {n1} m2")]
    else:
        base, capacity = f"{area:.9g} m2", printed(float(building["installed_kwp"]))
        of_area = f"{base} / ({size}) × {power} / 1000 = {capacity} kWp"
        said = of_area if math.isnan(kwp) else f"{kwp:.9g} kWp, {_STATED}"
        steps = [("kWp", said), ("N1", f"{base}, {_STATED}")]
    flat = float(building["existing_projected_module_area_m2"])
    field = float(building["existing_array_field_area_m2"])
    if main is not None and not math.isnan(flat):
        tilt = f"{float(main['surface_tilt']):.9g}"
        steps.append(("N2", f"{base} × cos {tilt}° = {printed(flat)} m2"))
    if main is not None and not math.isnan(field):
        steps.append(("N3", f"{base} / {float(main['gcr']):.9g} = {printed(field)} m2"))
    return steps


def _target(one: Mapping[str, Any]) -> Iterator[str]:
    threshold = one["threshold"]
    asks = "no threshold yet" if threshold is None else f"{percent_text(threshold)} %"
    yield (
        f"  {plain(one['rule'])}/{plain(one['target'])} ({one['status']}; {one['strength']}; "
        f"asked of the {one['level']}): {asks} by {one['deadline']}, judged as of {one['as_of']}; "
        f"text sha256 {one['sha256'][:16]}"
    )
    said = "; ".join(_condition(condition) for condition in one["conditions"])
    yield f"    asks this building: {_ASKED[one['asked']]}: {said}"
    if one["asked"] is not True:
        return
    for reading in one["readings"]:
        yield from _reading(one, reading)


def _condition(condition: Mapping[str, Any]) -> str:
    column, value, wanted = (condition[name] for name in ("column", "value", "wanted"))
    if column == "exemption":
        said = value["en"] if isinstance(value, Mapping) else value
        return "no exemption" if condition["met"] else f"exempt: {plain(said)}"
    shown = "not known" if value is None else plain(value)
    if column == "completed":
        start, end = wanted
        span = f"from {start} to {end}" if start else f"up to {end}"
        return f"completed {shown} ({span}: {_ASKED[condition['met']]})"
    listed = ", ".join(wanted) if isinstance(wanted, list) else wanted
    return f"{column} {shown} ({listed}: {_ASKED[condition['met']]})"


def _reading(one: Mapping[str, Any], reading: Mapping[str, Any]) -> Iterator[str]:
    name = f"{plain(reading['reading'])} {plain(reading['title']['en'])}"
    if not reading["alone"]:
        yield f"    {name}: a share of all of them, no verdict on one"
    for case in reading["cases"]:
        variant = f", {case['numerator_variant']}" if case["numerator_variant"] else ""
        mark = "*" if reading["default"] and (case["default"] or not variant) else ""
        start = f"    {plain(reading['reading'])}{variant}, {case['state']}{mark}: "
        if not reading["alone"]:
            counts = " of ".join(_amount(case[name]) for name in ("numerator", "denominator"))
            yield f"{start}counts {counts} {reading['unit']}"
            continue
        yield start + _verdict(share_of(case, one["strict"], _nothing), reading, case)
    for column in reading["lacking"]:
        yield f"    {reading['reading']}: {column} is not known of any building"


def _amount(value: float | None) -> str:
    return "–" if value is None else f"{value:,.10g}"


def _verdict(share: Share, reading: Mapping[str, Any], case: Mapping[str, Any]) -> str:
    said = f"{share.top} / {share.bottom} {reading['unit']}{share.result}"
    instead = case["or_capacity"] and case["met"] and share.sign in {"<", "≤"}
    why = " (it has the capacity that is asked for instead)" if instead else ""
    if case["met"] is None and case["denominator"] == 0.0:
        return f"{said}: not applicable"
    return f"{said}: {_VERDICTS[case['met']]}{why}"


def _nothing(_: str, __: float) -> Printed | None:
    return None
