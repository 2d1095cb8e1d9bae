"""The request as it stands, read back before anything is done, and what the policy would say to it."""

from __future__ import annotations

from typing import cast

from actions.cases import service as cases
from actions.cases.model import CaseDraft, DraftLine
from actions.catalogue import service as catalogue
from actions.dialogue.action import Turn
from actions.dialogue.items import memory_items
from actions.orders.model import Order
from actions.policies import service as policies
from actions.policy.model import OFFERS, Decision, Offer, Outcome, Reason
from common.errors import RefusedError
from common.money import Money


def draft_of(turn: Turn, order: Order) -> CaseDraft:
    """The request as the slots tell it. Items without a number count as one piece."""
    memory = turn.memory
    outcome = memory.text("open_return_outcome")
    description = memory.text("open_return_description") or ""
    return CaseDraft(
        conversation_id=turn.conversation_id,
        channel=turn.message.channel,
        language=turn.voice.language,
        order_id=order.id,
        lines=tuple(DraftLine(line, quantity or 1) for line, quantity in memory_items(turn).items()),
        reason=cast("Reason", memory.text("open_return_reason") or "other"),
        description="" if description == "-" else description,
        photo_ids=tuple(memory.items("open_return_photos")),
        opened={"opened": True, "sealed": False}.get(memory.text("open_return_seal") or ""),
        # Money back is what the policy gives unless something else is wished for.
        desired_outcome=cast("Outcome", outcome) if outcome in ("replacement", "store_credit") else None,
    )


def preview(turn: Turn, order: Order) -> Decision:
    """What the policy would decide about the request as it stands."""
    draft = draft_of(turn, order)
    if draft not in turn.previews:
        turn.previews[draft] = cases.preview(turn.session, turn.runtime, draft, now=turn.now)
    return turn.previews[draft]


def offers(turn: Turn, order: Order) -> list[Offer]:
    """What the policy of the order's day offers for the reason, money first."""
    reason = cast("Reason", turn.memory.text("open_return_reason") or "other")
    policy = policies.in_force(turn.session, turn.runtime.policy, order.placed_at)
    return [offer for offer in OFFERS if offer in policy.outcomes[reason]]


def would_be_refused(turn: Turn, order: Order) -> bool:
    """Whether the policy refuses this reason for these items, whatever else were said."""
    try:
        return preview(turn, order).outcome == "refused"
    except RefusedError:
        return False


def read_back(turn: Turn, order: Order, *, explain: bool) -> None:
    """Everything in one message, with the amount that would be refunded, and yes / change / cancel."""
    if explain:
        turn.voice.say("utter_explain_confirmed")
        return
    memory, voice = turn.memory, turn.voice
    names = {line.id: catalogue.line_name(turn.session, line, voice.language) for line in order.lines}
    wanted = memory_items(turn)
    photos = len(memory.items("open_return_photos"))
    decision = preview(turn, order)
    amount = Money(decision.refund_minor, order.currency)
    # The second step of a withdrawal is confirming it, under that name (Directive 2011/83/EU, art. 11a).
    kind = "withdrawal" if decision.legal_basis == "withdrawal" else "request"
    voice.say(
        "utter_readback" if memory.text("open_return_outcome") != "replacement" else "utter_readback_replacement",
        number=order.number,
        items=", ".join(f"{quantity or 1} × {names.get(line, '')}" for line, quantity in wanted.items()),
        reason=voice.word(f"utter_label_reason_{memory.text('open_return_reason')}"),
        photos=str(photos) if photos else voice.word("utter_label_photos_none"),
        outcome=voice.word(f"utter_label_outcome_{memory.text('open_return_outcome')}"),
        amount=amount.format(voice.language),
        ask=voice.word(f"utter_label_ask_{kind}"),
        confirm=voice.word(f"utter_label_confirm_{kind}"),
    )
