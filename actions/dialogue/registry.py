"""Every action of the dialogue, named here one by one: what is not in this list does not exist."""

from __future__ import annotations

from rasa_sdk.interfaces import Action

from actions.dialogue.case_status import CaseStatus, CaseStatusForm, StatusAside
from actions.dialogue.feedback import Feedback, FeedbackForm
from actions.dialogue.handoff import Complaint, Handoff
from actions.dialogue.open_return import OpenReturnForm
from actions.dialogue.out_of_scope import Choose, Inform, NotUnderstood, Photos
from actions.dialogue.policy_questions import PolicyAnswer
from actions.dialogue.session import SessionStart
from actions.dialogue.small_talk import Affirm, Deny, Greet, Menu, Say, Stop, SwitchLanguage
from actions.dialogue.submit import OpenReturn
from actions.runtime import Runtime


def dialogue_actions(runtime: Runtime) -> list[Action]:
    """All of them, ready to be registered with the executor."""
    return [
        SessionStart(runtime),
        OpenReturnForm(runtime),
        OpenReturn(runtime),
        CaseStatusForm(runtime),
        CaseStatus(runtime),
        StatusAside(runtime),
        FeedbackForm(runtime),
        Feedback(runtime),
        PolicyAnswer(runtime),
        Handoff(runtime),
        Complaint(runtime),
        Greet(runtime),
        Menu(runtime),
        Say(runtime, "action_thank", "utter_thank"),
        Say(runtime, "action_goodbye", "utter_goodbye"),
        Say(runtime, "action_bot_challenge", "utter_bot_challenge"),
        Stop(runtime),
        SwitchLanguage(runtime),
        Affirm(runtime),
        Deny(runtime),
        Inform(runtime),
        Choose(runtime),
        Photos(runtime),
        NotUnderstood(runtime),
    ]
