"""
The forms by which an agency's own people keep its entry.
"""

from collections.abc import Sequence

from commands.contract import (
    Button,
    Reply,
    Request,
    Standing,
    UserError,
)
from commands.forms import (
    ChoiceField,
    ChoicesField,
    FieldError,
    Form,
    Option,
    Sheet,
    Submission,
    TextField,
    TextKind,
    TimeField,
)
from commands.keeping import (
    CHANGED_MEANWHILE,
    NOT_VERIFIED,
    PRIVATE,
    agency,
    asked_agency,
    done,
    item_of,
    keeper,
)
from commands.offers import DAYS
from commands.speech import phrase, say
from storage.directory import lock, offered_by, save
from storage.entries import Values, current, made_key, version
from storage.errors import StaleError
from storage.items import Item
from storage.offerings import (
    languages_spoken,
    listed_services,
    persons_served,
)
from storage.organizations import Named
from storage.phone_numbers import is_phone_number
from storage.session import Session

TYPES = {
    "voice": phrase("Call"),
    "text": phrase("Text"),
    "textphone": phrase("TTY"),
    "fax": phrase("Fax"),
    "cell": phrase("Mobile"),
}
NO_NUMBER = phrase(
    "Please type a telephone number as it is dialled here, such as (925) 555-0123 or 988."
)
NO_EXTENSION = phrase("Please type the digits of the extension alone, or leave it empty.")


def _saved(named: Named, *, changed: bool) -> Reply:
    if not changed:
        return done(say("Nothing to change"), say("It was that already."), named)
    return done(
        say("Saved"),
        say("It is shown from now on. {not_verified}", not_verified=say(NOT_VERIFIED)),
        named,
    )


def _save(
    request: Request,
    session: Session,
    named: Named,
    table: str,
    key: str,
    after: Values | None,
    *,
    seen: str,
) -> Reply:
    by = keeper(request, session, named.id)
    try:
        changed = save(session, table, key, after, by=by, now=request.now, seen=seen)
    except StaleError as error:
        raise _stale(request) from error
    return _saved(named, changed=changed)


def _stale(request: Request) -> UserError:
    again = Button(label=say("Open it again"), command=f"entry {request.text}")
    return UserError(say(CHANGED_MEANWHILE), buttons=(again,))


def _of(request: Request, session: Session, *, form: str) -> Named:
    """
    Return the agency a form is about, for those who look after it.
    """
    _, _, text = request.text.partition(" ")
    named = asked_agency(text.strip(), request, session) if not text else agency(text.strip(), session, example=f"entry {form} NAME")  # fmt: skip
    keeper(request, session, named.id)
    return named


def show_details(request: Request, session: Session) -> Sheet:
    named = _of(request, session, form="details")
    values = current(session, "organization", named.key) or {}
    return Sheet(
        title=say("The agency"),
        says=(named.name, say(PRIVATE), say(NOT_VERIFIED)),
        fields=(
            TextField(name="website", label=say("Website"), kind=TextKind.URL, value=values.get("website"), optional=True),
            TextField(name="email", label="E-mail", hint=say("The agency's, not a person's."), kind=TextKind.EMAIL, value=values.get("email"), optional=True),
            TextField(name="description", label=say("What it is"), value=values.get("description"), free=True, lines=True, longest=600, optional=True),
        ),
        send=say("Save"),
        seen=version(values),
    )  # fmt: skip


def take_details(request: Request, session: Session, sent: Submission) -> Reply:
    lock(session)
    named = _of(request, session, form="details")
    after = {field: sent.one(field) for field in ("description", "website", "email")}
    return _save(request, session, named, "organization", named.key, after, seen=sent.seen)


def show_hours(request: Request, session: Session) -> Sheet:
    named = _of(request, session, form="hours")
    values = current(session, "schedule", named.key)
    now = values or {}
    return Sheet(
        title=say("Hours"),
        says=(named.name, say("When the agency can be reached, in local time.")),
        fields=(
            ChoicesField(name="byday", label=say("Days"), options=tuple(Option(label=say(name), value=key) for key, name in DAYS.items()), values=tuple(now.get("byday", ())), optional=True),
            TimeField(name="opens_at", label=say("Opens"), value=now.get("opens_at"), optional=True),
            TimeField(name="closes_at", label=say("Closes"), value=now.get("closes_at"), optional=True),
            TextField(name="description", label=say("Note"), hint=say("Such as: closed on holidays."), value=now.get("description"), free=True, optional=True),
        ),
        send=say("Save"),
        seen=version(values),
    )  # fmt: skip


