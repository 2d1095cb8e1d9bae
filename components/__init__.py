"""Rasa components of Retour; they run in the Rasa environment and import nothing of the product."""
