"""A file into the database: encodings, the second time, changes, broken files, speed."""

from __future__ import annotations

import csv
import io
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from actions.catalogue.model import Product
from actions.orders import repository
from actions.orders.imports.reader import read
from actions.orders.imports.record import Problem, Row
from actions.orders.imports.service import ImportReport, import_file
from actions.orders.model import Order, OrderLine
from common.database import transaction
from common.errors import RefusedError
from tests.actions.orders.imports.test_shopify import FIRST, SECOND, written

COLUMNS = list(FIRST)


def as_csv(rows: list[dict[str, str]], delimiter: str = ",") -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", delimiter=delimiter)
    writer.writerow({name: name.title().replace("Sku", "sku") for name in COLUMNS})
    writer.writerows(rows)
    return out.getvalue()


def run(engine: sa.Engine, path: Path, content: str | bytes | None = None) -> ImportReport:
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return import_file(path, lambda: transaction(engine), shop="Shop")


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return (report.orders_added, report.orders_changed, report.orders_unchanged, len(report.problems))


def test_the_same_file_twice_changes_nothing(engine: sa.Engine, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    assert counts(run(engine, path, as_csv([FIRST, SECOND]))) == (1, 0, 0, 0)
    with transaction(engine) as session:
        before = session.execute(sa.select(*Order.__table__.columns)).all()
        lines = session.execute(sa.select(*OrderLine.__table__.columns)).all()
    assert counts(run(engine, path)) == (0, 0, 1, 0)
    with transaction(engine) as session:
        assert session.execute(sa.select(*Order.__table__.columns)).all() == before
        assert session.execute(sa.select(*OrderLine.__table__.columns)).all() == lines
    assert lines[0].supplier_id == "atelier-nord"


def test_a_changed_order_keeps_its_line_ids_and_what_carriers_told(engine: sa.Engine, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    run(engine, path, as_csv([FIRST, SECOND]))
    with transaction(engine) as session:
        order = repository.by_number(session, "Shop", "1001")
        assert order is not None
        ids = {line.sku: line.id for line in order.lines}
        order.tracking = {"status": "delivered"}
    changed = {**FIRST, "subtotal": "20.80", "total": "25.70"}
    third = {**SECOND, "lineitem name": "Cup", "lineitem sku": "CUP", "lineitem price": "1.00"}
    assert counts(run(engine, path, as_csv([changed, third]))) == (0, 1, 0, 0)
    with transaction(engine) as session:
        order = repository.by_number(session, "Shop", "#1001")
        assert order is not None
        assert order.tracking == {"status": "delivered"}
        assert order.total_minor == 2570
        assert {line.sku: (line.quantity, line.paid_minor) for line in order.lines} == {
            "MUG": (2, 1980), "CUP": (1, 100), "BAG": (0, 0),
        }  # fmt: skip
        assert {line.sku: line.id for line in order.lines if line.sku in ids} == ids
        assert sum(line.paid_minor for line in order.lines) + order.shipping_minor == order.total_minor


def test_the_catalogue_adds_what_the_export_does_not_have(engine: sa.Engine, tmp_path: Path) -> None:
    with transaction(engine) as session:
        session.add(
            Product(
                sku="MUG", name_en="Mug", name_fr="Tasse", category="kitchen", tags=["gift"], supplier_id="northwind",
                wholesale_minor=280, wholesale_currency="EUR",
            )
        )  # fmt: skip
    run(engine, tmp_path / "orders.csv", as_csv([FIRST, SECOND]))
    with transaction(engine) as session:
        order = repository.by_number(session, "Shop", "1001")
        assert order is not None
        mug, bag = order.lines
        assert (mug.supplier_id, mug.wholesale_minor, mug.category, mug.tags) == ("northwind", 280, "kitchen", ["gift"])
        assert (bag.supplier_id, bag.wholesale_minor, bag.category, bag.tags) == ("atelier-nord", None, None, [])


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [("utf-8", ","), ("utf-8-sig", ";"), ("cp1252", ";"), ("utf-16", "\t")],
)
def test_whatever_a_spreadsheet_makes_of_it(engine: sa.Engine, tmp_path: Path, encoding: str, delimiter: str) -> None:
    first = {**FIRST, "lineitem name": 'Tasse bleue "été",\nsur deux lignes', "total": "34,70", "shipping": "4,90"}
    report = run(engine, tmp_path / "orders.csv", as_csv([first, SECOND], delimiter).encode(encoding))
    assert counts(report) == (1, 0, 0, 0)
    with transaction(engine) as session:
        order = repository.by_number(session, "Shop", "1001")
        assert order is not None
        assert order.lines[0].name == 'Tasse bleue "été",\nsur deux lignes'
        assert order.total_minor == 3470


def test_broken_rows_are_listed_with_their_line_and_the_rest_kept(engine: sa.Engine, tmp_path: Path) -> None:
    text = as_csv([{**FIRST, "lineitem name": "Two\nlines"}, SECOND]) + "#1002,short\r\n" + "\r\n"
    text += as_csv([{**FIRST, "name": "#1003"}, {**SECOND, "name": "#1003"}]).split("\r\n", 1)[1]
    report = run(engine, tmp_path / "orders.csv", text)
    assert counts(report) == (2, 0, 0, 1)
    assert str(report.problems[0]) == f"line 5: the row has 2 cells, the header {len(COLUMNS)}"


def test_a_broken_row_takes_only_its_own_order_out(engine: sa.Engine, tmp_path: Path) -> None:
    text = (
        as_csv([FIRST])
        + "#1001,short\r\n"
        + as_csv([{**FIRST, "name": "#1002"}, {**SECOND, "name": "#1002"}]).split("\r\n", 1)[1]
    )
    report = run(engine, tmp_path / "orders.csv", text)
    assert (report.orders_added, [problem.line for problem in report.problems]) == (1, [2, 3])


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        pytest.param(b"", "import.file", "is empty", id="empty"),
        pytest.param(b"a,b,c\n1,2,3\n", "import.format", "neither Shopify's nor WooCommerce's", id="another file"),
        pytest.param(b"Name,Lineitem name,Email\n", "import.columns", "lineitem price", id="columns missing"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\x00", "import.format", "neither", id="a picture"),
    ],
)
def test_files_that_are_no_export(engine: sa.Engine, tmp_path: Path, content: bytes, code: str, says: str) -> None:
    with pytest.raises(RefusedError) as caught:
        run(engine, tmp_path / "orders.csv", content)
    assert caught.value.code == code
    assert says in caught.value.message


