from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from partsmaker import PART, ROWS, Alone, files_in, messy_list, run_of, write_list
from partstreet import street

from roofpv import read_results
from roofpv.batch import rescue, run_in_parts
from roofpv.batch.around import KeepAround, LookAround, Site, folder_of
from roofpv.batch.crew import Lost
from roofpv.batch.cut import Piece
from roofpv.batch.stop import Stop
from roofpv.batch.work import Assess, Look, Survived, Trial
from roofpv.errors import WorkerLost


class MortalLooks(Alone):
    """A crew whose processes end at the outlines of some rows, when they do tasks of a kind."""

    kind: type = Look
    poison: frozenset[int] = frozenset()

    def do(self, tasks):
        for task in tasks:
            yield task, Lost() if self.ends(task) else task.do(self.orders)

    def ends(self, task):
        real = task.of if isinstance(task, Trial) else task
        if not isinstance(real, self.kind):
            return False
        context = isinstance(real, LookAround | KeepAround)
        work = folder_of(self.orders.work) if context else self.orders.work
        table = pq.read_table(real.piece.path(work))
        there = real.piece.places(work)[~np.asarray(table["geometry"].is_null())]
        return bool(self.poison & set(there.tolist()))


class Mortal(Alone):
    """A crew whose processes end at some rows, or at more of them at once than they can hold."""

    poison: frozenset[int] = frozenset()
    most = ROWS

    def do(self, tasks):
        for task in tasks:
            yield task, Lost() if self.ends(task) else task.do(self.orders)

    def ends(self, task):
        assess = task.of if isinstance(task, Trial) else task
        if not isinstance(assess, Assess):
            return False
        piece = assess.piece
        slices = assess.slices or ((0, piece.rows),)
        rows = {piece.first + at for a, b in slices for at in range(a, b)} - {
            piece.first + at for at in assess.lost
        }
        return bool(rows & self.poison) or max(b - a for a, b in slices) > self.most


def mortal(monkeypatch, **given):
    monkeypatch.setattr("roofpv.batch.run.Crew", type("Then", (Mortal,), given))


@pytest.fixture
def inventory(tmp_path):
    return write_list(tmp_path / "list.parquet", messy_list().iloc[: 2 * PART])


@pytest.fixture
def whole(inventory, tmp_path, monkeypatch):
    monkeypatch.setattr("roofpv.batch.run.Crew", Alone)
    run_in_parts(run_of(inventory, tmp_path / "whole"))
    return tmp_path / "whole"


def test_rows_that_end_their_process_are_set_aside(inventory, whole, tmp_path, monkeypatch):
    poison = frozenset((0, 16, 17, 30))
    mortal(monkeypatch, poison=poison)
    run_in_parts(run_of(inventory, tmp_path / "some"))
    one, other = read_results(whole), read_results(tmp_path / "some")
    lost = other.quarantine[other.quarantine["code"] == "NOT_COMPUTED"]
    assert lost["row"].tolist() == [at + 1 for at in sorted(poison)]
    assert lost["reason"].str.contains("ended the process that computed it").all()
    left = ~one.buildings["source_row"].isin(lost["row"])
    np.testing.assert_array_equal(one.buildings[left]["ac_kwh"], other.buildings["ac_kwh"])


def test_a_piece_too_large_for_a_process_is_done_in_slices(inventory, whole, tmp_path, monkeypatch):
    mortal(monkeypatch, most=5)
    run_in_parts(run_of(inventory, tmp_path / "sliced"))
    assert files_in(tmp_path / "sliced") == files_in(whole)


def test_processes_that_end_whatever_they_do(inventory, tmp_path, monkeypatch):
    mortal(monkeypatch, most=0)
    monkeypatch.setattr(rescue, "MOST_DEATHS", 6)
    with pytest.raises(WorkerLost, match=r"part 0: the processes .* were ended .* --jobs"):
        run_in_parts(run_of(inventory, tmp_path / "out"))


@pytest.mark.parametrize("kind", [Look, Site, KeepAround])
def test_rows_that_end_the_process_that_looks_at_them(kind, inventory, tmp_path, monkeypatch):
    poison = frozenset((0, 16, 17, 30))
    crew = type("Then", (MortalLooks,), {"kind": kind, "poison": poison})
    monkeypatch.setattr("roofpv.batch.run.Crew", crew)
    run = run_of(inventory, tmp_path / "out")
    if kind is not Look:
        run = dataclasses.replace(run, context=inventory)
    if kind is KeepAround:
        monkeypatch.setattr("roofpv.batch.run._is_list", lambda *_: False)
    run_in_parts(run)
    found = read_results(tmp_path / "out")
    lost = found.quarantine[found.quarantine["code"] == "NOT_COMPUTED"]
    if kind is KeepAround:
        assert lost.empty
        return
    assert lost["row"].tolist() == [at + 1 for at in sorted(poison)]
    assert lost["reason"].str.contains("ended the process that computed it").all()
    assert not set(lost["row"]) & set(found.buildings["source_row"])
    assert (found.buildings["ac_kwh"] > 0.0).any()


