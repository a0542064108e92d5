"""What rules ask of a building beyond the inventory's own columns; who has it may add it."""

from __future__ import annotations

# A table given to `evaluate` may have these columns. Where it has not, or all are empty, the
# verdict names them under ``lacking``; nothing stands in for them.
NEEDS = {
    "useful_floor_area_m2": "useful floor area",
    "conditioned_floor_area_m2": "floor area that is heated or cooled",
    "dwelling_units": "number of dwellings",
    "climate_zone": "climate zone of the rule's own map",
    "pv_factor_w_per_ft2": "PV asked for by the table of the rule, for its use and zone",
    "rural_home": "1 where it is a home in a village, 0 where not",
    "solar_access_roof_m2": "roof with the solar access that the rule asks for",
    "net_roof_area_m2": "roof less shade, structures, skylights, other use and north sides",
    "plot_roof_area_m2": "all roof on the plot",
    "suitable_roof_area_m2": "roof suitable for PV, as the rule defines it",
    "green_roof_area_m2": "green roof",
    "green_roof_duty": "1 where a green roof is prescribed, 0 where not",
    "solar_thermal_area_m2": "solar thermal collectors",
    "facade_pv_area_m2": "PV on the facade",
    "converted_facade_pv_area_m2": "PV on the facade, converted to roof as the rule says",
    "carport_pv_area_m2": "PV on carports of the plot",
    "shaded_roof_area_m2": "roof in shade, as the rule defines it",
    "roof_plant_area_m2": "roof taken by plant",
    "best_south_plane_m2": "largest roof plane that faces about south",
    "second_south_plane_m2": "second largest roof plane that faces about south",
    "renovation_year": "year of the major renovation",
    "reroofing_year": "year in which the roof was renewed",
    "builder_floor_area_m2": "floor area that its builder completes in a year",
}
TEXTS = ("climate_zone",)
