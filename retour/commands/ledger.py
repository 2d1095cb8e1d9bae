"""`retour ledger`: what the books say."""

from __future__ import annotations

import json

import click

from common.clock import SystemClock
from common.database import make_engine, transaction
from common.money import Money
from common.settings import Settings


@click.group()
def ledger() -> None:
    """The books."""


@ledger.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, one a case.")
def leaks(as_json: bool) -> None:
    """Credits that suppliers owe, with their age, and those that were given up."""
    from actions.ledger.leaks import by_supplier
    from actions.ledger.leaks import leaks as find

    with transaction(make_engine(Settings.load().database_url)) as session:
        found = find(session, now=SystemClock().now())
    if as_json:
        for leak in found:
            click.echo(json.dumps(leak.as_json(), ensure_ascii=False))
        return
    for leak in found:
        owed, lost = Money(leak.expected_minor, leak.currency), Money(leak.written_off_minor, leak.currency)
        click.echo(
            f"{leak.reference:<12} {leak.supplier:<20} {leak.claim_status:<10} {leak.days:>4} days "
            f"{owed.decimal():>10} owed {lost.decimal():>10} given up {leak.currency}"
        )
    for total in by_supplier(found):
        owed, lost = Money(total.expected_minor, total.currency), Money(total.written_off_minor, total.currency)
        click.echo(
            f"{total.supplier}: {total.cases} cases, {owed.decimal()} {total.currency} owed "
            f"(oldest {total.oldest_days} days), {lost.decimal()} given up"
        )
