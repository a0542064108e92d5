"""Energy: the curve of supply, the months, and what is lost between the sun and the meter."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from roofpv.catalogue import has_text, say
from roofpv.report import colours
from roofpv.report.city import with_unit
from roofpv.report.workbook.book import Book
from roofpv.report.workbook.cells import LABEL, Column, number_cell
from roofpv.report.workbook.columns import cells_in, column_of
from roofpv.report.workbook.drawn import GWH, GWH_0, axis, finish
from roofpv.report.workbook.page import Page, Place, Row
from roofpv.report.workbook.ranked import district_names

MOST_POINTS = 2_000
# Districts that are told apart in a chart.
_MOST_SERIES = 7
_SERIES = (colours.BLUE, colours.ORANGE, colours.SKY, "#009e73", "#cc79a7", "#d55e00", "#222222")
_NOTHING = 1e-12
_SUPPLY = ("building_id", "lcoe_cny_per_kwh", "ac_kwh", "kwp")
_ADDED = ("cumulative_kwh", "cumulative_kwp", "mean_lcoe_cny_per_kwh")


def thinned(supply: pd.DataFrame) -> pd.DataFrame:
    """At most ``MOST_POINTS`` roofs of a curve, evenly by their place; first and last stay."""
    if len(supply) <= MOST_POINTS:
        return supply
    places = np.unique(np.linspace(0, len(supply) - 1, MOST_POINTS).round().astype(int))
    return supply.iloc[places]


def write_supply(book: Book, name: str) -> None:
    """Roofs from the cheapest energy to the dearest, as a chart and as its points."""
    supply = book.city.supply
    page = Page(book, name)
    page.title(book.say("sheet.supply"), "title")
    page.line(book.say("supply.line"))
    if len(supply) > MOST_POINTS:
        words = {"shown": f"{MOST_POINTS:,}", "all": f"{len(supply):,}"}
        page.line(book.say("supply.thinned", words))
    table = thinned(supply)
    columns = [column_of(book, one) for one in _SUPPLY] + [_added(book, one) for one in _ADDED]
    below = page.row + 23 if len(table) else page.row
    above, page.row = page.row, below
    place = page.table(columns, zip(*cells_in(book, table, columns), strict=True))
    page.main(place)
    if len(table):
        page.row = above
        page.chart(_curve(book, place))
    page.close()


def _added(book: Book, name: str) -> Column:
    form = column_of(book, "lcoe_cny_per_kwh").form if "lcoe" in name else "#,##0"
    return Column(name, book.say(f"supply.{name}"), "number", form)


def _curve(book: Book, place: Place) -> Any:
    chart = book.file.add_chart({"type": "scatter", "subtype": "straight"})
    for at, key, colour in ((1, "own", colours.BLUE), (6, "mean", colours.ORANGE)):
        chart.add_series({
            "name": book.say(f"supply.{key}"), "categories": place.column(4),
            "values": place.column(at), "line": {"color": colour, "width": 2.25,
            "dash_type": "solid" if key == "own" else "dash"},
        })  # fmt: skip
    chart.set_x_axis(axis(book.say("supply.x"), GWH, lines=False, least=0))
    chart.set_y_axis(axis(book.say("supply.y"), "0.00"))
    return finish(book, chart, "sheet.supply")


def write_months(book: Book, name: str) -> None:
    """Energy of each month of the city and its districts, as it is in the mean of the years."""
    page = Page(book, name)
    page.title(book.say("sheet.months"), "title")
    page.line(book.say("months.line"))
    months, places, unknown = monthly(book)
    if unknown:
        page.line(book.say("months.unknown", {"n": f"{unknown:,}"}), "warning")
    month = Column("", book.say("months.month"), "number", LABEL)
    form = column_of(book, "ac_kwh").form
    city = say("targets.city", book.language)
    names = [city, *(book.text(one) or book.say("no_district") for one in places)]
    columns = [
        month,
        *(Column("", with_unit(one, "kWh", book.language), "number", form) for one in names),
    ]
    rows: list[Row] = [
        [at + 1, *(number_cell(value) for value in values)] for at, values in enumerate(months)
    ]
    place = page.table(columns, rows)
    total = [number_cell(_sum([row[at] for row in months])) for at in range(len(names))]
    for at, value in enumerate(total, start=1):
        if value is not None:
            page.sheet.write_number(page.row, at, value, book.look("sum_number", form))
    page.sheet.write_string(page.row, 0, book.say("months.year"), book.look("sum"))
    page.row += 1
    page.lead = 1
    page.sheet.freeze_panes(0, page.lead)
    if not np.isnan(months).all():
        page.chart(_bars(book, place, names))
    page.close()


def _sum(values: Sequence[float]) -> float:
    return math.fsum(values) if not any(map(math.isnan, values)) else math.nan


def monthly(book: Book) -> tuple[Any, list[str], int]:
    """
    Energy by month.

    Returns
    -------
    ndarray (month, place)
        Of the city, which comes first, and its districts; in a year, or in the mean of the
        complete years of each plane. NaN where nothing is known. [kWh]
    list of str
        Districts; "" for the buildings that have none.
    int
        Planes that have no complete year, and are in no sum.
    """
    result = book.city.result
    energy = result.energy["ac_kwh"]
    if "year" in energy.dims:
        complete = energy.notnull().all("month")
        energy = energy.where(complete).mean("year")
    values = energy.transpose("plane_id", "month").to_numpy()
    known = ~np.isnan(values).any(axis=1)
    owner = result.planes.set_index("plane_id")["building_id"]
    names = district_names(result.buildings).to_numpy(dtype=object)
    district = dict(zip(result.buildings["building_id"], names, strict=True))
    planes = owner.reindex(energy["plane_id"].to_numpy().astype(object)).map(district).fillna("")
    places = sorted(set(district_names(_assessed(result.buildings))))
    groups = [known, *(known & (planes == one).to_numpy() for one in places)]
    sums = [[_total(values[group, month]) for group in groups] for month in range(12)]
    return np.array(sums), places, int((~known).sum())


def _assessed(buildings: pd.DataFrame) -> pd.DataFrame:
    return buildings[buildings["status"] == "assessed"]


def _total(values: Any) -> float:
    return math.fsum(values) if len(values) else math.nan


def _bars(book: Book, place: Place, names: Sequence[str]) -> Any:
    """Months as stacked bars of districts; of the city alone where they are one or many."""
    stacked = 2 <= len(names) - 1 <= _MOST_SERIES
    chart = book.file.add_chart({"type": "column", "subtype": "stacked"})
    for at in range(2, len(names) + 1) if stacked else (1,):
        colour = _SERIES[(at - 2) % len(_SERIES)] if stacked else colours.BLUE
        chart.add_series({
            "name": place.header(at), "categories": place.column(0), "values": place.column(at),
            "fill": {"color": colour}, "border": {"color": colours.PAPER}, "gap": 40,
        })  # fmt: skip
    chart.set_x_axis({"name": book.say("months.month")})
    chart.set_y_axis(axis("GWh", GWH))
    return finish(book, chart, "sheet.months")


def write_losses(book: Book, name: str) -> None:
    """Each step from the sun to the meter, of the city and its districts."""
    steps = book.city.waterfall
    page = Page(book, name)
    page.sheet.set_portrait()
    page.title(book.say("sheet.losses"), "title")
    if steps is None or steps.empty:
        page.line(
            book.say("losses.none") if steps is None else say("waterfall.nothing", book.language)
        )
        page.close()
        return
    page.line(book.say("losses.line"))
    columns = (
        Column("", book.say("losses.step")), Column("", book.say("losses.left"), "number"),
        Column("", book.say("losses.change"), "number"),
        Column("", book.say("losses.share"), "number", "+0.00%;-0.00%;0.00%"),
        Column("", book.say("losses.of_sun"), "number", "0.0%"),
    )  # fmt: skip
    for number, ((level, place), part) in enumerate(steps.groupby(["level", "name"], sort=False)):
        title = say(f"waterfall.{level}", book.language, {"name": book.text(place)})
        page.title(book.text(title))
        rows = list(_steps(book, part))
        drawn = page.table(columns, rows)
        if number == 0:
            page.chart(_falls(book, drawn, rows))
    page.close()


def _steps(book: Book, part: pd.DataFrame) -> Iterator[Row]:
    kwh, factors, steps = part["kwh"].tolist(), part["factor"].tolist(), part["step"].tolist()
    for at, (step, after, factor) in enumerate(zip(steps, kwh, factors, strict=True)):
        if at and abs(factor - 1.0) <= _NOTHING:
            continue
        key = f"waterfall.step.{step}"
        said = say(key, book.language) if has_text(key) else book.text(step)
        before = kwh[at - 1] if at else None
        share = after / kwh[0] if kwh[0] else math.nan
        yield [said, number_cell(after), None if before is None else number_cell(after - before),
               number_cell(factor - 1.0) if at else None, number_cell(share)]  # fmt: skip


def _falls(book: Book, place: Place, rows: Sequence[Row]) -> Any:
    """What is left after each step, as bars; steps down are told by their labels."""
    chart = book.file.add_chart({"type": "bar"})
    ends = {0, len(rows) - 1}
    points = [
        {"fill": {"color": colours.BLUE if at in ends else colours.SKY}} for at in range(len(rows))
    ]
    chart.add_series({
        "name": book.say("losses.left"), "categories": place.column(0), "values": place.column(1),
        "points": points, "gap": 30,
        "data_labels": {"value": True, "num_format": GWH},
    })  # fmt: skip
    chart.set_y_axis({"reverse": True, "interval_unit": 1})
    chart.set_x_axis(axis("GWh", GWH_0, least=0))
    return finish(book, chart, "losses.chart", "none")
