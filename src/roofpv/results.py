"""The result directory: written whole or not at all, and read back."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import h5netcdf
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import xarray as xr

from roofpv import schema
from roofpv.csvfiles import check_ends, read_lines, unguarded, write_csv
from roofpv.energyfile import write_energy, write_netcdf
from roofpv.errors import InvalidResult
from roofpv.skylinefile import FILE as SKYLINES_FILE
from roofpv.skylinefile import kept_skylines, write_skylines

FILES = (
    "buildings.parquet",
    "buildings.csv",
    "planes.parquet",
    "energy.nc",
    "weather.nc",
    "targets.json",
    "quarantine.csv",
    "findings.csv",
    "run.json",
)
# Written only where the user gave zones.
ZONES_FILE = "zones.parquet"
SUPPLY_FILE = "supply.csv"
# Written only where it is asked for.
WATERFALL_FILE = "waterfall.csv"
DISTRICT_HOURS_FILE = "district_hours.nc"
# Written into the folder afterwards; of an earlier result they tell what no longer holds.
REPORT_FILES = ("report.html", "report.xlsx", "report.pdf")
_OPTIONAL = (ZONES_FILE, SKYLINES_FILE, SUPPLY_FILE, WATERFALL_FILE, DISTRICT_HOURS_FILE,
             *REPORT_FILES)  # fmt: skip
_CLASSES = frozenset(
    ("district", *(one.name for one in (*schema.INVENTORY, *schema.CHECKED, *schema.RESULT)
                   if one.kind == "choice"))
)  # fmt: skip
_HOUR_BLOCK = 64
_HOURLY = ("poa_global", "dc_kw", "ac_kw", "time")


def _no_findings() -> pd.DataFrame:
    return pd.DataFrame({"row": pd.Series(dtype="int64")})


@dataclass(frozen=True)
class Result:
    """
    An assessment.

    ``buildings`` (GeoDataFrame, a row a building), ``planes`` (GeoDataFrame, a row a plane),
    ``energy`` (Dataset by plane and month), ``weather`` (Dataset by site and time, as used),
    ``targets`` (list of verdicts), ``quarantine`` (rows that could not be used), ``run`` (what was
    read, assumed and counted), ``findings`` (every repair, emptied cell and doubt in the rows),
    ``zones`` (GeoDataFrame, a row a zone and building that it lies on; None where none is given),
    ``skylines`` (Datasets by source; none where the surroundings are not given, ``NotKept`` where
    those of a list in parts were not kept), ``supply``
    (roofs from the cheapest energy to the dearest; not read back), ``waterfall`` (steps from the
    sun to the meter of city and districts; read back by ``read_waterfall``), ``district_hours``
    (Dataset by district and time; not read back).
    """

    buildings: gpd.GeoDataFrame
    planes: pd.DataFrame
    energy: xr.Dataset
    weather: xr.Dataset
    targets: list[dict[str, Any]]
    quarantine: pd.DataFrame
    run: dict[str, Any]
    findings: pd.DataFrame = field(default_factory=_no_findings)
    zones: gpd.GeoDataFrame | None = None
    skylines: Mapping[str, xr.Dataset] = field(default_factory=dict)
    supply: pd.DataFrame | None = None
    waterfall: pd.DataFrame | None = None
    district_hours: xr.Dataset | None = None


def check_free(out: Path, overwrite: bool) -> None:
    """
    Make sure that a result may be written to ``out``.

    Raises
    ------
    InvalidResult
        Something is there already, and it is not a result that may be replaced.
    """
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    ours = out.is_dir() and (out / "run.json").is_file()
    if not ours:
        raise InvalidResult(
            str(out), "exists and is no result of roofpv", "Choose another folder with -o"
        )
    if not overwrite:
        raise InvalidResult(
            str(out), "holds a result already", "Add --overwrite, or choose another folder with -o"
        )


def write_results(
    result: Result,
    out: str | Path,
    *,
    hours: Iterable[tuple[slice, xr.Dataset]] | None = None,
    overwrite: bool = False,
) -> Path:
    """
    Write a result directory; until it is complete nothing stands under its name.

    Parameters
    ----------
    result : Result
    out : path
    hours : iterable of (slice, Dataset), optional
        Hourly energy in chunks of planes, appended to ``energy.nc``.
    overwrite : bool
        Replace an earlier result.

    Raises
    ------
    InvalidResult
        The folder cannot be written, or holds something else.
    """
    target = Path(out).resolve()
    check_free(target, overwrite)
    part = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        part.mkdir(parents=True)
        _write_files(result, part, hours)
        _replace(part, target)
    except OSError as error:
        raise InvalidResult(
            str(target), f"cannot be written ({error.strerror or error})", "Choose another folder"
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return target


def read_results(out: str | Path, most_drawn: int | None = None) -> Result:
    """
    Read a result directory back.

    Parameters
    ----------
    out : path
    most_drawn : int, optional
        Of more planes than these no column is read but their own id and their building's.

    Raises
    ------
    InvalidResult
        The folder is absent or a file of it is missing or damaged.
    """
    folder = _complete(out)

    def read(name: str, reader: Callable[[Path], Any]) -> Any:
        with _damage_told(folder / name):
            return reader(folder / name)

    return Result(
        buildings=read("buildings.parquet", gpd.read_parquet),
        planes=read("planes.parquet", partial(_read_planes, most_drawn=most_drawn)),
        energy=read("energy.nc", partial(_read_netcdf, without=_HOURLY)),
        weather=read("weather.nc", _read_netcdf),
        targets=read("targets.json", partial(_read_json, kind=list)),
        quarantine=read("quarantine.csv", read_lines),
        findings=read("findings.csv", read_lines),
        run=read("run.json", partial(_read_json, kind=dict)),
        zones=read(ZONES_FILE, _read_zones),
        skylines=read(SKYLINES_FILE, lambda _: kept_skylines(folder)),
    )


def read_verdicts(out: str | Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """
    Verdicts and record of a result directory, ``targets`` and ``run``, without its tables.

    Raises
    ------
    InvalidResult
        As `read_results`.
    """
    folder = _complete(out)
    found = []
    for name, kind in (("targets.json", list), ("run.json", dict)):
        with _damage_told(folder / name):
            found.append(_read_json(folder / name, kind))
    return found[0], found[1]


def read_buildings(out: str | Path, columns: Collection[str]) -> pd.DataFrame:
    """
    Some columns of the buildings of a result directory, without their geometry.

    Parameters
    ----------
    out : path
    columns : collection of str
        Those that the result does not have are left out.

    Returns
    -------
    DataFrame (building,)
        In the order of the result; classes and districts are categories.

    Raises
    ------
    InvalidResult
        As `read_results`.
    """
    path = _complete(out) / "buildings.parquet"
    with _damage_told(path):
        schema_of = pq.read_schema(files_of(path)[0])
        kinds = {one.name: one.type for one in schema_of if one.name in columns}
        # A million words of a few kinds are read and compared in a fifth of the time as numbers.
        classes = [name for name, kind in kinds.items() if name in _CLASSES and _is_words(kind)]
        table = pq.read_table(path, columns=list(kinds), read_dictionary=classes)
        return table.to_pandas(ignore_metadata=True, split_blocks=True)


def read_waterfall(out: str | Path) -> pd.DataFrame | None:
    """
    Steps from the sun to the meter as a result directory keeps them, with every digit.

    Parameters
    ----------
    out : path

    Returns
    -------
    DataFrame (step,)
        As ``waterfalls`` of the result; None where it was written without.

    Raises
    ------
    InvalidResult
        As `read_results`.
    """
    path = _complete(out) / WATERFALL_FILE
    if not path.is_file():
        return None
    with _damage_told(path):
        check_ends(path)
        steps = pd.read_csv(path, encoding="utf-8-sig", dtype=str, keep_default_na=False)
        # The numbers as Python reads them: every digit in any version of pandas.
        numbers = {name: [float(one or "nan") for one in steps[name]] for name in ("kwh", "factor")}
        return unguarded(steps, ("level", "name", "step")).assign(**numbers)


def _is_words(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _complete(out: str | Path) -> Path:
    """The folder of a result, with every file in it."""
    folder = Path(out)
    if not folder.is_dir():
        what = "this is a file, no folder" if folder.exists() else "the folder does not exist"
        mend = "Name the folder of roofpv assess -o, or run that again"
        raise InvalidResult(str(out), f"no complete result: {what}", mend)
    missing = [name for name in FILES if not (folder / name).exists()]
    if missing:
        raise InvalidResult(
            str(out), f"no complete result: {missing[0]} is missing", "Run roofpv assess again"
        )
    return folder


@contextmanager
def _damage_told(path: Path) -> Iterator[None]:
    """Whatever goes wrong while a file of a result is read is told as a damaged file."""
    try:
        yield
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        reason = " ".join(str(error).split())[:160]
        raise InvalidResult(
            str(path), f"damaged ({reason})", "Run roofpv assess again with --overwrite"
        ) from error


def _read_json(path: Path, kind: type) -> Any:
    told = json.loads(path.read_text(encoding="utf-8"))
    if isinstance(told, kind):
        return told
    raise ValueError(f"not a {kind.__name__}")


def _read_planes(path: Path, most_drawn: int | None) -> pd.DataFrame:
    """Planes, with their geometry if they were written with it and are not too many."""
    count = sum(pq.read_metadata(one).num_rows for one in files_of(path))
    if most_drawn is not None and count > most_drawn:
        return pq.read_table(path, columns=["plane_id", "building_id"]).to_pandas()
    drawn = b"geo" in (pq.read_schema(files_of(path)[0]).metadata or {})
    return gpd.read_parquet(path) if drawn else pd.read_parquet(path)


def _read_zones(path: Path) -> gpd.GeoDataFrame | None:
    return gpd.read_parquet(path) if path.is_file() else None


def _write_files(
    result: Result, folder: Path, hours: Iterable[tuple[slice, xr.Dataset]] | None
) -> None:
    result.buildings.to_parquet(folder / "buildings.parquet", compression="zstd", index=False)
    write_csv(_flat(result.buildings), folder / "buildings.csv")
    result.planes.to_parquet(folder / "planes.parquet", compression="zstd", index=False)
    write_energy(result.energy, folder / "energy.nc")
    if hours is not None:
        append_hours(folder / "energy.nc", len(result.planes), result.weather, hours)
    write_netcdf(result.weather, folder / "weather.nc")
    (folder / "targets.json").write_bytes(json_bytes(result.targets))
    write_csv(result.quarantine, folder / "quarantine.csv")
    write_csv(result.findings, folder / "findings.csv")
    (folder / "run.json").write_bytes(json_bytes(result.run))
    if result.zones is not None and len(result.zones):
        result.zones.to_parquet(folder / ZONES_FILE, compression="zstd", index=False)
    if result.supply is not None:
        write_csv(result.supply, folder / SUPPLY_FILE)
    if result.waterfall is not None:
        write_csv(result.waterfall, folder / WATERFALL_FILE)
    if result.district_hours is not None:
        write_netcdf(result.district_hours, folder / DISTRICT_HOURS_FILE)
    if result.skylines:
        write_skylines(result.skylines, folder / SKYLINES_FILE)


def _replace(part: Path, target: Path) -> None:
    if target.exists() and target.samefile(Path.cwd()):
        # The folder one stands in cannot be exchanged: its files are, one by one.
        for name in _OPTIONAL:
            if not (part / name).exists():
                (target / name).unlink(missing_ok=True)
        for path in part.iterdir():
            path.replace(target / path.name)
        return
    if not target.exists():
        part.rename(target)
        return
    old = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}.old")
    target.rename(old)
    try:
        part.rename(target)
    except OSError:
        old.replace(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _flat(buildings: gpd.GeoDataFrame) -> pd.DataFrame:
    return pd.DataFrame(buildings.drop(columns="geometry"))


def files_of(path: Path) -> list[Path]:
    """A file of a result, or the parts of one that is written in parts, in order."""
    return sorted(path.glob("part-*")) if path.is_dir() else [path]


def json_bytes(value: Any) -> bytes:
    """Value as a JSON file of a result has it."""
    text = json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False, default=_plain)
    return (text + "\n").encode("utf-8")


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} is not JSON")


def _read_netcdf(path: Path, without: tuple[str, ...] = ()) -> xr.Dataset:
    # The hours of a city fill the memory: whoever wants them opens the file.
    parts = []
    for file in files_of(path):
        with xr.open_dataset(file, engine="h5netcdf", drop_variables=without) as opened:
            parts.append(opened.load())
    return parts[0] if len(parts) == 1 else xr.concat(parts, "plane_id")


def append_hours(
    path: Path, planes: int, weather: xr.Dataset, hours: Iterable[tuple[slice, xr.Dataset]]
) -> None:
    """
    Put hours into a file of energy, block by block, so that they never stand in memory together.

    Parameters
    ----------
    path : Path
        Of energy by month, written.
    planes : int
        How many it has.
    weather : Dataset (site, time)
        Their times.
    hours : iterable of (slice, Dataset)
        From ``energy.simulate_hourly``, in the order of the planes.
    """
    times = weather.indexes["time"].to_numpy().astype("datetime64[s]").astype("int64")
    units: Mapping[str, str] = {"poa_global": "W/m2", "dc_kw": "kW", "ac_kw": "kW"}
    with h5netcdf.File(path, "a") as file:
        file.dimensions["time"] = times.size
        time = file.create_variable("time", ("time",), "int64", data=times)
        time.attrs["units"] = "seconds since 1970-01-01"
        time.attrs["time_label"] = str(weather.attrs["time_label"])
        chunks = (max(1, min(_HOUR_BLOCK, planes)), times.size)
        for name, unit in units.items():
            variable = file.create_variable(
                name, ("plane_id", "time"), "float32", chunks=chunks, compression="gzip",
                compression_opts=1, shuffle=True,
            )  # fmt: skip
            variable.attrs["units"] = unit
        for start, block in _blocks(part for _, part in hours):
            for name in units:
                values = block[name].to_numpy().astype("float32")
                file.variables[name][start : start + len(values)] = values


def _blocks(parts: Iterable[xr.Dataset]) -> Iterator[tuple[int, xr.Dataset]]:
    """Cut anew into blocks of one size: the bytes of the file depend on how it was written."""
    start, waiting = 0, []
    for part in parts:
        waiting.append(part)
        while sum(one.sizes["plane_id"] for one in waiting) >= _HOUR_BLOCK:
            joined = waiting[0] if len(waiting) == 1 else xr.concat(waiting, "plane_id")
            yield start, joined.isel(plane_id=slice(0, _HOUR_BLOCK))
            start += _HOUR_BLOCK
            rest = joined.isel(plane_id=slice(_HOUR_BLOCK, None))
            waiting = [rest] if rest.sizes["plane_id"] else []
    if waiting:
        yield start, waiting[0] if len(waiting) == 1 else xr.concat(waiting, "plane_id")
