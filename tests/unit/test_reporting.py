"""Reports of a result folder: what is read, refused, planned and written where."""

from __future__ import annotations

import importlib
import json
import os
import shutil
from datetime import date
from functools import partial

import citymaker
import pandas as pd
import pyarrow.parquet as pq
import pytest

from roofpv.errors import InvalidConfig, InvalidResult
from roofpv.reporting import FORMATS, ReportAsk, formats, gather, make_report
from roofpv.reporting import make as making
from roofpv.reporting.ask import formats_of
from roofpv.reporting.files import MOST_BESIDE, put, put_bytes
from roofpv.reporting.gather import read_city

# The room, not the function of its name.
gathering = importlib.import_module("roofpv.reporting.gather")


@pytest.fixture
def out(tmp_path):
    """A result folder that may be changed."""
    shutil.copytree(citymaker.folder(), tmp_path / "out")
    return tmp_path / "out"


def change_run(out, **parts):
    path = out / "run.json"
    run = json.loads(path.read_text(encoding="utf-8")) | parts
    path.write_text(json.dumps(run), encoding="utf-8")


def waterfall(out, text="level,name,step,kwh,factor\ncity,,sun,10,1\ncity,,inverter,8,0.8\n"):
    (out / "waterfall.csv").write_text(text, encoding="utf-8-sig")


# Asking


@pytest.mark.parametrize(
    ("text", "formats"),
    [("html", ("html",)), ("PDF, html,pdf", ("pdf", "html")), ("html,xlsx,pdf", FORMATS)],
)
def test_formats_are_read_from_a_text(text, formats):
    assert formats_of(text) == formats


def test_a_text_without_a_format_is_refused():
    with pytest.raises(InvalidConfig, match="no format is named"):
        formats_of(" , ")


def test_an_unknown_format_is_refused_with_the_nearest():
    with pytest.raises(InvalidConfig, match="Did you mean 'xlsx'"):
        ReportAsk(formats=("xls",))


def test_an_unknown_language_is_refused():
    with pytest.raises(InvalidConfig, match="no language of ours"):
        ReportAsk("de")


# Reading


def test_a_city_has_its_supply_and_a_plan_for_each_missed_target(out):
    city = gather(out)
    missed = {
        f"{e['rule']}/{e['target']}"
        for e in city.result.targets
        if e["default"] and e["district"] is None and e["state"] == "now" and e["met"] is False
    }
    assert missed
    assert {"/".join(one["target"].split("/")[:2]) for one in city.plans} == missed
    assert all((one["start"], one["by"]) == (2026, 2026) for one in city.plans)
    assert len(city.supply) == len(city.roofs)
    assert city.waterfall is None


def test_the_waterfall_is_read_where_it_is(out):
    waterfall(out)
    assert gather(out).waterfall["kwh"].tolist() == [10.0, 8.0]
    assert gather(out).waterfall["name"].tolist() == ["", ""]


def test_a_formula_in_the_supply_is_its_id_again(out):
    path = out / "supply.csv"
    path.write_text(path.read_text(encoding="utf-8-sig").replace('"A"', '"\'=A"'), encoding="utf-8")
    assert "=A" in gather(out).supply["building_id"].tolist()


def test_plans_that_are_given_come_instead(out, tmp_path):
    told = dict(gather(out).plans[0]) | {"by": 2030}
    (tmp_path / "plan.json").write_text(json.dumps(told), encoding="utf-8")
    assert [one["by"] for one in gather(out, [tmp_path / "plan.json"]).plans] == [2030]


@pytest.mark.parametrize("text", ["{", "[]", '{"target": "A"}'], ids=["broken", "list", "other"])
def test_a_file_that_is_no_plan_is_refused(out, tmp_path, text):
    (tmp_path / "plan.json").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidConfig, match=r"--plan .*plan\.json: is no .*JSON file that roofpv"):
        gather(out, [tmp_path / "plan.json"])
    with pytest.raises(InvalidConfig, match=r"none\.json: cannot be read \(No such file"):
        gather(out, [tmp_path / "none.json"])


def test_a_plan_of_another_result_is_refused(out, tmp_path):
    told = dict(gather(out).plans[0])
    told["roofs"] = [told["roofs"][0] | {"building_id": "elsewhere"}]
    (tmp_path / "plan.json").write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(InvalidConfig, match="building elsewhere is not in the result"):
        gather(out, [tmp_path / "plan.json"])


