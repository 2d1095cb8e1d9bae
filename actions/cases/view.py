"""A case as JSON: CONTRACT.md's shape, with what the console shows besides."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from actions.cases import repository
from actions.cases.model import Case, CaseLine
from actions.cases.transitions import ALLOWED_TRANSITIONS
from actions.credits import repository as store_credits
from actions.credits.model import StoreCredit
from actions.evidence import service as evidence
from actions.evidence.model import Evidence
from actions.ledger import service as ledger
from actions.refunds import repository as refunds
from actions.refunds.model import Refund
from actions.replacements import repository as replacements
from actions.suppliers import repository as claims
from actions.suppliers.model import SupplierClaim


def case_json(session: Session, case: Case) -> dict[str, Any]:
    """Everything about one case. Fields of CONTRACT.md come first and keep their names."""
    suppliers = [_supplier(claim) for claim in claims.of_case(session, case.id)]
    return {
        "id": case.id,
        "reference": case.reference,
        "order_number": case.order_number,
        "shop": case.shop,
        "channel": case.channel,
        "conversation_id": case.conversation_id,
        "language": case.language,
        "status": case.status,
        "reason": case.reason,
        "legal_basis": case.legal_basis,
        "resolution": case.resolution,
        "lines": [_line(line) for line in case.lines],
        "currency": case.currency,
        "evidence": [_evidence(row) for row in evidence.of_case(session, case.id)],
        "decision": _decision(case),
        "supplier": suppliers[0] if suppliers else None,
        "refunds": [_refund(refund) for refund in refunds.of_case(session, case.id)],
        "handoff": _handoff(session, case),
        "created_at": case.created_at.isoformat(),
        "updated_at": case.updated_at.isoformat(),
        "journal": [
            {"at": row.at.isoformat(), "from": row.from_status, "to": row.to_status, "by": row.by, "why": row.why}
            for row in case.journal
        ],
        "suppliers": suppliers,
        "description": case.description,
        "desired_outcome": case.desired_outcome,
        "customer_email": case.customer_email,
        "claim_minor": case.claim_minor,
        "refund_minor": case.refund_minor,
        "return_by": _iso(case.return_by),
        "parcel": case.parcel,
        "next_statuses": sorted(ALLOWED_TRANSITIONS[case.status]),
        "ledger": _ledger(session, case),
        "store_credits": [_store_credit(credit) for credit in store_credits.of_case(session, case.id)],
        "replacement": _replacement(session, case),
        "economics": (case.decision or {}).get("economics"),
    }


def case_row(case: Case) -> dict[str, Any]:
    """What a list needs, without another query."""
    return {
        "id": case.id,
        "reference": case.reference,
        "order_number": case.order_number,
        "customer_email": case.customer_email,
        "status": case.status,
        "reason": case.reason,
        "resolution": case.resolution,
        "currency": case.currency,
        "claim_minor": case.claim_minor,
        "items": ", ".join(f"{line.quantity} × {line.name}" for line in case.lines),
        "language": case.language,
        "channel": case.channel,
        "created_at": case.created_at.isoformat(),
        "updated_at": case.updated_at.isoformat(),
    }


def _line(line: CaseLine) -> dict[str, Any]:
    return {
        "sku": line.sku,
        "name": line.name,
        "quantity": line.quantity,
        "unit_price_minor": line.unit_price_minor,
        "reason": line.reason,
        "paid_minor": line.paid_minor,
    }


def _evidence(row: Evidence) -> dict[str, Any]:
    return {"id": row.id, "sha256": row.sha256, "mime": row.mime, "checks": row.checks, "photo_id": row.photo_id}


def _decision(case: Case) -> dict[str, Any] | None:
    if case.decision is None:
        return None
    first = ("outcome", "rules", "proposed_outcome", "refund_minor", "who_pays_return", "reason_response", "parameters")
    # All of it: with the facts and the policy's digest the decision can be replayed from here.
    return {name: case.decision.get(name) for name in first} | case.decision


def _supplier(claim: SupplierClaim) -> dict[str, Any]:
    return {
        "name": claim.supplier_id,
        "status": claim.status,
        "external_id": claim.external_id,
        "rma_number": claim.rma_number,
        "deadline_at": _iso(claim.deadline_at),
        "credit_expected_minor": claim.credit_expected_minor,
        "credit_received_minor": claim.credit_received_minor,
        "claim_id": claim.id,
        "return_address": claim.return_address,
        "instructions": claim.instructions,
        "reason": claim.reason,
        "inspection": claim.inspection,
        "attention": claim.attention,
    }


def _refund(refund: Refund) -> dict[str, Any]:
    return {
        "id": refund.id,
        "status": refund.status,
        "amount_minor": refund.amount_minor,
        "currency": refund.currency,
        "method": refund.method,
        "idempotency_key": refund.idempotency_key,
        "gateway_id": refund.gateway_id,
        "attempts": refund.attempts,
        "failure": refund.failure,
        "settled_at": _iso(refund.settled_at),
    }


def _store_credit(credit: StoreCredit) -> dict[str, Any]:
    return {
        "code": credit.code,
        "amount_minor": credit.amount_minor,
        "balance_minor": credit.balance_minor,
        "currency": credit.currency,
        "issued_at": credit.issued_at.isoformat(),
    }


def _replacement(session: Session, case: Case) -> dict[str, Any] | None:
    row = replacements.of_case(session, case.id)
    if row is None:
        return None
    return {
        "status": row.status,
        "supplier": row.supplier_id,
        "tracking": row.tracking,
        "cost_minor": row.cost_minor,
        "shipped_at": _iso(row.shipped_at),
        "delivered_at": _iso(row.delivered_at),
    }


def _handoff(session: Session, case: Case) -> dict[str, Any]:
    conversation = repository.conversation(session, case.conversation_id)
    if conversation is None:
        return {"state": "bot", "reason": None}
    return {"state": conversation.state, "reason": conversation.state_reason}


def _ledger(session: Session, case: Case) -> dict[str, Any]:
    books = ledger.statement(session, case.id, case.currency)
    return {
        "balances": books.balances,
        "entries": [
            {
                "at": entry.at.isoformat(),
                "transaction": entry.transaction_id,
                "account": entry.account,
                "debit_minor": entry.debit_minor,
                "credit_minor": entry.credit_minor,
                "memo": entry.memo,
            }
            for entry in books.entries
        ],
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
