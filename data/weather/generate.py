"""Write the bundled typical weather years and their picture beside this file, always the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import xarray as xr

from roofpv.report.svg import (
    Box,
    Font,
    Stroke,
    element,
    line,
    polyline,
    rect,
    stack,
    text,
    text_width,
)
from roofpv.weather.climate import read_climate
from roofpv.weather.synth import synthesize
from roofpv.weather.synthstats import published_and_generated
from roofpv.weather.write import weather_csv

SEED = 753000
HERE = Path(__file__).resolve().parent
NOTE = (
    "SYNTHETIC hours drawn from published monthly statistics, no measurement; how and how far to"
    " trust them: SOURCES.md"
)


def bundled_csv(weather: xr.Dataset) -> str:
    """
    One site's weather as the text of its bundled file.

    Parameters
    ----------
    weather : Dataset (site, time)
        One site, as ``synthesize`` returns it. [W/m2, °C, m/s]

    Returns
    -------
    str
        Values to one decimal, which keeps the files small.
    """
    spread = weather["ghi_interannual_sd_fraction"].round(4)
    told = weather.assign_coords(ghi_interannual_sd_fraction=spread)
    return weather_csv(told.assign_attrs(stated_note=NOTE), decimals=1)


class Series(NamedTuple):
    """Quantity of ``published_and_generated``, its words and its colour."""

    name: str
    words: str
    colour: str


class Panel(NamedTuple):
    """One row of the picture: what it shows, over which values."""

    title: str
    low: float
    high: float
    step: float
    series: Sequence[Series]


INK, FAINT, GRID = "#222222", "#555555", "#dddddd"
BLUE, ORANGE, GREEN = "#0072b2", "#d55e00", "#008060"
PANELS = (
    Panel(
        "Irradiation of the month, kWh/m²",
        0,
        250,
        50,
        (Series("ghi_kwh_per_m2", "global", BLUE), Series("dhi_kwh_per_m2", "diffuse", ORANGE)),
    ),
    Panel(
        "Clearness of days, quantiles",
        0,
        0.8,
        0.2,
        (
            Series("kt_p90", "90 %", BLUE),
            Series("kt_p50", "50 %", ORANGE),
            Series("kt_p10", "10 %", GREEN),
        ),
    ),
    Panel(
        "Clearness of a day and of the next, correlation",
        0,
        0.6,
        0.2,
        (Series("kt_lag1", "lag 1", BLUE),),
    ),
    Panel(
        "Air temperature, °C",
        -20,
        30,
        10,
        (Series("temp_air", "mean", ORANGE), Series("temp_air_min", "daily minimum", BLUE)),
    ),
)
WIDTH, LEFT, TOP, ROOM, GAP, TALL, BETWEEN = 1000.0, 50.0, 110.0, 290.0, 25.0, 150.0, 72.0
MONTHS = "JFMAMJJASOND"


def picture(tables: dict[str, pd.DataFrame]) -> str:
    """
    Draw published and generated statistics as SVG.

    Parameters
    ----------
    tables : dict of DataFrame (month,)
        By site, as ``published_and_generated`` returns them.
    """
    height = TOP + len(PANELS) * (TALL + BETWEEN)
    paper = {"viewBox": f"0 0 {WIDTH:g} {height:g}", "font-family": "Arial, Helvetica, sans-serif"}
    pieces = [rect(Box(0, 0, WIDTH, height), "#ffffff"), *_head(list(tables))]
    for row, panel in enumerate(PANELS):
        top = TOP + row * (TALL + BETWEEN) + 46.0
        pieces += _title(panel, top - 14.0)
        for column, table in enumerate(tables.values()):
            box = Box(LEFT + column * (ROOM + GAP), top, ROOM, TALL)
            pieces += [*_axes(panel, box), *_marks(panel, box, table)]
    space = {"xmlns": "http://www.w3.org/2000/svg", **paper}
    return element("svg", space, "\n", stack(pieces), "\n") + "\n"


def _head(sites: list[str]) -> Iterator[str]:
    yield text(LEFT, 30, "Synthetic typical years: published and generated", Font(19, bold=True))
    yield line((LEFT, 56), (LEFT + 34, 56), Stroke(INK, 1.6))
    yield text(LEFT + 42, 60, "published", Font(13))
    yield element("circle", {"cx": LEFT + 150, "cy": 56, "r": 3.4, "fill": INK})
    yield text(LEFT + 161, 60, f"generated, seed {SEED}", Font(13))
    for column, site in enumerate(sites):
        middle = LEFT + column * (ROOM + GAP) + ROOM / 2.0
        yield text(middle, 98, site.capitalize(), Font(15, "middle", bold=True))


def _title(panel: Panel, base: float) -> Iterator[str]:
    """What a row shows, and the words for its colours."""
    font, x = Font(13, bold=True), LEFT
    yield text(x, base, panel.title, font)
    x += text_width(panel.title, font) + 14.0
    for series in panel.series:
        yield element("circle", {"cx": x, "cy": base - 4.5, "r": 3.4, "fill": series.colour})
        yield text(x + 9.0, base, series.words, Font(13, fill=series.colour))
        x += text_width(series.words, Font(13)) + 30.0


def _axes(panel: Panel, box: Box) -> Iterator[str]:
    steps = round((panel.high - panel.low) / panel.step)
    for number in range(steps + 1):
        value = panel.low + number * panel.step
        y = _height(panel, box, value)
        yield line((box.left, y), (box.right, y), Stroke(GRID))
        if box.left == LEFT:  # the sites beside it share its scale
            yield text(LEFT - 6, y + 4, f"{value:g}", Font(11, "end", FAINT))
    for month, letter in enumerate(MONTHS):
        yield text(_across(box, month), box.bottom + 16, letter, Font(11, "middle", FAINT))


def _marks(panel: Panel, box: Box, table: pd.DataFrame) -> Iterator[str]:
    for name, _, colour in panel.series:
        said, drawn = (
            [(_across(box, i), _height(panel, box, v)) for i, v in enumerate(table[name][which])]
            for which in ("published", "generated")
        )
        yield polyline(said, Stroke(colour, 1.6))
        dots = [element("circle", {"cx": x, "cy": y, "r": 3.0}) for x, y in drawn]
        yield element("g", {"fill": colour}, *dots)


def _across(box: Box, month: int) -> float:
    return box.left + box.width * (month + 0.5) / 12.0


def _height(panel: Panel, box: Box, value: float) -> float:
    return box.bottom - box.height * (value - panel.low) / (panel.high - panel.low)


def main() -> None:
    """Write one file for each site of the climate, and the picture of all."""
    tables = {}
    for name, climate in read_climate(HERE / "shizuishan.toml").items():
        weather = synthesize(climate, seed=SEED)
        _write(f"{name}.csv", bundled_csv(weather))
        tables[name] = published_and_generated(climate, weather)
    _write("generated_vs_published.svg", picture(tables))


def _write(name: str, content: str) -> None:
    (HERE / name).write_text(content, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
