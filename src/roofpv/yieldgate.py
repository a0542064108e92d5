"""Yields outside the bounds that are believed without a word, each with what makes it so."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from roofpv.assumptions.gate import Gate
from roofpv.catalogue import say
from roofpv.shares import shares_of
from roofpv.text import plain

Floats = npt.NDArray[np.float64]

# Factors whose product is the yield.
LIGHT, FACING, ROWS, SHADE, CONVERSION = "light", "facing", "rows", "shade", "conversion"
FACTORS = (LIGHT, FACING, ROWS, SHADE, CONVERSION)
_HOURS = 8766.0
_LEAST = 0.005
_MOST_ARRAYS = 4
# What is told of a listed building.
_TOLD_OF = ("building_id", "weather_site", "layout", "stated_kwp")
_ASKED = (*_TOLD_OF, "specific_yield_kwh_per_kwp", "poa_kwh_per_m2", "shading_loss_fraction")


def yield_gate(
    buildings: pd.DataFrame, planes: pd.DataFrame, sky: xr.Dataset, gate: Gate
) -> dict[str, Any]:
    """
    List the roofs whose yield is outside the gate, one by one.

    A yield is the product of the light of the weather site, what the array gains or loses by the
    way it faces, by rows in front and by its surroundings, and of what the modules make of it. Each
    factor is held against the middle of the gate, which has neither rows nor surroundings.

    Parameters
    ----------
    buildings : DataFrame (building,)
        ``building_id status weather_site specific_yield_kwh_per_kwp poa_kwh_per_m2
        shading_loss_fraction layout stated_kwp``, as an assessment has them.
    planes : DataFrame (plane,)
        ``building_id kwp surface_tilt surface_azimuth row_shading_loss_fraction`` and
        where the light comes from: ``weather_site``, ``weather_weights`` of a blend.
    sky : Dataset (site, time)
        ``ghi`` [W/m2].
    gate : Gate

    Returns
    -------
    dict
        The bounds, ``roofs`` (with a yield), ``judged`` (those at sites of the gate's light),
        ``outside``, ``listed`` (``building_id``, ``yield_kwh_per_kwp``, ``yield_over_poa``,
        ``bounds`` that it breaks, ``factors``, ``against_middle``, ``reasons``, those that
        take it out of the gate first) and ``left_out``.
    """
    return gate_record([outside_gate(buildings, planes, sky, gate)], gate)


@dataclass(frozen=True)
class Outside:
    """Some roofs held against the gate: how many of each kind, and the first that are outside."""

    roofs: int
    judged: int
    outside: int
    listed: list[dict[str, Any]]


def gate_record(parts: Iterable[Outside], gate: Gate) -> dict[str, Any]:
    """
    As `yield_gate`, of buildings that were held against it some after the other.

    Parameters
    ----------
    parts : iterable of Outside
    gate : Gate
    """
    found = list(parts)
    outside = sum(one.outside for one in found)
    # By name: the order of the rows changes nothing.
    listed = sorted((row for one in found for row in one.listed), key=_name)[: gate.most_listed]
    bounds = ("yield_low", "yield_high", "ghi_low", "ghi_high", "ratio_low", "ratio_high")
    return {name: getattr(gate, name) for name in bounds} | {
        "roofs": sum(one.roofs for one in found),
        "judged": sum(one.judged for one in found),
        "outside": outside,
        "middle": _middle(gate),
        "listed": listed,
        "left_out": outside - len(listed),
    }


def _name(listed: Mapping[str, Any]) -> str:
    return str(listed["building_id"])


def outside_gate(
    buildings: pd.DataFrame, planes: pd.DataFrame, sky: xr.Dataset, gate: Gate
) -> Outside:
    """
    Hold some roofs against the gate.

    Parameters
    ----------
    buildings, planes, sky, gate
        As in `yield_gate`.
    """
    used = buildings["status"].eq("assessed") & (buildings["specific_yield_kwh_per_kwp"] > 0.0)
    asked = [name for name in _ASKED if name in buildings]
    table = pd.DataFrame(buildings)[asked][used]
    factors = _factors(table, planes, sky)
    made = table["specific_yield_kwh_per_kwp"].to_numpy(dtype=float)
    light = factors[LIGHT].to_numpy()
    judged = (light >= gate.ghi_low) & (light <= gate.ghi_high)
    ratio = factors[CONVERSION].to_numpy()
    broken = {
        "yield_low": judged & (made < gate.yield_low),
        "yield_high": judged & (made > gate.yield_high),
        "ratio_low": ratio < gate.ratio_low,
        "ratio_high": ratio > gate.ratio_high,
    }
    outside = np.flatnonzero(np.any(list(broken.values()), axis=0))
    names = table["building_id"].iloc[outside].astype(str).to_numpy(dtype=object)
    order = np.argsort(names, kind="stable")
    outside, names = outside[order], names[order]
    middle = _middle(gate)
    facing = _arrays(planes, set(names[: gate.most_listed]))
    listed: list[dict[str, Any]] = []
    # Of rows with all their columns each costs as much as all of these together.
    first = outside[: gate.most_listed]
    rows = table.reindex(columns=list(_TOLD_OF)).iloc[first].to_dict("records")
    own_factors = factors.iloc[first].to_dict("records")
    for place, row, own in zip(outside, rows, own_factors, strict=False):
        against = {name: float(own[name]) / middle[name] - 1.0 for name in FACTORS}
        listed.append(
            {
                "building_id": row["building_id"],
                "yield_kwh_per_kwp": made[place],
                "yield_over_poa": _number(ratio[place]),
                "bounds": [name for name, found in broken.items() if found[place]],
                "factors": {name: _number(own[name]) for name in FACTORS},
                "against_middle": {name: _number(value) for name, value in against.items()},
            }
        )
        told = facing.get(str(row["building_id"]), "")
        listed[-1]["reasons"] = _reasons(row, listed[-1], told)
    return Outside(len(table), int(judged.sum()), int(outside.size), listed)


def gate_warnings(told: Mapping[str, Any]) -> list[str]:
    """Say how many roofs are outside, and what most of them have in common."""
    if not told["outside"]:
        return []
    first = [one["reasons"][0]["cause"] for one in told["listed"] if one["reasons"]]
    most = max(sorted(set(first)), key=first.count, default=None)
    cause = f", {first.count(most):,} of them by {say(f'yieldgate.{most}', 'en')}" if most else ""
    return [
        f"{told['outside']:,} roofs make less or more than is usual ({told['yield_low']:,.0f} to "
        f"{told['yield_high']:,.0f} kWh/kWp, {told['ratio_low']:g} to {told['ratio_high']:g} of "
        f"the light on the array){cause}: run.json (yield_gate) has the reasons of each"
    ]


def _factors(table: pd.DataFrame, planes: pd.DataFrame, sky: xr.Dataset) -> pd.DataFrame:
    """Factors of every roof; their product is its yield."""
    annual = sky["ghi"].mean("time").to_series() * _HOURS / 1000.0
    owner, names = pd.factorize(planes["building_id"])
    kwp = planes["kwp"].fillna(0.0).to_numpy(dtype=float)
    place = pd.Index(names).get_indexer(pd.Index(table["building_id"].astype(object)))
    of_planes = _OfPlanes(kwp, owner, place)
    light = of_planes.mean(shares_of(planes).mean(annual, len(planes)))
    rows = 1.0 - of_planes.mean(planes["row_shading_loss_fraction"].to_numpy(dtype=float))
    shade = 1.0 - np.nan_to_num(table["shading_loss_fraction"].to_numpy(dtype=float))
    poa = table["poa_kwh_per_m2"].to_numpy(dtype=float)
    made = table["specific_yield_kwh_per_kwp"].to_numpy(dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        columns = {
            LIGHT: light,
            FACING: poa / (light * rows * shade),
            ROWS: rows,
            SHADE: shade,
            CONVERSION: made / poa,
        }
    return pd.DataFrame(columns, index=table.index)


@dataclass(frozen=True, eq=False)
class _OfPlanes:
    """
    Planes of the buildings of a table.

    ``kwp`` (plane,) [kWp]; ``owner`` (plane,) number of its building, ``place`` (building,) that of
    each of the table, -1 without planes.
    """

    kwp: Floats
    owner: npt.NDArray[np.intp]
    place: npt.NDArray[np.intp]

    def mean(self, values: Floats) -> Floats:
        """Mean of the planes by capacity; a plane without a value counts as 0, as do all of 0."""
        weighted = self._sums(self.kwp * np.where(np.isnan(values), 0.0, values))
        total = self._sums(self.kwp)
        share = weighted / np.where(total > 0.0, total, np.nan)
        known = np.append(np.where(np.isnan(share), 0.0, share), 0.0)
        return np.asarray(known[self.place])

    def _sums(self, values: Floats) -> Floats:
        return np.asarray(pd.Series(values).groupby(self.owner).sum(), dtype=float)


def _arrays(planes: pd.DataFrame, wanted: set[str]) -> dict[str, str]:
    """Tilts and azimuths of each building's arrays, in words."""
    owner = planes["building_id"].astype(str)
    mine = (owner.isin(wanted) & (planes["kwp"] > 0.0)).to_numpy()
    names = ["plane_id", "kwp", "surface_tilt", "surface_azimuth"]
    # All of them sorted once: a sort for each building took a third of the record's time.
    ordered = planes.loc[mine, names].assign(owner=owner[mine])
    ordered = ordered.sort_values(["kwp", "plane_id"], ascending=[False, True])
    told: dict[str, list[str]] = {}
    pairs = zip(ordered["surface_tilt"], ordered["surface_azimuth"], strict=True)
    for name, (tilt, azimuth) in zip(ordered["owner"], pairs, strict=True):
        told.setdefault(name, []).append(f"{tilt:.1f}° / {azimuth:.0f}°")
    return {
        name: ", ".join(dict.fromkeys(all_of[:_MOST_ARRAYS]))
        + (", ..." if len(all_of) > _MOST_ARRAYS else "")
        for name, all_of in told.items()
    }


def _middle(gate: Gate) -> dict[str, float]:
    """Factors whose product is the middle of the yields that are believed."""
    light = (gate.ghi_low + gate.ghi_high) / 2.0
    conversion = (gate.ratio_low + gate.ratio_high) / 2.0
    made = math.sqrt(gate.yield_low * gate.yield_high)
    return {
        LIGHT: light, FACING: made / (light * conversion), ROWS: 1.0, SHADE: 1.0,
        CONVERSION: conversion,
    }  # fmt: skip


def _reasons(
    row: Mapping[str, Any], listed: Mapping[str, Any], facing: str
) -> list[dict[str, Any]]:
    """What makes the yield differ from the middle, what takes it out of the gate first."""
    against, own = listed["against_middle"], listed["factors"]
    by_light = any(name.startswith("yield") for name in listed["bounds"])
    low = any(name.endswith("low") for name in listed["bounds"])
    known = [name for name in FACTORS if against[name] is not None]
    told = [name for name in known if abs(against[name]) >= _LEAST and by_light]
    told = sorted(told, key=lambda name: against[name] if low else -against[name])
    words = _words(row, own, facing)
    reasons = [
        {
            "cause": name,
            "by": against[name],
            "text": say(f"yieldgate.{name}.text", "en", words | {"by": f"{against[name]:+.1%}"}),
        }
        for name in (told if by_light else [CONVERSION])
    ]
    if row["layout"] == "stated" or pd.notna(row["stated_kwp"]):
        reasons.append({"cause": "stated", "by": None, "text": say("yieldgate.stated.text", "en")})
    return reasons


def _words(row: Mapping[str, Any], own: Mapping[str, float | None], facing: str) -> dict[str, str]:
    lost = {name: _told(own[name], "{:.1%}", 1.0) for name in (ROWS, SHADE)}
    return lost | {
        "site": plain(str(row["weather_site"])), "light": _told(own[LIGHT], "{:,.0f}"),
        "facing": facing, "times": _told(own[FACING], "{:.3f}"),
        "conversion": _told(own[CONVERSION], "{:.3f}"),
    }  # fmt: skip


def _told(value: float | None, form: str, of: float | None = None) -> str:
    if value is None:
        return "–"
    return form.format(value if of is None else of - value)


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
