"""The guide and the Chinese README: commands, options, links, pictures, and the way itself."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import click
import openpyxl
import pytest

from roofpv import cli
from roofpv.assumptions import Assumptions, describe

ROOT = Path(__file__).parents[2]
PAGES = ("README.zh-CN.md", "docs/guide.md", "docs/guide.zh-CN.md")
LINKED = ("README.md", *PAGES)
TEXTS = {name: (ROOT / name).read_text(encoding="utf-8") for name in LINKED}
PNG = b"\x89PNG\r\n\x1a\n"
MOST_BYTES = 200_000


def commands(text):
    """Every command line of roofpv, in fenced blocks and in back-ticks."""
    fenced = "\n".join(re.findall(r"```\w*\n(.*?)```", text, flags=re.DOTALL))
    ticked = re.findall(r"`(roofpv [^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    lines = [line.partition("#")[0].strip() for line in fenced.splitlines()]
    lines = [
        re.sub(r"^\S*python3? -m roofpv\.cli ", "roofpv ", one.split("&& ")[-1]) for one in lines
    ]
    return sorted({one for one in (*lines, *ticked) if one.startswith("roofpv ")})


CASES = [(name, line) for name in PAGES for line in commands(TEXTS[name])]


@pytest.mark.parametrize(
    ("name", "line"), CASES, ids=[f"{name}-{number}" for number, (name, _) in enumerate(CASES)]
)
def test_a_command_of_a_page_parses(name, line):
    _, word, *arguments = shlex.split(line)
    command = cli.cli.get_command(None, word)
    if isinstance(command, click.Group):
        word, *arguments = arguments
        command = command.get_command(None, word)
    assert command is not None, line
    if arguments:  # a name alone in a sentence is no call
        command.make_context(word, arguments)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_commands(name):
    assert len([one for one, _ in CASES if one == name]) >= 5


def every_command(group=cli.cli):
    for name in group.list_commands(None):
        command = group.get_command(None, name)
        yield from every_command(command) if isinstance(command, click.Group) else [command]


@pytest.mark.parametrize("name", PAGES)
def test_an_option_of_a_page_exists(name):
    params = [each for command in every_command() for each in command.params]
    words = {option for each in params for option in (*each.opts, *each.secondary_opts)}
    code = " ".join(re.findall(r"`(--[^`]+)`", TEXTS[name]))
    options = set(re.findall(r"(?<!\S)--[a-z][a-z-]*", code))
    assert options
    assert sorted(options - words) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_setting_of_a_page_exists(name):
    known = {entry["key"] for entry in describe(Assumptions())}
    assert [key for key in re.findall(r"--set ([a-z_.]+)=", TEXTS[name]) if key not in known] == []


@pytest.mark.parametrize("name", LINKED)
def test_what_a_page_links_to_is_there(name):
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", TEXTS[name])
    files = [one for one in links if "://" not in one]
    assert files
    assert [one for one in files if not ((ROOT / name).parent / one).exists()] == []


def test_the_readme_leads_to_the_guide_and_to_the_chinese_page():
    for link in ("(README.zh-CN.md)", "(docs/guide.md)"):
        assert link in TEXTS["README.md"].split("## ", maxsplit=1)[0]


def test_the_pictures_are_small_and_each_is_shown():
    pictures = sorted((ROOT / "docs" / "pictures").glob("*.png"))
    shown = {
        Path(one).name for text in TEXTS.values() for one in re.findall(r"\]\((\S+\.png)\)", text)
    }
    assert {picture.name for picture in pictures} == shown
    for picture in pictures:
        content = picture.read_bytes()
        assert content.startswith(PNG)
        assert len(content) <= MOST_BYTES


def test_both_guides_have_the_same_parts_and_the_same_commands():
    english, chinese = (TEXTS[f"docs/guide{language}.md"] for language in ("", ".zh-CN"))
    for pattern in (r"^## (\d)", r"pictures/(\w+)\.", r"^roofpv (\w+)"):
        found = [re.findall(pattern, text, flags=re.MULTILINE) for text in (english, chinese)]
        assert found[0]
        assert found[0] == found[1]


ROWS = [
    ("S1", "第一小学教学楼", "大武口区", "学校", 1998, 3, 3000, 106.37, 39.01),
    ("H1", "县医院门诊楼", "平罗县", "医院", 2024, 5, 5000, 106.55, 38.90),
    ("G1", "区政府办公楼", "惠农区", "机关", 2005, 4, 4800, 106.77, 39.22),
]
HEADERS = (
    "建筑编号",
    "建筑名称",
    "区县",
    "建筑用途",
    "竣工年份",
    "层数",
    "建筑面积",
    "经度",
    "纬度",
)


def fill(path):
    """Write three buildings into the empty workbook in place of its examples."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    heads = {str(cell.value).split("（")[0].rstrip("*"): cell.column for cell in sheet[1]}
    sheet.delete_rows(2, 3)
    for number, row in enumerate(ROWS, start=2):
        for name, value in zip(HEADERS, row, strict=True):
            sheet.cell(number, heads[name], value)
    book.save(path)


def test_the_way_of_the_guide_from_the_empty_list_to_the_papers(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("template", "-o", "清单.xlsx").code == 0
    fill(tmp_path / "清单.xlsx")
    way = (
        "check 清单.xlsx",
        "assess 清单.xlsx -o 结果 --waterfall --report html,xlsx,pdf --report-lang zh",
        "report 结果 --lang zh --format html,xlsx,pdf -o .",
        "explain 结果 H1",
        "explain 结果 H1 --certificate 计算书.pdf --lang zh",
        "targets 结果 --lang zh --certainty",
        "plan 结果 --target shizuishan-2025/B --by 2027 --budget 20e6 -o 计划.csv --lang zh",
        "waterfall 结果 --lang zh",
        "compare 结果 结果 -o 变化.csv",
    )
    for line in way:
        done = run(*line.split())
        assert done.code == 0, (line, done.err)
    counts = json.loads((tmp_path / "结果" / "run.json").read_text(encoding="utf-8"))["counts"]
    assert (counts["in"], counts["assessed"]) == (3, 3)
    names = (
        "结果/report.html",
        "结果/report.xlsx",
        "结果/report.pdf",
        "计算书.pdf",
        "计划.csv",
        "变化.csv",
    )
    assert [name for name in names if not (tmp_path / name).exists()] == []
    assert (tmp_path / "计算书.pdf").read_bytes().startswith(b"%PDF")
