"""The simulated shoppers themselves: their words are their own, their manner keeps the facts, the judge is strict."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest
import yaml
from sqlalchemy.orm import Session

from benchmarks.shoppers.goals import LANGUAGES, goals, personas, sentences
from benchmarks.shoppers.judge import judge
from benchmarks.shoppers.manner import Manner, slips
from benchmarks.shoppers.player import Facts, Played
from benchmarks.shoppers.report import Result, summary, table
from common.settings import ROOT
from tests.conversations.world import SITUATIONS
from tests.factories import create_case, create_conversation, create_order, order_line

_FACTS = Facts("4242", "ann@example.com")


def _plain(text: str) -> str:
    return re.sub(r"[^\w ]", "", text.lower()).strip()


def _training() -> set[str]:
    """What the model was trained on; an annotated word stands as it is typed."""
    found = set()
    for path in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        for block in yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["nlu"]:
            lines = [line.removeprefix("- ") for line in str(block.get("examples", "")).splitlines()]
            found |= {_plain(re.sub(r"\[([^\]]*)\][({][^)}]*[)}]", r"\1", line)) for line in lines}
    return found


@pytest.mark.slow
def test_no_sentence_of_a_shopper_stands_in_the_training_data() -> None:
    # A single word, or a bare number, is nobody's own.
    told = {sentence: _plain(sentence) for sentence in sentences()}
    own = {sentence for sentence, plain in told.items() if len(plain.split()) > 1 and "{" not in sentence}
    assert {sentence for sentence in own if told[sentence] in _training()} == set()


def test_every_goal_can_be_played_in_both_languages() -> None:
    for goal in goals().values():
        assert goal.situation in SITUATIONS, goal.name
        assert goal.is_request != bool(goal.answers), goal.name
        assert goal.before is None or goals()[goal.before].is_request, goal.name
        for said in (goal.openings, goal.short, *filter(None, (goal.tell, goal.items, goal.quantity))):
            assert sorted(said) == sorted(LANGUAGES), goal.name
            assert all(said[language] for language in LANGUAGES), goal.name


@pytest.mark.parametrize("persona", sorted(personas()))
def test_the_same_seed_says_the_same_and_keeps_the_facts(persona: str) -> None:
    def told(seed: int) -> list[str]:
        manner = Manner(personas()[persona], "fr", random.Random(seed))
        return [manner.dressed("c'est la commande {number}, mon adresse est {email}") for _ in range(20)]

    assert told(3) == told(3)
    assert told(3) != told(4) or persona in ("mixed", "confused", "terse")
    assert all("{number}" in sentence and "{email}" in sentence for sentence in told(3))


def test_slips_change_a_sentence_but_no_word_with_a_digit() -> None:
    sentence = "my sweater from order FR-2023-00017 is much too small"
    slipped = {slips(sentence, random.Random(seed)) for seed in range(50)}
    assert sentence not in slipped
    assert all("FR-2023-00017" in item for item in slipped)


def _played(session: Session, name: str, *, said: tuple[str, ...] = (), reached: bool = True) -> Played:
    conversation = create_conversation(session).id
    return Played(
        goals()[name], personas()["terse"], "en", conversation=conversation, reached=reached, turns=4, said=list(said)
    )


def _case(session: Session, played: Played, **values: Any) -> None:
    order = create_order(session, number="4242", lines=[order_line(sku=str(values.pop("sku", "MUG")))])
    decision = {"outcome": values.pop("outcome", "refund_without_return")}
    create_case(session, order=order, conversation_id=played.conversation, decision=decision, **values)


def test_the_right_case_is_a_success(session: Session) -> None:
    played = _played(session, "damaged_low_value")
    _case(session, played)
    verdict = judge(session, played, _FACTS)
    assert (verdict.success, verdict.wrong, verdict.handoff) == (True, (), False)


@pytest.mark.parametrize(
    ("values", "mistake"),
    [
        ({"reason": "changed_mind"}, "reason changed_mind"),
        ({"sku": "BAG"}, "lines {'BAG': 1}"),
        ({"desired_outcome": "replacement"}, "wish replacement"),
        ({"outcome": "refused"}, "decision refused"),
        ({"status": "cancelled"}, "cancelled"),
        ({"order_number": "4243"}, "order 4243"),
    ],
)
def test_a_case_against_the_wish_is_a_wrong_action(session: Session, values: dict[str, Any], mistake: str) -> None:
    played = _played(session, "damaged_low_value")
    _case(session, played, **values)
    verdict = judge(session, played, _FACTS)
    assert (verdict.success, verdict.wrong) == (False, (mistake,))


def test_a_case_nobody_asked_for_is_a_wrong_action(session: Session) -> None:
    played = _played(session, "policy_window")
    _case(session, played)
    assert judge(session, played, _FACTS).wrong == ("a case nobody asked for",)


def test_two_cases_for_one_wish_are_a_wrong_action(session: Session) -> None:
    played = _played(session, "damaged_low_value")
    _case(session, played)
    create_case(
        session,
        order=create_order(session, number="4242x", lines=[order_line(sku="MUG")]),
        conversation_id=played.conversation,
        order_number="4242",
        decision={"outcome": "refund_without_return"},
    )
    assert judge(session, played, _FACTS).wrong == ("2 cases",)


def test_a_return_that_was_to_be_cancelled_must_be(session: Session) -> None:
    played = _played(session, "cancel_return")
    _case(session, played, sku="SWEATER", reason="changed_mind", outcome="return", status="awaiting_supplier")
    assert not judge(session, played, _FACTS).success


def test_persons_are_counted_as_wanted_or_not(session: Session) -> None:
    said = ("utter_handoff_waiting",)
    assert judge(session, _played(session, "policy_window", said=said), _FACTS).unwanted_handoff
    assert judge(session, _played(session, "person", said=said), _FACTS).success
    missed = judge(session, _played(session, "person"), _FACTS)
    assert missed.missed_handoff
    assert not missed.success


def test_the_report_counts_what_was_judged(session: Session) -> None:
    right, lost = _played(session, "policy_window"), _played(session, "policy_cost", reached=False)
    results = [Result(number, item, judge(session, item, _FACTS)) for number, item in enumerate((right, lost))]
    figures = summary(results)
    assert (figures.count, figures.success, figures.turns, figures.wrong) == (2, 0.5, 4, 0)
    assert "policy_cost" in table(results)
    with pytest.raises(ValueError, match="no conversations"):
        summary([])
