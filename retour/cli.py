"""The command line. Each command lives in `retour/commands/` and is imported only when it runs."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from common.errors import RetourError

# name on the command line -> module and attribute
_COMMANDS = {
    "up": "retour.commands.up:up",
    "train": "retour.commands.train:train",
    "parse": "retour.commands.parse:parse",
    "chat": "retour.commands.chat:chat",
    "import": "retour.commands.imports:imports",
    "policy": "retour.commands.policy:policy",
    "cases": "retour.commands.cases:cases",
    "ledger": "retour.commands.ledger:ledger",
    "credits": "retour.commands.credits:store_credits",
    "user": "retour.commands.user:user",
    "doctor": "retour.commands.doctor:doctor",
    "migrate": "retour.commands.migrate:migrate",
}


class _LazyGroup(click.Group):
    """Loads a command's module when it is called, so that `--help` and completion answer at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        target = _COMMANDS.get(cmd_name)
        if target is None:
            return None
        module, _, attribute = target.partition(":")
        command = getattr(import_module(module), attribute)
        return command if isinstance(command, click.Command) else None


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Retour takes a return or refund from first message to money back."""


def main() -> None:
    """Run the command line; an expected failure is one sentence on standard error and exit code 1 or 2."""
    try:
        cli(standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except RetourError as error:
        click.echo(f"retour: {error.message}", err=True)
        sys.exit(1)
