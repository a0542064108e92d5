"""The picture of the bundled years beside their published statistics."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from roofpv.weather.bundled import SITES

WEATHER = Path(__file__).parents[2] / "data" / "weather"


def test_picture_shows_every_statistic_inside_its_frame() -> None:
    file = WEATHER / "generated_vs_published.svg"
    assert file.stat().st_size < 60_000
    root = ElementTree.parse(file).getroot()
    svg = "{http://www.w3.org/2000/svg}"
    words = {text.text for text in root.iter(f"{svg}text")}
    wanted = {"published", "global", "diffuse", "10 %", "50 %", "90 %", "lag 1", "daily minimum"}
    assert words >= wanted | {site.capitalize() for site in SITES}
    assert any("Synthetic" in str(word) for word in words)
    lines = list(root.iter(f"{svg}polyline"))
    dots = [list(group.iter(f"{svg}circle")) for group in root.iter(f"{svg}g")]
    assert len(lines) == len(dots) == 8 * len(SITES)
    wide, high = map(float, root.attrib["viewBox"].split()[2:])
    for published, generated in zip(lines, dots, strict=True):
        points = [tuple(map(float, xy.split(","))) for xy in published.attrib["points"].split()]
        drawn = [(float(dot.attrib["cx"]), float(dot.attrib["cy"])) for dot in generated]
        assert len(points) == len(drawn) == 12
        assert all(0 < x < wide and 0 < y < high for x, y in (*points, *drawn))
        np.testing.assert_allclose(drawn, points, atol=6.0)
