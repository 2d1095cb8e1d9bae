"""`retour cases`: the cases as JSON, in the shape of CONTRACT.md."""

from __future__ import annotations

import json

import click

from common.database import make_engine, transaction
from common.settings import Settings


@click.group()
def cases() -> None:
    """Cases."""


@cases.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--order", help="Only cases of this order number.")
@click.option("--status", help="Only cases in this status.")
def list_cases(as_json: bool, order: str | None, status: str | None) -> None:
    """Newest first."""
    from actions.cases.model import CaseFilter
    from actions.cases.repository import search
    from actions.cases.view import case_json

    with transaction(make_engine(Settings.load().database_url)) as session:
        page = search(session, CaseFilter(order_number=order, status=status), limit=10_000)
        for case in page.cases:
            shape = case_json(session, case)
            if as_json:
                click.echo(json.dumps(shape, ensure_ascii=False))
            else:
                click.echo(
                    f"{shape['reference']:<12} {shape['order_number']:<10} {shape['status']:<18} {shape['reason']}"
                )


@cases.command()
@click.argument("case_id")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def show(case_id: str, as_json: bool) -> None:
    """One case, by id or reference."""
    from actions.cases.repository import get
    from actions.cases.view import case_json

    with transaction(make_engine(Settings.load().database_url)) as session:
        shape = case_json(session, get(session, case_id))
        click.echo(json.dumps(shape, ensure_ascii=False, indent=None if as_json else 2))
