"""The sentence encoder and the classifier on top of it."""

import numpy as np
import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components import encoder
from components.classifier import KernelIntentClassifier
from components.encoder import SentenceEncoder
from components.kernel import softmax

EXAMPLES = {
    "track": [
        "where is my order",
        "track my parcel",
        "when does my package arrive",
        "où est mon colis",
        "suivre ma commande",
    ],
    "refund": [
        "i want my money back",
        "refund me please",
        "je veux être remboursé",
        "remboursez moi",
        "give me a refund",
    ],
    "hello": ["hello", "hi there", "bonjour", "salut", "good morning"],
}


def test_one_thread_and_one_encoder_a_process():
    assert encoder.shared_encoder() is encoder.shared_encoder()
    assert encoder.shared_encoder().threads == 1


def test_numbers_and_addresses_do_not_change_the_meaning():
    assert encoder.plain("Order #1042 for Lena@Example.com") == encoder.plain("order 99812 for jo@example.org")
    left, right = encoder.encode(["where is order 1042", "where is order FR-2023-00017"])
    assert np.allclose(left, right)


def test_meaning_crosses_languages():
    english, french, other = encoder.encode(["where is my parcel", "où est mon colis", "i like pancakes"])
    assert english @ french > 0.7 > english @ other


def test_empty_text_gives_zeros():
    assert not encoder.encode(["  \u200b "]).any()


def test_a_message_carries_one_sentence_feature(context, storage):
    component = SentenceEncoder.create(SentenceEncoder.get_default_config(), storage, Resource("encoder"), context)
    (message,) = component.process([Message(data={"text": "bonjour"})])
    assert encoder.sentence_vector(message).shape == (512,)


def test_the_classifier_learns_saves_and_loads(context, storage):
    trained = KernelIntentClassifier.create(
        KernelIntentClassifier.get_default_config(), storage, Resource("intents"), context
    )
    examples = [Message.build(text, intent=name) for name, texts in EXAMPLES.items() for text in texts]
    features = SentenceEncoder("encoder", SentenceEncoder.get_default_config())
    trained.train(features.process_training_data(TrainingData(examples)))
    loaded = KernelIntentClassifier.load(
        KernelIntentClassifier.get_default_config(), storage, Resource("intents"), context
    )
    asked = ["where is my package now", "rendez moi mon argent", "bonsoir"]
    for text, expected in zip(asked, ["track", "refund", "hello"], strict=True):
        (before,) = trained.process(features.process([Message(data={"text": text})]))
        (after,) = loaded.process(features.process([Message(data={"text": text})]))
        assert after.get("intent")["name"] == expected
        assert after.get("intent")["confidence"] == pytest.approx(before.get("intent")["confidence"], abs=0.01)
        assert sum(item["confidence"] for item in after.get("intent_ranking")) == pytest.approx(1.0, abs=1e-4)


def test_the_parts_of_a_message_are_understood_too(context, storage):
    names = {"track": "track_order", "refund": "check_refund_status", "hello": "greet"}
    config = {**KernelIntentClassifier.get_default_config(), "part_confidence": 0.3}
    classifier = KernelIntentClassifier.create(config, storage, Resource("intents"), context)
    examples = [Message.build(text, intent=names[name]) for name, texts in EXAMPLES.items() for text in texts]
    features = SentenceEncoder("encoder", SentenceEncoder.get_default_config())
    classifier.train(features.process_training_data(TrainingData(examples)))
    text = "where is my package now. rendez moi mon argent"
    two, one = classifier.process(features.process([Message(data={"text": text}), Message(data={"text": "bonsoir"})]))
    told = two.as_dict(only_output_properties=True)
    assert [part["intent"] for part in told["parts"]] == ["track_order", "check_refund_status"]
    assert told["intent"]["name"] == "track_order"
    assert told["intent_ranking"][0] == told["intent"]
    assert "parts" not in one.as_dict(only_output_properties=True)


def test_an_untrained_classifier_names_no_intent(context, storage):
    empty = KernelIntentClassifier.load(
        KernelIntentClassifier.get_default_config(), storage, Resource("never"), context
    )
    (message,) = empty.process([Message(data={"text": "bonjour"})])
    assert message.get("intent") == {"name": None, "confidence": 0.0}


def test_softmax_rows_sum_to_one_even_for_large_scores():
    assert softmax(np.array([[1000.0, 0.0], [1.0, 1.0]])).sum(axis=1) == pytest.approx([1.0, 1.0])


@pytest.fixture
def storage(tmp_path):
    return LocalModelStorage(tmp_path)


@pytest.fixture
def context():
    return ExecutionContext(GraphSchema({}), node_name="node")
