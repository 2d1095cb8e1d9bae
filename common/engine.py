"""Durable jobs: work that a crash at any instant neither loses nor leaves undone. Only this module knows dbos.

A job is short. It is enqueued in the same commit as the rows that call for it, carries ids only, re-reads those rows
when it runs, and may run more than once, so every handler checks the state it finds and every outside effect carries an
idempotency key. Waiting is a delayed job, never a sleeping one (docs/adr/0005-durable-work.md).
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer, EnqueueOptions
from sqlalchemy.orm import Mapped, Session, mapped_column

from common.clock import Clock
from common.database import Base, UtcDateTime, transaction
from common.errors import RetourError

Handler = Callable[[dict[str, Any]], None]

_APPLICATION = "retour"
# Pinned: by default dbos derives it from the source, and an upgrade would strand work in flight without a word.
_VERSION = "1"
_QUEUE = "jobs"
_WORKFLOW = "run_job"
_FIRST_RETRY_SECONDS = 1.0
_LONGEST_RETRY_SECONDS = 900.0
_ATTEMPTS_BEFORE_ALERT = 6

log = logging.getLogger(__name__)
_clients: WeakKeyDictionary[sa.Engine, DBOSClient] = WeakKeyDictionary()
_clients_lock = threading.Lock()


class JobProblem(Base):
    """A job that needs a person to look: it failed for good, or keeps failing."""

    __tablename__ = "rd_job_problem"

    key: Mapped[str] = mapped_column(sa.String(200), primary_key=True)
    job: Mapped[str] = mapped_column(sa.String(64))
    payload: Mapped[str] = mapped_column(sa.Text)
    attempts: Mapped[int]
    code: Mapped[str] = mapped_column(sa.String(64))
    message: Mapped[str] = mapped_column(sa.String(500))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


def migrate(engine: sa.Engine) -> None:
    """Create or upgrade the engine's own tables; safe to call at every start."""
    DBOS.migrate(engine.url.render_as_string(hide_password=False))


def enqueue(
    session: Session, job: str, payload: Mapping[str, Any], *, key: str, delay: timedelta | None = None
) -> None:
    """Ask for a job in the caller's transaction: it exists if and only if that commits.

    `key` names this piece of work; the same key again is ignored for as long as the record of it is kept.
    """
    _put(session, job, json.dumps(dict(payload)), key, 1, delay)


def _put(session: Session, job: str, payload: str, key: str, attempt: int, delay: timedelta | None) -> None:
    options: EnqueueOptions = {
        "queue_name": _QUEUE,
        "workflow_name": _WORKFLOW,
        "workflow_id": key if attempt == 1 else f"{key}~{attempt}",
        "app_version": _VERSION,
        "application_name": _APPLICATION,
    }
    if delay is not None and delay.total_seconds() > 0:
        options["delay_seconds"] = delay.total_seconds()
    _client(session).enqueue_in_transaction(session, options, job, payload, key, attempt)


def _client(session: Session) -> DBOSClient:
    bind = session.get_bind()
    engine = bind if isinstance(bind, sa.Engine) else bind.engine
    with _clients_lock:
        if engine not in _clients:
            # JSON, not the default pickle: who can write a row must not be able to run code.
            _clients[engine] = DBOSClient(
                system_database_engine=engine,
                serializer=DBOSPortableJSONSerializer(),
                application_name=_APPLICATION,
                lazy=True,
            )
        return _clients[engine]


def open_problems(session: Session) -> list[JobProblem]:
    """The jobs a person should look at, newest first."""
    query = sa.select(JobProblem).where(JobProblem.resolved_at.is_(None)).order_by(JobProblem.at.desc())
    return list(session.scalars(query))


class _LeftUnfinishedError(BaseException):
    """Not an Exception: the engine would record one as the job's end, and this job has to be taken up again."""