def take_hours(request: Request, session: Session, sent: Submission) -> Reply:
    lock(session)
    named = _of(request, session, form="hours")
    opens, closes = sent.one("opens_at"), sent.one("closes_at")
    if (opens is None) != (closes is None):
        empty = "opens_at" if opens is None else "closes_at"
        raise FieldError({empty: say("Please give both times, or none.")})
    if opens is not None and opens == closes:
        raise FieldError({"closes_at": say("Please give another time than that of opening.")})
    days = [key for key in DAYS if key in sent.many("byday")]
    if opens is not None and not days:
        raise FieldError({"byday": say("Please tick the days these times are for.")})
    after = {
        "byday": days,
        "opens_at": opens,
        "closes_at": closes,
        "description": sent.one("description"),
    }
    wanted = after if any(after.values()) else None
    return _save(request, session, named, "schedule", named.key, wanted, seen=sent.seen)


def _phone_fields(values: Values) -> tuple[TextField | ChoiceField, ...]:
    kind = values.get("type") or "voice"
    types = TYPES | ({} if kind in TYPES else {kind: kind.capitalize()})
    return (
        TextField(name="number", label=say("Number"), hint=say("As people print it; 988 or 211 will do."), value=values.get("number"), longest=40),
        TextField(name="extension", label=say("Extension"), value=values.get("extension"), longest=10, optional=True),
        ChoiceField(name="type", label=say("For"), options=tuple(Option(label=say(label), value=key) for key, label in types.items()), value=kind),
        TextField(name="description", label=say("What it reaches"), hint=say("Such as: front desk, after hours."), value=values.get("description"), free=True, optional=True),
    )  # fmt: skip


def _phone_values(sent: Submission, organization: str) -> dict[str, str | None]:
    number, extension = sent.text("number"), sent.one("extension")
    errors = {}
    if not is_phone_number(number, type=sent.text("type")):
        errors["number"] = say(NO_NUMBER)
    if extension and not (extension.isascii() and extension.isdecimal()):
        errors["extension"] = say(NO_EXTENSION)
    if errors:
        raise FieldError(errors)
    return {
        "number": number,
        "extension": extension,
        "type": sent.one("type") or "voice",
        "description": sent.one("description"),
        "organization": organization,
    }


def show_add(request: Request, session: Session) -> Sheet:
    named = _of(request, session, form="add")
    return Sheet(
        title=say("Add a number"),
        says=(named.name, say(PRIVATE)),
        fields=_phone_fields({}),
        send=say("Save"),
    )


def take_add(request: Request, session: Session, sent: Submission) -> Reply:
    lock(session)
    named = _of(request, session, form="add")
    by = keeper(request, session, named.id)
    values = _phone_values(sent, named.key)
    # The same number added by two at once is one row.
    made = made_key(named.key, values["number"], values["extension"], values["type"])
    changed = save(session, "phone", f"{named.key}-phone-{made}", values, by=by, now=request.now)
    return _saved(named, changed=changed)


def _phone(request: Request, session: Session) -> tuple[Item, Named]:
    item = item_of(request.text.split(), session)
    if item.organization is None:
        raise UserError(say("This is no number of an agency."))
    keeper(request, session, item.organization_id)
    return item, agency(item.organization, session, example="entry NAME")


def show_phone(request: Request, session: Session) -> Sheet:
    item, named = _phone(request, session)
    values = current(session, "phone", item.key) or {}
    return Sheet(
        title=say("Change a number"),
        says=(named.name, say(PRIVATE), say(NOT_VERIFIED)),
        fields=_phone_fields(values),
        send=say("Save"),
        seen=version(values),
    )


def take_phone(request: Request, session: Session, sent: Submission) -> Reply:
    lock(session)
    item, named = _phone(request, session)
    after = _phone_values(sent, named.key)
    return _save(request, session, named, "phone", item.key, after, seen=sent.seen)


