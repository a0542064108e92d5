"""What an officer's list says of the synthetic public buildings, with its errors and gaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from shapes import Frame, to_lonlat

from roofpv.schema import INVENTORY, names

# The city lies on a plain between its weather stations: no ground levels.
# What no register of the demo states.
LEFT_OUT = {
    "altitude_m", "exemption_document", "existing_pv_date", "footprint_area_m2", "institution_id",
    "other_use_area_m2", "roof_height_m", "roof_live_load_kn_per_m2", "stated_kwp",
    "usable_area_m2",
}  # fmt: skip
COLUMNS = [name for name in names(INVENTORY) if name not in LEFT_OUT]
SMALL_M2 = 60.0
SPACIOUS_M2 = 480.0
INSTALLABLE_FRACTION = 0.7
LAST_EXISTING_YEAR = 2021
LOAD_KWH_PER_M2 = {"government": 115.0, "school": 75.0, "hospital": 180.0}
EXEMPTIONS = ("危房", "三年内拟拆除", "三年内拟改扩建", "屋面年久失修", "主体结构存在安全隐患")
HERITAGE = "文物保护建筑"
B_USES = ("government", "school", "hospital")


@dataclass(frozen=True)
class Plan:
    """A district's frame, its number of new buildings, the share of existing ones with PV."""

    frame: Frame
    new: int
    pv_share: float


def pick(frame: pd.DataFrame, where: pd.Series, count: int, rng: np.random.Generator) -> pd.Index:
    """Labels of ``count`` rows drawn from those where the condition holds."""
    pool = frame.index[where]
    return pool[np.sort(rng.choice(len(pool), min(count, len(pool)), replace=False))]


def with_years(frame: pd.DataFrame, new: int, rng: np.random.Generator) -> pd.DataFrame:
    """Year of completion: institutions grow by additions; ``new`` ones in 2022 to 2025."""
    founded = {name: rng.triangular(1975, 2003, 2021) for name in frame["institution"].unique()}
    added = np.where(rng.random(len(frame)) < 0.3, rng.uniform(0, 20, len(frame)), 0.0)
    years = np.minimum(frame["institution"].map(founded) + added, LAST_EXISTING_YEAR)
    result = frame.assign(year=years.astype(int), new=False)
    public = frame["ownership"].eq("public") & ~frame["use"].eq("unknown")
    large = frame["area"] > SMALL_M2
    fresh = pick(frame, public & large & frame["roof_type"].ne("gabled"), new + 1, rng)
    result.loc[fresh, "year"] = rng.integers(2022, 2026, len(fresh))
    result.loc[fresh[:-1], "new"] = True
    result.loc[fresh[-1], "year"] = 2026
    return result


def completed_text(frame: pd.DataFrame, rng: np.random.Generator) -> pd.Series:
    """Census rows know a year, completion records a day; a few of the older know nothing."""
    months, days = rng.integers(1, 13, len(frame)), rng.integers(1, 29, len(frame))
    lost = (rng.random(len(frame)) < 0.025) & (frame["year"] <= LAST_EXISTING_YEAR)
    dated = (frame["year"] > LAST_EXISTING_YEAR) & (rng.random(len(frame)) < 0.7)
    parts = zip(frame["year"], months, days, dated, strict=True)
    texts = [f"{y}-{m:02d}-{d:02d}" if full else str(y) for y, m, d, full in parts]
    return pd.Series(texts, index=frame.index, dtype=object).mask(lost, None)