def test_a_missing_file(engine: sa.Engine, tmp_path: Path) -> None:
    with pytest.raises(RefusedError) as caught:
        run(engine, tmp_path / "none.csv")
    assert caught.value.code == "import.file"


def test_a_quote_that_never_ends_is_a_problem_and_not_a_crash(engine: sa.Engine, tmp_path: Path) -> None:
    last = [{**FIRST, "name": "#1002"}, {**SECOND, "name": "#1002"}]
    text = as_csv([FIRST, SECOND, *last]) + '#1003,"' + "x" * (1 << 21)
    report = run(engine, tmp_path / "orders.csv", text)
    # Nobody can tell whose row it was, so the order before it may be incomplete.
    assert report.orders_added == 1
    assert [str(problem)[:40] for problem in report.problems] == [
        "line 4: order #1002 is left out, because",
        "line 6: this is not CSV: field larger th",
    ]


def test_rows_begin_where_the_file_says(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text('a,b\n"1\n1",2\n\n3,4\n5\n', encoding="utf-8")
    names, rows = read(path)
    found = list(rows)
    assert names == ["a", "b"]
    assert [(item.line, isinstance(item, Row)) for item in found] == [(2, True), (5, True), (6, False)]
    assert isinstance(found[2], Problem)


@pytest.mark.slow
def test_ten_thousand_orders_twice(engine: sa.Engine, tmp_path: Path) -> None:
    rows = []
    for number in range(10_000):
        price = 100 + number * 7 % 9000
        money = {"subtotal": written(3 * price), "total": written(3 * price + 490), "lineitem price": written(price)}
        rows.append({**FIRST, **money, "name": f"#{number}"})
        rows.append({**SECOND, "name": f"#{number}", "lineitem price": written(price)})
    path = tmp_path / "orders.csv"
    started = time.monotonic()
    assert counts(run(engine, path, as_csv(rows))) == (10_000, 0, 0, 0)
    assert counts(run(engine, path)) == (0, 0, 10_000, 0)
    assert time.monotonic() - started < 60
