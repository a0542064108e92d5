"""The end of a run in parts: verdicts, sums and record from columns of all parts."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import xarray as xr

from roofpv import energy, finance, schema, targets
from roofpv.assessment import Once, Part, Told, gather
from roofpv.batch.durable import put, sha256_of
from roofpv.batch.manifest import Body
from roofpv.batch.merging import Heard, Shade, heard_from, joined
from roofpv.batch.shards import KEPT
from roofpv.csvfiles import write_csv
from roofpv.energyfile import write_netcdf
from roofpv.inventory.plausible import unit_notes
from roofpv.results import SUPPLY_FILE, Result, json_bytes
from roofpv.siting import far_notes
from roofpv.skylinefile import FILE as SKYLINES_FILE
from roofpv.skylinefile import SOURCES
from roofpv.skylinefile import WHOLE as SKYLINES_WHOLE
from roofpv.uncertainty import Spreads

PARTED = ("buildings.parquet", "planes.parquet", "energy.nc", "buildings.csv", KEPT, SKYLINES_FILE)
_LINES = ("quarantine", "findings")
# Columns that are read together.
_AT_ONCE = 12
# What altitude, yields and their reasons ask of the planes.
_OF_PLANES = (
    "plane_id", "building_id", "kwp", "surface_tilt", "surface_azimuth", "altitude_m",
    "weather_site", "weather_weights", "row_shading_loss_fraction",
    "shading_loss_fraction", "shading_not_known", "shade_height_basis", "deducted_shaded_m2",
)  # fmt: skip
_FEW_KINDS = frozenset(("weather_site", "shading_not_known", "shade_height_basis"))
# What nothing at the end asks for, but a rule that names it.
_NOT_ASKED = frozenset(
    ("geometry", "source_sheet", "exemption_document", "lon", "lat", "altitude_m",
     "status_reason", "use_basis", "array_load_kn_per_m2", "load_check", "estimated_height_m",
     "ac_kwh_p50", "ac_kwh_p75", "lifetime_kwh_p50", "lifetime_kwh_p75", "lifetime_kwh_p90",
     "self_supply_fraction", "discounted_payback_years",
     "irr", "carbon_payback_years")
)  # fmt: skip


@dataclass(frozen=True)
class Whole:
    """``attrs`` of a whole list as it was read, and ``inputs``, files of what is around it."""

    attrs: Mapping[Any, Any]
    inputs: Sequence[dict[str, str]] = ()


def gather_parts(
    out: Path, shared: Once, whole: Whole, lines: Sequence[Body], heard: Heard
) -> Result:
    """
    Verdicts, sums and record of a run whose parts are done.

    Parameters
    ----------
    out : Path
    shared : Once
    whole : Whole
    lines : sequence of dict
        Of the manifest, by part.
    heard : Heard
        Of all of them.

    Returns
    -------
    Result
        Columns of buildings and planes; of energy, quarantine and findings only what counts.

    Raises
    ------
    AssertionError
        The sums of the result are not those of its parts: a fault of ours.
    """
    attrs = whole.attrs
    weather = _in_use(shared.weather, heard.sites)
    sky = shared.sky(weather)
    table = _buildings(out, lines, shared.rules)
    spread, years = _spread_and_years(out, lines)
    earn = finance.earning_told(table, sky, shared.assumed)
    units, headers = attrs.get("units", {}), attrs.get("columns", {}).get("all", {})
    told = Told(
        attrs, heard.rows, heard.count_in, None, tuple(one.finding() for one in heard.tallies),
        tuple(far_notes(*heard.far, shared.assumed.site)), tuple(unit_notes(table, units, headers)),
        heard.far, heard.left_out,
    )  # fmt: skip
    lost = pd.DataFrame(index=range(sum(line["counts"]["quarantined"] for line in lines)))
    part = Part(
        table, _read(out, "planes.parquet", lines, _OF_PLANES), _months(heard.months_empty),
        spread, years, earn, told, lost, pd.DataFrame(), sky, weather, _sources(heard.shade),
        list(whole.inputs),
    )  # fmt: skip
    result = gather(part, shared)
    _reconcile(result, lines)
    return result


def write_gathered(result: Result, out: Path, parts: int) -> dict[str, str]:
    """
    Write what is of the whole run, its record last.

    Parameters
    ----------
    result : Result
        From `gather_parts`.
    out : Path
    parts : int
        How many there are; files of others, of an earlier run, are taken away.

    Returns
    -------
    dict
        Digest of each file by its name.
    """
    _only_parts(out, parts)
    new = out / ".work" / "gathered"
    new.mkdir(exist_ok=True)
    for name in _LINES:
        _join_lines(out, parts, name, new / f"{name}.csv")
    write_netcdf(result.weather, new / "weather.nc")
    if result.supply is not None:
        write_csv(result.supply, new / SUPPLY_FILE)
    (new / "targets.json").write_bytes(json_bytes(result.targets))
    (new / "run.json").write_bytes(json_bytes(result.run))
    names = ["quarantine.csv", "findings.csv", "weather.nc", SUPPLY_FILE, "targets.json"]
    files = {}
    if result.skylines:
        names.append(f"{SKYLINES_FILE}/{SKYLINES_WHOLE}")
        (new / SKYLINES_FILE).mkdir(exist_ok=True)
        said = {name: dict(data.attrs) for name, data in result.skylines.items()}
        (new / names[-1]).write_bytes(json_bytes(said))
    for name in [*names, "run.json"]:
        if (new / name).is_file():
            put(out / name, (new / name).read_bytes())
            files[name] = sha256_of(out / name)
    return files


def _sources(shade: Shade | None) -> dict[str, xr.Dataset]:
    """Skylines by source, of which the record asks no more than attributes and points within."""
    if shade is None:
        return {}
    told = shade.attrs
    sources = {name: xr.Dataset(attrs=dict(told[name])) for name in SOURCES if name in told}
    for data in sources.values():
        data.attrs["made_roofs"] = shade.roofs
    if "neighbours" in sources:
        data = sources["neighbours"]
        data.attrs = {"reach_m": data.attrs["reach_m"], **shade.counts, **data.attrs}
        points, planes = shade.within
        # As many planes with as many points in all.
        data["points_within_others"] = ("plane_id", np.ones(planes, dtype=np.int64))
        if planes:
            data["points_within_others"][0] += points - planes
    return sources


def heard_of_parts(out: Path, lines: Sequence[Body]) -> Heard:
    """What all parts say beside their tables."""
    return joined([heard_from(_kept(out, line)) for line in lines])


def _kept(out: Path, line: Body) -> dict[str, Any]:
    told = json.loads((out / KEPT / f"part-{line['part']:05d}.json").read_text(encoding="utf-8"))
    return dict(told)


def _in_use(weather: xr.Dataset, sites: Sequence[str]) -> xr.Dataset:
    """Weather of the sites that a roof takes; of all where there is no roof."""
    chosen = [i for i, one in enumerate(weather["site"].to_numpy()) if str(one) in sites]
    return weather.isel(site=chosen) if 0 < len(chosen) < weather.sizes["site"] else weather


def _read(out: Path, folder: str, lines: Sequence[Body], columns: Collection[str]) -> pd.DataFrame:
    """Some columns of all parts, by the manifest; texts of few kinds are read as numbers."""
    paths = _paths(out, folder, lines)
    known = pq.read_schema(paths[0])
    wanted = [name for name in known.names if name in columns]
    choices = [one.name for one in (*schema.INVENTORY, *schema.CHECKED, *schema.RESULT)
               if one.kind == "choice" or one.name == "district"]  # fmt: skip
    few = [name for name in wanted if name in choices or name in _FEW_KINDS]
    few = [name for name in few if pa.types.is_string(known.field(name).type)]
    found: dict[str, pd.Series] = {}
    # All of them at once stand in memory twice.
    for first in range(0, len(wanted), _AT_ONCE):
        some = wanted[first : first + _AT_ONCE]
        tables = [pq.read_table(path, columns=some, read_dictionary=few) for path in paths]
        whole = pa.concat_tables(tables).unify_dictionaries()
        found |= {name: _series(whole[name]) for name in some}
    pa.default_memory_pool().release_unused()
    return pd.DataFrame(found, copy=False)


def _series(column: pa.ChunkedArray) -> pd.Series:
    """Values of a column; of texts Python's, each word of few kinds once, None where none is."""
    if pa.types.is_dictionary(column.type):
        coded = column.combine_chunks()
        words = np.array([*coded.dictionary.to_pylist(), None], dtype=object)
        return pd.Series(words[pc.fill_null(coded.indices, -1).to_numpy()], dtype=object)
    values = column.to_numpy()
    return pd.Series(values, dtype=object if values.dtype == object else None, copy=False)


