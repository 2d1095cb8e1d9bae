"""After the case: asked once, kept for its case alone, and counted by product and supplier."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from actions.cases.model import Case
from actions.catalogue.model import Product
from actions.catalogue.suggestions import size_of, suggestions_for
from actions.feedback import report
from actions.feedback import service as feedback
from actions.feedback.model import Rating
from actions.jobs import handlers
from actions.policy.model import Reason
from actions.refunds import repository as refunds
from actions.refunds import service as refund_service
from actions.runtime import Runtime
from actions.suppliers import service as suppliers
from actions.suppliers.port import RmaReport, RmaStatus
from common.clock import FixedClock
from common.database import transaction
from common.errors import RefusedError
from common.outbox import OutboxRow
from tests.factories import NOW, claim_of, create_order, open_case, order_line

SINCE = NOW - timedelta(days=90)


def a_case(runtime: Runtime, *, paid: bool = True, sku: str = "MUG-BLUE", supplier: str = "northwind") -> Case:
    with transaction(runtime.engine) as session:
        line = order_line(sku=sku, supplier_id=supplier)
        case = open_case(
            session, runtime, order=create_order(session, lines=[line], shipping_minor=0, email=f"{sku}@example.com")
        )
        assert case.status == "refunding"
        [refund] = refunds.of_case(session, case.id)
    if paid:
        refund_service.execute(runtime, refund.id)
    return case


def run(runtime: Runtime, case: Case, look: int = 1) -> list[str]:
    handlers(runtime)[feedback.JOB]({"case_id": case.id, "version": 1, "look": look})
    with transaction(runtime.engine) as session:
        rows = session.scalars(sa.select(OutboxRow).order_by(OutboxRow.seq)).all()
        return [row.body["response"] for row in rows if row.key == f"{case.id}:ask_rating"]


def jobs(runtime: Runtime) -> list[str]:
    schema = "dbos." if runtime.engine.dialect.name == "postgresql" else ""
    with runtime.engine.connect() as connection:
        query = sa.text(f"SELECT workflow_uuid FROM {schema}workflow_status WHERE workflow_uuid LIKE 'feedback.ask%'")
        return sorted(connection.execute(query).scalars())


def test_a_refund_plans_the_question_and_it_is_asked_once(runtime: Runtime) -> None:
    case = a_case(runtime)
    assert len(jobs(runtime)) == 1
    assert run(runtime, case) == ["utter_ask_rating"]
    assert run(runtime, case) == ["utter_ask_rating"]


def test_a_refund_still_on_its_way_is_asked_about_later(runtime: Runtime) -> None:
    case = a_case(runtime, paid=False)
    assert run(runtime, case) == []
    assert f"feedback.ask:{case.id}:1:2" in jobs(runtime)
    # In the end nobody is asked about money that never came.
    assert run(runtime, case, look=14) == []
    assert f"feedback.ask:{case.id}:1:15" not in jobs(runtime)


def test_the_score_is_kept_for_this_conversations_case_alone(runtime: Runtime) -> None:
    case, other = a_case(runtime), a_case(runtime)
    run(runtime, case)
    with transaction(runtime.engine) as session:
        feedback.rate(session, case.conversation_id, case.reference, 2, now=NOW)
        feedback.rate(session, case.conversation_id, case.reference, 4, now=NOW)
        feedback.comment(session, case.id, "  Quick, but the box was torn. ")
        with pytest.raises(RefusedError):
            feedback.rate(session, case.conversation_id, other.reference, 1, now=NOW)
        for score in (0, 6):
            with pytest.raises(RefusedError):
                feedback.rate(session, case.conversation_id, case.reference, score, now=NOW)
    with transaction(runtime.engine) as session:
        kept = session.get_one(Rating, case.id)
        assert (kept.score, kept.comment) == (4, "Quick, but the box was torn.")
        assert session.get(Rating, other.id) is None


def test_products_and_suppliers_are_counted_with_their_reasons_and_ratings(runtime: Runtime, clock: FixedClock) -> None:
    first, second = a_case(runtime), a_case(runtime)
    a_case(runtime, sku="VASE", supplier="atelier")
    with transaction(runtime.engine) as session:
        for case, score in ((first, 5), (second, 2)):
            feedback.rate(session, case.conversation_id, case.reference, score, now=NOW)
        claim = claim_of(session, first.id)
        assert claim is not None
        suppliers.record_sent(session, claim, RmaReport("nw-1", RmaStatus.PENDING), now=NOW, by="supplier:Northwind")
        later = NOW + timedelta(days=2)
        suppliers.apply(session, claim, RmaReport("nw-1", RmaStatus.APPROVED), now=later)
        suppliers.apply(session, claim, RmaReport("nw-1", RmaStatus.CREDITED, credit_minor=140), now=later)
        denied = claim_of(session, second.id)
        assert denied is not None
        suppliers.record_sent(
            session, denied, RmaReport("nw-2", RmaStatus.REJECTED), now=NOW + timedelta(days=4), by="s"
        )
    with transaction(runtime.engine) as session:
        [mug, vase] = report.products(session, since=SINCE, limit=10)
        assert (mug.sku, mug.cases, mug.reasons, mug.rating, mug.ratings) == ("MUG-BLUE", 2, (("damaged", 2),), 3.5, 2)
        assert (vase.supplier_id, vase.rating) == ("atelier", None)
        [northwind, atelier] = report.suppliers(session, since=SINCE, currency="EUR")
    assert (northwind.supplier_id, northwind.cases, northwind.claims, northwind.decided) == ("northwind", 2, 2, 2)
    assert (northwind.accepted, northwind.rating, northwind.refunded) == (0.5, 3.5, 1.0)
    assert northwind.days == pytest.approx(3.0, abs=1e-4)
    # 140 of twice 280.
    assert northwind.credited == pytest.approx(0.25)
    assert (atelier.accepted, atelier.days, atelier.credited) == (None, None, None)


def test_cases_before_the_period_do_not_count(runtime: Runtime) -> None:
    a_case(runtime)
    with transaction(runtime.engine) as session:
        assert report.products(session, since=NOW + timedelta(days=1), limit=10) == []
        assert report.suppliers(session, since=NOW + timedelta(days=1), currency="EUR") == []


_CATALOGUE = (
    ("SWEATER-M", "Wool sweater, size M", "Pull en laine, taille M", "clothes", "northwind"),
    ("SWEATER-L", "Wool sweater, size L", "Pull en laine, taille L", "clothes", "northwind"),
    ("CARDIGAN-M", "Wool cardigan, size M", "Gilet en laine, taille M", "clothes", "atelier"),
    ("MUG-BLUE", "Blue ceramic mug", "Tasse en céramique bleue", "kitchen", "northwind"),
    ("MUG-RED", "Red ceramic mug", "Tasse en céramique rouge", "kitchen", "northwind"),
    ("MUG-CLAY", "Clay mug, blue glaze", "Tasse en terre, émail bleu", "kitchen", "atelier"),
)


def suggested(runtime: Runtime, sku: str, reason: Reason) -> list[str]:
    with transaction(runtime.engine) as session:
        for row in _CATALOGUE:
            if session.get(Product, row[0]) is None:
                session.add(
                    Product(sku=row[0], name_en=row[1], name_fr=row[2], category=row[3], supplier_id=row[4], tags=[])
                )
        line = order_line(sku=sku)
        case = open_case(session, runtime, order=create_order(session, lines=[line]), reason=reason, photos=0)
        return [product.sku for product in suggestions_for(session, case)]


def test_another_size_of_the_same_is_suggested_first_and_never_the_size_that_failed(runtime: Runtime) -> None:
    assert suggested(runtime, "SWEATER-M", "wrong_size") == ["SWEATER-L"]


def test_a_fault_is_answered_with_another_supplier(runtime: Runtime) -> None:
    assert suggested(runtime, "MUG-BLUE", "damaged") == ["MUG-CLAY"]


def test_a_product_that_came_broken_too_often_is_suggested_to_nobody(runtime: Runtime) -> None:
    assert "MUG-RED" in suggested(runtime, "MUG-BLUE", "changed_mind")
    for _ in range(2):
        suggested(runtime, "MUG-RED", "defective")
    assert "MUG-RED" not in suggested(runtime, "MUG-BLUE", "changed_mind")


def test_what_the_catalogue_does_not_know_has_no_suggestion(runtime: Runtime) -> None:
    assert suggested(runtime, "NOT-THERE", "changed_mind") == []


@pytest.mark.parametrize(
    ("name", "sku", "size"),
    [
        ("Wool sweater, size M", "X", "m"),
        ("Trail shoes, size 42", "X", "42"),
        ("Sweater", "SWEATER-XL", "xl"),
        ("Blue ceramic mug", "MUG-BLUE", None),
        ("Lamp 40 cm", "LAMP", "40"),
    ],
)
def test_sizes_are_read_from_names(name: str, sku: str, size: str | None) -> None:
    assert size_of(Product(sku=sku, name_en=name, name_fr=name, tags=[])) == size
