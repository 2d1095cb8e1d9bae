"""Lists, one case and its photos, with data behind them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from actions.runtime import Runtime
from common.database import transaction
from common.engine import JobProblem
from tests.console.scenes import Morning, morning
from tests.console.visitor import Reply, Visitor
from tests.factories import NOW, create_case, create_order, open_case, order_line

Browse = Callable[..., Visitor]


@pytest.fixture
def there(runtime: Runtime) -> Morning:
    return morning(runtime)


def _references(page: Reply) -> list[str]:
    return [part.split('"')[0] for part in page.html.split('class="cover" href="/console/cases/')[1:]]


def test_the_overview_shows_what_waits_and_how_much(owner: Visitor, there: Morning) -> None:
    page = owner.get("/console")
    for expected in (
        "Shoppers who ask for a person",
        "Cases to decide",
        "€649.00",
        "Limit for automatic refunds",
        "What did not work",
        "check its address in retour.toml",
        "Newest cases",
    ):
        assert expected in page.words
    badges = page.html.split('class="tabs"')[1].split("</nav>")[0]
    assert badges.count(">1<span") == 2


def test_an_empty_shop_is_told_that_nothing_waits(owner: Visitor) -> None:
    page = owner.get("/console")
    assert "Nothing needs you right now." in page.words
    assert "There is no such case." in page.words


def test_a_problem_is_dealt_with_by_a_person(owner: Visitor, runtime: Runtime, there: Morning) -> None:
    page = owner.submit(owner.get("/console"), "/console/problems/settle")
    assert "Noted as dealt with." in page.words
    assert "What did not work" not in page.words
    with transaction(runtime.engine) as session:
        row = session.get_one(JobProblem, "refund.execute:ref_x")
        assert row.resolved_at == runtime.clock.now()


def test_a_case_shows_everything_about_it(owner: Visitor, there: Morning) -> None:
    page = owner.get(f"/console/cases/{there.returning}").words
    for expected in (
        "Too small, I need a 43.", "Trail shoes, size 42", "camille@example.com", "RMA-20778", "Liverpool L3 4BX",
        "Put the number on the outside", "Credit expected", "€21.00", "Waiting for the parcel", "Time since delivery",
        "Opened in the conversation", "13 Nov 2026",
    ):  # fmt: skip
        assert expected in page, expected


def test_the_same_case_in_french(browse: Browse, there: Morning) -> None:
    page = browse("olive", "fr").get(f"/console/cases/{there.returning}").words
    for expected in ("Colis attendu", "Temps depuis la livraison", "13/11/2026", "21,00\u00a0€", "Avoir attendu"):
        assert expected in page.replace("21,00 €", "21,00\u00a0€"), expected


def test_what_a_shopper_wrote_is_escaped_on_the_case(owner: Visitor, there: Morning) -> None:
    page = owner.get(f"/console/cases/{there.review}")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.html
    assert "<script>alert" not in page.html
    assert "{{ 7*7 }}" in page.words


def test_the_portal_link_is_there_for_a_supplier_without_an_api_alone(owner: Visitor, there: Morning) -> None:
    assert "https://shop.example/supplier/" in owner.get(f"/console/cases/{there.portal}").html
    assert "/supplier/" not in owner.get(f"/console/cases/{there.returning}").html


def test_photos_are_shown_small_and_large_with_what_was_checked(owner: Visitor, there: Morning) -> None:
    page = owner.get(f"/console/cases/{there.review}")
    links = [part.split('"')[0] for part in page.html.split(f'href="/console/cases/{there.review}/photos/')[1:]]
    assert len(links) == 2
    large = owner.get(f"/console/cases/{there.review}/photos/{links[0]}")
    assert "Photo 1 of 2" in large.words
    assert "Sharp, bright enough" in large.words
    picture = owner.get(f"/console/photos/{links[0]}")
    assert (picture.status, picture.headers["content-type"]) == (200, "image/jpeg")
    assert picture.headers["cache-control"].startswith("private")
    assert owner.get(f"/console/cases/{there.returning}/photos/{links[0]}").status == 404
    assert owner.get("/console/photos/photo_x").status == 404
    assert owner.get("/console/photos/..%2F..%2Fsecret.key").status == 404


def test_the_case_refreshes_only_when_something_changed(owner: Visitor, runtime: Runtime, there: Morning) -> None:
    page = owner.get(f"/console/cases/{there.review}")
    url = page.html.split('id="fresh" hidden hx-get="')[1].split('"')[0]
    assert owner.get(url, HX_Request="true").status == 204
    owner.submit(owner.get(f"/console/cases/{there.review}/note"), f"/console/cases/{there.review}/note", why="New")
    assert owner.get(url, HX_Request="true").status == 200


def test_the_list_pages_by_position_without_gap_or_repetition(owner: Visitor, runtime: Runtime) -> None:
    with transaction(runtime.engine) as session:
        order = create_order(session)
        # Four at a time share an instant.
        made = [
            create_case(session, order=order, created_at=NOW - timedelta(minutes=number // 4)).id
            for number in range(115)
        ]
    seen: list[str] = []
    path = "/console/cases"
    for _ in range(4):
        page = owner.get(path)
        seen += _references(page)
        if 'rel="next"' not in page.html:
            break
        path = page.html.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
        with transaction(runtime.engine) as session:
            # A case that comes meanwhile moves nobody to another page.
            create_case(session, order=order, created_at=NOW + timedelta(minutes=1))
    assert sorted(seen) == sorted(made)


def test_a_broken_cursor_is_a_page_that_does_not_fit(owner: Visitor) -> None:
    assert owner.get("/console/cases?after=nonsense").status == 409


def test_the_list_is_filtered_by_status(owner: Visitor, there: Morning) -> None:
    assert _references(owner.get("/console/cases?status=refunded")) == [there.refunded]
    assert len(_references(owner.get("/console/cases?status=nonsense"))) == 5


@pytest.mark.parametrize("text", ["1051", "#1051", " 1051 "])
def test_a_search_by_order_number(owner: Visitor, there: Morning, text: str) -> None:
    page = owner.submit(owner.get("/console"), "/console/cases/search", text=text)
    assert _references(page) == [there.returning]


def test_a_search_by_e_mail_stays_out_of_the_address(owner: Visitor, runtime: Runtime, there: Morning) -> None:
    with transaction(runtime.engine) as session:
        order = create_order(session, email="someone.else@example.com", lines=[order_line()])
        other = open_case(session, runtime, order=order)
    page = owner.submit(owner.get("/console/cases"), "/console/cases/search", text="Someone.Else@example.com")
    assert _references(page) == [other.id]
    addresses = re.findall(r'(?:href|action|hx-get)="([^"]*)"', page.html)
    assert len(addresses) > 8
    assert not any("example.com" in address for address in addresses)
    found = owner.submit(owner.get("/console"), "/console/cases/search", text=other.reference.lower())
    assert _references(found) == [other.id]
    cleared = owner.submit(found, "/console/cases/search", text="")
    assert len(_references(cleared)) == 6


def test_what_is_searched_for_is_escaped(owner: Visitor) -> None:
    page = owner.submit(owner.get("/console"), "/console/cases/search", text='"><script>alert(1)</script>')
    assert "<script>alert" not in page.html
    assert "There is no such case." in page.words


def test_pages_that_are_not_there(owner: Visitor) -> None:
    for path in ("/console/nowhere", "/console/cases/x/y/z", "/console/static/nothing.js"):
        assert owner.get(path).status == 404


def test_the_numbers_in_the_navigation_stay_fresh(owner: Visitor, there: Morning) -> None:
    news = owner.get("/console/news", HX_Request="true")
    assert news.html.count('hx-swap-oob="true"') == 2
    assert "<html" not in news.html
