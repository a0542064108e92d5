"""The panel in a real Chromium: drawings, hostile names as text, both languages, axe."""

from __future__ import annotations

import json
import shutil
import string
from pathlib import Path

import pytest

from roofpv.report.page.panel import panel_script, panel_style, panel_texts

pytestmark = pytest.mark.browser
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium")
HOSTILE = [
    "<script>window.bad = 1</script>", "</script><script>window.bad = 2</script>",
    "<img src=x onerror='window.bad=3'>", "<svg/onload=window.bad=4>", "<!--", "]]>", "&lt;b&gt;",
    "&amp;&#60;", "=cmd|' /C calc'!A0", "+1+1", "-2", "@SUM(A1)", "\u202eexe.fdp", "\u2066a\u2069",
    "\u200b\u200d\ufeff", "🏫👩‍🚀", "𠮷野家 𪚥", "é́́́́", "x" * 500, "长" * 500, "a\tb\nc",
    "'\"`", "\\u003cb\\u003e", "$share ${of}", "panel.none", "__proto__", "constructor",
    "javascript:alert(1)", "{{ 7 * 7 }} {% raw %}", "قصر بلدية",
]  # fmt: skip
# A roof of 20 m x 10 m with one strip, three rows of modules and a plane that slopes south.
SQUARE = [0, 0, 2000, 0, 0, 1000, -2000, 0]
STRIP = [0, 0, 2000, 0, 0, 200, -2000, 0]
RUNS = [9000, 1134, 2200, 1154, 250, 50, 16, 260, 0, 16, 250, 0, 8]
SLOPE = [2500, 0, 1000, 0, 0, 1000, -1000, 0]


def figure(values, digits=0, unit=""):
    return {"digits": digits, "unit": unit, "values": values}


def classed(word, count):
    return {"words": [word], "values": [0] * count}


def data(names):
    """Data of buildings that are alike but for their names."""
    n = len(names)
    drawing = {
        "planes": [
            {"outline": [SQUARE], "taken": [[3, STRIP]], "modules": [RUNS]},
            {"outline": [SLOPE], "slope": [25, 180]},
        ]
    }
    shares = {f"coverage_n{k}_{state}_fraction": figure([412] * n, 1, "%")
              for k in (1, 2, 3) for state in ("now", "potential")}  # fmt: skip
    state = {"share": [4120] * n, "met": [False] * n}
    return {
        "count": n, "full": True, "note": None,
        "names": {"building_id": list(names), "name": list(names), "institution": list(names)},
        "completed": ["2025-03-01"] * n,
        "classes": {
            "district": {"words": list(names), "values": list(range(n))},
            "use": classed("school", n), "status": classed("assessed", n),
            "evidence_grade": classed("B", n), "roof_type": classed("constructor", n),
        },
        "figures": {
            "ac_kwh": figure([1234567] * n, 0, "kWh"), "module_count": figure([40] * n),
            "lcoe_cny_per_kwh": figure([2070] * n, 4, "CNY/kWh"),
            "npv_cny": figure([-1234] * n, 0, "CNY"), "payback_years": figure([63] * n, 1),
            "capex_cny": figure([None] * n, 0, "CNY"), **shares,
        },
        "reason": [None] * n, "layouts": [["panel.layout.south_racks", {"tilt": "15"}]],
        "layout": [0] * n, "basis": ["N1", "installable_area_m2"],
        "targets": [
            {"rule": "r", "target": "A", "title": {"en": "Coverage", "zh": "覆盖率"},
             "strict": False, "threshold": 5000, "alone": True, "digits": 2, "asked": ["yes"] * n,
             "now": state, "potential": state},
        ],
        "months": [[100 * (m + 1) for m in range(12)]] * n,
        "reasons": ["unsuitable", "shaded", "zones", "edges"],
        "deducted": {"edges": figure([4050] * n, 0, "m²")},
        "sky": {"step_deg": 0.5, "lat": [39.0] * n, "tilt": [15.0] * n, "azimuth": [180.0] * n,
                "solid": [[0] * 30 + [60] * 12 + [4] * 30] * n, "trees": [[20] * 72] * n},
        "drawings": [drawing] * n,
        "why": [[["panel.why.head", {
            "share": "41.2%", "of": ["panel.of.installable_area_m2"], "numerator": "N1",
            "causes": ["panel.why.zones", {
                "list": [["panel.why.zone", {"kind": ["panel.zone.plant"], "name": name}]]}],
            "other": "",
        }]] for name in names],
    }  # fmt: skip


def page_of(names):
    page = string.Template(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Panel</title>'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "script-src 'unsafe-inline'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width"><style>$style</style></head>'
        '<body><main><h1>Report</h1><div id="root"></div></main>'
        "<script>$script</script><script>const given = $given;</script></body></html>"
    )
    given = json.dumps({"data": data(names), "texts": panel_texts()}).replace("<", "\\u003c")
    return page.substitute(style=panel_style(), script=panel_script(), given=given)


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("no chromium on the path")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def opened(browser, tmp_path):
    """A page that shows panels, and what its console said."""

    def call(names=("Hall",), width=400):
        file = tmp_path / "panel.html"
        file.write_text(page_of(names), encoding="utf-8")
        page = browser.new_page(viewport={"width": width, "height": 900})
        said = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda sent: said.append(sent.url) if sent.url[:4] != "file" else None)
        page.goto(file.as_uri())
        pages.append(page)
        return page, said

    pages = []
    yield call
    for page in pages:
        page.close()


