"""
Birth dates and ages.
"""

import re
from collections.abc import Iterator

from commands.clues.clue import END, SENTENCE, START, WORD, Clue, Kind, any_of, en, es, gap
from commands.clues.people import ONE_EN, ONE_ES, PERSON

ADULT = 18  # years

_MONTH = any_of(
    "january|february|march|april|may|june|july|august|september|october|november|december|jan"
    "|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec|enero|febrero|marzo|abril|mayo|junio|julio"
    "|agosto|septiembre|setiembre|octubre|noviembre|diciembre|ene|abr|ago|dic"
)
_DATE = (
    r"(?:\d{1,4} ?[/.-] ?\d{1,2} ?[/.-] ?\d{2,4}(?!\d)"
    rf"|\d{{1,2}}(?:st|nd|rd|th|ro)?(?: ?[/.,-]| de| of)? ?{_MONTH}(?![a-z])"
    rf"|{_MONTH}\.?[ /.,-]{{1,2}}\d{{1,4}}"
    r"|\d{1,2} \d{1,2} \d{2,4}(?!\d)|\d{6}(?:\d\d)?(?!\d))"
)
_YEAR = r"(?:(?:19|20)\d\d(?!\d))"
_PART_OF_DATE = r"(?:\d{1,2} ?[/-] ?\d{1,4}(?!\d)|\d{4}(?!\d))"


def _birth_dates() -> Iterator[Clue]:
    label_en = any_of("dob|date of birth|birth date|birthdate|birthday|bday|b day|born on|d/o/b")
    label_es = any_of(
        "fecha de nacimiento|fecha nacimiento|fecha de nac|fecha nac|fec nac|f nac|f de nac|f de n"
        "|fdn|fn|fnac|nacimiento|cumpleanos|cumple anos|cumple|f\\. ?nac"
    )
    link = (
        r"(?:is|was|es|el|dia|on|of|for|para|patient|survivor|minor|de|del|la|mi|my|client|client's|clients|clienta|cliente|victim"
        r"|victim's|victima|the|her|his|su|menor|in|en|about|approx|around|listed|as|given|year"
        r"|ano|mes|month|maybe|son|era|a|mm/dd/yy(?:yy)?|dd/mm/(?:yy|aa){1,2}|m/d/y)"
    )
    between = rf"(?:[ :=#,.()\"'/-]{{0,3}}{link}(?![a-z])){{0,6}}[ :=#,.()\"'/-]{{0,4}}"
    date = rf"(?:{_DATE}|{_YEAR}|{_PART_OF_DATE})"
    yield en(Kind.BIRTH_DATE, rf"{START}{label_en}{END}{between}{date}")
    yield es(Kind.BIRTH_DATE, rf"{START}{label_es}{END}{between}{date}")
    yield en(Kind.BIRTH_DATE, rf"{_DATE}[ ,:()=-]{{0,3}}{START}(?:dob|d\.o\.b){END}")
    born_en = rf"{START}(?:born|b\.) ?(?:on|in|around|abt|about|:)?(?: the)?(?: month of)? ?"
    born_es = (
        rf"{START}(?:nacid[oa]|nacio|naci)(?: en| el| alrededor de| por)?(?: dia| mes de| ano)?"
        r"(?: de)? ?"
    )
    yield en(Kind.BIRTH_DATE, rf"{born_en}{_DATE}")
    yield es(Kind.BIRTH_DATE, rf"{born_es}{_DATE}")
    # A year alone says nothing of a coalition born in 2009.
    yield en(Kind.BIRTH_DATE, rf"(?:{ONE_EN}|{START}s?he){gap(5)}{born_en}{_YEAR}")
    yield es(Kind.BIRTH_DATE, rf"(?:{ONE_ES}|{START}ella){gap(5)}{born_es}{_YEAR}")
    yield es(Kind.BIRTH_DATE, rf"{START}nacida? en {_YEAR}")


