"""
The forms of lines people turn to: what they store waits for a second coordinator.
"""

import re
from collections.abc import Mapping
from datetime import datetime

from commands.contract import Button, Reply, Request, Standing, Text, UserError
from commands.forms import (
    AnyField,
    ChoiceField,
    ChoicesField,
    FieldError,
    Form,
    Option,
    Sheet,
    Submission,
    TextField,
    TextKind,
)
from commands.keeping import CHANGED_MEANWHILE, OPERATOR, item_of, keeper
from commands.speech import phrase, say
from storage.directory import lock
from storage.entries import Values, current, made_key, version
from storage.errors import ProposedAlreadyError, StaleError
from storage.items import Item
from storage.phone_numbers import dialled, digits, is_phone_number
from storage.proposals import propose
from storage.session import Session

SECOND = phrase("Nothing is changed yet: a second coordinator approves it, and until then the old is served.")  # fmt: skip
CHANGES = Button(label=phrase("Proposed changes"), command="directory changes")
LANGUAGES = {"en": phrase("English"), "es": phrase("Spanish")}
WAYS = {"voice": phrase("Call"), "text": phrase("Text"), "textphone": phrase("TTY")}
NO_NUMBER = phrase(
    "Please type a telephone number as it is dialled here, such as 1-888-555-0123 or 988."
)
EMPTY = phrase("Please fill this in.")
MISSING = phrase(
    "This line of the card names none of the numbers. Please name one, as it stands above."
)
GONE = phrase("This line of the card still names a number that goes. Please name the new one.")
SAID = phrase("This line of the card still says “{said}”. Please change it too.")
_NOT_A_LETTER = re.compile(r"[^a-z0-9]+")


def show_line(request: Request, session: Session) -> Sheet:
    item = _line(request, session)
    values = current(session, "hotline", item.key) or {}
    fields: list[AnyField] = [
        TextField(name="name", label=say("Name"), value=values["name"], free=True, longest=150),
        TextField(name="kind", label=say("Kind"), hint=say("Such as: crisis, report, tip."), value=values["kind"], free=True, longest=60),
    ]  # fmt: skip
    fields.extend(
        TextField(
            name=f"number_{place}",
            label=say("Number ({ways})", ways=WAYS.get(each["type"], each["type"])),
            hint=say("Empty: it goes."),
            value=each["number"],
            longest=40,
            optional=True,
        )
        for place, each in enumerate(values["phones"])
    )
    fields.extend(
        [
            TextField(name="added", label=say("One more number"), longest=40, optional=True),
            _way("added_type", label=say("One more number: for")),
            TextField(name="hours", label=say("Hours"), value=values["hours"], free=True, longest=100, optional=True),
            TextField(name="url", label=say("Web"), kind=TextKind.URL, value=values["url"], optional=True),
            TextField(name="email", label="E-mail", kind=TextKind.EMAIL, value=values["email"], optional=True),
        ]
    )  # fmt: skip
    fields.extend(
        TextField(
            name=f"card_{language}",
            label=say(
                "Line on the card ({languages})", languages=LANGUAGES.get(language, language)
            ),
            hint=say("Read before anything else: it must say what the fields above say."),
            value=said,
            free=True,
            longest=150,
        )
        for language, said in (values["card"] or {}).items()
    )
    return Sheet(
        title=say("Change a line"),
        says=(item.name, say(OPERATOR), say(SECOND)),
        fields=tuple(fields),
        send=say("Propose"),
        seen=version(values),
    )


def take_line(request: Request, session: Session, sent: Submission) -> Reply:
    lock(session)
    item = _line(request, session)
    by = keeper(request, session, item.organization_id)
    before = current(session, "hotline", item.key) or {}
    if sent.seen != version(before):
        raise _stale(item)
    phones, errors = _numbers(item.key, before, sent)
    errors |= {field: say(EMPTY) for field in ("name", "kind") if not sent.one(field)}
    after = {
        **before,
        **{field: sent.one(field) for field in ("name", "kind", "hours", "url", "email")},
        "phones": phones,
    }
    after["email_unconfirmed"] = before["email_unconfirmed"] and after["email"] == before["email"]
    if before["card"]:
        card = {
            language: _followed(sent.text(f"card_{language}"), said, before, after)
            for language, said in before["card"].items()
        }
        after["card"] = card
        errors |= _contradictions(card, before, after)
    if not (phones or after["url"] or after["email"]):
        errors.setdefault(
            "added", say("A line needs a number, a page or an address. To end it, press Retire.")
        )
    if errors:
        raise FieldError(errors)
    return propose_line(session, item.key, after, by=by, now=request.now, seen=sent.seen)


def show_new(request: Request, session: Session) -> Sheet:
    keeper(request, session, None)
    needs = tuple(Option(label=each.name, value=each.key) for each in request.memory.needs)
    return Sheet(
        title=say("A new line"),
        says=(say(OPERATOR), say(SECOND)),
        fields=(
            TextField(name="name", label=say("Name"), free=True, longest=150),
            TextField(name="kind", label=say("Kind"), hint=say("Such as: crisis, report, tip."), free=True, longest=60),
            TextField(name="added", label=say("Number"), longest=40),
            _way("added_type", label=say("For")),
            TextField(name="hours", label=say("Hours"), free=True, longest=100, optional=True),
            TextField(name="url", label=say("Web"), kind=TextKind.URL, optional=True),
            ChoicesField(name="needs", label=say("What it is for"), options=needs),
        ),
        send=say("Propose"),
    )  # fmt: skip


