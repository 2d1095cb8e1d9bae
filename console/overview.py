"""The first page: what needs a person now, then the newest cases."""

from __future__ import annotations

from actions.cases import repository as cases
from actions.cases.model import CaseFilter
from common.errors import NotFoundError
from console import repository
from console.attention import counts, needs
from console.routes import Route
from console.visit import Answer, Page, Redirect, Visit

_LATEST = 10


def overview(visit: Visit) -> Answer:
    latest = cases.search(visit.session, CaseFilter(), limit=_LATEST)
    return Page("overview.html", {"needs": needs(visit), "latest": latest.cases})


def news(visit: Visit) -> Answer:
    """The numbers in the navigation, for pages that stay open."""
    return Page("news.html", {"counts": counts(visit)})


def settle_problem(visit: Visit) -> Answer:
    """A person has dealt with a failed job."""
    repository.settle_problem(visit.session, visit.text("key", 200), visit.now)
    return Redirect("/console", "overview.settled")


def missing(_visit: Visit, anything: str) -> Answer:
    """Whatever else is asked for."""
    raise NotFoundError("page.unknown", f"The console has no page {anything}.")


ROUTES = (
    Route("GET", "/", overview),
    Route("GET", "/news", news),
    Route("POST", "/problems/settle", settle_problem),
    Route("GET", "/<anything:path>", missing),
)
