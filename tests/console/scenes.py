"""What a shop's morning looks like: cases in several states and conversations that want somebody."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from PIL import Image, ImageDraw, ImageFilter
from sqlalchemy.orm import Session

from actions.cases import review
from actions.cases import service as cases
from actions.cases.model import Case
from actions.cases.progress import supplier_progress
from actions.feedback.model import Rating
from actions.orders.model import OrderLine
from actions.policy.model import Reason
from actions.refunds import repository as refunds
from actions.refunds import service as refund_service
from actions.refunds.news import service as news_service
from actions.refunds.news.parse import parse_event
from actions.resale.model import ReturnedItem
from actions.runtime import Runtime
from actions.suppliers import repository as claims
from actions.suppliers import service as suppliers
from actions.suppliers.model import SupplierDeadline
from actions.suppliers.port import RmaReport, RmaStatus
from bot.handoff import service as handoff
from bot.inbox.model import InboxRow
from common import outbox
from common.database import transaction
from common.engine import JobProblem
from common.ids import new_id
from common.outbox import Conversation, OutMessage
from common.photos import intake, store
from tests.actions.refunds.news import chargeback_event, refund_event
from tests.factories import claim_of, create_conversation, create_order, draft_for, order_line

HOSTILE = "<script>alert(1)</script> \"><img src=x onerror=alert(2)> {{ 7*7 }} 'quoted' & more"


@dataclass(frozen=True)
class Morning:
    """The ids of what is there."""

    review: str
    refunded: str
    returning: str
    portal: str
    refused: str
    waiting: str
    held: str


def a_photo(number: int) -> bytes:
    """A picture of a broken mug, as far as a drawing can be one."""
    chance = random.Random(number)
    picture = Image.effect_noise((900, 700), 30).convert("RGB")
    draw = ImageDraw.Draw(picture)
    # Large shapes in other places: no two of these look alike to a perceptual hash.
    for _ in range(9):
        x, y, size = chance.randint(-100, 800), chance.randint(-100, 600), chance.randint(120, 380)
        draw.ellipse((x, y, x + size, y + size), fill=tuple(chance.randint(40, 220) for _ in range(3)))
    left, top = chance.randint(150, 400), chance.randint(120, 260)
    draw.rounded_rectangle((left, top, left + 260, top + 330), 40, fill=(240, 240, 236), outline=(90, 90, 88), width=6)
    x, y = left + 130.0, float(top)
    for _ in range(12):
        nx, ny = x + chance.uniform(-40, 40), y + chance.uniform(15, 32)
        draw.line((x, y, nx, ny), fill=(12, 14, 18), width=7)
        x, y = nx, ny
    picture = picture.filter(ImageFilter.SHARPEN)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90)
    return out.getvalue()


def say(session: Session, conversation: Conversation, text: str, *, minutes_ago: int = 5, **body: Any) -> int:
    """The shopper writes; whatever it asks for has been dealt with."""
    seq = outbox.next_seq(session, conversation.id)
    at = conversation.created_at + timedelta(minutes=30 - minutes_ago)
    session.add(
        InboxRow(
            conversation_id=conversation.id,
            channel=conversation.channel,
            external_id=new_id("event"),
            seq=seq,
            kind="photos" if body else "text",
            body={"text": text, **body},
            received_at=at,
            done_at=at,
        )
    )
    conversation.last_inbound_at = at
    session.flush()
    return seq


def answer(session: Session, conversation: Conversation, text: str, *, author: str = "bot", **more: Any) -> None:
    """The bot or an agent writes."""
    at = conversation.last_inbound_at or conversation.created_at
    outbox.post(session, conversation.id, OutMessage(text=text, **more), key=new_id("key"), now=at, author=author)


def talk(session: Session, runtime: Runtime, language: str) -> Conversation:
    """A conversation that began half an hour ago."""
    return create_conversation(session, language=language, now=runtime.clock.now() - timedelta(minutes=30))


def case_in(
    session: Session,
    runtime: Runtime,
    conversation: Conversation,
    line: OrderLine,
    *,
    number: str,
    reason: Reason,
    description: str,
    photos: int = 0,
    **order: Any,
) -> Case:
    """A case opened in that conversation, with real pictures."""
    now = runtime.clock.now()
    placed = create_order(session, number=number, lines=[line], **order)
    kept = [
        store.keep(
            session,
            runtime.settings.home,
            intake.intake(a_photo(index + int(number))),
            conversation_id=conversation.id,
            client_id=new_id("client"),
            now=now,
        ).id
        for index in range(photos)
    ]
    say(session, conversation, description, minutes_ago=20)
    if kept:
        say(session, conversation, "", minutes_ago=18, photos=kept)
    draft = draft_for(placed, conversation, reason=reason, photo_ids=tuple(kept))
    draft = type(draft)(**{**draft.__dict__, "description": description})
    return cases.open_case(session, runtime, draft, key=new_id("open"), now=now)


def morning(runtime: Runtime) -> Morning:
    """Fill the database."""
    with transaction(runtime.engine) as session:
        review = _review(session, runtime)
        refunded = _refunded(session, runtime)
        returning, portal = _with_suppliers(session, runtime)
        refused = _refused(session, runtime)
        waiting, held = _conversations(session, runtime)
        _afterwards(session, runtime, review=review, refunded=refunded, returning=returning)
        session.add(
            JobProblem(
                key="refund.execute:ref_x", job="supplier.request", attempts=6, code="supplier.unreachable",
                payload=f'{{"claim_id": "{claim_of(session, returning).id}"}}',  # type: ignore[union-attr]
                message="northwind does not answer at http://127.0.0.1:9; check its address in retour.toml.",
                at=runtime.clock.now() - timedelta(hours=3),
            )
        )  # fmt: skip
    with transaction(runtime.engine) as session:
        [refund] = refunds.of_case(session, refunded)
    refund_service.execute(runtime, refund.id)
    return Morning(review, refunded, returning, portal, refused, waiting, held)


def _afterwards(session: Session, runtime: Runtime, *, review: str, refunded: str, returning: str) -> None:
    """A deadline that runs out, a rating with words, and something on the shelf that the next order wants."""
    now = runtime.clock.now()
    session.add(
        SupplierDeadline(
            id="until_1", case_id=review, supplier_id="northwind", counts_from="delivery", estimated=False,
            event_at=now - timedelta(days=13), deadline_at=now + timedelta(days=2), warned_at=now,
        )
    )  # fmt: skip
    session.add(Rating(case_id=refunded, asked_at=now, score=4, comment=f"Rapide, merci ! {HOSTILE}", rated_at=now))
    line = session.get_one(Case, returning).lines[0]
    session.add(
        ReturnedItem(
            id="back_1", case_id=returning, case_line_id=line.id, sku="VASE", name="Stoneware vase", quantity=2, left=2,
            condition="as_new", disposition="resell", by="olive", at=now - timedelta(days=1),
        )
    )  # fmt: skip
    wanted = order_line(sku="VASE", name="Stoneware vase", unit_paid_minor=3400, wholesale_minor=1200)
    create_order(session, number="1090", lines=[wanted], delivered_days_ago=None).fulfilled_at = None


def _review(session: Session, runtime: Runtime) -> str:
    conversation = talk(session, runtime, "en")
    chair = order_line(sku="CHAIR-OAK", name="Oak lounge chair, natural", unit_paid_minor=64900, wholesale_minor=31000)
    text = f"One leg arrived cracked from top to bottom. {HOSTILE}"
    return case_in(
        session, runtime, conversation, chair, number="1077", reason="damaged", description=text, photos=2,
        tracking={"carrier": "Colissimo", "number": "6A12345678901", "status": "delivered", "last_event_at": None},
    ).id  # fmt: skip


def _refunded(session: Session, runtime: Runtime) -> str:
    mug = order_line()
    conversation = talk(session, runtime, "fr")
    return case_in(
        session, runtime, conversation, mug, number="1042", reason="damaged", photos=2,
        description="La tasse est arrivée fendue, elle fuit.",
    ).id  # fmt: skip


def _with_suppliers(session: Session, runtime: Runtime) -> tuple[str, str]:
    now = runtime.clock.now()
    shoes = order_line(sku="SHOE-42", name="Trail shoes, size 42", unit_paid_minor=4900, wholesale_minor=2100)
    returning = case_in(
        session, runtime, talk(session, runtime, "en"), shoes, number="1051", reason="wrong_size",
        description="Too small, I need a 43.",
    )  # fmt: skip
    claim = claim_of(session, returning.id)
    assert claim is not None
    report = RmaReport(
        "nw-778", RmaStatus.APPROVED, rma_number="RMA-20778",
        return_address="Northwind Returns\nUnit 4, Dock Road\nLiverpool L3 4BX",
        instructions="Put the number on the outside of the parcel.",
    )  # fmt: skip
    suppliers.record_sent(session, claim, report, now=now, by="supplier:Northwind")
    supplier_progress(runtime, session, claim, now=now)
    lamp = order_line(
        sku="LAMP-BRASS", name="Brass table lamp", unit_paid_minor=8900, wholesale_minor=4000, supplier_id="atelier"
    )
    portal = case_in(
        session, runtime, talk(session, runtime, "fr"), lamp, number="1063", reason="not_as_described",
        description="La lampe est en plastique, pas en laiton.", photos=1,
    )  # fmt: skip
    return returning.id, portal.id


def _refused(session: Session, runtime: Runtime) -> str:
    scarf = order_line(sku="SCARF", name="Merino scarf", unit_paid_minor=3900, wholesale_minor=1500)
    return case_in(
        session, runtime, talk(session, runtime, "fr"), scarf, number="1019", reason="changed_mind",
        description="Je ne l'aime plus.", delivered_days_ago=80,
    ).id  # fmt: skip


def _conversations(session: Session, runtime: Runtime) -> tuple[str, str]:
    now = runtime.clock.now()
    waiting = talk(session, runtime, "fr")
    answer(
        session,
        waiting,
        "Bonjour, je suis un assistant automatique. Que puis-je faire ?",
        buttons=[{"title": "Retourner un article", "payload": "/x"}, {"title": "Mon remboursement", "payload": "/y"}],
    )
    say(session, waiting, "Je veux parler à quelqu'un, c'est la troisième fois que j'écris !", minutes_ago=8)
    answer(session, waiting, "Je préviens une personne de l'équipe. Elle vous répondra ici même.")
    say(session, waiting, f"Merci. {HOSTILE}", minutes_ago=6)
    handoff.ask_for_person(session, waiting.id, reason="asked")
    held = talk(session, runtime, "en")
    say(session, held, "Can I still change the delivery address?", minutes_ago=12)
    handoff.take_over(session, held.id, "olive", now=now)
    handoff.reply(session, held.id, "olive", "Hello! Which order is it about?", key=new_id("key"), now=now)
    say(session, held, "The one I placed this morning.", minutes_ago=3)
    return waiting.id, held.id


def money_trouble(runtime: Runtime) -> tuple[str, str]:
    """A case whose payment the bank disputes and of which somebody refunded a part by hand, and one with the goods of
    two suppliers, of which one refused; with what suppliers owe."""
    now = runtime.clock.now()
    with transaction(runtime.engine) as session:
        lamp = order_line(sku="LAMP-GLASS", name="Glass lamp", unit_paid_minor=6900, wholesale_minor=2800)
        disputed = case_in(
            session, runtime, talk(session, runtime, "fr"), lamp, number="1071", reason="not_as_described",
            description="Le verre est fumé et non clair.", photos=2, payment_reference="pay_dispute",
            tracking={"carrier": "Colissimo", "number": "6A99", "status": "delivered", "last_event_at": None},
        )  # fmt: skip
        rug = order_line(sku="RUG", name="Jute rug 160 × 230", unit_paid_minor=12900, wholesale_minor=5200)
        stool = order_line(
            sku="STOOL", name="Beech stool", unit_paid_minor=4500, wholesale_minor=1700, supplier_id="atelier"
        )
        rug.position, stool.position = 0, 1
        order = create_order(session, number="1072", lines=[rug, stool])
        draft = draft_for(order, talk(session, runtime, "fr"), reason="wrong_size")
        both = cases.open_case(session, runtime, draft, key=new_id("open"), now=now)
        if both.status == "awaiting_review":
            review.approve(session, runtime, both.id, by="olive", why="Yes", now=now, outcome="return")
        for claim in claims.of_case(session, both.id):
            report = RmaReport("at-31", RmaStatus.REJECTED, reason="Plus de quinze jours.")
            if claim.supplier_id == "northwind":
                report = RmaReport("nw-31", RmaStatus.APPROVED, rma_number="RMA-31", return_address="Dock 4\nRotterdam")
            suppliers.record_sent(session, claim, report, now=now, by=f"supplier:{claim.supplier_id}")
            supplier_progress(runtime, session, claim, now=now)
    for body in (
        refund_event(id="hand_9", amount_minor=1500, payment_reference="pay_dispute"),
        chargeback_event("open", id="cb_9", amount_minor=6900, payment_reference="pay_dispute"),
    ):
        with transaction(runtime.engine) as session:
            news_service.receive(session, runtime, parse_event(body), now=now)
    return disputed.id, both.id
