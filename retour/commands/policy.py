"""`retour policy`: what the shop's rules say."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.group()
def policy() -> None:
    """The shop's policy."""


@policy.command()
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """Validate a policy file; every problem with its line, exit 1 if there is one."""
    from actions.policy.loader import check as check_policy

    problems = check_policy(file)
    for problem in problems:
        click.echo(str(problem))
    if not problems:
        click.echo(f"{file} is in order.")
    sys.exit(1 if problems else 0)
