"""``roofpv targets``: the verdicts, all readings side by side."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from roofpv.cli import options
from roofpv.errors import InvalidConfig, InvalidResult, InvalidRules

if TYPE_CHECKING:
    import pandas as pd

    from roofpv.targets import Rule

MISSED = 1


@click.command(short_help="Verdicts on the targets, all readings side by side.")
@click.argument("out", type=click.Path(path_type=Path))
@options.rules_option
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Judge as of that day.")
@click.option(
    "--by",
    type=click.Choice(["district", "use", "ownership"]),
    help="Groups that are told apart beside the city. [district]",
)
@click.option(
    "--buildings",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="CSV to write: every building held against each target by itself.",
)
@click.option(
    "--certainty",
    is_flag=True,
    help="Add the chance that each target is met, and what to look at to be surer.",
)
@click.option("--draws", type=int, metavar="N", help="Draws of --certainty. [1000]")
@click.option("--seed", type=int, metavar="N", help="Seed of --certainty. [1]")
@click.option("--strict", is_flag=True, help="Exit with 1 if the city misses a target now.")
@click.option(
    "--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language."
)
@options.json_option
def command(
    out: Path,
    rules: tuple[str, ...],
    as_of: datetime | None,
    by: str | None,
    buildings: Path | None,
    certainty: bool,
    draws: int | None,
    seed: int | None,
    strict: bool,
    lang: str,
    as_json: bool,
) -> int:
    """
    Show the verdicts of the result folder OUT.

    With --rules, --as-of or --by they are evaluated anew from the buildings; nothing is simulated
    again and the folder stays as it is. With --certainty --json the verdicts stand under
    "targets", each with its probability, and all else under "certainty".
    """
    from roofpv.results import read_buildings, read_verdicts  # noqa: PLC0415

    entries, record = read_verdicts(out)
    day = _recorded_day(record) if as_of is None else as_of.date()
    anew = bool(rules) or as_of is not None or by is not None
    if anew or buildings is not None:
        from roofpv import targets  # noqa: PLC0415

        loaded = _rules(record, rules)
        table = read_buildings(out, targets.columns_asked(loaded, by))
        if anew:
            entries = targets.evaluate(table, loaded, as_of=day, by=by)
        if buildings is not None:
            _write_each(buildings, table, loaded, day)
    sized = {"certainty.draws": draws, "certainty.seed": seed}
    told = _certainty(out, _rules(record, rules), (day, by), sized) if certainty else None
    if told is None and any(value is not None for value in sized.values()):
        raise InvalidConfig("--draws, --seed", "nothing is drawn", "Add --certainty")
    if told is not None:
        entries = _with_chances(entries, told)
    if as_json:
        shown = entries if told is None else {"targets": entries, "certainty": told}
        click.echo(json.dumps(shown, ensure_ascii=False))
    else:
        # The room loads pvlib for its other pages, which takes as long as the verdicts.
        from roofpv.catalogue import say  # noqa: PLC0415
        from roofpv.report import targets_text  # noqa: PLC0415

        for line in targets_text(entries, lang) or [say("targets.none", lang)]:
            click.echo(line)
        for line in [] if told is None else _certainty_lines(told, lang):
            click.echo(line)
    missed = any(
        e["default"]
        and e.get("group", e["district"]) is None
        and e["state"] == "now"
        and e["met"] is False
        for e in entries
    )
    return MISSED if strict and missed else 0


def _rules(run: dict[str, Any], named: tuple[str, ...]) -> list[Rule]:
    """The rules that are named, else those of the assessment."""
    from roofpv import targets  # noqa: PLC0415

    if named:
        return [targets.load_rule(name) for name in options.chosen_rules(named)]
    return [targets.parse_rule(text, name) for name, text in run["rule_texts"].items()]


def _certainty(
    out: Path,
    rules: list[Rule],
    of: tuple[date | None, str | None],
    sized: dict[str, int | None],
) -> dict[str, Any]:
    """The chances, with the spreads of the assessment."""
    from roofpv.assumptions import from_values  # noqa: PLC0415
    from roofpv.certainty import certainty  # noqa: PLC0415
    from roofpv.results import read_results  # noqa: PLC0415

    if not rules:
        raise InvalidRules("--certainty", "no rule was judged", "Name one with --rules")
    result = read_results(out)
    stated = {one["key"]: one["value"] for one in result.run["assumptions"]}
    said = {key: value for key, value in sized.items() if value is not None}
    assumed = from_values(said, "--draws, --seed", from_values(stated, "run.json"))
    return certainty(result.buildings, rules, assumed, as_of=of[0], by=of[1])


def _with_chances(entries: list[dict[str, Any]], told: dict[str, Any]) -> list[dict[str, Any]]:
    from roofpv.certainty import with_chances  # noqa: PLC0415

    return with_chances(entries, told["entries"])


def _certainty_lines(told: dict[str, Any], lang: str) -> list[str]:
    from roofpv.certainty import certainty_text  # noqa: PLC0415

    return ["", *certainty_text(told, lang)]


def _write_each(file: Path, buildings: pd.DataFrame, rules: list[Rule], day: date | None) -> None:
    """Write the verdicts building by building."""
    import pandas as pd  # noqa: PLC0415

    from roofpv import targets  # noqa: PLC0415
    from roofpv.csvfiles import without_formulas  # noqa: PLC0415

    if not rules:
        raise InvalidRules("--buildings", "no rule was judged", "Name one with --rules")
    found = [targets.building_verdicts(buildings, rule, as_of=day) for rule in rules]
    table = without_formulas(pd.concat(found, ignore_index=True))
    try:
        table.to_csv(file, index=False, encoding="utf-8-sig")
    except OSError as fault:
        raise InvalidResult(
            str(file),
            f"cannot be written ({fault.strerror})",
            "Give a folder that exists",
        ) from fault


def _recorded_day(run: dict[str, Any]) -> date | None:
    """Day that the assessment was judged as of, where it was set."""
    said = [one["value"] for one in run["assumptions"] if one["key"] == "targets.as_of"]
    return date.fromisoformat(said[0]) if said and said[0] else None
