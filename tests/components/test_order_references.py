"""Order numbers, RMA numbers, e-mails, phones and quantities, in both languages."""

import pytest
from rasa.shared.nlu.training_data.message import Message

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
    ("1042 leo@example.com", [("order_number", "1042"), ("email", "leo@example.com")]),
    ("LENA@Example.com.", [("email", "lena@example.com")]),
    ("RMA-7K2P9", [("rma_number", "RMA-7K2P9")]),
    ("rma 7k2p9 ça en est où", [("rma_number", "RMA-7K2P9")]),
    ("the rma number is RMA-3D8QZ", [("rma_number", "RMA-3D8QZ")]),
    ("rma status", []),
    ("mon tel 06 12 34 56 78", [("phone", "0612345678")]),
    ("numéro 0612345678", [("phone", "0612345678")]),
    ("+33 6 12 34 56 78", [("phone", "+33612345678")]),
    ("call me on 07700 900123", [("phone", "07700900123")]),
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
    ("tous", [("quantity", "all")]),
    ("all of them", [("quantity", "all")]),
    # near misses
    ("I paid 4500 euros", []),
    ("it costs $1200", []),
    ("en 2023 j'ai commandé", []),
    ("I ordered 2 weeks ago", []),
    ("deux semaines plus tard", []),
    ("12/05/2024", []),
    ("commande du 12 mai", []),
    ("une commande de 45 euros", []),
    ("49.00", []),
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
