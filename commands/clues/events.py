"""
What was done to one person, as somebody tells it: a disclosure or a tip.
"""

from collections.abc import Iterator

from commands.clues.clue import END, SENTENCE, SHUT, START, WORD, Clue, Kind, any_of, en, es, gap
from commands.clues.people import ONE_ES, OUR_EN, OUR_ES, PERSON_EN, PERSON_ES, THE_EN, THE_ES

_DONE = any_of(
    "raped|molested|assaulted|abused|sexually abused|trafficked|pimped|pimped out|sold|beaten"
    "|beat up|forced|drugged|exploited|kidnapped|abducted|choked|strangled|stabbed|shot|groomed"
    "|threatened|locked up|locked in|held captive|held against|hit by|attacked|tricked into"
    "|recruited|prostituted|gang raped|sex trafficked|labor trafficked|burned|branded|tied up"
    "|made to|coerced|impregnated|touched by|starved|punched|tortured"
)
_DOES = any_of(
    "raped|rapes|molested|molests|assaulted|abused|abuses|trafficked|trafficking|pimped|pimping"
    "|pimps|sold|selling|sells|beat|beats|beating|forced|forcing|forces|drugged|drugs|drugging"
    "|exploited|exploiting|kidnapped|choked|chokes|strangled|stabbed|hits|hit|hitting|threatened"
    "|threatens|threatening|raping|locked|locks|holding|holds|branded|groomed|tricked|burned"
    "|punched|slapped|touched|touches|touching|starved"
)
_DOER = any_of(
    "pimp|trafficker|abuser|rapist|buyer|john|boyfriend|bf|ex|husband|uncle|stepdad|stepfather"
    "|father|dad|mom|mother|boss|employer|madam|recruiter|smuggler|coyote|partner|cousin|brother"
    "|landlord|sponsor|foster dad|foster parent|grandfather|manager|teacher|coach|pastor|gang"
)
_TELLS = any_of(
    "says|said|stated|states|disclosed|discloses|told me|told us|tells me|reports|reported"
    "|alleges|alleged|claims|claimed|shared|revealed|confided|admitted|explained|texted|sts"
    "|endorsed"
)
_DONE_ES = (
    r"(?:violad|abusad|agredid|golpead|traficad|vendid|explotad|forzad|obligad|secuestrad"
    r"|amenazad|drogad|encerrad|prostituid|reclutad|enganad|maltratad|manosead|tocad|apunalad"
    r"|quemad|marcad|ultrajad|atacad|raptad)[ao]s?(?![a-z])"
)
_DOES_ES = (
    r"(?:violo|viola|abuso|abusa|abusaba|golpeo|golpea|golpeaba|pego|pega|pegaba|vendio|vende"
    r"|vendia|vendian|venden|forzo|fuerza|obligo|obliga|obligaba|obligan|secuestro|amenazo|amenaza"
    r"|amenazan|drogo|droga|drogan|encerro|encierra|exploto|explota|explotan|prostituye|prostituyo"
    r"|toco|toca|tocaba|manoseo|manosea|quito|violaron|golpearon|vendieron|obligaron|amenazaron"
    r"|secuestraron|encerraron|drogaron|llevaron|quitaron|hace trabajar|hacen trabajar"
    r"|hacia trabajar|hizo|tienen? (?:encerrad|amenazad|secuestrad|trabajando)[a-z]{0,2})(?![a-z])"
)
_DOER_ES = any_of(
    "tratante|traficante|padrote|proxeneta|abusador|agresor|violador|novio|ex|marido|esposo|tio"
    "|padrastro|padre|papa|mama|madre|jefe|jefa|patron|patrona|coyote|pareja|primo|hermano|abuelo"
    "|pollero|maestro|vecino|patrocinador"
)
_TELLS_ES = any_of(
    "dice|dijo|cuenta|conto|me conto|nos conto|me dijo|nos dijo|revelo|relata|relato|reporta"
    "|reporto|declaro|confeso|menciono|afirma|denuncio|manifesto|compartio|platico"
)
# "if a child is being sold" teaches; it does not tell.
_NO_LESSON = r"(?<!if )(?<!when )(?<!whether )(?<!whenever )(?<!once )"
_NO_LESSON_ES = r"(?<!si )(?<!cuando )"
_AT_START = rf"{SENTENCE}{START}"
_OURS = rf"{_NO_LESSON}{OUR_EN}"
_THEIRS = rf"(?:{_NO_LESSON}{THE_EN}|{_AT_START}{PERSON_EN}{END})"
_A_DOER = rf"(?:s?he|they|(?:her|his|my|the|a|{PERSON_EN}'?s) (?:[a-z]{{2,10}} )?{_DOER})"
_THE_VICTIM = rf"(?:her|him|me|(?:my|our|the|this) (?:[a-z]{{2,12}} )?{PERSON_EN})"


