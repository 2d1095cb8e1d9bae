"""A confirmed request becomes a case; the shopper hears at once what comes of it."""

from __future__ import annotations

from typing import Any

from actions.cases import repository as cases
from actions.cases import service
from actions.cases.model import Case
from actions.cases.status import status_lines
from actions.cases.transitions import allowed
from actions.dialogue import identify, wishes
from actions.dialogue.action import DialogueAction, Turn
from actions.dialogue.items import request_key
from actions.dialogue.memory import OPEN_RETURN, REPAIR
from actions.dialogue.readback import draft_of
from actions.orders import service as orders
from actions.orders.model import Order
from actions.policies import service as policies
from actions.policy.answers import because, explain
from actions.policy.model import Decision, RuleResult
from common.errors import RefusedError


class OpenReturn(DialogueAction):
    """Runs when the form ends. Opens the case only after an explicit yes, and once however often it runs."""

    def name(self) -> str:
        return "action_open_return"

    def answer(self, turn: Turn) -> None:
        memory = turn.memory
        order = identify.order_of(turn)
        if memory.get("open_return_confirmed") is not True or order is None:
            return
        try:
            case = service.open_case(
                turn.session, turn.runtime, draft_of(turn, order), key=request_key(turn), now=turn.now
            )
        except RefusedError:
            # Claimed meanwhile, in another conversation or by a person.
            tell_nothing_left(turn, order)
        else:
            memory.set("open_return_case_id", case.id)
            tell_decision(turn, case)
        memory.forget((*OPEN_RETURN, *REPAIR))
        wishes.take_up(turn)


def tell_decision(turn: Turn, case: Case) -> None:
    """What was decided and why, in the policy's phrase, with the reference to quote."""
    decision = _decision(case)
    placed_at = orders.get(turn.session, case.order_id).placed_at
    policy = policies.in_force(turn.session, turn.runtime.policy, placed_at)
    response, parameters = explain(decision, policy, turn.voice.language)
    why = turn.voice.word(because(decision))
    turn.voice.say(response, reference=case.reference, because=why, **parameters)
    if case.status == "refused":
        turn.voice.say("utter_opened_refused", reference=case.reference)
    elif response == "utter_case_in_review":
        turn.voice.say(because(decision))
    else:
        turn.voice.say("utter_opened_reference", reference=case.reference)


def tell_nothing_left(turn: Turn, order: Order) -> None:
    """Everything is in a request already: how it stands, or how to correct one that was sent just now."""
    case = latest_case(turn)
    if case is not None and case.id == turn.memory.text("open_return_case_id") and allowed(case, "cancelled"):
        turn.voice.say("utter_late_correction", reference=case.reference)
        return
    turn.voice.say("utter_nothing_left", number=order.number)
    if case is not None:
        for response, parameters in status_lines(turn.session, turn.runtime, case):
            turn.voice.say(response, **parameters)


def _decision(case: Case) -> Decision:
    """The decision as the case keeps it, for telling."""
    kept: dict[str, Any] = case.decision or {}
    # A decision may end with a person although the policy accepted: no supplier answers, nothing is left.
    overtaken = case.status == "awaiting_review"
    return Decision(
        outcome="needs_person" if overtaken else kept["outcome"],
        proposed_outcome=kept["proposed_outcome"],
        legal_basis=kept["legal_basis"],
        refund_minor=kept["refund_minor"],
        currency=kept["currency"],
        rules=tuple(RuleResult(rule["id"], rule["result"], rule["clause"]) for rule in kept["rules"]),
        reason_response="utter_case_in_review" if overtaken else kept["reason_response"],
        parameters={} if overtaken else kept["parameters"],
    )


def latest_case(turn: Turn) -> Case | None:
    """The newest case of the identified order that still lives, or else the newest at all."""
    order = identify.order_of(turn)
    if order is None:
        return None
    found = cases.of_order(turn.session, order.id)
    alive = [case for case in found if case.status not in ("cancelled", "refused", "expired")]
    return next(iter(alive or found), None)