class Worker:
    """Runs jobs in this process. One worker per `executor_id`, which must be unique and the same after a restart.

    `schedules` maps a job name to its period; such a job runs with the payload `{}` about that often, once for all
    workers together.
    """

    def __init__(
        self,
        engine: sa.Engine,
        clock: Clock,
        handlers: Mapping[str, Handler],
        *,
        executor_id: str,
        schedules: Mapping[str, timedelta] | None = None,
        concurrency: int = 8,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._handlers = dict(handlers)
        self._executor_id = executor_id
        self._schedules = dict(schedules or {})
        self._concurrency = concurrency
        self._stopping = threading.Event()
        self._ticker = threading.Thread(target=self._tick, name="job-schedules", daemon=True)

    def start(self) -> None:
        """Recover this executor's unfinished jobs and begin to take new ones. Handlers must be ready before."""
        config: DBOSConfig = {
            "name": _APPLICATION,
            "application_version": _VERSION,
            "executor_id": self._executor_id,
            "system_database_url": self._engine.url.render_as_string(hide_password=False),
            "log_level": "WARNING",
            "serializer": DBOSPortableJSONSerializer(),
            "max_executor_threads": 32,
            "notification_listener_polling_interval_sec": 0.5,
        }
        if self._engine.dialect.name == "sqlite":
            config["system_database_engine"] = self._engine
        DBOS(config=config)

        # None: a restart counts as a recovery attempt, and a job must never be given up for having been patient.
        @DBOS.workflow(name=_WORKFLOW, max_recovery_attempts=None)
        def run_job(job: str, payload: str, key: str, attempt: int) -> str:
            return self._run(job, payload, key, attempt)

        DBOS.listen_queues([_QUEUE])
        DBOS.launch()
        DBOS.register_queue(_QUEUE, worker_concurrency=self._concurrency, polling_interval_sec=0.2)
        self._ticker.start()

    def stop(self) -> None:
        """Finish what runs (at most five seconds) and stop; what is left is recovered at the next start."""
        self._stopping.set()
        self._ticker.join(timeout=2)
        DBOS.destroy(workflow_completion_timeout_sec=5)

    def _run(self, job: str, payload: str, key: str, attempt: int) -> str:
        try:
            self._handlers[job](json.loads(payload))
        except RetourError as error:
            return self._failed(job, payload, key, attempt, error)
        except Exception as error:
            log.exception("job crashed", extra={"job": job, "key": key, "attempt": attempt})
            return self._failed(job, payload, key, attempt, RetourError("job.crashed", repr(error), retryable=True))
        self._record(lambda session: self._settle(session, key))
        return "done"

    def _settle(self, session: Session, key: str) -> None:
        session.execute(
            sa.update(JobProblem)
            .where(JobProblem.key == key, JobProblem.resolved_at.is_(None))
            .values(resolved_at=self._clock.now())
        )

    def _failed(self, job: str, payload: str, key: str, attempt: int, error: RetourError) -> str:
        log.warning("job failed", extra={"job": job, "key": key, "attempt": attempt, "code": error.code})

        def record(session: Session) -> None:
            if not error.retryable or attempt >= _ATTEMPTS_BEFORE_ALERT:
                row = session.get(JobProblem, key) or JobProblem(key=key, job=job, payload=payload)
                row.attempts, row.code, row.message = attempt, error.code, error.message[:500]
                row.at, row.resolved_at = self._clock.now(), None
                session.add(row)
            if error.retryable:
                seconds = min(_FIRST_RETRY_SECONDS * 2 ** (attempt - 1), _LONGEST_RETRY_SECONDS)
                _put(session, job, payload, key, attempt + 1, timedelta(seconds=seconds))

        self._record(record)
        return error.code

    def _record(self, write: Callable[[Session], None]) -> None:
        """Commit what became of a job, however long the database is away.

        An exception out of here would end the job for the engine, and its retry would be lost.
        """
        pause = 0.1
        while True:
            try:
                with transaction(self._engine) as session:
                    write(session)
                return
            except (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError) as error:
                log.warning("outcome of a job not recorded yet", extra={"reason": str(error)[:200]})
                if self._stopping.wait(pause):
                    raise _LeftUnfinishedError from error
                pause = min(pause * 2, 15.0)

    def _tick(self) -> None:
        while not self._stopping.is_set():
            for job, period in self._schedules.items():
                slot = int(self._clock.now().timestamp() // period.total_seconds())
                try:
                    with transaction(self._engine) as session:
                        enqueue(session, job, {}, key=f"{job}@{slot}")
                except Exception:
                    log.exception("schedule could not be enqueued", extra={"job": job})
            self._stopping.wait(min((p.total_seconds() for p in self._schedules.values()), default=60.0) / 2)
