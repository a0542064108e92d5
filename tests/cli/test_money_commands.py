"""Own use, money and carbon at the command line."""

from __future__ import annotations

import csv
import json

import pytest

HEADER = "building_id,use,roof_area_m2,floor_area_m2,annual_load_kwh,lon,lat\n"
ROOFS = (
    "a,school,900,3000,60000,106.4,39.0\n"
    "b,hospital,1200,6000,,106.4,39.0\n"
    "c,unknown,640,,,106.4,39.0\n"
)


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    path = tmp_path_factory.mktemp("money") / "town.csv"
    path.write_text(HEADER + ROOFS, encoding="utf-8")
    return path


@pytest.fixture
def out(town, run):
    folder, said = town.parent / "out", town.parent / "said.txt"
    if not said.exists():
        got = run("assess", town, "-o", folder, "--set", "finance.tariff=ningxia-general")
        assert got.code == 0, got.err
        said.write_text(got.out, encoding="utf-8")
    return folder, said.read_text(encoding="utf-8")


def test_the_screen_tells_own_use_value_and_carbon(out):
    _, said = out
    assert "own use hour by hour: " in said
    assert "on 2 of 3 roofs" in said
    assert "(tariff ningxia-general)" in said
    assert "net present value" in said
    assert "NPV k CNY" in said
    assert "left out: taxes, debt, subsidies" in said
    assert "0.5543 kg/kWh, northwest 2023, average" in said
    assert "not assessed: own_use_kwh, export_kwh" in said


def test_the_files_have_columns_record_and_supply_curve(out):
    folder, _ = out
    with (folder / "buildings.csv").open(encoding="utf-8-sig", newline="") as opened:
        rows = {row["building_id"]: row for row in csv.DictReader(opened)}
    for name in ("own_use_kwh", "npv_cny", "irr", "self_supply_fraction"):
        assert float(rows["a"][name]) > 0.0
        assert rows["c"][name] == ""
    assert float(rows["c"]["lcoe_cny_per_kwh"]) > 0.0
    told = json.loads((folder / "run.json").read_text(encoding="utf-8"))["money"]
    assert told["tariff"]["sources"]
    assert told["tariff"]["hours"][0]["from"] == "00:00"
    with (folder / "supply.csv").open(encoding="utf-8-sig", newline="") as opened:
        curve = list(csv.DictReader(opened))
    costs = [float(row["lcoe_cny_per_kwh"]) for row in curve]
    assert len(costs) == 3
    assert costs == sorted(costs)


def test_explain_tells_the_steps(out, run):
    folder, _ = out
    said = run("explain", folder, "a").out
    assert "Own use, money, carbon" in said
    assert "load: 60,000 kWh a year, stated, hours of the shape school" in said
    assert "own use, hour by hour: " in said
    assert "tariff ningxia-general" in said
    assert "back after" in said
    assert "tariff ningxia-general: mean 0.45" in said
    assert "charges on demand and capacity are ignored" in said
    assert "costs generic of 2026: " in said
    assert "shape school: GB 55015-2021" in said
    assert "grid 0.5543 kg/kWh, northwest 2023, average: 2023: notice of MEE and NBS" in said
    unknown = run("explain", folder, "c").out
    assert "own use: not known, and so what the energy is worth" in unknown
    assert "levelised cost" in unknown


def test_a_load_file_is_taken(town, run, tmp_path):
    load = tmp_path / "load.csv"
    load.write_text("load_kwh\n" + "5\n" * 8760, encoding="utf-8")
    one = tmp_path / "one.csv"
    one.write_text(HEADER + ROOFS.splitlines()[2] + "\n", encoding="utf-8")
    got = run("assess", one, "-o", tmp_path / "out", "--load", load)
    assert got.code == 0, got.err
    with (tmp_path / "out" / "buildings.csv").open(encoding="utf-8-sig", newline="") as opened:
        (row,) = csv.DictReader(opened)
    assert float(row["load_kwh"]) == 43800.0
    assert float(row["own_use_kwh"]) > 0.0
    files = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))["inputs"]
    assert [one["role"] for one in files if "role" in one] == ["load"]


TARIFF = """
id = "mine"
zone = "Asia/Shanghai"
calendar = "china"
sources = ["a bill"]
[title]
en = "Mine"
zh = "自定"
[[seasons]]
id = "year"
months = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
prices = { peak = 0.6, valley = -0.1 }
days = [{ kinds = ["working", "weekend", "holiday"], hours = HOURS }]
[export]
rule = "fixed"
price = 0.2
"""
WHOLE = '{ peak = ["08:00-22:00"], valley = ["22:00-08:00"] }'
OVERLAP = '{ peak = ["08:00-22:00"], valley = ["21:00-08:00"] }'
GAP = '{ peak = ["08:00-22:00"], valley = ["23:00-08:00"] }'


def test_a_tariff_of_ones_own_may_have_negative_prices(town, run, tmp_path):
    tariff = tmp_path / "mine.toml"
    tariff.write_text(TARIFF.replace("HOURS", WHOLE), encoding="utf-8")
    got = run("assess", town, "-o", tmp_path / "out", "--set", f"finance.tariff={tariff}")
    assert got.code == 0, got.err
    assert "(tariff mine)" in got.out


