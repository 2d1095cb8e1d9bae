"""The timers of a case and the sweep that finds what was left lying. A timer that comes too late does nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from actions.cases import legs, notices, repository
from actions.cases import service as cases
from actions.cases.steps import announce_refund, start_refund, to_person
from actions.cases.transitions import transition
from actions.orders import service as orders
from actions.refunds import repository as refunds
from actions.refunds import service as refund_service
from actions.refunds.model import RefundMethod
from actions.runtime import Runtime
from common.database import transaction
from common.engine import Handler, enqueue
from common.errors import RetourError

log = logging.getLogger(__name__)

_STUCK_AFTER = timedelta(minutes=10)
_AT_ONCE = 100
# One more try of a lost job in this time, so that a supplier who is away is not asked by ever more jobs.
_REQUEST_AGAIN = timedelta(hours=6)


def handlers(runtime: Runtime) -> dict[str, Handler]:
    """The jobs by name, to be given to the worker."""
    jobs = _Jobs(runtime)
    return {
        "case.remind": jobs.remind,
        "case.expire": jobs.expire,
        "case.refund_due": jobs.refund_due,
        "case.sweep": jobs.sweep,
    }


class _Jobs:
    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def remind(self, payload: dict[str, Any]) -> None:
        """The parcel should leave soon."""
        now = self._runtime.clock.now()
        with transaction(self._runtime.engine) as session:
            case = repository.get_for_change(session, payload["case_id"])
            if case.status == "awaiting_parcel" and case.return_by is not None:
                deadline = notices.short_date(case.return_by, notices.language(session, case))
                notices.tell(
                    session, case, "utter_case_reminder", event="reminder", now=now, parameters={"deadline": deadline}
                )

    def expire(self, payload: dict[str, Any]) -> None:
        """No parcel came in time."""
        now = self._runtime.clock.now()
        with transaction(self._runtime.engine) as session:
            case = repository.get_for_change(session, payload["case_id"])
            if case.status != "awaiting_parcel" or case.return_by is None or case.return_by > now:
                return
            if any(leg.back and not leg.kept for leg in legs.of_case(session, self._runtime, case)):
                # What came back is owed for, and only a person can say how much that is.
                to_person(session, case, by="system", why="Only part of the goods came back in time", now=now)
                notices.tell(session, case, "utter_case_in_review", event="in_review:part", now=now)
            else:
                transition(session, case, "expired", at=now, by="system", why="No parcel before the deadline")
                notices.tell(session, case, "utter_case_expired", event="expired", now=now)

    def refund_due(self, payload: dict[str, Any]) -> None:
        """The goods are back and the law's time is over: the shopper is paid, whatever the supplier does."""
        now = self._runtime.clock.now()
        with transaction(self._runtime.engine) as session:
            case = repository.get_for_change(session, payload["case_id"])
            if case.status not in ("received", "inspected"):
                return
            order = orders.get(session, case.order_id)
            why = "The goods are back and the time to refund has come"
            amount = start_refund(session, case, order, by="system", why=why, now=now)
            announce_refund(session, case, amount, now=now)

    def sweep(self, _payload: dict[str, Any]) -> None:
        """Find what should have moved on: money first, then claims and parcels; `refund.reconcile` sees to answers."""
        now = self._runtime.clock.now()
        with transaction(self._runtime.engine) as session:
            stuck = repository.neglected(session, before=now - _STUCK_AFTER, limit=_AT_ONCE)
            overdue = repository.overdue_parcels(session, now=now, limit=_AT_ONCE)
            unsent = repository.unsent_claims(session, before=now - _STUCK_AFTER, limit=_AT_ONCE)
        for case_id in stuck:
            self._one(case_id, self._unstick)
        with transaction(self._runtime.engine) as session:
            slot = int(now.timestamp() // _REQUEST_AGAIN.total_seconds())
            for claim_id in unsent:
                enqueue(session, "supplier.request", {"claim_id": claim_id}, key=f"supplier.request:{claim_id}@{slot}")
        for case_id in overdue:
            self._one(case_id, lambda found: self.expire({"case_id": found}))

    def _unstick(self, case_id: str) -> None:
        now = self._runtime.clock.now()
        with transaction(self._runtime.engine) as session:
            case = cases.decide(session, self._runtime, case_id, now=now)
            if case.status != "refunding":
                return
            known = refunds.of_case(session, case.id)
            if any(refund.status in ("created", "sent") for refund in known):
                return
            if any(refund.status == "succeeded" for refund in known):
                transition(session, case, "refunded", at=now, by="system", why="Every refund has been paid")
                return
            amount = refund_service.quote(session, case, orders.get(session, case.order_id))
            method: RefundMethod = "store_credit" if case.resolution == "store_credit" else "original_payment"
            refund_service.intend(session, case, amount, now=now, method=method)

    def _one(self, case_id: str, work: Callable[[str], None]) -> None:
        try:
            work(case_id)
        except RetourError as error:
            # One case that cannot be helped must not keep the others waiting.
            log.warning("case not swept", extra={"case": case_id, "code": error.code, "reason": error.message})