def test_a_target_that_cannot_be_planned_for_is_a_note(out):
    change_run(out, rule_texts={})
    path = out / "targets.json"
    entries = [e | {"rule": "nowhere"} for e in json.loads(path.read_text(encoding="utf-8"))]
    path.write_text(json.dumps(entries), encoding="utf-8")
    city = gather(out)
    assert city.plans == ()
    assert all(set(note) == {"en", "zh"} for note in city.notes)
    assert city.notes[0]["en"].startswith("No plan for nowhere/")


@pytest.mark.parametrize(
    ("said", "words"),
    [("9.9.0", r"is of roofpv 9\.9\.0, this is"), (None, "of no version")],
    ids=["later", "none"],
)
def test_a_result_of_another_version_is_refused(out, said, words):
    change_run(out, versions={} if said is None else {"roofpv": said})
    with pytest.raises(InvalidResult, match=words):
        gather(out)


def test_a_result_without_a_column_is_refused(out):
    table = pd.read_parquet(out / "buildings.parquet")
    import geopandas as gpd  # noqa: PLC0415

    drawn = gpd.read_parquet(out / "buildings.parquet").drop(columns="ac_kwh_p90")
    assert "ac_kwh_p90" in table
    drawn.to_parquet(out / "buildings.parquet")
    with pytest.raises(InvalidResult, match="has no column ac_kwh_p90"):
        gather(out)


def test_a_record_without_a_part_is_refused(out):
    run = json.loads((out / "run.json").read_text(encoding="utf-8"))
    del run["money"]
    (out / "run.json").write_text(json.dumps(run), encoding="utf-8")
    with pytest.raises(InvalidResult, match="does not tell money"):
        gather(out)


@pytest.mark.parametrize("name", ["buildings", "planes"])
def test_a_table_of_another_run_is_refused(out, name):
    table = pq.read_table(out / f"{name}.parquet")
    pq.write_table(table.slice(1), out / f"{name}.parquet")
    with pytest.raises(InvalidResult, match=rf"{name}\.parquet: damaged \(\d+ rows"):
        gather(out)


@pytest.mark.parametrize("name", ["buildings.parquet", "supply.csv"])
def test_an_incomplete_folder_is_refused(out, name):
    (out / name).unlink()
    with pytest.raises(InvalidResult, match=f"{name} is missing"):
        gather(out)


def test_a_table_without_its_columns_is_refused(out):
    waterfall(out, "level,name\ncity,\n")
    with pytest.raises(InvalidResult, match=r"waterfall\.csv: has no column step"):
        gather(out)


def test_a_damaged_table_is_refused(out):
    (out / "supply.csv").write_bytes(b'"building_id"\n"\xff\xfe\x00')
    with pytest.raises(InvalidResult, match="damaged"):
        gather(out)


# Writing


def test_a_report_is_the_same_every_time(out, tmp_path):
    waterfall(out)
    for place in ("1", "2"):
        ask = ReportAsk("zh", ("html",), tmp_path / place, (), tmp_path / place / "pictures")
        paths = make_report(out, ask)
        assert paths[0] == tmp_path / place / "report.html"
    one, two = (
        {p.relative_to(tmp_path / n): p.read_bytes() for p in (tmp_path / n).rglob("*.*")}
        for n in ("1", "2")
    )
    assert one == two
    assert {p.suffix for p in one} == {".html", ".svg", ".png"}


def test_without_an_ask_the_page_stands_in_the_folder(out):
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    assert make_report(out) == [out / "report.html"]
    after = {p.name: p.read_bytes() for p in out.iterdir()}
    assert after.pop("report.html").startswith(b"<!DOCTYPE html>")
    assert after == before


@pytest.mark.parametrize("mark", ["~$report.xlsx", ".~lock.report.xlsx#"])
def test_a_file_that_is_open_is_written_beside(tmp_path, mark):
    (tmp_path / mark).write_bytes(b"")
    (tmp_path / "report.xlsx").write_bytes(b"old")
    assert put_bytes(tmp_path / "report.xlsx", b"new") == tmp_path / "report-2.xlsx"
    assert (tmp_path / "report.xlsx").read_bytes() == b"old"
    assert (tmp_path / "report-2.xlsx").read_bytes() == b"new"


