"""Units that weather tables are written in, and the way from them to ours."""

from __future__ import annotations

import re
import unicodedata

from roofpv.errors import InvalidWeather
from roofpv.weather.dataset import IRRADIANCES, UNITS

_KNOT, _MILE = 1852.0 / 3600.0, 1609.344 / 3600.0
# The calorie of chemists, by which a langley is defined, in J/m2.
_LANGLEY = 41840.0
_POWERS = {
    "w/m2": 1.0, "kw/m2": 1e3,
    "wh/m2/h": 1.0, "kwh/m2/h": 1e3, "kj/m2/h": 1e3 / 3600.0, "mj/m2/h": 1e6 / 3600.0,
    **dict.fromkeys(("ly/min", "langley/min", "cal/cm2/min"), _LANGLEY / 60.0),
    **dict.fromkeys(("ly/h", "langley/h", "cal/cm2/h"), _LANGLEY / 3600.0),
}  # fmt: skip
# Energies of one interval, in J/m2.
_ENERGIES = {
    "wh/m2": 3600.0, "kwh/m2": 3.6e6, "j/m2": 1.0, "kj/m2": 1e3, "mj/m2": 1e6, "j/cm2": 1e4,
    **dict.fromkeys(("ly", "langley", "langleys", "cal/cm2"), _LANGLEY), "kcal/m2": _LANGLEY / 10.0,
}  # fmt: skip
_TEMPERATURES = {
    "c": (1.0, 0.0), "celsius": (1.0, 0.0), "k": (1.0, -273.15), "kelvin": (1.0, -273.15),
    "f": (5.0 / 9.0, -160.0 / 9.0), "fahrenheit": (5.0 / 9.0, -160.0 / 9.0), "0.1c": (0.1, 0.0),
}  # fmt: skip
_SPEEDS = {
    "m/s": 1.0, "km/h": 1.0 / 3.6, "kmh": 1.0 / 3.6, "kph": 1.0 / 3.6, "mph": _MILE, "kn": _KNOT,
    "kt": _KNOT, "kts": _KNOT, "knot": _KNOT, "knots": _KNOT, "0.1m/s": 0.1,
}  # fmt: skip
_LISTED = {
    **dict.fromkeys(IRRADIANCES, "W/m2, kW/m2, Wh/m2, kWh/m2, kJ/m2, MJ/m2, J/cm2 or cal/cm2"),
    "temp_air": "degC, K, degF or 0.1degC",
    "wind_speed": "m/s, km/h, mph or kn",
}
_SPELLED = {
    "千瓦时": "kwh", "瓦时": "wh", "千瓦": "kw", "瓦": "w", "兆焦": "mj", "千焦": "kj",
    "平方米": "m2", "每": "/", "米/秒": "m/s", "摄氏度": "c", "开尔文": "k", "千米/小时": "km/h",
    "公里/小时": "km/h", "degrees": "", "degree": "", "deg": "", "°": "",
}  # fmt: skip


def plain_unit(text: str) -> str:
    """A unit in the one spelling by which it is looked up: "W·m⁻²" and "W / m^2" are "w/m2"."""
    unit = unicodedata.normalize("NFKC", text).replace("−", "-").casefold()
    unit = re.sub(r"[\s^*·⋅・_]", "", unit)
    for spelled, short in _SPELLED.items():
        unit = unit.replace(spelled, short)
    unit = re.sub(r"/?(c?m)-2", r"/\g<1>2", unit)
    unit = re.sub(r"(?:/hour|/hr|h-1)$", "/h", unit)
    unit = re.sub(r"(?:/minute|min-1)$", "/min", unit)
    return {"ms-1": "m/s", "wm2": "w/m2", "w/sqm": "w/m2"}.get(unit, unit)


def is_known(name: str, unit: str) -> bool:
    """Whether a column of ours may be written in a unit."""
    spelled = plain_unit(unit)
    if name in IRRADIANCES:
        return spelled in _POWERS or spelled in _ENERGIES
    return spelled in (_TEMPERATURES if name == "temp_air" else _SPEEDS)


def scale(name: str, unit: str, interval_minutes: float, where: str) -> tuple[float, float]:
    """
    Factor and summand that turn numbers in a unit into ours.

    Parameters
    ----------
    name : str
        Column: one of ``ghi dni dhi temp_air wind_speed``.
    unit : str
        Its unit in the file, empty for ours.
    interval_minutes : float
        Time in which an energy was received.
    where : str
        File and column, for the error.

    Raises
    ------
    InvalidWeather
        A unit that is not known.
    """
    spelled = plain_unit(unit or UNITS[name])
    if not is_known(name, spelled):
        raise InvalidWeather(
            where, f"unknown unit {unit!r} of {name}", f"Say which it is: {_LISTED[name]}"
        )
    if name == "temp_air":
        return _TEMPERATURES[spelled]
    if name == "wind_speed":
        return _SPEEDS[spelled], 0.0
    if spelled in _POWERS:
        return _POWERS[spelled], 0.0
    return _ENERGIES[spelled] / (60.0 * interval_minutes), 0.0
