"""The end of a run in parts: verdicts, sums and record, step by step from columns of all parts."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr

from roofpv import energy, finance, targets
from roofpv.assessment import STEPS, Ending, Found, Given, Once, Told, put_together, whole_of
from roofpv.batch.columns import InFile, Parted, trim
from roofpv.batch.cut import Piece
from roofpv.batch.durable import move_all, sha256_of, sync
from roofpv.batch.hours import hours_of_parts
from roofpv.batch.manifest import Body
from roofpv.batch.merging import Heard, Shade, heard_from, joined
from roofpv.batch.putback import sort_lines, stands_of
from roofpv.batch.reconciling import counts_close, rows_stand_once, sums_close
from roofpv.batch.shards import KEPT, OF_SPREAD
from roofpv.batch.work import Orders
from roofpv.csvfiles import write_csv
from roofpv.energyfile import write_netcdf
from roofpv.inventory.plausible import OF_UNITS, unit_notes
from roofpv.results import DISTRICT_HOURS_FILE, SUPPLY_FILE, Result, json_bytes
from roofpv.siting import far_notes
from roofpv.skylinefile import FILE as SKYLINES_FILE
from roofpv.skylinefile import SOURCES
from roofpv.skylinefile import WHOLE as SKYLINES_WHOLE
from roofpv.uncertainty import Spreads

PARTED = ("buildings.parquet", "planes.parquet", "energy.nc", "buildings.csv", KEPT, SKYLINES_FILE)
_LINES = ("quarantine", "findings")
# Steps that take words as categories, and one that a list in one piece leaves to its check.
_CODED = frozenset(("chances", "verdicts"))
_UNITS = "units"
# File of numbers that are not read into memory all at once.
_LATER = "numbers"
# The step that is parted among processes, at most how often, and from how many rows on: each part
# finds who is drawn by itself, in a tenth of the time that one process takes for all.
_PARTED_STEP, _SHARES, _SHARED_ROWS = "chances", 4, 100_000
# Parts in memory together where they are read one after the other.
_AT_ONCE = 5
# Of a longer list one step at a time: two of them would take more than 2 GiB.
_TOGETHER_ROWS = 1_500_000
# Columns of buildings that a summary asks for.
_SUMMARY = (
    "district", "status", "kwp", "ac_kwh", "gross_roof_area_m2", "installable_area_m2",
    "installed_kwp", "own_use_kwh", "saved_cny", "sold_cny", "npv_cny", "capex_cny",
    "payback_years", "avoided_kgco2", "embodied_kgco2",
)  # fmt: skip


@dataclass(frozen=True)
class Whole:
    """
    What is said of a whole list.

    ``attrs`` as it was read, ``inputs``, files of what is around it, whether rows of its parts are
    ``picked`` from anywhere in it, and how many ``rows`` its file has.
    """

    attrs: Mapping[Any, Any]
    inputs: Sequence[dict[str, str]] = ()
    picked: bool = False
    rows: int = 0


def at_once(rows: int, jobs: int) -> int:
    """How many of some processes add up a list of some rows at the same time."""
    return jobs if rows <= _TOGETHER_ROWS else 1


@dataclass(frozen=True, eq=False)
class Gathering:
    """
    A run whose parts are done.

    ``rules`` and ``as_of`` of the run, ``whole`` the list, ``lines`` of the manifest by part,
    ``heard`` what all parts say beside their tables.
    """

    out: Path
    rules: list[targets.Rule]
    as_of: date | None
    whole: Whole
    lines: Sequence[Body]
    heard: Heard

    def turns(self, jobs: int) -> list[list[Step]]:
        """
        What is to be found, that which takes longest first; the steps of a turn go together.

        Parameters
        ----------
        jobs : int
            How many can go at once.
        """
        rows = self.heard.rows
        steps = [Step(name, self) for name in (*STEPS, _UNITS)]
        if at_once(rows, jobs) < jobs:
            return [[one] for one in steps]
        shares = min(jobs, _SHARES) if rows >= _SHARED_ROWS else 1
        parted = [Step(_PARTED_STEP, self, (number, shares)) for number in range(shares)]
        return [[*parted, *(one for one in steps if one.name != _PARTED_STEP)]]

    def table(self, folder: str, *, coded: bool = False) -> Parted:
        """A table of all parts, in the order of the list."""
        parts = [line["part"] for line in self.lines]
        paths = tuple(self.out / folder / f"part-{part:05d}.parquet" for part in parts)
        stands = stands_of(self.out, folder, parts) if self.whole.picked else ()
        return Parted(paths, coded, stands)

    def shared(self, orders: Orders) -> Once:
        """What all rows have in common."""
        return dataclasses.replace(orders.once(), rules=self.rules, as_of=self.as_of)

    def given(self, shared: Once, work: Path, share: tuple[int, int], *, coded: bool) -> Given:
        """What the steps ask for."""
        numbers = work / f"{_LATER}-{share[0]}"
        weather = _in_use(shared.weather, self.heard.sites)
        return Given(
            self.table("buildings.parquet", coded=coded), self.table("planes.parquet"),
            self._years, _months(self.heard.months_empty), shared.sky(weather), weather,
            _sources(self.heard.shade), apart=lambda: self._apart(coded=coded),
            later=lambda names: self._later(names, numbers), share=share,
        )  # fmt: skip

    def _later(self, names: Collection[str], path: Path) -> tuple[Parted, InFile]:
        table = self.table("buildings.parquet", coded=True)
        numbers = table.in_file(names, path)
        return dataclasses.replace(table, left=frozenset(numbers.names)), numbers

    def _apart(self, *, coded: bool) -> Iterator[tuple[Parted, Parted]]:
        for first in range(0, len(self.lines), _AT_ONCE):
            some = dataclasses.replace(self, lines=self.lines[first : first + _AT_ONCE])
            yield some.table("buildings.parquet", coded=coded), some.table("planes.parquet")

    def _years(self) -> tuple[Spreads, energy.Yearly]:
        told = self.table(KEPT)
        table = told(told.names)
        years = [name.removeprefix("ac_kwh_") for name in table if name.startswith("ac_kwh_")]
        ac, poa = (
            np.stack([table[f"{name}_{year}"].to_numpy() for year in years], axis=1)
            for name in ("ac_kwh", "poa_kwp")
        )
        spread = Spreads(*(table[name].to_numpy() for name in OF_SPREAD))
        return spread, energy.Yearly(np.array([int(year) for year in years]), ac, poa)


@dataclass(frozen=True, eq=False)
class Step:
    """One step of the end of a run, by its name in ``STEPS``, or a ``share`` of it."""

    name: str
    of: Gathering
    share: tuple[int, int] = (0, 1)

    @property
    def piece(self) -> Piece:
        """All of the list."""
        return Piece(0, 0, self.of.heard.rows, "")

    def do(self, orders: Orders) -> Found:
        """Do it; the supply curve is written, all else is the answer."""
        trim()
        if self.name == _UNITS:
            attrs = self.of.whole.attrs
            table = self.of.table("buildings.parquet")(OF_UNITS)
            headers = attrs.get("columns", {}).get("all", {})
            return {_UNITS: unit_notes(table, attrs.get("units", {}), headers)}
        shared = self.of.shared(orders)
        given = self.of.given(shared, orders.work, self.share, coded=self.name in _CODED)
        found = STEPS[self.name](given, shared)
        supply = found.pop("supply", None)
        if supply is not None:
            write_csv(supply, orders.work / SUPPLY_FILE)
        return found


def answers(steps: Sequence[Step], told: Sequence[Found]) -> dict[str, Found]:
    """
    What some steps have found, by name; shares of one step together.

    Parameters
    ----------
    steps : sequence of Step
    told : sequence of dict
        What each of them has found.
    """
    by_name: dict[str, list[Found]] = {}
    for step, found in zip(steps, told, strict=True):
        by_name.setdefault(step.name, []).append(found)
    return {name: whole_of(found) for name, found in by_name.items()}


def gathered(run: Gathering, found: Mapping[str, Found], orders: Orders) -> Result:
    """
    Verdicts, sums and record of a run whose parts are done.

    Parameters
    ----------
    run : Gathering
    found : mapping of str to dict
        What each of its steps found, by its name.
    orders : Orders

    Returns
    -------
    Result
        Of the buildings the columns that a summary asks for; without planes and energy; of
        quarantine and findings only what counts.

    Raises
    ------
    AssertionError
        The sums of the result are not those of its parts: a fault of ours.
    """
    heard, shared = run.heard, run.shared(orders)
    weather = _in_use(shared.weather, heard.sites)
    told = Told(
        run.whole.attrs, heard.rows, heard.count_in, None,
        tuple(one.finding() for one in heard.tallies),
        tuple(far_notes(*heard.far, shared.assumed.site)), tuple(found[_UNITS][_UNITS]),
        heard.far, heard.left_out,
    )  # fmt: skip
    lost = sum(line["counts"]["quarantined"] for line in run.lines)
    terms, inputs = finance.terms_of(shared.assumed), list(run.whole.inputs)
    ending = Ending(told, lost, shared.sky(weather), weather, terms, inputs)
    verdicts, record = put_together(ending, found, shared)
    counts_close(record["counts"], run.lines, (run.whole.rows, heard.rows))
    parts = [line["part"] for line in run.lines]
    if heard.count_in == heard.rows:
        rows_stand_once(run.out, parts, heard.rows)
    table = run.table("buildings.parquet", coded=True)(_SUMMARY)
    sums_close(record, table, run.out, parts)
    hours = hours_of_parts([run.out / KEPT / f"part-{line['part']:05d}" for line in run.lines])
    return Result(
        cast(gpd.GeoDataFrame, table), pd.DataFrame(), xr.Dataset(), weather, verdicts,
        pd.DataFrame(index=range(lost)), record, pd.DataFrame(), skylines=_sources(heard.shade),
        district_hours=None if hours is None else hours.labelled(weather),
    )  # fmt: skip


def write_gathered(
    result: Result, out: Path, parts: int, *, picked: bool = False
) -> dict[str, str]:
    """
    Write what is of the whole run, its record last.

    Parameters
    ----------
    result : Result
        From `gathered`.
    out : Path
    parts : int
        How many there are; files of others, of an earlier run, are taken away.
    picked : bool
        Whether their rows do not follow each other in the list.

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
        if picked:
            sort_lines(new / f"{name}.csv")
    write_netcdf(result.weather, new / "weather.nc")
    shutil.move(out / ".work" / SUPPLY_FILE, new / SUPPLY_FILE)
    (new / "targets.json").write_bytes(json_bytes(result.targets))
    (new / "run.json").write_bytes(json_bytes(result.run))
    names = ["quarantine.csv", "findings.csv", "weather.nc", SUPPLY_FILE, "targets.json"]
    files = {}
    if result.district_hours is not None:
        names.append(DISTRICT_HOURS_FILE)
        write_netcdf(result.district_hours, new / DISTRICT_HOURS_FILE)
    if result.skylines:
        names.append(f"{SKYLINES_FILE}/{SKYLINES_WHOLE}")
        for place in (new, out):
            (place / SKYLINES_FILE).mkdir(exist_ok=True)
        said = {name: dict(data.attrs) for name, data in result.skylines.items()}
        (new / names[-1]).write_bytes(json_bytes(said))
    for name in [*names, "run.json"]:
        if (new / name).is_file():
            sync(new / name)
            move_all({new / name: out / name})
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


def _months(empty: Sequence[bool]) -> xr.Dataset:
    """Energy of one plane, missing in the months in which that of any plane is."""
    values = np.where(np.array(empty, dtype=bool), np.nan, 0.0)[None]
    return xr.Dataset({"ac_kwh": (("plane_id", "month"), values)})


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
