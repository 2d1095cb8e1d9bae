"""For each row of law what the engine must answer inside, at and outside its edge, by the row's kind of effect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from actions.policy.engine import decide
from actions.policy.law import days_to_send, law_of
from actions.policy.law import model as law
from actions.policy.model import Decision, Informed, Policy, Reason, RuleResult, Window
from actions.policy.rules.rights import refund_by
from tests.actions.policy.cases import example, facts, line

# A Wednesday, so that a period of whole weeks never ends on a weekend by chance.
WEDNESDAY = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
Check = tuple[str, Callable[[], object], object]
Row = law.Row[Any]
_REASON: dict[str, Reason] = {
    "withdrawal": "changed_mind",
    "non_conformity": "defective",
    "transport_risk": "not_received",
    "late_delivery": "not_received",
    "goodwill": "changed_mind",
}


def country(row: Row) -> str:
    """A country under the row; for the union's rows one without a law of its own."""
    return "DE" if row.countries is None or "DE" in row.countries else min(row.countries)


def strict() -> Policy:
    """A policy as mean as it can be written: whatever a shopper still gets comes from the law."""
    policy = example()
    return replace(
        policy,
        window=Window(0, 0, 10),
        who_pays_return=dict.fromkeys(policy.who_pays_return, "shopper"),
        fee_percent=dict.fromkeys(policy.who_pays_return, 20),
    )


def decided(row: Row, *, days: int | None = 5, policy: Policy | None = None, **changes: Any) -> Decision:
    """The engine's decision of the standard case under the row, delivered so many days before a Wednesday."""
    delivered = None if days is None else WEDNESDAY - timedelta(days=days)
    case = facts(
        reason=_REASON[row.basis],
        country=country(row),
        requested_at=WEDNESDAY,
        delivered_at=delivered,
        tracking_status="in_transit" if delivered is None else "delivered",
        placed_at=(delivered or WEDNESDAY) - timedelta(days=8),
        fulfilled_at=(delivered or WEDNESDAY) - timedelta(days=6),
    )
    return decide(replace(case, **changes), policy or strict())


def rule(decision: Decision, rule_id: str) -> RuleResult:
    return next(item for item in decision.rules if item.id == rule_id)


def fact(decision: Decision, name: str) -> object:
    """A figure of the sum that the ceiling stands on."""
    return rule(decision, "ceiling").facts[name]


def said(row: Row, rule_id: str, **changes: Any) -> Callable[[], object]:
    return lambda: rule(decided(row, **changes), rule_id).result


def grounded(row: Row, rule_id: str, **changes: Any) -> Callable[[], object]:
    """Whether the rule rests on this very row."""
    return lambda: rule(decided(row, **changes), rule_id).ground == row.id


def period(row: Row) -> list[Check]:
    days = row.effect.days
    checks: list[Check] = [
        ("inside, the day before the last", said(row, "window", days=days - 1), "accept"),
        ("edge, the last day", said(row, "window", days=days), "accept"),
        ("outside, the day after", said(row, "window", days=days + 1), "refuse"),
    ]
    if row.effect.uninformed_months:
        silent = replace(strict(), informed=Informed(withdrawal=False))
        # 25 November 2026 is 14 days and twelve months after 11 November 2025.
        last = (WEDNESDAY.date() - date(2025, 11, 11)).days
        checks += [
            ("inside, not informed", said(row, "window", days=200, policy=silent), "accept"),
            ("edge, not informed, the last day", said(row, "window", days=last, policy=silent), "accept"),
            ("outside, not informed, the day after", said(row, "window", days=last + 1, policy=silent), "refuse"),
        ]
    if row.effect.rolls:
        monday = WEDNESDAY - timedelta(days=2)
        saturday = {"delivered_at": WEDNESDAY - timedelta(days=18), "placed_at": WEDNESDAY - timedelta(days=30)}
        checks += [
            ("inside, last day a Saturday", said(row, "window", requested_at=monday, **saturday), "accept"),
            (
                "outside, the Tuesday after it",
                said(row, "window", requested_at=monday + timedelta(days=1), **saturday),
                "refuse",
            ),
        ]
    return checks


def presumption(row: Row) -> list[Check]:
    delivered = datetime(2024, 2, 29, 9, 0, tzinfo=UTC)
    last = datetime.combine(row.effect.last_day(delivered.date()), datetime.min.time(), UTC)
    times = {"delivered_at": delivered, "placed_at": delivered - timedelta(days=9)}
    return [
        ("inside", said(row, "presumption", requested_at=last - timedelta(days=1), **times), "accept"),
        ("edge, the last day", said(row, "presumption", requested_at=last, **times), "accept"),
        (
            "outside, a person weighs it",
            said(row, "presumption", requested_at=last + timedelta(days=1), **times),
            "person",
        ),
    ]


