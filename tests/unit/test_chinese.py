"""The report in Chinese leaves no English that a reader must understand."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest
from latinread import english

import roofpv
from roofpv.assumptions import describe, from_values
from roofpv.catalogue import texts
from roofpv.report.charts import MAPS, charts
from roofpv.report.city import recorded, story, turned
from roofpv.report.document import Facts, Grid, Heading, Lines, Picture
from roofpv.report.shown import assumption_named
from roofpv.report.workbook import write_workbook
from roofpv.reporting import gather
from roofpv.targets import library_ids, load_rule
from roofpv.waterfalls import with_waterfall
from roofpv.weather.bundled import bundled_folder

HALF_WIDTH = re.compile("[一-鿿”》][,;:?!()]|[,;:?!()][一-鿿“《]")


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    """One building in twelve of the bundled city, with its plans."""
    inventory = roofpv.read_inventory(bundled_folder("buildings") / "shizuishan.geojson")
    result = with_waterfall(roofpv.assess(inventory.iloc[::12]))
    return gather(roofpv.write_results(result, tmp_path_factory.mktemp("zh") / "out"))


def said_by(document):
    yield document.title
    yield from document.head
    for section in document.sections:
        yield section.title
        for block in section.blocks:
            match block:
                case Lines():
                    yield from block.texts
                case Heading():
                    yield block.text
                case Facts() | Grid():
                    yield from getattr(block, "header", ())
                    yield from (cell for row in block.rows for cell in row)
                case Picture():
                    yield block.caption
                    for one in ElementTree.fromstring(block.svg).iter():
                        if one.tag.endswith(("}text", "}tspan", "}title", "}desc")):
                            yield one.text
                    yield from ElementTree.fromstring(block.svg).itertext()


def left_in(texts_of):
    return {text: words for text in texts_of if text and (words := english(text))}


def test_the_document_leaves_no_english(city):
    told = story(city, "zh", charts(city, "zh", MAPS))
    rules = {rule.text for rule in map(load_rule, library_ids())}
    texts_of = [text for text in said_by(told) if not any(rule in text for rule in rules)]
    assert left_in(texts_of) == {}
    assert [text for text in texts_of if HALF_WIDTH.search(text)] == []


def test_the_workbook_leaves_no_english_but_the_dictionary_and_the_rules(city, tmp_path):
    write_workbook(city, "zh", tmp_path / "report.xlsx")
    book = openpyxl.load_workbook(tmp_path / "report.xlsx", read_only=True)
    said = {
        str(value)
        for name in book.sheetnames
        if name not in {"规则文本", "数据字典"}
        for row in book[name].iter_rows(values_only=True)
        for value in row
        if isinstance(value, str)
    }
    versions = set(city.result.run["versions"]) | set(city.result.run["versions"].values())
    hashes = {one["sha256"] for one in city.result.run["inputs"]}
    said -= versions | hashes
    assert left_in(sorted(said)) == {}
    assert [text for text in said if HALF_WIDTH.search(text)] == []


def sources():
    yield from (one["source"] for one in describe(from_values({}, "test")))
    folder = files("roofpv.finance") / "library"
    for path in sorted(Path(str(folder)).rglob("*.toml")):
        yield from _listed(tomllib.loads(path.read_text(encoding="utf-8")))
    for rule in map(load_rule, library_ids()):
        yield from (one.title for one in rule.sources)


def _listed(told):
    if isinstance(told, dict):
        for key, value in told.items():
            if key in {"sources", "assumptions"} and all(isinstance(one, str) for one in value):
                yield from value
            else:
                yield from _listed(value)
    elif isinstance(told, list):
        for one in told:
            yield from _listed(one)


def test_every_source_has_a_chinese_form():
    without = []
    for text in dict.fromkeys(sources()):
        said = turned(text, "zh")
        known = any(one["en"] == text for key, one in texts().items() if key.startswith("source."))
        if not known and (said == text or english(said) & {"the", "of", "not", "and"}):
            without.append(text)
        assert turned(text, "en") == text
    assert without == []


def test_every_assumption_is_named():
    for one in describe(from_values({}, "test")):
        english_name, chinese = (assumption_named(one["key"], of) for of in ("en", "zh"))
        assert english_name, one["key"]
        assert re.search("[一-鿿]", chinese), one["key"]
        assert "$" not in english_name + chinese
    assert assumption_named("finance.no_such_key", "zh") == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a; not known for the place: an editable assumption", "a; not known for the place"),
        ("hsu; not known for the place: an editable assumption", "用于 hsu；缺乏当地依据"),
        ("the same; planning value 1,550; not known for the place: an editable assumption",
         "同上；规划值 1,550；缺乏当地依据"),
    ],
)  # fmt: skip
def test_a_source_of_known_parts_is_told_and_another_stays(text, told):
    assert recorded(text, "zh").startswith(told)


def test_no_text_of_the_catalogue_mixes_half_width_signs():
    assert [
        key
        for key, one in texts().items()
        if HALF_WIDTH.search(re.sub(r"\$\{?\w+\}?", "", one["zh"]))
    ] == []
