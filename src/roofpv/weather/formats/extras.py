"""Columns of a table that only some models need: rain, snow, damp."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

# Our name -> unit in which it may stand, and what else it is called; as ``_plain`` writes them.
_NAMES = {
    "precipitation_mm": (
        "mm", "precipitation precipitationmm rain rainfall rainmm prectotcorr 降水量 降雨量"
    ),
    "snowfall_cm": ("cm", "snowfall snowfallcm freshsnow 降雪量 新增积雪深度"),
    "snow_depth_cm": ("cm", "snowdepth snowdepthcm 积雪深度 雪深"),
    "relative_humidity": ("%", "relativehumidity rh rh2m humidity 相对湿度"),
    "precipitable_water_cm": ("cm", "precipitablewater precipitablewatercm 可降水量"),
}  # fmt: skip
_OURS = {word: name for name, (_, words) in _NAMES.items() for word in words.split()}
_BRACKETED = re.compile(r"(.*?)\s*[(\[](.*)[)\]]\s*")


def extras_of(header: Sequence[str]) -> dict[str, int]:
    """
    Places of the columns of ``EXTRAS`` in a header, by our names.

    A column in another unit than ours is left aside; so is a second one of the same name.

    Parameters
    ----------
    header : sequence of str
    """
    found: dict[str, int] = {}
    for place, own in enumerate(header):
        text = unicodedata.normalize("NFKC", own).strip()
        bracketed = _BRACKETED.fullmatch(text)
        name = _OURS.get(_plain(bracketed[1] if bracketed else text), "")
        if name and (bracketed is None or bracketed[2].strip() == _NAMES[name][0]):
            found.setdefault(name, place)
    return found


def _plain(text: str) -> str:
    return re.sub(r"[\s_.\-]", "", text.casefold())
