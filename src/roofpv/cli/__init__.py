"""The command line: one file a command, loaded when it is called."""

from __future__ import annotations

import os
import sys
from typing import Any, TextIO

import click

from roofpv import __version__
from roofpv.cli.lazy import LazyGroup
from roofpv.errors import RoofpvError
from roofpv.text import plain

COMMANDS = (
    "assess", "check", "compare", "demo", "doctor", "explain", "plan", "report", "status",
    "targets", "template", "verify", "waterfall", "weather",
)  # fmt: skip
USAGE, FAULT, INTERRUPTED = 2, 70, 130


class Roofpv(LazyGroup):
    """The commands of ``roofpv``."""

    names = COMMANDS


@click.group(
    cls=Roofpv,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done; 1 a check failed; 2 wrong input; 3 too many rows quarantined; "
    "4 stopped, run it again to go on; "
    "70 a fault of ours; 130 interrupted.",
)
@click.version_option(__version__, prog_name="roofpv")
def cli() -> None:
    """From a list of buildings to rooftop PV, and a verdict on the city's PV targets."""


def main() -> None:
    """Run the command line and turn every end into its exit code."""
    for stream in (sys.stdout, sys.stderr):
        _tolerate(stream)
    sys.exit(_run())


def _run() -> int:
    try:
        # Not cli.main: it turns a reader that went away (head, less) into exit code 1.
        with cli.make_context("roofpv", sys.argv[1:]) as context:
            code = cli.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        error.show()
        return USAGE
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except Exception as error:  # the last line of defence
        return _failed(error)
    return code if isinstance(code, int) else 0


def _failed(error: Exception) -> int:
    """Say what went wrong in one line; the exit code that goes with it."""
    if isinstance(error, BrokenPipeError):
        # The reader of our output went away: nothing is wrong, and nothing more can be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    if isinstance(error, RoofpvError):
        click.echo(f"roofpv: {_one_line(error)}", err=True)
        return USAGE
    if os.environ.get("ROOFPV_DEBUG"):
        raise error
    click.echo(
        f"roofpv: a fault of ours ({type(error).__name__}: {_one_line(error)}). "
        "Set ROOFPV_DEBUG=1 to see where, and report it.",
        err=True,
    )
    return FAULT


def _one_line(error: BaseException) -> str:
    return plain(" ".join(str(error).split()), 600)


def _tolerate(stream: TextIO | Any) -> None:
    """A terminal that cannot show a character gets a question mark, not a traceback."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")
