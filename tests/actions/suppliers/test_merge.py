from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.suppliers.merge import ClaimState, merge
from actions.suppliers.port import Inspection, RmaReport, RmaStatus
from tests.actions.suppliers.builders import patient, report

APPROVED = {"rma_number": "NW-1", "return_address": "Dock 4", "instructions": "Pack it well."}
FOUND = {"inspection": Inspection("as_new", "Complete.")}
# What a consistent supplier says at each station: everything that is known by then.
LIFE = (
    report("pending"),
    report("approved", **APPROVED),
    report("received", **APPROVED),
    report("inspected", **APPROVED, **FOUND),
    report("credited", **APPROVED, **FOUND, credit_minor=1900),
)
REFUSAL = (report("pending"), report("approved", rma_number="NW-1"), report("rejected", reason="Too late."))


def merged(reports: list[RmaReport]) -> tuple[ClaimState, list[str]]:
    state, found = ClaimState(), []
    for item in reports:
        state, contradictions = merge(state, item)
        found += contradictions
    return state, found


def with_repetitions(reports: tuple[RmaReport, ...]) -> st.SearchStrategy[list[RmaReport]]:
    """Every report at least once, some again, in any order."""
    again = st.lists(st.sampled_from(reports), max_size=6)
    return again.flatmap(lambda more: st.permutations([*reports, *more]))


@patient
@given(with_repetitions(LIFE))
def test_late_repeated_and_swapped_reports_end_the_same_and_contradict_nothing(reports: list[RmaReport]) -> None:
    state, contradictions = merged(reports)
    assert state == ClaimState(
        RmaStatus.CREDITED, "NW-1", "Dock 4", "Pack it well.", None, Inspection("as_new", "Complete."), 1900
    )
    assert contradictions == []


@patient
@given(with_repetitions(REFUSAL))
def test_a_refusal_stays_a_refusal_in_any_order(reports: list[RmaReport]) -> None:
    state, _ = merged(reports)
    assert (state.status, state.reason, state.rma_number) == (RmaStatus.REJECTED, "Too late.", "NW-1")


ANY_REPORT = st.builds(
    RmaReport,
    external_id=st.just("rma_1"),
    status=st.sampled_from(RmaStatus),
    rma_number=st.none() | st.sampled_from(["A", "B"]),
    credit_minor=st.none() | st.integers(0, 5000),
)


@patient
@given(st.lists(ANY_REPORT, max_size=8).flatmap(lambda reports: st.tuples(st.just(reports), st.permutations(reports))))
def test_status_and_credit_never_depend_on_the_order(pair: tuple[list[RmaReport], list[RmaReport]]) -> None:
    (one, _), (other, _) = merged(pair[0]), merged(list(pair[1]))
    assert (one.status, one.credit_minor) == (other.status, other.credit_minor)


@patient
@given(st.lists(ANY_REPORT, max_size=8), ANY_REPORT)
def test_nothing_known_is_ever_taken_back(before: list[RmaReport], last: RmaReport) -> None:
    state, _ = merged(before)
    after, _ = merge(state, last)
    assert after.credit_minor >= state.credit_minor
    assert state.rma_number in (None, after.rma_number)
    assert merge(after, last)[0] == after


@pytest.mark.parametrize(
    ("first", "then", "words"),
    [
        pytest.param(report("received"), report("rejected"), "refuses the return after", id="refused after receiving"),
        pytest.param(report("rejected"), report("received"), "after it had refused", id="received after refusing"),
        pytest.param(report("rejected"), report("approved"), "after it had refused", id="approved after refusing"),
        pytest.param(
            report("credited", credit_minor=1900),
            report("credited", credit_minor=900),
            "credit of 900",
            id="less money",
        ),
        pytest.param(
            report("approved", rma_number="A"), report("approved", rma_number="B"), "RMA number B", id="other number"
        ),
        pytest.param(
            report("approved", return_address="A"),
            report("approved", return_address="B"),
            "another return address",
            id="other address",
        ),
        pytest.param(
            report("inspected", inspection=Inspection("as_new")),
            report("inspected", inspection=Inspection("damaged")),
            "'damaged' instead of 'as_new'",
            id="other finding",
        ),
    ],
)
def test_a_contradiction_is_named_once(first: RmaReport, then: RmaReport, words: str) -> None:
    _, contradictions = merged([first, then])
    assert len(contradictions) == 1
    assert words in contradictions[0]


def test_an_amount_announced_before_the_credit_is_not_money() -> None:
    state, _ = merged([report("inspected", credit_minor=1900)])
    assert state.credit_minor == 0


def test_more_credit_is_taken_without_a_word() -> None:
    state, contradictions = merged([report("credited", credit_minor=900), report("credited", credit_minor=1900)])
    assert (state.credit_minor, contradictions) == (1900, [])
