from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from actions.suppliers import repository, service
from actions.suppliers.parse import parse_event
from actions.suppliers.port import RmaStatus
from common.database import make_engine, transaction
from common.errors import UpstreamError
from common.shop_config import ShopConfig
from tests.actions.suppliers.builders import event_body, open_claim, report, sent_claim
from tests.actions.suppliers.conftest import Progress
from tests.factories import NOW


def jobs(session: Session) -> dict[str, timedelta]:
    """What is enqueued, with the delay of each."""
    rows = session.execute(sa.text("SELECT workflow_uuid, delay_until_epoch_ms, created_at FROM workflow_status"))
    return {key: timedelta(milliseconds=(until - made) if until else 0) for key, until, made in rows}


def receive(session: Session, shop: ShopConfig, progress: Progress, raw: bytes) -> str:
    message = parse_event(raw, "test")
    return service.receive_event(session, shop.suppliers["northwind"], message, progress=progress, now=NOW)


def test_opening_a_claim_enqueues_its_request_and_the_chase(session: Session, shop: ShopConfig) -> None:
    claim = open_claim(session, shop.suppliers["northwind"])
    assert (claim.status, claim.credit_expected_minor, claim.deadline_at) == ("pending", 2460, NOW + timedelta(days=5))
    if session.get_bind().dialect.name == "sqlite":
        assert jobs(session).keys() == {f"supplier.request:{claim.id}", f"supplier.chase:{claim.id}:pending"}


def test_a_case_has_one_claim(session: Session, shop: ShopConfig) -> None:
    first = open_claim(session, shop.suppliers["northwind"])
    again = open_claim(session, shop.suppliers["northwind"], description="Another text.")
    assert again.id == first.id
    assert again.request["description"] == "The sleeves are too short."


def test_an_event_is_applied_once(session: Session, shop: ShopConfig, progress: Progress) -> None:
    claim = sent_claim(session, shop.suppliers["northwind"])
    raw = event_body("approved", rma_number="NW-1", return_address="Dock 4")
    assert receive(session, shop, progress, raw) == "applied"
    assert receive(session, shop, progress, raw) == "repeated"
    assert receive(session, shop, progress, event_body("approved", event_id="evt_2")) == "unchanged"
    assert (claim.status, claim.rma_number, claim.updated_by) == ("approved", "NW-1", "supplier:Northwind")
    assert progress.seen == [("approved", None)]


def test_an_event_quicker_than_the_answer_waits_for_it(session: Session, shop: ShopConfig, progress: Progress) -> None:
    assert receive(session, shop, progress, event_body("approved", rma_number="NW-1")) == "waiting"
    claim = sent_claim(session, shop.suppliers["northwind"])
    assert (claim.status, claim.rma_number) == ("approved", "NW-1")
    assert [event.outcome for event in repository.events(session, "northwind", "rma_1")] == ["applied"]
    assert progress.seen == []


def test_an_event_for_another_suppliers_claim_does_not_touch_it(
    session: Session, shop: ShopConfig, progress: Progress
) -> None:
    claim = sent_claim(session, shop.suppliers["atelier"], external_id="rma_1")
    assert receive(session, shop, progress, event_body("rejected")) == "waiting"
    assert claim.status == "pending"


def test_an_unknown_type_is_stored_and_ignored(session: Session, shop: ShopConfig, progress: Progress) -> None:
    sent_claim(session, shop.suppliers["northwind"])
    assert receive(session, shop, progress, event_body(type_="rma.photographed")) == "ignored"
    assert receive(session, shop, progress, event_body(type_="rma.photographed")) == "repeated"
    assert progress.seen == []


def test_less_credit_than_before_asks_for_a_person(session: Session, shop: ShopConfig, progress: Progress) -> None:
    claim = sent_claim(session, shop.suppliers["northwind"])
    receive(session, shop, progress, event_body("credited", credit_minor=2460))
    receive(session, shop, progress, event_body("credited", event_id="evt_2", credit_minor=100))
    receive(session, shop, progress, event_body("credited", event_id="evt_3", credit_minor=100))
    assert claim.credit_received_minor == 2460
    assert claim.attention is not None
    assert "credit of 100" in claim.attention
    assert len(progress.seen) == 2
    service.clear_attention(session, claim, now=NOW, by="owner")
    assert claim.attention is None