def with_exemptions(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Reason of exemption for 3.5 % of the buildings, heritage only for the old and low."""
    old = (frame["year"] < 2010) & (frame["area"] > SMALL_M2)
    chosen = pick(frame, old, round(0.035 * len(frame)), rng)
    reasons = pd.Series(None, index=frame.index, dtype=object)
    reasons.loc[chosen] = rng.choice(EXEMPTIONS, len(chosen))
    heritage = (frame.loc[chosen, "year"] < 1995) & (frame.loc[chosen, "floors"] <= 2)
    reasons.loc[chosen[heritage]] = HERITAGE
    return frame.assign(exemption=reasons)


def grades(frame: pd.DataFrame, rng: np.random.Generator) -> pd.Series:
    """Evidence drawn per row; footprints of new buildings are missing more often."""
    kinds = ["A", "B", "C", "D"]
    usual = rng.choice(kinds, len(frame), p=[0.05, 0.7, 0.12, 0.13])
    recent = rng.choice(kinds, len(frame), p=[0.08, 0.6, 0.1, 0.22])
    return pd.Series(np.where(frame["new"], recent, usual), index=frame.index)


def pv_hosts(frame: pd.DataFrame, share: float, rng: np.random.Generator) -> pd.Series:
    """Which buildings carry PV: a share of the existing per use, and half of the new."""
    able = frame["exemption"].isna() & frame["ownership"].eq("public") & (frame["area"] > 240.0)
    existing = frame["year"] <= LAST_EXISTING_YEAR
    main = existing & frame["use"].isin(B_USES)
    other = existing & frame["use"].eq("other_public")
    counts = {"main": share * main.sum(), "other": 0.6 * share * other.sum()}
    spacious = able & (frame["area"] > SPACIOUS_M2)
    host = pd.Series(False, index=frame.index)
    host.loc[pick(frame, main & able, round(counts["main"]), rng)] = True
    host.loc[pick(frame, other & able, round(counts["other"]), rng)] = True
    host.loc[pick(frame, frame["new"] & spacious, round(0.5 * frame["new"].sum()), rng)] = True
    return host


def pv_cover(frame: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Module area over installable area where there is PV; a tilted row must leave a gap."""
    flat = np.where(frame["new"], rng.uniform(0.42, 0.58, len(frame)), 0.0)
    flat = np.where(frame["new"], flat, rng.uniform(0.18, 0.45, len(frame)))
    sloped = rng.uniform(0.3, 0.48, len(frame))
    steel = rng.uniform(0.35, 0.6, len(frame))
    cases = [frame["roof_type"].eq("steel"), frame["roof_type"].isin(["gabled", "shed"])]
    return np.select(cases, [steel, sloped], flat)


def with_pv(frame: pd.DataFrame, share: float, rng: np.random.Generator) -> pd.DataFrame:
    """PV that stands today: capacity [kWp], module area [m2], or both, as the list has it."""
    host = pv_hosts(frame, share, rng)
    area = frame["area"] * INSTALLABLE_FRACTION * pv_cover(frame, rng)
    low, high = np.where(frame["new"], 0.208, 0.172), np.where(frame["new"], 0.226, 0.212)
    kwp = area * rng.uniform(low, high)
    stated = rng.choice(["kwp", "area", "both"], len(frame), p=[0.6, 0.14, 0.26])
    return frame.assign(
        existing_pv_kwp=kwp.round(1).where(host & (stated != "area")),
        existing_pv_area_m2=area.round(0).where(host & (stated != "kwp")),
    )


def with_areas(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Floor area and roof area with the errors of a survey [m2]."""
    count = len(frame)
    floor = frame["area"] * frame["floors"] * np.exp(rng.normal(0.0, 0.04, count))
    roof = frame["area"] * rng.uniform(0.96, 1.01, count)
    pitch = np.cos(np.radians(frame["pitch"].fillna(0.0)))
    known = (rng.random(count) > 0.04) | frame["grade"].eq("D")
    return frame.assign(
        floor_area_m2=floor.round(0).where(known),
        roof_area_m2=(roof / pitch).round(1).where(frame["grade"].eq("A")),
    )


def with_roofs(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Pitch of roofs [deg], and how much of roof form and orientation the list knows."""
    count = len(frame)
    steep = frame["roof_type"].map({"gabled": 24.0, "shed": 9.0, "steel": 5.0})
    pitch = (steep + rng.uniform(-2.0, 4.0, count)).round(0)
    told = (rng.random(count) < 0.3) & pitch.notna()
    vague = pd.Series(np.where(rng.random(count) < 0.3, "unknown", None), index=frame.index)
    kept = (rng.random(count) > 0.12) | told | frame["roof_type"].isin(["gabled", "steel"])
    return frame.assign(
        pitch=pitch,
        surface_tilt=pitch.where(told),
        surface_azimuth=frame["south_azimuth"].where(told),
        roof_type=frame["roof_type"].where(kept, vague),
    )


def annual_load(frame: pd.DataFrame, rng: np.random.Generator) -> pd.Series:
    """Electricity of a year for a third of the buildings [kWh]."""
    intensity = frame["use"].map(LOAD_KWH_PER_M2).fillna(95.0)
    spread = np.exp(rng.normal(0.0, 0.28, len(frame)))
    metered = rng.random(len(frame)) < 0.42
    load = frame["area"] * frame["floors"] * intensity * spread
    return load.round(-2).where(metered & (frame["area"] > SMALL_M2))


def with_places(frame: pd.DataFrame, local: Frame, rng: np.random.Generator) -> pd.DataFrame:
    """Footprint in WGS84, or at most a point where the list has no footprint."""
    outlines = [to_lonlat(outline, local) for outline in frame["outline"]]
    absent = frame["grade"].eq("D")
    point = absent & (rng.random(len(frame)) < 0.6)
    centres = shapely.get_coordinates(shapely.centroid(np.array(outlines))).round(5)
    shown = pd.Series(outlines, index=frame.index, dtype=object).mask(absent, None)
    return frame.assign(
        geometry=shown,
        lon=pd.Series(centres[:, 0], index=frame.index).where(point),
        lat=pd.Series(centres[:, 1], index=frame.index).where(point),
    )


def with_gaps(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Leave out heights and floors that the list does not have; keep every row usable."""
    no_height = frame["grade"].isin(["C", "D"])
    no_floors = frame["grade"].isin(["A", "B", "C"]) & (rng.random(len(frame)) < 0.06)
    return frame.assign(
        height_m=frame["height_m"].mask(no_height),
        floors=frame["floors"].astype(float).mask(no_floors),
    )


def survey(rows: list[dict[str, Any]], plan: Plan, rng: np.random.Generator) -> pd.DataFrame:
    """What the officer's list says of a district's buildings, in the inventory's columns."""
    frame = pd.DataFrame(rows)
    frame["area"] = shapely.area(frame["outline"].to_numpy())
    frame = with_years(frame, plan.new, rng)
    frame = with_exemptions(frame.assign(completed=completed_text(frame, rng)), rng)
    frame = with_pv(frame.assign(grade=grades(frame, rng)), plan.pv_share, rng)
    frame = with_areas(with_roofs(frame, rng), rng)
    frame["annual_load_kwh"] = annual_load(frame, rng)
    return with_gaps(with_places(frame, plan.frame, rng), rng)[COLUMNS]
