"""Every table of the product, imported so that `Base.metadata` is complete for migrations and tests."""

from __future__ import annotations

from actions.cases import model as _cases
from actions.catalogue import model as _catalogue
from actions.credits import model as _credits
from actions.evidence import model as _evidence
from actions.feedback import model as _feedback
from actions.ledger import model as _ledger
from actions.orders import model as _orders
from actions.policies import model as _policies
from actions.refunds import model as _refunds
from actions.refunds.news import model as _refund_news
from actions.replacements import model as _replacements
from actions.resale import model as _resale
from actions.suppliers import model as _suppliers
from bot.delivery import model as _delivery
from bot.health import model as _health
from bot.inbox import model as _inbox
from common import engine as _engine
from common import outbox as _outbox
from common.database import Base
from common.photos import store as _photos
from console.accounts import model as _accounts

# Named, so that no tool takes these imports for unused ones: importing is what registers a table.
MODULES = (
    _accounts,
    _cases,
    _catalogue,
    _delivery,
    _credits,
    _engine,
    _evidence,
    _feedback,
    _health,
    _inbox,
    _ledger,
    _orders,
    _outbox,
    _photos,
    _refund_news,
    _policies,
    _refunds,
    _replacements,
    _resale,
    _suppliers,
)

metadata = Base.metadata
