"""
Buildings that poison a list: kinds of them, a province that holds them, and what became of it.

Each kind states the right outcome: the reason for which its rows are set aside, or what is found in
rows that are kept (repaired, emptied, doubtful, or nothing to tell).
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import province
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
import xarray as xr

Cells = dict[str, Any]
EACH = 25
# They stand by themselves, south of the province.
_SOUTH, _APART_M, _HALF_M = 0.05, 60.0, 6.0
# Number columns are text, so that they can hold anything.
_TEXTS = (
    "name", "height_m", "floor_area_m2", "roof_area_m2", "footprint_area_m2", "surface_tilt",
    "surface_azimuth", "usable_area_m2", "other_use_area_m2", "stated_kwp",
)  # fmt: skip
_COLUMNS = ("building_id", "district", "use", "completed", "floors", *_TEXTS, "geometry")
_NO_AREAS = {"floor_area_m2": None, "floors": math.nan}
_POLYGON, _LITTLE = 3, 1


@dataclass(frozen=True)
class Kind:
    """
    A kind of poison: ``cells`` of a row that stands at a place (lon, lat; degrees).

    ``code`` is that of the finding (None where nothing is to be told), ``lost`` whether the row
    must be set aside for it.
    """

    name: str
    code: str | None
    cells: Callable[[float, float], Cells]
    lost: bool = True


def _ring(x: float, y: float, metres: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Corners in metres around a place, closed."""
    corners = [(x + east / province.EAST, y + north / province.NORTH) for east, north in metres]
    return [*corners, corners[0]]


def _box(half: float = _HALF_M, east: float = 0.0) -> list[tuple[float, float]]:
    return [(east - half, -half), (east + half, -half), (east + half, half), (east - half, half)]


def _wkb(*rings: Sequence[tuple[float, float]]) -> bytes:
    """A polygon as it is said, closed or not, with any number in it."""
    packed = struct.pack("<BII", _LITTLE, _POLYGON, len(rings))
    for ring in rings:
        packed += struct.pack("<I", len(ring)) + b"".join(struct.pack("<dd", *one) for one in ring)
    return packed


def _drawn(*rings: Sequence[tuple[float, float]]) -> Callable[[float, float], Cells]:
    """Rings in metres around the place."""
    return lambda x, y: {"geometry": _wkb(*(_ring(x, y, one) for one in rings))}


def _with(**cells: Any) -> Callable[[float, float], Cells]:
    """A sound outline, and other cells."""
    return lambda x, y: _drawn(_box())(x, y) | cells


def _bare(shape: str | None) -> Callable[[float, float], Cells]:
    """A geometry by its text, with {x} and {y} for the place, and nothing that tells an area."""

    def cells(x: float, y: float) -> Cells:
        if shape is None:
            return {"geometry": None} | _NO_AREAS
        text = shape.format(x=x, y=y)
        return {"geometry": shapely.to_wkb(shapely.from_wkt(text))} | _NO_AREAS

    return cells


def _corner(lon: float | None, lat: float | None, *, all_of_them: bool = False) -> Any:
    """A box of which one corner, or each, stands at these degrees instead (None: where it was)."""

    def cells(x: float, y: float) -> Cells:
        ring = _ring(x, y, _box())
        for i in range(len(ring)) if all_of_them else (2,):
            ring[i] = (ring[i][0] if lon is None else lon, ring[i][1] if lat is None else lat)
        return {"geometry": _wkb(ring)}

    return cells


def _moved(move: Callable[[float, float], tuple[float, float]]) -> Callable[[float, float], Cells]:
    """A box with every corner moved."""
    return lambda x, y: {"geometry": _wkb([move(*one) for one in _ring(x, y, _box())])}


def _raw(change: Callable[[bytes], bytes]) -> Callable[[float, float], Cells]:
    """Bytes that are no geometry."""
    return lambda x, y: {"geometry": change(_wkb(_ring(x, y, _box())))} | _NO_AREAS


