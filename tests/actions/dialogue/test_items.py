"""What of an order can still be returned, as the turn that runs sees it."""

from __future__ import annotations

from typing import Any

import pytest
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.orm import Session

from actions.dialogue.action import Turn
from actions.dialogue.items import request_key, returnable
from actions.dialogue.memory import Memory
from actions.dialogue.message import Message
from actions.dialogue.voice import Voice
from common.phrases import Phrases
from common.settings import ROOT
from tests.factories import NOW, create_case, create_order


def turn(session: Session, conversation_id: str, run: str) -> Turn:
    nobody: Any = None
    return Turn(
        runtime=nobody,
        session=session,
        conversation_id=conversation_id,
        message=Message.read({}),
        memory=Memory({"open_return_run": run}),
        voice=Voice(CollectingDispatcher(), Phrases.load(ROOT / "domain.yml"), "en"),
        now=NOW,
    )


@pytest.mark.parametrize(
    ("conversation_id", "run", "left"),
    [
        pytest.param("conv_a", "run1", True, id="the confirming turn runs again after it was cut off"),
        pytest.param("conv_a", "run2", False, id="a second request of the conversation"),
        pytest.param("conv_b", "run1", False, id="another conversation"),
    ],
)
def test_what_a_request_has_claimed_is_its_own_and_nobody_elses(
    session: Session, conversation_id: str, run: str, left: bool
) -> None:
    order = create_order(session)
    create_case(session, order=order, key=request_key(turn(session, "conv_a", "run1")))
    assert bool(returnable(turn(session, conversation_id, run), order)) is left
