from __future__ import annotations

import dataclasses
import errno
import json
import shutil
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr

from roofpv.csvfiles import without_formulas
from roofpv.errors import InvalidResult
from roofpv.inventory.check import QUARANTINE_COLUMNS
from roofpv.results import (
    FILES,
    WATERFALL_FILE,
    ZONES_FILE,
    Result,
    check_free,
    read_buildings,
    read_results,
    read_verdicts,
    read_waterfall,
    write_results,
)

TIMES = pd.date_range("2019-01-01", periods=48, freq="h")
RISKY = ["=cmd|' /C calc'!A0", "+1", "-1", "@x", "\t=1", "\r=1"]


def _quarantine(*rows: list[object]) -> pd.DataFrame:
    return pd.DataFrame([[*row, ""] for row in rows], columns=list(QUARANTINE_COLUMNS)).astype(
        {"row": "int64"}
    )


def _result(name: str = "第一中学", planes: int = 2) -> Result:
    buildings = gpd.GeoDataFrame(
        {
            "building_id": ["001", "b"], "name": pd.Series([name, None], dtype=object),
            "completed": pd.to_datetime(pd.Series(["2024-06-30", None])).astype("datetime64[s]"),
            "kwp": [5.5, np.nan], "load_is_estimate": [True, False],
        },
        geometry=[shapely.box(106.37, 39.01, 106.371, 39.011), None], crs="EPSG:4326",
    )  # fmt: skip
    ids = [f"001/{i}" for i in range(planes)]
    energy = xr.Dataset(
        {"ac_kwh": (("plane_id", "month"), np.arange(planes * 12.0).reshape(planes, 12))},
        {"plane_id": np.array(ids, dtype=object), "month": np.arange(1, 13)},
    )
    weather = xr.Dataset(
        {"ghi": (("site", "time"), np.arange(48.0)[None])},
        {"site": np.array(["town"], dtype=object), "time": TIMES},
        {"time_label": "start"},
    )  # fmt: skip
    lost = _quarantine([3, "007", "floors", "x", "NOT_A_NUMBER", "not a number", "Write one"])
    frame = pd.DataFrame({"plane_id": pd.Series(ids, dtype=object), "kwp": np.ones(planes)})
    return Result(buildings, frame, energy, weather, [{"value": 0.5}], lost, {"counts": {"in": 2}})


def _hours(result: Result) -> Iterator[tuple[slice, xr.Dataset]]:
    for i in range(len(result.planes)):
        data = {
            name: (("plane_id", "time"), np.full((1, 48), float(i)))
            for name in ("poa_global", "dc_kw", "ac_kw")
        }
        yield slice(i, i + 1), xr.Dataset(data)


def _failing_hours(error: BaseException) -> Iterator[tuple[slice, xr.Dataset]]:
    yield from _hours(_result(planes=1))
    raise error


def _bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def _refused(call: object, *said: str) -> None:
    with pytest.raises(InvalidResult) as caught:
        call()  # type: ignore[operator]
    text = str(caught.value)
    assert len(text.splitlines()) == 1
    for part in said:
        assert part in text


def test_a_result_is_exactly_the_files_of_the_contract(tmp_path: Path) -> None:
    out = write_results(_result(), tmp_path / "out")
    assert out == tmp_path / "out"
    assert {path.name for path in out.iterdir()} == set(FILES)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_result_comes_back_as_it_went(tmp_path: Path) -> None:
    before = _result()
    after = read_results(write_results(before, tmp_path / "out"))
    assert after.buildings.crs.to_epsg() == 4326
    assert after.buildings["building_id"].tolist() == ["001", "b"]
    assert after.buildings["kwp"].fillna(-1).tolist() == [5.5, -1.0]
    assert after.buildings.geometry.iloc[0].equals(before.buildings.geometry.iloc[0])
    assert after.buildings.geometry.iloc[1] is None
    assert after.planes["plane_id"].tolist() == before.planes["plane_id"].tolist()
    np.testing.assert_array_equal(after.energy["ac_kwh"], before.energy["ac_kwh"])
    np.testing.assert_array_equal(after.weather["time"], before.weather["time"])
    assert (after.targets, after.run) == (before.targets, before.run)


