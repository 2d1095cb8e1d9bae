"""The situations of a return as plans: what the shopper does at each question, whatever the channel and language."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.phrasebook import name_of
from tests.shopper import photo

Message = dict[str, Any]


class Talker(Protocol):
    """Somebody who can hold a conversation: over the API or in a browser."""

    language: str
    seen: list[Message]

    def say(self, text: str) -> None: ...
    def choose(self, title: str) -> None: ...
    def send_photos(self, *pictures: bytes, text: str | None = None) -> None: ...
    def receive(self, *, wait: int = 0) -> list[Message]: ...
    def transcript(self) -> str: ...


Step = Callable[[Talker], None]


def say(english: str, french: str) -> Step:
    return lambda talker: talker.say(french if talker.language == "fr" else english)


def press(english: str, french: str) -> Step:
    return lambda talker: talker.choose(french if talker.language == "fr" else english)


def photos(*seeds: int) -> Step:
    return lambda talker: talker.send_photos(*(photo(seed) for seed in seeds))


@dataclass
class Plan:
    """`opening` starts it; `answers` maps a response of domain.yml to what the shopper does then."""

    opening: Step
    answers: dict[str, Step]
    ends: frozenset[str]
    names: list[str] = field(default_factory=list)


YES = press("^Yes", "^Oui")
REFUND = press("money back", "rembours")


def plan(
    number: str, email: str, *, opening: tuple[str, str], ends: set[str], seeds: tuple[int, ...] = (), **extra: Step
) -> Plan:
    """A plan for one order that answers every question the bot may ask."""
    answers: dict[str, Step] = {
        "utter_ask_order_number": say(number, number),
        "utter_ask_proof": say(f"it is {email}", f"c'est {email}"),
        "utter_ask_outcome": REFUND,
        "utter_readback": YES,
        "utter_ask_description": say("there is a long crack on the side", "il y a une longue fissure sur le côté"),
        "utter_ask_photos": photos(*seeds) if seeds else press("no photo", "pas de photo"),
    }
    return Plan(say(opening[0].format(number), opening[1].format(number)), answers | extra, frozenset(ends))


def drive(talker: Talker, what: Plan, *, seconds: float = 60.0) -> Message:
    """Follow the plan to one of its ends. Raises AssertionError with the transcript when it gets stuck."""
    what.opening(talker)
    return follow(talker, what, seconds=seconds)


def follow(talker: Talker, what: Plan, *, seconds: float = 60.0, start: int | None = None) -> Message:
    """Answer what is asked from message `start` on (default: what is not yet seen) until an end."""
    at = len(talker.seen) if start is None else start
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        talker.receive(wait=2)
        while at < len(talker.seen):
            message = talker.seen[at]
            at += 1
            name = name_of(message["text"]) if message["from"] == "bot" else None
            if name is None:
                continue
            what.names.append(name)
            if name in what.ends:
                return message
            if name in what.answers:
                what.answers[name](talker)
    raise AssertionError(f"stuck after {what.names[-5:]}:\n{talker.transcript()}")


def damaged_mug(number: str, email: str, seeds: tuple[int, ...]) -> Plan:
    opening = (
        "order {} came broken, I want my money back",
        "la commande {} est arrivée cassée, je veux être remboursé",
    )
    return plan(number, email, opening=opening, ends={"utter_opened_reference"}, seeds=seeds)


def wrong_size(number: str, email: str) -> Plan:
    opening = (
        "the sweater from order {} is too small, I want to send it back",
        "le pull de la commande {} est trop petit, je veux le renvoyer",
    )
    return plan(number, email, opening=opening, ends={"utter_opened_reference"})


def not_as_described(number: str, email: str, seeds: tuple[int, ...]) -> Plan:
    opening = (
        "order {}: the lamp does not look like the picture on your site",
        "commande {} : la lampe ne ressemble pas à la photo du site",
    )
    return plan(number, email, opening=opening, ends={"utter_opened_reference"}, seeds=seeds)


def not_received(number: str, email: str) -> Plan:
    opening = (
        "order {} never arrived, I want a refund",
        "je n'ai jamais reçu la commande {}, je veux être remboursé",
    )
    return plan(number, email, opening=opening, ends={"utter_opened_reference"})


def above_limit(number: str, email: str, seeds: tuple[int, ...]) -> Plan:
    opening = (
        "the coat of order {} arrived damaged, a seam is torn",
        "le manteau de la commande {} est arrivé abîmé, une couture est déchirée",
    )
    return plan(number, email, opening=opening, ends={"utter_case_in_review"}, seeds=seeds)


def outside_window(number: str, email: str) -> Plan:
    opening = (
        "I changed my mind about order {} and want to return it",
        "j'ai changé d'avis pour la commande {}, je veux la retourner",
    )
    return plan(number, email, opening=opening, ends={"utter_opened_refused"})
