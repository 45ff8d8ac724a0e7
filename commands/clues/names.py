"""
A capitalised name or initials right after "my client", "la víctima" and the like.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache

from commands.clues.people import PERSON_EN, PERSON_ES, SHORT
from commands.words import Language, flat

# Capitalised words of titles: "Victim Witness Assistance", "Child Abuse Hotline".
_TITLE_LIST = """
    abuse academy access action adult advisory advocacy advocate advocates aid alert alive alliance
    american and assistance association bank board bureau bureaus calfresh california calworks care
    case cases center centers central child children church city clinic club clubs coalition
    collaborative collaboratives college commission committee community compensation confidentiality
    connect consent contra costa council county court crime crisis custody day defender department
    detail details development directory disability division education emergency employment
    empowerment english exploitation family fund funding group guardian guide haven health hotline
    house housing identification identified inc initiative intake interview investigation jail
    justice juvenile labor law leaders leadership legal liaison line mandarin medi medicaid medical
    medicare member mental ministries minor month movement national native network office officer
    officers organization outreach partners peer planning police policy portal prevention privacy
    probation program programs project projects protection protective protocol provider providers
    public recovery referral referrals resource resources response restitution rights safe safety
    school section sector senate senator service services serving sexual shelter social south
    spanish speaker stories story street summit support survivor survivors system task team teams
    title training trauma trust uber unit united university victim victims vigil voice voices
    volunteers week welfare witness women workforce working workshop workshops year years young
    youth zone zoom
"""
_TITLE = frozenset(_TITLE_LIST.split())
# Other words that may have a capital there; as a second word they may be a family name.
_OTHER_LIST = """
    a about abril absent african after agosto ahora al alameda also amid among an anglo antioch
    apoyo arabic are as asian asked asks at august because been before being berkeley black bolsa
    brazilian brentwood but by called calls came can cannot cantonese chinese colombian con concord
    consejo cual cuando cuban danville de dear december del derechos desde diciembre do does domingo
    during east el ella en enero es esta every febrero february filipina filipino for fremont friday
    from fue get gets go goes got gracias guatemalan ha had haitian has have hay hayward he hello
    her hercules hi him hindi his hispana hispanic honduran how i if in indian indigenous into is it
    january jueves julio july junio just korean la lafayette las latina latino le lo los lost love
    lunes mam march martes martinez marzo may mayan mayo me menor mexican mi miercoles mixteco
    monday mujeres muslim my named necesita need needed needing needs next nicaraguan no not
    november noviembre now oakland oakley october octubre of ok okay on or orinda our out para per
    pero peruvian pinole pittsburg pleasant please por portuguese programa punjabi que quiere re
    regarding richmond russian sabado sacramento said salvadoran san saturday says se see sent
    september septiembre servicios she should si sin since so sobre solano some speaks still su
    sunday tagalog thai thank thanks that the their them then there these they this those thursday
    tiene to today told tomorrow tonight tuesday ukrainian un una until up update urgent used uses
    vallejo venezuelan versus via viernes vietnamese vs walnut wanted wants was we wednesday were
    west what when where which while who whose why will with without would y ya yes you your
"""
_OTHER = frozenset(_OTHER_LIST.split())
_ACRONYM_LIST = """
    ab ad ag ai am bh ca cal cbo ccc cfs cic cj cms cp cps csec cvs cws da dcfs dhs dmv doj dv ecm
    ed ehsd el en er es ess fbi fjc fm fr ged h3 hhs hiv hmis hr hs hsi ht httf ice id iep ipv irc
    it la le leo lgbt lgbtq lgbtqia li lnf lt mdt mh misey mou msh ncmec ngo nhthl no ny ok or pc pd
    pm poc po pr pto qa ra re rfp sa sb sf sj so sro ss ssi ssn sti stm sw ta tay tb tbd tcvap tf
    tip tro tv tx uc ui uk un us usa usc va vawa vocal voca vs vw vwap wa wfs wic
