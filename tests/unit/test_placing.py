from __future__ import annotations

import pytest

from roofpv.report.placing import placed

FOOT = 796.5  # where the text of a page ends [pt]
TOP, CAPTION = 57.0, 20.0


def lines(high):
    return {"kind": "Lines", "high": high}


def grid(high):
    return {"kind": "Grid", "high": high}


def heading():
    return {"kind": "Heading", "high": 20.0}


def picture(number, high=300.0, wide=400.0):
    return {"kind": "Picture", "number": number, "width": wide, "height": high}


def chapter(*blocks):
    return {"title": "t", "blocks": list(blocks)}


def typeset(document):
    """A stand-in for the typesetter: blocks below each other; tables and lines go over pages."""
    spots, page, y = [], 1, TOP
    for section in document["sections"]:
        for block in section["blocks"]:
            if block["kind"] == "Before":
                spots.append({"number": block["number"], "what": "before", "page": page, "y": y})
            elif block["kind"] == "Picture":
                if y + block["height"] + CAPTION > FOOT:
                    page, y = page + 1, TOP
                number = block["number"]
                spots.append({"number": number, "what": "start", "page": page, "y": y})
                y += block["height"] + CAPTION
                spots.append({"number": number, "what": "end", "page": page, "y": y})
            else:
                y += block["high"]
                while y > FOOT:
                    page, y = page + 1, y - FOOT + TOP
    return spots


def kinds(section):
    return [block.get("number", block["kind"]) for block in section["blocks"]
            if block["kind"] != "Before"]  # fmt: skip


@pytest.fixture
def asked():
    """How often the pages were asked."""
    return []


def place(asked, *sections):
    document = {"sections": list(sections)}

    def ask(told):
        asked.append(1)
        return typeset(told)

    placed(document, ask)
    return document["sections"]


def test_what_fits_is_left_and_asked_once(asked):
    (made,) = place(asked, chapter(lines(200.0), picture(1), grid(100.0)))
    assert kinds(made) == ["Lines", 1, "Grid"]
    assert made["blocks"][2]["height"] == 300.0
    assert len(asked) == 1


def test_without_pictures_nothing_is_asked(asked):
    place(asked, chapter(lines(200.0)), chapter())
    assert asked == []


def test_a_picture_becomes_smaller_in_its_shape(asked):
    (made,) = place(asked, chapter(lines(450.0), picture(1), grid(100.0)))
    block = made["blocks"][2]
    assert kinds(made) == ["Lines", 1, "Grid"]
    assert 210.0 <= block["height"] < 300.0
    assert block["width"] / block["height"] == pytest.approx(400.0 / 300.0, rel=1e-3)
    assert {spot["page"] for spot in typeset({"sections": [made]})} == {1}


def test_tables_with_their_words_pass_a_picture(asked):
    blocks = (lines(600.0), picture(1), lines(20.0), grid(150.0), lines(20.0), grid(100.0))
    (made,) = place(asked, chapter(*blocks))
    assert kinds(made) == ["Lines", "Lines", "Grid", 1, "Lines", "Grid"]
    assert made["blocks"][4]["height"] == 300.0


def test_a_smaller_picture_passes_a_larger_one(asked):
    (made,) = place(asked, chapter(lines(500.0), picture(1, 400.0), picture(2, 150.0)))
    assert kinds(made) == ["Lines", 2, 1]


def test_a_picture_stays_in_its_chapter_and_under_its_heading(asked):
    blocks = (heading(), lines(600.0), picture(1), heading(), grid(200.0))
    first, second = place(asked, chapter(*blocks), chapter(grid(300.0)))
    assert kinds(first) == ["Heading", "Lines", 1, "Heading", "Grid"]
    assert kinds(second) == ["Grid"]


def test_a_picture_goes_back_where_moving_it_spares_no_white(asked):
    (made,) = place(asked, chapter(lines(500.0), picture(1, 600.0), grid(20.0)))
    assert kinds(made) == ["Lines", 1, "Grid"]


def test_a_picture_that_begins_a_chapter_is_left(asked):
    (made,) = place(asked, chapter(picture(1), lines(20.0)))
    assert kinds(made) == [1, "Lines"]
    assert asked == []


def test_it_ends_for_many_pictures_that_never_fit(asked):
    blocks = [picture(n, 700.0) for n in range(1, 60)]
    (made,) = place(asked, chapter(lines(600.0), *blocks))
    assert kinds(made) == ["Lines", *range(1, 60)]
    assert len(asked) < 30