def _told_in_english() -> Iterator[Clue]:
    event = Kind.DISCLOSURE
    was = r"(?:was|is being|is getting|has been|had been|got|been|were|gets|being)"
    how = r"(?: (?:also|repeatedly|once|sexually|physically|badly|being|recently|gang|allegedly|just|labor|sex)){0,2}"
    yield en(
        event,
        rf"(?:{_OURS}|{_NO_LESSON}{START}s?he{END})(?:[ ,]{{1,2}}{WORD}){{0,3}}? {was}{how} {_DONE}{END}",
    )
    yield en(
        event,
        rf"{_THEIRS}(?:[ ,]{{1,2}}{WORD}){{0,2}}? (?:was|is being|was being|has been|had been|got){how} {_DONE}{END}"
        rf"(?:[ ,]{{1,2}}{WORD}){{0,2}} (?:by|for|at|since|last|in|on|from|when|here|tonight|yesterday|today)"
        rf" (?:{_DOER}|her|his|a|an|the|my|someone|some|two|three|last|this|age|\d|mon|tue|wed|thu|fri|sat|sun)",
    )
    happened = (
        rf"(?:{_DOER}{END}|(?:was |is |were |has |had |got |been |being |are |have )(?:been |being )?"
        rf"{_DONE}{END}|{_DOES}{END})"
    )
    yield en(
        event,
        rf"(?:{_OURS}|{_THEIRS}){gap(5)}{START}{_TELLS}{END}{gap(6)}"
        rf"{START}(?:(?:her|his|my|the|she|he|they|they're|a|an|by)(?:'s)? {happened}"
        rf"|{_DOES} (?:her|him|them|me){END}|{_DOER} (?:is|was|has|had|would) )",
    )
    yield en(
        event,
        rf"{START}{PERSON_EN}{END} {_TELLS}{END}(?: (?:to|me|us|staff|that|about|being|of)){{0,4}}"
        rf"(?: [a-z]{{2,12}}){{0,2}}? (?:{_DONE}|sexual abuse|rape|sex abuse|sex for money){END}",
    )
    yield en(
        event,
        rf"{START}(?:her|his|(?:my|our|the) {PERSON_EN}'?s) (?:[a-z]{{2,10}} )?"
        rf"(?:pimp|trafficker|abuser|rapist)(?:'s|s)?{END} (?:is|was|has|had|took|made|makes|keeps?"
        r"|beat|beats|found|finds|hit|hits|said|says|forces|forced|texts?|texted|threatened|wants"
        r"|will|knows|just|sold|sells|held|holds|drugs|drugged|came|comes|who|in|and|lives|name"
        r"|named|drives|works|again|still|calls|called|showed|got)(?![a-z])",
    )
    yield en(
        event,
        rf"{START}{_A_DOER}(?:'s|'re)?(?: (?:is|are|was|were|has|have|had|been|keeps?|kept|also|just|would|will|and)){{0,3}}"
        rf" {_DOES} {_THE_VICTIM}{END}",
    )
    yield en(
        event,
        rf"{START}{_A_DOER}(?:'s)?(?: (?:is|are|was|has|have|would|keeps?)){{0,2}} (?:makes?|made|making|forcing)"
        rf" {_THE_VICTIM} (?:to )?(?:work|sleep|sell|have|do|walk|turn|prostitute|strip|beg|pay|trick"
        r"|post|go|dance|see|meet|send)(?![a-z])",
    )
    yield en(
        event,
        rf"{START}(?:s?he|they|boss|employer|(?:her|his|my|the) {_DOER})(?: (?:has|have|had))?"
        r" (?:took|takes|taken|kept|keeps|holding|holds|has|have) (?:away )?(?:all )?(?:of )?(?:her|his|my|their)"
        r" (?:passport|papers|documents|visa|i\.?d\.?|phone|baby|kids|wages)(?![a-z])",
    )
    yield en(
        event,
        rf"{START}i (?:was|am being|got|have been|was being|am|had been|been){how} {_DONE}{END}"
        rf"|{START}my (?:pimp|trafficker|rapist|abuser|madam){END}",
    )
    yield en(
        event,
        rf"{START}(?:a|an|the|this|two|three|young|some|\d{{1,2}}) (?:[a-z]{{2,12}} ){{0,2}}{PERSON_EN}s?{END}"
        r"(?: (?:who|that|is|are|was|were|seem to be|appears to be)){1,3} (?:being )?"
        r"(?:held|sold|trafficked|exploited|pimped(?: out)?|kept|forced to work|locked)"
        r"(?: (?:against|captive|up|there|for sex)){0,2} (?:at|in|by|out of|on|inside|near|off)"
        r" (?:the |a |this )?(?!risk|least|order|general|large|any|some|one|many|california|contra)",
    )
    yield en(
        event,
        rf"{START}(?:w|w/|with|by) ?(?:her|his|the) (?:pimp|trafficker|abuser|rapist){SHUT}",
        about_someone=True,
    )


