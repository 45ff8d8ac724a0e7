"""
/ht me: what the bot keeps of you, to see, change, confirm, take along and delete.
"""

import json
import re
from datetime import datetime
from hashlib import sha256

from commands.announcing import announce
from commands.contract import (
    Account,
    Action,
    Bullets,
    Button,
    Command,
    DeliveryKind,
    Facts,
    File,
    Heading,
    Notice,
    Part,
    Person,
    Reply,
    Request,
    Standing,
    Text,
    UserError,
)
from commands.forms import Form, Sheet, Submission, TextField
from commands.register import (
    DOES,
    asker_of,
    day,
    for_whom,
    listed_said,
    own_fields,
    read_details,
    said,
    standing_of,
)
from commands.speech import phrase, say
from storage.audit import entries, record
from storage.deliveries import Delivery, Priority
from storage.details import language_names
from storage.errors import LastAdminError, NotAMemberError
from storage.members import (
    EARLY,
    LAPSED,
    Member,
    change_details,
    confirm,
    days_due,
    find_member,
    lapse,
    members,
    untold,
)
from storage.registrations import RegistrationState, latest_of
from storage.seats import groups, places
from storage.session import Session
from storage.task_forces import local_day
from storage.traces import everything_of, forget

NOTICES = Button(label=phrase("My notices"), command="notices")
REGISTER = Button(label=phrase("Register"), command="register")
ME = Button(label=phrase("My membership"), command="me")
AT_ONCE = 200  # a tick: a whole task force may be due on one day, and others write too
REMINDED = (0, 7, EARLY)  # days before a confirmation is due
NOBODY = phrase("What the bot keeps of you is shown to you alone. Type `/ht me` in Slack.")
NO_MEMBER = phrase("You are not a member of the task force, so there is nothing to change. Type `/ht register` to ask.")  # fmt: skip
STALE = phrase(
    "This was changed since you opened the form, so nothing was stored. Please open it again."
)
GOES = (
    phrase("your membership, requests, seats and roles"),
    phrase("what you chose to be told, and the messages planned for you"),
    phrase("your id wherever else it stands: a word takes its place"),
)
STAYS = phrase(
    "what you changed for your agency stays, without you; the seat is flagged as empty. "
    "What Slack keeps of your messages is Slack's, and backups keep it until they are replaced."
)


def handle(request: Request, session: Session) -> Reply:
    asker = request.asker
    if asker is None:
        return Reply(title=say("Your membership"), parts=(Text(text=say(NOBODY)),), shareable=False)
    if request.text.casefold() == "audit":
        return opened(request, session)
    waiting, member = standing_of(session, asker)
    parts: list[Part] = []
    buttons: list[Button] = []
    if member and member.ended_at is None:
        parts.append(Facts(rows=_rows(member, session)))
        if _may_confirm(member, session, now=request.now):
            buttons.append(Button(label=say("Still right: confirm"), command="me confirm"))
        buttons.append(Button(label=say("Change my details"), command="me change"))
        buttons.append(Button(label=say("My reminders"), command="reminders"))
    elif member:
        why = say("lapsed: nobody confirmed it") if member.ended_as == LAPSED else say("ended with your account")  # fmt: skip
        parts.append(
            Text(text=say("Your membership has {why}. Register again to be a member.", why=why))
        )
    elif waiting is None:
        parts.append(Text(text=say("You are not registered as a member of the task force.")))
    if waiting:
        every = {each.ref: each for each in groups(session)}
        parts.append(Heading(text=say("Your request, number {number}", number=waiting.number)))
        parts += said(waiting, every)
    else:
        parts += _last_decision(session, asker, member)
    buttons.append(Button(label=say("Change my request") if waiting else say("Register") if not member or member.ended_at else say("Change agency or seats"), command="register"))  # fmt: skip
    return Reply(
        title=say("You, as this bot knows you"),
        parts=tuple(parts),
        notes=(say("Only you see this. Who looks up a hotline or a service is kept nowhere."),),
        buttons=(
            *buttons,
            NOTICES.spoken,
            Button(label=say("Who opened my contact"), command="me audit"),
            Button(label=say("Export my data"), command="me export"),
            Button(label=say("Leave and delete"), command="me leave"),
        ),
        again="me",
        shareable=False,
    )


