"""Words that decide between close meanings, in French and English. Matched on text without accents and capitals.

These are words shoppers use, not words they read. The intent decides first; a word only refines it.
"""

from __future__ import annotations

import re
import unicodedata


def plain(text: str) -> str:
    """Lower case, no accents, straight apostrophes, single blanks: how the patterns below expect a text."""
    decomposed = unicodedata.normalize("NFKD", text.replace("’", "'").replace("œ", "oe"))
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(bare.lower().split())


def _words(*alternatives: str) -> re.Pattern[str]:
    return re.compile(r"(?<!\w)(?:" + "|".join(alternatives) + r")(?!\w)")


DEFECTIVE = _words(
    r"(?:does ?n'?t|do ?n'?t|wo ?n'?t|did ?n'?t|not|never|stopped|no longer|stops?) (?:even )?(?:work\w*"
    r"|turn\w* on|start\w*|charg\w*|switch\w* on|power\w* on|connect\w*|function\w*)",
    r"defective",
    r"faulty",
    r"malfunction\w*",
    r"dead on arrival",
    r"no (?:light|sound|power|signal)",
    r"stays (?:dark|black|off)",
    r"(?:pas de|aucune?) (?:lumiere|son|courant|signal)",
    r"reste (?:noire?|eteinte?)",
    r"dead",
    r"(?:ne |n')?(?:marche|fonctionne|s'allume|charge|demarre|chauffe) (?:pas|plus|jamais)",
    r"en panne",
    r"defectueu(?:x|se)s?",
    r"defaillante?s?",
    r"hors service",
    r"ne s'allume",
)
DAMAGED = _words(
    r"broke\w*",
    r"snapped",
    r"fell apart",
    r"holes?",
    r"trous?",
    r"burst",
    r"damag\w*",
    r"crack\w*",
    r"scratch\w*",
    r"dent\w*",
    r"chipped",
    r"shatter\w*",
    r"torn",
    r"smash\w*",
    r"bent",
    r"stain\w*",
    r"ripped",
    r"in pieces",
    r"leak\w*",
    r"crushed",
    r"cass\w+",
    r"abim\w+",
    r"endommag\w+",
    r"fele\w*",
    r"fissur\w+",
    r"raye\w*",
    r"ebrech\w+",
    r"brise\w*",
    r"dechir\w+",
    r"tach\w+",
    r"tordue?s?",
    r"en morceaux",
    r"en miettes",
    r"ecras\w+",
    r"casser",
)
NOT_AS_DESCRIBED = _words(
    r"not as (?:described|advertised|pictured|shown)",
    r"(?:different|differs) from the (?:photo|picture|description|website|ad)\w*",
    r"nothing like",
    r"does ?n'?t (?:match|look like)",
    r"misleading",
    r"not what (?:was|is) (?:described|shown|advertised)",
    r"pas conforme",
    r"non conforme",
    r"ne correspond\w* pas",
    r"rien a voir",
    r"different\w* de la (?:photo|description)",
    r"pas (?:comme|celle?) (?:sur|de) (?:la photo|le site|l'annonce)",
)
_FITS_BADLY = (
    r"(?:wrong|bad|different) size",
    r"too (?:small|big|large|tight|short|long|wide|narrow|loose)",
    r"does ?n'?t fit",
    r"do ?n'?t fit",
    r"tight",
    r"serr\w+",
    r"mauvaise (?:taille|pointure)",
    r"trop (?:petite?s?|grande?s?|serree?s?|courte?s?|longue?s?|large?s?|etroite?s?|juste)",
)
FITS_BADLY = _words(*_FITS_BADLY)
WRONG_SIZE = _words(*_FITS_BADLY, r"size", r"taille", r"pointure")
WRONG_ITEM = _words(
    r"wrong (?:item|product|article|model|colou?r|thing|one|version)",
    r"different (?:item|product|model|thing|colou?r)",
    r"something else",
    r"not what i ordered",
    r"instead of",
    r"mauvais (?:article|produit|modele|coloris)",
    r"mauvaise (?:couleur|reference|version)",
    r"autre (?:article|produit|modele|chose|couleur)",
    r"pas (?:ce que|celui que|celle que|l'article que) j'(?:ai|avais) command\w+",
    r"au lieu d\w*",
    r"a la place",
    r"erreur d(?:e |')\w+",
)
CAME = _words(
    r"got", r"received", r"sent", r"came", r"was in", r"recue?s?", r"eue?s?", r"envoyee?s?", r"arrivee?s?", r"y avait"
)
NOT_RECEIVED = _words(
    r"never (?:arrived|came|received|got|showed up|turned up|delivered)",
    r"(?:has|have|had|is|was|did)(?: ?n'?t| not) (?:yet )?(?:arrived?|been delivered|received?|come|shown up)",
    r"(?:not|nothing) (?:arrived|been delivered|received|come|shown up)",
    r"did ?n'?t (?:arrive|come|get|receive)",
    r"lost in (?:the )?(?:mail|post|transit)",
    r"never received",
    r"still waiting for my (?:parcel|package|order)",
    r"jamais (?:recue?s?|arrivee?s?|eue?s?|livree?s?)",
    r"rien recu",
    r"pas (?:recue?s?|arrivee?s?|ete livree?s?)",
    r"toujours pas (?:recue?s?|arrivee?s?)",
    r"perdue?s?",
)
CHANGED_MIND = _words(
    r"chang\w* my mind",
    r"do ?n'?t (?:want|need|like) (?:it|them|this)(?: any ?more)?",
    r"do ?n'?t (?:want|need|like) (?:\w+ ){1,4}any ?more",
    r"no longer (?:want|need)",
    r"chang\w* d'avis",
    r"n'en (?:veux|voulons|ai) plus",
    r"ne (?:me )?(?:plait|plaisent|convient|conviennent) pas",
    r"me (?:plait|plaisent|convient|conviennent) pas",
    r"n'en ai plus besoin",
    r"retract\w+",
)

