"""Which processes make up the system, how each is started and how it says that it is ready."""

from __future__ import annotations

import hmac
import sys
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from common.settings import ROOT, Settings, environment

ROLES = ("rasa", "actions", "bot")
_RASA_PYTHON = ROOT / ".venv" / "rasa" / "bin" / "python"


@dataclass(frozen=True)
class ProcessSpec:
    """One process: what to run, with which extra environment, the address that answers 200 when it is ready."""

    name: str
    command: list[str]
    ready_url: str
    environ: dict[str, str] = field(default_factory=dict)
    needs_database: bool = False


def derived_secret(settings: Settings, purpose: str) -> str:
    """A secret for a part of the demo, so that nobody has to invent one."""
    return hmac.new(settings.secret_key.encode(), purpose.encode(), "sha256").hexdigest()


def shared_environment(settings: Settings, *, demo: bool) -> dict[str, str]:
    """What every process gets: one view of the settings, whatever `.env` says meanwhile."""
    environ = {
        **environment(),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "RETOUR_HOME": str(settings.home),
        "RETOUR_DATABASE_URL": settings.database_url,
        "RETOUR_HOST": settings.host,
        "RETOUR_PORT": str(settings.port),
        "RETOUR_PUBLIC_URL": settings.public_url,
        "RETOUR_SECRET_KEY": settings.secret_key,
        "RETOUR_RASA_URL": settings.rasa_url,
        "RETOUR_ACTIONS_URL": settings.actions_url,
        "RETOUR_DEMO": "1" if demo else "",
    }
    if demo:
        environ |= demo_environment(settings)
    return environ


def demo_environment(settings: Settings) -> dict[str, str]:
    """The addresses and secrets that `retour.example.toml` names."""
    return {
        "RETOUR_DEMO_SUPPLIER_URL": f"http://127.0.0.1:{settings.port + 3}",
        "RETOUR_DEMO_SUPPLIER_TOKEN": derived_secret(settings, "demo-supplier-token"),
        "RETOUR_DEMO_SUPPLIER_SECRET": derived_secret(settings, "demo-supplier-webhook"),
        "RETOUR_DEMO_PAYMENTS_URL": f"http://127.0.0.1:{settings.port + 4}",
        "RETOUR_DEMO_PAYMENTS_TOKEN": derived_secret(settings, "demo-payments-token"),
        "RETOUR_DEMO_PAYMENTS_SECRET": derived_secret(settings, "demo-payments-webhook"),
    }


def specs(settings: Settings, roles: tuple[str, ...], *, demo: bool) -> list[ProcessSpec]:
    """The processes of these roles; the demo's supplier and payment service come with it."""
    known = {"rasa": _rasa, "actions": _actions, "bot": _bot}
    chosen = [known[role](settings) for role in ROLES if role in roles]
    return chosen + (_demo(settings) if demo else [])


def _rasa(settings: Settings) -> ProcessSpec:
    port = str(urlsplit(settings.rasa_url).port or 5005)
    command = [str(_RASA_PYTHON), "-m", "components.lean", "run", "--enable-api", "--auth-token", settings.rasa_token]
    command += ["--interface", "127.0.0.1", "--port", port, "--model", "models"]
    command += ["--endpoints", "endpoints.yml", "--credentials", "credentials.yml"]
    return ProcessSpec("rasa", command, f"{settings.rasa_url}/status?token={settings.rasa_token}")


def _actions(settings: Settings) -> ProcessSpec:
    command = [sys.executable, "-m", "actions.server"]
    return ProcessSpec("actions", command, f"{settings.actions_url}/health", needs_database=True)


def _bot(settings: Settings) -> ProcessSpec:
    host = "127.0.0.1" if settings.host == "0.0.0.0" else settings.host  # noqa: S104 (asked for by the operator)
    ready_url = f"http://{host}:{settings.port}/health/live"
    return ProcessSpec("bot", [sys.executable, "-m", "retour.web"], ready_url, needs_database=True)


def _demo(settings: Settings) -> list[ProcessSpec]:
    state = settings.home / "demo"
    state.mkdir(parents=True, exist_ok=True)
    supplier, payments = str(settings.port + 3), str(settings.port + 4)
    webhooks = f"http://127.0.0.1:{settings.port}/webhooks"
    return [
        ProcessSpec(
            "supplier",
            [
                sys.executable,
                "-m",
                "retour.demo.supplier",
                "--port",
                supplier,
                "--state",
                str(state / "supplier.db"),
                "--webhook",
                f"{webhooks}/suppliers/northwind",
                "--secret-env",
                "RETOUR_DEMO_SUPPLIER_SECRET",
            ],
            f"http://127.0.0.1:{supplier}/health",
        ),
        ProcessSpec(
            "payments",
            [
                sys.executable,
                "-m",
                "retour.demo.payments",
                "--port",
                payments,
                "--state",
                str(state / "payments.db"),
                "--webhook",
                f"{webhooks}/payments",
            ],
            f"http://127.0.0.1:{payments}/health",
        ),
    ]
