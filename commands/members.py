"""
/ht members: the members who chose to be listed, by subcommittee or agency.
"""

from collections import defaultdict
from collections.abc import Sequence

from commands.contacts import mention
from commands.contract import (
    Action,
    Button,
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
from commands.match import find
from commands.register import asker_of, day
from commands.speech import phrase, say
from storage.audit import record
from storage.details import MEMBERS, language_names
from storage.members import Member, members
from storage.organizations import organization_names
from storage.seats import Group, Place, give_up, groups, places
from storage.session import Session
from storage.task_forces import local_day

ALL_MEMBERS = Button(label=phrase("All members"), command="members")
LISTED = phrase("Members who chose to be listed. Others are not.")
ALL = phrase("Coordinators see every member; those marked are not listed for others.")


def handle(request: Request, session: Session) -> Reply:
    everybody = visible(members(session), request)
    seats = places(session)
    every = visible_groups(session, request)
    if not request.text:
        return _reply(say("Members"), everybody, request, session, seats=seats, again="members")
    things: list[tuple[Group | int, Sequence[str]]] = [
        *((each, each.names) for each in groups(session)),
        *((each.id, each.names) for each in organization_names(session)),
    ]
    match = find(request.text, things)
    found = match.best
    if found is None:
        one = (
            say("Press one, or type")
            if match.close
            else say("Type, for example, `/ht members httf`, or")
        )
        raise UserError(
            say("Which subcommittee or agency? {one} `/ht members` for everybody.", one=one),
            buttons=tuple(_choice(each, session) for each in match.close),
        )
    if isinstance(found, Group):
        if found not in every:
            raise UserError(say("Who sits there is for its coordinators alone."))
        sitting = {place.user_id for place in seats if place.ref == found.ref}
        some = tuple(each for each in everybody if each.user_id in sitting)
        some_seats = tuple(place for place in seats if place.ref == found.ref)
        return _reply(say("Members: {name}", name=found.name), some, request, session, seats=some_seats, again=f"members {found.key}")  # fmt: skip
    agency = next(each for each in organization_names(session) if each.id == found)
    some = tuple(each for each in everybody if each.details.organization_id == found)
    some_seats = tuple(place for place in seats if place.organization_id == found)
    return _reply(say("Members: {name}", name=agency.name), some, request, session, seats=some_seats, again=f"members {agency.key}")  # fmt: skip


def close(request: Request, session: Session) -> Reply:
    """
    Let an agency no longer take part where nobody sits for it.
    """
    number = next((int(word[:9]) for word in request.text.split() if word.isdecimal()), 0)
    found = next((place for place in places(session, empty=True) if place.id == number), None)
    if found is None or not give_up(session, number):
        raise UserError(
            say("This seat is not empty, or was closed before."), buttons=(ALL_MEMBERS.spoken,)
        )
    record(
        session,
        "seat.closed",
        actor=asker_of(request).user_id,
        now=request.now,
        subject=f"organization:{found.organization_key}",
        seat=found.ref,
    )
    return Reply(
        title=say("Closed"),
        parts=(
            Text(
                text=say(
                    "{organization} is no longer shown there. A member who asks for it again opens it.",
                    organization=found.organization,
                )
            ),
        ),
        buttons=(ALL_MEMBERS.spoken,),
        shareable=False,
    )


def visible(found: Sequence[Member], request: Request) -> tuple[Member, ...]:
    """
    Return those of *found* that the asker may see in a list.
    """
    if request.standing >= Standing.COORDINATOR:
        return tuple(found)
    return tuple(each for each in found if each.details.listed == MEMBERS)


def visible_groups(session: Session, request: Request) -> tuple[Group, ...]:
    """
    Return the groups of which the asker may know who sits there.
    """
    all_of_them = request.standing >= Standing.COORDINATOR
    return tuple(each for each in groups(session) if all_of_them or not each.for_coordinators)


def sits(member: Member, session: Session, request: Request) -> str:
    """
    Return where a member sits, as far as the asker may know.
    """
    mine = {place.ref for place in places(session, user_id=member.user_id)}
    return ", ".join(each.name for each in visible_groups(session, request) if each.ref in mine)


def _reply(
    title: str,
    found: Sequence[Member],
    request: Request,
    session: Session,
    *,
    seats: Sequence[Place],
    again: str,
) -> Reply:
    coordinator = request.standing >= Standing.COORDINATOR
    languages = language_names(session)
    known = visible_groups(session, request)
    seated: dict[str | None, set[str]] = defaultdict(set)
    for place in places(session):
        seated[place.user_id].add(place.ref)
    parts: list[Part] = []
    for each in found:
        sitting = ", ".join(group.name for group in known if group.ref in seated[each.user_id])
        spoken = ", ".join(languages[key] for key in each.details.languages if key in languages)
        hidden = coordinator and each.details.listed != MEMBERS
        parts.append(
            Entry(
                title=each.details.name + (say(" (not listed)") if hidden else ""),
                lines=tuple(
                    line
                    for line in (
                        f"{each.details.title}, {each.agency}",
                        say("Sits in: {sitting}", sitting=sitting) if sitting else "",
                        say("Languages: {spoken}", spoken=spoken) if spoken else "",
                    )
                    if line
                ),
                button=Button(
                    label=say("Open {name}", name=each.details.name),
                    command=f"whois {mention(each.user_id)}",
                ),
            )
        )
    if not found:
        parts.append(Text(text=say("Nobody listed.")))
    vacant = [place for place in seats if place.user_id is None] if coordinator else []
    if vacant:
        names = {each.ref: each.name for each in groups(session)}
        parts.append(Heading(text=say("Empty seats")))
        for place in vacant:
            where = f"{place.organization}: {names.get(place.ref, place.ref)}"
            close = Button(
                label=say("No longer takes part: {where}", where=where),
                command=f"members close {place.id}",
            )
            parts.append(Entry(title=f"{where}{_since(place, session)}", button=close))
    return Reply(
        title=title,
        parts=tuple(parts),
        notes=(say(ALL) if coordinator else say(LISTED),),
        again=again,
        shareable=False,
    )


def _since(place: Place, session: Session) -> str:
    return (
        say(", since {day}", day=day(local_day(session, place.emptied_at)))
        if place.emptied_at
        else ""
    )


def _choice(found: Group | int, session: Session) -> Button:
    if isinstance(found, Group):
        return Button(label=found.name, command=f"members {found.key}")
    agency = next(each for each in organization_names(session) if each.id == found)
    return Button(label=agency.name, command=f"members {agency.key}")


COMMAND = Command(
    verb="members",
    usage="members [subcommittee | agency]",
    summary=phrase("The members who chose to be listed, and where they sit."),
    aliases=("member", "roster", "miembros"),
    examples=("members",),
    who=Standing.APPROVED,
    handle=handle,
    actions=(
        Action(
            word="close",
            usage="members close SEAT",
            summary=phrase("Say that an agency no longer takes part where its seat is empty."),
            who=Standing.COORDINATOR,
            handle=close,
        ),
    ),
)
