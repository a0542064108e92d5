from __future__ import annotations

from decimal import Decimal

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from roofpv.inventory import Checked, check_inventory, is_plane_table
from roofpv.inventory.check import QUARANTINE_COLUMNS
from roofpv.schema import CHECKED, INVENTORY, names

SQUARE = shapely.box(106.370, 39.010, 106.371, 39.011)


def _one(**cells: object) -> Checked:
    return check_inventory(pd.DataFrame({"roof_area_m2": 5.0, **cells}, index=[0]))


def _drawn(*shapes: object, **cells: object) -> Checked:
    table = gpd.GeoDataFrame(
        {"building_id": [f"b{i}" for i in range(len(shapes))], **cells},
        geometry=list(shapes), crs="EPSG:4326",
    )  # fmt: skip
    return check_inventory(table)


def _codes(checked: Checked) -> list[tuple[int, str, str]]:
    wanted = checked.quarantine[["row", "column", "code"]]
    return [tuple(row) for row in wanted.to_numpy().tolist()]


def _emptied(checked: Checked) -> list[tuple[int, str, str]]:
    """Cells that count as not known, in rows that are used."""
    found = checked.table()
    wanted = found.loc[found["kind"] == "emptied", ["row", "column", "code"]]
    return [tuple(row) for row in wanted.to_numpy().tolist()]


def _closes(checked: Checked) -> bool:
    if checked.planes is None:
        return checked.count_in == len(checked.buildings) + len(checked.quarantine)
    return checked.planes_in == len(checked.planes) + len(checked.quarantine)


def test_a_checked_table_has_every_column_of_the_dictionary() -> None:
    checked = _one()
    expected = ["source_row", *names(INVENTORY)[:-1], *names(CHECKED), "geometry"]
    assert list(checked.buildings) == expected
    assert list(checked.quarantine) == list(QUARANTINE_COLUMNS)
    assert checked.buildings.crs.to_epsg() == 4326


def test_what_is_absent_is_missing_or_unknown_never_zero() -> None:
    row = _one().buildings.iloc[0]
    assert [row["use"], row["ownership"], row["roof_type"]] == ["unknown"] * 3
    given = ["source_row", "source_sheet", "building_id", "roof_area_m2", "use_basis"]
    given += ["existing_pv", "roof_area_approximate"]
    assert row.drop([*given, "use", "ownership", "roof_type"]).isna().all()
    assert row["use_basis"] == "none"
    assert row["existing_pv"] == "unknown"
    assert not row["roof_area_approximate"]


def test_nothing_given_is_changed() -> None:
    table = gpd.GeoDataFrame(
        {"building_id": ["a", "a"], "floors": ["x", " 3 "], "use": ["学校", None]},
        geometry=[SQUARE, shapely.Polygon([(106, 39), (107, 40), (107, 39), (106, 40)])],
        crs="EPSG:4326", index=[7, 7],
    )  # fmt: skip
    before = table.copy(deep=True)
    check_inventory(table)
    pd.testing.assert_frame_equal(pd.DataFrame(table), pd.DataFrame(before))
    assert table.attrs == before.attrs


@pytest.mark.parametrize("text", ["abc", "NaNa", "inf", "-inf", "12 or so"])
def test_a_text_in_a_number_cell_names_row_column_value_and_mend(text: str) -> None:
    checked = check_inventory(
        pd.DataFrame({"building_id": ["x"], "roof_area_m2": text, "floors": 5, "source_row": 17})
    )
    line = checked.quarantine.iloc[0]
    assert line[["row", "building_id", "column", "value", "code"]].tolist() == [
        17, "x", "roof_area_m2", text, "NOT_A_NUMBER",
    ]  # fmt: skip
    assert "not a number" in line["reason"]
    assert "Write a plain number" in line["what_to_do"]
    assert _closes(checked)


@pytest.mark.parametrize("text", ["3", " 3 ", "3.0", "3e0", 3, Decimal(3), np.int8(3)])
def test_a_number_however_written_is_a_number(text: object) -> None:
    checked = check_inventory(pd.DataFrame({"roof_area_m2": [5.0], "floors": [text]}))
    assert checked.buildings["floors"].tolist() == [3.0]


