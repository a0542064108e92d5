from __future__ import annotations

import pandas as pd
import pytest
from partsmaker import PART, ROWS, Alone, messy_list, run_of, write_list

from roofpv import read_results
from roofpv.batch import run_in_parts, work
from roofpv.batch.crew import Failed, Lost, answer_to
from roofpv.batch.cut import Piece, Reading
from roofpv.batch.work import Assess, Look, Orders
from roofpv.errors import InvalidWeather

POISON = (5, 17, 18, 30)
SOME = 2 * PART


@pytest.fixture(autouse=True)
def _one_process(monkeypatch):
    monkeypatch.setattr("roofpv.batch.run.Crew", Alone)


@pytest.fixture
def inventory(tmp_path):
    return write_list(tmp_path / "list.parquet", messy_list().iloc[:SOME])


def failing(rows, error, monkeypatch, most=ROWS):
    """An assessment that fails where one of some rows is in it, or where there are too many."""
    real = work.assess_part

    def assess(frame, *given, **named):
        told = frame.attrs["findings"]
        marked = {at for one in told if one.code == "NOT_COMPUTED" for at in one.at.tolist()}
        poison = (set(frame["source_at"]) & set(rows)) - marked
        if poison or len(frame) > most:
            raise error
        return real(frame, *given, **named)

    monkeypatch.setattr(work, "assess_part", assess)


def test_rows_that_fail_are_set_aside_and_the_rest_is_as_without_them(
    inventory, tmp_path, monkeypatch
):
    run_in_parts(run_of(inventory, tmp_path / "all"))
    failing(POISON, ZeroDivisionError("by nothing\nat all"), monkeypatch)
    run_in_parts(run_of(inventory, tmp_path / "some"))
    one, other = (read_results(tmp_path / name) for name in ("all", "some"))
    lost = other.quarantine[other.quarantine["code"] == "NOT_COMPUTED"]
    assert lost["row"].tolist() == [at + 1 for at in POISON]
    assert set(lost["reason"].str.partition(";")[0]) == {
        "computing this row failed: ZeroDivisionError by nothing at all"
    }
    kept = one.buildings[~one.buildings["source_row"].isin(lost["row"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(
        kept.drop(columns="geometry"), other.buildings.drop(columns="geometry"), check_exact=True
    )
    counts = other.run["counts"]
    assert counts["in"] == counts["assessed"] + counts["excluded"] + counts["quarantined"]


@pytest.mark.parametrize("most", [1, 7])
def test_too_many_rows_for_the_memory_go_in_smaller_pieces(most, tmp_path, monkeypatch):
    inventory = write_list(tmp_path / "list.parquet", messy_list().iloc[: PART + 3])
    run_in_parts(run_of(inventory, tmp_path / "all"))
    failing((), MemoryError(), monkeypatch, most)
    run_in_parts(run_of(inventory, tmp_path / "some"))
    for name in ("buildings.parquet", "planes.parquet", "energy.nc", "buildings.csv"):
        for path in (tmp_path / "all" / name).iterdir():
            assert path.read_bytes() == (tmp_path / "some" / name / path.name).read_bytes()
    for name in ("findings.csv", "quarantine.csv", "targets.json", "run.json", "supply.csv"):
        assert (tmp_path / "all" / name).read_bytes() == (tmp_path / "some" / name).read_bytes()


def test_a_row_that_the_check_itself_cannot_take(tmp_path, monkeypatch):
    real = work.assess_part

    def assess(frame, *given, **named):
        if ((frame["source_at"] == 7) & frame.geometry.notna()).any():
            raise RecursionError("deep")
        return real(frame, *given, **named)

    monkeypatch.setattr(work, "assess_part", assess)
    inventory = write_list(tmp_path / "list.parquet", messy_list().iloc[:PART])
    result = run_in_parts(run_of(inventory, tmp_path / "out"))
    assert result.quarantine["row"].tolist() == [8]
    assert result.quarantine["code"].tolist() == ["NOT_COMPUTED"]


def test_what_the_user_gave_wrong_ends_the_run(inventory, tmp_path, monkeypatch):
    failing(POISON, InvalidWeather("w", "p", "m"), monkeypatch)
    with pytest.raises(InvalidWeather, match=r"w: p\. m\."):
        run_in_parts(run_of(inventory, tmp_path / "out"))


def test_nothing_but_rows_that_fail(tmp_path, monkeypatch):
    failing(range(ROWS), ValueError("no"), monkeypatch)
    inventory = write_list(tmp_path / "list.parquet", messy_list().iloc[:5])
    result = run_in_parts(run_of(inventory, tmp_path / "out", 3))
    assert result.run["counts"] == {
        "in": 5, "assessed": 0, "excluded": 0, "quarantined": 5,
        "planes": {"in": 0, "assessed": 0, "excluded": 0, "quarantined": 0},
    }  # fmt: skip
    assert len(read_results(tmp_path / "out").buildings) == 0


def test_errors_of_a_worker_reach_the_run(tmp_path, monkeypatch):
    orders = Orders(Reading(), None, None, None, False, tmp_path)
    look = Look(Piece(3, 0, 1, ""))
    answer = answer_to(look, orders)
    assert isinstance(answer, Failed)
    monkeypatch.setattr(work, "read_piece", lambda *_: 1 / 0)
    assert answer_to(look, orders) == Lost("ZeroDivisionError division by zero")
    assess = answer_to(Assess(look.piece, None, {}), orders)
    assert str(assess.error) == "part 3: ZeroDivisionError: division by zero"
