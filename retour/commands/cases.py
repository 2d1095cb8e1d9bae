"""`retour cases`: the cases as JSON, in the shape of CONTRACT.md."""

from __future__ import annotations

import json
import sys

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
def replay(case_id: str) -> None:
    """Decide a case again from the facts and the policy it was decided on; exit 1 if it comes out otherwise."""
    from actions.cases.facts import replay as decide_again
    from actions.cases.repository import get
    from actions.policies.service import of_digest
    from actions.policy.loader import load

    settings = Settings.load()
    with transaction(make_engine(settings.database_url)) as session:
        kept = get(session, case_id).decision or {}
        if not kept:
            click.echo(f"{case_id} was never decided.")
            sys.exit(1)
        present = load(settings.policy_path)
        policy = of_digest(session, present, kept.get("policy_sha256", present.sha256))
    again = decide_again(kept, policy)
    same = all(again[name] == kept[name] for name in ("outcome", "refund_minor", "legal_basis"))
    click.echo(f"{case_id}: {again['outcome']}, as it was decided." if same else f"{case_id}: now {again['outcome']}.")
    sys.exit(0 if same else 1)


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