def show_change(request: Request, session: Session) -> Sheet:
    member = _member(request, session)
    details = member.details
    return Sheet(
        title=say("Change my details"),
        says=(say("Your agency and where you sit change by a new request: `/ht register`."),),
        fields=(
            TextField(name="name", label=say("Your name"), value=details.name, longest=100),
            TextField(
                name="title",
                label=say("What you do there"),
                value=details.title,
                hint=say(DOES),
                free=True,
                longest=100,
            ),
            *own_fields(details, language_names(session)),
        ),
        send=say("Save my details"),
        seen=_seen(member),
    )


def take_change(request: Request, session: Session, submission: Submission) -> Reply:
    member = _member(request, session)
    if submission.seen != _seen(member):
        raise UserError(
            say(STALE), buttons=(Button(label=say("Open it again"), command="me change"), ME.spoken)
        )
    change_details(
        session,
        team_id=member.team_id,
        user_id=member.user_id,
        details=read_details(submission, session, errors={}),
        now=request.now,
    )
    changed = _member(request, session)
    return Reply(
        title=say("Saved"),
        parts=(Facts(rows=_rows(changed, session)),),
        buttons=(ME.spoken,),
        shareable=False,
    )


def confirm_one(request: Request, session: Session) -> Reply:
    asker = asker_of(request)
    try:
        done = confirm(session, team_id=asker.team_id, user_id=asker.user_id, now=request.now)
    except NotAMemberError:
        raise UserError(
            say(
                "You are not a member, or your membership has lapsed. Type `/ht register` to ask again."
            ),
            buttons=(REGISTER.spoken,),
        ) from None
    member = _member(request, session)
    return Reply(
        title=say("Thank you: confirmed") if done else say("It is confirmed already"),
        parts=(
            Facts(rows=_rows(member, session)),
            Text(text=say("If something of this is no longer right, change it.")),
        ),
        buttons=(Button(label=say("Change my details"), command="me change"), ME.spoken),
        shareable=False,
    )


def export(request: Request, session: Session) -> Reply:
    """
    Hand the asker everything that is theirs.
    """
    asker = asker_of(request)
    record(session, "member.exported", actor=asker.user_id, now=request.now, subject=asker.user_id)
    session.flush()
    found = everything_of(session, team_id=asker.team_id, user_id=asker.user_id)
    count = sum(map(len, found.values()))
    content = json.dumps(found, ensure_ascii=False, indent=2, sort_keys=True).encode()
    return Reply(
        title=say("Your data"),
        parts=(
            Text(
                text=say(
                    "All that the bot keeps of you: {count} rows, as a JSON file.", count=count
                )
            ),
            Text(text=say("It holds your private contact. Keep it where only you can read it.")),
        ),
        buttons=(ME.spoken,),
        shareable=False,
        files=(
            File(name="my-data.json", title=say("What this bot keeps of you"), content=content),
        ),
    )


def leave(request: Request, session: Session) -> Reply:
    asker = asker_of(request)
    if request.text.casefold().split() != ["leave", "yes"]:
        return Reply(
            title=say("Leave and delete?"),
            parts=(
                Text(text=say("This deletes, for good:")),
                Bullets(items=tuple(map(say, GOES))),
                Text(text=say("What stays: {stays}", stays=say(STAYS))),
            ),
            buttons=(
                Button(label=say("Export my data first"), command="me export"),
                Button(label=say("Yes, leave and delete"), command="me leave yes"),
                ME.spoken,
            ),
            shareable=False,
        )
    try:
        forget(session, team_id=asker.team_id, user_id=asker.user_id, now=request.now)
    except LastAdminError:
        raise UserError(
            say(
                "You are the last administrator, so nobody could give roles after you. Make somebody "
                "else one first: `/ht access`."
            )
        ) from None
    return Reply(
        title=say("You have left"),
        parts=(
            Text(text=say("All of yours is deleted. You can register again whenever you want.")),
        ),
        buttons=(REGISTER.spoken,),
        shareable=False,
    )


