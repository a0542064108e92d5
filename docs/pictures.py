"""
The pictures of the guide: ``python docs/pictures.py``, which needs Chromium and Playwright.

The bundled, synthetic city is assessed with the blocks around it, as the guide says, and its report
is photographed in both languages; with ``--result``, that of an assessment made before.
"""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "data" / "buildings"
PICTURES = ROOT / "docs" / "pictures"
LANGUAGES = ("zh", "en")
WIDE, HIGH = 1280, 900
MOST_BYTES = 200_000
# An angled nursery school from which the neighbours take 7 % of its energy.
BUILDING = "SZS-DWK-0303"
# The chosen roof among its neighbours; map and table both go to it.
_CHOOSE = """(id) => {
  const { store } = roofpv;
  for (let row = 0; row < store.count; row += 1) {
    if (store.text("building_id", row) !== id) continue;
    store.choose(row, "table");
    store.choose(-1, "map");
    store.choose(row, "map");
  }
  document.getElementById("farther").click();
}"""
_WHOLE_PANEL = """() => Object.assign(document.getElementById("panel").style,
  { maxHeight: "none", width: "640px" })"""
# Rectangle round all that a selector finds, in pixels of the whole page.
_BOX = """(selector) => {
  const boxes = [...document.querySelectorAll(selector)].map((one) => one.getBoundingClientRect())
    .filter((one) => one.height > 1);
  const x = Math.min(...boxes.map((one) => one.left));
  const y = Math.min(...boxes.map((one) => one.top));
  return {
    x: x + scrollX, y: y + scrollY,
    width: Math.max(...boxes.map((one) => one.right)) - x,
    height: Math.max(...boxes.map((one) => one.bottom)) - y,
  };
}"""


def main() -> int:
    """Make every picture; 1 where one is larger than a repository should hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--result", type=Path, help="folder of an assessment and its report")
    result = parser.parse_args().result
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        photograph((result or assessed(Path(folder) / "result")) / "report.html")
    large = [path.name for path in PICTURES.glob("*.png") if path.stat().st_size > MOST_BYTES]
    if large:
        sys.stderr.write(f"larger than {MOST_BYTES:,} bytes: {', '.join(sorted(large))}\n")
    return 1 if large else 0


def assessed(result: Path) -> Path:
    """The bundled city, shade included, and its report."""
    job = ["assess", DATA / "shizuishan.geojson", "--context", DATA / "shizuishan_context.parquet",
           "--waterfall", "--report", "html", "-o", result]  # fmt: skip
    subprocess.run([sys.executable, "-m", "roofpv.cli", *map(str, job)], check=True)
    return result


def photograph(report: Path) -> None:
    """Answer, map and panel of a report, in both languages."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    with importlib.import_module("chromium").started() as browser:
        for language in LANGUAGES:
            page = browser.new_page(viewport={"width": WIDE, "height": HIGH})
            page.goto(report.resolve().as_uri())
            page.wait_for_selector("#map[data-state=ready]", timeout=120_000)
            page.click(f"[data-language={language}]")
            first_target = f"#{language}-answer > figure:first-of-type"
            take(page, f"answer.{language}", f".top, {first_target}", 350)
            page.evaluate(_CHOOSE, BUILDING)
            page.wait_for_selector(f"#panel:has-text('{BUILDING}')")
            take(page, f"map.{language}", "#roofs-title, .stage, .table", 260)
            page.evaluate(_WHOLE_PANEL)
            take(page, f"panel.{language}", "#panel h2, #panel section:nth-of-type(-n + 6)", 0)
            page.close()


def take(page: Page, name: str, selector: str, less: int) -> None:
    """Photograph what a selector finds, less so many pixels at its lower end."""
    page.mouse.move(0, 0)
    page.wait_for_timeout(1500)
    box = page.evaluate(_BOX, selector)
    margin = 8
    clip = {
        "x": max(box["x"] - margin, 0),
        "y": max(box["y"] - margin, 0),
        "width": box["width"] + 2 * margin,
        "height": box["height"] + 2 * margin - less,
    }
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True, clip=clip)


if __name__ == "__main__":
    sys.exit(main())