def _buildings(out: Path, lines: Sequence[Body], rules: Sequence[targets.Rule]) -> gpd.GeoDataFrame:
    known = pq.read_schema(_paths(out, "buildings.parquet", lines)[0]).names
    wanted = {*known} - (_NOT_ASKED - {*targets.columns_asked(rules)})
    # Without geometry it has no use for what a GeoDataFrame does, such as copies.
    return cast(gpd.GeoDataFrame, _read(out, "buildings.parquet", lines, wanted))


def _paths(out: Path, folder: str, lines: Sequence[Body]) -> list[Path]:
    return [out / folder / f"part-{line['part']:05d}.parquet" for line in lines]


def _spread_and_years(out: Path, lines: Sequence[Body]) -> tuple[Spreads, energy.Yearly]:
    table = pa.concat_tables([pq.read_table(path) for path in _paths(out, KEPT, lines)])
    columns = {name: table[name].to_numpy() for name in table.column_names}
    years = [name.removeprefix("ac_kwh_") for name in columns if name.startswith("ac_kwh_")]
    ac, poa = (
        np.stack([columns[f"{name}_{year}"] for year in years], axis=1)
        for name in ("ac_kwh", "poa_kwp")
    )
    spread = Spreads(*(columns[n] for n in ("interannual", "irradiation", "from_years", "assumed")))
    return spread, energy.Yearly(np.array([int(year) for year in years]), ac, poa)


