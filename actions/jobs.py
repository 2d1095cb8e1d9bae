"""Every durable job of the case work, by name, and how often the recurring ones run."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from actions.cases import deadlines
from actions.cases import jobs as case_jobs
from actions.cases.progress import supplier_progress
from actions.feedback import service as feedback
from actions.refunds import service as refunds
from actions.refunds.news import audit
from actions.runtime import Runtime
from actions.suppliers import jobs as supplier_jobs
from common.database import transaction
from common.engine import Handler


def handlers(runtime: Runtime) -> dict[str, Handler]:
    """What a worker needs to run any job the case work enqueues."""

    def execute(payload: dict[str, Any]) -> None:
        refunds.execute(runtime, payload["refund_id"])

    def reconcile(_payload: dict[str, Any]) -> None:
        refunds.reconcile(runtime)

    def compare(_payload: dict[str, Any]) -> None:
        audit.recent(runtime)

    def ask_for_rating(payload: dict[str, Any]) -> None:
        with transaction(runtime.engine) as session:
            feedback.ask(session, payload, now=runtime.clock.now())

    return {
        feedback.JOB: ask_for_rating,
        "refund.execute": execute,
        "refund.reconcile": reconcile,
        "refund.audit": compare,
        **case_jobs.handlers(runtime),
        **deadlines.handlers(runtime),
        **supplier_jobs.handlers(runtime, partial(supplier_progress, runtime)),
    }


def schedules() -> dict[str, timedelta]:
    """How often the recurring jobs run. The sweep reconciles too; refunds get a shorter period of their own."""
    return {
        "refund.reconcile": timedelta(minutes=1),
        "case.sweep": timedelta(minutes=5),
        "refund.audit": timedelta(hours=1),
    }