REFUND = _words(
    r"refund\w*",
    r"money back",
    r"reimburs\w*",
    r"cash back",
    r"(?:my )?money",
    r"cash",
    r"pay me back",
    r"rembours\w+",
    r"(?:mon |l')?argent",
    r"me rendre l'argent",
    r"recuperer l'argent",
)
REPLACEMENT = _words(
    r"replac\w+",
    r"exchang\w+",
    r"swap\w*",
    r"another one",
    r"a new one",
    r"send (?:me )?(?:a|the) (?:new|right|correct)(?: one)?",
    r"remplac\w+",
    r"echang\w+",
    r"un autre",
    r"une autre",
    r"un neuf",
    r"une neuve",
    r"un nouveau",
    r"une nouvelle",
)
STORE_CREDIT = _words(
    r"store credit", r"voucher", r"credit note", r"gift card", r"un avoir", r"bon d'achat", r"en avoir", r"carte cadeau"
)

NO_PHOTO = _words(
    r"(?:no|without|any|don'?t have|do not have|have ?n'?t|haven'?t got|can'?t|cannot"
    r"|could ?n'?t|not) (?:\w+ ){0,3}(?:photos?|pictures?|pics?|images?|one|any|camera)",
    r"(?:pas|aucune|sans|plus) (?:\w+ |d'){0,3}(?:photos?|images?|appareil)",
    r"j'en ai (?:pas|aucune)",
    r"je n'en ai pas",
    r"none",
    r"aucune",
    r"threw (?:it|them) away",
    r"jete\w*",
)
CORRECTION = _words(
    r"actually",
    r"i meant?",
    r"sorry",
    r"my mistake",
    r"i was wrong",
    r"instead",
    r"rather",
    r"correction",
    r"wrong (?:e-?mail|order|number|address|one)",
    r"not the",
    r"no,? (?:it'?s|its|it is|the|that'?s|wait|i|my|make|two|both|one)",
    r"i made a mistake",
    r"change (?:it|that|the)",
    r"wait",
    r"en fait",
    r"plutot",
    r"je voulais dire",
    r"pardon",
    r"desole\w*",
    r"je me suis tromp\w+",
    r"erreur",
    r"rectif\w+",
    r"non,? (?:c'est|ce|la|le|les|l'|en|je|il|mon|ma|deux|plutot|attendez)",
    r"pas l[ea]s?",
    r"mauvaise? (?:e-?mail|numero|adresse|commande)",
    r"finalement",
    r"attendez",
    r"corrig\w+",
    r"modif\w+",
)
CANCEL = _words(
    r"cancel\w*", r"annul\w+", r"withdraw", r"drop it", r"forget (?:it|about it)", r"laisse\w* tomber", r"abandon\w*"
)
CHANGE = _words(r"chang\w+", r"modif\w+", r"edit", r"correct\w*", r"corrig\w+", r"rectif\w+", r"update")
ALL_ITEMS = _words(
    r"all",
    r"everything",
    r"both",
    r"the whole (?:order|lot|thing)",
    r"entire order",
    r"all of (?:it|them)",
    r"tout\w*",
    r"tous",
    r"l'ensemble",
    r"les deux",
    r"la commande entiere",
    r"toute la commande",
)
WHERE_TO_SEND = _words(
    r"where (?:do|should|must|can|to|shall) (?:i )?(?:send|ship|post|mail|return)\w*",
    r"(?:return|returns|which|what) address",
    r"address (?:for|to|of) (?:\w+ ){0,2}(?:returns?|send|ship)\w*",
    r"ou (?:dois|faut|puis|je|envoyer|renvoyer|retourner)\b.*",
    r"quelle (?:est l')?adresse",
    r"ou (?:est-ce )?(?:que )?j'(?:envoie|expedie|adresse)",
    r"adresse (?:de |du |pour (?:le |un |les )?)?(?:retours?|renvoi|renvoyer|retourner|envoyer)",
    r"a qui (?:envoyer|renvoyer)",
    r"(?:r?envo(?:ie|yer|yons)|retourner?|expedier?) (?:\w+ ){0,2}ou(?= ?\??$)",
    r"where (?:does|will) (?:it|the (?:parcel|package|return)) (?:go|need to go)",
)
WINDOW = _words(
    r"how long",
    r"how many days",
    r"\d+ days?",
    r"too late",
    r"deadline",
    r"window",
    r"until when",
    r"still return",
    r"combien de (?:temps|jours)",
    r"delais?",
    r"trop tard",
    r"\d+ jours?",
    r"jusqu'a quand",
    r"encore (?:retourner|renvoyer)",
)
RETURN_COST = _words(
    r"(?:who|do i|must i|qui|dois-je|c'est moi qui) .*(?:pay|paie|paye)\w*",
    r"frais de (?:port|retour|renvoi)",
)
REFUND_TIME = _words(
    r"(?:how (?:long|fast|quick\w*|soon)|combien de temps|en combien de \w+) .*(?:refund|money|rembours|argent)\w*",
)
TRACK = _words(
    r"where (?:is|are|'s)",
    r"where's",
    r"track\w*",
    r"where (?:\w+ ){1,4}(?:is|are)",
    r"suivi\w*",
    r"ou (?:est|en est|se trouve)",
    r"livraison",
    r"quand (?:est-ce qu'elle |va |arrive)\w*",
    r"when (?:will|does|is)",
)
REFUND_STATUS = _words(
    r"where (?:is|'s) (?:my|the) (?:refund|money)",
    r"(?:still )?(?:waiting for|have ?n'?t (?:got|received)) (?:my|the) (?:refund|money)",
    r"ou (?:est|en est) (?:mon|le) (?:remboursement|argent)",
    r"pas (?:encore )?ete rembours\w+",
)
RETURN_STATUS = _words(
    r"where (?:is|'s) my return", r"status of my return", r"ou en est mon retour", r"suivi (?:de mon|du) retour"
)

