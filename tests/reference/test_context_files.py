"""Real building files as the context of themselves: nothing odd is seen in what is sound."""

from __future__ import annotations

import numpy as np
import pytest
from footprints import DATA

import roofpv
from roofpv.assumptions import Assumptions
from roofpv.contexts import check_context, obstacles_of
from roofpv.inventory import check_inventory
from roofpv.shaderecord import count_warnings

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="reference data not found at ../shared/data"
)
SOUND = {
    "eubucco/v0_1-FRA_1_2_3_11_1-Vichy.gpkg.zip": {},
    "cityjson/vienna.jsonl": {"crs": "EPSG:31256"},
    "cityjson/delft.json": {},
    "cityjson/tile_901_trimmed.jsonl": {},
    "citygml_nrw/LoD2_32_280_5657_1_NW.gml": {},
    "citygml_nrw/LoD2_32_280_5659_1_NW.gml": {},
    "bubenec/bubenec.gpkg": {"layer": "buildings"},
}
HEIGHTS = ("state no height", "states a height", "heights are not between")


def counts(name, share=1, **options):
    """Counts of a file as the context of every so many of its buildings."""
    context = roofpv.read_inventory(DATA / name, **options)
    check_context(context)
    buildings = check_inventory(context).buildings.iloc[::share].reset_index(drop=True)
    return obstacles_of(buildings, context, Assumptions()).left_out


@pytest.mark.parametrize("name", SOUND)
@pytest.mark.parametrize("share", [1, 7])
def test_sound_files_give_no_word_but_on_heights(name, share):
    told = counts(name, share, **SOUND[name])
    said = [text for text in count_warnings(told) if not any(word in text for word in HEIGHTS)]
    assert said == []
    assert told["roofs"] == told["in_both_lists"] > 0


def test_what_is_odd_in_real_files_is_told():
    # Two outlines over two others, and one over six, in an extract of OpenStreetMap.
    helsinki = counts("osm_pbf/Helsinki.osm.pbf")
    assert helsinki["context_overlapping"] == 4
    assert (helsinki["context_blocks"], helsinki["roofs_in_blocks"]) == (1, 6)
    assert helsinki["context_left_out_NOT_A_FOOTPRINT"] == 7
    # One outline that crosses itself lies over four.
    tokyo = counts("pybdshadow_tokyo/bd_demo.json")
    assert (tokyo["context_overlapping"], tokyo["context_blocks"]) == (0, 1)
    assert np.sum([tokyo["roofs_not_in_context"], tokyo["roofs_without_context"]]) == 0
