"""Every table of the product, imported so that `Base.metadata` is complete for migrations and tests."""

from __future__ import annotations

import console.accounts.model  # noqa: F401 (imported for its tables, like all above)
from common.database import Base

metadata = Base.metadata
