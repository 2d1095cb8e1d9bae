"""What every page has: the reader's words, navigation with counts, the notice told once, the error page."""

from __future__ import annotations

from typing import Any

from console.accounts import repository
from console.attention import counts
from console.cases.journal import in_words
from console.render import Look
from console.visit import Page, Redirect, Visit, new_nonce


def fill(visit: Visit, page: Page) -> dict[str, Any]:
    """The values a template gets: the page's own and the common ones."""
    values: dict[str, Any] = {
        "t": visit.words.get,
        "tn": visit.words.count,
        "word": visit.words.name,
        # What the system wrote in English, in the reader's language.
        "in_words": lambda text: in_words(visit.words, "system", text),
        "language": visit.language,
        "look": Look(visit.words, visit.now),
        "user": visit.user,
        "path": visit.path,
        "nonce": new_nonce,
        "partial": visit.partial,
        "shop": visit.context.runtime.shop.name,
        "notice": None,
        "counts": None,
    }
    if not visit.partial:
        values["notice"] = _take_notice(visit)
        values["counts"] = counts(visit)
    values.update(page.values)
    return values


def error_page(key: str, status: int) -> Page:
    """One sentence about what went wrong and the way back."""
    return Page("error.html", {"message_key": key, "status": status}, status)


def keep_notice(visit: Visit, redirect: Redirect) -> None:
    """Leave a word for the next whole page."""
    if redirect.notice:
        notice = {"key": redirect.notice, "parameters": redirect.parameters, "grave": redirect.grave}
        repository.set_notice(visit.session, visit.user.token_sha256, notice)


def _take_notice(visit: Visit) -> dict[str, Any] | None:
    return repository.take_notice(visit.session, visit.user.token_sha256)
