"""The first look over a list must not be led astray by single rows."""

from __future__ import annotations

import numpy as np
import shapely
from partsmaker import messy_list, write_list

from roofpv.inventory import read_inventory
from roofpv.inventory.survey import like_others, survey


def looked(tmp_path, shape=None):
    rows = messy_list()
    if shape is not None:
        rows.loc[10, "geometry"] = shape
    return survey(read_inventory(write_list(tmp_path / "list.parquet", rows)))


def test_an_outline_beyond_any_roof_is_like_no_other(tmp_path):
    plain = looked(tmp_path)
    alike = like_others([plain]).tolist()
    assert 0 < len(alike) < 10
    for shape in (shapely.box(-180, -90, 180, 90), shapely.box(106.0, 38.9, 106.5, 39.2)):
        beyond = looked(tmp_path, shape)
        assert like_others([beyond]).tolist() == alike
        assert np.isnan(beyond.bounds[10]).all()
        assert np.isnan(beyond.area_m2[10])
        np.testing.assert_array_equal(
            np.delete(beyond.bounds, 10, axis=0), np.delete(plain.bounds, 10, axis=0)
        )