def scattered(tmp_path, monkeypatch):
    """Twelve rows of a street in no order, which are put into parts of seven neighbours."""
    monkeypatch.setattr("roofpv.batch.run.is_scattered", lambda *_: True)
    frame = street().iloc[:12].sample(frac=1.0, random_state=1).reset_index(drop=True)
    run = run_of(write_list(tmp_path / "few.parquet", frame), tmp_path / "out", 7)
    return dataclasses.replace(run, context=run.inventory)


def rows_in(out):
    found = read_results(out)
    lost = found.quarantine
    assert sorted([*found.buildings["source_row"], *lost["row"].unique()]) == [*range(1, 13)]
    return lost.loc[lost["code"] == "NOT_COMPUTED", "row"].tolist()


def test_rows_lost_at_the_look_are_set_aside_in_a_sorted_list(tmp_path, monkeypatch):
    run = scattered(tmp_path, monkeypatch)
    crew = type("Then", (MortalLooks,), {"poison": frozenset((0, 3, 9))})
    monkeypatch.setattr("roofpv.batch.run.Crew", crew)
    run_in_parts(run)
    assert rows_in(run.out) == [1, 4, 10]


@pytest.mark.parametrize("sort", [True, False])
def test_parts_of_a_run_that_lost_a_row_are_done_anew(sort, tmp_path, monkeypatch):
    run = scattered(tmp_path, monkeypatch)
    if not sort:
        run = dataclasses.replace(run, context=None)
    lost = {"poison": frozenset((3,))}

    class Cut(MortalLooks):
        def do(self, tasks):
            for answer in super().do(tasks):
                yield answer
                if isinstance(answer[0], Assess):
                    raise KeyboardInterrupt

    monkeypatch.setattr("roofpv.batch.run.Crew", type("Then", (Cut,), lost))
    with pytest.raises(KeyboardInterrupt):
        run_in_parts(run)
    monkeypatch.setattr("roofpv.batch.run.Crew", Alone)
    run_in_parts(run)
    assert rows_in(run.out) == []
    run_in_parts(dataclasses.replace(run, out=tmp_path / "uncut"))
    assert files_in(run.out) == files_in(tmp_path / "uncut")


def test_a_row_lost_at_the_look_stays_lost_in_a_rescue():
    class Dying:
        def do(self, tasks):
            for task in tasks:
                ((first, end),) = task.of.slices
                yield task, Lost() if first <= 5 < end else Survived()

    piece = Piece(0, 0, 8, "")
    slices = ((0, 2), (2, 3), (3, 8))
    saved = rescue.rescue(Dying(), Assess(piece, None, {}, slices, {2: "why"}), Stop())
    assert saved.lost == {2: "why", 5: ""}
    assert saved.slices == ((0, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 8))


def test_a_look_that_ends_its_process_once(inventory, whole, tmp_path, monkeypatch):
    class Once(Alone):
        died = frozenset()

        def do(self, tasks):
            for task in tasks:
                dies = isinstance(task, Look) and task.piece.number not in self.died
                self.died |= {task.piece.number}
                yield task, Lost() if dies else task.do(self.orders)

    monkeypatch.setattr("roofpv.batch.run.Crew", Once)
    run_in_parts(run_of(inventory, tmp_path / "out"))
    assert files_in(tmp_path / "out") == files_in(whole)


def test_a_look_that_ends_its_process(inventory, tmp_path, monkeypatch):
    class NoLook(Alone):
        def do(self, tasks):
            for task in tasks:
                yield task, Lost()

    monkeypatch.setattr("roofpv.batch.run.Crew", NoLook)
    with pytest.raises(WorkerLost, match="part 0: the processes"):
        run_in_parts(run_of(inventory, tmp_path / "out"))


class Fleeting(Mortal):
    """Slices live, and the whole of them dies again."""

    def ends(self, task):
        return isinstance(task, Assess)


def test_a_piece_that_ends_its_process_after_all(inventory, tmp_path, monkeypatch):
    monkeypatch.setattr("roofpv.batch.run.Crew", Fleeting)
    with pytest.raises(WorkerLost, match="part 0: the processes"):
        run_in_parts(run_of(inventory, tmp_path / "out"))


_DEADLY = """
import os, sys
sys.path[:0] = [{tests!r}]
from pathlib import Path
from partsmaker import run_of
from roofpv.batch import run_in_parts, work
real = work.assess_part
def assess(frame, *given, **named):
    told = frame.attrs["findings"]
    marked = {{at for one in told if one.code == "NOT_COMPUTED" for at in one.at.tolist()}}
    if 1 in set(frame["source_at"]) - marked:
        os._exit(11)
    return real(frame, *given, **named)
work.assess_part = assess
if __name__ == "__main__":
    run_in_parts(run_of(Path(sys.argv[1]), Path(sys.argv[2]), 2))
"""


def test_a_process_that_ends_at_a_row(tmp_path):
    inventory = write_list(tmp_path / "list.parquet", messy_list().iloc[:3])
    script = tmp_path / "deadly.py"
    script.write_text(_DEADLY.format(tests=str(Path(__file__).parents[1])))
    subprocess.run(
        [sys.executable, script, inventory, tmp_path / "out"], check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    found = read_results(tmp_path / "out")
    assert found.quarantine["row"].tolist() == [2]
    assert sorted(found.buildings["source_row"]) == [1, 3]
