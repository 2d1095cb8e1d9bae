"""Pages of the cases: the list with search, one case, its photos, and the confirm step of each decision."""

from __future__ import annotations

from typing import Any

from actions.cases import repository as cases
from actions.cases.model import STATUSES, Case, CaseFilter
from actions.documents.evidence_pack import evidence_pack
from actions.documents.pack import build
from actions.suppliers import repository as claims
from common.errors import NotFoundError, RefusedError, RetourError
from common.photos import store
from console.accounts import repository as accounts
from console.cases import acts, view
from console.cases.acts import ACTS, OUTCOMES, Act, Order
from console.cases.rehearsal import Consequence, rehearse
from console.render import Look
from console.routes import Route, told
from console.visit import Answer, Download, Nothing, Page, Picture, Redirect, Visit

_A_PAGE = 50
_PAGE = "/console/cases/{case_id}"


def listing(visit: Visit) -> Answer:
    """One page of cases, newest first."""
    status = visit.query.get("status")
    status = status if status in STATUSES else None
    cursor = visit.query.get("after") or None
    search = accounts.search_of(visit.session, visit.user.token_sha256)
    page = cases.search(visit.session, CaseFilter(status=status, text=search), cursor=cursor, limit=_A_PAGE)
    values = {
        "cases": page.cases,
        "next": page.next_cursor,
        "first": cursor is None,
        "status": status,
        "statuses": STATUSES,
        "search": search,
    }
    return Page("cases.html", values)


def search(visit: Visit) -> Answer:
    """Keep what is looked for with the session, not in the address: it may be somebody's e-mail."""
    text = " ".join(visit.text("text", 200).split())
    accounts.set_search(visit.session, visit.user.token_sha256, text)
    return Redirect("/console/cases")


def case(visit: Visit, case_id: str) -> Answer:
    found = _case(visit, case_id)
    return Page("case.html", view.gather(visit, found) | _idle(visit, found))


def news(visit: Visit, case_id: str) -> Answer:
    """The page again, if it shows anything new."""
    found = _case(visit, case_id)
    if visit.query.get("mark") == view.mark(visit, found):
        return Nothing()
    return case(visit, case_id)


def confirm(visit: Visit, case_id: str, act: str) -> Answer:
    """The case with one decision open: what it would do, and the button that does it."""
    return _confirm(visit, _case(visit, case_id), _act(act))


def decide(visit: Visit, case_id: str, act: str) -> Answer:
    """Do what was confirmed; the same form twice does it once."""
    chosen = _act(act)
    found = _case(visit, case_id)
    if not visit.first_time():
        return Redirect(_PAGE.format(case_id=case_id), "act.twice")
    quoted = view.quoted(visit, found)
    stale = visit.form.get("version") != str(found.version) or visit.form.get("quoted") != str(quoted.minor_units)
    if chosen != "note" and stale:
        raise RefusedError("act.changed", "The case has changed since the form was shown; look at it again.")
    order = acts.read_order(visit, found, chosen, quoted=quoted)
    if chosen in ("approve", "change", "refuse", "cancel", "review") and chosen not in acts.acts(found):
        raise RefusedError("act.not_now", f"Case {found.reference} is {found.status}; {chosen} does not apply.")
    acts.perform(visit, visit.session, found.id, order)
    return Redirect(_PAGE.format(case_id=case_id), f"act.done.{chosen}")


def decide_refused(visit: Visit, error: RetourError, case_id: str, act: str) -> Answer:
    """Back to the open form with what was typed, or to the case when the form does not fit it any more."""
    key, parameters = told(visit, error)
    if isinstance(error, NotFoundError) or act not in ACTS or act == "note":
        return Redirect("/console/cases", key, parameters, grave=True)
    found = _case(visit, case_id)
    if error.code in ("act.changed", "act.not_now", "case.transition") or act not in (*acts.acts(found), "paid"):
        return Redirect(_PAGE.format(case_id=case_id), key, parameters, grave=True)
    page = _confirm(visit, found, _act(act))
    page.values["notice"] = {"key": key, "parameters": parameters, "grave": True}
    return Page(page.template, page.values, 422)


def seen(visit: Visit, case_id: str) -> Answer:
    """Somebody has looked at what did not fit at a supplier."""
    acts.clear_attention(visit, _case(visit, case_id).id, visit.text("claim", 64))
    return Redirect(_PAGE.format(case_id=case_id), "act.done.seen")


