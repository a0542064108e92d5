from __future__ import annotations

import dataclasses
import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from partsmaker import PART, ROWS, Alone, files_in, run_of, write_list

from roofpv.batch import Stopped, manifest, run_in_parts
from roofpv.batch import run as job
from roofpv.batch.crew import Crew, Lost
from roofpv.batch.cut import Reading, cut
from roofpv.batch.lock import Lock, holder_of
from roofpv.batch.stop import INTERRUPTED, Stop
from roofpv.batch.work import Look, Orders
from roofpv.errors import InvalidInventory, InvalidResult

PARTS = -(-ROWS // PART)


class Stopping(Alone):
    """A crew during whose work a signal comes: after so many answers."""

    after = 0

    def do(self, tasks):
        for turn, task in enumerate(tasks):
            if turn == self.after and not isinstance(task, Look):
                os.kill(os.getpid(), signal.SIGTERM)
                yield None
            yield task, task.do(self.orders)


@pytest.fixture(autouse=True)
def _one_process(monkeypatch):
    monkeypatch.setattr("roofpv.batch.run.Crew", Alone)


@pytest.fixture(scope="module")
def inventory(tmp_path_factory):
    return write_list(tmp_path_factory.mktemp("list") / "list.parquet")


@pytest.fixture(scope="module")
def uncut(inventory, tmp_path_factory):
    out = tmp_path_factory.mktemp("uncut") / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("roofpv.batch.run.Crew", Alone)
        run_in_parts(run_of(inventory, out))
    return files_in(out)


def stop_after(count, inventory, out, monkeypatch):
    """A run that is stopped when so many parts are done."""
    monkeypatch.setattr("roofpv.batch.run.Crew", type("Then", (Stopping,), {"after": count}))
    with pytest.raises(Stopped):
        run_in_parts(run_of(inventory, out))
    monkeypatch.setattr("roofpv.batch.run.Crew", Alone)


def done(out: Path) -> list[int]:
    return sorted(manifest.read_manifest(out).parts)


@pytest.mark.parametrize("count", [0, PARTS - 1])
def test_a_stopped_run_goes_on_to_the_same_bytes(count, inventory, uncut, tmp_path, monkeypatch):
    out = tmp_path / "out"
    stop_after(count, inventory, out, monkeypatch)
    assert done(out) == list(range(count))
    run_in_parts(run_of(inventory, out))
    assert files_in(out) == uncut


@pytest.mark.parametrize(
    "where", ["roofpv.batch.manifest.append", "roofpv.batch.run.write_gathered"]
)
def test_a_full_disk_stops_a_run_that_goes_on(where, inventory, uncut, tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    run = run_of(inventory, tmp_path / "out")
    with monkeypatch.context() as patch:
        patch.setattr(where, full)
        with pytest.raises(Stopped, match="no space is left on the disk"):
            run_in_parts(run)
    run_in_parts(run_of(inventory, tmp_path / "out"))
    assert files_in(tmp_path / "out") == uncut


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES])
def test_a_folder_that_is_read_only(code, inventory, tmp_path, monkeypatch):
    def refused(*_, **__):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("roofpv.batch.run.Lock", refused)
    with pytest.raises(InvalidResult, match=rf"cannot be written \({os.strerror(code)}\)"):
        run_in_parts(run_of(inventory, tmp_path / "out"))


def test_a_second_ctrl_c_ends_at_once(monkeypatch):
    ended = []
    monkeypatch.setattr("roofpv.batch.stop.os._exit", ended.append)
    with Stop():
        os.kill(os.getpid(), signal.SIGINT)
        assert ended == []
        os.kill(os.getpid(), signal.SIGINT)
    assert ended == [INTERRUPTED]


def test_what_is_done_is_not_done_again(inventory, tmp_path, monkeypatch):
    out = tmp_path / "out"
    stop_after(2, inventory, out, monkeypatch)
    asked = []

    class Counting(Alone):
        def do(self, tasks):
            for task, answer in super().do(tasks):
                asked.append((type(task).__name__, task.piece.number))
                yield task, answer

    monkeypatch.setattr("roofpv.batch.run.Crew", Counting)
    run_in_parts(run_of(inventory, out))
    assert [number for kind, number in asked if kind == "Assess"] == list(range(2, PARTS))


def test_a_flipped_bit_is_found_and_done_again(inventory, uncut, tmp_path, monkeypatch):
    out = tmp_path / "out"
    stop_after(3, inventory, out, monkeypatch)
    part = out / "planes.parquet" / "part-00002.parquet"
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 1
    part.write_bytes(content)
    run_in_parts(run_of(inventory, out))
    assert files_in(out) == uncut


