"""
Words of somebody in danger, so that the hotline card stands above whatever else is answered.
"""

import re
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from commands.words import Language, fold, language_of, unmarked, words

_SHORTEST_MISSPELT = 7  # letters; shorter words are too close to innocent ones

# "~" before or after a phrase lets the word go on; a space also stands for a hyphen or nothing.
_ENGLISH = """
help me|help us|help her|help him|help my|help please|please help|pls help|plz help|help pls
help plz|please someone|someone help|somebody help|anyone help|anybody help|send help|get help now
help now|help asap|help quick|help quickly|need help|needs help|need some help|need urgent help
helpme|hlp me|halp|sos|mayday|save me|save her|save him|rescue me|rescue her|rescue us|rescue him
emergency|emergencies|urgent|urgently|emerg|life or death|life threatening|right this second
in danger|is danger|danger now|danger right now|danger|im not safe|not safe|isnt safe|is not safe|feel unsafe|unsafe
dont feel safe|not safe here|going to kill|gonna kill|gona kill|wants to kill|want to kill
will kill|kill me|kill her|kill him|kill us|killed me|killing me|trying to kill|threatened to kill|threatening to kill
kill myself|killing myself|kill herself|kill himself|kill themselves|end my life|ending my life|end it all
ending it all|want to die|wants to die|wanna die|better off dead|suicide|suicidal|suicid~|self harm
self harming|hurt myself|hurting myself|hurt herself|hurt himself|cutting myself|cutting herself|overdose|overdosed|overdosing|od'd|odd on
unalive|kms|took pills|took all the pills|took too many|wont wake up|wont wake|not breathing|cant breathe|stopped breathing|unconscious|passed out
being held|holding me|holding her|holding him|held against|held captive|held hostage|hostage|captive|locked in|locked up
locked me|locked her|locked us|locked inside|trapped|cant leave|cannot leave|can not leave|wont let me|wont let her|wont let him|wont let us|wont let them|not let me
not allowed to leave|not let her|doesnt let me|doesnt let her|dont let me|cant get out|cannot get out|cant get away|cant escape|no way out|need to escape|help escape|tied up|chained
trafficked now|being trafficked|trafficked right now|is trafficking me|trafficking me|trafficking her|been trafficked|getting trafficked|i was trafficked|im trafficked|im a victim|i am a victim|im being|i am being
being sold|selling me|sold me|selling her|selling him|being pimped|pimping me|pimping her|my pimp|her pimp|my trafficker|her trafficker|his trafficker|forced me|forcing me|forcing her|forced to have sex|forced to work|being forced|made me have sex|makes me
kidnap|kidnapped|kidnapping|kidnaped|kidnapper|abducted|abduction|taken by|was taken|taken away|snatched|grabbed her|grabbed me
rape|raped|raping|rapist|gang raped|sexually assaulted|sexual assault|just assaulted|assaulted me|assaulted her|molested|molesting|molests|touches me|touched me
bleeding|bleeding out|bleed|blood everywhere|stabbed|stabbing|got shot|been shot|was shot|shooting|shots fired|gun|guns|gunshot|gunpoint|knife|machete|weapon|weapons|armed|strangled|strangling|choking|choked|choked me
beating me|beating her|beat me|beat me up|beat her|beat him|beats me|beats her|hit me|hits me|hitting me|hitting her|hurt me|hurts me|hurting me|hurting her|hurting him|hurting us|going to hurt|gonna hurt
attacked|attacking|being attacked|attack me|threatening me|threatening her|threatened me|threatens me|he has a|death threat|death threats
hes here|he is here|hes coming|he is coming|coming for me|coming after me|coming to get|after me|following me|following her|stalking me|found me|found us|found her|he found|they found me|hes outside|he is outside|theyre outside|pimp is here|trafficker is here|trafficker found|pimp found|hes back
run away from him|running from|ran away from|escaped from|just escaped|i escaped|she escaped|hiding from|im hiding|i am hiding|shes hiding|hide me|hide from|chasing me|chasing us
scared for my life|scared for her life|fear for my life|afraid for my life|afraid hell|im scared|i am scared|im so scared|so scared|im afraid|i am afraid|terrified|going to die|gonna die|dying|i dont want to die
call 911|call the police|call police|call cops|call the cops|need police|need the police|police now|need an ambulance|need ambulance|ambulance|happening now|happening right now
missing child|missing girl|missing kid|missing minor|missing teen|child in danger|kid in danger|girl in danger|imminent danger|immediate danger|imminent|amber alert|going to jump|jump off|sex slave|slavery ring|sextortion|sextorted|blackmailing me|nudes of me|my nudes
crisis now|in crisis|having a crisis|crisis right now|psychotic|mental breakdown|panic attack|domestic violence now|dv in progress
"""
_SPANISH = """
ayuda|ayudame|ayudenme|ayudenos|ayudanos|ayudeme|ayudala|ayudenla|ayudalo|ayudar a mi|ayudarme|ayudenlo|alluda|alludame|alludenme|necesito ayuda|necesita ayuda|auxilio|ausilio|socorro|sos
emergencia|emergencias|emerjencia|urgente|urgencia|urge|peligro|peligra|en peligro|riesgo de muerte|no estoy segura|no estoy a salvo|no esta a salvo|no me siento segura|insegura
me quiere matar|me quieren matar|la quiere matar|la quieren matar|lo quiere matar|lo quieren matar|nos quiere matar|nos quieren matar|quiere matarme|quiere matarla|quieren matarme|quieren matarla|me va a matar|me van a matar|la va a matar|la van a matar|lo van a matar|nos va a matar|nos van a matar|va a matarme|va a matarla|matarme|matarla|matarlo|matarnos|me mata|me matan|amenaza de muerte|amenazas de muerte|amenazada de muerte|amenazo con matar
suicidio|suicidarme|suicidarse|suicida|suicidar|me quiero morir|quiero morir|quiere morir|quiero morirme|no quiero vivir|ya no quiero vivir|quitarme la vida|quitarse la vida|matarse|me quiero matar|se quiere matar|hacerme dano|hacerse dano|me corto|se corta|sobredosis|no respira|no puedo respirar|inconsciente|desmayada|tomo pastillas|se tomo las pastillas
secuestrada|secuestrado|secuestradas|secuestro|secuestraron|me secuestraron|me secuestro|la secuestraron|raptada|rapto|raptaron|privada de su libertad|desaparecida|desaparecido|desaparecio|se la llevaron|se lo llevaron|se llevaron a|me llevaron|me llevan
violada|violado|violacion|violo|violaron|me violo|me violaron|la violo|la violaron|lo violaron|abuso de mi|abusaron de|abusa de mi|abuso de ella|abuso sexual|abusada|abusado|me toca|me toco|me tocaba|manoseo
no puedo salir|no puede salir|no podemos salir|no me deja salir|no me dejan salir|no la deja salir|no la dejan salir|no nos dejan salir|no me deja ir|no me dejan ir|no me deja irme|no la dejan ir|no puedo escapar|no puede escapar|no puedo irme|no puede irse|encerrada|encerrado|encerraron|me encerro|la encerro|me tiene encerrada|me tienen|la tienen|lo tienen|nos tienen|me tiene|retenida|retenido|atrapada|atrapado|amarrada|amarrado|rehen|cautiva|esclava|esclavo|contra mi voluntad|contra su voluntad
me obliga|me obligan|la obliga|la obligan|lo obligan|nos obligan|me fuerza|me fuerzan|a la fuerza|me vende|me venden|me vendieron|la venden|la vende|la vendieron|me prostituye|me prostituyen|la prostituyen|me explotan|la explotan|me explota|mi padrote|su padrote|mi tratante|su tratante|trata de personas ahora|soy victima|soy una victima|fui victima|me quitaron el pasaporte|me quito el pasaporte|me quitaron mis papeles|me amenaza|me amenazan|la amenaza|la amenazan|nos amenazan|me amenazo|me extorsionan|mis fotos intimas
me pega|me pegan|me pego|la pega|le pega|le pegan|le pego|me golpea|me golpean|me golpeo|la golpea|la golpearon|la golpean|golpeada|golpeado|me lastima|la lastima|me lastimo|me hace dano|me hicieron dano|me maltrata|ahorcando|ahorco|asfixia|apunalada|apunalo|sangrando|sangre|sangra|desangrando|herida|herido|balazo|balacera|disparo|disparos|disparando|pistola|arma|armado|armada|armas|cuchillo|machete|navaja|me ataco|atacando
me sigue|me siguen|la sigue|la siguen|me persigue|me persiguen|me encontro|me encontraron|la encontro|la encontraron|ya viene|esta aqui afuera|esta afuera|viene por mi|me busca para|me esta buscando|me andan buscando|huyendo|escape de|escapo de|se escapo|me escape|estoy escondida|estoy escondido|esta escondida|escondida|escondeme
tengo miedo|tengo mucho miedo|tiene miedo|tiene mucho miedo|mucho miedo|temo por mi vida|teme por su vida|aterrada|asustada|me voy a morir|me estoy muriendo|se esta muriendo|se muere|muriendo
llamen a la policia|llame a la policia|llamar a la policia|llama a la policia|necesito a la policia|policia ya|ambulancia|llamen al 911|llamar al 911|esta pasando ahora|salvenme|salvame|rescatenme|rescaten|saquenme|sacame|saquenla|sacame de aqui|nina perdida|nina en peligro|menor en peligro|alerta amber
"""
_EMPHATIC = re.compile(r"(?<![a-z])(?:help|hlp) ?(?:!{2,}|help)|(?<![a-z])911 ?(?:!|now|please)")
_LETTERS = re.compile(r"(?<![a-z0-9'])[a-z](?:[ .-]{1,2}[a-z](?![a-z0-9'])){2,11}+")
_STRETCHED = re.compile(r"([a-z])\1{2,}")
_APOSTROPHE = re.compile(r"(?<=[a-z])'(?=[a-z])")
# Words one slip away from a crisis word, and meant as they stand.
_INNOCENT = frozenset(
    ["trapper", "emergence", "weapon's", "captives", "urgencies", "capture", "armadas"]
)


