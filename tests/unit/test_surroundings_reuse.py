"""Skylines kept and used again; pictures of them; the limit of shade, designs and statements."""

from __future__ import annotations

import dataclasses
import json
import shutil
from functools import cache

import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr
from roofmaker import placed
from streetmaker import (
    EAST,
    LAT,
    LON,
    ROOFS,
    TOWER,
    assessed,
    elevation,
    horizon,
    listed,
    row,
    surface,
    towers,
)

from roofpv import energy, shading
from roofpv.assumptions import Assumptions
from roofpv.errors import InvalidConfig, InvalidResult
from roofpv.reopening import draw_skyline, layouts, module_groups
from roofpv.results import read_results, write_results
from roofpv.shading.rasters import array_raster
from roofpv.skylinefile import FILE, read_skylines, write_skylines
from roofpv.surroundings import Surroundings, made_for, read_surroundings, skylines_by_source
from roofpv.weather import bundled_weather

MADE = ("neighbour_skylines", "own_skylines", "surface_skylines", "terrain_horizons")


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A result of all three sources in a folder, with the files that they are of."""
    place = tmp_path_factory.mktemp("kept")
    dsm, dem = surface(place / "dsm.tif", [(TOWER, 40.0)]), elevation(place / "dem.tif")
    found = assessed(around=read_surroundings(towers(), dsm, terrain=dem))
    write_results(found, place / "out")
    return place


def all_given(place, context=None, **more):
    context = towers() if context is None else context
    return read_surroundings(context, place / "dsm.tif", terrain=place / "dem.tif", **more)


@pytest.fixture
def idle(monkeypatch):
    """Nothing may be computed of the surroundings."""

    def fail(*_, **__):
        raise AssertionError("skylines were computed again")

    for name in MADE:
        monkeypatch.setattr(shading, name, fail)


def parquet(result, folder):
    return (write_results(result, folder) / "buildings.parquet").read_bytes()


def test_what_is_written_is_read_back(kept):
    before, after = assessed(around=all_given(kept)).skylines, read_skylines(kept / "out")
    assert list(after) == list(before) == ["terrain", "neighbours", "own", "surface"]
    for name, data in before.items():
        xr.testing.assert_identical(after[name], data)
        assert set(after[name].attrs) >= {
            "made_roofs",
            "made_settings",
            "made_surroundings",
            "inputs",
            "remarks",
        }
    assert list(read_skylines(kept / "out" / FILE)) == list(before)
    again = read_results(kept / "out")
    assert list(again.skylines) == list(before)
    assert again.run["shading"]["sources"] == list(before)


@pytest.mark.usefixtures("idle")
def test_kept_skylines_give_the_same_bytes(kept, tmp_path):
    found = assessed(around=read_surroundings(skylines=kept / "out"))
    assert parquet(found, tmp_path / "again") == (kept / "out/buildings.parquet").read_bytes()
    shading_said = read_results(kept / "out").run["shading"]
    assert found.run["shading"] == shading_said
    assert [one["name"] for one in found.run["inputs"]][-1] == FILE
    twice = assessed(around=read_surroundings(skylines=tmp_path / "again"))
    assert twice.buildings.equals(found.buildings)


@pytest.mark.usefixtures("idle")
def test_kept_skylines_serve_another_module_weather_and_rule(kept):
    around = read_surroundings(skylines=kept / "out")
    base = assessed(around=around)
    for settings in (
        {"module__gamma_pdc": -0.002},
        {"layout__flat_tilt": 20.0},
        {"losses__soiling": 0.1},
        {"roofs__min_solar_access": 0.5},
    ):
        found = assessed(around=around, **settings)
        assert (found.buildings["shading_loss_fraction"] > 0.0).all()
        if "roofs__min_solar_access" not in settings:
            assert not found.buildings["ac_kwh"].equals(base.buildings["ac_kwh"])
    elsewhere = assessed(around=around, weather=bundled_weather("pingluo"))
    assert (elsewhere.buildings["shading_loss_fraction"] > 0.0).all()


@pytest.mark.usefixtures("idle")
def test_kept_skylines_serve_the_same_roofs_in_another_order(kept):
    around = read_surroundings(skylines=kept / "out")
    turned = assessed(listed().iloc[::-1].reset_index(drop=True), around)
    mine, theirs = (
        one.set_index("building_id")["ac_kwh"].sort_index()
        for one in (turned.buildings, read_results(kept / "out").buildings)
    )
    assert mine.equals(theirs)


@pytest.mark.usefixtures("idle")
def test_surroundings_given_again_unchanged_are_not_computed(kept):
    found = assessed(around=all_given(kept, skylines=kept / "out"))
    assert found.buildings["ac_kwh"].equals(read_results(kept / "out").buildings["ac_kwh"])


@pytest.mark.parametrize(
    "changed",
    [
        {"height_m": [7.0, 9.0, 7.0]},
        {"building_id": ["other", "beside", "gable"]},
        {"roof_type": ["gabled", "flat", "gabled"]},
    ],
)
def test_kept_skylines_of_other_roofs_are_refused(kept, changed):
    around = read_surroundings(skylines=kept / "out")
    with pytest.raises(InvalidResult, match=r"--skylines, terrain: was made for other roofs"):
        assessed(listed(**changed), around)


def test_kept_skylines_of_some_of_the_roofs_or_of_another_reach_are_refused(kept):
    around = read_surroundings(skylines=kept / "out")
    with pytest.raises(InvalidResult, match="was made for other"):
        assessed(listed("low"), around)
    with pytest.raises(InvalidResult, match="was made for other"):
        assessed(around=around, shading__reach_m=50.0)


def test_a_changed_source_is_computed_anew_and_the_others_are_not(kept, monkeypatch):
    called = []
    for name in MADE:
        real = getattr(shading, name)

        def told(*given, _name=name, _real=real, **more):
            called.append(_name)
            return _real(*given, **more)

        monkeypatch.setattr(shading, name, told)
    around = all_given(kept, towers((TOWER, 60.0)), skylines=kept / "out")
    found = assessed(around=around)
    # What belongs to the building itself is told from the same context.
    assert called == ["neighbour_skylines", "own_skylines"]
    old = read_results(kept / "out").buildings["shading_loss_fraction"]
    assert (found.buildings["shading_loss_fraction"] > old).all()
    called.clear()
    assessed(listed("low"), all_given(kept, skylines=kept / "out"))
    assert called == [
        "terrain_horizons", "neighbour_skylines", "own_skylines", "surface_skylines",
    ]  # fmt: skip
    called.clear()
    assessed(around=Surroundings(towers(), skylines=around.skylines))
    assert called == []


def no_planes():
    return pd.DataFrame(
        {name: [] for name in ("plane_id", "roof_tilt", "roof_azimuth", "geometry")}
    )


def key(around):
    return made_for(no_planes(), listed().iloc[:0], around, Assumptions())


def test_hashes_tell_what_was_given_without_a_file():
    flat, raised = (array_raster(np.full((9, 9), z), 1.0) for z in (0.0, 1.0))
    low, high = (xr.Dataset({"horizon_elevation": ("azimuth", np.full(72, z))}) for z in (0.0, 5.0))
    trees = shading.Trees(flat)
    for one, other in (
        (Surroundings(surface=flat), Surroundings(surface=raised)),
        (Surroundings(surface=flat), Surroundings(surface=flat, trees=trees)),
        (
            Surroundings(surface=flat, trees=trees),
            Surroundings(surface=flat, trees=shading.Trees(raised)),
        ),
    ):
        assert key(one)["surface"] != key(other)["surface"]
    assert key(Surroundings(terrain=low))["terrain"] != key(Surroundings(terrain=high))["terrain"]
    assert (
        key(Surroundings(terrain=flat))["terrain"] != key(Surroundings(terrain=raised))["terrain"]
    )
    again = array_raster(np.full((9, 9), 0.0), 1.0)
    assert key(Surroundings(surface=flat)) == key(Surroundings(surface=again))
    assert key(Surroundings(towers()))["neighbours"] == key(Surroundings(towers()))["neighbours"]


def test_estimates_of_the_context_are_part_of_its_hash(kept):
    storeys = Surroundings(towers(height_m=[np.nan], floors=[10]))
    first = assessed(around=storeys)
    around = dataclasses.replace(storeys, skylines=first.skylines)
    higher = assessed(around=around, roofs__storey_height_m=4.0)
    assert row(higher, "low")["ac_kwh"] < row(first, "low")["ac_kwh"]


def test_files_without_skylines_are_refused(kept, tmp_path):
    broken = tmp_path / FILE
    broken.write_bytes(b"not a file of skylines")
    for path in (tmp_path, broken, tmp_path / "gone"):
        with pytest.raises(InvalidResult, match="no skylines can be read from it"):
            read_skylines(path)
    half = (kept / "out" / FILE).read_bytes()
    broken.write_bytes(half[: len(half) // 2])
    with pytest.raises(InvalidResult, match="no skylines can be read from it"):
        read_skylines(broken)
    other = tmp_path / "other.nc"
    xr.Dataset({"a": ("x", [1.0])}).to_netcdf(other, engine="h5netcdf")
    with pytest.raises(InvalidResult, match="holds no skylines"):
        read_skylines(other)
    low = xr.Dataset({"horizon_elevation": ("azimuth", np.zeros(72))})
    for wrong in (
        low.rename(horizon_elevation="other"),
        low + 500.0,
        low.assign_attrs(remarks="{"),
    ):
        wrong.to_netcdf(other, group="terrain", engine="h5netcdf", mode="w")
        with pytest.raises(InvalidResult, match="holds no skylines"):
            read_skylines(other)
    write_skylines({"moon": xr.Dataset({"a": ("x", [1.0])})}, other)
    with pytest.raises(InvalidResult, match="holds no skylines"):
        read_skylines(other)
    low = xr.Dataset({"horizon_elevation": ("azimuth", np.zeros(72))})
    for wrong in (
        low.rename(horizon_elevation="other"),
        low + 500.0,
        low.assign_attrs(remarks="{"),
    ):
        wrong.to_netcdf(other, group="terrain", engine="h5netcdf", mode="w")
        with pytest.raises(InvalidResult, match="holds no skylines"):
            read_skylines(other)


def test_a_file_that_only_looks_like_one_is_refused(tmp_path):
    flat = xr.Dataset({"horizon_elevation": ("azimuth", np.zeros(72))})
    write_skylines({"terrain": flat}, tmp_path / FILE)
    with pytest.raises(InvalidResult, match="made for other roofs"):
        assessed(around=read_surroundings(skylines=tmp_path))


def test_a_result_whose_skylines_are_damaged_is_refused(kept, tmp_path):
    shutil.copytree(kept / "out", tmp_path / "out")
    (tmp_path / "out" / FILE).write_bytes(b"x")
    with pytest.raises(InvalidResult):
        read_results(tmp_path / "out")


def test_a_result_in_the_open_replaces_one_with_skylines(kept, tmp_path):
    shutil.copytree(kept / "out", tmp_path / "out")
    write_results(assessed(), tmp_path / "out", overwrite=True)
    assert not (tmp_path / "out" / FILE).exists()
    assert read_results(tmp_path / "out").skylines == {}


def test_skylines_by_source_of_nothing_is_nothing():
    found = skylines_by_source(no_planes(), listed().iloc[:0], Surroundings(), Assumptions())
    assert found == {}
    given = Surroundings(towers(), terrain=xr.Dataset())
    assert given.sources(Assumptions()) == ("terrain", "neighbours", "own")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("ending", ["svg", "png"])
def test_the_picture_of_a_skyline(kept, tmp_path, lang, ending):
    result = read_results(kept / "out")
    pictures = []
    for name in ROOFS:
        path = tmp_path / f"{name}.{ending}"
        draw_skyline(result, name, path, lang)
        pictures.append(path.read_bytes())
        draw_skyline(result, name, path, lang)
        assert path.read_bytes() == pictures[-1]
    assert len(set(pictures)) == 3
    if ending == "svg":
        loss = row(result, "low")["shading_loss_fraction"]
        assert f"{loss:.2%}" in pictures[0].decode("utf-8")
    else:
        assert pictures[0].startswith(b"\x89PNG")


def test_pictures_that_cannot_be_drawn(kept, tmp_path):
    result = read_results(kept / "out")
    with pytest.raises(InvalidResult, match="no such building_id"):
        draw_skyline(result, "nobody", tmp_path / "a.svg", "en")
    with pytest.raises(InvalidConfig, match=r"\.svg or \.png"):
        draw_skyline(result, "low", tmp_path / "a.pdf", "en")
    with pytest.raises(InvalidResult, match="surroundings are not known"):
        draw_skyline(assessed(), "low", tmp_path / "a.svg", "en")
    exempt = assessed(listed(exemption=["historic", None, None]), towers())
    with pytest.raises(InvalidResult, match="surroundings are not known"):
        draw_skyline(exempt, "low", tmp_path / "a.svg", "en")
    assert not list(tmp_path.iterdir())


def test_a_source_that_does_not_know_the_roof_is_drawn_as_none(tmp_path):
    shape = shapely.box(600, 600, 620, 620)
    far = listed("low")
    far = far.set_geometry(far.translate(0.1)).assign(lon=106.47)
    dsm = surface(tmp_path / "dsm.tif")
    found = assessed(far, read_surroundings(towers((shape, 9.0)), dsm))
    draw_skyline(found, "low", tmp_path / "a.svg", "en")
    assert "surface model" in (tmp_path / "a.svg").read_text(encoding="utf-8")


@cache
def limited(limit, around=True):
    around = towers((TOWER, 40.0), (EAST, 60.0)) if around else None
    return assessed(around=around, roofs__min_solar_access=limit)


def test_planes_of_too_little_sun_carry_nothing():
    free = limited(0.0)
    assert (free.planes["deducted_shaded_m2"] == 0.0).all()
    access = free.planes.set_index("plane_id")["solar_access"]
    limit = float(access.sort_values().iloc[:2].mean())
    found = limited(limit).planes.set_index("plane_id")
    dark = access < limit
    assert dark.sum() == 1
    assert found.loc[dark, "deducted_shaded_m2"].equals(found.loc[dark, "area_m2"])
    assert (found.loc[dark, ["kwp", "module_count", "installable_area_m2"]] == 0.0).all(axis=None)
    assert (found.loc[~dark, "deducted_shaded_m2"] == 0.0).all()
    pd.testing.assert_series_equal(found["solar_access"], access)
    taken = [name for name in found if name.startswith("deducted_")]
    total = found["installable_area_m2"] + found[taken].sum(axis=1)
    np.testing.assert_allclose(total, found["area_m2"], rtol=1e-12)
    everything = limited(1.0)
    assert (everything.buildings["kwp"] == 0.0).all()
    assert everything.buildings["shading_loss_fraction"].isna().all()
    # The plane to the north is unsuitable before it is dark.
    dark = everything.planes["deducted_shaded_m2"] + everything.planes["deducted_unsuitable_m2"]
    assert dark.equals(everything.planes["area_m2"])


def test_without_surroundings_no_plane_is_too_dark():
    found = limited(1.0, around=False)
    assert (found.planes["deducted_shaded_m2"] == 0.0).all()
    assert (found.buildings["kwp"] > 0.0).all()


def gable_and_wall(**columns):
    """A gabled roof from south to north, its western plane behind a wall."""
    shape = placed(shapely.box(36, -12, 48, 12), LAT, LON)
    return listed("gable", **columns).set_geometry([shape]), towers(
        (shapely.box(15, -30, 25, 30), 40.0)
    )


def test_a_stated_capacity_is_set_on_the_plane_in_the_sun():
    buildings, wall = gable_and_wall()
    whole = assessed(buildings, wall).planes
    assert len(whole) == 2
    assert (whole["kwp"] > 0.0).all()
    bright = whole.loc[whole["shading_loss_fraction"].idxmin(), "plane_id"]
    dark = whole.loc[whole["shading_loss_fraction"].idxmax(), "plane_id"]
    buildings, wall = gable_and_wall(stated_kwp=float(whole["kwp"].min()) * 0.8)
    found = assessed(buildings, wall)
    planes = found.planes.set_index("plane_id")
    assert planes.loc[dark, "kwp"] == 0.0
    assert planes.loc[bright, "kwp"] == pytest.approx(row(found, "gable")["stated_kwp"])
    loss = row(found, "gable")["shading_loss_fraction"]
    assert loss == pytest.approx(planes.loc[bright, "shading_loss_fraction"], abs=1e-12)
    # A wall on the other side turns the choice.
    other = towers((shapely.box(60, -30, 70, 30), 40.0))
    turned = assessed(buildings, other).planes.set_index("plane_id")
    assert turned.loc[bright, "kwp"] == 0.0


@pytest.mark.parametrize("design", ["energy", "coverage-then-energy"])
def test_designs_rest_on_shaded_energy(design):
    found = assessed(around=towers((TOWER, 60.0)), layout__design=design)
    for name in ("low", "beside", "gable"):
        table = layouts(found, name)
        mine = table[table["chosen"]].iloc[0]
        assert mine["ac_kwh"] == pytest.approx(row(found, name)["ac_kwh"], rel=1e-9)
        groups = module_groups(found, name)
        assert groups["ac_kwh"].sum() == pytest.approx(row(found, name)["ac_kwh"], rel=1e-9)
    open_roof = assessed(layout__design=design)
    both = [layouts(one, "low").set_index("layout")["ac_kwh"] for one in (found, open_roof)]
    assert (both[0] < both[1]).all()
    if design == "energy":
        table = layouts(found, "low").set_index("layout")["specific_yield_kwh_per_kwp"]
        assert row(found, "low")["layout"] == table.idxmax()


def test_domes_in_the_shade_are_grouped_as_they_are_assessed():
    found = assessed(around=towers((TOWER, 60.0), (EAST, 40.0)), layout__flat_layout="east_west")
    groups = module_groups(found, "low")
    assert set(groups["side"]) == {0, 1}
    assert groups["ac_kwh"].sum() == pytest.approx(row(found, "low")["ac_kwh"], rel=1e-9)


def test_the_limit_of_shade_holds_when_a_result_is_opened_again(tmp_path):
    found = limited(0.9)
    write_results(found, tmp_path / "out")
    again = read_results(tmp_path / "out")
    for name in ROOFS:
        if row(again, name)["kwp"] > 0.0:
            layouts(again, name)
            module_groups(again, name)


def test_horizons_of_files_are_kept_too(tmp_path):
    found = assessed(around=read_surroundings(terrain=horizon(tmp_path / "h.csv")))
    out = write_results(found, tmp_path / "out")
    again = assessed(around=read_surroundings(skylines=out))
    assert again.buildings.equals(found.buildings)
    assert energy.skylines_of(again.skylines["terrain"], ["low/1"]).known.all()


def test_skylines_in_parts_are_read_as_one_file_or_refused(kept, tmp_path):
    whole = read_skylines(kept / "out")
    folder = tmp_path / FILE
    folder.mkdir()
    names = whole["neighbours"]["plane_id"].to_numpy().astype(object)
    for number, some in enumerate((names[:1], names[1:])):
        part = {
            name: (data.sel(plane_id=some) if "plane_id" in data.dims else data).drop_attrs()
            for name, data in whole.items()
            if "pixel" not in data.dims
        }
        write_skylines(part, folder / f"part-{number:05d}.nc")
    with pytest.raises(InvalidResult, match="no skylines can be read from it"):
        read_skylines(tmp_path)
    told = {name: dict(whole[name].attrs) for name in part}
    plain = {name: {key: str(value) for key, value in one.items()} for name, one in told.items()}
    (folder / "whole.json").write_text(json.dumps(plain), encoding="utf-8")
    found = read_skylines(tmp_path)
    assert list(found) == list(part)
    assert len(found) == len(part)
    for name in part:
        xr.testing.assert_equal(found[name], whole[name])
        assert found[name].attrs == plain[name]
    assert found.of(names[1:])["neighbours"].sizes["plane_id"] == len(names) - 1
    assert found.of([])["neighbours"].sizes["plane_id"] == 1
    (folder / "part-00001.nc").write_bytes(b"x")
    with pytest.raises(InvalidResult, match="no skylines can be read from it"):
        _ = found["own"]
    with pytest.raises(InvalidResult, match="no skylines can be read from it"):
        found.of(names)
    write_skylines({"moon": xr.Dataset({"a": ("x", [1.0])})}, folder / "part-00001.nc")
    with pytest.raises(InvalidResult, match="holds no skylines"):
        _ = found["own"]
    for file in folder.glob("part-*"):
        file.unlink()
    with pytest.raises(InvalidResult, match=r"were not kept. Assess it again with --keep-skylines"):
        read_skylines(tmp_path)
