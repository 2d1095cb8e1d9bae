"""How suppliers and products do, what is on the shelf, and the parcel a person opens."""

from __future__ import annotations

from datetime import timedelta
from typing import cast, get_args

from actions.cases import inspection
from actions.cases import repository as cases
from actions.feedback import report
from actions.resale import service as resale
from actions.resale.model import Condition, Disposition, Found
from common.errors import RefusedError
from console.routes import Route
from console.supply import view
from console.visit import Answer, Page, Redirect, Visit

_PERIODS = (30, 90, 365)
_SHOWN = 50
_CASE = "/console/cases/{case_id}"


def suppliers(visit: Visit) -> Answer:
    """One card a supplier, and the products with the most cases."""
    asked = visit.query.get("days", "")
    days = int(asked) if asked in {str(period) for period in _PERIODS} else _PERIODS[1]
    since, currency = visit.now - timedelta(days=days), visit.context.runtime.shop.currency
    values = {
        "days": days,
        "periods": _PERIODS,
        "cards": report.suppliers(visit.session, since=since, currency=currency),
        "products": report.products(visit.session, since=since, limit=_SHOWN),
        "comments": report.comments(visit.session, limit=10),
        "name_of": lambda supplier_id: view.name_of(visit, supplier_id),
    }
    return Page("suppliers.html", values)


def shelf(visit: Visit) -> Answer:
    """What came back and can be sold again, and the open orders that want it."""
    values = {
        "items": resale.shelf(visit.session, limit=_SHOWN),
        "offers": resale.offers(visit.session, limit=_SHOWN),
    }
    return Page("shelf.html", values)


def use(visit: Visit, item_id: str) -> Answer:
    """These pieces go out with an order."""
    if visit.first_time():
        resale.use(visit.session, item_id, visit.text("line", 64), by=visit.user.name, now=visit.now)
    return Redirect("/console/shelf", "shelf.used")


def take_off(visit: Visit, item_id: str) -> Answer:
    """Not for sale any more."""
    resale.take_off(visit.session, item_id, by=visit.user.name, now=visit.now)
    return Redirect("/console/shelf", "shelf.taken_off")


def inspect(visit: Visit, case_id: str) -> Answer:
    """What a parcel to the shop held; the refund follows at once, or a decision does."""
    if not visit.first_time():
        return Redirect(_CASE.format(case_id=case_id), "act.twice")
    case = cases.get(visit.session, case_id)
    found = []
    runtime = visit.context.runtime
    for line in inspection.lines_here(visit.session, runtime, case):
        condition, disposition = visit.text(f"condition-{line.id}", 20), visit.text(f"disposition-{line.id}", 20)
        if condition not in get_args(Condition) or disposition not in ("", *get_args(Disposition)):
            raise RefusedError("inspection.lines", f"Say for {line.name} in which state it came back.")
        chosen = cast("Disposition", disposition) if disposition else None
        found.append(Found(line.id, cast("Condition", condition), chosen, visit.text(f"note-{line.id}", 300)))
    inspection.inspect(visit.session, runtime, case.id, found, by=visit.user.name, now=visit.now)
    return Redirect(_CASE.format(case_id=case_id), "inspect.done")


ROUTES = (
    Route("GET", "/suppliers", suppliers),
    Route("GET", "/shelf", shelf),
    Route("POST", "/shelf/<item_id:str>/use", use, back="/console/shelf"),
    Route("POST", "/shelf/<item_id:str>/off", take_off, back="/console/shelf"),
    Route("POST", "/cases/<case_id:str>/inspect", inspect, back=_CASE),
)