def take_new(request: Request, session: Session, sent: Submission) -> Reply:
    lock(session)
    by = keeper(request, session, None)
    name = sent.text("name")
    slug = _NOT_A_LETTER.sub("-", name.casefold()).strip("-")[:40]
    key = f"{slug}-{made_key(name, sent.text('added'))}"
    phones, errors = _numbers(key, {"phones": []}, sent)
    if current(session, "hotline", key) is not None:
        errors["added"] = say("There is a line of this name and number. Please change that one.")
    errors |= {field: say(EMPTY) for field in ("name", "kind", "added") if not sent.one(field)}
    if errors:
        raise FieldError(errors)
    after = {
        **{field: sent.one(field) for field in ("name", "kind", "hours", "url")},
        "email": None,
        "email_unconfirmed": False,
        "needs": [*sent.many("needs")],
        "card": None,
        "phones": phones,
    }
    return propose_line(session, key, after, by=by, now=request.now)


def propose_line(
    session: Session,
    key: str,
    after: Values | None,
    *,
    by: str,
    now: datetime,
    seen: str | None = None,
) -> Reply:
    """
    Propose how a line is to be, and say what becomes of it.

    Raises:
        UserError: if it changed meanwhile, or another change of it waits.
    """
    try:
        number = propose(session, key, after, by=by, now=now, seen=seen)
    except StaleError as error:
        raise UserError(say(CHANGED_MEANWHILE)) from error
    except ProposedAlreadyError as error:
        raise UserError(
            say(
                "Change {number} of this line waits for a decision already. Nothing was done.",
                number=error.number,
            ),
            buttons=(CHANGES.spoken,),
        ) from error
    if number is None:
        return Reply(
            title=say("Nothing to change"),
            parts=(Text(text=say("It is that already.")),),
            shareable=False,
        )
    return Reply(
        title=say("Proposed"),
        parts=(
            Text(text=say("Change {number}. {second}", number=number, second=say(SECOND))),
            Text(text=say(OPERATOR)),
        ),
        buttons=(CHANGES.spoken,),
        shareable=False,
    )


def _line(request: Request, session: Session) -> Item:
    _, *rest = request.text.split()
    item = item_of(["hotline", *rest], session)
    keeper(request, session, item.organization_id)
    return item


def _stale(item: Item) -> UserError:
    again = Button(label=say("Open it again"), command=f"entry line {item.id}")
    return UserError(say(CHANGED_MEANWHILE), buttons=(again,))


def _way(name: str, *, label: str) -> ChoiceField:
    options = tuple(Option(label=said, value=key) for key, said in WAYS.items())
    return ChoiceField(name=name, label=label, options=options, value="voice")


def _numbers(
    key: str, before: Values, sent: Submission
) -> tuple[list[dict[str, str | None]], dict[str, str]]:
    """
    Return the numbers a form asks for, and what is wrong with which.
    """
    phones: list[dict[str, str | None]] = []
    errors: dict[str, str] = {}
    for place, each in enumerate(before["phones"]):
        number = sent.one(f"number_{place}")
        if number is None:
            continue
        if number != each["number"] and not is_phone_number(number, type=each["type"]):
            errors[f"number_{place}"] = say(NO_NUMBER)
        phones.append({**each, "number": number})
    added, kind = sent.one("added"), sent.one("added_type") or "voice"
    if added is not None:
        if not is_phone_number(added, type=kind):
            errors["added"] = say(NO_NUMBER)
        made = f"{key}-{kind}-{made_key(added, kind)}"
        if all(each["key"] != made for each in phones):
            new = {"number": added, "extension": None, "type": kind, "description": None}
            phones.append({"key": made, **new})
    return phones, errors


def _followed(said: str, before_said: str, before: Values, after: Values) -> str:
    """
    Return a line of the card with the new numbers in the place of the old, where nobody
    wrote another one.
    """
    if said != before_said:
        return said
    now = {each["key"]: each["number"] for each in after["phones"]}
    for each in before["phones"]:
        new = now.get(each["key"])
        if new is not None and new != each["number"]:
            said = said.replace(each["number"], new)
    return said


def _contradictions(card: Mapping[str, str], before: Values, after: Values) -> Mapping[str, str]:
    """
    Return which lines of the card would say something else than the directory.
    """
    kept = {each["number"] for each in after["phones"]}
    gone = {each["number"] for each in before["phones"]} - kept
    gone = {each for each in gone if dialled(each) not in set(map(dialled, kept))}
    errors = {}
    for language, said in card.items():
        field = f"card_{language}"
        if kept and not any(_names(said, number) for number in kept):
            errors[field] = say(MISSING)
        elif any(_names(said, number) for number in gone):
            errors[field] = say(GONE)
        for name in ("hours", "name"):
            old = _no_longer(name, before, after)
            if old and old.casefold() in said.casefold():
                errors.setdefault(field, say(SAID, said=old))
    return errors


def _no_longer(name: str, before: Values, after: Values) -> str | None:
    """
    Return what a field said and says no longer, or None.
    """
    old, new = before[name], after[name]
    return old if old and old.casefold() not in (new or "").casefold() else None


def _names(said: str, number: str) -> bool:
    """
    Say whether a line of the card names *number*, however it is printed.
    """
    runs = re.findall(r"\d[\d\s().+-]*", said)
    return any(digits(number) == digits(run) or dialled(number) == dialled(run) for run in runs)


FORMS = (
    Form(
        word="line",
        usage="entry line NUMBER",
        summary=phrase("Propose to change a line; a second coordinator approves."),
        who=Standing.APPROVED,
        show=show_line,
        take=take_line,
    ),
    Form(
        word="newline",
        usage="entry newline",
        summary=phrase("Propose a new line; a second coordinator approves."),
        who=Standing.COORDINATOR,
        show=show_new,
        take=take_new,
    ),
)
