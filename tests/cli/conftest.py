"""The command line in the process of the tests."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import pytest

from roofpv import cli
from roofpv.energy import set_threads


@dataclass(frozen=True)
class Outcome:
    code: object
    out: str
    err: str


@pytest.fixture
def run(monkeypatch, capsys):
    """The command line in this process."""

    def call(*arguments):
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["roofpv", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return Outcome(end.value.code, *capsys.readouterr())

    yield call
    set_threads(None)
