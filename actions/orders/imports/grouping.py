"""Rows that belong together become one order; what is wrong with one row takes its order out, and only that one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from actions.orders.imports.record import ImportedOrder, Problem, Row, RowError
from actions.orders.model import number_key

BuildOrder = Callable[[list[Row]], ImportedOrder]


def orders(
    rows: Iterator[Row | Problem], number_of: Callable[[Row], str], build: BuildOrder, *, blank_continues: bool
) -> Iterator[ImportedOrder | Problem]:
    """Group neighbouring rows of one number and build an order of each group.

    `blank_continues`: a row without a number belongs to the order above it (some exports write the number once); else
    it is a problem that also takes that order out, because a piece of it may be missing. So is a row that is broken.
    """
    seen: set[str] = set()
    incomplete: set[str] = set()
    group: list[Row] = []

    def finish() -> ImportedOrder | Problem:
        return _finish(group, number_of(group[0]), build, seen, incomplete)

    for item in rows:
        row = item.row if isinstance(item, Problem) else item
        number = number_of(row) if row is not None else ""
        if isinstance(item, Problem) or not (number or (blank_continues and group)):
            yield item if isinstance(item, Problem) else Problem(item.line, "the row has no order number")
            # A row that does not say where it belongs may be a piece of the order it follows.
            incomplete.add(number_key(number or (number_of(group[0]) if group else "")))
            continue
        if group and number and number_key(number) != number_key(number_of(group[0])):
            yield finish()
            group = []
        group.append(item)
    if group:
        yield finish()


def _finish(
    group: list[Row], number: str, build: BuildOrder, seen: set[str], incomplete: set[str]
) -> ImportedOrder | Problem:
    key = number_key(number)
    if key in seen:
        return Problem(group[0].line, f"order {number} stands in the file a second time, apart from the first")
    seen.add(key)
    if key in incomplete:
        return Problem(group[0].line, f"order {number} is left out, because one of its rows is broken")
    try:
        return build(group)
    except RowError as error:
        return Problem(error.problem.line, f"order {number}: {error.problem.reason}")
