"""All cells of a plan: from the cache, or asked for one after the other, and joined."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import xarray as xr

from roofpv.errors import InvalidConfig
from roofpv.weather.fetch.answers import Unit, reader
from roofpv.weather.fetch.cache import Cache, Entry
from roofpv.weather.fetch.cells import Cell
from roofpv.weather.fetch.services import Options, Service, Years
from roofpv.weather.fetch.transport import Patience, Refused, Stopped, ask
from roofpv.weather.sites import combine_sites

Tell = Callable[[str], None]

# Every other cell would be refused as well: the key, the address.
_HOPELESS = {401, 403, 404, 405, 410}


@dataclass(frozen=True)
class Plan:
    """
    What is to be fetched: which cells and years of which service.

    Raises
    ------
    InvalidConfig
        No cell, or something that the service cannot be asked.
    """

    service: Service
    cells: Sequence[Cell]
    years: Years | None = None
    options: Options = field(default_factory=Options)

    def __post_init__(self) -> None:
        self.service.check(self.years, self.options)
        if not self.cells:
            raise InvalidConfig(
                "--inventory, --lat, --lon", "no place to fetch weather for", "Give one"
            )

    def units(self) -> list[Unit]:
        """Questions of the plan: one a cell, or one a cell and year where it must be."""
        return [
            Unit(self.service, cell, years, self.service.question(cell, years, self.options))
            for cell in self.cells
            for years in self._spans()
        ]

    def _spans(self) -> list[Years | None]:
        if self.years is None or not self.service.year_by_year:
            return [self.years]
        return [(year, year) for year in range(self.years[0], self.years[1] + 1)]


@dataclass(frozen=True, eq=False)
class Fetched:
    """
    How a plan went.

    ``data`` is the weather of all cells, None unless every question was answered. ``asked`` is the
    number of questions that were put to the service, ``kept`` that of the answers in the cache
    now, out of ``total``. ``refused`` are the errors of questions that the service will not answer,
    ``stopped`` why the rest was not asked.
    """

    data: xr.Dataset | None
    total: int
    asked: int
    kept: int
    refused: tuple[Refused, ...] = ()
    stopped: Stopped | None = None


def fetch_weather(
    plan: Plan, cache: Cache, patience: Patience | None = None, tell: Tell = lambda _line: None
) -> Fetched:
    """
    Fetch the weather of a plan, asking only for what the cache does not hold.

    Parameters
    ----------
    plan : Plan
    cache : Cache
        Every answer is kept there at once, so that a run that was cut goes on where it was.
    patience : Patience, optional
    tell : callable, optional
        Takes a line a question.

    Returns
    -------
    Fetched
        Nothing is raised for a service that refuses or fails: it is told there.

    Raises
    ------
    InvalidWeather
        A cache that cannot be written.
    """
    units = plan.units()
    cache.sweep()
    run = _Run(cache, patience or Patience(), tell, len(units))
    for number, unit in enumerate(units, 1):
        run.take(unit, number)
        if run.stopped or _hopeless(run.refused, len(run.entries)):
            break
    whole = len(run.entries) == len(units)
    data = _joined(plan, units, run.entries) if whole else None
    kept = sum(cache.holds(unit) for unit in units)
    return Fetched(data, len(units), run.asked, kept, tuple(run.refused), run.stopped)


@dataclass(eq=False)
class _Run:
    """The state of one pass over the questions."""

    cache: Cache
    patience: Patience
    tell: Tell
    total: int
    asked: int = 0
    entries: list[Entry] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    stopped: Stopped | None = None

    def take(self, unit: Unit, number: int) -> None:
        """Get the weather of a question, from the cache or by asking."""
        found = self.cache.read(unit, self.tell)
        origin = "from the cache"
        if found is None:
            found, origin = self._ask(unit), "fetched"
        if found is not None:
            self.entries.append(found)
            self.tell(f"{number}/{self.total} {_named(unit)}: {origin}")

    def _ask(self, unit: Unit) -> Entry | None:
        if self.asked:
            self.patience.sleep(self.patience.pause)
        self.asked += 1
        try:
            return self.cache.write(unit, ask(unit.request, self.patience, reader(unit)))
        except Refused as error:
            self.refused.append(error)
            self.tell(f"{_named(unit)}: {error.problem}")
        except Stopped as error:
            self.stopped = error
        return None


def _named(unit: Unit) -> str:
    """Cell of a question, with its year where it is one of several."""
    if unit.years is None or not unit.service.year_by_year:
        return unit.request.where
    return f"{unit.request.where} {unit.years[0]}"


def _hopeless(refused: Sequence[Refused], answered: int) -> bool:
    """Whether the other questions would be refused as well."""
    if refused and refused[-1].status in _HOPELESS:
        return True
    return not answered and len(refused) > 1 and len({one.problem for one in refused}) == 1


def _joined(plan: Plan, units: Sequence[Unit], entries: Sequence[Entry]) -> xr.Dataset:
    """Cells side by side, the years of each one after the other, and where all is from."""
    by_cell: dict[str, list[xr.Dataset]] = {}
    for unit, entry in zip(units, entries, strict=True):
        by_cell.setdefault(unit.request.where, []).append(entry.data)
    data = combine_sites([_in_a_row(parts) for parts in by_cell.values()])
    origins = [
        _origin(unit, entry.record) for unit, entry in zip(units, entries, strict=True)
    ]  # fmt: skip
    stated = dict.fromkeys(str(entry.record["service"]) for entry in entries)
    return data.assign_attrs(
        source=f"{plan.service.title}, {len(by_cell)} cell{'s' if len(by_cell) > 1 else ''}",
        stated_source="; ".join(stated),
        fetched=json.dumps(origins, ensure_ascii=False),
        inputs=json.dumps(
            [{"name": one["name"], "sha256": one["sha256"]} for one in origins], ensure_ascii=False
        ),
    )


def _in_a_row(parts: list[xr.Dataset]) -> xr.Dataset:
    if len(parts) == 1:
        return parts[0]
    joined = xr.concat(
        parts, "time", data_vars="minimal", coords="minimal", compat="override", join="override",
        combine_attrs="override",
    )  # fmt: skip
    return joined.assign_attrs({key: _joined_lists(parts, key) for key in ("inputs", "warnings")})


def _joined_lists(parts: Sequence[xr.Dataset], key: str) -> str:
    """JSON of what the parts list under a name, in their order, nothing twice."""
    lists = [json.loads(str(part.attrs.get(key, "[]"))) for part in parts]
    entries = {json.dumps(entry): entry for one in lists for entry in one}
    return json.dumps(list(entries.values()), ensure_ascii=False)


def _origin(unit: Unit, record: dict[str, Any]) -> dict[str, Any]:
    """Where the weather of one question is from, for the file."""
    years = [] if unit.years is None else list(unit.years)
    kept = {key: record[key] for key in ("source", "service", "url", "fetched", "sha256", "rows")}
    name = unit.request.where + "".join(f"_{year}" for year in years[:1])
    return {"name": name, "site": unit.request.where, "years": years, **kept}
