"""
/ht whois: a member who may be looked up, and their work contact.
"""

from datetime import datetime

from commands.announcing import announce
from commands.contacts import mention, mentioned, without_mentions
from commands.contract import (
    Action,
    Button,
    Command,
    DeliveryKind,
    Facts,
    Notice,
    Reply,
    Request,
    Standing,
    Text,
    UserError,
)
from commands.members import sits, visible
from commands.names import Names
from commands.register import contact_said, day, listed_said
from commands.speech import phrase, say
from storage.audit import record
from storage.deliveries import Delivery, Priority
from storage.details import MEMBERS, language_names
from storage.kept import kept
from storage.members import Member, called, find_member, members_by_id
from storage.session import Session
from storage.task_forces import local_day

# One sentence for whoever is unknown, not a member, or not listed: it tells nobody which.
MOST = 20  # who may be meant
NOT_LISTED = phrase("Nobody listed is called so. Not every member chooses to be listed.")
LIST = Button(label=phrase("All members"), command="members")
HOW = phrase("Type `/ht whois @name`, or a part of a listed member's name.")


def handle(request: Request, session: Session) -> Reply:
    if not request.text:
        return Reply(
            title=say("Whom?"),
            parts=(Text(text=say(HOW)),),
            buttons=(LIST.spoken,),
            shareable=False,
        )
    member = _asked(request, session)
    return _page(member, request, session)


def open_contact(request: Request, session: Session) -> Reply:
    """
    Show a private work contact: the audit and its owner know who opened it.
    """
    if request.asker is None:
        raise UserError(say("A contact is opened in somebody's name. Type it in Slack."))
    member = _asked(request, session)
    if member.details.contact_visibility == MEMBERS or member.user_id == request.asker.user_id:
        return _page(member, request, session)
    if request.standing < Standing.COORDINATOR:
        raise UserError(say("This contact is for coordinators."))
    by = request.asker.user_id
    record(session, "contact.opened", actor=by, now=request.now, subject=member.user_id)
    announce(
        session,
        OPENED,
        occasion=f"{request.now:%Y-%m-%dT%H:%M}",  # who did is in the audit alone
        recipients=[member.user_id],
        due_at=request.now,
        now=request.now,
        standing=request.standing,
        responsible=None,
    )
    return Reply(
        title=say("Work contact: {name}", name=member.details.name),
        parts=(Facts(rows=tuple(_contact(member))),),
        notes=(say("They are told that you opened it."),),
        buttons=(
            Button(label=say("Back to {name}", name=member.details.name), command=_command(member)),
        ),
        shareable=False,
    )


def render_opened(delivery: Delivery, session: Session, now: datetime) -> Notice:
    return Notice(text=say("Somebody opened your work contact."), opens="me audit")


OPENED = DeliveryKind(
    name="contact",
    title=phrase("Who opened your contact"),
    render=render_opened,
    priority=Priority.REMINDER,
)


def _page(member: Member, request: Request, session: Session) -> Reply:
    details = member.details
    own = request.asker is not None and request.asker.user_id == member.user_id
    languages = language_names(session)
    spoken = ", ".join(languages[key] for key in details.languages if key in languages)
    sitting = sits(member, session, request)
    rows = [(say("Agency"), member.agency), (say("Does"), details.title)]
    rows += [(say("Sits in"), sitting)] if sitting else []
    rows += [(say("Languages"), spoken)] if spoken else []
    buttons: list[Button] = []
    if details.contact_visibility == MEMBERS or own:
        rows += _contact(member)
    elif request.standing >= Standing.COORDINATOR and (details.email or details.phone):
        rows.append((say("Work contact"), contact_said(details)))
        buttons.append(Button(label=say("Open the contact"), command=f"whois contact {mention(member.user_id)}"))  # fmt: skip
    if request.standing >= Standing.COORDINATOR:
        rows += [
            (say("Listed for"), listed_said(details)),
            (say("Member since"), day(local_day(session, member.approved_at))),
            (say("Confirmed"), day(member.confirmed_on)),
            (say("Lapses"), say("{day}, unless confirmed before", day=day(member.lapses_on))),
        ]
    return Reply(
        title=details.name,
        parts=(Facts(rows=tuple(rows)),),
        notes=(say("Said by the member, confirmed {day}.", day=day(member.confirmed_on)),),
        buttons=(*buttons, LIST.spoken),
        shareable=False,
    )


def _contact(member: Member) -> list[tuple[str, str]]:
    details = member.details
    rows = [(say("Work e-mail"), details.email), (say("Work phone"), details.phone)]
    return [(label, value) for label, value in rows if value] or [
        (say("Work contact"), say("none given"))
    ]


def _asked(request: Request, session: Session) -> Member:
    user_id = mentioned(request.text)
    if user_id is not None and request.asker is not None:
        found = find_member(session, team_id=request.asker.team_id, user_id=user_id)
        own = request.asker.user_id == user_id
        if found and found.ended_at is None and (own or visible([found], request)):
            return found
        raise UserError(say(NOT_LISTED))
    words = without_mentions(request.text)
    if words.casefold().startswith("contact "):
        words = words.partition(" ")[2]
    if not words:
        raise UserError(say(HOW))
    everybody = request.standing >= Standing.COORDINATOR
    match = (_everybody if everybody else _listed)(session).find(words)
    close = match.close if match.best is None else (match.best,)
    by_id = members_by_id(session, close[:MOST])
    meant = [by_id[each] for each in close[:MOST] if each in by_id]
    if match.best is not None and meant:
        return meant[0]
    raise UserError(
        say(NOT_LISTED),
        buttons=tuple(Button(label=each.details.name, command=_command(each)) for each in meant),
    )


@kept
def _everybody(session: Session) -> Names[int]:
    return Names((each.id, (each.name,)) for each in called(session))


@kept
def _listed(session: Session) -> Names[int]:
    return Names((each.id, (each.name,)) for each in called(session) if each.listed == MEMBERS)


def _command(member: Member) -> str:
    return f"whois {mention(member.user_id)}"


COMMAND = Command(
    verb="whois",
    usage="whois @person",
    summary=phrase("A member who chose to be listed: agency, seats, languages, work contact."),
    aliases=("member named",),
    examples=("whois",),
    who=Standing.APPROVED,
    handle=handle,
    actions=(
        Action(
            word="contact",
            usage="whois contact @person",
            summary=phrase("Open a private work contact; its owner is told."),
            who=Standing.APPROVED,
            handle=open_contact,
        ),
    ),
    deliveries=(OPENED,),
)
