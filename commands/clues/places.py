"""
Where one person is, and how she is reached.
"""

from collections.abc import Iterator

from commands.clues.clue import (
    END,
    IS,
    PHONE_MARK,
    SENTENCE,
    START,
    Clue,
    Kind,
    any_of,
    en,
    es,
    gap,
)
from commands.clues.people import ONE_EN, ONE_ES, OUR_EN, PERSON_EN, PERSON_ES, THE_EN

_STREET = any_of(
    "street|st|avenue|ave|av|road|rd|boulevard|blvd|drive|dr|lane|ln|way|court|ct|place|pl"
    "|terrace|ter|parkway|pkwy|highway|hwy|circle|cir|square|plaza"
)
_SPANISH_STREET = r"(?:calle|avenida|av\.|avda|apartamento|apto\.?|depto\.?|cuarto|habitacion)"
_ADDRESS = (
    rf"(?:\d{{1,6}} (?:[a-z0-9.'-]{{1,20}}+ ){{1,4}}?{_STREET}(?![a-z])"
    rf"|{START}(?:room|rm|apt|apartment|unit) ?[:#]? ?[a-z]?\d{{1,4}}"
    rf"|{START}(?:motel|hotel) \d{{1,3}}(?!\d)|{START}(?:corner|intersection) of |{START}esquina de "
    rf"|{START}{_SPANISH_STREET} ?[:#]?(?: ?[a-z0-9.]{{1,20}}+){{0,4}}? ?#?\d{{1,6}})"
)
_HANDLE = r"(?:[a-z0-9._%+-]{1,40}@[a-z0-9.-]{1,40}|@[a-z0-9._]{2,30})"
_NUMBER = (
    rf"(?:{PHONE_MARK}|\(?\d{{3}}\)?[ .-]?\d{{3}}[ .-]?\d{{4}}|(?<!\d)\d{{3}}[ .-]\d{{4}}(?!\d))"
)
_REACHED = rf"(?:{_NUMBER}|{_HANDLE}|{_ADDRESS}|\d{{1,6}} [a-z])"
_MEANS_EN = any_of(
    "phone number|phone num|phone no|phone|cell number|cell phone|cell|mobile|telephone|tel|ph"
    "|contact number|number|num|email|email address|address|addy|addr|home address"
    "|apartment|instagram|insta|ig|snap|snapchat|whatsapp|facebook|fb|tiktok|handle|contact"
)
_MEANS_ES = any_of(
    "telefono|tel|celular|cel|numero|numero de telefono|numero de celular|correo"
    "|correo electronico|email|direccion|domicilio|whatsapp|instagram|facebook|contacto"
)
_SORT = (
    r"(?: (?:home|cell|current|new|personal|mobile|mailing|street|physical|burner|work|safe"
    r"|contact|phone|mom's|moms))?"
)


def _contacts() -> Iterator[Clue]:
    contact = Kind.CONTACT
    value = rf"{END}{IS}(?:at |en )?{_REACHED}"
    yield en(contact, rf"{START}{PERSON_EN}(?:'?s?'?| s){_SORT} {_MEANS_EN}{value}")
    yield en(contact, rf"{START}(?:her|his|their){_SORT} {_MEANS_EN}{value}", about_someone=True)
    calls = any_of(
        "call her|call him|reach her|reach him|reachable|text her|text him|can be reached"
        "|contact her|contact him"
    )
    yield en(
        contact, rf"{ONE_EN}{gap(3)}{START}{calls}{END}(?: (?:at|on|by))?[ :]{{1,2}}{_REACHED}"
    )
    yield en(
        contact,
        rf"{START}{_MEANS_EN} (?:of|for) (?:my|the|our|a) {PERSON_EN}{value}",
    )
    of_es = r"(?:de mi|de la|del|de el|de nuestra|de nuestro|de esta|de este|de una|de su)"
    yield es(contact, rf"{START}{_MEANS_ES} {of_es} (?:[a-z]{{2,12}} )?{PERSON_ES}{value}")
    yield es(contact, rf"{START}su {_MEANS_ES}{value}", about_someone=True)
    yield es(contact, rf"{ONE_ES}(?:,|:|;| -)? {_MEANS_ES}{value}")


def _locations() -> Iterator[Clue]:
    verb_en = (
        r"(?:is|'s|are|was|now|currently|right|still|staying|living|lives|stays|stuck|held|being"
        r"|located|sleeping|hiding|hid|today|tonight|got|taken|dropped|safe|there|resides?|residing"
        r"|works?|working|kept|camped|outside|here)"
    )
    at_en = r"(?: (?:at|@|in|on|near|inside|off|behind|out of|around|by|with))?"
    she = rf"(?:{ONE_EN}|{START}(?:s?he|they)(?:'s|s)?{END})"
    yield en(
        Kind.LOCATION,
        rf"{she}(?:[ ,]{{1,2}}{verb_en}(?![a-z])){{1,4}}{at_en}{gap(4)}{_ADDRESS}",
    )
    yield en(
        Kind.LOCATION,
        rf"(?:{OUR_EN}|{THE_EN})(?: needing [a-z]{{2,15}}| who is)? (?:at|@|in|from|near) {_ADDRESS}",
    )
    yield en(
        Kind.LOCATION,
        rf"{START}(?:pick|picked) (?:her|him|them|(?:the|my|our) {PERSON_EN}) up{END}{gap(3)}{_ADDRESS}",
    )
    verb_es = (
        r"(?:vive|esta|se encuentra|se queda|se esta quedando|quedando|escondid[oa]|encerrad[oa]"
        r"|viviendo|trabaja|ahora|ahorita|actualmente|hoy|la tienen|lo tienen|la dejaron)"
    )
    yield es(
        Kind.LOCATION,
        rf"(?:{ONE_ES}|{START}ella{END}|{SENTENCE}{START})(?:[ ,]{{0,2}}{verb_es}(?![a-z])){{1,4}}(?: con [a-z]{{2,12}}(?: [a-z]{{2,12}})?)?"
        rf" (?:en|por|cerca de|atras de)(?: (?:el|la|un|una))?{gap(3)}{_ADDRESS}",
    )


CLUES: tuple[Clue, ...] = (*_contacts(), *_locations())
