"""No payment service: a person pays in the shop's own system and records it in the console."""

from __future__ import annotations

from actions.refunds.port import GatewayRefund, RefundRequest


class ManualRefundGateway:
    """Accepts every refund as pending and moves nothing."""

    by_hand = True

    def refund(self, request: RefundRequest) -> GatewayRefund:
        return GatewayRefund(id="", status="pending", amount=request.amount)

    def find(self, idempotency_key: str) -> GatewayRefund | None:
        return None

    def of_payment(self, payment_reference: str) -> list[GatewayRefund]:
        return []
