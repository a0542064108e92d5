"""A group whose commands are modules, imported when they are called."""

from __future__ import annotations

import importlib

import click


class LazyGroup(click.Group):
    """Commands by name, each the ``command`` of the module of that name in ``package``."""

    package = "roofpv.cli"
    names: tuple[str, ...] = ()

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands."""
        del ctx
        return list(self.names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load the command of that name."""
        del ctx
        if cmd_name not in self.names:
            return None
        module = importlib.import_module(f"{self.package}.{cmd_name}")
        command: click.Command = module.command
        return command
