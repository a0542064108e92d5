"""``roofpv report`` and ``roofpv assess --report``: what is written, said and refused."""

from __future__ import annotations

import json
import shutil

import citymaker
import pytest


@pytest.fixture
def out(tmp_path):
    shutil.copytree(citymaker.folder(), tmp_path / "out")
    return tmp_path / "out"


def assert_one_line(done, *words):
    assert done.code == 2
    assert done.err.startswith("roofpv: ")
    assert done.err.count("\n") == 1
    assert all(word in done.err for word in words), done.err
    assert done.out == ""


def test_the_page_is_written_into_the_folder(run, out):
    done = run("report", out)
    assert (done.code, done.out, done.err) == (0, f"{out / 'report.html'}\n", "")
    page = (out / "report.html").read_text(encoding="utf-8")
    assert '<html lang="en">' in page


def test_language_place_formats_and_pictures_are_chosen(run, out, tmp_path):
    (out / "waterfall.csv").write_text(
        "level,name,step,kwh,factor\ncity,,sun,10,1\ncity,,inverter,8,0.8\n", encoding="utf-8"
    )
    done = run(
        "report", out, "--lang", "zh", "--format", "html,pdf", "-o", tmp_path / "to",
        "--pictures", tmp_path / "pictures",
    )  # fmt: skip
    assert done.code == 0
    assert done.out.splitlines()[:2] == [str(tmp_path / "to" / f"report.{x}") for x in
                                         ("html", "pdf")]  # fmt: skip
    assert '<html lang="zh-CN">' in (tmp_path / "to" / "report.html").read_text(encoding="utf-8")
    assert (tmp_path / "to" / "report.pdf").read_bytes().startswith(b"%PDF")
    assert {"waterfall.svg", "waterfall.png"} <= {p.name for p in (tmp_path / "pictures").iterdir()}
    assert not (out / "report.html").exists()


def test_a_plan_of_the_plan_command_is_told(run, out, tmp_path):
    made = run(
        "plan", out, "--target", "shizuishan-2025/A", "--from", "2027", "--by", "2029",
        "--no-layouts", "-o", tmp_path / "plan.csv",
    )  # fmt: skip
    assert made.code == 0
    done = run("report", out, "--plan", tmp_path / "plan.json")
    assert done.code == 0
    assert "2029" in (out / "report.html").read_text(encoding="utf-8")


def test_a_file_that_is_open_is_named_on_stderr(run, out):
    (out / "~$report.html").write_bytes(b"")
    done = run("report", out)
    assert done.code == 0
    assert done.out == f"{out / 'report-2.html'}\n"
    assert done.err == (
        "report.html is open in another program or read-only: report-2.html is written\n"
    )


def test_no_folder_and_an_incomplete_one_are_one_line(run, out, tmp_path):
    assert_one_line(run("report", tmp_path / "nowhere"), "the folder does not exist")
    (out / "targets.json").unlink()
    assert_one_line(run("report", out), "targets.json is missing", "Run roofpv assess again")


def test_a_result_of_another_version_is_one_line(run, out):
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    record["versions"]["roofpv"] = "9.9.0"
    (out / "run.json").write_text(json.dumps(record), encoding="utf-8")
    assert_one_line(run("report", out), "is of roofpv 9.9.0", "Assess the inventory again")


def test_a_wrong_format_or_plan_is_one_line(run, out, tmp_path):
    assert_one_line(run("report", out, "--format", "docx"), "unknown format 'docx'")
    assert_one_line(run("report", out, "--format", ""), "no format is named")
    assert_one_line(run("report", out, "--plan", tmp_path / "no.json"), "--plan", "cannot be read")


def test_assess_writes_a_report_too(run, tmp_path):
    (tmp_path / "list.csv").write_text(citymaker.LIST, encoding="utf-8")
    done = run(
        "assess", tmp_path / "list.csv", "-o", tmp_path / "out", "--report", "html",
        "--report-lang", "zh", "--json",
    )  # fmt: skip
    assert done.code == 0
    assert json.loads(done.out)["counts"]["in"] == 7
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert '<html lang="zh-CN">' in page


def test_assess_refuses_a_wrong_format_before_anything_else(run, tmp_path):
    (tmp_path / "list.csv").write_text(citymaker.LIST, encoding="utf-8")
    done = run("assess", tmp_path / "list.csv", "-o", tmp_path / "out", "--report", "word")
    assert_one_line(done, "unknown format 'word'")
    assert not (tmp_path / "out").exists()


def test_an_empty_result_has_a_report_that_says_so(run, tmp_path):
    shutil.copytree(citymaker.folder(citymaker.NOTHING), tmp_path / "out")
    assert run("report", tmp_path / "out", "--format", "html,pdf").code == 0
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "No building was assessed" in page


def test_a_page_in_parts_has_a_folder_beside_it(run, out, tmp_path):
    done = run("report", out, "--map-parts", "parts", "-o", tmp_path / "to")
    assert (done.code, done.out) == (0, f"{tmp_path / 'to' / 'report.html'}\n")
    names = {one.name for one in (tmp_path / "to" / "report-files").iterdir()}
    assert {"part-001.js", "find-000.js"} <= names
    assert {one.name for one in (tmp_path / "to").iterdir()} == {"report.html", "report-files"}


def test_a_page_of_one_file_leaves_no_folder_of_an_earlier_one(run, out, tmp_path):
    to = tmp_path / "to"
    run("report", out, "--map-parts", "parts", "-o", to)
    assert run("report", out, "--map-parts", "one", "-o", to, "--format", "html").code == 0
    assert {one.name for one in to.iterdir()} == {"report.html"}
    run("report", out, "--map-parts", "parts", "-o", to)
    (to / "report-2.html").write_text("another")
    run("report", out, "--map-parts", "one", "-o", to, "--format", "html")
    assert (to / "report-files" / "part-001.js").exists()
