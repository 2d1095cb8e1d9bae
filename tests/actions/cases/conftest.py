"""A supplier that answers when the test says so."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.cases.model import Case
from actions.cases.progress import supplier_progress
from actions.runtime import Runtime
from actions.suppliers import repository as claims
from actions.suppliers import service as suppliers
from actions.suppliers.port import Inspection, RmaReport, RmaStatus
from common.database import transaction
from common.outbox import OutboxRow
from tests.factories import claim_of

Report = Callable[..., Case]


@pytest.fixture
def report(runtime: Runtime) -> Report:
    """Apply one report of the supplier to the claim of a case, as its webhook does; answers the case afterwards."""
    progress = partial(supplier_progress, runtime)

    def apply(case_id: str, status: str, *, condition: str | None = None, **values: object) -> Case:
        now = runtime.clock.now()
        with transaction(runtime.engine) as session:
            found = claim_of(session, case_id)
            assert found is not None
            claim = claims.lock(session, found.id)
            inspection = Inspection(condition) if condition else None
            news = RmaReport("ext-" + case_id, RmaStatus(status), inspection=inspection, **values)  # type: ignore[arg-type]
            if suppliers.apply(session, claim, news, now=now, by="supplier:Northwind"):
                progress(session, claim, now=now)
        return reload(runtime, case_id)

    return apply


def reload(runtime: Runtime, case_id: str) -> Case:
    with transaction(runtime.engine) as session:
        case = session.get_one(Case, case_id)
        assert case.journal
        return case


def path(case: Case) -> list[str]:
    """The statuses the case went through, notes left out."""
    return [entry.to_status for entry in case.journal if entry.from_status != entry.to_status]


def told(session: Session, case: Case) -> list[str]:
    """The news posted for the case, in order. The receipt of a withdrawal comes before all and has its own tests."""
    rows = session.scalars(sa.select(OutboxRow).order_by(OutboxRow.seq)).all()
    news = [row.body["response"] for row in rows if row.key.startswith(case.id)]
    return [response for response in news if response != "utter_withdrawal_receipt"]
