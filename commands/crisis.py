"""
Words of somebody in danger, so that the hotline card stands above whatever else is answered.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from commands.words import Language, fold, language_of, unmarked

_ME = "(?:me|us|her|him|them|my [a-z]{1,12})"
_MY = "(?:my|her|his|their)"
_ENGLISH = (
    # Asking for help. "help" alone is a command.
    "help (?:me|us|her|him|them|now|asap|quick|quickly|pls|plz|please|help)",
    "(?:pls|plz|please|someone|somebody|anyone|anybody|send|get) help",
    "needs? (?:some |urgent )?help|hlp me|halp|sos|mayday|need to escape|help escape",
    "(?:save|rescue|hide) (?:me|us|her|him|them)|life or death|life threatening",
    "emergency|emergencies|urgent|urgently|in crisis|having a crisis|panic attack",
    "(?:happening|crisis) (?:right )?now|right this second|domestic violence now",
    "(?:call|need) (?:the )?(?:police|cops)|police now|call 911|911 (?:now|please)|ambulance",
    # Danger and fear
    "danger|(?:imminent|immediate) danger|unsafe|not safe|isnt safe|dont feel safe|never safe",
    f"scared for {_MY} life|(?:fear|afraid) for (?:{_MY}|our) li(?:fe|ves)|terrified",
    "(?:im|i am|shes|she is|we are) (?:so |very |really )?(?:scared|afraid|hiding|trapped)",
    "(?:hes|he is) (?:here|coming|outside|back)|theyre (?:here|outside)",
    "(?:coming|come) (?:for|after) (?:me|us|her)|after me",
    "(?:following|chasing|stalking|found|find|finds) (?:me|us|her)",
    "(?:pimp|trafficker|abuser) (?:is here|found|is coming)",
    "(?:hiding|running|ran away|run away) from|(?:i|she|he|just|we) escaped",
    # Killing, hurting, threatening
    f"(?:kill|kills|killed|killing|shoot|stab) {_ME}|will kill|going to die|gonna die|dying",
    "(?:going|gonna|gona|wants?|trying|threatened|threatens|threatening) (?:to )?kill",
    f"death threats?|(?:threatening|threatened|threatens) {_ME}|gonna hurt|going to hurt",
    f"(?:beat|beats|beating|hit|hits|hitting|hurt|hurts|hurting|attack|attacking) {_ME}",
    f"(?:choke|chokes|choking|strangling|punched|slapped|burned|drugged|grabbed) {_ME}",
    "attacked|assaulted me|choked|strangled|bleeding|bleed|blood everywhere|stabbed|stabbing",
    "shot|shooting|shooter|shots fired|gunshot|gun|guns|gunpoint|pistol|rifle",
    "knife|machete|weapon|weapons|armed|(?:touches|touched|touching|groped) me",
    "rape|raped|raping|rapist|sexually assaulted|sexual assault",
    "molest|molested|molesting|molests",
    # Suicide and overdose
    "(?:kill|killing|hurt|hurting|harm|harming|cut|cutting|shoot|hang) (?:my|her|him)self",
    f"suicide|suicides|suicidal|self harm|self harming|unalive|kms|(?:end|ending) {_MY} life",
    "(?:end|ending) it all|wants? to die|wanna die|better off dead|(?:dont|not) want to live",
    f"cut {_MY} wrists?|overdose|overdosed|overdosing|took (?:all the |too many )?pills",
    "wont wake up|not breathing|(?:cant|cannot) breathe|unconscious|passed out|unresponsive",
    # Held, sold, taken
    f"being held|(?:held|holding|keeping|kept|locked|locking|tied) {_ME}|tied up|chained",
    "held (?:captive|hostage|against)|hostage|captive|locked (?:in|up|inside)|trapped",
    "(?:cant|cannot|can not|not allowed to|unable to) (?:leave|get out|get away|escape|go home)",
    f"no way out|(?:wont|doesnt|dont|not|never) let {_ME}|against {_MY} will",
    "trafficked (?:right )?now|(?:being|been|getting|was|im|is) trafficked",
    "(?:being|getting|been) (?:sold|pimped|exploited|forced|abused|beaten|blackmailed|extorted)",
    f"(?:trafficking|sell|sells|selling|sold|pimping|forcing|forced|forces) {_ME}",
    f"(?:blackmailing|extorting) {_ME}|forced to (?:have sex|work)|makes? me|made me have",
    f"{_MY} (?:pimp|trafficker|rapist|abuser)|im being|i am being|im a victim|i am a victim",
    "sextortion|sextorted|my nudes|nudes of me|sex slave|slavery",
    "(?:took|taken|takes|have|has) my (?:passport|papers|documents|phone)",
    "(?:took|taken|takes|have|has) my (?:daughter|son|kids?|child|children|baby|sister)",
    "kidnap|kidnapped|kidnapping|kidnapper|abducted|abduction|snatched|amber alert",
    "missing (?:child|girl|boy|kid|minor|teen|daughter|son)",
    "(?:child|girl|kid|daughter|son|sister) (?:is |went )?missing",
)
_A_MI = "(?:me|la|lo|nos|le|las|los)"
_HOY = "(?:esta |estan |estaba |ha |han |quieren? )?"
_SPANISH = (
    # Asking for help
    "ayuda|alluda|ayudarme|(?:ayuda|ayude|ayuden|alluda|alluden?)(?:me|nos|la|lo|las|los)",
    "auxilio|ausilio|socorro|esta pasando ahora",
    "(?:salva|salven|rescata|rescaten|saca|saque|saquen|esconde|escondan)(?:me|nos|la|lo)",
    "emergencia|emergencias|emerjencia|urgente|urgentemente|urgencia|urge",
    "llam(?:a|e|en|ar) (?:a la policia|al 911|una ambulancia)|ambulancia",
    "policia ya|necesito (?:a )?la policia",
    # Danger and fear
    "peligro|peligra|riesgo de muerte|inseguro|insegura",
    "no (?:me siento|se siente|estoy|esta) (?:segur[ao]|a salvo)",
    "(?:tengo|tiene|tenemos|con) (?:mucho |muchisimo |tanto )?miedo|mucho miedo",
    "tem[oe] por (?:mi|su) vida|aterrada|aterrado|asustada",
    f"{_A_MI} {_HOY}(?:sigue|siguen|siguiendo|persigue|persiguen|persiguiendo)",
    f"{_A_MI} (?:esta |anda |andan |estan )?(?:buscando|encontro|encontraron|vigilan?|vigilando)",
    "vienen? por (?:mi|ella|nosotros)|ya viene|esta (?:aqui )?afuera|huyendo",
    "escap[eo] de|se escapo|me escape|escondida|escondido",
    # Killing, hurting, threatening
    f"{_A_MI} (?:quieren?|va a|van a|iba a|tratan? de|puede|pueden|amenazo con) matar",
    "(?:quieren?|va a|van a) matar(?:me|la|lo|nos|le)|matar(?:me|la|lo|nos)|me mata|me matan",
    "(?:amenazas?|amenazad[ao]) de muerte",
    f"{_A_MI} {_HOY}(?:pega|pegan|pego|pegaba|pegando|golpean?|golpeo|golpearon|golpeando)",
    f"{_A_MI} {_HOY}(?:lastiman?|lastimo|lastimando|maltratan?|hacen? dano|hicieron dano)",
    f"{_A_MI} {_HOY}(?:amenazan?|amenazo|amenazaron|amenazando|atacan?|ataco|atacando)",
    f"{_A_MI} {_HOY}(?:ahorcan?|ahorco|ahorcando|extorsionan?|drogo|drogaron|drogan)",
    "golpeada|golpeado|apunalada|apunalo|sangrando|desangrando|desangra|sangra|sangre",
    "herida|herido|balazos?|balacera|disparos?|disparando|pistola|armas?|armad[ao]s?",
    "cuchillo|machete|navaja|me voy a morir|me estoy muriendo|se muere|muriendo",
    "violad[ao]s?|violacion|violo|violaron|abuso sexual|abusad[ao]|manoseo|manosea",
    "(?:abuso|abusan?|abusaron|abusaba) de (?:mi|ella|el)|me (?:toca|toco|tocaba)",
    # Suicide and overdose
    "suicidio|suicidar|suicidar(?:me|se)|suicida|quitar(?:me|se) la vida|sobredosis",
    "(?:quiero|quiere|voy a) (?:morir|morirme|morirse|matarme|matarse)",
    "me quiero (?:morir|matar)|se quiere (?:morir|matar)|(?:ya )?no quier[oe] vivir",
    "(?:hacer|haciendo)(?:me|se) dano|me corto|se corta|(?:tome|se tomo) (?:las |muchas )?pastillas",
    "no respira|no pued[oe] respirar|inconsciente|desmayada|desmayado",
    # Held, sold, taken
    "secuestr(?:o|ad[ao]s?|aron|ar|ador)|rapt(?:o|ad[ao]s?|aron)|privad[ao] de su libertad",
    "desaparecid[ao]|desaparecio|(?:se|me) (?:la |lo |le )?(?:llevaron|llevo|llevan)",
    f"no {_A_MI} dejan? (?:salir|ir|irme|irse|irnos|en paz|llamar|hablar)",
    "no (?:puedo|puede|podemos|pueden) (?:salir|escapar|irme|irse|irnos|escaparme)",
    f"encerrad[ao]s?|encerr[oe]|encerraron|{_A_MI} tienen?|retenid[ao]|atrapad[ao]|amarrad[ao]",
    "rehen|cautiv[ao]|esclav[ao]|esclavitud|contra (?:mi|su) voluntad|a la fuerza",
    f"{_A_MI} {_HOY}(?:obligan?|obligo|obligaron|obligando|fuerzan?|forzando)",
    f"{_A_MI} {_HOY}(?:venden?|vender|vendio|vendieron|vendiendo|chantajean?|chantajeando)",
    f"{_A_MI} {_HOY}(?:prostituyen?|prostituyendo|explotan?|explotando)",
    "(?:mi|su) (?:padrote|tratante|proxeneta)|(?:soy|fui) (?:una )?victima|mis fotos intimas",
    "me quit(?:o|aron|an) (?:el|mi|mis) (?:pasaporte|papeles|documentos|telefono|hij[ao]s?|bebe)",
    "(?:nina|nino|menor|hija|hijo) (?:perdid[ao]|desaparecid[ao]|en peligro)|alerta amber",
)
_SHOUTED = re.compile(r"(?<![a-z])(?:help|hlp) ?!{2}|(?<![a-z0-9])911 ?!")
_SPELT_OUT = re.compile(r"(?<![a-z0-9])[a-z](?:[ .-]{1,2}[a-z](?![a-z0-9])){2,11}+")
_STRETCHED = re.compile(r"([a-z])\1{2,}")
_NOT_A_LETTER = re.compile(r"[^a-z]")
# Words whose slips are forgiven; shorter ones are too close to innocent words.
_OFTEN_MISSPELT_LIST = """
    abducted ambulance attacked bleeding danger emergency hostage kidnapped kidnapping molested
    overdose overdosed police strangled suicidal suicide trafficked trafficker trafficking trapped
    urgent weapon
    amenaza amenazan ambulancia atrapada auxilio ayudame ayudenme desaparecida emergencia encerrada
    encerrado escondida golpearon pistola policia sangrando secuestrada secuestrado secuestraron
    sobredosis socorro suicidarme suicidio urgente violacion violaron