@pytest.mark.parametrize("name", ["report.html", "report.xlsx", "report.pdf"])
def test_a_file_that_is_read_only_is_written_beside(tmp_path, name):
    (tmp_path / name).write_bytes(b"old")
    (tmp_path / name).chmod(0o444)
    beside = tmp_path / name.replace(".", "-2.")
    assert put_bytes(tmp_path / name, b"new") == beside
    assert (tmp_path / name).read_bytes() == b"old"


@pytest.mark.parametrize("name", ["html", "xlsx", "pdf"])
def test_a_folder_that_cannot_be_written_is_named(tmp_path, name):
    job = formats.Job(read_city(citymaker.folder()), "en")
    path = tmp_path / "absent" / f"report.{name}"
    with pytest.raises(InvalidResult) as caught:
        put(path, partial(formats.WRITERS[name], job))
    assert str(caught.value).startswith(f"{path}: cannot be written (No such file")


def test_a_file_that_is_locked_is_written_beside(tmp_path, monkeypatch):
    real = os.replace

    def replace(source, target):
        if target.name == "report.pdf":
            raise PermissionError(13, "in use")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    assert put_bytes(tmp_path / "report.pdf", b"new") == tmp_path / "report-2.pdf"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["report-2.pdf"]


def test_a_name_that_is_always_locked_is_told(tmp_path, monkeypatch):
    tried = []

    def replace(source, target):
        tried.append((source.name, target.name))
        raise PermissionError(13, "in use")

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(InvalidResult, match="is open in another program"):
        put_bytes(tmp_path / "report.pdf", b"new")
    assert len(tried) == MOST_BESIDE
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_breaks_off_leaves_nothing(tmp_path):
    (tmp_path / "report.html").write_bytes(b"old")

    def write(part):
        part.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(InvalidResult, match="cannot be written"):
        put(tmp_path / "report.html", write)
    assert [p.read_bytes() for p in tmp_path.iterdir()] == [b"old"]


def test_a_folder_that_cannot_be_made_is_told_before_any_work(out, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InvalidResult, match="cannot be made"):
        make_report(out, ReportAsk(where=tmp_path / "file" / "in"))
    for name in ("where", "pictures"):
        with pytest.raises(InvalidResult, match="is a file, no folder"):
            make_report(tmp_path / "none", ReportAsk(**{name: tmp_path / "file"}))


def test_each_format_has_its_writer():
    assert tuple(formats.WRITERS) == FORMATS
    assert making.STEM == "report"


# The year of a plan, and how sure the verdicts are


@pytest.mark.parametrize(
    ("day", "due", "years"),
    [
        ("2025-12-31", "2025-12-31", (2026, 2026)),
        ("2026-11-01", "2025-12-31", (2027, 2027)),
        ("2024-06-30", "2025-12-31", (2025, 2025)),
        ("2025-06-30", "2025-12-31", (2025, 2025)),
        ("2026-11-01", "2030-12-31", (2027, 2030)),
        ("2026-11-01", "2030-06-30", (2027, 2029)),
        ("2026-01-15", "2026-06-30", (2026, 2026)),
        ("2026-01-15", None, (2027, 2027)),
        ("2020-01-15", "2099-12-31", (2070, 2099)),
    ],
)
def test_a_plan_is_for_the_deadline_or_the_next_full_year(day, due, years):
    days = date.fromisoformat(day), None if due is None else date.fromisoformat(due)
    assert gathering.years_of(*days) == years


@pytest.mark.parametrize(
    ("day", "by", "words"),
    [("2025-12-31", 2026, "the first full year after"), ("2023-06-30", 2025, "is still ahead")],
)
def test_the_year_of_a_plan_is_told_with_its_reason(out, day, by, words):
    path = out / "targets.json"
    entries = [e | {"as_of": day} for e in json.loads(path.read_text(encoding="utf-8"))]
    path.write_text(json.dumps(entries), encoding="utf-8")
    city = gather(out)
    assert {one["by"] for one in city.plans} == {by}
    said = [note["en"] for note in city.notes]
    assert len(said) == len(city.plans)
    assert all(f"by the end of {by}" in one and words in one and day in one for one in said)


