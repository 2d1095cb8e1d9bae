"""`retour policy`: what the shop's rules say."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from common.database import make_engine, transaction
from common.settings import Settings
from common.shop_config import ShopConfig
from retour.processes import demo_environment


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


@policy.command()
@click.option("--orders", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="An order export (CSV).")
@click.option(
    "--policy", "other", type=click.Path(path_type=Path), help="The policy to try; the present one if absent."
)
@click.option("--asking", default=10, type=click.IntRange(1, 100), help="Percent of the orders that ask for something.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Where the HTML report goes.")
def simulate(orders: Path | None, other: Path | None, asking: int, report: Path | None) -> None:
    """Decide past cases and orders again, under the present policy and under another, side by side."""
    from actions.catalogue.repository import all_products
    from actions.orders.imports.record import Defaults, Problem
    from actions.orders.imports.service import read_orders
    from actions.policy.loader import load
    from common.clock import SystemClock
    from retour.database import upgrade
    from retour.simulation import replay, requests, table
    from retour.simulation.report import report as page

    settings, now = Settings.load(), SystemClock().now()
    present, tried = load(settings.policy_path), load(other or settings.policy_path)
    upgrade(settings)
    engine = make_engine(settings.database_url)
    problems: list[Problem] = []
    with transaction(engine) as session:
        past = list(requests.of_cases(session))
        if orders is not None:
            shop = ShopConfig.load(settings.shop_path, demo_environment(settings))
            read = read_orders(orders, Defaults(country=shop.country, currency=shop.currency), problems)
            past += requests.of_orders(read, all_products(session), percent_asking=asking, now=now)
    engine.dispose()
    result = replay.compare(past, present, tried)
    names = (f"present ({present.path.name})", tried.path.name if other else "the same")
    for problem in problems:
        click.echo(str(problem), err=True)
    click.echo(table.table(result, names))
    target = report or settings.home / "policy-simulation.html"
    target.write_text(page(result, names, made_at=now), encoding="utf-8")
    click.echo(f"\nReport: {target}")
