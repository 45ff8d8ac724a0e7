"""
The shape of a clue, and the pieces its patterns are made of.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from commands.words import Language


class Kind(StrEnum):
    """
    What a text seems to tell about a person.
    """

    SSN = "ssn"
    A_NUMBER = "a_number"
    BIRTH_DATE = "birth_date"
    CLIENT_ID = "client_id"
    BOOKING_NUMBER = "booking_number"
    MEDICAL_RECORD = "medical_record"
    LICENCE = "licence"
    PASSPORT = "passport"
    CASE_NUMBER = "case_number"
    PLATE = "plate"
    CONTACT = "contact"
    LOCATION = "location"
    NAME = "name"
    AGE = "age"
    DISCLOSURE = "disclosure"


@dataclass(frozen=True, kw_only=True)
class Clue:
    """
    Attributes:
        language: of the words the pattern looks for.
        source: of the pattern; a group "age" holds years.
        about_someone: counts only in a text that speaks of one client or victim.
    """

    kind: Kind
    language: Language
    source: str
    about_someone: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """
        Reads folded text. Compiled when it is first looked for: all together take a tenth
        of a second, which no start has to wait for.
        """
        return re.compile(self.source)


def en(kind: Kind, pattern: str, *, about_someone: bool = False) -> Clue:
    return Clue(kind=kind, language="en", source=pattern, about_someone=about_someone)


def es(kind: Kind, pattern: str, *, about_someone: bool = False) -> Clue:
    return Clue(kind=kind, language="es", source=pattern, about_someone=about_someone)


def any_of(*phrases: str) -> str:
    """
    Return a group of the "|"-separated *phrases*; where one has a space, a hyphen or nothing fits.
    """
    found = {each.strip() for phrase in phrases for each in phrase.split("|")} - {""}
    longest_first = sorted(found, key=lambda each: (-len(each), each))
    return "(?:" + "|".join(each.replace(" ", "[ -]?") for each in longest_first) + ")"


def gap(most: int) -> str:
    """
    Return up to *most* words between two parts, and no end of a sentence.
    """
    return rf"(?:[ ,:;()\"=-]{{1,3}}{WORD}){{0,{most}}}?[ ,:;()\"'=-]{{0,3}}"


START = r"(?<![a-z0-9])"
SENTENCE = r"(?:^|[.:;!?•-])[ \"'(•-]{0,4}"  # where one starts, after a bullet too
END = r"(?![a-z])"  # a number may follow at once: "dob1/2/2010"
SHUT = r"(?![a-z0-9])"
WORD = r"(?:[a-z]\.|[a-z0-9'/&@#-]{1,25}+)"

# "is", ":", "no.", "of the": what may stand between a label and its value.
_LINK = r"(?:is|was|are|es|era|number|numero|(?:num|nbr|no|nro)\.?|n\.o|de|of|the|la|el|por|ending|ends|in|termina|en)"
IS = rf"(?:[ :=#,(\"'-]{{0,3}}{_LINK}?(?![a-z])){{0,4}}[ :=#,(\"'-]{{0,3}}"
# The same, but saying that a number or an equation follows.
NUMBERED = (
    rf"(?:{IS}(?:number|numero|(?:num|nbr|nro|no)\.?|id|code|codigo)(?![a-z])[ :=#-]{{0,3}}(?:is|was|es)?"
    rf"|[ :]?#| ?[:=]| is| es){IS}"
)

PHONE = re.compile(
    r"(?<![\d-])(?:\+?1[ .-]{0,2})?(?:\(\d{3}\)[ .-]{0,2}|\d{3}[ .-])\d{3}[ .-]\d{4}(?!\d|-\d)"
    r"|(?<!\d)\+\d{10,13}(?!\d)|(?<![\d-])1-\d{3}-\d{7}(?!\d)"
)
PHONE_MARK = "¤"  # stands for a telephone number, so that it is taken for nothing else


def code(digits: int) -> str:
    """
    Return a reference of at least *digits* digits that is no year, date or telephone number.
    """
    no_year = r"(?!(?:fy ?)?(?:19|20)\d\d(?:[-/](?:20)?\d\d)?(?![\da-z/-]))"
    no_date = r"(?!\d{1,2}/\d{1,2})"
    no_law = r"(?!(?:ab|sb|age|ages|room|fy|part|page|pc|text|line|step|in|at|on) ?\d)"
    enough = rf"(?=(?:[a-z]{{1,4}}[ -]?)?\d(?:[a-z:./-]{{0,6}}\d){{{digits - 1}}})"
    return rf"{no_year}{no_date}{no_law}{enough}(?:[a-z]{{1,4}}[ -]?)?\d[a-z0-9./-]{{0,30}}"
