"""The comparison as one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from html import escape

from common.money import Money
from retour.simulation.charts import Bar, bars
from retour.simulation.replay import Change, Comparison
from retour.simulation.requests import REASON_SHARES
from retour.simulation.table import OUTCOMES, Figure, figures, notes, rules

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;color:#1d2521;background:#f6f7f5;margin:0}
main{max-width:900px;margin:0 auto;padding:32px 20px 64px}
h1{font-size:28px;line-height:1.2;margin:0 0 4px}h2{font-size:19px;margin:40px 0 10px}
.quiet{color:#57615c}.big div,section{background:#fff;border:1px solid #dfe3df;border-radius:10px}
section{padding:18px 22px;margin-top:18px}section h2{margin-top:0}table{border-collapse:collapse;width:100%}
th,td{padding:6px 10px;border-bottom:1px solid #e8ebe8;text-align:left;vertical-align:top}
.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}td.num:last-child{font-weight:600}
svg{width:100%;height:auto}svg text{font:13px system-ui,sans-serif;fill:#1d2521}svg .value{fill:#57615c}
.big{display:grid;grid-template-columns:repeat(auto-fit,minmax(170px,1fr));gap:14px;margin-top:18px}
.big div{padding:14px 18px}.big b{display:block;font-size:24px}
.wide{overflow-x:auto}
"""


def report(result: Comparison, names: tuple[str, str], *, made_at: datetime) -> str:
    """The page: key figures, the table, charts by outcome, reason and rule, and the first decisions that change."""
    changed = sum(result.changed.values()) + result.amounts_changed
    title = f"{names[1]} against {names[0]}"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><main><h1>{escape(title)}</h1>"
        f'<p class="quiet">{result.base.requests:,} requests decided under both policies · {made_at:%d %b %Y}</p>'
        f'<div class="big">{_key_figures(result, changed)}</div>'
        f"{_section('Side by side', _table(('', *names, 'difference'), figures(result)))}"
        f"{_section('Outcomes', bars('Outcomes', _outcomes(result), names))}"
        f"{_reasons(result, names)}"
        f"{_section('Rules that stopped a request', _table(('rule', *names, 'difference'), _rule_rows(result)))}"
        f"{_section('Decisions that change', _changes(result, changed))}"
        f"{_section('What the figures rest on', '<p>' + escape(' '.join(notes(result))) + '</p>')}"
        "</main></body></html>\n"
    )


def _section(title: str, content: str) -> str:
    return f'<section><h2>{escape(title)}</h2><div class="wide">{content}</div></section>'


def _table(head: tuple[str, ...], rows: Iterable[Figure]) -> str:
    cells = "".join(f'<th scope="col"{_align(at)}>{escape(name)}</th>' for at, name in enumerate(head))
    body = "".join(
        "<tr>" + "".join(f"<td{_align(at)}>{escape(cell)}</td>" for at, cell in enumerate(row)) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>"


def _align(column: int) -> str:
    return ' class="num"' if column else ""


def _key_figures(result: Comparison, changed: int) -> str:
    base, other = result.base, result.other
    share = 100 * changed / base.requests if base.requests else 0
    shown = [(f"{changed:,}", f"decisions change ({share:.1f} %)")]
    for currency in sorted(other.cost_minor, key=lambda item: -other.cost_minor[item])[:2]:
        difference = other.cost_minor[currency] - base.cost_minor[currency]
        amount = Money(abs(difference), currency).format("en")
        shown.append((f"{'+' if difference > 0 else '−' if difference else '±'}{amount}", "cost"))
    shown.append((f"{other.parcels - base.parcels:+,}", "parcels back"))
    shown.append((f"{other.outcomes['needs_person'] - base.outcomes['needs_person']:+,}", "cases for a person"))
    return "".join(f"<div><b>{escape(value)}</b>{escape(name)}</div>" for value, name in shown)


def _outcomes(result: Comparison) -> list[Bar]:
    pairs = [(item, result.base.outcomes[item], result.other.outcomes[item]) for item in OUTCOMES]
    return [Bar(name.replace("_", " "), (a, b), (f"{a:,}", f"{b:,}")) for name, a, b in pairs if a or b]


def _reasons(result: Comparison, names: tuple[str, str]) -> str:
    charts = []
    for currency in sorted(result.base.refunds_minor.keys() | result.other.refunds_minor.keys()):
        groups = []
        for reason, _ in REASON_SHARES:
            a, b = (tally.refunds_by_reason[reason, currency] for tally in (result.base, result.other))
            shown = (Money(a, currency).format("en"), Money(b, currency).format("en"))
            groups.append(Bar(reason.replace("_", " "), (a, b), shown))
        title = f"Refunds by reason, {currency}"
        charts.append(_section(title, bars(title, groups, names)))
    return "".join(charts)


def _rule_rows(result: Comparison) -> list[Figure]:
    return list(rules(result.base, result.other))


def _changes(result: Comparison, changed: int) -> str:
    if not changed:
        return "<p>None: both policies decide every request alike.</p>"
    head = ("order", "reason", "before", "after", "by rule")
    cells = "".join(f'<th scope="col">{name}</th>' for name in head)
    rows = "".join(_change_row(change) for change in result.changes)
    more = f'<p class="quiet">The first {len(result.changes)} of {changed:,}.</p>'
    return f"{more}<table><thead><tr>{cells}</tr></thead><tbody>{rows}</tbody></table>"


def _change_row(change: Change) -> str:
    def told(outcome: str, minor: int) -> str:
        amount = f", {Money(minor, change.currency).format('en')}" if minor else ""
        return escape(outcome.replace("_", " ") + amount)

    return (
        f"<tr><td>{escape(change.order_number)}</td><td>{escape(change.reason.replace('_', ' '))}</td>"
        f"<td>{told(change.before, change.before_minor)}</td><td>{told(change.after, change.after_minor)}</td>"
        f"<td>{escape(', '.join(change.rules))}</td></tr>"
    )
