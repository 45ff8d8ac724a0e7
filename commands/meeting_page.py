"""
One meeting for whoever opens it: when by their own clocks, where, and what they may say.
"""

from commands.contract import Button, Facts, Part, Reply, Request, Standing, Text
from commands.meeting_refs import MINE, is_theirs, ref, span
from commands.register import asker_of
from commands.schedules import ALL, named, remark, when
from commands.speech import phrase, say
from storage.attendance import Answer, Said, answers, senders
from storage.custodians import names_of
from storage.meetings import Occurrence
from storage.people import RoleName, grants
from storage.reminder_wishes import muted_by, snoozed_until
from storage.session import Session
from storage.zones import zone_of

COLLEAGUE = phrase("a colleague")


def page(
    found: Occurrence, request: Request, session: Session, *, first: str | None = None
) -> Reply:
    """
    Show a meeting that the asker may know of.

    Args:
        first: what was just done.
    """
    user_id = asker_of(request).user_id
    zone = zone_of(session, user_id)
    rows = [(say("When"), span(found, zone))]
    if found.starts_at.astimezone(zone).utcoffset() != found.shown.utcoffset():
        rows.append((say("There"), when(found)))
    rows += [(say("State"), told)] if (told := remark(found)) else []
    rows += [(say("Place"), found.place)] if found.place else []
    rows += [(say("Link"), found.link)] if found.link else []
    said = {} if found.series.plain else answers(session, found)
    rows += _answered(said, user_id, session)
    until = snoozed_until(session, found, user_id=user_id)
    if until is not None and request.now < until < found.starts_at:
        rows.append(
            (say("You are reminded again"), say("{until:%a %H:%M}", until=until.astimezone(zone)))
        )
    parts: list[Part] = [Text(text=first)] if first else []
    parts.append(Facts(rows=tuple(rows)))
    theirs = is_theirs(found, user_id, session)
    return Reply(
        title=found.title if found.series.plain else named(found.series),
        parts=tuple(parts),
        buttons=(
            *(answering(found) if theirs and _is_to_come(found, request) else ()),
            *((_muting(found, user_id, session),) if theirs else ()),
            *((coming_button(found),) if sees_who(found, request, session) else ()),
            MINE.spoken,
            ALL.spoken,
        ),
        again=f"reminders open {found.series_id} {found.name}",
        shareable=False,
    )


def answering(found: Occurrence) -> tuple[Button, ...]:
    """
    Return the buttons under a reminder of a meeting. Of a plain series it is kept nowhere
    who comes, so nobody is asked.
    """
    seen = ref(found)
    later = Button(label=say("Remind me later"), command=f"reminders snooze {seen}")
    if found.series.plain:
        return (later,)
    return (
        Button(label=say("I'll be there"), command=f"reminders yes {seen}"),
        Button(label=say("I can't"), command=f"reminders no {seen}"),
        Button(label=say("Send a delegate"), command=f"reminders delegate {seen}"),
        later,
    )


def mute_button(series_id: int) -> Button:
    return Button(label=say("Mute this series"), command=f"reminders mute {series_id}")


def coming_button(found: Occurrence) -> Button:
    return Button(label=say("Who comes"), command=f"reminders who {found.series_id} {found.name}")


def sees_who(found: Occurrence, request: Request, session: Session) -> bool:
    """
    Say whether the asker coordinates the very body that meets: nobody else, an
    administrator neither, is told who comes; and of a plain series nobody is.
    """
    if found.series.plain or request.standing < Standing.COORDINATOR or request.asker is None:
        return False
    return any(
        each.role is RoleName.COORDINATOR
        and (each.team_id, each.user_id) == (request.asker.team_id, request.asker.user_id)
        and each.scope in {"", found.series.collaborative}
        for each in grants(session, but_members=True)
    )


def _answered(said: dict[str, Said], user_id: str, session: Session) -> list[tuple[str, str]]:
    rows = []
    own = said.get(user_id)
    sending = senders(said, user_id)
    names = names_of(session, {*sending, *([own.delegate] if own and own.delegate else [])})
    if sending:
        rows.append((say("You go for"), ", ".join(names.get(each, COLLEAGUE) for each in sending)))
    if own is not None and own.answer is Answer.DELEGATE:
        theirs = said.get(own.delegate or "")
        name = names.get(own.delegate or "", "somebody who has left")
        cannot = say(", who cannot come") if theirs and theirs.answer is Answer.NO else ""
        rows.append((say("You send"), f"{name}{cannot}"))
    elif own is not None:
        answer = (
            say("that you will be there")
            if own.answer is Answer.YES
            else say("that you cannot come")
        )
        rows.append((say("You said"), answer))
    return rows


def _muting(found: Occurrence, user_id: str, session: Session) -> Button:
    if found.series_id in muted_by(session, user_id):
        return Button(
            label=say("Unmute this series"), command=f"reminders unmute {found.series_id}"
        )
    return mute_button(found.series_id)


def _is_to_come(found: Occurrence, request: Request) -> bool:
    return found.takes_place and found.starts_at > request.now
