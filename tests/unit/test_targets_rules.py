from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from roofpv import targets
from roofpv.errors import InvalidRules

RULE = """
id = "town"
status = "draft"
text = "50% of the roof"

[[sources]]
title = "a paper"

[[undefined]]
term = "coverage"
en = "of what"
zh = "何谓"

[[assumptions]]
en = "as we see it"
zh = "假定"

[[targets]]
id = "A"
threshold = 0.50
strength = "strive"
deadline = 2025-12-31

[targets.subject]
uses = ["school", "hospital"]
ownerships = ["public"]
completed_from = 2022-01-01
completed_to = 2025-12-31
unknown_completed = "left out"

[[targets.readings]]
id = "A1"
default = true
metric = "area_ratio"
denominator = "installable_area_m2"
variants = ["N1", "N3"]
default_variant = "N3"

[[targets.readings]]
id = "A2"
metric = "count_ratio"
"""


def _write(folder: Path, text: str) -> Path:
    file = folder / "town.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_library_rule_has_both_targets_and_every_reading() -> None:
    rule = targets.load_rule("shizuishan-2025")
    assert rule.status == "draft"
    assert "50%" in rule.text
    assert "15%" in rule.text
    found = {target.id: [r.id for r in target.readings] for target in rule.targets}
    assert found == {"A": ["A1", "A2", "A3"], "B": ["B1", "B2", "B3", "B4", "B5"]}
    assert [(t.threshold, t.strength) for t in rule.targets] == [(0.5, "strive"), (0.15, "reach")]
    defaults = [r.id for target in rule.targets for r in target.readings if r.default]
    assert defaults == ["A1", "B1"]
    assert {u.term for u in rule.undefined} >= {"光伏覆盖率", "可安装光伏屋顶面积", "应用比例"}


def test_library_rules_are_named_like_their_files_and_speak_both_languages() -> None:
    assert "shizuishan-2025" in targets.library_ids()
    for name in targets.library_ids():
        rule = targets.load_rule(name)
        assert rule.id == name
        said = [rule.title, *rule.assumptions, *(t.title for t in rule.targets)]
        said += [reading.title for target in rule.targets for reading in target.readings]
        assert all(words.en and words.zh for words in said)


@pytest.mark.parametrize("as_text", [True, False])
def test_a_file_is_read_as_it_says(tmp_path: Path, as_text: bool) -> None:
    file = _write(tmp_path, RULE)
    (target,) = targets.load_rule(str(file) if as_text else file).targets
    assert target.deadline == datetime.date(2025, 12, 31)
    assert target.subject.uses == ("school", "hospital")
    area, count = target.readings
    assert (area.variants, area.default_variant, area.unit) == (("N1", "N3"), "N3", "m2")
    assert (count.denominator, count.variants, count.unit) == ("building_id", (), "buildings")


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "town.toml"
    file.write_text(RULE, encoding="utf-8-sig")
    assert targets.load_rule(file).id == "town"


def test_without_a_window_every_building_counts(tmp_path: Path) -> None:
    window = "completed_from = 2022-01-01\ncompleted_to = 2025-12-31\n"
    text = RULE.replace(window, "").replace('unknown_completed = "left out"\n', "")
    subject = targets.load_rule(_write(tmp_path, text)).targets[0].subject
    assert subject.completed_from is None
    assert subject.unknown_completed == "counted"


