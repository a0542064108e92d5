"""The page of a large city: an overview, and files beside it that it loads part by part."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from roofpv.report.city import City
from roofpv.report.document import Document
from roofpv.report.page.columns import columns_of
from roofpv.report.page.make import (
    Body,
    in_degrees,
    inline_json,
    rendered,
    told_columns,
    told_scales,
)
from roofpv.report.page.outlines import Ground, ground_of, on_grid, packed_outlines
from roofpv.report.page.overview import overview, shaded_columns
from roofpv.report.page.packing import packed_text
from roofpv.report.page.parts import MOST_IN_PART, Part, finder_count, finders, parts_of

# Folder of the files, beside the page.
FOLDER = "report-files"
# With more buildings a page is in parts, unless asked otherwise.
MOST_IN_ONE = 200_000


@dataclass(frozen=True, eq=False)
class Parted:
    """A page, and ``files`` (name and text) that belong into ``FOLDER`` beside it."""

    page: str
    files: Iterator[tuple[str, str]]


def parted_page(
    city: City, language: str, story: Mapping[str, Document], most: int = MOST_IN_PART
) -> Parted:
    """
    A report of a large city: one HTML file with squares, and a file for each part of it.

    Parameters
    ----------
    city : City
    language : str
        That it opens in, "en" or "zh"; it has both.
    story : mapping of Document
        The chapters, by language.
    most : int
        Buildings in a part.

    Raises
    ------
    NoMapLibrary
        The map library is not installed.
    """
    buildings = in_degrees(city.result.buildings)
    ground, parts = ground_of(buildings), parts_of(buildings, most)
    shaded = shaded_columns(buildings)
    cells, packed = overview(buildings, ground, parts)
    about: dict[str, Any] = {
        **told_columns(ground, shaded), "scales": told_scales(shaded, buildings), "cells": cells,
        "count": len(buildings), "parts": [_told(part, buildings, ground) for part in parts],
        "folder": FOLDER, "finders": finder_count(len(buildings)),
    }  # fmt: skip
    data = packed_text(packed)
    stamp = _stamp(str(inline_json(about)) + data)
    body = Body({**about, "stamp": stamp}, data, "", stamp)
    return Parted(rendered(city, language, story, body), _files(buildings, parts, stamp))


def _told(part: Part, buildings: gpd.GeoDataFrame, ground: Ground) -> dict[str, Any]:
    kwp = float(buildings["kwp"].iloc[part.rows].sum())
    said = {"name": part.name, "district": part.district, "number": part.number, "of": part.of}
    box = _box(buildings[["lon", "lat"]].to_numpy(dtype=float)[part.rows], ground)
    return said | {"count": len(part.rows), "kwp": round(kwp * 10), "box": box}


def _box(places: npt.NDArray[np.float64], ground: Ground) -> list[int] | None:
    """West, south, east and north of some places, about the middle of the ground. [m]"""
    known = places[np.isfinite(places).all(axis=1)]
    if not len(known):
        return None
    x, y = on_grid(known, Ground(ground.lon, ground.lat, 1.0))
    return [int(x.min()), int(y.min()), int(x.max()), int(y.max())]


def _stamp(text: str) -> str:
    """Of a page, so that files of another one are not taken for its own."""
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:18]).decode("ascii")


def _files(buildings: gpd.GeoDataFrame, parts: list[Part], stamp: str) -> Iterator[tuple[str, str]]:
    for part in parts:
        some = gpd.GeoDataFrame(buildings.iloc[part.rows].reset_index(drop=True))
        ground, columns = ground_of(some), columns_of(some)
        packed = {name: one for column in columns for name, one in column.packed.items()}
        text = packed_text({**packed, **packed_outlines(some, ground)})
        yield f"{part.name}.js", _said(part.name, stamp, text, told_columns(ground, columns))
    ids = buildings["building_id"].astype(str).tolist()
    for number, text in enumerate(finders(ids, parts)):
        name = f"find-{number:03d}"
        yield f"{name}.js", _said(name, stamp, text, None)


def _said(name: str, stamp: str, text: str, about: Any) -> str:
    told = inline_json({"name": name, "stamp": stamp, "about": about, "text": text})
    return f"roofpv.arrived({told});\n"
