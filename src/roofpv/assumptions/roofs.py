"""Assumptions on roofs and on what is set on them."""

from __future__ import annotations

from dataclasses import dataclass

from roofpv.assumptions.fields import FLAT_ROOF_GUIDE, UNKNOWN, number, optional


@dataclass(frozen=True)
class Roofs:
    """How much of a roof can carry PV."""

    flat_installable_fraction: float = number(
        0.70, "1", 0, 1, f"strips, plant, stair heads, aisles taken off: {FLAT_ROOF_GUIDE}"
    )
    pitched_installable_fraction: float = number(
        0.70, "1", 0, 1, f"usable share of pitched roofs in published calculators; {UNKNOWN}"
    )
    steel_installable_fraction: float = number(
        0.80, "1", 0, 1, f"drawing roof to installable, 0.7-0.9 by its author; {UNKNOWN}"
    )
    pitched_tilt: float = number(25.0, "deg", 1, 75, f"where no tilt is stated; {UNKNOWN}")
    steel_tilt: float = number(5.0, "deg", 0, 30, f"colour-steel halls, 5-10 %; {UNKNOWN}")
    pole_facing_tilt: float = number(
        15.0,
        "deg",
        0,
        90,
        "planes steeper than this that face within 60 degrees of the pole carry none, after the "
        "Berlin net roof (solargesetz.berlin.de)",
    )
    storey_height_m: float = number(3.0, "m", 2, 6, "usual in Chinese footprint sets")


@dataclass(frozen=True)
class Heights:
    """Storeys of a building whose height and storeys are both not known, by use."""

    government_floors: float = number(4.0, "1", 0.5, 200, UNKNOWN)
    school_floors: float = number(4.0, "1", 0.5, 200, UNKNOWN)
    hospital_floors: float = number(5.0, "1", 0.5, 200, UNKNOWN)
    other_public_floors: float = number(3.0, "1", 0.5, 200, UNKNOWN)
    residential_floors: float = number(6.0, "1", 0.5, 200, UNKNOWN)
    industrial_floors: float = number(2.0, "1", 0.5, 200, UNKNOWN)
    commercial_floors: float = number(3.0, "1", 0.5, 200, UNKNOWN)
    unknown_floors: float = number(3.0, "1", 0.5, 200, UNKNOWN)


@dataclass(frozen=True)
class Areas:
    """One standard deviation of the gross roof area, by what it rests on (evidence grade)."""

    sd_a: float = number(0.02, "1", 0, 1, f"survey or measured planes; {UNKNOWN}")
    sd_b: float = number(0.05, "1", 0, 1, f"drawn footprint with a height; {UNKNOWN}")
    sd_c: float = number(0.08, "1", 0, 1, f"drawn footprint only; {UNKNOWN}")
    sd_d: float = number(
        0.30, "1", 0, 1, f"floor area over storeys: storeys differ, basements count in; {UNKNOWN}"
    )


@dataclass(frozen=True)
class Layout:
    """How modules are set on the installable area."""

    flat_tilt: float = number(
        15.0,
        "deg",
        0,
        60,
        "racks above 19.5 deg cannot cover half of their field at 39 N (GB 50797 pitch)",
    )
    gcr: float | None = optional(
        float, "1", 0.05, 1.0, "ground cover ratio; empty: pitch by the GB 50797 no-shadow rule"
    )
    min_gcr: float = number(
        0.2,
        "1",
        0.05,
        1,
        "widest pitch, where the no-shadow rule has no finite one (high latitude)",
    )
    setback_m: float = number(
        0.0, "m", 0, 20, "clear strip along every edge; no Chinese number was found"
    )