def _whom_and_how(
    session: Session, *, persons: Sequence[str] = (), languages: Sequence[str] = ()
) -> tuple[ChoicesField, ChoicesField]:
    return (
        ChoicesField(name="persons", label=say("For whom"), hint=say("None ticked: for everybody."), options=tuple(Option(label=each.name, value=each.key) for each in persons_served(session)), values=tuple(persons), optional=True),
        ChoicesField(name="languages", label=say("In which languages"), options=tuple(Option(label=each.name, value=each.key) for each in languages_spoken(session)), values=tuple(languages), optional=True),
    )  # fmt: skip


def show_services(request: Request, session: Session) -> Sheet:
    named = _of(request, session, form="services")
    offered = offered_by(session, named.key)
    listed = listed_services(session)
    return Sheet(
        title=say("Services"),
        says=(
            named.name,
            say("Tick what the agency itself says it offers."),
            say("For whom and in which languages is for those you tick now; each can be changed on its own in the entry."),
        ),
        fields=(
            ChoicesField(name="services", label=say("Services"), options=tuple(Option(label=each.name, value=each.key) for each in listed), values=tuple(offered), optional=True),
            *_whom_and_how(session),
        ),
        send=say("Save"),
        seen=version(offered),
    )  # fmt: skip


def take_services(request: Request, session: Session, sent: Submission) -> Reply:
    lock(session)
    named = _of(request, session, form="services")
    by = keeper(request, session, named.id)
    offered = offered_by(session, named.key)
    ticked = [each.key for each in listed_services(session) if each.key in sent.many("services")]
    if set(ticked) == set(offered):
        return _saved(named, changed=False)
    if sent.seen != version(offered):
        raise _stale(request)
    values = {"persons": [*sent.many("persons")], "languages": [*sent.many("languages")]}
    for key in ticked:
        if key not in offered:
            save(session, "offering", f"{named.key}/{key}", values, by=by, now=request.now)
    for key in offered:
        if key not in ticked:
            save(session, "offering", f"{named.key}/{key}", None, by=by, now=request.now)
    return _saved(named, changed=True)


def _service(request: Request, session: Session) -> tuple[Named, str, str]:
    match request.text.split():
        case [_, owner, key]:
            named = agency(owner, session, example="entry NAME")
            names = {each.key: each.name for each in listed_services(session)}
            keeper(request, session, named.id)
            if key in names:
                return named, key, names[key]
    raise UserError(say("Which service? Press a button of `/ht entry` and the agency's name."))


def show_service(request: Request, session: Session) -> Sheet | Reply:
    named, key, name = _service(request, session)
    values = current(session, "offering", f"{named.key}/{key}")
    if values is None:
        return done(
            say("Not offered"),
            say("{name} does not say it offers {name_2}.", name=named.name, name_2=name),
            named,
        )
    return Sheet(
        title=say("A service"),
        says=(f"{named.name}: {name}",),
        fields=_whom_and_how(session, persons=values["persons"], languages=values["languages"]),
        send=say("Save"),
        seen=version(values),
    )


def take_service(request: Request, session: Session, sent: Submission) -> Reply:
    lock(session)
    named, key, _ = _service(request, session)
    after = {"persons": [*sent.many("persons")], "languages": [*sent.many("languages")]}
    return _save(request, session, named, "offering", f"{named.key}/{key}", after, seen=sent.seen)


FORMS = (
    Form(
        word="details",
        usage="entry details AGENCY",
        summary=phrase("Change an agency's website, e-mail and description."),
        who=Standing.APPROVED,
        show=show_details,
        take=take_details,
    ),
    Form(
        word="add",
        usage="entry add AGENCY",
        summary=phrase("Add a number to an agency."),
        who=Standing.APPROVED,
        show=show_add,
        take=take_add,
    ),
    Form(
        word="phone",
        usage="entry phone NUMBER",
        summary=phrase("Change a number of an agency."),
        who=Standing.APPROVED,
        show=show_phone,
        take=take_phone,
    ),
    Form(
        word="hours",
        usage="entry hours AGENCY",
        summary=phrase("Change when an agency can be reached."),
        who=Standing.APPROVED,
        show=show_hours,
        take=take_hours,
    ),
    Form(
        word="services",
        usage="entry services AGENCY",
        summary=phrase("Tick the services an agency says it offers."),
        who=Standing.APPROVED,
        show=show_services,
        take=take_services,
    ),
    Form(
        word="service",
        usage="entry service AGENCY SERVICE",
        summary=phrase("Say for whom and in which languages an agency offers a service."),
        who=Standing.APPROVED,
        show=show_service,
        take=take_service,
    ),
)
