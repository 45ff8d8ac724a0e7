"""
What one cell of a sheet may hold: read, or refused in words.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any

import phonenumbers
from pydantic import TypeAdapter, ValidationError

from storage.packs.schema import HINTS, Email, Key, Number, Url

REGION = "US"  # of a number that is written without a country
TYPES = ("voice", "text", "fax", "cell", "video", "pager", "textphone")  # HSDS's
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_EXTENSION = re.compile(r"(.*?[0-9)])[\s.]*(?:x|ext|extension)[\s.:#]*([0-9]{1,10})", re.IGNORECASE)
_BRACKET = re.compile(r"\[\s*(for|in)\s*:([^\[\]]*)\]", re.IGNORECASE)
_OFFERED = re.compile(rf"([^\[\]]+)((?:{_BRACKET.pattern}\s*)*)", re.IGNORECASE)
_USER_ID = re.compile(r"[UW][A-Z0-9]{2,}")
MOST_NAMED = 5  # keys that a fault lists
_SEEN_BY = ("members", "coordinators")
_HOUR = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, kw_only=True)
class PhoneCell:
    """
    Attributes:
        number: as written, without its extension.
        type: HSDS's: "voice".
    """

    number: str
    extension: str | None
    type: str
    description: str | None


@dataclass(frozen=True, kw_only=True)
class Offered:
    """
    Attributes:
        service: its key.
        persons, languages: keys; empty: not said.
    """

    service: str
    persons: tuple[str, ...]
    languages: tuple[str, ...]


def as_key(text: str) -> str:
    return str(_as(_KEY, text))


def as_user_id(text: str) -> str:
    if not _USER_ID.fullmatch(text):
        raise ValueError(
            "write a Slack member ID such as U012ABCDEF: profile, More, Copy member ID"
        )
    return text


def as_visibility(text: str) -> str:
    if text.casefold() not in _SEEN_BY:
        raise ValueError(f"write {' or '.join(_SEEN_BY)}")
    return text.casefold()


def as_url(text: str) -> str:
    return str(_as(_URL, text))


def as_email(text: str) -> str:
    return str(_as(_EMAIL, text))


def as_hour(text: str) -> time:
    found = _HOUR.fullmatch(text)
    if found is None:
        raise ValueError("is no time of day: write one such as 09:00")
    return time(int(found[1]), int(found[2]))


def as_days(text: str) -> list[str]:
    """
    Return days of the week as RFC 5545 writes them, Monday first.
    """
    found = set()
    for word in re.findall(r"[^\s,;|/]+", text):
        said = word.casefold().rstrip(".")
        if len(said) < 2 or not (named := [name for name in _NAMES if name.startswith(said)]):
            raise ValueError(f"write days such as {', '.join(DAYS[:5])}")
        found.add(DAYS[_NAMES.index(named[0])])
    return [day for day in DAYS if day in found]


def as_phone(text: str) -> PhoneCell:
    """
    Return the number, kind and purpose that *text* gives, without a look at whether such a
    number exists: `exists` tells.
    """
    number, _, rest = text.partition(",")
    kind, _, purpose = rest.partition(",")
    typed = _EXTENSION.fullmatch(number.strip())
    kind = kind.strip().casefold() or "voice"
    if kind not in TYPES:
        raise ValueError(
            f"after the number comes its kind, one of {', '.join(TYPES)}, and then what it is for"
        )
    return PhoneCell(
        number=str(_as(_NUMBER, (typed[1] if typed else number).strip())),
        extension=typed[2] if typed else None,
        type=kind,
        description=purpose.strip() or None,
    )


def as_number(text: str) -> str:
    """
    Return a person's number as it is printed; one of another country with its code.
    """
    if not exists(text):
        raise ValueError("no such phone number can exist")
    number = phonenumbers.parse(text, REGION)
    form = phonenumbers.PhoneNumberFormat
    home = number.country_code == phonenumbers.country_code_for_region(REGION)
    return str(phonenumbers.format_number(number, form.NATIONAL if home else form.INTERNATIONAL))


def exists(number: str) -> bool:
    """
    Say whether there can be such a phone number: by its country's plan of numbers.
    """
    try:
        parsed = phonenumbers.parse(number, REGION)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(parsed) or bool(
        phonenumbers.is_valid_short_number_for_region(parsed, REGION)
    )


def phone_key(organization: str, phone: PhoneCell) -> str:
    """
    Return the key of an organization's phone: the same however the number is written.
    """
    try:
        parsed = phonenumbers.parse(phone.number, REGION)
        abroad = f"{parsed.country_code}-" if parsed.country_code != 1 else ""
        digits = f"{abroad}{phonenumbers.national_significant_number(parsed)}"
    except phonenumbers.NumberParseException:
        digits = re.sub(r"[^0-9]", "", phone.number)
    extension = f"-x{phone.extension}" if phone.extension else ""
    kind = f"-{phone.type}" if phone.type != "voice" else ""
    return f"{organization}-{digits}{extension}{kind}"


def offered_parts(text: str) -> tuple[str, list[str], list[str]]:
    """
    Return the service, the persons and the languages that *text* names: "Food [for: minor]
    [in: spanish, english]".
    """
    found = _OFFERED.fullmatch(text)
    if found is None:
        raise ValueError(
            "after the service write [for: PERSON, PERSON] or [in: LANGUAGE, LANGUAGE]"
        )
    said: dict[str, list[str]] = {"for": [], "in": []}
    for word, named in _BRACKET.findall(found[2]):
        said[word.casefold()] += [each.strip() for each in named.split(",") if each.strip()]
    return found[1].strip(), list(dict.fromkeys(said["for"])), list(dict.fromkeys(said["in"]))


def found_key(text: str, among: Mapping[str, Any], what: str) -> str:
    """
    Return the key that *text* is, or is the only name of.
    """
    if text in among:
        return text
    said = text.casefold()
    known = [
        key
        for key, row in among.items()
        if said in {row.name.casefold(), getattr(row, "code", row.name).casefold()}
    ]
    if len(known) == 1:
        return known[0]
    if known:
        raise ValueError(f"several have that name: write one of {', '.join(sorted(known))}")
    if len(among) <= MOST_NAMED:
        raise ValueError(f"is no {what} here: write {' or '.join(sorted(among))}")
    raise ValueError(f"is no {what} here")


_KEY: TypeAdapter[str] = TypeAdapter(Key)
_URL: TypeAdapter[str] = TypeAdapter(Url)
_EMAIL: TypeAdapter[str] = TypeAdapter(Email)
_NUMBER: TypeAdapter[str] = TypeAdapter(Number)


def _as(kind: TypeAdapter[Any], text: str) -> Any:
    try:
        return kind.validate_python(text)
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        pattern = detail.get("ctx", {}).get("pattern")
        if pattern in HINTS:
            raise ValueError(f"write {HINTS[pattern]}") from None
        raise ValueError(f"is longer than {detail['ctx']['max_length']} characters") from None


Telling = Callable[[str], object]  # whether a text seems to tell of a client
