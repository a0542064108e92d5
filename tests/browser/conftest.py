"""A real Chromium, and the page of a small street in it."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pagemaker
import pytest
from chromium import NO_WEBGL, SOFTWARE, found_chromium, started

from roofpv.report.page import html_page

SHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"


@dataclass
class Opened:
    """A page in the browser, and what it asked for and complained of meanwhile."""

    page: object
    url: str
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def shot(self, name: str) -> None:
        """Keep a picture of it for whoever looks into the test."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


@pytest.fixture(scope="module")
def chromium():
    if found_chromium() is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium: apt-get install chromium")
        pytest.skip("no Chromium on this machine")
    with started(SOFTWARE) as browser:
        yield browser


@pytest.fixture(scope="module")
def blind_chromium(chromium):
    """A Chromium that cannot draw: the driver that runs is the one of the other."""
    browser = chromium.browser_type.launch(executable_path=found_chromium(), args=list(NO_WEBGL))
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The file as a user has it, in a folder with a name that users give."""
    folder = tmp_path_factory.mktemp("汇报 100%")
    path = folder / "report.html"
    text = html_page(pagemaker.city(), "zh", pagemaker.story())
    path.write_text(text, encoding="utf-8", newline="\n")
    yield path
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def opened(chromium, report):
    """Opens the report in a window of some width, and closes it at the end."""
    yield from _opener(chromium, report)


@pytest.fixture(scope="module")
def _desk(chromium, report):
    opener = _opener(chromium, report)
    yield next(opener)()
    opener.close()


@pytest.fixture
def desk(_desk):
    """The report in a wide window, opened once and put back to how it opens."""
    del _desk.asked[:], _desk.complaints[:], _desk.dialogs[:]
    _desk.page.click("[data-language=zh]")
    _desk.page.evaluate(
        """() => {
          roofpv.store.state.sort = null;
          document.querySelector("#filters button").click();
          document.querySelector("#whole").click();
          roofpv.store.choose(-1, "map");
        }"""
    )
    return _desk


@pytest.fixture
def opened_blind(blind_chromium, report):
    yield from _opener(blind_chromium, report)


def _opener(browser, path):
    windows = []

    def call(width=1280, *, ready="#map[data-state=ready]", touch=False, before=None):
        window = browser.new_context(viewport={"width": width, "height": 900}, has_touch=touch)
        windows.append(window)
        one = Opened(window.new_page(), path.as_uri())
        one.page.on("request", lambda asked: one.asked.append(asked.url))
        one.page.on("console", lambda said: _keep(one, said))
        one.page.on("pageerror", lambda error: one.complaints.append(str(error)))
        one.page.on("dialog", lambda dialog: (one.dialogs.append(dialog.message), dialog.dismiss()))
        if before:
            one.page.add_init_script(before)
        one.page.goto(one.url)
        one.page.wait_for_selector(ready, timeout=60_000)
        return one

    try:
        yield call
    finally:
        for window in windows:
            window.close()


def _keep(one, said):
    if said.type in {"error", "warning"} and "GPU stall" not in said.text:
        one.complaints.append(said.text)