def _with_zones() -> Result:
    shape = [shapely.box(106.37, 39.01, 106.371, 39.011)]
    zones = gpd.GeoDataFrame(
        {"zone_id": ["z"], "building_id": ["001"], "clear_m": [np.nan]}, geometry=shape,
        crs="EPSG:4326",
    )  # fmt: skip
    return dataclasses.replace(_result(), zones=zones)


def test_zones_come_back_and_are_a_file_only_where_there_are_any(tmp_path: Path) -> None:
    before = _with_zones()
    out = write_results(before, tmp_path / "out")
    assert {path.name for path in out.iterdir()} == {*FILES, ZONES_FILE}
    after = read_results(out).zones
    assert before.zones is not None
    assert after is not None
    pd.testing.assert_frame_equal(pd.DataFrame(after), pd.DataFrame(before.zones))
    none = dataclasses.replace(before, zones=before.zones.iloc[:0])
    out = write_results(none, tmp_path / "none")
    assert {path.name for path in out.iterdir()} == set(FILES)
    assert read_results(out).zones is None


def test_zones_of_an_earlier_result_do_not_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = write_results(_with_zones(), tmp_path / "out")
    monkeypatch.chdir(out)
    write_results(_result(), out, overwrite=True)
    assert {path.name for path in out.iterdir()} == set(FILES)


def test_planes_come_back_with_their_geometry(tmp_path: Path) -> None:
    before = _result()
    shapes = [shapely.box(106.37, 39.01, 106.371, 39.011), None]
    before = dataclasses.replace(
        before, planes=gpd.GeoDataFrame(before.planes, geometry=shapes, crs="EPSG:4326")
    )
    after = read_results(write_results(before, tmp_path / "out")).planes
    assert isinstance(after, gpd.GeoDataFrame)
    assert after.crs.to_epsg() == 4326
    assert after.geometry.iloc[0].equals(shapes[0])
    assert after.geometry.iloc[1] is None
    assert gpd.read_parquet(tmp_path / "out" / "planes.parquet")["plane_id"].tolist() == [
        "001/0", "001/1",
    ]  # fmt: skip


def test_the_quarantine_comes_back_as_it_went(tmp_path: Path) -> None:
    before = dataclasses.replace(
        _result(),
        quarantine=_quarantine(
            [3, "007", "floors", "x", "A", "r", "m"], [4, "NA", "lat", "1.50", "A", "r", "m"]
        ),
    )
    after = read_results(write_results(before, tmp_path / "out")).quarantine
    assert after.to_numpy().tolist() == before.quarantine.to_numpy().tolist()


def test_what_is_written_is_not_changed(tmp_path: Path) -> None:
    result, same = _result("=cmd"), _result("=cmd")
    write_results(result, tmp_path / "out")
    pd.testing.assert_frame_equal(pd.DataFrame(result.buildings), pd.DataFrame(same.buildings))
    pd.testing.assert_frame_equal(result.planes, same.planes)
    pd.testing.assert_frame_equal(result.quarantine, same.quarantine)
    xr.testing.assert_identical(result.energy, same.energy)
    xr.testing.assert_identical(result.weather, same.weather)


def test_the_same_result_is_the_same_bytes_at_another_time(tmp_path: Path) -> None:
    one = write_results(_result(), tmp_path / "one", hours=_hours(_result()))
    time.sleep(1.1)  # a time stamp inside a file has seconds
    other = write_results(_result(), tmp_path / "other", hours=_hours(_result()))
    assert _bytes(one) == _bytes(other)


def test_buildings_csv_opens_in_a_spreadsheet(tmp_path: Path) -> None:
    data = (write_results(_result(), tmp_path / "out") / "buildings.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\xef\xbb\xbf") == 1
    lines = data.decode("utf-8-sig").splitlines()
    assert lines == [
        '"building_id","name","completed","kwp","load_is_estimate"',
        '"001","第一中学","2024-06-30",5.5,true',
        '"b",,,,false',
    ]


@pytest.mark.parametrize("name", RISKY)
def test_a_name_that_a_spreadsheet_would_run_is_text(tmp_path: Path, name: str) -> None:
    out = write_results(_result(name), tmp_path / "out")
    read = pd.read_csv(out / "buildings.csv", dtype=str, keep_default_na=False, lineterminator="\n")
    assert read["name"].tolist() == ["'" + name, ""]
    assert read_results(out).buildings["name"].tolist()[0] == name