@pytest.mark.parametrize("cell", ["", "  ", None, np.nan, pd.NA])
def test_an_empty_cell_is_missing_and_no_problem(cell: object) -> None:
    checked = check_inventory(pd.DataFrame({"roof_area_m2": [5.0], "floors": [cell]}))
    assert checked.buildings["floors"].isna().tolist() == [True]


@pytest.mark.parametrize(
    "values", [pd.array([3, None], dtype="Int64"), pd.array(["3", None], dtype="string")]
)
def test_nullable_columns_are_columns(values: object) -> None:
    checked = check_inventory(pd.DataFrame({"roof_area_m2": 5.0, "floors": values}))
    assert checked.buildings["floors"].fillna(-1).tolist() == [3.0, -1.0]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("floor_area_m2", -5), ("roof_area_m2", 0), ("surface_tilt", 91), ("surface_tilt", -1),
        ("surface_azimuth", 361),
    ],
)  # fmt: skip
def test_a_value_that_no_building_has_is_quarantined(column: str, value: float) -> None:
    checked = _one(**{column: value})
    assert _codes(checked) == [(1, column, "OUT_OF_RANGE")]
    assert checked.quarantine["value"].tolist() == [str(value)]
    assert "outside" in checked.quarantine["reason"].iloc[0]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("floors", 0), ("floors", 201), ("height_m", 0), ("height_m", -2), ("height_m", 1001),
        ("annual_load_kwh", -1), ("altitude_m", 9001), ("lon", 181), ("lat", -91),
        ("existing_pv_kwp", -1), ("existing_pv_area_m2", -0.1),
    ],
)  # fmt: skip
def test_a_value_that_only_refines_is_emptied_and_the_row_is_used(
    column: str, value: float
) -> None:
    checked = _one(**{column: value})
    assert checked.buildings[column].isna().tolist() == [True]
    assert [(row, name) for row, name, _ in _emptied(checked)] == [(1, column)]
    assert any(column in text and "taken as not known" in text for text in checked.warnings)
    assert _closes(checked)


@pytest.mark.parametrize("column", [c for c in INVENTORY if c.kind == "number"])
def test_the_bounds_themselves_are_believed(column: object) -> None:
    low, high = column.low, column.high  # type: ignore[attr-defined]
    name = column.name  # type: ignore[attr-defined]
    table = pd.DataFrame({"roof_area_m2": [5e6, 5e6]}).assign(**{name: [low, high]})
    assert check_inventory(table).buildings[name].tolist() == [low, high]


def test_one_row_with_many_problems_is_one_line_with_all_of_them() -> None:
    checked = _one(floor_area_m2="x", surface_azimuth=-2, surface_tilt=95, floors="y")
    line = checked.quarantine.iloc[0]
    assert len(checked.quarantine) == 1
    assert (line["column"], line["value"], line["code"]) == ("floor_area_m2", "x", "NOT_A_NUMBER")
    for part in ("surface_azimuth = -2", "surface_tilt = 95", "floors = y"):
        assert part in line["reason"]
    assert _closes(checked)


def test_the_quarantine_stands_in_the_order_of_the_file() -> None:
    table = pd.DataFrame(
        {
            "roof_area_m2": [-1, 5, None, 5],
            "floor_area_m2": [1, "x", None, 1],
            "surface_tilt": [1, 1, 1, "y"],
        }
    )
    checked = check_inventory(table)
    assert checked.quarantine["row"].tolist() == [1, 2, 3, 4]
    assert checked.quarantine["code"].tolist() == [
        "OUT_OF_RANGE", "NOT_A_NUMBER", "NO_ROOF", "NOT_A_NUMBER",
    ]  # fmt: skip
    assert checked.buildings.empty
    assert _closes(checked)


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2024", "2024-12-31"), (2024, "2024-12-31"), (2024.0, "2024-12-31"),
        ("2024-06-30", "2024-06-30"), ("2024-6-3", "2024-06-03"),
        ("2024-06-30T12:00:00", "2024-06-30"), (pd.Timestamp("2024-06-30 23:00"), "2024-06-30"),
        (" 1530 ", "1530-12-31"),
    ],
)  # fmt: skip
def test_a_year_is_its_last_day_and_a_date_is_itself(cell: object, day: str) -> None:
    checked = check_inventory(pd.DataFrame({"roof_area_m2": [5.0], "completed": [cell]}))
    assert _codes(checked) == []
    assert str(checked.buildings["completed"].iloc[0].date()) == day


