"""The scale benchmark on a few rows: its judges must see what is wrong, and say what is right."""

from __future__ import annotations

import json
import shutil
import sys

import numpy as np
import poison
import pyarrow.parquet as pq
import pytest
import scale
from partsmaker import Alone, run_of
from watched import Watched, watch

from roofpv.assessment import once
from roofpv.batch import run_in_parts
from roofpv.weather import bundled_weather

ROWS = 90


@pytest.fixture
def bench(tmp_path):
    return scale.Bench(tmp_path, size=ROWS, part_rows=60)


def test_poison_is_set_aside_and_nothing_else_changes(bench, monkeypatch):
    monkeypatch.setattr("roofpv.batch.run.Crew", Alone)
    shared = once(bundled_weather("dawukou"), rules=())

    def assess(file, out):
        run = run_of(file, out, 60)
        object.__setattr__(run, "shared", shared)
        run_in_parts(run)

    figures = scale.poisoned(bench, assess)
    assert bench.details["poison"]["others_that_differ"] == {}
    assert [*poison.tells(bench.details["poison"]["kinds"])] == []
    assert [one.met for one in figures] == [True, True, True]
    assert figures[0].figure == 40
    out, clean = bench.work / "poisoned-out", bench.work / "clean-out"
    for path in (clean / "planes.parquet").iterdir():
        table = pq.read_table(path)
        tilt = table["roof_tilt"].to_numpy() + 1.0
        at = table.schema.get_field_index("roof_tilt")
        pq.write_table(table.set_column(at, "roof_tilt", [tilt]), path)
    found = poison.Poisoned(np.array([], dtype=int), [])
    assert poison.others_that_differ(found, clean, clean) == {}
    other = poison.others_that_differ(found, out, clean)
    assert min(other.values()) > 0


def test_forty_kinds_of_poison():
    names = [one.name for one in poison.KINDS]
    assert len(set(names)) == len(names)
    assert sum(one.lost for one in poison.KINDS) == 40


def test_a_command_is_watched_and_killed():
    held = "import time; held = bytearray(200 << 20); time.sleep({})"
    done = watch([sys.executable, "-c", held.format(0.5)])
    assert done.code == 0
    assert done.peak_gib > 0.19
    killed = watch([sys.executable, "-c", held.format(60)], kill_after_s=0.3)
    assert killed.code == -9
    with pytest.raises(RuntimeError, match="exit code 3: why"):
        watch([sys.executable, "-c", "import sys; print('why', file=sys.stderr); sys.exit(3)"]
              ).checked()  # fmt: skip


class Fake:
    """A command that is stopped at each kill but those after it has ended."""

    def __init__(self, bench, file="part"):
        self.bench, self.file, self.kills = bench, file, 0

    def __call__(self, command, *, kill_after_s=None, **_):
        out = self.bench.work / "kills" / command[command.index("-o") + 1].rpartition("/")[2]
        out.mkdir(exist_ok=True)
        if kill_after_s is not None and self.kills % 3 != 2:
            self.kills += 1
            (out / ".part.new").touch()
            return Watched(-9, kill_after_s, 0.0, 0.0, "")
        self.kills += kill_after_s is not None
        (out / ".part.new").unlink(missing_ok=True)
        (out / self.file).write_text("whole")
        self.file = "part"
        return Watched(0, 4.0, 0.0, 0.0, "")


def test_kills_are_counted_and_what_differs_is_seen(bench, monkeypatch):
    bench.kills = 4
    monkeypatch.setattr(scale, "watch", Fake(bench))
    assert [one.met for one in scale.kills(bench)] == [True, True, True]
    assert bench.details["kills"]["kills"] == 4
    assert bench.details["kills"]["finished"] >= 2
    monkeypatch.setattr(scale, "watch", Fake(bench, "another"))
    assert [one.met for one in scale.kills(bench)] == [True, False, False]


def test_exponent_of_growth():
    found = {n: Watched(0, 3.0 * n**1.5, 0.0, 0.0, "") for n in (10, 100, 1000)}
    assert scale.exponent(found) == 1.5


def test_growth_in_parts_and_as_a_user_has_it(tmp_path, monkeypatch):
    bench = scale.Bench(tmp_path)

    def assess(self, file, out, *, parts=False):
        out.mkdir(exist_ok=True)
        return Watched(0, float(file.stem) * (1.0 if parts else 2.0), 0.0, 1.5 - parts, "")

    monkeypatch.setattr(scale.Bench, "assess", assess)
    monkeypatch.setattr(scale.Bench, "province", lambda _, count: tmp_path / f"{count}.parquet")
    figures = {one.what: one for one in scale.growth(bench)}
    assert figures["exponent of time, all in parts"].figure == 1.0
    assert figures["exponent of time, short lists in one piece"].figure < 1.0
    one_piece = figures["peak memory, longest to shortest, short lists in one piece"]
    assert one_piece.figure == pytest.approx(1 / 3, abs=1e-3)
    assert one_piece.note == "1.50, 1.50, 1.50, 0.50, 0.50 GiB"
    assert [*bench.details["growth"]["in_parts"]][::4] == ["10000", "1000000"]


def test_what_cannot_be_measured_is_told(bench, monkeypatch, capsys):
    monkeypatch.setattr(scale.Bench, "assess", lambda *_, **__: None)
    monkeypatch.setattr(scale, "ROWS", {"one": ("one row", fails), "two": ("another", skips)})
    document = scale.measure(bench, ["one", "two"])
    assert [row["met"] for row in document["rows"]] == [False, None]
    assert document["rows"][0]["error"] == "ValueError: in ./here"
    assert "FAILED: ValueError" in capsys.readouterr().err
    text = scale.markdown(document)
    assert "| one row | | not measured: ValueError: in ./here |" in text
    assert str(bench.work) not in json.dumps(document)


def fails(bench):
    raise ValueError(f"in {bench.work}/here")


def skips(bench):
    raise scale.Skipped("no such option")


def test_a_row_that_is_not_there(capsys):
    with pytest.raises(SystemExit):
        scale.main(["nothing"])
    assert "no such row: nothing" in capsys.readouterr().err


def test_a_hundred_buildings_become_higher(bench):
    old, new = bench.province(ROWS), bench.work / "new.parquet"
    count = scale.changes.write(old, new, 12, 7)
    one, other = pq.read_table(old), pq.read_table(new)
    higher = other["height_m"].to_numpy() - one["height_m"].to_numpy()
    assert np.count_nonzero(higher) == count
    assert other.drop_columns("height_m").equals(one.drop_columns("height_m"))
    shutil.rmtree(bench.work)
