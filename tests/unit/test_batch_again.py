"""A newer list into the folder of an older one: the bytes of a fresh run, and little computed."""

from __future__ import annotations

import dataclasses
import io
import os
import re
import shutil
import signal

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pytest
import shapely
from partsmaker import Alone, files_in, messy_list, run_of, write_list

from roofpv.assumptions import from_values
from roofpv.batch import Stopped, again, manifest, run_in_parts
from roofpv.batch.seen import alike
from roofpv.errors import InvalidConfig, InvalidResult

ROWS, PART = 34, 12
SETTINGS = {"shading.reach_m": 60.0, "roofs.parapet_height_m": 0.9}


def older_list() -> gpd.GeoDataFrame:
    """Rows of all kinds; the last of an outline like the fourth."""
    frame = messy_list().iloc[:ROWS].copy()
    frame.loc[ROWS - 1, "geometry"] = frame.geometry[3]
    frame.loc[31, "stated_kwp"] = 9e5
    return frame


def changed_list() -> gpd.GeoDataFrame:
    """In its first and last part: a use, an id that is double now, an outline, what is stated."""
    frame = older_list()
    frame.loc[[2, 27], "use"] = ["industrial", "什么"]
    frame.loc[9, "building_id"] = frame["building_id"][4]
    frame.loc[5, "geometry"] = shapely.affinity.scale(frame.geometry[5], 1.4, 1.2)
    frame.loc[[20, 31], "stated_kwp"] = [5.0, float("nan")]
    frame.loc[29, "district"] = "惠农"
    return frame


def longer_list() -> gpd.GeoDataFrame:
    """With two rows more, and two less: one that all others follow."""
    frame = older_list().drop(index=[0, 28])
    more = frame.iloc[[1, 8]].assign(building_id=["N1", "N2"])
    more["geometry"] = [shapely.affinity.translate(one, 3e-4) for one in more.geometry]
    return gpd.GeoDataFrame(pd.concat([frame, more], ignore_index=True), crs=4326)


def taller_list() -> gpd.GeoDataFrame:
    """One building taller, and one wider."""
    frame = older_list()
    frame.loc[2, "height_m"] = 40.0
    frame.loc[16, "geometry"] = shapely.affinity.scale(frame.geometry[16], 1.2, 1.1)
    return frame


class Stopping(Alone):
    """A crew during whose work a signal comes: after the first part."""

    def do(self, tasks):
        for answer in super().do(tasks):
            yield answer
            if type(answer[0]).__name__ == "Renew":
                os.kill(os.getpid(), signal.SIGTERM)
                yield None


@pytest.fixture(autouse=True)
def _one_process(monkeypatch):
    monkeypatch.setattr("roofpv.batch.run.Crew", Alone)
    monkeypatch.setattr("roofpv.batch.again._MOST_ANEW", 1.0)


def assess(inventory, out, context=None, settings=SETTINGS, *, update=False, keep=False):
    run = run_of(inventory, out, PART)
    shared = dataclasses.replace(run.shared, assumed=from_values(settings, "test"))
    told = io.StringIO()
    run = dataclasses.replace(
        run, shared=shared, context=context, stream=told, update=update, keep_skylines=keep
    )
    run_in_parts(run)
    found = re.search(
        r"assessed [\d,]+ rows in \d+ parts(?:, (\d+) of them anew)?", told.getvalue()
    )
    return None if found is None or found[1] is None else int(found[1])


@pytest.fixture(scope="module")
def older(tmp_path_factory):
    """Folders of a list with nothing around and among its own buildings, and the list."""
    folder = tmp_path_factory.mktemp("older")
    inventory = write_list(folder / "list.parquet", older_list())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("roofpv.batch.run.Crew", Alone)
        assess(inventory, folder / "open")
        assess(inventory, folder / "shaded", inventory)
    return folder


def copied(folder, to):
    shutil.copytree(folder, to)
    return to


@pytest.mark.parametrize(("make", "most"), [(changed_list, 8), (longer_list, 8)])
def test_a_newer_list_comes_to_the_bytes_of_a_fresh_run(make, most, older, tmp_path):
    inventory = write_list(tmp_path / "list.parquet", make())
    out = copied(older / "open", tmp_path / "out")
    (out / "report.html").write_text("of the older list")
    assert assess(inventory, tmp_path / "fresh") is None
    assert 0 < assess(inventory, out, update=True) <= most
    assert files_in(out) == files_in(tmp_path / "fresh")