"""
# One slip away from a word of danger, and meant as they stand.
_INNOCENT = frozenset(
    ("attached", "dancer", "dangers", "policies", "policy", "tripped", "violation")
)


def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    alternatives = "|".join(each.replace(" ", "[ -]?") for each in phrases)
    return re.compile(rf"(?<![a-z0-9])(?:{alternatives})(?![a-z0-9])")


_PATTERNS: tuple[tuple[Language, re.Pattern[str]], ...] = (
    ("en", _pattern(_ENGLISH)),
    ("es", _pattern(_SPANISH)),
)
_OFTEN_MISSPELT = tuple(_OFTEN_MISSPELT_LIST.split())


@dataclass(frozen=True, kw_only=True)
class Crisis:
    """
    Attributes:
        language: the language of the card to show.
    """

    language: Language


def find_crisis(text: str) -> Crisis | None:
    """
    Find words of danger in *text*; slips and missing accents are forgiven.

    Meant to be generous: what it finds puts a card above an answer, and hides nothing.
    """
    folded = fold(unmarked(text))
    for reading in _readings(folded.replace("'", "")):
        for language, pattern in _PATTERNS:
            if pattern.search(reading):
                return Crisis(language=language_of(folded, language))
    return Crisis(language="en") if _SHOUTED.search(folded) else None


def _readings(folded: str) -> Iterator[str]:
    yield folded
    for kept in (r"\1\1", r"\1"):  # killlll is kill, heeelp is help
        joined = _SPELT_OUT.sub(lambda spelt: _NOT_A_LETTER.sub("", spelt[0]), folded)
        yield re.sub(r"[a-z]{5,40}", _corrected, _STRETCHED.sub(kept, joined))


def _corrected(word: re.Match[str]) -> str:
    said = word[0]
    if said in _OFTEN_MISSPELT or said in _INNOCENT:
        return said
    return next((each for each in _OFTEN_MISSPELT if _is_slip(said, each)), said)


def _is_slip(said: str, meant: str) -> bool:
    return said[0] == meant[0] and OSA.distance(said, meant, score_cutoff=1) <= 1
