"""Which page answers which request, and for whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from common.errors import RetourError
from console.visit import Answer, Redirect, Visit

PageFunction = Callable[..., Answer]
ErrorFunction = Callable[..., Answer]


@dataclass(frozen=True)
class Route:
    """`page` is called with the visit and the parts of the path, inside one transaction.

    When a POST is refused, that transaction is rolled back and `on_error` (default: back to `back` with the reason)
    answers in a new one.
    """

    method: str
    path: str
    page: PageFunction
    owner_only: bool = False
    back: str = "/console"
    on_error: ErrorFunction | None = None

    @property
    def name(self) -> str:
        return f"{self.method.lower()}_{self.page.__module__.rpartition('.')[0].replace('.', '_')}_{self.page.__name__}"

    def refused(self, visit: Visit, error: RetourError, parts: dict[str, Any]) -> Answer:
        """What to show after `error` undid a POST."""
        if self.on_error is not None:
            return self.on_error(visit, error, **parts)
        notice, parameters = told(visit, error)
        return Redirect(self.back.format(**parts), notice, parameters, grave=True)


def told(visit: Visit, error: RetourError) -> tuple[str, dict[str, str]]:
    """The words for an error: its own where the console has them, else the operator's sentence."""
    key = f"error.{error.code.replace('.', '_')}"
    if visit.words.has(key):
        return key, {}
    return "error.other", {"message": error.message}
