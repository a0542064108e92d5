"""Packing on real footprints: the anchor search of the benchmark, shapely, and wider setbacks."""

from __future__ import annotations

import numpy as np
import packing
import pytest
import shapely
from footprints import DATA, footprints

from roofpv.roofs.packing import pack_variants

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="reference data not found at ../shared/data"
)


@pytest.fixture(scope="module")
def outlines():
    return footprints(60, seed=4)


def test_the_sample_is_varied(outlines):
    area = shapely.area(outlines)
    assert len(outlines) == 60
    assert area.min() < 150
    assert area.max() > 2500
    assert shapely.is_valid(outlines).all()
    assert sum(len(shapely.get_parts(shapely.boundary(o))) > 1 for o in outlines) >= 20


def test_no_fewer_than_an_anchor_search(outlines):
    found = packing.quality(outlines, 0.1)
    assert found["ratio"] >= 1.0
    for row in found["variants"].values():
        assert row["ratio"] >= 0.995
        assert row["outside"] == row["overlapping"] == 0
        assert row["areas_close"]


def test_a_wider_setback_never_holds_more(outlines):
    asked = list(packing.variants(outlines).values())
    before = np.full((len(asked), len(outlines)), np.inf)
    for setback in (0.0, 0.5, 1.0, 2.0, 3.0, 50.0):
        inner = shapely.buffer(outlines, -setback, join_style="mitre")
        held = np.array([packed.roofs["module_count"] for packed in pack_variants(inner, asked)])
        assert (held <= before).all()
        before = held
    assert (before == 0).all()
