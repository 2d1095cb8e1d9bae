"""Letters to suppliers without an API: the request with its link, and reminders. What they say is in `web/words.py`.

A letter may go out twice when the machine dies between sending and noting it; both carry the same Message-ID, so that
a mail program shows one.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Protocol
from urllib.parse import unquote, urlsplit

from common.errors import UpstreamError

_SECONDS = 20


@dataclass(frozen=True)
class Letter:
    """`key` names it for good: the same letter again has the same one."""

    key: str
    to: str
    subject: str
    text: str


class Mailer(Protocol):
    """Hands a letter over. Raises UpstreamError; it is retryable unless the server refused the letter itself."""

    def send(self, letter: Letter) -> None: ...


class SmtpMailer:
    """A mail server by address: `smtp://user:password@host:587` (STARTTLS where offered) or `smtps://…:465`."""

    def __init__(self, url: str, sender: str) -> None:
        self._parts = urlsplit(url)
        self._sender = sender

    def send(self, letter: Letter) -> None:
        """See `Mailer.send`."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._sender, letter.to, letter.subject
        message["Message-ID"] = f"<{letter.key}@{self._sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        try:
            with self._connected() as server:
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code = max(code for code, _ in error.recipients.values())
            raise self._failed(f"refuses {letter.to} ({code})", retryable=code < 500) from error
        except (OSError, smtplib.SMTPException) as error:
            # Not the error's own text: it may carry what was said while signing in.
            raise self._failed(f"cannot be used ({type(error).__name__})", retryable=True) from error

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        host, secure = self._parts.hostname or "", self._parts.scheme == "smtps"
        context = ssl.create_default_context()
        if secure:
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, self._parts.port or 465, timeout=_SECONDS, context=context)
        else:
            server = smtplib.SMTP(host, self._parts.port or 587, timeout=_SECONDS)
        with server:
            server.ehlo()
            if not secure and server.has_extn("starttls"):
                server.starttls(context=context)
            if self._parts.username:
                server.login(unquote(self._parts.username), unquote(self._parts.password or ""))
            yield server

    def _failed(self, what: str, *, retryable: bool) -> UpstreamError:
        where = f"{self._parts.hostname}:{self._parts.port or ''}".rstrip(":")
        return UpstreamError(
            "mail.failed", f"The mail server {where} {what}; check RETOUR_SMTP_URL.", retryable=retryable
        )
