"""Which language a message is in: French or English, with a confidence.

Chat messages are too short for a statistical identifier alone ("oui" has no evidence for it), so words that exist in
one of the two languages only decide first; py3langid supports them on longer texts.
"""

from __future__ import annotations

import math
import re
import threading
from typing import Any, Dict, List, NamedTuple, Text, Type

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.kernel import without_accents

FRENCH = frozenset(
    """
    oui ouais ui ouii nan non merci mci bonjour bjr bonsoir bsr salut slt coucou svp stp
    je tu il elle nous vous ils elles moi toi lui leur mon ma mes ton ta tes son sa ses notre nos votre vos
    le la les un une des du de au aux ce cet cette ces ca cela qui que quoi quel quelle quels quelles dont ou et mais donc
    est es suis sommes etes sont ete etre avoir ai avez avons ont avait etait fait faire faut peux peut pouvez puis
    veux veut voulez voudrais souhaite souhaiterais aimerais dois doit
    ne pas plus rien jamais toujours encore deja tres trop bien mal aussi alors finalement
    pour par avec sans dans sur sous chez vers depuis pendant comment combien quand pourquoi parce
    commande cmd colis livraison livre livreur recu recue recevoir envoye envoyer renvoyer retourner retour rembourser
    remboursement rembourse remboursez echange echanger casse cassee abime abimee defectueux taille couleur produit
    adresse numero suivi conseiller humain quelqu personne aide aidez accord parfait daccord voici voila deux trois
    quatre cinq seul seule lequel tous toutes aucun autre meme chaussures jours semaine mois annuler annulez
    revoir bientot journee soiree tant pis laissez laisse arretez arrete tjs pcq qd jai cest nest pb tel mail
    marche exactement reclamation arnaque facture paiement magasin prix combien acheter achete jattends
    francais anglais pourriez ailleurs mauvaise mauvais bonne bon grand petit petite frais gratuit gratuits
    """.split()
)
ENGLISH = frozenset(
    """
    yes yeah yep yup no nope nah thanks thank thx ty hello hi hey please pls plz goodbye sorry okay
    i you he she it we they me my mine your yours his her our their them this that these those
    the a an of to in at from with without for by about into and or but so because than then
    is are was were be been am do does did done have has had will would can could should may might must
    not don't doesn't didn't isn't can't won't never nothing anything something still yet already very too
    what where when why who how which whose many much
    order ordered orders package parcel delivery delivered receive received arrive arrived sent send back
    return returned returning refund refunded money exchange replace replacement broken damaged faulty wrong size color
    colour small large big broke works working item items product shoes both two three four five only all
    want wanted need needed would like get got give take buy bought pay paid cancel track tracking status late
    human person agent someone anyone talk speak help another other one same look looks picture day days week weeks
    english french yesterday today tomorrow ago just now here there good great fine right correct exactly sure know
    """.split()
)
# Written the same in both languages, or used by both: no evidence.
SHARED = frozenset("a an article bye correct but me ok on or plus son stop tel mail".split())
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?", re.UNICODE)
_NOT_WORDS = re.compile(r"\S+@\S+|https?://\S+|\S*\d\S*")
_ELISION = re.compile(r"\b(?:[cdjlmnst]|qu)'(?=[a-zà-ÿ])")
_ENGLISH_CONTRACTION = re.compile(r"\b\w+'(?:s|t|m|re|ve|ll|d)\b")
_FRENCH_LETTERS = re.compile(r"[éèêëàâçùûîïôœ]")
_lock = threading.Lock()
_identifier: List[Any] = []


class Language(NamedTuple):
    """`code` is always the better guess; `confidence` is 0.5 when nothing speaks for either."""

    code: Text
    confidence: float


def detect(text: Text) -> Language:
    """The language of a message; numbers, codes and addresses say nothing."""
    cleaned = _NOT_WORDS.sub(" ", text.replace("’", "'").lower())
    if not _WORD.search(cleaned):
        return Language("en", 0.5)
    weight = _evidence_of_words(cleaned) + _evidence_of_identifier(cleaned)
    confidence = 1.0 / (1.0 + math.exp(-abs(weight)))
    return Language("fr" if weight > 0 else "en", confidence)


def _evidence_of_words(text: Text) -> float:
    """Positive for French, negative for English, about 1.5 a telling word."""
    weight = 1.5 * len(_ELISION.findall(text)) - 1.5 * len(_ENGLISH_CONTRACTION.findall(text))
    weight += 1.0 * min(2, len(_FRENCH_LETTERS.findall(text)))
    for word in _WORD.findall(_ELISION.sub(" ", text)):
        bare = without_accents(word)
        if bare in SHARED:
            continue
        in_french, in_english = bare in FRENCH, word in ENGLISH
        if in_french != in_english:
            weight += 1.5 if in_french else -1.5
    return weight


def _evidence_of_identifier(text: Text) -> float:
    """What py3langid says, at most as much as two words; nothing for a text of one or two short words."""
    if len(text.strip()) < 12:
        return 0.0
    with _lock:
        if not _identifier:
            from py3langid.langid import MODEL_FILE, LanguageIdentifier

            identifier = LanguageIdentifier.from_pickled_model(MODEL_FILE)
            identifier.set_languages(["en", "fr"])
            _identifier.append(identifier)
        ranked = dict(_identifier[0].rank(text))
    return max(-3.0, min(3.0, (ranked["fr"] - ranked["en"]) / 8.0))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class LanguageDetector(GraphComponent, EntityExtractorMixin):
    """Adds an entity `language` (fr or en) over the whole message when the detection is sure enough."""

    @classmethod
    def required_components(cls) -> List[Type]:
        """None: it reads the text."""
        return []

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`threshold`: below this confidence no entity is added, the conversation keeps its language."""
        return {"threshold": 0.8}

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LanguageDetector:
        """The component; loads the identifier now rather than at the first message."""
        detect("bonjour je voudrais savoir")
        return cls(config)

    def __init__(self, config: Dict[Text, Any]) -> None:
        """Built by `create`."""
        self._threshold = float(config["threshold"])

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing to add to examples."""
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        """Add the entity to each message that shows its language."""
        for message in messages:
            text = message.get(TEXT) or ""
            language = detect(text)
            if language.confidence < self._threshold:
                continue
            entity = {
                "entity": "language",
                "value": language.code,
                "start": 0,
                "end": len(text),
                "confidence_entity": round(language.confidence, 3),
                "extractor": type(self).__name__,
            }
            message.set(ENTITIES, [*message.get(ENTITIES, []), entity], add_to_output=True)
        return messages