"""
_ACRONYMS = frozenset(_ACRONYM_LIST.split())

_NAME = (
    r"(?:[A-Z][a-z]{1,20}(?:['-][A-Z]?[a-z]{1,20})?|(?:Mc|Mac|De|Di|La|Le|O')[A-Z][a-z]{1,20})"
    r"(?![A-Za-z])"
)
_FIRST = rf"(?P<first>{_NAME})(?! ?\d{{1,2}}(?:,|st|nd|rd|th| at))"  # not "June 3rd"
_SECOND = rf"(?P<second>{_NAME}|[A-Z]\.?(?![A-Za-z]))"
_DOTTED = r"(?P<dotted>[A-Z]\. ?[A-Z]\.?(?: ?[A-Z]\.?)?)(?![A-Za-z])"
_LETTERS = r"(?P<letters>[A-Z]{2,3})(?![A-Za-z0-9'/&.-])"
_ADJECTIVE = r"(?:[a-z-]{2,12} )?"
_COMMA = r" ?[,:;(-] ?\"?"
_LINE = r"(?:^|[.!?;] )[^A-Za-z]{0,4}"  # where a line or a sentence starts


def _named(*, one: str, ours: str, the: str) -> Iterator[str]:
    """
    Yield the patterns of one language.

    Args:
        one: who is spoken of, in lower case.
        ours: what stands before somebody certain; then *one* may have capitals.
        the: what stands before somebody.
    """
    start = r"(?<![A-Za-z])"
    one = rf"(?:{SHORT}\.|{one})"
    capital = rf"(?i:{one})"
    # my client Jane; my client, Jane
    yield rf"{start}{ours} {_ADJECTIVE}{capital}(?: |{_COMMA}){_FIRST}(?: {_SECOND})?"
    # the victim Jane; for client Jane D.; the victim, Jane Doe
    yield rf"{start}{one} {_FIRST}(?: {_SECOND})?"
    yield rf"{start}{the} {_ADJECTIVE}{one}{_COMMA}{_FIRST} {_SECOND}"
    # Client: Jane Doe; Client: Jane, 14; but not "Victim: A person who"
    yield rf"{_LINE}{capital}(?: name)? ?[:=-] ?{_FIRST}(?: {_SECOND}|$|[,.;(]| \d| (?:is|has|was|needs) )"
    # Victim Jane Doe was; but not "Victim Outreach Ministries"
    yield rf"{_LINE}{capital} {_FIRST} {_SECOND}(?=$| [a-z0-9(]|[,.;] )"
    # the victim is Jane Doe; a girl called Ana
    yield rf"{start}{one} (?:called|is|es|was|fue) {_FIRST} {_SECOND}"
    yield rf"{start}(?:an?|una?) {_ADJECTIVE}{one} called {_FIRST}"
    # JD (my client); Jane Doe is my client
    yield rf"{start}{_LETTERS} \({ours} {capital}"
    yield rf"{start}{_FIRST}(?: {_SECOND})? (?:\(|is ){ours} {capital}"
    yield rf"{start}{_FIRST} {_SECOND}, {ours} {capital}"
    yield rf"{start}{one} called {_FIRST}(?=$|[,.;)]| (?:who|and|aged?|is|needs) )"
    # victim J.D.; my client JD; Client: JD
    yield rf"{start}{capital}(?: |{_COMMA}){_DOTTED}"
    yield rf"{start}{ours} {capital}(?: |{_COMMA}){_LETTERS}"
    yield rf"{start}{capital} ?\((?P<letters>[A-Z]{{2}})\)"
    yield rf"{_LINE}{capital} ?[:=-] ?{_LETTERS}"


@cache  # compiled when they are first looked for, as those of a `Clue`
def _english() -> tuple[re.Pattern[str], ...]:
    found = _named(one=PERSON_EN, ours=r"(?:[Mm]y|[Oo]ur|[Tt]his|MY|OUR)", the=r"(?:[Tt]he|[Aa]n?)")
    return tuple(map(re.compile, found))


@cache
def _spanish() -> tuple[re.Pattern[str], ...]:
    found = _named(
        one=PERSON_ES,
        ours=r"(?:[Mm]i|[Nn]uestr[oa]|MI)",
        the=r"(?:[Ll]a|[Ee]l|[Uu]na?|[Ee]st[ae])",
    )
    return tuple(map(re.compile, found))


def named(text: str) -> Language | None:
    """
    Return the language of the words before a client's name in *text*, None if there is no name.

    Args:
        text: with its capitals, without Slack's marks. Lines are read one by one, since a
            capital after a line break says nothing; a text without capitals says nothing either.
    """
    for line in map(flat, text.splitlines()):
        if _any_name(_english(), line):
            return "en"
        if _any_name(_spanish(), line):
            return "es"
    return None


def _any_name(patterns: Iterable[re.Pattern[str]], line: str) -> bool:
    return any(_is_name(found) for pattern in patterns for found in pattern.finditer(line))


def _is_name(found: re.Match[str]) -> bool:
    groups = found.groupdict()
    if "dotted" in groups:
        return True
    if "letters" in groups:
        return groups["letters"].lower() not in _ACRONYMS
    first = groups["first"].lower()
    second = (groups.get("second") or "").lower()
    return first not in _TITLE | _OTHER and second not in _TITLE
