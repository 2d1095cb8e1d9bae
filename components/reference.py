"""What a finder returns, and the units that make a number something else than a count."""

from __future__ import annotations

import re
from typing import NamedTuple

UNIT = re.compile(
    r"\s*(?:€|\$|£|%|°|euros?|eur\b|dollars?|usd\b|pounds?|cents?|days?|jours?|jrs?\b|weeks?|semaines?|months?|mois|"
    r"years?|ans?\b|ann[eé]es?|hours?|heures?|minutes?|min\b|h\b|times?\b|fois|kg|g\b|ml|cl|l\b|litres?|cm|mm|m\b|km|"
    r"pouces|inch|watts?|mah|v\b|january|february|march|april|may\b|june|july|august|september|october|november|"
    r"december|janvier|f[eé]vrier|mars|avril|mai\b|juin|juillet|ao[uû]t|septembre|octobre|novembre|d[eé]cembre|"
    r"am\b|pm\b|points?|people|personnes?)",
    re.IGNORECASE,
)


class Reference(NamedTuple):
    """One thing found: its kind, its value in one spelling, where it stands."""

    kind: str
    value: str
    start: int
    end: int
