"""
The Home tab: what is next for whoever opens it, and what waits for a tap of theirs.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice

from commands.broadcasting import status as broadcast_status
from commands.contract import (
    Button,
    Entry,
    Part,
    Person,
    Reply,
    Request,
    Standing,
    Text,
)
from commands.keeping import rights
from commands.meetings import FARTHEST
from commands.schedules import mine, named, remark, visible, when, where
from commands.speech import phrase, say, say_many
from commands.survey_notices import progress as survey_progress
from commands.survey_pages import day, found_in, own_agency, until
from storage.broadcast_approvals import may_approve
from storage.broadcast_progress import progress, reader_of
from storage.broadcasts import Broadcast, BroadcastState, broadcasts
from storage.deliveries import DeliveryState, counts
from storage.meetings import Occurrence, coming
from storage.members import EARLY, find_member
from storage.proposals import proposals
from storage.registrations import RegistrationState, latest_of, waiting
from storage.seats import groups
from storage.session import Session
from storage.statistics.published import drafts
from storage.surveys.answers import AgencyState, statuses
from storage.surveys.cycles import CycleState, cycles
from storage.task_forces import local_day
from storage.upkeep import answers, duties

MEETINGS = 3
MOST = 2  # of a kind
LOOKED_THROUGH = 10  # messages from coordinators
GOING = (
    BroadcastState.SENDING,
    BroadcastState.PAUSED,
    BroadcastState.SCHEDULED,
    BroadcastState.SENT,
)
FREE = phrase("Nothing waits for you.")
NO_MEETING = phrase("No meeting of yours is set.")


def home(request: Request, session: Session) -> tuple[Reply, ...]:
    """
    Return what stands on the Home tab between the card and the menu, one under the other.
    Each part shows no more than its verb would.
    """
    asker = request.asker
    found: list[tuple[str, tuple[Part, ...]]] = []
    until: datetime | None = None
    if asker is not None and request.standing >= Standing.APPROVED:
        taps = tuple(_taps(request, session, asker)) or (Text(text=say(FREE)),)
        meetings = _next(request, session)
        until = min((each.ends_at for each in meetings), default=None)
        found += [
            (say("Next for you"), (*_meetings(meetings), *_seats(request, session))),
            (say("Waiting for your tap"), taps),
        ]
    elif asker is not None and request.standing is Standing.MEMBER:
        found += [(say("Waiting"), tuple(_request(session, asker)))]
    if request.standing >= Standing.COORDINATOR:
        found += [(say("Boards"), tuple(_boards(session)))]
    return tuple(
        Reply(title=title, parts=parts, shareable=False, until=until)
        for title, parts in found
        if parts
    )


def _next(request: Request, session: Session) -> tuple[Occurrence, ...]:
    own = mine(request, session)
    ours = [each for each in visible(request, session) if each.group in own]
    return coming(session, ours, now=request.now, days=FARTHEST)[:MEETINGS]


def _meetings(found: Sequence[Occurrence]) -> Iterator[Part]:
    for each in found:
        lines = (when(each), *filter(None, [remark(each)]), *where(each))
        yield Entry(title=named(each.series), lines=lines)
    if not found:
        yield Text(text=say(NO_MEETING))


def _seats(request: Request, session: Session) -> Iterator[Part]:
    own = mine(request, session)
    names = [each.name for each in groups(session) if each.ref in own]
    said = ", ".join(names) if names else say("no group")
    yield Entry(
        title=say("You sit in"),
        lines=(said,),
        button=Button(label=say("My meetings"), command="meetings"),
    )


def _request(session: Session, asker: Person) -> Iterator[Part]:
    found = latest_of(session, team_id=asker.team_id, user_id=asker.user_id)
    if found is None or found.state is not RegistrationState.ASKED:
        return
    asked = found.question is not None and found.answer is None
    line = (
        say("A coordinator asks you something about it.")
        if asked
        else say("It waits for a coordinator.")
    )
    yield Entry(
        title=say("Your request to be a member"),
        lines=(line,),
        button=Button(label=say("Open my request"), command="me"),
    )


def _taps(request: Request, session: Session, asker: Person) -> Iterator[Part]:
    yield from _confirmation(request, session, asker)
    yield from _surveys(request, session)
    yield from _messages(session, asker)
    yield from _directory(request, session, asker)
    if request.standing >= Standing.COORDINATOR:
        yield from _approvals(session, asker)


def _confirmation(request: Request, session: Session, asker: Person) -> Iterator[Part]:
    member = find_member(session, team_id=asker.team_id, user_id=asker.user_id)
    if member is None or member.ended_at is not None:
        return
    left = (member.lapses_on - local_day(session, request.now)).days
    if 0 <= left <= EARLY:
        yield Entry(
            title=say("Are you still a member?"),
            lines=(say("Your yearly confirmation is due by {day}.", day=day(member.lapses_on)),),
            button=Button(label=say("Still right: confirm"), command="me confirm"),
        )


def _surveys(request: Request, session: Session) -> Iterator[Part]:
    agency = own_agency(request, session)
    if agency is None:
        return
    today = local_day(session, request.now)
    open_ones = [each for each in cycles(session, states=(CycleState.OPEN,)) if each.takes(today)]
    silent = (
        each
        for each in open_ones
        if (own := found_in(statuses(session, each), agency)) and own.state is AgencyState.SILENT
    )
    for each in islice(silent, MOST):
        yield Entry(
            title=say("Survey {number}: {name}", number=each.number, name=each.name),
            lines=(say("Due {until}.", until=until(each)),),
            button=Button(
                label=say("Open survey {number}", number=each.number),
                command=f"survey mine {each.number}",
            ),
        )


def _messages(session: Session, asker: Person) -> Iterator[Part]:
    """
    Yield the messages that somebody is asked to say that they read, and did not.
    """
    started = [each for each in broadcasts(session, limit=LOOKED_THROUGH) if each.started_at]
    unread = (each for each in started if _is_unread(each, session, asker))
    for each in islice(unread, MOST):
        yield Entry(
            title=say("Message from your coordinator"),
            lines=(say("Please say that you read it."),),
            button=Button(
                label=say("Read message {number}", number=each.number),
                command=f"message {each.number}",
            ),
        )


def _is_unread(found: Broadcast, session: Session, asker: Person) -> bool:
    if not found.draft.wants_ack or found.sender == asker.user_id:
        return False
    reader = reader_of(session, found.number, asker.user_id)
    return reader is not None and reader.acknowledged_at is None


def _directory(request: Request, session: Session, asker: Person) -> Iterator[Part]:
    may, user_id = rights(request, session), asker.user_id
    kept = {key for key in may.responsible.custodians if may.responsible.keeps(key, user_id)}
    coordinator = request.standing >= Standing.COORDINATOR
    if not kept and not coordinator:
        return
    every = duties(
        session,
        day=may.day,
        responsible=may.responsible,
        organization_ids=None if coordinator else kept,
    )
    number = sum(answers(each, user_id, responsible=may.responsible) for each in every)
    if number:
        yield Entry(
            title=say("Still correct?"),
            lines=(
                say_many(
                    "{number} thing in the directory waits.",
                    "{number} things in the directory wait.",
                    number,
                ),
            ),
            button=Button(label=say("Look at them"), command="directory mine"),
        )


def _approvals(session: Session, asker: Person) -> Iterator[Part]:
    requests = [each for each in waiting(session) if each.user_id != asker.user_id]
    if requests:
        number = requests[0].number
        one = len(requests) == 1
        command = f"registrations {number}" if one else "registrations"
        yield Entry(
            title=say("Requests to be a member"),
            lines=(say_many("{number} waits.", "{number} wait.", len(requests)),),
            button=Button(
                label=say("Open request") if one else say("Open requests"), command=command
            ),
        )
    for each in broadcasts(session, states=(BroadcastState.WAITING,), limit=LOOKED_THROUGH)[:MOST]:
        if may_approve(session, each, by=asker.user_id):
            yield Entry(
                title=say("Broadcast {number}", number=each.number),
                lines=(say("Waits for a second coordinator."),),
                button=Button(
                    label=say("Open broadcast {number}", number=each.number),
                    command=f"broadcasts {each.number}",
                ),
            )
    tables = [each for each in drafts(session) if each.drafted_by != asker.user_id]
    if tables:
        yield Entry(
            title=say("Statistics"),
            lines=(say_many("{number} draft waits.", "{number} drafts wait.", len(tables)),),
            button=Button(label=say("Open drafts"), command="stats drafts"),
        )
    changes = [each for each in proposals(session) if each.made_by != asker.user_id]
    if changes:
        yield Entry(
            title=say("Crisis lines"),
            lines=(
                say_many(
                    "{number} proposed change waits.",
                    "{number} proposed changes wait.",
                    len(changes),
                ),
            ),
            button=Button(label=say("Open changes"), command="directory changes"),
        )


def _boards(session: Session) -> Iterator[Part]:
    sent = [each for each in broadcasts(session, states=GOING, limit=MOST) if each.started_at]
    yield Entry(
        title=say("Broadcasts"),
        lines=tuple(broadcast_status(each, progress(session, each)) for each in sent)
        or (say("None has gone out."),),
        button=Button(label=say("All broadcasts"), command="broadcasts"),
    )
    asked = cycles(session, states=(CycleState.OPEN,))[:MOST]
    yield Entry(
        title=say("Surveys"),
        lines=tuple(survey_progress(each, statuses(session, each)) for each in asked)
        or (say("None is open."),),
        button=Button(label=say("All surveys"), command="survey"),
    )
    by_state = counts(session)
    failed, unknown = by_state[DeliveryState.FAILED], by_state[DeliveryState.UNKNOWN]
    yield Entry(
        title=say("Not reached"),
        lines=(
            say(
                "{failed} not sent; {unknown} of which nobody can tell.",
                failed=failed,
                unknown=unknown,
            ),
        ),
        button=Button(label=say("Deliveries"), command="deliveries"),
    )
