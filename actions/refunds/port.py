"""What a payment service must be able to do for us: pay back once for a key, and say what became of a key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from common.errors import RefusedError, UpstreamError
from common.money import Money

GatewayStatus = Literal["pending", "succeeded", "failed"]


@dataclass(frozen=True)
class RefundRequest:
    """One refund to ask for. The same `idempotency_key` always carries the same content."""

    idempotency_key: str
    payment_reference: str
    amount: Money
    refund_id: str
    case_reference: str


@dataclass(frozen=True)
class GatewayRefund:
    """What the payment service says about one refund. `pending`: it will be decided later; ask again.

    `idempotency_key` and `refund_id` are what it repeats of our request; a refund without either was made without us.
    """

    id: str
    status: GatewayStatus
    amount: Money
    failure_reason: str | None = None
    idempotency_key: str = ""
    payment_reference: str = ""
    refund_id: str = ""


class GatewayUnavailableError(UpstreamError):
    """No usable answer. The refund may or may not have happened; look the key up before trying again."""

    def __init__(self, message: str) -> None:
        super().__init__("refund.gateway_unavailable", message, retryable=True)


class RefundDeclinedError(RefusedError):
    """The payment service will never pay this; nothing was paid."""

    def __init__(self, message: str) -> None:
        super().__init__("refund.declined", message)


class RefundContradictionError(RefusedError):
    """The payment service knows this key with other content; a person must look before any more money moves."""

    def __init__(self, message: str) -> None:
        super().__init__("refund.contradiction", message)


class RefundGateway(Protocol):
    """Promises at most one payment per idempotency key, however often it is called.

    `by_hand`: a person pays and records it, so there is nobody to ask again.
    """

    @property
    def by_hand(self) -> bool: ...

    def refund(self, request: RefundRequest) -> GatewayRefund:
        """Pay back.

        Raises GatewayUnavailableError (unknown outcome), RefundDeclinedError or RefundContradictionError.
        """
        ...

    def find(self, idempotency_key: str) -> GatewayRefund | None:
        """What became of the key; None when the service never accepted it. Raises GatewayUnavailableError."""
        ...

    def of_payment(self, payment_reference: str) -> list[GatewayRefund]:
        """Every refund of one payment, ours and those made by hand. Raises GatewayUnavailableError."""
        ...
