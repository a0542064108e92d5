"""The page itself: one file with data, map library, scripts and both languages."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import geopandas as gpd
import jinja2
from markupsafe import Markup

from roofpv.catalogue import LANGUAGES, texts
from roofpv.report.charts import scales
from roofpv.report.city import City
from roofpv.report.document import Document
from roofpv.report.page.bundle import map_library, script_hash
from roofpv.report.page.chapters import answer_and_chapters, without_picture
from roofpv.report.page.columns import Column, columns_of
from roofpv.report.page.outlines import Ground, ground_of, packed_outlines
from roofpv.report.page.packing import packed_text, squeezed
from roofpv.report.page.panel import panel_data, panel_script, panel_style, panel_texts

_ENDS = ("base.js", "main.js")
_SCRIPTS = (
    "unpack.js", "store.js", "filters.js", "table.js", "shades.js", "ground.js", "map.js",
    "facts.js",
)  # fmt: skip
_OF_PARTS = ("parts.js", "near.js", "overview.js")
# With more buildings the panel tells the columns of the table only, so that the file stays small.
MOST_WITH_PANEL = 20_000
_TAGS = {"en": "en", "zh": "zh-CN"}
# Texts that scripts of the page say, by the beginning of their keys.
_SAID = ("page.", "uses.", "charts.pv_state.", "charts.evidence_grade.")


@dataclass(frozen=True)
class Body:
    """
    What map and table of a page are made of.

    ``about``: for scripts, as JSON; ``data``, ``panel``: packed; ``stamp``: of the files beside the
    page, empty where it has none.
    """

    about: Mapping[str, Any]
    data: str
    panel: str = ""
    stamp: str = ""


def html_page(
    city: City,
    language: str,
    story: Mapping[str, Document] | None = None,
    panel: str | None = None,
) -> str:
    """
    A report of a city to look at and to search: one HTML file that loads nothing.

    Parameters
    ----------
    city : City
    language : str
        That it opens in, "en" or "zh"; it has both.
    story : mapping of Document, optional
        The chapters, by language.
    panel : str, optional
        Of ``packed_panel``, where it is known already.

    Raises
    ------
    NoMapLibrary
        The map library is not installed.
    """
    buildings = in_degrees(city.result.buildings)
    ground, columns = ground_of(buildings), columns_of(buildings)
    packed = {name: one for column in columns for name, one in column.packed.items()}
    body = Body(
        {**told_columns(ground, columns), "scales": told_scales(columns, buildings)},
        packed_text({**packed, **packed_outlines(buildings, ground)}),
        packed_panel(city) if panel is None else panel,
    )
    return rendered(city, language, story or {}, body)


def rendered(city: City, language: str, story: Mapping[str, Document], body: Body) -> str:
    """
    The page around what its map and table are made of.

    Parameters
    ----------
    city : City
    language : str
    story : mapping of Document
        By language.
    body : Body

    Raises
    ------
    NoMapLibrary
        The map library is not installed.
    """
    library, library_hash = map_library()
    script = _script(body)
    parts = {one: _parts(city, one, story.get(one)) for one in LANGUAGES}
    said = {one: _said(one, story.get(one)) for one in LANGUAGES}
    return _templates().get_template("page.html.j2").render(
        language=language, languages=LANGUAGES, tag=_TAGS, parts=parts,
        say=lambda key, other=language: said[other][key],
        policies=_policies((library_hash, script_hash(script)), body.stamp),
        style=Markup(_asset("page.css") + panel_style()), script=Markup(script),
        about=inline_json(
            {"language": language, "texts": said, "most": MOST_WITH_PANEL, **body.about}
        ),
        data=body.data, panel=body.panel, library=library, parted=bool(body.stamp),
    )  # fmt: skip


def packed_panel(city: City) -> str:
    """
    Data and texts of the panel, packed; empty where there are too many buildings for it.

    Parameters
    ----------
    city : City
        With plans or without.
    """
    if len(city.result.buildings) > MOST_WITH_PANEL:
        return ""
    told = {"data": panel_data(city), "texts": panel_texts()}
    said = json.dumps(told, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return squeezed(said.encode())


def _parts(city: City, language: str, told: Document | None) -> dict[str, Any]:
    still, told = without_picture(told, "map")
    answer, chapters = answer_and_chapters(city, language, told)
    head = told.head if told else ()
    return {"answer": answer, "chapters": chapters, "head": head, "still": still}


def _policies(hashes: tuple[str, ...], stamp: str) -> tuple[str, ...]:
    """
    Nothing from anywhere: only the scripts that stand in the file, told by their hash.

    With files beside it also scripts that bear its stamp; what holds for all is what every policy
    allows, so that these can come from its own folder only.
    """
    marked = (*hashes, f"'nonce-{stamp}'") if stamp else hashes
    strict = (
        f"default-src 'none'; script-src {' '.join(marked)}; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    return (strict, "script-src 'self' file: 'unsafe-inline'") if stamp else (strict,)


def told_columns(ground: Ground, columns: Sequence[Column]) -> dict[str, Any]:
    """Ground and columns of some buildings, for a script."""
    return {
        "ground": {"lon": ground.lon, "lat": ground.lat, "step_m": ground.step_m},
        "columns": [_column(column) for column in columns],
    }


def told_scales(columns: Sequence[Column], buildings: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Choices of colours for these columns of buildings, for a script."""
    return [_scale(column, buildings) for column in columns if column.name in scales.COLUMNS]