_WORD_EN = any_of(
    "nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
)
_WORD_ES = any_of(
    "nueve|diez|once|doce|trece|catorce|quince|dieciseis|diez y seis|diecisiete|dieciocho"
    "|diecinueve"
)
_BARE = r"(?<![\d.,/$#:+])(?<!\d )(?<!\d-)\d{1,2}(?![\d%+])"
_DIGITS = rf"~?(?P<age>{_BARE})"
_AGE_EN = rf"~?(?P<age>{_BARE}|{START}{_WORD_EN})"
_AGE_ES = rf"~?(?P<age>{_BARE}|{START}{_WORD_ES})"
_YEARS = (
    r"[ -]{0,2}(?:y/?o|y\.? ?o\.?|yrs?\.?[ -]?old|years?[ -]old|yr?s?\.? of age|years? of age"
    r"|year ole|yr ol|yro|mo(?:nths?|s)?[ -]old)[mf]?(?![a-z])"
)
_SEX = r"[ /,-]{0,2}(?:[fm]|female|male|girl|boy)(?![a-z'])"
# "under 18", "ages 12-24", "16 and over" speak of no one.
_NO_LIMIT = (
    r"(?<!under )(?<!over )(?<!below )(?<!above )(?<!between )(?<!ages )(?<!than )(?<!least )"
    r"(?<!to )(?<!\d- )(?<!\d - )(?<!the )"
)
_NO_RANGE = (
    r"(?! ?(?:-|to|through|thru|a) ?\d| (?:and|or) (?:over|older|up|under|younger|above|below)"
    r"|\+| y (?:mas|menos))"
)
# What may follow an age that has no unit: "my client is 14 and", but not "client 14 agencies".
_ENDS = (
    rf"(?=$| ?[,.;)!?\"'/(](?!\d)| ?[-&] |{_YEARS}|{_SEX}"
    r"| (?:and|but|so|who|she|he|they|her|his|with|w|from|in|at|on|is|was|has|had|came|ran|got"
    r"|needs?|needing|needed|wants?|looking|seeking|staying|living|pregnant|homeless|latina"
    r"|latino|hispanic|black|white|asian|native|trans|cis|speaks?|speaking|spanish|monolingual"
    r"|may|might|can|cant|cannot|said|says|disclosed|reports?|right|now|today|tonight|asap"
    r"|please|pls|plz|when|since|because|bc|going|without|no|also|just|maybe|runaway|foster|dob"
    r"|y|que|con|de|del|en|necesita|busca|esta|fue|se|sin|embarazada|pero|ella|el|anos)(?![a-z])"
    r"| \d)"
)
_BEFORE_EN = (
    r"(?:[ ,:;()\"-]{0,3}(?:is|'s|was|are|age|aged|turned|turns|turning|just|only|about|abt|around"
    r"|approx|like|maybe|who|she|he|they|theyre|shes|hes|she's|he's|currently|now|almost|barely|and"
    r"|think|i)(?![a-z])){0,4}[ ,:;()\"-]{0,3}"
)
_BEFORE_ES = (
    r"(?:[ ,:;()\"-]{0,3}(?:de|con|tiene|tenia|edad|cumplio|cumple|apenas|solo|como|unos|casi|tan"
    r"|acaba|cumplir|aprox|aproximadamente|es|y|que|una|un|la|su|ya)(?![a-z])){0,6}[ ,:;()\"-]{0,3}"
)
_NO_LIMIT_ES = (
    r"(?<!menores de )(?<!mayores de )(?<!mayor de )(?<!mas de )(?<!menos de )(?<!hace )(?<!por )"
    r"(?<!durante )(?<!ultimos )(?<!entre )(?<!\d a )(?<!los )(?<!cada )"
)
_ANOS = (
    r"[ -]?(?:anos|anitos|anios|an~os|ano)(?![a-z])"
    r"(?! (?:de (?:experiencia|servicio|trabajo|carcel|prision)|trabajando|o mas|y mas|o menos))"
)
_DESCRIBED = (
    r"(?:'s|,?) (?:female|male|girl|boy|woman|man|lady|mom|mother|parents?|teacher|school|case|file|latina|latino|hispanic|black|white|asian|native"
    r"|trans|mexican|honduran|guatemalan|salvadoran|filipina|foster|pregnant|homeless|runaway"
    r"|missing|undocumented|survivor|victim|client|who|was|is|has|had|came|ran|got|disclosed|says"
    r"|said|told|needs|needing|w/|named|being|stuck|living|staying|trafficked)(?![a-z'])"
)