NUMBERS = {
    "one": 1, "two": 2, "both": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "sept": 7, "huit": 8, "neuf": 9,
    "dix": 10,
}  # fmt: skip
_QUESTION_START = re.compile(
    r"^(?:and |but |et |mais )?(?:who|what|when|where|why|how|can|could|do|does|is|are|will|would|which|"
    r"qui|que|quoi|quand|ou|pourquoi|comment|combien|est-ce|qu'est-ce"
    r"|puis-je|peut-on|dois-je|faut-il|quel|quelle|quels|quelles)\b"
)

# Spoken French asks at the end: "je l'envoie ou", "ca coute combien".
_QUESTION_END = re.compile(r"(?<!\w)(?:ou|quand|combien|comment|pourquoi|a qui)[ .!]*$")


# "What a joke." and "Quelle honte !" ask nothing; what follows may.
_EXCLAIMED = re.compile(r"^(?:what an? |quel(?:le)?s? )(?:[\w']+ ?){1,3}[.!]+ *")


def has_word(text: str, pattern: str) -> bool:
    """Whether one of the words (alternatives of a pattern) stands in an already plain text."""
    return _words(pattern).search(text) is not None


_BETWEEN = re.compile(
    r"[.;!?\n]+|,|(?<!\w)(?:and|also|plus|then|but|oh|by the way|et|aussi|puis|mais|au fait|sinon)(?!\w)"
)


def parts(text: str) -> list[str]:
    """The parts of a sentence that could each stand alone, as plain text."""
    return [part.strip() for part in _BETWEEN.split(plain(text)) if part.strip()]


def is_question(text: str) -> bool:
    """Whether a text asks something; such a text is never taken as an answer."""
    bare = plain(text)
    bare = _EXCLAIMED.sub("", bare) or bare
    return bare.endswith("?") or bool(_QUESTION_START.search(bare) or _QUESTION_END.search(bare))


def says_something(text: str) -> bool:
    """Whether there is enough to call a message off the subject; less is a slip or a try."""
    return len(text.split()) >= 3


# "One of the two mugs": the number after it counts what was bought.
ONE_OF = re.compile(
    r"(?<!\w)(one|1|une?)(?: seule?)? (?:of|des|de|parmi) (?:(?:the|my|these|mes|les|ces|nos)"
    r" )?(?:two|three|four|deux|trois|quatre|\d)(?!\w)"
)
_DENIED = _words(r"(?<!but )(?<!mais )(?:not|pas) (?:the|le|la|les|l'|ce|cette|cet|this|that) ?\w+")


def things_named(text: str) -> str:
    """The text without what it does not mean ("not the mug, the bag") and without what happened to the things: a mug
    is "tasse" in French, one letter from "cassé"."""
    text = ONE_OF.sub(r"\1", _DENIED.sub(" ", plain(text)))
    for happened in (DAMAGED, DEFECTIVE, NOT_RECEIVED):
        text = happened.sub(" ", text)
    return text