A = "town.toml: targets[A]"
A1 = f"{A}.readings[A1]"
WRONG = {
    "unknown key": ('status = "draft"', 'stauts = "draft"', "town.toml: stauts", "'status'"),
    "unknown key in a table": ("threshold =", "treshold =", f"{A}.treshold", "'threshold'"),
    "key far from any": ("strength =", "xyz =", f"{A}.xyz", "Known are id"),
    "key missing": ('id = "town"\n', "", "town.toml: id", "missing"),
    "text that is none": ('text = "50% of the roof"', "text = 50", "town.toml: text", "50"),
    "empty text": ('id = "town"', 'id = " "', "town.toml: id", "not a text"),
    "flag that is none": ("default = true", 'default = "yes"', f"{A1}.default", "true nor false"),
    "date in quotes": ("= 2022-01-01", '= "2022"', f"{A}.subject.completed_from", "not a date"),
    "date with a time": (
        "deadline = 2025-12-31",
        "deadline = 2025-12-31T00:00:00",
        f"{A}.deadline",
        "not a date",
    ),
    "deadline missing": ("deadline = 2025-12-31\n", "", f"{A}.deadline", "missing"),
    "threshold in percent": (
        "0.50",
        "50",
        f"{A}.threshold",
        "threshold 50: a share is written as a fraction. Write 0.50.",
    ),
    "threshold in odd percent": ("0.50", "12.5", f"{A}.threshold", "Write 0.125."),
    "threshold of nothing": ("0.50", "0.0", f"{A}.threshold", "above 0"),
    "threshold of the moon": ("0.50", "5000", f"{A}.threshold", "up to 1"),
    "threshold nan": ("0.50", "nan", f"{A}.threshold", "up to 1"),
    "threshold in words": ("0.50", '"half"', f"{A}.threshold", "not a number"),
    "threshold true": ("0.50", "true", f"{A}.threshold", "not a number"),
    "unknown strength": ('"strive"', '"strife"', f"{A}.strength", "Did you mean 'strive'"),
    "unknown status": ('"draft"', '"darft"', "town.toml: status", "Did you mean 'draft'"),
    "unknown metric": ('"area_ratio"', '"area_ration"', f"{A1}.metric", "'area_ratio'"),
    "unknown use": ('"hospital"]', '"hopsital"]', f"{A}.subject.uses", "'hospital'"),
    "use twice": ('"hospital"]', '"school"]', f"{A}.subject.uses", "twice"),
    "use not a list": ('["school", "hospital"]', '"school"', f"{A}.subject.uses", "not a list"),
    "no use": ('["school", "hospital"]', "[]", f"{A}.subject.uses", "not a list"),
    "use missing": ('uses = ["school", "hospital"]\n', "", f"{A}.subject.uses", "missing"),
    "unknown is no use": ('"hospital"]', '"unknown"]', f"{A}.subject.uses", "never counted"),
    "unknown owner": ('["public"]', '["pubic"]', f"{A}.subject.ownerships", "'public'"),
    "empty window": ("= 2022-01-01", "= 2026-01-01", f"{A}.subject.completed_to", "is before"),
    "unknown dates unsaid": (
        'unknown_completed = "left out"\n',
        "",
        f"{A}.subject.unknown_completed",
        "missing",
    ),
    "unknown column": ('"installable_area_m2"', '"instalable_m2"', f"{A1}.denominator", "'instal"),
    "wrong column": ('"installable_area_m2"', '"use"', f"{A1}.denominator", "not taken over"),
    "unknown variant": ('["N1", "N3"]', '["N1", "N4"]', f"{A1}.variants", "'N4'"),
    "variants missing": ('variants = ["N1", "N3"]\n', "", f"{A1}.variants", "missing"),
    "default variant not listed": ('= "N3"', '= "N2"', f"{A1}.default_variant", "'N2'"),
    "variants of a count": (
        'metric = "count_ratio"',
        'metric = "count_ratio"\nvariants = ["N1"]',
        f"{A}.readings[A2].variants",
        "no numerator variants",
    ),
    "no default reading": ("default = true\n", "", f"{A}.readings", "no default"),
    "two default readings": (
        'id = "A2"',
        'id = "A2"\ndefault = true',
        f"{A}.readings",
        "A1 and A2 are all the default",
    ),
    "id twice": ('id = "A2"', 'id = "A1"', f"{A}.readings", "two have the id 'A1'"),
    "subject not a table": (
        RULE[RULE.index("[targets.subject]") : RULE.index("[[targets.readings]]")],
        'subject = "schools"\n',
        f"{A}.subject",
        "not a table",
    ),
    "targets not a list": (
        RULE[RULE.index("[[targets]]") :],
        "[targets]\n",
        "targets",
        "[[targets]]",
    ),
    "no target": (RULE[RULE.index("[[targets]]") :], "", "town.toml: targets", "without target"),
    "missing source": ('[[sources]]\ntitle = "a paper"\n', "", "town.toml: sources", "[[sources]]"),
    "source without title": ('title = "a paper"', 'url = "x"', "sources[1].title", "missing"),
    "not TOML": ('id = "town"', "id = town", "town.toml", "not TOML"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_refused_with_its_key_and_the_mend(tmp_path: Path, case: str) -> None:
    old, new, where, said = WRONG[case]
    assert old in RULE
    with pytest.raises(InvalidRules) as caught:
        targets.load_rule(_write(tmp_path, RULE.replace(old, new, 1)))
    assert where in caught.value.where
    assert said in str(caught.value)
    assert caught.value.mend


def test_an_unknown_id_is_answered_with_the_nearest() -> None:
    with pytest.raises(InvalidRules, match="Did you mean 'shizuishan-2025'"):
        targets.load_rule("shizuishan-2026")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidRules, match=r"none\.toml: cannot be read"):
        targets.load_rule(tmp_path / "none.toml")


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "town.toml"
    file.write_bytes(RULE.encode("gb18030"))
    with pytest.raises(InvalidRules, match="not UTF-8"):
        targets.load_rule(file)
