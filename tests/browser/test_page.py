"""The report in a real browser: opened from the disk, used, read, printed."""

from __future__ import annotations

import itertools

import pagemaker
import pytest
from pageread import axe, rows, until

from roofpv.catalogue import say
from roofpv.report.city import figure_of, shown_figure
from roofpv.text import plain

pytestmark = pytest.mark.browser

NAMES = pagemaker.NAMES
ROWS = len(NAMES)


def cells(page, column):
    """What the rows in sight say in a column, from top to bottom."""
    names = page.evaluate("roofpv.about.columns.map((one) => one.name)")
    return page.evaluate(
        """(at) => [...document.querySelectorAll("#table .line")]
             .map((line) => line.children[at].textContent)""",
        names.index(column),
    )


def count(page):
    return page.locator("#count").text_content()


def click_roof(page, row, east=0.0):
    """Click so many metres east of the middle of a building on the map, once it is drawn there."""
    page.evaluate("(row) => roofpv.store.choose(row, 'test')", row)
    page.evaluate("roofpv.store.choose(-1, 'map')")
    page.locator("#map").scroll_into_view_if_needed()
    for _ in range(20):
        page.wait_for_timeout(300)
        x, y = page.evaluate("(row) => roofpv.map.screen(row)", row)
        x += east * 2 ** page.evaluate("roofpv.map.deck.getViewports()[0].zoom")
        page.locator("#map").click(position={"x": x, "y": y})
        page.wait_for_timeout(300)
        if page.evaluate("roofpv.store.state.chosen") == row:
            return
    raise AssertionError(f"a click on roof {row} chose nothing")


def test_it_opens_from_the_disk_and_asks_for_nothing(opened):
    one = opened()
    one.shot("zh-1280")
    assert one.asked == [one.url]
    assert one.complaints == []
    assert one.page.evaluate("document.querySelectorAll('canvas').length") >= 1
    assert one.page.title() == pagemaker.story()["zh"].title
    assert rows(one.page).count() > 5


