"""
Names and initials behind a label: "named", "goes by", "se llama", "iniciales".
"""

from collections.abc import Iterator

from commands.clues.clue import END, START, Clue, Kind, any_of, en, es, gap
from commands.clues.people import (
    ONE_EN,
    ONE_ES,
    OUR_EN,
    OUR_ES,
    PERSON_EN,
    PERSON_ES,
    THE_EN,
    THE_ES,
)

# Words that follow a label where no name does: "the victim's name is confidential".
_NO_NAME = any_of(
    "a|about|added|after|again|all|also|always|an|and|any|are|as|asking|at|available|back|be"
    "|because|been|before|being|but|by|call|called|calling|change|changed|changes|client"
    "|confidential|confirm|could|crying|date|details?|do|does|en|entered|etc|every|everyone|field"
    "|fields|first|for|from|given|had|has|have|he|her|here|hers|hidden|him|his|home|i|if|in|into"
    "|initials?|is|it|its|kept|known|last|leaked?|like|list|listed|may|me|missing|must|my|name"
    "|names|needed|needs|never|no|none|not|nothing|now|number|of|off|on|once|one|only|optional"
    "|or|our|out|over|parent|partner|party|please|police|privacy|private|protected|public|real"
    "|redacted|regularly|removed|required|saying|scared|shared|she|should|shown|so|some|still"
    "|than|that|the|their|them|then|there|they|this|to|today|tomorrow|tonight|twice|unknown|until"
    "|up|us|used|very|was|we|were|what|when|where|which|while|who|will|with|withheld|without"
    "|would|yes|yesterday|yet|you|your|birth|phone|address|email|dob|age|tag|tags|badge|calls",
    "y|o|e|al|como|con|confidencial|cual|cuando|de|del|desconocido|desconocida|el|ella|es|esta"
    "|fecha|la|las|lo|los|mas|ni|nombre|nombres|para|pero|por|porque|que|quien|se|ser|si|sin"
    "|sobre|su|sus|tambien|un|una|victima|victimas|testigo|sobreviviente|cliente|testificar"
    "|telefono|direccion|numero|privado|protegido|requerido|opcional|oculto|iniciales",
)
_CALLED = rf"(?!{_NO_NAME}(?![a-z]))(?:[a-z]{{2,}}(?![a-z])|[a-z]\.? ?[a-z](?![a-z]))"
_LINK = r"[ :=,\"'(-]{1,4}(?:(?:is|es|was|are|son|like|de|the name)(?![a-z]))?[ :=,\"'(-]{0,3}"
_EQUALS = r"(?: ?(?::|=|-)[ \"']{0,2}| (?:is|was|es)[ :\"']{1,3})"
_NO_LETTERS = any_of(
    "of|in|at|on|to|is|or|as|by|an|and|are|for|the|a|if|no|it|be|we|de|en|la|el|y|o|su|es"
)
_LETTERS = rf"(?!{_NO_LETTERS}(?![a-z.]))[a-z]\.? ?[a-z]\.?(?: ?[a-z]\.?)?(?![a-z])"


def _clues() -> Iterator[Clue]:
    name = Kind.NAME
    label_en = (
        r"(?:(?:first|last|full|legal|real|given|middle|maiden|street|nick|birth|preferred|chosen)"
        rf"[ -]?)?names?'?s?{END}{_EQUALS}"
    )
    is_called = any_of(
        "named|nicknamed|goes by|going by|known as|aka|a k a|alias|street name|is called"
        "|initials|inits|answers to"
    )
    of_en = r"(?:of|for) (?:my |the |our |a )?(?:[a-z]{2,12} )?"
    yield en(name, rf"{START}{PERSON_EN}(?:'?s?'?| s)?{END} {label_en}{_CALLED}")
    yield en(name, rf"{ONE_EN}{gap(4)}{START}(?:her|his|their) {label_en}{_CALLED}")
    yield en(name, rf"{START}(?:names?|initials) {of_en}{PERSON_EN}{END}{_EQUALS}{_CALLED}")
    yield en(name, rf"{ONE_EN}{gap(4)}{START}{is_called}{END}{_LINK}{_CALLED}")
    yield en(
        name,
        rf"{START}(?:an?|one|another) (?:[a-z]{{2,12}} )?{PERSON_EN} called "
        rf"(?!{_NO_NAME}(?![a-z]))(?![a-z]+ing{END})[a-z]{{2,}}(?:[ ,.]|$)",
    )
    yield en(
        name,
        rf"{START}(?:(?:her|his|their) {label_en}|s?he goes by (?:the name )?|s?he'?s? called ){_CALLED}",
        about_someone=True,
    )
    yield en(
        name,
        rf"{START}(?:initials?|inits|inic?iales)(?: (?:are|is|were|son))?[ :=,\"'(-]{{1,3}}{_LETTERS}",
    )
    yield en(
        name,
        rf"{START}(?:her|his|their) (?:real|legal|street|full|true|given) names? (?:is|was) {_CALLED}",
    )
    # my client j.d.; but not "my client e.g."
    for clue, who in ((en, f"(?:{OUR_EN}|{THE_EN})"), (es, f"(?:{OUR_ES}|{THE_ES})")):
        yield clue(
            name,
            rf"{who}[ ,(:]{{1,2}}(?!e\.g|i\.e|a\.m|p\.m|u\.s|d\.a|d\.v|p\.o)[a-z]\. ?[a-z]\.",
        )
    label_es = any_of(
        "se llama|llamad[oa]|de nombre|su nombre es|su nombre|nombre es|nombre|nombre completo"
        "|nombre legal|iniciales|apodad[oa]|alias|conocid[oa] como|le dicen|le llaman|le decimos"
        "|apellido|de apellido|se apellida|responde a"
    )
    no_service = (
        r"(?<!agencia )(?<!casa )(?<!centro )(?<!como )(?<!grupo )(?<!linea )(?<!organizacion )"
        r"(?<!programa )(?<!refugio )"
    )
    of_es = r"(?:de |del |de la |de mi |de nuestra ){1,2}(?:[a-z]{2,12} )?"
    yield es(name, rf"{ONE_ES}{gap(4)}{START}{label_es}{END}{_LINK}{_CALLED}")
    yield es(
        name,
        rf"{START}(?:nombres?|iniciales|apellido)(?: completo| legal| real)? {of_es}{PERSON_ES}{END}"
        rf"{_EQUALS}{_CALLED}",
    )
    yield es(name, rf"{START}ella se llama {_CALLED}")
    yield es(
        name,
        rf"{no_service}{START}(?:(?:su|el) nombre es|se llama|le dicen|le llaman) {_CALLED}",
        about_someone=True,
    )


CLUES: tuple[Clue, ...] = tuple(_clues())
