"""From rows to documents."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from actions.cases import repository as cases
from actions.cases.claims import return_address, return_number
from actions.cases.model import Case
from actions.cases.notices import short_date
from actions.documents.slip import Slip, SlipLine, SlipWords
from actions.runtime import Runtime
from actions.suppliers import repository as claims
from common.errors import RefusedError
from common.phrases import Phrases


def return_slip(session: Session, runtime: Runtime, case_id: str) -> Slip:
    """The slip of a case whose parcel is awaited.

    Raises NotFoundError for no such case, RefusedError `slip.not_ready` while there is nowhere to send the parcel.
    """
    case = cases.get(session, case_id)
    claim = claims.of_case(session, case.id)
    address = return_address(runtime, claim)
    # Without a deadline nobody told the shopper to send anything.
    if case.return_by is None or not address:
        raise RefusedError("slip.not_ready", f"Case {case.reference} has no return address yet; wait for the supplier.")
    return Slip(
        shop=runtime.shop.name,
        reference=case.reference,
        number=return_number(case, claim),
        return_address=address,
        instructions=(claim.instructions if claim and address != runtime.policy.return_address else "") or "",
        lines=tuple(SlipLine(line.name, line.sku, line.quantity) for line in case.lines),
        words=_words(runtime.phrases, case, case.return_by),
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