@pytest.mark.parametrize(
    "cell", ["soon", "0", 0, 999, 2999, "2024-13-01", "2024-02-30", "2024-06-300"]
)
def test_what_is_no_date_counts_as_not_known_and_is_told(cell: object) -> None:
    checked = check_inventory(pd.DataFrame({"roof_area_m2": [5.0], "completed": [cell]}))
    assert _emptied(checked) == [(1, "completed", "NOT_A_DATE")]
    assert checked.table()["value"].tolist() == [str(cell)]
    assert checked.buildings["completed"].isna().all()


@pytest.mark.parametrize(
    ("cell", "use"),
    [
        ("学校", "school"), ("School", "school"), (" 医院 ", "hospital"),
        ("党政机关", "government"),
        ("castle", "unknown"), ("", "unknown"), (None, "unknown"), (3, "unknown"),
    ],
)  # fmt: skip
def test_a_use_is_one_of_ours_or_unknown(cell: object, use: str) -> None:
    table = pd.DataFrame({"roof_area_m2": [5.0], "use": pd.Series([cell], dtype=object)})
    assert check_inventory(table).buildings["use"].tolist() == [use]


@pytest.mark.parametrize(
    ("cell", "text"), [(" 文保 ", "文保"), ("  ", None), (7, "7"), (None, None)]
)
def test_a_text_is_trimmed_and_blank_is_missing(cell: object, text: str | None) -> None:
    table = pd.DataFrame({"roof_area_m2": [5.0], "exemption": pd.Series([cell], dtype=object)})
    found = check_inventory(table).buildings["exemption"].tolist()
    assert found == [text] or (text is None and pd.isna(found[0]))


@pytest.mark.parametrize("ids", [["a", "a", "a"], ["a", "a", "a#2"], ["a#2", "a", "a"]])
def test_repeated_ids_are_kept_apart_and_said(ids: list[str]) -> None:
    checked = check_inventory(pd.DataFrame({"building_id": ids, "roof_area_m2": [1.0, 2.0, 3.0]}))
    assert checked.buildings["building_id"].is_unique
    assert checked.buildings["roof_area_m2"].tolist() == [1.0, 2.0, 3.0]
    assert any("building_id stands in another row" in text for text in checked.warnings)
    assert _closes(checked)


@pytest.mark.parametrize(
    ("cells", "ids"),
    [
        ([1.0, np.nan], ["1", "row-2"]), ([7, 8], ["7", "8"]), ([" a ", None], ["a", "row-2"]),
        ([2.5, 3.0], ["2.5", "3"]), (["", "  "], ["row-1", "row-2"]),
        (["row-2", None], ["row-2", "row-2#2"]),
    ],
)  # fmt: skip
def test_an_id_is_text_and_made_from_the_row_where_there_is_none(
    cells: list[object], ids: list[str]
) -> None:
    checked = check_inventory(pd.DataFrame({"building_id": cells, "roof_area_m2": 5.0}))
    assert checked.buildings["building_id"].tolist() == ids


def test_a_building_without_footprint_and_areas_is_quarantined() -> None:
    table = pd.DataFrame(
        {"floor_area_m2": [100.0, 100.0, None], "floors": [2.0, None, 2.0], "lon": 106.0}
    )
    checked = check_inventory(table)
    assert _codes(checked) == [(2, "geometry", "NO_ROOF"), (3, "geometry", "NO_ROOF")]
    assert "Add a footprint" in checked.quarantine["what_to_do"].iloc[0]


@pytest.mark.parametrize("shape", [None, shapely.Polygon(), shapely.Point(106, 39)])
def test_no_outline_is_no_roof(shape: object) -> None:
    checked = _drawn(shape)
    assert _codes(checked) == [(1, "geometry", "NO_ROOF")]


@pytest.mark.parametrize("shape", [None, shapely.Polygon(), shapely.Point()])
def test_an_empty_outline_is_kept_as_no_outline(shape: object) -> None:
    checked = _drawn(shape, roof_area_m2=5.0)
    assert checked.buildings.geometry.isna().tolist() == [True]
    assert checked.buildings["lon"].isna().tolist() == [True]


def test_a_point_gives_the_place_and_no_outline() -> None:
    row = _drawn(shapely.Point(106.2, 39.1), roof_area_m2=5.0).buildings.iloc[0]
    assert (row["lon"], row["lat"]) == (106.2, 39.1)
    assert row["geometry"] is None


