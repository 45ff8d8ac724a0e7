"""
How people speak of one client or victim, in English and Spanish.
"""

import re

from commands.clues.clue import END, SHUT, START, any_of

_CHILD_EN = (
    "minor|child|kid|kiddo|girl|boy|teen|teenager|youth|juvenile|toddler|baby|infant|daughter"
    "|stepdaughter|stepson|niece|nephew|student|pupil|tween|preteen|foster|ward"
    "|my son|her son|his son|their son|our son"
)
_CHILD_ES = (
    "menor|nina|nino|nene|nena|adolescente|hija|hijo|hijastra|hijastro|sobrina|sobrino|bebe"
    "|chamaca|chamaco|morrita|morrito|chavita|chavito|jovencita|jovencito|nieta|nieto"
    "|estudiante|alumna|alumno|ninita|ninito|cipota|cipote|patoja|patojo"
)
PERSON_EN = any_of(
    _CHILD_EN,
    # client and victim as they are abbreviated and misspelt in notes
    "client|clnt|clt|clinet|cleint|cliant|cl|ct|pt|patient|victim|vict|vic|vicitm|victm",
    "survivor|survior|survivior|surv|woman|female|male|lady|guy|runaway|resident|participant",
    "caller|walk in|sister|brother|cousin|roommate|friend|detainee|referral|intake|dependent|young man",
)
PERSON_ES = any_of(
    _CHILD_ES,
    "cliente|clienta|victima|vitima|victma|sobreviviente|superviviente|paciente|muchacha",
    "muchacho|chica|chico|chava|chavo|morra|morro|joven|mujer|senora|senorita|hermana|hermano",
    "prima|primo|participante|residente|usuaria|usuario|amiga|companera|detenida|detenido",
)
PERSON = f"(?:{PERSON_EN}|{PERSON_ES})"

_ADJECTIVE = r"(?:[a-z]{2,12} )?"
# "Victim services", "the child abuse hotline": the first half of something else.
_OF_WORK = any_of(
    "abuse|advocates?|advocacy|assistance|bureau|care|compensation|group|hotline|intake|interview"
    "|leaders?|leadership|panel|program|protection|protective|rights|services?|statement"
    "|subcommittee|summit|support|team|welfare|witness|work ?group"
)
_NO_WORK = rf"(?! {_OF_WORK}{SHUT})"
SHORT = any_of("vic|vict|cl|clt|ct|pt|surv")  # written with a full stop
# One person, not many.
ONE_EN = rf"{START}(?:{SHORT}\.|{PERSON_EN}(?: ?'s| s)?{END}){_NO_WORK}"
ONE_ES = rf"{START}{PERSON_ES}{END}"
OUR_EN = (
    rf"{START}(?:my|our|this|that|her|his|another|one of (?:my|our|the)) {_ADJECTIVE}{PERSON_EN}"
    rf"{END}{_NO_WORK}"
)
OUR_ES = rf"{START}(?:mi|nuestr[oa]|est[ae]|es[ae]|una? de mis) {_ADJECTIVE}{PERSON_ES}{END}"
THE_EN = rf"{START}(?:the|a|an|one|new) {_ADJECTIVE}{PERSON_EN}{END}{_NO_WORK}"
THE_ES = rf"{START}(?:la|el|una?) {_ADJECTIVE}{PERSON_ES}{END}"

# The text speaks of one client or victim.
SOMEONE = re.compile(
    rf"{OUR_EN}|{OUR_ES}|{START}(?:the|la|el) {PERSON}{SHUT}(?!'){_NO_WORK}"
    rf"|{START}(?:client|clienta|cliente|victim|victima|vic|survivor|sobreviviente|cl|ct|pt)"
    rf"(?: is| was| es| esta| needs| necesita|:|,|'s){SHUT}"
    rf"|{START}(?:her|his|su) (?:pimp|trafficker|tratante|padrote|proxeneta|abuser){SHUT}"
)
_OF_CHILDREN_EN = any_of(
    _CHILD_EN,
    "children|juv|underage|under age|elementary|middle school|high school",
    "[5-9]th grade|1[0-2]th grade|foster care",
)
_OF_CHILDREN_ES = any_of(_CHILD_ES, "primaria|secundaria|preparatoria")
# The text speaks of children.
CHILD = re.compile(rf"{START}(?:{_OF_CHILDREN_EN}s?|{_OF_CHILDREN_ES}(?:s|es)?){SHUT}")