def _pattern(phrases: str) -> re.Pattern[str]:
    found = {
        each.strip().replace("'", "") for line in phrases.split("\n") for each in line.split("|")
    } - {""}
    longest_first = sorted(found, key=lambda each: (-len(each), each))
    bodies = (each.replace("~", "[a-z]{0,8}").replace(" ", "[ -]?") for each in longest_first)
    return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(bodies)})(?![a-z0-9])")


def _long_words(phrases: str) -> frozenset[str]:
    return frozenset(
        each
        for line in phrases.split("\n")
        for each in map(str.strip, line.split("|"))
        if each.isalpha() and len(each) >= _SHORTEST_MISSPELT
    )


_PATTERNS: tuple[tuple[Language, re.Pattern[str], frozenset[str]], ...] = (
    ("en", _pattern(_ENGLISH), _long_words(_ENGLISH)),
    ("es", _pattern(_SPANISH), _long_words(_SPANISH)),
)


@dataclass(frozen=True, kw_only=True)
class Crisis:
    """
    Attributes:
        language: the language of the card to show.
    """

    language: Language


def find_crisis(text: str) -> Crisis | None:
    """
    Find words of danger in *text*, a slip or missing accents forgiven.

    Meant to be generous: what it finds puts a card above an answer, and hides nothing.
    """
    folded = _APOSTROPHE.sub("", fold(unmarked(text)))
    folded = _STRETCHED.sub(r"\1", _LETTERS.sub(_joined, folded))
    for language, pattern, _ in _PATTERNS:
        if pattern.search(folded):
            return Crisis(language=language_of(folded, language))
    if _EMPHATIC.search(folded):
        return Crisis(language="en")
    said = {word for word in words(folded) if len(word) >= _SHORTEST_MISSPELT - 1} - _INNOCENT
    for language, _, known in _PATTERNS:
        if any(_misspelt(word, known) for word in said):
            return Crisis(language=language_of(folded, language))
    return None


def _joined(spelt: re.Match[str]) -> str:
    return re.sub(r"[^a-z]", "", spelt[0])


def _misspelt(word: str, known: frozenset[str]) -> bool:
    return any(
        word[0] == other[0]
        and abs(len(word) - len(other)) <= 1
        and OSA.distance(word, other, score_cutoff=1) <= 1
        for other in known
    )
