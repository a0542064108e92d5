"""A headless Chromium under software rendering, for benchmarks and tests of the report's page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
# Without a sandbox: it cannot be had by root inside a container.
SOFTWARE = (
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--force-color-profile=srgb",
)
NO_WEBGL = ("--no-sandbox", "--disable-gpu", "--disable-3d-apis")


def found_chromium() -> str | None:
    """Path of the Chromium of the system; None where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@contextmanager
def started(arguments: tuple[str, ...] = SOFTWARE) -> Iterator[Browser]:
    """A browser, closed at the end."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found_chromium(), args=list(arguments))
        try:
            yield browser
        finally:
            browser.close()
