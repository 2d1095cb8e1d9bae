"""One error root for the whole product."""

from __future__ import annotations


class RetourError(Exception):
    """Anything the product refuses or cannot do.

    `code` is stable and machine-readable; it picks the answer a shopper gets (`utter_...` in domain.yml).
    `message` is one sentence for an operator: what is wrong, where, what to do.
    `retryable` says that the very same attempt may succeed later.
    """

    def __init__(self, code: str, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retryable = retryable

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.code!r}, {self.message!r}, retryable={self.retryable})"


class SettingsError(RetourError):
    """A setting is missing or wrong; the message names it."""


class NotFoundError(RetourError):
    """Something that was named does not exist, or the asker may not know that it does."""


class RefusedError(RetourError):
    """A rule of the product forbids this; trying again changes nothing."""


class UpstreamError(RetourError):
    """Another system (Rasa, supplier, payment service) failed or did not answer."""