def _scale(column: Column, buildings: gpd.GeoDataFrame) -> dict[str, Any]:
    """A choice of colours; the bounds in units of the last printed digit."""
    scale = scales.scale_of(column.name, scales.values_of(buildings, column.name))
    figure = column.figure
    unit = figure.scale * 10**figure.digits if figure else 1
    return {
        "column": column.name,
        "bounds": [round(bound * unit, 6) for bound in scale.bounds],
        "classes": [
            {"key": one.key, "colour": one.colour, **one.labels}
            for one in (*scale.classes, scale.missing)
        ],
    }


def _column(column: Column) -> dict[str, Any]:
    if column.figure is None:
        return {"name": column.name, "choices": list(column.choices) or None}
    return {"name": column.name, "digits": column.figure.digits, "unit": column.figure.unit}


def _said(language: str, told: Document | None) -> dict[str, str]:
    """Texts of the page by key; the title is that of the story."""
    found = {key: text[language] for key, text in texts().items() if key.startswith(_SAID)}
    return found | ({"page.title": told.title} if told else {})


def inline_json(value: Any) -> Markup:
    """JSON that ends no script and opens no comment, whatever stands in it."""
    said = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for letter in ("<", ">", "&", "\u2028", "\u2029"):
        said = said.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(said)


def in_degrees(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Buildings in WGS 84; not a copy where they are."""
    if buildings.crs is None:
        return buildings.set_crs("EPSG:4326")
    return buildings if buildings.crs == "EPSG:4326" else buildings.to_crs("EPSG:4326")


def _script(body: Body) -> str:
    first, last = (_asset(name) for name in _ENDS)
    inner = "".join(_asset(name) for name in (*_SCRIPTS, *(_OF_PARTS if body.stamp else ())))
    return first + inner + (panel_script() if body.panel else "") + last


def _asset(name: str) -> str:
    text = files(__package__).joinpath("assets", name).read_text(encoding="utf-8")
    return text.replace("\r\n", "\n")


@functools.cache
def _templates() -> jinja2.Environment:
    folder = files(__package__).joinpath("templates")
    found = {
        one.name: one.read_text(encoding="utf-8")
        for one in folder.iterdir()
        if one.name.endswith(".j2")
    }
    return jinja2.Environment(
        loader=jinja2.DictLoader(found), autoescape=True, undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )  # fmt: skip
