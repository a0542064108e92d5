"""All assumptions together: listed with their sources, and changed by name."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from roofpv.assumptions.certainty import Certainty
from roofpv.assumptions.energy import (
    Inverter,
    Losses,
    Models,
    Module,
    Shading,
    Site,
    Uncertainty,
)
from roofpv.assumptions.gate import Gate
from roofpv.assumptions.lists import checked_list
from roofpv.assumptions.modules import MODULES
from roofpv.assumptions.money import Carbon, Finance, Load, Targets
from roofpv.assumptions.roofs import Areas, Heights, Layout, Plant, Roofs, Structure
from roofpv.errors import InvalidConfig

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
class Assumptions:
    """Everything that is assumed, by room."""

    models: Models = field(default_factory=Models)
    losses: Losses = field(default_factory=Losses)
    site: Site = field(default_factory=Site)
    module: Module = field(default_factory=Module)
    inverter: Inverter = field(default_factory=Inverter)
    roofs: Roofs = field(default_factory=Roofs)
    plant: Plant = field(default_factory=Plant)
    heights: Heights = field(default_factory=Heights)
    areas: Areas = field(default_factory=Areas)
    layout: Layout = field(default_factory=Layout)
    structure: Structure = field(default_factory=Structure)
    shading: Shading = field(default_factory=Shading)
    load: Load = field(default_factory=Load)
    finance: Finance = field(default_factory=Finance)
    carbon: Carbon = field(default_factory=Carbon)
    uncertainty: Uncertainty = field(default_factory=Uncertainty)
    targets: Targets = field(default_factory=Targets)
    certainty: Certainty = field(default_factory=Certainty)
    gate: Gate = field(default_factory=Gate)


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

    ``module.preset`` comes first, and what else is said of the module changes that.

    Raises
    ------
    InvalidConfig
        An unknown key (the nearest right one is named), or a value outside its bounds.
    """
    assumptions = base or Assumptions()
    known = {entry["key"] for entry in describe(assumptions)}
    for key, value in _preset_first(values).items():
        if key not in known:
            raise InvalidConfig(f"{where}, {key}", "no such setting", nearest(key, known))
        room_name, name = key.split(".")
        room = getattr(assumptions, room_name)
        item = next(f for f in dataclasses.fields(room) if f.name == name)
        checked = _checked(value, item.metadata, f"{where}, {key}")
        changed = dataclasses.replace(room, **{name: checked})
        assumptions = dataclasses.replace(assumptions, **{room_name: changed})
    return assumptions


def _preset_first(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values in their order, those of the module preset before them."""
    preset = values.get("module.preset")
    of_preset = MODULES.get(preset, {}) if isinstance(preset, str) else {}
    return {f"module.{name}": value for name, value in of_preset.items()} | dict(values)


def _checked(value: Any, meta: Mapping[str, Any], where: str) -> Any:
    if "choices" in meta:
        return _checked_choice(value, meta["choices"], where)
    if "list" in meta:
        return checked_list(value, meta, where)
    if "optional" in meta and value in ("", None):
        return None
    if "text" in meta:
        return _checked_text(value, where)
    if meta.get("optional") is str:
        return _checked_date(value, where)
    return _checked_number(value, meta, where)


def _checked_choice(value: Any, choices: tuple[str, ...], where: str) -> str:
    if value not in choices:
        raise InvalidConfig(where, f"{value!r} is none of {', '.join(choices)}", "Choose one")
    return str(value)


def _checked_text(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InvalidConfig(where, f"{value!r} is no name", "Write an id or the path of a file")
    return value


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
            where, f"{value} is outside {low:g} to {high:g}{said}", _mend(number, meta)
        )
    if not meta.get("whole") and meta.get("optional") is not int:
        return number
    if number != int(number):
        raise InvalidConfig(where, f"{value} is no whole number", "Write a whole number")
    return int(number)


def _mend(number: float, meta: Mapping[str, Any]) -> str:
    """What to say of a number out of bounds: a percentage is named as such."""
    low, high = meta["low"], meta["high"]
    if meta["unit"] in {"1", "1/a"} and high < 1.0 <= number and low <= number / 100 <= high:
        return f"Write {number / 100:g} for {number:g} %"
    return "Write a value in that range"


def nearest(key: str, known: Iterable[str]) -> str:
    """What to say of a name that is not known: the one that is most like it."""
    close = difflib.get_close_matches(key, sorted(known), n=1, cutoff=0.5)
    return f"Did you mean {close[0]}" if close else "`roofpv assess --help` lists the settings"
