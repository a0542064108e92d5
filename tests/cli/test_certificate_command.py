"""``roofpv explain --certificate``: what is written, what is printed, what is refused."""

from __future__ import annotations

import json

import pytest
from certificatemaker import read_back, result

import roofpv


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return roofpv.write_results(result(), tmp_path_factory.mktemp("certify") / "out")


def test_a_certificate_is_written(run, out, tmp_path):
    file = tmp_path / "slab.html"
    done = run("explain", out, "slab", "--certificate", file, "--lang", "zh")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1] == f"Certificate: {file}"
    tables, _ = read_back(file.read_text(encoding="utf-8"))
    assert tables["areas"]
    first = file.read_bytes()
    run("explain", out, "slab", "--certificate", file, "--lang", "zh")
    assert file.read_bytes() == first


def test_explain_tells_the_verdicts(run, out, tmp_path):
    done = run("explain", out, "wings")
    assert "    A1, N1, now*: " in done.out
    assert "Installed now" in done.out
    assert "Uncertainty of the energy, one standard deviation each" in done.out
    assert "  first year, the modules as laid out: P50 " in done.out
    done = run("explain", out, "wings", "--json", "--certificate", tmp_path / "w.html")
    told = json.loads(done.out)
    assert [one["target"] for one in told["verdicts"]] == ["A", "B"]
    row = told["uncertainty"]["first_year"]["p90_kwh"]
    assert row == pytest.approx(told["outputs"]["ac_kwh_p90"])
    assert told["certificate"].endswith("w.html")


def test_another_ending_is_one_line(run, out, tmp_path):
    done = run("explain", out, "slab", "--certificate", tmp_path / "slab.docx")
    assert (done.code, done.out) == (2, "")
    assert ".html or .pdf" in done.err
    assert done.err.count("\n") == 1
