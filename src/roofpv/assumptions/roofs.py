"""Assumptions on roofs and on what is set on them."""

from __future__ import annotations

from dataclasses import dataclass

from roofpv.assumptions.fields import (
    FLAT_ROOF_GUIDE,
    UNKNOWN,
    choice,
    count,
    number,
    optional,
)

DESIGNS = ("stated", "energy", "coverage", "npv", "coverage-then-energy")
FLAT_LAYOUTS = ("south_racks", "aligned_racks", "east_west", "flat")


@dataclass(frozen=True)
class Roofs:
    """How much of a roof can carry PV."""

    flat_installable_fraction: float | None = optional(
        float, "1", 0, 1, f"empty: by strips, plant and parts; 0.70 by {FLAT_ROOF_GUIDE}"
    )
    pitched_installable_fraction: float | None = optional(
        float, "1", 0, 1, "empty: by strips, obstacles and parts; 0.70 in published calculators"
    )
    steel_installable_fraction: float | None = optional(
        float, "1", 0, 1, "empty: by strips, skylights and parts; 0.80 in published calculators"
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
    min_solar_access: float = number(
        0.7, "1", 0, 1, "planes that get less of the sun in the open carry none, where their "
        "shading is assessed: California 2022, solar access roof area (energycodeace.com)"
    )  # fmt: skip
    steepest_deg: float = number(60.0, "deg", 0, 90, f"steeper planes carry none; {UNKNOWN}")
    storey_height_m: float = number(3.0, "m", 2, 6, "usual in Chinese footprint sets")
    stand_in_aspect: float = number(
        3.0, "1", 0.1, 50, f"length over width of a plane that is not drawn; {UNKNOWN}"
    )
    edge_equator_m: float = number(
        3.0, "m", 0, 50, f"clear strip behind a parapet of 1.5 m: {FLAT_ROOF_GUIDE}"
    )
    edge_side_m: float = number(
        2.0, "m", 0, 50, f"the same at the east and the west: {FLAT_ROOF_GUIDE}"
    )
    edge_pole_m: float = number(
        0.0, "m", 0, 50, f"none is named, no shadow falls there: {FLAT_ROOF_GUIDE}"
    )
    parapet_height_m: float | None = optional(
        float, "m", 0, 10, "empty: the edge strips; stated: flat roofs lose its winter shadow"
    )
    module_clearance_m: float = number(
        0.4, "m", 0, 5, f"lower edge of the modules above a flat roof; {UNKNOWN}"
    )
    ridge_m: float = number(
        0.91, "m", 0, 50, "path along ridges of US homes (solarpowerworldonline.com, 2019)"
    )
    eaves_m: float = number(0.3, "m", 0, 50, UNKNOWN)
    verge_m: float = number(0.3, "m", 0, 50, UNKNOWN)
    steel_edge_m: float = number(0.5, "m", 0, 50, f"edges of colour-steel roofs; {UNKNOWN}")
    plant_clear_m: float = number(2.0, "m", 0, 50, f"about mapped plant: {FLAT_ROOF_GUIDE}")
    stair_head_clear_m: float = number(
        4.0, "m", 0, 50, f"about mapped stair heads, 4 m high: {FLAT_ROOF_GUIDE}"
    )
    pitched_obstacle_fraction: float = number(
        0.06, "1", 0, 1, f"chimneys and windows of sloping roofs; {UNKNOWN}"
    )
    steel_skylight_fraction: float = number(
        0.10, "1", 0, 1, f"skylights and walkways of colour-steel roofs; {UNKNOWN}"
    )
    min_width_m: float = number(2.0, "m", 0, 50, f"narrower parts carry none; {UNKNOWN}")
    min_part_m2: float = number(
        10.0, "m2", 0, 1000, "smaller ones are not counted in Tokyo (itmedia.co.jp)"
    )


_REST_OF_GUIDE = (
    "share of a flat roof under plant, stair heads and aisles that are not mapped; place on the "
    f"roof not known; {UNKNOWN}; 0.05: rest of the 70 % of a roof of 60 m x 15 m, {FLAT_ROOF_GUIDE}"
)


@dataclass(frozen=True)
class Plant:
    """Share of a flat roof that plant and stair heads take where none is mapped, by use."""

    government_fraction: float = number(0.05, "1", 0, 1, _REST_OF_GUIDE)
    school_fraction: float = number(0.05, "1", 0, 1, _REST_OF_GUIDE)
    hospital_fraction: float = number(0.12, "1", 0, 1, f"more plant than others; {UNKNOWN}")
    other_public_fraction: float = number(0.05, "1", 0, 1, _REST_OF_GUIDE)
    residential_fraction: float = number(0.05, "1", 0, 1, _REST_OF_GUIDE)
    industrial_fraction: float = number(0.05, "1", 0, 1, _REST_OF_GUIDE)
    commercial_fraction: float = number(0.05, "1", 0, 1, _REST_OF_GUIDE)
    unknown_fraction: float = number(0.05, "1", 0, 1, _REST_OF_GUIDE)


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

    design: str = choice(
        "stated",
        DESIGNS,
        "stated: flat roofs by flat_layout and flat_tilt; energy: most kWh per kWp; coverage: most "
        "of the installable area covered; npv: highest net present value; coverage-then-energy: "
        "most kWh per kWp of the layouts that reach coverage_target",
    )
    coverage_target: float = number(
        0.5, "1", 0, 1, "Shizuishan 2022, target A: 50 % of the installable roof"
    )
    coverage_numerator: str = choice(
        "N1",
        ("N1", "N2", "N3"),
        "module area, its projection or the array field: no text says which; as the default "
        "reading of the Shizuishan rule",
    )
    flat_layout: str = choice(
        "south_racks", FLAT_LAYOUTS, "racks toward the equator are the usual way on flat roofs"
    )
    flat_tilt: float = number(
        15.0,
        "deg",
        0,
        60,
        "racks above 19.5 deg cannot cover half of their field at 39 N (GB 50797 pitch)",
    )
    east_west_tilt: float = number(10.0, "deg", 1, 30, f"usual of east-west systems; {UNKNOWN}")
    gcr: float | None = optional(
        float,
        "1",
        0.05,
        1.0,
        "ground cover ratio of racks; empty: pitch by the GB 50797 no-shadow rule",
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
    orientation: str = choice(
        "portrait",
        ("portrait", "landscape"),
        "modules on racks; flush modules lie whichever way more fit",
    )
    rows_per_table: int = count(1, 1, 10, f"modules up the slope of a rack; {UNKNOWN}")
    modules_per_table: int = count(1, 1, 60, f"modules that are only set together; {UNKNOWN}")
    gap_m: float = number(0.02, "m", 0, 1, f"between modules, for clamps; {UNKNOWN}")
    dome_gap_m: float = number(
        0.4, "m", 0, 5, f"between east-west domes, to step in between; {UNKNOWN}"
    )
    aisle_m: float = number(1.2, "m", 0, 10, f"aisle along the rows: {FLAT_ROOF_GUIDE}")
    aisle_every_m: float = number(
        15.0,
        "m",
        1,
        1000,
        f"from aisle to aisle on flat roofs whose row gaps are narrower than one; {UNKNOWN}",
    )


@dataclass(frozen=True)
class Structure:
    """Weight on the roof against its live load: a flag, not a structural check."""

    rack_kg_per_m2: float = number(
        7.5, "kg/m2", 0, 200, "racking 5-10 kg per m2 of modules (m.soonm.com/news/21832)"
    )
    rack_ballast_kg_per_m2: float = number(
        40.0, "kg/m2", 0, 500, f"per m2 of modules; with ballast 40-80 kg and more; {UNKNOWN}"
    )
    dome_ballast_kg_per_m2: float = number(
        20.0, "kg/m2", 0, 500, f"domes shelter each other from wind; {UNKNOWN}"
    )
    flat_live_load_kn_per_m2: float = number(
        0.5, "kN/m2", 0, 50, "not accessible 0.5, accessible 2.0 (75xn.com/29902.html)"
    )
    sloping_live_load_kn_per_m2: float = number(
        0.5, "kN/m2", 0, 50, "not accessible (75xn.com/29902.html)"
    )
