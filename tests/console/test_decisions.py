"""What a person's decision does in the database, once, and only when the case is still as it was shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from actions.cases.model import Case
from actions.refunds import repository as refunds
from actions.refunds import service as refund_service
from actions.refunds.model import Refund
from actions.runtime import Runtime
from actions.suppliers import service as suppliers
from bot.outbox import service as outbox
from common.database import transaction
from tests.console.visitor import Reply, Visitor
from tests.factories import claim_of, create_order, open_case, order_line
from tests.fakes import MemoryGateway

Browse = Callable[..., Visitor]


@pytest.fixture
def case_id(runtime: Runtime) -> str:
    """A case above the automatic limit, to be decided by a person."""
    with transaction(runtime.engine) as session:
        order = create_order(session, number="1077", lines=[order_line(unit_paid_minor=64900, wholesale_minor=31000)])
        return open_case(session, runtime, order=order, reason="damaged").id


def _case(runtime: Runtime, case_id: str) -> Case:
    with transaction(runtime.engine) as session:
        case = session.get_one(Case, case_id)
        assert case.journal is not None
        return case


def _refunds(runtime: Runtime, case_id: str) -> list[Refund]:
    with transaction(runtime.engine) as session:
        return refunds.of_case(session, case_id)


def _heard(runtime: Runtime, case: Case) -> str:
    with transaction(runtime.engine) as session:
        return "\n".join(m.text for m in outbox.transcript(session, runtime.phrases, case.conversation_id))


def _open(visitor: Visitor, case_id: str, act: str) -> Reply:
    page = visitor.get(f"/console/cases/{case_id}/{act}")
    assert page.status == 200
    return page


def _decide(visitor: Visitor, page: Reply, case_id: str, act: str, **fields: str) -> Reply:
    return visitor.submit(page, f"/console/cases/{case_id}/{act}", **fields)


def test_looking_at_a_decision_changes_nothing(owner: Visitor, runtime: Runtime, case_id: str) -> None:
    before = _case(runtime, case_id)
    heard = _heard(runtime, before)
    for act in ("approve", "change", "refuse", "cancel"):
        assert "Northwind" in _open(owner, case_id, act).words or act in ("refuse", "cancel")
    after = _case(runtime, case_id)
    assert (after.status, after.version, after.updated_at) == (before.status, before.version, before.updated_at)
    assert _refunds(runtime, case_id) == []
    assert _heard(runtime, after) == heard
    with transaction(runtime.engine) as session:
        assert claim_of(session, case_id) is None
        jobs = session.execute(sa.text(_JOBS[runtime.engine.dialect.name])).scalar_one()
    assert jobs == 0


_JOBS = {
    "sqlite": "SELECT count(*) FROM workflow_status",
    "postgresql": "SELECT count(*) FROM dbos.workflow_status",
}


def test_what_the_confirm_step_promises_is_what_happens(owner: Visitor, runtime: Runtime, case_id: str) -> None:
    page = _open(owner, case_id, "approve")
    assert "a credit of €310.00 is expected" in page.words
    assert "No money moves now." in page.words
    done = _decide(owner, page, case_id, "approve")
    assert "Approved." in done.words
    case = _case(runtime, case_id)
    assert (case.status, case.resolution) == ("awaiting_supplier", "return")
    told = _heard(runtime, case).splitlines()[-1]
    assert told in page.words
    assert case.journal[-1].by == "olive"
    with transaction(runtime.engine) as session:
        claim = claim_of(session, case_id)
    assert claim is not None
    assert claim.credit_expected_minor == 31000


def test_the_same_form_twice_decides_once(owner: Visitor, runtime: Runtime, case_id: str) -> None:
    page = _open(owner, case_id, "change")
    fields = {"outcome": "refund_without_return", "amount": "649.00", "why": "Photos are clear"}
    assert "Decided." in _decide(owner, page, case_id, "change", **fields).words
    again = _decide(owner, page, case_id, "change", **fields)
    assert "nothing was done a second time" in again.words
    assert [(r.amount_minor, r.status, r.method) for r in _refunds(runtime, case_id)] == [
        (64900, "created", "original_payment")
    ]
    assert sum(entry.by == "olive" for entry in _case(runtime, case_id).journal) == 1


def test_two_people_decide_and_the_first_one_wins(browse: Browse, runtime: Runtime, case_id: str) -> None:
    olive, ari = browse("olive"), browse("ari")
    hers, his = _open(olive, case_id, "refuse"), _open(ari, case_id, "approve")
    assert "Refused." in _decide(olive, hers, case_id, "refuse", why="Seen in the shop, it is intact").words
    late = _decide(ari, his, case_id, "approve")
    assert "has changed since you opened it" in late.words
    case = _case(runtime, case_id)
    assert (case.status, case.resolution) == ("refused", "refused")


def test_a_refusal_needs_a_reason_and_the_shopper_reads_it(owner: Visitor, runtime: Runtime, case_id: str) -> None:
    page = _open(owner, case_id, "refuse")
    empty = _decide(owner, page, case_id, "refuse", why="  ")
    assert (empty.status, "Say why." in empty.words) == (422, True)
    assert _case(runtime, case_id).status == "awaiting_review"
    done = _decide(owner, empty, case_id, "refuse", why="The parcel was <b>opened</b> & {worn}.")
    assert "The shopper is told why" in done.words
    assert "The parcel was <b>opened</b> & {worn}." in _heard(runtime, _case(runtime, case_id))
    assert "<b>opened</b>" not in done.html


def test_another_amount_is_refunded_exactly(owner: Visitor, runtime: Runtime, case_id: str) -> None:
    page = _open(owner, case_id, "change")
    _decide(owner, page, case_id, "change", outcome="refund_without_return", amount="120,50", why="Half is usable")
    assert [refund.amount_minor for refund in _refunds(runtime, case_id)] == [12050]


@pytest.mark.parametrize(
    ("amount", "said"),
    [("lots", "not an amount"), ("1.234", "too many decimals"), ("0", "not an amount"), ("-5", "not an amount")],
)
def test_a_wrong_amount_is_refused_and_what_was_typed_stays(
    owner: Visitor, runtime: Runtime, case_id: str, amount: str, said: str
) -> None:
    page = _open(owner, case_id, "change")
    answer = _decide(
        owner, page, case_id, "change", outcome="refund_without_return", amount=amount, why="My long explanation"
    )
    assert (answer.status, said in answer.words, "My long explanation" in answer.words) == (422, True, True)
    assert _refunds(runtime, case_id) == []


def test_more_than_the_order_is_refused(owner: Visitor, runtime: Runtime, case_id: str) -> None:
    page = _open(owner, case_id, "change")
    answer = _decide(
        owner, page, case_id, "change", outcome="refund_without_return", amount="10000.00", why="Slip of the finger"
    )
    assert answer.status == 422
    assert _refunds(runtime, case_id) == []


def test_an_agent_stays_within_the_quote_and_an_owner_may_go_above(
    browse: Browse, runtime: Runtime, case_id: str
) -> None:
    ari, olive = browse("ari"), browse("olive")
    above = {"outcome": "refund_without_return", "amount": "653.90", "why": "Shipping too"}
    refused = _decide(ari, _open(ari, case_id, "change"), case_id, "change", **above)
    assert "Only an owner may refund more" in refused.words
    assert _refunds(runtime, case_id) == []
    _decide(olive, _open(olive, case_id, "change"), case_id, "change", **above)
    assert [refund.amount_minor for refund in _refunds(runtime, case_id)] == [65390]


def test_an_agent_may_decide_what_was_quoted(browse: Browse, runtime: Runtime, case_id: str) -> None:
    ari = browse("ari")
    _decide(ari, _open(ari, case_id, "approve"), case_id, "approve")
    assert _case(runtime, case_id).status == "awaiting_supplier"


def test_a_case_is_cancelled_with_a_reason(owner: Visitor, runtime: Runtime, case_id: str) -> None:
    _decide(owner, _open(owner, case_id, "cancel"), case_id, "cancel", why="Asked on the phone")
    case = _case(runtime, case_id)
    assert (case.status, case.journal[-1].why) == ("cancelled", "Asked on the phone")


def test_a_refused_case_is_looked_at_again(owner: Visitor, runtime: Runtime, case_id: str) -> None:
    _decide(owner, _open(owner, case_id, "refuse"), case_id, "refuse", why="No")
    _decide(owner, _open(owner, case_id, "review"), case_id, "review", why="New photos came")
    assert _case(runtime, case_id).status == "awaiting_review"


def test_a_note_moves_nothing(owner: Visitor, runtime: Runtime, case_id: str) -> None:
    page = _decide(owner, _open(owner, case_id, "note"), case_id, "note", why="Called, <i>will</i> send photos")
    case = _case(runtime, case_id)
    assert (case.status, case.journal[-1].why) == ("awaiting_review", "Called, <i>will</i> send photos")
    assert "<i>will" not in page.html


def test_store_credit_needs_nobody_and_its_code_is_told_and_shown(
    owner: Visitor, runtime: Runtime, case_id: str
) -> None:
    _decide(
        owner, _open(owner, case_id, "change"), case_id, "change", outcome="store_credit", amount="649.00", why="Agreed"
    )
    [refund] = _refunds(runtime, case_id)
    refund_service.execute(runtime, refund.id)
    [refund] = _refunds(runtime, case_id)
    code = refund.gateway_id or ""
    assert code.startswith("CREDIT-")
    case = _case(runtime, case_id)
    assert case.status == "refunded"
    assert code in _heard(runtime, case)
    assert code in owner.get(f"/console/cases/{case_id}").words


def test_a_refund_of_another_case_cannot_be_recorded_here(
    owner: Visitor, runtime: Runtime, gateway: MemoryGateway, case_id: str
) -> None:
    gateway.by_hand = True
    with transaction(runtime.engine) as session:
        other = open_case(session, runtime).id
    [foreign] = _refunds(runtime, other)
    page = _open(owner, case_id, "change")
    _decide(owner, page, case_id, "change", outcome="refund_without_return", amount="649.00", why="Agreed")
    _decide(owner, _open(owner, case_id, "paid"), case_id, "paid", reference="X", refund=foreign.id)
    assert _refunds(runtime, other)[0].status == "created"


def test_after_the_refund_the_case_says_where_the_money_is(owner: Visitor, runtime: Runtime, case_id: str) -> None:
    page = _open(owner, case_id, "change")
    _decide(owner, page, case_id, "change", outcome="refund_without_return", amount="", why="Clear photos")
    [refund] = _refunds(runtime, case_id)
    refund_service.execute(runtime, refund.id)
    shown = owner.get(f"/console/cases/{case_id}").words
    for expected in ("Refunded", "€649.00", "re_1", "Credit expected from suppliers"):
        assert expected in shown
    assert "Decided" not in shown


def test_what_does_not_fit_any_more_is_not_offered(owner: Visitor, runtime: Runtime, case_id: str) -> None:
    page = _open(owner, case_id, "approve")
    _decide(owner, _open(owner, case_id, "cancel"), case_id, "cancel", why="Withdrawn")
    with transaction(runtime.engine) as session:
        case = session.get_one(Case, case_id)
    forged = page.form(f"/console/cases/{case_id}/approve").fields | {"version": str(case.version)}
    answer = owner.post(f"/console/cases/{case_id}/approve", forged)
    assert "past that step" in answer.words
    assert _refunds(runtime, case_id) == []


def test_a_form_without_a_number_does_nothing(owner: Visitor, runtime: Runtime, case_id: str) -> None:
    fields = _open(owner, case_id, "approve").form(f"/console/cases/{case_id}/approve").fields | {"nonce": ""}
    owner.post(f"/console/cases/{case_id}/approve", fields)
    assert _case(runtime, case_id).status == "awaiting_review"


def test_an_act_nobody_knows_is_not_found(owner: Visitor, case_id: str) -> None:
    assert owner.get(f"/console/cases/{case_id}/explode").status == 404
    assert owner.get("/console/cases/nothing").status == 404


def test_what_a_supplier_left_unclear_is_cleared_by_looking(owner: Visitor, runtime: Runtime) -> None:
    with transaction(runtime.engine) as session:
        case = open_case(session, runtime)
        claim = claim_of(session, case.id)
        assert claim is not None
        text = "The supplier credited <less> than expected."
        suppliers.flag(session, claim, text, now=runtime.clock.now(), by="supplier:Northwind")
    overview = owner.get("/console")
    assert text in overview.words
    page = owner.get(f"/console/cases/{case.id}")
    assert text in page.words
    after = owner.submit(page, f"/console/cases/{case.id}/seen")
    assert "I have looked" not in after.words
    with transaction(runtime.engine) as session:
        kept = claim_of(session, case.id)
    assert kept is not None
    assert kept.attention is None


def test_who_pays_by_hand_is_told_so(
    owner: Visitor, runtime: Runtime, case_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MemoryGateway, "by_hand", True)
    page = _open(owner, case_id, "change")
    assert "is to be paid back by you" in page.words
    _decide(owner, page, case_id, "change", outcome="refund_without_return", amount="", why="Clear")
    assert "To be paid by hand" in owner.get(f"/console/cases/{case_id}").words
