"""Which column of a table is which: by the user's word, else by exact names, English or Chinese."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from roofpv.errors import InvalidWeather
from roofpv.text import plain
from roofpv.weather.dataset import UNITS
from roofpv.weather.formats.units import is_known
from roofpv.weather.series import Columns

# As ``_plain_name`` writes them.
_ALIASES = {
    "time": "time timestamp datetime dateandtime measuredon 时间 日期时间 时刻 时间戳 观测时间",
    "date": "date 日期 观测日期",
    "year": "year yr yyyy 年 年份",
    "month": "month mo mon mm 月 月份",
    "day": "day dy dd 日",
    "hour": "hour hr hh 时 小时",
    "minute": "minute min 分 分钟",
    "day_of_year": "dayofyear doy yearday 年积日",
    "ghi": "ghi g(h) globalhorizontalirradiance globalhorizontalradiation globalhorizontal globhor "
    "globalirradiance globalradiation allskysfcswdwn "
    "水平面总辐射 水平总辐射 总辐射 总辐照度 总辐射辐照度 水平面总辐照度 水平总辐照度 太阳总辐射",
    "dni": "dni gb(n) directnormalirradiance directnormalradiation directnormal beamnormal "
    "beamnormalirradiance allskysfcswdni "
    "直接辐射 直射辐射 法向直射 法向直接辐射 法向直射辐射 法向直接辐照度 法向直射辐照度 直接辐照度",
    "dhi": "dhi gd(h) diffusehorizontalirradiance diffusehorizontalradiation diffusehorizontal "
    "diffuseirradiance diffuseradiation diffhor allskysfcswdiff "
    "散射辐射 散射辐照度 水平面散射辐射 水平散射辐射 水平面散射辐照度 水平散射辐照度",
    "temp_air": "tempair temperature temp airtemperature airtemp temperatureair tair tamb tambient "
    "ambienttemperature ambienttemp drybulb drybulbtemperature t2m "
    "气温 温度 环境温度 空气温度 大气温度 干球温度",
    "wind_speed": "windspeed wind ws ws10m wspd windvel windvelocity "
    "风速 平均风速 10米风速 10m风速",
}
# The text of UMEP and SUEWS: its names are too short to be trusted without each other.
_UMEP = {
    "iy": "year", "id": "day_of_year", "it": "hour", "imin": "minute", "kdown": "ghi",
    "kdir": "dni", "kdiff": "dhi", "tair": "temp_air", "u": "wind_speed",
}  # fmt: skip
_UMEP_TIME = {"iy", "id", "it", "imin"}
# As pandas writes the header of an index without name.
NAMELESS = {"", "unnamed: 0"}
_TIMES = {"time", "date", "year", "month", "day", "hour", "day_of_year"}
_OURS = {alias: name for name, aliases in _ALIASES.items() for alias in aliases.split()}
_BRACKETED = re.compile(r"(.*?)\s*[(\[{【](.*)[)\]}】]\s*")


@dataclass(frozen=True)
class Chosen:
    """A column of a table: its place, its header, and the unit that stands in it or was given."""

    place: int
    header: str
    unit: str = ""


def choose(header: Sequence[str], columns: Columns, source: str) -> dict[str, Chosen]:
    """
    Columns that are recognised, by our names; the others are left aside.

    Parameters
    ----------
    header : sequence of str
    columns : Columns
        The user's word, which comes first.
    source : str
        The file's name, for errors.

    Raises
    ------
    InvalidWeather
        A name that the table does not have, or two headers for one column.
    """
    chosen = {ours: _named(ours, own, header, source) for ours, own in columns.names.items()}
    taken = {column.place for column in chosen.values()}
    known = _umep if is_umep(header) else _recognised
    for place, text in enumerate(header):
        ours, unit = known(text)
        if not ours or ours in columns.names or place in taken:
            continue
        if ours in chosen:
            raise InvalidWeather(
                f"{source}, column {ours}",
                f"both {chosen[ours].header!r} and {plain(text)!r} are understood as {ours}",
                f"Say which is meant: {ours} = {plain(text)!r} in [columns]",
            )
        chosen[ours] = Chosen(place, plain(text), unit)
    if not _TIMES & set(chosen) and header and header[0].casefold() in NAMELESS:
        chosen["time"] = Chosen(0, plain(header[0]))
    for ours, unit in columns.units.items():
        if ours not in UNITS:
            raise InvalidWeather(
                f"unit of {ours}", "no such column", f"Name one of {', '.join(UNITS)}"
            )
        if ours not in chosen:
            raise InvalidWeather(
                f"{source}, column {ours}",
                f"its unit is given, but no header is understood as {ours}",
                f"Name its header as well: --column {ours}=...",
            )
        chosen[ours] = Chosen(chosen[ours].place, chosen[ours].header, unit)
    return chosen


def _named(ours: str, own: str, header: Sequence[str], source: str) -> Chosen:
    if ours not in _ALIASES:
        raise InvalidWeather(
            f"column {ours}", "no column of weather", f"Name one of {', '.join(_ALIASES)}"
        )
    if own.strip() not in header:
        raise InvalidWeather(
            f"{source}, column {ours}",
            f"no header is {own!r}; found {plain(', '.join(header), 200)}",
            "Write it as it stands in the file",
        )
    place = list(header).index(own.strip())
    unit = _recognised(header[place])[1] or _unit_only(header[place], ours)
    return Chosen(place, plain(own), unit)


def is_umep(header: Sequence[str]) -> bool:
    """Whether a header is that of the meteorological text of UMEP."""
    return {_umep_name(text) for text in header} >= _UMEP_TIME


def _umep(text: str) -> tuple[str, str]:
    return _UMEP.get(_umep_name(text), ""), ""


def _umep_name(text: str) -> str:
    return text.strip().lstrip("%").casefold()


def _unit_only(text: str, ours: str) -> str:
    """Unit in the header of a column that only the user knows, where it is one."""
    bracketed = _BRACKETED.fullmatch(unicodedata.normalize("NFKC", text))
    known = bracketed and ours in UNITS and is_known(ours, bracketed[2])
    return bracketed[2] if bracketed and known else ""


def _recognised(text: str) -> tuple[str, str]:
    """Our name for a header and its unit: "GHI (kJ/m2)", "ghi [kW/m2]", "气温/℃"."""
    text = unicodedata.normalize("NFKC", text).strip()
    if _plain_name(text) in _OURS:
        return _OURS[_plain_name(text)], ""
    bracketed = _BRACKETED.fullmatch(text)
    if bracketed:
        base = _plain_name(bracketed[1].rstrip("/"))
        return _OURS.get(base, ""), bracketed[2].strip()
    base, _, unit = text.partition("/")
    ours = _OURS.get(_plain_name(base), "")
    return (ours, unit.strip()) if ours in UNITS else ("", "")


def _plain_name(text: str) -> str:
    return re.sub(r"[\s_.\-]", "", text.casefold())
