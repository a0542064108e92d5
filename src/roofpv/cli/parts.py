"""``roofpv assess`` of a list that is assessed in parts."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from roofpv.catalogue import say
from roofpv.cli import options
from roofpv.errors import InvalidConfig
from roofpv.text import plain

if TYPE_CHECKING:
    from roofpv.assessment import Once
    from roofpv.batch import Run
    from roofpv.batch.cut import Reading
    from roofpv.config import Config
    from roofpv.results import Result
    from roofpv.surroundings import Surroundings

STOPPED = 4


@dataclass(frozen=True)
class Parts:
    """What ``assess`` was asked for, and the options that need the whole list, by their name."""

    inventory: Path
    out: Path
    weather: tuple[str, ...]
    rules: tuple[str, ...]
    jobs: int | None
    overwrite: bool
    scheduler: str | None
    memory: str | None
    whole: Mapping[str, bool]
    lang: str
    hours: str = ""


def assess_in_parts(asked: Parts, loaded: Config) -> Result | None:
    """
    Assess a long list part by part; None where it is to be done in one piece.

    Raises
    ------
    click.exceptions.Exit
        With 4 if a signal stopped it.
    """
    from roofpv.batch import Stopped, run_in_parts  # noqa: PLC0415

    if asked.overwrite and options.update_said():
        raise InvalidConfig("--update", "keeps what --overwrite takes away", "Give one of the two")
    run = _run_of(asked, loaded)
    if run is None:
        return None
    try:
        return run_in_parts(run)
    except Stopped as stopped:
        again = " ".join(["roofpv", *map(shlex.quote, sys.argv[1:])])
        cause = {"why": plain(str(stopped), 200)}
        words = {
            "why": say("screen.parts.why", asked.lang, cause) if str(stopped) else "",
            "command": plain(again, 2000),
        }
        click.echo(say("screen.parts.stopped", asked.lang, words), err=True)
        raise click.exceptions.Exit(STOPPED) from None


def rehearse_in_parts(asked: Parts, loaded: Config, as_json: bool) -> bool:
    """Tell what a long list would take; False where it is to be done in one piece."""
    from roofpv.batch.rehearse import rehearsal_lines, rehearse  # noqa: PLC0415

    run = _run_of(asked, loaded)
    if run is None:
        return False
    told = rehearse(run)
    if as_json:
        click.echo(json.dumps(told))
        return True
    for line in rehearsal_lines(told, asked.lang, shaded=run.context is not None):
        click.echo(line)
    click.echo(say("screen.trial.nothing_kept", asked.lang), err=True)
    return True


def _run_of(asked: Parts, loaded: Config) -> Run | None:
    """What is to be run in parts, if anything."""
    from roofpv.batch import Run, cut  # noqa: PLC0415
    from roofpv.batch.fit import asks_for_all, is_damaged, is_long, is_parquet  # noqa: PLC0415
    from roofpv.batch.memory import size_of  # noqa: PLC0415
    from roofpv.report.city import turned  # noqa: PLC0415
    from roofpv.report.shown import listed  # noqa: PLC0415

    if is_damaged(asked.inventory):
        # It says what is wrong, before anything is said of the folder.
        _reading(loaded).read(asked.inventory)
    context = options.inventory_said().context
    budget = None if asked.memory is None else size_of(asked.memory)
    if not is_long(asked.inventory, budget, shaded=context is not None):
        _check_parted(asked, "the list is not a GeoParquet file of buildings that is long enough")
        if not is_parquet(asked.inventory):
            _check_memory(asked, "the list is no GeoParquet file, and is assessed in one piece")
        return None
    shared = _shared(asked, loaded)
    reasons = asks_for_all(shared, asked.whole)
    if reasons:
        why = f"the list is assessed in one piece, for {', '.join(reasons)}"
        _check_parted(asked, why)
        _check_memory(asked, why)
        words = {"reasons": listed([turned(one, asked.lang) for one in reasons], asked.lang)}
        click.echo(say("screen.parts.in_one_piece", asked.lang, words), err=True)
        return None
    run = Run(
        asked.inventory, _reading(loaded), shared, asked.out, _jobs(asked.jobs), asked.overwrite,
        cut.PART_ROWS, scheduler=asked.scheduler, context=context, around=_around(),
        hours=asked.hours, update=options.update_said(),
        keep_skylines=options.keep_skylines_said(),
    )  # fmt: skip
    return run if budget is None else _fitted(run, budget, asked.lang)


def _fitted(run: Run, budget: float, lang: str) -> Run:
    """The run within its budget of memory; says so where fewer processes work at it."""
    from roofpv.batch.memory import fitted  # noqa: PLC0415

    fit = fitted(run, budget)
    if fit.jobs < run.jobs:
        words = {"asked": str(run.jobs), "jobs": str(fit.jobs)}
        click.echo(say("screen.parts.fewer", lang, words), err=True)
    return fit


def _check_memory(asked: Parts, why: str) -> None:
    """Refuse a budget of memory that would not be kept."""
    if asked.memory is not None:
        raise InvalidConfig("--memory", why, "Leave the option out")


def _check_parted(asked: Parts, why: str) -> None:
    """Refuse options that only say how parts are done."""
    if asked.scheduler is not None:
        raise InvalidConfig("--scheduler", why, "Leave the option out")
    if options.update_said():
        raise InvalidConfig("--update", why, "Give --overwrite, and all of it is computed again")


def _shared(asked: Parts, loaded: Config) -> Once:
    from roofpv.assessment import once  # noqa: PLC0415

    return once(
        options.load_weather(asked.weather),
        rules=options.chosen_rules(asked.rules),
        assumptions=loaded.assumptions,
    )


def whole_around() -> dict[str, bool]:
    """Options of what is around that need the whole list, and whether they are given."""
    from roofpv.batch.fit import is_parquet  # noqa: PLC0415
    from roofpv.surroundings import is_horizon  # noqa: PLC0415

    around, context = options.surroundings_said(), options.inventory_said().context
    given = {f"--{name}": path is not None for name, path in around.items()}
    terrain = around["terrain"]
    return given | {
        "--terrain": terrain is not None and not is_horizon(terrain),
        # What does not exist is told of where it is read.
        "--context": context is not None and context.exists() and not is_parquet(context),
    }


def _around() -> Surroundings:
    """What surrounds all roofs alike."""
    from roofpv.surroundings import read_surroundings  # noqa: PLC0415

    return read_surroundings(terrain=options.surroundings_said()["terrain"])


def _reading(loaded: Config) -> Reading:
    from roofpv.batch.cut import Reading  # noqa: PLC0415

    said = options.inventory_said()
    columns = tuple(sorted(loaded.columns.items()))
    return Reading(columns, said.crs, said.layer, said.datum, said.swap_axes)


def _jobs(stated: int | None) -> int:
    from roofpv.batch.run import cores  # noqa: PLC0415

    return cores() if stated is None else stated
