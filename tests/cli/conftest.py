"""The command line in the process of the tests."""

from __future__ import annotations

import functools
import sys
from dataclasses import dataclass

import pytest

from roofpv import cli
from roofpv.energy import set_threads
from roofpv.weather import bundled

# A quarter of an assessment of few roofs is to read the same weather.
read_once = functools.cache(bundled.read_weather)


@dataclass(frozen=True)
class Outcome:
    code: object
    out: str
    err: str


@pytest.fixture
def run(monkeypatch, capsys):
    """The command line in this process."""
    monkeypatch.setattr(bundled, "read_weather", read_once)

    def call(*arguments):
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["roofpv", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return Outcome(end.value.code, *capsys.readouterr())

    yield call
    set_threads(None)
