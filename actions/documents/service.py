"""From rows to documents."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from actions.cases import legs
from actions.cases import repository as cases
from actions.cases.model import Case
from actions.cases.notices import short_date
from actions.cases.receipts import has_receipt
from actions.documents.receipt import Receipt
from actions.documents.slip import Slip, SlipLine, SlipWords
from actions.orders import service as orders
from actions.runtime import Runtime
from common.errors import RefusedError
from common.phrases import Phrases


def return_slip(session: Session, runtime: Runtime, case_id: str, leg: str = "") -> Slip:
    """The slip of a case whose parcel is awaited, or of the parcel to the place `leg` names.

    Raises NotFoundError for no such case, RefusedError `slip.not_ready` while there is nowhere to send the parcel.
    """
    case = cases.get(session, case_id)
    parcels = legs.of_case(session, runtime, case)
    # What a supplier refused since then comes to the shop, which is the last one.
    parcel = next((item for item in parcels if item.key == leg), parcels[-1])
    # Without a deadline nobody told the shopper to send anything.
    if case.return_by is None or not parcel.address or parcel.step == "unanswered":
        raise RefusedError("slip.not_ready", f"Case {case.reference} has no return address yet; wait for the supplier.")
    return Slip(
        shop=runtime.shop.name,
        reference=case.reference,
        number=parcel.number,
        return_address=parcel.address,
        instructions=(parcel.claim.instructions if parcel.claim else None) or "",
        lines=tuple(SlipLine(line.name, line.sku, line.quantity) for line in parcel.lines),
        words=_words(runtime.phrases, case, case.return_by),
    )


def withdrawal_receipt(session: Session, runtime: Runtime, case_id: str) -> Receipt:
    """The receipt of a case that is a withdrawal, the same whenever it is asked for.

    Raises NotFoundError for no such case, RefusedError `receipt.none` for a case that is none.
    """
    case = cases.get(session, case_id)
    order = orders.get(session, case.order_id)
    if not has_receipt(case, order):
        raise RefusedError("receipt.none", f"Case {case.reference} is no withdrawal, so it has no receipt.")
    language = case.language

    def say(name: str, **parameters: str) -> str:
        return runtime.phrases.render(f"utter_receipt_{name}", language, parameters).text.strip()

    received = f"{short_date(case.created_at, language)}, {case.created_at:%H:%M:%S} UTC"
    return Receipt(
        shop=runtime.shop.name,
        title=say("title"),
        reference=case.reference,
        statement=say("statement", shop=runtime.shop.name, number=case.order_number),
        rows=(
            (say("received"), received),
            (say("reference"), case.reference),
            (say("order"), f"{case.order_number} ({short_date(order.placed_at, language)})"),
            (say("shopper"), case.customer_email or (order.phone or "")),
        ),
        items_label=say("items"),
        items=tuple(f"{line.quantity} × {line.name} ({line.sku})" for line in case.lines),
        note=say("note"),
    )


def _words(phrases: Phrases, case: Case, return_by: datetime) -> SlipWords:
    def say(name: str, **parameters: str) -> str:
        return phrases.render(f"utter_slip_{name}", case.language, parameters).text.strip()

    return SlipWords(
        title=say("title"),
        return_to=say("return_to"),
        rma=say("rma"),
        reference=say("reference"),
        deadline=say("deadline", deadline=short_date(return_by, case.language)),
        items=say("items"),
        cut=say("cut"),
        note=say("note", reference=case.reference),
    )