def _ages() -> Iterator[Clue]:
    age, unit = Kind.AGE, rf"(?:{_YEARS})"
    yield en(age, rf"{ONE_EN}{gap(6)}{_NO_LIMIT}{_AGE_EN}{_NO_RANGE}{unit}")
    yield en(
        age,
        rf"{ONE_EN}{gap(4)}{START}(?:aged?|is|turned|turns|turning)[ :=#-]{{1,3}}"
        rf"(?:now |just |only |about |almost )?{_NO_LIMIT}{_AGE_EN}{_NO_RANGE}{_ENDS}",
    )
    yield en(
        age,
        rf"{ONE_EN}(?: ?#?\d[:.)-])?{_BEFORE_EN}(?!\d(?:$|[.;,)]| [-&])){_NO_LIMIT}{_AGE_EN}{_NO_RANGE}{_ENDS}",
    )
    yield en(age, rf"{ONE_EN}{gap(4)}{START}aged?[ :=#-]{{1,3}}{_AGE_EN}{_NO_RANGE}")
    yield en(
        age,
        rf"{_NO_LIMIT}{_AGE_EN}{_NO_RANGE}{unit}(?:[ ,/-]{{1,2}}{WORD}){{0,4}}?[ ,/-]{{1,2}}{ONE_EN}",
    )
    yield en(age, rf"{SENTENCE}{_DIGITS} ?/?[fm](?![a-z'])")
    yield en(age, rf"{_DIGITS}[fm](?:{_DESCRIBED})")
    yield en(age, rf"{ONE_EN}{gap(3)}(?P<age>(?<!\d)(?:[1-9]|1[0-2]))(?:st|nd|rd|th) grade")
    # two minors, 14 and 16
    yield en(
        age,
        rf"{START}{PERSON}s?[ ,:(-]{{1,3}}(?:aged |ages |are ){{0,2}}{_DIGITS},? ?(?:and|&|y) ?\d{{1,2}}(?!\d)",
    )
    yield en(age, rf"{ONE_EN}{gap(4)}{_DIGITS} ?/?[fm](?![a-z'])")
    yield en(age, rf"{ONE_EN}{gap(4)}{START}[fm] ?/? ?{_DIGITS}{_ENDS}")
    # survivor Jane, 22, needs; student at a high school (15)
    yield en(age, rf"{ONE_EN}{gap(4)}[,(] ?{_DIGITS}(?: ?\)|, (?!\d)|,?$|[.;!?](?!\d))")
    yield es(age, rf"{ONE_ES}{gap(4)}[,(] ?{_DIGITS}(?: ?\)|, (?!\d)|,?$|[.;!?](?!\d))")
    yield en(age, rf"{_NO_LIMIT}{_AGE_EN}{unit}(?:{_SEX}|{_DESCRIBED})")
    yield en(age, rf"{_NO_LIMIT}{_DIGITS}{_NO_RANGE}[ -]?(?:yo|y/o)[fm](?![a-z])")
    yield en(
        age,
        rf"{START}(?:for|w|w/|with|a|have|got|placement|bed|intake|referral|new|my|our)(?: an?)?"
        rf"[ :]{{1,2}}{_DIGITS}{_NO_RANGE} ?/?[fm](?![a-z'])",
    )
    clause_ends = (
        r"(?=$| ?[,.;!?)]| (?:and|but|years?|yrs?|with|who|so|she|he|they|her|his|needs?|pregnant|last"
        r"|this|next|today|yesterday|tomorrow|soon|from|now)(?![a-z])"
        r"(?! ago))"
    )
    yield en(
        age,
        rf"{START}(?:s?he|they)(?:'s|s| is| was|'re| are)?"
        r"(?: (?:only|just|barely|about|almost|like|now|turned|turns|turning|maybe|a)){0,3} "
        rf"{_NO_LIMIT}{_AGE_EN}(?:{unit}|{clause_ends})",
    )
    yield en(
        age,
        rf"{START}(?:i'?m|i am)(?: (?:only|just|a|almost|actually|female|girl)){{0,3}} "
        rf"{_AGE_EN}(?:{unit}|(?=$| ?[,.;!?)]| (?:and|but|yrs?|years?|i|my|from|f|m|need|please|pls|help|he|they)(?![a-z])))",
    )
    yield es(age, rf"{ONE_ES}{gap(3)}(?P<age>{_BARE})a(?![a-z0-9])")
    # "menor de 18" is any minor; "la menor de 15 años" is one girl.
    yield es(
        age,
        rf"{ONE_ES}(?! de (?:18|21) anos){gap(3)}{_BEFORE_ES}{_NO_LIMIT_ES}{_AGE_ES}{_NO_RANGE}{_ANOS}",
    )
    yield es(
        age,
        rf"{ONE_ES}(?! de (?:18|21)(?!\d)){_BEFORE_ES}(?!\d(?:$|[.;,)]| [-&])){_NO_LIMIT_ES}{_AGE_ES}{_NO_RANGE}{_ENDS}",
    )
    yield es(
        age,
        rf"{ONE_ES}{gap(4)}{START}edad[ :=]{{1,3}}(?:de |es |es de )?{_AGE_ES}{_NO_RANGE}",
    )
    yield es(
        age,
        rf"{START}edad de (?:la |mi |el ){{0,2}}{ONE_ES}[ :=]{{1,3}}(?:es )?{_AGE_ES}{_NO_RANGE}",
    )
    yield es(
        age, rf"{_NO_LIMIT_ES}{_AGE_ES}{_ANOS}(?:[ ,]{{1,2}}{WORD}){{0,2}}?[ ,]{{1,2}}{ONE_ES}"
    )
    yield es(
        age,
        rf"(?:{SENTENCE}|, ?|{START}(?:ella|y|que|pero|apenas|solo) )(?:ella |el |apenas |solo ){{0,2}}"
        r"(?:tiene|cumplio)(?: (?:apenas|solo|como|casi|unos)){0,2} "
        rf"(?P<age>(?:\d|1[0-7])(?!\d)|{_WORD_ES}){_ANOS}",
    )
    yield es(
        age,
        rf"{START}tengo(?: (?:apenas|solo|como|casi)){{0,2}} {_AGE_ES}{_ANOS}",
    )


def years(found: re.Match[str]) -> int:
    """
    Return the age one of `AGES` found; of those in words it only matters which are of age.
    """
    told = found["age"]
    if told.isdigit():
        return int(told)
    return (
        ADULT if told.startswith(("eighteen", "nineteen", "diecioch", "diecinuev")) else ADULT - 1
    )


BIRTH_DATES: tuple[Clue, ...] = tuple(_birth_dates())
AGES: tuple[Clue, ...] = tuple(_ages())
