"""What is read out of a message, in both languages."""

from datetime import date

import pytest
from rasa.shared.nlu.training_data.message import Message

from components.dates import dates
from components.order_references import OrderReferences

CASES = [
    # text, kinds with their values
    ("1042", [("order_number", "1042")]),
    ("#1042", [("order_number", "1042")]),
    ("order 1042 came broken, I want my money back", [("order_number", "1042")]),
    ("my order is 10 42", [("order_number", "1042")]),
    ("commande 10 42", [("order_number", "1042")]),
    ("commande n° 1042 et lena@example.com", [("order_number", "1042"), ("email", "lena@example.com")]),
    ("c'est la 1042", [("order_number", "1042")]),
    ("fr-2023-00017 svp", [("order_number", "FR-2023-00017")]),
    ("la commande 1042/b est cassée", [("order_number", "1042/B")]),
    ("order W5061109", [("order_number", "W5061109")]),
    ("commande 370795561790", [("order_number", "370795561790")]),
    ("orders 1042 and 1043", [("order_number", "1042"), ("order_number", "1043")]),
    ("no it's 1043, not 1042", [("order_number", "1043")]),
    ("non c'est 1043 pas 1042", [("order_number", "1043")]),
    ("commande: 1042.", [("order_number", "1042")]),
    ("order1042", [("order_number", "1042")]),
    ("1042 leo@example.com", [("order_number", "1042"), ("email", "leo@example.com")]),
    ("LENA@Example.com.", [("email", "lena@example.com")]),
    ("jean at example dot com", [("email", "jean@example.com")]),
    ("tom point brun arobase exemple point fr", [("email", "tom.brun@exemple.fr")]),
    ("kate @ example.com", [("email", "kate@example.com")]),
    ("on se voit au point relais", []),
    ("RMA-7K2P9", [("rma_number", "RMA-7K2P9")]),
    ("rma 7k2p9 ça en est où", [("rma_number", "RMA-7K2P9")]),
    ("the rma number is RMA-3D8QZ", [("rma_number", "RMA-3D8QZ")]),
    ("rma status", []),
    ("mon tel 06 12 34 56 78", [("phone", "+33612345678")]),
    ("numéro 0612345678", [("phone", "+33612345678")]),
    ("+33 6 12 34 56 78", [("phone", "+33612345678")]),
    ("call me on 07911 123456", [("phone", "+447911123456")]),
    ("0044 7911 123456", [("phone", "+447911123456")]),
    ("2", [("quantity", "2")]),
    ("deux", [("quantity", "2")]),
    ("two of them", [("quantity", "2")]),
    ("les deux", [("quantity", "2")]),
    ("both", [("quantity", "2")]),
    ("only one", [("quantity", "1")]),
    ("un seul", [("quantity", "1")]),
    ("2x", [("quantity", "2")]),
    ("i want to return 3 plates from order 1042", [("quantity", "3"), ("order_number", "1042")]),
    ("je veux en rendre deux", [("quantity", "2")]),
    ("5 svp", [("quantity", "5")]),
    ("3 of the 6 glasses are cracked", [("quantity", "3")]),
    ("1 verre sur 6", [("quantity", "1")]),
    ("a couple of them", [("quantity", "2")]),
    ("tous", [("quantity", "all")]),
    ("all of them", [("quantity", "all")]),
    # near misses
    ("I paid 4500 euros", [("amount", "4500.00 EUR")]),
    ("I paid 4500", []),
    ("j'habite au 1200 rue des lilas", []),
    ("my zip code is 75011", []),
    ("it costs $1200", [("amount", "1200.00 USD")]),
    ("1 299,00 € pour ça", [("amount", "1299.00 EUR")]),
    ("en 2023 j'ai commandé", []),
    ("deux semaines plus tard", []),
    ("12/05/2024", [("date", "2024-05-12")]),
    ("une commande de 45 euros", [("amount", "45.00 EUR")]),
    ("49.00", []),
    ("both 1042 and 1043", [("order_number", "1042"), ("order_number", "1043")]),
    ("j'ai deux commandes", []),
    ("i bought one mug", []),
    ("order twice", []),
    ("", []),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_references_of_a_message(text, expected):
    assert [(entity["entity"], entity["value"]) for entity in entities(text)] == expected


@pytest.mark.parametrize("text", [text for text, expected in CASES if expected])
def test_positions_point_at_what_was_written(text):
    for entity in entities(text):
        written = text[entity["start"] : entity["end"]]
        assert written.strip() == written
        assert written


WEDNESDAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("it came yesterday", ["2026-11-24"]),
        ("reçu avant-hier", ["2026-11-23"]),
        ("I ordered 2 weeks ago", ["2026-11-11"]),
        ("ça fait une semaine", ["2026-11-18"]),
        ("depuis 10 jours", ["2026-11-15"]),
        ("last Tuesday", ["2026-11-24"]),
        ("mercredi dernier", ["2026-11-18"]),
        ("livré vendredi", ["2026-11-20"]),
        ("le mois dernier", ["2026-10-25"]),
        ("commande du 12 mai", ["2026-05-12"]),
        ("december 24th", ["2025-12-24"]),
        ("le 05/11/25", ["2025-11-05"]),
        ("2026-02-29", []),
        ("31/02/2026", []),
        ("le 30 février", []),
        ("arrives tomorrow", []),
        ("lundi prochain", []),
        ("my son sat on it", []),
        ("mai non", []),
        ("the second one", []),
        ("24/12/2026", []),
    ],
)
def test_days_that_have_been(text, expected):
    assert [reference.value for reference in dates(text, WEDNESDAY)] == expected


def test_29_february_without_a_year_is_of_the_last_leap_year_or_none():
    assert [reference.value for reference in dates("29 february", date(2026, 3, 1))] == []
    assert [reference.value for reference in dates("29 february", date(2024, 3, 1))] == ["2024-02-29"]


def test_the_shop_decides_its_formats():
    found = entities("X-77", order_numbers=[r"x-\d{2}"])
    assert [(entity["entity"], entity["value"]) for entity in found] == [("order_number", "X-77")]


def test_a_wrong_format_is_named():
    with pytest.raises(ValueError, match=r"'\(' is not a regular expression"):
        entities("1042", order_numbers=["("])


def entities(text, **config):
    extractor = OrderReferences({**OrderReferences.get_default_config(), **config})
    (message,) = extractor.process([Message(data={"text": text})])
    return message.get("entities", [])
