from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

import pytest

from roofpv.assumptions import (
    DECOMPOSITIONS,
    IAMS,
    TEMPERATURES,
    TRANSPOSITIONS,
    Assumptions,
    describe,
    from_values,
)
from roofpv.config import read_config
from roofpv.errors import InvalidConfig, RoofpvError

CONTRACT_KEYS = [
    "models.transposition",
    "models.iam",
    "models.temperature",
    "models.decomposition",
    "losses.system",
    "losses.soiling",
    "losses.snow",
    "losses.availability",
    "losses.first_year",
    "losses.degradation_per_year",
    "site.albedo",
    "module.gamma_pdc",
    "module.power_w",
    "module.length_m",
    "module.width_m",
    "inverter.efficiency",
    "inverter.dc_ac_ratio",
    "layout.flat_tilt",
    "layout.setback_m",
    "roofs.flat_installable_fraction",
    "targets.as_of",
]

NUMBERS = [
    (f"{room.name}.{item.name}", item.metadata["low"], item.metadata["high"])
    for room in dataclasses.fields(Assumptions)
    for item in dataclasses.fields(getattr(Assumptions(), room.name))
    if "low" in item.metadata and item.metadata.get("optional") is not str
]


def _config(folder: Path, text: str) -> Path:
    file = folder / "town.toml"
    file.write_text(text, encoding="utf-8")
    return file


def _refused(call: object, *said: str) -> str:
    with pytest.raises(InvalidConfig) as caught:
        call()  # type: ignore[operator]
    text = str(caught.value)
    assert len(text.splitlines()) == 1
    for part in said:
        assert part in text
    return text


def test_an_error_says_where_what_and_how_to_mend() -> None:
    error = RoofpvError("row 17, roof_area_m2", "-35 is below 0", "Correct the cell")
    assert str(error) == "row 17, roof_area_m2: -35 is below 0. Correct the cell."
    assert (error.where, error.problem, error.mend) == (
        "row 17, roof_area_m2", "-35 is below 0", "Correct the cell",
    )  # fmt: skip


def test_every_key_of_the_contract_exists() -> None:
    assert set(CONTRACT_KEYS) <= {entry["key"] for entry in describe(Assumptions())}


def test_every_assumption_has_a_source_and_a_unit() -> None:
    for entry in describe(Assumptions()):
        assert entry["source"].strip(), entry["key"]
        assert isinstance(entry["unit"], str), entry["key"]
        assert entry["default"] is True, entry["key"]


@pytest.mark.parametrize(("key", "low", "high"), NUMBERS)
def test_a_default_stands_in_its_own_bounds(key: str, low: float, high: float) -> None:
    value = next(e["value"] for e in describe(Assumptions()) if e["key"] == key)
    assert value is None or low <= value <= high


@pytest.mark.parametrize(("key", "low", "high"), NUMBERS)
def test_a_bound_itself_is_allowed_and_beyond_it_is_not(key: str, low: float, high: float) -> None:
    for value in (low, high):
        room, name = key.split(".")
        assert getattr(getattr(from_values({key: value}, "x"), room), name) == value
    for value in (low - 1e-6, high + 1e-6):
        _refused(lambda value=value: from_values({key: value}, "x"), f"x, {key}", "outside")


def test_assumptions_cannot_be_changed_in_place() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Assumptions().losses.system = 0.5  # type: ignore[misc]


def test_a_changed_value_is_told_as_no_default_and_changes_nothing_else() -> None:
    changed = from_values({"losses.system": 0.0}, "x")
    other = {e["key"]: e["value"] for e in describe(changed) if not e["default"]}
    assert other == {"losses.system": 0.0}
    assert Assumptions().losses.system == 0.054


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("models.transposition", TRANSPOSITIONS),
        ("models.iam", IAMS),
        ("models.temperature", TEMPERATURES),
        ("models.decomposition", DECOMPOSITIONS),
    ],
)
def test_every_named_model_can_be_chosen(key: str, values: tuple[str, ...]) -> None:
    for value in values:
        assert getattr(from_values({key: value}, "x").models, key.split(".")[1]) == value


