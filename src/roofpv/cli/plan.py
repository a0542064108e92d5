"""``roofpv plan``: which roofs to equip, in which year, at what cost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from roofpv.cli import options
from roofpv.errors import InvalidConfig, InvalidResult

if TYPE_CHECKING:
    import pandas as pd

    from roofpv.plan import Ask, Plan
    from roofpv.results import Result


@click.command(short_help="Which roofs to equip, by year and budget, to reach a target.")
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--target",
    required=True,
    metavar="RULE/TARGET[/READING[/VARIANT]]",
    help="Such as shizuishan-2025/B or shizuishan-2025/A/A2/N2; RULE may be a rule file.",
)
@click.option(
    "--rules",
    multiple=True,
    metavar="ID|FILE",
    help="Where RULE stands, if not in OUT; repeatable.",
)
@click.option("--district", metavar="NAME", help="Reach the target there, by its roofs alone.")
@click.option("--by", type=int, required=True, metavar="YEAR", help="Last year.")
@click.option("--from", "start", type=int, metavar="YEAR", help="First year. [that of --by]")
@click.option("--budget", type=float, metavar="CNY", help="Investment in all.")
@click.option("--budget-per-year", type=float, metavar="CNY", help="Investment in any year.")
@click.option("--must", multiple=True, metavar="ID", help="Building to equip; repeatable.")
@click.option("--never", multiple=True, metavar="ID", help="Building to leave out; repeatable.")
@click.option(
    "--min",
    "minimum",
    multiple=True,
    metavar="DISTRICT|USE=SHARE",
    help="Share to reach there too, such as school=0.1; repeatable.",
)
@click.option("--kwp-per-year", type=float, metavar="N", help="What can be built in a year.")
@click.option(
    "--max-kwp",
    multiple=True,
    metavar="DISTRICT|COLUMN[:VALUE]=N",
    help="What the grid there takes, with what is installed; repeatable.",
)
@click.option(
    "--layouts/--no-layouts",
    default=None,
    help="Choose among the layouts of each flat roof without PV, at most one a roof, or keep those "
    "of OUT.  [among them where the target counts areas, energy or capacity]",
)
@click.option(
    "--time-limit", type=float, default=30.0, show_default=True, metavar="S", help="Seconds."
)
@click.option(
    "-o",
    "file",
    type=click.Path(path_type=Path),
    metavar="FILE.csv",
    help="The roofs as CSV, and beside it all of the plan as JSON.",
)
@click.option(
    "--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language."
)
@options.json_option
def command(
    out: Path, target: str, rules: tuple[str, ...], district: str | None, by: int,
    start: int | None, budget: float | None, budget_per_year: float | None, must: tuple[str, ...],
    never: tuple[str, ...], minimum: tuple[str, ...], kwp_per_year: float | None,
    max_kwp: tuple[str, ...], layouts: bool | None, time_limit: float, file: Path | None,
    lang: str, as_json: bool,
) -> None:  # fmt: skip
    """
    Choose the cheapest roofs of the result folder OUT that reach a target, with a proven gap.

    Where the conditions do not let the target be reached it is the plan with the most gain, told
    by how much it misses. Where each district must reach the target the plan is one for all of
    them, and tells which cannot. The folder stays as it is, and nothing is simulated again but
    layouts to choose from: then the cost of a roof includes what the energy is worth over the years
    of its life that the layout gives up against the most productive one of the same capacity.
    """
    from roofpv.plan import Ask, plan, plan_text  # noqa: PLC0415
    from roofpv.results import read_results  # noqa: PLC0415

    ask = Ask(
        target, by, start, budget, budget_per_year, must, never,
        _numbers("--min", minimum), kwp_per_year, _numbers("--max-kwp", max_kwp), time_limit,
        district, rules,
    )  # fmt: skip
    result = read_results(out)
    made = plan(result, ask, _layouts(result, ask, layouts))
    if file is not None:
        _write(made, file)
    if as_json:
        click.echo(json.dumps(made.told, ensure_ascii=False))
        return
    for line in plan_text(made.told, lang):
        click.echo(line)


def _layouts(result: Result, ask: Ask, wanted: bool | None) -> pd.DataFrame | None:
    """Layouts to choose from, where they are asked for or decide what a roof adds."""
    from roofpv.layouts import EXACT_ROOFS, layout_candidates  # noqa: PLC0415
    from roofpv.plan import layout_question  # noqa: PLC0415

    if wanted is False:
        return None
    asked = layout_question(result, ask)
    if not (asked.decides or wanted):
        return None
    ids = asked.building_ids
    return layout_candidates(result, ids, exact=len(ids) <= EXACT_ROOFS)


def _numbers(option: str, texts: tuple[str, ...]) -> dict[str, float]:
    """NAME=NUMBER of a repeatable option."""
    found = {}
    for text in texts:
        name, _, number = text.rpartition("=")
        try:
            found[name] = float(number)
        except ValueError:
            name = ""
        if not name:
            raise InvalidConfig(f"{option} {text}", "expected NAME=NUMBER", "Write it as NAME=0.1")
    return found


def _write(made: Plan, file: Path) -> None:
    """The roofs as CSV, the whole plan as JSON beside it."""
    from roofpv.csvfiles import without_formulas  # noqa: PLC0415

    text = json.dumps(made.told, ensure_ascii=False, indent=1, allow_nan=False)
    beside = file.with_suffix(".json")
    if beside == file:
        raise InvalidConfig(f"-o {file.name}", "the table is a CSV", "Name it FILE.csv")
    try:
        without_formulas(made.roofs).to_csv(file, index=False, encoding="utf-8-sig")
        beside.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise InvalidResult(
            str(file), f"cannot be written ({error.strerror or error})", "Choose another place"
        ) from error
