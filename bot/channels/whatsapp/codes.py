"""What the Cloud API's errors mean for us.

Written from Meta's list of error codes (https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes)
and not seen from a real account.
"""

from __future__ import annotations

from typing import Any

from bot.channels.port import SendError, Verdict

# (verdict, whether it concerns everybody, seconds to wait if the answer does not say)
_CODES: dict[int, tuple[Verdict, bool, float | None]] = {
    # Nobody gets anything until somebody looks after the account.
    **dict.fromkeys((0, 3, 10, 190, 200, 368, 131005, 131031, 131042, 131045, 133010), ("person", True, None)),
    # Too much at once: of all calls, of messages, for one shopper, of what people report as spam.
    4: ("retry", True, 60.0),
    80007: ("retry", True, 60.0),
    130429: ("retry", True, 2.0),
    131056: ("retry", False, 6.0),
    131048: ("person", True, None),
    # Meta's own trouble.
    **dict.fromkeys((1, 2, 131000, 131016, 131057, 133004), ("retry", False, None)),
    # The shopper has to write first; the shopper cannot be reached.
    131047: ("window", False, None),
    **dict.fromkeys((131026, 131030, 131021, 130497), ("person", False, None)),
    # A template that is missing, paused, or filled in wrongly.
    **dict.fromkeys((132000, 132001, 132005, 132007, 132012, 132015, 132016), ("person", False, None)),
    # This message, for good.
    **dict.fromkeys(
        (33, 100, 130472, 131008, 131009, 131049, 131050, 131051, 131052, 131053), ("give_up", False, None)
    ),
}
# After these Meta may have done the work: it says that something went wrong, not that nothing was done.
_DOUBTFUL = frozenset({1, 2, 131000})


def refusal(status: int, content: Any, after: float | None) -> SendError:
    """The error of an answer to a call. `after` is the answer's Retry-After in seconds."""
    error = content.get("error") if isinstance(content, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    if not isinstance(code, int) or isinstance(code, bool) or not isinstance(error, dict):
        return _without_code(status, after)
    return _of_code(code, _sentence(error), after, status)


def later_refusal(errors: Any) -> SendError:
    """The error that a status `failed` comes with."""
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    code = first.get("code")
    return _of_code(code if isinstance(code, int) else -1, _sentence(first), None, 400)


def _of_code(code: int, sentence: str, after: float | None, status: int) -> SendError:
    known = _CODES.get(code)
    if known is None:
        known = _without_code(status, after).verdict, False, None
    verdict, everybody, pause = known
    return SendError(
        f"whatsapp.{code}",
        sentence or f"WhatsApp refused it with code {code}.",
        verdict,
        everybody=everybody,
        after=after or pause,
        maybe_sent=code in _DOUBTFUL or (code not in _CODES and status >= 500),
    )


def _without_code(status: int, after: float | None) -> SendError:
    sentence = f"WhatsApp answered {status}."
    if status in (401, 403):
        return SendError(f"whatsapp.http_{status}", sentence, "person", everybody=True, after=after)
    if status == 429:
        return SendError("whatsapp.http_429", sentence, "retry", everybody=True, after=after or 5.0)
    if status >= 500 or status == 408:
        return SendError(f"whatsapp.http_{status}", sentence, "retry", after=after, maybe_sent=True)
    return SendError(f"whatsapp.http_{status}", sentence, "give_up")


def _sentence(error: dict[str, Any]) -> str:
    data = error.get("error_data")
    details = data.get("details") if isinstance(data, dict) else None
    told = details or error.get("message") or error.get("title") or ""
    # The word of another system, shown to a merchant: bounded, and without what no text column takes.
    return "".join(c for c in str(told)[:250] if c.isprintable() and not "\ud800" <= c <= "\udfff")
