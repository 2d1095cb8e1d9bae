"""A yes among other words counts when it is unmistakable, and never otherwise."""

from __future__ import annotations

import pytest

from actions.dialogue.consent import says


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("yes", "yes"),
        ("oui. C'est vraiment gentil.", "yes"),
        ("Hi! Sorry to trouble you, yep all good", "yes"),
        ("correct, send it off. I expect an answer today.", "yes"),
        ("Bonjour, oui c'est exact, envoyez", "yes"),
        ("no thanks", "no"),
        ("Coucou, non merci", "no"),
        ("yes but it is the other order", None),
        ("oui mais changez la raison", None),
        ("yes? are you sure?", None),
        ("it is not correct", None),
        ("that isn't right", None),
        ("ce n'est pas exact", None),
        ("yes, don't send it", None),
        ("if the answer is yes", None),
        ("my yesterday's parcel", None),
        ("", None),
    ],
)
def test_consent(text: str, expected: str | None) -> None:
    assert says(text) == expected
