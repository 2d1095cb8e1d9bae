"""Finds facts in a message: order numbers, e-mails, RMA numbers, phones, quantities, dates and amounts of money.

The shop's formats are configuration (`config.yml`); what is written here is how people put them in a sentence.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.references import Formats, Reference, find


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class OrderReferences(GraphComponent, EntityExtractorMixin):
    """Adds the entities order_number, email, rma_number, phone, quantity, date (ISO 8601) and amount ("45.00 EUR")."""

    @classmethod
    def required_components(cls) -> list[type]:
        """None: it reads the text."""
        return []

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Regular expressions, matched without regard to case.

        `order_numbers` are recognised anywhere, `cued_order_numbers` only after a word such as "order" or "commande",
        `rma_numbers` anywhere; `bare_digits` is the length of plain numbers that may be an order number;
        `phone_regions` are the countries in which a number without its country's code may be, the likeliest first.
        """
        return {
            "order_numbers": [r"[a-z]{2,3}-\d{4}-\d{3,6}", r"\d{3,8}/[a-z]"],
            "cued_order_numbers": [r"[a-z]{1,4}-?\d{3,10}"],
            "rma_numbers": [r"rma-[a-z0-9]{4,12}", r"rma ?(?=[a-z]*\d)[a-z0-9]{4,12}"],
            "bare_digits": [4, 8],
            "phone_regions": ["FR", "GB", "US", "BE", "CH", "CA"],
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> OrderReferences:
        """The component with its formats compiled; a wrong expression is named."""
        return cls(config)

    def __init__(self, config: dict[str, Any]) -> None:
        """Built by `create`."""
        shortest, longest = config["bare_digits"]
        self._formats = Formats.compile(
            order_numbers=config["order_numbers"],
            cued_order_numbers=config["cued_order_numbers"],
            rma_numbers=config["rma_numbers"],
            bare_digits=(int(shortest), int(longest)),
            phone_regions=config["phone_regions"],
        )

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing to add to examples."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add what is found to each message."""
        for message in messages:
            found = find(message.get(TEXT) or "", self._formats, datetime.now(UTC).date())
            if found:
                entities = [self._entity(reference) for reference in found]
                message.set(ENTITIES, [*message.get(ENTITIES, []), *entities], add_to_output=True)
        return messages

    def _entity(self, reference: Reference) -> dict[str, Any]:
        return {
            "entity": reference.kind,
            "value": reference.value,
            "start": reference.start,
            "end": reference.end,
            "extractor": type(self).__name__,
        }
