"""What a message says of a seal."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from actions.dialogue.message import Message
from actions.dialogue.reading import read_message
from actions.dialogue.seal import OPENED, SEALED, said, take


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I opened it", "opened"),
        ("opened, sorry", "opened"),
        ("the seal is broken", "opened"),
        ("I tried them on once", "opened"),
        ("worn once", "opened"),
        ("je l'ai ouvert", "opened"),
        ("je les ai portées une fois", "opened"),
        ("descellé", "opened"),
        ("still sealed", "sealed"),
        ("unopened", "sealed"),
        ("I never opened it", "sealed"),
        ("not opened yet", "sealed"),
        ("I haven't worn them", "sealed"),
        ("it's still closed", "sealed"),
        ("pas ouvert", "sealed"),
        ("je ne l'ai jamais ouvert", "sealed"),
        ("encore scellé", "sealed"),
        ("intact", "sealed"),
        ("je ne les ai pas portées", "sealed"),
        ("hello", None),
        ("what do you mean", None),
        ("", None),
    ],
)
def test_words(text: str, expected: str | None) -> None:
    assert said(text) == expected


class _Memory:
    """The one slot that is written."""

    def __init__(self) -> None:
        self.kept: object = None

    def set(self, name: str, value: object) -> None:
        self.kept = value


@pytest.mark.parametrize(
    ("text", "intent", "expected"),
    [
        ("oui", "affirm", SEALED),
        ("Bonsoir, non.", "deny", OPENED),
        ("no", "deny", OPENED),
        # A slip of the finger hides the word; what is left only resembles a no.
        ("je ne l'ai pas ouvtrre", "deny", None),
        ("i have not ophemed it", "deny", None),
        ("je ne l'ai pas ouverrt", "deny", SEALED),
        ("i have not opemed it", "deny", SEALED),
        ("oui je l'ai overt", "affirm", OPENED),
    ],
)
def test_only_a_plain_yes_or_no_answers_beside_the_words(text: str, intent: str, expected: str | None) -> None:
    turn = SimpleNamespace(memory=_Memory())
    found = read_message(Message(intent, text), "open_return_seal")
    assert take(turn, found, "open_return_seal") == (expected is not None)  # type: ignore[arg-type]
    assert turn.memory.kept == expected
