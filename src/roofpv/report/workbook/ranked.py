"""Buildings in the order in which to equip them: the list of the city, and one of each district."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from roofpv.report import colours
from roofpv.report.city.ranking import NEEDED, ROOM
from roofpv.report.city.ranking import ranked as in_order
from roofpv.report.workbook.book import Book
from roofpv.report.workbook.cells import LABEL, Cell, Column, number_cell
from roofpv.report.workbook.columns import cells_in, column_of, title_of
from roofpv.report.workbook.exact import ExactSheet
from roofpv.report.workbook.listing import Marks, Rows, write_list

RANKED = (
    "building_id", "name", "institution", "district", "use", "ownership", "completed",
    "evidence_grade", "gross_roof_area_m2", "installable_area_m2", "module_area_m2",
    "module_count", "kwp", "installed_kwp", ROOM, "ac_kwh", "ac_kwh_p90",
    "specific_yield_kwh_per_kwp", "shading_loss_fraction", "self_use_fraction", "capex_cny",
    "lcoe_cny_per_kwh", "npv_cny", "irr", "payback_years", "avoided_kgco2",
)  # fmt: skip
IN_DISTRICT = (
    "building_id", "name", "use", "evidence_grade", "installable_area_m2", "kwp", "installed_kwp",
    ROOM, "ac_kwh", "specific_yield_kwh_per_kwp", "capex_cny", "payback_years", "avoided_kgco2",
)  # fmt: skip
# More sheets of districts than these nobody leafs through; a list of more buildings would stand
# in the file twice.
MOST_DISTRICTS, MOST_BUILDINGS = 40, 200_000
_RANK = "rank"


def ranked(buildings: pd.DataFrame) -> pd.DataFrame:
    """
    Assessed buildings in the order in which to equip them; those without modules last.

    Parameters
    ----------
    buildings : DataFrame (building,)
        Of a result.

    Returns
    -------
    DataFrame (building,)
        The columns that are listed, ``room_kwp``, and ``rank``, from 1; NaN where nothing can be
        added.
    """
    listed = dict.fromkeys((*RANKED, *IN_DISTRICT, *NEEDED))
    wanted = [one for one in listed if one in buildings]
    assessed = pd.DataFrame(buildings.loc[buildings["status"] == "assessed", wanted])
    return in_order(assessed)


def district_sheets(book: Book) -> dict[str, str]:
    """
    Sheet of each district by the district's name; none where they are too many.

    Buildings without a district have the name "".
    """
    buildings = book.city.result.buildings
    found = sorted(district_names(buildings[buildings["status"] == "assessed"]).unique())
    if len(found) > MOST_DISTRICTS or not few_enough(buildings):
        return {}
    return {one: book.name(one or book.say("no_district")) for one in found}


def few_enough(buildings: pd.DataFrame) -> bool:
    """Whether there are assessed buildings, and not too many to list them by district too."""
    return 0 < int((buildings["status"] == "assessed").sum()) <= MOST_BUILDINGS


def district_names(buildings: pd.DataFrame) -> pd.Series:
    """Names of districts; "" where there is none."""
    return buildings["district"].where(buildings["district"].notna(), "").astype(str)


def write_ranked(book: Book, name: str, table: pd.DataFrame) -> None:
    """The list of the city."""
    columns = [_rank(book), *(column_of(book, one) for one in RANKED)]
    write_list(book, name, columns, _rows(book, table, columns), 3, _marks(columns))


def write_districts(book: Book, table: pd.DataFrame, sheets: Mapping[str, str]) -> None:
    """The lists of the districts; all in one, with the district, where there are no sheets."""
    columns = [_rank(book), *(column_of(book, one) for one in IN_DISTRICT)]
    names = district_names(table)
    for district, sheet in sheets.items():
        own = table[(names == district).to_numpy()]
        write_list(book, sheet, columns, _rows(book, own, columns), 3, _marks(columns))


def write_by_district(book: Book, name: str, table: pd.DataFrame) -> None:
    """All districts in one list, in their order, in place of a sheet each."""
    columns = [
        column_of(book, "district"), _rank(book), *(column_of(book, one) for one in IN_DISTRICT)
    ]  # fmt: skip
    own = table.iloc[np.argsort(district_names(table).to_numpy(dtype=object), kind="stable")]
    write_list(book, name, columns, _rows(book, own, columns), 4, _marks(columns))


def _rank(book: Book) -> Column:
    return Column("", title_of(book, "rank"), "number", LABEL, book.say("rank_note"))


def _rows(book: Book, table: pd.DataFrame, columns: Sequence[Column]) -> Rows:
    return Rows(len(table), lambda start, end: _cells(book, table.iloc[start:end], columns))


def _cells(book: Book, table: pd.DataFrame, columns: Sequence[Column]) -> list[list[Cell]]:
    ranks: dict[int, list[Cell]] = {at: [number_cell(rank) for rank in table[_RANK]]
             for at, column in enumerate(columns) if not column.key}  # fmt: skip
    cells = cells_in(book, table, columns)
    return [ranks.get(at, own) for at, own in enumerate(cells)]


def _marks(columns: Sequence[Column]) -> Marks:
    """Bars for the yield, a shade for the payback, slant for roofs that are estimates."""
    places = {column.key: at for at, column in enumerate(columns)}

    def marks(book: Book, sheet: ExactSheet, rows: int) -> None:
        for key, rule in _rules(book):
            if key in places:
                sheet.conditional_format(1, places[key], rows, places[key], dict(rule))

    return marks


def _rules(book: Book) -> Iterator[tuple[str, Mapping[str, object]]]:
    yield "specific_yield_kwh_per_kwp", {
        "type": "data_bar", "bar_color": colours.SKY,
    }  # fmt: skip
    yield "payback_years", {
        "type": "2_color_scale", "min_color": colours.PAPER, "max_color": colours.ORANGE,
    }  # fmt: skip
    yield "evidence_grade", {
        "type": "cell", "criteria": "==", "value": '"D"', "format": book.look("doubt"),
    }  # fmt: skip
