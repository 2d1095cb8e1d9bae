"""The jobs that talk to suppliers. Each reads what it finds, talks outside any transaction, then records the answer."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from actions.runtime import Runtime
from actions.suppliers import letters, outgoing, repository, service
from actions.suppliers.model import Progress
from actions.suppliers.port import RmaReport, Supplier, SupplierBusyError
from common.database import transaction
from common.engine import Handler, enqueue
from common.errors import NotFoundError, UpstreamError
from common.shop_config import SupplierConfig

log = logging.getLogger(__name__)
_REQUEST_SENT = "The request was sent by mail, with its link."


def handlers(runtime: Runtime, progress: Progress) -> dict[str, Handler]:
    """The jobs by name, to be given to the worker."""
    jobs = _Jobs(runtime, progress)
    return {
        "supplier.request": jobs.request,
        "supplier.poll": jobs.poll,
        "supplier.chase": jobs.chase,
        "supplier.remind": jobs.remind,
        "supplier.write": jobs.write,
    }


class _Jobs:
    def __init__(self, runtime: Runtime, progress: Progress) -> None:
        self._runtime = runtime
        self._progress = progress

    def request(self, payload: dict[str, Any]) -> None:
        """File the claim. Safe to repeat: the supplier knows the key, and a second answer merges into the first."""
        claim_id = payload["claim_id"]
        with transaction(self._runtime.engine) as session:
            claim = repository.get(session, claim_id)
            if claim.sent_at is not None or claim.closed_at is not None:
                return
            config, adapter = self._supplier(claim.supplier_id)
            filed = outgoing.claim_request(session, claim, self._runtime.settings)
        try:
            report = adapter.request(filed, key=claim_id)
        except SupplierBusyError as error:
            self._later(claim_id, payload.get("n", 1) + 1, error.retry_after)
            return
        except UpstreamError as error:
            if not error.retryable:
                self._needs_person(claim_id, error.message)
            raise
        now = self._runtime.clock.now()
        with transaction(self._runtime.engine) as session:
            claim = repository.lock(session, claim_id)
            changed = service.record_sent(session, claim, report, now=now, by=service.journal_name(config))
            if adapter.capabilities.polling:
                service.schedule_poll(session, claim, 1, service.poll_interval(config, 0))
            if not adapter.capabilities.api and self._runtime.mailer is not None and config.email:
                enqueue(session, "supplier.write", {"claim_id": claim_id}, key=f"supplier.write:{claim_id}")
            if changed:
                self._progress(session, claim, now=now)

    def write(self, payload: dict[str, Any]) -> None:
        """Send a supplier without an API the letter with its link, once."""
        claim_id = payload["claim_id"]
        runtime, now = self._runtime, self._runtime.clock.now()
        with transaction(runtime.engine) as session:
            claim = repository.get(session, claim_id)
            config, _ = self._supplier(claim.supplier_id)
            known = repository.has_note(session, claim_id, "letter", _REQUEST_SENT)
            if known or not service.owes(claim, "pending") or runtime.mailer is None:
                return
            letter = letters.request(runtime.settings, runtime.shop, config, claim, now=now)
        runtime.mailer.send(letter)
        with transaction(runtime.engine) as session:
            claim = repository.lock(session, claim_id)
            repository.note(session, claim, "letter", _REQUEST_SENT, by="system", now=now)

    def remind(self, payload: dict[str, Any]) -> None:
        """Still no step after some of its days: ask the API again, write to who has none, or have a person do it."""
        claim_id, days = payload["claim_id"], payload["days"]
        runtime, now = self._runtime, self._runtime.clock.now()
        with transaction(runtime.engine) as session:
            claim = repository.get(session, claim_id)
            if not service.owes(claim, payload["status"]) or claim.external_id is None:
                return
            config, adapter = self._supplier(claim.supplier_id)
            external_id, filed = claim.external_id, outgoing.claim_request(session, claim, runtime.settings)
            letter = letters.reminder(runtime.settings, runtime.shop, config, claim, days=days, now=now)
        report: RmaReport | None = None
        by_hand = False
        if adapter.capabilities.api:
            # The same request under the same key files nothing new: it asks how far the first one is.
            again = payload["status"] == "pending"
            report = adapter.request(filed, key=claim_id) if again else adapter.fetch(external_id)
        elif runtime.mailer is not None and config.email:
            runtime.mailer.send(letter)
        else:
            by_hand = True
        with transaction(runtime.engine) as session:
            claim = repository.lock(session, claim_id)
            service.record_reminder(session, claim, days, by_hand=by_hand, now=now)
            by = service.journal_name(config)
            if report is not None and service.apply(session, claim, report, now=now, by=by):
                self._progress(session, claim, now=now)

    def poll(self, payload: dict[str, Any]) -> None:
        """Ask once how far the supplier is, then plan the next time while something is expected."""
        claim_id, number = payload["claim_id"], payload["n"]
        with transaction(self._runtime.engine) as session:
            claim = repository.get(session, claim_id)
            if service.is_over(claim) or claim.external_id is None:
                return
            external_id = claim.external_id
            config, adapter = self._supplier(claim.supplier_id)
        wait = service.poll_interval(config, number)
        report: RmaReport | None = None
        trouble = ""
        try:
            report = adapter.fetch(external_id)
        except SupplierBusyError as error:
            wait = max(wait, error.retry_after)
        except UpstreamError as error:
            # Not raised: the next poll is the retry, and a retry of each poll would add up while a supplier is down.
            log.warning("poll failed", extra={"claim": claim_id, "code": error.code, "reason": error.message})
            trouble = "" if error.retryable else error.message
        now = self._runtime.clock.now()
        with transaction(self._runtime.engine) as session:
            claim = repository.lock(session, claim_id)
            by = service.journal_name(config)
            changed = report is not None and service.apply(session, claim, report, now=now, by=by)
            changed = service.apply_waiting(session, claim, now=now, by=by) or changed
            if trouble:
                changed = service.flag(session, claim, trouble, now=now, by="system", kind="failure") or changed
            service.schedule_poll(session, claim, number + 1, wait)
            if changed:
                self._progress(session, claim, now=now)

    def chase(self, payload: dict[str, Any]) -> None:
        """The supplier had its days; if it still owes the step, a person takes over."""
        now = self._runtime.clock.now()
        with transaction(self._runtime.engine) as session:
            claim = repository.lock(session, payload["claim_id"])
            if service.silent_since(session, claim, payload["status"], now=now):
                self._progress(session, claim, now=now)

    def _later(self, claim_id: str, number: int, delay: timedelta) -> None:
        with transaction(self._runtime.engine) as session:
            payload = {"claim_id": claim_id, "n": number}
            enqueue(session, "supplier.request", payload, key=f"supplier.request:{claim_id}:{number}", delay=delay)

    def _needs_person(self, claim_id: str, why: str) -> None:
        now = self._runtime.clock.now()
        with transaction(self._runtime.engine) as session:
            claim = repository.lock(session, claim_id)
            if service.flag(session, claim, why, now=now, by="system", kind="failure"):
                self._progress(session, claim, now=now)

    def _supplier(self, supplier_id: str) -> tuple[SupplierConfig, Supplier]:
        config = self._runtime.shop.suppliers.get(supplier_id)
        adapter = self._runtime.suppliers.get(supplier_id)
        if config is None or adapter is None:
            raise NotFoundError(
                "supplier.unknown",
                f"retour.toml has no [suppliers.{supplier_id}]; add it back to go on with its claims.",
            )
        return config, adapter
