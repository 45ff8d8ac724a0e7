"""
What people type to be reached: phone numbers and Slack's mentions, checked.
"""

import re
import unicodedata

from commands.speech import phrase, say
from storage.people import grants
from storage.session import Session

REGION = "US"
_JOINERS = "\u200c\u200d"  # of Persian and Indian scripts, and of emoji
HOW = phrase("Please type a phone number with its area code, such as (925) 555-0100.")
_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>")


def checked_phone(typed: str) -> str:
    """
    Return *typed* as a number is printed; one of another country with its code.

    Raises:
        ValueError: if nobody has such a number; its message says what to type.
    """
    import phonenumbers  # 15 ms of a start that checks no number

    try:
        number = phonenumbers.parse(typed, REGION)
    except phonenumbers.NumberParseException as error:
        raise ValueError(say(HOW)) from error
    if not phonenumbers.is_possible_number(number):
        raise ValueError(say(HOW))
    home = number.country_code == phonenumbers.country_code_for_region(REGION)
    form = phonenumbers.PhoneNumberFormat
    return str(phonenumbers.format_number(number, form.NATIONAL if home else form.INTERNATIONAL))


def one_line(typed: str) -> str:
    """
    Return *typed* in one line, without the characters that nobody sees: some turn around
    the order of what stands beside them. Those that join letters stay.
    """
    seen = (
        each
        for each in typed
        if each in _JOINERS or unicodedata.category(each) not in {"Cc", "Cf"} or each.isspace()
    )
    return " ".join("".join(seen).split())


def is_said(text: str) -> bool:
    """
    Say whether *text* has a letter or a digit in it.
    """
    return any(each.isalnum() for each in text)


def mentioned(text: str) -> str | None:
    """
    Return the Slack id of the first person that *text* mentions.
    """
    found = _MENTION.search(text)
    return found[1] if found else None


def mention(user_id: str) -> str:
    """
    Return how a command text names a person.
    """
    return f"<@{user_id}>"


def without_mentions(text: str) -> str:
    return " ".join(_MENTION.sub(" ", text).split())


def coordinators_for(session: Session, collaboratives: set[str], *, but: str) -> tuple[str, ...]:
    """
    Return whose it is to decide on what concerns *collaboratives*: their coordinators and
    those of all; where there are none, the administrators, those by settings included.

    Args:
        but: nobody decides on their own.
    """
    given = [each for each in grants(session, but_members=True) if each.user_id != but]
    right = [each for each in given if each.role == "coordinator" and (not each.scope or each.scope in collaboratives)]  # fmt: skip
    if right:
        return tuple(dict.fromkeys(each.user_id for each in right))
    admins = {each.user_id for each in given if each.role == "admin"} | session.admins
    return tuple(sorted(admins - {but}))
