"""What the portal page may do: whose claim a link opens, which actions fit its state, what each of them reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.orm import Session

from actions.suppliers import repository, service
from actions.suppliers.adapters.portal import external_id_of
from actions.suppliers.model import Progress, SupplierClaim
from actions.suppliers.port import Inspection, RmaReport, RmaStatus
from common import links
from common.errors import RefusedError
from common.money import Money, MoneyError
from common.settings import Settings
from common.shop_config import SupplierConfig

Action = Literal["approve", "refuse", "received", "inspected", "credited"]
Outcome = Literal["recorded", "already"]

CONDITIONS = ("as_new", "used", "damaged", "incomplete", "other_item", "other")
LIMITS = {"rma_number": 64, "return_address": 500, "instructions": 2000, "reason": 2000, "note": 2000, "amount": 20}

_PURPOSE = "supplier-portal"
_LIFETIME = timedelta(days=30)

# By state: the expected action first. Refusing stays possible until the parcel is there, as with an API.
_ACTIONS: dict[RmaStatus, tuple[Action, ...]] = {
    RmaStatus.PENDING: ("approve", "refuse"),
    RmaStatus.APPROVED: ("received", "refuse"),
    RmaStatus.RECEIVED: ("inspected", "credited"),
    RmaStatus.INSPECTED: ("credited",),
}


class FormError(RefusedError):
    """A field of the page's form cannot be taken; `code` is `portal.` and the name of the sentence to show."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(f"portal.{sentence}", f"The field {field} cannot be taken: {sentence}.")
        self.field = field
        self.sentence = sentence


@dataclass(frozen=True)
class PortalLink:
    """A link for the supplier of one claim, to be shown to the merchant or mailed."""

    url: str
    expires_at: datetime


def link(settings: Settings, claim: SupplierClaim, *, now: datetime) -> PortalLink:
    """A fresh link to the claim's page. Earlier ones stay valid until they expire by themselves."""
    expires_at = now + _LIFETIME
    token = links.sign(settings.secret_key, _PURPOSE, {"claim": claim.id}, expires_at=expires_at)
    return PortalLink(f"{settings.public_url}/supplier/{token}", expires_at)


def claim_id_of(settings: Settings, token: str, *, now: datetime) -> str:
    """Raises RefusedError `link.invalid` or `link.expired`."""
    claim_id: str = links.read(settings.secret_key, _PURPOSE, token, now=now)["claim"]
    return claim_id


def actions_for(claim: SupplierClaim) -> tuple[Action, ...]:
    """What can be recorded now, the expected action first."""
    state = claim.state
    if claim.closed_at is not None and state in (RmaStatus.PENDING, RmaStatus.APPROVED):
        return ()
    if state is RmaStatus.APPROVED and claim.returnless:
        return ("credited", "refuse")
    return _ACTIONS.get(state, ())


def record(
    session: Session,
    claim_id: str,
    action: str,
    form: Mapping[str, str],
    *,
    supplier: SupplierConfig,
    progress: Progress,
    now: datetime,
) -> Outcome:
    """Record one action. `already` means that it does not fit the state any more, usually because it was done before.

    Raises FormError naming the field when the form cannot be taken.
    """
    claim = repository.lock(session, claim_id)
    if action not in actions_for(claim):
        return "already"
    report = _report(claim, supplier, action, form)
    if claim.sent_at is None:
        claim.sent_at = now
    if service.apply(session, claim, report, now=now, by=service.journal_name(supplier)):
        progress(session, claim, now=now)
    return "recorded"


def _report(claim: SupplierClaim, supplier: SupplierConfig, action: str, form: Mapping[str, str]) -> RmaReport:
    external_id = claim.external_id or external_id_of(claim.reference)
    if action == "approve":
        needs_address = not claim.returnless and not service.return_address(claim, supplier)
        return RmaReport(
            external_id,
            RmaStatus.APPROVED,
            rma_number=_text(form, "rma_number"),
            return_address=_text(form, "return_address", required=needs_address),
            instructions=_text(form, "instructions"),
        )
    if action == "refuse":
        return RmaReport(external_id, RmaStatus.REJECTED, reason=_text(form, "reason", required=True))
    if action == "inspected":
        return RmaReport(external_id, RmaStatus.INSPECTED, inspection=_inspection(form))
    if action == "credited":
        return RmaReport(external_id, RmaStatus.CREDITED, credit_minor=_amount(form, claim))
    return RmaReport(external_id, RmaStatus.RECEIVED)


def _text(form: Mapping[str, str], field: str, *, required: bool = False) -> str | None:
    text = form.get(field, "").replace("\r\n", "\n").strip()
    if len(text) > LIMITS[field] or "\x00" in text:
        raise FormError(field, "too_long")
    if required and not text:
        raise FormError(field, "needed")
    return text or None


def _inspection(form: Mapping[str, str]) -> Inspection:
    condition = form.get("condition", "")
    if condition not in CONDITIONS:
        raise FormError("condition", "needed")
    return Inspection(condition, _text(form, "note") or "")


def _amount(form: Mapping[str, str], claim: SupplierClaim) -> int:
    try:
        amount = Money.parse(_text(form, "amount", required=True) or "", claim.currency).minor_units
    except MoneyError as error:
        raise FormError("amount", "amount") from error
    if amount < 0:
        raise FormError("amount", "amount")
    # A slipped comma turns 19.00 into 1900; nobody credits more than was claimed on purpose.
    if claim.credit_expected_minor and amount > claim.credit_expected_minor:
        raise FormError("amount", "too_much")
    return amount
