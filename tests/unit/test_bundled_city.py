import importlib.util
import json
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pandas.testing import assert_frame_equal

from roofpv.schema import INVENTORY, OWNERSHIPS, ROOF_TYPES, names

ROOT = Path(__file__).parents[2]
BUILDINGS = ROOT / "data" / "buildings"
INVENTORY_FILE = BUILDINGS / "shizuishan.geojson"
CONTEXT_FILE = BUILDINGS / "shizuishan_context.parquet"
SIBLINGS = ("shapes", "town", "institutions", "survey")
CENTRES = {"大武口区": (106.376, 39.013), "惠农区": (106.770, 39.240), "平罗县": (106.540, 38.900)}
CODES = {"大武口区": "DWK", "惠农区": "HNG", "平罗县": "PLO"}
PUBLIC_USES = {"government", "school", "hospital", "other_public", "unknown"}
MODULE_KW_PER_M2 = 0.224


@pytest.fixture(scope="module")
def city():
    return gpd.read_file(INVENTORY_FILE)


@pytest.fixture(scope="module")
def context():
    return gpd.read_parquet(CONTEXT_FILE)


@pytest.fixture(scope="module")
def regenerated(tmp_path_factory):
    directory = tmp_path_factory.mktemp("city")
    spec = importlib.util.spec_from_file_location("bundled_city", BUILDINGS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(BUILDINGS), *sys.path])
        patch.setattr(sys, "dont_write_bytecode", True)
        patch.setitem(sys.modules, "bundled_city", module)
        spec.loader.exec_module(module)
        for name in SIBLINGS:
            sys.modules.pop(name)
        module.main(directory)
    return directory


def year(city):
    return pd.to_numeric(city["completed"].str[:4])


def has_pv(city):
    return city["existing_pv_kwp"].notna() | city["existing_pv_area_m2"].notna()


def is_new(city):
    return year(city).between(2022, 2025)


def module_area(city):
    return city["existing_pv_area_m2"].fillna(city["existing_pv_kwp"] / MODULE_KW_PER_M2).fillna(0)


def roof_area(city):
    footprint = city.geometry.to_crs("EPSG:4544").area
    return footprint.fillna(city["floor_area_m2"] / city["floors"])


def has_footprint(frame):
    return frame[frame.geometry.notna()]


def crossings(outlines):
    tree = shapely.STRtree(outlines)
    first, second = tree.query(outlines, predicate="intersects")
    return int((first < second).sum())


def test_sizes(city, context):
    assert 850 <= len(city) <= 950
    assert 9_500 <= len(context) <= 11_000
    assert CONTEXT_FILE.stat().st_size < 1_500_000


LEFT_OUT = {
    "altitude_m", "exemption_document", "existing_pv_date", "footprint_area_m2", "institution_id",
    "other_use_area_m2", "roof_height_m", "roof_live_load_kn_per_m2", "stated_kwp",
    "usable_area_m2",
}  # fmt: skip


def test_columns_are_the_schema_s(city):
    assert list(city.columns) == [name for name in names(INVENTORY) if name not in LEFT_OUT]
    assert city.crs.equals("OGC:CRS84") or city.crs.to_epsg() == 4326


def test_context_columns(context):
    assert set(context.columns) == {
        *("building_id", "use", "floors", "height_m", "synthetic", "geometry")
    }
    assert not context.drop(columns="geometry").isna().any(axis=None)
    assert set(context["use"]) == {"residential", "commercial", "industrial"}


def test_labelled_synthetic(city, context):
    label = json.loads(INVENTORY_FILE.read_text(encoding="utf-8"))["roofpv"]
    assert label["synthetic"] is True
    assert label["note"].startswith("SYNTHETIC")
    assert context["synthetic"].all()
    assert context["building_id"].str.startswith("CTX-").all()
    first_line = (BUILDINGS / "SOURCES.md").read_text(encoding="utf-8").splitlines()[0]
    assert "SYNTHETIC" in first_line


def test_one_feature_a_line(city):
    lines = INVENTORY_FILE.read_text(encoding="utf-8").splitlines()
    features = [line for line in lines if line.startswith('{"type":"Feature"')]
    assert len(features) == len(city)
    assert json.loads(features[0].rstrip(","))["properties"]["building_id"] == "SZS-DWK-0001"


def test_choices_and_ids(city, context):
    assert set(city["use"]) == PUBLIC_USES
    assert set(city["ownership"]) == set(OWNERSHIPS)
    assert set(city["roof_type"].dropna()) <= set(ROOF_TYPES)
    assert city["building_id"].is_unique
    assert city["name"].is_unique
    assert context["building_id"].is_monotonic_increasing
    assert context["building_id"].is_unique


@pytest.mark.parametrize(
    "column",
    [c for c in INVENTORY if c.kind == "number" and c.name not in LEFT_OUT],
    ids=lambda c: c.name,
)
def test_numbers_within_the_schema_s_bounds(city, column):
    values = city[column.name].dropna()
    assert len(values) > 0
    assert values.between(column.low, column.high).all()


