"""Where the shopper's parcel is, as far as the shop knows."""

from __future__ import annotations

from datetime import datetime, timedelta

from actions.dialogue.action import Turn
from actions.orders.model import Order
from actions.policy.answers import shown_date
from common.clock import parse_instant


def tell(turn: Turn, order: Order) -> None:
    """The parcel's last news; one that has not moved for too long comes with the offer to treat it as lost."""
    voice, language = turn.voice, turn.voice.language
    if order.cancelled_at is not None:
        voice.say("utter_track_cancelled", number=order.number, date=shown_date(order.cancelled_at.date(), language))
    elif order.delivered_at is not None:
        voice.say("utter_track_delivered", number=order.number, date=shown_date(order.delivered_at.date(), language))
    elif order.fulfilled_at is None:
        voice.say("utter_track_not_shipped", number=order.number)
    elif not (order.tracking or {}).get("number"):
        voice.say("utter_track_shipped", number=order.number, date=shown_date(order.fulfilled_at.date(), language))
    else:
        response = "utter_track_overdue" if _overdue(turn, order) else "utter_track_in_transit"
        voice.say(
            response,
            number=order.number,
            carrier=(order.tracking or {}).get("carrier") or "",
            tracking=(order.tracking or {}).get("number") or "",
            date=shown_date(_last_news(order, order.fulfilled_at).date(), language),
        )


def tell_shortly(turn: Turn, order: Order) -> None:
    """Carrier, number and last news, when there are any."""
    number = (order.tracking or {}).get("number")
    if number and order.fulfilled_at is not None:
        turn.voice.say(
            "utter_track_info",
            number=order.number,
            carrier=(order.tracking or {}).get("carrier") or "",
            tracking=number,
            date=shown_date(_last_news(order, order.fulfilled_at).date(), turn.voice.language),
        )


def tell_cancel(turn: Turn, order: Order) -> None:
    """An order is cancelled by a person, and only while it is still in the house."""
    if order.cancelled_at is not None:
        tell(turn, order)
    elif order.fulfilled_at is not None:
        turn.voice.say("utter_cancel_order_shipped", number=order.number)
    else:
        turn.voice.say("utter_cancel_order_person", number=order.number)
        turn.memory.set("dialogue_offer", "person")


def _last_news(order: Order, fulfilled_at: datetime) -> datetime:
    last = (order.tracking or {}).get("last_event_at")
    return max(parse_instant(last), fulfilled_at) if last else fulfilled_at


def _overdue(turn: Turn, order: Order) -> bool:
    if order.fulfilled_at is None:
        return False
    quiet = turn.now - _last_news(order, order.fulfilled_at)
    return quiet >= timedelta(days=turn.runtime.policy.not_received_after_days)
