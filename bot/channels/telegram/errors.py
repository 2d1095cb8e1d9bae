"""What python-telegram-bot's errors mean for us.

The Bot API names its errors in words only; the few that are compared here are those its server has used for years
(https://github.com/tdlib/telegram-bot-api).
"""

from __future__ import annotations

from datetime import timedelta

import httpx
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.channels.port import SendError
from common.errors import RefusedError, UpstreamError

# Nothing has left this machine when one of these is raised.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def send_error(error: TelegramError) -> SendError:
    """The error of a call that sends."""
    sentence = _sentence(error)
    if isinstance(error, RetryAfter):
        # Telegram does not say whether this chat or the whole bot is too fast; a short rest for all is right for both.
        return SendError("telegram.too_fast", sentence, "retry", everybody=True, after=_seconds(error.retry_after))
    if isinstance(error, InvalidToken):
        return SendError("telegram.token", f"{sentence}; see RETOUR_TELEGRAM_TOKEN.", "person", everybody=True)
    if isinstance(error, Forbidden):
        return SendError("telegram.blocked", sentence, "give_up")
    if isinstance(error, BadRequest | ChatMigrated) or "(413)" in error.message:
        # Of NetworkError's family, and yet an answer: the call itself is wrong.
        return SendError("telegram.refused", sentence, "give_up")
    if isinstance(error, NetworkError):
        sentence = sentence.replace("Telegram:", "Telegram did not answer:", 1)
        return SendError("telegram.away", sentence, "retry", maybe_sent=not isinstance(error.__cause__, _NOT_SENT))
    return SendError("telegram.error", sentence, "retry", maybe_sent=True)


def file_error(error: TelegramError) -> RefusedError | UpstreamError:
    """The error of a call that fetches a photo."""
    if isinstance(error, BadRequest):
        too_large = "too big" in error.message.lower()
        return RefusedError("photo.too_large" if too_large else "photo.gone", _sentence(error))
    return UpstreamError("telegram.file", _sentence(error), retryable=True)


def _sentence(error: TelegramError) -> str:
    # The word of another system, shown to a merchant: bounded and printable.
    return "Telegram: " + "".join(c for c in error.message[:200] if c.isprintable() and not "\ud800" <= c <= "\udfff")


def _seconds(told: int | timedelta) -> float:
    return told.total_seconds() if isinstance(told, timedelta) else float(told)
