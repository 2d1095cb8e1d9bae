"""From rows to the evidence pack of a claim, in the supplier's language; of the shopper only words and pictures."""

from __future__ import annotations

import hashlib

from sqlalchemy.orm import Session

from actions.cases import repository as cases
from actions.cases.model import Case
from actions.documents.pack import EvidencePack, PackPicture
from actions.evidence import service as evidence
from actions.orders import repository as orders
from actions.orders.model import Order
from actions.refunds import repository as refunds
from actions.refunds.model import Refund
from actions.runtime import Runtime
from actions.suppliers import outgoing
from actions.suppliers import repository as claims
from actions.suppliers.model import SupplierClaim
from actions.suppliers.web.words import WORDS, language_of, long_date
from common.money import Money
from common.photos import store
from common.supplier_terms import EvidenceKind

Section = tuple[str, tuple[tuple[str, str], ...]]


def evidence_pack(session: Session, runtime: Runtime, claim_id: str) -> EvidencePack:
    """Everything the shop can show for one claim, as things stand. Raises NotFoundError."""
    claim = claims.get(session, claim_id)
    case = cases.get(session, claim.case_id)
    order = orders.get(session, case.order_id)
    config = runtime.shop.suppliers.get(claim.supplier_id)
    language = language_of(config.language if config else "en")
    words = WORDS[language]
    supplier = config.name if config else claim.supplier_id
    return EvidencePack(
        name=claim.reference,
        title=f"{words['pack_title']} {claim.reference}",
        lead=f"{runtime.shop.name} {words['to']} {supplier} · {long_date(claim.requested_at, language)}",
        sections=(
            _claim(claim, words, language),
            (words["description"], (("", claim.request["description"] or "–"),)),
            _decision(case, words, language),
            _shipping(order, words, language),
            _proof(refunds.of_case(session, case.id), words, language),
        ),
        pictures=_pictures(session, runtime, claim, words),
    )


def evidence_at_hand(session: Session, case: Case, order: Order | None) -> set[EvidenceKind]:
    """Which kinds of evidence there are by now."""
    found: set[EvidenceKind] = set()
    if evidence.of_case(session, case.id):
        found.add("photos")
    if case.description:
        found.add("description")
    if order is not None and (order.tracking or {}).get("number"):
        found.add("tracking")
    if any(refund.status == "succeeded" for refund in refunds.of_case(session, case.id)):
        found.add("proof_of_refund")
    return found


def _claim(claim: SupplierClaim, words: dict[str, str], language: str) -> Section:
    request = claim.request
    goods = "\n".join(f"{line.quantity} × {line.name} ({line.sku})" for line in outgoing.claim_lines(claim))
    facts = [
        (words["order"], request["order_number"]),
        (words["your_order"], request["supplier_order_number"] or ""),
        (words["number"], claim.rma_number or ""),
        (words["reason"], words.get(f"reason_{request['reason']}", request["reason"])),
        (words["outcome"], words[f"outcome_{request['desired_outcome']}"]),
        (words["goods"], goods),
        (words["total"], Money(claim.credit_expected_minor, claim.currency).format(language)),
    ]
    return words["pack_claim"], tuple((label, value) for label, value in facts if value)


def _decision(case: Case, words: dict[str, str], language: str) -> Section:
    """What was decided and on which grounds; the clauses stand in the language they are written in."""
    rules = (case.decision or {}).get("rules", [])
    grounds = [str(rule["clause"]) for rule in rules if rule.get("result") == "accept" and rule.get("clause")]
    moved = [entry for entry in case.journal if entry.from_status != entry.to_status]
    when = long_date(moved[-1].at, language) if moved else ""
    return words["pack_decision"], (
        (words["pack_outcome"], words.get(f"pack_{case.resolution}", case.resolution or "–")),
        (words["pack_since"], when or "–"),
        (words["pack_grounds"], "\n".join(dict.fromkeys(grounds)) or "–"),
    )


def _shipping(order: Order | None, words: dict[str, str], language: str) -> Section:
    tracking = (order.tracking if order else None) or {}
    dates = [
        (words["pack_sent"], order.fulfilled_at if order else None),
        (words["pack_delivered"], order.delivered_at if order else None),
    ]
    facts = [(label, long_date(at, language) if at else "–") for label, at in dates]
    number = " ".join(str(tracking[key]) for key in ("carrier", "number") if tracking.get(key))
    return words["pack_shipping"], (*facts, (words["pack_tracking"], number or "–"))


def _proof(paid: list[Refund], words: dict[str, str], language: str) -> Section:
    facts = [
        (
            Money(refund.amount_minor, refund.currency).format(language),
            f"{long_date(refund.settled_at, language)} · {refund.gateway_id or refund.idempotency_key}",
        )
        for refund in paid
        if refund.status == "succeeded" and refund.settled_at
    ]
    return words["pack_proof"], tuple(facts) or (("", words["pack_unpaid"]),)


def _pictures(
    session: Session, runtime: Runtime, claim: SupplierClaim, words: dict[str, str]
) -> tuple[PackPicture, ...]:
    rows = store.find(session, list(claim.request["photo_ids"]))
    found = []
    for number, row in enumerate(rows, 1):
        jpeg = store.path_of(runtime.settings.home, row.id).read_bytes()
        caption = words["picture"].replace("{n}", str(number)).replace("{of}", str(len(rows)))
        digest = hashlib.sha256(jpeg).hexdigest()
        found.append(PackPicture(jpeg, row.width, row.height, digest, caption))
    return tuple(found)
