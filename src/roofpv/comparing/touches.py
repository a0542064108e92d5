"""Which results each thing that goes in can change."""

from __future__ import annotations

from collections.abc import Iterable

from roofpv import schema

_ALL = frozenset(schema.names(schema.RESULT))
_LEVELS = frozenset(
    {
        "ac_kwh_p50", "ac_kwh_p75", "ac_kwh_p90", "lifetime_kwh_p50", "lifetime_kwh_p75",
        "lifetime_kwh_p90",
    }
)  # fmt: skip
_LIFE = frozenset(name for name in _LEVELS if name.startswith("lifetime"))
_P90 = _LEVELS | {"yield_shared_sd_fraction"}
_OWN_USE = frozenset(
    {
        "npv_cny", "irr", "payback_years", "discounted_payback_years", "own_use_kwh", "export_kwh",
        "saved_cny", "sold_cny", "self_use_fraction", "self_supply_fraction",
    }
)  # fmt: skip
_MONEY = _OWN_USE | {"capex_cny", "lcoe_cny_per_kwh", "lifetime_kwh"}
_CARBON = frozenset({"avoided_kgco2", "embodied_kgco2", "carbon_payback_years"})
_WEIGHT = frozenset({"array_load_kn_per_m2", "load_check"})
_TARIFF = frozenset({"tariff_id"})
_LOAD = _OWN_USE | {"load_kwh", "load_is_estimate"}
_ENERGY = (
    _P90
    | _CARBON - {"embodied_kgco2"}
    | _MONEY - {"capex_cny"}
    | {
        "poa_kwh_per_m2", "shading_loss_fraction", "ac_kwh", "specific_yield_kwh_per_kwp",
        "existing_ac_kwh", "layout_lost_kwh",
    }
)  # fmt: skip
_INSTALLED = frozenset(
    {
        "installed_kwp", "existing_module_area_m2", "existing_projected_module_area_m2",
        "existing_array_field_area_m2", "existing_ac_kwh",
    }
)  # fmt: skip
_MODULES = (
    _ENERGY
    | _WEIGHT
    | _INSTALLED
    | {
        "module_area_m2", "projected_module_area_m2", "array_field_area_m2", "module_count", "kwp",
        "layout", "capex_cny", "embodied_kgco2",
    }
)  # fmt: skip
_HEIGHT = frozenset({"estimated_height_m", "height_basis"})
_SPREAD = frozenset({"gross_roof_area_sd_fraction"})
_ROOF = (
    _MODULES
    | _SPREAD
    | {
        "gross_roof_area_m2", "installable_area_m2", "evidence_grade", "load_kwh",
        "load_is_estimate",
    }
)  # fmt: skip
# Where shade decides what is installable, or a design is chosen by energy, light moves modules.
_BY_LIGHT = _MODULES | {"installable_area_m2"}

_NOTHING: frozenset[str] = frozenset()
_OF_ROOM = {
    "models": _ENERGY,
    "losses": _ENERGY,
    "site": _ENERGY | {"weather_site"},
    "inverter": _ENERGY,
    "shading": _ENERGY,
    "module": _MODULES,
    "roofs": _ROOF | _HEIGHT,
    "plant": _ROOF,
    "heights": _ENERGY | _HEIGHT,
    "areas": _SPREAD | _LEVELS,
    "layout": _MODULES | {"installable_area_m2"},
    "structure": _WEIGHT,
    "load": _LOAD,
    "finance": _MONEY | _CARBON | _LIFE | _TARIFF,
    "carbon": _CARBON,
    "uncertainty": _P90,
    "targets": _NOTHING,
    "certainty": _LEVELS,
    "gate": _NOTHING,
}
_LIT = ("models", "losses", "site", "inverter", "shading", "heights")
_OF_GIVEN = {
    "name": _NOTHING,
    "institution": _NOTHING,
    "institution_id": _NOTHING,
    "institution_key": _NOTHING,
    "ownership": _NOTHING,
    "completed": _NOTHING,
    "existing_pv_date": _NOTHING,
    "exemption_document": _NOTHING,
    "existing_pv": _INSTALLED,
    "existing_pv_kwp": _INSTALLED,
    "existing_pv_area_m2": _INSTALLED,
    "annual_load_kwh": _LOAD,
    "tariff": _OWN_USE | _TARIFF,
    "roof_live_load_kn_per_m2": _WEIGHT,
    "district": _ENERGY | {"weather_site"},
    "altitude_m": _ENERGY,
    "stated_kwp": _MODULES,
}
BY_USE = ("plant", "heights", "load")
# Columns that move modules only by way of the area of the roof, or of its height in the shade.
BY_AREA = frozenset(
    {
        "use", "floors", "height_m", "floor_area_m2", "footprint_area_m2", "roof_area_m2",
        "usable_area_m2", "other_use_area_m2", "roof_area_approximate",
    }
)  # fmt: skip
LAID = _MODULES


def of_assumption(key: str, by_light: bool) -> frozenset[str]:
    """
    Results that an assumption can change; ``by_light`` where light decides on modules too.

    Parameters
    ----------
    key : str
        ``room.name``; one that is not known can change everything.
    by_light : bool
    """
    room = key.partition(".")[0]
    found = _OF_ROOM.get(room, _ALL)
    if key in {"losses.first_year", "losses.degradation_per_year"}:
        found = found | _MONEY | _CARBON | _LIFE
    return found | _BY_LIGHT if by_light and room in _LIT else found


def of_light(by_light: bool) -> frozenset[str]:
    """Results that weather and surroundings can change."""
    return _ENERGY | {"weather_site"} | (_BY_LIGHT if by_light else _NOTHING)


def of_given(column: str) -> frozenset[str]:
    """Results that a column of the list can change."""
    return _OF_GIVEN.get(column, _ALL)


def of_everything() -> frozenset[str]:
    """Results that another version can change."""
    return _ALL


def touching(columns: Iterable[str], column: str) -> list[str]:
    """Columns of the list that can change one result."""
    return [name for name in columns if column in of_given(name)]