def test_a_flipped_bit_in_a_finished_run(inventory, uncut, tmp_path):
    out = tmp_path / "out"
    run_in_parts(run_of(inventory, out))
    with pytest.raises(InvalidResult, match="holds this result already"):
        run_in_parts(run_of(inventory, out))
    (out / "buildings.csv" / "part-00001.csv").write_bytes(b"")
    run_in_parts(run_of(inventory, out))
    assert files_in(out) == uncut


@pytest.mark.parametrize("left", [1, 40, 90])
def test_a_torn_line_counts_as_not_written(left, inventory, uncut, tmp_path, monkeypatch):
    out = tmp_path / "out"
    stop_after(3, inventory, out, monkeypatch)
    path = out / manifest.FILE
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]) + lines[-1][:left])
    assert done(out) == [0, 1]
    run_in_parts(run_of(inventory, out))
    assert files_in(out) == uncut


def test_a_line_after_a_torn_one_is_read(tmp_path):
    manifest.begin(tmp_path, {"kind": "run", "run": "x"})
    with (tmp_path / manifest.FILE).open("ab") as opened:
        opened.write(b"torn")
    manifest.append(tmp_path, {"kind": "part", "part": 7, "files": {}})
    found = manifest.read_manifest(tmp_path)
    assert list(found.parts) == [7]
    assert found.run == {"kind": "run", "run": "x"}


def test_strays_of_a_killed_run_go(inventory, uncut, tmp_path, monkeypatch):
    out = tmp_path / "out"
    stop_after(2, inventory, out, monkeypatch)
    (out / "planes.parquet" / "part-00099.parquet").write_bytes(b"x")
    (out / "planes.parquet" / ".part-00001.parquet.1.new").write_bytes(b"x")
    (out / ".work" / "new-00003-1").mkdir()
    (out / ".manifest.jsonl.1.new").write_bytes(b"x")
    run_in_parts(run_of(inventory, out))
    assert files_in(out) == uncut


def test_another_run_in_the_folder_is_refused(inventory, uncut, tmp_path, monkeypatch):
    out = tmp_path / "out"
    stop_after(2, inventory, out, monkeypatch)
    with pytest.raises(InvalidResult, match=r"holds another run \(of list.parquet"):
        run_in_parts(dataclasses.replace(run_of(inventory, out), hours="districts"))
    assert done(out) == [0, 1]
    other = run_of(inventory, out, PART + 1, overwrite=True)
    run_in_parts(dataclasses.replace(other, hours="districts"))
    with pytest.raises(InvalidResult, match="holds another run"):
        run_in_parts(run_of(inventory, out))
    run_in_parts(run_of(inventory, out, overwrite=True))
    assert files_in(out) == uncut


def test_a_folder_keeps_the_size_of_its_parts(inventory, uncut, tmp_path, monkeypatch):
    out = tmp_path / "out"
    stop_after(2, inventory, out, monkeypatch)
    run_in_parts(run_of(inventory, out, PART + 1))
    assert files_in(out) == uncut


def test_what_is_no_result_is_never_emptied(inventory, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InvalidResult, match="is no result of roofpv"):
        run_in_parts(run_of(inventory, tmp_path, overwrite=True))
    assert (tmp_path / "thesis.txt").read_text() == "mine"
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(InvalidResult, match="holds a result already"):
        run_in_parts(run_of(inventory, tmp_path))


def test_a_folder_whose_head_is_damaged_is_ours(inventory, uncut, tmp_path, monkeypatch):
    out = tmp_path / "out"
    stop_after(2, inventory, out, monkeypatch)
    lines = (out / manifest.FILE).read_bytes()
    (out / manifest.FILE).write_bytes(lines[:9] + b"?" + lines[10:])
    with pytest.raises(InvalidResult, match="holds a result already"):
        run_in_parts(run_of(inventory, out))
    run_in_parts(run_of(inventory, out, overwrite=True))
    assert files_in(out) == uncut


def test_two_runs_in_one_folder(inventory, tmp_path):
    with Lock(tmp_path):
        assert holder_of(tmp_path)["pid"] == os.getpid()
        with pytest.raises(InvalidResult, match=rf"another run .* \(process {os.getpid()} on"):
            run_in_parts(run_of(inventory, tmp_path))
    assert holder_of(tmp_path) is None
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("told", "held"),
    [
        ({"pid": 1, "host": "elsewhere", "time": 1000}, True),
        ({"pid": 1, "host": "elsewhere", "time": 800}, False),
        ({"pid": 1, "host": "elsewhere", "time": 9000}, False),
        ({"pid": 1, "host": "here", "time": 1000}, False),
        ({"pid": 1, "host": "elsewhere", "time": "soon"}, False),
        ([], False),
    ],
    ids=["fresh", "expired", "clock jumped", "killed here", "no time", "no lock"],
)
def test_a_lock_that_is_left_behind(told, held, tmp_path, monkeypatch):
    monkeypatch.setattr("roofpv.batch.lock.time.time", lambda: 1060.0)
    monkeypatch.setattr("roofpv.batch.lock.socket.gethostname", lambda: "here")
    (tmp_path / ".lock").write_text(json.dumps(told))
    assert (holder_of(tmp_path) is not None) == held
    if held:
        with pytest.raises(InvalidResult, match="process 1 on elsewhere"), Lock(tmp_path):
            pass
    else:
        with Lock(tmp_path):
            assert holder_of(tmp_path) == {"pid": os.getpid(), "host": "here", "time": 1060}


