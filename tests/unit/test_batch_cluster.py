from __future__ import annotations

import dataclasses
import io
import os
import signal
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from partsmaker import Alone, files_in, messy_list, run_of, write_list

from roofpv.batch import Stopped, cluster, run_in_parts
from roofpv.batch.cluster import Cluster
from roofpv.batch.crew import Failed, Lost
from roofpv.batch.cut import Piece, Reading
from roofpv.batch.work import Look, Orders
from roofpv.errors import InvalidConfig

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")

# What Dask leaves open at its end is Dask's.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
LOOK = Look(Piece(3, 0, 1, ""))


@pytest.fixture(scope="module")
def inventory(tmp_path_factory):
    return write_list(tmp_path_factory.mktemp("list") / "list.parquet", messy_list().iloc[:40])


@pytest.fixture(scope="module")
def whole(inventory, tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("roofpv.batch.run.Crew", Alone)
        run_in_parts(run_of(inventory, out))
    return files_in(out)


def on(scheduler, inventory, out):
    return dataclasses.replace(run_of(inventory, out), scheduler=scheduler)


def orders_in(folder):
    return Orders(Reading(), None, None, None, False, folder)


def assert_same(out, whole):
    """Files byte by byte; of arrays that differ the variables are named, with their values."""
    found = files_in(out)
    assert found.keys() == whole.keys()
    other = [name for name in whole if found[name] != whole[name]]
    told = [f"{name}: {differing(found[name], whole[name])}" for name in other if ".nc" in name]
    assert not other, "\n".join([*other, *told])


def differing(one, other):
    """What differs between two files of arrays: values by their bits, else where the bytes do."""
    pair = [xr.load_dataset(io.BytesIO(file), engine="h5netcdf") for file in (one, other)]
    told = []
    for name in sorted(map(str, {*pair[0].variables, *pair[1].variables})):
        first, second = (np.asarray(data.variables[name]) for data in pair)
        first, second = (v.astype("S") if v.dtype == object else v for v in (first, second))
        if first.dtype != second.dtype or first.tobytes() != second.tobytes():
            told.append(f"{name} {first.ravel()[:24]} {second.ravel()[:24]}")
        encodings = [dict(data.variables[name].encoding, source="") for data in pair]
        told += [f"{name} {encodings}"] if str(encodings[0]) != str(encodings[1]) else []
    places = np.flatnonzero([a != b for a, b in zip(one, other, strict=False)])
    return [*told, f"{len(one)} and {len(other)} bytes, other at {places[:40].tolist()}"]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
def test_a_cluster_gives_the_same_bytes_though_a_worker_dies(
    inventory, whole, tmp_path, monkeypatch
):
    killed = []
    real = Cluster.do

    def do(self, tasks):
        for answer in real(self, tasks):
            if not killed and answer is not None and not isinstance(answer[0], Look):
                killed.append(self.pids()[0])
                os.kill(killed[0], signal.SIGKILL)
            yield answer

    monkeypatch.setattr(Cluster, "do", do)
    # As on a busy machine: a new worker starts in more time than a cluster waits by itself, and
    # a profile of it is in the way of all that it writes.
    busy = {
        "distributed.deploy.lost-worker-timeout": "100ms",
        "distributed.worker.profile.interval": "1ms",
    }
    with dask.config.set(busy):
        run_in_parts(on("local", inventory, tmp_path / "out"))
    assert killed
    assert_same(tmp_path / "out", whole)


def test_a_scheduler_that_dies_is_gone_on_from_elsewhere(inventory, whole, tmp_path, monkeypatch):
    own = distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None,
        silence_logs=50,
    )  # fmt: skip
    real, profiles = Cluster.do, []

    def do(self, tasks):
        for answer in real(self, tasks):
            if answer is not None and not isinstance(answer[0], Look):
                profiles.append(worker.periodic_callbacks["profile"].is_running())
                own.close()
            yield answer

    monkeypatch.setattr(Cluster, "do", do)
    (worker,) = own.workers.values()
    assert worker.periodic_callbacks["profile"].is_running()
    with pytest.raises(Stopped, match=r"the scheduler .* is lost"):
        run_in_parts(on(own.scheduler_address, inventory, tmp_path / "out"))
    assert profiles == [False]
    monkeypatch.setattr("roofpv.batch.run.Crew", Alone)
    run_in_parts(run_of(inventory, tmp_path / "out"))
    assert_same(tmp_path / "out", whole)


def test_a_scheduler_without_workers(inventory, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "_ALONE_S", 0.2)
    own = distributed.LocalCluster(n_workers=0, dashboard_address=None, silence_logs=50)
    with own, pytest.raises(Stopped, match=r"the scheduler .* has no workers"):
        run_in_parts(on(own.scheduler_address, inventory, tmp_path / "out"))


@pytest.mark.parametrize("scheduler", ["tcp://127.0.0.1:9", "no address"])
def test_a_scheduler_that_cannot_be_reached(scheduler, inventory, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "_REACH_S", 0.3)
    with pytest.raises(InvalidConfig, match=r"--scheduler: .* cannot be reached .*dask scheduler"):
        run_in_parts(on(scheduler, inventory, tmp_path / "out"))


def test_without_dask(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InvalidConfig, match=r"Dask is not installed\. .*roofpv\[cluster\]"):
        Cluster(orders_in(tmp_path), "local", 1).__enter__()


def test_a_worker_that_is_not_like_this_machine(tmp_path):
    path = tmp_path / "gone" / "orders"
    other = cluster._work(path, "", "0.0.1", LOOK)
    assert isinstance(other, Failed)
    assert "a worker has roofpv" in str(other.error)
    unseen = cluster._work(path, "", cluster.__version__, LOOK)
    assert isinstance(unseen, Failed)
    assert "a worker does not see" in str(unseen.error)


def future(status="finished", error=None, answer=None):
    return SimpleNamespace(status=status, exception=lambda: error, result=lambda: answer)


def test_what_dask_answers(tmp_path):
    crew = Cluster(orders_in(tmp_path), "tcp://there:1", 1)
    dead = distributed.KilledWorker("task", None, 3)
    assert isinstance(crew._answer(future("error", dead)), Lost)
    with pytest.raises(Stopped, match="tcp://there:1 is lost"):
        crew._answer(future("cancelled"))
    with pytest.raises(InvalidConfig, match=r"cannot do its part \(ModuleNotFoundError: roofpv\)"):
        crew._answer(future("error", ModuleNotFoundError("roofpv")))
    with pytest.raises(ZeroDivisionError):
        crew._answer(future(answer=Failed(ZeroDivisionError(), ours=False)))
    assert crew._answer(future(answer=LOOK)) is LOOK