def test_an_outline_gives_the_place_unless_it_is_stated() -> None:
    other = shapely.box(106.380, 39.010, 106.381, 39.011)
    rows = _drawn(SQUARE, other, lon=[None, 106.0], lat=[None, 39.0]).buildings
    assert rows["lon"].tolist() == pytest.approx([106.3705, 106.0])
    assert rows["lat"].tolist() == pytest.approx([39.0105, 39.0])


@pytest.mark.parametrize(
    "shape",
    [
        shapely.LineString([(106, 39), (106.1, 39.1)]),
        shapely.Polygon([(106, 39), (106.1, 39.1), (106, 39)]),
        shapely.MultiPoint([(106, 39), (106.1, 39.1), (106.2, 39)]).convex_hull.boundary,
    ],
)
def test_an_outline_without_area_is_quarantined(shape: object) -> None:
    assert _codes(_drawn(shape, roof_area_m2=5.0)) == [(1, "geometry", "NOT_A_FOOTPRINT")]


@pytest.mark.parametrize("shape", [shapely.box(500, 39, 501, 40), shapely.Point(106, 95)])
def test_coordinates_that_are_no_degrees_are_quarantined(shape: object) -> None:
    checked = _drawn(shape, roof_area_m2=5.0)
    assert (1, "geometry", "OFF_THE_MAP") in _codes(checked)
    assert "coordinate system" in checked.quarantine["what_to_do"].iloc[0]


def test_coordinates_beyond_every_map_are_quarantined() -> None:
    far = gpd.GeoDataFrame(
        {"building_id": ["far", "near"]},
        geometry=[shapely.box(1e30, 1e30, 2e30, 2e30), shapely.box(500000, 4e6, 500010, 4000010)],
        crs="EPSG:4545",
    )
    checked = check_inventory(far)
    assert checked.buildings["building_id"].tolist() == ["near"]
    assert checked.quarantine["building_id"].tolist() == ["far"]


def test_a_footprint_that_crosses_itself_is_repaired_and_said() -> None:
    bow = shapely.Polygon([(106, 39), (106.002, 39.002), (106.002, 39), (106, 39.002)])
    checked = _drawn(bow)
    shape = checked.buildings.geometry.iloc[0]
    assert shape.is_valid
    assert shape.area == pytest.approx(2e-6)
    found = checked.table()
    assert ("repaired", "SELF_CROSSING") in list(zip(found["kind"], found["code"], strict=True))


def test_a_repair_leaves_polygons_only() -> None:
    spike = shapely.GeometryCollection([SQUARE, shapely.LineString([(106.37, 39.01), (106.4, 39)])])
    shape = _drawn(spike).buildings.geometry.iloc[0]
    assert shape.geom_type in {"Polygon", "MultiPolygon"}
    assert shape.area == pytest.approx(1e-6)


def test_heights_in_coordinates_are_dropped() -> None:
    shape = _drawn(shapely.force_3d(SQUARE, 1100.0)).buildings.geometry.iloc[0]
    assert not shape.has_z


def test_a_projected_frame_is_moved_to_degrees() -> None:
    table = gpd.GeoDataFrame(
        geometry=[shapely.box(359330.5, 4321192.2, 359350.5, 4321212.2)], crs="EPSG:4545"
    )
    row = check_inventory(table).buildings.iloc[0]
    assert (row["lon"], row["lat"]) == pytest.approx((106.376, 39.013), abs=2e-6)


def test_row_order_changes_no_row() -> None:
    table = pd.DataFrame(
        {
            "building_id": list("abcde"), "floors": [1, "x", 3, "4", None],
            "roof_area_m2": [1, 2, None, 4, 5], "use": ["学校", None, "x", "school", "医院"],
            "source_row": range(1, 6),
        }
    )  # fmt: skip
    one, other = check_inventory(table), check_inventory(table.iloc[::-1])
    for a, b in ((one.buildings, other.buildings), (one.quarantine, other.quarantine)):
        key = "source_row" if "source_row" in a else "row"
        b = b.sort_values(key, ignore_index=True)  # noqa: PLW2901
        pd.testing.assert_frame_equal(pd.DataFrame(a), pd.DataFrame(b))