def show(page, index=0, lang="en"):
    page.evaluate(
        "([i, lang]) => { roofpv.panel.show(document.getElementById('root'), i, given.data, "
        "given.texts, lang) }",
        [index, lang],
    )


def test_a_building_is_shown_with_its_drawing(opened):
    page, said = opened()
    show(page)
    assert page.inner_text("h2") == "Hall"
    roof = page.locator("svg[role=img]").first
    assert roof.get_attribute("aria-label").startswith("Roof of Hall seen from above")
    modules = roof.locator("path[transform]")
    assert modules.count() == 1
    assert modules.get_attribute("d").count("M") == 40
    text = page.inner_text("#root")
    for wanted in ("1,234,567 kWh", "0.2070 CNY/kWh", "-1,234 CNY", "6.3 years", "41.20%: not met",
                   "at least 50%", "15° racks toward the equator", "plant Hall",
                   "setback from edges 4,050 m²"):  # fmt: skip
        assert wanted in text
    assert "investment" not in text
    assert page.locator("th[scope=row]").count() > 10
    assert said == []


def test_a_share_just_below_the_threshold_is_not_shown_as_reached(opened):
    page, _ = opened()
    page.evaluate("() => { given.data.targets[0].now = {share: [5000], met: [false]} }")
    show(page)
    assert "< 50%: not met" in page.inner_text(".roofpv-targets")
    page.evaluate("() => { given.data.targets[0].strict = true }")
    show(page)
    assert "more than 50%" in page.inner_text(".roofpv-targets")
    assert "50.00%: not met" in page.inner_text(".roofpv-targets")


def test_modules_lie_inside_the_outline(opened):
    page, _ = opened()
    show(page)
    inside, outline = page.evaluate(
        "() => { const svg = document.querySelector('svg[role=img]');"
        "const box = (node) => { const b = node.getBoundingClientRect();"
        " return [b.left, b.top, b.right, b.bottom] };"
        "return [box(svg.querySelector('path[transform]')), box(svg.querySelector('g'))] }"
    )
    assert outline[0] <= inside[0] < inside[2] <= outline[2]
    assert outline[1] <= inside[1] < inside[3] <= outline[3]
    # The first row lies 2.5 m above the southern edge: the modules fill the upper part.
    assert outline[3] - inside[3] > 2 * (inside[1] - outline[1])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_hostile_names_are_text(opened, lang):
    page, said = opened(HOSTILE)
    tags = page.evaluate("() => document.querySelectorAll('script, img, iframe').length")
    for index, name in enumerate(HOSTILE):
        show(page, index, lang)
        assert page.evaluate("() => document.querySelector('h2').textContent") == name
        zone = page.evaluate("() => document.querySelector('.roofpv-why').textContent")
        assert name in zone
        wide = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0
    found = page.evaluate("() => document.querySelectorAll('script, img, iframe').length")
    assert (found, page.evaluate("() => window.bad === undefined")) == (tags, True)
    assert said == []


def test_the_language_changes_all_words(opened):
    page, said = opened()
    show(page, lang="zh")
    assert page.get_attribute(".roofpv-panel", "lang") == "zh-CN"
    heads = page.locator("h3").all_inner_texts()
    texts = panel_texts()
    keys = ["why", "targets", "roof", "facts", "months", "sky", "money", "evidence", "building"]
    assert heads == [texts[f"panel.head.{key}"]["zh"] for key in keys]
    assert "$" not in page.inner_text("#root")
    assert "panel." not in page.inner_text("#root")
    show(page, lang="en")
    assert page.locator("h3").all_inner_texts() == [texts[f"panel.head.{k}"]["en"] for k in keys]
    assert said == []


@pytest.mark.parametrize("index", [-1, 7, None])
def test_no_building_is_said(opened, index):
    page, said = opened()
    show(page, index)
    assert page.inner_text("#root") == "Choose a building on the map or in the table."
    assert said == []


def test_facts_alone_are_shown_with_the_command(opened):
    page, said = opened()
    page.evaluate(
        "() => { for (const name of ['drawings', 'why', 'months', 'sky']) delete given.data[name];"
        "given.data.full = false; given.data.note = ['panel.limited', {limit: '2,000'}] }"
    )
    show(page)
    assert "roofpv explain OUT ID --drawing FILE" in page.inner_text(".roofpv-note")
    assert page.locator("svg[role=img]").count() == 0
    assert said == []


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_serious(opened, lang, width):
    axe = pytest.importorskip("axe_core_python", reason="axe-core-python is not installed")
    page, _ = opened(width=width)
    show(page, lang=lang)
    page.evaluate((Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("() => axe.run(document)")
    bad = [one["id"] for one in found["violations"] if one["impact"] in ("serious", "critical")]
    assert bad == []


@pytest.mark.parametrize("width", [360, 800])
def test_nothing_is_wider_than_the_page(opened, width):
    page, _ = opened(width=width)
    show(page)
    for media in ("screen", "print"):
        page.emulate_media(media=media)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    svgs = page.evaluate(
        "() => [...document.querySelectorAll('svg')].map((s) => s.getBoundingClientRect().right)"
    )
    assert max(svgs) <= width
