"""A context that is far, of blocks, drawn twice or without the roofs; heights and dark planes."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from roofmaker import placed
from streetmaker import EAST, LAT, LON, ROOFS, TOWER, assessed, listed, row, surface, towers

from roofpv import schema
from roofpv.contexts import check_context, digest_of_context, sum_of_digests
from roofpv.errors import InvalidInventory
from roofpv.report import explain, explain_text
from roofpv.results import read_results, write_results
from roofpv.shaderecord import count_warnings
from roofpv.surroundings import Surroundings, read_surroundings

SHOWN = 200


def street(*more, **columns):
    """The roofs themselves, the tower and more shapes as a context."""
    pairs = [(ROOFS[name], 8.0) for name in ROOFS]
    return towers(*pairs, (TOWER, 40.0), *more, **columns)


def counts(result):
    return result.run["shading"]["counts"]["neighbours"]


def about_context(result):
    """Warnings on shade, each short enough for the terminal."""
    said = [text for text in result.run["warnings"] if text.startswith("shade")]
    assert max((len(text) for text in said), default=0) <= SHOWN
    return said


def test_a_context_of_all_buildings_gives_no_word():
    found = assessed(around=street())
    assert about_context(found) == []
    told = counts(found)
    assert (told["roofs"], told["roofs_not_in_context"], told["in_both_lists"]) == (3, 0, 3)
    assert [told[name] for name in told if name.startswith("context_") and name != "context_rows"
            ] == [0] * 4  # fmt: skip


@pytest.mark.parametrize(
    ("east_deg", "words"),
    [(0.02, "its nearest building is 1,"), (-110.0, " km away from the roofs")],
)
def test_a_context_of_another_place_is_called_out(east_deg, words):
    far = street()
    found = assessed(around=far.set_geometry(far.translate(east_deg)))
    (said,) = about_context(found)
    assert "the context hides nothing" in said
    assert words in said
    assert counts(found)["roofs_without_context"] == 3
    assert counts(found)["context_away_m"] > 1000
    assert (found.buildings["shading_loss_fraction"] >= 0.0).all()


def test_a_context_that_ends_before_some_roofs_is_called_out():
    away = listed("low").assign(building_id="away", lon=LON + 0.05)
    roofs = pd.concat([listed(), away.set_geometry(away.translate(0.05))], ignore_index=True)
    found = assessed(roofs, street())
    (said,) = about_context(found)
    assert "1 roofs have no building of the context within reach" in said
    assert "context_away_m" not in counts(found)
    # One more roof is in reach of the context with a longer reach, and still not in it.
    longer = assessed(roofs, street(), shading__reach_m=5000.0)
    (said,) = about_context(longer)
    assert "1 of 4 roofs are not in the context" in said


def test_a_context_that_lacks_the_roofs_is_called_out():
    found = assessed(around=towers())
    (said,) = about_context(found)
    assert "3 of 3 roofs are not in the context" in said
    # A few new ones in many are no wonder.
    assert count_warnings({"roofs": 30, "roofs_not_in_context": 3}) == []
    assert len(count_warnings({"roofs": 29, "roofs_not_in_context": 3})) == 1


def test_blocks_are_called_out():
    block = shapely.box(-60, -15, 60, 15)
    found = assessed(around=towers((block, 40.0), (TOWER, 40.0)))
    (said,) = about_context(found)
    assert "1 outlines of the context hold three or more roofs of the list each (3 in all)" in said
    assert counts(found)["context_blocks"] == 1
    # A pair of houses under one outline is no block.
    pair = assessed(around=towers((shapely.box(-60, -15, 15, 15), 40.0), (ROOFS["gable"], 7.0)))
    assert about_context(pair) == []


def test_outlines_drawn_twice_are_called_out_and_parts_are_not():
    again = shapely.box(72, -11, 92, 9)
    found = assessed(around=street((EAST, 30.0), (again, 20.0)))
    (said,) = about_context(found)
    assert "2 outlines of the context lie over another of about their size" in said
    part = shapely.box(72, -8, 80, 0)
    assert about_context(assessed(around=street((EAST, 30.0), (part, 45.0)))) == []
    # Of the same outline again the higher stays: a row that is left out, with its reason.
    (said,) = about_context(assessed(around=street((EAST, 30.0), (EAST, 20.0))))
    assert said.endswith("1 rows of the context are left out: 1 DUPLICATE_FOOTPRINT")


def test_rows_are_left_out_by_the_code_of_their_reason():
    odd = pd.concat(
        [street(), gpd.GeoDataFrame({"building_id": ["x", "y"], "height_m": 5.0},
                                    geometry=[None, shapely.Point(LON, LAT)], crs=4326)],
        ignore_index=True,
    )  # fmt: skip
    found = assessed(around=odd)
    (said,) = about_context(found)
    assert said.endswith("2 rows of the context are left out: 2 NO_ROOF")
    assert counts(found)["context_left_out_NO_ROOF"] == 2


@pytest.mark.parametrize(
    ("shapes", "words"),
    [([None, None], "no geometry"), ([shapely.Point(LON, LAT)] * 2, "points or lines")],
)
def test_a_context_without_any_outline_is_refused(shapes, words):
    register = gpd.GeoDataFrame({"floors": [3, 4]}, geometry=shapes, crs=4326)
    register.attrs["inputs"] = [{"name": "list\x1b.csv"}]
    with pytest.raises(InvalidInventory, match=f"none of its 2 rows has an outline.*{words}") as at:
        read_surroundings(register)
    assert "\x1b" not in str(at.value)
    assert at.value.where == "--context list?.csv"
    check_context(None)
    check_context(register.iloc[:0])


def test_points_within_other_buildings_are_counted():
    half = shapely.box(0, -8, 30, 8)
    found = assessed(around=towers((half, 40.0)))
    told = found.run["shading"]["points_within_others"]
    within = found.skylines["neighbours"]["points_within_others"]
    assert told == {"points": int(within.sum()), "planes": int((within > 0).sum())}
    assert told["planes"] == 1
    assert 0 < told["points"] < 9
    assert assessed(around=street()).run["shading"]["points_within_others"]["points"] == 0


def basis(result):
    return result.planes.set_index("plane_id")["shade_height_basis"].to_dict()


def test_what_the_height_rests_on_is_a_column(tmp_path):
    roofs = listed(height_m=[6.0, np.nan, np.nan], floors=[np.nan, np.nan, 2])
    lent = street().assign(height_m=[8.0, 9.0, np.nan, 40.0])
    found = assessed(roofs, lent)
    told = {"low/1": "stated", "beside/1": "context", "gable/1": "storeys", "gable/2": "storeys"}
    assert basis(found) == told
    assert found.run["shading"]["planes_by_height_basis"] == {
        "context": 1, "stated": 1, "storeys": 2,
    }  # fmt: skip
    usual = assessed(listed(height_m=[6.0, 9.0, np.nan]), lent)
    assert basis(usual)["gable/1"] == "use"
    for result, words in ((found, "its storeys"), (usual, "storeys usual for its use")):
        said = [text for text in about_context(result) if "estimated height" in text]
        assert said == [
            "shade, neighbours: 2 planes look at their neighbours from an estimated height of the "
            f"building: 2 by {words}"
        ]
    assert "lent by the context" in "\n".join(explain_text(explain(found, "beside")))
    kept = write_results(found, tmp_path / "out")
    assert basis(read_results(kept)) == told
    again = assessed(roofs, Surroundings(skylines=found.skylines))
    assert basis(again) == told
    column = next(one for one in schema.SHADE if one.name == "shade_height_basis")
    assert set(told.values()) | {"use"} == set(column.choices)


def test_no_height_counts_where_no_neighbour_is_looked_at(tmp_path):
    bare = gpd.GeoDataFrame({"building_id": ["list"], "floor_area_m2": [1500.0], "floors": [3.0]},
                            geometry=[None], crs=4326)  # fmt: skip
    found = assessed(pd.concat([listed(), bare], ignore_index=True), street())
    assert pd.isna(basis(found)["list/1"])
    only = assessed(around=read_surroundings(surface=surface(tmp_path / "dsm.tif")))
    assert only.planes["shade_height_basis"].isna().all()
    assert only.run["shading"]["planes_by_height_basis"] == {}
    assert "shade_height_basis" not in assessed().planes


def test_columns_on_shade_are_in_the_dictionary(tmp_path):
    found = assessed(around=read_surroundings(street(), surface(tmp_path / "dsm.tif")))
    names = {name for name in found.planes if "loss_fraction" in name or "sha" in name}
    names -= {"row_shading_loss_fraction", "deducted_shaded_m2"}
    assert names <= set(schema.names(schema.SHADE))
    assert all(column.en and column.zh for column in schema.SHADE)


def test_planes_below_the_limit_of_shade_are_counted_and_told():
    dark = shapely.box(-30, -40, 30, -12)
    found = assessed(around=street((dark, 90.0)), roofs__min_solar_access=0.75)
    planes = found.planes[found.planes["deducted_shaded_m2"] > 0.0]
    assert 0 < len(planes) < 4
    told = found.run["shading"]["planes_too_dark"]
    assert told["planes"] == len(planes)
    assert told["area_m2"] == pytest.approx(planes["area_m2"].sum())
    said = about_context(found)[0]
    assert said.startswith(f"shade: {len(planes)} planes of {told['buildings']} roofs (")
    assert "less than 75% of their light in the open and carry no modules" in said
    for name in ROOFS:
        mine = explain(found, name)
        access = name in set(planes["building_id"])
        lines = "\n".join(explain_text(mine))
        assert ("too little, no modules" in lines) == access
        for plane in mine["planes"]:
            assert f"light: {plane['shade']['solar_access']:.1%} of that in the open" in lines
            assert plane["shade"]["min_solar_access"] == 0.75
    assert "light:" not in "\n".join(explain_text(explain(assessed(), "low")))
    free = assessed(around=street((dark, 90.0)))
    assert free.run["shading"]["planes_too_dark"]["planes"] == 0
    assert not any("carry no modules (roofs" in text for text in free.run["warnings"])


def test_the_roof_in_another_outline_hides_nothing_from_itself():
    alone = assessed(around=street())
    wider = street()
    shapes = wider.geometry.to_numpy().copy()
    shapes[0] = placed(shapely.box(-14, -10, 14, 10), LAT, LON)
    found = assessed(around=wider.set_geometry(shapes).assign(height_m=[60.0, 8.0, 8.0, 40.0]))
    assert row(found, "low")["ac_kwh"] == row(alone, "low")["ac_kwh"]
    assert about_context(found) == []


def test_a_context_without_any_height_is_called_out():
    bare = street().drop(columns="height_m")
    (said,) = about_context(assessed(around=bare))
    assert "none of the 4 buildings of the context states a height" in said
    # A text is no height, and is told once.
    said = about_context(assessed(around=bare.assign(height_m=[8.0, "tall", None, 40.0])))
    assert ["1 buildings of the context state no height" in text for text in said] == [True, False]
    assert "1 heights are not between 0.1 and 1,000 m, or no numbers" in said[1]


def test_digests_of_rows_add_up_in_any_order_and_tell_every_change():
    rows = gpd.GeoDataFrame(
        {"height_m": [3, 4, 5, 6], "floors": [1.0, None, 2.0, 3.0], "use": ["a", None, "b", "b"]},
        geometry=[shapely.box(i, 0, i + 1, 1) if i else None for i in range(4)], crs=4326,
    )  # fmt: skip
    whole = sum_of_digests([digest_of_context(rows)])
    assert len(whole) == 32
    parts = (digest_of_context(rows.iloc[some]) for some in (slice(2, None), slice(0, 2)))
    assert sum_of_digests(parts) == whole
    assert sum_of_digests([digest_of_context(rows.iloc[[2, 0, 3, 1]])]) == whole
    as_read = rows.assign(height_m=rows["height_m"].astype(object), floors=[1, None, 2, 3])
    assert sum_of_digests([digest_of_context(as_read)]) == whole
    for changed in (
        rows.assign(height_m=[3.0, 4.0, 5.0, 6.0 + 1e-12]),
        rows.assign(use=["a", "b", "b", "b"]),
        rows.assign(floors=[1.0, 0.0, 2.0, 3.0]),
        rows.iloc[:3],
        rows.set_geometry(rows.geometry.shift(1)),
    ):
        assert sum_of_digests([digest_of_context(changed)]) != whole
