"""From rows to documents."""

from __future__ import annotations

from sqlalchemy.orm import Session

from actions.cases import repository as cases
from actions.cases.model import Case
from actions.cases.notices import short_date
from actions.documents.slip import Slip, SlipLine, SlipWords
from actions.suppliers import repository as claims
from actions.suppliers import service as suppliers
from actions.suppliers.port import RmaStatus
from common.errors import RefusedError
from common.phrases import Phrases
from common.shop_config import ShopConfig

# Before, there is no promise to take the parcel; after a refusal there is none any more.
_WITHOUT_SLIP = frozenset({RmaStatus.PENDING, RmaStatus.REJECTED})


def return_slip(session: Session, shop: ShopConfig, phrases: Phrases, case_id: str) -> Slip:
    """The slip of a case whose return the supplier accepted.

    Raises NotFoundError for no such case, RefusedError `slip.not_ready` while there is nowhere to send the parcel.
    """
    case = cases.get(session, case_id)
    claim = claims.of_case(session, case.id)
    supplier = shop.suppliers.get(claim.supplier_id) if claim else None
    address = suppliers.return_address(claim, supplier) if claim and supplier else ""
    if claim is None or claim.state in _WITHOUT_SLIP or not address:
        raise RefusedError("slip.not_ready", f"Case {case.reference} has no return address yet; wait for the supplier.")
    return Slip(
        shop=shop.name,
        reference=case.reference,
        number=suppliers.return_number(claim),
        return_address=address,
        instructions=claim.instructions or "",
        lines=tuple(SlipLine(line.name, line.sku, line.quantity) for line in case.lines),
        words=_words(phrases, case),
    )


def _words(phrases: Phrases, case: Case) -> SlipWords:
    def say(name: str, **parameters: str) -> str:
        return phrases.render(f"utter_slip_{name}", case.language, parameters).text.strip()

    return SlipWords(
        title=say("title"),
        return_to=say("return_to"),
        rma=say("rma"),
        reference=say("reference"),
        deadline=say("deadline", deadline=short_date(case.return_by, case.language)) if case.return_by else "",
        items=say("items"),
        cut=say("cut"),
        note=say("note", reference=case.reference),
    )