def test_an_id_of_another_claim_is_refused(session: Session, shop: ShopConfig) -> None:
    sent_claim(session, shop.suppliers["northwind"])
    with pytest.raises(UpstreamError, match="belongs to RT-7K2P9X"):
        sent_claim(session, shop.suppliers["northwind"], case_id="case_2", reference="RT-2222")


def test_a_report_under_a_foreign_id_changes_nothing_but_attention(session: Session, shop: ShopConfig) -> None:
    claim = sent_claim(session, shop.suppliers["northwind"])
    assert service.apply(session, claim, report("credited", id="rma_9", credit_minor=5), now=NOW)
    assert (claim.status, claim.credit_received_minor) == ("pending", 0)
    assert claim.attention == "A report came under the foreign id rma_9."


def test_silence_is_raised_once_and_only_while_it_lasts(session: Session, shop: ShopConfig) -> None:
    claim = sent_claim(session, shop.suppliers["northwind"])
    assert service.silent_since(session, claim, "pending", now=NOW)
    assert not service.silent_since(session, claim, "pending", now=NOW)
    service.apply(session, claim, report("approved"), now=NOW)
    assert not service.silent_since(session, claim, "pending", now=NOW)


def test_a_closed_claim_still_takes_money(session: Session, shop: ShopConfig, progress: Progress) -> None:
    claim = sent_claim(session, shop.suppliers["northwind"])
    service.close(session, claim, now=NOW, by="system", why="Cancelled.")
    assert not service.silent_since(session, claim, "pending", now=NOW)
    assert receive(session, shop, progress, event_body("credited", credit_minor=2460)) == "applied"
    assert claim.credit_received_minor == 2460
    assert progress.seen == [("credited", None)]


def test_the_parcel_carries_our_reference_where_the_supplier_has_no_number(session: Session, shop: ShopConfig) -> None:
    claim = sent_claim(session, shop.suppliers["atelier"])
    assert service.return_number(claim) == "RT-7K2P9X"
    assert service.return_address(claim, shop.suppliers["atelier"]).startswith("Atelier Nord")


def test_polls_come_less_and_less_often(shop: ShopConfig) -> None:
    waits = [service.poll_interval(shop.suppliers["northwind"], number) for number in (0, 1, 5, 40, 10_000)]
    assert waits == sorted(waits)
    assert waits[0] == timedelta(seconds=60)
    assert waits[-1] == timedelta(hours=1)


STEPS = [
    event_body("approved", event_id="evt_1", rma_number="NW-1", return_address="Dock 4"),
    event_body("received", event_id="evt_2", rma_number="NW-1", return_address="Dock 4"),
    event_body("inspected", event_id="evt_3", rma_number="NW-1", inspection={"condition": "as_new"}),
    event_body("credited", event_id="evt_4", rma_number="NW-1", inspection={"condition": "as_new"}),
]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    order=st.lists(st.sampled_from(STEPS), max_size=4).flatmap(lambda more: st.permutations([*STEPS, *more])),
    answered_after=st.integers(0, 8),
)
def test_events_in_any_order_around_the_answer_end_the_same(
    database_url: str, shop: ShopConfig, order: list[bytes], answered_after: int
) -> None:
    engine = make_engine(database_url)
    progress = Progress()
    try:
        with transaction(engine) as session:
            for table in ("rd_supplier_note", "rd_supplier_event", "rd_supplier_claim"):
                session.execute(sa.text(f"DELETE FROM {table}"))
            claim_id = open_claim(session, shop.suppliers["northwind"]).id
        for index, raw in enumerate([*order, b""]):
            if index == min(answered_after, len(order)):
                with transaction(engine) as session:
                    claim = repository.lock(session, claim_id)
                    service.record_sent(session, claim, report("pending"), now=NOW, by="supplier:Northwind")
            if raw:
                with transaction(engine) as session:
                    receive(session, shop, progress, raw)
        with transaction(engine) as session:
            claim = repository.get(session, claim_id)
            assert claim.state is RmaStatus.CREDITED
            assert (claim.rma_number, claim.return_address, claim.credit_received_minor) == ("NW-1", "Dock 4", 2460)
            assert claim.inspection == {"condition": "as_new", "note": ""}
            assert claim.attention is None
            assert {event.outcome for event in repository.events(session, "northwind", "rma_1")} <= {
                "applied",
                "unchanged",
            }
    finally:
        engine.dispose()
