from __future__ import annotations

import dataclasses
import functools

import geopandas as gpd
import numpy as np
import pytest
from partsmaker import Alone, messy_list, run_of, write_list

from roofpv import read_results
from roofpv.batch import around, run, run_in_parts, sparing, work
from roofpv.batch.around import KeepAround, LookAround, Site
from roofpv.batch.crew import Failed, answer_to
from roofpv.batch.faults import without_failing
from roofpv.batch.work import Look
from roofpv.errors import InvalidInventory

POISON = frozenset((0, 6, 7))
# Columns that a function may fail at.
OUTLINE, CELL = "geometry", "floors"


class Telling(Alone):
    """The crew in this process, whose errors are answers as those of others."""

    def do(self, tasks):
        for task in tasks:
            answer = answer_to(task, self.orders)
            if isinstance(answer, Failed):
                raise answer.error
            yield task, answer


@pytest.fixture(autouse=True)
def _one_process(monkeypatch):
    monkeypatch.setattr("roofpv.batch.run.Crew", Telling)


def listed(tmp_path):
    """Twelve rows in parts of seven."""
    frame = messy_list().iloc[:12]
    return run_of(write_list(tmp_path / "list.parquet", frame), tmp_path / "out", 7)


def poisoned(real, rows, column=OUTLINE):
    """A function of rows that fails where any of some is in it that has something in a column."""

    @functools.wraps(real)
    def fails(*given, **named):
        frame = given[0]
        if (frame["source_at"].isin(rows) & frame[column].notna()).any():
            raise ZeroDivisionError("by nothing")
        return real(*given, **named)

    return fails


def failing_tasks(kind, monkeypatch, rows=POISON, column=OUTLINE):
    """Tasks of a kind that fail at some rows."""
    name = {Look: "survey", Site: "_sited", KeepAround: "around_piece"}[kind]
    where = work if kind is Look else around, name
    monkeypatch.setattr(*where, poisoned(getattr(*where), rows, column))


class LookOfContext(Look):
    """A look that fails at some rows."""

    def do(self, orders):
        poisoned(id, POISON)(work.read_piece(self.piece, orders.work, orders.reading))
        return super().do(orders)


def set_aside(out):
    """Rows that could not be computed; each of twelve is there once."""
    found = read_results(out)
    lost = found.quarantine
    assert sorted([*found.buildings["source_row"], *lost["row"].unique()]) == [*range(1, 13)]
    reasons = lost.loc[lost["code"] == "NOT_COMPUTED", "reason"]
    assert reasons.str.contains("ZeroDivisionError by nothing").all()
    return lost.loc[lost["code"] == "NOT_COMPUTED", "row"].tolist()


@pytest.mark.parametrize(("kind", "column"), [(Look, OUTLINE), (Look, CELL), (Site, OUTLINE)])
def test_rows_at_which_a_look_fails_are_set_aside(kind, column, tmp_path, monkeypatch):
    given = listed(tmp_path)
    if kind is Site:
        given = dataclasses.replace(given, context=given.inventory)
    poison = POISON if column == OUTLINE else frozenset((1, 7))
    failing_tasks(kind, monkeypatch, poison, column)
    run_in_parts(given)
    assert set_aside(given.out) == [at + 1 for at in sorted(poison)]


@pytest.mark.parametrize("kind", [LookAround, KeepAround])
def test_rows_of_a_context_at_which_its_check_fails_are_left_out(kind, tmp_path, monkeypatch):
    context = write_list(tmp_path / "context.parquet", messy_list().iloc[:12].drop(columns="name"))
    given = dataclasses.replace(listed(tmp_path), context=context)
    if kind is LookAround:
        monkeypatch.setattr(around, "Look", LookOfContext)
    else:
        failing_tasks(kind, monkeypatch)
    result = run_in_parts(given)
    assert set_aside(given.out) == []
    counts = result.run["shading"]["counts"]["neighbours"]
    assert (counts["context_rows"], counts["context_rows_left_out"]) == (12, len(POISON))


def test_a_list_that_is_its_own_context(tmp_path, monkeypatch):
    given = listed(tmp_path)
    given = dataclasses.replace(given, context=given.inventory)
    monkeypatch.setattr(around, "around_of", at_a_building(around.around_of))
    run_in_parts(given)
    assert set_aside(given.out) == [3]


def at_a_building(real):
    """A function of what was checked that fails at a building."""

    def around_of(checked, rows, assumed):
        if (checked.buildings["source_row"] == 3).any():
            raise ZeroDivisionError("by nothing")
        return real(checked, rows, assumed)

    return around_of


@pytest.mark.parametrize("own_context", [False, True])
def test_outlines_that_cannot_be_compared(own_context, tmp_path, monkeypatch):
    frame = messy_list().iloc[:12].copy()
    frame.loc[9, "geometry"] = frame.geometry[3]
    given = run_of(write_list(tmp_path / "list.parquet", frame), tmp_path / "out", 7)
    name, room = "outlines_twice", run
    if own_context:
        given = dataclasses.replace(given, context=given.inventory)
        name, room = "drawn_twice", around
    monkeypatch.setattr(room, name, poisoned(getattr(room, name), {9}))
    run_in_parts(given)
    assert set_aside(given.out) == [10]


def test_a_check_that_fails_at_the_end(tmp_path, monkeypatch):
    given = listed(tmp_path)
    monkeypatch.setattr(run, "check_inventory", poisoned(run.check_inventory, {11}))
    run_in_parts(given)
    assert set_aside(given.out) == []


def test_a_fault_of_all_rows_ends_the_run(tmp_path, monkeypatch):
    monkeypatch.setattr(work, "survey", lambda _: 1 / 0)
    with pytest.raises(RuntimeError, match="part 0: ZeroDivisionError division by zero"):
        run_in_parts(listed(tmp_path))


def test_a_fault_of_none_of_its_rows_ends_the_run(tmp_path, monkeypatch):
    monkeypatch.setattr(sparing, "divided", lambda *_: ([], []))
    monkeypatch.setattr(work, "survey", lambda _: 1 / 0)
    with pytest.raises(RuntimeError, match="part 0: ZeroDivisionError division by zero"):
        run_in_parts(listed(tmp_path))


def rows(count):
    frame = gpd.GeoDataFrame(
        {"source_at": 10 + np.arange(count)}, geometry=[None] * count, crs=4326
    )
    frame.attrs = {"columns": {}}
    return frame


def told(frame, bad):
    """Fails at pairs of rows."""
    assert frame.attrs == {"columns": {}}
    stand = set(frame["source_at"])
    for pair in bad:
        if pair <= stand:
            raise ValueError(f"at\n{sorted(pair)}")
    return sorted(stand)


def test_the_last_of_rows_that_fail_together_is_left_out():
    found, failed = without_failing(rows(9), lambda some: told(some, [{11, 15}, {17}]))
    assert found == [10, 11, 12, 13, 14, 16, 18]
    assert failed == {15: "ValueError at [11, 15]", 17: "ValueError at [17]"}


@pytest.mark.parametrize("error", [InvalidInventory("w", "p", "m"), OSError(), MemoryError()])
def test_what_is_no_fault_of_rows(error):
    def fail(_):
        raise error

    with pytest.raises(type(error)):
        without_failing(rows(3), fail)


def test_a_fault_without_any_row():
    with pytest.raises(ZeroDivisionError):
        without_failing(rows(3), lambda _: 1 / 0)