@pytest.mark.parametrize("value", RISKY)
def test_a_bad_cell_that_a_spreadsheet_would_run_is_text(tmp_path: Path, value: str) -> None:
    lost = _quarantine([3, value, "floors", value, "NOT_A_NUMBER", value, "Write one"])
    out = write_results(dataclasses.replace(_result(), quarantine=lost), tmp_path / "out")
    read = pd.read_csv(out / "quarantine.csv", dtype=str, lineterminator="\n").iloc[0]
    assert [read["building_id"], read["value"], read["reason"]] == ["'" + value] * 3


@pytest.mark.parametrize("dtype", [object, "string"])
def test_only_what_begins_like_a_formula_is_led_by_an_apostrophe(dtype: object) -> None:
    names = ["=a", "a=b", "'=a", " =a", "", None, "－1"]
    frame = pd.DataFrame({"name": pd.Series(names, dtype=dtype), "kwp": [-1.0] * 7})
    before = frame.copy(deep=True)
    guarded = without_formulas(frame)
    expected = ["'=a", "a=b", "'=a", " =a", ""]
    assert guarded["name"].tolist()[:5] == expected
    assert pd.isna(guarded["name"].iloc[5])
    assert guarded["kwp"].tolist() == [-1.0] * 7
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("name", ['say "hi"', "a,b", "a\nb", "a\r\nb", "👍", "x" * 500])
def test_an_odd_name_comes_back_from_the_csv(tmp_path: Path, name: str) -> None:
    out = write_results(_result(name), tmp_path / "out")
    with (out / "buildings.csv").open(encoding="utf-8-sig", newline="") as opened:
        assert pd.read_csv(opened, dtype=str, lineterminator="\n")["name"].tolist()[0] == name