def test_a_damaged_lock_is_none(tmp_path):
    (tmp_path / ".lock").write_text("{")
    with Lock(tmp_path):
        pass
    assert not (tmp_path / ".lock").exists()


def test_a_folder_that_cannot_be_written(inventory, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidResult, match="cannot be written"):
        run_in_parts(run_of(inventory, tmp_path / "file" / "out"))


def test_pieces_that_were_understood_differently(inventory, tmp_path, monkeypatch):
    turns = iter(range(99))
    monkeypatch.setattr("roofpv.batch.work.of_file", lambda _: {"turn": next(turns)})
    with pytest.raises(InvalidInventory, match="can only be read with them"):
        run_in_parts(run_of(inventory, tmp_path))


def test_counts_that_do_not_close(inventory, tmp_path, monkeypatch):
    real = job.keep

    def wrong(out, piece, written):
        line = real(out, piece, written)
        return line | {"counts": line["counts"] | {"excluded": 99}}

    monkeypatch.setattr(job, "keep", wrong)
    with pytest.raises(AssertionError, match=r"excluded: .* in all"):
        run_in_parts(run_of(inventory, tmp_path))


def test_a_worker_that_dies_is_replaced_once(inventory, tmp_path):
    run = run_of(inventory, tmp_path / "out")
    pieces = list(cut(inventory, tmp_path, Reading(), 40))
    orders = Orders(Reading(), run.shared.assumed, None, run.shared.weather, True, tmp_path)
    with Crew(orders, 1, 1) as crew:
        killed = []
        found = []
        for answer in crew.do([Look(piece) for piece in pieces]):
            if not killed and crew.pids():
                killed.append(crew.pids()[0])
                os.kill(killed[0], signal.SIGKILL)
            if answer is not None:
                found.append(answer[0].piece.number)
        assert sorted(found) == [0, 1]
    # Nobody is ready as soon as that: both die at their start.
    with Crew(orders, 1, 1) as crew:
        assert [type(answer) for _, answer in _kill_all(crew, [Look(pieces[0])])] == [Lost]


def _kill_all(crew, tasks):
    found = []
    for answer in crew.do(tasks):
        if answer is not None:
            found.append(answer)
        for pid in crew.pids():
            os.kill(pid, signal.SIGKILL)
    return found


_KILLED = """
import os, random, signal, sys, time
sys.path[:0] = [{tests!r}]
from pathlib import Path
from partsmaker import Alone, run_of
import roofpv.batch.run
def begun(crew):
    child = os.fork()
    if not child:
        roofpv.batch.run.Crew = crew
        roofpv.batch.run_in_parts(run)
        os._exit(0)
    return child
def killed(child):
    os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1] != 0
def parts():
    return manifest.read_bytes().count(b"\\n") if manifest.is_file() else 0
if __name__ == "__main__":
    run = run_of(Path(sys.argv[1]), Path(sys.argv[2]))
    manifest = run.out / "manifest.jsonl"
    # Among other processes as soon as one of them has done a part.
    child = begun(roofpv.batch.run.Crew)
    while parts() < 2:
        time.sleep(0.02)
    print(killed(child))
    # Alone, later each time, so that every stage is met and the end is reached.
    chance = random.Random(5)
    for turn in range(40):
        child = begun(Alone)
        time.sleep(chance.uniform(0.0, 0.5) + 0.4 * turn)
        if not killed(child):
            break
    print(turn)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
def test_kills_at_any_time_leave_the_same_bytes(inventory, uncut, tmp_path):
    # Each run in a process of its own, which has imported everything.
    script, out = tmp_path / "killed.py", tmp_path / "out"
    script.write_text(_KILLED.format(tests=str(Path(__file__).parents[1])))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", script, inventory, out], check=True, capture_output=True,
        text=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    among_others, turns = done.stdout.split()
    assert among_others == "True"
    assert int(turns) > 1
    assert files_in(out) == uncut
