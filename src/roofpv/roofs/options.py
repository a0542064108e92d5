"""Ways to equip a flat roof that are compared with each other; sloping roofs have one, flush."""

from __future__ import annotations

from dataclasses import dataclass

from roofpv.assumptions import FLAT_LAYOUTS, Layout
from roofpv.errors import InvalidResult

# From nearly flat to the tilt of the best year at 39 degrees north. [deg]
COMPARED_TILTS = (10.0, 15.0, 20.0, 25.0, 30.0, 35.0)


@dataclass(frozen=True)
class LayoutOption:
    """
    One way to equip flat planes.

    Parameters
    ----------
    kind : str
        ``south_racks`` toward the equator, ``aligned_racks`` along the side of the roof that is
        nearest to east-west, ``east_west`` domes along the side nearest to north-south, ``flat``.
    tilt_deg : float
        Of the modules from horizontal. [deg]
    """

    kind: str
    tilt_deg: float

    @property
    def name(self) -> str:
        """Kind and tilt, such as ``south_racks_15``."""
        tilt = repr(float(self.tilt_deg)).removesuffix(".0")
        return self.kind if self.kind == "flat" else f"{self.kind}_{tilt}"


def stated_option(layout: Layout) -> LayoutOption:
    """Option that ``layout.flat_layout`` and the tilt for it state."""
    if layout.flat_layout == "flat":
        return LayoutOption("flat", 0.0)
    tilt = layout.east_west_tilt if layout.flat_layout == "east_west" else layout.flat_tilt
    return LayoutOption(layout.flat_layout, tilt)


def layout_options(layout: Layout) -> list[LayoutOption]:
    """Options that are compared: racks at several tilts, the stated one among them, and others."""
    tilts = sorted({*COMPARED_TILTS, layout.flat_tilt})
    racks = [
        LayoutOption(kind, tilt) for kind in ("south_racks", "aligned_racks") for tilt in tilts
    ]
    return [*racks, LayoutOption("east_west", layout.east_west_tilt), LayoutOption("flat", 0.0)]


def option_named(name: str) -> LayoutOption:
    """
    Option of a name, as ``LayoutOption.name`` gives it.

    Raises
    ------
    InvalidResult
        No such kind of layout.
    """
    if name == "flat":
        return LayoutOption("flat", 0.0)
    kind, _, words = name.rpartition("_")
    tilt = _number(words)
    if kind not in FLAT_LAYOUTS or tilt is None:
        raise InvalidResult(
            f"layout {name}",
            f"no such layout; there are {', '.join(FLAT_LAYOUTS)}",
            "Assess the inventory again",
        )
    return LayoutOption(kind, tilt)


def _number(words: str) -> float | None:
    try:
        return float(words)
    except ValueError:
        return None
