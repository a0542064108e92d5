"""Every number that is not in the user's data: frozen, with its unit, bounds and source."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from roofpv.errors import InvalidConfig

UNKNOWN = "not known for the place: an editable assumption"
PVWATTS = "PVWatts Version 5 Manual, NREL/TP-6A20-62641, doi:10.2172/1158421"
FLAT_ROOF_GUIDE = "Chinese flat-roof design guidance (maolvys.com/news/20796.html)"

TRANSPOSITIONS = ("haydavies", "perez", "isotropic")
IAMS = ("physical", "martin_ruiz", "none", "coated")
IAM_DIFFUSES = ("none", "coated")
SPECTRUMS = ("none", "desoto")
INVERTERS = ("pvwatts", "linear")
TEMPERATURES = (
    "sapm/close_mount_glass_glass",
    "sapm/open_rack_glass_glass",
    "sapm/open_rack_glass_polymer",
    "sapm/insulated_back_glass_polymer",
    "faiman",
    "pvsyst/freestanding",
    "pvsyst/semi_integrated",
    "pvsyst/insulated",
    "noct/roof_mount",
    "noct/open_rack",
)
DECOMPOSITIONS = ("erbs", "erbs_driesse", "disc", "dirint")
WEATHER_SITES = ("nearest", "blend")
ROW_SHADINGS = ("beam_diffuse", "beam", "none")


def _number(default: float, unit: str, low: float, high: float, source: str) -> Any:
    return field(
        default=default, metadata={"unit": unit, "low": low, "high": high, "source": source}
    )


def _count(default: int, low: float, high: float, source: str) -> Any:
    meta = {"unit": "", "low": low, "high": high, "source": source, "whole": True}
    return field(default=default, metadata=meta)


def _choice(default: str, choices: tuple[str, ...], source: str) -> Any:
    return field(default=default, metadata={"unit": "", "choices": choices, "source": source})


def _optional(kind: type, unit: str, low: float, high: float, source: str) -> Any:
    meta = {"unit": unit, "low": low, "high": high, "source": source, "optional": kind}
    return field(default=None, metadata=meta)


# The models of PVWatts v8 and its standard module, by the source of the SAM Simulation Core; the
# low-light factor is that of the single diode which v8 solves for this module.
PVWATTS_V8: Mapping[str, Any] = {
    "models.transposition": "perez",
    "models.iam": "coated",
    "models.iam_diffuse": "coated",
    "models.spectrum": "desoto",
    "models.temperature": "noct/roof_mount",
    "models.inverter": "linear",
    "module.gamma_pdc": -0.0037,
    "module.low_light_k": 0.00395,
    "module.power_w": 322.558,
    "module.length_m": 1.6864,
    "module.width_m": 1.0,
}


@dataclass(frozen=True)
class Models:
    """Which published model does each step; names as in pvlib."""

    transposition: str = _choice(
        "haydavies", TRANSPOSITIONS, "Hay and Davies 1980; smooth in time, needs no bins"
    )
    iam: str = _choice("physical", IAMS, "De Soto et al. 2006, doi:10.1016/j.solener.2005.06.010")
    temperature: str = _choice(
        "sapm/close_mount_glass_glass",
        TEMPERATURES,
        "King et al., SAND2004-3535; the close mount is the warmer, cautious case for racks",
    )
    iam_diffuse: str = _choice(
        "none", IAM_DIFFUSES, "as in pvlib's ModelChain; coated: SAM Simulation Core, PVWatts v8"
    )
    spectrum: str = _choice(
        "none", SPECTRUMS, "desoto: De Soto et al. 2006, doi:10.1016/j.solener.2005.06.010"
    )
    inverter: str = _choice(
        "pvwatts", INVERTERS, f"{PVWATTS}; linear: SAM Simulation Core, PVWatts v8"
    )
    decomposition: str = _choice(
        "dirint",
        DECOMPOSITIONS,
        "Perez et al. 1992, ASHRAE Transactions 98 (1): nearest to the split of 7 real files "
        "(benchmarks/decomposition.py)",
    )


@dataclass(frozen=True)
class Losses:
    """Shares of the DC energy lost; they multiply."""

    system: float = _number(
        0.054, "1", 0, 0.9, f"mismatch 2, wiring 2, connections 0.5, nameplate 1 %: {PVWATTS}"
    )
    soiling: float = _number(
        0.045, "1", 0, 0.9, f"3-6 % a year with 4-6 cleanings, no local measurement; {UNKNOWN}"
    )
    snow: float = _number(0.01, "1", 0, 0.9, f"snow is rare, below 1-2 %; {UNKNOWN}")
    availability: float = _number(0.03, "1", 0, 0.9, PVWATTS)
    first_year: float = _number(0.015, "1", 0, 0.9, f"light-induced degradation, {PVWATTS}")
    degradation_per_year: float = _number(
        0.0055, "1", 0, 0.1, f"published calculators for Chinese roofs; {UNKNOWN}"
    )


@dataclass(frozen=True)
class Site:
    """The surroundings."""

    albedo: float = _number(0.2, "1", 0, 1, "pvlib.albedo: grass and weathered roofs")
    weather_reach_km: float = _number(
        50.0, "km", 1, 1000, "a bundled site is used up to this distance, and beyond it a warning"
    )
    wind_speed: float = _number(
        2.0,
        "m/s",
        0,
        30,
        f"where the weather has none; a weak wind keeps modules rather too warm; {UNKNOWN}",
    )
    weather_sites: str = _choice(
        "nearest",
        WEATHER_SITES,
        "nearest: each roof takes its nearest weather site; blend: Shepard 1968, "
        "doi:10.1145/800186.810616, on the energy of several",
    )
    blend_sites: int = _count(3, 1, 50, f"nearest weather sites in a blend; {UNKNOWN}")
    blend_power: float = _number(
        2.0, "1", 0.1, 20, "weight by distance to this power: Shepard 1968"
    )
    blend_reach_km: float = _number(
        100.0, "km", 1, 2000, f"sites beyond it are blended in only if nearest; {UNKNOWN}"
    )
    lapse_rate: float = _number(
        -6.5,
        "K/km",
        -15,
        15,
        "ICAO standard atmosphere, ISO 2533:1975; by altitude_m of the roof over that of the site",
    )


@dataclass(frozen=True)
class Module:
    """The PV module."""

    power_w: float = _number(580.0, "W", 1, 2000, f"224 W/m2 class of 2025; {UNKNOWN}")
    length_m: float = _number(2.278, "m", 0.1, 5, f"182 mm cells, 72 pairs; {UNKNOWN}")
    width_m: float = _number(1.134, "m", 0.1, 3, f"182 mm cells, 72 pairs; {UNKNOWN}")
    gamma_pdc: float = _number(-0.0035, "1/K", -0.01, 0, f"premium module, {PVWATTS}")
    efficiency: float = _number(
        0.1, "1", 0, 0.5, "pvlib's default, used by the PVsyst cell temperature only"
    )
    low_light_k: float = _number(
        0.0, "1", -0.1, 0.1, "Marion 2008, doi:10.1109/PVSC.2008.4922586; 0 is PVWatts v5"
    )


@dataclass(frozen=True)
class Inverter:
    """The inverter."""

    efficiency: float = _number(0.96, "1", 0.5, 1, PVWATTS)
    dc_ac_ratio: float = _number(1.2, "1", 0.5, 3, PVWATTS)


@dataclass(frozen=True)
class Roofs:
    """How much of a roof can carry PV."""

    flat_installable_fraction: float = _number(
        0.70, "1", 0, 1, f"strips, plant, stair heads, aisles taken off: {FLAT_ROOF_GUIDE}"
    )
    pitched_installable_fraction: float = _number(
        0.70, "1", 0, 1, f"usable share of pitched roofs in published calculators; {UNKNOWN}"
    )
    steel_installable_fraction: float = _number(
        0.80, "1", 0, 1, f"drawing roof to installable, 0.7-0.9 by its author; {UNKNOWN}"
    )
    pitched_tilt: float = _number(25.0, "deg", 1, 75, f"where no tilt is stated; {UNKNOWN}")
    steel_tilt: float = _number(5.0, "deg", 0, 30, f"colour-steel halls, 5-10 %; {UNKNOWN}")
    pole_facing_tilt: float = _number(
        15.0,
        "deg",
        0,
        90,
        "planes steeper than this that face within 60 degrees of the pole carry none, after the "
        "Berlin net roof (solargesetz.berlin.de)",
    )
    storey_height_m: float = _number(3.0, "m", 2, 6, "usual in Chinese footprint sets")


@dataclass(frozen=True)
class Heights:
    """Storeys of a building whose height and storeys are both not known, by use."""

    government_floors: float = _number(4.0, "1", 0.5, 200, UNKNOWN)
    school_floors: float = _number(4.0, "1", 0.5, 200, UNKNOWN)
    hospital_floors: float = _number(5.0, "1", 0.5, 200, UNKNOWN)
    other_public_floors: float = _number(3.0, "1", 0.5, 200, UNKNOWN)
    residential_floors: float = _number(6.0, "1", 0.5, 200, UNKNOWN)
    industrial_floors: float = _number(2.0, "1", 0.5, 200, UNKNOWN)
    commercial_floors: float = _number(3.0, "1", 0.5, 200, UNKNOWN)
    unknown_floors: float = _number(3.0, "1", 0.5, 200, UNKNOWN)


@dataclass(frozen=True)
class Areas:
    """One standard deviation of the gross roof area, by what it rests on (evidence grade)."""

    sd_a: float = _number(0.02, "1", 0, 1, f"survey or measured planes; {UNKNOWN}")
    sd_b: float = _number(0.05, "1", 0, 1, f"drawn footprint with a height; {UNKNOWN}")
    sd_c: float = _number(0.08, "1", 0, 1, f"drawn footprint only; {UNKNOWN}")
    sd_d: float = _number(
        0.30, "1", 0, 1, f"floor area over storeys: storeys differ, basements count in; {UNKNOWN}"
    )


@dataclass(frozen=True)
class Layout:
    """How modules are set on the installable area."""

    flat_tilt: float = _number(
        15.0,
        "deg",
        0,
        60,
        "racks above 19.5 deg cannot cover half of their field at 39 N (GB 50797 pitch)",
    )
    gcr: float | None = _optional(
        float, "1", 0.05, 1.0, "ground cover ratio; empty: pitch by the GB 50797 no-shadow rule"
    )
    min_gcr: float = _number(
        0.2,
        "1",
        0.05,
        1,
        "widest pitch, where the no-shadow rule has no finite one (high latitude)",
    )
    setback_m: float = _number(
        0.0, "m", 0, 20, "clear strip along every edge; no Chinese number was found"
    )


@dataclass(frozen=True)
class Shading:
    """What hides the sun and the sky."""

    rows: str = _choice(
        "beam_diffuse",
        ROW_SHADINGS,
        "infinite rows, in proportion to the light: Mikofski et al. 2019, "
        "doi:10.1109/PVSC40753.2019.8980572; Anderson and Jensen 2024, doi:10.1063/5.0202220; "
        "Anderson et al. 2026, doi:10.1109/JPHOTOV.2026.3677506",
    )


@dataclass(frozen=True)
class Load:
    """Electricity used where the inventory does not state it."""

    government_kwh_per_m2: float = _number(115.0, "kWh/m2", 0, 2000, f"office 70-150; {UNKNOWN}")
    hospital_kwh_per_m2: float = _number(180.0, "kWh/m2", 0, 2000, f"120-220; {UNKNOWN}")
    school_kwh_per_m2: float = _number(75.0, "kWh/m2", 0, 2000, f"university 40-90; {UNKNOWN}")


@dataclass(frozen=True)
class Finance:
    """Money."""

    capex_cny_per_w: float = _number(3.0, "CNY/W", 0, 100, f"2.5-3.6 in 2026; {UNKNOWN}")
    om_fraction: float = _number(0.01, "1/a", 0, 0.5, f"1 % of capex a year; {UNKNOWN}")
    discount_rate: float = _number(0.06, "1/a", -0.05, 0.5, f"published calculators; {UNKNOWN}")
    life_years: float = _number(25.0, "a", 1, 60, "GB 55015-2021: modules above 25 a")
    retail_cny_per_kwh: float = _number(
        0.45, "CNY/kWh", -5, 50, f"Ningxia general commercial, flat; {UNKNOWN}"
    )
    export_cny_per_kwh: float = _number(
        0.18, "CNY/kWh", -5, 50, "Ningxia rules of 15 Sep 2025 for document 136: lower bound"
    )
    self_use_fraction: float | None = _optional(
        float, "1", 0, 1, "empty: not assessed, it needs the hourly load"
    )


@dataclass(frozen=True)
class Carbon:
    """Carbon."""

    grid_kgco2_per_kwh: float = _number(
        0.5543, "kg/kWh", 0, 3, "Northwest grid 2023, national notice; average, not marginal"
    )


@dataclass(frozen=True)
class Uncertainty:
    """One standard deviation of what the annual energy rests on, besides the weather's own."""

    model: float = _number(
        0.03, "1", 0, 0.5, f"transposition, temperature and inverter models; {UNKNOWN}"
    )
    losses: float = _number(0.03, "1", 0, 0.5, f"soiling and availability; {UNKNOWN}")
    irradiation: float = _number(
        0.05,
        "1",
        0,
        0.5,
        "long-term error of annual GHI where several years of weather state none; modelled "
        f"irradiation carries 5-8 %; {UNKNOWN}",
    )