def test_of_many_roofs_a_plan_is_of_one_year(out, monkeypatch):
    monkeypatch.setattr(gathering, "MOST_DRAWN", 3)
    path = out / "targets.json"
    entries = [e | {"as_of": "2023-06-30"} for e in json.loads(path.read_text(encoding="utf-8"))]
    path.write_text(json.dumps(entries), encoding="utf-8")
    city = gather(out)
    assert {(one["start"], one["by"]) for one in city.plans} == {(2025, 2025)}
    assert city.certainty is None


def test_rules_of_several_days_are_told(out):
    path = out / "targets.json"
    entries = json.loads(path.read_text(encoding="utf-8"))
    for one in entries:
        one |= {"as_of": "2023-06-30" if one["target"] == "A" else "2025-12-31", "met": False}
    path.write_text(json.dumps(entries), encoding="utf-8")
    said = [note["en"] for note in gather(out).notes]
    assert "on days of their own (2023-06-30, 2025-12-31)" in said[0]


def test_of_too_many_roofs_no_plan_is_made_and_it_says_how_to(out, monkeypatch):
    monkeypatch.setattr(gathering, "MOST_PLANNED", 0)
    city = gather(out)
    assert city.plans == ()
    said = [note["en"] for note in city.notes]
    assert all("roofpv plan OUT --target shizuishan-2025/" in one for one in said)
    assert all("--by 2026 -o plan.json" in one for one in said)


def test_what_to_look_at_is_that_of_the_assessment(out):
    city = gather(out)
    told = {(e["target"], e["state"]): e["probability"] for e in city.certainty["entries"]
            if e["default"] and e["district"] is None}  # fmt: skip
    entries = [e for e in city.result.targets if e["default"] and e["district"] is None]
    assert {(e["target"], e["state"]): e["probability"] for e in entries} == told
    assert city.certainty["advice"][0]["visits"][0]["building_id"]


def test_a_certainty_that_cannot_be_told_is_a_note(out, monkeypatch):
    def refuse(*_args, **_more):
        raise InvalidResult("buildings", "columns absent: use", "Assess the inventory again")

    monkeypatch.setattr(gathering, "certainty", refuse)
    city = gather(out)
    assert city.certainty is None
    assert city.notes[0]["en"] == "What to look at first is not told: columns absent: use"


def test_without_a_rule_nothing_is_drawn(out):
    change_run(out, rule_texts={})
    assert gather(out).certainty is None


# Damage


def cut(path, share=0.5, at_a_line=False):
    text = path.read_bytes()
    kept = text[: int(len(text) * share)]
    path.write_bytes(kept[: kept.rindex(b"\n") + 1] if at_a_line else kept)


@pytest.mark.parametrize("at_a_line", [True, False], ids=["line", "letter"])
@pytest.mark.parametrize("name", ["supply.csv", "waterfall.csv", "findings.csv", "quarantine.csv"])
def test_a_table_that_was_cut_is_named(tmp_path, name, at_a_line):
    out = tmp_path / "out"
    shutil.copytree(citymaker.folder(citymaker.EXEMPT + LOST), out)
    waterfall(out, "".join(["level,name,step,kwh,factor\n", *STEPS]))
    gather(out)
    cut(out / name, 0.9, at_a_line)
    with pytest.raises(InvalidResult, match=rf"out.{name}: damaged \(.+\)\. ") as caught:
        gather(out)
    assert "\n" not in str(caught.value)


LOST = (
    "Y,lost,大武口区,school,public,1998,3,-5,106.37,39.01,\n"
    "Z,doubtful,大武口区,school,public,1998,3,abc,106.37,39.01,\n"
)
STEPS = [
    f"{level},{name},{step},10,1\n"
    for level, name in [("city", ""), ("district", "大武口区"), ("district", "平罗县")]
    for step in ("sun", "plane", "inverter")
]


@pytest.mark.parametrize("name", ["targets.json", "run.json", "energy.nc", "buildings.parquet"])
def test_a_file_that_was_cut_is_named(out, name):
    cut(out / name)
    with pytest.raises(InvalidResult, match=rf"out.{name}: damaged \("):
        gather(out)


def test_of_many_planes_only_their_ids_are_read(out, monkeypatch):
    monkeypatch.setattr(gathering, "MOST_DRAWN", 1)
    city = read_city(out)
    assert list(city.result.planes) == ["plane_id", "building_id"]
    assert len(city.result.planes) == city.result.energy.sizes["plane_id"]