def test_the_policy_lets_nothing_out(desk):
    page = desk.page
    tried = page.evaluate(
        """async () => {
          const tries = [
            () => fetch("https://example.org/"),
            () => new Promise((done, failed) => {
              const image = new Image();
              image.onload = done; image.onerror = failed; image.src = "https://example.org/a.png";
            }),
            () => import("https://example.org/a.js"),
          ];
          const ends = [];
          for (const one of tries) ends.push(await one().then(() => "let out", () => "held"));
          return ends;
        }"""
    )
    assert tried == ["held"] * 3
    assert page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.ran = true";
          document.head.append(script);
          return window.ran === undefined;
        }"""
    )


def test_a_click_on_a_roof_chooses_it_in_the_table_and_tells_of_it(desk):
    page = desk.page
    click_roof(page, 2, east=22.0)
    page.wait_for_selector("#panel:has-text('P-002')")
    assert "Courtyard" in page.locator("#panel").text_content()
    chosen = page.locator("#table .line[aria-selected=true]")
    assert chosen.count() == 1
    assert "P-002" in chosen.text_content()


def test_a_building_without_outline_can_be_clicked_too(desk):
    page = desk.page
    click_roof(page, 4)
    page.wait_for_selector("#panel:has-text('P-004')")


def test_the_last_frame_of_the_map_shows_roofs(desk):
    """More than one colour is painted: the ground and some roofs."""
    page = desk.page
    page.wait_for_timeout(500)
    colours = page.evaluate(
        """() => {
          roofpv.map.deck.redraw("test");
          const canvas = document.querySelector("#view canvas");
          const copy = document.createElement("canvas");
          copy.width = canvas.width; copy.height = canvas.height;
          const pen = copy.getContext("2d");
          pen.drawImage(canvas, 0, 0);
          const { data } = pen.getImageData(0, 0, copy.width, copy.height);
          const found = new Set();
          for (let at = 0; at < data.length; at += 4) {
            if (data[at + 3] > 250) found.add(`${data[at]},${data[at + 1]},${data[at + 2]}`);
          }
          return [...found];
        }"""
    )
    assert len(colours) >= 2


def test_filters_narrow_table_map_and_legend(desk):
    page = desk.page
    page.select_option("#filter-use", label=say("uses.hospital", "zh"))
    hospitals = int((pagemaker.result().buildings["use"] == "hospital").sum())
    assert say("page.count", "zh", {"n": hospitals, "all": ROWS}) in count(page)
    assert set(cells(page, "use")) == {say("uses.hospital", "zh")}
    legend = page.evaluate(
        "[...document.querySelectorAll('#legend .n')].map((n) => +n.textContent)"
    )
    assert sum(legend) == hospitals
    page.fill("#search", "P-001")
    until(page, "roofpv.store.order.length === 1")
    page.get_by_role("button", name=say("page.reset", "zh")).click()
    assert say("page.count", "zh", {"n": ROWS, "all": ROWS}) in count(page)


def test_a_filter_that_leaves_nothing_says_so(desk):
    page = desk.page
    page.fill("#search", "no such roof")
    until(page, "roofpv.store.order.length === 0")
    assert rows(page).count() == 0
    assert say("page.count", "zh", {"n": 0, "all": ROWS}) in count(page)


@pytest.mark.parametrize("column", ["kwp", "ac_kwh", "name"])
def test_a_heading_sorts_both_ways(desk, column):
    page = desk.page
    head = page.locator(f"#table [role=columnheader][data-name={column}]")
    head.get_by_role("button").click()
    first = head.get_attribute("aria-sort")
    up = cells(page, column)
    head.get_by_role("button").click()
    assert {first, head.get_attribute("aria-sort")} == {"ascending", "descending"}
    assert cells(page, column)[0] != up[0]
    if column == "name":
        every = page.evaluate(
            "Array.from(roofpv.store.order, (row) => roofpv.store.text('name', row))"
        )
        assert every.index("第1小学10号楼") == every.index("第1小学2号楼") - 1
        return
    figure = figure_of(column)
    known = sorted(pagemaker.result().buildings[column].dropna())
    ends = {shown_figure(one, figure, unit=False) for one in (known[0], known[-1])}
    assert {up[0], cells(page, column)[0]} == ends


def test_the_table_is_walked_and_chosen_from_by_keys(desk):
    page = desk.page
    page.locator("#table .line[tabindex='0']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press(" ")
    page.wait_for_selector("#panel:has-text('P-002')")
    page.keyboard.press("End")
    last = page.locator(":focus")
    assert last.get_attribute("aria-rowindex") == str(ROWS + 1)
    page.keyboard.press("Home")
    assert page.locator(":focus").get_attribute("aria-rowindex") == "2"
    grid = page.get_by_role("grid")
    assert grid.get_attribute("aria-rowcount") == str(ROWS + 1)


def test_keys_lead_to_the_panel_and_back_to_the_row(desk):
    page = desk.page
    page.locator("#table .line[tabindex='0']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("#panel.chosen:has-text('P-001')")
    assert page.locator("#panel:focus").count() == 1
    assert page.text_content("#choice span") == say("page.chosen", "zh", {"name": NAMES[1]})
    page.keyboard.press("Tab")
    assert page.locator("#close:focus").count() == 1
    page.keyboard.press("Escape")
    assert page.evaluate("roofpv.store.state.chosen") == -1
    assert page.locator(":focus").get_attribute("data-row") == "1"
    assert page.text_content("#panel").strip("×") == say("page.choose", "zh")
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert page.evaluate(outline) == "solid"


def test_the_button_of_the_panel_closes_it(desk):
    page = desk.page
    rows(page).nth(2).click()
    page.click("#close")
    assert page.locator("#close:visible").count() == 0
    assert page.locator(":focus").get_attribute("data-row") == "2"


def test_the_headings_are_one_stop_and_walked_by_arrows(desk):
    page = desk.page
    assert page.locator("#table [role=columnheader] button[tabindex='0']").count() == 1
    page.locator("#table .line[tabindex='0']").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    head = page.locator("#table [role=columnheader][data-name=name]")
    assert head.get_attribute("aria-sort") == "ascending"
    page.keyboard.press("ArrowDown")
    assert page.locator(":focus").get_attribute("aria-rowindex") == "2"


def test_every_roof_of_the_map_is_seen_on_its_ground(desk):
    """Exempt roofs too: another lightness than the ground, by the colours that the page has."""
    page = desk.page
    ground = page.evaluate("getComputedStyle(document.querySelector('#map')).backgroundColor")
    red, green, blue = (int(one) for one in ground[4:-1].split(","))
    found = page.evaluate("roofpv.about.scales.flatMap((one) => one.classes.map((c) => c.colour))")
    for colour in set(found):
        other = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
        apart = sum(abs(a - b) for a, b in zip((red, green, blue), other, strict=True))
        assert apart > 90, colour
    assert page.locator("#map .north:visible").count() == 1
    assert page.locator("#ruler:visible").count() == 1


def test_only_rows_in_sight_exist_and_scrolling_brings_others(desk):
    page = desk.page
    assert rows(page).count() < ROWS
    page.evaluate("document.querySelector('[role=grid]').scrollTop = 1e6")
    page.wait_for_selector(f"#table .line[aria-rowindex='{ROWS + 1}']")


def test_the_language_is_switched_everywhere(opened):
    one = opened()
    page = one.page
    rows(page).nth(0).click()
    page.click("[data-language=en]")
    one.shot("en-1280")
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.title() == pagemaker.story()["en"].title
    assert (
        page.locator("#table [data-name=kwp]")
        .text_content()
        .startswith(say("page.column.kwp", "en"))
    )
    assert page.locator("h2:visible").first.text_content() == "Answer <first>"
    assert page.locator("[data-told=zh]:visible").count() == 0
    chinese = page.evaluate(
        """() => [...document.querySelectorAll("[data-say], [data-say-label]")].filter((one) =>
          /[\\u4e00-\\u9fff]/.test(one.getAttribute("aria-label") || one.textContent)
          && !one.querySelector("*")).length"""
    )
    assert chinese == 0
    page.click("[data-language=zh]")
    assert page.locator("#trouble:visible").count() == 0
    assert one.complaints == []


def test_hostile_names_are_text(desk):
    one = desk
    page = one.page
    shown = page.evaluate(
        """async () => {
          const found = {};
          for (let row = 0; row < roofpv.store.count; row += 1) {
            roofpv.store.choose(row, "test");
            await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
            const line = document.querySelector("#table .line[aria-selected=true]");
            found[line.children[0].textContent] = [
              line.children[1].textContent, document.getElementById("panel").textContent,
              line.querySelectorAll(".cell *").length,
            ];
          }
          return found;
        }"""
    )
    assert len(shown) == ROWS
    for number, name in enumerate(pagemaker.result().buildings["name"]):
        told, panel, inner = shown[f"P-{number:03d}"]
        assert told == plain(name, 500)
        assert inner == 0
        assert f"P-{number:03d}" in panel
    assert one.dialogs == []
    assert page.evaluate("document.querySelectorAll('img, iframe, object, embed').length") == 0
    assert one.complaints == []


@pytest.mark.parametrize("shade", ["evidence_grade", "poa_kwh_per_m2", "payback_years"])
def test_the_map_is_coloured_as_asked(desk, shade):
    page = desk.page
    before = page.evaluate(
        "[...document.querySelectorAll('#legend li')].map((li) => li.textContent)"
    )
    page.select_option("#shade", shade)
    after = page.evaluate(
        "[...document.querySelectorAll('#legend li')].map((li) => li.textContent)"
    )
    assert after != before
    numbers = page.evaluate(
        "[...document.querySelectorAll('#legend .n')].map((n) => +n.textContent)"
    )
    assert sum(numbers) == ROWS


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_axe_finds_nothing_serious(opened, width, language):
    one = opened(width)
    page = one.page
    page.click(f"[data-language={language}]")
    rows(page).nth(1).click()
    page.wait_for_selector("#panel:has-text('P-001')")
    page.evaluate(axe() + "\n;0")
    found = page.evaluate("axe.run()")["violations"]
    told = [(one["id"], one["nodes"][0]["html"]) for one in found
            if one["impact"] in {"serious", "critical"}]  # fmt: skip
    assert told == []


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_runs_out_of_the_window(opened, width):
    one = opened(width)
    rows(one.page).nth(1).click()
    one.page.wait_for_timeout(300)
    one.shot(f"chosen-{width}")
    assert one.page.evaluate("document.documentElement.scrollWidth") <= width


def test_headings_go_down_one_step_at_a_time(desk):
    levels = desk.page.evaluate(
        """[...document.querySelectorAll("h1, h2, h3, h4")].filter((one) => one.offsetParent)
             .map((one) => Number(one.tagName[1]))"""
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below - above <= 1 for above, below in itertools.pairwise(levels))


def test_on_paper_stand_the_chapters_and_the_still_map(opened, tmp_path):
    one = opened()
    page = one.page
    page.emulate_media(media="print")
    one.shot("print")
    assert page.locator("#still svg:visible").count() == 1
    assert page.locator("canvas:visible").count() == 0
    assert page.locator(".tools:visible").count() == 0
    assert page.locator("#zh-answer:visible").count() == 1
    assert page.locator("#panel:visible").count() == 0
    paper = page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
    assert paper.startswith(b"%PDF")


def test_without_webgl_a_still_map_stands_in_and_the_table_works(opened_blind):
    one = opened_blind(ready="html[data-map=still]")
    page = one.page
    assert page.locator("#trouble").text_content() == say("page.no_webgl", "zh")
    assert page.locator("#still svg:visible").count() == 1
    assert page.locator("#map:visible").count() == 0
    rows(page).nth(1).click()
    page.wait_for_selector("#panel:has-text('P-001')")
    assert one.asked == [one.url]


def test_an_old_browser_reads_the_chapters(opened):
    one = opened(ready="html[data-map=still]", before="delete window.DecompressionStream")
    assert one.page.locator("#trouble").text_content() == say("page.too_old", "zh")
    assert one.page.locator("#still svg:visible").count() == 1
    assert one.page.locator("#zh-answer:visible").count() == 1
    one.page.click("[data-language=en]")
    assert one.page.locator("#trouble").text_content() == say("page.too_old", "en")
    assert one.complaints == []


def test_without_scripts_the_chapters_are_there(chromium, report):
    window = chromium.new_context(java_script_enabled=False)
    page = window.new_page()
    page.goto(report.as_uri())
    assert page.locator("#zh-answer").is_visible()
    assert page.locator("noscript p").is_visible()
    window.close()
