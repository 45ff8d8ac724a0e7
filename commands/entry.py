"""
/ht entry: an agency's entry as it is stored, and the forms by which its agency keeps it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from commands.contract import (
    Action,
    Button,
    Buttons,
    Command,
    Entry,
    Heading,
    Part,
    Reply,
    Request,
    Standing,
    Text,
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
    ALL,
    CHANGED_MEANWHILE,
    NOBODY,
    NOT_VERIFIED,
    PRIVATE,
    Rights,
    agency,
    deciding,
    item_of,
    keeper,
    number_of,
    rights,
    state,
    whose,
)
from commands.lines import FORMS as LINE_FORMS
from commands.lines import propose_line
from commands.offers import DAYS, hours, offer
from storage.corrections import open_corrections
from storage.custodians import names_of, own_organization
from storage.directory import (
    MADE,
    Edit,
    Values,
    current,
    find_edit,
    history,
    lock,
    made_key,
    offered_by,
    owner_of,
    save,
    today,
    undo,
    version,
)
from storage.errors import StaleError, UnknownFactError
from storage.offerings import (
    by_organization,
    languages_spoken,
    listed_services,
    opening_hours,
    persons_served,
)
from storage.organizations import Named
from storage.phone_numbers import is_phone_number
from storage.session import Session
from storage.upkeep import Item, items

MOST_CHANGES = 50
TYPES = {"voice": "Call", "text": "Text", "textphone": "TTY", "fax": "Fax", "cell": "Mobile"}
NO_NUMBER = "Please type a telephone number as it is dialled here, such as (925) 555-0123 or 988."
NO_EXTENSION = "Please type the digits of the extension alone, or leave it empty."
LABELS = {
    "description": "About",
    "website": "Web",
    "email": "E-mail",
    "number": "Number",
    "extension": "Extension",
    "type": "Type",
    "byday": "Days",
    "opens_at": "Opens",
    "closes_at": "Closes",
    "persons": "For whom",
    "languages": "Languages",
    "name": "Name",
    "kind": "Kind",
    "hours": "Hours",
    "url": "Web",
    "needs": "Needs",
    "card": "Card",
    "phones": "Numbers",
}
KINDS = {
    "organization": "Website, e-mail, description",
    "phone": "A number",
    "schedule": "Hours",
    "offering": "A service",
    "hotline": "A line",
}


def handle(request: Request, session: Session) -> Reply:
    word, _, rest = request.text.partition(" ")
    if word.casefold() == "history":
        return _history(rest.strip(), request, session)
    return _entry(_asked(request.text, request, session), request, session)


def _asked(text: str, request: Request, session: Session) -> Named:
    if text:
        return agency(text, session, example="entry NAME")
    if request.asker is None:
        raise UserError(NOBODY)
    key = own_organization(
        session,
        team_id=request.asker.team_id,
        user_id=request.asker.user_id,
        today=today(session, request.now),
    )
    if key is None:
        raise UserError(
            "Which agency? Type its name after the verb, for example `/ht entry Justice At Last`.",
            buttons=(ALL,),
        )
    return agency(key, session, example="entry NAME")


def _entry(named: Named, request: Request, session: Session) -> Reply:
    may = rights(request, session)
    keeps = may.keeps(named.id)
    reported = Counter((each.table, each.key) for each in open_corrections(session))
    parts: list[Part] = [Text(text=_kept_by(may, named))]
    for item in items(session, organization_ids=[named.id]):
        parts.extend(_item(item, keeps=keeps, reported=reported[item.table, item.key]))
    parts.extend(_hours(named, session))
    parts.extend(_services(named, session, keeps=keeps))
    page = Button(label="Its page", command=f"partner {named.key}")
    return Reply(
        title=f"Entry: {named.name}",
        parts=tuple(parts),
        notes=(PRIVATE, NOT_VERIFIED) if keeps else (),
        buttons=(*_forms(named), page) if keeps else (page,),
        again=f"entry {named.key}",
        shareable=False,
    )


def _kept_by(may: Rights, named: Named) -> str:
    keepers = may.responsible.custodians.get(named.id, ())
    if not may.keeps(named.id):
        return whose(may, named.id)
    if not keepers:
        return "This entry has no owner: the coordinators look after it."
    return "Looked after by " + ", ".join(f"{each.name} ({each.part.value})" for each in keepers)


def _item(item: Item, *, keeps: bool, reported: int) -> list[Part]:
    titles = {"organization": "The agency", "phone": "Number", "hotline": item.name}
    said = Entry(title=titles[item.table], lines=(*item.lines, state(item, reported=reported)))
    return [said, Buttons(buttons=deciding(item))] if keeps else [said]


def _hours(named: Named, session: Session) -> list[Part]:
    found = opening_hours(session).get(named.key)
    return [Entry(title="Hours", lines=(hours(found),))] if found else []


def _services(named: Named, session: Session, *, keeps: bool) -> list[Part]:
    offered = by_organization(session).get(named.key, ())
    if not offered:
        return []
    return [
        Heading(text="Services it says it offers"),
        *(
            Entry(
                title=each.service_name,
                lines=(offer(each),),
                button=Button(label="Change", command=f"entry service {named.key} {each.service}")
                if keeps
                else None,
            )
            for each in offered
        ),
    ]


def _forms(named: Named) -> tuple[Button, ...]:
    return (
        Button(label="Website, e-mail, description", command=f"entry details {named.key}"),
        Button(label="Add a number", command=f"entry add {named.key}"),
        Button(label="Hours", command=f"entry hours {named.key}"),
        Button(label="Services", command=f"entry services {named.key}"),
        Button(label="History", command=f"entry history {named.key}"),
    )


def _history(text: str, request: Request, session: Session) -> Reply:
    named = (
        agency(text, session, example="entry history NAME", retired=True)
        if text
        else _asked(text, request, session)
    )
    keeper(request, session, named.id)
    edits = history(session, named.key, limit=MOST_CHANGES)
    parts: list[Part] = []
    names = names_of(session, {each.made_by for each in edits})
    for each in edits:
        parts.append(told(each, names=names))
        if each.state == MADE and not each.by_import:
            parts.append(Buttons(buttons=(Button(label=f"Undo {each.id}", command=f"entry undo {each.id}"),)))  # fmt: skip
    return Reply(
        title=f"Changes: {named.name}",
        parts=tuple(parts) or (Text(text="Nothing was changed yet."),),
        buttons=(Button(label="The entry", command=f"entry {named.key}"),),
        again=f"entry history {named.key}",
        shareable=False,
    )


def told(each: Edit, *, names: Mapping[str, str]) -> Entry:
    """
    Return a change as it is read: who, when, from what, to what.
    """
    by = names.get(each.made_by, each.made_by)
    lines = [f"{each.state} by {by}, {each.made_at:%b %d, %Y}"]
    if each.before is None:
        lines.append("added")
    elif each.after is None:
        lines.append("retired")
    fields = dict.fromkeys([*(each.before or {}), *(each.after or {})])
    for field in fields:
        if field not in LABELS:
            continue
        before, after = (_said(values, field) for values in (each.before, each.after))
        if before == after:
            continue
        lines.append(f"{LABELS[field]}: {before or 'nothing'} → {after or 'nothing'}")
    return Entry(title=f"{each.id}: {KINDS.get(each.table, each.table)}", lines=tuple(lines))


def _said(values: Values | None, field: str) -> str | None:
    value = (values or {}).get(field)
    if field == "phones" and value:
        return ", ".join(_number(each) for each in value)
    if isinstance(value, list):
        return ", ".join(map(str, value)) or None
    if isinstance(value, dict):
        return "; ".join(f"{key}: {said}" for key, said in value.items()) or None
    return None if value is None else str(value)


def _number(values: Mapping[str, str | None]) -> str:
    number = values["number"] or ""
    return f"{number} ext. {values['extension']}" if values["extension"] else number


def undone(request: Request, session: Session) -> Reply:
    number = number_of(request.text, back=Button(label="The directory", command="directory"))
    lock(session)
    found = find_edit(session, number)
    if found is None or found.state != MADE or found.by_import:
        raise UserError("There is no such change to undo. See `/ht entry history` and the agency's name.")  # fmt: skip
    owner = owner_of(session, found.table, found.key)
    named = agency(owner, session, example="entry history NAME", retired=True) if owner else None
    by = keeper(request, session, named.id if named else None)
    try:
        if found.table == "hotline":
            now_is = current(session, "hotline", found.key)
            before = None if found.before is None else {**(now_is or {}), **found.before}
            return propose_line(session, found.key, before, by=by, now=request.now)
        undo(session, number, by=by, now=request.now)
    except (StaleError, UnknownFactError) as error:
        raise UserError(
            "This was undone before, or changed again since. Nothing was done.",
            buttons=_back(named),
        ) from error
    return _done("Undone", f"Change {number} was taken back.", named)


def _back(named: Named | None) -> tuple[Button, ...]:
    return (Button(label="The entry", command=f"entry {named.key}"),) if named else ()


def _done(title: str, text: str, named: Named | None) -> Reply:
    return Reply(title=title, parts=(Text(text=text),), buttons=_back(named), shareable=False)


def _saved(named: Named, *, changed: bool) -> Reply:
    if not changed:
        return _done("Nothing to change", "It was that already.", named)
    return _done("Saved", f"It is shown from now on. {NOT_VERIFIED}", named)


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
    again = Button(label="Open it again", command=f"entry {request.text}")
    return UserError(CHANGED_MEANWHILE, buttons=(again,))


def _of(request: Request, session: Session, *, form: str) -> Named:
    """
    Return the agency a form is about, for those who look after it.
    """
    _, _, text = request.text.partition(" ")
    named = _asked(text.strip(), request, session) if not text else agency(text.strip(), session, example=f"entry {form} NAME")  # fmt: skip
    keeper(request, session, named.id)
    return named


def show_details(request: Request, session: Session) -> Sheet:
    named = _of(request, session, form="details")
    values = current(session, "organization", named.key) or {}
    return Sheet(
        title="The agency",
        says=(named.name, PRIVATE, NOT_VERIFIED),
        fields=(
            TextField(name="website", label="Website", kind=TextKind.URL, value=values.get("website"), optional=True),
            TextField(name="email", label="E-mail", hint="The agency's, not a person's.", kind=TextKind.EMAIL, value=values.get("email"), optional=True),
            TextField(name="description", label="What it is", value=values.get("description"), free=True, lines=True, longest=600, optional=True),
        ),
        send="Save",
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
        title="Hours",
        says=(named.name, "When the agency can be reached, in local time."),
        fields=(
            ChoicesField(name="byday", label="Days", options=tuple(Option(label=name, value=key) for key, name in DAYS.items()), values=tuple(now.get("byday", ())), optional=True),
            TimeField(name="opens_at", label="Opens", value=now.get("opens_at"), optional=True),
            TimeField(name="closes_at", label="Closes", value=now.get("closes_at"), optional=True),
            TextField(name="description", label="Note", hint="Such as: closed on holidays.", value=now.get("description"), free=True, optional=True),
        ),
        send="Save",
        seen=version(values),
    )  # fmt: skip


def take_hours(request: Request, session: Session, sent: Submission) -> Reply:
    lock(session)
    named = _of(request, session, form="hours")
    opens, closes = sent.one("opens_at"), sent.one("closes_at")
    if (opens is None) != (closes is None):
        empty = "opens_at" if opens is None else "closes_at"
        raise FieldError({empty: "Please give both times, or none."})
    if opens is not None and opens == closes:
        raise FieldError({"closes_at": "Please give another time than that of opening."})
    days = [key for key in DAYS if key in sent.many("byday")]
    if opens is not None and not days:
        raise FieldError({"byday": "Please tick the days these times are for."})
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
        TextField(name="number", label="Number", hint="As people print it; 988 or 211 will do.", value=values.get("number"), longest=40),
        TextField(name="extension", label="Extension", value=values.get("extension"), longest=10, optional=True),
        ChoiceField(name="type", label="For", options=tuple(Option(label=label, value=key) for key, label in types.items()), value=kind),
        TextField(name="description", label="What it reaches", hint="Such as: front desk, after hours.", value=values.get("description"), free=True, optional=True),
    )  # fmt: skip


def _phone_values(sent: Submission, organization: str) -> dict[str, str | None]:
    number, extension = sent.text("number"), sent.one("extension")
    errors = {}
    if not is_phone_number(number, type=sent.text("type")):
        errors["number"] = NO_NUMBER
    if extension and not (extension.isascii() and extension.isdecimal()):
        errors["extension"] = NO_EXTENSION
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
        title="Add a number",
        says=(named.name, PRIVATE),
        fields=_phone_fields({}),
        send="Save",
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
        raise UserError("This is no number of an agency.")
    keeper(request, session, item.organization_id)
    return item, agency(item.organization, session, example="entry NAME")


def show_phone(request: Request, session: Session) -> Sheet:
    item, named = _phone(request, session)
    values = current(session, "phone", item.key) or {}
    return Sheet(
        title="Change a number",
        says=(named.name, PRIVATE, NOT_VERIFIED),
        fields=_phone_fields(values),
        send="Save",
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
        ChoicesField(name="persons", label="For whom", hint="None ticked: for everybody.", options=tuple(Option(label=each.name, value=each.key) for each in persons_served(session)), values=tuple(persons), optional=True),
        ChoicesField(name="languages", label="In which languages", options=tuple(Option(label=each.name, value=each.key) for each in languages_spoken(session)), values=tuple(languages), optional=True),
    )  # fmt: skip


def show_services(request: Request, session: Session) -> Sheet:
    named = _of(request, session, form="services")
    offered = offered_by(session, named.key)
    listed = listed_services(session)
    return Sheet(
        title="Services",
        says=(
            named.name,
            "Tick what the agency itself says it offers.",
            "For whom and in which languages is for those you tick now; each can be changed on its own in the entry.",
        ),
        fields=(
            ChoicesField(name="services", label="Services", options=tuple(Option(label=each.name, value=each.key) for each in listed), values=tuple(offered), optional=True),
            *_whom_and_how(session),
        ),
        send="Save",
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
    raise UserError("Which service? Press a button of `/ht entry` and the agency's name.")


def show_service(request: Request, session: Session) -> Sheet | Reply:
    named, key, name = _service(request, session)
    values = current(session, "offering", f"{named.key}/{key}")
    if values is None:
        return _done("Not offered", f"{named.name} does not say it offers {name}.", named)
    return Sheet(
        title="A service",
        says=(f"{named.name}: {name}",),
        fields=_whom_and_how(session, persons=values["persons"], languages=values["languages"]),
        send="Save",
        seen=version(values),
    )


def take_service(request: Request, session: Session, sent: Submission) -> Reply:
    lock(session)
    named, key, _ = _service(request, session)
    after = {"persons": [*sent.many("persons")], "languages": [*sent.many("languages")]}
    return _save(request, session, named, "offering", f"{named.key}/{key}", after, seen=sent.seen)


COMMAND = Command(
    verb="entry",
    usage="entry [AGENCY | history AGENCY]",
    summary="An agency's entry as it is stored, for those who look after it to keep.",
    aliases=("entries", "my entry", "edit entry"),
    examples=("entry cvs",),
    who=Standing.APPROVED,
    handle=handle,
    actions=(
        Action(
            word="undo",
            usage="entry undo NUMBER",
            summary="Take a change of an entry back.",
            who=Standing.APPROVED,
            handle=undone,
        ),
    ),
    forms=(
        Form(
            word="details",
            usage="entry details AGENCY",
            summary="Change an agency's website, e-mail and description.",
            who=Standing.APPROVED,
            show=show_details,
            take=take_details,
        ),
        Form(
            word="add",
            usage="entry add AGENCY",
            summary="Add a number to an agency.",
            who=Standing.APPROVED,
            show=show_add,
            take=take_add,
        ),
        Form(
            word="phone",
            usage="entry phone NUMBER",
            summary="Change a number of an agency.",
            who=Standing.APPROVED,
            show=show_phone,
            take=take_phone,
        ),
        Form(
            word="hours",
            usage="entry hours AGENCY",
            summary="Change when an agency can be reached.",
            who=Standing.APPROVED,
            show=show_hours,
            take=take_hours,
        ),
        Form(
            word="services",
            usage="entry services AGENCY",
            summary="Tick the services an agency says it offers.",
            who=Standing.APPROVED,
            show=show_services,
            take=take_services,
        ),
        Form(
            word="service",
            usage="entry service AGENCY SERVICE",
            summary="Say for whom and in which languages an agency offers a service.",
            who=Standing.APPROVED,
            show=show_service,
            take=take_service,
        ),
        *LINE_FORMS,
    ),
)