def _open(x: float, y: float) -> Cells:
    return {"geometry": _wkb(_ring(x, y, _box())[:-1])} | _NO_AREAS


def _degrees(west: float, south: float, east: float, north: float) -> Callable[..., Cells]:
    ring = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return lambda *_: {"geometry": _wkb(ring)}


# Outlines of a building of the province, whose corners come in the place of ``x``.
def _again(corners: Callable[[np.ndarray], np.ndarray]) -> Callable[..., Cells]:
    return lambda ring, _: {"geometry": _wkb([tuple(one) for one in corners(ring).tolist()])}


def _raised(ring: np.ndarray, _: float) -> Cells:
    with_height = np.column_stack([ring, np.full(len(ring), 9.0)])
    return {"geometry": shapely.to_wkb(shapely.polygons(with_height), output_dimension=3)}


def _other_start(ring: np.ndarray) -> np.ndarray:
    turned = np.roll(ring[:-1], 1, axis=0)[::-1]
    return np.vstack([turned, turned[:1]])


_FAULTY = (
    Kind("no geometry, no areas", "NO_ROOF", _bare(None)),
    Kind("empty polygon", "NO_ROOF", _bare("POLYGON EMPTY")),
    Kind("empty parts", "NO_ROOF", _bare("MULTIPOLYGON EMPTY")),
    Kind("nested empty collections", "NO_ROOF",
         _bare("GEOMETRYCOLLECTION (GEOMETRYCOLLECTION EMPTY, POLYGON EMPTY)")),
    Kind("a point, no areas", "NO_ROOF", _bare("POINT ({x} {y})")),
    Kind("a corner that is no number", "BROKEN_COORDINATES", _corner(math.nan, None)),
    Kind("no corner that is a number", "NOT_WKB",
         _corner(math.nan, math.nan, all_of_them=True)),
    Kind("a corner infinitely far east", "BROKEN_COORDINATES", _corner(math.inf, None)),
    Kind("a corner infinitely far south", "BROKEN_COORDINATES", _corner(None, -math.inf)),
    Kind("a corner just off the map", "OFF_THE_MAP", _corner(181.0, None)),
    Kind("a corner at the largest number", "OFF_SYSTEM", _corner(1.7e308, None)),
    Kind("longitude 400", "OFF_THE_MAP", _moved(lambda x, y: (x + 294.0, y))),
    Kind("latitude 200", "OFF_THE_MAP", _moved(lambda x, y: (x, y + 161.5))),
    Kind("latitude first", "SWAPPED_AXES", _moved(lambda x, y: (y, x))),
    Kind("metres for degrees", "OFF_SYSTEM", _moved(lambda x, y: (5e3 * x, 1.1e5 * y))),
    Kind("ten millionths of degrees", "OFF_SYSTEM", _moved(lambda x, y: (1e7 * x, 1e7 * y))),
    Kind("a box without width", "NOT_A_FOOTPRINT", _drawn([(0, 0), (0, 9), (0, 9), (0, 0)])),
    Kind("all corners in one place", "NOT_A_FOOTPRINT", _drawn([(0, 0)] * 4)),
    Kind("a line", "NOT_A_FOOTPRINT", _bare("LINESTRING ({x} {y}, 106.0 38.0)")),
    Kind("lines in collections", "NOT_A_FOOTPRINT",
         _bare("GEOMETRYCOLLECTION (GEOMETRYCOLLECTION (LINESTRING ({x} {y}, 106.0 38.0)))")),
    Kind("a speck", "NOT_A_FOOTPRINT", _drawn(_box(0.001))),
    Kind("as large as a district", "NOT_A_ROOF", _degrees(106.0, 38.0, 106.3, 38.2)),
    Kind("as large as the earth", "NOT_A_ROOF", _degrees(-180.0, -90.0, 180.0, 90.0)),
    Kind("bytes cut short", "NOT_WKB", _raw(lambda packed: packed[:-9])),
    Kind("no bytes", "NOT_WKB", _raw(lambda _: b"")),
    Kind("no kind of geometry", "NOT_WKB", _raw(lambda p: p[:1] + b"\x63\0\0\0" + p[5:])),
    Kind("four thousand million corners", "NOT_WKB", _raw(lambda p: p[:9] + b"\xff" * 4 + p[13:])),
    Kind("an outline that does not close", "NOT_WKB", _open),
    Kind("the outline of another", "DUPLICATE_FOOTPRINT", _again(lambda ring: ring)),
    Kind("the same, backwards", "DUPLICATE_FOOTPRINT", _again(_other_start)),
    Kind("the same, a centimetre off", "DUPLICATE_FOOTPRINT", _again(lambda ring: ring + 1e-7)),
    Kind("the same, with heights", "DUPLICATE_FOOTPRINT", _raised),
    Kind("negative floor area", "OUT_OF_RANGE", _with(floor_area_m2="-350")),
    Kind("words for a floor area", "NOT_A_NUMBER", _with(floor_area_m2="rather large")),
    Kind("infinite footprint", "OUT_OF_RANGE", _with(footprint_area_m2="1e300")),
    Kind("error of a workbook", "EXCEL_ERROR", _with(roof_area_m2="#REF!")),
    Kind("kilograms of roof", "OTHER_UNIT", _with(roof_area_m2="300 kg")),
    Kind("tilt beyond the vertical", "OUT_OF_RANGE", _with(surface_tilt="120")),
    Kind("more usable than roof", "USABLE_ABOVE_ROOF", _with(usable_area_m2="90000")),
    Kind("more modules than fit", "CAPACITY_ABOVE_AREA", _with(stated_kwp="90000")),
)  # fmt: skip
_BOW = [(-6, -6), (6, 6), (6, -6), (-6, 6)]
_HOSTILE = '=HYPERLINK("x")<script>\u202e\x1b[31m\'\n,";{0}%s\\'
_KEPT = (
    Kind("outline that crosses itself", "SELF_CROSSING", _drawn(_BOW), lost=False),
    Kind("hole outside", "HOLE_OUTSIDE", _drawn(_box(), _box(2.0, 30.0)), lost=False),
    Kind("box drawn backwards", None, _drawn(_box()[::-1]), lost=False),
    Kind("corners said twice", "REPEATED_VERTICES",
         _drawn([one for one in _box() for _ in range(3)]), lost=False),
    Kind("a roof in nested collections", "MIXED_GEOMETRY", lambda x, y: {"geometry": shapely.to_wkb(
        shapely.geometrycollections([shapely.geometrycollections(
            [shapely.Point(x, y), shapely.box(x - 7e-5, y - 7e-5, x + 7e-5, y + 7e-5)])]))},
        lost=False),
    Kind("at no degrees", "FAR_FROM_OTHERS",
         lambda x, y: _drawn(_box())(x - province.LON, y - province.LAT), lost=False),
    Kind("no outline, yet areas", None, lambda *_: {"geometry": None}, lost=False),
    Kind("negative height", "OUT_OF_RANGE", _with(height_m="-40"), lost=False),
    Kind("height of a mountain", "OUT_OF_RANGE", _with(height_m="8848"), lost=False),
    Kind("words for a height", "NOT_A_NUMBER", _with(height_m="tall"), lost=False),
    Kind("infinite storeys", "NOT_A_NUMBER", _with(floors=math.inf), lost=False),
    Kind("year to come", "NOT_A_DATE", _with(completed="3025"), lost=False),
    Kind("hostile texts", None, _with(name=_HOSTILE), lost=False),
    Kind("long texts", None, _with(name="\u5b66" * 30_000), lost=False),
)  # fmt: skip
KINDS = (*_FAULTY, *_KEPT)
_OF_OTHERS = frozenset(one.name for one in KINDS if one.code == "DUPLICATE_FOOTPRINT")


