"""E-mail addresses and telephone numbers in a message, typed or spelled out, in French and English."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import phonenumbers

from components.reference import Reference

_TYPED = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}", re.IGNORECASE)
# An address as it is said: jean at example dot com, tom point brun arobase exemple point fr.
_DOT = r"(?:\s*(?:\.|[(\[]\s*(?:dot|point)\s*[)\]])\s*|\s+(?:dot|point)\s+)"
_SIGN = rf"(?:{_DOT}|\s+(?:underscore|dash|tiret|hyphen)\s+)"
_AT = r"(?:\s*[(\[]\s*(?:at|arobase|arobas)\s*[)\]]\s*|\s+(?:at|arobase|arobas)\s+|\s+@\s*|\s*@\s+)"
_SPELLED = re.compile(
    rf"(?<![\w.+@-])(?P<local>[\w+-]+(?:{_SIGN}[\w+-]+)*){_AT}(?P<domain>[\w-]+(?:{_DOT}[\w-]+)*{_DOT}[a-z]{{2,6}})(?!\w)",
    re.IGNORECASE,
)
_SIGNS = (
    (re.compile(r"\s*[(\[]?\s*\b(?:dot|point)\b\s*[)\]]?\s*", re.IGNORECASE), "."),
    (re.compile(r"\s+underscore\s+", re.IGNORECASE), "_"),
    (re.compile(r"\s+(?:dash|tiret|hyphen)\s+", re.IGNORECASE), "-"),
    (re.compile(r"\s+"), ""),
)
_PHONE = re.compile(r"(?<![\w#])(?:\+|00)?\(?\d(?:[ .()-]{0,2}\d){8,14}(?!\w)")
_CUE = re.compile(
    r"(?:phone|mobile|cell|whatsapp|t[eé]l(?:[eé]phone)?|portable|call|ring|appel\w*|joi(?:ndre|gnable))\W{0,3}"
    r"(?:\w+\W+){0,4}$",
    re.IGNORECASE,
)


def emails(text: str) -> Iterator[Reference]:
    """Addresses in lower case; a spelled one needs its "at" and its last "dot"."""
    for match in _TYPED.finditer(text):
        yield Reference("email", match.group().lower().rstrip("."), *match.span())
    for match in _SPELLED.finditer(_TYPED.sub(lambda typed: "\x00" * len(typed.group()), text)):
        value = f"{_joined(match.group('local'))}@{_joined(match.group('domain'))}"
        yield Reference("email", value, *match.span())


def _joined(spelled: str) -> str:
    for pattern, sign in _SIGNS:
        spelled = pattern.sub(sign, spelled)
    return spelled.lower()


def phones(text: str, regions: Sequence[str]) -> Iterator[Reference]:
    """Numbers in the international form; one without its country's code is of the first of `regions` it is valid in.

    A number that is valid nowhere counts after a word such as "phone", as it stands, for a person may still read it.
    """
    for match in _PHONE.finditer(text):
        written = match.group()
        cued = bool(_CUE.search(text[: match.start()]))
        if not cued and not written.startswith(("+", "0", "(0")):
            continue
        value = _international(written, regions)
        if value is None and cued:
            value = re.sub(r"\D", "", written)
        if value is not None:
            yield Reference("phone", value, *match.span())


def _international(written: str, regions: Sequence[str]) -> str | None:
    if written.startswith("00"):
        written = f"+{written[2:]}"
    for region in regions:
        try:
            number = phonenumbers.parse(written, region)
        except phonenumbers.NumberParseException:
            continue
        # With its country's code a number needs no more than the right length: which are in use changes every month.
        known = phonenumbers.is_possible_number if written.startswith("+") else phonenumbers.is_valid_number
        if known(number):
            return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return None