def rejection(row: Row) -> list[Check]:
    days = row.effect.days
    return [
        ("inside", grounded(row, "remedy", days=days - 1), True),
        ("edge, the last day", grounded(row, "remedy", days=days), True),
        ("outside, repair or replacement first", grounded(row, "remedy", days=days + 1), False),
    ]


def limitation(row: Row) -> list[Check]:
    delivered = datetime(2020, 3, 2, 9, 0, tzinfo=UTC)
    last = datetime.combine(row.effect.last_day(delivered.date()), datetime.min.time(), UTC)
    times = {"delivered_at": delivered, "placed_at": delivered - timedelta(days=9)}
    return [
        ("inside, no machine refuses", said(row, "window", requested_at=last - timedelta(days=900), **times), "person"),
        ("edge, the last day", said(row, "window", requested_at=last, **times), "person"),
        ("outside", said(row, "window", requested_at=last + timedelta(days=1), **times), "refuse"),
    ]


def return_cost(row: Row) -> list[Check]:
    silent = replace(strict(), informed=Informed(return_cost=False))
    told = "shopper" if row.effect.payer == "shopper_if_informed" else "shop"
    return [
        ("inside, told before the order", lambda: decided(row).who_pays_return, told),
        ("edge, not told", lambda: decided(row, policy=silent).who_pays_return, "shop"),
        ("outside, a country without it", lambda: decided(row, country="CH", policy=silent).who_pays_return, "shopper"),
    ]


def refund_due(row: Row) -> list[Check]:
    start = WEDNESDAY.date()
    last = refund_by(row.effect, start)
    calendar = 9 if row.effect.working else row.effect.days
    late = {"placed_at": WEDNESDAY - timedelta(days=40)} if row.basis == "late_delivery" else {}

    def outbound(*, whole: bool) -> Callable[[], object]:
        return lambda: fact(decided(row, days=None, whole_order=whole, **late), "outbound_shipping_minor")

    return [
        ("inside, the whole order brings its delivery back", outbound(whole=True), 490 if row.effect.outbound else 0),
        ("outside, part of an order does not", outbound(whole=False), 0),
        ("inside, the decision names the row", grounded(row, "refund_due", days=None, **late), True),
        ("inside, the day before", lambda: start + timedelta(days=calendar - 1) <= last, True),
        ("edge, the last day", lambda: start + timedelta(days=calendar) <= last, True),
        ("outside, a day late", lambda: start + timedelta(days=calendar + 1) <= last, False),
    ]


def send_within(row: Row) -> list[Check]:
    bound, days = law_of(country(row), row.basis, WEDNESDAY.date()), row.effect.days
    return [
        ("inside, a shop that gives less", lambda: days_to_send(days - 1, bound), days),
        ("edge, a shop that gives as much", lambda: days_to_send(days, bound), days),
        ("outside, a shop that gives more", lambda: days_to_send(days + 1, bound), days + 1),
    ]


def no_fee(row: Row) -> list[Check]:
    edge = 14 if row.basis == "withdrawal" else 730
    return [
        ("inside", lambda: fact(decided(row), "fee_minor"), 0),
        ("edge, the last day", lambda: fact(decided(row, days=edge), "fee_minor"), 0),
        ("outside, where no law forbids it", lambda: fact(decided(row, country="CH"), "fee_minor"), 198),
    ]


def excluded(row: Row) -> list[Check]:
    word = min(row.effect.words)
    lines = (line(category=word),)
    policy = replace(strict(), exclusions=replace(strict().exclusions, categories=row.effect.words))
    closed = "refuse" if not row.effect.unsealed else "person"
    checks: list[Check] = [
        ("inside", said(row, "exclusions", lines=lines, policy=policy), closed),
        (
            "edge, an exclusion that only the shop knows",
            said(row, "exclusions", lines=(line(tags=("final_sale",)),), policy=policy),
            "info",
        ),
        ("outside, a fault", said(row, "exclusions", lines=lines, policy=policy, reason="damaged"), "info"),
    ]
    if row.effect.unsealed:
        checks += [
            ("inside, unsealed", said(row, "exclusions", lines=lines, policy=policy, opened=True), "refuse"),
            ("outside, still sealed", said(row, "exclusions", lines=lines, policy=policy, opened=False), "accept"),
        ]
    return checks


