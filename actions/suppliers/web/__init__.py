"""The public HTTP of suppliers: their webhooks and the portal page."""

from __future__ import annotations

from sanic import Blueprint

from actions.runtime import Runtime
from actions.suppliers.model import Progress
from actions.suppliers.web.page import add_portal
from actions.suppliers.web.webhook import add_webhook


def blueprint(runtime: Runtime, progress: Progress) -> Blueprint:
    """`POST /webhooks/suppliers/{supplier}` and `/supplier/{token}`. `progress` moves the case in the same commit."""
    suppliers = Blueprint("suppliers")
    add_webhook(suppliers, runtime, progress)
    add_portal(suppliers, runtime, progress)
    return suppliers
