"""Kernels called through ``run_kernel``: the same bytes from every process."""

from __future__ import annotations

import collections
import hashlib
import os
import subprocess
import sys
import threading
import types
from pathlib import Path

import numba
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from roofpv import assess, certainty, compiled, energy, finance, read_inventory
from roofpv.assumptions import from_values
from roofpv.compiled import compile_ahead, fill_cache, run_kernel
from roofpv.energy import simulate, simulate_hourly
from roofpv.energy.simulate import plane_kernels
from roofpv.sky import sun_and_sky
from roofpv.weather import bundled_folder, bundled_weather

SIGNATURE = (numba.int64,)


def planes() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "plane_id": [f"p{i}" for i in range(40)],
            "surface_tilt": np.linspace(0.0, 60.0, 40),
            "surface_azimuth": np.linspace(0.0, 350.0, 40),
            "kwp": 1.0,
        }
    )


def digest_of_energy() -> str:
    """What a process started by the test tells of its energy."""
    weather = bundled_weather("dawukou")
    table = planes().assign(weather_site=str(weather["site"].item()))
    energy = simulate(table, sun_and_sky(weather), from_values({}, "test"))
    return hashlib.sha256(energy["ac_kwh"].to_numpy().tobytes()).hexdigest()


# The bug of old: what the process that compiled gave differed from all later ones by 1e-15.
def test_the_first_process_of_all_gives_the_bytes_of_every_later_one(tmp_path):
    code = "import test_compiled; print(test_compiled.digest_of_energy())"
    places = [str(Path(__file__).parent), *sys.path]
    env = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(places)}
    first, second = (
        subprocess.run(
            [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    )
    assert len(first.strip()) == 64
    assert first == second
    assert len(list(tmp_path.rglob("simulate_sums-*.held"))) == 1


def test_all_fast_parallel_kernels_are_run_so(monkeypatch):
    called = []

    def noted(kernel, *arguments):
        called.append(kernel.__name__)
        arguments[-1].fill(0.0)

    for room in ("simulate", "shade"):
        monkeypatch.setattr(sys.modules[f"roofpv.energy.{room}"], "run_kernel", noted)
    weather = bundled_weather("dawukou")
    table = planes().assign(weather_site=str(weather["site"].item()))
    sky, assumed = sun_and_sky(weather), from_values({}, "test")
    rows = table.assign(row_kind="racks", gcr=0.5, roof_tilt=0.0, roof_azimuth=180.0)
    simulate(table, sky, assumed)
    simulate(rows, sky, assumed)
    next(simulate_hourly(table, sky, assumed))
    hill = {"horizon_elevation": ("azimuth", np.full(72, 20.0))}
    around = xr.Dataset(hill, {"azimuth": 5.0 * np.arange(72)})
    simulate(table, sky, assumed, around)
    simulate(rows, sky, assumed, around)
    assert called == [
        "simulate_sums",
        "simulate_sums_rows",
        "simulate_hours",
        "simulate_sums_lit",
        "simulate_sums_shaded",
    ]
    parallel = {
        name
        for name, function in vars(plane_kernels).items()
        if getattr(function, "targetoptions", {}).get("parallel")
    }
    assert parallel == set(called)


class Kernel:
    """A kernel as Numba's: what its cache holds decides whether compiling is a hit."""

    def __init__(self, folder: Path | None) -> None:
        self.signatures: list[tuple] = []
        self.held, self.given = False, []
        path = None if folder is None else str(folder)
        self.stats = types.SimpleNamespace(cache_path=path, cache_hits=collections.Counter())
        self.targetctx = types.SimpleNamespace(
            codegen=lambda: types.SimpleNamespace(magic_tuple=lambda: ("machine",))
        )

    @staticmethod
    def py_func() -> None: ...

    def compile(self, signature: tuple) -> None:
        self.stats.cache_hits[signature] += self.held
        self.signatures.append(signature)

    def __call__(self, *given: int) -> None:
        self.given.append(given)


class Process:
    """Another process that tells nothing and ends."""

    stdout = ()

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None: ...


@pytest.fixture
def started(monkeypatch) -> list[list[str]]:
    """Commands that were to be started; none is."""
    commands: list[list[str]] = []

    def start(command: list[str], **_: object) -> Process:
        commands.append(command)
        return Process()

    monkeypatch.setattr(compiled.subprocess, "Popen", start)
    monkeypatch.setattr(compiled, "_COMING", {})
    return commands


def marks(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.held"))


def test_another_process_is_asked_once(tmp_path, started):
    first = Kernel(tmp_path)
    first.held = True
    run_kernel(first, 1)
    run_kernel(first, 2)
    assert first.given == [(1,), (2,)]
    ((*_, name, function, signature, folder),) = started
    assert (name, function) == ("test_compiled", "py_func")
    assert (signature, folder) == ("(int64,)", str(tmp_path))
    assert len(marks(tmp_path)) == 1
    later = Kernel(tmp_path)
    run_kernel(later, 3)
    assert later.given == [(3,)]
    assert len(started) == 1


def test_what_numba_has_dropped_is_asked_for_again(tmp_path, started, monkeypatch):
    def run(version: str, argument: float) -> None:
        monkeypatch.setattr(compiled.numba, "__version__", version)
        kernel = Kernel(tmp_path)
        kernel.held = True
        run_kernel(kernel, argument)

    run("1", 1)
    run("1", 1.0)
    assert (len(started), len(marks(tmp_path))) == (2, 2)
    run("2", 1)
    assert (len(started), len(marks(tmp_path))) == (3, 1)
    run("1", 1.0)
    run("1", 1)
    assert (len(started), len(marks(tmp_path))) == (5, 2)


def test_no_mark_where_the_cache_does_not_hold_it(tmp_path, started):
    kernel = Kernel(tmp_path)
    run_kernel(kernel, 1)
    assert kernel.given == [(1,)]
    assert (len(started), marks(tmp_path)) == (1, [])


@pytest.mark.parametrize("executable", ["", None, "/usr/bin/qgis", r"C:/ArcGIS/bin/ArcGISPro.exe"])
def test_another_program_is_not_started(tmp_path, started, monkeypatch, executable):
    monkeypatch.setattr(sys, "executable", executable)
    kernel = Kernel(tmp_path)
    run_kernel(kernel, 1)
    assert (kernel.given, started) == ([(1,)], [])


def test_a_frozen_program_is_not_started(tmp_path, started, monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    kernel = Kernel(tmp_path)
    run_kernel(kernel, 1)
    assert (kernel.given, started) == ([(1,)], [])


def test_nothing_is_started_where_nothing_can_be_kept(tmp_path, started):
    for folder in (None, tmp_path / "none"):
        kernel = Kernel(folder)
        run_kernel(kernel, 1)
        assert (kernel.given, started) == ([(1,)], [])


def test_a_process_that_cannot_be_started_fails_nothing(tmp_path, monkeypatch):
    def run(*_: object, **__: object) -> None:
        raise OSError("no")

    monkeypatch.setattr(compiled.subprocess, "Popen", run)
    kernel = Kernel(tmp_path)
    run_kernel(kernel, 1)
    assert (kernel.given, marks(tmp_path)) == ([(1,)], [])


@pytest.mark.parametrize(("threads", "processes"), [(1, 1), (2, 1), (3, 1), (4, 2), (64, 3)])
def test_what_is_compiled_ahead_leaves_one_core(tmp_path, started, monkeypatch, threads, processes):
    monkeypatch.setattr(compiled.numba.config, "NUMBA_NUM_THREADS", threads)
    kernels = [Kernel(tmp_path) for _ in range(3)]
    compile_ahead(*((kernel, "i0 f2") for kernel in kernels))
    for kernel in kernels:
        kernel.held = True
        run_kernel(kernel, 1, np.zeros((1, 1)))
    assert len(started) == processes
    assert sum(command.count("py_func") for command in started) == 3
    assert [len(kernel.given) for kernel in kernels] == [1, 1, 1]


def test_what_is_asked_for_ahead_is_asked_for_once(tmp_path, started):
    kernel = Kernel(tmp_path)
    compile_ahead((kernel, "i0"))
    compile_ahead((kernel, "i0"))
    kernel.held = True
    run_kernel(kernel, 1)
    compile_ahead((kernel, "i0"), (print, "i0"))
    later = Kernel(tmp_path)
    compile_ahead((later, "i0"))
    assert (len(started), later.signatures) == (1, [])


def test_a_kernel_is_waited_for_until_it_is_told_of(tmp_path, monkeypatch, started):
    class Telling(Process):
        stdout = (b"\n",)

    monkeypatch.setattr(compiled.subprocess, "Popen", lambda *_, **__: Telling())
    done = [threading.Event(), threading.Event()]
    compiled._run_apart([], done)
    assert [one.is_set() for one in done] == [True, True]


def test_what_assessments_have_compiled_ahead_is_what_they_call(monkeypatch):
    called = {}

    def noted(kernel, *arguments):
        called[kernel] = tuple(numba.typeof(argument) for argument in arguments)
        run_kernel(kernel, *arguments)

    for room in ("energy.simulate", "finance.ownuse", "certainty.draws"):
        monkeypatch.setattr(sys.modules[f"roofpv.{room}"], "run_kernel", noted)
    list_of_city = bundled_folder("buildings") / "shizuishan.geojson"
    assess(read_inventory(list_of_city).iloc[:60])
    ahead = [*energy.kernels_ahead(), *finance.kernels_ahead(), *certainty.kernels_ahead()]
    for kernel, dimensions in ahead:
        assert called[kernel] == compiled._signature(dimensions)


def test_a_plain_function_is_called_as_it_is():
    given = []
    run_kernel(given.append, 1)
    assert given == [1]


def test_the_cache_is_filled_by_types_and_only_where_it_is_looked_for(tmp_path, monkeypatch):
    kernel, asked = Kernel(tmp_path), []
    kernel.compile = asked.append  # type: ignore[method-assign]
    monkeypatch.setattr(
        compiled, "load_kernels", lambda name: types.SimpleNamespace(**{f"{name}_kernel": kernel})
    )
    fill_cache("some", "some_kernel", "(int64,)", "elsewhere")
    assert asked == []
    fill_cache("some", "some_kernel", "(int64,)", str(tmp_path))
    assert asked == [SIGNATURE]
