"""`retour doctor`: is everything that must be there, there and working?"""

from __future__ import annotations

import shutil
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass

import click
import sqlalchemy as sa

from bot.channels.port import Client
from common.clock import SystemClock
from common.database import make_engine
from common.errors import RetourError
from common.settings import ROOT, Settings, environment
from common.shop_config import ShopConfig
from retour.processes import demo_environment

_LEAST_FREE_BYTES = 500 * 1024 * 1024


@dataclass(frozen=True)
class Finding:
    """One line of the report. `ok` None means: not set up, and that is allowed."""

    subject: str
    ok: bool | None
    text: str


@click.command()
def doctor() -> None:
    """Check configuration, database, model, channels, suppliers, clock and disk; exit 1 if anything is broken."""
    try:
        settings = Settings.load()
    except RetourError as error:
        click.echo(f"broken  settings      {error.message}")
        sys.exit(1)
    findings = [Finding("settings", True, f"home {settings.home}")]
    for check in (_database, _policy, _model, _channels, _suppliers, _processes, _clock, _disk):
        findings += _guarded(check, settings)
    for finding in findings:
        mark = {True: "ok", False: "broken", None: "off"}[finding.ok]
        click.echo(f"{mark:<7} {finding.subject:<20} {finding.text}")
    sys.exit(1 if any(finding.ok is False for finding in findings) else 0)


def _guarded(check: Callable[[Settings], list[Finding]], settings: Settings) -> list[Finding]:
    try:
        return check(settings)
    except RetourError as error:
        return [Finding(check.__name__.strip("_"), False, error.message)]
    except Exception as error:
        return [Finding(check.__name__.strip("_"), False, f"the check itself failed: {error!r}")]


def _database(settings: Settings) -> list[Finding]:
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    from retour.database import alembic_config

    engine = make_engine(settings.database_url)
    with engine.connect() as connection:
        here = MigrationContext.configure(connection).get_current_revision()
        if engine.dialect.name == "sqlite":
            verdict = connection.execute(sa.text("PRAGMA quick_check(1)")).scalar()
            if verdict != "ok":
                return [Finding("database", False, f"SQLite says {verdict}; restore a backup")]
    engine.dispose()
    wanted = ScriptDirectory.from_config(alembic_config(settings.database_url)).get_current_head()
    if here != wanted:
        return [Finding("database", False, f"at version {here}, needs {wanted}; run `retour migrate`")]
    return [Finding("database", True, f"version {here}")]


def _policy(settings: Settings) -> list[Finding]:
    from actions.policy.loader import check

    problems = check(settings.policy_path)
    return [Finding("policy", not problems, str(problems[0]) if problems else str(settings.policy_path))]


def _model(_settings: Settings) -> list[Finding]:
    models = sorted((ROOT / "models").glob("*.tar.gz"), key=lambda file: file.stat().st_mtime)
    return [Finding("model", bool(models), models[-1].name if models else "none; run `retour train`")]


def _channels(settings: Settings) -> list[Finding]:
    shop = ShopConfig.load(settings.shop_path, {**demo_environment(settings), **environment()})
    pages = ", ".join(shop.allowed_origins) or "its own pages only; others go into allowed_origins"
    signed = "read" if shop.order_token_secret else "off"
    website = Finding("website", True, f"{settings.public_url}, for {pages}; order tokens {signed}")
    return [website, *_asked_who_we_are(settings, shop)]


def _asked_who_we_are(settings: Settings, shop: ShopConfig) -> list[Finding]:
    """Each channel that is set up is asked for our name there, which needs its token to be right."""
    import asyncio

    from bot.channels.registry import PLUGS
    from common.phrases import Phrases

    phrases, findings = Phrases.load(ROOT / "domain.yml"), []

    async def ask(client: Client) -> str:
        try:
            return await client.check()
        finally:
            await client.close()

    for name, plug in PLUGS.items():
        try:
            found = plug(settings, shop, phrases)
            said = asyncio.run(ask(found.client)) if found else "not set up"
            findings.append(Finding(name, True if found else None, said))
        except RetourError as error:
            findings.append(Finding(name, False, error.message))
    return findings


def _suppliers(settings: Settings) -> list[Finding]:
    shop = ShopConfig.load(settings.shop_path, {**demo_environment(settings), **environment()})
    if not shop.suppliers:
        return [Finding("suppliers", None, f"none in {settings.shop_path}")]
    return [Finding(f"supplier {item.id}", True, f"{item.name} ({item.kind})") for item in shop.suppliers.values()]


def _processes(settings: Settings) -> list[Finding]:
    addresses = {
        "rasa": f"{settings.rasa_url}/status?token={settings.rasa_token}",
        "actions": f"{settings.actions_url}/health",
        "bot": f"http://127.0.0.1:{settings.port}/health/ready",
    }
    findings = []
    for name, address in addresses.items():
        began = time.monotonic()
        try:
            with urllib.request.urlopen(address, timeout=3) as answer:  # noqa: S310 (our own loopback addresses)
                took = (time.monotonic() - began) * 1000
                findings.append(Finding(name, answer.status == 200, f"answers in {took:.0f} ms"))
        except urllib.error.HTTPError as error:
            findings.append(Finding(name, False, f"answers {error.code}"))
        except OSError:
            findings.append(Finding(name, None, "not running"))
    return findings


def _clock(_settings: Settings) -> list[Finding]:
    year = SystemClock().now().year
    return [Finding("clock", year >= 2026, f"the year is {year}" + ("" if year >= 2026 else "; set the clock"))]


def _disk(settings: Settings) -> list[Finding]:
    free = shutil.disk_usage(settings.home).free
    return [Finding("disk", free > _LEAST_FREE_BYTES, f"{free / 1e9:.1f} GB free in {settings.home}")]
