"""``roofpv verify``: this installation against pvlib and closed forms."""

from __future__ import annotations

import json

import click

from roofpv.cli import options
from roofpv.text import table

FAILED = 1


@click.command(short_help="Hold this installation against pvlib and closed forms.")
@options.json_option
def command(as_json: bool) -> int:
    """Compare every kernel with its twin in pvlib, a closed form or a law; exit 1 on a failure."""
    from roofpv.verify import COMPARISONS, carry_out  # noqa: PLC0415

    outcomes = list(carry_out(COMPARISONS))
    if as_json:
        entries = [
            {
                "name": one.name,
                "against": one.against,
                "figure": one.figure,
                "bar": one.bar,
                "unit": one.unit,
                "passed": one.passed,
            }
            for one in outcomes
        ]
        click.echo(json.dumps(entries))
    else:
        rows = [
            [o.name, o.against, f"{o.figure:.1e}", f"{o.bar:.1e}", o.unit, _mark(o.passed)]
            for o in outcomes
        ]
        for line in table(["what", "against", "figure", "bar", "unit", "within"], rows):
            click.echo(line)
        click.echo(f"{sum(o.passed for o in outcomes)} of {len(outcomes)} within their bar")
    return 0 if all(one.passed for one in outcomes) else FAILED


def _mark(passed: bool) -> str:
    return "yes" if passed else "NO"
