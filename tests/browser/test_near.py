"""Roofs in the overview of a large city: loaded when near enough, few kept, each to be opened."""

from __future__ import annotations

import shutil

import numpy as np
import pagemaker
import pytest
from pageread import until

from roofpv.catalogue import say
from roofpv.report.city import City
from roofpv.report.page.parted import FOLDER, parted_page
from roofpv.reporting.files import replace_folder

pytestmark = pytest.mark.browser
NEAR = "() => Number(document.querySelector('#overview').dataset.near) >= 2"


def street():
    """The street with every building placed where its outline is."""
    result = pagemaker.result()
    buildings = result.buildings.copy()
    drawn = ~(buildings.geometry.isna() | buildings.geometry.is_empty)
    middle = buildings.geometry.representative_point()
    buildings["lon"] = np.where(drawn, middle.x, buildings["lon"])
    buildings["lat"] = np.where(drawn, middle.y, buildings["lat"])
    return City(type(result)(**{**vars(result), "buildings": buildings}), pagemaker.city().supply)


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("near")
    parted = parted_page(street(), "zh", pagemaker.story(), 5)
    replace_folder(folder / FOLDER, parted.files)
    (folder / "report.html").write_text(parted.page, encoding="utf-8", newline="\n")
    yield folder / "report.html"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def seen(opened):
    return opened(ready="html[data-overview=ready]")


def nearer(page, times=1):
    for _ in range(times):
        page.click("#cells-nearer")


def test_nearer_the_roofs_in_sight_are_loaded_and_few_are_kept(seen):
    page = seen.page
    nearer(page)
    until(page, NEAR)
    assert page.text_content("#overview > .note") == say("page.part_roof", "zh")
    asked = [url for url in seen.asked if "part-" in url]
    assert 2 <= len(set(asked)) == len(asked) <= 4
    page.locator("#overview .squares").focus()
    for key in ("ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown") * 4:
        page.keyboard.press(key)
    assert int(page.get_attribute("#overview", "data-kept")) <= 6
    seen.shot("parts-near")
    page.keyboard.press("Home")
    until(page, "() => document.querySelector('#overview').dataset.near === '0'")
    assert seen.complaints == []


def test_a_click_on_a_roof_of_the_overview_opens_it_in_its_part(seen):
    page = seen.page
    nearer(page)
    until(page, NEAR)
    box = page.locator("#overview canvas").bounding_box()
    for step in range(12, 88):
        x, y = box["width"] * step / 100, box["height"] * (30 + step * 7 % 40) / 100
        page.mouse.move(box["x"] + x, box["y"] + y)
        told = page.locator("#overview .hover:visible div")
        if told.count() == 2 and told.nth(1).text_content().startswith("P-0"):
            break
    number = page.locator("#overview .hover div").nth(1).text_content()
    page.mouse.down()
    page.mouse.up()
    page.wait_for_selector(f"#panel:has-text('{number}')", timeout=60_000)
    assert seen.complaints == []