def test_parts_before_a_new_row_are_left_as_they_are(older, tmp_path, monkeypatch):
    frame = older_list()
    more = frame.iloc[[1]].assign(building_id=["N1"])
    more["geometry"] = [shapely.affinity.translate(frame.geometry[1], 3e-4)]
    frame = gpd.GeoDataFrame(pd.concat([frame, more], ignore_index=True), crs=4326)
    inventory = write_list(tmp_path / "list.parquet", frame)
    out = copied(older / "open", tmp_path / "out")
    kept = []
    real = again.Renew._kept
    monkeypatch.setattr(again.Renew, "_kept", lambda *given: kept.append(1) or real(*given))
    assert assess(inventory, out, update=True) <= 2
    assert len(kept) == ROWS // PART
    assess(inventory, tmp_path / "fresh")
    assert files_in(out) == files_in(tmp_path / "fresh")


def test_what_is_shaded_by_what_has_changed(older, tmp_path, monkeypatch):
    inventory = write_list(tmp_path / "list.parquet", taller_list())
    out = copied(older / "shaded", tmp_path / "out")
    assess(inventory, tmp_path / "fresh", inventory)
    monkeypatch.setattr("roofpv.batch.run.Crew", Stopping)
    with pytest.raises(Stopped):
        assess(inventory, out, inventory, update=True)
    monkeypatch.setattr("roofpv.batch.run.Crew", Alone)
    assert 0 < assess(inventory, out, inventory) < ROWS - PART
    assert files_in(out) == files_in(tmp_path / "fresh")


def test_a_context_that_has_changed_alone(older, tmp_path, monkeypatch):
    context = older_list()
    context.loc[8, "height_m"] = 33.0
    context = write_list(tmp_path / "context.parquet", context)
    inventory = older / "list.parquet"
    assess(inventory, tmp_path / "fresh", context, keep=True)
    assess(inventory, tmp_path / "out", inventory, keep=True)
    asked = []
    real = again.Renew._kept
    monkeypatch.setattr(again.Renew, "_kept", lambda *given: asked.append(1) or real(*given))
    out = tmp_path / "out"
    assert 0 < assess(inventory, out, context, update=True, keep=True) < ROWS
    assert files_in(out) == files_in(tmp_path / "fresh")
    assert asked


def test_a_record_with_rows_without_an_outline_is_like_itself():
    boxes = {name: [float("nan"), 1.0] for name in ("west", "south", "east", "north")}
    one, other = (pa.table({"digest": pa.array(d, pa.uint64())} | boxes) for d in ([1, 2], [1, 3]))
    assert alike(one, pa.table(one.to_pydict(), one.schema))
    assert not alike(one, other)


def test_a_damaged_part_of_an_older_list_is_computed(older, tmp_path):
    inventory = write_list(tmp_path / "list.parquet", changed_list())
    out = copied(older / "open", tmp_path / "out")
    (out / "planes.parquet" / "part-00001.parquet").write_bytes(b"")
    assert assess(inventory, out, update=True) >= PART
    with pytest.raises(InvalidResult, match="holds this result already"):
        assess(inventory, out, update=True)


def test_a_run_that_is_refused_leaves_all_as_it_was(older, tmp_path, monkeypatch):
    inventory = write_list(tmp_path / "list.parquet", changed_list())
    out = copied(older / "open", tmp_path / "out")
    (out / "report.html").write_text("of the older list")
    before = files_in(out)

    def refused(*_):
        raise InvalidConfig("--scheduler", "is not there", "Start it")

    monkeypatch.setattr("roofpv.batch.run.understood", refused)
    for folder in (out, tmp_path / "new"):
        with pytest.raises(InvalidConfig, match="is not there"):
            assess(inventory, folder, update=True)
    assert files_in(out) == before
    assert not (tmp_path / "new").exists()


def test_a_folder_in_which_nothing_was_done_is_free(older, tmp_path):
    out = copied(older / "open", tmp_path / "out")
    head = manifest.read_manifest(out).run
    shutil.rmtree(out)
    out.mkdir()
    manifest.begin(out, head)
    inventory = write_list(tmp_path / "list.parquet", changed_list())
    assert assess(inventory, out) is None


def test_a_folder_of_another_run_is_updated_only_if_asked(older, tmp_path):
    inventory = write_list(tmp_path / "list.parquet", changed_list())
    out = copied(older / "open", tmp_path / "out")
    before = files_in(out)
    with pytest.raises(InvalidResult, match=r"of another list.parquet or context. Add --update to"):
        assess(inventory, out)
    for update in (True, False):
        with pytest.raises(InvalidResult, match="or with other settings or versions"):
            assess(inventory, out, settings={}, update=update)
    with pytest.raises(InvalidResult, match="or with other settings or versions"):
        assess(inventory, out, inventory, update=True)
    assert files_in(out) == before