def photo(visit: Visit, case_id: str, photo_id: str) -> Answer:
    """One photo, large, with its checks."""
    found = _case(visit, case_id)
    photos = view.photos(visit, found)
    ids = [item["id"] for item in photos]
    if photo_id not in ids:
        raise NotFoundError("photo.unknown", f"Case {found.reference} has no photo {photo_id}.")
    at = ids.index(photo_id)
    values = {
        "case": found,
        "photo": photos[at],
        "number": at + 1,
        "total": len(ids),
        "before": ids[at - 1] if at else "",
        "after": ids[at + 1] if at + 1 < len(ids) else "",
    }
    return Page("photo.html", values)


def picture(visit: Visit, photo_id: str) -> Answer:
    """The picture itself; whoever is signed in sees every conversation anyway."""
    row = store.find(visit.session, [photo_id])[0]
    path = store.path_of(visit.context.runtime.settings.home, row.id)
    if not path.is_file():
        raise NotFoundError("photo.file", f"The file of photo {photo_id} is missing from {path.parent}.")
    return Picture(path)


def pack(visit: Visit, case_id: str, claim_id: str) -> Answer:
    """The evidence pack of one of the case's claims, for suppliers who want files."""
    found = _case(visit, case_id)
    if claim_id not in {claim.id for claim in claims.of_case(visit.session, found.id)}:
        raise NotFoundError("claim.unknown", f"Case {found.reference} has no claim {claim_id} to make a pack of.")
    made = evidence_pack(visit.session, visit.context.runtime, claim_id)
    return Download(f"{made.name}.zip", "application/zip", lambda: build(made))


def _case(visit: Visit, case_id: str) -> Case:
    return cases.get(visit.session, case_id)


def _act(act: str) -> Act:
    if act not in ACTS:
        raise NotFoundError("act.unknown", f"{act!r} is nothing that can be done with a case.")
    return act


def _idle(visit: Visit, found: Case) -> dict[str, Any]:
    """The panel without an open form. What an approval would do is found out, not guessed."""
    proposal = Consequence()
    if "approve" in acts.acts(found):
        proposal = rehearse(visit, found.id, Order("approve"))
    reasons = [
        visit.words.name("rule", rule["id"])
        for rule in (found.decision or {}).get("rules", [])
        if rule.get("result") == "person"
    ]
    return {"confirm": "", "proposal": proposal, "reasons": reasons}


def _confirm(visit: Visit, found: Case, act: Act) -> Page:
    values = view.gather(visit, found) | _idle(visit, found)
    if act not in (*values["acts"], "paid", "note") or (act == "paid" and values["due"] is None):
        return Page("case.html", values)
    quoted = view.quoted(visit, found)
    consequences = _consequences(visit, found, act)
    label = visit.words.get(f"act.{act}_label")
    if act == "approve" and consequences["approve"].refund_minor:
        amount = Look(visit.words, visit.now).money(consequences["approve"].refund_minor, found.currency)
        label = visit.words.get("act.approve_money", amount=amount)
    values |= {
        "confirm": act,
        "confirm_label": label,
        "consequences": consequences,
        "outcomes": [outcome for outcome in OUTCOMES if outcome in consequences],
        "chosen": visit.text("outcome", 32),
        "why": visit.text("why", 500),
        "amount_text": visit.text("amount", 20) or Look(visit.words, visit.now).decimal(quoted),
        "reference": visit.text("reference", 100),
    }
    return Page("case.html", values)


def _consequences(visit: Visit, found: Case, act: Act) -> dict[str, Consequence]:
    """What each button would do. A reason that is still to be written shows as a gap in the message."""
    gap = "…"
    if act == "change":
        return {outcome: rehearse(visit, found.id, Order("change", why=gap, outcome=outcome)) for outcome in OUTCOMES}
    if act in ("approve", "refuse", "cancel"):
        return {act: rehearse(visit, found.id, Order(act, why=gap))}
    return {}


ROUTES = (
    Route("GET", "/cases", listing),
    Route("POST", "/cases/search", search, back="/console/cases"),
    Route("GET", "/photos/<photo_id:str>", picture),
    Route("GET", "/cases/<case_id:str>", case),
    Route("GET", "/cases/<case_id:str>/news", news),
    Route("GET", "/cases/<case_id:str>/photos/<photo_id:str>", photo),
    Route("GET", "/cases/<case_id:str>/claims/<claim_id:str>/pack", pack),
    Route("POST", "/cases/<case_id:str>/seen", seen, back=_PAGE),
    Route("GET", "/cases/<case_id:str>/<act:str>", confirm),
    Route("POST", "/cases/<case_id:str>/<act:str>", decide, on_error=decide_refused),
)
