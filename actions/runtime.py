"""What the case work needs to run, put together once per process and passed on explicitly."""

from __future__ import annotations

from dataclasses import dataclass, field

import sqlalchemy as sa

from actions.policy.model import Policy
from actions.refunds.port import RefundGateway
from actions.suppliers.mail import Mailer
from actions.suppliers.port import Supplier
from common.clock import Clock
from common.phrases import Phrases
from common.settings import Settings
from common.shop_config import ShopConfig


@dataclass(frozen=True)
class Runtime:
    """`suppliers` are adapters by supplier id; `gateway` moves money; `engine` opens the one database; `mailer`
    writes to suppliers where a mail server is configured."""

    settings: Settings
    shop: ShopConfig
    engine: sa.Engine
    clock: Clock
    policy: Policy
    phrases: Phrases
    gateway: RefundGateway
    suppliers: dict[str, Supplier] = field(default_factory=dict)
    mailer: Mailer | None = None
