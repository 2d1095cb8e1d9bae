"""The machine: every rule takes one step with the real case work and with the model, and compares both."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy.orm import Session

from actions.cases import review
from actions.cases import service as cases
from actions.cases.jobs import handlers
from actions.cases.model import Case, CaseDraft, DraftLine
from actions.cases.progress import supplier_progress
from actions.policy.model import Reason
from actions.refunds import repository as refunds
from actions.refunds import service as refund_service
from actions.refunds.news import outside
from actions.refunds.news import repository as news
from actions.refunds.news import service as news_service
from actions.refunds.news.parse import parse_event
from actions.refunds.port import GatewayRefund, GatewayUnavailableError, RefundDeclinedError
from actions.runtime import Runtime
from actions.suppliers import repository as claims
from actions.suppliers import service as suppliers
from actions.suppliers.parse import parse_event as parse_supplier_event
from common.clock import FixedClock
from common.database import make_engine, transaction
from common.errors import RefusedError
from common.ids import new_id
from common.money import Money
from tests.actions.refunds.news import chargeback_event, refund_event
from tests.actions.suppliers.builders import report
from tests.factories import claim_of, create_conversation, create_order, create_photo, order_line
from tests.fakes import MemoryGateway
from tests.model import case_model as model
from tests.model.case_model import ModelCase, ModelOrder, ModelRefund, RefusedByModelError
from tests.model.pairs import Pair, copy_of, cost_of, restore

_SECOND = 1.0

Build = Callable[[sa.Engine, FixedClock, MemoryGateway], Runtime]


class Comparison(RuleBasedStateMachine):
    """Every rule does one thing to both; the invariants compare them."""

    template: Path
    build: Build
    now: Any
    steps = 0

    orders = Bundle("orders")
    cases = Bundle("cases")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="retour-model-"))
        shutil.copyfile(self.template, self.folder / "retour.db")
        self.engine = make_engine(f"sqlite:///{self.folder / 'retour.db'}")
        self.clock = FixedClock(self.now)
        self.gateway = MemoryGateway()
        self.runtime = type(self).build(self.engine, self.clock, self.gateway)
        self.jobs = handlers(self.runtime)
        self.pairs: list[tuple[Pair, Pair]] = []
        self.references: dict[str, str] = {}

    def teardown(self) -> None:
        self.engine.dispose()
        shutil.rmtree(self.folder)

    def both(self, real: Callable[[Session], object], predicted: Callable[[], object]) -> None:
        """Either both do it or both refuse it."""
        try:
            with transaction(self.engine) as session:
                real(session)
            refused = False
        except RefusedError:
            refused = True
        type(self).steps += 1
        try:
            predicted()
        except RefusedByModelError:
            assert refused, "the model refuses what was done"
        else:
            assert not refused, "the model does what was refused"

    # Few orders, so that much happens to each.
    @precondition(lambda self: len(self.references) < 2)
    @rule(target=orders, shipping=st.sampled_from([0, 490]), pieces=st.integers(1, 3))
    def order(self, shipping: int, pieces: int) -> Pair:
        with transaction(self.engine) as session:
            lines = [
                order_line(quantity=pieces),
                order_line(sku="SWEATER-M", unit_paid_minor=4900, wholesale_minor=1900, category="clothing"),
            ]
            lines[1].position = 1
            reference = new_id("pay")
            # An e-mail of its own: how often a shopper was paid without a parcel is the policy's own matter.
            email = f"{reference}@example.com"
            made = create_order(
                session, lines=lines, shipping_minor=shipping, payment_reference=reference, email=email,
                now=self.clock.now(),
            )  # fmt: skip
            self.references[made.id] = reference
        type(self).steps += 1
        return Pair(made.id, ModelOrder([(pieces, 990 * pieces), (1, 4900)], shipping))

    @rule(
        target=cases, order=orders, line=st.integers(0, 1), pieces=st.integers(1, 3),
        reason=st.sampled_from(["damaged", "wrong_size", "not_as_described"]),
    )  # fmt: skip
    def open_case(self, order: Pair, line: int, pieces: int, reason: Reason) -> Pair:
        found = ModelCase(order.model, {line: pieces}, claim=0, agreed=0)
        pair = Pair("", found)
        possible = pieces <= order.model.free(line)

        def real(session: Session) -> None:
            talk = create_conversation(session)
            photos = tuple(
                create_photo(session, conversation_id=talk.id, number=int(new_id("")[-8:], 16)).id for _ in range(2)
            )
            row = refunds.lock_order(session, order.id)
            draft = CaseDraft(
                talk.id, "web", "en", order.id, (DraftLine(row.lines[line].id, pieces),), reason, "Not right", photos
            )
            case = cases.open_case(session, self.runtime, draft, key=new_id("open"), now=self.clock.now())
            pair.id, found.claim, found.agreed = case.id, case.claim_minor, case.refund_minor
            outcome = str((case.decision or {})["outcome"])
            if order.model.chargeback == "open":
                assert outcome in ("needs_person", "refused")
            self._acknowledge(session, case.id)
            model.opened(found, outcome, supplier_answers=reason != "wrong_size")

        def predicted() -> None:
            if not possible:
                raise RefusedByModelError

        found.reason = reason  # type: ignore[attr-defined]
        self.both(real, predicted)
        if pair.id:
            self.pairs.append((order, pair))
        return pair

    def _acknowledge(self, session: Session, case_id: str) -> None:
        """The supplier has the claim, if there is one and it has not yet."""
        claim = claim_of(session, case_id)
        if claim is not None and claim.external_id is None:
            locked = claims.lock(session, claim.id)
            answer = report("pending", id=f"rma_{case_id}", rma_number="NW-1")
            suppliers.record_sent(session, locked, answer, now=self.clock.now(), by="supplier:Northwind")

    @rule(case=cases)
    def approve(self, case: Pair) -> None:
        if not case.id:
            return
        before = copy_of(case.model)

        def real(session: Session) -> None:
            review.approve(
                session, self.runtime, case.id, by="Dana", why="Yes", now=self.clock.now(),
                outcome="refund_without_return",
            )  # fmt: skip
            self._acknowledge(session, case.id)

        def predicted() -> None:
            try:
                model.approve(case.model, supplier_answers=case.model.reason != "wrong_size")
            except RefusedByModelError:
                restore(case.model, before)
                raise

        self.both(real, predicted)

    @rule(case=cases)
    def refuse(self, case: Pair) -> None:
        if case.id:
            self.both(
                lambda session: review.refuse(session, case.id, by="Dana", why="No", now=self.clock.now()),
                partial(model.refuse, case.model),
            )

    @rule(case=cases)
    def cancel(self, case: Pair) -> None:
        if case.id:
            self.both(
                lambda session: cases.cancel(session, case.id, by="shopper", why="No more", now=self.clock.now()),
                partial(model.cancel, case.model),
            )

    @rule(case=cases)
    def report_sent(self, case: Pair) -> None:
        if case.id:
            self.both(
                lambda session: cases.report_sent(session, case.id, by="shopper", now=self.clock.now()),
                partial(model.report_sent, case.model),
            )

    @rule(
        case=cases,
        status=st.sampled_from(["approved", "rejected", "received", "inspected", "credited"]),
        times=st.integers(1, 2),
    )
    def supplier_event(self, case: Pair, status: str, times: int) -> None:
        known = case.model.supplier
        # A supplier that contradicts itself is asked about; that is another test's business.
        if not known or known == "rejected" or (status == "rejected" and model.RANK[known] > model.RANK[status]):
            return
        content = {
            "id": f"rma_{case.id}",
            "status": status,
            "rma_number": "NW-1",
            "return_address": "Dock 4, Rotterdam",
        }
        extra: dict[str, Any] = {}
        if status in ("inspected", "credited"):
            extra["inspection"] = {"condition": "as_new"}
        if status == "credited":
            extra["credit_minor"] = 100
        body = json.dumps({"event_id": new_id("evt"), "type": f"rma.{status}", "rma": content | extra}).encode()
        message = parse_supplier_event(body, "event")
        config = self.runtime.shop.suppliers["northwind"]
        progress = partial(supplier_progress, self.runtime)
        for _ in range(times):
            self.both(
                lambda session: suppliers.receive_event(
                    session, config, message, progress=progress, now=self.clock.now()
                ),
                partial(model.supplier_says, case.model, status),
            )

    @rule(case=cases, fault=st.sampled_from(["", "before", "after", "declined"]), which=st.integers(0, 3))
    def pay(self, case: Pair, fault: str, which: int) -> None:
        if not case.model.refunds:
            return
        number = which % len(case.model.refunds)
        with transaction(self.engine) as session:
            row = refunds.of_case(session, case.id)[number]
        self.gateway.before, self.gateway.after = [], []
        if fault == "after":
            self.gateway.after = [GatewayUnavailableError("It was paid.")]
        elif fault:
            error = GatewayUnavailableError("Away") if fault == "before" else RefundDeclinedError("Closed")
            self.gateway.before = [error]
        try:
            refund_service.execute(self.runtime, row.id)
        except GatewayUnavailableError:
            assert fault in ("before", "after")
        self.gateway.before, self.gateway.after = [], []
        type(self).steps += 1
        self._predict_pay(case.model, case.model.refunds[number], row.idempotency_key, fault)

    def _predict_pay(self, case: ModelCase, refund: ModelRefund, key: str, fault: str) -> None:
        order = case.order
        if refund.state == "created":
            self._predict_look_around(order)
        if refund.state in ("succeeded", "failed"):
            return
        if order.frozen:
            refund.held = refund.held or order.frozen
        elif refund.state == "created" and order.gone > order.total:
            model.give_up(case, refund)
        if refund.state == "failed" or (refund.state == "created" and order.frozen):
            return
        asked, refund.state = refund.state == "sent", "sent"
        paid = self.__dict__.setdefault("paid", {})
        if asked and key in paid:
            model.settle(case, refund, "succeeded")
        elif refund.held:
            return
        elif fault == "declined":
            model.settle(case, refund, "failed")
        elif fault != "before":
            paid[key] = refund.amount
            if fault != "after":
                model.settle(case, refund, "succeeded")

    def _predict_look_around(self, order: ModelOrder) -> None:
        """The list of the payment settles what was paid without an answer, and finds what was paid by hand."""
        real_order = next(pair for pair, _ in self.pairs if pair.model is order)
        paid = self.__dict__.setdefault("paid", {})
        for _, pair in [both for both in self.pairs if both[0].model is order]:
            for number, refund in enumerate(pair.model.refunds, 1):
                if f"refund:{pair.id}:{number}" in paid and refund.state in ("created", "sent"):
                    model.settle(pair.model, refund, "succeeded")
        reference = self.references[real_order.id]
        for made in self.gateway.by_hand_refunds:
            if made.payment_reference == reference and not self._adopted(order, made.id):
                model.found_by_hand(order, made.id, made.amount.minor_units)

    @staticmethod
    def _adopted(order: ModelOrder, gateway_id: str) -> bool:
        return order.outside.get(gateway_id, (0, ""))[1] == "this_case"

    @rule(order=orders, amount=st.sampled_from([1, 990, 4900, 5000]), told=st.booleans())
    def by_hand(self, order: Pair, amount: int, told: bool) -> None:
        made = GatewayRefund(
            new_id("hand"), "succeeded", Money(amount, "EUR"), payment_reference=self.references[order.id]
        )
        self.gateway.by_hand_refunds.append(made)
        type(self).steps += 1
        if told:
            body = refund_event(id=made.id, amount_minor=amount, payment_reference=made.payment_reference)
            self._event(body)
            model.found_by_hand(order.model, made.id, amount)

    def _event(self, body: bytes) -> None:
        """An event that comes twice."""
        for _ in range(2):
            with transaction(self.engine) as session:
                news_service.receive(session, self.runtime, parse_event(body), now=self.clock.now())

    @rule(case=cases, said=st.sampled_from(["this_case", "another", "known"]), which=st.integers(0, 3))
    def answer(self, case: Pair, said: str, which: int) -> None:
        if not case.id or not case.model.order.outside:
            return
        order = case.model.order
        gateway_id = sorted(order.outside)[which % len(order.outside)]
        if order.outside[gateway_id][1] != "asked":
            return

        def real(session: Session) -> None:
            row = news.outside_by_gateway_id(session, gateway_id)
            assert row is not None
            outside.answer(
                session, self.runtime, row.id, said, by="Dana", now=self.clock.now(),  # type: ignore[arg-type]
                case_id=case.id if said == "this_case" else "",
            )  # fmt: skip

        self.both(real, partial(model.answer, order, gateway_id, said, case.model))

    @rule(order=orders, status=st.sampled_from(["open", "won", "lost"]))
    def chargeback(self, order: Pair, status: str) -> None:
        changes = {"id": f"cb_{order.id}", "payment_reference": self.references[order.id]}
        self._event(chargeback_event(status, amount_minor=order.model.total, **changes))
        type(self).steps += 1
        model.chargeback(order.model, status)

    @rule(case=cases)
    def the_law_s_time_is_over(self, case: Pair) -> None:
        if case.id:
            self.jobs["case.refund_due"]({"case_id": case.id})
            type(self).steps += 1
            model.refund_due(case.model)

    @rule()
    def seconds_pass(self) -> None:
        from datetime import timedelta

        self.clock.advance(timedelta(seconds=_SECOND))

    @invariant()
    def nothing_differs(self) -> None:
        with transaction(self.engine) as session:
            for _, pair in self.pairs:
                case = session.get_one(Case, pair.id)
                rows = [
                    (row.amount_minor, row.status, row.failure is not None and row.status in ("created", "sent"))
                    for row in refunds.of_case(session, pair.id)
                ]
                expected = [(row.amount, row.state, bool(row.held)) for row in pair.model.refunds]
                assert (case.status, rows) == (pair.model.status, expected)
                assert cost_of(session, pair.id) == (pair.model.paid, 0)

    @invariant()
    def never_more_than_was_paid(self) -> None:
        for order, reference in self.references.items():
            paid = [
                request.amount.minor_units
                for request, _ in self.gateway.paid.values()
                if request.payment_reference == reference
            ]
            if paid:
                total = next(pair.model.total for pair, _ in self.pairs if pair.id == order)
                assert sum(paid) <= total