def _months(empty: Sequence[bool]) -> xr.Dataset:
    """Energy of one plane, missing in the months in which that of any plane is."""
    values = np.where(np.array(empty, dtype=bool), np.nan, 0.0)[None]
    return xr.Dataset({"ac_kwh": (("plane_id", "month"), values)})


def _reconcile(result: Result, lines: Sequence[Body]) -> None:
    """The counts of the whole are those of its parts."""
    counts = result.run["counts"]
    for name in ("assessed", "excluded", "quarantined"):
        parts = sum(line["counts"][name] for line in lines)
        if counts[name] != parts:
            raise AssertionError(f"{name}: {counts[name]} in all, {parts} in the parts")


def _only_parts(out: Path, parts: int) -> None:
    """Nothing but the parts of this run in the folders of parts."""
    numbers = {f"part-{number:05d}" for number in range(parts)}
    for folder in PARTED:
        for path in (out / folder).glob("*"):
            if path.name.partition(".")[0] not in numbers:
                path.unlink()


def _join_lines(out: Path, parts: int, name: str, path: Path) -> None:
    """One table of text from those of the parts, header once."""
    with path.open("wb") as whole:
        for number in range(parts):
            with (out / KEPT / f"part-{number:05d}.{name}.csv").open("rb") as part:
                head = part.readline()
                if number == 0:
                    whole.write(head)
                shutil.copyfileobj(part, whole)