@dataclass(frozen=True)
class Targets:
    """How targets are judged."""

    as_of: str | None = _optional(str, "date", 0, 0, "ISO date; empty: the deadline of each target")


@dataclass(frozen=True)
class Assumptions:
    """Everything that is assumed, by room."""

    models: Models = field(default_factory=Models)
    losses: Losses = field(default_factory=Losses)
    site: Site = field(default_factory=Site)
    module: Module = field(default_factory=Module)
    inverter: Inverter = field(default_factory=Inverter)
    roofs: Roofs = field(default_factory=Roofs)
    heights: Heights = field(default_factory=Heights)
    areas: Areas = field(default_factory=Areas)
    layout: Layout = field(default_factory=Layout)
    shading: Shading = field(default_factory=Shading)
    load: Load = field(default_factory=Load)
    finance: Finance = field(default_factory=Finance)
    carbon: Carbon = field(default_factory=Carbon)
    uncertainty: Uncertainty = field(default_factory=Uncertainty)
    targets: Targets = field(default_factory=Targets)


def describe(assumptions: Assumptions) -> list[dict[str, Any]]:
    """
    List every assumption as it stands.

    Returns
    -------
    list of dict
        ``key``, ``value``, ``unit``, ``source`` and ``default`` (whether it is the default).
    """
    return [
        {
            "key": f"{room.name}.{item.name}",
            "value": getattr(getattr(assumptions, room.name), item.name),
            "unit": item.metadata["unit"],
            "source": item.metadata["source"],
            "default": getattr(getattr(assumptions, room.name), item.name) == item.default,
        }
        for room in dataclasses.fields(assumptions)
        for item in dataclasses.fields(getattr(assumptions, room.name))
    ]


