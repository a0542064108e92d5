"""A page in parts in a real browser: squares first, then the roofs from files beside it."""

from __future__ import annotations

import shutil

import pagemaker
import pytest
from pageread import axe, rows, until

from roofpv.catalogue import say
from roofpv.report.page.parted import FOLDER, parted_page
from roofpv.reporting.files import replace_folder

pytestmark = pytest.mark.browser

COUNT = len(pagemaker.NAMES)


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("汇报 100%")
    parted = parted_page(pagemaker.city(), "zh", pagemaker.story(), 10)
    replace_folder(folder / FOLDER, parted.files)
    (folder / "report.html").write_text(parted.page, encoding="utf-8", newline="\n")
    yield folder / "report.html"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def seen(opened):
    return opened(ready="html[data-overview=ready]")


def to_part(one, place):
    one.page.locator("#overview a").nth(place).click()
    one.page.wait_for_selector("#map[data-state=ready]", timeout=60_000)


def test_squares_come_first_and_nothing_is_loaded_for_them(seen):
    seen.shot("parts-overview")
    assert seen.asked == [seen.url]
    assert seen.complaints == []
    assert say("page.part_cells", "zh", {"all": COUNT}) == seen.page.text_content("#part-note")
    counts = seen.page.evaluate(
        """[...document.querySelectorAll('#overview tbody td:nth-child(2)')]
             .map((one) => Number(one.textContent))"""
    )
    assert (sum(counts), len(counts)) == (COUNT, 6)
    assert seen.page.locator("#table:visible, #map:visible").count() == 0


def test_a_part_is_loaded_from_its_own_folder_and_only_that(seen):
    to_part(seen, 1)
    seen.shot("parts-part")
    beside = seen.url.replace("report.html", f"{FOLDER}/part-002.js")
    assert set(seen.asked) == {seen.url, beside}
    assert seen.complaints == []
    shown = seen.page.evaluate("roofpv.store.count")
    assert 0 < shown <= 10
    assert rows(seen.page).count() == shown
    seen.page.select_option("#part", index=0)
    seen.page.wait_for_selector("html[data-overview=ready]")


def test_a_click_on_a_square_opens_the_part_with_most_of_its_roofs(seen):
    seen.page.locator("#overview canvas").click()
    seen.page.wait_for_selector("#map[data-state=ready]", timeout=60_000)
    assert "#part=part-" in seen.page.evaluate("location.hash")


@pytest.mark.parametrize("row", [4, 20])
def test_a_building_is_found_by_its_number_in_whatever_part_it_is(seen, row):
    seen.page.fill("#find", f"P-{row:03d}")
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_selector(f"#panel:has-text('P-{row:03d}')", timeout=60_000)
    assert seen.complaints == []


def test_a_number_that_no_building_has_is_said(seen):
    seen.page.fill("#find", "<b>nobody</b>")
    seen.page.keyboard.press("Enter")
    wanted = say("page.part_no_id", "zh", {"id": "<b>nobody</b>"})
    until(seen.page, "(text) => document.querySelector('#found').textContent === text", wanted)


def test_hostile_names_of_every_part_are_text(seen):
    found = 0
    for place in range(6):
        to_part(seen, place)
        found += seen.page.evaluate("roofpv.store.count")
        assert seen.page.evaluate("document.querySelectorAll('#table .line .cell *').length") == 0
        seen.page.select_option("#part", index=0)
        seen.page.wait_for_selector("html[data-overview=ready]")
    assert found == COUNT
    assert seen.dialogs == []
    assert seen.complaints == []


def test_a_script_from_elsewhere_is_held_even_with_the_stamp(seen):
    held = seen.page.evaluate(
        """() => new Promise((done) => {
          const script = document.createElement("script");
          script.nonce = roofpv.about.stamp;
          script.onload = () => done("let out"); script.onerror = () => done("held");
          const told = "securitypolicyviolation";
          document.addEventListener(told, (one) => done(one.effectiveDirective));
          script.src = "https://example.org/a.js";
          document.head.append(script);
        })"""
    )
    assert held == "script-src-elem"


@pytest.mark.parametrize(("change", "key"), [("lost", "part_missing"), ("other", "part_other")])
def test_files_that_are_lost_or_of_another_report_are_told(opened, report, change, key):
    path = report.parent / FOLDER / "part-001.js"
    text = path.read_text(encoding="utf-8")
    stamp = text.partition('"stamp":"')[2].partition('"')[0]
    path.unlink()
    if change == "other":
        path.write_text(text.replace(stamp, "another"), encoding="utf-8")
    try:
        one = opened(ready="html[data-overview=ready]")
        one.page.locator("#overview a").nth(0).click()
        until(one.page, "() => !document.querySelector('#trouble').hidden")
        assert one.page.text_content("#trouble") == say(f"page.{key}", "zh")
    finally:
        path.write_text(text, encoding="utf-8", newline="\n")


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_serious_in_overview_and_part(opened, width):
    one = opened(width, ready="html[data-overview=ready]")
    for _ in range(2):
        one.page.evaluate(axe() + "\n;0")
        found = one.page.evaluate("axe.run()")["violations"]
        told = [(v["id"], v["nodes"][0]["html"]) for v in found
                if v["impact"] in {"serious", "critical"}]  # fmt: skip
        assert told == []
        assert one.page.evaluate("document.documentElement.scrollWidth") <= width
        if one.page.locator("#overview a:visible").count():
            to_part(one, 0)


def test_without_webgl_the_squares_are_seen_too(opened_blind):
    one = opened_blind(ready="html[data-overview=ready]")
    assert one.page.locator("#overview canvas:visible").count() == 1
    one.page.click("[data-language=en]")
    assert one.page.text_content("#part-note") == say("page.part_cells", "en", {"all": COUNT})
