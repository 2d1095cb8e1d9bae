"""Stand-ins that keep the promise of a port in memory."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from actions.refunds.port import GatewayRefund, RefundContradictionError, RefundRequest


class MemoryGateway:
    """A payment service in memory. `before` and `after` hold errors to raise around the next payments, in order."""

    by_hand = False

    def __init__(self) -> None:
        self.paid: dict[str, tuple[RefundRequest, GatewayRefund]] = {}
        self.calls: Counter[str] = Counter()
        self.looked_up: Counter[str] = Counter()
        self.before: list[Exception | None] = []
        self.after: list[Exception | None] = []
        self.answers: list[GatewayRefund] = []
        self.by_hand_refunds: list[GatewayRefund] = []

    def refund(self, request: RefundRequest) -> GatewayRefund:
        key = request.idempotency_key
        self.calls[key] += 1
        _raise_next(self.before)
        if key in self.paid and self.paid[key][0] != request:
            raise RefundContradictionError(f"{key} was used with other content.")
        if key not in self.paid:
            made = GatewayRefund(f"re_{len(self.paid) + 1}", "succeeded", request.amount)
            self.paid[key] = (request, self.answers.pop(0) if self.answers else made)
        _raise_next(self.after)
        return self.paid[key][1]

    def find(self, idempotency_key: str) -> GatewayRefund | None:
        self.looked_up[idempotency_key] += 1
        found = self.paid.get(idempotency_key)
        return found[1] if found else None

    def of_payment(self, payment_reference: str) -> list[GatewayRefund]:
        ours = [
            replace(answer, idempotency_key=key, payment_reference=request.payment_reference)
            for key, (request, answer) in self.paid.items()
        ]
        listed = [*ours, *self.by_hand_refunds]
        return [answer for answer in listed if answer.payment_reference == payment_reference]


def _raise_next(errors: list[Exception | None]) -> None:
    error = errors.pop(0) if errors else None
    if error is not None:
        raise error