def from_values(
    values: Mapping[str, Any], where: str, base: Assumptions | None = None
) -> Assumptions:
    """
    Change the base (the defaults, if none) where ``values`` (key ``room.name``) says so.

    Raises
    ------
    InvalidConfig
        An unknown key (the nearest right one is named), or a value outside its bounds.
    """
    assumptions = base or Assumptions()
    known = {entry["key"] for entry in describe(assumptions)}
    for key, value in values.items():
        if key not in known:
            raise InvalidConfig(f"{where}, {key}", "no such setting", nearest(key, known))
        room_name, name = key.split(".")
        room = getattr(assumptions, room_name)
        item = next(f for f in dataclasses.fields(room) if f.name == name)
        checked = _checked(value, item.metadata, f"{where}, {key}")
        changed = dataclasses.replace(room, **{name: checked})
        assumptions = dataclasses.replace(assumptions, **{room_name: changed})
    return assumptions


def _checked(value: Any, meta: Mapping[str, Any], where: str) -> Any:
    if "choices" in meta:
        return _checked_choice(value, meta["choices"], where)
    if "optional" in meta and value in ("", None):
        return None
    if meta.get("optional") is str:
        return _checked_date(value, where)
    return _checked_number(value, meta, where)


def _checked_choice(value: Any, choices: tuple[str, ...], where: str) -> str:
    if value not in choices:
        raise InvalidConfig(where, f"{value!r} is none of {', '.join(choices)}", "Choose one")
    return str(value)


def _checked_date(value: Any, where: str) -> str:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError as error:
        raise InvalidConfig(where, f"{value!r} is no date", "Write it as 2025-12-31") from error


def _checked_number(value: Any, meta: Mapping[str, Any], where: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise InvalidConfig(where, f"{value!r} is no number", "Write a number") from error
    low, high, unit = meta["low"], meta["high"], meta["unit"]
    if isinstance(value, bool) or not low <= number <= high:
        said = " (a fraction)" if unit == "1" else f" {unit}".rstrip()
        raise InvalidConfig(
            where, f"{value} is outside {low:g} to {high:g}{said}", "Write a value in that range"
        )
    if not meta.get("whole"):
        return number
    if number != int(number):
        raise InvalidConfig(where, f"{value} is no whole number", "Write a whole number")
    return int(number)


def nearest(key: str, known: Iterable[str]) -> str:
    """What to say of a name that is not known: the one that is most like it."""
    close = difflib.get_close_matches(key, sorted(known), n=1, cutoff=0.5)
    return f"Did you mean {close[0]}" if close else "`roofpv assess --help` lists the settings"
