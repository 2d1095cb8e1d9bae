"""Opening a case once, and what the policy's decision sets going."""

from __future__ import annotations

import threading
from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from actions.cases import repository, service, status
from actions.cases.model import STATUSES, Case, CaseDraft, CaseFilter, DraftLine
from actions.cases.transitions import InvalidTransitionError
from actions.evidence import service as evidence
from actions.orders.model import Order
from actions.runtime import Runtime
from common.database import transaction
from common.errors import RefusedError
from tests.actions.cases.conftest import Report, path, reload, told
from tests.factories import claim_of, create_case, create_conversation, create_order, draft_for, open_case, order_line


class TestOpening:
    def test_the_same_key_is_the_same_case(self, session: Session, runtime: Runtime) -> None:
        order = create_order(session)
        first = open_case(session, runtime, order=order, key="conv_1:5")
        again = open_case(session, runtime, order=order, key="conv_1:5")
        assert first is again
        assert session.scalar(sa.select(sa.func.count()).select_from(Case)) == 1

    def test_it_keeps_decision_rules_facts_and_photos(self, session: Session, runtime: Runtime) -> None:
        case = open_case(session, runtime)
        assert case.decision is not None
        assert case.decision["outcome"] == "refund_without_return"
        assert {rule["id"] for rule in case.decision["rules"]} >= {"returnless", "automatic_refund_limit"}
        assert case.decision["facts"]["reason"] == "damaged"
        assert case.legal_basis == "non_conformity"
        assert len(evidence.of_case(session, case.id)) == 2
        assert case.reference.startswith("RT-")
        assert len(case.reference) == 9

    def test_pieces_in_a_case_are_not_claimed_again(self, session: Session, runtime: Runtime) -> None:
        order = create_order(session, lines=[order_line(quantity=3)])
        open_case(session, runtime, order=order, quantity=2)
        with pytest.raises(RefusedError) as refused:
            open_case(session, runtime, order=order, quantity=2)
        assert refused.value.code == "case.already_claimed"
        assert open_case(session, runtime, order=order, quantity=1).claim_minor == 990

    def test_a_refused_case_frees_its_pieces(self, session: Session, runtime: Runtime) -> None:
        order = create_order(session)
        create_case(session, order=order, status="refused")
        assert open_case(session, runtime, order=order).status == "refunding"

    @pytest.mark.parametrize(
        ("line", "quantity", "code"),
        [
            pytest.param(None, 0, "case.quantity", id="nothing of a line"),
            pytest.param(None, 2, "case.quantity", id="more than was bought"),
            pytest.param("line_of_someone_else", 1, "case.line_unknown", id="a foreign line"),
        ],
    )
    def test_what_cannot_be_claimed(
        self, session: Session, runtime: Runtime, now: datetime, line: str | None, quantity: int, code: str
    ) -> None:
        order = create_order(session)
        lines = (DraftLine(line or order.lines[0].id, quantity),)
        draft = CaseDraft(create_conversation(session).id, "web", "en", order.id, lines, "damaged")
        with pytest.raises(RefusedError) as refused:
            service.open_case(session, runtime, draft, key="k", now=now)
        assert refused.value.code == code

    def test_two_messages_at_once_open_one_case(self, runtime: Runtime, now: datetime) -> None:
        with transaction(runtime.engine) as session:
            order = create_order(session)
            draft = draft_for(order, create_conversation(session), reason="wrong_size")
        start = threading.Barrier(4)
        opened: list[str] = []

        def open_it(number: int) -> None:
            start.wait()
            try:
                with transaction(runtime.engine) as session:
                    opened.append(service.open_case(session, runtime, draft, key=f"k{number % 2}", now=now).id)
            except RefusedError as error:
                opened.append(error.code)

        threads = [threading.Thread(target=open_it, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        assert opened.count("case.already_claimed") == 2
        assert len(set(opened)) == 2

    def test_a_preview_leaves_nothing_behind(self, session: Session, runtime: Runtime, now: datetime) -> None:
        order = create_order(session)
        draft = draft_for(order, create_conversation(session), reason="wrong_size")
        decision = service.preview(session, runtime, draft, now=now)
        session.flush()
        assert decision.outcome == "return"
        assert session.scalar(sa.select(sa.func.count()).select_from(Case)) == 0


class TestOutcomes:
    def test_above_the_limit_waits_for_a_person(self, session: Session, runtime: Runtime) -> None:
        order = create_order(session, lines=[order_line(unit_paid_minor=18900)])
        case = open_case(session, runtime, order=order, reason="defective")
        assert case.status == "awaiting_review"
        assert case.resolution is None
        assert told(session, case) == [], "the conversation itself answers"

    def test_outside_the_window_is_refused_with_the_rule(self, session: Session, runtime: Runtime) -> None:
        case = open_case(session, runtime, order=create_order(session, delivered_days_ago=65), reason="changed_mind")
        assert (case.status, case.resolution) == ("refused", "refused")
        assert case.journal[-1].why == "refused: window"

    def test_not_received_pays_without_photo_or_parcel(self, session: Session, runtime: Runtime) -> None:
        order = create_order(session, delivered_days_ago=None)
        case = open_case(session, runtime, order=order, reason="not_received", photos=0)
        claim = claim_of(session, case.id)
        assert case.status == "refunding"
        assert claim is not None
        assert claim.returnless


class TestLater:
    def test_the_shopper_says_that_the_parcel_left(self, runtime: Runtime, report: Report, now: datetime) -> None:
        with transaction(runtime.engine) as session:
            case = open_case(session, runtime, order=_dear(session), reason="wrong_size", photos=0)
        report(case.id, "approved", return_address="Dock 4")
        for number in ("6A1", "6A2"):
            with transaction(runtime.engine) as session:
                service.report_sent(
                    session, case.id, by="shopper", now=now, carrier="Colissimo", tracking_number=number
                )
        sent = reload(runtime, case.id)
        assert sent.status == "in_transit"
        assert sent.parcel == {"carrier": "Colissimo", "number": "6A2", "reported_at": now.isoformat()}

    def test_no_parcel_is_awaited(self, session: Session, now: datetime) -> None:
        case = create_case(session, status="awaiting_review")
        with pytest.raises(InvalidTransitionError):
            service.report_sent(session, case.id, by="shopper", now=now)

    def test_cancelling_ends_the_claim_and_is_told_when_someone_else_did_it(
        self, session: Session, runtime: Runtime, now: datetime
    ) -> None:
        case = open_case(session, runtime, order=_dear(session), reason="wrong_size", photos=0)
        for _ in range(2):
            service.cancel(session, case.id, by="Dana", why="Called and changed her mind", now=now)
        claim = claim_of(session, case.id)
        assert claim is not None
        assert claim.closed_at == now
        assert case.status == "cancelled"
        assert told(session, case) == ["utter_case_cancelled"]

    def test_money_on_its_way_cannot_be_cancelled(self, session: Session, runtime: Runtime, now: datetime) -> None:
        case = open_case(session, runtime)
        with pytest.raises(InvalidTransitionError):
            service.cancel(session, case.id, by="shopper", why="no", now=now)


class TestStatusLines:
    @pytest.mark.parametrize("language", ["en", "fr"])
    def test_every_status_has_words_for_every_parameter(
        self, session: Session, runtime: Runtime, language: str
    ) -> None:
        for state in STATUSES:
            case = create_case(session, status=state)
            for name, parameters in status.status_lines(session, runtime, case):
                text = runtime.phrases.render(name, language, parameters).text
                assert case.reference in text
                assert "{" not in text, text

    def test_a_refund_is_named_with_its_amount(self, session: Session, runtime: Runtime) -> None:
        case = open_case(session, runtime)
        assert status.status_lines(session, runtime, case) == [
            ("utter_status_refunding", {"reference": case.reference, "amount": "€9.90", "days": 5})
        ]


class TestSearch:
    def test_pages_miss_and_repeat_nothing(self, session: Session) -> None:
        order = create_order(session)
        made = {create_case(session, order=order).id for _ in range(7)}
        seen: list[str] = []
        cursor = None
        while True:
            page = repository.search(session, CaseFilter(order_number=order.number), cursor=cursor, limit=3)
            seen += [case.id for case in page.cases]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert len(seen) == 7
        assert set(seen) == made

    @pytest.mark.parametrize("cursor", ["", "x", "AAAA", "é"])
    def test_a_foreign_cursor_is_refused(self, session: Session, cursor: str) -> None:
        with pytest.raises(RefusedError):
            repository.search(session, CaseFilter(), cursor=cursor)


def _dear(session: Session) -> Order:
    return create_order(session, lines=[order_line(sku="SWEATER-M", unit_paid_minor=4900, wholesale_minor=1900)])


def test_the_journal_tells_the_whole_story(session: Session, runtime: Runtime) -> None:
    case = open_case(session, runtime)
    assert path(case) == ["collecting", "refunding"]
    assert [entry.by for entry in case.journal] == ["shopper", "policy"]