def _told_in_spanish() -> Iterator[Clue]:
    event = Kind.DISCLOSURE
    start_es = rf"{SENTENCE}{ONE_ES}"
    how = r"(?: (?:siendo|sexualmente|repetidamente)){0,2}"
    yield es(
        event,
        rf"{_NO_LESSON_ES}(?:{OUR_ES}|{START}ella)(?:[ ,]{{1,2}}{WORD}){{0,3}}?"
        rf" (?:fue|esta siendo|ha sido|era|es|habia sido|sigue siendo|esta){how} {_DONE_ES}",
    )
    yield es(
        event,
        rf"{_NO_LESSON_ES}(?:{THE_ES}|{start_es})(?:[ ,]{{1,2}}{WORD}){{0,2}}?"
        rf" (?:fue|esta siendo|ha sido|habia sido){how} {_DONE_ES}(?: [a-z]{{2,15}}){{0,2}}?"
        r" (?:por|en|desde|cuando|anoche|ayer|hoy)(?! (?:la calle|internet|lugares))",
    )
    yield es(
        event,
        rf"{_NO_LESSON_ES}(?:{OUR_ES}|{THE_ES}|{start_es}|{START}ella)(?: [a-z]{{2,12}}){{0,2}}?"
        rf" {_TELLS_ES}{END}{gap(5)}{START}(?:su|un|el|la|lo|que la|que lo|fue|era|ha sido)"
        rf" (?:{_DOER_ES}{END}|{_DOES_ES}|{_DONE_ES}|esta siendo {_DONE_ES})",
    )
    yield es(
        event,
        rf"{START}(?:(?:su|mi|el|la) {_DOER_ES}|un (?:hombre|senor|tipo)|el hombre|unos hombres)"
        r"(?: (?:que|quien|siempre|tambien|le|ya)){0,2}"
        rf" (?:la|lo|me|le|nos|abuso de|abusaba de|abusa de) ?{_DOES_ES}",
    )
    yield es(
        event,
        rf"{START}(?:su|mi) (?:tratante|traficante|padrote|proxeneta|abusador|violador){SHUT} ",
    )
    yield es(
        event,
        rf"{START}(?:me|la|lo) (?:estan |estaban |esta |estaba )(?:vendiendo|golpeando|obligando"
        r"|explotando|amenazando|violando|drogando|prostituyendo|forzando)(?![a-z])",
    )
    yield es(
        event,
        rf"{START}me (?:estan? )?(?:violo|violaron|vendio|vendieron|venden|vende|golpea|golpeo"
        r"|golpean|obliga|obligan|obligo|obligaron|secuestro|secuestraron|prostituyen|prostituye"
        r"|encerro|encerraron|tienen? encerrad[oa]|explotan|explota|drogo|drogaron|amenaza"
        r"|amenazan|toco|tocaba|pega|pegan|quit(?:o|aron) (?:mi|el) pasaporte|hacen? trabajar)(?![a-z])"
        rf"|{START}fui {_DONE_ES}|{START}(?:estoy siendo|he sido|soy) {_DONE_ES}",
    )
    yield es(
        event,
        rf"{START}la (?:violo|violaron|vendio|vendieron|venden|golpea|golpearon|obliga|obligan"
        r"|obligaron|secuestraron|encerraron|prostituyen|explotan|drogaron|amenazan"
        r"|tienen encerrada)(?![a-z])",
    )
    yield es(
        event,
        rf"{START}abus(?:o|aba|aron) (?:sexualmente )?de (?:ella|mi|(?:la|el) {PERSON_ES}){END}",
    )
    yield es(
        event,
        rf"{START}(?:una?|la|el|dos|tres|unas|esta|esa) {PERSON_ES}s?{END}(?: [a-z]{{2,12}}){{0,2}}?"
        r" (?:la tienen|lo tienen|siendo|esta|estan|esta siendo|estan siendo|tienen)"
        rf" (?:{_DONE_ES}|vendida|encerrad[oa]s?) (?:en|por|dentro)",
    )


CLUES: tuple[Clue, ...] = (*_told_in_english(), *_told_in_spanish())
