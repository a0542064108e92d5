"""A signal while a run does what takes long and is no task of a worker."""

from __future__ import annotations

import dataclasses
import signal

import pytest
from partsmaker import Alone, messy_list, run_of, write_list

from roofpv.batch import Stopped, manifest, run, run_in_parts
from roofpv.batch.faults import without_failing
from roofpv.batch.stop import Stop

SIGNALS = [signal.SIGINT, signal.SIGTERM]


def asked_in(room, name, monkeypatch, number=signal.SIGTERM):
    """A function during which a signal comes; what follows in it is noted."""
    real, after = getattr(room, name), []

    def slow(*given, **named):
        signal.raise_signal(number)
        after.append(name)
        return real(*given, **named)

    monkeypatch.setattr(room, name, slow)
    return after


@pytest.mark.parametrize(
    ("room", "name"),
    [
        (run, "begun_rows"), (run, "prepare"), (run, "understood"), (run, "sort_pieces"),
        (run, "keep_context"), (manifest, "is_whole"), (run, "heard_of_parts"),
        (run, "note_stands"),
    ],
)  # fmt: skip
def test_a_signal_ends_what_takes_long(room, name, tmp_path, monkeypatch):
    monkeypatch.setattr("roofpv.batch.run.Crew", Alone)
    monkeypatch.setattr("roofpv.batch.run.is_scattered", lambda *_: True)
    given = run_of(
        write_list(tmp_path / "list.parquet", messy_list().iloc[:4]), tmp_path / "out", 2
    )
    given = dataclasses.replace(given, context=given.inventory)
    if name == "is_whole":
        asked_in(run, "heard_of_parts", monkeypatch)
        with pytest.raises(Stopped):
            run_in_parts(given)
    after = asked_in(room, name, monkeypatch)
    with pytest.raises(Stopped):
        run_in_parts(given)
    assert after == []


@pytest.mark.parametrize("number", SIGNALS)
def test_a_stop_that_is_asked_for_already(number):
    with Stop() as stop:
        signal.raise_signal(number)
        with pytest.raises(Stopped), stop.anywhere():
            pytest.fail("it goes on")


def test_a_stop_anywhere_ends_with_its_block():
    with Stop() as stop:
        with stop.anywhere():
            pass
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(Stopped):
            stop.check()


def test_a_stop_is_no_row_that_fails():
    frame = messy_list().iloc[:4].assign(source_at=range(4))

    def do(rows):
        if len(rows) < 4:
            raise Stopped
        raise ValueError

    with pytest.raises(Stopped):
        without_failing(frame, do)
    with pytest.raises(Stopped):
        without_failing(frame[:2], do)