def delivery(row: Row) -> list[Check]:
    def waiting(days: int) -> Callable[[], object]:
        unsent = {"fulfilled_at": None, "tracking_status": None}
        return said(row, "not_received", days=None, placed_at=WEDNESDAY - timedelta(days=days), **unsent)

    moving = {"placed_at": WEDNESDAY - timedelta(days=40), "tracking_status": "in_transit"}
    return [
        ("inside, a person looks", waiting(row.effect.days - 1), "person"),
        ("edge, the last day", waiting(row.effect.days), "person"),
        ("outside, the money goes back", waiting(row.effect.days + 1), "accept"),
        ("outside, but under way", said(row, "not_received", days=None, **moving), "person"),
    ]


def possession(row: Row) -> list[Check]:
    return [
        ("inside, the carrier says delivered", grounded(row, "not_received", tracking_status="delivered"), True),
        ("edge, a delivery date is known", said(row, "not_received", tracking_status=None), "person"),
        ("outside, the carrier says lost", said(row, "not_received", days=None, tracking_status="lost"), "accept"),
    ]


def remedies(row: Row) -> list[Check]:
    return [
        ("inside, a fault", grounded(row, "remedy", days=60), True),
        ("edge, the last day of two years", grounded(row, "remedy", days=730), True),
        ("outside, no fault", grounded(row, "remedy", reason="changed_mind"), False),
    ]


def replace_within(row: Row) -> list[Check]:
    wish = {"desired_outcome": "replacement"}
    by = (WEDNESDAY.date() + timedelta(days=row.effect.days)).isoformat()

    def deadline(**changes: Any) -> Callable[[], object]:
        return lambda: rule(decided(row, **changes), "remedy").facts.get("replace_by")

    return [
        ("inside, a replacement", deadline(**wish), by),
        ("edge, money instead", deadline(), None),
        ("outside, another country", deadline(country="DE", **wish), None),
    ]


def surcharge(row: Row) -> list[Check]:
    bound = law_of(country(row), row.basis, WEDNESDAY.date())

    def late(days: int) -> Callable[[], object]:
        return lambda: bound.surcharge_minor(10000, _DUE, days)

    # Ten days of legal interest at 6.67 % a year, where the row asks for it before the first step.
    interest = 18 if row.effect.interest else 0
    checks: list[Check] = [("inside, in time", late(0), 0)]
    for at, (after, percent) in enumerate(row.effect.steps):
        before = row.effect.steps[at - 1][1] * 100 if at else interest
        checks += [
            (f"edge, {after} days late", late(after), before),
            (f"outside, {after + 1} days late", late(after + 1), percent * 100),
        ]
    if row.effect.monthly:
        checks += [
            ("edge, 90 days late", late(90), 5000),
            ("outside, 91 days late", late(91), 5500),
            ("outside, 121 days late", late(121), 6000),
            ("edge, the last day below the price", late(360), 9500),
            # The price, and one day of interest; a year later a year of it.
            ("outside, the price is reached", late(361), 10002),
            ("outside, the price and a year of interest", late(360 + 365), 10667),
        ]
    return checks


def two_steps(row: Row) -> list[Check]:
    def asked(where: str, on: date) -> Callable[[], object]:
        return lambda: law_of(where, row.basis, on).asks_two_steps

    return [
        ("inside", asked(country(row), WEDNESDAY.date()), True),
        ("edge, the first day", asked(country(row), row.valid_from), True),
        ("outside, the day before", asked(country(row), row.valid_from - timedelta(days=1)), False),
        ("outside, Britain", asked("GB", WEDNESDAY.date()), False),
    ]


def own_terms(row: Row) -> list[Check]:
    return [
        ("inside, no statute", lambda: decided(row, country="US").legal_basis, "goodwill"),
        ("edge, the day after the right ended", lambda: decided(row, days=15).legal_basis, "goodwill"),
        ("outside, the right's last day", lambda: decided(row, days=14).legal_basis, "withdrawal"),
    ]


# A day after which the rate of legal interest known here does not change any more.
_DUE = date(2026, 2, 2)
BUILDERS: dict[type, Callable[[Row], list[Check]]] = {
    law.Period: period,
    law.Presumption: presumption,
    law.Rejection: rejection,
    law.Limitation: limitation,
    law.ReturnCost: return_cost,
    law.RefundDue: refund_due,
    law.SendWithin: send_within,
    law.NoFee: no_fee,
    law.Excluded: excluded,
    law.Delivery: delivery,
    law.Possession: possession,
    law.Remedies: remedies,
    law.ReplaceWithin: replace_within,
    law.Surcharge: surcharge,
    law.TwoSteps: two_steps,
    law.OwnTerms: own_terms,
}
