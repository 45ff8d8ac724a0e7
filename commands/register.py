"""
/ht register: a person asks to be a member of the task force.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import islice

from commands.contacts import checked_phone, coordinators_for, is_said, one_line
from commands.contract import (
    Account,
    Action,
    Button,
    Command,
    Facts,
    Part,
    Person,
    Reply,
    Request,
    Standing,
    Text,
    UserError,
)
from commands.forms import (
    AnyField,
    ChoiceField,
    ChoicesField,
    FieldError,
    Form,
    Option,
    PersonField,
    SearchField,
    Sheet,
    Submission,
    TextField,
    TextKind,
    spoken,
)
from commands.match import key_words
from commands.names import Names
from commands.speech import phrase, say
from storage.details import COORDINATORS, MEMBERS, Details, language_names
from storage.directory import lock
from storage.kept import kept
from storage.members import Member, find_member
from storage.organizations import Named, organization_names
from storage.registrations import Registration, RegistrationState, ask, latest_of, withdraw
from storage.seats import Group, groups, places
from storage.session import Session
from storage.task_forces import local_day

NOBODY = phrase("A registration is made in your own name. Type `/ht register` in Slack.")
WHAT = phrase("This is a request: a coordinator decides on it, and you are told.")
ANEW = phrase("This is a request too. Until a coordinator has decided on it, all stays as it is.")
DOES = phrase("Your work or role, such as advocate or case manager.")
NEW_AGENCY = phrase(" (not in the list yet: approving enters it)")
NO_COORDINATOR = phrase(
    "Nobody here can decide on it yet. Ask whoever installed this bot to make somebody a coordinator."
)
MOST_FOUND = 50  # agencies offered for what was typed
ME = Button(label=phrase("My membership"), command="me")
SEES = (
    Option(label=phrase("Coordinators only"), value=COORDINATORS),
    Option(label=phrase("Members of the task force"), value=MEMBERS),
)
OPTION_CHARACTERS = 75  # of a name in a menu are shown


def handle(request: Request, session: Session) -> Reply:
    raise UserError(
        say("A registration is a form. Type `/ht register` and nothing else."),
        buttons=(Button(label=say("Register"), command="register"),),
    )


def show(request: Request, session: Session) -> Sheet:
    """
    Show the form, filled with what the asker said last.
    """
    asker = request.asker
    waiting, member = standing_of(session, asker) if asker else (None, None)
    details = waiting.details if waiting else member.details if member else None
    taken = waiting.groups if waiting else _seats_of(session, member)
    every = groups(session)
    languages = language_names(session)
    agency = None
    if details and details.organization_id is not None:
        called = waiting.agency if waiting else member.agency if member else ""
        agency = Option(label=called, value=str(details.organization_id))
    fields: list[AnyField] = [
        *(_answer(waiting) if waiting and waiting.question else ()),
        TextField(
            name="name",
            label=say("Your name"),
            value=details.name if details else None,
            longest=100,
        ),
        SearchField(
            name="agency",
            label=say("Your agency"),
            value=agency,
            optional=True,
            hint=say("Type a part of its name and pick it. Not there? Leave this empty."),
        ),
        TextField(
            name="other",
            label=say("Your agency, if it is not listed"),
            value=details.agency if details else None,
            hint=say(
                "Its full name. If the request is approved, the agency is entered in the list."
            ),
            optional=True,
            free=True,
            longest=150,
        ),
        TextField(
            name="title",
            label=say("What you do there"),
            value=details.title if details else None,
            hint=say(DOES),
            free=True,
            longest=100,
        ),
        ChoicesField(
            name="groups",
            label=say("Where your agency takes part"),
            options=tuple(_group_option(each, every) for each in every),
            values=taken,
            optional=True,
            hint=say("Each collaborative, and then its subcommittees."),
        ),
        PersonField(
            name="seat",
            label=say("Who sits there for your agency"),
            value=waiting.seat_user_id if waiting else asker.user_id if asker else None,
            optional=True,
            hint=say(
                "You or a colleague; empty if nobody does yet. Others see only a member who chose to be listed."
            ),
        ),
        *own_fields(details, languages),
    ]
    current = member is not None and member.ended_at is None
    title, send = say("Register"), say("Send my request")
    if waiting:
        title, send = say("Change my request"), say("Send the change")
    elif current:
        title, send = say("My agency and seats"), say("Ask for the change")
    says = [say(ANEW) if current else say(WHAT)]
    if waiting and waiting.question:
        send = say("Send my answer")
        says.append(say("A coordinator asks: {question}", question=waiting.question))
    elif waiting:
        says.append(
            say(
                "You asked on {day}; this changes that request.",
                day=day(local_day(session, waiting.asked_at)),
            )
        )
    return Sheet(
        title=title,
        send=send,
        says=tuple(says),
        fields=tuple(fields),
        seen=_seen(waiting),
    )


def take(request: Request, session: Session, submission: Submission) -> Reply:
    asker = asker_of(request)
    lock(session)  # nobody decides between what is seen here and what is stored
    waiting, _ = standing_of(session, asker)
    if submission.seen != _seen(waiting):
        raise UserError(
            say(
                "Your request was decided on or changed since you opened this form, so nothing was "
                "stored. Please open it again."
            ),
            buttons=(Button(label=say("Open it again"), command="register"), ME.spoken),
        )
    every = {each.ref: each for each in groups(session)}
    chosen = tuple(ref for ref in submission.many("groups") if ref in every)
    details = read_details(submission, session, errors=_agency_errors(submission, session))
    registration = ask(
        session,
        team_id=asker.team_id,
        user_id=asker.user_id,
        details=details,
        groups=chosen,
        seat_user_id=submission.one("seat"),
        answer=submission.one("answer"),
        now=request.now,
    )
    concerned = {every[ref].collaborative for ref in chosen}
    decide = coordinators_for(session, concerned, but=asker.user_id)
    return Reply(
        title=say("Your request waits for a coordinator"),
        parts=(
            Facts(rows=((say("Number"), str(registration.number)),)),
            *said(registration, every),
            Text(
                text=say("You are told as soon as somebody decides.")
                if decide
                else say(NO_COORDINATOR)
            ),
        ),
        buttons=(
            Button(label=say("Change my request"), command="register"),
            Button(label=say("Take my request back"), command="register withdraw"),
            ME.spoken,
        ),
        shareable=False,
    )


def search_agencies(request: Request, session: Session) -> tuple[Option, ...]:
    """
    Return the agencies whose names fit what was typed, the best first.
    """
    if not key_words(request.text):
        found = list(_agencies_by_name(session))
    else:
        every = _named_agencies(session)
        found = list(islice(every.containing(request.text), MOST_FOUND))
        if not found:
            match = every.find(request.text)
            found = [match.best] if match.best else list(match.close)
    return tuple(Option(label=each.name, value=str(each.id)) for each in found[:MOST_FOUND])


@kept
def _named_agencies(session: Session) -> Names[Named]:
    return Names((each, each.names) for each in organization_names(session))


@kept
def _agencies_by_name(session: Session) -> tuple[Named, ...]:
    every = organization_names(session)
    return tuple(sorted(every, key=lambda each: each.name.casefold())[:MOST_FOUND])


def take_back(request: Request, session: Session) -> Reply:
    asker = asker_of(request)
    gone = withdraw(session, team_id=asker.team_id, user_id=asker.user_id, now=request.now)
    return Reply(
        title=say("Your request is taken back") if gone else say("No request of yours waits"),
        buttons=(Button(label=say("Register"), command="register"), ME.spoken),
        shareable=False,
    )


def own_fields(details: Details | None, languages: Mapping[str, str]) -> tuple[AnyField, ...]:
    """
    Return the fields that a member may change alone, apart from name and title.
    """
    return (
        ChoicesField(
            name="languages",
            label=say("Languages you work in"),
            options=tuple(Option(label=name, value=key) for key, name in languages.items()),
            values=details.languages if details else (),
            optional=True,
        ),
        TextField(
            name="email",
            label=say("Work e-mail"),
            kind=TextKind.EMAIL,
            value=details.email if details else None,
            optional=True,
        ),
        TextField(
            name="phone",
            label=say("Work phone"),
            value=details.phone if details else None,
            optional=True,
            longest=40,
        ),
        ChoiceField(
            name="contact",
            label=say("Who may see your e-mail and phone"),
            hint=say("You are told whenever a coordinator opens what is for coordinators only."),
            options=spoken(SEES),
            value=details.contact_visibility if details else COORDINATORS,
        ),
        ChoiceField(
            name="listed",
            label=say("Who sees you in member lists"),
            hint=say("A list shows your name, agency, work, languages and where you sit."),
            options=spoken(SEES),
            value=details.listed if details else COORDINATORS,
        ),
    )


def read_details(submission: Submission, session: Session, *, errors: Mapping[str, str]) -> Details:
    """
    Return what a form says of a person.

    Args:
        errors: what is wrong with its other fields.
    Raises:
        FieldError: for all that is wrong at once.
    """
    wrong = dict(errors)
    for name, label in (("name", say("your name")), ("title", say("what you do"))):
        if not is_said(submission.text(name)):
            wrong[name] = say("Please type {label}.", label=label)
    phone = submission.one("phone")
    if phone:
        try:
            phone = checked_phone(phone)
        except ValueError as error:
            wrong["phone"] = str(error)
    if wrong:
        raise FieldError(wrong)
    known = language_names(session)
    other = one_line(submission.text("other")) or None
    agency = submission.one("agency") or _listed_as(other or "", session)
    return Details(
        name=one_line(submission.text("name")),
        organization_id=int(agency) if agency else None,
        agency=None if agency else other,
        title=one_line(submission.text("title")),
        languages=tuple(key for key in submission.many("languages") if key in known),
        email=submission.one("email"),
        phone=phone,
        contact_visibility=_visibility(submission.one("contact")),
        listed=_visibility(submission.one("listed")),
    )


def said(registration: Registration, every: Mapping[str, Group]) -> tuple[Part, ...]:
    """
    Return a request line by line, its contact aside: what a coordinator decides on, with
    the account that sent it, because anybody may type any name.
    """
    details = registration.details
    if not details.name:  # `storage.retention` emptied it
        account = Account(label=say("Slack account"), user_id=registration.user_id)
        return (account, Text(text=say("What they said of themselves is kept no longer.")))
    groups = ", ".join(every[ref].name for ref in registration.groups if ref in every)
    rows = [
        (say("Name"), details.name),
        (say("Agency"), registration.agency + ("" if details.organization_id else say(NEW_AGENCY))),
        (say("Does"), details.title),
        (say("Takes part in"), groups or say("nothing said")),
    ]
    seat = registration.seat_user_id
    parts: list[Part] = [
        Account(label=say("Slack account"), user_id=registration.user_id),
        Facts(rows=tuple(rows)),
    ]
    if groups and seat:
        parts.append(Account(label=say("Who sits there"), user_id=seat))
    elif groups:
        parts.append(Facts(rows=((say("Who sits there"), say("nobody yet")),)))
    rows = [(say("Work contact"), contact_said(details)), (say("Listed for"), listed_said(details))]
    if registration.question:
        rows.append((say("A coordinator asked"), registration.question))
        rows.append((say("Answer"), registration.answer or say("none yet")))
    return (*parts, Facts(rows=tuple(rows)))


def contact_said(details: Details) -> str:
    given = [
        word
        for word, value in ((say("e-mail"), details.email), (say("phone"), details.phone))
        if value
    ]
    if not given:
        return say("none given")
    return say(
        "{list}, for {for_whom}",
        list=say(" and ").join(given),
        for_whom=for_whom(details.contact_visibility),
    )


def listed_said(details: Details) -> str:
    return for_whom(details.listed)


def asker_of(request: Request) -> Person:
    """
    Raises:
        UserError: in a terminal, where nobody is signed in.
    """
    if request.asker is None:
        raise UserError(say(NOBODY))
    return request.asker


def standing_of(session: Session, asker: Person) -> tuple[Registration | None, Member | None]:
    """
    Return the request of *asker*'s that waits, and what they are as a member.
    """
    latest = latest_of(session, team_id=asker.team_id, user_id=asker.user_id)
    waits = latest if latest and latest.state is RegistrationState.ASKED else None
    return waits, find_member(session, team_id=asker.team_id, user_id=asker.user_id)


def day(moment: date) -> str:
    return say("{moment:%b} {day}, {year}", moment=moment, day=moment.day, year=moment.year)


def _agency_errors(submission: Submission, session: Session) -> dict[str, str]:
    agency, other = submission.one("agency"), one_line(submission.text("other"))
    if other and not is_said(other):
        return {"other": say("Please type the agency's name.")}
    if agency and other:
        return {
            "other": say("Please leave this empty, or take the agency above out: one of the two.")
        }
    if not agency and not other:
        return {"agency": say("Please pick your agency, or type its name in the next field.")}
    if agency and agency not in {str(each.id) for each in organization_names(session)}:
        return {"agency": say("This agency is no longer listed. Please pick another.")}
    return {}


def _listed_as(name: str, session: Session) -> str | None:
    """
    Return the row of the one agency that is called *name*: who typed it did not look.
    """
    called = name.casefold()
    found = [
        each.id for each in organization_names(session) if called in map(str.casefold, each.names)
    ]
    return str(found[0]) if len(found) == 1 else None


def _answer(waiting: Registration) -> Sequence[AnyField]:
    return [
        TextField(
            name="answer",
            label=say("Your answer"),
            hint=say("About yourself and your agency alone."),
            value=waiting.answer,
            free=True,
            lines=True,
            longest=500,
        )
    ]


def _group_option(group: Group, every: Sequence[Group]) -> Option:
    label = _short_name(group)
    above = next((each for each in every if each.ref == f"collaborative:{group.collaborative}"), group)  # fmt: skip
    if above is not group:
        label = say(
            "{label} (subcommittee of {short_name})", label=label, short_name=_short_name(above)
        )
    return Option(label=label, value=group.ref)


def _short_name(group: Group) -> str:
    # A name that a menu would cut gives way to one that people use for it as well.
    fits = (each for each in group.names if each != group.key and len(each) <= OPTION_CHARACTERS)
    return group.name if len(group.name) <= OPTION_CHARACTERS else next(fits, group.name)


def _seats_of(session: Session, member: Member | None) -> tuple[str, ...]:
    if member is None:
        return ()
    return tuple(place.ref for place in places(session, user_id=member.user_id))


def _seen(waiting: Registration | None) -> str:
    return f"{waiting.number}.{waiting.version}" if waiting else ""


def _visibility(value: str | None) -> str:
    return MEMBERS if value == MEMBERS else COORDINATORS


def for_whom(visibility: str) -> str:
    return say("members") if visibility == MEMBERS else say("coordinators only")


COMMAND = Command(
    verb="register",
    usage="register",
    summary=phrase("Ask to be a member of the task force, or change what you asked."),
    aliases=(
        "join",
        "sign up",
        "registrar",
        "inscribirme",
        "inscribirse",
        "registro",
        "registrarse",
    ),
    examples=("register",),
    who=Standing.MEMBER,
    menu=phrase("Register"),
    handle=handle,
    actions=(
        Action(
            word="withdraw",
            usage="register withdraw",
            summary=phrase("Take your request back."),
            who=Standing.MEMBER,
            handle=take_back,
        ),
    ),
    forms=(
        Form(
            word="",
            usage="register",
            summary=phrase("Ask to be a member."),
            who=Standing.MEMBER,
            show=show,
            take=take,
            search={"agency": search_agencies},
        ),
    ),
)