def opened(request: Request, session: Session) -> Reply:
    """
    Show who opened the asker's contact, and what else was done to what is theirs.
    """
    asker = asker_of(request)
    found = entries(session, limit=50, person=asker.user_id)
    names = {each.user_id: each.details.name for each in members(session)}
    parts: list[Part] = []
    for each in found:
        if each.subject != asker.user_id:
            continue
        said = f"{day(local_day(session, each.at))}: {ACTS.get(each.act, each.act)}"
        if each.actor == asker.user_id:
            parts.append(Text(text=said))
        elif each.actor in names or not _SLACK_ID.fullmatch(each.actor):
            parts.append(
                Text(
                    text=say(
                        "{said}, by {names}", said=said, names=names.get(each.actor, each.actor)
                    )
                )
            )
        else:  # no member: Slack knows the name
            parts.append(Account(label=say("{said}, by", said=said), user_id=each.actor))
    return Reply(
        title=say("Who opened or changed what is yours"),
        parts=tuple(parts) or (Text(text=say("Nothing yet.")),),
        buttons=(ME.spoken,),
        shareable=False,
    )


_SLACK_ID = re.compile(r"[UW][A-Z0-9]+")
ACTS = {
    "contact.opened": phrase("your work contact was opened"),
    "registration.asked": phrase("your request was sent"),
    "registration.changed": phrase("your request was changed"),
    "registration.questioned": phrase("a question was put to you"),
    "registration.approved": phrase("your request was approved"),
    "registration.declined": phrase("your request was declined"),
    "registration.withdrawn": phrase("your request was taken back"),
    "member.changed": phrase("your details were changed"),
    "member.confirmed": phrase("your membership was confirmed"),
    "member.exported": phrase("your data was exported"),
    "member.lapsed": phrase("your membership lapsed"),
    "member.deactivated": phrase("your membership ended with your account"),
    "role.granted": phrase("you were given a role"),
    "role.revoked": phrase("a role was taken from you"),
}


# What the bot sends by itself.


def plan_renewals(session: Session, now: datetime) -> None:
    """
    End what nobody confirmed in time, and remind those whose time it is: of the reminders
    that became due while the bot was away, the last one alone.
    """
    ended = lapse(session, now=now, limit=AT_ONCE)
    today = local_day(session, now)
    for each in ended:
        _remind(session, each, occasion=f"{each.lapses_on} lapsed", now=now)
    for lapses_on in days_due(session, now=now):
        left = (lapses_on - today).days
        if left < 0:
            continue  # the next tick ends it
        occasion = f"{lapses_on} {next(days for days in REMINDED if left <= days)}"
        for each in untold(
            session, lapses_on, kind=RENEWALS.name, occasion=occasion, limit=AT_ONCE
        ):
            _remind(session, each, occasion=occasion, now=now)


def render_renewal(delivery: Delivery, session: Session, now: datetime) -> Notice | None:
    team_id = str(delivery.payload["team"])
    member = find_member(session, team_id=team_id, user_id=delivery.recipient)
    if member is None or str(member.lapses_on) != delivery.payload["lapses_on"]:
        return None  # they left, or confirmed meanwhile
    if member.ended_at is not None:
        return Notice(text=say("Your registration here has lapsed."), opens="me")
    return Notice(
        text=say("Your yearly confirmation is due by {day}.", day=day(member.lapses_on)),
        opens="me confirm",
        label=say("I am still here"),
    )


