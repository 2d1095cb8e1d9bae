"""`retour import`: orders out of a shop's own export."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from common.database import make_engine, transaction
from common.settings import Settings, environment
from common.shop_config import ShopConfig


@click.group()
def imports() -> None:
    """Bring data in."""


@imports.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--shop", help="Which shop the orders belong to; the name in retour.toml by default.")
def orders(file: Path, shop: str | None) -> None:
    """Import a Shopify or WooCommerce order export. Bad rows are listed; good ones are kept."""
    from actions.orders.imports.record import Defaults
    from actions.orders.imports.service import import_file
    from actions.resale.service import offers
    from retour.database import upgrade
    from retour.processes import demo_environment

    settings = Settings.load()
    upgrade(settings)
    engine = make_engine(settings.database_url)
    config = ShopConfig.load(settings.shop_path, {**demo_environment(settings), **environment()})
    report = import_file(
        file,
        lambda: transaction(engine),
        shop=shop or config.name,
        defaults=Defaults(country=config.country, currency=config.currency),
    )
    with transaction(engine) as session:
        waiting = offers(session, limit=100)
    engine.dispose()
    for problem in report.problems:
        click.echo(str(problem), err=True)
    click.echo(
        f"{report.orders_added} added, {report.orders_changed} changed, {report.orders_unchanged} unchanged, "
        f"{len(report.problems)} problems"
    )
    for offer in waiting:
        click.echo(f"Order {offer.order_number}: {offer.quantity} × {offer.name} ({offer.sku}) is on your own shelf.")
    sys.exit(1 if report.problems else 0)


@imports.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--shop", help="Which shop the orders belong to; the name in retour.toml by default.")
def payments(file: Path, shop: str | None) -> None:
    """Import the payments of orders that were paid in several (columns: order, reference, amount)."""
    from actions.refunds.payments import import_payments
    from retour.database import upgrade
    from retour.processes import demo_environment

    settings = Settings.load()
    upgrade(settings)
    engine = make_engine(settings.database_url)
    config = ShopConfig.load(settings.shop_path, {**demo_environment(settings), **environment()})
    report = import_payments(file, lambda: transaction(engine), shop=shop or config.name, currency=config.currency)
    engine.dispose()
    for problem in report.problems:
        click.echo(str(problem), err=True)
    click.echo(f"{report.added} added, {report.unchanged} unchanged, {len(report.problems)} problems")
    sys.exit(1 if report.problems else 0)
