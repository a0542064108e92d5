"""The benchmark's two ways must find the same city."""

from __future__ import annotations

import skyline


def test_both_ways_agree_and_chunks_do_not_matter():
    buildings, planes, corners = skyline.dense_city(150, 2)
    total, _, found = skyline.ours(buildings, planes, 150)
    again, _, _ = skyline.ours(buildings, planes, 40)
    assert abs(again - total) < 1e-6 * total
    assert len(found.outlines) == 150
    simple, _ = skyline.theirs(buildings, corners, 150)
    parts, _ = skyline.theirs(buildings, corners, 40)
    assert abs(parts - simple) < 1e-9 * simple
    assert abs(simple - total) < 0.02 * total