def test_a_missing_number_is_null_or_refused_never_nan(tmp_path: Path) -> None:
    broken = dataclasses.replace(_result(), run={"value": float("nan")})
    with pytest.raises((ValueError, InvalidResult)):
        write_results(broken, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_numbers_of_numpy_are_numbers_of_json(tmp_path: Path) -> None:
    run = {"a": np.float64(0.5), "b": np.int64(3), "c": np.bool_(True), "d": "石嘴山"}
    out = write_results(dataclasses.replace(_result(), run=run), tmp_path / "out")
    text = (out / "run.json").read_text(encoding="utf-8")
    assert json.loads(text) == {"a": 0.5, "b": 3, "c": True, "d": "石嘴山"}
    assert "石嘴山" in text


def test_what_is_no_json_is_a_fault_of_ours(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="set is not JSON"):
        write_results(dataclasses.replace(_result(), run={"a": {1}}), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_result_without_planes_can_be_written_and_read(tmp_path: Path) -> None:
    empty = _result(planes=0)
    assert read_results(write_results(empty, tmp_path / "a")).energy.sizes["plane_id"] == 0


def test_a_result_without_planes_has_no_hours(tmp_path: Path) -> None:
    empty = _result(planes=0)
    out = write_results(empty, tmp_path / "a", hours=_hours(empty))
    assert read_results(out).energy.sizes["plane_id"] == 0


def test_hours_go_beside_the_months(tmp_path: Path) -> None:
    result = _result()
    out = write_results(result, tmp_path / "a", hours=_hours(result))
    assert "ac_kw" not in read_results(out).energy, "hours are left on the disk"
    with xr.open_dataset(out / "energy.nc", engine="h5netcdf") as opened:
        energy = opened.load()
    assert energy["ac_kw"].dims == ("plane_id", "time")
    assert energy["ac_kw"].to_numpy()[:, 0].tolist() == [0.0, 1.0]
    assert energy["ac_kw"].attrs["units"] == "kW"
    np.testing.assert_array_equal(energy["time"], result.weather["time"])
    assert energy["time"].attrs["time_label"] == "start"
    np.testing.assert_array_equal(energy["ac_kwh"], result.energy["ac_kwh"])


@pytest.mark.parametrize(
    "error", [RuntimeError("x"), OSError(errno.ENOSPC, "full"), KeyboardInterrupt()]
)
def test_an_end_in_the_middle_leaves_nothing(tmp_path: Path, error: BaseException) -> None:
    with pytest.raises((type(error), InvalidResult)):
        write_results(_result(), tmp_path / "out", hours=_failing_hours(error))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "error", [RuntimeError("x"), OSError(errno.ENOSPC, "full"), KeyboardInterrupt()]
)
def test_an_end_in_the_middle_leaves_the_earlier_result(
    tmp_path: Path, error: BaseException
) -> None:
    out = write_results(_result(), tmp_path / "out")
    before = _bytes(out)
    with pytest.raises((type(error), InvalidResult)):
        write_results(_result("new"), out, hours=_failing_hours(error), overwrite=True)
    assert _bytes(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("turn", [1, 2])
def test_a_rename_that_fails_leaves_the_earlier_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, turn: int
) -> None:
    out = write_results(_result(), tmp_path / "out")
    before = _bytes(out)
    rename, calls = Path.rename, []

    def failing(self: Path, other: Path) -> Path:
        calls.append(self)
        if len(calls) == turn:
            raise PermissionError(errno.EACCES, "denied")
        return rename(self, other)

    monkeypatch.setattr(Path, "rename", failing)
    _refused(lambda: write_results(_result("new"), out, overwrite=True), "out", "cannot be written")
    assert _bytes(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_earlier_result_is_replaced_whole(tmp_path: Path) -> None:
    out = write_results(_result(), tmp_path / "out")
    (out / "report.html").write_text("old")
    write_results(_result("new"), out, overwrite=True)
    assert {path.name for path in out.iterdir()} == set(FILES)
    assert read_results(out).buildings["name"].tolist()[0] == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def _steps(*names: str) -> pd.DataFrame:
    third = 1.0 / 3.0
    return pd.DataFrame(
        [
            ("district", name, step, kwh, factor)
            for name in names
            for step, kwh, factor in (("sun", 1e8 * third, 1.0), ("rows", 0.1 + 0.2, third * 1e-7))
        ],
        columns=["level", "name", "step", "kwh", "factor"],
    )


@pytest.mark.parametrize("names", [["", "NA", "nan", "第一", 'a "b", c\nd'], RISKY, []])
def test_steps_are_read_back_with_every_digit(tmp_path: Path, names: list[str]) -> None:
    steps = _steps(*names)
    out = write_results(dataclasses.replace(_result(), waterfall=steps), tmp_path / "out")
    again = read_waterfall(out)
    assert again is not None
    pd.testing.assert_frame_equal(again, steps, check_exact=True, check_dtype=False)


def test_a_step_without_a_factor_is_read_back_as_missing(tmp_path: Path) -> None:
    steps = _steps("a").assign(factor=[1.0, np.nan])
    out = write_results(dataclasses.replace(_result(), waterfall=steps), tmp_path / "out")
    again = read_waterfall(out)
    assert again is not None
    assert again["factor"].isna().tolist() == [False, True]


def test_a_result_without_steps_has_no_file_of_them(tmp_path: Path) -> None:
    kept = dataclasses.replace(_result(), waterfall=_steps("a"))
    out = write_results(kept, tmp_path / "out")
    assert (out / WATERFALL_FILE).is_file()
    write_results(_result(), out, overwrite=True)
    assert not (out / WATERFALL_FILE).exists()
    assert read_waterfall(out) is None


@pytest.mark.parametrize("text", ["level,name,step,kwh\n", "level,name,step,kwh,factor\na,b,c,x,1"])
def test_damaged_steps_are_told(tmp_path: Path, text: str) -> None:
    out = write_results(_result(), tmp_path / "out")
    (out / WATERFALL_FILE).write_text(text, encoding="utf-8")
    with pytest.raises(InvalidResult, match="damaged"):
        read_waterfall(out)


def test_an_earlier_result_is_not_replaced_unasked(tmp_path: Path) -> None:
    out = write_results(_result(), tmp_path / "out")
    before = _bytes(out)
    _refused(lambda: write_results(_result("new"), out), "holds a result already", "--overwrite")
    assert _bytes(out) == before


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_of_something_else_is_never_touched(tmp_path: Path, overwrite: bool) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    _refused(
        lambda: write_results(_result(), tmp_path / "out", overwrite=overwrite),
        "is no result of roofpv", "Choose another folder",
    )  # fmt: skip
    assert (tmp_path / "out" / "thesis.txt").read_text() == "mine"


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_file_in_place_of_the_folder_is_never_touched(tmp_path: Path, overwrite: bool) -> None:
    (tmp_path / "out").write_text("mine")
    _refused(lambda: check_free(tmp_path / "out", overwrite), "is no result of roofpv")


def test_an_empty_folder_is_free(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert (write_results(_result(), tmp_path / "out") / "run.json").is_file()


def test_folders_above_are_made(tmp_path: Path) -> None:
    assert (write_results(_result(), tmp_path / "a" / "b") / "run.json").is_file()


def test_a_folder_below_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    _refused(lambda: write_results(_result(), tmp_path / "file" / "out"), "cannot be written")


@pytest.mark.parametrize("out", [".", "", "./"])
def test_the_folder_one_stands_in_may_be_the_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    try:
        write_results(_result(), out)
    except InvalidResult:
        assert [path.name for path in tmp_path.iterdir()] == ["here"]
        return
    assert (tmp_path / "here" / "run.json").is_file()


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    out = write_results(_result(), tmp_path / "out")
    (out / name).unlink()
    _refused(lambda: read_results(out), "out", f"{name} is missing", "Run roofpv assess again")


def test_a_folder_that_is_none_has_no_result(tmp_path: Path) -> None:
    _refused(lambda: read_results(tmp_path / "no"), "no", "the folder does not exist", "assess -o")
    (tmp_path / "file").write_bytes(b"")
    _refused(lambda: read_results(tmp_path / "file"), "file", "this is a file, no folder")


@pytest.mark.parametrize("name", sorted({*FILES} - {"buildings.csv", "quarantine.csv"}))
@pytest.mark.parametrize("share", [0.0, 0.5])
def test_a_damaged_file_is_one_line(tmp_path: Path, name: str, share: float) -> None:
    out = write_results(_result(), tmp_path / "out")
    data = (out / name).read_bytes()
    (out / name).write_bytes(data[: int(len(data) * share)])
    _refused(lambda: read_results(out), "out", "damaged", "--overwrite")


def test_some_columns_of_the_buildings_are_read_alone(tmp_path: Path) -> None:
    before = _result()
    before = dataclasses.replace(before, buildings=before.buildings.assign(use=["school", None]))
    out = write_results(before, tmp_path / "out")
    whole = read_results(out).buildings
    part = read_buildings(out, ["use", "name", "building_id", "no such column"])
    assert sorted(part) == ["building_id", "name", "use"]
    assert part["use"].dtype == "category"
    for name in part:
        read, asked = (table[name].astype(object).fillna("-") for table in (part, whole))
        assert read.tolist() == asked.tolist()
    assert read_buildings(out, ["kwp"])["kwp"].tolist()[0] == 5.5


def test_verdicts_are_read_without_the_tables(tmp_path: Path) -> None:
    before = _result()
    out = write_results(before, tmp_path / "out")
    for name in sorted({*FILES} - {"targets.json", "run.json"}):
        (out / name).write_bytes(b"")
    assert read_verdicts(out) == (before.targets, before.run)


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("buildings.parquet", lambda out: read_buildings(out, ["use"])),
        ("run.json", read_verdicts),
        ("targets.json", read_verdicts),
    ],
)
def test_what_is_read_alone_may_be_damaged_or_absent(tmp_path: Path, name: str, read: Any) -> None:
    out = write_results(_result(), tmp_path / "out")
    (out / name).write_bytes(b"{")
    _refused(lambda: read(out), "out", "damaged", "--overwrite")
    (out / name).unlink()
    _refused(lambda: read(out), "out", f"{name} is missing", "Run roofpv assess again")


@pytest.mark.parametrize("content", [b"{", b"3", b"null", b"\xff"])
@pytest.mark.parametrize("name", ["targets.json", "run.json"])
def test_a_damaged_json_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    out = write_results(_result(), tmp_path / "out")
    (out / name).write_bytes(content)
    for read in (read_results, read_verdicts):
        _refused(partial(read, out), name, "damaged (", "--overwrite")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b'a\n"b'])
def test_a_damaged_quarantine_is_one_line(tmp_path: Path, content: bytes) -> None:
    out = write_results(_result(), tmp_path / "out")
    (out / "quarantine.csv").write_bytes(content)
    _refused(lambda: read_results(out), "damaged")


def test_a_result_can_be_moved(tmp_path: Path) -> None:
    out = write_results(_result(), tmp_path / "out")
    shutil.move(out, tmp_path / "moved")
    assert read_results(tmp_path / "moved").run == {"counts": {"in": 2}}
