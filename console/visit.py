"""One request to the console, and what a page answers. Pages are plain functions from a Visit to an Answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from common.errors import RefusedError
from common.ids import new_token
from console.accounts import repository as accounts
from console.accounts.service import SignedIn
from console.context import ConsoleContext
from console.words import Words


@dataclass(frozen=True)
class Visit:
    """A signed-in user's request, inside one transaction that commits when the page returns."""

    context: ConsoleContext
    session: Session
    user: SignedIn
    words: Words
    now: datetime
    path: str
    form: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    partial: bool = False

    @property
    def language(self) -> str:
        return self.words.language

    def text(self, name: str, longest: int) -> str:
        """A field of the form, trimmed and cut."""
        return self.form.get(name, "").replace("\r\n", "\n").strip()[:longest]

    def first_time(self) -> bool:
        """Whether this very form acts for the first time; its number is taken either way.

        Raises RefusedError `form.number` for a form that has none.
        """
        nonce = self.form.get("nonce", "")
        if not 16 <= len(nonce) <= 64:
            raise RefusedError("form.number", "The form has no number; open the page again.")
        return accounts.use_form(self.session, nonce, self.user.id, self.path, self.now)


@dataclass(frozen=True)
class Page:
    """A template and its values. `news` names events for htmx to fire in the page after the swap."""

    template: str
    values: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    news: str = ""


@dataclass(frozen=True)
class Redirect:
    """Go to another page of the console, which tells `notice` (a key of the words, and parameters) once."""

    to: str
    notice: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    grave: bool = False


@dataclass(frozen=True)
class Nothing:
    """Nothing has changed (204): htmx leaves the page as it is."""


@dataclass(frozen=True)
class Picture:
    """A JPEG from the photo store."""

    path: Path


@dataclass(frozen=True)
class Download:
    """A file to keep; `build` makes it after the transaction, in the same thread."""

    name: str
    mime: str
    build: Callable[[], bytes]


Answer = Page | Redirect | Nothing | Picture | Download


def new_nonce() -> str:
    """The number of a new form."""
    return new_token()