@dataclass(frozen=True)
class Poisoned:
    """``places`` of the poison in the list (from 0), and the ``kinds`` that stand there."""

    places: np.ndarray
    kinds: Sequence[Kind]


def write(count: int, path: Path, *, each: int = EACH, clean: bool = False, seed: int = 7) -> Any:
    """
    Write a province of ``count`` rows with ``each`` of every kind of poison among them.

    Parameters
    ----------
    count : int
    path : Path
    each : int
    clean : bool
        Without the poison: the same buildings in the same columns, so many fewer.
    seed : int

    Returns
    -------
    Poisoned
    """
    rng = np.random.default_rng([seed, 40])
    kinds = [one for one in KINDS for _ in range(each)]
    rng.shuffle(kinds)
    places = np.sort(rng.choice(count, len(kinds), replace=False))
    found = Poisoned(places, kinds)
    rows = _rows(found, count - len(kinds), rng, seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    with pq.ParquetWriter(path, _SCHEMA, compression="zstd") as writer:
        for first in range(0, count, province.ROW_GROUP):
            end = min(first + province.ROW_GROUP, count)
            bad = slice(*np.searchsorted(places, [first, end]))
            start, sound = first - bad.start, end - first - (bad.stop - bad.start)
            table = _sound(sound, start, seed)
            if not clean and bad.stop > bad.start:
                own = pd.DataFrame(rows[bad], columns=_COLUMNS, index=places[bad])
                table.index = np.setdiff1d(np.arange(first, end), places[bad])
                table = pd.concat([table, own]).sort_index()
            writer.write_table(pa.Table.from_pandas(table, _SCHEMA, preserve_index=False))
    return found


_SCHEMA = pa.schema(
    [
        (name, {"floors": pa.float64(), "geometry": pa.binary()}.get(name, pa.string()))
        for name in _COLUMNS
    ],
    metadata={b"geo": json.dumps(province._GEO).encode()},
)


def _sound(count: int, first: int, seed: int) -> pd.DataFrame:
    if not count:
        return pd.DataFrame({name: [] for name in _COLUMNS})
    frame = province.province(count, seed, first).to_wkb()
    texts = {name: frame[name].map(repr) if name in frame else None for name in _TEXTS}
    return pd.DataFrame(frame).assign(**texts)[list(_COLUMNS)]


def _rows(found: Poisoned, sound: int, rng: np.random.Generator, seed: int) -> list[Cells]:
    others = rng.choice(sound, len(found.kinds))
    return [
        _row(kind, number, int(other), seed)
        for number, (kind, other) in enumerate(zip(found.kinds, others, strict=True))
    ]


def _row(kind: Kind, number: int, other: int, seed: int) -> Cells:
    row, column = divmod(number, 100)
    x = province.LON + column * _APART_M / province.EAST
    y = province.LAT - _SOUTH - row * _APART_M / province.NORTH
    plain = {
        "building_id": f"X{number:05d}",
        "district": "district 00",
        "use": "school",
        "completed": "2001",
        "floors": 3.0,
        "floor_area_m2": "400.0",
        "height_m": "9.9",
    }
    blank = dict.fromkeys(_COLUMNS)
    if kind.name in _OF_OTHERS:
        outline = province.province(1, seed, other).geometry.iloc[0]
        return blank | plain | kind.cells(shapely.get_coordinates(outline), 0.0)
    return blank | plain | kind.cells(x, y)


def outcomes(found: Poisoned, out: Path) -> dict[str, dict[str, Any]]:
    """
    What became of each kind in a result.

    Returns
    -------
    dict
        Name of the kind -> ``expected``, ``lost``, ``rows``, ``right`` (how many have that outcome)
        and ``instead`` (other outcomes, how many each).
    """
    quarantine = pd.read_csv(out / "quarantine.csv", usecols=["row", "code"])
    lost = quarantine.drop_duplicates("row").set_index("row")["code"].to_dict()
    told = pd.read_csv(out / "findings.csv", usecols=["row", "code"]).groupby("row")["code"]
    also = {int(row): set(codes) for row, codes in told}
    table: dict[str, dict[str, Any]] = {}
    for place, kind in zip((found.places + 1).tolist(), found.kinds, strict=True):
        one = table.setdefault(kind.name, {
            "expected": kind.code, "lost": kind.lost, "rows": 0, "right": 0, "instead": {},
        })  # fmt: skip
        one["rows"] += 1
        code, beside = lost.get(place), also.get(place, set())
        if kind.lost:
            right = code == kind.code
        else:
            right = code is None and (kind.code is None or kind.code in beside)
        one["right"] += right
        if not right:
            said = f"lost: {code}" if code else f"kept: {', '.join(sorted(beside))}"
            one["instead"][said] = one["instead"].get(said, 0) + 1
    return dict(sorted(table.items()))


def others_that_differ(found: Poisoned, out: Path, clean: Path) -> dict[str, int]:
    """
    Rows of the other buildings that are not what they are without the poison, by table and column.

    Returns
    -------
    dict
        ``buildings.parquet ac_kwh`` and so on -> how many; a number of rows that is another one
        counts under ``rows``.
    """
    wrong: dict[str, int] = {}
    bad = pd.Index(found.places + 1)
    ids = _column(out, "buildings.parquet", "building_id")
    kept = ~np.isin(_column(out, "buildings.parquet", "source_row"), bad)
    owners = set(ids[~kept])
    planes = np.array([one not in owners for one in _column(out, "planes.parquet", "building_id")])
    for name, mask in (("buildings.parquet", kept), ("planes.parquet", planes)):
        columns = pq.read_schema(_parts(out / name)[0]).names
        for column in columns:
            if column != "source_row":
                differ = _differing(_column(out, name, column)[mask], _column(clean, name, column))
                wrong[f"{name} {column}"] = differ
    ours, theirs = _energy(out), _energy(clean)
    for name, values in ours.items():
        wrong[f"energy.nc {name}"] = _differing(values[planes], theirs[name])
    return {name: count for name, count in wrong.items() if count}


def _parts(path: Path) -> list[Path]:
    return sorted(path.glob("part-*")) if path.is_dir() else [path]


def _column(out: Path, table: str, name: str) -> np.ndarray:
    """A column of all parts; of words and shapes as Python's, None where there is none."""
    values = pa.chunked_array(
        [one for path in _parts(out / table) for one in pq.read_table(path)[name].chunks]
        if name == "geometry"
        else [one for path in _parts(out / table)
              for one in pq.read_table(path, columns=[name])[name].chunks]
    )  # fmt: skip
    return values.to_numpy(zero_copy_only=False)


def _energy(out: Path) -> Mapping[str, np.ndarray]:
    found: dict[str, list[np.ndarray]] = {}
    for path in _parts(out / "energy.nc"):
        with xr.open_dataset(path, engine="h5netcdf") as opened:
            for name in ("poa_kwh_per_m2", "dc_kwh", "ac_kwh"):
                found.setdefault(name, []).append(opened[name].to_numpy())
    return {name: np.concatenate(values) for name, values in found.items()}


def _differing(ours: np.ndarray, theirs: np.ndarray) -> int:
    if ours.shape != theirs.shape:
        return max(1, abs(len(ours) - len(theirs)))
    same = ours == theirs
    same = same.astype(bool) | (pd.isna(ours) & pd.isna(theirs))
    rows = same.reshape(len(same), -1).all(axis=1)
    return int(np.count_nonzero(~rows))


def tells(kind_outcomes: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """A line for each kind whose outcome is not the right one."""
    for name, one in kind_outcomes.items():
        if one["right"] < one["rows"]:
            yield f"{name} ({one['expected']}): {one['right']} of {one['rows']}; {one['instead']}"