def _planes(**columns: object) -> pd.DataFrame:
    return pd.DataFrame(
        {"plane_id": ["p1", "p2"], "surface_tilt": [10.0, 20.0], "surface_azimuth": [90.0, 180.0],
         "kwp": [5.0, 6.0], **columns}
    )  # fmt: skip


def test_what_makes_a_plane_table() -> None:
    table = _planes()
    assert is_plane_table(table)
    assert is_plane_table(table.rename(columns={"kwp": "area_m2"}))
    for name in ("plane_id", "surface_tilt", "kwp"):
        assert not is_plane_table(table.drop(columns=name))


def test_planes_and_their_buildings_are_counted_apart() -> None:
    checked = check_inventory(_planes(building_id=["a", "a"], exemption=[None, None]))
    assert (checked.count_in, checked.planes_in) == (1, 2)
    assert checked.buildings["building_id"].tolist() == ["a"]
    assert _closes(checked)


def test_a_plane_without_building_is_its_own() -> None:
    checked = check_inventory(_planes(building_id=["a", None]))
    assert checked.planes["building_id"].tolist() == ["a", "p2"]


def test_a_flat_plane_needs_no_azimuth_and_a_sloped_one_does() -> None:
    checked = check_inventory(_planes(surface_tilt=[0.0, 20.0], surface_azimuth=[None, None]))
    assert checked.planes["surface_azimuth"].tolist() == [180.0]
    assert _codes(checked) == [(2, "surface_azimuth", "MISSING")]


@pytest.mark.parametrize(
    ("column", "values", "code"),
    [
        ("surface_tilt", [None, 20.0], "MISSING"),
        ("surface_tilt", [95.0, 20.0], "OUT_OF_RANGE"),
        ("surface_azimuth", ["up", 180.0], "NOT_A_NUMBER"),
        ("kwp", [-1.0, 6.0], "OUT_OF_RANGE"),
        ("kwp", ["five", 6.0], "NOT_A_NUMBER"),
        ("area_m2", [0.0, 39.0], "OUT_OF_RANGE"),
    ],
)
def test_a_bad_plane_is_quarantined_alone(column: str, values: list[object], code: str) -> None:
    checked = check_inventory(_planes(**{column: values}))
    assert _codes(checked) == [(1, column, code)]
    assert checked.planes["plane_id"].tolist() == ["p2"]
    assert _closes(checked)


def test_a_plane_without_area_and_capacity_is_quarantined() -> None:
    checked = check_inventory(_planes(kwp=[None, 6.0]))
    assert _codes(checked) == [(1, "area_m2", "NO_AREA")]
    assert "kWp" in checked.quarantine["what_to_do"].iloc[0]


def test_a_building_whose_planes_are_all_bad_is_counted_and_not_kept() -> None:
    checked = check_inventory(_planes(building_id=["a", "b"], surface_tilt=[95.0, 20.0]))
    assert checked.buildings["building_id"].tolist() == ["b"]
    assert checked.count_in == 2


@pytest.mark.parametrize("ids", [["p", "p"], [1.0, 1.0]])
def test_repeated_planes_are_kept_apart_and_said(ids: list[object]) -> None:
    checked = check_inventory(_planes(plane_id=ids))
    assert checked.planes["plane_id"].is_unique
    assert any("plane_id" in text and "another row" in text for text in checked.warnings)


@pytest.mark.parametrize(
    ("column", "value"),
    [("floors", "many"), ("existing_pv_kwp", -5.0), ("completed", "soon"), ("floor_area_m2", -1)],
)
def test_a_bad_cell_of_the_building_is_said_in_a_plane_table_too(
    column: str, value: object
) -> None:
    checked = check_inventory(_planes(building_id=["a", "a"]).assign(**{column: value}))
    said = [*checked.warnings, *checked.quarantine["column"], *checked.quarantine["reason"]]
    assert any(column in text for text in said)
    assert _closes(checked)


def test_a_plane_s_tilt_is_not_the_building_s() -> None:
    checked = check_inventory(_planes(building_id=["a", "a"], floors=[3, 3]))
    assert checked.buildings["surface_tilt"].isna().all()
    assert checked.buildings["floors"].tolist() == [3.0]


def test_a_plane_table_is_not_changed() -> None:
    table = _planes(building_id=["a", None])
    before = table.copy(deep=True)
    check_inventory(table)
    pd.testing.assert_frame_equal(table, before)