RENEWALS = DeliveryKind(
    name="renewal",
    title=phrase("Your yearly confirmation"),
    render=render_renewal,
    priority=Priority.REMINDER,
    plan=plan_renewals,
)


def _remind(session: Session, member: Member, *, occasion: str, now: datetime) -> None:
    announce(
        session,
        RENEWALS,
        occasion=occasion,
        recipients=[member.user_id],
        due_at=now,
        now=now,
        standing=Standing.COORDINATOR,
        responsible=None,
        payload={"team": member.team_id, "lapses_on": str(member.lapses_on)},
    )


def _last_decision(session: Session, asker: Person, member: Member | None) -> list[Part]:
    latest = latest_of(session, team_id=asker.team_id, user_id=asker.user_id)
    if latest is None or latest.state is not RegistrationState.DECLINED:
        return []
    if member and latest.decided_at and member.approved_at > latest.decided_at:
        return []
    rows = ((say("Your request"), "declined"), (say("Reason"), latest.reason or say("none given")))
    return [Facts(rows=rows)]


def _rows(member: Member, session: Session) -> tuple[tuple[str, str], ...]:
    details = member.details
    names = {each.ref: each.name for each in groups(session)}
    languages = language_names(session)
    sitting = [names[place.ref] for place in places(session, user_id=member.user_id) if place.ref in names]  # fmt: skip
    spoken = [languages[key] for key in details.languages if key in languages]
    return (
        (say("Name"), details.name),
        (say("Agency"), member.agency),
        (say("Does"), details.title),
        (say("Sits in"), ", ".join(sitting) or "nowhere"),
        (say("Languages"), ", ".join(spoken) or say("none given")),
        (say("Work e-mail"), details.email or say("none given")),
        (say("Work phone"), details.phone or say("none given")),
        (say("Contact is for"), for_whom(details.contact_visibility)),
        (say("Listed for"), listed_said(details)),
        (say("Confirmed"), day(member.confirmed_on)),
        (say("To be confirmed by"), day(member.lapses_on)),
    )


def _may_confirm(member: Member, session: Session, *, now: datetime) -> bool:
    return (member.lapses_on - local_day(session, now)).days <= EARLY


def _member(request: Request, session: Session) -> Member:
    asker = asker_of(request)
    member = find_member(session, team_id=asker.team_id, user_id=asker.user_id)
    if member is None or member.ended_at is not None:
        raise UserError(say(NO_MEMBER), buttons=(REGISTER.spoken,))
    return member


def _seen(member: Member) -> str:
    """
    Return what differs when a member's details do.
    """
    return sha256(repr(sorted(vars(member.details).items())).encode()).hexdigest()[:16]


COMMAND = Command(
    verb="me",
    usage="me [audit]",
    summary=phrase("What the bot keeps of you: see, change, confirm, export, leave and delete."),
    menu=phrase("My membership"),
    aliases=(
        "my membership",
        "my data",
        "profile",
        "yo",
        "mi membresia",
    ),
    examples=("me",),
    who=Standing.MEMBER,
    handle=handle,
    actions=(
        Action(
            word="confirm",
            usage="me confirm",
            summary=phrase("Say that you are still a member."),
            who=Standing.APPROVED,
            handle=confirm_one,
        ),
        Action(
            word="export",
            usage="me export",
            summary=phrase("Get all that the bot keeps of you."),
            who=Standing.MEMBER,
            handle=export,
        ),
        Action(
            word="leave",
            usage="me leave",
            summary=phrase("Delete all that the bot keeps of you."),
            who=Standing.MEMBER,
            handle=leave,
        ),
    ),
    deliveries=(RENEWALS,),
    forms=(
        Form(
            word="change",
            usage="me change",
            summary=phrase("Change your details."),
            who=Standing.APPROVED,
            show=show_change,
            take=take_change,
        ),
    ),
)
