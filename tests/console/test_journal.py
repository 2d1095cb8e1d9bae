"""What the system writes into a journal, read in the reader's language."""

from __future__ import annotations

import pytest

from console.cases.journal import in_words
from console.words import load

FRENCH, ENGLISH = load()["fr"], load()["en"]


@pytest.mark.parametrize(
    ("by", "why", "french"),
    [
        ("shopper", "Opened in the conversation", "Ouvert dans la conversation"),
        ("system", "No parcel before the deadline", "Aucun colis avant la date limite"),
        ("supplier:Northwind", "RMA RT-1 issued", "Numéro de retour RT-1 délivré"),
        (
            "supplier:Northwind",
            "RMA RT-1 issued; the parcel comes to the shop",
            "Numéro de retour RT-1 délivré; le colis revient à la boutique",
        ),
        ("supplier:Northwind", "Inspected: no {remark}", "Contrôlé : no {remark}"),
        (
            "system",
            "No supplier answers for these items; no claim was opened",
            "Aucun fournisseur ne répond de ces articles ; aucune réclamation n'a été ouverte",
        ),
        ("system", "9.90 EUR paid back", "9.90 EUR remboursés"),
        (
            "supplier:Northwind",
            "The supplier refuses: Worn; the shopper's refund goes on",
            "Le fournisseur refuse : Worn; le remboursement du client continue",
        ),
        (
            "system",
            "Refund 2 is not paid: the money of the order has gone another way",
            "Le remboursement 2 n'est pas payé : l'argent de la commande est parti autrement",
        ),
        (
            "system",
            "Northwind POST https://n.example/rmas answered 401; check the supplier's token.",
            "Northwind POST https://n.example/rmas a répondu 401 ; vérifiez le jeton du fournisseur.",
        ),
        (
            "system",
            "N /rmas/1: the field status is 'x', which is none of a; ask the supplier to correct it.",
            "N /rmas/1 : le champ status vaut 'x', ce qui n'est aucun de a ; demandez au fournisseur de le corriger.",
        ),
        ("Dana", "Called the customer", "Called the customer"),
        ("policy", "refused: window", "Refus: Temps depuis la livraison"),
        (
            "policy",
            "needs_person: wish; no supplier answers for all of these items",
            "une personne décide: Souhait du client; aucun fournisseur ne répond de tous ces articles",
        ),
    ],
)
def test_the_journal_in_french(by: str, why: str, french: str) -> None:
    assert in_words(FRENCH, by, why) == french


def test_a_suppliers_status_is_in_words_too() -> None:
    assert in_words(FRENCH, "supplier:Northwind", "Supplier claim: received") == (
        f"Réclamation fournisseur : {FRENCH.get('claim.received')}"
    )


@pytest.mark.parametrize("key", sorted(key for key in ENGLISH.keys() if key.startswith("journal.")))  # noqa: SIM118
def test_every_sentence_is_found_again(key: str) -> None:
    written = ENGLISH.get(key).replace("{", "<").replace("}", ">")
    english, french = in_words(ENGLISH, "system", written), in_words(FRENCH, "system", written)
    assert english == written
    assert french != written
