"""`retour credits`: the store credits in shoppers' hands, and what was bought with them."""

from __future__ import annotations

import getpass
import json

import click

from common.clock import SystemClock
from common.database import make_engine, transaction
from common.money import Money
from common.settings import Settings


@click.group()
def store_credits() -> None:
    """Store credits."""


@store_credits.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--all", "everything", is_flag=True, help="Those that are used up, too.")
def list_credits(as_json: bool, everything: bool) -> None:
    """Newest first, with what is left of each."""
    from actions.credits.repository import listed

    with transaction(make_engine(Settings.load().database_url)) as session:
        for row in listed(session, open_only=not everything):
            if as_json:
                shape: dict[str, object] = {"code": row.code, "case_id": row.case_id, "currency": row.currency}
                shape |= {"amount_minor": row.amount_minor, "balance_minor": row.balance_minor}
                click.echo(json.dumps(shape | {"issued_at": row.issued_at.isoformat()}))
            else:
                left, of = Money(row.balance_minor, row.currency), Money(row.amount_minor, row.currency)
                click.echo(f"{row.code}  {left.decimal():>10} of {of.decimal():>10} {row.currency}")


@store_credits.command()
@click.argument("code")
@click.argument("amount")
@click.option("--order", "reference", required=True, help="The order that was paid with it; each counts once.")
def redeem(code: str, amount: str, reference: str) -> None:
    """Take a purchase of AMOUNT off the balance of CODE."""
    from actions.credits import repository, service

    with transaction(make_engine(Settings.load().database_url)) as session:
        currency = repository.by_code(session, code.strip().upper()).currency
        price = Money.parse(amount, currency)
        by, now = getpass.getuser(), SystemClock().now()
        credit = service.redeem(session, code, price, reference=reference, by=by, now=now)
        left = Money(credit.balance_minor, currency)
    click.echo(f"{left.decimal()} {left.currency} are left of {code.strip().upper()}.")