def test_polygons_valid(city, context):
    for frame in (has_footprint(city), context):
        assert frame.geometry.is_valid.all()
        assert set(frame.geom_type) == {"Polygon"}
        assert (frame.to_crs("EPSG:4544").area > 10.0).all()


def test_forms_vary(city):
    outlines = has_footprint(city).geometry
    assert (shapely.get_num_interior_rings(outlines.values) == 1).sum() >= 3
    corners = shapely.get_num_coordinates(outlines.values) - 1
    assert {4, 6, 8, 12, 32} <= set(corners)


def test_nothing_overlaps(city, context):
    public = has_footprint(city).geometry.values
    assert crossings(public) == 0
    assert crossings(np.concatenate([public, context.geometry.values])) == 0


def test_inside_the_district(city, context):
    for district, (lon, lat) in CENTRES.items():
        box = shapely.box(lon - 0.1, lat - 0.08, lon + 0.1, lat + 0.08)
        rows = city[city["district"] == district]
        around = context[context["building_id"].str[4:7] == CODES[district]]
        assert len(rows) > 200
        assert rows["building_id"].str[4:7].eq(CODES[district]).all()
        assert has_footprint(rows).within(box).all()
        assert around.within(box).all()
        points = rows[rows["lon"].notna()]
        assert shapely.contains_xy(box, points["lon"], points["lat"]).all()


def test_every_row_is_usable(city):
    by_floors = city["floor_area_m2"].notna() & city["floors"].notna()
    assert (city.geometry.notna() | by_floors).all()


def test_evidence_is_mixed(city):
    outline, height = city.geometry.notna(), city["height_m"].notna()
    assert (city["roof_area_m2"].notna()).mean() == pytest.approx(0.05, abs=0.025)
    assert (outline & height).mean() == pytest.approx(0.75, abs=0.05)
    assert (outline & ~height).mean() == pytest.approx(0.12, abs=0.04)
    assert (~outline).mean() == pytest.approx(0.13, abs=0.04)
    assert 0.4 < city.loc[~outline, "lon"].notna().mean() < 0.8
    assert city.loc[outline, "lon"].isna().all()


def test_floor_area_follows_footprint(city):
    known = has_footprint(city).dropna(subset=["floors", "floor_area_m2"])
    ratio = known["floor_area_m2"] / (roof_area(known) * known["floors"])
    assert ratio.median() == pytest.approx(1.0, abs=0.02)
    assert ratio.between(0.8, 1.25).all()


def test_years(city):
    years = year(city)
    assert 40 <= is_new(city).sum() <= 60
    assert city[is_new(city)].groupby("district").size().between(10, 25).all()
    assert 1 <= (years == 2026).sum() <= 5
    assert 0.01 < years.isna().mean() < 0.05
    assert years.min() >= 1975


def test_attributes_given_for_some(city):
    assert city["annual_load_kwh"].notna().mean() == pytest.approx(1 / 3, abs=0.05)
    assert city["exemption"].notna().mean() == pytest.approx(0.035, abs=0.01)
    intensity = (city["annual_load_kwh"] / city["floor_area_m2"]).groupby(city["use"]).median()
    assert intensity["school"] == pytest.approx(75, rel=0.15)
    assert intensity["government"] == pytest.approx(115, rel=0.15)
    assert intensity["hospital"] == pytest.approx(180, rel=0.15)


def test_existing_pv_fits(city):
    share = (module_area(city) / roof_area(city))[has_pv(city)]
    assert share.between(0.05, 0.55).all()
    assert city["exemption"][has_pv(city)].isna().all()


def test_target_a_is_open(city):
    new = city[is_new(city) & city["exemption"].isna()]
    share = module_area(new).sum() / (0.7 * roof_area(new).sum())
    assert 0.20 < share < 0.35
    assert has_pv(new).mean() == pytest.approx(0.5, abs=0.1)


def test_target_b_differs_by_district(city):
    main = city["use"].isin(["government", "school", "hospital"])
    existing = city[main & (year(city) <= 2021) & city["exemption"].isna()]
    shares = has_pv(existing).groupby(existing["district"]).mean()
    assert 0.09 < has_pv(existing).mean() < 0.13
    assert shares["大武口区"] > 0.15
    assert shares["惠农区"] < 0.12
    assert shares["平罗县"] < 0.08
    before = year(city) <= 2021
    assert 0.08 < has_pv(city)[before].mean() < 0.11


@pytest.mark.parametrize("name", [INVENTORY_FILE.name, CONTEXT_FILE.name])
def test_regeneration_gives_the_same_rows(regenerated, name):
    read = gpd.read_parquet if name.endswith("parquet") else gpd.read_file
    kept, made = read(BUILDINGS / name), read(regenerated / name)
    assert_frame_equal(kept.drop(columns="geometry"), made.drop(columns="geometry"))
    assert (kept.geometry.isna() == made.geometry.isna()).all()
    old, new = (shapely.get_coordinates(has_footprint(frame).geometry) for frame in (kept, made))
    np.testing.assert_allclose(new, old, rtol=0, atol=1.01e-7)
