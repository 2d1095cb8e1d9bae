"""The merchant says what a refund made by hand was for and where a replacement is, sees what suppliers owe, and has the
evidence of a chargeback."""

from __future__ import annotations

from typing import get_args

from actions.cases import repository as cases
from actions.documents.pack import build
from actions.ledger.leaks import by_supplier, leaks
from actions.refunds.news import outside
from actions.refunds.news import repository as news
from actions.refunds.news.model import OutsideStatus
from actions.replacements import service as replacements
from common.errors import NotFoundError, RefusedError
from console.money.evidence import chargeback_evidence
from console.routes import Route
from console.visit import Answer, Download, Page, Redirect, Visit

_CASE = "/console/cases/{case_id}"


def answer(visit: Visit, case_id: str, outside_id: str) -> Answer:
    """Count it for this case, for something else, or as known; the same answer twice is one."""
    said = visit.text("answer", 16)
    if said not in get_args(OutsideStatus) or said in ("asked", "void"):
        raise RefusedError("outside.answer", f"{said!r} is none of this_case, another and known.")
    outside.answer(
        visit.session,
        visit.context.runtime,
        outside_id,
        said,  # type: ignore[arg-type]  # one of them, as was just checked
        by=visit.user.name,
        now=visit.now,
        case_id=case_id if said == "this_case" else "",
    )
    return Redirect(_CASE.format(case_id=case_id), f"outside.done.{said}")


def dispute(visit: Visit, case_id: str, chargeback_id: str) -> Answer:
    """Everything there is about a chargeback's order, as one file for the bank."""
    case = cases.get(visit.session, case_id)
    found = [row for row in news.chargebacks_of_order(visit.session, case.order_id) if row.id == chargeback_id]
    if not found:
        raise NotFoundError("chargeback.unknown", f"Case {case.reference} has no chargeback {chargeback_id}.")
    made = chargeback_evidence(visit, found[0])
    return Download(f"{made.name}.zip", "application/zip", lambda: build(made))


def leaking(visit: Visit) -> Answer:
    """Credits that suppliers owe, and those that were given up."""
    found = leaks(visit.session, now=visit.now)
    names = {key: supplier.name for key, supplier in visit.context.runtime.shop.suppliers.items()}
    return Page("leaks.html", {"leaks": found, "totals": by_supplier(found), "names": names})


def replacement(visit: Visit, case_id: str) -> Answer:
    """The other article is on its way, or has arrived."""
    case = cases.get_for_change(visit.session, case_id)
    step, by = visit.text("step", 16), visit.user.name
    if step not in ("shipped", "delivered"):
        raise RefusedError("replacement.step", f"{step!r} is none of shipped and delivered.")
    replacements.ship(visit.session, case, tracking=visit.text("tracking", 100), by=by, now=visit.now)
    if step == "delivered":
        replacements.deliver(visit.session, case, by=by, now=visit.now)
    return Redirect(_CASE.format(case_id=case_id), f"replacement_step.done_{step}")


ROUTES = (
    Route("GET", "/leaks", leaking),
    Route("GET", "/cases/<case_id:str>/chargebacks/<chargeback_id:str>/evidence", dispute),
    Route("POST", "/cases/<case_id:str>/outside/<outside_id:str>", answer, back=_CASE),
    Route("POST", "/cases/<case_id:str>/replacement", replacement, back=_CASE),
)
