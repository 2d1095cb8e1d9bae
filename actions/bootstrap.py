"""The one place where real adapters are chosen and put together."""

from __future__ import annotations

from actions.policy.loader import load as load_policy
from actions.refunds.adapters.http import HttpRefundGateway
from actions.refunds.adapters.manual import ManualRefundGateway
from actions.refunds.port import RefundGateway
from actions.runtime import Runtime
from actions.suppliers.adapters.http import HttpSupplier
from actions.suppliers.adapters.portal import PortalSupplier
from actions.suppliers.mail import SmtpMailer
from actions.suppliers.port import Supplier
from common.clock import SystemClock
from common.database import make_engine
from common.phrases import Phrases
from common.settings import ROOT, Settings
from common.shop_config import PaymentConfig, ShopConfig, SupplierConfig


def build_runtime(settings: Settings) -> Runtime:
    """Everything the case work needs, from the settings. Raises SettingsError in one sentence."""
    shop = ShopConfig.load(settings.shop_path)
    return Runtime(
        settings=settings,
        shop=shop,
        engine=make_engine(settings.database_url),
        clock=SystemClock(),
        policy=load_policy(settings.policy_path),
        phrases=Phrases.load(ROOT / "domain.yml"),
        gateway=_gateway(shop.payment),
        suppliers={config.id: _supplier(config) for config in shop.suppliers.values()},
        mailer=SmtpMailer(settings.smtp_url, shop.support_email) if settings.smtp_url else None,
    )


def _gateway(config: PaymentConfig) -> RefundGateway:
    return ManualRefundGateway() if config.kind == "manual" else HttpRefundGateway(config)


def _supplier(config: SupplierConfig) -> Supplier:
    return HttpSupplier(config) if config.kind == "http" else PortalSupplier(config)