@pytest.mark.parametrize("value", ["Perez", "", 3, None, [], {}, float("nan")])
def test_an_unknown_model_is_refused_with_the_known_ones(value: object) -> None:
    _refused(
        lambda: from_values({"models.transposition": value}, "town.toml"),
        "town.toml, models.transposition", "haydavies, perez, isotropic", "Choose one",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("key", "nearest"),
    [
        ("losses.sistem", "losses.system"),
        ("loses.system", "losses.system"),
        ("model.iam", "models.iam"),
        ("module.power", "module.power_w"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest(key: str, nearest: str) -> None:
    _refused(lambda: from_values({key: 1}, "x"), f"x, {key}", f"Did you mean {nearest}.")


@pytest.mark.parametrize("key", ["", "zzzzzz", "losses", "losses.system.more", "."])
def test_a_key_far_from_all_is_refused(key: str) -> None:
    _refused(lambda: from_values({key: 1}, "x"), "no such setting")


@pytest.mark.parametrize("value", ["ten", "", None, [1], {"a": 1}, "1,5"])
def test_a_text_for_a_number_is_refused(value: object) -> None:
    _refused(
        lambda: from_values({"losses.system": value}, "x"),
        "x, losses.system", "is no number", "Write a number",
    )  # fmt: skip


@pytest.mark.parametrize("value", [True, False, "nan", "inf", float("nan"), float("-inf"), 1e300])
def test_a_number_that_is_none_is_refused(value: object) -> None:
    _refused(lambda: from_values({"losses.system": value}, "x"), "outside 0 to 0.9 (a fraction)")


@pytest.mark.parametrize("value", [2, "2", 2.0])
def test_a_count_is_a_whole_number(value: object) -> None:
    assert from_values({"site.blend_sites": value}, "x").site.blend_sites == 2
    assert isinstance(from_values({"site.blend_sites": value}, "x").site.blend_sites, int)


def test_half_a_site_is_refused() -> None:
    _refused(
        lambda: from_values({"site.blend_sites": 2.5}, "x"),
        "x, site.blend_sites", "2.5 is no whole number", "Write a whole number",
    )  # fmt: skip


@pytest.mark.parametrize("value", ["blend", "nearest"])
def test_the_way_to_the_weather_site_is_a_choice(value: str) -> None:
    assert from_values({"site.weather_sites": value}, "x").site.weather_sites == value
    _refused(lambda: from_values({"site.weather_sites": "mean"}, "x"), "nearest, blend")


@pytest.mark.parametrize("value", [date(2025, 6, 30), "2025-06-30"])
def test_as_of_is_a_date_or_its_text(value: object) -> None:
    assert from_values({"targets.as_of": value}, "x").targets.as_of == "2025-06-30"


@pytest.mark.parametrize("value", ["2025", 2025, "30.06.2025", "2025-02-30"])
def test_as_of_refuses_what_is_no_date(value: object) -> None:
    _refused(lambda: from_values({"targets.as_of": value}, "x"), "no date", "2025-12-31")


@pytest.mark.parametrize("key", ["layout.gcr", "finance.self_use_fraction", "targets.as_of"])
@pytest.mark.parametrize("value", ["", None])
def test_an_optional_setting_can_be_emptied(key: str, value: object) -> None:
    room, name = key.split(".")
    assert getattr(getattr(from_values({key: value}, "x"), room), name) is None


def test_a_file_sets_values_and_columns_and_a_set_comes_after(tmp_path: Path) -> None:
    text = '[losses]\nsystem = 0.1\nsnow = 0\n[columns]\nheight_m = "Höhe"\n'
    config = read_config(_config(tmp_path, text), ["losses.system = 0.2 ", "site.albedo=0.3"])
    assert config.assumptions.losses.system == 0.2
    assert config.assumptions.losses.snow == 0.0
    assert config.assumptions.site.albedo == 0.3
    assert dict(config.columns) == {"height_m": "Höhe"}


def test_no_file_and_no_set_are_the_defaults() -> None:
    assert read_config(None).assumptions == Assumptions()


def test_a_byte_order_mark_does_not_hurt(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_bytes(b"\xef\xbb\xbf[losses]\nsystem = 0.1\n")
    assert read_config(file).assumptions.losses.system == 0.1


def test_a_missing_config_is_one_line(tmp_path: Path) -> None:
    _refused(
        lambda: read_config(tmp_path / "no.toml"), "no.toml", "cannot be read", "Give the path"
    )


def test_a_folder_as_config_is_one_line(tmp_path: Path) -> None:
    _refused(lambda: read_config(tmp_path), "cannot be read")


@pytest.mark.parametrize("data", [b"[losses\n", b"system", b"\xff\xfe\x00", b"a=1\na=2\n"])
def test_a_broken_config_is_one_line(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "bad.toml"
    file.write_bytes(data)
    _refused(lambda: read_config(file), "bad.toml", "not valid TOML")


@pytest.mark.parametrize("text", ["columns = 3", "[columns]\nheight_m = 3", "[columns.a]\nb = 'c'"])
def test_columns_that_are_no_names_are_refused(tmp_path: Path, text: str) -> None:
    _refused(lambda: read_config(_config(tmp_path, text)), "town.toml, [columns]", "Write our")


def test_a_setting_outside_its_section_is_refused(tmp_path: Path) -> None:
    _refused(
        lambda: read_config(_config(tmp_path, "losse = 0.1")),
        "town.toml, losse", "outside its section", "Did you mean losses",
    )  # fmt: skip


def test_an_unknown_key_of_a_file_names_the_file(tmp_path: Path) -> None:
    _refused(
        lambda: read_config(_config(tmp_path, "[losses]\nsistem = 0.1")),
        "town.toml, losses.sistem", "Did you mean losses.system",
    )  # fmt: skip


def test_a_section_within_a_section_is_refused(tmp_path: Path) -> None:
    _refused(lambda: read_config(_config(tmp_path, "[losses.system]\na = 1")), "losses.system")


def test_a_set_without_equals_sign_is_refused() -> None:
    _refused(lambda: read_config(None, ["losses.system"]), "--set losses.system", "KEY=VALUE")


@pytest.mark.parametrize("text", ["losses.sistem=0.1", "losses.system=9", "losses.system=x"])
def test_a_wrong_set_is_named_as_such_even_beside_a_file(tmp_path: Path, text: str) -> None:
    file = _config(tmp_path, "[site]\nalbedo = 0.2")
    said = _refused(lambda: read_config(file, [text]), "--set")
    assert "town.toml" not in said