@pytest.mark.parametrize(
    ("hours", "said"), [(OVERLAP, "21:00 is peak already"), (GAP, "22:00-23:00 has no period")]
)
def test_hours_that_overlap_or_leave_gaps_are_one_line(town, run, tmp_path, hours, said):
    tariff = tmp_path / "mine.toml"
    tariff.write_text(TARIFF.replace("HOURS", hours), encoding="utf-8")
    refused(run, town, tmp_path, ("--set", f"finance.tariff={tariff}"), said)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("finance.discount_rate=8", "Write 0.08 for 8 %"),
        ("finance.life_years=0", "finance.life_years"),
        ("finance.life_years=20.5", "no whole number"),
        ("losses.degradation_per_year=0.11", "outside 0 to 0.1"),
        ("finance.tarif=flat", "Did you mean finance.tariff"),
        ("finance.tariff=ningxia-genral", "ningxia-general"),
        ("finance.tariff_scool=flat", "Did you mean finance.tariff_school"),
        ("finance.tariff_school=ningxia-residental", "Did you mean 'ningxia-residential'"),
        ("finance.costs=no/such.toml", "cannot be read"),
        ("carbon.year=1999", "outside 2000 to 2100"),
        ("carbon.year=2030", "no factor is known"),
        ("carbon.scope=marginal", "no factor is known"),
    ],
)
def test_bad_settings_are_one_line(town, run, tmp_path, setting, said):
    refused(run, town, tmp_path, ("--set", setting), said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("load_kwh\n" + "1\n" * 8000, "8000 hours, expected the 8760"),
        ("load_kwh\n" + "0\n" * 8760, "the load is 0 in every hour"),
        ("load_kwh\n-1\n" + "1\n" * 8759, "a load is 0 or more"),
        ("time,load_kwh\n2025-01-01T00:00+01:00,1\n", "not the civil time of Asia/Shanghai"),
        ("kwh\n1\n", "no column load_kwh"),
    ],
)
def test_bad_load_files_are_one_line(town, run, tmp_path, text, said):
    load = tmp_path / "load.csv"
    load.write_text(text, encoding="utf-8")
    refused(run, town, tmp_path, ("--load", load), said)


def test_no_consumption_is_a_load_of_nothing(run, tmp_path):
    path = tmp_path / "town.csv"
    path.write_text(HEADER + "a,school,900,3000,0,106.4,39.0\n", encoding="utf-8")
    got = run("assess", path, "-o", tmp_path / "out", "--json")
    assert got.code == 0, got.err
    (city,) = json.loads(got.out)["money"]
    assert city["own_use_kwh"] == 0.0
    assert city["lcoe_cny_per_kwh"] > 0.0
    with (tmp_path / "out" / "buildings.csv").open(encoding="utf-8-sig", newline="") as opened:
        (row,) = csv.DictReader(opened)
    assert float(row["own_use_kwh"]) == 0.0
    assert float(row["export_kwh"]) == pytest.approx(float(row["ac_kwh"]))
    assert row["self_supply_fraction"] == ""


def refused(run, town, folder, said_so, said):
    """The command ends with 2, one line and nothing written."""
    for more in ((), ("--dry-run",)):
        got = run("assess", town, "-o", folder / "out", *said_so, *more)
        assert got.code == 2, got.out
        assert said in got.err
        assert len(got.err.strip().splitlines()) == 1
        assert not (folder / "out").exists()


def test_tariffs_by_use_and_by_the_list(run, tmp_path):
    path = tmp_path / "town.csv"
    rows = ROOFS.splitlines()
    listed = f"{rows[0]},\n{rows[1]},居民\n{rows[0].replace('a,', 'd,', 1)},农业\n"
    path.write_text(HEADER.strip() + ",电价类别\n" + listed, encoding="utf-8")
    checked = run("check", path, "--no-marked")
    assert "既不是内置电价方案" in checked.out
    by_use = ("--set", "finance.tariff_school=ningxia-general")
    got = run("assess", path, "-o", tmp_path / "out", *by_use)
    assert got.code == 0, got.err
    assert "(tariffs ningxia-general of 2, ningxia-residential of 1)" in got.out
    assert "('农业')" in got.out + got.err
    with (tmp_path / "out" / "buildings.csv").open(encoding="utf-8-sig", newline="") as opened:
        found = {row["building_id"]: row for row in csv.DictReader(opened)}
    paid = {name: row["tariff_id"] for name, row in found.items()}
    assert paid == {"a": "ningxia-general", "b": "ningxia-residential", "d": "ningxia-general"}
    assert (found["b"]["tariff"], found["a"]["tariff"]) == ("residential", "")
    said = run("explain", tmp_path / "out", "b").out
    assert "tariff ningxia-residential (by the list: residential)" in said
    compared = run("compare", tmp_path / "out", tmp_path / "out")
    assert compared.code == 0, compared.err
