"""The judge of the packing benchmark must itself count right and see faults."""

from __future__ import annotations

import dataclasses

import numpy as np
import packing
import pytest
import shapely

from roofpv.roofs.designs import Design
from roofpv.roofs.packing import Packed, pack_modules

HALL = np.array([shapely.box(-10, -5, 10, 5)], dtype=object)
HOLED = shapely.box(0, 0, 10, 10).difference(shapely.box(4, 4, 6, 6))
FLUSH = Design("flush", 2.0, 1.0, gap_m=0.0)


@pytest.mark.parametrize(
    ("outline", "azimuth", "cell", "tables"),
    [
        (shapely.box(0, 0, 10, 10), 90.0, (2, 3, 3, 0), 15),
        (shapely.box(0, 0, 10, 10), 0.0, (2, 3, 3.51, 0), 10),
        (shapely.box(0, 0, 10, 4), 90.0, (5, 2, 2, 0), 4),
        (shapely.box(0, 0, 10, 4), 180.0, (5, 2, 2, 0), 0),
        (HOLED, 90.0, (1, 1, 1, 0), 96),
        (HOLED, 90.0, (4, 4, 4, 2), 4),
        (shapely.box(0, 0, 1, 1), 90.0, (2, 3, 3, 0), 0),
    ],
)
def test_search_counts_by_hand(outline, azimuth, cell, tables):
    assert packing.exhaustive(outline, azimuth, np.array(cell, dtype=float), 0.05) == tables


def faults(packed: Packed) -> dict[str, int]:
    return packing.faults(packed, HALL)


def test_nothing_to_find():
    packed = pack_modules(HALL, 90.0, FLUSH)
    assert faults(packed) == {"modules": 100, "outside": 0, "overlapping": 0}


def test_modules_outside_are_seen():
    packed = pack_modules(HALL, 90.0, FLUSH)
    moved = packed.outlines._replace(middle=packed.outlines.middle + 1e-5)
    found = faults(dataclasses.replace(packed, outlines=moved))
    assert found == {"modules": 100, "outside": 24, "overlapping": 0}


def test_modules_that_overlap_are_seen():
    packed = pack_modules(HALL, 90.0, FLUSH)
    wider = dataclasses.replace(FLUSH, module_width_m=1.0 + 1e-5)
    found = faults(dataclasses.replace(packed, design=wider))
    assert found["overlapping"] >= 95


def test_areas_out_of_order_are_seen():
    packed = pack_modules(HALL, 90.0, FLUSH)
    assert packing.areas_close(packed)
    for name in ("projected_module_area_m2", "array_field_area_m2"):
        wrong = packed.roofs.assign(**{name: 201.0})
        assert not packing.areas_close(dataclasses.replace(packed, roofs=wrong))
